# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""What a refusal of Huawei Cloud means: the code decides, the HTTP status only where there is no known code.

Facts: the error code tables of the API Gateway's reference (published samples disagree with them in status and
text), and of the gateway that stands in front of every service, whose four digits begin with 0 under the prefix
`APIGW.` or, on some sites, `APIG.`.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    AuthError,
    Conflict,
    Invalid,
    NotFound,
    PermissionDenied,
    QuotaExceeded,
    Ran,
    Throttled,
    Unavailable,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._refusal import (
    CONFLICT,
    INVALID,
    THROTTLED,
    UNSURE,
    Meaning,
)

Meanings = t.Mapping[tuple[str, str], Meaning]
"""A service's own table: (operation, code) and what it means there."""

NO_CERTIFICATE_OBJECTS = "APIG.3458"
"""412: an old gateway, which knows AssociateCertificateV2 alone."""
DIFFERENT_CERTIFICATE = "APIG.2051"
"""The domain holds another certificate, and the gateway does not replace it."""
NOT_BOUND = ("APIG.2000", "APIG.3097")
"""Answers to a detach of what is not attached; the first says it in its text alone."""
NO_CERTIFICATE = ("APIG.3021", "APIG.3025", "APIG.3097")
"""The certificate that was asked for is gone, or not bound any more. (Other codes: it is the place that is gone.)"""


AUTH = Meaning(
    AuthError,
    echoes=True,
    hint="Check the key, its security token, and that it belongs to the site of the endpoint.",
)
PERMISSION = Meaning(
    PermissionDenied,
    hint="Allow {action} in IAM for the user or agency of the key; the module's documentation lists all it needs.",
)
LOCKED = "Huawei Cloud has locked it for five minutes after several failures in a row: wait, and correct it."
"""What to do about a key that failed too often, which only a text tells."""
ACCOUNT = Meaning(PermissionDenied, hint="The account itself needs attention in the console first.")
BUSY = Meaning(
    Unavailable, ran=Ran.NO, retryable=True, hint="Another change is under way there: run again in some minutes."
)
QUOTA = Meaning(
    QuotaExceeded, hint="Delete what is not needed, or raise the quota of the gateway by a ticket; it is full."
)
OFTEN = Meaning(
    Throttled,
    ran=Ran.NO,
    retryable=True,
    echoes=True,
    hint="Such limits are of the user, whatever machine calls: run again after that time, with throttle: 1 on the task"
    " or fewer forks, and set retries higher to wait longer.",
)
_OTHER_CERTIFICATE = Meaning(
    Conflict,
    hint="The domain holds another certificate: huawei_apig_cert_info shows it, and replace: in_place renews it where"
    " it stands.",
)
_OTHER_CA = Meaning(
    Conflict, hint="All certificates of a domain need client CAs of one algorithm: give such a trusted_root_ca."
)
_PAIR = Meaning(
    Invalid, hint="Give the certificate and the private key that were made for each other, the key without password."
)
_EXPIRED = Meaning(Invalid, hint="It has ended: renew it first. A certificate that has ended is never bound.")
_COVERS = Meaning(Invalid, hint="Give a certificate whose names cover the domain; a wildcard domain needs a wildcard.")
_CHAIN = Meaning(Invalid, hint="Give the leaf first, then each one's issuer, in PEM.")


def _each(codes: str, meaning: Meaning) -> dict[str, Meaning]:
    return {f"APIG.{number}": meaning for number in codes.split()}


CODES: t.Mapping[str, Meaning] = {
    **_each("1000 1001 1002 1003 1007 1008 1009", AUTH),
    **_each("1005 1020 1101 1115 1119 1120 1136 1201 1301", PERMISSION),
    **_each("1011 1012 1013", ACCOUNT),
    **_each("2000 2001 2002 2003 2004 2005 2006 2007 2008 2009 2010 2011 2012 2021 2022 2024 2049", INVALID),
    **_each("2101 2105", _PAIR),
    **_each("2102", _EXPIRED),
    **_each("2103 2109", _COVERS),
    **_each("2104 2106", _CHAIN),
    **_each("3148 3474 3708 3709", INVALID),
    **_each("2029 2050 3201 3305 3712", CONFLICT),
    DIFFERENT_CERTIFICATE: _OTHER_CERTIFICATE,
    **_each("3715", _OTHER_CA),
    **_each("3100 3101 3108 3116", QUOTA),
    "APIG.2023": Meaning(Conflict, hint="Point the domain's CNAME to the sub-domain of the API group first."),
    "APIG.2034": Meaning(Conflict, hint="The domain needs its ICP filing first."),
    **_each("2035 3718", BUSY),
    "APIC.7712": BUSY,
    "APIC.7701": CONFLICT,
    "APIG.3711": Meaning(
        Throttled, ran=Ran.NO, retryable=True, retry_after=60.0, hint="The gateway takes this once a minute: run again."
    ),
    NO_CERTIFICATE_OBJECTS: Meaning(Conflict, hint="This gateway is too old for certificate objects; upgrade it."),
    **_each("3500 9004 9005 9006 9007 9013 9999", UNSURE),
    "APIG.9008": THROTTLED,
}

FRONT: t.Mapping[str, Meaning] = {
    "0101": Meaning(
        Invalid,
        echoes=True,
        hint="Check region and endpoint: this place does not offer the operation. Sites outside China have addresses of"
        " their own.",
    ),
    "0301": AUTH,
    **{number: dataclasses.replace(PERMISSION, echoes=True) for number in ("0302", "0303", "0305", "0306")},
    "0308": OFTEN,
}
"""Codes of the gateway in front, by number."""

_CLASSIC_PLACE = "3001 3020 3030"
_OBJECT = "3021 3025"
PLACE_HINT = "Check the id, instance_id, region and project, and whose account the key is of."
GONE = Meaning(NotFound, hint=PLACE_HINT)
"""For a service's own table: what was named does not exist."""
ABSENT: t.Mapping[str, frozenset[str]] = {
    operation: frozenset(f"APIG.{number}" for number in numbers.split())
    for operation, numbers in {
        "ListApiGroupsV2": "3030",
        "ShowDetailsOfApiGroupV2": "3001 3030",
        "ListCertificatesV2": "3030",
        "CreateCertificateV2": "3030",
        "ShowDetailsOfCertificateV2": _OBJECT,
        "UpdateCertificateV2": _OBJECT,
        "DeleteCertificateV2": _OBJECT,
        "ListAttachedDomainsV2": _OBJECT,
        "AssociateCertificateV2": _CLASSIC_PLACE,
        "ShowDetailsOfDomainNameCertificateV2": f"{_CLASSIC_PLACE} {_OBJECT} 3097",
        "DisassociateCertificateV2": f"{_CLASSIC_PLACE} {_OBJECT} 3097",
        "BatchAssociateCertsV2": f"{_CLASSIC_PLACE} {_OBJECT}",
        "BatchDisassociateCertsV2": f"{_CLASSIC_PLACE} {_OBJECT} 3097",
    }.items()
}
"""The only answers that prove absence, operation by operation: a status or a text never does."""


ACTIONS: t.Mapping[str, str] = {
    "AssociateCertificateV2": "apig:apiGroup:createAndBindCertificateToDomain and apig:domains:bindCertificate",
    "BatchAssociateCertsV2": "apig:apiGroup:batchBindCertificateToDomain and apig:domains:bindCertificate",
    "CreateCertificateV2": "apig:certificate:create",
    "DeleteCertificateV2": "apig:certificate:delete",
    "ListApiGroupsV2": "apig:apiGroup:list",
    "ListCertificatesV2": "apig:certificate:list",
    "ShowDetailsOfApiGroupV2": "apig:apiGroup:get",
    "ShowDetailsOfCertificateV2": "apig:certificate:get",
    "UpdateCertificateV2": "apig:certificate:update",
    "CreateRecordSetWithLine": "dns:recordset:create",
    "DeleteRecordSets": "dns:recordset:delete",
    "ListPublicZones": "dns:zone:list",
    "ShowRecordSetByZone": "dns:recordset:list",
    "UpdateRecordSets": "dns:recordset:update",
}
"""What policies call an operation, where the vendor tells."""

_LIMIT = re.compile(r"limit:\s*([0-9]{1,6}),\s*time:\s*([0-9]{1,4})\s*([a-z]{1,8})\b")


def action_of(operation: str) -> str:
    """The operation as policies of IAM spell it."""
    return ACTIONS.get(operation) or f"the operation {operation}"


def limit_told(text: str) -> str | None:
    """The limit that a refusal for too many calls states, of which nothing else is shown."""
    found = _LIMIT.search(text)
    return (
        None
        if found is None
        else f"The limit is {found[1]} calls in {found[2]} {found[3]}{'' if int(found[2]) == 1 else 's'}."
    )


def meaning_of(operation: str, *, code: str | None, status: int, meanings: Meanings) -> Meaning:
    """What a refusal says. Without a known code the status decides, and then never that something is absent.

    `meanings`: the service's own table, which is asked first.
    """
    if code is not None:
        own = meanings.get((operation, code))
        if own is not None:
            return own
        if code in ABSENT.get(operation, frozenset()):
            return GONE
        prefix, _dot, number = code.partition(".")
        if prefix in ("APIGW", "APIG") and number.startswith("0"):
            return FRONT.get(number) or dataclasses.replace(_by_status(status), echoes=True)
        if code in CODES:
            return CODES[code]
    return _by_status(status)


def _by_status(status: int) -> Meaning:
    if status >= 500:
        return UNSURE
    exact = {401: AUTH, 403: PERMISSION, 409: CONFLICT, 412: CONFLICT, 429: THROTTLED}
    return exact.get(status, INVALID)
