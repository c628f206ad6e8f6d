# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every module in a real `ansible-playbook` that is made to show and keep all it can.

One run a way of running: each case is predicted, done, done again, refused by the cloud and refused by the validator,
at -vvvv with diffs. Searched are the output, what callbacks write, the log, the fact cache, files left over anywhere,
and the command lines of all processes. It runs with a umask of 0.
"""

from __future__ import annotations

import json
import os
import typing as t

from driver.driver import entry_of
from integration.both_ways import Way
from integration.stage import Stage
from leak.cases import CANARY, CASES, FIRST, IN_ENVIRONMENT, KEYS, Case, Options, key_options
from leak.run import WAYS, Kept, ProcessList, everywhere, play_and_search, temporary_folder
from leak.search import open_to_others, secrets_of_text

SECRET, TOKEN = CANARY.format(name="a-secret"), CANARY.format(name="a-token")


class Tasks:
    """Tasks whose secrets are variables: core shows the source of a task that fails, so nobody writes one there."""

    def __init__(self) -> None:
        self.tasks: list[dict[str, t.Any]] = []
        self.secrets: dict[str, str] = {"a_secret": SECRET, "a_token": TOKEN}

    def add(self, case: Case, what: str, options: Options, **more: t.Any) -> None:
        spec = entry_of(case.module).argument_spec
        given = {
            name: self._hidden(value) if spec.get(name, {}).get("no_log") else value for name, value in options.items()
        }
        self.tasks.append({"name": f"{case.name}: {what}", f"cncloud.certificates.{case.module}": given, **more})

    def _hidden(self, value: t.Any) -> t.Any:
        if isinstance(value, list):
            return [self._hidden(one) for one in value]
        name = next((name for name, secret in self.secrets.items() if secret == value), f"secret_{len(self.secrets)}")
        self.secrets[name] = value
        return f"{{{{ {name} }}}}"


def refusals(case: Case, options: Options) -> list[tuple[str, Options]]:
    """What the cloud refuses, and what the validator does, with each secret option at once in a wrong shape."""
    spec = entry_of(case.module).argument_spec
    shapeless = {name: [TOKEN] for name in spec if spec[name].get("no_log")}
    rows = [
        ("wrong shapes", {**options, **shapeless, "no_such_option": 1}),
        ("alone", dict.fromkeys(shapeless, SECRET)),
    ]
    if case.cloud is not None:
        key_id, secret, token = KEYS[case.cloud]
        rows.append(("refused key", {**options, key_id: "WRONGKEY", secret: SECRET, token: TOKEN}))
    return rows


def tasks_of(stage: Stage, way: Way) -> Tasks:
    """A module that is started costs half a second, so that only the other way tries everything."""
    tasks = Tasks()
    if way is Way.IN_PROCESS:
        for case in CASES:
            options = {**case.options(stage), **key_options(stage, case.cloud)}
            tasks.add(case, "predicted", options, check_mode=True)
            tasks.add(case, "done", options)
            tasks.add(case, "done again", options)
            for what, wrong in refusals(case, options):
                tasks.add(case, what, wrong, ignore_errors=True)
        return tasks
    for case in FIRST:
        tasks.add(case, "done", {**case.options(stage), **key_options(stage, case.cloud)})
    for cloud in KEYS:
        case = next(case for case in CASES if case.cloud == cloud)
        for what, wrong in refusals(case, case.options(stage)):
            tasks.add(case, what, wrong, ignore_errors=True)
    return tasks


@WAYS
def test_everything_that_ansible_shows_and_keeps(stage: Stage, way: Way) -> None:
    tasks = tasks_of(stage, way)
    variables = stage.folder / "canaries.json"
    variables.write_text(json.dumps(tasks.secrets))
    kept = Kept(stage, ("canaries.json", *(name for case in CASES for name in case.kept)))
    before = os.umask(0)
    try:
        with ProcessList(stage) as processes:
            run, search = play_and_search(
                stage,
                tasks.tasks,
                *("-vvvv", "--diff", "-e", f"@{variables}"),
                way=way,
                environ={name: "" for names in IN_ENVIRONMENT.values() for name in names},
                secrets=tasks.secrets,
                kept=kept,
            )
    finally:
        os.umask(before)
    ends = {each.task: (each.status, each.result.get("msg")) for each in run.results}
    for task in tasks.tasks:
        wanted = "ignored" if task.get("ignore_errors") else "ok"
        assert ends[task["name"]][0] == wanted, (task["name"], ends[task["name"]])
    assert len(kept.keys()) >= 5
    search.all_of(processes.seen)
    assert len(processes.seen) > 1
    assert search.found == []
    home = stage.folder / "home"
    assert open_to_others(path for path in kept.paths if path.name.endswith((".key", ".ovpn"))) == []
    assert open_to_others(path for path in home.rglob("cncloud*")) == []
    assert [path for path in (home / ".ansible" / "tmp").rglob("*") if path.is_file()] == []


def test_the_search_finds_what_is_there(stage: Stage) -> None:
    """A search that cannot fail would prove nothing: a task shows a secret everywhere, and is found out."""
    shown = {"ansible.builtin.shell": f"sleep 0.3; echo {SECRET}"}
    with ProcessList(stage) as processes:
        _run, search = play_and_search(stage, [shown], "-vvvv", secrets={"it": SECRET}, kept=Kept(stage, ("play.yml",)))
    search.all_of(processes.seen)
    places = {found.partition(" in ")[2].partition("/")[0] for found in search.found}
    assert {"the output", "ansible.log", "results.jsonl", "tree", "junit"} <= places
    assert any(place.startswith("the command line") for place in places)


def test_keys_are_found_in_files(stage: Stage) -> None:
    key = stage.make_certificate("x", names=["x.example.com"]).private_key
    assert len(secrets_of_text(key.read_text())) == 1
    assert len(secrets_of_text(json.dumps({"key": key.read_text()}))) == 1


def test_temporary_folder_is_short(stage: Stage) -> None:
    """Ansible makes a socket in it."""
    assert len(str(temporary_folder(stage))) < 60
    assert everywhere(stage)["TMPDIR"] == str(temporary_folder(stage))
    temporary_folder(stage).rmdir()
