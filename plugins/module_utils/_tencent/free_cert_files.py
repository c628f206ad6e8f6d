# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The files of a free certificate: reading what is on disk, and writing what the service has."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _x509
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import Invalid, ProtocolFailure
from ansible_collections.cncloud.certificates.plugins.module_utils._files import (
    Content,
    FileSpec,
    Kind,
    ObservedFile,
    observe_files,
    write_files,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.free_cert_plan import (
    LocalFiles,
    LocalLeaf,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.ssl import IssuedFiles

FULLCHAIN = "fullchain_path"


def observe(specs: tuple[FileSpec, ...]) -> LocalFiles | None:
    """What is at the paths; None if no file is asked for.

    :raises LocalFailure: a path that is a link, no regular file, or unreadable.
    """
    if not specs:
        return None
    found = observe_files(specs)
    leaf_spec = specs[-1]
    certificate = _first_certificate(found[leaf_spec.path])
    leaf = None
    if certificate is not None:
        leaf = local_leaf(certificate, certificate_id=found[leaf_spec.path].certificate_id)
    return LocalFiles(
        specs=specs,
        observed=found,
        leaf=leaf,
        key=_key_state(specs, found, certificate),
        stale=frozenset(
            spec.path
            for spec in specs
            if spec.kind is not Kind.PRIVATE_KEY and not _belongs(spec, found[spec.path], certificate, leaf)
        ),
    )


def local_leaf(certificate: _x509.ParsedCertificate, *, certificate_id: str | None) -> LocalLeaf:
    return LocalLeaf(
        id=certificate_id,
        names=frozenset(certificate.domains),
        begins=certificate.not_before,
        ends=certificate.not_after,
        algorithm=certificate.key_algorithm,
        issuer=certificate.issuer,
        serial_number=certificate.serial_number,
        fingerprint_sha256=certificate.fingerprint_sha256,
    )


def _certificates(found: ObservedFile) -> tuple[_x509.ParsedCertificate, ...]:
    """The certificates of a file; none if it is not there or holds anything else."""
    if not found.content:
        return ()
    try:
        return _x509.read_certificates(found.content)
    except Invalid:
        return ()


def _first_certificate(found: ObservedFile) -> _x509.ParsedCertificate | None:
    certificates = _certificates(found)
    return certificates[0] if certificates else None


def _key_state(
    specs: tuple[FileSpec, ...], found: t.Mapping[str, ObservedFile], leaf: _x509.ParsedCertificate | None
) -> str:
    spec = next((spec for spec in specs if spec.kind is Kind.PRIVATE_KEY), None)
    if spec is None:
        return "unwanted"
    file = found[spec.path]
    if not file.exists:
        return "absent"
    try:
        key = _x509.load_private_key(file.content or b"")
    except Invalid:
        return "unreadable"
    if leaf is None:
        return "alone"
    return "fits" if _x509.key_fits(leaf, key) else "differs"


def _belongs(
    spec: FileSpec, found: ObservedFile, leaf: _x509.ParsedCertificate | None, known: LocalLeaf | None
) -> bool:
    """Whether a certificate file goes with the leaf: itself, its chain, or both with the same comment line."""
    certificates = _certificates(found)
    if leaf is None or known is None or not certificates:
        return False
    if spec.kind is Kind.CHAIN:
        return _x509.is_in_chain_order((leaf, *certificates))
    if certificates[0].fingerprint_sha256 != leaf.fingerprint_sha256 or found.certificate_id != known.id:
        return False
    if spec.option != FULLCHAIN:
        return len(certificates) == 1
    return len(certificates) > 1 and _x509.is_in_chain_order(certificates)


def deliver(
    specs: t.Sequence[FileSpec], issued: IssuedFiles, *, certificate_id: str, domain: str, context: Context
) -> LocalLeaf:
    """Write what the service has of a certificate, and return the facts of its leaf.

    :raises ProtocolFailure: the key does not fit, the certificates are no chain, or the names do not cover.
    :raises Conflict: a private key of somebody else stands in the way.
    :raises LocalFailure: a file cannot be written.
    """
    key = _x509.load_private_key(
        issued.private_key_pem or "", what="the private key that the service sent", error=ProtocolFailure
    )
    context.mask(key.pem)
    what = "the certificate that the service sent"
    certificates = _x509.in_chain_order(
        _x509.read_certificates(issued.certificate_pem or "", what=what, error=ProtocolFailure),
        key=key,
        what=what,
        error=ProtocolFailure,
    )
    leaf, chain = certificates[0], certificates[1:]
    if not _x509.covers(leaf.domains, domain):
        raise ProtocolFailure(f"The certificate {certificate_id} that the service sent does not cover {domain}.")
    contents = {
        "private_key_path": key.pem,
        "chain_path": "".join(one.text() for one in chain),
        FULLCHAIN: "".join(one.text() for one in certificates),
        "certificate_path": leaf.text(),
    }
    if not chain and any(spec.option in ("chain_path", FULLCHAIN) for spec in specs):
        raise ProtocolFailure(f"The service sent the certificate {certificate_id} without its chain.", retryable=True)
    write_files(
        [_filled(spec, contents[spec.option], certificate_id=certificate_id) for spec in specs], context=context
    )
    return local_leaf(leaf, certificate_id=certificate_id)


def _filled(spec: FileSpec, content: str, *, certificate_id: str) -> FileSpec:
    if spec.content is Content.KEEP:
        return spec
    return dataclasses.replace(
        spec,
        content=content.encode("ascii"),
        certificate_id=certificate_id if spec.kind is Kind.LEAF else None,
    )
