# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every module under seeded faults: whatever happens to a run, further runs bring account and files in order."""

from __future__ import annotations

import collections.abc as c

import pytest
from chaos.sequence import Chaos
from driver.driver import Driver


@pytest.fixture(scope="session")
def chaos(shared_driver: Driver, pytestconfig: pytest.Config) -> Chaos:
    return Chaos(shared_driver, only=pytestconfig.getoption("chaos_only", ""))


def test_chaos(chaos: Chaos, seeds: c.Sequence[int], record_property: c.Callable[[str, object], None]) -> None:
    played = [chaos.play(seed) for seed in seeds]
    broken = [sequence for sequence in played if sequence.problems]
    runs, calls = sum(sequence.runs for sequence in played), sum(len(sequence.calls) for sequence in played)
    record_property("chaos", (len(played), runs, calls, len(broken)))
    again = "\n".join(f"make chaos SEED={one.seed} SEQUENCES=1 ROLES=0{chaos.only_this}" for one in broken)
    told = "\n\n".join(str(one) for one in broken)
    assert not broken, f"{told}\n\nTo play what broke again:\n{again}"
