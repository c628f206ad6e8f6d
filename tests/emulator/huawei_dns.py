# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Huawei Cloud DNS, v2 and v2.1: public zones and their record sets, as far as proofs of a domain need them.

https://support.huaweicloud.com/intl/en-us/api-dns/dns_api_80003.html and the models of the vendor's SDK.
"""

import ipaddress
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .huawei_errors import Refused, refused
from .huawei_iam import DEFAULT_DOMAIN_ID, DEFAULT_PROJECT_ID, Caller, Identity
from .huawei_routing import Route
from .world import Json, Response, World

DEFAULT_ZONE = "huawei.example.org."
DEFAULT_TTL, MAX_TTL = 300, 2147483647
MAX_LIMIT = 500
DEFAULT_LINE = "default_view"
_RECORDSETS = "/v2/zones/{zone_id}/recordsets"
_LINED = "/v2.1/zones/{zone_id}/recordsets"
ROUTES = (
    Route("dns", "ListPublicZones", "GET", "/v2/zones"),
    Route("dns", "ShowPublicZone", "GET", "/v2/zones/{zone_id}"),
    Route("dns", "ListRecordSetsByZone", "GET", _RECORDSETS),
    Route("dns", "CreateRecordSet", "POST", _RECORDSETS, write=True),
    Route("dns", "ShowRecordSet", "GET", _RECORDSETS + "/{recordset_id}"),
    Route("dns", "UpdateRecordSet", "PUT", _RECORDSETS + "/{recordset_id}", write=True),
    Route("dns", "DeleteRecordSet", "DELETE", _RECORDSETS + "/{recordset_id}", write=True),
    Route("dns", "ShowRecordSetByZone", "GET", _LINED),
    Route("dns", "CreateRecordSetWithLine", "POST", _LINED, write=True),
    Route("dns", "ShowRecordSetWithLine", "GET", _LINED + "/{recordset_id}"),
    Route("dns", "UpdateRecordSets", "PUT", _LINED + "/{recordset_id}", write=True),
    Route("dns", "DeleteRecordSets", "DELETE", _LINED + "/{recordset_id}", write=True),
)

_OF_LINES = frozenset(route.operation for route in ROUTES if route.template.startswith(_LINED))
_LINES = (DEFAULT_LINE, "Dianxin", "Liantong", "Yidong", "Jiaoyuwang", "Tietong", "CN", "Abroad")
_TYPES = ("A", "AAAA", "CNAME", "MX", "TXT", "NS", "SRV", "CAA")
_NAME = re.compile(r"(?=.{1,254}$)(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+")
_TEXT = re.compile(r'"((?:[^"\\]|\\.){1,255})"(?: "((?:[^"\\]|\\.){1,255})")*')
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass
class RecordSet:
    """``values`` are as they are sent: TXT in quotes. ``before`` is what resolvers see until an update is through."""

    id: str
    name: str
    type: str
    values: tuple[str, ...]
    ttl: int
    created: datetime
    updated: datetime
    description: str = ""
    line: str = DEFAULT_LINE
    default: bool = False
    enabled: bool = True
    pending: str = ""
    before: tuple[str, ...] = ()


@dataclass
class Zone:
    """``name`` ends in a dot."""

    id: str
    name: str
    domain_id: str
    project_id: str
    created: datetime
    status: str = "ACTIVE"
    description: str = ""
    records: dict[str, RecordSet] = field(default_factory=dict)


@dataclass
class DnsSettings:
    """Times in vendor seconds. HUAWEI.md says what each switch is for."""

    settle: float = 2.0
    list_lag: float = 0.0
    refuse_unsettled: bool = True
    conflict_code: str = "DNS.0312"
    exact_ignores_dot: bool = False
    error_members: str = "code"
    recordset_quota: int = 500
    count_offset: int = 0
    denied: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class DnsCall:
    """One request: the operation of its route, the path's parameters, the query, the body's members."""

    operation: str
    parameters: dict[str, str]
    query: dict[str, str]
    body: Json

    @property
    def lined(self) -> bool:
        """Of v2.1, which knows resolution lines and spells some members of its answers in another way."""
        return self.operation in _OF_LINES


class PublicZones:
    """The public zones of all accounts; ``lookup`` is what the rest of the world resolves."""

    def __init__(self, world: World, identity: Identity) -> None:
        self.world = world
        self.settings = DnsSettings()
        self.zones: dict[str, Zone] = {}
        self._identity = identity
        self._operations: dict[str, Callable[[DnsCall, Caller], Response]] = {
            "ListPublicZones": self._list_zones,
            "ShowPublicZone": self._show_zone,
            "ListRecordSetsByZone": self._list_records,
            "CreateRecordSet": self._create,
            "ShowRecordSet": self._show,
            "UpdateRecordSet": self._update,
            "DeleteRecordSet": self._delete,
            "ShowRecordSetByZone": self._list_records,
            "CreateRecordSetWithLine": self._create,
            "ShowRecordSetWithLine": self._show,
            "UpdateRecordSets": self._update,
            "DeleteRecordSets": self._delete,
        }
        world.dns_services.append(self.lookup)

    def perform(self, call: DnsCall, caller: Caller) -> Response:
        """Raises ``Refused``."""
        try:
            if call.operation in self.settings.denied:
                raise refused("DNS.0030")
            self._check_project(caller)
            return self._operations[call.operation](call, caller)
        except Refused as refusal:
            refusal.plain = self.settings.error_members == "error_code"
            raise

    # What the rest of the emulator uses

    def lookup(self, name: str, record_type: str) -> list[str]:
        """Of the zone nearest to the name, as a delegation has it."""
        wanted = f"{name}."
        owners = [zone for zone in self.zones.values() if wanted == zone.name or wanted.endswith(f".{zone.name}")]
        if not owners:
            return []
        zone = max(owners, key=lambda one: len(one.name))
        return [
            _resolved(record.type, value)
            for record in self.living(zone)
            if record.type == record_type and record.name == wanted and record.enabled and record.line == DEFAULT_LINE
            for value in self._served(record)
        ]

    def add_zone(self, name: str, *, identifier: str = "", domain_id: str = DEFAULT_DOMAIN_ID) -> Zone:
        """With the record sets that every zone has from the start."""
        full = name.lower().rstrip(".") + "."
        owned = [one.id for one in self._identity.projects.values() if one.domain_id == domain_id]
        project = owned[0] if owned else DEFAULT_PROJECT_ID
        zone = Zone(identifier or secrets.token_hex(16), full, domain_id, project, self.world.now())
        self.zones[zone.id] = zone
        soa = "ns1.huaweicloud-dns.com. hwclouds\\.cs.huawei.com. (1 7200 900 1209600 300)"
        self.put(zone, full, "SOA", (soa,), default=True)
        self.put(zone, full, "NS", ("ns1.huaweicloud-dns.com.", "ns1.huaweicloud-dns.cn."), ttl=172800, default=True)
        return zone

    def put(
        self,
        zone: Zone,
        name: str,
        record_type: str,
        values: tuple[str, ...],
        *,
        ttl: int = DEFAULT_TTL,
        default: bool = False,
    ) -> RecordSet:
        """Without any check, and through at once."""
        now = self.world.now()
        record = RecordSet(secrets.token_hex(16), name, record_type, values, ttl, now, now, default=default)
        zone.records[record.id] = record
        return record

    def living(self, zone: Zone) -> list[RecordSet]:
        """Without those whose deletion is through."""
        gone = [
            one.id for one in zone.records.values() if one.pending == "PENDING_DELETE" and self._through(one.updated)
        ]
        for identifier in gone:
            del zone.records[identifier]
        return list(zone.records.values())

    def status(self, record: RecordSet) -> str:
        if record.pending and not self._through(record.updated):
            return record.pending
        return "ACTIVE" if record.enabled else "DISABLE"

    def settle(self) -> None:
        """Ends all that is under way."""
        for zone in self.zones.values():
            zone.records = {one.id: one for one in zone.records.values() if one.pending != "PENDING_DELETE"}
            for record in zone.records.values():
                record.pending = ""

    # Zones

    def _list_zones(self, call: DnsCall, caller: Caller) -> Response:
        mine = [one for one in self.zones.values() if one.domain_id == caller.domain_id]
        if call.query.get("type", "public") != "public":
            mine = []
        found = [
            one
            for one in mine
            if self._named(one.name, call.query)
            and call.query.get("id", one.id) == one.id
            and call.query.get("status", one.status) == one.status
        ]
        return self._page(found[::-1], call, "zones", self._shown_zone)

    def _show_zone(self, call: DnsCall, caller: Caller) -> Response:
        return Response(200, self._shown_zone(self._zone(call, caller)))

    # Record sets

    def _list_records(self, call: DnsCall, caller: Caller) -> Response:
        zone = self._zone(call, caller)
        found = [
            one
            for one in self.living(zone)
            if self._named(one.name, call.query)
            and self.world.passed(one.created, 0 if one.default else self.settings.list_lag)
            and call.query.get("type", one.type) == one.type
            and call.query.get("id", one.id) == one.id
            and call.query.get("line_id", one.line) == one.line
            and call.query.get("status", self.status(one)) == self.status(one)
        ]
        return self._page(found, call, "recordsets", lambda one: self._shown(zone, one, call))

    def _show(self, call: DnsCall, caller: Caller) -> Response:
        zone = self._zone(call, caller)
        return Response(200, self._shown(zone, self._record(zone, call), call))

    def _create(self, call: DnsCall, caller: Caller) -> Response:
        zone = self._zone(call, caller)
        name, record_type = _name_in(zone, call.body.get("name")), _type(call.body.get("type"))
        values = _values(record_type, call.body.get("records"))
        ttl, description = _ttl(call.body, DEFAULT_TTL), _description(call.body, "")
        line = _line(call)
        self._refuse_double(zone, name, record_type, line)
        if len(self.living(zone)) >= self.settings.recordset_quota:
            raise refused("DNS.0403")
        record = self.put(zone, name, record_type, values, ttl=ttl)
        record.description, record.line, record.pending = description, line, "PENDING_CREATE"
        record.enabled = call.body.get("status", "ENABLE") == "ENABLE"
        return Response(202, self._shown(zone, record, call))

    def _update(self, call: DnsCall, caller: Caller) -> Response:
        """What is not sent stays; ``records`` that are sent replace all that were there."""
        zone = self._zone(call, caller)
        record = self._record(zone, call)
        if record.default:
            raise refused("DNS.0318")
        self._refuse_unsettled(record)
        name, record_type = (
            _name_in(zone, call.body.get("name", record.name)),
            _type(call.body.get("type", record.type)),
        )
        values = _values(record_type, call.body.get("records", list(record.values)))
        ttl, description = _ttl(call.body, record.ttl), _description(call.body, record.description)
        self._refuse_double(zone, name, record_type, record.line, besides=record)
        record.before = self._served(record)
        record.name, record.type, record.values = name, record_type, values
        record.ttl, record.description = ttl, description
        record.pending, record.updated = "PENDING_UPDATE", self.world.now()
        return Response(202, self._shown(zone, record, call))

    def _delete(self, call: DnsCall, caller: Caller) -> Response:
        zone = self._zone(call, caller)
        record = self._record(zone, call)
        if record.default:
            raise refused("DNS.0317")
        self._refuse_unsettled(record)
        record.pending, record.updated = "PENDING_DELETE", self.world.now()
        return Response(202, self._shown(zone, record, call))

    # Checks

    def _check_project(self, caller: Caller) -> None:
        project = self._identity.projects.get(caller.project_id or "")
        if caller.project_id and (project is None or project.domain_id != caller.domain_id):
            raise refused("DNS.0041")

    def _zone(self, call: DnsCall, caller: Caller) -> Zone:
        zone = self.zones.get(call.parameters["zone_id"])
        if zone is None or zone.domain_id != caller.domain_id:
            raise refused("DNS.0302")
        return zone

    def _record(self, zone: Zone, call: DnsCall) -> RecordSet:
        wanted = call.parameters["recordset_id"]
        record = next((one for one in self.living(zone) if one.id == wanted), None)
        if record is None:
            raise refused("DNS.0313")
        return record

    def _refuse_unsettled(self, record: RecordSet) -> None:
        if self.settings.refuse_unsettled and self.status(record).startswith("PENDING_"):
            raise refused("DNS.0314")

    def _refuse_double(
        self, zone: Zone, name: str, record_type: str, line: str, besides: RecordSet | None = None
    ) -> None:
        """One record set of a name, type and line; a CNAME alone at its name, but for the zone's own at its apex."""
        for one in self.living(zone):
            if one is besides or (one.name, one.line) != (name, line):
                continue
            detail = f" Attribute 'name' conflicts with Record Set '{name}' type '{one.type}' in line '{line}'."
            if one.type == record_type:
                raise refused("DNS.0312", detail)
            if "CNAME" in (one.type, record_type) and not one.default:
                raise refused(self.settings.conflict_code, detail)

    def _named(self, name: str, query: dict[str, str]) -> bool:
        wanted = query.get("name", "").lower()
        if query.get("search_mode", "like") == "like" or not wanted:
            return wanted in name
        if self.settings.exact_ignores_dot:
            return wanted.rstrip(".") == name.rstrip(".")
        return wanted == name

    def _through(self, since: datetime) -> bool:
        return self.world.passed(since, self.settings.settle)

    def _served(self, record: RecordSet) -> tuple[str, ...]:
        status = self.status(record)
        if status == "PENDING_CREATE":
            return ()
        return record.before if status == "PENDING_UPDATE" else record.values

    # Answers

    def _page(self, rows: list[Any], call: DnsCall, name: str, shape: Callable[[Any], Json]) -> Response:
        """``marker`` is the id of the last row that was seen, and beats ``offset``."""
        limit = _number(call.query, "limit", MAX_LIMIT, "DNS.0006", largest=MAX_LIMIT)
        begin = _number(call.query, "offset", 0, "DNS.0017", largest=MAX_TTL)
        if call.query.get("marker"):
            ids = [row.id for row in rows]
            if call.query["marker"] not in ids:
                raise refused("DNS.0007")
            begin = ids.index(call.query["marker"]) + 1
        shown = rows[begin : begin + limit]
        links = {"self": "https://dns.myhuaweicloud.com/v2/zones"}
        if shown and begin + limit < len(rows):
            links["next"] = f"{links['self']}?limit={limit}&marker={shown[-1].id}"
        total = len(rows) + self.settings.count_offset
        body = {"links": links, name: [shape(row) for row in shown], "metadata": {"total_count": total}}
        return Response(200, body)

    def _shown_zone(self, zone: Zone) -> Json:
        return {
            "id": zone.id,
            "name": zone.name,
            "description": zone.description,
            "email": "hostmaster@example.com",
            "ttl": DEFAULT_TTL,
            "serial": 1,
            "masters": [],
            "status": zone.status,
            "pool_id": "00000000570e54ee01570e9939b20019",
            "project_id": zone.project_id,
            "zone_type": "public",
            "created_at": _date(zone.created),
            "updated_at": _date(zone.created),
            "record_num": len(self.living(zone)),
            "links": {"self": f"https://dns.myhuaweicloud.com/v2/zones/{zone.id}"},
            "enterprise_project_id": "0",
        }

    def _shown(self, zone: Zone, record: RecordSet, call: DnsCall) -> Json:
        shown: Json = {
            "id": record.id,
            "name": record.name,
            "description": record.description,
            "type": record.type,
            "ttl": record.ttl,
            "records": list(record.values),
            "status": self.status(record),
            "links": {"self": f"https://dns.myhuaweicloud.com/v2/zones/{zone.id}/recordsets/{record.id}"},
            "zone_id": zone.id,
            "zone_name": zone.name,
            "default": record.default,
            "project_id": zone.project_id,
        }
        created, updated = _date(record.created), _date(record.updated)
        if not call.lined:
            return shown | {"create_at": created, "update_at": updated}
        return shown | {"created_at": created, "updated_at": updated, "line": record.line, "weight": None}


def _date(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}"


def _resolved(record_type: str, value: str) -> str:
    """As a resolver shows it: the strings of a TXT value in one, without quotes."""
    if record_type != "TXT":
        return value
    return re.sub(r"\\(.)", r"\1", "".join(_STRING.findall(value)))


def _name_in(zone: Zone, name: Any) -> str:
    """In small letters, with its last dot."""
    text = name.lower() if isinstance(name, str) else ""
    text = text if text.endswith(".") else f"{text}."
    if not _NAME.fullmatch(text) or not (text == zone.name or text.endswith(f".{zone.name}")):
        raise refused("DNS.0304")
    return text


def _type(given: Any) -> str:
    if given not in _TYPES:
        raise refused("DNS.0307")
    return str(given)


def _line(call: DnsCall) -> str:
    line = call.body.get("line", DEFAULT_LINE) if call.lined else DEFAULT_LINE
    if line not in _LINES:
        raise refused("DNS.0002")
    return str(line)


def _ttl(body: Json, default: int) -> int:
    ttl = body.get("ttl")
    if ttl is None:
        return default
    if isinstance(ttl, bool) or not isinstance(ttl, int):
        raise refused("DNS.0303")
    if not 1 <= ttl <= MAX_TTL:
        raise refused("DNS.0319", f" The value ranges from 1 to {MAX_TTL}.")
    return ttl


def _description(body: Json, default: str) -> str:
    text = default if body.get("description") is None else body["description"]
    if not isinstance(text, str) or len(text) > 255:
        raise refused("DNS.0305")
    return text


def _values(record_type: str, given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not given or not all(isinstance(value, str) for value in given):
        raise refused("DNS.0308")
    if len(set(given)) != len(given) or (record_type == "CNAME" and len(given) > 1):
        raise refused("DNS.0308")
    values = tuple(_value(record_type, value) for value in given)
    if not all(_fits(record_type, value) for value in values):
        raise refused("DNS.0308")
    return values


def _value(record_type: str, value: str) -> str:
    """Names of hosts are kept with their last dot."""
    return value.rstrip(".") + "." if record_type in ("CNAME", "NS") else value


def _fits(record_type: str, value: str) -> bool:
    if record_type in ("A", "AAAA"):
        try:
            return ipaddress.ip_address(value).version == (4 if record_type == "A" else 6)
        except ValueError:
            return False
    if record_type in ("CNAME", "NS"):
        return _NAME.fullmatch(value.lower()) is not None
    if record_type == "TXT":
        return _TEXT.fullmatch(value) is not None
    return value.strip() != ""


def _number(query: dict[str, str], name: str, default: int, code: str, *, largest: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or int(text) > largest:
        raise refused(code)
    return int(text)
