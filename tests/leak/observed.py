# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of a driver with everything noted that could show a secret, and every secret that the clouds answered."""

from __future__ import annotations

import collections.abc as c
import contextlib
import json
import logging
import tempfile
import typing as t
import unittest.mock
from pathlib import Path

import requests
from ansible.module_utils import basic
from ansible_collections.cncloud.certificates.plugins.module_utils._http import close_sessions
from driver.driver import Driver, Params, Run
from leak.search import Search, secrets_of_answer, secrets_of_text

_LOG: tuple[t.Any, str] = (
    (basic.AnsibleModule, "_log_to_syslog")
    if hasattr(basic.AnsibleModule, "_log_to_syslog")
    else (vars(basic)["_logging"], "log_to_system")  # from core 2.22 on
)
KEY_HEADERS = ("x-subject-token",)
"""Headers of answers that hold what opens an account."""


class Observed:
    """A driver whose runs leave their traces here: `shown` is what a person could see, `answered` what the clouds gave.

    `kept` are names of files in the driver's folder that are there to hold a secret.
    """

    def __init__(self, driver: Driver, temporary: Path) -> None:
        self.driver = driver
        self.temporary = temporary
        self.shown: list[tuple[str, str]] = []
        self.answered: set[str] = set()
        self.given: dict[str, str] = {}
        self.kept: set[Path] = set()

    def run(self, module: str, params: Params, **more: t.Any) -> Run:
        """One task, and what it showed."""
        run = self.driver.run(module, params, **more)
        place = f"{module} {'as a module' if more.get('as_module') else 'in-process'}"
        self.shown.append((f"the result of {place}", json.dumps(run.result, default=str)))
        self.shown += [(f"a warning of {place}", text) for text in run.warnings]
        self.shown.append((f"what {place} prints", run.printed))
        self.shown += [(f"the log of the cloud for {place}", json.dumps(call)) for call in run.calls]
        return run

    def search(self) -> list[str]:
        """Where a secret shows; forgets what was noted."""
        keys = {name: given[0]["secret"] for name, given in self.driver.emulator.info["credentials"].items()}
        files = {f"the key in {path.name}": text for path in self.kept for text in _keys_in(path)}
        answered = {f"answer {number}": secret for number, secret in enumerate(sorted(self.answered))}
        found = Search(secrets={**keys, **self.given, **files, **answered}, kept=frozenset(self.kept))
        for place, text in self.shown:
            found.text(place, text)
        for folder in (self.driver.folder, self.driver.home, self.temporary):
            found.folder(folder)
        self.shown.clear()
        self.answered.clear()
        return sorted(set(found.found))


def _keys_in(path: Path) -> set[str]:
    return secrets_of_text(path.read_text("utf-8", "replace")) if path.is_file() else set()


class _Records(logging.Handler):
    def __init__(self, shown: list[tuple[str, str]]) -> None:
        super().__init__(logging.DEBUG)
        self._shown = shown

    def emit(self, record: logging.LogRecord) -> None:
        self._shown.append((f"the logger {record.name}", self.format(record)))


@contextlib.contextmanager
def observed(driver: Driver, temporary: Path) -> c.Iterator[Observed]:
    """Note URLs, answers, what goes to loggers and to the system's log, and files in the folder for temporary ones."""
    noted = Observed(driver, temporary)
    send = requests.adapters.HTTPAdapter.send

    def noting(self: t.Any, request: t.Any, *arguments: t.Any, **more: t.Any) -> t.Any:
        response = send(self, request, *arguments, **more)
        if "/_control/" in request.url:
            return response
        noted.shown.append(("a URL", request.url))
        noted.answered |= {response.headers[name] for name in KEY_HEADERS if name in response.headers}
        vars(response.raw)["stream"] = _noting_body(response.raw.stream, noted.answered)
        return response

    def to_system_log(*told: t.Any, **more: t.Any) -> None:
        noted.shown.append(("the log of the system", f"{told} {more}"))

    root = logging.getLogger()
    level, handler = root.level, _Records(noted.shown)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    close_sessions()
    try:
        with (
            unittest.mock.patch.object(requests.adapters.HTTPAdapter, "send", noting),
            unittest.mock.patch.object(*_LOG, to_system_log),
            unittest.mock.patch.object(basic, "has_journal", False),
            unittest.mock.patch.object(tempfile, "tempdir", str(temporary)),
        ):
            yield noted
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


def _noting_body(iterate: c.Callable[..., c.Iterator[bytes]], answered: set[str]) -> c.Callable[..., c.Iterator[bytes]]:
    def iterated(*arguments: t.Any, **more: t.Any) -> c.Iterator[bytes]:
        body = b""
        try:
            for chunk in iterate(*arguments, **more):
                body += chunk
                yield chunk
        finally:
            answered.update(secrets_of_answer(body))

    return iterated
