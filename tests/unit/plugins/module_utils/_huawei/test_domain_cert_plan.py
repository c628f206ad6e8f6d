# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decisions for a domain's certificate: a table of situations, and a gateway in miniature that runs any plan."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import CertificatesError, Conflict, Invalid
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei import domain_cert_plan as planning
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.domain_cert_plan import (
    Desired,
    Holding,
    Leaf,
    Observed,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.objects import (
    GLOBAL,
    INSTANCE,
    ApiGroup,
    AttachedDomain,
    BoundCertificate,
    CertificateObject,
    UrlDomain,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._resource import KNOWN_AFTER_APPLY, Plan, Step
from ansible_collections.cncloud.certificates.tests.unit.doubles import START
from hypothesis import given, settings
from hypothesis import strategies as st

HOST = "www.example.com"
GATEWAY = "gateway-1"
END = START + datetime.timedelta(days=80)
OLD_END = START + datetime.timedelta(days=10)
HERE = AttachedDomain(id="domain-1", name=HOST, instance_id=GATEWAY)
THERE = AttachedDomain(id="domain-2", name="api.example.com", instance_id=GATEWAY)
OTHER_PORT = AttachedDomain(id="domain-3", name=HOST, instance_id=GATEWAY)
OTHER_GATEWAY = AttachedDomain(id="domain-4", name=HOST, instance_id="gateway-2")
OURS = "www_example_com_0011aaff"
GROUP = ApiGroup(id="group-1", name="demo")


def leaf(serial: int = 77, algorithm: str = "RSA") -> Leaf:
    return Leaf(
        serial=serial,
        algorithm=algorithm,
        not_before=START - datetime.timedelta(days=1),
        not_after=END,
        fingerprint_sha256=format(serial, "x").zfill(64)[::-1],
        domains=(HOST,),
    )


def desired(**changes: t.Any) -> Desired:
    given_leaf = changes.pop("leaf", leaf())
    return Desired(instance_id=GATEWAY, group="demo", domain=HOST, leaf=given_leaf, **changes)


def holding(
    cert_id: str = "old",
    *,
    serial: int = 5,
    end: datetime.datetime = OLD_END,
    algorithm: str = "RSA",
    scope: str = INSTANCE,
    name: str = "made_by_hand",
    ca: bool = False,
    attached: tuple[AttachedDomain, ...] | None = (HERE,),
) -> Holding:
    detail = CertificateObject(
        id=cert_id,
        name=name,
        algorithm=algorithm,
        scope=scope,
        serial=str(serial),
        not_after=end,
        has_trusted_root_ca=ca,
    )
    bound = BoundCertificate(id=cert_id, name=name, algorithm=algorithm, scope=scope, has_trusted_root_ca=ca)
    return Holding(bound=bound, detail=detail, attached=attached)


def the_given(cert_id: str = "new", **changes: t.Any) -> Holding:
    return holding(cert_id, serial=77, end=END, **changes)


def observed(*holdings: Holding, verification: bool = False, **changes: t.Any) -> Observed:
    domain = UrlDomain(
        id="domain-1",
        name=HOST,
        certificates=tuple(one.bound for one in holdings),
        client_verification=verification,
    )
    return Observed(group=GROUP, domain=domain, holdings=holdings, **changes)


def steps_of(plan: Plan) -> list[str]:
    return [step.name for step in plan.steps]


ECC_BESIDE = holding("ecc", algorithm="ECC", serial=9)
SPARE = CertificateObject(id="spare", name=OURS, algorithm="RSA", scope=INSTANCE, serial="77", not_after=END)
CA = "-----BEGIN CERTIFICATE-----"

TABLE: list[tuple[str, Desired, Observed, list[str]]] = [
    ("nothing bound", desired(), observed(), ["associate"]),
    ("nothing bound, client CA", desired(trusted_root_ca=CA), observed(), ["create", "attach"]),
    (
        "nothing bound, verification to switch off",
        desired(client_verification=False),
        observed(verification=True),
        ["create", "attach"],
    ),
    ("nothing bound, a spare object with a client CA", desired(trusted_root_ca=CA), observed(spare=SPARE), ["attach"]),
    ("same bound", desired(), observed(the_given()), []),
    ("same bound, attach_new", desired(in_place=False), observed(the_given()), []),
    (
        "same serial in hexadecimal",
        desired(leaf=leaf(0x4D2)),
        observed(
            dataclasses.replace(
                the_given(), detail=CertificateObject(id="new", name="n", serial="04:D2", not_after=END)
            )
        ),
        [],
    ),
    ("same serial, other end", desired(), observed(holding(serial=77)), ["update"]),
    ("other serial, same end", desired(), observed(holding(end=END)), ["update"]),
    ("same bound, an older one beside it", desired(), observed(the_given(), holding()), ["detach"]),
    ("same bound, our older one beside it", desired(), observed(the_given(), holding(name=OURS)), ["detach", "delete"]),
    ("same bound twice", desired(), observed(the_given("a"), the_given("b")), ["detach"]),
    ("other algorithm bound", desired(), observed(ECC_BESIDE), ["create", "attach"]),
    ("old one bound to this domain alone", desired(), observed(holding()), ["update"]),
    ("old one bound to two ports of this host", desired(), observed(holding(attached=(HERE, OTHER_PORT))), ["update"]),
    ("old one not listed as attached yet", desired(), observed(holding(attached=())), ["update"]),
    (
        "old one shared with another host",
        desired(),
        observed(holding(attached=(HERE, THERE))),
        ["create", "attach", "detach"],
    ),
    (
        "old one shared with another gateway",
        desired(),
        observed(holding(attached=(HERE, OTHER_GATEWAY))),
        ["create", "attach", "detach"],
    ),
    (
        "old one ours but shared",
        desired(),
        observed(holding(name=OURS, attached=(HERE, THERE))),
        ["create", "attach", "detach"],
    ),
    ("old one global", desired(), observed(holding(scope=GLOBAL)), ["create", "attach", "detach"]),
    (
        "old one global with our name",
        desired(),
        observed(holding(scope=GLOBAL, name=OURS)),
        ["create", "attach", "detach"],
    ),
    (
        "two old ones of the algorithm",
        desired(),
        observed(holding("a"), holding("b", name=OURS)),
        ["create", "attach", "detach", "detach", "delete"],
    ),
    ("bindings unknown count as shared", desired(), observed(holding(attached=None)), ["create", "attach", "detach"]),
    ("attach_new, not ours", desired(in_place=False), observed(holding()), ["create", "attach", "detach"]),
    (
        "attach_new, ours",
        desired(in_place=False),
        observed(holding(name=OURS)),
        ["create", "attach", "detach", "delete"],
    ),
    (
        "attach_new, named by the option",
        desired(in_place=False, name="demo_cert"),
        observed(holding(name="demo_cert")),
        ["create", "attach", "detach", "delete"],
    ),
    ("attach_new, a spare object", desired(in_place=False), observed(holding(), spare=SPARE), ["attach", "detach"]),
    ("another algorithm stays in place", desired(), observed(holding(), ECC_BESIDE), ["update"]),
    ("client CA to add, in place", desired(trusted_root_ca=CA), observed(the_given()), ["update"]),
    (
        "client CA to add, verification on",
        desired(trusted_root_ca=CA, client_verification=True),
        observed(the_given()),
        ["update", "set_client_verification"],
    ),
    (
        "client CA to add, attach_new",
        desired(trusted_root_ca=CA, in_place=False),
        observed(the_given()),
        ["create", "attach", "detach"],
    ),
    ("client CA there already", desired(trusted_root_ca=CA), observed(the_given(ca=True)), []),
    (
        "client CA kept through an update",
        desired(trusted_root_ca=CA),
        observed(holding(ca=True), verification=True),
        ["update"],
    ),
    (
        "client CA given up",
        desired(in_place=False, client_verification=False),
        observed(holding(ca=True)),
        ["create", "attach", "detach"],
    ),
    (
        "verification to switch on",
        desired(client_verification=True),
        observed(the_given(ca=True)),
        ["set_client_verification"],
    ),
    (
        "verification to switch off",
        desired(client_verification=False),
        observed(the_given(ca=True), verification=True),
        ["set_client_verification"],
    ),
    ("verification as it is", desired(client_verification=False), observed(the_given()), []),
    ("verification not asked for", desired(), observed(the_given(ca=True), verification=True), []),
    ("old gateway, another one bound", desired(), observed(holding(attached=None), old_gateway=True), ["associate"]),
    ("old gateway, same bound", desired(), observed(the_given(), old_gateway=True), []),
    ("not written yet", desired(leaf=None), observed(holding()), ["bind_later"]),
    ("absent, nothing bound", desired(present=False, leaf=None), observed(), []),
    ("absent, one bound", desired(present=False, leaf=None), observed(holding()), ["detach"]),
    ("absent, ours", desired(present=False, leaf=None), observed(holding(name=OURS)), ["detach", "delete"]),
    (
        "absent, ours but shared",
        desired(present=False, leaf=None),
        observed(holding(name=OURS, attached=(HERE, THERE))),
        ["detach"],
    ),
    ("absent, the given one", desired(present=False), observed(the_given(), ECC_BESIDE), ["detach"]),
    ("absent, another one bound", desired(present=False), observed(holding()), []),
    ("absent, no such domain", desired(present=False), Observed(missing="There is no such domain."), []),
]


@pytest.mark.parametrize(("wanted", "found", "names"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_steps(wanted: Desired, found: Observed, names: list[str]) -> None:
    plan = planning.make_plan(wanted, found, START)
    assert steps_of(plan) == names
    assert plan.reason
    assert (plan.diff["before"] != plan.diff["after"]) is plan.changed


REFUSED: list[tuple[str, Desired, Observed, type[CertificatesError], str]] = [
    ("update would drop the CA", desired(), observed(holding(ca=True)), Conflict, "client CA"),
    ("replacing would drop the CA", desired(in_place=False), observed(holding(ca=True)), Conflict, "client CA"),
    ("in place, CA given up", desired(client_verification=False), observed(holding(ca=True)), Conflict, "client CA"),
    ("verification without CA", desired(client_verification=True), observed(), Invalid, "needs a client CA"),
    (
        "verification without CA, bound",
        desired(client_verification=True),
        observed(the_given()),
        Invalid,
        "needs a client CA",
    ),
    ("old gateway and CA", desired(trusted_root_ca=CA), observed(old_gateway=True), Conflict, "certificate objects"),
    (
        "old gateway and verification",
        desired(client_verification=False),
        observed(the_given(), old_gateway=True, verification=True),
        Conflict,
        "certificate objects",
    ),
    (
        "absent, two bound",
        desired(present=False, leaf=None),
        observed(holding(), ECC_BESIDE),
        Conflict,
        "2 certificates",
    ),
    (
        "absent, bound twice",
        desired(present=False),
        observed(the_given("a"), the_given("b")),
        Conflict,
        "'made_by_hand' (a, RSA, until 2027",
    ),
]


@pytest.mark.parametrize(
    ("wanted", "found", "kind", "text"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_refusals(wanted: Desired, found: Observed, kind: type[CertificatesError], text: str) -> None:
    with pytest.raises(kind, match=text.replace("(", r"\(").replace(")", r"\)")):
        planning.make_plan(wanted, found, START)


READING: list[tuple[str, Desired, Observed, tuple[str, ...], bool]] = [
    ("nothing to decide", desired(), observed(the_given(attached=None)), (), False),
    ("nothing bound", desired(), observed(), (), False),
    ("in place", desired(), observed(holding(attached=None)), ("old",), True),
    ("in place, read", desired(), observed(holding()), (), False),
    ("global is never updated", desired(), observed(holding(attached=None, scope=GLOBAL)), (), True),
    ("attach_new, not ours", desired(in_place=False), observed(holding(attached=None)), (), True),
    ("attach_new, ours", desired(in_place=False), observed(holding(attached=None, name=OURS)), ("old",), True),
    (
        "leftover, ours",
        desired(),
        observed(the_given(attached=None), holding(attached=None, name=OURS)),
        ("old",),
        False,
    ),
    ("not written yet", desired(leaf=None), observed(holding(attached=None)), (), False),
    ("old gateway", desired(), observed(holding(attached=None), old_gateway=True), (), False),
    ("absent, ours", desired(present=False, leaf=None), observed(holding(attached=None, name=OURS)), ("old",), False),
    ("absent, not ours", desired(present=False, leaf=None), observed(holding(attached=None)), (), False),
]


@pytest.mark.parametrize(
    ("wanted", "found", "ids", "spare"), [row[1:] for row in READING], ids=[row[0] for row in READING]
)
def test_what_else_must_be_read(wanted: Desired, found: Observed, ids: tuple[str, ...], spare: bool) -> None:
    assert planning.attached_wanted(wanted, found) == ids
    assert planning.spare_wanted(wanted, found) is spare


def test_attach_carries_the_flag_that_was_read() -> None:
    plan = planning.make_plan(
        desired(in_place=False, trusted_root_ca=CA), observed(holding(ca=True), verification=True), START
    )
    assert plan.steps[1].arguments["verification"] is True


def test_diff_names_what_is_known_and_nothing_else() -> None:
    after = planning.make_plan(desired(), observed(ECC_BESIDE), START).diff["after"]
    assert after["certificates"][1] == {
        "id": KNOWN_AFTER_APPLY,
        "name": f"www_example_com_{leaf().fingerprint_sha256[:8]}",
        "algorithm": "RSA",
        "scope": "instance",
        "has_trusted_root_ca": False,
        "serial_number": "4d",
        "not_after": "2027-02-10T08:00:00Z",
    }


@pytest.mark.parametrize(
    ("domain", "name"),
    [
        ("www.example.com", "www_example_com"),
        ("*.example.com", "wildcard_example_com"),
        ("4you.example.com", "d_4you_example_com"),
        ("xn--fsq.example.com", "xn__fsq_example_com"),
        ("a." + "b" * 60 + ".example.com", "a_" + "b" * 39),
    ],
)
def test_default_name_is_one_that_the_gateway_takes(domain: str, name: str) -> None:
    url_domain = UrlDomain(id="d", name=domain)
    made = planning.object_name(desired(), url_domain, leaf())
    assert made == f"{name}_{leaf().fingerprint_sha256[:8]}"
    assert planning.check_name(made) == made
    assert planning.named_by_us(desired(), url_domain, made)
    assert not planning.named_by_us(desired(), url_domain, name)


@pytest.mark.parametrize(
    "name", ["abc", "a" * 51, "1abc", "_abc", "my-cert", "my.cert", "my cert", "", "abc\u00e9", "abcd\n"]
)
def test_names_that_the_gateway_refuses(name: str) -> None:
    with pytest.raises(Invalid, match="4 to 50"):
        planning.check_name(name)


@pytest.mark.parametrize("name", ["abcd", "a" * 50, "证书_2026", "Abc_1"])
def test_names_that_the_gateway_takes(name: str) -> None:
    assert planning.check_name(name) == name


@pytest.mark.parametrize(
    ("text", "expected"), [("13010", "32d2"), ("0A:FF", "aff"), ("ff", "ff"), ("", None), (None, None), ("zz", None)]
)
def test_serial_hex(text: str | None, expected: str | None) -> None:
    assert planning.serial_hex(text) == expected


# --- A gateway in miniature -----------------------------------------------------------------------------------------


@dataclasses.dataclass
class Object:
    holding: Holding
    attached: set[str]


class Miniature:
    """Runs plans. `replaces`: attaching drops the bound certificate of the same algorithm, which no page settles."""

    def __init__(self, found: Observed, wanted: Desired, *, replaces: bool) -> None:
        self.wanted = wanted
        self.replaces = replaces
        self.verification = bool(found.domain and found.domain.client_verification)
        self.objects = {
            one.bound.id: Object(one, {domain.id for domain in one.attached or ()} | {"domain-1"})
            for one in found.holdings
        }
        if found.spare is not None:
            self.objects[found.spare.id] = Object(
                the_given(found.spare.id, name=found.spare.name, ca=found.spare.has_trusted_root_ca), set()
            )
        self.touched: set[str] = set()

    def bound(self) -> list[Holding]:
        return [one.holding for one in self.objects.values() if "domain-1" in one.attached]

    def look(self) -> Observed:
        domains = {one.id: one for one in (HERE, THERE, OTHER_PORT, OTHER_GATEWAY)}
        rows = []
        for one in self.objects.values():
            if "domain-1" in one.attached:
                attached = tuple(domains[domain] for domain in sorted(one.attached))
                rows.append(dataclasses.replace(one.holding, attached=attached))
        return observed(*rows, verification=self.verification)

    def _made(self, cert_id: str, name: str) -> Holding:
        given_leaf = t.cast(Leaf, self.wanted.leaf)
        return holding(
            cert_id,
            serial=given_leaf.serial,
            end=given_leaf.not_after,
            algorithm=given_leaf.algorithm,
            name=name,
            ca=bool(self.wanted.trusted_root_ca),
        )

    def run(self, step: Step) -> None:
        cert_id = str(step.arguments.get("certificate_id") or "made")
        self.touched.add(cert_id)
        if step.name in ("create", "associate"):
            self.objects["made"] = Object(self._made("made", step.arguments["name"]), set())
        if step.name in ("attach", "associate"):
            incoming = self.objects[cert_id]
            if self.replaces:
                for one in self.objects.values():
                    if one.holding.bound.algorithm == incoming.holding.bound.algorithm:
                        one.attached -= {"domain-1", "domain-3"}
            incoming.attached.add("domain-1")
        if step.name == "update":
            old = self.objects[cert_id]
            assert old.attached <= {"domain-1", "domain-3"}, "an update reached another host"
            made = self._made(cert_id, old.holding.bound.name)
            keeps_ca = made.bound.has_trusted_root_ca
            assert keeps_ca or not old.holding.bound.has_trusted_root_ca, "an update dropped the client CA"
            if not old.holding.bound.has_trusted_root_ca:
                self.verification = False
            self.objects[cert_id] = Object(made, old.attached)
        if step.name in ("attach", "set_client_verification"):
            self.verification = step.arguments["verification"]
        if step.name == "detach":
            # With custom ports, unbinding acts on all entries of the host name.
            self.objects[cert_id].attached -= {"domain-1", "domain-3"}
        if step.name == "delete":
            assert not self.objects[cert_id].attached, "a bound object was deleted"
            del self.objects[cert_id]


holdings = st.builds(
    holding,
    serial=st.sampled_from([5, 6, 77]),
    end=st.sampled_from([OLD_END, END]),
    algorithm=st.sampled_from(["RSA", "ECC"]),
    scope=st.sampled_from([INSTANCE, GLOBAL]),
    name=st.sampled_from(["made_by_hand", OURS, "demo_cert"]),
    ca=st.booleans(),
    attached=st.sets(st.sampled_from([THERE, OTHER_PORT, OTHER_GATEWAY])).map(lambda rest: (HERE, *rest)),
)
situations = st.builds(
    lambda found, verification, spare: observed(
        *(
            Holding(
                bound=dataclasses.replace(one.bound, id=f"c{number}"),
                detail=dataclasses.replace(t.cast(CertificateObject, one.detail), id=f"c{number}"),
                attached=one.attached,
            )
            for number, one in enumerate(found)
        ),
        verification=verification,
        spare=spare,
    ),
    st.lists(holdings, max_size=3),
    st.booleans(),
    st.sampled_from([None, SPARE]),
)
wishes = st.builds(
    desired,
    in_place=st.booleans(),
    name=st.sampled_from([None, "demo_cert"]),
    trusted_root_ca=st.sampled_from([None, CA]),
    client_verification=st.sampled_from([None, True, False]),
    present=st.booleans(),
)


@settings(max_examples=400, deadline=None)
@given(wanted=wishes, found=situations, replaces=st.booleans())
def test_any_plan_keeps_the_domain_served_and_reaches_its_goal(
    wanted: Desired, found: Observed, replaces: bool
) -> None:
    if found.spare is not None:
        found = dataclasses.replace(
            found, spare=dataclasses.replace(found.spare, has_trusted_root_ca=bool(wanted.trusted_root_ca))
        )
    try:
        plan = planning.make_plan(wanted, found, START)
    except (Conflict, Invalid):
        return
    gateway = Miniature(found, wanted, replaces=replaces)
    algorithm = t.cast(Leaf, wanted.leaf).algorithm
    other_algorithms = [one.bound.id for one in gateway.bound() if one.bound.algorithm != algorithm]
    served = any(one.bound.algorithm == algorithm for one in gateway.bound())
    for step in plan.steps:
        gateway.run(step)
        if wanted.present and served:
            assert any(one.bound.algorithm == algorithm for one in gateway.bound()), (
                f"nothing is bound after {step.name}"
            )
        served = any(one.bound.algorithm == algorithm for one in gateway.bound())
    assert [one.bound.id for one in gateway.bound() if one.bound.algorithm != algorithm] == other_algorithms
    assert gateway.touched.isdisjoint(other_algorithms)
    again = planning.make_plan(wanted, gateway.look(), START)
    assert steps_of(again) == []
    if wanted.present:
        assert served


@settings(max_examples=200, deadline=None)
@given(wanted=wishes, found=situations)
def test_changed_means_steps_and_a_diff(wanted: Desired, found: Observed) -> None:
    try:
        plan = planning.make_plan(wanted, found, START)
    except (Conflict, Invalid):
        return
    assert plan.changed is bool(plan.steps) is bool(plan.actions)
    assert (plan.diff["before"] == plan.diff["after"]) is not plan.changed
