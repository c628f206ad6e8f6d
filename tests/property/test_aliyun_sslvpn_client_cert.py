# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode of aliyun_sslvpn_client_cert, over VPN servers and folders that hold anything."""

from __future__ import annotations

import typing as t

from driver.driver import Driver, Params, Run
from hypothesis import strategies as st
from property.disk import Bundle, accidents, things
from property.honesty import Module
from property.machine import Deed, SceneWithFiles, deed, play

NAMES = ("anna", "anna", "anna", "Anna", "anna2", "")
DAYS = (-5.5, 0.5, 10.5, 29.5, 60.5, 1000.5)
FILES = ("config_path", "certificate_path", "private_key_path", "ca_path")
TOGETHER = ((), FILES[:1], FILES, FILES[1:3], FILES[:2], FILES[1:], FILES[2:3])
COMMENTED = ("config_path", "certificate_path")


def certificates() -> st.SearchStrategy[dict[str, t.Any]]:
    """Several of one name, names that are nearly the same, and those of another server."""
    return st.fixed_dictionaries(
        {"name": st.sampled_from(NAMES), "days_left": st.sampled_from(DAYS)},
        optional={"server": st.just("vss-other")},
    )


def settings_of_cloud() -> st.SearchStrategy[dict[str, t.Any]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "list_lag": st.sampled_from((0, 20)),
            "create_busy": st.sampled_from((0, 30)),
            "delete_busy": st.just(60),
            "certificate_quota": st.just(3),
            "ready_delay": st.just(15),
            "listed_while_deleting": st.just(False),
            "name_rule": st.just("strict"),
            "name_filter": st.just("exact"),
            "empty_list": st.just("list"),
            "create_answers_name": st.just(True),
            "count_offset": st.sampled_from((0, 0, 0, 0, 0, 1)),
        },
    )


def tasks() -> st.SearchStrategy[Params]:
    server = {"ssl_vpn_server_id": st.sampled_from(("vss-emulator",) * 5 + ("vss-missing", "vss-other"))}
    named = {**server, "name": st.sampled_from(("anna", "anna", "bob", "1", " anna"))}
    by_id = {"ssl_vpn_client_cert_id": st.sampled_from(("vsc-0", "vsc-1", "vsc-missing"))}
    present: dict[str, st.SearchStrategy[t.Any]] = {
        "renew_before": st.sampled_from(("5d", "20d", "33%", "100d", "2000d")),
        "force": st.booleans(),
        "delete_superseded": st.booleans(),
        "wait": st.booleans(),
        "wait_timeout": st.sampled_from((1, 10, 100)),
        "mode": st.just("0640"),
        "private_key_mode": st.just("0640"),
        "backup": st.just(True),
    }
    files = st.sampled_from(TOGETHER).map(lambda some: {"files": some})
    more = {**present, **by_id}
    some = st.fixed_dictionaries(by_id, optional={**present, **named})
    wanted = st.fixed_dictionaries(named, optional=more) | some
    absent = {"state": st.just("absent")}
    ending = {name: present[name] for name in ("wait", "wait_timeout")}
    gone = st.fixed_dictionaries({**absent, **named}, optional={**ending, **by_id})
    gone |= st.fixed_dictionaries({**absent, **by_id}, optional=ending)
    return st.tuples(wanted | wanted | gone, files).map(lambda parts: {**parts[0], **parts[1]})


def starts() -> st.SearchStrategy[dict[str, t.Any]]:
    folders = st.dictionaries(st.sampled_from(FILES), things(bundles=3), max_size=4)
    return st.fixed_dictionaries(
        {"rows": st.lists(certificates(), max_size=4), "settings": settings_of_cloud(), "there": folders}
    )


def deeds() -> st.SearchStrategy[Deed]:
    """In the console, or by another program: `which` of all certificates there are by then."""
    which = st.integers(0, 5)
    return st.one_of(
        deed("age", which=which, days_left=st.sampled_from(DAYS)),
        deed("rename", which=which, name=st.sampled_from(("anna", "bob"))),
        deed("delete", which=which),
        deed("work on the gateway", seconds=st.sampled_from((20, 200))),
        deed("add", row=certificates()),
        deed("settings", settings=settings_of_cloud()),
    )


def without_force(params: Params) -> Params:
    """`force` creates at each run."""
    return {name: value for name, value in params.items() if name != "force"}


def set_up(driver: Driver, rows: list[dict[str, t.Any]], settings: dict[str, t.Any]) -> list[Bundle]:
    """The certificates, and the files of each; the first one's again where there is none."""
    control = driver.emulator.control
    control("POST", "/aliyun/servers", {"id": "vss-other"})
    bundles = []
    for number, row in enumerate(rows):
        control("POST", "/aliyun/certificates", {"id": f"vsc-{number}", **row})
        bundles.append(bundle(driver, f"vsc-{number}"))
    control("POST", "/aliyun/certificates", {"id": "vsc-stranger", "name": "stranger"})
    bundles.append(bundle(driver, "vsc-stranger"))
    control("POST", "/aliyun/settings", {"sslvpn": settings})
    return bundles


def bundle(driver: Driver, identity: str) -> Bundle:
    made = driver.emulator.control("GET", f"/aliyun/certificates/{identity}?material=1")
    inline = {"ca": made["CaCert"], "cert": made["ClientCert"], "key": made["ClientKey"]}
    own = [line for line in made["ClientConfig"].splitlines() if line.split()[:1] not in (["ca"], ["cert"], ["key"])]
    blocks = "".join(f"<{tag}>\n{text.rstrip()}\n</{tag}>\n" for tag, text in inline.items())
    return Bundle(
        id=identity,
        files={
            "config_path": "\n".join(own) + "\n" + blocks,
            "certificate_path": made["ClientCert"],
            "private_key_path": made["ClientKey"],
            "ca_path": made["CaCert"],
        },
    )


class ClientCertificates(SceneWithFiles[dict[str, t.Any]]):
    starts = starts()
    tasks = tasks()
    deeds = deeds() | accidents(FILES, bundles=3)
    commented = COMMENTED

    def __init__(self, driver: Driver) -> None:
        super().__init__(driver)
        self.added = 0
        # Settings that this example has had.
        self.ever: set[str] = set()

    def begin(self, start: dict[str, t.Any]) -> None:
        self.ever |= set(start["settings"])
        self.bundles = set_up(self.driver, start["rows"], start["settings"])
        self.place(start["there"])

    def happens(self, deed: Deed) -> None:
        control = self.driver.emulator.control
        if deed["does"] == "settings":
            self.ever |= set(deed["settings"])
            control("POST", "/aliyun/settings", {"sslvpn": deed["settings"]})
            self.driver.clock.pass_by(deed["settings"].get("list_lag", 0))  # what was listed is not hidden again
        elif deed["does"] == "work on the gateway":
            control("POST", "/aliyun/gateways/vpn-emulator", {"busy": deed["seconds"]})
        elif deed["does"] == "add":
            self.added += 1
            control("POST", "/aliyun/certificates", {"id": f"vsc-more-{self.added}", **deed["row"]})
            self.bundles.append(bundle(self.driver, f"vsc-more-{self.added}"))
        elif there := [row for row in control("GET", "/state/aliyun")["certificates"] if not row["deleting"]]:
            path = f"/aliyun/certificates/{there[deed['which'] % len(there)]['id']}"
            if deed["does"] == "age":
                control("POST", f"{path}/age", {"days_left": deed["days_left"]})
            elif deed["does"] == "rename":
                control("POST", path, {"name": deed["name"]})
            else:
                control("DELETE", path)

    def nobody_knows(self, params: Params, run: Run) -> bool:
        """What becomes of a creation, and whose a key on disk is that only the answer with the key could tell."""
        said = run.result["msg"]
        if run.kind == "timeout":
            return params.get("wait") is not False
        if run.kind == "quota":
            return "certificate_quota" in self.ever
        if run.kind == "invalid":
            return "name_rule" in self.ever and run.result["error"]["code"] == "InvalidName"
        fetched = any(call["key_bearing"] for call in run.calls)
        return run.kind == "conflict" and "holds another private key" in said and fetched

    @property
    def module(self) -> Module:
        return Module(
            "aliyun_sslvpn_client_cert",
            only_then=self.nobody_knows,
            moves_on=lambda params, _run: params.get("wait") is False,
            afterwards=without_force,
        )


def test_aliyun_sslvpn_client_cert(shared_driver: Driver) -> None:
    play(shared_driver, ClientCertificates)
