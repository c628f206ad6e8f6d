# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Which key or token of Huawei Cloud is used: all sources, in their order."""

from __future__ import annotations

import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _credentials
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei import credentials, profile, roles
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.roles import Identity, Keys, Source

AGENCY_VARIABLES = (
    "HW_ASSUME_ROLE_AGENCY_NAME",
    "HW_ASSUME_ROLE_DOMAIN_ID",
    "HW_ASSUME_ROLE_DOMAIN_NAME",
    "HW_ASSUME_ROLE_DURATION",
)
"""The agency that goes with the key under the names of the vendor's Terraform provider."""
TOKEN_VARIABLES = (
    ("HW_AUTH_TOKEN", "HW_PROJECT_ID", "HW_PROJECT_NAME"),
    ("OS_AUTH_TOKEN", "OS_PROJECT_ID", "OS_PROJECT_NAME"),
)


def choose(params: t.Mapping[str, t.Any], *, region: str | None, identity: Identity, context: Context) -> Keys:
    """The key or token to use, validated without a call.

    :raises AuthError: there is none, there are two, or the one that is meant is not whole. Names the source.
    :raises Invalid: an option cannot be meant.
    """
    profiles = profile.Profiles(identity=identity, context=context)
    chosen = _credentials.choose(
        options=(
            credentials.OptionSource(params),
            credentials.TokenSource(
                str(params.get("auth_token") or ""),
                project_id=str(params.get("project_id") or ""),
                place="the option auth_token",
            ),
            roles.Password(
                params,
                names=roles.PASSWORD_OPTIONS,
                place="the options user_name and password",
                region=region,
                identity=identity,
            ),
            profiles.named(params.get("profile") or ""),
            roles.InstanceRole(wanted=bool(params.get("instance_role")), context=context),
        ),
        surroundings=(
            *_environment(params, region=region, identity=identity, context=context),
            roles.WebIdentity(identity=identity, context=context),
            roles.PodIdentity(context=context),
            profiles.default(),
        ),
        context=context,
        cloud="Huawei Cloud",
        hint="Set the options access_key and secret_key, or auth_token, user_name or profile, or HUAWEICLOUD_SDK_AK and"
        " HUAWEICLOUD_SDK_SK in the environment of the task.",
    )
    option = params.get("assume_role")
    if not option:
        return chosen
    assumed = roles.AssumedRole(_credentials.Role.of_option(option), base=chosen, identity=identity)
    assumed.validate()
    return _credentials.Keys(assumed, context=context)


def _environment(
    params: t.Mapping[str, t.Any], *, region: str | None, identity: Identity, context: Context
) -> t.Iterator[Source]:
    """The sets of names; in each a token comes before a key, and a key before a password, as Terraform has it."""
    environ = context.environ
    sdk, *others = credentials.ENVIRONMENT_SETS
    # Where both stand there, the vendor's SDKs take the provider.
    yield roles.FederatedUser(
        environ,
        names=roles.ID_TOKEN_VARIABLES,
        place=f"the environment ({' and '.join(roles.ID_TOKEN_VARIABLES[:2])})",
        identity=identity,
        context=context,
    )
    yield credentials.EnvironmentSource(environ, names=sdk)
    for names, token_names, password_names in zip(others, TOKEN_VARIABLES, roles.PASSWORD_SETS):
        token, project, project_name = (environ.get(name, "") for name in token_names)
        yield credentials.TokenSource(
            token, project_id=project, project_name=project_name, place=f"the environment ({token_names[0]})"
        )
        key = credentials.EnvironmentSource(environ, names=names)
        if names == others[0] and key.given() and environ.get(AGENCY_VARIABLES[0]):
            yield _agency(key, identity=identity, context=context)
        yield key
        project_id = params.get("project_id") or environ.get(password_names[3], "")
        yield roles.Password(
            {**environ, password_names[3]: project_id},
            names=password_names,
            place=f"the environment ({password_names[0]} and {password_names[2]})",
            region=region,
            identity=identity,
        )


def _agency(key: Source, *, identity: Identity, context: Context) -> roles.Agency:
    name, domain_id, domain_name, duration = (context.environ.get(one, "") for one in AGENCY_VARIABLES)
    return roles.Agency(
        name,
        domain={"domain_id": domain_id, "domain_name": domain_name},
        duration=duration,
        base=_credentials.Keys(key, context=context),
        project_id=context.environ.get(credentials.ENVIRONMENT_SETS[1][3], ""),
        project_name=context.environ.get(credentials.ENVIRONMENT_SETS[1][4], ""),
        place=f"the agency in the environment ({AGENCY_VARIABLES[0]})",
        identity=identity,
    )
