# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""aliyun_dns_record call by call: exactly one value comes or goes."""

from __future__ import annotations

import dataclasses
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import client as client_module
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.dns import WIRE
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.dns_record import ENTRY
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import execute
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import NetworkFailure, Ran
from ansible_collections.cncloud.certificates.plugins.module_utils._resource import KNOWN_AFTER_APPLY
from ansible_collections.cncloud.certificates.tests.unit.plugins.module_utils._aliyun.scripted import (
    ACCESS_KEY_ID,
    ACCESS_KEY_SECRET,
    ENDPOINT,
    Exchange,
    Script,
    context,
    refused,
)

LOST = NetworkFailure("The connection broke.", retryable=True, ran=Ran.UNKNOWN)
TXT: dict[str, t.Any] = {"name": "_p", "type": "TXT", "value": "v"}
CNAME: dict[str, t.Any] = {"name": "_p", "type": "CNAME", "value": "v.example.net"}
RECORD = {
    "zone": "example.com",
    "name": "_p",
    "type": "TXT",
    "value": "v",
    "ttl": 600,
    "id": "7",
    "record": "_p.example.com",
}


def record(value: str = "v", type: str = "TXT", **members: t.Any) -> dict[str, t.Any]:
    plain = {
        "RecordId": "7",
        "DomainName": "example.com",
        "RR": "_p",
        "Type": type,
        "Value": value,
        "TTL": 600,
        "Line": "default",
        "Status": "ENABLE",
        "Locked": False,
    }
    return {**plain, **members}


def listed(*records: dict[str, t.Any], total: int | None = None, page: int = 1) -> Exchange:
    sends = {
        "DomainName": "example.com",
        "SubDomain": "_p.example.com",
        "PageNumber": str(page),
        "PageSize": "100",
    }
    count = len(records) if total is None else total
    answer = {"TotalCount": count, "PageNumber": page, "PageSize": 100, "DomainRecords": {"Record": list(records)}}
    return Exchange("DescribeSubDomainRecords", sends=sends, answer=answer)


def created(answer: t.Any = None, **sends: str) -> Exchange:
    said = {
        "DomainName": "example.com",
        "RR": "_p",
        "Type": "TXT",
        "Value": "v",
        "TTL": "600",
        "Line": "default",
        **sends,
    }
    if isinstance(answer, Exchange):
        return dataclasses.replace(answer, sends=said)
    return Exchange("AddDomainRecord", sends=said, answer=answer or {"RecordId": "7"})


def deleted(answer: t.Any = None) -> Exchange:
    if isinstance(answer, Exchange):
        return dataclasses.replace(answer, sends={"RecordId": "7"})
    return Exchange("DeleteDomainRecord", sends={"RecordId": "7"}, answer=answer or {"RecordId": "7"})


def no_add(code: str, status: int = 400) -> Exchange:
    return refused("AddDomainRecord", code, status=status)


def no_delete(code: str) -> Exchange:
    return refused("DeleteDomainRecord", code)


Run = t.Callable[..., dict[str, t.Any]]


@pytest.fixture(name="run")
def _run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    def run(*exchanges: Exchange, check: bool = False, kind: str | None = None, **options: t.Any) -> dict[str, t.Any]:
        given = {
            "endpoint": ENDPOINT,
            "access_key_id": ACCESS_KEY_ID,
            "access_key_secret": ACCESS_KEY_SECRET,
            "zone": "example.com",
            **options,
        }
        checked = ArgumentSpecValidator(ENTRY.argument_spec, **ENTRY.constraints()).validate(given)
        assert not checked.error_messages, checked.error_messages
        script = Script(exchanges)
        monkeypatch.setattr(client_module, "Transport", script)
        result = execute(ENTRY, checked.validated_parameters, context(check_mode=check, home=str(tmp_path)))
        script.done()
        assert (result["error"]["kind"] if result.get("failed") else None) == kind, result
        return result

    return run


def both(run: Run, before: list[Exchange], *writes: Exchange, **options: t.Any) -> dict[str, t.Any]:
    """Check and real: the same prediction as outcome. `before` are the calls that observe."""
    predicted = run(*before, check=True, **options)
    real = run(*before, *(before if writes else []), *writes, **options)
    for key in ("changed", "actions", "diff", "reason"):
        assert predicted[key] == real[key], key
    return real


def test_added_once(run: Run) -> None:
    result = both(run, [listed()], created(), **TXT)
    assert result["changed"] is True
    assert result["record"] == RECORD
    assert result["diff"]["before"] == {"record": None}
    again = both(run, [listed(record())], **TXT)
    assert (again["changed"], again["record"], again["diff"]) == (False, RECORD, {"before": {}, "after": {}})


def test_other_values_stay(run: Run) -> None:
    others = (record("other", RecordId="8"), record("V", RecordId="9"), record("v", Line="telecom", RecordId="10"))
    assert both(run, [listed(*others)], created(), **TXT)["changed"] is True
    assert both(run, [listed(*others)], state="absent", **TXT)["changed"] is False
    assert both(run, [listed(*others, record())], deleted(), state="absent", **TXT)["record"] is None


@pytest.mark.parametrize(
    ("there", "asked"),
    [
        (record('"v"'), TXT),
        (record("v"), {**TXT, "value": '"v"'}),
        (record("V.Example.net.", "CNAME"), CNAME),
        (record("v.example.net", "CNAME"), {**CNAME, "value": "V.example.NET."}),
        (record(RR="_P"), {**TXT, "name": "_P.Example.COM."}),
        (record(), {**TXT, "zone": "Example.com."}),
        (record(Line=None, Status=None), TXT),
    ],
)
def test_what_makes_no_difference(run: Run, there: dict[str, t.Any], asked: dict[str, t.Any]) -> None:
    assert both(run, [listed(there)], **asked)["changed"] is False
    assert both(run, [listed(there)], deleted(), state="absent", **asked)["changed"] is True


@pytest.mark.parametrize(
    ("there", "asked", "words"),
    [
        (record("other.example.net", "CNAME"), CNAME, "is a CNAME to other"),
        (record("other.example.net", "CNAME"), TXT, "is a CNAME to other"),
        (record("x", "TXT"), CNAME, "has a TXT record"),
        (record(Status="DISABLE"), TXT, "disabled"),
    ],
)
def test_conflicts(run: Run, there: dict[str, t.Any], asked: dict[str, t.Any], words: str) -> None:
    for check in (True, False):
        assert words in run(listed(there), check=check, kind="conflict", **asked)["msg"]


def test_absent_of_another_cname_is_absent(run: Run) -> None:
    other = record("other.example.net", "CNAME")
    assert both(run, [listed(other)], state="absent", **CNAME)["changed"] is False


def test_a_duplicate_means_look(run: Run) -> None:
    duplicate = created(no_add("DomainRecordDuplicate"))
    result = run(listed(), listed(), duplicate, listed(), listed(record(TTL=120)), **TXT)
    assert (result["record"]["id"], result["record"]["ttl"]) == ("7", 120)
    run(listed(), listed(), duplicate, *[listed()] * 11, kind="conflict", **TXT)


@pytest.mark.parametrize(
    "unclear", [LOST, no_add("InternalError", 500), no_add("SignatureNonceUsed"), {"RecordId": 7}, {"RecordId": None}]
)
def test_a_lost_answer_means_look_and_never_send_again(run: Run, unclear: t.Any) -> None:
    result = run(listed(), listed(), created(unclear), listed(record()), **TXT)
    assert result["record"] == RECORD
    failed = run(listed(), listed(), created(unclear), *[listed()] * 11, kind="network", **TXT)
    assert failed["changed"] is False


@pytest.mark.parametrize(
    ("calls", "kind"),
    [
        ([deleted(LOST), listed()], None),
        ([deleted(LOST), listed(record()), deleted()], None),
        ([deleted(LOST), listed(record()), deleted(LOST), listed(record())], "network"),
        ([deleted(no_delete("DomainRecordNotBelongToUser")), listed()], None),
        ([deleted(no_delete("DomainRecordNotBelongToUser")), listed(record())], "invalid"),
        ([deleted(no_delete("DomainRecordLocked"))], "permission"),
    ],
)
def test_deleting_over_an_unreliable_wire(run: Run, calls: list[Exchange], kind: str | None) -> None:
    run(listed(record()), listed(record()), *calls, kind=kind, state="absent", **TXT)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("InvalidDomainName.NoExist", "not_found"),
        ("IncorrectDomainUser", "permission"),
        ("Forbidden.RAM", "permission"),
        ("InvalidApi.NotFound", "invalid"),
        ("InvalidAccessKeyId.NotFound", "auth"),
        ("InternalError", "unavailable"),
        ("Throttling.User", "throttled"),
    ],
)
def test_a_list_that_is_refused_is_never_an_empty_one(run: Run, code: str, kind: str) -> None:
    for state in ("present", "absent"):
        run(refused("DescribeSubDomainRecords", code), kind=kind, state=state, **TXT)


@pytest.mark.parametrize("wrapper", [{"DomainRecords": {}}, {"DomainRecords": {"Record": None}}, {}])
def test_an_empty_list_may_come_without_its_wrappers(run: Run, wrapper: dict[str, t.Any]) -> None:
    empty = Exchange("DescribeSubDomainRecords", answer={"TotalCount": 0, **wrapper})
    assert run(empty, state="absent", **TXT)["changed"] is False


def test_pages(run: Run) -> None:
    first = [record(f"other {number}", RecordId=str(number + 100)) for number in range(100)]
    pages = [listed(*first, total=101), listed(record(), total=101, page=2)]
    assert run(*pages, **TXT)["changed"] is False


def test_an_incomplete_list_proves_nothing(run: Run) -> None:
    broken = [listed(record("w", RecordId="8"), total=2), listed(total=2, page=2)]
    run(*broken, *broken, kind="protocol", state="absent", **TXT)


def test_more_rows_than_are_counted_prove_nothing(run: Run) -> None:
    broken = listed(record("w", RecordId="8"), record("x", RecordId="9"), total=1)
    run(broken, broken, kind="protocol", state="absent", **TXT)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"TotalCount": "1", "DomainRecords": {"Record": []}},
        {"TotalCount": 1, "DomainRecords": []},
        {"TotalCount": 1, "DomainRecords": {"Record": {}}},
        {"TotalCount": 1, "DomainRecords": {"Record": [{"RecordId": 7}]}},
        {"TotalCount": 1, "DomainRecords": {"Record": [{**record(), "Value": 7}]}},
    ],
)
def test_wrong_types(run: Run, answer: dict[str, t.Any]) -> None:
    run(Exchange("DescribeSubDomainRecords", answer=answer), kind="protocol", **TXT)


def test_the_apex(run: Run) -> None:
    sends = {"DomainName": "example.com", "SubDomain": "example.com", "PageNumber": "1", "PageSize": "100"}
    empty = Exchange("DescribeSubDomainRecords", sends=sends, answer={"TotalCount": 0})
    result = run(empty, empty, created(RR="@"), **{**TXT, "name": "example.com."})
    assert (result["record"]["name"], result["record"]["record"]) == ("@", "example.com")


@pytest.mark.parametrize("value", ["", KNOWN_AFTER_APPLY])
def test_an_unknown_value_is_predicted_in_check_mode(run: Run, value: str) -> None:
    asked = {**TXT, "value": value}
    made = run(listed(), check=True, **asked)
    assert (made["changed"], made["record"]["value"]) == (True, None)
    assert made["diff"]["after"]["record"]["value"] == KNOWN_AFTER_APPLY
    assert run(listed(), check=True, state="absent", **asked)["changed"] is True


def test_an_unknown_place_is_predicted_without_a_call(run: Run) -> None:
    asked = {"zone": KNOWN_AFTER_APPLY, "name": KNOWN_AFTER_APPLY, "type": "TXT", "value": KNOWN_AFTER_APPLY}
    assert run(check=True, **asked)["changed"] is True


def test_what_is_sent_is_what_is_declared() -> None:
    """The other tests hold the calls to exactly these parameters."""
    for exchange in (listed(), created(), deleted()):
        assert set(WIRE[exchange.operation].sends) == set(exchange.sends or ())
    assert len(WIRE) == 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"value": ""}, "value is empty"),
        ({"ttl": 0}, "ttl"),
        ({"ttl": 86401}, "ttl"),
        ({"zone": "example"}, "at least one dot"),
        ({"name": "a b"}, "without scheme"),
        ({"name": "a..b"}, "not a domain name"),
        ({"name": KNOWN_AFTER_APPLY}, "name"),
    ],
)
def test_bad_input_gets_a_sentence_and_no_call(run: Run, options: dict[str, t.Any], words: str) -> None:
    assert words in run(kind="invalid", **{**TXT, **options})["msg"]
