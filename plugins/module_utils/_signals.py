# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Sections that a signal must not cut in two."""

from __future__ import annotations

import contextlib
import signal
import threading
import typing as t

_HELD_BACK = (signal.SIGTERM, signal.SIGALRM, signal.SIGINT)


@contextlib.contextmanager
def uninterrupted() -> t.Iterator[None]:
    """Hold back a task's time-out and the ending of the run until the block is through.

    For what cannot be had twice: from sending a call whose answer is shown once until that answer is on disk.
    An end by SIGTERM runs no `finally`, and the alarm of `timeout:` is raised in the middle of our code. The
    signals are delivered right after the block. Network time inside it has to be bounded by the caller.

    Blocked signals stay with the kernel as long as this is the only thread. Another one of the process may take them,
    and what it takes is handled by the main thread all the same: so there the handlers are set aside as well.
    """
    # Asked first: a signal that came just before is raised by the next call, when the mask is already changed.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    handlers: dict[int, t.Any] = {}
    came: list[int] = []
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, _HELD_BACK)
        if threading.current_thread() is threading.main_thread():
            for number in _HELD_BACK:
                if signal.getsignal(number) is not None:  # else it was not set by Python, and could not be set back
                    handlers[number] = signal.signal(number, lambda number, _frame: came.append(number))
        yield
    finally:
        try:
            _set_back(list(handlers.items()))
        finally:
            try:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
            finally:
                _deliver(tuple(dict.fromkeys(came)))


def _set_back(handlers: list[tuple[int, t.Any]]) -> None:
    """All of them, also where one that is set back already is called meanwhile and raises."""
    if handlers:
        try:
            signal.signal(*handlers[0])
        except BaseException:  # raised ahead of the change
            signal.signal(*handlers[0])
            raise
        finally:
            _set_back(handlers[1:])


def _deliver(numbers: tuple[int, ...]) -> None:
    """Each of them, also where the handler of one before it raises."""
    if numbers:
        try:
            signal.raise_signal(numbers[0])
        finally:
            _deliver(numbers[1:])
