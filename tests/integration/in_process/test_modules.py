# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every module of the collection has its in-process way, and both are one and the same service."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from ansible_collections.cncloud.certificates.tests.integration.both_ways import PlaybookRun, both_ways, differences

pytestmark = pytest.mark.xdist_group("in_process_modules")

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
MODULES = sorted(path.stem for path in PLUGINS.joinpath("modules").glob("*.py"))
PACKAGE = "ansible_collections.cncloud.certificates.plugins"


@pytest.mark.parametrize("name", MODULES)
def test_action_and_module_share_one_entry(name: str) -> None:
    action = importlib.import_module(f"{PACKAGE}.action.{name}")
    module = importlib.import_module(f"{PACKAGE}.modules.{name}")
    assert action.ActionModule.entry is module.ENTRY


def test_no_action_is_without_a_module() -> None:
    assert MODULES
    assert sorted(path.stem for path in PLUGINS.joinpath("action").glob("*.py")) == MODULES


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[PlaybookRun, PlaybookRun]:
    """Each module without any option and with one that it does not have: no call is made for either."""
    tasks = []
    for name in MODULES:
        for case, options in (("nothing", {}), ("unknown", {"no_such_option": 1})):
            module = f"cncloud.certificates.{name}"
            tasks.append({"name": f"{name} {case}", module: options, "ignore_errors": True})
    return both_ways(tasks, folder=tmp_path_factory.mktemp("modules"))


def test_wrong_tasks_fail_alike_both_ways(runs: tuple[PlaybookRun, PlaybookRun]) -> None:
    here, there = runs
    assert differences(here, there) == []
    assert {each.status for each in here.results} == {"ignored"}
    for name in MODULES:
        assert here.of(f"{name} nothing").result["msg"]
        assert here.of(f"{name} unknown").result["msg"]
