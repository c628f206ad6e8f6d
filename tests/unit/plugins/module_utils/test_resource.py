# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode predicts what the real run does, and a failure half-way says what had been done."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import Conflict, NetworkFailure
from ansible_collections.cncloud.certificates.plugins.module_utils._resource import (
    Journal,
    Plan,
    Service,
    Step,
    reconcile,
)
from ansible_collections.cncloud.certificates.tests.unit.doubles import FakeClock, FixedRandomness


@dataclasses.dataclass
class Shelf(Service[int, int]):
    """Holds a number of books; `stolen` changes it between the first look and the one inside the lock."""

    books: int
    breaks_at: t.Optional[int] = None
    arrives_before_lock: int = 0
    looks: int = 0

    def observe(self, desired: int) -> int:
        self.looks += 1
        if self.looks == 2:
            self.books += self.arrives_before_lock
        return self.books

    def plan(self, desired: int, observed: int, now: datetime.datetime) -> Plan:
        steps = tuple(Step("add", f"add book {number}") for number in range(observed + 1, desired + 1))
        return Plan(steps=steps, before={"books": observed}, after={"books": desired}, reason="count")

    def apply(self, desired: int, observed: int, plan: Plan, journal: Journal) -> dict[str, t.Any]:
        for number, step in enumerate(plan.steps):
            if number == self.breaks_at:
                raise NetworkFailure("lost")
            self.books += 1
            journal.done(step)
        return {"books": self.books}

    def result(self, desired: int, observed: int, plan: Plan) -> dict[str, t.Any]:
        return {"books": desired}

    def lock_name(self, desired: int) -> str:
        return "shelf"


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(clock=FakeClock(), randomness=FixedRandomness(), environ={"XDG_CACHE_HOME": str(tmp_path)})


def test_prediction_equals_the_run(context: Context, tmp_path: Path) -> None:
    shelf = Shelf(books=1)
    predicted = reconcile(shelf, 3, dataclasses.replace(context, check_mode=True))
    assert shelf.books == 1
    assert list(tmp_path.iterdir()) == [], "check mode leaves no lock behind"
    real = reconcile(shelf, 3, context)
    assert predicted == real
    assert real["changed"]
    assert real["actions"] == ["add book 2", "add book 3"]
    assert real["diff"] == {"before": {"books": 1}, "after": {"books": 3}}
    again = reconcile(shelf, 3, context)
    assert not again["changed"]
    assert again["actions"] == []
    assert again["diff"] == {"before": {}, "after": {}}


def test_what_another_run_did_meanwhile_is_seen_inside_the_lock(context: Context) -> None:
    shelf = Shelf(books=1, arrives_before_lock=1)
    assert reconcile(shelf, 3, context)["actions"] == ["add book 3"]
    assert shelf.books == 3
    done_by_another = Shelf(books=1, arrives_before_lock=2)
    assert reconcile(done_by_another, 3, context)["changed"] is False


@pytest.mark.parametrize("breaks_at, changed", [(0, None), (1, True)])
def test_a_failure_says_what_was_done_before_it(context: Context, breaks_at: int, changed: t.Optional[bool]) -> None:
    with pytest.raises(NetworkFailure) as caught:
        reconcile(Shelf(books=1, breaks_at=breaks_at), 3, context)
    assert caught.value.data.get("changed") is changed
    assert caught.value.data.get("actions", []) == ["add book 2"][:breaks_at]


def test_an_unchanged_object_takes_no_lock(context: Context, tmp_path: Path) -> None:
    reconcile(Shelf(books=3), 3, context)
    assert list(tmp_path.iterdir()) == []


def test_a_change_without_a_difference_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="difference"):
        Plan(steps=(Step("x", "x"),), before={"a": 1}, after={"a": 1})


def test_two_services_of_one_name_do_not_run_at_once(context: Context) -> None:
    class Nested(Shelf):
        def apply(self, desired: int, observed: int, plan: Plan, journal: Journal) -> dict[str, t.Any]:
            return reconcile(Shelf(books=0), 1, context)

    with pytest.raises(Conflict):
        reconcile(Nested(books=0), 1, context)


class SlowShelf(Shelf):
    """Its reads are ten seconds behind."""

    read_lag = 10.0


def waited(context: Context, shelf: Shelf, desired: int) -> float:
    begun = context.clock.monotonic()
    reconcile(shelf, desired, context)
    return context.clock.monotonic() - begun


def test_after_a_run_that_was_ended_half_way_the_next_one_waits_until_its_writes_show(context: Context) -> None:
    assert waited(context, SlowShelf(books=0), 1) == 0
    with pytest.raises(NetworkFailure):
        reconcile(SlowShelf(books=1, breaks_at=0), 2, context)
    assert waited(context, SlowShelf(books=2), 2) == 0, "nothing to do, nothing to wait for"
    assert waited(context, SlowShelf(books=1), 2) == 10
    assert waited(context, SlowShelf(books=2), 3) == 0, "the run before came to its end"


@pytest.mark.parametrize("shows_meanwhile", [False, True])
def test_who_finds_the_work_done_after_all_removes_the_mark(context: Context, shows_meanwhile: bool) -> None:
    with pytest.raises(NetworkFailure):
        reconcile(SlowShelf(books=1, breaks_at=0), 2, context)
    shelf = SlowShelf(books=1, arrives_before_lock=int(shows_meanwhile))
    assert waited(context, shelf, 2) == 10
    assert waited(context, SlowShelf(books=1), 2) == 0


def test_services_whose_reads_show_everything_at_once_never_wait(context: Context) -> None:
    with pytest.raises(NetworkFailure):
        reconcile(Shelf(books=1, breaks_at=0), 2, context)
    assert waited(context, Shelf(books=1), 2) == 0
