# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors as data: what a failed result shows of what was answered or read."""

from __future__ import annotations

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    MAX_SENTENCE,
    CertificatesError,
    Conflict,
    Invalid,
    visible,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._secrets import PLACEHOLDER, Mask

PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("the domain 例子.cn is not there", "the domain 例子.cn is not there"),
        ("two\nlines", "two\\nlines"),
        ("\x1b[2Jcleared", "\\u001b[2Jcleared"),
        ("half \ud800 a character", "half \\ud800 a character"),
        ("from\u202eright", "from\\u202eright"),
        ("x" * (MAX_SENTENCE + 1), "x" * MAX_SENTENCE + " ..."),
    ],
)
def test_what_is_shown_is_one_line_of_bounded_length(text: str, shown: str) -> None:
    assert visible(text) == shown
    error = Conflict(text, vendor_message=text, hint=text).as_result()
    for place in (error["msg"], error["error"]["message"], error["error"]["hint"]):
        assert place.isprintable()
        assert len(place) <= MAX_SENTENCE + 4


def test_a_secret_in_a_message_is_masked_all_the_same() -> None:
    mask = Mask()
    mask.add(PEM)
    shown = mask.scrub(Invalid(f"The text {PEM} is no certificate.").as_result())
    assert shown["msg"] == f"The text {PLACEHOLDER}\\n is no certificate."


def test_keys_of_a_failure() -> None:
    """All of them always; the hint of the kind where there is none of its own, which does not end the message."""
    plain = CertificatesError("It broke.").as_result()
    assert plain["msg"] == "It broke."
    assert plain["error"] == {
        "kind": "local",
        "code": None,
        "message": None,
        "http_status": None,
        "request_id": None,
        "retryable": False,
        "hint": CertificatesError.advice,
    }
    assert Invalid("It broke.", hint="Mend it.", data={"zone": "x"}).as_result()["msg"] == "It broke. Mend it."
    assert Invalid("It broke.", data={"zone": "x"}).as_result()["zone"] == "x"
