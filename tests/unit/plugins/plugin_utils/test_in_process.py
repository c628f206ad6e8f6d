# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action base alone: what it hands over, and that it puts everything back whatever happens when."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
import types
import typing as t
from pathlib import Path
from unittest import mock

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import Entry
from ansible_collections.cncloud.certificates.plugins.plugin_utils import _in_process
from ansible_collections.cncloud.certificates.plugins.plugin_utils._in_process import InProcessAction, as_json

SPEC: dict[str, dict[str, t.Any]] = {
    "path": {"type": "path"},
    "number": {"type": "int", "default": 3},
    "password": {"type": "str", "no_log": True},
}
VARIABLES = {"inventory_hostname": "localhost"}
SECRET = "open-sesame-77"


class TimeIsUp(BaseException):
    """As Ansible's own time-out: no Exception."""


def action_that(
    run: t.Callable[[t.Mapping[str, t.Any], Context], dict[str, t.Any]],
    *,
    folder: Path,
    arguments: t.Mapping[str, t.Any] | None = None,
    environment: t.Sequence[t.Mapping[str, t.Any]] = (),
    transport: str = "local",
) -> InProcessAction:
    """An action of a task with these arguments, with everything around it faked."""

    class Action(InProcessAction):
        entry = Entry(argument_spec=SPEC, run=run)

    task = mock.Mock(
        action="cncloud.certificates.probe",
        args=dict(arguments or {}),
        async_val=0,
        check_mode=False,
        delegate_to=None,
        diff=False,
        environment=list(environment),
    )
    connection = mock.Mock(transport=transport, become=None)
    connection._shell.env_prefix.return_value = ""
    loader = mock.Mock()
    loader.get_basedir.return_value = str(folder)
    templar = mock.Mock()
    templar.template.side_effect = lambda value: value
    return Action(task, connection, mock.Mock(), loader, templar)


def unchanged(_params: t.Mapping[str, t.Any], _context: Context) -> dict[str, t.Any]:
    return {"changed": False}


def surroundings() -> tuple[dict[str, str], str]:
    return dict(os.environ), os.getcwd()


def test_module_gets_the_arguments_as_the_task_has_them(tmp_path: Path) -> None:
    arguments = {"path": "~/$X/y", "password": SECRET}
    action = action_that(unchanged, folder=tmp_path, arguments=arguments, transport="ssh")
    handed: list[dict[str, t.Any]] = []

    def execute_module(*, module_args: dict[str, t.Any], task_vars: object) -> dict[str, t.Any]:
        handed.append(dict(module_args))
        module_args["_ansible_check_mode"] = True  # as core does
        return {"changed": True}

    with mock.patch.object(action, "_execute_module", execute_module):
        assert action.run(task_vars=dict(VARIABLES)) == {"changed": True}
    assert handed == [arguments]
    assert action._task.args == arguments


def test_unreachable_host_is_not_hidden(tmp_path: Path) -> None:
    action = action_that(unchanged, folder=tmp_path, transport="ssh")
    with (
        mock.patch.object(action, "_execute_module", side_effect=AnsibleConnectionFailure("no route")),
        pytest.raises(AnsibleConnectionFailure),
    ):
        action.run(task_vars=dict(VARIABLES))


def test_service_sees_environment_and_folder_and_nobody_after_it_does(tmp_path: Path) -> None:
    seen: list[tuple[dict[str, str], str]] = []
    contexts: list[Context] = []

    def look(params: t.Mapping[str, t.Any], context: Context) -> dict[str, t.Any]:
        seen.append(surroundings())
        contexts.append(context)
        os.environ["LEFT_BEHIND"] = "by a service"
        os.chdir("/")
        return {"changed": False, "path": params["path"]}

    before = surroundings()
    environment: list[dict[str, t.Any]] = [{"OUTER": 1, "BOTH": "outer"}, {"BOTH": "inner"}]
    action = action_that(look, folder=tmp_path, arguments={"path": "$BOTH/x"}, environment=environment)
    result = action.run(task_vars=dict(VARIABLES))
    assert result["path"] == "inner/x"
    assert surroundings() == before
    ((environ, folder),) = seen
    assert folder == contexts[0].base_dir == environ["PWD"] == str(tmp_path)
    assert {name: environ[name] for name in ("OUTER", "BOTH")} == {"OUTER": "1", "BOTH": "inner"}
    assert contexts[0].environ == environ
    assert contexts[0].task_host == "localhost"


@pytest.mark.parametrize("raised", [KeyError(SECRET), SystemExit(SECRET), ValueError(SECRET)])
def test_whatever_is_raised_becomes_a_failure_without_its_text(tmp_path: Path, raised: BaseException) -> None:
    def fail(_params: t.Mapping[str, t.Any], _context: Context) -> dict[str, t.Any]:
        raise raised

    before = surroundings()
    result = action_that(fail, folder=tmp_path, arguments={"password": SECRET}).run(task_vars=dict(VARIABLES))
    assert result["failed"] is True
    assert result["error"]["kind"] == "local"
    assert type(raised).__name__ in result["msg"]
    assert SECRET not in json.dumps(result)
    assert surroundings() == before


@pytest.mark.parametrize(
    "fault",
    ["_compute_environment_string", "_validate_and_execute"],
)
def test_fault_of_our_own_is_a_failure_too(tmp_path: Path, fault: str) -> None:
    action = action_that(unchanged, folder=tmp_path)
    with mock.patch.object(action, fault, side_effect=RuntimeError(SECRET)):
        result = action.run(task_vars=dict(VARIABLES))
    assert result["failed"]
    assert result["msg"].startswith(
        "The task cannot be run in-process (RuntimeError). Set cncloud_certificates_in_process: false"
    )
    assert result["error"]["kind"] == "local"


def test_folder_that_is_gone_is_a_failure(tmp_path: Path) -> None:
    before = surroundings()
    result = action_that(unchanged, folder=tmp_path / "gone").run(task_vars=dict(VARIABLES))
    assert result["failed"]
    assert result["msg"].startswith(
        "The task cannot be run in-process (FileNotFoundError). Set cncloud_certificates_in_process: false"
    )
    assert result["error"]["kind"] == "local"
    assert surroundings() == before


def test_list_in_place_of_a_dictionary_is_a_failure(tmp_path: Path) -> None:
    action = action_that(unchanged, folder=tmp_path, arguments={"part": [1]})
    spec = {"part": {"type": "dict", "options": {"size": {"type": "int"}}}}
    with mock.patch.object(type(action), "entry", Entry(argument_spec=spec, run=unchanged)):
        result = action.run(task_vars=dict(VARIABLES))
    assert result["failed"] is True
    assert "another shape" in result["msg"]


def run_until(action: InProcessAction, event: int) -> bool:
    """Run the action and end its time at that event of the code under test; whether there are so many."""
    count = 0

    def trace(frame: types.FrameType, _kind: str, _argument: object) -> t.Any:
        nonlocal count
        if frame.f_code.co_filename != _in_process.__file__:
            return None
        count += 1
        if count == event:
            raise TimeIsUp
        return trace

    former = sys.gettrace()
    sys.settrace(trace)
    try:
        action.run(task_vars=dict(VARIABLES))
    except TimeIsUp:
        return True
    finally:
        sys.settrace(former)
    return False


def test_time_out_at_any_moment_leaves_everything_as_it_was(tmp_path: Path) -> None:
    before = surroundings()
    for event in range(1, 1000):
        action = action_that(unchanged, folder=tmp_path, environment=[{"ADDED": "1", "HOME": "/changed"}])
        interrupted = run_until(action, event)
        assert surroundings() == before, f"event {event}"
        if not interrupted:
            break
    else:
        raise AssertionError("the action does not end")
    assert event > 50


def test_time_out_drops_the_sessions(tmp_path: Path) -> None:
    def time_out(_params: t.Mapping[str, t.Any], _context: Context) -> dict[str, t.Any]:
        raise TimeIsUp

    with mock.patch.object(_in_process, "close_sessions") as close, pytest.raises(TimeIsUp):
        action_that(time_out, folder=tmp_path).run(task_vars=dict(VARIABLES))
    close.assert_called_once_with()


def test_sessions_live_on_after_an_ordinary_end(tmp_path: Path) -> None:
    with mock.patch.object(_in_process, "close_sessions") as close:
        action_that(unchanged, folder=tmp_path).run(task_vars=dict(VARIABLES))
    close.assert_not_called()


class Text(str):
    """As Ansible's tagged text."""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Text("x"), "x"),
        ({Text("k"): [Text("v"), (1, 2)]}, {"k": ["v", [1, 2]]}),
        (datetime.date(2026, 11, 22), "2026-11-22"),
        (datetime.datetime(2026, 11, 22, 8, tzinfo=datetime.UTC), "2026-11-22T08:00:00+00:00"),
        ({"x"}, ["x"]),
        (b"x\xc3\xa9", "xé"),
        ({1: True, None: 1.5}, {"1": True, "null": 1.5}),
        (Path("/x"), "/x"),
    ],
)
def test_values_become_what_a_module_would_get(value: object, expected: object) -> None:
    found = as_json(value)
    assert found == expected
    assert type(found) in {str, int, float, bool, list, dict}


def test_import_is_cheap_where_all_workers_are_forked_from() -> None:
    """Strategies import the action in the parent: what only some runs need must not be loaded there."""
    code = (
        "import sys\n"
        "import ansible.plugins.action, ansible.module_utils.basic, requests\n"
        "before = set(sys.modules)\n"
        f"import {_in_process.__name__}\n"
        "print('\\n'.join(set(sys.modules) - before))\n"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environ
    ).stdout
    foreign = {name.partition(".")[0] for name in loaded.split()} - set(sys.stdlib_module_names)
    assert foreign <= {"ansible", "ansible_collections"}
    assert "cryptography" not in loaded
