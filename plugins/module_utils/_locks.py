# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""State that the processes of one machine share: advisory locks, keys that were refused, notes for later runs.

All of it lives in a folder of the user, mode 0700, reached without following links. Nothing of it is created in
check mode.
"""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import hashlib
import os
import stat
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    AuthError,
    Conflict,
    LocalFailure,
    Ran,
)

REFUSED_FOR = 300.0
"""Seconds that a refused key is not sent again: Huawei Cloud locks a key after five failures in a row."""
TRY_ANOTHER = "Correct the key, or the clock of this machine if that was the reason: either is tried at once."
UNFINISHED_FOR = datetime.timedelta(hours=1)
"""Longer than any run writes and any read lags; after that a mark of unfinished work means nothing."""

_LONGEST_NOTE = 64 * 1024
_FOLDER = "cncloud.certificates"
_refused_here: dict[str, datetime.datetime] = {}


def state_folder(context: Context, *, create: bool) -> t.Optional[str]:
    """The folder, or None when it does not exist and must not be created.

    :raises LocalFailure: the folder is a link, belongs to somebody else or is open to others.
    """
    path = _state_path(context.environ)
    if create:
        try:
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                os.mkdir(path, 0o700)
        except OSError as error:
            raise LocalFailure(
                f"The folder {path} for locks cannot be created ({error.strerror}).",
                hint="Give the user a writable home folder, or set XDG_CACHE_HOME.",
            ) from error
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise LocalFailure(
            f"The folder {path} for locks must be a real folder of this user with mode 0700.",
            hint="Remove it or set XDG_CACHE_HOME to another place.",
        )
    return path


def _state_path(environ: t.Mapping[str, str]) -> str:
    cache = environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(cache):
        home = environ.get("HOME", "")
        cache = os.path.join(home if os.path.isabs(home) else os.path.expanduser("~"), ".cache")
    return os.path.join(cache, _FOLDER)


def _file_name(prefix: str, text: str) -> str:
    return f"{prefix}-{hashlib.sha256(text.encode('utf-8')).hexdigest()[:40]}"


class HeldLock:
    """A lock that is held, and a mark in its file: the run that holds it has begun to write and is not through.

    The lock of a run that dies is free at once, the mark stays: what that run wrote last may not show in reads yet.
    """

    def __init__(self, descriptor: int, context: Context) -> None:
        self._descriptor = descriptor
        self._context = context

    def begin(self) -> None:
        """Set the mark, before the first write. Where that cannot be done, the lock serves all the same."""
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, self._context.clock.now().isoformat().encode("ascii"), 0)

    def finish(self) -> None:
        """Remove the mark, once everything that was written shows."""
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, 0)

    @property
    def left_unfinished(self) -> bool:
        """Whether the run before this one set the mark, in the last hour, and did not come to remove it."""
        try:
            begun = datetime.datetime.fromisoformat(os.pread(self._descriptor, 64, 0).decode("ascii"))
            return datetime.timedelta(0) <= self._context.clock.now() - begun < UNFINISHED_FOR
        except (OSError, ValueError, TypeError):
            return False


@contextlib.contextmanager
def advisory_lock(context: Context, *, name: str, timeout: float) -> t.Iterator[HeldLock]:
    """Hold the lock `name` of this user on this machine; it ends with the process, however that dies.

    :raises Conflict: another run held it for `timeout` seconds.
    """
    folder = state_folder(context, create=True)
    path = os.path.join(str(folder), _file_name("lock", name))
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o600)
    except OSError as error:
        raise LocalFailure(
            f"The lock file {path} cannot be opened ({error.strerror}).",
            hint="Remove it if it belongs to another user, or set XDG_CACHE_HOME to a folder of this one.",
        ) from error
    try:
        _take(descriptor, context, name=name, timeout=timeout)
        yield HeldLock(descriptor, context)
    finally:
        os.close(descriptor)


def _take(descriptor: int, context: Context, *, name: str, timeout: float) -> None:
    end = context.clock.monotonic() + timeout
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if context.clock.monotonic() >= end:
                raise Conflict(
                    f"Another run on this machine has been changing the same object ({name}) for {timeout:g} seconds.",
                    retryable=True,
                    hint="Let it finish, then run again.",
                ) from None
        except OSError as error:
            raise LocalFailure(
                f"The lock of {name} cannot be taken ({error.strerror}).",
                hint="The folder for locks must be on a file system that has locks: set XDG_CACHE_HOME.",
            ) from error
        context.clock.sleep(context.randomness.uniform(0.1, 0.3))


class Note:
    """A text that a run leaves to later runs of this user on this machine. A hint alone: it may be lost or outdated."""

    def __init__(self, context: Context, *, name: str) -> None:
        self._context = context
        self._name = _file_name("note", name)

    def read(self) -> str:
        """Nothing where there is none, or none that can be read."""
        try:
            folder = state_folder(self._context, create=False)
            if folder is None:
                return ""
            descriptor = os.open(os.path.join(folder, self._name), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with open(descriptor, encoding="utf-8") as file:
                return file.read(_LONGEST_NOTE)
        except (LocalFailure, OSError, ValueError):
            return ""

    def write(self, text: str) -> None:
        """As a whole or not at all; an empty text removes the note. For one writer at a time, which a lock sees to.

        Where it cannot be written, there is no note.
        """
        with contextlib.suppress(LocalFailure, OSError):
            path = os.path.join(str(state_folder(self._context, create=True)), self._name)
            if not text:
                os.unlink(path)
                return
            staged = f"{path}.new"
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(staged, flags, 0o600)
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(staged, path)


def key_identity(*, endpoint: str, key_id: str, secret: str) -> str:
    """Names a key at an endpoint without giving the secret away."""
    inner = hashlib.sha256(secret.encode("utf-8")).hexdigest()
    return hashlib.sha256(f"{endpoint}\n{key_id}\n{inner}".encode()).hexdigest()


class RefusedKeys:
    """Keys that a service has just refused; a loop of 500 must not send 500 of them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def check(self, identity: str, *, source: str, hint: str = TRY_ANOTHER) -> None:
        """:raises AuthError: without any call, when this key was refused in the last five minutes."""
        since = _refused_here.get(identity) or self._from_disk(identity)
        if since is None:
            return
        # A clock that was far enough off to be refused for it leaves these bounds when it is set right.
        left = REFUSED_FOR - (self._context.clock.now() - since).total_seconds()
        if not 0 < left <= REFUSED_FOR:
            return
        raise AuthError(
            f"The key from {source} was refused a moment ago and is not sent again for {int(left) + 1} seconds.",
            code="refused_locally",
            ran=Ran.NO,
            hint=hint,
        )

    def remember(self, identity: str) -> None:
        """Note that the service has refused this key now; on disk only where writing is allowed."""
        _refused_here[identity] = self._context.clock.now()
        if self._context.check_mode:
            return
        with contextlib.suppress(LocalFailure, OSError):
            folder = str(state_folder(self._context, create=True))
            path = os.path.join(folder, _file_name("refused", identity))
            # Not blocking, here and where it is read: a pipe in its place would wait for ever.
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(path, flags, 0o600)
            try:
                os.write(descriptor, self._context.clock.now().isoformat().encode("ascii"))
            finally:
                os.close(descriptor)

    def _from_disk(self, identity: str) -> t.Optional[datetime.datetime]:
        try:
            folder = state_folder(self._context, create=False)
            if folder is None:
                return None
            path = os.path.join(folder, _file_name("refused", identity))
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                found = datetime.datetime.fromisoformat(os.read(descriptor, 64).decode("ascii"))
            finally:
                os.close(descriptor)
            # A time without a zone is not ours, and compares with nothing.
            return None if found.tzinfo is None else found
        except (LocalFailure, OSError, ValueError):
            return None
