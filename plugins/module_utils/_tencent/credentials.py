# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Where the key of Tencent Cloud comes from, with its region."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _credentials
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context

TOKEN_VARIABLES = ("TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN")
"""The vendor's CLI reads the first, its Terraform provider the second."""
REGION_VARIABLE = "TENCENTCLOUD_REGION"
OPTIONS = ("secret_id", "secret_key", "token")
ENVIRONMENT = ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", TOKEN_VARIABLES[0])


@dataclasses.dataclass(frozen=True)
class Credentials(_credentials.Credentials):
    """A whole set from one source. `source` says in words where it is from; nothing else of it is ever shown."""

    secret_id: str = dataclasses.field(repr=False)
    secret_key: str = dataclasses.field(repr=False)
    token: str | None = dataclasses.field(repr=False)
    source: str

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.secret_key, self.token) if self.token else (self.secret_key,)


class OptionSource(_credentials.OptionSource[Credentials]):
    """The options of the module."""

    def given(self) -> bool:
        # Even a token alone: whoever writes that option means to write the others.
        return any(self._values)


class EnvironmentSource(_credentials.EnvironmentSource[Credentials]):
    """The environment of the task, with the names of the vendor's own tools, two of them for the token."""

    def __init__(self, environ: t.Mapping[str, str]) -> None:
        self._tokens = [environ[name] for name in TOKEN_VARIABLES if environ.get(name)]
        token = self._tokens[0] if self._tokens else ""
        super().__init__({**environ, TOKEN_VARIABLES[0]: token}, names=ENVIRONMENT, whole=_whole)

    def validate(self) -> None:
        super().validate()
        if len(set(self._tokens)) > 1:
            raise _credentials.refusal(
                f"{' and '.join(TOKEN_VARIABLES)} are both set and differ.",
                code="credentials_ambiguous",
                hint="Keep the one that belongs to the key.",
            )


def sources(params: t.Mapping[str, t.Any], context: Context) -> tuple[_credentials.Source[Credentials], ...]:
    """All sources in the order in which they are asked.

    Further ones (a profile of tccli, the role of the instance) stand here in their turn.
    """
    return (OptionSource(params, names=OPTIONS, whole=_whole), EnvironmentSource(context.environ))


def _whole(values: t.Sequence[str], source: str) -> Credentials:
    secret_id, secret_key, token = values
    return Credentials(secret_id=secret_id, secret_key=secret_key, token=token or None, source=source)


def resolve(params: t.Mapping[str, t.Any], context: Context) -> Credentials:
    """The key to use, its secrets registered for masking.

    :raises AuthError: no source has one, or the first that has anything has no whole set. Names the source.
    """
    return _credentials.resolve(
        sources(params, context),
        context=context,
        cloud="Tencent Cloud",
        hint="Set the options secret_id and secret_key, or TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY in the "
        "environment of the task.",
    )


def region(params: t.Mapping[str, t.Any], context: Context) -> str | None:
    """The option, else the environment's. Certificates and DNS are account-wide, so that none is needed."""
    return params.get("region") or context.environ.get(REGION_VARIABLE) or None
