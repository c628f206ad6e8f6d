# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The service behind `tencent_dns_record`: DNSPod as a provider of records."""

from __future__ import annotations

import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _dns_record, _spec
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import Entry
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import CertificatesError
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.client import DNSPOD, TencentClient
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.dnspod import DnsPod

DUPLICATE = "InvalidParameter.DomainRecordExist"

ARGUMENT_SPEC: _spec.Spec = {
    **_spec.http_options(),
    **_spec.tencent_auth(),
    **_dns_record.options(ttl=600),
}


class DnsPodRecords(_dns_record.Provider):
    """Each value is a record of its own."""

    def __init__(self, params: t.Mapping[str, t.Any], context: Context) -> None:
        client = TencentClient(DNSPOD, params=params, context=context)
        self._site = client.url
        self._dns = DnsPod(client)

    @property
    def site(self) -> str:
        return self._site

    def zones_among(self, names: t.Sequence[str]) -> list[_dns_record.Zone]:
        return [zone for zone in self._dns.zones() if zone.name in names]

    def records(self, *, zone: _dns_record.Zone, name: str) -> list[_dns_record.Record]:
        return self._dns.records(zone=zone.name, name=name)

    def create(
        self,
        *,
        zone: _dns_record.Zone,
        name: str,
        type: str,
        value: str,
        ttl: int,
        there: t.Sequence[_dns_record.Record],
    ) -> _dns_record.Added:
        record_id = self._dns.create(zone=zone.name, name=name, type=type, value=value, ttl=ttl)
        return _dns_record.Added(id=str(record_id), ttl=ttl)

    def delete(
        self, record: _dns_record.Record, *, zone: _dns_record.Zone, there: t.Sequence[_dns_record.Record]
    ) -> None:
        self._dns.delete(zone=zone.name, record_id=int(record.id))

    def is_duplicate(self, error: CertificatesError) -> bool:
        return error.code == DUPLICATE


def run(params: t.Mapping[str, t.Any], context: Context) -> dict[str, t.Any]:
    """The result of the module."""
    return _dns_record.run(DnsPodRecords, params=params, context=context)


ENTRY = Entry(argument_spec=ARGUMENT_SPEC, run=run)
