# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes that die with a key in hand: over a real wire, at each point after the answer's first byte.

What came of the answer is in a file then. If that is the whole key, the next run puts it where it belongs, and applies
no second time.
"""

from __future__ import annotations

import contextlib
import dataclasses
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils import _http, _locks
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_cert import ENTRY
from ansible_collections.cncloud.certificates.plugins.module_utils._clock import Clock
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import execute
from ansible_collections.cncloud.certificates.tests.unit.plugins.module_utils._aliyun.antchain_script import (
    APPLY_WITH_KEY,
    CHAIN,
    CONSORTIUM,
    LIST,
    PASSWORD,
    PATHS,
    SUBJECT,
    TRUST_STORE,
    client_certificate,
    encrypted_key,
    envelope,
    key_bytes,
)
from ansible_collections.cncloud.certificates.tests.unit.plugins.module_utils._aliyun.scripted import connection

PATIENCE = 20.0
"""Seconds after which a test gives up on a process."""
CHILD = """
import json, os, signal, sys
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import antchain_cert_calls as calls
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import antchain_cert_spill as spill
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_cert import ENTRY
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import execute

class TimeIsUp(BaseException):
    pass

def time_is_up(number, frame):
    raise TimeIsUp

def die(*args, **more):
    os.kill(os.getpid(), signal.SIGKILL)

said = json.load(sys.stdin)
signal.signal(signal.SIGALRM, time_is_up)
point, real_rename, real_remove, real_write = said["point"], os.rename, spill._remove, spill._write_all

def die_before_the_key(source, target):
    die()

def die_after_the_key(source, target):
    real_rename(source, target)
    die()

def die_after_one(path):
    real_remove(path)
    die()

def die_after_a_byte(descriptor, piece):
    real_write(descriptor, piece)
    if b"consortium_id" not in bytes(piece):
        die()

if point == "first byte":
    spill._write_all = die_after_a_byte
elif point == "answer is on disk":
    calls.key_in_answer = die
elif point == "key is staged":
    os.rename = die_before_the_key
elif point == "key is in place":
    os.rename = die_after_the_key
elif point == "key was read back":
    spill.Spill.finish = die
elif point == "answer is removed":
    spill._remove = die_after_one
try:
    result = execute(ENTRY, said["params"], Context(environ=said["environ"]))
except TimeIsUp:
    sys.exit(99)
print(json.dumps(result))
"""


@dataclasses.dataclass
class Service:
    """The chain, over HTTP: what was applied for, and how the answer with the key is sent."""

    pieces: list[bytes]
    """Of the answer's body, sent one after the other."""
    between: t.Callable[[], None] = lambda: None
    """Called between the pieces."""
    applied: bool = False
    applications: int = 0
    url: str = ""

    def answer(self, operation: str) -> bytes:
        if operation == LIST:
            status = "ChainApplied" if self.applied else "ChainNotApplied"
            row = {"AntChainId": CHAIN, "AntChainName": "supply-chain", "MemberStatus": status}
            return json.dumps(envelope({"AntChains": [row], "Pagination": {"TotalCount": 1}})).encode()
        assert operation == PATHS
        names = {"ClientCrtUrl": "client.crt", "CaCrtUrl": "ca.crt", "TrustCaUrl": "trustCa"}
        return json.dumps(envelope({member: f"{self.url}/{name}" for member, name in names.items()})).encode()

    def file(self, name: str) -> bytes:
        made = client_certificate()
        return {"client.crt": made.leaf_pem.encode(), "ca.crt": made.chain_pem.encode(), "trustCa": TRUST_STORE}[name]


def handler_of(service: Service) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_args: object) -> None:
            """Nothing: stderr belongs to the tests."""

        def do_GET(self) -> None:
            self._answer([service.file(self.path.strip("/"))])

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            operation = self.headers["x-acs-action"]
            if operation != APPLY_WITH_KEY:
                self._answer([service.answer(operation)])
                return
            service.applied = True
            service.applications += 1
            self._answer(service.pieces)

        def _answer(self, pieces: list[bytes]) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(sum(map(len, pieces))))
            self.send_header("Connection", "close")  # said, or the next call may run into the end of this one
            self.end_headers()
            with contextlib.suppress(OSError):  # the peer is dead, or is to be left alone
                for number, piece in enumerate(pieces):
                    if number:
                        self.wfile.flush()
                        service.between()
                    self.wfile.write(piece)

    return Handler


@pytest.fixture(name="service")
def _service() -> t.Iterator[Service]:
    _locks._refused_here.clear()
    service = Service(pieces=[key_bytes()])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler_of(service))
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield service
    server.shutdown()
    server.server_close()
    _http.close_sessions()


@dataclasses.dataclass
class Host:
    """A folder, the options of a task, and processes that run it."""

    folder: Path
    service: Service

    @property
    def key(self) -> Path:
        return self.folder / "client.key"

    @property
    def spill(self) -> Path:
        return self.folder / ".client.key.cncloud-answer"

    def params(self) -> dict[str, t.Any]:
        files = {"private_key_path": "client.key", "certificate_path": "client.crt", "ca_path": "ca.crt"}
        return {
            **connection(endpoint=self.service.url, region=None, retries=0, timeout=5.0),
            "state": "present",
            "method": "managed_key",
            "consortium_id": CONSORTIUM,
            "ant_chain_id": CHAIN,
            "username": None,
            "csr_path": None,
            "csr_content": None,
            "subject": SUBJECT,
            "password": PASSWORD,
            "on_key_loss": "fail",
            "allow_plain_download": False,
            "wait": True,
            "wait_timeout": 30.0,
            "wait_interval": 1.0,
            "owner": None,
            "group": None,
            "mode": "0644",
            "private_key_mode": "0600",
            "backup": False,
            "trust_ca_path": None,
            **{option: str(self.folder / name) for option, name in files.items()},
        }

    def environ(self) -> dict[str, str]:
        return {"HOME": str(self.folder), "XDG_CACHE_HOME": str(self.folder / "cache")}

    def run(self) -> dict[str, t.Any]:
        """In this process."""
        return execute(ENTRY, self.params(), Context(environ=self.environ(), clock=Clock(pace=100)))

    def start(self, point: str = "") -> subprocess.Popen[bytes]:
        """In a process of its own, which kills itself at the point."""
        environment = {**os.environ, "PYTHONPATH": os.environ["ANSIBLE_COLLECTIONS_PATH"]}
        process = subprocess.Popen(
            [sys.executable, "-c", CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
        said = {"params": self.params(), "environ": self.environ(), "point": point}
        assert process.stdin is not None
        process.stdin.write(json.dumps(said).encode())
        process.stdin.close()
        return process

    def finish(self) -> None:
        """The next run puts all where it belongs, and the one after that has nothing to do."""
        result = self.run()
        assert not result.get("failed"), result
        assert result["changed"] is True
        again = self.run()
        assert again["changed"] is False, again
        assert self.key.read_text() == encrypted_key()
        left = {path.name for path in self.folder.iterdir()} - {"cache"}
        assert left == {"client.key", "client.crt", "ca.crt"}
        assert self.service.applications == 1


@pytest.fixture(name="host")
def _host(service: Service, tmp_path: Path) -> Host:
    return Host(folder=tmp_path, service=service)


def pause(service: Service) -> tuple[threading.Event, threading.Event]:
    """Stop the answer between its pieces: the first event says that it stands, the second lets it go on."""
    held, over = threading.Event(), threading.Event()

    def between() -> None:
        held.set()
        over.wait(PATIENCE)

    service.between = between
    return held, over


def ended(process: subprocess.Popen[bytes]) -> int:
    code = process.wait(timeout=PATIENCE)
    for stream in (process.stdout, process.stderr):
        assert stream is not None
        stream.close()
    return code


def test_undisturbed(host: Host) -> None:
    """What the others are compared with: this very set-up works."""
    assert ended(host.start()) == 0
    assert host.run()["changed"] is False
    assert host.key.read_text() == encrypted_key()


POINTS = ["answer is on disk", "key is staged", "key is in place", "key was read back", "answer is removed"]


@pytest.mark.parametrize("point", POINTS)
def test_killed_with_the_whole_answer(host: Host, point: str) -> None:
    assert ended(host.start(point)) == -signal.SIGKILL
    held = [path for path in (host.spill, host.key) if path.exists()]
    assert held
    for path in held:
        assert path.stat().st_mode & 0o777 == 0o600
    assert host.spill.exists() or host.key.read_text() == encrypted_key()
    host.finish()


def test_killed_while_the_answer_comes(host: Host) -> None:
    """All of the key has come, the end of the answer has not: kill -9 from outside."""
    answer = key_bytes()
    host.service.pieces = [answer[:-5], answer[-5:]]
    held, over = pause(host.service)
    process = host.start()
    assert held.wait(PATIENCE)
    deadline = time.monotonic() + PATIENCE
    while not (host.spill.exists() and host.spill.stat().st_size == len(answer) - 5):
        assert time.monotonic() < deadline, "what came was not written"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    over.set()
    assert ended(process) == -signal.SIGKILL
    assert not host.key.exists()
    host.finish()


def test_killed_after_the_first_byte(host: Host) -> None:
    """The rest of the key was never read: nobody has it, and the next run says so and applies for nothing."""
    assert ended(host.start("first byte")) == -signal.SIGKILL
    assert host.spill.read_bytes() == key_bytes()[:1]
    told = host.run()
    assert told["error"]["kind"] == "conflict"
    assert str(host.spill) in told["msg"]
    assert host.service.applications == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGALRM, 99), (signal.SIGTERM, -signal.SIGTERM)])
def test_time_out_while_the_answer_comes(host: Host, number: signal.Signals, code: int) -> None:
    """It waits until the answer is on disk."""
    answer = key_bytes()
    host.service.pieces = [answer[:10], answer[10:]]
    held, over = pause(host.service)
    process = host.start()
    assert held.wait(PATIENCE)
    process.send_signal(number)
    time.sleep(0.05)
    assert process.poll() is None
    over.set()
    assert ended(process) == code
    assert host.spill.read_bytes() == answer
    host.finish()


def test_answer_that_stops_half_way(host: Host) -> None:
    """The connection ends after the key: the run fails, names the file, and the next one takes the key from it."""
    answer = key_bytes()
    host.service.pieces = [answer[:-5], answer[-5:]]

    def cut() -> None:
        raise BrokenPipeError

    host.service.between = cut
    result = host.run()
    assert result["error"]["kind"] == "network", result
    assert result["answer_path"] == str(host.spill)
    assert host.spill.read_bytes() == answer[:-5]
    host.finish()
