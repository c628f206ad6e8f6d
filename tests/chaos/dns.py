# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One value of a DNS record in each cloud: added beside others, removed from among others, the last one removed."""

from __future__ import annotations

import collections.abc as c

from chaos.scenario import Json, Scenario, State, account
from driver.driver import Driver

NAME = "_dnsauth.www"
VALUE = "Proof-Of-The-Domain"
OTHERS = ("another-proof", "v=spf1 -all")
ZONES = {"tencent": "example.com", "aliyun": "aliyun.example.net", "huawei": "example.com"}
LAGS: dict[str, list[Json]] = {
    "tencent": [{"dnspod": {"list_lag": lag}} for lag in (0, 0, 5)],
    "aliyun": [{"dns": {"list_lag": lag}} for lag in (0, 0, 5)],
    "huawei": [{"settle": settle, "list_lag": lag} for settle, lag in ((0, 0), (2, 0), (5, 3))],
}
PATHS = {"tencent": "/settings/tencent", "aliyun": "/aliyun/settings", "huawei": "/huawei/dns"}


def params(cloud: str, state: str) -> c.Callable[[Driver], Json]:
    def given(_driver: Driver) -> Json:
        return {"zone": ZONES[cloud], "name": NAME, "type": "TXT", "value": VALUE, "state": state}

    return given


def prepared(cloud: str, values: tuple[str, ...]) -> c.Callable[[Driver], None]:
    """The zone with these values of the name, and a record of another name."""

    def prepare(driver: Driver) -> None:
        if cloud == "huawei":
            rows = [_row(f"www.{ZONES[cloud]}", "A", values=["192.0.2.1"])]
            if values:
                rows.append(_row(f"{NAME}.{ZONES[cloud]}", "TXT", values=[f'"{value}"' for value in values]))
        else:
            rows = [_row("www", "A", value="192.0.2.1"), *(_row(NAME, "TXT", value=value) for value in values)]
        zone = {"name": ZONES[cloud], "records": rows}
        driver.emulator.control("POST", f"/state/{cloud}", {"zones": [zone]})

    return prepare


def _row(name: str, record_type: str, **more: object) -> Json:
    return {"name": name, "type": record_type, **more}


def state(cloud: str) -> c.Callable[[Driver], State]:
    """Every value of the zone, whichever name it has."""

    def told(driver: Driver) -> State:
        (zone,) = [zone for zone in account(driver, cloud)["zones"] if zone["name"].rstrip(".") == ZONES[cloud]]
        records = [
            (record["name"], record["type"], value)
            for record in zone["records" if "records" in zone else "recordsets"]
            for value in record.get("values", record.get("records", [record.get("value")]))
        ]
        return {"records": sorted(records)}

    return told


def others_stay(cloud: str, values: tuple[str, ...]) -> c.Callable[[Driver], list[str]]:
    def broken(driver: Driver) -> list[str]:
        there = [str(value).strip('"') for _name, _type, value in state(cloud)(driver)["records"]]
        return [f"{value} is there {there.count(value)} times" for value in values if there.count(value) != 1]

    return broken


def _scenarios(cloud: str) -> list[Scenario]:
    cases: dict[str, tuple[tuple[str, ...], str]] = {
        "a value beside others": (OTHERS, "present"),
        "the first value": ((), "present"),
        "a value from among others": ((*OTHERS, VALUE), "absent"),
        "the last value": ((VALUE,), "absent"),
    }
    return [
        Scenario(
            f"{cloud} dns: {name}",
            f"{cloud}_dns_record",
            cloud,
            prepare=prepared(cloud, before),
            params=params(cloud, wanted),
            state=state(cloud),
            broken=others_stay(cloud, tuple(value for value in before if value != VALUE)),
            lags=tuple((PATHS[cloud], settings) for settings in LAGS[cloud]),
        )
        for name, (before, wanted) in cases.items()
    ]


SCENARIOS = tuple(scenario for cloud in ("tencent", "aliyun", "huawei") for scenario in _scenarios(cloud))
