# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode of esa_free_cert, over sites that hold and do anything; its info twin reads them."""

from __future__ import annotations

import typing as t

from driver.driver import Driver, Params, Run
from hypothesis import given
from hypothesis import strategies as st
from property.honesty import Module, examples, keep_promises, reads_alone

NS_SITE, CNAME_SITE = 1234567890123, 1234567890124
"""`example.com`, whose name servers are ESA's, and `example.org` with access by CNAME."""
SITES = {"example.com": NS_SITE, "example.org": CNAME_SITE}
NAMES = ("www", "www", "api", "*", "@")


def full(label: str, site: str) -> str:
    return site if label == "@" else f"{label}.{site}"


def certificates() -> st.SearchStrategy[dict[str, t.Any]]:
    """Several of a domain; applications in every state; uploaded ones and those of several names."""
    status = st.sampled_from(
        (None, None, None, "Applying", "Applying", "ApplyFailed", "Canceled", "Expired", "Issued", "Unheard")
    )
    return st.builds(
        lambda site, labels, more, state: {
            "site": SITES[site],
            "names": [full(label, site) for label in labels],
            **more,
            **({"status": state} if state else {}),
        },
        st.sampled_from(tuple(SITES)),
        st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True) | st.just(["www"]),
        st.fixed_dictionaries(
            {"days_left": st.sampled_from((-5.5, 10.5, 60.5))},
            optional={
                "type": st.sampled_from(("upload", "cas")),
                "outcome": st.sampled_from(("fail", "cancel", "stuck")),
                "apply_message": st.just("CAA forbids it"),
            },
        ),
        status,
    )


def sites() -> st.SearchStrategy[dict[str, t.Any]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "status": st.sampled_from(("active", "active", "pending", "offline")),
            "plan": st.just("free"),
            "records": st.lists(st.sampled_from(("www.example.com", "www.example.org")), unique=True),
            "traffic": st.just(["*"]),
            "room": st.just(0),
        },
    )


def settings_of_cloud() -> st.SearchStrategy[dict[str, t.Any]]:
    outcome = st.sampled_from(("fail", "cancel", "stuck", "refused", "dropped"))
    domain = st.sampled_from(("www.example.com", "api.example.com", "www.example.org"))
    return st.fixed_dictionaries(
        {},
        optional={
            "list_lag": st.sampled_from((0, 10)),
            "issue_delay": st.just(0),
            "quota": st.sampled_from((2, 3)),
            "outcomes": st.dictionaries(domain, outcome, max_size=2),
            "count_offset": st.sampled_from((0, 0, 0, 1)),
            "padded": st.just(False),
            "short_result": st.just(False),
            "time_form": st.sampled_from(("iso", "blank")),
            "delete_applying": st.just("allowed"),
        },
    )


def tasks() -> st.SearchStrategy[Params]:
    def task(site: str, by_id: bool, labels: list[str], more: Params) -> Params:
        named = {"site_id": str(SITES[site])} if by_id else {"site": site}
        return {**named, "domains": [full(label, site) for label in labels], **more}

    present: dict[str, st.SearchStrategy[t.Any]] = {
        "type": st.sampled_from(("digicert_single", "digicert_wildcard")),
        "retry_failed": st.booleans(),
        "wait": st.booleans(),
        "wait_timeout": st.sampled_from((5, 100, 400)),
    }
    absent: dict[str, st.SearchStrategy[t.Any]] = {"force": st.booleans(), "wait_timeout": st.just(100)}
    more = st.fixed_dictionaries({}, optional=present)
    gone = st.fixed_dictionaries({"state": st.just("absent")}, optional=absent)
    labels = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)
    usual = st.builds(task, st.sampled_from(tuple(SITES)), st.booleans(), labels, more | more | gone)
    wrong = st.sampled_from(
        (
            {"site": "example.com", "domains": ["www.example.org"]},
            {"site": "missing.example.net", "domains": ["missing.example.net"]},
            {"site_id": "99", "domains": ["www.example.com"]},
            {"site": "example.com", "domains": []},
        )
    )
    return usual | usual | usual | usual | usual | wrong


def nobody_knows(_params: Params, run: Run) -> bool:
    """What becomes of an application, and what the service alone refuses."""
    if run.kind == "timeout" or "neither its answer nor its list has" in run.result["msg"]:
        return True
    return run.result["error"]["code"] is not None and run.kind in ("conflict", "quota", "invalid")


MODULE = Module("esa_free_cert", only_then=nobody_knows, moves_on=lambda params, _run: params.get("wait") is False)


def set_up(driver: Driver, rows: list[dict[str, t.Any]], site: dict[str, t.Any], settings: dict[str, t.Any]) -> None:
    control = driver.emulator.control
    for number, row in enumerate(rows):
        control("POST", "/aliyun/esa_certificates", {"id": f"{number + 1:032x}", **row})
    for identity in SITES.values():
        control("POST", f"/aliyun/sites/{identity}", site)
    control("POST", "/aliyun/settings", {"esa": settings})


@examples()
@given(
    rows=st.lists(certificates(), max_size=4),
    site=sites(),
    settings=settings_of_cloud(),
    todo=st.lists(tasks(), min_size=1, max_size=2),
    as_module=st.booleans(),
)
def test_esa_free_cert(
    shared_driver: Driver,
    rows: list[dict[str, t.Any]],
    site: dict[str, t.Any],
    settings: dict[str, t.Any],
    todo: list[Params],
    as_module: bool,
) -> None:
    shared_driver.reset()
    set_up(shared_driver, rows, site, settings)
    for params in todo:
        keep_promises(shared_driver, MODULE, params, as_module=as_module)


@examples()
@given(
    rows=st.lists(certificates(), max_size=5),
    site=sites(),
    settings=settings_of_cloud(),
    params=st.fixed_dictionaries(
        {"site": st.sampled_from(("example.com", "example.com", "example.org", "missing.example.net"))},
        optional={
            "domain": st.sampled_from(("www.example.com", "*.example.com")),
            "type": st.lists(st.sampled_from(("free", "upload", "cas")), max_size=2),
            "status": st.lists(st.sampled_from(("OK", "Applying", "Expired")), max_size=2),
            "certificate_id": st.just(f"{1:032x}"),
            "expires_within_days": st.sampled_from((0, 30, 100, -1)),
        },
    ),
    as_module=st.booleans(),
)
def test_esa_cert_info(
    shared_driver: Driver,
    rows: list[dict[str, t.Any]],
    site: dict[str, t.Any],
    settings: dict[str, t.Any],
    params: Params,
    as_module: bool,
) -> None:
    shared_driver.reset()
    set_up(shared_driver, rows, site, settings)
    reads_alone(shared_driver, "esa_cert_info", params, as_module=as_module)
