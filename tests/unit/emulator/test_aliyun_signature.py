# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ACS3 as the emulator verifies it: the vendor's vectors, the collection's signer, and each way to get it wrong."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import requests
from ansible_collections.cncloud.certificates.plugins.module_utils._signing.acs3 import Acs3Auth
from emulator import aliyun, aliyun_signature
from emulator.world import Answer, Credential, Request, World
from werkzeug.datastructures import Headers

from .aliyun_caller import AliyunClient, body_of, refusal

LIST = "DescribeSslVpnServers"
REGION = {"RegionId": aliyun.REGION}
NONCE = "3156853299f313e23d1673dc12e1703d"
EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_vendors_own_example() -> None:
    """RunInstances of the description of Signature V3."""
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": EMPTY_HASH,
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": NONCE,
        "x-acs-version": "2014-05-26",
    }
    query = "RegionId=cn-shanghai&ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"
    request = Request("POST", "/", query, Headers(list(headers.items())), b"", headers["host"])
    text = aliyun_signature.string_to_sign(aliyun_signature.canonical_request(request, tuple(headers)))
    assert text.endswith("\n7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259")
    expected = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    assert aliyun_signature.sign(text, "YourAccessKeySecret") == expected


def test_strict_encoding() -> None:
    assert aliyun_signature.encode(" ~/*-+证") == "%20~%2F%2A-%2B%E8%AF%81"


def test_repeated_headers_are_sorted_and_joined() -> None:
    request = Request("GET", "/", "", Headers([("x-acs-test", " https "), ("X-Acs-Test", "http")]), b"", "")
    assert "\nx-acs-test:http,https\n" in aliyun_signature.canonical_request(request, ("x-acs-test",))


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("token", [None, "a token/with+signs="])
def test_the_collections_signer(world: World, method: str, token: str | None) -> None:
    world.accounts.add(Credential("aliyun", "STS.key", "s", aliyun.ACCOUNT, token=token))
    auth = Acs3Auth(
        access_key_id="STS.key", access_key_secret="s", security_token=token, timestamp=datetime.now(UTC), nonce=NONCE
    )
    prepared = requests.Request(
        method,
        "http://127.0.0.1:1/",
        params={**REGION, "Name": " ~/*-+证", "SslVpnServerId": ""},
        headers={"x-acs-action": LIST, "x-acs-version": "2016-04-28"},
        auth=auth,
    ).prepare()
    query = str(prepared.url).partition("?")[2]
    headers = Headers([(str(name), str(value)) for name, value in prepared.headers.items()])
    body_of(AliyunClient(world).send(Request(method, "/", query, headers, b"", headers["Host"])), 200)


def test_form_body_of_the_collections_signer(world: World) -> None:
    auth = Acs3Auth(
        access_key_id=aliyun.KEY_ID,
        access_key_secret=aliyun.SECRET_KEY,
        security_token=None,
        timestamp=datetime.now(UTC),
        nonce=NONCE,
    )
    prepared = requests.Request(
        "POST",
        "http://127.0.0.1:1/",
        data="DomainName=aliyun.example.net",
        headers={
            "x-acs-action": "DescribeDomainInfo",
            "x-acs-version": "2015-01-09",
            "Content-Type": "application/x-www-form-urlencoded",
        },
        auth=auth,
    ).prepare()
    headers = Headers([(str(name), str(value)) for name, value in prepared.headers.items()])
    body = prepared.body if isinstance(prepared.body, bytes) else str(prepared.body).encode()
    body_of(AliyunClient(world).send(Request("POST", "/", "", headers, body, headers["Host"])), 200)


def altered(request: Request, header: str, value: str | None) -> Request:
    headers = Headers([(name, text) for name, text in request.headers.items() if name.lower() != header])
    if value is not None:
        headers[header] = value
    return replace(request, headers=headers)


@pytest.mark.parametrize(
    "header, value, code",
    [
        ("authorization", None, "IncompleteSignature"),
        ("authorization", "ACS3-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=0", "IncompleteSignature"),
        ("x-acs-date", None, "MissingParameter"),
        ("x-acs-signature-nonce", None, "MissingParameter"),
        ("x-acs-content-sha256", None, "MissingParameter"),
        ("x-acs-date", "2026-01-01 00:00:00", "InvalidTimeStamp.Format"),
        ("x-acs-date", "2026-13-01T00:00:00Z", "InvalidTimeStamp.Format"),
        ("x-acs-date", "2020-01-01T00:00:00Z", "InvalidTimeStamp.Expired"),
        ("x-acs-signature-nonce", "another", "SignatureDoesNotMatch"),
        ("x-acs-extra", "unsigned", "IncompleteSignature"),
        ("x-acs-security-token", "unsigned", "IncompleteSignature"),
    ],
)
def test_a_header_that_is_wrong(aliyun_client: AliyunClient, header: str, value: str | None, code: str) -> None:
    request = aliyun_client.request(LIST, REGION)
    assert refusal(aliyun_client.send(altered(request, header, value))) == code


@pytest.mark.parametrize(
    "change",
    [{"method": "GET"}, {"query_string": "RegionId=cn-beijing"}, {"path": "/other"}],
    ids=lambda c: next(iter(c)),
)
def test_what_is_signed_must_be_what_is_sent(aliyun_client: AliyunClient, change: dict[str, str]) -> None:
    request = replace(aliyun_client.request(LIST, REGION), **change)  # type: ignore[arg-type]  # each is a text
    answer = aliyun_client.send(request)
    assert refusal(answer) == "SignatureDoesNotMatch"
    message = str(body_of(answer, 400)["Message"])
    assert "server string to sign is:ACS3-HMAC-SHA256\n" in message
    assert aliyun.SECRET_KEY not in message


def test_another_body(aliyun_client: AliyunClient) -> None:
    request = aliyun_client.request("DescribeDomainInfo", service="alidns", form={"DomainName": "a.example"})
    other = replace(request, body=request.body + b"&Lang=en")
    assert refusal(aliyun_client.send(other)) == "SignatureDoesNotMatch"


def test_wrong_secret_and_unknown_key(world: World) -> None:
    wrong = AliyunClient(world, secret="wrong")
    assert refusal(wrong.send(wrong.request(LIST, REGION))) == "SignatureDoesNotMatch"
    unknown = AliyunClient(world, key_id="LTAIUNKNOWN")
    assert refusal(unknown.send(unknown.request(LIST, REGION)), 404) == "InvalidAccessKeyId.NotFound"


@pytest.mark.parametrize("header", ["host", "x-acs-action", "x-acs-date"])
def test_what_must_be_signed(aliyun_client: AliyunClient, header: str) -> None:
    request = aliyun_client.request(LIST, REGION, unsigned=(header,))
    assert refusal(aliyun_client.send(request)) == "IncompleteSignature"


def test_the_type_of_a_body_must_be_signed(aliyun_client: AliyunClient) -> None:
    request = aliyun_client.request(
        "DescribeDomainInfo", service="alidns", form={"DomainName": "a.example"}, unsigned=("content-type",)
    )
    assert refusal(aliyun_client.send(request)) == "IncompleteSignature"


def test_a_nonce_counts_once(aliyun_client: AliyunClient) -> None:
    request = aliyun_client.request(LIST, REGION)
    body_of(aliyun_client.send(request), 200)
    assert refusal(aliyun_client.send(request)) == "SignatureNonceUsed"


def test_a_refused_request_does_not_use_its_nonce(aliyun_client: AliyunClient) -> None:
    request = aliyun_client.request(LIST, REGION)
    aliyun_client.send(replace(request, query_string="RegionId=cn-beijing"))
    body_of(aliyun_client.send(request), 200)


@pytest.mark.parametrize("minutes, accepted", [(14, True), (-14, True), (16, False), (-16, False)])
def test_a_clock_that_is_off(aliyun_client: AliyunClient, minutes: int, accepted: bool) -> None:
    aliyun_client.world.clock.signature_skew = timedelta(minutes=minutes)
    answer = aliyun_client.send(aliyun_client.request(LIST, REGION))
    assert answer.code == (None if accepted else "InvalidTimeStamp.Expired")
    assert "Date" in answer.response.headers


def token_answer(world: World, sent: str | None, credential: Credential) -> Answer:
    world.accounts.add(credential)
    client = AliyunClient(world, key_id=credential.key_id, secret=credential.secret)
    return client.send(client.request(LIST, REGION, headers={"x-acs-security-token": sent}))


@pytest.mark.parametrize(
    "sent, code",
    [("token", None), (None, "MissingParameter"), ("other", "InvalidSecurityToken.MismatchWithAccessKey")],
)
def test_tokens(world: World, sent: str | None, code: str | None) -> None:
    assert token_answer(world, sent, Credential("aliyun", "STS.key", "s", aliyun.ACCOUNT, token="token")).code == code


def test_a_token_that_is_over(world: World) -> None:
    over = Credential("aliyun", "STS.key", "s", aliyun.ACCOUNT, "token", datetime.now(UTC) - timedelta(seconds=1))
    assert token_answer(world, "token", over).code == "InvalidSecurityToken.Expired"


def test_a_key_that_is_switched_off(world: World) -> None:
    off = Credential("aliyun", "LTAIOFF", "s", aliyun.ACCOUNT, details={"inactive": True})
    assert token_answer(world, None, off).code == "InvalidAccessKeyId.Inactive"
