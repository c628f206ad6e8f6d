# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is decided about the free certificates of an ESA site, by what is there."""

from __future__ import annotations

import datetime
import typing as t

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import esa_free_cert_plan as plan_module
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.esa import Quota, Row, Site
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.esa_free_cert_plan import (
    Condition,
    Desired,
    Observed,
    assess,
    plan,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    Conflict,
    Invalid,
    ProtocolFailure,
    QuotaExceeded,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._resource import Plan
from ansible_collections.cncloud.certificates.tests.unit.doubles import START

A, B, C = "a.example.com", "b.example.com", "c.example.com"
SITE = Site(id="1", name="example.com", access_type="NS", status="active")
ROOM = Quota(total=100, used=0)


def row(id: str, status: str | None, domain: str = A, *, days: float | None = None, **members: t.Any) -> Row:
    ends = None if days is None else START + datetime.timedelta(days=days)
    return Row(**{"id": id, "type": "free", "status": status, "common_name": domain, "ends": ends, **members})


def planned(*rows: Row, domains: tuple[str, ...] = (A,), site: Site = SITE, **desired: t.Any) -> Plan:
    observed = Observed(site=site, rows=rows, quota=desired.pop("quota", ROOM), users=desired.pop("users", {}))
    return plan(Desired(site_name="example.com", domains=domains, **desired), observed, START)


def steps(made: Plan) -> list[tuple[str, t.Any]]:
    return [(step.name, step.arguments.get("domains") or step.arguments.get("id")) for step in made.steps]


APPLY, WAIT = ("apply", (A,)), ("wait", (A,))


@pytest.mark.parametrize(
    ("status", "condition", "with_wait", "without"),
    [
        ("OK", Condition.USABLE, [], []),
        ("Issued", Condition.USABLE, [], []),
        ("Expiring", Condition.USABLE, [], []),
        ("Applying", Condition.PENDING, [WAIT], []),
        ("Expired", Condition.MISSING, [APPLY, WAIT], [APPLY]),
    ],
)
def test_each_status(status: str, condition: Condition, with_wait: list[t.Any], without: list[t.Any]) -> None:
    assert assess([row("1", status)], A).condition is condition
    assert steps(planned(row("1", status))) == with_wait
    assert steps(planned(row("1", status), wait=False)) == without


@pytest.mark.parametrize("status", ["ApplyFailed", "Canceled"])
def test_a_failure_is_told_and_tried_again_only_when_asked(status: str) -> None:
    failed = row("1", status, apply_code=7, apply_message=" CAA\nrecord  forbids ")
    assert assess([failed], A).condition is Condition.FAILED
    with pytest.raises(Conflict) as caught:
        planned(failed, row("2", "OK", B), domains=(A, B))
    assert f"{A} (1) is {status} 7, CAA record forbids" in caught.value.message
    assert B not in caught.value.message
    assert (caught.value.code, "retry_failed" in str(caught.value.hint)) == ("apply_failed", True)
    assert steps(planned(failed, retry_failed=True)) == [APPLY, WAIT]


@pytest.mark.parametrize("status", ["Revoked", "ok", None])
def test_nothing_is_concluded_from_an_unknown_status(status: str | None) -> None:
    with pytest.raises(ProtocolFailure, match="not documented"):
        planned(row("1", status))
    assert steps(planned(row("1", status, B))) == [APPLY, WAIT], "that of another domain does not matter"
    assert steps(planned(row("1", status, type="upload"))) == [APPLY, WAIT], "nor one of another kind"


@pytest.mark.parametrize(
    ("rows", "chosen"),
    [
        ([row("old", "Expired"), row("new", "OK")], "new"),
        ([row("pending", "Applying", days=99), row("usable", "Expiring", days=3)], "usable"),
        ([row("failed", "ApplyFailed"), row("pending", "Applying")], "pending"),
        ([row("failed", "ApplyFailed"), row("expired", "Expired", days=-1)], "failed"),
        ([row("short", "OK", days=10), row("long", "Issued", days=80)], "long"),
        ([row("one", "OK", days=10), row("two", "OK", days=10, created=START)], "two"),
    ],
)
def test_which_of_several_counts(rows: list[Row], chosen: str) -> None:
    for order in (rows, rows[::-1]):
        found = assess(order, A).row
        assert found is not None
        assert found.id == chosen


@pytest.mark.parametrize(
    ("members", "mine"),
    [
        ({"common_name": A}, True),
        ({"common_name": A.upper()}, True),
        ({"common_name": None, "sans": (A,)}, True),
        ({"common_name": None, "sans": (), "name": A}, True),
        ({"common_name": "*.example.com", "sans": ("*.example.com", A)}, False),
        ({"common_name": "*.example.com"}, False),
        ({"common_name": A, "type": "upload"}, False),
        ({"common_name": A, "type": "cas"}, False),
        ({"common_name": A, "type": None}, False),
    ],
)
def test_only_free_certificates_of_exactly_the_domain_are_owned(members: dict[str, t.Any], mine: bool) -> None:
    assert bool(planned(row("1", "OK", **members)).steps) is not mine
    assert bool(planned(row("1", "OK", **members), state="absent").steps) is mine


def test_one_application_for_all_that_need_it() -> None:
    domains = tuple(f"h{number:02}.example.com" for number in range(20))
    there = [row("1", "OK", domains[0]), row("2", "Applying", domains[1]), row("3", "Expired", domains[2])]
    made = planned(*there, domains=domains)
    assert steps(made) == [("apply", domains[2:]), ("wait", domains[1:])]
    assert sorted(made.before) == sorted(made.after) == sorted(domains[1:])
    assert made.before[domains[2]] == {"id": "3", "status": "Expired", "usable": False}
    assert made.after[domains[1]] == {"id": "2", "status": "(known after apply)", "usable": True}
    assert made.after[domains[2]]["id"] == "(known after apply)"
    assert made.reason == f"17 domains without a certificate. 1 certificate expired or failed: {domains[2]}."


def test_what_occupies_a_full_quota() -> None:
    quota = Quota(total=5, used=4, sites=(("1", "example.com", 3), ("2", "example.org", 1), ("3", None, 0)))
    with pytest.raises(QuotaExceeded) as caught:
        planned(row("9", "OK", C), row("8", "OK", C, type="upload"), domains=(A, B), quota=quota)
    said = caught.value
    assert "no room for 2 more: 4 of 5 are used" in said.message
    assert f"3 on the site example.com; 1 on the site example.org; {C} (9, OK)" in said.message
    told = said.data["quota"]
    assert (told["total"], told["used"], told["needed"]) == (5, 4, 2)
    assert [one["site_id"] for one in told["sites"]] == ["1", "2", "3"]
    assert [one["id"] for one in told["certificates"]] == ["9"]
    assert steps(planned(domains=(A,), quota=quota)) == [APPLY, WAIT], "one has room"
    assert steps(planned(row("7", "OK"), quota=Quota(total=1, used=9))) == [], "nothing is needed"


@pytest.mark.parametrize("status", ["pending", "offline", "moved"])
def test_a_site_that_takes_no_applications(status: str) -> None:
    site = Site(id="1", name="example.com", status=status)
    with pytest.raises(Conflict, match=f"is {status}"):
        planned(site=site)
    assert steps(planned(row("1", "OK"), site=site)) == []
    assert steps(planned(row("1", "OK"), site=site, state="absent")) == [("delete", "1")]


@pytest.mark.parametrize("domain", ["example.org", "badexample.com", "*.example.org"])
def test_a_domain_outside_the_site(domain: str) -> None:
    for state in ("present", "absent"):
        with pytest.raises(Invalid, match="must lie in the site"):
            planned(domains=(domain,), state=state)


def test_absent() -> None:
    assert steps(planned(row("1", "OK", B), state="absent")) == []
    made = planned(row("2", "OK"), row("1", "Expired", B), state="absent", domains=(A, B, C))
    assert steps(made) == [("delete", "2"), ("delete", "1")]
    assert made.after == {"1": None, "2": None}
    with pytest.raises(Conflict, match="more than one free certificate"):
        planned(row("1", "Expired"), row("2", "OK"), state="absent")
    both = planned(row("1", "Expired"), row("2", "OK"), state="absent", force=True)
    assert steps(both) == [("delete", "1"), ("delete", "2")]


def test_what_is_in_use_is_not_deleted() -> None:
    users = {"1": ["z.example.com", A], "other": [B]}
    with pytest.raises(Conflict) as caught:
        planned(row("1", "OK"), row("2", "OK", B), domains=(A, B), state="absent", users=users)
    assert (caught.value.code, f"1 of {A} by {A}, z.example.com" in caught.value.message) == ("in_use", True)
    assert steps(planned(row("1", "OK"), state="absent", users=users, force=True)) == [("delete", "1")]


def test_wildcards_that_cannot_prove_themselves() -> None:
    star = "*.example.com"
    desired = Desired(domains=(A, star))
    cname = Site(id="1", name="example.com", access_type="CNAME")
    stuck = plan_module.stuck_wildcards
    assert stuck(desired, Observed(site=cname)) == [star]
    assert stuck(desired, Observed(site=SITE)) == []
    assert stuck(desired, Observed(site=cname, rows=(row("1", "OK", star),))) == []


def test_long_lists_are_cut_in_messages() -> None:
    domains = tuple(f"h{number:02}.example.com" for number in range(30))
    with pytest.raises(Conflict) as caught:
        planned(*(row(domain, "ApplyFailed", domain) for domain in domains), domains=domains)
    assert "30 applications" in caught.value.message
    assert caught.value.message.endswith("and 10 more.")
