# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""What a key or token of Huawei Cloud is, the names it is given under, and which region and project are meant."""

from __future__ import annotations

import dataclasses
import datetime
import re
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _credentials
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import Invalid
from ansible_collections.cncloud.certificates.plugins.module_utils._locks import key_identity

REGION_VARIABLES = ("HW_REGION_NAME", "OS_REGION_NAME")
IAM_ENDPOINT_VARIABLE = "HUAWEICLOUD_SDK_IAM_ENDPOINT"
STS_ENDPOINT_VARIABLE = "HUAWEICLOUD_SDK_STS_ENDPOINT"
OPTIONS = ("access_key", "secret_key", "security_token", "project_id")
ENVIRONMENT_SETS = (
    # The vendor's SDKs.
    (
        "HUAWEICLOUD_SDK_AK",
        "HUAWEICLOUD_SDK_SK",
        "HUAWEICLOUD_SDK_SECURITY_TOKEN",
        "HUAWEICLOUD_SDK_PROJECT_ID",
    ),
    # The vendor's Terraform provider, with the older names of OpenStack beside it.
    ("HW_ACCESS_KEY", "HW_SECRET_KEY", "HW_SECURITY_TOKEN", "HW_PROJECT_ID", "HW_PROJECT_NAME"),
    ("OS_ACCESS_KEY", "OS_SECRET_KEY", "OS_SECURITY_TOKEN", "OS_PROJECT_ID", "OS_PROJECT_NAME"),
)
"""Key, secret and token, then the id and the name of the project; the SDKs know no name of it."""

_REGION = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")
_PROJECT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclasses.dataclass(frozen=True)
class Credentials(_credentials.Credentials):
    """A whole set from one source. `source` says in words where it is from; nothing else of it is ever shown."""

    access_key: str = dataclasses.field(repr=False)
    secret_key: str = dataclasses.field(repr=False)
    security_token: str | None = dataclasses.field(repr=False)
    source: str
    project_id: str | None = None
    """The project that the source names, if it does."""
    project_name: str | None = None
    """Where it names one by name instead."""
    expires_at: datetime.datetime | None = dataclasses.field(default=None, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.secret_key, self.security_token) if self.security_token else (self.secret_key,)

    @property
    def ends(self) -> datetime.datetime | None:
        return self.expires_at

    def identity(self, endpoint: str) -> str:
        secret = f"{self.secret_key}\n{self.security_token or ''}"
        return key_identity(endpoint=endpoint, key_id=self.access_key, secret=secret)


@dataclasses.dataclass(frozen=True)
class Token(_credentials.Credentials):
    """A token of a user, which stands in for a signature."""

    auth_token: str = dataclasses.field(repr=False)
    source: str
    project_id: str | None = None
    """The project that the token is for, if the source says it."""
    project_name: str | None = None
    expires_at: datetime.datetime | None = dataclasses.field(default=None, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.auth_token,)

    @property
    def ends(self) -> datetime.datetime | None:
        return self.expires_at

    def identity(self, endpoint: str) -> str:
        return key_identity(endpoint=endpoint, key_id="token", secret=self.auth_token)


Key = t.Union[Credentials, Token]


class OptionSource(_credentials.OptionSource[Key]):
    """The options of the module."""

    def __init__(self, params: t.Mapping[str, t.Any]) -> None:
        super().__init__(params, names=OPTIONS, whole=_whole)


class EnvironmentSource(_credentials.EnvironmentSource[Key]):
    """One set of names in the environment of the task."""

    def __init__(self, environ: t.Mapping[str, str], *, names: tuple[str, ...]) -> None:
        super().__init__(environ, names=names, whole=_whole)


class ProfileValues(_credentials.ProfileValues[Key]):
    """A key that stands in a profile; `ends` says until when, if the profile does."""

    def __init__(self, values: t.Mapping[str, t.Any], *, place: str, ends: datetime.datetime | None = None) -> None:
        super().__init__(values, names=OPTIONS, whole=_whole, place=place)
        self._ends = ends

    def credentials(self) -> Key:
        return dataclasses.replace(super().credentials(), expires_at=self._ends)


class TokenSource(_credentials.Source[Key]):
    """A token that was made elsewhere. How long it lasts is not known."""

    def __init__(self, token: str, *, project_id: str, place: str, project_name: str = "") -> None:
        self.name = place
        self._token = token
        self._project_id = project_id
        self._project_name = project_name

    def given(self) -> bool:
        return bool(self._token)

    def validate(self) -> None:
        _credentials.check_text(self._token, name="The token", source=self.name)

    def credentials(self) -> Key:
        return Token(
            auth_token=self._token,
            source=self.name,
            project_id=self._project_id or None,
            project_name=self._project_name or None,
        )

    def memory(self) -> str:
        return _credentials.digest("huawei", "token", self._token)


def region(params: t.Mapping[str, t.Any], context: Context) -> str | None:
    """The option, else the environment's, for example `cn-north-4`. No list of regions: new ones appear often.

    :raises Invalid: it cannot be part of a host name.
    """
    found = params.get("region")
    for name in REGION_VARIABLES:
        found = found or context.environ.get(name)
    if found and not _REGION.fullmatch(found):
        raise Invalid("region must be a region's id such as cn-north-4.")
    return found or None


def project_id(params: t.Mapping[str, t.Any], found: Key) -> str | None:
    """The option, else what the key's own source says; None: ask IAM.

    :raises Invalid: it cannot be part of a path.
    """
    return given_project_id(params.get("project_id") or found.project_id)


def given_project_id(value: str | None) -> str | None:
    """:raises Invalid: it cannot be part of a path."""
    if value and not _PROJECT_ID.fullmatch(value):
        raise Invalid("project_id must be a project's id: letters and digits, usually 32 of them.")
    return value or None


def _whole(values: t.Sequence[str], source: str) -> Key:
    access_key, secret_key, security_token, project, *name = values
    return Credentials(
        access_key=access_key,
        secret_key=secret_key,
        security_token=security_token or None,
        source=source,
        project_id=project or None,
        project_name=(name[0] or None) if name else None,
    )
