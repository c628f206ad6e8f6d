# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One value of a record in a DNSPod zone, in four runs: added and removed, and nothing else touched."""

from __future__ import annotations

import typing as t

import pytest
from integration.stage import FourRuns, Stage, Task

pytestmark = pytest.mark.xdist_group("tencent_dns_record")

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
    return {"cncloud.certificates.tencent_dns_record": {"zone": "example.com", **options}}


@pytest.fixture(scope="module", name="runs")
def _runs(shared_stage: Stage) -> dict[str, FourRuns]:
    zone = {"name": "example.com", "records": SEEDED}
    shared_stage.emulator.control("POST", "/state/tencent", {"zones": [zone]})
    return shared_stage.rounds({name: record(**options) for name, options in TASKS.items()})


def values(stage: Stage, name: str) -> set[tuple[str, str]]:
    """(type, value) of all records of a name."""
    (zone,) = stage.emulator.control("GET", "/state/tencent")["zones"]
    return {(one["type"], one["value"].rstrip(".")) for one in zone["records"] if one["name"] == name}


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
