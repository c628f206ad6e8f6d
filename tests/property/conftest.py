# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A driver, and how many examples each test took."""

from __future__ import annotations

import collections.abc as c
import typing as t

import pytest
from driver.fixtures import shared_driver

if t.TYPE_CHECKING:
    from driver.driver import Driver

__all__ = ["shared_driver"]


@pytest.fixture(autouse=True)
def _examples_are_counted(shared_driver: Driver, record_property: c.Callable[[str, object], None]) -> c.Iterator[None]:
    before = shared_driver.resets
    yield
    record_property("examples", shared_driver.resets - before)
