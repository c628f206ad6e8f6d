# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our ACS3-HMAC-SHA256 is the one of the official Alibaba Cloud SDKs, of both generations, on random requests.

Names of query parameters are drawn from unreserved characters here: the SDK puts them into the signature as they are,
where the vendor's documentation, and we, encode them. No operation has a parameter for which that differs.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest
import requests
from ansible_collections.cncloud.certificates.plugins.module_utils._signing import acs3
from ansible_collections.cncloud.certificates.tests.conformance.random_requests import NUMBER, RandomRequests

# Loaded by name: the SDKs carry no types, and strict checking would object to every call of theirs.
openapi = import_module("alibabacloud_openapi_util.client")
tea_request = import_module("Tea.request")
tea_util = import_module("alibabacloud_tea_util.client")
tea_openapi = import_module("alibabacloud_tea_openapi.utils")

SIGNERS = {"openapi-util": openapi.Client, "tea-openapi": tea_openapi.Utils}
pytestmark = pytest.mark.parametrize("signer", SIGNERS)


def query_of(draw: RandomRequests) -> dict[str, str]:
    """A query as the SDK flattens it: lists become ``Name.1``, ``Name.2``, mappings ``Name.Key``."""
    nested: dict[str, Any] = {draw.name(): draw.text() for _unused in range(draw.choice(0, 1, 2, 5))}
    if draw.chance(0.3):
        nested[draw.name()] = [draw.text(), {draw.name(): draw.text()}, draw.text()]
    flat: dict[str, str] = openapi.Client.query(nested)
    return flat


def body_of(draw: RandomRequests) -> tuple[str | None, bytes]:
    """Content type and bytes of a body, serialized by the SDK."""
    kind = draw.choice("application/json; charset=utf-8", "application/x-www-form-urlencoded", None)
    if kind is None:
        return None, b""
    serialize = tea_util.Client.to_jsonstring if "json" in kind else openapi.Client.to_form
    return kind, serialize(draw.body()).encode()


def sdk_authorization(
    signer: str, method: str, path: str, query: dict[str, str], headers: dict[str, str], given: Any
) -> str:
    """What the SDK's signer makes of these parts."""
    request = tea_request.TeaRequest()
    request.method, request.pathname, request.query, request.headers = method, path, query, headers
    authorization: str = SIGNERS[signer].get_authorization(
        request,
        acs3.ALGORITHM,
        headers["x-acs-content-sha256"],
        given["access_key_id"],
        given["access_key_secret"],
    )
    return authorization


def credential(draw: RandomRequests) -> dict[str, Any]:
    return {
        "access_key_id": draw.key(),
        "access_key_secret": draw.key(),
        "security_token": draw.token() if draw.chance(0.5) else None,
    }


def test_our_canonical_form_is_the_sdks_with_every_header_it_signs(signer: str) -> None:
    """The SDK signs User-Agent, Accept and what else there is: compared with the pure functions on its own set."""
    draw = RandomRequests(20231026)
    for _unused in range(NUMBER):
        given, query, path = credential(draw), query_of(draw), draw.path()
        content_type, body = body_of(draw)
        headers = {
            "host": draw.host(),
            "x-acs-version": "2024-09-10",
            "x-acs-action": draw.name(),
            "user-agent": "AlibabaCloud (linux; x86_64) Python/3 " + draw.choice("", "\u8bc1\u4e66", "  padded  "),
            "accept": "application/json",
            "x-acs-date": acs3.format_date(datetime.fromtimestamp(draw.timestamp(), tz=UTC)),
            "x-acs-signature-nonce": draw.key(),
            "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        }
        if content_type:
            headers["content-type"] = content_type
        if given["security_token"]:
            headers |= {"x-acs-accesskey-id": given["access_key_id"], "x-acs-security-token": given["security_token"]}
        if draw.chance(0.2):
            headers |= {"x-acs-twice": draw.text(), "X-Acs-Twice": draw.text()}
        method = draw.choice("GET", "POST", "PUT", "DELETE")
        theirs = sdk_authorization(signer, method, path, query, headers, given)
        names = theirs.partition("SignedHeaders=")[2].partition(",")[0].split(";")
        assert set(names) == {name.lower() for name in headers}
        # The same query as another library would write it: in another order and with "+" for a space.
        url = requests.Request("GET", f"https://host.example{path}", params=draw.shuffled(list(query.items())))
        sent_path, _mark, sent_query = url.prepare().path_url.partition("?")
        canonical = acs3.canonical_request(
            method=method,
            path=sent_path,
            query=sent_query,
            headers=headers,
            signed_headers=names,
            payload_hash=hashlib.sha256(body).hexdigest(),
        )
        signature = acs3.signature(access_key_secret=given["access_key_secret"], canonical=canonical)
        assert theirs.endswith(f"Signature={signature}"), (path, query)


def test_our_signature_of_a_request_is_the_sdks(signer: str) -> None:
    """With the headers that we sign, the SDK's signer gives our whole Authorization."""
    draw = RandomRequests(20231027)
    for _unused in range(NUMBER):
        given, query, path = credential(draw), query_of(draw), draw.path()
        content_type, body = body_of(draw)
        headers = {"x-acs-action": draw.name(), "x-acs-version": "2016-04-28", "User-Agent": draw.name()}
        if content_type:
            headers["Content-Type"] = content_type
        ours = requests.Request(
            draw.choice("GET", "POST"),
            f"https://{draw.host()}{path}",
            params=draw.shuffled(list(query.items())),
            headers=dict(draw.shuffled(list(headers.items()))),
            data=draw.choice(body, body.decode()),
            auth=acs3.Acs3Auth(**given, timestamp=datetime.fromtimestamp(draw.timestamp(), tz=UTC), nonce=draw.key()),
        ).prepare()
        signed = {
            name: value
            for name, value in ours.headers.items()
            if name.lower() in ("host", "content-type") or name.lower().startswith("x-acs-")
        }
        assert ours.headers["x-acs-content-sha256"] == hashlib.sha256(body).hexdigest()
        assert ours.headers["Authorization"] == sdk_authorization(signer, str(ours.method), path, query, signed, given)
