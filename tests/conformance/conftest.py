# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ansible_collections.cncloud.certificates.tests.emulator.process import EmulatorProcess


@pytest.fixture(scope="module")
def emulator_process() -> Iterator[EmulatorProcess]:
    # pytest reads this file before the collection can be imported.
    from ansible_collections.cncloud.certificates.tests.emulator.process import EmulatorProcess

    with EmulatorProcess() as process:
        yield process


@pytest.fixture
def emulator(emulator_process: EmulatorProcess) -> EmulatorProcess:
    """An emulator in its first state, with an empty log."""
    emulator_process.control("POST", "/reset")
    emulator_process.control("DELETE", "/log")
    return emulator_process
