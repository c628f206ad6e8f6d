# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signals wait until the block is through, and the former mask always comes back."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
import typing as t
from collections import abc

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._signals import uninterrupted

NUMBERS = [signal.SIGALRM, signal.SIGTERM, signal.SIGINT]


class TimeIsUp(BaseException):
    """As Ansible's own time-out: no Exception."""


def mask() -> set[int | signal.Signals]:
    return signal.pthread_sigmask(signal.SIG_BLOCK, ())


@pytest.fixture(autouse=True)
def _signals_raise() -> t.Iterator[None]:
    def raise_it(_number: int, _frame: object) -> t.NoReturn:
        raise TimeIsUp

    before = {number: signal.signal(number, raise_it) for number in NUMBERS}
    mask_before = mask()
    yield
    signal.pthread_sigmask(signal.SIG_SETMASK, mask_before)
    for number, handler in before.items():
        signal.signal(number, handler)


def kill_and_write(number: signal.Signals, done: list[str]) -> None:
    with uninterrupted():
        signal.raise_signal(number)  # to this thread, where it is blocked
        done.append("written")


@pytest.mark.parametrize("number", NUMBERS)
def test_signal_comes_right_after_the_block(number: signal.Signals) -> None:
    done: list[str] = []
    with pytest.raises(TimeIsUp):
        kill_and_write(number, done)
    assert done == ["written"]
    assert mask() & set(NUMBERS) == set()


@contextlib.contextmanager
def another_thread() -> t.Iterator[None]:
    """One that takes the signals of the process which this one has blocked."""
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


def send_to_the_process(*numbers: signal.Signals) -> None:
    for number in numbers:
        os.kill(os.getpid(), number)
    for _round in range(20):
        time.sleep(0.001)  # time enough for the other thread, and for handlers to run here


@pytest.mark.parametrize("numbers", [*[(number,) for number in NUMBERS], (*NUMBERS, *NUMBERS)], ids=str)
def test_signal_that_another_thread_takes_waits_as_well(numbers: tuple[signal.Signals, ...]) -> None:
    handlers = {number: signal.getsignal(number) for number in NUMBERS}
    done: list[str] = []

    def work() -> None:
        with uninterrupted():
            send_to_the_process(*numbers)
            done.append("written")
        done.append("went on")

    with another_thread(), pytest.raises(TimeIsUp):
        work()
    assert done == ["written"]
    assert mask() & set(NUMBERS) == set()
    assert {number: signal.getsignal(number) for number in NUMBERS} == handlers


def test_each_signal_is_delivered_once() -> None:
    came: list[int] = []
    for number in NUMBERS:
        signal.signal(number, lambda number, _frame: came.append(number))
    with another_thread(), uninterrupted():
        send_to_the_process(*NUMBERS, *NUMBERS)
        assert came == []
    assert sorted(came) == sorted(NUMBERS)


def test_a_thread_beside_the_main_one_leaves_the_handlers_alone() -> None:
    handlers = {number: signal.getsignal(number) for number in NUMBERS}
    seen: list[t.Any] = []

    def work() -> None:
        with uninterrupted():
            seen.append({number: signal.getsignal(number) for number in NUMBERS})

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [handlers]


def test_block_within_a_block_does_not_let_signals_in() -> None:
    done: list[str] = []

    def nested() -> None:
        with uninterrupted():
            kill_and_write(signal.SIGALRM, done)
            done.append("outer")

    with pytest.raises(TimeIsUp):
        nested()
    assert done == ["written", "outer"]
    assert mask() & set(NUMBERS) == set()


def test_what_was_blocked_before_stays_blocked() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    with uninterrupted():
        pass
    assert mask() & set(NUMBERS) == {signal.SIGTERM}


def test_other_signals_are_let_through() -> None:
    with uninterrupted():
        assert mask() & {signal.SIGHUP, signal.SIGQUIT, signal.SIGCHLD} == set()


def test_error_in_the_block_passes_and_the_mask_comes_back() -> None:
    with pytest.raises(ValueError, match="mine"), uninterrupted():
        raise ValueError("mine")
    assert mask() & set(NUMBERS) == set()


@pytest.mark.parametrize("call", [1, 2])
def test_signal_that_came_just_before_does_not_leave_signals_blocked(
    monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    """`pthread_sigmask` runs the handlers of earlier signals, when it has changed the mask already."""
    real: abc.Callable[..., t.Any] = signal.pthread_sigmask
    calls = []

    def interrupted(how: int, numbers: t.Iterable[int]) -> t.Any:
        calls.append(how)
        found = real(how, numbers)
        if len(calls) == call:
            raise TimeIsUp
        return found

    entered = False
    monkeypatch.setattr(signal, "pthread_sigmask", interrupted)
    with pytest.raises(TimeIsUp), uninterrupted():
        entered = True
    monkeypatch.undo()
    assert not entered
    assert mask() & set(NUMBERS) == set()
