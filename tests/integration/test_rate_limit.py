# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Forks share one rate, so that the cloud never has to refuse a call for its number."""

from __future__ import annotations

import typing as t

import pytest
from integration.both_ways import Way
from integration.stage import Stage

HOSTS = 4
ITEMS = 6


@pytest.mark.parametrize("limited", [True, False])
def test_forks_stay_below_the_figure_of_the_cloud(stage: Stage, limited: bool) -> None:
    stage.emulator.control("POST", "/rates", {"tencent": 10})
    task: dict[str, t.Any] = {
        "name": "list",
        "cncloud.certificates.tencent_cert_info": {"domain": "x{{ item }}.example.com"},
        "loop": list(range(ITEMS)),
    }
    # At the clouds' own pace: a faster clock would make the limit a higher one.
    environ = {"CNCLOUD_CERTIFICATES_PACE": "", "CNCLOUD_CERTIFICATES_RATE_LIMIT": "true" if limited else "false"}
    hosts: dict[str, dict[str, t.Any]] = {f"host{number}": {} for number in range(HOSTS)}
    run = stage.play([task], way=Way.IN_PROCESS, environ=environ, hosts=hosts)
    refused = [call for call in stage.emulator.log() if call["code"] is not None]
    assert (refused == []) is limited
    # Without it the calls are repeated, and some tasks fail all the same.
    assert run.returncode == 0 or not limited, run.output
