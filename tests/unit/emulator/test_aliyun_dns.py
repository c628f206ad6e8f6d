# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AliDNS of the emulated Alibaba Cloud: records, listings, refusals, and that the world resolves them."""

from typing import Any

import pytest
from emulator.aliyun import AliyunCloud
from emulator.world import Credential, World

from .aliyun_caller import AliyunClient, body_of, refusal
from .conftest import TencentClient

ZONE = "aliyun.example.net"


class Dns:
    """The calls of one user of the seeded zone, and the world's control path."""

    def __init__(self, client: AliyunClient) -> None:
        self.client = client
        self.world = client.world

    def ok(self, action: str, **parameters: Any) -> dict[str, Any]:
        return self.client.ok(action, service="alidns", **parameters)

    def code(self, action: str, **parameters: Any) -> str:
        return self.client.code(action, service="alidns", **parameters)

    def add(self, name: str = "_p", kind: str = "TXT", value: str = "proof", **parameters: Any) -> str:
        given = {"DomainName": ZONE, "RR": name, "Type": kind, "Value": value, **parameters}
        return str(self.ok("AddDomainRecord", **given)["RecordId"])

    def refused(self, name: str = "_p", kind: str = "TXT", value: str = "proof", **parameters: Any) -> str:
        return self.code(
            "AddDomainRecord", **{"DomainName": ZONE, "RR": name, "Type": kind, "Value": value, **parameters}
        )

    def rows(self, action: str = "DescribeDomainRecords", **parameters: Any) -> list[dict[str, Any]]:
        given = {"DomainName": ZONE} if action == "DescribeDomainRecords" else {}
        return list(self.ok(action, **{**given, **parameters})["DomainRecords"]["Record"])

    def cloud(self) -> AliyunCloud:
        return next(cloud for cloud in self.world.clouds if isinstance(cloud, AliyunCloud))

    def settings(self, **values: Any) -> None:
        self.cloud().control("POST", ["settings"], {}, {"dns": values})

    def zone(self, name: str, **body: Any) -> None:
        self.cloud().control("POST", ["zones"], {}, {"name": name, **body})


@pytest.fixture
def dns(aliyun_client: AliyunClient) -> Dns:
    return Dns(aliyun_client)


def test_life_of_a_record(dns: Dns) -> None:
    identity = dns.add()
    (row,) = dns.rows()
    shown = [row[name] for name in ("RecordId", "DomainName", "RR", "Type", "Value", "TTL", "Line", "Status", "Locked")]
    assert shown == [identity, ZONE, "_p", "TXT", "proof", 600, "default", "ENABLE", False]
    assert dns.world.lookup(f"_p.{ZONE}", "TXT") == ["proof"]
    assert dns.ok("UpdateDomainRecord", RecordId=identity, RR="_p", Type="TXT", Value="other")["RecordId"] == identity
    assert dns.ok("DescribeDomainRecordInfo", RecordId=identity)["Value"] == "other"
    assert dns.ok("DeleteDomainRecord", RecordId=identity)["RecordId"] == identity
    assert dns.rows() == []
    assert dns.world.lookup(f"_p.{ZONE}", "TXT") == []


def test_several_values_at_one_name(dns: Dns) -> None:
    dns.add(value="one")
    dns.add(value="two")
    assert dns.world.lookup(f"_p.{ZONE}", "TXT") == ["one", "two"]


@pytest.mark.parametrize(
    "name, kind, value, stored",
    [
        ("www", "CNAME", "a.example.org.", "a.example.org"),
        ("@", "A", "192.0.2.1", "192.0.2.1"),
        ("*.a", "AAAA", "2001:db8::1", "2001:db8::1"),
        ("_p", "TXT", 'with "quotes" and spaces', 'with "quotes" and spaces'),
    ],
)
def test_what_is_stored(dns: Dns, name: str, kind: str, value: str, stored: str) -> None:
    dns.add(name, kind, value)
    assert [(row["RR"], row["Value"]) for row in dns.rows()] == [(name, stored)]
    full = ZONE if name == "@" else f"{name}.{ZONE}"
    assert dns.world.lookup(full, kind) == [stored]


@pytest.mark.parametrize(
    "given, code",
    [
        ({"value": "there"}, "DomainRecordDuplicate"),
        ({"kind": "CNAME", "value": "a.example.org"}, "DomainRecordConflict"),
        ({"name": "alias", "kind": "TXT"}, "DomainRecordConflict"),
        ({"name": "alias", "kind": "CNAME", "value": "b.example.org"}, "DomainRecordConflict"),
        ({"name": "alias", "kind": "CNAME", "value": "a.example.org."}, "DomainRecordDuplicate"),
        ({"name": "bad name"}, "InvalidRR.Format"),
        ({"kind": "A", "value": "1.2.3"}, "InvalidParameter"),
        ({"kind": "NONE"}, "InvalidParameter"),
        ({"TTL": 599}, "InvalidTTL"),
        ({"Line": "telecom"}, "UnsupportedLine"),
        ({"kind": "MX", "value": "m.example.org"}, "MissingPriority"),
        ({"DomainName": "example.org"}, "InvalidDomainName.NoExist"),
        ({"name": ""}, "MissingRR"),
    ],
)
def test_records_that_are_refused(dns: Dns, given: dict[str, Any], code: str) -> None:
    dns.add(value="there")
    dns.add("alias", "CNAME", "a.example.org")
    assert dns.refused(**given) == code


def test_codes_that_no_source_settles(dns: Dns) -> None:
    dns.settings(absent_zone_code="IncorrectDomainUser", conflict_code="DomainRecordConflict.Other", record_quota=1)
    dns.add()
    assert dns.refused(DomainName="example.org") == "IncorrectDomainUser"
    assert dns.refused(kind="CNAME", value="a.example.org") == "DomainRecordConflict.Other"
    assert dns.refused(value="second") == "QuotaExceeded.Record"


def test_updates_that_are_refused(dns: Dns) -> None:
    first, second = dns.add(value="one"), dns.add(value="two")
    same = {"RecordId": first, "RR": "_p", "Type": "TXT", "Value": "one"}
    assert dns.code("UpdateDomainRecord", **same) == "DomainRecordDuplicate"
    dns.ok("UpdateDomainRecord", **same, TTL=700)
    assert dns.code("UpdateDomainRecord", **{**same, "RecordId": second}) == "DomainRecordDuplicate"
    assert dns.code("UpdateDomainRecord", **{**same, "RecordId": "1"}) == "DomainRecordNotBelongToUser"


def test_a_record_of_somebody_else(dns: Dns, world: World) -> None:
    identity = dns.add()
    world.accounts.add(Credential("aliyun", "LTAIOTHER", "s", "2"))
    other = Dns(AliyunClient(world, key_id="LTAIOTHER", secret="s"))
    assert other.code("DeleteDomainRecord", RecordId=identity) == "DomainRecordNotBelongToUser"
    assert other.code("DescribeDomainRecords", DomainName=ZONE) == "IncorrectDomainUser"
    assert other.ok("DescribeDomains")["TotalCount"] == 0


def test_records_off_and_locked(dns: Dns) -> None:
    off = {"name": "off", "type": "TXT", "value": "v", "enabled": False}
    locked = {"name": "locked", "type": "TXT", "value": "v", "locked": True}
    dns.zone(ZONE, records=[off, locked])
    states = {row["RR"]: (row["Status"], row["Locked"], row["RecordId"]) for row in dns.rows()}
    assert states["off"][:2] == ("DISABLE", False)
    assert dns.world.lookup(f"off.{ZONE}", "TXT") == []
    assert dns.code("DeleteDomainRecord", RecordId=states["locked"][2]) == "DomainRecordLocked"
    assert [row["RR"] for row in dns.rows(Status="DISABLE")] == ["off"]


@pytest.mark.parametrize(
    "given, found",
    [
        ({}, ["_p.www", "_p", "mail"]),
        ({"RRKeyWord": "_P"}, ["_p.www", "_p"]),
        ({"ValueKeyWord": "OO"}, ["_p.www", "_p"]),
        ({"TypeKeyWord": "a"}, ["mail"]),
        ({"Type": "txt"}, ["_p.www", "_p"]),
        ({"KeyWord": "_p"}, ["_p.www", "_p"]),
        ({"KeyWord": "_p", "SearchMode": "EXACT"}, ["_p"]),
        ({"Line": "telecom"}, []),
        ({"PageSize": 1, "PageNumber": 2}, ["_p"]),
        ({"PageSize": 2, "PageNumber": 3}, []),
    ],
)
def test_listings(dns: Dns, given: dict[str, Any], found: list[str]) -> None:
    dns.add("mail", "A", "192.0.2.1")
    dns.add("_p")
    dns.add("_p.www")
    assert [row["RR"] for row in dns.rows(**given)] == found


def test_pages_have_a_largest_size(dns: Dns) -> None:
    dns.add()
    assert dns.ok("DescribeDomainRecords", DomainName=ZONE, PageSize=500)["TotalCount"] == 1
    assert dns.code("DescribeDomainRecords", DomainName=ZONE, PageSize=501) == "InvalidParameter"
    assert dns.code("DescribeDomains", PageSize=101) == "InvalidParameter"


@pytest.mark.parametrize(
    "given, found",
    [
        ({"SubDomain": f"_p.{ZONE}"}, ["b", "a"]),
        ({"SubDomain": f"_P.{ZONE}.".upper()}, ["b", "a"]),
        ({"SubDomain": f"_p.{ZONE}", "Type": "CNAME"}, []),
        ({"SubDomain": f"_p.{ZONE}", "DomainName": ZONE}, ["b", "a"]),
        ({"SubDomain": f"p.{ZONE}"}, []),
        ({"SubDomain": ZONE}, ["apex"]),
        ({"SubDomain": f"@.{ZONE}"}, ["apex"]),
    ],
)
def test_one_name_exactly(dns: Dns, given: dict[str, str], found: list[str]) -> None:
    dns.add(value="a")
    dns.add(value="b")
    dns.add("_p.www", value="c")
    dns.add("@", value="apex")
    assert [row["Value"] for row in dns.rows("DescribeSubDomainRecords", **given)] == found


def test_the_longest_zone_counts(dns: Dns) -> None:
    dns.zone(f"deep.{ZONE}", records=[{"name": "x", "type": "TXT", "value": "deep"}])
    dns.add("x.deep", value="shallow")
    rows = dns.rows("DescribeSubDomainRecords", SubDomain=f"x.deep.{ZONE}")
    assert [row["Value"] for row in rows] == ["deep"]
    assert dns.world.lookup(f"x.deep.{ZONE}", "TXT") == ["deep"]
    assert dns.code("DescribeSubDomainRecords", SubDomain="x.example.org") == "InvalidDomainName.NoExist"


def test_zones(dns: Dns) -> None:
    dns.zone("example.org")
    found = dns.ok("DescribeDomains")["Domains"]["Domain"]
    assert [zone["DomainName"] for zone in found] == [ZONE, "example.org"]
    fuzzy = dns.ok("DescribeDomains", KeyWord="example")["TotalCount"]
    exact = dns.ok("DescribeDomains", KeyWord="example.net", SearchMode="EXACT")["TotalCount"]
    assert (fuzzy, exact) == (2, 0)
    shown = dns.ok("DescribeDomainInfo", DomainName=ZONE)
    assert (shown["DomainName"], shown["MinTtl"]) == (ZONE, 600)
    assert dns.cloud().control("DELETE", ["zones", "example.org"], {}, {}) is not None
    assert dns.code("DescribeDomainInfo", DomainName="example.org") == "InvalidDomainName.NoExist"


def test_a_lag_of_the_listing(dns: Dns) -> None:
    dns.settings(list_lag=30)
    dns.add()
    assert dns.rows() == []
    dns.world.clock.advance(30)
    assert len(dns.rows()) == 1


def test_parameters_may_stand_in_query_and_body(dns: Dns) -> None:
    form = {"DomainName": ZONE}
    body_of(dns.client.send(dns.client.request("DescribeDomainInfo", service="alidns", form=form)), 200)
    body_of(dns.client.send(dns.client.request("DescribeDomainInfo", form, service="alidns", method="GET")), 200)


def test_a_missing_permission(dns: Dns) -> None:
    dns.cloud().control("POST", ["settings"], {}, {"denied": ["DescribeDomains"]})
    assert refusal(dns.client.answer("DescribeDomains", service="alidns"), 403) == "Forbidden.RAM"


def test_a_proof_for_another_cloud(dns: Dns, client: TencentClient) -> None:
    """A certificate of Tencent whose domain is hosted at AliDNS."""
    order = {"DvAuthMethod": "DNS", "DomainName": f"www.{ZONE}"}
    identity = client.ok("ApplyCertificate", **order)["CertificateId"]
    client.world.clock.advance(60)
    detail = client.ok("DescribeCertificate", CertificateId=identity)["DvAuthDetail"]
    name = detail["DvAuthKey"].removesuffix(f".{ZONE}")
    assert name != detail["DvAuthKey"]
    dns.add(name, "CNAME", detail["DvAuthValue"])
    client.ok("CompleteCertificate", CertificateId=identity)
    assert client.ok("DescribeCertificate", CertificateId=identity)["Status"] == 1
