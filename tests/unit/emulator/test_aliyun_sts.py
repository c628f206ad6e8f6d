# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Temporary keys of the emulated Alibaba Cloud: roles, tokens of an identity provider, an instance's metadata."""

from typing import Any

import pytest
from emulator import aliyun
from emulator.aliyun import AliyunCloud
from emulator.aliyun_sts import PROVIDER, ROLE
from emulator.temporary_keys import INSTANCE_ROLE, OIDC_TOKEN
from emulator.world import Answer, Request, World
from werkzeug.datastructures import Headers

from .aliyun_caller import AliyunClient, body_of, refusal

ARN = f"acs:ram::{aliyun.ACCOUNT}:role/{ROLE}"
PROVIDER_ARN = f"acs:ram::{aliyun.ACCOUNT}:oidc-provider/{PROVIDER}"
KEYS = "/latest/meta-data/ram/security-credentials/"


class Sts:
    """The calls of one user, signed or not, and the world's control path."""

    def __init__(self, client: AliyunClient) -> None:
        self.client = client
        self.world = client.world

    def assume(self, **given: Any) -> dict[str, Any]:
        parameters = {"RoleArn": ARN, "RoleSessionName": "test", **given}
        return dict(self.client.ok("AssumeRole", service="sts", **parameters)["Credentials"])

    def refused(self, status: int, **given: Any) -> str:
        parameters = {"RoleArn": ARN, "RoleSessionName": "test", **given}
        return self.client.code("AssumeRole", status, service="sts", **parameters)

    def by_token(self, **given: Any) -> Answer:
        """Without any signature."""
        form = {
            "RoleArn": ARN,
            "OIDCProviderArn": PROVIDER_ARN,
            "OIDCToken": OIDC_TOKEN,
            "RoleSessionName": "test",
            **given,
        }
        request = self.client.request("AssumeRoleWithOIDC", service="sts", form=form)
        wanted = ("host", "x-acs-action", "x-acs-version", "content-type")
        headers = Headers([(name, value) for name, value in request.headers.items() if name.lower() in wanted])
        return self.client.send(Request("POST", "/", "", headers, request.body, request.host))

    def plain(self, method: str, path: str, **headers: str) -> Answer:
        sent = Headers({"Host": "100.100.100.200", **{name.replace("_", "-"): text for name, text in headers.items()}})
        return self.client.send(Request(method, path, "", sent, b"", "100.100.100.200"))

    def key(self, **headers: str) -> dict[str, Any]:
        return body_of(self.plain("GET", KEYS + INSTANCE_ROLE, **headers), 200)

    def cloud(self) -> AliyunCloud:
        return next(cloud for cloud in self.world.clouds if isinstance(cloud, AliyunCloud))

    def control(self, method: str, *parts: str, **body: Any) -> Any:
        response = self.cloud().control(method, list(parts), {}, body)
        assert response is not None
        return response.body

    def settings(self, **values: Any) -> None:
        self.control("POST", "settings", sts=values)


@pytest.fixture
def sts(aliyun_client: AliyunClient) -> Sts:
    return Sts(aliyun_client)


def user_of(world: World, made: dict[str, Any]) -> AliyunClient:
    return AliyunClient(world, key_id=made["AccessKeyId"], secret=made["AccessKeySecret"])


def used(world: World, made: dict[str, Any], token: str | None = None) -> Answer:
    """A call with a temporary key and its token, or another one; empty: none."""
    given = made["SecurityToken"] if token is None else token
    client = user_of(world, made)
    request = client.request("DescribeDomains", service="alidns", headers={"x-acs-security-token": given or None})
    return client.send(request)


def test_a_role(sts: Sts) -> None:
    made = sts.assume(DurationSeconds=900)
    assert made["AccessKeyId"].startswith("STS.")
    assert made["Expiration"].endswith("Z")
    assert body_of(used(sts.world, made), 200)["TotalCount"] == 1
    assert refusal(used(sts.world, made, "")) == "MissingParameter"
    assert refusal(used(sts.world, made, "other")) == "InvalidSecurityToken.MismatchWithAccessKey"


def test_who_it_is(sts: Sts) -> None:
    assert sts.client.ok("GetCallerIdentity", service="sts")["AccountId"] == aliyun.ACCOUNT
    made = sts.assume()
    client = user_of(sts.world, made)
    request = client.request(
        "GetCallerIdentity", service="sts", headers={"x-acs-security-token": made["SecurityToken"]}
    )
    shown = body_of(client.send(request), 200)
    assert shown["Arn"] == f"acs:ram::{aliyun.ACCOUNT}:assumed-role/{ROLE}/test"
    assert shown["IdentityType"] == "AssumedRoleUser"


@pytest.mark.parametrize(
    "given, status, code",
    [
        ({"RoleArn": f"{ARN}x"}, 404, "EntityNotExist.Role"),
        ({"RoleArn": "acs:ram::2:role/emulator-role"}, 404, "EntityNotExist.Role"),
        ({"RoleArn": "emulator-role"}, 400, "InvalidParameter.RoleArn"),
        ({"RoleArn": ""}, 400, "MissingRoleArn"),
        ({"RoleSessionName": "a b"}, 400, "InvalidParameter.RoleSessionName"),
        ({"DurationSeconds": 899}, 400, "InvalidParameter.DurationSeconds"),
        ({"DurationSeconds": 3601}, 400, "InvalidParameter.DurationSeconds"),
    ],
)
def test_roles_that_are_refused(sts: Sts, given: dict[str, Any], status: int, code: str) -> None:
    assert sts.refused(status, **given) == code


def test_an_external_id(sts: Sts) -> None:
    sts.control("POST", "roles", name="guarded", external_id="secret word")
    arn = f"acs:ram::{aliyun.ACCOUNT}:role/guarded"
    assert sts.refused(403, RoleArn=arn) == "NoPermission"
    assert sts.refused(403, RoleArn=arn, ExternalId="other") == "NoPermission"
    sts.assume(RoleArn=arn, ExternalId="secret word")
    sts.control("DELETE", "roles", "guarded")
    assert sts.refused(404, RoleArn=arn) == "EntityNotExist.Role"


def test_a_role_of_another_account_opens_that_account(sts: Sts) -> None:
    sts.control("POST", "roles", name="there", account="2", max_duration=43200)
    made = sts.assume(RoleArn="acs:ram::2:role/there", DurationSeconds=43200)
    assert body_of(used(sts.world, made), 200)["TotalCount"] == 0


def test_a_role_that_a_role_assumes(sts: Sts) -> None:
    made = sts.assume()
    client = user_of(sts.world, made)
    parameters = {"RoleArn": ARN, "RoleSessionName": "second"}
    request = client.request(
        "AssumeRole", parameters, service="sts", headers={"x-acs-security-token": made["SecurityToken"]}
    )
    body_of(client.send(request), 200)


def test_a_token_of_an_identity_provider(sts: Sts) -> None:
    answer = sts.by_token()
    assert body_of(used(sts.world, body_of(answer, 200)["Credentials"]), 200)
    assert (answer.write, answer.key_bearing) == (False, False)
    assert OIDC_TOKEN not in repr(answer.summary)


@pytest.mark.parametrize(
    "given, status, code",
    [
        ({"OIDCToken": "old"}, 401, "AuthenticationFail.OIDCToken.Expired"),
        ({"OIDCProviderArn": PROVIDER_ARN + "x"}, 401, "AuthenticationFail.NoPermission"),
        ({"RoleArn": ARN + "x"}, 404, "EntityNotExist.Role"),
        ({"OIDCToken": ""}, 400, "MissingOIDCToken"),
    ],
)
def test_tokens_that_are_refused(sts: Sts, given: dict[str, Any], status: int, code: str) -> None:
    assert refusal(sts.by_token(**given), status) == code


def test_a_token_is_good_for_roles_that_trust_its_provider(sts: Sts) -> None:
    sts.control("POST", "roles", name=ROLE, provider=False)
    assert refusal(sts.by_token(), 401) == "AuthenticationFail.NoPermission"
    sts.settings(oidc_tokens=["next"])
    sts.control("POST", "roles", name=ROLE)
    assert refusal(sts.by_token(), 401) == "AuthenticationFail.OIDCToken.Expired"
    body_of(sts.by_token(OIDCToken="next"), 200)


def test_only_the_token_needs_no_signature(sts: Sts) -> None:
    request = sts.client.request("AssumeRole", {"RoleArn": ARN, "RoleSessionName": "x"}, service="sts")
    headers = Headers([(name, value) for name, value in request.headers.items() if name != "Authorization"])
    answer = sts.client.send(Request("POST", "/", request.query_string, headers, b"", request.host))
    assert refusal(answer) == "IncompleteSignature"


def test_keys_end(sts: Sts) -> None:
    made = sts.assume()
    shown = sts.control("DELETE", "temporary_keys")["temporary_keys"]
    assert [one["key_id"] for one in shown] == [made["AccessKeyId"]]
    assert made["AccessKeySecret"] not in repr(sts.cloud().state({}))
    assert refusal(used(sts.world, made)) == "InvalidSecurityToken.Expired"
    sts.settings(key_life=-1)
    assert refusal(used(sts.world, sts.assume())) == "InvalidSecurityToken.Expired"


def test_metadata_of_an_instance(sts: Sts) -> None:
    assert sts.plain("GET", KEYS).response.body == INSTANCE_ROLE.encode()
    made = sts.key()
    assert made["Code"] == "Success"
    assert body_of(used(sts.world, made), 200)["TotalCount"] == 1
    assert sts.key()["AccessKeyId"] == made["AccessKeyId"]
    sts.control("DELETE", "temporary_keys")
    assert sts.key()["AccessKeyId"] != made["AccessKeyId"]
    assert sts.plain("GET", KEYS + "other").response.status == 404
    answer = sts.plain("GET", KEYS + INSTANCE_ROLE)
    assert (answer.service, answer.operation, answer.write) == ("sts", "(metadata key)", False)


def test_metadata_with_a_token_first(sts: Sts) -> None:
    sts.settings(metadata_tokens="required")
    assert sts.plain("GET", KEYS).response.status == 403
    ttl = {"X_aliyun_ecs_metadata_token_ttl_seconds": "21600"}
    token = sts.plain("PUT", "/latest/api/token", **ttl).response.body
    assert isinstance(token, bytes)
    assert sts.key(X_aliyun_ecs_metadata_token=token.decode())["Code"] == "Success"
    wrong = sts.plain("GET", KEYS + INSTANCE_ROLE, X_aliyun_ecs_metadata_token="wrong")
    assert wrong.response.status == 403
    sts.world.clock.signature_skew = sts.world.clock.signature_skew.resolution * 21601 * 10**6
    old = sts.plain("GET", KEYS, X_aliyun_ecs_metadata_token=token.decode())
    assert old.response.status == 403


@pytest.mark.parametrize("seconds", [None, "0", "21601", "x"])
def test_lives_of_tokens_that_cannot_be(sts: Sts, seconds: str | None) -> None:
    headers = {} if seconds is None else {"X_aliyun_ecs_metadata_token_ttl_seconds": seconds}
    assert sts.plain("PUT", "/latest/api/token", **headers).response.status == 400


def test_metadata_of_the_first_edition_and_of_an_instance_without_a_role(sts: Sts) -> None:
    sts.settings(metadata_tokens="absent")
    ttl = {"X_aliyun_ecs_metadata_token_ttl_seconds": "21600"}
    assert sts.plain("PUT", "/latest/api/token", **ttl).response.status == 404
    assert sts.key()["Code"] == "Success"
    sts.settings(instance_role="")
    answer = sts.plain("GET", KEYS)
    assert (answer.response.status, answer.code) == (404, "404")


def test_a_local_server_of_credentials(sts: Sts) -> None:
    made = body_of(sts.plain("GET", "/local-credentials/aliyun"), 200)
    body_of(used(sts.world, made), 200)


def test_control_that_cannot_be_meant(sts: Sts) -> None:
    with pytest.raises(ValueError, match="come by the API"):
        sts.control("POST", "temporary_keys")
    with pytest.raises(TypeError):
        sts.control("POST", "roles", name="x", unknown=1)
    with pytest.raises(ValueError, match="no setting"):
        sts.settings(unknown=1)
