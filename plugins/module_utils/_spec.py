# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Parts of option specs, so that the same thing is spelled the same in every module.

Each function returns fresh dictionaries: specs are merged with `{**a(), **b()}` and never shared.
Credential options have no default and no fallback here: `credentials.py` of each cloud reads them.
"""

from __future__ import annotations

import typing as t

Spec = dict[str, dict[str, t.Any]]


def http_options() -> Spec:
    """What every module of the group `all` accepts."""
    return {
        "timeout": {"type": "float", "default": 30.0},
        "retries": {"type": "int", "default": 3},
        "validate_certs": {"type": "bool", "default": True},
        "ca_bundle": {"type": "path"},
        # Its address can hold a password, which the options that Ansible shows at -vvv would give away.
        "proxy": {"type": "str", "no_log": True},
    }


def endpoint_option() -> Spec:
    return {"endpoint": {"type": "str"}}


def key_source_options() -> Spec:
    """Where else a key may come from, the same for every cloud."""
    return {
        "profile": {"type": "str"},
        "instance_role": {"type": "bool", "default": False},
        "assume_role": {
            "type": "dict",
            "options": {
                "role_arn": {"type": "str", "required": True},
                "session_name": {"type": "str"},
                "duration": {"type": "int"},
                "external_id": {"type": "str"},
            },
        },
    }


def aliyun_auth() -> Spec:
    """What every module of the group `aliyun` accepts besides the common options."""
    return {
        **endpoint_option(),
        "access_key_id": {"type": "str", "no_log": False},
        "access_key_secret": {"type": "str", "no_log": True},
        "security_token": {"type": "str", "no_log": True},
        "region": {"type": "str"},
        **key_source_options(),
    }


def tencent_auth() -> Spec:
    """What every module of the group `tencent` accepts besides the common options."""
    return {
        **endpoint_option(),
        "secret_id": {"type": "str"},
        "secret_key": {"type": "str", "no_log": True},
        "token": {"type": "str", "no_log": True},
        "region": {"type": "str"},
        **key_source_options(),
    }


def huawei_auth() -> Spec:
    """What every module of the group `huawei` accepts besides the common options."""
    return {
        **endpoint_option(),
        "access_key": {"type": "str", "no_log": False},
        "secret_key": {"type": "str", "no_log": True},
        "security_token": {"type": "str", "no_log": True},
        "region": {"type": "str"},
        "project_id": {"type": "str"},
        "iam_endpoint": {"type": "str"},
        "auth_token": {"type": "str", "no_log": True},
        "user_name": {"type": "str"},
        "user_domain_name": {"type": "str"},
        "password": {"type": "str", "no_log": True},
        **key_source_options(),
    }


def wait_options(*, timeout: float, interval: float) -> Spec:
    return {
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "float", "default": timeout},
        "wait_interval": {"type": "float", "default": interval},
    }


def file_options() -> Spec:
    """Modes are `raw`: an int means that YAML has already read 0600 as 384, and is refused with a sentence."""
    return {
        "owner": {"type": "str"},
        "group": {"type": "str"},
        "mode": {"type": "raw", "default": "0644"},
        "private_key_mode": {"type": "raw", "default": "0600", "no_log": False},
        "backup": {"type": "bool", "default": False},
    }


def renewal_options() -> Spec:
    return {"renew_before": {"type": "str", "default": "30d"}, "force": {"type": "bool", "default": False}}


def state_option() -> Spec:
    return {"state": {"type": "str", "choices": ["present", "absent"], "default": "present"}}
