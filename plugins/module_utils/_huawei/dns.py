# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Huawei Cloud DNS: public zones (v2) and the record sets of one name (v2.1, which alone shows their lines), typed.

Facts: models of huaweicloudsdkdns v2 and the error codes of https://support.huaweicloud.com/api-dns/ErrorCode.html.
Names are written with a final dot. The values of one name and type are one set, which is written whole; writes are
answered with 202 and take effect a little later.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._dns_record import Zone, read_zone_name
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    Conflict,
    Invalid,
    PermissionDenied,
    QuotaExceeded,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Replay
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.answer import Fields
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.client import HuaweiClient
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.listing import PAGE_SIZE, complete
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.refusals import (
    ACCOUNT,
    AUTH,
    BUSY,
    GONE,
    PERMISSION,
    Meanings,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._refusal import (
    INVALID,
    THROTTLED,
    UNSURE,
    Meaning,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._wire import Wire

DEFAULT_LINE = "default_view"
"""The line for all resolvers."""
DUPLICATES = ("DNS.0016", "DNS.0312", "DNS.0335")
"""A set of that name and type exists. Its values are not told."""

_ZONES, _LIST = "ListPublicZones", "ShowRecordSetByZone"
_CREATE, _UPDATE, _DELETE = "CreateRecordSetWithLine", "UpdateRecordSets", "DeleteRecordSets"
_PAGE = ("name", "offset", "limit")
_FORM = ("name", "type", "ttl", "records")

WIRE: t.Mapping[str, Wire] = {
    _ZONES: Wire(sends=("type", *_PAGE), reads=("metadata.total_count", "zones[].id", "zones[].name")),
    _LIST: Wire(
        sends=("zone_id", *_PAGE),
        reads=(
            "metadata.total_count",
            *(f"recordsets[].{name}" for name in ("id", "name", "type", "ttl", "records", "line", "status")),
        ),
    ),
    _CREATE: Wire(sends=("zone_id", *_FORM, "line"), reads=("id",)),
    _UPDATE: Wire(sends=("zone_id", "recordset_id", *_FORM)),
    _DELETE: Wire(sends=("zone_id", "recordset_id")),
}


def _each(operations: t.Iterable[str], codes: str, meaning: Meaning) -> dict[tuple[str, str], Meaning]:
    return {(operation, f"DNS.{number}"): meaning for operation in operations for number in codes.split()}


_ON_A_SET = (_UPDATE, _DELETE)
_WRITES = (_CREATE, *_ON_A_SET)
_ON_RECORDS = (_LIST, *_WRITES)
_FROZEN = Meaning(PermissionDenied, hint="The zone is disabled or frozen: look at it in the console.")
_ROOM = Meaning(QuotaExceeded, hint="The zone has no room for more record sets: delete some, or raise the quota.")
_TAKEN = Meaning(Conflict, hint="Another record set of that name is in the way: remove it if it is left over.")
_TTL = Meaning(Invalid, hint="The plan of this zone does not allow that ttl.")

MEANINGS: Meanings = {
    **_each(WIRE, "0000 0001 0003 0012 0015 0022 0034 0035 0036", UNSURE),
    **_each(WIRE, "0002 0006 0007 0008 0310 0311", INVALID),
    **_each(WIRE, "0005", AUTH),
    **_each(WIRE, "0013 0030 1802", PERMISSION),
    **_each(WIRE, "0014", THROTTLED),
    **_each(WIRE, "0040", ACCOUNT),
    **_each(_ON_RECORDS, "0302", GONE),
    **_each(_ON_RECORDS, "0301 0304 0307 0308 0309 0320 0321", INVALID),
    **_each(_WRITES, "0209 0213 0214 2003 2005 2006", _FROZEN),
    **_each(_WRITES, "0303 0319", _TTL),
    **_each(_WRITES, "0016 0312 0317 0318 0324 0335", _TAKEN),
    # It says that it did nothing, since the set or the zone is at something else.
    **_each(_WRITES, "0021 0314", BUSY),
    **_each(_ON_A_SET, "0004 0313", GONE),
    **_each((_CREATE,), "0403", _ROOM),
}


@dataclasses.dataclass(frozen=True)
class RecordSet:
    """The values of one name and type on the default line. `name` has no final dot; a TXT's values have their quotes.

    `status` is in upper case. Sets that are being deleted are shown until they are gone.
    """

    id: str
    name: str
    type: str
    ttl: int | None
    values: tuple[str, ...]
    status: str

    @property
    def is_leaving(self) -> bool:
        return self.status == "PENDING_DELETE"

    @property
    def is_settled(self) -> bool:
        return not self.status.startswith("PENDING_")

    @property
    def is_served(self) -> bool:
        """Whether resolvers get it, or will in a moment."""
        return self.status in ("ACTIVE", "PENDING_CREATE", "PENDING_UPDATE")


class HuaweiDns:
    """One method an operation. Writes are never sent again on their own."""

    def __init__(self, client: HuaweiClient) -> None:
        self._client = client

    def zones(self, *, ending: str) -> list[Zone]:
        """The account's public zones whose names have `ending` in them, and maybe others: a complete listing."""

        def page(offset: int) -> Fields:
            return self._page(_ZONES, ("v2", "zones"), {"type": "public"}, name=ending, offset=offset)

        rows = complete(_ZONES, page=page, read=_zones, count=_count, key=lambda zone: (zone.id, zone.name))
        return list(rows)

    def sets(self, *, zone_id: str, name: str) -> list[RecordSet]:
        """The sets of exactly that full name on the default line, of any type.

        :raises NotFound: there is no such zone.
        """

        def page(offset: int) -> Fields:
            return self._page(_LIST, _place(zone_id), {}, name=name, offset=offset)

        rows = complete(_LIST, page=page, read=_sets, count=_count, key=lambda row: row[0].id)
        return [found for found, line in rows if line == DEFAULT_LINE and found.name == name]

    def _page(
        self, operation: str, path: t.Sequence[str], query: t.Mapping[str, str | int], *, name: str, offset: int
    ) -> Fields:
        # The filter finds a name by any part of it. What the exact one makes of a final dot is not documented.
        plain = name.removeprefix("*.")
        words = {} if "xn--" in plain else {"name": plain}
        full = {**query, **words, "offset": offset, "limit": PAGE_SIZE}
        return self._client.call(operation, "GET", path, query=full, replay=Replay.READ)

    def create(self, *, zone_id: str, name: str, type: str, ttl: int, values: t.Sequence[str]) -> str:
        """Make a set; its id. One of that name and type that exists already is refused with one of DUPLICATES."""
        body = {**_form(name, type, ttl, values), "line": DEFAULT_LINE}
        return self._write(_CREATE, "POST", _place(zone_id), body).required_text("id")

    def update(self, found: RecordSet, *, zone_id: str, values: t.Sequence[str]) -> None:
        """Replace the values of a set; its ttl stays.

        :raises NotFound: it is gone.
        """
        body = _form(found.name, found.type, found.ttl, values)
        self._write(_UPDATE, "PUT", (*_place(zone_id), found.id), body)

    def delete(self, found: RecordSet, *, zone_id: str) -> None:
        """:raises NotFound: it is gone already."""
        self._write(_DELETE, "DELETE", (*_place(zone_id), found.id), None)

    def _write(self, operation: str, method: str, path: t.Sequence[str], body: dict[str, t.Any] | None) -> Fields:
        return self._client.call(operation, method, path, body=body, replay=Replay.NEVER)


def _place(zone_id: str) -> tuple[str, ...]:
    return ("v2.1", "zones", zone_id, "recordsets")


def _form(name: str, type: str, ttl: int | None, values: t.Sequence[str]) -> dict[str, t.Any]:
    body: dict[str, t.Any] = {"name": f"{name}.", "type": type, "records": list(values)}
    return body if ttl is None else {**body, "ttl": ttl}


def _count(answer: Fields) -> int:
    about = answer.object("metadata")
    if about is None:
        raise answer.wrong("metadata", "an object")
    return about.required_integer("total_count")


def _zones(answer: Fields) -> list[Zone]:
    """The zones of a page; one whose name is no domain name counts, and is never the one that is meant."""
    return [
        Zone(read_zone_name(row.required_text("name")) or "", id=row.required_text("id"))
        for row in answer.objects("zones")
    ]


def _sets(answer: Fields) -> list[tuple[RecordSet, str]]:
    """The sets of a page, and the line of each."""
    return [
        (
            RecordSet(
                id=row.required_text("id"),
                name=row.required_text("name").rstrip(".").lower(),
                type=row.required_text("type").upper(),
                ttl=row.integer("ttl"),
                values=tuple(row.texts("records")),
                status=(row.text("status") or "ACTIVE").upper(),
            ),
            row.text("line") or DEFAULT_LINE,
        )
        for row in answer.objects("recordsets")
    ]
