# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""DNS records of any cloud: exactly one value of one name, added or removed; other values of the name stay.

The clouds differ in what they keep: records of one value each, or sets of values that are written whole. A
`Provider` shows both as values, and is given what was seen of the name, to make the union or the remainder of a set.

A zone that is not named is found: of the account's zones the one whose name is the longest end of the record's.
"""

from __future__ import annotations

import abc
import dataclasses
import datetime
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _spec
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    Conflict,
    Invalid,
    NotFound,
    PermissionDenied,
    Ran,
    outcome_unknown,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._resource import (
    KNOWN_AFTER_APPLY,
    Journal,
    Plan,
    Service,
    Step,
    reconcile,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._x509 import to_ascii_domain

APEX = "@"
LOOK_EVERY = 3.0
LONGEST_TTL = 604800
"""Seconds: a week, where a cloud has no lower bound."""


@dataclasses.dataclass(frozen=True)
class Zone:
    """A zone of the account: its name as lower-case A-labels, and its id, which is the name where that is enough."""

    name: str
    id: str


@dataclasses.dataclass(frozen=True)
class Record:
    """One value. `name` is relative to the zone, `@` for the apex, in lower case; `ttl` in seconds.

    Values of one set share its `id`. `type` is in upper case, `value` as the cloud writes it.
    """

    id: str
    name: str
    type: str
    value: str
    ttl: int | None
    enabled: bool = True
    locked: bool = False
    """Whether the cloud refuses to delete it."""


@dataclasses.dataclass(frozen=True)
class Added:
    """What became of a value that was added: the id it is under (None: not yet), and the ttl that it has there."""

    id: str | None
    ttl: int | None


class Provider(abc.ABC):
    """The records of zones in one account of one cloud."""

    LOOK_FOR: t.ClassVar[float] = 30.0
    """Seconds that the list of records may lag behind a write."""
    IN_SETS: t.ClassVar[bool] = False
    """Whether all values of one name and type are one object, switched on and off together."""

    @property
    @abc.abstractmethod
    def site(self) -> str:
        """Names the endpoint, for the lock."""

    def zones_named(self, name: str) -> list[Zone]:
        """The zones of a name that was given. Without a call where calls take the name, as they do in most clouds."""
        return [Zone(name, id=name)]

    @abc.abstractmethod
    def zones_among(self, names: t.Sequence[str]) -> list[Zone]:
        """The account's zones of these names, which all end in the last one: a complete listing.

        :raises CertificatesError: the zones may not be listed, or the listing is not complete.
        """

    @abc.abstractmethod
    def records(self, *, zone: Zone, name: str) -> list[Record]:
        """All values of exactly that name, of any type: a complete listing.

        :raises CertificatesError: the zone is not there, or the listing is not complete. Never an empty list then.
        """

    @abc.abstractmethod
    def create(self, *, zone: Zone, name: str, type: str, value: str, ttl: int, there: t.Sequence[Record]) -> Added:
        """Add a value; what it is beside of is in `there`. Sent once: after a lost answer the caller looks."""

    @abc.abstractmethod
    def delete(self, record: Record, *, zone: Zone, there: t.Sequence[Record]) -> None:
        """Take a value away, of a set in all spellings that mean the same; what stays of `there` stays."""

    def is_duplicate(self, error: CertificatesError) -> bool:
        """Whether a refused `create` says that the value exists."""
        return False


def options(*, ttl: int) -> _spec.Spec:
    """The options of all DNS modules; `ttl` is the cloud's usual one, in seconds."""
    return {
        **_spec.state_option(),
        "zone": {"type": "str"},
        "name": {"type": "str", "required": True},
        "type": {"type": "str", "choices": ["TXT", "CNAME"], "required": True},
        "value": {"type": "str", "required": True},
        "ttl": {"type": "int", "default": ttl},
    }


@dataclasses.dataclass(frozen=True)
class Desired:
    """One value. `record` is the full name; `zone` None means the one that is found.

    In check mode alone `zone` and `record` may be KNOWN_AFTER_APPLY and `value` None: an order that an earlier task of
    the play would make has not told them yet.
    """

    state: str
    zone: str | None
    record: str
    type: str
    value: str | None
    ttl: int

    @property
    def is_placed(self) -> bool:
        """Whether it is known where the record goes."""
        return self.record != KNOWN_AFTER_APPLY


@dataclasses.dataclass(frozen=True)
class Observed:
    """The zone, None where it cannot be known yet, and all records of the name. `in_sets` as of the provider."""

    zone: Zone | None
    records: tuple[Record, ...]
    in_sets: bool = False


def desired_from(params: t.Mapping[str, t.Any], context: Context, *, longest_ttl: int) -> Desired:
    """:raises Invalid: a name outside the zone, an empty value in a real run, a figure that cannot be meant."""
    zone, record = _place(params["zone"], params["name"], check_mode=context.check_mode)
    value: str | None = params["value"].strip()
    if value in ("", KNOWN_AFTER_APPLY):
        if not context.check_mode:
            raise Invalid(
                "value is empty or not known yet; only check mode takes that, where an earlier task has not made it."
            )
        value = None
    if not 1 <= params["ttl"] <= longest_ttl:
        raise Invalid(f"ttl must be between 1 and {longest_ttl} seconds.")
    return Desired(
        state=params["state"],
        zone=zone,
        record=record,
        type=params["type"],
        value=None if value is None else normal_value(value, type=params["type"]),
        ttl=params["ttl"],
    )


def _place(zone: str | None, name: str, *, check_mode: bool) -> tuple[str | None, str]:
    """The zone as it is to be, and the full name of the record."""
    unknown = {zone, name} & {KNOWN_AFTER_APPLY} if check_mode else set()
    if zone is not None and zone not in unknown:
        zone = to_ascii_domain(zone, option="zone")
    if unknown:
        return zone, KNOWN_AFTER_APPLY
    if zone is None:
        return None, full_name(name)
    relative = relative_name(name, zone=zone)
    return zone, zone if relative == APEX else f"{relative}.{zone}"


def full_name(name: str) -> str:
    """A record's full name in lower case, with or without a final dot, without it.

    :raises Invalid: not a full name.
    """
    plain = name.strip().rstrip(".")
    if plain in ("", APEX):
        raise Invalid("'name' must be the full name of the record where no zone is given.")
    return to_ascii_domain(plain, option="name", underscore=True, wildcard=True)


def zone_names(record: str) -> list[str]:
    """The names that the zone of a record can have, the longest first.

    A name of one label is never tried: nobody's account has a top-level domain.
    """
    labels = record.split(".")
    return [".".join(labels[first:]) for first in range(len(labels) - 1) if labels[first] != "*"]


def read_zone_name(text: str) -> str | None:
    """A zone's name from a list, as lower-case A-labels; None for what is no domain name and cannot be meant."""
    try:
        return to_ascii_domain(text, option="zone", underscore=True)
    except Invalid:
        return None


def choose_zone(record: str, *, names: t.Sequence[str], zones: t.Sequence[Zone]) -> Zone:
    """The zone of the first of `names` that there is. Pure.

    :raises NotFound: none of the names is a zone's.
    :raises Conflict: more than one zone has the name.
    """
    for name in names:
        found = [zone for zone in zones if zone.name == name]
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(sorted(zone.id for zone in found))
            raise Conflict(
                f"The account has {len(found)} zones named {name} ({ids}), and {record} could go into any of them.",
                hint="Delete the ones that no name server is asked for.",
            )
    raise NotFound(
        f"The account has no zone for the record {record}; looked for: {', '.join(names)}.",
        hint="Use a key of the account that has the zone, in the cloud that the domain's name servers are of.",
    )


def relative_name(name: str, *, zone: str) -> str:
    """`@`, a name relative to the zone, or a full name that ends in it, as the relative one in lower case.

    :raises Invalid: not a name, or one whose final dot makes it a full name of another zone.
    """
    plain = name.strip().rstrip(".")
    if plain in ("", APEX):
        return APEX
    # Checked with a label behind it: a relative name may end in a number, or be one label alone.
    full = to_ascii_domain(f"{plain}.x", option="name", underscore=True, wildcard=True)[:-2]
    if full == zone:
        return APEX
    if full.endswith(f".{zone}"):
        return full[: -len(zone) - 1]
    if name.strip().endswith("."):
        raise Invalid(f"'name' ends in a dot and is a full name therefore, but '{plain}' is not in the zone {zone}.")
    return full


def normal_value(value: str, *, type: str) -> str:
    """Without what makes no difference: a CNAME's case and final dot, the quotes around a TXT.

    The case of a TXT stays: it is part of the proof.
    """
    if type == "CNAME":
        return value.rstrip(".").lower()
    return value[1:-1] if len(value) >= 2 and value[0] == value[-1] == '"' else value


def plan(desired: Desired, observed: Observed) -> Plan:
    """Add, remove or nothing. Pure.

    :raises Conflict: a CNAME stands, or would stand, beside another record, or the record is disabled.
    :raises PermissionDenied: the record is to go, and is locked.
    """
    same = _same(desired, observed)
    what = f"the {desired.type} record {desired.record}"
    value = KNOWN_AFTER_APPLY if desired.value is None else desired.value
    shown = {"record": desired.record, "type": desired.type, "value": value}
    if desired.state == "absent":
        # An unknown value in check mode: an earlier task of the play would have made the record by then.
        if same is None and desired.value is not None:
            return Plan(reason="There is no such record.")
        if any(record.locked for record in _all_same(desired, observed)):
            raise PermissionDenied(f"{_capital(what)} is locked.", hint="Unlock it in the console first.")
        step = Step("delete", f"Delete {what} with the value {value}")
        return Plan(steps=(step,), before={"record": shown}, after={"record": None}, reason="The record is there.")
    if same is not None:
        if not same.enabled:
            raise Conflict(f"{_capital(what)} has the value, and it is disabled.", hint="Enable or delete it.")
        return Plan(reason="The record is there.")
    _check_neighbours(desired, observed, what=what)
    step = Step("create", f"Create {what} with the value {value}")
    after = {"record": {**shown, "ttl": desired.ttl}}
    return Plan(steps=(step,), before={"record": None}, after=after, reason="There is no such record.")


def _all_same(desired: Desired, observed: Observed) -> list[Record]:
    """Most often one. Spellings that mean the same are several records where a cloud compares them as text."""
    if desired.value is None:
        return []
    return [
        record
        for record in observed.records
        if record.type == desired.type and normal_value(record.value, type=record.type) == desired.value
    ]


def _same(desired: Desired, observed: Observed) -> Record | None:
    """One that works, if there is one."""
    return min(_all_same(desired, observed), key=lambda record: not record.enabled, default=None)


def _check_neighbours(desired: Desired, observed: Observed, *, what: str) -> None:
    """DNS allows nothing beside a CNAME. (A cloud's own NS records of the apex are no obstacle to a TXT.)"""
    for record in observed.records:
        if observed.in_sets and record.type == desired.type and not record.enabled:
            raise Conflict(
                f"{_capital(what)} cannot be added: its name has other values, and they are disabled.",
                hint="Enable or delete them: a value beside them would be disabled, too.",
            )
        if record.type == "CNAME":
            raise Conflict(
                f"{_capital(what)} cannot be added: that name is a CNAME to {record.value}.",
                hint="Remove that record if it is left over from an earlier validation.",
            )
        if desired.type == "CNAME":
            raise Conflict(
                f"{_capital(what)} cannot be added: that name has a {record.type} record already.",
                hint="Remove that record if it is left over, or prove the domain by another record.",
            )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


class DnsRecordService(Service[Desired, Observed]):
    """One value of a name."""

    def __init__(self, provider: Provider, *, context: Context) -> None:
        self._provider = provider
        self._context = context
        self._zone: Zone | None = None
        """Looked for once in a run."""

    def observe(self, desired: Desired) -> Observed:
        if not desired.is_placed:
            return Observed(zone=None, records=())
        zone = self._zone = self._zone or self._find_zone(desired)
        name = relative_name(desired.record, zone=zone.name)
        records = tuple(self._provider.records(zone=zone, name=name))
        return Observed(zone=zone, records=records, in_sets=self._provider.IN_SETS)

    def _find_zone(self, desired: Desired) -> Zone:
        """:raises CertificatesError: as `choose_zone`, and what listing the zones raises."""
        if desired.zone is not None:
            names = [desired.zone]
            zones = self._provider.zones_named(desired.zone)
        else:
            names = zone_names(desired.record)
            zones = self._provider.zones_among(names)
        return choose_zone(desired.record, names=names, zones=zones)

    def plan(self, desired: Desired, observed: Observed, now: datetime.datetime) -> Plan:
        return plan(desired, observed)

    def lock_name(self, desired: Desired) -> str:
        return f"the DNS records of {desired.record} at {self._provider.site}"

    def result(self, desired: Desired, observed: Observed, plan: Plan) -> dict[str, t.Any]:
        same = _same(desired, observed)
        if desired.state == "absent":
            return {"record": None}
        added = Added(id=None, ttl=desired.ttl) if same is None else Added(id=same.id, ttl=same.ttl)
        return _result(desired, observed.zone, added)

    def apply(self, desired: Desired, observed: Observed, plan: Plan, journal: Journal) -> dict[str, t.Any]:
        zone = self._zone or self._find_zone(desired)
        if plan.has("create"):
            added = self._create(desired, zone, observed)
            journal.done(plan.steps[0])
            return _result(desired, zone, added)
        for record in {record.id: record for record in _all_same(desired, observed)}.values():
            self._delete(desired, zone, record, observed)
        journal.done(plan.steps[0])
        return {"record": None}

    def _create(self, desired: Desired, zone: Zone, observed: Observed) -> Added:
        """Create once; a duplicate, and an answer that was lost, mean: look.

        :raises NetworkFailure: the outcome is unknown and the record does not appear.
        """
        try:
            return self._provider.create(
                zone=zone,
                name=relative_name(desired.record, zone=zone.name),
                type=desired.type,
                value=desired.value or "",
                ttl=desired.ttl,
                there=observed.records,
            )
        except CertificatesError as error:
            duplicate = self._provider.is_duplicate(error)
            if not duplicate and error.ran is not Ran.UNKNOWN:
                raise
            found = self._appeared(desired)
            if found is not None:
                return Added(id=found.id, ttl=found.ttl)
            if duplicate:
                raise
            raise outcome_unknown(
                error,
                f"Whether the record {desired.record} was created is not known: {error.message}",
                hint=f"It did not appear within {self._provider.LOOK_FOR:g} seconds; the next run looks again.",
            ) from error

    def _appeared(self, desired: Desired) -> Record | None:
        end = self._context.clock.monotonic() + self._provider.LOOK_FOR
        while True:
            began = self._context.clock.monotonic()
            try:
                found = _same(desired, self.observe(desired))
            except CertificatesError as error:
                if not error.retryable:
                    raise
                found = None
            if found is not None or began >= end:
                return found
            self._context.clock.sleep(LOOK_EVERY)

    def _delete(self, desired: Desired, zone: Zone, record: Record, observed: Observed) -> None:
        """Delete; after a lost answer look, and repeat once with what is there then. What is gone is deleted."""
        for attempt in range(2):
            try:
                self._provider.delete(record, zone=zone, there=observed.records)
                return
            except CertificatesError as error:
                lost = error.ran is Ran.UNKNOWN
                if not lost and not isinstance(error, (Invalid, NotFound)):
                    raise
                observed = self.observe(desired)
                left = _all_same(desired, observed)
                if not left or not (observed.in_sets or any(one.id == record.id for one in left)):
                    return
                if attempt or not lost:
                    raise
                record = next((one for one in left if one.id == record.id), left[0])


def _result(desired: Desired, zone: Zone | None, added: Added) -> dict[str, t.Any]:
    return {
        "record": {
            "zone": (desired.zone or KNOWN_AFTER_APPLY) if zone is None else zone.name,
            "name": KNOWN_AFTER_APPLY if zone is None else relative_name(desired.record, zone=zone.name),
            "type": desired.type,
            "value": desired.value,
            "ttl": added.ttl,
            "id": added.id,
            "record": desired.record,
        }
    }


def run(
    make: t.Callable[[t.Mapping[str, t.Any], Context], Provider],
    *,
    params: t.Mapping[str, t.Any],
    context: Context,
    longest_ttl: int = LONGEST_TTL,
) -> dict[str, t.Any]:
    """Bring one value about. Everything that can be refused without a call is, before `make` asks for a key."""
    desired = desired_from(params, context, longest_ttl=longest_ttl)
    return reconcile(DnsRecordService(make(params, context), context=context), desired, context)
