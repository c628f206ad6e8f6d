# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The service behind `antchain_cert_info`: the chains of a consortium that the caller applied for, and never a key."""

from __future__ import annotations

import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _spec
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain import (
    APPLICATION_STATUSES,
    MEANINGS,
    AntChain,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_membership import (
    certificate,
    membership,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client import BAAS, AliyunClient
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import Entry

ARGUMENT_SPEC: _spec.Spec = {
    **_spec.http_options(),
    **_spec.aliyun_auth(),
    "consortium_id": {"type": "str", "required": True},
    "ant_chain_id": {"type": "str"},
    "username": {"type": "str"},
    "status": {"type": "list", "elements": "str", "choices": list(APPLICATION_STATUSES.values())},
}


def run(params: t.Mapping[str, t.Any], context: Context) -> dict[str, t.Any]:
    """The certificates that all given filters let through, by name and id of their chains."""
    client = AliyunClient(BAAS, params=params, context=context, meanings=MEANINGS)
    consortium_id = params["consortium_id"]
    service = AntChain(client, consortium_id=consortium_id)
    chains = [chain for chain in service.chains() if params["ant_chain_id"] in (None, chain.id)]
    found = [membership(service, chain, username=params["username"] or None, thorough=True) for chain in chains]
    shown = [
        one for one in found if one.status is not None and (not params["status"] or one.status in params["status"])
    ]
    now = context.clock.now()
    return {
        "changed": False,
        "certificates": [
            certificate(one, consortium_id=consortium_id, status=one.status).as_result(now)
            for one in sorted(shown, key=lambda one: (one.chain.name or "", one.chain.id))
        ],
        "request_ids": list(context.request_ids),
    }


ENTRY = Entry(argument_spec=ARGUMENT_SPEC, run=run)
