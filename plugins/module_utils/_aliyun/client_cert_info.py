# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The service behind `aliyun_sslvpn_client_cert_info`: one list call for fifty certificates, and never a key."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _spec
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client import VPC, AliyunClient
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client_cert_options import required_region
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.sslvpn import (
    MEANINGS,
    STATUSES,
    Row,
    SslVpn,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import Entry
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import Invalid

ARGUMENT_SPEC: _spec.Spec = {
    **_spec.http_options(),
    **_spec.aliyun_auth(),
    "ssl_vpn_server_id": {"type": "str"},
    "name": {"type": "str"},
    "ssl_vpn_client_cert_id": {"type": "str"},
    "status": {"type": "list", "elements": "str", "choices": list(STATUSES)},
    "expires_within_days": {"type": "int"},
}


def run(params: t.Mapping[str, t.Any], context: Context) -> dict[str, t.Any]:
    """The certificates that all given filters let through, by server, name, end and id."""
    if params["expires_within_days"] is not None and params["expires_within_days"] < 0:
        raise Invalid("expires_within_days must not be negative.")
    client = AliyunClient(VPC, params=params, context=context, meanings=MEANINGS)
    rows = SslVpn(client, region=required_region(client)).certificates(
        server_id=params["ssl_vpn_server_id"] or None,
        name=params["name"] or None,
        certificate_id=params["ssl_vpn_client_cert_id"] or None,
    )
    now = context.clock.now()
    shown = sorted((row for row in rows if _matches(row, params, now=now)), key=_order)
    return {
        "changed": False,
        "certificates": [row.certificate().as_result(now) for row in shown],
        "request_ids": list(context.request_ids),
    }


def _matches(row: Row, params: t.Mapping[str, t.Any], *, now: datetime.datetime) -> bool:
    days = params["expires_within_days"]
    return (not params["status"] or row.status in params["status"]) and (
        days is None or (row.ends is not None and row.ends - now <= datetime.timedelta(days=days))
    )


def _order(row: Row) -> tuple[str, str, str, str]:
    return row.server_id, row.name, "" if row.ends is None else row.ends.isoformat(), row.id


ENTRY = Entry(argument_spec=ARGUMENT_SPEC, run=run)
