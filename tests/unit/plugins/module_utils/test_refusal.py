# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is shown of a service's text, and what is read out of the headers of a refusal."""

from __future__ import annotations

import datetime
import email.utils

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    AuthError,
    Invalid,
    PermissionDenied,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Reply
from ansible_collections.cncloud.certificates.plugins.module_utils._refusal import (
    Meaning,
    clock_hint,
    refusal_hint,
    retry_after,
)
from ansible_collections.cncloud.certificates.tests.unit.doubles import START


def refused(**headers: str) -> Reply:
    return Reply(status=400, headers={name.replace("_", "-"): value for name, value in headers.items()}, body=b"{}")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (None, None),
        ("The name is taken.", "The name is taken."),
        ("two\n lines\x1b[31m", "two lines [31m"),
        ("a" * 300, "a" * 300),
        ("a" * 301, "a" * 297 + "..."),
        ("bad value: -----BEGIN CERTIFICATE-----", "(text withheld)"),
        ("bad value: PRIVATE KEY", "(text withheld)"),
    ],
)
def test_what_is_shown_of_a_text(text: str | None, shown: str | None) -> None:
    assert Meaning(Invalid).shown(text) == shown
    assert Meaning(Invalid, echoes=True).shown(text) is None


@pytest.mark.parametrize(
    ("ahead", "here", "where"),
    [(300, "2026-11-22T08:05:00Z", "ahead of"), (-300, "2026-11-22T07:55:00Z", "behind")],
)
def test_a_clock_that_is_off(ahead: int, here: str, where: str) -> None:
    reply = refused(date=email.utils.format_datetime(START, usegmt=True))
    assert clock_hint(reply, now=START + datetime.timedelta(seconds=ahead), tolerated=300) == (
        f"It is {here} here and 2026-11-22T08:00:00Z at the service: the clock of this machine is 300 seconds {where}"
        " the service's. Set it by NTP (chronyc makestep, or timedatectl set-ntp true)."
    )


@pytest.mark.parametrize("ahead", [299, -299])
def test_a_clock_that_is_not_far_off(ahead: int) -> None:
    reply = refused(date=email.utils.format_datetime(START, usegmt=True))
    assert clock_hint(reply, now=START + datetime.timedelta(seconds=ahead), tolerated=300) is None


@pytest.mark.parametrize(
    ("meaning", "ahead", "said"),
    [
        (Meaning(AuthError, hint="Check it."), 0, "The key is from X. Check it."),
        (Meaning(AuthError, hint="Check it."), 600, "The key is from X. It is 2026-11-22T08:10:00Z here and"),
        (Meaning(AuthError, hint="Check it."), 600, "Check it."),
        (Meaning(AuthError, about_time=True), 61, "61 seconds ahead"),
        (Meaning(AuthError, about_time=True), 59, "Check the clock of this machine, which says 2026-11-22T08:00:59Z."),
        (Meaning(PermissionDenied, hint="Allow {action}."), 0, "Allow ssl:Apply. The key is from X."),
        (Meaning(PermissionDenied), 0, "Grant what the message names to the user or role of the key. The key is from"),
        (Meaning(Invalid, hint="Check it."), 600, "Check it."),
        (Meaning(Invalid), 0, "None"),
    ],
)
def test_what_to_do_about_a_refusal(meaning: Meaning, ahead: int, said: str) -> None:
    reply = refused(date=email.utils.format_datetime(START, usegmt=True))
    now = START + datetime.timedelta(seconds=ahead)
    assert said in str(refusal_hint(meaning, action="ssl:Apply", source="X", reply=reply, now=now, tolerated=300))


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"date": ""},
        {"date": "yesterday"},
        {"date": "Mon, 01 Jan 2001 00:00:00 -0000"},
        {"date": "Mon, 01 Jan 99999999999 00:00:00 GMT"},
        {"date": "Mon, 01 Jan 2001 00:00:00 +999999999999"},
    ],
)
def test_a_date_that_says_nothing(header: dict[str, str]) -> None:
    assert clock_hint(refused(**header), now=START, tolerated=300) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ({}, None),
        ({"retry_after": "0"}, 0.0),
        ({"retry_after": "17"}, 17.0),
        ({"retry_after": "99999"}, 99999.0),
        ({"retry_after": "100000"}, None),
        ({"retry_after": "-1"}, None),
        ({"retry_after": "1.5"}, None),
        ({"retry_after": "\u0661"}, None),
        ({"retry_after": "Sun, 22 Nov 2026 08:00:00 GMT"}, None),
        ({"retry_after": "Sun, 22 Nov 2026 08:00:30 GMT", "date": "Sun, 22 Nov 2026 08:00:00 GMT"}, 30.0),
        # By the service's clock, whatever ours says.
        ({"retry_after": "Mon, 01 Jan 2001 00:01:00 GMT", "date": "Mon, 01 Jan 2001 00:00:00 GMT"}, 60.0),
        ({"retry_after": "Sun, 22 Nov 2026 07:59:00 GMT", "date": "Sun, 22 Nov 2026 08:00:00 GMT"}, 0.0),
        ({"retry_after": "Wed, 22 Nov 2028 08:00:00 GMT", "date": "Sun, 22 Nov 2026 08:00:00 GMT"}, None),
        ({"retry_after": "Sun, 22 Nov 2026 08:00:30 -0000", "date": "Sun, 22 Nov 2026 08:00:00 GMT"}, None),
        ({"retry_after": "soon", "date": "Sun, 22 Nov 2026 08:00:00 GMT"}, None),
        ({"retry_after": "Sun, 22 Nov 2026 08:00:30 GMT", "date": "now"}, None),
    ],
)
def test_when_to_come_again(header: dict[str, str], seconds: float | None) -> None:
    assert retry_after(refused(**header)) == seconds
