# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""What has to be done about a free certificate of Tencent Cloud. Pure: no calls, no files, no clock.

Two functions decide everything: `assess` says which of several certificates and orders is meant, `plan` what is to
be done about it. Statuses and quotas: https://cloud.tencent.com/document/product/400/41678 and 400/46849.
"""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._clock import rfc3339
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    Conflict,
    NotFound,
    ProtocolFailure,
    QuotaExceeded,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._files import (
    Content,
    FileChange,
    FileSpec,
    Kind,
    ObservedFile,
    files_diff,
    plan_files,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._renewal import (
    RenewalPolicy,
    renewal_due,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._resource import KNOWN_AFTER_APPLY, Plan, Step
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.ssl import ISSUED, STATUS_NAMES, Order, Row

CANCELLING = 6
CANCELLED = 7
REISSUING = 11
MIGRATING = 15
CANCELLABLE = frozenset({0, 4, 5, 8, 13})
PENDING = CANCELLABLE | {REISSUING, MIGRATING}
AWAITING_REVOCATION = 9
REVOKING = frozenset({AWAITING_REVOCATION, 12})
FAILED = 2
DEAD = frozenset({FAILED, 3, CANCELLED, 10, 14})
_EVER_ISSUED = frozenset({ISSUED, 3, 10, 14}) | REVOKING

FREE_PACKAGES = frozenset({"1", "2", "83"})
"""GeoTrust (until 2018), TrustAsia TLS RSA CA (until 2024), TrustAsia C1 DV Free."""
ONE_HOUR = datetime.timedelta(hours=1)
"""No deletion within an hour of the order, says the service; no forced order within an hour of the last, say we."""
LINK_WINDOW = datetime.timedelta(days=29)
"""The service links a renewal to its old certificate in the last 30 days; a day of distance to that edge."""
FAILURES_ALLOWED = 2
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


@dataclasses.dataclass(frozen=True)
class Desired:
    """The options of one task. `domain` in lower-case A-labels; None: taken from `certificate_id`."""

    state: str = "present"
    domain: str | None = None
    certificate_id: str | None = None
    method: str = "dns_auto"
    key_algorithm: str | None = None
    alias: str | None = None
    contact_email: str | None = None
    contact_phone: str | None = None
    project_id: int | None = None
    package_type: str | None = None
    validity_period: int | None = None
    delete_dns_auto_record: bool | None = None
    renewal: RenewalPolicy = RenewalPolicy(text="30d", before=datetime.timedelta(days=30))  # noqa: RUF009 - frozen
    force: bool = False
    revoke: bool = False
    wait: bool = True
    wait_timeout: float = 900.0
    wait_interval: float = 15.0

    def order(self, domain: str, *, old_certificate_id: str | None) -> Order:
        """What ApplyCertificate is told."""
        return Order(
            domain=domain,
            method=self.method,
            key_algorithm=self.key_algorithm,
            alias=self.alias,
            contact_email=self.contact_email,
            contact_phone=self.contact_phone,
            project_id=self.project_id,
            package_type=self.package_type,
            validity_period=self.validity_period,
            delete_dns_auto_record=self.delete_dns_auto_record,
            old_certificate_id=old_certificate_id,
        )


@dataclasses.dataclass(frozen=True)
class LocalLeaf:
    """The leaf on disk. `id` from its comment line; None: it has none, or somebody else wrote the file."""

    id: str | None
    names: frozenset[str]
    begins: datetime.datetime
    ends: datetime.datetime
    algorithm: str
    issuer: str | None = None
    serial_number: str | None = None
    fingerprint_sha256: str | None = None


@dataclasses.dataclass(frozen=True)
class LocalFiles:
    """The files that the task asks for, and what is there.

    `specs` have no contents. `key` is the private key's state: `unwanted` (no private_key_path), `absent`,
    `unreadable`, `alone` (there is no leaf to compare with), `fits` or `differs` (from the leaf). `stale` are the
    paths of certificates and chains that are missing or do not belong to the leaf.
    """

    specs: tuple[FileSpec, ...]
    observed: t.Mapping[str, ObservedFile]
    leaf: LocalLeaf | None
    key: str
    stale: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True)
class Observed:
    """What is there. `named` is the row of `certificate_id`; `local` None: the task asks for no files."""

    domain: str
    owned: tuple[Row, ...] = ()
    ignored: tuple[Row, ...] = ()
    named: Row | None = None
    local: LocalFiles | None = None


@dataclasses.dataclass(frozen=True)
class Situation:
    """Which objects are meant. `why_due` is a sentence, None: the current certificate need not be renewed."""

    current: Row | None
    why_due: str | None
    why_not_due: str
    pending: Row | None
    fits: bool
    last_order: datetime.datetime | None
    failures: int

    @property
    def needed(self) -> bool:
        """Whether there has to be a new certificate, whatever `force` says."""
        return self.current is None or self.why_due is not None

    def resumed(self, desired: Desired) -> Row | None:
        """The pending order that the task goes on with."""
        return self.pending if self.fits and (self.needed or desired.force) else None


def base_domain(domain: str) -> str:
    """The name without `www.`: both come as one certificate."""
    return domain[4:] if domain.startswith("www.") and domain.count(".") >= 2 else domain


def sort_rows(
    rows: t.Iterable[Row], *, domain: str, package_type: str | None
) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """(ours, others of that name). What the fuzzy search found besides is dropped."""
    base = base_domain(domain)
    twins = frozenset({base, f"www.{base}"})
    free = FREE_PACKAGES | ({package_type} if package_type else set())
    owned: list[Row] = []
    ignored: list[Row] = []
    for row in sorted(rows, key=lambda row: row.id):
        if domain not in row.names and not _wildcard_covers(row, domain):
            continue
        ours = (
            row.origin != "upload"
            and row.certificate_type in (None, "SVR")
            and row.package_type in free
            and not row.wildcard
            and row.names <= twins
        )
        (owned if ours else ignored).append(row)
    return tuple(owned), tuple(ignored)


def _wildcard_covers(row: Row, domain: str) -> bool:
    return f"*.{domain.partition('.')[2]}" in row.names


def assess(desired: Desired, observed: Observed, now: datetime.datetime) -> Situation:
    """Choose among the owned rows.

    :raises ProtocolFailure: a status that the service does not document; nothing is concluded from it.
    """
    _check_statuses(observed.owned)
    current = _current(desired, observed, now)
    why_due, why_not_due = _due(current, desired=desired, now=now)
    pending = _pending(desired, observed)
    orders = [row.ordered for row in observed.owned if row.ordered is not None]
    return Situation(
        current=current,
        why_due=why_due,
        why_not_due=why_not_due,
        pending=pending,
        fits=pending is not None and fits(pending, desired),
        last_order=max(orders, default=None),
        failures=_failures(observed.owned),
    )


def _check_statuses(rows: t.Iterable[Row]) -> None:
    for row in rows:
        if row.status not in STATUS_NAMES:
            raise ProtocolFailure(
                f"Tencent Cloud shows the certificate {row.id} with status {row.status}, which is not documented.",
                hint="Look at it in the console; nothing is done while its state is unknown.",
            )


def _current(desired: Desired, observed: Observed, now: datetime.datetime) -> Row | None:
    """The issued certificate that ends last. A given id holds until it is due, then what replaced it."""
    issued = [row for row in observed.owned if row.status == ISSUED]
    best = max(issued, key=_lasting, default=None)
    named = observed.named
    if named is None or named.status != ISSUED:
        return best
    why_due, _reason = _due(named, desired=desired, now=now)
    if why_due is None or best is None or _lasting(best) < _lasting(named):
        return named
    return best


def _lasting(row: Row) -> tuple[datetime.datetime, datetime.datetime, str]:
    return row.ends or _EPOCH, row.ordered or _EPOCH, row.id


def _due(current: Row | None, *, desired: Desired, now: datetime.datetime) -> tuple[str | None, str]:
    if current is None:
        return None, ""
    if current.ends is None:
        return None, "It is issued, and the service does not tell its end yet."
    decision = renewal_due(not_before=current.begins, not_after=current.ends, now=now, policy=desired.renewal)
    return (decision.reason, "") if decision.due else (None, decision.reason)


def _pending(desired: Desired, observed: Observed) -> Row | None:
    """The oldest order that fits, so that two machines choose the same; else the oldest that does not."""
    if observed.named is not None and observed.named.status in PENDING:
        return observed.named
    rows = sorted((row for row in observed.owned if row.status in PENDING), key=age_order)
    return next((row for row in rows if fits(row, desired)), rows[0] if rows else None)


def age_order(row: Row) -> tuple[datetime.datetime, str]:
    """Sorts orders, oldest first, in the same way everywhere."""
    return row.ordered or _EPOCH, row.id


def fits(row: Row, desired: Desired) -> bool:
    """Whether a pending order will become what is asked for. What the service does not tell is no objection."""
    if row.status in (REISSUING, MIGRATING):
        return True
    method_fits = row.method is None or row.method == desired.method
    algorithms = (row.algorithm, desired.key_algorithm)
    return method_fits and (None in algorithms or algorithms[0] == algorithms[1])


def _failures(rows: t.Iterable[Row]) -> int:
    """Orders that failed since the last certificate of the domain was issued."""
    count = 0
    for row in sorted(rows, key=age_order, reverse=True):
        if row.status in _EVER_ISSUED:
            break
        count += row.status == FAILED
    return count


def takes_effect_at_renewal(desired: Desired, row: Row | None) -> list[dict[str, t.Any]]:
    """Options that act when a certificate is ordered and differ from the one that is there."""
    if row is None:
        return []
    months = None if desired.validity_period is None else str(desired.validity_period)
    pairs = (
        ("dv_auth_method", row.method, desired.method),
        ("key_algorithm", row.algorithm, desired.key_algorithm),
        ("package_type", row.package_type, desired.package_type),
        ("validity_period", row.validity_months, months),
    )
    return [
        {"option": option, "now": now, "then": then}
        for option, now, then in pairs
        if now is not None and then is not None and now != then
    ]


def plan(desired: Desired, observed: Observed, now: datetime.datetime) -> Plan:
    """Everything that is to be done, in order.

    :raises NotFound: `certificate_id` does not exist and the state is `present`.
    :raises Conflict: what exists contradicts the task; the message says which option decides it.
    :raises QuotaExceeded: two orders in a row have failed, and `force` is not set.
    """
    if desired.state == "absent":
        return _plan_absent(desired, observed, now)
    if desired.certificate_id is not None and observed.named is None:
        raise NotFound(
            f"There is no certificate {desired.certificate_id}.",
            hint="Ids are case-sensitive; leave certificate_id out to order one for the domain.",
        )
    _check_owned(observed)
    _check_replacement(observed)
    return _plan_present(desired, observed, assess(desired, observed, now), now)


def _check_owned(observed: Observed) -> None:
    named = observed.named
    if named is not None and named not in observed.owned:
        raise Conflict(
            f"The certificate {named.id} ({', '.join(sorted(named.names))}) is not a free one of {observed.domain}: "
            "it was uploaded, bought or covers other names, and is left alone.",
            hint="Give package_type if it is a free product of another type.",
        )


def _check_replacement(observed: Observed) -> None:
    """What replaced a given certificate may be somebody else's: then a free order would not be the renewal."""
    named = observed.named
    if named is None:
        return
    replacement = next((row for row in observed.ignored if row.id == named.renewed_by), None)
    if replacement is not None and replacement.status in PENDING | {ISSUED}:
        raise Conflict(
            f"The certificate {named.id} was renewed by {replacement.id}, which is not a free certificate of "
            f"{observed.domain} and is left alone.",
            hint="Leave certificate_id out to keep a free certificate beside it.",
        )


class _Draft:
    """Steps and both sides of the diff, collected."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.before: dict[str, t.Any] = {}
        self.after: dict[str, t.Any] = {}

    def add(self, name: str, summary: str, **arguments: t.Any) -> None:
        self.steps.append(Step(name=name, summary=summary, arguments=arguments))

    def differ(self, key: str, before: t.Any, after: t.Any) -> None:
        self.before[key], self.after[key] = before, after

    def plan(self, reason: str) -> Plan:
        return Plan(steps=tuple(self.steps), before=self.before, after=self.after, reason=reason)


def _plan_present(desired: Desired, observed: Observed, situation: Situation, now: datetime.datetime) -> Plan:
    if desired.force and not situation.needed and situation.current == observed.named:
        raise Conflict(
            f"certificate_id asks for {desired.certificate_id}, which is not due, and force for another in its place.",
            hint="Leave certificate_id out to order a new one for the domain.",
        )
    draft = _Draft()
    resumed = situation.resumed(desired)
    forced = desired.force and not _too_soon(situation, now)
    ordering = False
    if resumed is not None:
        reason = _resume(draft, resumed, desired=desired)
    elif situation.pending is not None and (situation.needed or forced):
        ordering = True
        reason = _cancel_misfit(
            draft, situation.pending, desired=desired, observed=observed, situation=situation, now=now
        )
    elif situation.needed or forced:
        ordering = True
        _check_budget(desired, situation, observed=observed, now=now)
        reason = _why_order(situation)
    else:
        reason = _why_kept(desired, situation)
    if ordering:
        _order(draft, desired=desired, observed=observed, situation=situation, now=now)
    _converge(draft, desired=desired, rows=[situation.current, resumed])
    coming = ordering or (resumed is not None and desired.wait)
    _files(draft, desired=desired, observed=observed, situation=situation, coming=coming, resumed=resumed, now=now)
    return draft.plan(reason)


def _too_soon(situation: Situation, now: datetime.datetime) -> bool:
    return situation.last_order is not None and now - situation.last_order < ONE_HOUR


def _resume(draft: _Draft, pending: Row, *, desired: Desired) -> str:
    what = f"The order {pending.id} is pending ({pending.status_name})"
    if not desired.wait:
        return f"{what}, and the task does not wait for it."
    draft.add("wait", f"Wait until the pending order {pending.id} is issued", id=pending.id)
    draft.differ("order", {"id": pending.id, "status": pending.status_name}, {"id": pending.id, "status": "issued"})
    return f"{what} and is resumed."


def _cancel_misfit(
    draft: _Draft, pending: Row, *, desired: Desired, observed: Observed, situation: Situation, now: datetime.datetime
) -> str:
    """Cancel an order that does not fit and make another: only with `force`, and not at once."""
    theirs = f"{pending.method or 'unknown'}/{pending.algorithm or 'unknown'}"
    asked = f"{desired.method}/{desired.key_algorithm or 'any'}"
    what = (
        f"The pending order {pending.id} of {observed.domain} was made with {theirs} "
        f"(dv_auth_method/key_algorithm), and the task asks for {asked}."
    )
    if not desired.force:
        raise Conflict(what, hint="Ask for the same as the order, let it end, or set force: true to cancel it.")
    if _too_soon(situation, now):
        raise Conflict(
            f"{what} It is less than an hour old, and force never orders within an hour of the last order.",
            retryable=True,
            hint=f"Run again after {rfc3339((situation.last_order or now) + ONE_HOUR)}.",
        )
    draft.add("cancel", f"Cancel the pending order {pending.id}", id=pending.id)
    draft.differ("order", {"id": pending.id, "status": pending.status_name}, {"id": pending.id, "status": "cancelled"})
    return f"{what} It is cancelled (force)."


def _check_budget(desired: Desired, situation: Situation, *, observed: Observed, now: datetime.datetime) -> None:
    if situation.failures < FAILURES_ALLOWED:
        return
    what = f"The last {situation.failures} orders for {observed.domain} failed, and each one counts against the quota."
    if not desired.force:
        raise QuotaExceeded(
            what, code="local_budget", hint="Correct what the validation needs, then run once with force: true."
        )
    if _too_soon(situation, now):
        raise QuotaExceeded(
            f"{what} force never orders within an hour of the last order.",
            code="local_budget",
            retryable=True,
            hint=f"Run again after {rfc3339((situation.last_order or now) + ONE_HOUR)}.",
        )


def _why_order(situation: Situation) -> str:
    if situation.current is None:
        return "There is no issued certificate and no pending order."
    return situation.why_due or f"A new one is forced. {situation.why_not_due}"


def _why_kept(desired: Desired, situation: Situation) -> str:
    notes = [situation.why_not_due]
    if desired.force:
        notes.append("It is not replaced, for the last order is less than an hour old.")
    if situation.pending is not None:
        notes.append(f"The pending order {situation.pending.id} beside it is left alone.")
    return " ".join(notes)


def _order(
    draft: _Draft, *, desired: Desired, observed: Observed, situation: Situation, now: datetime.datetime
) -> None:
    current = situation.current
    old = current.id if current is not None and _can_be_linked(current, now) else None
    renewing = "" if current is None else f" to renew {current.id}"
    details = f"{desired.method}, {desired.key_algorithm or 'default key algorithm'}"
    draft.add("order", f"Order a free certificate for {observed.domain} ({details}){renewing}", old_certificate_id=old)
    before = None if current is None else {"id": current.id, "status": current.status_name}
    after: dict[str, t.Any] = {
        "id": KNOWN_AFTER_APPLY,
        "domain": observed.domain,
        "dv_auth_method": desired.method,
        "status": "issued" if desired.wait else "pending",
    }
    for name in ("key_algorithm", "alias", "project_id", "package_type", "validity_period"):
        if getattr(desired, name) is not None:
            after[name] = getattr(desired, name)
    draft.differ("certificate", before, after)
    if desired.wait:
        draft.add("wait", "Wait until the new certificate is issued", id=None)


def _can_be_linked(current: Row, now: datetime.datetime) -> bool:
    """The service takes OldCertificateId only of a certificate in its last days."""
    if current.ends is None or current.ends <= now:
        return False
    return current.expiring or current.ends - now <= LINK_WINDOW


def _converge(draft: _Draft, *, desired: Desired, rows: t.Iterable[Row | None]) -> None:
    """Bring what can be changed in place to what is given."""
    for row in rows:
        if row is None:
            continue
        if desired.alias is not None and (row.alias or "") != desired.alias:
            draft.add("alias", f"Set the alias of {row.id} to {desired.alias!r}", id=row.id)
            draft.differ(f"alias of {row.id}", row.alias or "", desired.alias)
        if desired.project_id is not None and row.project_id != desired.project_id:
            draft.add("project", f"Move {row.id} to the project {desired.project_id}", id=row.id)
            draft.differ(f"project_id of {row.id}", row.project_id, desired.project_id)


def _files(
    draft: _Draft,
    *,
    desired: Desired,
    observed: Observed,
    situation: Situation,
    coming: bool,
    resumed: Row | None,
    now: datetime.datetime,
) -> None:
    """The files follow what will be current at the end of this run."""
    local = observed.local
    if local is None:
        return
    if coming:
        # Planned even when the run does not wait: a key that stands in the way must not cost an order first.
        specs = _specs(local, desired=desired, observed=observed, row=None)
        changes = plan_files(specs, local.observed)
        if desired.wait:
            _deliver(draft, specs, changes, certificate_id=None if resumed is None else resumed.id)
            return
    current = situation.current
    if current is not None and (current.ends is None or current.ends > now):
        specs = _specs(local, desired=desired, observed=observed, row=current)
        _deliver(draft, specs, plan_files(specs, local.observed), certificate_id=current.id)


def _deliver(
    draft: _Draft, specs: tuple[FileSpec, ...], changes: tuple[FileChange, ...], *, certificate_id: str | None
) -> None:
    if not changes:
        return
    paths = [change.spec.path for change in changes]
    if any(change.content for change in changes):
        summary = f"Write the files of the certificate {certificate_id or KNOWN_AFTER_APPLY}: {', '.join(paths)}"
    else:
        summary = f"Correct owner or mode of {', '.join(paths)}"
    draft.add("files", summary, id=certificate_id, specs=specs, paths=tuple(sorted(paths)))
    before, after = files_diff(changes)
    draft.differ("files", before, after)


def _specs(local: LocalFiles, *, desired: Desired, observed: Observed, row: Row | None) -> tuple[FileSpec, ...]:
    """Each file with what is known of its content: kept, to be read, or (`row` None) new."""
    leaf = local.leaf
    on_disk = row is not None and leaf is not None and is_leaf_of(leaf, row, observed)
    family = leaf is not None and _is_family(leaf, observed)
    replaceable = desired.force or (family and local.key in ("fits", "unreadable"))
    # A key that fits a stranger's leaf, or not the leaf that it should, is certainly not the one to come.
    stranger = leaf is not None and not family and not _may_be_ours(leaf, observed)
    certain = (on_disk and local.key == "differs") or (local.key == "fits" and stranger)
    fresh = Content.NEW if row is None or certain else Content.LATER
    specs = []
    for spec in local.specs:
        if spec.kind is Kind.PRIVATE_KEY:
            content = Content.KEEP if on_disk and local.key == "fits" else fresh
            specs.append(dataclasses.replace(spec, content=content, protect=not replaceable))
        else:
            content = Content.KEEP if on_disk and spec.path not in local.stale else fresh
            specs.append(dataclasses.replace(spec, content=content))
    return tuple(specs)


def is_leaf_of(leaf: LocalLeaf, row: Row, observed: Observed) -> bool:
    """Whether the leaf on disk is that of the row; then no call that brings a key is needed."""
    if leaf.id is not None:
        return leaf.id == row.id and observed.domain in leaf.names
    return _only_match(leaf, observed) == row.id


def _only_match(leaf: LocalLeaf, observed: Observed) -> str | None:
    """The id of the one certificate that a leaf without our comment line can be; None: none, or several."""
    matches = _matches(leaf, observed)
    return matches[0].id if len(matches) == 1 else None


def _matches(leaf: LocalLeaf, observed: Observed) -> list[Row]:
    return [
        row
        for row in observed.owned
        if row.status in _EVER_ISSUED
        and row.names == leaf.names
        and (row.begins, row.ends) == (leaf.begins, leaf.ends)
        and row.algorithm in (None, leaf.algorithm)
    ]


def _is_family(leaf: LocalLeaf, observed: Observed) -> bool:
    """Whether the leaf on disk is this or an earlier certificate of the same domain from here."""
    if leaf.id is not None:
        return observed.domain in leaf.names
    return bool(_matches(leaf, observed))


def _may_be_ours(leaf: LocalLeaf, observed: Observed) -> bool:
    """Whether fetching may show that the leaf is one of ours after all: the list need not tell all names."""
    covers = leaf.id is None and observed.domain in leaf.names
    return covers and any(row.ends == leaf.ends for row in observed.owned if row.status in _EVER_ISSUED)


def _plan_absent(desired: Desired, observed: Observed, now: datetime.datetime) -> Plan:
    _check_owned(observed)
    rows = candidates(desired, observed)
    _check_statuses(rows)
    live = [row for row in rows if row.status not in DEAD]
    if len(live) > 1:
        raise Conflict(
            f"{observed.domain} has {len(live)} certificates or orders: {'; '.join(_listed(row) for row in live)}.",
            hint="Give certificate_id to say which one is meant.",
        )
    draft = _Draft()
    reasons = [_end(draft, row, desired=desired) for row in live]
    remnants = [row for row in rows if row.status in DEAD]
    for row in remnants:
        if row.ordered is None or now - row.ordered >= ONE_HOUR:
            draft.add("delete", f"Delete {row.id} ({row.status_name})", id=row.id)
            draft.differ(row.id, {"status": row.status_name}, None)
            reasons.append(f"{row.id} is {row.status_name}.")
    return draft.plan(" ".join(reasons) or "There is no certificate and no order.")


def candidates(desired: Desired, observed: Observed) -> tuple[Row, ...]:
    """What `absent` is about: a given id alone, else all that is owned."""
    if desired.certificate_id is None:
        return observed.owned
    return () if observed.named is None else (observed.named,)


def _listed(row: Row) -> str:
    return f"{row.id} ({', '.join(sorted(row.names))}, {row.status_name}, ends {rfc3339(row.ends) or 'unknown'})"


def _end(draft: _Draft, row: Row, *, desired: Desired) -> str:
    """The steps that end one certificate or order, and why."""
    before = {"status": row.status_name}
    if row.status == ISSUED:
        if not desired.revoke:
            raise Conflict(
                f"The certificate {row.id} of {row.domain} is issued, and the service deletes none that is in force.",
                hint="Set revoke: true to revoke it, which needs a proof of the domain, or let it expire.",
            )
        draft.add("revoke", f"Revoke {row.id}", id=row.id)
        draft.differ(row.id, before, {"status": "revoking"})
        return f"{row.id} is issued. It is revoked once what `challenge` lists is published; a later run deletes it."
    if row.status in REVOKING:
        return (
            f"{row.id} is being revoked ({row.status_name}), for which what `challenge` lists is needed;"
            " a later run deletes it."
        )
    if row.status in (REISSUING, MIGRATING):
        raise Conflict(
            f"{row.id} is {row.status_name} and cannot be removed now.",
            retryable=True,
            hint="Run again once that is over.",
        )
    if row.status != CANCELLING:
        draft.add("cancel", f"Cancel the order {row.id}", id=row.id)
        draft.differ(row.id, before, {"status": "cancelling"})
    if desired.wait:
        draft.add("delete", f"Delete {row.id} once it is cancelled", id=row.id, after_cancel=True)
        draft.differ(row.id, before, None)
        return f"The order {row.id} is {row.status_name}."
    return f"The order {row.id} is {row.status_name}; a later run deletes it."
