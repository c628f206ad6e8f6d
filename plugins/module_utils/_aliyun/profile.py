# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The profiles of Alibaba Cloud's tools: those of its CLI, and those of its credentials library.

Facts: `config/profile.go` of the CLI (members and modes), the credentials library (types of the INI file).
"""

from __future__ import annotations

import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _credentials, _profiles
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import credentials, roles
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.credentials import Credentials
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.roles import Keys, Source, Sts
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._profiles import Section, text_of

PROFILE_VARIABLES = ("ALIBABACLOUD_PROFILE", "ALIBABA_CLOUD_PROFILE", "ALICLOUD_PROFILE")
CLI_FILE_VARIABLE = "ALICLOUD_SHARED_CREDENTIALS_FILE"
CLI_OFF_VARIABLE = "ALIBABA_CLOUD_CLI_PROFILE_DISABLED"
INI_FILE_VARIABLE = "ALIBABA_CLOUD_CREDENTIALS_FILE"
MAX_CHAIN = 5
"""Profiles that may lead to each other."""
MODES = ("AK", "StsToken", "RamRoleArn", "ChainableRamRoleArn", "EcsRamRole", "OIDC", "CredentialsURI", "External")
_BY_LOGIN = (
    "It needs a login in a browser, which only the CLI renews. Take a profile with an access key or a role, or one of"
    " mode External whose program prints a key."
)
OTHER_MODES = {
    "CloudSSO": _BY_LOGIN,
    "OAuth": _BY_LOGIN,
    "RsaKeyPair": "Key pairs are of old: make an access key for the user, and a profile of mode AK.",
    "RamRoleArnWithRoleName": "Write it as ChainableRamRoleArn whose source_profile is one of mode EcsRamRole.",
    "BearerToken": "These services take signatures alone: take a profile with an access key or a role.",
    "Anonymous": "These services want a key: take a profile with an access key or a role.",
}
"""Modes of the CLI that mean nothing here, and what to do."""


class Profiles:
    """The profiles below one home folder."""

    def __init__(self, *, sts: Sts, context: Context) -> None:
        self._sts = sts
        self._context = context

    def named(self, profile: str) -> _profiles.ProfileSource[Credentials]:
        """The profile that an option names; "" for none."""
        name = _profiles.check_name(profile) if profile else ""
        return _profiles.ProfileSource(
            f"profile '{name}' in {self._cli_path()} or {self._ini_path()}",
            look=lambda: self._look(name) if name else None,
            wanted=bool(name),
        )

    def default(self) -> _profiles.ProfileSource[Credentials]:
        """The profile that the environment names, else the one that is the default of the vendor's tools."""
        given = next((self._context.environ[name] for name in PROFILE_VARIABLES if self._context.environ.get(name)), "")
        if given:
            return self.named(given)
        return _profiles.ProfileSource("default profile", look=lambda: self._look(""), wanted=False)

    def _look(self, name: str) -> Source | None:
        return self._in_cli(name) or self._in_ini(name)

    def _cli_path(self) -> str:
        return _profiles.given_path(self._context, CLI_FILE_VARIABLE, ".aliyun", "config.json")

    def _ini_path(self) -> str:
        return _profiles.given_path(self._context, INI_FILE_VARIABLE, ".alibabacloud", "credentials.ini")

    def _in_cli(self, name: str) -> Source | None:
        if self._context.environ.get(CLI_OFF_VARIABLE, "").lower() == "true":
            return None
        config = _profiles.read_json(self._cli_path(), what="The profile file")
        if config is None:
            return None
        profiles = _profiles.profiles_of(config)
        wanted = name or text_of(config, "current") or "default"
        section = profiles.get(wanted)
        if section is None or (not name and _is_blank(section)):
            return None
        return self._of_cli(section, profiles=profiles, chain=(wanted,))

    def _of_cli(self, section: Section, *, profiles: t.Mapping[str, Section], chain: tuple[str, ...]) -> Source:
        place = f"profile '{chain[-1]}' in {self._cli_path()}"
        mode = _mode(section)
        key = credentials.ProfileValues(
            {
                "access_key_id": text_of(section, "access_key_id"),
                "access_key_secret": text_of(section, "access_key_secret"),
                "sts_token": "" if mode == "AK" else text_of(section, "sts_token"),
            },
            place=place,
        )
        if mode in ("AK", "StsToken"):
            return key
        if mode == "RamRoleArn":
            return self._assumed(section, base=key, place=place)
        if mode == "ChainableRamRoleArn":
            return self._assumed(section, base=self._linked(section, profiles=profiles, chain=chain), place=place)
        if mode == "EcsRamRole":
            role = text_of(section, "ram_role_name")
            return roles.InstanceRole(wanted=True, context=self._context, role=role)
        if mode == "OIDC":
            return self._web_identity(section, token_file=text_of(section, "oidc_token_file"), place=place)
        if mode == "CredentialsURI":
            uri = text_of(section, "credentials_uri")
            return roles.CredentialsUri(uri, place=f"the credentials URI of {place}", context=self._context)
        if mode == "External":
            return roles.External(text_of(section, "process_command"), place=place, context=self._context)
        raise _credentials.refusal(
            f"The mode {mode} of {place} works with the CLI alone."
            if mode in OTHER_MODES
            else f"The mode of {place} is not one that is known.",
            code="credentials_unsupported",
            hint=OTHER_MODES.get(mode) or f"These are: {', '.join(MODES)}.",
        )

    def _linked(self, section: Section, *, profiles: t.Mapping[str, Section], chain: tuple[str, ...]) -> Source:
        """The profile whose key assumes the role of this one."""
        source = text_of(section, "source_profile")
        if source in chain or len(chain) >= MAX_CHAIN or source not in profiles:
            raise _credentials.refusal(
                f"The source_profile of profile '{chain[-1]}' in {self._cli_path()} is not there, or leads back.",
                code="credentials_incomplete",
                hint="Give the name of a profile of the same file that has a key of its own.",
            )
        return self._of_cli(profiles[source], profiles=profiles, chain=(*chain, source))

    def _assumed(self, section: Section, *, base: Source, place: str) -> roles.AssumedRole:
        role = _credentials.Role.of_texts(
            arn=text_of(section, "ram_role_arn", "role_arn"),
            session_name=text_of(section, "ram_session_name", "role_session_name"),
            duration=text_of(section, "expired_seconds"),
            external_id=text_of(section, "external_id"),
            policy=text_of(section, "policy"),
        )
        keys: Keys = _credentials.Keys(base, context=self._context)
        assumed = roles.AssumedRole(role, base=keys, sts=self._sts, region=self._sts_region(section, place))
        assumed.name = f"the role of {place}"
        return assumed

    def _web_identity(self, section: Section, *, token_file: str, place: str) -> roles.WebIdentity:
        role = _credentials.Role.of_texts(
            arn=text_of(section, "ram_role_arn", "role_arn"),
            session_name=text_of(section, "ram_session_name", "role_session_name"),
            duration=text_of(section, "expired_seconds"),
            external_id=None,
            policy=text_of(section, "policy"),
        )
        return roles.WebIdentity(
            role,
            provider=text_of(section, "oidc_provider_arn"),
            token_file=token_file,
            place=place,
            sts=self._sts,
            context=self._context,
            region=self._sts_region(section, place),
        )

    def _sts_region(self, section: Section, place: str) -> str | None:
        region = text_of(section, "sts_region")
        return credentials.check_region(region, name=f"sts_region of {place}") if region else None

    def _in_ini(self, name: str) -> Source | None:
        sections = _profiles.read_ini(self._ini_path(), what="The profile file", comments=("#",))
        section = (sections or {}).get(name or "default")
        if section is None or text_of(section, "enable").lower() == "false":
            return None
        place = f"profile '{name or 'default'}' in {self._ini_path()}"
        kind = text_of(section, "type") or "access_key"
        values = {part: text_of(section, part) for part in ("access_key_id", "access_key_secret", "security_token")}
        key = credentials.ProfileValues(values, place=place, names=credentials.OPTIONS)
        if kind in ("access_key", "sts"):
            return key
        if kind == "ram_role_arn":
            return self._assumed(section, base=key, place=place)
        if kind == "ecs_ram_role":
            return roles.InstanceRole(wanted=True, context=self._context, role=text_of(section, "role_name"))
        if kind == "oidc_role_arn":
            return self._web_identity(section, token_file=text_of(section, "oidc_token_file_path"), place=place)
        raise _credentials.refusal(
            f"The type of {place} is not supported.",
            code="credentials_unsupported",
            hint="Take a profile of one of these: access_key, sts, ram_role_arn, ecs_ram_role, oidc_role_arn.",
        )


def _mode(section: Section) -> str:
    """As the CLI spells it, which does not mind how it is written."""
    given = text_of(section, "mode") or "AK"
    return next((known for known in (*MODES, *OTHER_MODES) if known.lower() == given.lower()), given)


def _is_blank(section: Section) -> bool:
    """The CLI makes an empty default profile when it is first called."""
    return text_of(section, "mode") in ("", "AK") and not text_of(section, "access_key_id", "access_key_secret")
