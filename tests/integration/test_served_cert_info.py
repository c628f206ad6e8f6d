# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a TLS client really gets from the edge: by name, by kind of key, and until what is expected comes."""

from __future__ import annotations

import typing as t

import pytest
from integration.stage import Files, Stage, Task, Turn, openssl

pytestmark = pytest.mark.xdist_group("served_cert_info")

DOMAIN = "api.example.com"
ABSENT = "0" * 64


class Outcome(t.NamedTuple):
    turns: dict[str, Turn]
    predicted: dict[str, Turn]
    files: dict[str, Files]


@pytest.fixture(scope="module", name="outcome")
def _outcome(shared_stage: Stage) -> Outcome:
    stage = shared_stage
    files = {kind: stage.make_certificate(kind, names=[DOMAIN], algorithm=kind) for kind in ("RSA", "ECC")}
    for kind, one in files.items():
        material = {"cert_content": one.certificate.read_text(), "private_key": one.private_key.read_text()}
        stage.emulator.control("POST", "/huawei/certificates", {"name": f"served_{kind}", "bind": [DOMAIN], **material})
    info = stage.emulator.info

    def look(**options: t.Any) -> Task:
        given = {"host": DOMAIN, "connect_to": f"{info['edge_host']}:{info['edge_port']}", "wait": False, **options}
        return {"cncloud.certificates.served_cert_info": given, "ignore_errors": True}

    tasks = {
        "rsa": look(key_algorithm="rsa", ca_bundle=info["ca_bundle"]),
        "ecc": look(key_algorithm="ecc", ca_bundle=info["ca_bundle"]),
        "expected": look(key_algorithm="rsa", expect_fingerprint=files["RSA"].sha256.upper()),
        "another": look(key_algorithm="rsa", expect_fingerprint=ABSENT),
        "another, reported": look(key_algorithm="rsa", expect_fingerprint=ABSENT, on_mismatch="report"),
        "waited in vain": look(
            key_algorithm="rsa", expect_fingerprint=ABSENT, wait=True, wait_timeout=1, wait_interval=0.2
        ),
        "not trusted": look(validate_certs=True),
        "nothing served": look(host="none.example.com", retries=0),
        "not known yet": look(host="none.example.com", retries=0, expect_fingerprint="(known after apply)"),
    }
    return Outcome(stage.turns(tasks), stage.turns(tasks, "--check", "--diff"), files)


def test_nothing_is_ever_changed_and_no_cloud_is_asked(outcome: Outcome) -> None:
    for turn in (*outcome.turns.values(), *outcome.predicted.values()):
        assert turn.changed is False
        assert turn.result.result["request_ids"] == []


@pytest.mark.parametrize("kind", ["RSA", "ECC"])
def test_each_kind_of_key_has_its_certificate(outcome: Outcome, shared_stage: Stage, kind: str) -> None:
    served = outcome.turns[kind.lower()].result.result["served"]
    assert (
        served["fingerprint_sha256"]
        == outcome.files[kind].sha256
        == shared_stage.served(DOMAIN, algorithm=kind.lower())
    )
    assert served["key_algorithm"] == kind.lower()
    assert served["verified"] is True
    text = openssl("x509", "-in", outcome.files[kind].certificate, "-noout", "-serial")
    assert served["serial_number"] == text.strip().partition("=")[2].lower().lstrip("0")


def test_expected_one_is_recognised_however_it_is_written(outcome: Outcome) -> None:
    assert outcome.turns["expected"].result.result["served"]["matches"] is True


@pytest.mark.parametrize(("name", "kind"), [("another", "invalid"), ("waited in vain", "timeout")])
def test_another_one_is_a_failure_that_shows_it(outcome: Outcome, name: str, kind: str) -> None:
    result = outcome.turns[name].result
    assert result.status == "ignored"
    assert result.result["error"]["kind"] == kind
    assert result.result["served"]["fingerprint_sha256"] == outcome.files["RSA"].sha256


def test_another_one_is_reported_when_asked_for(outcome: Outcome) -> None:
    result = outcome.turns["another, reported"].result
    assert result.status == "ok"
    assert result.result["served"]["matches"] is False


def test_one_that_is_not_trusted_is_a_failure_when_asked_for(outcome: Outcome) -> None:
    result = outcome.turns["not trusted"].result
    assert result.status == "ignored"
    assert result.result["served"]["verified"] is False


def test_server_without_a_certificate_is_a_network_failure(outcome: Outcome) -> None:
    assert outcome.turns["nothing served"].result.result["error"]["kind"] == "network"


def test_check_mode_does_not_compare_what_is_not_known_yet(outcome: Outcome) -> None:
    assert outcome.predicted["not known yet"].result.status == "ok"
    assert outcome.turns["not known yet"].result.status == "ignored"
