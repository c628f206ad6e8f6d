# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The service behind `tencent_cert_info`: one list call for a thousand certificates, and never a key."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _spec
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import Entry
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import Invalid
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.client import SSL, TencentClient
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.ssl import STATUS_NAMES, Row, SslService
from ansible_collections.cncloud.certificates.plugins.module_utils._x509 import to_ascii_domain

ARGUMENT_SPEC: _spec.Spec = {
    **_spec.http_options(),
    **_spec.tencent_auth(),
    "domain": {"type": "str"},
    "certificate_id": {"type": "str"},
    "alias": {"type": "str"},
    "search": {"type": "str"},
    "status": {"type": "list", "elements": "str", "choices": list(STATUS_NAMES.values())},
    "expires_within_days": {"type": "int"},
}


def run(params: t.Mapping[str, t.Any], context: Context) -> dict[str, t.Any]:
    """The certificates that all given filters let through, by name, end and id."""
    if params["expires_within_days"] is not None and params["expires_within_days"] < 0:
        raise Invalid("expires_within_days must not be negative.")
    domain = None if params["domain"] is None else to_ascii_domain(params["domain"], wildcard=True)
    client = TencentClient(SSL, params=params, context=context)
    rows = SslService(client).certificates(_search_key(params, domain))
    now = context.clock.now()
    shown = sorted((row for row in rows if _matches(row, params, domain=domain, now=now)), key=_order)
    return {
        "changed": False,
        "certificates": [row.certificate().as_result(now) for row in shown],
        "request_ids": list(context.request_ids),
    }


def _search_key(params: t.Mapping[str, t.Any], domain: str | None) -> str | None:
    """The narrowest filter that the service has: it looks for a part of id, alias or domain."""
    if params["search"] or params["certificate_id"]:
        return str(params["search"] or params["certificate_id"])
    if domain is not None:
        # A row may be filed under the twin with or without www., and a wildcard under its own name.
        return domain.removeprefix("*.").removeprefix("www.") if domain.count(".") > 1 else domain
    return params["alias"] or None


def _matches(row: Row, params: t.Mapping[str, t.Any], *, domain: str | None, now: datetime.datetime) -> bool:
    days = params["expires_within_days"]
    return all(
        (
            domain is None or domain in row.names,
            params["certificate_id"] in (None, row.id),
            params["alias"] in (None, row.alias),
            not params["status"] or row.status_name in params["status"],
            days is None or (row.ends is not None and row.ends - now <= datetime.timedelta(days=days)),
        )
    )


def _order(row: Row) -> tuple[str, str, str]:
    return row.domain, "" if row.ends is None else row.ends.isoformat(), row.id


ENTRY = Entry(argument_spec=ARGUMENT_SPEC, run=run)
