# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a certificate looks in the answers of the SSL API: in the list, in DescribeCertificate, in Detail."""

from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from .tencent_estate import PENDING, Certificate, Estate, Proof, Status, registrable
from .tencent_time import beijing
from .world import Json

_NONE_YET = "--"
_STATUS_NAMES: dict[Status, tuple[str, str]] = {
    Status.REVIEWING: ("审核中", "Reviewing"),
    Status.ISSUED: ("证书已颁发", "Issued"),
    Status.FAILED: ("审核失败", "Review failed"),
    Status.EXPIRED: ("证书已过期", "Expired"),
    Status.DNS_ADDED: ("已添加DNS记录", "DNS record added"),
    Status.ENTERPRISE_AWAITING: ("待提交资料", "Awaiting material"),
    Status.CANCELLING: ("订单取消中", "Cancelling"),
    Status.CANCELLED: ("已取消", "Cancelled"),
    Status.AWAITING_LETTER: ("待上传确认函", "Awaiting letter"),
    Status.REVOKING: ("证书吊销中", "Revoking"),
    Status.REVOKED: ("已吊销", "Revoked"),
    Status.REISSUING: ("重颁发中", "Re-issuing"),
    Status.AWAITING_REVOCATION_LETTER: ("待上传吊销确认函", "Awaiting revocation letter"),
    Status.FREE_AWAITING_MATERIAL: ("免费证书待提交资料", "Free certificate awaiting material"),
    Status.REFUNDED: ("已退款", "Refunded"),
    Status.MIGRATING: ("证书迁移中", "Migrating"),
}
_DOWNLOADS = ("NGINX", "APACHE", "TOMCAT", "IIS", "JKS", "OTHER", "ROOT")


def list_item(estate: Estate, certificate: Certificate, *, english: bool, own_zones: set[str]) -> Json:
    """A row of DescribeCertificates: SubjectAltName includes the main domain, and times that are not yet are ``--``."""
    now = estate.world.now()
    issued = certificate.end is not None
    item = _shared(certificate, now, english=english)
    return {
        **item,
        "CertBeginTime": beijing(certificate.begin) if certificate.begin else _NONE_YET,
        "CertEndTime": beijing(certificate.end) if certificate.end else _NONE_YET,
        "SubjectAltName": list(certificate.names),
        "CertSANs": list(certificate.names),
        "PackageTypeName": certificate.product,
        "CertificateExtra": _extra(certificate),
        "ProjectInfo": {
            "ProjectId": str(certificate.project_id),
            "OwnerUin": 0,
            "ProjectName": "默认项目",
            "ProjectCreatorUin": 0,
            "ProjectCreateTime": "0000-00-00 00:00:00",
            "ProjectResume": "默认项目",
        },
        "BoundResource": [],
        "IsIgnore": False,
        "IsSM": False,
        "EncryptAlgorithm": _algorithm(certificate) if issued else "",
        "CAEncryptAlgorithms": [],
        "CAEndTimes": [],
        "CACommonNames": [],
        "PreAuditInfo": {"TotalPeriod": 1, "NowPeriod": 1, "ManagerId": ""},
        "AutoRenewFlag": 0,
        "HostingStatus": -1,
        "HostingCompleteTime": "",
        "HostingRenewCertId": "",
        "HasRenewOrder": certificate.renewed_by or "",
        "ReplaceOriCertIsDelete": False,
        "IsExpiring": certificate.expiring(now),
        "DVAuthDeadline": beijing(certificate.deadline) if certificate.deadline else _NONE_YET,
        "ValidationPassedTime": beijing(certificate.validated) if certificate.validated else _NONE_YET,
        "AwaitingValidationMsg": certificate.status_message if certificate.status == Status.FAILED else "",
        "AllowDownload": certificate.allow_download,
        "IsDNSPODResolve": all(registrable(name) in own_zones for name in certificate.names),
        "IsPackage": False,
        "KeyPasswordCustomFlag": False,
        "SupportDownloadType": dict.fromkeys(_DOWNLOADS, issued and certificate.allow_download),
        "CertRevokedTime": beijing(certificate.revoked) if certificate.revoked else "",
        "HostingResourceTypes": None,
        "HostingConfig": None,
        "IsHostingUploadRenewCert": False,
    }


def describe(estate: Estate, certificate: Certificate, *, english: bool, challenge: bool) -> Json:
    """DescribeCertificate: no keys, no chain. ``challenge`` says whether DvAuthDetail is there yet."""
    return {
        **_single(estate, certificate, english=english, challenge=challenge),
        "PackageTypeName": certificate.product,
        "SubjectAltName": list(certificate.names),
        **dict.fromkeys(("CAEncryptAlgorithms", "CACommonNames", "CAEndTimes")),
    }


def detail(estate: Estate, certificate: Certificate, *, english: bool, challenge: bool) -> Json:
    """DescribeCertificateDetail: with the private key, even of a pending order; SubjectAltName without the domain."""
    chain = estate.chain(certificate) if certificate.end is not None else None
    blocks = x509.load_pem_x509_certificates(chain.encode()) if chain else []
    private_key = certificate.key_pem if certificate.uploaded else estate.private_key(certificate)
    standard = None if certificate.uploaded or not chain else estate.world.ca.root_pem(certificate.algorithm)
    return {
        **_single(estate, certificate, english=english, challenge=challenge),
        "TypeName": certificate.product,
        "SubjectAltName": certificate.names[1:],
        "CertificatePrivateKey": private_key,
        "CertificatePublicKey": chain,
        "RootCert": {"Sign": None, "Encrypt": None, "Standard": standard},
        **dict.fromkeys(("EncryptCert", "EncryptPrivateKey", "EncryptCertFingerprint")),
        "CertFingerprint": blocks[0].fingerprint(hashes.SHA1()).hex().upper() if blocks else None,
        "EncryptAlgorithm": _algorithm(certificate),
        "CertChainInfo": [_chain_item(block) for block in blocks] or None,
        "DomainType": (3 if len(certificate.names) == 1 else 4)
        if certificate.wildcard
        else min(len(certificate.names), 2),
        "CertType": "DV",
        "UseCrossSignRoot": False,
        "HostingStatus": -1,
    }


def challenge_detail(proofs: list[Proof]) -> Json:
    """DvAuthDetail. The members of its list name the sub-domain otherwise than the top level does."""
    if not proofs:
        empty = ("DvAuths", "DvAuthKey", "DvAuthValue", "DvAuthDomain", "DvAuthPath")
        return {**dict.fromkeys(empty), "DvAuthKeySubDomain": ""}
    first = proofs[0]
    return {
        "DvAuthKey": first.key,
        "DvAuthValue": first.value,
        "DvAuthDomain": first.domain if first.kind == "FILE" else first.zone,
        "DvAuthPath": first.path,
        "DvAuthKeySubDomain": first.sub_domain,
        "DvAuths": [challenge_item(proof) for proof in proofs],
    }


def challenge_item(proof: Proof) -> Json:
    return {
        "DvAuthKey": proof.key,
        "DvAuthValue": proof.value,
        "DvAuthDomain": proof.domain if proof.kind == "FILE" else proof.zone,
        "DvAuthPath": proof.path,
        "DvAuthSubDomain": proof.sub_domain,
        "DvAuthVerifyType": proof.kind,
    }


def _shared(certificate: Certificate, now: datetime, *, english: bool) -> Json:
    return {
        "OwnerUin": certificate.account,
        "ProjectId": str(certificate.project_id),
        "From": certificate.source,
        "CertificateType": certificate.kind,
        "PackageType": certificate.package_type,
        "ProductZhName": certificate.product or "",
        "Domain": certificate.domain,
        "Alias": certificate.alias,
        "Status": int(certificate.status),
        "StatusName": _STATUS_NAMES[certificate.status][english],
        "StatusMsg": certificate.status_message,
        "VerifyType": certificate.verify_type,
        "VulnerabilityStatus": "INACTIVE",
        "ValidityPeriod": certificate.validity_months,
        "InsertTime": beijing(certificate.inserted),
        "CertificateId": certificate.id,
        "IsVip": certificate.vip,
        "IsDv": not certificate.uploaded,
        "IsWildcard": certificate.wildcard,
        "IsVulnerability": False,
        "RenewAble": certificate.free and certificate.expiring(now),
        "Deployable": certificate.status == Status.ISSUED,
        "Tags": [{"TagKey": key, "TagValue": value} for key, value in certificate.tags.items()],
    }


def _single(estate: Estate, certificate: Certificate, *, english: bool, challenge: bool) -> Json:
    shared = _shared(certificate, estate.world.now(), english=english)
    pending = certificate.status in PENDING
    return {
        **shared,
        "StatusMsg": certificate.status_message or None,
        "OrderId": certificate.order_id or None,
        "CertBeginTime": beijing(certificate.begin) if certificate.begin else None,
        "CertEndTime": beijing(certificate.end) if certificate.end else None,
        "CertificateExtra": _extra(certificate),
        "DvAuthDetail": challenge_detail(certificate.proofs if pending else []) if challenge or not pending else None,
        "DvRevokeAuthDetail": [challenge_item(proof) for proof in certificate.revoke_proofs],
        "VulnerabilityReport": None,
        "SubmittedData": None,
    }


def _extra(certificate: Certificate) -> Json:
    return {
        "DomainNumber": str(len(certificate.names)) if certificate.vip else "1",
        "OriginCertificateId": certificate.origin_id,
        "ReplacedBy": None,
        "ReplacedFor": None,
        "RenewOrder": certificate.renewed_by,
        "SMCert": 0,
        "CompanyType": 1,
    }


def _algorithm(certificate: Certificate) -> str:
    return "RSA 2048" if certificate.algorithm == "RSA" else "ECC P-256"


def _chain_item(block: x509.Certificate) -> dict[str, Any]:
    return {
        "Issuer": block.issuer.rfc4514_string().removeprefix("CN="),
        "Subject": block.subject.rfc4514_string().removeprefix("CN="),
        "Fingerprint": block.fingerprint(hashes.SHA1()).hex(),
        "ValidFrom": beijing(block.not_valid_before_utc),
        "ValidTo": beijing(block.not_valid_after_utc),
    }
