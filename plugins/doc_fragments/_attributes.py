# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be said of every module, and its action groups."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  action:
    description: Has an action plugin of the same name, so that it can run inside the Ansible process.
    support: full
    details:
      - On a local connection without become the module runs inside the Ansible process, which is much faster, above
        all in loops. Options, environment, results and errors are the same.
      - The variable C(cncloud_certificates_in_process) set to V(false) always uses the module.
  async:
    description: Supports being used with the C(async) keyword.
    support: none
    details:
      - An asynchronous task would write its options, secrets included, to a file.
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
  diff_mode:
    description:
      - Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
      - This assumes that the system controlled/queried by the module has not changed in a relevant way.
  platform:
    description: Target OS/families that can be operated against.
    support: full
    platforms: posix
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This action does not modify state.
  diff_mode:
    support: N/A
    details:
      - This action does not modify state.
  idempotent:
    support: full
    details:
      - This action does not modify state.
"""

    ALL = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/cncloud.certificates.all) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - cncloud.certificates.all
"""

    ALIYUN = r"""
options: {}
attributes:
  action_group:
    description:
      - Use C(group/cncloud.certificates.aliyun) or C(group/cncloud.certificates.all) in C(module_defaults) to set
        defaults for this module.
    support: full
    membership:
      - cncloud.certificates.all
      - cncloud.certificates.aliyun
"""

    HUAWEI = r"""
options: {}
attributes:
  action_group:
    description:
      - Use C(group/cncloud.certificates.huawei) or C(group/cncloud.certificates.all) in C(module_defaults) to set
        defaults for this module.
    support: full
    membership:
      - cncloud.certificates.all
      - cncloud.certificates.huawei
"""

    TENCENT = r"""
options: {}
attributes:
  action_group:
    description:
      - Use C(group/cncloud.certificates.tencent) or C(group/cncloud.certificates.all) in C(module_defaults) to set
        defaults for this module.
    support: full
    membership:
      - cncloud.certificates.all
      - cncloud.certificates.tencent
"""
