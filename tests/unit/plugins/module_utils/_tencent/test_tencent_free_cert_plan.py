# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done about a free certificate: every status, every option, and a small model of the service."""

from __future__ import annotations

import dataclasses
import datetime
import re
import typing as t

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    Conflict,
    NotFound,
    ProtocolFailure,
    QuotaExceeded,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._files import (
    ABSENT,
    Content,
    FileSpec,
    Kind,
    ObservedFile,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._renewal import parse_renew_before
from ansible_collections.cncloud.certificates.plugins.module_utils._resource import KNOWN_AFTER_APPLY, Plan
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent import free_cert_plan as plans
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.free_cert_plan import (
    Desired,
    LocalFiles,
    LocalLeaf,
    Observed,
    assess,
    plan,
    sort_rows,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.ssl import STATUS_NAMES, Row
from ansible_collections.cncloud.certificates.tests.unit.doubles import START as NOW
from hypothesis import given, settings
from hypothesis import strategies as st

DOMAIN = "a.example.com"


def ago(**span: float) -> datetime.datetime:
    return NOW - datetime.timedelta(**span)


def left(**span: float) -> datetime.datetime:
    return NOW + datetime.timedelta(**span)


def row(status: int = 1, **fields: t.Any) -> Row:
    """A free certificate of DOMAIN, ordered 60 days ago; an issued one has 60 days left."""
    issued = status in (1, 3, 9, 10, 12, 14)
    defaults: dict[str, t.Any] = {
        "id": f"row{status}",
        "domain": DOMAIN,
        "names": frozenset({DOMAIN}),
        "status": status,
        "origin": "trustasia",
        "certificate_type": "SVR",
        "package_type": "83",
        "method": "dns_auto",
        "algorithm": "rsa",
        "project_id": 0,
        "validity_months": "3",
        "ordered": ago(days=30),
        "begins": ago(days=30) if issued else None,
        "ends": left(days=60) if issued else None,
    }
    return Row(**{**defaults, **fields})


DUE: dict[str, t.Any] = {"id": "due", "begins": ago(days=80), "ends": left(days=10), "ordered": ago(days=80)}
ENDED: dict[str, t.Any] = {"id": "ended", "begins": ago(days=91), "ends": ago(days=1), "ordered": ago(days=91)}


def decide(*rows: Row, local: LocalFiles | None = None, named: str | None = None, **options: t.Any) -> Plan:
    owned, ignored = sort_rows(rows, domain=DOMAIN, package_type=options.get("package_type"))
    desired = Desired(domain=DOMAIN, certificate_id=named, **options)
    observed = Observed(
        domain=DOMAIN,
        owned=owned,
        ignored=ignored,
        named=next((one for one in rows if one.id == named), None),
        local=local,
    )
    return plan(desired, observed, NOW)


def steps(made: Plan) -> list[str]:
    return [step.name for step in made.steps]


NEW = ["order", "wait"]

PRESENT_BY_STATUS: list[tuple[int, bool, list[str]]] = [
    (0, True, ["wait"]),
    (0, False, []),
    (1, True, []),
    (2, True, NEW),
    (2, False, ["order"]),
    (3, True, NEW),
    (4, True, ["wait"]),
    (4, False, []),
    (5, True, ["wait"]),
    (6, True, NEW),
    (7, True, NEW),
    (8, True, ["wait"]),
    (9, True, NEW),
    (10, True, NEW),
    (11, True, ["wait"]),
    (12, True, NEW),
    (13, True, ["wait"]),
    (13, False, []),
    (14, True, NEW),
    (15, True, ["wait"]),
    (15, False, []),
]


def test_the_table_has_every_status() -> None:
    assert {status for status, _wait, _steps in PRESENT_BY_STATUS} == set(STATUS_NAMES)
    assert {status for status, _options, _steps in ABSENT_BY_STATUS} == set(STATUS_NAMES)


@pytest.mark.parametrize(("status", "wait", "expected"), PRESENT_BY_STATUS)
def test_present_by_status(status: int, wait: bool, expected: list[str]) -> None:
    made = decide(row(status), wait=wait)
    assert steps(made) == expected
    assert made.reason


def test_present_of_an_empty_account() -> None:
    made = decide(key_algorithm="ecc", alias="x")
    assert steps(made) == NEW
    assert made.before == {"certificate": None}
    assert made.after["certificate"]["id"] == KNOWN_AFTER_APPLY
    assert (made.after["certificate"]["key_algorithm"], made.after["certificate"]["alias"]) == ("ecc", "x")


@pytest.mark.parametrize("state", ["present", "absent"])
def test_an_unknown_status_is_never_a_reason_to_act(state: str) -> None:
    with pytest.raises(ProtocolFailure, match="16"):
        decide(row(16), state=state)


@pytest.mark.parametrize(
    ("rows", "options", "expected"),
    [
        # renewal
        ([row(**DUE)], {}, NEW),
        ([row(**ENDED)], {}, NEW),
        ([row(**DUE)], {"renewal": parse_renew_before("5d")}, []),
        ([row()], {"renewal": parse_renew_before("89d")}, NEW),
        # No shorter than the validity of 90 days: it would be due at every run.
        ([row()], {"renewal": parse_renew_before("90d")}, []),
        ([row()], {"renewal": parse_renew_before("70%")}, NEW),
        ([row(**DUE), row(id="new")], {}, []),
        ([row(ends=None)], {}, []),
        # a pending order beside a certificate
        ([row(), row(0)], {}, []),
        ([row(), row(0)], {"force": True}, ["wait"]),
        ([row(), row(0, method="dns")], {}, []),
        ([row(), row(0, method="dns")], {"force": True}, ["cancel", *NEW]),
        ([row(), row(0, method="dns", ordered=ago(minutes=5))], {"force": True}, []),
        ([row(**DUE), row(0)], {}, ["wait"]),
        ([row(**DUE), row(0)], {"wait": False}, []),
        # force
        ([row()], {"force": True}, NEW),
        ([row(ordered=ago(minutes=59))], {"force": True}, []),
        ([row(), row(7, ordered=ago(minutes=5))], {"force": True}, []),
        ([row(7, ordered=ago(minutes=5))], {"force": True}, NEW),
        ([row(7, ordered=ago(minutes=5))], {}, NEW),
        ([row(0, ordered=ago(minutes=5))], {"force": True}, ["wait"]),
        ([row(0, method="dns")], {"force": True}, ["cancel", *NEW]),
        ([row(**DUE), row(0, method="dns")], {"force": True}, ["cancel", *NEW]),
        # what a pending order fits
        ([row(0, method="dns")], {"method": "dns"}, ["wait"]),
        ([row(0, method=None)], {"method": "dns"}, ["wait"]),
        ([row(0, algorithm="ecc")], {}, ["wait"]),
        ([row(0, algorithm="ecc")], {"key_algorithm": "ecc"}, ["wait"]),
        ([row(0, algorithm=None)], {"key_algorithm": "ecc"}, ["wait"]),
        ([row(11, method="dns")], {}, ["wait"]),
        ([row(0, id="misfit", method="dns", ordered=ago(days=2)), row(0)], {}, ["wait"]),
        # the budget
        ([row(2)], {}, NEW),
        ([row(2), row(2, id="b"), row(3, ordered=ago(days=1))], {}, NEW),
        ([row(2), row(2, id="b")], {"force": True}, NEW),
        ([row(), row(2), row(2, id="b", ordered=ago(days=1))], {}, []),
        # what can be changed in place
        ([row()], {"alias": "x"}, ["alias"]),
        ([row(alias="x")], {"alias": "x"}, []),
        ([row(alias=None)], {"alias": ""}, []),
        ([row(alias="x")], {"alias": ""}, ["alias"]),
        ([row()], {"project_id": 3}, ["project"]),
        ([row(project_id=3)], {"project_id": 3}, []),
        ([row(0)], {"alias": "x", "wait": False}, ["alias"]),
        ([row(**DUE), row(0)], {"alias": "x", "wait": False}, ["alias", "alias"]),
        # what cannot
        ([row()], {"key_algorithm": "ecc", "method": "dns", "package_type": "2", "validity_period": 12}, []),
    ],
)
def test_present(rows: list[Row], options: dict[str, t.Any], expected: list[str]) -> None:
    assert steps(decide(*rows, **options)) == expected


@pytest.mark.parametrize(
    ("rows", "options", "kind", "words"),
    [
        ([row(0, method="dns")], {}, Conflict, "dns/rsa.*dns_auto/any"),
        ([row(0, algorithm="rsa")], {"key_algorithm": "ecc"}, Conflict, "dns_auto/rsa.*dns_auto/ecc"),
        ([row(0, method="dns_proxy")], {"method": "dns"}, Conflict, "dns_proxy"),
        ([row(0, method="dns", ordered=ago(minutes=30))], {"force": True}, Conflict, "2026-11-22T08:30:00Z"),
        ([row(2), row(2, id="b")], {}, QuotaExceeded, "last 2 orders"),
        ([row(2), row(7), row(2, id="b", ordered=ago(days=1))], {}, QuotaExceeded, "last 2 orders"),
        ([row(**DUE), row(2), row(2, id="b")], {}, QuotaExceeded, "last 2 orders"),
        ([row(2), row(2, id="b", ordered=ago(minutes=1))], {"force": True}, QuotaExceeded, "within an hour"),
    ],
)
def test_present_refused(rows: list[Row], options: dict[str, t.Any], kind: type[CertificatesError], words: str) -> None:
    with pytest.raises(kind) as caught:
        decide(*rows, **options)
    assert caught.value.hint
    assert re.search(words, caught.value.as_result()["msg"])


def old_id(*rows: Row, **options: t.Any) -> t.Any:
    made = decide(*rows, **{"renewal": parse_renew_before("80d"), **options})
    return next(step for step in made.steps if step.name == "order").arguments["old_certificate_id"]


@pytest.mark.parametrize(
    ("ends", "expiring", "linked"),
    [
        (left(days=29), False, True),
        (left(days=29, hours=1), False, False),
        (left(days=29, hours=23), True, True),
        (left(hours=1), False, True),
        (ago(hours=1), True, False),
        (left(days=60), False, False),
    ],
)
def test_a_renewal_is_linked_in_the_last_29_days(ends: datetime.datetime, expiring: bool, linked: bool) -> None:
    assert old_id(row(id="old", ends=ends, expiring=expiring)) == ("old" if linked else None)


class TestChoosing:
    """Which of several is meant."""

    def current(self, *rows: Row, named: str | None = None, **options: t.Any) -> str | None:
        observed = Observed(domain=DOMAIN, owned=rows, named=next((one for one in rows if one.id == named), None))
        found = assess(Desired(domain=DOMAIN, certificate_id=named, **options), observed, NOW).current
        return None if found is None else found.id

    def test_the_one_that_ends_last(self) -> None:
        assert self.current(row(id="a"), row(id="b", ends=left(days=80)), row(3, id="c")) == "b"

    def test_then_the_one_ordered_last(self) -> None:
        assert self.current(row(id="b"), row(id="a", ordered=ago(days=1))) == "a"

    def test_a_given_id_holds_until_it_is_due(self) -> None:
        rows = (row(id="old", ends=left(days=40)), row(id="new", ends=left(days=80)))
        assert self.current(*rows, named="old") == "old"
        assert self.current(row(**DUE), rows[1], named="due") == "new"
        assert self.current(row(**DUE), named="due") == "due"
        assert self.current(row(3, id="gone"), rows[1], named="gone") == "new"

    def test_the_oldest_order_that_fits_is_resumed(self) -> None:
        rows = [
            row(0, id="young", ordered=ago(hours=1)),
            row(0, id="old", ordered=ago(hours=2)),
            row(0, id="misfit", ordered=ago(hours=3), method="dns"),
        ]
        pending = assess(Desired(domain=DOMAIN), Observed(domain=DOMAIN, owned=tuple(rows)), NOW).pending
        assert pending is not None
        assert pending.id == "old"


@pytest.mark.parametrize(
    ("one", "domain", "where"),
    [
        (row(), DOMAIN, "owned"),
        (row(certificate_type=None), DOMAIN, "owned"),
        (row(package_type="2"), DOMAIN, "owned"),
        (row(package_type="1"), DOMAIN, "owned"),
        (row(package_type="99"), DOMAIN, "owned"),
        (row(package_type="57"), DOMAIN, "ignored"),
        (row(package_type=None), DOMAIN, "ignored"),
        (row(origin="upload"), DOMAIN, "ignored"),
        (row(certificate_type="CA"), DOMAIN, "ignored"),
        (row(wildcard=True), DOMAIN, "ignored"),
        (row(names=frozenset({DOMAIN, "b.example.com"})), DOMAIN, "ignored"),
        (row(domain="*.example.com", names=frozenset({"*.example.com"}), wildcard=True), DOMAIN, "ignored"),
        (row(domain=f"x{DOMAIN}", names=frozenset({f"x{DOMAIN}"})), DOMAIN, "dropped"),
        (row(domain=f"www.{DOMAIN}", names=frozenset({f"www.{DOMAIN}"})), DOMAIN, "dropped"),
        (row(domain="example.com", names=frozenset({"example.com", "www.example.com"})), "www.example.com", "owned"),
        (row(domain="www.example.com", names=frozenset({"example.com", "www.example.com"})), "example.com", "owned"),
    ],
)
def test_ours_only(one: Row, domain: str, where: str) -> None:
    owned, ignored = sort_rows([one], domain=domain, package_type="99")
    assert (bool(owned), bool(ignored)) == (where == "owned", where == "ignored")


def test_what_is_ignored_is_never_acted_on() -> None:
    paid, uploaded = row(0, id="p", package_type="57"), row(id="u", origin="upload")
    assert steps(decide(paid, uploaded)) == NEW
    assert steps(decide(paid, uploaded, state="absent", revoke=True)) == []


@pytest.mark.parametrize(
    "base", [("www.example.com", "example.com"), ("example.com", "example.com"), ("www.com", "www.com")]
)
def test_base_domain(base: tuple[str, str]) -> None:
    assert plans.base_domain(base[0]) == base[1]


def test_ids_that_do_not_exist_or_are_not_ours() -> None:
    with pytest.raises(NotFound):
        decide(row(), named="nope")
    assert steps(decide(row(), named="nope", state="absent")) == []
    for state in ("present", "absent"):
        with pytest.raises(Conflict, match="left alone"):
            decide(row(id="paid", package_type="57"), named="paid", state=state)
    with pytest.raises(Conflict, match="renewed by paid"):
        decide(row(**DUE, renewed_by="paid"), row(id="paid", package_type="57"), named="due")


def test_a_given_id_is_not_replaced_by_force() -> None:
    for rows in ([row(id="a")], [row(id="a"), row(0, id="b")]):
        with pytest.raises(Conflict, match="force for another"):
            decide(*rows, named="a", force=True)
    assert steps(decide(row(**DUE), named="due", force=True)) == NEW


ABSENT_BY_STATUS: list[tuple[int, dict[str, t.Any], list[str] | type[CertificatesError]]] = [
    (0, {}, ["cancel", "delete"]),
    (0, {"wait": False}, ["cancel"]),
    (1, {}, Conflict),
    (1, {"revoke": True}, ["revoke"]),
    (2, {}, ["delete"]),
    (3, {}, ["delete"]),
    (4, {}, ["cancel", "delete"]),
    (5, {}, ["cancel", "delete"]),
    (6, {}, ["delete"]),
    (6, {"wait": False}, []),
    (7, {}, ["delete"]),
    (8, {}, ["cancel", "delete"]),
    (9, {}, []),
    (9, {"revoke": True}, []),
    (10, {}, ["delete"]),
    (11, {}, Conflict),
    (12, {}, []),
    (13, {}, ["cancel", "delete"]),
    (14, {}, ["delete"]),
    (15, {}, Conflict),
]


@pytest.mark.parametrize(("status", "options", "expected"), ABSENT_BY_STATUS)
def test_absent_by_status(status: int, options: dict[str, t.Any], expected: t.Any) -> None:
    if isinstance(expected, list):
        assert steps(decide(row(status), state="absent", **options)) == expected
    else:
        with pytest.raises(expected):
            decide(row(status), state="absent", **options)


@pytest.mark.parametrize("status", sorted(plans.DEAD))
def test_the_dead_of_the_last_hour_are_absent(status: int) -> None:
    assert steps(decide(row(status, ordered=ago(minutes=59)), state="absent")) == []


def test_absent_of_several_lists_them() -> None:
    with pytest.raises(Conflict) as caught:
        decide(row(id="first"), row(0, id="second"), state="absent", revoke=True)
    assert all(text in caught.value.message for text in ("first", "second", DOMAIN, "2027-01-21T08:00:00Z"))
    assert steps(decide(row(id="first"), row(0, id="second"), state="absent", named="second")) == ["cancel", "delete"]
    assert steps(decide(row(0, id="x"), row(7, id="y"), row(3, id="z"), state="absent")) == [
        "cancel",
        "delete",
        "delete",
        "delete",
    ]


def test_what_takes_effect_later_is_told() -> None:
    desired = Desired(domain=DOMAIN, method="dns", key_algorithm="ecc", package_type="2", validity_period=12)
    told = plans.takes_effect_at_renewal(desired, row())
    assert {(one["option"], one["now"], one["then"]) for one in told} == {
        ("dv_auth_method", "dns_auto", "dns"),
        ("key_algorithm", "rsa", "ecc"),
        ("package_type", "83", "2"),
        ("validity_period", "3", "12"),
    }
    same = row(method=None, algorithm=None, package_type="2", validity_months="12")
    assert plans.takes_effect_at_renewal(desired, same) == []
    assert plans.takes_effect_at_renewal(desired, None) == []


# --- files -------------------------------------------------------------------------------------------------

LEAF, KEY, CHAIN = "/d/leaf.pem", "/d/key.pem", "/d/chain.pem"
SPECS = (
    FileSpec(path=KEY, kind=Kind.PRIVATE_KEY, option="private_key_path", mode=0o600, content=Content.LATER),
    FileSpec(path=CHAIN, kind=Kind.CHAIN, option="chain_path", mode=0o644, content=Content.LATER),
    FileSpec(path=LEAF, kind=Kind.LEAF, option="certificate_path", mode=0o644, content=Content.LATER),
)


def leaf(one: Row | None = None, *, comment: str | None = "", **fields: t.Any) -> LocalLeaf:
    """The leaf of a row; its comment line is the row's id unless another, or None, is given."""
    one = one or row()
    defaults: dict[str, t.Any] = {
        "id": one.id if comment == "" else comment,
        "names": one.names,
        "begins": one.begins or NOW,
        "ends": one.ends or NOW,
        "algorithm": one.algorithm or "rsa",
    }
    return LocalLeaf(**{**defaults, **fields})


def files(
    there: LocalLeaf | None, key: str = "fits", *, stale: t.Collection[str] = (), key_mode: int = 0o600
) -> LocalFiles:
    def file(mode: int) -> ObservedFile:
        return ObservedFile(exists=True, mode=mode, content=b"x")

    observed = {
        KEY: ABSENT if key == "absent" else file(key_mode),
        CHAIN: ABSENT if CHAIN in stale else file(0o644),
        LEAF: ABSENT if there is None else file(0o644),
    }
    return LocalFiles(specs=SPECS, observed=observed, leaf=there, key=key, stale=frozenset(stale))


NOTHING = files(None, "absent", stale=[CHAIN, LEAF])


@pytest.mark.parametrize(
    ("rows", "local", "options", "written"),
    [
        # as they should be: no step, so no call that brings a key
        ([row()], files(leaf()), {}, None),
        ([row()], files(leaf(comment=None)), {}, None),
        ([row(), row(0)], files(leaf()), {}, None),
        ([row(algorithm=None)], files(leaf(comment=None)), {}, None),
        # missing or damaged
        ([row()], NOTHING, {}, [CHAIN, KEY, LEAF]),
        ([row()], files(leaf(), stale=[CHAIN]), {}, [CHAIN]),
        ([row()], files(leaf(), "absent"), {}, [KEY]),
        ([row()], files(leaf(), "unreadable"), {}, [KEY]),
        ([row()], files(None, "alone", stale=[CHAIN, LEAF]), {}, [CHAIN, KEY, LEAF]),
        ([row()], files(leaf(), key_mode=0o644), {}, [KEY]),
        # of another certificate
        ([row(), row(**DUE)], files(leaf(row(**DUE))), {}, [CHAIN, KEY, LEAF]),
        ([row()], files(leaf(comment="deleted")), {}, [CHAIN, KEY, LEAF]),
        ([row()], files(leaf(comment="deleted"), "differs"), {}, [CHAIN, KEY, LEAF]),
        # without the comment line only if exactly one certificate can be it
        ([row(), row(3, id="twin")], files(leaf(comment=None)), {}, [CHAIN, KEY, LEAF]),
        ([row()], files(leaf(comment=None, ends=left(days=1)), "absent"), {}, [CHAIN, KEY, LEAF]),
        ([row()], files(leaf(comment=None, names=frozenset({DOMAIN, f"www.{DOMAIN}"}))), {}, [CHAIN, KEY, LEAF]),
        # with a new one
        ([], NOTHING, {}, [CHAIN, KEY, LEAF]),
        ([], NOTHING, {"wait": False}, None),
        ([row(0)], NOTHING, {}, [CHAIN, KEY, LEAF]),
        ([row(0)], NOTHING, {"wait": False}, None),
        ([row(**DUE)], files(leaf(row(**DUE))), {}, [CHAIN, KEY, LEAF]),
        ([row(**DUE)], files(leaf(row(**DUE))), {"wait": False}, None),
        ([row(**DUE)], NOTHING, {"wait": False}, [CHAIN, KEY, LEAF]),
        ([row(**ENDED)], NOTHING, {"wait": False}, None),
        ([row(**DUE), row(0)], files(leaf(row(**DUE))), {"wait": False}, None),
        # force overwrites somebody's key
        ([row()], files(leaf(comment=None, names=frozenset({"b.example.com"}))), {"force": True}, [CHAIN, KEY, LEAF]),
    ],
)
def test_files(rows: list[Row], local: LocalFiles, options: dict[str, t.Any], written: list[str] | None) -> None:
    made = decide(*rows, local=local, **options)
    paths = [list(step.arguments["paths"]) for step in made.steps if step.name == "files"]
    assert paths == ([] if written is None else [written])


STRANGER = leaf(comment=None, names=frozenset({"b.example.com"}))


@pytest.mark.parametrize(
    ("rows", "local", "options"),
    [
        ([row()], files(STRANGER), {}),
        ([row()], files(leaf(), "differs"), {}),
        # an order would be spent, and its key could not be written
        ([], files(STRANGER), {}),
        ([], files(STRANGER), {"wait": False}),
        ([], files(None, "alone", stale=[LEAF]), {}),
        ([row(**DUE)], files(leaf(row(**DUE)), "differs"), {}),
        ([row(0)], files(None, "unreadable", stale=[LEAF]), {}),
    ],
)
def test_somebody_elses_key_is_not_overwritten(rows: list[Row], local: LocalFiles, options: dict[str, t.Any]) -> None:
    with pytest.raises(Conflict, match="another private key"):
        decide(*rows, local=local, **options)
    assert "files" in steps(decide(*rows, local=local, force=True)) or rows == [row()]


def test_contents_are_read_only_where_needed() -> None:
    made = decide(row(), local=files(leaf(), stale=[CHAIN]))
    (step,) = made.steps
    contents = {spec.path: spec.content for spec in step.arguments["specs"]}
    assert contents == {KEY: Content.KEEP, CHAIN: Content.LATER, LEAF: Content.KEEP}
    only_mode = decide(row(), local=files(leaf(), key_mode=0o644)).steps[0]
    assert all(spec.content is Content.KEEP for spec in only_mode.arguments["specs"])


# --- a small model -----------------------------------------------------------------------------------------

hours = st.sampled_from([0.2, 0.9, 1.5, 30.0, 24 * 40.0, 24 * 85.0])


@st.composite
def rows_strategy(draw: st.DrawFn) -> list[Row]:
    made = []
    for number in range(draw(st.integers(0, 4))):
        status = draw(st.integers(0, 15))
        age = draw(hours)
        one = row(
            status,
            id=f"c{number}",
            ordered=ago(hours=age),
            method=draw(st.sampled_from(["dns_auto", "dns", "file", None])),
            algorithm=draw(st.sampled_from(["rsa", "ecc", None])),
            alias=draw(st.sampled_from([None, "x"])),
            package_type=draw(st.sampled_from(["83", "83", "83", "57"])),
        )
        if one.ends is not None:
            one = dataclasses.replace(one, begins=ago(hours=age), ends=ago(hours=age) + datetime.timedelta(days=90))
        made.append(one)
    return made


desired_strategy = st.builds(
    Desired,
    state=st.sampled_from(["present", "present", "absent"]),
    domain=st.just(DOMAIN),
    certificate_id=st.sampled_from([None, None, "c0", "c9"]),
    method=st.sampled_from(["dns_auto", "dns", "file"]),
    key_algorithm=st.sampled_from([None, "rsa", "ecc"]),
    alias=st.sampled_from([None, "x", ""]),
    project_id=st.sampled_from([None, 0, 7]),
    force=st.booleans(),
    revoke=st.booleans(),
    wait=st.booleans(),
)
local_strategy = st.sampled_from(
    [
        None,
        NOTHING,
        files(leaf(comment="c0")),
        files(leaf(comment="c1"), "absent", stale=[CHAIN]),
        files(leaf(comment=None), "differs"),
        files(None, "alone", stale=[CHAIN, LEAF]),
    ]
)


class Model:
    """As much of the service as the plan knows of."""

    def __init__(self, rows: list[Row], local: LocalFiles | None, desired: Desired) -> None:
        self.rows = {one.id: one for one in rows}
        self.local = local
        self.desired = desired

    def observe(self) -> Observed:
        rows = list(self.rows.values())
        owned, ignored = sort_rows(rows, domain=DOMAIN, package_type=self.desired.package_type)
        named = self.rows.get(self.desired.certificate_id or "")
        return Observed(domain=DOMAIN, owned=owned, ignored=ignored, named=named, local=self.local)

    def change(self, id: str, **fields: t.Any) -> None:
        self.rows[id] = dataclasses.replace(self.rows[id], **fields)

    def apply(self, made: Plan) -> None:
        last = ""
        for step in made.steps:
            id = str(step.arguments.get("id") or "")
            if step.name == "order":
                last = "new"
                self.rows[last] = row(
                    0,
                    id=last,
                    ordered=NOW,
                    method=self.desired.method,
                    algorithm=self.desired.key_algorithm,
                    alias=self.desired.alias,
                    project_id=self.desired.project_id,
                )
            elif step.name == "wait":
                last = id or last
                self.change(last, status=1, begins=NOW, ends=left(days=90))
            elif step.name == "cancel":
                self.change(id, status=6 if self.desired.state == "absent" else 7)
            elif step.name == "revoke":
                self.change(id, status=9)
            elif step.name == "alias":
                self.change(id, alias=self.desired.alias)
            elif step.name == "project":
                self.change(id, project_id=self.desired.project_id)
            elif step.name == "delete":
                self.delete(id)
            elif step.name == "files":
                self.local = files(leaf(self.rows[id or last], algorithm="rsa"))

    def delete(self, id: str) -> None:
        ordered = self.rows[id].ordered
        if ordered is not None and NOW - ordered < plans.ONE_HOUR:
            self.change(id, status=7)
        else:
            del self.rows[id]


@settings(max_examples=600, deadline=None)
@given(rows=rows_strategy(), desired=desired_strategy, local=local_strategy)
def test_the_second_run_has_nothing_to_do(rows: list[Row], desired: Desired, local: LocalFiles | None) -> None:
    model = Model(rows, local, desired)
    try:
        made = plan(desired, model.observe(), NOW)
    except CertificatesError:
        return  # refused, which leaves everything as it was
    assert made.changed == bool(made.steps)
    assert bool(made.diff["before"] != made.diff["after"]) is made.changed
    assert made.reason
    assert all(step.arguments.get("id", "") not in {one.id for one in model.observe().ignored} for step in made.steps)
    model.apply(made)
    if desired.force:
        # Each run goes on with one pending order, as long as there are any; only without force is once enough.
        return
    assert steps(plan(desired, model.observe(), NOW)) == []


@settings(max_examples=300, deadline=None)
@given(rows=rows_strategy(), desired=desired_strategy)
def test_force_comes_to_an_end_too(rows: list[Row], desired: Desired) -> None:
    model = Model(rows, None, dataclasses.replace(desired, force=True, certificate_id=None, state="present"))
    for _run in range(len(rows) + 2):
        try:
            made = plan(model.desired, model.observe(), NOW)
        except CertificatesError:
            return
        if not made.changed:
            return
        model.apply(made)
    pytest.fail("force goes on ordering")
