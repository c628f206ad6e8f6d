# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Temporary keys and tokens of Huawei Cloud: of a password, an agency, a pod, an instance.

Facts: https://support.huaweicloud.com/intl/en-us/api-iam/iam_30_0001.html (token),
https://support.huaweicloud.com/intl/en-us/api-iam/iam_04_0101.html (temporary key of an agency),
https://support.huaweicloud.com/api-iam5/AssumeAgency.html (STS) and `core/auth/internal.py` of the official Python SDK
(OIDC, pods, metadata).
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _credentials, _key_server, _profiles
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import AuthError, ProtocolFailure, Ran
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.answer import Fields
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.credentials import (
    Credentials,
    Key,
    Token,
    TokenSource,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._wire import Wire

METADATA = "http://169.254.169.254"
OIDC = "HUAWEICLOUD_OIDC_"
"""What the names in the environment begin with that the vendor's SDKs read for an OIDC identity."""
ID_TOKEN_VARIABLES = ("HUAWEICLOUD_SDK_IDP_ID", "HUAWEICLOUD_SDK_ID_TOKEN_FILE", "HUAWEICLOUD_SDK_PROJECT_ID")
ID_TOKEN_MEMBERS = ("idp_id", "id_token_file", "project_id")
"""What an INI profile calls them."""
FEDERATED_FOR = 21600
"""Seconds that the key of a federated user is asked for, as the vendor's SDKs do: a token says nothing of it."""
POD_VARIABLES = ("HC_CONTAINER_CREDENTIALS_FULL_URI", "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE")
PASSWORD_SETS = (
    ("HW_USER_NAME", "HW_DOMAIN_NAME", "HW_USER_PASSWORD", "HW_PROJECT_ID", "HW_PROJECT_NAME"),
    ("OS_USERNAME", "OS_DOMAIN_NAME", "OS_PASSWORD", "OS_PROJECT_ID", "OS_PROJECT_NAME"),
)
PASSWORD_OPTIONS = ("user_name", "user_domain_name", "password", "project_id", "")

_ASSUMED = (
    "credentials.access_key_id",
    "credentials.secret_access_key",
    "credentials.security_token",
    "credentials.expiration",
)
_TEMPORARY = ("credential.access", "credential.secret", "credential.securitytoken", "credential.expires_at")
IAM_WIRE: t.Mapping[str, Wire] = {
    "KeystoneCreateUserTokenByPassword": Wire(
        sends=(
            "nocatalog",
            "auth.identity.methods",
            "auth.identity.password.user.name",
            "auth.identity.password.user.password",
            "auth.identity.password.user.domain.name",
            "auth.scope.project.name",
            "auth.scope.project.id",
        ),
        reads=("token.expires_at", "token.project.id"),
    ),
    "CreateTemporaryAccessKeyByAgency": Wire(
        sends=(
            "auth.identity.methods",
            "auth.identity.assume_role.agency_name",
            "auth.identity.assume_role.domain_name",
            "auth.identity.assume_role.domain_id",
            "auth.identity.assume_role.duration_seconds",
        ),
        reads=_TEMPORARY,
    ),
    "CreateTokenWithIdToken": Wire(sends=("auth.id_token.id",)),
    "CreateTemporaryAccessKeyByToken": Wire(
        sends=("auth.identity.methods", "auth.identity.token.id", "auth.identity.token.duration_seconds"),
        reads=_TEMPORARY,
    ),
}
STS_WIRE: t.Mapping[str, Wire] = {
    "AssumeAgency": Wire(
        sends=("agency_urn", "agency_session_name", "duration_seconds", "external_id"), reads=_ASSUMED
    ),
    "AssumeAgencyWithOIDC": Wire(
        sends=(
            "provider_urn",
            "agency_urn",
            "agency_session_name",
            "id_token",
            "duration_seconds",
            "policy",
            "policy_ids",
        ),
        reads=_ASSUMED,
    ),
}

Keys = _credentials.Keys[Key]
Source = _credentials.Source[Key]


@dataclasses.dataclass(frozen=True)
class Answer:
    """What IAM or STS answers. A token comes in the headers (lower-case names)."""

    body: Fields
    headers: t.Mapping[str, str]


class Identity(t.Protocol):
    """Posts to IAM or STS; without `keys` the call is not signed."""

    def __call__(
        self,
        operation: str,
        service: t.Literal["iam", "sts"],
        path: str,
        body: t.Mapping[str, t.Any],
        *,
        keys: Keys | None,
        source: str,
        headers: t.Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer.

        :raises CertificatesError: as any call.
        """


class AssumedRole(Source):
    """An agency, by its URN, that another key may assume."""

    def __init__(self, role: _credentials.Role, *, base: Keys, identity: Identity) -> None:
        self.name = f"the assumed role (with the key from {base.source})"
        self._role = role
        self._base = base
        self._identity = identity

    def given(self) -> bool:
        return bool(self._role.arn)

    def validate(self) -> None:
        self._base.of.validate()
        self._role.check(source=self.name)
        if isinstance(self._base.of, (TokenSource, Password)):
            raise _credentials.refusal(
                "A role is assumed with an access key, not with a token or a password.",
                code="credentials_unsupported",
                hint="Give access_key and secret_key beside assume_role.",
            )

    def credentials(self) -> Key:
        body: dict[str, t.Any] = {"agency_urn": self._role.arn, "agency_session_name": self._role.session_name}
        if self._role.duration is not None:
            body["duration_seconds"] = self._role.duration
        if self._role.external_id is not None:
            body["external_id"] = self._role.external_id
        answer = self._identity(
            "AssumeAgency", "sts", "v5/agencies/assume", body, keys=self._base, source=self._base.source
        )
        return _of_sts(answer, source=self.name)

    def memory(self) -> str:
        return _credentials.digest("huawei", self._role.memory(), self._base.of.memory())


class Agency(Source):
    """An agency, by its name and account, that another key may assume."""

    def __init__(
        self,
        name: str,
        *,
        domain: t.Mapping[str, str],
        duration: str,
        base: Keys,
        place: str,
        identity: Identity,
        project_id: str = "",
        project_name: str = "",
    ) -> None:
        self.name = place
        self._agency = name
        # What the place says of a project is meant for the account that is worked in.
        self._project_id, self._project_name = project_id or None, project_name or None
        self._domain = {member: value for member, value in domain.items() if value}
        self._role = _credentials.Role.of_texts(arn=name, session_name=None, duration=duration, external_id=None)
        self._base = base
        self._identity = identity

    def given(self) -> bool:
        return bool(self._agency)

    def validate(self) -> None:
        self._base.of.validate()
        parts = {"the agency": self._agency, "the account of the agency": "".join(self._domain.values())}
        _credentials.check_given(parts, source=self.name)
        self._role.check(source=self.name)

    def credentials(self) -> Key:
        assumed: dict[str, t.Any] = {"agency_name": self._agency, **self._domain}
        if self._role.duration is not None:
            assumed["duration_seconds"] = self._role.duration
        answer = self._identity(
            "CreateTemporaryAccessKeyByAgency",
            "iam",
            "v3.0/OS-CREDENTIAL/securitytokens",
            {"auth": {"identity": {"methods": ["assume_role"], "assume_role": assumed}}},
            keys=self._base,
            source=self._base.source,
        )
        found = _of_key(_inner(answer.body, "credential"), source=self.name)
        return dataclasses.replace(found, project_id=self._project_id, project_name=self._project_name)

    def memory(self) -> str:
        place = (sorted(self._domain.items()), self._project_id, self._project_name)
        return _credentials.digest("huawei", "agency", self._role.memory(), place, self._base.of.memory())


class Password(Source):
    """A user's password, which IAM changes for a token of one project: by its id, its name or that of the region."""

    def __init__(
        self,
        values: t.Mapping[str, t.Any],
        *,
        names: tuple[str, str, str, str, str],
        place: str,
        region: str | None,
        identity: Identity,
    ) -> None:
        self.name = place
        self._names = names
        given = [str(values.get(name) or "") for name in names]
        self._user, self._domain, self._password, self._project, project_name = given
        self._project_name = project_name or region
        self._identity = identity

    def given(self) -> bool:
        return bool(self._user or self._password)

    def validate(self) -> None:
        values = (self._user, self._domain, self._password)
        _credentials.check_given(dict(zip(self._names, values)), source=self.name)
        if self._password != self._password.strip("\r\n"):
            raise _credentials.refusal(
                f"{self._names[2]} from {self.name} begins or ends with a line break.",
                code="credentials_malformed",
                hint="It was probably read from a file with a line break at its end.",
            )
        if not self._project and not self._project_name:
            raise _credentials.refusal(
                f"The token for {self.name} is for one project, and neither region nor project_id says which.",
                code="credentials_incomplete",
                hint="Set region or project_id.",
            )

    def credentials(self) -> Key:
        user = {"name": self._user, "password": self._password, "domain": {"name": self._domain}}
        project = {"id": self._project} if self._project else {"name": self._project_name}
        answer = self._identity(
            "KeystoneCreateUserTokenByPassword",
            "iam",
            "v3/auth/tokens?nocatalog=true",
            {
                "auth": {
                    "identity": {"methods": ["password"], "password": {"user": user}},
                    "scope": {"project": project},
                }
            },
            keys=None,
            source=self.name,
        )
        token = _inner(answer.body, "token")
        return Token(
            auth_token=_token_in(answer),
            source=self.name,
            project_id=_inner(token, "project").required_text("id"),
            expires_at=_key_server.moment(token.required_text("expires_at")),
        )

    def memory(self) -> str:
        return _credentials.digest(
            "huawei", "password", self._user, self._domain, self._password, self._project, self._project_name or ""
        )


class WebIdentity(Source):
    """An OIDC identity in the environment, which STS changes for a key."""

    def __init__(self, *, identity: Identity, context: Context) -> None:
        self.name = f"the OIDC identity in the environment ({OIDC}*)"
        self._identity = identity
        self._context = context
        self._provider = self._of("PROVIDER_URN")
        self._role = _credentials.Role.of_texts(
            arn=self._of("AGENCY_URN"),
            session_name=self._of("SESSION_NAME"),
            duration=self._of("DURATION_SECONDS"),
            external_id=None,
        )

    def _of(self, name: str) -> str:
        return self._context.environ.get(f"{OIDC}{name}", "")

    def given(self) -> bool:
        return bool(self._provider or self._of("ID_TOKEN") or self._of("TOKEN_FILE"))

    def validate(self) -> None:
        _credentials.check_given(
            {
                f"{OIDC}PROVIDER_URN": self._provider,
                f"{OIDC}AGENCY_URN": self._role.arn,
                f"{OIDC}TOKEN_FILE": self._of("ID_TOKEN") or self._of("TOKEN_FILE"),
            },
            source=self.name,
        )
        self._role.check(source=self.name)

    def credentials(self) -> Key:
        token = self._of("ID_TOKEN") or _profiles.read_token(self._of("TOKEN_FILE"), source=self.name)
        self._context.mask(token)
        body: dict[str, t.Any] = {
            "provider_urn": self._provider,
            "agency_urn": self._role.arn,
            "agency_session_name": self._role.session_name,
            "id_token": token,
        }
        if self._role.duration is not None:
            body["duration_seconds"] = self._role.duration
        # They narrow what the key may do: to leave them out would widen it.
        if self._of("POLICY"):
            body["policy"] = self._of("POLICY")
        if self._of("POLICY_IDS"):
            body["policy_ids"] = [one.strip() for one in self._of("POLICY_IDS").split(",") if one.strip()]
        answer = self._identity(
            "AssumeAgencyWithOIDC", "sts", "v5/agencies/assume-with-oidc", body, keys=None, source=self.name
        )
        found = _of_sts(answer, source=self.name)
        return dataclasses.replace(found, project_id=self._context.environ.get("HUAWEICLOUD_SDK_PROJECT_ID") or None)

    def memory(self) -> str:
        names = ("ID_TOKEN", "TOKEN_FILE", "POLICY", "POLICY_IDS")
        return _credentials.digest(
            "huawei", "oidc", self._provider, self._role.memory(), *(self._of(name) for name in names)
        )


class FederatedUser(Source):
    """A user of an identity provider: IAM changes the provider's token for one of its own, and that for a key."""

    def __init__(
        self,
        values: t.Mapping[str, t.Any],
        *,
        names: tuple[str, str, str],
        place: str,
        identity: Identity,
        context: Context,
    ) -> None:
        self.name = place
        self._names = names
        self._provider, self._token_file, self._project = (str(values.get(name) or "") for name in names)
        self._identity = identity
        self._context = context

    def given(self) -> bool:
        return bool(self._provider or self._token_file)

    def validate(self) -> None:
        _credentials.check_given(dict(zip(self._names, (self._provider, self._token_file))), source=self.name)
        _credentials.check_text(self._provider, name=self._names[0], source=self.name)

    def credentials(self) -> Key:
        token = _profiles.read_token(self._token_file, source=self.name)
        self._context.mask(token)
        answer = self._identity(
            "CreateTokenWithIdToken",
            "iam",
            "v3.0/OS-AUTH/id-token/tokens",
            {"auth": {"id_token": {"id": token}}},
            keys=None,
            source=self.name,
            headers={"X-Idp-Id": self._provider},
        )
        theirs = _token_in(answer)
        self._context.mask(theirs)
        given = {"id": theirs, "duration_seconds": FEDERATED_FOR}
        answer = self._identity(
            "CreateTemporaryAccessKeyByToken",
            "iam",
            "v3.0/OS-CREDENTIAL/securitytokens",
            {"auth": {"identity": {"methods": ["token"], "token": given}}},
            keys=None,
            source=self.name,
        )
        found = _of_key(_inner(answer.body, "credential"), source=self.name)
        return dataclasses.replace(found, project_id=self._project or None)

    def memory(self) -> str:
        return _credentials.digest("huawei", "federated", self._provider, self._token_file, self._project)


class PodIdentity(Source):
    """The identity of a pod in CCE: an agent of the cluster changes the pod's token for a key."""

    def __init__(self, *, context: Context) -> None:
        self.name = f"the identity of the pod ({POD_VARIABLES[0]})"
        self._uri, self._token_file = (context.environ.get(name, "") for name in POD_VARIABLES)
        self._context = context

    def given(self) -> bool:
        return bool(self._uri or self._token_file)

    def validate(self) -> None:
        _credentials.check_given(dict(zip(POD_VARIABLES, (self._uri, self._token_file))), source=self.name)
        _key_server.check_server(self._uri, source=self.name, link_local=True)

    def credentials(self) -> Key:
        token = _profiles.read_token(self._token_file, source=self.name)
        self._context.mask(token)
        server = _key_server.KeyServer(self.name, context=self._context, timeout=_key_server.SERVER_TIMEOUT)
        headers = {"Authorization": token, "Content-Type": "application/json"}
        return _of_server(server.json(self._uri, method="POST", headers=headers, body=b"{}"), source=self.name)

    def memory(self) -> str:
        return _credentials.digest("huawei", "pod", self._uri, self._token_file)


class InstanceRole(Source):
    """The agency of the instance, from its metadata."""

    def __init__(self, *, wanted: bool, context: Context) -> None:
        self.name = "the agency of this instance"
        self._wanted = wanted
        self._context = context

    def given(self) -> bool:
        return self._wanted

    def validate(self) -> None:
        self._url()

    def credentials(self) -> Key:
        server = _key_server.KeyServer(self.name, context=self._context, timeout=_key_server.METADATA_TIMEOUT)
        url = self._url()
        reply = server.ask(f"{url}/openstack/latest/securitykey", headers=self._token_header(server, url))
        if reply.status in (401, 404):
            raise _credentials.refusal(
                "This instance has no agency.", code="credentials_missing", hint="Attach an agency to it."
            )
        body = reply.json_object()
        if reply.status != 200 or body is None:
            raise server.wrong(reply)
        return _of_server(body, source=self.name)

    def memory(self) -> str:
        return _credentials.digest("huawei", "instance", self._url())

    def _url(self) -> str:
        return _key_server.metadata_url(METADATA, self._context)

    def _token_header(self, server: _key_server.KeyServer, url: str) -> dict[str, str]:
        """The header of the second version of the metadata; none where there is only the first."""
        reply = server.ask(
            f"{url}/meta-data/latest/api/token",
            method="PUT",
            headers={"X-Metadata-Token-Ttl-Seconds": _key_server.TOKEN_LIFETIME},
        )
        if reply.status in _key_server.NO_TOKENS:
            return {}
        token = server.word(reply)
        self._context.mask(token)
        return {"X-Metadata-Token": token}


def _token_in(answer: Answer) -> str:
    value = answer.headers.get("x-subject-token", "")
    if not value:
        raise ProtocolFailure("IAM answered without a token.", ran=Ran.UNKNOWN)
    return value


def _of_sts(answer: Answer, *, source: str) -> Credentials:
    inner = _inner(answer.body, "credentials")
    return Credentials(
        access_key=inner.required_text("access_key_id"),
        secret_key=inner.required_text("secret_access_key"),
        security_token=inner.required_text("security_token"),
        source=source,
        expires_at=_key_server.moment(inner.required_text("expiration")),
    )


def _of_key(inner: Fields, *, source: str) -> Credentials:
    return Credentials(
        access_key=inner.required_text("access"),
        secret_key=inner.required_text("secret"),
        security_token=inner.required_text("securitytoken"),
        source=source,
        expires_at=_key_server.moment(inner.required_text("expires_at")),
    )


def _of_server(body: t.Mapping[str, t.Any], *, source: str) -> Credentials:
    """What metadata and the agent of a pod answer; the agent's spelling differs from one version to another."""
    answer = Fields(body, operation=f"the question for a key ({source})")
    inner = answer.object("credential") or answer.object("credentials")
    if inner is None:
        raise AuthError(
            f"{source[:1].upper()}{source[1:]} has no key to give.", ran=Ran.NO, hint="See that it has an agency."
        )
    if inner.has("access"):
        return _of_key(inner, source=source)
    ends = inner.text("expiration") or inner.text("expires_at")
    return Credentials(
        access_key=inner.text("accessKeyId") or inner.required_text("access_key_id"),
        secret_key=inner.text("secretAccessKey") or inner.required_text("secret_access_key"),
        security_token=inner.text("securityToken") or inner.required_text("security_token"),
        source=source,
        expires_at=_key_server.moment(ends),
    )


def _inner(answer: Fields, name: str) -> Fields:
    inner = answer.object(name)
    if inner is None:
        raise answer.wrong(name, "an object")
    return inner
