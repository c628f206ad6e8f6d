# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Where the key of Tencent Cloud comes from.

One small class a source, asked in the order of `SOURCES`: the first that has anything decides, and it must then
have a whole set. A token of one source never meets the key of another. Further sources (a profile of tccli, the
role of the instance, an assumed role) are further classes in that tuple.
"""

from __future__ import annotations

import abc
import dataclasses
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import AuthError, Ran

TOKEN_VARIABLES = ("TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN")
"""The vendor's CLI reads the first, its Terraform provider the second."""
REGION_VARIABLE = "TENCENTCLOUD_REGION"


@dataclasses.dataclass(frozen=True)
class Credentials:
    """A whole set from one source. `source` says in words where it is from; nothing else of it is ever shown."""

    secret_id: str = dataclasses.field(repr=False)
    secret_key: str = dataclasses.field(repr=False)
    token: str | None = dataclasses.field(repr=False)
    source: str


class Source(abc.ABC):
    """A place where a key may be found."""

    NAME: t.ClassVar[str]
    """In words, for messages."""

    @abc.abstractmethod
    def given(self) -> bool:
        """Whether anything at all was put into this place. No network."""

    @abc.abstractmethod
    def validate(self) -> None:
        """:raises AuthError: the set is not whole or cannot be right. No network."""

    @abc.abstractmethod
    def credentials(self) -> Credentials:
        """The set, after `validate`. May use the network in other sources."""


class _PlainSource(Source):
    """A source whose three values are at hand; `_FIELDS` are their names in the words of the user."""

    _FIELDS: t.ClassVar[tuple[str, str, str]]

    def __init__(self, *, secret_id: str, secret_key: str, token: str) -> None:
        self._values = (secret_id, secret_key, token)

    def given(self) -> bool:
        return any(self._values)

    def validate(self) -> None:
        secret_id, secret_key, _token = self._values
        missing = [name for name, value in zip(self._FIELDS, (secret_id, secret_key)) if not value]
        if missing:
            raise _refusal(
                f"The key from {self.NAME} is not whole: {' and '.join(missing)} is missing.",
                code="credentials_incomplete",
                hint="Parts of different sources are never combined.",
            )
        for name, value in zip(self._FIELDS, self._values):
            _check_text(value, name=name, source=self.NAME)

    def credentials(self) -> Credentials:
        secret_id, secret_key, token = self._values
        return Credentials(secret_id=secret_id, secret_key=secret_key, token=token or None, source=self.NAME)


class OptionSource(_PlainSource):
    """The options of the module."""

    NAME = "the options secret_id and secret_key"
    _FIELDS = ("secret_id", "secret_key", "token")

    def __init__(self, params: t.Mapping[str, t.Any]) -> None:
        super().__init__(
            secret_id=params.get("secret_id") or "",
            secret_key=params.get("secret_key") or "",
            token=params.get("token") or "",
        )


class EnvironmentSource(_PlainSource):
    """The environment of the task, with the names of the vendor's own tools."""

    NAME = "the environment (TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY)"
    _FIELDS = ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_TOKEN")

    def __init__(self, environ: t.Mapping[str, str]) -> None:
        self._tokens = [environ[name] for name in TOKEN_VARIABLES if environ.get(name)]
        super().__init__(
            secret_id=environ.get("TENCENTCLOUD_SECRET_ID", ""),
            secret_key=environ.get("TENCENTCLOUD_SECRET_KEY", ""),
            token=self._tokens[0] if self._tokens else "",
        )

    def given(self) -> bool:
        # A token alone is left over from something else and says nothing about which key is meant.
        return any(self._values[:2])

    def validate(self) -> None:
        super().validate()
        if len(set(self._tokens)) > 1:
            raise _refusal(
                f"{' and '.join(TOKEN_VARIABLES)} are both set and differ.",
                code="credentials_ambiguous",
                hint="Keep the one that belongs to the key.",
            )


def sources(params: t.Mapping[str, t.Any], context: Context) -> tuple[Source, ...]:
    """All sources in the order in which they are asked."""
    return (OptionSource(params), EnvironmentSource(context.environ))


def resolve(params: t.Mapping[str, t.Any], context: Context) -> Credentials:
    """The key to use, its secrets registered for masking.

    :raises AuthError: no source has one, or the first that has anything has no whole set. Names the source.
    """
    for source in sources(params, context):
        if not source.given():
            continue
        source.validate()
        found = source.credentials()
        for secret in (found.secret_key, found.token):
            if secret:
                context.mask(secret)
        return found
    raise _refusal(
        "No key for Tencent Cloud was given.",
        code="credentials_missing",
        hint="Set the options secret_id and secret_key, or TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY in the "
        "environment of the task.",
    )


def region(params: t.Mapping[str, t.Any], context: Context) -> str | None:
    """The option, else the environment's. Certificates and DNS are account-wide, so that none is needed."""
    return params.get("region") or context.environ.get(REGION_VARIABLE) or None


def _check_text(value: str, *, name: str, source: str) -> None:
    if value != value.strip():
        raise _refusal(
            f"{name} from {source} begins or ends with white space.",
            code="credentials_malformed",
            hint="It was probably read from a file with a line break at its end.",
        )
    if not value.isascii() or not value.isprintable() or " " in value:
        raise _refusal(
            f"{name} from {source} holds characters that no key has.",
            code="credentials_malformed",
        )


def _refusal(message: str, *, code: str, hint: str | None = None) -> AuthError:
    return AuthError(message, code=code, ran=Ran.NO, hint=hint)
