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
