# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The in-process way of probe."""

from __future__ import annotations

from ansible_collections.cncloud.certificates.plugins.plugin_utils._in_process import InProcessAction
from ansible_collections.cncloud_test.probe.plugins.module_utils.service import ENTRY


class ActionModule(InProcessAction):
    entry = ENTRY
