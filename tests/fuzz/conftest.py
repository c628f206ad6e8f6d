# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A driver that records, and how often each fuzzer ran."""

from __future__ import annotations

import collections.abc as c

import pytest
from driver.fixtures import shared_driver
from fuzz.counting import Executions

__all__ = ["shared_driver"]


@pytest.fixture
def executed(record_property: c.Callable[[str, object], None]) -> c.Iterator[Executions]:
    """To be told of each execution."""
    count = Executions()
    yield count
    record_property("executions", count.number)
