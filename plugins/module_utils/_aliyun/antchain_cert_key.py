# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Private keys with a password, and signing requests: read, made, compared. Nothing here shows a key or a password.

The vendor's Java SDK wants the key as PKCS#8, encrypted with a password that the program that uses it knows too.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import typing as t
import zlib

from ansible_collections.cncloud.certificates.plugins.module_utils import _x509
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain import Subject
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    Invalid,
    LocalFailure,
)

KEY_BITS = 2048
"""Of a key that is made here: the size that the vendor's own instructions make."""
MAX_KEY = 64 * 1024
"""Bytes."""
MAX_ROUNDS, MAX_SCRYPT = 5_000_000, 2**17
"""Work that a file may ask for before it gives its key: rounds take seconds, scrypt a quarter of a GB of memory."""
NOT_A_KEY = "Give the path of a private key in PEM form, or move the file away."

MAX_DEPTH = 8
_SCRYPT = bytes.fromhex("060b2b06010401da47040b")
_LABELS = (*_x509.PRIVATE_KEY_LABELS, _x509.ENCRYPTED_KEY_LABEL)
_UNICODE = re.compile(r"\\u([0-9a-fA-F]{4})")


@dataclasses.dataclass(frozen=True)
class Csr:
    """A signing request whose own signature is right. `public_key_sha256` is over the SubjectPublicKeyInfo."""

    pem: str
    public_key_sha256: str


def public_key_of(pem: str | bytes, *, password: str | None, what: str) -> str:
    """The SHA-256 over the public half of a private key, with or without a password.

    :raises LocalFailure: it cannot be read, or not with this password.
    """
    from cryptography.hazmat.primitives import serialization

    content = pem.encode("utf-8") if isinstance(pem, str) else pem
    if len(content) > MAX_KEY:
        raise LocalFailure(f"{what} is longer than 64 KiB.", hint=NOT_A_KEY)
    _x509.require_cryptography()
    secret = None if password is None else password.encode("utf-8")
    _check_rounds(content, what=what)
    try:
        try:
            private = _x509.load_quickly(serialization.load_pem_private_key, content, secret)
        except TypeError:
            if secret is None:
                raise LocalFailure(
                    f"{what} is encrypted, and password is not given.", hint="Give the password that it has."
                ) from None
            private = _x509.load_quickly(serialization.load_pem_private_key, content)
        return _digest(_x509.public_half(private))
    except CertificatesError:
        raise
    except Exception as exc:  # the library raises a dozen classes; their texts are not used, they may quote the key
        with_password = " with the password given" if secret is not None else ""
        raise LocalFailure(
            f"{what} cannot be read{with_password} ({type(exc).__name__}).",
            hint="Either the password is not the one that it was made with, or the file is damaged.",
        ) from None


def _check_rounds(content: bytes, *, what: str) -> None:
    """:raises LocalFailure: the file asks for so much work that it can only be damaged or malicious."""
    for block in _x509.split_pem(content, what=what, error=LocalFailure):
        if block.label == _x509.ENCRYPTED_KEY_LABEL:
            most = MAX_SCRYPT if _SCRYPT in block.der[:256] else MAX_ROUNDS
            if any(number > most for number in _numbers(block.der)):
                raise LocalFailure(
                    f"{what} asks for more work to decrypt it than any tool does, and is not read.", hint=NOT_A_KEY
                )


def _numbers(der: bytes, *, depth: int = 0) -> t.Iterator[int]:
    """The whole numbers of a DER structure, as far as it is one; what is encrypted has none."""
    place = 0
    while depth < MAX_DEPTH and place + 2 <= len(der):
        tag, size, place = der[place], der[place + 1], place + 2
        if size & 0x80:
            digits = size & 0x7F
            size, place = int.from_bytes(der[place : place + digits], "big"), place + digits
        inner = der[place : place + size]
        if tag == 0x30:
            yield from _numbers(inner, depth=depth + 1)
        elif tag == 0x02:
            yield int.from_bytes(inner, "big")
        place += size


def make_key(*, password: str | None) -> str:
    """A new RSA key as PKCS#8, encrypted if there is a password."""
    _x509.require_cryptography()
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password is not None:
        encryption = serialization.BestAvailableEncryption(password.encode("utf-8"))
    private = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    encoded = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    return encoded.decode("ascii")


def make_csr(pem: str | bytes, *, password: str | None, subject: Subject) -> Csr:
    """A signing request of a key that `public_key_of` has read."""
    _x509.require_cryptography()
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.x509.oid import NameOID

    content = pem.encode("utf-8") if isinstance(pem, str) else pem
    try:
        private = _x509.load_quickly(
            serialization.load_pem_private_key, content, None if password is None else password.encode("utf-8")
        )
    except TypeError:  # a password was given, and the key has none
        private = _x509.load_quickly(serialization.load_pem_private_key, content)
    parts = (
        (NameOID.COUNTRY_NAME, subject.country),
        (NameOID.STATE_OR_PROVINCE_NAME, subject.state_or_province),
        (NameOID.LOCALITY_NAME, subject.locality),
        (NameOID.ORGANIZATION_NAME, subject.organization),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, subject.organizational_unit),
        (NameOID.COMMON_NAME, subject.common_name),
    )
    try:
        name = x509.Name([x509.NameAttribute(oid, text) for oid, text in parts if text])
        request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(private, hashes.SHA256())
    except Exception as exc:
        raise Invalid(f"subject: no signing request can be made of it and the key ({type(exc).__name__}).") from None
    encoded = request.public_bytes(serialization.Encoding.PEM).decode("ascii")
    return Csr(pem=encoded, public_key_sha256=_digest(private.public_key()))


def read_csr(text: str | bytes, *, option: str) -> Csr:
    """The one signing request of a PEM text.

    :raises Invalid: it is none, its signature is wrong, or its key is of a kind that the service does not take.
    """
    blocks = _x509.split_pem(text, what=option)
    if any("PRIVATE KEY" in block.label for block in blocks):
        raise Invalid(f"{option} holds a private key. It must hold the signing request alone.")
    requests = [block for block in blocks if block.label in ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")]
    if len(requests) != 1:
        raise Invalid(f"{option} must hold exactly one signing request (PEM), and holds {len(requests)}.")
    _x509.require_cryptography()
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    try:
        request = x509.load_der_x509_csr(requests[0].der)
        signed, public = request.is_signature_valid, request.public_key()
        encoded = request.public_bytes(serialization.Encoding.PEM).decode("ascii")
    except Exception as exc:
        raise Invalid(f"{option} cannot be read as a signing request ({type(exc).__name__}).") from None
    if not signed:
        raise Invalid(f"{option}: the signature of the signing request is wrong. It was changed after it was signed.")
    _check_key(public, option=option)
    return Csr(pem=encoded, public_key_sha256=_digest(public))


def _check_key(public: t.Any, *, option: str) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if isinstance(public, rsa.RSAPublicKey):
        if public.key_size < KEY_BITS:
            raise Invalid(f"{option}: the key has {public.key_size} bits, and needs {KEY_BITS} at least.")
    elif not isinstance(public, ec.EllipticCurvePublicKey):
        raise Invalid(f"{option}: the key must be RSA or of an elliptic curve.")


def _digest(public: t.Any) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    encoded: bytes = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(encoded).hexdigest()


# --- the answer that brings a key --------------------------------------------------------------------------


def key_in_answer(content: bytes) -> str | None:
    """The whole private key in the bytes of an answer, as PEM; None: there is none, or it is cut off.

    The answer need not be sound JSON: what counts is that no key is lost whose bytes are there.
    """
    text = _plain(content).decode("utf-8", "replace")
    try:
        found = _in_json(json.loads(text))
    except (ValueError, RecursionError):
        found = None
    return found or _in_text(_UNICODE.sub(lambda match: chr(int(match.group(1), 16)), text).replace("\\/", "/"))


def _plain(content: bytes) -> bytes:
    """Uncompressed, should something on the way have compressed the answer although it was told not to."""
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        return zlib.decompressobj(47).decompress(content, 1024 * 1024)
    except zlib.error:
        return content


def _in_json(value: t.Any) -> str | None:
    if isinstance(value, str):
        return _in_text(value)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((found for found in map(_in_json, inner) if found), None)


def _in_text(text: str) -> str | None:
    found = _first_block(text)
    if found is None:
        return None
    label, body = found
    for written in ("\\\\r", "\\\\n", "\\r", "\\n"):  # the two characters, once or twice escaped
        body = body.replace(written, "\n")
    lines = [line.strip() for line in body.splitlines()]
    return "\n".join([f"-----BEGIN {label}-----", *(line for line in lines if line), f"-----END {label}-----", ""])


def _first_block(text: str) -> tuple[str, str] | None:
    """Label and inside of the first block of a key. One pass a label, however many blocks have a beginning alone."""
    blocks: list[tuple[int, str, str]] = []
    for label in _LABELS:
        begin, end = f"-----BEGIN {label}-----", f"-----END {label}-----"
        start = text.find(begin)
        stop = text.find(end, start + len(begin)) if start >= 0 else -1
        if stop >= 0:
            blocks.append((start, label, text[start + len(begin) : stop]))
    if not blocks:
        return None
    _start, label, inside = min(blocks)
    return label, inside
