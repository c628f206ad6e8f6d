# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Tencent Cloud's answers mean, and that none of them becomes a traceback."""

from __future__ import annotations

import datetime
import email.utils
import json
import typing as t

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    AuthError,
    CertificatesError,
    Conflict,
    Invalid,
    NotFound,
    PermissionDenied,
    ProtocolFailure,
    QuotaExceeded,
    Ran,
    Throttled,
    Unavailable,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Replay
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent import client as client_module
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.answer import Fields
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.client import SSL, TencentClient
from ansible_collections.cncloud.certificates.tests.unit.doubles import START
from ansible_collections.cncloud.certificates.tests.unit.plugins.module_utils._tencent.scripted import (
    SECRET_KEY,
    Exchange,
    Script,
    connection,
    context,
    refusal,
)

Play = t.Callable[..., tuple[TencentClient, Script]]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    def start(*exchanges: Exchange, **options: t.Any) -> tuple[TencentClient, Script]:
        script = Script(exchanges)
        monkeypatch.setattr(client_module, "Transport", script)
        return TencentClient(SSL, params=connection(**options), context=context()), script

    return start


def fail(play: Play, exchange: Exchange) -> CertificatesError:
    client, _script = play(exchange)
    with pytest.raises(CertificatesError) as caught:
        client.call(exchange.operation, {}, replay=Replay.READ)
    return caught.value


@pytest.mark.parametrize(
    ("code", "kind", "ran", "retryable"),
    [
        ("AuthFailure.SignatureFailure", AuthError, Ran.REFUSED, False),
        ("AuthFailure.SecretIdNotFound", AuthError, Ran.REFUSED, False),
        ("AuthFailure.TokenFailure", AuthError, Ran.REFUSED, False),
        ("AuthFailure", AuthError, Ran.REFUSED, False),
        ("AuthFailure.UnauthorizedOperation", PermissionDenied, Ran.REFUSED, False),
        ("UnauthorizedOperation", PermissionDenied, Ran.REFUSED, False),
        ("UnauthorizedOperation.CamNoAuth", PermissionDenied, Ran.REFUSED, False),
        ("FailedOperation.CAMAuthorizedFail", PermissionDenied, Ran.REFUSED, False),
        ("OperationDenied.NoPermissionToOperateDomain", PermissionDenied, Ran.REFUSED, False),
        ("FailedOperation.NoRealNameAuth", PermissionDenied, Ran.REFUSED, False),
        ("FailedOperation.ExceedsFreeLimit", QuotaExceeded, Ran.REFUSED, False),
        ("FailedOperation.MainDomainCertificateCountLimit", QuotaExceeded, Ran.REFUSED, False),
        ("LimitExceeded.SubdomainLevelLimit", QuotaExceeded, Ran.REFUSED, False),
        ("LimitExceeded.RateLimitExceeded", Throttled, Ran.NO, True),
        ("RequestLimitExceeded", Throttled, Ran.NO, True),
        ("RequestLimitExceeded.GlobalRegionUinLimitExceeded", Throttled, Ran.NO, True),
        ("InvalidParameter.DomainRecordExist", Conflict, Ran.REFUSED, False),
        ("FailedOperation.CannotBeDeletedIssued", Conflict, Ran.REFUSED, False),
        ("ResourceNotFound.Manager", Invalid, Ran.REFUSED, False),
        ("InvalidAction", Invalid, Ran.REFUSED, False),
        ("MissingParameter", Invalid, Ran.REFUSED, False),
        ("InternalError.BackendResponseEmpty", Unavailable, Ran.UNKNOWN, True),
        ("FailedOperation.NetworkError", Unavailable, Ran.UNKNOWN, True),
        ("FailedOperation.CannotGetOrder", Unavailable, Ran.UNKNOWN, True),
        ("NeverSeenBefore.NotFound", ProtocolFailure, Ran.UNKNOWN, False),
    ],
)
def test_codes(play: Play, code: str, kind: type[CertificatesError], ran: Ran, retryable: bool) -> None:
    error = fail(play, Exchange("DescribeCertificates", answer=refusal(code)))
    assert error.__class__ is kind
    assert (error.code, error.ran, error.retryable, error.request_id) == (code, ran, retryable, "id-1")


@pytest.mark.parametrize(
    ("operation", "code", "absent"),
    [
        ("DescribeCertificate", "FailedOperation.CertificateNotFound", True),
        ("DescribeCertificateDetail", "FailedOperation.CertificateNotFound", True),
        ("DeleteCertificate", "FailedOperation.CertificateNotFound", True),
        ("CancelCertificateOrder", "FailedOperation.CertificateNotFound", True),
        ("ApplyCertificate", "FailedOperation.CertificateNotFound", False),
        ("CompleteCertificate", "FailedOperation.CertificateNotFoundOrAudited", False),
        ("DescribeCertificate", "AuthFailure.SecretIdNotFound", False),
        ("DescribeCertificate", "ResourceNotFound.Manager", False),
        ("DescribeRecordList", "ResourceNotFound.NoDataOfRecord", True),
        ("DescribeCertificates", "ResourceNotFound", False),
    ],
)
def test_absence_is_an_exact_pair(play: Play, operation: str, code: str, absent: bool) -> None:
    assert isinstance(fail(play, Exchange(operation, answer=refusal(code))), NotFound) is absent


def test_signature_errors_do_not_repeat_what_was_sent(play: Play) -> None:
    echo = f"The signature does not match, canonical request: host {SECRET_KEY}"
    error = fail(play, Exchange("DescribeCertificate", answer=refusal("AuthFailure.SignatureFailure", echo)))
    shown = str(error.as_result())
    assert SECRET_KEY not in shown
    assert "canonical" not in shown
    assert "the options secret_id and secret_key" in shown


@pytest.mark.parametrize(
    ("offset", "words"),
    [(-600, "600 seconds ahead of"), (3600, "3600 seconds behind"), (10, "Check the clock")],
)
def test_an_expired_signature_names_the_clock(play: Play, offset: int, words: str) -> None:
    theirs = email.utils.format_datetime(START + datetime.timedelta(seconds=offset), usegmt=True)
    exchange = Exchange("DescribeCertificate", answer=refusal("AuthFailure.SignatureExpire"), headers={"date": theirs})
    message = str(fail(play, exchange).as_result()["msg"])
    assert words in message
    assert "The key is from the options secret_id and secret_key." in message


def test_a_throttle_is_waited_out_as_long_as_the_service_says(play: Play) -> None:
    exchange = Exchange("DescribeCertificate", answer=refusal("RequestLimitExceeded"), headers={"retry-after": "7"})
    assert fail(play, exchange).retry_after == 7.0


@pytest.mark.parametrize("header", ["", "yesterday"])
def test_an_expired_signature_without_a_date(play: Play, header: str) -> None:
    exchange = Exchange("DescribeCertificate", answer=refusal("AuthFailure.SignatureExpire"), headers={"date": header})
    assert "Check the clock" in str(fail(play, exchange).as_result()["msg"])


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"Response": null}',
        b'{"Response": []}',
        b'{"response": {}}',
        b'{"Response": {"Error": {}}}',
        b'{"Response": {"Error": "x"}}',
        b'{"Response": {"Error": {"Code": 7}}}',
        b'{"Response": {"RequestId"',
    ],
)
def test_malformed_answers_prove_nothing(play: Play, raw: bytes) -> None:
    error = fail(play, Exchange("ApplyCertificate", answer=raw))
    assert isinstance(error, ProtocolFailure)
    assert error.ran is Ran.UNKNOWN


@pytest.mark.parametrize("status", [500, 502, 503])
def test_server_errors_prove_nothing(play: Play, status: int) -> None:
    error = fail(play, Exchange("ApplyCertificate", answer=b"oops", status=status))
    assert isinstance(error, Unavailable)
    assert (error.ran, error.http_status) == (Ran.UNKNOWN, status)


def test_an_error_without_a_request_id_and_with_a_long_text(play: Play) -> None:
    raw = json.dumps({"Response": {"Error": {"Code": "InvalidParameter", "Message": "x\n\x07" * 900}}}).encode()
    error = fail(play, Exchange("ApplyCertificate", answer=raw))
    assert error.request_id is None
    assert error.vendor_message is not None
    assert len(error.vendor_message) <= 300
    assert error.vendor_message.isprintable()


def test_what_is_sent(play: Play) -> None:
    client, script = play(Exchange("DescribeCertificates", answer={"TotalCount": 0}), region="ap-beijing")
    answer = client.call("DescribeCertificates", {"SearchKey": "\u4f8b"}, replay=Replay.READ)
    call = script.calls[0]
    assert answer.required_integer("TotalCount") == 0
    assert call.body == '{"SearchKey":"\u4f8b"}'.encode()
    assert (call.method, call.url) == ("POST", "http://127.0.0.1:1/")
    assert call.headers["X-TC-Version"] == "2019-12-05"
    assert call.headers["X-TC-Region"] == "ap-beijing"
    assert call.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "endpoint",
    ["http://ssl.tencentcloudapi.com", "ftp://127.0.0.1", "https://host.example.com/path", "ssl.tencentcloudapi.com"],
)
def test_endpoints_that_are_refused(play: Play, endpoint: str) -> None:
    with pytest.raises(Invalid, match="endpoint"):
        play(endpoint=endpoint)


def test_the_default_endpoint(play: Play) -> None:
    client, _script = play(endpoint=None)
    assert client.url == "https://ssl.tencentcloudapi.com"


WRONG: list[tuple[str, t.Any]] = [
    ("text", 7),
    ("text", ["x"]),
    ("required_text", None),
    ("required_text", ""),
    ("digits", "seven"),
    ("digits", "--5"),
    ("digits", 1.5),
    ("integer", "7"),
    ("integer", True),
    ("required_integer", None),
    ("flag", 1),
    ("flag", "true"),
    ("object", []),
    ("objects", {}),
    ("objects", [1]),
    ("texts", "x"),
    ("texts", [None]),
    ("moment", "22.11.2026"),
    ("moment", 5),
    ("moment", "0000-01-01 00:00:00"),
]


@pytest.mark.parametrize(("reader", "value"), WRONG)
def test_wrong_types_are_failures_with_a_name(reader: str, value: t.Any) -> None:
    fields = Fields({"A": value}, operation="DescribeX", path="Rows[].")
    with pytest.raises(ProtocolFailure, match=r"DescribeX.*Rows\[\]\.A") as caught:
        getattr(fields, reader)("A")
    assert caught.value.ran is Ran.UNKNOWN


@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        ("text", None, None),
        ("text", "", None),
        ("text", "x", "x"),
        ("digits", "12", 12),
        ("digits", 12, 12),
        ("digits", "", None),
        ("flag", False, False),
        ("object", None, None),
        ("objects", None, []),
        ("texts", ["a", ""], ["a"]),
        ("moment", "--", None),
        ("moment", "", None),
        ("moment", None, None),
        ("moment", "0000-00-00 00:00:00", None),
        ("moment", "2026-11-22 08:00:00", datetime.datetime(2026, 11, 22, 0, 0, tzinfo=datetime.UTC)),
    ],
)
def test_readers(reader: str, value: t.Any, expected: t.Any) -> None:
    assert getattr(Fields({"A": value}, operation="X"), reader)("A") == expected
