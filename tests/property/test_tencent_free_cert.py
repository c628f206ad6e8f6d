# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode of tencent_free_cert, over accounts and folders that hold anything."""

from __future__ import annotations

import typing as t

from driver.driver import Driver, Params, Run
from hypothesis import strategies as st
from property.disk import Bundle, accidents, things
from property.honesty import Module
from property.machine import Deed, SceneWithFiles, deed, play

DOMAINS = ("shop.example.com", "www.shop.example.com", "*.example.com", "api.example.net")
DAYS = (-5.5, 0.5, 10.5, 29.5, 60.5, 89.5)
FILES = ("certificate_path", "fullchain_path", "chain_path", "private_key_path")
TOGETHER = ((), FILES[:1], FILES, (FILES[0], FILES[3]), (FILES[1], FILES[3]), FILES[:3], FILES[3:])
COMMENTED = ("certificate_path", "fullchain_path")
NOT_OFFERED = "7"
"""A package type that orders are refused with, as this account's service list alone could tell."""
NEVER_ISSUED = (0, 2, 4, 5, 6, 7, 8, 13)


def certificates() -> st.SearchStrategy[dict[str, t.Any]]:
    """Rows of the account: every status, ours and others', orders and what was issued."""
    return st.fixed_dictionaries(
        {
            "domain": st.sampled_from((DOMAINS[0], *DOMAINS)),
            "status": st.sampled_from((1, 1, 1, 0, 4, *range(16))),
            "days_left": st.sampled_from(DAYS),
            "ordered_hours_ago": st.sampled_from((0.1, 2.0, 50.0)),
        },
        optional={
            "source": st.just("upload"),
            "package_type": st.sampled_from(("1", "2", NOT_OFFERED)),
            "verify_type": st.sampled_from(("DNS", "FILE")),
            "algorithm": st.just("ECC"),
            "alias": st.just("shop"),
            "project_id": st.just(7),
            "behaviour": st.sampled_from(("fail", "stuck")),
            "names": st.just(["third.example.com"]),
            "account": st.just("100000000099"),
        },
    )


def settings_of_cloud() -> st.SearchStrategy[dict[str, t.Any]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "behaviour": st.sampled_from(("fail", "stuck")),
            "proof_type": st.just("TXT"),
            "challenge_in_describe": st.just(False),
            "dns_status": st.just(4),
            "one_hour_rule": st.just(False),
            "delete_issued": st.just(True),
            "silent_delete_failure": st.just(True),
            "free_limit": st.just(3),
        },
    )


def tasks() -> st.SearchStrategy[Params]:
    present: dict[str, st.SearchStrategy[t.Any]] = {
        "dv_auth_method": st.sampled_from(("dns", "file")),
        "key_algorithm": st.sampled_from(("rsa", "ecc")),
        "alias": st.sampled_from(("shop", "other", "")),
        "project_id": st.sampled_from((0, 7)),
        "package_type": st.sampled_from(("83", NOT_OFFERED)),
        "renew_before": st.sampled_from(("5d", "20d", "33%", "100d")),
        "force": st.booleans(),
        "wait": st.booleans(),
        "mode": st.sampled_from(("0600", "0640")),
        "backup": st.just(True),
    }
    # What the default would wait for comes within a minute, or never.
    patience: dict[str, st.SearchStrategy[t.Any]] = {"wait_timeout": st.sampled_from((5, 60))}
    named: dict[str, st.SearchStrategy[t.Any]] = {"domain": st.sampled_from((*DOMAINS[:2], "SHOP.example.com"))}
    by_id: dict[str, st.SearchStrategy[t.Any]] = {"certificate_id": st.sampled_from(("cert0", "cert1", "missing"))}
    files = st.sampled_from(TOGETHER).map(lambda some: {"files": some})
    wanted = st.fixed_dictionaries(named | patience, optional=present | by_id)
    wanted |= st.fixed_dictionaries(by_id | patience, optional=present)
    ending: dict[str, st.SearchStrategy[t.Any]] = {
        "revoke": st.booleans(),
        "wait": st.booleans(),
    }
    gone = st.fixed_dictionaries({"state": st.just("absent"), **named, **patience}, optional=ending | by_id)
    return st.tuples(wanted | wanted | gone, files).map(lambda parts: {**parts[0], **parts[1]})


def starts() -> st.SearchStrategy[dict[str, t.Any]]:
    folders = st.dictionaries(st.sampled_from(FILES), things(bundles=3), max_size=4)
    return st.fixed_dictionaries(
        {"rows": st.lists(certificates(), max_size=3), "cloud": settings_of_cloud(), "there": folders}
    )


def deeds() -> st.SearchStrategy[Deed]:
    """In the console, or by another program: `which` of all certificates there are by then."""
    which = st.integers(0, 5)
    status = st.sampled_from((1, 2, 3, 7, 8, 9, 10, 12))
    return st.one_of(
        deed("age", which=which, days_left=st.sampled_from(DAYS)),
        deed("order", which=which, hours_ago=st.sampled_from((0.5, 2.0, 200.0))),
        deed("delete", which=which),
        deed("issue", which=which),
        deed("change", which=which, status=status),
        deed("change", which=which, alias=st.just("other"), project_id=st.just(7)),
        deed("add", row=certificates()),
        deed("settings", cloud=settings_of_cloud()),
    )


def goes_on(params: Params, run: Run) -> bool:
    """What is not waited for, and `force` an hour after the last order."""
    return bool(params.get("force")) or params.get("wait") is False


def fetched_a_key(run: Run) -> bool:
    return any(call["key_bearing"] for call in run.calls)


def account(driver: Driver, rows: list[dict[str, t.Any]]) -> list[Bundle]:
    """The rows, with ids of their own, and the files of what was issued; a stranger's come last."""
    bundles = [made for number, row in enumerate(rows) if (made := certificate(driver, f"cert{number}", row))]
    stranger = driver.emulator.control("POST", "/ca/issue", {"names": ["shop.example.com"], "days_left": 60.5})
    return [*bundles, bundle("stranger", key=stranger["key_pem"], chain=stranger["chain_pem"])]


def certificate(driver: Driver, identity: str, row: dict[str, t.Any]) -> Bundle | None:
    """One row of the account, and its files if it was issued."""
    control = driver.emulator.control
    given = {name: value for name, value in row.items() if name != "ordered_hours_ago"}
    if row["status"] in NEVER_ISSUED:
        del given["days_left"]
    control("POST", "/certificates", {"id": identity, **given})
    if row.get("source") != "upload":
        control("POST", f"/certificates/{identity}/age", {"ordered_hours_ago": row["ordered_hours_ago"]})
    if row["status"] in NEVER_ISSUED:
        return None
    made = control("GET", f"/certificates/{identity}?material=1")
    return bundle(identity, key=made["private_key"], chain=made["chain"]) if made["chain"] else None


def bundle(identity: str, *, key: str, chain: str) -> Bundle:
    end = "-----END CERTIFICATE-----\n"
    leaf, _end, issuers = chain.partition(end)
    texts = {"certificate_path": leaf + end, "fullchain_path": chain, "chain_path": issuers, "private_key_path": key}
    return Bundle(id=identity, files=texts)


class FreeCertificates(SceneWithFiles[dict[str, t.Any]]):
    starts = starts()
    tasks = tasks()
    deeds = deeds() | accidents(FILES, bundles=3)
    commented = COMMENTED

    def __init__(self, driver: Driver) -> None:
        super().__init__(driver)
        self.added = 0
        # Settings that this example has had, what becomes of its orders, and of single ones.
        self.ever: set[t.Any] = set()

    def begin(self, start: dict[str, t.Any]) -> None:
        self.bundles = account(self.driver, start["rows"])
        self.ever |= {row.get("behaviour") for row in start["rows"]}
        self.settle(start["cloud"])
        self.place(start["there"])

    def settle(self, cloud: dict[str, t.Any]) -> None:
        self.ever |= {*cloud, cloud.get("behaviour")}
        self.driver.emulator.control("POST", "/settings/tencent", cloud)

    def happens(self, deed: Deed) -> None:
        control = self.driver.emulator.control
        if deed["does"] == "settings":
            self.settle(deed["cloud"])
            return
        if deed["does"] == "add":
            self.added += 1
            self.ever.add(deed["row"].get("behaviour"))
            self.bundles += filter(None, [certificate(self.driver, f"more{self.added}", deed["row"])])
            return
        there = [row for row in control("GET", "/state/tencent")["certificates"] if row["source"] != "upload"]
        if not there:
            return
        path = f"/certificates/{there[deed['which'] % len(there)]['id']}"
        if deed["does"] == "age":
            control("POST", f"{path}/age", {"days_left": deed["days_left"]})
        elif deed["does"] == "order":
            control("POST", f"{path}/age", {"ordered_hours_ago": deed["hours_ago"]})
        elif deed["does"] == "delete":
            control("DELETE", path)
        elif deed["does"] == "issue":
            control("POST", f"{path}/issue")
        else:
            control("POST", path, {name: value for name, value in deed.items() if name not in ("does", "which")})

    def nobody_knows(self, params: Params, run: Run) -> bool:
        """What becomes of an order, and whose a key on disk is that only the answer with the key could tell."""
        said = run.result["msg"]
        if run.kind == "timeout":
            return params.get("wait") is not False
        if run.kind == "quota":
            return "free_limit" in self.ever
        if run.kind == "invalid" and run.result["error"]["code"] == "review_failed":
            return "fail" in self.ever
        if run.kind == "invalid":
            return params.get("package_type") == NOT_OFFERED and "PackageType is not offered" in said
        if run.kind == "conflict" and "did not delete" in said:
            return "silent_delete_failure" in self.ever
        return run.kind == "conflict" and "holds another private key" in said and fetched_a_key(run)

    @property
    def module(self) -> Module:
        return Module("tencent_free_cert", only_then=self.nobody_knows, moves_on=goes_on)


def test_tencent_free_cert(shared_driver: Driver) -> None:
    play(shared_driver, FreeCertificates)
