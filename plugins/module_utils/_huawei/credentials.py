# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Where the key of Huawei Cloud comes from, with its region and project."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _credentials
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import Invalid

REGION_VARIABLES = ("HW_REGION_NAME", "OS_REGION_NAME")
IAM_ENDPOINT_VARIABLE = "HUAWEICLOUD_SDK_IAM_ENDPOINT"
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
    ("HW_ACCESS_KEY", "HW_SECRET_KEY", "HW_SECURITY_TOKEN", "HW_PROJECT_ID"),
    ("OS_ACCESS_KEY", "OS_SECRET_KEY", "OS_SECURITY_TOKEN", "OS_PROJECT_ID"),
)

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

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.secret_key, self.security_token) if self.security_token else (self.secret_key,)


def sources(params: t.Mapping[str, t.Any], context: Context) -> tuple[_credentials.Source[Credentials], ...]:
    """All sources in the order in which they are asked.

    Further ones (a profile of the SDK or of KooCLI, the agency of the instance, a token or a user's password) stand
    here in their turn.
    """
    return (
        _credentials.OptionSource(params, names=OPTIONS, whole=_whole),
        *(_credentials.EnvironmentSource(context.environ, names=names, whole=_whole) for names in ENVIRONMENT_SETS),
    )


def _whole(values: t.Sequence[str], source: str) -> Credentials:
    access_key, secret_key, security_token, project_id = values
    return Credentials(
        access_key=access_key,
        secret_key=secret_key,
        security_token=security_token or None,
        source=source,
        project_id=project_id or None,
    )


def resolve(params: t.Mapping[str, t.Any], context: Context) -> Credentials:
    """The key to use, its secrets registered for masking.

    :raises AuthError: no source has one, or the first that has anything has no whole set. Names the source.
    """
    return _credentials.resolve(
        sources(params, context),
        context=context,
        cloud="Huawei Cloud",
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
