# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The options of `tencent_free_cert`, and what of them can be refused without a call."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _spec
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
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.free_cert_plan import Desired
from ansible_collections.cncloud.certificates.plugins.module_utils._x509 import to_ascii_domain

MAX_DOMAIN = 64
"""Characters, says ApplyCertificate (InvalidParameterValue.CertificateDomainMaxLengthInvalid)."""
WAIT_TIMEOUT = 900.0
WAIT_INTERVAL = 15.0

ARGUMENT_SPEC: _spec.Spec = {
    **_spec.http_options(),
    **_spec.tencent_auth(),
    **_spec.state_option(),
    **_spec.wait_options(timeout=WAIT_TIMEOUT, interval=WAIT_INTERVAL),
    **_spec.renewal_options(),
    **_spec.file_options(),
    "domain": {"type": "str"},
    "certificate_id": {"type": "str"},
    "dv_auth_method": {"type": "str", "choices": ["dns_auto", "dns", "file"], "default": "dns_auto"},
    "key_algorithm": {"type": "str", "choices": ["rsa", "ecc"], "no_log": False},
    "alias": {"type": "str"},
    "contact_email": {"type": "str"},
    "contact_phone": {"type": "str"},
    "project_id": {"type": "int"},
    "package_type": {"type": "str"},
    "validity_period": {"type": "int"},
    "delete_dns_auto_record": {"type": "bool"},
    "revoke": {"type": "bool", "default": False},
    "certificate_path": {"type": "path"},
    "chain_path": {"type": "path"},
    "fullchain_path": {"type": "path"},
    "private_key_path": {"type": "path", "no_log": False},
}

FILES: t.Mapping[str, Kind] = {
    "private_key_path": Kind.PRIVATE_KEY,
    "chain_path": Kind.CHAIN,
    "fullchain_path": Kind.LEAF,
    "certificate_path": Kind.LEAF,
}
"""The file options in the order in which the files appear: what holds the leaf alone comes last."""
LEAF_OPTIONS = ("certificate_path", "fullchain_path")


def desired_from(params: t.Mapping[str, t.Any]) -> Desired:
    """:raises Invalid: an option, or two together, that cannot be meant."""
    _check(params)
    domain = params["domain"]
    return Desired(
        state=params["state"],
        domain=None if domain is None else to_ascii_domain(domain, max_length=MAX_DOMAIN),
        certificate_id=params["certificate_id"],
        method=params["dv_auth_method"],
        key_algorithm=params["key_algorithm"],
        alias=params["alias"],
        contact_email=params["contact_email"],
        contact_phone=params["contact_phone"],
        project_id=params["project_id"],
        package_type=params["package_type"],
        validity_period=params["validity_period"],
        delete_dns_auto_record=params["delete_dns_auto_record"],
        renewal=parse_renew_before(params["renew_before"]),
        force=params["force"],
        revoke=params["revoke"],
        wait=params["wait"],
        wait_timeout=params["wait_timeout"],
        wait_interval=params["wait_interval"],
    )


def _check(params: t.Mapping[str, t.Any]) -> None:
    certificate_id = params["certificate_id"]
    if certificate_id is not None and not re.fullmatch("[A-Za-z0-9_-]{1,64}", certificate_id):
        raise Invalid("certificate_id must be an id such as a9TsmZkL: letters and digits alone.")
    for name in ("wait_timeout", "wait_interval"):
        if not 0 < params[name] <= 86400:
            raise Invalid(f"{name} must be more than 0 and at most 86400 seconds.")
    if params["delete_dns_auto_record"] is not None and params["dv_auth_method"] != "dns_auto":
        raise Invalid("delete_dns_auto_record is about the record of dv_auth_method: dns_auto, and needs it.")
    if params["revoke"] and params["state"] != "absent":
        raise Invalid("revoke: true is for state: absent alone.")
    if params["validity_period"] is not None and params["validity_period"] < 1:
        raise Invalid("validity_period must be a number of months of at least 1.")
    if params["project_id"] is not None and params["project_id"] < 0:
        raise Invalid("project_id must not be negative.")


def files_from(params: t.Mapping[str, t.Any], context: Context) -> tuple[FileSpec, ...]:
    """The files that are asked for, without contents; none for `absent`.

    :raises Invalid: a relative path, a mode that is no quoted octal string, or files without the leaf.
    """
    options = FileOptions.from_params(params)
    given = {name: params[name] for name in FILES if params[name]}
    if given and not any(name in given for name in LEAF_OPTIONS):
        raise Invalid(
            f"{' and '.join(given)} needs certificate_path or fullchain_path beside it: "
            "without the certificate nobody can tell whose key or chain it is."
        )
    specs = tuple(
        options.spec(
            path=absolute_path(path, option=name, context=context),
            kind=FILES[name],
            option=name,
            content=Content.LATER,
        )
        for name, path in given.items()
    )
    return specs if params["state"] == "present" else ()
