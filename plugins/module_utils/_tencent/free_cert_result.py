# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""What a run of `tencent_free_cert` returns: the same keys in every state and mode."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._certificate import Certificate
from ansible_collections.cncloud.certificates.plugins.module_utils._clock import rfc3339
from ansible_collections.cncloud.certificates.plugins.module_utils._resource import KNOWN_AFTER_APPLY
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent import free_cert_plan
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.free_cert_plan import (
    Desired,
    LocalLeaf,
    Observed,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.ssl import CLOUD, EXTRA_KEYS, Challenge, Row

Shown = list[dict[str, t.Optional[str]]]


@dataclasses.dataclass(frozen=True)
class Results:
    """Builds the result of one run. `paths` are the files that it writes or would write."""

    desired: Desired
    observed: Observed
    now: datetime.datetime
    paths: tuple[str, ...] = ()

    def kept(self, current: Row | None, *, leaf: LocalLeaf | None = None) -> dict[str, t.Any]:
        """Nothing is open: the certificate is there. `leaf` has just been written; None: what was on disk."""
        return self._keys(
            certificate=None if current is None else self._with_leaf(current, leaf),
            later=free_cert_plan.takes_effect_at_renewal(self.desired, current),
        )

    def issued(self, row: Row, *, challenge: t.Iterable[Challenge], leaf: LocalLeaf | None) -> dict[str, t.Any]:
        """An order became a certificate in this run; the proof is still told, so that it can be removed."""
        if row.algorithm is None:
            row = dataclasses.replace(row, algorithm=self.desired.key_algorithm)
        return self._keys(certificate=self._with_leaf(row, leaf), challenge=_shown(challenge))

    def pending(
        self,
        *,
        order_id: str,
        row: Row | None,
        current: Row | None,
        challenge: t.Iterable[Challenge],
        resumed: bool,
    ) -> dict[str, t.Any]:
        """An order is open. Beside a current certificate it is the renewal; alone it stands for the certificate."""
        shown = _shown(challenge)
        later = free_cert_plan.takes_effect_at_renewal(self.desired, row) if resumed else []
        if current is not None:
            renewal = {"id": order_id, "status": None if row is None else row.status_name, "challenge": shown}
            return self._keys(certificate=self._with_leaf(current, None), challenge=shown, renewal=renewal, later=later)
        certificate = self._unknown(id=order_id) if row is None else self._settled(row).certificate()
        return self._keys(certificate=certificate, challenge=shown, later=later)

    def predicted(self, current: Row | None) -> dict[str, t.Any]:
        """Check mode: an order would be made. What the cloud will assign is null, and the proof is announced."""
        shown = self._announced_challenge()
        if current is not None and not self.desired.wait:
            renewal = {"id": None, "status": None, "challenge": shown}
            return self._keys(certificate=self._with_leaf(current, None), challenge=shown, renewal=renewal)
        status = "issued" if self.desired.wait else None
        return self._keys(certificate=self._unknown(status=status), challenge=shown)

    def absent(self, row: Row | None, *, challenge: t.Iterable[Challenge], announce: bool = False) -> dict[str, t.Any]:
        """`row` is what is left: being revoked or cancelled. `announce`: a revocation will tell its proof."""
        shown = [_announced(KNOWN_AFTER_APPLY)] if announce else _shown(challenge)
        return self._keys(certificate=None if row is None else row.certificate(), challenge=shown)

    def _keys(
        self,
        *,
        certificate: Certificate | None,
        challenge: t.Sequence[t.Mapping[str, t.Any]] = (),
        renewal: dict[str, t.Any] | None = None,
        later: t.Sequence[dict[str, t.Any]] = (),
    ) -> dict[str, t.Any]:
        return {
            "certificate": None if certificate is None else certificate.as_result(self.now),
            "challenge": list(challenge),
            "renewal": renewal,
            "ignored": [_ignored(row) for row in self.observed.ignored],
            "takes_effect_at_renewal": list(later),
            "files": sorted(self.paths),
        }

    def _with_leaf(self, row: Row, leaf: LocalLeaf | None) -> Certificate:
        """A row with the facts that only the certificate itself has, if it is on disk."""
        row = self._settled(row)
        local = self.observed.local
        if leaf is None and local is not None and local.leaf is not None:
            leaf = local.leaf if free_cert_plan.is_leaf_of(local.leaf, row, self.observed) else None
        if leaf is None:
            return row.certificate()
        return dataclasses.replace(row, algorithm=leaf.algorithm).certificate(
            issuer=leaf.issuer, serial_number=leaf.serial_number, fingerprint_sha256=leaf.fingerprint_sha256
        )

    def _settled(self, row: Row) -> Row:
        """With what this run has set, or would set, in place."""
        if self.desired.alias is not None:
            row = dataclasses.replace(row, alias=self.desired.alias or None)
        if self.desired.project_id is not None:
            row = dataclasses.replace(row, project_id=self.desired.project_id)
        return row

    def _unknown(self, *, id: str | None = None, status: str | None = None) -> Certificate:
        """The fixed shape of what does not exist yet, or was not read: what the order says, and nulls."""
        desired = self.desired
        return Certificate(
            cloud=CLOUD,
            id=id,
            name=self.observed.domain,
            status=status,
            domains=(self.observed.domain,),
            extra={
                **dict.fromkeys(EXTRA_KEYS),
                "alias": desired.alias,
                "project_id": desired.project_id,
                "key_algorithm": desired.key_algorithm,
                "dv_auth_method": desired.method,
                "package_type": desired.package_type,
            },
        )

    def _announced_challenge(self) -> Shown:
        if self.desired.method == "dns_auto":
            return []
        return [_announced("FILE" if self.desired.method == "file" else KNOWN_AFTER_APPLY)]


def _announced(kind: str) -> dict[str, str | None]:
    """A proof that the cloud will ask for: which it is, is not known before."""
    unknown = KNOWN_AFTER_APPLY
    if kind == "FILE":
        return Challenge(type=kind, zone=unknown, record=unknown, value=unknown, path=unknown).as_result()
    return Challenge(type=kind, zone=unknown, name=unknown, record=unknown, value=unknown).as_result()


def _shown(challenge: t.Iterable[Challenge]) -> Shown:
    return [entry.as_result() for entry in challenge]


def _ignored(row: Row) -> dict[str, t.Any]:
    return {
        "id": row.id,
        "name": row.domain,
        "status": row.status_name,
        "domains": sorted(row.names),
        "not_after": rfc3339(row.ends),
        "package_type": row.package_type,
    }
