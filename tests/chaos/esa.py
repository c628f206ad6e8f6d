# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Free certificates of ESA sites: applied for together, one of them there already, deleted."""

from __future__ import annotations

import typing as t

from chaos.scenario import Json, Scenario, State, account
from driver.driver import Driver

DOMAINS = ["a.example.com", "b.example.com", "*.example.com"]
USABLE = ("OK", "Issued", "Expiring")
LAGS = tuple(("/aliyun/settings", {"esa": {"list_lag": lag}}) for lag in (0, 1, 1, 10))


def present(_driver: Driver) -> Json:
    return {"site": "example.com", "domains": DOMAINS}


def not_waiting(driver: Driver) -> Json:
    return {**present(driver), "wait": False}


def absent(_driver: Driver) -> Json:
    return {"site": "example.com", "domains": DOMAINS[:2], "state": "absent"}


def nothing(_driver: Driver) -> None:
    """A site without certificates."""


def some(driver: Driver) -> None:
    """One domain has a certificate, another is applied for, and somebody has uploaded one."""
    for row in (
        {"names": DOMAINS[:1]},
        {"names": DOMAINS[1:2], "status": "Applying"},
        {"names": DOMAINS[2:], "type": "upload"},
    ):
        driver.emulator.control("POST", "/aliyun/esa_certificates", row)


def all_there(driver: Driver) -> None:
    for name in DOMAINS:
        driver.emulator.control("POST", "/aliyun/esa_certificates", {"names": [name]})


def state(driver: Driver) -> State:
    rows = account(driver, "aliyun")["esa_certificates"]
    told = [(*row["names"], row["type"], "usable" if row["status"] in USABLE else row["status"]) for row in rows]
    return {"certificates": sorted(told)}


def broken(driver: Driver) -> list[str]:
    """One free certificate a domain, whatever its state."""
    rows = account(driver, "aliyun")["esa_certificates"]
    free = [name for row in rows if row["type"] == "free" for name in row["names"]]
    return [f"{free.count(name)} certificates for {name}" for name in set(free) if free.count(name) > 1]


def _scenario(name: str, **more: t.Any) -> Scenario:
    return Scenario(f"esa: {name}", "esa_free_cert", "aliyun", state=state, broken=broken, lags=LAGS, **more)


SCENARIOS = (
    _scenario("several at once", prepare=nothing, params=present),
    _scenario("some are there", prepare=some, params=present),
    _scenario("applied for without waiting", prepare=nothing, params=not_waiting),
    _scenario("a deletion", prepare=all_there, params=absent),
)
