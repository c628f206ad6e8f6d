# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Certificates of chains of AntChain BaaS: the calls, as data, all with their parameters in the form body.

Facts: the vendor's pages of BaaS 2018-12-21 and the models of its official Python SDK. The service keeps one
certificate per account and chain and has no id for it. Only `apply_with_key` brings a private key, once. The V2
operations say in their answer whether they succeeded; the HTTP status alone says nothing.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.answer import Fields
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client import AliyunClient
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.refusals import Meanings
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import ProtocolFailure, Ran
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Replay, Sink
from ansible_collections.cncloud.certificates.plugins.module_utils._wire import Wire

CLOUD = "aliyun"
PAGE = 50
"""Rows of one list call, at most. The service names no limit."""
MAX_PAGES = 1000

MEANINGS: Meanings = {}
"""The service documents no code of its own: its refusals mean what the common table says, word for word."""

APPLIED, NOT_APPLIED = "ChainApplied", "ChainNotApplied"
"""What MemberStatus says of the caller. Only the first is documented."""

PENDING, NORMAL, FAILED = 0, 1, 2
APPLICATION_STATUSES: t.Mapping[int, str] = {PENDING: "pending", NORMAL: "applied", FAILED: "failed"}
"""All that are documented, with the words of the result."""

_CHAIN_READS = ("AntChainId", "AntChainName", "MemberStatus", "Network")
_APPLICATION_READS = ("AntChainId", "Bid", "Username", "Status", "Createtime", "Updatetime")
_SUBJECT = (
    "CommonName",
    "CountryName",
    "StateOrProvinceName",
    "LocalityName",
    "OrganizationName",
    "OrganizationUnitName",
)
WIRE: t.Mapping[str, Wire] = {
    "DescribeAntChainsV2": Wire(
        sends=("ConsortiumId", "PageNumber", "PageSize"),
        reads=(*(f"Result.AntChains[].{name}" for name in _CHAIN_READS), "Result.Pagination.TotalCount"),
    ),
    "DescribeAntChainCertificateApplicationsV2": Wire(
        sends=("ConsortiumId", "AntChainId", "Status", "PageNumber", "PageSize"),
        reads=(
            *(f"Result.CertificateApplications[].{name}" for name in _APPLICATION_READS),
            "Result.Pagination.TotalCount",
        ),
    ),
    "DescribeAntChainDownloadPathsV2": Wire(
        sends=("ConsortiumId", "AntChainId"),
        reads=("Result.CaCrtUrl", "Result.ClientCrtUrl", "Result.TrustCaUrl"),
    ),
    "ApplyAntChainCertificate": Wire(sends=("AntChainId", "UploadReq"), reads=("Result",)),
    "ApplyAntChainCertificateWithKeyAutoCreation": Wire(
        sends=("AntChainId", "ConsortiumId", *_SUBJECT, "Password"), reads=("Result.PrivateKey",)
    ),
    "ResetAntChainCertificate": Wire(sends=("AntChainId",), reads=("Result",)),
}


@dataclasses.dataclass(frozen=True)
class Chain:
    """A chain as the list shows it to the caller."""

    id: str
    name: str | None
    member_status: str | None
    network: str | None


@dataclasses.dataclass(frozen=True)
class Application:
    """Somebody's application for a certificate. Times are UTC; `status` is one of APPLICATION_STATUSES."""

    bid: str | None
    username: str | None
    status: int
    created: datetime.datetime | None
    updated: datetime.datetime | None


@dataclasses.dataclass(frozen=True)
class DownloadUrls:
    """Where the files are, signed and for a short time; None: there is no such file (yet)."""

    client: str | None = dataclasses.field(repr=False)
    ca: str | None = dataclasses.field(repr=False)
    trust_ca: str | None = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True)
class Subject:
    """The distinguished name of a certificate. `country` are two letters, whatever the vendor's labels say."""

    common_name: str
    country: str | None = None
    state_or_province: str | None = None
    locality: str | None = None
    organization: str | None = None
    organizational_unit: str | None = None


class AntChain:
    """The operations that the collection uses, one method each, in one consortium."""

    def __init__(self, client: AliyunClient, *, consortium_id: str) -> None:
        self._client = client
        self._consortium_id = consortium_id

    def chains(self) -> list[Chain]:
        """All chains of the consortium that the caller sees, each id once.

        :raises ProtocolFailure: the listing is not complete, even when read twice.
        """
        rows = self._complete("DescribeAntChainsV2", {}, inner="AntChains", key=lambda row: row.label("AntChainId"))
        return [_chain(row) for row in rows]

    def applications(self, ant_chain_id: str, *, status: int) -> list[Application]:
        """The applications of all members for a chain that are in one state.

        :raises ProtocolFailure: the listing is not complete, even when read twice, or holds another state.
        """
        rows = self._complete(
            "DescribeAntChainCertificateApplicationsV2",
            {"AntChainId": ant_chain_id, "Status": status},
            inner="CertificateApplications",
            key=lambda row: f"{row.label('Bid')} {row.label('Username')} {row.digits('Createtime')}",
        )
        return [_application(row) for row in rows]

    def download_urls(self, ant_chain_id: str) -> DownloadUrls:
        answer = self._call(
            "DescribeAntChainDownloadPathsV2",
            {"ConsortiumId": self._consortium_id, "AntChainId": ant_chain_id},
            replay=Replay.READ,
        )
        result = _result(answer, "DescribeAntChainDownloadPathsV2")
        return DownloadUrls(
            client=result.text("ClientCrtUrl"), ca=result.text("CaCrtUrl"), trust_ca=result.text("TrustCaUrl")
        )

    def apply(self, ant_chain_id: str, *, csr_pem: str) -> None:
        """Apply with a signing request. The certificate may need an administrator's approval."""
        request = base64.b64encode(csr_pem.encode("ascii")).decode("ascii")
        self._write("ApplyAntChainCertificate", {"AntChainId": ant_chain_id, "UploadReq": request})

    def apply_with_key(self, ant_chain_id: str, *, subject: Subject, password: str, sink: Sink) -> None:
        """Apply with a key that the service makes. The key is in this one answer alone: `sink` keeps its bytes."""
        self._call(
            "ApplyAntChainCertificateWithKeyAutoCreation",
            {
                "AntChainId": ant_chain_id,
                "ConsortiumId": self._consortium_id,
                "CommonName": subject.common_name,
                "CountryName": subject.country,
                "StateOrProvinceName": subject.state_or_province,
                "LocalityName": subject.locality,
                "OrganizationName": subject.organization,
                "OrganizationUnitName": subject.organizational_unit,
                "Password": password,
            },
            replay=Replay.NEVER,
            sink=sink,
        )

    def reset(self, ant_chain_id: str) -> None:
        """Discard the caller's certificate. Whatever uses it is cut off."""
        self._write("ResetAntChainCertificate", {"AntChainId": ant_chain_id})

    def _write(self, operation: str, parameters: t.Mapping[str, t.Any]) -> None:
        answer = self._call(operation, parameters, replay=Replay.NEVER)
        if (answer.text("Result") or "").lower() != "success":
            raise ProtocolFailure(
                f"Alibaba Cloud's answer to {operation} does not say that it succeeded.", ran=Ran.UNKNOWN
            )

    def _complete(
        self, operation: str, filters: t.Mapping[str, t.Any], *, inner: str, key: t.Callable[[Fields], str | None]
    ) -> list[Fields]:
        for _attempt in range(2):
            rows = self._listing(operation, filters, inner=inner, key=key)
            if rows is not None:
                return rows
        raise ProtocolFailure(
            f"Alibaba Cloud's list of {operation} does not have as many rows as it says.",
            retryable=True,
            ran=Ran.UNKNOWN,
            hint="Something may be changing at this moment; run again.",
        )

    def _listing(
        self, operation: str, filters: t.Mapping[str, t.Any], *, inner: str, key: t.Callable[[Fields], str | None]
    ) -> list[Fields] | None:
        """All pages; None if they do not add up."""
        rows: dict[str | None, Fields] = {}
        for number in range(1, MAX_PAGES + 1):
            parameters = {"ConsortiumId": self._consortium_id, **filters, "PageNumber": number, "PageSize": PAGE}
            result = _result(self._call(operation, parameters, replay=Replay.READ), operation)
            pagination = result.object("Pagination")
            total = None if pagination is None else pagination.digits("TotalCount")
            if total is None:
                raise result.wrong("Pagination.TotalCount", "a whole number")
            page = result.objects(inner)
            before = len(rows)
            rows.update((key(row), row) for row in page)
            if len(rows) == total:
                return list(rows.values())
            if len(rows) == before or len(rows) > total:
                break
        return None

    def _call(
        self, operation: str, parameters: t.Mapping[str, t.Any], *, replay: Replay, sink: Sink | None = None
    ) -> Fields:
        return self._client.call(operation, parameters, replay=replay, style="form", sink=sink)


def _result(answer: Fields, operation: str) -> Fields:
    found = answer.object("Result")
    if found is None:
        raise ProtocolFailure(f"Alibaba Cloud's answer to {operation} has no Result.", ran=Ran.UNKNOWN)
    return found


def _chain(fields: Fields) -> Chain:
    id = fields.label("AntChainId")
    if id is None:
        raise fields.wrong("AntChainId", "an id")
    return Chain(
        id=id,
        name=fields.text("AntChainName"),
        member_status=fields.text("MemberStatus"),
        network=fields.text("Network"),
    )


def _application(fields: Fields) -> Application:
    status = fields.digits("Status")
    if status is None or status not in APPLICATION_STATUSES:
        raise ProtocolFailure(
            f"Alibaba Cloud shows an application with status {status}, which is not documented.",
            hint="Look at it in the console; nothing is done while its state is unknown.",
        )
    return Application(
        bid=fields.label("Bid"),
        username=fields.text("Username"),
        status=status,
        created=fields.milliseconds("Createtime"),
        updated=fields.milliseconds("Updatetime"),
    )
