# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of `make chaos`, an emulator for each process that runs tests, and the figures at the end."""

from __future__ import annotations

import pytest
from driver.fixtures import driver, shared_driver

__all__ = ["driver", "shared_driver"]

BLOCK = 20
"""Sequences of one test, so that the processes share them out."""
FEW = 100
"""Sequences of a run of all tests."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("chaos", "seeded faults")
    group.addoption("--chaos-count", type=int, default=FEW, help="how many sequences are played")
    group.addoption("--chaos-seed", type=int, default=1, help="the seed of the first; the next ones count up")
    group.addoption("--chaos-roles", type=int, default=1, help="how many sequences of whole playbooks are played")
    group.addoption("--chaos-only", default="", help="scenarios whose name or module holds this text")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    first = metafunc.config.getoption("chaos_seed", 1)
    if "role_seed" in metafunc.fixturenames:
        metafunc.parametrize("role_seed", range(first, first + metafunc.config.getoption("chaos_roles", 1)))
    if "seeds" in metafunc.fixturenames:
        count = metafunc.config.getoption("chaos_count", FEW)
        every = range(first, first + count)
        blocks = [every[begin : begin + BLOCK] for begin in range(0, count, BLOCK)]
        metafunc.parametrize("seeds", blocks, ids=[f"{block[0]}-{block[-1]}" for block in blocks])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    played = [dict(report.user_properties)["chaos"] for report in reports if "chaos" in dict(report.user_properties)]
    if played:
        sequences, runs, calls, broken = (sum(figures) for figures in zip(*played, strict=True))
        terminalreporter.write_line(f"chaos: {sequences} sequences, {runs} runs, {calls} calls, {broken} broken")
