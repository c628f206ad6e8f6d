# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls to Alibaba Cloud: what is sent where, and what an answer means."""

from __future__ import annotations

import datetime
import email.utils
import json
import typing as t

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import client as client_module
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.answer import Fields
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client import (
    ALIDNS,
    BAAS,
    ESA,
    VPC,
    AliyunClient,
    Product,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.dns import MEANINGS
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.refusals import BUSY, Meaning
from ansible_collections.cncloud.certificates.plugins.module_utils._clock import rfc3339
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    AuthError,
    CertificatesError,
    Conflict,
    Invalid,
    NetworkFailure,
    NotFound,
    PermissionDenied,
    ProtocolFailure,
    QuotaExceeded,
    Ran,
    Throttled,
    Unavailable,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Replay
from ansible_collections.cncloud.certificates.tests.unit.doubles import START
from ansible_collections.cncloud.certificates.tests.unit.plugins.module_utils._aliyun.scripted import (
    ACCESS_KEY_SECRET,
    Exchange,
    Script,
    connection,
    context,
    refused,
)

OWN = {("Delete", "Thing.NotFound"): Meaning(NotFound), ("Create", "Gateway.Configuring"): BUSY, **MEANINGS}

Play = t.Callable[..., tuple[AliyunClient, Script]]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    def start(*exchanges: Exchange, product: Product = ALIDNS, **options: t.Any) -> tuple[AliyunClient, Script]:
        script = Script(exchanges)
        monkeypatch.setattr(client_module, "Transport", script)
        return AliyunClient(product, params=connection(**options), context=context(), meanings=OWN), script

    return start


def fail(play: Play, exchange: Exchange) -> CertificatesError:
    client, _script = play(exchange)
    with pytest.raises(CertificatesError) as caught:
        client.call(exchange.operation, {}, replay=Replay.READ)
    return caught.value


# --- What codes mean ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "kind", "ran"),
    [
        (404, "InvalidAccessKeyId.NotFound", AuthError, Ran.REFUSED),
        (400, "InvalidAccessKeyId.NotFound", AuthError, Ran.REFUSED),
        (400, "InvalidAccessKeyId.Inactive", AuthError, Ran.REFUSED),
        (400, "SignatureDoesNotMatch", AuthError, Ran.REFUSED),
        (403, "SignatureDoesNotMatch", AuthError, Ran.REFUSED),
        (400, "IncompleteSignature", AuthError, Ran.REFUSED),
        (400, "InvalidSecurityToken.Expired", AuthError, Ran.REFUSED),
        (400, "InvalidSecurityToken.Malformed", AuthError, Ran.REFUSED),
        (400, "InvalidSecurityToken.MismatchWithAccessKey", AuthError, Ran.REFUSED),
        (400, "InvalidTimeStamp.Expired", AuthError, Ran.REFUSED),
        (400, "InvalidTimeStamp.Format", AuthError, Ran.REFUSED),
        (400, "SignatureNonceUsed", NetworkFailure, Ran.UNKNOWN),
        (404, "InvalidApi.NotFound", Invalid, Ran.REFUSED),
        (404, "InvalidProduct.NotFound", Invalid, Ran.REFUSED),
        (404, "InvalidRegionId.NotFound", Invalid, Ran.REFUSED),
        (404, "InvalidProtocol.NeedSsl", Invalid, Ran.REFUSED),
        (400, "UnsupportedHTTPMethod", Invalid, Ran.REFUSED),
        (403, "UnsupportedHTTPMethod", Invalid, Ran.REFUSED),
        (400, "MissingParameter", Invalid, Ran.REFUSED),
        (400, "MissingRegionId", Invalid, Ran.REFUSED),
        (403, "Forbidden", PermissionDenied, Ran.REFUSED),
        (403, "Forbidden.RAM", PermissionDenied, Ran.REFUSED),
        (403, "Forbidden.RiskControl", PermissionDenied, Ran.REFUSED),
        (403, "Forbbiden.SubUser", PermissionDenied, Ran.REFUSED),
        (403, "NoPermission", PermissionDenied, Ran.REFUSED),
        (403, "NeverSeenBefore", PermissionDenied, Ran.REFUSED),
        (400, "Throttling", Throttled, Ran.NO),
        (429, "Throttling.User", Throttled, Ran.NO),
        (503, "Throttling.Api", Throttled, Ran.NO),
        (400, "Rejected.Throttling", Throttled, Ran.NO),
        (429, "NeverSeenBefore", Throttled, Ran.NO),
        (503, "ServiceUnavailable", Unavailable, Ran.UNKNOWN),
        (500, "InternalError", Unavailable, Ran.UNKNOWN),
        (400, "InternalError", Unavailable, Ran.UNKNOWN),
        (502, "NeverSeenBefore", Unavailable, Ran.UNKNOWN),
        (409, "NeverSeenBefore", Conflict, Ran.REFUSED),
        (400, "QuotaExceeded.Record", QuotaExceeded, Ran.REFUSED),
        (404, "NeverSeenBefore.NotFound", Invalid, Ran.REFUSED),
        (401, "NeverSeenBefore", AuthError, Ran.REFUSED),
    ],
)
def test_codes(play: Play, status: int, code: str, kind: type[CertificatesError], ran: Ran) -> None:
    error = fail(play, refused("Describe", code, status=status))
    assert error.__class__ is kind
    assert (error.code, error.ran, error.http_status, error.request_id) == (code, ran, status, "id-1")
    assert error.retryable is (ran is not Ran.REFUSED)


@pytest.mark.parametrize(
    ("operation", "code", "kind"),
    [
        ("Delete", "Thing.NotFound", NotFound),
        ("Create", "Thing.NotFound", Invalid),
        ("Delete", "InvalidAccessKeyId.NotFound", AuthError),
        ("Delete", "InvalidRegionId.NotFound", Invalid),
        ("Create", "Gateway.Configuring", Unavailable),
        ("DescribeSubDomainRecords", "InvalidDomainName.NoExist", NotFound),
        ("DeleteDomainRecord", "InvalidDomainName.NoExist", Invalid),
        ("DeleteDomainRecord", "DomainRecordNotBelongToUser", Invalid),
        ("AddDomainRecord", "IncorrectDomainUser", PermissionDenied),
        ("AddDomainRecord", "DomainRecordLocked", PermissionDenied),
        ("AddDomainRecord", "DomainRecordDuplicate", Conflict),
        ("AddDomainRecord", "DomainRecordConflict", Conflict),
        ("AddDomainRecord", "InvalidTTL", Invalid),
    ],
)
def test_a_services_own_pairs_are_exact(play: Play, operation: str, code: str, kind: type[CertificatesError]) -> None:
    assert fail(play, refused(operation, code, status=404)).__class__ is kind


def test_a_busy_service_certainly_did_nothing(play: Play) -> None:
    error = fail(play, refused("Create", "Gateway.Configuring"))
    assert (error.ran, error.retryable) == (Ran.NO, True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-acs-retry-after": "1500"}, 1.5),
        ({"x-acs-retry-after": "1500", "retry-after": "7"}, 1.5),
        ({"retry-after": "7"}, 7.0),
        ({"x-acs-retry-after": "soon"}, None),
        ({"x-acs-retry-after": "-5"}, None),
        ({}, None),
    ],
)
def test_the_vendors_pause_is_in_milliseconds(play: Play, headers: dict[str, str], seconds: float | None) -> None:
    assert fail(play, refused("Describe", "Throttling.User", headers=headers)).retry_after == seconds


@pytest.mark.parametrize("code", ["SignatureDoesNotMatch", "InvalidAccessKeyId.NotFound", "IncompleteSignature"])
def test_signature_errors_do_not_repeat_what_was_sent(play: Play, code: str) -> None:
    echo = f"Specified signature is not matched with our calculation. server string to sign is: {ACCESS_KEY_SECRET}"
    shown = str(fail(play, refused("Describe", code, echo)).as_result())
    assert ACCESS_KEY_SECRET not in shown
    assert "string to sign" not in shown
    assert "the options access_key_id and access_key_secret" in shown


@pytest.mark.parametrize(
    ("offset", "words"),
    [(-1200, "1200 seconds ahead of"), (3600, "3600 seconds behind"), (10, "Check the clock")],
)
def test_an_expired_time_tells_both_clocks(play: Play, offset: int, words: str) -> None:
    theirs = email.utils.format_datetime(START + datetime.timedelta(seconds=offset), usegmt=True)
    shown = str(
        fail(play, refused("Describe", "InvalidTimeStamp.Expired", headers={"date": theirs})).as_result()["msg"]
    )
    assert words in shown
    assert "the options access_key_id" in shown
    if abs(offset) > 60:
        assert "2026-11-22T08:00:00Z" in shown
        assert str(rfc3339(START + datetime.timedelta(seconds=offset))) in shown


@pytest.mark.parametrize("header", ["", "yesterday"])
def test_an_expired_time_without_a_date(play: Play, header: str) -> None:
    error = fail(play, refused("Describe", "InvalidTimeStamp.Expired", headers={"date": header}))
    assert "Check the clock" in str(error.as_result()["msg"])


@pytest.mark.parametrize(("offset", "told"), [(899, False), (900, True), (-900, True)])
def test_a_date_far_from_ours_is_told_whatever_the_code(play: Play, offset: int, told: bool) -> None:
    theirs = email.utils.format_datetime(START + datetime.timedelta(seconds=offset), usegmt=True)
    error = fail(play, refused("Describe", "SignatureDoesNotMatch", headers={"date": theirs}))
    assert (f"and {rfc3339(START + datetime.timedelta(seconds=offset))} at the service" in str(error.hint)) is told
    assert "Check the key" in str(error.hint)


# --- Answers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("raw", [b"", b"<html>", b"<Error><Code>x</Code></Error>", b"[]", b'{"RequestId"', b"\xff"])
@pytest.mark.parametrize("status", [200, 400, 403, 404])
def test_malformed_answers_prove_nothing(play: Play, raw: bytes, status: int) -> None:
    error = fail(play, Exchange("Create", answer=raw, status=status))
    assert isinstance(error, ProtocolFailure)
    assert (error.ran, error.http_status) == (Ran.UNKNOWN, status)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("raw", [b"oops", b"", b"{}"])
def test_server_errors_prove_nothing(play: Play, status: int, raw: bytes) -> None:
    error = fail(play, Exchange("Create", answer=raw, status=status))
    assert isinstance(error, Unavailable)
    assert (error.ran, error.http_status) == (Ran.UNKNOWN, status)


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        ({"Success": False, "Code": "403", "Message": "no"}, PermissionDenied, "403"),
        ({"Success": False, "Code": 500}, Unavailable, "500"),
        ({"Success": "false", "Code": "200", "ResultCode": "CHAIN_GONE"}, ProtocolFailure, "CHAIN_GONE"),
        ({"successResponse": False, "code": "NeverSeenBefore"}, ProtocolFailure, "NeverSeenBefore"),
        ({"Success": True, "Code": "Throttling.User"}, Throttled, "Throttling.User"),
        ({"Code": "Forbbiden.SubUser"}, PermissionDenied, "Forbbiden.SubUser"),
        ({"Success": False}, ProtocolFailure, None),
    ],
)
def test_a_failure_under_http_status_200(
    play: Play, body: dict[str, t.Any], kind: type[CertificatesError], code: str | None
) -> None:
    error = fail(play, Exchange("Create", answer=body))
    assert error.__class__ is kind
    assert (error.code, error.http_status) == (code, 200)
    assert kind is not ProtocolFailure or error.ran is Ran.UNKNOWN


@pytest.mark.parametrize(
    "body",
    [
        {"Result": {"A": "x"}},
        {"Result": {"A": "x"}, "Success": True, "Code": "200", "HttpStatusCode": "200", "ResultCode": "OK"},
        {"Result": {"A": "x"}, "Code": "OK", "data": {"Result": {"A": "not this"}}},
        {"successResponse": True, "code": "200", "data": {"RequestId": "inner", "Result": {"A": "x"}}},
        {"success": "true", "code": 200, "data": {"Result": {"A": "x"}}},
    ],
)
def test_answers_are_flat_or_wrapped(play: Play, body: dict[str, t.Any]) -> None:
    client, script = play(Exchange("Describe", answer=body))
    result = client.call("Describe", {}, replay=Replay.READ).object("Result")
    assert result is not None
    assert result.text("A") == "x"
    script.done()


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        ({"RequestId": "a"}, {}, "a"),
        ({"requestId": "b", "data": {"RequestId": "c"}}, {}, "c"),
        ({"requestid": "d"}, {}, "d"),
        ({}, {"x-acs-request-id": "e"}, "e"),
        ({"RequestId": ["f"]}, {}, None),
    ],
)
def test_request_ids(
    monkeypatch: pytest.MonkeyPatch, body: dict[str, t.Any], headers: dict[str, str], expected: str | None
) -> None:
    script = Script([Exchange("Describe", answer=json.dumps(body).encode(), headers=headers)])
    monkeypatch.setattr(client_module, "Transport", script)
    surroundings = context()
    AliyunClient(ALIDNS, params=connection(), context=surroundings, meanings={}).call(
        "Describe", {}, replay=Replay.READ
    )
    assert surroundings.request_ids == ([] if expected is None else [expected])


# --- What is sent ---------------------------------------------------------------------------------------------------

PARAMETERS: dict[str, str | int | bool | None] = {
    "Name": "a b*~/+\u4f8b",
    "Count": 5,
    "Flag": True,
    "Empty": "",
    "Unset": None,
}
ENCODED = "Name=a%20b%2A~%2F%2B%E4%BE%8B&Count=5&Flag=true&Empty="


def test_query_style(play: Play) -> None:
    client, script = play(Exchange("Describe"))
    client.call("Describe", PARAMETERS, replay=Replay.TOKEN)
    (call,) = script.calls
    assert (call.method, call.url, call.body) == ("POST", f"http://127.0.0.1:1/?{ENCODED}", None)
    assert call.headers == {"x-acs-action": "Describe", "x-acs-version": "2015-01-09"}
    assert call.replay is Replay.TOKEN


def test_form_style_leaves_nothing_in_the_url(play: Play) -> None:
    client, script = play(Exchange("Apply"), product=BAAS)
    client.call("Apply", PARAMETERS, style="form", replay=Replay.NEVER)
    (call,) = script.calls
    assert (call.method, call.url, call.body) == ("POST", "http://127.0.0.1:1/", ENCODED.encode())
    assert call.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert call.headers["x-acs-version"] == "2018-12-21"


def test_operations_that_take_nothing_but_get(play: Play) -> None:
    client, script = play(Exchange("DeleteCertificate"), Exchange("ListSites"), product=ESA)
    client.call("DeleteCertificate", {"SiteId": 1234567890123}, method="GET", replay=Replay.NEVER)
    client.call("ListSites", {}, method="GET", replay=Replay.READ)
    assert [(call.method, call.url) for call in script.calls] == [
        ("GET", "http://127.0.0.1:1/?SiteId=1234567890123"),
        ("GET", "http://127.0.0.1:1/"),
    ]


def test_each_call_has_its_own_nonce_and_the_token_of_the_key(play: Play) -> None:
    client, script = play(Exchange("Describe"), Exchange("Describe"), security_token="a-token")
    for _call in range(2):
        client.call("Describe", {}, replay=Replay.READ)
    first, second = (vars(signer) for signer in script.signers)
    assert first["_nonce"] != second["_nonce"]
    assert first["_date"] == "2026-11-22T08:00:00Z"
    assert first["_security_token"] == "a-token"
    script.done()


@pytest.mark.parametrize(
    ("product", "region", "url"),
    [
        (VPC, "cn-hangzhou", "https://vpc.aliyuncs.com"),
        (VPC, "cn-shanghai-finance-1", "https://vpc.aliyuncs.com"),
        (VPC, "eu-central-1", "https://vpc.eu-central-1.aliyuncs.com"),
        (ALIDNS, None, "https://alidns.aliyuncs.com"),
        (ALIDNS, "cn-beijing", "https://alidns.aliyuncs.com"),
        (ESA, None, "https://esa.cn-hangzhou.aliyuncs.com"),
        (ESA, "cn-beijing", "https://esa.cn-hangzhou.aliyuncs.com"),
        (ESA, "ap-southeast-1", "https://esa.cn-hangzhou.aliyuncs.com"),
        (BAAS, "cn-hangzhou", "https://baas.cn-hangzhou.aliyuncs.com"),
        (BAAS, "cn-shanghai", "https://baas.aliyuncs.com"),
        (BAAS, "us-west-1", "https://baas.ap-southeast-1.aliyuncs.com"),
    ],
)
def test_hosts(play: Play, product: Product, region: str | None, url: str) -> None:
    client, _script = play(product=product, endpoint=None, region=region)
    assert (client.url, client.region) == (url, region)


@pytest.mark.parametrize("product", [VPC, BAAS])
def test_a_host_that_depends_on_the_region_needs_one(play: Play, product: Product) -> None:
    with pytest.raises(Invalid, match="region is needed"):
        play(product=product, endpoint=None)
    assert play(product=product)[0].region is None


@pytest.mark.parametrize(
    "endpoint",
    ["http://alidns.aliyuncs.com", "ftp://127.0.0.1", "https://host.example.com/path", "alidns.aliyuncs.com"],
)
def test_endpoints_that_are_refused(play: Play, endpoint: str) -> None:
    with pytest.raises(Invalid, match="endpoint"):
        play(endpoint=endpoint)


# --- Typed reading --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        ("digits", "seven"),
        ("digits", "-5"),
        ("digits", 1.5),
        ("digits", True),
        ("label", True),
        ("label", 1.5),
        ("milliseconds", "soon"),
        ("milliseconds", 10**17),
    ],
)
def test_wrong_types_are_failures_with_a_name(reader: str, value: t.Any) -> None:
    fields = Fields({"A": value}, operation="DescribeX", path="Rows[].")
    with pytest.raises(ProtocolFailure, match=r"Alibaba Cloud's answer to DescribeX.*Rows\[\]\.A"):
        getattr(fields, reader)("A")


@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        ("digits", "12", 12),
        ("digits", 12, 12),
        ("digits", "", None),
        ("digits", None, None),
        ("label", 1234567890123, "1234567890123"),
        ("label", "x", "x"),
        ("label", None, None),
        ("milliseconds", 1795334400999, datetime.datetime(2026, 11, 22, 8, 0, 0, tzinfo=datetime.UTC)),
        ("milliseconds", "1795334400000", datetime.datetime(2026, 11, 22, 8, 0, 0, tzinfo=datetime.UTC)),
        ("milliseconds", 0, None),
        ("milliseconds", None, None),
    ],
)
def test_readers(reader: str, value: t.Any, expected: t.Any) -> None:
    assert getattr(Fields({"A": value}, operation="X"), reader)("A") == expected


@pytest.mark.parametrize(
    ("value", "count"),
    [({"A": {"B": [{}, {}]}}, 2), ({"A": {"B": []}}, 0), ({"A": {}}, 0), ({}, 0), ({"A": None}, 0)],
)
def test_lists_in_two_levels(value: dict[str, t.Any], count: int) -> None:
    assert len(Fields(value, operation="X").rows("A", "B")) == count


@pytest.mark.parametrize("value", [{"A": []}, {"A": {"B": {}}}, {"A": {"B": [1]}}])
def test_lists_that_are_none(value: dict[str, t.Any]) -> None:
    with pytest.raises(ProtocolFailure):
        Fields(value, operation="X").rows("A", "B")
