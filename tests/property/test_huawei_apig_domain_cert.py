# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode of huawei_apig_domain_cert, over gateways that hold and do anything."""

from __future__ import annotations

import collections.abc as c
import functools
import typing as t

from driver.driver import Driver, Params, Run
from hypothesis import strategies as st
from property.disk import accidents
from property.honesty import Module
from property.machine import Deed, Scene, deed, play

DOMAIN = "api.example.com"
DOMAINS = (DOMAIN, "www.example.com")
CERTIFICATES: dict[str, dict[str, t.Any]] = {
    "rsa": {"names": [DOMAIN], "days_left": 60.5},
    "newer": {"names": [DOMAIN, DOMAINS[1]], "days_left": 89.5},
    "ecc": {"names": [DOMAIN], "algorithm": "ECC", "days_left": 60.5},
    "wildcard": {"names": ["*.example.com"], "days_left": 10.5},
    "stranger": {"names": ["other.example.net"], "days_left": 60.5},
    "expired": {"names": [DOMAIN], "days_left": -1.5},
    "alone": {"names": [DOMAIN], "days_left": 60.5, "self_signed": True},
}
INPUTS = ("rsa", "rsa", "newer", "ecc", *CERTIFICATES)
BROKEN = ("missing", "nonsense", "crossed")
FILES = ("in.pem", "in.key")


def objects() -> st.SearchStrategy[dict[str, t.Any]]:
    """A certificate object of the gateway: of this task and of others, bound here, elsewhere, nowhere."""
    bound = st.lists(st.sampled_from((DOMAIN, DOMAIN, DOMAINS[1])), unique=True)
    return st.fixed_dictionaries(
        {"holds": st.sampled_from(("rsa", "newer", "ecc", "wildcard", "expired")), "bind": bound},
        optional={
            "type": st.just("global"),
            "trusted_root_ca": st.just(True),
            "name": st.sampled_from(("api_example_com_0a1b2c3d", "by_hand", "given_name")),
        },
    )


def held() -> st.SearchStrategy[list[dict[str, t.Any]]]:
    return st.lists(objects(), max_size=3)


def starts() -> st.SearchStrategy[dict[str, t.Any]]:
    return st.fixed_dictionaries({"objects": held(), "behaviour": behaviours()})


def deeds() -> st.SearchStrategy[Deed]:
    """In the console, or by another program: `which` of all objects there are by then."""
    which = st.integers(0, 4)
    domain = st.sampled_from(DOMAINS)
    return st.one_of(
        deed("delete", which=which),
        deed("put", which=which, object=objects()),
        deed("put", object=objects()),
        deed("make the domain again", domain=domain),
        deed("remove the domain", domain=domain),
        deed("behaviour", behaviour=behaviours()),
    )


def behaviours() -> st.SearchStrategy[dict[str, t.Any]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "associate_on_bound": st.sampled_from(("add", "refuse")),
            "associate_scope": st.just("global"),
            "disassociate_deletes": st.just(True),
            "attach_same_algorithm": st.just("refuse"),
            "certificates_per_domain": st.just("one"),
            "duplicate_names": st.just("refuse"),
            "global_listed_everywhere": st.just(False),
            "serial_format": st.just("hex"),
            "update_without_ca": st.just("keep"),
            "groups_list_domains": st.just(False),
            "attached_domains_sparse": st.just(False),
            "certificates_per_project": st.just(2),
        },
    )


def tasks() -> st.SearchStrategy[Params]:
    where = st.sampled_from(
        (
            *[{"group": "demo", "domain": DOMAIN}] * 4,
            {"group": "demo", "domain": DOMAIN.upper()},
            {"group": "demo", "domain": "missing.example.com"},
            {"group": "missing", "domain": DOMAIN},
            {"group": "demo", "domain_id": "1f" * 16},
            {"group_id": "2e" * 16, "domain": DOMAIN},
        )
    )
    instance = st.sampled_from(("i-emulator",) * 6 + ("i-missing", "i-old"))
    given_certificate = st.sampled_from((*INPUTS, *INPUTS, *BROKEN))
    more: dict[str, st.SearchStrategy[t.Any]] = {
        "replace": st.just("attach_new"),
        "name": st.sampled_from(("given_name", "by_hand", "a.b")),
        "trusted_root_ca": st.just("root"),
        "verified_client_certificate_enabled": st.booleans(),
        "wait": st.booleans(),
        "as_path": st.booleans(),
        "leaf_only": st.just(True),
    }
    present = st.fixed_dictionaries({"give": given_certificate}, optional=more)
    absent = st.fixed_dictionaries({"state": st.just("absent")}, optional={"give": given_certificate})
    return st.tuples(where, instance, present | present | absent).map(
        lambda parts: {**parts[0], "instance_id": parts[1], **parts[2]}
    )


@functools.cache
def issued(driver: Driver, name: str) -> dict[str, str]:
    """A certificate of the emulator's authority, which outlives its resets."""
    return driver.emulator.control("POST", "/ca/issue", CERTIFICATES[name])


def set_up(driver: Driver, objects: list[dict[str, t.Any]], behaviour: dict[str, t.Any]) -> None:
    control = driver.emulator.control
    control("POST", "/huawei/instances", {"id": "i-old", "ssl_objects": False})
    control("POST", "/huawei/groups", {"instance_id": "i-old", "name": "demo"})
    control("POST", "/huawei/domains", {"instance_id": "i-old", "group": "demo", "domain": DOMAIN})
    for domain, identity in zip(DOMAINS, ("1f" * 16, "3d" * 16), strict=True):
        control("POST", "/huawei/domains", {"group": "demo", "domain": domain, "id": identity})
    for number, one in enumerate(objects):
        put_object(driver, f"{number:032x}", one)
    control("POST", "/huawei/behaviour", {"associate_on_bound": "replace", **behaviour})


def put_object(driver: Driver, identity: str, one: c.Mapping[str, t.Any]) -> None:
    made = issued(driver, one["holds"])
    shown = {name: value for name, value in one.items() if name != "holds"}
    text = {"cert_content": made["chain_pem"], "private_key": made["key_pem"]}
    name = f"object_{int(identity, 16)}"
    driver.emulator.control("POST", "/huawei/certificates", {"name": name, "id": identity, **shown, **text})


def options(driver: Driver, task: Params) -> Params:
    """The task's options, with files made or contents filled in."""
    ours = ("give", "as_path", "leaf_only", "trusted_root_ca")
    params = {name: value for name, value in task.items() if name not in ours}
    if "trusted_root_ca" in task:
        params["trusted_root_ca"] = driver.emulator.control("GET", "/ca")["bundle"]
    if "give" not in task:
        return params
    give = task["give"]
    certificate, key = "nonsense", "nonsense"
    if give in CERTIFICATES or give == "crossed":
        certificate = issued(driver, "rsa" if give == "crossed" else give)["chain_pem"]
        key = issued(driver, "newer" if give == "crossed" else give)["key_pem"]
    if task.get("leaf_only"):
        end = "-----END CERTIFICATE-----\n"
        certificate = certificate.partition(end)[0] + end
    if not task.get("as_path") and give != "missing":
        return {**params, "certificate": certificate, "private_key": key}
    paths = dict(zip(("certificate_path", "private_key_path"), map(driver.folder.joinpath, FILES), strict=True))
    if give != "missing":
        paths["certificate_path"].write_text(certificate)
        paths["private_key_path"].write_text(key)
    return {**params, **{option: str(path) for option, path in paths.items()}}


class DomainCertificates(Scene[dict[str, t.Any]]):
    starts = starts()
    tasks = tasks()
    deeds = deeds() | accidents(FILES, bundles=0)

    def __init__(self, driver: Driver) -> None:
        super().__init__(driver)
        self.added = 0
        # Behaviours of the gateway that this example has had, other than the usual ones.
        self.ever: set[str] = set()

    def begin(self, start: dict[str, t.Any]) -> None:
        self.ever |= set(start["behaviour"])
        set_up(self.driver, start["objects"], start["behaviour"])

    def options(self, task: Params) -> Params:
        return options(self.driver, task)

    def happens(self, deed: Deed) -> None:
        control = self.driver.emulator.control
        domains = [row["name"] for row in control("GET", "/state/huawei")["domains"]]
        there = control("GET", "/state/huawei")["certificates"]
        if deed["does"] == "behaviour":
            self.ever |= set(deed["behaviour"])
            control("POST", "/huawei/behaviour", deed["behaviour"])
        elif deed["does"] == "remove the domain":
            if deed["domain"] in domains:
                control("DELETE", f"/huawei/domains/{deed['domain']}")
        elif deed["does"] == "make the domain again":
            if deed["domain"] not in domains:
                control("POST", "/huawei/domains", {"group": "demo", "domain": deed["domain"]})
        elif deed["does"] == "put":
            self.added += 1
            identity = f"{100 + self.added:032x}"
            if "which" in deed and there:
                identity = there[deed["which"] % len(there)]["id"]
            one = deed["object"]
            put_object(self.driver, identity, {**one, "bind": [name for name in one["bind"] if name in domains]})
        elif there:
            control("DELETE", f"/huawei/certificates/{there[deed['which'] % len(there)]['id']}")

    def nobody_knows(self, params: Params, run: Run) -> bool:
        """What the gateway alone can refuse, and an input file that an earlier task would have written by then."""
        said, code = run.result["msg"], run.result["error"]["code"]
        if run.kind == "local":
            return "does not exist" in said
        if code == "APIG.3100":
            return "certificates_per_project" in self.ever
        if code == "APIG.2012":
            return "verified_client_certificate_enabled" in said or "duplicate_names" in self.ever
        if code == "APIG.3715":
            return "CA certificates" in said
        one_alone = {"associate_on_bound", "attach_same_algorithm", "certificates_per_domain"}
        return code == "APIG.2051" and bool(one_alone & self.ever)

    @property
    def module(self) -> Module:
        return Module(
            "huawei_apig_domain_cert",
            only_then=self.nobody_knows,
            moves_on=lambda params, _run: params.get("wait") is False,
        )


def test_huawei_apig_domain_cert(shared_driver: Driver) -> None:
    play(shared_driver, DomainCertificates)
