# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs in processes of their own, which can be killed, or run at the same time."""

from __future__ import annotations

import collections.abc as c
import contextlib
import dataclasses
import datetime
import json
import os
import signal
import time
import traceback
import typing as t
import warnings
from pathlib import Path

from ansible_collections.cncloud.certificates.plugins.module_utils._clock import Clock
from chaos.scenario import PAUSE
from driver.driver import PACE, Driver, Run

LONGEST = 60.0
"""Real seconds that a run may take."""

Work = c.Callable[[], Run]


class Crash(Exception):
    """A run ended in a way that it must not: its traceback, or that it went on for too long."""


class SharedTime(Clock):
    """Real time, made faster, that is so far ahead of the machine's as the emulator is: for runs at the same time."""

    def __init__(self, now: datetime.datetime) -> None:
        super().__init__(pace=PACE)
        self._ahead = now - super().now()

    def now(self) -> datetime.datetime:
        return super().now() + self._ahead


class Child:
    """A run that begins at once; `outcome` waits for its end."""

    def __init__(self, driver: Driver, work: Work, name: str) -> None:
        self._driver = driver
        self._report = Path(driver.home.parent / f"{name}.json")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # pytest's threads do nothing meanwhile
            self._id = os.fork()
        if self._id == 0:
            self._live(work)

    def outcome(self) -> Run | None:
        """None of a run that was killed. Raises Crash."""
        end = time.monotonic() + LONGEST
        try:
            while os.waitpid(self._id, os.WNOHANG) == (0, 0):
                if time.monotonic() > end:
                    os.kill(self._id, signal.SIGKILL)
                    os.waitpid(self._id, 0)
                    raise Crash(f"a run took more than {LONGEST:g} real seconds")
                time.sleep(0.002)
            if not self._report.exists():
                return None
            told = json.loads(self._report.read_text())
        finally:
            self._report.unlink(missing_ok=True)
        if "crash" in told:
            raise Crash(told["crash"])
        return Run(**told)

    def _live(self, work: Work) -> t.NoReturn:
        told: dict[str, t.Any] = {}
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            told = dataclasses.asdict(work())
        except BaseException:
            told = {"crash": traceback.format_exc()}
        finally:
            with contextlib.suppress(OSError):
                self._report.write_text(json.dumps(told, default=str))
            os._exit(0)


def catch_up(driver: Driver) -> None:
    """Let the virtual time of this process go on to where a child has brought the emulator's."""
    driver.clock._slept = driver.emulator.control("GET", "/clock")["signature_skew"]


@contextlib.contextmanager
def real_time(driver: Driver) -> c.Iterator[Clock]:
    """A clock for runs at the same time; the emulator keeps pace. Virtual time goes on from where it ends.

    Lags that began at one pace are over before the other comes.
    """
    driver.clock.pass_by(PAUSE)
    yield SharedTime(_set_clock(driver, {"freeze": False, "pace": PACE}))
    driver.clock._start = _set_clock(driver, {"freeze": True}) - datetime.timedelta(seconds=driver.clock._slept)
    driver.clock.pass_by(PAUSE)
    _set_clock(driver, {"pace": 1})


def _set_clock(driver: Driver, wanted: dict[str, t.Any]) -> datetime.datetime:
    return datetime.datetime.fromisoformat(driver.emulator.control("POST", "/clock", wanted)["now"])
