# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Temporary keys of Tencent Cloud: of an assumed role, of a pod in TKE, of an instance.

Facts: https://www.tencentcloud.com/document/product/1150/49452 (AssumeRole) and `common/credential.py` of the
official Python SDK (TKE, metadata).
"""

from __future__ import annotations

import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _credentials, _key_server, _profiles
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import AuthError, Ran
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.answer import Fields
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.credentials import Credentials
from ansible_collections.cncloud.certificates.plugins.module_utils._wire import Wire

METADATA = "http://metadata.tencentyun.com"
ROLE_PATH = "/latest/meta-data/cam/security-credentials/"
ATTACH = "Attach a CAM role to it in the console."
INSTANCE_ROLE_VARIABLE = "TENCENTCLOUD_CAM_ROLE_NAME"
"""The name of the instance's role, for the vendor's Terraform provider. Nothing is asked for it."""
TKE_VARIABLES = ("TKE_PROVIDER_ID", "TKE_WEB_IDENTITY_TOKEN_FILE", "TKE_ROLE_ARN")
TKE_REGION_VARIABLE = "TKE_REGION"

_KEY = ("Credentials.TmpSecretId", "Credentials.TmpSecretKey", "Credentials.Token", "ExpiredTime")
WIRE: t.Mapping[str, Wire] = {
    "AssumeRole": Wire(sends=("RoleArn", "RoleSessionName", "DurationSeconds", "ExternalId"), reads=_KEY),
    "AssumeRoleWithWebIdentity": Wire(
        sends=("ProviderId", "WebIdentityToken", "RoleArn", "RoleSessionName", "DurationSeconds"), reads=_KEY
    ),
}

Keys = _credentials.Keys[Credentials]
Source = _credentials.Source[Credentials]


class Sts(t.Protocol):
    """Calls to the service that gives out temporary keys; without `keys` they are not signed."""

    def __call__(
        self,
        operation: str,
        body: t.Mapping[str, str | int],
        *,
        keys: Keys | None,
        source: str,
        region: str | None,
    ) -> Fields:
        """The answer.

        :raises CertificatesError: as any call.
        """


class AssumedRole(Source):
    """A role that another key may assume."""

    def __init__(self, role: _credentials.Role, *, base: Keys, sts: Sts) -> None:
        self.name = f"the assumed role (with the key from {base.source})"
        self._role = role
        self._base = base
        self._sts = sts

    def given(self) -> bool:
        return bool(self._role.arn)

    def validate(self) -> None:
        self._base.of.validate()
        self._role.check(source=self.name)

    def credentials(self) -> Credentials:
        body: dict[str, str | int] = {"RoleArn": self._role.arn, "RoleSessionName": self._role.session_name}
        if self._role.duration is not None:
            body["DurationSeconds"] = self._role.duration
        if self._role.external_id is not None:
            body["ExternalId"] = self._role.external_id
        answer = self._sts("AssumeRole", body, keys=self._base, source=self._base.source, region=None)
        return _of_sts(answer, source=self.name)

    def memory(self) -> str:
        return _credentials.digest("tencent", self._role.memory(), self._base.of.memory())


class WebIdentity(Source):
    """The role of a pod in TKE: the cluster puts a token into a file, and STS changes it for a key."""

    def __init__(self, *, sts: Sts, context: Context) -> None:
        self.name = f"the identity of the pod ({TKE_VARIABLES[1]})"
        self._provider, self._token_file, arn = (context.environ.get(name, "") for name in TKE_VARIABLES)
        self._role = _credentials.Role(arn=arn)
        self._region = context.environ.get(TKE_REGION_VARIABLE) or None
        self._sts = sts
        self._context = context

    def given(self) -> bool:
        return bool(self._provider or self._token_file)

    def validate(self) -> None:
        parts = dict(zip(TKE_VARIABLES, (self._provider, self._token_file, self._role.arn)))
        _credentials.check_given(parts, source=self.name)
        _credentials.check_text(self._provider, name=TKE_VARIABLES[0], source=self.name)
        self._role.check(source=self.name)

    def credentials(self) -> Credentials:
        token = _profiles.read_token(self._token_file, source=self.name)
        self._context.mask(token)
        body: dict[str, str | int] = {
            "ProviderId": self._provider,
            "WebIdentityToken": token,
            "RoleArn": self._role.arn,
            "RoleSessionName": self._role.session_name,
        }
        answer = self._sts("AssumeRoleWithWebIdentity", body, keys=None, source=self.name, region=self._region)
        return _of_sts(answer, source=self.name)

    def memory(self) -> str:
        return _credentials.digest("tencent", "oidc", self._role.memory(), self._provider, self._token_file)


class InstanceRole(Source):
    """The role of the instance, from its metadata, which has no session tokens here.

    `role` spares the question for its name.
    """

    def __init__(self, *, wanted: bool, context: Context, role: str = "") -> None:
        self.name = "the role of this instance"
        self._wanted = wanted
        self._role = role
        self._context = context

    def given(self) -> bool:
        return self._wanted

    def validate(self) -> None:
        if "/" in self._role:
            raise _credentials.refusal(
                "The name of the role of this instance holds a slash.",
                code="credentials_malformed",
                hint="It is the name alone, not the ARN.",
            )
        self._url()

    def credentials(self) -> Credentials:
        server = _key_server.KeyServer(self.name, context=self._context, timeout=_key_server.METADATA_TIMEOUT)
        url = self._url()
        role = self._role or server.text(f"{url}{ROLE_PATH}")
        if role is None or "/" in role:
            raise _credentials.refusal("This instance has no role.", code="credentials_missing", hint=ATTACH)
        body = server.json(f"{url}{ROLE_PATH}{role}")
        if body.get("Code") not in (None, "Success"):
            raise AuthError("The role of this instance has no key to give.", ran=Ran.NO, hint=ATTACH)
        answer = Fields(body, operation=f"the question for a key ({self.name})")
        return Credentials(
            secret_id=answer.required_text("TmpSecretId"),
            secret_key=answer.required_text("TmpSecretKey"),
            token=answer.required_text("Token"),
            source=self.name,
            expires_at=_key_server.moment(answer.integer("ExpiredTime")),
        )

    def memory(self) -> str:
        return _credentials.digest("tencent", "instance", self._url(), self._role)

    def _url(self) -> str:
        return _key_server.metadata_url(METADATA, self._context)


def _of_sts(answer: Fields, *, source: str) -> Credentials:
    inner = answer.object("Credentials")
    if inner is None:
        raise answer.wrong("Credentials", "an object")
    return Credentials(
        secret_id=inner.required_text("TmpSecretId"),
        secret_key=inner.required_text("TmpSecretKey"),
        token=inner.required_text("Token"),
        source=source,
        expires_at=_key_server.moment(answer.required_integer("ExpiredTime")),
    )
