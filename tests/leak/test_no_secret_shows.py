# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No key, password or token shows: not at -vvvv, in diffs, results, failures, logs, caches or left-over files.

Every secret of a run is a canary. After the run, all that Ansible printed, logged, cached and left behind is searched
for it, in each form in which it could come back.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import typing as t
from pathlib import Path

import pytest
from integration.both_ways import PlaybookRun, Way
from integration.stage import Stage
from leak.search import Search, forms

WAYS = pytest.mark.parametrize("way", list(Way), ids=lambda way: way.name.lower())
CANARIES = {
    "wrong_key": "canary-of-a-wrong-secret-key-0123456789",
    "token": "canary-of-a-security-token-0123456789",
    "mistyped": "canary-of-an-option-of-the-wrong-type",
}
"""Also variables of the plays, since core shows the source of a task that fails: nobody writes a secret there."""


def everywhere(stage: Stage) -> dict[str, str]:
    """Makes Ansible write as much as it can."""
    return {
        "ANSIBLE_LOG_PATH": str(stage.folder / "ansible.log"),
        "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(stage.folder / "facts"),
        "ANSIBLE_DIFF_ALWAYS": "1",
        "ANSIBLE_INJECT_INVOCATION": "1",
        "ANSIBLE_DISPLAY_TRACEBACK": "always",
        "TMPDIR": str(_temporary(stage)),
    }


def _temporary(stage: Stage) -> Path:
    """A folder for temporary files whose path is short: Ansible makes a socket in it."""
    folder = Path(tempfile.gettempdir()) / f"leak-{hashlib.sha256(str(stage.folder).encode()).hexdigest()[:12]}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def search(stage: Stage, run: PlaybookRun, *, kept: t.Iterable[Path] = ()) -> Search:
    """Look for every secret of the run in what it printed and in each file that it left."""
    keys = {f"private key {path.name}": path.read_text() for path in kept}
    clouds = {name: given[0]["secret"] for name, given in stage.emulator.info["credentials"].items()}
    secrets = {**{f"secret key of {name}": secret for name, secret in clouds.items()}, **CANARIES, **keys}
    found = Search(secrets=secrets, kept=frozenset({*kept, stage.folder / "canaries.json"}))
    found.text("the output", run.output)
    found.folder(stage.folder)
    found.folder(_temporary(stage))
    shutil.rmtree(_temporary(stage))
    return found


def a_life(stage: Stage) -> list[dict[str, t.Any]]:
    """Every module once, with success."""
    return [
        {
            "name": "issue",
            "cncloud.certificates.tencent_free_cert": {
                "domain": "api.example.com",
                "dv_auth_method": "dns_auto",
                "certificate_path": f"{stage.folder}/api.pem",
                "fullchain_path": f"{stage.folder}/api.full.pem",
                "private_key_path": f"{stage.folder}/api.key",
            },
        },
        {"name": "list", "cncloud.certificates.tencent_cert_info": {"domain": "api.example.com"}},
        {
            "name": "record",
            "cncloud.certificates.tencent_dns_record": {
                "zone": "example.com",
                "name": "_dnsauth",
                "type": "TXT",
                "value": "proof",
            },
        },
        {
            "name": "record in AliDNS",
            "cncloud.certificates.aliyun_dns_record": {
                "zone": "aliyun.example.net",
                "name": "_dnsauth",
                "type": "TXT",
                "value": "proof",
            },
        },
        {
            "name": "record in Huawei Cloud DNS",
            "cncloud.certificates.huawei_dns_record": {
                "name": "_dnsauth.huawei.example.org",
                "type": "TXT",
                "value": "proof",
            },
        },
        {
            "name": "bind",
            "cncloud.certificates.huawei_apig_domain_cert": {
                "instance_id": "i-emulator",
                "group": "demo",
                "domain": "api.example.com",
                "certificate_path": f"{stage.folder}/api.full.pem",
                "private_key_path": f"{stage.folder}/api.key",
            },
        },
        {
            "name": "bind the text",
            "cncloud.certificates.huawei_apig_domain_cert": {
                "instance_id": "i-emulator",
                "group": "demo",
                "domain": "api.example.com",
                "certificate": f"{{{{ lookup('file', '{stage.folder}/api.full.pem') }}}}",
                "private_key": f"{{{{ lookup('file', '{stage.folder}/api.key') }}}}",
            },
        },
        {"name": "list bound", "cncloud.certificates.huawei_apig_cert_info": {"instance_id": "i-emulator"}},
        {
            "name": "look",
            "cncloud.certificates.served_cert_info": {
                "host": "api.example.com",
                "connect_to": f"{stage.emulator.info['edge_host']}:{stage.emulator.info['edge_port']}",
            },
        },
    ]


def failures(stage: Stage) -> list[dict[str, t.Any]]:
    """What goes wrong with a secret in hand: refused keys, keys that do not fit, options of the wrong type."""
    key = f"{{{{ lookup('file', '{stage.folder}/api.key') }}}}"
    wrong, token, mistyped = (f"{{{{ {name} }}}}" for name in CANARIES)
    listing = "cncloud.certificates.tencent_cert_info"
    gateway = {"instance_id": "i-emulator", "group": "demo", "domain": "api.example.com"}
    bind = "cncloud.certificates.huawei_apig_domain_cert"
    alidns = "cncloud.certificates.aliyun_dns_record"
    record = {"zone": "aliyun.example.net", "name": "_dnsauth", "type": "TXT", "value": "proof"}
    huawei = "cncloud.certificates.huawei_dns_record"
    at_huawei = {"name": "_dnsauth.huawei.example.org", "type": "TXT", "value": "proof"}
    tasks: list[dict[str, t.Any]] = [
        {listing: {"secret_id": "AKIDWRONG", "secret_key": wrong}},
        {listing: {"secret_id": "AKIDEMULATOR0000000000000000000000001", "secret_key": wrong, "token": token}},
        {listing: {"secret_id": "AKIDWRONG", "secret_key": f" {wrong} "}},
        {listing: {"secret_key": mistyped}},
        {listing: {"secret_key": [mistyped], "retries": "many"}},
        {listing: {"secret_id": "x", "secret_key": mistyped, "no_such_option": 1}},
        {alidns: {**record, "access_key_id": "LTAIWRONG", "access_key_secret": wrong}},
        {alidns: {**record, "access_key_id": "LTAIEMULATOR00000001", "access_key_secret": wrong}},
        {alidns: {**record, "access_key_id": "STS.WRONG", "access_key_secret": wrong, "security_token": token}},
        {alidns: {**record, "access_key_id": "x", "access_key_secret": mistyped, "no_such_option": 1}},
        {huawei: {**at_huawei, "access_key": "WRONGDNS", "secret_key": wrong}},
        {huawei: {**at_huawei, "access_key": "EMULATORHUAWEIAK0001", "secret_key": wrong, "security_token": token}},
        {huawei: {**at_huawei, "access_key": "x", "secret_key": mistyped, "no_such_option": 1}},
        {bind: {**gateway, "access_key": "WRONG", "secret_key": wrong, "certificate": "x", "private_key": key}},
        {
            bind: {
                **gateway,
                "access_key": "EMULATORHUAWEIAK0001",
                "secret_key": wrong,
                "security_token": token,
                "certificate_path": f"{stage.folder}/api.full.pem",
                "private_key": key,
            }
        },
        {bind: {**gateway, "certificate_path": f"{stage.folder}/api.key", "private_key": key}},
        {bind: {**gateway, "domain": "other.example.com", "certificate": key, "private_key": key}},
        {bind: {**gateway, "certificate": key, "private_key": key, "state": "gone"}},
    ]
    return [{"name": f"failure {number}", "ignore_errors": True, **task} for number, task in enumerate(tasks)]


@WAYS
@pytest.mark.parametrize("arguments", [("-vvvv", "--check", "--diff"), ("-vvvv", "--diff")], ids=["check", "real"])
def test_success(stage: Stage, way: Way, arguments: tuple[str, ...]) -> None:
    tasks = a_life(stage)
    if "--check" in arguments:
        stage.play(tasks)
        stage.emulator.control("POST", "/reset")
        stage.add_domain("api.example.com")
        tasks = tasks[:-1]  # nothing is served of what is only predicted
    run = stage.play(tasks, *arguments, way=way, environ=everywhere(stage))
    assert [each.status for each in run.results] == ["ok"] * len(tasks), run.output
    found = search(stage, run, kept=[stage.folder / "api.key"])
    assert found.found == []
    assert found.places > 5


@WAYS
def test_failure(stage: Stage, way: Way) -> None:
    stage.play(a_life(stage)[:1])
    tasks = failures(stage)
    canaries = stage.folder / "canaries.json"
    canaries.write_text(json.dumps(CANARIES))
    run = stage.play(tasks, "-vvvv", "--diff", "-e", f"@{canaries}", way=way, environ=everywhere(stage))
    assert [each.status for each in run.results] == ["ignored"] * len(tasks), run.output
    assert search(stage, run, kept=[stage.folder / "api.key"]).found == []


def test_role(stage: Stage) -> None:
    certificate = {
        "domain": "api.example.com",
        "certificate_path": f"{stage.folder}/api.pem",
        "private_key_path": f"{stage.folder}/api.key",
        "bindings": [
            {
                "instance_id": "i-emulator",
                "group": "demo",
                "connect_to": f"{stage.emulator.info['edge_host']}:{stage.emulator.info['edge_port']}",
            }
        ],
    }
    role = [{"ansible.builtin.import_role": {"name": "cncloud.certificates.issue_and_bind"}}]
    variables = stage.folder / "variables.json"
    variables.write_text(json.dumps({"issue_and_bind_certificates": [certificate]}))
    arguments = ("-vvvv", "--diff", "-e", f"@{variables}")
    run = stage.play(role, *arguments, environ=everywhere(stage))
    assert run.returncode == 0, run.output
    assert search(stage, run, kept=[stage.folder / "api.key"]).found == []


def test_the_search_finds_what_is_there(stage: Stage) -> None:
    """A search that cannot fail would prove nothing: a debug task shows a key, and is found out."""
    stage.play(a_life(stage)[:1])
    shown = {"ansible.builtin.debug": {"msg": f"{{{{ lookup('file', '{stage.folder}/api.key') }}}}"}}
    run = stage.play([shown], environ=everywhere(stage))
    found = search(stage, run, kept=[stage.folder / "api.key"]).found
    assert "private key api.key in the output" in found
    assert "private key api.key in ansible.log" in found


def test_forms() -> None:
    lines = ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", "BKcwggSjAgEAAoIBAQC7"]
    pem = "\n".join(["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----", ""])
    found = forms(pem)
    assert b"BKcwggSjAgEAAoIBAQC7" in found
    assert b"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7" in found
    assert json.dumps(pem)[1:-1].strip().encode() in found
