# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One domain fails: whatever listens still gets the new files of the others, and the last task says what to do."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml
from integration.both_ways import PlaybookRun, Setting, run_playbook
from integration.role import entry, role_variables
from integration.stage import Stage, fingerprint

pytestmark = pytest.mark.xdist_group("issue_and_bind_handlers")

GOOD, UNPROVEN, UNBOUND, UNWRITTEN = "api.example.com", "www.example.invalid", "shop.example.com", "file.example.com"
LAST = "Name each certificate that failed"


def play_of(stage: Stage, variables: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    """A user's play: its handler does what a reload does, it takes the file as it is."""
    defaults = {
        f"group/cncloud.certificates.{cloud}": variables.pop(f"issue_and_bind_{cloud}")
        for cloud in ("tencent", "huawei", "aliyun")
    }
    return [
        {
            "hosts": "localhost",
            "gather_facts": False,
            "module_defaults": defaults,
            "vars": variables,
            "roles": ["cncloud.certificates.issue_and_bind"],
            "handlers": [
                {
                    "name": "Reload the service",
                    "listen": "issue_and_bind certificates changed",
                    "ansible.builtin.copy": {
                        "src": str(stage.folder / f"{GOOD}.pem"),
                        "dest": str(stage.folder / "reloaded.pem"),
                        "remote_src": True,
                        "mode": "0644",
                    },
                }
            ],
        }
    ]


@pytest.fixture(scope="module", name="run")
def _run(shared_stage: Stage) -> PlaybookRun:
    stage = shared_stage
    (stage.folder / "no-folder").write_text("")
    unwritten = entry(stage, UNWRITTEN, dv_auth_method="file", web_root=str(stage.folder / "no-folder"))
    entries = [unwritten, entry(stage, GOOD), entry(stage, UNPROVEN), entry(stage, UNBOUND)]
    variables = role_variables(stage, entries, {"issue_and_bind_wait_timeout": 60})
    path = stage.folder / "play.yml"
    path.write_text(yaml.safe_dump(play_of(stage, variables)), encoding="utf-8")
    return run_playbook(path, folder=stage.folder, setting=Setting(environ=stage.environ()))


def failures(run: PlaybookRun) -> list[str]:
    """Of the last task. (What Ansible's own modules fail with, on the way, is rescued.)"""
    failed = [each for each in run.results if each.status == "failed"]
    assert failed[-1].task.rpartition(" : ")[2] == LAST, run.output
    return list(failed[-1].result["msg"])


def test_services_are_reloaded_with_the_new_files_of_those_that_did_not_fail(
    run: PlaybookRun, shared_stage: Stage
) -> None:
    assert run.returncode != 0
    new = fingerprint(shared_stage.folder / f"{GOOD}.pem")
    assert fingerprint(Path(shared_stage.folder / "reloaded.pem")) == new
    assert shared_stage.served(GOOD) == new
    assert run.output.index("Reload the service") < run.output.index(LAST)


def test_the_last_task_says_of_each_what_went_wrong_and_what_to_do(run: PlaybookRun) -> None:
    unproven, unbound, unwritten = sorted(failures(run), reverse=True)
    assert unproven.startswith(f"{UNPROVEN} (proof): ")
    assert "looked for: " in unproven
    assert "Use a key of the account that has the zone" in unproven
    assert unbound.startswith(f"{UNBOUND} (bind {UNBOUND} on i-emulator): ")
    assert "Add the domain to the group first." in unbound
    assert unwritten.startswith(f"{UNWRITTEN} (proof): ")
    assert "no-folder" in unwritten
