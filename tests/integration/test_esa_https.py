# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role esa_https: sites that prove themselves, sites whose proof is published, and what is told when it is not."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from integration.role import Entry, RoleTurn, kill_book, play_book
from integration.stage import Stage

pytestmark = pytest.mark.xdist_group("esa_https")

APPLY = "ApplyCertificate"
NS_ENTRY: Entry = {"site": "example.com", "domains": ["example.com", "www.example.com"]}
STAR, SINGLE = "*.example.org", "www.example.org"
ADD = {"dnspod": "CreateRecord", "alidns": "AddDomainRecord", "huawei": "CreateRecordSetWithLine"}
REMOVE = {"dnspod": "DeleteRecord", "alidns": "DeleteDomainRecord", "huawei": "DeleteRecordSets"}


def variables(stage: Stage, *entries: Entry, **options: t.Any) -> dict[str, t.Any]:
    endpoint = stage.emulator.endpoint
    return {
        "esa_https_sites": list(entries),
        "esa_https_esa": {"endpoint": endpoint},
        "esa_https_aliyun": {"endpoint": endpoint},
        "esa_https_tencent": {"endpoint": endpoint},
        "esa_https_huawei": {"endpoint": endpoint, "iam_endpoint": endpoint, "region": "cn-north-4"},
        **options,
    }


def play(stage: Stage, *entries: Entry, arguments: t.Sequence[str] = (), **options: t.Any) -> RoleTurn:
    return play_book(stage, "esa_https", variables(stage, *entries, **options), *arguments)


def cname_entry(*domains: str, **more: t.Any) -> Entry:
    return {"site": "example.org", "domains": list(domains), **more}


def add_zone(stage: Stage, provider: str, name: str = "example.org") -> None:
    if provider == "huawei":
        stage.emulator.control("POST", "/huawei/zones", {"name": name})
    else:
        cloud = {"dnspod": "tencent", "alidns": "aliyun"}[provider]
        stage.emulator.control("POST", f"/state/{cloud}", {"zones": [{"name": name}]})


def records(stage: Stage, name: str = "example.org") -> str:
    """The zones of that name as text: what proves a domain is found in it by its label."""
    found = []
    for cloud in ("tencent", "aliyun", "huawei"):
        zones = stage.emulator.control("GET", f"/state/{cloud}").get("zones", [])
        found += [zone for zone in zones if name in json.dumps(zone)]
    return json.dumps(found)


def certificates(stage: Stage) -> dict[str, str]:
    """The state of each domain's free certificate, by the emulator's own account."""
    rows = stage.emulator.control("GET", "/state/aliyun")["esa_certificates"]
    return {name: row["status"] for row in rows if row["type"] == "free" for name in row["names"]}


def proofs_file(stage: Stage) -> Path:
    return stage.folder / "home" / ".esa_https.localhost.json"


def check_quiet(stage: Stage, *entries: Entry) -> None:
    """Unchanged, by reads alone, in both modes."""
    for arguments in (["--check", "--diff"], ["--diff"]):
        turn = play(stage, *entries, arguments=arguments)
        assert turn.run.returncode == 0, turn.run.output
        assert (turn.changed_tasks, turn.writes()) == ([], [])
        assert set(turn.operations()) == {"ListSites", "ListCertificates"}
        assert len(turn.operations()) == 2 * len(entries)


def test_a_site_that_proves_itself(stage: Stage) -> None:
    stage.emulator.control("POST", "/aliyun/settings", {"esa": {"issue_delay": 500}})
    predicted = play(stage, NS_ENTRY, arguments=["--check", "--diff"])
    assert (predicted.run.returncode, predicted.writes()) == (0, []), predicted.run.output
    real = play(stage, NS_ENTRY, arguments=["--diff"])
    assert real.run.returncode == 0, real.run.output
    assert real.writes() == [APPLY]
    assert predicted.changed_tasks == real.changed_tasks != []
    assert set(certificates(stage)) == set(NS_ENTRY["domains"])
    check_quiet(stage, NS_ENTRY)


@pytest.mark.parametrize(
    ("provider", "zone"), [("dnspod", None), ("alidns", None), ("huawei", None), ("dnspod", "example.org")]
)
def test_proofs_are_published_and_removed(stage: Stage, provider: str, zone: str | None) -> None:
    add_zone(stage, provider)
    entry = cname_entry(STAR, SINGLE, dns_provider=provider, **({} if zone is None else {"dns_zone": zone}))
    predicted = play(stage, entry, arguments=["--check", "--diff"])
    assert (predicted.run.returncode, predicted.writes()) == (0, []), predicted.run.output
    assert not proofs_file(stage).exists()
    real = play(stage, entry, arguments=["--diff"])
    assert real.run.returncode == 0, real.run.output
    writes = real.writes()
    assert writes[0] == APPLY
    assert (writes.count(ADD[provider]), writes.count(REMOVE[provider])) == (2, 2)
    # By the time of the wait everything may be issued already.
    assert {task for task in predicted.changed_tasks if "Wait" not in task} <= set(real.changed_tasks)
    assert certificates(stage).keys() >= {STAR, SINGLE}
    assert "_acme-challenge" not in records(stage)
    assert not proofs_file(stage).exists()
    check_quiet(stage, entry)


def test_the_delegation_for_digicert_stays(stage: Stage) -> None:
    add_zone(stage, "dnspod")
    entry = cname_entry(SINGLE, dns_provider="dnspod", type="digicert_single")
    real = play(stage, entry)
    assert real.run.returncode == 0, real.run.output
    assert "_dnsauth.www" in records(stage)
    assert not proofs_file(stage).exists()
    check_quiet(stage, entry)


def test_the_delegation_goes_when_it_is_not_wanted(stage: Stage) -> None:
    add_zone(stage, "dnspod")
    entry = cname_entry(SINGLE, dns_provider="dnspod", type="digicert_single")
    real = play(stage, entry, esa_https_keep_delegation=False)
    assert real.run.returncode == 0, real.run.output
    assert "_dnsauth" not in records(stage)


def test_a_stuck_application_ends_with_the_records_that_are_missing(stage: Stage) -> None:
    """Nobody publishes them; other sites are not kept from theirs."""
    stuck = cname_entry(STAR)
    turn = play(stage, stuck, NS_ENTRY, esa_https_wait_timeout=60)
    assert turn.run.returncode != 0
    assert certificates(stage)["www.example.com"] in ("OK", "Issued")
    first, second = turn.failures
    assert first.startswith("example.org (issue): ")
    assert f"{STAR} is Applying" in first
    assert second.startswith(f"{STAR} (missing): TXT _acme-challenge.example.org ")
    said = turn.run.of("cncloud.certificates.esa_https : Say what is still to be published")
    (missing,) = said.result["ansible_facts"]["esa_https_missing"]
    assert (missing["site"], missing["domain"], missing["type"]) == ("example.org", STAR, "TXT")
    one = {"name": missing["record"], "type": missing["type"], "values": [missing["value"]]}
    stage.emulator.control("POST", "/dns", one)
    again = play(stage, stuck, NS_ENTRY)
    assert again.run.returncode == 0, again.run.output
    assert again.writes() == []


def test_a_failed_application_does_not_stop_the_others(stage: Stage) -> None:
    stage.emulator.control("POST", "/aliyun/settings", {"esa": {"outcomes": {"www.example.com": "fail"}}})
    first = play(stage, {**NS_ENTRY, "domains": ["www.example.com"]})
    assert first.run.returncode != 0
    turn = play(stage, NS_ENTRY)
    (sentence,) = turn.failures
    assert sentence.startswith(
        "example.com (application): 1 application for a free certificate failed: www.example.com"
    )
    assert certificates(stage)["example.com"] in ("OK", "Issued")
    stage.emulator.control("POST", "/aliyun/settings", {"esa": {"outcomes": {}}})
    retried = {**NS_ENTRY, "retry_failed": True}
    predicted = play(stage, retried, arguments=["--check"])
    assert predicted.run.returncode == 0, predicted.run.output
    repaired = play(stage, retried)
    assert repaired.run.returncode == 0, repaired.run.output
    assert repaired.writes() == [APPLY]
    check_quiet(stage, NS_ENTRY)


def test_a_record_that_cannot_be_published_is_named(stage: Stage) -> None:
    """There is no such zone: its site is not waited for."""
    turn = play(stage, cname_entry(STAR, dns_provider="dnspod"), NS_ENTRY)
    assert turn.run.returncode != 0
    (sentence,) = turn.failures
    assert sentence.startswith(f"{STAR} (proof _acme-challenge.example.org): ")
    assert certificates(stage)["www.example.com"] in ("OK", "Issued")


def test_a_site_that_is_not_there_is_named(stage: Stage) -> None:
    turn = play(stage, {"site": "example.net", "domains": ["example.net"]}, NS_ENTRY)
    (sentence,) = turn.failures
    assert sentence.startswith("example.net (application): The account has no ESA site example.net.")
    assert certificates(stage)["www.example.com"] in ("OK", "Issued")


@pytest.mark.parametrize(
    ("operation", "executed"),
    [(APPLY, True), ("CreateRecord", True), ("CreateRecord", False), ("DeleteRecord", True), ("DeleteRecord", False)],
)
def test_killed_and_run_again(stage: Stage, operation: str, executed: bool) -> None:
    add_zone(stage, "dnspod")
    entry = cname_entry(STAR, dns_provider="dnspod")
    kill_book(stage, "esa_https", variables(stage, entry), operation=operation, executed=executed)
    again = play(stage, entry)
    assert again.run.returncode == 0, again.run.output
    assert set(certificates(stage)) == {STAR}
    assert "_acme-challenge" not in records(stage), again.run.output + records(stage)
    assert not proofs_file(stage).exists()
    check_quiet(stage, entry)
