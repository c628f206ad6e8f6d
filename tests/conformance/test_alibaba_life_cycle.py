# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The official SDKs of Alibaba Cloud, unchanged, take the emulator through the life of what its services keep.

Time is moved on the emulator's clock; nothing is slept.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from ansible_collections.cncloud.certificates.tests.conformance.sdk_clients import AlibabaRefusal, AlibabaSdk
from ansible_collections.cncloud.certificates.tests.emulator.process import EmulatorProcess
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

REGION = {"RegionId": "cn-hangzhou"}
SERVER = "vss-emulator"
ZONE = "aliyun.example.net"
NS_SITE, CNAME_SITE = 1234567890123, 1234567890124
CONSORTIUM = {"ConsortiumId": "consortium-emulator"}
CHAIN = {**CONSORTIUM, "AntChainId": "chain-emulator"}
SUBJECT = {
    "CommonName": "node",
    "CountryName": "CN",
    "StateOrProvinceName": "Zhejiang",
    "LocalityName": "Hangzhou",
    "OrganizationName": "Example",
    "OrganizationUnitName": "IT",
}
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # the SDKs' own


class Products:
    """One emulator, seen through the SDKs of the products."""

    def __init__(self, emulator: EmulatorProcess) -> None:
        self.emulator = emulator
        self._vpc = AlibabaSdk(emulator, "vpc", "20160428")
        self.dns = AlibabaSdk(emulator, "alidns", "20150109")
        self.esa = AlibabaSdk(emulator, "esa", "20240910")
        self.baas = AlibabaSdk(emulator, "baas", "20181221")

    def vpc(self, operation: str, **parameters: Any) -> Any:
        return self._vpc(operation, **REGION, **parameters)

    def later(self, seconds: float) -> None:
        self.emulator.control("POST", "/clock", {"advance": seconds})

    def until_usable(self, site: int, domain: str) -> Any:
        """The row of a domain's certificate, once it is issued: half a minute between looks, for at most an hour."""
        for _unused in range(120):
            rows = self.esa("ListCertificates", SiteId=site, PageNumber=1, PageSize=100).result
            for row in rows:
                if row.common_name.strip() == domain and row.status in ("OK", "Issued"):
                    return row
            self.later(30)
        pytest.fail(f"there is no certificate of {domain} that can be used")

    def member_status(self) -> str:
        (chain,) = self.baas("DescribeAntChainsV2", **CONSORTIUM, PageNumber=1, PageSize=10).result.ant_chains
        return str(chain.member_status)

    def download(self, kind: str) -> bytes:
        paths = self.baas("DescribeAntChainDownloadPathsV2", **CHAIN).result
        answer = requests.get(getattr(paths, f"{kind}_url"), timeout=10)
        assert answer.status_code == 200
        return answer.content

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


# --- ESA ------------------------------------------------------------------------------------------------------------


def test_apply_issue_list_read_delete_an_edge_certificate(products: Products) -> None:
    (site,) = products.esa("ListSites", SiteName="example.com", SiteSearchType="exact").sites
    assert (site.site_id, site.access_type, site.status) == (NS_SITE, "NS", "active")
    applied = products.esa(
        "ApplyCertificate", SiteId=NS_SITE, Domains="a.example.com,b.example.com", Type="lets_encrypt"
    )
    # As many as were asked for, and not all of them told, with blanks around what is.
    assert applied.total_count == 2
    assert [row.domain.strip() for row in applied.result] == ["a.example.com"]
    rows = {domain: products.until_usable(NS_SITE, domain) for domain in ("a.example.com", "b.example.com")}
    assert len({row.id for row in rows.values()}) == 2
    assert rows["a.example.com"].id == applied.result[0].id.strip()

    one = products.esa("GetCertificate", SiteId=NS_SITE, Id=rows["a.example.com"].id)
    leaf = x509.load_pem_x509_certificates(one.certificate.encode())[0]
    assert one.result.fingerprint_sha_256.replace(":", "").lower() == leaf.fingerprint(hashes.SHA256()).hex()
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["a.example.com"]

    quota = products.esa("GetCertificateQuota", SiteId=NS_SITE, Type="free")
    assert int(quota.quota_usage) == 2
    assert {int(use.site_id): int(use.site_usage) for use in quota.site_usage}[NS_SITE] == 2
    deleted = products.esa("DeleteCertificate", SiteId=NS_SITE, Id=rows["a.example.com"].id)
    assert deleted.site_id == NS_SITE
    products.later(60)
    left = products.esa("ListCertificates", SiteId=NS_SITE).result
    assert [row.id for row in left] == [rows["b.example.com"].id]


def test_proofs_of_a_site_that_is_reached_by_cname(products: Products) -> None:
    assert products.esa("GetSite", SiteId=CNAME_SITE).site_model.access_type == "CNAME"
    products.esa("ApplyCertificate", SiteId=CNAME_SITE, Domains="a.example.org", Type="lets_encrypt")
    products.later(30)
    (row,) = products.esa("ListCertificates", SiteId=CNAME_SITE).result
    assert row.status == "Applying"
    (proof,) = (proof for proof in row.dcv if proof.type == "DNS")
    products.emulator.control("POST", "/aliyun/zones", {"name": "example.org"})
    label = proof.key.strip().removesuffix(".example.org")
    products.dns("AddDomainRecord", DomainName="example.org", RR=label, Type="TXT", Value=proof.value.strip())
    assert products.until_usable(CNAME_SITE, "a.example.org").id == row.id
    assert "dcv" in products.esa("GetDcvDelegation", SiteId=CNAME_SITE).delegation_domain


def test_records_that_use_a_certificate_are_told(products: Products) -> None:
    products.emulator.control("POST", f"/aliyun/sites/{NS_SITE}", {"records": ["a.example.com"]})
    made = products.emulator.control("POST", "/aliyun/esa_certificates", {"names": ["a.example.com"]})
    answer = products.esa("ListCertificatesByRecord", SiteId=NS_SITE, RecordName="a.example.com", Detail=True)
    (record,) = answer.result
    assert (record.record_name.strip(), [one.id for one in record.certificates]) == ("a.example.com", [made["id"]])


# --- AntChain -------------------------------------------------------------------------------------------------------


def test_key_is_made_by_the_service_and_shown_once(products: Products) -> None:
    assert products.member_status() == "ChainNotApplied"
    applied = products.baas("ApplyAntChainCertificateWithKeyAutoCreation", **CHAIN, **SUBJECT, Password="correct horse")
    key = serialization.load_pem_private_key(applied.result.private_key.encode(), b"correct horse")
    assert products.member_status() == "ChainApplied"
    leaf = x509.load_pem_x509_certificate(products.download("client_crt"))
    assert leaf.public_key() == key.public_key()
    leaf.verify_directly_issued_by(x509.load_pem_x509_certificate(products.download("ca_crt")))
    assert products.download("trust_ca")
    with pytest.raises(AlibabaRefusal):
        products.baas("ApplyAntChainCertificateWithKeyAutoCreation", **CHAIN, **SUBJECT, Password="again")
    assert products.baas("ResetAntChainCertificate", AntChainId=CHAIN["AntChainId"]).request_id
    assert products.member_status() == "ChainNotApplied"


def test_certificate_for_a_request_waits_for_its_administrator(products: Products) -> None:
    products.emulator.control("POST", "/aliyun/settings", {"antchain": {"approval": True}})
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "node")])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    pem = base64.b64encode(request.public_bytes(serialization.Encoding.PEM)).decode()
    products.baas("ApplyAntChainCertificate", AntChainId=CHAIN["AntChainId"], UploadReq=pem)

    def applications(status: str) -> list[Any]:
        answer = products.baas(
            "DescribeAntChainCertificateApplicationsV2", **CHAIN, Status=status, PageNumber=1, PageSize=10
        )
        return list(answer.result.certificate_applications or [])

    assert applications("1") == []
    (waiting,) = applications("0")
    products.emulator.control("POST", f"/aliyun/applications/{waiting.bid}", {"status": "1"})
    assert [row.bid for row in applications("1")] == [waiting.bid]
    leaf = x509.load_pem_x509_certificate(products.download("client_crt"))
    assert leaf.public_key() == key.public_key()
