# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""What a refusal of any cloud means and may show; the codes themselves are in the clouds' own tables."""

from __future__ import annotations

import dataclasses
import datetime
import email.utils

from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    Conflict,
    Invalid,
    QuotaExceeded,
    Ran,
    Throttled,
    Unavailable,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Reply

MAX_TEXT = 300
"""Characters of a service's text that are shown."""


@dataclasses.dataclass(frozen=True)
class Meaning:
    """What a code says, in the words of CertificatesError. `echoes`: the service's text repeats what we sent."""

    kind: type[CertificatesError]
    ran: Ran = Ran.REFUSED
    retryable: bool = False
    retry_after: float | None = None
    hint: str | None = None
    echoes: bool = False

    def shown(self, text: str | None) -> str | None:
        """What may be shown of the service's text: one line of bounded length, nothing that repeats a key."""
        return None if self.echoes or text is None else _one_line(text)


INVALID = Meaning(Invalid)
CONFLICT = Meaning(Conflict)
QUOTA = Meaning(QuotaExceeded)
THROTTLED = Meaning(Throttled, ran=Ran.NO, retryable=True)
UNSURE = Meaning(Unavailable, ran=Ran.UNKNOWN, retryable=True)


def clock_hint(reply: Reply, *, now: datetime.datetime, tolerated: int) -> str | None:
    """What to say where our clock is `tolerated` seconds or more off the Date header; None where it is not known."""
    try:
        theirs = email.utils.parsedate_to_datetime(reply.headers.get("date", ""))
        seconds = round((now - theirs).total_seconds())
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    if abs(seconds) < tolerated:
        return None
    direction = "ahead of" if seconds > 0 else "behind"
    return f"The clock of this machine is {abs(seconds)} seconds {direction} the service's: correct it."


def retry_after(reply: Reply) -> float | None:
    """The seconds of a Retry-After header; None for its other form, a date, and for what cannot be meant."""
    value = reply.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() and len(value) < 6 else None


def _one_line(text: str) -> str:
    # A text that quotes what was sent could quote a key.
    if "-----BEGIN" in text or "PRIVATE KEY" in text:
        return "(text withheld)"
    plain = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return plain if len(plain) <= MAX_TEXT else f"{plain[: MAX_TEXT - 3]}..."
