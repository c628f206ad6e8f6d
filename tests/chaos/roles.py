# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles under faults: whole playbooks, by `ansible-playbook`, so that there are fewer of them than of module runs."""

from __future__ import annotations

import collections.abc as c
import dataclasses
import random
import typing as t
from pathlib import Path

from chaos.disturbance import FAULTS, fault_of, one_fault
from chaos.scenario import certificate_of
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from integration.role import Entry, RoleTurn, entry, kill_book_at, play_book, role_variables
from integration.stage import Stage, fingerprint

ROUNDS = 4
CALLS = 31
"""Of a run: at one of so many it is struck. No common divisor with the number of kinds, see `_placed`."""
KILLED = {"killed before it ran": "lost_request", "killed after it ran": "slow"}
KINDS = (*dict.fromkeys(FAULTS), *KILLED)

State = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Play:
    """A playbook of the collection; `state` tells what is left without ids, as that of a scenario does."""

    name: str
    clouds: tuple[str, ...]
    prepare: c.Callable[[Stage], None]
    variables: c.Callable[[Stage], dict[str, t.Any]]
    state: c.Callable[[Stage], State]
    end: State


def _account(stage: Stage, cloud: str) -> dict[str, t.Any]:
    return stage.emulator.control("GET", f"/state/{cloud}")


def _files(stage: Stage) -> list[str]:
    """What the play left; the inventory, the home folder and the results are the test's."""
    ours = ("home", "hosts.yml", "results.jsonl", "variables.json")
    return sorted(path.name for path in stage.folder.iterdir() if path.name not in ours)


def _nothing(_stage: Stage) -> None:
    """The account as every stage has it, with the domain in its API group."""


# issue_and_bind

DOMAIN = "api.example.com"


def _bound_variables(stage: Stage) -> dict[str, t.Any]:
    return role_variables(stage, [entry(stage, DOMAIN)], {})


def _bound_state(stage: Stage) -> State:
    tencent, huawei = _account(stage, "tencent"), _account(stage, "huawei")
    leaf = stage.folder / f"{DOMAIN}.pem"
    return {
        "certificates": [row["status"] for row in tencent["certificates"]],
        "records": [row["name"] for row in tencent["zones"][0]["records"]],
        "objects": [[bound["domain"] for bound in row["bound_to"]] for row in huawei["certificates"]],
        "served": leaf.exists() and _served(stage) == fingerprint(leaf),
        "files": _files(stage),
    }


def _served(stage: Stage) -> str:
    try:
        return stage.served(DOMAIN)
    except OSError:
        return "nothing"


# sslvpn_clients

PEOPLE: list[Entry] = [{"name": "on-call"}, {"name": "branch"}]


def _people(stage: Stage) -> None:
    row = {"name": "branch", "days_left": 5}
    stage.emulator.control("POST", "/state/aliyun", {"certificates": [row]})


def _people_variables(stage: Stage) -> dict[str, t.Any]:
    return {
        "sslvpn_clients_people": PEOPLE,
        "sslvpn_clients_server_id": "vss-emulator",
        "sslvpn_clients_folder": str(stage.folder),
        "sslvpn_clients_aliyun": {"endpoint": stage.emulator.endpoint},
    }


def _people_state(stage: Stage) -> State:
    aliyun = _account(stage, "aliyun")
    return {
        "certificates": sorted((row["name"], row["status"]) for row in aliyun["certificates"]),
        "cuts": aliyun["servers"][0]["cuts"],
        "files": _files(stage),
    }


# esa_https


def _zone(stage: Stage) -> None:
    stage.emulator.control("POST", "/state/tencent", {"zones": [{"name": "example.org"}]})


def _site_variables(stage: Stage) -> dict[str, t.Any]:
    endpoint = stage.emulator.endpoint
    proven = {"site": "example.org", "domains": ["*.example.org"], "dns_provider": "dnspod"}
    return {
        "esa_https_sites": [{"site": "example.com", "domains": ["www.example.com"]}, proven],
        "esa_https_esa": {"endpoint": endpoint},
        "esa_https_aliyun": {"endpoint": endpoint},
        "esa_https_tencent": {"endpoint": endpoint},
    }


def _site_state(stage: Stage) -> State:
    rows = _account(stage, "aliyun")["esa_certificates"]
    zones = _account(stage, "tencent")["zones"]
    return {
        "certificates": sorted((row["name"], row["status"] in ("OK", "Issued")) for row in rows),
        "records": [record["name"] for zone in zones for record in zone["records"]],
        "files": _files(stage),
    }


# antchain_identity

CHAINS = {"settlement": "chain-emulator", "audit": "chain-second"}
PASSWORD = "a-password-of-all-the-keys"


def _chains(stage: Stage) -> None:
    stage.emulator.control("POST", "/state/aliyun", {"chains": [{"id": "chain-second"}]})
    for name in CHAINS:
        (stage.folder / name).mkdir()


def _identity(stage: Stage, name: str) -> Entry:
    return {
        "consortium_id": "consortium-emulator",
        "ant_chain_id": CHAINS[name],
        "folder": str(stage.folder / name),
        "subject": {"common_name": name},
    }


def _identities_variables(stage: Stage) -> dict[str, t.Any]:
    return {
        "antchain_identity_identities": [_identity(stage, name) for name in CHAINS],
        "antchain_identity_password": PASSWORD,
        "antchain_identity_aliyun": {"endpoint": stage.emulator.endpoint},
    }


def _identities_state(stage: Stage) -> State:
    applications = _account(stage, "aliyun")["applications"]
    return {
        "applications": sorted(row["chain"] for row in applications),
        "files": {name: sorted(path.name for path in (stage.folder / name).iterdir()) for name in CHAINS},
        "delivered": [name for name in CHAINS if _fits(stage.folder / name)],
    }


def _fits(folder: Path) -> bool:
    """The key opens with the password and is the certificate's."""
    leaf, key = folder / "client.crt", folder / "client.key"
    if not leaf.exists() or not key.exists():
        return False
    private = load_pem_private_key(key.read_bytes(), PASSWORD.encode())
    return private.public_key() == certificate_of(leaf.read_text()).public_key()


PLAYS = (
    Play(
        "issue_and_bind",
        ("tencent", "huawei"),
        _nothing,
        _bound_variables,
        _bound_state,
        {
            "certificates": [1],
            "records": [],
            "objects": [[DOMAIN]],
            "served": True,
            "files": [f"{DOMAIN}.fullchain.pem", f"{DOMAIN}.key", f"{DOMAIN}.pem"],
        },
    ),
    Play(
        "sslvpn_clients",
        ("aliyun",),
        _people,
        _people_variables,
        _people_state,
        {
            "certificates": [("branch", "expiring-soon"), ("branch", "normal"), ("on-call", "normal")],
            "cuts": 0,
            "files": ["branch.ovpn", "on-call.ovpn"],
        },
    ),
    Play(
        "esa_https",
        ("aliyun", "tencent"),
        _zone,
        _site_variables,
        _site_state,
        {"certificates": [("*.example.org", True), ("www.example.com", True)], "records": [], "files": []},
    ),
    Play(
        "antchain_identity",
        ("aliyun",),
        _chains,
        _identities_variables,
        _identities_state,
        {
            "applications": sorted(CHAINS.values()),
            "files": {name: ["ca.crt", "client.crt", "client.key", "trustCa"] for name in CHAINS},
            "delivered": [*CHAINS],
        },
    ),
)


def play_disturbed(stage: Stage, seed: int) -> list[str]:
    """The story of a seed, whose last line begins with BROKEN where something does not hold.

    The plays take turns, so that a few seeds in a row meet them all.
    """
    chance = random.Random(seed)
    play = PLAYS[seed % len(PLAYS)]
    story = [f"seed {seed}: {play.name}"]
    play.prepare(stage)
    faults = [_placed(play, seed // len(PLAYS), chance)]
    if chance.random() < 0.5:
        faults.append((chance.random() < 0.5, one_fault(chance, chance.choice(play.clouds), CALLS)))
    for kills, fault in faults:
        story.append(f"  {fault}")
        if kills:
            kind = fault["kind"] if fault["kind"] in KILLED.values() else "lost_request"
            struck = {"kind": kind, "after": fault["after"], "match": fault["match"]}
            story.append(f"  killed: {kill_book_at(stage, play.name, play.variables(stage), struck)}")
            continue
        stage.emulator.control("POST", "/faults", fault)
        story += _told(play_book(stage, play.name, play.variables(stage)))
        stage.emulator.control("DELETE", "/faults")
    for _unused in range(ROUNDS):
        turn = play_book(stage, play.name, play.variables(stage))
        story += _told(turn)
        if not turn.run.returncode and not turn.changed_tasks:
            break
    else:
        story.append("BROKEN: never quiet")
    found = play.state(stage)
    if found != play.end:
        story.append(f"BROKEN: {found} instead of {play.end}")
    return story


def _placed(play: Play, number: int, chance: random.Random) -> tuple[bool, dict[str, t.Any]]:
    """The fault of the first run, and whether the run is killed at it.

    Kind and call go round on their own, so that so many numbers in a row as the product of both meet every pair.
    """
    kind, after = KINDS[number % len(KINDS)], number % CALLS
    cloud = chance.choice(play.clouds)
    match = {"cloud": cloud} if kind == "error" else {}  # its code is one of that cloud's
    return kind in KILLED, fault_of(KILLED.get(kind, kind), chance, cloud, match=match, after=after)


def _told(turn: RoleTurn) -> list[str]:
    story = [f"  ended with {turn.run.returncode}, changed {len(turn.changed_tasks)}, {len(turn.calls)} calls"]
    if "Traceback (most recent call last)" in turn.run.output or "This is a bug" in turn.run.output:
        story.append(f"BROKEN: {turn.run.output}")
    return story
