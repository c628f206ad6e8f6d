# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One list call, more only where asked; the service's fuzzy filters are made exact."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.cert_info import ENTRY
from ansible_collections.cncloud.certificates.tests.unit.huawei_script import PROJECT, Line, Script, Surroundings, run

LIST, GROUPS, GROUP, SHOW = (
    "ListCertificatesV2",
    "ListApiGroupsV2",
    "ShowDetailsOfApiGroupV2",
    "ShowDetailsOfCertificateV2",
)


def row(cert_id: str, name: str, not_after: str, *san: str, **more: t.Any) -> dict[str, t.Any]:
    return {
        "id": cert_id,
        "name": name,
        "type": "instance",
        "instance_id": "gateway-1",
        "common_name": san[0],
        "san": list(san),
        "not_after": not_after,
        "algorithm_type": "RSA",
        **more,
    }


SHOP = row("c2", "shop", "2026-12-01T08:00:00Z", "shop.example.com", "www.shop.example.com")
WILD = row("c1", "wild", "2027-02-10T08:00:00Z", "*.example.com", type="global", instance_id="common")
SHOP_OLD = row("c0", "shop_old", "2026-11-20T08:00:00Z", "shop.example.com")
ROWS = Line(LIST, answer={"total": 3, "size": 3, "certs": [WILD, SHOP, SHOP_OLD]})


def group(group_id: str, *bound: str) -> dict[str, t.Any]:
    infos = [{"ssl_id": one, "ssl_name": one, "algorithm_type": "RSA", "type": 1} for one in bound]
    domain = {"id": f"d-{group_id}", "domain": f"{group_id}.example.com", "ssl_infos": infos}
    return {"id": group_id, "name": "demo", "url_domains": [domain]}


def groups(*rows: dict[str, t.Any]) -> Line:
    return Line(GROUPS, answer={"total": len(rows), "size": len(rows), "groups": list(rows)})


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Script]:
    script = Script(monkeypatch)
    yield script
    assert script.left == []


def ask(tmp_path: Path, **options: t.Any) -> dict[str, t.Any]:
    given = {"region": "cn-north-4", "project_id": PROJECT, "instance_id": "gateway-1", **options}
    return run(ENTRY, Surroundings().context(str(tmp_path)), **given)


FILTERS: list[tuple[dict[str, t.Any], list[str]]] = [
    ({}, ["c2", "c0", "c1"]),
    ({"name": "shop"}, ["c2"]),
    ({"name": "sho"}, []),
    ({"common_name": "Shop.example.com"}, ["c2", "c0"]),
    ({"domain": "www.shop.example.com"}, ["c2"]),
    ({"domain": "shop.example.com"}, ["c2", "c0", "c1"]),
    ({"domain": "*.example.com"}, ["c1"]),
    ({"expires_within_days": 9}, ["c2", "c0"]),
    ({"expires_within_days": 8}, ["c0"]),
    ({"expires_within_days": 0, "domain": "shop.example.com"}, ["c0"]),
]


@pytest.mark.parametrize(("options", "ids"), FILTERS)
def test_filters_take_one_call(script: Script, tmp_path: Path, options: dict[str, t.Any], ids: list[str]) -> None:
    script.expect(ROWS)
    result = ask(tmp_path, **options)
    assert result["changed"] is False
    assert [one["id"] for one in result["certificates"]] == ids
    sent = {"instance_id": "gateway-1", "offset": "0", "limit": "500"}
    sent.update({name: options[name] for name in ("name", "common_name") if name in options})
    assert script.seen[0].query == sent


def test_the_fixed_shape_with_null_for_what_was_not_asked(script: Script, tmp_path: Path) -> None:
    script.expect(ROWS)
    assert ask(tmp_path, name="wild")["certificates"] == [
        {
            "id": "c1",
            "name": "wild",
            "status": None,
            "domains": ["*.example.com"],
            "issuer": None,
            "serial_number": None,
            "fingerprint_sha256": None,
            "not_before": None,
            "not_after": "2027-02-10T08:00:00Z",
            "days_left": 80,
            "cloud": "huawei",
            "algorithm": "RSA",
            "scope": "global",
            "common_name": "*.example.com",
            "has_trusted_root_ca": False,
            "bound_to": None,
        }
    ]


def test_bindings_take_one_more_call(script: Script, tmp_path: Path) -> None:
    script.expect(groups(group("g2", "c2"), group("g1", "c2", "c1")), ROWS)
    certificates = ask(tmp_path, with_bindings=True)["certificates"]
    assert [(one["id"], one["status"]) for one in certificates] == [("c2", "bound"), ("c0", "unbound"), ("c1", "bound")]
    assert [place["domain"] for place in certificates[0]["bound_to"]] == ["g1.example.com", "g2.example.com"]


def test_a_group_is_a_filter(script: Script, tmp_path: Path) -> None:
    script.expect(Line(GROUP, answer=group("g1", "c1")), ROWS)
    assert [one["id"] for one in ask(tmp_path, group_id="g1")["certificates"]] == ["c1"]


def test_a_listing_of_groups_without_their_domains(script: Script, tmp_path: Path) -> None:
    bare = {"id": "g1", "name": "demo"}
    script.expect(groups(bare), Line(GROUP, answer=group("g1", "c1")), ROWS)
    assert [one["id"] for one in ask(tmp_path, group="demo")["certificates"]] == ["c1"]


@pytest.mark.parametrize(("rows", "kind"), [((), "not_found"), ((group("g1"), group("g2")), "conflict")])
def test_groups_that_cannot_be_meant(
    script: Script, tmp_path: Path, rows: tuple[dict[str, t.Any], ...], kind: str
) -> None:
    script.expect(groups(*rows))
    assert ask(tmp_path, group="demo")["error"]["kind"] == kind


def test_details_take_a_call_for_each_that_is_left(script: Script, tmp_path: Path) -> None:
    more = {"serial_number": "255", "issuer": ["Test", "CA"], "not_before": "2026-09-01T08:00:00Z"}
    script.expect(ROWS, Line(SHOW, answer={**SHOP, **more}))
    (found,) = ask(tmp_path, name="shop", with_details=True)["certificates"]
    assert (found["serial_number"], found["issuer"], found["not_before"]) == ("ff", "Test, CA", "2026-09-01T08:00:00Z")


@pytest.mark.parametrize(
    "options", [{"expires_within_days": -1}, {"group": "a", "group_id": "b"}, {"instance_id": "../x"}]
)
def test_bad_filters_are_a_sentence_and_no_call(script: Script, tmp_path: Path, options: dict[str, t.Any]) -> None:
    assert ask(tmp_path, **options)["failed"] is True
    assert script.seen == []
