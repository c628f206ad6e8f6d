# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Certificate files on disk: what they should be, what they are, and the way from one to the other.

A service describes each file as a `FileSpec`, calls `check_destinations` before any call to a cloud, `observe_files`
to read what is there, `plan_files` (pure) to decide, and `write_files` to act. All files are staged next to their
destination before the first is renamed, and the leaf is renamed last: a reader that waits for the leaf finds its key
and chain. Contents are compared by meaning: certificates as DER, private keys by their public key.
No diff, message or repr holds a content.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import enum
import errno
import fcntl
import grp
import hashlib
import os
import pwd
import re
import stat
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _x509
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    Conflict,
    Invalid,
    LocalFailure,
    ProtocolFailure,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._resource import KNOWN_AFTER_APPLY

MAX_CONTENT = 1024 * 1024
"""Bytes of a file that are read; a longer one cannot be a certificate and counts as different."""

USE_BECOME = "Use become, or give the user of the task access (owner, mode) to it and its folders."
_SELINUX = "security.selinux"
_ID_LINE = re.compile(rb"#[ \t]*cncloud:[ \t]*([A-Za-z0-9._:-]{1,128})[ \t]*")
_ID_LINES = 20
_TEMPORARY = re.compile(r"\.(?P<name>.+)\.cncloud-[0-9a-f]{16}\.tmp")


class Kind(enum.Enum):
    """What a file holds. The values are the order in which files are renamed."""

    PRIVATE_KEY = 0
    CHAIN = 1
    TEXT = 2
    """Compared byte by byte, for example an .ovpn file."""
    LEAF = 3
    """The leaf, alone or with its chain behind it."""

    @property
    def words(self) -> str:
        return {0: "private key", 1: "chain", 2: "file", 3: "certificate"}[self.value]


class Content(enum.Enum):
    """What stands for a content that is not in memory."""

    KEEP = "keep"
    """What is there is right; only mode and owner may drift."""
    LATER = "later"
    """The service has it, and it is not what is there; it will be read when the plan is applied."""
    NEW = "new"
    """It does not exist yet: a key that is there now is certainly another one."""


@dataclasses.dataclass(frozen=True)
class Account:
    """A user or group as it was asked for. `id` is None while it does not exist (check mode only)."""

    name: str
    id: int | None


@dataclasses.dataclass(frozen=True)
class FileSpec:
    """One file as it should be. `option` is what messages call it, `mode` the permission bits.

    `certificate_id` becomes the comment line at the top. With `protect` a different private key that is there
    is not overwritten.
    """

    path: str
    kind: Kind
    option: str
    mode: int
    content: bytes | Content = dataclasses.field(repr=False)
    owner: Account | None = None
    group: Account | None = None
    backup: bool = False
    certificate_id: str | None = None
    protect: bool = False

    @property
    def payload(self) -> bytes:
        """The bytes to write. :raises ValueError: the content is not in memory."""
        if isinstance(self.content, Content):
            raise ValueError("the content of a file is asked for before it was read")
        return with_certificate_id(self.content, self.certificate_id)


@dataclasses.dataclass(frozen=True)
class ObservedFile:
    """What is at a path. `content` is None if nothing is there or it is longer than MAX_CONTENT."""

    exists: bool
    mode: int = 0
    uid: int = -1
    gid: int = -1
    owner: str = ""
    group: str = ""
    content: bytes | None = dataclasses.field(default=None, repr=False)
    selinux: bytes | None = None

    @property
    def certificate_id(self) -> str | None:
        return None if self.content is None else read_certificate_id(self.content)


ABSENT = ObservedFile(exists=False)


@dataclasses.dataclass(frozen=True)
class FileChange:
    """A file that differs from its spec, and in what."""

    spec: FileSpec
    observed: ObservedFile
    content: bool
    mode: bool
    owner: bool
    group: bool

    @property
    def before(self) -> dict[str, str]:
        """For the diff: `state: absent`, or what will be different."""
        if not self.observed.exists:
            return {"state": "absent"}
        return self._shown(
            content=_described(self.observed.content, self.spec.kind),
            mode=self.observed.mode,
            owner=self.observed.owner,
            group=self.observed.group,
        )

    @property
    def after(self) -> dict[str, str]:
        """For the diff; a content that is not known yet is `(known after apply)`."""
        spec = self.spec
        content = KNOWN_AFTER_APPLY if isinstance(spec.content, Content) else _described(spec.payload, spec.kind)
        shown = self._shown(
            content=content,
            mode=spec.mode,
            owner=spec.owner.name if spec.owner else "",
            group=spec.group.name if spec.group else "",
        )
        return shown if self.observed.exists else {"state": "file", **shown}

    def _shown(self, *, content: str, mode: int, owner: str, group: str) -> dict[str, str]:
        parts = {
            "content": (self.content, content),
            "mode": (self.mode, f"{mode:04o}"),
            "owner": (self.owner, owner),
            "group": (self.group, group),
        }
        return {name: text for name, (differs, text) in parts.items() if differs}

    @property
    def summary(self) -> str:
        """A sentence for `actions`."""
        spec = self.spec
        if self.content:
            return f"{'Replace' if self.observed.exists else 'Write'} the {spec.kind.words} in {spec.path}."
        parts = [f"{name} {self.before[name]} to {self.after[name]}" for name in self.before]
        return f"Change {', '.join(parts)} of {spec.path}."


@dataclasses.dataclass(frozen=True)
class FileReport:
    """What `write_files` did: the paths that changed, and the backups by path."""

    changed: tuple[str, ...]
    backups: t.Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class FileOptions:
    """The file options that all modules which write files share."""

    mode: int
    private_key_mode: int
    owner: Account | None
    group: Account | None
    backup: bool

    @classmethod
    def from_params(cls, params: t.Mapping[str, t.Any]) -> FileOptions:
        """:raises Invalid: a mode that is not a quoted octal string."""
        return cls(
            mode=parse_mode(params["mode"], option="mode"),
            private_key_mode=parse_mode(params["private_key_mode"], option="private_key_mode"),
            owner=_account(params["owner"], by_name=_uid, by_id=_user_name),
            group=_account(params["group"], by_name=_gid, by_id=_group_name),
            backup=params["backup"],
        )

    def spec(
        self,
        *,
        path: str,
        kind: Kind,
        option: str,
        content: bytes | Content,
        certificate_id: str | None = None,
        protect: bool = False,
    ) -> FileSpec:
        """A file with these options."""
        return FileSpec(
            path=path,
            kind=kind,
            option=option,
            mode=self.private_key_mode if kind is Kind.PRIVATE_KEY else self.mode,
            content=content,
            owner=self.owner,
            group=self.group,
            backup=self.backup,
            certificate_id=certificate_id,
            protect=protect,
        )


# --- options -----------------------------------------------------------------------------------------------


def parse_mode(value: t.Any, *, option: str) -> int:
    """`'0600'`, `'600'` or `'0o600'` as permission bits.

    :raises Invalid: a number, which YAML may already have turned from octal to decimal, or another spelling.
    """
    if isinstance(value, int):
        raise Invalid(
            f"{option} is the number {int(value)}. Write it in quotes, for example '0600':"
            " without quotes YAML reads 0600 as the number 384, and a number does not show whether that happened."
        )
    match = re.fullmatch(r"(?:0o)?0?([0-7]{3})", value) if isinstance(value, str) else None
    if match is None:
        raise Invalid(
            f"{option} needs an octal mode in quotes, for example '0600', not {str(value)[:20]!r}"
            " (symbolic modes such as u=rw are not supported)."
        )
    return int(match.group(1), 8)


def absolute_path(path: str, *, option: str, context: Context) -> str:
    """The path with a leading `~` expanded from the task's HOME.

    :raises Invalid: it is relative, ends with a slash or has a NUL character.
    """
    if "\0" in path:
        raise Invalid(f"{option} has a NUL character.")
    expanded = path
    if path == "~" or path.startswith("~/"):
        home = context.environ.get("HOME") or os.path.expanduser("~")
        expanded = home.rstrip("/") + path[1:]
    elif path.startswith("~"):
        expanded = os.path.expanduser(path)
    if not os.path.isabs(expanded):
        raise Invalid(f"{option} must be an absolute path or begin with ~, not '{path}'.")
    if expanded.endswith("/"):
        raise Invalid(f"{option} must name a file, and '{path}' names a folder.")
    return expanded


def read_input(path: str, *, option: str, context: Context) -> bytes | None:
    """The content of a file that the user gives, or None in check mode if it is not written yet (with a warning).

    :raises LocalFailure: missing (in a real run), unreadable, not a file, or longer than 1 MiB.
    """
    try:
        with open(path, "rb") as stream:
            content = stream.read(MAX_CONTENT + 1)
    except FileNotFoundError:
        if context.check_mode:
            context.warn(f"{option}: {path} does not exist yet. A change is predicted as if it were written by then.")
            return None
        raise LocalFailure(
            f"{option}: the file {path} does not exist.",
            hint="Give the path as it is on the machine that runs the task, or write the file in an earlier task.",
        ) from None
    except (OSError, ValueError) as error:
        raise LocalFailure(f"{option}: the file {path} cannot be read ({_why(error)}).", hint=USE_BECOME) from None
    if len(content) > MAX_CONTENT:
        raise LocalFailure(f"{option}: the file {path} is longer than 1 MiB.", hint="Give the path of a PEM file.")
    return content


# --- the comment line --------------------------------------------------------------------------------------


def with_certificate_id(content: bytes, certificate_id: str | None) -> bytes:
    """The content with the line `# cncloud: <id>` in front.

    :raises ProtocolFailure: an id with other characters than letters, digits and `._:-`.
    """
    if certificate_id is None:
        return content
    line = f"# cncloud: {certificate_id}"
    if not _ID_LINE.fullmatch(line.encode("utf-8", "replace")):
        raise ProtocolFailure("The service gave a certificate an id that does not fit on a comment line.")
    return line.encode("ascii") + b"\n" + content


def read_certificate_id(content: bytes) -> str | None:
    """The id of the line `# cncloud: <id>` above the first PEM block, or None."""
    for line in content[:8192].splitlines()[:_ID_LINES]:
        if line.startswith(b"-----BEGIN"):
            return None
        match = _ID_LINE.fullmatch(line)
        if match:
            return match.group(1).decode("ascii")
    return None


# --- checks before any call --------------------------------------------------------------------------------


def check_destinations(specs: t.Sequence[FileSpec], *, context: Context) -> None:
    """Prove that each file can be written, without creating anything.

    In check mode a missing folder, user or group is a warning: an earlier task of the play may make it.

    :raises Invalid: two options name one file.
    :raises LocalFailure: no such folder, not writable, a link, not a regular file, an owner that cannot be given.
    """
    seen: dict[str, str] = {}
    for spec in specs:
        folder, name = os.path.split(spec.path)
        real = os.path.join(os.path.realpath(folder), name)
        if real in seen:
            raise Invalid(f"{seen[real]} and {spec.option} name the same file {spec.path}.")
        seen[real] = spec.option
        _check_accounts(spec, context=context)
        if _check_folder(spec, folder, context=context):
            _check_destination(spec, folder)


def _check_accounts(spec: FileSpec, *, context: Context) -> None:
    for word, option, account in (("user", "owner", spec.owner), ("group", "group", spec.group)):
        if account is not None and account.id is None:
            sentence = f"{option}: there is no {word} '{account.name}' on this machine."
            if not context.check_mode:
                raise LocalFailure(sentence, hint=f"Create it first (ansible.builtin.{word}), or leave {option} out.")
            context.warn(f"{sentence} A change is predicted as if it existed by then.")


def _check_folder(spec: FileSpec, folder: str, *, context: Context) -> bool:
    """Whether the folder exists; False only in check mode."""
    try:
        found = os.stat(folder)
    except (FileNotFoundError, NotADirectoryError):
        sentence = f"{spec.option}: the folder {folder} does not exist."
        if context.check_mode:
            context.warn(f"{sentence} A change is predicted as if it existed by then.")
            return False
        raise LocalFailure(
            sentence, hint=f"Create it first: ansible.builtin.file with path: {folder} and state: directory."
        ) from None
    except OSError as error:
        raise LocalFailure(
            f"{spec.option}: the folder {folder} cannot be read ({_why(error)}).", hint=USE_BECOME
        ) from None
    if not stat.S_ISDIR(found.st_mode):
        raise LocalFailure(f"{spec.option}: {folder} is not a folder.", hint="Remove it, or choose another path.")
    if not _allowed(folder, os.W_OK | os.X_OK):
        raise LocalFailure(
            f"{spec.option}: the folder {folder} is not writable for {_user_name(os.geteuid())}.",
            hint="Choose another folder, or run the task with become.",
        )
    return True


def _check_destination(spec: FileSpec, folder: str) -> None:
    found = _lstat(spec)
    if found is not None:
        if stat.S_ISLNK(found.st_mode):
            raise LocalFailure(
                f"{spec.option}: {spec.path} is a symbolic link, and links are not followed.",
                hint="Give the path of the file that it leads to, or remove it.",
            )
        if not stat.S_ISREG(found.st_mode):
            what = "a folder" if stat.S_ISDIR(found.st_mode) else "not a regular file"
            raise LocalFailure(f"{spec.option}: {spec.path} is {what}.", hint="Give the path of a file.")
        if not _allowed(spec.path, os.R_OK):
            raise LocalFailure(f"{spec.option}: {spec.path} exists and cannot be read.", hint=USE_BECOME)
        user, parent = os.geteuid(), os.stat(folder)
        if parent.st_mode & stat.S_ISVTX and user not in (0, found.st_uid, parent.st_uid):
            raise LocalFailure(
                f"{spec.option}: {spec.path} belongs to {_user_name(found.st_uid)} in a folder with the sticky bit"
                " and cannot be replaced.",
                hint="Run the task as that user (become_user) or as root, or choose another folder.",
            )
    _check_ownership(spec, found)


def _check_ownership(spec: FileSpec, found: os.stat_result | None) -> None:
    """What only root may do. A file that is to stay may already be as it should."""
    user = os.geteuid()
    if user == 0:
        return
    kept = None if spec.content in (Content.NEW, Content.LATER) else found
    if spec.owner is not None and spec.owner.id not in (None, user, kept.st_uid if kept else None):
        raise LocalFailure(
            f"owner: only root can give {spec.path} to {spec.owner.name}.", hint="Leave owner out, or use become."
        )
    groups = {None, os.getegid(), *os.getgroups(), kept.st_gid if kept else None}
    if spec.group is not None and spec.group.id not in groups:
        raise LocalFailure(
            f"group: {_user_name(user)} is not in the group {spec.group.name} and cannot give {spec.path} to it.",
            hint="Leave group out, or use become.",
        )
    if spec.content is Content.KEEP and kept and kept.st_uid != user and stat.S_IMODE(kept.st_mode) != spec.mode:
        raise LocalFailure(
            f"{spec.option}: {spec.path} belongs to {_user_name(kept.st_uid)}, who alone can change its mode.",
            hint="Run the task as that user (become_user) or as root.",
        )


# --- observe -----------------------------------------------------------------------------------------------


def observe_files(specs: t.Iterable[FileSpec]) -> dict[str, ObservedFile]:
    """What is at each path, by path. Links are reported as failures, not followed."""
    return {spec.path: observe_file(spec) for spec in specs}


def observe_file(spec: FileSpec) -> ObservedFile:
    """What is at the path of a spec.

    :raises LocalFailure: it is a link or no regular file, or cannot be read.
    """
    try:
        descriptor = os.open(spec.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return ABSENT
    except OSError as error:
        why = "it is a symbolic link" if error.errno == errno.ELOOP else _why(error)
        raise LocalFailure(f"{spec.option}: {spec.path} cannot be read ({why}).", hint=USE_BECOME) from None
    with os.fdopen(descriptor, "rb") as stream:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise LocalFailure(f"{spec.option}: {spec.path} is not a regular file.", hint="Give the path of a file.")
        content = stream.read(MAX_CONTENT + 1)
        return ObservedFile(
            exists=True,
            mode=stat.S_IMODE(found.st_mode),
            uid=found.st_uid,
            gid=found.st_gid,
            owner=_user_name(found.st_uid),
            group=_group_name(found.st_gid),
            content=content if len(content) <= MAX_CONTENT else None,
            selinux=_selinux_context(descriptor),
        )


# --- plan --------------------------------------------------------------------------------------------------


def plan_files(specs: t.Sequence[FileSpec], observed: t.Mapping[str, ObservedFile]) -> tuple[FileChange, ...]:
    """The files that differ, in the order in which they will be renamed. Pure.

    :raises Conflict: a protected private key would be overwritten by another one.
    """
    changes = []
    for spec in sorted(specs, key=lambda one: one.kind.value):
        found = observed.get(spec.path, ABSENT)
        content = _differs(spec, found)
        if content and spec.protect and _holds_another_key(spec, found):
            raise Conflict(
                f"{spec.option}: {spec.path} holds another private key, which is not overwritten.",
                hint="Move it away, choose another path, or use force.",
            )
        change = FileChange(
            spec=spec,
            observed=found,
            content=content,
            mode=not found.exists or found.mode != spec.mode,
            owner=spec.owner is not None and (not found.exists or found.uid != spec.owner.id),
            group=spec.group is not None and (not found.exists or found.gid != spec.group.id),
        )
        if change.content or change.mode or change.owner or change.group:
            changes.append(change)
    return tuple(changes)


def files_diff(changes: t.Iterable[FileChange]) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """The changes as (before, after), each a dictionary by path."""
    listed = list(changes)
    return (
        {change.spec.path: change.before for change in listed},
        {change.spec.path: change.after for change in listed},
    )


def same_content(kind: Kind, one: bytes, other: bytes) -> bool:
    """Whether two contents mean the same: certificates as DER in order, keys by public key, text by bytes."""
    if one == other:
        return True
    if kind is Kind.PRIVATE_KEY:
        return _x509.same_private_keys(one, other)
    return kind is not Kind.TEXT and _x509.same_certificates(one, other)


def _differs(spec: FileSpec, found: ObservedFile) -> bool:
    if not found.exists:
        return True
    if isinstance(spec.content, Content):
        return spec.content is not Content.KEEP
    if found.content is None or not same_content(spec.kind, spec.payload, found.content):
        return True
    return spec.certificate_id is not None and found.certificate_id != spec.certificate_id


def _holds_another_key(spec: FileSpec, found: ObservedFile) -> bool:
    """A key that may be the one to come (LATER) is no reason to refuse; an empty file holds none."""
    if spec.kind is not Kind.PRIVATE_KEY or spec.content is Content.LATER:
        return False
    return found.exists and (found.content is None or bool(found.content.strip()))


def _described(content: bytes | None, kind: Kind) -> str:
    if content is None:
        return "longer than 1 MiB"
    if kind is Kind.TEXT:
        return f"sha256 {hashlib.sha256(content).hexdigest()}"
    try:
        if kind is Kind.PRIVATE_KEY:
            return f"public key sha256 {_x509.load_private_key(content).public_key_sha256}"
        blocks = [block for block in _x509.split_pem(content) if block.label in _x509.CERTIFICATE_LABELS]
    except Invalid:
        return f"no readable {kind.words}"
    if not blocks:
        return f"no readable {kind.words}"
    prints = ", ".join(hashlib.sha256(block.der).hexdigest() for block in blocks)
    named = read_certificate_id(content)
    return f"sha256 {prints}" + (f" of {named}" if named else "")


# --- apply -------------------------------------------------------------------------------------------------


def write_files(specs: t.Sequence[FileSpec], *, context: Context) -> FileReport:
    """Bring the files to their specs: stage all, then rename the key, the chain, other files and the leaf.

    Only what differs is touched. Every content must be in memory or KEEP.

    :raises LocalFailure: with the paths already renamed in `data["files_written"]`.
    :raises Conflict: a protected private key would be overwritten by another one.
    """
    changes = plan_files(specs, observe_files(specs))
    _remove_leftovers(specs)
    written: list[str] = []
    backups: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        staged = [(change, stack.enter_context(_staged(change, context))) for change in changes if change.content]
        for change, temporary in staged:
            if change.spec.backup and change.observed.exists:
                backups[change.spec.path] = _back_up(change, context)
            try:
                os.rename(temporary, change.spec.path)
            except OSError as error:
                raise _not_written(change.spec, error, written) from None
            _sync_folder(change.spec.path)
            written.append(change.spec.path)
    for change in changes:
        if not change.content:
            _correct_attributes(change, written)
            written.append(change.spec.path)
    return FileReport(changed=tuple(written), backups=backups)


@contextlib.contextmanager
def _staged(change: FileChange, context: Context) -> t.Iterator[str]:
    """A complete temporary file in the destination's folder; removed again unless it was renamed.

    Its descriptor stays locked meanwhile: that tells a later run's `_remove_leftovers` a live writer from a dead one.
    """
    spec = change.spec
    temporary = ""
    descriptor = -1
    try:
        try:
            temporary, descriptor = _create_temporary(spec.path, context)
            _write_all(descriptor, spec.payload)
            _set_attributes(descriptor, change)
            if change.observed.selinux is not None:
                _set_selinux_context(descriptor, change.observed.selinux)
            os.fsync(descriptor)
        except OSError as error:
            raise _not_written(spec, error, []) from None
        yield temporary
    finally:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        if descriptor >= 0:
            os.close(descriptor)


def _create_temporary(path: str, context: Context) -> tuple[str, int]:
    folder, name = os.path.split(path)
    for _attempt in range(10):
        # The name is cut so that the whole stays below the 255 bytes of common file systems.
        temporary = os.path.join(folder, f".{name[:100]}.cncloud-{context.randomness.token_hex(8)}.tmp")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(temporary, flags, 0o600)
            # Not every network file system locks; there a leftover is merely not told from a live file.
            with contextlib.suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_nlink:
                return temporary, descriptor
            os.close(descriptor)  # another run took it for a leftover before it was locked
    raise FileExistsError(errno.EEXIST, "no free temporary name")


def _write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def _set_attributes(descriptor: int, change: FileChange) -> None:
    """Owner and group first: changing them may clear mode bits. What is not given stays as it was, if it can."""
    spec, found = change.spec, change.observed
    uid = -1 if spec.owner is None or spec.owner.id is None else spec.owner.id
    gid = -1 if spec.group is None or spec.group.id is None else spec.group.id
    if found.exists:
        for kept_uid, kept_gid in ((found.uid if uid < 0 else -1, -1), (-1, found.gid if gid < 0 else -1)):
            with contextlib.suppress(PermissionError):
                os.fchown(descriptor, kept_uid, kept_gid)
    if uid >= 0 or gid >= 0:
        os.fchown(descriptor, uid, gid)
    os.fchmod(descriptor, spec.mode)


def _correct_attributes(change: FileChange, written: t.Sequence[str]) -> None:
    path = change.spec.path
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            _set_attributes(descriptor, change)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _not_written(change.spec, error, written) from None


def _back_up(change: FileChange, context: Context) -> str:
    """Copy what is there, with its mode and owner, to `<path>.<UTC time>~` and return that name."""
    spec, found = change.spec, change.observed
    moment = context.clock.now().astimezone(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    name = f"{spec.path}.{moment}~"
    try:
        content = _read_whole(spec.path)
        descriptor = _create_backup(name)
        try:
            _write_all(descriptor, content)
            with contextlib.suppress(PermissionError):
                os.fchown(descriptor, found.uid, found.gid)
            os.fchmod(descriptor, found.mode)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise LocalFailure(
            f"{spec.option}: the backup {name} cannot be written ({_why(error)}).",
            hint="Make room on the disk, or set backup: false.",
        ) from None
    return name


def _create_backup(name: str) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(name, flags, 0o600)
    except FileExistsError:
        # Two replacements within one second: the older copy is the one that was asked to be kept.
        os.rename(name, f"{name[:-1]}-1~")
        return os.open(name, flags, 0o600)


def _read_whole(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read()


def _remove_leftovers(specs: t.Iterable[FileSpec]) -> None:
    """Remove temporary files of killed runs for these destinations: ours by name, and no longer locked."""
    names: dict[str, set[str]] = {}
    for spec in specs:
        folder, name = os.path.split(spec.path)
        names.setdefault(folder, set()).add(name[:100])
    for folder, wanted in names.items():
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                match = _TEMPORARY.fullmatch(entry.name)
                if match and match.group("name") in wanted:
                    _remove_if_dead(entry.path)


def _remove_if_dead(path: str) -> None:
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(path)
        finally:
            os.close(descriptor)


def _sync_folder(path: str) -> None:
    # Some file systems cannot sync a folder; the file itself is synced already.
    with contextlib.suppress(OSError):
        descriptor = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _not_written(spec: FileSpec, error: OSError, written: t.Sequence[str]) -> LocalFailure:
    hint = None
    if error.errno == errno.EBUSY:
        hint = "A file that is mounted into a container cannot be replaced; mount its folder instead."
    return LocalFailure(
        f"{spec.option}: {spec.path} cannot be written ({_why(error)}).",
        hint=hint,
        data={"files_written": list(written)} if written else None,
    )


# --- the system --------------------------------------------------------------------------------------------


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__


def _lstat(spec: FileSpec) -> os.stat_result | None:
    try:
        return os.lstat(spec.path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LocalFailure(f"{spec.option}: {spec.path} cannot be used ({_why(error)}).", hint=USE_BECOME) from None


def _allowed(path: str, mode: int) -> bool:
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def _selinux_context(descriptor: int) -> bytes | None:
    try:
        return os.getxattr(descriptor, _SELINUX)
    except (OSError, AttributeError):  # no SELinux here, or a system without extended attributes
        return None


def _set_selinux_context(descriptor: int, value: bytes) -> None:
    with contextlib.suppress(OSError, AttributeError):
        os.setxattr(descriptor, _SELINUX, value)


def _account(
    text: str | None, *, by_name: t.Callable[[str], int | None], by_id: t.Callable[[int], str]
) -> Account | None:
    if text is None or text == "":
        return None
    number = by_name(text)
    if number is None and re.fullmatch(r"[0-9]{1,10}", text):
        number = int(text)
    return Account(name=text if number is None else by_id(number), id=number)


def _uid(name: str) -> int | None:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None


def _gid(name: str) -> int | None:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return None


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except (KeyError, OverflowError):
        return str(uid)


def _group_name(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except (KeyError, OverflowError):
        return str(gid)
