# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""How Tencent Cloud writes numbers and times in its answers.

It writes null, leaves members out and sends empty strings for the same thing (reference: envelope, "optional response
members are often JSON null"); all of these read as None.
"""

from __future__ import annotations

import datetime
import re

from ansible_collections.cncloud.certificates.plugins.module_utils import _answer

_BEIJING = datetime.timezone(datetime.timedelta(hours=8))
_NO_TIME = frozenset({"--", "0000-00-00 00:00:00"})


class Fields(_answer.Fields):
    """One JSON object of an answer of Tencent Cloud."""

    CLOUD = "Tencent Cloud"

    def digits(self, name: str) -> int | None:
        """A whole number, whether sent as a number or as a string (ProjectId is both, by operation)."""
        value = self._value.get(name)
        if isinstance(value, str):
            if not value:
                return None
            if not re.fullmatch("-?[0-9]{1,18}", value):
                raise self.wrong(name, "a whole number")
            return int(value)
        return self.integer(name)

    def moment(self, name: str) -> datetime.datetime | None:
        """A time as UTC. The service writes GMT+8 without saying so, and `--` where there is none yet."""
        value = self.text(name)
        if value is None or value in _NO_TIME:
            return None
        try:
            naive = datetime.datetime.strptime(value, "%Y-%m-%d %H:%M:%S")
            return naive.replace(tzinfo=_BEIJING).astimezone(datetime.timezone.utc)
        except (ValueError, OverflowError):
            raise self.wrong(name, "a time such as 2026-11-22 08:00:00") from None
