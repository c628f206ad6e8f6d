# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SSL-VPN of product Vpc, version 2016-04-28: client certificates, their servers and gateways."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .aliyun_operation import Action, AliyunError, Caller, Service, milliseconds, page
from .aliyun_vpc_control import VpnControl
from .aliyun_vpn import Certificate, Gateway, Server, VpnEstate, VpnSettings
from .world import Json, Response, World

_REGIONS = (
    *("cn-hangzhou", "cn-shanghai", "cn-beijing", "cn-shenzhen", "cn-qingdao", "cn-hongkong"),
    *("ap-southeast-1", "eu-central-1", "us-east-1"),
)
_MAX_PAGE = 50
_MAX_TOKEN = 64
_SUB_USER = "Forbbiden.SubUser"


@dataclass(frozen=True)
class _Remembered:
    """What a ClientToken stands for."""

    given: Json
    answer: Json
    at: datetime


class VpnPart:
    """One gateway ``vpn-emulator`` with one SSL server ``vss-emulator`` from the start."""

    name = "sslvpn"

    def __init__(self, world: World, account: str) -> None:
        self.world = world
        self.estate = VpnEstate(world)
        self._control = VpnControl(self.estate, account)
        self._control.seed()
        self._tokens: dict[tuple[str, str, str], _Remembered] = {}
        self.service = Service("vpc", "vpc", "2016-04-28", self._actions())

    @property
    def settings(self) -> VpnSettings:
        return self.estate.settings

    @property
    def kinds(self) -> tuple[str, ...]:
        return (*self._control.kinds, "client_tokens")

    def state(self) -> Json:
        return {**self._control.state(), "client_tokens": [token for _account, _action, token in self._tokens]}

    def add(self, kind: str, body: Json) -> Json:
        if kind == "client_tokens":
            raise ValueError("client tokens come by the API alone")
        return self._control.add(kind, body)

    def control(self, method: str, parts: list[str], query: dict[str, str], body: Json) -> Response | None:
        if parts == ["client_tokens"] and method == "DELETE":
            self._tokens.clear()
            return Response(body={"client_tokens": []})
        return self._control.control(method, parts, query, body)

    def _actions(self) -> dict[str, Action]:
        region = {"RegionId": "str!"}
        paging = {**region, "ResourceGroupId": "str", "PageNumber": "int", "PageSize": "int"}
        one = {**region, "SslVpnClientCertId": "str!"}
        certificates = {**paging, "Name": "str", "SslVpnServerId": "str", "SslVpnClientCertId": "str"}
        servers = {**paging, "Name": "str", "SslVpnServerId": "str", "VpnGatewayId": "str"}
        gateways = {**paging, "VpcId": "str", "VpnGatewayId": "str", "Status": "str", "BusinessStatus": "str"}
        created = {**region, "SslVpnServerId": "str!", "Name": "str", "ClientToken": "str"}
        changed = {**one, "Name": "str", "ClientToken": "str"}
        actions = {
            "CreateSslVpnClientCert": Action(self.create, created, write=True, denied=_SUB_USER),
            "ModifySslVpnClientCert": Action(self.modify, changed, write=True, denied=_SUB_USER),
            "DeleteSslVpnClientCert": Action(self.delete, {**one, "ClientToken": "str"}, write=True),
            "DescribeSslVpnClientCert": Action(self.describe, one, key_bearing=True),
            "DescribeSslVpnClientCerts": Action(self.describe_all, certificates),
            "DescribeSslVpnServers": Action(self.describe_servers, servers),
            "DescribeVpnGateways": Action(self.describe_gateways, gateways),
            "DescribeVpnGateway": Action(self.describe_gateway, {**region, "VpnGatewayId": "str!"}),
        }
        return {
            name: action if action.denied == _SUB_USER else _with_denied(action, "Forbidden")
            for name, action in actions.items()
        }

    # Writes

    def create(self, caller: Caller, given: Json) -> Json:
        _check_region(given)
        remembered = self._recall(caller, "CreateSslVpnClientCert", given)
        if remembered is not None:
            return remembered
        server = next((one for one in self._servers(caller, given) if one.id == given["SslVpnServerId"]), None)
        if server is None:
            raise AliyunError(
                "InvalidSslVpnServerId.NotFound", "The specified SslVpnServerId does not exist.", status=404
            )
        gateway = self.estate.gateways[server.gateway]
        name = given.get("Name", "")
        self._check_name(name)
        self._check_ready(gateway)
        mine = [one for one in self.estate.living() if self.estate.gateway_of(one).account == caller.account]
        if len(mine) >= self.settings.certificate_quota:
            raise AliyunError("Resource.QuotaFull", "The quota of resource is full")
        certificate = self.estate.add_certificate(name, server.id, hidden=True)
        gateway.busy_until = self.estate.later(self.settings.create_busy)
        answer = {"SslVpnClientCertId": certificate.id}
        if self.settings.create_answers_name:
            answer["Name"] = name
        return self._remember(caller, "CreateSslVpnClientCert", given, answer)

    def modify(self, caller: Caller, given: Json) -> Json:
        _check_region(given)
        remembered = self._recall(caller, "ModifySslVpnClientCert", given)
        if remembered is not None:
            return remembered
        certificate = self._writable(caller, given)
        if not given.get("Name"):
            raise AliyunError("InvalidName", "The name is not valid")
        self._check_name(given["Name"])
        self._check_ready(self.estate.gateway_of(certificate))
        certificate.name = given["Name"]
        answer = {"SslVpnClientCertId": certificate.id, "Name": certificate.name}
        return self._remember(caller, "ModifySslVpnClientCert", given, answer)

    def delete(self, caller: Caller, given: Json) -> Json:
        _check_region(given)
        remembered = self._recall(caller, "DeleteSslVpnClientCert", given)
        if remembered is not None:
            return remembered
        certificate = self._writable(caller, given)
        self._check_ready(self.estate.gateway_of(certificate))
        self.estate.delete(certificate)
        return self._remember(caller, "DeleteSslVpnClientCert", given, {})

    # Reads

    def describe(self, caller: Caller, given: Json) -> Json:
        _check_region(given)
        wanted = given["SslVpnClientCertId"]
        certificate = next((one for one in self._certificates(caller, given) if one.id == wanted), None)
        if certificate is not None:
            return {**self._shown(certificate), **self.estate.material(certificate)}
        if self.settings.absent_describe == "forbidden":
            raise AliyunError("Forbidden", "User not authorized to operate on the specified resource.", status=403)
        if self.settings.absent_describe == "blank":
            return {"SslVpnClientCertId": "", "Name": "", "Status": "", "CreateTime": 0, "EndTime": 0}
        raise AliyunError("InvalidInstanceId.NotFound", "The specified instance does not exist.", status=404)

    def describe_all(self, caller: Caller, given: Json) -> Json:
        _check_region(given)
        found = [
            one
            for one in self._certificates(caller, given)
            if given.get("SslVpnClientCertId", one.id) == one.id
            and given.get("SslVpnServerId", one.server) == one.server
            and self._name_fits(one.name, given)
        ]
        return self._listed("SslVpnClientCertKeys", "SslVpnClientCertKey", map(self._shown, found), given)

    def describe_servers(self, caller: Caller, given: Json) -> Json:
        _check_region(given)
        found = [
            one
            for one in self._servers(caller, given)
            if given.get("SslVpnServerId", one.id) == one.id
            and given.get("VpnGatewayId", one.gateway) == one.gateway
            and self._name_fits(one.name, given)
        ]
        return self._listed("SslVpnServers", "SslVpnServer", map(self._shown_server, found), given)

    def describe_gateways(self, caller: Caller, given: Json) -> Json:
        _check_region(given)
        found = [
            one
            for one in self._gateways(caller, given)
            if given.get("VpnGatewayId", one.id) == one.id
            and given.get("Status", self.estate.gateway_status(one)) == self.estate.gateway_status(one)
            and given.get("BusinessStatus", one.business_status) == one.business_status
        ]
        return self._listed("VpnGateways", "VpnGateway", map(self._shown_gateway, found), given)

    def describe_gateway(self, caller: Caller, given: Json) -> Json:
        _check_region(given)
        for gateway in self._gateways(caller, given):
            if gateway.id == given["VpnGatewayId"]:
                return self._shown_gateway(gateway)
        raise AliyunError(
            "InvalidVpnGatewayInstanceId.NotFound", "The specified vpn gateway does not exist.", status=404
        )

    # What a caller has in a region

    def _gateways(self, caller: Caller, given: Json) -> list[Gateway]:
        mine = [one for one in self.estate.gateways.values() if one.account == caller.account]
        return [one for one in mine if one.region == given["RegionId"]]

    def _servers(self, caller: Caller, given: Json) -> list[Server]:
        gateways = {one.id for one in self._gateways(caller, given)}
        return [one for one in self.estate.servers.values() if one.gateway in gateways]

    def _certificates(self, caller: Caller, given: Json) -> list[Certificate]:
        servers = {one.id for one in self._servers(caller, given)}
        return [one for one in self.estate.visible() if one.server in servers]

    def _writable(self, caller: Caller, given: Json) -> Certificate:
        """Writes know what reads do not show yet."""
        servers = {one.id for one in self._servers(caller, given)}
        for one in self.estate.living():
            if one.id == given["SslVpnClientCertId"] and one.server in servers and one.gone_at is None:
                return one
            if one.id == given["SslVpnClientCertId"] and one.server in servers:
                self._check_ready(self.estate.gateway_of(one))
        raise AliyunError(
            "InvalidSslVpnClientCertId.NotFound", "The specified SslVpnClientCertId does not exist.", status=404
        )

    # Checks

    def _check_ready(self, gateway: Gateway) -> None:
        if gateway.business_status == "FinancialLocked":
            raise AliyunError("VpnGateway.FinancialLocked", "The specified service is financial locked.")
        if self.estate.gateway_status(gateway) != "active":
            raise AliyunError("VpnGateway.Configuring", "The specified service is configuring.")

    def _check_name(self, name: str) -> None:
        """``lenient`` takes what either edition of the documentation takes, ``strict`` the older one alone."""
        bad = name.startswith(("http://", "https://")) or len(name) > 128
        if self.settings.name_rule == "strict" and name:
            first = (name[0].isascii() and name[0].isalpha()) or "\u4e00" <= name[0] <= "\u9fff"
            rest = all(one.isalnum() or one in "._-" for one in name)
            bad = bad or len(name) < 2 or not first or not rest
        if bad:
            raise AliyunError("InvalidName", "The name is not valid")

    def _name_fits(self, name: str, given: Json) -> bool:
        wanted: str = given.get("Name", "")
        return name == wanted or not wanted or (self.settings.name_filter == "fuzzy" and wanted in name)

    # Client tokens

    def _recall(self, caller: Caller, action: str, given: Json) -> Json | None:
        """The answer that this token got before. Raises AliyunError."""
        token = given.get("ClientToken")
        if token is None:
            return None
        if len(token) > _MAX_TOKEN or not token.isascii():
            raise AliyunError("InvalidParameter", "The specified ClientToken is not valid.")
        known = self._tokens.get((caller.account, action, token))
        if known is None or self.world.now() >= known.at + timedelta(hours=self.settings.token_hours):
            return None
        if known.given != given:
            raise AliyunError(
                "IdempotentParameterMismatch",
                "The request uses the same client token as a previous, but not identical request.",
            )
        return dict(known.answer)

    def _remember(self, caller: Caller, action: str, given: Json, answer: Json) -> Json:
        if "ClientToken" in given:
            remembered = _Remembered(given, dict(answer), self.world.now())
            self._tokens[caller.account, action, given["ClientToken"]] = remembered
        return answer

    # Answers

    def _listed(self, outer: str, inner: str, rows: Iterable[Json], given: Json) -> Json:
        """Two levels, and no inner one around nothing, unless that is switched off."""
        part, about = page(list(rows), given, default=10, largest=_MAX_PAGE)
        about["TotalCount"] += self.settings.count_offset
        wrapper: dict[str, Any] = {} if not part and self.settings.empty_list == "omitted" else {inner: part}
        return {**about, outer: wrapper}

    def _shown(self, certificate: Certificate) -> Json:
        return {
            "SslVpnClientCertId": certificate.id,
            "Name": certificate.name,
            "SslVpnServerId": certificate.server,
            "RegionId": self.estate.gateway_of(certificate).region,
            "ResourceGroupId": "rg-emulator",
            "Status": self.estate.certificate_status(certificate),
            "CreateTime": milliseconds(certificate.created),
            "EndTime": milliseconds(certificate.end),
        }

    def _shown_server(self, server: Server) -> Json:
        gateway = self.estate.gateways[server.gateway]
        return {
            "SslVpnServerId": server.id,
            "VpnGatewayId": server.gateway,
            "Name": server.name,
            "RegionId": gateway.region,
            "ResourceGroupId": "rg-emulator",
            "LocalSubnet": server.local_subnet,
            "ClientIpPool": server.client_ip_pool,
            "Cipher": server.cipher,
            "Proto": server.proto,
            "Port": server.port,
            "Compress": server.compress,
            "Connections": server.connections,
            "MaxConnections": server.max_connections,
            "InternetIp": gateway.internet_ip,
            "EnableMultiFactorAuth": False,
            "CreateTime": milliseconds(server.created),
        }

    def _shown_gateway(self, gateway: Gateway) -> Json:
        return {
            "VpnGatewayId": gateway.id,
            "Name": gateway.name,
            "Description": "",
            "ResourceGroupId": "rg-emulator",
            "Status": self.estate.gateway_status(gateway),
            "BusinessStatus": gateway.business_status,
            "SslVpn": gateway.ssl_vpn,
            "SslMaxConnections": gateway.ssl_max_connections,
            "IpsecVpn": "disable",
            "InternetIp": gateway.internet_ip,
            "Spec": "5M",
            "VpcId": "vpc-emulator",
            "VSwitchId": "vsw-emulator",
            "ChargeType": "PREPAY",
            "CreateTime": milliseconds(gateway.created),
        }


def _check_region(given: Json) -> None:
    if given["RegionId"] not in _REGIONS:
        raise AliyunError("InvalidRegionId.NotFound", "The specified RegionId does not exist.", status=404)


def _with_denied(action: Action, code: str) -> Action:
    return Action(action.run, action.parameters, action.write, action.key_bearing, denied=code)
