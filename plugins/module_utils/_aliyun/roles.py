# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Temporary keys of Alibaba Cloud: of an assumed role, of a pod, of an instance, of a server or program of one's own.

Facts: https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerole and the vendor's
credentials library (metadata, credentials URI), its CLI (the External mode).
"""

from __future__ import annotations

import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _credentials, _key_server, _profiles
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import credentials
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.answer import Fields
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.credentials import Credentials
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import AuthError, Ran
from ansible_collections.cncloud.certificates.plugins.module_utils._wire import Wire

METADATA = "http://100.100.100.200"
ROLE_PATH = "/latest/meta-data/ram/security-credentials/"
NO_EXTERNAL_VARIABLE = "ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS"
NO_OLD_METADATA_VARIABLE = "ALIBABA_CLOUD_IMDSV1_DISABLED"
NO_METADATA_VARIABLE = "ALIBABA_CLOUD_ECS_METADATA_DISABLED"
INSTANCE_ROLE_VARIABLES = ("ALIBABA_CLOUD_ECS_METADATA", "ALICLOUD_ECS_ROLE_NAME")
"""The name of the instance's role, for the vendor's libraries and its Terraform provider. Nothing is asked for it."""

_READS = (
    "Credentials.AccessKeyId",
    "Credentials.AccessKeySecret",
    "Credentials.SecurityToken",
    "Credentials.Expiration",
)
WIRE: t.Mapping[str, Wire] = {
    "AssumeRole": Wire(
        sends=("RoleArn", "RoleSessionName", "DurationSeconds", "ExternalId", "Policy"),
        reads=_READS,
    ),
    "AssumeRoleWithOIDC": Wire(
        sends=("RoleArn", "OIDCProviderArn", "OIDCToken", "RoleSessionName", "DurationSeconds", "Policy"),
        reads=_READS,
    ),
}

Keys = _credentials.Keys[Credentials]
Source = _credentials.Source[Credentials]


class Sts(t.Protocol):
    """Calls to the service that gives out temporary keys; without `keys` they are not signed."""

    def __call__(
        self,
        operation: str,
        parameters: t.Mapping[str, str | int | None],
        *,
        keys: Keys | None,
        source: str,
        region: str | None,
    ) -> Fields:
        """The answer.

        :raises CertificatesError: as any call.
        """


class AssumedRole(Source):
    """A role that another key may assume. `region` is that of the STS to ask; None: as the connection's."""

    def __init__(self, role: _credentials.Role, *, base: Keys, sts: Sts, region: str | None = None) -> None:
        self.name = f"the assumed role (with the key from {base.source})"
        self._role = role
        self._base = base
        self._sts = sts
        self._region = region

    def given(self) -> bool:
        return bool(self._role.arn)

    def validate(self) -> None:
        self._base.of.validate()
        self._role.check(source=self.name)

    def credentials(self) -> Credentials:
        answer = self._sts(
            "AssumeRole",
            {
                "RoleArn": self._role.arn,
                "RoleSessionName": self._role.session_name,
                "DurationSeconds": self._role.duration,
                "ExternalId": self._role.external_id,
                "Policy": self._role.policy,
            },
            keys=self._base,
            source=self._base.source,
            region=self._region,
        )
        return _of_sts(answer, source=self.name)

    def memory(self) -> str:
        return _credentials.digest("aliyun", self._role.memory(), self._base.of.memory(), self._region or "")


class WebIdentity(Source):
    """A role of a pod (RRSA): the cluster puts a token into a file, and STS changes it for a key."""

    def __init__(
        self,
        role: _credentials.Role,
        *,
        provider: str,
        token_file: str,
        place: str,
        sts: Sts,
        context: Context,
        region: str | None = None,
    ) -> None:
        self.name = place
        self._role = role
        self._provider = provider
        self._token_file = token_file
        self._sts = sts
        self._context = context
        self._region = region

    def given(self) -> bool:
        # The role alone may be meant for another key.
        return bool(self._provider or self._token_file)

    def validate(self) -> None:
        parts = {"the OIDC provider": self._provider, "the token file": self._token_file, "the role": self._role.arn}
        _credentials.check_given(parts, source=self.name)
        _credentials.check_text(self._provider, name="The OIDC provider", source=self.name)
        self._role.check(source=self.name)

    def credentials(self) -> Credentials:
        token = _profiles.read_token(self._token_file, source=self.name)
        self._context.mask(token)
        answer = self._sts(
            "AssumeRoleWithOIDC",
            {
                "RoleArn": self._role.arn,
                "OIDCProviderArn": self._provider,
                "OIDCToken": token,
                "RoleSessionName": self._role.session_name,
                "DurationSeconds": self._role.duration,
                "Policy": self._role.policy,
            },
            keys=None,
            source=self.name,
            region=self._region,
        )
        return _of_sts(answer, source=self.name)

    def memory(self) -> str:
        return _credentials.digest(
            "aliyun", "oidc", self._role.memory(), self._provider, self._token_file, self._region or ""
        )


class InstanceRole(Source):
    """The role of the instance, from its metadata. `role` spares the question for its name."""

    def __init__(self, *, wanted: bool, context: Context, role: str = "") -> None:
        self.name = "the role of this instance"
        self._wanted = wanted
        self._role = role
        self._context = context

    def given(self) -> bool:
        return self._wanted

    def validate(self) -> None:
        if self._context.environ.get(NO_METADATA_VARIABLE, "").lower() == "true":
            raise _credentials.refusal(
                f"The metadata of this instance are not asked: {NO_METADATA_VARIABLE} is set.",
                code="credentials_unreadable",
                hint="Unset it in the environment of the task, or give the key in another way.",
            )
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
        headers = self._token_header(server, url)
        role = self._role or server.text(f"{url}{ROLE_PATH}", headers=headers)
        if role is None or "/" in role:
            raise _credentials.refusal(
                "This instance has no role.", code="credentials_missing", hint="Attach a RAM role to it."
            )
        body = server.json(f"{url}{ROLE_PATH}{role}", headers=headers)
        return _of_server(body, source=self.name)

    def memory(self) -> str:
        return _credentials.digest("aliyun", "instance", self._url(), self._role)

    def _url(self) -> str:
        return _key_server.metadata_url(METADATA, self._context)

    def _token_header(self, server: _key_server.KeyServer, url: str) -> dict[str, str]:
        """The header of the second version of the metadata; none where there is only the first."""
        reply = server.ask(
            f"{url}/latest/api/token",
            method="PUT",
            headers={"X-aliyun-ecs-metadata-token-ttl-seconds": _key_server.TOKEN_LIFETIME},
        )
        old_is_off = self._context.environ.get(NO_OLD_METADATA_VARIABLE, "").lower() == "true"
        if reply.status in _key_server.NO_TOKENS and not old_is_off:
            return {}
        token = server.word(reply)
        self._context.mask(token)
        return {"X-aliyun-ecs-metadata-token": token}


class CredentialsUri(Source):
    """A server of one's own that hands out keys."""

    def __init__(self, uri: str, *, place: str, context: Context) -> None:
        self.name = place
        self._uri = uri
        self._context = context

    def given(self) -> bool:
        return bool(self._uri)

    def validate(self) -> None:
        _credentials.check_given({"its address": self._uri}, source=self.name)
        _key_server.check_server(self._uri, source=self.name)

    def credentials(self) -> Credentials:
        server = _key_server.KeyServer(self.name, context=self._context, timeout=_key_server.SERVER_TIMEOUT)
        return _of_server(server.json(self._uri), source=self.name)

    def memory(self) -> str:
        return _credentials.digest("aliyun", "uri", self._uri)


class External(Source):
    """A program that prints a key."""

    def __init__(self, command: str, *, place: str, context: Context) -> None:
        self.name = f"the command of {place}"
        self._command = command
        self._context = context

    def given(self) -> bool:
        return bool(self._command)

    def validate(self) -> None:
        _credentials.check_given({"process_command": self._command}, source=self.name)
        if self._context.environ.get(NO_EXTERNAL_VARIABLE, "").lower() == "true":
            raise _credentials.refusal(
                f"{self.name} is not run: {NO_EXTERNAL_VARIABLE} is set.",
                code="credentials_unreadable",
                hint="Unset it in the environment of the task, or take a profile of another mode.",
            )

    def credentials(self) -> Credentials:
        printed = _key_server.output_of(self._command, context=self._context, source=self.name)
        if printed.get("mode") not in ("AK", "StsToken"):
            raise _credentials.refusal(
                f"What {self.name} printed is neither of mode AK nor StsToken.",
                code="credentials_malformed",
                hint="It has to print one JSON object with mode, access_key_id and access_key_secret.",
            )
        texts = {name: _profiles.text_of(printed, name) for name in credentials.PROFILE_NAMES}
        for name in credentials.PROFILE_NAMES[1:]:
            self._context.mask(texts[name])
        source = credentials.ProfileValues(texts, place=self.name)
        source.validate()
        return _until(source.credentials(), printed.get("expiration"))

    def memory(self) -> str:
        return _credentials.digest("aliyun", "external", self._command)


def _of_sts(answer: Fields, *, source: str) -> Credentials:
    inner = answer.object("Credentials")
    if inner is None:
        raise answer.wrong("Credentials", "an object")
    return _until(
        Credentials(
            access_key_id=inner.required_text("AccessKeyId"),
            access_key_secret=inner.required_text("AccessKeySecret"),
            security_token=inner.required_text("SecurityToken"),
            source=source,
        ),
        inner.required_text("Expiration"),
    )


def _of_server(body: t.Mapping[str, t.Any], *, source: str) -> Credentials:
    """What metadata and credential servers answer."""
    if body.get("Code") not in (None, "Success"):
        raise AuthError(
            f"{source[:1].upper()}{source[1:]} has no key to give.", ran=Ran.NO, hint="See that it has a role."
        )
    answer = Fields(body, operation=f"the question for a key ({source})")
    found = Credentials(
        access_key_id=answer.required_text("AccessKeyId"),
        access_key_secret=answer.required_text("AccessKeySecret"),
        security_token=answer.text("SecurityToken"),
        source=source,
    )
    return _until(found, answer.text("Expiration"))


def _until(found: Credentials, ends: t.Any) -> Credentials:
    return Credentials(
        access_key_id=found.access_key_id,
        access_key_secret=found.access_key_secret,
        security_token=found.security_token,
        source=found.source,
        expires_at=_key_server.moment(ends),
    )
