# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Sections that a signal must not cut in two."""

from __future__ import annotations

import contextlib
import signal
import typing as t

_HELD_BACK = frozenset({signal.SIGALRM, signal.SIGTERM, signal.SIGINT})


@contextlib.contextmanager
def uninterrupted() -> t.Iterator[None]:
    """Hold back a task's time-out and the ending of the run until the block is through.

    For what cannot be had twice: from sending a call whose answer is shown once until that answer is on disk.
    An end by SIGTERM runs no `finally`, and the alarm of `timeout:` is raised in the middle of our code. The
    signals are delivered right after the block. Network time inside it has to be bounded by the caller.
    """
    # Asked first: a signal that came just before is raised by the next call, when the mask is already changed.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, _HELD_BACK)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
