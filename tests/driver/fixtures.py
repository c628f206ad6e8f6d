# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures for the conftest of every folder whose tests run modules through the driver."""

from __future__ import annotations

import collections.abc as c
import typing as t

import pytest
from emulator.process import EmulatorProcess

if t.TYPE_CHECKING:
    from driver.driver import Driver


@pytest.fixture(scope="session")
def shared_driver(tmp_path_factory: pytest.TempPathFactory) -> c.Iterator[Driver]:
    """One emulator for each process that runs tests; who uses this resets it."""
    from driver.driver import Driver  # the collection can be imported only once pytest runs

    with EmulatorProcess(reuse_keys=24) as emulator, Driver(emulator, tmp_path_factory.mktemp("driver")) as driver:
        yield driver


@pytest.fixture
def driver(shared_driver: Driver) -> Driver:
    """A fresh world for one test."""
    shared_driver.reset()
    return shared_driver
