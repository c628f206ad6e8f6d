# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One value of a name, over a cloud that keeps values in sets and writes a set whole; names and values."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils import _dns_record
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._dns_record import (
    Added,
    Record,
    Zone,
    normal_value,
    relative_name,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    Conflict,
    Invalid,
    NetworkFailure,
    NotFound,
    PermissionDenied,
    Ran,
)
from ansible_collections.cncloud.certificates.tests.unit.doubles import FakeClock, FixedRandomness

OPTIONS: dict[str, t.Any] = {
    "state": "present",
    "zone": "example.com",
    "name": "_p",
    "type": "TXT",
    "value": "mine",
    "ttl": 300,
}


class Sets(_dns_record.Provider):
    """Record sets of one zone: a value is added by writing the union, taken away by writing the remainder."""

    LOOK_FOR = 15.0
    IN_SETS = True

    def __init__(self, sets: dict[tuple[str, str], list[str]]) -> None:
        self.sets = sets
        self.enabled = True
        self.locked = False
        self.writes: list[tuple[str, ...]] = []
        self.zones = [Zone("example.com", id="1")]
        self.lost: list[Exception | None] = []
        """What happens to the next writes: None, or what is raised after the write took effect."""

    @property
    def site(self) -> str:
        return "sets"

    def zones_among(self, names: t.Sequence[str]) -> list[Zone]:
        return [zone for zone in self.zones if zone.name in names]

    def records(self, *, zone: Zone, name: str) -> list[Record]:
        return [
            Record(
                id=f"{of}/{type}",
                name=of,
                type=type,
                value=f'"{value}"',
                ttl=60,
                enabled=self.enabled,
                locked=self.locked,
            )
            for (of, type), values in self.sets.items()
            for value in values
            if of == name
        ]

    def create(self, *, zone: Zone, name: str, type: str, value: str, ttl: int, there: t.Sequence[Record]) -> Added:
        beside = [record for record in there if record.type == type]
        self._write(name, type, [*(normal_value(record.value, type=type) for record in beside), value])
        return Added(id=f"{name}/{type}", ttl=beside[0].ttl if beside else ttl)

    def delete(self, record: Record, *, zone: Zone, there: t.Sequence[Record]) -> None:
        if (record.name, record.type) not in self.sets:
            raise NotFound("There is no such set.")
        left = [one.value for one in there if one.type == record.type and one.value != record.value]
        self._write(record.name, record.type, [normal_value(value, type=record.type) for value in left])

    def _write(self, name: str, type: str, values: list[str]) -> None:
        self.writes.append(tuple(values))
        if values:
            self.sets[name, type] = values
        else:
            del self.sets[name, type]
        failure = self.lost.pop(0) if self.lost else None
        if failure is not None:
            raise failure


LOST = NetworkFailure("The connection broke.", retryable=True, ran=Ran.UNKNOWN)


@pytest.fixture(name="run")
def _run(tmp_path: Path) -> t.Callable[..., dict[str, t.Any]]:
    def run(sets: Sets, *, check: bool = False, **options: t.Any) -> dict[str, t.Any]:
        context = Context(
            check_mode=check, environ={"HOME": str(tmp_path)}, clock=FakeClock(), randomness=FixedRandomness()
        )
        return _dns_record.run(lambda _params, _context: sets, params={**OPTIONS, **options}, context=context)

    return run


Run = t.Callable[..., dict[str, t.Any]]


def test_a_value_joins_those_that_are_there(run: Run) -> None:
    sets = Sets({("_p", "TXT"): ["a", "b"], ("_q", "TXT"): ["c"]})
    predicted = run(sets, check=True)
    assert sets.writes == []
    result = run(sets)
    assert sets.writes == [("a", "b", "mine")]
    assert (result["diff"], result["actions"]) == (predicted["diff"], predicted["actions"])
    assert (result["record"]["id"], result["record"]["ttl"]) == ("_p/TXT", 60)
    assert run(sets)["changed"] is False


@pytest.mark.parametrize("check", [True, False])
def test_no_value_joins_a_set_that_is_disabled(run: Run, check: bool) -> None:
    sets = Sets({("_p", "TXT"): ["a"]})
    sets.enabled = False
    with pytest.raises(Conflict, match="they are disabled"):
        run(sets, check=check)
    assert sets.writes == []
    assert run(sets, state="absent")["changed"] is False


@pytest.mark.parametrize("check", [True, False])
def test_a_locked_record_stays(run: Run, check: bool) -> None:
    sets = Sets({("_p", "TXT"): ["mine"]})
    sets.locked = True
    with pytest.raises(PermissionDenied, match="is locked"):
        run(sets, state="absent", check=check)
    assert sets.writes == []
    assert run(sets)["changed"] is False


def test_the_first_value_has_the_ttl_asked_for(run: Run) -> None:
    assert run(Sets({}))["record"]["ttl"] == 300


def test_the_remainder_stays_and_the_last_value_takes_the_set_with_it(run: Run) -> None:
    sets = Sets({("_p", "TXT"): ["a", "mine"]})
    assert run(sets, state="absent")["changed"] is True
    assert run(sets, state="absent")["changed"] is False
    run(sets, state="absent", value="a")
    assert sets.writes == [("a",), ()]
    assert sets.sets == {}


@pytest.mark.parametrize("failure", [LOST, Conflict("Busy.", ran=Ran.UNKNOWN)])
def test_after_a_lost_answer_the_value_is_looked_for_and_not_sent_again(run: Run, failure: Exception) -> None:
    sets = Sets({("_p", "TXT"): ["a"]})
    sets.lost = [failure]
    assert run(sets)["record"]["value"] == "mine"
    assert sets.writes == [("a", "mine")]


def test_a_removal_whose_answer_was_lost_is_done(run: Run) -> None:
    sets = Sets({("_p", "TXT"): ["a", "mine"]})
    sets.lost = [LOST]
    assert run(sets, state="absent")["changed"] is True
    assert sets.writes == [("a",)]


def test_a_removal_that_is_repeated_keeps_what_came_meanwhile(run: Run) -> None:
    class Disturbed(Sets):
        def _write(self, name: str, type: str, values: list[str]) -> None:
            if not self.writes:
                self.writes.append(tuple(values))
                self.sets[name, type] = ["a", "b", "mine"]
                raise LOST
            super()._write(name, type, values)

    sets = Disturbed({("_p", "TXT"): ["a", "mine"]})
    run(sets, state="absent")
    assert sets.writes == [("a",), ("a", "b")]
    assert sets.sets == {("_p", "TXT"): ["a", "b"]}


class Rows(Sets):
    """A cloud without sets: each spelling of a value is a record of its own."""

    IN_SETS = False

    def __init__(self, *rows: Record) -> None:
        super().__init__({})
        self.rows = {row.id: row for row in rows}

    def records(self, *, zone: Zone, name: str) -> list[Record]:
        return list(self.rows.values())

    def delete(self, record: Record, *, zone: Zone, there: t.Sequence[Record]) -> None:
        self.writes.append((record.id,))
        del self.rows[record.id]
        failure = self.lost.pop(0) if self.lost else None
        if failure is not None:
            raise failure


def row(id: str, value: str, **more: t.Any) -> Record:
    return Record(id=id, name="_p", type="TXT", value=value, ttl=60, **more)


@pytest.mark.parametrize("lost", [[], [LOST], [NotFound("It is gone.")]])
def test_all_spellings_of_a_value_are_removed(run: Run, lost: list[Exception | None]) -> None:
    rows = Rows(row("1", "mine"), row("2", '"mine"'), row("3", "other"))
    rows.lost = lost
    run(rows, state="absent")
    assert (rows.writes, [*rows.rows]) == ([("1",), ("2",)], ["3"])
    assert run(rows, state="absent")["changed"] is False


def test_of_two_spellings_the_one_that_works_counts(run: Run) -> None:
    rows = Rows(row("1", "mine", enabled=False), row("2", '"mine"'))
    assert (run(rows)["changed"], run(rows)["record"]["id"]) == (False, "2")


def test_a_set_that_is_gone_is_deleted(run: Run) -> None:
    class Gone(Sets):
        def delete(self, record: Record, *, zone: Zone, there: t.Sequence[Record]) -> None:
            self.sets.clear()
            super().delete(record, zone=zone, there=there)

    assert run(Gone({("_p", "TXT"): ["mine"]}), state="absent")["record"] is None


def test_a_value_that_does_not_appear_is_an_unknown_outcome(run: Run) -> None:
    class Silent(Sets):
        def _write(self, name: str, type: str, values: list[str]) -> None:
            self.writes.append(tuple(values))
            raise LOST

    sets = Silent({})
    with pytest.raises(NetworkFailure, match="is not known") as caught:
        run(sets)
    assert "15 seconds" in str(caught.value.hint)
    assert sets.writes == [("mine",)]


def test_longest_ttl_is_the_clouds(run: Run) -> None:
    context = Context(environ={})
    for ttl, longest in ((0, 300), (301, 300)):
        with pytest.raises(Invalid, match="between 1 and 300 seconds"):
            _dns_record.desired_from({**OPTIONS, "ttl": ttl}, context, longest_ttl=longest)
    assert _dns_record.desired_from(OPTIONS, context, longest_ttl=300).ttl == 300


@pytest.mark.parametrize(
    ("name", "relative"),
    [
        ("@", "@"),
        ("", "@"),
        ("example.com.", "@"),
        ("_p.example.com", "_p"),
        ("_P.A", "_p.a"),
        ("*.a", "*.a"),
        ("host.1", "host.1"),
        ("notexample.com", "notexample.com"),
    ],
)
def test_names(name: str, relative: str) -> None:
    assert relative_name(name, zone="example.com") == relative


@pytest.mark.parametrize("name", ["_p.example.org.", "_p.", "example.com.example.org."])
def test_full_name_of_another_zone_is_refused(name: str) -> None:
    with pytest.raises(Invalid, match=r"is not in the zone example\.com"):
        relative_name(name, zone="example.com")


@pytest.mark.parametrize(
    ("value", "type", "normal"),
    [('"', "TXT", '"'), ('""', "TXT", ""), ('"A b"', "TXT", "A b"), ("A.", "TXT", "A."), ("A.b.", "CNAME", "a.b")],
)
def test_values(value: str, type: str, normal: str) -> None:
    assert normal_value(value, type=type) == normal
