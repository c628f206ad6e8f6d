# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""STS of Tencent Cloud, API version 2018-08-13, and the metadata service of an instance."""

import re
from dataclasses import asdict, dataclass
from datetime import UTC

from .temporary_keys import InstanceMetadata, TemporaryKeys
from .tencent_action import Action, Caller, Service, TencentError
from .world import Credential, Json, Operation, Request, Response, World

ROLE = "emulator-role"
PROVIDER = "emulator-oidc"
_ROLES = "/latest/meta-data/cam/security-credentials/"
_SESSION = re.compile(r"[A-Za-z0-9+=,.@_-]{2,128}")
_ARN = re.compile(r"qcs::cam::uin/(?P<account>[^:/]+):roleName/(?P<name>[A-Za-z0-9+=,.@_-]+)")
_USUAL, _LONGEST = 7200, 43200


@dataclass
class Role:
    """``provider``: whether tokens of the OIDC provider are good for it."""

    name: str
    account: str
    external_id: str | None = None
    provider: bool = True

    @property
    def arn(self) -> str:
        return f"qcs::cam::uin/{self.account}:roleName/{self.name}"


class StsService:
    """One role ``emulator-role`` and one OIDC provider ``emulator-oidc`` from the start."""

    def __init__(self, world: World, account: str) -> None:
        self.account = account
        self.keys = TemporaryKeys(world, "tencent", "AKID", world.clock.signature_now)
        self.metadata = InstanceMetadata(self.keys, account)
        self.roles = {ROLE: Role(ROLE, account)}
        self.service = Service("sts", "2018-08-13", self._actions())

    def _actions(self) -> dict[str, Action]:
        common = {"RoleArn": "str!", "RoleSessionName": "str!", "DurationSeconds": "int"}
        assumed = {**common, "Policy": "str", "ExternalId": "str", "Tags": "[object]", "SourceIdentity": "str"}
        by_token = {**common, "ProviderId": "str!", "WebIdentityToken": "str!"}
        return {
            "AssumeRole": Action(self.assume, {**assumed, "SerialNumber": "str", "TokenCode": "str"}),
            "AssumeRoleWithWebIdentity": Action(self.assume_with_token, by_token, signed=False),
            "GetCallerIdentity": Action(self.identity, {}),
        }

    # Operations

    def assume(self, caller: Caller, given: Json) -> Json:
        role = self._role(given)
        if role.external_id is not None and given.get("ExternalId") != role.external_id:
            raise TencentError("UnauthorizedOperation", "You are not authorized to perform this operation.")
        return self._assumed(role, given)

    def assume_with_token(self, caller: Caller, given: Json) -> Json:
        """Nobody signs it: the token says who asks."""
        role = self._role(given)
        known = given["WebIdentityToken"] in self.keys.settings.oidc_tokens
        if not known or given["ProviderId"] != PROVIDER or not role.provider:
            raise TencentError("InvalidParameter.WebIdentityTokenError", "The web identity token is invalid.")
        return self._assumed(role, given)

    def identity(self, caller: Caller, given: Json) -> Json:
        uin = f"qcs::cam::uin/{caller.account}:uin/{caller.account}"
        names = {"AccountId": caller.account, "UserId": caller.account, "PrincipalId": caller.account}
        return {"Arn": uin, "Type": "CAMUser", **names}

    def _role(self, given: Json) -> Role:
        found = _ARN.fullmatch(given["RoleArn"])
        if found is None:
            raise TencentError("InvalidParameter.ParamError", "The parameter RoleArn is invalid.")
        role = self.roles.get(found["name"])
        if role is None or role.account != found["account"]:
            raise TencentError("ResourceNotFound.RoleNotFound", "The role does not exist.")
        return role

    def _assumed(self, role: Role, given: Json) -> Json:
        duration = given.get("DurationSeconds", _USUAL)
        if not _SESSION.fullmatch(given["RoleSessionName"]):
            raise TencentError("InvalidParameter.ParamError", "The parameter RoleSessionName is invalid.")
        if not 0 < duration <= _LONGEST:
            raise TencentError("InvalidParameter.OverTimeError", "The duration exceeds its limit.")
        credential = self.keys.issue(role.account, duration, role=role.name)
        shown = self._shown(credential)
        ends = {name: shown.pop(name) for name in ("ExpiredTime", "Expiration")}
        return {"Credentials": shown, **ends}

    def _shown(self, credential: Credential) -> Json:
        expires = self.keys.expires(credential).astimezone(UTC)
        return {
            "Token": credential.token,
            "TmpSecretId": credential.key_id,
            "TmpSecretKey": credential.secret,
            "ExpiredTime": int(expires.timestamp()),
            "Expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    # Metadata

    def serves(self, request: Request) -> Operation | None:
        if request.method != "GET" or not request.path.startswith(_ROLES):
            return None
        name = "(metadata role)" if request.path == _ROLES else "(metadata key)"
        return Operation("sts", name, write=False, key_bearing=False)

    def serve(self, request: Request) -> Response:
        role, wanted = self.keys.settings.instance_role, request.path.removeprefix(_ROLES)
        if not role or wanted not in ("", role):
            return Response(404, b"Not Found\n")
        if not wanted:
            return Response(200, role.encode())
        return Response(200, {**self._shown(self.metadata.credential()), "Code": "Success"})

    # Control

    def add(self, body: Json) -> Json:
        role = Role(**{"account": self.account, **body})
        self.roles[role.name] = role
        return shown_role(role)


def shown_role(role: Role) -> Json:
    return {**asdict(role), "arn": role.arn}
