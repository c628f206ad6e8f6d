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
  profile:
    description:
      - The name of a profile of the vendor's tools, C(~/.tccli/NAME.credential), else the section of
        C(~/.tencentcloud/credentials) or C(/etc/tencentcloud/credentials).
      - It beats keys in the environment. Together with a key given as options it is an error.
      - Without it, and without any key in options and environment, the default profile of the vendor's tools is used
        if there is one, or the one that E(TCCLI_PROFILE) names.
    type: str
    version_added: 0.2.0
  instance_role:
    description:
      - Whether to use the CAM role of the instance that the module runs on. Its metadata are asked only if this is
        true, or if a profile says so.
      - It beats keys in the environment. Together with a key or O(profile) given as options it is an error.
    type: bool
    default: false
    version_added: 0.2.0
  assume_role:
    description:
      - A role to assume with the key that is found, so that all calls are made with a temporary key of the role. It is
        renewed in time where a task takes longer than it lasts.
    type: dict
    version_added: 0.2.0
    suboptions:
      role_arn:
        description:
          - The name of the role, for example V(qcs::cam::uin/100000000001:roleName/certificates).
        type: str
        required: true
      session_name:
        description:
          - How the session is called in the audit log of the cloud, V(cncloud-certificates) if this is not set.
        type: str
      duration:
        description:
          - How long the temporary key lasts, in seconds, from 900. Without it the cloud decides.
        type: int
      external_id:
        description:
          - The external id that the role asks for, where it belongs to somebody else's account.
        type: str
notes:
  - A key that Tencent Cloud has refused is not sent again for five minutes, by any task of the same user on the same
    machine.
"""
