# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our TC3-HMAC-SHA256 is the one of the official Tencent Cloud SDK, on random requests that the SDK builds itself."""

from __future__ import annotations

import hashlib
from importlib import import_module
from typing import Any

import pytest
import requests
from ansible_collections.cncloud.certificates.plugins.module_utils._signing import tc3
from ansible_collections.cncloud.certificates.tests.conformance.random_requests import NUMBER, RandomRequests

# Loaded by name: the SDKs carry no types, and strict checking would object to every call of theirs.
abstract_client = import_module("tencentcloud.common.abstract_client")
credential = import_module("tencentcloud.common.credential")
client_profile = import_module("tencentcloud.common.profile.client_profile")
http_profile = import_module("tencentcloud.common.profile.http_profile")
sdk_request = import_module("tencentcloud.common.http.request")


pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")  # the SDK's own


def build(draw: RandomRequests, *, unsigned_payload: bool) -> tuple[Any, Any, dict[str, Any]]:
    """Let the SDK build and sign a request. Returns its client, the request and what it was signed with."""
    given = {
        "secret_id": draw.key(),
        "secret_key": draw.key(),
        "token": draw.token() if draw.chance(0.5) else None,
        "service": draw.choice("ssl", "dnspod", "sts"),
    }
    profile = client_profile.ClientProfile(
        httpProfile=http_profile.HttpProfile(endpoint=draw.host(), reqMethod=draw.choice("POST", "POST", "GET"))
    )
    profile.unsignedPayload = unsigned_payload
    client = abstract_client.AbstractClient(
        credential.Credential(given["secret_id"], given["secret_key"], given["token"]),
        draw.choice("", "ap-guangzhou"),
        profile,
    )
    client._service, client._apiVersion = given["service"], "2019-12-05"
    method = profile.httpProfile.reqMethod
    request = sdk_request.RequestInternal(profile.httpProfile.endpoint, method, "/")
    options: dict[str, Any] = {}
    params: Any = draw.body()
    if method == "POST" and draw.chance(0.15):
        options["IsMultipart"], params = True, {draw.name(): draw.choice("text", "\u4f60", b"\xff\x00", ["list"])}
    elif method == "POST" and draw.chance(0.15):
        options["IsOctetStream"], params = True, None
        request.data = draw.text().encode()
    client._build_req_inter(draw.choice("applyCertificate", "DescribeCertificates"), params, request, options)
    return client, request, given


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The SDK's clock, to be set."""

    class Frozen:
        now = 0

        def time(self) -> float:
            return self.now + 0.75

    clock = Frozen()
    monkeypatch.setattr(abstract_client, "time", clock)
    return clock


def test_our_signature_of_a_request_is_the_sdks(frozen: Any) -> None:
    draw = RandomRequests(20190225)
    seen = set()
    for _unused in range(NUMBER):
        frozen.now = draw.timestamp()
        _client, theirs, given = build(draw, unsigned_payload=False)
        query = "?" + theirs.data if theirs.method == "GET" else ""
        ours = requests.Request(
            theirs.method,
            f"https://{theirs.host}{theirs.uri}{query}",
            headers={"Content-Type": theirs.header["Content-Type"]},
            data=None if theirs.method == "GET" else theirs.data,
            auth=tc3.Tc3Auth(**given, timestamp=frozen.now),
        ).prepare()
        for name in ("Authorization", "Content-Type", "Host", "X-TC-Timestamp", "X-TC-Token"):
            assert ours.headers.get(name) == theirs.header.get(name), (name, theirs)
        seen.add((theirs.method, theirs.header["Content-Type"].partition(";")[0], given["token"] is None))
    assert len(seen) == 8, "two methods, three kinds of bodies, each with and without a token"


def test_our_canonical_form_is_the_sdks_where_the_body_is_not_signed(frozen: Any) -> None:
    """We always sign the body; that the form is the same is shown with the pure functions."""
    draw = RandomRequests(20190226)
    for _unused in range(NUMBER // 10):
        frozen.now = draw.timestamp()
        _client, theirs, given = build(draw, unsigned_payload=True)
        canonical = tc3.canonical_request(
            method=theirs.method,
            path=theirs.uri,
            query=theirs.data if theirs.method == "GET" else "",
            headers=theirs.header,
            signed_headers=tc3.SIGNED_HEADERS,
            payload_hash=hashlib.sha256(b"UNSIGNED-PAYLOAD").hexdigest(),
        )
        signature = tc3.signature(
            secret_key=given["secret_key"], timestamp=frozen.now, service=given["service"], canonical=canonical
        )
        assert theirs.header["Authorization"].endswith(f"Signature={signature}")
