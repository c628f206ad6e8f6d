# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small certificate authority: real certificates and keys for tests, made when they are asked for."""

from __future__ import annotations

import dataclasses
import datetime
import functools

from ansible_collections.cncloud.certificates.tests.unit.doubles import START
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@functools.cache
def make_key(algorithm: str = "ecc", tag: str = "") -> Key:
    """One key for each (algorithm, tag) of a test run: RSA keys are slow to make."""
    return rsa.generate_private_key(65537, 2048) if algorithm == "rsa" else ec.generate_private_key(ec.SECP256R1())


def key_pem(key: Key, *, form: str = "PKCS8", passphrase: bytes | None = None) -> str:
    """The key as PEM: `PKCS8` or `TraditionalOpenSSL` (PKCS#1 or SEC 1)."""
    encryption = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return key.private_bytes(
        serialization.Encoding.PEM, getattr(serialization.PrivateFormat, form), encryption
    ).decode()


def certificate_pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


@dataclasses.dataclass(frozen=True)
class Issued:
    """A leaf with its chain and key, as objects and as PEM."""

    leaf: x509.Certificate
    intermediate: x509.Certificate
    root: x509.Certificate
    key: Key

    @property
    def leaf_pem(self) -> str:
        return certificate_pem(self.leaf)

    @property
    def chain_pem(self) -> str:
        return certificate_pem(self.intermediate)

    @property
    def root_pem(self) -> str:
        return certificate_pem(self.root)

    @property
    def fullchain_pem(self) -> str:
        return self.leaf_pem + self.chain_pem

    @property
    def key_pem(self) -> str:
        return key_pem(self.key)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"), x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    *, subject: x509.Name, issuer: x509.Name, key: Key, start: datetime.datetime, end: datetime.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


@functools.cache
def _authorities() -> tuple[x509.Certificate, x509.Certificate]:
    start, end = START - datetime.timedelta(days=3650), START + datetime.timedelta(days=7300)
    root_key, sub_key = make_key(tag="root"), make_key(tag="intermediate")
    ca = x509.BasicConstraints(ca=True, path_length=None)
    root = (
        _builder(subject=_name("Test Root"), issuer=_name("Test Root"), key=root_key, start=start, end=end)
        .serial_number(1)
        .add_extension(ca, critical=True)
        .sign(root_key, hashes.SHA256())
    )
    intermediate = (
        _builder(subject=_name("Test Issuer"), issuer=_name("Test Root"), key=sub_key, start=start, end=end)
        .serial_number(2)
        .add_extension(ca, critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    return root, intermediate


def issue(
    *domains: str,
    algorithm: str = "ecc",
    key_tag: str = "leaf",
    start: datetime.datetime = START - datetime.timedelta(days=10),
    end: datetime.datetime = START + datetime.timedelta(days=80),
    serial: int | None = None,
    san: bool = True,
) -> Issued:
    """A leaf for the domains from the intermediate, valid around the START of the fake clock."""
    root, intermediate = _authorities()
    key = make_key(algorithm, key_tag)
    issuer_key = make_key(tag="intermediate")
    builder = (
        _builder(subject=_name(domains[0]), issuer=intermediate.subject, key=key, start=start, end=end)
        .serial_number(serial or x509.random_serial_number())
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if san:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(domain) for domain in domains]), critical=False
        )
    leaf = builder.sign(issuer_key, hashes.SHA256())
    return Issued(leaf=leaf, intermediate=intermediate, root=root, key=key)
