# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role `issue_and_bind` killed, refused or out of time: the next run brings it to the end."""

from __future__ import annotations

import json
import typing as t

from integration.role import entry, kill_role, play_role
from integration.stage import Stage, fingerprint

KILLS = (
    ("ApplyCertificate", False),
    ("ApplyCertificate", True),
    ("CreateRecord", False),
    ("CreateRecord", True),
    ("DescribeCertificateDetail", True),
    ("AssociateCertificateV2", False),
    ("AssociateCertificateV2", True),
    ("DeleteRecord", False),
    ("DeleteRecord", True),
)
"""The call during which the run is killed, and whether the cloud still executes it."""


def certificates(stage: Stage) -> list[dict[str, t.Any]]:
    found: list[dict[str, t.Any]] = stage.emulator.control("GET", "/state/tencent")["certificates"]
    return found


def records(stage: Stage) -> list[str]:
    (zone,) = stage.emulator.control("GET", "/state/tencent")["zones"]
    return [one["name"] for one in zone["records"]]


def bound(stage: Stage, domain: str) -> list[str]:
    domains = stage.emulator.control("GET", "/state/huawei")["domains"]
    (found,) = [one["certificates"] for one in domains if one["name"] == domain]
    return list(found)


def test_killed_at_any_call_the_next_run_goes_on_from_there(stage: Stage) -> None:
    entries = [entry(stage, "api.example.com")]
    for operation, executed in KILLS:
        kill_role(stage, entries, operation=operation, executed=executed)
    last = play_role(stage, entries)
    assert last.run.returncode == 0, last.run.output
    # One order in all, one binding in all, and nothing left over.
    (certificate,) = certificates(stage)
    assert certificate["status"] == 1
    assert len(bound(stage, "api.example.com")) == 1
    assert len(stage.emulator.control("GET", "/state/huawei")["certificates"]) == 1
    assert stage.served("api.example.com") == fingerprint(stage.folder / "api.example.com.pem")
    assert records(stage) == []
    assert list(stage.folder.glob("*.challenge.json")) == []
    assert play_role(stage, entries).changed_tasks == []


def test_domain_that_fails_is_named_and_stops_no_other(stage: Stage) -> None:
    stage.add_domain("api.example.org")
    wildcard = {**entry(stage, "*.example.com"), "certificate_path": str(stage.folder / "wildcard.pem")}
    entries = [entry(stage, "api.example.org"), wildcard, entry(stage, "api.example.com")]
    turn = play_role(stage, entries)
    order, proof = turn.failures
    assert order.startswith("*.example.com (order): ")
    assert proof.startswith("api.example.org (proof): ")
    assert stage.served("api.example.com") == fingerprint(stage.folder / "api.example.com.pem")
    assert records(stage) == []


def test_record_does_not_go_into_a_zone_that_is_not_the_domains(stage: Stage) -> None:
    stage.emulator.control("POST", "/state/tencent", {"zones": [{"name": "example.net"}]})
    turn = play_role(stage, [entry(stage, "api.example.com", dns_zone="example.net")])
    (sentence,) = turn.failures
    assert sentence.startswith("api.example.com (proof): ")
    assert "example.net" in sentence
    assert "CreateRecord" not in turn.operations()


def test_proof_is_kept_when_time_runs_out_and_the_next_run_resumes(stage: Stage) -> None:
    stage.emulator.control("POST", "/settings/tencent", {"behaviour": "stuck"})
    entries = [entry(stage, "api.example.com")]
    turn = play_role(stage, entries, issue_and_bind_wait_timeout=100)
    (sentence,) = turn.failures
    assert sentence.startswith("api.example.com (issue): ")
    kept = json.loads((stage.folder / "api.example.com.pem.challenge.json").read_text())
    (challenge,) = kept["challenge"]
    assert records(stage) == [challenge["name"]]
    (certificate,) = certificates(stage)
    stage.emulator.control("POST", f"/certificates/{certificate['id']}", {"behaviour": "issue"})
    again = play_role(stage, entries)
    assert again.run.returncode == 0, again.run.output
    assert "ApplyCertificate" not in again.operations()
    assert stage.served("api.example.com") == fingerprint(stage.folder / "api.example.com.pem")
    assert records(stage) == []
    assert list(stage.folder.glob("*.challenge.json")) == []
