# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SSL-VPN of the emulated Alibaba Cloud: client certificates, the busy gateway, client tokens, refusals."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from emulator import aliyun
from emulator.world import Credential, World

from .aliyun_caller import AliyunClient, body_of, refusal

SERVER = "vss-emulator"
GATEWAY = "vpn-emulator"
DAY = 86400


class Vpn:
    """The calls of one user of the seeded server, and the world's control path."""

    def __init__(self, client: AliyunClient) -> None:
        self.client = client
        self.world = client.world

    def create(self, name: str = "one", **parameters: Any) -> str:
        given = {"SslVpnServerId": SERVER, "Name": name, **parameters}
        return str(self.client.ok("CreateSslVpnClientCert", **given)["SslVpnClientCertId"])

    def settled(self, name: str = "one") -> str:
        """One that is listed, on a gateway that is active again."""
        identity = self.create(name)
        self.world.clock.advance(10)
        return identity

    def listed(self, **parameters: Any) -> list[dict[str, Any]]:
        answer = self.client.ok("DescribeSslVpnClientCerts", **parameters)
        return list(answer["SslVpnClientCertKeys"].get("SslVpnClientCertKey", []))

    def gateway_status(self) -> str:
        return str(self.client.ok("DescribeVpnGateway", VpnGatewayId=GATEWAY)["Status"])

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        cloud = self.world.controllable("aliyun")
        assert cloud is not None
        answer = cloud.control(method, path.split("/"), {}, body or {})
        assert answer is not None
        assert isinstance(answer.body, dict)
        return answer.body

    def settings(self, **values: Any) -> None:
        self.control("POST", "settings", {"sslvpn": values})


@pytest.fixture
def vpn(aliyun_client: AliyunClient) -> Vpn:
    return Vpn(aliyun_client)


def test_nothing_is_there_at_first(vpn: Vpn) -> None:
    answer = vpn.client.ok("DescribeSslVpnClientCerts")
    assert (answer["TotalCount"], answer["SslVpnClientCertKeys"]) == (0, {})
    vpn.settings(empty_list="list")
    assert vpn.client.ok("DescribeSslVpnClientCerts")["SslVpnClientCertKeys"] == {"SslVpnClientCertKey": []}


def test_a_certificate_shows_up_after_a_while(vpn: Vpn) -> None:
    identity = vpn.create()
    assert vpn.listed() == []
    assert vpn.client.code("DescribeSslVpnClientCert", 404, SslVpnClientCertId=identity) == "InvalidInstanceId.NotFound"
    vpn.world.clock.advance(2)
    (row,) = vpn.listed()
    assert (row["SslVpnClientCertId"], row["Name"], row["Status"]) == (identity, "one", "normal")
    assert (row["SslVpnServerId"], row["RegionId"]) == (SERVER, aliyun.REGION)
    assert row["EndTime"] - row["CreateTime"] == 1095 * DAY * 1000
    assert abs(row["CreateTime"] / 1000 - vpn.world.now().timestamp()) < 60
    assert not {"ClientKey", "ClientCert", "CaCert", "ClientConfig"} & set(row)


def test_the_key_of_one_certificate(vpn: Vpn) -> None:
    answer = vpn.client.ok("DescribeSslVpnClientCert", SslVpnClientCertId=vpn.settled())
    leaf = x509.load_pem_x509_certificate(answer["ClientCert"].encode())
    authority = x509.load_pem_x509_certificate(answer["CaCert"].encode())
    key = serialization.load_pem_private_key(answer["ClientKey"].encode(), None)
    leaf.verify_directly_issued_by(authority)
    assert key.public_key() == leaf.public_key()
    assert leaf.not_valid_after_utc.timestamp() * 1000 == answer["EndTime"]
    assert leaf.not_valid_before_utc.timestamp() * 1000 == answer["CreateTime"]
    config = answer["ClientConfig"].splitlines()
    assert {"client", "remote 192.0.2.10 1194", f"key {answer['SslVpnClientCertId']}.key"} <= set(config)
    assert answer == {**vpn.client.ok("DescribeSslVpnClientCert", SslVpnClientCertId=answer["SslVpnClientCertId"]),
                      "RequestId": answer["RequestId"]}  # fmt: skip


@pytest.mark.parametrize("operation, bears", [("DescribeSslVpnClientCert", True), ("DescribeSslVpnClientCerts", False)])
def test_which_read_bears_keys(vpn: Vpn, operation: str, bears: bool) -> None:
    answer = vpn.client.answer(operation, SslVpnClientCertId=vpn.settled())
    assert (answer.key_bearing, answer.write) == (bears, False)
    assert "PRIVATE KEY" not in str(answer.summary)


@pytest.mark.parametrize(
    "days, status",
    [(8, "normal"), (6.9, "expiring-soon"), (0.1, "expiring-soon"), (-1, "expired")],
)
def test_age(vpn: Vpn, days: float, status: str) -> None:
    identity = vpn.settled()
    before = vpn.client.ok("DescribeSslVpnClientCert", SslVpnClientCertId=identity)
    vpn.control("POST", f"certificates/{identity}/age", {"days_left": days})
    after = vpn.client.ok("DescribeSslVpnClientCert", SslVpnClientCertId=identity)
    assert after["Status"] == status == vpn.listed()[0]["Status"]
    assert after["ClientKey"] == before["ClientKey"]
    leaf = x509.load_pem_x509_certificate(after["ClientCert"].encode())
    left = leaf.not_valid_after_utc - vpn.world.now()
    assert abs(left - timedelta(days=days)) < timedelta(minutes=1)


def test_names_are_not_unique_and_newest_come_first(vpn: Vpn) -> None:
    first, second = vpn.settled("twin"), vpn.settled("twin")
    assert [row["SslVpnClientCertId"] for row in vpn.listed(Name="twin")] == [second, first]


@pytest.mark.parametrize("mode, found", [("fuzzy", ["anna-laptop", "anna"]), ("exact", ["anna"])])
def test_the_filter_by_name(vpn: Vpn, mode: str, found: list[str]) -> None:
    for name in ("anna", "bob", "anna-laptop"):
        vpn.settled(name)
    vpn.settings(name_filter=mode)
    assert [row["Name"] for row in vpn.listed(Name="anna")] == found


def test_other_filters(vpn: Vpn) -> None:
    vpn.control("POST", "servers", {"id": "vss-other"})
    vpn.control("POST", "certificates", {"id": "vsc-other", "server": "vss-other"})
    mine = vpn.settled()
    assert [row["SslVpnClientCertId"] for row in vpn.listed(SslVpnServerId=SERVER)] == [mine]
    assert [row["SslVpnClientCertId"] for row in vpn.listed(SslVpnClientCertId="vsc-other")] == ["vsc-other"]
    assert vpn.listed(SslVpnClientCertId="vsc-none") == []
    vpn.client.region = "cn-beijing"
    assert vpn.listed() == []


def test_pages(vpn: Vpn) -> None:
    for number in range(12):
        vpn.control("POST", "certificates", {"name": str(number)})
    assert len(vpn.listed()) == 10
    assert [row["Name"] for row in vpn.listed(PageNumber=3, PageSize=5)] == ["1", "0"]
    assert vpn.listed(PageNumber=4, PageSize=5) == []
    vpn.settings(count_offset=1)
    assert vpn.client.ok("DescribeSslVpnClientCerts")["TotalCount"] == 13


@pytest.mark.parametrize("given", [{"PageSize": 51}, {"PageSize": 0}, {"PageNumber": 0}, {"PageSize": "many"}])
def test_pages_that_are_not_there(vpn: Vpn, given: dict[str, Any]) -> None:
    assert vpn.client.code("DescribeSslVpnClientCerts", **given) == "InvalidParameter"


# Client tokens


def test_a_token_gives_the_same_certificate(vpn: Vpn) -> None:
    first = vpn.create(ClientToken="t")
    assert vpn.create(ClientToken="t") == first  # though the gateway is busy
    vpn.world.clock.advance(10)
    assert vpn.create(ClientToken="t") == first
    assert len(vpn.listed()) == 1
    assert vpn.create(ClientToken="u") != first


def test_a_token_outlives_its_certificate_and_ends(vpn: Vpn) -> None:
    first = vpn.create(ClientToken="t")
    vpn.world.clock.advance(10)
    vpn.client.ok("DeleteSslVpnClientCert", SslVpnClientCertId=first)
    vpn.world.clock.advance(10)
    assert vpn.create(ClientToken="t") == first
    assert vpn.listed() == []
    vpn.world.clock.advance(DAY)
    assert vpn.create(ClientToken="t") != first


def test_a_token_can_be_forgotten(vpn: Vpn) -> None:
    first = vpn.create(ClientToken="t")
    vpn.control("DELETE", "client_tokens")
    vpn.world.clock.advance(10)
    assert vpn.create(ClientToken="t") != first


def test_a_token_of_another_request(vpn: Vpn) -> None:
    vpn.create("one", ClientToken="t")
    given: dict[str, Any] = {"SslVpnServerId": SERVER, "Name": "two", "ClientToken": "t"}
    assert vpn.client.code("CreateSslVpnClientCert", **given) == "IdempotentParameterMismatch"


def test_a_refused_request_leaves_its_token_free(vpn: Vpn) -> None:
    vpn.create("one")
    given: dict[str, Any] = {"SslVpnServerId": SERVER, "Name": "two", "ClientToken": "t"}
    assert vpn.client.code("CreateSslVpnClientCert", **given) == "VpnGateway.Configuring"
    vpn.world.clock.advance(10)
    vpn.create("two", ClientToken="t")


@pytest.mark.parametrize("token", ["x" * 65, "证"])
def test_a_token_that_is_none(vpn: Vpn, token: str) -> None:
    given: dict[str, Any] = {"SslVpnServerId": SERVER, "ClientToken": token}
    assert vpn.client.code("CreateSslVpnClientCert", **given) == "InvalidParameter"


def test_a_token_can_be_seen_in_the_log(vpn: Vpn) -> None:
    answer = vpn.client.answer("CreateSslVpnClientCert", SslVpnServerId=SERVER, ClientToken="t")
    assert (answer.summary["ClientToken"], answer.write) == ("t", True)


# The gateway


def test_deletion_takes_a_while_and_cuts_everybody(vpn: Vpn) -> None:
    identity, other = vpn.settled("one"), vpn.settled("two")
    vpn.control("POST", f"servers/{SERVER}", {"connections": 3})
    vpn.client.ok("DeleteSslVpnClientCert", SslVpnClientCertId=identity)
    assert vpn.gateway_status() == "updating"
    assert vpn.client.code("DeleteSslVpnClientCert", SslVpnClientCertId=other) == "VpnGateway.Configuring"
    assert vpn.client.code("DeleteSslVpnClientCert", SslVpnClientCertId=identity) == "VpnGateway.Configuring"
    assert vpn.client.code("CreateSslVpnClientCert", SslVpnServerId=SERVER) == "VpnGateway.Configuring"
    change: dict[str, Any] = {"SslVpnClientCertId": other, "Name": "three"}
    assert vpn.client.code("ModifySslVpnClientCert", **change) == "VpnGateway.Configuring"
    assert len(vpn.listed()) == 2
    vpn.world.clock.advance(5)
    assert vpn.gateway_status() == "active"
    assert [row["SslVpnClientCertId"] for row in vpn.listed()] == [other]
    (server,) = vpn.client.ok("DescribeSslVpnServers")["SslVpnServers"]["SslVpnServer"]
    assert server["Connections"] == 0
    absent = vpn.client.code("DeleteSslVpnClientCert", 404, SslVpnClientCertId=identity)
    assert absent == "InvalidSslVpnClientCertId.NotFound"


def test_a_deleted_one_may_vanish_from_the_list_at_once(vpn: Vpn) -> None:
    identity = vpn.settled()
    vpn.settings(listed_while_deleting=False)
    vpn.client.ok("DeleteSslVpnClientCert", SslVpnClientCertId=identity)
    assert vpn.listed() == []


def test_gateways_are_on_their_own(vpn: Vpn) -> None:
    vpn.control("POST", "gateways", {"id": "vpn-two"})
    vpn.control("POST", "servers", {"id": "vss-two", "gateway": "vpn-two"})
    vpn.create()
    vpn.create(SslVpnServerId="vss-two")


@pytest.mark.parametrize(
    "change, code",
    [
        ({"busy": 60}, "VpnGateway.Configuring"),
        ({"status": "provisioning"}, "VpnGateway.Configuring"),
        ({"business_status": "FinancialLocked"}, "VpnGateway.FinancialLocked"),
    ],
)
def test_a_gateway_that_takes_no_writes(vpn: Vpn, change: dict[str, Any], code: str) -> None:
    vpn.control("POST", f"gateways/{GATEWAY}", change)
    assert vpn.client.code("CreateSslVpnClientCert", SslVpnServerId=SERVER) == code


def test_servers_and_gateways_are_described(vpn: Vpn) -> None:
    (server,) = vpn.client.ok("DescribeSslVpnServers", SslVpnServerId=SERVER)["SslVpnServers"]["SslVpnServer"]
    assert (server["SslVpnServerId"], server["VpnGatewayId"]) == (SERVER, GATEWAY)
    (gateway,) = vpn.client.ok("DescribeVpnGateways", VpnGatewayId=GATEWAY)["VpnGateways"]["VpnGateway"]
    assert (gateway["VpnGatewayId"], gateway["Status"], gateway["BusinessStatus"]) == (GATEWAY, "active", "Normal")
    absent = vpn.client.code("DescribeVpnGateway", 404, VpnGatewayId="vpn-none")
    assert absent == "InvalidVpnGatewayInstanceId.NotFound"


# Refusals


@pytest.mark.parametrize(
    "operation, given, status, code",
    [
        ("CreateSslVpnClientCert", {}, 400, "MissingSslVpnServerId"),
        ("CreateSslVpnClientCert", {"SslVpnServerId": "vss-none"}, 404, "InvalidSslVpnServerId.NotFound"),
        ("CreateSslVpnClientCert", {"SslVpnServerId": SERVER, "Name": "http://a"}, 400, "InvalidName"),
        ("CreateSslVpnClientCert", {"SslVpnServerId": SERVER, "Name": "x" * 129}, 400, "InvalidName"),
        ("CreateSslVpnClientCert", {"RegionId": "cn-none", "SslVpnServerId": SERVER}, 404, "InvalidRegionId.NotFound"),
        ("ModifySslVpnClientCert", {"SslVpnClientCertId": "vsc-none"}, 404, "InvalidSslVpnClientCertId.NotFound"),
        ("DescribeSslVpnClientCert", {}, 400, "MissingSslVpnClientCertId"),
        ("NoSuchOperation", {}, 404, "InvalidApi.NotFound"),
    ],
)  # fmt: skip
def test_refusals(vpn: Vpn, operation: str, given: dict[str, Any], status: int, code: str) -> None:
    assert vpn.client.code(operation, status, **given) == code


@pytest.mark.parametrize(
    "name, fits", [("a1", True), ("证书", True), ("a.b_c-d", True), ("a", False), ("1a", False), ("a b", False)]
)
def test_names_of_the_older_documentation(vpn: Vpn, name: str, fits: bool) -> None:
    vpn.settings(name_rule="strict")
    answer = vpn.client.answer("CreateSslVpnClientCert", SslVpnServerId=SERVER, Name=name)
    assert answer.code == (None if fits else "InvalidName")


def test_renaming(vpn: Vpn) -> None:
    identity = vpn.settled()
    answer = vpn.client.ok("ModifySslVpnClientCert", SslVpnClientCertId=identity, Name="new")
    assert answer["Name"] == "new" == vpn.listed()[0]["Name"]
    assert vpn.client.code("ModifySslVpnClientCert", SslVpnClientCertId=identity) == "InvalidName"


def test_quota(vpn: Vpn) -> None:
    vpn.settings(certificate_quota=1)
    vpn.settled()
    assert vpn.client.code("CreateSslVpnClientCert", SslVpnServerId=SERVER) == "Resource.QuotaFull"


@pytest.mark.parametrize(
    "operation, code",
    [
        ("CreateSslVpnClientCert", "Forbbiden.SubUser"),
        ("ModifySslVpnClientCert", "Forbbiden.SubUser"),
        ("DeleteSslVpnClientCert", "Forbidden"),
        ("DescribeSslVpnClientCert", "Forbidden"),
        ("DescribeSslVpnClientCerts", "Forbidden"),
        ("DescribeVpnGateways", "Forbidden"),
    ],
)
def test_missing_permissions(vpn: Vpn, operation: str, code: str) -> None:
    vpn.control("POST", "settings", {"denied": [operation]})
    given: dict[str, Any] = {"SslVpnServerId": SERVER, "SslVpnClientCertId": "vsc-none", "Name": "one"}
    assert vpn.client.code(operation, 403, **given) == code


@pytest.mark.parametrize("mode, status, code", [("forbidden", 403, "Forbidden"), ("blank", 200, None)])
def test_other_answers_about_what_is_not_there(vpn: Vpn, mode: str, status: int, code: str | None) -> None:
    vpn.settings(absent_describe=mode)
    answer = vpn.client.answer("DescribeSslVpnClientCert", SslVpnClientCertId="vsc-none")
    assert answer.code == code
    assert body_of(answer, status).get("SslVpnClientCertId", "") == ""


def test_a_state_before_normal(vpn: Vpn) -> None:
    vpn.settings(ready_delay=60, initial_status="creating")
    vpn.settled()
    assert vpn.listed()[0]["Status"] == "creating"
    vpn.world.clock.advance(60)
    assert vpn.listed()[0]["Status"] == "normal"


def test_parameters_count_in_the_query_alone(vpn: Vpn) -> None:
    given = {"RegionId": aliyun.REGION}
    operation = "DescribeSslVpnServers"
    assert refusal(vpn.client.send(vpn.client.request(operation, form=given))) == "MissingRegionId"
    body_of(vpn.client.send(vpn.client.request(operation, given, method="GET")), 200)
    assert refusal(vpn.client.send(vpn.client.request(operation, given, method="PUT"))) == "UnsupportedHTTPMethod"


def test_accounts_do_not_see_each_other(vpn: Vpn, world: World) -> None:
    vpn.settled()
    world.accounts.add(Credential("aliyun", "LTAIOTHER", "s", "2"))
    other = AliyunClient(world, key_id="LTAIOTHER", secret="s")
    assert other.ok("DescribeSslVpnClientCerts")["TotalCount"] == 0
    assert other.code("CreateSslVpnClientCert", 404, SslVpnServerId=SERVER) == "InvalidSslVpnServerId.NotFound"
