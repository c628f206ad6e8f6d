# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Where the key of Alibaba Cloud comes from, and which region is meant.

Facts: the environment names that the vendor's credentials library reads, and its Terraform provider's older ones.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _credentials
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import Invalid

OPTIONS = ("access_key_id", "access_key_secret", "security_token")
NAMES = (
    ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"),
    ("ALICLOUD_ACCESS_KEY", "ALICLOUD_SECRET_KEY", "ALICLOUD_SECURITY_TOKEN"),
)
"""Whole sets of names in the environment, in the order in which they are asked."""
REGION_VARIABLES = ("ALIBABA_CLOUD_REGION_ID", "ALIBABA_CLOUD_REGION", "ALICLOUD_REGION")
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

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(value for value in (self.access_key_secret, self.security_token) if value)


class OptionSource(_credentials.OptionSource[Credentials]):
    """The options of the module."""

    def given(self) -> bool:
        # Even a token alone: whoever writes that option means to write the others.
        return any(self._values)


def sources(params: t.Mapping[str, t.Any], context: Context) -> tuple[_credentials.Source[Credentials], ...]:
    """All sources in the order in which they are asked."""
    return (
        OptionSource(params, names=OPTIONS, whole=_whole),
        *(_credentials.EnvironmentSource(context.environ, names=names, whole=_whole) for names in NAMES),
    )


def resolve(params: t.Mapping[str, t.Any], context: Context) -> Credentials:
    """The key to use, its secrets registered for masking.

    :raises AuthError: no source has one, or the first that has anything has no whole set. Names the source.
    """
    found = _credentials.resolve(
        sources(params, context),
        context=context,
        cloud="Alibaba Cloud",
        hint=f"Set the options access_key_id and access_key_secret, or {NAMES[0][0]} and {NAMES[0][1]} in the"
        " environment of the task.",
    )
    if found.access_key_id.startswith(TEMPORARY) and not found.security_token:
        # The service would answer that it does not know the key, which reads as a wrong one.
        raise _credentials.refusal(
            f"The key from {found.source} is a temporary one, and its security token is missing.",
            code="credentials_incomplete",
            hint="Parts of different sources are never combined.",
        )
    return found


def region(params: t.Mapping[str, t.Any], context: Context) -> str | None:
    """The option, else the environment's.

    :raises Invalid: it cannot be the id of a region; it becomes a part of host names.
    """
    given = [params.get("region"), *(context.environ.get(name) for name in REGION_VARIABLES)]
    value: str | None = next((value for value in given if value), None)
    if value is not None and not _REGION.fullmatch(value):
        raise Invalid("region must be the id of a region, such as cn-hangzhou.")
    return value


def _whole(values: t.Sequence[str], source: str) -> Credentials:
    key_id, secret, token = values
    return Credentials(access_key_id=key_id, access_key_secret=secret, security_token=token or None, source=source)
