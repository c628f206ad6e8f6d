# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""What a key of Alibaba Cloud is, the names it is given under, and which region is meant.

Facts: the names in the environment that the vendor's credentials library reads, its CLI (`config/profile.go`) and its
Terraform provider.
"""

from __future__ import annotations

import dataclasses
import datetime
import re
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _credentials
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import Invalid
from ansible_collections.cncloud.certificates.plugins.module_utils._locks import key_identity

OPTIONS = ("access_key_id", "access_key_secret", "security_token")
NAMES = (
    ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"),
    ("ALIBABACLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_SECRET", "ALIBABACLOUD_SECURITY_TOKEN"),
    ("ALICLOUD_ACCESS_KEY", "ALICLOUD_SECRET_KEY", "ALICLOUD_SECURITY_TOKEN"),
    ("ALICLOUD_ACCESS_KEY_ID", "ALICLOUD_ACCESS_KEY_SECRET", "ALICLOUD_SECURITY_TOKEN"),
)
"""Whole sets of names in the environment, in the order in which they are asked."""
PROFILE_NAMES = ("access_key_id", "access_key_secret", "sts_token")
REGION_VARIABLES = (
    "ALIBABA_CLOUD_REGION_ID",
    "ALIBABA_CLOUD_REGION",
    "ALIBABACLOUD_REGION_ID",
    "ALICLOUD_REGION_ID",
    "ALICLOUD_REGION",
)
TEMPORARY = "STS."
"""What the ids of temporary keys begin with: they are nothing without their token."""

_REGION = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")


@dataclasses.dataclass(frozen=True)
class Credentials(_credentials.Credentials):
    """A whole set from one source. `source` says in words where it is from; nothing else of it is ever shown."""

    access_key_id: str = dataclasses.field(repr=False)
    access_key_secret: str = dataclasses.field(repr=False)
    security_token: str | None = dataclasses.field(repr=False)
    source: str
    expires_at: datetime.datetime | None = dataclasses.field(default=None, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(value for value in (self.access_key_secret, self.security_token) if value)

    @property
    def ends(self) -> datetime.datetime | None:
        return self.expires_at

    def identity(self, endpoint: str) -> str:
        secret = f"{self.access_key_secret}\n{self.security_token}"
        return key_identity(endpoint=endpoint, key_id=self.access_key_id, secret=secret)


class _Plain(_credentials.PlainSource[Credentials]):
    def validate(self) -> None:
        super().validate()
        if self._values[0].startswith(TEMPORARY) and not self._values[2]:
            # The service would answer that it does not know the key, which reads as a wrong one.
            raise _credentials.refusal(
                f"The key from {self.name} is a temporary one, and its security token is missing.",
                code="credentials_incomplete",
                hint="Parts of different sources are never combined.",
            )


class OptionSource(_Plain, _credentials.OptionSource[Credentials]):
    """The options of the module."""

    def __init__(self, params: t.Mapping[str, t.Any]) -> None:
        super().__init__(params, names=OPTIONS, whole=_whole)

    def given(self) -> bool:
        # Even a token alone: whoever writes that option means to write the others.
        return any(self._values)


class EnvironmentSource(_Plain, _credentials.EnvironmentSource[Credentials]):
    """One set of names in the environment of the task."""

    def __init__(self, environ: t.Mapping[str, str], *, names: tuple[str, ...]) -> None:
        super().__init__(environ, names=names, whole=_whole)


class ProfileValues(_Plain, _credentials.ProfileValues[Credentials]):
    """A key that stands in a profile, or that a program printed."""

    def __init__(self, section: t.Mapping[str, t.Any], *, place: str, names: tuple[str, ...] = PROFILE_NAMES) -> None:
        super().__init__(section, names=names, whole=_whole, place=place)


def region(params: t.Mapping[str, t.Any], context: Context) -> str | None:
    """The option, else the environment's.

    :raises Invalid: it cannot be the id of a region; it becomes a part of host names.
    """
    given = [params.get("region"), *(context.environ.get(name) for name in REGION_VARIABLES)]
    value: str | None = next((value for value in given if value), None)
    return None if value is None else check_region(value)


def check_region(value: str, *, name: str = "region") -> str:
    """:raises Invalid: it cannot be the id of a region."""
    if not _REGION.fullmatch(value):
        raise Invalid(f"{name} must be the id of a region, such as cn-hangzhou.")
    return value


def _whole(values: t.Sequence[str], source: str) -> Credentials:
    key_id, secret, token = values
    return Credentials(access_key_id=key_id, access_key_secret=secret, security_token=token or None, source=source)
