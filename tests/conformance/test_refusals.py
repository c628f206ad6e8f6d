# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documented refusals come out of the official SDKs as their own exceptions, with the documented codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.cncloud.certificates.tests.conformance.sdk_clients import (
    HuaweiFailure,
    HuaweiRefusal,
    HuaweiSdk,
    TencentRefusal,
    TencentSdk,
)
from ansible_collections.cncloud.certificates.tests.emulator.process import EmulatorProcess
from cryptography.hazmat.primitives import serialization

GATEWAY = "i-emulator"
ORDER = {"DvAuthMethod": "DNS", "DomainName": "api.example.com"}
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # the SDKs' own


@pytest.mark.parametrize(
    ("service", "action", "parameters", "code"),
    [
        ("ssl", "DescribeCertificateDetail", {"CertificateId": "absent00"}, "FailedOperation.CertificateNotFound"),
        ("ssl", "DescribeCertificate", {"CertificateId": "absent00"}, "FailedOperation.CertificateNotFound"),
        ("ssl", "CancelCertificateOrder", {"CertificateId": "absent00"}, "FailedOperation.CertificateNotFound"),
        ("ssl", "RevokeCertificate", {"CertificateId": "absent00"}, "FailedOperation.CertificateNotFound"),
        ("ssl", "DeleteCertificate", {"CertificateId": "absent00"}, "FailedOperation.CertificateNotFound"),
        ("ssl", "CompleteCertificate", {"CertificateId": "absent00"}, "FailedOperation.CertificateNotFoundOrAudited"),
        (
            "ssl",
            "ApplyCertificate",
            {**ORDER, "DomainName": "a" * 60 + ".example.com"},
            "InvalidParameterValue.CertificateDomainMaxLengthInvalid",
        ),
        (
            "ssl",
            "ApplyCertificate",
            {**ORDER, "ContactEmail": "nobody"},
            "InvalidParameterValue.CertificateEmailParseInvalid",
        ),
        ("ssl", "ApplyCertificate", {**ORDER, "DomainName": "*.example.com"}, "FailedOperation.InvalidParam"),
        ("ssl", "ApplyCertificate", {**ORDER, "CsrEncryptAlgo": "ECC"}, "FailedOperation.InvalidParam"),
        ("ssl", "ApplyCertificate", {"DomainName": "api.example.com"}, "MissingParameter"),
        (
            "ssl",
            "UploadCertificate",
            {"CertificatePublicKey": "no PEM", "CertificatePrivateKey": "no PEM"},
            "FailedOperation.CertificateParseError",
        ),
        ("dnspod", "DescribeRecordList", {"Domain": "absent.example"}, "InvalidParameterValue.DomainNotExists"),
        (
            "dnspod",
            "DescribeRecordList",
            {"Domain": "example.com", "SubDomain": "absent"},
            "ResourceNotFound.NoDataOfRecord",
        ),
        (
            "dnspod",
            "CreateRecord",
            {"Domain": "example.com", "RecordType": "TXT", "RecordLine": "\u9ed8\u8ba4", "Value": "v", "TTL": 1},
            "LimitExceeded.RecordTtlLimit",
        ),
    ],
)
def test_tencent_refuses(
    emulator: EmulatorProcess, service: str, action: str, parameters: dict[str, Any], code: str
) -> None:
    with pytest.raises(TencentRefusal) as refusal:
        TencentSdk(emulator, service)(action, **parameters)
    assert refusal.value.code == code
    assert refusal.value.message
    assert refusal.value.requestId


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"free_limit": 0}, "FailedOperation.ExceedsFreeLimit"),
        ({"main_domain_limit": 0}, "FailedOperation.MainDomainCertificateCountLimit"),
        ({"real_name": False}, "FailedOperation.NoRealNameAuth"),
        ({"disabled_actions": ["ApplyCertificate"]}, "InvalidAction"),
    ],
)
def test_tencent_refuses_an_account(emulator: EmulatorProcess, settings: dict[str, Any], code: str) -> None:
    emulator.control("POST", "/settings/tencent", settings)
    with pytest.raises(TencentRefusal) as refusal:
        TencentSdk(emulator, "ssl")("ApplyCertificate", **ORDER)
    assert refusal.value.code == code


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"secret_key": "wrong"}, "AuthFailure.SignatureFailure"),
        ({"secret_id": "AKIDunknown"}, "AuthFailure.SecretIdNotFound"),
        ({"token": "unexpected"}, "AuthFailure.TokenFailure"),
    ],
)
def test_tencent_refuses_a_credential(emulator: EmulatorProcess, wrong: dict[str, str], code: str, method: str) -> None:
    with pytest.raises(TencentRefusal) as refusal:
        TencentSdk(emulator, "ssl", **wrong, method=method)("DescribeCertificates", Limit=1)
    assert refusal.value.code == code


def test_tencent_refuses_a_clock_that_is_off(emulator: EmulatorProcess) -> None:
    emulator.control("POST", "/clock", {"signature_skew": 600})
    with pytest.raises(TencentRefusal) as refusal:
        TencentSdk(emulator, "ssl")("DescribeCertificates")
    assert refusal.value.code == "AuthFailure.SignatureExpire"


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_tencent_takes_a_temporary_credential(emulator: EmulatorProcess, method: str) -> None:
    known = {"key_id": "AKIDtemporary", "secret": "temporary-secret", "token": "session/token+="}
    account = emulator.info["credentials"]["tencent"][0]["account"]
    emulator.control("POST", "/credentials", {"cloud": "tencent", "account": account, **known})
    sdk = TencentSdk(
        emulator, "ssl", secret_id=known["key_id"], secret_key=known["secret"], token=known["token"], method=method
    )
    assert sdk("DescribeCertificates", Offset=0, Limit=1, CertificateStatus=[1, 2]).TotalCount == 0


def test_tencent_throttles(emulator: EmulatorProcess) -> None:
    emulator.control("POST", "/faults", {"kind": "throttle", "match": {"cloud": "tencent", "service": "ssl"}})
    sdk = TencentSdk(emulator, "ssl")
    with pytest.raises(TencentRefusal) as refusal:
        sdk("DescribeCertificates")
    assert refusal.value.code == "LimitExceeded.RateLimitExceeded"
    assert sdk("DescribeCertificates").TotalCount == 0


class Place:
    """A host name on the demo group and a certificate for it, as the API takes them."""

    def __init__(self, emulator: EmulatorProcess) -> None:
        self.emulator = emulator
        self.domain = emulator.control("POST", "/huawei/domains", {"domain": "api.example.com"})
        self.path = {"instance_id": GATEWAY, "group_id": self.domain["group_id"], "domain_id": self.domain["id"]}
        self.form = self.made()

    def made(self, **how: Any) -> dict[str, Any]:
        """The body of a call for a certificate that the control path makes."""
        issued = self.emulator.control("POST", "/ca/issue", {"names": ["api.example.com"], **how})
        return {"name": "api_example_com", "cert_content": issued["chain_pem"], "private_key": issued["key_pem"]}

    def with_encrypted_key(self) -> dict[str, Any]:
        key = serialization.load_pem_private_key(self.form["private_key"].encode(), None)
        encrypted = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"password"),
        )
        return {**self.form, "private_key": encrypted.decode()}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda place: {**place.form, "private_key": place.made()["private_key"]}, "APIG.2101"),
        (lambda place: place.made(days_left=-1), "APIG.2102"),
        (lambda place: place.made(names=["other.example.com"]), "APIG.2103"),
        (lambda place: place.with_encrypted_key(), "APIG.2105"),
        (lambda place: {**place.form, "cert_content": "no PEM"}, "APIG.2106"),
        (lambda place: {**place.form, "name": "api-example.com"}, "APIG.2012"),
        (lambda place: place.made(days_left=365 * 30, days=365 * 31), "APIG.3148"),
    ],
    ids=["other-key", "expired", "other-name", "encrypted-key", "no-pem", "bad-name", "after-2038"],
)
def test_huawei_refuses_a_certificate(
    emulator: EmulatorProcess, change: Callable[[Place], dict[str, Any]], code: str
) -> None:
    place = Place(emulator)
    with pytest.raises(HuaweiRefusal) as refusal:
        HuaweiSdk(emulator)("AssociateCertificateV2", **place.path, body=change(place))
    assert (refusal.value.status_code, refusal.value.error_code) == (400, code)
    assert refusal.value.error_msg
    assert refusal.value.request_id
    assert not HuaweiSdk(emulator)("ListCertificatesV2", instance_id=GATEWAY).certs


@pytest.mark.parametrize(
    ("operation", "wrong", "code"),
    [
        ("AssociateCertificateV2", {"instance_id": "absent"}, "APIG.3030"),
        ("AssociateCertificateV2", {"group_id": "absent"}, "APIG.3001"),
        ("AssociateCertificateV2", {"domain_id": "absent"}, "APIG.3020"),
        ("UpdateCertificateV2", {"certificate_id": "absent"}, "APIG.3025"),
        ("ShowDetailsOfCertificateV2", {"certificate_id": "absent"}, "APIG.3025"),
        ("DeleteCertificateV2", {"certificate_id": "absent"}, "APIG.3025"),
        ("ShowDetailsOfApiGroupV2", {"instance_id": GATEWAY, "group_id": "absent"}, "APIG.3001"),
        ("ListCertificatesV2", {"instance_id": "absent"}, "APIG.3030"),
    ],
)
def test_huawei_does_not_find(emulator: EmulatorProcess, operation: str, wrong: dict[str, str], code: str) -> None:
    place = Place(emulator)
    parameters: dict[str, Any] = {**(place.path if operation.startswith("Associate") else {}), **wrong}
    if operation in ("AssociateCertificateV2", "UpdateCertificateV2"):
        parameters["body"] = place.form
    with pytest.raises(HuaweiRefusal) as refusal:
        HuaweiSdk(emulator)(operation, **parameters)
    assert (refusal.value.status_code, refusal.value.error_code) == (404, code)


def test_huawei_refuses_two_domains_of_one_name(emulator: EmulatorProcess) -> None:
    place = Place(emulator)
    with pytest.raises(HuaweiRefusal) as refusal:
        HuaweiSdk(emulator)(
            "AssociateDomainV2",
            instance_id=GATEWAY,
            group_id=place.path["group_id"],
            body={"url_domain": "api.example.com"},
        )
    assert refusal.value.error_code == "APIG.3305"


def test_huawei_refuses_a_credential_and_locks_the_key(emulator: EmulatorProcess) -> None:
    for _unused in range(6):
        with pytest.raises(HuaweiRefusal) as refusal:
            HuaweiSdk(emulator, secret_key="wrong")("ListInstancesV2")
        assert (refusal.value.status_code, refusal.value.error_code) == (401, "APIGW.0301")
    with pytest.raises(HuaweiRefusal) as locked:
        HuaweiSdk(emulator)("ListInstancesV2")
    assert locked.value.error_code == "APIGW.0301"
    assert "limit" in locked.value.error_msg


def test_huawei_refuses_a_clock_that_is_off(emulator: EmulatorProcess) -> None:
    emulator.control("POST", "/clock", {"signature_skew": 1200})
    with pytest.raises(HuaweiRefusal) as refusal:
        HuaweiSdk(emulator)("ListInstancesV2")
    assert refusal.value.error_code == "APIGW.0301"


def test_huawei_throttles(emulator: EmulatorProcess) -> None:
    """The front gateway with 429, whose body the SDK never shows; the service itself with a code in a 500."""
    emulator.control("POST", "/faults", {"kind": "throttle", "match": {"cloud": "huawei"}})
    with pytest.raises(HuaweiRefusal) as refusal:
        HuaweiSdk(emulator)("ListInstancesV2")
    assert (refusal.value.status_code, refusal.value.error_code) == (429, "429")
    emulator.control("POST", "/faults", {"kind": "throttle", "match": {"cloud": "huawei"}, "code": "APIG.9008"})
    with pytest.raises(HuaweiFailure) as failure:
        HuaweiSdk(emulator)("ListInstancesV2")
    assert (failure.value.status_code, failure.value.error_code) == (500, "APIG.9008")
    assert HuaweiSdk(emulator)("ListInstancesV2").total == 1


def test_huawei_takes_a_temporary_credential(emulator: EmulatorProcess) -> None:
    known = emulator.info["credentials"]["huawei"][0]
    temporary = {"access_key": "EMULATORTEMPORARY", "secret_key": "temporary-secret", "security_token": "to/ken+="}
    emulator.control("POST", "/huawei/credentials", temporary)
    sdk = HuaweiSdk(
        emulator,
        access_key=temporary["access_key"],
        secret_key=temporary["secret_key"],
        security_token=temporary["security_token"],
    )
    listed = sdk("ListInstancesV2", limit=1, instance_name="emul&a=t\u5668 ~+")
    assert listed.total == 0
    assert sdk("ListInstancesV2").instances[0].project_id == known["project_id"]
