# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The key of a chain's client, its password and the addresses of downloads show nowhere.

The password is a variable of the play, since core shows the source of a task that fails. The key is in its own file,
and while it was not put there, in the named file beside it.
"""

from __future__ import annotations

import json
import re
import shutil
import typing as t

import pytest
from integration.both_ways import Way
from integration.stage import Stage, openssl
from leak.search import Search
from leak.test_no_secret_shows import WAYS, _temporary, everywhere

MODULE = "cncloud.certificates.antchain_cert"
PASSWORD = "canary-of-a-password-of-a-key-0123456789"
CHAIN = {"consortium_id": "consortium-emulator", "ant_chain_id": "chain-emulator"}
SUBJECT = {
    "common_name": "settlement",
    "country": "CN",
    "state_or_province": "Zhejiang",
    "locality": "Hangzhou",
    "organization": "Example",
    "organizational_unit": "Operations",
}


def options(stage: Stage, **more: t.Any) -> dict[str, t.Any]:
    files = {"private_key_path": "client.key", "certificate_path": "client.crt", "ca_path": "ca.crt"}
    paths = {option: f"{stage.folder}/{name}" for option, name in files.items()}
    return {**CHAIN, **paths, "password": "{{ password }}", "subject": SUBJECT, **more}


def searched(stage: Stage, output: str, *, keys: tuple[str, ...]) -> Search:
    kept = frozenset(stage.folder / name for name in (*keys, "canaries.json"))
    secrets = {"the password": PASSWORD}
    for name in keys:
        if (stage.folder / name).is_file():
            text = (stage.folder / name).read_text()
            block = re.search(
                r"-----BEGIN ENCRYPTED PRIVATE KEY-----.*?-----END ENCRYPTED PRIVATE KEY-----", text, re.S
            )
            assert block is not None, name
            secrets[f"the key in {name}"] = block.group(0).replace("\\n", "\n")
    found = Search(secrets=secrets, kept=kept)
    found.text("the output", output)
    found.folder(stage.folder)
    found.folder(_temporary(stage))
    shutil.rmtree(_temporary(stage))
    assert "Signature=" not in output
    assert len(secrets) > 1
    return found


def plain_key(stage: Stage) -> str:
    """The key without its password, which shows nowhere at all."""
    return openssl("pkey", "-in", stage.folder / "client.key", "-passin", f"pass:{PASSWORD}")


@WAYS
@pytest.mark.parametrize("method", ["managed_key", "csr"])
def test_key_and_password(stage: Stage, way: Way, method: str) -> None:
    canaries = stage.folder / "canaries.json"
    canaries.write_text(json.dumps({"password": PASSWORD}))
    arguments = ("-vvvv", "--diff", "-e", f"@{canaries}")
    tasks: list[dict[str, t.Any]] = [
        {"name": "apply", MODULE: options(stage, method=method)},
        {"name": "nothing to do", MODULE: options(stage, method=method)},
        {"name": "predict", MODULE: options(stage, method=method, mode="0600"), "check_mode": True},
        {
            "name": "wrong password",
            MODULE: options(stage, method=method, password="{{ password ~ 'x' }}"),
            "ignore_errors": True,
        },
        {"name": "no such option", MODULE: options(stage, method=method, nonsense=1), "ignore_errors": True},
        {"name": "list", "cncloud.certificates.antchain_cert_info": {"consortium_id": CHAIN["consortium_id"]}},
    ]
    run = stage.play(tasks, *arguments, way=way, environ=everywhere(stage))
    for name, status in (("apply", "ok"), ("nothing to do", "ok"), ("wrong password", "ignored"), ("list", "ok")):
        assert run.of(name).status == status, run.output
    found = searched(stage, run.output, keys=("client.key",))
    found.secrets["the bare key"] = plain_key(stage)
    found.text("the output, for the bare key", run.output)
    assert found.found == []
    assert found.places > 3


@WAYS
def test_failure_with_the_key_in_hand(stage: Stage, way: Way) -> None:
    """The key has come and is in its place; then a download is a page."""
    canaries = stage.folder / "canaries.json"
    canaries.write_text(json.dumps({"password": PASSWORD}))
    antchain = {"envelope": "data", "download_answer": "html"}
    stage.emulator.control("POST", "/aliyun/settings", {"antchain": antchain})
    task = {"name": "apply", MODULE: options(stage, method="managed_key"), "ignore_errors": True}
    run = stage.play([task], "-vvvv", "--diff", "-e", f"@{canaries}", way=way, environ=everywhere(stage))
    assert run.of("apply").status == "ignored", run.output
    assert searched(stage, run.output, keys=("client.key",)).found == []


@WAYS
def test_answer_that_cannot_be_used(stage: Stage, way: Way) -> None:
    """The answer is kept in the named file. It is in nothing else, the failure least of all."""
    canaries = stage.folder / "canaries.json"
    canaries.write_text(json.dumps({"password": PASSWORD}))
    answer = stage.folder / ".client.key.cncloud-answer"
    make = (
        "genpkey",
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-aes256",
        "-pass",
        "pass:another-one",
    )
    answer.write_text(json.dumps({"Result": {"PrivateKey": openssl(*make)}}))
    task = {"name": "recover", MODULE: options(stage, method="managed_key"), "ignore_errors": True}
    run = stage.play([task], "-vvvv", "--diff", "-e", f"@{canaries}", way=way, environ=everywhere(stage))
    failed = run.of("recover")
    assert failed.status == "ignored", run.output
    assert str(answer) in failed.result["msg"]
    assert searched(stage, run.output, keys=(answer.name,)).found == []
