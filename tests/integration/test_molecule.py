# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The molecule scenarios, each to its end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

EXTENSIONS = Path(
    os.environ["ANSIBLE_COLLECTIONS_PATH"], "ansible_collections", "cncloud", "certificates", "extensions"
)
SCENARIOS = sorted(path.parent.name for path in EXTENSIONS.glob("molecule/*/molecule.yml"))
DEFAULT = "default"
"""Looks at the machine alone; molecule says that something is critical where there is no scenario of that name."""
SEQUENCE = ["prepare", "converge", "verify", "idempotence", "verify", "cleanup"]


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> t.Iterator[Path]:
    """A home folder; an emulator that a scenario has left behind there is stopped."""
    yield tmp_path
    for left in tmp_path.rglob("emulator.json"):
        os.kill(json.loads(left.read_text(encoding="utf-8"))["pid"], signal.SIGTERM)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(scenario: str, home: Path) -> None:
    environ = {
        # ansible-playbook is looked for on the path.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "ANSIBLE_COLLECTIONS_PATH": os.environ["ANSIBLE_COLLECTIONS_PATH"],
    }
    command = [sys.executable, "-m", "molecule", "test", "--scenario-name", scenario, "--destroy", "always"]
    done = subprocess.run(
        command, cwd=EXTENSIONS, env=environ, capture_output=True, text=True, timeout=300, check=False
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    assert re.findall(rf"\[{scenario} > (\w+)\] Executed: Successful", output) == (
        ["converge"] if scenario == DEFAULT else SEQUENCE
    ), output
    assert "CRITICAL" not in output
    assert "PRIVATE KEY" not in output
    # Whatever the scenario has started it has stopped.
    assert list(home.rglob("emulator.json")) == []


def test_each_playbook_has_a_scenario() -> None:
    assert sorted(path.stem for path in EXTENSIONS.with_name("playbooks").glob("*.yml")) == [
        name for name in SCENARIOS if name != DEFAULT
    ]
