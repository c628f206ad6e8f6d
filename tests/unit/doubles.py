# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clock and chance under a test's control."""

from __future__ import annotations

import datetime

from ansible_collections.cncloud.certificates.plugins.module_utils._clock import Clock, Randomness

START = datetime.datetime(2026, 11, 22, 8, 0, 0, tzinfo=datetime.UTC)


class FakeClock(Clock):
    """A clock that moves only when somebody sleeps; `sleeps` lists how long each time."""

    def __init__(self, start: datetime.datetime = START) -> None:
        super().__init__()
        self._start = start
        self._elapsed = 0.0
        self.sleeps: list[float] = []

    def now(self) -> datetime.datetime:
        return self._start + datetime.timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self._elapsed += max(seconds, 0.0)


class FixedRandomness(Randomness):
    """Counts instead of drawing, so that a failure repeats."""

    def __init__(self) -> None:
        self._count = 0

    def token_hex(self, nbytes: int) -> str:
        self._count += 1
        return format(self._count, "x").zfill(nbytes * 2)

    def uniform(self, low: float, high: float) -> float:
        return (low + high) / 2
