# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qsl, quote

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._signing import acs3
from ansible_collections.cncloud.certificates.tests.unit.plugins.module_utils._signing.raw_wire import (
    RawRequest,
    RawServer,
    as_sent,
    prepare,
)
from hypothesis import given
from hypothesis import strategies as st

SECRET = "YourAccessKeySecret"
OCTOBER = datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC)
NONCE = "3156853299f313e23d1673dc12e1703d"
IMAGE = "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"
CALL = {"x-acs-action": "RunInstances", "x-acs-version": "2014-05-26"}
SIGNED_A = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version"
EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def auth(*, security_token: str | None = None, timestamp: datetime = OCTOBER, nonce: str = NONCE) -> acs3.Acs3Auth:
    return acs3.Acs3Auth(
        access_key_id="YourAccessKeyId",
        access_key_secret=SECRET,
        security_token=security_token,
        timestamp=timestamp,
        nonce=nonce,
    )


def test_hash_of_the_canonical_request_of_vector_a() -> None:
    headers = {
        **CALL,
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-content-sha256": EMPTY_HASH,
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": NONCE,
    }
    canonical = acs3.canonical_request(
        method="POST",
        path="/",
        query=f"ImageId={IMAGE}&RegionId=cn-shanghai",
        headers=headers,
        signed_headers=SIGNED_A.split(";"),
        payload_hash=EMPTY_HASH,
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    assert digest == "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259"
    assert acs3.string_to_sign(canonical=canonical) == f"ACS3-HMAC-SHA256\n{digest}"


@pytest.mark.parametrize("query", [f"ImageId={IMAGE}&RegionId=cn-shanghai", f"RegionId=cn-shanghai&ImageId={IMAGE}"])
def test_vector_a_through_requests(query: str) -> None:
    request = prepare("POST", f"https://ecs.cn-shanghai.aliyuncs.com:443/?{query}", auth(), headers=dict(CALL))
    assert request.headers["Authorization"] == (
        f"ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders={SIGNED_A},"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )
    assert request.headers["x-acs-content-sha256"] == EMPTY_HASH


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("GET", "d16b30a7699ae9e43875b13195b2f81bcc3ed10c14a9b5eb780e51619aa50be1"),
        ("", "4ab59fffe3c5738ff8a2729f90cc04fe18b02a4b15b2102cbaf92f9ff3df2ea3"),
    ],
)
def test_vector_b_with_one_header_in_two_spellings(method: str, expected: str) -> None:
    canonical = acs3.canonical_request(
        method=method,
        path="/",
        query="test=ok&empty=",
        headers={"x-acs-test": "http", "x-acs-TEST": "https"},
        signed_headers=["x-acs-test"],
        payload_hash="55e12e91650d2fec56ec74e1d3e4ddbfce2ef3a65890c2a19ecf88a307e76a23",
    )
    assert acs3.signature(access_key_secret="secret", canonical=canonical) == expected


def verify(raw: RawRequest, secret: str) -> bool:
    """Check a signature from the raw bytes alone: path and query must stand there in their strict form."""
    match = re.fullmatch(
        r"ACS3-HMAC-SHA256 Credential=\w+,SignedHeaders=([\w;-]+),Signature=(\w{64})", raw.header("authorization")
    )
    assert match is not None
    names, claimed = match.groups()
    pairs = parse_qsl(raw.query.decode(), keep_blank_values=True, errors="surrogateescape")
    query = "&".join(
        f"{quote(name, safe='~', errors='surrogateescape')}={quote(value, safe='~', errors='surrogateescape')}"
        for name, value in sorted(pairs)
    )
    assert raw.query.decode() == query
    assert raw.header("x-acs-content-sha256") == hashlib.sha256(raw.body).hexdigest()
    must_be_signed = {name.decode() for name, _value in raw.headers if name == b"host" or name.startswith(b"x-acs-")}
    assert must_be_signed <= set(names.split(";"))
    block = "".join(f"{name}:{raw.header(name).strip()}\n" for name in names.split(";"))
    canonical = "\n".join(
        [raw.method.decode(), raw.path.decode(), query, block, names, raw.header("x-acs-content-sha256")]
    )
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), "sha256").hexdigest() == claimed


@pytest.mark.parametrize(
    ("target", "sent"),
    [
        ("", "/"),
        ("/?", "/"),
        ('/?test= "~/*-%2B', "/?test=%20%22~%2F%2A-%2B"),
        ("/?b=2&a=1&a=0", "/?a=0&a=1&b=2"),
        ("/?empty=&bare&=nameless&&", "/?=nameless&bare=&empty="),
        ("/?plus=a+b", "/?plus=a%20b"),
        ("/?name=\u4f60\u597d&lower=%e4%bd%a0", "/?lower=%E4%BD%A0&name=%E4%BD%A0%E5%A5%BD"),
        ("/?not-utf8=%ff", "/?not-utf8=%FF"),
        ("/?Sort.1=x&Sort.10=y&Sort.2=z", "/?Sort.1=x&Sort.10=y&Sort.2=z"),
        ("//double//slash", "/double//slash"),
        ("/a:b@c/space d/\u8def/%7e/x%2Fy", "/a%3Ab%40c/space%20d/%E8%B7%AF/~/x%2Fy"),
    ],
)
def test_what_is_signed_is_what_is_sent(raw_server: RawServer, target: str, sent: str) -> None:
    url = f"http://127.0.0.1:{raw_server.port}{target}"
    raw = raw_server.exchange(prepare("POST", url, auth(security_token="temporary"), headers=dict(CALL)))
    assert raw.target.decode() == sent
    assert verify(raw, SECRET)
    assert not verify(raw, SECRET + "x")
    assert raw.header("host") == f"127.0.0.1:{raw_server.port}"
    assert raw.header("x-acs-security-token") == "temporary"


@pytest.mark.parametrize("body", [None, b"", "", "{}", b"\xff\x00", "\u4f60\u597d \U0001f512", {"form": "\u4f60 +&="}])
def test_every_body_is_signed_as_the_bytes_that_are_sent(raw_server: RawServer, body: object) -> None:
    raw = raw_server.exchange(prepare("POST", f"http://127.0.0.1:{raw_server.port}/", auth(), body=body))
    assert verify(raw, SECRET)


@given(
    segments=st.lists(st.text(min_size=1).filter(lambda text: text not in (".", "..")), max_size=3),
    pairs=st.lists(st.tuples(st.text(), st.text()), max_size=4),
    body=st.text(),
    token=st.none() | st.text(alphabet="abcXYZ019+/=-_", min_size=1),
    nonce=st.text(alphabet="0123456789abcdef", min_size=1, max_size=32),
    content_type=st.none() | st.just("application/json; charset=utf-8"),
)
def test_any_path_query_body_and_order_verifies(
    segments: list[str],
    pairs: list[tuple[str, str]],
    body: str,
    token: str | None,
    nonce: str,
    content_type: str | None,
) -> None:
    path = "".join("/" + quote(segment, safe="") for segment in segments)
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    headers = {**CALL, "User-Agent": "any"} | ({"Content-Type": content_type} if content_type else {})
    for order in (headers, dict(reversed(headers.items()))):
        signer = auth(security_token=token, nonce=nonce)
        request = prepare("POST", f"https://host.example{path}?{query}", signer, headers=order, body=body)
        assert verify(as_sent(request), SECRET)
        assert "user-agent" not in request.headers["Authorization"]


def test_headers_of_a_signature_before_are_replaced() -> None:
    request = prepare("POST", "https://host.example/", auth(security_token="first"), body="{}")
    auth(nonce="another")(request)
    assert "x-acs-security-token" not in request.headers
    assert request.headers["x-acs-signature-nonce"] == "another"
    assert verify(as_sent(request), SECRET)


def test_a_time_of_another_zone_becomes_utc() -> None:
    assert acs3.format_date(OCTOBER.astimezone(timezone(timedelta(hours=8)))) == "2023-10-26T10:22:32Z"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        auth(timestamp=datetime(2023, 10, 26))


def test_a_stream_is_refused() -> None:
    with pytest.raises(TypeError, match="in memory"):
        prepare("POST", "https://host.example/", auth(), body=iter([b"part"]))


def test_repr_shows_no_credential() -> None:
    assert repr(auth(security_token="TOKEN3")) == "Acs3Auth(timestamp='2023-10-26T10:22:32Z')"
