# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers are read with their types, to the last page, or not at all."""

from __future__ import annotations

import datetime
import typing as t

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import ProtocolFailure, Ran
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.answer import Fields
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.apig import Apig
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.client import HuaweiClient
from ansible_collections.cncloud.certificates.tests.unit.huawei_script import PROJECT, Line, Script, Surroundings

PARAMS = {
    "region": "cn-north-4",
    "project_id": PROJECT,
    "timeout": 30.0,
    "retries": 0,
    "validate_certs": True,
    "ca_bundle": None,
    "proxy": None,
}


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Script]:
    script = Script(monkeypatch)
    yield script
    assert script.left == []


@pytest.fixture
def apig(script: Script) -> Apig:
    return Apig(HuaweiClient(params=PARAMS, context=Surroundings().context("/nowhere")))


def page(total: t.Any, *ids: str) -> Line:
    return Line("ListCertificatesV2", answer={"total": total, "size": len(ids), "certs": [{"id": one} for one in ids]})


PAGES: list[tuple[str, list[Line], list[str]]] = [
    ("empty", [page(0)], []),
    ("one page", [page(2, "a", "b")], ["a", "b"]),
    ("two pages", [page(3, "a", "b"), page(3, "c")], ["a", "b", "c"]),
    ("a row twice", [page(3, "a", "b"), page(3, "b", "c")], ["a", "b", "c"]),
]


@pytest.mark.parametrize(("lines", "ids"), [row[1:] for row in PAGES], ids=[row[0] for row in PAGES])
def test_pages(script: Script, apig: Apig, lines: list[Line], ids: list[str]) -> None:
    script.expect(*lines)
    assert [one.id for one in apig.certificates("i")] == ids
    assert [call.query["limit"] for call in script.seen] == ["500"] * len(lines)


@pytest.mark.parametrize(
    "lines",
    [
        [page(3, "a", "b"), page(3)],
        [page(3, "a", "b"), page(3, "a", "b")],
        [page(1, "a", "b")],
        [page(None, "a")],
        [page("2", "a", "b")],
        [page(True, "a")],
    ],
)
def test_a_count_that_does_not_fit_proves_nothing(script: Script, apig: Apig, lines: list[Line]) -> None:
    script.expect(*lines)
    with pytest.raises(ProtocolFailure):
        apig.certificates("i")


CERTIFICATE = {"id": "c", "name": "n", "type": "instance", "instance_id": "i"}
WRONG: list[tuple[str, t.Any]] = [
    ("id", 7),
    ("id", ""),
    ("id", None),
    ("name", ["n"]),
    ("type", 1),
    ("type", "other"),
    ("instance_id", {}),
    ("san", "www.example.com"),
    ("san", [1]),
    ("not_after", 1767225600),
    ("not_after", "soon"),
    ("not_after", "2026-13-01T00:00:00Z"),
    ("serial_number", True),
    ("serial_number", 1.5),
    ("issuer", "me"),
    ("is_has_trusted_root_ca", "true"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_wrong_types_of_a_certificate(script: Script, apig: Apig, name: str, value: t.Any) -> None:
    script.expect(Line("ShowDetailsOfCertificateV2", answer={**CERTIFICATE, name: value}))
    with pytest.raises(ProtocolFailure, match=name) as caught:
        apig.certificate("c")
    assert caught.value.ran is Ran.UNKNOWN


INFO = {"ssl_id": "c", "ssl_name": "n", "algorithm_type": "RSA", "type": 1}
DOMAIN = {"id": "d", "domain": "www.example.com", "ssl_infos": [INFO]}
WRONG_DOMAINS: list[t.Any] = [
    "x",
    ["x"],
    [{**DOMAIN, "id": 1}],
    [{**DOMAIN, "domain": None}],
    [{**DOMAIN, "ssl_infos": {}}],
    [{**DOMAIN, "ssl_infos": [1]}],
    [{**DOMAIN, "ssl_infos": [{**INFO, "type": "1"}]}],
    [{**DOMAIN, "ssl_infos": [{**INFO, "type": 3}]}],
    [{**DOMAIN, "ssl_infos": [{**INFO, "algorithm_type": ""}]}],
    [{**DOMAIN, "ssl_infos": [{**INFO, "ssl_id": None}]}],
    [{**DOMAIN, "ingress_https_port": "443"}],
    [{**DOMAIN, "verified_client_certificate_enabled": 1}],
]


@pytest.mark.parametrize("domains", WRONG_DOMAINS)
def test_wrong_types_of_a_domain(script: Script, apig: Apig, domains: t.Any) -> None:
    script.expect(Line("ShowDetailsOfApiGroupV2", answer={"id": "g", "name": "demo", "url_domains": domains}))
    with pytest.raises(ProtocolFailure):
        apig.group("i", "g")


def test_a_domain(script: Script, apig: Apig) -> None:
    domain = {
        **DOMAIN,
        "domain": "WWW.Example.com.",
        "ssl_infos": [INFO, {**INFO, "ssl_id": "e", "algorithm_type": "ecc", "type": 2}],
    }
    script.expect(Line("ShowDetailsOfApiGroupV2", answer={"id": "g", "name": "demo", "url_domains": [domain]}))
    (found,) = apig.group("i", "g").domains or ()
    assert found.name == "www.example.com"
    assert [(one.id, one.algorithm, one.scope) for one in found.certificates] == [
        ("c", "RSA", "instance"),
        ("e", "ECC", "global"),
    ]


@pytest.mark.parametrize(
    ("domains", "expected"),
    [(None, ()), ([], ()), ([{**DOMAIN, "ssl_infos": None}], 0), ([{**DOMAIN, "ssl_infos": None, "ssl_id": "c"}], 1)],
)
def test_what_a_group_may_leave_out(script: Script, apig: Apig, domains: t.Any, expected: t.Any) -> None:
    script.expect(Line("ShowDetailsOfApiGroupV2", answer={"id": "g", "name": "demo", "url_domains": domains}))
    found = apig.group("i", "g").domains or ()
    assert (found if expected == () else len(found[0].certificates)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2027-02-10T08:00:00Z", "2027-02-10T08:00:00+00:00"),
        ("2027-02-10T08:00:00.123456Z", "2027-02-10T08:00:00+00:00"),
        ("2027-02-10 08:00:00", "2027-02-10T08:00:00+00:00"),
        ("2027-02-10 08:00:00 +0000 UTC", "2027-02-10T08:00:00+00:00"),
        ("2027-02-10T16:00:00+08:00", "2027-02-10T08:00:00+00:00"),
        ("2027-02-10T03:30:00-0430", "2027-02-10T08:00:00+00:00"),
        ("", None),
        (None, None),
    ],
)
def test_times(text: str | None, expected: str | None) -> None:
    found = Fields({"when": text}, operation="Show").moment("when")
    shown = None if found is None else found.astimezone(datetime.UTC).isoformat()
    assert shown == expected
