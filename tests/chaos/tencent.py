# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Free certificates of Tencent Cloud: ordered, renewed, cancelled."""

from __future__ import annotations

import typing as t

from chaos.scenario import Json, Scenario, State, account, fingerprint, fits, on_disk, text_of
from driver.driver import Driver

DOMAIN = "shop.example.com"
PENDING = (0, 4, 13)
ISSUED = 1
NAMES = {0: "pending", 4: "pending", 13: "pending", 1: "issued", 6: "dead", 7: "dead"}


def files(driver: Driver) -> Json:
    return {
        "certificate_path": str(driver.folder / "shop.pem"),
        "fullchain_path": str(driver.folder / "shop.full.pem"),
        "private_key_path": str(driver.folder / "shop.key"),
    }


def order(driver: Driver) -> Json:
    return {"domain": DOMAIN, **files(driver)}


def state(driver: Driver) -> State:
    """Live certificates, orders that were ever made, and whether the files are those of the newest."""
    there = account(driver, "tencent")
    rows = there["certificates"]
    return {
        "live": sorted(NAMES.get(row["status"], str(row["status"])) for row in rows if row["status"] not in (6, 7)),
        "orders": there["orders"],
        "records": len(there["zones"][0]["records"]),
        "files": on_disk(driver),
        "delivered": _delivered(driver, rows),
    }


def _delivered(driver: Driver, rows: list[Json]) -> str:
    leaf, key = text_of(driver.folder / "shop.pem"), text_of(driver.folder / "shop.key")
    if not leaf:
        return "nothing"
    newest = max((row for row in rows if row["status"] == ISSUED), key=lambda row: str(row["inserted"]))
    material = driver.emulator.control("GET", f"/certificates/{newest['id']}?material=1")
    whole = leaf.startswith(f"# cncloud: {newest['id']}\n") and fits(key, leaf)
    chained = fingerprint(text_of(driver.folder / "shop.full.pem")) == fingerprint(leaf) == material["sha256"]
    return "the newest" if whole and chained else "something else"


def broken(driver: Driver) -> list[str]:
    """On one machine no second order is made beside a pending one."""
    rows = account(driver, "tencent")["certificates"]
    pending = [row["id"] for row in rows if row["status"] in PENDING]
    return [f"{len(pending)} pending orders at once"] if len(pending) > 1 else []


def nothing(_driver: Driver) -> None:
    """An account without certificates."""


def due(driver: Driver) -> None:
    """A certificate of ours with ten days left, and its files."""
    ordered = driver.run("tencent_free_cert", order(driver))
    identity = ordered.result["certificate"]["id"]
    driver.emulator.control("POST", f"/certificates/{identity}/age", {"days_left": 10, "ordered_hours_ago": 1900})
    driver.emulator.control("DELETE", "/log")


def pending(driver: Driver) -> None:
    """An order whose proof nobody publishes."""
    row = {"domain": DOMAIN, "status": 0, "verify_type": "DNS", "package_type": "83"}
    driver.emulator.control("POST", "/certificates", row)


def to_prove(driver: Driver) -> Json:
    return {"domain": DOMAIN, "dv_auth_method": "dns", "wait": False}


def absent(driver: Driver) -> Json:
    return {"domain": DOMAIN, "state": "absent"}


def _scenario(name: str, **more: t.Any) -> Scenario:
    return Scenario(f"tencent: {name}", "tencent_free_cert", "tencent", state=state, broken=broken, **more)


SCENARIOS = (
    _scenario("an order with its files", prepare=nothing, params=order),
    _scenario("a renewal", prepare=due, params=order),
    _scenario("an order to prove by hand", prepare=nothing, params=to_prove),
    _scenario("a pending order is cancelled", prepare=pending, params=absent),
)
