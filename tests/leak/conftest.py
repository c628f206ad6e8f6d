# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulated clouds of the integration tests and of the driver, and how many places each test has searched."""

from __future__ import annotations

import collections.abc as c

import pytest
from driver.fixtures import driver, shared_driver
from integration.conftest import emulator_process, stage
from leak.search import Search

__all__ = ["driver", "emulator_process", "shared_driver", "stage"]


@pytest.fixture(autouse=True)
def _places_are_counted(record_property: c.Callable[[str, object], None]) -> c.Iterator[None]:
    before = Search.total
    yield
    record_property("places", Search.total - before)
