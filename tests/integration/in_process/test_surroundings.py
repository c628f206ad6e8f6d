# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Environment and working folder are those of a module, and the next loop item starts from the worker's own."""

from __future__ import annotations

import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cncloud.certificates.tests.integration.both_ways import (
    Way,
    both_ways,
    differences,
    run_tasks,
)
from ansible_collections.cncloud.certificates.tests.integration.in_process.probes import (
    COLLECTIONS,
    PROBE,
    probe,
    probe_setting,
)

NAMES = ["PLAY", "BLOCK", "TASK", "EVERY", "HOME", "PWD", "LANG", "NUMBER", "TRUE", "NOTHING", "ODD"]


def test_environment_of_play_block_and_task(tmp_path: Path) -> None:
    asked: dict[str, t.Any] = {"names": NAMES, "all_names": True, "path": "~/x/$TASK/$PLAY"}
    setting = probe_setting(play={"environment": {"PLAY": "p", "EVERY": "p", "NUMBER": 1}})
    tasks = [
        probe("play", asked),
        {
            "name": "block",
            "environment": {"BLOCK": "{{ 'b' * 2 }}", "EVERY": "b"},
            "block": [
                probe("task", asked, environment={"TASK": "t", "EVERY": "t", "TRUE": True, "NOTHING": None}),
                probe("of the block", asked),
            ],
        },
        probe("home", asked, environment={"HOME": "/elsewhere"}),
        probe("odd characters", asked, environment={"ODD": "a 'b' \"c\" $HOME `id` \\ \n€ *"}),
        probe("overruled folder", asked, environment={"PWD": "/nowhere"}),
        probe("list", asked, environment=[{"TASK": 1}, {"TASK": 2}]),
        probe("empty", asked, environment={}),
        probe("emptied", asked, environment={"TERM": ""}),
    ]
    here, there = both_ways(tasks, folder=tmp_path, setting=setting)
    assert differences(here, there) == []
    found = here.of("task").result
    assert found["environ"] == found["process_environ"]
    expected = {"PLAY": "p", "BLOCK": "bb", "TASK": "t", "EVERY": "t", "NUMBER": "1", "TRUE": "True", "NOTHING": "None"}
    assert {name: found["environ"][name] for name in expected} == expected
    assert here.of("home").result["given"]["path"] == "/elsewhere/x/$TASK/p"
    assert here.of("of the block").result["environ"]["TASK"] is None


def test_environment_that_is_none_is_a_failure_both_ways(tmp_path: Path) -> None:
    tasks = [probe("undefined", {}, environment={"A": "{{ nowhere }}"}), probe("after", {})]
    for run in both_ways(tasks, folder=tmp_path, setting=probe_setting()):
        assert run.of("undefined").status == "ignored"
        assert run.of("after").status == "ok"


def test_name_that_no_environment_can_have_is_a_failure(tmp_path: Path) -> None:
    tasks = [probe("nul", {"names": ["B"]}, environment={"B": "1", "A": "x\0y"}), probe("after", {"names": ["B"]})]
    run = run_tasks(tasks, way=Way.IN_PROCESS, folder=tmp_path, setting=probe_setting())
    assert run.of("nul").status == "ignored"
    assert run.of("after").result["environ"] == {"B": None}


def test_what_one_loop_item_sets_does_not_reach_the_next(tmp_path: Path) -> None:
    environments: list[dict[str, t.Any]] = [
        {"ITEM": "first", "TERM": "first", "PWD": "/first"},
        {},
        {"OTHER": "third"},
        {"ITEM": "fourth"},
    ]
    tasks = [
        {
            "name": "loop",
            PROBE: {
                "names": ["ITEM", "OTHER", "TERM", "PWD", "HOME"],
                "all_names": True,
                "fail": "{{ 'foreseen' if item.OTHER is defined else omit }}",
            },
            "environment": "{{ item }}",
            "loop": environments,
            "ignore_errors": True,
        }
    ]
    here, there = both_ways(tasks, folder=tmp_path, setting=probe_setting(environ={"TERM": "worker"}))
    assert differences(here, there) == []
    items = here.of("loop").result["results"]
    assert [item["environ"]["ITEM"] for item in items if "environ" in item] == ["first", None, "fourth"]
    assert items[1]["environ"]["TERM"] == "worker"
    assert "OTHER" not in items[3]["all_names"]


@pytest.fixture(name="project")
def _project(tmp_path: Path) -> Path:
    """A playbook with a role, in another folder than ansible-playbook is started in."""
    project = tmp_path / "project"
    role = project / "roles" / "probing" / "tasks"
    role.mkdir(parents=True)
    options = "{names: [PWD, OLDPWD], path: some/file}"
    role.joinpath("main.yml").write_text(f"- name: in a role\n  {PROBE}: {options}\n", encoding="utf-8")
    included = project / "deeper"
    included.mkdir()
    included.joinpath("tasks.yml").write_text(f"- name: included\n  {PROBE}: {options}\n", encoding="utf-8")
    project.joinpath("play.yml").write_text(
        f"- hosts: localhost\n  gather_facts: false\n  tasks:\n    - name: in the play\n      {PROBE}: {options}\n"
        "    - ansible.builtin.include_tasks: deeper/tasks.yml\n    - ansible.builtin.include_role: {name: probing}\n",
        encoding="utf-8",
    )
    return project


def run_ansible(command: str, *arguments: str, way: Way, folder: Path, environ: dict[str, str]) -> str:
    """The output of an Ansible command that is started in `folder` and works on localhost."""
    collections = os.pathsep.join([os.environ["ANSIBLE_COLLECTIONS_PATH"], str(COLLECTIONS)])
    switch = f"cncloud_certificates_in_process={way.value}"
    interpreter = f"ansible_python_interpreter={sys.executable}"
    host = ["-i", "localhost,", "-c", "local", "-e", switch, "-e", interpreter]
    return subprocess.run(
        [sys.executable, "-m", "ansible", command, *host, *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "ANSIBLE_COLLECTIONS_PATH": collections, **environ},
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    ).stdout


@pytest.mark.parametrize("with_pwd", [True, False])
def test_folder_is_the_playbooks(tmp_path: Path, project: Path, with_pwd: bool) -> None:
    started_in = tmp_path / "started here"
    started_in.mkdir()
    environ = {"HOME": str(tmp_path), **({"PWD": str(started_in)} if with_pwd else {})}
    here, there = (
        run_ansible("playbook", "-v", "../project/play.yml", way=way, folder=started_in, environ=environ) for way in Way
    )
    assert here == there
    assert here.count(f'"base_dir": "{project}"') == 3
    assert here.count(f'"folder": "{project}"') == 3


def test_ad_hoc_command_runs_where_it_is_typed(tmp_path: Path) -> None:
    for way in Way:
        arguments = ["localhost", "-m", PROBE, "-a", "tell=true"]
        output = run_ansible("adhoc", *arguments, way=way, folder=tmp_path, environ={"HOME": str(tmp_path)})
        assert f'"base_dir": "{tmp_path}"' in output
        assert f'"in_process": {str(way.value).lower()}' in output
