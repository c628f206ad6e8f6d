# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every module under seeded faults: whatever happens to a run, further runs bring account and files in order."""

from __future__ import annotations

import collections.abc as c

import pytest
from chaos.sequence import Chaos
from chaos.walk import PLACES
from driver.driver import Driver


@pytest.fixture(scope="session")
def chaos(shared_driver: Driver, pytestconfig: pytest.Config) -> Chaos:
    return Chaos(shared_driver, only=pytestconfig.getoption("chaos_only", ""))


def test_chaos(chaos: Chaos, seeds: c.Sequence[int], record_property: c.Callable[[str, object], None]) -> None:
    played = [sequence for seed in seeds for sequence in chaos.play(seed)]
    broken = [sequence for sequence in played if sequence.problems]
    runs, calls = sum(sequence.runs for sequence in played), sum(len(sequence.calls) for sequence in played)
    record_property("chaos", (len(seeds), len(played), runs, calls, len(broken)))
    record_property("chaos struck", sorted(set[str]().union(*(sequence.struck for sequence in played))))
    told = chaos.failure(played)
    assert not told, told


def test_the_walk_knows_every_place(chaos: Chaos) -> None:
    """The numbers that it counts with are those of undisturbed runs; lags let them differ a little."""
    for scenario in chaos.scenarios:
        plain = chaos.undisturbed(scenario)
        calls, points = PLACES[scenario.name]
        assert abs(plain.calls - calls) <= 2, (scenario.name, plain.calls, plain.points)
        assert abs(plain.points - points) <= 4, (scenario.name, plain.calls, plain.points)
