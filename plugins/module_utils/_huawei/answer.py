# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""How Huawei Cloud writes numbers and times in its answers."""

from __future__ import annotations

import datetime
import re

from ansible_collections.cncloud.certificates.plugins.module_utils import _answer

_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.\d+)?\s*(?:Z|UTC|([+-]\d{2}):?(\d{2})(?: UTC)?)?", re.ASCII
)


class Fields(_answer.Fields):
    """One JSON object of an answer of Huawei Cloud."""

    CLOUD = "Huawei Cloud"

    def digits(self, name: str) -> str | None:
        """A serial number as text, whether it was sent as text or as a number."""
        value = self._value.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.text(name)

    def moment(self, name: str) -> datetime.datetime | None:
        """A time as UTC. RFC 3339 by the documentation; a space for the T, or no zone (UTC then), is read too."""
        value = self.text(name)
        if value is None:
            return None
        match = _MOMENT.fullmatch(value)
        try:
            if match is None:
                raise ValueError(value)
            day, time, hours, minutes = match.groups(default="00")
            offset = f"{hours if len(hours) == 3 else '+00'}{minutes}"
            # In UTC at once: near both ends of the calendar not every time of another zone can be told in it.
            moment = datetime.datetime.strptime(f"{day} {time} {offset}", "%Y-%m-%d %H:%M:%S %z")
            return moment.astimezone(datetime.timezone.utc)
        except (ValueError, OverflowError):
            raise self.wrong(name, "a time such as 2026-11-22T08:00:00Z") from None
