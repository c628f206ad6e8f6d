# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The certificate of a gateway's domain in four runs: bound afresh, replaced in both ways, and unbound."""

from __future__ import annotations

import ssl
import typing as t

import pytest
from integration.stage import Files, FourRuns, Stage, Task

pytestmark = pytest.mark.xdist_group("huawei_apig_domain_cert")

PRESENT = {
    "fresh RSA": "rsa.example.com",
    "fresh ECC": "ecc.example.com",
    "in place": "renew.example.com",
    "attach_new": "anew.example.com",
    "ECC beside RSA": "both.example.com",
}
ABSENT = {"the only one": "off.example.com", "the given one": "two.example.com"}
OPTIONS = {"attach_new": {"replace": "attach_new"}}
ECC = ("fresh ECC", "ECC beside RSA")


def bind(domain: str, files: Files | None, **more: t.Any) -> Task:
    options: dict[str, t.Any] = {"instance_id": "i-emulator", "group": "demo", "domain": domain, **more}
    if files:
        options |= {"certificate_path": str(files.certificate), "private_key_path": str(files.private_key)}
    return {"cncloud.certificates.huawei_apig_domain_cert": options}


class Case(t.NamedTuple):
    runs: dict[str, FourRuns]
    files: dict[str, Files]
    before: dict[str, str]
    """Id of the object that was bound before, by the case's name."""


@pytest.fixture(scope="module", name="case")
def _case(shared_stage: Stage) -> Case:
    stage = shared_stage
    for domain in (*PRESENT.values(), *ABSENT.values()):
        stage.add_domain(domain)
    before = {}
    for name in ("in place", "attach_new", "ECC beside RSA", "the only one"):
        domain = {**PRESENT, **ABSENT}[name]
        old = {"name": f"{domain.replace('.', '_')}_0123abcd", "domains": [domain], "days_left": 10, "bind": [domain]}
        before[name] = stage.emulator.control("POST", "/huawei/certificates", old)["id"]
    files = {
        name: stage.make_certificate(name.replace(" ", "_"), names=[domain], algorithm="ECC" if name in ECC else "RSA")
        for name, domain in PRESENT.items()
    }
    for algorithm in ("RSA", "ECC"):
        files[algorithm] = stage.make_certificate(algorithm, names=["two.example.com"], algorithm=algorithm)
        stage.emulator.control(
            "POST",
            "/huawei/certificates",
            {
                "name": f"two_{algorithm}",
                "cert_content": files[algorithm].certificate.read_text(),
                "private_key": files[algorithm].private_key.read_text(),
                "bind": ["two.example.com"],
            },
        )
    tasks = {name: bind(domain, files[name], **OPTIONS.get(name, {})) for name, domain in PRESENT.items()}
    tasks["the only one"] = bind("off.example.com", None, state="absent")
    given = {"certificate_path": str(files["RSA"].certificate), "state": "absent"}
    tasks["the given one"] = bind("two.example.com", None, **given)
    return Case(runs=stage.rounds(tasks), files=files, before=before)


def bound(stage: Stage, domain: str) -> list[str]:
    """Ids of the certificate objects that a domain holds."""
    domains = stage.emulator.control("GET", "/state/huawei")["domains"]
    (found,) = [one["certificates"] for one in domains if one["name"] == domain]
    return list(found)


def objects(stage: Stage) -> set[str]:
    return {one["id"] for one in stage.emulator.control("GET", "/state/huawei")["certificates"]}


@pytest.mark.parametrize("name", [*PRESENT, *ABSENT])
def test_check_mode_tells_the_truth_and_the_second_round_changes_nothing(case: Case, name: str) -> None:
    case.runs[name].checked()


@pytest.mark.parametrize("name", PRESENT)
def test_clients_get_exactly_the_certificate_given(case: Case, shared_stage: Stage, name: str) -> None:
    algorithm = "ecc" if name in ECC else "rsa"
    assert shared_stage.served(PRESENT[name], algorithm=algorithm) == case.files[name].sha256


@pytest.mark.parametrize("name", PRESENT)
def test_result_is_what_is_bound(case: Case, shared_stage: Stage, name: str) -> None:
    for turn in (case.runs[name].real, case.runs[name].predicted_again, case.runs[name].real_again):
        certificate = turn.result.result["certificate"]
        assert certificate["id"] in bound(shared_stage, PRESENT[name])
        assert certificate["fingerprint_sha256"] == case.files[name].sha256


@pytest.mark.parametrize("name", PRESENT)
def test_run_without_a_change_is_two_reads(case: Case, name: str) -> None:
    for turn in (case.runs[name].predicted_again, case.runs[name].real_again):
        assert turn.operations() == ["ListApiGroupsV2", "ShowDetailsOfCertificateV2"]


def test_first_certificate_is_created_and_bound_by_one_call(case: Case) -> None:
    for name in ("fresh RSA", "fresh ECC"):
        assert case.runs[name].real.writes() == ["AssociateCertificateV2"]


def test_in_place_keeps_the_object(case: Case, shared_stage: Stage) -> None:
    assert case.runs["in place"].real.writes() == ["UpdateCertificateV2"]
    assert bound(shared_stage, "renew.example.com") == [case.before["in place"]]


def test_attach_new_binds_the_new_one_before_the_old_one_goes(case: Case, shared_stage: Stage) -> None:
    writes = case.runs["attach_new"].real.writes()
    assert writes[:2] == ["CreateCertificateV2", "BatchAssociateCertsV2"]
    assert case.before["attach_new"] not in bound(shared_stage, "anew.example.com")
    # It was named by this module and nothing else holds it.
    assert writes[-1] == "DeleteCertificateV2"
    assert case.before["attach_new"] not in objects(shared_stage)


def test_certificate_of_another_algorithm_stays_and_is_served(case: Case, shared_stage: Stage) -> None:
    turn = case.runs["ECC beside RSA"].real_again
    assert [other["id"] for other in turn.result.result["others"]] == [case.before["ECC beside RSA"]]
    assert len(bound(shared_stage, "both.example.com")) == 2
    assert shared_stage.served("both.example.com", algorithm="rsa") != case.files["ECC beside RSA"].sha256


def test_only_one_is_unbound_without_being_named(case: Case, shared_stage: Stage) -> None:
    assert case.runs["the only one"].real.result.result["certificate"] is None
    assert bound(shared_stage, "off.example.com") == []
    with pytest.raises(ssl.SSLError):
        shared_stage.served("off.example.com")


def test_the_given_one_of_two_is_unbound(case: Case, shared_stage: Stage) -> None:
    assert len(bound(shared_stage, "two.example.com")) == 1
    assert shared_stage.served("two.example.com", algorithm="ecc") == case.files["ECC"].sha256
    with pytest.raises(ssl.SSLError):
        shared_stage.served("two.example.com", algorithm="rsa")


def test_object_that_this_module_did_not_name_is_unbound_and_not_deleted(case: Case, shared_stage: Stage) -> None:
    names = {one["name"] for one in shared_stage.emulator.control("GET", "/state/huawei")["certificates"]}
    assert "two_RSA" in names


def test_no_private_key_shows(case: Case, shared_stage: Stage) -> None:
    lines = [files.private_key.read_text().splitlines()[1] for files in case.files.values()]
    secrets = ["PRIVATE KEY", shared_stage.environ()["HUAWEICLOUD_SDK_SK"], *lines]
    for turn in (case.runs["in place"].real, case.runs["in place"].predicted):
        shown = turn.run.output + "".join(str(each.result) for each in turn.run.results)
        assert [secret for secret in secrets if secret in shown] == []


def test_info_module_lists_what_is_bound(case: Case, shared_stage: Stage) -> None:
    options = {"instance_id": "i-emulator", "with_bindings": True, "with_details": True}
    turn = shared_stage.turn({"cncloud.certificates.huawei_apig_cert_info": options})
    assert turn.changed is False
    assert turn.writes() == []
    listed = {row["id"]: row for row in turn.result.result["certificates"]}
    assert listed.keys() == objects(shared_stage)
    for name, domain in PRESENT.items():
        certificate = case.runs[name].real_again.result.result["certificate"]
        row = listed[certificate["id"]]
        assert row["status"] == "bound"
        assert [one["domain"] for one in row["bound_to"]] == [domain]
        assert row["serial_number"] == certificate["serial_number"]
        assert row["not_after"] == certificate["not_after"]
        assert row["fingerprint_sha256"] is None
