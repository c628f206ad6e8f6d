# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts that run at once, after an inventory that made a call, never see each other's answers."""

from __future__ import annotations

import json
import threading
import time
import typing as t
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from ansible_collections.cncloud.certificates.tests.integration.both_ways import Way, run_tasks
from ansible_collections.cncloud.certificates.tests.integration.in_process.probes import PROBE, probe, probe_setting

HOSTS = 8
CALLS = 5


class Echo(ThreadingHTTPServer):
    """Answers each path with itself, slowly; `seen` has (number of the connection, path)."""

    daemon_threads = True

    def __init__(self) -> None:
        self.seen: list[tuple[int, str]] = []
        self.connections = 0
        super().__init__(("127.0.0.1", 0), EchoHandler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class EchoHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Echo

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1
        self.number = self.server.connections

    def do_GET(self) -> None:
        self.server.seen.append((self.number, self.path))
        time.sleep(3.0 if self.path.startswith("/slow") else 0.02)
        body = json.dumps({"path": self.path}).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.wfile.write(head.encode() + body)

    def log_message(self, format: str, *arguments: t.Any) -> None:
        """Tests look at `seen`."""


@pytest.fixture(name="echo")
def _echo() -> t.Iterator[Echo]:
    server = Echo()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_sessions_stay_with_their_process(tmp_path: Path, echo: Echo) -> None:
    source = tmp_path / "fetches.yml"
    source.write_text(f"plugin: cncloud_test.probe.fetches\nurl: {echo.url}/inventory\n", encoding="utf-8")
    setting = probe_setting(
        hosts={f"host{number}": {} for number in range(HOSTS)},
        inventories=(source,),
        environ={"ANSIBLE_INVENTORY_ENABLED": "ansible.builtin.yaml,cncloud_test.probe.fetches"},
        arguments=["--forks", str(HOSTS)],
    )
    url = f"{echo.url}/{{{{ inventory_hostname }}}}/{{{{ item }}}}"
    tasks: list[dict[str, t.Any]] = [
        {"name": "inventory", "ansible.builtin.debug": {"var": "fetched_by_inventory"}},
        {"name": "loop", PROBE: {"fetch": url, "tell": True}, "loop": list(range(CALLS))},
    ]
    run = run_tasks(tasks, way=Way.IN_PROCESS, folder=tmp_path, setting=setting)
    nonces = set()
    for number in range(HOSTS):
        host = f"host{number}"
        assert run.of("inventory", host=host).result["fetched_by_inventory"] == {"path": "/inventory"}
        items = run.of("loop", host=host).result["results"]
        assert [item["fetched"]["path"] for item in items] == [f"/{host}/{call}" for call in range(CALLS)]
        nonces |= {item["nonce"] for item in items}
    assert len(nonces) == HOSTS * CALLS
    users: dict[int, set[str]] = {}
    for connection, path in echo.seen:
        users.setdefault(connection, set()).add(path.split("/")[1])
    assert all(len(hosts) == 1 for hosts in users.values())
    assert len(users) == HOSTS + 1, "a session is kept over the items of a loop"


def test_connection_that_was_cut_short_serves_nobody_else(tmp_path: Path, echo: Echo) -> None:
    task = {
        "name": "loop",
        PROBE: {"fetch": f"{echo.url}/{{{{ item }}}}"},
        "timeout": 1,
        "loop": ["first", "slow", "third", "fourth"],
        "ignore_errors": True,
    }
    run = run_tasks([task], way=Way.IN_PROCESS, folder=tmp_path, setting=probe_setting())
    items = run.of("loop").result["results"]
    assert [item.get("fetched", {}).get("path") for item in items] == ["/first", None, "/third", "/fourth"]
    connections = {path: connection for connection, path in echo.seen}
    assert connections["/first"] == connections["/slow"] != connections["/third"] == connections["/fourth"]


def test_one_worker_runs_all_items_of_a_loop(tmp_path: Path) -> None:
    task = probe("loop", {"tell": True}, loop=[1, 2, 3])
    run = run_tasks([task], way=Way.IN_PROCESS, folder=tmp_path, setting=probe_setting())
    items = run.of("loop").result["results"]
    assert len({item["process"] for item in items}) == 1
    assert len({item["nonce"] for item in items}) == 3
