# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Which key of Alibaba Cloud is used: all sources, in their order."""

from __future__ import annotations

import typing as t
from urllib.parse import urlsplit

from ansible_collections.cncloud.certificates.plugins.module_utils import _credentials
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import credentials, profile, roles
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.roles import Keys, Source, Sts
from ansible_collections.cncloud.certificates.plugins.module_utils._clock import is_loopback
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context

STS_ENDPOINT_VARIABLE = "ALIBABA_CLOUD_STS_ENDPOINT"
STS_REGION_VARIABLE = "ALIBABA_CLOUD_STS_REGION"
VPC_VARIABLE = "ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED"
URI_VARIABLE = "ALIBABA_CLOUD_CREDENTIALS_URI"
OIDC_VARIABLES = tuple(
    tuple(f"{prefix}_{name}" for name in ("OIDC_PROVIDER_ARN", "OIDC_TOKEN_FILE", "ROLE_ARN", "ROLE_SESSION_NAME"))
    for prefix in ("ALIBABA_CLOUD", "ALIBABACLOUD")
)
"""The vendor's libraries read the first set, its CLI the second too."""
ROLE_VARIABLES = (
    (
        "ALIBABA_CLOUD_ROLE_ARN",
        "ALIBABA_CLOUD_ROLE_SESSION_NAME",
        "ALIBABA_CLOUD_ROLE_SESSION_EXPIRATION",
        "ALIBABA_CLOUD_EXTERNAL_ID",
    ),
    ("", "", "", ""),
    *[
        (
            "ALICLOUD_ASSUME_ROLE_ARN",
            "ALICLOUD_ASSUME_ROLE_SESSION_NAME",
            "ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION",
            "ALICLOUD_ASSUME_ROLE_EXTERNAL_ID",
        )
    ]
    * 2,
)
"""Role, session, duration and external id that go with the key of the same place in `credentials.NAMES`."""


def choose(params: t.Mapping[str, t.Any], *, sts: Sts, context: Context) -> Keys:
    """The key to use, validated without a call.

    :raises AuthError: there is none, there are two, or the one that is meant is not whole. Names the source.
    :raises Invalid: an option cannot be meant.
    """
    profiles = profile.Profiles(sts=sts, context=context)
    of_instance = next((value for value in map(context.environ.get, roles.INSTANCE_ROLE_VARIABLES) if value), "")
    chosen = _credentials.choose(
        options=(
            credentials.OptionSource(params),
            profiles.named(params.get("profile") or ""),
            roles.InstanceRole(wanted=bool(params.get("instance_role")), context=context, role=of_instance),
        ),
        surroundings=(
            *_environment(sts=sts, context=context),
            *_pods(sts=sts, context=context),
            roles.CredentialsUri(
                context.environ.get(URI_VARIABLE, ""), place=f"the environment ({URI_VARIABLE})", context=context
            ),
            profiles.default(),
        ),
        context=context,
        cloud="Alibaba Cloud",
        hint=f"Set the options access_key_id and access_key_secret, or profile, or {credentials.NAMES[0][0]} and"
        f" {credentials.NAMES[0][1]} in the environment of the task.",
    )
    option = params.get("assume_role")
    if not option:
        return chosen
    assumed = roles.AssumedRole(_credentials.Role.of_option(option), base=chosen, sts=sts)
    assumed.validate()
    return _credentials.Keys(assumed, context=context)


def _environment(*, sts: Sts, context: Context) -> t.Iterator[Source]:
    """The sets of names, each with the role that is named beside it."""
    environ = context.environ
    for names, role_names in zip(credentials.NAMES, ROLE_VARIABLES):
        source = credentials.EnvironmentSource(environ, names=names)
        arn, session, duration, external_id = (environ.get(name, "") for name in role_names)
        # A pod has the name of its role in the environment too: that one is for its token.
        if not arn or not source.given() or environ.get(OIDC_VARIABLES[0][1]):
            yield source
            continue
        role = _credentials.Role.of_texts(arn=arn, session_name=session, duration=duration, external_id=external_id)
        assumed = roles.AssumedRole(role, base=_credentials.Keys(source, context=context), sts=sts)
        assumed.name = f"the role in the environment ({role_names[0]})"
        yield assumed


def _pods(*, sts: Sts, context: Context) -> t.Iterator[Source]:
    for names in OIDC_VARIABLES:
        provider, token_file, arn, session = (context.environ.get(name, "") for name in names)
        yield roles.WebIdentity(
            _credentials.Role.of_texts(arn=arn, session_name=session, duration=None, external_id=None),
            provider=provider,
            token_file=token_file,
            place=f"the identity of the pod ({names[1]})",
            sts=sts,
            context=context,
        )


def sts_endpoint(endpoint: str, *, region: str | None, context: Context) -> str:
    """The base URL of STS: the nearest one, or the emulator that the module's own service is on."""
    if is_loopback(endpoint):
        return endpoint
    given = context.environ.get(STS_ENDPOINT_VARIABLE, "")
    if given:
        return given if urlsplit(given).scheme in ("http", "https") else f"https://{given}"
    near = context.environ.get(STS_REGION_VARIABLE) or region
    if not near:
        return "https://sts.aliyuncs.com"
    inside = context.environ.get(VPC_VARIABLE, "").lower() == "true"
    return f"https://{'sts-vpc' if inside else 'sts'}.{credentials.check_region(near)}.aliyuncs.com"
