# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The official SDKs get temporary keys and tokens from the emulator, work with them, and see them end or be refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from ansible_collections.cncloud.certificates.tests.conformance.sdk_clients import (
    AlibabaRefusal,
    AlibabaSdk,
    HuaweiRefusal,
    HuaweiSdk,
    TencentRefusal,
    TencentSdk,
)
from ansible_collections.cncloud.certificates.tests.emulator.process import EmulatorProcess

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # the SDKs' own

OIDC_TOKEN = "emulator.oidc.token"
DOMAIN = "d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0"
ALIBABA = {"RoleArn": "acs:ram::1000000000000001:role/emulator-role", "RoleSessionName": "nightly"}
TENCENT = {"RoleArn": "qcs::cam::uin/100000000001:roleName/emulator-role", "RoleSessionName": "nightly"}
HUAWEI = {"agency_urn": f"iam::{DOMAIN}:agency:emulator-agency", "agency_session_name": "nightly"}


class Key(NamedTuple):
    key_id: str
    secret: str
    token: str


def alibaba_sts(emulator: EmulatorProcess, **credential: str) -> AlibabaSdk:
    return AlibabaSdk(emulator, "sts", "20150401", **credential)


def alibaba_key(answer: Any) -> Key:
    made = answer.credentials
    assert made.expiration.endswith("Z")
    return Key(made.access_key_id, made.access_key_secret, made.security_token)


def alibaba_assumes(emulator: EmulatorProcess, external_id: str) -> Key:
    more = {"DurationSeconds": 900, "ExternalId": external_id}
    return alibaba_key(alibaba_sts(emulator)("AssumeRole", **ALIBABA, **more))


def alibaba_by_token(emulator: EmulatorProcess, token: str) -> Key:
    provider = "acs:ram::1000000000000001:oidc-provider/emulator-oidc"
    sts = alibaba_sts(emulator)
    return alibaba_key(sts("AssumeRoleWithOIDC", **ALIBABA, OIDCProviderArn=provider, OIDCToken=token))


def alibaba_lists(emulator: EmulatorProcess, key: Key) -> None:
    known = {"access_key_id": key.key_id, "access_key_secret": key.secret, "security_token": key.token}
    assert AlibabaSdk(emulator, "alidns", "20150109", **known)("DescribeDomains").request_id


def tencent_key(answer: Any) -> Key:
    made = answer.Credentials
    assert answer.ExpiredTime > 1_700_000_000
    return Key(made.TmpSecretId, made.TmpSecretKey, made.Token)


def tencent_assumes(emulator: EmulatorProcess, external_id: str) -> Key:
    more = {"DurationSeconds": 900, "ExternalId": external_id}
    return tencent_key(TencentSdk(emulator, "sts")("AssumeRole", **TENCENT, **more))


def tencent_by_token(emulator: EmulatorProcess, token: str) -> Key:
    sts = TencentSdk(emulator, "sts").unsigned()
    given = {"ProviderId": "emulator-oidc", "WebIdentityToken": token, "DurationSeconds": 900}
    return tencent_key(sts("AssumeRoleWithWebIdentity", **TENCENT, **given))


def tencent_lists(emulator: EmulatorProcess, key: Key) -> None:
    known = {"secret_id": key.key_id, "secret_key": key.secret, "token": key.token}
    assert TencentSdk(emulator, "ssl", **known)("DescribeCertificates", Limit=1).TotalCount == 0


def huawei_key(answer: Any) -> Key:
    made = answer.credentials
    assert made.expiration
    return Key(made.access_key_id, made.secret_access_key, made.security_token)


def huawei_assumes(emulator: EmulatorProcess, external_id: str) -> Key:
    body = {**HUAWEI, "duration_seconds": 900, "external_id": external_id}
    return huawei_key(HuaweiSdk(emulator, "sts")("AssumeAgency", body=body))


def huawei_by_token(emulator: EmulatorProcess, token: str) -> Key:
    provider = f"iam::{DOMAIN}:oidcProvider:emulator-oidc"
    body = {**HUAWEI, "provider_urn": provider, "id_token": token, "duration_seconds": 900}
    return huawei_key(HuaweiSdk(emulator, "sts")("AssumeAgencyWithOIDC", body=body))


def huawei_lists(emulator: EmulatorProcess, key: Key) -> None:
    known = {"access_key": key.key_id, "secret_key": key.secret, "security_token": key.token}
    assert HuaweiSdk(emulator, **known)("ListInstancesV2").total == 1


class Cloud(NamedTuple):
    """How its SDKs assume a role, do the same with an OIDC token, list with a key, and what their refusal is."""

    roles: str
    assumes: Callable[[EmulatorProcess, str], Key]
    by_token: Callable[[EmulatorProcess, str], Key]
    lists: Callable[[EmulatorProcess, Key], None]
    refusal: type[Exception]
    name: str


CLOUDS = {
    "aliyun": Cloud("roles", alibaba_assumes, alibaba_by_token, alibaba_lists, AlibabaRefusal, "emulator-role"),
    "tencent": Cloud("roles", tencent_assumes, tencent_by_token, tencent_lists, TencentRefusal, "emulator-role"),
    "huawei": Cloud("agencies", huawei_assumes, huawei_by_token, huawei_lists, HuaweiRefusal, "emulator-agency"),
}
EACH = pytest.mark.parametrize("cloud", CLOUDS)


@EACH
def test_an_assumed_role_opens_the_account_until_its_key_ends(emulator: EmulatorProcess, cloud: str) -> None:
    its = CLOUDS[cloud]
    emulator.control("POST", f"/{cloud}/{its.roles}", {"name": its.name, "external_id": "customer"})
    key = its.assumes(emulator, "customer")
    its.lists(emulator, key)
    with pytest.raises(its.refusal):
        its.lists(emulator, key._replace(token="of-another-key"))
    emulator.control("DELETE", f"/{cloud}/temporary_keys")
    with pytest.raises(its.refusal):
        its.lists(emulator, key)


@EACH
def test_a_role_wants_its_external_id(emulator: EmulatorProcess, cloud: str) -> None:
    its = CLOUDS[cloud]
    emulator.control("POST", f"/{cloud}/{its.roles}", {"name": its.name, "external_id": "customer"})
    with pytest.raises(its.refusal) as refusal:
        its.assumes(emulator, "another")
    code: Any = refusal.value
    expected = {"aliyun": "NoPermission", "tencent": "UnauthorizedOperation", "huawei": "STS5.0008"}
    assert getattr(code, "code", None) or code.error_code == expected[cloud]


@EACH
def test_an_oidc_token_needs_no_key(emulator: EmulatorProcess, cloud: str) -> None:
    its = CLOUDS[cloud]
    its.lists(emulator, its.by_token(emulator, OIDC_TOKEN))
    with pytest.raises(its.refusal):
        its.by_token(emulator, "another.oidc.token")


def test_a_wrong_key_assumes_nothing(emulator: EmulatorProcess) -> None:
    with pytest.raises(AlibabaRefusal) as alibaba:
        alibaba_sts(emulator, access_key_secret="wrong")("AssumeRole", **ALIBABA)
    assert alibaba.value.code == "SignatureDoesNotMatch"
    with pytest.raises(TencentRefusal) as tencent:
        TencentSdk(emulator, "sts", secret_key="wrong")("AssumeRole", **TENCENT)
    assert tencent.value.code == "AuthFailure.SignatureFailure"
    with pytest.raises(HuaweiRefusal) as huawei:
        HuaweiSdk(emulator, "sts", secret_key="wrong")("AssumeAgency", body=HUAWEI)
    assert (huawei.value.status_code, huawei.value.error_code) == (401, "APIGW.0301")


def identity(emulator: EmulatorProcess, **method: Any) -> Any:
    """A temporary key of IAM, by an agency or a token."""
    operation = "CreateTemporaryAccessKeyBy" + ("Agency" if "assume_role" in method else "Token")
    body = {"auth": {"identity": {"methods": list(method), **method}}}
    return HuaweiSdk(emulator, "iam")(operation, body=body).credential


def test_iam_gives_tokens_and_keys(emulator: EmulatorProcess) -> None:
    user = {
        "name": "emulator-user",
        "password": "emulator-huawei-password",
        "domain": {"name": "emulator-account"},
    }
    scope = {"project": {"name": "cn-north-4"}}
    auth = {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}
    iam = HuaweiSdk(emulator, "iam")
    answer = iam("KeystoneCreateUserTokenByPassword", nocatalog="true", body={"auth": auth})
    assert answer.token.project.name == "cn-north-4"
    for made in (
        identity(emulator, token={"id": answer.x_subject_token, "duration_seconds": 900}),
        identity(emulator, assume_role={"agency_name": "emulator-agency", "domain_name": "emulator-account"}),
    ):
        huawei_lists(emulator, Key(made.access, made.secret, made.securitytoken))
    user["password"] = "wrong"
    with pytest.raises(HuaweiRefusal) as refusal:
        iam("KeystoneCreateUserTokenByPassword", body={"auth": auth})
    assert refusal.value.status_code == 401


def test_iam_takes_a_token_of_an_identity_provider(emulator: EmulatorProcess) -> None:
    iam = HuaweiSdk(emulator, "iam")
    auth: dict[str, Any] = {"id_token": {"id": OIDC_TOKEN}}
    answer = iam("CreateTokenWithIdToken", x_idp_id="emulator-oidc", body={"auth": auth})
    made = identity(emulator, token={"id": answer.x_subject_token, "duration_seconds": 21600})
    huawei_lists(emulator, Key(made.access, made.secret, made.securitytoken))
    with pytest.raises(HuaweiRefusal) as refusal:
        iam("CreateTokenWithIdToken", x_idp_id="another", body={"auth": auth})
    assert refusal.value.status_code == 401
