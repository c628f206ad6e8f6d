# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qsl, quote, unquote

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._signing import sdk_hmac
from ansible_collections.cncloud.certificates.tests.unit.plugins.module_utils._signing.raw_wire import (
    RawRequest,
    RawServer,
    as_sent,
    prepare,
)
from hypothesis import given
from hypothesis import strategies as st

ACCESS_KEY = "QTWAOYTTINDUT2QVKYUC"
SECRET_KEY = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc"
STARRED_KEY = "MFyfvK41ba2giqM7**********KGpownRZlmVmHc"
PROJECT = "0123456789abcdef0123456789abcdef"
VPCS = "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs"
V1_URL = f"https://service.region.example.com{VPCS}?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0"
APIG_PATH = f"/v2/{PROJECT}/apigw/instances/i1/api-groups/g1/domains/d1/certificate"
APIG_BODY = b'{"name":"cert_demo","cert_content":"CERT","private_key":"KEY"}'
JSON_TYPE = "application/json"

NOVEMBER = datetime(2019, 11, 15, 3, 36, 55, tzinfo=UTC)
MARCH = datetime(2019, 3, 29, 7, 45, 51, tzinfo=UTC)
NEW_YEAR = datetime(2012, 1, 1, tzinfo=UTC)


def auth(
    *,
    secret_key: str = SECRET_KEY,
    security_token: str | None = None,
    project_id: str | None = None,
    timestamp: datetime = NOVEMBER,
) -> sdk_hmac.SdkHmacAuth:
    return sdk_hmac.SdkHmacAuth(
        access_key=ACCESS_KEY,
        secret_key=secret_key,
        security_token=security_token,
        project_id=project_id,
        timestamp=timestamp,
    )


# V4 of the published vectors is of V11-HMAC-SHA256 (a key derived for a region, for hosts of partner clouds). API
# Gateway and IAM take SDK-HMAC-SHA256, so the derived signature is not implemented and V4 has no test.
@pytest.mark.parametrize(
    ("method", "url", "signer", "content_type", "body", "expected"),
    [
        (
            "GET",
            V1_URL,
            auth(),
            JSON_TYPE,
            None,
            "7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe",
        ),
        (
            "GET",
            V1_URL,
            auth(timestamp=MARCH),
            JSON_TYPE,
            None,
            "d66f6a6c536e984129e13a4060f465225909fd126d212cb25e9e292346aae036",
        ),
        (
            "GET",
            f"https://service.test-region-1.myhuaweicloud.com:443{VPCS}",
            auth(),
            JSON_TYPE,
            None,
            "4a30e690c3032a1975323588d79e858f188834f91df411a47ada7def6ad8081f",
        ),
        (
            "POST",
            f"https://apig.cn-north-4.myhuaweicloud.com{APIG_PATH}",
            auth(project_id=PROJECT),
            "application/json;charset=UTF-8",
            APIG_BODY,
            "50ef959bbc5c54051eb5238c3b04c40c17c9f4c3e093b6e1a5dd0adb28ba1957",
        ),
        (
            "GET",
            f"https://endpoint.example.com{VPCS}?limie=1",
            auth(secret_key=STARRED_KEY, timestamp=NEW_YEAR),
            JSON_TYPE,
            None,
            "486fb116518ebda891aa35f99750ab3fc8f1fa22315e3ba619b016a2261503f4",
        ),
        (
            "POST",
            f"https://endpoint.example.com{VPCS}?limie=1",
            auth(secret_key=STARRED_KEY, timestamp=NEW_YEAR),
            JSON_TYPE,
            '{"foo":"foo","bar":114514,"baz":true}',
            "166ee46e44d98ca5b0bd55b6a9b69bce88a9938f73725fe7708d9789e34cceb5",
        ),
    ],
    ids=["V1", "V2", "V3", "V5", "V6-GET", "V6-POST"],
)
def test_the_vectors_through_requests(
    method: str, url: str, signer: sdk_hmac.SdkHmacAuth, content_type: str, body: object, expected: str
) -> None:
    request = prepare(method, url, signer, headers={"Content-Type": content_type}, body=body)
    names = "content-type;host;x-project-id;x-sdk-date" if "apigw" in url else "content-type;host;x-sdk-date"
    assert request.headers["Authorization"] == (
        f"SDK-HMAC-SHA256 Access={ACCESS_KEY}, SignedHeaders={names}, Signature={expected}"
    )


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "body", "expected"),
    [
        (
            "GET",
            VPCS,
            "limit=2&marker=13551d6b-755d-4757-b956-536f674975c0",
            {
                "Content-Type": JSON_TYPE,
                "Host": "service.region.example.com",
                "X-Sdk-Date": "20191115T033655Z",
            },
            b"",
            "b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a",
        ),
        (
            "GET",
            VPCS,
            "",
            {
                "Content-Type": JSON_TYPE,
                "Host": "service.test-region-1.myhuaweicloud.com",
                "X-Sdk-Date": "20191115T033655Z",
            },
            b"",
            "24aab8df594d405e1695b18d270eb1eb1ef8b420e6b9f94d4313664ddb28dc48",
        ),
        (
            "POST",
            APIG_PATH,
            "",
            {
                "X-Sdk-Date": "20191115T033655Z",
                "X-Project-Id": PROJECT,
                "Host": "apig.cn-north-4.myhuaweicloud.com",
                "Content-Type": "application/json;charset=UTF-8",
            },
            APIG_BODY,
            "aaeb9fc5b9cc45a4665ba6f2d07fe3dea0fa934e8060d617d8a6e1fa2e4d735e",
        ),
    ],
    ids=["V1", "V3", "V5"],
)
def test_hashes_of_the_canonical_requests(
    method: str, path: str, query: str, headers: dict[str, str], body: bytes, expected: str
) -> None:
    canonical = sdk_hmac.canonical_request(
        method=method,
        path=path,
        query=query,
        headers=headers,
        signed_headers=[name.lower() for name in headers],
        payload_hash=hashlib.sha256(body).hexdigest(),
    )
    assert hashlib.sha256(canonical.encode()).hexdigest() == expected


def test_hash_of_the_body_of_v5() -> None:
    assert hashlib.sha256(APIG_BODY).hexdigest() == "1f8abd3278e08c0191b4a93cfb26bd6a7ae973f65494f935e8e113cef810c904"


def verify(raw: RawRequest, secret_key: str) -> bool:
    """Check a signature from the raw bytes alone, as a gateway would that decodes path and query first."""
    match = re.fullmatch(
        r"SDK-HMAC-SHA256 Access=\w+, SignedHeaders=([\w;-]+), Signature=(\w{64})", raw.header("authorization")
    )
    assert match is not None
    names, claimed = match.groups()
    path = quote(unquote(raw.path.decode(), errors="surrogateescape"), safe="/~", errors="surrogateescape")
    pairs = parse_qsl(raw.query.decode(), keep_blank_values=True, errors="surrogateescape")
    query = "&".join(
        f"{quote(name, safe='~', errors='surrogateescape')}={quote(value, safe='~', errors='surrogateescape')}"
        for name, value in sorted(pairs)
    )
    block = "".join(f"{name}:{raw.header(name).strip()}\n" for name in names.split(";"))
    canonical = "\n".join(
        [
            raw.method.decode(),
            path if path.endswith("/") else path + "/",
            query,
            block,
            names,
            hashlib.sha256(raw.body).hexdigest(),
        ]
    )
    text = f"SDK-HMAC-SHA256\n{raw.header('x-sdk-date')}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret_key.encode(), text.encode(), "sha256").hexdigest() == claimed


@pytest.mark.parametrize(
    ("target", "sent"),
    [
        ("", "/"),
        ("/v2/p/apigw", "/v2/p/apigw"),
        ("/v2/p/apigw/", "/v2/p/apigw/"),
        ("/v2?", "/v2"),
        ("/v2?limit=2&id=a", "/v2?id=a&limit=2"),
        ("/v2?b=2&a=1&a=0", "/v2?a=0&a=1&b=2"),
        ("/v2?empty=&bare&=nameless&&", "/v2?=nameless&bare=&empty="),
        ("/v2?space=a b&plus=a+b&encoded=a%2Bb", "/v2?encoded=a%2Bb&plus=a%20b&space=a%20b"),
        ("/v2?name=\u4f60\u597d&lower=%e4%bd%a0", "/v2?lower=%E4%BD%A0&name=%E4%BD%A0%E5%A5%BD"),
        ("/v2?r=:/?@!$'()*,;=~", "/v2?r=%3A%2F%3F%40%21%24%27%28%29%2A%2C%3B%3D~"),
        ("/v2?not-utf8=%ff", "/v2?not-utf8=%FF"),
        ("/v2?a=1#fragment", "/v2?a=1"),
        ("//v2//x?a=1", "/v2//x?a=1"),
        ("/a:b@c/space d/\u8def/%7e", "/a:b@c/space%20d/%E8%B7%AF/~"),
    ],
)
def test_what_is_signed_is_what_is_sent(raw_server: RawServer, target: str, sent: str) -> None:
    signer = auth(security_token="temporary", project_id=PROJECT)
    raw = raw_server.exchange(prepare("GET", f"http://127.0.0.1:{raw_server.port}{target}", signer))
    assert raw.target.decode() == sent
    assert verify(raw, SECRET_KEY)
    assert not verify(raw, SECRET_KEY + "x")
    assert raw.header("host") == f"127.0.0.1:{raw_server.port}"
    assert raw.header("x-security-token") == "temporary"
    assert raw.header("x-project-id") == PROJECT


@pytest.mark.parametrize("body", [None, b"", "", "{}", b"\xff\x00", "\u4f60\u597d \U0001f512", {"form": "\u4f60 +&="}])
def test_every_body_is_signed_as_the_bytes_that_are_sent(raw_server: RawServer, body: object) -> None:
    raw = raw_server.exchange(prepare("PUT", f"http://127.0.0.1:{raw_server.port}/v2", auth(), body=body))
    assert verify(raw, SECRET_KEY)


@given(
    segments=st.lists(st.text(min_size=1).filter(lambda text: text not in (".", "..")), max_size=3),
    pairs=st.lists(st.tuples(st.text(), st.text()), max_size=4),
    body=st.text(),
    token=st.none() | st.text(alphabet="abcXYZ019+/=-_", min_size=1),
    project=st.none() | st.just(PROJECT),
    content_type=st.none() | st.sampled_from([JSON_TYPE, "application/json;charset=UTF-8"]),
)
def test_any_path_query_body_and_order_verifies(
    segments: list[str],
    pairs: list[tuple[str, str]],
    body: str,
    token: str | None,
    project: str | None,
    content_type: str | None,
) -> None:
    path = "".join("/" + quote(segment, safe="") for segment in segments)
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    headers = {"X-Other": "1"} | ({"Content-Type": content_type} if content_type else {})
    for order in (headers, dict(reversed(headers.items()))):
        signer = auth(security_token=token, project_id=project)
        request = prepare("POST", f"https://host.example{path}?{query}", signer, headers=order, body=body)
        assert verify(as_sent(request), SECRET_KEY)
        assert "x-other" not in request.headers["Authorization"]


@given(pairs=st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=5))
def test_the_order_of_the_query_does_not_matter(pairs: list[tuple[str, str]]) -> None:
    def signed(some: list[tuple[str, str]]) -> str:
        query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in some)
        return str(prepare("GET", f"https://host.example/?{query}", auth()).headers["Authorization"])

    assert signed(pairs) == signed(sorted(pairs, reverse=True))


def test_headers_of_a_signature_before_are_replaced() -> None:
    request = prepare("GET", V1_URL, auth(security_token="first", project_id=PROJECT))
    auth(timestamp=MARCH)(request)
    assert "X-Security-Token" not in request.headers
    assert "X-Project-Id" not in request.headers
    assert request.headers["X-Sdk-Date"] == "20190329T074551Z"
    assert verify(as_sent(request), SECRET_KEY)


def test_a_time_of_another_zone_becomes_utc() -> None:
    assert sdk_hmac.format_date(NOVEMBER.astimezone(timezone(timedelta(hours=8)))) == "20191115T033655Z"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        auth(timestamp=datetime(2019, 11, 15))


def test_a_stream_is_refused() -> None:
    with pytest.raises(TypeError, match="in memory"):
        prepare("POST", V1_URL, auth(), body=iter([b"part"]))


def test_repr_shows_no_credential() -> None:
    shown = repr(auth(security_token="TOKEN3", project_id=PROJECT))
    assert shown == f"SdkHmacAuth(project_id='{PROJECT}', timestamp='20191115T033655Z')"
