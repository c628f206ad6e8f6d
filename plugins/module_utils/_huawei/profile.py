# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The profiles of Huawei Cloud's tools: those of KooCLI (hcloud), and those of its SDKs.

Facts: the Terraform provider, which reads KooCLI's file too (members, modes, `HW_PROFILE`), and
`core/auth/provider.py` of the official Python SDK.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _credentials, _key_server, _profiles
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei import credentials, roles
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.credentials import Key
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.roles import Identity, Source
from ansible_collections.cncloud.certificates.plugins.module_utils._profiles import Section, text_of

PROFILE_VARIABLE = "HW_PROFILE"
CLI_FILE_VARIABLE = "HW_SHARED_CONFIG_FILE"
INI_FILE_VARIABLE = "HUAWEICLOUD_SDK_CREDENTIALS_FILE"
INI_DEFAULT = "basic"

_ACCESS_KEY = re.compile("[A-Za-z0-9_-]{1,64}")


class Profiles:
    """The profiles below one home folder."""

    def __init__(self, *, identity: Identity, context: Context) -> None:
        self._identity = identity
        self._context = context

    def named(self, profile: str) -> _profiles.ProfileSource[Key]:
        """The profile that an option names; "" for none."""
        name = _profiles.check_name(profile) if profile else ""
        return _profiles.ProfileSource(
            f"profile '{name}' in {self._cli_path()} or {self._ini_path()}",
            look=lambda: self._look(name) if name else None,
            wanted=bool(name),
        )

    def default(self) -> _profiles.ProfileSource[Key]:
        """The profile that the environment names, else the one that is the default of the vendor's tools."""
        given = self._context.environ.get(PROFILE_VARIABLE, "")
        if given:
            return self.named(given)
        return _profiles.ProfileSource("default profile", look=lambda: self._look(""), wanted=False)

    def _look(self, name: str) -> Source | None:
        return self._in_cli(name) or self._in_ini(name)

    def _cli_path(self) -> str:
        return _profiles.given_path(self._context, CLI_FILE_VARIABLE, ".hcloud", "config.json")

    def _ini_path(self) -> str:
        return _profiles.given_path(self._context, INI_FILE_VARIABLE, ".huaweicloud", "credentials")

    def _in_cli(self, name: str) -> Source | None:
        config = _profiles.read_json(self._cli_path(), what="The profile file")
        if config is None:
            return None
        wanted = name or text_of(config, "current") or "default"
        section = _profiles.profiles_of(config).get(wanted)
        if section is None:
            return None
        return self._of_cli(section, place=f"profile '{wanted}' in {self._cli_path()}")

    def _of_cli(self, section: Section, *, place: str) -> Source:
        mode = (text_of(section, "mode") or "AKSK").lower()
        if mode == "ecsagency":
            return roles.InstanceRole(wanted=True, context=self._context)
        if mode == "sso":
            login = section.get("ssoAuth")
            token = login.get("stsToken") if isinstance(login, dict) else None
            return self._key(token if isinstance(token, dict) else {}, section=section, place=place)
        key = self._key(section, section=section, place=place)
        if mode == "aksk":
            return key
        if mode == "agency":
            return roles.Agency(
                text_of(section, "agencyName"),
                domain={
                    "domain_id": text_of(section, "agencyDomainId"),
                    "domain_name": text_of(section, "agencyDomainName"),
                },
                duration="",
                base=_credentials.Keys(key, context=self._context),
                project_id=text_of(section, "projectId"),
                place=f"the agency of {place}",
                identity=self._identity,
            )
        raise _credentials.refusal(
            f"The mode of {place} is not one that works without KooCLI.",
            code="credentials_unsupported",
            hint="These do: AKSK, ecsAgency, agency, SSO.",
        )

    def _key(self, values: Section, *, section: Section, place: str) -> Source:
        access_key = text_of(values, "accessKeyId")
        if access_key and not _ACCESS_KEY.fullmatch(access_key):
            raise _credentials.refusal(
                f"The key in {place} is not in clear.",
                code="credentials_unreadable",
                hint="KooCLI can encrypt what it keeps, and then nobody else can read it. Use another source.",
            )
        return credentials.ProfileValues(
            {
                "access_key": access_key,
                "secret_key": text_of(values, "secretAccessKey"),
                "security_token": text_of(values, "securityToken"),
                "project_id": text_of(section, "projectId"),
            },
            place=place,
            ends=_key_server.moment(values.get("expiration") or values.get("expiresAt")),
        )

    def _in_ini(self, name: str) -> Source | None:
        sections: t.Mapping[str, Section] = _profiles.read_ini(self._ini_path(), what="The profile file") or {}
        section = sections.get(name or INI_DEFAULT)
        if section is None:
            return None
        place = f"profile '{name or INI_DEFAULT}' in {self._ini_path()}"
        user = roles.FederatedUser(
            {member: text_of(section, member) for member in roles.ID_TOKEN_MEMBERS},
            names=roles.ID_TOKEN_MEMBERS,
            place=place,
            identity=self._identity,
            context=self._context,
        )
        if user.given():
            return user
        return credentials.ProfileValues(
            {
                "access_key": text_of(section, "ak"),
                "secret_key": text_of(section, "sk"),
                "security_token": text_of(section, "security_token"),
                "project_id": text_of(section, "project_id"),
            },
            place=place,
        )
