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
      - Without one, IAM is asked once for the project that has exactly the name in E(HW_PROJECT_NAME) or
        E(OS_PROJECT_NAME), where the key is from the same set, else that of the region. The user then needs the
        permission to list projects.
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
  profile:
    description:
      - The name of a profile of the vendor's tools, in C(~/.hcloud/config.json), else the section of
        C(~/.huaweicloud/credentials).
      - It beats keys in the environment. Together with a key given as options it is an error.
      - Without it, and without any key in options and environment, the default profile of the vendor's tools is used
        if there is one, or the one that E(HW_PROFILE) names.
    type: str
    version_added: 0.2.0
  instance_role:
    description:
      - Whether to use the agency of the instance that the module runs on. Its metadata are asked only if this is
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
          - The name of the role, the URN of an agency, for example V(iam::d0d0d0d0d0d0d0d0:agency:certificates).
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
  auth_token:
    description:
      - A token of IAM for the project, which is used in place of a key. It lasts a day at most and is not renewed.
      - It beats keys in the environment. Falls back to E(HW_AUTH_TOKEN), then to E(OS_AUTH_TOKEN).
    type: str
    version_added: 0.2.0
  user_name:
    description:
      - The name of an IAM user, with O(user_domain_name) and O(password) in place of a key. IAM is asked for a token
        of the project, and for another one before it ends.
      - It beats keys in the environment. Falls back to E(HW_USER_NAME), E(HW_DOMAIN_NAME) and E(HW_USER_PASSWORD),
        then to E(OS_USERNAME), E(OS_DOMAIN_NAME) and E(OS_PASSWORD), in whole sets only.
    type: str
    version_added: 0.2.0
  user_domain_name:
    description:
      - The name of the account that the user of O(user_name) belongs to.
    type: str
    version_added: 0.2.0
  password:
    description:
      - The password of the user of O(user_name).
    type: str
    version_added: 0.2.0
notes:
  - A key that Huawei Cloud has refused is not sent again for five minutes, by any task of the same user on the same
    machine. The cloud locks a key after five failures in a row.
"""
