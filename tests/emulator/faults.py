# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults that the control path injects into chosen calls."""

from dataclasses import dataclass, field
from threading import Lock
from typing import Any

# Kind -> whether the call takes effect before its answer is spoilt, unless the fault says otherwise.
KINDS: dict[str, bool] = {
    "lost_answer": True,
    "lost_request": False,
    "http_500": False,
    "http_503": False,
    "throttle": False,
    "error": False,
    "slow": True,
    "truncated": True,
    "garbage": True,
    "reset": False,
    "wrong_types": True,
    "huge": True,
    "redirect": False,
}
_MATCHED = ("cloud", "service", "operation", "write", "key_bearing")


@dataclass
class Fault:
    """``match`` holds exact values; an absent member matches everything. ``times`` None is for ever."""

    kind: str
    match: dict[str, Any] = field(default_factory=dict)
    times: int | None = 1
    after: int = 0
    delay: float = 0.0
    commit: bool = False
    code: str | None = None
    size: int = 32 * 1024 * 1024
    id: int = 0
    hits: int = 0

    def matches(self, call: dict[str, Any]) -> bool:
        return all(call.get(name) == value for name, value in self.match.items())


class Faults:
    """The faults that are waiting, in the order in which they were added; the first that matches strikes."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._last = 0
        self._lock = Lock()

    def add(self, description: dict[str, Any]) -> Fault:
        """Raises ValueError for a description that cannot be meant."""
        fault = _parse(description)
        with self._lock:
            self._last += 1
            fault.id = self._last
            self._faults.append(fault)
        return fault

    def strike(self, call: dict[str, Any]) -> Fault | None:
        """The fault for this call, if any; counts it."""
        with self._lock:
            for fault in self._faults:
                if not fault.matches(call):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                if fault.times is not None and fault.hits >= fault.times:
                    continue
                fault.hits += 1
                return fault
        return None

    def waiting(self) -> list[Fault]:
        with self._lock:
            return list(self._faults)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()


def _parse(description: dict[str, Any]) -> Fault:
    unknown = set(description) - {"kind", "match", "times", "after", "delay", "commit", "code", "size"}
    if unknown:
        raise ValueError(f"unknown members of a fault: {', '.join(sorted(unknown))}")
    kind = description.get("kind")
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}")
    match = description.get("match", {})
    if not isinstance(match, dict) or set(match) - set(_MATCHED):
        raise ValueError(f"match may hold {', '.join(_MATCHED)}")
    if kind == "error" and not description.get("code"):
        raise ValueError("a fault of kind error needs the vendor's code")
    return Fault(**{"commit": KINDS[kind], **description})
