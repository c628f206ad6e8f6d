# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles under seeded faults and kills: the next runs bring them to their end, with nothing twice and nothing left."""

from __future__ import annotations

import pytest
from chaos.roles import play_disturbed
from integration.conftest import emulator_process, stage
from integration.stage import Stage

__all__ = ["emulator_process", "stage"]


def test_roles(stage: Stage, role_seed: int) -> None:
    story = play_disturbed(stage, role_seed)
    told = "\n".join(story)
    again = f"make chaos SEED={role_seed} SEQUENCES=0 ROLES=1"
    if any(line.startswith("BROKEN") for line in story):
        pytest.fail(f"{told}\n\nTo play it again:\n{again}", pytrace=False)
