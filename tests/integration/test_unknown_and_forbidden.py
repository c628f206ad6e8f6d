# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What does not exist is an error where it was asked for and fine where it should not be; a refusal is neither."""

from __future__ import annotations

import typing as t

import pytest
from integration.stage import Stage, Task, Turn

pytestmark = pytest.mark.xdist_group("unknown_and_forbidden")

FREE_CERT = "cncloud.certificates.tencent_free_cert"
DOMAIN_CERT = "cncloud.certificates.huawei_apig_domain_cert"
CLIENT_CERT = "cncloud.certificates.aliyun_sslvpn_client_cert"
NOWHERE = "0" * 32
UNKNOWN: dict[str, dict[str, t.Any]] = {
    "tencent certificate_id": {FREE_CERT: {"certificate_id": "NoSuchId"}},
    "tencent certificate_id and domain": {FREE_CERT: {"certificate_id": "NoSuchId", "domain": "x.example.com"}},
    "aliyun ssl_vpn_client_cert_id": {CLIENT_CERT: {"ssl_vpn_client_cert_id": "vsc-none"}},
    "aliyun ssl_vpn_server_id": {CLIENT_CERT: {"ssl_vpn_server_id": "vss-none", "name": "ops"}},
    "huawei instance_id": {DOMAIN_CERT: {"instance_id": NOWHERE, "group": "demo", "domain": "api.example.com"}},
    "huawei group": {DOMAIN_CERT: {"instance_id": "i-emulator", "group": "nobody", "domain": "api.example.com"}},
    "huawei group_id": {DOMAIN_CERT: {"instance_id": "i-emulator", "group_id": NOWHERE, "domain": "api.example.com"}},
    "huawei domain": {DOMAIN_CERT: {"instance_id": "i-emulator", "group": "demo", "domain": "none.example.com"}},
    "huawei domain_id": {DOMAIN_CERT: {"instance_id": "i-emulator", "group": "demo", "domain_id": NOWHERE}},
}
STATES = ("present", "absent")


def in_state(task: Task, state: str, stage: Stage) -> Task:
    ((module, options),) = task.items()
    given = {**options, "state": state}
    if module == DOMAIN_CERT and state == "present":
        names = [options["domain"]] if "domain" in options else ["api.example.com"]
        files = stage.make_certificate(names[0], names=names)
        given |= {"certificate_path": str(files.certificate), "private_key_path": str(files.private_key)}
    return {module: given, "ignore_errors": True}


@pytest.fixture(scope="module", name="unknown")
def _unknown(shared_stage: Stage) -> dict[str, Turn]:
    tasks = {
        f"{name}, {state}": in_state(task, state, shared_stage) for name, task in UNKNOWN.items() for state in STATES
    }
    turns = shared_stage.turns(tasks)
    shared_stage.expect_no_write()
    return turns


@pytest.mark.parametrize("name", UNKNOWN)
def test_unknown_is_not_found_where_it_was_asked_for(unknown: dict[str, Turn], name: str) -> None:
    turn = unknown[f"{name}, present"]
    assert turn.result.status == "ignored"
    assert turn.result.result["error"]["kind"] == "not_found"
    assert turn.changed is False


@pytest.mark.parametrize("name", UNKNOWN)
def test_unknown_is_absent_where_it_should_be(unknown: dict[str, Turn], name: str) -> None:
    turn = unknown[f"{name}, absent"]
    assert turn.result.status == "ok", turn.run.output
    assert turn.changed is False
    assert turn.actions == []
    assert turn.result.result["certificate"] is None


FORBIDDEN: dict[str, dict[str, t.Any]] = {
    "tencent order": {FREE_CERT: {"domain": "x.example.com"}},
    "tencent record": {
        "cncloud.certificates.tencent_dns_record": {
            "zone": "example.com",
            "name": "_dnsauth",
            "type": "TXT",
            "value": "proof",
        }
    },
    "aliyun record": {
        "cncloud.certificates.aliyun_dns_record": {
            "zone": "aliyun.example.net",
            "name": "_dnsauth",
            "type": "TXT",
            "value": "proof",
        }
    },
    "huawei record": {
        "cncloud.certificates.huawei_dns_record": {
            "zone": "huawei.example.org",
            "name": "_dnsauth",
            "type": "TXT",
            "value": "proof",
        }
    },
    **{
        f"{cloud} record, zone to be found": {
            f"cncloud.certificates.{cloud}_dns_record": {"name": f"_dnsauth.{zone}", "type": "TXT", "value": "proof"}
        }
        for cloud, zone in (
            ("tencent", "example.com"),
            ("aliyun", "aliyun.example.net"),
            ("huawei", "huawei.example.org"),
        )
    },
    "aliyun client certificate": {CLIENT_CERT: {"ssl_vpn_server_id": "vss-emulator", "name": "ops"}},
    "aliyun client certificate, by id": {CLIENT_CERT: {"ssl_vpn_client_cert_id": "vsc-ops"}},
    "aliyun edge certificate": {
        "cncloud.certificates.esa_free_cert": {"site": "example.com", "domains": ["x.example.com"]}
    },
    "huawei": {DOMAIN_CERT: {"instance_id": "i-emulator", "group": "demo", "domain": "api.example.com"}},
}


@pytest.fixture(scope="module", name="forbidden")
def _forbidden(shared_stage: Stage) -> dict[str, Turn]:
    """All that these modules read first is refused, in both states."""
    stage = shared_stage
    codes = {
        "ssl": "UnauthorizedOperation",
        "dnspod": "OperationDenied.NoPermissionToOperateDomain",
        "alidns": "Forbidden.RAM",
        "vpc": "Forbidden",
        "esa": "Forbidden.RAM",
        "dns": "DNS.0030",
    }
    for service, code in codes.items():
        fault = {"kind": "error", "code": code, "match": {"service": service, "write": False}, "times": None}
        stage.emulator.control("POST", "/faults", fault)
    denied = ["ListApiGroupsV2", "ShowDetailsOfApiGroupV2"]
    stage.emulator.control("POST", "/huawei/behaviour", {"denied": denied})
    tasks = {f"{name}, {state}": in_state(task, state, stage) for name, task in FORBIDDEN.items() for state in STATES}
    turns = stage.turns(tasks)
    calls = stage.emulator.log()
    stage.emulator.control("DELETE", "/faults")
    stage.emulator.control("POST", "/huawei/behaviour", {"denied": []})
    assert [call for call in calls if call["write"]] == []
    return turns


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", FORBIDDEN)
def test_permission_error_is_never_taken_for_absence(forbidden: dict[str, Turn], name: str, state: str) -> None:
    turn = forbidden[f"{name}, {state}"]
    assert turn.result.status == "ignored"
    assert turn.result.result["error"]["kind"] == "permission"
    assert turn.result.result["error"]["retryable"] is False
    assert turn.changed is False
    assert len(turn.result.result["request_ids"]) == 1


def test_forbidden_creation_leaves_nothing(stage: Stage) -> None:
    stage.emulator.control("POST", "/aliyun/settings", {"denied": ["CreateSslVpnClientCert"]})
    task = {CLIENT_CERT: {"ssl_vpn_server_id": "vss-emulator", "name": "ops"}, "ignore_errors": True}
    turn = stage.turn(task)
    error = turn.result.result["error"]
    assert (error["kind"], error["code"]) == ("permission", "Forbbiden.SubUser")
    assert turn.writes() == ["CreateSslVpnClientCert"]
    assert turn.changed is False


def test_forbidden_order_leaves_nothing(stage: Stage) -> None:
    fault = {
        "kind": "error",
        "code": "UnauthorizedOperation",
        "match": {"operation": "ApplyCertificate"},
        "times": None,
    }
    stage.emulator.control("POST", "/faults", fault)
    turn = stage.turn({FREE_CERT: {"domain": "x.example.com"}, "ignore_errors": True})
    assert turn.result.result["error"]["kind"] == "permission"
    assert turn.writes() == ["ApplyCertificate"]
    assert turn.changed is False
