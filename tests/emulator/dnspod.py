# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNSPod, API version 2021-03-23: zones and records, as far as proofs of a domain need them."""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .tencent_action import Action, Caller, Service, TencentError
from .tencent_time import beijing
from .world import Json, World

DEFAULT_LINE = "默认"
_TYPES = ("A", "AAAA", "CNAME", "TXT", "MX", "NS", "CAA", "SRV", "HTTPS", "SVCB", "SPF")
_SUB_DOMAIN = re.compile(r"@|\*|(\*\.)?[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
_HOST_NAME = re.compile(
    r"(?=.{1,253}\.?$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.?"
)
_ZONE_NAME = re.compile(r"(?=.{3,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_FREE_GRADE_TTL = 600
_MAX_TTL = 604800
_MAX_PAGE = 3000


@dataclass
class Record:
    id: int
    name: str
    type: str
    value: str
    ttl: int
    created: datetime
    updated: datetime
    enabled: bool = True
    mx: int = 0
    weight: int | None = None
    remark: str = ""
    default_ns: bool = False


@dataclass
class Zone:
    id: int
    name: str
    account: str
    created: datetime
    enabled: bool = True
    records: dict[int, Record] = field(default_factory=dict)


@dataclass
class DnsPodSettings:
    """``list_lag``: vendor seconds until a new record is listed; ``conflict_code``: of a CNAME beside other records."""

    list_lag: float = 0.0
    conflict_code: str = "InvalidParameter.CustomMessage"
    min_ttl: int = _FREE_GRADE_TTL


class DnsPod:
    """The zones of all accounts. ``lookup`` is what the rest of the world resolves."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.settings = DnsPodSettings()
        self.zones: dict[str, Zone] = {}
        self._last_zone = 90_000_000
        self._last_record = 1_900_000_000
        world.dns_services.append(self.lookup)
        self.service = Service("dnspod", "2021-03-23", self._actions())

    def _actions(self) -> dict[str, Action]:
        zone = {"Domain": "str!", "DomainId": "int"}
        text = {
            **zone,
            "SubDomain": "str",
            "RecordLine": "str!",
            "RecordLineId": "str",
            "Value": "str!",
            "TTL": "int",
            "Status": "str",
            "Remark": "str",
        }
        record = {**text, "RecordType": "str!", "MX": "int", "Weight": "int", "DnssecConflictMode": "str"}
        one = {**zone, "RecordId": "int!"}
        paging = {"Offset": "int", "Limit": "int", "Keyword": "str", "SortField": "str", "SortType": "str"}
        records = {**zone, **paging, "Subdomain": "str", "SubDomain": "str", "RecordType": "str", "RecordLine": "str"}
        records |= {"RecordLineId": "str", "GroupId": "int", "ErrorOnEmpty": "str"}
        filtered = {
            **zone,
            **paging,
            "SubDomain": "str",
            "RecordType": "[str]",
            "RecordLine": "[str]",
            "GroupId": "[int]",
        }
        filtered |= {"RecordValue": "str", "RecordStatus": "[str]", "Remark": "str", "IsExactSubDomain": "bool"}
        zones = {"Type": "str", "Offset": "int", "Limit": "int", "GroupId": "int", "Keyword": "str", "Tags": "[object]"}
        created = {"Domain": "str!", "GroupId": "int", "IsMark": "str", "TransferSubDomain": "bool", "Tags": "[object]"}
        return {
            "CreateRecord": Action(self.create_record, {**record, "GroupId": "int"}, write=True),
            "CreateTXTRecord": Action(self.create_record, {**text, "GroupId": "int"}, write=True),
            "ModifyRecord": Action(self.modify_record, {**record, "RecordId": "int!"}, write=True),
            "ModifyTXTRecord": Action(self.modify_record, {**text, "RecordId": "int!"}, write=True),
            "ModifyRecordStatus": Action(self.modify_record_status, {**one, "Status": "str!"}, write=True),
            "DeleteRecord": Action(self.delete_record, one, write=True),
            "DescribeRecord": Action(self.describe_record, one),
            "DescribeRecordList": Action(self.describe_record_list, records),
            "DescribeRecordFilterList": Action(self.describe_record_filter_list, filtered),
            "CreateDomain": Action(self.create_domain, created, write=True),
            "DeleteDomain": Action(self.delete_domain, zone, write=True),
            "DescribeDomain": Action(self.describe_domain, zone),
            "DescribeDomainList": Action(self.describe_domain_list, zones),
        }

    # What the rest of the emulator uses

    def lookup(self, name: str, record_type: str) -> list[str]:
        """Of the zone nearest to the name, as a delegation has it."""
        owners = [zone for zone in self.zones.values() if name == zone.name or name.endswith("." + zone.name)]
        zone = max(owners, key=lambda one: len(one.name), default=None)
        if zone is None or not zone.enabled:
            return []
        return [
            record.value
            for record in zone.records.values()
            if record.enabled and record.type == record_type and full_name(zone, record) == name
        ]

    def add_zone(self, name: str, account: str) -> Zone:
        self._last_zone += 1
        now = self.world.now()
        zone = self.zones[name] = Zone(self._last_zone, name, account, now)
        for server in ("ns1", "ns2"):
            record = self.add_record(zone, "@", "NS", f"{server}.dnspod.net", ttl=86400)
            record.default_ns = True
        return zone

    def add_record(self, zone: Zone, name: str, record_type: str, value: str, *, ttl: int = 600) -> Record:
        """Without any check; names of hosts get the trailing dot that the API shows."""
        self._last_record += 1
        now = self.world.now()
        record = Record(self._last_record, name, record_type, stored(record_type, value), ttl, now, now)
        zone.records[record.id] = record
        return record

    def conflicts(self, zone: Zone, name: str, record_type: str, besides: int | None = None) -> bool:
        """A CNAME stands alone at its name; the zone's own NS at the apex do not count."""
        return any(
            record.name == name
            and record.id != besides
            and not record.default_ns
            and "CNAME" in (record_type, record.type)
            for record in zone.records.values()
        )

    # Records

    def create_record(self, caller: Caller, given: Json) -> Json:
        zone = self._zone(caller, given)
        wanted = self._wanted(given)
        self._refuse_double(zone, wanted)
        record = self.add_record(zone, wanted["name"], wanted["type"], wanted["value"])
        self._set(record, wanted)
        return {"RecordId": record.id}

    def modify_record(self, caller: Caller, given: Json) -> Json:
        zone = self._zone(caller, given)
        record = self._record(zone, given)
        wanted = self._wanted(given, old=record)
        self._refuse_double(zone, wanted, besides=record.id)
        record.updated = self.world.now()
        self._set(record, wanted)
        return {"RecordId": record.id}

    def modify_record_status(self, caller: Caller, given: Json) -> Json:
        record = self._record(self._zone(caller, given), given)
        record.enabled = _enabled(given["Status"])
        return {"RecordId": record.id}

    def delete_record(self, caller: Caller, given: Json) -> Json:
        zone = self._zone(caller, given)
        record = self._record(zone, given)
        if record.default_ns:
            raise TencentError("InvalidParameter.OperateFailed", "The default NS records cannot be deleted.")
        del zone.records[record.id]
        return {}

    def describe_record(self, caller: Caller, given: Json) -> Json:
        zone = self._zone(caller, given)
        record = self._record(zone, given)
        info = {
            "Id": record.id,
            "SubDomain": record.name,
            "RecordType": record.type,
            "RecordLine": DEFAULT_LINE,
            "RecordLineId": "0",
            "Value": record.value,
            "Weight": record.weight,
            "MX": record.mx,
            "TTL": record.ttl,
            "Enabled": int(record.enabled),
            "MonitorStatus": "",
            "Remark": record.remark,
            "UpdatedOn": beijing(record.updated),
            "DomainId": zone.id,
        }
        return {"RecordInfo": info}

    def describe_record_list(self, caller: Caller, given: Json) -> Json:
        zone = self._zone(caller, given)
        wanted_name = given.get("SubDomain", given.get("Subdomain"))
        found = [
            record
            for record in self._listed(zone, given)
            if wanted_name in (None, "", record.name) and given.get("RecordType", "") in ("", record.type)
        ]
        if given.get("RecordLineId", "0") not in ("", "0") or given.get("RecordLine", "") not in ("", DEFAULT_LINE):
            found = []
        if not found and given.get("ErrorOnEmpty", "yes") != "no":
            raise TencentError("ResourceNotFound.NoDataOfRecord", "No records on the list.")
        return _record_page(found, given)

    def describe_record_filter_list(self, caller: Caller, given: Json) -> Json:
        zone = self._zone(caller, given)
        name, exact = given.get("SubDomain", ""), given.get("IsExactSubDomain", False)
        found = [
            record
            for record in self._listed(zone, given)
            if (record.name == name if exact and name else name in record.name)
            and given.get("RecordType", [record.type]).count(record.type)
            and given.get("RecordStatus", [_status(record)]).count(_status(record))
            and given.get("RecordValue", record.value) == record.value
            and given.get("Remark", "") in record.remark
        ]
        return _record_page(found, given)

    def _listed(self, zone: Zone, given: Json) -> Iterator[Record]:
        keyword = given.get("Keyword", "")
        for record in zone.records.values():
            if (keyword in record.name or keyword in record.value) and self.world.passed(
                record.created, self.settings.list_lag
            ):
                yield record

    # Zones

    def create_domain(self, caller: Caller, given: Json) -> Json:
        name = given["Domain"].lower()
        if not _ZONE_NAME.fullmatch(name):
            raise TencentError("InvalidParameter.DomainInvalid", "The domain is invalid.")
        if name in self.zones:
            mine = self.zones[name].account == caller.account
            raise TencentError(f"FailedOperation.{'DomainExists' if mine else 'DomainOwnedByOtherUser'}")
        zone = self.add_zone(name, caller.account)
        servers = [record.value.rstrip(".") for record in zone.records.values() if record.default_ns]
        return {"DomainInfo": {"Id": zone.id, "Domain": name, "Punycode": name, "GradeNsList": servers}}

    def delete_domain(self, caller: Caller, given: Json) -> Json:
        del self.zones[self._zone(caller, given).name]
        return {}

    def describe_domain(self, caller: Caller, given: Json) -> Json:
        zone = self._zone(caller, given)
        item = _zone_item(zone)
        servers = item.pop("EffectiveDNS")
        more = {"Domain": item.pop("Name"), "DnspodNsList": servers, "ActualNsList": servers, "IsSubDomain": False}
        return {"DomainInfo": {**item, **more, "Uin": zone.account}}

    def describe_domain_list(self, caller: Caller, given: Json) -> Json:
        mine = [zone for zone in self.zones.values() if zone.account == caller.account]
        found = [zone for zone in mine if given.get("Keyword", "") in zone.name]
        if given.get("Type", "ALL") == "PAUSE":
            found = [zone for zone in found if not zone.enabled]
        if not found:
            raise TencentError("ResourceNotFound.NoDataOfDomain", "No domains on the list.")
        paused = sum(not zone.enabled for zone in mine)
        totals = {"DomainTotal": len(found), "AllTotal": len(mine), "MineTotal": len(mine), "PauseTotal": paused}
        zero = (
            "ShareTotal",
            "VipTotal",
            "ErrorTotal",
            "LockTotal",
            "SpamTotal",
            "VipExpire",
            "ShareOutTotal",
            "GroupTotal",
        )
        offset, limit = _window(given, default=_MAX_PAGE)
        return {
            "DomainCountInfo": {**totals, **dict.fromkeys(zero, 0)},
            "DomainList": [_zone_item(zone) for zone in found[offset : offset + limit]],
        }

    # Checks

    def _zone(self, caller: Caller, given: Json) -> Zone:
        if "DomainId" in given:
            zone = next((zone for zone in self.zones.values() if zone.id == given["DomainId"]), None)
            if zone is None:
                raise TencentError("InvalidParameter.DomainIdInvalid", "The domain number is incorrect.")
        else:
            zone = self.zones.get(given["Domain"].lower())
            if zone is None:
                code = "InvalidParameterValue.DomainNotExists"
                raise TencentError(code, "The domain does not exist in the current account.")
        if zone.account != caller.account:
            raise TencentError("OperationDenied.NoPermissionToOperateDomain", "No permission to operate the domain.")
        return zone

    def _record(self, zone: Zone, given: Json) -> Record:
        record = zone.records.get(given["RecordId"])
        if record is None:
            raise TencentError("InvalidParameter.RecordIdInvalid", "The record number is incorrect.")
        return record

    def _wanted(self, given: Json, old: Record | None = None) -> dict[str, Any]:
        """The checked members of a record."""
        record_type = given.get("RecordType", "TXT")
        if record_type not in _TYPES:
            raise TencentError("InvalidParameter.RecordTypeInvalid", "The record type is invalid.")
        if given.get("RecordLineId", "0") != "0" or (
            "RecordLineId" not in given and given["RecordLine"] != DEFAULT_LINE
        ):
            raise TencentError("InvalidParameter.RecordLineInvalid", "The record line is invalid.")
        name = (given.get("SubDomain") or "@").lower()
        if not _SUB_DOMAIN.fullmatch(name):
            raise TencentError("InvalidParameter.SubdomainInvalid", "The subdomain is invalid.")
        if not _value_fits(record_type, given["Value"]):
            raise TencentError("InvalidParameter.RecordValueInvalid", "The record value is invalid.")
        ttl = given.get("TTL", old.ttl if old else 600)
        if not self.settings.min_ttl <= ttl <= _MAX_TTL:
            raise TencentError("LimitExceeded.RecordTtlLimit", "The TTL exceeds the limit of the package.")
        return {
            "name": name,
            "type": record_type,
            "value": stored(record_type, given["Value"]),
            "ttl": ttl,
            "enabled": _enabled(given.get("Status", "ENABLE")),
            "mx": given.get("MX", 0),
            "weight": given.get("Weight"),
            "remark": given.get("Remark", old.remark if old else ""),
        }

    def _refuse_double(self, zone: Zone, wanted: dict[str, Any], besides: int | None = None) -> None:
        for record in zone.records.values():
            same = (record.name, record.type, record.value) == (wanted["name"], wanted["type"], wanted["value"])
            if same and record.id != besides:
                raise TencentError("InvalidParameter.DomainRecordExist", "The record already exists.")
        if self.conflicts(zone, wanted["name"], wanted["type"], besides):
            raise TencentError(self.settings.conflict_code, "The record conflicts with other records of that name.")

    def _set(self, record: Record, wanted: dict[str, Any]) -> None:
        for name, value in wanted.items():
            setattr(record, name, value)


def full_name(zone: Zone, record: Record) -> str:
    return zone.name if record.name == "@" else f"{record.name}.{zone.name}"


def stored(record_type: str, value: str) -> str:
    """Names of hosts are kept and shown with a trailing dot."""
    return value.rstrip(".") + "." if record_type in ("CNAME", "NS", "MX") else value


def _value_fits(record_type: str, value: str) -> bool:
    if record_type in ("A", "AAAA"):
        try:
            return ipaddress.ip_address(value).version == (4 if record_type == "A" else 6)
        except ValueError:
            return False
    if record_type in ("CNAME", "NS", "MX"):
        return _HOST_NAME.fullmatch(value.lower()) is not None
    return 0 < len(value) <= 1024


def _enabled(status: str) -> bool:
    if status not in ("ENABLE", "DISABLE"):
        raise TencentError("InvalidParameter.StatusCodeInvalid", "The status is invalid.")
    return status == "ENABLE"


def _status(record: Record) -> str:
    return "ENABLE" if record.enabled else "DISABLE"


def _window(given: Json, *, default: int) -> tuple[int, int]:
    offset, limit = given.get("Offset", 0), given.get("Limit", default)
    if offset < 0:
        raise TencentError("InvalidParameter.OffsetInvalid", "The offset is invalid.")
    if not 0 < limit <= _MAX_PAGE:
        raise TencentError("InvalidParameterValue.LimitInvalid", "The limit is invalid.")
    return offset, limit


def _record_page(found: list[Record], given: Json) -> Json:
    field_name = {
        "weight": "weight",
        "mx": "mx",
        "ttl": "ttl",
        "updated_on": "updated",
        "value": "value",
        "type": "type",
    }
    key = field_name.get(given.get("SortField", "").lower(), "name")
    if given.get("SortField"):
        found = sorted(found, key=lambda r: str(getattr(r, key)), reverse=given.get("SortType", "ASC") == "DESC")
    offset, limit = _window(given, default=100)
    page = found[offset : offset + limit]
    return {
        "RecordCountInfo": {
            "SubdomainCount": len({record.name for record in found}),
            "ListCount": len(page),
            "TotalCount": len(found),
        },
        "RecordList": [_record_item(record) for record in page],
    }


def _record_item(record: Record) -> Json:
    return {
        "RecordId": record.id,
        "Value": record.value,
        "Status": _status(record),
        "UpdatedOn": beijing(record.updated),
        "Name": record.name,
        "Line": DEFAULT_LINE,
        "LineId": "0",
        "Type": record.type,
        "Weight": record.weight,
        "MonitorStatus": "",
        "Remark": record.remark,
        "TTL": record.ttl,
        "MX": record.mx,
        "DefaultNS": record.default_ns,
    }


def _zone_item(zone: Zone) -> Json:
    return {
        "DomainId": zone.id,
        "Name": zone.name,
        "Status": "ENABLE" if zone.enabled else "PAUSE",
        "TTL": 600,
        "CNAMESpeedup": "DISABLE",
        "DNSStatus": "",
        "Grade": "DP_FREE",
        "GroupId": 1,
        "SearchEnginePush": "NO",
        "Remark": "",
        "Punycode": zone.name,
        "EffectiveDNS": [record.value.rstrip(".") for record in zone.records.values() if record.default_ns],
        "GradeLevel": 2,
        "GradeTitle": "免费版",
        "IsVip": "NO",
        "VipStartAt": "0000-00-00 00:00:00",
        "VipEndAt": "0000-00-00 00:00:00",
        "VipAutoRenew": "DEFAULT",
        "RecordCount": len(zone.records),
        "CreatedOn": beijing(zone.created),
        "UpdatedOn": beijing(max([zone.created, *(record.updated for record in zone.records.values())])),
        "Owner": f"qcloud_uin_{zone.account}@qcloud.com",
        "TagList": [],
    }
