# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the API Gateway checks about a certificate and its key, and what it tells about them later."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from .huawei_errors import refused
from .world import Json

# The gateway keeps dates in 32 bits.
LAST_DATE = datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC)
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----\s.+?\s-----END \1-----", re.DOTALL)
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Material:
    """A leaf with its chain and key, checked. ``algorithm`` is ``RSA`` or ``ECC``."""

    leaf: x509.Certificate
    algorithm: str
    chain_pem: str
    key_pem: str = field(repr=False)

    @cached_property
    def names(self) -> tuple[str, ...]:
        extension = self.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        return tuple(extension.value.get_values_for_type(x509.DNSName))

    @property
    def common_name(self) -> str:
        return next(iter(_attributes(self.leaf.subject, NameOID.COMMON_NAME)), "")

    @property
    def fingerprint(self) -> str:
        return self.leaf.fingerprint(hashes.SHA256()).hex()

    def covers(self, host: str) -> bool:
        """A wildcard name covers one label; a wildcard domain needs a certificate of that very wildcard."""
        wanted = host.lower()
        parent = wanted.partition(".")[2]
        return any(name.lower() in (wanted, f"*.{parent}") for name in self.names)

    def described(self, *, serial_format: str) -> Json:
        """The fields that a certificate's detail has beyond those of a list item."""
        subject = self.leaf.subject
        serial = self.leaf.serial_number
        return {
            "version": self.leaf.version.value + 1,
            "organization": _attributes(subject, NameOID.ORGANIZATION_NAME),
            "organizational_unit": _attributes(subject, NameOID.ORGANIZATIONAL_UNIT_NAME),
            "locality": _attributes(subject, NameOID.LOCALITY_NAME),
            "state": _attributes(subject, NameOID.STATE_OR_PROVINCE_NAME),
            "country": _attributes(subject, NameOID.COUNTRY_NAME),
            "not_before": date_text(self.leaf.not_valid_before_utc),
            "serial_number": f"{serial:x}" if serial_format == "hex" else str(serial),
            "issuer": _attributes(self.leaf.issuer, NameOID.ORGANIZATION_NAME)
            or _attributes(self.leaf.issuer, NameOID.COMMON_NAME),
        }

    @property
    def signature_algorithm(self) -> str:
        digest = self.leaf.signature_hash_algorithm
        bits = digest.name.upper() if digest else "UNKNOWN"
        by_ec_key = isinstance(self.leaf.signature_algorithm_parameters, ec.ECDSA)
        return f"ECDSA-{bits}" if by_ec_key else f"{bits}-RSA"


def date_text(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def checked(cert_content: str, private_key: str, *, now: datetime) -> Material:
    """Raises ``Refused`` with the gateway's code for the first thing that is wrong."""
    chain = _certificates(cert_content)
    key = _key(private_key)
    leaf = chain[0]
    if _public_text(leaf.public_key()) != _public_text(key.public_key()):
        later = any(_public_text(one.public_key()) == _public_text(key.public_key()) for one in chain[1:])
        raise refused("APIG.2104" if later else "APIG.2101")
    if leaf.not_valid_after_utc <= now:
        raise refused("APIG.2102")
    _check_names(leaf)
    if leaf.not_valid_after_utc >= LAST_DATE:
        raise refused("APIG.3148")
    for issued, issuer in pairwise(chain):
        try:
            issued.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            raise refused("APIG.2104") from None
    return Material(
        leaf=leaf,
        algorithm="ECC" if isinstance(key, ec.EllipticCurvePrivateKey) else "RSA",
        chain_pem="".join(one.public_bytes(serialization.Encoding.PEM).decode() for one in chain),
        key_pem=key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
    )


def check_client_ca(pem: str) -> None:
    """Raises ``Refused`` unless ``pem`` is one or more CA certificates."""
    _certificates(pem)


def _certificates(content: str) -> list[x509.Certificate]:
    blocks = _blocks(content)
    if not blocks or any(label != "CERTIFICATE" for label, _unused in blocks):
        raise refused("APIG.2106")
    try:
        return [x509.load_pem_x509_certificate(block.encode()) for _unused, block in blocks]
    except ValueError:
        raise refused("APIG.2106") from None


@lru_cache(maxsize=64)
def _key(content: str) -> PrivateKey:
    """Reading an RSA key proves its primes, which takes as long as all the rest of a call."""
    blocks = _blocks(content)
    if len(blocks) != 1 or not blocks[0][0].endswith("PRIVATE KEY"):
        raise refused("APIG.2106")
    label, block = blocks[0]
    if label == "ENCRYPTED PRIVATE KEY" or "ENCRYPTED" in block:
        raise refused("APIG.2105")
    try:
        key = serialization.load_pem_private_key(block.encode(), None)
    except (ValueError, TypeError):
        raise refused("APIG.2106") from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise refused("APIG.2106")
    return key


def _blocks(content: str) -> list[tuple[str, str]]:
    """Labels and texts of the PEM blocks; nothing else may stand before, between or after them."""
    if _BLOCK.sub("", content).strip():
        raise refused("APIG.2106")
    return [(match[1], match[0] + "\n") for match in _BLOCK.finditer(content)]


def _check_names(leaf: x509.Certificate) -> None:
    try:
        extension = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        raise refused("APIG.2109") from None
    if not extension.value.get_values_for_type(x509.DNSName):
        raise refused("APIG.2109")


def _public_text(key: object) -> bytes:
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise refused("APIG.2106")
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _attributes(name: x509.Name, oid: x509.ObjectIdentifier) -> list[str]:
    return [str(attribute.value) for attribute in name.get_attributes_for_oid(oid)]
