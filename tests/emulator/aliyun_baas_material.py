# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a blockchain hands to its members: certificates of an authority of its own, a Java trust store, an SDK."""

import functools
import hashlib
import io
import struct
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .ca import ECC, PrivateKey

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
TRUST_STORE_PASSWORD = "mychain"
# The salt that the format has built in.
_JKS_SALT = b"Mighty Aphrodite"
_JKS_MAGIC, _JKS_VERSION, _JKS_TRUSTED = 0xFEEDFEED, 2, 2
_SUBJECT = {
    "CountryName": NameOID.COUNTRY_NAME,
    "StateOrProvinceName": NameOID.STATE_OR_PROVINCE_NAME,
    "LocalityName": NameOID.LOCALITY_NAME,
    "OrganizationName": NameOID.ORGANIZATION_NAME,
    "OrganizationUnitName": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "CommonName": NameOID.COMMON_NAME,
}
SUBJECT_PARAMETERS = tuple(_SUBJECT)


@dataclass(frozen=True)
class ChainAuthority:
    """``certificate`` is the chain's ca.crt."""

    key: PrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def issue(
        self, subject: x509.Name, public_key: PublicKey, *, not_before: datetime, not_after: datetime
    ) -> x509.Certificate:
        """A client certificate."""
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.certificate.subject)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(not_before)
            .not_valid_after(not_after)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .sign(self.key, hashes.SHA256())
        )


def new_authority(key: PrivateKey, common_name: str, now: datetime) -> ChainAuthority:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=3650))
        .not_valid_after(now + timedelta(days=7300))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return ChainAuthority(key, certificate)


def subject_of(given: dict[str, str]) -> x509.Name:
    """Raises ValueError, as for a country that is not two letters."""
    return x509.Name([x509.NameAttribute(oid, given[name]) for name, oid in _SUBJECT.items()])


def encrypted(key: PrivateKey, password: str) -> str:
    """PKCS#8, ENCRYPTED PRIVATE KEY."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password.encode()),
    ).decode()


def checked_request(pem: bytes) -> x509.CertificateSigningRequest:
    """Raises ValueError."""
    request = x509.load_pem_x509_csr(pem)
    if not request.is_signature_valid:
        raise ValueError("the signature of the request is wrong")
    checked_public_key(request.public_key())
    return request


def checked_public_key(key: object) -> PublicKey:
    """Raises ValueError."""
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise ValueError("only RSA and EC keys")
    return key


@functools.lru_cache(maxsize=64)
def stranger(authority: ChainAuthority, certificate: x509.Certificate) -> bytes:
    """The same certificate for a key that nobody has."""
    key = ec.generate_private_key(ec.SECP256R1())
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    other = authority.issue(certificate.subject, key.public_key(), not_before=begin, not_after=end)
    return other.public_bytes(serialization.Encoding.PEM)


def trust_store(authority: ChainAuthority, now: datetime) -> bytes:
    """A Java key store (JKS) that trusts the chain's authority."""
    certificate = authority.certificate.public_bytes(serialization.Encoding.DER)
    content = struct.pack(">III", _JKS_MAGIC, _JKS_VERSION, 1)
    content += struct.pack(">I", _JKS_TRUSTED) + _text("ca") + struct.pack(">Q", int(now.timestamp() * 1000))
    content += _text("X.509") + struct.pack(">I", len(certificate)) + certificate
    return content + hashlib.sha1(TRUST_STORE_PASSWORD.encode("utf-16-be") + _JKS_SALT + content).digest()


def sdk() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.md", "An emulated SDK: there is nothing in it.\n")
    return content.getvalue()


def _text(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode()


AUTHORITY_ALGORITHM = ECC
