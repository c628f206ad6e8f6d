# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""How Alibaba Cloud writes numbers and times in its answers."""

from __future__ import annotations

import datetime
import re

from ansible_collections.cncloud.certificates.plugins.module_utils import _answer

_DIGITS = re.compile("[0-9]{1,18}")
_HEXADECIMAL = re.compile("[0-9a-f]{1,128}")
_TIMES = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S")


class Fields(_answer.Fields):
    """One JSON object of an answer of Alibaba Cloud."""

    CLOUD = "Alibaba Cloud"

    def digits(self, name: str) -> int | None:
        """A whole number, whether sent as a number or as a string (quotas and ids are both, by operation)."""
        value = self._value.get(name)
        if not isinstance(value, str):
            return self.integer(name)
        if not value:
            return None
        if not _DIGITS.fullmatch(value):
            raise self.wrong(name, "a whole number")
        return int(value)

    def label(self, name: str) -> str | None:
        """An id as text, whether sent as text or as a number."""
        value = self._value.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.text(name)

    def required_digits(self, name: str) -> int:
        value = self.digits(name)
        if value is None:
            raise self.wrong(name, "a whole number")
        return value

    def required_label(self, name: str) -> str:
        value = (self.label(name) or "").strip()
        if not value:
            raise self.wrong(name, "an id")
        return value

    def trimmed(self, name: str) -> str | None:
        """A string without the blanks around it, which some answers are padded with; None if nothing is left."""
        return (self.text(name) or "").strip() or None

    def moment(self, name: str) -> datetime.datetime | None:
        """A time as UTC, in either text form; None for null, absent and empty."""
        value = self.trimmed(name)
        if value is None:
            return None
        for form in _TIMES:
            try:
                return datetime.datetime.strptime(value, form).replace(tzinfo=datetime.timezone.utc)
            except ValueError:
                continue
        raise self.wrong(name, "a time such as 2026-11-22T08:00:00Z")

    def hexadecimal(self, name: str, *, length: int | None = None) -> str | None:
        """Lower-case hex digits without colons: `length` of them, else without leading zeros. None for other text."""
        value = (self.trimmed(name) or "").replace(":", "").lower()
        if not _HEXADECIMAL.fullmatch(value) or length not in (None, len(value)):
            return None
        return value if length is not None else value.lstrip("0") or "0"

    def rows(self, outer: str, inner: str) -> list[Fields]:
        """A list in its two-level wrapper (a left-over of the XML form): `DomainRecords.Record`.

        An empty list may come without the inner member, or without both.
        """
        wrapper = self.object(outer)
        return [] if wrapper is None else wrapper.objects(inner)

    def milliseconds(self, name: str) -> datetime.datetime | None:
        """A time as UTC, sent as milliseconds since 1970; None for null, absent and zero."""
        value = self.digits(name)
        if not value:
            return None
        try:
            return datetime.datetime.fromtimestamp(value / 1000, tz=datetime.timezone.utc).replace(microsecond=0)
        except (ValueError, OverflowError, OSError):
            raise self.wrong(name, "a time in milliseconds") from None
