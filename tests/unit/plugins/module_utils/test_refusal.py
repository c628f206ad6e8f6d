# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is shown of a service's text, and what is read out of the headers of a refusal."""

from __future__ import annotations

import datetime
import email.utils

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import Invalid
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Reply
from ansible_collections.cncloud.certificates.plugins.module_utils._refusal import Meaning, clock_hint, retry_after
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
    ("ahead", "said"),
    [
        (300, "The clock of this machine is 300 seconds ahead of the service's: correct it."),
        (-300, "The clock of this machine is 300 seconds behind the service's: correct it."),
        (299, None),
        (-299, None),
    ],
)
def test_a_clock_that_is_off(ahead: int, said: str | None) -> None:
    reply = refused(date=email.utils.format_datetime(START, usegmt=True))
    assert clock_hint(reply, now=START + datetime.timedelta(seconds=ahead), tolerated=300) == said


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
    ],
)
def test_when_to_come_again(header: dict[str, str], seconds: float | None) -> None:
    assert retry_after(refused(**header)) == seconds
