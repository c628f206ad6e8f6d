# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""What a refusal of Alibaba Cloud means: exact pairs first, then exact codes, then families, last the HTTP status.

Facts: the common error codes of the vendor's help pages, and what its Terraform provider repeats. A suffix proves
nothing: InvalidAccessKeyId.NotFound is about the key, InvalidApi.NotFound about the endpoint. What a service says
of its own objects stands in that service's own table of pairs (operation, code), which is asked first.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    AuthError,
    Invalid,
    NetworkFailure,
    PermissionDenied,
    ProtocolFailure,
    Ran,
    Unavailable,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._refusal import (
    CONFLICT,
    INVALID,
    QUOTA,
    THROTTLED,
    UNSURE,
    Meaning,
)

__all__ = [
    "BUSY",
    "CLOCK",
    "CODES",
    "CONFLICT",
    "FAMILIES",
    "INVALID",
    "PERMISSION",
    "QUOTA",
    "ROLE",
    "THROTTLED",
    "UNSURE",
    "Meaning",
    "Meanings",
    "meaning_of",
]

Meanings = t.Mapping[tuple[str, str], Meaning]
"""A service's own table: (operation, code) and what it means there."""

BUSY = Meaning(
    Unavailable, ran=Ran.NO, retryable=True, hint="Another change is under way there: run again in some minutes."
)
"""The service says that it did nothing since it is at something else."""
PERMISSION = Meaning(
    PermissionDenied,
    hint="Allow {action} in RAM for the user or role of the key; the module's documentation lists all it needs.",
)
ROLE = Meaning(
    PermissionDenied,
    hint="Allow {action} in RAM for the user of the key, and name that user or identity provider in the role's trust"
    " policy.",
)
"""For calls that assume a role."""

_AUTH = Meaning(AuthError, echoes=True, hint="Check the key, and that it belongs to the site of the endpoint.")
_TOKEN = Meaning(AuthError, echoes=True, hint="The token has expired or is not of this key: get a new set.")
CLOCK = Meaning(AuthError, echoes=True, about_time=True)
_WRONG_PLACE = Meaning(
    Invalid,
    hint="Check region and endpoint: this place does not offer the operation. Accounts of the international site have"
    " endpoints of their own.",
)
_ACCOUNT = Meaning(PermissionDenied, hint="The account itself needs attention in the console first.")

CODES: t.Mapping[str, Meaning] = {
    "InvalidAccessKeyId": _AUTH,
    "InvalidAccessKeyId.NotFound": _AUTH,
    "InvalidAccessKeyId.Inactive": _AUTH,
    "Forbidden.AccessKeyDisabled": _AUTH,
    "SignatureDoesNotMatch": _AUTH,
    "IncompleteSignature": _AUTH,
    "MissingSecurityToken": _TOKEN,
    "InvalidSecurityToken": _TOKEN,
    "InvalidSecurityToken.Expired": _TOKEN,
    "InvalidSecurityToken.Malformed": _TOKEN,
    "InvalidSecurityToken.MismatchWithAccessKey": _TOKEN,
    "InvalidTimeStamp.Expired": CLOCK,
    "InvalidTimeStamp.Format": _AUTH,
    # The first of two equal requests may have run: something between repeats what is sent.
    "SignatureNonceUsed": Meaning(
        NetworkFailure,
        ran=Ran.UNKNOWN,
        retryable=True,
        echoes=True,
        hint="A proxy on the way seems to send requests twice.",
    ),
    "InvalidProduct.NotFound": _WRONG_PLACE,
    "InvalidApi.NotFound": _WRONG_PLACE,
    "InvalidAction.NotFound": _WRONG_PLACE,
    "InvalidVersion": _WRONG_PLACE,
    "InvalidRegionId": _WRONG_PLACE,
    "InvalidRegionId.NotFound": _WRONG_PLACE,
    "InvalidProtocol.NeedSsl": Meaning(Invalid, hint="Use https in endpoint."),
    "UnsupportedHTTPMethod": _WRONG_PLACE,
    "Forbbiden.SubUser": PERMISSION,
    "Forbidden.RiskControl": _ACCOUNT,
    "NoPermission": PERMISSION,
    "NotAuthorized": PERMISSION,
    "InternalError": UNSURE,
    "InternalServerError": UNSURE,
    "ServiceUnavailable": UNSURE,
    "SystemBusy": UNSURE,
    "UnknownError": UNSURE,
}

FAMILIES: t.Mapping[str, Meaning] = {
    "Forbidden": PERMISSION,
    "NoPermission": PERMISSION,
    "InternalError": UNSURE,
    "InvalidParameter": INVALID,
    "InvalidSecurityToken": _TOKEN,
    "MissingParameter": INVALID,
    "QuotaExceeded": QUOTA,
    "ServiceUnavailable": UNSURE,
}
"""By the first segment."""

_STATUS = re.compile("[1-5][0-9]{2}")


def meaning_of(operation: str, *, code: str | None, status: int, own: Meanings) -> Meaning:
    """What a refusal says. Neither a status nor a family ever says that something is absent.

    An unknown code under HTTP status 200 proves nothing, not even a refusal.
    """
    if code is not None:
        known = own.get((operation, code)) or CODES.get(code)
        if known is not None:
            return known
        segments = code.split(".")
        if "Throttling" in segments:
            return THROTTLED
        if segments[0] in FAMILIES:
            return FAMILIES[segments[0]]
        if status < 300 and _STATUS.fullmatch(code):
            return _by_status(int(code))
    return _by_status(status)


def _by_status(status: int) -> Meaning:
    if status >= 500:
        return UNSURE
    if status < 400:
        return Meaning(ProtocolFailure, ran=Ran.UNKNOWN)
    exact = {401: _AUTH, 403: PERMISSION, 409: CONFLICT, 429: THROTTLED}
    return exact.get(status, INVALID)
