# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Reading PEM bundles, certificates, private keys and domain names.

Everything that can be wrong with an input becomes one sentence in an error of the family in `_errors.py`.
The caller chooses the class: `Invalid` for what a user gave, `ProtocolFailure` for what a service answered.
No sentence holds a part of a private key. `cryptography` (3.4 or newer) is imported where it is used.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import datetime
import hashlib
import importlib
import ipaddress
import re
import sys
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._clock import rfc3339
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    Invalid,
    LocalFailure,
)

if t.TYPE_CHECKING:
    from cryptography import x509

PemText = t.Union[str, bytes]
Failure = type[CertificatesError]

MAX_TEXT = 1024 * 1024
"""Characters that are looked at before a bundle is refused."""
MAX_KEY_TEXT = 64 * 1024
MAX_BLOCKS = 100

GATEWAY_END = datetime.datetime(2038, 1, 19, 3, 14, 7, tzinfo=datetime.timezone.utc)
"""Huawei's API Gateway refuses what ends later (APIG.3148)."""

CERTIFICATE_LABELS = ("CERTIFICATE", "X509 CERTIFICATE")
PRIVATE_KEY_LABELS = ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY")
ENCRYPTED_KEY_LABEL = "ENCRYPTED PRIVATE KEY"

_BEGIN = re.compile(r"-----BEGIN ([A-Z0-9][A-Z0-9 ]{0,60})-----")
_END = re.compile(r"-----END ([A-Z0-9][A-Z0-9 ]{0,60})-----")
_HEADER = re.compile(r"[A-Za-z0-9-]+:\s")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_DOTS = re.compile("[.\u3002\uff0e\uff61]")
# IDNA 2003 (what Python has) and 2008 (what registries use) spell these differently: two different domains.
_DEVIATIONS = frozenset("\u00df\u1e9e\u03c2\u200c\u200d")


@dataclasses.dataclass(frozen=True)
class PemBlock:
    """One PEM block: its label, the bytes inside, and legacy headers such as `Proc-Type` (rare)."""

    label: str
    der: bytes = dataclasses.field(repr=False)
    headers: tuple[str, ...] = dataclasses.field(default=(), repr=False)

    def text(self) -> str:
        """The block in its usual form: LF, 64 columns, a line break at the end."""
        body = base64.b64encode(self.der).decode("ascii")
        lines = [body[start : start + 64] for start in range(0, len(body), 64)]
        head = [*self.headers, ""] if self.headers else []
        return "\n".join([f"-----BEGIN {self.label}-----", *head, *lines, f"-----END {self.label}-----", ""])


@dataclasses.dataclass(frozen=True)
class ParsedCertificate:
    """The facts of one X.509 certificate."""

    domains: tuple[str, ...]
    """DNS names of the subjectAltName, lower-case A-labels, sorted."""
    has_san: bool
    common_name: str | None
    issuer: str
    """RFC 4514 text, for example `CN=TrustAsia DV TLS RSA CA,O=TrustAsia,C=CN`."""
    issuer_common_name: str | None
    serial: int
    fingerprint_sha256: str
    """64 lower-case hex digits over the DER."""
    not_before: datetime.datetime
    """Aware, UTC; so is `not_after`."""
    not_after: datetime.datetime
    key_algorithm: str
    """`rsa`, `ecc` or `other`."""
    key_size: int | None
    """In bits."""
    public_key_sha256: str
    """64 hex digits over the SubjectPublicKeyInfo: equal to that of the private key that fits."""
    der: bytes = dataclasses.field(repr=False)
    subject_der: bytes = dataclasses.field(repr=False)
    issuer_der: bytes = dataclasses.field(repr=False)
    subject_key_id: bytes | None = dataclasses.field(repr=False)
    authority_key_id: bytes | None = dataclasses.field(repr=False)

    @property
    def serial_number(self) -> str:
        """The serial as lower-case hex without leading zeros."""
        return format(self.serial, "x")

    def text(self) -> str:
        """The certificate as one PEM block."""
        return PemBlock("CERTIFICATE", self.der).text()


@dataclasses.dataclass(frozen=True)
class ParsedKey:
    """The facts of an unencrypted private key. Neither `repr()` nor an error shows it."""

    key_algorithm: str
    key_size: int | None
    public_key_sha256: str
    pem: str = dataclasses.field(repr=False)
    """The key's block alone, as it was encoded."""


@dataclasses.dataclass(frozen=True)
class Bundle:
    """A leaf, the chain behind it in order, and the key that fits."""

    leaf: ParsedCertificate
    chain: tuple[ParsedCertificate, ...]
    key: ParsedKey

    @property
    def certificate_pem(self) -> str:
        """Leaf and chain as PEM blocks alone: what is uploaded."""
        return "".join(certificate.text() for certificate in (self.leaf, *self.chain))


def require_cryptography() -> None:
    """Import `cryptography`, or raise LocalFailure: the entry only looks whether it is installed."""
    try:
        importlib.import_module("cryptography.x509")
    except ImportError:
        raise LocalFailure(
            f"The Python library cryptography (3.4 or newer) is needed and cannot be imported by {sys.executable}.",
            code="missing_library",
            hint="Install it for that Python: pip install cryptography.",
        ) from None


def split_pem(text: PemText, *, what: str = "the certificate", error: Failure = Invalid) -> tuple[PemBlock, ...]:
    """All PEM blocks of a text, in order. Lines between blocks (comments, `openssl -text`) are ignored.

    Raises `error` for more than 1 MiB or 100 blocks and for blocks that are cut off or are not base64.
    """
    lines = _decoded(text, what=what, error=error).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    blocks: list[PemBlock] = []
    label: str | None = None
    inside: list[str] = []
    for line in lines:
        stripped = line.strip().lstrip("\ufeff")
        begin = _BEGIN.fullmatch(stripped)
        end = _END.fullmatch(stripped)
        if begin:
            if label is not None:
                raise error(_sentence(what, f"is cut off: a {label} block has no END line."))
            label, inside = begin.group(1), []
        elif end:
            if label is None or label != end.group(1):
                raise error(_sentence(what, f"is damaged: an END {end.group(1)} line has no matching BEGIN line."))
            blocks.append(_block(label, inside, what=what, error=error))
            label = None
            if len(blocks) > MAX_BLOCKS:
                raise error(_sentence(what, f"has more than {MAX_BLOCKS} PEM blocks."))
        elif label is not None:
            inside.append(stripped)
    if label is not None:
        raise error(_sentence(what, f"is cut off: a {label} block has no END line."))
    return tuple(blocks)


def pem_blocks(
    text: PemText,
    *,
    labels: t.Sequence[str] | None = None,
    what: str = "the certificate",
    error: Failure = Invalid,
) -> str:
    """The PEM blocks alone, re-wrapped (LF, 64 columns), without comments or text between them."""
    blocks = split_pem(text, what=what, error=error)
    return "".join(block.text() for block in blocks if labels is None or block.label in labels)


def read_certificates(
    text: PemText, *, what: str = "the certificate", error: Failure = Invalid
) -> tuple[ParsedCertificate, ...]:
    """The certificates of a PEM text in its order, at least one. Blocks of other kinds are passed over."""
    blocks = [block for block in split_pem(text, what=what, error=error) if block.label in CERTIFICATE_LABELS]
    if not blocks:
        raise error(_sentence(what, _why_empty(text)))
    return tuple(parse_certificate(block.der, what=what, error=error) for block in blocks)


def read_leaf(text: PemText, *, what: str = "the certificate", error: Failure = Invalid) -> ParsedCertificate:
    """The leaf of a PEM text: its first certificate once leaf and chain are in order."""
    return in_chain_order(read_certificates(text, what=what, error=error), what=what, error=error)[0]


def parse_certificate(der: bytes, *, what: str = "the certificate", error: Failure = Invalid) -> ParsedCertificate:
    """The facts of one DER certificate."""
    require_cryptography()
    from cryptography import x509

    try:
        return _facts(x509.load_der_x509_certificate(der))
    except Exception as exc:  # the library's parsers raise a dozen classes, differing between its versions
        raise error(_sentence(what, f"cannot be read as an X.509 certificate ({type(exc).__name__}).")) from None


def load_private_key(text: PemText, *, what: str = "the private key", error: Failure = Invalid) -> ParsedKey:
    """The one unencrypted private key of a PEM text (PKCS#8, PKCS#1 or SEC 1)."""
    block = _key_block(text, what=what, error=error)
    require_cryptography()
    from cryptography.hazmat.primitives import serialization

    pem = block.text()
    try:
        public = public_half(load_quickly(serialization.load_pem_private_key, pem.encode("ascii")))
        algorithm, size = _key_kind(public)
        digest = hashlib.sha256(_spki(public)).hexdigest()
    except Exception as exc:  # as above; the text of the exception is not used, for it may quote the key
        raise error(_sentence(what, f"cannot be read ({type(exc).__name__}).")) from None
    return ParsedKey(key_algorithm=algorithm, key_size=size, public_key_sha256=digest, pem=pem)


def load_quickly(load: t.Callable[..., t.Any], pem: bytes, password: bytes | None = None) -> t.Any:
    """Load a key without the primality tests of RSA: they take 50 ms of a usual key, and minutes of one of 16 kbit.

    :raises TypeError: a password is needed, or one is given for nothing, as of the library's own functions.
    """
    try:
        return load(pem, password, unsafe_skip_rsa_key_validation=True)
    except TypeError as error:
        if "unsafe_skip" not in str(error):
            raise
    return load(pem, password)  # cryptography before 39 knows no such argument


def public_half(private: t.Any) -> t.Any:
    """The public key, once an RSA key's numbers are known to belong together.

    :raises ValueError: they do not: the file was damaged or put together from two keys.
    """
    from cryptography.hazmat.primitives.asymmetric import rsa

    if isinstance(private, rsa.RSAPrivateKey):
        numbers = private.private_numbers()
        public, product = numbers.public_numbers, numbers.d * numbers.public_numbers.e
        if numbers.p * numbers.q != public.n or any(product % (prime - 1) != 1 for prime in (numbers.p, numbers.q)):
            raise ValueError("the numbers of the RSA key do not belong together")
    return private.public_key()


def key_fits(certificate: ParsedCertificate, key: ParsedKey) -> bool:
    """Whether the private key belongs to the certificate."""
    return certificate.public_key_sha256 == key.public_key_sha256


def covers(names: t.Iterable[str], domain: str) -> bool:
    """Whether one of the names is the domain, or a wildcard for exactly its first label (RFC 6125)."""
    wanted = domain.lower().rstrip(".")
    known = {name.lower().rstrip(".") for name in names}
    first, dot, parent = wanted.partition(".")
    return wanted in known or bool(first and first != "*" and dot and parent and f"*.{parent}" in known)


def issued_by(certificate: ParsedCertificate, issuer: ParsedCertificate) -> bool:
    """Whether names and key identifiers say that `issuer` issued `certificate`. Signatures are not checked."""
    if certificate.issuer_der != issuer.subject_der:
        return False
    if certificate.authority_key_id is None or issuer.subject_key_id is None:
        return True
    return certificate.authority_key_id == issuer.subject_key_id


def is_in_chain_order(certificates: t.Sequence[ParsedCertificate]) -> bool:
    """Whether each certificate is followed by the one that issued it."""
    return all(issued_by(lower, upper) for lower, upper in zip(certificates, certificates[1:]))


def in_chain_order(
    certificates: t.Sequence[ParsedCertificate],
    *,
    key: ParsedKey | None = None,
    what: str = "the certificate",
    error: Failure = Invalid,
) -> tuple[ParsedCertificate, ...]:
    """Leaf first, then each one's issuer; repeated certificates once.

    The leaf is the one that the key fits, if a key is given, else the one that issued no other.
    Raises `error` if there is not exactly one leaf or a certificate has no place in its chain.
    """
    rest = list({certificate.fingerprint_sha256: certificate for certificate in certificates}.values())
    leaves = [
        one
        for one in rest
        if (key_fits(one, key) if key else not any(issued_by(other, one) for other in rest if other is not one))
    ]
    if len(leaves) != 1:
        raise error(_sentence(what, "holds no single leaf: its certificates are not one chain."))
    ordered = [leaves[0]]
    rest.remove(leaves[0])
    while rest:
        upper = next((one for one in rest if issued_by(ordered[-1], one)), None)
        if upper is None:
            raise error(_sentence(what, "holds certificates that are not part of the leaf's chain."))
        ordered.append(upper)
        rest.remove(upper)
    return tuple(ordered)


def same_certificates(one: PemText, other: PemText) -> bool:
    """Whether two texts hold the same certificates in the same order, compared as DER; False if unreadable."""
    try:
        first, second = (
            [block.der for block in split_pem(text) if block.label in CERTIFICATE_LABELS] for text in (one, other)
        )
    except Invalid:
        return False
    return bool(first) and first == second


def same_private_keys(one: PemText, other: PemText) -> bool:
    """Whether two texts hold the same private key, compared by public key; False if one cannot be read."""
    try:
        return load_private_key(one).public_key_sha256 == load_private_key(other).public_key_sha256
    except Invalid:
        return False


def check_bundle(
    *,
    certificate_pem: PemText,
    private_key_pem: PemText,
    domain: str | None,
    now: datetime.datetime,
    for_gateway: bool = False,
) -> Bundle:
    """Read a certificate with its chain and key and check that a server of `domain` can use them now.

    `for_gateway` adds what Huawei's API Gateway refuses (APIG.2104, 2109, 3148): a chain in another order
    than leaf first, no subjectAltName, an end after GATEWAY_END. Raises Invalid with one sentence.
    """
    certificates = read_certificates(certificate_pem)
    key = load_private_key(private_key_pem)
    leaf = certificates[0]
    if not key_fits(leaf, key):
        if any(key_fits(certificate, key) for certificate in certificates):
            raise Invalid(
                "The certificates are in the wrong order: the private key fits one that is not the first."
                " The leaf must come first, then each one's issuer."
            )
        raise Invalid("The private key does not match the certificate.")
    if not is_in_chain_order(certificates):
        raise Invalid(
            "The certificates are in the wrong order or do not belong together:"
            " each certificate must be followed by the one that issued it."
        )
    _check_validity(leaf, now=now)
    if for_gateway:
        _check_for_gateway(leaf)
    if domain is not None and not covers(leaf.domains, domain):
        raise Invalid(f"The certificate covers {_listed(leaf.domains)} and not '{domain}'.")
    return Bundle(leaf=leaf, chain=certificates[1:], key=key)


def same_serial(serial: int, text: str) -> bool:
    """Whether a service's serial number text means this serial: services print decimal or hexadecimal."""
    plain = text.strip().lower().replace(":", "").replace(" ", "")
    plain = plain[2:] if plain.startswith("0x") else plain
    if not re.fullmatch(r"[0-9a-f]{1,80}", plain):
        return False
    return int(plain, 16) == serial or (plain.isdigit() and int(plain) == serial)


def normalise_fingerprint(text: str, *, option: str = "expect_fingerprint") -> str:
    """A SHA-256 fingerprint as 64 lower-case hex digits; colons, spaces and upper case are tolerated."""
    plain = re.sub(r"[:\s]", "", text).lower()
    if not re.fullmatch(r"[0-9a-f]{64}", plain):
        raise Invalid(
            f"'{option}' is not a SHA-256 fingerprint: it needs 64 hexadecimal digits (colons are allowed),"
            f" and this has {len(plain)} characters."
        )
    return plain


def to_ascii_domain(
    text: str,
    *,
    wildcard: bool = False,
    single_label: bool = False,
    underscore: bool = False,
    max_length: int = 253,
    option: str = "domain",
) -> str:
    """A domain name as lower-case A-labels without the trailing dot.

    `wildcard` allows `*` as the first label, `single_label` a name without a dot (`localhost`), `underscore`
    labels such as `_dnsauth`, which DNS knows and certificates do not.
    Raises Invalid: empty, an address, a URL, a bad or too long label, a wildcard where none is allowed.
    """
    given = text.strip()
    shown = given if len(given) <= 80 else given[:77] + "..."
    if not given:
        raise Invalid(f"'{option}' is empty; it needs a domain name.")
    if re.search(r"[/:@\s]", given) and not _is_address(given):
        raise Invalid(f"'{option}' needs a domain name alone, without scheme, port, path or spaces, not {shown!r}.")
    if _is_address(given):
        raise Invalid(f"'{option}' needs a domain name, and {shown!r} is an IP address.")
    if len(given) > 1024:
        raise Invalid(f"'{option}' is longer than {max_length} characters: {shown!r}.")
    labels = _DOTS.split(given)
    if len(labels) > 1 and not labels[-1]:
        labels.pop()
    starred = labels[0] == "*"
    if starred and not wildcard:
        raise Invalid(f"'{option}' cannot be a wildcard here: {shown!r}.")
    body = [_a_label(label, shown=shown, option=option) for label in labels[1 if starred else 0 :]]
    if "_" in "".join(body) and not underscore:
        raise Invalid(f"'{option}' cannot have an underscore: {shown!r}.")
    if body and body[-1].isdigit():
        raise Invalid(f"'{option}' is not a domain name, for its last part is a number: {shown!r}.")
    if len(body) < (2 if starred or not single_label else 1):
        raise Invalid(f"'{option}' needs a full domain name with at least one dot, not {shown!r}.")
    domain = ".".join(["*", *body] if starred else body)
    if len(domain) > max_length:
        raise Invalid(f"'{option}' is {len(domain)} characters long, and at most {max_length} are allowed: {shown!r}.")
    return domain


def _a_label(label: str, *, shown: str, option: str) -> str:
    if not _DEVIATIONS.isdisjoint(label):
        raise Invalid(
            f"'{option}' has a character that the two versions of IDNA spell differently: {shown!r}."
            " Give the name in its ASCII form (xn--...)."
        )
    try:
        plain = label.encode("idna").decode("ascii").lower()
    except UnicodeError:
        plain = ""
    if not _LABEL.fullmatch(plain):
        raise Invalid(
            f"'{option}' is not a domain name: {shown!r}. The parts between its dots need 1 to 63 letters,"
            " digits or dashes each, and begin and end with a letter or a digit."
        )
    return plain


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


def _check_validity(leaf: ParsedCertificate, *, now: datetime.datetime) -> None:
    if leaf.not_after <= now:
        raise Invalid(f"The certificate has expired: it ended on {rfc3339(leaf.not_after)}.")
    if leaf.not_before > now:
        raise Invalid(f"The certificate is not yet valid: it begins on {rfc3339(leaf.not_before)}.")


def _check_for_gateway(leaf: ParsedCertificate) -> None:
    if not leaf.has_san:
        raise Invalid("The certificate has no subjectAltName; the API Gateway does not take it.")
    if leaf.not_after > GATEWAY_END:
        raise Invalid(
            f"The certificate ends on {rfc3339(leaf.not_after)}; the API Gateway takes none"
            f" that end after {rfc3339(GATEWAY_END)}."
        )


def _listed(names: t.Sequence[str]) -> str:
    if not names:
        return "no domain (it has no DNS name in its subjectAltName)"
    return ", ".join(f"'{name}'" for name in names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _sentence(what: str, rest: str) -> str:
    return f"{what[:1].upper()}{what[1:]} {rest}"


def _decoded(text: PemText, *, what: str, error: Failure) -> str:
    if len(text) > MAX_TEXT:
        raise error(_sentence(what, "is longer than 1 MiB."))
    # PEM is ASCII; what stands between the blocks may be anything, and Latin-1 cannot fail.
    return text.decode("latin-1") if isinstance(text, bytes) else text


def _block(label: str, lines: t.Sequence[str], *, what: str, error: Failure) -> PemBlock:
    headers: list[str] = []
    start = 0
    while start < len(lines) and (_HEADER.match(lines[start]) or (headers and lines[start] == "")):
        if lines[start]:
            headers.append(lines[start])
        start += 1
    try:
        der = base64.b64decode("".join("".join(lines[start:]).split()), validate=True)
    except (binascii.Error, ValueError):
        der = b""
    if not der:
        raise error(_sentence(what, f"is damaged: the inside of a {label} block is not base64."))
    return PemBlock("CERTIFICATE" if label in CERTIFICATE_LABELS else label, der, tuple(headers))


def _why_empty(text: PemText) -> str:
    plain = text.decode("latin-1") if isinstance(text, bytes) else text
    if not plain.strip():
        return "is empty."
    if "-----BEGIN " in plain and "\\n" in plain:
        return "has the two characters \\n where line breaks should be."
    if "-----BEGIN " in plain:
        return "holds PEM blocks of another kind, and none that is needed here."
    return "holds no PEM block (it must begin with a line -----BEGIN ...-----)."


def _key_block(text: PemText, *, what: str, error: Failure) -> PemBlock:
    if len(text) > MAX_KEY_TEXT:
        raise error(_sentence(what, "is longer than 64 KiB."))
    blocks = split_pem(text, what=what, error=error)
    if any(block.label == ENCRYPTED_KEY_LABEL or _is_encrypted(block) for block in blocks):
        raise error(
            _sentence(what, "is encrypted. Only a key without a passphrase can be used; 'openssl pkey' writes one.")
        )
    keys = [block for block in blocks if block.label in PRIVATE_KEY_LABELS]
    if any(block.label == "OPENSSH PRIVATE KEY" for block in blocks) and not keys:
        raise error(_sentence(what, "is in OpenSSH's format. It must be PKCS#8, PKCS#1 or SEC 1 PEM."))
    if not keys:
        raise error(_sentence(what, _why_empty(text)))
    if len(keys) > 1:
        raise error(_sentence(what, "holds more than one key."))
    return keys[0]


def _is_encrypted(block: PemBlock) -> bool:
    return any(header.lower().startswith("proc-type:") and "ENCRYPTED" in header.upper() for header in block.headers)


def _facts(certificate: x509.Certificate) -> ParsedCertificate:
    from cryptography import x509

    algorithm, size = _key_kind(certificate.public_key())
    san = _extension(certificate, x509.SubjectAlternativeName)
    names = [] if san is None else san.get_values_for_type(x509.DNSName)
    subject_key = _extension(certificate, x509.SubjectKeyIdentifier)
    authority_key = _extension(certificate, x509.AuthorityKeyIdentifier)
    der = _der(certificate)
    return ParsedCertificate(
        domains=tuple(sorted({str(name).lower().rstrip(".") for name in names})),
        has_san=san is not None,
        common_name=_common_name(certificate.subject),
        issuer=certificate.issuer.rfc4514_string(),
        issuer_common_name=_common_name(certificate.issuer),
        serial=certificate.serial_number,
        fingerprint_sha256=hashlib.sha256(der).hexdigest(),
        not_before=_moment(certificate, "not_valid_before"),
        not_after=_moment(certificate, "not_valid_after"),
        key_algorithm=algorithm,
        key_size=size,
        public_key_sha256=hashlib.sha256(_spki(certificate.public_key())).hexdigest(),
        der=der,
        subject_der=certificate.subject.public_bytes(),
        issuer_der=certificate.issuer.public_bytes(),
        subject_key_id=None if subject_key is None else subject_key.digest,
        authority_key_id=None if authority_key is None else authority_key.key_identifier,
    )


def _extension(certificate: x509.Certificate, kind: t.Any) -> t.Any:
    from cryptography import x509

    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _moment(certificate: x509.Certificate, name: str) -> datetime.datetime:
    """The aware attribute where the library has it (42), else the naive one, which is UTC and later removed."""
    aware: datetime.datetime | None = getattr(certificate, f"{name}_utc", None)
    if aware is not None:
        return aware
    naive: datetime.datetime = getattr(certificate, name)
    return naive.replace(tzinfo=datetime.timezone.utc)


def _common_name(name: x509.Name) -> str | None:
    from cryptography.x509.oid import NameOID

    values = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(values[0].value) if values else None


def _der(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.DER)


def _spki(public_key: t.Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    encoded: bytes = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded


def _key_kind(public_key: t.Any) -> tuple[str, int | None]:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    size = getattr(public_key, "key_size", None)
    if isinstance(public_key, rsa.RSAPublicKey):
        return "rsa", size
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        return "ecc", size
    return "other", size
