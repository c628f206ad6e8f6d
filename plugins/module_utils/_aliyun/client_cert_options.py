# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The options of `aliyun_sslvpn_client_cert`, and what of them can be refused without a call."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _spec
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import credentials
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client import AliyunClient
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client_cert_files import LEAF_OPTIONS
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client_cert_plan import CONFIG, Desired
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import Invalid
from ansible_collections.cncloud.certificates.plugins.module_utils._files import (
    Content,
    FileOptions,
    FileSpec,
    Kind,
    absolute_path,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._renewal import parse_renew_before

MAX_NAME = 128
"""Characters. The service's pages name 100 and 128; the service itself has the last word (InvalidName)."""
WAIT_TIMEOUT = 600.0
WAIT_INTERVAL = 5.0
_ID = re.compile("[A-Za-z0-9-]{1,64}")

ARGUMENT_SPEC: _spec.Spec = {
    **_spec.http_options(),
    **_spec.aliyun_auth(),
    **_spec.state_option(),
    **_spec.wait_options(timeout=WAIT_TIMEOUT, interval=WAIT_INTERVAL),
    **_spec.renewal_options(),
    **_spec.file_options(),
    "ssl_vpn_server_id": {"type": "str"},
    "name": {"type": "str"},
    "ssl_vpn_client_cert_id": {"type": "str"},
    "delete_superseded": {"type": "bool", "default": False},
    CONFIG: {"type": "path"},
    "certificate_path": {"type": "path"},
    "private_key_path": {"type": "path", "no_log": False},
    "ca_path": {"type": "path"},
}

FILES: t.Mapping[str, Kind] = {
    "private_key_path": Kind.PRIVATE_KEY,
    "ca_path": Kind.CHAIN,
    CONFIG: Kind.TEXT,
    "certificate_path": Kind.LEAF,
}


def check(params: t.Mapping[str, t.Any]) -> None:
    """:raises Invalid: an option, or two together, that cannot be meant."""
    for option in ("ssl_vpn_server_id", "ssl_vpn_client_cert_id"):
        if params[option] is not None and not _ID.fullmatch(params[option]):
            raise Invalid(f"{option} must be an id: letters, digits and hyphens alone.")
    if params["ssl_vpn_client_cert_id"] is None and params["ssl_vpn_server_id"] is None:
        raise Invalid("name needs ssl_vpn_server_id beside it: names belong to a server.")
    _check_name(params["name"])
    for name in ("wait_timeout", "wait_interval"):
        if not 0 < params[name] <= 86400:
            raise Invalid(f"{name} must be more than 0 and at most 86400 seconds.")
    if params["delete_superseded"] and params["state"] == "absent":
        raise Invalid("delete_superseded is for state: present. For absent give ssl_vpn_client_cert_id.")
    if params["delete_superseded"] and params["ssl_vpn_client_cert_id"] is not None:
        # It would end the certificate that the task names, and the next run would not find it.
        raise Invalid("delete_superseded goes by name; leave ssl_vpn_client_cert_id out.")


def _check_name(name: str | None) -> None:
    """Leniently: the vendor's pages differ on the first character and on the length."""
    if name is None:
        return
    if not name.strip() or name != name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise Invalid(f"name must be 1 to {MAX_NAME} printable characters, without blanks around it.")
    if name.startswith(("http://", "https://")):
        raise Invalid("name must not begin with http:// or https://.")


def required_region(client: AliyunClient) -> str:
    """:raises Invalid: no region is known. The service wants it beside its regional address, too."""
    if client.region is None:
        raise Invalid(
            "region is needed.", hint=f"Set it, or {credentials.REGION_VARIABLES[0]} in the environment of the task."
        )
    return client.region


def desired_from(params: t.Mapping[str, t.Any], *, region: str) -> Desired:
    """:raises Invalid: a renew_before that cannot be meant."""
    return Desired(
        state=params["state"],
        region=region,
        server_id=params["ssl_vpn_server_id"],
        name=params["name"],
        certificate_id=params["ssl_vpn_client_cert_id"],
        renewal=parse_renew_before(params["renew_before"]),
        force=params["force"],
        delete_superseded=params["delete_superseded"],
        wait=params["wait"],
        wait_timeout=params["wait_timeout"],
        wait_interval=params["wait_interval"],
    )


def files_from(params: t.Mapping[str, t.Any], context: Context) -> tuple[FileSpec, ...]:
    """The files that are asked for, without contents; none for `absent`. A configuration has the mode of keys.

    :raises Invalid: a relative path, a mode that is no quoted octal string, or files without the leaf.
    """
    options = FileOptions.from_params(params)
    given = {name: params[name] for name in FILES if params[name]}
    if given and not any(name in given for name in LEAF_OPTIONS):
        raise Invalid(
            f"{' and '.join(given)} needs config_path or certificate_path beside it: "
            "without the certificate nobody can tell whose key or authority it is."
        )
    specs = []
    for name, path in given.items():
        where = absolute_path(path, option=name, context=context)
        spec = options.spec(path=where, kind=FILES[name], option=name, content=Content.LATER)
        specs.append(dataclasses.replace(spec, mode=options.private_key_mode) if name == CONFIG else spec)
    return tuple(specs) if params["state"] == "present" else ()
