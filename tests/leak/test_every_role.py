# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every role and playbook: predicted, done, and failing. A role without a case fails a test."""

from __future__ import annotations

import collections.abc as c
import json
import typing as t
from pathlib import Path

import pytest
from integration.both_ways import run_playbook
from integration.stage import Stage
from leak.cases import CANARY, CHAIN, PASSWORD, SUBJECT, Options
from leak.run import Kept, everywhere, play_and_search, search_after

ROOT = Path(__file__).parents[2]
KEPT = ("variables.json", "*.key", "*.ovpn", "chain/client.key")
WRONG = CANARY.format(name="a-secret")
KEYS = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIWRONG",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": WRONG,
    "TENCENTCLOUD_SECRET_ID": "AKIDWRONG",
    "TENCENTCLOUD_SECRET_KEY": WRONG,
    "HUAWEICLOUD_SDK_AK": "WRONG",
    "HUAWEICLOUD_SDK_SK": WRONG,
}


def _issue_and_bind(stage: Stage) -> Options:
    info = stage.emulator.info
    edge = f"{info['edge_host']}:{info['edge_port']}"
    binding = {"instance_id": "i-emulator", "group": "demo", "connect_to": edge}
    paths = {"certificate_path": f"{stage.folder}/api.pem", "private_key_path": f"{stage.folder}/api.key"}
    return {"issue_and_bind_certificates": [{"domain": "api.example.com", **paths, "bindings": [binding]}]}


def _dns_proof(_stage: Stage) -> Options:
    record = {"record": "_dnsauth.huawei.example.org", "type": "TXT", "value": "proof", "provider": "huawei"}
    return {"dns_proof_records": [record]}


def _sslvpn_clients(stage: Stage) -> Options:
    people = [{"name": "ops"}]
    return {
        "sslvpn_clients_people": people,
        "sslvpn_clients_server_id": "vss-emulator",
        "sslvpn_clients_folder": str(stage.folder),
    }


def _esa_https(stage: Stage) -> Options:
    return {"esa_https_sites": [{"site": "example.com", "domains": ["www.example.com"]}]}


def _antchain_identity(stage: Stage) -> Options:
    folder = stage.folder / "chain"
    folder.mkdir(exist_ok=True)
    identity = {**CHAIN, "folder": str(folder), "subject": SUBJECT}
    return {"antchain_identity_identities": [identity], "antchain_identity_password": PASSWORD}


ROLES: dict[str, c.Callable[[Stage], Options]] = {
    "issue_and_bind": _issue_and_bind,
    "dns_proof": _dns_proof,
    "sslvpn_clients": _sslvpn_clients,
    "esa_https": _esa_https,
    "antchain_identity": _antchain_identity,
}


def variables_of(stage: Stage) -> Path:
    """The variables of all roles, and the endpoints that the playbooks take."""
    # What is given on the command line beats what a role gives to another one that it includes.
    own = [make for role, make in ROLES.items() if role != "dns_proof"]
    found: Options = {name: value for make in own for name, value in make(stage).items()}
    endpoint = stage.emulator.endpoint
    for role in ROLES:
        found[f"{role}_aliyun"] = found[f"{role}_tencent"] = {"endpoint": endpoint}
        found[f"{role}_huawei"] = {"endpoint": endpoint, "iam_endpoint": endpoint, "region": "cn-north-4"}
        found[f"{role}_esa"] = {"endpoint": endpoint}
    path = stage.folder / "variables.json"
    path.write_text(json.dumps(found))
    return path


def test_every_role_has_a_case() -> None:
    assert {path.name for path in (ROOT / "roles").iterdir() if path.is_dir()} == set(ROLES)
    assert {path.stem for path in (ROOT / "playbooks").glob("*.yml")} <= set(ROLES)


@pytest.mark.parametrize("arguments", [("--check",), ()], ids=["check", "real"])
def test_playbooks(stage: Stage, arguments: tuple[str, ...]) -> None:
    """All of them in one run."""
    first, *others = [f"cncloud.certificates.{path.stem}" for path in sorted((ROOT / "playbooks").glob("*.yml"))]
    given = ("-vvvv", "--diff", *arguments, "-e", f"@{variables_of(stage)}", *others)
    setting = stage.setting(*given, environ=everywhere(stage))
    run = run_playbook(Path(first), folder=stage.folder, setting=setting)
    assert run.returncode == 0, run.output[-3000:]
    kept = Kept(stage, KEPT)
    search = search_after(stage, run.output, secrets={"the password": PASSWORD}, kept=kept)
    assert search.found == []
    assert bool(kept.keys()) is not bool(arguments)


def test_roles_that_fail(stage: Stage) -> None:
    """With keys that the clouds refuse."""
    variables = variables_of(stage)
    tasks: list[dict[str, t.Any]] = [
        {
            "name": role,
            "block": [{"ansible.builtin.include_role": {"name": f"cncloud.certificates.{role}"}}],
            "vars": make(stage) if role == "dns_proof" else {},
            "rescue": [{"name": f"{role} failed", "ansible.builtin.debug": {"var": "ansible_failed_result"}}],
        }
        for role, make in ROLES.items()
    ]
    secrets = {"the password": PASSWORD, "a secret": WRONG}
    arguments = ("-vvvv", "--diff", "-e", f"@{variables}")
    run, search = play_and_search(stage, tasks, *arguments, environ=KEYS, secrets=secrets, kept=Kept(stage, KEPT))
    assert run.returncode == 0, run.output[-3000:]
    failed = {role for role in ROLES if any(each.task == f"{role} failed" for each in run.results)}
    assert failed == set(ROLES) - {"dns_proof"}  # that one tells of failures, and does not fail
    assert search.found == []
