# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Public zones of the emulated Huawei Cloud DNS: record sets, listings, lag, refusals; the world resolves them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cncloud.certificates.tests.unit.emulator.conftest import TencentClient
from ansible_collections.cncloud.certificates.tests.unit.emulator.huawei_caller import Caller
from emulator import huawei_iam as iam
from emulator.huawei import HuaweiCloud
from emulator.server import _throttled
from emulator.tencent import TencentCloud
from emulator.world import Operation, World

ZONE = "huawei.example.org."
PROJECT = {"X-Project-Id": iam.DEFAULT_PROJECT_ID}


class Dns:
    """The calls of one user, mostly on the seeded zone."""

    def __init__(self) -> None:
        self.caller = Caller()
        self.zone = next(iter(self.zones()))["id"]

    def call(self, method: str, path: str, body: Any = None, *, query: str = "", status: int = 200) -> Any:
        answer = self.caller.call(method, f"/v2/zones{path}", body, query=query, headers=PROJECT)
        assert self.caller.status == status, answer
        return answer

    def zones(self, query: str = "") -> list[dict[str, Any]]:
        return list(self.call("GET", "", query=query)["zones"])

    def sets(self, query: str = "search_mode=like&name=_p") -> list[dict[str, Any]]:
        return list(self.call("GET", f"/{self.zone}/recordsets", query=query)["recordsets"])

    def create(self, name: str = f"_p.{ZONE}", kind: str = "TXT", values: Any = ('"one"',), **more: Any) -> Any:
        body = {"name": name, "type": kind, "records": values, **more}
        return self.call("POST", f"/{self.zone}/recordsets", body, status=202)

    def refused(self, name: Any = f"_p.{ZONE}", kind: Any = "TXT", values: Any = ('"one"',), **more: Any) -> str | None:
        body = {"name": name, "type": kind, "records": values, **more}
        self.caller.call("POST", f"/v2/zones/{self.zone}/recordsets", body, headers=PROJECT)
        return self.caller.code

    def lookup(self, name: str = f"_p.{ZONE}", kind: str = "TXT") -> list[str]:
        return self.caller.world.lookup(name, kind)

    def settings(self, **values: Any) -> None:
        self.caller.load(dns=values)

    def settle(self) -> None:
        self.caller.wait(2)


@pytest.fixture
def dns() -> Dns:
    return Dns()


def test_life_of_a_record_set(dns: Dns) -> None:
    made = dns.create()
    assert (made["status"], made["ttl"], made["zone_name"], made["default"]) == ("PENDING_CREATE", 300, ZONE, False)
    assert dns.lookup() == []
    dns.settle()
    place = f"/{dns.zone}/recordsets/{made['id']}"
    shown = dns.call("GET", place)
    assert (shown["status"], shown["records"], shown["zone_id"]) == ("ACTIVE", ['"one"'], dns.zone)
    assert dns.lookup() == ["one"]

    changed = dns.call("PUT", place, {"records": ['"one"', '"two"']}, status=202)
    assert (changed["status"], changed["name"], changed["ttl"]) == ("PENDING_UPDATE", f"_p.{ZONE}", 300)
    assert dns.lookup() == ["one"]
    dns.settle()
    assert dns.lookup() == ["one", "two"]

    assert dns.call("DELETE", place, status=202)["status"] == "PENDING_DELETE"
    assert [one["status"] for one in dns.sets()] == ["PENDING_DELETE"]
    dns.settle()
    assert (dns.sets(), dns.lookup()) == ([], [])
    for method in ("GET", "DELETE"):
        dns.call(method, place, status=404)
        assert dns.caller.code == "DNS.0313"


def test_the_shape_of_a_refusal(dns: Dns) -> None:
    body = dns.call("GET", "/unknown/recordsets", status=404)
    assert body == {"code": "DNS.0302", "message": "This zone does not exist."}
    dns.settings(error_members="error_code")
    body = dns.call("GET", "/unknown/recordsets", status=404)
    assert body == {"error_code": "DNS.0302", "error_msg": "This zone does not exist."}


@pytest.mark.parametrize(
    "given, code",
    [
        ({}, "DNS.0312"),
        ({"name": f"_P.{ZONE}".upper()}, "DNS.0312"),
        ({"kind": "CNAME", "values": ["a.example.org."]}, "DNS.0312"),
        ({"name": f"alias.{ZONE}"}, "DNS.0312"),
        ({"name": f"alias.{ZONE}", "kind": "CNAME", "values": ["b.example.org."]}, "DNS.0312"),
        ({"name": "_p.example.org."}, "DNS.0304"),
        ({"name": f"bad name.{ZONE}"}, "DNS.0304"),
        ({"name": 1}, "DNS.0304"),
        ({"kind": "NONE"}, "DNS.0307"),
        ({"name": f"n.{ZONE}", "values": ["one"]}, "DNS.0308"),
        ({"name": f"n.{ZONE}", "values": []}, "DNS.0308"),
        ({"name": f"n.{ZONE}", "values": '"one"'}, "DNS.0308"),
        ({"name": f"n.{ZONE}", "values": ['"one"', '"one"']}, "DNS.0308"),
        ({"name": f"n.{ZONE}", "kind": "A", "values": ["1.2.3"]}, "DNS.0308"),
        ({"name": f"n.{ZONE}", "kind": "CNAME", "values": ["a.example.org.", "b.example.org."]}, "DNS.0308"),
        ({"name": f"n.{ZONE}", "ttl": "300"}, "DNS.0303"),
        ({"name": f"n.{ZONE}", "ttl": 0}, "DNS.0319"),
        ({"name": f"n.{ZONE}", "description": "x" * 256}, "DNS.0305"),
    ],
)
def test_record_sets_that_are_refused(dns: Dns, given: dict[str, Any], code: str) -> None:
    dns.create()
    dns.create(f"alias.{ZONE}", "CNAME", ["a.example.org."])
    assert dns.refused(**given) == code


@pytest.mark.parametrize(
    "name, kind, values, stored, resolved",
    [
        (f"www.{ZONE}", "CNAME", ["a.example.org"], ["a.example.org."], ["a.example.org."]),
        (ZONE, "A", ["192.0.2.1", "192.0.2.2"], ["192.0.2.1", "192.0.2.2"], ["192.0.2.1", "192.0.2.2"]),
        ("_q.huawei.example.org", "TXT", ['"a" "b"'], ['"a" "b"'], ["ab"]),
        (f"*.{ZONE}", "TXT", ['"with \\"quotes\\""'], ['"with \\"quotes\\""'], ['with "quotes"']),
    ],
)
def test_what_is_stored(
    dns: Dns, name: str, kind: str, values: list[str], stored: list[str], resolved: list[str]
) -> None:
    made = dns.create(name, kind, values)
    assert (made["name"], made["records"]) == (name.rstrip(".") + ".", stored)
    dns.settle()
    assert dns.lookup(name, kind) == resolved


def test_writes_wait_for_the_one_before(dns: Dns) -> None:
    place = f"/{dns.zone}/recordsets/{dns.create()['id']}"
    dns.call("PUT", place, {"records": ['"two"']}, status=409)
    assert dns.caller.code == "DNS.0314"
    dns.settings(refuse_unsettled=False)
    dns.call("PUT", place, {"records": ['"two"']}, status=202)
    dns.call("DELETE", place, status=202)
    assert dns.refused() == "DNS.0312"  # it is there until the deletion is through


def test_default_record_sets_stay(dns: Dns) -> None:
    (soa,) = dns.sets("type=SOA")
    assert soa["default"] is True
    dns.call("PUT", f"/{dns.zone}/recordsets/{soa['id']}", {"ttl": 600}, status=409)
    assert dns.caller.code == "DNS.0318"
    dns.call("DELETE", f"/{dns.zone}/recordsets/{soa['id']}", status=409)
    assert dns.caller.code == "DNS.0317"


@pytest.mark.parametrize(
    "query, found",
    [
        (f"name=_p.{ZONE}", ["_p", "x_p", "a._p"]),
        (f"search_mode=like&name=_p.{ZONE}", ["_p", "x_p", "a._p"]),
        (f"search_mode=equal&name=_p.{ZONE}", ["_p"]),
        (f"search_mode=equal&name={f'_P.{ZONE}'.upper()}", ["_p"]),
        ("search_mode=equal&name=_p.huawei.example.org", []),
        ("type=A", ["x_p"]),
        ("type=TXT&limit=1", ["_p"]),
        ("type=TXT&limit=1&offset=1", ["a._p"]),
        ("status=PENDING_CREATE", ["_p", "x_p", "a._p"]),
    ],
)
def test_listings_of_record_sets(dns: Dns, query: str, found: list[str]) -> None:
    dns.create()
    dns.create(f"x_p.{ZONE}", "A", ["192.0.2.1"])
    dns.create(f"a._p.{ZONE}")
    assert [one["name"].removesuffix(f".{ZONE}") for one in dns.sets(query)] == found


def test_pages_by_marker(dns: Dns) -> None:
    names = [f"n{number}.{ZONE}" for number in range(5)]
    for name in names:
        dns.create(name)
    seen: list[str] = []
    marker = ""
    while True:
        beaten = "&offset=4" if marker else ""
        answer = dns.call("GET", f"/{dns.zone}/recordsets", query=f"type=TXT&limit=2&marker={marker}{beaten}")
        assert answer["metadata"]["total_count"] == 5
        seen += [one["name"] for one in answer["recordsets"]]
        if "next" not in answer["links"]:
            break
        marker = answer["recordsets"][-1]["id"]
    assert seen == names


@pytest.mark.parametrize(
    "query, code", [("limit=501", "DNS.0006"), ("offset=-1", "DNS.0017"), ("marker=none", "DNS.0007")]
)
def test_pages_that_cannot_be(dns: Dns, query: str, code: str) -> None:
    dns.call("GET", "", query=query, status=400)
    assert dns.caller.code == code


def test_zones(dns: Dns) -> None:
    dns.caller.load(zones=[{"name": "example.com"}, {"name": "sub.example.com", "id": "z1"}])
    assert [one["name"] for one in dns.zones()] == ["sub.example.com.", "example.com.", ZONE]
    assert [one["name"] for one in dns.zones("name=example.com")] == ["sub.example.com.", "example.com."]
    assert [one["name"] for one in dns.zones("name=example.com.&search_mode=equal")] == ["example.com."]
    assert dns.zones("name=example.com&search_mode=equal") == []
    dns.settings(exact_ignores_dot=True)
    assert [one["name"] for one in dns.zones("name=example.com&search_mode=equal")] == ["example.com."]
    assert dns.zones("type=private") == []
    assert dns.call("GET", "/z1")["name"] == "sub.example.com."
    assert dns.caller.cloud.control("DELETE", ["zones", "sub.example.com"], {}, {}) is not None
    dns.call("GET", "/z1", status=404)


def test_the_nearest_zone_is_resolved(dns: Dns) -> None:
    record = {"name": "_p.sub.example.com", "type": "TXT", "values": ["deep"]}
    shallow = {**record, "values": ["shallow"]}
    dns.caller.load(zones=[{"name": "example.com", "records": [shallow]}])
    assert dns.lookup("_p.sub.example.com") == ["shallow"]
    dns.caller.load(zones=[{"name": "sub.example.com", "records": [record]}])
    assert dns.lookup("_p.sub.example.com") == ["deep"]


def test_a_proof_for_another_cloud(dns: Dns, tmp_path: Path) -> None:
    """A certificate of Tencent Cloud whose domain is hosted at Huawei Cloud."""
    world = World(web_root=tmp_path, factories=[TencentCloud, HuaweiCloud])
    client = TencentClient(world)
    order = {"DvAuthMethod": "DNS", "DomainName": f"www.{ZONE.rstrip('.')}"}
    identity = client.ok("ApplyCertificate", **order)["CertificateId"]
    world.clock.advance(60)
    detail = client.ok("DescribeCertificate", CertificateId=identity)["DvAuthDetail"]
    huawei = world.controllable("huawei")
    assert huawei is not None
    record = {"name": detail["DvAuthKey"], "type": "CNAME", "values": [detail["DvAuthValue"]]}
    huawei.load({"zones": [{"name": ZONE, "records": [record]}]})
    client.ok("CompleteCertificate", CertificateId=identity)
    assert client.ok("DescribeCertificate", CertificateId=identity)["Status"] == 1


def test_control_puts_and_shows_record_sets(dns: Dns) -> None:
    record = {"name": f"_p.{ZONE}", "type": "TXT", "values": ["one", "two"]}
    dns.caller.load(zones=[{"name": ZONE, "records": [record]}])
    assert (dns.sets()[0]["records"], dns.sets()[0]["status"]) == (['"one"', '"two"'], "ACTIVE")
    dns.caller.load(zones=[{"name": ZONE, "records": [{**record, "values": ["three"]}]}])
    (zone,) = dns.caller.cloud.state({})["zones"]
    assert [one["values"] for one in zone["records"]] == [['"three"']]
    with pytest.raises(ValueError, match="is not in"):
        dns.caller.load(zones=[{"name": ZONE, "records": [{**record, "name": "example.com"}]}])
    with pytest.raises(ValueError, match="no setting unknown"):
        dns.settings(unknown=1)


def test_lag_quota_count_and_permission(dns: Dns) -> None:
    dns.settings(list_lag=30, count_offset=1)
    dns.create()
    answer = dns.call("GET", f"/{dns.zone}/recordsets", query="type=TXT")
    assert (answer["recordsets"], answer["metadata"]) == ([], {"total_count": 1})
    dns.caller.wait(30)
    assert len(dns.sets()) == 1
    dns.settings(recordset_quota=3, denied=["ListPublicZones"])
    assert dns.refused(f"n.{ZONE}") == "DNS.0403"
    dns.call("GET", "", status=403)
    assert dns.caller.code == "DNS.0030"


def test_whose_zone_it_is(dns: Dns) -> None:
    dns.caller.load(zones=[{"name": "other.example", "id": "z2", "domain_id": "f" * 32}])
    dns.call("GET", "/z2/recordsets", status=404)
    assert dns.caller.code == "DNS.0302"
    dns.caller.call("GET", "/v2/zones", headers={"X-Project-Id": "e" * 32})
    assert dns.caller.code == "DNS.0041"
    dns.caller.call("GET", "/v2/zones")
    assert dns.caller.status == 200
    dns.caller.call("GET", "/v2/zones", signed=False)
    assert (dns.caller.status, dns.caller.code) == (401, "APIGW.0301")


def test_a_throttle_and_an_unreadable_body(dns: Dns) -> None:
    operation = Operation("dns", "CreateRecordSet", True, False)
    cloud: HuaweiCloud = dns.caller.cloud
    assert _throttled(cloud, operation, None).status == 429
    assert _throttled(cloud, operation, "DNS.0014").body == {
        "code": "DNS.0014",
        "message": "Request forbidden by flow control.",
    }
    dns.caller.call("POST", f"/v2/zones/{dns.zone}/recordsets", raw=b"[", headers=PROJECT)
    assert dns.caller.code == "DNS.0002"


def test_lines(dns: Dns) -> None:
    """v2.1: the same record sets, with their line."""
    place = f"/v2.1/zones/{dns.zone}/recordsets"
    body = {"name": f"_p.{ZONE}", "type": "TXT", "records": ['"one"']}

    def call(method: str, path: str, given: Any = None, query: str = "") -> Any:
        return dns.caller.call(method, path, given, query=query, headers=PROJECT)

    made = call("POST", place, {**body, "line": "default_view"})
    assert (dns.caller.status, made["line"], made["status"]) == (202, "default_view", "PENDING_CREATE")
    assert "created_at" in made
    other = call("POST", place, {**body, "records": ['"two"'], "line": "Dianxin"})
    call("POST", place, body)
    assert dns.caller.code == "DNS.0312"
    call("POST", place, {**body, "line": "none"})
    assert dns.caller.code == "DNS.0002"
    dns.settle()
    assert dns.lookup() == ["one"]
    lines = [one["line"] for one in call("GET", place, query="name=_p.huawei&limit=500&offset=0")["recordsets"]]
    assert lines == ["default_view", "Dianxin"]
    assert [one["id"] for one in call("GET", place, query="line_id=Dianxin")["recordsets"]] == [other["id"]]
    assert len(dns.sets()) == 2
    call("PUT", f"{place}/{made['id']}", {"name": f"_p.{ZONE}", "type": "TXT", "ttl": 300, "records": ['"three"']})
    dns.settle()
    assert call("GET", f"{place}/{made['id']}")["records"] == ['"three"']
    assert call("DELETE", f"{place}/{made['id']}")["status"] == "PENDING_DELETE"
    assert dns.caller.answer is not None
    assert dns.caller.answer.operation == "DeleteRecordSets"


def test_the_call_log_names_the_operations(dns: Dns) -> None:
    dns.create()
    answer = dns.caller.answer
    assert answer is not None
    assert (answer.service, answer.operation, answer.write) == ("dns", "CreateRecordSet", True)
    assert answer.summary["body"]["records"] == ['"one"']
