# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeded sequences: disturbed runs of a task, then runs until nothing changes, and what has to hold.

    for sequence in Chaos(driver).play(4711):     # the same seed means the same
        print(sequence.problems)

An odd seed draws a sequence. An even one takes the next steps of the walk past all places, each as a sequence of its
own, so that enough seeds in a row leave out none.

After each run, and after each call of some, the invariants of the scenario hold. In the end the account and the files
are as if nothing had happened.
"""

from __future__ import annotations

import contextlib
import dataclasses
import random
import typing as t

from chaos import antchain, dns, esa, huawei, sslvpn, tencent
from chaos.children import Child, Crash, catch_up, real_time
from chaos.disturbance import IMPATIENT, Disturbance, draw
from chaos.points import Points, TaskTimeout
from chaos.scenario import PAUSE, Scenario, State
from chaos.walk import STEPS, TWO, WIRE, Step, place, steps
from driver.driver import Call, Driver, Run

SCENARIOS: tuple[Scenario, ...] = (
    *(*tencent.SCENARIOS, *huawei.SCENARIOS, *sslvpn.SCENARIOS),
    *(*esa.SCENARIOS, *antchain.SCENARIOS, *dns.SCENARIOS),
)
KINDS = (
    *("auth", "permission", "not_found", "conflict", "quota", "throttled"),
    *("invalid", "unavailable", "timeout", "network", "protocol", "local"),
)
ROUNDS = 5
"""Undisturbed runs after which a task is to be quiet."""
MOST_CALLS = 120
"""Calls of one run beyond three times those of an undisturbed one."""


@dataclasses.dataclass(frozen=True)
class Undisturbed:
    """What a task does and leaves when nothing goes wrong."""

    state: State
    calls: int
    points: int


@dataclasses.dataclass
class Sequence:
    """What was drawn from a seed, and what came of it."""

    seed: int
    scenario: Scenario
    disturbances: tuple[Disturbance, ...] = ()
    problems: list[str] = dataclasses.field(default_factory=list)
    story: list[str] = dataclasses.field(default_factory=list)
    runs: int = 0
    calls: list[Call] = dataclasses.field(default_factory=list)
    struck: set[str] = dataclasses.field(default_factory=set)
    """The places where something happened, as the steps of the walk name them."""

    def strike(self, kind: str, position: int) -> None:
        self.struck.add(place(self.scenario, kind, position))

    def __str__(self) -> str:
        told = [f"seed {self.seed}: {self.scenario.name}", *(f"  disturbed by {one}" for one in self.disturbances)]
        return "\n".join([*told, *(f"  {line}" for line in self.story), *(f"  BROKEN: {one}" for one in self.problems)])


def meant(only: str) -> list[Scenario]:
    """The scenarios whose name or module holds the text."""
    return [scenario for scenario in SCENARIOS if only in scenario.name or only in scenario.module]


class Chaos:
    """Plays sequences against the emulator of one driver. `only` picks scenarios."""

    def __init__(self, driver: Driver, *, only: str = "") -> None:
        self.driver = driver
        self.only_this = f" ARGS='--chaos-only \"{only}\"'" if only else ""
        self.scenarios = meant(only)
        self.walk = steps(self.scenarios)
        self._undisturbed: dict[str, Undisturbed] = {}
        self._notes = driver.home.parent / "notes"

    def play(self, seed: int) -> list[Sequence]:
        """What the seed means."""
        if seed % 2:
            chance = random.Random(seed)
            scenario = chance.choice(self.scenarios)
            plain = self.undisturbed(scenario)
            scenario.begin(self.driver, chance)
            drawn = draw(chance, cloud=scenario.cloud, calls=plain.calls, points=plain.points)
            return [self._go_through(Sequence(seed, scenario, drawn), plain)]
        numbers = range(seed // 2 * STEPS, (seed // 2 + 1) * STEPS)
        return [self._step(seed, self.walk[number % len(self.walk)], random.Random(number)) for number in numbers]

    def _step(self, seed: int, step: Step, chance: random.Random) -> Sequence:
        plain = self.undisturbed(step.scenario)
        step.scenario.begin(self.driver, random.Random(0))  # with the lags with which the calls were counted
        return self._go_through(Sequence(seed, step.scenario, (step.disturbance(chance),)), plain)

    def failure(self, played: list[Sequence]) -> str:
        """What broke, and how to play it again; nothing where all held."""
        broken = [sequence for sequence in played if sequence.problems]
        if not broken:
            return ""
        told = "\n\n".join(str(one) for one in broken)
        seeds = sorted({one.seed for one in broken})
        again = "\n".join(f"make chaos SEED={seed} SEQUENCES=1 ROLES=0{self.only_this}" for seed in seeds)
        return f"{told}\n\nTo play what broke again:\n{again}"

    def play_these(self, *disturbances: Disturbance) -> Sequence:
        """The first scenario, disturbed in this way."""
        scenario = self.scenarios[0]
        plain = self.undisturbed(scenario)
        scenario.begin(self.driver, random.Random(0))
        return self._go_through(Sequence(0, scenario, disturbances), plain)

    def _go_through(self, sequence: Sequence, plain: Undisturbed) -> Sequence:
        self._take_calls(sequence)
        for disturbance in sequence.disturbances:
            self._disturbed(sequence, disturbance)
            self._check(sequence, plain, runs=2 if disturbance.kind == "two" else 1)
            self.driver.clock.pass_by(disturbance.pause)
        if self._until_quiet(sequence, plain):
            found = sequence.scenario.state(self.driver)
            if found != plain.state:
                sequence.problems.append(f"the end is {_difference(plain.state, found)}")
        sequence.problems = list(dict.fromkeys(sequence.problems))
        return sequence

    def undisturbed(self, scenario: Scenario) -> Undisturbed:
        known = self._undisturbed.get(scenario.name)
        if known is not None:
            return known
        scenario.begin(self.driver, random.Random(0))
        with Points().within() as points:
            first = self.driver.run(scenario.module, scenario.params(self.driver))
        sequence = Sequence(0, scenario)
        counted = Undisturbed({}, len(first.calls), points.count)
        self._until_quiet(sequence, counted)
        if first.failed or not first.changed or sequence.problems:
            raise AssertionError(f"{scenario.name} does not work undisturbed: {first.result}\n{sequence}")
        known = dataclasses.replace(counted, state=scenario.state(self.driver))
        self._undisturbed[scenario.name] = known
        return known

    def _disturbed(self, sequence: Sequence, disturbance: Disturbance) -> None:
        control = self.driver.emulator.control
        if disturbance.faults:
            control("POST", "/faults", {"faults": list(disturbance.faults)})
        if disturbance.kind == "two":
            outcomes = self._two_at_once(sequence, disturbance)
        elif disturbance.kind == "kill":
            outcomes = [self._in_a_child(sequence, disturbance)]
        else:
            outcomes = [self._here(sequence, disturbance)]
        control("DELETE", "/faults")
        if disturbance.kind == "two":
            sequence.strike(TWO, 0)
        for run in outcomes:
            self._judge(sequence, run, alone=disturbance.kind != "two")

    def _until_quiet(self, sequence: Sequence, plain: Undisturbed) -> bool:
        """False where the task rightly fails: then there is no end to compare."""
        scenario = sequence.scenario
        for _unused in range(ROUNDS):
            self.driver.clock.pass_by(PAUSE)
            run = self.driver.run(scenario.module, scenario.params(self.driver))
            self._judge(sequence, run)
            self._check(sequence, plain)
            if not run.failed and not run.changed:
                return True
            if run.failed and run.kind == scenario.may_end_in(sequence.calls, sequence.disturbances):
                return False
        sequence.problems.append(f"not quiet after {ROUNDS} undisturbed runs")
        return True

    # The ways of running

    def _here(self, sequence: Sequence, disturbance: Disturbance) -> Run | None:
        scenario, driver = sequence.scenario, self.driver
        what = disturbance.what if disturbance.kind in ("alarm", "client") else ""
        points = Points(what=what, at=disturbance.point, watch=lambda: self._watch(sequence))
        params = self._params(sequence, disturbance)
        run = None
        with points.within(), contextlib.suppress(TaskTimeout):
            run = driver.run(scenario.module, params, as_module=disturbance.as_module)
        if points.struck is not None:
            sequence.strike(what, points.struck)
        return run

    def _in_a_child(self, sequence: Sequence, disturbance: Disturbance) -> Run | None:
        points = Points(what=disturbance.what, at=disturbance.point, watch=lambda: self._note(sequence))
        params = self._params(sequence, disturbance)

        def work() -> Run:
            with points.within():
                return self.driver.run(sequence.scenario.module, params)

        run = self._outcome(sequence, Child(self.driver, work, "child"))
        catch_up(self.driver)
        if run is None:
            sequence.strike(disturbance.what, disturbance.point)
        return run

    def _two_at_once(self, sequence: Sequence, disturbance: Disturbance) -> list[Run | None]:
        """Virtual time is one's own, so these two share real time."""
        params = self._params(sequence, disturbance)
        with real_time(self.driver) as clock:

            def work() -> Run:
                with Points(watch=lambda: self._note(sequence)).within():
                    return self.driver.run(sequence.scenario.module, params, clock=clock)

            children = [Child(self.driver, work, name) for name in ("one", "two")]
            return [self._outcome(sequence, child) for child in children]

    def _outcome(self, sequence: Sequence, child: Child) -> Run | None:
        try:
            return child.outcome()
        except Crash as crash:
            sequence.problems.append(str(crash))
            return None

    def _params(self, sequence: Sequence, disturbance: Disturbance) -> dict[str, t.Any]:
        impatient = {"timeout": IMPATIENT} if disturbance.impatient else {}
        return {**sequence.scenario.params(self.driver), **impatient}

    # What has to hold

    def _watch(self, sequence: Sequence) -> None:
        found = sequence.scenario.broken(self.driver)
        sequence.problems += [f"during a run: {one}" for one in found]

    def _note(self, sequence: Sequence) -> None:
        """As `_watch`, from a process that may be killed at any time."""
        found = sequence.scenario.broken(self.driver)
        if found:
            with self._notes.open("a") as notes:
                notes.writelines(f"{one}\n" for one in found)

    def _judge(self, sequence: Sequence, run: Run | None, *, alone: bool = True) -> None:
        """A failure is data of a known kind, and a run that says unchanged has written nothing.

        Of two at once the calls of both stand in one log.
        """
        sequence.runs += 1
        if run is None:
            sequence.story.append("a run was ended from outside")
            return
        error = run.result.get("error", {})
        failed = f"failed: {run.kind} {error.get('code')} {run.result.get('msg')}"
        sequence.story.append(f"{failed if run.failed else f'changed={run.changed}'} {_short(run.calls)}")
        if run.failed and (run.kind not in KINDS or "This is a bug" in str(run.result.get("msg"))):
            sequence.problems.append(f"a failure that is none of the twelve: {run.result}")
        wrote = [call["operation"] for call in run.calls if call["write"] and call["executed"]]
        if alone and wrote and not run.failed and not run.changed:
            sequence.problems.append(f"unchanged, but wrote: {wrote}")

    def _check(self, sequence: Sequence, plain: Undisturbed, *, runs: int = 1) -> None:
        """What holds at every moment, and that the calls of the last run, or the last two, were not too many."""
        sequence.problems += [f"after a run: {one}" for one in sequence.scenario.broken(self.driver)]
        if self._notes.exists():
            sequence.problems += [f"during a run: {one}" for one in self._notes.read_text().splitlines()]
            self._notes.unlink()
        before = len(sequence.calls)
        self._take_calls(sequence)
        made = sequence.calls[before:]
        for position, call in enumerate(made):
            if call["fault"]:
                done = f"{call['fault']}, done"
                sequence.strike(done if call["executed"] and done in WIRE else call["fault"], position)
        if len(made) > runs * (3 * plain.calls + MOST_CALLS):
            sequence.problems.append(f"{len(made)} calls in one run")

    def _take_calls(self, sequence: Sequence) -> None:
        """All calls up to now, those of children and of runs that never returned too, which no later run has made."""
        sequence.calls = self.driver.emulator.log()
        if sequence.calls:
            self.driver._seen = sequence.calls[-1]["seq"]


def _short(calls: list[Call]) -> str:
    """The calls of a run, reads abbreviated to their number."""
    told: list[str] = []
    reads = 0
    for call in calls:
        struck = f"!{call['fault']}" if call["fault"] else ""
        if call["write"] or struck:
            told += [f"{reads} reads"] * bool(reads) + [f"{call['operation']}{struck}"]
            reads = 0
        else:
            reads += 1
    return ", ".join([*told, *[f"{reads} reads"] * bool(reads)])


def _difference(expected: State, found: State) -> str:
    parts = [
        f"{name}: {found.get(name)} instead of {expected.get(name)}"
        for name in expected
        if expected[name] != found.get(name)
    ]
    return "; ".join(parts)
