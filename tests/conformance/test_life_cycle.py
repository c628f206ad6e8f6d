# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The official SDKs, unchanged, take the emulator through the whole life of a certificate.

The emulator stands for the clouds in every other test: here the vendors' own clients say that it speaks as they do.
Time is moved on the emulator's clock; nothing is slept.
"""

from __future__ import annotations

import base64
import hashlib
import io
import socket
import ssl
import zipfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cncloud.certificates.tests.conformance.sdk_clients import (
    HuaweiSdk,
    TencentRefusal,
    TencentSdk,
)
from ansible_collections.cncloud.certificates.tests.emulator.process import EmulatorProcess
from cryptography import x509
from cryptography.hazmat.primitives import serialization

DOMAIN = "api.example.com"
GATEWAY = "i-emulator"
BEIJING = timezone(timedelta(hours=8))
LAG = 15
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # the SDKs' own


class Clouds:
    """One emulator, seen through the three SDKs."""

    def __init__(self, emulator: EmulatorProcess) -> None:
        self.emulator = emulator
        self.ssl = TencentSdk(emulator, "ssl")
        self.dnspod = TencentSdk(emulator, "dnspod")
        self.apig = HuaweiSdk(emulator)

    def later(self, seconds: float) -> None:
        self.emulator.control("POST", "/clock", {"advance": seconds})

    def status(self, certificate_id: str) -> int:
        return int(self.ssl("DescribeCertificate", CertificateId=certificate_id).Status)

    def until(self, certificate_id: str, status: int) -> None:
        """Poll as a client would, half a minute apart, for at most an hour."""
        for _unused in range(120):
            if self.status(certificate_id) == status:
                return
            self.later(30)
        pytest.fail(f"certificate {certificate_id} stays in status {self.status(certificate_id)}")

    def proofs(self, certificate_id: str) -> list[Any]:
        """The challenge of an order; there is none yet right after the order."""
        for _unused in range(10):
            detail = self.ssl("DescribeCertificateDetail", CertificateId=certificate_id)
            if detail.DvAuthDetail and detail.DvAuthDetail.DvAuths:
                return list(detail.DvAuthDetail.DvAuths)
            self.later(3)
        pytest.fail("no challenge")

    def publish(self, *, zone: str, name: str, kind: str, value: str) -> int:
        record = self.dnspod(
            "CreateRecord",
            Domain=zone,
            SubDomain=name,
            RecordType=kind,
            RecordLine="\u9ed8\u8ba4",
            Value=value,
            TTL=600,
        )
        return int(record.RecordId)

    def issue(self, domain: str = DOMAIN, **more: Any) -> str:
        """Order by DNS, publish what is asked for, wait."""
        order = self.ssl("ApplyCertificate", DvAuthMethod="DNS", DomainName=domain, **more).CertificateId
        for proof in self.proofs(order):
            self.publish(
                zone=proof.DvAuthDomain,
                name=proof.DvAuthSubDomain,
                kind=proof.DvAuthVerifyType,
                value=proof.DvAuthValue,
            )
        self.ssl("CompleteCertificate", CertificateId=order)
        self.until(order, 1)
        return str(order)

    def domain_on_gateway(self, name: str = DOMAIN) -> dict[str, Any]:
        """Put a host name on the demo group. Returns the parameters that name the place in further calls."""
        (group,) = self.apig("ListApiGroupsV2", instance_id=GATEWAY, name="demo", precise_search="name").groups
        added = self.apig("AssociateDomainV2", instance_id=GATEWAY, group_id=group.id, body={"url_domain": name})
        self.later(LAG)
        return {"instance_id": GATEWAY, "group_id": group.id, "domain_id": added.id}

    def served(self, name: str = DOMAIN) -> str:
        """SHA-256 of what a TLS client gets, its chain verified."""
        context = ssl.create_default_context(cafile=self.emulator.info["ca_bundle"])
        address = (self.emulator.info["edge_host"], self.emulator.info["edge_port"])
        with socket.create_connection(address, timeout=5) as raw, context.wrap_socket(raw, server_hostname=name) as tls:
            return hashlib.sha256(tls.getpeercert(binary_form=True) or b"").hexdigest()


@pytest.fixture
def clouds(emulator: EmulatorProcess) -> Clouds:
    return Clouds(emulator)


def leaf_of(chain: str) -> x509.Certificate:
    return x509.load_pem_x509_certificates(chain.encode())[0]


def fingerprint(chain: str) -> str:
    return hashlib.sha256(leaf_of(chain).public_bytes(serialization.Encoding.DER)).hexdigest()


@pytest.mark.parametrize(
    "algorithm", [{}, {"CsrEncryptAlgo": "ECC", "CsrKeyParameter": "prime256v1"}], ids=["rsa", "ecc"]
)
def test_order_prove_issue_read(clouds: Clouds, algorithm: dict[str, str]) -> None:
    order = clouds.ssl("ApplyCertificate", DvAuthMethod="DNS", DomainName=DOMAIN, Alias="\u7f51\u5173", **algorithm)
    identity = order.CertificateId
    assert len(identity) == 8
    assert order.RequestId
    first = clouds.ssl("DescribeCertificateDetail", CertificateId=identity)
    assert first.DvAuthDetail is None or not first.DvAuthDetail.DvAuths
    assert first.CertificatePublicKey is None

    (proof,) = clouds.proofs(identity)
    assert proof.DvAuthVerifyType in ("TXT", "CNAME")
    assert f"{proof.DvAuthSubDomain}.{proof.DvAuthDomain}" == proof.DvAuthKey
    (check,) = clouds.ssl("CheckCertificateDomainVerification", CertificateId=identity).VerificationResults
    assert check.LocalCheck < 0
    clouds.ssl("CompleteCertificate", CertificateId=identity)
    assert clouds.status(identity) == 0

    record = clouds.publish(
        zone=proof.DvAuthDomain, name=proof.DvAuthSubDomain, kind=proof.DvAuthVerifyType, value=proof.DvAuthValue
    )
    (check,) = clouds.ssl("CheckCertificateDomainVerification", CertificateId=identity).VerificationResults
    assert check.LocalCheck == 1
    clouds.ssl("CompleteCertificate", CertificateId=identity)
    clouds.until(identity, 1)

    detail = clouds.ssl("DescribeCertificateDetail", CertificateId=identity)
    leaf = leaf_of(detail.CertificatePublicKey)
    key = serialization.load_pem_private_key(detail.CertificatePrivateKey.encode(), None)
    assert key.public_key() == leaf.public_key()
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [DOMAIN]
    assert detail.Alias == "\u7f51\u5173"
    assert detail.EncryptAlgorithm == ("ECC P-256" if algorithm else "RSA 2048")
    end = datetime.strptime(detail.CertEndTime, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
    assert end.astimezone(UTC) == leaf.not_valid_after_utc
    assert not detail.DvAuthDetail.DvAuths

    listed = clouds.ssl("DescribeCertificates", SearchKey=DOMAIN, FilterSource="buy", CertificateType="SVR")
    assert [(row.CertificateId, row.Status) for row in listed.Certificates] == [(identity, 1)]
    assert listed.TotalCount == 1

    content = clouds.ssl("DownloadCertificate", CertificateId=identity).Content
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(content))) as archive:
        (chain,) = {archive.read(name) for name in archive.namelist() if name.endswith(".crt")}
    assert fingerprint(chain.decode()) == fingerprint(detail.CertificatePublicKey)

    with pytest.raises(TencentRefusal) as again:
        clouds.ssl("CompleteCertificate", CertificateId=identity)
    assert again.value.code == "FailedOperation.CertificateNotFoundOrAudited"
    clouds.dnspod("DeleteRecord", Domain=proof.DvAuthDomain, RecordId=record)
    left = clouds.dnspod(
        "DescribeRecordList", Domain=proof.DvAuthDomain, SubDomain=proof.DvAuthSubDomain, ErrorOnEmpty="no"
    )
    assert not left.RecordList


def test_the_cloud_publishes_the_proof_itself(clouds: Clouds) -> None:
    """DNS_AUTO: status 4, a record in the account's own zone, removed again when that was asked for."""
    order = clouds.ssl("ApplyCertificate", DvAuthMethod="DNS_AUTO", DomainName=DOMAIN, DeleteDnsAutoRecord=True)
    assert clouds.status(order.CertificateId) == 4
    (proof,) = clouds.proofs(order.CertificateId)
    records = clouds.dnspod("DescribeRecordList", Domain="example.com", SubDomain=proof.DvAuthSubDomain).RecordList
    assert [(record.Type, record.Value.rstrip(".")) for record in records] == [
        (proof.DvAuthVerifyType, proof.DvAuthValue)
    ]
    clouds.until(order.CertificateId, 1)
    with pytest.raises(TencentRefusal) as gone:
        clouds.dnspod("DescribeRecordList", Domain="example.com", SubDomain=proof.DvAuthSubDomain)
    assert gone.value.code == "ResourceNotFound.NoDataOfRecord"


def test_a_file_proves_the_domain(clouds: Clouds) -> None:
    order = clouds.ssl("ApplyCertificate", DvAuthMethod="FILE", DomainName=DOMAIN)
    for proof in clouds.proofs(order.CertificateId):
        assert proof.DvAuthVerifyType == "FILE"
        path = Path(clouds.emulator.info["web_root"], DOMAIN, proof.DvAuthPath.strip("/"), proof.DvAuthKey)
        path.parent.mkdir(parents=True)
        path.write_text(proof.DvAuthValue)
    clouds.until(order.CertificateId, 1)


def test_bind_serve_renew_replace_unbind(clouds: Clouds) -> None:
    identity = clouds.issue()
    first = clouds.ssl("DescribeCertificateDetail", CertificateId=identity)
    place = clouds.domain_on_gateway()
    form = {
        "name": "api_example_com",
        "cert_content": first.CertificatePublicKey,
        "private_key": first.CertificatePrivateKey,
    }
    bound = clouds.apig("AssociateCertificateV2", **place, body=form)
    assert bound.url_domain == DOMAIN
    clouds.later(LAG)

    group = clouds.apig("ShowDetailsOfApiGroupV2", instance_id=GATEWAY, group_id=place["group_id"])
    (domain,) = group.url_domains
    assert (domain.domain, domain.ssl_id) == (DOMAIN, bound.ssl_id)
    assert [info.ssl_id for info in domain.ssl_infos] == [bound.ssl_id]
    shown = clouds.apig("ShowDetailsOfDomainNameCertificateV2", **place, certificate_id=bound.ssl_id)
    assert shown.common_name == DOMAIN
    assert int(shown.serial_number) == leaf_of(first.CertificatePublicKey).serial_number
    (row,) = clouds.apig("ListCertificatesV2", instance_id=GATEWAY).certs
    assert (row.id, row.name, row.type) == (bound.ssl_id, "api_example_com", "instance")
    (attached,) = clouds.apig("ListAttachedDomainsV2", certificate_id=bound.ssl_id).bound_domains
    assert attached.url_domain == DOMAIN
    assert clouds.served() == fingerprint(first.CertificatePublicKey)

    # Ten days before the end the certificate is renewed and replaced where it is.
    clouds.emulator.control("POST", f"/certificates/{identity}/age", {"days_left": 10})
    renewed = clouds.issue(OldCertificateId=identity)
    second = clouds.ssl("DescribeCertificateDetail", CertificateId=renewed)
    assert second.CertificateExtra.OriginCertificateId == identity
    old = clouds.ssl("DescribeCertificateDetail", CertificateId=identity)
    assert old.CertificateExtra.RenewOrder == renewed
    updated = clouds.apig(
        "UpdateCertificateV2",
        certificate_id=bound.ssl_id,
        body={
            **form,
            "type": "instance",
            "instance_id": GATEWAY,
            "cert_content": second.CertificatePublicKey,
            "private_key": second.CertificatePrivateKey,
        },
    )
    assert updated.id == bound.ssl_id
    assert clouds.served() == fingerprint(first.CertificatePublicKey), "what was bound serves until the new one does"
    clouds.later(LAG)
    assert clouds.served() == fingerprint(second.CertificatePublicKey)
    details = clouds.apig("ShowDetailsOfCertificateV2", certificate_id=bound.ssl_id)
    assert int(details.serial_number) == leaf_of(second.CertificatePublicKey).serial_number

    detach = {"certificate_ids": [bound.ssl_id], "verified_client_certificate_enabled": False}
    clouds.apig("BatchDisassociateCertsV2", **place, body=detach)
    clouds.later(LAG)
    with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
        clouds.served()
    clouds.apig("BatchAssociateCertsV2", **place, body=detach)
    clouds.later(LAG)
    assert clouds.served() == fingerprint(second.CertificatePublicKey)
    clouds.apig("DisassociateCertificateV2", **place, certificate_id=bound.ssl_id)
    clouds.later(LAG)
    clouds.apig("DeleteCertificateV2", certificate_id=bound.ssl_id)
    clouds.later(LAG)
    assert not clouds.apig("ListCertificatesV2", instance_id=GATEWAY).certs
    clouds.apig("DisassociateDomainV2", **place)
    clouds.later(LAG)
    assert not clouds.apig("ShowDetailsOfApiGroupV2", instance_id=GATEWAY, group_id=place["group_id"]).url_domains


def test_two_certificates_of_different_algorithms_stand_side_by_side(clouds: Clouds) -> None:
    place = clouds.domain_on_gateway()
    here = {"domain": DOMAIN, "instance_ids": [GATEWAY], "verified_client_certificate_enabled": False}
    ids = []
    for kind, algorithm in (("RSA", {}), ("ECC", {"CsrEncryptAlgo": "ECC", "CsrKeyParameter": "prime256v1"})):
        detail = clouds.ssl("DescribeCertificateDetail", CertificateId=clouds.issue(**algorithm))
        created = clouds.apig(
            "CreateCertificateV2",
            body={
                "name": f"api_{kind.lower()}",
                "type": "instance",
                "instance_id": GATEWAY,
                "cert_content": detail.CertificatePublicKey,
                "private_key": detail.CertificatePrivateKey,
            },
        )
        clouds.apig("BatchAssociateDomainsV2", certificate_id=created.id, body={"domains": [here]})
        ids.append(created.id)
    clouds.later(LAG)
    (domain,) = clouds.apig("ShowDetailsOfApiGroupV2", instance_id=GATEWAY, group_id=place["group_id"]).url_domains
    assert {(info.ssl_id, info.algorithm_type) for info in domain.ssl_infos} == set(
        zip(ids, ("RSA", "ECC"), strict=True)
    )
    clouds.apig("BatchDisassociateDomainsV2", certificate_id=ids[0], body={"domains": [here]})
    clouds.later(LAG)
    (domain,) = clouds.apig("ShowDetailsOfApiGroupV2", instance_id=GATEWAY, group_id=place["group_id"]).url_domains
    assert [info.ssl_id for info in domain.ssl_infos] == [ids[1]]


def test_cancel_and_delete_an_order(clouds: Clouds) -> None:
    identity = clouds.ssl("ApplyCertificate", DvAuthMethod="DNS", DomainName=DOMAIN).CertificateId
    assert clouds.ssl("CancelCertificateOrder", CertificateId=identity).CertificateId == identity
    assert clouds.status(identity) == 6
    clouds.until(identity, 7)
    with pytest.raises(TencentRefusal) as early:
        clouds.ssl("DeleteCertificate", CertificateId=identity)
    assert early.value.code == "FailedOperation.CannotBeDeletedWithinHour"
    clouds.later(3600)
    assert clouds.ssl("DeleteCertificate", CertificateId=identity).DeleteResult is True
    with pytest.raises(TencentRefusal) as gone:
        clouds.ssl("DescribeCertificateDetail", CertificateId=identity)
    assert gone.value.code == "FailedOperation.CertificateNotFound"
    assert gone.value.requestId


def test_revoke_with_a_new_proof_and_delete_by_task(clouds: Clouds) -> None:
    identity = clouds.issue()
    with pytest.raises(TencentRefusal) as alive:
        clouds.ssl("DeleteCertificate", CertificateId=identity)
    assert alive.value.code == "FailedOperation.CannotBeDeletedIssued"
    asked = clouds.ssl("RevokeCertificate", CertificateId=identity, Reason="test").RevokeDomainValidateAuths
    assert clouds.status(identity) == 9
    shown = clouds.ssl("DescribeCertificateDetail", CertificateId=identity).DvRevokeAuthDetail
    assert [(one.DomainValidateAuthKey, one.DomainValidateAuthValue) for one in asked] == [
        (one.DvAuthKey, one.DvAuthValue) for one in shown
    ]
    for proof in shown:
        clouds.publish(
            zone=proof.DvAuthDomain,
            name=proof.DvAuthSubDomain,
            kind=proof.DvAuthVerifyType,
            value=proof.DvAuthValue,
        )
    clouds.until(identity, 10)
    clouds.later(3600)
    started = clouds.ssl("DeleteCertificate", CertificateId=identity, IsCheckResource=True)
    assert started.DeleteResult is False
    clouds.later(60)
    (task,) = clouds.ssl("DescribeDeleteCertificatesTaskResult", TaskIds=[started.TaskId]).DeleteTaskResult
    assert (task.CertId, task.Status) == (identity, 1)
    assert clouds.ssl("DescribeCertificates").TotalCount == 0


def test_paging_alias_project_and_upload(clouds: Clouds) -> None:
    orders = [
        clouds.ssl("ApplyCertificate", DvAuthMethod="DNS", DomainName=f"host{number}.example.com").CertificateId
        for number in range(5)
    ]
    pages = [clouds.ssl("DescribeCertificates", Offset=offset, Limit=2) for offset in (0, 2, 4, 6)]
    assert [page.TotalCount for page in pages] == [5] * 4
    assert [row.CertificateId for page in pages for row in page.Certificates] == orders[::-1]

    clouds.ssl("ModifyCertificateAlias", CertificateId=orders[0], Alias="new name")
    moved = clouds.ssl("ModifyCertificateProject", CertificateIdList=[orders[0]], ProjectId=7)
    assert (moved.SuccessCertificates, moved.FailCertificates) == ([orders[0]], [])
    (row,) = clouds.ssl("DescribeCertificates", SearchKey="new name").Certificates
    assert (row.CertificateId, row.ProjectId) == (orders[0], "7")

    made = clouds.emulator.control("POST", "/ca/issue", {"names": ["own.example.com"]})
    form = {"CertificatePublicKey": made["chain_pem"], "CertificatePrivateKey": made["key_pem"]}
    uploaded = clouds.ssl("UploadCertificate", **form, Repeatable=False)
    assert clouds.ssl("UploadCertificate", **form, Repeatable=False).CertificateId == uploaded.CertificateId
    assert [row.CertificateId for row in clouds.ssl("DescribeCertificates", FilterSource="upload").Certificates] == [
        uploaded.CertificateId
    ]
    assert clouds.ssl("DeleteCertificate", CertificateId=uploaded.CertificateId).DeleteResult is True


def test_records_are_changed_found_and_refused_twice(clouds: Clouds) -> None:
    record = clouds.publish(zone="example.com", name="_proof", kind="TXT", value="one")
    clouds.dnspod(
        "ModifyRecord",
        Domain="example.com",
        RecordId=record,
        SubDomain="_proof",
        RecordType="TXT",
        RecordLine="\u9ed8\u8ba4",
        Value="two",
        TTL=1200,
    )
    (found,) = clouds.dnspod(
        "DescribeRecordFilterList", Domain="example.com", SubDomain="_proof", IsExactSubDomain=True
    ).RecordList
    assert (found.RecordId, found.Value, found.TTL, found.Name, found.Type) == (record, "two", 1200, "_proof", "TXT")
    assert clouds.dnspod("DescribeRecord", Domain="example.com", RecordId=record).RecordInfo.Value == "two"
    assert [zone.Name for zone in clouds.dnspod("DescribeDomainList").DomainList] == ["example.com"]
    with pytest.raises(TencentRefusal) as twice:
        clouds.publish(zone="example.com", name="_proof", kind="TXT", value="two")
    assert twice.value.code == "InvalidParameter.DomainRecordExist"
