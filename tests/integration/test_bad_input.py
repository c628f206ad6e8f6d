# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bad input gets a sentence that says what is wrong, and no call."""

from __future__ import annotations

import os
import subprocess
import typing as t
from pathlib import Path

import pytest
from integration.stage import Call, Stage, Task, Turn

pytestmark = pytest.mark.xdist_group("bad_input")

FREE_CERT = "cncloud.certificates.tencent_free_cert"
RECORD = "cncloud.certificates.tencent_dns_record"
DOMAIN_CERT = "cncloud.certificates.huawei_apig_domain_cert"
SERVED = "cncloud.certificates.served_cert_info"
CLIENT_CERT = "cncloud.certificates.aliyun_sslvpn_client_cert"
DOMAIN = "api.example.com"


class Bad(t.NamedTuple):
    """Options beside those of `GOOD`, where None takes one away; `{folder}` stands for the test's folder."""

    module: str
    options: dict[str, t.Any]
    kind: str | None
    """None: refused by the option spec, before any code of the module."""
    sentence: str


GOOD: dict[str, dict[str, t.Any]] = {
    FREE_CERT: {"domain": DOMAIN},
    RECORD: {"zone": "example.com", "name": "_dnsauth", "type": "TXT", "value": "proof"},
    DOMAIN_CERT: {
        "instance_id": "i-emulator",
        "group": "demo",
        "domain": DOMAIN,
        "certificate_path": "{folder}/good.pem",
        "private_key_path": "{folder}/good.key",
    },
    CLIENT_CERT: {"ssl_vpn_server_id": "vss-emulator", "name": "ops"},
    SERVED: {"host": DOMAIN},
}
LEAF = {"certificate_path": "{folder}/leaf.pem"}
TABLE = {
    "wildcard": Bad(FREE_CERT, {"domain": "*.example.com"}, "invalid", "cannot be a wildcard here: '*.example.com'"),
    "65 characters": Bad(FREE_CERT, {"domain": "a" * 53 + ".example.com"}, "invalid", "65 characters long"),
    "URL for a domain": Bad(FREE_CERT, {"domain": "https://example.com/"}, "invalid", "domain name alone"),
    "address for a domain": Bad(FREE_CERT, {"domain": "203.0.113.7"}, "invalid", "is an IP address"),
    "neither domain nor id": Bad(FREE_CERT, {"domain": None}, None, "domain"),
    "unknown algorithm": Bad(FREE_CERT, {"key_algorithm": "ed25519"}, None, "key_algorithm"),
    "key path without leaf": Bad(
        FREE_CERT, {"private_key_path": "{folder}/x.key"}, "invalid", "private_key_path needs certificate_path"
    ),
    "mode as a number": Bad(FREE_CERT, {**LEAF, "mode": 420}, "invalid", "mode is the number 420"),
    "key mode as a number": Bad(FREE_CERT, {**LEAF, "private_key_mode": 384}, "invalid", "is the number 384"),
    "symbolic mode": Bad(FREE_CERT, {**LEAF, "mode": "u=rw"}, "invalid", "mode needs an octal mode in quotes"),
    "relative path": Bad(FREE_CERT, {"certificate_path": "leaf.pem"}, "invalid", "must be an absolute path"),
    "one path twice": Bad(FREE_CERT, {**LEAF, "chain_path": "{folder}/leaf.pem"}, "invalid", "name the same file"),
    "folder that does not exist": Bad(FREE_CERT, {"certificate_path": "{folder}/none/leaf.pem"}, "local", "none"),
    "folder that is a file": Bad(FREE_CERT, {"certificate_path": "{folder}/good.pem/leaf.pem"}, "local", "good.pem"),
    "path of a folder": Bad(FREE_CERT, {"certificate_path": "{folder}/home"}, "local", "home is a"),
    "path of a link": Bad(FREE_CERT, {"certificate_path": "{folder}/link.pem"}, "local", "is a symbolic link"),
    "unknown owner": Bad(FREE_CERT, {**LEAF, "owner": "no-such-user"}, "local", "no-such-user"),
    "renew_before in words": Bad(FREE_CERT, {"renew_before": "a month"}, "invalid", "renew_before"),
    "revoke for present": Bad(FREE_CERT, {"revoke": True}, "invalid", "state: absent"),
    "plain http to a cloud": Bad(FREE_CERT, {"endpoint": "http://ssl.example.com"}, "invalid", "http"),
    "half a key": Bad(FREE_CERT, {"secret_key": "half"}, "auth", "secret_id"),
    "name outside the zone": Bad(RECORD, {"name": "_dnsauth.example.org."}, "invalid", "example.org"),
    "type that is no proof": Bad(RECORD, {"type": "A"}, None, "type"),
    "empty value": Bad(RECORD, {"value": ""}, "invalid", "value"),
    "key of another certificate": Bad(
        DOMAIN_CERT, {"private_key_path": "{folder}/other.key"}, "invalid", "private key does not match the certificate"
    ),
    "certificate of another domain": Bad(
        DOMAIN_CERT,
        {"certificate_path": "{folder}/other.pem", "private_key_path": "{folder}/other.key"},
        "invalid",
        f"covers 'other.example.com' and not '{DOMAIN}'",
    ),
    "host certificate for a wildcard domain": Bad(
        DOMAIN_CERT, {"domain": "*.example.com"}, "invalid", f"covers '{DOMAIN}' and not '*.example.com'"
    ),
    "encrypted key": Bad(DOMAIN_CERT, {"private_key_path": "{folder}/locked.key"}, "invalid", "encrypted"),
    "expired certificate": Bad(
        DOMAIN_CERT,
        {"certificate_path": "{folder}/expired.pem", "private_key_path": "{folder}/expired.key"},
        "invalid",
        "The certificate has expired: it ended on 20",
    ),
    "chain before the leaf": Bad(DOMAIN_CERT, {"certificate_path": "{folder}/reversed.pem"}, "invalid", "wrong order"),
    "no PEM": Bad(DOMAIN_CERT, {"certificate_path": "{folder}/hosts.yml"}, "invalid", "PEM"),
    "key for a certificate": Bad(DOMAIN_CERT, {"certificate_path": "{folder}/good.key"}, "invalid", "ertificate"),
    "file that does not exist": Bad(DOMAIN_CERT, {"certificate_path": "{folder}/none.pem"}, "local", "does not exist"),
    "relative input": Bad(DOMAIN_CERT, {"private_key_path": "good.key"}, "invalid", "must be an absolute path"),
    "name that the gateway refuses": Bad(DOMAIN_CERT, {"name": "api-example.com"}, "invalid", "dots and dashes"),
    "group twice": Bad(DOMAIN_CERT, {"group_id": "0" * 32}, None, "mutually exclusive"),
    "id with a slash": Bad(DOMAIN_CERT, {"instance_id": "../i-emulator"}, "invalid", "instance_id"),
    "nothing to bind": Bad(DOMAIN_CERT, {"certificate_path": None}, None, "certificate"),
    "client of no server": Bad(CLIENT_CERT, {"ssl_vpn_server_id": None}, "invalid", "name needs ssl_vpn_server_id"),
    "client without name and id": Bad(CLIENT_CERT, {"name": None}, None, "ssl_vpn_client_cert_id"),
    "client that is a URL": Bad(CLIENT_CERT, {"name": "https://ops"}, "invalid", "must not begin with http://"),
    "client of 129 characters": Bad(CLIENT_CERT, {"name": "x" * 129}, "invalid", "1 to 128 printable characters"),
    "blank client": Bad(CLIENT_CERT, {"name": " ops"}, "invalid", "without blanks around it"),
    "server with a slash": Bad(CLIENT_CERT, {"ssl_vpn_server_id": "../vss"}, "invalid", "ssl_vpn_server_id must be"),
    "relative configuration": Bad(CLIENT_CERT, {"config_path": "ops.ovpn"}, "invalid", "must be an absolute path"),
    "configuration in no folder": Bad(
        CLIENT_CERT, {"config_path": "{folder}/none/ops.ovpn"}, "local", "does not exist"
    ),
    "configuration that is a link": Bad(CLIENT_CERT, {"config_path": "{folder}/link.pem"}, "local", "symbolic link"),
    "key path without configuration": Bad(
        CLIENT_CERT, {"private_key_path": "{folder}/x.key"}, "invalid", "needs config_path or certificate_path"
    ),
    "client key mode as a number": Bad(
        CLIENT_CERT, {"config_path": "{folder}/ops.ovpn", "private_key_mode": 384}, "invalid", "is the number 384"
    ),
    "superseded ones of what is absent": Bad(
        CLIENT_CERT, {"state": "absent", "delete_superseded": True}, "invalid", "delete_superseded is for"
    ),
    "no time to wait": Bad(CLIENT_CERT, {"wait_timeout": 0}, "invalid", "wait_timeout must be more than 0"),
    "fingerprint of another length": Bad(
        SERVED, {"expect_fingerprint": "ab:cd"}, "invalid", "'expect_fingerprint' is not a SHA-256 fingerprint"
    ),
    "negative time-out": Bad(SERVED, {"timeout": -1}, "invalid", "timeout"),
}


def task_of(bad: Bad, stage: Stage) -> Task:
    options = {
        name: value.replace("{folder}", str(stage.folder)) if isinstance(value, str) else value
        for name, value in {**GOOD[bad.module], **bad.options}.items()
        if value is not None
    }
    return {bad.module: options, "ignore_errors": True}


def make_inputs(stage: Stage) -> None:
    good = stage.make_certificate("good", names=[DOMAIN])
    stage.make_certificate("other", names=["other.example.com"])
    stage.make_certificate("expired", names=[DOMAIN], days_left=-1)
    locked = ["openssl", "pkey", "-in", str(good.private_key), "-aes256", "-passout", "pass:secret"]
    subprocess.run([*locked, "-out", str(stage.folder / "locked.key")], check=True)
    leaf, mark, rest = good.certificate.read_text().partition("-----END CERTIFICATE-----\n")
    (stage.folder / "reversed.pem").write_text(rest + leaf + mark)
    (stage.folder / "link.pem").symlink_to(good.certificate)


class Outcome(t.NamedTuple):
    turns: dict[str, Turn]
    calls: list[Call]


@pytest.fixture(scope="module", name="outcome")
def _outcome(shared_stage: Stage) -> Outcome:
    make_inputs(shared_stage)
    turns = shared_stage.turns({name: task_of(bad, shared_stage) for name, bad in TABLE.items()})
    return Outcome(turns, shared_stage.emulator.log())


@pytest.mark.parametrize("name", TABLE)
def test_bad_input_is_refused_in_a_sentence(outcome: Outcome, name: str) -> None:
    bad, result = TABLE[name], outcome.turns[name].result
    assert result.status == "ignored"
    assert result.result.get("changed", False) is False
    assert bad.sentence in result.result["msg"]
    if bad.kind is not None:
        assert result.result["error"]["kind"] == bad.kind
        assert result.result["error"]["retryable"] is False
        assert result.result["msg"].rstrip().endswith((".", "?"))


def test_no_call_is_made(outcome: Outcome) -> None:
    assert [call["operation"] for call in outcome.calls] == []
    told = {name: turn.result.result.get("request_ids", []) for name, turn in outcome.turns.items()}
    assert {name: ids for name, ids in told.items() if ids} == {}


def test_no_private_key_shows(outcome: Outcome, shared_stage: Stage) -> None:
    run = next(iter(outcome.turns.values())).run
    shown = run.output + "".join(str(each.result) for each in run.results)
    assert "PRIVATE KEY" not in shown
    for key in shared_stage.folder.glob("*.key"):
        assert key.read_text().splitlines()[1] not in shown


def test_two_groups_of_one_name_are_listed_after_one_read(stage: Stage) -> None:
    make_inputs(stage)
    ids = sorted(stage.emulator.control("POST", "/huawei/groups", {"name": "twin"})["id"] for _unused in range(2))
    bad = Bad(DOMAIN_CERT, {"group": "twin"}, "conflict", "")
    turn = stage.turn(task_of(bad, stage))
    assert turn.operations() == ["ListApiGroupsV2"]
    assert turn.result.result["error"]["kind"] == bad.kind
    assert all(one in turn.result.result["msg"] for one in ids)
    assert "group_id" in turn.result.result["msg"]


def test_folder_that_cannot_be_written_is_found_out_before_the_order(stage: Stage) -> None:
    closed = stage.folder / "closed"
    closed.mkdir(mode=0o555)
    # Root may write into almost any folder.
    folder = next((one for one in (closed, Path("/proc/self")) if not os.access(one, os.W_OK)), None)
    if folder is None:
        pytest.skip("there is no folder that this user cannot write")
    turn = stage.turn(task_of(Bad(FREE_CERT, {"certificate_path": f"{folder}/leaf.pem"}, "local", ""), stage))
    assert turn.calls == []
    assert turn.result.result["error"]["kind"] == "local"
    assert f"the folder {folder} is not writable for" in turn.result.result["msg"]
