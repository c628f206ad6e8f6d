# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The service behind `huawei_dns_record`: Huawei Cloud DNS as a provider of records."""

from __future__ import annotations

import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _dns_record, _spec
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import Entry
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    Invalid,
    NotFound,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.client import DNS, HuaweiClient
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.dns import (
    DUPLICATES,
    MEANINGS,
    HuaweiDns,
    RecordSet,
)

LONGEST_TTL = 2147483647

ARGUMENT_SPEC: _spec.Spec = {
    **_spec.http_options(),
    **_spec.huawei_auth(),
    **_dns_record.options(ttl=300),
}


class HuaweiRecords(_dns_record.Provider):
    """The values of one name and type are one set: added to by the union, taken from by the remainder.

    A write is over when the list shows it: the next one to the same name starts from what is listed, and would undo
    what the list does not show yet.
    """

    LOOK_FOR = 15.0
    IN_SETS = True

    def __init__(self, params: t.Mapping[str, t.Any], context: Context) -> None:
        client = HuaweiClient(params=params, context=context, product=DNS, meanings=MEANINGS)
        self._site = client.endpoint
        self._clock = context.clock
        self._dns = HuaweiDns(client)
        self._sets: dict[str, RecordSet] = {}
        """What was listed last, by id: what a write replaces."""
        self._leaving: list[str] = []
        """The types of which a set was being deleted then."""

    @property
    def site(self) -> str:
        return self._site

    def zones_named(self, name: str) -> list[_dns_record.Zone]:
        return self.zones_among([name])

    def zones_among(self, names: t.Sequence[str]) -> list[_dns_record.Zone]:
        return [zone for zone in self._dns.zones(ending=names[-1]) if zone.name in names]

    def records(self, *, zone: _dns_record.Zone, name: str) -> list[_dns_record.Record]:
        listed = self._listed(zone, _full(zone, name))
        self._leaving = [one.type for one in listed if one.is_leaving]
        sets = [one for one in listed if not one.is_leaving]
        self._sets = {one.id: one for one in sets}
        return [
            _dns_record.Record(id=one.id, name=name, type=one.type, value=value, ttl=one.ttl, enabled=one.is_served)
            for one in sets
            # An alias has no values, and is in the way of a CNAME all the same.
            for value in one.values or ("",)
        ]

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
        full, written = _full(zone, name), _written(value, type=type)
        beside = next((record for record in there if record.type == type), None)
        if beside is None:
            if type in self._leaving:
                # Until it is gone, a new one is refused.
                self._settle(zone, full, lambda sets: not any(one.is_leaving for one in sets))
            set_id = self._dns.create(zone_id=zone.id, name=full, type=type, ttl=ttl, values=[written])
            added = _dns_record.Added(id=set_id, ttl=ttl)
        else:
            found = self._sets[beside.id]
            self._dns.update(found, zone_id=zone.id, values=[*found.values, written])
            added = _dns_record.Added(id=found.id, ttl=found.ttl)
        self._settle(zone, full, lambda sets: any(_holds(one, value, type=type) and one.is_settled for one in sets))
        return added

    def delete(
        self, record: _dns_record.Record, *, zone: _dns_record.Zone, there: t.Sequence[_dns_record.Record]
    ) -> None:
        found = self._sets.get(record.id)
        if found is None:
            raise NotFound(f"The record set {record.id} is gone.", hint="It was deleted meanwhile: run again.")
        gone = _dns_record.normal_value(record.value, type=record.type)
        left = [value for value in found.values if _dns_record.normal_value(value, type=record.type) != gone]
        if left:
            self._dns.update(found, zone_id=zone.id, values=left)
        else:
            self._dns.delete(found, zone_id=zone.id)
        self._settle(
            zone,
            found.name,
            lambda sets: not any(_holds(one, gone, type=record.type) or not one.is_settled for one in sets),
        )

    def is_duplicate(self, error: CertificatesError) -> bool:
        return error.code in DUPLICATES

    def _settle(self, zone: _dns_record.Zone, full: str, is_over: t.Callable[[t.Sequence[RecordSet]], bool]) -> None:
        """Wait until the list shows a write. It is done whatever the list shows, so nothing is raised here."""
        end = self._clock.monotonic() + self.LOOK_FOR
        while True:
            began = self._clock.monotonic()
            try:
                if is_over(self._listed(zone, full)):
                    return
            except CertificatesError as error:
                if not error.retryable:
                    return
            if began >= end:
                return
            self._clock.sleep(_dns_record.LOOK_EVERY)

    def _listed(self, zone: _dns_record.Zone, full: str) -> list[RecordSet]:
        return self._dns.sets(zone_id=zone.id, name=full)


def _full(zone: _dns_record.Zone, name: str) -> str:
    return zone.name if name == _dns_record.APEX else f"{name}.{zone.name}"


def _holds(found: RecordSet, value: str, *, type: str) -> bool:
    return found.type == type and any(_dns_record.normal_value(one, type=type) == value for one in found.values)


def _written(value: str, *, type: str) -> str:
    """A value as the service takes it: a TXT in quotes, the name that a CNAME is for with its final dot."""
    return f"{value}." if type == "CNAME" else f'"{value}"'


def run(params: t.Mapping[str, t.Any], context: Context) -> dict[str, t.Any]:
    """The result of the module.

    :raises Invalid: a TXT that would need an escape, which no proof does.
    """
    value = _dns_record.normal_value(params["value"].strip(), type=params["type"])
    if params["type"] == "TXT" and set(value) & {'"', "\\"}:
        raise Invalid("value: a TXT with a quote or a backslash inside is not supported here.")
    return _dns_record.run(HuaweiRecords, params=params, context=context, longest_ttl=LONGEST_TTL)


ENTRY = Entry(argument_spec=ARGUMENT_SPEC, run=run)
