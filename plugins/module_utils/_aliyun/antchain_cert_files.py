# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The files of a chain's certificate on disk, and where they lie."""

from __future__ import annotations

import dataclasses
import os
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _x509
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_cert_key import (
    NOT_A_KEY,
    public_key_of,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_cert_plan import (
    CA,
    CERTIFICATE,
    KEY,
    TRUST_CA,
    LocalFiles,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_cert_spill import Spill
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_download import trust_store_in
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    Invalid,
    LocalFailure,
    ProtocolFailure,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._files import (
    FileSpec,
    ObservedFile,
    observe_file,
    observe_files,
    write_files,
)

_CONTAINER_FILES = ("/.dockerenv", "/run/.containerenv")
_CONTAINER_VARIABLES = ("KUBERNETES_SERVICE_HOST", "container")


def observe(specs: tuple[FileSpec, ...], *, password: str | None, context: Context) -> LocalFiles:
    """What is at the paths, and beside the key file what an earlier run left.

    :raises LocalFailure: something is there that cannot be read, or not with this password.
    """
    found = observe_files(specs)
    by_option = {spec.option: (spec, found[spec.path]) for spec in specs}
    local = LocalFiles(specs=specs, observed=found)
    if KEY in by_option:
        local = _with_key(local, *by_option[KEY], password=password, context=context)
    leaf = None if CERTIFICATE not in by_option else _own_leaf(*by_option[CERTIFICATE])
    checks = {CERTIFICATE: leaf is not None, CA: _holds_certificates(by_option.get(CA)), TRUST_CA: False}
    if TRUST_CA in by_option:
        checks[TRUST_CA] = _is_trust_store(by_option[TRUST_CA][1])
    fitting = frozenset(spec.path for spec in specs if checks.get(spec.option))
    return dataclasses.replace(local, leaf=leaf, fitting=fitting)


def _with_key(
    local: LocalFiles, spec: FileSpec, found: ObservedFile, *, password: str | None, context: Context
) -> LocalFiles:
    kept = Spill(spec.path, context=context).observe()
    if kept.key is not None:
        context.mask(kept.key)
    return dataclasses.replace(
        local,
        folder_exists=os.path.isdir(os.path.dirname(spec.path)),
        key=None if not found.exists else key_on_disk(spec, found, password=password),
        kept=kept,
        kept_key=None if kept.key is None else public_key_of(kept.key, password=password, what=kept.path),
    )


def key_on_disk(spec: FileSpec, found: ObservedFile, *, password: str | None) -> str:
    """The SHA-256 over the public half of the key in a file. :raises LocalFailure: it cannot be read."""
    if found.content is None:
        raise LocalFailure(f"{spec.option}: {spec.path} is too long for a private key.", hint=NOT_A_KEY)
    return public_key_of(found.content, password=password, what=f"{spec.option}: {spec.path}")


def _own_leaf(spec: FileSpec, found: ObservedFile) -> _x509.ParsedCertificate | None:
    if found.content is None or found.certificate_id != spec.certificate_id:
        return None
    try:
        return _x509.read_certificates(found.content)[0]
    except Invalid:
        return None


def _holds_certificates(one: tuple[FileSpec, ObservedFile] | None) -> bool:
    try:
        return one is not None and bool(_x509.read_certificates(one[1].content or b""))
    except Invalid:
        return False


def _is_trust_store(found: ObservedFile) -> bool:
    try:
        return bool(trust_store_in(found.content or b"", what=TRUST_CA))
    except ProtocolFailure:
        return False


def write_key(spec: FileSpec, pem: str, *, password: str | None, context: Context) -> str:
    """Write a private key and read it back. Returns the SHA-256 over its public half.

    :raises LocalFailure: it cannot be written, or what is on disk then cannot be decrypted.
    :raises Conflict: another key is there.
    """
    write_files([dataclasses.replace(spec, content=pem.encode("ascii"))], context=context)
    return key_on_disk(spec, observe_file(spec), password=password)


def deliver(specs: t.Sequence[FileSpec], contents: t.Mapping[str, bytes], *, context: Context) -> tuple[str, ...]:
    """Write the files whose contents are given by option; the others are kept, and their owner and mode set."""
    filled = [
        dataclasses.replace(spec, content=contents[spec.option]) if spec.option in contents else spec for spec in specs
    ]
    return write_files(filled, context=context).changed


def container_warning(path: str, *, context: Context, root: str = "/") -> str | None:
    """A sentence, if the path lies on the own disk of a container, which vanishes with it."""
    marks = any(os.path.exists(mark) for mark in _CONTAINER_FILES)
    if not marks and not any(context.environ.get(name) for name in _CONTAINER_VARIABLES):
        return None
    folder = os.path.dirname(path)
    try:
        if os.stat(folder).st_dev != os.stat(root).st_dev:
            return None
    except OSError:
        return None
    return (
        f"private_key_path: {folder} is on the disk of a container and not on a mount. The service shows this key "
        "once; when the container ends, it is lost. Mount a lasting folder, or use method: csr."
    )
