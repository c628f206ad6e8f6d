# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fresh emulated cloud and a folder for each test."""

from __future__ import annotations

import collections.abc as c
from pathlib import Path

import pytest
from emulator.process import EmulatorProcess
from integration.stage import PACE, Stage, fresh_stage


@pytest.fixture(scope="session")
def emulator_process(tmp_path_factory: pytest.TempPathFactory) -> c.Iterator[EmulatorProcess]:
    """One emulator for each process that runs tests."""
    web_root = tmp_path_factory.mktemp("web")
    with EmulatorProcess(pace=PACE, web_root=web_root) as process:
        yield process


@pytest.fixture
def stage(emulator_process: EmulatorProcess, tmp_path: Path) -> Stage:
    """A fresh world for one test."""
    return fresh_stage(emulator_process, tmp_path)


@pytest.fixture(scope="module")
def shared_stage(emulator_process: EmulatorProcess, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """A fresh world for the tests of one file, which then have to be of one xdist group."""
    return fresh_stage(emulator_process, tmp_path_factory.mktemp("stage"))
