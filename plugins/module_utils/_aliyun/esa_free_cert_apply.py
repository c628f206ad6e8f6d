# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Carrying out what is planned for the free certificates of a site: applying, looking again, waiting, deleting.

ApplyCertificate knows no client token: it is sent once, and whatever then goes wrong, the list is read before
anything else.
"""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import esa_free_cert_plan
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.esa import (
    APPLYING,
    DUPLICATE,
    EXPIRED,
    FREE,
    GONE,
    Esa,
    Row,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.esa_free_cert_plan import (
    Condition,
    Desired,
    Observed,
    Situation,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.esa_free_cert_result import (
    Results,
    proofs_of,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    Conflict,
    NotFound,
    ProtocolFailure,
    Ran,
    WaitTimeout,
    outcome_unknown,
)

LOOK_FOR = 30.0
"""Seconds that the list may lag behind a write, and the proof behind an application."""
LOOK_EVERY = 3.0

Tell = t.Callable[[str], None]
"""Called with a domain that was just applied for."""


class FreeCerts:
    """What is done to the free certificates of one site."""

    def __init__(self, esa: Esa, *, desired: Desired, observed: Observed, context: Context) -> None:
        self._esa = esa
        self._desired = desired
        self._observed = observed
        self._clock = context.clock
        self._seen = frozenset(row.id for row in observed.rows)
        self._told: dict[str, str] = {}
        """Ids that an application was answered with, by domain: the list may not have them yet."""

    # --- applying ------------------------------------------------------------------------------------------

    def apply(self, domains: t.Sequence[str], *, tell: Tell) -> None:
        """Apply for all of them in one call. With a single duplicate among them, for the rest one by one.

        :raises NetworkFailure: the outcome is unknown, and not all of them appeared.
        :raises Conflict: the service says that there is an application, and the list does not show it.
        """
        try:
            self._call(domains)
        except CertificatesError as error:
            if error.code == DUPLICATE:
                self._one_by_one(domains, tell=tell)
                return
            if error.ran is not Ran.UNKNOWN:
                raise
            self._adopt(domains, error, tell=tell)
        else:
            self._await_listed([domain for domain in domains if domain not in self._told])

    def _call(self, domains: t.Sequence[str]) -> None:
        told = self._esa.apply(self._observed.site.id, domains=domains, type=self._desired.type)
        self._told.update({domain: id for domain, id in told.items() if domain in domains})

    def _one_by_one(self, domains: t.Sequence[str], *, tell: Tell) -> None:
        there = self._appeared(domains, self._rows())
        refused: list[str] = []
        silent: list[str] = []
        for domain in (domain for domain in domains if domain not in there):
            try:
                self._call([domain])
            except CertificatesError as error:
                if error.code == DUPLICATE:
                    refused.append(domain)
                    continue
                if error.ran is not Ran.UNKNOWN:
                    raise
                self._adopt([domain], error, tell=tell)
            else:
                silent += [] if domain in self._told else [domain]
            tell(domain)
        self._await_listed(silent)
        self._check_refused(refused)

    def _check_refused(self, domains: t.Sequence[str]) -> None:
        """A duplicate is none before the list shows it: the code is also that of a domain that cannot be meant."""
        missing = sorted(set(domains) - self._look(domains))
        if not missing:
            return
        hint = "Run again in some minutes; if it stays so, look at the certificates of the site in the console."
        wider = esa_free_cert_plan.wider(self._observed.rows, missing)
        if wider:
            hint = f"A certificate of another domain covers that too: {', '.join(row.id for row in wider)}. {hint}"
        raise Conflict(
            f"Alibaba Cloud says that there are applications already for {', '.join(missing)}, and shows none.",
            code=DUPLICATE,
            retryable=True,
            hint=hint,
        )

    def _adopt(self, domains: t.Sequence[str], lost: CertificatesError, *, tell: Tell) -> None:
        """Look for what a call whose answer was lost has done."""
        found = self._look(domains)
        missing = sorted(set(domains) - found)
        if not missing:
            return
        for domain in sorted(found):
            tell(domain)
        raise outcome_unknown(
            lost,
            f"Whether {', '.join(missing)} were applied for is not known: {lost.message}",
            hint="Run again: the next run looks again, and applies for what is still missing.",
        ) from lost

    def _await_listed(self, domains: t.Sequence[str]) -> None:
        missing = sorted(set(domains) - self._look(domains))
        if missing:
            raise ProtocolFailure(
                f"Alibaba Cloud took the applications, and neither its answer nor its list has {', '.join(missing)}.",
                retryable=True,
                hint="Run again: the next run looks again, and applies for what is still missing.",
            )

    def _look(self, domains: t.Sequence[str]) -> set[str]:
        """Those of the domains for which something new appears in the list in time."""
        end = self._clock.monotonic() + LOOK_FOR
        found: set[str] = set()
        while domains:
            with _tolerated():
                found |= self._appeared(domains, self._rows())
            if found >= set(domains) or self._clock.monotonic() >= end:
                break
            self._clock.sleep(LOOK_EVERY)
        return found

    def _appeared(self, domains: t.Iterable[str], rows: t.Iterable[Row]) -> set[str]:
        """Those with a certificate that was not there before, or one that can be used or is on its way."""
        listed = tuple(rows)
        fresh = {row.domain for row in listed if row.type == FREE and row.id not in self._seen}
        good = (Condition.USABLE, Condition.PENDING)
        return {
            domain
            for domain in domains
            if domain in fresh or esa_free_cert_plan.assess(listed, domain).condition in good
        }

    def _rows(self) -> tuple[Row, ...]:
        return self._esa.certificates(self._observed.site.id).rows

    # --- waiting -------------------------------------------------------------------------------------------

    def wait(self, domains: t.Sequence[str]) -> dict[str, Row]:
        """Wait until each domain has a certificate that can be used, or a failure; the certificates of all domains.

        :raises WaitTimeout: with all certificates and what has to be published, as data. The applications stay.
        :raises Conflict: applications have failed. All others are waited for first.
        """
        end = self._clock.monotonic() + self._desired.wait_timeout
        trouble = ""
        found = self._situations(self._observed.rows)
        while True:
            try:
                found, trouble = self._situations(self._rows()), ""
            except CertificatesError as error:
                if not error.retryable:
                    raise
                trouble = f" The last look at them failed: {error.message}"
            # One that is not listed yet is on its way, too.
            waiting = [d for d in domains if found[d].condition in (Condition.PENDING, Condition.MISSING)]
            if not waiting and not trouble:
                break
            left = end - self._clock.monotonic()
            if left <= 0:
                raise self._timed_out(waiting, found, trouble=trouble)
            self._clock.sleep(min(self._desired.wait_interval, left))
        rows = _rows_of(found)
        try:
            esa_free_cert_plan.check_failures(found)
        except Conflict as error:
            error.data = {**self._results().of(rows), **error.data}
            raise
        return rows

    def _situations(self, rows: t.Iterable[Row]) -> dict[str, Situation]:
        """Without what had ended before this run; with applications that the list does not have yet."""
        ended = (*esa_free_cert_plan.FAILED, EXPIRED)
        dead = {row.id for row in self._observed.rows if row.status in ended}
        alive = [row for row in rows if row.id not in dead]
        listed = {row.id for row in alive}
        alive += [
            Row(id=id, type=FREE, status=APPLYING, common_name=domain)
            for domain, id in self._told.items()
            if id not in listed
        ]
        return esa_free_cert_plan.situations(self._desired, alive)

    def _timed_out(self, waiting: t.Sequence[str], found: t.Mapping[str, Situation], *, trouble: str) -> WaitTimeout:
        states = [f"{domain} is {_state(found[domain])}" for domain in waiting]
        failed = [s.row for s in found.values() if s.condition is Condition.FAILED]
        states += [esa_free_cert_plan.failure(row) for row in failed if row is not None]
        data = self._results().of(self._with_proofs(_rows_of(found)))
        todo = "Publish what `challenge` lists, then run again." if data["challenge"] else "Run again later."
        return WaitTimeout(
            f"{len(waiting)} of {len(self._desired.domains)} domains have no certificate that can be used after "
            f"{self._desired.wait_timeout:g} seconds: {'; '.join(states)}.{trouble}",
            retryable=True,
            hint=f"The applications stay. {todo}",
            data=data,
        )

    # --- proofs --------------------------------------------------------------------------------------------

    def proofs(self) -> dict[str, Row]:
        """The certificates of all domains, those on their way with their proofs, which can take 30 seconds."""
        end = self._clock.monotonic() + LOOK_FOR
        rows = _rows_of(self._situations(self._observed.rows))
        if not self._told and not self._unproven(rows):
            return rows
        while True:
            with _tolerated():
                rows = _rows_of(self._situations(self._rows()))
            if not self._unproven(rows):
                return rows
            if self._clock.monotonic() >= end:
                return self._with_proofs(rows)
            self._clock.sleep(LOOK_EVERY)

    def _unproven(self, rows: t.Mapping[str, Row]) -> list[str]:
        """Domains on their way whose proof the service has not told yet, though somebody has to publish it."""
        if self._observed.delegation is not None:
            return []
        if esa_free_cert_plan.needs_no_proof(self._desired, self._observed.site):
            return []
        return [
            domain for domain, row in rows.items() if row.status == APPLYING and not proofs_of(row, self._observed.site)
        ]

    def _with_proofs(self, rows: t.Mapping[str, Row]) -> dict[str, Row]:
        """The single record of a certificate can have the proof when the list has not."""
        found = dict(rows)
        for domain in self._unproven(rows):
            with contextlib.suppress(CertificatesError):
                found[domain] = self._esa.certificate(self._observed.site.id, rows[domain].id)
        return found

    # --- ending --------------------------------------------------------------------------------------------

    def delete(self, certificate_id: str) -> None:
        """Delete, and with `wait` see that it is gone. After a lost answer the list decides whether to send it again.

        :raises WaitTimeout: it is still listed after its deletion.
        """
        try:
            self._delete(certificate_id)
        except CertificatesError as error:
            if error.ran is not Ran.UNKNOWN:
                raise
            if self._is_listed(certificate_id):
                self._delete(certificate_id)
        if self._desired.wait:
            self._await_gone(certificate_id)

    def _delete(self, certificate_id: str) -> None:
        try:
            self._esa.delete(self._observed.site.id, certificate_id)
        except NotFound as error:
            if error.code != GONE:
                raise

    def _is_listed(self, certificate_id: str) -> bool:
        return any(row.id == certificate_id for row in self._rows())

    def _await_gone(self, certificate_id: str) -> None:
        end = self._clock.monotonic() + LOOK_FOR
        while self._is_listed(certificate_id):
            if self._clock.monotonic() >= end:
                raise WaitTimeout(
                    f"The certificate {certificate_id} is still listed {LOOK_FOR:g} seconds after its deletion.",
                    retryable=True,
                    hint="Run again later: what is still there then is deleted again.",
                )
            self._clock.sleep(LOOK_EVERY)

    def _results(self) -> Results:
        return Results(desired=self._desired, observed=self._observed, now=self._clock.now())


@contextlib.contextmanager
def _tolerated() -> t.Iterator[None]:
    """A look of several may fail."""
    try:
        yield
    except CertificatesError as error:
        if not error.retryable:
            raise


def _rows_of(found: t.Mapping[str, Situation]) -> dict[str, Row]:
    return {domain: situation.row for domain, situation in found.items() if situation.row is not None}


def _state(situation: Situation) -> str:
    if situation.row is None:
        return "not listed yet"
    return f"{situation.row.status} ({situation.row.id})"
