# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates of a chain in four runs, both ways; lost keys; bad downloads; what OpenSSL says of the files."""

from __future__ import annotations

import stat
import typing as t

import pytest
from integration.both_ways import Way
from integration.stage import Stage, Task, Turn, openssl, public_key_of_certificate

pytestmark = pytest.mark.xdist_group("antchain_cert")

CHAIN = {"consortium_id": "consortium-emulator", "ant_chain_id": "chain-emulator"}
PASSWORD = "a-password-for-the-key"
SUBJECT = {
    "common_name": "settlement",
    "country": "CN",
    "state_or_province": "Zhejiang",
    "locality": "Hangzhou",
    "organization": "Example",
    "organizational_unit": "Operations",
}
LIST = "DescribeAntChainsV2"
APPLY, APPLY_WITH_KEY = "ApplyAntChainCertificate", "ApplyAntChainCertificateWithKeyAutoCreation"
RESET = "ResetAntChainCertificate"
METHODS = ("managed_key", "csr", "key made here")


def certificate(**options: t.Any) -> Task:
    return {"cncloud.certificates.antchain_cert": {**CHAIN, **options}}


def failing(**options: t.Any) -> Task:
    return {**certificate(**options), "ignore_errors": True}


def public_files(stage: Stage) -> dict[str, str]:
    names = {"certificate_path": "client.crt", "ca_path": "ca.crt", "trust_ca_path": "trustCa"}
    return {option: str(stage.folder / name) for option, name in names.items()}


def managed(stage: Stage) -> dict[str, t.Any]:
    return {
        "method": "managed_key",
        "subject": SUBJECT,
        "password": PASSWORD,
        "private_key_path": str(stage.folder / "client.key"),
        **public_files(stage),
    }


def options_of(stage: Stage, method: str) -> dict[str, t.Any]:
    """The options of a method; for `csr` OpenSSL makes key and signing request."""
    if method == "managed_key":
        return managed(stage)
    if method == "key made here":
        return {**managed(stage), "method": "csr", "subject": {"common_name": "settlement"}}
    key, request = stage.folder / "client.key", stage.folder / "client.csr"
    make = ("req", "-new", "-newkey", "rsa:2048", "-passout", f"pass:{PASSWORD}", "-subj", "/CN=settlement")
    openssl(*make, "-keyout", key, "-out", request)
    key.chmod(0o600)
    return {"csr_path": str(request), **public_files(stage)}


def settings(stage: Stage, **antchain: t.Any) -> None:
    stage.emulator.control("POST", "/aliyun/settings", {"antchain": antchain})


def applications(stage: Stage) -> list[dict[str, t.Any]]:
    rows: list[dict[str, t.Any]] = stage.emulator.control("GET", "/state/aliyun")["applications"]
    return rows


def listed(stage: Stage, **options: t.Any) -> list[dict[str, t.Any]]:
    """What the info module reads back."""
    info = {"consortium_id": CHAIN["consortium_id"], **options}
    turn = stage.turn({"cncloud.certificates.antchain_cert_info": info})
    assert turn.writes() == []
    rows: list[dict[str, t.Any]] = turn.result.result["certificates"]
    return rows


def check_files(stage: Stage) -> None:
    """OpenSSL decrypts the key with the password, and finds that it is of the certificate, and that of the chain."""
    key, leaf = stage.folder / "client.key", stage.folder / "client.crt"
    assert "ENCRYPTED" in key.read_text().splitlines()[0]
    public = openssl("pkey", "-in", key, "-passin", f"pass:{PASSWORD}", "-pubout")
    assert public == public_key_of_certificate(leaf)
    assert openssl("verify", "-CAfile", stage.folder / "ca.crt", leaf).endswith(": OK\n")
    assert leaf.read_text().splitlines()[0] == "# cncloud: consortium-emulator:chain-emulator"
    assert (stage.folder / "trustCa").read_bytes()[:4] == b"\xfe\xed\xfe\xed"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert left_over(stage) == []


def left_over(stage: Stage) -> list[str]:
    return sorted(path.name for path in stage.folder.glob(".client.key*"))


def error_of(turn: Turn) -> dict[str, t.Any]:
    assert turn.result.status == "ignored", turn.run.output
    assert PASSWORD not in turn.run.output
    assert "Signature=" not in turn.run.output
    return turn.result.result


# --- four runs ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", list(Way))
@pytest.mark.parametrize("method", METHODS)
def test_four_runs_and_the_files_that_they_leave(stage: Stage, method: str, way: Way) -> None:
    runs = stage.four_runs(certificate(**options_of(stage, method)), way=way)
    assert runs.real.writes() == [APPLY_WITH_KEY if method == "managed_key" else APPLY]
    for turn in (runs.predicted, runs.predicted_again, runs.real_again):
        assert turn.operations() == [LIST]
    check_files(stage)
    shown = runs.real.result.result["certificate"]
    (row,) = listed(stage)
    assert {name: shown[name] for name in ("id", "name", "status", "cloud")} == {
        name: row[name] for name in ("id", "name", "status", "cloud")
    }
    (application,) = applications(stage)
    assert shown["fingerprint_sha256"] == application["sha256"]
    assert application["subject"].startswith("CN=settlement")


def test_subject_stands_where_the_wire_names_it(stage: Stage) -> None:
    """The vendor's page has the labels of country and locality the wrong way round."""
    stage.turn(certificate(**managed(stage)))
    said = openssl("x509", "-in", stage.folder / "client.crt", "-noout", "-subject", "-nameopt", "RFC2253")
    for part in ("C=CN", "ST=Zhejiang", "L=Hangzhou", "O=Example", "OU=Operations", "CN=settlement"):
        assert part in said


@pytest.mark.parametrize(
    ("method", "way"), [("managed_key", Way.IN_PROCESS), ("managed_key", Way.MODULE), ("key made here", Way.IN_PROCESS)]
)
def test_lost_key_is_told_and_a_reset_repairs_it(stage: Stage, method: str, way: Way) -> None:
    options = options_of(stage, method)
    stage.turn(certificate(**options))
    before = (stage.folder / "client.crt").read_bytes()
    (stage.folder / "client.key").unlink()
    told = error_of(turn := stage.turn(failing(**options), way=way))
    assert told["error"]["kind"] == "conflict"
    assert turn.writes() == []
    runs = stage.four_runs(certificate(**options, on_key_loss="reset"), way=way)
    assert runs.real.writes() == [RESET, APPLY_WITH_KEY if method == "managed_key" else APPLY]
    assert any("can no longer connect" in text for text in runs.real.result.result["warnings"])
    assert "cut off" in runs.real.actions[0]
    assert (stage.folder / "client.crt").read_bytes() != before
    check_files(stage)


@pytest.mark.parametrize("way", list(Way))
def test_absent_in_four_runs(stage: Stage, way: Way) -> None:
    stage.turn(certificate(**options_of(stage, "csr")))
    runs = stage.four_runs(certificate(state="absent", on_key_loss="reset"), way=way)
    assert runs.real.writes() == [RESET]
    assert listed(stage) == []


@pytest.mark.parametrize(
    "antchain",
    [
        {"envelope": "data"},
        {"literal_newlines": True},
        {"envelope": "data", "literal_newlines": True, "list_lag": 5.0, "issue_delay": 20.0},
    ],
)
def test_shapes_of_the_answer_and_lag(stage: Stage, antchain: dict[str, t.Any]) -> None:
    settings(stage, **antchain)
    turn = stage.turn(certificate(**managed(stage)))
    assert turn.changed, turn.run.output
    check_files(stage)


@pytest.mark.parametrize("with_url", [True, False])
def test_approval_is_waited_for_and_the_next_run_goes_on(stage: Stage, with_url: bool) -> None:
    settings(stage, approval=True, client_url_when_pending=with_url)
    options = options_of(stage, "csr")
    told = error_of(stage.turn(failing(**options, wait_timeout=20)))
    assert (told["error"]["kind"], told["certificate"]["status"]) == ("timeout", "pending")
    unchanged = stage.turn(certificate(**options, wait=False))
    assert (unchanged.changed, unchanged.writes()) == (False, [])
    username = applications(stage)[0]["username"]
    assert [row["status"] for row in listed(stage, username=username)] == ["pending"]
    settings(stage, approval_delay=60.0)
    runs = stage.four_runs(certificate(**options))
    assert runs.real.writes() == []
    assert runs.real.result.result["certificate"]["status"] == "applied"
    check_files(stage)


def test_pending_application_that_the_chain_does_not_show_is_found_by_user_name(stage: Stage) -> None:
    settings(stage, approval=True, pending_status="ChainNotApplied")
    options = options_of(stage, "csr")
    stage.turn(certificate(**options, wait=False))
    username = applications(stage)[0]["username"]
    turn = stage.turn(certificate(**options, wait=False, username=username))
    assert (turn.changed, turn.writes()) == (False, [])
    assert turn.result.result["certificate"]["status"] == "pending"


# --- keys that are shown once ------------------------------------------------------------------------------


def test_destination_that_cannot_be_written_makes_no_call(stage: Stage) -> None:
    (stage.folder / "file").write_text("")
    options = {**managed(stage), "private_key_path": str(stage.folder / "file" / "client.key")}
    turn = stage.turn(failing(**options))
    assert error_of(turn)["error"]["kind"] == "local"
    assert turn.calls == []


def strike(stage: Stage, kind: str, operation: str = APPLY_WITH_KEY, **more: t.Any) -> None:
    stage.emulator.control("POST", "/faults", {"kind": kind, "match": {"operation": operation}, **more})


def test_lost_answer_is_told_by_the_next_run_and_a_reset_repairs_it(stage: Stage) -> None:
    strike(stage, "lost_answer")
    assert error_of(stage.turn(failing(**managed(stage))))["error"]["kind"] == "network"
    assert left_over(stage) == [".client.key.cncloud-asked"]
    turn = stage.turn(failing(**managed(stage)))
    assert "never came" in error_of(turn)["msg"]
    assert turn.writes() == []
    stage.four_runs(certificate(**managed(stage), on_key_loss="reset"))
    check_files(stage)


def test_lost_request_is_applied_for_by_the_next_run(stage: Stage) -> None:
    strike(stage, "lost_request")
    error_of(stage.turn(failing(**managed(stage))))
    stage.turn(certificate(**managed(stage)))
    assert len(applications(stage)) == 1
    check_files(stage)


@pytest.mark.parametrize("kind", ["truncated", "garbage", "wrong_types", "huge", "reset", "redirect"])
def test_answer_that_is_spoilt_never_leads_to_a_second_application(stage: Stage, kind: str) -> None:
    strike(stage, kind)
    told = error_of(stage.turn(failing(**managed(stage))))
    assert told["error"]["kind"] in ("protocol", "network")
    turn = stage.turn(failing(**managed(stage)))
    if turn.result.status == "ignored":
        assert error_of(turn)["error"]["kind"] == "conflict"
    else:
        check_files(stage)
    assert len(applications(stage)) == 1


# --- downloads ---------------------------------------------------------------------------------------------

REFUSED = {
    "html": "client.crt is a page",
    "huge": "larger than 1048576 bytes",
    "redirect": "redirect",
    "expired": "HTTP status 403",
}


@pytest.mark.parametrize(("answer", "method"), [*((answer, "csr") for answer in REFUSED), ("html", "managed_key")])
def test_download_that_is_not_what_it_claims_is_refused(stage: Stage, answer: str, method: str) -> None:
    settings(stage, download_answer=answer)
    options = options_of(stage, method)
    told = error_of(stage.turn(failing(**options)))
    assert told["error"]["kind"] == "protocol"
    assert "client.crt" in told["msg"]
    assert REFUSED[answer] in told["msg"]
    assert not (stage.folder / "client.crt").exists()
    settings(stage, download_answer="right")
    turn = stage.turn(certificate(**options))
    assert turn.writes() == []
    check_files(stage)


def test_certificate_of_another_key_is_refused(stage: Stage) -> None:
    settings(stage, download_answer="other_key")
    options = options_of(stage, "csr")
    told = error_of(stage.turn(failing(**options)))
    assert told["error"]["kind"] == "conflict"
    assert "another key" in told["msg"]
    assert not (stage.folder / "client.crt").exists()


@pytest.mark.parametrize("name", ["ca.crt", "trustCa"])
def test_authority_that_is_a_page_is_refused(stage: Stage, name: str) -> None:
    settings(stage, download_answer="html", download_files=[name])
    told = error_of(stage.turn(failing(**options_of(stage, "csr"))))
    assert name in told["msg"]
    assert not (stage.folder / "client.crt").exists()


def test_plain_address_elsewhere_needs_permission(stage: Stage) -> None:
    settings(stage, download_host="localhost")
    options = {**options_of(stage, "csr"), "timeout": 3}
    told = error_of(stage.turn(failing(**options)))
    assert "allow_plain_download" in told["msg"]
    stage.turn(certificate(**options, allow_plain_download=True))
    check_files(stage)


# --- permissions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "v2"),
    [(LIST, "enveloped"), (LIST, "http"), ("DescribeAntChainCertificateApplicationsV2", "enveloped")],
)
def test_forbidden_read_never_becomes_an_application(stage: Stage, operation: str, v2: str) -> None:
    settings(stage, v2_failures=v2)
    stage.emulator.control("POST", "/aliyun/settings", {"denied": [operation]})
    turn = stage.turn(failing(**managed(stage), username="uid-1", on_key_loss="reset"))
    assert error_of(turn)["error"]["kind"] == "permission"
    assert turn.writes() == []
    assert applications(stage) == []


def test_chain_that_is_not_there(stage: Stage) -> None:
    turn = stage.turn(failing(**{**managed(stage), "ant_chain_id": "other"}))
    assert error_of(turn)["error"]["kind"] == "not_found"


def test_applications_of_others_do_not_count(stage: Stage) -> None:
    stage.emulator.control("POST", "/state/aliyun", {"applications": [{"account": "2000000000000002"}]})
    turn = stage.turn(certificate(**options_of(stage, "csr")))
    assert turn.writes() == [APPLY]
    check_files(stage)
