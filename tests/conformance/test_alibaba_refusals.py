# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documented refusals of Alibaba Cloud come out of its official SDKs as their own exceptions, with their codes."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cncloud.certificates.tests.conformance.sdk_clients import (
    AlibabaRefusal,
    AlibabaSdk,
    AlibabaThrottling,
)
from ansible_collections.cncloud.certificates.tests.emulator.process import EmulatorProcess

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # the SDKs' own

VERSIONS = {"vpc": "20160428", "alidns": "20150109", "esa": "20240910", "baas": "20181221"}
REGION = {"RegionId": "cn-hangzhou"}
CREATE = {**REGION, "SslVpnServerId": "vss-emulator", "Name": "ops"}
UNKNOWN = {**REGION, "SslVpnClientCertId": "vsc-absent"}
SITE = {"SiteId": 1234567890123}
APPLY = {**SITE, "Domains": "a.example.com", "Type": "lets_encrypt"}
RECORD = {"DomainName": "aliyun.example.net", "RR": "_proof", "Type": "TXT", "Value": "one"}
# A call that each product takes in any state.
LISTS: dict[str, tuple[str, dict[str, Any]]] = {
    "vpc": ("DescribeSslVpnClientCerts", REGION),
    "alidns": ("DescribeDomains", {}),
    "esa": ("ListSites", {}),
    "baas": ("DescribeAntChainsV2", {"ConsortiumId": "consortium-emulator", "PageNumber": 1, "PageSize": 10}),
}


def sdk(emulator: EmulatorProcess, product: str, **credential: str) -> AlibabaSdk:
    return AlibabaSdk(emulator, product, VERSIONS[product], **credential)


def refused(client: AlibabaSdk, operation: str, parameters: dict[str, Any]) -> Any:
    with pytest.raises(AlibabaRefusal) as refusal:
        client(operation, **parameters)
    assert refusal.value.message
    assert refusal.value.request_id
    return refusal.value


@pytest.mark.parametrize(
    ("product", "operation", "parameters", "status", "code"),
    [
        (
            *("vpc", "CreateSslVpnClientCert", {**CREATE, "SslVpnServerId": "vss-absent"}),
            *(404, "InvalidSslVpnServerId.NotFound"),
        ),
        ("vpc", "CreateSslVpnClientCert", {**CREATE, "Name": "http://ops"}, 400, "InvalidName"),
        ("vpc", "CreateSslVpnClientCert", {**CREATE, "RegionId": "nowhere"}, 404, "InvalidRegionId.NotFound"),
        ("vpc", "CreateSslVpnClientCert", REGION, 400, "MissingSslVpnServerId"),
        ("vpc", "ModifySslVpnClientCert", {**UNKNOWN, "Name": "x"}, 404, "InvalidSslVpnClientCertId.NotFound"),
        ("vpc", "DeleteSslVpnClientCert", UNKNOWN, 404, "InvalidSslVpnClientCertId.NotFound"),
        ("vpc", "DescribeSslVpnClientCert", UNKNOWN, 404, "InvalidInstanceId.NotFound"),
        (
            *("vpc", "DescribeVpnGateway", {**REGION, "VpnGatewayId": "vpn-absent"}),
            *(404, "InvalidVpnGatewayInstanceId.NotFound"),
        ),
        ("alidns", "AddDomainRecord", {**RECORD, "DomainName": "absent.example"}, 400, "InvalidDomainName.NoExist"),
        ("alidns", "AddDomainRecord", {**RECORD, "RR": "bad name"}, 400, "InvalidRR.Format"),
        ("alidns", "AddDomainRecord", {**RECORD, "TTL": 1}, 400, "InvalidTTL"),
        ("esa", "GetSite", {"SiteId": 1}, 400, "SiteNotFound"),
        ("esa", "GetCertificate", {**SITE, "Id": "absent"}, 400, "InvalidCertificate.NotFound"),
        ("esa", "DeleteCertificate", {**SITE, "Id": "absent"}, 400, "InvalidCertificate.NotFound"),
        ("esa", "ApplyCertificate", {**APPLY, "Domains": "a.example.net"}, 400, "InvalidParameter.Domains"),
        ("baas", "ResetAntChainCertificate", {"AntChainId": "absent"}, 404, "AntChain.NotFound"),
        ("alidns", "DeleteDomainRecord", {"RecordId": "1"}, 400, "DomainRecordNotBelongToUser"),
    ],
)
def test_wrong_parameters_are_refused(
    emulator: EmulatorProcess, product: str, operation: str, parameters: dict[str, Any], status: int, code: str
) -> None:
    refusal = refused(sdk(emulator, product), operation, parameters)
    assert (refusal.status_code, refusal.code) == (status, code)


@pytest.mark.parametrize(
    ("operation", "code"),
    [("CreateSslVpnClientCert", "Forbbiden.SubUser"), ("DescribeSslVpnClientCerts", "Forbidden")],
)
def test_missing_permission(emulator: EmulatorProcess, operation: str, code: str) -> None:
    emulator.control("POST", "/aliyun/settings", {"denied": [operation]})
    refusal = refused(sdk(emulator, "vpc"), operation, CREATE if "Create" in operation else REGION)
    assert (refusal.status_code, refusal.code) == (403, code)


def test_gateway_that_is_busy_locked_or_full(emulator: EmulatorProcess) -> None:
    vpc = sdk(emulator, "vpc")
    created = vpc("CreateSslVpnClientCert", **CREATE).ssl_vpn_client_cert_id
    assert refused(vpc, "CreateSslVpnClientCert", CREATE).code == "VpnGateway.Configuring"
    emulator.control("POST", "/clock", {"advance": 60})
    emulator.control("POST", "/aliyun/settings", {"sslvpn": {"certificate_quota": 1}})
    assert refused(vpc, "CreateSslVpnClientCert", CREATE).code == "Resource.QuotaFull"
    emulator.control("POST", "/aliyun/gateways/vpn-emulator", {"business_status": "FinancialLocked"})
    assert refused(vpc, "CreateSslVpnClientCert", CREATE).code == "VpnGateway.FinancialLocked"
    emulator.control("POST", "/aliyun/gateways/vpn-emulator", {"business_status": "Normal"})
    vpc("DeleteSslVpnClientCert", **REGION, SslVpnClientCertId=created)
    again = refused(vpc, "DeleteSslVpnClientCert", {**REGION, "SslVpnClientCertId": created})
    assert (again.status_code, again.code) == (400, "VpnGateway.Configuring")


def test_second_record_of_a_value_and_a_name_that_is_an_alias(emulator: EmulatorProcess) -> None:
    dns = sdk(emulator, "alidns")
    dns("AddDomainRecord", **RECORD)
    assert refused(dns, "AddDomainRecord", RECORD).code == "DomainRecordDuplicate"
    alias = {**RECORD, "Type": "CNAME", "Value": "example.com"}
    assert refused(dns, "AddDomainRecord", alias).code == "DomainRecordConflict"


def test_domain_that_is_applied_for_refuses_the_whole_application(emulator: EmulatorProcess) -> None:
    esa = sdk(emulator, "esa")
    esa("ApplyCertificate", **APPLY)
    refusal = refused(esa, "ApplyCertificate", {**APPLY, "Domains": "b.example.com,a.example.com"})
    assert (refusal.status_code, refusal.code) == (400, "InvalidParameter.Domains")
    emulator.control("POST", "/aliyun/settings", {"esa": {"quota": 1}})
    full = refused(esa, "ApplyCertificate", {**APPLY, "Domains": "c.example.com"})
    assert (full.status_code, full.code) == (403, "QuotaExceeded")


def test_new_generation_of_antchain_tells_its_failures_in_the_answer(emulator: EmulatorProcess) -> None:
    """With HTTP status 200: the SDK takes it for success, and only the members say otherwise."""
    absent = {"ConsortiumId": "absent", "PageNumber": 1, "PageSize": 10}
    answer = sdk(emulator, "baas")("DescribeAntChainsV2", **absent)
    assert answer.success is False
    assert answer.code == "AntChain.NotFound"


@pytest.mark.parametrize("product", VERSIONS)
@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"access_key_secret": "wrong"}, 400, "SignatureDoesNotMatch"),
        ({"access_key_id": "LTAIunknown"}, 404, "InvalidAccessKeyId.NotFound"),
        ({"security_token": "unexpected"}, 400, "InvalidSecurityToken.MismatchWithAccessKey"),
    ],
    ids=["secret", "key-id", "token"],
)
def test_wrong_credential_is_refused(
    emulator: EmulatorProcess, product: str, wrong: dict[str, str], status: int, code: str
) -> None:
    refusal = refused(sdk(emulator, product, **wrong), *LISTS[product])
    assert (refusal.status_code, refusal.code) == (status, code)


@pytest.mark.parametrize("product", VERSIONS)
def test_clock_that_is_off_is_refused(emulator: EmulatorProcess, product: str) -> None:
    emulator.control("POST", "/clock", {"signature_skew": 1200})
    assert refused(sdk(emulator, product), *LISTS[product]).code == "InvalidTimeStamp.Expired"


@pytest.mark.parametrize("product", VERSIONS)
def test_temporary_credential_is_taken_with_its_token_alone(emulator: EmulatorProcess, product: str) -> None:
    known = {"key_id": "STS.temporary", "secret": "temporary-secret", "token": "session/token+="}
    account = emulator.info["credentials"]["aliyun"][0]["account"]
    emulator.control("POST", "/credentials", {"cloud": "aliyun", "account": account, **known})
    key = {"access_key_id": known["key_id"], "access_key_secret": known["secret"]}
    operation, parameters = LISTS[product]
    assert sdk(emulator, product, **key, security_token=known["token"])(operation, **parameters).request_id
    assert refused(sdk(emulator, product, **key), operation, parameters).code == "MissingParameter"


@pytest.mark.parametrize("product", VERSIONS)
def test_throttling_is_told_with_the_time_to_wait(emulator: EmulatorProcess, product: str) -> None:
    emulator.control("POST", "/faults", {"kind": "throttle", "match": {"cloud": "aliyun"}})
    with pytest.raises(AlibabaThrottling) as refusal:
        sdk(emulator, product)(LISTS[product][0], **LISTS[product][1])
    assert refusal.value.code == "Throttling.User"
    assert refusal.value.retry_after == 1000
    assert sdk(emulator, product)(LISTS[product][0], **LISTS[product][1]).request_id
