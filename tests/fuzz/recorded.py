# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers of the clouds, recorded from runs of modules against the emulator and played again without it."""

from __future__ import annotations

import collections
import collections.abc as c
import dataclasses
import datetime
import shutil
import typing as t
import unittest.mock
from pathlib import Path

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cncloud.certificates.plugins.module_utils import _http, _locks
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import NetworkFailure, Ran
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Call, Reply, Transport
from ansible_collections.cncloud.certificates.tests.unit.doubles import FakeClock, FixedRandomness
from driver.driver import Driver, Params, entry_of

LONGEST = 1500
"""Calls of one run after which it counts as endless; a wait of 40 minutes with each try refused has 650."""

Exchange = c.Callable[..., Reply]
Setting = tuple[str, str, dict[str, t.Any]]


class Endless(AssertionError):
    """A run that makes calls for ever."""


@dataclasses.dataclass(frozen=True)
class Scene:
    """A task and what the account holds: control calls before it. `~/` in options is the folder for files."""

    name: str
    module: str
    params: Params
    account: tuple[Setting, ...] = ()
    before: tuple[Params, ...] = ()
    """Real runs of the module before the one that is recorded."""


@dataclasses.dataclass(frozen=True)
class Recording:
    """A scene and what was answered, call by call."""

    scene: Scene
    params: Params
    environ: c.Mapping[str, str]
    moment: datetime.datetime
    calls: tuple[tuple[str, Reply], ...]
    files: c.Mapping[str, tuple[bytes, int]]
    """What lay in the folder: content and mode, by name."""


def record(driver: Driver, scene: Scene) -> Recording:
    """Play a scene against the emulator."""
    driver.reset()
    for method, path, body in scene.account:
        driver.emulator.control(method, path, body)
    for earlier in scene.before:
        assert not driver.run(scene.module, _placed(earlier, driver.folder)).failed
    files = {path.name: (path.read_bytes(), path.stat().st_mode & 0o777) for path in driver.folder.iterdir()}
    moment = driver.clock.now()
    calls: list[tuple[str, Reply]] = []
    exchange: Exchange = Transport._exchange

    def listening(self: Transport, call: Call, auth: t.Any, *, keep: t.Any) -> Reply:
        reply = exchange(self, call, auth, keep=keep)
        calls.append((call.operation, reply))
        return reply

    with unittest.mock.patch.object(Transport, "_exchange", listening):
        run = driver.run(scene.module, _placed(scene.params, driver.folder))
    assert calls, run.result
    assert not run.failed, run.result
    params = {**driver._endpoints(scene.module, entry_of(scene.module)), **scene.params}
    return Recording(scene, params, driver.environ(), moment, tuple(calls), files)


def _placed(params: Params, folder: Path) -> Params:
    return {
        name: f"{folder}/{value[2:]}" if isinstance(value, str) and value.startswith("~/") else value
        for name, value in params.items()
    }


def play(
    recording: Recording, folder: Path, *, spoil: c.Callable[[int, Reply], Reply], check: bool
) -> dict[str, t.Any]:
    """The result of the module on the recorded answers, the nth call's after `spoil`.

    Raises what the module's own code raises, and Endless.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, (content, mode) in recording.files.items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(mode)
    answers: dict[str, list[Reply]] = collections.defaultdict(list)
    for operation, reply in recording.calls:
        answers[operation].append(reply)
    count = 0

    def answering(_self: Transport, call: Call, _auth: t.Any, *, keep: t.Any) -> Reply:
        nonlocal count
        count += 1
        if count > LONGEST:
            raise Endless(f"{count} calls, the last one {call.operation}")
        known = answers.get(call.operation)
        if not known:
            raise NetworkFailure("No answer was recorded.", retryable=True, ran=Ran.UNKNOWN)
        reply = spoil(count, known.pop(0) if len(known) > 1 else known[0])
        if keep is not None:
            keep(reply.body)
        return reply

    entry = entry_of(recording.scene.module)
    checked = ArgumentSpecValidator(entry.argument_spec, **entry.constraints()).validate(
        dict(_placed(recording.params, folder))
    )
    assert not checked.error_messages
    context = Context(
        check_mode=check,
        environ={**recording.environ, "HOME": str(folder / "home"), "XDG_CACHE_HOME": str(folder / "home" / "cache")},
        base_dir=str(folder),
        clock=FakeClock(recording.moment),
        randomness=FixedRandomness(),
    )
    _locks._refused_here.clear()
    with (
        unittest.mock.patch.object(Transport, "_exchange", answering),
        unittest.mock.patch.object(_http, "MAX_TOTAL", 60.0),
    ):
        return entry.run(checked.validated_parameters, context)
