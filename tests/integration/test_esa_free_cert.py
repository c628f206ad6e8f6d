# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Free certificates of ESA sites in four runs, both ways; what a run says when not all goes well."""

from __future__ import annotations

import typing as t

import pytest
from integration.both_ways import Way
from integration.stage import FourRuns, Stage, Task, Turn, openssl

pytestmark = pytest.mark.xdist_group("esa_free_cert")

NS_SITE, CNAME_SITE = "example.com", "example.org"
NS_ID, CNAME_ID = "1234567890123", "1234567890124"
APPLY, DELETE, LIST = "ApplyCertificate", "DeleteCertificate", "ListCertificates"
A, B, C = "a.example.com", "b.example.com", "c.example.com"


def certificates(*domains: str, **options: t.Any) -> Task:
    """Free certificates of these domains, of the site with name servers unless the options say otherwise."""
    if not {"site", "site_id"} & set(options):
        options["site"] = NS_SITE
    return {"cncloud.certificates.esa_free_cert": {"domains": list(domains), **options}}


def failing(task: Task) -> Task:
    return {**task, "ignore_errors": True}


def listed(stage: Stage, **filters: t.Any) -> dict[str, dict[str, t.Any]]:
    """What the info module reads back, by domain."""
    options = {"site_id": NS_ID, **filters}
    turn = stage.turn({"cncloud.certificates.esa_cert_info": options})
    assert set(turn.operations()) <= {LIST, "ListSites"}
    return {row["domain"]: row for row in turn.result.result["certificates"]}


def add(stage: Stage, domain: str, **more: t.Any) -> str:
    """A certificate that is there already; its id."""
    made = stage.emulator.control("POST", "/aliyun/esa_certificates", {"names": [domain], **more})
    return str(made["id"])


def settings(stage: Stage, **esa: t.Any) -> None:
    stage.emulator.control("POST", "/aliyun/settings", {"esa": esa})


def result_of(turn: Turn) -> dict[str, t.Any]:
    return dict(turn.result.result)


def kind_of(turn: Turn) -> str:
    assert turn.result.status == "ignored", turn.run.output
    return str(result_of(turn)["error"]["kind"])


def rows_of(turn: Turn) -> dict[str, dict[str, t.Any]]:
    return {row["domain"]: row for row in result_of(turn)["certificates"]}


def check_quiet(runs: FourRuns, *, reads: list[str]) -> None:
    for turn in (runs.predicted_again, runs.real_again):
        assert turn.operations() == reads


@pytest.mark.parametrize("way", list(Way))
def test_four_runs_read_back_and_openssl(stage: Stage, way: Way) -> None:
    runs = stage.four_runs(certificates(A, B), way=way)
    assert runs.real.writes() == [APPLY]
    check_quiet(runs, reads=["ListSites", LIST])
    rows = rows_of(runs.real)
    there = listed(stage)
    for domain in (A, B):
        row = rows[domain]
        assert row["status"] in ("OK", "Issued")
        for key in ("id", "serial_number", "fingerprint_sha256", "not_after", "domains"):
            assert row[key] == there[domain][key], key
        path = f"/aliyun/esa_certificates/{row['id']}?material=1"
        check_with_openssl(stage, row, stage.emulator.control("GET", path)["certificate"])
    assert result_of(runs.real)["certificate"] is None


def check_with_openssl(stage: Stage, row: dict[str, t.Any], pem: str) -> None:
    """What the service says of a certificate is what is in it."""
    file = stage.folder / "leaf.pem"
    file.write_text(pem)
    said = openssl("x509", "-in", file, "-noout", "-serial", "-fingerprint", "-sha256", "-ext", "subjectAltName")
    plain = said.replace(":", "").lower()
    assert f"serial={row['serial_number'].zfill(2)}" in plain.replace("serial=0", "serial=")
    assert row["fingerprint_sha256"] in plain
    assert f"dns{row['domain']}" in plain


def test_twenty_domains_are_one_call(stage: Stage) -> None:
    settings(stage, quota=20)
    domains = [f"h{number:02}.example.com" for number in range(20)]
    runs = stage.four_runs(certificates(*domains))
    assert runs.real.writes() == [APPLY]
    assert sorted(listed(stage)) == domains
    check_quiet(runs, reads=["ListSites", LIST])


@pytest.mark.parametrize("way", list(Way))
def test_absent_in_four_runs(stage: Stage, way: Way) -> None:
    add(stage, A)
    add(stage, A, type="upload")
    add(stage, B)
    runs = stage.four_runs(certificates(A, state="absent"), way=way)
    assert runs.real.writes() == [DELETE]
    check_quiet(runs, reads=["ListSites", LIST])
    assert (result_of(runs.real)["certificates"], set(listed(stage, type=["free"]))) == ([], {B})
    assert set(listed(stage, type=["upload"])) == {A}


def test_with_the_id_of_the_site_nothing_to_do_is_one_call(stage: Stage) -> None:
    add(stage, A, days_left=20)
    turn = stage.turn(certificates(A, site_id=NS_ID))
    assert (turn.changed, turn.operations()) == (False, [LIST])
    assert rows_of(turn)[A]["status"] == "Expiring"


def test_what_has_expired_is_applied_for_and_the_rest_is_not(stage: Stage) -> None:
    old = add(stage, A, days_left=-3)
    kept = add(stage, B)
    runs = stage.four_runs(certificates(A, B))
    rows = rows_of(runs.real)
    assert rows[A]["id"] != old
    assert rows[B]["id"] == kept
    assert [call["request"]["Domains"] for call in runs.real.calls if call["write"]] == [A]


@pytest.mark.parametrize("way", list(Way))
def test_one_is_there_one_fails_one_is_stuck(stage: Stage, way: Way) -> None:
    add(stage, A)
    settings(stage, outcomes={B: "fail", C: "stuck"})
    turn = stage.turn(failing(certificates(A, B, C, wait_timeout=120)), way=way)
    assert kind_of(turn) == "timeout"
    rows = rows_of(turn)
    assert {domain: row["status"] for domain, row in rows.items()} == {A: "OK", B: "ApplyFailed", C: "Applying"}
    message = result_of(turn)["msg"]
    for domain in (B, C):
        assert f"{domain} " in message
        assert rows[domain]["id"] in message
    assert turn.changed
    assert turn.writes() == [APPLY]
    again = stage.turn(failing(certificates(A, B)), way=way)
    assert (kind_of(again), result_of(again)["error"]["code"], again.writes()) == ("conflict", "apply_failed", [])
    settings(stage, outcomes={})
    repaired = stage.turn(certificates(A, B, retry_failed=True), way=way)
    assert (repaired.changed, rows_of(repaired)[B]["status"] in ("OK", "Issued")) == (True, True)


def test_a_full_quota_fails_before_the_call_with_what_occupies_it(stage: Stage) -> None:
    settings(stage, quota=2)
    ids = [add(stage, B), add(stage, C)]
    for arguments in (["--check"], []):
        turn = stage.turn(failing(certificates(A)), *arguments)
        assert kind_of(turn) == "quota"
        assert turn.writes() == []
        told = result_of(turn)["quota"]
        assert (told["total"], told["used"], told["needed"]) == (2, 2, 1)
        assert {row["id"] for row in told["certificates"]} == set(ids)
        for word in (B, C, NS_SITE):
            assert word in result_of(turn)["msg"]
    assert set(listed(stage)) == {B, C}, "nothing is deleted to make room"


def test_what_is_in_use_is_deleted_only_when_forced(stage: Stage) -> None:
    add(stage, A)
    stage.emulator.control("POST", f"/aliyun/sites/{NS_ID}", {"records": [A]})
    for arguments in (["--check"], []):
        turn = stage.turn(failing(certificates(A, state="absent")), *arguments)
        assert (kind_of(turn), result_of(turn)["error"]["code"], turn.writes()) == ("conflict", "in_use", [])
    runs = stage.four_runs(certificates(A, state="absent", force=True))
    assert runs.real.writes() == [DELETE]


@pytest.mark.parametrize("way", list(Way))
def test_a_lost_answer_is_looked_for_and_adopted(stage: Stage, way: Way) -> None:
    stage.emulator.control("POST", "/faults", {"kind": "lost_answer", "match": {"operation": APPLY}})
    turn = stage.turn(certificates(A, B), way=way)
    assert (turn.result.status, turn.changed) == ("ok", True), turn.run.output
    assert [call["operation"] for call in stage.emulator.log() if call["write"]] == [APPLY]
    assert set(listed(stage)) == {A, B}
    assert stage.turn(certificates(A, B), way=way).changed is False


def test_a_lost_request_is_told_and_the_next_run_applies(stage: Stage) -> None:
    stage.emulator.control("POST", "/faults", {"kind": "lost_request", "match": {"operation": APPLY}})
    turn = stage.turn(failing(certificates(A)))
    assert (kind_of(turn), turn.changed, listed(stage)) == ("network", False, {})
    assert stage.turn(certificates(A)).writes() == [APPLY]
    assert set(listed(stage)) == {A}


def test_a_lost_answer_of_a_deletion(stage: Stage) -> None:
    """A GET that writes: it is not sent again before a look."""
    add(stage, A)
    stage.emulator.control("POST", "/faults", {"kind": "lost_answer", "match": {"operation": DELETE}})
    turn = stage.turn(certificates(A, state="absent"))
    assert (turn.result.status, turn.changed) == ("ok", True), turn.run.output
    assert listed(stage) == {}


@pytest.mark.parametrize("code", ["InternalException", "QuotaCheckFailed"])
def test_codes_that_mean_later(stage: Stage, code: str) -> None:
    fault = {"kind": "error", "code": code, "match": {"operation": APPLY}, "times": 1}
    stage.emulator.control("POST", "/faults", fault)
    turn = stage.turn(failing(certificates(A)))
    again = stage.turn(certificates(A))
    assert again.result.status == "ok", again.run.output
    assert (turn.result.status == "ok") == (code == "QuotaCheckFailed"), "only what certainly did not run is repeated"
    assert set(listed(stage)) == {A}


READS = ("ListSites", LIST, "GetCertificateQuota")


@pytest.mark.parametrize("code", ["Forbidden.RAM", "NoPermission", "SiteNotFound"])
@pytest.mark.parametrize("operation", READS)
def test_a_read_that_is_refused_never_leads_to_a_write(stage: Stage, operation: str, code: str) -> None:
    fault = {"kind": "error", "code": code, "match": {"operation": operation}, "times": None}
    stage.emulator.control("POST", "/faults", fault)
    turn = stage.turn(failing(certificates(A)))
    assert kind_of(turn) in ("permission", "not_found", "invalid")
    stage.expect_no_write()


def test_a_refused_look_for_users_never_leads_to_a_deletion(stage: Stage) -> None:
    add(stage, A)
    match = {"operation": "ListCertificatesByRecord"}
    stage.emulator.control("POST", "/faults", {"kind": "error", "code": "Forbidden.RAM", "match": match, "times": None})
    assert kind_of(stage.turn(failing(certificates(A, state="absent")))) == "permission"
    stage.expect_no_write()


@pytest.mark.parametrize("options", [{"site": "nobody.example.com"}, {"site_id": "7"}])
@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_site_that_is_not_there(stage: Stage, options: dict[str, str], state: str) -> None:
    turn = stage.turn(failing(certificates("nobody.example.com", state=state, **options)))
    assert kind_of(turn) == "not_found"
    assert "esa.ap-southeast-1.aliyuncs.com" in result_of(turn)["msg"]
    stage.expect_no_write()


def test_a_site_that_is_not_active(stage: Stage) -> None:
    stage.emulator.control("POST", f"/aliyun/sites/{NS_ID}", {"status": "offline"})
    for options in ({"site": NS_SITE}, {"site_id": NS_ID}):
        for arguments in (["--check"], []):
            turn = stage.turn(failing(certificates(A, **options)), *arguments)
            assert (kind_of(turn), turn.writes()) == ("conflict", [])


def test_a_site_with_cname_access_tells_what_to_publish(stage: Stage) -> None:
    """Published in DNS, the next run goes on to the end."""
    star, single = "*.example.org", "www.example.org"
    task = certificates(star, single, site=CNAME_SITE)
    stuck = stage.turn(failing(certificates(star, single, site=CNAME_SITE, wait_timeout=60)))
    assert kind_of(stuck) == "timeout"
    told = {entry["record"] for entry in result_of(stuck)["challenge"]}
    assert "_acme-challenge.example.org" in told
    assert all(row["challenge"] for row in rows_of(stuck).values())
    for entry in result_of(stuck)["challenge"]:
        if entry["type"] == "TXT":
            one = {"name": entry["record"], "type": "TXT", "values": [entry["value"]]}
            stage.emulator.control("POST", "/dns", one)
    done = stage.turn(task)
    assert (done.writes(), result_of(done)["challenge"]) == ([], [])
    assert {row["status"] in ("OK", "Issued") for row in rows_of(done).values()} == {True}
    assert stage.turn(task).changed is False


def test_digicert_at_a_site_with_cname_access_is_a_delegation(stage: Stage) -> None:
    task = certificates("www.example.org", site=CNAME_SITE, type="digicert_single")
    options = certificates("www.example.org", site=CNAME_SITE, type="digicert_single", wait=False)
    predicted = stage.turn(options, "--check")
    real = stage.turn(options)
    assert result_of(predicted)["challenge"] == result_of(real)["challenge"]
    (entry,) = result_of(real)["challenge"]
    assert (entry["type"], entry["record"]) == ("CNAME", "_dnsauth.www.example.org")
    assert entry["value"] == f"www.example.org.{CNAME_ID}.dcv.aliyun-esa.com"
    one = {"name": entry["record"], "type": "CNAME", "values": [entry["value"]]}
    stage.emulator.control("POST", "/dns", one)
    assert rows_of(stage.turn(task))["www.example.org"]["status"] in ("OK", "Issued")
    assert stage.turn(task).changed is False


def test_info_filters(stage: Stage) -> None:
    add(stage, A, days_left=10)
    add(stage, B)
    add(stage, C, status="Applying", outcome="stuck")
    assert set(listed(stage)) == {A, B, C}
    assert set(listed(stage, expires_within_days=30)) == {A}
    assert set(listed(stage, status=["Applying"])) == {C}
    assert set(listed(stage, domain=B)) == {B}
    assert listed(stage, site=CNAME_SITE, site_id="{{ omit }}") == {}
