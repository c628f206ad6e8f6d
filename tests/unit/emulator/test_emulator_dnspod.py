# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNSPod: what it accepts, what it refuses, and how its lists are cut."""

from typing import Any

import pytest
from emulator.tencent import TencentCloud
from emulator.world import Credential, World

from .conftest import TencentClient

LINE = {"RecordLine": "默认"}


def create(client: TencentClient, **record: Any) -> int:
    given = {"Domain": "example.com", "SubDomain": "_acme", "RecordType": "TXT", "Value": "proof", **LINE, **record}
    return int(client.ok("CreateRecord", service="dnspod", **given)["RecordId"])


def listed(client: TencentClient, **how: Any) -> list[dict[str, Any]]:
    answer = client.ok("DescribeRecordList", service="dnspod", Domain="example.com", ErrorOnEmpty="no", **how)
    assert answer["RecordCountInfo"]["ListCount"] == len(answer["RecordList"])
    return list(answer["RecordList"])


def test_a_record_lives(client: TencentClient, world: World) -> None:
    identity = create(client)
    assert world.lookup("_acme.example.com", "TXT") == ["proof"]
    [item] = listed(client, SubDomain="_acme")
    assert (item["RecordId"], item["Line"], item["LineId"], item["TTL"]) == (identity, "默认", "0", 600)
    one = {"Domain": "example.com", "RecordId": identity}
    client.ok("ModifyRecordStatus", service="dnspod", **one, Status="DISABLE")
    assert world.lookup("_acme.example.com", "TXT") == []
    assert client.ok("DescribeRecord", service="dnspod", **one)["RecordInfo"]["Enabled"] == 0
    change = {"RecordType": "TXT", "Value": "other", "SubDomain": "_acme", **LINE}
    client.ok("ModifyRecord", service="dnspod", **one, **change)
    assert world.lookup("_acme.example.com", "TXT") == ["other"]
    client.ok("DeleteRecord", service="dnspod", **one)
    assert listed(client, SubDomain="_acme") == []
    assert client.code("DeleteRecord", service="dnspod", **one) == "InvalidParameter.RecordIdInvalid"


def test_an_empty_list_is_an_error_by_default(client: TencentClient) -> None:
    query = {"Domain": "example.com", "Subdomain": "nothing"}
    assert client.code("DescribeRecordList", service="dnspod", **query) == "ResourceNotFound.NoDataOfRecord"


def test_the_newer_spelling_wins_and_is_exact(client: TencentClient) -> None:
    create(client, SubDomain="a")
    create(client, SubDomain="aa")
    assert [item["Name"] for item in listed(client, SubDomain="a", Subdomain="aa")] == ["a"]
    assert [item["Name"] for item in listed(client, Subdomain="aa")] == ["aa"]
    assert len(listed(client, Keyword="a", RecordType="TXT")) == 2
    assert len(listed(client, Keyword="a", RecordType="TXT", Offset=1, Limit=1)) == 1
    assert [item["DefaultNS"] for item in listed(client, RecordType="NS")] == [True, True]


def test_filter_list_is_fuzzy_unless_told(client: TencentClient) -> None:
    create(client, SubDomain="a")
    create(client, SubDomain="aa")

    def names(**how: Any) -> list[str]:
        answer = client.ok("DescribeRecordFilterList", service="dnspod", Domain="example.com", **how)
        return [item["Name"] for item in answer["RecordList"]]

    assert names(SubDomain="a", RecordType=["TXT"]) == ["a", "aa"]
    assert names(SubDomain="a", IsExactSubDomain=True) == ["a"]
    assert names(RecordValue="proof", RecordStatus=["DISABLE"]) == []


def test_cname_values_come_back_with_a_dot(client: TencentClient) -> None:
    create(client, RecordType="CNAME", Value="x.trust-provider.com")
    assert listed(client, RecordType="CNAME")[0]["Value"] == "x.trust-provider.com."


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({}, "InvalidParameter.DomainRecordExist"),
        ({"RecordType": "CNAME", "Value": "a.b"}, "InvalidParameter.CustomMessage"),
        ({"Domain": "nowhere.test"}, "InvalidParameterValue.DomainNotExists"),
        ({"DomainId": 5}, "InvalidParameter.DomainIdInvalid"),
        ({"RecordLine": "default"}, "InvalidParameter.RecordLineInvalid"),
        ({"RecordLineId": "10=1"}, "InvalidParameter.RecordLineInvalid"),
        ({"RecordType": "PTR"}, "InvalidParameter.RecordTypeInvalid"),
        ({"RecordType": "A", "Value": "1.2.3"}, "InvalidParameter.RecordValueInvalid"),
        ({"Value": ""}, "InvalidParameter.RecordValueInvalid"),
        ({"SubDomain": "a b"}, "InvalidParameter.SubdomainInvalid"),
        ({"TTL": 60}, "LimitExceeded.RecordTtlLimit"),
        ({"TTL": 604801}, "LimitExceeded.RecordTtlLimit"),
        ({"TTL": "600"}, "InvalidParameter"),
        ({"RecordLine": None}, "MissingParameter"),
    ],
)
def test_refused_records(client: TencentClient, record: dict[str, Any], code: str) -> None:
    create(client)
    given = {"Domain": "example.com", "SubDomain": "_acme", "RecordType": "TXT", "Value": "proof", **LINE, **record}
    assert client.code("CreateRecord", service="dnspod", **given) == code
    assert len(listed(client, SubDomain="_acme")) == 1


def test_nothing_stands_beside_a_cname(client: TencentClient) -> None:
    create(client, RecordType="CNAME", Value="a.b")
    given = {"Domain": "example.com", "SubDomain": "_acme", "Value": "x", **LINE}
    assert client.code("CreateTXTRecord", service="dnspod", **given) == "InvalidParameter.CustomMessage"


def test_the_line_may_be_given_by_id(client: TencentClient) -> None:
    assert create(client, RecordLine="默认", RecordLineId="0")
    assert create(client, RecordLine="whatever", RecordLineId="0", SubDomain="other")


def test_zones(client: TencentClient, world: World) -> None:
    client.ok("CreateDomain", service="dnspod", Domain="new.test")
    assert client.code("CreateDomain", service="dnspod", Domain="new.test") == "FailedOperation.DomainExists"
    answer = client.ok("DescribeDomainList", service="dnspod")
    assert [item["Name"] for item in answer["DomainList"]] == ["example.com", "new.test"]
    assert answer["DomainCountInfo"]["AllTotal"] == 2
    none = client.code("DescribeDomainList", service="dnspod", Keyword="zzz")
    assert none == "ResourceNotFound.NoDataOfDomain"
    world.accounts.add(Credential("tencent", "AKIDother", "s", "2"))
    other = TencentClient(world, key_id="AKIDother", secret="s")
    denied = other.code("DescribeRecordList", service="dnspod", Domain="new.test")
    assert denied == "OperationDenied.NoPermissionToOperateDomain"
    assert other.code("CreateDomain", service="dnspod", Domain="new.test") == "FailedOperation.DomainOwnedByOtherUser"
    client.ok("DeleteDomain", service="dnspod", Domain="new.test")
    gone = client.code("DescribeDomain", service="dnspod", Domain="new.test")
    assert gone == "InvalidParameterValue.DomainNotExists"


def test_new_records_may_be_listed_late(client: TencentClient, cloud: TencentCloud, world: World) -> None:
    cloud.control("POST", ["settings"], {}, {"dnspod": {"list_lag": 30}})
    create(client)
    assert listed(client, SubDomain="_acme") == []
    world.clock.advance(31)
    assert len(listed(client, SubDomain="_acme")) == 1


def test_a_name_is_resolved_by_its_nearest_zone(client: TencentClient, world: World, cloud: TencentCloud) -> None:
    create(client, SubDomain="_acme.sub", Value="shallow")
    assert world.lookup("_acme.sub.example.com", "TXT") == ["shallow"]
    cloud.load({"zones": [{"name": "sub.example.com", "records": [{"name": "_acme", "type": "TXT", "value": "deep"}]}]})
    assert world.lookup("_acme.sub.example.com", "TXT") == ["deep"]
