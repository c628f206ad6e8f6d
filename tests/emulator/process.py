# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starts the emulator as a process of its own and speaks to its control path. Needs the standard library alone."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

_START_TIMEOUT = 30.0
_TESTS = Path(__file__).resolve().parent.parent


class EmulatorProcess:
    """A context manager::

        with EmulatorProcess(pace=50) as emulator:
            emulator.endpoint                           # for the `endpoint` option of modules
            emulator.control("POST", "/settings/tencent", {"proof_type": "TXT"})
            calls = emulator.log()

    ``info`` is the line that the emulator printed. Raises RuntimeError when it does not start within 30 seconds.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        pace: float = 1.0,
        web_root: str | os.PathLike[str] | None = None,
        state_dir: str | os.PathLike[str] | None = None,
        seed: str | os.PathLike[str] | None = None,
        reuse_keys: int | None = None,
        python: str = sys.executable,
    ) -> None:
        self._command = [python, "-m", "emulator", "--port", str(port), "--pace", str(pace), "--exit-with-parent"]
        for option, value in (("--web-root", web_root), ("--state-dir", state_dir), ("--seed", seed)):
            if value is not None:
                self._command += [option, os.fspath(value)]
        if reuse_keys is not None:
            self._command += ["--reuse-keys", str(reuse_keys)]
        self._process: subprocess.Popen[str] | None = None
        self._own = threading.local()
        self.info: dict[str, Any] = {}

    def start(self) -> "EmulatorProcess":
        process = subprocess.Popen(self._command, cwd=_TESTS, stdout=subprocess.PIPE, text=True)
        self._process = process
        # A line that never comes must not block for ever: killing the process ends the read.
        watchdog = threading.Timer(_START_TIMEOUT, process.kill)
        watchdog.start()
        line = process.stdout.readline() if process.stdout else ""
        watchdog.cancel()
        if not line:
            self.stop()
            raise RuntimeError("the emulator did not start; its error output says why")
        self.info = json.loads(line)
        return self

    def stop(self) -> None:
        """Ends the process; does nothing when it is not running."""
        self._hang_up()
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()

    def __enter__(self) -> "EmulatorProcess":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def endpoint(self) -> str:
        return str(self.info["endpoint"])

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """One control call; ``path`` follows ``/_control``. Raises RuntimeError with the emulator's own words."""
        status, answer = self._ask(method, f"{urlsplit(self.info['control']).path}/{path.lstrip('/')}", body)
        result: dict[str, Any] = json.loads(answer)
        if status != 200:
            raise RuntimeError(f"{method} {path}: {status} {result.get('error')}")
        return result

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> tuple[int, bytes]:
        """Over a connection that stays open: tests ask thousands of times."""
        sent = None if body is None else json.dumps(body).encode()
        headers = {} if sent is None else {"Content-Type": "application/json"}
        known = getattr(self._own, "process", None) == os.getpid()
        if not known:  # of a parent process; closing it here would not close it there
            self._own.process = os.getpid()
            self._own.connection = http.client.HTTPConnection(urlsplit(self.info["control"]).netloc, timeout=30)
        connection: http.client.HTTPConnection = self._own.connection
        try:
            connection.request(method, path, sent, headers)
            response = connection.getresponse()
            return response.status, response.read()
        except (http.client.RemoteDisconnected, ConnectionError):
            connection.close()
            if not known:
                raise
            self._hang_up()  # it had been idle for too long
            return self._ask(method, path, body)
        except BaseException:
            connection.close()  # half an answer may be left in it
            raise

    def _hang_up(self) -> None:
        if getattr(self._own, "process", None) == os.getpid():
            self._own.connection.close()
            del self._own.process

    def log(self, since: int = 0) -> list[dict[str, Any]]:
        """The calls after sequence number ``since``, oldest first."""
        entries: list[dict[str, Any]] = self.control("GET", f"/log?since={since}")["entries"]
        return entries

    def writes(self, since: int = 0) -> list[dict[str, Any]]:
        return [entry for entry in self.log(since) if entry["write"]]
