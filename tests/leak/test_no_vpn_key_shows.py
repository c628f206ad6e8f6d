# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The key of a VPN client is where it was asked for, in its own file and inside the configuration, and nowhere else."""

from __future__ import annotations

import shutil
import typing as t

import pytest
from integration.both_ways import Way
from integration.stage import Stage
from leak.search import Search
from leak.test_no_secret_shows import WAYS, _temporary, everywhere

MODULE = "cncloud.certificates.aliyun_sslvpn_client_cert"


@WAYS
@pytest.mark.parametrize("arguments", [("-vvvv", "--check", "--diff"), ("-vvvv", "--diff")], ids=["check", "real"])
def test_key_of_a_vpn_client(stage: Stage, way: Way, arguments: tuple[str, ...]) -> None:
    key, config, strange = (stage.folder / name for name in ("c.key", "c.ovpn", "strange.ovpn"))
    strange.write_text(
        "<key>\n-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n</key>\n"
    )
    wanted = {
        "ssl_vpn_server_id": "vss-emulator",
        "name": "ops",
        "config_path": str(config),
        "private_key_path": str(key),
        "certificate_path": f"{stage.folder}/c.crt",
    }
    stage.play([{MODULE: wanted}])
    if "--check" not in arguments:
        (stage.folder / "c.crt").unlink()  # the files are written again, with the key in hand
    # The key is fetched, and then there is a file in the way.
    refused = {"ssl_vpn_server_id": "vss-emulator", "name": "ops", "config_path": str(strange)}
    tasks: list[dict[str, t.Any]] = [
        {"name": "fetch", MODULE: wanted},
        {"name": "refuse", MODULE: refused, "ignore_errors": True},
        {"name": "list", "cncloud.certificates.aliyun_sslvpn_client_cert_info": {}},
    ]
    run = stage.play(tasks, *arguments, way=way, environ=everywhere(stage))
    assert run.of("fetch").status == run.of("list").status == "ok", run.output
    if "--check" not in arguments:
        assert run.of("refuse").result["error"]["kind"] == "conflict", run.output
    found = Search(secrets={"the key": key.read_text()}, kept=frozenset({key, config}))
    found.text("the output", run.output)
    found.folder(stage.folder)
    found.folder(_temporary(stage))
    shutil.rmtree(_temporary(stage))
    assert found.found == []
    assert found.places > 3
