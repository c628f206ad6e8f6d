# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""What `esa_free_cert` returns: one row a domain, in every state and mode with the same keys."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import esa_free_cert_plan
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.esa import (
    APPLYING,
    CLOUD,
    EXTRA_KEYS,
    FREE,
    Challenge,
    Row,
    Site,
    record,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.esa_free_cert_plan import (
    DIGICERT_SINGLE,
    DIGICERT_WILDCARD,
    LETS_ENCRYPT,
    Desired,
    Observed,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._certificate import Certificate
from ansible_collections.cncloud.certificates.plugins.module_utils._resource import KNOWN_AFTER_APPLY, Plan

DELEGATED_LABEL = "_dnsauth"
"""Where DigiCert looks for the proof."""


class Results:
    """What a run returns. `rows` is the certificate that counts of each domain, None where there is none."""

    def __init__(self, *, desired: Desired, observed: Observed, now: datetime.datetime) -> None:
        self._desired = desired
        self._observed = observed
        self._now = now

    def listed(self, rows: t.Iterable[Row]) -> dict[str, t.Any]:
        """As the service shows it now."""
        if self._desired.state == "absent":
            return self._keys({})
        found = esa_free_cert_plan.situations(self._desired, rows)
        return self._keys({domain: situation.row for domain, situation in found.items()})

    def of(self, rows: t.Mapping[str, Row]) -> dict[str, t.Any]:
        """With the certificates that a run has ended with."""
        return self._keys({domain: rows.get(domain) for domain in self._desired.domains})

    def predicted(self, plan: Plan) -> dict[str, t.Any]:
        """What would be there after the steps; what only the cloud can tell is null."""
        if self._desired.state == "absent":
            return self._keys({})
        found = esa_free_cert_plan.situations(self._desired, self._observed.rows)
        wanted = esa_free_cert_plan.needed(self._desired, found)
        awaited = set(esa_free_cert_plan.pending(found)) if plan.has("wait") else set()
        rows: dict[str, Row | None] = {}
        for domain, situation in found.items():
            row = None if domain in wanted else situation.row
            rows[domain] = dataclasses.replace(row, status=None) if row is not None and domain in awaited else row
        return self._keys(rows, announced=() if self._desired.wait else wanted)

    def _keys(self, rows: t.Mapping[str, Row | None], *, announced: t.Sequence[str] = ()) -> dict[str, t.Any]:
        site = self._observed.site
        proofs = {
            domain: self._announced(domain) if domain in announced else self._proof(domain, row)
            for domain, row in rows.items()
        }
        certificates = [
            self._new(domain, status=APPLYING if domain in announced else None, challenge=proofs[domain])
            if row is None
            else row.certificate(site, challenge=proofs[domain])
            for domain, row in rows.items()
        ]
        challenge = dict.fromkeys(proof for mine in proofs.values() for proof in mine)
        return {
            "site": site.as_result(),
            "certificate": None,
            "certificates": [certificate.as_result(self._now) for certificate in certificates],
            "challenge": [proof.as_result() for proof in challenge],
            "ignored": [
                esa_free_cert_plan.short(row)
                for row in esa_free_cert_plan.others(self._observed.rows, self._desired.domains)
            ],
            "takes_effect_at_renewal": self._later(rows.values()),
        }

    def _new(self, domain: str, *, status: str | None, challenge: t.Iterable[Challenge]) -> Certificate:
        """The fixed shape of what does not exist yet."""
        extra = {
            **dict.fromkeys(EXTRA_KEYS),
            "domain": domain,
            "site_id": self._observed.site.id,
            "site_name": self._observed.site.name,
            "type": FREE,
            "challenge": [proof.as_result() for proof in challenge],
        }
        return Certificate(cloud=CLOUD, status=status, domains=(domain,), extra=extra)

    def _proof(self, domain: str, row: Row | None) -> tuple[Challenge, ...]:
        if row is None or row.status != APPLYING:
            return ()
        if self._observed.delegation is not None:
            return (_delegated(domain, self._observed.delegation, self._observed.site),)
        return proofs_of(row, self._observed.site)

    def _announced(self, domain: str) -> tuple[Challenge, ...]:
        """The proof that the service will ask for. Only a delegated one is known before."""
        if self._observed.delegation is not None:
            return (_delegated(domain, self._observed.delegation, self._observed.site),)
        if esa_free_cert_plan.needs_no_proof(self._desired, self._observed.site):
            return ()
        unknown = KNOWN_AFTER_APPLY
        return (Challenge(type=unknown, zone=unknown, name=unknown, record=unknown, value=unknown),)

    def _later(self, rows: t.Iterable[Row | None]) -> list[dict[str, str]]:
        """`type`, where the issuer of what is there says another one."""
        found = {_authority(row) for row in rows if row is not None and row.status in esa_free_cert_plan.USABLE}
        return [
            {"option": "type", "now": now, "then": self._desired.type}
            for now in sorted(found - {None, self._desired.type}, key=str)
            if now is not None
        ]


def proofs_of(row: Row, site: Site) -> tuple[Challenge, ...]:
    """What the service asks to be published for a certificate."""
    return tuple(dict.fromkeys(dcv.challenge(site.name) for dcv in row.dcv))


def _delegated(domain: str, delegation: str, site: Site) -> Challenge:
    bare = domain.removeprefix("*.")
    return record(f"{DELEGATED_LABEL}.{bare}", f"{bare}.{delegation}", type="CNAME", zone=site.name)


def _authority(row: Row) -> str | None:
    issuer = (row.issuer or "").lower()
    if "let's encrypt" in issuer:
        return LETS_ENCRYPT
    if "digicert" in issuer:
        return DIGICERT_WILDCARD if (row.domain or "").startswith("*.") else DIGICERT_SINGLE
    return None
