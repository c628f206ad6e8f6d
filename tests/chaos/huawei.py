# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates of the domains of a Huawei Cloud API gateway: bound, replaced in both ways, unbound."""

from __future__ import annotations

import typing as t

from chaos.scenario import Json, Scenario, State, account, fingerprint, issue, on_disk, text_of
from driver.driver import Driver

DOMAIN = "www.example.com"
OLD = "www_example_com_0123abcd"
# Reads and the edge lag behind writes by 5 to 10 seconds by themselves.


def present(driver: Driver) -> Json:
    return {
        "instance_id": "i-emulator",
        "group": "demo",
        "domain": DOMAIN,
        "certificate_path": str(driver.folder / "www.pem"),
        "private_key_path": str(driver.folder / "www.key"),
    }


def attach_new(driver: Driver) -> Json:
    return {**present(driver), "replace": "attach_new"}


def absent(_driver: Driver) -> Json:
    return {"instance_id": "i-emulator", "group": "demo", "domain": DOMAIN, "state": "absent"}


def free(driver: Driver) -> None:
    """A domain without a certificate."""
    issue(driver, "www", [DOMAIN])
    driver.emulator.control("POST", "/huawei/domains", {"domain": DOMAIN})


def taken(driver: Driver) -> None:
    """A domain that serves an older certificate of ours, and one of another algorithm, which is nobody's business."""
    free(driver)
    for name, algorithm in ((OLD, "RSA"), ("somebody_else", "ECC")):
        row = {"name": name, "domains": [DOMAIN], "algorithm": algorithm, "days_left": 10, "bind": [DOMAIN]}
        driver.emulator.control("POST", "/huawei/certificates", row)


def shared(driver: Driver) -> None:
    """The older certificate also serves another domain."""
    taken(driver)
    driver.emulator.control("POST", "/huawei/domains", {"domain": "other.example.com"})
    row = {"name": "shared", "domains": [DOMAIN], "days_left": 10, "bind": [DOMAIN, "other.example.com"]}
    driver.emulator.control("POST", "/huawei/certificates", row)


def only_one(driver: Driver) -> None:
    free(driver)
    row = {"name": OLD, "domains": [DOMAIN], "days_left": 10, "bind": [DOMAIN]}
    driver.emulator.control("POST", "/huawei/certificates", row)


def state(driver: Driver) -> State:
    """Each certificate object with the domains that it serves, told by content instead of by id."""
    there = account(driver, "huawei")
    given = fingerprint(text_of(driver.folder / "www.pem"))
    objects = [
        {
            "content": "given" if row["fingerprint_sha256"] == given else row["algorithm"],
            "name": row["name"].replace(given[:8], "(fingerprint)"),
            "serves": sorted(bound["domain"] for bound in row["bound_to"]),
        }
        for row in there["certificates"]
    ]
    return {"objects": sorted(objects, key=str), "files": on_disk(driver)}


def bare(driver: Driver) -> list[str]:
    """A domain that served a certificate serves one at every moment, in truth and for those who read."""
    there = account(driver, "huawei")
    bound = {f"{domain['instance_id']}/{domain['name']}": domain["certificates"] for domain in there["domains"]}
    shown = {"in truth": bound, "for readers": there["visible"]["bindings"]}
    return [
        f"{name} without a certificate {where}"
        for where, bindings in shown.items()
        for name in bound
        if not bindings.get(name)
    ]


def _scenario(name: str, **more: t.Any) -> Scenario:
    return Scenario(f"huawei: {name}", "huawei_apig_domain_cert", "huawei", state=state, **more)


SCENARIOS = (
    _scenario("the first certificate", prepare=free, params=present),
    _scenario("a certificate in place", prepare=taken, params=present, broken=bare),
    _scenario("a shared certificate", prepare=shared, params=present, broken=bare),
    _scenario("a new object", prepare=taken, params=attach_new, broken=bare),
    _scenario("no certificate any more", prepare=only_one, params=absent),
)
