# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role `sslvpn_clients`: a file for each person, rotation before removal, removal by an explicit list alone."""

from __future__ import annotations

import stat
import typing as t

import pytest
from integration.role import RoleTurn, kill_book, play_book
from integration.stage import Stage, openssl, public_key_of_certificate, public_key_of_private_key

pytestmark = pytest.mark.xdist_group("sslvpn_clients")

ROLE = "cncloud.certificates.sslvpn_clients : "
SERVER = "vss-emulator"
CREATE, READ, DELETE = "CreateSslVpnClientCert", "DescribeSslVpnClientCert", "DeleteSslVpnClientCert"
KEEP = ROLE + "Keep the certificate and the configuration of each person"
REMOVE = ROLE + "Delete each certificate that is listed for removal"
TELL = ROLE + "Say whose files are new, and which certificates are not needed any more"

Entry = dict[str, t.Any]


def variables(stage: Stage, people: t.Sequence[Entry], removed: t.Sequence[Entry] = (), **more: t.Any) -> Entry:
    return {
        "sslvpn_clients_people": list(people),
        "sslvpn_clients_removed": list(removed),
        "sslvpn_clients_server_id": SERVER,
        "sslvpn_clients_folder": str(stage.folder),
        "sslvpn_clients_aliyun": {"endpoint": stage.emulator.endpoint},
        **more,
    }


def play(
    stage: Stage, people: t.Sequence[Entry], removed: t.Sequence[Entry] = (), *arguments: str, **more: t.Any
) -> RoleTurn:
    return play_book(stage, "sslvpn_clients", variables(stage, people, removed, **more), *arguments)


def four_runs(stage: Stage, people: t.Sequence[Entry], removed: t.Sequence[Entry] = ()) -> tuple[RoleTurn, RoleTurn]:
    """Check, real, check, real; returns the first two. Check mode tells the truth and the second round is quiet."""
    predicted = play(stage, people, removed, "--check", "--diff")
    real = play(stage, people, removed, "--diff", "-vvv")
    assert predicted.failures == real.failures == []
    assert predicted.writes() == []
    for task in (KEEP, REMOVE):
        assert told(predicted, task) == told(real, task)
    assert predicted.changed_tasks == real.changed_tasks
    assert {key: value for key, value in facts(predicted).items() if key.startswith("sslvpn_clients")} == facts(real)
    for arguments in (("--check", "--diff"), ("--diff",)):
        again = play(stage, people, removed, *arguments)
        assert (again.failures, again.changed_tasks, again.writes()) == ([], [], []), again.run.output
    return predicted, real


def told(turn: RoleTurn, task: str) -> list[tuple[t.Any, t.Any, t.Any]]:
    """Of each item: whether it changed, what was done, and the diff."""
    results = turn.run.of(task).result.get("results", [])
    return [(item["changed"], item["actions"], item["diff"]) for item in results]


def facts(turn: RoleTurn) -> dict[str, t.Any]:
    return dict(turn.run.of(TELL).result["ansible_facts"])


def listed(stage: Stage) -> dict[str, str]:
    """Id and name of each certificate that there is."""
    found = stage.emulator.control("GET", "/state/aliyun")["certificates"]
    return {one["id"]: one["name"] for one in found}


def add(stage: Stage, name: str, days_left: float, id: str) -> None:
    stage.emulator.control(
        "POST", "/state/aliyun", {"certificates": [{"name": name, "days_left": days_left, "id": id}]}
    )


def id_in(stage: Stage, name: str) -> str:
    """The id that a configuration says it is of, once OpenSSL has found that its parts belong together."""
    path = stage.folder / f"{name}.ovpn"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    parts = stage.folder / "parts"
    parts.mkdir(exist_ok=True)
    for tag in ("ca", "cert", "key"):
        inside = text.partition(f"<{tag}>\n")[2].partition(f"</{tag}>")[0]
        assert inside
        (parts / tag).write_text(inside)
    assert public_key_of_certificate(parts / "cert") == public_key_of_private_key(parts / "key")
    openssl("verify", "-CAfile", parts / "ca", parts / "cert")
    return text.splitlines()[0].removeprefix("# cncloud: ")


PEOPLE: list[Entry] = [{"name": "ann"}, {"name": "bob"}]


def test_people_get_files_and_nothing_changes_then(stage: Stage) -> None:
    _predicted, real = four_runs(stage, PEOPLE)
    assert real.writes() == [CREATE, CREATE]
    assert {id_in(stage, name): name for name in ("ann", "bob")} == listed(stage)
    assert [one["name"] for one in facts(real)["sslvpn_clients_written"]] == ["ann", "bob"]
    assert facts(real)["sslvpn_clients_superseded"] == []
    assert "RUNNING HANDLER" in real.run.output
    shown = real.run.output + "".join(str(each.result) for each in real.run.results)
    for name in ("ann", "bob"):
        assert (stage.folder / f"{name}.ovpn").read_text().partition("<key>")[2].splitlines()[3] not in shown
    assert "PRIVATE KEY" not in shown
    # One list call a person is all that a quiet run costs.
    assert [call["operation"] for call in stage.emulator.log()] == ["DescribeSslVpnClientCerts"] * 2


def test_rotation_delivers_first_and_removes_what_is_listed_alone(stage: Stage) -> None:
    play(stage, PEOPLE)
    old = id_in(stage, "ann")
    stage.emulator.control("POST", f"/aliyun/certificates/{old}/age", {"days_left": 10})
    _predicted, real = four_runs(stage, PEOPLE)
    assert real.writes() == [CREATE]
    new = id_in(stage, "ann")
    assert new != old
    assert {old, new} <= set(listed(stage))
    superseded = facts(real)["sslvpn_clients_superseded"]
    assert superseded == [{"name": "ann", "ssl_vpn_client_cert_id": old}]
    # What the role has listed can be given back to it, and stays there for good; who leaves is removed by name.
    _predicted, real = four_runs(stage, PEOPLE[:1], [*superseded, {"name": "bob"}])
    assert real.writes() == [DELETE, DELETE]
    assert listed(stage) == {new: "ann"}
    assert facts(real)["sslvpn_clients_superseded"] == []


def test_in_one_run_all_files_come_before_the_first_deletion(stage: Stage) -> None:
    for name in ("ann", "bob"):
        add(stage, name, 10, f"vsc-{name}")
    removed = [{"ssl_vpn_client_cert_id": f"vsc-{name}"} for name in ("ann", "bob")]
    _predicted, real = four_runs(stage, PEOPLE, removed)
    assert real.writes() == [CREATE, CREATE, DELETE, DELETE]
    operations = real.operations()
    assert operations.count(READ) == 2
    assert max(number for number, name in enumerate(operations) if name == READ) < operations.index(DELETE)
    # One at a time: no deletion met a gateway that was busy with another.
    assert [call["code"] for call in real.calls if call["operation"] == DELETE] == [None, None]
    assert set(listed(stage)) == {id_in(stage, "ann"), id_in(stage, "bob")}


def test_wrong_person_is_named_and_stops_no_other(stage: Stage) -> None:
    people = [{"name": "http://ann"}, {"name": "carl", "ssl_vpn_server_id": "vss-nowhere"}, {"name": "bob"}]
    people[0]["config_path"] = str(stage.folder / "wrong.ovpn")
    add(stage, "leaver", 400, "vsc-leaver")
    turn = play(stage, people, [{"ssl_vpn_client_cert_id": "vsc-leaver"}, {"ssl_vpn_client_cert_id": "vsc leaver"}])
    wrong, nowhere, removal = turn.failures
    assert wrong.startswith("http://ann (configuration): name must not begin with http://")
    assert nowhere.startswith("carl (configuration): There is no SSL-VPN server vss-nowhere")
    assert removal.startswith("vsc leaver (removal): ssl_vpn_client_cert_id must be an id")
    assert listed(stage) == {id_in(stage, "bob"): "bob"}
    assert "RUNNING HANDLER" in turn.run.output
    again = play(stage, [{"name": "bob"}])
    assert (again.failures, again.changed_tasks) == ([], [])


def test_certificate_of_a_person_without_the_new_file_is_not_removed(stage: Stage) -> None:
    add(stage, "ann", 10, "vsc-ann")
    add(stage, "bob", 400, "vsc-bob")
    people = [{"name": "ann", "config_path": str(stage.folder / "missing" / "ann.ovpn")}, {"name": "bob"}]
    turn = play(stage, people, [{"ssl_vpn_client_cert_id": "vsc-ann"}, {"ssl_vpn_client_cert_id": "vsc-bob"}])
    folder, ann, bob = turn.failures
    assert folder.startswith("ann (configuration): config_path: the folder ")
    for sentence, id in ((ann, "vsc-ann"), (bob, "vsc-bob")):
        assert sentence == f"{id} (removal): It was not deleted, since somebody of sslvpn_clients_people uses it."
    assert turn.writes() == []
    assert facts(turn)["sslvpn_clients_superseded"] == []


def test_nothing_is_removed_while_it_is_unknown_whose_it_is(stage: Stage) -> None:
    add(stage, "leaver", 400, "vsc-leaver")
    stage.emulator.control("POST", "/aliyun/settings", {"denied": ["DescribeSslVpnClientCerts"]})
    turn = play(stage, PEOPLE[:1], [{"ssl_vpn_client_cert_id": "vsc-leaver"}])
    ann, leaver = turn.failures
    assert ann.startswith("ann (configuration): Alibaba Cloud refused DescribeSslVpnClientCerts with Forbidden")
    assert leaver.endswith("since what those use who have no new file is not known.")
    assert turn.writes() == []


def test_contradictions_are_refused_before_the_first_call(stage: Stage) -> None:
    shared = str(stage.folder / "shared.ovpn")
    people = [
        *({"name": "ann"}, {"name": "ann", "config_path": str(stage.folder / "ann2.ovpn")}),
        *({"name": "bob", "config_path": shared}, {"name": "carl", "config_path": shared}),
        {"name": "../dora"},
    ]
    turn = play(stage, people, [{"ssl_vpn_server_id": SERVER}, {"name": "ann"}, {"name": "leaver"}])
    assert turn.failures == [
        "ann is twice in sslvpn_clients_people.",
        f"{shared} is the path of two people.",
        "../dora cannot be the name of a file: give it a config_path.",
        "An entry of sslvpn_clients_removed has neither name nor ssl_vpn_client_cert_id.",
        "ann is in sslvpn_clients_people and in sslvpn_clients_removed: give the id of the certificate to remove.",
    ]
    assert turn.calls == []


def test_killed_between_the_creation_and_its_answer_the_next_run_gets_that_certificate(stage: Stage) -> None:
    for _unused in range(2):
        kill_book(stage, "sslvpn_clients", variables(stage, PEOPLE), operation=CREATE, executed=True)
    assert play(stage, PEOPLE).failures == []
    assert {id_in(stage, name): name for name in ("ann", "bob")} == listed(stage)
