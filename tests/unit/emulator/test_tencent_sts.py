# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Temporary keys of the emulated Tencent Cloud: roles, tokens of an identity provider, an instance's metadata."""

import json
from typing import Any

import pytest
from emulator import tencent
from emulator.temporary_keys import INSTANCE_ROLE, OIDC_TOKEN
from emulator.tencent_sts import PROVIDER, ROLE
from emulator.world import Answer, Request, World
from werkzeug.datastructures import Headers

from .conftest import VERSIONS, TencentClient

ARN = f"qcs::cam::uin/{tencent.ACCOUNT}:roleName/{ROLE}"
KEYS = "/latest/meta-data/cam/security-credentials/"
TOKEN_FAILURE = "AuthFailure.TokenFailure"


def assume(client: TencentClient, **given: Any) -> dict[str, Any]:
    return client.ok("AssumeRole", service="sts", **{"RoleArn": ARN, "RoleSessionName": "test", **given})


def refused(client: TencentClient, **given: Any) -> str:
    return client.code("AssumeRole", service="sts", **{"RoleArn": ARN, "RoleSessionName": "test", **given})


def by_token(client: TencentClient, **given: Any) -> dict[str, Any]:
    """Without any signature."""
    body = {
        "ProviderId": PROVIDER,
        "WebIdentityToken": OIDC_TOKEN,
        "RoleArn": ARN,
        "RoleSessionName": "test",
        **given,
    }
    return client.send(unsigned("AssumeRoleWithWebIdentity", body))


def unsigned(action: str, body: dict[str, Any]) -> Request:
    headers = {
        "Host": "127.0.0.1:1",
        "Content-Type": "application/json",
        "X-TC-Action": action,
        "X-TC-Version": VERSIONS["sts"],
        "Authorization": "SKIP",
    }
    return Request("POST", "/", "", Headers(headers), json.dumps(body).encode(), "127.0.0.1:1")


def metadata(world: World, path: str) -> Answer:
    host = "metadata.tencentyun.com"
    request = Request("GET", path, "", Headers({"Host": host}), b"", host)
    cloud = next(cloud for cloud in world.clouds if cloud.handles(request))
    return cloud.handle(request)


def key(world: World) -> dict[str, Any]:
    body = metadata(world, KEYS + INSTANCE_ROLE).response.body
    assert isinstance(body, dict)
    return body


def used(client: TencentClient, made: dict[str, Any], token: str | None = None) -> dict[str, Any]:
    """A call with a temporary key and its token, or another one."""
    other = TencentClient(client.world, key_id=made["TmpSecretId"], secret=made["TmpSecretKey"])
    headers = {"X-TC-Token": made["Token"] if token is None else token}
    return other.send(other.request("dnspod", "DescribeDomainList", b"{}", headers=headers))


def failure(answer: dict[str, Any]) -> str:
    return str(answer["Error"]["Code"])


def test_a_role(client: TencentClient) -> None:
    answer = assume(client, DurationSeconds=1800)
    made = answer["Credentials"]
    assert set(made) == {"Token", "TmpSecretId", "TmpSecretKey"}
    left = answer["ExpiredTime"] - client.world.clock.signature_now().timestamp()
    assert 1790 < left <= 1800
    assert used(client, made)["DomainCountInfo"]["DomainTotal"] == 1
    assert failure(used(client, made, "")) == TOKEN_FAILURE
    assert failure(used(client, made, "other")) == TOKEN_FAILURE
    assert client.ok("GetCallerIdentity", service="sts")["AccountId"] == tencent.ACCOUNT


@pytest.mark.parametrize(
    "given, code",
    [
        ({"RoleArn": f"{ARN}x"}, "ResourceNotFound.RoleNotFound"),
        ({"RoleArn": "emulator-role"}, "InvalidParameter.ParamError"),
        ({"RoleSessionName": "a b"}, "InvalidParameter.ParamError"),
        ({"DurationSeconds": 43201}, "InvalidParameter.OverTimeError"),
        ({"DurationSeconds": 0}, "InvalidParameter.OverTimeError"),
        ({"RoleArn": None}, "MissingParameter"),
    ],
)
def test_roles_that_are_refused(client: TencentClient, given: dict[str, Any], code: str) -> None:
    assert refused(client, **given) == code


def test_an_external_id(client: TencentClient, cloud: tencent.TencentCloud) -> None:
    cloud.load({"roles": [{"name": "guarded", "external_id": "word"}]})
    arn = f"qcs::cam::uin/{tencent.ACCOUNT}:roleName/guarded"
    assert refused(client, RoleArn=arn) == "UnauthorizedOperation"
    assume(client, RoleArn=arn, ExternalId="word")


def test_a_token_of_an_identity_provider(client: TencentClient, cloud: tencent.TencentCloud) -> None:
    assert "DomainList" in used(client, by_token(client)["Credentials"])
    for given in ({"WebIdentityToken": "old"}, {"ProviderId": "other"}):
        assert failure(by_token(client, **given)) == "InvalidParameter.WebIdentityTokenError"
    assert failure(by_token(client, RoleArn=f"{ARN}x")) == "ResourceNotFound.RoleNotFound"
    cloud.control("POST", ["roles"], {}, {"name": ROLE, "provider": False})
    assert failure(by_token(client)) == "InvalidParameter.WebIdentityTokenError"
    answer = cloud.handle(unsigned("AssumeRoleWithWebIdentity", {"WebIdentityToken": OIDC_TOKEN}))
    assert OIDC_TOKEN not in repr(answer.summary)


def test_only_the_token_needs_no_signature(client: TencentClient) -> None:
    answer = client.send(unsigned("AssumeRole", {"RoleArn": ARN, "RoleSessionName": "test"}))
    assert failure(answer) == "AuthFailure.InvalidAuthorization"


def test_keys_end(client: TencentClient, cloud: tencent.TencentCloud) -> None:
    made = assume(client)["Credentials"]
    response = cloud.control("DELETE", ["temporary_keys"], {}, {})
    assert response is not None
    assert isinstance(response.body, dict)
    assert [one["key_id"] for one in response.body["temporary_keys"]] == [made["TmpSecretId"]]
    assert made["TmpSecretKey"] not in repr(cloud.state({}))
    assert failure(used(client, made)) == TOKEN_FAILURE
    cloud.control("POST", ["settings"], {}, {"sts": {"key_life": -1}})
    assert failure(used(client, assume(client)["Credentials"])) == TOKEN_FAILURE


def test_metadata_of_an_instance(client: TencentClient, cloud: tencent.TencentCloud) -> None:
    world = client.world
    assert metadata(world, KEYS).response.body == INSTANCE_ROLE.encode()
    made = key(world)
    assert made["Code"] == "Success"
    assert "DomainList" in used(client, made)
    assert key(world)["TmpSecretId"] == made["TmpSecretId"]
    answer = metadata(world, KEYS + INSTANCE_ROLE)
    assert (answer.service, answer.operation, answer.write) == ("sts", "(metadata key)", False)
    assert metadata(world, KEYS + "other").response.status == 404
    cloud.control("POST", ["settings"], {}, {"sts": {"instance_role": ""}})
    assert metadata(world, KEYS).response.status == 404


def test_the_next_key_comes_before_the_end_of_the_last(client: TencentClient) -> None:
    first = key(client.world)
    skew = client.world.clock.signature_skew
    client.world.clock.signature_skew = skew + skew.resolution * 16000 * 10**6
    second = key(client.world)
    assert first["TmpSecretId"] != second["TmpSecretId"]
    assert second["ExpiredTime"] > first["ExpiredTime"]
