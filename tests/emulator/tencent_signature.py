# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verifies TC3-HMAC-SHA256 on the raw request.

Written from the vendor's description of Signature v3 alone, so that it can prove the collection's signer.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from .world import Credential, Request, World

_SCHEME = re.compile(
    r"TC3-HMAC-SHA256 Credential=(?P<id>[^/, ]+)/(?P<date>\d{4}-\d\d-\d\d)/(?P<service>[a-z0-9]+)/tc3_request, ?"
    r"SignedHeaders=(?P<headers>[a-z0-9;-]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)
_UNSIGNED = "UNSIGNED-PAYLOAD"
_MAX_SKEW = 300


class AuthFailure(Exception):
    """``code`` is the vendor's. The message, like the vendor's, does not echo what was computed."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Scope:
    """The parts of an Authorization header."""

    key_id: str
    date: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str


def parse(authorization: str) -> Scope | None:
    found = _SCHEME.fullmatch(authorization.strip())
    if found is None:
        return None
    return Scope(found["id"], found["date"], found["service"], tuple(found["headers"].split(";")), found["signature"])


def verify(world: World, request: Request, service: str) -> Credential:
    """The credential that signed the request. Raises AuthFailure."""
    scope = parse(request.headers.get("Authorization", ""))
    if scope is None:
        raise AuthFailure("AuthFailure.InvalidAuthorization", "The Authorization header does not meet the standard.")
    timestamp = _timestamp(world, request)
    credential = world.accounts.find("tencent", scope.key_id)
    if credential is None:
        raise AuthFailure(
            "AuthFailure.SecretIdNotFound", "The SecretId is not found, please ensure that it is correct."
        )
    _check_token(world, request, credential)
    mismatch = AuthFailure(
        "AuthFailure.SignatureFailure", "The provided credentials could not be validated. Please check your signature."
    )
    if scope.date != datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d") or scope.service != service:
        raise mismatch
    if not {"content-type", "host"} <= set(scope.signed_headers):
        raise mismatch
    if not hmac.compare_digest(signature(request, scope, timestamp, credential.secret), scope.signature):
        raise mismatch
    return credential


def signature(request: Request, scope: Scope, timestamp: int, secret: str) -> str:
    """What the signature must be."""
    names = sorted(scope.signed_headers)
    lines = "".join(f"{name}:{request.headers.get(name, '').strip().lower()}\n" for name in names)
    unsigned = request.headers.get("X-TC-Content-SHA256") == _UNSIGNED
    payload = hashlib.sha256(_UNSIGNED.encode() if unsigned else request.body).hexdigest()
    query = request.query_string if request.method == "GET" else ""
    canonical = "\n".join([request.method, "/", query, lines, ";".join(names), payload])
    to_sign = "\n".join(
        [
            "TC3-HMAC-SHA256",
            str(timestamp),
            f"{scope.date}/{scope.service}/tc3_request",
            hashlib.sha256(canonical.encode()).hexdigest(),
        ]
    )
    key = ("TC3" + secret).encode()
    for part in (scope.date, scope.service, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()


def _timestamp(world: World, request: Request) -> int:
    text = request.headers.get("X-TC-Timestamp", "")
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise AuthFailure("InvalidParameter", "X-TC-Timestamp must be a number of seconds.")
    if abs(world.clock.signature_now().timestamp() - int(text)) > _MAX_SKEW:
        raise AuthFailure("AuthFailure.SignatureExpire", "Signature expired: the difference exceeds five minutes.")
    return int(text)


def _check_token(world: World, request: Request, credential: Credential) -> None:
    token = request.headers.get("X-TC-Token", "")
    expired = credential.expires is not None and credential.expires <= world.clock.signature_now()
    if expired or token != (credential.token or ""):
        raise AuthFailure("AuthFailure.TokenFailure", "The token is invalid or has expired.")
