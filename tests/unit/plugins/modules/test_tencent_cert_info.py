# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tencent_cert_info: one list call, filters, an order that does not change."""

from __future__ import annotations

import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import execute
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent import client as client_module
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.cert_info import ENTRY
from ansible_collections.cncloud.certificates.tests.unit.plugins.module_utils._tencent.scripted import (
    ENDPOINT,
    SECRET_ID,
    SECRET_KEY,
    Exchange,
    Script,
    context,
)


def row(id: str, domain: str, **members: t.Any) -> dict[str, t.Any]:
    plain = {"CertificateId": id, "Domain": domain, "SubjectAltName": [domain], "Status": 1, "Alias": ""}
    return {**plain, "CertEndTime": "2027-01-01 07:59:59", **members}


ROWS = [
    row("c", "b.example.com", Status=4, CertEndTime="--"),
    row("b", "a.example.com"),
    row("a", "a.example.com", CertEndTime="2026-11-25 08:00:00"),
    row("d", "*.example.com", SubjectAltName=["*.example.com", "example.com"], Alias="wild"),
    row("e", "old.example.com", Status=3, CertEndTime="2026-01-01 08:00:00"),
    row("f", "new.example.com", Status=99),
]

Run = t.Callable[..., tuple[dict[str, t.Any], dict[str, t.Any]]]


@pytest.fixture(name="run")
def _run(monkeypatch: pytest.MonkeyPatch) -> Run:
    def run(**options: t.Any) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
        given = {"endpoint": ENDPOINT, "secret_id": SECRET_ID, "secret_key": SECRET_KEY, **options}
        checked = ArgumentSpecValidator(ENTRY.argument_spec, **ENTRY.constraints()).validate(given)
        assert not checked.error_messages, checked.error_messages
        script = Script([Exchange("DescribeCertificates", answer={"TotalCount": len(ROWS), "Certificates": ROWS})])
        monkeypatch.setattr(client_module, "Transport", script)
        result = execute(ENTRY, checked.validated_parameters, context(check_mode=True))
        script.done()
        return result, script.sent[0]

    return run


def test_all_in_one_call_and_in_order(run: Run) -> None:
    result, sent = run()
    assert [one["id"] for one in result["certificates"]] == ["d", "a", "b", "c", "f", "e"]
    assert sent == {"Offset": 0, "Limit": 1000}
    assert (result["changed"], result["request_ids"]) == (False, ["id-1"])
    assert len({frozenset(one) for one in result["certificates"]}) == 1
    shown = {one["id"]: one for one in result["certificates"]}
    assert (shown["a"]["days_left"], shown["a"]["not_after"]) == (2, "2026-11-25T00:00:00Z")
    assert (shown["f"]["status"], shown["c"]["not_after"]) == ("unknown_99", None)


@pytest.mark.parametrize(
    ("options", "ids", "search"),
    [
        ({"domain": "a.example.com"}, ["a", "b"], "a.example.com"),
        ({"domain": "A.Example.com."}, ["a", "b"], "a.example.com"),
        ({"domain": "example.com"}, ["d"], "example.com"),
        ({"domain": "www.example.com"}, [], "example.com"),
        ({"domain": "*.example.com"}, ["d"], "example.com"),
        ({"certificate_id": "a"}, ["a"], "a"),
        ({"certificate_id": "A"}, [], "A"),
        ({"alias": "wild"}, ["d"], "wild"),
        ({"search": "xyz"}, ["d", "a", "b", "c", "f", "e"], "xyz"),
        ({"status": ["expired", "dns_record_added"]}, ["c", "e"], None),
        ({"status": []}, ["d", "a", "b", "c", "f", "e"], None),
        ({"expires_within_days": 30}, ["a", "e"], None),
        ({"expires_within_days": 30, "status": ["issued"]}, ["a"], None),
        ({"domain": "a.example.com", "search": "s", "certificate_id": "b"}, ["b"], "s"),
    ],
)
def test_filters(run: Run, options: dict[str, t.Any], ids: list[str], search: str | None) -> None:
    result, sent = run(**options)
    assert [one["id"] for one in result["certificates"]] == ids
    assert sent.get("SearchKey") == search


def test_bad_input_gets_a_sentence_and_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "Transport", Script([]))
    for options, words in (({"expires_within_days": -1}, "negative"), ({"domain": "a b"}, "domain")):
        given = {"endpoint": ENDPOINT, "secret_id": SECRET_ID, "secret_key": SECRET_KEY, **options}
        checked = ArgumentSpecValidator(ENTRY.argument_spec, **ENTRY.constraints()).validate(given)
        result = execute(ENTRY, checked.validated_parameters, context())
        assert result["error"]["kind"] == "invalid"
        assert words in result["msg"]
