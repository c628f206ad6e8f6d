# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The files of chains that are downloaded from signed, short-lived addresses.

An address is a secret as long as it lives: neither it nor its query is in any message. An http address is tried as
https first. Facts: the addresses are http(s), client.crt and ca.crt are PEM, trustCa is a Java trust store.
"""

from __future__ import annotations

import dataclasses
from urllib.parse import SplitResult, urlsplit

from ansible_collections.cncloud.certificates.plugins.module_utils import _x509
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    NetworkFailure,
    ProtocolFailure,
    Ran,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._http import (
    Call,
    HttpOptions,
    Replay,
    Reply,
    Transport,
)

MAX_DOWNLOAD = 1024 * 1024
"""Bytes."""
CLIENT_FILE, CA_FILE, TRUST_CA_FILE = "client.crt", "ca.crt", "trustCa"

_TRUST_STORES = (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce", b"\x30\x80", b"\x30\x81", b"\x30\x82", b"\x30\x83")
"""How a JKS, a JCEKS and a PKCS#12 (a DER sequence) begin."""


class Downloads:
    """Fetches what the service has signed an address for. `api` is the base URL of the service's own calls."""

    def __init__(self, *, options: HttpOptions, context: Context, api: str, allow_plain: bool) -> None:
        # No key is sent, so that none can be refused.
        self._patient = Transport(options=options, context=context, identity="downloads", source="no key")
        self._brief = Transport(
            options=dataclasses.replace(options, retries=0), context=context, identity="downloads", source="no key"
        )
        self._api = urlsplit(api)
        self._allow_plain = allow_plain

    def fetch(self, url: str, *, what: str) -> bytes | None:
        """What is at the address, 1 MiB at most. None: nothing is there yet.

        :raises CertificatesError: names `what`, and nothing of the address but its host.
        """
        try:
            return self._fetched(url, what=what)
        except CertificatesError as error:
            error.message = f"The download of {what} failed: {error.message}"
            raise

    def _fetched(self, url: str, *, what: str) -> bytes | None:
        parts = _parsed(url)
        if parts.scheme == "https" or (parts.scheme, parts.netloc) == (self._api.scheme, self._api.netloc):
            return self._get(self._patient, url, what=what)
        try:
            return self._get(self._brief, f"https{url[4:]}", what=what)
        except NetworkFailure as error:
            if parts.hostname != self._api.hostname and not self._allow_plain:
                error.message = f"The address is plain http on {parts.hostname}, and https failed: {error.message}"
                error.hint = "allow_plain_download: true takes it as it is; what comes is checked against the key."
                raise
        return self._get(self._patient, url, what=what)

    def _get(self, transport: Transport, url: str, *, what: str) -> bytes | None:
        call = Call(
            operation=what,
            method="GET",
            url=url,
            replay=Replay.READ,
            headers={"Accept": "*/*"},
            max_answer=MAX_DOWNLOAD,
        )
        reply = transport.send(call, auth=lambda: None, judge=_judge)
        return None if reply.status == 404 else reply.body


def _parsed(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.username is None and parts.port != 0
    except ValueError:
        parts, sound = urlsplit(""), False
    if not sound or not url.isascii() or not url.isprintable():
        raise ProtocolFailure("the service named an address that is no http(s) URL.", ran=Ran.UNKNOWN)
    return parts


def _judge(reply: Reply) -> CertificatesError | None:
    if reply.status in (200, 404):
        return None
    hint = "The address was signed for a short time; run again." if reply.status in (400, 401, 403) else None
    return ProtocolFailure(
        f"it was answered with HTTP status {reply.status}.",
        http_status=reply.status,
        retryable=reply.status >= 500 or reply.status == 429,
        ran=Ran.UNKNOWN,
        hint=hint,
    )


# --- what they must be -------------------------------------------------------------------------------------


def certificates_in(content: bytes, *, what: str) -> tuple[_x509.ParsedCertificate, ...]:
    """The certificates of a download.

    :raises ProtocolFailure: it is something else, a page for people for example.
    """
    if content.lstrip()[:1] == b"<":
        raise ProtocolFailure(f"The download {what} is a page (HTML or XML), no certificate.", ran=Ran.UNKNOWN)
    if b"PRIVATE KEY-----" in content:
        raise ProtocolFailure(f"The download {what} holds a private key, which it must not.", ran=Ran.UNKNOWN)
    return _x509.read_certificates(content, what=f"the download {what}", error=ProtocolFailure)


def trust_store_in(content: bytes, *, what: str) -> bytes:
    """A Java trust store, told by how it begins.

    :raises ProtocolFailure: it is something else.
    """
    if not content.startswith(_TRUST_STORES):
        raise ProtocolFailure(f"The download {what} is no Java trust store (JKS or PKCS#12).", ran=Ran.UNKNOWN)
    return content
