# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Domains whose zones are in any of the clouds, named or found, all in one run."""

from __future__ import annotations

import typing as t

import pytest
from integration.role import RoleTurn, entry, play_role
from integration.stage import Stage, fingerprint

pytestmark = pytest.mark.xdist_group("issue_and_bind_zones")

PUBLISH = "cncloud.certificates.dns_proof : Add or remove each record, in "
DOMAINS: dict[str, dict[str, t.Any]] = {
    # A zone of its own below the domain that the order names.
    "api.sub.example.com": {},
    "api.aliyun.example.net": {"dns_provider": "alidns"},
    "named.aliyun.example.net": {"dns_provider": "alidns", "dns_zone": "aliyun.example.net"},
    "api.huawei.example.org": {"dns_provider": "huawei"},
    "named.huawei.example.org": {"dns_provider": "huawei", "dns_zone": "huawei.example.org"},
}


class Runs(t.NamedTuple):
    predicted: RoleTurn
    real: RoleTurn
    again: RoleTurn
    published: list[str]
    """Requests of DNSPod that were seen, by their zone."""


@pytest.fixture(scope="module")
def runs(shared_stage: Stage) -> Runs:
    stage = shared_stage
    stage.emulator.control("POST", "/state/tencent", {"zones": [{"name": "sub.example.com"}]})
    for domain in DOMAINS:
        stage.add_domain(domain)
    entries = [entry(stage, domain, **options) for domain, options in DOMAINS.items()]
    for one in entries:
        del one["fullchain_path"]
    predicted = play_role(stage, entries, "--check", "--diff")
    real = play_role(stage, entries)
    zones = [call["request"]["Domain"] for call in real.calls if call["operation"] == "CreateRecord"]
    return Runs(predicted, real, play_role(stage, entries), zones)


def test_check_mode_predicts_the_records(runs: Runs) -> None:
    assert runs.predicted.failures == []
    assert {f"{PUBLISH}{name}" for name in ("DNSPod", "AliDNS", "Huawei Cloud DNS")} <= set(
        runs.predicted.changed_tasks
    )
    assert runs.predicted.writes() == []


def test_each_record_comes_and_goes(runs: Runs) -> None:
    assert runs.real.failures == []
    writes = sorted(name for name in runs.real.writes() if "Record" in name)
    assert writes == sorted(
        ["CreateRecord", "DeleteRecord"]
        + ["AddDomainRecord", "DeleteDomainRecord"] * 2
        + ["CreateRecordSetWithLine", "DeleteRecordSets"] * 2
    )


def test_the_zone_is_the_longest_that_there_is(runs: Runs) -> None:
    assert runs.published == ["sub.example.com"]


def test_a_zone_that_is_named_is_not_looked_for(runs: Runs) -> None:
    # One to publish and one to remove, of the domain whose zone is not named.
    assert runs.real.operations().count("DescribeDomains") == 2


@pytest.mark.parametrize("domain", DOMAINS)
def test_certificate_is_served_with_its_chain(runs: Runs, shared_stage: Stage, domain: str) -> None:
    assert shared_stage.served(domain) == fingerprint(shared_stage.folder / f"{domain}.pem")
    # What is bound has its chain, asked for or not.
    assert (shared_stage.folder / f"{domain}.fullchain.pem").read_text().count("BEGIN CERTIFICATE") > 1


def test_nothing_changes_when_nothing_is_due(runs: Runs) -> None:
    assert runs.again.changed_tasks == []
    assert [name for name in runs.again.operations() if "Domains" in name or "Zone" in name] == []


def test_record_that_cannot_be_removed_is_named_and_removed_by_the_next_run(stage: Stage) -> None:
    stage.add_domain("api.huawei.example.org")
    entries = [entry(stage, "api.huawei.example.org", dns_provider="huawei"), entry(stage, "api.example.com")]
    fault = {"kind": "error", "code": "DNS.0030", "match": {"operation": "DeleteRecordSets"}, "times": 1}
    stage.emulator.control("POST", "/faults", fault)
    turn = play_role(stage, entries)
    (sentence,) = turn.failures
    assert sentence.startswith("api.huawei.example.org (remove proof): ")
    assert [path.name for path in stage.folder.glob("*.challenge.json")] == [
        "api.huawei.example.org.pem.challenge.json"
    ]
    again = play_role(stage, entries)
    assert again.failures == []
    assert "DeleteRecordSets" in again.operations()
    assert list(stage.folder.glob("*.challenge.json")) == []


@pytest.mark.parametrize("in_process", [True, False])
def test_option_that_a_module_refuses_is_a_failure_too(stage: Stage, in_process: bool) -> None:
    endpoint = stage.emulator.endpoint
    defaults = {"endpoint": endpoint, "project_id": "0123456789abcdef0123456789abcdef", "no_such_option": 1}
    turn = play_role(
        stage,
        [entry(stage, "api.example.com")],
        issue_and_bind_huawei=defaults,
        cncloud_certificates_in_process=in_process,
    )
    (sentence,) = turn.failures
    assert sentence.startswith("api.example.com (bind api.example.com on i-emulator): ")
    assert "no_such_option" in sentence
