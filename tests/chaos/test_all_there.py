# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nothing that the collection has goes undisturbed: each module that writes has scenarios, each role has a play."""

from __future__ import annotations

import re
from pathlib import Path

from chaos.roles import PLAYS
from chaos.sequence import SCENARIOS

ROOT = Path(__file__).resolve().parents[2]
MODULES = {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")}
ROLES = {path.name for path in (ROOT / "roles").iterdir()}


def _used_by(role: str) -> set[str]:
    """The roles that a role includes, and those that they include."""
    tasks = "".join(path.read_text() for path in (ROOT / "roles" / role / "tasks").glob("*.yml"))
    included = set(re.findall(r"name: cncloud\.certificates\.(\w+)$", tasks, re.M)) & ROLES
    return included.union(*(_used_by(one) for one in included))


def test_every_module_that_writes_has_scenarios() -> None:
    writing = {module for module in MODULES if not module.endswith("_info")}
    assert {scenario.module for scenario in SCENARIOS} == writing


def test_every_role_has_a_play() -> None:
    played = {play.name for play in PLAYS}
    assert played.union(*(_used_by(role) for role in played)) == ROLES
