# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What users of such tools complain about most, and what our modules answer: the table of docs/errors.md."""

from __future__ import annotations

import collections.abc as c
import dataclasses
import datetime
import re
import typing as t

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._clock import Clock, rfc3339
from driver.driver import Driver, Run

Options = dict[str, t.Any]
KEYS = {"kind", "code", "message", "http_status", "request_id", "retryable", "hint"}
SITE = "1234567890123"
OF_EXAMPLE_COM = {"site": "example.com", "domains": ["new.example.com"], "wait": False}
GATEWAY = {"instance_id": "i-emulator", "group": "demo", "domain": "api.example.com"}
VPN = {"ssl_vpn_server_id": "vss-emulator", "name": "ops"}
CHAIN = {"consortium_id": "consortium-emulator", "ant_chain_id": "chain-emulator"}


def settings(cloud: str, **given: t.Any) -> c.Callable[[Driver], Options]:
    """A world with these settings of a cloud."""

    def prepare(driver: Driver) -> Options:
        driver.emulator.control("POST", f"/{cloud}/settings", given)
        return {}

    return prepare


def answers(operation: str, code: str) -> c.Callable[[Driver], Options]:
    """A world in which a cloud refuses an operation, always."""

    def prepare(driver: Driver) -> Options:
        fault = {"kind": "error", "code": code, "match": {"operation": operation}, "times": None}
        driver.emulator.control("POST", "/faults", fault)
        return {}

    return prepare


def throttled(operation: str) -> c.Callable[[Driver], Options]:
    def prepare(driver: Driver) -> Options:
        driver.emulator.control(
            "POST", "/faults", {"kind": "throttle", "match": {"operation": operation}, "times": None}
        )
        return {}

    return prepare


def full_site(driver: Driver) -> Options:
    driver.emulator.control("POST", "/aliyun/settings", {"esa": {"quota": 0}})
    old = {"site": SITE, "names": ["old.example.com"], "days_left": -3}
    driver.emulator.control("POST", "/aliyun/esa_certificates", old)
    return {}


def used_at_the_edge(driver: Driver) -> Options:
    driver.emulator.control("POST", f"/aliyun/sites/{SITE}", {"records": ["www.example.com"]})
    driver.emulator.control("POST", "/aliyun/esa_certificates", {"site": SITE, "names": ["www.example.com"]})
    return {}


def still_deployed(driver: Driver) -> Options:
    old = {"domain": "www.example.com", "status": 3, "days_left": -3, "inserted": "2026-01-01T00:00:00Z"}
    driver.emulator.control("POST", "/certificates", old)
    return answers("DeleteCertificate", "FailedOperation.BoundResources")(driver)


def issued(driver: Driver) -> Options:
    driver.emulator.control("POST", "/certificates", {"domain": "www.example.com"})
    return {}


def two_failures(driver: Driver) -> Options:
    for _index in range(2):
        driver.emulator.control("POST", "/certificates", {"domain": "www.example.com", "status": 2})
    return {}


def another_is_served(driver: Driver) -> Options:
    material = {"name": "served", "domains": ["api.example.com"], "bind": ["api.example.com"]}
    driver.emulator.control("POST", "/huawei/domains", {"group": "demo", "domain": "api.example.com"})
    driver.emulator.control("POST", "/huawei/certificates", material)
    info = driver.emulator.info
    return {"connect_to": f"{info['edge_host']}:{info['edge_port']}"}


def certificate(**more: t.Any) -> c.Callable[[Driver], Options]:
    """Files for api.example.com; `key_of` says of which certificate the key is."""

    def prepare(driver: Driver) -> Options:
        driver.emulator.control("POST", "/huawei/domains", {"group": "demo", "domain": "api.example.com"})
        made = driver.emulator.control("POST", "/ca/issue", {"names": ["api.example.com"], **more})
        other = driver.emulator.control("POST", "/ca/issue", {"names": ["other.example.com"]})
        (driver.folder / "api.pem").write_text(made["chain_pem"])
        (driver.folder / "api.key").write_text(made["key_pem"] if more else other["key_pem"])
        return {
            "certificate_path": str(driver.folder / "api.pem"),
            "private_key_path": str(driver.folder / "api.key"),
        }

    return prepare


def lost_key(driver: Driver) -> Options:
    driver.emulator.control("POST", "/aliyun/applications", {})
    return {
        "private_key_path": str(driver.folder / "client.key"),
        "certificate_path": str(driver.folder / "client.crt"),
    }


def nothing(_driver: Driver) -> Options:
    return {}


@dataclasses.dataclass(frozen=True)
class Complaint:
    """A row: what is run, and what the failure has to be. `words` of the hint; of all complaints of that name, docs."""

    name: str
    module: str
    options: Options
    kind: str
    words: tuple[str, ...]
    prepare: c.Callable[[Driver], Options] = nothing
    retryable: bool = False
    code: str | None = None
    environ: dict[str, str] = dataclasses.field(default_factory=dict)


NO_KEY = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAINOBODY0000000001"}
SERVED = {"host": "api.example.com", "validate_certs": False, "expect_fingerprint": "ab" * 32}
REVOKED = {"domain": "www.example.com", "state": "absent", "revoke": True, "wait_timeout": 30}
ORDER = {"domain": "www.example.com", "wait_timeout": 30}
RECORD = {"type": "TXT", "value": "proof", "name": "_dnsauth.www.nowhere.example"}
IDENTITY = {**CHAIN, "method": "csr", "subject": {"common_name": "a"}}

COMPLAINTS = [
    Complaint(
        "rate",
        "tencent_cert_info",
        {},
        "throttled",
        ("throttle: 1", "retries"),
        throttled("DescribeCertificates"),
        True,
    ),
    Complaint(
        "rate", "esa_cert_info", {"site": "example.com"}, "throttled", ("throttle: 1",), throttled("ListSites"), True
    ),
    Complaint(
        "rate",
        "huawei_apig_cert_info",
        {"instance_id": "i-emulator"},
        "throttled",
        ("of the user", "throttle: 1"),
        answers("ListCertificatesV2", "APIGW.0308"),
        True,
    ),
    Complaint(
        "expired ones fill the quota",
        "esa_free_cert",
        OF_EXAMPLE_COM,
        "quota",
        ("old.example.com (Expired)", "state: absent"),
        full_site,
    ),
    Complaint(
        "expired ones fill the quota",
        "esa_free_cert",
        OF_EXAMPLE_COM,
        "quota",
        ("esa_cert_info", "state: absent"),
        answers("ApplyCertificate", "QuotaExceeded"),
    ),
    Complaint(
        "expired ones fill the quota",
        "aliyun_sslvpn_client_cert",
        VPN,
        "quota",
        ("aliyun_sslvpn_client_cert_info", "state: absent"),
        settings("aliyun", sslvpn={"certificate_quota": 0}),
    ),
    Complaint(
        "free quota",
        "tencent_free_cert",
        ORDER,
        "quota",
        ("tencent_cert_info", "revoke: true"),
        settings("tencent", free_limit=0),
        code="FailedOperation.ExceedsFreeLimit",
    ),
    Complaint(
        "free quota", "tencent_free_cert", ORDER, "quota", ("renew_before",), settings("tencent", main_domain_limit=0)
    ),
    Complaint(
        "ordered over and over",
        "tencent_free_cert",
        ORDER,
        "quota",
        ("force: true",),
        two_failures,
        code="local_budget",
    ),
    Complaint(
        "in use",
        "esa_free_cert",
        {"site": "example.com", "domains": ["www.example.com"], "state": "absent"},
        "conflict",
        ("another certificate first", "force"),
        used_at_the_edge,
        code="in_use",
    ),
    Complaint(
        "in use",
        "tencent_free_cert",
        {**REVOKED, "revoke": False},
        "conflict",
        ("another certificate there first",),
        still_deployed,
        code="FailedOperation.BoundResources",
    ),
    Complaint("in use", "tencent_free_cert", {**REVOKED, "revoke": False}, "conflict", ("revoke: true",), issued),
    Complaint(
        "old one is served",
        "served_cert_info",
        {**SERVED, "wait": False},
        "invalid",
        ("connect_to", "reloaded"),
        another_is_served,
    ),
    Complaint(
        "old one is served",
        "served_cert_info",
        {**SERVED, "wait_timeout": 5},
        "timeout",
        ("wait_timeout", "connect_to"),
        another_is_served,
        True,
    ),
    Complaint("zone or proof", "tencent_dns_record", RECORD, "not_found", ("the account that has the zone",)),
    Complaint("zone or proof", "aliyun_dns_record", RECORD, "not_found", ("the account that has the zone",)),
    Complaint("zone or proof", "huawei_dns_record", RECORD, "not_found", ("the account that has the zone",)),
    Complaint(
        "zone or proof",
        "tencent_free_cert",
        {**ORDER, "dv_auth_method": "dns"},
        "timeout",
        ("`challenge`", "run again"),
        retryable=True,
    ),
    Complaint(
        "zone or proof",
        "esa_free_cert",
        {"site": "example.org", "domains": ["*.example.org"], "wait_timeout": 30},
        "timeout",
        ("The applications stay",),
        retryable=True,
    ),
    Complaint(
        "another site",
        "esa_free_cert",
        {"site": "nobody.example", "domains": ["a.nobody.example"]},
        "not_found",
        ("https://esa.ap-southeast-1.aliyuncs.com",),
    ),
    Complaint(
        "another site",
        "aliyun_sslvpn_client_cert_info",
        {},
        "invalid",
        ("region and endpoint", "international"),
        answers("DescribeSslVpnClientCerts", "InvalidAction.NotFound"),
    ),
    Complaint(
        "another site",
        "tencent_cert_info",
        {},
        "invalid",
        ("intl.tencentcloudapi.com",),
        answers("DescribeCertificates", "InvalidAction"),
    ),
    Complaint(
        "another site",
        "huawei_apig_cert_info",
        {"instance_id": "i-emulator"},
        "invalid",
        ("region and endpoint",),
        answers("ListCertificatesV2", "APIGW.0101"),
    ),
    Complaint(
        "not found is the key",
        "aliyun_sslvpn_client_cert",
        {**VPN, "state": "absent"},
        "auth",
        ("ALIBABA_CLOUD_ACCESS_KEY_ID",),
        environ=NO_KEY,
        code="InvalidAccessKeyId.NotFound",
    ),
    Complaint(
        "permission",
        "aliyun_sslvpn_client_cert_info",
        {},
        "permission",
        ("vpc:DescribeSslVpnClientCerts", "RAM", "ALIBABA_CLOUD_ACCESS_KEY_ID"),
        answers("DescribeSslVpnClientCerts", "NoPermission"),
    ),
    Complaint(
        "permission",
        "esa_cert_info",
        {"site": "example.com"},
        "permission",
        ("esa:ListSites",),
        answers("ListSites", "Forbidden.RAM"),
    ),
    Complaint(
        "permission",
        "tencent_free_cert",
        ORDER,
        "permission",
        ("ssl:ApplyCertificate", "CAM"),
        answers("ApplyCertificate", "AuthFailure.UnauthorizedOperation"),
    ),
    Complaint(
        "permission",
        "huawei_apig_cert_info",
        {"instance_id": "i-emulator"},
        "permission",
        ("apig:certificate:list", "IAM"),
        answers("ListCertificatesV2", "APIG.1005"),
    ),
    Complaint("key does not fit", "huawei_apig_domain_cert", GATEWAY, "invalid", (), certificate()),
    Complaint("expired goes live", "huawei_apig_domain_cert", GATEWAY, "invalid", (), certificate(days_left=-1)),
    Complaint("key is lost", "antchain_cert", IDENTITY, "conflict", ("on_key_loss: reset",), lost_key),
]


@pytest.mark.parametrize("complaint", COMPLAINTS, ids=lambda one: f"{one.name}, {one.module}")
def test_answer(driver: Driver, complaint: Complaint) -> None:
    more = complaint.prepare(driver)
    run = driver.run(complaint.module, {**complaint.options, **more}, environ=complaint.environ)
    assert run.failed, run.result
    error = run.result["error"]
    assert set(error) == KEYS
    assert (error["kind"], error["retryable"]) == (complaint.kind, complaint.retryable), run.result["msg"]
    assert complaint.code in (None, error["code"])
    assert [word for word in complaint.words if word not in error["hint"]] == [], error["hint"]
    assert error["hint"] in run.result["msg"] or complaint.kind == "invalid"


def test_a_revocation_tells_the_proof_that_it_wants_wherever_the_zone_is(driver: Driver) -> None:
    issued(driver)
    runs = [driver.run("tencent_free_cert", REVOKED) for _run in range(2)]
    for run in runs:
        assert not run.failed, run.result
        assert "`challenge`" in run.result["reason"]
        assert {"zone", "name", "type", "value"} <= set(run.result["challenge"][0])
    assert (runs[-1].changed, runs[-1].writes) == (False, [])


def test_lists_never_give_a_key(driver: Driver) -> None:
    issued(driver)
    assert "PRIVATE KEY" not in str(driver.run("tencent_cert_info", {}).result)


# --- A wrong clock -------------------------------------------------------------------------------------------------


class Wrong(Clock):
    """A clock that is off by so many seconds."""

    def __init__(self, right: Clock, off: float) -> None:
        super().__init__()
        self._right = right
        self._off = datetime.timedelta(seconds=off)

    def now(self) -> datetime.datetime:
        return self._right.now() + self._off


READS: dict[str, Options] = {
    "aliyun_sslvpn_client_cert_info": {},
    "esa_cert_info": {"site": "example.com"},
    "antchain_cert_info": {"consortium_id": CHAIN["consortium_id"]},
    "aliyun_dns_record": {"zone": "aliyun.example.net", "name": "x", "type": "TXT", "value": "x"},
    "tencent_cert_info": {},
    "tencent_dns_record": {"zone": "example.com", "name": "x", "type": "TXT", "value": "x"},
    "huawei_apig_cert_info": {"instance_id": "i-emulator"},
    "huawei_dns_record": {"zone": "huawei.example.org", "name": "x", "type": "TXT", "value": "x"},
}
ROLES = {
    "aliyun": {"role_arn": "acs:ram::1000000000000001:role/emulator-role"},
    "tencent": {"role_arn": "qcs::cam::uin/100000000001:roleName/emulator-role"},
    "huawei": {"role_arn": "iam::d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0:agency:emulator-agency"},
}


def told(driver: Driver, run: Run, off: float) -> bool:
    """Whether the failure says what time it is here and there, and what to do."""
    right = driver.clock.now()
    times = {rfc3339(right + datetime.timedelta(seconds=seconds)) for seconds in (-1, 0, 1)}
    message = run.result["msg"]
    here = rfc3339(right + datetime.timedelta(seconds=off))
    return (
        f"It is {here} here and " in message and any(f"and {time} at" in message for time in times) and "NTP" in message
    )


@pytest.mark.parametrize("off", [3600.0, -3600.0])
@pytest.mark.parametrize("module", READS)
def test_both_times_are_told(driver: Driver, module: str, off: float) -> None:
    run = driver.run(module, READS[module], clock=Wrong(driver.clock, off))
    assert run.kind == "auth"
    assert told(driver, run, off), run.result["msg"]
    assert re.search(
        rf" (3599|360[01]) seconds {'ahead of' if off > 0 else 'behind'} the service's", run.result["error"]["hint"]
    )
    assert run.result["error"]["retryable"] is False


@pytest.mark.parametrize("cloud", ROLES)
def test_both_times_are_told_when_a_role_is_assumed(driver: Driver, cloud: str) -> None:
    module = {"aliyun": "esa_cert_info", "tencent": "tencent_cert_info", "huawei": "huawei_apig_cert_info"}[cloud]
    options = {**READS[module], "assume_role": ROLES[cloud]}
    run = driver.run(module, options, clock=Wrong(driver.clock, -3600.0))
    assert run.kind == "auth"
    assert told(driver, run, -3600.0), run.result["msg"]
    assert len(run.calls) == 1, "a refused key is sent once"
