# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode of esa_free_cert, over sites that hold and do anything; its info twin reads them."""

from __future__ import annotations

import collections.abc as c
import typing as t

from driver.driver import Driver, Params, Run
from hypothesis import given
from hypothesis import strategies as st
from property.honesty import Module, examples, reads_alone
from property.machine import Deed, Scene, deed, play

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


def starts() -> st.SearchStrategy[dict[str, t.Any]]:
    return st.fixed_dictionaries(
        {"rows": st.lists(certificates(), max_size=4), "site": sites(), "settings": settings_of_cloud()}
    )


def deeds() -> st.SearchStrategy[Deed]:
    """In the console, or by another program: `which` of all certificates there are by then."""
    which = st.integers(0, 5)
    status = st.sampled_from((None, None, "Applying", "ApplyFailed", "Canceled", "Expired", "Issued", "Unheard"))
    return st.one_of(
        deed("age", which=which, days_left=st.sampled_from((-5.5, 10.5, 60.5))),
        deed("status", which=which, status=status),
        deed("delete", which=which),
        deed("site", site=st.sampled_from(tuple(SITES)), members=sites()),
        deed("add", row=certificates()),
        deed("settings", settings=settings_of_cloud()),
    )


def tasks() -> st.SearchStrategy[Params]:
    def task(site: str, by_id: bool, labels: list[str], more: Params) -> Params:
        named = {"site_id": str(SITES[site])} if by_id else {"site": site}
        return {**named, "domains": [full(label, site) for label in labels], **more}

    present: dict[str, st.SearchStrategy[t.Any]] = {
        "type": st.sampled_from(("digicert_single", "digicert_wildcard")),
        "retry_failed": st.booleans(),
        "wait": st.booleans(),
    }
    absent: dict[str, st.SearchStrategy[t.Any]] = {"force": st.booleans(), "wait_timeout": st.just(100)}
    # What the default would wait for comes within minutes, or never.
    more = st.fixed_dictionaries({"wait_timeout": st.sampled_from((5, 100, 400))}, optional=present)
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


def set_up(driver: Driver, rows: list[dict[str, t.Any]], site: dict[str, t.Any], settings: dict[str, t.Any]) -> None:
    control = driver.emulator.control
    for number, row in enumerate(rows):
        control("POST", "/aliyun/esa_certificates", {"id": f"{number + 1:032x}", **row})
    for identity in SITES.values():
        control("POST", f"/aliyun/sites/{identity}", site)
    control("POST", "/aliyun/settings", {"esa": settings})


class FreeCertificates(Scene[dict[str, t.Any]]):
    starts = starts()
    tasks = tasks()
    deeds = deeds()

    def __init__(self, driver: Driver) -> None:
        super().__init__(driver)
        self.added = 0
        # What this example's sites and settings have been, and what becomes of applications.
        self.ever: set[str] = set()
        # Whether there has been a certificate of several names, which the service itself makes for nobody.
        self.wide = False

    def begin(self, start: dict[str, t.Any]) -> None:
        self.heard(start["site"], start["settings"], *start["rows"])
        set_up(self.driver, start["rows"], start["site"], start["settings"])

    def heard(self, *given: c.Mapping[str, t.Any]) -> None:
        for members in given:
            self.ever |= {*members, *members.get("outcomes", {}).values()}
            self.ever |= {members["outcome"]} if "outcome" in members else set()
            self.wide |= len(members.get("names", ())) > 1

    def options(self, task: Params) -> Params:
        return task

    def happens(self, deed: Deed) -> None:
        control = self.driver.emulator.control
        self.heard(*(deed[name] for name in ("settings", "members", "row") if name in deed))
        if deed["does"] == "settings":
            control("POST", "/aliyun/settings", {"esa": deed["settings"]})
            self.driver.clock.pass_by(deed["settings"].get("list_lag", 0))  # what was listed is not hidden again
        elif deed["does"] == "site":
            control("POST", f"/aliyun/sites/{SITES[deed['site']]}", deed["members"])
        elif deed["does"] == "add":
            self.added += 1
            control("POST", "/aliyun/esa_certificates", {"id": f"{100 + self.added:032x}", **deed["row"]})
        elif there := control("GET", "/state/aliyun")["esa_certificates"]:
            path = f"/aliyun/esa_certificates/{there[deed['which'] % len(there)]['id']}"
            if deed["does"] == "age":
                control("POST", f"{path}/age", {"days_left": deed["days_left"]})
            elif deed["does"] == "delete":
                control("DELETE", path)
            else:
                control("POST", path, {"status": deed["status"]})

    def nobody_knows(self, params: Params, run: Run) -> bool:
        """What becomes of an application, and what the service alone refuses."""
        code = run.result["error"]["code"]
        if run.kind == "timeout":
            return params.get("wait") is not False
        if "neither its answer nor its list has" in run.result["msg"]:
            return "dropped" in self.ever
        if run.kind == "quota":
            return "room" in self.ever and code == "QuotaExceed.RecordCount"
        if code == "Certificate.StatusError":
            return params.get("state") == "absent"
        if code == "InvalidParameter.Domains":
            return self.wide and "A certificate of another domain covers that too" in run.result["msg"]
        if run.kind == "conflict":
            return code == "apply_failed" and bool(self.ever & {"fail", "cancel", "refused"})
        return run.kind == "invalid" and code == "InvalidParameter.Type" and "plan" in self.ever

    @property
    def module(self) -> Module:
        return Module(
            "esa_free_cert", only_then=self.nobody_knows, moves_on=lambda params, _run: params.get("wait") is False
        )


def test_esa_free_cert(shared_driver: Driver) -> None:
    play(shared_driver, FreeCertificates)


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
