# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The things of SSL-VPN: gateways, servers, client certificates; their state as of now, their keys."""

import secrets
import string
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .ca import RSA
from .world import Json, World

LIFETIME = timedelta(days=1095)
_SOON = timedelta(days=7)
_ALPHABET = string.ascii_lowercase + string.digits


@dataclass
class VpnSettings:
    """Delays in vendor seconds; ALIYUN.md says what each does."""

    list_lag: float = 2.0
    ready_delay: float = 0.0
    initial_status: str = ""
    create_busy: float = 3.0
    delete_busy: float = 5.0
    listed_while_deleting: bool = True
    certificate_quota: int = 50
    token_hours: float = 24.0
    name_rule: str = "lenient"
    name_filter: str = "fuzzy"
    absent_describe: str = "error"
    empty_list: str = "omitted"
    count_offset: int = 0
    create_answers_name: bool = False


@dataclass
class Gateway:
    """``status`` is pinned by control; without it the gateway is ``updating`` until ``busy_until``, else ``active``."""

    id: str
    name: str
    account: str
    region: str
    created: datetime
    business_status: str = "Normal"
    ssl_vpn: str = "enable"
    ssl_max_connections: int = 5
    internet_ip: str = "192.0.2.10"
    status: str | None = None
    busy_until: datetime | None = None


@dataclass
class Server:
    """``cuts`` counts how often a deletion cut all clients."""

    id: str
    name: str
    gateway: str
    created: datetime
    proto: str = "UDP"
    port: int = 1194
    cipher: str = "AES-128-CBC"
    client_ip_pool: str = "10.10.0.0/24"
    local_subnet: str = "192.168.0.0/16"
    compress: bool = False
    connections: int = 0
    max_connections: int = 5
    cuts: int = 0


@dataclass
class Certificate:
    """``changed`` is when it was made; ``gone_at`` is set once its deletion has begun."""

    id: str
    name: str
    server: str
    created: datetime
    end: datetime
    changed: datetime
    hidden: bool = False
    gone_at: datetime | None = None
    key_pem: str = ""
    leaf_pem: str = ""
    serial_number: int = 0
    sha256: str = ""


@dataclass
class VpnEstate:
    """Nothing runs in the background: what is over by now shows when somebody looks."""

    world: World
    settings: VpnSettings = field(default_factory=VpnSettings)
    gateways: dict[str, Gateway] = field(default_factory=dict)
    servers: dict[str, Server] = field(default_factory=dict)
    certificates: dict[str, Certificate] = field(default_factory=dict)

    def later(self, seconds: float) -> datetime:
        return self.world.now() + timedelta(seconds=self.world.lag(seconds))

    def gateway_of(self, certificate: Certificate) -> Gateway:
        return self.gateways[self.servers[certificate.server].gateway]

    def gateway_status(self, gateway: Gateway) -> str:
        if gateway.status is not None:
            return gateway.status
        busy = gateway.busy_until is not None and gateway.busy_until > self.world.now()
        return "updating" if busy else "active"

    def living(self) -> list[Certificate]:
        """Those that exist, the newest first, once those whose deletion is over are gone."""
        now = self.world.now()
        over = [one.id for one in self.certificates.values() if one.gone_at is not None and one.gone_at <= now]
        for identity in over:
            del self.certificates[identity]
        return list(reversed(self.certificates.values()))

    def visible(self) -> list[Certificate]:
        """Those that reads show by now."""
        return [
            one
            for one in self.living()
            if (not one.hidden or self.world.passed(one.changed, self.settings.list_lag))
            and (one.gone_at is None or self.settings.listed_while_deleting)
        ]

    def certificate_status(self, certificate: Certificate) -> str:
        now = self.world.now()
        if certificate.hidden and not self.world.passed(certificate.changed, self.settings.ready_delay):
            return self.settings.initial_status
        if certificate.end <= now:
            return "expired"
        return "expiring-soon" if certificate.end - now <= _SOON else "normal"

    def add_certificate(self, name: str, server: str, *, identity: str | None = None, hidden: bool) -> Certificate:
        """``hidden``: made by the API, so that it shows up with the lag."""
        now = self.world.now()
        begin = now.replace(microsecond=0)
        certificate = Certificate(identity or new_id("vsc"), name, server, begin, begin + LIFETIME, now, hidden=hidden)
        self.certificates[certificate.id] = certificate
        return certificate

    def delete(self, certificate: Certificate) -> None:
        """Begins a deletion: the gateway is busy, and every client of the server is cut."""
        server = self.servers[certificate.server]
        server.cuts += 1
        server.connections = 0
        certificate.gone_at = self.later(self.settings.delete_busy)
        self.gateways[server.gateway].busy_until = certificate.gone_at

    def set_end(self, certificate: Certificate, end: datetime) -> None:
        """New dates for the same key."""
        certificate.end = end.replace(microsecond=0)
        certificate.created = certificate.end - LIFETIME
        certificate.leaf_pem = ""

    def material(self, certificate: Certificate) -> Json:
        """CaCert, ClientCert, ClientKey, ClientConfig. The key is made when it is first looked at."""
        if not certificate.leaf_pem:
            issued = self.world.ca.issue_client(
                certificate.id,
                not_before=certificate.created,
                not_after=certificate.end,
                key_pem=certificate.key_pem or None,
            )
            certificate.key_pem, certificate.leaf_pem = issued.key_pem, issued.leaf_pem
            certificate.serial_number, certificate.sha256 = issued.serial_number, issued.sha256
        server = self.servers[certificate.server]
        return {
            "CaCert": self.world.ca.root_pem(RSA),
            "ClientCert": certificate.leaf_pem,
            "ClientKey": certificate.key_pem,
            "ClientConfig": _client_config(certificate, server, self.gateways[server.gateway]),
        }


def new_id(prefix: str) -> str:
    return f"{prefix}-bp1{''.join(secrets.choice(_ALPHABET) for _unused in range(18))}"


def _client_config(certificate: Certificate, server: Server, gateway: Gateway) -> str:
    """The configuration that goes with the downloaded files, which it names."""
    lines = [
        "client",
        "dev tun",
        f"proto {server.proto.lower()}",
        f"remote {gateway.internet_ip} {server.port}",
        "resolv-retry infinite",
        "nobind",
        "persist-key",
        "persist-tun",
        "ca ca.crt",
        f"cert {certificate.id}.crt",
        f"key {certificate.id}.key",
        "remote-cert-tls server",
        f"cipher {server.cipher}",
        *(["comp-lzo"] if server.compress else []),
        "verb 3",
    ]
    return "\n".join(lines) + "\n"
