# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The invariants can fail: modules that are made worse are found out."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils import _dns_record
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.domain_cert import DomainCertificate
from chaos.disturbance import Disturbance
from chaos.sequence import Chaos
from driver.driver import Driver

KILLED_AFTER_THE_WRITE = Disturbance("kill", point=8, what="SIGKILL")
DIES_AFTER_THE_WRITE = Disturbance("alarm", point=8, what="SIGALRM")
LOST = {"kind": "lost_answer", "match": {"write": True}, "after": 0}


@pytest.mark.parametrize("lag, found", [(10.0, False), (0.0, True)])
@pytest.mark.parametrize("ended", [KILLED_AFTER_THE_WRITE, DIES_AFTER_THE_WRITE])
def test_a_second_object_is_found(
    shared_driver: Driver, monkeypatch: pytest.MonkeyPatch, ended: Disturbance, lag: float, found: bool
) -> None:
    chaos = Chaos(shared_driver, only="huawei: the first certificate")
    monkeypatch.setattr(DomainCertificate, "read_lag", lag)
    played = chaos.play_these(ended, Disturbance("faults"))
    assert bool(played.problems) is found, str(played)


def test_a_bare_domain_is_found_at_once(shared_driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    chaos = Chaos(shared_driver, only="huawei: a certificate in place")
    monkeypatch.setattr(Driver, "run", _unbinding(Driver.run))
    played = chaos.play_these(Disturbance("faults", (LOST,)))
    assert any("without a certificate in truth" in problem for problem in played.problems), str(played)


def _unbinding(run: t.Any) -> t.Any:
    """A run that first takes off what is bound, once it has been seen to work."""

    def worse(driver: Driver, module: str, params: t.Any, **more: t.Any) -> t.Any:
        if driver.emulator.control("GET", "/faults")["faults"]:
            (domain,) = driver.emulator.control("GET", "/state/huawei")["domains"]
            for identity in domain["certificates"]:
                driver.emulator.control("DELETE", f"/huawei/certificates/{identity}")
        return run(driver, module, params, **more)

    return worse


def test_an_unforeseen_exception_is_found(shared_driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_unused: object) -> t.NoReturn:
        raise KeyError("not foreseen")

    chaos = Chaos(shared_driver, only="tencent dns: the first value")
    assert not chaos.play_these().problems
    monkeypatch.setattr(_dns_record, "reconcile", breaks)
    played = chaos.play_these()
    assert any("none of the twelve" in problem for problem in played.problems), str(played)
