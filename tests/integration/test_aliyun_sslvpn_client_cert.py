# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client certificates of an SSL-VPN server in four runs, both ways; what OpenSSL says of the files; two at once."""

from __future__ import annotations

import dataclasses
import re
import stat
import typing as t
from pathlib import Path

import pytest
from emulator.process import EmulatorProcess
from integration.both_ways import LONGEST, Way, play_text, read_results, start_playbook
from integration.role import wait_until
from integration.stage import (
    Call,
    FourRuns,
    Stage,
    Task,
    fresh_stage,
    openssl,
    public_key_of_certificate,
    public_key_of_private_key,
)

pytestmark = pytest.mark.xdist_group("aliyun_sslvpn_client_cert")

SERVER = "vss-emulator"
LIST = "DescribeSslVpnClientCerts"
KEY_CALL = "DescribeSslVpnClientCert"


MODES = {"c.crt": 0o644, "ca.crt": 0o644, "c.key": 0o600, "c.ovpn": 0o600}


def certificate(**options: t.Any) -> Task:
    """The certificate `ops` of the server, unless the options say otherwise."""
    if "ssl_vpn_client_cert_id" not in options:
        options = {"ssl_vpn_server_id": SERVER, "name": "ops", **options}
    return {"cncloud.certificates.aliyun_sslvpn_client_cert": options}


def listed(stage: Stage) -> list[dict[str, t.Any]]:
    """What the info module reads back."""
    turn = stage.turn({"cncloud.certificates.aliyun_sslvpn_client_cert_info": {"ssl_vpn_server_id": SERVER}})
    assert turn.operations() == [LIST]
    rows: list[dict[str, t.Any]] = turn.result.result["certificates"]
    return rows


def add(stage: Stage, name: str, days_left: float, id: str) -> None:
    one = {"name": name, "days_left": days_left, "id": id}
    stage.emulator.control("POST", "/state/aliyun", {"certificates": [one]})


def paths(folder: Path) -> dict[str, str]:
    names = {"config_path": "c.ovpn", "certificate_path": "c.crt", "private_key_path": "c.key", "ca_path": "ca.crt"}
    return {option: str(folder / name) for option, name in names.items()}


def result_of(runs: FourRuns) -> dict[str, t.Any]:
    return dict(runs.real.result.result)


class Lives(t.NamedTuple):
    """What became of several certificates of one server, in four runs of all of them and four more."""

    folder: Path
    first: dict[str, FourRuns]
    then: dict[str, FourRuns]
    rows: list[dict[str, t.Any]]
    """What the info module reads back in the end."""

    def ids(self, name: str) -> list[str]:
        return [row["id"] for row in self.rows if row["name"] == name]


@pytest.fixture(scope="module", name="lives", params=Way, ids=lambda way: way.name.lower())
def _lives(
    emulator_process: EmulatorProcess, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Lives:
    stage, way = fresh_stage(emulator_process, tmp_path_factory.mktemp("lives")), request.param
    due = str(stage.folder / "due.ovpn")
    many = str(stage.folder / "many.ovpn")
    add(stage, "due", 400, "vsc-due")
    stage.turn(certificate(name="due", config_path=due), way=way)
    assert Path(due).read_text().startswith("# cncloud: vsc-due\n")
    stage.emulator.control("POST", "/aliyun/certificates/vsc-due/age", {"days_left": 10})
    add(stage, "gone", 400, "vsc-gone")
    add(stage, "before", 400, "vsc-before")
    for number in range(3):
        add(stage, "many", number - 1.5, f"vsc-many{number}")
    first = {
        "write": certificate(**paths(stage.folder)),
        "rotate": certificate(name="due", config_path=due),
        "absent": certificate(name="gone", state="absent"),
        "rename": certificate(ssl_vpn_client_cert_id="vsc-before", name="after"),
    }
    then = {
        "superseded": certificate(name="due", config_path=due, delete_superseded=True),
        "many": certificate(name="many", config_path=many, delete_superseded=True),
    }
    runs = [{name: each.checked() for name, each in stage.rounds(tasks, way=way).items()} for tasks in (first, then)]
    return Lives(stage.folder, runs[0], runs[1], listed(stage))


def test_four_runs_and_the_files_that_they_leave(lives: Lives) -> None:
    runs, folder = lives.first["write"], lives.folder
    assert runs.real.writes() == ["CreateSslVpnClientCert"]
    assert runs.real.operations().count(KEY_CALL) == 1
    for turn in (runs.predicted_again, runs.real_again):
        assert turn.operations() == [LIST]
    (row,) = (row for row in lives.rows if row["name"] == "ops")
    shown = result_of(runs)["certificate"]
    assert (row["id"], row["status"], row["days_left"]) == (shown["id"], "normal", 1094)
    first = f"# cncloud: {row['id']}"
    assert (folder / "c.crt").read_text().splitlines()[0] == first
    assert public_key_of_certificate(folder / "c.crt") == public_key_of_private_key(folder / "c.key")
    assert openssl("verify", "-CAfile", folder / "ca.crt", folder / "c.crt").endswith(": OK\n")
    check_configuration(folder / "c.ovpn", first=first, folder=folder)
    assert {name: stat.S_IMODE((folder / name).stat().st_mode) for name in MODES} == MODES


def check_configuration(path: Path, *, first: str, folder: Path) -> None:
    """Complete in itself, and OpenSSL finds that its three parts belong together."""
    text = path.read_text()
    assert text.splitlines()[0] == first
    outside = re.sub(r"(?s)<(ca|cert|key)>.*?</\1>\n", "", text)
    assert not re.search(r"(?m)^\s*(ca|cert|key|pkcs12)\b", outside)
    assert re.search(r"(?m)^remote 192\.0\.2\.10 1194$", outside)
    parts = folder / "parts"
    parts.mkdir(exist_ok=True)
    for tag in ("ca", "cert", "key"):
        found = re.search(rf"(?s)<{tag}>\n(.*?)</{tag}>", text)
        assert found is not None, tag
        (parts / tag).write_text(found.group(1))
    assert public_key_of_certificate(parts / "cert") == public_key_of_private_key(parts / "key")
    assert openssl("verify", "-CAfile", parts / "ca", parts / "cert").endswith(": OK\n")


def test_rotation_leaves_both_and_the_file_holds_the_new_one(lives: Lives) -> None:
    runs = lives.first["rotate"]
    new = result_of(runs)["certificate"]["id"]
    assert runs.real.writes() == ["CreateSslVpnClientCert"]
    assert new != "vsc-due"
    assert (lives.folder / "due.ovpn").read_text().startswith(f"# cncloud: {new}\n")
    assert [row["id"] for row in result_of(runs)["superseded"]] == ["vsc-due"]
    ended = lives.then["superseded"]
    assert ended.real.writes() == ["DeleteSslVpnClientCert"]
    assert lives.ids("due") == [new]


def test_superseded_ones_go_one_at_a_time_after_the_files(lives: Lives) -> None:
    runs = lives.then["many"]
    operations = runs.real.operations()
    assert runs.real.writes() == ["CreateSslVpnClientCert", *["DeleteSslVpnClientCert"] * 3]
    assert operations.index(KEY_CALL) < operations.index("DeleteSslVpnClientCert")
    assert [call["code"] for call in runs.real.calls if call["write"]] == [None] * 4
    assert lives.ids("many") == [result_of(runs)["certificate"]["id"]]


def test_absent_in_four_runs(lives: Lives) -> None:
    runs = lives.first["absent"]
    assert runs.real.writes() == ["DeleteSslVpnClientCert"]
    assert runs.real_again.operations() == [LIST]
    assert result_of(runs)["certificate"] is None
    assert lives.ids("gone") == []


def test_rename_in_four_runs(lives: Lives) -> None:
    runs = lives.first["rename"]
    assert runs.real.writes() == ["ModifySslVpnClientCert"]
    assert runs.real_again.operations() == [LIST]
    assert (lives.ids("before"), lives.ids("after")) == ([], ["vsc-before"])


def test_present_absent_present_ends_with_a_living_one(stage: Stage) -> None:
    ids = set()
    for state in ("present", "absent", "present"):
        turn = stage.turn(certificate(state=state))
        assert turn.changed, turn.run.output
        ids |= {row["id"] for row in listed(stage)}
    assert len(ids) == 2
    (row,) = listed(stage)
    assert row["status"] == "normal"


def test_lost_answer_and_a_rerun_make_one_certificate(stage: Stage) -> None:
    match = {"operation": "CreateSslVpnClientCert"}
    stage.emulator.control("POST", "/faults", {"kind": "lost_answer", "match": match})
    lost = stage.turn({**certificate(retries=0), "ignore_errors": True})
    assert lost.result.result["error"]["kind"] == "network", lost.run.output
    again = stage.turn(certificate())
    assert [row["id"] for row in listed(stage)] == [again.result.result["certificate"]["id"]]


def test_two_at_once_on_one_gateway_both_succeed(stage: Stage) -> None:
    hosts = {name: {"vpn_name": name} for name in ("ann", "bob")}
    run = stage.play([{"name": "both", **certificate(name="{{ vpn_name }}")}], hosts=hosts)
    for host in hosts:
        assert run.of("both", host=host).status == "ok", run.output
    assert {row["name"] for row in listed(stage)} == set(hosts)


def test_two_machines_at_once_make_one_certificate(stage: Stage) -> None:
    """Neither sees the other's locks, nor what the other has made: only the token says that it is the same."""
    setting = stage.setting(environ={"CNCLOUD_CERTIFICATES_PACE": "5"})
    playbook = stage.folder / "play.yml"
    task = {"name": "create", **certificate(config_path="{{ playbook_dir }}/{{ machine }}.ovpn")}
    playbook.write_text(play_text([task], play=setting.play))
    # While time stands still, the list shows nothing new.
    stage.emulator.control("POST", "/clock", {"freeze": True})
    stage.forget_calls()
    processes = {}
    for machine in ("one", "two"):
        folder = stage.folder / machine
        folder.mkdir()
        own = dataclasses.replace(setting, hosts={"localhost": {"machine": machine}})
        lines = folder / "results.jsonl"
        processes[lines] = start_playbook(playbook, folder=folder, setting=own, lines=lines)
    try:
        wait_until(lambda: len(creations(stage)) == 2)
    finally:
        stage.emulator.control("POST", "/clock", {"freeze": False, "advance": 60})
        outputs = [process.communicate(timeout=LONGEST)[0] for process in processes.values()]
    results = [result.result for lines in processes for result in read_results(lines)]
    assert [result["changed"] for result in results] == [True, True], outputs
    first, second = creations(stage)
    assert first["request"]["ClientToken"] == second["request"]["ClientToken"]
    (row,) = listed(stage)
    assert {result["certificate"]["id"] for result in results} == {row["id"]}
    assert (stage.folder / "one.ovpn").read_text() == (stage.folder / "two.ovpn").read_text()


def creations(stage: Stage) -> list[Call]:
    """The calls that created something, or got what an earlier one had created."""
    return [
        call
        for call in stage.emulator.log()
        if call["operation"] == "CreateSslVpnClientCert" and call["executed"] and call["code"] is None
    ]
