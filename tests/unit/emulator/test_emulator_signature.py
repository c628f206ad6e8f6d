# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signature v3 is verified as the vendor publishes it, and refused in the vendor's words."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from emulator.tencent_signature import Scope, signature
from emulator.world import Credential, Request, World
from werkzeug.datastructures import Headers

from .conftest import TencentClient

EXAMPLE_KEY = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"
VECTOR_A = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'


@pytest.mark.parametrize(
    ("method", "query", "content_type", "body", "timestamp", "service", "signed", "secret", "expected"),
    [
        pytest.param(
            "POST",
            "",
            "application/json; charset=utf-8",
            VECTOR_A,
            1551113065,
            "cvm",
            "content-type;host",
            EXAMPLE_KEY,
            "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168",
            id="two-headers",
        ),
        pytest.param(
            "POST",
            "",
            "application/json; charset=utf-8",
            VECTOR_A,
            1551113065,
            "cvm",
            "content-type;host;x-tc-action",
            EXAMPLE_KEY,
            "644be983de9a8a3f00db8eadaba61467c3b429e2215758ba897b738ca469fd26",
            id="action-signed",
        ),
        pytest.param(
            "POST",
            "",
            "application/json; charset=utf-8",
            VECTOR_A,
            1551113065,
            "cvm",
            "content-type;host;x-tc-action",
            "*" * 32,
            "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f",
            id="masked-key",
        ),
        pytest.param(
            "GET",
            "Limit=10&Offset=0",
            "application/x-www-form-urlencoded",
            b"",
            1539084154,
            "cvm",
            "content-type;host",
            EXAMPLE_KEY,
            "5da7a33f6993f0614b047e5df4582db9e9bf4672ba50567dba16c6ccf174c474",
            id="get",
        ),
        pytest.param(
            "POST",
            "",
            "application/json",
            b'{"DvAuthMethod": "DNS_AUTO", "DomainName": "wgc.red"}',
            1551113065,
            "ssl",
            "content-type;host",
            EXAMPLE_KEY,
            "d36940c27227ee16ef9faa3d883dc01b731f9a4149233cbd4f33a785630f8dc0",
            id="ssl",
        ),
    ],
)
def test_published_vectors(
    method: str,
    query: str,
    content_type: str,
    body: bytes,
    timestamp: int,
    service: str,
    signed: str,
    secret: str,
    expected: str,
) -> None:
    host = f"{service}.tencentcloudapi.com"
    headers = Headers({"Host": host, "Content-Type": content_type, "X-TC-Action": "DescribeInstances"})
    date = datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")
    scope = Scope("AKID", date, service, tuple(signed.split(";")), expected)
    assert signature(Request(method, "/", query, headers, body, host), scope, timestamp, secret) == expected


def _spoilt_body(client: TencentClient) -> Request:
    request = client.request("ssl", "DescribeCertificates", b"{}")
    return Request(request.method, request.path, request.query_string, request.headers, b'{"Limit": 1}', request.host)


def _unsigned_host(client: TencentClient) -> Request:
    request = client.request("ssl", "DescribeCertificates", b"{}")
    request.headers["Authorization"] = request.headers["Authorization"].replace("content-type;host", "content-type")
    return request


def _with_header(name: str, value: str) -> Callable[[TencentClient], Request]:
    def build(client: TencentClient) -> Request:
        request = client.request("ssl", "DescribeCertificates", b"{}")
        request.headers[name] = value
        return request

    return build


@pytest.mark.parametrize(
    ("build", "code"),
    [
        (_spoilt_body, "AuthFailure.SignatureFailure"),
        (_unsigned_host, "AuthFailure.SignatureFailure"),
        (_with_header("Authorization", "Bearer abc"), "AuthFailure.InvalidAuthorization"),
        (_with_header("X-TC-Token", "unasked"), "AuthFailure.TokenFailure"),
        (_with_header("X-TC-Timestamp", "yesterday"), "InvalidParameter"),
        (_with_header("Content-Type", "application/json; charset=utf-8"), "AuthFailure.SignatureFailure"),
        (lambda client: client.request("dnspod", "DescribeCertificates", b"{}"), "InvalidAction"),
        (
            lambda client: client.request("ssl", "DescribeCertificates", b"{}", timestamp=int(time.time()) - 400),
            "AuthFailure.SignatureExpire",
        ),
        (
            lambda client: client.request("ssl", "DescribeCertificates", b"{}", headers={"X-TC-Version": "2018-04-26"}),
            "NoSuchVersion",
        ),
        (lambda client: client.request("ssl", "DescribeCertificates", b"[]"), "InvalidParameter"),
    ],
)
def test_refused_requests(client: TencentClient, build: Callable[[TencentClient], Request], code: str) -> None:
    assert client.send(build(client))["Error"]["Code"] == code


def test_the_secret_and_the_id_are_told_apart(world: World) -> None:
    assert TencentClient(world, secret="wrong").code("DescribeCertificates") == "AuthFailure.SignatureFailure"
    assert TencentClient(world, key_id="AKIDnobody").code("DescribeCertificates") == "AuthFailure.SecretIdNotFound"


def test_the_scope_is_the_date_of_the_timestamp_in_utc(client: TencentClient) -> None:
    request = client.request("ssl", "DescribeCertificates", b"{}")
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    request.headers["Authorization"] = request.headers["Authorization"].replace(today, "2020-01-01")
    assert client.send(request)["Error"]["Code"] == "AuthFailure.SignatureFailure"


def test_temporary_keys_need_their_token(world: World) -> None:
    world.accounts.add(Credential("tencent", "AKIDtemporary", "s", "100000000001", token="the-token"))
    client = TencentClient(world, key_id="AKIDtemporary", secret="s")
    assert client.code("DescribeCertificates") == "AuthFailure.TokenFailure"
    request = client.request("ssl", "DescribeCertificates", b"{}", headers={"X-TC-Token": "the-token"})
    assert client.send(request)["TotalCount"] == 0


def test_an_unsigned_payload_may_be_anything(client: TencentClient) -> None:
    headers = {"X-TC-Content-SHA256": "UNSIGNED-PAYLOAD"}
    request = client.request("ssl", "DescribeCertificates", b"{}", headers=headers)
    changed = Request("POST", "/", "", request.headers, b'{"Limit": 5}', request.host)
    assert "Error" not in client.send(changed)


def test_a_settable_skew_plays_a_wrong_clock(world: World, client: TencentClient) -> None:
    world.clock.advance(86400)
    assert "Error" not in client.answer("DescribeCertificates")
    world.clock.signature_skew = timedelta(seconds=301)
    assert client.code("DescribeCertificates") == "AuthFailure.SignatureExpire"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({}, "MissingParameter"),
        ({"CertificateId": None}, "MissingParameter"),
        ({"CertificateId": 7}, "InvalidParameter"),
        ({"CertificateId": "x", "certificateId": "x"}, "UnknownParameter"),
    ],
)
def test_parameters_are_checked(client: TencentClient, parameters: dict[str, Any], code: str) -> None:
    assert client.code("DescribeCertificate", **parameters) == code
