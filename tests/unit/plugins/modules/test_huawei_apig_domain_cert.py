# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exactly these calls: what the module reads, writes and never says for each situation of a domain."""

from __future__ import annotations

import datetime
import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import NetworkFailure, Ran
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.domain_cert import ENTRY
from ansible_collections.cncloud.certificates.tests.unit.authority import Issued, issue, key_pem
from ansible_collections.cncloud.certificates.tests.unit.doubles import START
from ansible_collections.cncloud.certificates.tests.unit.huawei_script import PROJECT, Line, Script, Surroundings, run

GATEWAY = "gateway-1"
HOST = "www.example.com"
NEW = issue(HOST, serial=0x1234567890ABCDEF)
OLD = issue(HOST, serial=0xABCDE, end=START + datetime.timedelta(days=9))
ECC_NAME = "www_example_com_0011aaff"

LIST_GROUPS, GROUP = "ListApiGroupsV2", "ShowDetailsOfApiGroupV2"
SHOW, CLASSIC_SHOW = "ShowDetailsOfCertificateV2", "ShowDetailsOfDomainNameCertificateV2"
ATTACHED, LIST = "ListAttachedDomainsV2", "ListCertificatesV2"
ASSOCIATE, DISASSOCIATE = "AssociateCertificateV2", "DisassociateCertificateV2"
CREATE, UPDATE, DELETE = "CreateCertificateV2", "UpdateCertificateV2", "DeleteCertificateV2"
ATTACH, DETACH = "BatchAssociateCertsV2", "BatchDisassociateCertsV2"


def ssl_info(
    cert_id: str, *, name: str = ECC_NAME, algorithm: str = "ECC", kind: int = 1, ca: bool = False
) -> dict[str, t.Any]:
    return {
        "ssl_id": cert_id,
        "ssl_name": name,
        "algorithm_type": algorithm,
        "type": kind,
        "is_has_trusted_root_ca": ca,
    }


def group(*infos: dict[str, t.Any], group_id: str = "group-1", host: str = HOST, **more: t.Any) -> dict[str, t.Any]:
    domain = {
        "id": "domain-1",
        "domain": host,
        "cname_status": 3,
        "ssl_id": "",
        "verified_client_certificate_enabled": False,
        "ssl_infos": list(infos),
        **more,
    }
    return {"id": group_id, "name": "demo", "url_domains": [domain]}


def groups(*rows: dict[str, t.Any]) -> Line:
    return Line(LIST_GROUPS, answer={"total": len(rows), "size": len(rows), "groups": list(rows)})


def detail(issued: Issued, cert_id: str = "cert-1", *, name: str = ECC_NAME, ca: bool = False) -> Line:
    return Line(
        SHOW,
        answer={
            "id": cert_id,
            "name": name,
            "type": "instance",
            "instance_id": GATEWAY,
            "algorithm_type": "ECC",
            "serial_number": str(issued.leaf.serial_number),
            "not_after": issued.leaf.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "issuer": ["Test Issuer"],
            "san": [HOST],
            "is_has_trusted_root_ca": ca,
        },
    )


def attached(*hosts: str) -> Line:
    rows = [
        {"id": f"id-of-{host}" if host != HOST else "domain-1", "url_domain": host, "instance_id": GATEWAY}
        for host in hosts
    ]
    return Line(ATTACHED, answer={"total": len(rows), "size": len(rows), "bound_domains": rows})


def certificates(*rows: dict[str, t.Any]) -> Line:
    return Line(LIST, answer={"total": len(rows), "size": len(rows), "certs": list(rows)})


def refusal(operation: str, code: str, status: int = 400, text: str = "No.") -> Line:
    return Line(operation, status=status, answer={"error_code": code, "error_msg": text})


def lost(operation: str) -> Line:
    return Line(operation, fails=NetworkFailure("No answer.", retryable=True, ran=Ran.UNKNOWN))


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Script]:
    script = Script(monkeypatch)
    yield script
    assert script.left == [], "calls that were expected and did not come"


@pytest.fixture
def around() -> Surroundings:
    return Surroundings()


Bind = t.Callable[..., dict[str, t.Any]]


@pytest.fixture
def bind(script: Script, around: Surroundings, tmp_path: Path) -> Bind:
    """Run the module with the certificate NEW for HOST in group `demo`, some options changed; None leaves one out."""

    def call(*, check_mode: bool = False, **options: t.Any) -> dict[str, t.Any]:
        given: dict[str, t.Any] = {
            "region": "cn-north-4",
            "project_id": PROJECT,
            "instance_id": GATEWAY,
            "group": "demo",
            "domain": HOST,
            "certificate": NEW.fullchain_pem,
            "private_key": NEW.key_pem,
            **options,
        }
        given = {name: value for name, value in given.items() if value is not None}
        result = run(ENTRY, around.context(str(tmp_path), check_mode=check_mode), **given)
        shown = json.dumps([result, around.warnings])
        for issued in (NEW, OLD):
            assert issued.key_pem.splitlines()[1] not in shown
        assert "sk-of-the-environment" not in shown
        return result

    return call


def is_unchanged(result: dict[str, t.Any]) -> bool:
    return (
        "failed" not in result
        and result["changed"] is False
        and result["actions"] == []
        and result["diff"] == {"before": {}, "after": {}}
    )


SAME = (groups(group(ssl_info("cert-1"))), detail(NEW))


def test_nothing_to_do_is_two_reads(script: Script, bind: Bind) -> None:
    script.expect(*SAME)
    assert is_unchanged(bind())
    first, second = script.seen
    assert first.path == f"/instances/{GATEWAY}/api-groups"
    assert first.query == {"name": "demo", "precise_search": "name", "offset": "0", "limit": "500"}
    assert second.path == "/certificates/cert-1"


def test_nothing_to_do_by_ids_is_two_reads(script: Script, bind: Bind) -> None:
    script.expect(Line(GROUP, answer=group(ssl_info("cert-1"))), detail(NEW))
    assert is_unchanged(bind(group=None, group_id="group-1", domain=None, domain_id="domain-1"))


def test_the_result_has_the_fixed_shape(script: Script, bind: Bind) -> None:
    script.expect(*SAME)
    result = bind()
    assert result["certificate"] == {
        "id": "cert-1",
        "name": ECC_NAME,
        "status": "bound",
        "domains": [HOST],
        "issuer": "CN=Test Issuer,C=CN",
        "serial_number": "1234567890abcdef",
        "fingerprint_sha256": result["certificate"]["fingerprint_sha256"],
        "not_before": "2026-11-12T08:00:00Z",
        "not_after": "2027-02-10T08:00:00Z",
        "days_left": 80,
        "cloud": "huawei",
        "algorithm": "ECC",
        "scope": "instance",
        "common_name": HOST,
        "has_trusted_root_ca": False,
        "bound_to": [
            {"instance_id": GATEWAY, "group_id": "group-1", "group": "demo", "domain_id": "domain-1", "domain": HOST}
        ],
    }
    assert len(result["certificate"]["fingerprint_sha256"]) == 64
    assert result["others"] == result["ignored"] == []


def test_first_binding(script: Script, bind: Bind, around: Surroundings) -> None:
    script.expect(
        groups(group()),
        groups(group()),
        Line(ASSOCIATE, status=201, answer={"id": "domain-1", "ssl_id": ""}),
        Line(GROUP, answer=group()),
        Line(GROUP, answer=group(ssl_info("cert-1"))),
        detail(NEW),
    )
    result = bind(certificate=f"# cncloud: abc\nSome text\n{NEW.fullchain_pem}")
    assert result["changed"] is True
    assert result["certificate"]["id"] == "cert-1"
    name = f"www_example_com_{result['certificate']['fingerprint_sha256'][:8]}"
    assert script.seen[2].body == {
        "name": name,
        "cert_content": NEW.fullchain_pem,
        "private_key": NEW.key_pem,
    }
    assert script.seen[2].path == f"/instances/{GATEWAY}/api-groups/group-1/domains/domain-1/certificate"
    assert around.clock.sleeps == [2.0]
    assert NEW.key_pem in around.masked


def test_check_mode_predicts_the_first_binding_and_writes_nothing(script: Script, bind: Bind, tmp_path: Path) -> None:
    script.expect(groups(group()))
    result = bind(check_mode=True)
    assert result["changed"] is True
    assert result["certificate"]["id"] is None
    assert result["certificate"]["serial_number"] == "1234567890abcdef"
    assert list(tmp_path.iterdir()) == []


def test_renewal_in_place_looks_twice_ten_seconds_apart(script: Script, bind: Bind, around: Surroundings) -> None:
    script.expect(
        groups(group(ssl_info("cert-1"))),
        detail(OLD),
        attached(HOST),
        groups(group(ssl_info("cert-1"))),
        detail(OLD),
        attached(HOST),
        Line(UPDATE, answer={"id": "cert-1"}),
        Line(GROUP, answer=group(ssl_info("cert-1"))),
        detail(NEW),
    )
    result = bind()
    assert result["changed"] is True
    assert result["certificate"]["id"] == "cert-1"
    assert around.clock.sleeps == [10.0]
    assert script.seen[6].body == {
        "name": ECC_NAME,
        "cert_content": NEW.fullchain_pem,
        "private_key": NEW.key_pem,
        "type": "instance",
        "instance_id": GATEWAY,
        "algorithm_type": "ECC",
    }


def test_a_certificate_that_gets_shared_in_between_is_not_updated(script: Script, bind: Bind) -> None:
    script.expect(
        groups(group(ssl_info("cert-1", name="by_hand"))),
        detail(OLD, name="by_hand"),
        attached(HOST),
        groups(group(ssl_info("cert-1", name="by_hand"))),
        detail(OLD, name="by_hand"),
        attached(HOST, "api.example.com"),
        certificates(),
        Line(CREATE, answer={"id": "cert-2"}),
        Line(ATTACH, status=204),
        Line(GROUP, answer=group(ssl_info("cert-2"))),
        detail(NEW, "cert-2"),
        Line(GROUP, answer=group(ssl_info("cert-2"))),
        detail(NEW, "cert-2"),
        Line(GROUP, answer=group(ssl_info("cert-2"))),
        detail(NEW, "cert-2"),
    )
    result = bind()
    assert result["certificate"]["id"] == "cert-2"
    assert UPDATE not in script.operations


def test_attach_new_binds_before_it_unbinds_and_deletes(script: Script, bind: Bind, around: Surroundings) -> None:
    both = group(ssl_info("cert-1"), ssl_info("cert-2", name="n2"))
    script.expect(
        *(groups(group(ssl_info("cert-1"))), detail(OLD), attached(HOST), certificates()),
        *(groups(group(ssl_info("cert-1"))), detail(OLD), attached(HOST), certificates()),
        Line(CREATE, answer={"id": "cert-2"}),
        Line(ATTACH, status=204),
        *(Line(GROUP, answer=group(ssl_info("cert-1"))), detail(OLD)),
        *(Line(GROUP, answer=both), detail(OLD), detail(NEW, "cert-2")),
        *(Line(GROUP, answer=both), detail(OLD), detail(NEW, "cert-2")),
        Line(DETACH, status=204),
        attached(),
        Line(DELETE, status=204),
        *(Line(GROUP, answer=group(ssl_info("cert-2", name="n2"))), detail(NEW, "cert-2")),
    )
    result = bind(replace="attach_new")
    assert result["certificate"]["id"] == "cert-2"
    writes = [call for call in script.seen if call.method != "GET"]
    assert [call.operation for call in writes] == [CREATE, ATTACH, DETACH, DELETE]
    assert writes[1].body == {"certificate_ids": ["cert-2"], "verified_client_certificate_enabled": False}
    assert writes[2].body == {"certificate_ids": ["cert-1"], "verified_client_certificate_enabled": False}
    assert around.clock.sleeps == [2.0, 10.0]


def test_nothing_is_unbound_before_the_new_one_shows(script: Script, bind: Bind) -> None:
    script.expect(
        *(groups(group(ssl_info("cert-1", kind=2))), detail(OLD), certificates()),
        *(groups(group(ssl_info("cert-1", kind=2))), detail(OLD), certificates()),
        Line(CREATE, answer={"id": "cert-2"}),
        Line(ATTACH, status=204),
        *(line for _look in range(9) for line in (Line(GROUP, answer=group(ssl_info("cert-1", kind=2))), detail(OLD))),
    )
    result = bind(replace="attach_new")
    assert result["error"]["kind"] == "protocol"
    assert result["changed"] is True
    assert len(result["actions"]) == 2


def test_a_second_certificate_refused_rolls_back_and_keeps_the_old_one(script: Script, bind: Bind) -> None:
    script.expect(
        *(groups(group(ssl_info("cert-1", kind=2))), detail(OLD), certificates()),
        *(groups(group(ssl_info("cert-1", kind=2))), detail(OLD), certificates()),
        Line(CREATE, answer={"id": "cert-2"}),
        refusal(ATTACH, "APIG.2051"),
        Line(DELETE, status=204),
    )
    result = bind()
    assert result["failed"] is True
    assert result["changed"] is False
    assert result["error"]["kind"] == "conflict"
    assert result["error"]["code"] == "APIG.2051"
    assert "stays bound" in result["msg"]
    assert script.seen[-1].path == "/certificates/cert-2"


def test_a_lost_attach_is_looked_for_and_not_rolled_back(script: Script, bind: Bind) -> None:
    new = group(ssl_info("cert-2"))
    script.expect(
        *(groups(group(ssl_info("cert-1", kind=2))), detail(OLD), certificates()),
        *(groups(group(ssl_info("cert-1", kind=2))), detail(OLD), certificates()),
        Line(CREATE, answer={"id": "cert-2"}),
        lost(ATTACH),
        *(Line(GROUP, answer=new), detail(NEW, "cert-2")),
        *(Line(GROUP, answer=new), detail(NEW, "cert-2")),
        *(Line(GROUP, answer=new), detail(NEW, "cert-2")),
        *(Line(GROUP, answer=new), detail(NEW, "cert-2")),
    )
    result = bind()
    assert result["changed"] is True
    assert result["certificate"]["id"] == "cert-2"


def test_an_unbound_object_of_a_killed_run_is_used(script: Script, bind: Bind) -> None:
    spare = {"id": "cert-2", "name": "mine", "type": "instance", "instance_id": GATEWAY, "algorithm_type": "ECC"}
    stranger = {**spare, "id": "cert-3"}
    look = (
        *(groups(group(ssl_info("cert-1", kind=2))), detail(OLD), certificates(stranger, spare)),
        *(detail(OLD, "cert-3"), detail(NEW, "cert-2"), attached()),
    )
    new = (Line(GROUP, answer=group(ssl_info("cert-2"))), detail(NEW, "cert-2"))
    script.expect(*look, *look, Line(ATTACH, status=204), *new, *new, *new)
    result = bind(name="mine")
    assert CREATE not in script.operations
    assert [one["id"] for one in result["ignored"]] == ["cert-3"]


def test_a_lost_create_is_adopted_when_it_shows(script: Script, bind: Bind) -> None:
    script.expect(
        groups(group()),
        groups(group()),
        lost(ASSOCIATE),
        Line(GROUP, answer=group()),
        *(Line(GROUP, answer=group(ssl_info("cert-1"))), detail(NEW)),
        *(Line(GROUP, answer=group(ssl_info("cert-1"))), detail(NEW)),
    )
    assert bind()["certificate"]["id"] == "cert-1"
    assert script.operations.count(ASSOCIATE) == 1


def test_a_lost_create_that_does_not_show_is_not_sent_again(script: Script, bind: Bind, around: Surroundings) -> None:
    script.expect(
        groups(group()),
        groups(group()),
        lost(ASSOCIATE),
        *(Line(GROUP, answer=group()) for _look in range(9)),
    )
    result = bind()
    assert result["error"]["kind"] == "network"
    assert "next run" in result["msg"]
    assert sum(around.clock.sleeps) == 15.0


def test_a_lost_update_is_repeated_once(script: Script, bind: Bind) -> None:
    look = (groups(group(ssl_info("cert-1"))), detail(OLD), attached(HOST))
    script.expect(
        *look,
        *look,
        lost(UPDATE),
        *(detail(OLD) for _look in range(9)),
        Line(UPDATE, answer={"id": "cert-1"}),
        *(Line(GROUP, answer=group(ssl_info("cert-1"))), detail(NEW)),
    )
    assert bind()["changed"] is True


def test_what_the_gateway_has_accepted_must_show(script: Script, bind: Bind, around: Surroundings) -> None:
    look = (groups(group(ssl_info("cert-1"))), detail(OLD), attached(HOST))
    never = (Line(GROUP, answer=group(ssl_info("cert-1"))), detail(OLD))
    script.expect(*look, *look, Line(UPDATE, answer={}), *(line for _look in range(9) for line in never))
    result = bind()
    assert result["error"]["kind"] == "protocol"
    assert result["changed"] is True
    assert len(result["actions"]) == 1


def test_without_waiting_nothing_is_read_back(script: Script, bind: Bind) -> None:
    script.expect(groups(group()), groups(group()), Line(ASSOCIATE, status=201, answer={"ssl_id": "cert-1"}))
    assert bind(wait=False)["certificate"]["id"] == "cert-1"


def test_old_gateways_know_one_way(script: Script, bind: Bind) -> None:
    old: dict[str, t.Any] = {"ssl_infos": None, "ssl_id": "cert-1", "ssl_name": "by_hand"}
    new = {**old, "ssl_id": "cert-2"}
    rsa_new, rsa_old = issue(HOST, algorithm="rsa", serial=77), issue(HOST, algorithm="rsa", serial=78)

    def classic(issued: Issued, cert_id: str) -> tuple[Line, Line]:
        answer = {**detail(issued, cert_id).answer}
        del answer["algorithm_type"]
        return refusal(SHOW, "APIG.3458", 412), Line(CLASSIC_SHOW, answer=answer)

    script.expect(
        *(groups(group(**old)), *classic(rsa_old, "cert-1")),
        *(groups(group(**old)), *classic(rsa_old, "cert-1")),
        Line(ASSOCIATE, status=201, answer={"ssl_id": "cert-2"}),
        *(Line(GROUP, answer=group(**new)), classic(rsa_new, "cert-2")[1]),
    )
    result = bind(certificate=rsa_new.fullchain_pem, private_key=rsa_new.key_pem)
    assert result["changed"] is True
    assert result["certificate"]["scope"] is None


@pytest.mark.parametrize(("code", "kind"), [("APIG.3097", None), ("APIG.3021", None), ("APIG.3030", "not_found")])
def test_old_gateways_list_what_is_unbound_for_a_while(script: Script, bind: Bind, code: str, kind: str | None) -> None:
    old: dict[str, t.Any] = {"ssl_infos": None, "ssl_id": "cert-1", "ssl_name": "by_hand"}
    rsa = issue(HOST, algorithm="rsa", serial=77)
    answer = {**detail(rsa, "cert-1").answer}
    del answer["algorithm_type"]
    classic, listed = Line(CLASSIC_SHOW, answer=answer), Line(GROUP, answer=group(**old))
    look = [groups(group(**old)), refusal(SHOW, "APIG.3458", 412), classic]
    # It is listed by one call, and gone when the next one asks for it.
    script.expect(
        *look, *look, listed, classic, Line(DISASSOCIATE, status=204), listed, refusal(CLASSIC_SHOW, code, 404)
    )
    result = bind(state="absent", certificate=rsa.fullchain_pem, private_key=None)
    assert result["changed"] is True
    assert (result["error"]["kind"] if result.get("failed") else None) == kind, result


def test_absent_unbinds_and_deletes_what_is_ours(script: Script, bind: Bind, around: Surroundings) -> None:
    script.expect(
        *(groups(group(ssl_info("cert-1"))), attached(HOST)),
        *(groups(group(ssl_info("cert-1"))), attached(HOST)),
        Line(GROUP, answer=group(ssl_info("cert-1"))),
        Line(DETACH, status=204),
        attached(),
        Line(DELETE, status=204),
        Line(GROUP, answer=group()),
    )
    result = bind(state="absent", certificate=None, private_key=None)
    assert result["changed"] is True
    assert result["certificate"] is None
    assert around.clock.sleeps == [10.0]


def test_absent_leaves_an_object_that_others_hold(script: Script, bind: Bind, around: Surroundings) -> None:
    script.expect(
        *(groups(group(ssl_info("cert-1"))), attached(HOST)),
        *(groups(group(ssl_info("cert-1"))), attached(HOST)),
        Line(GROUP, answer=group(ssl_info("cert-1"))),
        Line(DETACH, status=204),
        attached("api.example.com"),
        Line(GROUP, answer=group()),
    )
    result = bind(state="absent", certificate=None, private_key=None)
    assert result["ignored"] == [{"id": "cert-1", "name": ECC_NAME, "reason": "It is bound to api.example.com."}]
    assert "was not deleted" in around.warnings[0]


def test_absent_with_several_bound_lists_them_with_their_ends(script: Script, bind: Bind) -> None:
    script.expect(
        groups(group(ssl_info("cert-1"), ssl_info("cert-2", name="rsa_one", algorithm="RSA"))),
        detail(NEW, "cert-1"),
        detail(OLD, "cert-2"),
    )
    result = bind(state="absent", certificate=None, private_key=None)
    assert result["error"]["kind"] == "conflict"
    assert "'rsa_one' (cert-2, RSA, until 2026-12-01T08:00:00Z)" in result["msg"]
    assert "cert-1" in result["msg"]


@pytest.mark.parametrize("code", ["APIG.2000", "APIG.3097"])
def test_a_detach_of_what_is_gone_succeeds(script: Script, bind: Bind, code: str) -> None:
    script.expect(
        groups(group(ssl_info("cert-1", name="by_hand"))),
        groups(group(ssl_info("cert-1", name="by_hand"))),
        Line(GROUP, answer=group(ssl_info("cert-1", name="by_hand"))),
        refusal(DETACH, code),
        Line(GROUP, answer=group()),
        Line(GROUP, answer=group()),
    )
    assert bind(state="absent", certificate=None, private_key=None)["changed"] is True


@pytest.mark.parametrize("code", ["APIG.2000", "APIG.3097"])
@pytest.mark.parametrize("looks", [1, 3])
def test_a_detach_of_what_is_gone_waits_for_the_list(script: Script, bind: Bind, code: str, looks: int) -> None:
    """An attach takes the place of another certificate of its algorithm, and reads show that seconds later."""
    script.expect(
        groups(group(ssl_info("cert-1", name="by_hand"))),
        groups(group(ssl_info("cert-1", name="by_hand"))),
        Line(GROUP, answer=group(ssl_info("cert-1", name="by_hand"))),
        refusal(DETACH, code),
        *[Line(GROUP, answer=group(ssl_info("cert-1", name="by_hand")))] * looks,
        Line(GROUP, answer=group()),
        Line(GROUP, answer=group()),
    )
    assert bind(state="absent", certificate=None, private_key=None)["changed"] is True


ABSENT: list[tuple[str, list[Line], dict[str, t.Any]]] = [
    ("nothing bound", [groups(group())], {}),
    ("no group of that name", [groups()], {}),
    ("no such domain", [groups(group(host="x.example.com")), Line(GROUP, answer=group(host="x.example.com"))], {}),
    ("no such group", [refusal(GROUP, "APIG.3001", 404)], {"group": None, "group_id": "group-9"}),
    ("no such gateway", [refusal(LIST_GROUPS, "APIG.3030", 404)], {}),
]


@pytest.mark.parametrize(("lines", "options"), [row[1:] for row in ABSENT], ids=[row[0] for row in ABSENT])
def test_absent_of_what_is_not_there(script: Script, bind: Bind, lines: list[Line], options: dict[str, t.Any]) -> None:
    script.expect(*lines)
    result = bind(state="absent", certificate=None, private_key=None, **options)
    assert is_unchanged(result)
    assert result["reason"].endswith(".")


@pytest.mark.parametrize(("lines", "options"), [row[1:] for row in ABSENT[1:]], ids=[row[0] for row in ABSENT[1:]])
def test_present_of_what_is_not_there(script: Script, bind: Bind, lines: list[Line], options: dict[str, t.Any]) -> None:
    script.expect(*lines)
    assert bind(**options)["error"]["kind"] == "not_found"


def test_an_unknown_404_is_no_absence(script: Script, bind: Bind) -> None:
    script.expect(refusal(LIST_GROUPS, "APIGW.0101", 404))
    assert bind(state="absent", certificate=None, private_key=None)["error"]["kind"] == "invalid"


def test_two_groups_of_one_name(script: Script, bind: Bind) -> None:
    script.expect(groups(group(), group(group_id="group-2")))
    result = bind()
    assert result["error"]["kind"] == "conflict"
    assert "group-1, group-2" in result["msg"]


def test_one_name_on_two_ports_needs_the_id(script: Script, bind: Bind) -> None:
    row = group()
    row["url_domains"].append({**row["url_domains"][0], "id": "domain-2", "ingress_https_port": 8443})
    script.expect(groups(row))
    result = bind()
    assert result["error"]["kind"] == "conflict"
    assert "domain-1" in result["msg"]
    assert "domain-2" in result["msg"]


def test_a_missing_file_is_predicted_as_a_change(
    script: Script, bind: Bind, around: Surroundings, tmp_path: Path
) -> None:
    script.expect(groups(group(ssl_info("cert-1"))))
    result = bind(check_mode=True, certificate=None, certificate_path=str(tmp_path / "not-yet.pem"))
    assert result["changed"] is True
    assert result["diff"]["after"]["certificates"] == "(known after apply)"
    assert "does not exist yet" in around.warnings[0]


def test_files_are_read(script: Script, bind: Bind, tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text(NEW.fullchain_pem)
    (tmp_path / "key.pem").write_text(NEW.key_pem)
    script.expect(*SAME)
    result = bind(
        certificate=None,
        private_key=None,
        certificate_path=str(tmp_path / "cert.pem"),
        private_key_path=str(tmp_path / "key.pem"),
    )
    assert is_unchanged(result)


NO_SAN = issue(HOST, san=False)
EXPIRED = issue(HOST, end=START - datetime.timedelta(days=1))
FAR = issue(HOST, end=datetime.datetime(2038, 1, 19, 3, 14, 8, tzinfo=datetime.UTC))
BAD: list[tuple[str, dict[str, t.Any], str]] = [
    ("key of another", {"private_key": issue(HOST, key_tag="other").key_pem}, "does not match"),
    ("not covered", {"domain": "mail.example.com"}, "not 'mail.example.com'"),
    ("wildcard not covered", {"domain": "*.example.com"}, "covers"),
    ("encrypted key", {"private_key": key_pem(NEW.key, passphrase=b"x")}, "encrypted"),
    ("expired", {"certificate": EXPIRED.fullchain_pem, "private_key": EXPIRED.key_pem}, "expired"),
    ("no SAN", {"certificate": NO_SAN.fullchain_pem, "private_key": NO_SAN.key_pem}, "subjectAltName"),
    ("beyond 2038", {"certificate": FAR.fullchain_pem, "private_key": FAR.key_pem}, "2038"),
    ("wrong order", {"certificate": NEW.chain_pem + NEW.leaf_pem}, "order"),
    ("rubbish", {"certificate": "rubbish"}, "PEM"),
    ("key is rubbish", {"private_key": "rubbish"}, "PEM"),
    ("client CA is rubbish", {"trusted_root_ca": "rubbish"}, "Trusted_root_ca"),
    ("name", {"name": "www.example.com"}, "4 to 50"),
    ("both certificates", {"certificate_path": "/x"}, "mutually exclusive"),
    ("no certificate", {"certificate": None}, "certificate_path"),
    ("no key", {"private_key": None}, "private_key_path"),
    ("both groups", {"group_id": "group-1"}, "mutually exclusive"),
    ("no group", {"group": None}, "group_id"),
    ("both domains", {"domain_id": "domain-1"}, "mutually exclusive"),
    ("no domain", {"domain": None}, "domain_id"),
    ("not a domain", {"domain": "https://www.example.com/"}, "domain"),
    ("id with a path", {"instance_id": "../x"}, "instance_id"),
    ("relative path", {"certificate": None, "certificate_path": "cert.pem"}, "absolute"),
    ("missing file", {"certificate": None, "certificate_path": "/does/not/exist.pem"}, "does not exist"),
    ("waiting", {"wait_timeout": 0}, "wait_timeout"),
]


@pytest.mark.parametrize(("options", "text"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_input_is_a_sentence_and_no_call(bind: Bind, options: dict[str, t.Any], text: str) -> None:
    result = bind(**options)
    assert result["failed"] is True
    assert text in result["msg"]
    assert result["error"]["kind"] in ("invalid", "local", "spec")


def test_cover_is_checked_before_any_write_when_only_the_id_is_known(script: Script, bind: Bind) -> None:
    script.expect(groups(group(host="mail.example.com")))
    result = bind(domain=None, domain_id="domain-1")
    assert result["error"]["kind"] == "invalid"
    assert "mail.example.com" in result["msg"]
