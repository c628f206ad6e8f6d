# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The invariants can fail: modules that are made worse are found out."""

from __future__ import annotations

import collections.abc as c
import re
import typing as t

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils import _dns_record
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import NetworkFailure
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.domain_cert import DomainCertificate
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.leftovers import Leftovers
from ansible_collections.cncloud.certificates.plugins.module_utils._resource import reconcile
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


def test_an_object_left_over_is_found(shared_driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    chaos = Chaos(shared_driver, only="huawei: a new object")
    ended = {"kind": "lost_request", "match": {"operation": "DeleteCertificateV2"}, "times": None}
    assert not chaos.play_these(Disturbance("faults", (ended,))).problems
    monkeypatch.setattr(Leftovers, "find", lambda *_unused: ())
    played = chaos.play_these(Disturbance("faults", (ended,)))
    assert any("the end is objects" in problem for problem in played.problems), str(played)


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


@pytest.mark.parametrize("first", [1, 2])  # seeds that draw, and seeds of the walk
def test_a_seed_that_breaks_is_printed_and_breaks_again(
    shared_driver: Driver, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    """A module whose network failures are not foreseen, which no undisturbed run shows."""
    only = "tencent dns: the first value"
    seeds = range(first, first + 12, 2)
    with monkeypatch.context() as broken:
        broken.setattr(_dns_record, "reconcile", _unforeseen(reconcile))
        text = _failure(Chaos(shared_driver, only=only), seeds)
        printed = re.findall(r"^make chaos SEED=(\d+) SEQUENCES=1 ROLES=0 ARGS='--chaos-only \"(.+)\"'$", text, re.M)
        assert printed
        for seed, named in printed:
            assert (int(seed) in seeds, named) == (True, only)
            again = _failure(Chaos(shared_driver, only=named), [int(seed)])
            assert f"seed {seed}: {only}" in again
            assert "BROKEN: a failure that is none of the twelve" in again
    assert _failure(Chaos(shared_driver, only=only), [int(seed) for seed, _named in printed]) == ""


def _failure(chaos: Chaos, seeds: c.Iterable[int]) -> str:
    return chaos.failure([sequence for seed in seeds for sequence in chaos.play(seed)])


def _unforeseen(work: c.Callable[..., t.Any]) -> c.Callable[..., t.Any]:
    def worse(*given: t.Any) -> t.Any:
        try:
            return work(*given)
        except NetworkFailure as failure:
            raise KeyError("not foreseen") from failure

    return worse
