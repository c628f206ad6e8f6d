# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a task runs inside the worker, and that it runs as a module otherwise."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.cncloud.certificates.tests.integration.both_ways import (
    PlaybookRun,
    Way,
    both_ways,
    differences,
    run_tasks,
)
from ansible_collections.cncloud.certificates.tests.integration.in_process.probes import (
    PROBE,
    SWITCH,
    probe,
    probe_setting,
)

pytestmark = pytest.mark.xdist_group("in_process_when")

ELSEWHERE = {"ansible_connection": "cncloud_test.probe.elsewhere"}
WORKING_PYTHON = "{{ ansible_playbook_python }}"

# name: (task keywords, runs in-process)
CASES: dict[str, tuple[dict[str, t.Any], bool]] = {
    "plain": ({}, True),
    "an interpreter that does not exist": ({"vars": {"ansible_python_interpreter": "/nonexistent/python"}}, True),
    "switched off": ({"vars": {SWITCH: False}}, False),
    "switched off by text": ({"vars": {SWITCH: "false"}}, False),
    "switched off by the text no": ({"vars": {SWITCH: "no"}}, False),
    "switched off by a template": ({"vars": {SWITCH: "{{ 1 > 2 }}"}}, False),
    "switched off by a template of text": ({"vars": {SWITCH: "{{ 'fal' ~ 'se' }}"}}, False),
    "switched on by text": ({"vars": {SWITCH: "yes"}}, True),
    "switch omitted": ({"vars": {SWITCH: "{{ omit }}"}}, True),
    "becomes root, who it is": (
        {"become": True, "become_user": "root", "become_method": "ansible.builtin.sudo"},
        False,
    ),
    "becomes by variable": ({"vars": {"ansible_become": True}}, False),
    "becomes by a variable that is false": ({"become": True, "vars": {"ansible_become": False}}, True),
    "another connection": ({"vars": ELSEWHERE}, False),
    "delegated to this machine": ({"delegate_to": "localhost"}, True),
    "delegated to another machine": ({"delegate_to": "remote"}, False),
    "delegated to where it is switched off": ({"delegate_to": "switched_off"}, False),
    "local action": ({"connection": "local"}, True),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> PlaybookRun:
    hosts = {"localhost": {}, "remote": ELSEWHERE, "switched_off": {SWITCH: False}}
    tasks = [probe(name, {"tell": True}, **keywords) for name, (keywords, _way) in CASES.items()]
    tasks.append(probe("not a boolean", {}, vars={SWITCH: "perhaps"}))
    tasks.append(probe("undefined", {}, vars={SWITCH: "{{ nowhere }}"}))
    tasks.append(probe("from the other machine back to this one", {"tell": True}, delegate_to="localhost"))
    setting = probe_setting(hosts=hosts, play={"vars": {}, "hosts": "localhost"})
    return run_tasks(tasks, way=Way.IN_PROCESS, folder=tmp_path_factory.mktemp("when"), setting=setting)


@pytest.mark.parametrize("name", CASES)
def test_way_of_running(run: PlaybookRun, name: str) -> None:
    found = run.of(name)
    assert found.status == "ok", found.result
    assert found.result["in_process"] is CASES[name][1]


@pytest.mark.parametrize(
    ("name", "expected"), [("not a boolean", "is not a valid boolean"), ("undefined", "'nowhere' is undefined")]
)
def test_switch_that_cannot_be_read_is_a_failure_that_names_it(run: PlaybookRun, name: str, expected: str) -> None:
    found = run.of(name)
    assert found.status == "ignored"
    assert SWITCH in found.result["msg"]
    assert expected in found.result["msg"]


def test_host_that_is_elsewhere_may_delegate_to_this_machine(tmp_path: Path) -> None:
    setting = probe_setting(
        hosts={"remote": ELSEWHERE, "localhost": {}},
        play={"hosts": "remote", "vars": {}},
    )
    tasks = [
        probe("delegated", {"tell": True}, delegate_to="localhost"),
        probe("not delegated", {"tell": True}),
    ]
    run = run_tasks(tasks, way=Way.IN_PROCESS, folder=tmp_path, setting=setting)
    assert run.of("delegated").result["in_process"] is True
    assert run.of("delegated").result["task_host"] == "remote"
    assert run.of("not delegated").result["in_process"] is False


def test_hands_over_when_a_library_is_missing_on_the_controller_alone(tmp_path: Path) -> None:
    library = tmp_path / "lacking"
    library.mkdir()
    (library / "requests.py").write_text(
        "import os\nif os.environ.get('LACKING') == 'yes':\n    raise ImportError('not here')\n"
        "import sys\nsys.path.remove(os.path.dirname(__file__))\ndel sys.modules['requests']\nimport requests\n",
        encoding="utf-8",
    )
    setting = probe_setting(environ={"PYTHONPATH": str(library), "LACKING": "yes"})
    tasks = [
        probe("there it is", {"tell": True}, environment={"LACKING": "no"}),
        probe("there it lacks, too", {"tell": True}),
    ]
    run = run_tasks(tasks, way=Way.IN_PROCESS, folder=tmp_path, setting=setting)
    assert run.of("there it is").result["in_process"] is False
    found = run.of("there it lacks, too")
    assert found.status == "ignored"
    assert found.result["error"]["kind"] == "local"
    assert "requests" in found.result["msg"]


def test_asynchronous_task_fails_and_says_why(tmp_path: Path) -> None:
    tasks: list[dict[str, t.Any]] = [
        {**probe("polled", {"change": True}), "async": 30, "poll": 1},
        {**probe("left alone", {"change": True}), "async": 30, "poll": 0},
    ]
    here, there = both_ways(tasks, folder=tmp_path, setting=probe_setting())
    assert differences(here, there) == []
    for name in "polled", "left alone":
        found = here.of(name)
        assert found.status == "ignored"
        assert found.result["msg"] == f"This action ({PROBE}) does not support async."
    assert not list((tmp_path / "home").glob(".ansible_async*/*"))


def test_keywords_of_a_task_work_on_the_result(tmp_path: Path) -> None:
    tasks = [
        probe(
            "failed_when sees the failure",
            {"fail": "foreseen"},
            register="r",
            failed_when="r.error.kind != 'throttled'",
        ),
        probe("failed_when sees wrong options", {"nope": 1}, register="r", failed_when="'nope' not in r.msg"),
        probe("changed_when", {"change": True}, changed_when=False),
        probe("until", {"tell": False, "fail": "foreseen"}, register="r", until="r is success", retries=2, delay=0),
        {
            "name": "group",
            "block": [{"name": "fails", PROBE: {"fail": "unforeseen", "password": "open-sesame-77"}}],
            "rescue": [{"name": "rescued", "ansible.builtin.debug": {"var": "ansible_failed_result.error"}}],
        },
        {"name": "short name", "probe": {"text": "x"}, "collections": ["cncloud_test.probe"]},
        {
            "name": "loop",
            PROBE: {"text": "{{ item }}", "change": "{{ item == 'b' }}", "number": "{{ 'x' if item == 'c' else 1 }}"},
            "loop": ["a", "b", "c", "d"],
            "ignore_errors": True,
        },
    ]
    here, there = both_ways(tasks, folder=tmp_path, setting=probe_setting())
    assert differences(here, there) == []
    assert here.of("failed_when sees the failure").status == "ok"
    assert here.of("failed_when sees wrong options").status == "ok"
    assert here.of("changed_when").result["changed"] is False
    assert here.of("until").result["attempts"] == 2
    assert here.of("rescued").result["ansible_failed_result.error"]["kind"] == "local"
    items = here.of("loop").result["results"]
    assert [item["changed"] for item in items] == [False, True, False, False]
    assert ["cannot be converted to an int" in item.get("msg", "") for item in items] == [False, False, True, False]
    assert here.of("short name").result["given"]["text"] == "x"


@pytest.mark.parametrize("arguments", [[], ["--check"], ["--diff"], ["--check", "--diff"]])
def test_check_mode_and_diff_arrive(tmp_path: Path, arguments: list[str]) -> None:
    tasks = [
        probe("as the run says", {"change": True}),
        probe("really", {"change": True}, check_mode=False),
        probe("only predicted", {"change": True}, check_mode=True),
        probe("without diff", {"change": True}, diff=False),
    ]
    here, there = both_ways(tasks, folder=tmp_path, setting=probe_setting(arguments=arguments))
    assert differences(here, there) == []
    assert here.of("as the run says").result["check_mode"] is ("--check" in arguments)
    assert here.of("as the run says").result["wants_diff"] is ("--diff" in arguments)
    assert here.of("really").result["check_mode"] is False
    assert here.of("only predicted").result["check_mode"] is True
    assert here.of("without diff").result["wants_diff"] is False
    assert here.output == there.output
    assert ('+    "value": "new"' in here.output) is ("--diff" in arguments)


@pytest.mark.parametrize("group", ["group/cncloud_test.probe.probes", PROBE])
def test_module_defaults_apply(tmp_path: Path, group: str) -> None:
    setting = probe_setting(play={"module_defaults": {group: {"text": "from defaults", "number": 7}}, "vars": {}})
    tasks = [probe("defaults", {"number": 8})]
    for way in Way:
        tasks[0]["vars"] = {SWITCH: way.value}
        given = run_tasks(tasks, way=way, folder=tmp_path, setting=setting).of("defaults").result["given"]
        assert (given["text"], given["number"]) == ("from defaults", 8)


def test_no_interpreter_is_looked_for(tmp_path: Path) -> None:
    setting = probe_setting(hosts={"localhost": {"ansible_python_interpreter": "auto"}})
    tasks = [
        probe("probe", {}),
        {"name": "facts", "ansible.builtin.debug": {"var": "ansible_facts"}},
    ]
    run = run_tasks(tasks, way=Way.IN_PROCESS, folder=tmp_path, setting=setting)
    assert run.of("facts").result["ansible_facts"] == {}
    assert "ansible_facts" not in run.of("probe").result


@pytest.mark.parametrize("strategy", ["linear", "free", "host_pinned"])
def test_every_strategy(tmp_path: Path, strategy: str) -> None:
    setting = probe_setting(
        play={"strategy": f"ansible.builtin.{strategy}", "vars": {}}, hosts={f"host{number}": {} for number in range(3)}
    )
    run = run_tasks([probe("told", {"tell": True})], way=Way.IN_PROCESS, folder=tmp_path, setting=setting)
    assert sorted(each.result["task_host"] for each in run.results) == ["host0", "host1", "host2"]
    assert all(each.result["in_process"] for each in run.results)
    # Imported once for all workers.
    assert len({each.result["imported_in"] for each in run.results}) == 1
    assert not {each.result["imported_in"] for each in run.results} & {each.result["process"] for each in run.results}
