# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control path of SSL-VPN: adds, ages and changes gateways, servers and client certificates without the API."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from .aliyun_vpn import Certificate, Gateway, Server, VpnEstate, new_id
from .log import timestamp
from .world import Json, Response

_GATEWAY = ("name", "business_status", "ssl_vpn", "ssl_max_connections", "internet_ip", "status")
_SERVER = (
    "name",
    "proto",
    "port",
    "cipher",
    "client_ip_pool",
    "local_subnet",
    "compress",
    "connections",
    "max_connections",
)


class VpnControl:
    """Errors are ValueError, TypeError or KeyError; the control path answers them with 400."""

    kinds = ("gateways", "servers", "certificates")

    def __init__(self, estate: VpnEstate, account: str) -> None:
        self.estate = estate
        self.account = account

    def seed(self) -> None:
        self.add("gateways", {"id": "vpn-emulator"})
        self.add("servers", {"id": "vss-emulator", "gateway": "vpn-emulator"})

    def state(self) -> Json:
        estate = self.estate
        certificates = [self._certificate(one) for one in estate.living()]
        return {
            "gateways": [self._gateway(one) for one in estate.gateways.values()],
            "servers": [self._server(one) for one in estate.servers.values()],
            "certificates": certificates,
        }

    def add(self, kind: str, body: Json) -> Json:
        given = dict(body)
        if kind == "gateways":
            return self._add_gateway(given)
        if kind == "servers":
            return self._add_server(given)
        return self._add_certificate(given)

    def control(self, method: str, parts: list[str], query: dict[str, str], body: Json) -> Response | None:
        kind, rest = parts[0], parts[1:]
        if kind == "certificates" and rest:
            return self._one_certificate(method, rest, query, dict(body))
        if kind == "gateways" and len(rest) == 1 and method == "POST":
            gateway = self.estate.gateways[rest[0]]
            self._change_gateway(gateway, dict(body))
            return Response(body=self._gateway(gateway))
        if kind == "servers" and len(rest) == 1 and method == "POST":
            server = self.estate.servers[rest[0]]
            _set(server, dict(body), _SERVER)
            return Response(body=self._server(server))
        return None

    def _add_gateway(self, given: Json) -> Json:
        identity = str(given.pop("id", "")) or new_id("vpn")
        gateway = Gateway(
            identity,
            str(given.pop("name", identity)),
            str(given.pop("account", self.account)),
            str(given.pop("region", "cn-hangzhou")),
            self.estate.world.now(),
        )
        self._change_gateway(gateway, given)
        self.estate.gateways[gateway.id] = gateway
        return self._gateway(gateway)

    def _change_gateway(self, gateway: Gateway, given: Json) -> None:
        """``busy`` makes it ``updating`` for so many vendor seconds; a ``status`` stays until it is null."""
        busy = given.pop("busy", None)
        if busy is not None:
            gateway.busy_until = self.estate.later(float(busy))
        _set(gateway, given, _GATEWAY)

    def _add_server(self, given: Json) -> Json:
        identity = str(given.pop("id", "")) or new_id("vss")
        gateway = str(given.pop("gateway", "vpn-emulator"))
        if gateway not in self.estate.gateways:
            raise ValueError(f"no gateway {gateway}")
        server = Server(identity, str(given.pop("name", identity)), gateway, self.estate.world.now())
        _set(server, given, _SERVER)
        self.estate.servers[server.id] = server
        return self._server(server)

    def _add_certificate(self, given: Json) -> Json:
        """Visible at once. Quotas and names are not checked."""
        server = str(given.pop("server", "vss-emulator"))
        if server not in self.estate.servers:
            raise ValueError(f"no server {server}")
        identity = given.pop("id", None)
        days_left = given.pop("days_left", None)
        name = str(given.pop("name", ""))
        if given:
            raise ValueError(f"a certificate has no settable {', '.join(sorted(given))}")
        certificate = self.estate.add_certificate(name, server, identity=identity, hidden=False)
        if days_left is not None:
            self._age(certificate, float(days_left))
        return self._certificate(certificate)

    def _one_certificate(self, method: str, rest: list[str], query: dict[str, str], given: Json) -> Response | None:
        certificate = next((one for one in self.estate.living() if one.id == rest[0]), None)
        if certificate is None:
            return Response(404, {"error": f"no certificate {rest[0]}"})
        if method == "DELETE" and len(rest) == 1:
            del self.estate.certificates[certificate.id]
            return Response(body={"deleted": certificate.id})
        if method == "POST" and rest[1:] == ["age"]:
            self._age(certificate, float(given["days_left"]))
        elif method == "POST" and len(rest) == 1:
            _set(certificate, given, ("name",))
        elif method != "GET" or len(rest) != 1:
            return None
        material = self.estate.material(certificate) if query.get("material") == "1" else {}
        return Response(body={**self._certificate(certificate), **material})

    def _age(self, certificate: Certificate, days_left: float) -> None:
        self.estate.set_end(certificate, self.estate.world.now() + timedelta(days=days_left))

    def _gateway(self, gateway: Gateway) -> Json:
        shown = asdict(gateway)
        shown["status"] = self.estate.gateway_status(gateway)
        shown["created"] = timestamp(gateway.created)
        shown["busy_until"] = timestamp(gateway.busy_until) if gateway.busy_until else None
        return shown

    def _server(self, server: Server) -> Json:
        return {**asdict(server), "created": timestamp(server.created)}

    def _certificate(self, certificate: Certificate) -> Json:
        """Serial number and fingerprint are there once somebody has looked at the key."""
        return {
            "id": certificate.id,
            "name": certificate.name,
            "server": certificate.server,
            "status": self.estate.certificate_status(certificate),
            "created": timestamp(certificate.created),
            "end": timestamp(certificate.end),
            "deleting": certificate.gone_at is not None,
            "serial_number": format(certificate.serial_number, "x") if certificate.leaf_pem else None,
            "sha256": certificate.sha256 if certificate.leaf_pem else None,
        }


def _set(target: Any, given: Json, settable: tuple[str, ...]) -> None:
    for name, value in given.items():
        if name not in settable:
            raise ValueError(f"no settable {name}; there are {', '.join(settable)}")
        setattr(target, name, value)
