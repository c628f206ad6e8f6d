# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""DNSPod (API 2021-03-23): the zones of an account and the records of one name in a zone, as typed calls.

Facts: https://cloud.tencent.com/document/product/1427/56166 (list), 56180 (create), 56176 (delete), 56172 (zones) and
the models of the official Python SDK.
"""

from __future__ import annotations

import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._dns_record import (
    APEX,
    Record,
    Zone,
    read_zone_name,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import NotFound, ProtocolFailure
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Replay
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.client import TencentClient
from ansible_collections.cncloud.certificates.plugins.module_utils._wire import Wire

PAGE = 3000
DEFAULT_LINE = "0"
"""The line for all resolvers. Its name is Chinese text, its id is not."""
LINE_NAME = "\u9ed8\u8ba4"
"""The same line by its name, which the service requires although the id wins."""

WIRE: t.Mapping[str, Wire] = {
    "DescribeDomainList": Wire(
        sends=("Type", "Offset", "Limit"),
        reads=(
            "DomainCountInfo.DomainTotal",
            *(f"DomainList[].{name}" for name in ("DomainId", "Name", "Punycode")),
        ),
    ),
    "DescribeRecordList": Wire(
        sends=("Domain", "SubDomain", "Offset", "Limit", "ErrorOnEmpty"),
        reads=(
            "RecordCountInfo.TotalCount",
            *(f"RecordList[].{name}" for name in ("RecordId", "Name", "Type", "Value", "TTL", "LineId", "Status")),
        ),
    ),
    "CreateRecord": Wire(
        sends=("Domain", "SubDomain", "RecordType", "RecordLine", "RecordLineId", "Value", "TTL"),
        reads=("RecordId",),
    ),
    "DeleteRecord": Wire(sends=("Domain", "RecordId")),
}


class DnsPod:
    """The records of the default line, in zones of the account."""

    def __init__(self, client: TencentClient) -> None:
        self._client = client

    def zones(self) -> list[Zone]:
        """All zones of the account, and those that others share with it: a complete listing.

        :raises ProtocolFailure: the rows do not add up to the service's own count, even when read twice.
        """
        for _attempt in range(2):
            zones = self._zone_listing()
            if zones is not None:
                return zones
        raise ProtocolFailure(
            "DNSPod's list of zones is incomplete: its rows do not add up to its DomainTotal.", retryable=True
        )

    def _zone_listing(self) -> list[Zone] | None:
        found: dict[int, Zone | None] = {}
        offset = 0
        while True:
            try:
                body = {"Type": "ALL", "Offset": offset, "Limit": PAGE}
                answer = self._client.call("DescribeDomainList", body, replay=Replay.READ)
            except NotFound:
                # That there is none is an error here.
                return [] if not found else None
            count = answer.object("DomainCountInfo")
            total = 0 if count is None else count.required_integer("DomainTotal")
            page = answer.objects("DomainList")
            before = len(found)
            for item in page:
                zone_id = item.required_integer("DomainId")
                name = read_zone_name(item.text("Punycode") or item.required_text("Name"))
                found[zone_id] = None if name is None else Zone(name, id=str(zone_id))
            offset += len(page)
            if len(found) >= total or len(found) == before:
                return [zone for zone in found.values() if zone] if len(found) == total else None

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
            "DNSPod's list of records is incomplete: its rows do not add up to its TotalCount.", retryable=True
        )

    def _listing(self, *, zone: str, name: str) -> list[Record] | None:
        found: dict[int, Record] = {}
        foreign: set[int] = set()
        offset = 0
        while True:
            # An empty list is an error of its own unless it is said that it is none.
            body = {"Domain": zone, "SubDomain": name, "Offset": offset, "Limit": PAGE, "ErrorOnEmpty": "no"}
            try:
                answer = self._client.call("DescribeRecordList", body, replay=Replay.READ)
            except NotFound as error:
                if error.code == "ResourceNotFound.NoDataOfRecord":
                    return list(found.values())
                raise
            count = answer.object("RecordCountInfo")
            total = 0 if count is None else count.required_integer("TotalCount")
            page = answer.objects("RecordList")
            before = len(found) + len(foreign)
            for item in page:
                record_id = item.required_integer("RecordId")
                if item.text("LineId") not in (None, DEFAULT_LINE):
                    foreign.add(record_id)
                    continue
                found[record_id] = Record(
                    id=str(record_id),
                    name=(item.text("Name") or APEX).lower(),
                    type=(item.text("Type") or "").upper(),
                    value=item.text("Value") or "",
                    ttl=item.integer("TTL"),
                    enabled=(item.text("Status") or "ENABLE").upper() == "ENABLE",
                )
            offset += len(page)
            known = len(found) + len(foreign)
            if known >= total:
                return list(found.values()) if known == total else None
            if known == before:
                return None

    def create(self, *, zone: str, name: str, type: str, value: str, ttl: int) -> int:
        """The id of the new record. A record that exists already is refused by its own code."""
        body = {
            "Domain": zone,
            "SubDomain": name,
            "RecordType": type,
            "RecordLine": LINE_NAME,
            "RecordLineId": DEFAULT_LINE,
            "Value": value,
            "TTL": ttl,
        }
        return self._client.call("CreateRecord", body, replay=Replay.NEVER).required_integer("RecordId")

    def delete(self, *, zone: str, record_id: int) -> None:
        self._client.call("DeleteRecord", {"Domain": zone, "RecordId": record_id}, replay=Replay.NEVER)
