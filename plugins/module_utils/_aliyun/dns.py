# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""AliDNS (API 2015-01-09): the zones of an account and the records of one name in a zone, as typed calls.

Facts: https://help.aliyun.com/document_detail/2355673.html (the operations), 2355841 (error codes, all of them with
HTTP status 400) and the models of the official Python SDK.
"""

from __future__ import annotations

import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.answer import Fields
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client import AliyunClient
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.refusals import (
    INVALID,
    PERMISSION,
    Meaning,
    Meanings,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._dns_record import (
    APEX,
    Record,
    Zone,
    read_zone_name,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    Conflict,
    Invalid,
    NotFound,
    PermissionDenied,
    ProtocolFailure,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Replay
from ansible_collections.cncloud.certificates.plugins.module_utils._wire import Wire

PAGE = 100
DEFAULT_LINE = "default"
"""The line for all resolvers."""
DUPLICATE = "DomainRecordDuplicate"

WIRE: t.Mapping[str, Wire] = {
    "DescribeDomains": Wire(
        sends=("KeyWord", "SearchMode", "PageNumber", "PageSize"),
        reads=("TotalCount", *(f"Domains.Domain[].{name}" for name in ("DomainId", "DomainName", "PunyCode"))),
    ),
    "DescribeSubDomainRecords": Wire(
        sends=("DomainName", "SubDomain", "PageNumber", "PageSize"),
        reads=(
            "TotalCount",
            *(
                f"DomainRecords.Record[].{name}"
                for name in ("RecordId", "RR", "Type", "Value", "TTL", "Line", "Status", "Locked")
            ),
        ),
    ),
    "AddDomainRecord": Wire(sends=("DomainName", "RR", "Type", "Value", "TTL", "Line"), reads=("RecordId",)),
    "DeleteDomainRecord": Wire(sends=("RecordId",)),
}

_ZONES = "DescribeDomains"
_LIST, _ADD, _DELETE = "DescribeSubDomainRecords", "AddDomainRecord", "DeleteDomainRecord"
_OTHER_OWNER = Meaning(PermissionDenied, hint="The zone is in another account, or was not added to this one.")
_LOCKED = Meaning(PermissionDenied, hint="Unlock it in the console first.")
_TAKEN = Meaning(Conflict, hint="Another record of that name is in the way: remove it if it is left over.")
_NO_ZONE = Meaning(
    NotFound, hint="Use a key of the account that has the zone, and check zone: AliDNS has the registered domain."
)
_SMALL_TTL = Meaning(Invalid, hint="The plan of this zone does not allow so small a ttl.")

MEANINGS: Meanings = {
    **{(operation, "InvalidDomainName.NoExist"): _NO_ZONE for operation in (_LIST, _ADD)},
    **{(operation, "IncorrectDomainUser"): _OTHER_OWNER for operation in (_LIST, _ADD, _DELETE)},
    **{(operation, "DomainForbidden"): PERMISSION for operation in (_LIST, _ADD, _DELETE)},
    **{(operation, "DomainRecordLocked"): _LOCKED for operation in (_ADD, _DELETE)},
    **{(operation, "Forbidden.RecordLocked"): _LOCKED for operation in (_ADD, _DELETE)},
    **{(operation, "Forbidden.DomainLocked"): _LOCKED for operation in (_ADD, _DELETE)},
    (_ADD, DUPLICATE): _TAKEN,
    (_ADD, "DomainRecordConflict"): _TAKEN,
    **{(_ADD, code): _SMALL_TTL for code in ("InvalidTTL", "QuotaExceeded.TTL")},
    # Also what somebody else's record gets: the list of the zone says whether it is gone.
    (_DELETE, "DomainRecordNotBelongToUser"): INVALID,
}


class AliDns:
    """The records of the default line, in zones of the account."""

    def __init__(self, client: AliyunClient) -> None:
        self._client = client

    def zones(self, *, ending: str) -> list[Zone]:
        """The account's zones whose names have `ending` in them, and maybe others: a complete listing.

        :raises ProtocolFailure: the rows do not add up to the service's own count, even when read twice.
        """
        for _attempt in range(2):
            zones = self._zone_listing(ending)
            if zones is not None:
                return zones
        raise ProtocolFailure(
            "AliDNS's list of zones is incomplete: its rows do not add up to its TotalCount.", retryable=True
        )

    def _zone_listing(self, ending: str) -> list[Zone] | None:
        # An internationalized name may be kept in its own script, where the word would not be found.
        words: dict[str, str | int] = {} if "xn--" in ending else {"KeyWord": ending, "SearchMode": "LIKE"}
        found: dict[str, Zone | None] = {}
        page = 1
        while True:
            place: dict[str, str | int] = {**words, "PageNumber": page, "PageSize": PAGE}
            answer = self._client.call(_ZONES, place, replay=Replay.READ)
            total = answer.required_integer("TotalCount")
            rows = answer.rows("Domains", "Domain")
            before = len(found)
            for row in rows:
                zone_id = row.required_text("DomainId")
                name = read_zone_name(row.text("PunyCode") or row.required_text("DomainName"))
                found[zone_id] = None if name is None else Zone(name, id=zone_id)
            if len(found) >= total or len(found) == before:
                return [zone for zone in found.values() if zone] if len(found) == total else None
            page += 1

    def records(self, *, zone: str, name: str) -> list[Record]:
        """All records of exactly that name, of any type: a complete listing.

        :raises NotFound: the account has no such zone.
        :raises ProtocolFailure: the rows do not add up to the service's own count, even when read twice.
        """
        for _attempt in range(2):
            records = self._listing(zone=zone, name=name)
            if records is not None:
                return [record for record in records if record.name == name]
        raise ProtocolFailure(
            "AliDNS's list of records is incomplete: its rows do not add up to its TotalCount.", retryable=True
        )

    def _listing(self, *, zone: str, name: str) -> list[Record] | None:
        found: dict[str, Record] = {}
        foreign: set[str] = set()
        page = 1
        while True:
            # Exact, where the keywords of the zone's own list are not. Without the zone the service would guess it.
            answer = self._client.call(
                _LIST,
                {
                    "DomainName": zone,
                    "SubDomain": zone if name == APEX else f"{name}.{zone}",
                    "PageNumber": page,
                    "PageSize": PAGE,
                },
                replay=Replay.READ,
            )
            total = answer.required_integer("TotalCount")
            rows = answer.rows("DomainRecords", "Record")
            before = len(found) + len(foreign)
            for row in rows:
                record = _record(row)
                if record is None:
                    foreign.add(row.required_text("RecordId"))
                else:
                    found[record.id] = record
            known = len(found) + len(foreign)
            if known >= total:
                return list(found.values()) if known == total else None
            if known == before:
                return None
            page += 1

    def create(self, *, zone: str, name: str, type: str, value: str, ttl: int) -> str:
        """The id of the new record. A record that exists already is refused with DUPLICATE."""
        parameters: dict[str, str | int] = {
            "DomainName": zone,
            "RR": name,
            "Type": type,
            "Value": value,
            "TTL": ttl,
            "Line": DEFAULT_LINE,
        }
        return self._client.call(_ADD, parameters, replay=Replay.NEVER).required_text("RecordId")

    def delete(self, record_id: str) -> None:
        self._client.call(_DELETE, {"RecordId": record_id}, replay=Replay.NEVER)


def _record(row: Fields) -> Record | None:
    """A record of the default line; None for one of another."""
    if (row.text("Line") or DEFAULT_LINE) != DEFAULT_LINE:
        return None
    return Record(
        id=row.required_text("RecordId"),
        name=(row.text("RR") or APEX).lower(),
        type=(row.text("Type") or "").upper(),
        value=row.text("Value") or "",
        ttl=row.integer("TTL"),
        enabled=(row.text("Status") or "ENABLE").upper() == "ENABLE",
        locked=row.flag("Locked") or False,
    )
