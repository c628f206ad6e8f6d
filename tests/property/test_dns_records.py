# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode of the modules for DNS records, over zones that hold anything."""

from __future__ import annotations

import abc
import typing as t

import pytest
from driver.driver import Driver, Params, Run
from hypothesis import strategies as st
from property.honesty import Module
from property.machine import Deed, Scene, play

ZONES = ("example.com", "sub.example.com", "example.org")
TXT = ("token-a", "Token-A", '"token-a"', "token-b", "a b; c", "x" * 255, "päß")
HOSTS = ("target.example.net", "Target.Example.NET.", "other.example.net")
NAMES = ("@", "_dnsauth", "_dnsauth.www", "_DnsAuth", "*")
UNKNOWN = "(known after apply)"

Record = dict[str, t.Any]


def records(*, locked: bool) -> st.SearchStrategy[list[Record]]:
    """What a zone holds; several values of a name and a CNAME beside others included."""
    texts = st.fixed_dictionaries({"type": st.just("TXT"), "value": st.sampled_from(TXT[:5])})
    hosts = st.fixed_dictionaries({"type": st.just("CNAME"), "value": st.sampled_from(HOSTS)})
    addresses = st.just({"type": "A", "value": "192.0.2.1"})
    flags = st.fixed_dictionaries({}, optional={"enabled": st.booleans(), "locked": st.just(True)} if locked else {})
    where = st.fixed_dictionaries({"name": st.sampled_from(NAMES[:3]), "ttl": st.sampled_from((600, 3600))})
    return st.lists(
        st.tuples(where, texts | hosts | addresses, flags).map(lambda parts: {**parts[0], **parts[1], **parts[2]}),
        max_size=4,
    )


def zones(*, locked: bool) -> st.SearchStrategy[dict[str, list[Record]]]:
    return st.dictionaries(st.sampled_from(ZONES), records(locked=locked), min_size=1)


def tasks() -> st.SearchStrategy[Params]:
    """Names with and without a zone, in every spelling that means the same, and values that are not known yet."""
    zone = st.sampled_from((None, *ZONES * 3, "EXAMPLE.com.", "missing.example.net", "not a name"))
    name = st.sampled_from(NAMES) | st.sampled_from(
        ("_dnsauth.example.com", "_dnsauth.www.example.com.", "_dnsauth.sub.example.com", "example.com", "other.net.")
    )
    value = st.sampled_from((*(TXT + HOSTS) * 2, "", UNKNOWN))
    ttl = st.sampled_from((600, 600, 600, 600, 3600, 3600, 60, 0))
    common = {"name": name, "value": value, "type": st.sampled_from(("TXT", "CNAME"))}
    more = {"ttl": ttl, "state": st.sampled_from(("present", "absent"))}
    return st.fixed_dictionaries(common | {"zone": zone}, optional=more)


def words_of_tencent(held: dict[str, list[Record]]) -> dict[str, t.Any]:
    return {"zones": [{"name": zone, "records": rows} for zone, rows in held.items()]}


def words_of_huawei(held: dict[str, list[Record]]) -> dict[str, t.Any]:
    """Values of one name and type are one set there, under its full name; none stands in it twice."""
    zones = []
    for zone, rows in held.items():
        sets: dict[tuple[str, str], dict[str, t.Any]] = {}
        for row in rows:
            name = zone if row["name"] == "@" else f"{row['name']}.{zone}"
            one = sets.setdefault((name, row["type"]), {"name": name, "type": row["type"], "values": []})
            value = row["value"].strip('"')
            one["values"] += [] if value in one["values"] else [value]
            one |= {key: row[key] for key in ("ttl", "enabled") if key in row}
        zones.append({"name": zone, "records": list(sets.values())})
    return {"zones": zones}


class Records(Scene[dict[str, list[Record]]]):
    """Of any of the clouds: `cloud` is its name on the control path, `words` how that calls what zones hold."""

    cloud: t.ClassVar[str]
    tasks = tasks()

    @staticmethod
    @abc.abstractmethod
    def words(held: dict[str, list[Record]]) -> dict[str, t.Any]:
        """Of the cloud's own control path."""

    def begin(self, start: dict[str, list[Record]]) -> None:
        self.held = start
        self.driver.emulator.control("POST", f"/state/{self.cloud}", self.words(start))

    def options(self, task: Params) -> Params:
        return task

    def happens(self, deed: Deed) -> None:
        self.driver.emulator.control("POST", f"/state/{self.cloud}", self.words(deed["adds"]))

    def nobody_knows(self, params: Params, run: Run) -> bool:
        """Values that check mode alone takes, and a TTL or a value that the edition of the zone does not allow."""
        if UNKNOWN in (params["value"], params.get("zone"), params["name"]) or not params["value"].strip():
            return run.kind == "invalid"
        told = run.kind == "invalid" and run.result["error"]["code"] is not None
        no_host = params["type"] == "CNAME" and params["value"] not in HOSTS
        return told and (no_host or params.get("ttl", 600) < 600)

    @property
    def module(self) -> Module:
        return Module(f"{self.cloud}_dns_record", only_then=self.nobody_knows)


def added(*, locked: bool) -> st.SearchStrategy[Deed]:
    """Zones and records that somebody else adds."""
    return zones(locked=locked).map(lambda held: {"adds": held})


class TencentRecords(Records):
    cloud, starts, deeds = "tencent", zones(locked=False), added(locked=False)
    words = staticmethod(words_of_tencent)


class AliyunRecords(Records):
    cloud, starts, deeds = "aliyun", zones(locked=True), added(locked=True)
    words = staticmethod(words_of_tencent)


class HuaweiRecords(Records):
    cloud, starts, deeds = "huawei", zones(locked=True), added(locked=True)
    words = staticmethod(words_of_huawei)


SCENES: tuple[type[Records], ...] = (TencentRecords, AliyunRecords, HuaweiRecords)


@pytest.mark.parametrize("scene", SCENES)
def test_dns_record(scene: type[Records], shared_driver: Driver) -> None:
    play(shared_driver, scene, few=20)
