# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Tencent Cloud's SSL certificate service (API 2019-12-05) as typed calls.

Facts: https://cloud.tencent.com/document/product/400/41671 (list), 41673 (detail), 41678 (apply), 41675 (delete)
and the models of the official Python SDK. Only `certificate_with_key` brings a private key.
"""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._certificate import Certificate
from ansible_collections.cncloud.certificates.plugins.module_utils._clock import rfc3339
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import ProtocolFailure, Ran
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Replay
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.answer import Fields
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.client import TencentClient
from ansible_collections.cncloud.certificates.plugins.module_utils._wire import Wire

CLOUD = "tencent"
PAGE = 1000
"""Rows of one list call; the service clamps a larger figure without a word."""

ISSUED = 1
STATUS_NAMES: t.Mapping[int, str] = {
    0: "under_review",
    1: "issued",
    2: "review_failed",
    3: "expired",
    4: "dns_record_added",
    5: "awaiting_material",
    6: "cancelling",
    7: "cancelled",
    8: "awaiting_letter",
    9: "revoking",
    10: "revoked",
    11: "reissuing",
    12: "awaiting_revocation_letter",
    13: "awaiting_free_material",
    14: "refunded",
    15: "migrating",
}
METHODS: t.Mapping[str, str] = {"dns_auto": "DNS_AUTO", "dns": "DNS", "file": "FILE"}
_METHOD_NAMES = {wire: name for name, wire in METHODS.items()}

_ROW_READS = (
    "CertificateId",
    "Domain",
    "SubjectAltName[]",
    "Alias",
    "Status",
    "From",
    "CertificateType",
    "PackageType",
    "IsWildcard",
    "VerifyType",
    "ProjectId",
    "ValidityPeriod",
    "CertBeginTime",
    "CertEndTime",
    "InsertTime",
    "CertificateExtra.RenewOrder",
    "CertificateExtra.OriginCertificateId",
)
_LIST_READS = (
    *_ROW_READS,
    "CertSANs[]",
    "EncryptAlgorithm",
    "HasRenewOrder",
    "IsExpiring",
    "DVAuthDeadline",
    "AwaitingValidationMsg",
)
_PROOF = ("DvAuthKey", "DvAuthValue", "DvAuthDomain", "DvAuthPath")
_DETAIL_READS = (
    *_ROW_READS,
    "OrderId",
    *(f"DvAuthDetail.{name}" for name in (*_PROOF, "DvAuthKeySubDomain")),
    *(f"DvAuthDetail.DvAuths[].{name}" for name in (*_PROOF, "DvAuthSubDomain", "DvAuthVerifyType")),
    *(f"DvRevokeAuthDetail[].{name}" for name in (*_PROOF, "DvAuthSubDomain", "DvAuthVerifyType")),
)
_REVOKE_READS = ("Path", "Key", "Value", "Domain")

WIRE: t.Mapping[str, Wire] = {
    "DescribeCertificates": Wire(
        sends=("Offset", "Limit", "SearchKey"),
        reads=("TotalCount", *(f"Certificates[].{name}" for name in _LIST_READS)),
    ),
    "DescribeCertificate": Wire(sends=("CertificateId",), reads=_DETAIL_READS),
    "DescribeCertificateDetail": Wire(
        sends=("CertificateId",),
        reads=(*_DETAIL_READS, "CertificatePrivateKey", "CertificatePublicKey"),
    ),
    "ApplyCertificate": Wire(
        sends=(
            "DvAuthMethod",
            "DomainName",
            "ProjectId",
            "PackageType",
            "ContactEmail",
            "ContactPhone",
            "ValidityPeriod",
            "CsrEncryptAlgo",
            "CsrKeyParameter",
            "Alias",
            "OldCertificateId",
            "DeleteDnsAutoRecord",
        ),
        reads=("CertificateId",),
    ),
    "CompleteCertificate": Wire(sends=("CertificateId",)),
    "CancelCertificateOrder": Wire(sends=("CertificateId",)),
    "RevokeCertificate": Wire(
        sends=("CertificateId", "Reason"),
        reads=tuple(f"RevokeDomainValidateAuths[].DomainValidateAuth{name}" for name in _REVOKE_READS),
    ),
    "DeleteCertificate": Wire(sends=("CertificateId", "IsCheckResource"), reads=("DeleteResult", "TaskId")),
    "DescribeDeleteCertificatesTaskResult": Wire(
        sends=("TaskIds[]",),
        reads=("DeleteTaskResult[].TaskId", "DeleteTaskResult[].Status", "DeleteTaskResult[].Error"),
    ),
    "ModifyCertificateAlias": Wire(sends=("CertificateId", "Alias")),
    "ModifyCertificateProject": Wire(
        sends=("CertificateIdList[]", "ProjectId"), reads=("SuccessCertificates[]", "FailCertificates[]")
    ),
}


@dataclasses.dataclass(frozen=True)
class Row:
    """A certificate or an order as the list shows it. Times are UTC; None where the service says nothing."""

    id: str
    domain: str
    """What was asked for, lower-case."""
    names: frozenset[str]
    """`domain` and all further names: the list counts the domain among them, the detail does not."""
    status: int
    alias: str | None = None
    origin: str | None = None
    """Who issued it (`trustasia`), or `upload`."""
    certificate_type: str | None = None
    package_type: str | None = None
    wildcard: bool = False
    method: str | None = None
    """`dns_auto`, `dns`, `file`, or the service's word for another one."""
    project_id: int | None = None
    validity_months: str | None = None
    algorithm: str | None = None
    """`rsa` or `ecc`."""
    begins: datetime.datetime | None = None
    ends: datetime.datetime | None = None
    ordered: datetime.datetime | None = None
    deadline: datetime.datetime | None = None
    """Until when the proof must be there."""
    renewed_by: str | None = None
    renews: str | None = None
    expiring: bool = False
    complaint: str | None = None
    """Why the validation is still awaited, in the service's words."""

    @property
    def status_name(self) -> str:
        return status_name(self.status)

    def certificate(
        self,
        *,
        issuer: str | None = None,
        serial_number: str | None = None,
        fingerprint_sha256: str | None = None,
    ) -> Certificate:
        """The fixed shape; the three facts come from the certificate itself, which the list does not have."""
        return Certificate(
            cloud=CLOUD,
            id=self.id,
            name=self.domain,
            status=self.status_name,
            domains=tuple(self.names),
            issuer=issuer,
            serial_number=serial_number,
            fingerprint_sha256=fingerprint_sha256,
            not_before=self.begins,
            not_after=self.ends,
            extra={
                "alias": self.alias,
                "project_id": self.project_id,
                "key_algorithm": self.algorithm,
                "dv_auth_method": self.method,
                "package_type": self.package_type,
                "origin": self.origin,
                "ordered_at": rfc3339(self.ordered),
                "renewed_by": self.renewed_by,
                "renews": self.renews,
            },
        )


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
class Detail:
    """One certificate without its key."""

    row: Row
    challenge: tuple[Challenge, ...]
    revocation_challenge: tuple[Challenge, ...]


@dataclasses.dataclass(frozen=True)
class IssuedFiles:
    """What DescribeCertificateDetail has besides the detail: leaf with chain, and the private key."""

    detail: Detail
    certificate_pem: str | None
    private_key_pem: str | None = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True)
class Order:
    """What an order says. None: not sent, and the service's default holds."""

    domain: str
    method: str
    key_algorithm: str | None = None
    alias: str | None = None
    contact_email: str | None = None
    contact_phone: str | None = None
    project_id: int | None = None
    package_type: str | None = None
    validity_period: int | None = None
    delete_dns_auto_record: bool | None = None
    old_certificate_id: str | None = None

    def body(self) -> dict[str, t.Any]:
        """ECC without its curve is refused by the service, so the curve always goes along."""
        curve = {"rsa": ("RSA", "2048"), "ecc": ("ECC", "prime256v1")}.get(self.key_algorithm or "", (None, None))
        fields = {
            "DvAuthMethod": METHODS[self.method],
            "DomainName": self.domain,
            "ProjectId": self.project_id,
            "PackageType": self.package_type,
            "ContactEmail": self.contact_email,
            "ContactPhone": self.contact_phone,
            "ValidityPeriod": None if self.validity_period is None else str(self.validity_period),
            "CsrEncryptAlgo": curve[0],
            "CsrKeyParameter": curve[1],
            "Alias": self.alias,
            "OldCertificateId": self.old_certificate_id,
            "DeleteDnsAutoRecord": self.delete_dns_auto_record,
        }
        return {name: value for name, value in fields.items() if value is not None}


@dataclasses.dataclass(frozen=True)
class Deletion:
    """`done` false with a task: the service is still looking; false without one: it did not delete."""

    done: bool
    task_id: str | None


class SslService:
    """The operations that the collection uses, one method each."""

    def __init__(self, client: TencentClient) -> None:
        self._client = client

    def certificates(self, search: str | None = None) -> list[Row]:
        """All rows, or those whose id, alias or domain contains `search`, each id once: a complete listing.

        :raises ProtocolFailure: the rows do not add up to the service's own count, even when read twice. What
            is missing in such a listing is not proven absent.
        """
        for _attempt in range(2):
            rows = self._listing(search)
            if rows is not None:
                return rows
        raise ProtocolFailure(
            "Tencent Cloud's list of certificates is incomplete: its rows do not add up to its TotalCount.",
            retryable=True,
            hint="Run again; nothing is concluded from an incomplete list.",
        )

    def _listing(self, search: str | None) -> list[Row] | None:
        rows: dict[str, Row] = {}
        offset = 0
        while True:
            body: dict[str, t.Any] = {"Offset": offset, "Limit": PAGE}
            if search is not None:
                body["SearchKey"] = search
            answer = self._client.call("DescribeCertificates", body, replay=Replay.READ)
            total = answer.required_integer("TotalCount")
            page = answer.objects("Certificates")
            before = len(rows)
            for fields in page:
                row = read_row(fields)
                rows.setdefault(row.id, row)
            offset += len(page)
            if len(rows) >= total:
                # More rows than counted is as wrong as fewer: the list moved, or the count means something else.
                return list(rows.values()) if len(rows) == total else None
            if len(rows) == before:
                return None

    def certificate(self, certificate_id: str) -> Detail:
        """:raises NotFound: proven, by the operation's own code."""
        answer = self._client.call("DescribeCertificate", {"CertificateId": certificate_id}, replay=Replay.READ)
        return read_detail(answer)

    def certificate_with_key(self, certificate_id: str) -> IssuedFiles:
        """The only call whose answer holds a private key: the caller masks it before anything else.

        :raises NotFound: proven, by the operation's own code.
        """
        answer = self._client.call("DescribeCertificateDetail", {"CertificateId": certificate_id}, replay=Replay.READ)
        return IssuedFiles(
            detail=read_detail(answer),
            certificate_pem=answer.text("CertificatePublicKey"),
            private_key_pem=answer.text("CertificatePrivateKey"),
        )

    def apply(self, order: Order) -> str:
        """Order a certificate and return its id. The service knows no client token: never sent twice."""
        answer = self._client.call("ApplyCertificate", order.body(), replay=Replay.NEVER)
        return answer.required_text("CertificateId")

    def complete(self, certificate_id: str) -> None:
        """Ask for an immediate check of the proof. Harmless to repeat."""
        self._client.call("CompleteCertificate", {"CertificateId": certificate_id}, replay=Replay.NEVER)

    def cancel(self, certificate_id: str) -> None:
        self._client.call("CancelCertificateOrder", {"CertificateId": certificate_id}, replay=Replay.NEVER)

    def revoke(self, certificate_id: str, *, reason: str) -> tuple[Challenge, ...]:
        """Begin a revocation, which needs a proof of its own within some three days."""
        body = {"CertificateId": certificate_id, "Reason": reason}
        answer = self._client.call("RevokeCertificate", body, replay=Replay.NEVER)
        return tuple(_revocation(item) for item in answer.objects("RevokeDomainValidateAuths"))

    def delete(self, certificate_id: str) -> Deletion:
        body = {"CertificateId": certificate_id, "IsCheckResource": False}
        answer = self._client.call("DeleteCertificate", body, replay=Replay.NEVER)
        return Deletion(done=answer.flag("DeleteResult") is True, task_id=answer.text("TaskId"))

    def deletion_status(self, task_id: str) -> tuple[int | None, str | None]:
        """Status (0 running, 1 done, else failed; None: not listed) and the service's words."""
        body = {"TaskIds": [task_id]}
        answer = self._client.call("DescribeDeleteCertificatesTaskResult", body, replay=Replay.READ)
        for item in answer.objects("DeleteTaskResult"):
            if item.text("TaskId") == task_id:
                return item.required_integer("Status"), item.text("Error")
        return None, None

    def set_alias(self, certificate_id: str, *, alias: str) -> None:
        body = {"CertificateId": certificate_id, "Alias": alias}
        self._client.call("ModifyCertificateAlias", body, replay=Replay.READ)  # the same end however often it runs

    def set_project(self, certificate_id: str, *, project_id: int) -> None:
        """:raises ProtocolFailure: the service did not name the certificate among those that it moved."""
        body = {"CertificateIdList": [certificate_id], "ProjectId": project_id}
        answer = self._client.call("ModifyCertificateProject", body, replay=Replay.READ)  # as above
        if certificate_id in answer.texts("FailCertificates"):
            raise ProtocolFailure(
                f"Tencent Cloud did not move the certificate {certificate_id} to project {project_id}.",
                ran=Ran.REFUSED,
                hint="Check that the project exists and that the key may use it.",
            )


def status_name(status: int) -> str:
    return STATUS_NAMES.get(status, f"unknown_{status}")


def read_row(fields: Fields) -> Row:
    """A row of the list, which tells more of an order than its detail does."""
    row = _read_facts(fields)
    return dataclasses.replace(
        row,
        names=_names([*row.names, *fields.texts("CertSANs")]),
        algorithm=_algorithm(fields.text("EncryptAlgorithm")),
        deadline=fields.moment("DVAuthDeadline"),
        renewed_by=fields.text("HasRenewOrder") or row.renewed_by,
        expiring=fields.flag("IsExpiring") is True,
        complaint=fields.text("AwaitingValidationMsg"),
    )


def read_detail(fields: Fields) -> Detail:
    """One certificate; all that is read here is in both details, with and without the key."""
    proof = fields.object("DvAuthDetail")
    row = _read_facts(fields)
    return Detail(
        row=row,
        challenge=() if proof is None else _challenge(proof, row),
        revocation_challenge=tuple(
            found for item in fields.objects("DvRevokeAuthDetail") if (found := _proof(item, "DvAuthSubDomain", row))
        ),
    )


def _read_facts(fields: Fields) -> Row:
    """What the list and the details have alike."""
    domain = (fields.text("Domain") or "").lower().rstrip(".")
    names = _names([domain, *fields.texts("SubjectAltName")])
    extra = fields.object("CertificateExtra")
    method = fields.text("VerifyType")
    return Row(
        id=fields.required_text("CertificateId"),
        domain=domain,
        names=names,
        status=fields.required_integer("Status"),
        alias=fields.text("Alias"),
        origin=fields.text("From"),
        certificate_type=fields.text("CertificateType"),
        package_type=fields.text("PackageType"),
        wildcard=fields.flag("IsWildcard") is True or any(name.startswith("*.") for name in names),
        method=None if method is None else _METHOD_NAMES.get(method, method.lower()),
        project_id=fields.digits("ProjectId"),
        validity_months=fields.text("ValidityPeriod"),
        begins=fields.moment("CertBeginTime"),
        ends=fields.moment("CertEndTime"),
        ordered=fields.moment("InsertTime"),
        renewed_by=extra.text("RenewOrder") if extra else None,
        renews=extra.text("OriginCertificateId") if extra else None,
    )


def _names(names: t.Iterable[str]) -> frozenset[str]:
    """Spelled alike, without empty ones."""
    return frozenset({name.strip().lower().rstrip(".") for name in names} - {""})


def _challenge(proof: Fields, row: Row) -> tuple[Challenge, ...]:
    """`DvAuths` where the service fills it, else the top level, whose sub-domain has another name."""
    items = [found for item in proof.objects("DvAuths") if (found := _proof(item, "DvAuthSubDomain", row))]
    if not items:
        single = _proof(proof, "DvAuthKeySubDomain", row)
        items = [] if single is None else [single]
    return tuple(items)


def _proof(item: Fields, label_field: str, row: Row) -> Challenge | None:
    key, value = item.text("DvAuthKey"), item.text("DvAuthValue")
    zone, path = item.text("DvAuthDomain"), item.text("DvAuthPath")
    label = item.text(label_field)
    if value is None or not (key or label):
        return None  # not there yet, or forgotten after issue
    # The top level does not say the type; a value that is a name can only be meant as a CNAME.
    said = item.text("DvAuthVerifyType") if label_field == "DvAuthSubDomain" else None
    kind = (said or ("FILE" if path or row.method == "file" else _guess_type(value))).upper()
    if kind == "FILE":
        joined = f"/{(path or '').strip('/')}/{(key or '').lstrip('/')}".replace("//", "/")
        return Challenge(type="FILE", zone=zone, record=row.domain, value=value, path=joined)
    return _record(kind, zone=zone, label=label, key=key, value=value)


def _guess_type(value: str) -> str:
    return "CNAME" if value.rstrip(".").count(".") >= 2 and " " not in value else "TXT"


def _record(kind: str, *, zone: str | None, label: str | None, key: str | None, value: str) -> Challenge:
    zone = zone.rstrip(".").lower() if zone else None
    record = key.rstrip(".").lower() if key else None
    if label is None and record and zone and record != zone and record.endswith(f".{zone}"):
        label = record[: -len(zone) - 1]
    if label and zone and (record is None or "." not in record):
        record = zone if label == "@" else f"{label}.{zone}"
    return Challenge(type=kind, zone=zone, name=(label or "@").lower(), record=record, value=value)


def _revocation(item: Fields) -> Challenge:
    """The answer of RevokeCertificate does not say the type: a path means a file."""
    key, value = item.text("DomainValidateAuthKey"), item.text("DomainValidateAuthValue")
    zone, path = item.text("DomainValidateAuthDomain"), item.text("DomainValidateAuthPath")
    if path:
        return Challenge(type="FILE", zone=zone, record=zone, value=value, path=f"/{path.strip('/')}/{key or ''}")
    return _record(_guess_type(value or ""), zone=zone, label=None, key=key, value=value or "")


def _algorithm(text: str | None) -> str | None:
    """`RSA 2048` and `ECC prime256v1` are seen; other spellings of elliptic curves begin with EC as well."""
    plain = (text or "").strip().upper()
    if plain.startswith("RSA"):
        return "rsa"
    return "ecc" if plain.startswith("EC") else None


EXTRA_KEYS = tuple(Row(id="", domain="", names=frozenset(), status=0).certificate().extra)
"""What Tencent Cloud adds to the fixed shape."""
