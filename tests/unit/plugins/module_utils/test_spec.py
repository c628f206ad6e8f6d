# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A default for an action group fails each task whose module lacks the option: no member of a group may lack one."""

from __future__ import annotations

import importlib
import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.cncloud.certificates.plugins.module_utils import _spec

ROOT = Path(__file__).resolve().parents[4]
GROUPS: dict[str, list[str]] = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]
COMMON: dict[str, t.Callable[[], _spec.Spec]] = {
    "all": _spec.http_options,
    "aliyun": _spec.aliyun_auth,
    "huawei": _spec.huawei_auth,
    "tencent": _spec.tencent_auth,
}
MEMBERS = [(group, name) for group, names in GROUPS.items() for name in names]


def test_every_group_has_its_options() -> None:
    assert GROUPS.keys() == COMMON.keys()


@pytest.mark.parametrize(("group", "name"), MEMBERS, ids=[f"{group}-{name}" for group, name in MEMBERS])
def test_a_member_takes_all_options_of_its_group(group: str, name: str) -> None:
    module = importlib.import_module(f"ansible_collections.cncloud.certificates.plugins.modules.{name}")
    spec = module.ENTRY.argument_spec
    # A module's own default for a common option is its own matter, not what the option takes.
    wanted = {option: {**part, "default": None} for option, part in COMMON[group]().items()}
    assert {option: {**spec.get(option, {}), "default": None} for option in wanted} == wanted


@pytest.mark.parametrize("group", ["aliyun", "huawei", "tencent"])
def test_the_options_of_a_group_are_secret_or_not_by_what_they_hold(group: str) -> None:
    secret = re.compile("secret_key|secret$|token|password")
    spec = COMMON[group]()
    assert {name for name, option in spec.items() if option.get("no_log")} == {
        name for name in spec if secret.search(name)
    }
    assert not any(option.get("required") or "fallback" in option for option in spec.values())


def test_a_proxy_is_never_shown() -> None:
    """Its address can hold a password."""
    assert [name for name, option in _spec.http_options().items() if option.get("no_log")] == ["proxy"]


def test_specs_are_never_shared() -> None:
    for part in COMMON.values():
        first, second = part(), part()
        assert first == second
        assert not any(first[name] is second[name] for name in first)
