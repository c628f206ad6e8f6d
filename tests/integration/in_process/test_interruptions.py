# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A time-out ends a task and nothing else; what must not be cut in two is not."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from ansible_collections.cncloud.certificates.tests.integration.both_ways import (
    Way,
    both_ways,
    differences,
    play_text,
    run_tasks,
    start_playbook,
)
from ansible_collections.cncloud.certificates.tests.integration.in_process.probes import (
    PROBE,
    SWITCH,
    probe,
    probe_setting,
)

PATIENCE = 60.0
"""Seconds to wait for another process to get somewhere."""


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def wait_for(path: Path, line: str) -> str:
    """The first line of a file that begins so, as soon as another process has written it."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = [each for each in lines_of(path) if each.startswith(line) and each != line.rstrip("\n")]
        if found:
            return found[0]
        time.sleep(0.02)
    raise AssertionError(f"no {line!r} in {path} after {PATIENCE} seconds")


def test_time_out_ends_the_task_alike_both_ways(tmp_path: Path) -> None:
    tasks = [
        probe("times out", {"sleep": 30, "touch": str(tmp_path / "{{ way }}")}, timeout=1, register="r"),
        probe("in time", {"text": "x"}, timeout=30),
        probe("after", {"answer": "{{ r.msg }}"}),
    ]
    here, there = both_ways(tasks, folder=tmp_path, setting=probe_setting(variables={"way": f"{{{{ {SWITCH} }}}}"}))
    assert differences(here, there) == []
    assert here.of("times out").status == "ignored"
    assert "Timed out after 1 second(s)." in here.of("times out").result["msg"]
    assert "Traceback" not in here.output
    assert lines_of(tmp_path / "True")[1:] == []
    # Ansible leaves a module that timed out running.
    (started,) = lines_of(tmp_path / "False")
    os.kill(int(started.split()[1]), signal.SIGKILL)


def test_loop_goes_on_after_a_time_out(tmp_path: Path) -> None:
    task = {
        "name": "loop",
        PROBE: {"sleep": "{{ item.sleep }}", "tell": True, "names": ["X", "PWD"]},
        "environment": {"X": "{{ item.name }}"},
        "timeout": 1,
        "loop": [{"name": "a", "sleep": 0}, {"name": "b", "sleep": 30}, {"name": "c", "sleep": 0}],
        "ignore_errors": True,
    }
    run = run_tasks([task], way=Way.IN_PROCESS, folder=tmp_path, setting=probe_setting())
    first, second, third = run.of("loop").result["results"]
    assert "Timed out" in second["msg"]
    assert (first["environ"]["X"], third["environ"]["X"]) == ("a", "c")
    assert first["environ"]["PWD"] == third["environ"]["PWD"] == str(tmp_path)
    assert first["process"] == third["process"]
    assert first["descriptors"] == third["descriptors"]


@pytest.mark.parametrize("way", Way)
def test_shielded_section_outlasts_a_time_out(tmp_path: Path, way: Way) -> None:
    touched = tmp_path / "touched"
    tasks = [probe("shielded", {"sleep": 2, "shield": True, "touch": str(touched)}, timeout=1)]
    run = run_tasks(tasks, way=way, folder=tmp_path, setting=probe_setting())
    assert "Timed out after 1 second(s)." in run.of("shielded").result["msg"]
    assert wait_for(touched, "finish")


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(("target", "shield"), [("worker", True), ("worker", False), ("playbook", True)])
def test_end_from_outside(tmp_path: Path, way: Way, number: signal.Signals, target: str, shield: bool) -> None:
    """What is shielded is brought to its end first, whichever process is told to end."""
    touched = tmp_path / "touched"
    playbook = tmp_path / "play.yml"
    options = {"sleep": 1, "shield": shield, "touch": str(touched)}
    playbook.write_text(
        play_text([probe("told to end", options)], play={"vars": {SWITCH: way.value}}), encoding="utf-8"
    )
    process = start_playbook(playbook, folder=tmp_path, setting=probe_setting(), lines=tmp_path / "lines")
    try:
        running = int(wait_for(touched, "started").split()[1])
        os.kill(running if target == "worker" else process.pid, number)
        process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()
    if shield:
        assert wait_for(touched, "finish")
    else:
        time.sleep(1)
        assert lines_of(touched)[1:] == []
