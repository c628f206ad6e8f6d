# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""STS of Alibaba Cloud, version 2015-04-01, and the places that hand out keys without a signature.

These are the metadata service of an instance and a local server of credentials (``ALIBABA_CLOUD_CREDENTIALS_URI``).
"""

import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from .aliyun_operation import Action, AliyunError, Caller, Service
from .temporary_keys import InstanceMetadata, KeySettings, TemporaryKeys
from .world import Credential, Json, Request, Response, World

ROLE = "emulator-role"
PROVIDER = "emulator-oidc"
_ROLES = "/latest/meta-data/ram/security-credentials/"
_TOKEN = "/latest/api/token"
_LOCAL = "/local-credentials/aliyun"
_SESSION = re.compile(r"[A-Za-z0-9.@_-]{2,64}")
_ARN = re.compile(r"acs:ram::(?P<account>[^:]+):role/(?P<name>[A-Za-z0-9._-]+)")
_SHORTEST, _USUAL = 900, 3600


@dataclass
class Role:
    """``provider``: whether tokens of the account's OIDC provider are good for it."""

    name: str
    account: str
    external_id: str | None = None
    max_duration: int = 3600
    provider: bool = True

    @property
    def arn(self) -> str:
        return f"acs:ram::{self.account}:role/{self.name}"


class StsPart:
    """One role ``emulator-role`` and one OIDC provider ``emulator-oidc`` from the start."""

    name = "sts"
    kinds = ("roles", "temporary_keys")

    def __init__(self, world: World, account: str) -> None:
        self.account = account
        self.keys = TemporaryKeys(world, "aliyun", "STS.", world.clock.signature_now)
        self.metadata = InstanceMetadata(self.keys, account)
        self.roles = {ROLE: Role(ROLE, account)}
        self.service = Service("sts", "sts", "2015-04-01", self._actions())

    @property
    def settings(self) -> KeySettings:
        return self.keys.settings

    def state(self) -> Json:
        return {"roles": [_role(one) for one in self.roles.values()], "temporary_keys": self.keys.shown()}

    def add(self, kind: str, body: Json) -> Json:
        if kind != "roles":
            raise ValueError("temporary keys come by the API alone; POST /_control/credentials adds one that is known")
        role = Role(**{"account": self.account, **body})
        self.roles[role.name] = role
        return _role(role)

    def control(self, method: str, parts: list[str], query: dict[str, str], body: Json) -> Response | None:
        if method == "DELETE" and parts == ["temporary_keys"]:
            return Response(body={"temporary_keys": self.keys.expire()})
        if method == "DELETE" and len(parts) == 2 and parts[0] == "roles":
            return Response(body=_role(self.roles.pop(parts[1])))
        return None

    def _actions(self) -> dict[str, Action]:
        common = {"RoleArn": "str!", "RoleSessionName": "str!", "DurationSeconds": "int", "Policy": "str"}
        assumed = {**common, "ExternalId": "str", "SourceIdentity": "str"}
        by_token = {**common, "OIDCProviderArn": "str!", "OIDCToken": "str!"}
        return {
            "AssumeRole": Action(self.assume, assumed, position="anywhere", denied="NoPermission"),
            "AssumeRoleWithOIDC": Action(self.assume_with_token, by_token, position="anywhere", signed=False),
            "GetCallerIdentity": Action(self.identity, {}, position="anywhere"),
        }

    # Operations

    def assume(self, caller: Caller, given: Json) -> Json:
        role = self._role(given)
        if role.external_id is not None and given.get("ExternalId") != role.external_id:
            raise AliyunError(
                "NoPermission", "You are not authorized to do this action. You should be authorized by RAM.", status=403
            )
        return self._assumed(role, given)

    def assume_with_token(self, caller: Caller, given: Json) -> Json:
        """Nobody signs it: the token says who asks."""
        role = self._role(given)
        provider = f"acs:ram::{role.account}:oidc-provider/{PROVIDER}"
        if given["OIDCProviderArn"] != provider:
            raise AliyunError("AuthenticationFail.NoPermission", "No such OIDC Provider registered.", status=401)
        if given["OIDCToken"] not in self.settings.oidc_tokens:
            raise AliyunError("AuthenticationFail.OIDCToken.Expired", "This JsonWebToken is expired.", status=401)
        if not role.provider:
            raise AliyunError("AuthenticationFail.NoPermission", "There is no permission", status=401)
        return self._assumed(role, given)

    def identity(self, caller: Caller, given: Json) -> Json:
        assumed = ":assumed-role/" in caller.arn
        return {
            "AccountId": caller.account,
            "Arn": caller.arn or f"acs:ram::{caller.account}:user/emulator",
            "IdentityType": "AssumedRoleUser" if assumed else "RAMUser",
            "PrincipalId": "216959339000654321",
            "UserId": None if assumed else "216959339000654321",
        }

    def _role(self, given: Json) -> Role:
        found = _ARN.fullmatch(given["RoleArn"])
        if found is None:
            raise AliyunError("InvalidParameter.RoleArn", "The parameter RoleArn is wrongly formed.")
        role = self.roles.get(found["name"])
        if role is None or role.account != found["account"]:
            raise AliyunError("EntityNotExist.Role", f"The role not exists: {given['RoleArn']}.", status=404)
        return role

    def _assumed(self, role: Role, given: Json) -> Json:
        session, duration = given["RoleSessionName"], given.get("DurationSeconds", min(_USUAL, role.max_duration))
        if not _SESSION.fullmatch(session):
            raise AliyunError("InvalidParameter.RoleSessionName", "The parameter RoleSessionName is wrongly formed.")
        if not _SHORTEST <= duration <= role.max_duration:
            text = f"The Min/Max value of DurationSeconds is 15min/{role.max_duration}s."
            raise AliyunError("InvalidParameter.DurationSeconds", text)
        arn = f"acs:ram::{role.account}:assumed-role/{role.name}/{session}"
        credential = self.keys.issue(role.account, duration, arn=arn)
        user = {"Arn": arn, "AssumedRoleId": f"332153000000000000:{session}"}
        return {"Credentials": self._shown(credential), "AssumedRoleUser": user}

    def _shown(self, credential: Credential) -> Json:
        return {
            "AccessKeyId": credential.key_id,
            "AccessKeySecret": credential.secret,
            "SecurityToken": credential.token,
            "Expiration": _date(self.keys.expires(credential)),
        }

    # Without a signature

    def serves(self, request: Request) -> str:
        if request.method == "PUT" and request.path == _TOKEN:
            return "(metadata token)"
        if request.method == "GET" and request.path.startswith(_ROLES):
            return "(metadata role)" if request.path == _ROLES else "(metadata key)"
        return "(local credentials)" if request.method == "GET" and request.path == _LOCAL else ""

    def serve(self, request: Request) -> Response:
        if request.method == "PUT":
            return self.metadata.token(request.headers.get("X-aliyun-ecs-metadata-token-ttl-seconds"))
        if request.path == _LOCAL:
            return self._key(self.keys.issue(self.account, _USUAL, local=True))
        if not self.metadata.admits(request.headers.get("X-aliyun-ecs-metadata-token")):
            return Response(403, b"403 - Forbidden\n")
        role, wanted = self.settings.instance_role, request.path.removeprefix(_ROLES)
        if not role or wanted not in ("", role):
            return Response(404, b"404 - Not Found\n")
        return self._key(self.metadata.credential()) if wanted else Response(200, role.encode())

    def _key(self, credential: Credential) -> Response:
        updated = _date(self.keys.clock())
        return Response(200, {**self._shown(credential), "LastUpdated": updated, "Code": "Success"})


def _role(role: Role) -> Json:
    return {**asdict(role), "arn": role.arn}


def _date(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
