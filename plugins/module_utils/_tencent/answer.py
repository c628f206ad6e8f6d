# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Typed reading of answers: a member of the wrong type is a failure with its name, never a traceback.

Tencent Cloud writes null, leaves members out and sends empty strings for the same thing (reference: envelope,
"optional response members are often JSON null"); all of these read as None here.
"""

from __future__ import annotations

import datetime
import re
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._errors import ProtocolFailure, Ran

_BEIJING = datetime.timezone(datetime.timedelta(hours=8))
_NO_TIME = frozenset({"--", "0000-00-00 00:00:00"})


class Fields:
    """One JSON object of an answer. `operation` and `path` name it in failures."""

    def __init__(self, value: t.Mapping[str, t.Any], *, operation: str, path: str = "") -> None:
        self._value = value
        self._operation = operation
        self._path = path

    def text(self, name: str) -> str | None:
        """A string, or None for null, absent and empty."""
        value = self._get(name, str, "a string")
        return value or None

    def required_text(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            raise self._wrong(name, "a string that is not empty")
        return value

    def digits(self, name: str) -> int | None:
        """A whole number, whether sent as a number or as a string (ProjectId is both, by operation)."""
        value = self._value.get(name)
        if isinstance(value, str):
            if not value:
                return None
            if not re.fullmatch("-?[0-9]{1,18}", value):
                raise self._wrong(name, "a whole number")
            return int(value)
        return self.integer(name)

    def integer(self, name: str) -> int | None:
        value = self._value.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(name, "a whole number")
        return value

    def required_integer(self, name: str) -> int:
        value = self.integer(name)
        if value is None:
            raise self._wrong(name, "a whole number")
        return value

    def flag(self, name: str) -> bool | None:
        value: bool | None = self._get(name, bool, "true or false")
        return value

    def object(self, name: str) -> Fields | None:
        value = self._get(name, dict, "an object")
        return None if value is None else self._inner(value, name)

    def objects(self, name: str) -> list[Fields]:
        """A list of objects; empty for null and absent."""
        items = self._get(name, list, "a list") or []
        if not all(isinstance(item, dict) for item in items):
            raise self._wrong(name, "a list of objects")
        return [self._inner(item, f"{name}[]") for item in items]

    def texts(self, name: str) -> list[str]:
        """A list of strings without empty ones; empty for null and absent."""
        items = self._get(name, list, "a list") or []
        if not all(isinstance(item, str) for item in items):
            raise self._wrong(name, "a list of strings")
        return [item for item in items if item]

    def moment(self, name: str) -> datetime.datetime | None:
        """A time as UTC. The service writes GMT+8 without saying so, and `--` where there is none yet."""
        value = self.text(name)
        if value is None or value in _NO_TIME:
            return None
        try:
            naive = datetime.datetime.strptime(value, "%Y-%m-%d %H:%M:%S")
            return naive.replace(tzinfo=_BEIJING).astimezone(datetime.timezone.utc)
        except (ValueError, OverflowError):
            raise self._wrong(name, "a time such as 2026-11-22 08:00:00") from None

    def _get(self, name: str, kind: type, words: str) -> t.Any:
        value = self._value.get(name)
        if value is not None and not isinstance(value, kind):
            raise self._wrong(name, words)
        return value

    def _inner(self, value: t.Mapping[str, t.Any], name: str) -> Fields:
        return Fields(value, operation=self._operation, path=f"{self._path}{name}.")

    def _wrong(self, name: str, words: str) -> ProtocolFailure:
        return ProtocolFailure(
            f"Tencent Cloud's answer to {self._operation} is malformed: {self._path}{name} is not {words}.",
            ran=Ran.UNKNOWN,
        )
