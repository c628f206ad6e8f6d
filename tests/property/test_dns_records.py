# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode of the modules for DNS records, over zones that hold anything."""

from __future__ import annotations

import typing as t

import pytest
from driver.driver import Driver, Params, Run
from hypothesis import given
from hypothesis import strategies as st
from property.honesty import Module, examples, keep_promises

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


def nobody_knows(params: Params, run: Run) -> bool:
    """Values that check mode alone takes, and what only the service can refuse: a TTL below its edition's, a value."""
    if UNKNOWN in (params["value"], params.get("zone"), params["name"]) or not params["value"].strip():
        return run.kind == "invalid"
    return run.kind in ("invalid", "conflict", "quota") and run.result["error"]["code"] is not None


def words_of_tencent(held: dict[str, list[Record]]) -> dict[str, t.Any]:
    return {"zones": [{"name": zone, "records": rows} for zone, rows in held.items()]}


def words_of_huawei(held: dict[str, list[Record]]) -> dict[str, t.Any]:
    """Values of one name and type are one set there, under its full name."""
    zones = []
    for zone, rows in held.items():
        sets: dict[tuple[str, str], dict[str, t.Any]] = {}
        for row in rows:
            name = zone if row["name"] == "@" else f"{row['name']}.{zone}"
            one = sets.setdefault((name, row["type"]), {"name": name, "type": row["type"], "values": []})
            one["values"].append(row["value"])
            one |= {key: row[key] for key in ("ttl", "enabled") if key in row}
        zones.append({"name": zone, "records": list(sets.values())})
    return {"zones": zones}


CLOUDS = {
    "tencent": ("tencent_dns_record", words_of_tencent),
    "aliyun": ("aliyun_dns_record", words_of_tencent),
    "huawei": ("huawei_dns_record", words_of_huawei),
}


@pytest.mark.parametrize("cloud", CLOUDS)
@examples()
@given(data=st.data(), todo=st.lists(tasks(), min_size=1, max_size=3), as_module=st.booleans())
def test_dns_record(
    cloud: str, shared_driver: Driver, data: st.DataObject, todo: list[Params], as_module: bool
) -> None:
    name, words = CLOUDS[cloud]
    held = data.draw(zones(locked=cloud != "tencent"), label="zones")
    driver = shared_driver
    driver.reset()
    driver.emulator.control("POST", f"/state/{cloud}", words(held))
    for params in todo:
        keep_promises(driver, Module(name, only_then=nobody_knows), params, as_module=as_module)
