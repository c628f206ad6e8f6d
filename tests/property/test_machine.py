# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state machine finds a module that breaks its promise, and says how to see it again."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from driver.driver import Driver, Params, Run
from property import machine
from property.test_dns_records import TencentRecords


def test_a_false_prediction_is_found_and_can_be_replayed(
    shared_driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = shared_driver.run

    def lying(module: str, params: Params, **more: t.Any) -> Run:
        run = honest(module, params, **more)
        lies = more.get("check") and run.changed
        nothing = {"changed": False, "diff": {"before": {}, "after": {}}, "actions": []}
        return dataclasses.replace(run, result={**run.result, **nothing}) if lies else run

    monkeypatch.setattr(shared_driver, "run", lying)
    with pytest.raises(AssertionError, match="another change") as caught:
        machine.play(shared_driver, TencentRecords, few=50)
    said = "\n".join(caught.value.__notes__)
    assert "state.begins(" in said
    replay = said.partition("PROPERTY_REPLAY=")[2].split()[0]
    monkeypatch.setattr(machine, "REPLAY", replay)
    before = shared_driver.resets
    with pytest.raises(AssertionError, match="another change"):
        machine.play(shared_driver, TencentRecords)
    assert shared_driver.resets - before < 5
