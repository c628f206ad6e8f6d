# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The SSL API, version 2019-12-05: every action that the life of a free certificate needs."""

import base64
import re
import secrets
from datetime import timedelta

from .tencent_action import Action, Caller, Service, TencentError
from .tencent_archive import archive, parse_upload
from .tencent_estate import (
    CANCELLABLE,
    FREED,
    PENDING,
    Certificate,
    DeleteTask,
    Estate,
    Proof,
    Status,
    covered_names,
    registrable,
)
from .tencent_time import beijing
from .tencent_validation import Validation
from .tencent_views import describe, detail, list_item
from .world import Json, World

_NAME = re.compile(r"([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_METHODS = ("DNS_AUTO", "DNS", "FILE")
_SERVICE_TYPES = ("nginx", "tomcat", "apache", "iis", "jks", "other", "root")
_MAX_BATCH = 100


def _not_found() -> TencentError:
    return TencentError("FailedOperation.CertificateNotFound", "The certificate does not exist.")


def _wrong_status() -> TencentError:
    return TencentError("FailedOperation.InvalidCertificateStatusCode", "The certificate status does not allow this.")


def _invalid(reason: str) -> TencentError:
    return TencentError("FailedOperation.InvalidParam", reason)


class SslService:
    """Each method is one action: (caller, parameters) -> members of the answer."""

    def __init__(self, world: World, estate: Estate, validation: Validation) -> None:
        self.world = world
        self.estate = estate
        self.validation = validation
        # Path of a download -> (certificate id, service type).
        self.downloads: dict[str, tuple[str, str]] = {}
        self.service = Service("ssl", "2019-12-05", self._actions())

    def _actions(self) -> dict[str, Action]:
        one = {"CertificateId": "str!"}
        apply = {"DvAuthMethod": "str!", "DomainName": "str!", "ProjectId": "int", "DeleteDnsAutoRecord": "bool"}
        apply |= dict.fromkeys(("PackageType", "ContactEmail", "ContactPhone", "ValidityPeriod"), "str")
        apply |= dict.fromkeys(("CsrEncryptAlgo", "CsrKeyParameter", "CsrKeyPassword", "Alias"), "str")
        apply |= {"OldCertificateId": "str", "PackageId": "str", "DnsNames": "[str]"}
        listing = dict.fromkeys(("Offset", "Limit", "ProjectId", "Deployable", "Upload", "Renew", "IsSM"), "int")
        listing |= dict.fromkeys(("FilterExpiring", "Hostable", "IsPendingIssue"), "int")
        listing |= dict.fromkeys(("SearchKey", "CertificateType", "ExpirationSort", "FilterSource", "ServiceId"), "str")
        listing |= {"CertificateStatus": "[int]", "Tags": "[object]", "CertIds": "[str]"}
        upload = {"CertificatePublicKey": "str!", "ProjectId": "int", "Tags": "[object]", "Repeatable": "bool"}
        upload |= dict.fromkeys(
            ("CertificatePrivateKey", "CertificateType", "Alias", "CertificateUse", "KeyPassword"), "str"
        )
        batch = {"CertificateIds": "[str]!", "IsSync": "bool"}
        project = {"CertificateIdList": "[str]!", "ProjectId": "int!"}
        return {
            "ApplyCertificate": Action(self.apply, apply, write=True),
            "DescribeCertificates": Action(self.describe_certificates, listing),
            "DescribeCertificate": Action(self.describe_certificate, one),
            "DescribeCertificateDetail": Action(self.describe_certificate_detail, one, key_bearing=True),
            "CompleteCertificate": Action(self.complete, one, write=True),
            "CheckCertificateDomainVerification": Action(self.check_domain_verification, one),
            "CancelCertificateOrder": Action(self.cancel_order, one, write=True),
            "RevokeCertificate": Action(self.revoke, {**one, "Reason": "str"}, write=True),
            "DeleteCertificate": Action(self.delete, {**one, "IsCheckResource": "bool"}, write=True),
            "DeleteCertificates": Action(self.delete_many, batch, write=True),
            "DescribeDeleteCertificatesTaskResult": Action(self.describe_delete_tasks, {"TaskIds": "[str]!"}),
            "ModifyCertificateAlias": Action(self.modify_alias, {**one, "Alias": "str"}, write=True),
            "ModifyCertificateProject": Action(self.modify_project, project, write=True),
            "DownloadCertificate": Action(self.download, one, key_bearing=True),
            "DescribeDownloadCertificateUrl": Action(self.describe_download_url, {**one, "ServiceType": "str"}),
            "UploadCertificate": Action(self.upload, upload, write=True),
        }

    # Orders

    def apply(self, caller: Caller, given: Json) -> Json:
        settings = self.estate.settings
        method, domain = given["DvAuthMethod"], given["DomainName"].lower()
        self._check_order(given, method, domain)
        old = self._renewed(caller, given, domain)
        self._check_quota(caller, domain)
        now = self.world.now()
        certificate = Certificate(
            id=self.estate.new_id(),
            account=caller.account,
            names=covered_names(domain),
            inserted=now,
            sequence=self.estate.next_sequence(),
            status=Status.DNS_ADDED if method == "DNS_AUTO" else Status.REVIEWING,
            package_type=given.get("PackageType", settings.package_types[0]),
            alias=given.get("Alias", ""),
            project_id=given.get("ProjectId", 0),
            verify_type=method,
            algorithm=given.get("CsrEncryptAlgo", "RSA"),
            validity_months=given.get("ValidityPeriod", "3"),
            order_id=secrets.token_urlsafe(12),
            status_message="PRE-REVIEWING",
            behaviour=settings.behaviour,
            deadline=now + timedelta(days=settings.deadline_days),
            delete_auto_record=method == "DNS_AUTO" and given.get("DeleteDnsAutoRecord", False),
            origin_id=old.id if old else None,
        )
        if method == "DNS":
            certificate.status = Status(settings.dns_status)
        certificate.proofs = self.validation.make_proofs(certificate)
        self.estate.certificates[certificate.id] = certificate
        self.estate.orders[registrable(domain)] += 1
        if old is not None:
            old.renewed_by = certificate.id
        return {"CertificateId": certificate.id}

    def complete(self, caller: Caller, given: Json) -> Json:
        certificate = self._find(caller, given["CertificateId"])
        if certificate is None or certificate.status not in PENDING:
            code = "FailedOperation.CertificateNotFoundOrAudited"
            raise TencentError(code, "The certificate does not exist or has been approved.")
        self.validation.check_now(certificate)
        return {"CertificateId": certificate.id}

    def check_domain_verification(self, caller: Caller, given: Json) -> Json:
        certificate = self._one(caller, given)
        if certificate.status not in PENDING:
            raise TencentError("FailedOperation.CertificateStatusNotAllowVerify", "The status does not allow this.")
        results = [
            {
                "Domain": check.proof.domain,
                "VerifyType": certificate.verify_type,
                "LocalCheck": check.code,
                "CaCheck": 2 if certificate.validated else -1,
                "LocalCheckFailReason": check.reason,
                "CheckValue": check.found,
                "Frequently": False,
                "Issued": False,
            }
            for check in self.validation.checks(certificate.proofs)
        ]
        return {"VerificationResults": results}

    def cancel_order(self, caller: Caller, given: Json) -> Json:
        certificate = self._one(caller, given)
        if certificate.status not in CANCELLABLE:
            raise _wrong_status()
        certificate.status, certificate.changed = Status.CANCELLING, self.world.now()
        self._unlink_renewal(certificate)
        return {"CertificateId": certificate.id}

    # Reading

    def describe_certificates(self, caller: Caller, given: Json) -> Json:
        offset, limit = given.get("Offset", 0), min(given.get("Limit", 10), 1000)
        if offset < 0 or limit < 0 or given.get("FilterSource", "") not in ("", "upload", "buy"):
            raise TencentError("InvalidParameter", "Offset, Limit or FilterSource is not valid.")
        # The key first: it is what loops over many certificates give, and it needs nothing brought up to date.
        candidates = _with_key(self.estate.of(caller.account), given.get("SearchKey", ""))
        for certificate in candidates:
            self.validation.settle(certificate)
        found = [certificate for certificate in candidates if self._matches(certificate, given)]
        found.sort(key=lambda certificate: (certificate.inserted, certificate.sequence), reverse=True)
        if given.get("ExpirationSort") in ("ASC", "DESC"):
            dated = [certificate for certificate in found if certificate.end]
            undated = [certificate for certificate in found if not certificate.end]
            dated.sort(key=lambda certificate: certificate.end or certificate.inserted)
            found = (dated if given["ExpirationSort"] == "ASC" else dated[::-1]) + undated
        zones = self.validation.dnspod.zones.values()
        own_zones = {zone.name for zone in zones if zone.account == caller.account}
        page = found[offset : offset + limit]
        return {
            "TotalCount": len(found),
            "Certificates": [
                list_item(self.estate, certificate, english=caller.english, own_zones=own_zones) for certificate in page
            ],
        }

    def describe_certificate(self, caller: Caller, given: Json) -> Json:
        certificate = self._one(caller, given)
        visible = self.estate.settings.challenge_in_describe and self.validation.challenge_visible(certificate)
        return describe(self.estate, certificate, english=caller.english, challenge=visible)

    def describe_certificate_detail(self, caller: Caller, given: Json) -> Json:
        certificate = self._one(caller, given)
        visible = self.validation.challenge_visible(certificate)
        return detail(self.estate, certificate, english=caller.english, challenge=visible)

    def _matches(self, certificate: Certificate, given: Json) -> bool:
        """All filters of DescribeCertificates but SearchKey; 0 means "no filter", except of Deployable and Hostable."""
        now = self.world.now()
        issued = certificate.status == Status.ISSUED
        flags = {
            "Upload": certificate.uploaded,
            "Renew": certificate.free and certificate.expiring(now),
            "IsSM": False,
            "FilterExpiring": certificate.expiring(now),
            "IsPendingIssue": certificate.status in CANCELLABLE,
        }
        tags = {(tag.get("TagKey"), tag.get("TagValue")) for tag in given.get("Tags", [])}
        return (
            given.get("CertificateType") in (None, "", certificate.kind)
            and given.get("ProjectId") in (None, certificate.project_id)
            and (not given.get("CertificateStatus") or certificate.status in given["CertificateStatus"])
            and all(value for name, value in flags.items() if given.get(name) == 1)
            and all(given.get(name) in (None, int(issued)) for name in ("Deployable", "Hostable"))
            and given.get("FilterSource") in (None, "", "upload" if certificate.uploaded else "buy")
            and (not given.get("CertIds") or certificate.id in given["CertIds"])
            and tags <= set(certificate.tags.items())
            and not given.get("ServiceId")
        )

    # Files

    def download(self, caller: Caller, given: Json) -> Json:
        certificate = self._downloadable(caller, given, "FailedOperation.InvalidCertificateStatusCode")
        return {"Content": base64.b64encode(self.archive(certificate)).decode(), "ContentType": "application/zip"}

    def describe_download_url(self, caller: Caller, given: Json) -> Json:
        service_type = given.get("ServiceType", "nginx")
        if service_type not in _SERVICE_TYPES:
            raise TencentError("FailedOperation.CertificateDownloadServiceTypeNotSupport", "Unknown service type.")
        certificate = self._downloadable(caller, given, "FailedOperation.CertificateStatusNotAllowDownload")
        name = f"{certificate.domain}_{service_type}.zip"
        path = f"/_download/{secrets.token_urlsafe(24)}/{name}"
        self.downloads[path] = (certificate.id, service_type)
        return {"DownloadCertificateUrl": f"http://{caller.host}{path}", "DownloadFilename": name}

    def archive(self, certificate: Certificate, service_type: str | None = None) -> bytes:
        private_key = certificate.key_pem or self.estate.private_key(certificate)
        return archive(certificate.domain, self.estate.chain(certificate), private_key, service_type)

    def upload(self, caller: Caller, given: Json) -> Json:
        kind = given.get("CertificateType", "SVR")
        if kind == "SVR" and "CertificatePrivateKey" not in given:
            raise TencentError(
                "MissingParameter", "The request is missing a required parameter `CertificatePrivateKey`."
            )
        parsed = parse_upload(
            given["CertificatePublicKey"], given.get("CertificatePrivateKey"), given.get("KeyPassword")
        )
        twins = [one for one in self._all(caller) if one.uploaded and one.chain_pem == given["CertificatePublicKey"]]
        if twins and not given.get("Repeatable", True):
            return {"CertificateId": twins[0].id, "RepeatCertId": twins[0].id}
        certificate = Certificate(
            id=self.estate.new_id(),
            account=caller.account,
            names=parsed.names,
            inserted=self.world.now(),
            sequence=self.estate.next_sequence(),
            status=Status.ISSUED,
            source="upload",
            kind=kind,
            package_type=None,
            product=None,
            alias=given.get("Alias", ""),
            project_id=given.get("ProjectId", 0),
            verify_type="",
            algorithm=parsed.algorithm,
            validity_months="",
            begin=parsed.begin,
            end=parsed.end,
            key_pem=given.get("CertificatePrivateKey"),
            chain_pem=given["CertificatePublicKey"],
            tags={tag["TagKey"]: tag["TagValue"] for tag in given.get("Tags", [])},
        )
        self.estate.certificates[certificate.id] = certificate
        return {"CertificateId": certificate.id, "RepeatCertId": ""}

    # Changing in place

    def modify_alias(self, caller: Caller, given: Json) -> Json:
        certificate = self._one(caller, given)
        certificate.alias = given.get("Alias", "")
        return {"CertificateId": certificate.id}

    def modify_project(self, caller: Caller, given: Json) -> Json:
        self._check_project(given["ProjectId"])
        _check_batch(given["CertificateIdList"])
        mine = {identity: self._find(caller, identity) for identity in given["CertificateIdList"]}
        for certificate in mine.values():
            if certificate is not None:
                certificate.project_id = given["ProjectId"]
        return {
            "SuccessCertificates": [identity for identity, certificate in mine.items() if certificate],
            "FailCertificates": [identity for identity, certificate in mine.items() if not certificate],
        }

    # The end

    def revoke(self, caller: Caller, given: Json) -> Json:
        """The proof is a new one and has to be published by the caller, whatever the order's method was."""
        certificate = self._one(caller, given)
        if certificate.uploaded:
            raise TencentError("FailedOperation.InvalidCertificateSource", "The certificate was uploaded.")
        if certificate.status != Status.ISSUED:
            raise _wrong_status()
        certificate.revoke_proofs = self.validation.make_proofs(certificate)
        certificate.status, certificate.changed, certificate.last_check = Status.REVOKING, self.world.now(), None
        return {"RevokeDomainValidateAuths": [_revoke_item(proof) for proof in certificate.revoke_proofs]}

    def delete(self, caller: Caller, given: Json) -> Json:
        certificate = self._one(caller, given)
        if given.get("IsCheckResource", False):
            if not self.estate.settings.service_role:
                raise TencentError("FailedOperation.RoleNotFoundAuthorization", "The service role is missing.")
            return {"DeleteResult": False, "TaskId": self._start_task(certificate).id}
        self._check_deletable(certificate)
        if self.estate.settings.silent_delete_failure:
            return {"DeleteResult": False, "TaskId": ""}
        del self.estate.certificates[certificate.id]
        return {"DeleteResult": True, "TaskId": ""}

    def delete_many(self, caller: Caller, given: Json) -> Json:
        """``IsSync`` means the opposite of its name: true starts asynchronous tasks that look for bound resources."""
        _check_batch(given["CertificateIds"])
        success: list[str] = []
        failed: list[Json] = []
        tasks: list[Json] = []
        for identity in given["CertificateIds"]:
            certificate = self._find(caller, identity)
            try:
                if certificate is None:
                    raise _not_found()
                if given.get("IsSync", False):
                    tasks.append({"CertId": identity, "TaskId": self._start_task(certificate).id})
                    continue
                self._check_deletable(certificate)
                del self.estate.certificates[identity]
                success.append(identity)
            except TencentError as refusal:
                failed.append({"CertId": identity, "Msg": refusal.message})
        return {"Success": success, "Fail": failed, "CertTaskIds": tasks}

    def describe_delete_tasks(self, caller: Caller, given: Json) -> Json:
        _check_batch(given["TaskIds"])
        found = [self.estate.tasks.get(identity) for identity in given["TaskIds"]]
        tasks = [task for task in found if task is not None and task.account == caller.account]
        if len(tasks) < len(found):
            raise TencentError("FailedOperation.CertificateSyncTaskIdInvalid", "A task id is not valid.")
        for task in tasks:
            self._settle_task(task)
        return {
            "DeleteTaskResult": [
                {
                    "TaskId": task.id,
                    "CertId": task.certificate_id,
                    "Status": task.status,
                    "Error": task.error,
                    "CacheTime": beijing(self.world.now()),
                    "Domains": task.domains,
                }
                for task in tasks
            ]
        }

    def _start_task(self, certificate: Certificate) -> DeleteTask:
        identity = str(1_251_000 + len(self.estate.tasks))
        task = DeleteTask(identity, certificate.id, certificate.account, certificate.names, self.world.now())
        self.estate.tasks[identity] = task
        return task

    def _settle_task(self, task: DeleteTask) -> None:
        if task.status != 0 or not self.world.passed(task.started, self.estate.settings.task_delay):
            return
        certificate = self.estate.certificates.get(task.certificate_id)
        if certificate is not None and certificate.bound:
            task.status, task.error = 4, "Cloud resources are still bound."
            return
        try:
            if certificate is None:
                raise _not_found()
            self._check_deletable(certificate)
        except TencentError as refusal:
            task.status, task.error = 2, refusal.message
            return
        del self.estate.certificates[certificate.id]
        task.status = 1

    def _check_deletable(self, certificate: Certificate) -> None:
        if certificate.uploaded:
            return
        settings = self.estate.settings
        renewal = self.estate.certificates.get(certificate.renewed_by or "")
        if renewal is not None and renewal.status in PENDING:
            raise TencentError("FailedOperation.RenewNotIssued", "The renewal of this certificate is not issued yet.")
        if certificate.status == Status.ISSUED and not settings.delete_issued:
            raise TencentError("FailedOperation.CannotBeDeletedIssued", "An issued certificate cannot be deleted.")
        if certificate.status in (*CANCELLABLE, Status.CANCELLING, Status.REVOKING, Status.AWAITING_REVOCATION_LETTER):
            raise _wrong_status()
        if settings.one_hour_rule and self.world.now() < certificate.inserted + timedelta(hours=1):
            raise TencentError(settings.one_hour_code, "A free certificate cannot be deleted within one hour.")

    # Checks

    def _all(self, caller: Caller) -> list[Certificate]:
        mine = self.estate.of(caller.account)
        for certificate in mine:
            self.validation.settle(certificate)
        return mine

    def _find(self, caller: Caller, identity: str) -> Certificate | None:
        certificate = self.estate.certificates.get(identity)
        if certificate is None or certificate.account != caller.account:
            return None
        self.validation.settle(certificate)
        return certificate

    def _one(self, caller: Caller, given: Json) -> Certificate:
        certificate = self._find(caller, given["CertificateId"])
        if certificate is None:
            raise _not_found()
        return certificate

    def _downloadable(self, caller: Caller, given: Json, status_code: str) -> Certificate:
        certificate = self._one(caller, given)
        if certificate.end is None or certificate.status not in (Status.ISSUED, Status.EXPIRED):
            raise TencentError(status_code, "The certificate status does not allow the download.")
        if not certificate.allow_download:
            raise TencentError("FailedOperation.CertificateNotAllowDownload", "The certificate must not be downloaded.")
        return certificate

    def _check_order(self, given: Json, method: str, domain: str) -> None:
        settings = self.estate.settings
        if method not in _METHODS:
            raise _invalid("DvAuthMethod must be DNS_AUTO, DNS or FILE.")
        if len(domain) > 64:
            code = "InvalidParameterValue.CertificateDomainMaxLengthInvalid"
            raise TencentError(code, "The domain must not exceed 64 characters.")
        if not _NAME.fullmatch(domain):
            raise _invalid("DomainName must be one fully qualified name without a wildcard.")
        if not _MAIL.fullmatch(given.get("ContactEmail") or "a@b.c"):
            code = "InvalidParameterValue.CertificateEmailParseInvalid"
            raise TencentError(code, "The e-mail address is invalid.")
        algorithm, curve = given.get("CsrEncryptAlgo", "RSA"), given.get("CsrKeyParameter")
        if (algorithm, curve) not in (("RSA", None), ("RSA", "2048"), ("ECC", "prime256v1")):
            raise _invalid("RSA takes 2048; ECC needs CsrKeyParameter prime256v1.")
        if given.get("PackageType", settings.package_types[0]) not in settings.package_types:
            raise _invalid("PackageType is not offered.")
        if given.get("ValidityPeriod", "3") not in ("3", "12"):
            raise _invalid("ValidityPeriod is not offered.")
        if given.get("DnsNames"):
            raise _invalid("DnsNames is not supported yet.")
        if not settings.real_name:
            raise TencentError("FailedOperation.NoRealNameAuth", "The account is not verified by a real name.")
        self._check_project(given.get("ProjectId", 0))

    def _check_project(self, project_id: int) -> None:
        if project_id in self.estate.settings.forbidden_projects:
            raise TencentError("FailedOperation.NoProjectPermission", "No permission for the project.")

    def _check_quota(self, caller: Caller, domain: str) -> None:
        settings = self.estate.settings
        held = sum(certificate.free and certificate.status not in FREED for certificate in self._all(caller))
        if held >= settings.free_limit:
            raise TencentError("FailedOperation.ExceedsFreeLimit", "The quota of free certificates is used up.")
        if self.estate.orders[registrable(domain)] >= settings.main_domain_limit:
            code = "FailedOperation.MainDomainCertificateCountLimit"
            raise TencentError(code, "The quota of this main domain is used up.")

    def _renewed(self, caller: Caller, given: Json, domain: str) -> Certificate | None:
        if not given.get("OldCertificateId"):
            return None
        old = self._find(caller, given["OldCertificateId"])
        if old is None:
            raise _not_found()
        if old.uploaded or not old.expiring(self.world.now()) or domain not in old.names:
            raise TencentError(self.estate.settings.renewal_refusal_code, "OldCertificateId cannot be renewed.")
        return old

    def _unlink_renewal(self, certificate: Certificate) -> None:
        old = self.estate.certificates.get(certificate.origin_id or "")
        if old is not None and old.renewed_by == certificate.id:
            old.renewed_by = None


def _with_key(certificates: list[Certificate], key: str) -> list[Certificate]:
    key = key.lower()
    return [one for one in certificates if key in f"{one.id}\0{one.alias}\0{one.domain}".lower()]


def _check_batch(identities: list[str]) -> None:
    if not 0 < len(identities) <= _MAX_BATCH:
        raise TencentError(
            "FailedOperation.CertificateSyncTaskCertificateIdCountInvalid", "Between 1 and 100 ids are allowed."
        )


def _revoke_item(proof: Proof) -> Json:
    return {
        "DomainValidateAuthPath": proof.path or "",
        "DomainValidateAuthKey": proof.key,
        "DomainValidateAuthValue": proof.value,
        "DomainValidateAuthDomain": proof.domain if proof.kind == "FILE" else proof.zone,
    }
