# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""antchain_cert_info inside the worker process, on a local connection."""

from __future__ import annotations

from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_cert_info import ENTRY
from ansible_collections.cncloud.certificates.plugins.plugin_utils._in_process import InProcessAction


class ActionModule(InProcessAction):
    entry = ENTRY
