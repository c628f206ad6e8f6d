# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The DNS modules call by call: exactly one value comes or goes, in every cloud alike."""

from __future__ import annotations

import dataclasses
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import execute
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import NetworkFailure, Ran
from ansible_collections.cncloud.certificates.plugins.module_utils._resource import KNOWN_AFTER_APPLY
from ansible_collections.cncloud.certificates.tests.unit.dns_clouds import (
    ALIDNS,
    CLOUDS,
    DNSPOD,
    ENDPOINT,
    HUAWEI,
    Answer,
    Cloud,
    Exchange,
    Refusal,
    Row,
    Script,
)
from ansible_collections.cncloud.certificates.tests.unit.doubles import FakeClock, FixedRandomness

LOST = NetworkFailure("The connection broke.", retryable=True, ran=Ran.UNKNOWN)
TXT: dict[str, t.Any] = {"name": "_p", "type": "TXT", "value": "v"}
CNAME: dict[str, t.Any] = {"name": "_p", "type": "CNAME", "value": "v.example.net"}
OTHER_CNAME = Row("other.example.net.", "CNAME")


@dataclasses.dataclass
class Runner:
    """Runs the module of one cloud against a script."""

    cloud: Cloud
    monkeypatch: pytest.MonkeyPatch
    folder: Path

    def __call__(
        self, *exchanges: Exchange, check: bool = False, kind: str | None = None, **options: t.Any
    ) -> dict[str, t.Any]:
        given = {"endpoint": ENDPOINT, **self.cloud.keys, "zone": "example.com", **options}
        entry = self.cloud.entry
        checked = ArgumentSpecValidator(entry.argument_spec, **entry.constraints()).validate(given)
        assert not checked.error_messages, checked.error_messages
        script = Script(self.cloud, exchanges)
        self.monkeypatch.setattr(self.cloud.client, "Transport", script)
        context = Context(
            check_mode=check,
            environ={"HOME": str(self.folder)},
            clock=FakeClock(),
            randomness=FixedRandomness(),
        )
        result = execute(entry, checked.validated_parameters, context)
        script.done()
        assert (result["error"]["kind"] if result.get("failed") else None) == kind, result
        return result

    def both(self, there: t.Sequence[Row], *writes: Exchange, **options: t.Any) -> dict[str, t.Any]:
        """Check and real: the same prediction as outcome."""
        named, listed = self.cloud.named(), self.cloud.listed(*there)
        predicted = self(*named, listed, check=True, **options)
        real = self(*named, listed, *([listed] if writes else []), *writes, **options)
        for key in ("changed", "actions", "diff", "reason"):
            assert predicted[key] == real[key], key
        return real

    def applied(self, there: t.Sequence[Row], *calls: Exchange, **options: t.Any) -> dict[str, t.Any]:
        """A real run that comes to its writes, which are in `calls`."""
        listed = self.cloud.listed(*there)
        return self(*self.cloud.named(), listed, listed, *calls, **options)


@pytest.fixture(params=CLOUDS, ids=str)
def run(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Runner:
    return Runner(request.param, monkeypatch, tmp_path)


@pytest.fixture
def of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> t.Callable[[Cloud], Runner]:
    """The runner of one cloud, for what is the matter of that cloud alone."""
    return lambda cloud: Runner(cloud, monkeypatch, tmp_path)


Of = t.Callable[[Cloud], Runner]


def each(**tables: t.Sequence[t.Any]) -> list[t.Any]:
    """The rows of a table for each cloud."""
    return [
        pytest.param(cloud, *(row if isinstance(row, tuple) else (row,)), id=f"{cloud}-{number}")
        for cloud in CLOUDS
        for number, row in enumerate(tables[cloud.name])
    ]


def record_of(cloud: Cloud) -> dict[str, t.Any]:
    return {
        "zone": "example.com",
        "name": "_p",
        "type": "TXT",
        "value": "v",
        "ttl": cloud.ttl,
        "id": "7",
        "record": "_p.example.com",
    }


def test_added_once(run: Runner) -> None:
    result = run.both([], *run.cloud.adds(), **TXT)
    assert result["changed"] is True
    assert result["record"] == record_of(run.cloud)
    assert result["diff"]["before"] == {"record": None}
    again = run.both([Row(ttl=run.cloud.ttl)], **TXT)
    assert (again["changed"], again["record"]) == (False, record_of(run.cloud))
    assert again["diff"] == {"before": {}, "after": {}}


def test_other_values_stay(run: Runner) -> None:
    others = (Row("other", id=8), Row("V", id=9), Row("v", default_line=False, id=10))
    added = run.cloud.adds(*others)
    assert run.both(others, *added, **TXT)["changed"] is True
    assert run.both(others, state="absent", **TXT)["changed"] is False
    there = (Row(), *others)
    assert run.both(there, *run.cloud.removes(*there), state="absent", **TXT)["record"] is None


@pytest.mark.parametrize(
    ("there", "asked"),
    [
        (Row('"v"'), TXT),
        (Row("v"), {**TXT, "value": '"v"'}),
        (Row("V.Example.net.", "CNAME"), CNAME),
        (Row("v.example.net", "CNAME"), {**CNAME, "value": "V.example.NET."}),
        (Row(name="_P"), {**TXT, "name": "_P.Example.COM."}),
        (Row(), {**TXT, "zone": "Example.com."}),
        (Row(default_line=None, enabled=None), TXT),
    ],
)
def test_what_makes_no_difference(run: Runner, there: Row, asked: dict[str, t.Any]) -> None:
    assert run.both([there], **asked)["changed"] is False
    assert run.both([there], *run.cloud.removes(there), state="absent", **asked)["changed"] is True


@pytest.mark.parametrize(
    ("there", "asked", "words"),
    [
        (OTHER_CNAME, CNAME, "is a CNAME to other"),
        (OTHER_CNAME, TXT, "is a CNAME to other"),
        (Row("x", "TXT"), CNAME, "has a TXT record"),
        (Row(enabled=False), TXT, "disabled"),
    ],
)
def test_conflicts(run: Runner, there: Row, asked: dict[str, t.Any], words: str) -> None:
    for check in (True, False):
        calls = [*run.cloud.named(), run.cloud.listed(there)]
        assert words in run(*calls, check=check, kind="conflict", **asked)["msg"]


def test_absent_of_another_cname_is_absent(run: Runner) -> None:
    assert run.both([OTHER_CNAME], state="absent", **CNAME)["changed"] is False


def test_a_duplicate_means_look(run: Runner) -> None:
    refused = run.cloud.adds(answer=Refusal(run.cloud.duplicate))
    nothing = run.cloud.listed()
    result = run.applied([], *refused, nothing, run.cloud.listed(Row(ttl=120)), **TXT)
    assert (result["record"]["id"], result["record"]["ttl"]) == ("7", 120)
    run.applied([], *refused, *[nothing] * run.cloud.looks, kind="conflict", **TXT)


@pytest.mark.parametrize(
    ("cloud", "unclear"),
    each(
        tencent=[LOST, Refusal("InternalError"), {"RecordId": "7"}, {"RecordId": None}],
        aliyun=[
            LOST,
            Refusal("InternalError", 500),
            Refusal("SignatureNonceUsed"),
            {"RecordId": 7},
            {"RecordId": None},
        ],
        huawei=[LOST, Refusal("DNS.0001", 500), Refusal("APIGW.0201", 502), {"id": 7}, {"id": None}],
    ),
)
def test_a_lost_answer_means_look_and_never_send_again(of: Of, cloud: Cloud, unclear: Answer) -> None:
    run = of(cloud)
    sent = cloud.adds(answer=unclear)
    result = run.applied([], *sent, cloud.listed(Row(ttl=cloud.ttl)), **TXT)
    assert result["record"] == record_of(cloud)
    failed = run.applied([], *sent, *[cloud.listed()] * cloud.looks, kind="network", **TXT)
    assert failed["changed"] is False


GONE = {"tencent": "InvalidParameter.RecordIdInvalid", "aliyun": "DomainRecordNotBelongToUser", "huawei": "DNS.0313"}
STILL_THERE = {"tencent": "invalid", "aliyun": "invalid", "huawei": "not_found"}
LOCKED = {
    "tencent": "OperationDenied.NoPermissionToOperateDomain",
    "aliyun": "DomainRecordLocked",
    "huawei": "DNS.0030",
}


def test_deleting_over_an_unreliable_wire(run: Runner) -> None:
    cloud = run.cloud
    name = cloud.name
    there, nothing = cloud.listed(Row()), cloud.listed()
    lost = cloud.removes(Row(), answer=LOST)
    gone = cloud.removes(Row(), answer=Refusal(GONE[name], 404 if name == "huawei" else None))
    locked = cloud.removes(Row(), answer=Refusal(LOCKED[name]))
    for calls, kind in (
        ([*lost, nothing], None),
        ([*lost, there, *cloud.removes(Row())], None),
        ([*lost, there, *lost, there], "network"),
        ([*gone, nothing], None),
        ([*gone, there], STILL_THERE[name]),
        (locked, "permission"),
    ):
        run.applied([Row()], *calls, kind=kind, state="absent", **TXT)


@pytest.mark.parametrize(
    ("cloud", "code", "status", "kind"),
    each(
        tencent=[
            ("InvalidParameterValue.DomainNotExists", None, "not_found"),
            ("OperationDenied.NoPermissionToOperateDomain", None, "permission"),
            ("AuthFailure.SecretIdNotFound", None, "auth"),
            ("InternalError", None, "unavailable"),
            ("RequestLimitExceeded", None, "throttled"),
            ("Unheard.Of", None, "protocol"),
        ],
        aliyun=[
            ("InvalidDomainName.NoExist", None, "not_found"),
            ("IncorrectDomainUser", None, "permission"),
            ("Forbidden.RAM", None, "permission"),
            ("InvalidApi.NotFound", None, "invalid"),
            ("InvalidAccessKeyId.NotFound", None, "auth"),
            ("InternalError", None, "unavailable"),
            ("Throttling.User", None, "throttled"),
        ],
        huawei=[
            ("DNS.0302", 404, "not_found"),
            ("DNS.0302", 400, "not_found"),
            ("DNS.0004", 404, "invalid"),
            ("DNS.0313", 404, "invalid"),
            ("DNS.9999", 404, "invalid"),
            ("DNS.0005", 401, "auth"),
            ("APIGW.0301", 401, "auth"),
            ("DNS.0013", 403, "permission"),
            ("DNS.0030", 400, "permission"),
            ("DNS.0014", 403, "throttled"),
            ("DNS.0040", 403, "permission"),
            ("APIGW.0101", 404, "invalid"),
            ("DNS.0003", 500, "unavailable"),
        ],
    ),
)
def test_a_list_that_is_refused_is_never_an_empty_one(
    of: Of, cloud: Cloud, code: str, status: int | None, kind: str
) -> None:
    for state in ("present", "absent"):
        refused = Exchange(cloud.list_operation, answer=Refusal(code, status))
        of(cloud)(*cloud.named(), refused, kind=kind, state=state, **TXT)


@pytest.mark.parametrize(
    ("cloud", "empty"),
    each(
        tencent=[Refusal("ResourceNotFound.NoDataOfRecord")],
        aliyun=[
            {"TotalCount": 0, "DomainRecords": {}},
            {"TotalCount": 0, "DomainRecords": {"Record": None}},
            {"TotalCount": 0},
        ],
        huawei=[
            {"recordsets": [], "metadata": {"total_count": 0}},
            {"recordsets": None, "metadata": {"total_count": 0}},
        ],
    ),
)
def test_ways_to_say_that_there_is_nothing(of: Of, cloud: Cloud, empty: Answer) -> None:
    answered = Exchange(cloud.list_operation, answer=empty)
    assert of(cloud)(*cloud.named(), answered, state="absent", **TXT)["changed"] is False


def apart(count: int) -> list[Row]:
    """Rows that no cloud keeps as one."""
    return [Row(f"other {number}", id=number + 100, name=f"x{number}._p") for number in range(count)]


def test_pages(run: Runner) -> None:
    cloud = run.cloud
    pages = [
        cloud.listed(*apart(cloud.page), total=cloud.page + 1),
        cloud.listed(Row(), total=cloud.page + 1, before=cloud.page),
    ]
    assert run(*cloud.named(), *pages, **TXT)["changed"] is False


def test_an_incomplete_list_proves_nothing(run: Runner) -> None:
    broken = [run.cloud.listed(Row("w", id=8), total=2), run.cloud.listed(total=2, before=1)]
    # Huawei's is not read twice: it fails as it does for certificates, and the next run reads again.
    run(*run.cloud.named(), *broken * (1 if run.cloud is HUAWEI else 2), kind="protocol", state="absent", **TXT)


def test_more_rows_than_are_counted_prove_nothing(run: Runner) -> None:
    broken = run.cloud.listed(*apart(2), total=1)
    run(*run.cloud.named(), *[broken] * (1 if run.cloud is HUAWEI else 2), kind="protocol", state="absent", **TXT)


@pytest.mark.parametrize(
    ("cloud", "answer"),
    each(
        tencent=[
            {"RecordCountInfo": {"TotalCount": "1"}, "RecordList": []},
            {"RecordCountInfo": {"TotalCount": 1}, "RecordList": [{"RecordId": "x"}]},
            {"RecordCountInfo": {"TotalCount": 1}, "RecordList": {}},
            {"RecordCountInfo": {"TotalCount": 1}, "RecordList": [{**DNSPOD.row(Row()), "Value": 7}]},
        ],
        aliyun=[
            {},
            {"TotalCount": "1", "DomainRecords": {"Record": []}},
            {"TotalCount": 1, "DomainRecords": []},
            {"TotalCount": 1, "DomainRecords": {"Record": {}}},
            {"TotalCount": 1, "DomainRecords": {"Record": [{"RecordId": 7}]}},
            {"TotalCount": 1, "DomainRecords": {"Record": [{**ALIDNS.row(Row()), "Value": 7}]}},
        ],
        huawei=[
            {},
            {"recordsets": []},
            {"recordsets": [], "metadata": {"total_count": "0"}},
            {"recordsets": {}, "metadata": {"total_count": 1}},
            {"recordsets": [{**HUAWEI.sets([Row()])[0], "id": 7}], "metadata": {"total_count": 1}},
            {"recordsets": [{**HUAWEI.sets([Row()])[0], "records": "v"}], "metadata": {"total_count": 1}},
            {"recordsets": [{**HUAWEI.sets([Row()])[0], "records": [7]}], "metadata": {"total_count": 1}},
            {"recordsets": [{**HUAWEI.sets([Row()])[0], "name": None}], "metadata": {"total_count": 1}},
        ],
    ),
)
def test_wrong_types(of: Of, cloud: Cloud, answer: Answer) -> None:
    of(cloud)(*cloud.named(), Exchange(cloud.list_operation, answer=answer), kind="protocol", **TXT)


def test_the_apex(run: Runner) -> None:
    cloud = run.cloud
    empty = cloud.listed(name="@")
    added = cloud.adds(row=Row(name="@", ttl=cloud.ttl), answer={"RecordId": 7} if cloud is DNSPOD else None)
    result = run(*cloud.named(), empty, empty, *added[:1], *settled(cloud, "@"), **{**TXT, "name": "example.com."})
    assert (result["record"]["name"], result["record"]["record"]) == ("@", "example.com")


def settled(cloud: Cloud, name: str) -> list[Exchange]:
    """The look after a write, in clouds where a write is over when the list shows it."""
    if cloud is not HUAWEI:
        return []
    shown = {**HUAWEI.sets([Row()])[0], "name": "example.com." if name == "@" else f"{name}.example.com."}
    listed = cloud.listed(name=name)
    return [dataclasses.replace(listed, answer={"recordsets": [shown], "metadata": {"total_count": 1}})]


@pytest.mark.parametrize("value", ["", KNOWN_AFTER_APPLY])
def test_an_unknown_value_is_predicted_in_check_mode(run: Runner, value: str) -> None:
    asked = {**TXT, "value": value}
    calls = [*run.cloud.named(), run.cloud.listed()]
    made = run(*calls, check=True, **asked)
    assert (made["changed"], made["record"]["value"]) == (True, None)
    assert made["diff"]["after"]["record"]["value"] == KNOWN_AFTER_APPLY
    assert run(*calls, check=True, state="absent", **asked)["changed"] is True


@pytest.mark.parametrize("zone", [KNOWN_AFTER_APPLY, "example.com", None])
def test_an_unknown_place_is_predicted_without_a_call(run: Runner, zone: str | None) -> None:
    asked = {"name": KNOWN_AFTER_APPLY, "type": "TXT", "value": KNOWN_AFTER_APPLY}
    made = run(check=True, zone=zone, **asked)
    assert made["changed"] is True
    assert (made["record"]["zone"], made["record"]["record"]) == (zone or KNOWN_AFTER_APPLY, KNOWN_AFTER_APPLY)


def test_what_is_sent_is_what_is_declared(run: Runner) -> None:
    """The other tests hold the calls to exactly these fields."""
    cloud = run.cloud
    others = [Row("other", id=8)]
    exchanges = [
        cloud.zones("example.com"),
        cloud.listed(),
        *cloud.adds(),
        *cloud.removes(Row()),
        *cloud.adds(*others),
    ]
    for exchange in exchanges:
        assert set(cloud.wire[exchange.operation].sends) == set(exchange.sends or ()), exchange.operation
    assert {exchange.operation for exchange in exchanges} == set(cloud.wire)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"value": ""}, "value is empty"),
        ({"value": KNOWN_AFTER_APPLY}, "not known yet"),
        ({"ttl": 0}, "ttl"),
        ({"ttl": "too long"}, "ttl"),
        ({"zone": "example"}, "at least one dot"),
        ({"name": "a b"}, "without scheme"),
        ({"name": "a..b"}, "not a domain name"),
        ({"name": KNOWN_AFTER_APPLY}, "name"),
        ({"zone": None, "name": "@"}, "full name"),
        ({"zone": None, "name": "_p"}, "at least one dot"),
        ({"zone": None, "name": KNOWN_AFTER_APPLY}, "name"),
    ],
)
def test_bad_input_gets_a_sentence_and_no_call(run: Runner, options: dict[str, t.Any], words: str) -> None:
    if options.get("ttl") == "too long":
        options = {"ttl": run.cloud.longest_ttl + 1}
    assert words in run(kind="invalid", **{**TXT, **options})["msg"]


# The zone that is found.

FOUND = {**TXT, "zone": None, "name": "_p.Example.com."}


def test_the_zone_is_found_once_in_a_run(run: Runner) -> None:
    cloud = run.cloud
    zones = cloud.zones("other.com", "example.com", "xexample.com")
    assert run(zones, cloud.listed(), cloud.listed(), *cloud.adds(), **FOUND)["record"] == record_of(cloud)
    again = run(zones, cloud.listed(Row(ttl=cloud.ttl)), **FOUND)
    assert (again["changed"], again["record"]) == (False, record_of(cloud))
    predicted = run(zones, cloud.listed(), check=True, **FOUND)
    assert (predicted["changed"], predicted["record"]["zone"]) == (True, "example.com")


@pytest.mark.parametrize(
    ("name", "zones", "zone", "relative"),
    [
        ("_p.a.b.example.com", ["example.com", "b.example.com"], "b.example.com", "_p.a"),
        ("_p.a.b.example.com", ["xb.example.com", "example.com"], "example.com", "_p.a.b"),
        ("b.example.com", ["example.com", "b.example.com"], "b.example.com", "@"),
        ("*.b.example.com", ["example.com", "b.example.com"], "b.example.com", "*"),
        ("_p.example.com.cn", ["com.cn", "example.com", "example.com.cn"], "example.com.cn", "_p"),
        ("_p.example.com.cn", ["com.cn", "ample.com.cn"], "com.cn", "_p.example"),
        ("_p.b\u00fccher.example.com", ["B\u00dcCHER.Example.com", "example.com"], "xn--bcher-kva.example.com", "_p"),
    ],
)
def test_the_longest_end_of_the_name_wins_label_by_label(
    run: Runner, name: str, zones: list[str], zone: str, relative: str
) -> None:
    cloud = run.cloud
    ending = ".".join(name.split(".")[-2:])
    nothing: dict[str, Answer] = {
        "tencent": {"RecordCountInfo": {"TotalCount": 0}},
        "aliyun": {"TotalCount": 0},
        "huawei": {"metadata": {"total_count": 0}},
    }
    calls = [cloud.zones(*zones, ending=ending), Exchange(cloud.list_operation, answer=nothing[cloud.name])]
    record = run(*calls, check=True, **{**FOUND, "name": name})["record"]
    assert (record["zone"], record["name"]) == (zone, relative)


@pytest.mark.parametrize("zones", [[], ["other.com", "xexample.com", "_p.example.com.cn", "com"]])
def test_no_zone_is_not_found_and_names_what_was_looked_for(run: Runner, zones: list[str]) -> None:
    for state, check in (("present", False), ("absent", False), ("absent", True)):
        asked = {**FOUND, "name": "_p.a.example.com", "state": state}
        failed = run(run.cloud.zones(*zones), check=check, kind="not_found", **asked)
        assert "looked for: _p.a.example.com, a.example.com, example.com." in failed["msg"]


def test_an_account_without_zones(of: Of) -> None:
    refused = Exchange("DescribeDomainList", answer=Refusal("ResourceNotFound.NoDataOfDomain"))
    of(DNSPOD)(refused, kind="not_found", **FOUND)


def test_two_zones_of_the_name_are_a_conflict(run: Runner) -> None:
    zones = run.cloud.zones("example.com", "example.com", "com.cn")
    for check in (True, False):
        assert "2 zones named example.com" in run(zones, check=check, kind="conflict", **FOUND)["msg"]


def test_huawei_names_its_zones_too(of: Of) -> None:
    run = of(HUAWEI)
    run(HUAWEI.zones("example.com", "example.com"), kind="conflict", **TXT)
    failed = run(HUAWEI.zones("not-example.com", "example.com.cn"), kind="not_found", **TXT)
    assert "looked for: example.com." in failed["msg"]


@pytest.mark.parametrize(
    ("cloud", "code", "status", "kind"),
    each(
        tencent=[
            ("UnauthorizedOperation", None, "permission"),
            ("AuthFailure.UnauthorizedOperation", None, "permission"),
            ("InternalError", None, "unavailable"),
            ("ResourceNotFound.NoDataOfRecord", None, "invalid"),
        ],
        aliyun=[("Forbidden.RAM", 403, "permission"), ("InternalError", 500, "unavailable")],
        huawei=[
            ("APIGW.0302", 403, "permission"),
            ("DNS.0030", 403, "permission"),
            ("DNS.0302", 404, "invalid"),
            ("DNS.0005", 401, "auth"),
        ],
    ),
)
def test_zones_that_may_not_be_listed_are_never_no_zones(
    of: Of, cloud: Cloud, code: str, status: int | None, kind: str
) -> None:
    for state in ("present", "absent"):
        of(cloud)(Exchange(cloud.zone_list, answer=Refusal(code, status)), kind=kind, **{**FOUND, "state": state})


def test_pages_of_zones(run: Runner) -> None:
    cloud = run.cloud
    size = cloud.page
    names = [f"z{number}.example.com" for number in range(size)]
    pages = [
        cloud.zones(*names, total=size + 1),
        cloud.zones("example.com", total=size + 1, first=1 if cloud is HUAWEI else size, asked_at=size),
    ]
    if cloud is HUAWEI:
        # The id of the zone that the records are asked of.
        pages[0] = cloud.zones(*names, total=size + 1, first=1000)
    assert run(*pages, cloud.listed(Row()), **FOUND)["changed"] is False


def test_an_incomplete_list_of_zones_finds_nothing(run: Runner) -> None:
    cloud = run.cloud
    broken = [cloud.zones("example.com", total=3), cloud.zones(total=3, asked_at=100 if cloud is ALIDNS else 1)]
    run(*broken * (1 if cloud is HUAWEI else 2), kind="protocol", **FOUND)


@pytest.mark.parametrize(
    ("cloud", "answer"),
    each(
        tencent=[
            {"DomainCountInfo": {"DomainTotal": 1}, "DomainList": [{"DomainId": 1}]},
            {"DomainCountInfo": {"DomainTotal": 1}, "DomainList": [{"DomainId": "1", "Name": "example.com"}]},
            {"DomainCountInfo": {"DomainTotal": "1"}, "DomainList": []},
        ],
        aliyun=[
            {},
            {"TotalCount": 1, "Domains": {"Domain": [{"DomainId": "1"}]}},
            {"TotalCount": 1, "Domains": {"Domain": [{"DomainName": "example.com"}]}},
        ],
        huawei=[
            {},
            {"zones": [], "metadata": {}},
            {"zones": [{"id": "z1"}], "metadata": {"total_count": 1}},
            {"zones": [{"name": "example.com."}], "metadata": {"total_count": 1}},
        ],
    ),
)
def test_wrong_types_of_zones(of: Of, cloud: Cloud, answer: Answer) -> None:
    of(cloud)(Exchange(cloud.zone_list, answer=answer), kind="protocol", **FOUND)


# Huawei Cloud DNS alone: sets that are written whole, and take effect a little later.


def shown(status: str, *values: str, type: str = "TXT") -> Exchange:
    rows = [Row(value, type) for value in values]
    found = [{**one, "status": status} for one in HUAWEI.sets(rows)]
    listed = HUAWEI.listed()
    return dataclasses.replace(listed, answer={"recordsets": found, "metadata": {"total_count": len(found)}})


def test_a_write_is_over_when_the_list_shows_it(of: Of) -> None:
    run = of(HUAWEI)
    added = HUAWEI.adds()[:1]
    later = [HUAWEI.listed(), shown("PENDING_CREATE", "v"), shown("ACTIVE", "v")]
    run.applied([], *added, *later, **TXT)
    removed = HUAWEI.removes(Row())[:1]
    run.applied([Row()], *removed, shown("PENDING_DELETE", "v"), HUAWEI.listed(), state="absent", **TXT)
    reduced = HUAWEI.removes(Row(), Row("w"))[:1]
    later = [shown("PENDING_UPDATE", "w"), shown("ACTIVE", "w")]
    run.applied([Row(), Row("w")], *reduced, *later, state="absent", **TXT)


def test_a_write_that_is_not_shown_is_done_all_the_same(of: Of) -> None:
    run = of(HUAWEI)
    added = HUAWEI.adds()[:1]
    assert run.applied([], *added, *[HUAWEI.listed()] * HUAWEI.looks, **TXT)["changed"] is True
    forbidden = Exchange(HUAWEI.list_operation, answer=Refusal("DNS.0030", 403))
    assert run.applied([], *added, forbidden, **TXT)["changed"] is True
    busy = Exchange(HUAWEI.list_operation, answer=Refusal("DNS.0001", 500))
    assert run.applied([], *added, busy, shown("ACTIVE", "v"), **TXT)["changed"] is True


def test_what_is_being_deleted_is_gone(of: Of) -> None:
    run = of(HUAWEI)
    leaving = shown("PENDING_DELETE", "v")
    assert run(*HUAWEI.named(), leaving, state="absent", **TXT)["changed"] is False
    calls = [*HUAWEI.named(), leaving, leaving, leaving, HUAWEI.listed(), *HUAWEI.adds()]
    assert run(*calls, **TXT)["changed"] is True


@pytest.mark.parametrize("status", ["PENDING_CREATE", "PENDING_UPDATE", "ACTIVE"])
def test_what_is_coming_is_there(of: Of, status: str) -> None:
    assert of(HUAWEI)(*HUAWEI.named(), shown(status, "v"), **TXT)["changed"] is False


@pytest.mark.parametrize("status", ["DISABLE", "PENDING_DISABLE", "FREEZE", "PENDING_FREEZE", "ILLEGAL", "ERROR"])
def test_what_resolvers_do_not_get_is_no_proof(of: Of, status: str) -> None:
    of(HUAWEI)(*HUAWEI.named(), shown(status, "v"), kind="conflict", **TXT)


def test_an_alias_is_in_the_way_of_a_cname(of: Of) -> None:
    alias = {**HUAWEI.sets([Row(type="A")])[0], "records": None}
    listed = dataclasses.replace(HUAWEI.listed(), answer={"recordsets": [alias], "metadata": {"total_count": 1}})
    assert "has a A record" in of(HUAWEI)(*HUAWEI.named(), listed, kind="conflict", **CNAME)["msg"]


def test_the_values_of_others_are_written_as_they_were(of: Of) -> None:
    """A value in parts, or with an escape, is nobody's proof, and stays."""
    strange = (Row('"a" "b"', id=8), Row('"c \\" d"', id=9))
    assert of(HUAWEI).both(strange, *HUAWEI.adds(*strange), **TXT)["changed"] is True


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("DNS.0403", 400, "quota"),
        ("DNS.0304", 400, "invalid"),
        ("DNS.0319", 400, "invalid"),
        ("DNS.0213", 400, "permission"),
        ("DNS.0314", 409, "unavailable"),
        ("DNS.0021", 500, "unavailable"),
        ("DNS.0302", 404, "not_found"),
        ("DNS.0313", 404, "invalid"),
        ("DNS.0005", 401, "auth"),
    ],
)
def test_an_addition_that_is_refused(of: Of, code: str, status: int, kind: str) -> None:
    refused = HUAWEI.adds(answer=Refusal(code, status))
    of(HUAWEI).applied([], *refused, kind=kind, **TXT)


@pytest.mark.parametrize("value", ['a"b', "a\\b", '"a" "b"'])
@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_txt_that_needs_an_escape_is_refused_without_a_call(of: Of, value: str, state: str) -> None:
    of(HUAWEI)(kind="invalid", **{**TXT, "value": value, "state": state})
