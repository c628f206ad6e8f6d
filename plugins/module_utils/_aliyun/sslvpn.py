# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The SSL-VPN part of Alibaba Cloud's VPC service (API 2016-04-28) as typed calls.

Facts: https://help.aliyun.com/document_detail/116756.html (create) and the models of the official Python SDK. Only
`material` brings a private key. Whether a certificate exists is asked of the list alone: the single Describe answers
`Forbidden` for what does not exist and for what may not be read.
"""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import refusals
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.answer import Fields
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client import AliyunClient
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.refusals import Meaning, Meanings
from ansible_collections.cncloud.certificates.plugins.module_utils._certificate import Certificate
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    Conflict,
    NotFound,
    PermissionDenied,
    ProtocolFailure,
    QuotaExceeded,
    Ran,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Replay
from ansible_collections.cncloud.certificates.plugins.module_utils._wire import Wire

CLOUD = "aliyun"
PAGE = 50
"""Rows of one list call, at most."""
MAX_PAGES = 1000

NORMAL = "normal"
STATUSES = (NORMAL, "expiring-soon", "expired")
"""All that are documented; `expiring-soon` is the last week. Right after a creation there may be none."""
EXTRA_KEYS = ("ssl_vpn_server_id", "region", "resource_group_id")

MISMATCH = "IdempotentParameterMismatch"
"""The service remembers the token of a creation with another request."""
BUSY_CODES = (
    "VpnGateway.Configuring",
    "VpnTask.CONFLICT",
    "TaskConflict",
    "OperationConflict",
    "Appliance.Configuring",
    "VpnConnection.Configuring",
    "VpnRouteEntry.Configuring",
)
"""Another change is under way; the vendor's Terraform provider repeats after each of these."""
_WRITES = ("CreateSslVpnClientCert", "ModifySslVpnClientCert", "DeleteSslVpnClientCert")
_LOCKED = Meaning(PermissionDenied, hint="The account has to pay for the VPN gateway first.")
_SERVER = Meaning(NotFound, hint="Check ssl_vpn_server_id, region, and whose account the key is of.")
_CERTIFICATE = Meaning(NotFound, hint="It was deleted meanwhile, or is in another region or account: run again.")
_FULL = Meaning(
    QuotaExceeded,
    hint="The account has no room for more client certificates (50 as a rule), and expired ones count too."
    " aliyun_sslvpn_client_cert_info lists them: delete what nobody uses with state: absent, or raise the quota by a"
    " ticket.",
)
_OTHER_REQUEST = Meaning(
    Conflict, hint="A creation with other options was begun under this name: let it end, or choose another name."
)

MEANINGS: Meanings = {
    **{(operation, code): refusals.BUSY for operation in _WRITES for code in BUSY_CODES},
    **{(operation, "VpnGateway.FinancialLocked"): _LOCKED for operation in _WRITES},
    **{(operation, MISMATCH): _OTHER_REQUEST for operation in _WRITES},
    ("CreateSslVpnClientCert", "Resource.QuotaFull"): _FULL,
    ("CreateSslVpnClientCert", "InvalidName"): refusals.INVALID,
    ("CreateSslVpnClientCert", "InvalidSslVpnServerId.NotFound"): _SERVER,
    ("ModifySslVpnClientCert", "InvalidName"): refusals.INVALID,
    ("ModifySslVpnClientCert", "InvalidSslVpnClientCertId.NotFound"): _CERTIFICATE,
    ("DeleteSslVpnClientCert", "InvalidSslVpnClientCertId.NotFound"): _CERTIFICATE,
    ("DescribeSslVpnClientCert", "InvalidInstanceId.NotFound"): _CERTIFICATE,
    ("DescribeSslVpnClientCert", "InvalidSslVpnClientCertId.NotFound"): _CERTIFICATE,
    ("DescribeSslVpnServers", "InvalidSslVpnServerId.NotFound"): _SERVER,
    ("DescribeVpnGateway", "InvalidVpnGatewayInstanceId.NotFound"): _SERVER,
}
"""The service's own codes. Not even these prove a certificate absent for a plan: only the list does."""

_ROW_READS = (
    "SslVpnClientCertId",
    "Name",
    "SslVpnServerId",
    "Status",
    "CreateTime",
    "EndTime",
    "RegionId",
    "ResourceGroupId",
)
WIRE: t.Mapping[str, Wire] = {
    "DescribeSslVpnClientCerts": Wire(
        sends=("RegionId", "PageNumber", "PageSize", "SslVpnServerId", "SslVpnClientCertId", "Name"),
        reads=("TotalCount", *(f"SslVpnClientCertKeys.SslVpnClientCertKey[].{name}" for name in _ROW_READS)),
    ),
    "DescribeSslVpnClientCert": Wire(
        sends=("RegionId", "SslVpnClientCertId"),
        reads=("SslVpnClientCertId", "CaCert", "ClientCert", "ClientKey", "ClientConfig"),
    ),
    "CreateSslVpnClientCert": Wire(
        sends=("RegionId", "SslVpnServerId", "Name", "ClientToken"), reads=("SslVpnClientCertId",)
    ),
    "ModifySslVpnClientCert": Wire(sends=("RegionId", "SslVpnClientCertId", "Name", "ClientToken")),
    "DeleteSslVpnClientCert": Wire(sends=("RegionId", "SslVpnClientCertId", "ClientToken")),
    "DescribeSslVpnServers": Wire(
        sends=("RegionId", "SslVpnServerId"),
        reads=("SslVpnServers.SslVpnServer[].SslVpnServerId", "SslVpnServers.SslVpnServer[].VpnGatewayId"),
    ),
    "DescribeVpnGateway": Wire(sends=("RegionId", "VpnGatewayId"), reads=("Status",)),
}


@dataclasses.dataclass(frozen=True)
class Row:
    """A client certificate as the list shows it. Times are UTC; None where the service says nothing."""

    id: str
    name: str
    server_id: str
    status: str | None = None
    created: datetime.datetime | None = None
    ends: datetime.datetime | None = None
    region: str | None = None
    resource_group_id: str | None = None

    def certificate(
        self,
        *,
        issuer: str | None = None,
        serial_number: str | None = None,
        fingerprint_sha256: str | None = None,
    ) -> Certificate:
        """The fixed shape; the three facts come from the certificate itself, which the list does not have."""
        return Certificate(
            cloud=CLOUD,
            id=self.id,
            name=self.name or None,
            status=self.status,
            issuer=issuer,
            serial_number=serial_number,
            fingerprint_sha256=fingerprint_sha256,
            not_before=self.created,
            not_after=self.ends,
            extra={
                "ssl_vpn_server_id": self.server_id,
                "region": self.region,
                "resource_group_id": self.resource_group_id,
            },
        )


@dataclasses.dataclass(frozen=True)
class Material:
    """What an OpenVPN client needs, as the service sent it: PEM texts and the text of a configuration."""

    certificate_pem: str | None
    private_key_pem: str | None = dataclasses.field(repr=False)
    ca_pem: str | None = dataclasses.field(repr=False)
    config: str | None = dataclasses.field(repr=False)


class SslVpn:
    """The operations that the collection uses, one method each, in one region."""

    def __init__(self, client: AliyunClient, *, region: str) -> None:
        self._client = client
        self._region = region

    def certificates(
        self, *, server_id: str | None = None, name: str | None = None, certificate_id: str | None = None
    ) -> list[Row]:
        """The rows with exactly these properties, each id once: a complete listing.

        :raises ProtocolFailure: the rows do not add up to the service's own count, even when read twice. What
            is missing in such a listing is not proven absent.
        """
        filters = {"SslVpnServerId": server_id, "SslVpnClientCertId": certificate_id, "Name": name}
        for _attempt in range(2):
            rows = self._listing({key: value for key, value in filters.items() if value})
            if rows is not None:
                # Whether the service takes a filter as exact is not documented.
                return [
                    row
                    for row in rows
                    if server_id in (None, row.server_id)
                    and name in (None, row.name)
                    and certificate_id in (None, row.id)
                ]
        raise ProtocolFailure(
            "Alibaba Cloud's list of SSL-VPN client certificates does not have as many rows as it says.",
            retryable=True,
            ran=Ran.UNKNOWN,
            hint="Another run may be creating or deleting certificates at this moment; run again.",
        )

    def _listing(self, filters: t.Mapping[str, str]) -> list[Row] | None:
        """All pages; None if they do not add up."""
        rows: dict[str, Row] = {}
        for number in range(1, MAX_PAGES + 1):
            answer = self._call(
                "DescribeSslVpnClientCerts",
                {"PageNumber": number, "PageSize": PAGE, **filters},
                replay=Replay.READ,
            )
            total = answer.required_integer("TotalCount")
            page = answer.rows("SslVpnClientCertKeys", "SslVpnClientCertKey")
            before = len(rows)
            rows.update((row.id, row) for row in map(_row, page))
            if len(rows) == total:
                return list(rows.values())
            if len(rows) == before or len(rows) > total:
                break
        return None

    def material(self, certificate_id: str) -> Material | None:
        """Certificate, key, CA and configuration; None while the service answers with an empty record."""
        answer = self._call("DescribeSslVpnClientCert", {"SslVpnClientCertId": certificate_id}, replay=Replay.READ)
        if answer.text("SslVpnClientCertId") != certificate_id:
            return None
        return Material(
            certificate_pem=answer.text("ClientCert"),
            private_key_pem=answer.text("ClientKey"),
            ca_pem=answer.text("CaCert"),
            config=answer.text("ClientConfig"),
        )

    def create(self, *, server_id: str, name: str, token: str) -> str:
        """Create a certificate and return its id. With a token that the service remembers: the id it had then."""
        answer = self._call(
            "CreateSslVpnClientCert",
            {"SslVpnServerId": server_id, "Name": name, "ClientToken": token},
            replay=Replay.TOKEN,
        )
        return answer.required_text("SslVpnClientCertId")

    def rename(self, certificate_id: str, *, name: str, token: str) -> None:
        self._call(
            "ModifySslVpnClientCert",
            {"SslVpnClientCertId": certificate_id, "Name": name, "ClientToken": token},
            replay=Replay.TOKEN,
        )

    def delete(self, certificate_id: str, *, token: str) -> None:
        """Delete. Cuts the connections of all clients of that server; the gateway is `updating` for a while."""
        self._call(
            "DeleteSslVpnClientCert",
            {"SslVpnClientCertId": certificate_id, "ClientToken": token},
            replay=Replay.TOKEN,
        )

    def gateway_of(self, server_id: str) -> str | None:
        """The id of the VPN gateway that a server runs on; None: there is no such server."""
        try:
            answer = self._call("DescribeSslVpnServers", {"SslVpnServerId": server_id}, replay=Replay.READ)
        except NotFound:
            return None
        for server in answer.rows("SslVpnServers", "SslVpnServer"):
            if server.text("SslVpnServerId") == server_id:
                return server.required_text("VpnGatewayId")
        return None

    def gateway_status(self, gateway_id: str) -> str:
        """`active` when it takes changes."""
        answer = self._call("DescribeVpnGateway", {"VpnGatewayId": gateway_id}, replay=Replay.READ)
        return answer.required_text("Status")

    def _call(self, action: str, params: t.Mapping[str, t.Any], *, replay: Replay) -> Fields:
        return self._client.call(action, {"RegionId": self._region, **params}, replay=replay)


def _row(fields: Fields) -> Row:
    return Row(
        id=fields.required_text("SslVpnClientCertId"),
        name=fields.text("Name") or "",
        server_id=fields.required_text("SslVpnServerId"),
        status=fields.text("Status"),
        created=fields.milliseconds("CreateTime"),
        ends=fields.milliseconds("EndTime"),
        region=fields.text("RegionId"),
        resource_group_id=fields.text("ResourceGroupId"),
    )
