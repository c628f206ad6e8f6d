# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode of huawei_apig_domain_cert, over gateways that hold and do anything."""

from __future__ import annotations

import functools
import typing as t

from driver.driver import Driver, Params, Run
from hypothesis import given
from hypothesis import strategies as st
from property.honesty import Module, examples, keep_promises

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


def held() -> st.SearchStrategy[list[dict[str, t.Any]]]:
    """Certificate objects of the gateway: of this task and of others, bound here, elsewhere, nowhere."""
    bound = st.lists(st.sampled_from((DOMAIN, DOMAIN, DOMAINS[1])), unique=True)
    return st.lists(
        st.fixed_dictionaries(
            {"holds": st.sampled_from(("rsa", "newer", "ecc", "wildcard", "expired")), "bind": bound},
            optional={
                "type": st.just("global"),
                "trusted_root_ca": st.just(True),
                "name": st.sampled_from(("api_example_com_0a1b2c3d", "by_hand", "given_name")),
            },
        ),
        max_size=3,
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


def nobody_knows(params: Params, run: Run) -> bool:
    """What the gateway alone can refuse, and an input file that an earlier task would have written by then."""
    if run.kind == "local":
        return "does not exist" in run.result["msg"]
    code = run.result["error"]["code"]
    return code is not None and code.startswith("APIG.") and run.kind in ("conflict", "quota", "invalid")


MODULE = Module(
    "huawei_apig_domain_cert", only_then=nobody_knows, moves_on=lambda params, _run: params.get("wait") is False
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
        made = issued(driver, one["holds"])
        shown = {name: value for name, value in one.items() if name != "holds"}
        text = {"cert_content": made["chain_pem"], "private_key": made["key_pem"]}
        control("POST", "/huawei/certificates", {"name": f"object_{number}", "id": f"{number:032x}", **shown, **text})
    control("POST", "/huawei/behaviour", {"associate_on_bound": "replace", **behaviour})


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
    paths = {"certificate_path": driver.folder / "in.pem", "private_key_path": driver.folder / "in.key"}
    if give != "missing":
        paths["certificate_path"].write_text(certificate)
        paths["private_key_path"].write_text(key)
    return {**params, **{option: str(path) for option, path in paths.items()}}


@examples()
@given(
    objects=held(),
    behaviour=behaviours(),
    todo=st.lists(tasks(), min_size=1, max_size=2),
    as_module=st.booleans(),
)
def test_huawei_apig_domain_cert(
    shared_driver: Driver,
    objects: list[dict[str, t.Any]],
    behaviour: dict[str, t.Any],
    todo: list[Params],
    as_module: bool,
) -> None:
    driver = shared_driver
    driver.reset()
    set_up(driver, objects, behaviour)
    for task in todo:
        keep_promises(driver, MODULE, options(driver, task), as_module=as_module)
