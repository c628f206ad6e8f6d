# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One value of a record in a zone of AliDNS, in four runs: added and removed, and nothing else touched."""

from __future__ import annotations

import typing as t

import pytest
from integration.stage import FourRuns, Stage, Task, Turn

pytestmark = pytest.mark.xdist_group("aliyun_dns_record")

SEEDED = [
    {"name": "_dnsauth.kept", "type": "TXT", "value": "somebody-elses"},
    {"name": "_dnsauth.gone", "type": "TXT", "value": "mine"},
    {"name": "_dnsauth.gone", "type": "TXT", "value": "somebody-elses"},
    {"name": "_old.gone", "type": "CNAME", "value": "proof.example.net."},
    {"name": "_taken", "type": "CNAME", "value": "elsewhere.example.net."},
]
TASKS = {
    "TXT added": {"name": "_dnsauth.kept", "type": "TXT", "value": "mine"},
    "CNAME added": {"name": "_new.api", "type": "CNAME", "value": "proof.example.net"},
    "TXT removed": {"name": "_dnsauth.gone", "type": "TXT", "value": "mine", "state": "absent"},
    "CNAME removed": {"name": "_old.gone", "type": "CNAME", "value": "Proof.example.NET", "state": "absent"},
}


def record(**options: t.Any) -> Task:
    return {"cncloud.certificates.aliyun_dns_record": {"zone": "example.com", **options}}


@pytest.fixture(scope="module", name="runs")
def _runs(shared_stage: Stage) -> dict[str, FourRuns]:
    zone = {"name": "example.com", "records": SEEDED}
    shared_stage.emulator.control("POST", "/state/aliyun", {"zones": [zone]})
    return shared_stage.rounds({name: record(**options) for name, options in TASKS.items()})


def values(stage: Stage, name: str) -> set[tuple[str, str]]:
    """(type, value) of all records of a name."""
    zones = stage.emulator.control("GET", "/state/aliyun")["zones"]
    records = [one for zone in zones if zone["name"] == "example.com" for one in zone["records"]]
    return {(one["type"], one["value"].rstrip(".")) for one in records if one["name"] == name}


@pytest.mark.parametrize("name", TASKS)
def test_check_mode_tells_the_truth_and_the_second_round_changes_nothing(runs: dict[str, FourRuns], name: str) -> None:
    runs[name].checked()


def test_value_is_added_beside_those_of_others(runs: dict[str, FourRuns], shared_stage: Stage) -> None:
    assert values(shared_stage, "_dnsauth.kept") == {("TXT", "mine"), ("TXT", "somebody-elses")}


def test_cname_is_added(runs: dict[str, FourRuns], shared_stage: Stage) -> None:
    assert values(shared_stage, "_new.api") == {("CNAME", "proof.example.net")}


def test_only_the_value_given_is_removed(runs: dict[str, FourRuns], shared_stage: Stage) -> None:
    assert values(shared_stage, "_dnsauth.gone") == {("TXT", "somebody-elses")}


def test_cname_is_removed_whatever_case_and_dots_it_is_written_with(
    runs: dict[str, FourRuns], shared_stage: Stage
) -> None:
    assert values(shared_stage, "_old.gone") == set()


@pytest.mark.parametrize("name", TASKS)
def test_run_without_a_change_is_one_read(runs: dict[str, FourRuns], name: str) -> None:
    for turn in (runs[name].predicted_again, runs[name].real_again):
        assert len(turn.calls) == 1


def test_result_is_the_record_or_null(runs: dict[str, FourRuns]) -> None:
    added = runs["TXT added"].real_again.result.result["record"]
    assert {name: added[name] for name in ("zone", "name", "type", "value", "record", "ttl")} == {
        "zone": "example.com",
        "name": "_dnsauth.kept",
        "type": "TXT",
        "value": "mine",
        "record": "_dnsauth.kept.example.com",
        "ttl": 600,
    }
    assert runs["TXT removed"].real.result.result["record"] is None


def test_cname_of_another_value_is_a_conflict_and_stays(runs: dict[str, FourRuns], shared_stage: Stage) -> None:
    task = record(name="_taken", type="CNAME", value="proof.example.net")
    turn = shared_stage.turn({**task, "ignore_errors": True})
    assert turn.result.result["error"]["kind"] == "conflict"
    assert "elsewhere.example.net" in turn.result.result["msg"]
    assert turn.writes() == []
    assert values(shared_stage, "_taken") == {("CNAME", "elsewhere.example.net")}


LOST = {"lost_answer": True, "garbage": True, "truncated": True, "wrong_types": True, "lost_request": False}
"""Faults after which nobody knows, and whether the write took effect all the same."""


@pytest.fixture(scope="module", name="lost")
def _lost(shared_stage: Stage) -> dict[str, Turn]:
    """Each fault once on an addition and once on a removal."""
    stage = shared_stage
    tasks: dict[str, Task] = {}
    for kind in LOST:
        place = {"name": f"_lost.{kind.replace('_', '-')}", "type": "TXT", "value": "mine"}
        match = {"service": "alidns", "operation": "AddDomainRecord"}
        stage.emulator.control("POST", "/faults", {"kind": kind, "match": match, "times": 1})
        tasks[f"{kind}, added"] = {**record(**place), "ignore_errors": True}
        tasks[f"{kind}, added again"] = record(**place)
        match = {"service": "alidns", "operation": "DeleteDomainRecord"}
        stage.emulator.control("POST", "/faults", {"kind": kind, "match": match, "times": 1})
        tasks[f"{kind}, removed"] = record(**place, state="absent")
    turns = stage.turns(tasks)
    stage.emulator.control("DELETE", "/faults")
    return turns


@pytest.mark.parametrize("kind", LOST)
def test_addition_whose_answer_is_lost_is_sent_once(lost: dict[str, Turn], kind: str) -> None:
    first, again = lost[f"{kind}, added"], lost[f"{kind}, added again"]
    done = LOST[kind]
    assert (first.result.status, first.changed) == (("ok", True) if done else ("ignored", False))
    assert done or first.result.result["error"]["kind"] == "network"
    assert again.changed is not done
    added = again.result.result["record"]["record"]
    assert added == f"_lost.{kind.replace('_', '-')}.example.com"


@pytest.mark.parametrize("kind", LOST)
def test_removal_whose_answer_is_lost_is_done(lost: dict[str, Turn], shared_stage: Stage, kind: str) -> None:
    assert lost[f"{kind}, removed"].result.status == "ok"
    assert values(shared_stage, f"_lost.{kind.replace('_', '-')}") == set()


def test_throttled_addition_is_sent_again(shared_stage: Stage) -> None:
    fault = {"kind": "throttle", "match": {"operation": "AddDomainRecord"}, "times": 2}
    shared_stage.emulator.control("POST", "/faults", fault)
    turn = shared_stage.turn(record(name="_busy", type="TXT", value="mine"))
    assert turn.changed is True
    assert turn.writes() == ["AddDomainRecord"] * 3
    assert values(shared_stage, "_busy") == {("TXT", "mine")}


def test_temporary_key_works_with_its_token_alone(shared_stage: Stage) -> None:
    key = {"key_id": "STS.INTEGRATION", "secret": "a-temporary-secret", "token": "a-temporary-token"}
    account = shared_stage.emulator.info["credentials"]["aliyun"][0]["account"]
    shared_stage.emulator.control("POST", "/credentials", {"cloud": "aliyun", "account": account, **key})
    options = {"access_key_id": key["key_id"], "access_key_secret": key["secret"]}
    task = record(name="_x", type="TXT", value="mine", state="absent", **options, security_token=key["token"])
    assert shared_stage.turn(task).result.status == "ok"
    task = record(name="_x", type="TXT", value="mine", state="absent", **options)
    turn = shared_stage.turn({**task, "ignore_errors": True})
    assert turn.result.result["error"]["kind"] == "auth"
    assert turn.calls == []
