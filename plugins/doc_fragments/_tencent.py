# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that all modules of the action group `tencent` share."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  secret_id:
    description:
      - The id of an API key (SecretId) of a user or of a temporary credential.
      - Given together with O(secret_key), or neither. Without them the environment of the task is asked, in a whole
        set only, for E(TENCENTCLOUD_SECRET_ID) and E(TENCENTCLOUD_SECRET_KEY), with E(TENCENTCLOUD_TOKEN) or
        E(TENCENTCLOUD_SECURITY_TOKEN) for a temporary credential.
      - Parts of the options and of the environment are never combined. Half a set is an error, which names the source
        and never a value.
    type: str
  secret_key:
    description:
      - The secret (SecretKey) that belongs to O(secret_id).
    type: str
  token:
    description:
      - The token of a temporary credential. It is valid with its own O(secret_id) and O(secret_key) alone, so that a
        token in the environment is never used with keys given as options.
    type: str
  region:
    description:
      - The id of a region, for example V(ap-guangzhou). Certificates and DNS belong to the account and need none.
      - Falls back to E(TENCENTCLOUD_REGION).
    type: str
  endpoint:
    description:
      - The base URL of the module's service, where it is not that of the mainland site.
      - The service of certificates is V(https://ssl.tencentcloudapi.com), and V(https://ssl.intl.tencentcloudapi.com)
        for an account of the international site. That of DNS is V(https://dnspod.tencentcloudapi.com), and
        V(https://dnspod.intl.tencentcloudapi.com).
      - Plain C(http) is taken on the loopback interface alone.
    type: str
notes:
  - A key that Tencent Cloud has refused is not sent again for five minutes, by any task of the same user on the same
    machine.
"""
