# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""A key that is answered once: two files beside its destination, so that it is never lost once its bytes came.

The note is written before the call and holds no secret: it tells a later run that a key was asked for. The spill
takes the answer's bytes as they come, before anything looks at them. Both are named after the key file, mode 0600.
The spill goes only when the key file is in place and was read back.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import json
import os
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_cert_key import key_in_answer
from ansible_collections.cncloud.certificates.plugins.module_utils._clock import rfc3339
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    LocalFailure,
    Ran,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Keep
from ansible_collections.cncloud.certificates.plugins.module_utils._signals import uninterrupted

MAX_SPILL = 16 * 1024 * 1024
MAX_NOTE = 64 * 1024
ROOM = 256 * 1024
"""Bytes that have to be free on the disk before a key is asked for."""


@dataclasses.dataclass(frozen=True)
class Kept:
    """What earlier runs have left beside a key file. `key` is a whole private key, as PEM."""

    path: str
    """Of the spill, whether it is there or not."""
    exists: bool = False
    key: str | None = dataclasses.field(default=None, repr=False)
    asked: str | None = None
    """When a key was asked for whose file was never finished, as text; None: there is no note."""

    @property
    def anything(self) -> bool:
        return self.exists or self.asked is not None


class Spill:
    """The two files of one key file."""

    def __init__(self, key_path: str, *, context: Context) -> None:
        folder, name = os.path.split(key_path)
        self._folder = folder
        # Cut so that the whole stays below the 255 bytes of common file systems.
        self.path = os.path.join(folder, f".{name[:100]}.cncloud-answer")
        self._note = os.path.join(folder, f".{name[:100]}.cncloud-asked")
        self._context = context
        self._earlier = False

    def observe(self) -> Kept:
        """What is there.

        :raises LocalFailure: it cannot be read: then nobody knows whether a key is in it.
        """
        content = _read(self.path, most=MAX_SPILL)
        note = _read(self._note, most=MAX_NOTE)
        return Kept(
            path=self.path,
            exists=content is not None,
            key=None if content is None else key_in_answer(content),
            asked=None if note is None else _time_of(note),
        )

    def announce(self, **facts: str) -> None:
        """Write the note, and so prove that the folder can be written. The facts must be no secrets.

        A note of an earlier run keeps its time: what that run asked for may show only after this one.

        :raises LocalFailure: it cannot be; nothing has been sent by then.
        """
        earlier = self.observe().asked
        self._earlier = earlier is not None
        said = {**facts, "time": earlier or rfc3339(self._context.clock.now())}
        try:
            descriptor = _open(self._note)
            try:
                _write_all(descriptor, json.dumps(said, sort_keys=True).encode("ascii") + b"\n")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            _sync(self._folder)
        except OSError as error:
            raise self._unwritable(self._note, error) from None

    @contextlib.contextmanager
    def receiving(self) -> t.Iterator[Keep]:
        """A `Sink`: from before the call is sent until its answer is on disk nothing interrupts.

        :raises LocalFailure: the file cannot be written, or holds a key that was not taken over.
        """
        if self.observe().key is not None:
            raise LocalFailure(
                f"{self.path} holds a private key of an earlier answer, which is not overwritten.",
                hint="Run again: the next run puts it in its place.",
            )
        with uninterrupted():
            try:
                descriptor = _open(self.path)
                _prove_space(descriptor)
            except OSError as error:
                raise self._unwritable(self.path, error) from None
            try:
                yield lambda piece: self._keep(descriptor, piece)
            finally:
                self._settle(descriptor)

    def _keep(self, descriptor: int, piece: bytes) -> None:
        try:
            _write_all(descriptor, piece)
        except OSError as error:
            raise self._cut_short(error) from None

    def _settle(self, descriptor: int) -> None:
        try:
            os.fsync(descriptor)
        except OSError as error:
            raise self._cut_short(error) from None
        finally:
            os.close(descriptor)
            _sync(self._folder)

    def _cut_short(self, error: OSError) -> LocalFailure:
        return LocalFailure(
            f"{self.path} could not be written to its end ({error.strerror}) while the answer came.",
            ran=Ran.UNKNOWN,
            hint="Make room on the disk, then run again: the next run finds out whether the key was lost.",
        )

    def content(self) -> bytes:
        """The bytes of the answer. :raises LocalFailure: they cannot be read back."""
        return _read(self.path, most=MAX_SPILL) or b""

    def failed(self, error: CertificatesError) -> None:
        """After a call that failed: name what is kept, and remove what tells nothing."""
        if b"PRIVATE KEY" in self.content():
            self.name_in(error)
            return
        _remove(self.path)
        if error.ran is not Ran.UNKNOWN and not self._earlier:
            _remove(self._note)
        _sync(self._folder)

    def name_in(self, error: CertificatesError) -> None:
        """Have a failure say where the answer is."""
        error.hint = f"{error.hint or ''} The service's answer is kept in {self.path}; do not remove it.".strip()
        error.data = {**error.data, "answer_path": self.path}

    def finish(self) -> None:
        """The key is in its file, and was read back from there.

        :raises LocalFailure: what was kept of the answer cannot be removed.
        """
        for path in (self.path, self._note):
            try:
                _remove(path)
            except OSError as error:
                raise LocalFailure(
                    f"The private key is in its place, and {path} beside it cannot be removed ({error.strerror}).",
                    hint="The next run tries again.",
                ) from None
        _sync(self._folder)

    def _unwritable(self, path: str, error: OSError) -> LocalFailure:
        return LocalFailure(
            f"private_key_path: {path} cannot be written ({error.strerror}), so no key was asked for.",
            hint="The folder of a key that is shown once has to be writable.",
        )


def _open(path: str) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _prove_space(descriptor: int) -> None:
    """Reserve room for the answer and the key file, and give it back. :raises OSError: the disk is full."""
    reserve = getattr(os, "posix_fallocate", None)  # not everywhere
    if reserve is None:
        return
    try:
        reserve(descriptor, 0, ROOM)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            os.close(descriptor)
            raise
    os.ftruncate(descriptor, 0)


def _read(path: str, *, most: int) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(path, error) from None
    try:
        with os.fdopen(descriptor, "rb") as stream:
            return stream.read(most)
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: str, error: OSError) -> LocalFailure:
    return LocalFailure(
        f"{path}, where an earlier run may have kept a private key, cannot be read ({error.strerror}).",
        hint="Run as the user of that run (become), or give that user's file to this one (chown).",
    )


def _write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def _sync(folder: str) -> None:
    # Some file systems cannot sync a folder; the files themselves are synced already.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _time_of(note: bytes) -> str:
    try:
        said = json.loads(note.decode("ascii"))
        found = said.get("time") if isinstance(said, dict) else None
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, str) and len(found) < 40 and found.isprintable() else "an unknown time"
