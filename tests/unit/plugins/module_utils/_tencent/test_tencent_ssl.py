# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list that proves absence, and the proofs of a domain as the service spells them."""

from __future__ import annotations

import datetime
import typing as t

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import ProtocolFailure
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Replay
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent import client as client_module
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.answer import Fields
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.client import SSL, TencentClient
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.ssl import (
    WIRE,
    Challenge,
    Order,
    SslService,
    read_detail,
    read_row,
)
from ansible_collections.cncloud.certificates.tests.unit.plugins.module_utils._tencent.scripted import (
    Exchange,
    Script,
    connection,
    context,
)

Play = t.Callable[..., tuple[SslService, Script]]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Play]:
    scripts: list[Script] = []

    def start(*exchanges: Exchange) -> tuple[SslService, Script]:
        script = Script(exchanges)
        scripts.append(script)
        monkeypatch.setattr(client_module, "Transport", script)
        return SslService(TencentClient(SSL, params=connection(), context=context())), script

    yield start
    for script in scripts:
        script.done()


def rows(*ids: int) -> list[dict[str, t.Any]]:
    return [{"CertificateId": f"id{number:05d}", "Domain": "a.example.com", "Status": 1} for number in ids]


def page(total: int, *ids: int, offset: int = 0) -> Exchange:
    return Exchange(
        "DescribeCertificates",
        sends={"Offset": offset, "Limit": 1000},
        answer={"TotalCount": total, "Certificates": rows(*ids)},
    )


def test_one_call_for_a_thousand(play: Play) -> None:
    service, script = play(page(1000, *range(1000)))
    assert len(service.certificates()) == 1000
    assert script.replays() == {"DescribeCertificates": Replay.READ}


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([page(0)], 0),
        ([page(2, 1, 2)], 2),
        # A short page is not the last one; the next begins behind what was received.
        ([page(3, 1, 2), page(3, 3, offset=2)], 3),
        # The list moved between two pages: a row came twice, and counts once.
        ([page(3, 1, 2), page(3, 2, 3, offset=2)], 3),
        # A row went away meanwhile, and the count with it.
        ([page(3, 1, 2), page(2, offset=2)], 2),
        # The count does not fit: read again.
        ([page(3, 1), page(3, offset=1), page(1, 1)], 1),
        ([page(1, 1, 2), page(2, 1, 2)], 2),
        ([page(0, 1), page(1, 1)], 1),
    ],
)
def test_complete_listings(play: Play, pages: list[Exchange], expected: int) -> None:
    service, _script = play(*pages)
    assert len(service.certificates()) == expected


@pytest.mark.parametrize(
    "pages",
    [
        [page(2, 1), page(2, offset=1), page(2, 1), page(2, offset=1)],
        [page(5), page(5)],
        [page(1, 1, 2), page(1, 1, 2)],
        [page(-1), page(-1)],
    ],
)
def test_a_count_that_does_not_fit_proves_nothing(play: Play, pages: list[Exchange]) -> None:
    service, _script = play(*pages)
    with pytest.raises(ProtocolFailure, match="incomplete"):
        service.certificates()


@pytest.mark.parametrize(
    "answer",
    [
        {"TotalCount": None, "Certificates": []},
        {"TotalCount": "1", "Certificates": []},
        {"TotalCount": 1, "Certificates": {}},
        {"TotalCount": 1, "Certificates": [None]},
        {"TotalCount": 1, "Certificates": [{"Domain": "x", "Status": 1}]},
        {"TotalCount": 1, "Certificates": [{"CertificateId": 7, "Status": 1}]},
        {"TotalCount": 1, "Certificates": [{"CertificateId": "a", "Status": "1"}]},
        {"TotalCount": 1, "Certificates": [{"CertificateId": "a", "Status": None}]},
        {"TotalCount": 1, "Certificates": [{"CertificateId": "a", "Status": 1, "CertEndTime": "soon"}]},
    ],
)
def test_wrong_types_in_a_list(play: Play, answer: dict[str, t.Any]) -> None:
    service, _script = play(Exchange("DescribeCertificates", answer=answer))
    with pytest.raises(ProtocolFailure, match="malformed"):
        service.certificates()


def test_a_row() -> None:
    row = read_row(
        Fields(
            {
                "CertificateId": "a9TsmZkL",
                "Domain": "WWW.Example.com",
                "SubjectAltName": ["www.example.com", "example.com"],
                "CertSANs": None,
                "Status": 1,
                "From": "trustasia",
                "CertificateType": "SVR",
                "PackageType": "83",
                "IsWildcard": None,
                "VerifyType": "DNS_PROXY",
                "ProjectId": "12",
                "EncryptAlgorithm": "ECC prime256v1",
                "CertBeginTime": "2026-02-28 08:00:00",
                "CertEndTime": "2026-05-29 07:59:59",
                "InsertTime": "2026-02-28 09:00:00",
                "HasRenewOrder": "",
                "CertificateExtra": {"RenewOrder": "b1", "OriginCertificateId": "c1"},
                "IsExpiring": True,
            },
            operation="DescribeCertificates",
        )
    )
    assert row.names == {"www.example.com", "example.com"}
    assert (row.domain, row.method, row.algorithm, row.project_id) == ("www.example.com", "dns_proxy", "ecc", 12)
    assert row.ends == datetime.datetime(2026, 5, 28, 23, 59, 59, tzinfo=datetime.UTC)
    assert (row.renewed_by, row.renews, row.expiring, row.wildcard) == ("b1", "c1", True, False)


def detail(verify_type: str = "DNS", **members: t.Any) -> tuple[Challenge, ...]:
    fields = {"CertificateId": "x", "Domain": "a.example.com", "Status": 0, "VerifyType": verify_type, **members}
    return read_detail(Fields(fields, operation="DescribeCertificate")).challenge


RECORD = {
    "DvAuthKey": "_p.a.example.com",
    "DvAuthValue": "v.trust-provider.com",
    "DvAuthDomain": "example.com",
    "DvAuthPath": "",
}


@pytest.mark.parametrize(
    ("proof", "expected"),
    [
        (None, ()),
        ({"DvAuths": None, "DvAuthKey": None, "DvAuthValue": None}, ()),
        ({"DvAuths": [{"DvAuthKey": "k", "DvAuthValue": None}]}, ()),
        (
            {"DvAuths": [{**RECORD, "DvAuthSubDomain": "_p.a", "DvAuthVerifyType": "CNAME"}]},
            (("CNAME", "example.com", "_p.a", "_p.a.example.com", "v.trust-provider.com"),),
        ),
        (
            {"DvAuths": [{**RECORD, "DvAuthSubDomain": "_P.a", "DvAuthVerifyType": "txt"}]},
            (("TXT", "example.com", "_p.a", "_p.a.example.com", "v.trust-provider.com"),),
        ),
        # Only the top level, whose sub-domain has another name; the type is told by the value.
        (
            {**RECORD, "DvAuths": [], "DvAuthKeySubDomain": "_p.a"},
            (("CNAME", "example.com", "_p.a", "_p.a.example.com", "v.trust-provider.com"),),
        ),
        (
            {**RECORD, "DvAuthValue": "2026112200000", "DvAuths": None},
            (("TXT", "example.com", "_p.a", "_p.a.example.com", "2026112200000"),),
        ),
        # The apex, and a key that is the sub-domain alone.
        (
            {"DvAuths": [{**RECORD, "DvAuthKey": "example.com", "DvAuthSubDomain": "@", "DvAuthVerifyType": "TXT"}]},
            (("TXT", "example.com", "@", "example.com", "v.trust-provider.com"),),
        ),
        (
            {"DvAuths": [{**RECORD, "DvAuthKey": "_p", "DvAuthSubDomain": "_p", "DvAuthVerifyType": "TXT"}]},
            (("TXT", "example.com", "_p", "_p.example.com", "v.trust-provider.com"),),
        ),
    ],
)
def test_proofs_by_dns(proof: dict[str, t.Any] | None, expected: tuple[tuple[str, ...], ...]) -> None:
    found = detail(DvAuthDetail=proof)
    assert tuple((one.type, one.zone, one.name, one.record, one.value) for one in found) == expected
    assert all(one.path is None for one in found)


@pytest.mark.parametrize("path", ["/.well-known/pki-validation/", ".well-known/pki-validation"])
def test_proofs_by_file(path: str) -> None:
    item = {"DvAuthKey": "fileauth.txt", "DvAuthValue": "body", "DvAuthDomain": "a.example.com", "DvAuthPath": path}
    for proof in ({"DvAuths": [{**item, "DvAuthVerifyType": "FILE"}]}, {**item, "DvAuths": None}):
        (found,) = detail("FILE", DvAuthDetail=proof)
        assert (found.type, found.record, found.value) == ("FILE", "a.example.com", "body")
        assert found.path == "/.well-known/pki-validation/fileauth.txt"
        assert found.name is None


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        (None, {}),
        ("rsa", {"CsrEncryptAlgo": "RSA", "CsrKeyParameter": "2048"}),
        ("ecc", {"CsrEncryptAlgo": "ECC", "CsrKeyParameter": "prime256v1"}),
    ],
)
def test_an_order_never_lacks_its_curve(algorithm: str | None, expected: dict[str, str]) -> None:
    body = Order(domain="a.example.com", method="dns_auto", key_algorithm=algorithm).body()
    assert body == {"DvAuthMethod": "DNS_AUTO", "DomainName": "a.example.com", **expected}


def test_a_full_order_sends_what_is_declared() -> None:
    order = Order(
        domain="a.example.com",
        method="file",
        key_algorithm="rsa",
        alias="",
        contact_email="a@example.com",
        contact_phone="1",
        project_id=0,
        package_type="83",
        validity_period=3,
        delete_dns_auto_record=False,
        old_certificate_id="old",
    )
    assert set(order.body()) == set(WIRE["ApplyCertificate"].sends)
    assert order.body()["ValidityPeriod"] == "3"


def test_nothing_that_orders_or_ends_is_sent_twice(play: Play) -> None:
    service, script = play(
        Exchange("ApplyCertificate", answer={"CertificateId": "a"}),
        Exchange("CompleteCertificate"),
        Exchange("CancelCertificateOrder"),
        Exchange("RevokeCertificate", answer={"RevokeDomainValidateAuths": None}),
        Exchange(
            "DeleteCertificate",
            sends={"CertificateId": "a", "IsCheckResource": False},
            answer={"DeleteResult": False, "TaskId": ""},
        ),
    )
    assert service.apply(Order(domain="a.example.com", method="dns")) == "a"
    service.complete("a")
    service.cancel("a")
    assert service.revoke("a", reason="x") == ()
    deletion = service.delete("a")
    assert (deletion.done, deletion.task_id) == (False, None)
    assert set(script.replays().values()) == {Replay.NEVER}


def test_a_project_that_is_refused_is_a_failure(play: Play) -> None:
    service, _script = play(
        Exchange("ModifyCertificateProject", answer={"SuccessCertificates": [], "FailCertificates": ["a"]})
    )
    with pytest.raises(ProtocolFailure, match="did not move"):
        service.set_project("a", project_id=3)


def test_every_operation_that_is_used_is_declared(play: Play) -> None:
    source = SslService.__dict__
    used = {
        name
        for member in source.values()
        if callable(member)
        for name in member.__code__.co_consts
        if isinstance(name, str) and name in WIRE
    }
    assert used == set(WIRE)
