# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The service behind `esa_cert_info`: the certificates of one ESA site, and never a key."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _spec
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client import ESA, AliyunClient
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.esa import (
    APPLYING,
    MEANINGS,
    STATUSES,
    TYPES,
    Esa,
    Row,
    Site,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.esa_free_cert import find_site
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.esa_free_cert_options import site_name_from
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.esa_free_cert_result import proofs_of
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import Entry
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import Invalid
from ansible_collections.cncloud.certificates.plugins.module_utils._x509 import to_ascii_domain

ARGUMENT_SPEC: _spec.Spec = {
    **_spec.http_options(),
    **_spec.aliyun_auth(),
    "site": {"type": "str"},
    "site_id": {"type": "str"},
    "domain": {"type": "str"},
    "certificate_id": {"type": "str"},
    "type": {"type": "list", "elements": "str", "choices": list(TYPES)},
    "status": {"type": "list", "elements": "str", "choices": list(STATUSES)},
    "expires_within_days": {"type": "int"},
}


def run(params: t.Mapping[str, t.Any], context: Context) -> dict[str, t.Any]:
    """The certificates that all given filters let through, by domain, end and id."""
    if params["expires_within_days"] is not None and params["expires_within_days"] < 0:
        raise Invalid("expires_within_days must not be negative.")
    name = site_name_from(params)
    domain = None if params["domain"] is None else to_ascii_domain(params["domain"], wildcard=True)
    esa = Esa(AliyunClient(ESA, params=params, context=context, meanings=MEANINGS))
    site = find_site(esa, name=name, site_id=params["site_id"])
    listing = esa.certificates(site.id)
    site = dataclasses.replace(site, name=site.name or listing.site_name)
    now = context.clock.now()
    shown = sorted((row for row in listing.rows if _matches(row, params, domain=domain, now=now)), key=_order)
    return {
        "changed": False,
        "site": site.as_result(),
        "certificates": [_told(row, site, now=now) for row in shown],
        "request_ids": list(context.request_ids),
    }


def _told(row: Row, site: Site, *, now: datetime.datetime) -> dict[str, t.Any]:
    challenge = proofs_of(row, site) if row.status == APPLYING else ()
    return row.certificate(site, challenge=challenge).as_result(now)


def _matches(row: Row, params: t.Mapping[str, t.Any], *, domain: str | None, now: datetime.datetime) -> bool:
    days = params["expires_within_days"]
    return all(
        (
            domain is None or domain in row.names,
            params["certificate_id"] in (None, row.id),
            not params["type"] or row.type in params["type"],
            not params["status"] or row.status in params["status"],
            days is None or (row.ends is not None and row.ends - now <= datetime.timedelta(days=days)),
        )
    )


def _order(row: Row) -> tuple[str, str, str]:
    return row.domain or "", "" if row.ends is None else row.ends.isoformat(), row.id


ENTRY = Entry(
    argument_spec=ARGUMENT_SPEC,
    run=run,
    mutually_exclusive=(("site", "site_id"),),
    required_one_of=(("site", "site_id"),),
)
