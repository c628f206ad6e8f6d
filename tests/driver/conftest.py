# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One emulator for each process that runs tests, and a fresh world for each test."""

from __future__ import annotations

import collections.abc as c

import pytest
from driver.driver import Driver
from emulator.process import EmulatorProcess


@pytest.fixture(scope="session")
def shared_driver(tmp_path_factory: pytest.TempPathFactory) -> c.Iterator[Driver]:
    with EmulatorProcess(reuse_keys=24) as emulator, Driver(emulator, tmp_path_factory.mktemp("driver")) as driver:
        yield driver


@pytest.fixture
def driver(shared_driver: Driver) -> Driver:
    shared_driver.reset()
    return shared_driver
