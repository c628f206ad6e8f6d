# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Typed reading of answers: a member of the wrong type is a failure with its name, never a traceback.

What the clouds share. How a cloud writes times and numbers is in the subclass of its own folder.
"""

from __future__ import annotations

import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._errors import ProtocolFailure, Ran

_Self = t.TypeVar("_Self", bound="Fields")


class Fields:
    """One JSON object of an answer. `operation` and `path` name it in failures; null, absent and "" are None.

    The objects in it are of the same class.
    """

    CLOUD: t.ClassVar[str]
    """The cloud's name, for messages."""

    def __init__(self, value: t.Mapping[str, t.Any], *, operation: str, path: str = "") -> None:
        self._value = value
        self._operation = operation
        self._path = path

    def has(self, name: str) -> bool:
        """Whether the member is there and not null."""
        return self._value.get(name) is not None

    def text(self, name: str) -> str | None:
        """A string, or None for null, absent and empty."""
        value = self._get(name, str, "a string")
        return value or None

    def required_text(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            raise self.wrong(name, "a string that is not empty")
        return value

    def integer(self, name: str) -> int | None:
        value = self._value.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise self.wrong(name, "a whole number")
        return value

    def required_integer(self, name: str) -> int:
        value = self.integer(name)
        if value is None:
            raise self.wrong(name, "a whole number")
        return value

    def flag(self, name: str) -> bool | None:
        value: bool | None = self._get(name, bool, "true or false")
        return value

    def object(self: _Self, name: str) -> _Self | None:
        value = self._get(name, dict, "an object")
        return None if value is None else self._inner(value, name)

    def objects(self: _Self, name: str) -> list[_Self]:
        """A list of objects; empty for null and absent."""
        items = self._get(name, list, "a list") or []
        if not all(isinstance(item, dict) for item in items):
            raise self.wrong(name, "a list of objects")
        return [self._inner(item, f"{name}[]") for item in items]

    def texts(self, name: str) -> list[str]:
        """A list of strings without empty ones; empty for null and absent."""
        items = self._get(name, list, "a list") or []
        if not all(isinstance(item, str) for item in items):
            raise self.wrong(name, "a list of strings")
        return [item for item in items if item]

    def wrong(self, name: str, words: str) -> ProtocolFailure:
        """The failure for a member that is not `words`."""
        return ProtocolFailure(
            f"{self.CLOUD}'s answer to {self._operation} is malformed: {self._path}{name} is not {words}.",
            ran=Ran.UNKNOWN,
        )

    def _get(self, name: str, kind: type, words: str) -> t.Any:
        value = self._value.get(name)
        if value is not None and not isinstance(value, kind):
            raise self.wrong(name, words)
        return value

    def _inner(self: _Self, value: t.Mapping[str, t.Any], name: str) -> _Self:
        return type(self)(value, operation=self._operation, path=f"{self._path}{name}.")
