# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Which key of Tencent Cloud is used: all sources, in their order."""

from __future__ import annotations

import typing as t
from urllib.parse import urlsplit

from ansible_collections.cncloud.certificates.plugins.module_utils import _credentials
from ansible_collections.cncloud.certificates.plugins.module_utils._clock import is_loopback
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent import credentials, profile, roles
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.roles import Keys, Source, Sts

ROLE_VARIABLES = (
    # The vendor's Terraform provider.
    (
        "TENCENTCLOUD_ASSUME_ROLE_ARN",
        "TENCENTCLOUD_ASSUME_ROLE_SESSION_NAME",
        "TENCENTCLOUD_ASSUME_ROLE_SESSION_DURATION",
        "TENCENTCLOUD_ASSUME_ROLE_EXTERNAL_ID",
    ),
    # Its CLI.
    ("TENCENTCLOUD_ROLE_ARN", "TENCENTCLOUD_ROLE_SESSION_NAME", "", ""),
)
"""Role, session, duration and external id that go with the key of the environment."""
STS_REGION = "ap-guangzhou"
"""The region that STS is told where none is known: it wants one, and any will do."""


def choose(params: t.Mapping[str, t.Any], *, sts: Sts, context: Context) -> Keys:
    """The key to use, validated without a call.

    :raises AuthError: there is none, there are two, or the one that is meant is not whole. Names the source.
    :raises Invalid: an option cannot be meant.
    """
    profiles = profile.Profiles(sts=sts, context=context)
    of_instance = context.environ.get(roles.INSTANCE_ROLE_VARIABLE, "")
    chosen = _credentials.choose(
        options=(
            credentials.OptionSource(params),
            profiles.named(params.get("profile") or ""),
            roles.InstanceRole(wanted=bool(params.get("instance_role")), context=context, role=of_instance),
        ),
        surroundings=(
            _environment(sts=sts, context=context),
            roles.WebIdentity(sts=sts, context=context),
            profiles.default(),
        ),
        context=context,
        cloud="Tencent Cloud",
        hint="Set the options secret_id and secret_key, or profile, or TENCENTCLOUD_SECRET_ID and"
        " TENCENTCLOUD_SECRET_KEY in the environment of the task.",
    )
    option = params.get("assume_role")
    if not option:
        return chosen
    assumed = roles.AssumedRole(_credentials.Role.of_option(option), base=chosen, sts=sts)
    assumed.validate()
    return _credentials.Keys(assumed, context=context)


def _environment(*, sts: Sts, context: Context) -> Source:
    """The names in the environment, with the role that is named beside them."""
    source = credentials.EnvironmentSource(context.environ)
    names = next((names for names in ROLE_VARIABLES if context.environ.get(names[0])), None)
    if names is None or not source.given():
        return source
    arn, session, duration, external_id = (context.environ.get(name, "") for name in names)
    role = _credentials.Role.of_texts(arn=arn, session_name=session, duration=duration, external_id=external_id)
    assumed = roles.AssumedRole(role, base=_credentials.Keys(source, context=context), sts=sts)
    assumed.name = f"the role in the environment ({names[0]})"
    return assumed


def sts_endpoint(endpoint: str, *, region: str | None) -> str:
    """The base URL of STS: the nearest one of the endpoint's site, or the emulator that the service is on."""
    if is_loopback(endpoint):
        return endpoint
    if (urlsplit(endpoint).hostname or "").endswith(".intl.tencentcloudapi.com"):
        return "https://sts.intl.tencentcloudapi.com"
    if region:
        return f"https://sts.{credentials.check_region(region)}.tencentcloudapi.com"
    return "https://sts.tencentcloudapi.com"
