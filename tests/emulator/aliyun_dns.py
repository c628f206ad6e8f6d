# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AliDNS, version 2015-01-09: zones and records, as far as proofs of a domain need them."""

import ipaddress
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .aliyun_operation import Action, AliyunError, Caller, Service, milliseconds, page
from .world import Json, Response, World

DEFAULT_LINE = "default"
_TYPES = ("A", "AAAA", "CNAME", "TXT", "MX", "NS", "CAA", "SRV")
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_RR = re.compile(rf"@|\*|(\*\.)?{_LABEL}(\.{_LABEL})*")
_HOST_NAME = re.compile(rf"(?=.{{1,253}}\.?$)({_LABEL}\.)*{_LABEL}\.?")
_MAX_TTL = 86400
_MAX_RECORDS = 500
_MAX_ZONES = 100


@dataclass
class Record:
    id: str
    name: str
    type: str
    value: str
    ttl: int
    created: datetime
    updated: datetime
    priority: int | None = None
    enabled: bool = True
    locked: bool = False
    remark: str = ""


@dataclass
class Zone:
    id: str
    name: str
    account: str
    created: datetime
    records: dict[str, Record] = field(default_factory=dict)


@dataclass
class DnsSettings:
    """``list_lag``: vendor seconds until a new record is listed; the codes are of what no source settles."""

    list_lag: float = 0.0
    min_ttl: int = 600
    record_quota: int = 90
    absent_zone_code: str = "InvalidDomainName.NoExist"
    conflict_code: str = "DomainRecordConflict"


class DnsPart:
    """The zones of all accounts; ``lookup`` is what the rest of the world resolves. From the start: one zone."""

    name = "dns"
    kinds = ("zones",)

    def __init__(self, world: World, account: str) -> None:
        self.world = world
        self.account = account
        self.settings = DnsSettings()
        self.zones: dict[str, Zone] = {}
        world.dns_services.append(self.lookup)
        self.service = Service("alidns", "alidns", "2015-01-09", self._actions())
        self.add_zone("aliyun.example.net", account)

    def _actions(self) -> dict[str, Action]:
        paging = {"PageNumber": "int", "PageSize": "int"}
        one = {"RecordId": "str!"}
        record = {"RR": "str!", "Type": "str!", "Value": "str!", "TTL": "int", "Priority": "int", "Line": "str"}
        words = {"KeyWord": "str", "RRKeyWord": "str", "TypeKeyWord": "str", "ValueKeyWord": "str"}
        listed = {"DomainName": "str!", **paging, **words, "SearchMode": "str", "Type": "str", "Line": "str"}
        subdomain = {"SubDomain": "str!", "DomainName": "str", "Type": "str", "Line": "str", **paging}
        zones = {"KeyWord": "str", "SearchMode": "str", **paging}
        return {
            "AddDomainRecord": _action(self.add_record, {"DomainName": "str!", **record}, write=True),
            "UpdateDomainRecord": _action(self.update_record, {**one, **record}, write=True),
            "DeleteDomainRecord": _action(self.delete_record, one, write=True),
            "DescribeDomainRecordInfo": _action(self.describe_record, one),
            "DescribeDomainRecords": _action(self.describe_records, {**listed, "Status": "str"}),
            "DescribeSubDomainRecords": _action(self.describe_subdomain, subdomain),
            "DescribeDomains": _action(self.describe_zones, zones),
            "DescribeDomainInfo": _action(self.describe_zone, {"DomainName": "str!"}),
        }

    # What the rest of the emulator uses

    def lookup(self, name: str, record_type: str) -> list[str]:
        """Of the zone nearest to the name, as a delegation has it."""
        owners = [zone for zone in self.zones.values() if name == zone.name or name.endswith("." + zone.name)]
        zone = max(owners, key=lambda one: len(one.name), default=None)
        if zone is None:
            return []
        return [
            record.value
            for record in zone.records.values()
            if record.enabled and record.type == record_type and full_name(zone, record) == name
        ]

    def add_zone(self, name: str, account: str) -> Zone:
        zone = self.zones[name] = Zone(secrets.token_hex(16), name, account, self.world.now())
        return zone

    def put(self, zone: Zone, name: str, record_type: str, value: str, *, ttl: int = 600) -> Record:
        """Without any check."""
        now = self.world.now()
        identity = str(secrets.randbelow(9 * 10**17) + 10**17)
        record = Record(identity, name, record_type, stored(record_type, value), ttl, now, now)
        zone.records[identity] = record
        return record

    # Control

    def state(self) -> Json:
        return {"zones": [_shown_zone(zone) for zone in self.zones.values()]}

    def add(self, kind: str, body: Json) -> Json:
        """A zone, or more records for one that is there: ``{"name", "account"?, "records": [...]}``."""
        unknown = set(body) - {"name", "account", "records"}
        if unknown:
            raise ValueError(f"a zone has no settable {', '.join(sorted(unknown))}")
        name = str(body["name"]).lower()
        zone = self.zones.get(name) or self.add_zone(name, str(body.get("account", self.account)))
        for given in body.get("records", []):
            record = self.put(zone, given.get("name", "@"), given["type"], given["value"], ttl=given.get("ttl", 600))
            record.enabled, record.locked = bool(given.get("enabled", True)), bool(given.get("locked", False))
        return _shown_zone(zone)

    def control(self, method: str, parts: list[str], query: dict[str, str], body: Json) -> Response | None:
        if len(parts) != 2 or parts[1] not in self.zones or method not in ("GET", "DELETE"):
            return None
        zone = self.zones.pop(parts[1]) if method == "DELETE" else self.zones[parts[1]]
        return Response(body=_shown_zone(zone))

    # Records

    def add_record(self, caller: Caller, given: Json) -> Json:
        zone = self._zone(caller, given["DomainName"])
        wanted = self._wanted(given)
        self._refuse_double(zone, wanted)
        same = [one for one in zone.records.values() if (one.name, one.type) == (wanted["name"], wanted["type"])]
        if len(same) >= self.settings.record_quota:
            raise AliyunError("QuotaExceeded.Record", "The number of records of this name and type is used up.")
        record = self.put(zone, wanted["name"], wanted["type"], wanted["value"])
        _set(record, wanted)
        return {"RecordId": record.id}

    def update_record(self, caller: Caller, given: Json) -> Json:
        zone, record = self._record(caller, given)
        wanted = self._wanted(given)
        self._refuse_double(zone, wanted, besides=record if _differs(record, wanted) else None)
        _set(record, wanted)
        record.updated = self.world.now()
        return {"RecordId": record.id}

    def delete_record(self, caller: Caller, given: Json) -> Json:
        zone, record = self._record(caller, given)
        del zone.records[record.id]
        return {"RecordId": record.id}

    def describe_record(self, caller: Caller, given: Json) -> Json:
        zone, record = self._record(caller, given, change=False)
        return {**_record_item(zone, record), "DomainId": zone.id, "PunyCode": zone.name}

    def describe_records(self, caller: Caller, given: Json) -> Json:
        zone = self._zone(caller, given["DomainName"])
        found = [record for record in self._listed(zone) if self._found(record, given)]
        return _records([{**_row_item(zone, one), **_times(one)} for one in found], given)

    def describe_subdomain(self, caller: Caller, given: Json) -> Json:
        """Exact; the zone is found by itself when it is not named."""
        name = given["SubDomain"].lower().rstrip(".").removeprefix("@.")
        zone = self._zone(caller, given["DomainName"]) if "DomainName" in given else self._zone_over(caller, name)
        wanted = given.get("Type", "").upper()
        found = [
            record
            for record in self._listed(zone)
            if full_name(zone, record) == name and wanted in ("", record.type) and _line_fits(given)
        ]
        return _records([_row_item(zone, one) for one in found], given)

    # Zones

    def describe_zones(self, caller: Caller, given: Json) -> Json:
        word, exact = given.get("KeyWord", "").lower(), given.get("SearchMode", "LIKE").upper() == "EXACT"
        mine = [zone for zone in self.zones.values() if zone.account == caller.account]
        found = [zone for zone in mine if not word or word == zone.name or (not exact and word in zone.name)]
        rows, about = page(found, given, default=20, largest=_MAX_ZONES)
        items = [
            {**_zone_item(zone), "RecordCount": len(zone.records), "CreateTimestamp": milliseconds(zone.created)}
            for zone in rows
        ]
        return {**about, "Domains": {"Domain": items}}

    def describe_zone(self, caller: Caller, given: Json) -> Json:
        zone = self._zone(caller, given["DomainName"])
        return {**_zone_item(zone), "MinTtl": self.settings.min_ttl, "LineType": "region_level"}

    # Checks

    def _zone(self, caller: Caller, name: str) -> Zone:
        zone = self.zones.get(name.lower().rstrip("."))
        if zone is None:
            raise AliyunError(self.settings.absent_zone_code, "The specified domain name does not exist.")
        if zone.account != caller.account:
            raise AliyunError("IncorrectDomainUser", "The domain name does not belong to this user.")
        return zone

    def _zone_over(self, caller: Caller, name: str) -> Zone:
        over = [zone for zone in self.zones if name == zone or name.endswith("." + zone)]
        return self._zone(caller, max(over, key=len, default=name))

    def _record(self, caller: Caller, given: Json, *, change: bool = True) -> tuple[Zone, Record]:
        for zone in self.zones.values():
            record = zone.records.get(given["RecordId"])
            if record is None or zone.account != caller.account:
                continue
            if record.locked and change:
                raise AliyunError("DomainRecordLocked", "The domain record has been locked.")
            return zone, record
        raise AliyunError("DomainRecordNotBelongToUser", "The domain record does not belong to this user.")

    def _wanted(self, given: Json) -> dict[str, Any]:
        """The checked members of a record."""
        name, record_type, ttl = given["RR"].lower(), given["Type"].upper(), given.get("TTL", 600)
        if record_type not in _TYPES:
            raise AliyunError("InvalidParameter", "The specified Type is not valid.")
        if not _RR.fullmatch(name):
            raise AliyunError("InvalidRR.Format", "The specified RR is not well formatted.")
        if not _value_fits(record_type, given["Value"]):
            raise AliyunError("InvalidParameter", "The specified Value is not valid.")
        if not self.settings.min_ttl <= ttl <= _MAX_TTL:
            raise AliyunError("InvalidTTL", "The specified TTL is not allowed for this edition.")
        if not _line_fits(given):
            raise AliyunError("UnsupportedLine", "The specified line is not supported.")
        if record_type == "MX" and "Priority" not in given:
            raise AliyunError("MissingPriority", "Priority is mandatory for this action.")
        value = stored(record_type, given["Value"])
        return {"name": name, "type": record_type, "value": value, "ttl": ttl, "priority": given.get("Priority")}

    def _refuse_double(self, zone: Zone, wanted: dict[str, Any], besides: Record | None = None) -> None:
        others = [one for one in zone.records.values() if one.name == wanted["name"] and one is not besides]
        if any((one.type, one.value) == (wanted["type"], wanted["value"]) for one in others):
            raise AliyunError("DomainRecordDuplicate", "The domain record is duplicated.")
        if any("CNAME" in (one.type, wanted["type"]) for one in others):
            raise AliyunError(self.settings.conflict_code, "The domain record is conflict with other records.")

    def _listed(self, zone: Zone) -> list[Record]:
        newest_first = reversed(zone.records.values())
        return [one for one in newest_first if self.world.passed(one.created, self.settings.list_lag)]

    def _found(self, record: Record, given: Json) -> bool:
        """The keywords are contained, whatever the case; SearchMode EXACT makes KeyWord the whole RR."""
        words = {"RRKeyWord": record.name, "TypeKeyWord": record.type, "ValueKeyWord": record.value}
        word = given.get("KeyWord", "").lower()
        if given.get("SearchMode", "").upper() == "EXACT":
            fits = word in ("", record.name)
        else:
            fits = word in record.name or word in record.value.lower()
        return (
            fits
            and all(given.get(name, "").lower() in text.lower() for name, text in words.items())
            and given.get("Type", "").upper() in ("", record.type)
            and given.get("Status", "").upper() in ("", "ENABLE" if record.enabled else "DISABLE")
            and _line_fits(given)
        )


def full_name(zone: Zone, record: Record) -> str:
    return zone.name if record.name == "@" else f"{record.name}.{zone.name}"


def stored(record_type: str, value: str) -> str:
    """Names of hosts are kept and shown without a trailing dot."""
    return value.rstrip(".") if record_type in ("CNAME", "NS", "MX") else value


def _action(run: Callable[[Caller, Json], Json], parameters: dict[str, str], *, write: bool = False) -> Action:
    return Action(run, parameters, write, position="anywhere")


def _differs(record: Record, wanted: dict[str, Any]) -> bool:
    """An update to what is there already counts as a duplicate of itself."""
    return any(getattr(record, name) != value for name, value in wanted.items())


def _set(record: Record, wanted: dict[str, Any]) -> None:
    for name, value in wanted.items():
        setattr(record, name, value)


def _line_fits(given: Json) -> bool:
    line: str = given.get("Line", DEFAULT_LINE)
    return line == DEFAULT_LINE


def _value_fits(record_type: str, value: str) -> bool:
    if record_type in ("A", "AAAA"):
        try:
            return ipaddress.ip_address(value).version == (4 if record_type == "A" else 6)
        except ValueError:
            return False
    if record_type in ("CNAME", "NS", "MX"):
        return _HOST_NAME.fullmatch(value.lower()) is not None
    return 0 < len(value) <= 512


def _record_item(zone: Zone, record: Record) -> Json:
    item = {
        "DomainName": zone.name,
        "RecordId": record.id,
        "RR": record.name,
        "Type": record.type,
        "Value": record.value,
        "TTL": record.ttl,
        "Line": DEFAULT_LINE,
        "Status": "ENABLE" if record.enabled else "DISABLE",
        "Locked": record.locked,
    }
    return item if record.priority is None else {**item, "Priority": record.priority}


def _row_item(zone: Zone, record: Record) -> Json:
    return {**_record_item(zone, record), "Weight": 1}


def _times(record: Record) -> Json:
    """Of the rows of one listing alone."""
    return {"CreateTimestamp": milliseconds(record.created), "UpdateTimestamp": milliseconds(record.updated)}


def _records(items: list[Json], given: Json) -> Json:
    rows, about = page(items, given, default=20, largest=_MAX_RECORDS)
    return {**about, "DomainRecords": {"Record": rows}}


def _zone_item(zone: Zone) -> Json:
    return {
        "DomainId": zone.id,
        "DomainName": zone.name,
        "PunyCode": zone.name,
        "AliDomain": False,
        "VersionCode": "mianfei",
        "VersionName": "Alibaba Cloud DNS",
        "DnsServers": {"DnsServer": ["dns1.hichina.com", "dns2.hichina.com"]},
        "ResourceGroupId": "rg-emulator",
    }


def _shown_zone(zone: Zone) -> Json:
    return {
        "name": zone.name,
        "account": zone.account,
        "records": [
            {
                "id": record.id,
                "name": record.name,
                "type": record.type,
                "value": record.value,
                "ttl": record.ttl,
                "enabled": record.enabled,
                "locked": record.locked,
            }
            for record in zone.records.values()
        ],
    }
