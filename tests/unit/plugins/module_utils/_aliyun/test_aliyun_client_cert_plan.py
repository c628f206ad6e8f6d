# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done about a client certificate: which one is meant, every option, and a small model of the service."""

from __future__ import annotations

import dataclasses
import datetime
import re
import typing as t

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import client_cert_plan as plans
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client_cert_plan import (
    Desired,
    LocalFiles,
    Observed,
    assess,
    client_token,
    plan,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.sslvpn import Row
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    Conflict,
    NotFound,
    ProtocolFailure,
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
from ansible_collections.cncloud.certificates.tests.unit.doubles import START as NOW
from hypothesis import given, settings
from hypothesis import strategies as st

SERVER = "vss-1"
NAME = "ops"
LIFETIME = datetime.timedelta(days=1095)


def row(id: str = "vsc-a", days: float | None = 400, status: str | None = "normal", **fields: t.Any) -> Row:
    """A certificate of NAME with that many days left; None: just created, without an end."""
    ends = None if days is None else NOW + datetime.timedelta(days=days)
    defaults: dict[str, t.Any] = {
        "id": id,
        "name": NAME,
        "server_id": SERVER,
        "status": status,
        "created": None if ends is None else ends - LIFETIME,
        "ends": ends,
    }
    return Row(**{**defaults, **fields})


def decide(
    *rows: Row,
    named: Row | None = None,
    id: str | None = None,
    local: LocalFiles | None = None,
    owner: Row | None = None,
    **options: t.Any,
) -> Plan:
    """The plan for NAME, or for the certificate `named`, or for an `id` that does not exist."""
    wanted = id or (None if named is None else named.id)
    desired = Desired(certificate_id=wanted, **{"server_id": SERVER, "name": NAME, "region": "cn-x", **options})
    observed = Observed(
        server_id=SERVER, name=options.get("name", NAME), rows=rows, named=named, local=local, owner=owner
    )
    return plan(desired, observed, NOW)


def steps(made: Plan) -> list[str]:
    return [f"{step.name} {step.arguments['id']}" if step.name in ("delete",) else step.name for step in made.steps]


NEW = ["create", "wait"]
DUE, ENDED, FRESH, OLDER_FRESH = row("due", 10), row("ended", -5, "expired"), row("fresh", 1000), row("older", 500)
PENDING = row("pending", None, None)

Case = tuple[tuple[Row, ...], dict[str, t.Any], list[str]]
PRESENT: list[Case] = [
    ((), {}, NEW),
    ((), {"wait": False}, ["create"]),
    ((), {"force": True}, NEW),
    ((), {"delete_superseded": True}, NEW),
    ((FRESH,), {}, []),
    ((FRESH,), {"wait": False}, []),
    ((FRESH,), {"force": True}, NEW),
    ((FRESH,), {"delete_superseded": True}, []),
    ((FRESH,), {"renewal": parse_renew_before("1000d")}, NEW),
    ((FRESH,), {"renewal": parse_renew_before("95%")}, NEW),
    ((DUE,), {}, NEW),
    ((DUE,), {"renewal": parse_renew_before("9d")}, []),
    ((DUE,), {"wait": False}, ["create"]),
    ((DUE,), {"delete_superseded": True}, [*NEW, "delete due"]),
    ((DUE,), {"delete_superseded": True, "wait": False}, ["create"]),
    ((DUE,), {"delete_superseded": True, "force": True}, [*NEW, "delete due"]),
    ((ENDED,), {}, NEW),
    ((ENDED, DUE), {}, NEW),
    ((ENDED, DUE), {"delete_superseded": True}, [*NEW, "delete ended", "delete due"]),
    ((DUE, FRESH), {}, []),
    ((DUE, FRESH, ENDED), {"delete_superseded": True}, ["delete ended", "delete due"]),
    ((DUE, FRESH, ENDED), {"delete_superseded": True, "wait": False}, ["delete ended", "delete due"]),
    ((OLDER_FRESH, FRESH), {}, []),
    ((PENDING,), {}, ["wait"]),
    ((PENDING,), {"wait": False}, []),
    ((PENDING,), {"force": True}, ["wait"]),
    ((PENDING, DUE), {"delete_superseded": True}, ["wait", "delete due"]),
    ((PENDING, DUE), {"delete_superseded": True, "wait": False}, []),
    ((row("soon", 6, "expiring-soon"),), {}, NEW),
]


@pytest.mark.parametrize(("rows", "options", "expected"), PRESENT)
def test_present_by_name(rows: tuple[Row, ...], options: dict[str, t.Any], expected: list[str]) -> None:
    made = decide(*rows, **options)
    assert steps(made) == expected
    assert made.reason


BY_ID: list[tuple[Row, tuple[Row, ...], dict[str, t.Any], list[str]]] = [
    (FRESH, (), {}, []),
    (FRESH, (), {"name": "other"}, ["rename"]),
    (FRESH, (), {"name": None}, []),
    (OLDER_FRESH, (OLDER_FRESH, FRESH), {}, []),
    (DUE, (DUE,), {}, NEW),
    (DUE, (DUE, FRESH), {}, []),
    (DUE, (DUE, FRESH), {"delete_superseded": True}, ["delete due"]),
    (DUE, (), {"name": "other"}, NEW),
    (DUE, (row("under-the-new-name", name="other"),), {"name": "other"}, []),
    (ENDED, (ENDED, DUE), {}, NEW),
    (PENDING, (), {}, ["wait"]),
    (PENDING, (), {"name": "other"}, ["wait", "rename"]),
]


@pytest.mark.parametrize(("named", "rows", "options", "expected"), BY_ID)
def test_present_by_id(named: Row, rows: tuple[Row, ...], options: dict[str, t.Any], expected: list[str]) -> None:
    assert steps(decide(*rows, named=named, **options)) == expected


REFUSED: list[tuple[tuple[Row, ...], dict[str, t.Any], type[CertificatesError], str]] = [
    ((), {"id": "vsc-none"}, NotFound, "no SSL-VPN client certificate vsc-none"),
    ((OLDER_FRESH, FRESH), {"delete_superseded": True}, Conflict, "older"),
    ((OLDER_FRESH, DUE, FRESH), {"delete_superseded": True}, Conflict, "older"),
    ((FRESH,), {"delete_superseded": True, "force": True}, Conflict, "fresh"),
    ((), {"named": FRESH, "force": True}, Conflict, "not due"),
    ((), {"named": FRESH, "server_id": "vss-2"}, Conflict, "belongs to the server vss-1"),
    ((), {"named": FRESH, "server_id": "vss-2", "state": "absent"}, Conflict, "belongs to the server vss-1"),
    ((), {"named": row("nameless", 3, name=""), "name": ""}, Conflict, "has no name"),
    ((row(status="frozen"),), {}, ProtocolFailure, "frozen"),
    ((FRESH, row(status="frozen", days=-3)), {}, ProtocolFailure, "frozen"),
    ((OLDER_FRESH, FRESH), {"state": "absent"}, Conflict, "older .*fresh"),
    ((ENDED, FRESH), {"state": "absent"}, Conflict, "ended .*fresh"),
]


@pytest.mark.parametrize(("rows", "options", "kind", "text"), REFUSED)
def test_refused(rows: tuple[Row, ...], options: dict[str, t.Any], kind: type[CertificatesError], text: str) -> None:
    with pytest.raises(kind, match=text):
        decide(*rows, **options)


ABSENT_CASES: list[Case] = [
    ((), {"state": "absent"}, []),
    ((), {"state": "absent", "id": "vsc-none"}, []),
    ((FRESH,), {"state": "absent"}, ["delete fresh"]),
    ((ENDED,), {"state": "absent"}, ["delete ended"]),
    ((row("odd", status="frozen"),), {"state": "absent"}, ["delete odd"]),
    ((OLDER_FRESH, FRESH), {"state": "absent", "named": OLDER_FRESH}, ["delete older"]),
]


@pytest.mark.parametrize(("rows", "options", "expected"), ABSENT_CASES)
def test_absent(rows: tuple[Row, ...], options: dict[str, t.Any], expected: list[str]) -> None:
    assert steps(decide(*rows, **options)) == expected


def test_current_is_the_one_that_ends_last_then_the_younger_then_the_greater_id() -> None:
    end = NOW + datetime.timedelta(days=500)
    rows = [
        row("z", 499),
        row("a", 500, created=end - LIFETIME),
        row("b", 500, created=end - LIFETIME),
        row("y", 500, created=end - LIFETIME - datetime.timedelta(days=1)),
    ]
    found = assess(Desired(), Observed(server_id=SERVER, name=NAME, rows=tuple(rows)), NOW)
    assert found.current == rows[2]
    assert [one.id for one in found.others] == ["z", "y", "a"]


def test_token_follows_from_what_is_known_and_from_nothing_else() -> None:
    base: dict[str, t.Any] = {"region": "r", "server_id": "s", "name": "n", "listed": ["b", "a"], "dead": ["d", "c"]}
    token = client_token(**base)
    assert re.fullmatch("cnc-[0-9a-f]{48}", token)
    assert token == client_token(**{**base, "listed": ["a", "b"], "dead": ["c", "d"]})
    others: list[dict[str, t.Any]] = [
        {"region": "q"},
        {"server_id": "t"},
        {"name": "m"},
        {"listed": ["a"]},
        {"dead": ["d"]},
    ]
    others += [{"listed": ["a", "b", "c", "d"], "dead": []}, {"dead": ["d", "c", "c"]}, {"name": "\u540d"}]
    assert len({token, *(client_token(**{**base, **other}) for other in others)}) == len(others) + 1


# --- files -------------------------------------------------------------------------------------------------

KEY, CONFIG = "/x/key.pem", "/x/c.ovpn"


def spec(path: str, kind: Kind, option: str) -> FileSpec:
    return FileSpec(path=path, kind=kind, option=option, mode=0o600, content=Content.LATER)


def files(id: str | None = None, *, fitting: bool = True, there: bool = True, mode: int = 0o600) -> LocalFiles:
    """A key and a configuration, of the certificate `id` if they are there."""
    found = ObservedFile(exists=True, mode=mode, content=b"something") if there else ABSENT
    paths = frozenset({KEY, CONFIG}) if there else frozenset()
    return LocalFiles(
        specs=(spec(KEY, Kind.PRIVATE_KEY, "private_key_path"), spec(CONFIG, Kind.TEXT, "config_path")),
        observed={KEY: found, CONFIG: found},
        id=id,
        fitting=paths if fitting and id else frozenset(),
        with_key=paths,
    )


STRANGER = row("stranger", name="somebody")
FILES: list[tuple[tuple[Row, ...], LocalFiles, dict[str, t.Any], list[str]]] = [
    ((FRESH,), files(there=False), {}, ["files"]),
    ((FRESH,), files("fresh"), {}, []),
    ((FRESH,), files("fresh", mode=0o644), {}, ["files"]),
    ((FRESH,), files("fresh", fitting=False), {}, ["files"]),
    ((DUE, FRESH), files("due"), {}, ["files"]),
    ((FRESH,), files("gone"), {}, ["files"]),
    ((FRESH,), files(), {}, ["files"]),
    ((FRESH,), files("stranger"), {"owner": STRANGER, "force": True}, [*NEW, "files"]),
    ((), files(there=False), {}, [*NEW, "files"]),
    ((), files(there=False), {"wait": False}, ["create"]),
    ((), files("gone"), {}, [*NEW, "files"]),
    ((DUE,), files("due"), {}, [*NEW, "files"]),
    ((DUE,), files("due"), {"delete_superseded": True}, [*NEW, "files", "delete due"]),
    ((DUE, FRESH), files("due"), {"delete_superseded": True}, ["files", "delete due"]),
    ((PENDING,), files(there=False), {}, ["wait", "files"]),
    ((PENDING,), files(there=False), {"wait": False}, []),
    ((FRESH,), files(there=False), {"state": "absent"}, ["delete fresh"]),
]


@pytest.mark.parametrize(("rows", "local", "options", "expected"), FILES)
def test_files_follow_what_will_be_current(
    rows: tuple[Row, ...], local: LocalFiles, options: dict[str, t.Any], expected: list[str]
) -> None:
    assert steps(decide(*rows, local=local, **options)) == expected


KEYS_IN_THE_WAY: list[tuple[tuple[Row, ...], LocalFiles, dict[str, t.Any]]] = [
    ((), files(), {}),
    ((DUE,), files(), {}),
    ((), files(), {"wait": False}),
    ((), files("stranger"), {"owner": STRANGER}),
    ((FRESH,), files("stranger"), {"owner": STRANGER}),
]


@pytest.mark.parametrize("option", ["private_key_path", "config_path"])
@pytest.mark.parametrize(("rows", "local", "options"), KEYS_IN_THE_WAY)
def test_a_strangers_key_costs_no_certificate(
    rows: tuple[Row, ...], local: LocalFiles, options: dict[str, t.Any], option: str
) -> None:
    alone = dataclasses.replace(local, specs=tuple(one for one in local.specs if one.option == option))
    with pytest.raises(Conflict, match=f"{option}: .* holds another private key"):
        decide(*rows, local=alone, **options)


def test_a_configuration_without_a_key_is_no_obstacle() -> None:
    local = dataclasses.replace(files(), specs=files().specs[1:], with_key=frozenset())
    assert steps(decide(local=local)) == [*NEW, "files"]


def test_actions_and_diff_name_nothing_that_does_not_exist_yet() -> None:
    made = decide(DUE, local=files("due"), delete_superseded=True)
    assert made.actions[0] == "Create the client certificate ops of the server vss-1 to renew due"
    assert KNOWN_AFTER_APPLY in made.actions[2]
    assert made.diff["after"]["certificate"]["id"] == KNOWN_AFTER_APPLY
    assert (made.diff["before"]["due"]["id"], made.diff["after"]["due"]) == ("due", None)


# --- a model of the service --------------------------------------------------------------------------------


def carried_out(rows: tuple[Row, ...], made: Plan) -> tuple[Row, ...]:
    """What is there after the steps."""
    left = {one.id: one for one in rows}
    for step in made.steps:
        if step.name == "create":
            left["new"] = row("new", 1095)
        elif step.name == "wait":
            left = {one.id: dataclasses.replace(one, status=one.status or "normal") for one in left.values()}
        elif step.name == "delete":
            del left[step.arguments["id"]]
    return tuple(left.values())


ROWS = st.lists(
    st.tuples(st.integers(-400, 1000), st.sampled_from(["normal", "expiring-soon", "expired", None])), max_size=4
).map(lambda given: tuple(row(f"vsc-{n}", days, status) for n, (days, status) in enumerate(given)))


@settings(max_examples=300, deadline=None)
@given(
    rows=ROWS,
    wait=st.booleans(),
    delete_superseded=st.booleans(),
    state=st.sampled_from(["present", "absent"]),
    days=st.integers(0, 1000),
)
def test_a_second_run_has_nothing_to_do_and_nobody_loses_a_certificate(
    rows: tuple[Row, ...], wait: bool, delete_superseded: bool, state: str, days: int
) -> None:
    options: dict[str, t.Any] = {"wait": wait, "state": state, "renewal": parse_renew_before(f"{days}d")}
    options["delete_superseded"] = delete_superseded and state == "present"
    try:
        made = decide(*rows, **options)
    except Conflict:
        assert len(rows) > 1
        assert state == "absent" or delete_superseded
        return
    after = carried_out(rows, made)
    if state == "absent":
        assert after == ()
    else:
        desired = Desired(renewal=options["renewal"])
        situation = plans.assess(desired, Observed(server_id=SERVER, name=NAME, rows=after), NOW)
        assert situation.current is not None
        assert not situation.needed
        lost = {one.id for one in rows} - {one.id for one in after}
        limit = NOW + datetime.timedelta(days=days)
        assert all(one.ends is not None and one.ends <= limit for one in rows if one.id in lost)
        assert not lost or delete_superseded
    # What a run without waiting leaves open, files and deletions, is the next run's.
    if wait or not made.has("create"):
        assert not decide(*after, **options).steps
