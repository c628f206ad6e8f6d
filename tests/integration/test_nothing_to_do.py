# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run costs that has nothing to do, in calls: by every way of naming what is meant, whatever else is there."""

from __future__ import annotations

import typing as t

import pytest
from integration.both_ways import Way
from integration.stage import Stage, Task, Turn

pytestmark = pytest.mark.xdist_group("nothing_to_do")

FREE_CERT = "cncloud.certificates.tencent_free_cert"
DOMAIN_CERT = "cncloud.certificates.huawei_apig_domain_cert"
CLIENT_CERT = "cncloud.certificates.aliyun_sslvpn_client_cert"
TENCENT = ("by domain", "by the www twin", "by id", "without files")
HUAWEI = ("group name and domain", "group_id and domain", "group name and domain_id", "group_id and domain_id")
ALIYUN = ("client by name", "client by id", "client without files", "client that is absent")
OTHERS = 499


def free_cert(stage: Stage, **options: t.Any) -> Task:
    """The order and its files."""
    paths = {f"{kind}_path": str(stage.folder / f"{kind}.pem") for kind in ("certificate", "private_key")}
    return {FREE_CERT: {**paths, **options}}


def clients(stage: Stage) -> dict[str, Task]:
    """A client certificate and its files, on a server that has many others."""
    crowd = [{"name": f"client {number}", "days_left": 400} for number in range(OTHERS)]
    stage.emulator.control("POST", "/state/aliyun", {"certificates": crowd})
    named = {"ssl_vpn_server_id": "vss-emulator", "name": "ops"}
    files = {"config_path": str(stage.folder / "ops.ovpn"), "private_key_path": str(stage.folder / "ops.key")}
    stage.emulator.control("POST", "/aliyun/settings", {"sslvpn": {"certificate_quota": 1000}})
    made = stage.turn({CLIENT_CERT: {**named, **files}})
    assert made.result.status == "ok", made.run.output
    return {
        "client by name": {CLIENT_CERT: {**named, **files}},
        "client by id": {CLIENT_CERT: {"ssl_vpn_client_cert_id": made.result.result["certificate"]["id"], **files}},
        "client without files": {CLIENT_CERT: named},
        "client that is absent": {CLIENT_CERT: {**named, "name": "nobody", "state": "absent"}},
    }


@pytest.fixture(scope="module", name="turns")
def _turns(shared_stage: Stage) -> dict[Way, dict[str, Turn]]:
    """The second run both ways, in an account and a gateway that hold many other certificates."""
    stage = shared_stage
    stage.add_domain("example.com")
    crowd = [{"domain": f"other{number}.example.com", "alias": "example.com"} for number in range(OTHERS)]
    stage.emulator.control(
        "POST", "/state/tencent", {"settings": {"free_limit": 1000, "main_domain_limit": 1000}, "certificates": crowd}
    )
    first = stage.turn(free_cert(stage, domain="example.com"))
    assert first.result.status == "ok", first.run.output
    files = {f"{kind}_path": str(stage.folder / f"{kind}.pem") for kind in ("certificate", "private_key")}
    options = {"instance_id": "i-emulator", **files}
    bound = stage.turn({DOMAIN_CERT: {**options, "group": "demo", "domain": "example.com"}})
    assert bound.result.status == "ok", bound.run.output
    domain = bound.result.result["domain"]
    tasks: dict[str, Task] = {
        "by domain": free_cert(stage, domain="example.com"),
        "by the www twin": free_cert(stage, domain="www.example.com"),
        "by id": free_cert(stage, certificate_id=first.result.result["certificate"]["id"]),
        "without files": {FREE_CERT: {"domain": "example.com"}},
    }
    tasks |= clients(stage)
    for name in HUAWEI:
        group = {"group_id": domain["group_id"]} if "group_id" in name else {"group": "demo"}
        host = {"domain_id": domain["id"]} if "domain_id" in name else {"domain": "example.com"}
        tasks[name] = {DOMAIN_CERT: {**options, **group, **host}}
    return {way: stage.turns(tasks, way=way) for way in Way}


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("name", TENCENT)
def test_free_certificate_is_one_list_call_without_a_key(
    turns: dict[Way, dict[str, Turn]], name: str, way: Way
) -> None:
    turn = turns[way][name]
    assert turn.changed is False
    assert turn.operations() == ["DescribeCertificates"]
    assert not any(call["key_bearing"] for call in turn.calls)


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("name", ALIYUN)
def test_client_certificate_is_one_list_call_without_a_key(
    turns: dict[Way, dict[str, Turn]], name: str, way: Way
) -> None:
    turn = turns[way][name]
    assert turn.changed is False
    assert turn.operations() == ["DescribeSslVpnClientCerts"]
    assert not any(call["key_bearing"] for call in turn.calls)


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("name", HUAWEI)
def test_bound_certificate_is_two_reads_at_most(turns: dict[Way, dict[str, Turn]], name: str, way: Way) -> None:
    turn = turns[way][name]
    assert turn.changed is False
    assert 1 <= len(turn.calls) <= 2
    assert turn.writes() == []


def test_no_call_is_hidden_from_the_results(turns: dict[Way, dict[str, Turn]], shared_stage: Stage) -> None:
    told = sum(len(turn.calls) for turn in turns[Way.MODULE].values())
    assert len(shared_stage.emulator.log()) == told
