# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""ACS3-HMAC-SHA256, the request signature of Alibaba Cloud (version 3, for RPC and ROA style).

Facts: https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature and ``utils.py`` of the
official ``alibabacloud-tea-openapi``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from ansible_collections.cncloud.certificates.plugins.module_utils._signing import prepared

if TYPE_CHECKING:
    from requests import PreparedRequest

ALGORITHM = "ACS3-HMAC-SHA256"


def canonical_path(path: str) -> str:
    """Return a path with each segment strictly encoded; slashes between them and encoded ones in them stay."""
    return "/".join(prepared.encode(unquote_to_bytes(segment)) for segment in path.split("/")) or "/"


def canonical_request(
    *, method: str, path: str, query: str, headers: Mapping[str, str], signed_headers: Sequence[str], payload_hash: str
) -> str:
    """Return the canonical request of path and query as they are sent.

    :raises KeyError: a header that is to be signed is not there.
    """
    return prepared.canonical_request(
        method=method,
        path=canonical_path(path),
        query=prepared.canonical_query(query),
        headers=headers,
        signed_headers=signed_headers,
        payload_hash=payload_hash,
    )


def string_to_sign(*, canonical: str) -> str:
    """Return the text whose HMAC is the signature."""
    return "\n".join([ALGORITHM, hashlib.sha256(canonical.encode("utf-8")).hexdigest()])


def signature(*, access_key_secret: str, canonical: str) -> str:
    """Return the signature of a canonical request in lower-case hex. The secret is used as it is, without ``&``."""
    text = string_to_sign(canonical=canonical)
    return prepared.keyed_hash(access_key_secret.encode("utf-8"), text).hex()


def format_date(timestamp: datetime) -> str:
    """Return an aware time as x-acs-date wants it: ``YYYY-MM-DDTHH:MM:SSZ``, UTC.

    :raises ValueError: the time has no zone.
    """
    return prepared.utc(timestamp, "%Y-%m-%dT%H:%M:%SZ")


class Acs3Auth(prepared.AuthBase):
    """Sign one request to a service of Alibaba Cloud.

    ``timestamp`` is an aware time, ``nonce`` a text that no other request has. Sets Host, x-acs-date,
    x-acs-signature-nonce, x-acs-content-sha256, x-acs-security-token and Authorization, puts path and query string into
    their strict form, and signs Host, Content-Type and every x-acs-* header (x-acs-action and x-acs-version are the
    caller's).

    :raises TypeError: the body is a stream.
    """

    def __init__(
        self,
        *,
        access_key_id: str,
        access_key_secret: str,
        security_token: str | None,
        timestamp: datetime,
        nonce: str,
    ) -> None:
        self._access_key_id = access_key_id
        self._access_key_secret = access_key_secret
        self._security_token = security_token
        self._date = format_date(timestamp)
        self._nonce = nonce

    def __repr__(self) -> str:
        return f"Acs3Auth(timestamp={self._date!r})"

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        payload_hash = hashlib.sha256(prepared.settle_body(r)).hexdigest()
        prepared.settle_host(r)
        r.headers["x-acs-date"] = self._date
        r.headers["x-acs-signature-nonce"] = self._nonce
        r.headers["x-acs-content-sha256"] = payload_hash
        r.headers.pop("x-acs-security-token", None)
        if self._security_token:
            r.headers["x-acs-security-token"] = self._security_token
        path, query = prepared.request_line(r)
        prepared.settle_target(r, path=canonical_path(path), query=prepared.canonical_query(query))
        headers = prepared.header_values(r)
        signed_headers = sorted(
            name for name in headers if name in ("host", "content-type") or name.startswith("x-acs-")
        )
        canonical = canonical_request(
            method=(r.method or "").upper(),
            path=path,
            query=query,
            headers=headers,
            signed_headers=signed_headers,
            payload_hash=payload_hash,
        )
        r.headers["Authorization"] = "{} Credential={},SignedHeaders={},Signature={}".format(
            ALGORITHM,
            self._access_key_id,
            ";".join(signed_headers),
            signature(access_key_secret=self._access_key_secret, canonical=canonical),
        )
        return r
