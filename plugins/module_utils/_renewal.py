# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""When a certificate is due: `renew_before` as a policy, with a reason in words. Pure."""

from __future__ import annotations

import dataclasses
import datetime
import re
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._clock import days_between, rfc3339
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import Invalid

MAX_DAYS = 3650
_SPELLING = re.compile(r"([0-9]{1,6})\s*(d|h|%|)")
_UNITS = {"d": datetime.timedelta(days=1), "": datetime.timedelta(days=1), "h": datetime.timedelta(hours=1)}


@dataclasses.dataclass(frozen=True)
class RenewalPolicy:
    """How long before its end a certificate is due: a fixed time, or a share of its whole validity."""

    text: str
    """As it was given, for example `30d` or `33%`."""
    before: datetime.timedelta | None = None
    percent: int | None = None

    def window(self, *, not_before: datetime.datetime | None, not_after: datetime.datetime) -> datetime.timedelta:
        """The time before `not_after` in which the certificate is due.

        A share needs `not_before`; a service that does not tell it leaves the whole validity at the longest
        that a public authority issues today, 398 days, so that the renewal is early rather than late. A fixed time
        that is no shorter than the validity would order at every run: half of the validity counts in its place.
        """
        if self.percent is None:
            if not_before is not None and self.exceeds(not_before, not_after):
                return (not_after - not_before) / 2
            return self.before or datetime.timedelta(0)
        validity = datetime.timedelta(days=398) if not_before is None else not_after - not_before
        return max(validity, datetime.timedelta(0)) * self.percent / 100

    def exceeds(self, not_before: datetime.datetime | None, not_after: datetime.datetime) -> bool:
        """Whether a certificate would be due on the day of its issue."""
        if self.before is None or not_before is None:
            return False
        return datetime.timedelta(0) < not_after - not_before <= self.before


@dataclasses.dataclass(frozen=True)
class RenewalDecision:
    """`days_left` are whole days, negative once the certificate has ended."""

    due: bool
    reason: str
    days_left: int


def parse_renew_before(value: t.Any, *, option: str = "renew_before") -> RenewalPolicy:
    """`30d`, `12h`, `33%`, or a number of days (`30`).

    :raises Invalid: another spelling, more than 3650 days, 100 percent or more.
    """
    text = str(value).strip().lower()
    match = None if isinstance(value, bool) else _SPELLING.fullmatch(text)
    if match is None:
        raise Invalid(
            f"{option} needs a number of days ('30d'), of hours ('12h') or a share of the validity ('33%'),"
            f" not '{text[:40]}'."
        )
    number, unit = int(match.group(1)), match.group(2)
    if unit == "%":
        if number >= 100:
            raise Invalid(f"{option} must be below 100%, or every certificate would be due at once.")
        return RenewalPolicy(text=text, percent=number)
    before = number * _UNITS[unit]
    if before > datetime.timedelta(days=MAX_DAYS):
        raise Invalid(f"{option} is more than {MAX_DAYS} days.")
    return RenewalPolicy(text=text, before=before)


def renewal_due(
    *,
    not_before: datetime.datetime | None,
    not_after: datetime.datetime,
    now: datetime.datetime,
    policy: RenewalPolicy,
) -> RenewalDecision:
    """Whether a certificate is to be renewed now. All times are aware."""
    left = not_after - now
    days = days_between(now, not_after) or 0
    end = rfc3339(not_after)
    if left <= datetime.timedelta(0):
        return RenewalDecision(due=True, reason=f"It ended on {end}.", days_left=days)
    window = policy.window(not_before=not_before, not_after=not_after)
    begins = rfc3339(not_after - window)
    told = policy.text
    if policy.exceeds(not_before, not_after):
        told += ", which is longer than its validity; half of that counts"
    if left <= window:
        return RenewalDecision(
            due=True,
            reason=f"It ends on {end}, in {_words(left)}: within renew_before ({told}) since {begins}.",
            days_left=days,
        )
    return RenewalDecision(
        due=False,
        reason=f"It is valid until {end}, for {_words(left)}, and is due from {begins} (renew_before: {told}).",
        days_left=days,
    )


def _words(left: datetime.timedelta) -> str:
    days, hours = left.days, left.seconds // 3600
    if days:
        return f"{days} day{'' if days == 1 else 's'}"
    return f"{hours} hour{'' if hours == 1 else 's'}" if hours else "less than an hour"
