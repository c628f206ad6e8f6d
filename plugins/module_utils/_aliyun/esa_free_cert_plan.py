# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""What has to be done about the free certificates of an ESA site. Pure: no calls, no clock.

There is one certificate a domain, and ESA renews what it has issued by itself. So the only questions are whether a
domain has one that can be used, whether one is on its way, and whether an application has failed.
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.esa import (
    APPLY_FAILED,
    APPLYING,
    CANCELED,
    CNAME,
    EXPIRED,
    EXPIRING,
    FREE,
    ISSUED,
    OK,
    Quota,
    Row,
    Site,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._clock import rfc3339
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    Conflict,
    Invalid,
    ProtocolFailure,
    QuotaExceeded,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._resource import KNOWN_AFTER_APPLY, Plan, Step

LETS_ENCRYPT, DIGICERT_SINGLE, DIGICERT_WILDCARD = "lets_encrypt", "digicert_single", "digicert_wildcard"
AUTHORITIES = (LETS_ENCRYPT, DIGICERT_SINGLE, DIGICERT_WILDCARD)
USABLE = frozenset({OK, ISSUED, EXPIRING})
FAILED = frozenset({APPLY_FAILED, CANCELED})
ACTIVE = "active"
MAX_NAMED = 20
"""Certificates that a message names; all of them are in the data beside it."""
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


@dataclasses.dataclass(frozen=True)
class Desired:
    """The options of one task. Either `site_name` or `site_id` is given; `domains` are sorted, each one once."""

    state: str = "present"
    site_name: str | None = None
    site_id: str | None = None
    domains: tuple[str, ...] = ()
    type: str = LETS_ENCRYPT
    retry_failed: bool = False
    force: bool = False
    wait: bool = True
    wait_timeout: float = 2400.0
    wait_interval: float = 15.0


@dataclasses.dataclass(frozen=True)
class Observed:
    """What is there. `rows` are all certificates of the site.

    `quota` was read if something has to be applied for. `delegation` is what a delegated validation points to, where
    the site needs one. `users` are the names of records by the id of the certificate that they have, for `absent`.
    """

    site: Site
    rows: tuple[Row, ...] = ()
    quota: Quota | None = None
    delegation: str | None = None
    users: t.Mapping[str, t.Sequence[str]] = dataclasses.field(default_factory=dict)


class Condition(enum.Enum):
    """What a domain has."""

    USABLE = "usable"
    PENDING = "pending"
    FAILED = "failed"
    MISSING = "missing"


@dataclasses.dataclass(frozen=True)
class Situation:
    """What a domain has, and the certificate that says so. `row` is None, or expired, for MISSING."""

    condition: Condition
    row: Row | None = None


_CONDITIONS: t.Mapping[str | None, Condition] = {
    **dict.fromkeys(USABLE, Condition.USABLE),
    APPLYING: Condition.PENDING,
    **dict.fromkeys(FAILED, Condition.FAILED),
    EXPIRED: Condition.MISSING,
}
_ORDER = (Condition.USABLE, Condition.PENDING, Condition.FAILED, Condition.MISSING)


def owned(rows: t.Iterable[Row], domain: str) -> list[Row]:
    """The free certificates of exactly this domain. All others are left alone, whatever they cover."""
    return [row for row in rows if row.type == FREE and row.domain == domain]


def others(rows: t.Iterable[Row], domains: t.Sequence[str]) -> list[Row]:
    """Certificates for these domains that were not applied for here: uploaded ones, and those of other services."""
    return [row for row in rows if row.type != FREE and not set(row.names).isdisjoint(domains)]


def wider(rows: t.Iterable[Row], domains: t.Sequence[str]) -> list[Row]:
    """Free certificates of another domain that cover one of these; the service makes none that covers several."""
    return [
        row for row in rows if row.type == FREE and row.domain not in domains and not set(row.names).isdisjoint(domains)
    ]


def assess(rows: t.Iterable[Row], domain: str) -> Situation:
    """What the domain has: usable wins over pending, that over a failure. Among equals, the one that ends last.

    :raises ProtocolFailure: a status that the service does not document; nothing is concluded from it.
    """
    best = Situation(Condition.MISSING)
    for row in sorted(owned(rows, domain), key=_lasting, reverse=True):
        condition = _condition(row)
        if best.row is None or _ORDER.index(condition) < _ORDER.index(best.condition):
            best = Situation(condition, row)
    return best


def _condition(row: Row) -> Condition:
    condition = _CONDITIONS.get(row.status)
    if condition is None:
        raise ProtocolFailure(
            f"Alibaba Cloud shows the certificate {row.id} with {status_words(row)}, which is not documented.",
            hint="Look at it in the console; nothing is done while its state is unknown.",
        )
    return condition


def status_words(row: Row) -> str:
    return "no status" if row.status is None else f"status {row.status[:40]}"


def _lasting(row: Row) -> tuple[datetime.datetime, datetime.datetime, str]:
    return row.ends or _EPOCH, row.created or _EPOCH, row.id


def situations(desired: Desired, rows: t.Iterable[Row]) -> dict[str, Situation]:
    """:raises ProtocolFailure: a status that the service does not document."""
    listed = tuple(rows)
    return {domain: assess(listed, domain) for domain in desired.domains}


def needed(desired: Desired, found: t.Mapping[str, Situation]) -> list[str]:
    """The domains that have to be applied for."""
    wanted = {Condition.MISSING, Condition.FAILED} if desired.retry_failed else {Condition.MISSING}
    return [domain for domain in desired.domains if found[domain].condition in wanted]


def pending(found: t.Mapping[str, Situation]) -> list[str]:
    """The domains whose application is under way."""
    return [domain for domain, situation in found.items() if situation.condition is Condition.PENDING]


def is_delegated(desired: Desired, site: Site) -> bool:
    """Whether the proof is a record that points to ESA's own zone: DigiCert proves by DNS alone."""
    return desired.type != LETS_ENCRYPT and site.access_type == CNAME


def needs_no_proof(desired: Desired, site: Site) -> bool:
    """Whether ESA publishes the proof itself, since the zone is its own."""
    return site.access_type not in (None, CNAME)


def stuck_wildcards(desired: Desired, observed: Observed) -> list[str]:
    """Wildcards of which it is known that ESA cannot prove them by itself, and does not say so."""
    if desired.state != "present" or desired.type != LETS_ENCRYPT or observed.site.access_type != CNAME:
        return []
    found = situations(desired, observed.rows)
    open_ones = {*needed(desired, found), *pending(found)}
    return [domain for domain in desired.domains if domain.startswith("*.") and domain in open_ones]


# --- present -----------------------------------------------------------------------------------------------


def plan(desired: Desired, observed: Observed, _now: datetime.datetime) -> Plan:
    """Everything that is to be done, in order.

    :raises Invalid: a domain does not belong to the site.
    :raises Conflict: an application has failed, the site takes none, or what is to go is in use.
    :raises QuotaExceeded: there is no room for what has to be applied for.
    """
    check_in_site(desired.domains, observed.site.name)
    if desired.state == "absent":
        return _plan_absent(desired, observed)
    found = situations(desired, observed.rows)
    if not desired.retry_failed:
        check_failures(found)
    wanted = needed(desired, found)
    if wanted:
        _check_site(observed.site)
        _check_quota(observed, len(wanted))
    return _plan_present(desired, observed, found, wanted)


def check_in_site(domains: t.Iterable[str], site_name: str | None) -> None:
    """:raises Invalid: a domain lies outside the site, where its name is known."""
    if site_name is None:
        return
    outside = [name for name in domains if name != site_name and not name.endswith(f".{site_name}")]
    if outside:
        raise Invalid(f"domains must lie in the site {site_name}, and {_listed(outside)} do(es) not.")


def check_failures(found: t.Mapping[str, Situation]) -> None:
    """:raises Conflict: applications have failed, and nothing that can be used or is on its way is in their place."""
    failed = [situation.row for situation in found.values() if situation.condition is Condition.FAILED]
    told = [failure(row) for row in failed if row is not None]
    if told:
        raise Conflict(
            f"{_count(len(told), 'application')} for a free certificate failed: {_listed(told, by='; ')}.",
            code="apply_failed",
            hint="Remove the cause, then run once with retry_failed: true to apply again.",
        )


def failure(row: Row) -> str:
    """A failed application in a message, with the service's own words."""
    said = " ".join((row.apply_message or "").split())[:200]
    code = "" if row.apply_code is None else f" {row.apply_code}"
    return f"{row.domain} ({row.id}) is {row.status}{code}" + (f", {said}" if said else "")


def _check_site(site: Site) -> None:
    if site.status not in (None, ACTIVE):
        raise Conflict(
            f"The site {site.name or site.id} is {site.status}, and only an active one takes applications.",
            hint="Activate it in the console first: its name has to be verified.",
        )


def _check_quota(observed: Observed, wanted: int) -> None:
    quota = observed.quota
    if quota is None or wanted <= quota.total - quota.used:
        return
    here = sorted((row for row in observed.rows if row.type == FREE), key=lambda row: (row.domain or "", row.id))
    occupied = [f"{number} on the site {name or site_id}" for site_id, name, number in quota.sites if number]
    occupied += [f"{row.domain} ({row.id}, {row.status})" for row in here]
    raise QuotaExceeded(
        f"The quota of free certificates has no room for {wanted} more: {quota.used} of {quota.total} are used. "
        f"It is occupied by {_listed(occupied, by='; ') or 'certificates that are not told'}.",
        hint=_room(here),
        data={
            "quota": {
                "total": quota.total,
                "used": quota.used,
                "needed": wanted,
                "sites": [
                    {"site_id": site_id, "site_name": name, "used": number} for site_id, name, number in quota.sites
                ],
                "certificates": [short(row) for row in here],
            }
        },
    )


def _room(here: t.Iterable[Row]) -> str:
    """What to do where the quota is full; what cannot be used any more may be what fills it."""
    hint = "Nothing is deleted to make room: take away what is not needed with state: absent, or change the plan."
    useless = [row for row in here if row.status in (EXPIRED, *FAILED)]
    if not useless:
        return hint
    named = _listed([f"{row.domain} ({row.status})" for row in useless])
    return f"These are of no use any more and can go first: {named}. {hint}"


def short(row: Row) -> dict[str, t.Any]:
    """A certificate in a few words."""
    return {
        "id": row.id,
        "name": row.name,
        "type": row.type,
        "status": row.status,
        "domains": sorted(row.names),
        "not_after": rfc3339(row.ends),
    }


def _plan_present(
    desired: Desired, observed: Observed, found: t.Mapping[str, Situation], wanted: t.Sequence[str]
) -> Plan:
    steps = []
    site = observed.site.name or observed.site.id
    if wanted:
        summary = f"Apply for {_count(len(wanted), 'free certificate')} ({desired.type}) of the site {site}: "
        steps.append(Step("apply", summary + ", ".join(wanted), {"domains": tuple(wanted)}))
    awaited = tuple(sorted({*wanted, *pending(found)})) if desired.wait else ()
    if awaited:
        steps.append(Step("wait", f"Wait until they can be used: {', '.join(awaited)}", {"domains": awaited}))
    if not steps:
        return Plan(reason=_why_unchanged(found))
    changing = sorted({*wanted, *awaited})
    return Plan(
        steps=tuple(steps),
        before={domain: _before(found[domain]) for domain in changing},
        after={domain: _after(desired, found[domain], new=domain in wanted) for domain in changing},
        reason=_why_changed(found, wanted),
    )


def _before(situation: Situation) -> dict[str, t.Any] | None:
    row = situation.row
    return None if row is None else {"id": row.id, "status": row.status, "usable": False}


def _after(desired: Desired, situation: Situation, *, new: bool) -> dict[str, t.Any]:
    known = situation.row.id if situation.row is not None and not new else KNOWN_AFTER_APPLY
    status = KNOWN_AFTER_APPLY if desired.wait else APPLYING
    return {"id": known, "status": status, "usable": desired.wait}


def _why_changed(found: t.Mapping[str, Situation], wanted: t.Sequence[str]) -> str:
    if not wanted:
        return "Applications are under way."
    again = [domain for domain in wanted if found[domain].row is not None]
    fresh = len(wanted) - len(again)
    reasons = []
    if fresh:
        reasons.append(f"{_count(fresh, 'domain')} without a certificate.")
    if again:
        reasons.append(f"{_count(len(again), 'certificate')} expired or failed: {_listed(again)}.")
    return " ".join(reasons)


def _why_unchanged(found: t.Mapping[str, Situation]) -> str:
    waiting = pending(found)
    if waiting:
        return f"{_count(len(waiting), 'application')} under way: {_listed(waiting)}."
    return "All domains have a certificate that can be used. ESA renews it by itself."


# --- absent ------------------------------------------------------------------------------------------------


def candidates(desired: Desired, rows: t.Iterable[Row]) -> dict[str, list[Row]]:
    """The free certificates that `absent` is about, by domain."""
    listed = tuple(rows)
    found = {domain: sorted(owned(listed, domain), key=lambda row: row.id) for domain in desired.domains}
    return {domain: mine for domain, mine in found.items() if mine}


def _plan_absent(desired: Desired, observed: Observed) -> Plan:
    found = candidates(desired, observed.rows)
    doomed = [row for rows in found.values() for row in rows]
    if not doomed:
        return Plan(reason="There are no free certificates for these domains.")
    if not desired.force:
        _check_single(found)
        _check_unused(doomed, observed.users)
    return Plan(
        steps=tuple(
            Step("delete", f"Delete the free certificate {row.id} of {row.domain}", {"id": row.id}) for row in doomed
        ),
        before={row.id: {"domain": row.domain, "status": row.status} for row in doomed},
        after=dict.fromkeys((row.id for row in doomed), None),
        reason=f"{_count(len(doomed), 'free certificate')} there.",
    )


def _check_single(found: t.Mapping[str, t.Sequence[Row]]) -> None:
    several = [
        f"{row.id} ({domain}, {row.status}, ends {rfc3339(row.ends) or 'unknown'})"
        for domain, rows in found.items()
        if len(rows) > 1
        for row in rows
    ]
    if several:
        raise Conflict(
            f"There is more than one free certificate for one domain: {_listed(several, by='; ')}.",
            hint="Use force to delete all of them, or delete in the console what is not meant.",
        )


def _check_unused(doomed: t.Iterable[Row], users: t.Mapping[str, t.Sequence[str]]) -> None:
    used = [f"{row.id} of {row.domain} by {_listed(sorted(users[row.id]))}" for row in doomed if row.id in users]
    if used:
        raise Conflict(
            f"In use: {_listed(used, by='; ')}. Without it these hosts would have no TLS.",
            code="in_use",
            hint="Give them another certificate first, or use force.",
        )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _listed(items: t.Sequence[str], *, by: str = ", ") -> str:
    more = len(items) - MAX_NAMED
    shown = by.join(items[:MAX_NAMED])
    return shown if more <= 0 else f"{shown} and {more} more"
