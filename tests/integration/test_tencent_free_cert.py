# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A free certificate of Tencent Cloud in four runs (check, real, check, real), for every way of proving the domain."""

from __future__ import annotations

import stat
import typing as t
from pathlib import Path

import pytest
from integration.stage import (
    FourRuns,
    Stage,
    Task,
    fingerprint,
    openssl,
    public_key_of_certificate,
    public_key_of_private_key,
)

pytestmark = pytest.mark.xdist_group("tencent_free_cert")

FREE_CERT = "cncloud.certificates.tencent_free_cert"
ALGORITHMS = {"rsa": "rsaEncryption", "ecc": "id-ecPublicKey"}
DOMAINS = ("rsa.example.com", "ecc.example.com", "dns.example.com", "file.example.com")


def order(stage: Stage, domain: str, method: str, **more: t.Any) -> Task:
    """A task that asks for all four files."""
    paths = {
        f"{kind}_path": str(stage.folder / f"{domain}.{kind}")
        for kind in ("certificate", "chain", "fullchain", "private_key")
    }
    return {FREE_CERT: {"domain": domain, "dv_auth_method": method, **paths, **more}}


def chain_of_tasks(stage: Stage, domain: str, method: str, publish: Task) -> dict[str, Task]:
    """What a play does whose user publishes the proof: order, publish, wait."""
    return {
        f"{method}: order": {**order(stage, domain, method, wait=False), "register": "ordered"},
        f"{method}: publish": {**publish, "loop": "{{ ordered.challenge }}"},
        f"{method}: wait": order(stage, domain, method),
    }


@pytest.fixture(scope="module", name="runs")
def _runs(shared_stage: Stage) -> dict[str, FourRuns]:
    stage = shared_stage
    web_root = stage.emulator.info["web_root"]
    record = {
        "cncloud.certificates.tencent_dns_record": {
            "zone": "{{ item.zone }}",
            "name": "{{ item.record }}",
            # Check mode does not know the type yet; either is one record.
            "type": "{{ item.type if item.type == 'CNAME' else 'TXT' }}",
            "value": "{{ item.value }}",
        }
    }
    folder = f"{web_root}/file.example.com/.well-known/pki-validation"
    Path(folder).mkdir(parents=True, exist_ok=True)
    file = {"ansible.builtin.copy": {"dest": f"{folder}/{{{{ item.path | basename }}}}", "content": "{{ item.value }}"}}
    return stage.rounds(
        {
            "dns_auto, RSA": order(stage, "rsa.example.com", "dns_auto", key_algorithm="rsa"),
            "dns_auto, ECC": order(stage, "ecc.example.com", "dns_auto", key_algorithm="ecc"),
            **chain_of_tasks(stage, "dns.example.com", "dns", record),
            **chain_of_tasks(stage, "file.example.com", "file", file),
        }
    )


@pytest.mark.parametrize("name", ["dns_auto, RSA", "dns_auto, ECC"])
def test_check_mode_tells_the_truth_and_the_second_round_changes_nothing(runs: dict[str, FourRuns], name: str) -> None:
    runs[name].checked()


@pytest.mark.parametrize("name", ["dns: order", "file: order"])
def test_order_whose_proof_the_user_publishes_is_predicted(runs: dict[str, FourRuns], name: str) -> None:
    four = runs[name]
    assert four.predicted.changed is four.real.changed is True
    assert (four.predicted.diff, four.predicted.actions) == (four.real.diff, four.real.actions)
    assert four.predicted.result.result["challenge"][0]["value"] == "(known after apply)"
    assert four.predicted_again.changed is four.real_again.changed is False


@pytest.mark.parametrize("method", ["dns", "file"])
def test_whole_chain_is_predicted_from_an_empty_account(runs: dict[str, FourRuns], method: str) -> None:
    for step in ("order", "publish", "wait"):
        four = runs[f"{method}: {step}"]
        assert four.predicted.changed is four.real.changed is True, step
    for step in ("order", "wait"):
        four = runs[f"{method}: {step}"]
        assert four.predicted_again.changed is four.real_again.changed is False, step
    # Nothing is left to publish once it is issued.
    assert runs[f"{method}: publish"].real_again.result.status == "skipped"


@pytest.mark.parametrize("domain", DOMAINS)
def test_private_key_fits_the_certificate(runs: dict[str, FourRuns], shared_stage: Stage, domain: str) -> None:
    leaf, key = (shared_stage.folder / f"{domain}.{kind}" for kind in ("certificate", "private_key"))
    assert public_key_of_certificate(leaf) == public_key_of_private_key(key)
    assert fingerprint(shared_stage.folder / f"{domain}.fullchain") == fingerprint(leaf)


@pytest.mark.parametrize("domain", DOMAINS)
def test_chain_leads_to_the_authority(runs: dict[str, FourRuns], shared_stage: Stage, domain: str) -> None:
    leaf, chain, full = (shared_stage.folder / f"{domain}.{kind}" for kind in ("certificate", "chain", "fullchain"))
    roots = shared_stage.emulator.info["ca_bundle"]
    for untrusted in (chain, full):
        answer = openssl("verify", "-CAfile", roots, "-untrusted", untrusted, "-verify_hostname", domain, leaf)
        assert answer.endswith(": OK\n")


@pytest.mark.parametrize("domain", DOMAINS)
def test_certificate_is_for_the_domain(runs: dict[str, FourRuns], shared_stage: Stage, domain: str) -> None:
    leaf = shared_stage.folder / f"{domain}.certificate"
    assert f"DNS:{domain}" in openssl("x509", "-in", leaf, "-noout", "-ext", "subjectAltName")


@pytest.mark.parametrize(("domain", "algorithm"), [("rsa.example.com", "rsa"), ("ecc.example.com", "ecc")])
def test_key_is_of_the_algorithm_asked_for(
    runs: dict[str, FourRuns], shared_stage: Stage, domain: str, algorithm: str
) -> None:
    text = openssl("x509", "-in", shared_stage.folder / f"{domain}.certificate", "-noout", "-text")
    assert f"Public Key Algorithm: {ALGORITHMS[algorithm]}" in text


def test_ecc_order_names_a_curve(runs: dict[str, FourRuns]) -> None:
    (order,) = [call for call in runs["dns_auto, ECC"].real.calls if call["operation"] == "ApplyCertificate"]
    assert order["request"]["CsrEncryptAlgo"] == "ECC"
    assert order["request"]["CsrKeyParameter"] == "prime256v1"


@pytest.mark.parametrize("domain", DOMAINS)
def test_key_is_for_its_owner_alone_and_the_rest_for_everybody(
    runs: dict[str, FourRuns], shared_stage: Stage, domain: str
) -> None:
    modes = {path.suffix: stat.S_IMODE(path.stat().st_mode) for path in shared_stage.folder.glob(f"{domain}.*")}
    assert modes == {".certificate": 0o644, ".chain": 0o644, ".fullchain": 0o644, ".private_key": 0o600}


@pytest.mark.parametrize("name", ["dns_auto, RSA", "dns_auto, ECC", "dns: wait", "file: wait"])
def test_result_describes_the_file(runs: dict[str, FourRuns], shared_stage: Stage, name: str) -> None:
    for turn in (runs[name].real, runs[name].predicted_again, runs[name].real_again):
        certificate = turn.result.result["certificate"]
        leaf = shared_stage.folder / f"{certificate['name']}.certificate"
        serial = openssl("x509", "-in", leaf, "-noout", "-serial").strip().partition("=")[2].lower()
        assert certificate["fingerprint_sha256"] == fingerprint(leaf)
        assert certificate["serial_number"] == serial.lstrip("0")
        assert leaf.read_text().startswith(f"# cncloud: {certificate['id']}\n")


@pytest.mark.parametrize("name", ["dns_auto, RSA", "dns_auto, ECC", "dns: wait", "file: wait"])
def test_run_without_a_change_lists_once_and_fetches_no_key(runs: dict[str, FourRuns], name: str) -> None:
    for turn in (runs[name].predicted_again, runs[name].real_again):
        assert turn.operations() == ["DescribeCertificates"]
        assert not any(call["key_bearing"] for call in turn.calls)


def test_key_is_fetched_once_for_each_certificate(runs: dict[str, FourRuns]) -> None:
    for name in ("dns_auto, RSA", "dns_auto, ECC", "dns: wait", "file: wait"):
        assert [call["operation"] for call in runs[name].real.calls if call["key_bearing"]] == [
            "DescribeCertificateDetail"
        ]


def test_no_private_key_shows(runs: dict[str, FourRuns], shared_stage: Stage) -> None:
    secrets = ["PRIVATE KEY", shared_stage.environ()["TENCENTCLOUD_SECRET_KEY"]]
    for key in shared_stage.folder.glob("*.private_key"):
        secrets.append(key.read_text().splitlines()[1])
    for turn in (runs["dns_auto, RSA"].real, runs["dns_auto, RSA"].predicted):
        shown = turn.run.output + "".join(str(each.result) for each in turn.run.results)
        assert [secret for secret in secrets if secret in shown] == []


def test_info_module_lists_what_was_issued(runs: dict[str, FourRuns], shared_stage: Stage) -> None:
    turn = shared_stage.turn({"cncloud.certificates.tencent_cert_info": {"status": ["issued"]}})
    assert turn.changed is False
    assert turn.operations() == ["DescribeCertificates"]
    listed = {row["name"]: row for row in turn.result.result["certificates"]}
    assert sorted(listed) == sorted(DOMAINS)
    for name in ("dns_auto, RSA", "dns_auto, ECC", "dns: wait", "file: wait"):
        certificate = runs[name].real_again.result.result["certificate"]
        told_by_the_list = {
            key: value
            for key, value in certificate.items()
            if key not in ("issuer", "serial_number", "fingerprint_sha256")
        }
        row = listed[certificate["name"]]
        assert {key: row[key] for key in told_by_the_list} == told_by_the_list


def test_order_that_is_given_up_is_cancelled_and_deleted_after_an_hour(stage: Stage) -> None:
    stage.emulator.control("POST", "/settings/tencent", {"behaviour": "stuck"})
    made = stage.turn({FREE_CERT: {"domain": "off.example.com", "dv_auth_method": "dns", "wait": False}})
    assert made.writes() == ["ApplyCertificate"]
    absent: Task = {FREE_CERT: {"domain": "off.example.com", "state": "absent"}}
    runs = stage.four_runs(absent)
    assert runs.real.writes() == ["CancelCertificateOrder", "DeleteCertificate"]
    assert runs.real.result.result["certificate"] is None
    order_id = made.result.result["certificate"]["id"]
    stage.emulator.control("POST", f"/certificates/{order_id}/age", {"ordered_hours_ago": 1.1})
    later = stage.turn(absent)
    assert later.writes() == ["DeleteCertificate"]
    assert stage.emulator.control("GET", "/state/tencent")["certificates"] == []


def test_issued_certificate_is_given_up_only_when_told_to_revoke(stage: Stage) -> None:
    stage.emulator.control("POST", "/certificates", {"domain": "off.example.com"})
    refused = stage.turn({FREE_CERT: {"domain": "off.example.com", "state": "absent"}, "ignore_errors": True})
    assert refused.result.result["error"]["kind"] == "conflict"
    assert "revoke" in refused.result.result["error"]["hint"]
    assert refused.writes() == []
    runs = stage.four_runs({FREE_CERT: {"domain": "off.example.com", "state": "absent", "revoke": True}})
    assert runs.real.writes() == ["RevokeCertificate"]
    assert runs.real.result.result["challenge"][0]["value"]
    assert runs.real_again.result.result["challenge"] == runs.real.result.result["challenge"]
