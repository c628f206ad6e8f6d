# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Time and chance, passed in so that tests own them."""

from __future__ import annotations

import datetime
import ipaddress
import secrets
import time
import typing as t
from urllib.parse import urlsplit

PACE_VARIABLE = "CNCLOUD_CERTIFICATES_PACE"


class Clock:
    """The system's clock. `pace` makes waits and time-outs that many times shorter (an emulator only)."""

    def __init__(self, *, pace: float = 1.0) -> None:
        self._pace = pace

    def now(self) -> datetime.datetime:
        """The current time, aware, UTC."""
        return datetime.datetime.now(tz=datetime.timezone.utc)

    def monotonic(self) -> float:
        """Seconds for measuring; runs `pace` times faster than real ones, as `sleep` does."""
        return time.monotonic() * self._pace

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds."""
        if seconds > 0:
            time.sleep(seconds / self._pace)


class Randomness:
    """Unpredictable values, drawn at call time: workers are forks and must not share a generator."""

    def token_hex(self, nbytes: int) -> str:
        """`nbytes` random bytes as lower-case hex."""
        return secrets.token_hex(nbytes)

    def uniform(self, low: float, high: float) -> float:
        """A float in [low, high)."""
        return low + (high - low) * (secrets.randbits(53) / (1 << 53))


def is_loopback(url: str) -> bool:
    """Whether the host of a URL is this machine."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def clock_for(*, endpoint: t.Optional[str], environ: t.Mapping[str, str]) -> Clock:
    """The clock of a run. A pace counts only against an emulator, that is an endpoint on loopback."""
    try:
        pace = float(environ.get(PACE_VARIABLE, "1"))
    except ValueError:
        return Clock()
    if endpoint and is_loopback(endpoint) and 1.0 < pace <= 1000.0:
        return Clock(pace=pace)
    return Clock()


def rfc3339(moment: t.Optional[datetime.datetime]) -> t.Optional[str]:
    """`2026-11-22T08:00:00Z`, or None."""
    if moment is None:
        return None
    return moment.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def days_between(now: datetime.datetime, end: t.Optional[datetime.datetime]) -> t.Optional[int]:
    """Whole days left until `end`, negative once it has passed."""
    return None if end is None else (end - now) // datetime.timedelta(days=1)
