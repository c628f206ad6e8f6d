# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The service behind `tencent_free_cert`: observe, plan, apply."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import Entry
from ansible_collections.cncloud.certificates.plugins.module_utils._files import (
    Content,
    FileSpec,
    check_destinations,
    write_files,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._resource import (
    Journal,
    Plan,
    Service,
    Step,
    reconcile,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent import (
    free_cert_files,
    free_cert_options,
    free_cert_plan,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.client import SSL, TencentClient
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.free_cert_order import Orders
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.free_cert_plan import (
    Desired,
    LocalLeaf,
    Observed,
    Situation,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.free_cert_result import Results
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.ssl import (
    ISSUED,
    Challenge,
    Detail,
    Row,
    SslService,
)

REVOCATION_REASON = "No longer used"


class FreeCertService(Service[Desired, Observed]):
    """A free certificate of one domain. `site` names the endpoint, for the lock."""

    def __init__(self, ssl: SslService, *, context: Context, files: tuple[FileSpec, ...], site: str) -> None:
        self._ssl = ssl
        self._context = context
        self._files = files
        self._site = site
        self._domain = ""

    def observe(self, desired: Desired) -> Observed:
        """One list call, as a rule. A given id that is not of the domain, or has to be renewed, costs another."""
        rows: list[Row] = []
        if desired.domain is not None:
            rows = self._ssl.certificates(free_cert_plan.base_domain(desired.domain))
        named = _row(rows, desired.certificate_id)
        if desired.certificate_id is not None and named is None:
            named = _row(self._ssl.certificates(desired.certificate_id), desired.certificate_id)
            rows = _merged(rows, [] if named is None else [named])
        if named is not None and desired.state == "present":
            rows = self._with_successors(desired, named, rows)
        self._domain = desired.domain or (named.domain if named is not None else "")
        owned, ignored = free_cert_plan.sort_rows(rows, domain=self._domain, package_type=desired.package_type)
        return Observed(
            domain=self._domain,
            owned=owned,
            ignored=ignored,
            named=named,
            local=free_cert_files.observe(self._files),
        )

    def _with_successors(self, desired: Desired, named: Row, rows: list[Row]) -> list[Row]:
        """What may have replaced a certificate that was given by its id; read only if that matters."""
        alone = Observed(domain=named.domain, owned=(named,), named=named)
        situation = free_cert_plan.assess(desired, alone, self._context.clock.now())
        if not situation.needed and not desired.force:
            return rows
        if desired.domain is None:
            rows = _merged(rows, self._ssl.certificates(free_cert_plan.base_domain(named.domain)))
        if named.renewed_by is not None and _row(rows, named.renewed_by) is None:
            rows = _merged(rows, self._ssl.certificates(named.renewed_by))
        return rows

    def plan(self, desired: Desired, observed: Observed, now: datetime.datetime) -> Plan:
        return free_cert_plan.plan(desired, observed, now)

    def lock_name(self, desired: Desired) -> str:
        """By domain, which `observe` has found where only an id was given."""
        name = free_cert_plan.base_domain(self._domain) or desired.certificate_id
        return f"the certificates of {name} at {self._site}"

    def apply(self, desired: Desired, observed: Observed, plan: Plan, journal: Journal) -> dict[str, t.Any]:
        run = _Run(self._ssl, desired=desired, observed=observed, plan=plan, context=self._context)
        for step in plan.steps:
            run.do(step)
            journal.done(step)
        return run.result()

    def result(self, desired: Desired, observed: Observed, plan: Plan) -> dict[str, t.Any]:
        """Unchanged, or predicted. Reads the proof of an order that is pending, and nothing else."""
        return _Run(self._ssl, desired=desired, observed=observed, plan=plan, context=self._context).preview()


class _Run:
    """The steps of one plan, and what they bring about."""

    def __init__(self, ssl: SslService, *, desired: Desired, observed: Observed, plan: Plan, context: Context) -> None:
        self._ssl = ssl
        self._desired = desired
        self._observed = observed
        self._plan = plan
        self._context = context
        self._orders = Orders(ssl, desired=desired, domain=observed.domain, context=context)
        self._situation: Situation | None = None
        if desired.state == "present":
            self._situation = free_cert_plan.assess(desired, observed, context.clock.now())
        resumed = None if self._situation is None else self._situation.resumed(desired)
        self._resumed = resumed
        self._order_id = None if resumed is None else resumed.id
        self._detail: Detail | None = None
        self._challenge: tuple[Challenge, ...] = ()
        self._leaf: LocalLeaf | None = None
        self._actions: dict[str, t.Callable[[Step], None]] = {
            "cancel": self._cancel,
            "order": self._place,
            "wait": self._wait,
            "alias": self._set_alias,
            "project": self._set_project,
            "files": self._write,
            "delete": self._delete,
            "revoke": self._revoke,
        }

    def do(self, step: Step) -> None:
        self._actions[step.name](step)

    # --- steps ---------------------------------------------------------------------------------------------

    def _cancel(self, step: Step) -> None:
        self._orders.cancel(step.arguments["id"])
        if self._desired.state == "present":
            self._orders.await_cancelled(step.arguments["id"])

    def _place(self, step: Step) -> None:
        seen = {row.id for row in self._observed.owned}
        self._order_id = self._orders.place(old_certificate_id=step.arguments["old_certificate_id"], seen=seen)
        if not self._desired.wait:
            self._detail, self._challenge = self._orders.challenge(self._order_id, method=self._desired.method)

    def _wait(self, _step: Step) -> None:
        order_id = str(self._order_id)
        self._detail, self._challenge = self._orders.wait(order_id, method=self._method(), so_far=self._still_pending)

    def _still_pending(self, detail: Detail | None, challenge: tuple[Challenge, ...]) -> dict[str, t.Any]:
        self._detail, self._challenge = detail, challenge
        return self._pending(paths=())

    def _set_alias(self, step: Step) -> None:
        self._ssl.set_alias(step.arguments["id"], alias=self._desired.alias or "")

    def _set_project(self, step: Step) -> None:
        self._ssl.set_project(step.arguments["id"], project_id=self._desired.project_id or 0)

    def _write(self, step: Step) -> None:
        specs: tuple[FileSpec, ...] = step.arguments["specs"]
        if all(spec.content is Content.KEEP for spec in specs):
            write_files(specs, context=self._context)
            return
        certificate_id = str(step.arguments["id"] or self._order_id)
        self._leaf = free_cert_files.deliver(
            specs,
            self._orders.issued_files(certificate_id),
            certificate_id=certificate_id,
            domain=self._observed.domain,
            context=self._context,
        )

    def _delete(self, step: Step) -> None:
        if step.arguments.get("after_cancel"):
            self._orders.await_cancelled(step.arguments["id"])
        self._orders.delete(step.arguments["id"])

    def _revoke(self, step: Step) -> None:
        certificate_id = step.arguments["id"]
        self._challenge = self._ssl.revoke(certificate_id, reason=REVOCATION_REASON)
        told = self._ssl.certificate(certificate_id).revocation_challenge
        self._challenge = told or self._challenge  # the detail says the type of each record, the answer does not

    # --- results -------------------------------------------------------------------------------------------

    def result(self) -> dict[str, t.Any]:
        """After all steps."""
        if self._situation is None:
            return self._absent()
        if self._detail is not None and self._detail.row.status == ISSUED:
            return self._results().issued(self._detail.row, challenge=self._challenge, leaf=self._leaf)
        if self._order_id is not None:
            return self._pending(paths=self._paths())
        return self._results().kept(self._situation.current, leaf=self._leaf)

    def preview(self) -> dict[str, t.Any]:
        """Without any step: nothing is to be done, or check mode."""
        if self._situation is None:
            revoking = [row for row in self._candidates() if row.status in free_cert_plan.REVOKING]
            if revoking:
                self._challenge = self._ssl.certificate(revoking[0].id).revocation_challenge
            return self._absent()
        if self._plan.has("order"):
            return self._results().predicted(self._situation.current)
        if self._order_id is not None:
            self._detail, self._challenge = self._orders.challenge(self._order_id, method=self._method())
            return self._pending(paths=self._paths())
        return self._results().kept(self._situation.current)

    def _pending(self, *, paths: tuple[str, ...]) -> dict[str, t.Any]:
        """An order that is not issued: as it was last read."""
        row = self._detail.row if self._detail is not None else self._resumed
        return dataclasses.replace(self._results(), paths=paths).pending(
            order_id=str(self._order_id),
            row=row,
            current=None if self._situation is None else self._situation.current,
            challenge=self._challenge,
            resumed=self._resumed is not None,
        )

    def _absent(self) -> dict[str, t.Any]:
        """Null once nothing is left; what is being revoked or cancelled is still there."""
        deleted = {step.arguments["id"] for step in self._plan.steps if step.name == "delete"}
        left = [row for row in self._candidates() if row.id not in deleted and row.status not in free_cert_plan.DEAD]
        row = left[0] if left else None
        if row is not None and self._plan.has("revoke"):
            row = dataclasses.replace(row, status=free_cert_plan.AWAITING_REVOCATION)
        elif row is not None and self._plan.has("cancel"):
            row = dataclasses.replace(row, status=free_cert_plan.CANCELLING)
        announce = self._context.check_mode and self._plan.has("revoke")
        return self._results().absent(row, challenge=self._challenge, announce=announce)

    def _candidates(self) -> tuple[Row, ...]:
        return free_cert_plan.candidates(self._desired, self._observed)

    def _results(self) -> Results:
        return Results(
            desired=self._desired,
            observed=self._observed,
            now=self._context.clock.now(),
            paths=self._paths(),
        )

    def _paths(self) -> tuple[str, ...]:
        return tuple(path for step in self._plan.steps if step.name == "files" for path in step.arguments["paths"])

    def _method(self) -> str | None:
        """How the order is proven: a resumed one by what it was made with."""
        if self._resumed is not None and self._resumed.method is not None:
            return self._resumed.method
        return self._desired.method


def _row(rows: t.Iterable[Row], certificate_id: str | None) -> Row | None:
    return next((row for row in rows if row.id == certificate_id), None)


def _merged(rows: t.Iterable[Row], more: t.Iterable[Row]) -> list[Row]:
    """Both, each id once."""
    return list({row.id: row for row in (*rows, *more)}.values())


def run(params: t.Mapping[str, t.Any], context: Context) -> dict[str, t.Any]:
    """Everything that can be refused without a call is, before the first one."""
    desired = free_cert_options.desired_from(params)
    files = free_cert_options.files_from(params, context)
    check_destinations(files, context=context)
    client = TencentClient(SSL, params=params, context=context)
    service = FreeCertService(SslService(client), context=context, files=files, site=client.url)
    return reconcile(service, desired, context)


ENTRY = Entry(
    argument_spec=free_cert_options.ARGUMENT_SPEC,
    run=run,
    required_one_of=(("domain", "certificate_id"),),
)
