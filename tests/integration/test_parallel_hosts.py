# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Eight hosts at once, after an inventory that made a call: each gets its own answers and nobody else's."""

from __future__ import annotations

import dataclasses

import pytest
from integration.both_ways import PlaybookRun, Way, run_tasks
from integration.in_process.probes import COLLECTIONS
from integration.stage import Call, Files, Stage, Task

pytestmark = pytest.mark.xdist_group("parallel_hosts")

HOSTS = [f"host{number}" for number in range(8)]
TASKS: list[Task] = [
    {
        "name": "inventory",
        "ansible.builtin.debug": {"var": "fetched_by_inventory.pace"},
    },
    {
        "name": "order",
        "cncloud.certificates.tencent_free_cert": {
            "domain": "{{ inventory_hostname }}.example.com",
            "alias": "{{ inventory_hostname }}",
            "fullchain_path": "{{ playbook_dir }}/{{ inventory_hostname }}.order.pem",
            "private_key_path": "{{ playbook_dir }}/{{ inventory_hostname }}.order.key",
        },
    },
    {
        "name": "look",
        "cncloud.certificates.tencent_cert_info": {"search": "{{ inventory_hostname }}.example.com"},
        "loop": [1, 2, 3],
    },
    {
        "name": "bind",
        "cncloud.certificates.huawei_apig_domain_cert": {
            "instance_id": "i-emulator",
            "group": "demo",
            "domain": "{{ inventory_hostname }}.example.com",
            "certificate_path": "{{ playbook_dir }}/{{ inventory_hostname }}.pem",
            "private_key_path": "{{ playbook_dir }}/{{ inventory_hostname }}.key",
        },
    },
]


@dataclasses.dataclass(frozen=True)
class Outcome:
    run: PlaybookRun
    calls: list[Call]
    files: dict[str, Files]
    stage: Stage


@pytest.fixture(scope="module", name="outcome")
def _outcome(shared_stage: Stage) -> Outcome:
    stage = shared_stage
    files = {}
    for host in HOSTS:
        stage.add_domain(f"{host}.example.com")
        files[host] = stage.make_certificate(host, names=[f"{host}.example.com"])
    source = stage.folder / "fetches.yml"
    source.write_text(f"plugin: cncloud_test.probe.fetches\nurl: {stage.emulator.endpoint}/_control/clock\n")
    setting = stage.setting(
        *("--forks", str(len(HOSTS))),
        environ={"ANSIBLE_INVENTORY_ENABLED": "ansible.builtin.yaml,cncloud_test.probe.fetches"},
        hosts={host: {} for host in HOSTS},
    )
    setting = dataclasses.replace(setting, collections=(COLLECTIONS,), inventories=(source,))
    stage.forget_calls()
    run = run_tasks(TASKS, way=Way.IN_PROCESS, folder=stage.folder, setting=setting)
    return Outcome(run, stage.emulator.log(), files, stage)


def test_all_hosts_succeed(outcome: Outcome) -> None:
    assert outcome.run.returncode == 0, outcome.run.output


def test_inventory_made_its_call_before(outcome: Outcome) -> None:
    for host in HOSTS:
        assert outcome.run.of("inventory", host=host).result["fetched_by_inventory.pace"] == 100


@pytest.mark.parametrize("host", HOSTS)
def test_host_gets_its_own_order(outcome: Outcome, host: str) -> None:
    certificate = outcome.run.of("order", host=host).result["certificate"]
    assert certificate["name"] == f"{host}.example.com"
    assert certificate["alias"] == host
    assert certificate["domains"] == [f"{host}.example.com"]


@pytest.mark.parametrize("host", HOSTS)
def test_host_sees_its_own_rows(outcome: Outcome, host: str) -> None:
    ordered = outcome.run.of("order", host=host).result["certificate"]["id"]
    for item in outcome.run.of("look", host=host).result["results"]:
        assert [row["id"] for row in item["certificates"]] == [ordered]


@pytest.mark.parametrize("host", HOSTS)
def test_host_binds_its_own_certificate(outcome: Outcome, host: str) -> None:
    assert outcome.run.of("bind", host=host).result["certificate"]["domains"] == [f"{host}.example.com"]
    assert outcome.stage.served(f"{host}.example.com") == outcome.files[host].sha256


def test_ids_of_calls_are_of_the_host_that_made_them(outcome: Outcome) -> None:
    told = [
        request_id
        for each in outcome.run.results
        for one in (each.result, *each.result.get("results", ()))
        for request_id in one.get("request_ids", ())
    ]
    assert sorted(told) == sorted(call["request_id"] for call in outcome.calls)
    assert len(set(told)) == len(told)


def test_gateway_that_takes_one_write_at_a_time_is_never_hurried(outcome: Outcome) -> None:
    writes = [call for call in outcome.calls if call["operation"] == "AssociateCertificateV2"]
    assert [call["code"] for call in writes] == [None] * len(HOSTS)
