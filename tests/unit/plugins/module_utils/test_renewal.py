# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import typing as t

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import Invalid
from ansible_collections.cncloud.certificates.plugins.module_utils._renewal import (
    RenewalPolicy,
    parse_renew_before,
    renewal_due,
)
from ansible_collections.cncloud.certificates.tests.unit.doubles import START
from hypothesis import given
from hypothesis import strategies as st

DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)
SECOND = datetime.timedelta(seconds=1)


@pytest.mark.parametrize(
    ("value", "before", "percent"),
    [
        ("30d", 30 * DAY, None),
        (" 30D ", 30 * DAY, None),
        ("30 d", 30 * DAY, None),
        ("30", 30 * DAY, None),
        (30, 30 * DAY, None),
        ("12h", 12 * HOUR, None),
        ("0d", 0 * DAY, None),
        ("3650d", 3650 * DAY, None),
        ("33%", None, 33),
        ("0%", None, 0),
        ("99%", None, 99),
    ],
)
def test_spellings(value: t.Any, before: datetime.timedelta | None, percent: int | None) -> None:
    policy = parse_renew_before(value)
    assert (policy.before, policy.percent) == (before, percent)


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ("", "needs a number of days"),
        ("soon", "not 'soon'"),
        ("-3d", "not '-3d'"),
        ("+3w", "not"),
        ("3.5d", "not"),
        ("30d12h", "not"),
        ("\u0663d", "not"),
        (True, "not 'true'"),
        (None, "not 'none'"),
        ("100%", "below 100%"),
        ("3651d", "more than 3650 days"),
        ("999999h", "more than 3650 days"),
        ("1" * 50, "needs a number"),
    ],
)
def test_what_is_no_policy(value: t.Any, part: str) -> None:
    with pytest.raises(Invalid, match=part) as caught:
        parse_renew_before(value)
    assert caught.value.message.startswith("renew_before ")


@pytest.mark.parametrize(
    ("policy", "left", "due", "days_left"),
    [
        ("30d", 31 * DAY, False, 31),
        ("30d", 30 * DAY + SECOND, False, 30),
        ("30d", 30 * DAY, True, 30),
        ("30d", SECOND, True, 0),
        ("30d", 0 * DAY, True, 0),
        ("30d", -SECOND, True, -1),
        ("30d", -3 * DAY, True, -3),
        ("0d", SECOND, False, 0),
        ("0d", 0 * DAY, True, 0),
        ("12h", 13 * HOUR, False, 0),
        ("12h", 12 * HOUR, True, 0),
        # 90 days of validity: a third is 29.7 days
        ("33%", 29 * DAY + 17 * HOUR, False, 29),
        ("33%", 29 * DAY + 16 * HOUR, True, 29),
        ("0%", SECOND, False, 0),
    ],
)
def test_when_it_is_due(policy: str, left: datetime.timedelta, due: bool, days_left: int) -> None:
    end = START + left
    decision = renewal_due(not_before=end - 90 * DAY, not_after=end, now=START, policy=parse_renew_before(policy))
    assert (decision.due, decision.days_left) == (due, days_left)


def test_a_share_of_an_unknown_validity_is_taken_of_398_days() -> None:
    policy = parse_renew_before("10%")
    near, far = START + 39 * DAY, START + 40 * DAY
    assert renewal_due(not_before=None, not_after=near, now=START, policy=policy).due
    assert not renewal_due(not_before=None, not_after=far, now=START, policy=policy).due


@pytest.mark.parametrize(
    ("policy", "left", "due"),
    [
        ("100d", 90 * DAY, False),  # as issued: not due, or every run would order another one
        ("90d", 90 * DAY, False),
        ("100d", 45 * DAY + SECOND, False),
        ("100d", 45 * DAY, True),
        ("89d", 89 * DAY + SECOND, False),
        ("89d", 89 * DAY, True),
    ],
)
def test_a_time_longer_than_the_validity_is_half_of_it(policy: str, left: datetime.timedelta, due: bool) -> None:
    end = START + left
    decision = renewal_due(not_before=end - 90 * DAY, not_after=end, now=START, policy=parse_renew_before(policy))
    assert decision.due is due
    assert ("longer than its validity" in decision.reason) is (policy != "89d")


def test_a_share_of_a_validity_that_runs_backwards_is_nothing() -> None:
    policy = RenewalPolicy(text="50%", percent=50)
    assert not renewal_due(not_before=START + 9 * DAY, not_after=START + DAY, now=START, policy=policy).due


@pytest.mark.parametrize(
    ("left", "reason"),
    [
        (
            80 * DAY,
            (
                "It is valid until 2027-02-10T08:00:00Z, for 80 days, and is due from 2027-01-11T08:00:00Z"
                " (renew_before: 30d)."
            ),
        ),
        (
            DAY,
            "It ends on 2026-11-23T08:00:00Z, in 1 day: within renew_before (30d) since 2026-10-24T08:00:00Z.",
        ),
        (
            5 * HOUR,
            "It ends on 2026-11-22T13:00:00Z, in 5 hours: within renew_before (30d) since 2026-10-23T13:00:00Z.",
        ),
        (
            SECOND,
            (
                "It ends on 2026-11-22T08:00:01Z, in less than an hour: within renew_before (30d)"
                " since 2026-10-23T08:00:01Z."
            ),
        ),
        (-DAY, "It ended on 2026-11-21T08:00:00Z."),
    ],
)
def test_the_reason_is_a_sentence(left: datetime.timedelta, reason: str) -> None:
    end = START + left
    policy = parse_renew_before("30d")
    assert renewal_due(not_before=end - 90 * DAY, not_after=end, now=START, policy=policy).reason == reason


@given(value=st.one_of(st.text(max_size=12), st.from_regex(r"[0-9]{1,7} ?[dh%]?", fullmatch=True)))
def test_any_text_is_a_policy_or_refused(value: str) -> None:
    try:
        policy = parse_renew_before(value)
    except Invalid:
        return
    assert (policy.before is None) != (policy.percent is None)
