# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator's own certificate authority: a root and an intermediate for each key algorithm, new in each process."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

RSA = "RSA"
ECC = "ECC"
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Issued:
    """A key pair and its certificate. ``chain_pem`` is the leaf followed by the intermediate."""

    key_pem: str
    leaf_pem: str
    chain_pem: str
    serial_number: int
    sha1: str
    sha256: str


@dataclass(frozen=True)
class _Authority:
    key: PrivateKey
    certificate: x509.Certificate


class Keys:
    """Makes key pairs. ``reuse`` makes so many of an algorithm and then hands out the same ones in turn.

    An RSA key takes a tenth of a second, which is most of what a test with thousands of certificates would wait for.
    """

    def __init__(self, reuse: int | None = None) -> None:
        self._reuse = reuse
        self._made: dict[str, list[PrivateKey]] = {}
        self._turn = 0

    def new(self, algorithm: str) -> PrivateKey:
        made = self._made.setdefault(algorithm, [])
        if self._reuse is None or len(made) < self._reuse:
            key = new_key(algorithm)
            if self._reuse is not None:
                made.append(key)
            return key
        self._turn += 1
        return made[self._turn % len(made)]


class CertificateAuthority:
    """Issues real certificates. ``bundle_pem`` holds the roots, for clients to trust."""

    def __init__(self, now: datetime, keys: Keys | None = None) -> None:
        self._keys = keys or Keys()
        self._start = now.replace(microsecond=0) - timedelta(days=3650)
        self._end = now.replace(microsecond=0) + timedelta(days=7300)
        self._roots: dict[str, _Authority] = {}
        self._intermediates: dict[str, _Authority] = {}
        for algorithm in (RSA, ECC):
            root = self._authority(f"Emulator {algorithm} Root (not trusted)", algorithm, None)
            self._roots[algorithm] = root
            self._intermediates[algorithm] = self._authority(
                f"Emulator {algorithm} DV TLS CA (not trusted)", algorithm, root
            )
        self.bundle_pem = "".join(_pem(root.certificate) for root in self._roots.values())

    def issue(
        self,
        names: Sequence[str],
        *,
        algorithm: str = RSA,
        not_before: datetime,
        not_after: datetime,
        key_pem: str | None = None,
        self_signed: bool = False,
    ) -> Issued:
        """A leaf for ``names``, the first of which is the common name; ``key_pem`` keeps a key that exists already."""
        key = _load(key_pem) if key_pem else self._keys.new(algorithm)
        subject = _name(names[0][:64])
        issuer = None if self_signed else self._intermediates[algorithm]
        alternative = x509.SubjectAlternativeName([_general_name(name) for name in names])
        builder = (
            _builder(subject, issuer.certificate.subject if issuer else subject, key, not_before, not_after)
            .add_extension(alternative, critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        )
        builder = _identified(builder, key, issuer.key if issuer else key)
        leaf = builder.sign(issuer.key if issuer else key, hashes.SHA256())
        return Issued(
            key_pem=key_text(key),
            leaf_pem=_pem(leaf),
            chain_pem=_pem(leaf) + (_pem(issuer.certificate) if issuer else ""),
            serial_number=leaf.serial_number,
            sha1=leaf.fingerprint(hashes.SHA1()).hex(),
            sha256=leaf.fingerprint(hashes.SHA256()).hex(),
        )

    def issue_client(
        self, common_name: str, *, not_before: datetime, not_after: datetime, key_pem: str | None = None
    ) -> Issued:
        """A client certificate as a VPN server has them: of the RSA root itself, with a name that is no host."""
        key = _load(key_pem) if key_pem else self._keys.new(RSA)
        root = self._roots[RSA]
        builder = (
            _builder(_name(common_name[:64]), root.certificate.subject, key, not_before, not_after)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        )
        leaf = _identified(builder, key, root.key).sign(root.key, hashes.SHA256())
        return Issued(
            key_pem=key_text(key),
            leaf_pem=_pem(leaf),
            chain_pem=_pem(leaf),
            serial_number=leaf.serial_number,
            sha1=leaf.fingerprint(hashes.SHA1()).hex(),
            sha256=leaf.fingerprint(hashes.SHA256()).hex(),
        )

    def new_key(self, algorithm: str) -> PrivateKey:
        """For authorities beside this one."""
        return self._keys.new(algorithm)

    def root_pem(self, algorithm: str) -> str:
        return _pem(self._roots[algorithm].certificate)

    def intermediate_pem(self, algorithm: str) -> str:
        return _pem(self._intermediates[algorithm].certificate)

    def _authority(self, common_name: str, algorithm: str, parent: _Authority | None) -> _Authority:
        key = new_key(algorithm)
        subject = _name(common_name)
        issuer = parent.certificate.subject if parent else subject
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        builder = (
            _builder(subject, issuer, key, self._start, self._end)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0 if parent else None), critical=True)
            .add_extension(usage, critical=True)
        )
        signer = parent.key if parent else key
        return _Authority(key, _identified(builder, key, signer).sign(signer, hashes.SHA256()))


def new_key(algorithm: str) -> PrivateKey:
    if algorithm == ECC:
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_text(key: PrivateKey) -> str:
    """PEM in the traditional form that Tencent hands out (BEGIN RSA PRIVATE KEY, BEGIN EC PRIVATE KEY)."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    ).decode()


def _load(key_pem: str) -> PrivateKey:
    # Made here, so that its primes need no check; that takes longer than everything else.
    key = serialization.load_pem_private_key(key_pem.encode(), None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise TypeError("only RSA and EC keys")
    return key


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PrivateKey, not_before: datetime, not_after: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
    )


def _identified(builder: x509.CertificateBuilder, key: PrivateKey, signer: PrivateKey) -> x509.CertificateBuilder:
    return builder.add_extension(
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
    ).add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
