# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every kind of fault at every call of every scenario, and every kind of end before and after it: one place after the
other, so that no draw leaves one out.
"""

from __future__ import annotations

import collections.abc as c
import dataclasses
import math
import random
import typing as t

from chaos.disturbance import LARGE, SLOW, UNKNOWN_CODES, Disturbance
from chaos.scenario import Scenario

STEPS = 3
"""Steps of the walk that one seed takes."""
PLACES: dict[str, tuple[int, int]] = {
    "tencent: an order with its files": (9, 21),
    "tencent: a renewal": (9, 21),
    "tencent: an order to prove by hand": (6, 12),
    "tencent: a pending order is cancelled": (6, 12),
    "huawei: the first certificate": (10, 20),
    "huawei: a certificate in place": (17, 34),
    "huawei: a shared certificate": (39, 78),
    "huawei: a new object": (28, 56),
    "huawei: no certificate any more": (9, 18),
    "sslvpn: a new certificate": (16, 35),
    "sslvpn: a rotation": (16, 35),
    "sslvpn: a rotation that clears away": (22, 47),
    "sslvpn: a deletion": (8, 16),
    "esa: several at once": (14, 28),
    "esa: some are there": (10, 20),
    "esa: applied for without waiting": (13, 26),
    "esa: a deletion": (10, 20),
    "antchain: a key that is shown once": (13, 30),
    "antchain: a key that may be lost": (13, 30),
    "antchain: a key made here": (13, 30),
    "antchain: a lost key": (15, 34),
    "antchain: a reset": (4, 8),
    **{
        f"{cloud} dns: {name}": (calls, 2 * calls)
        for cloud, calls in (("tencent", 3), ("aliyun", 3), ("huawei", 6))
        for name in ("a value beside others", "the first value", "a value from among others", "the last value")
    },
}
"""Of each scenario, undisturbed: its calls, and the points where its process can be hit. As numbers, since lags let the
calls of a run differ by one or two, and a seed has to mean the same in every process."""
WIRE: dict[str, dict[str, t.Any]] = {
    "lost_answer": {},
    "lost_request": {},
    "reset": {},
    "reset, done": {"kind": "reset", "commit": True},
    "http_500": {},
    "http_503, done": {"kind": "http_503", "commit": True},
    "throttle": {"times": 30},
    "slow": {"delay": SLOW},
    "truncated": {},
    "garbage": {},
    "wrong_types": {},
    "huge": {"size": LARGE},
    "redirect": {},
    "error": {},
    "tls": {},
}
"""Faults at a call, by the name that they are counted by: `done` where the operation ran although that is not usual."""
ENDS = ("SIGKILL", "SIGTERM", "SIGALRM")
"""Ends of the process at a point; the last one is what the keyword `timeout:` sends."""
TWO = "two"


@dataclasses.dataclass(frozen=True)
class Step:
    """One place of the walk: what happens where in which scenario."""

    scenario: Scenario
    kind: str
    position: int

    def __str__(self) -> str:
        return place(self.scenario, self.kind, self.position)

    def disturbance(self, chance: random.Random) -> Disturbance:
        """What is left open, the seed draws: the pause until the next run, and the way of running."""
        pause = chance.choice((0.0, 3.0, 90.0))
        if self.kind == TWO:
            return Disturbance("two", pause=pause)
        if self.kind in ENDS:
            way = "alarm" if self.kind == "SIGALRM" else "kill"
            return Disturbance(way, point=self.position, what=self.kind, pause=pause)
        if self.kind == "tls":
            return Disturbance("client", point=self.position, what="tls", pause=pause)
        fault = {"kind": self.kind, "match": {"cloud": self.scenario.cloud}, "after": self.position, **WIRE[self.kind]}
        if self.kind == "error":
            fault |= {"code": chance.choice(UNKNOWN_CODES[self.scenario.cloud])}
        return Disturbance("faults", (fault,), as_module=chance.random() < 0.2, pause=pause)


def place(scenario: Scenario, kind: str, position: int) -> str:
    return f"{scenario.name}, {kind} at {position}"


def steps(scenarios: c.Iterable[Scenario]) -> list[Step]:
    """The whole walk, in an order in which the first steps are of all scenarios."""
    walk = []
    for scenario in scenarios:
        calls, points = PLACES[scenario.name]
        walk += [Step(scenario, kind, position) for position in range(calls) for kind in WIRE]
        walk += [Step(scenario, kind, position) for position in range(points) for kind in ENDS]
        walk.append(Step(scenario, TWO, 0))
    stride = next(
        number for number in range(round(0.618 * len(walk)), 2 * len(walk)) if math.gcd(number, len(walk)) == 1
    )
    return [walk[number * stride % len(walk)] for number in range(len(walk))]
