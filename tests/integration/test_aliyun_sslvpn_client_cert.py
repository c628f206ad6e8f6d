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
from integration.both_ways import LONGEST, Way, play_text, read_results, start_playbook
from integration.role import wait_until
from integration.stage import (
    Call,
    FourRuns,
    Stage,
    Task,
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


@pytest.mark.parametrize("way", list(Way))
def test_four_runs_and_the_files_that_they_leave(stage: Stage, way: Way) -> None:
    runs = stage.four_runs(certificate(**paths(stage.folder)), way=way)
    assert runs.real.writes() == ["CreateSslVpnClientCert"]
    assert runs.real.operations().count(KEY_CALL) == 1
    for turn in (runs.predicted_again, runs.real_again):
        assert turn.operations() == [LIST]
    (row,) = listed(stage)
    shown = result_of(runs)["certificate"]
    assert (row["id"], row["name"], row["status"], row["days_left"]) == (shown["id"], "ops", "normal", 1094)
    certificate_path, key_path = stage.folder / "c.crt", stage.folder / "c.key"
    first = f"# cncloud: {row['id']}"
    assert certificate_path.read_text().splitlines()[0] == first
    assert public_key_of_certificate(certificate_path) == public_key_of_private_key(key_path)
    assert openssl("verify", "-CAfile", stage.folder / "ca.crt", certificate_path).endswith(": OK\n")
    check_configuration(stage.folder / "c.ovpn", first=first, folder=stage.folder)
    modes = {name: stat.S_IMODE((stage.folder / name).stat().st_mode) for name in MODES}
    assert modes == MODES


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


@pytest.mark.parametrize("way", list(Way))
def test_rotation_leaves_both_and_the_file_holds_the_new_one(stage: Stage, way: Way) -> None:
    add(stage, "ops", 400, "vsc-old")
    config = str(stage.folder / "ops.ovpn")
    stage.turn(certificate(config_path=config), way=way)
    assert Path(config).read_text().startswith("# cncloud: vsc-old\n")
    stage.emulator.control("POST", "/aliyun/certificates/vsc-old/age", {"days_left": 10})
    runs = stage.four_runs(certificate(config_path=config), way=way)
    new = result_of(runs)["certificate"]["id"]
    assert Path(config).read_text().startswith(f"# cncloud: {new}\n")
    assert {row["id"] for row in listed(stage)} == {"vsc-old", new}
    assert [row["id"] for row in result_of(runs)["superseded"]] == ["vsc-old"]
    ended = stage.four_runs(certificate(config_path=config, delete_superseded=True), way=way)
    assert ended.real.writes() == ["DeleteSslVpnClientCert"]
    assert [row["id"] for row in listed(stage)] == [new]


def test_superseded_ones_go_one_at_a_time_after_the_files(stage: Stage) -> None:
    for number in range(3):
        add(stage, "ops", number - 1.5, f"vsc-old{number}")
    config = str(stage.folder / "ops.ovpn")
    runs = stage.four_runs(certificate(config_path=config, delete_superseded=True))
    operations = runs.real.operations()
    assert runs.real.writes() == ["CreateSslVpnClientCert", *["DeleteSslVpnClientCert"] * 3]
    assert operations.index(KEY_CALL) < operations.index("DeleteSslVpnClientCert")
    assert [call["code"] for call in runs.real.calls if call["write"]] == [None] * 4
    assert len(listed(stage)) == 1


@pytest.mark.parametrize("way", list(Way))
def test_absent_in_four_runs(stage: Stage, way: Way) -> None:
    add(stage, "ops", 400, "vsc-a")
    runs = stage.four_runs(certificate(state="absent"), way=way)
    assert runs.real.writes() == ["DeleteSslVpnClientCert"]
    assert runs.real_again.operations() == [LIST]
    assert result_of(runs)["certificate"] is None
    assert listed(stage) == []


def test_present_absent_present_ends_with_a_living_one(stage: Stage) -> None:
    ids = set()
    for state in ("present", "absent", "present"):
        turn = stage.turn(certificate(state=state))
        assert turn.changed, turn.run.output
        ids |= {row["id"] for row in listed(stage)}
    assert len(ids) == 2
    (row,) = listed(stage)
    assert row["status"] == "normal"


@pytest.mark.parametrize("way", list(Way))
def test_rename_in_four_runs(stage: Stage, way: Way) -> None:
    add(stage, "before", 400, "vsc-a")
    runs = stage.four_runs(certificate(ssl_vpn_client_cert_id="vsc-a", name="after"), way=way)
    assert runs.real.writes() == ["ModifySslVpnClientCert"]
    assert runs.real_again.operations() == [LIST]
    assert [row["name"] for row in listed(stage)] == ["after"]


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
