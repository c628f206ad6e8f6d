# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A state machine that any module is put through: tasks run while time passes and people change accounts and files.

A module brings a `Scene`: what accounts there are, what tasks, and what somebody may do by hand. An example begins with
an account, a cloud and a disk that hold anything, and one task; in each step something happens and a task runs, the
same again or another one, and keeps the promises of `honesty`.

A failure prints its steps, the fewest that show it, and the command that runs just them again (`PROPERTY_REPLAY`).
`PROPERTY_SEED=N` takes the examples of that number, so that two runs find the same.
"""

from __future__ import annotations

import abc
import collections.abc as c
import dataclasses
import os
import re
import typing as t

import hypothesis
from driver.driver import Driver, Params
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from property.disk import Accident, Bundle, Thing, happen_to, put
from property.honesty import Module, examples, keep_promises, predicted_alone, real_alone

REPLAY = os.environ.get("PROPERTY_REPLAY", "")
SEED = os.environ.get("PROPERTY_SEED", "")

STEPS = 3
"""Of one example, the beginning included."""
FEW = 15

DAY = 86400.0
PERIODS = (60.0, 3700.0, DAY, 8 * DAY, 31 * DAY, 61 * DAY, 200 * DAY, 1100 * DAY)
"""Past a lag, the hour and the week that clouds count, into the time of renewal, past the end of every certificate."""

HOW = ("promises",) * 6 + ("check", "real")
"""All promises, one prediction alone, or one real run that nobody predicted."""

Deed = c.Mapping[str, t.Any]
Start = t.TypeVar("Start")


def deed(does: str, **members: st.SearchStrategy[t.Any]) -> st.SearchStrategy[Deed]:
    """One kind of deed, with what it takes."""
    return st.fixed_dictionaries({"does": st.just(does), **members})


class Scene(abc.ABC, t.Generic[Start]):
    """One module and one account of it. Strategies belong to the class; an instance is one example."""

    starts: t.ClassVar[st.SearchStrategy[t.Any]]
    """What there is in the beginning."""
    tasks: t.ClassVar[st.SearchStrategy[Params]]
    deeds: t.ClassVar[st.SearchStrategy[Deed | Accident]]
    """What somebody does by hand: to the account, or to a file."""
    rest: t.ClassVar[float] = 0.0
    """Seconds until anybody runs a task after one that failed: a module that waits these itself, before it goes on with
    what a failed run began, does so in a real run alone."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver

    @property
    @abc.abstractmethod
    def module(self) -> Module:
        """With what is excepted from its promises in this example."""

    @abc.abstractmethod
    def begin(self, start: Start) -> None:
        """Fill the account, the cloud's settings and the disk of a world that was just reset."""

    @abc.abstractmethod
    def options(self, task: Params) -> Params:
        """The options of a task, its files named and those that it reads in place."""

    @abc.abstractmethod
    def happens(self, deed: Deed) -> None:
        """Do to the account what somebody does; nothing where there is nothing to do it to."""

    def suffers(self, accident: Accident) -> None:
        """Let it happen to the file."""
        happen_to(self.driver.folder / accident.option, accident)


class SceneWithFiles(Scene[Start]):
    """Of a module whose tasks name the options of files under `files`; each lies under its option's name."""

    commented: t.ClassVar[tuple[str, ...]]
    """Options whose files begin with the line that names the certificate."""

    def __init__(self, driver: Driver) -> None:
        super().__init__(driver)
        self.bundles: list[Bundle] = []

    def options(self, task: Params) -> Params:
        named = {name: value for name, value in task.items() if name != "files"}
        return named | {option: str(self.driver.folder / option) for option in task["files"]}

    def place(self, things: c.Mapping[str, Thing]) -> None:
        """Put things where files will be wanted."""
        for option, thing in things.items():
            put(self.driver.folder / option, thing, option=option, bundles=self.bundles, commented=self.commented)

    def suffers(self, accident: Accident) -> None:
        super().suffers(accident)
        if isinstance(accident.what, Thing):
            self.place({accident.option: accident.what})


@dataclasses.dataclass
class _Playing:
    scene: Scene[t.Any]
    as_module: bool
    task: Params


def play(driver: Driver, scene: type[Scene[t.Any]], *, few: int = FEW) -> None:
    """All examples of one module; so few in a run of all tests."""

    class Life(RuleBasedStateMachine):
        """Of one account."""

        _now: _Playing

        @initialize(start=scene.starts, task=scene.tasks, as_module=st.booleans())
        def begins(self, start: t.Any, task: Params, as_module: bool) -> None:
            driver.reset()
            self._now = _Playing(scene(driver), as_module, task)
            self._now.scene.begin(start)
            self._run("promises")

        @rule(task=scene.tasks, how=st.sampled_from(HOW))
        def another_task_runs(self, task: Params, how: str) -> None:
            self._now.task = task
            self._run(how)

        @rule(seconds=st.sampled_from(PERIODS), how=st.sampled_from(HOW))
        def time_passes(self, seconds: float, how: str) -> None:
            driver.clock.pass_by(seconds)
            self._run(how)

        @rule(deeds=st.lists(scene.deeds, min_size=1, max_size=2), how=st.sampled_from(HOW))
        def somebody_works_by_hand(self, deeds: list[Deed | Accident], how: str) -> None:
            for deed in deeds:
                if isinstance(deed, Accident):
                    self._now.scene.suffers(deed)
                else:
                    self._now.scene.happens(deed)
            self._run(how)

        def _run(self, how: str) -> None:
            scene = self._now.scene
            does = {"promises": keep_promises, "check": predicted_alone, "real": real_alone}[how]
            run = does(driver, scene.module, scene.options(self._now.task), as_module=self._now.as_module)
            if run.failed and scene.rest:
                driver.clock.pass_by(scene.rest)

    if REPLAY:
        hypothesis.reproduce_failure(hypothesis.__version__, REPLAY.encode())(Life)
    if SEED:
        hypothesis.seed(int(SEED))(Life)
    try:
        run_state_machine_as_test(Life, settings=settings(examples(few), stateful_step_count=STEPS))
    except Exception as failure:
        for example in re.findall(
            r"reproduce_failure\('[^']+', b'([^']+)'\)", "".join(getattr(failure, "__notes__", ()))
        ):
            failure.add_note(
                f"To run just these steps again: PROPERTY_REPLAY={example} make property ARGS=--last-failed"
            )
        raise
