# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode of tencent_free_cert, over accounts and folders that hold anything."""

from __future__ import annotations

import typing as t

from driver.driver import Driver, Params, Run
from hypothesis import given
from hypothesis import strategies as st
from property.disk import Bundle, Thing, put, things
from property.honesty import Module, examples, keep_promises

DOMAINS = ("shop.example.com", "www.shop.example.com", "*.example.com", "api.example.net")
DAYS = (-5.5, 0.5, 10.5, 29.5, 60.5, 89.5)
FILES = ("certificate_path", "fullchain_path", "chain_path", "private_key_path")
TOGETHER = ((), FILES[:1], FILES, (FILES[0], FILES[3]), (FILES[1], FILES[3]), FILES[:3], FILES[3:])
COMMENTED = ("certificate_path", "fullchain_path")
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
            "package_type": st.sampled_from(("1", "2", "7")),
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
        "package_type": st.sampled_from(("83", "7")),
        "renew_before": st.sampled_from(("5d", "20d", "33%", "100d")),
        "force": st.booleans(),
        "wait": st.booleans(),
        "wait_timeout": st.sampled_from((5, 60)),
        "mode": st.sampled_from(("0600", "0640")),
        "backup": st.just(True),
    }
    named = {"domain": st.sampled_from((*DOMAINS[:2], "SHOP.example.com"))}
    by_id = {"certificate_id": st.sampled_from(("cert0", "cert1", "missing"))}
    files = st.sampled_from(TOGETHER).map(lambda some: {"files": some})
    wanted = st.fixed_dictionaries(named, optional=present | by_id) | st.fixed_dictionaries(by_id, optional=present)
    ending: dict[str, st.SearchStrategy[t.Any]] = {
        "revoke": st.booleans(),
        "wait": st.booleans(),
        "wait_timeout": st.sampled_from((1, 60)),
    }
    gone = st.fixed_dictionaries({"state": st.just("absent"), **named}, optional=ending | by_id)
    return st.tuples(wanted | wanted | gone, files).map(lambda parts: {**parts[0], **parts[1]})


def folders() -> st.SearchStrategy[dict[str, Thing]]:
    return st.dictionaries(st.sampled_from(FILES), things(bundles=3), max_size=4)


def nobody_knows(params: Params, run: Run) -> bool:
    """What becomes of an order, and whose a key on disk is that only the answer with the key could tell."""
    if run.kind == "timeout":
        return True
    code = run.result["error"]["code"]
    if run.kind == "conflict":
        return any(
            words in run.result["msg"]
            for words in ("holds another private key", "before it could be", "did not delete")
        )
    return code is not None and run.kind in ("quota", "invalid", "conflict")


def goes_on(params: Params, run: Run) -> bool:
    """What is not waited for, and `force` an hour after the last order."""
    return bool(params.get("force")) or params.get("wait") is False


MODULE = Module("tencent_free_cert", only_then=nobody_knows, moves_on=goes_on)


def account(driver: Driver, rows: list[dict[str, t.Any]]) -> list[Bundle]:
    """The rows, with ids of their own, and the files of what was issued; a stranger's come last."""
    bundles = []
    for number, row in enumerate(rows):
        given = {name: value for name, value in row.items() if name != "ordered_hours_ago"}
        if row["status"] in NEVER_ISSUED:
            del given["days_left"]
        identity = f"cert{number}"
        driver.emulator.control("POST", "/certificates", {"id": identity, **given})
        if row.get("source") != "upload":
            driver.emulator.control(
                "POST", f"/certificates/{identity}/age", {"ordered_hours_ago": row["ordered_hours_ago"]}
            )
        if row["status"] not in NEVER_ISSUED:
            made = driver.emulator.control("GET", f"/certificates/{identity}?material=1")
            if made["chain"]:
                bundles.append(bundle(identity, key=made["private_key"], chain=made["chain"]))
    stranger = driver.emulator.control("POST", "/ca/issue", {"names": ["shop.example.com"], "days_left": 60.5})
    return [*bundles, bundle("stranger", key=stranger["key_pem"], chain=stranger["chain_pem"])]


def bundle(identity: str, *, key: str, chain: str) -> Bundle:
    end = "-----END CERTIFICATE-----\n"
    leaf, _end, issuers = chain.partition(end)
    texts = {"certificate_path": leaf + end, "fullchain_path": chain, "chain_path": issuers, "private_key_path": key}
    return Bundle(id=identity, files=texts)


@examples()
@given(
    rows=st.lists(certificates(), max_size=3),
    cloud=settings_of_cloud(),
    there=folders(),
    todo=st.lists(tasks(), min_size=1, max_size=2),
    as_module=st.booleans(),
)
def test_tencent_free_cert(
    shared_driver: Driver,
    rows: list[dict[str, t.Any]],
    cloud: dict[str, t.Any],
    there: dict[str, Thing],
    todo: list[Params],
    as_module: bool,
) -> None:
    driver = shared_driver
    driver.reset()
    bundles = account(driver, rows)
    driver.emulator.control("POST", "/settings/tencent", cloud)
    for option, thing in there.items():
        put(driver.folder / option, thing, option=option, bundles=bundles, commented=COMMENTED)
    for params in todo:
        named = {name: value for name, value in params.items() if name != "files"}
        paths = {option: str(driver.folder / option) for option in params["files"]}
        keep_promises(driver, MODULE, {**named, **paths}, as_module=as_module)
