# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The official SDKs of Alibaba Cloud, unchanged, take the emulator through the life of what its services keep.

Time is moved on the emulator's clock; nothing is slept.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.cncloud.certificates.tests.conformance.sdk_clients import AlibabaRefusal, AlibabaSdk
from ansible_collections.cncloud.certificates.tests.emulator.process import EmulatorProcess
from cryptography import x509
from cryptography.hazmat.primitives import serialization

REGION = {"RegionId": "cn-hangzhou"}
SERVER = "vss-emulator"
ZONE = "aliyun.example.net"
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # the SDKs' own


class Products:
    """One emulator, seen through the SDKs of the products."""

    def __init__(self, emulator: EmulatorProcess) -> None:
        self.emulator = emulator
        self._vpc = AlibabaSdk(emulator, "vpc", "20160428")
        self.dns = AlibabaSdk(emulator, "alidns", "20150109")

    def vpc(self, operation: str, **parameters: Any) -> Any:
        return self._vpc(operation, **REGION, **parameters)

    def later(self, seconds: float) -> None:
        self.emulator.control("POST", "/clock", {"advance": seconds})

    def create(self, name: str, token: str | None = None) -> str:
        """A client certificate, once its gateway is at rest again."""
        token_of = {} if token is None else {"ClientToken": token}
        created = self.vpc("CreateSslVpnClientCert", SslVpnServerId=SERVER, Name=name, **token_of)
        self.later(10)
        return str(created.ssl_vpn_client_cert_id)

    def listed(self, **filters: Any) -> list[Any]:
        answer = self.vpc("DescribeSslVpnClientCerts", PageNumber=1, PageSize=50, **filters)
        rows = answer.ssl_vpn_client_cert_keys.ssl_vpn_client_cert_key or []
        assert answer.total_count == len(rows)
        return list(rows)

    def records(self, name: str) -> list[tuple[str, str]]:
        answer = self.dns("DescribeSubDomainRecords", SubDomain=f"{name}.{ZONE}", DomainName=ZONE)
        rows = answer.domain_records.record or []
        assert answer.total_count == len(rows)
        return [(row.type, row.value) for row in rows]


@pytest.fixture
def products(emulator: EmulatorProcess) -> Products:
    return Products(emulator)


# --- SSL-VPN --------------------------------------------------------------------------------------------------------


def test_create_list_read_rename_delete_a_client_certificate(products: Products) -> None:
    identity = products.create("ops")
    (row,) = products.listed(SslVpnServerId=SERVER)
    assert (row.ssl_vpn_client_cert_id, row.name, row.status) == (identity, "ops", "normal")
    assert (row.end_time - row.create_time) == timedelta(days=1095) // timedelta(milliseconds=1)

    one = products.vpc("DescribeSslVpnClientCert", SslVpnClientCertId=identity)
    leaf, ca = (x509.load_pem_x509_certificate(pem.encode()) for pem in (one.client_cert, one.ca_cert))
    key = serialization.load_pem_private_key(one.client_key.encode(), None)
    assert key.public_key() == leaf.public_key()
    leaf.verify_directly_issued_by(ca)
    end = datetime.fromtimestamp(one.end_time / 1000, tz=UTC)
    assert abs(end - leaf.not_valid_after_utc) < timedelta(seconds=1)
    assert "remote 192.0.2.10 1194" in one.client_config

    renamed = products.vpc("ModifySslVpnClientCert", SslVpnClientCertId=identity, Name="office", ClientToken="rename")
    assert (renamed.ssl_vpn_client_cert_id, renamed.name) == (identity, "office")
    assert [row.name for row in products.listed(SslVpnClientCertId=identity)] == ["office"]

    assert products.vpc("DeleteSslVpnClientCert", SslVpnClientCertId=identity, ClientToken="delete").request_id
    gateway = products.vpc("DescribeVpnGateway", VpnGatewayId="vpn-emulator")
    assert (gateway.status, gateway.business_status, gateway.ssl_vpn) == ("updating", "Normal", "enable")
    products.later(60)
    assert products.vpc("DescribeVpnGateway", VpnGatewayId="vpn-emulator").status == "active"
    assert products.listed() == []


def test_client_token_makes_a_creation_one(products: Products) -> None:
    first = products.create("ops", token="once")
    assert products.create("ops", token="once") == first
    # Names are not unique; only the token says that it is the same.
    assert products.create("ops", token="twice") != first
    assert len(products.listed(Name="ops")) == 2
    with pytest.raises(AlibabaRefusal) as refusal:
        products.create("other", token="once")
    assert refusal.value.code == "IdempotentParameterMismatch"
    # It outlives the certificate.
    products.vpc("DeleteSslVpnClientCert", SslVpnClientCertId=first)
    products.later(60)
    assert products.create("ops", token="once") == first
    assert [row.ssl_vpn_client_cert_id for row in products.listed(SslVpnClientCertId=first)] == []


def test_pages_of_client_certificates_add_up(products: Products) -> None:
    rows = [{"id": f"vsc-{number}", "name": "many", "days_left": 400} for number in range(5)]
    products.emulator.control("POST", "/state/aliyun", {"certificates": rows})
    seen = set()
    for number in (1, 2, 3):
        page = products.vpc("DescribeSslVpnClientCerts", PageNumber=number, PageSize=2)
        assert (page.page_number, page.page_size, page.total_count) == (number, 2, 5)
        seen |= {row.ssl_vpn_client_cert_id for row in page.ssl_vpn_client_cert_keys.ssl_vpn_client_cert_key}
    assert seen == {row["id"] for row in rows}
    beyond = products.vpc("DescribeSslVpnClientCerts", PageNumber=4, PageSize=2)
    assert not beyond.ssl_vpn_client_cert_keys.ssl_vpn_client_cert_key


def test_status_follows_the_end(products: Products) -> None:
    rows = [{"id": f"vsc-{days}", "name": "aged", "days_left": days} for days in (10, 5, -1)]
    products.emulator.control("POST", "/state/aliyun", {"certificates": rows})
    found = {row.ssl_vpn_client_cert_id: row.status for row in products.listed()}
    assert found == {"vsc-10": "normal", "vsc-5": "expiring-soon", "vsc--1": "expired"}


def test_server_leads_to_its_gateway(products: Products) -> None:
    answer = products.vpc("DescribeSslVpnServers", SslVpnServerId=SERVER)
    (server,) = answer.ssl_vpn_servers.ssl_vpn_server
    assert (server.ssl_vpn_server_id, server.vpn_gateway_id, server.proto, server.port) == (
        SERVER,
        "vpn-emulator",
        "UDP",
        1194,
    )
    (gateway,) = products.vpc("DescribeVpnGateways").vpn_gateways.vpn_gateway
    assert gateway.vpn_gateway_id == "vpn-emulator"


# --- AliDNS ---------------------------------------------------------------------------------------------------------


def test_add_find_change_remove_a_record(products: Products) -> None:
    form = {"DomainName": ZONE, "RR": "_proof", "Type": "TXT"}
    record = products.dns("AddDomainRecord", **form, Value="one", TTL=600).record_id
    assert products.records("_proof") == [("TXT", "one")]
    second = products.dns("AddDomainRecord", **form, Value="two").record_id
    assert sorted(products.records("_proof")) == [("TXT", "one"), ("TXT", "two")]
    changed = products.dns(
        "UpdateDomainRecord", RecordId=second, RR="_proof", Type="TXT", Value="three", TTL=1200
    ).record_id
    assert changed == second
    shown = products.dns("DescribeDomainRecordInfo", RecordId=second)
    assert (shown.rr, shown.value, shown.ttl, shown.domain_name) == ("_proof", "three", 1200, ZONE)
    listed = products.dns("DescribeDomainRecords", DomainName=ZONE, RRKeyWord="_proof", PageNumber=1, PageSize=100)
    assert {row.record_id for row in listed.domain_records.record} == {record, second}
    for one in (record, second):
        assert products.dns("DeleteDomainRecord", RecordId=one).record_id == one
    assert products.records("_proof") == []


def test_zones_are_listed(products: Products) -> None:
    products.emulator.control("POST", "/aliyun/zones", {"name": "example.org"})
    answer = products.dns("DescribeDomains", PageNumber=1, PageSize=100)
    assert {zone.domain_name for zone in answer.domains.domain} == {ZONE, "example.org"}
    exact = products.dns("DescribeDomains", KeyWord="example.org", SearchMode="EXACT")
    assert [zone.domain_name for zone in exact.domains.domain] == ["example.org"]
    assert products.dns("DescribeDomainInfo", DomainName=ZONE).domain_name == ZONE
