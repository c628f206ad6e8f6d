# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of `make chaos`, an emulator for each process that runs tests, and the figures at the end."""

from __future__ import annotations

import math

import pytest
from chaos.sequence import meant
from chaos.walk import STEPS, steps
from driver.fixtures import driver, shared_driver

__all__ = ["driver", "shared_driver"]

BLOCK = 20
"""Sequences of one test, so that the processes share them out."""
FEW = 60
"""Seeds of a run of all tests."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("chaos", "seeded faults")
    group.addoption("--chaos-count", type=int, default=FEW, help="how many seeds are played")
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
    told = [dict(report.user_properties) for report in reports if report.when == "call"]
    played = [properties for properties in told if "chaos" in properties]
    if not played:
        return
    seeds, sequences, runs, calls, broken = (
        sum(numbers) for numbers in zip(*(one["chaos"] for one in played), strict=True)
    )
    struck = set[str]().union(*(one["chaos struck"] for one in played))
    line = terminalreporter.write_line
    line(f"chaos: {seeds} seeds, {sequences} sequences, {runs} runs, {calls} calls, {broken} broken")
    line(f"chaos: {covered(struck, only=terminalreporter.config.getoption('chaos_only', ''))}")


def covered(struck: set[str], *, only: str) -> str:
    """How many of the places were struck; and how many seeds in a row reach all."""
    scenarios = meant(only)
    walk = {str(step) for step in steps(scenarios)}
    reached = len(walk & struck)
    needed = 2 * math.ceil(len(walk) / STEPS)
    return (
        f"{len(scenarios)} scenarios, {len(struck)} places (scenario, kind, position) struck;"
        f" of the {len(walk)} that the walk goes to in {needed} seeds: {reached}"
    )
