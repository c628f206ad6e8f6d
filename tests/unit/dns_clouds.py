# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The clouds that keep DNS records, each as the calls that a DNS module makes there and their answers.

A test says in records and zones what there is; the cloud says how that looks on the wire.
"""

from __future__ import annotations

import abc
import dataclasses
import json
import types
import typing as t
from urllib.parse import parse_qsl, urlsplit

from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import client as aliyun_client
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import dns as aliyun_dns
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import dns_record as aliyun_record
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import Entry
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import CertificatesError
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Call, Reply
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei import client as huawei_client
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei import dns as huawei_dns
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei import dns_record as huawei_record
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent import client as tencent_client
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent import dns_record as tencent_record
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent import dnspod
from ansible_collections.cncloud.certificates.plugins.module_utils._wire import Wire

ZONE = "example.com"
ENDPOINT = "http://127.0.0.1:1"
Fields = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Refusal:
    """A code of the service, and the HTTP status where it is not the usual one."""

    code: str
    status: int | None = None


Answer = t.Union[Fields, Refusal, CertificatesError]


@dataclasses.dataclass(frozen=True)
class Exchange:
    """One call that must come. `sends`: all that it says, wherever it stands; None: anything."""

    operation: str
    sends: Fields | None = None
    answer: Answer = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Row:
    """A value that there is. `line` and `status` None: not told."""

    value: str = "v"
    type: str = "TXT"
    id: int = 7
    name: str = "_p"
    ttl: int = 600
    enabled: bool | None = True
    default_line: bool | None = True


class Cloud(abc.ABC):
    """One cloud's side of the tests."""

    name: str
    entry: Entry
    client: types.ModuleType
    wire: t.Mapping[str, Wire]
    keys: t.ClassVar[t.Mapping[str, str]]
    ttl: int
    longest_ttl: int
    looks: int
    """How often a value is looked for that does not appear."""
    page: int
    """The rows of a full page of records."""
    list_operation: str
    add_operation: str
    delete_operation: str
    duplicate: str
    zone_list: str

    def __repr__(self) -> str:
        return self.name

    @abc.abstractmethod
    def sent(self, call: Call) -> Fields: ...

    @abc.abstractmethod
    def reply(self, answer: Fields | Refusal) -> Reply: ...

    @abc.abstractmethod
    def zones(
        self, *names: str, ending: str = ZONE, total: int | None = None, first: int = 0, asked_at: int = 0
    ) -> Exchange:
        """A page of the list of zones, whose ids are numbered from `first`; the row asked for is `asked_at`."""

    def named(self) -> list[Exchange]:
        """What is called where the zone is named."""
        return []

    @abc.abstractmethod
    def listed(self, *rows: Row, name: str = "_p", total: int | None = None, before: int = 0) -> Exchange:
        """A page of the list of the name's records, `before` rows of which were on the pages before."""

    @abc.abstractmethod
    def adds(self, *there: Row, row: Row | None = None, answer: Answer | None = None) -> list[Exchange]:
        """The calls that add `row` beside what is there. With an answer of their own they end at it."""

    @abc.abstractmethod
    def removes(self, *there: Row, answer: Answer | None = None) -> list[Exchange]:
        """The calls that remove the first of what is there."""


class DnsPod(Cloud):
    name = "tencent"
    entry = tencent_record.ENTRY
    client = tencent_client
    wire = dnspod.WIRE
    keys: t.ClassVar[t.Mapping[str, str]] = {
        "secret_id": "AKIDscripted0000000000000000000000000",
        "secret_key": "scripted-secret-key-0123",
    }
    ttl = 600
    longest_ttl = 604800
    looks = 11
    page = 3000
    list_operation = "DescribeRecordList"
    add_operation = "CreateRecord"
    delete_operation = "DeleteRecord"
    duplicate = "InvalidParameter.DomainRecordExist"
    zone_list = "DescribeDomainList"

    def sent(self, call: Call) -> Fields:
        body: Fields = json.loads(call.body or b"{}")
        return body

    def reply(self, answer: Fields | Refusal) -> Reply:
        if isinstance(answer, Refusal):
            status = answer.status or 200
            return _reply({"Response": {"Error": {"Code": answer.code, "Message": "No."}, "RequestId": "r"}}, status)
        return _reply({"Response": {"RequestId": "r", **answer}})

    def zones(
        self, *names: str, ending: str = ZONE, total: int | None = None, first: int = 0, asked_at: int = 0
    ) -> Exchange:
        rows = [{"DomainId": first + place, "Name": name} for place, name in enumerate(names)]
        answer = {"DomainCountInfo": {"DomainTotal": len(rows) if total is None else total}, "DomainList": rows}
        return Exchange(self.zone_list, {"Type": "ALL", "Offset": asked_at, "Limit": 3000}, answer)

    def listed(self, *rows: Row, name: str = "_p", total: int | None = None, before: int = 0) -> Exchange:
        sends = {"Domain": ZONE, "SubDomain": name, "Offset": before, "Limit": 3000, "ErrorOnEmpty": "no"}
        count = len(rows) if total is None else total
        answer = {"RecordCountInfo": {"TotalCount": count}, "RecordList": [self.row(row) for row in rows]}
        return Exchange(self.list_operation, sends, answer)

    def row(self, row: Row) -> Fields:
        return {
            "RecordId": row.id,
            "Name": row.name,
            "Type": row.type,
            "Value": row.value,
            "TTL": row.ttl,
            "LineId": {True: "0", False: "10=1", None: None}[row.default_line],
            "Status": {True: "ENABLE", False: "DISABLE", None: None}[row.enabled],
        }

    def adds(self, *there: Row, row: Row | None = None, answer: Answer | None = None) -> list[Exchange]:
        row = row or Row()
        sends = {
            "Domain": ZONE,
            "SubDomain": row.name,
            "RecordType": row.type,
            "RecordLine": "\u9ed8\u8ba4",
            "RecordLineId": "0",
            "Value": row.value,
            "TTL": row.ttl,
        }
        return [Exchange(self.add_operation, sends, {"RecordId": row.id} if answer is None else answer)]

    def removes(self, *there: Row, answer: Answer | None = None) -> list[Exchange]:
        sends = {"Domain": ZONE, "RecordId": there[0].id}
        return [Exchange(self.delete_operation, sends, {} if answer is None else answer)]


class AliDns(Cloud):
    name = "aliyun"
    entry = aliyun_record.ENTRY
    client = aliyun_client
    wire = aliyun_dns.WIRE
    keys: t.ClassVar[t.Mapping[str, str]] = {
        "access_key_id": "LTAIscripted00000000000",
        "access_key_secret": "scripted-secret-0123",
    }
    ttl = 600
    longest_ttl = 86400
    looks = 11
    page = 100
    list_operation = "DescribeSubDomainRecords"
    add_operation = "AddDomainRecord"
    delete_operation = "DeleteDomainRecord"
    duplicate = "DomainRecordDuplicate"
    zone_list = "DescribeDomains"

    def sent(self, call: Call) -> Fields:
        text = urlsplit(call.url).query if call.body is None else call.body.decode("ascii")
        return dict(parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)))

    def reply(self, answer: Fields | Refusal) -> Reply:
        if isinstance(answer, Refusal):
            return _reply({"Code": answer.code, "Message": "No.", "RequestId": "r"}, answer.status or 400)
        return _reply({"RequestId": "r", **answer})

    def zones(
        self, *names: str, ending: str = ZONE, total: int | None = None, first: int = 0, asked_at: int = 0
    ) -> Exchange:
        rows = [{"DomainId": str(first + place), "DomainName": name} for place, name in enumerate(names)]
        answer = {"TotalCount": len(rows) if total is None else total, "Domains": {"Domain": rows}}
        words = {} if "xn--" in ending else {"KeyWord": ending, "SearchMode": "LIKE"}
        return Exchange(self.zone_list, {**words, "PageNumber": str(asked_at // 100 + 1), "PageSize": "100"}, answer)

    def listed(self, *rows: Row, name: str = "_p", total: int | None = None, before: int = 0) -> Exchange:
        full = ZONE if name == "@" else f"{name}.{ZONE}"
        sends = {"DomainName": ZONE, "SubDomain": full, "PageNumber": str(-(-before // 100) + 1), "PageSize": "100"}
        count = len(rows) if total is None else total
        answer = {"TotalCount": count, "DomainRecords": {"Record": [self.row(row) for row in rows]}}
        return Exchange(self.list_operation, sends, answer)

    def row(self, row: Row) -> Fields:
        return {
            "RecordId": str(row.id),
            "DomainName": ZONE,
            "RR": row.name,
            "Type": row.type,
            "Value": row.value,
            "TTL": row.ttl,
            "Line": {True: "default", False: "telecom", None: None}[row.default_line],
            "Status": {True: "ENABLE", False: "DISABLE", None: None}[row.enabled],
            "Locked": False,
        }

    def adds(self, *there: Row, row: Row | None = None, answer: Answer | None = None) -> list[Exchange]:
        row = row or Row()
        sends = {
            "DomainName": ZONE,
            "RR": row.name,
            "Type": row.type,
            "Value": row.value,
            "TTL": str(row.ttl),
            "Line": "default",
        }
        return [Exchange(self.add_operation, sends, {"RecordId": str(row.id)} if answer is None else answer)]

    def removes(self, *there: Row, answer: Answer | None = None) -> list[Exchange]:
        sends = {"RecordId": str(there[0].id)}
        return [Exchange(self.delete_operation, sends, {"RecordId": "7"} if answer is None else answer)]


class HuaweiDns(Cloud):
    name = "huawei"
    entry = huawei_record.ENTRY
    client = huawei_client
    wire = huawei_dns.WIRE
    keys: t.ClassVar[t.Mapping[str, str]] = {
        "access_key": "AKSCRIPTED0000000000",
        "secret_key": "scripted-secret-key-0123",
        "project_id": "0123456789abcdef0123456789abcdef",
    }
    ttl = 300
    longest_ttl = 2147483647
    looks = 6
    page = 500
    list_operation = "ShowRecordSetByZone"
    add_operation = "CreateRecordSetWithLine"
    delete_operation = "DeleteRecordSets"
    duplicate = "DNS.0312"
    zone_list = "ListPublicZones"

    def sent(self, call: Call) -> Fields:
        parts = urlsplit(call.url)
        segments = parts.path.split("/")[1:]
        names = ("", "", "zone_id", "", "recordset_id")
        ids = {name: segment for name, segment in zip(names, segments, strict=False) if name}
        return {**ids, **dict(parse_qsl(parts.query)), **json.loads(call.body or b"{}")}

    def reply(self, answer: Fields | Refusal) -> Reply:
        if isinstance(answer, Refusal):
            return _reply({"code": answer.code, "message": "No."}, answer.status or 400)
        return _reply(answer, 202 if "recordsets" not in answer and "zones" not in answer else 200)

    def zones(
        self, *names: str, ending: str = ZONE, total: int | None = None, first: int = 0, asked_at: int = 0
    ) -> Exchange:
        rows = [{"id": f"z{first + place}", "name": f"{name}."} for place, name in enumerate(names)]
        words = {} if "xn--" in ending else {"name": ending}
        sends = {"type": "public", **words, "offset": str(asked_at), "limit": "500"}
        total = len(rows) if total is None else total
        return Exchange(self.zone_list, sends, {"zones": rows, "metadata": {"total_count": total}})

    def named(self) -> list[Exchange]:
        return [self.zones(f"not-{ZONE}", ZONE, f"{ZONE}.cn")]

    def listed(self, *rows: Row, name: str = "_p", total: int | None = None, before: int = 0) -> Exchange:
        full = ZONE if name == "@" else f"{name}.{ZONE}"
        sets = self.sets(rows)
        sends = {"zone_id": "z1", "name": full, "offset": str(before), "limit": "500"}
        total = len(sets) if total is None else total
        return Exchange(self.list_operation, sends, {"recordsets": sets, "metadata": {"total_count": total}})

    def sets(self, rows: t.Iterable[Row]) -> list[Fields]:
        """The values of one name, type and line as one set, with the id of the first."""
        found: dict[object, Fields] = {}
        for row in rows:
            key = (row.name, row.type, row.default_line is False)
            if key not in found:
                found[key] = {
                    "id": str(row.id),
                    "name": f"{row.name}.{ZONE}.",
                    "type": row.type,
                    "ttl": row.ttl,
                    "records": [],
                    "line": {True: "default_view", False: "Dianxin", None: None}[row.default_line],
                    "status": {True: "ACTIVE", False: "DISABLE", None: None}[row.enabled],
                }
            found[key]["records"].append(self.written(row))
        return list(found.values())

    @staticmethod
    def written(row: Row) -> str:
        return row.value if row.type == "CNAME" or row.value.startswith('"') else f'"{row.value}"'

    def adds(self, *there: Row, row: Row | None = None, answer: Answer | None = None) -> list[Exchange]:
        row = row or Row(ttl=self.ttl)
        full = f"{row.name}.{ZONE}." if row.name != "@" else f"{ZONE}."
        beside = [one for one in there if one.type == row.type and one.default_line is not False]
        value = f"{row.value}." if row.type == "CNAME" else self.written(row)
        sends = {"zone_id": "z1", "name": full, "type": row.type, "ttl": row.ttl, "records": [value]}
        operation, place = self.add_operation, {"line": "default_view"}
        if beside:
            sends.update(ttl=beside[0].ttl, records=[*map(self.written, beside), value])
            operation, place = "UpdateRecordSets", {"recordset_id": str(beside[0].id)}
        write = Exchange(operation, {**sends, **place}, {"id": str(row.id)} if answer is None else answer)
        return [write] if answer is not None else [write, self.listed(*there, row, name=row.name)]

    def removes(self, *there: Row, answer: Answer | None = None) -> list[Exchange]:
        gone, *others = there
        beside = [one for one in others if one.type == gone.type and one.default_line is not False]
        sends: Fields = {"zone_id": "z1", "recordset_id": str(gone.id)}
        operation = self.delete_operation
        if beside:
            operation = "UpdateRecordSets"
            values = [self.written(one) for one in beside]
            sends |= {"name": f"{gone.name.lower()}.{ZONE}.", "type": gone.type, "ttl": gone.ttl, "records": values}
        write = Exchange(operation, sends, {"id": str(gone.id)} if answer is None else answer)
        return [write] if answer is not None else [write, self.listed(*others)]


class Script:
    """Takes the place of `Transport`: exactly these calls, in this order, without its repetitions."""

    def __init__(self, cloud: Cloud, exchanges: t.Iterable[Exchange]) -> None:
        self._cloud = cloud
        self._left = list(exchanges)
        self._problems: list[str] = []

    def __call__(self, **_options: t.Any) -> Script:
        return self

    def send(
        self, call: Call, *, auth: t.Callable[[], object], judge: t.Callable[[Reply], CertificatesError | None]
    ) -> Reply:
        auth()
        answer = self._expected(call).answer
        if isinstance(answer, CertificatesError):
            raise answer
        reply = self._cloud.reply(answer)
        error = judge(reply)
        if error is not None:
            raise error
        return reply

    def _expected(self, call: Call) -> Exchange:
        """The next exchange. What does not fit is kept too: a module turns the assertion into a failed result."""
        sent = self._cloud.sent(call)
        expected = self._left.pop(0) if self._left else Exchange("nothing more")
        if call.operation != expected.operation:
            self._problems.append(f"{call.operation} was called instead of {expected.operation}")
        elif expected.sends not in (None, sent):
            self._problems.append(f"{call.operation} was sent {sent} instead of {expected.sends}")
        assert not self._problems, self._problems
        return expected

    def done(self) -> None:
        """To be called at the end of every test: nothing was called that was not expected, and all that was."""
        assert not self._problems, self._problems
        assert not self._left, f"never called: {[one.operation for one in self._left]}"


def _reply(body: Fields, status: int = 200) -> Reply:
    return Reply(status=status, headers={}, body=json.dumps(body).encode())


DNSPOD, ALIDNS, HUAWEI = DnsPod(), AliDns(), HuaweiDns()
CLOUDS = (DNSPOD, ALIDNS, HUAWEI)
