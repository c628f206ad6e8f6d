# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One value of a record in every cloud's DNS, in four runs: added and removed, and nothing else touched."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from integration.stage import FourRuns, Stage, Task, Turn

ZONE = "example.com"
SUB_ZONE = "sub.example.com"
SEEDED = [
    {"name": "_dnsauth.kept", "type": "TXT", "value": "somebody-elses"},
    {"name": "_dnsauth.gone", "type": "TXT", "value": "mine"},
    {"name": "_dnsauth.gone", "type": "TXT", "value": "somebody-elses"},
    {"name": "_old.gone", "type": "CNAME", "value": "proof.example.net."},
    {"name": "_taken", "type": "CNAME", "value": "elsewhere.example.net."},
    {"name": "_found", "type": "TXT", "value": "somebody-elses"},
]
TASKS: dict[str, dict[str, t.Any]] = {
    "TXT added": {"zone": ZONE, "name": "_dnsauth.kept", "type": "TXT", "value": "mine"},
    "CNAME added": {"zone": ZONE, "name": "_new.api", "type": "CNAME", "value": "proof.example.net"},
    "TXT removed": {"zone": ZONE, "name": "_dnsauth.gone", "type": "TXT", "value": "mine", "state": "absent"},
    "CNAME removed": {
        "zone": ZONE,
        "name": "_old.gone",
        "type": "CNAME",
        "value": "Proof.example.NET",
        "state": "absent",
    },
    "TXT added, zone found": {"name": "_found.api.sub.example.com", "type": "TXT", "value": "mine"},
    "TXT added, longer zone not meant": {"name": "_found.xsub.example.com", "type": "TXT", "value": "mine"},
    "TXT removed, zone found": {
        "name": "_gone.sub.example.com.",
        "type": "TXT",
        "value": "mine",
        "state": "absent",
    },
}
SEEDED_BELOW = [{"name": "_gone", "type": "TXT", "value": "mine"}]

Values = set[tuple[str, str]]


@dataclasses.dataclass(frozen=True)
class Provider:
    """A cloud's DNS: its module, its emulator, and what it calls its operations."""

    name: str
    service: str
    adds: str
    deletes: str
    ttl: int
    reads: int
    """The calls of a run without a change that names its zone; one that finds it makes two in every cloud."""

    def task(self, **options: t.Any) -> Task:
        return {f"cncloud.certificates.{self.name}_dns_record": options}

    def seed(self, stage: Stage) -> None:
        zones = [{"name": ZONE, "records": SEEDED}, {"name": SUB_ZONE, "records": SEEDED_BELOW}]
        stage.emulator.control("POST", f"/state/{self.name}", {"zones": zones})

    def values(self, stage: Stage, name: str, *, zone: str = ZONE) -> Values:
        """(type, value) of all records of a name."""
        zones = stage.emulator.control("GET", f"/state/{self.name}")["zones"]
        records = [record for one in zones if one["name"] == zone for record in one["records"]]
        return {(one["type"], one["value"].rstrip(".")) for one in records if one["name"] == name}


class HuaweiProvider(Provider):
    """Keeps the values of one name and type as one set, under the full name."""

    def seed(self, stage: Stage) -> None:
        sets: dict[tuple[str, str], list[str]] = {}
        for zone, seeded in ((ZONE, SEEDED), (SUB_ZONE, SEEDED_BELOW)):
            for record in seeded:
                sets.setdefault((f"{record['name']}.{zone}", record["type"]), []).append(record["value"])
        records = [{"name": name, "type": type, "values": values} for (name, type), values in sets.items()]
        zones = [
            {"name": ZONE, "records": [one for one in records if not str(one["name"]).endswith(SUB_ZONE)]},
            {"name": SUB_ZONE, "records": [one for one in records if str(one["name"]).endswith(SUB_ZONE)]},
        ]
        stage.emulator.control("POST", "/state/huawei", {"zones": zones})

    def values(self, stage: Stage, name: str, *, zone: str = ZONE) -> Values:
        zones = stage.emulator.control("GET", "/state/huawei")["zones"]
        return {
            (one["type"], value.strip('"').rstrip("."))
            for of in zones
            if of["name"].rstrip(".") == zone
            for one in of["records"]
            if one["name"].rstrip(".") == f"{name}.{zone}"
            for value in one.get("values", one.get("records"))
        }


PROVIDERS = (
    Provider("tencent", "dnspod", adds="CreateRecord", deletes="DeleteRecord", ttl=600, reads=1),
    Provider("aliyun", "alidns", adds="AddDomainRecord", deletes="DeleteDomainRecord", ttl=600, reads=1),
    HuaweiProvider("huawei", "dns", adds="CreateRecordSetWithLine", deletes="DeleteRecordSets", ttl=300, reads=2),
)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(one, id=one.name, marks=pytest.mark.xdist_group(f"{one.name}_dns_record")) for one in PROVIDERS
    ],
)
def provider(request: pytest.FixtureRequest) -> Provider:
    found: Provider = request.param
    return found


@pytest.fixture(scope="module")
def runs(provider: Provider, shared_stage: Stage) -> dict[str, FourRuns]:
    provider.seed(shared_stage)
    return shared_stage.rounds({name: provider.task(**options) for name, options in TASKS.items()})


@pytest.mark.parametrize("name", TASKS)
def test_check_mode_tells_the_truth_and_the_second_round_changes_nothing(runs: dict[str, FourRuns], name: str) -> None:
    runs[name].checked()


@pytest.mark.parametrize(
    ("name", "zone", "left"),
    [
        ("_dnsauth.kept", ZONE, {("TXT", "mine"), ("TXT", "somebody-elses")}),
        ("_new.api", ZONE, {("CNAME", "proof.example.net")}),
        ("_dnsauth.gone", ZONE, {("TXT", "somebody-elses")}),
        ("_old.gone", ZONE, set()),
        ("_taken", ZONE, {("CNAME", "elsewhere.example.net")}),
        ("_found", ZONE, {("TXT", "somebody-elses")}),
        ("_found.api", SUB_ZONE, {("TXT", "mine")}),
        ("_found.api.sub", ZONE, set()),
        ("_found.xsub", ZONE, {("TXT", "mine")}),
        ("_gone", SUB_ZONE, set()),
    ],
)
def test_what_is_there_in_the_end(
    runs: dict[str, FourRuns], provider: Provider, shared_stage: Stage, name: str, zone: str, left: Values
) -> None:
    assert provider.values(shared_stage, name, zone=zone) == left


@pytest.mark.parametrize("name", TASKS)
def test_run_without_a_change_is_one_read_and_one_for_the_zone_where_the_cloud_needs_it(
    runs: dict[str, FourRuns], provider: Provider, name: str
) -> None:
    for turn in (runs[name].predicted_again, runs[name].real_again):
        assert len(turn.calls) == (provider.reads if "zone" in TASKS[name] else 2)


def test_result_is_the_record_or_null(runs: dict[str, FourRuns], provider: Provider) -> None:
    added = runs["TXT added, zone found"].real_again.result.result["record"]
    assert added.pop("id")
    assert added == {
        "zone": SUB_ZONE,
        "name": "_found.api",
        "type": "TXT",
        "value": "mine",
        "record": "_found.api.sub.example.com",
        "ttl": provider.ttl,
    }
    assert runs["TXT removed"].real.result.result["record"] is None


def test_cname_of_another_value_is_a_conflict_and_stays(
    runs: dict[str, FourRuns], provider: Provider, shared_stage: Stage
) -> None:
    task = provider.task(zone=ZONE, name="_taken", type="CNAME", value="proof.example.net")
    turn = shared_stage.turn({**task, "ignore_errors": True})
    assert turn.result.result["error"]["kind"] == "conflict"
    assert "elsewhere.example.net" in turn.result.result["msg"]
    assert turn.writes() == []
    assert provider.values(shared_stage, "_taken") == {("CNAME", "elsewhere.example.net")}


@pytest.mark.parametrize("state", ["present", "absent"])
def test_no_zone_is_no_guess(runs: dict[str, FourRuns], provider: Provider, shared_stage: Stage, state: str) -> None:
    task = provider.task(name="_p.api.notexample.com", type="TXT", value="mine", state=state)
    turn = shared_stage.turn({**task, "ignore_errors": True})
    assert turn.result.result["error"]["kind"] == "not_found"
    assert "_p.api.notexample.com, api.notexample.com, notexample.com" in turn.result.result["msg"]
    assert turn.writes() == []


LOST = {"lost_answer": True, "garbage": True, "truncated": True, "wrong_types": True, "lost_request": False}
"""Faults after which nobody knows, and whether the write took effect all the same."""


@pytest.fixture(scope="module")
def lost(runs: dict[str, FourRuns], provider: Provider, shared_stage: Stage) -> dict[str, Turn]:
    """Each fault once on an addition and once on a removal."""
    stage = shared_stage
    tasks: dict[str, Task] = {}
    for kind in LOST:
        place = {"zone": ZONE, "name": f"_lost.{kind.replace('_', '-')}", "type": "TXT", "value": "mine"}
        match = {"service": provider.service, "operation": provider.adds}
        stage.emulator.control("POST", "/faults", {"kind": kind, "match": match, "times": 1})
        tasks[f"{kind}, added"] = {**provider.task(**place), "ignore_errors": True}
        tasks[f"{kind}, added again"] = provider.task(**place)
        match = {"service": provider.service, "operation": provider.deletes}
        stage.emulator.control("POST", "/faults", {"kind": kind, "match": match, "times": 1})
        tasks[f"{kind}, removed"] = provider.task(**place, state="absent")
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
def test_removal_whose_answer_is_lost_is_done(
    lost: dict[str, Turn], provider: Provider, shared_stage: Stage, kind: str
) -> None:
    assert lost[f"{kind}, removed"].result.status == "ok"
    assert provider.values(shared_stage, f"_lost.{kind.replace('_', '-')}") == set()


def test_throttled_addition_is_sent_again(runs: dict[str, FourRuns], provider: Provider, shared_stage: Stage) -> None:
    fault = {"kind": "throttle", "match": {"operation": provider.adds}, "times": 2}
    shared_stage.emulator.control("POST", "/faults", fault)
    turn = shared_stage.turn(provider.task(zone=ZONE, name="_busy", type="TXT", value="mine"))
    assert turn.changed is True
    assert turn.writes() == [provider.adds] * 3
    assert provider.values(shared_stage, "_busy") == {("TXT", "mine")}


@pytest.mark.xdist_group("aliyun_dns_record")
def test_temporary_key_works_with_its_token_alone(shared_stage: Stage) -> None:
    stage = shared_stage
    key = {"key_id": "STS.INTEGRATION", "secret": "a-temporary-secret", "token": "a-temporary-token"}
    account = stage.emulator.info["credentials"]["aliyun"][0]["account"]
    stage.emulator.control("POST", "/credentials", {"cloud": "aliyun", "account": account, **key})
    options = {"access_key_id": key["key_id"], "access_key_secret": key["secret"]}
    place = {"zone": "aliyun.example.net", "name": "_x", "type": "TXT", "value": "mine", "state": "absent", **options}
    task = PROVIDERS[1].task(**place, security_token=key["token"])
    assert stage.turn(task).result.status == "ok"
    turn = stage.turn({**PROVIDERS[1].task(**place), "ignore_errors": True})
    assert turn.result.result["error"]["kind"] == "auth"
    assert turn.calls == []
