# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each module is run with when it is searched for secrets. A module without a case fails a test."""

from __future__ import annotations

import collections.abc as c
import dataclasses
import typing as t
from pathlib import Path

if t.TYPE_CHECKING:
    from emulator.process import EmulatorProcess

CANARY = "canary-of-{name}-0123456789abcdef"
"""Of secrets that no cloud knows."""
PASSWORD = CANARY.format(name="a-password-of-a-key")
CHAIN = {"consortium_id": "consortium-emulator", "ant_chain_id": "chain-emulator"}
GATEWAY = {"instance_id": "i-emulator", "group": "demo", "domain": "bound.example.com"}
SUBJECT = {
    "common_name": "settlement",
    "country": "CN",
    "state_or_province": "Zhejiang",
    "locality": "Hangzhou",
    "organization": "Example",
    "organizational_unit": "Operations",
}

Options = dict[str, t.Any]


class World(t.Protocol):
    """An emulator and a folder for files: a stage, or a driver."""

    @property
    def emulator(self) -> EmulatorProcess: ...

    @property
    def folder(self) -> Path: ...


@dataclasses.dataclass(frozen=True)
class Case:
    """A run that works. `options` may prepare the world; `kept` are its files that are there to hold a secret."""

    name: str
    module: str
    options: c.Callable[[World], Options]
    kept: tuple[str, ...] = ()

    @property
    def cloud(self) -> str | None:
        """Whose keys it takes."""
        cloud = self.module.partition("_")[0]
        cloud = {"esa": "aliyun", "antchain": "aliyun"}.get(cloud, cloud)
        return cloud if cloud in ("aliyun", "tencent", "huawei") else None


def _paths(world: World, **files: str) -> Options:
    return {f"{option}_path": str(world.folder / name) for option, name in files.items()}


def _issue(world: World) -> Options:
    files = _paths(world, certificate="api.pem", fullchain="api.full.pem", private_key="api.key")
    return {"domain": "api.example.com", "dv_auth_method": "dns_auto", **files}


def _record(zone: str) -> c.Callable[[World], Options]:
    return lambda world: {"name": f"_dnsauth.{zone}", "type": "TXT", "value": "proof"}


def _vpn(world: World) -> Options:
    files = _paths(world, config="c.ovpn", certificate="c.crt", private_key="c.key", ca="vpn.crt")
    return {"ssl_vpn_server_id": "vss-emulator", "name": "ops", **files}


def _managed_key(world: World) -> Options:
    files = _paths(world, private_key="client.key", certificate="client.crt", ca="ca.crt")
    return {**CHAIN, **files, "method": "managed_key", "password": PASSWORD, "subject": SUBJECT}


def _made_here(world: World) -> Options:
    return {**_managed_key(world), "method": "csr"}


def _certificate(world: World) -> tuple[Path, Path]:
    """A certificate with its key, and the domain that it is for."""
    certificate, key = world.folder / "bound.pem", world.folder / "bound.key"
    if not key.exists():
        world.emulator.control("POST", "/huawei/domains", {"group": "demo", "domain": "bound.example.com"})
        made = world.emulator.control("POST", "/ca/issue", {"names": ["bound.example.com"]})
        certificate.write_text(made["chain_pem"])
        key.touch(mode=0o600)
        key.write_text(made["key_pem"])
    return certificate, key


def _bind_files(world: World) -> Options:
    certificate, key = _certificate(world)
    return {**GATEWAY, "certificate_path": str(certificate), "private_key_path": str(key)}


def _bind_texts(world: World) -> Options:
    certificate, key = _certificate(world)
    return {**GATEWAY, "certificate": certificate.read_text(), "private_key": key.read_text()}


def _served(world: World) -> Options:
    world.emulator.control("POST", "/huawei/domains", {"group": "demo", "domain": "served.example.com"})
    material = {"name": "served", "domains": ["served.example.com"], "bind": ["served.example.com"]}
    world.emulator.control("POST", "/huawei/certificates", material)
    info = world.emulator.info
    edge = f"{info['edge_host']}:{info['edge_port']}"
    return {"host": "served.example.com", "connect_to": edge, "validate_certs": False, "on_mismatch": "report"}


CASES = (
    Case("issue", "tencent_free_cert", _issue, kept=("api.key",)),
    Case("list issued", "tencent_cert_info", lambda world: {}),
    Case("record in DNSPod", "tencent_dns_record", _record("example.com")),
    Case("record in AliDNS", "aliyun_dns_record", _record("aliyun.example.net")),
    Case("record in Huawei Cloud DNS", "huawei_dns_record", _record("huawei.example.org")),
    Case("VPN client", "aliyun_sslvpn_client_cert", _vpn, kept=("c.key", "c.ovpn")),
    Case("list VPN clients", "aliyun_sslvpn_client_cert_info", lambda world: {}),
    Case("key that a chain shows once", "antchain_cert", _managed_key, kept=("client.key",)),
    Case("key that is made here", "antchain_cert", _made_here, kept=("client.key",)),
    Case("list chains", "antchain_cert_info", lambda world: {"consortium_id": CHAIN["consortium_id"]}),
    Case("site", "esa_free_cert", lambda world: {"site": "example.com", "domains": ["www.example.com"]}),
    Case("list site", "esa_cert_info", lambda world: {"site": "example.com"}),
    Case("bind files", "huawei_apig_domain_cert", _bind_files, kept=("bound.key",)),
    Case("bind texts", "huawei_apig_domain_cert", _bind_texts, kept=("bound.key",)),
    Case("list bound", "huawei_apig_cert_info", lambda world: {"instance_id": "i-emulator"}),
    Case("look", "served_cert_info", _served),
)

FIRST = tuple(case for case in CASES if case.name not in ("key that is made here", "bind texts"))
"""One of each module."""

KEYS = {
    "aliyun": ("access_key_id", "access_key_secret", "security_token"),
    "tencent": ("secret_id", "secret_key", "token"),
    "huawei": ("access_key", "secret_key", "security_token"),
}
"""The options of a key: its id, its secret, its token."""
IN_ENVIRONMENT = {
    "aliyun": ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"),
    "tencent": ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_TOKEN"),
    "huawei": ("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_SECURITY_TOKEN"),
}


def key_options(world: World, cloud: str | None) -> Options:
    """A key that is good, as options."""
    if cloud is None:
        return {}
    key = world.emulator.info["credentials"][cloud][0]
    return dict(zip(KEYS[cloud], (key["key_id"], key["secret"]), strict=False))
