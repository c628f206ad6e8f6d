# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tencent_free_cert call by call: exactly the calls that are listed, and what is left on disk."""

from __future__ import annotations

import datetime
import json
import os
import stat
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import execute
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import NetworkFailure, Ran
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent import client as client_module
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.free_cert import ENTRY
from ansible_collections.cncloud.certificates.tests.unit.authority import Issued, issue, key_pem, make_key
from ansible_collections.cncloud.certificates.tests.unit.doubles import START
from ansible_collections.cncloud.certificates.tests.unit.plugins.module_utils._tencent.scripted import (
    ENDPOINT,
    SECRET_ID,
    SECRET_KEY,
    Exchange,
    Script,
    context,
    refusal,
)

DOMAIN = "a.example.com"
LIST = "DescribeCertificates"
LOOK = "DescribeCertificate"
KEY_CALL = "DescribeCertificateDetail"
LOST = NetworkFailure("The connection broke.", retryable=True, ran=Ran.UNKNOWN)
BEGINS, ENDS = START - datetime.timedelta(days=10), START + datetime.timedelta(days=80)
PROOF = {
    "DvAuthKey": f"_p.{DOMAIN}",
    "DvAuthValue": "v.trust-provider.com",
    "DvAuthDomain": "example.com",
    "DvAuthSubDomain": "_p.a",
    "DvAuthVerifyType": "CNAME",
}
CHALLENGE = {
    "type": "CNAME",
    "zone": "example.com",
    "name": "_p.a",
    "record": f"_p.{DOMAIN}",
    "value": "v.trust-provider.com",
    "path": None,
}


def beijing(moment: datetime.datetime) -> str:
    return (moment + datetime.timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")


def wire(id: str, status: int = 1, **members: t.Any) -> dict[str, t.Any]:
    """A certificate as the service tells it; issued, or ordered two hours ago."""
    issued = status in (1, 3, 9, 10)
    return {
        "CertificateId": id,
        "Domain": DOMAIN,
        "SubjectAltName": [DOMAIN],
        "Status": status,
        "From": "trustasia",
        "CertificateType": "SVR",
        "PackageType": "83",
        "VerifyType": "DNS_AUTO",
        "ProjectId": "0",
        "Alias": "",
        "CertBeginTime": beijing(BEGINS) if issued else None,
        "CertEndTime": beijing(ENDS) if issued else None,
        "InsertTime": beijing(START - datetime.timedelta(hours=2)),
        **members,
    }


def listed(*rows: dict[str, t.Any]) -> Exchange:
    sends = {"Offset": 0, "Limit": 1000, "SearchKey": DOMAIN}
    return Exchange(LIST, sends=sends, answer={"TotalCount": len(rows), "Certificates": list(rows)})


def told(id: str, status: int, **members: t.Any) -> Exchange:
    return Exchange(LOOK, sends={"CertificateId": id}, answer=wire(id, status, **members))


def pending(id: str, **members: t.Any) -> Exchange:
    return told(id, 0, VerifyType="DNS", DvAuthDetail={"DvAuths": [PROOF]}, **members)


def applied(id: str = "new", **more: t.Any) -> Exchange:
    sends = {"DvAuthMethod": "DNS_AUTO", "DomainName": DOMAIN, **more}
    return Exchange("ApplyCertificate", sends=sends, answer={"CertificateId": id})


def with_key(id: str, issued: Issued, **members: t.Any) -> Exchange:
    answer = wire(id, **members)
    answer |= {"CertificatePublicKey": issued.fullchain_pem, "CertificatePrivateKey": issued.key_pem}
    return Exchange(KEY_CALL, sends={"CertificateId": id}, answer=answer)


class Stage:
    """Runs the module against a script and keeps what it warned of and masked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self._monkeypatch = monkeypatch
        self.folder = folder
        self.warned: list[str] = []
        self.masked: list[str] = []
        self.slept: list[float] = []
        self.script = Script([])

    def run(self, *exchanges: Exchange, check: bool = False, **options: t.Any) -> dict[str, t.Any]:
        given = {"endpoint": ENDPOINT, "secret_id": SECRET_ID, "secret_key": SECRET_KEY, **options}
        if "domain" not in given and "certificate_id" not in given:
            given["domain"] = DOMAIN
        checked = ArgumentSpecValidator(ENTRY.argument_spec, **ENTRY.constraints()).validate(given)
        assert not checked.error_messages, checked.error_messages
        self.script = Script(exchanges)
        self._monkeypatch.setattr(client_module, "Transport", self.script)
        surroundings = context(check_mode=check, home=str(self.folder))
        surroundings.warn, surroundings.mask = self.warned.append, self.masked.append
        result = execute(ENTRY, checked.validated_parameters, surroundings)
        self.slept = surroundings.clock.sleeps  # type: ignore[attr-defined]  # it is a FakeClock
        self.script.done()
        shown = json.dumps(result)
        assert "PRIVATE KEY" not in shown
        assert SECRET_KEY not in shown
        return result

    def fail(self, *exchanges: Exchange, kind: str, **options: t.Any) -> dict[str, t.Any]:
        result = self.run(*exchanges, **options)
        assert result.get("failed"), result
        assert result["error"]["kind"] == kind, result["msg"]
        return result

    @property
    def files(self) -> dict[str, t.Any]:
        return {
            "certificate_path": str(self.folder / "leaf.pem"),
            "chain_path": str(self.folder / "chain.pem"),
            "fullchain_path": str(self.folder / "full.pem"),
            "private_key_path": str(self.folder / "key.pem"),
        }


@pytest.fixture(name="stage")
def _stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stage:
    return Stage(monkeypatch, tmp_path)


@pytest.fixture(name="issued", scope="module")
def _issued() -> Issued:
    return issue(DOMAIN, start=BEGINS, end=ENDS)


@pytest.mark.parametrize("check", [True, False])
def test_nothing_to_do_is_one_list_call(stage: Stage, check: bool) -> None:
    result = stage.run(listed(wire("a")), check=check)
    assert (result["changed"], result["actions"], result["diff"]) == (False, [], {"before": {}, "after": {}})
    assert (result["certificate"]["id"], result["certificate"]["days_left"]) == ("a", 80)
    assert (result["challenge"], result["renewal"], result["ignored"], result["files"]) == ([], None, [], [])
    assert result["request_ids"] == ["id-1"]


def test_order_write_and_find_it_as_it_should_be(stage: Stage, issued: Issued) -> None:
    predicted = stage.run(listed(), check=True, **stage.files)
    assert not os.listdir(stage.folder)
    real = stage.run(
        listed(),
        listed(),
        applied(),
        listed(wire("new", 4)),
        told("new", 4),
        told("new", 1),
        with_key("new", issued),
        **stage.files,
    )
    for key in ("changed", "actions", "diff", "files", "reason", "challenge", "renewal"):
        assert predicted[key] == real[key], key
    assert real["certificate"]["fingerprint_sha256"] == result_fingerprint(issued)
    assert real["certificate"]["id"] == "new"
    assert set(predicted["certificate"]) == set(real["certificate"])
    assert issued.key_pem in stage.masked
    assert (stage.folder / "leaf.pem").read_text() == f"# cncloud: new\n{issued.leaf_pem}"
    assert (stage.folder / "full.pem").read_text() == f"# cncloud: new\n{issued.fullchain_pem}"
    assert (stage.folder / "chain.pem").read_text() == issued.chain_pem
    assert stat.S_IMODE((stage.folder / "key.pem").stat().st_mode) == 0o600
    for check in (True, False):
        again = stage.run(listed(wire("new")), check=check, **stage.files)
        assert again["changed"] is False
        assert again["certificate"]["fingerprint_sha256"] == result_fingerprint(issued)


def result_fingerprint(issued: Issued) -> str:
    from cryptography.hazmat.primitives import hashes

    return issued.leaf.fingerprint(hashes.SHA256()).hex()


def deliver(stage: Stage, issued: Issued, id: str = "a") -> None:
    result = stage.run(listed(wire(id)), listed(wire(id)), with_key(id, issued), **stage.files)
    assert result["changed"] is True


def test_a_missing_chain_is_written_alone(stage: Stage, issued: Issued) -> None:
    deliver(stage, issued)
    before = (stage.folder / "leaf.pem").stat().st_ino
    (stage.folder / "chain.pem").unlink()
    predicted = stage.run(listed(wire("a")), check=True, **stage.files)
    real = stage.run(listed(wire("a")), listed(wire("a")), with_key("a", issued), **stage.files)
    assert predicted["diff"] == real["diff"]
    assert predicted["files"] == real["files"] == [stage.files["chain_path"]]
    assert (stage.folder / "leaf.pem").stat().st_ino == before


def test_a_wrong_mode_is_corrected_without_the_key(stage: Stage, issued: Issued) -> None:
    deliver(stage, issued)
    (stage.folder / "key.pem").chmod(0o644)
    result = stage.run(listed(wire("a")), listed(wire("a")), **stage.files)
    assert result["changed"] is True
    assert stat.S_IMODE((stage.folder / "key.pem").stat().st_mode) == 0o600


def test_a_renewal_replaces_the_files_of_the_old_one(stage: Stage, issued: Issued) -> None:
    deliver(stage, issued, "old")
    due = wire("old", CertEndTime=beijing(START + datetime.timedelta(days=10)))
    new = issue(DOMAIN, key_tag="renewed", start=BEGINS, end=ENDS)
    result = stage.run(
        listed(due),
        listed(due),
        applied(OldCertificateId="old"),
        listed(wire("new", 4), due),
        told("new", 1),
        with_key("new", new),
        **stage.files,
    )
    assert result["certificate"]["id"] == "new"
    assert result["renewal"] is None
    assert (stage.folder / "key.pem").read_text() == new.key_pem


def test_a_strangers_key_costs_no_order(stage: Stage) -> None:
    stranger = issue("b.example.com", key_tag="stranger")
    (stage.folder / "leaf.pem").write_text(stranger.leaf_pem)
    (stage.folder / "key.pem").write_text(stranger.key_pem)
    for check in (True, False):
        stage.fail(listed(), check=check, kind="conflict", **stage.files)
    assert (stage.folder / "key.pem").read_text() == stranger.key_pem


def test_a_lone_key_is_compared_with_the_one_that_was_fetched(stage: Stage, issued: Issued) -> None:
    (stage.folder / "key.pem").write_text(key_pem(make_key(tag="stranger")))
    stage.fail(listed(wire("a")), listed(wire("a")), with_key("a", issued), kind="conflict", **stage.files)
    assert not (stage.folder / "leaf.pem").exists()
    (stage.folder / "key.pem").write_text(key_pem(issued.key, form="TraditionalOpenSSL"))
    deliver(stage, issued)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"CertificatePrivateKey": "other"}, "leaf"),
        ({"CertificatePrivateKey": "garbage"}, "private key"),
        ({"CertificatePublicKey": "garbage"}, "PEM"),
        ({"CertificatePublicKey": "leaf alone"}, "without its chain"),
        ({"CertificatePublicKey": "another name"}, "does not cover"),
    ],
)
def test_what_the_service_sends_is_not_trusted(
    stage: Stage, issued: Issued, changes: dict[str, str], words: str
) -> None:
    texts = {
        "other": key_pem(make_key(tag="other")),
        "garbage": "garbage",
        "leaf alone": issued.leaf_pem,
        "another name": issue("b.example.com").fullchain_pem,
    }
    exchange = with_key("a", issued)
    assert isinstance(exchange.answer, dict)
    exchange.answer.update({name: texts[value] for name, value in changes.items()})
    result = stage.fail(listed(wire("a")), listed(wire("a")), exchange, kind="protocol", **stage.files)
    assert words in result["msg"]
    assert not [name for name in os.listdir(stage.folder) if name.endswith(".pem")]


def test_files_that_the_service_does_not_have_yet(stage: Stage, issued: Issued) -> None:
    empty = Exchange(KEY_CALL, answer=wire("a", CertificatePublicKey=None, CertificatePrivateKey=""))
    stage.run(listed(wire("a")), listed(wire("a")), empty, empty, with_key("a", issued), **stage.files)
    for path in stage.files.values():
        os.unlink(path)
    result = stage.fail(listed(wire("a")), listed(wire("a")), *[empty] * 11, kind="protocol", **stage.files)
    assert "does not give" in result["msg"]


# --- ordering over an unreliable wire ----------------------------------------------------------------------


def test_a_lost_order_that_was_made_is_adopted(stage: Stage) -> None:
    result = stage.run(
        listed(wire("failed", 2)),
        listed(wire("failed", 2)),
        Exchange("ApplyCertificate", answer=LOST),
        listed(wire("failed", 2)),
        listed(wire("failed", 2), wire("new", 4)),
        told("new", 1),
    )
    assert result["certificate"]["id"] == "new"


def test_a_lost_order_that_does_not_appear_is_not_sent_again(stage: Stage) -> None:
    looks = [listed() for _look in range(11)]
    result = stage.fail(listed(), listed(), Exchange("ApplyCertificate", answer=LOST), *looks, kind="network")
    assert result["changed"] is False
    assert sum(stage.slept) == 30


@pytest.mark.parametrize(
    "code",
    ["InternalError", "FailedOperation.NetworkError", "FailedOperation.CannotGetOrder", "FailedOperation.GenCSRFail"],
)
def test_an_unclear_refusal_means_look(stage: Stage, code: str) -> None:
    unclear = Exchange("ApplyCertificate", answer=refusal(code))
    result = stage.run(listed(), listed(), unclear, listed(wire("new", 4)), told("new", 1))
    assert result["certificate"]["id"] == "new"


def test_an_order_without_an_id_means_look(stage: Stage) -> None:
    unclear = Exchange("ApplyCertificate", answer={"CertificateId": None})
    result = stage.run(listed(), listed(), unclear, listed(wire("new", 4)), told("new", 1))
    assert result["certificate"]["id"] == "new"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("FailedOperation.ExceedsFreeLimit", "quota"),
        ("FailedOperation.MainDomainCertificateCountLimit", "quota"),
        ("FailedOperation.NoRealNameAuth", "permission"),
        ("InvalidParameterValue.CertificateEmailParseInvalid", "invalid"),
    ],
)
def test_a_definite_refusal_ends_it(stage: Stage, code: str, kind: str) -> None:
    result = stage.fail(listed(), listed(), Exchange("ApplyCertificate", answer=refusal(code)), kind=kind)
    assert result["error"]["code"] == code
    assert result["error"]["request_id"] == "id-3"


@pytest.mark.parametrize("code", ["FailedOperation.InvalidParam", "FailedOperation.OrderAlreadyReplaced"])
def test_an_old_certificate_that_is_refused_is_left_out_once(stage: Stage, code: str) -> None:
    due = wire("old", CertEndTime=beijing(START + datetime.timedelta(days=10)))
    refused = Exchange("ApplyCertificate", answer=refusal(code))
    result = stage.run(
        listed(due),
        listed(due),
        refused,
        applied(),
        listed(wire("new", 4), due),
        told("new", 1),
        dv_auth_method="dns_auto",
    )
    assert result["certificate"]["id"] == "new"
    assert "without that link" in stage.warned[0]
    orders = [body for body in stage.script.sent if "DomainName" in body]
    assert [order.get("OldCertificateId") for order in orders] == ["old", None]
    stage.fail(listed(due), listed(due), refused, refused, kind="invalid" if "Param" in code else "conflict")


@pytest.mark.parametrize(
    ("code", "kind"),
    [("FailedOperation.ExceedsFreeLimit", "quota"), ("InvalidParameterValue.CertificateEmailParseInvalid", "invalid")],
)
def test_what_is_not_about_the_old_one_is_not_tried_without_it(stage: Stage, code: str, kind: str) -> None:
    due = wire("old", CertEndTime=beijing(START + datetime.timedelta(days=10)))
    stage.fail(listed(due), listed(due), Exchange("ApplyCertificate", answer=refusal(code)), kind=kind)


EARLIER = beijing(START - datetime.timedelta(hours=3))


def test_the_older_order_of_another_machine_wins(stage: Stage) -> None:
    result = stage.run(
        listed(),
        listed(),
        applied("mine"),
        listed(wire("mine", 4), wire("theirs", 4, InsertTime=EARLIER)),
        Exchange("CancelCertificateOrder", sends={"CertificateId": "mine"}),
        told("theirs", 1),
    )
    assert result["certificate"]["id"] == "theirs"
    assert "cancelled" in stage.warned[0]


def test_a_younger_or_known_order_does_not_win(stage: Stage) -> None:
    stopped = wire("seen", 7, InsertTime=EARLIER)
    younger = wire("zyounger", 4)
    stage.run(
        listed(stopped), listed(stopped), applied("mine"), listed(wire("mine", 4), younger, stopped), told("mine", 1)
    )
    assert not stage.warned


def test_an_older_order_that_does_not_fit_is_a_conflict(stage: Stage) -> None:
    stage.fail(
        listed(),
        listed(),
        applied("mine"),
        listed(wire("mine", 4), wire("theirs", 0, InsertTime=EARLIER, VerifyType="DNS")),
        Exchange("CancelCertificateOrder", sends={"CertificateId": "mine"}),
        kind="conflict",
    )


def test_a_list_that_lags_behind_the_order(stage: Stage) -> None:
    result = stage.run(listed(), listed(), applied(), *[listed()] * 11, told("new", 1))
    assert result["certificate"]["id"] == "new"


# --- the proof, and waiting --------------------------------------------------------------------------------

DNS: dict[str, t.Any] = {"dv_auth_method": "dns"}
DNS_ORDER = Exchange(
    "ApplyCertificate", sends={"DvAuthMethod": "DNS", "DomainName": DOMAIN}, answer={"CertificateId": "new"}
)
ASK = Exchange("CompleteCertificate", sends={"CertificateId": "a"})


def test_without_waiting_the_proof_is_read_and_no_check_is_asked_for(stage: Stage) -> None:
    waiting = wire("new", 0, VerifyType="DNS")
    result = stage.run(
        listed(),
        listed(),
        DNS_ORDER,
        listed(waiting),
        told("new", 0, DvAuthDetail=None),
        pending("new"),
        wait=False,
        **DNS,
    )
    assert result["changed"] is True
    assert result["challenge"] == [CHALLENGE]
    assert (result["certificate"]["id"], result["certificate"]["status"]) == ("new", "under_review")
    for check in (True, False):
        again = stage.run(listed(waiting), pending("new"), wait=False, check=check, **DNS)
        assert (again["changed"], again["challenge"]) == (False, [CHALLENGE])


def test_dns_auto_has_nothing_to_publish(stage: Stage) -> None:
    result = stage.run(listed(), listed(), applied(), listed(wire("new", 4)), wait=False)
    assert (result["challenge"], result["certificate"]["id"]) == ([], "new")


def test_the_call_with_the_key_is_the_last_resort_for_the_proof(stage: Stage, issued: Issued) -> None:
    without = told("a", 0, VerifyType="DNS", DvAuthDetail={"DvAuths": []})
    last = with_key("a", issued, status=0, VerifyType="DNS", DvAuthDetail={"DvAuths": [PROOF]})
    result = stage.run(listed(wire("a", 0, VerifyType="DNS")), *[without] * 11, last, wait=False, **DNS)
    assert result["challenge"] == [CHALLENGE]
    assert sum(stage.slept) == 30
    assert issued.key_pem in stage.masked


def test_a_renewal_that_is_pending_leaves_the_old_one_in_place(stage: Stage) -> None:
    due = wire("old", CertEndTime=beijing(START + datetime.timedelta(days=10)))
    result = stage.run(listed(due, wire("new", 0, VerifyType="DNS")), pending("new"), wait=False, **DNS)
    assert result["changed"] is False
    assert result["certificate"]["id"] == "old"
    assert result["renewal"] == {"id": "new", "status": "under_review", "challenge": [CHALLENGE]}


def test_a_pending_order_is_resumed_and_its_proof_told(stage: Stage) -> None:
    row = wire("a", 0, VerifyType="DNS")
    predicted = stage.run(listed(row), pending("a"), check=True, **DNS)
    real = stage.run(listed(row), listed(row), pending("a"), ASK, told("a", 1), **DNS)
    assert predicted["changed"] is real["changed"] is True
    assert (predicted["actions"], predicted["diff"]) == (real["actions"], real["diff"])
    assert predicted["challenge"] == real["challenge"] == [CHALLENGE]
    assert real["certificate"]["status"] == "issued"


@pytest.mark.parametrize(
    ("answer", "asks_again"),
    [
        ({}, True),
        (refusal("FailedOperation.CertificateNotFoundOrAudited"), True),
        (refusal("InternalError"), True),
        (LOST, True),
        (refusal("InvalidAction"), False),
        (refusal("FailedOperation"), False),
        (refusal("FailedOperation.CAMAuthorizedFail"), False),
    ],
)
def test_asking_for_a_check_is_only_a_help(stage: Stage, answer: t.Any, asks_again: bool) -> None:
    row = wire("a", 0, VerifyType="DNS")
    first = Exchange("CompleteCertificate", answer=answer)
    # Looks after 0, 2, 6, 14, 29, 44, 59 and 74 seconds; asked for again in the second minute.
    rest = [pending("a")] * 7 + ([ASK] if asks_again else []) + [told("a", 1)]
    result = stage.run(listed(row), listed(row), pending("a"), first, *rest, **DNS)
    assert result["certificate"]["status"] == "issued"


def test_a_wait_that_runs_out_says_what_is_pending(stage: Stage) -> None:
    due = wire("old", CertEndTime=beijing(START + datetime.timedelta(days=10)))
    row = wire("a", 0, VerifyType="DNS", AwaitingValidationMsg="no CNAME\nfound")
    found = Exchange(
        LIST, sends={"Offset": 0, "Limit": 1000, "SearchKey": "a"}, answer={"TotalCount": 1, "Certificates": [row]}
    )
    result = stage.fail(
        listed(due, row),
        listed(due, row),
        pending("a"),
        ASK,
        pending("a"),
        pending("a"),
        found,
        kind="timeout",
        wait_timeout=5,
        **DNS,
    )
    assert result["changed"] is False
    assert "no CNAME found" in result["msg"]
    assert result["challenge"] == [CHALLENGE]
    assert result["certificate"]["id"] == "old"
    assert result["renewal"] == {"id": "a", "status": "under_review", "challenge": [CHALLENGE]}
    assert sum(stage.slept) == 5


def test_a_wait_after_an_order_that_runs_out_has_changed_something(stage: Stage) -> None:
    broken = Exchange(LOOK, answer=LOST)
    result = stage.fail(
        listed(),
        listed(),
        applied(),
        listed(wire("new", 4)),
        broken,
        broken,
        broken,
        kind="timeout",
        wait_timeout=5,
    )
    assert result["changed"] is True
    assert "The last look at it failed: The connection broke." in result["msg"]
    assert "see that the service can be reached" in result["error"]["hint"]
    assert result["actions"] == ["Order a free certificate for a.example.com (dns_auto, default key algorithm)"]
    assert result["certificate"]["id"] == "new"


@pytest.mark.parametrize(
    ("status", "kind"), [(2, "invalid"), (7, "conflict"), (10, "conflict"), (6, "conflict"), (16, "protocol")]
)
def test_an_order_that_ends_otherwise(stage: Stage, status: int, kind: str) -> None:
    row = wire("a", 4)
    more = [Exchange(LIST, answer={"TotalCount": 0, "Certificates": []})] if status == 2 else []
    stage.fail(listed(row), listed(row), told("a", status), *more, kind=kind)


def test_force_cancels_what_does_not_fit_and_waits_for_it(stage: Stage) -> None:
    row = wire("a", 0, VerifyType="FILE")
    result = stage.run(
        listed(row),
        listed(row),
        Exchange("CancelCertificateOrder", sends={"CertificateId": "a"}),
        told("a", 6),
        told("a", 7),
        applied(),
        listed(wire("new", 4), row),
        told("new", 1),
        force=True,
    )
    assert result["certificate"]["id"] == "new"


# --- which one is meant ------------------------------------------------------------------------------------


def by_id(id: str, *rows: dict[str, t.Any]) -> Exchange:
    sends = {"Offset": 0, "Limit": 1000, "SearchKey": id}
    return Exchange(LIST, sends=sends, answer={"TotalCount": len(rows), "Certificates": list(rows)})


def test_an_id_alone_is_one_call(stage: Stage) -> None:
    # The search is for a part, in any case: another id that contains it is not meant.
    result = stage.run(by_id("aB", wire("ab"), wire("aB"), wire("xaB")), certificate_id="aB")
    assert result["certificate"]["id"] == "aB"


def test_an_id_that_is_due_is_followed(stage: Stage) -> None:
    due = wire("old", CertEndTime=beijing(START + datetime.timedelta(days=5)), HasRenewOrder="new")
    result = stage.run(by_id("old", due), listed(due, wire("new")), certificate_id="old")
    assert (result["changed"], result["certificate"]["id"]) == (False, "new")
    paid = wire("new", PackageType="57", SubjectAltName=["example.com"], Domain="example.com")
    stage.run(listed(due), by_id("new", paid), certificate_id="old", domain=DOMAIN, check=True)


def test_an_id_that_does_not_exist(stage: Stage) -> None:
    stage.fail(by_id("nope"), kind="not_found", certificate_id="nope")
    stage.fail(listed(wire("a")), by_id("nope"), kind="not_found", certificate_id="nope", domain=DOMAIN)
    result = stage.run(by_id("nope"), certificate_id="nope", state="absent")
    assert (result["changed"], result["certificate"]) == (False, None)


def test_an_incomplete_list_proves_nothing(stage: Stage) -> None:
    broken = Exchange(LIST, answer={"TotalCount": 3, "Certificates": []})
    for state in ("present", "absent"):
        stage.fail(broken, broken, kind="protocol", state=state)


@pytest.mark.parametrize("domain", ["example.com", "www.example.com", "WWW.Example.com."])
def test_the_twin_is_found_without_www(stage: Stage, domain: str) -> None:
    both = wire("a", Domain="www.example.com", SubjectAltName=["www.example.com", "example.com"])
    result = stage.run(by_id("example.com", both), domain=domain)
    assert (result["changed"], result["certificate"]["id"]) == (False, "a")


# --- the end -----------------------------------------------------------------------------------------------

CANCEL = Exchange("CancelCertificateOrder", sends={"CertificateId": "a"})
DELETE = Exchange("DeleteCertificate", answer={"DeleteResult": True, "TaskId": ""})
ABSENT: dict[str, t.Any] = {"state": "absent"}
GONE = Exchange(LOOK, answer=refusal("FailedOperation.CertificateNotFound"))


@pytest.mark.parametrize(
    "calls",
    [
        [CANCEL, told("a", 6), told("a", 7), DELETE],
        [CANCEL, GONE, Exchange("DeleteCertificate", answer=refusal("FailedOperation.CertificateNotFound"))],
        [
            CANCEL,
            told("a", 7),
            Exchange("DeleteCertificate", answer=refusal("FailedOperation.CannotBeDeletedWithinHour")),
        ],
        [CANCEL, told("a", 7), Exchange("DeleteCertificate", answer=refusal("FailedOperation.DeleteFailedTimeNotUp"))],
        # lost answers: look, then repeat once
        [Exchange("CancelCertificateOrder", answer=LOST), told("a", 6), told("a", 7), DELETE],
        [Exchange("CancelCertificateOrder", answer=LOST), told("a", 0), CANCEL, told("a", 7), DELETE],
        [CANCEL, told("a", 7), Exchange("DeleteCertificate", answer=LOST), DELETE],
        [Exchange("CancelCertificateOrder", answer=refusal("FailedOperation.CertificateNotFound")), GONE, DELETE],
        [
            Exchange("CancelCertificateOrder", answer=refusal("FailedOperation.InvalidCertificateStatusCode")),
            told("a", 6),
            told("a", 7),
            DELETE,
        ],
    ],
)
def test_a_pending_order_is_cancelled_and_deleted(stage: Stage, calls: list[Exchange]) -> None:
    row = wire("a", 4)
    predicted = stage.run(listed(row), check=True, **ABSENT)
    real = stage.run(listed(row), listed(row), *calls, **ABSENT)
    assert predicted["changed"] is real["changed"] is True
    assert (predicted["actions"], predicted["diff"]) == (real["actions"], real["diff"])
    assert predicted["certificate"] is real["certificate"] is None


@pytest.mark.parametrize(
    ("calls", "kind"),
    [
        ([Exchange("CancelCertificateOrder", answer=LOST), told("a", 0)] * 2, "network"),
        (
            [Exchange("CancelCertificateOrder", answer=refusal("FailedOperation.CancelOrderFailed")), told("a", 4)],
            "conflict",
        ),
        ([CANCEL, told("a", 1)], "conflict"),
        ([CANCEL, told("a", 6), told("a", 6), told("a", 6)], "timeout"),
        (
            [
                CANCEL,
                told("a", 7),
                Exchange("DeleteCertificate", answer=LOST),
                Exchange("DeleteCertificate", answer=LOST),
            ],
            "network",
        ),
        ([CANCEL, told("a", 7), Exchange("DeleteCertificate", answer={"DeleteResult": False})], "conflict"),
        (
            [CANCEL, told("a", 7), Exchange("DeleteCertificate", answer=refusal("FailedOperation.BoundResources"))],
            "conflict",
        ),
    ],
)
def test_what_could_not_be_ended_is_a_failure(stage: Stage, calls: list[Exchange], kind: str) -> None:
    row = wire("a", 4)
    stage.fail(listed(row), listed(row), *calls, kind=kind, wait_timeout=5, **ABSENT)


def task(status: int, id: str = "t1") -> Exchange:
    rows = [{"TaskId": id, "Status": status, "Error": "words"}]
    return Exchange(
        "DescribeDeleteCertificatesTaskResult", sends={"TaskIds": ["t1"]}, answer={"DeleteTaskResult": rows}
    )


@pytest.mark.parametrize(
    ("tasks", "kind"),
    [
        ([task(1)], None),
        ([task(0), task(7, "other"), task(1)], None),
        ([task(4)], "conflict"),
        ([task(0), task(0), task(0)], "timeout"),
    ],
)
def test_a_deletion_that_became_a_task_is_followed(stage: Stage, tasks: list[Exchange], kind: str | None) -> None:
    row = wire("a", 3)
    deletion = Exchange("DeleteCertificate", answer={"DeleteResult": False, "TaskId": "t1"})
    result = stage.run(listed(row), listed(row), deletion, *tasks, wait_timeout=6, **ABSENT)
    assert (result["error"]["kind"] if result.get("failed") else None) == kind


def test_without_waiting_the_order_is_only_cancelled(stage: Stage) -> None:
    result = stage.run(listed(wire("a", 4)), listed(wire("a", 4)), CANCEL, wait=False, **ABSENT)
    assert result["certificate"]["status"] == "cancelling"
    again = stage.run(listed(wire("a", 6)), wait=False, **ABSENT)
    assert (again["changed"], again["certificate"]["status"]) == (False, "cancelling")


def test_an_issued_one_is_revoked_only_when_asked_for(stage: Stage) -> None:
    stage.fail(listed(wire("a")), kind="conflict", **ABSENT)
    revoked = Exchange(
        "RevokeCertificate",
        answer={
            "RevokeDomainValidateAuths": [
                {
                    "DomainValidateAuthPath": "",
                    "DomainValidateAuthKey": f"_p.{DOMAIN}",
                    "DomainValidateAuthValue": "v.trust-provider.com",
                    "DomainValidateAuthDomain": "example.com",
                }
            ]
        },
    )
    for detail in (told("a", 9, DvRevokeAuthDetail=[PROOF]), told("a", 9, DvRevokeAuthDetail=None)):
        predicted = stage.run(listed(wire("a")), check=True, revoke=True, **ABSENT)
        real = stage.run(listed(wire("a")), listed(wire("a")), revoked, detail, revoke=True, **ABSENT)
        assert (predicted["actions"], predicted["diff"]) == (real["actions"], real["diff"])
        assert real["challenge"] == [CHALLENGE]
        assert real["certificate"]["status"] == "revoking"
    for status in (9, 12):
        told_again = told("a", status, DvRevokeAuthDetail=[PROOF])
        again = stage.run(listed(wire("a", status)), told_again, revoke=True, **ABSENT)
        assert (again["changed"], again["challenge"]) == (False, [CHALLENGE])


# --- what is refused before any call -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"domain": "*.example.com"}, "wildcard"),
        ({"domain": f"{'a' * 60}.example.com"}, "72 characters"),
        ({"domain": "192.0.2.1"}, "IP address"),
        ({"domain": "https://example.com"}, "domain name alone"),
        ({"domain": "localhost"}, "at least one dot"),
        ({"certificate_id": "a b"}, "letters and digits"),
        ({"private_key_path": "/tmp/k"}, "needs certificate_path or fullchain_path"),
        ({"chain_path": "/tmp/k"}, "needs certificate_path or fullchain_path"),
        ({"certificate_path": "relative.pem"}, "absolute path"),
        ({"certificate_path": "/nonexistent/leaf.pem"}, "does not exist"),
        ({"certificate_path": "/tmp/x.pem", "fullchain_path": "/tmp/x.pem"}, "same file"),
        ({"certificate_path": "/tmp/x.pem", "mode": 420}, "quotes"),
        ({"renew_before": "soon"}, "renew_before"),
        ({"renew_before": "100%"}, "below 100%"),
        ({"wait_timeout": 0}, "wait_timeout"),
        ({"wait_interval": -1}, "wait_interval"),
        ({"delete_dns_auto_record": True, "dv_auth_method": "dns"}, "dns_auto"),
        ({"revoke": True}, "absent"),
        ({"validity_period": 0}, "validity_period"),
        ({"project_id": -1}, "project_id"),
        ({"endpoint": "http://ssl.tencentcloudapi.com"}, "loopback"),
        ({"timeout": 0}, "timeout"),
    ],
)
def test_bad_input_gets_a_sentence_and_no_call(stage: Stage, options: dict[str, t.Any], words: str) -> None:
    result = stage.run(**options)
    assert result["failed"]
    assert words in result["msg"]
    assert result["error"]["kind"] in ("invalid", "local")
    assert result["msg"].endswith((".", ")"))


def test_names_of_other_scripts_are_converted(stage: Stage) -> None:
    sends = {"Offset": 0, "Limit": 1000, "SearchKey": "xn--fsqu00a.example.com"}
    none = Exchange(LIST, sends=sends, answer={"TotalCount": 0, "Certificates": []})
    assert (
        stage.run(none, domain="\u4f8b\u5b50.Example.com", check=True)["certificate"]["name"]
        == "xn--fsqu00a.example.com"
    )


def test_a_refused_key_names_its_source_and_nothing_else(stage: Stage) -> None:
    echo = f"The signature {SECRET_KEY} does not match"
    refused = Exchange(LIST, answer=refusal("AuthFailure.SignatureFailure", echo))
    result = stage.fail(refused, kind="auth")
    assert "the options secret_id and secret_key" in result["msg"]
    assert result["error"]["message"] is None


def test_an_alias_and_a_project_converge(stage: Stage) -> None:
    options: dict[str, t.Any] = {"alias": "x", "project_id": 7, "key_algorithm": "ecc"}
    row = wire("a", EncryptAlgorithm="RSA 2048")
    predicted = stage.run(listed(row), check=True, **options)
    real = stage.run(
        listed(row),
        listed(row),
        Exchange("ModifyCertificateAlias", sends={"CertificateId": "a", "Alias": "x"}),
        Exchange(
            "ModifyCertificateProject",
            sends={"CertificateIdList": ["a"], "ProjectId": 7},
            answer={"SuccessCertificates": ["a"], "FailCertificates": None},
        ),
        **options,
    )
    assert predicted["diff"] == real["diff"] != {}
    assert (real["certificate"]["alias"], real["certificate"]["project_id"]) == ("x", 7)
    assert real["takes_effect_at_renewal"] == [{"option": "key_algorithm", "now": "rsa", "then": "ecc"}]
