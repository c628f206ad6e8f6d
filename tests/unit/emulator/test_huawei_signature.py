# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server's side of SDK-HMAC-SHA256: the vendor's published vectors, and everything that must be refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from ansible_collections.cncloud.certificates.tests.unit.emulator.huawei_caller import HOST, Caller
from emulator.huawei_iam import DEFAULT_PROJECT_ID
from emulator.huawei_signature import canonical_requests, signature
from emulator.world import Credential, Request
from werkzeug.datastructures import Headers

SECRET = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc"
MASKED_SECRET = "MFyfvK41ba2giqM7**********KGpownRZlmVmHc"
VPCS = "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs"
DOMAIN = "/v2/0123456789abcdef0123456789abcdef/apigw/instances/i1/api-groups/g1/domains/d1/certificate"


@pytest.mark.parametrize(
    ("secret", "method", "host", "path", "query", "headers", "body", "expected"),
    [
        pytest.param(
            SECRET, "GET", "service.region.example.com", VPCS,
            "limit=2&marker=13551d6b-755d-4757-b956-536f674975c0",
            {"Content-Type": "application/json", "X-Sdk-Date": "20191115T033655Z"}, b"",
            "7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe", id="query",
        ),
        pytest.param(
            SECRET, "GET", "service.region.example.com", VPCS,
            "limit=2&marker=13551d6b-755d-4757-b956-536f674975c0",
            {"Content-Type": "application/json", "X-Sdk-Date": "20190329T074551Z"}, b"",
            "d66f6a6c536e984129e13a4060f465225909fd126d212cb25e9e292346aae036", id="other date",
        ),
        pytest.param(
            SECRET, "GET", "service.test-region-1.myhuaweicloud.com", VPCS, "",
            {"Content-Type": "application/json", "X-Sdk-Date": "20191115T033655Z"}, b"",
            "4a30e690c3032a1975323588d79e858f188834f91df411a47ada7def6ad8081f", id="no query",
        ),
        pytest.param(
            SECRET, "POST", HOST, DOMAIN, "",
            {
                "Content-Type": "application/json;charset=UTF-8", "X-Sdk-Date": "20191115T033655Z",
                "X-Project-Id": "0123456789abcdef0123456789abcdef",
            },
            b'{"name":"cert_demo","cert_content":"CERT","private_key":"KEY"}',
            "50ef959bbc5c54051eb5238c3b04c40c17c9f4c3e093b6e1a5dd0adb28ba1957", id="gateway",
        ),
        pytest.param(
            MASKED_SECRET, "GET", "endpoint.example.com", VPCS, "limie=1",
            {"Content-Type": "application/json", "X-Sdk-Date": "20120101T000000Z"}, b"",
            "486fb116518ebda891aa35f99750ab3fc8f1fa22315e3ba619b016a2261503f4", id="third party",
        ),
        pytest.param(
            MASKED_SECRET, "POST", "endpoint.example.com", VPCS, "limie=1",
            {"Content-Type": "application/json", "X-Sdk-Date": "20120101T000000Z"},
            b'{"foo":"foo","bar":114514,"baz":true}',
            "166ee46e44d98ca5b0bd55b6a9b69bce88a9938f73725fe7708d9789e34cceb5", id="third party, body",
        ),
    ],
)  # fmt: skip
def test_published_vectors(
    secret: str, method: str, host: str, path: str, query: str, headers: dict[str, str], body: bytes, expected: str
) -> None:
    sent = Headers({"Host": host, **headers})
    names = tuple(sorted(name.lower() for name, _unused in sent))
    texts = canonical_requests(Request(method, path, query, sent, body, host), names)
    assert signature(secret, headers["X-Sdk-Date"], texts[0]) == expected


@pytest.mark.parametrize(
    ("path", "query", "lines"),
    [
        ("/a", "", ["/a/", ""]),
        ("/a/", "", ["/a/", ""]),
        ("/%E4%B8%AD~ b", "b=2&a=%2f&a=", ["/%E4%B8%AD~%20b/", "a=&a=%2F&b=2"]),
        ("/a%2Db", "flag&x=%e4%b8%ad", ["/a-b/", "flag=&x=%E4%B8%AD"]),
    ],
)
def test_path_and_query_are_encoded_again(path: str, query: str, lines: list[str]) -> None:
    text = canonical_requests(Request("GET", path, query, Headers({"Host": "h"}), b"", "h"), ("host",))[0]
    assert text.split("\n")[1:3] == lines


def test_a_good_signature_is_let_in() -> None:
    caller = Caller()
    assert caller.call("GET", "/instances")["total"] == 1
    assert (caller.status, caller.code) == (200, None)


def test_header_values_beyond_ascii_are_utf8() -> None:
    caller = Caller()
    caller.call("GET", "/instances", headers={"X-Note": "中文".encode().decode("latin-1")})
    assert caller.status == 200


def test_unsigned_payload() -> None:
    caller = Caller()
    headers = {"Content-Type": "text/plain", "X-Sdk-Content-Sha256": "UNSIGNED-PAYLOAD"}
    caller.call("GET", "/instances", headers=headers, raw=b"anything")
    assert caller.status == 200


def _unsigned(name: str) -> Callable[[Caller, Headers], None]:
    def change(caller: Caller, headers: Headers) -> None:
        headers[name] = headers.get(name, "") or "added-later"

    return change


def _resign(caller: Caller, headers: Headers) -> None:
    caller.sign(headers, "GET", f"/v2/{DEFAULT_PROJECT_ID}/apigw/instances", "", b"")


def _late(caller: Caller, headers: Headers) -> None:
    headers["X-Sdk-Date"] = (caller.world.now() - timedelta(minutes=15, seconds=30)).strftime("%Y%m%dT%H%M%SZ")
    del headers["Authorization"]
    _resign(caller, headers)


def _wrong_secret(caller: Caller, headers: Headers) -> None:
    caller.key = (caller.key[0], "wrong")
    del headers["Authorization"]
    _resign(caller, headers)


def _unknown_key(caller: Caller, headers: Headers) -> None:
    headers["Authorization"] = headers["Authorization"].replace(caller.key[0], "NOSUCHKEY")


def _missing_from_list(name: str) -> Callable[[Caller, Headers], None]:
    def change(caller: Caller, headers: Headers) -> None:
        headers["Authorization"] = headers["Authorization"].replace(f";{name}", "").replace(f"{name};", "")

    return change


def _set(name: str, value: str) -> Callable[[Caller, Headers], None]:
    def change(caller: Caller, headers: Headers) -> None:
        headers[name] = value

    return change


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (_set("X-Project-Id", "another"), "verify aksk signature fail"),
        (_set("Content-Type", "application/xml"), "verify aksk signature fail"),
        (_wrong_secret, "verify aksk signature fail"),
        (_unknown_key, "Get secretKey failed,ak:NOSUCHKEY,err:ak not exist"),
        (_missing_from_list("x-project-id"), "x-project-id must be signed"),
        (_missing_from_list("x-sdk-date"), "x-sdk-date must be signed"),
        (_missing_from_list("host"), "host must be signed"),
        (_unsigned("X-Security-Token"), "x-security-token must be signed"),
        (_unsigned("X-Sdk-Content-Sha256"), "x-sdk-content-sha256 must be signed"),
        (_late, "signature expired"),
        (_set("Authorization", "SDK-HMAC-SHA256 Access=x"), "authorization header format error"),
        (_set("Authorization", "V11-HMAC-SHA256 Credential=x"), "authorization header format error"),
    ],
)
def test_refusals(change: Callable[[Caller, Headers], None], text: str) -> None:
    caller = Caller()
    headers = Headers({"Host": HOST, "Content-Type": "application/json"})
    _resign(caller, headers)
    change(caller, headers)
    path = f"/v2/{DEFAULT_PROJECT_ID}/apigw/instances"
    answer = caller.cloud.handle(Request("GET", path, "", headers, b"", HOST))
    assert (answer.response.status, answer.code) == (401, "APIGW.0301")
    assert isinstance(answer.response.body, dict)
    assert text in answer.response.body["error_msg"]
    assert answer.response.body["request_id"] == answer.response.headers["X-Request-Id"]


def test_body_and_query_are_part_of_the_signature() -> None:
    caller = Caller()
    headers = Headers({"Host": HOST, "Content-Type": "application/json"})
    path = f"/v2/{DEFAULT_PROJECT_ID}/apigw/instances"
    caller.sign(headers, "GET", path, "limit=1", b"{}")
    assert caller.cloud.handle(Request("GET", path, "limit=1", headers, b"{}", HOST)).code is None
    for query, body in (("limit=2", b"{}"), ("limit=1", b"{ }")):
        assert caller.cloud.handle(Request("GET", path, query, headers, body, HOST)).code == "APIGW.0301"


def test_a_failed_signature_echoes_the_canonical_request() -> None:
    caller = Caller()
    caller.key = (caller.key[0], "wrong")
    body = caller.call("GET", "/instances", headers={"X-Note": "seen-by-the-server"})
    empty = hashlib.sha256(b"").hexdigest()
    assert f"canonicalRequest:GET|/v2/{DEFAULT_PROJECT_ID}/apigw/instances/||" in body["error_msg"]
    assert "|x-note:seen-by-the-server|" in body["error_msg"]
    assert body["error_msg"].endswith(empty)


def test_a_key_is_locked_after_more_than_five_failures_in_a_row() -> None:
    caller = Caller()
    right = caller.key
    caller.key = (right[0], "wrong")
    texts = [caller.call("GET", "/instances")["error_msg"] for _unused in range(7)]
    assert ["limit,forbidden" in text for text in texts] == [False] * 6 + [True]
    caller.key = right
    caller.call("GET", "/instances")
    assert caller.status == 401
    caller.wait(299)
    caller.call("GET", "/instances")
    assert caller.status == 401
    caller.wait(2)
    # The signature's date is judged by the real clock, so only the lock has passed.
    caller.call("GET", "/instances")
    assert caller.status == 200


def test_a_success_in_between_forgets_failures() -> None:
    caller = Caller()
    right = caller.key
    for _unused in range(3):
        caller.key = (right[0], "wrong")
        for _unused in range(5):
            caller.call("GET", "/instances")
        caller.key = right
        caller.call("GET", "/instances")
        assert caller.status == 200


def test_temporary_keys_need_their_own_token_until_it_expires() -> None:
    caller = Caller()
    account = caller.world.accounts.of("huawei")[0].account
    expires = caller.world.now() + timedelta(seconds=900)
    caller.world.accounts.add(Credential("huawei", "HST1", "sk", account, token="temporary", expires=expires))
    caller.key = ("HST1", "sk")
    caller.call("GET", "/instances", headers={"X-Security-Token": "temporary"})
    assert caller.status == 200
    for headers in ({}, {"X-Security-Token": "another"}):
        caller.call("GET", "/instances", headers=headers)
        assert caller.status == 401
    caller.wait(901)
    assert "expired" in caller.call("GET", "/instances", headers={"X-Security-Token": "temporary"})["error_msg"]


def test_a_lasting_key_with_a_token_is_refused() -> None:
    caller = Caller()
    caller.call("GET", "/instances", headers={"X-Security-Token": "left-over"})
    assert caller.status == 401
