# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The certificates of an API gateway as facts: one list call, more only for what a list does not tell."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _x509
from ansible_collections.cncloud.certificates.plugins.module_utils._certificate import Certificate
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import Entry
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import Conflict, Invalid, NotFound
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.apig import Apig
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.client import HuaweiClient, check_id
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.domain_cert_plan import serial_hex
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.objects import ApiGroup, CertificateObject
from ansible_collections.cncloud.certificates.plugins.module_utils._spec import http_options, huawei_auth

Binding = dict[str, str]
Bindings = dict[str, list[Binding]]
"""Certificate id to the domains of this gateway that hold it."""


def bindings_of(instance_id: str, groups: t.Iterable[ApiGroup]) -> Bindings:
    """What the groups' own listing says: cheaper than asking for the domains of each certificate."""
    found: Bindings = {}
    for group in groups:
        for domain in group.domains or ():
            row = {
                "instance_id": instance_id,
                "group_id": group.id,
                "group": group.name,
                "domain_id": domain.id,
                "domain": domain.name,
            }
            for bound in domain.certificates:
                found.setdefault(bound.id, []).append(row)
    for rows in found.values():
        rows.sort(key=lambda row: (row["domain"], row["domain_id"]))
    return found


def selected(
    rows: t.Iterable[CertificateObject], *, params: t.Mapping[str, t.Any], now: datetime.datetime
) -> list[CertificateObject]:
    """The rows that pass the filters of `params`, sorted by name and id. The service's own filters are fuzzy."""
    name, common_name, days = params["name"], params["common_name"], params["expires_within_days"]
    domain = params["domain"]
    if domain is not None:
        domain = _x509.to_ascii_domain(domain, wildcard=True)
    kept = list(rows)
    if name is not None:
        kept = [one for one in kept if one.name == name]
    if common_name is not None:
        kept = [one for one in kept if (one.common_name or "").lower() == common_name.lower()]
    if domain is not None:
        kept = [one for one in kept if _x509.covers(one.domains, domain)]
    if days is not None:
        last = now + datetime.timedelta(days=days)
        kept = [one for one in kept if one.not_after is not None and one.not_after <= last]
    return sorted(kept, key=lambda one: (one.name, one.id))


def described(one: CertificateObject, *, bound_to: list[Binding] | None) -> Certificate:
    """The fixed shape. `bound_to` None: not read."""
    status = None
    if bound_to is not None:
        status = "bound" if bound_to else "unbound"
    return Certificate(
        cloud="huawei",
        id=one.id,
        name=one.name,
        status=status,
        domains=one.domains,
        issuer=one.issuer,
        serial_number=serial_hex(one.serial),
        not_before=one.not_before,
        not_after=one.not_after,
        extra={
            "algorithm": one.algorithm,
            "scope": one.scope,
            "common_name": one.common_name,
            "has_trusted_root_ca": one.has_trusted_root_ca,
            "bound_to": bound_to,
        },
    )


def _groups(apig: Apig, params: t.Mapping[str, t.Any]) -> list[ApiGroup]:
    """The groups to look into, each with its domains."""
    instance_id = params["instance_id"]
    if params["group_id"] is not None:
        return [apig.group(instance_id, params["group_id"])]
    if params["group"] is None:
        found = apig.groups(instance_id)
    else:
        found = apig.groups_named(instance_id, params["group"])
        if not found:
            raise NotFound(
                f"The gateway {instance_id} has no API group named '{params['group']}'.",
                hint="Check group (its case counts), instance_id, region and project_id.",
            )
        if len(found) > 1:
            ids = ", ".join(sorted(group.id for group in found))
            raise Conflict(
                f"The gateway has {len(found)} API groups named '{params['group']}': {ids}.",
                hint="Give group_id instead of group.",
            )
    return [group if group.domains is not None else apig.group(instance_id, group.id) for group in found]


def run(params: t.Mapping[str, t.Any], context: Context) -> dict[str, t.Any]:
    """List certificates; never changes anything."""
    for option in ("instance_id", "group_id"):
        if params[option] is not None:
            check_id(params[option], option=option)
    days = params["expires_within_days"]
    if days is not None and not 0 <= days <= 36500:
        raise Invalid("expires_within_days must be between 0 and 36500.")
    apig = Apig(HuaweiClient(params=params, context=context))
    now = context.clock.now()
    by_group = params["group"] is not None or params["group_id"] is not None
    bindings: Bindings | None = None
    if by_group or params["with_bindings"]:
        bindings = bindings_of(params["instance_id"], _groups(apig, params))
    rows = apig.certificates(params["instance_id"], name=params["name"], common_name=params["common_name"])
    kept = selected(rows, params=params, now=now)
    if by_group and bindings is not None:
        kept = [one for one in kept if one.id in bindings]
    if params["with_details"]:
        kept = [apig.certificate(one.id) for one in kept]
    shown = [described(one, bound_to=None if bindings is None else bindings.get(one.id, [])) for one in kept]
    return {
        "changed": False,
        "certificates": [one.as_result(now) for one in shown],
        "request_ids": list(context.request_ids),
    }


ENTRY = Entry(
    argument_spec={
        **http_options(),
        **huawei_auth(),
        "instance_id": {"type": "str", "required": True},
        "group": {"type": "str"},
        "group_id": {"type": "str"},
        "name": {"type": "str"},
        "common_name": {"type": "str"},
        "domain": {"type": "str"},
        "expires_within_days": {"type": "int"},
        "with_bindings": {"type": "bool", "default": False},
        "with_details": {"type": "bool", "default": False},
    },
    run=run,
    mutually_exclusive=(("group", "group_id"),),
)
