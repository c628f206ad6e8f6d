# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import time
from collections.abc import Iterator

import pytest
import requests
from ansible_collections.cncloud.certificates.plugins.module_utils._signing import tc3
from ansible_collections.cncloud.certificates.tests.unit.plugins.module_utils._signing.raw_wire import (
    RawRequest,
    RawServer,
    as_sent,
    prepare,
)
from hypothesis import given
from hypothesis import strategies as st

SAMPLE_KEY = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"
STARRED_KEY = "Gu5t9xGARNpq86cd98joQYCN3*******"
STARS = "*" * 32

# Body with literal backslash-u escapes, as the vendor's page prints it.
BODY_A = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
HEADERS_A = {
    "Content-Type": "application/json; charset=utf-8",
    "Host": "cvm.tencentcloudapi.com",
    "X-TC-Action": "DescribeInstances",
}
TWO_HEADERS = ("content-type", "host")
THREE_HEADERS = ("content-type", "host", "x-tc-action")


def canonical_a(signed_headers: tuple[str, ...]) -> str:
    return tc3.canonical_request(
        method="POST",
        path="/",
        query="",
        headers=HEADERS_A,
        signed_headers=signed_headers,
        payload_hash=hashlib.sha256(BODY_A).hexdigest(),
    )


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_vector_a_hashes() -> None:
    assert hashlib.sha256(BODY_A).hexdigest() == "35e9c5b0e3ae67532d3c9f17ead6c90222632e5b1ff7f6e89887f1398934f064"
    assert digest(canonical_a(TWO_HEADERS)) == "5ffe6a04c0664d6b969fab9a13bdab201d63ee709638e2749d62a09ca18d7031"
    assert digest(canonical_a(THREE_HEADERS)) == "7019a55be8395899b900fb5564e4200d984910f34794a27cb3fb7d10ff6a1e84"


@pytest.mark.parametrize(
    ("secret_key", "signed_headers", "expected"),
    [
        (SAMPLE_KEY, TWO_HEADERS, "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"),
        (SAMPLE_KEY, THREE_HEADERS, "644be983de9a8a3f00db8eadaba61467c3b429e2215758ba897b738ca469fd26"),
        (STARRED_KEY, TWO_HEADERS, "2230eefd229f582d8b1b891af7107b91597240707d778ab3738f756258d7652c"),
        (STARRED_KEY, THREE_HEADERS, "be4f67d323c78ab9acb7395e43c0dbcf822a9cfac32fea2449a7bc7726b770a3"),
        (STARS, THREE_HEADERS, "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"),
    ],
)
def test_vector_a_signatures(secret_key: str, signed_headers: tuple[str, ...], expected: str) -> None:
    canonical = canonical_a(signed_headers)
    assert tc3.signature(secret_key=secret_key, timestamp=1551113065, service="cvm", canonical=canonical) == expected


@pytest.mark.parametrize(
    ("secret_key", "expected"),
    [
        (
            SAMPLE_KEY,
            (
                "d1308c81fe71cfd4e06437bbc067b2b8a3d2d8c0e375d547f15c41d5214b395a",
                "3c7cb7c7795393edc14fd2e0e6434a518564b4504b88e94f5d11bf59ba3e7050",
                "ac658d5dde49e9bfdd14e04e062f66b05d9f637d44b8a8d845327d4a77f666b1",
            ),
        ),
        (
            STARS,
            (
                "da98fb70dcf6b112dc21038d1eeeb3a95c74b4dcb12c1131f864f6066bd02be0",
                "8d70cbefb03939f929db64d32dc2ba89b1095620119fe3e050e2b18c5bd2752f",
                "b596b923aad85185e2d1f6659d2a062e0a86731226e021e61bfe06f7ed05f5af",
            ),
        ),
    ],
)
def test_vector_a_derived_keys(secret_key: str, expected: tuple[str, ...]) -> None:
    keys = tc3.derived_keys(secret_key=secret_key, timestamp=1551113065, service="cvm")
    assert tuple(key.hex() for key in keys) == expected


def test_vector_b_a_get_with_its_query() -> None:
    canonical = tc3.canonical_request(
        method="GET",
        path="/",
        query="Limit=10&Offset=0",
        headers={"content-type": "application/x-www-form-urlencoded", "host": "cvm.tencentcloudapi.com"},
        signed_headers=TWO_HEADERS,
        payload_hash=hashlib.sha256(b"").hexdigest(),
    )
    assert digest(canonical) == "91c9c192c14460df6c1ffc69e34e6c5e90708de2a6d282cccf957dbf1aa7f3a7"
    assert (
        tc3.signature(secret_key=SAMPLE_KEY, timestamp=1539084154, service="cvm", canonical=canonical)
        == "5da7a33f6993f0614b047e5df4582db9e9bf4672ba50567dba16c6ccf174c474"
    )


def test_vector_c_for_the_certificate_service() -> None:
    body = b'{"DvAuthMethod": "DNS_AUTO", "DomainName": "wgc.red"}'
    assert hashlib.sha256(body).hexdigest() == "2d2f364f58a14aa61d070a8601691d9265fd506ebeb042a01bafe9f65c52ca4c"
    canonical = tc3.canonical_request(
        method="POST",
        path="/",
        query="",
        headers={"content-type": "application/json", "host": "ssl.tencentcloudapi.com"},
        signed_headers=TWO_HEADERS,
        payload_hash=hashlib.sha256(body).hexdigest(),
    )
    assert digest(canonical) == "4f781e71a99c3e9839919a5e10190095202e2541f3a274de91af48a336621f2a"
    assert (
        tc3.signature(secret_key=SAMPLE_KEY, timestamp=1551113065, service="ssl", canonical=canonical)
        == "d36940c27227ee16ef9faa3d883dc01b731f9a4149233cbd4f33a785630f8dc0"
    )


def auth(*, token: str | None = None, timestamp: int = 1551113065, service: str = "cvm") -> tc3.Tc3Auth:
    return tc3.Tc3Auth(secret_id="AKIDsample", secret_key=SAMPLE_KEY, token=token, service=service, timestamp=timestamp)


@pytest.mark.parametrize(
    ("method", "url", "headers", "body", "timestamp", "service", "expected"),
    [
        (
            "POST",
            "https://cvm.tencentcloudapi.com",
            HEADERS_A,
            BODY_A,
            1551113065,
            "cvm",
            "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168",
        ),
        (
            "GET",
            "https://cvm.tencentcloudapi.com:443/?Limit=10&Offset=0",
            {},
            None,
            1539084154,
            "cvm",
            "5da7a33f6993f0614b047e5df4582db9e9bf4672ba50567dba16c6ccf174c474",
        ),
        (
            "POST",
            "https://ssl.tencentcloudapi.com/",
            {"Content-Type": "application/json"},
            '{"DvAuthMethod": "DNS_AUTO", "DomainName": "wgc.red"}',
            1551113065,
            "ssl",
            "d36940c27227ee16ef9faa3d883dc01b731f9a4149233cbd4f33a785630f8dc0",
        ),
    ],
    ids=["A", "B", "C"],
)
def test_the_vectors_through_requests(
    method: str,
    url: str,
    headers: dict[str, str],
    body: object,
    timestamp: int,
    service: str,
    expected: str,
) -> None:
    request = prepare(method, url, auth(timestamp=timestamp, service=service), headers=headers, body=body)
    date = {1551113065: "2019-02-25", 1539084154: "2018-10-09"}[timestamp]
    assert request.headers["Authorization"] == (
        f"TC3-HMAC-SHA256 Credential=AKIDsample/{date}/{service}/tc3_request, "
        f"SignedHeaders=content-type;host, Signature={expected}"
    )
    assert request.headers["X-TC-Timestamp"] == str(timestamp)


def verify(raw: RawRequest, secret_key: str) -> bool:
    """Check a signature from the raw bytes alone, as a service would."""
    match = re.fullmatch(
        r"TC3-HMAC-SHA256 Credential=[^/]+/([\d-]+)/(\w+)/tc3_request, SignedHeaders=([\w;-]+), Signature=(\w{64})",
        raw.header("authorization"),
    )
    assert match is not None
    date, service, names, claimed = match.groups()
    block = b"".join(
        name.encode() + b":" + raw.header(name).lower().strip().encode("latin-1") + b"\n" for name in names.split(";")
    )
    canonical = b"\n".join(
        [raw.method, raw.path, raw.query, block, names.encode(), hashlib.sha256(raw.body).hexdigest().encode()]
    )
    timestamp = raw.header("x-tc-timestamp")
    assert time.strftime("%Y-%m-%d", time.gmtime(int(timestamp))) == date
    key = ("TC3" + secret_key).encode()
    for part in (date, service, "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    scope = f"{date}/{service}/tc3_request"
    text = f"TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{hashlib.sha256(canonical).hexdigest()}"
    return hmac.new(key, text.encode(), "sha256").hexdigest() == claimed


@pytest.mark.parametrize(
    "target",
    [
        "",
        "/",
        "/?",
        "/?a=1&b=2",
        "/?b=2&a=1&a=0",
        "/?empty=&bare&=nameless&&",
        "/?space=a b&plus=a+b&encoded=a%2Bb&lower=%e4%bd%a0",
        "/?name=\u4f60\u597d&\u952e=v",
        "/?reserved=:/?@!$'()*,;=~",
        "/?a=1#fragment",
        "//double//slash?x=1",
        "/path with space/\u8def?x",
        "/%7etilde/%2e%2e/x",
    ],
)
def test_what_is_signed_is_what_is_sent(raw_server: RawServer, target: str) -> None:
    url = f"http://127.0.0.1:{raw_server.port}{target}"
    raw = raw_server.exchange(prepare("GET", url, auth(token="temporary")))
    assert verify(raw, SAMPLE_KEY)
    assert not verify(raw, SAMPLE_KEY + "x")
    assert raw.header("host") == f"127.0.0.1:{raw_server.port}"
    assert raw.header("x-tc-token") == "temporary"


@pytest.mark.parametrize(
    "body", [None, b"", "", "{}", b"\xff\x00", "\u4f60\u597d \U0001f512", {"form": "\u4f60 +&="}, "x" * 100_000]
)
def test_every_body_is_signed_as_the_bytes_that_are_sent(raw_server: RawServer, body: object) -> None:
    raw = raw_server.exchange(prepare("POST", f"http://127.0.0.1:{raw_server.port}/", auth(), body=body))
    assert verify(raw, SAMPLE_KEY)
    if isinstance(body, str):
        assert raw.body == body.encode("utf-8")


@given(
    body=st.text(),
    token=st.none() | st.text(alphabet="abcXYZ019+/=-_", min_size=1),
    timestamp=st.integers(min_value=0, max_value=4_102_444_799),
    extra=st.dictionaries(st.from_regex(r"X-[A-Za-z]{1,8}", fullmatch=True), st.text(alphabet="abc XYZ,;", max_size=9)),
)
def test_any_body_token_and_order_of_headers_verifies(
    body: str, token: str | None, timestamp: int, extra: dict[str, str]
) -> None:
    headers = {name: value.strip() for name, value in extra.items()} | {"Content-Type": "application/json"}
    for order in (headers, dict(reversed(headers.items()))):
        signer = auth(token=token, timestamp=timestamp, service="ssl")
        request = prepare("POST", "https://ssl.tencentcloudapi.com/", signer, headers=order, body=body)
        assert verify(as_sent(request), SAMPLE_KEY)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://ssl.tencentcloudapi.com", "ssl.tencentcloudapi.com"),
        ("https://SSL.TencentCloudAPI.com:443/", "ssl.tencentcloudapi.com"),
        ("https://ssl.tencentcloudapi.com:8443/", "ssl.tencentcloudapi.com:8443"),
        ("http://127.0.0.1:80/", "127.0.0.1"),
        ("http://127.0.0.1:443/", "127.0.0.1:443"),
        ("http://[::1]:8080/", "[::1]:8080"),
        ("https://user:password@ssl.tencentcloudapi.com/", "ssl.tencentcloudapi.com"),
        ("https://\u4f8b\u5b50.example/", "xn--fsqu00a.example"),
    ],
)
def test_the_host_is_signed_without_a_default_port(url: str, host: str) -> None:
    assert prepare("POST", url, auth()).headers["Host"] == host


def test_a_host_that_the_caller_sets_is_sent_and_signed(raw_server: RawServer) -> None:
    headers = {"Host": "ssl.tencentcloudapi.com"}
    raw = raw_server.exchange(prepare("POST", f"http://127.0.0.1:{raw_server.port}/", auth(), headers=headers))
    assert raw.header("host") == "ssl.tencentcloudapi.com"
    assert verify(raw, SAMPLE_KEY)


@pytest.fixture
def far_east() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Asia/Shanghai"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.usefixtures("far_east")
def test_the_date_is_that_of_utc_whatever_the_zone_of_the_host() -> None:
    # 2019-02-25 at 16:44 in UTC is the day after in Shanghai.
    assert tc3.credential_scope(timestamp=1551113065, service="ssl") == "2019-02-25/ssl/tc3_request"


def test_signing_again_replaces_everything_of_the_signature_before() -> None:
    request = prepare("POST", "https://ssl.tencentcloudapi.com/", auth(token="first"), body=json.dumps({}))
    first = dict(request.headers)
    auth(timestamp=1551113066)(request)
    assert "X-TC-Token" not in request.headers
    assert request.headers["X-TC-Timestamp"] == "1551113066"
    assert request.headers["Authorization"] != first["Authorization"]


def test_one_signature_does_not_change_another() -> None:
    signer = auth()
    session = requests.Session()
    session.headers["X-Shared"] = "1"
    first = session.prepare_request(
        requests.Request("POST", "https://ssl.tencentcloudapi.com/", data=b"1", auth=signer)
    )
    second = session.prepare_request(
        requests.Request("POST", "https://ssl.tencentcloudapi.com/", data=b"1", auth=signer)
    )
    assert first.headers == second.headers
    assert "Authorization" not in session.headers
    assert "Host" not in session.headers


def test_a_stream_is_refused() -> None:
    with pytest.raises(TypeError, match="in memory"):
        prepare("POST", "https://ssl.tencentcloudapi.com/", auth(), body=iter([b"part"]))


def test_a_header_to_be_signed_that_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError, match="host"):
        tc3.canonical_request(
            method="POST", path="/", query="", headers={}, signed_headers=("host",), payload_hash="0" * 64
        )


def test_repr_shows_no_credential() -> None:
    shown = repr(tc3.Tc3Auth(secret_id="ID1", secret_key="KEY2", token="TOKEN3", service="ssl", timestamp=1))
    assert shown == "Tc3Auth(service='ssl', timestamp=1)"
