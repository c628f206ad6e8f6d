# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of docs/errors.md, as they stand there: trying again, and branching on the kind."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml
from integration.both_ways import PlaybookRun, Setting, run_playbook
from integration.stage import Stage

pytestmark = pytest.mark.xdist_group("errors_in_a_play")

DOCUMENT = Path(__file__).parents[2] / "docs" / "errors.md"
Tasks = list[dict[str, t.Any]]


def example(heading: str) -> Tasks:
    """The tasks of the first block of YAML whose first task has that name."""
    blocks = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    found: list[Tasks] = [yaml.safe_load(block) for block in blocks]
    return next(tasks for tasks in found if tasks[0]["name"] == heading)


def play(stage: Stage, tasks: Tasks) -> PlaybookRun:
    text = yaml.safe_dump(
        [
            {
                "hosts": "localhost",
                "gather_facts": False,
                "vars": {"certificates_folder": str(stage.folder)},
                "module_defaults": {"group/cncloud.certificates.tencent": {"endpoint": stage.emulator.endpoint}},
                "tasks": tasks,
            }
        ]
    )
    path = stage.folder / "play.yml"
    path.write_text(text, encoding="utf-8")
    environ = {**stage.environ(), "ANSIBLE_SHOW_CUSTOM_STATS": "true"}
    return run_playbook(path, folder=stage.folder, setting=Setting(environ=environ))


def refuse(stage: Stage, code: str, times: int) -> None:
    fault = {"kind": "error", "code": code, "match": {"operation": "DescribeCertificates"}, "times": times}
    stage.emulator.control("POST", "/faults", fault)


def order(stage: Stage) -> PlaybookRun:
    tasks = example("Order the certificate, again if that can help")
    tasks[0]["delay"] = 0
    return play(stage, tasks)


def calls(stage: Stage) -> int:
    return [call["operation"] for call in stage.emulator.log()].count("DescribeCertificates")


def test_until_tries_again_what_can_help(stage: Stage) -> None:
    refuse(stage, "RequestLimitExceeded", times=5)  # the module gives up after four
    run = order(stage)
    assert run.returncode == 0, run.output
    assert run.of("Order the certificate, again if that can help").result["attempts"] == 2


def test_until_does_not_try_again_what_cannot_help(stage: Stage) -> None:
    refuse(stage, "AuthFailure.UnauthorizedOperation", times=50)
    run = order(stage)
    assert run.returncode != 0
    assert calls(stage) == 1
    assert "Allow ssl:DescribeCertificates in CAM" in run.output


def test_rescue_goes_on_where_the_proof_is_awaited(stage: Stage) -> None:
    run = play(stage, example("Certificate"))
    assert run.returncode == 0, run.output
    (challenge,) = run.of("Hand over what is still to be published").result["ansible_stats"]["data"][
        "certificate_challenge"
    ]
    assert challenge["record"].endswith(".example.com")
    assert "certificate_error" in run.output.partition("CUSTOM STATS")[2]


def test_rescue_fails_for_everything_else(stage: Stage) -> None:
    refuse(stage, "AuthFailure.UnauthorizedOperation", times=50)
    run = play(stage, example("Certificate"))
    assert run.returncode != 0
    assert (
        "Allow ssl:DescribeCertificates in CAM"
        in run.of("Go on only where the order waits for its proof").result["msg"]
    )
