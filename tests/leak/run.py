# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of `ansible-playbook` that write and show as much as they can, and the search after them."""

from __future__ import annotations

import collections.abc as c
import hashlib
import os
import shutil
import tempfile
import threading
import typing as t
from pathlib import Path

import pytest
from integration.both_ways import PlaybookRun, Way
from integration.stage import Stage
from leak.search import Search, secrets_of_text

WAYS = pytest.mark.parametrize("way", list(Way), ids=lambda way: way.name.lower())


def everywhere(stage: Stage) -> dict[str, str]:
    """Makes Ansible write as much as it can: a log, a cache of facts, results as JUnit, one file a host, and whole."""
    return {
        "ANSIBLE_LOG_PATH": str(stage.folder / "ansible.log"),
        "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(stage.folder / "facts"),
        "ANSIBLE_CALLBACKS_ENABLED": "json_lines,ansible.builtin.junit,ansible.builtin.tree",
        "ANSIBLE_CALLBACK_TREE_DIR": str(stage.folder / "tree"),
        "JUNIT_OUTPUT_DIR": str(stage.folder / "junit"),
        "ANSIBLE_DIFF_ALWAYS": "1",
        "ANSIBLE_INJECT_INVOCATION": "1",
        "ANSIBLE_DISPLAY_TRACEBACK": "always",
        "TMPDIR": str(temporary_folder(stage)),
    }


def temporary_folder(stage: Stage) -> Path:
    """A folder for temporary files whose path is short: Ansible makes a socket in it."""
    folder = Path(tempfile.gettempdir()) / f"leak-{hashlib.sha256(str(stage.folder).encode()).hexdigest()[:12]}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


class Kept:
    """Files of a stage that are there to hold a secret."""

    def __init__(self, stage: Stage, names: c.Iterable[str]) -> None:
        self._folder = stage.folder
        self._names = tuple(dict.fromkeys(names))

    @property
    def paths(self) -> frozenset[Path]:
        return frozenset(path for name in self._names for path in self._folder.glob(name) if path.is_file())

    def keys(self) -> dict[str, str]:
        """The private keys in them."""
        found = {path: secrets_of_text(path.read_text("utf-8", "replace")) for path in self.paths}
        return {f"key {number} of {path.name}": key for path in found for number, key in enumerate(sorted(found[path]))}


def play_and_search(
    stage: Stage,
    tasks: c.Sequence[c.Mapping[str, t.Any]],
    *arguments: str,
    secrets: c.Mapping[str, str],
    kept: Kept,
    way: Way = Way.IN_PROCESS,
    environ: c.Mapping[str, str] | None = None,
) -> tuple[PlaybookRun, Search]:
    """One play, and what of the secrets shows: of those given, of the clouds' keys, and of the keys that it wrote."""
    run = stage.play(tasks, *arguments, way=way, environ={**everywhere(stage), **(environ or {})})
    return run, search_after(stage, run.output, secrets=secrets, kept=kept)


def search_after(stage: Stage, output: str, *, secrets: c.Mapping[str, str], kept: Kept) -> Search:
    clouds = {name: given[0]["secret"] for name, given in stage.emulator.info["credentials"].items()}
    search = Search(secrets={**clouds, **secrets, **kept.keys()}, kept=kept.paths)
    search.text("the output", output)
    search.folder(stage.folder)
    search.folder(temporary_folder(stage))
    search.all_of({f"the log of the cloud, {call['operation']}": str(call) for call in stage.emulator.log()})
    assert (stage.folder / "ansible.log").is_file()
    assert list((stage.folder / "junit").iterdir())
    shutil.rmtree(temporary_folder(stage))
    return search


class ProcessList:
    """Looks at the command lines of a stage's processes that started after it did, many times a second.

    They are those that inherited its folder for temporary files, other tests may run beside them.
    """

    def __init__(self, stage: Stage) -> None:
        self.seen: dict[str, str] = {}
        self._theirs = f"TMPDIR={temporary_folder(stage)}".encode()
        self._old = set(os.listdir("/proc"))
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> ProcessList:
        self._thread.start()
        return self

    def __exit__(self, *_unused: object) -> None:
        self._end.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._end.wait(0.08):
            for name in os.listdir("/proc"):
                if name.isdigit() and name not in self._old:
                    self._note(name)

    def _note(self, pid: str) -> None:
        try:
            if self._theirs not in Path("/proc", pid, "environ").read_bytes().split(b"\0"):
                return
            line = Path("/proc", pid, "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:  # it has ended
            return
        if line:
            self.seen[f"the command line of {pid}: {line[:40]}"] = line
