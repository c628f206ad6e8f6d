# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""esa_free_cert and esa_cert_info call by call: exactly the calls that are listed, and what is told."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import client as client_module
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import esa_cert_info
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.esa_free_cert import ENTRY
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import Entry, execute
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import NetworkFailure, Ran, Unavailable
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Replay
from ansible_collections.cncloud.certificates.tests.unit.plugins.module_utils._aliyun.scripted import (
    ACCESS_KEY_ID,
    ACCESS_KEY_SECRET,
    ENDPOINT,
    Exchange,
    Script,
    context,
    refused,
)

SITE, SITE_ID = "example.com", "1234567890123"
A, B, STAR = "a.example.com", "b.example.com", "*.example.com"
LIST, APPLY, DELETE, GET = "ListCertificates", "ApplyCertificate", "DeleteCertificate", "GetCertificate"
LOST = NetworkFailure("The connection broke.", retryable=True, ran=Ran.UNKNOWN)
BUSY = Unavailable("Not now.", retryable=True, ran=Ran.NO)
DUPLICATE = "InvalidParameter.Domains"
PROOF = {"Id": "d", "Key": " _acme-challenge.a.example.com ", "Value": "token-a ", "Type": "DNS", "Status": "pending"}
WEB_PROOF = {"Key": "http://a.example.com/.well-known/acme-challenge/x", "Value": "x.y", "Type": "HTTP"}
TXT = {
    "type": "TXT",
    "zone": SITE,
    "name": "_acme-challenge.a",
    "record": "_acme-challenge.a.example.com",
    "value": "token-a",
    "path": None,
}


def wire(id: str, domain: str = A, status: str = "OK", **members: t.Any) -> dict[str, t.Any]:
    """A certificate as the list shows it, padded as the vendor's sample is."""
    return {
        "Id": id,
        "Name": f"{domain} ",
        "Type": "free",
        "Status": status,
        "CommonName": f"{domain} ",
        "SAN": f"{domain} ",
        "Issuer": "Let's Encrypt",
        "IssuerCN": "R10",
        "NotBefore": "2026-11-01 08:00:00",
        "NotAfter": "2027-01-30T08:00:00Z",
        "CreateTime": "2026-11-01 07:58:00",
        "SerialNumber": "00:BA:BA",
        "FingerprintSha256": "AB" * 32,
        "PubAlg": "RSA",
        "SigAlg": "SHA256-RSA",
        "DCV": None,
        **members,
    }


def pending(id: str, domain: str = A, *proofs: dict[str, str]) -> dict[str, t.Any]:
    blank = dict.fromkeys(("SAN", "Issuer", "IssuerCN", "NotBefore", "NotAfter", "SerialNumber", "FingerprintSha256"))
    return wire(id, domain, "Applying", DCV=list(proofs), **blank)


def sites(*found: dict[str, t.Any], access: str = "NS", status: str = "active") -> Exchange:
    sends = {"SiteName": SITE, "SiteSearchType": "exact", "PageNumber": "1", "PageSize": "500"}
    one = {"SiteId": int(SITE_ID), "SiteName": f"{SITE} ", "AccessType": access, "Status": status}
    rows = list(found) or [one]
    return Exchange("ListSites", sends=sends, answer={"TotalCount": len(rows), "Sites": rows})


def site_record(access: str = "CNAME") -> Exchange:
    model = {"SiteId": int(SITE_ID), "SiteName": SITE, "AccessType": access, "Status": "active"}
    return Exchange("GetSite", sends={"SiteId": SITE_ID}, answer={"SiteModel": model})


def listed(*rows: dict[str, t.Any], page: int = 1, total: int | None = None) -> Exchange:
    sends = {"SiteId": SITE_ID, "PageNumber": str(page), "PageSize": "50"}
    count = len(rows) if total is None else total
    return Exchange(LIST, sends=sends, answer={"TotalCount": count, "SiteName": f"{SITE} ", "Result": list(rows)})


def quota(total: t.Any = "10", used: t.Any = 0) -> Exchange:
    usage = [{"SiteId": SITE_ID, "SiteName": f"{SITE} ", "SiteUsage": used}]
    answer = {"Type": "free", "Quota": total, "QuotaUsage": used, "SiteCount": 1, "SiteUsage": usage}
    return Exchange("GetCertificateQuota", sends={"SiteId": SITE_ID, "Type": "free"}, answer=answer)


def application(*domains: str, type: str = "lets_encrypt") -> dict[str, str]:
    return {"SiteId": SITE_ID, "Domains": ",".join(domains), "Type": type}


def applied(*domains: str, type: str = "lets_encrypt", told: dict[str, str] | None = None) -> Exchange:
    """`told` are the ids that the answer has, by domain; as the vendor's sample it can be shorter than the count."""
    ids = {domain: f"id-{domain}" for domain in domains} if told is None else told
    result = [{"Domain": f"{domain} ", "Status": "Applying", "Id": id} for domain, id in ids.items()]
    answer = {"SiteName": f"{SITE} ", "TotalCount": len(domains), "Result": result}
    return Exchange(APPLY, sends=application(*domains, type=type), answer=answer)


def used_by(names: str, **users: list[str]) -> Exchange:
    """Which certificates the records have."""
    result = [
        {"RecordName": record, "Count": 1, "ApplylingCount": 0, "Certificates": [{"Id": id} for id in ids]}
        for record, ids in users.items()
    ]
    sends = {"SiteId": SITE_ID, "RecordName": names, "Detail": "true"}
    return Exchange("ListCertificatesByRecord", sends=sends, answer={"TotalCount": len(result), "Result": result})


def deleted(id: str, **more: t.Any) -> Exchange:
    return Exchange(DELETE, sends={"SiteId": SITE_ID, "Id": id}, **more)


class Stage:
    """Runs a module against a script."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self._monkeypatch = monkeypatch
        self._folder = folder
        self.slept: list[float] = []
        self.warned: list[str] = []
        self.script = Script([])

    def run(
        self, *exchanges: Exchange, check: bool = False, entry: Entry = ENTRY, **options: t.Any
    ) -> dict[str, t.Any]:
        given = {
            "endpoint": ENDPOINT,
            "access_key_id": ACCESS_KEY_ID,
            "access_key_secret": ACCESS_KEY_SECRET,
            **({} if "site_id" in options else {"site": SITE}),
            **({"domains": [A]} if entry is ENTRY else {}),
            **options,
        }
        checked = ArgumentSpecValidator(entry.argument_spec, **entry.constraints()).validate(given)
        assert not checked.error_messages, checked.error_messages
        self.script = Script(exchanges)
        self._monkeypatch.setattr(client_module, "Transport", self.script)
        surroundings = context(check_mode=check, home=str(self._folder))
        self.warned = []
        surroundings.warn = self.warned.append
        result = execute(entry, checked.validated_parameters, surroundings)
        self.slept = surroundings.clock.sleeps  # type: ignore[attr-defined]  # it is a FakeClock
        self.script.done()
        assert ACCESS_KEY_SECRET not in json.dumps(result)
        return result

    def change(self, *exchanges: Exchange, **options: t.Any) -> dict[str, t.Any]:
        """A run that does something: everything before the first change is read twice, around the lock."""
        result = self.run(*exchanges, **options)
        assert not result.get("failed"), result
        assert result["changed"] is True
        return result

    def fail(self, *exchanges: Exchange, kind: str, **options: t.Any) -> dict[str, t.Any]:
        result = self.run(*exchanges, **options)
        assert result.get("failed"), result
        assert result["error"]["kind"] == kind, result["msg"]
        return result


@pytest.fixture(name="stage")
def _stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stage:
    return Stage(monkeypatch, tmp_path)


def twice(*exchanges: Exchange) -> list[Exchange]:
    """Looked at, and again inside the lock."""
    return [*exchanges, *exchanges]


def by_domain(result: dict[str, t.Any], key: str = "status") -> dict[str, t.Any]:
    return {row["domain"]: row[key] for row in result["certificates"]}


EMPTY = twice(sites(), listed(), quota())
EMPTY_CNAME = twice(sites(access="CNAME"), listed(), quota())

# --- nothing to do, and an application ------------------------------------------------------------------------------


@pytest.mark.parametrize("check", [True, False])
def test_nothing_to_do_is_the_site_and_a_list(stage: Stage, check: bool) -> None:
    result = stage.run(sites(), listed(wire("1"), wire("2", B), wire("3", A, Type="upload")), check=check)
    assert (result["changed"], result["actions"], result["diff"]) == (False, [], {"before": {}, "after": {}})
    assert result["certificate"] is None
    assert result["site"] == {"id": SITE_ID, "name": SITE, "access_type": "NS", "status": "active"}
    (row,) = result["certificates"]
    assert row == {
        "id": "1",
        "name": A,
        "status": "OK",
        "domains": [A],
        "issuer": "Let's Encrypt",
        "serial_number": "baba",
        "fingerprint_sha256": "ab" * 32,
        "not_before": "2026-11-01T08:00:00Z",
        "not_after": "2027-01-30T08:00:00Z",
        "days_left": 69,
        "cloud": "aliyun",
        "domain": A,
        "site_id": SITE_ID,
        "site_name": SITE,
        "type": "free",
        "key_algorithm": "RSA",
        "signature_algorithm": "SHA256-RSA",
        "created": "2026-11-01T07:58:00Z",
        "apply_code": None,
        "apply_message": None,
        "challenge": [],
    }
    assert [one["id"] for one in result["ignored"]] == ["3"]
    assert (result["challenge"], result["takes_effect_at_renewal"]) == ([], [])


def test_with_an_id_nothing_to_do_is_one_call(stage: Stage) -> None:
    result = stage.run(listed(wire("1")), site_id=SITE_ID)
    assert result["site"] == {"id": SITE_ID, "name": SITE, "access_type": None, "status": None}
    assert [call.method for call in stage.script.calls] == ["POST"]


def test_twenty_domains_are_one_application(stage: Stage) -> None:
    domains = [f"h{number:02}.example.com" for number in range(20)]
    predicted = stage.run(sites(), listed(), quota(20), check=True, domains=domains[::-1])
    rows = [pending(f"id-{domain}", domain) for domain in domains]
    done = [wire(f"id-{domain}", domain) for domain in domains]
    real = stage.change(
        *twice(sites(), listed(), quota(20)),
        applied(*domains),
        listed(*rows),
        listed(*done[:10], *rows[10:]),
        listed(*done),
        domains=domains,
    )
    assert stage.slept == [15.0, 15.0]
    for key in ("changed", "actions", "diff", "reason", "challenge", "ignored", "takes_effect_at_renewal", "site"):
        assert predicted[key] == real[key], key
    assert predicted.keys() == real.keys()
    assert [one.keys() for one in predicted["certificates"]] == [one.keys() for one in real["certificates"]]
    assert by_domain(real, "id") == {domain: f"id-{domain}" for domain in domains}
    assert set(by_domain(predicted).values()) == {None}
    replays = stage.script.replays()
    assert (replays[APPLY], replays[LIST], replays["GetCertificateQuota"]) == (Replay.NEVER, Replay.READ, Replay.READ)
    methods = {call.operation: call.method for call in stage.script.calls}
    assert methods == {"ListSites": "GET", LIST: "POST", "GetCertificateQuota": "GET", APPLY: "POST"}


def test_pages_are_read_to_the_end(stage: Stage) -> None:
    many = [wire(str(number), f"h{number}.example.com") for number in range(50)]
    stage.run(sites(), listed(*many, total=51), listed(wire("x"), page=2, total=51))


@pytest.mark.parametrize("total", [2, 0])
def test_a_listing_that_does_not_add_up_leads_to_nothing(stage: Stage, total: int) -> None:
    short = listed(wire("1", B), total=total)
    pages = [short, listed(page=2, total=total)] if total else [short]
    stage.fail(sites(), *pages, *pages, kind="protocol")


# --- an application, and what becomes of it -------------------------------------------------------------------------


def test_an_answer_that_tells_fewer_than_it_counts(stage: Stage) -> None:
    result = stage.change(
        *EMPTY,
        applied(A, B, told={A: "1"}),
        listed(pending("1")),
        listed(pending("1"), pending("2", B)),
        listed(wire("1"), wire("2", B)),
        domains=[A, B],
    )
    assert by_domain(result, "id") == {A: "1", B: "2"}
    assert stage.slept == [3.0]


def test_an_answer_without_one_of_them_that_is_never_listed(stage: Stage) -> None:
    result = stage.fail(
        *EMPTY, applied(A, B, told={A: "1"}), *[listed(pending("1"))] * 11, kind="protocol", domains=[A, B]
    )
    assert B in result["msg"]
    assert A not in result["msg"]


def test_a_list_that_lags_behind_the_application(stage: Stage) -> None:
    result = stage.change(*EMPTY, applied(A), listed(), listed(), listed(wire("id-a.example.com")))
    assert by_domain(result) == {A: "OK"}


def test_pending_ones_are_waited_for(stage: Stage) -> None:
    """The state will move: that is a change in both modes."""
    predicted = stage.run(sites(), listed(pending("1")), check=True)
    real = stage.change(*twice(sites(), listed(pending("1"))), listed(wire("1")))
    assert predicted["actions"] == real["actions"] == [f"Wait until they can be used: {A}"]
    assert predicted["diff"] == real["diff"]
    assert (by_domain(predicted), by_domain(real)) == ({A: None}, {A: "OK"})


def test_a_wait_tells_every_domain_when_the_time_is_over(stage: Stage) -> None:
    """One is done, one has failed, one is stuck, one is not listed."""
    c, d = "c.example.com", "d.example.com"
    rows = (
        wire("1", A),
        wire("2", B, "ApplyFailed", ApplyCode=3, ApplyMessage="CAA forbids"),
        pending("3", c, {**PROOF, "Key": f"_acme-challenge.{c}"}),
    )
    result = stage.fail(
        *twice(sites(access="CNAME"), listed(wire("1", A)), quota()),
        applied(B, c, d, told={B: "2", c: "3", d: "4"}),
        *[listed(*rows)] * 3,
        Exchange(GET, sends={"SiteId": SITE_ID, "Id": "4"}, answer={"Result": pending("4", d, WEB_PROOF)}),
        kind="timeout",
        domains=[A, B, c, d],
        wait_timeout=20,
    )
    assert stage.slept == [15.0, 5.0]
    assert by_domain(result) == {A: "OK", B: "ApplyFailed", c: "Applying", d: "Applying"}
    for said in (f"{c} is Applying (3)", f"{d} is Applying (4)", f"{B} (2) is ApplyFailed 3, CAA forbids"):
        assert said in result["msg"]
    assert [entry["record"] for entry in result["challenge"]] == [f"_acme-challenge.{c}", A]
    assert result["challenge"][1]["path"] == "/.well-known/acme-challenge/x"
    assert (result["changed"], len(result["actions"]), result["error"]["retryable"]) == (True, 1, True)


def test_a_failure_is_told_after_all_others_are_done(stage: Stage) -> None:
    failed = wire("2", B, "Canceled", ApplyMessage="withdrawn")
    result = stage.fail(
        *EMPTY,
        applied(A, B, told={A: "1", B: "2"}),
        listed(pending("1"), failed),
        listed(wire("1"), failed),
        kind="conflict",
        domains=[A, B],
    )
    assert (result["error"]["code"], result["changed"]) == ("apply_failed", True)
    assert by_domain(result) == {A: "OK", B: "Canceled"}


def test_a_failure_that_is_there_is_told_before_anything_is_done(stage: Stage) -> None:
    failed = wire("2", B, "ApplyFailed", ApplyCode=3, ApplyMessage="CAA forbids")
    for check in (True, False):
        result = stage.fail(sites(), listed(failed), quota(), kind="conflict", domains=[A, B], check=check)
        assert f"{B} (2) is ApplyFailed 3, CAA forbids" in result["msg"]
        assert by_domain(result) == {A: None, B: "ApplyFailed"}
        assert "changed" not in result or not result["changed"]


def test_a_failure_is_tried_again_when_asked(stage: Stage) -> None:
    """What has failed before does not count in the wait for the new application."""
    old = wire("old", A, "ApplyFailed")
    result = stage.change(
        *twice(sites(), listed(old), quota()),
        applied(A, told={A: "new"}),
        listed(old),
        listed(old, pending("new")),
        listed(old, wire("new")),
        retry_failed=True,
    )
    assert by_domain(result, "id") == {A: "new"}


def test_a_look_may_fail_while_waiting(stage: Stage) -> None:
    trouble = Exchange(LIST, answer=BUSY)
    stage.change(*EMPTY, applied(A), trouble, listed(wire("id-a.example.com")))
    result = stage.fail(*EMPTY, applied(A), trouble, trouble, kind="timeout", wait_timeout=10)
    assert "The last look at them failed: Not now." in result["msg"]
    stage.fail(*EMPTY, applied(A), refused(LIST, "Forbidden.RAM", status=403), kind="permission")


# --- proofs ---------------------------------------------------------------------------------------------------------


def test_the_proof_is_read_without_waiting_for_the_certificate(stage: Stage) -> None:
    predicted = stage.run(sites(access="CNAME"), listed(), quota(), check=True, wait=False)
    real = stage.change(
        *EMPTY_CNAME, applied(A, told={A: "1"}), listed(pending("1")), listed(pending("1", A, PROOF)), wait=False
    )
    assert stage.slept == [3.0]
    assert real["challenge"] == real["certificates"][0]["challenge"] == [TXT]
    assert by_domain(predicted) == by_domain(real) == {A: "Applying"}
    assert {value for entry in predicted["challenge"] for value in entry.values()} == {"(known after apply)", None}
    assert predicted["diff"] == real["diff"]
    again = stage.run(sites(access="CNAME"), listed(pending("1", A, PROOF)), wait=False)
    assert (again["changed"], again["challenge"]) == (False, [TXT])


def test_a_proof_that_only_the_single_record_has(stage: Stage) -> None:
    one = Exchange(GET, sends={"SiteId": SITE_ID, "Id": "1"}, answer={"Result": pending("1", A, PROOF)})
    result = stage.run(sites(access="CNAME"), *[listed(pending("1"))] * 12, one, wait=False)
    assert sum(stage.slept) == 30.0
    assert (result["changed"], result["challenge"]) == (False, [TXT])
    stage.run(sites(access="CNAME"), listed(pending("1")), wait=False, check=True)
    assert stage.slept == [], "check mode does not wait for a proof"


def test_a_site_that_proves_itself_is_not_asked_for_proofs(stage: Stage) -> None:
    result = stage.change(*EMPTY, applied(A, told={A: "1"}), listed(pending("1")), wait=False)
    assert (stage.slept, result["challenge"]) == ([], [])


@pytest.mark.parametrize(
    ("domain", "kind", "name", "value"),
    [
        (A, "digicert_single", "_dnsauth.a", f"a.example.com.{SITE_ID}.dcv.aliyun-esa.com"),
        (SITE, "digicert_single", "_dnsauth", f"example.com.{SITE_ID}.dcv.aliyun-esa.com"),
        (STAR, "digicert_wildcard", "_dnsauth", f"example.com.{SITE_ID}.dcv.aliyun-esa.com"),
    ],
)
def test_a_delegated_proof_is_known_beforehand(stage: Stage, domain: str, kind: str, name: str, value: str) -> None:
    answer = {"DelegationDomain": f"{SITE_ID}.dcv.aliyun-esa.com"}
    delegation = Exchange("GetDcvDelegation", sends={"SiteId": SITE_ID}, answer=answer)
    seen = (listed(), site_record(), quota(), delegation)
    options: dict[str, t.Any] = {"site_id": SITE_ID, "domains": [domain], "type": kind, "wait": False}
    predicted = stage.run(*seen, check=True, **options)
    real = stage.change(
        *twice(*seen), applied(domain, type=kind, told={domain: "1"}), listed(pending("1", domain, PROOF)), **options
    )
    (entry,) = real["challenge"]
    assert predicted["challenge"] == [entry]
    assert (entry["type"], entry["name"], entry["value"]) == ("CNAME", name, value)
    assert entry["record"] == f"{name}.{SITE}"
    assert {call.operation: call.method for call in stage.script.calls}["GetDcvDelegation"] == "GET"


def test_a_wildcard_that_would_stay_unfinished_is_warned_of_once(stage: Stage) -> None:
    stage.change(*EMPTY_CNAME, applied(STAR, told={STAR: "1"}), listed(wire("1", STAR)), domains=[STAR])
    assert [STAR in warning for warning in stage.warned] == [True]
    stage.change(*EMPTY, applied(STAR, told={STAR: "1"}), listed(wire("1", STAR)), domains=[STAR])
    assert stage.warned == []


# --- quota, duplicates, lost answers --------------------------------------------------------------------------------


@pytest.mark.parametrize("check", [True, False])
def test_a_full_quota_fails_before_the_call(stage: Stage, check: bool) -> None:
    result = stage.fail(sites(), listed(wire("1", B)), quota("10", "10"), kind="quota", check=check)
    assert f"10 on the site {SITE}; {B} (1, OK)" in result["msg"]
    assert result["quota"]["sites"] == [{"site_id": SITE_ID, "site_name": SITE, "used": 10}]
    assert by_domain(result) == {A: None}


def test_a_duplicate_in_disguise_means_look_and_apply_one_by_one(stage: Stage) -> None:
    c = "c.example.com"
    result = stage.change(
        *EMPTY,
        refused(APPLY, DUPLICATE, sends=application(A, B, c)),
        listed(pending("1")),
        applied(B, told={B: "2"}),
        applied(c, told={c: "3"}),
        listed(wire("1"), wire("2", B), wire("3", c)),
        domains=[A, B, c],
    )
    assert by_domain(result, "id") == {A: "1", B: "2", c: "3"}


def test_a_duplicate_that_the_list_shows_later(stage: Stage) -> None:
    result = stage.change(
        *EMPTY,
        refused(APPLY, DUPLICATE, sends=application(A)),
        listed(),
        refused(APPLY, DUPLICATE, sends=application(A)),
        listed(),
        listed(pending("1")),
        listed(wire("1")),
    )
    assert by_domain(result) == {A: "OK"}


def test_a_duplicate_that_is_none(stage: Stage) -> None:
    """The others of the list are applied for all the same."""
    result = stage.fail(
        *EMPTY,
        refused(APPLY, DUPLICATE, sends=application(A, B)),
        listed(),
        refused(APPLY, DUPLICATE, sends=application(A)),
        applied(B, told={B: "2"}),
        *[listed(pending("2", B))] * 11,
        kind="conflict",
        domains=[A, B],
    )
    assert (A in result["msg"], B in result["msg"]) == (True, False)
    assert (result["changed"], result["actions"]) == (True, [f"Apply for a free certificate of {B}"])


def test_a_duplicate_because_of_a_wider_certificate(stage: Stage) -> None:
    """The service makes none of several domains; should there be one, the failure names it."""
    wide = wire("7", B, SAN=f"{B},{A}")
    result = stage.fail(
        *twice(sites(), listed(wide), quota()),
        refused(APPLY, DUPLICATE, sends=application(A)),
        listed(wide),
        refused(APPLY, DUPLICATE, sends=application(A)),
        *[listed(wide)] * 11,
        kind="conflict",
    )
    assert "A certificate of another domain covers that too: 7." in result["msg"]


@pytest.mark.parametrize(
    "lost",
    [
        Exchange(APPLY, answer=LOST),
        refused(APPLY, "InternalException"),
        refused(APPLY, "InternalError", status=500),
        Exchange(APPLY, answer=b"<html>", status=200),
        Exchange(APPLY, answer=b"{}", status=503),
        Exchange(APPLY, answer={"Result": "x"}),
    ],
)
def test_a_lost_answer_is_looked_for_and_adopted(stage: Stage, lost: Exchange) -> None:
    result = stage.change(*EMPTY, lost, listed(), listed(pending("1")), listed(wire("1")))
    assert by_domain(result, "id") == {A: "1"}
    assert [call.operation for call in stage.script.calls].count(APPLY) == 1


def test_a_lost_answer_of_a_call_that_did_nothing(stage: Stage) -> None:
    result = stage.fail(*EMPTY, Exchange(APPLY, answer=LOST), *[listed()] * 11, kind="network")
    assert (sum(stage.slept), A in result["msg"], result["error"]["retryable"]) == (30.0, True, True)
    assert "changed" not in result or not result["changed"]


def test_a_lost_answer_of_a_call_that_did_half(stage: Stage) -> None:
    result = stage.fail(
        *EMPTY, Exchange(APPLY, answer=LOST), *[listed(pending("1"))] * 11, kind="network", domains=[A, B]
    )
    assert (B in result["msg"], A in result["msg"]) == (True, False)
    assert (result["changed"], result["actions"]) == (True, [f"Apply for a free certificate of {A}"])


def test_what_was_there_before_is_not_adopted(stage: Stage) -> None:
    old = wire("old", A, "Expired")
    before = twice(sites(), listed(old), quota())
    stage.fail(*before, Exchange(APPLY, answer=LOST), *[listed(old)] * 11, kind="network")
    stage.change(*before, Exchange(APPLY, answer=LOST), listed(old, pending("new")), listed(old, wire("new")))


# --- absent ---------------------------------------------------------------------------------------------------------


def test_delete(stage: Stage) -> None:
    seen = (sites(), listed(wire("1"), wire("2", B)), used_by(A))
    predicted = stage.run(*seen, check=True, state="absent")
    real = stage.change(
        *twice(*seen), deleted("1"), listed(wire("1"), wire("2", B)), listed(wire("2", B)), state="absent"
    )
    for key in ("changed", "actions", "diff", "certificates", "certificate", "challenge", "site"):
        assert predicted[key] == real[key], key
    assert (real["certificates"], stage.slept) == ([], [3.0])
    call = next(call for call in stage.script.calls if call.operation == DELETE)
    assert (call.method, call.replay, call.body) == ("GET", Replay.NEVER, None)
    for check in (True, False):
        assert stage.run(sites(), listed(wire("2", B)), state="absent", check=check)["changed"] is False


def test_what_is_in_use_stays_unless_forced(stage: Stage) -> None:
    for check in (True, False):
        used = used_by(A, **{A: ["1"], "www.example.com": ["1", "9"]})
        result = stage.fail(sites(), listed(wire("1")), used, kind="conflict", state="absent", check=check)
        assert result["error"]["code"] == "in_use"
        assert f"1 of {A} by {A}, www.example.com" in result["msg"]
    stage.change(*twice(sites(), listed(wire("1"))), deleted("1"), listed(), state="absent", force=True)


def test_what_is_gone_meanwhile_is_deleted(stage: Stage) -> None:
    gone = refused(DELETE, "InvalidCertificate.NotFound")
    stage.change(*twice(sites(), listed(wire("1")), used_by(A)), gone, listed(), state="absent")


def test_a_lost_deletion_is_sent_again_after_a_look(stage: Stage) -> None:
    before = twice(sites(), listed(wire("1")), used_by(A))
    lost = deleted("1", answer=LOST)
    stage.change(*before, lost, listed(), state="absent", wait=False)
    stage.change(*before, lost, listed(wire("1")), deleted("1"), listed(), state="absent")
    stage.fail(*before, lost, listed(wire("1")), deleted("1", answer=LOST), kind="network", state="absent")


def test_a_deletion_that_does_not_show(stage: Stage) -> None:
    before = twice(sites(), listed(wire("1")), used_by(A))
    result = stage.fail(*before, deleted("1"), *[listed(wire("1"))] * 11, kind="timeout", state="absent")
    assert "still listed" in result["msg"]


# --- refusals -------------------------------------------------------------------------------------------------------

CODES = [
    ("SiteNotFound", 400, "not_found"),
    ("InvalidParameter.SiteId", 400, "not_found"),
    ("SiteNotActivated", 400, "conflict"),
    ("MissingSiteId", 400, "invalid"),
    ("InvalidParameter.Type", 400, "invalid"),
    ("QuotaCheckFailed", 400, "unavailable"),
    ("QuotaExceed.RecordCount", 400, "quota"),
    ("QuotaExceeded", 403, "quota"),
    ("Instance.NotOnline", 400, "conflict"),
    ("Unauthorized.InvalidTime", 403, "auth"),
    ("Unauthorized.InvalidToken", 403, "auth"),
    ("Forbidden.RAM", 403, "permission"),
    ("NoPermission", 403, "permission"),
    ("Throttling.User", 400, "throttled"),
    ("UnsupportedHTTPMethod", 400, "invalid"),
]


@pytest.mark.parametrize(("code", "status", "kind"), CODES)
def test_refusals_of_an_application(stage: Stage, code: str, status: int, kind: str) -> None:
    result = stage.fail(*EMPTY, refused(APPLY, code, "The text.", status=status, sends=application(A)), kind=kind)
    assert (result["error"]["code"], result["error"]["http_status"]) == (code, status)
    assert "changed" not in result or not result["changed"]
    assert ("esa.ap-southeast-1.aliyuncs.com" in result["msg"]) == (kind == "not_found")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("Certificate.StatusError", "conflict"),
        ("SiteNotFound", "not_found"),
        ("Forbidden.RAM", "permission"),
        ("InvalidSomething.NotFound", "invalid"),
    ],
)
def test_refusals_of_a_deletion(stage: Stage, code: str, kind: str) -> None:
    before = twice(sites(), listed(wire("1")), used_by(A))
    stage.fail(*before, refused(DELETE, code), kind=kind, state="absent")


@pytest.mark.parametrize("code", ["Forbidden.RAM", "NoPermission", "Unauthorized.InvalidToken", "SiteNotFound"])
@pytest.mark.parametrize("position", range(4))
def test_a_read_that_is_refused_never_leads_to_an_application(stage: Stage, code: str, position: int) -> None:
    reads = [listed(), site_record(), quota(), Exchange("GetDcvDelegation")]
    refusal = refused(reads[position].operation, code, status=403)
    result = stage.run(*reads[:position], refusal, site_id=SITE_ID, type="digicert_single")
    assert result["failed"]
    assert result["error"]["kind"] in ("permission", "auth", "not_found")


def test_a_refused_look_for_users_never_leads_to_a_deletion(stage: Stage) -> None:
    refusal = refused("ListCertificatesByRecord", "Forbidden.RAM", status=403)
    stage.fail(sites(), listed(wire("1")), refusal, kind="permission", state="absent")


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_site_that_is_not_there(stage: Stage, state: str) -> None:
    nothing = sites()
    nothing.answer = {"TotalCount": 0, "Sites": []}
    result = stage.fail(nothing, kind="not_found", state=state)
    assert "esa.ap-southeast-1.aliyuncs.com" in result["msg"]
    other = sites({"SiteId": 9, "SiteName": "shop.example.com", "AccessType": "NS", "Status": "active"})
    stage.fail(other, kind="not_found", state=state)
    stage.fail(refused(LIST, "SiteNotFound"), kind="not_found", state=state, site_id="7")


def test_two_sites_of_a_name(stage: Stage) -> None:
    both = [{"SiteId": n, "SiteName": SITE, "AccessType": a, "Status": "active"} for n, a in ((1, "NS"), (2, "CNAME"))]
    result = stage.fail(sites(*both), kind="conflict")
    assert "1 (NS, active), 2 (CNAME, active)" in result["msg"]


@pytest.mark.parametrize(
    "options",
    [
        {"domains": []},
        {"domains": ["a.example.org"]},
        {"domains": [SITE, "http://a.example.com"]},
        {"domains": ["*.*.example.com"]},
        {"domains": [STAR], "type": "digicert_single"},
        {"domains": [STAR, A], "type": "digicert_wildcard"},
        {"site_id": "12x"},
        {"site_id": "-1"},
        {"wait_timeout": 0},
        {"wait_interval": -1},
        {"site": "192.0.2.1"},
    ],
)
def test_what_cannot_be_meant_is_refused_without_a_call(stage: Stage, options: dict[str, t.Any]) -> None:
    stage.fail(kind="invalid", **options)


def test_a_domain_outside_a_site_that_was_given_by_its_id(stage: Stage) -> None:
    stage.fail(listed(wire("1", "a.example.org")), kind="invalid", site_id=SITE_ID, domains=["a.example.org"])


def test_another_authority_is_told_and_not_applied_for(stage: Stage) -> None:
    result = stage.run(sites(), listed(wire("1")), type="digicert_single")
    told = {"option": "type", "now": "lets_encrypt", "then": "digicert_single"}
    assert (result["changed"], result["takes_effect_at_renewal"]) == (False, [told])


@pytest.mark.parametrize(
    ("members", "name"),
    [({"Id": None}, "Id"), ({"NotAfter": "soon"}, "NotAfter"), ({"DCV": "x"}, "DCV"), ({"SAN": 7}, "SAN")],
)
def test_a_malformed_row_is_a_failure_with_its_name(stage: Stage, members: dict[str, t.Any], name: str) -> None:
    assert name in stage.fail(sites(), listed(wire("1", **members)), kind="protocol")["msg"]


# --- esa_cert_info --------------------------------------------------------------------------------------------------

ROWS = (
    wire("1", B),
    pending("2", A, PROOF),
    wire("3", A, Type="upload", NotAfter="2026-12-01 08:00:00", SAN=f"{A},{STAR}"),
    wire("4", "c.example.com", "Expired", NotAfter="2026-10-01T08:00:00Z"),
    wire("5", "d.example.com", "Whatever", FingerprintSha256="none"),
)


@pytest.mark.parametrize(
    ("filters", "shown"),
    [
        ({}, ["2", "3", "1", "4", "5"]),
        ({"domain": A}, ["2", "3"]),
        ({"domain": STAR}, ["3"]),
        ({"certificate_id": "4"}, ["4"]),
        ({"certificate_id": "none"}, []),
        ({"type": ["upload", "cas"]}, ["3"]),
        ({"status": ["Applying", "Expired"]}, ["2", "4"]),
        ({"expires_within_days": 30}, ["3", "4"]),
        ({"type": ["free"], "expires_within_days": 0}, ["4"]),
    ],
)
def test_info(stage: Stage, filters: dict[str, t.Any], shown: list[str]) -> None:
    for check in (True, False):
        result = stage.run(sites(), listed(*ROWS), entry=esa_cert_info.ENTRY, check=check, **filters)
        assert [row["id"] for row in result["certificates"]] == shown
        assert result["changed"] is False


def test_info_tells_what_is_to_be_published(stage: Stage) -> None:
    result = stage.run(listed(*ROWS), entry=esa_cert_info.ENTRY, site_id=SITE_ID)
    first, last = result["certificates"][0], result["certificates"][-1]
    assert (first["challenge"], first["not_after"], first["issuer"]) == ([TXT], None, None)
    assert (last["status"], last["fingerprint_sha256"]) == ("Whatever", None)
    assert result["site"]["name"] == SITE
    assert result["request_ids"] == ["id-1"]


def test_info_refusals(stage: Stage) -> None:
    stage.fail(kind="invalid", entry=esa_cert_info.ENTRY, expires_within_days=-1)
    stage.fail(kind="invalid", entry=esa_cert_info.ENTRY, site_id="x")
    refusal = refused(LIST, "Forbidden.RAM", status=403)
    stage.fail(sites(), refusal, kind="permission", entry=esa_cert_info.ENTRY)
