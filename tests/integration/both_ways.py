# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the same tasks inside Ansible's worker and as modules, and says what differs.

A run is a real `ansible-playbook` process with its own home folder. Tasks are Python data or YAML text (for `!vault`
and `!unsafe`). What is compared is each result as callbacks and `register` get it, loop items included.

    here, there = both_ways(tasks, folder=tmp_path)
    assert differences(here, there) == []

Tasks that change something want a fresh world for each run: call `run_tasks` twice.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import typing as t
from pathlib import Path

import yaml

CALLBACKS = Path(__file__).parent / "callback"
LONGEST = 300
"""Seconds after which a run is ended: a test that hangs must fail."""

NEVER_EQUAL = frozenset({"ansible_parsed", "invocation"})
DISCOVERED = "discovered_interpreter_"


class Way(enum.Enum):
    """How the collection's modules run on a local connection."""

    IN_PROCESS = True
    MODULE = False


@dataclasses.dataclass(frozen=True)
class TaskResult:
    """One result: `status` is ok, failed, ignored, skipped or unreachable."""

    task: str
    host: str
    status: str
    result: dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class PlaybookRun:
    """What one `ansible-playbook` did. `output` is all that it showed, `results` are in the order they came in."""

    returncode: int
    output: str
    results: list[TaskResult]

    def of(self, task: str, *, host: str | None = None) -> TaskResult:
        """The only result of that task (on that host)."""
        found = [each for each in self.results if each.task == task and host in (None, each.host)]
        if len(found) != 1:
            place = f"{task!r} on {host or 'any host'}"
            raise LookupError(f"{len(found)} results of {place}; the run showed:\n{self.output}")
        return found[0]


@dataclasses.dataclass(frozen=True)
class Setting:
    """What a run is started with, besides its tasks.

    `hosts` maps names to their variables; `play` are keywords of the play; `collections` are further folders that hold
    `ansible_collections`; `environ` is added to a small, clean environment.
    """

    play: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    variables: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    hosts: t.Mapping[str, t.Mapping[str, t.Any]] = dataclasses.field(default_factory=lambda: {"localhost": {}})
    arguments: t.Sequence[str] = ()
    environ: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    collections: t.Sequence[Path] = ()
    inventories: t.Sequence[Path] = ()


Tasks = t.Sequence[t.Mapping[str, t.Any]] | str


def both_ways(tasks: Tasks, *, folder: Path, setting: Setting | None = None) -> tuple[PlaybookRun, PlaybookRun]:
    """The same tasks in-process and as modules, one after the other in the same folder."""
    here = run_tasks(tasks, way=Way.IN_PROCESS, folder=folder, setting=setting)
    return here, run_tasks(tasks, way=Way.MODULE, folder=folder, setting=setting)


def run_tasks(tasks: Tasks, *, way: Way, folder: Path, setting: Setting | None = None) -> PlaybookRun:
    """Run tasks as one play in `folder` and collect their results."""
    setting = setting or Setting()
    playbook = folder / "play.yml"
    variables = {"cncloud_certificates_in_process": way.value, **setting.variables}
    playbook.write_text(play_text(tasks, play={"vars": variables, **setting.play}), encoding="utf-8")
    return run_playbook(playbook, folder=folder, setting=setting)


def play_text(tasks: Tasks, *, play: t.Mapping[str, t.Any]) -> str:
    """A play as YAML text."""
    listed = tasks if isinstance(tasks, str) else yaml.safe_dump([dict(task) for task in tasks], sort_keys=False)
    head = yaml.safe_dump([{"hosts": "all", "gather_facts": False, **play}], sort_keys=False)
    return head + "  tasks:\n" + textwrap.indent(textwrap.dedent(listed), "    ")


def run_playbook(playbook: Path, *, folder: Path, setting: Setting) -> PlaybookRun:
    """Run a playbook file; `setting.play` and `setting.variables` are the caller's business here."""
    lines = folder / "results.jsonl"
    lines.unlink(missing_ok=True)
    process = start_playbook(playbook, folder=folder, setting=setting, lines=lines)
    try:
        output, _nothing = process.communicate(timeout=LONGEST)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return PlaybookRun(returncode=process.returncode, output=output, results=read_results(lines))


def start_playbook(playbook: Path, *, folder: Path, setting: Setting, lines: Path) -> subprocess.Popen[str]:
    """Start a playbook in a process group of its own; its results go to `lines`."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    inventory = folder / "hosts.yml"
    connection = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    hosts = {name: {**connection, **variables} for name, variables in setting.hosts.items()}
    inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts}}), encoding="utf-8")
    collections = [os.environ["ANSIBLE_COLLECTIONS_PATH"], *map(str, setting.collections)]
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PWD": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(collections),
        "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
        "ANSIBLE_CALLBACKS_ENABLED": "json_lines",
        "ANSIBLE_NOCOLOR": "1",
        "JSON_LINES_FILE": str(lines),
        **setting.environ,
    }
    sources = [argument for path in (inventory, *setting.inventories) for argument in ("-i", str(path))]
    return subprocess.Popen(
        [sys.executable, "-m", "ansible", "playbook", *sources, *setting.arguments, str(playbook)],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def read_results(lines: Path) -> list[TaskResult]:
    """The results that the callback wrote; none if the run ended before the first."""
    if not lines.exists():
        return []
    return [TaskResult(**json.loads(line)) for line in lines.read_text(encoding="utf-8").splitlines()]


def differences(here: PlaybookRun, there: PlaybookRun) -> list[str]:
    """One line for each thing that is not the same; hosts may finish in another order."""
    first, second = _by_task(here), _by_task(there)
    found = [f"{key}: only one way has it" for key in first.keys() ^ second.keys()]
    for key in first.keys() & second.keys():
        found.extend(_compare(" ".join(key), first[key], second[key]))
    return sorted(found)


def _by_task(run: PlaybookRun) -> dict[tuple[str, ...], t.Any]:
    found: dict[tuple[str, ...], t.Any] = {}
    for each in run.results:
        number = sum(1 for key in found if key[:2] == (each.task, each.host))
        found[each.task, each.host, str(number)] = {"status": each.status, **_comparable(each.result)}
    if not found:
        raise LookupError(f"no task had a result; the run showed:\n{run.output}")
    return found


def _comparable(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        kept = {name: _comparable(item) for name, item in value.items() if name not in NEVER_EQUAL}
        facts = kept.get("ansible_facts")
        if isinstance(facts, dict):
            own = {name: fact for name, fact in facts.items() if not name.startswith(DISCOVERED)}
            kept.pop("ansible_facts")
            kept.update({"ansible_facts": own} if own else {})
        return kept
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    if isinstance(value, str):
        return re.sub(r"(Valid booleans include: ).*", r"\1(a set, in any order)", value)
    return value


def _compare(place: str, here: t.Any, there: t.Any) -> t.Iterator[str]:
    if isinstance(here, dict) and isinstance(there, dict):
        for name in here.keys() | there.keys():
            yield from _compare(f"{place} / {name}", here.get(name, "(absent)"), there.get(name, "(absent)"))
    elif isinstance(here, list) and isinstance(there, list) and len(here) == len(there):
        for number, (one, other) in enumerate(zip(here, there, strict=True)):
            yield from _compare(f"{place} [{number}]", one, other)
    elif here != there or type(here) is not type(there):
        yield f"{place}: in-process {here!r}, module {there!r}"
