# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verifies ACS3-HMAC-SHA256 on the raw request.

Written from the vendor's description of Signature V3 alone, so that it can prove the collection's signer.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from .aliyun_operation import AliyunError
from .world import Credential, Request, World

_SCHEME = re.compile(
    r"ACS3-HMAC-SHA256 Credential=(?P<id>[^,\s]+),"
    r"SignedHeaders=(?P<headers>[a-z0-9;_-]+),Signature=(?P<signature>[0-9a-f]{64})"
)
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_MAX_SKEW = timedelta(minutes=15)
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")
_NEEDED = ("host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256")


@dataclass(frozen=True)
class Scope:
    """The parts of an Authorization header."""

    key_id: str
    signed_headers: tuple[str, ...]
    signature: str


def parse(authorization: str) -> Scope | None:
    found = _SCHEME.fullmatch(authorization)
    return Scope(found["id"], tuple(found["headers"].split(";")), found["signature"]) if found else None


class Verifier:
    """Remembers the nonces that were used within the time in which a date is accepted."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._used: dict[tuple[str, str], datetime] = {}

    def verify(self, request: Request) -> Credential:
        """The credential that signed the request. Raises AliyunError."""
        scope = parse(request.headers.get("Authorization", ""))
        if scope is None:
            raise AliyunError("IncompleteSignature", "The request signature does not conform to Aliyun standards.")
        self._check_headers(request, scope)
        self._check_date(request.headers.get("x-acs-date", ""))
        credential = self._credential(request, scope)
        canonical = canonical_request(request, scope.signed_headers)
        to_sign = string_to_sign(canonical)
        body_hash = hashlib.sha256(request.body).hexdigest()
        if request.headers.get("x-acs-content-sha256") != body_hash or not hmac.compare_digest(
            sign(to_sign, credential.secret), scope.signature
        ):
            raise AliyunError(
                "SignatureDoesNotMatch",
                "Specified signature is not matched with our calculation. "
                f"server string to sign is:{to_sign} server canonical request is:{canonical}",
            )
        self._use(scope.key_id, request.headers.get("x-acs-signature-nonce", ""))
        return credential

    def _check_headers(self, request: Request, scope: Scope) -> None:
        for name in _NEEDED:
            if not request.headers.get(name):
                raise AliyunError("MissingParameter", f"The input parameter {name} is mandatory for this request.")
        must = {
            "host",
            *(name.lower() for name, _unused in request.headers.items() if name.lower().startswith("x-acs-")),
        }
        if request.body:
            must.add("content-type")
        if must - set(scope.signed_headers):
            raise AliyunError(
                "IncompleteSignature", f"SignedHeaders lacks {', '.join(sorted(must - set(scope.signed_headers)))}."
            )

    def _check_date(self, text: str) -> None:
        if not _DATE.fullmatch(text):
            raise AliyunError("InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.")
        try:
            moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError as error:
            raise AliyunError("InvalidTimeStamp.Format", "Specified time stamp or date is no date.") from error
        if abs(self._world.clock.signature_now() - moment) > _MAX_SKEW:
            raise AliyunError("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")

    def _credential(self, request: Request, scope: Scope) -> Credential:
        credential = self._world.accounts.find("aliyun", scope.key_id)
        if credential is None:
            raise AliyunError("InvalidAccessKeyId.NotFound", "Specified access key is not found.", status=404)
        if credential.details.get("inactive"):
            raise AliyunError("InvalidAccessKeyId.Inactive", "Specified access key is disabled.")
        token = request.headers.get("x-acs-security-token", "")
        if credential.token and not token:
            raise AliyunError("MissingParameter", "The input parameter SecurityToken is mandatory for this request.")
        if token and token != credential.token:
            raise AliyunError(
                "InvalidSecurityToken.MismatchWithAccessKey", "The token does not belong to the access key."
            )
        if credential.expires is not None and credential.expires <= self._world.clock.signature_now():
            raise AliyunError("InvalidSecurityToken.Expired", "Specified SecurityToken is expired.")
        return credential

    def _use(self, key_id: str, nonce: str) -> None:
        now = self._world.clock.signature_now()
        self._used = {used: moment for used, moment in self._used.items() if now - moment < 2 * _MAX_SKEW}
        if (key_id, nonce) in self._used:
            raise AliyunError("SignatureNonceUsed", "Specified signature nonce was used already.")
        self._used[key_id, nonce] = now


def canonical_request(request: Request, signed_headers: tuple[str, ...]) -> str:
    names = sorted(signed_headers)
    lines = [f"{name}:{','.join(sorted(value.strip() for value in request.headers.getlist(name)))}\n" for name in names]
    pairs = parse_qsl(request.query_string, keep_blank_values=True)
    query = "&".join(
        f"{name}={value}" for name, value in sorted((encode(name), encode(value)) for name, value in pairs)
    )
    body_hash = hashlib.sha256(request.body).hexdigest()
    return "\n".join([request.method.upper(), request.path or "/", query, "".join(lines), ";".join(names), body_hash])


def string_to_sign(canonical: str) -> str:
    return f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"


def sign(text: str, secret: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def encode(text: str) -> str:
    """RFC 3986: all but letters, digits and ``-_.~`` as bytes of UTF-8."""
    return "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in text.encode())
