# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a certificate: what a download holds, and what an upload is."""

import io
import zipfile
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from .tencent_action import TencentError


@dataclass(frozen=True)
class Parsed:
    """``names``: the common name, then the alternative names that differ from it."""

    names: list[str]
    algorithm: str
    begin: datetime
    end: datetime


def archive(domain: str, chain_pem: str, key_pem: str, service_type: str | None) -> bytes:
    """A zip: of one service type in the newer layout, of several folders in the older one when none is given."""
    if service_type is None:
        files = {
            f"Nginx/1_{domain}_bundle.crt": chain_pem,
            f"Nginx/2_{domain}.key": key_pem,
            f"Apache/2_{domain}.crt": chain_pem,
            f"Apache/3_{domain}.key": key_pem,
        }
    else:
        folder = f"{domain}_{service_type}"
        files = {
            f"{folder}/{domain}_bundle.crt": chain_pem,
            f"{folder}/{domain}_bundle.pem": chain_pem,
            f"{folder}/{domain}.key": key_pem,
        }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, text in files.items():
            target.writestr(name, text)
    return buffer.getvalue()


def parse_upload(chain_pem: str, key_pem: str | None, password: str | None) -> Parsed:
    """Raises TencentError with the code that the vendor has for what is wrong."""
    try:
        leaf = x509.load_pem_x509_certificates(chain_pem.encode())[0]
    except ValueError as error:
        raise TencentError("FailedOperation.CertificateParseError", "The certificate cannot be parsed.") from error
    if key_pem is not None:
        _check_key(leaf, key_pem, password)
    common = [str(name.value) for name in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    try:
        extension = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        alternative = extension.value.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        alternative = []
    return Parsed(
        names=list(dict.fromkeys([*common, *alternative])) or ["-"],
        algorithm="RSA" if isinstance(leaf.public_key(), rsa.RSAPublicKey) else "ECC",
        begin=leaf.not_valid_before_utc,
        end=leaf.not_valid_after_utc,
    )


def _check_key(leaf: x509.Certificate, key_pem: str, password: str | None) -> None:
    try:
        key = serialization.load_pem_private_key(key_pem.encode(), password.encode() if password else None)
    except (ValueError, TypeError) as error:
        raise TencentError("FailedOperation.CertificateEncryptInvalid", "The private key cannot be read.") from error
    if key.public_key() != leaf.public_key():
        raise TencentError("FailedOperation.CertificateMismatch", "The private key does not match the certificate.")
