# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret of a source of keys shows: of a profile, a program, a server, the metadata, a pod, a password, a token.

The keys that the sources give are canaries: a server of the test's own hands them out, and the emulated clouds refuse
them. With those of the emulator the sources work, and its tokens and password are looked for too.
"""

from __future__ import annotations

import json
import shutil
import sys
import typing as t
from pathlib import Path

import pytest
from integration.both_ways import Way
from integration.stage import Stage
from integration.test_key_sources import MODULES, NO_KEYS, OIDC_TOKEN, USER, cases
from leak.run import everywhere, temporary_folder
from leak.search import Search
from unit.key_peer import KeyPeer, key_peer

# Sources are the same code both ways; `test_every_option` has those that work in both, and a started module costs time.
HERE = pytest.mark.parametrize("way", [Way.IN_PROCESS], ids=["in-process"])
CANARIES = {
    name: f"canary-of-{name}-0123456789abcdef"
    for name in (
        "option-auth-token",
        "option-password",
        "profile-secret",
        "profile-token",
        "program-secret",
        "program-token",
        "server-secret",
        "server-token",
        "metadata-token",
        "metadata-secret",
        "pod-token",
        "pod-secret",
        "environment-password",
    )
}


def answer_with_canaries(peer: KeyPeer) -> None:
    """What metadata and servers of all clouds answer; the keys last long."""
    secret, token = CANARIES["metadata-secret"], CANARIES["server-token"]
    aliyun = {"AccessKeyId": "STS.canary", "SecurityToken": token, "Expiration": "2099-01-01T00:00:00Z"}
    aliyun_roles = "/latest/meta-data/ram/security-credentials/"
    tencent_roles = "/latest/meta-data/cam/security-credentials/"
    tencent = {"TmpSecretId": "AKIDcanary", "TmpSecretKey": secret, "Token": token, "ExpiredTime": 4070908800}
    huawei = {"access": "AKCANARY", "securitytoken": token, "expires_at": "2099-01-01T00:00:00.000000Z"}
    peer.answers = {
        ("PUT", "/latest/api/token"): (200, CANARIES["metadata-token"]),
        ("GET", aliyun_roles): (200, "canary"),
        ("GET", f"{aliyun_roles}canary"): (200, {"Code": "Success", **aliyun, "AccessKeySecret": secret}),
        ("GET", tencent_roles): (200, "canary"),
        ("GET", f"{tencent_roles}canary"): (200, {"Code": "Success", **tencent}),
        ("PUT", "/meta-data/latest/api/token"): (200, CANARIES["metadata-token"]),
        ("GET", "/openstack/latest/securitykey"): (200, {"credential": {**huawei, "secret": secret}}),
        ("GET", "/server"): (200, {"Code": "Success", **aliyun, "AccessKeySecret": CANARIES["server-secret"]}),
        ("POST", "/pod"): (200, {"credential": {**huawei, "secret": CANARIES["pod-secret"]}}),
        ("GET", "/broken"): (200, f"<html>{CANARIES['server-secret']}</html>"),
    }


def write_profiles(stage: Stage, peer: KeyPeer) -> list[Path]:
    """Profiles that hold canaries, or lead to them."""
    key = {"access_key_id": "STS.canary", "access_key_secret": CANARIES["profile-secret"]}
    printed = {"mode": "StsToken", "access_key_id": "STS.canary", "access_key_secret": CANARIES["program-secret"]}
    program = stage.folder / "print_key.py"
    program.write_text(f"print({json.dumps(json.dumps({**printed, 'sts_token': CANARIES['program-token']}))})\n")
    broken = stage.folder / "print_broken.py"
    broken.write_text(f"print('{CANARIES['program-secret']}'); raise SystemExit(1)\n")
    role = {"ram_role_arn": "acs:ram::1:role/x"}
    profiles: list[dict[str, t.Any]] = [
        {"name": "token", "mode": "StsToken", **key, "sts_token": CANARIES["profile-token"]},
        {"name": "half", "mode": "StsToken", **key},
        {"name": "role", "mode": "RamRoleArn", **key, "sts_token": CANARIES["profile-token"], **role},
        {"name": "program", "mode": "External", "process_command": f"{sys.executable} {program}"},
        {"name": "broken-program", "mode": "External", "process_command": f"{sys.executable} {broken}"},
        {"name": "server", "mode": "CredentialsURI", "credentials_uri": f"{peer.url}/server"},
        {"name": "broken-server", "mode": "CredentialsURI", "credentials_uri": f"{peer.url}/broken"},
    ]
    secret, token = CANARIES["profile-secret"], CANARIES["profile-token"]
    files = {
        ".aliyun/config.json": json.dumps({"profiles": profiles}),
        ".alibabacloud/credentials.ini": f"[x]\n{secret}\n",
        ".tccli/x.credential": json.dumps({"secretId": "AKIDcanary", "secretKey": secret, "token": token}),
        ".tccli/broken.credential": f'{{"secretKey": "{secret}"',
        ".huaweicloud/credentials": f"[x]\nak = AKCANARY\nsk = {secret}\nsecurity_token = {token}\n",
        "pod-token": CANARIES["pod-token"],
    }
    paths = [program, broken]
    for name, text in files.items():
        path = stage.folder / "home" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        paths.append(path)
    return paths


def refused(stage: Stage, peer: KeyPeer) -> list[dict[str, t.Any]]:
    """Tasks that have a canary in hand when they fail."""
    metadata = {**NO_KEYS, "CNCLOUD_CERTIFICATES_METADATA": peer.url}
    pod = {
        "HW_USER_PASSWORD": "",
        "HC_CONTAINER_CREDENTIALS_FULL_URI": f"{peer.url}/pod",
        "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(stage.folder / "home" / "pod-token"),
    }
    password = {"HW_USER_NAME": "x", "HW_DOMAIN_NAME": "y"}
    option_password = f"{{{{ {_variable('option-password')} }}}}"
    option_token = f"{{{{ {_variable('option-auth-token')} }}}}"
    rows: list[tuple[str, dict[str, t.Any], dict[str, str]]] = [
        *(
            ("aliyun", {"profile": name}, NO_KEYS)
            for name in (
                "token",
                "half",
                "role",
                "program",
                "broken-program",
                "server",
                "broken-server",
                "x",
            )
        ),
        *((cloud, {"instance_role": True}, metadata) for cloud in MODULES),
        ("tencent", {"profile": "x"}, NO_KEYS),
        ("tencent", {"profile": "broken"}, NO_KEYS),
        ("tencent", {"profile": "x", "assume_role": {"role_arn": "qcs::cam::uin/1:roleName/x"}}, NO_KEYS),
        ("huawei", {"profile": "x"}, NO_KEYS),
        ("huawei", {}, {**NO_KEYS, **pod}),
        ("huawei", {}, {**NO_KEYS, **password}),
        ("huawei", {"user_name": "x", "user_domain_name": "y", "password": option_password}, NO_KEYS),
        ("huawei", {"user_name": "x", "password": option_password}, NO_KEYS),
        ("huawei", {"user_name": "x", "password": [option_password], "retries": "many"}, NO_KEYS),
        ("huawei", {"auth_token": option_token}, NO_KEYS),
        ("huawei", {"auth_token": option_token, "profile": "x"}, NO_KEYS),
        ("huawei", {"auth_token": option_token, "no_such_option": 1}, NO_KEYS),
    ]
    tasks = []
    for number, (cloud, options, environ) in enumerate(rows):
        ((module, own),) = MODULES[cloud].items()
        task = {module: {**own, **options}, "environment": environ, "ignore_errors": True}
        tasks.append({"name": f"failure {number}", **task})
    return tasks


def _variable(name: str) -> str:
    return name.replace("-", "_")


@HERE
def test_canaries_of_all_sources(stage: Stage, way: Way) -> None:
    with key_peer() as peer:
        answer_with_canaries(peer)
        kept = write_profiles(stage, peer)
        tasks = refused(stage, peer)
        if way is Way.MODULE:
            tasks = tasks[::4]  # an interpreter each: what is made of a source is the same code
        # The source of a task that fails is shown by core: nobody writes a secret there, so it is a variable here.
        variables = stage.folder / "variables.json"
        variables.write_text(json.dumps({_variable(name): value for name, value in CANARIES.items()}))
        # Core shows the `environment:` of a task at -vvv, so a secret is in that of the process.
        environ = {**everywhere(stage), "HW_USER_PASSWORD": CANARIES["environment-password"]}
        run = stage.play(tasks, "-vvvv", "--diff", "-e", f"@{variables}", way=way, environ=environ)
    assert [each.status for each in run.results] == ["ignored"] * len(tasks), run.output
    if way is Way.IN_PROCESS:
        assert {asked.path for asked in peer.asked} >= {"/server", "/pod", "/broken", "/openstack/latest/securitykey"}
    assert search(stage, run.output, secrets=CANARIES, kept=[*kept, variables]) == []


@HERE
def test_sources_that_work(stage: Stage, way: Way) -> None:
    wanted = {
        name: case for name, case in cases(stage).items() if case.made_by or case.options.get("profile") == "program"
    }
    variables = stage.folder / "variables.json"
    variables.write_text(json.dumps({"the_password": USER["password"]}))
    tasks = [{"name": name, **case.task()} for name, case in wanted.items()]
    if way is Way.MODULE:
        tasks = tasks[::5]
    for task in tasks:
        for options in task.values():
            if isinstance(options, dict) and options.get("password"):
                options["password"] = "{{ the_password }}"
    run = stage.play(tasks, "-vvvv", "--diff", "-e", f"@{variables}", way=way, environ=everywhere(stage))
    assert {each.status for each in run.results} == {"ok"}, run.output
    clouds = {cloud: given[0]["secret"] for cloud, given in stage.emulator.info["credentials"].items()}
    secrets = {**clouds, "password": USER["password"], "identity": OIDC_TOKEN, "pod": "emulator-pod-token"}
    home = [path for path in (stage.folder / "home").rglob("*") if not {".ansible", ".cache"} & set(path.parts)]
    kept = [variables, stage.folder / "print_key.py", *home]
    assert search(stage, run.output, secrets=secrets, kept=kept) == []


def search(stage: Stage, output: str, *, secrets: dict[str, str], kept: list[Path]) -> list[str]:
    found = Search(secrets=secrets, kept=frozenset(kept))
    found.text("the output", output)
    found.folder(stage.folder)
    found.folder(temporary_folder(stage))
    shutil.rmtree(temporary_folder(stage))
    assert found.places > 5
    return found.found
