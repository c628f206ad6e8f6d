# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection that is not local, to a machine that happens to be this one."""

from __future__ import annotations

from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = """
name: elsewhere
short_description: This machine, as if it were another
description: For tests of what runs on the controller and what does not.
author: The cncloud.certificates contributors
extends_documentation_fragment: connection_pipelining
"""


class Connection(LocalConnection):
    transport = "cncloud_test.probe.elsewhere"
