# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""What a refusal of Tencent Cloud means: exact pairs first, then exact codes, then their first segment.

Facts: the codes that the vendor's SDK declares for each action, and its page of common ones.
"""

from __future__ import annotations

import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    AuthError,
    Conflict,
    Invalid,
    NotFound,
    PermissionDenied,
    ProtocolFailure,
    QuotaExceeded,
    Ran,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._refusal import (
    INVALID,
    THROTTLED,
    UNSURE,
    Meaning,
)

_PERMISSION = Meaning(
    PermissionDenied,
    hint="Allow {action} in CAM for the user or role of the key; the module's documentation lists all it needs.",
)
_FREE_QUOTA = Meaning(
    QuotaExceeded,
    hint="List with tencent_cert_info what occupies the free quota, and end what is not needed with state: absent"
    " (revoke: true for what is issued), or buy a certificate. Ordering again does not help.",
)
_DOMAIN_QUOTA = Meaning(
    QuotaExceeded,
    hint="The authority counts the orders of a registered domain over more than a year, deleted ones included. Order"
    " less often (renew_before), or cover the names by a certificate of another kind.",
)
_QUOTA = Meaning(QuotaExceeded, hint="Look at the quotas of the account in the console; ordering again does not help.")
_IN_USE = Meaning(
    Conflict,
    hint="It is deployed somewhere: bind another certificate there first (the console shows its resources), then run"
    " again.",
)
_ISSUED = Meaning(Conflict, hint="Set revoke: true to revoke it first, which needs a proof of the domain.")
_RENEWING = Meaning(Conflict, hint="A renewal of it is pending: let that end, or end it first by its certificate_id.")
_UNFIT = Meaning(
    Conflict, hint="Its state does not allow that now: look at it with tencent_cert_info or in the console, run again."
)
_DNS_CONFLICT = Meaning(Conflict, hint="Another record of that name is in the way: remove it if it is left over.")
_CLOCK = Meaning(AuthError, echoes=True, about_time=True)
_ADDRESS = Meaning(
    PermissionDenied, hint="The address of this machine is not allowed to use the key: see the key's policies in CAM."
)
_AUTH = Meaning(AuthError, echoes=True, hint="Check the key, and that it belongs to the site of the endpoint.")
_WRONG_PLACE = Meaning(
    Invalid,
    hint="Check region and endpoint: this place does not offer the operation. Accounts of the international site have"
    " endpoints of their own (intl.tencentcloudapi.com).",
)
_PROJECT = Meaning(PermissionDenied, hint="Give the user of the key access to the project of project_id.")
_SERVICE_ROLE = Meaning(
    PermissionDenied,
    hint="The service lacks a role to look at other products: authorise it once in the console of SSL certificates.",
)
_OTHER_OWNER = Meaning(PermissionDenied, hint="The zone is in another account: use a key of that account.")
_GONE = Meaning(NotFound, hint="Check the id or name (ids are case-sensitive) and whose account the key is of.")
_REAL_NAME = Meaning(PermissionDenied, hint="The account needs its real-name verification in the console first.")

EXACT: t.Mapping[str, Meaning] = {
    "AuthFailure.SignatureExpire": _CLOCK,
    "AuthFailure.UnauthorizedOperation": _PERMISSION,
    "FailedOperation.AuthError": _PERMISSION,
    "FailedOperation.CAMAuthorizedFail": _PERMISSION,
    "FailedOperation.NoProjectPermission": _PROJECT,
    "FailedOperation.RoleNotFoundAuthorization": _SERVICE_ROLE,
    "FailedOperation.NotDomainOwner": _OTHER_OWNER,
    "InvalidParameter.PermissionDenied": _PERMISSION,
    "FailedOperation.NoRealNameAuth": _REAL_NAME,
    "FailedOperation.NotRealNamedUser": _REAL_NAME,
    "FailedOperation.BoundResources": _IN_USE,
    "FailedOperation.CannotBeDeletedIssued": _ISSUED,
    "FailedOperation.DeleteResourceFailed": _IN_USE,
    "FailedOperation.ExceedsFreeLimit": _FREE_QUOTA,
    "FailedOperation.MainDomainCertificateCountLimit": _DOMAIN_QUOTA,
    "FailedOperation.PackageCountLimit": _QUOTA,
    "FailedOperation.PackageExpired": _QUOTA,
    "FailedOperation.RenewNotIssued": _RENEWING,
    "LimitExceeded.RateLimitExceeded": THROTTLED,
    "LimitExceeded.RecordTtlLimit": Meaning(Invalid, hint="The plan of this zone does not allow so small a ttl."),
    "FailedOperation.FrequencyLimit": THROTTLED,
    "InvalidParameter.OperationIsTooFrequent": THROTTLED,
    "InvalidParameter.DomainRecordExist": _DNS_CONFLICT,
    "FailedOperation.InvalidParam": INVALID,
    "FailedOperation.CertificateInvalid": INVALID,
    "FailedOperation.PackageNotFound": INVALID,
    "FailedOperation.NetworkError": UNSURE,
    "FailedOperation.CannotGetOrder": UNSURE,
    "FailedOperation.GenCSRFail": UNSURE,
    "FailedOperation.SystemError": UNSURE,
    "FailedOperation.TemporaryError": UNSURE,
    "FailedOperation.UnknowError": UNSURE,
}

FIRST_SEGMENT: t.Mapping[str, Meaning] = {
    "ActionOffline": INVALID,
    "AuthFailure": _AUTH,
    "DryRunOperation": INVALID,
    "FailedOperation": _UNFIT,
    "InternalError": UNSURE,
    "InvalidAction": _WRONG_PLACE,
    "InvalidParameter": INVALID,
    "InvalidParameterValue": INVALID,
    "InvalidRequest": INVALID,
    "IpInBlacklist": _ADDRESS,
    "IpNotInWhitelist": _ADDRESS,
    "LimitExceeded": _QUOTA,
    "MissingParameter": INVALID,
    "NoSuchProduct": _WRONG_PLACE,
    "NoSuchVersion": _WRONG_PLACE,
    "OperationDenied": _PERMISSION,
    "RequestLimitExceeded": THROTTLED,
    "RequestSizeLimitExceeded": INVALID,
    "ResourceInUse": _IN_USE,
    "ResourceInsufficient": _QUOTA,
    "ResourceNotFound": INVALID,
    "ResourceUnavailable": UNSURE,
    "ResourcesSoldOut": _QUOTA,
    "ResponseSizeLimitExceeded": INVALID,
    "ServiceUnavailable": UNSURE,
    "UnauthorizedOperation": _PERMISSION,
    "UnknownParameter": INVALID,
    "UnsupportedOperation": INVALID,
    "UnsupportedProtocol": INVALID,
    "UnsupportedRegion": _WRONG_PLACE,
}

ABSENT: frozenset[tuple[str, str]] = frozenset(
    [
        (operation, "FailedOperation.CertificateNotFound")
        for operation in (
            "DescribeCertificate",
            "DescribeCertificateDetail",
            "CancelCertificateOrder",
            "DeleteCertificate",
            "RevokeCertificate",
        )
    ]
    + [
        ("DescribeDomainList", "ResourceNotFound.NoDataOfDomain"),
        ("DescribeRecordList", "ResourceNotFound.NoDataOfRecord"),
        ("DescribeRecordList", "InvalidParameterValue.DomainNotExists"),
        ("CreateRecord", "InvalidParameterValue.DomainNotExists"),
    ]
)
"""The only pairs that prove absence: a suffix proves nothing (AuthFailure.SecretIdNotFound is about the key)."""


def meaning_of(action: str, code: str) -> Meaning:
    """What a code says as the answer to an operation. An unknown one proves nothing, not even a refusal."""
    if (action, code) in ABSENT:
        return _GONE
    known = EXACT.get(code) or FIRST_SEGMENT.get(code.partition(".")[0])
    return known or Meaning(ProtocolFailure, ran=Ran.UNKNOWN)
