# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SDK-HMAC-SHA256 from the server's side: the signature is computed again from the request as it came over the wire.

Rules: https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-0001.html and the vendor's own signers.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

from .huawei_errors import Refused, refused
from .world import Credential, Request, World

ALGORITHM = "SDK-HMAC-SHA256"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
TOLERANCE = timedelta(minutes=15)
LOCKED_SECONDS = 300
FAILURES_ALLOWED = 5
# Whatever of these is sent has to be signed: each decides on whose behalf the request acts, or what is signed.
MUST_BE_SIGNED_IF_SENT = ("x-project-id", "x-domain-id", "x-security-token", "x-sdk-content-sha256")
_AUTHORIZATION = re.compile(
    r"SDK-HMAC-SHA256 Access=(?P<access>[^,\s]+), ?SignedHeaders=(?P<headers>[^,\s]+), ?"
    r"Signature=(?P<signature>[0-9a-f]+)"
)


@dataclass(frozen=True)
class _Claim:
    access: str
    signed_headers: tuple[str, ...]
    signature: str


@dataclass
class _Failures:
    count: int = 0
    locked_until: datetime | None = None


class SignatureVerifier:
    """Says whose request it is, or raises ``Refused``. Locks a key after more than five failures in a row."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._failures: dict[str, _Failures] = {}

    def verify(self, request: Request) -> Credential:
        claim = _claim(request.headers.get("Authorization", ""))
        self._check_lock(claim.access)
        try:
            credential = self._checked(claim, request)
        except Refused:
            self._count_failure(claim.access)
            raise
        self._failures.pop(claim.access, None)
        return credential

    def locked(self) -> dict[str, str]:
        """Locked access keys and when they open again."""
        return {
            access: failures.locked_until.isoformat()
            for access, failures in self._failures.items()
            if failures.locked_until and failures.locked_until > self._world.now()
        }

    def unlock(self) -> list[str]:
        """Opens all locked access keys and forgets failures; says which were locked."""
        opened = sorted(self.locked())
        self._failures.clear()
        return opened

    def _checked(self, claim: _Claim, request: Request) -> Credential:
        credential = self._world.accounts.find("huawei", claim.access)
        if credential is None:
            raise unauthenticated(f"Get secretKey failed,ak:{claim.access},err:ak not exist")
        self._check_headers(claim, request)
        self._check_date(request)
        self._check_security_token(credential, request)
        expected = [
            signature(credential.secret, _header(request, "x-sdk-date"), text)
            for text in canonical_requests(request, claim.signed_headers)
        ]
        if not any(hmac.compare_digest(claim.signature, one) for one in expected):
            # The real gateway echoes its canonical request, header values included.
            echo = canonical_requests(request, claim.signed_headers)[0].replace("\n", "|")
            raise unauthenticated(f"verify aksk signature fail, canonicalRequest:{echo}")
        return credential

    def _check_headers(self, claim: _Claim, request: Request) -> None:
        for name in ("host", "x-sdk-date"):
            if name not in claim.signed_headers:
                raise unauthenticated(f"{name} must be signed")
        for name in claim.signed_headers:
            if name not in request.headers:
                raise unauthenticated(f"signed header {name} not found")
        for name in MUST_BE_SIGNED_IF_SENT:
            if name in request.headers and name not in claim.signed_headers:
                raise unauthenticated(f"{name} must be signed")

    def _check_date(self, request: Request) -> None:
        text = _header(request, "x-sdk-date")
        try:
            date = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        except ValueError:
            raise unauthenticated(f"signature date format error,signature date:{text}") from None
        if abs(self._world.clock.signature_now() - date) > TOLERANCE:
            raise unauthenticated(f"signature expired,signature date:{text}")

    def _check_security_token(self, credential: Credential, request: Request) -> None:
        token = request.headers.get("X-Security-Token")
        if credential.token != token:
            raise unauthenticated("the security token does not belong to the ak")
        if credential.expires is not None and credential.expires <= self._world.now():
            raise unauthenticated("the security token has expired")

    def _check_lock(self, access: str) -> None:
        failures = self._failures.get(access)
        if failures is None or failures.locked_until is None:
            return
        if failures.locked_until > self._world.now():
            raise unauthenticated("AK access failed to reach the limit,forbidden.")
        del self._failures[access]

    def _count_failure(self, access: str) -> None:
        failures = self._failures.setdefault(access, _Failures())
        failures.count += 1
        if failures.count > FAILURES_ALLOWED:
            failures.locked_until = self._world.now() + timedelta(seconds=self._world.lag(LOCKED_SECONDS))


def unauthenticated(text: str) -> Refused:
    return refused("APIGW.0301", f": {text}")


def signature(secret: str, date: str, canonical_request: str) -> str:
    """Hex. The secret itself is the key: no derivation from date or region."""
    to_sign = f"{ALGORITHM}\n{date}\n{hashlib.sha256(canonical_request.encode()).hexdigest()}"
    return hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()


def canonical_requests(request: Request, signed_headers: tuple[str, ...]) -> list[str]:
    """What may have been signed: with an empty body the vendor's signers disagree about the payload's hash."""
    head = "\n".join(
        [
            request.method.upper(),
            _canonical_path(request.path),
            _canonical_query(request.query_string),
            *(f"{name}:{_header(request, name)}" for name in signed_headers),
            "",
            ";".join(signed_headers),
            "",
        ]
    )
    return [head + payload for payload in _payload_hashes(request)]


def _claim(authorization: str) -> _Claim:
    match = _AUTHORIZATION.fullmatch(authorization)
    if match is None:
        raise unauthenticated("authorization header format error")
    names = tuple(match["headers"].split(";"))
    if list(names) != sorted({name.lower() for name in names}):
        raise unauthenticated("SignedHeaders must be lower case, sorted and unique")
    return _Claim(match["access"], names, match["signature"])


def _canonical_path(path: str) -> str:
    """Decoded, each segment encoded again; ends in a slash that was not sent."""
    encoded = "/".join(quote(segment, safe="~") for segment in unquote(path).split("/"))
    return encoded if encoded.endswith("/") else encoded + "/"


def _canonical_query(query_string: str) -> str:
    pairs = []
    for part in query_string.split("&"):
        if part:
            name, _unused, value = part.partition("=")
            pairs.append((_decoded(name), _decoded(value)))
    return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(pairs))


def _decoded(text: str) -> str:
    return unquote(text.replace("+", " "))


def _header(request: Request, name: str) -> str:
    """The trimmed value. Bytes beyond ASCII are UTF-8 on the wire, while HTTP servers read them as Latin-1."""
    value = ",".join(one.strip() for one in request.headers.getlist(name))
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _payload_hashes(request: Request) -> list[str]:
    computed = hashlib.sha256(request.body).hexdigest()
    declared = request.headers.get("X-Sdk-Content-Sha256")
    if declared is None:
        return [computed]
    if declared not in (computed, UNSIGNED_PAYLOAD):
        raise unauthenticated("the body does not fit X-Sdk-Content-Sha256")
    if declared == UNSIGNED_PAYLOAD and request.headers.get("Content-Type", "").startswith("application/json"):
        raise unauthenticated("a JSON body must be signed")
    return [declared] if request.body else [declared, computed]
