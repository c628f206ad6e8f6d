# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Which of a chain's certificates the caller has: the one reading of MemberStatus and of the applications."""

from __future__ import annotations

import dataclasses

from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain import (
    APPLICATION_STATUSES,
    APPLIED,
    CLOUD,
    FAILED,
    NORMAL,
    NOT_APPLIED,
    PENDING,
    AntChain,
    Application,
    Chain,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._certificate import Certificate
from ansible_collections.cncloud.certificates.plugins.module_utils._clock import rfc3339
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import ProtocolFailure
from ansible_collections.cncloud.certificates.plugins.module_utils._x509 import ParsedCertificate


@dataclasses.dataclass(frozen=True)
class Membership:
    """What the caller has on a chain. `status`: `applied`, `pending`, `failed`, or None: nothing was applied for.

    `application` is the caller's latest, where its user name is known and was asked for.
    """

    chain: Chain
    status: str | None
    application: Application | None = None

    @property
    def applied(self) -> bool:
        return self.status in (APPLICATION_STATUSES[PENDING], APPLICATION_STATUSES[NORMAL])


def membership(service: AntChain, chain: Chain, *, username: str | None, thorough: bool = False) -> Membership:
    """What the caller has on a chain. Without `thorough` the applications are asked for only where they decide.

    :raises ProtocolFailure: a state that is not documented; nothing is concluded from it.
    """
    if chain.member_status not in (APPLIED, NOT_APPLIED, None):
        raise ProtocolFailure(
            f"Alibaba Cloud shows the chain {chain.id} with the member status {chain.member_status}, "
            "which is not known.",
            hint="Look at it in the console; nothing is done while its state is unknown.",
        )
    shown = APPLICATION_STATUSES[NORMAL] if chain.member_status == APPLIED else None
    if username is None:
        if chain.member_status is None:
            raise ProtocolFailure(
                f"Alibaba Cloud does not say whether a certificate of the chain {chain.id} was applied for.",
                hint="Give username: then the list of applications says so.",
            )
        return Membership(chain=chain, status=shown)
    if shown is not None and not thorough:
        return Membership(chain=chain, status=shown)
    own = _own(service, chain, username)
    if own is None:
        return Membership(chain=chain, status=shown)
    if shown is not None and own.status == FAILED:
        return Membership(chain=chain, status=shown, application=own)
    return Membership(chain=chain, status=APPLICATION_STATUSES[own.status], application=own)


def _own(service: AntChain, chain: Chain, username: str) -> Application | None:
    """The caller's application: a normal one wins over one that is under way, and that over one that failed."""
    for status in (NORMAL, PENDING, FAILED):
        rows = [one for one in service.applications(chain.id, status=status) if one.username == username]
        rows = [one for one in rows if one.status == status]
        if rows:
            return max(rows, key=lambda one: (rfc3339(one.created) or "", one.bid or ""))
    return None


def certificate(
    found: Membership,
    *,
    consortium_id: str,
    status: str | None,
    method: str | None = None,
    leaf: ParsedCertificate | None = None,
) -> Certificate:
    """The fixed shape. `leaf` is client.crt, from disk or from the service, if it was read."""
    application = found.application
    extra = {
        "consortium_id": consortium_id,
        "ant_chain_id": found.chain.id,
        "method": method,
        "member_status": found.chain.member_status,
        "network": found.chain.network,
        "username": None if application is None else application.username,
        "applied_at": None if application is None else rfc3339(application.created),
    }
    return Certificate(
        cloud=CLOUD,
        id=identity(consortium_id, found.chain.id),
        name=found.chain.name,
        status=status,
        issuer=None if leaf is None else leaf.issuer,
        serial_number=None if leaf is None else leaf.serial_number,
        fingerprint_sha256=None if leaf is None else leaf.fingerprint_sha256,
        not_before=None if leaf is None else leaf.not_before,
        not_after=None if leaf is None else leaf.not_after,
        extra=extra,
    )


def identity(consortium_id: str, ant_chain_id: str) -> str:
    """Names the certificate, for the service has no id: there is one per account and chain."""
    return f"{consortium_id}:{ant_chain_id}"
