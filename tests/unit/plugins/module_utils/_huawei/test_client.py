# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an answer of Huawei Cloud means, and what of it is never shown."""

from __future__ import annotations

import datetime
import email.utils
import typing as t

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import CertificatesError, Invalid, Ran
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Replay
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.client import HuaweiClient, check_id
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.refusals import ABSENT
from ansible_collections.cncloud.certificates.tests.unit.doubles import START, FakeClock
from ansible_collections.cncloud.certificates.tests.unit.huawei_script import PROJECT, Line, Script, Surroundings

COMMON = {"timeout": 30.0, "retries": 0, "validate_certs": True, "ca_bundle": None, "proxy": None}


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Script]:
    script = Script(monkeypatch)
    yield script
    assert script.left == []


@pytest.fixture
def around() -> Surroundings:
    return Surroundings()


def make(around: Surroundings, *, environ: t.Mapping[str, str] | None = None, **params: t.Any) -> HuaweiClient:
    given = {"region": "cn-north-4", "project_id": PROJECT, **COMMON, **params}
    return HuaweiClient(params=given, context=around.context("/nowhere", environ=environ))


def ask(client: HuaweiClient, operation: str = "ShowDetailsOfCertificateV2", method: str = "GET") -> t.Any:
    replay = Replay.READ if method == "GET" else Replay.NEVER
    body = None if method == "GET" else {"name": "x"}
    return client.call(operation, method, ("certificates", "c1"), body=body, replay=replay)


def failure(script: Script, around: Surroundings, line: Line, method: str = "GET") -> CertificatesError:
    script.expect(line)
    with pytest.raises(CertificatesError) as caught:
        ask(make(around), line.operation, method)
    return caught.value


SHOW = "ShowDetailsOfCertificateV2"
MEANINGS: list[tuple[str, str, int, str, Ran, bool]] = [
    # operation, code, status, kind, ran, retryable
    (SHOW, "APIG.3025", 404, "not_found", Ran.REFUSED, False),
    (SHOW, "APIG.3021", 404, "not_found", Ran.REFUSED, False),
    (SHOW, "APIG.3001", 404, "invalid", Ran.REFUSED, False),
    ("UpdateDomainV2", "APIG.3025", 404, "invalid", Ran.REFUSED, False),
    (SHOW, "APIGW.0101", 404, "invalid", Ran.REFUSED, False),
    (SHOW, "APIG.0101", 404, "invalid", Ran.REFUSED, False),
    (SHOW, "APIGW.0301", 401, "auth", Ran.REFUSED, False),
    (SHOW, "APIG.0301", 401, "auth", Ran.REFUSED, False),
    (SHOW, "APIG.1001", 401, "auth", Ran.REFUSED, False),
    (SHOW, "APIG.1003", 401, "auth", Ran.REFUSED, False),
    (SHOW, "APIG.1005", 401, "permission", Ran.REFUSED, False),
    (SHOW, "APIG.1012", 401, "permission", Ran.REFUSED, False),
    (SHOW, "APIGW.0302", 401, "permission", Ran.REFUSED, False),
    (SHOW, "APIGW.0308", 429, "throttled", Ran.NO, True),
    (SHOW, "APIG.9008", 500, "throttled", Ran.NO, True),
    (SHOW, "APIG.3711", 409, "throttled", Ran.NO, True),
    (SHOW, "APIG.3718", 409, "unavailable", Ran.NO, True),
    (SHOW, "APIC.7712", 409, "unavailable", Ran.NO, True),
    (SHOW, "APIG.2035", 400, "unavailable", Ran.NO, True),
    (SHOW, "APIG.3500", 500, "unavailable", Ran.UNKNOWN, True),
    (SHOW, "APIG.9999", 500, "unavailable", Ran.UNKNOWN, True),
    (SHOW, "APIG.9999", 400, "unavailable", Ran.UNKNOWN, True),
    (SHOW, "APIG.3458", 412, "conflict", Ran.REFUSED, False),
    (SHOW, "APIG.2051", 400, "conflict", Ran.REFUSED, False),
    (SHOW, "APIG.3108", 403, "quota", Ran.REFUSED, False),
    (SHOW, "APIG.2103", 400, "invalid", Ran.REFUSED, False),
    (SHOW, "Strange.Code", 403, "permission", Ran.REFUSED, False),
    (SHOW, "Strange.Code", 404, "invalid", Ran.REFUSED, False),
    (SHOW, "Strange.Code", 500, "unavailable", Ran.UNKNOWN, True),
    (SHOW, "Strange.NotFound", 404, "invalid", Ran.REFUSED, False),
]


@pytest.mark.parametrize(("operation", "code", "status", "kind", "ran", "retryable"), MEANINGS)
def test_the_code_decides(
    script: Script, around: Surroundings, operation: str, code: str, status: int, kind: str, ran: Ran, retryable: bool
) -> None:
    error = failure(script, around, Line(operation, status=status, answer={"error_code": code, "error_msg": "No."}))
    assert (error.kind, error.code, error.ran, error.retryable) == (kind, code, ran, retryable)
    assert error.http_status == status


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, "auth"),
        (403, "permission"),
        (404, "invalid"),
        (412, "conflict"),
        (429, "throttled"),
        (500, "unavailable"),
        (503, "unavailable"),
    ],
)
@pytest.mark.parametrize("answer", [None, "<html>", "[]", {}, {"error_code": 7}])
def test_without_a_code_the_status_decides(
    script: Script, around: Surroundings, status: int, kind: str, answer: t.Any
) -> None:
    assert failure(script, around, Line(SHOW, status=status, answer=answer)).kind == kind


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"error_code": "APIG.3025", "error_msg": "m"}, "APIG.3025"),
        ({"errorCode": "APIG.3025", "errorMsg": "m"}, "APIG.3025"),
        ({"code": "APIG.3025", "message": "m"}, "APIG.3025"),
        ({"error": {"code": "APIG.3025", "message": "m"}}, "APIG.3025"),
        ({"anything": {"error_code": "APIG.3025", "error_msg": "m"}}, "APIG.3025"),
        ({"error": {"code": 401, "message": "m", "title": "Unauthorized"}}, "Unauthorized"),
    ],
)
def test_shapes_of_a_refusal(script: Script, around: Surroundings, answer: dict[str, t.Any], code: str) -> None:
    error = failure(script, around, Line(SHOW, status=404, answer=answer))
    assert (error.code, error.vendor_message) == (code, "m")


def test_absence_is_no_matter_of_other_operations() -> None:
    assert "APIG.3020" not in ABSENT["ShowDetailsOfCertificateV2"]
    assert all(code.startswith("APIG.3") for codes in ABSENT.values() for code in codes)


ECHO = "verify aksk signature fail, canonicalRequest:GET|/v2/|x-security-token:private|"


@pytest.mark.parametrize("code", ["APIGW.0301", "APIG.0301", "APIGW.0302", "APIGW.0101", "APIG.0999", "APIG.1002"])
def test_what_the_gateway_echoes_goes_no_further(script: Script, around: Surroundings, code: str) -> None:
    error = failure(script, around, Line(SHOW, status=401, answer={"error_code": code, "error_msg": ECHO}))
    assert "private" not in str(error.as_result())
    assert "canonical" not in str(error.as_result())


def test_a_text_with_a_key_in_it_is_withheld(script: Script, around: Surroundings) -> None:
    text = "bad value -----BEGIN PRIVATE KEY-----\nAAAA"
    error = failure(script, around, Line(SHOW, status=400, answer={"error_code": "APIG.2012", "error_msg": text}))
    assert "AAAA" not in str(error.as_result())


def test_a_long_text_is_cut_and_kept_on_one_line(script: Script, around: Surroundings) -> None:
    error = failure(
        script, around, Line(SHOW, status=400, answer={"error_code": "APIG.2012", "error_msg": "a\x1b\n" * 400})
    )
    assert len(error.vendor_message or "") == 300
    assert "\n" not in error.message
    assert "\x1b" not in error.message


@pytest.mark.parametrize(("seconds", "text"), [(1200, "behind"), (-1200, "ahead of"), (60, "Check the key")])
def test_a_wrong_clock_is_told(script: Script, seconds: int, text: str) -> None:
    date = email.utils.format_datetime(START, usegmt=True)
    around = Surroundings(clock=FakeClock(START - datetime.timedelta(seconds=seconds)))
    line = Line(SHOW, status=401, answer={"error_code": "APIGW.0301", "error_msg": ECHO}, headers={"date": date})
    error = failure(script, around, line)
    assert text in (error.hint or "")
    assert "HUAWEICLOUD_SDK_AK" in (error.hint or "")


def test_an_expired_signature_is_about_the_clock(script: Script) -> None:
    date = email.utils.format_datetime(START, usegmt=True)
    around = Surroundings(clock=FakeClock(START - datetime.timedelta(seconds=120)))
    answer = {"error_code": "APIGW.0301", "error_msg": "signature expired,signature date:20261122T075800Z"}
    error = failure(script, around, Line(SHOW, status=401, answer=answer, headers={"date": date}))
    assert "It is 2026-11-22T07:58:00Z here and 2026-11-22T08:00:00Z at the service" in (error.hint or "")
    error = failure(script, Surroundings(), Line(SHOW, status=401, answer=answer))
    assert "Check the clock of this machine" in (error.hint or "")


def test_a_limit_is_told_without_the_text_that_states_it(script: Script, around: Surroundings) -> None:
    text = f"The throttling threshold has been reached: policy user over ratelimit,limit:200,time:5 minute {ECHO}"
    line = Line(SHOW, status=429, answer={"error_code": "APIGW.0308", "error_msg": text})
    error = failure(script, around, line)
    assert "The limit is 200 calls in 5 minutes." in (error.hint or "")
    assert "throttle: 1" in (error.hint or "")
    assert "private" not in str(error.as_result())


def test_a_locked_key_is_told(script: Script, around: Surroundings) -> None:
    answer = {"error_code": "APIGW.0301", "error_msg": "AK access failed to reach the limit, forbidden: ak"}
    error = failure(script, around, Line(SHOW, status=401, answer=answer))
    assert "five minutes" in (error.hint or "")


@pytest.mark.parametrize(
    ("method", "status", "answer", "accepted"),
    [
        ("GET", 200, {"id": "c1"}, True),
        ("GET", 200, None, False),
        ("GET", 200, "[]", False),
        ("GET", 200, '{"id": "c', False),
        ("POST", 204, None, True),
        ("POST", 201, {"id": "c1"}, True),
        ("POST", 200, "<html>", False),
    ],
)
def test_a_success_must_be_readable(
    script: Script, around: Surroundings, method: str, status: int, answer: t.Any, accepted: bool
) -> None:
    line = Line(SHOW, status=status, answer=answer)
    if accepted:
        script.expect(line)
        ask(make(around), SHOW, method)
        return
    error = failure(script, around, line, method)
    assert (error.kind, error.ran, error.retryable) == ("protocol", Ran.UNKNOWN, True)


def test_a_refusal_in_a_success_is_one(script: Script, around: Surroundings) -> None:
    line = Line(SHOW, status=200, answer={"error_code": "APIG.9999", "error_msg": "System error"})
    assert failure(script, around, line).kind == "unavailable"


def test_request_ids_are_kept(script: Script, around: Surroundings) -> None:
    context = around.context("/nowhere")
    client = HuaweiClient(params={"region": "cn-north-4", "project_id": PROJECT, **COMMON}, context=context)
    script.expect(Line(SHOW, answer={"id": "c1"}, headers={"x-request-id": "r1"}))
    ask(client)
    script.expect(Line(SHOW, status=404, answer={"error_code": "APIGW.0101", "request_id": "r2"}))
    with pytest.raises(Invalid) as caught:
        ask(client)
    assert context.request_ids == ["r1", "r2"]
    assert caught.value.request_id == "r2"


# --- Addresses and the project --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "endpoint"),
    [
        ({}, "https://apig.cn-north-4.myhuaweicloud.com"),
        ({"region": "eu-west-101"}, "https://apig.eu-west-101.myhuaweicloud.eu"),
        ({"region": "eu-west-0"}, "https://apig.eu-west-0.myhuaweicloud.com"),
        ({"endpoint": "https://apig.example.com/", "region": None}, "https://apig.example.com"),
        ({"endpoint": "http://127.0.0.1:8080"}, "http://127.0.0.1:8080"),
    ],
)
def test_endpoint(script: Script, around: Surroundings, params: dict[str, t.Any], endpoint: str) -> None:
    assert make(around, **params).endpoint == endpoint


@pytest.mark.parametrize(
    "params",
    [
        {"region": None},
        {"endpoint": "http://apig.example.com"},
        {"endpoint": "http://10.0.0.1"},
        {"endpoint": "https://user:x@apig.example.com"},
        {"iam_endpoint": "http://iam.example.com"},
    ],
)
def test_endpoints_that_cannot_be_meant(script: Script, around: Surroundings, params: dict[str, t.Any]) -> None:
    with pytest.raises(Invalid):
        make(around, **params)


def projects(*names: str) -> Line:
    return Line(
        "KeystoneListProjects", answer={"projects": [{"id": f"id-{n}", "name": name} for n, name in enumerate(names)]}
    )


def test_the_project_is_asked_for_once(script: Script, around: Surroundings) -> None:
    script.expect(projects("cn-north-4_sub", "cn-north-4"), Line(SHOW, answer={}), Line(SHOW, answer={}))
    first = make(around, project_id=None)
    ask(first)
    ask(make(around, project_id=None))
    assert script.seen[0].path == "/v3/projects"
    assert script.seen[0].query == {"name": "cn-north-4"}
    assert [call.path for call in script.seen[1:]] == ["/v2/id-1/apigw/certificates/c1"] * 2


@pytest.mark.parametrize(
    ("names", "text"),
    [((), "no project"), (("cn-north-4_sub",), "no project"), (("cn-north-4", "cn-north-4"), "2 projects")],
)
def test_projects_that_cannot_be_told(script: Script, around: Surroundings, names: tuple[str, ...], text: str) -> None:
    script.expect(projects(*names))
    with pytest.raises(Invalid, match=text) as caught:
        make(around, project_id=None).project_id()
    assert "project_id" in (caught.value.hint or "")


def test_without_region_and_project_nothing_is_asked(script: Script, around: Surroundings) -> None:
    client = make(around, project_id=None, region=None, endpoint="https://apig.example.com")
    with pytest.raises(Invalid, match="region or project_id"):
        client.project_id()


@pytest.mark.parametrize("value", ["", "..", "a/b", "a b", "-a", "ä", "a" * 65, "a\n"])
def test_ids_cannot_leave_their_place_in_a_path(value: str) -> None:
    with pytest.raises(Invalid, match="group_id"):
        check_id(value, option="group_id")
