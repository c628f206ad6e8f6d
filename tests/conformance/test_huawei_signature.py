# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our SDK-HMAC-SHA256 is the one of the official Huawei Cloud SDK, on random requests."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import requests
from ansible_collections.cncloud.certificates.plugins.module_utils._signing import sdk_hmac
from ansible_collections.cncloud.certificates.tests.conformance.random_requests import NUMBER, RandomRequests

# Loaded by name: the SDKs carry no types, and strict checking would object to every call of theirs.
credentials = import_module("huaweicloudsdkcore.auth.credentials")
sdk_request = import_module("huaweicloudsdkcore.sdk_request")
signer = import_module("huaweicloudsdkcore.signer.signer")

JSON_TYPES = ("application/json", "application/json;charset=UTF-8")


def sign(draw: RandomRequests, given: dict[str, Any], more: dict[str, str], pairs: list[tuple[str, Any]]) -> Any:
    """Let the SDK sign a request of these headers and this query. Returns the request with its Authorization."""
    headers = {"X-Sdk-Date": sdk_hmac.format_date(given["timestamp"]), **more}
    for name, value in (("X-Project-Id", given["project_id"]), ("X-Security-Token", given["security_token"])):
        if value:
            headers[name] = value
    body = json.dumps(draw.body(), ensure_ascii=draw.chance(0.5)) if draw.chance(0.7) else draw.choice(None, "", b"")
    theirs = sdk_request.SdkRequest(
        method=draw.choice("GET", "POST", "PUT", "DELETE"),
        schema="https",
        host=draw.host(),
        resource_path=draw.path(),
        query_params=pairs,
        header_params=dict(draw.shuffled(list(headers.items()))),
        body=body,
    )
    return signer.Signer(credentials.BasicCredentials(given["access_key"], given["secret_key"])).sign(theirs)


def credential(draw: RandomRequests) -> dict[str, Any]:
    return {
        "access_key": draw.key(),
        "secret_key": draw.key(),
        "security_token": draw.token() if draw.chance(0.5) else None,
        "project_id": draw.choice(None, "0123456789abcdef0123456789abcdef"),
        "timestamp": datetime.fromtimestamp(draw.timestamp(), tz=UTC),
    }


def test_our_signature_of_a_request_is_the_sdks() -> None:
    """With the headers that we sign, the SDK's whole Authorization is ours, and so is what it puts into the URL."""
    draw = RandomRequests(20191115)
    for _unused in range(NUMBER):
        given = credential(draw)
        content_type = {"Content-Type": draw.choice(*JSON_TYPES)} if draw.chance(0.7) else {}
        pairs = draw.pairs()
        theirs = sign(draw, given, content_type, list(pairs))
        ours = requests.Request(
            theirs.method,
            f"https://{theirs.host}{theirs.resource_path}",
            params=draw.shuffled(pairs),
            headers=content_type,
            data=theirs.body,
            auth=sdk_hmac.SdkHmacAuth(**given),
        ).prepare()
        assert ours.headers["Authorization"] == theirs.header_params["Authorization"], theirs.uri
        assert ours.path_url.partition("?")[2] == theirs.uri.partition("?")[2]
        for name in ("Host", "X-Sdk-Date", "X-Project-Id", "X-Security-Token"):
            assert ours.headers.get(name) == theirs.header_params.get(name)


def test_our_canonical_form_is_the_sdks_with_every_header_it_would_sign() -> None:
    """The SDK signs all headers, lists and booleans in a query too: compared with the pure functions on its own set."""
    draw = RandomRequests(20191116)
    for _unused in range(NUMBER):
        given = credential(draw)
        more = {
            "User-Agent": "huaweicloud-usdk-python/3.0 " + draw.choice("", "\u8bc1\u4e66", "  padded  "),
            "X-Request-Source-Type": draw.name(),
            "Content-Type": draw.choice(*JSON_TYPES, "text/plain", "multipart/form-data; boundary=x"),
            "X_Under_Score": "never signed",
        }
        named = {draw.text(): draw.choice(draw.text(), True, 7, [draw.text(), draw.text()]) for _unused in range(4)}
        theirs = sign(draw, given, more, list(named.items()))
        names = theirs.header_params["Authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
        sent = {name: value.encode("latin-1").decode() for name, value in theirs.header_params.items()}
        payload_hash = hashlib.sha256(theirs.body or b"").hexdigest()
        if theirs.body:
            payload_hash = sent.get("X-Sdk-Content-Sha256", payload_hash)
        canonical = sdk_hmac.canonical_request(
            method=theirs.method,
            path=theirs.resource_path,
            query=theirs.uri.partition("?")[2],
            headers=sent,
            signed_headers=names,
            payload_hash=payload_hash,
        )
        signature = sdk_hmac.signature(
            secret_key=given["secret_key"], timestamp=given["timestamp"], canonical=canonical
        )
        assert "user-agent" in names
        assert "x_under_score" not in names
        assert theirs.header_params["Authorization"].endswith(f"Signature={signature}")
