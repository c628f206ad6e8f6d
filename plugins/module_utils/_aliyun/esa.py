# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The edge certificates of Alibaba Cloud's ESA (Edge Security Acceleration, API 2024-09-10) as typed calls.

Facts: https://help.aliyun.com/zh/edge-security-acceleration/esa/api-esa-2024-09-10-applycertificate and the models of
the official Python SDK. No operation here brings a private key. Texts come padded with blanks. Some operations are
GET alone, and DeleteCertificate is one of them: a GET that writes.
"""

from __future__ import annotations

import dataclasses
import datetime
import typing as t
from urllib.parse import urlsplit

from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import answer, refusals
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client import AliyunClient
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.refusals import Meaning, Meanings
from ansible_collections.cncloud.certificates.plugins.module_utils._certificate import Certificate
from ansible_collections.cncloud.certificates.plugins.module_utils._clock import rfc3339
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    AuthError,
    Conflict,
    NotFound,
    ProtocolFailure,
    QuotaExceeded,
    Ran,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Replay
from ansible_collections.cncloud.certificates.plugins.module_utils._wire import Wire

CLOUD = "aliyun"
PAGE = 50
"""Certificates of one list call. The service's own limit is not documented."""
SITES_PAGE = 500
MAX_PAGES = 1000

FREE = "free"
TYPES = (FREE, "cas", "upload", "keyless")
OK, ISSUED, EXPIRING = "OK", "Issued", "Expiring"
APPLYING, APPLY_FAILED, CANCELED, EXPIRED = "Applying", "ApplyFailed", "Canceled", "Expired"
STATUSES = (OK, ISSUED, EXPIRING, APPLYING, APPLY_FAILED, CANCELED, EXPIRED)
NS, CNAME = "NS", "CNAME"
"""How a site gets its traffic: its zone is at ESA, or single names point there."""
EXTRA_KEYS = (
    "domain",
    "site_id",
    "site_name",
    "type",
    "key_algorithm",
    "signature_algorithm",
    "created",
    "apply_code",
    "apply_message",
    "challenge",
)

DUPLICATE = "InvalidParameter.Domains"
"""What it reads like is not what it says: there is an application for the domain already."""
GONE = "InvalidCertificate.NotFound"

_SITE_HINT = (
    "Check site or site_id and the account. Accounts of the international site need"
    " endpoint: https://esa.ap-southeast-1.aliyuncs.com."
)
_NO_SITE = Meaning(NotFound, hint=_SITE_HINT)
_NOT_ACTIVE = Meaning(Conflict, hint="Activate the site in the console first: its name has to be verified.")
_OFFLINE = Meaning(Conflict, hint="The plan of the site is not in use: look at it in the console.")
_STATUS = Meaning(Conflict, hint="It cannot be deleted as long as its application is under way; later it can.")
_RECORDS = Meaning(
    QuotaExceeded, hint="The site has no room for the DNS record of the proof: delete records or change the plan."
)
_DUPLICATE = Meaning(
    Conflict, hint="There is an application for one of the domains already: run again, and it is found and waited for."
)
_GONE = Meaning(NotFound, hint="It was deleted meanwhile: run again.")
_FULL = Meaning(
    QuotaExceeded,
    hint="Failed and expired certificates may count too until they are deleted. esa_cert_info lists them: take away"
    " what is not needed with state: absent, or change the plan of the site.",
)
_TOKEN = Meaning(AuthError, echoes=True, hint="The token is not accepted: get a new set of credentials.")

_APPLY, _DELETE, _GET = "ApplyCertificate", "DeleteCertificate", "GetCertificate"
_LIST, _BY_RECORD, _QUOTA = "ListCertificates", "ListCertificatesByRecord", "GetCertificateQuota"
_SITES, _SITE, _DCV = "ListSites", "GetSite", "GetDcvDelegation"
_OF_A_SITE = (_APPLY, _DELETE, _GET, _LIST, _BY_RECORD, _QUOTA, _SITE, _DCV)

MEANINGS: Meanings = {
    **{(operation, "SiteNotFound"): _NO_SITE for operation in _OF_A_SITE},
    **{(operation, "InvalidParameter.SiteId"): _NO_SITE for operation in _OF_A_SITE},
    **{(operation, "MissingSiteId"): refusals.INVALID for operation in _OF_A_SITE},
    **{(operation, "SiteNotActivated"): _NOT_ACTIVE for operation in _OF_A_SITE},
    **{(operation, "Instance.NotOnline"): _OFFLINE for operation in _OF_A_SITE},
    **{(operation, "InternalException"): refusals.UNSURE for operation in (*_OF_A_SITE, _SITES)},
    **{(operation, "Unauthorized.InvalidTime"): refusals.CLOCK for operation in (*_OF_A_SITE, _SITES)},
    **{(operation, "Unauthorized.InvalidToken"): _TOKEN for operation in (*_OF_A_SITE, _SITES)},
    (_APPLY, DUPLICATE): _DUPLICATE,
    (_APPLY, "InvalidParameter.Type"): refusals.INVALID,
    # It is asked before anything is made.
    (_APPLY, "QuotaCheckFailed"): refusals.BUSY,
    (_APPLY, "QuotaExceed.RecordCount"): _RECORDS,
    (_APPLY, "QuotaExceeded"): _FULL,
    (_GET, GONE): _GONE,
    (_DELETE, GONE): _GONE,
    (_DELETE, "Certificate.StatusError"): _STATUS,
}
"""The service's own codes, nearly all of them with HTTP status 400."""

_ROW_READS = (
    "Id",
    "Name",
    "Type",
    "Status",
    "CommonName",
    "SAN",
    "Issuer",
    "IssuerCN",
    "NotBefore",
    "NotAfter",
    "CreateTime",
    "SerialNumber",
    "FingerprintSha256",
    "PubAlg",
    "SigAlg",
    "ApplyCode",
    "ApplyMessage",
    *(f"DCV[].{name}" for name in ("Key", "Value", "Type")),
)
_SITE_READS = ("SiteId", "SiteName", "AccessType", "Status")
WIRE: t.Mapping[str, Wire] = {
    _SITES: Wire(
        sends=("SiteName", "SiteSearchType", "PageNumber", "PageSize"),
        reads=("TotalCount", *(f"Sites[].{name}" for name in _SITE_READS)),
    ),
    _SITE: Wire(sends=("SiteId",), reads=tuple(f"SiteModel.{name}" for name in _SITE_READS)),
    _LIST: Wire(
        sends=("SiteId", "PageNumber", "PageSize"),
        reads=("TotalCount", "SiteName", *(f"Result[].{name}" for name in _ROW_READS)),
    ),
    _GET: Wire(sends=("SiteId", "Id"), reads=tuple(f"Result.{name}" for name in _ROW_READS)),
    _APPLY: Wire(sends=("SiteId", "Domains", "Type"), reads=("Result[].Domain", "Result[].Id")),
    _QUOTA: Wire(
        sends=("SiteId", "Type"),
        reads=("Quota", "QuotaUsage", *(f"SiteUsage[].{name}" for name in ("SiteId", "SiteName", "SiteUsage"))),
    ),
    _DELETE: Wire(sends=("SiteId", "Id")),
    _BY_RECORD: Wire(
        sends=("SiteId", "RecordName", "Detail"),
        reads=("Result[].RecordName", "Result[].Certificates[].Id"),
    ),
    _DCV: Wire(sends=("SiteId",), reads=("DelegationDomain",)),
}


@dataclasses.dataclass(frozen=True)
class Site:
    """A site. `access_type` is NS or CNAME; only an `active` one takes applications."""

    id: str
    name: str | None = None
    access_type: str | None = None
    status: str | None = None

    def as_result(self) -> dict[str, str | None]:
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class Challenge:
    """One proof to publish: a DNS record, or a file whose body is `value`."""

    type: str
    """`TXT`, `CNAME` or `FILE`."""
    zone: str | None = None
    name: str | None = None
    """Relative to the zone, `@` for the apex."""
    record: str | None = None
    """The full name; of a file, the host that serves it."""
    value: str | None = None
    path: str | None = None
    """Of a file: the path of its URL."""

    def as_result(self) -> dict[str, str | None]:
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class Dcv:
    """A validation as the service writes it: `kind` is DNS or HTTP, `key` a name or a URL."""

    kind: str
    key: str
    value: str

    def challenge(self, site_name: str | None) -> Challenge:
        """As a record of the site's zone, or as a file."""
        if self.kind == "HTTP":
            parts = urlsplit(self.key if "://" in self.key else f"http://{self.key}")
            return Challenge(type="FILE", record=parts.hostname, value=self.value, path=parts.path or "/")
        return record(self.key.rstrip(".").lower(), self.value, type="TXT", zone=site_name)


def record(name: str, value: str, *, type: str, zone: str | None) -> Challenge:
    """A record with a full name, or one relative to the zone."""
    if zone is None:
        return Challenge(type=type, record=name, value=value)
    if name != zone and not name.endswith(f".{zone}"):
        name = f"{name}.{zone}"
    return Challenge(type=type, zone=zone, name=name[: -len(zone) - 1] or "@", record=name, value=value)


@dataclasses.dataclass(frozen=True)
class Row:
    """A certificate of a site. Times are UTC; None where the service says nothing."""

    id: str
    type: str | None = None
    status: str | None = None
    name: str | None = None
    common_name: str | None = None
    sans: tuple[str, ...] = ()
    issuer: str | None = None
    begins: datetime.datetime | None = None
    ends: datetime.datetime | None = None
    created: datetime.datetime | None = None
    serial_number: str | None = None
    fingerprint_sha256: str | None = None
    key_algorithm: str | None = None
    signature_algorithm: str | None = None
    apply_code: int | None = None
    apply_message: str | None = None
    dcv: tuple[Dcv, ...] = ()

    @property
    def domain(self) -> str | None:
        """What was applied for: one domain a certificate. Newer authorities leave the common name out."""
        named = self.common_name or next(iter(self.sans), None) or self.name
        return None if named is None else named.lower()

    @property
    def names(self) -> tuple[str, ...]:
        """All names, lower-case."""
        return tuple(dict.fromkeys(name.lower() for name in (self.domain, *self.sans) if name))

    def certificate(self, site: Site, *, challenge: t.Iterable[Challenge] = ()) -> Certificate:
        """The fixed shape."""
        return Certificate(
            cloud=CLOUD,
            id=self.id,
            name=self.name,
            status=self.status,
            domains=self.names,
            issuer=self.issuer,
            serial_number=self.serial_number,
            fingerprint_sha256=self.fingerprint_sha256,
            not_before=self.begins,
            not_after=self.ends,
            extra={
                "domain": self.domain,
                "site_id": site.id,
                "site_name": site.name,
                "type": self.type,
                "key_algorithm": self.key_algorithm,
                "signature_algorithm": self.signature_algorithm,
                "created": rfc3339(self.created),
                "apply_code": self.apply_code,
                "apply_message": self.apply_message,
                "challenge": [entry.as_result() for entry in challenge],
            },
        )


@dataclasses.dataclass(frozen=True)
class Listing:
    """All certificates of a site, and the site's name where the service told it."""

    rows: tuple[Row, ...]
    site_name: str | None = None


@dataclasses.dataclass(frozen=True)
class Quota:
    """How many free certificates there may be, and who has them: (site id, site name, number)."""

    total: int
    used: int
    sites: tuple[tuple[str, str | None, int], ...] = ()


class Esa:
    """The operations that the collection uses, one method each."""

    def __init__(self, client: AliyunClient) -> None:
        self._client = client

    # --- sites ---------------------------------------------------------------------------------------------

    def sites(self, name: str) -> list[Site]:
        """The sites of exactly this name: a complete listing.

        :raises ProtocolFailure: the rows do not add up to the service's own count, even when read twice.
        """
        filters = {"SiteName": name, "SiteSearchType": "exact"}
        rows, _site_name = self._complete(
            _SITES, filters, member="Sites", key="SiteId", page_size=SITES_PAGE, method="GET"
        )
        return [site for site in map(_site, rows) if site.name == name]

    def site(self, site_id: str) -> Site:
        """:raises NotFound: the account has no such site, at this endpoint."""
        model = self._call(_SITE, {"SiteId": site_id}, method="GET").object("SiteModel")
        if model is None:
            raise ProtocolFailure(
                "Alibaba Cloud's answer to GetSite is malformed: it has no SiteModel.", retryable=True
            )
        return _site(model)

    # --- certificates --------------------------------------------------------------------------------------

    def certificates(self, site_id: str) -> Listing:
        """All certificates of the site, in every state: a complete listing.

        :raises ProtocolFailure: the rows do not add up to the service's own count, even when read twice.
        """
        rows, site_name = self._complete(
            _LIST, {"SiteId": site_id}, member="Result", key="Id", page_size=PAGE, method="POST"
        )
        return Listing(rows=tuple(map(_row, rows)), site_name=site_name)

    def certificate(self, site_id: str, certificate_id: str) -> Row:
        """:raises NotFound: the site has no such certificate."""
        result = self._call(_GET, {"SiteId": site_id, "Id": certificate_id}).object("Result")
        if result is None:
            raise ProtocolFailure(
                "Alibaba Cloud's answer to GetCertificate is malformed: it has no Result.", retryable=True
            )
        return dataclasses.replace(_row(result, id=certificate_id), id=certificate_id)

    def apply(self, site_id: str, *, domains: t.Sequence[str], type: str) -> dict[str, str]:
        """Apply for one certificate a domain. The ids that the answer tells, by domain: they can be fewer.

        It has no client token: a second call is a second application, or a refusal with `DUPLICATE`.
        """
        told = self._call(_APPLY, {"SiteId": site_id, "Domains": ",".join(domains), "Type": type}, replay=Replay.NEVER)
        ids = {}
        for entry in told.objects("Result"):
            domain, certificate_id = entry.trimmed("Domain"), (entry.label("Id") or "").strip()
            if domain and certificate_id:
                ids[domain.lower()] = certificate_id
        return ids

    def delete(self, site_id: str, certificate_id: str) -> None:
        """A write, though it is a GET.

        :raises NotFound: the site has no such certificate.
        """
        self._call(_DELETE, {"SiteId": site_id, "Id": certificate_id}, replay=Replay.NEVER, method="GET")

    def used_by(self, site_id: str, records: t.Sequence[str]) -> dict[str, list[str]]:
        """The names of those records that have certificates, by the id of the certificate."""
        parameters = {"SiteId": site_id, "RecordName": ",".join(records), "Detail": True}
        users: dict[str, list[str]] = {}
        for entry in self._call(_BY_RECORD, parameters).objects("Result"):
            name = entry.trimmed("RecordName") or "a record"
            for certificate in entry.objects("Certificates"):
                users.setdefault(certificate.required_label("Id"), []).append(name)
        return users

    def quota(self, site_id: str) -> Quota:
        """The free certificates of the account: how many there may be, how many there are, and on which sites."""
        told = self._call(_QUOTA, {"SiteId": site_id, "Type": FREE}, method="GET")
        usage = [
            ((entry.label("SiteId") or "").strip(), entry.trimmed("SiteName"), entry.digits("SiteUsage") or 0)
            for entry in told.objects("SiteUsage")
        ]
        return Quota(
            total=told.required_digits("Quota"),
            used=told.required_digits("QuotaUsage"),
            sites=tuple(sorted(usage, key=lambda entry: (-entry[2], entry[0]))),
        )

    def delegation(self, site_id: str) -> str:
        """What the name of a delegated validation's target ends in."""
        told = self._call(_DCV, {"SiteId": site_id}, method="GET")
        domain = told.trimmed("DelegationDomain")
        if domain is None:
            raise told.wrong("DelegationDomain", "a string that is not empty")
        return domain.strip(".").lower()

    # --- the wire ------------------------------------------------------------------------------------------

    def _complete(
        self,
        operation: str,
        filters: t.Mapping[str, str],
        *,
        member: str,
        key: str,
        page_size: int,
        method: t.Literal["GET", "POST"],
    ) -> tuple[list[answer.Fields], str | None]:
        """Every row once, and the name of the site that the answers are about."""
        for _attempt in range(2):
            rows: dict[str, answer.Fields] = {}
            for number in range(1, MAX_PAGES + 1):
                told = self._call(operation, {**filters, "PageNumber": number, "PageSize": page_size}, method=method)
                total = told.digits("TotalCount")
                page = told.objects(member)
                before = len(rows)
                rows.update((row.required_label(key), row) for row in page)
                if total is not None and len(rows) == total:
                    return list(rows.values()), _lower(told.trimmed("SiteName"))
                if len(rows) == before or total is None or len(rows) > total:
                    break
        raise ProtocolFailure(
            f"Alibaba Cloud's answer to {operation} does not have as many rows as it says.",
            retryable=True,
            ran=Ran.UNKNOWN,
            hint="Somebody may be changing the site at this moment; run again.",
        )

    def _call(
        self,
        operation: str,
        parameters: t.Mapping[str, t.Any],
        *,
        replay: Replay = Replay.READ,
        method: t.Literal["GET", "POST"] = "POST",
    ) -> answer.Fields:
        return self._client.call(operation, parameters, replay=replay, method=method)


def no_such_site(name: str) -> NotFound:
    """The failure for a name that a complete listing does not have."""
    return NotFound(f"The account has no ESA site {name}.", hint=_SITE_HINT)


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


def _site(fields: answer.Fields) -> Site:
    return Site(
        id=fields.required_label("SiteId"),
        name=_lower(fields.trimmed("SiteName")),
        access_type=fields.trimmed("AccessType"),
        status=fields.trimmed("Status"),
    )


def _row(fields: answer.Fields, id: str | None = None) -> Row:
    return Row(
        id=id or fields.required_label("Id"),
        type=fields.trimmed("Type"),
        status=fields.trimmed("Status"),
        name=fields.trimmed("Name"),
        common_name=fields.trimmed("CommonName"),
        sans=tuple(name for name in (part.strip() for part in (fields.text("SAN") or "").split(",")) if name),
        issuer=fields.trimmed("Issuer") or fields.trimmed("IssuerCN"),
        begins=fields.moment("NotBefore"),
        ends=fields.moment("NotAfter"),
        created=fields.moment("CreateTime"),
        serial_number=fields.hexadecimal("SerialNumber"),
        fingerprint_sha256=fields.hexadecimal("FingerprintSha256", length=64),
        key_algorithm=fields.trimmed("PubAlg"),
        signature_algorithm=fields.trimmed("SigAlg"),
        apply_code=fields.digits("ApplyCode"),
        apply_message=fields.trimmed("ApplyMessage"),
        dcv=tuple(filter(None, map(_dcv, fields.objects("DCV")))),
    )


def _dcv(fields: answer.Fields) -> Dcv | None:
    kind, key, value = (fields.trimmed(name) for name in ("Type", "Key", "Value"))
    return Dcv(kind=(kind or "DNS").upper(), key=key, value=value) if key and value else None
