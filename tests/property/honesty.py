# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What check mode promises, as one function that any account and any task can be put through.

A promise is broken where a prediction differs from the real run that follows it, where check mode calls an operation
that writes or leaves a trace on the disk, or where a second real run finds something to do.
"""

from __future__ import annotations

import collections.abc as c
import dataclasses
import os
import typing as t

from driver.driver import Driver, Params, Run
from hypothesis import HealthCheck, Phase, event, settings

EMPTY: t.Final = {"before": dict[str, t.Any](), "after": dict[str, t.Any]()}
UNEQUAL = dict.fromkeys(("request_ids", "error"))
ROUNDS = 3
"""Real runs after which nothing may be left to do where the cloud goes on by itself."""

SETTLED = 30.0
"""Seconds after which a cloud has done what a task did not wait for."""

EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "0"))
"""Examples of each test; 0: so few, and always the same, that they fit into a run of all tests."""
FEW = 20

RunIs = c.Callable[[Params, Run], bool]


def examples(few: int = FEW) -> settings:
    """How many examples a test takes."""
    return settings(
        max_examples=EXAMPLES or few,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        print_blob=True,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )


def _never(_params: Params, _run: Run) -> bool:
    return False


def _as_before(params: Params) -> Params:
    return params


@dataclasses.dataclass(frozen=True)
class Module:
    """A module's name, and what its documentation excepts from the promise.

    `only_then`: a failure of the real run that nobody could foresee without writing. `moves_on`: after this run the
    cloud goes on by itself, so that the next run may find more to do. `afterwards`: the options of the runs that find
    nothing to do, less those that act each time. `restless`: the cloud undoes what this run did, whoever runs it.
    """

    name: str
    only_then: RunIs = _never
    moves_on: RunIs = _never
    afterwards: c.Callable[[Params], Params] = _as_before
    restless: RunIs = _never


def keep_promises(driver: Driver, module: Module, params: Params, *, as_module: bool = False) -> Run:
    """Check, real, check, real, and what has to hold between them; the first real run is returned."""
    first = real = predicted_and_real(driver, module, params, as_module=as_module)
    for _round in range(ROUNDS):
        if real.failed:
            return first
        goes_on = module.moves_on(params, real)
        if goes_on:
            driver.clock.pass_by(SETTLED)
        real = predicted_and_real(driver, module, module.afterwards(params), as_module=as_module)
        assert goes_on or not real.failed, f"a second run fails: {real.result}"
        if not real.changed:
            return first
        assert goes_on, f"a second run changes something: {real.result}"
    assert module.restless(params, real), f"never quiet: {real.result}"
    return first


def predicted_alone(driver: Driver, module: Module, params: Params, *, as_module: bool = False) -> Run:
    """A run in check mode that no real run follows."""
    before = driver.on_disk()
    predicted = driver.run(module.name, params, check=True, as_module=as_module)
    assert predicted.writes == [], predicted.result
    assert driver.on_disk() == before
    _expect_sound(predicted)
    return predicted


def real_alone(driver: Driver, module: Module, params: Params, *, as_module: bool = False) -> Run:
    """A real run that nobody predicted."""
    real = driver.run(module.name, params, as_module=as_module)
    _expect_sound(real)
    assert real.changed or not real.writes or real.failed, real.writes
    return real


def reads_alone(driver: Driver, name: str, params: Params, *, as_module: bool = False) -> Run:
    """What an info module promises: the same in check mode, nothing changed, nothing written."""
    before = driver.on_disk()
    predicted = driver.run(name, params, check=True, as_module=as_module)
    real = driver.run(name, params, as_module=as_module)
    for run in (predicted, real):
        assert (run.writes, run.changed) == ([], False), run.result
        assert not [call["operation"] for call in run.calls if call["key_bearing"]]
        _expect_sound(run)
    assert driver.on_disk() == before
    assert {**predicted.result, **UNEQUAL} == {**real.result, **UNEQUAL}
    event(f"fails: {real.kind}" if real.failed else f"finds {min(3, len(real.result['certificates']))}")
    return real


def predicted_and_real(driver: Driver, module: Module, params: Params, *, as_module: bool) -> Run:
    """One run in check mode and one real run after it."""
    predicted = predicted_alone(driver, module, params, as_module=as_module)
    real = real_alone(driver, module, params, as_module=as_module)
    _compare(module, params, predicted, real)
    event(f"fails: {real.kind}" if real.failed else "changes" if real.changed else "finds nothing to do")
    return real


def _expect_sound(run: Run) -> None:
    """What holds of each result alone."""
    assert run.kind != "local" or "This is a bug" not in str(run.result), run.result
    if run.failed or "diff" not in run.result:
        return
    if run.changed:
        assert run.diff != EMPTY, run.result
        assert run.diff["before"] != run.diff["after"], run.result
        assert run.actions != [], run.result
    else:
        assert (run.diff, run.actions) == (EMPTY, []), run.result


def _compare(module: Module, params: Params, predicted: Run, real: Run) -> None:
    story = f"\nin check mode: {_short(predicted)}\nin reality: {_short(real)}"
    if predicted.failed:
        assert real.failed, f"check mode fails, the real run does not{story}"
        assert real.kind == predicted.kind or _excepted(module, params, real), f"they fail in different ways{story}"
        return
    if real.failed:
        assert _excepted(module, params, real), f"the real run fails unforeseen{story}"
        return
    assert predicted.changed == real.changed, f"another change{story}"
    assert predicted.diff == real.diff, f"another diff{story}"
    assert predicted.actions == real.actions, f"other actions{story}"
    assert predicted.result.keys() == real.result.keys(), f"other keys{story}"


def _excepted(module: Module, params: Params, run: Run) -> bool:
    event(f"excepted: {run.kind} {run.result['error']['code']}")
    return module.only_then(params, run)


def _short(run: Run) -> dict[str, t.Any]:
    names = ("changed", "failed", "msg", "error", "actions", "diff", "reason")
    return {name: run.result[name] for name in names if name in run.result} | {"calls": run.operations}
