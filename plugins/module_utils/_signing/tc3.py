# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""TC3-HMAC-SHA256, the request signature of Tencent Cloud.

Facts: https://www.tencentcloud.com/document/product/1123/67527 and ``common/abstract_client.py`` of the official
Python SDK.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from ansible_collections.cncloud.certificates.plugins.module_utils._signing import prepared

if TYPE_CHECKING:
    from requests import PreparedRequest

ALGORITHM = "TC3-HMAC-SHA256"
SIGNED_HEADERS = ("content-type", "host")


def canonical_request(
    *, method: str, path: str, query: str, headers: Mapping[str, str], signed_headers: Sequence[str], payload_hash: str
) -> str:
    """Return the canonical request: the query as it is sent, header values in lower case, names sorted.

    :raises KeyError: a header that is to be signed is not there.
    """
    return prepared.canonical_request(
        method=method,
        path=path,
        query=query,
        headers={name: value.lower() for name, value in headers.items()},
        signed_headers=signed_headers,
        payload_hash=payload_hash,
    )


def credential_scope(*, timestamp: int, service: str) -> str:
    """Return ``YYYY-MM-DD/service/tc3_request`` for seconds since 1970. The date is that of UTC everywhere."""
    return f"{_date(timestamp)}/{service}/tc3_request"


def string_to_sign(*, timestamp: int, service: str, canonical: str) -> str:
    """Return the text whose HMAC is the signature."""
    digest = hashlib.sha256(canonical.encode("utf-8")).hexdigest()
    return "\n".join([ALGORITHM, str(timestamp), credential_scope(timestamp=timestamp, service=service), digest])


def derived_keys(*, secret_key: str, timestamp: int, service: str) -> tuple[bytes, bytes, bytes]:
    """Return the key of the date, the key of the service and the signing key, each derived from the one before."""
    date_key = prepared.keyed_hash(("TC3" + secret_key).encode("utf-8"), _date(timestamp))
    service_key = prepared.keyed_hash(date_key, service)
    return date_key, service_key, prepared.keyed_hash(service_key, "tc3_request")


def signature(*, secret_key: str, timestamp: int, service: str, canonical: str) -> str:
    """Return the signature of a canonical request in lower-case hex."""
    signing_key = derived_keys(secret_key=secret_key, timestamp=timestamp, service=service)[2]
    return prepared.keyed_hash(
        signing_key, string_to_sign(timestamp=timestamp, service=service, canonical=canonical)
    ).hex()


def _date(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, tz=timezone.utc).strftime("%Y-%m-%d")


class Tc3Auth(prepared.AuthBase):
    """Sign one request to a service of Tencent Cloud.

    ``timestamp`` is in seconds since 1970; more than 5 minutes off, the service answers AuthFailure.SignatureExpire.
    ``service`` is the first label of the service's own host name (``ssl``, ``dnspod``), whatever the URL says.
    Sets Host, X-TC-Timestamp, X-TC-Token and Authorization, and Content-Type if the caller did not.

    :raises TypeError: the body is a stream.
    """

    def __init__(self, *, secret_id: str, secret_key: str, token: str | None, service: str, timestamp: int) -> None:
        self._secret_id = secret_id
        self._secret_key = secret_key
        self._token = token
        self._service = service
        self._timestamp = timestamp

    def __repr__(self) -> str:
        return f"Tc3Auth(service={self._service!r}, timestamp={self._timestamp!r})"

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        body = prepared.settle_body(r)
        prepared.settle_host(r)
        method = (r.method or "").upper()
        if "Content-Type" not in r.headers:
            # The service requires one in the signature; these are what it expects of each method.
            r.headers["Content-Type"] = "application/x-www-form-urlencoded" if method == "GET" else "application/json"
        r.headers["X-TC-Timestamp"] = str(self._timestamp)
        r.headers.pop("X-TC-Token", None)
        if self._token:
            r.headers["X-TC-Token"] = self._token
        path, query = prepared.request_line(r)
        canonical = canonical_request(
            method=method,
            path=path,
            query=query,
            headers=prepared.header_values(r),
            signed_headers=SIGNED_HEADERS,
            payload_hash=hashlib.sha256(body).hexdigest(),
        )
        r.headers["Authorization"] = "{} Credential={}/{}, SignedHeaders={}, Signature={}".format(
            ALGORITHM,
            self._secret_id,
            credential_scope(timestamp=self._timestamp, service=self._service),
            ";".join(SIGNED_HEADERS),
            signature(
                secret_key=self._secret_key, timestamp=self._timestamp, service=self._service, canonical=canonical
            ),
        )
        return r
