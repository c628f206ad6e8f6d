# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Certificate objects that a run left bound to nothing, since it was ended before it deleted or bound them.

Nothing on a gateway tells such an object from one that somebody keeps. A run therefore notes on its own machine, before
it writes, what it is about to make and to delete, and removes the note when it is through. Only what a note names is
ever looked for, so that a run without one makes no call for it; and it counts only where the gateway proves that it is
of this gateway alone, has the noted name and content, and is bound to nothing.
"""

from __future__ import annotations

import datetime
import enum
import json
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import Invalid, NotFound
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.apig import Apig
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.client import check_id
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.domain_cert_plan import (
    CREATE,
    DELETE,
    Desired,
    Observed,
    kept,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.objects import INSTANCE, CertificateObject
from ansible_collections.cncloud.certificates.plugins.module_utils._locks import Note
from ansible_collections.cncloud.certificates.plugins.module_utils._resource import Plan
from ansible_collections.cncloud.certificates.plugins.module_utils._x509 import same_serial

SHOWN_AFTER = datetime.timedelta(minutes=1)
"""Longer than any list lags behind: what it does not show then was never made."""

Entry = dict[str, str]
"""`id` and `name` of an object that was to be deleted, or `name`, `serial` and `since` of one that was to be made."""


class Fate(enum.Enum):
    """What is known of a noted object."""

    SETTLED = "settled"
    """It is gone, or wanted, or anybody's business but that of the run that noted it."""
    LEFT = "left"
    BOUND = "bound"
    """To the domain of the note: the run that is about to come decides."""
    NOT_SHOWN_YET = "not shown yet"
    """Reads may lag behind."""


class Leftovers:
    """What runs before this one noted about a domain."""

    def __init__(self, *, apig: Apig, context: Context) -> None:
        self._apig = apig
        self._context = context
        self._open: list[tuple[Entry, Fate]] = []

    def find(self, desired: Desired, observed: Observed) -> tuple[CertificateObject, ...]:
        """The noted objects that are bound to nothing; by id. A note of which nothing is open is removed."""
        self._open = []
        if observed.domain is None or observed.old_gateway or (desired.present and desired.leaf is None):
            return ()
        note = self._note(desired, observed)
        text = note.read()
        found: dict[str, CertificateObject] = {}
        for entry in _entries(text):
            objects, fate = self._look(desired, observed, entry)
            found.update({one.id: one for one in objects})
            if fate is not Fate.SETTLED:
                self._open.append((entry, fate))
        if text and not self._open and not self._context.check_mode and note.read() == text:
            note.write("")
        return tuple(found[one] for one in sorted(found))

    def expect(self, desired: Desired, observed: Observed, plan: Plan) -> None:
        """Note what would be left if this run were ended now, before its first write."""
        entries = [entry for entry, _fate in self._open]
        for step in plan.steps:
            if step.name == DELETE:
                entries.append({"id": step.arguments["certificate_id"], "name": step.arguments["name"]})
            elif step.name == CREATE and desired.leaf is not None:
                since = self._context.clock.now().isoformat()
                made = {"name": step.arguments["name"], "serial": format(desired.leaf.serial, "x"), "since": since}
                entries.append(made)
        if entries:
            self._note(desired, observed).write(json.dumps(entries))

    def through(self, desired: Desired, observed: Observed) -> None:
        """Everything that was expected has been done; what does not show yet stays noted."""
        note = self._note(desired, observed)
        if note.read():
            entries = [entry for entry, fate in self._open if fate is Fate.NOT_SHOWN_YET]
            note.write(json.dumps(entries) if entries else "")

    def _note(self, desired: Desired, observed: Observed) -> Note:
        domain = observed.domain.id if observed.domain else ""
        return Note(
            self._context, name=f"huawei gateway {desired.instance_id} at {self._apig.endpoint} domain {domain}"
        )

    def _look(self, desired: Desired, observed: Observed, entry: Entry) -> tuple[list[CertificateObject], Fate]:
        """The objects that are left of an entry, and what is known of it."""
        keep = kept(desired, observed)
        wanted = [keep.bound.id] if keep else [observed.spare.id] if observed.spare else []
        bound = {holding.bound.id for holding in observed.holdings}
        if entry.get("id") in wanted or (keep and "serial" in entry and entry["name"] == keep.bound.name):
            return [], Fate.SETTLED
        if entry.get("id") in bound:
            return [], Fate.BOUND
        objects = self._made(desired, entry) if "serial" in entry else self._known(entry)
        fates = [(one, self._fate(desired, observed, one)) for one in objects if one.id not in wanted]
        left = [one for one, fate in fates if fate is Fate.LEFT]
        for fate in (Fate.LEFT, Fate.BOUND, Fate.NOT_SHOWN_YET):
            if any(fate is known for _one, known in fates):
                return left, fate
        return [], Fate.NOT_SHOWN_YET if "serial" in entry and not objects and self._young(entry) else Fate.SETTLED

    def _young(self, entry: Entry) -> bool:
        return self._context.clock.now() - datetime.datetime.fromisoformat(entry["since"]) < SHOWN_AFTER

    def _known(self, entry: Entry) -> list[CertificateObject]:
        try:
            one = self._apig.certificate(entry["id"])
        except NotFound:
            return []
        return [one] if one.name == entry["name"] else []

    def _made(self, desired: Desired, entry: Entry) -> list[CertificateObject]:
        """The objects of that name with exactly that certificate."""
        found = []
        for one in self._apig.certificates(desired.instance_id, name=entry["name"]):
            if one.name != entry["name"]:
                continue
            try:
                detail = self._apig.certificate(one.id)
            except NotFound:
                continue
            if detail.serial is not None and same_serial(int(entry["serial"], 16), detail.serial):
                found.append(detail)
        return found

    def _fate(self, desired: Desired, observed: Observed, one: CertificateObject) -> Fate:
        if observed.domain is None or one.scope != INSTANCE or one.instance_id not in (None, desired.instance_id):
            return Fate.SETTLED
        if one.id in {holding.bound.id for holding in observed.holdings}:
            return Fate.BOUND
        try:
            attached = {domain.id for domain in self._apig.attached_domains(one.id)}
        except NotFound:
            return Fate.SETTLED
        if not attached:
            return Fate.LEFT
        return Fate.NOT_SHOWN_YET if attached == {observed.domain.id} else Fate.SETTLED


def _entries(text: str) -> list[Entry]:
    """What a note says; nothing where it is none of ours."""
    try:
        entries: t.Any = json.loads(text)
        for entry in entries:
            if not all(isinstance(value, str) for value in entry.values()) or "name" not in entry:
                return []
            if "id" in entry:
                check_id(entry["id"], option="id")
            else:
                int(entry["serial"], 16)
                datetime.datetime.fromisoformat(entry["since"])
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError, Invalid):
        return []
    return list(entries)
