# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Observe, plan, apply: the loop that every service runs in. Knows check mode and diff; knows no cloud.

`plan` decides everything and is pure, so that check mode predicts exactly what a real run does: the diff and
the actions of both come from the same plan, made before anything is applied.
"""

from __future__ import annotations

import abc
import dataclasses
import datetime
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import CertificatesError
from ansible_collections.cncloud.certificates.plugins.module_utils._locks import advisory_lock

KNOWN_AFTER_APPLY = "(known after apply)"
"""Stands in diffs and actions for a value that the cloud will assign."""

Desired = t.TypeVar("Desired")
Observed = t.TypeVar("Observed")


@dataclasses.dataclass(frozen=True)
class Step:
    """One thing to do. `name` is what the service dispatches on, `summary` a sentence for people."""

    name: str
    summary: str
    arguments: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Plan:
    """Steps in order. No steps: nothing to do, and `reason` says why; `before` and `after` are the diff."""

    steps: tuple[Step, ...] = ()
    before: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    after: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    reason: str = ""

    def __post_init__(self) -> None:
        if self.steps and self.before == self.after:
            raise ValueError("a plan with steps needs a difference to show")

    @property
    def changed(self) -> bool:
        return bool(self.steps)

    @property
    def actions(self) -> list[str]:
        return [step.summary for step in self.steps]

    @property
    def diff(self) -> dict[str, dict[str, t.Any]]:
        """What `--diff` shows; empty on both sides when nothing changes."""
        if not self.changed:
            return {"before": {}, "after": {}}
        return {"before": dict(self.before), "after": dict(self.after)}

    def has(self, name: str) -> bool:
        """Whether a step of that name is in the plan."""
        return any(step.name == name for step in self.steps)


class Journal:
    """What has really been done, so that a failure half-way says so."""

    def __init__(self) -> None:
        self.actions: list[str] = []

    def done(self, step: Step) -> None:
        """Called by a service right after a step took effect."""
        self.actions.append(step.summary)


class Service(abc.ABC, t.Generic[Desired, Observed]):
    """One kind of object in one cloud."""

    lock_timeout: t.ClassVar[float] = 60.0
    """Seconds that a second run on the same object waits before it gives up with `conflict`."""

    read_lag: t.ClassVar[float] = 0.0
    """Seconds until reads show what was written, where nothing else keeps a run from doing the work of one that was
    ended half-way again."""

    @abc.abstractmethod
    def observe(self, desired: Desired) -> Observed:
        """Read what is there: the fewest calls possible, none that brings a key."""

    @abc.abstractmethod
    def plan(self, desired: Desired, observed: Observed, now: datetime.datetime) -> Plan:
        """Decide. Pure: no I/O, no clock, no chance."""

    @abc.abstractmethod
    def apply(self, desired: Desired, observed: Observed, plan: Plan, journal: Journal) -> dict[str, t.Any]:
        """Run the steps, tell the journal after each, and return the result's own keys."""

    @abc.abstractmethod
    def result(self, desired: Desired, observed: Observed, plan: Plan) -> dict[str, t.Any]:
        """The result's own keys when nothing is applied: unchanged, or predicted in check mode."""

    @abc.abstractmethod
    def lock_name(self, desired: Desired) -> str:
        """What must not be changed by two runs at once."""


def reconcile(service: Service[Desired, Observed], desired: Desired, context: Context) -> dict[str, t.Any]:
    """Bring one object to the desired state and return the module's result.

    Inside the lock everything is observed and planned again, since another run may just have done the work. Where that
    run did not come to its end, this one first waits until reads show what it wrote.

    :raises CertificatesError: with `changed` and `actions` in its data when steps had been done before it.
    """
    observed = service.observe(desired)
    plan = service.plan(desired, observed, context.clock.now())
    if not plan.changed or context.check_mode:
        return _outcome(service.result(desired, observed, plan), plan, context)
    with advisory_lock(context, name=service.lock_name(desired), timeout=service.lock_timeout) as lock:
        if lock.left_unfinished:
            context.clock.sleep(service.read_lag)
        observed = service.observe(desired)
        plan = service.plan(desired, observed, context.clock.now())
        if not plan.changed:
            lock.finish()
            return _outcome(service.result(desired, observed, plan), plan, context)
        lock.begin()
        journal = Journal()
        try:
            own = service.apply(desired, observed, plan, journal)
        except CertificatesError as error:
            if journal.actions:
                error.data = {"changed": True, "actions": journal.actions, "diff": plan.diff, **error.data}
            raise
        lock.finish()
    return _outcome(own, plan, context)


def _outcome(own: t.Mapping[str, t.Any], plan: Plan, context: Context) -> dict[str, t.Any]:
    return {
        "changed": plan.changed,
        "actions": plan.actions,
        "reason": plan.reason,
        "diff": plan.diff,
        "request_ids": list(context.request_ids),
        **own,
    }
