# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The profiles of Tencent Cloud's tools: those of its CLI, and those of its SDKs.

Facts: the CLI's `<profile>.credential` files (members, types), `common/credential.py` of the Python SDK, the Go SDK
and the Terraform provider (names in the environment).
"""

from __future__ import annotations

import os

from ansible_collections.cncloud.certificates.plugins.module_utils import _credentials, _key_server, _profiles
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._profiles import Section, text_of
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent import credentials, roles
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.credentials import Credentials
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.roles import Source, Sts

PROFILE_VARIABLES = ("TCCLI_PROFILE", "TENCENTCLOUD_PROFILE")
FOLDER_VARIABLE = "TENCENTCLOUD_SHARED_CREDENTIALS_DIR"
INI_FILE_VARIABLE = "TENCENTCLOUD_CREDENTIALS_FILE"
SYSTEM_INI = "/etc/tencentcloud/credentials"
DEFAULT = "default"


class Profiles:
    """The profiles below one home folder."""

    def __init__(self, *, sts: Sts, context: Context) -> None:
        self._sts = sts
        self._context = context

    def named(self, profile: str) -> _profiles.ProfileSource[Credentials]:
        """The profile that an option names; "" for none."""
        name = _profiles.check_name(profile) if profile else ""
        return _profiles.ProfileSource(
            f"profile '{name}' in {self._cli_path(name)} or {self._ini_path()}",
            look=lambda: self._look(name) if name else None,
            wanted=bool(name),
        )

    def default(self) -> _profiles.ProfileSource[Credentials]:
        """The profile that the environment names, else the one that is the default of the vendor's tools."""
        given = next((self._context.environ[name] for name in PROFILE_VARIABLES if self._context.environ.get(name)), "")
        if given:
            return self.named(given)
        return _profiles.ProfileSource("default profile", look=lambda: self._look(DEFAULT), wanted=False)

    def _look(self, name: str) -> Source | None:
        return self._in_cli(name) or self._in_ini(name, self._ini_path()) or self._in_ini(name, SYSTEM_INI)

    def _cli_path(self, name: str) -> str:
        folder = _profiles.given_path(self._context, FOLDER_VARIABLE, ".tccli")
        return os.path.join(folder, f"{name}.credential")

    def _ini_path(self) -> str:
        return _profiles.given_path(self._context, INI_FILE_VARIABLE, ".tencentcloud", "credentials")

    def _in_cli(self, name: str) -> Source | None:
        path = self._cli_path(name)
        section = _profiles.read_json(path, what="The profile file")
        if section is None:
            return None
        place = f"profile '{name}' in {path}"
        if text_of(section, "type") == "cvm-role":
            return roles.InstanceRole(wanted=True, context=self._context)
        values = dict(
            zip(credentials.OPTIONS, (text_of(section, member) for member in ("secretId", "secretKey", "token")))
        )
        # What a login has left there ends; the CLI alone can renew it.
        ends = _key_server.moment(section.get("expiresAt"))
        key = credentials.ProfileValues(values, place=place, ends=ends)
        return self._with_role(section, key=key, place=place)

    def _in_ini(self, name: str, path: str) -> Source | None:
        section = (_profiles.read_ini(path, what="The profile file") or {}).get(name)
        if section is None:
            return None
        place = f"profile '{name}' in {path}"
        values = {member: text_of(section, member).strip('"') for member in credentials.OPTIONS}
        # A role_arn stands there too, but nothing of the vendor's reads it.
        return credentials.ProfileValues(values, place=place)

    def _with_role(self, section: Section, *, key: credentials.ProfileValues, place: str) -> Source:
        arn = text_of(section, "role-arn")
        if not arn:
            return key
        role = _credentials.Role.of_texts(
            arn=arn, session_name=text_of(section, "role-session-name"), duration=None, external_id=None
        )
        assumed = roles.AssumedRole(role, base=_credentials.Keys(key, context=self._context), sts=self._sts)
        assumed.name = f"the role of {place}"
        return assumed
