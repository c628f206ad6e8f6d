# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong in one run, drawn from a seed: on the wire, at the process, beside it."""

from __future__ import annotations

import dataclasses
import random
import typing as t

# Codes that a vendor answers although the operation may have run, or whose object is busy: with and without effect.
UNKNOWN_CODES = {
    "tencent": ("InternalError", "FailedOperation.NetworkError"),
    "huawei": ("APIG.3500", "APIG.9999"),
    "aliyun": ("InternalError", "ServiceUnavailable", "InternalException"),
}
LARGE = 17 * 1024 * 1024
SLOW = 0.45
"""Real seconds that a slow answer takes."""
IMPATIENT = 0.3
"""The option `timeout` of a run that meets a slow answer."""

LOST = ("lost_answer", "lost_request", "reset", "http_500", "http_503")
BAD = ("truncated", "garbage", "wrong_types", "huge", "redirect", "slow")
FAULTS = (*LOST, *LOST, *BAD, "throttle", "error")
CLIENT = ("tls", "untrusted", "refused")
"""What the client's own library reports before anything was sent."""
KILLS = ("SIGKILL", "SIGKILL", "SIGTERM")


@dataclasses.dataclass(frozen=True)
class Disturbance:
    """Of one run. `point` counts the places where a process can be hit: before and after each call, at each file.

    `kind`: `faults` on the wire alone; `kill` and `alarm` hit the process at `point`; `client` breaks a call, which
    `point` counts then; `two` is two runs at once.
    """

    kind: str
    faults: tuple[dict[str, t.Any], ...] = ()
    point: int = 0
    what: str = ""
    as_module: bool = False
    pause: float = 0.0
    """Virtual seconds until the next run begins: none, or fewer than the lags, or more."""

    @property
    def impatient(self) -> bool:
        return any(fault["kind"] == "slow" for fault in self.faults)

    def __str__(self) -> str:
        told = [self.kind]
        if self.what:
            told.append(f"{self.what} at point {self.point}")
        for fault in self.faults:
            more = "".join(f" {name}={fault[name]}" for name in ("code", "times", "commit") if name in fault)
            told.append(f"{fault['kind']} after {fault['after']} calls{more}")
        if self.as_module:
            told.append("as a module")
        told.append(f"then {self.pause:g} s of pause")
        return ", ".join(told)


def draw(chance: random.Random, *, cloud: str, calls: int, points: int) -> tuple[Disturbance, ...]:
    """One to three disturbed runs in a row, for a task that makes so many calls when nothing disturbs it."""
    several = chance.choice((1, 1, 2, 3))
    drawn = [_one(chance, cloud=cloud, calls=calls, points=points) for _unused in range(several)]
    return tuple(dataclasses.replace(one, pause=chance.choice((0.0, 3.0, 90.0))) for one in drawn)


def _one(chance: random.Random, *, cloud: str, calls: int, points: int) -> Disturbance:
    share = chance.random()
    if share < 0.5:
        faults = tuple(one_fault(chance, cloud, calls) for _unused in range(chance.choice((1, 1, 1, 2, 3))))
        return Disturbance("faults", faults, as_module=chance.random() < 0.2)
    if share < 0.6:
        return Disturbance("faults", (_storm(chance, calls),))
    point = _below(chance, points + 2)
    few = (one_fault(chance, cloud, calls),) if chance.random() < 0.2 else ()
    if share < 0.78:
        return Disturbance("kill", few, point, chance.choice(KILLS))
    if share < 0.87:
        return Disturbance("alarm", few, point, "SIGALRM")
    if share < 0.93:
        return Disturbance("client", few, point * calls // max(points, 1), chance.choice(CLIENT))
    return Disturbance("two", (one_fault(chance, cloud, calls),) if chance.random() < 0.5 else ())


def one_fault(chance: random.Random, cloud: str, calls: int) -> dict[str, t.Any]:
    """A fault for the control path, at one of so many calls or at one of the first writes."""
    kind = chance.choice(FAULTS)
    match: dict[str, t.Any] = {"cloud": cloud}
    after = _below(chance, calls + 1)
    if chance.random() < 0.4:  # writes are few, and where it hurts
        match["write"], after = True, chance.choice((0, 0, 1, 2))
    return fault_of(kind, chance, cloud, match=match, after=after)


def fault_of(kind: str, chance: random.Random, cloud: str, *, match: dict[str, t.Any], after: int) -> dict[str, t.Any]:
    """A fault of this kind; what else there is to it is drawn."""
    fault: dict[str, t.Any] = {"kind": kind, "match": match, "after": after, "times": chance.choice((1, 1, 2, 4))}
    if kind == "slow":
        fault |= {"delay": SLOW, "times": 1}
    elif kind == "huge":
        fault |= {"size": LARGE, "times": 1}
    elif kind == "error":
        fault |= {"code": chance.choice(UNKNOWN_CODES[cloud]), "commit": chance.random() < 0.5}
    elif kind in ("http_500", "http_503", "reset"):
        fault["commit"] = chance.random() < 0.5
    return fault


def _storm(chance: random.Random, calls: int) -> dict[str, t.Any]:
    kind = chance.choice(("throttle", "throttle", "http_503", "reset", "lost_request"))
    return {"kind": kind, "after": _below(chance, calls + 1), "times": chance.choice((5, 12, 30))}


def _below(chance: random.Random, end: int) -> int:
    """As `randrange`, but whatever `end` is, the next draws are the same: lags let runs of a seed differ by a call."""
    return int(chance.random() * end)
