# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that all modules of the action group `aliyun` share."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  access_key_id:
    description:
      - The id of an access key of a RAM user, or of a temporary credential. Those begin with V(STS.).
      - Given together with O(access_key_secret), or neither. Without them the environment of the task is asked, in
        whole sets only and in this order.
      - E(ALIBABA_CLOUD_ACCESS_KEY_ID) and E(ALIBABA_CLOUD_ACCESS_KEY_SECRET), with E(ALIBABA_CLOUD_SECURITY_TOKEN)
        for a temporary credential.
      - The same names with C(ALIBABACLOUD_) for C(ALIBABA_CLOUD_), which the vendor's CLI reads too.
      - E(ALICLOUD_ACCESS_KEY) and E(ALICLOUD_SECRET_KEY), or E(ALICLOUD_ACCESS_KEY_ID) and
        E(ALICLOUD_ACCESS_KEY_SECRET), with E(ALICLOUD_SECURITY_TOKEN).
      - Parts of different sources are never combined. Half a set is an error, which names the source and never a
        value.
    type: str
  access_key_secret:
    description:
      - The secret that belongs to O(access_key_id).
    type: str
  security_token:
    description:
      - The token of a temporary credential. It is valid with its own O(access_key_id) and O(access_key_secret)
        alone, so that a token in the environment is never used with keys given as options.
    type: str
  region:
    description:
      - The id of a region, for example V(cn-hangzhou). SSL-VPN needs it, DNS belongs to the account and needs none.
      - Falls back to E(ALIBABA_CLOUD_REGION_ID), E(ALIBABA_CLOUD_REGION), E(ALIBABACLOUD_REGION_ID),
        E(ALICLOUD_REGION_ID) and E(ALICLOUD_REGION), in this order.
    type: str
  endpoint:
    description:
      - The base URL of the module's service, where it is not the one that follows from O(region).
      - That of DNS is V(https://alidns.aliyuncs.com), that of ESA V(https://esa.cn-hangzhou.aliyuncs.com).
      - Plain C(http) is taken on the loopback interface alone.
    type: str
  profile:
    description:
      - The name of a profile of the vendor's tools, in C(~/.aliyun/config.json), else in
        C(~/.alibabacloud/credentials.ini).
      - It beats keys in the environment. Together with a key given as options it is an error.
      - Without it, and without any key in options and environment, the default profile of the vendor's tools is used
        if there is one, or the one that E(ALIBABA_CLOUD_PROFILE) names.
    type: str
    version_added: 0.2.0
  instance_role:
    description:
      - Whether to use the RAM role of the instance that the module runs on. Its metadata are asked only if this is
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
          - The name of the role, for example V(acs:ram::1234567890123456:role/certificates).
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
  - A key that Alibaba Cloud has refused is not sent again for five minutes, by any task of the same user on the same
    machine.
"""
