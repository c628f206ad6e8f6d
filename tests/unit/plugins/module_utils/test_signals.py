# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signals wait until the block is through, and the former mask always comes back."""

from __future__ import annotations

import signal
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
        signal.raise_signal(number)  # to this thread: a pytest-xdist worker has another, whose mask lets it through
        done.append("written")


@pytest.mark.parametrize("number", NUMBERS)
def test_signal_comes_right_after_the_block(number: signal.Signals) -> None:
    done: list[str] = []
    with pytest.raises(TimeIsUp):
        kill_and_write(number, done)
    assert done == ["written"]
    assert mask() & set(NUMBERS) == set()


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
