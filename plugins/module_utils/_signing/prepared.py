# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""What a prepared request puts on the wire, and the pieces of canonical form that the three clouds share.

The signers sign what is sent. Where the form on the wire is open to more than one reading (``+`` in a query string, a
body given as text), they first settle it on the request itself, then sign it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_to_bytes, urlsplit, urlunsplit

if TYPE_CHECKING:
    from requests import PreparedRequest
    from requests.auth import AuthBase
else:
    try:
        from requests.auth import AuthBase
    except ImportError:  # reported by the transport, which cannot work without it either
        AuthBase = object

__all__ = [
    "AuthBase",
    "canonical_headers",
    "canonical_query",
    "canonical_request",
    "encode",
    "header_values",
    "keyed_hash",
    "request_line",
    "settle_body",
    "settle_host",
    "settle_target",
    "utc",
]

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def encode(raw: bytes) -> str:
    """Percent-encode everything but the unreserved characters of RFC 3986 (``A-Z a-z 0-9 - _ . ~``)."""
    return quote(raw, safe="~")


def canonical_query(query: str) -> str:
    """Return a query string as it was sent, decoded, sorted by name then value, and strictly encoded again.

    ``+`` is read as a space, as every server of the three clouds and ``requests`` itself do; a name without ``=`` gets
    one; repeated names are kept. Bytes that are not UTF-8 pass unharmed.
    """
    pairs = []
    for field in query.split("&"):
        if field:
            name, _equals, value = field.replace("+", "%20").partition("=")
            pairs.append((unquote_to_bytes(name), unquote_to_bytes(value)))
    return "&".join(f"{encode(name)}={encode(value)}" for name, value in sorted(pairs))


def canonical_headers(headers: Mapping[str, str], names: Iterable[str]) -> str:
    """Return the named headers (lower-case names), one ``name:value`` line each, in the order given.

    Values are trimmed; the values of names that differ only in case are sorted and joined with a comma.

    :raises KeyError: a header that is to be signed is not there.
    """
    values: dict[str, list[str]] = {}
    for name, value in headers.items():
        values.setdefault(name.lower(), []).append(value.strip())
    return "".join("{}:{}\n".format(name, ",".join(sorted(values[name]))) for name in names)


def canonical_request(
    *, method: str, path: str, query: str, headers: Mapping[str, str], signed_headers: Iterable[str], payload_hash: str
) -> str:
    """Return the canonical request of path, query and header values that have the cloud's canonical form already.

    :raises KeyError: a header that is to be signed is not there.
    """
    names = sorted(signed_headers)
    return "\n".join([method, path, query, canonical_headers(headers, names), ";".join(names), payload_hash])


def keyed_hash(key: bytes, text: str) -> bytes:
    """Return the HMAC-SHA256 of a text."""
    return hmac.new(key, text.encode("utf-8"), hashlib.sha256).digest()


def utc(timestamp: datetime, form: str) -> str:
    """Return an aware time in UTC, in a form of ``strftime``.

    :raises ValueError: the time has no zone.
    """
    if timestamp.tzinfo is None:
        raise ValueError("The time of a signature needs a time zone")
    return timestamp.astimezone(timezone.utc).strftime(form)


def header_values(request: PreparedRequest) -> dict[str, str]:
    """Return the headers of a request with lower-case names and text values (``requests`` allows bytes)."""
    raw: Mapping[str, Any] = request.headers
    return {name.lower(): value.decode("latin-1") if isinstance(value, bytes) else value for name, value in raw.items()}


def settle_body(request: PreparedRequest) -> bytes:
    """Return the bytes of the body, after making a text body bytes: older urllib3 would send it in another encoding.

    :raises TypeError: the body is a stream; it cannot be hashed without consuming it.
    """
    body: object = request.body
    if body is None:
        return b""
    if isinstance(body, str):
        encoded = body.encode("utf-8")
        request.body = encoded
        request.prepare_content_length(encoded)
        return encoded
    if isinstance(body, (bytes, bytearray)):
        return bytes(body)
    raise TypeError("Only a request whose body is in memory can be signed")


def settle_host(request: PreparedRequest) -> None:
    """Set the Host header to what the HTTP library would send: no user, no default port. One that is set stays."""
    if "Host" not in request.headers:
        parts = urlsplit(request.url or "")
        host = parts.netloc.rpartition("@")[2]
        default_port = _DEFAULT_PORTS.get(parts.scheme, "")
        if default_port and host.endswith(default_port):
            host = host[: -len(default_port)]
        request.headers["Host"] = host


def request_line(request: PreparedRequest) -> tuple[str, str]:
    """Return path and query as the request line carries them (encoded, without the question mark).

    Leading slashes are made one first: some releases of ``requests`` do that while sending, after the signature.
    """
    parts = urlsplit(request.url or "")
    path = "/" + parts.path.lstrip("/")
    settle_target(request, path=path, query=parts.query)
    return path, parts.query


def settle_target(request: PreparedRequest, *, path: str, query: str) -> None:
    """Make path and query of a request exactly these, both encoded already."""
    parts = urlsplit(request.url or "")
    request.url = urlunsplit((parts.scheme, parts.netloc, path, query, ""))
