# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A play cannot tell whether the modules ran inside Ansible's worker or as modules."""

from __future__ import annotations

import json
import re
import shutil
import typing as t
from pathlib import Path

import pytest
from emulator.process import EmulatorProcess
from integration.both_ways import PlaybookRun, TaskResult, Way, differences
from integration.stage import Call, Stage, Task, fresh_stage

pytestmark = pytest.mark.xdist_group("both_ways")

FREE_CERT = "cncloud.certificates.tencent_free_cert"
RECORD = "cncloud.certificates.tencent_dns_record"
DOMAIN_CERT = "cncloud.certificates.huawei_apig_domain_cert"
CLIENT_CERT = "cncloud.certificates.aliyun_sslvpn_client_cert"
DOMAIN = "api.example.com"
VARIABLES = ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK")
VOLATILE = (
    # What a cloud makes up at each run: ids, fingerprints, serial numbers, proofs and times.
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "<time>"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "<uuid>"),
    (re.compile(r"\b_?[0-9a-f]{30,64}\b"), "<hex>"),
    (re.compile(r"_[0-9a-f]{8}\b"), "_<hex>"),
    (re.compile(r"\b[0-9a-f]{10}\b"), "<hex>"),
    (re.compile(r"\bvsc-[0-9a-z]{20,}\b"), "<vsc>"),
)


def bind(**options: t.Any) -> Task:
    return {DOMAIN_CERT: {"instance_id": "i-emulator", "group": "demo", "domain": DOMAIN, **options}}


def chain(stage: Stage) -> list[Task]:
    """From nothing to a certificate that is served and taken away again; failures, a loop, check mode on a task."""
    environment = {name: stage.environ()[name] for name in VARIABLES}
    paths = {f"{kind}_path": str(stage.folder / f"{kind}.pem") for kind in ("fullchain", "private_key")}
    files = {"certificate_path": paths["fullchain_path"], "private_key_path": paths["private_key_path"]}
    info = stage.emulator.info
    return [
        # The keys are the task's own, and `~` is the home folder of whoever runs it.
        {"name": "order", FREE_CERT: {"domain": DOMAIN, **paths}, "environment": environment, "diff": True},
        {
            "name": "order into a home folder",
            FREE_CERT: {"domain": "home.example.com", "fullchain_path": "~/home.pem", "private_key_path": "~/home.key"},
        },
        {"name": "prediction", FREE_CERT: {"domain": "new.example.com"}, "check_mode": True, "diff": True},
        {
            "name": "records",
            RECORD: {"zone": "example.com", "name": "_{{ item }}", "type": "TXT", "value": "proof"},
            "loop": ["a", "b", "a"],
            "diff": True,
        },
        {"name": "bind", **bind(**files), "environment": environment, "diff": True},
        {
            "name": "served",
            "cncloud.certificates.served_cert_info": {
                "host": DOMAIN,
                "connect_to": f"{info['edge_host']}:{info['edge_port']}",
                # Relative to the playbook.
                "ca_bundle": "roots.pem",
                "validate_certs": True,
                "wait": False,
            },
        },
        {"name": "wrong key", "ignore_errors": True, **bind(**files, access_key="WRONG", secret_key="wrong-secret")},
        {"name": "no such option", "ignore_errors": True, **bind(**files, certificat="x")},
        {"name": "no such gateway", "ignore_errors": True, **bind(**{**files, "instance_id": "0" * 32})},
        {"name": "relative path", "ignore_errors": True, **bind(**{**files, "certificate_path": "fullchain.pem"})},
        {"name": "judged by the play", "failed_when": "result.changed", "register": "result", **bind(**files)},
        {"name": "unbind", **bind(state="absent"), "diff": True},
        {
            "name": "client",
            CLIENT_CERT: {"ssl_vpn_server_id": "vss-emulator", "name": "ops", "config_path": "~/ops.ovpn"},
            "diff": True,
        },
        {
            "name": "client gone",
            CLIENT_CERT: {"ssl_vpn_server_id": "vss-emulator", "name": "ops", "state": "absent"},
            "diff": True,
        },
    ]


def reads(stage: Stage) -> list[Task]:
    return [
        {"name": "tencent list", "cncloud.certificates.tencent_cert_info": {"expires_within_days": 400}},
        {
            "name": "huawei list",
            "cncloud.certificates.huawei_apig_cert_info": {"instance_id": "i-emulator", "with_details": True},
        },
        {"name": "aliyun list", "cncloud.certificates.aliyun_sslvpn_client_cert_info": {"status": ["expired"]}},
        {"name": "order again", FREE_CERT: {"domain": DOMAIN, "fullchain_path": str(stage.folder / "fullchain.pem")}},
    ]


class Runs(t.NamedTuple):
    chain: dict[Way, PlaybookRun]
    chain_calls: dict[Way, list[Call]]
    packages: dict[Way, set[str]]
    """The modules of this collection that were packed and started."""
    reads: dict[Way, PlaybookRun]


@pytest.fixture(scope="module", name="runs")
def _runs(emulator_process: EmulatorProcess, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """The same tasks in fresh worlds and one folder; then tasks that only read, in the world of the last."""
    folder = tmp_path_factory.mktemp("both")
    kept = {"ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_REMOTE_TMP": str(folder / "tmp")}
    runs, calls, packages = {}, {}, {}
    for way in Way:
        stage = fresh_stage(emulator_process, folder)
        stage.emulator.control("POST", "/huawei/unlock")
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copy(emulator_process.info["ca_bundle"], folder / "roots.pem")
        runs[way] = stage.play(chain(stage), way=way, environ=kept)
        calls[way] = stage.emulator.log()
        packages[way] = {path.stem.removeprefix("AnsiballZ_") for path in folder.rglob("AnsiballZ_*.py")}
    stage = Stage(emulator_process, folder)
    return Runs(runs, calls, packages, {way: stage.play(reads(stage), way=way) for way in Way})


def steady(run: PlaybookRun, *, volatile: bool) -> PlaybookRun:
    """Without the ids of calls, whose number depends on time where a task waits; with `volatile` without all such."""

    def plain(value: t.Any) -> t.Any:
        if isinstance(value, dict):
            return {name: plain(item) for name, item in value.items() if name not in ("request_ids", "request_id")}
        return [plain(item) for item in value] if isinstance(value, list) else value

    def blurred(result: dict[str, t.Any]) -> dict[str, t.Any]:
        text = json.dumps(plain(result))
        for pattern, word in VOLATILE if volatile else ():
            text = pattern.sub(word, text)
        ids = re.findall(r'"id": "([A-Za-z0-9]{8})"', text) if volatile else []
        for one in ids:
            text = text.replace(one, "<id>")
        return dict(json.loads(text))

    results = [TaskResult(each.task, each.host, each.status, blurred(each.result)) for each in run.results]
    return PlaybookRun(returncode=run.returncode, output=run.output, results=results)


def test_tasks_end_as_they_should(runs: Runs) -> None:
    for run in runs.chain.values():
        ends = {each.task: each.status for each in run.results}
        failed = {"wrong key", "no such option", "no such gateway", "relative path"}
        assert {task for task, status in ends.items() if status != "ok"} == failed, run.output
        assert len(ends) == 14


def test_chain_has_the_same_results(runs: Runs) -> None:
    here, there = (steady(runs.chain[way], volatile=True) for way in Way)
    assert differences(here, there) == []


def test_reads_have_the_same_results_to_the_letter(runs: Runs) -> None:
    here, there = (steady(runs.reads[way], volatile=False) for way in Way)
    assert differences(here, there) == []


def test_both_ways_write_the_same(runs: Runs) -> None:
    here, there = (
        [call["operation"] for call in runs.chain_calls[way] if call["write"]] for way in (Way.IN_PROCESS, Way.MODULE)
    )
    assert here == there != []


def test_variable_decides_the_way(runs: Runs) -> None:
    modules = {
        *("tencent_free_cert", "tencent_dns_record", "huawei_apig_domain_cert", "aliyun_sslvpn_client_cert"),
        "served_cert_info",
    }
    assert runs.packages == {Way.IN_PROCESS: set(), Way.MODULE: modules}


def test_home_folder_is_that_of_the_run(runs: Runs) -> None:
    for run in runs.chain.values():
        for file in run.of("order into a home folder").result["files"]:
            assert Path(file).parent.name == "home"


def test_relative_bundle_is_found_beside_the_playbook(runs: Runs) -> None:
    for run in runs.chain.values():
        assert run.of("served").result["served"]["verified"] is True
