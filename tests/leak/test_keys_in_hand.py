# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures at the moment when a key has come and is not yet where it belongs."""

from __future__ import annotations

import collections.abc as c
import json
from pathlib import Path

import pytest
from driver.driver import Driver
from integration.stage import openssl
from leak.cases import CASES, PASSWORD, Options
from leak.observed import Observed, observed

WAYS = pytest.mark.parametrize("as_module", [False, True], ids=["in-process", "module"])
NEW_KEY = ("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-aes256", "-pass")
ANSWER = ".client.key.cncloud-answer"


@pytest.fixture
def noted(driver: Driver, tmp_path: Path) -> c.Iterator[Observed]:
    with observed(driver, tmp_path) as found:
        found.given["the password"] = PASSWORD
        yield found


def options(noted: Observed, name: str) -> Options:
    case = next(case for case in CASES if case.name == name)
    noted.kept |= {noted.driver.folder / kept for kept in (*case.kept, ANSWER)}
    return case.options(noted.driver)


@WAYS
def test_another_configuration_is_in_the_way(noted: Observed, as_module: bool) -> None:
    wanted = options(noted, "VPN client")
    strange = noted.driver.folder / "strange.ovpn"
    key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----"
    strange.write_text(f"<key>\n{key}\n</key>\n")
    noted.kept.add(strange)
    assert not noted.run("aliyun_sslvpn_client_cert", wanted, as_module=as_module).failed
    refused = noted.run("aliyun_sslvpn_client_cert", {**wanted, "config_path": str(strange)}, as_module=as_module)
    assert refused.kind == "conflict", refused.result
    assert strange.read_text().count(key) == 1
    assert noted.search() == []


@WAYS
@pytest.mark.parametrize("method", ["once", "here"])
def test_a_download_is_a_page(noted: Observed, method: str, as_module: bool) -> None:
    wanted = options(noted, {"once": "key that a chain shows once", "here": "key that is made here"}[method])
    antchain = {"envelope": "data", "download_answer": "html"}
    noted.driver.emulator.control("POST", "/aliyun/settings", {"antchain": antchain})
    run = noted.run("antchain_cert", wanted, as_module=as_module)
    assert run.failed
    assert (noted.driver.folder / "client.key").is_file() or (noted.driver.folder / ANSWER).is_file()
    assert noted.search() == []


@WAYS
def test_a_password_that_is_not_the_key_s(noted: Observed, as_module: bool) -> None:
    wanted = options(noted, "key that a chain shows once")
    assert not noted.run("antchain_cert", wanted, as_module=as_module).failed
    bare = openssl("pkey", "-in", noted.driver.folder / "client.key", "-passin", f"pass:{PASSWORD}")
    noted.given["the bare key"] = bare
    run = noted.run("antchain_cert", {**wanted, "password": f"{PASSWORD}x"}, as_module=as_module)
    assert run.kind == "local", run.result
    assert noted.search() == []


@WAYS
def test_a_kept_answer_that_cannot_be_used(noted: Observed, as_module: bool) -> None:
    """It stays in the file that the failure names, and is in nothing else, the failure least of all."""
    wanted = options(noted, "key that a chain shows once")
    answer = noted.driver.folder / ANSWER
    answer.write_text(json.dumps({"Result": {"PrivateKey": openssl(*NEW_KEY, "pass:another-one")}}))
    run = noted.run("antchain_cert", wanted, as_module=as_module)
    assert run.failed
    assert str(answer) in run.result["msg"]
    assert noted.search() == []
