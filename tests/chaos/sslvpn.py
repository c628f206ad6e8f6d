# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client certificates of an SSL-VPN server: made, rotated, cleared away, deleted."""

from __future__ import annotations

import re
import typing as t

from chaos.scenario import Json, Scenario, State, account, fingerprint, fits, on_disk, text_of
from driver.driver import Driver

SERVER = "vss-emulator"
LAGS = tuple(("/aliyun/settings", {"sslvpn": {"list_lag": lag, "create_busy": lag + 1}}) for lag in (0, 2, 2, 30))


def files(driver: Driver) -> Json:
    return {
        "config_path": str(driver.folder / "ops.ovpn"),
        "certificate_path": str(driver.folder / "ops.crt"),
        "private_key_path": str(driver.folder / "ops.key"),
    }


def present(driver: Driver) -> Json:
    return {"ssl_vpn_server_id": SERVER, "name": "ops", **files(driver)}


def cleared(driver: Driver) -> Json:
    return {**present(driver), "delete_superseded": True}


def absent(_driver: Driver) -> Json:
    return {"ssl_vpn_server_id": SERVER, "name": "ops", "state": "absent"}


def nothing(_driver: Driver) -> None:
    """A server without client certificates."""


def add(driver: Driver, name: str, days_left: float) -> None:
    driver.emulator.control("POST", "/aliyun/certificates", {"name": name, "days_left": days_left})


def due(driver: Driver) -> None:
    """One of the name that ends soon, with its files, and one of another name."""
    add(driver, "ops", 400)
    driver.run("aliyun_sslvpn_client_cert", present(driver))
    for row in account(driver, "aliyun")["certificates"]:
        driver.emulator.control("POST", f"/aliyun/certificates/{row['id']}/age", {"days_left": 5})
    add(driver, "dev", 400)
    driver.emulator.control("DELETE", "/log")


def one(driver: Driver) -> None:
    add(driver, "ops", 400)
    add(driver, "dev", 400)


def state(driver: Driver) -> State:
    there = account(driver, "aliyun")
    rows = [row for row in there["certificates"] if not row["deleting"]]
    return {
        "certificates": sorted((row["name"], row["status"]) for row in rows),
        "cuts": [server["cuts"] for server in there["servers"]],
        "files": on_disk(driver),
        "delivered": _delivered(driver, rows),
    }


def _delivered(driver: Driver, rows: list[Json]) -> str:
    config = text_of(driver.folder / "ops.ovpn")
    if not config:
        return "nothing"
    newest = max((row for row in rows if row["name"] == "ops"), key=lambda row: str(row["end"]))
    inside = re.search(r"<cert>\n(.*?)</cert>", config, re.S)
    inner_key = re.search(r"<key>\n(.*?)</key>", config, re.S)
    leaf, key = text_of(driver.folder / "ops.crt"), text_of(driver.folder / "ops.key")
    named = all(text.startswith(f"# cncloud: {newest['id']}\n") for text in (config, leaf))
    same = inside is not None and fingerprint(inside.group(1)) == fingerprint(leaf) == newest["sha256"]
    keyed = inner_key is not None and fits(inner_key.group(1), leaf) and fits(key, leaf)
    return "the newest" if named and same and keyed else "something else"


def broken(driver: Driver) -> list[str]:
    """Clients are cut only by a task that says so; no third certificate of the name is ever made."""
    rows = [row for row in account(driver, "aliyun")["certificates"] if row["name"] == "ops"]
    fresh = [row["id"] for row in rows if row["status"] in ("normal", "") and not row["deleting"]]
    return [f"{len(fresh)} fresh certificates of one name"] if len(fresh) > 1 else []


def _scenario(name: str, **more: t.Any) -> Scenario:
    return Scenario(
        f"sslvpn: {name}", "aliyun_sslvpn_client_cert", "aliyun", state=state, broken=broken, lags=LAGS, **more
    )


SCENARIOS = (
    _scenario("a new certificate", prepare=nothing, params=present),
    _scenario("a rotation", prepare=due, params=present),
    _scenario("a rotation that clears away", prepare=due, params=cleared),
    _scenario("a deletion", prepare=one, params=absent),
)
