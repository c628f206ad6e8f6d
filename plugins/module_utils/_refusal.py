# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""What a refusal of any cloud means and may show; the codes themselves are in the clouds' own tables."""

from __future__ import annotations

import dataclasses
import datetime
import email.utils

from ansible_collections.cncloud.certificates.plugins.module_utils._clock import rfc3339
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    AuthError,
    CertificatesError,
    Conflict,
    Invalid,
    PermissionDenied,
    QuotaExceeded,
    Ran,
    Throttled,
    Unavailable,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Reply

MAX_TEXT = 300
"""Characters of a service's text that are shown."""
MAX_CODE = 100
"""Characters of a code; those that are known have half as many."""


@dataclasses.dataclass(frozen=True)
class Meaning:
    """What a code says, in the words of CertificatesError.

    `echoes`: the service's text repeats what we sent. `about_time`: it says that our clock is wrong. In a `hint`
    `{action}` stands for the operation as policies spell it.
    """

    kind: type[CertificatesError]
    ran: Ran = Ran.REFUSED
    retryable: bool = False
    retry_after: float | None = None
    hint: str | None = None
    echoes: bool = False
    about_time: bool = False

    def shown(self, text: str | None) -> str | None:
        """What may be shown of the service's text: one line of bounded length, nothing that repeats a key."""
        return None if self.echoes or text is None else _one_line(text)


INVALID = Meaning(Invalid)
CONFLICT = Meaning(Conflict, hint="Something else stands in the way: look at it in the console, then run again.")
QUOTA = Meaning(QuotaExceeded, hint="Look at the quotas in the console; trying again does not help.")
THROTTLED = Meaning(
    Throttled,
    ran=Ran.NO,
    retryable=True,
    hint="Make fewer calls at once (throttle: 1 on the task, fewer forks), or set retries higher, which waits longer.",
)
UNSURE = Meaning(Unavailable, ran=Ran.UNKNOWN, retryable=True)


NOTICED_SKEW = 60
"""Seconds that are told where the service says that our clock is wrong; its own servers differ by less."""
SET_THE_CLOCK = "Set it by NTP (chronyc makestep, or timedatectl set-ntp true)."


def one_word(code: str) -> str:
    """A code as it may be shown: bounded, and nothing but visible ASCII, which is what codes are made of."""
    return "".join(char if "!" <= char <= "~" else "?" for char in code[:MAX_CODE])


def refused(cloud: str, operation: str, label: str, shown: str | None) -> str:
    """The sentence about a refusal; `shown` is what of the service's text may be shown, with or without a full stop."""
    if not shown:
        return f"{cloud} refused {operation} with {label}."
    stop = "" if shown.endswith((".", "!", "?")) else "."
    return f"{cloud} refused {operation} with {label}: {shown}{stop}"


def refusal_hint(
    meaning: Meaning, *, action: str, source: str, reply: Reply, now: datetime.datetime, tolerated: int
) -> str | None:
    """What to do about a refusal; what is about the key says where that is from.

    `tolerated` are the seconds that our clock may be off before the service refuses what we sign.
    """
    hint = None if meaning.hint is None else meaning.hint.replace("{action}", action)
    if meaning.kind is AuthError:
        clocks = clock_hint(reply, now=now, tolerated=NOTICED_SKEW if meaning.about_time else tolerated)
        if meaning.about_time:
            advice = clocks or f"Check the clock of this machine, which says {rfc3339(now)}. {SET_THE_CLOCK}"
        else:
            advice = " ".join(part for part in (clocks, hint) if part)
        return f"The key is from {source}. {advice}"
    if meaning.kind is PermissionDenied:
        return f"{hint or PermissionDenied.advice} The key is from {source}."
    return hint


def clock_hint(reply: Reply, *, now: datetime.datetime, tolerated: int) -> str | None:
    """What to say where our clock is `tolerated` seconds or more off the Date header; None where it is not known."""
    try:
        theirs = email.utils.parsedate_to_datetime(reply.headers.get("date", ""))
        seconds = round((now - theirs).total_seconds())
        their_time = rfc3339(theirs)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    if abs(seconds) < tolerated:
        return None
    direction = "ahead of" if seconds > 0 else "behind"
    return (
        f"It is {rfc3339(now)} here and {their_time} at the service: the clock of this machine is {abs(seconds)}"
        f" seconds {direction} the service's. {SET_THE_CLOCK}"
    )


def retry_after(reply: Reply) -> float | None:
    """The seconds of a Retry-After header, in either of its forms; None for what cannot be meant.

    A date is compared with the service's own clock, which stands in the answer too: ours may be off.
    """
    value = reply.headers.get("retry-after", "")
    if value.isascii() and value.isdigit():
        return float(value) if len(value) < 6 else None
    then, now = _date_of(value), _date_of(reply.headers.get("date", ""))
    if then is None or now is None:
        return None
    seconds = (then - now).total_seconds()
    return max(seconds, 0.0) if seconds < 100000 else None


def _date_of(value: str) -> datetime.datetime | None:
    """A date of a header, with its zone."""
    try:
        found = email.utils.parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return None if found.tzinfo is None else found


def _one_line(text: str) -> str:
    # A text that quotes what was sent could quote a key.
    if "-----BEGIN" in text or "PRIVATE KEY" in text:
        return "(text withheld)"
    plain = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return plain if len(plain) <= MAX_TEXT else f"{plain[: MAX_TEXT - 3]}..."
