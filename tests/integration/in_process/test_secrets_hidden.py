# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret is shown at any verbosity, in the log or in what callbacks get."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cncloud.certificates.tests.integration.both_ways import (
    Way,
    both_ways,
    differences,
    run_tasks,
)
from ansible_collections.cncloud.certificates.tests.integration.in_process.probes import PROBE, probe, probe_setting

SECRETS = {
    "option": "sesame-of-an-option-1",
    "part": "sesame-of-a-part-2",
    "made": "sesame-made-at-run-time-3",
    "pem": "-----BEGIN PRIVATE KEY-----\nc2VzYW1lIG9mIGEgcGVtIDQK\n-----END PRIVATE KEY-----\n",
}
VARIABLES = {f"secret_{name}": value for name, value in SECRETS.items()}
OPTIONS: dict[str, t.Any] = {
    "password": "{{ secret_option }}",
    "parts": {"pin": "{{ secret_part }}"},
    "mask": ["{{ secret_made }}", "{{ secret_pem }}"],
    "warn": ["{{ secret_option }} {{ secret_part }} {{ secret_made }} {{ secret_pem }}"],
    "answer": {
        "echo": ["{{ secret_option }}", "<{{ secret_part }}>", "{{ secret_made }}", "{{ secret_pem }}"],
        "json": "{{ {'nested': secret_pem} | to_json }}",
    },
}


def test_nothing_is_shown_at_the_highest_verbosity(tmp_path: Path) -> None:
    tasks = [
        probe("succeeds", OPTIONS),
        probe("changes", {**OPTIONS, "change": True}, diff=True),
        probe("fails", {**OPTIONS, "fail": "foreseen"}),
        probe("breaks", {**OPTIONS, "fail": "unforeseen"}),
        probe("is refused", {**OPTIONS, "secret_kind": "{{ secret_option }}"}),
        {"name": "loops", PROBE: OPTIONS, "loop": [1, 2]},
    ]
    log = tmp_path / "ansible.log"
    setting = probe_setting(
        arguments=["-vvvv", "-e", f"@{write_variables(tmp_path)}"],
        environ={"ANSIBLE_LOG_PATH": str(log), "ANSIBLE_DISPLAY_TRACEBACK": "always"},
    )
    run = run_tasks(tasks, way=Way.IN_PROCESS, folder=tmp_path, setting=setting)
    assert len(run.results) == len(tasks)
    shown = {"output": run.output, "log": log.read_text(encoding="utf-8")}
    shown.update({f"result of {each.task}": repr(each.result) for each in run.results})
    for name, secret in SECRETS.items():
        body = secret.split("\n")[1] if "\n" in secret else secret
        assert [place for place, text in shown.items() if body in text] == [], name


def write_variables(folder: Path) -> Path:
    path = folder / "variables.json"
    path.write_text(json.dumps(VARIABLES), encoding="utf-8")
    return path


def test_no_log_hides_the_whole_result(tmp_path: Path) -> None:
    tasks = [
        probe("hidden", {"text": "told to nobody"}, no_log=True, register="r"),
        probe("hidden failure", {"text": "told to nobody", "fail": "foreseen"}, no_log=True),
        probe("registered all the same", {"answer": "{{ r.given.text | length }}"}),
    ]
    here, there = both_ways(tasks, folder=tmp_path, setting=probe_setting(arguments=["-vvv"]))
    assert differences(here, there) == []
    assert here.of("registered all the same").result["answer"] == 14
    assert "censored" in here.of("hidden").result
    assert "told to nobody" not in here.output


@pytest.mark.parametrize("inject", [True, False])
def test_invocation_is_what_this_core_gives_a_module(tmp_path: Path, inject: bool) -> None:
    setting = probe_setting(environ={"ANSIBLE_INJECT_INVOCATION": str(inject)})
    tasks = [
        probe("task", {"password": "{{ 'sesame-' ~ 'open' }}", "words": "x"}, register="r"),
        probe("failing", {"password": "{{ 'sesame-' ~ 'open' }}", "nope": 1}, register="f"),
        {
            "name": "shown",
            "ansible.builtin.debug": {"msg": "{{ [r, f] | map(attribute='invocation', default='none') | list }}"},
        },
    ]
    here, there = both_ways(tasks, folder=tmp_path, setting=setting)
    assert here.of("shown").result["msg"] == there.of("shown").result["msg"]
    if inject:
        assert here.of("shown").result["msg"][0]["module_args"]["text"] == "x"
        assert "sesame-open" not in repr(here.of("shown").result)
