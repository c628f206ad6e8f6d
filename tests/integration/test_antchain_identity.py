# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role `antchain_identity`: keys made on the host, files as the Java SDK wants them; one failure stops nobody."""

from __future__ import annotations

import json
import stat
import typing as t

import pytest
from integration.role import RoleTurn, kill_book, play_book
from integration.stage import Stage, openssl, public_key_of_certificate

pytestmark = pytest.mark.xdist_group("antchain_identity")

BOOK = "antchain_identity"
ROLE = f"cncloud.certificates.{BOOK} : "
KEEP = ROLE + "Keep the key, the certificate and the authorities of each identity"
TELL = ROLE + "Say whose files are new, and who still waits"
LIST, APPLY, RESET = "DescribeAntChainsV2", "ApplyAntChainCertificate", "ResetAntChainCertificate"
PASSWORD = "a-password-of-all-the-keys"
FILES = ["ca.crt", "client.crt", "client.key", "trustCa"]

Entry = dict[str, t.Any]


def identity(stage: Stage, chain: str = "chain-emulator", name: str = "settlement", **more: t.Any) -> Entry:
    folder = stage.folder / name
    folder.mkdir(exist_ok=True)
    return {
        "consortium_id": "consortium-emulator",
        "ant_chain_id": chain,
        "folder": str(folder),
        "subject": {"common_name": name},
        **more,
    }


def two(stage: Stage, **chain: t.Any) -> list[Entry]:
    """An identity of the chain that there is, and one of a second chain."""
    stage.emulator.control("POST", "/state/aliyun", {"chains": [{"id": "chain-second", **chain}]})
    return [identity(stage), identity(stage, "chain-second", "audit")]


def variables(stage: Stage, entries: t.Sequence[Entry], **more: t.Any) -> Entry:
    return {
        "antchain_identity_identities": list(entries),
        "antchain_identity_password": PASSWORD,
        "antchain_identity_aliyun": {"endpoint": stage.emulator.endpoint},
        **more,
    }


def play(stage: Stage, entries: t.Sequence[Entry], *arguments: str, **more: t.Any) -> RoleTurn:
    turn = play_book(stage, BOOK, variables(stage, entries, **more), *arguments)
    assert "PRIVATE KEY" not in turn.run.output
    assert PASSWORD not in turn.run.output
    return turn


def told(turn: RoleTurn) -> list[tuple[t.Any, t.Any, t.Any]]:
    """Of each item: whether it changed, what was done, and the diff."""
    return [(item["changed"], item["actions"], item["diff"]) for item in turn.run.of(KEEP).result["results"]]


def facts(turn: RoleTurn) -> dict[str, t.Any]:
    return dict(turn.run.of(TELL).result["ansible_facts"])


def check_identity(entry: Entry, stage: Stage, *, password: str = PASSWORD) -> None:
    """OpenSSL finds that the key has the password, and is of the certificate, and that of the authority."""
    folder = stage.folder / entry["folder"]
    assert sorted(path.name for path in folder.iterdir()) == FILES
    key, leaf = folder / "client.key", folder / "client.crt"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    public = openssl("pkey", "-in", key, "-passin", f"pass:{password}", "-pubout")
    assert public == public_key_of_certificate(leaf)
    assert openssl("verify", "-CAfile", folder / "ca.crt", leaf).endswith(": OK\n")
    assert (folder / "trustCa").read_bytes()[:4] == b"\xfe\xed\xfe\xed"


def test_four_runs_and_what_the_sdk_reads(stage: Stage) -> None:
    entries = two(stage)
    predicted = play(stage, entries, "--check", "--diff")
    assert predicted.writes() == []
    real = play(stage, entries, "--diff", "-vvv")
    assert predicted.failures == real.failures == []
    assert real.writes() == [APPLY, APPLY]
    assert told(predicted) == told(real)
    assert facts(predicted) == facts(real)
    assert facts(real) == {"antchain_identity_written": entries, "antchain_identity_pending": []}
    assert "RUNNING HANDLER" in real.run.output
    for entry in entries:
        check_identity(entry, stage)
    for arguments in (("--check", "--diff"), ("--diff",)):
        again = play(stage, entries, *arguments)
        assert (again.failures, again.changed_tasks) == ([], [])
        assert again.operations() == [LIST, LIST]


def test_passwords_of_single_keys_and_none_at_all(stage: Stage) -> None:
    entries = two(stage)
    own = {"antchain_identity_passwords": {"chain-second": "another-password"}}
    assert play(stage, entries, **own).failures == []
    check_identity(entries[0], stage)
    check_identity(entries[1], stage, password="another-password")
    third = [identity(stage, "chain-third", "third")]
    stage.emulator.control("POST", "/state/aliyun", {"chains": [{"id": "chain-third"}]})
    values = variables(stage, third)
    del values["antchain_identity_password"]
    assert play_book(stage, BOOK, values).failures == []
    key = stage.folder / "third" / "client.key"
    assert key.read_text().startswith("-----BEGIN PRIVATE KEY-----")


def test_one_that_fails_stops_nobody_and_is_named(stage: Stage) -> None:
    entries = [identity(stage, "chain-nobody", "nobody"), *two(stage)]
    turn = play(stage, entries)
    (sentence,) = turn.failures
    assert sentence.startswith("chain-nobody: There is no chain chain-nobody")
    assert "RUNNING HANDLER" in turn.run.output
    for entry in entries[1:]:
        check_identity(entry, stage)


def test_approval_that_takes_its_time(stage: Stage) -> None:
    entries = two(stage, approval=True)
    turn = play(stage, entries, antchain_identity_wait=False)
    assert turn.failures == []
    assert sorted(facts(turn)["antchain_identity_pending"]) == ["chain-emulator", "chain-second"]
    later = play(stage, entries, antchain_identity_wait=False)
    assert later.writes() == []
    assert facts(later)["antchain_identity_pending"] == ["chain-second"]
    check_identity(entries[0], stage)
    for one in stage.emulator.control("GET", "/state/aliyun")["applications"]:
        if one["chain"] == "chain-second":
            stage.emulator.control("POST", f"/aliyun/applications/{one['bid']}", {"status": 1})
    assert play(stage, entries, antchain_identity_wait=False).failures == []
    check_identity(entries[1], stage)


def test_lost_key_and_folder_that_is_not_there(stage: Stage) -> None:
    (entry,) = entries = [identity(stage)]
    play(stage, entries)
    folder = stage.folder / "settlement"
    folder.rename(stage.folder / "elsewhere")
    (sentence,) = play(stage, entries, antchain_identity_on_key_loss="reset").failures
    assert "does not exist" in sentence
    (stage.folder / "elsewhere").rename(folder)
    (folder / "client.key").unlink()
    lost = play(stage, entries)
    assert "is lost" in lost.failures[0]
    assert lost.writes() == []
    repaired = play(stage, entries, antchain_identity_on_key_loss="reset")
    assert (repaired.failures, repaired.writes()) == ([], [RESET, APPLY])
    assert "can no longer connect" in repaired.run.output
    check_identity(entry, stage)


@pytest.mark.parametrize("executed", [True, False])
def test_killed_while_it_applies(stage: Stage, executed: bool) -> None:
    (entry,) = entries = [identity(stage)]
    kill_book(stage, BOOK, variables(stage, entries), operation=APPLY, executed=executed)
    assert play(stage, entries).failures == []
    check_identity(entry, stage)
    assert len(stage.emulator.control("GET", "/state/aliyun")["applications"]) == 1


def test_list_that_contradicts_itself_makes_no_call(stage: Stage) -> None:
    twice = [identity(stage), identity(stage)]
    turn = play(stage, twice)
    assert len(turn.failures) == 2
    assert turn.calls == []


def test_nothing_shows_when_all_is_shown(stage: Stage) -> None:
    """At the highest verbosity, the passwords in a file of variables."""
    passwords = {"chain-emulator": "a-password-of-this-chain-alone"}
    (entry,) = entries = [identity(stage)]
    turn = play(stage, entries, "-vvvv", "--diff", antchain_identity_passwords=passwords)
    assert turn.failures == []
    assert passwords["chain-emulator"] not in turn.run.output
    assert passwords["chain-emulator"] not in json.dumps([each.result for each in turn.run.results])
    check_identity(entry, stage, password=passwords["chain-emulator"])
