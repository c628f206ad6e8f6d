# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Where the key of Huawei Cloud comes from.

One small class a source, asked in the order of `sources`: the first that has a key or half of one decides, and it
must then have a whole set. A security token is valid only with the key that it was issued with, and so is taken
from the same source or not at all. Further sources (a profile of the SDK or of KooCLI, the agency of the
instance, an assumed role, a token or a user's password) are further classes in that tuple.
"""

from __future__ import annotations

import abc
import dataclasses
import re
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import AuthError, Invalid, Ran

REGION_VARIABLES = ("HW_REGION_NAME", "OS_REGION_NAME")
IAM_ENDPOINT_VARIABLE = "HUAWEICLOUD_SDK_IAM_ENDPOINT"

_REGION = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")
_PROJECT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclasses.dataclass(frozen=True)
class Credentials:
    """A whole set from one source. `source` says in words where it is from; nothing else of it is ever shown."""

    access_key: str = dataclasses.field(repr=False)
    secret_key: str = dataclasses.field(repr=False)
    security_token: str | None = dataclasses.field(repr=False)
    source: str
    project_id: str | None = None
    """The project that the source names, if it does."""


class Source(abc.ABC):
    """A place where a key may be found."""

    NAME: str
    """In words, for messages."""

    @abc.abstractmethod
    def given(self) -> bool:
        """Whether a key, or half of one, was put into this place. No network."""

    @abc.abstractmethod
    def validate(self) -> None:
        """:raises AuthError: the set is not whole or cannot be right. No network."""

    @abc.abstractmethod
    def credentials(self) -> Credentials:
        """The set, after `validate`. May use the network in other sources."""


class _PlainSource(Source):
    """A source whose values are at hand under names that the user knows: key, secret, token, project."""

    _NAMES: tuple[str, str, str, str]

    def __init__(self, values: t.Mapping[str, t.Any]) -> None:
        self._values = {name: str(values.get(name) or "") for name in self._NAMES}

    def given(self) -> bool:
        # A token alone is left over from something else and says nothing about which key is meant.
        return any(self._values[name] for name in self._NAMES[:2])

    def validate(self) -> None:
        missing = [name for name in self._NAMES[:2] if not self._values[name]]
        if missing:
            raise _refusal(
                f"The key from {self.NAME} is not whole: {missing[0]} is missing.",
                code="credentials_incomplete",
                hint="Parts of different sources are never combined.",
            )
        for name in self._NAMES[:3]:
            _check_text(self._values[name], name=name, source=self.NAME)

    def credentials(self) -> Credentials:
        access_key, secret_key, security_token, project_id = (self._values[name] for name in self._NAMES)
        return Credentials(
            access_key=access_key,
            secret_key=secret_key,
            security_token=security_token or None,
            source=self.NAME,
            project_id=project_id or None,
        )


class OptionSource(_PlainSource):
    """The options of the module."""

    NAME = "the options access_key and secret_key"
    _NAMES = ("access_key", "secret_key", "security_token", "project_id")


class EnvironmentSource(_PlainSource):
    """One set of names in the environment of the task."""

    def __init__(self, names: tuple[str, str, str, str], environ: t.Mapping[str, str]) -> None:
        self._NAMES = names
        self.NAME = f"the environment ({names[0]} and {names[1]})"
        super().__init__(environ)


ENVIRONMENT_SETS = (
    # The vendor's SDKs.
    (
        "HUAWEICLOUD_SDK_AK",
        "HUAWEICLOUD_SDK_SK",
        "HUAWEICLOUD_SDK_SECURITY_TOKEN",
        "HUAWEICLOUD_SDK_PROJECT_ID",
    ),
    # The vendor's Terraform provider, with the older names of OpenStack beside it.
    ("HW_ACCESS_KEY", "HW_SECRET_KEY", "HW_SECURITY_TOKEN", "HW_PROJECT_ID"),
    ("OS_ACCESS_KEY", "OS_SECRET_KEY", "OS_SECURITY_TOKEN", "OS_PROJECT_ID"),
)


def sources(params: t.Mapping[str, t.Any], context: Context) -> tuple[Source, ...]:
    """All sources in the order in which they are asked."""
    return (OptionSource(params), *(EnvironmentSource(names, context.environ) for names in ENVIRONMENT_SETS))


def resolve(params: t.Mapping[str, t.Any], context: Context) -> Credentials:
    """The key to use, its secrets registered for masking.

    :raises AuthError: no source has one, or the first that has anything has no whole set. Names the source.
    """
    for source in sources(params, context):
        if not source.given():
            continue
        source.validate()
        found = source.credentials()
        for secret in (found.secret_key, found.security_token):
            if secret:
                context.mask(secret)
        return found
    raise _refusal(
        "No key for Huawei Cloud was given.",
        code="credentials_missing",
        hint="Set the options access_key and secret_key, or HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK in the"
        " environment of the task.",
    )


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


def project_id(params: t.Mapping[str, t.Any], found: Credentials) -> str | None:
    """The option, else what the key's own source says; None: ask IAM.

    :raises Invalid: it cannot be part of a path.
    """
    given = params.get("project_id") or found.project_id
    if given and not _PROJECT_ID.fullmatch(given):
        raise Invalid("project_id must be a project's id: letters and digits, usually 32 of them.")
    return given or None


def _check_text(value: str, *, name: str, source: str) -> None:
    if value != value.strip():
        raise _refusal(
            f"{name} from {source} begins or ends with white space.",
            code="credentials_malformed",
            hint="It was probably read from a file with a line break at its end.",
        )
    if not value.isascii() or not value.isprintable() or " " in value:
        raise _refusal(f"{name} from {source} holds characters that no key has.", code="credentials_malformed")


def _refusal(message: str, *, code: str, hint: str | None = None) -> AuthError:
    return AuthError(message, code=code, ran=Ran.NO, hint=hint)
