# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Files of the vendors' tools that hold keys: read whole or not at all, and never shown."""

from __future__ import annotations

import configparser
import json
import os
import re
import stat
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._credentials import (
    Found,
    Source,
    check_text,
    refusal,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import AuthError, Invalid

MAX_SIZE = 1024 * 1024
"""Bytes of a file that are read."""
_NAME = re.compile(r"[^/\\\x00-\x1f]{1,128}")

Section = t.Mapping[str, t.Any]


def home_path(context: Context, *parts: str) -> str:
    """A path below the home folder that the task's environment says."""
    home = context.environ.get("HOME", "")
    return os.path.join(home if os.path.isabs(home) else os.path.expanduser("~"), *parts)


def given_path(context: Context, name: str, *default: str) -> str:
    """The path that a variable of the environment says, else one below the home folder."""
    value = context.environ.get(name, "")
    if not value:
        return home_path(context, *default)
    if value == "~" or value.startswith("~/"):
        return home_path(context, value[2:])
    return os.path.join(context.base_dir, value)


def check_name(profile: str) -> str:
    """:raises Invalid: no profile has such a name; some tools make it a file name."""
    if not _NAME.fullmatch(profile) or profile in (".", ".."):
        raise Invalid("profile must be a name: at most 128 characters, no slashes.")
    return profile


def read_text(path: str, *, what: str) -> str | None:
    """The text of a file, without white space around it; None if there is none.

    :raises AuthError: it cannot be read. `what` says in words what it is.
    """
    try:
        content = _content(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its path cannot be one"
        raise _unreadable(path, what, reason) from None
    if content is None:
        raise _unreadable(path, what, "it is not a file")
    if len(content) > MAX_SIZE:
        raise _unreadable(path, what, "it is too large")
    try:
        return content.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise _unreadable(path, what, "it is not UTF-8 text") from None


def _content(path: str) -> bytes | None:
    """At most one byte more than may be read; None for what is not a file."""
    # Not blocking: a pipe in its place would wait for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        chunks: list[bytes] = []
        while sum(map(len, chunks)) <= MAX_SIZE:
            chunk = os.read(descriptor, MAX_SIZE + 1)
            if not chunk:
                break
            chunks.append(chunk)
        return b"".join(chunks)
    finally:
        os.close(descriptor)


def read_json(path: str, *, what: str) -> Section | None:
    """A file that holds one JSON object; None if there is none.

    :raises AuthError: it cannot be read. Its content does not show.
    """
    text = read_text(path, what=what)
    if text is None:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise _unreadable(path, what, "it is not a JSON object")
    return value


def read_ini(path: str, *, what: str, comments: tuple[str, ...] = ()) -> t.Mapping[str, Section] | None:
    """The sections of an INI file by their name; None if there is no file. `comments` also begin within a line.

    :raises AuthError: it cannot be read. Its content does not show.
    """
    text = read_text(path, what=what)
    if text is None:
        return None
    parser = configparser.ConfigParser(interpolation=None, strict=False, inline_comment_prefixes=comments or None)
    try:
        parser.read_string(text)
    except configparser.Error:
        raise _unreadable(path, what, "it is not an INI file") from None
    return {name: {key: value or "" for key, value in parser.items(name)} for name in parser.sections()}


def read_token(path: str, *, source: str) -> str:
    """The token that a cluster put into a file.

    :raises AuthError: there is none, or it cannot be one.
    """
    token = read_text(path, what=f"The token file of {source}")
    if not token:
        raise refusal(
            f"The token file of {source} is empty or not there.",
            code="credentials_unreadable",
            hint="The cluster mounts it: see that the pod has its service account's token.",
        )
    check_text(token, name="The token", source=source)
    return token


def text_of(section: Section, *names: str) -> str:
    """The first of these members that is a text or a number and not empty, without white space around it; else ""."""
    for name in names:
        value = section.get(name)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return ""


def profiles_of(config: Section) -> dict[str, Section]:
    """The profiles of a file that has them in a list, by their name (the first of a name)."""
    rows = config.get("profiles")
    named: dict[str, Section] = {}
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and isinstance(row.get("name"), str):
            named.setdefault(row["name"], row)
    return named


class ProfileSource(Source[Found]):
    """What a profile says, which is found in files first.

    `look` gives the source that the profile stands for, None if there is no such profile. One that was asked for by
    name (`wanted`) has to be there; else it is a default that may be missing.
    """

    def __init__(self, name: str, *, look: t.Callable[[], Source[Found] | None], wanted: bool) -> None:
        self.name = name
        self._look = look
        self._wanted = wanted
        self._found: Source[Found] | None = None

    def given(self) -> bool:
        return self._wanted or self._meant() is not None

    def validate(self) -> None:
        found = self._meant()
        if found is None:
            raise refusal(
                f"There is no {self.name}.",
                code="credentials_missing",
                hint="The files are looked for in the home folder that the environment of the task says.",
            )
        self.name = found.name
        found.validate()

    def credentials(self) -> Found:
        return self._there().credentials()

    def memory(self) -> str:
        return self._there().memory()

    def _meant(self) -> Source[Found] | None:
        if self._found is None:
            self._found = self._look()
        return self._found

    def _there(self) -> Source[Found]:
        found = self._meant()
        if found is None:
            raise refusal(
                f"There is no {self.name} any more.",
                code="credentials_missing",
                hint="It was there when the task began: write it again, or give a key in another way.",
            )
        return found


def _unreadable(path: str, what: str, reason: str) -> AuthError:
    return refusal(
        f"{what} {path} cannot be used: {reason}.",
        code="credentials_unreadable",
        hint="Mend the file, or give the key in another way.",
    )
