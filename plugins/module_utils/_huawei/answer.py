# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Typed reading of answers: a member of the wrong type is a failure with its name, never a traceback."""

from __future__ import annotations

import datetime
import re
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._errors import ProtocolFailure, Ran

_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.\d+)?\s*(?:Z|UTC|([+-]\d{2}):?(\d{2})(?: UTC)?)?", re.ASCII
)


class Fields:
    """One JSON object of an answer. `operation` and `path` name it in failures; null, absent and "" are None."""

    def __init__(self, value: t.Mapping[str, t.Any], *, operation: str, path: str = "") -> None:
        self._value = value
        self._operation = operation
        self._path = path

    def has(self, name: str) -> bool:
        """Whether the member is there and not null."""
        return self._value.get(name) is not None

    def text(self, name: str) -> str | None:
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

    def objects(self, name: str) -> list[Fields]:
        """A list of objects; empty for null and absent."""
        items = self._get(name, list, "a list") or []
        if not all(isinstance(item, dict) for item in items):
            raise self.wrong(name, "a list of objects")
        return [Fields(item, operation=self._operation, path=f"{self._path}{name}[].") for item in items]

    def texts(self, name: str) -> list[str]:
        """A list of strings without empty ones; empty for null and absent."""
        items = self._get(name, list, "a list") or []
        if not all(isinstance(item, str) for item in items):
            raise self.wrong(name, "a list of strings")
        return [item for item in items if item]

    def digits(self, name: str) -> str | None:
        """A serial number as text, whether it was sent as text or as a number."""
        value = self._value.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.text(name)

    def moment(self, name: str) -> datetime.datetime | None:
        """A time, aware. RFC 3339 by the documentation; a space for the T, or no zone (UTC then), is read too."""
        value = self.text(name)
        if value is None:
            return None
        match = _MOMENT.fullmatch(value)
        try:
            if match is None:
                raise ValueError(value)
            day, time, hours, minutes = match.groups(default="00")
            offset = f"{hours if len(hours) == 3 else '+00'}{minutes}"
            return datetime.datetime.strptime(f"{day} {time} {offset}", "%Y-%m-%d %H:%M:%S %z")
        except (ValueError, OverflowError):
            raise self.wrong(name, "a time such as 2026-11-22T08:00:00Z") from None

    def _get(self, name: str, kind: type, words: str) -> t.Any:
        value = self._value.get(name)
        if value is not None and not isinstance(value, kind):
            raise self.wrong(name, words)
        return value

    def wrong(self, name: str, words: str) -> ProtocolFailure:
        """The failure for a member that is not `words`."""
        return ProtocolFailure(
            f"Huawei Cloud's answer to {self._operation} is malformed: {self._path}{name} is not {words}.",
            ran=Ran.UNKNOWN,
        )
