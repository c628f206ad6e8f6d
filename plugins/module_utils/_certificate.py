# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The one shape in which every module and info module returns a certificate."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._clock import days_between, rfc3339


@dataclasses.dataclass(frozen=True)
class Certificate:
    """A certificate as a cloud knows it. None where the cloud, or nobody yet, knows the value.

    `domains` are lower-case A-labels; `serial_number` lower-case hex without leading zeros;
    `fingerprint_sha256` 64 lower-case hex digits; times are aware. `extra` holds what one service adds.
    """

    cloud: str
    id: t.Optional[str] = None
    name: t.Optional[str] = None
    status: t.Optional[str] = None
    domains: tuple[str, ...] = ()
    issuer: t.Optional[str] = None
    serial_number: t.Optional[str] = None
    fingerprint_sha256: t.Optional[str] = None
    not_before: t.Optional[datetime.datetime] = None
    not_after: t.Optional[datetime.datetime] = None
    extra: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)

    def as_result(self, now: datetime.datetime) -> dict[str, t.Any]:
        """The fixed keys, in every mode the same."""
        return {
            "id": self.id,
            "name": self.name,
            "status": self.status,
            "domains": sorted(self.domains),
            "issuer": self.issuer,
            "serial_number": self.serial_number,
            "fingerprint_sha256": self.fingerprint_sha256,
            "not_before": rfc3339(self.not_before),
            "not_after": rfc3339(self.not_after),
            "days_left": days_between(now, self.not_after),
            "cloud": self.cloud,
            **self.extra,
        }
