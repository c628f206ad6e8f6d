# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role `issue_and_bind` in four runs from an empty account, one domain for each way of proving it."""

from __future__ import annotations

import shutil
import typing as t
from pathlib import Path

import pytest
from integration.role import RoleTurn, entry, play_role
from integration.stage import Stage, fingerprint, openssl, public_key_of_certificate, public_key_of_private_key

pytestmark = pytest.mark.xdist_group("issue_and_bind")

DOMAINS = {"api.example.com": "rsa", "shop.example.com": "ecc", "file.example.com": "rsa"}
PREDICTED = {
    "Order each certificate, or find the one that is there",
    "Keep each proof until it is removed again",
    "Add or remove each record, in DNSPod",
    "Make the folder of each file that proves a domain",
    "Publish each file that proves a domain",
    "Wait for each certificate and write its files",
    "Bind each certificate",
}
REMOVED = {
    "Add or remove each record, in DNSPod",
    "Remove the files that proved the domains",
    "Forget the proofs",
}


class Runs(t.NamedTuple):
    predicted: RoleTurn
    real: RoleTurn
    predicted_again: RoleTurn
    real_again: RoleTurn
    left_by_check_mode: set[str]
    """Names in the folder after the first run."""


def plain(task: str) -> str:
    return task.rpartition(" : ")[2]


@pytest.fixture(scope="module", name="runs")
def _runs(shared_stage: Stage) -> Runs:
    stage = shared_stage
    web_root = Path(stage.emulator.info["web_root"]) / "file.example.com"
    shutil.rmtree(web_root, ignore_errors=True)  # the emulator's folder outlives its other state
    for domain in list(DOMAINS)[1:]:
        stage.add_domain(domain)
    entries = [
        entry(stage, "api.example.com", key_algorithm="rsa"),
        entry(stage, "shop.example.com", key_algorithm="ecc", dv_auth_method="dns_auto"),
        entry(stage, "file.example.com", dv_auth_method="file", web_root=str(web_root)),
    ]
    predicted = play_role(stage, entries, "--check", "--diff")
    left = {path.name for folder in (stage.folder, web_root) for path in folder.glob("*")}
    return Runs(
        predicted=predicted,
        real=play_role(stage, entries, "--diff"),
        predicted_again=play_role(stage, entries, "--check", "--diff"),
        real_again=play_role(stage, entries, "--diff"),
        left_by_check_mode=left,
    )


def test_all_runs_succeed(runs: Runs) -> None:
    for turn in runs[:4]:
        assert turn.run.returncode == 0, turn.run.output


def test_check_mode_predicts_the_whole_chain_from_an_empty_account(runs: Runs) -> None:
    assert {plain(task) for task in runs.predicted.changed_tasks} == PREDICTED


def test_check_mode_writes_nothing(runs: Runs) -> None:
    assert runs.predicted.writes() == runs.predicted_again.writes() == []
    ours = {"home", "hosts.yml", "results.jsonl", "variables.json"}
    assert runs.left_by_check_mode <= ours


def test_real_run_does_what_was_predicted_and_takes_the_proofs_away(runs: Runs) -> None:
    assert {plain(task) for task in runs.real.changed_tasks} == PREDICTED | REMOVED


@pytest.mark.parametrize(("domain", "algorithm"), DOMAINS.items())
def test_served_certificate_is_the_issued_one(runs: Runs, shared_stage: Stage, domain: str, algorithm: str) -> None:
    assert shared_stage.served(domain, algorithm=algorithm) == fingerprint(shared_stage.folder / f"{domain}.pem")


@pytest.mark.parametrize("domain", DOMAINS)
def test_files_belong_together(runs: Runs, shared_stage: Stage, domain: str) -> None:
    leaf, key, chain = (shared_stage.folder / f"{domain}.{suffix}" for suffix in ("pem", "key", "fullchain.pem"))
    assert public_key_of_certificate(leaf) == public_key_of_private_key(key)
    roots = shared_stage.emulator.info["ca_bundle"]
    openssl("verify", "-CAfile", roots, "-untrusted", chain, "-verify_hostname", domain, leaf)


def test_no_proof_is_left(runs: Runs, shared_stage: Stage) -> None:
    (zone,) = shared_stage.emulator.control("GET", "/state/tencent")["zones"]
    written_by_the_cloud = {one["name"] for one in zone["records"] if "shop" in one["name"]}
    assert {one["name"] for one in zone["records"]} == written_by_the_cloud
    web_root = Path(shared_stage.emulator.info["web_root"]) / "file.example.com"
    assert [path for path in web_root.rglob("*") if path.is_file()] == []
    assert list(shared_stage.folder.glob("*.challenge.json")) == []


def test_nothing_changes_when_nothing_is_due(runs: Runs) -> None:
    for turn in (runs.predicted_again, runs.real_again):
        assert turn.changed_tasks == []
        assert turn.writes() == []


def test_nothing_due_costs_one_list_call_and_two_reads_a_domain(runs: Runs) -> None:
    assert sorted(runs.real_again.operations()) == sorted(
        ["DescribeCertificates", "ListApiGroupsV2", "ShowDetailsOfCertificateV2"] * len(DOMAINS)
    )


def test_what_listens_is_told_of_a_change_alone(runs: Runs) -> None:
    assert "RUNNING HANDLER" in runs.real.run.output
    assert "RUNNING HANDLER" not in runs.real_again.run.output


def test_no_private_key_shows(runs: Runs, shared_stage: Stage) -> None:
    keys = [(shared_stage.folder / f"{domain}.key").read_text().splitlines()[1] for domain in DOMAINS]
    secrets = ["PRIVATE KEY", *keys, *shared_stage.environ().values()]
    secrets = [secret for secret in secrets if len(secret) > 20 and not secret.startswith(("AKID", "EMULATOR", "0123"))]
    for turn in runs[:4]:
        shown = turn.run.output + "".join(str(each.result) for each in turn.run.results)
        assert [secret for secret in secrets if secret in shown] == []
