# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""What a key of Tencent Cloud is, the names it is given under, and which region is meant."""

from __future__ import annotations

import dataclasses
import datetime
import re
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _credentials
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import Invalid
from ansible_collections.cncloud.certificates.plugins.module_utils._locks import key_identity

TOKEN_VARIABLES = ("TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN")
"""The vendor's CLI reads the first, its Terraform provider the second."""
REGION_VARIABLE = "TENCENTCLOUD_REGION"
OPTIONS = ("secret_id", "secret_key", "token")
ENVIRONMENT = ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", TOKEN_VARIABLES[0])

_REGION = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")


@dataclasses.dataclass(frozen=True)
class Credentials(_credentials.Credentials):
    """A whole set from one source. `source` says in words where it is from; nothing else of it is ever shown."""

    secret_id: str = dataclasses.field(repr=False)
    secret_key: str = dataclasses.field(repr=False)
    token: str | None = dataclasses.field(repr=False)
    source: str
    expires_at: datetime.datetime | None = dataclasses.field(default=None, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.secret_key, self.token) if self.token else (self.secret_key,)

    @property
    def ends(self) -> datetime.datetime | None:
        return self.expires_at

    def identity(self, endpoint: str) -> str:
        return key_identity(endpoint=endpoint, key_id=self.secret_id, secret=f"{self.secret_key}\n{self.token}")


class OptionSource(_credentials.OptionSource[Credentials]):
    """The options of the module."""

    def __init__(self, params: t.Mapping[str, t.Any]) -> None:
        super().__init__(params, names=OPTIONS, whole=_whole)

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


class ProfileValues(_credentials.ProfileValues[Credentials]):
    """A key that stands in a profile; `ends` says until when, if the profile does."""

    def __init__(self, values: t.Mapping[str, t.Any], *, place: str, ends: datetime.datetime | None = None) -> None:
        super().__init__(values, names=OPTIONS, whole=_whole, place=place)
        self._ends = ends

    def credentials(self) -> Credentials:
        return dataclasses.replace(super().credentials(), expires_at=self._ends)


def region(params: t.Mapping[str, t.Any], context: Context) -> str | None:
    """The option, else the environment's. Certificates and DNS are account-wide, so that none is needed."""
    return params.get("region") or context.environ.get(REGION_VARIABLE) or None


def check_region(value: str) -> str:
    """:raises Invalid: it cannot be the id of a region, and so no part of a host name."""
    if not _REGION.fullmatch(value):
        raise Invalid("region must be the id of a region, such as ap-guangzhou.")
    return value


def _whole(values: t.Sequence[str], source: str) -> Credentials:
    secret_id, secret_key, token = values
    return Credentials(secret_id=secret_id, secret_key=secret_key, token=token or None, source=source)
