# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The one family of exceptions: an error is data that a play can branch on.

Every failure of the collection is a `CertificatesError`; its subclass gives the kind. The results of
modules carry it as `msg` and `error: {kind, code, message, http_status, request_id, retryable, hint}`.
"""

from __future__ import annotations

import enum
import json
import typing as t

MAX_SENTENCE = 10_000
"""Characters of a message; one that lists hundreds of domains fits."""


class Ran(enum.Enum):
    """Whether the operation behind an error took effect."""

    NO = "no"
    """It certainly did not run: it may be sent again, whatever it does."""
    UNKNOWN = "unknown"
    """The answer was lost: only a look at the service tells."""
    REFUSED = "refused"
    """The service answered with a definite refusal."""


class CertificatesError(Exception):
    """Base of all failures.

    `message` is a sentence that a person can act on. `vendor_message` is the service's own text; leave it
    out where a vendor echoes what was sent. `data` are further keys of the failed result (for example
    `challenge`). `retryable` says that the same run may succeed later without a change. `hint` says what to do
    about this very failure and ends the message; without one, `advice` is what helps with most of the kind.
    """

    kind: t.ClassVar[str] = "local"
    advice: t.ClassVar[str] = "Mend what the message names, on the machine that runs the module."

    def __init__(
        self,
        message: str,
        *,
        code: t.Optional[str] = None,
        vendor_message: t.Optional[str] = None,
        http_status: t.Optional[int] = None,
        request_id: t.Optional[str] = None,
        retryable: bool = False,
        retry_after: t.Optional[float] = None,
        hint: t.Optional[str] = None,
        ran: Ran = Ran.REFUSED,
        data: t.Optional[t.Mapping[str, t.Any]] = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.vendor_message = vendor_message
        self.http_status = http_status
        self.request_id = request_id
        self.retryable = retryable
        self.retry_after = retry_after
        self.hint = hint
        self.ran = ran
        self.data: dict[str, t.Any] = dict(data or {})

    def as_result(self) -> dict[str, t.Any]:
        """The keys of a failed result, `failed` itself excepted."""
        message = self.message if self.hint is None else f"{self.message} {self.hint}"
        return {
            **self.data,
            "msg": visible(message),
            "error": {
                "kind": self.kind,
                "code": self.code,
                "message": None if self.vendor_message is None else visible(self.vendor_message),
                "http_status": self.http_status,
                "request_id": self.request_id,
                "retryable": self.retryable,
                "hint": visible(self.hint or self.advice),
            },
        }


def visible(text: str) -> str:
    """One line of bounded length, since a message may quote what a service answered or a file held.

    What cannot be seen or would move the cursor is written as JSON does: in that form, too, secrets are masked.
    """
    if not text.isprintable():
        text = "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text)
    return text if len(text) <= MAX_SENTENCE else f"{text[:MAX_SENTENCE]} ..."


class AuthError(CertificatesError):
    """The service does not accept who we are: key, signature, token, clock, or no credentials at all."""

    kind = "auth"
    advice = "Correct the key where the message says that it is from."


class PermissionDenied(CertificatesError):
    """The service knows who we are and does not allow the operation."""

    kind = "permission"
    advice = "Grant what the message names to the user or role of the key."


class NotFound(CertificatesError):
    """A thing that was named does not exist, proven by the service's own code or a complete listing."""

    kind = "not_found"
    advice = "Check the id, the region and the account of the key."


class Conflict(CertificatesError):
    """What exists contradicts what was asked for, and neither may be given up without a decision."""

    kind = "conflict"
    advice = "Decide which of the two is meant: the message lists what is there."


class QuotaExceeded(CertificatesError):
    """A quota or budget is used up; trying again does not help."""

    kind = "quota"
    advice = "Wait, or remove what is not needed any more; trying again does not help."


class Throttled(CertificatesError):
    """Too many requests; the operation did not run."""

    kind = "throttled"
    advice = "Make fewer calls at once (forks, throttle), or raise the option retries."


class Invalid(CertificatesError):
    """An option or an input cannot be right; found locally where possible, before any call."""

    kind = "invalid"
    advice = "Correct what the message names."


class Unavailable(CertificatesError):
    """The service answered that it cannot work now."""

    kind = "unavailable"
    advice = "Run again later."


class WaitTimeout(CertificatesError):
    """A wait ended before the state was reached; `data` has the last state and what is pending."""

    kind = "timeout"
    advice = "Run again: what was begun is resumed."


class NetworkFailure(CertificatesError):
    """No usable answer came: name resolution, connect, TLS, reset or read time-out."""

    kind = "network"
    advice = "Check endpoint, network and proxy, then run again: the next run looks at what became of a write."


class ProtocolFailure(CertificatesError):
    """An answer came that does not mean what the service documents: malformed, truncated, wrong types."""

    kind = "protocol"
    advice = "Check endpoint and proxy; if both are right, report it with the request id."


class LocalFailure(CertificatesError):
    """Something on the machine that runs the module: files, folders, libraries."""

    kind = "local"


def outcome_unknown(lost: CertificatesError, message: str, *, hint: str) -> NetworkFailure:
    """What is left of a write when its answer was lost (`lost`) and a look did not find what it makes."""
    return NetworkFailure(
        message,
        code=lost.code,
        http_status=lost.http_status,
        request_id=lost.request_id,
        retryable=True,
        ran=Ran.UNKNOWN,
        hint=hint,
    )
