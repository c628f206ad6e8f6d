# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wires that lose, slow down and spoil answers: nothing is done twice, and the end is the right one."""

from __future__ import annotations

import typing as t

import pytest
from integration.stage import Call, Files, Stage, Task, Turn

pytestmark = pytest.mark.xdist_group("faults")

FREE_CERT = "cncloud.certificates.tencent_free_cert"
RECORD = "cncloud.certificates.tencent_dns_record"
DOMAIN_CERT = "cncloud.certificates.huawei_apig_domain_cert"
CLIENT_CERT = "cncloud.certificates.aliyun_sslvpn_client_cert"


class Outcome(t.NamedTuple):
    turns: dict[str, Turn]
    calls: list[Call]
    files: dict[str, Files]
    stage: Stage

    def executed(self, operation: str) -> list[Call]:
        """The calls of an operation that took effect."""
        return [
            call for call in self.calls if call["operation"] == operation and call["executed"] and call["code"] is None
        ]

    def tencent(self, domain: str) -> list[dict[str, t.Any]]:
        """Certificates and orders of a domain."""
        found = self.stage.emulator.control("GET", "/state/tencent")["certificates"]
        return [one for one in found if domain in one["names"]]

    def bound(self, domain: str) -> list[str]:
        domains = self.stage.emulator.control("GET", "/state/huawei")["domains"]
        (found,) = [one["certificates"] for one in domains if one["name"] == domain]
        return list(found)

    def client_certs(self) -> dict[str, str]:
        """Names of the client certificates by their ids."""
        found = self.stage.emulator.control("GET", "/state/aliyun")["certificates"]
        return {one["id"]: one["name"] for one in found}

    def objects(self, domain: str) -> list[dict[str, t.Any]]:
        found = self.stage.emulator.control("GET", "/state/huawei")["certificates"]
        return [one for one in found if domain in one["domains"]]


def fault(kind: str, operation: str, **more: t.Any) -> dict[str, t.Any]:
    return {"kind": kind, "match": {"operation": operation}, **more}


def free_cert(domain: str, **options: t.Any) -> Task:
    return {FREE_CERT: {"domain": domain, **options}, "ignore_errors": True}


def record(**options: t.Any) -> Task:
    return {RECORD: {"zone": "example.com", "type": "TXT", "value": "proof", **options}, "ignore_errors": True}


def bind(domain: str, files: Files, **options: t.Any) -> Task:
    given = {"certificate_path": str(files.certificate), "private_key_path": str(files.private_key), **options}
    return {
        DOMAIN_CERT: {"instance_id": "i-emulator", "group": "demo", "domain": domain, **given},
        "ignore_errors": True,
    }


def client_cert(**options: t.Any) -> Task:
    if "ssl_vpn_client_cert_id" not in options:
        options["ssl_vpn_server_id"] = "vss-emulator"
    return {CLIENT_CERT: options, "ignore_errors": True}


def prepare(stage: Stage, names: t.Iterable[str]) -> dict[str, Files]:
    """A domain of the gateway for each name; those that begin with `old` have a certificate that ends soon."""
    files = {}
    for name in names:
        domain = f"{name}.example.com"
        stage.add_domain(domain)
        files[name] = stage.make_certificate(name, names=[domain])
        if name.startswith("old"):
            label = domain.translate({ord("."): "_", ord("-"): "_"})
            old = {"name": f"{label}_0123abcd", "domains": [domain], "days_left": 10, "bind": [domain]}
            stage.emulator.control("POST", "/huawei/certificates", old)
    return files


LOST = ("ApplyCertificate", "CreateRecord", "DeleteRecord", "AssociateCertificateV2", "UpdateCertificateV2")
LOST_IN_ATTACH_NEW = ("CreateCertificateV2", "BatchAssociateCertsV2")
LOST_WITH_TOKEN = ("CreateSslVpnClientCert", "ModifySslVpnClientCert", "DeleteSslVpnClientCert")
ALL_LOST = {*LOST, *LOST_IN_ATTACH_NEW, *LOST_WITH_TOKEN}


@pytest.fixture(scope="module", name="lost")
def _lost(shared_stage: Stage) -> Outcome:
    """Each operation loses its first answer after it took effect."""
    stage = shared_stage
    files = prepare(stage, ["fresh", "old-place", "old-anew", "old-again"])
    zone = {"name": "example.com", "records": [{"name": "_gone", "type": "TXT", "value": "proof"}]}
    stage.emulator.control("POST", "/state/tencent", {"zones": [zone]})
    known = [{"id": f"vsc-{name}", "name": name} for name in ("before", "gone")]
    stage.emulator.control("POST", "/state/aliyun", {"certificates": known})
    for operation in ALL_LOST:
        stage.emulator.control("POST", "/faults", fault("lost_answer", operation))
    tasks = {
        "order": free_cert("lost.example.com"),
        "add": record(name="_new"),
        "remove": record(name="_gone", state="absent"),
        "associate": bind("fresh.example.com", files["fresh"]),
        "update": bind("old-place.example.com", files["old-place"]),
        "create and attach": bind("old-anew.example.com", files["old-anew"], replace="attach_new"),
        "create for a client": client_cert(name="new"),
        "rename": client_cert(ssl_vpn_client_cert_id="vsc-before", name="after"),
        "delete": client_cert(ssl_vpn_client_cert_id="vsc-gone", state="absent"),
    }
    turns = stage.turns(tasks)
    outcome = Outcome(turns, stage.emulator.log(), files, stage)
    stage.emulator.control("DELETE", "/faults")
    return outcome


def test_every_answer_that_was_to_be_lost_was_lost(lost: Outcome) -> None:
    assert {call["operation"] for call in lost.calls if call["fault"]} == ALL_LOST


@pytest.mark.parametrize(
    "name",
    [
        *("order", "add", "remove", "associate", "update", "create and attach"),
        *("create for a client", "rename", "delete"),
    ],
)
def test_lost_answer_is_no_failure(lost: Outcome, name: str) -> None:
    assert lost.turns[name].result.status == "ok", lost.turns[name].result.result["msg"]
    assert lost.turns[name].changed is True


def test_lost_answer_to_an_order_makes_no_second_order(lost: Outcome) -> None:
    assert len(lost.executed("ApplyCertificate")) == 1
    (certificate,) = lost.tencent("lost.example.com")
    assert certificate["id"] == lost.turns["order"].result.result["certificate"]["id"]
    assert certificate["status"] == 1


def test_lost_answer_to_a_record_makes_no_second_record(lost: Outcome) -> None:
    (zone,) = lost.stage.emulator.control("GET", "/state/tencent")["zones"]
    assert [one["name"] for one in zone["records"] if one["value"] == "proof"] == ["_new"]


@pytest.mark.parametrize("name", ["fresh", "old-place", "old-anew"])
def test_lost_answer_of_the_gateway_ends_with_the_given_certificate_alone(lost: Outcome, name: str) -> None:
    domain = f"{name}.example.com"
    assert lost.stage.served(domain) == lost.files[name].sha256
    assert len(lost.bound(domain)) == 1
    # Neither a second object nor the old one is left.
    assert [one["id"] for one in lost.objects(domain)] == lost.bound(domain)


def test_object_is_created_once(lost: Outcome) -> None:
    assert len(lost.executed("CreateCertificateV2")) == 1


def test_what_has_a_token_is_sent_again_and_is_done_once(lost: Outcome) -> None:
    created = lost.turns["create for a client"].result.result["certificate"]["id"]
    assert lost.client_certs() == {created: "new", "vsc-before": "after"}
    for operation in LOST_WITH_TOKEN:
        sent = [call["request"]["ClientToken"] for call in lost.calls if call["operation"] == operation]
        assert (len(sent), len(set(sent))) == (2, 1), operation


@pytest.fixture(scope="module", name="unexecuted")
def _unexecuted(shared_stage: Stage) -> Outcome:
    """Each operation loses its first request, or is turned away as too many: it did not take effect."""
    stage = shared_stage
    files = prepare(stage, ["quick", "old-busy", "old-kept"])
    for operation in ("AssociateCertificateV2", "UpdateCertificateV2", "CreateCertificateV2", "BatchAssociateCertsV2"):
        stage.emulator.control("POST", "/faults", fault("throttle", operation))
    for operation in ("ApplyCertificate", "CreateRecord", "CreateSslVpnClientCert"):
        stage.emulator.control("POST", "/faults", fault("throttle", operation, times=2))
    turns = stage.turns(
        {
            "order": free_cert("throttled.example.com"),
            "add": record(name="_throttled"),
            "associate": bind("quick.example.com", files["quick"]),
            "update": bind("old-busy.example.com", files["old-busy"]),
            "create and attach": bind("old-kept.example.com", files["old-kept"], replace="attach_new"),
            "create for a client": client_cert(name="throttled"),
        }
    )
    outcome = Outcome(turns, stage.emulator.log(), files, stage)
    stage.emulator.control("DELETE", "/faults")
    return outcome


@pytest.mark.parametrize("name", ["order", "add", "associate", "update", "create and attach", "create for a client"])
def test_write_that_was_turned_away_is_sent_again(unexecuted: Outcome, name: str) -> None:
    assert unexecuted.turns[name].result.status == "ok", unexecuted.turns[name].result.result["msg"]


def test_each_write_takes_effect_once(unexecuted: Outcome) -> None:
    assert len(unexecuted.tencent("throttled.example.com")) == 1
    assert list(unexecuted.client_certs().values()).count("throttled") == 1
    for name in ("quick", "old-busy", "old-kept"):
        domain = f"{name}.example.com"
        assert unexecuted.stage.served(domain) == unexecuted.files[name].sha256
        assert len(unexecuted.objects(domain)) == 1


SPOILT = {
    "garbage": "protocol",
    "truncated": "network",
    "wrong_types": "protocol",
    "redirect": "protocol",
    "http_500": "unavailable",
    "reset": "network",
    "lost_answer": "network",
}
"""The kind of error that each fault is told as."""
READERS: dict[str, tuple[str, Task]] = {
    "tencent_free_cert": ("DescribeCertificates", {FREE_CERT: {"domain": "spoilt.example.com", "retries": 0}}),
    "tencent_cert_info": ("DescribeCertificates", {"cncloud.certificates.tencent_cert_info": {"retries": 0}}),
    "tencent_dns_record": (
        "DescribeRecordList",
        {RECORD: {"zone": "example.com", "name": "_x", "type": "TXT", "value": "proof", "retries": 0}},
    ),
    "aliyun_dns_record": (
        "DescribeSubDomainRecords",
        {
            "cncloud.certificates.aliyun_dns_record": {
                "zone": "aliyun.example.net",
                "name": "_x",
                "type": "TXT",
                "value": "proof",
                "retries": 0,
            }
        },
    ),
    "huawei_dns_record": (
        "ListPublicZones",
        {
            "cncloud.certificates.huawei_dns_record": {
                "zone": "huawei.example.org",
                "name": "_x",
                "type": "TXT",
                "value": "proof",
                "retries": 0,
            }
        },
    ),
    "aliyun_sslvpn_client_cert": (
        "DescribeSslVpnClientCerts",
        {CLIENT_CERT: {"ssl_vpn_server_id": "vss-emulator", "name": "spoilt", "retries": 0}},
    ),
    "aliyun_sslvpn_client_cert_info": (
        "DescribeSslVpnClientCerts",
        {"cncloud.certificates.aliyun_sslvpn_client_cert_info": {"retries": 0}},
    ),
    "esa_free_cert": (
        "ListSites",
        {"cncloud.certificates.esa_free_cert": {"site": "example.com", "domains": ["x.example.com"], "retries": 0}},
    ),
    "antchain_cert_info": (
        "DescribeAntChainsV2",
        {"cncloud.certificates.antchain_cert_info": {"consortium_id": "consortium-emulator", "retries": 0}},
    ),
    "huawei_apig_cert_info": (
        "ListCertificatesV2",
        {"cncloud.certificates.huawei_apig_cert_info": {"instance_id": "i-emulator", "retries": 0}},
    ),
    "huawei_apig_domain_cert": (
        "ListApiGroupsV2",
        {
            DOMAIN_CERT: {
                "instance_id": "i-emulator",
                "group": "demo",
                "domain": "api.example.com",
                "state": "absent",
                "retries": 0,
            }
        },
    ),
}


@pytest.fixture(scope="module", name="spoilt")
def _spoilt(shared_stage: Stage) -> Outcome:
    """Every module gets each kind of spoilt answer to its first read."""
    stage = shared_stage
    tasks: dict[str, Task] = {}
    for kind in SPOILT:
        for name, (operation, task) in READERS.items():
            stage.emulator.control("POST", "/faults", fault(kind, operation))
            tasks[f"{name}, {kind}"] = {**task, "ignore_errors": True}
    turns = stage.turns(tasks)
    outcome = Outcome(turns, stage.emulator.log(), {}, stage)
    stage.emulator.control("DELETE", "/faults")
    return outcome


@pytest.mark.parametrize("kind", SPOILT)
@pytest.mark.parametrize("name", READERS)
def test_spoilt_answer_is_an_error_with_a_kind_and_no_traceback(spoilt: Outcome, name: str, kind: str) -> None:
    turn = spoilt.turns[f"{name}, {kind}"]
    assert turn.result.status == "ignored"
    assert turn.result.result["error"]["kind"] == SPOILT[kind]
    assert turn.changed is False
    shown = str(turn.result.result)
    assert "Traceback" not in shown
    assert "An unexpected" not in shown


def test_spoilt_answer_never_leads_to_a_write(spoilt: Outcome) -> None:
    assert [call["operation"] for call in spoilt.calls if call["write"]] == []


@pytest.mark.parametrize("kind", ["garbage", "truncated", "wrong_types"])
def test_order_whose_answer_is_spoilt_is_found_and_not_repeated(stage: Stage, kind: str) -> None:
    stage.emulator.control("POST", "/faults", fault(kind, "ApplyCertificate"))
    turn = stage.turn(free_cert("spoilt.example.com"))
    assert turn.result.status == "ok", turn.result.result["msg"]
    assert turn.writes().count("ApplyCertificate") == 1
    assert len(stage.emulator.control("GET", "/state/tencent")["certificates"]) == 1
