# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""SDK-HMAC-SHA256, the request signature of Huawei Cloud with an access key.

Facts: ``huaweicloudsdkcore/signer/signer.py`` of the official Python SDK.
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

ALGORITHM = "SDK-HMAC-SHA256"


def canonical_path(path: str) -> str:
    """Return the path that is signed: strictly encoded, and ending in a slash although the one on the wire does not.

    An encoded slash is signed as a slash: the official signer decodes the whole path before it splits it.
    """
    encoded = "/".join(prepared.encode(segment) for segment in unquote_to_bytes(path).split(b"/"))
    return encoded if encoded.endswith("/") else encoded + "/"


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


def format_date(timestamp: datetime) -> str:
    """Return an aware time as X-Sdk-Date wants it: ``YYYYMMDDTHHMMSSZ``, UTC.

    :raises ValueError: the time has no zone.
    """
    return prepared.utc(timestamp, "%Y%m%dT%H%M%SZ")


def string_to_sign(*, timestamp: datetime, canonical: str) -> str:
    """Return the text whose HMAC is the signature."""
    return "\n".join([ALGORITHM, format_date(timestamp), hashlib.sha256(canonical.encode("utf-8")).hexdigest()])


def signature(*, secret_key: str, timestamp: datetime, canonical: str) -> str:
    """Return the signature of a canonical request in lower-case hex. The secret key is used as it is."""
    text = string_to_sign(timestamp=timestamp, canonical=canonical)
    return prepared.keyed_hash(secret_key.encode("utf-8"), text).hex()


class SdkHmacAuth(prepared.AuthBase):
    """Sign one request to a service of Huawei Cloud.

    ``timestamp`` is an aware time; the service tolerates 15 minutes. ``project_id`` is None for calls that belong to no
    project (IAM). Sets Host, X-Sdk-Date, X-Project-Id, X-Security-Token and Authorization, puts the query string into
    its strict form, and signs those headers and the Content-Type, nothing that a proxy might rewrite.

    :raises TypeError: the body is a stream.
    """

    def __init__(
        self,
        *,
        access_key: str,
        secret_key: str,
        security_token: str | None,
        project_id: str | None,
        timestamp: datetime,
    ) -> None:
        self._access_key = access_key
        self._secret_key = secret_key
        self._security_token = security_token
        self._project_id = project_id
        self._timestamp = timestamp
        self._date = format_date(timestamp)

    def __repr__(self) -> str:
        return f"SdkHmacAuth(project_id={self._project_id!r}, timestamp={self._date!r})"

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        body = prepared.settle_body(r)
        prepared.settle_host(r)
        r.headers["X-Sdk-Date"] = self._date
        for name, value in (("X-Project-Id", self._project_id), ("X-Security-Token", self._security_token)):
            r.headers.pop(name, None)
            if value:
                r.headers[name] = value
        path, query = prepared.request_line(r)
        prepared.settle_target(r, path=path, query=prepared.canonical_query(query))
        headers = prepared.header_values(r)
        signable = ("content-type", "host", "x-project-id", "x-sdk-date", "x-security-token")
        signed_headers = [name for name in signable if name in headers]
        canonical = canonical_request(
            method=(r.method or "").upper(),
            path=path,
            query=query,
            headers=headers,
            signed_headers=signed_headers,
            payload_hash=hashlib.sha256(body).hexdigest(),
        )
        r.headers["Authorization"] = "{} Access={}, SignedHeaders={}, Signature={}".format(
            ALGORITHM,
            self._access_key,
            ";".join(signed_headers),
            signature(secret_key=self._secret_key, timestamp=self._timestamp, canonical=canonical),
        )
        return r
