# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The files of a client certificate: reading what is on disk, and writing what the service has.

A configuration (.ovpn) is complete in itself: authority, certificate and key stand in it, between tags as OpenVPN's
manual describes under "inline file support", and it refers to no other file.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _x509
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client_cert_plan import (
    CONFIG,
    LocalFiles,
    another_key,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.sslvpn import Material
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    Invalid,
    ProtocolFailure,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._files import (
    Content,
    FileSpec,
    Kind,
    ObservedFile,
    observe_files,
    write_files,
)

LEAF_OPTIONS = ("certificate_path", CONFIG)
INLINE = ("ca", "cert", "key")
_REPLACED = frozenset({*INLINE, "pkcs12", "extra-certs"})
"""Directives that say where authority, certificate and key are: they stand in the file itself."""
_FILE_DIRECTIVES = frozenset(
    {"askpass", "capath", "config", "crl-verify", "dh", "secret", "tls-auth", "tls-crypt", "tls-crypt-v2"}
)
"""Directives that refer to files which the service does not send."""
_OPENING = re.compile(r"<([A-Za-z0-9-]+)>")


@dataclasses.dataclass(frozen=True)
class Configuration:
    """An OpenVPN configuration taken apart: its lines outside of blocks, and the blocks by tag.

    Either may hold a private key.
    """

    lines: tuple[str, ...] = dataclasses.field(repr=False)
    blocks: t.Mapping[str, str] = dataclasses.field(repr=False)


def parse_configuration(text: str, *, error: type[CertificatesError] = Invalid) -> Configuration:
    """Take a configuration apart. A block that occurs again replaces the first, as in OpenVPN.

    :raises Invalid: or `error`: a block is not closed.
    """
    lines: list[str] = []
    blocks: dict[str, str] = {}
    tag: str | None = None
    inside: list[str] = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n"):
        word = line.strip()
        opening = _OPENING.fullmatch(word)
        if tag is None and opening:
            tag, inside = opening.group(1), []
        elif tag is not None and word == f"</{tag}>":
            blocks[tag] = "".join(f"{one}\n" for one in inside)
            tag = None
        elif tag is not None:
            inside.append(line)
        else:
            lines.append(line)
    if tag is not None:
        raise error(f"The OpenVPN configuration is cut off: its block <{tag}> has no end.")
    return Configuration(lines=tuple(lines), blocks=blocks)


def compose_configuration(text: str, *, ca: str, certificate: str, key: str) -> str:
    """The service's configuration with everything inline and no reference to a file.

    :raises ProtocolFailure: it is cut off, or refers to a file that the service does not send.
    """
    parsed = parse_configuration(text, error=ProtocolFailure)
    lines = [line for line in parsed.lines if _directive(line) not in _REPLACED]
    for line in lines:
        if _refers_to_a_file(line):
            raise ProtocolFailure(
                f"The configuration that the service sent refers to a file in its directive {_directive(line)}, "
                "and the service does not send that file."
            )
    own = {"ca": ca, "cert": certificate, "key": key}
    others = {tag: block for tag, block in parsed.blocks.items() if tag not in _REPLACED}
    parts = [f"<{tag}>\n{block}</{tag}>\n" for tag, block in {**others, **own}.items()]
    return "".join(f"{line}\n" for line in lines) + "".join(parts)


def _directive(line: str) -> str:
    words = line.split(None, 1)
    return words[0].removeprefix("--") if words else ""


def _refers_to_a_file(line: str) -> bool:
    words = line.split()
    return len(words) > 1 and _directive(line) in _FILE_DIRECTIVES and words[1] != "[inline]"


# --- what is on disk ---------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class _Held:
    """What one file holds, as far as it can be read."""

    id: str | None = None
    leaf: _x509.ParsedCertificate | None = None
    key: _x509.ParsedKey | None = None
    authorities: tuple[_x509.ParsedCertificate, ...] = ()
    has_key: bool = False
    """Something that looks like a private key is in it, readable or not."""


def observe(specs: tuple[FileSpec, ...]) -> LocalFiles | None:
    """What is at the paths; None if no file is asked for.

    :raises LocalFailure: a path that is a link, no regular file, or unreadable.
    """
    if not specs:
        return None
    found = observe_files(specs)
    held = {spec.option: _held(spec, found[spec.path]) for spec in specs}
    leaves = [held[option] for option in LEAF_OPTIONS if option in held]
    ids = {one.id for one in leaves}
    leaf = next((one.leaf for one in leaves if one.leaf is not None), None)
    known = ids.pop() if len(ids) == 1 else None
    fitting = frozenset(
        spec.path for spec in specs if leaf is not None and _fits(spec, held[spec.option], leaf, known=known)
    )
    return LocalFiles(
        specs=specs,
        observed=found,
        id=known,
        fitting=fitting,
        with_key=frozenset(spec.path for spec in specs if held[spec.option].has_key),
        issuer=None if leaf is None else leaf.issuer,
        serial_number=None if leaf is None else leaf.serial_number,
        fingerprint_sha256=None if leaf is None else leaf.fingerprint_sha256,
    )


def _held(spec: FileSpec, found: ObservedFile) -> _Held:
    content = found.content or b""
    has_key = b"PRIVATE KEY-----" in content or (found.exists and found.content is None)
    if spec.kind is Kind.PRIVATE_KEY:
        return _Held(key=_key(content), has_key=bool(content.strip()) or has_key)
    if spec.kind is Kind.CHAIN:
        return _Held(authorities=_certificates(content))
    if spec.option != CONFIG:
        certificates = _certificates(content)
        return _Held(id=found.certificate_id, leaf=certificates[0] if len(certificates) == 1 else None)
    try:
        parsed = parse_configuration(content.decode("utf-8"))
    except (Invalid, ValueError):
        return _Held(id=found.certificate_id, has_key=has_key)
    certificates = _certificates(parsed.blocks.get("cert", "").encode("utf-8"))
    outside = any(_directive(line) in _REPLACED or _refers_to_a_file(line) for line in parsed.lines)
    return _Held(
        id=found.certificate_id,
        leaf=certificates[0] if certificates and not outside else None,
        key=_key(parsed.blocks.get("key", "").encode("utf-8")),
        authorities=_certificates(parsed.blocks.get("ca", "").encode("utf-8")),
        has_key=has_key,
    )


def _certificates(content: bytes) -> tuple[_x509.ParsedCertificate, ...]:
    try:
        return _x509.read_certificates(content)
    except Invalid:
        return ()


def _key(content: bytes) -> _x509.ParsedKey | None:
    try:
        return _x509.load_private_key(content)
    except Invalid:
        return None


def _fits(spec: FileSpec, held: _Held, leaf: _x509.ParsedCertificate, *, known: str | None) -> bool:
    """Whether a file goes with the leaf, and a leaf's file with the id."""
    if spec.kind is Kind.PRIVATE_KEY:
        return held.key is not None and _x509.key_fits(leaf, held.key)
    if spec.kind is Kind.CHAIN:
        return any(_x509.issued_by(leaf, one) for one in held.authorities)
    same = held.leaf is not None and held.leaf.fingerprint_sha256 == leaf.fingerprint_sha256 and held.id == known
    if spec.option != CONFIG:
        return same
    return same and bool(held.authorities) and held.key is not None and _x509.key_fits(leaf, held.key)


# --- writing -----------------------------------------------------------------------------------------------


def deliver(
    specs: t.Sequence[FileSpec], material: Material, *, certificate_id: str, protect: bool, context: Context
) -> LocalFiles:
    """Write what the service has of a certificate, and return what is on disk then.

    With `protect` a configuration with another private key is not overwritten.

    :raises ProtocolFailure: what the service sent does not belong together, or lacks a part that is asked for.
    :raises Conflict: a private key of somebody else stands in the way.
    :raises LocalFailure: a file cannot be written.
    """
    key = _x509.load_private_key(
        material.private_key_pem or "", what="the private key that the service sent", error=ProtocolFailure
    )
    context.mask(key.pem)
    certificates = _x509.in_chain_order(
        _x509.read_certificates(
            material.certificate_pem or "", what="the certificate that the service sent", error=ProtocolFailure
        ),
        key=key,
        what="the certificate that the service sent",
        error=ProtocolFailure,
    )
    contents = {"private_key_path": key.pem, "certificate_path": certificates[0].text()}
    wanted = {spec.option for spec in specs}
    if wanted & {"ca_path", CONFIG}:
        contents["ca_path"] = _x509.pem_blocks(
            "".join(one.text() for one in _authorities(material)), error=ProtocolFailure
        )
    if CONFIG in wanted:
        if not material.config:
            raise ProtocolFailure(f"The service sent no configuration of {certificate_id}.", retryable=True)
        inline = "".join(one.text() for one in certificates)
        contents[CONFIG] = compose_configuration(
            material.config, ca=contents["ca_path"], certificate=inline, key=key.pem
        )
    if protect:
        _check_configuration(specs, key)
    write_files(
        [_filled(spec, contents[spec.option], certificate_id=certificate_id) for spec in specs], context=context
    )
    written = observe(tuple(specs))
    if written is None:
        raise ValueError("files were delivered where none is asked for")
    return written


def _authorities(material: Material) -> tuple[_x509.ParsedCertificate, ...]:
    return _x509.read_certificates(
        material.ca_pem or "", what="the authority's certificate that the service sent", error=ProtocolFailure
    )


def _check_configuration(specs: t.Sequence[FileSpec], key: _x509.ParsedKey) -> None:
    """A configuration on disk that holds a key has to hold this one."""
    found = observe_files(specs)
    for spec in specs:
        if spec.option != CONFIG or spec.content is Content.KEEP:
            continue
        held = _held(spec, found[spec.path])
        if held.has_key and (held.key is None or held.key.public_key_sha256 != key.public_key_sha256):
            raise another_key(spec)


def _filled(spec: FileSpec, content: str, *, certificate_id: str) -> FileSpec:
    if spec.content is Content.KEEP:
        return spec
    return dataclasses.replace(
        spec,
        content=content.encode("utf-8"),
        certificate_id=certificate_id if spec.option in LEAF_OPTIONS else None,
    )
