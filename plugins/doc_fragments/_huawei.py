# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that all modules of the action group `huawei` share."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  access_key:
    description:
      - The access key id (AK) of a user or of a temporary credential.
      - Given together with O(secret_key), or neither. Without them the environment of the task is asked, in whole
        sets only and in this order.
      - E(HUAWEICLOUD_SDK_AK), E(HUAWEICLOUD_SDK_SK), E(HUAWEICLOUD_SDK_SECURITY_TOKEN) and
        E(HUAWEICLOUD_SDK_PROJECT_ID), the names of the vendor's SDKs.
      - E(HW_ACCESS_KEY), E(HW_SECRET_KEY), E(HW_SECURITY_TOKEN) and E(HW_PROJECT_ID), the names of the vendor's
        Terraform provider.
      - E(OS_ACCESS_KEY), E(OS_SECRET_KEY), E(OS_SECURITY_TOKEN) and E(OS_PROJECT_ID).
      - Parts of different sets are never combined. Half a set is an error, which names the source and never a
        value.
    type: str
  secret_key:
    description:
      - The secret access key (SK) that belongs to O(access_key).
    type: str
  security_token:
    description:
      - The security token of a temporary credential. It is valid with its own O(access_key) and O(secret_key)
        alone, so that a token in the environment is never used with keys given as options.
    type: str
  region:
    description:
      - The id of the region, for example V(cn-north-4).
      - Falls back to E(HW_REGION_NAME), then E(OS_REGION_NAME).
      - Needed unless both O(endpoint) and the project are given.
    type: str
  project_id:
    description:
      - The id of the project. Falls back to the environment set that the key came from; a set that is not used is
        not asked.
      - Without one, IAM is asked once for the project that has exactly the name of the region. The user then needs
        the permission to list projects.
    type: str
  endpoint:
    description:
      - The base URL of the API Gateway's management interface, where the default for the region is not right.
      - Plain C(http) is taken on the loopback interface alone.
    type: str
  iam_endpoint:
    description:
      - The base URL of IAM, which is asked for the project. Falls back to E(HUAWEICLOUD_SDK_IAM_ENDPOINT).
    type: str
notes:
  - A key that Huawei Cloud has refused is not sent again for five minutes, by any task of the same user on the same
    machine. The cloud locks a key after five failures in a row.
"""
