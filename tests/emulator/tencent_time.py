# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tencent writes times in GMT+8, without saying so."""

from datetime import UTC, datetime, timedelta, timezone

_BEIJING = timezone(timedelta(hours=8))
_FORMAT = "%Y-%m-%d %H:%M:%S"


def beijing(moment: datetime) -> str:
    return moment.astimezone(_BEIJING).strftime(_FORMAT)


def from_text(text: str) -> datetime:
    """Control gives times as RFC 3339, or as the vendor writes them."""
    if "T" in text:
        return datetime.fromisoformat(text).astimezone(UTC)
    return datetime.strptime(text, _FORMAT).replace(tzinfo=_BEIJING).astimezone(UTC)
