# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tencent_dns_record call by call: exactly one value comes or goes."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import execute
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import NetworkFailure, Ran
from ansible_collections.cncloud.certificates.plugins.module_utils._resource import KNOWN_AFTER_APPLY
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent import client as client_module
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.dns_record import ENTRY
from ansible_collections.cncloud.certificates.tests.unit.plugins.module_utils._tencent.scripted import (
    ENDPOINT,
    SECRET_ID,
    SECRET_KEY,
    Exchange,
    Script,
    context,
    refusal,
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
    plain = {"RecordId": 7, "Name": "_p", "Type": type, "Value": value, "TTL": 600, "LineId": "0", "Status": "ENABLE"}
    return {**plain, **members}


def listed(*records: dict[str, t.Any], name: str = "_p") -> Exchange:
    sends = {"Domain": "example.com", "SubDomain": name, "Offset": 0, "Limit": 3000, "ErrorOnEmpty": "no"}
    answer = {"RecordCountInfo": {"TotalCount": len(records)}, "RecordList": list(records)}
    return Exchange("DescribeRecordList", sends=sends, answer=answer)


def created(answer: t.Any = None, **sends: t.Any) -> Exchange:
    body = {
        "Domain": "example.com",
        "SubDomain": "_p",
        "RecordType": "TXT",
        "RecordLine": "\u9ed8\u8ba4",
        "RecordLineId": "0",
        "Value": "v",
        "TTL": 600,
        **sends,
    }
    return Exchange("CreateRecord", sends=body, answer=answer or {"RecordId": 7})


def deleted(answer: t.Any = None) -> Exchange:
    return Exchange("DeleteRecord", sends={"Domain": "example.com", "RecordId": 7}, answer=answer or {})


Run = t.Callable[..., dict[str, t.Any]]


@pytest.fixture(name="run")
def _run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    def run(*exchanges: Exchange, check: bool = False, kind: str | None = None, **options: t.Any) -> dict[str, t.Any]:
        given = {
            "endpoint": ENDPOINT,
            "secret_id": SECRET_ID,
            "secret_key": SECRET_KEY,
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
    others = (record("other", RecordId=8), record("V", RecordId=9), record("v", LineId="10=1", RecordId=10))
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
        (record(Name="_P"), {**TXT, "name": "_P.Example.COM."}),
        (record(), {**TXT, "zone": "Example.com."}),
        (record(LineId=None, Status=None), TXT),
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
    duplicate = created(refusal("InvalidParameter.DomainRecordExist"))
    result = run(listed(), listed(), duplicate, listed(), listed(record(TTL=120)), **TXT)
    assert (result["record"]["id"], result["record"]["ttl"]) == ("7", 120)
    run(listed(), listed(), duplicate, *[listed()] * 11, kind="conflict", **TXT)


@pytest.mark.parametrize("unclear", [LOST, refusal("InternalError"), {"RecordId": "7"}, {"RecordId": None}])
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
        ([deleted(refusal("InvalidParameter.RecordIdInvalid")), listed()], None),
        ([deleted(refusal("InvalidParameter.RecordIdInvalid")), listed(record())], "invalid"),
        ([deleted(refusal("OperationDenied.NoPermissionToOperateDomain"))], "permission"),
    ],
)
def test_deleting_over_an_unreliable_wire(run: Run, calls: list[Exchange], kind: str | None) -> None:
    run(listed(record()), listed(record()), *calls, kind=kind, state="absent", **TXT)


@pytest.mark.parametrize(
    "code", ["InvalidParameterValue.DomainNotExists", "OperationDenied.NoPermissionToOperateDomain"]
)
def test_a_zone_that_is_not_there_is_never_a_removed_record(run: Run, code: str) -> None:
    kind = "not_found" if "NotExists" in code else "permission"
    refused = Exchange("DescribeRecordList", answer=refusal(code))
    for state in ("present", "absent"):
        run(refused, kind=kind, state=state, **TXT)


def test_an_empty_list_as_an_error_is_an_empty_list(run: Run) -> None:
    empty = Exchange("DescribeRecordList", answer=refusal("ResourceNotFound.NoDataOfRecord"))
    assert run(empty, state="absent", **TXT)["changed"] is False


def test_an_incomplete_list_proves_nothing(run: Run) -> None:
    broken = Exchange("DescribeRecordList", answer={"RecordCountInfo": {"TotalCount": 2}, "RecordList": []})
    run(broken, broken, kind="protocol", state="absent", **TXT)


@pytest.mark.parametrize(
    "answer",
    [
        {"RecordCountInfo": {"TotalCount": "1"}, "RecordList": []},
        {"RecordCountInfo": {"TotalCount": 1}, "RecordList": [{"RecordId": "x"}]},
        {"RecordCountInfo": {"TotalCount": 1}, "RecordList": {}},
        {"RecordCountInfo": {"TotalCount": 1}, "RecordList": [record(7)]},  # type: ignore[arg-type]  # wrong on purpose
    ],
)
def test_wrong_types(run: Run, answer: dict[str, t.Any]) -> None:
    run(Exchange("DescribeRecordList", answer=answer), kind="protocol", **TXT)


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


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"value": ""}, "value is empty"),
        ({"ttl": 0}, "ttl"),
        ({"ttl": 604801}, "ttl"),
        ({"zone": "example"}, "at least one dot"),
        ({"name": "a b"}, "without scheme"),
        ({"name": "a..b"}, "not a domain name"),
        ({"name": KNOWN_AFTER_APPLY}, "name"),
    ],
)
def test_bad_input_gets_a_sentence_and_no_call(run: Run, options: dict[str, t.Any], words: str) -> None:
    assert words in run(kind="invalid", **{**TXT, **options})["msg"]
