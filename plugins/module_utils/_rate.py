# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Calls a second that all processes of one user on one machine share, so that forks do not throttle each other.

For each account and operation a small file in the state folder holds the moment until which calls are promised (the
generic cell rate algorithm). Who wants to call takes the file's lock, which ends with its process however that dies,
moves the moment on, lets go and sleeps until the turn that it was given. Whoever dies while asleep has only left a turn
unused. All waits are bounded: past them the call is made anyhow, for the service itself has the last word.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import os
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._clock import is_loopback
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import LocalFailure
from ansible_collections.cncloud.certificates.plugins.module_utils._locks import state_folder

SWITCH = "CNCLOUD_CERTIFICATES_RATE_LIMIT"
"""`false` in the environment turns it off. An endpoint on loopback has no limit unless this is `true`."""
STEADY, BURST = 0.7, 0.2
"""Parts of the vendor's figure: what is called in any second is at most their sum of it."""
LONGEST_WAIT = 30.0
"""Seconds for one call."""
LONGEST_LOCK = 1.0
"""Seconds that somebody else may hold the file: it takes microseconds, unless its process was stopped."""
_DIGITS = 32
_here: dict[str, float] = {}


@dataclasses.dataclass(frozen=True)
class Limits:
    """The vendor's figures for one account: calls a second of each operation, and of any that is not named."""

    others: float
    named: t.Mapping[str, float] = dataclasses.field(default_factory=dict)

    def of(self, operation: str) -> float:
        return self.named.get(operation, self.others)


class Rate:
    """The turns of one account at one endpoint. `account` names it without giving a secret away."""

    def __init__(self, limits: Limits, *, endpoint: str, account: str, context: Context) -> None:
        self._limits = limits
        self._account = f"{endpoint}\n{account}"
        self._context = context
        said = context.environ.get(SWITCH, "").strip().lower()
        self._on = said in ("true", "yes", "on", "1") or (
            said not in ("false", "no", "off", "0") and not is_loopback(endpoint)
        )

    def wait(self, operation: str) -> None:
        """Return when it is this call's turn, or when the wait has been long enough."""
        if not self._on:
            return
        clock = self._context.clock
        name = f"rate-{hashlib.sha256(f'{self._account}{chr(10)}{operation}'.encode()).hexdigest()[:40]}"
        clock.sleep(self._turn(name, now=clock.monotonic(), limit=self._limits.of(operation)))

    def _turn(self, name: str, *, now: float, limit: float) -> float:
        """Seconds to wait. The state is that of the machine, or this process's where there is no file."""
        descriptor = self._open(name)
        if descriptor is None:
            _here[name], seconds = _next(_here.get(name), now=now, limit=limit)
            return seconds
        try:
            if not self._take(descriptor):
                return 0.0
            promised, seconds = _next(_read(descriptor), now=now, limit=limit)
            os.pwrite(descriptor, f"{promised:<{_DIGITS}.6f}".encode("ascii")[:_DIGITS], 0)
            return seconds
        except OSError:
            return 0.0
        finally:
            os.close(descriptor)

    def _open(self, name: str) -> int | None:
        """None where there is no file and none may be made: check mode makes nothing."""
        with contextlib.suppress(LocalFailure, OSError):
            folder = state_folder(self._context, create=not self._context.check_mode)
            if folder is None:
                return None
            flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | (0 if self._context.check_mode else os.O_CREAT)
            return os.open(os.path.join(folder, name), flags, 0o600)
        return None

    def _take(self, descriptor: int) -> bool:
        clock = self._context.clock
        end = clock.monotonic() + LONGEST_LOCK
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if clock.monotonic() >= end:
                    return False
            clock.sleep(self._context.randomness.uniform(0.001, 0.005))


def _read(descriptor: int) -> float | None:
    try:
        return float(os.pread(descriptor, _DIGITS, 0).decode("ascii"))
    except (ValueError, UnicodeDecodeError):
        return None


def _next(promised: float | None, *, now: float, limit: float) -> tuple[float, float]:
    """Until when calls are promised with one more, and the seconds that this one has to wait.

    A moment further ahead than anybody may wait was written before the machine's last start, and counts for nothing.
    """
    interval = 1 / (limit * STEADY)
    spare = max(limit * BURST, 1.0) * interval - interval
    if promised is None or not now - interval < promised < now + LONGEST_WAIT + spare + 2 * interval:
        promised = now
    start = max(promised, now)
    seconds = max(0.0, start - spare - now)
    if seconds > LONGEST_WAIT:
        return promised, LONGEST_WAIT
    return start + interval, seconds
