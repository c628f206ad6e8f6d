# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Carrying out orders for free certificates: placing, looking again, waiting, cancelling, deleting.

ApplyCertificate knows no client token and every call counts against a quota: it is sent once, and whatever then
goes wrong, the list is read before anything else.
"""

from __future__ import annotations

import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    Conflict,
    Invalid,
    NotFound,
    PermissionDenied,
    ProtocolFailure,
    Ran,
    WaitTimeout,
    outcome_unknown,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent import free_cert_plan as plan
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.ssl import (
    ISSUED,
    STATUS_NAMES,
    Challenge,
    Detail,
    IssuedFiles,
    Order,
    Row,
    SslService,
)

LOOK_FOR = 30.0
"""Seconds that a list may lag behind a write."""
LOOK_EVERY = 3.0
ASK_EVERY = 60.0
"""Seconds between two requests for an immediate check of the proof."""
FIRST_LOOK = 2.0
_ONE_HOUR_CODES = frozenset({"FailedOperation.CannotBeDeletedWithinHour", "FailedOperation.DeleteFailedTimeNotUp"})
_NO_SERVICE_ROLE, _DEPLOYED, _SLOW_LOOK = 3, 4, 5
_UNDELETED: t.Mapping[int, str] = {
    _NO_SERVICE_ROLE: "The service lacks a role to look for deployments: authorise it once in the console, run again.",
    _DEPLOYED: "It is still deployed: bind another certificate there first (the console shows where), then run again.",
    _SLOW_LOOK: "Looking for deployments took too long: run again.",
}
"""What to do, by the status that a task of deletion ends with."""
_NOT_ABOUT_THE_OLD_ONE = frozenset(
    {
        "FailedOperation.PackageNotFound",
        "InvalidParameterValue.CertificateDomainMaxLengthInvalid",
        "InvalidParameterValue.CertificateEmailParseInvalid",
    }
)
_OLD_ONE_REFUSED = frozenset(
    {
        "FailedOperation.CertificateMismatch",
        "FailedOperation.CertificateNotFound",
        "FailedOperation.InvalidCertificateStatusCode",
        "FailedOperation.OrderAlreadyReplaced",
        "FailedOperation.OrderReplaceFailed",
    }
)
_COMPLETE_SAYS_LOOK = "FailedOperation.CertificateNotFoundOrAudited"


class Orders:
    """What is done to the orders of one domain."""

    def __init__(
        self,
        ssl: SslService,
        *,
        desired: plan.Desired,
        domain: str,
        context: Context,
    ) -> None:
        self._ssl = ssl
        self._desired = desired
        self._domain = domain
        self._context = context
        self._clock = context.clock
        self._trouble = ""
        """Why the last look at an order failed; empty after one that succeeded."""

    def list_mine(self) -> list[Row]:
        rows = self._ssl.certificates(plan.base_domain(self._domain))
        owned, _ignored = plan.sort_rows(rows, domain=self._domain, package_type=self._desired.package_type)
        return list(owned)

    # --- placing -------------------------------------------------------------------------------------------

    def place(self, *, old_certificate_id: str | None, seen: t.Container[str]) -> str:
        """Order once and return the id to go on with; `seen` are the ids that were listed before.

        :raises NetworkFailure: the outcome is unknown and no new order appeared.
        """
        try:
            mine = self._apply(old_certificate_id)
        except CertificatesError as error:
            if error.ran is not Ran.UNKNOWN:
                raise
            return self._adopt(seen, error)
        return self._give_way(mine, seen)

    def _apply(self, old_certificate_id: str | None) -> str:
        order: Order = self._desired.order(self._domain, old_certificate_id=old_certificate_id)
        try:
            return self._ssl.apply(order)
        except CertificatesError as error:
            if old_certificate_id is None or not _is_about_the_old_one(error):
                raise
            self._context.warn(
                f"Tencent Cloud does not take {old_certificate_id} as the certificate to renew ({error.code}); "
                "the new one is ordered without that link."
            )
        return self._ssl.apply(self._desired.order(self._domain, old_certificate_id=None))

    def _adopt(self, seen: t.Container[str], error: CertificatesError) -> str:
        """After a lost answer: the oldest order that was not there before is the one that was made."""
        for rows in self._listings():
            fresh = [row for row in rows if row.id not in seen and row.status != plan.CANCELLED]
            if fresh:
                return min(fresh, key=plan.age_order).id
        raise outcome_unknown(
            error,
            f"Whether a certificate for {self._domain} was ordered is not known: {error.message}",
            hint="No new order appeared within 30 seconds; the next run looks again before it orders.",
        ) from error

    def _give_way(self, mine: str, seen: t.Container[str]) -> str:
        """Two machines that order at once keep the older order, and both know which one that is."""
        for rows in self._listings():
            own = next((row for row in rows if row.id == mine), None)
            if own is None:
                continue
            others = [
                row for row in rows if row.id not in seen and row.id != mine and row.status in plan.PENDING | {ISSUED}
            ]
            older = min(
                (row for row in others if plan.age_order(row) < plan.age_order(own)), key=plan.age_order, default=None
            )
            if older is None:
                return mine
            self._yield_to(older, mine=mine)
            return older.id
        return mine

    def _yield_to(self, older: Row, *, mine: str) -> None:
        self._context.warn(
            f"Another run ordered {older.id} for {self._domain} at the same time and before: the order {mine} of this "
            "run is cancelled."
        )
        try:
            self.cancel(mine)
        except Conflict:
            self._context.warn(f"The order {mine} could not be cancelled any more.")
        if older.status in plan.PENDING and not plan.fits(older, self._desired):
            raise Conflict(
                f"Another run ordered {older.id} for {self._domain} with {older.method} at the same time.",
                hint="Let both ask for the same.",
            )

    def _listings(self) -> t.Iterator[list[Row]]:
        """The list, again and again for as long as it may lag; a read that fails is one look less."""
        end = self._clock.monotonic() + LOOK_FOR
        while True:
            try:
                yield self.list_mine()
            except CertificatesError as error:
                if not error.retryable:
                    raise
            if self._clock.monotonic() >= end:
                return
            self._clock.sleep(LOOK_EVERY)

    # --- reading -------------------------------------------------------------------------------------------

    def challenge(self, certificate_id: str, *, method: str | None) -> tuple[Detail | None, tuple[Challenge, ...]]:
        """The order and what has to be published for it, which the service may only know after a while.

        Nothing is to be published by anybody for DNS_AUTO. The call that brings a key is the last resort.
        """
        if method == "dns_auto":
            return None, ()
        end = self._clock.monotonic() + LOOK_FOR
        while True:
            detail = self._look(certificate_id)
            if detail is not None and (detail.challenge or detail.row.status not in plan.PENDING):
                return detail, detail.challenge
            if self._clock.monotonic() >= end:
                break
            self._clock.sleep(LOOK_EVERY)
        last = self.with_key(certificate_id).detail
        if not last.challenge:
            self._context.warn(f"The service does not say yet what proves the domain for the order {certificate_id}.")
        return last, last.challenge

    def with_key(self, certificate_id: str) -> IssuedFiles:
        """The answer that brings the key, which is registered for masking before anything else."""
        issued = self._ssl.certificate_with_key(certificate_id)
        if issued.private_key_pem:
            self._context.mask(issued.private_key_pem)
        return issued

    def issued_files(self, certificate_id: str) -> IssuedFiles:
        """:raises ProtocolFailure: the certificate is issued, and 30 seconds later still without its text."""
        end = self._clock.monotonic() + LOOK_FOR
        while True:
            issued = self.with_key(certificate_id)
            if issued.certificate_pem and issued.private_key_pem:
                return issued
            if self._clock.monotonic() >= end:
                raise ProtocolFailure(
                    f"Tencent Cloud shows {certificate_id} as issued and does not give its certificate and key.",
                    retryable=True,
                )
            self._clock.sleep(LOOK_EVERY)

    def _look(self, certificate_id: str) -> Detail | None:
        """The order now; None: it could not be read this time, or does not show yet."""
        self._trouble = ""
        try:
            return self._ssl.certificate(certificate_id)
        except NotFound:
            return None
        except CertificatesError as error:
            if not error.retryable:
                raise
            self._trouble = f" The last look at it failed: {error.message}"
            return None

    # --- waiting -------------------------------------------------------------------------------------------

    def wait(
        self,
        certificate_id: str,
        *,
        method: str | None,
        so_far: t.Callable[[Detail | None, tuple[Challenge, ...]], dict[str, t.Any]],
    ) -> tuple[Detail, tuple[Challenge, ...]]:
        """Wait until an order is issued; also return the proof as last seen, since the service then forgets it.

        `so_far` makes the result's keys of an order that is still pending.

        :raises WaitTimeout: with those keys; the order stays and the next run resumes it.
        :raises Invalid: the authority refused the order.
        :raises Conflict: somebody ended it meanwhile.
        """
        begin = self._clock.monotonic()
        end = begin + self._desired.wait_timeout
        asks = method != "dns_auto"
        next_ask = begin
        pause = min(FIRST_LOOK, self._desired.wait_interval)
        challenge: tuple[Challenge, ...] = ()
        detail = None
        while True:
            # Looked at before the first request to check: with the issue the service forgets the proof.
            detail = self._look(certificate_id) or detail
            if detail is not None:
                challenge = (() if method == "dns_auto" else detail.challenge) or challenge
                if detail.row.status == ISSUED:
                    return detail, challenge
                self._check_pending(detail.row)
            left = end - self._clock.monotonic()
            if left <= 0:
                challenge = challenge or self._last_resort(certificate_id, method=method)
                raise self._timed_out(certificate_id, detail, data=so_far(detail, challenge))
            if asks and self._clock.monotonic() >= next_ask:
                asks = self._ask(certificate_id)
                next_ask = self._clock.monotonic() + max(ASK_EVERY, self._desired.wait_interval)
            self._clock.sleep(min(pause, left))
            pause = min(pause * 2, self._desired.wait_interval)

    def _last_resort(self, certificate_id: str, *, method: str | None) -> tuple[Challenge, ...]:
        """The proof from the call that brings a key; never the reason of another failure."""
        if method == "dns_auto":
            return ()
        try:
            return self.with_key(certificate_id).detail.challenge
        except CertificatesError:
            return ()

    def _ask(self, certificate_id: str) -> bool:
        """Ask for a check of the proof now; False: this site or brand does not offer it, and polling has to do."""
        try:
            self._ssl.complete(certificate_id)
        except PermissionDenied as error:
            self._context.warn(f"The key may not call CompleteCertificate ({error.code}); the wait only polls.")
            return False
        except CertificatesError as error:
            if error.retryable or error.code == _COMPLETE_SAYS_LOOK:
                return True  # throttled, lost, or perhaps issued already: the look that follows tells
            if isinstance(error, (Invalid, Conflict)):
                return False
            raise
        return True

    def _check_pending(self, row: Row) -> None:
        if row.status not in STATUS_NAMES:
            raise ProtocolFailure(f"The order {row.id} is shown with status {row.status}, which is not documented.")
        if row.status == plan.FAILED:
            raise Invalid(
                f"The certificate authority refused the order {row.id} for {self._domain}.{self._complaint(row.id)}",
                code="review_failed",
                hint="Correct the proof of the domain (and its CAA records), then run again.",
                data={"certificate": row.certificate().as_result(self._clock.now())},
            )
        if row.status not in plan.PENDING:
            raise Conflict(
                f"The order {row.id} for {self._domain} is {row.status_name}: it was ended meanwhile.",
                hint="Somebody else ended it. Run again to order another.",
            )

    def _complaint(self, certificate_id: str) -> str:
        """What the authority says of the proof, which only the list has; never the reason of another failure."""
        try:
            rows = self._ssl.certificates(certificate_id)
        except CertificatesError:
            return ""
        texts = [row.complaint for row in rows if row.id == certificate_id and row.complaint]
        return f" It says: {' '.join(texts[0].split())[:300]}" if texts else ""

    def _timed_out(self, certificate_id: str, detail: Detail | None, *, data: dict[str, t.Any]) -> WaitTimeout:
        state = "unknown" if detail is None else detail.row.status_name
        return WaitTimeout(
            f"The order {certificate_id} for {self._domain} is not issued after {self._desired.wait_timeout:g} "
            f"seconds; its last known state is {state}.{self._trouble or self._complaint(certificate_id)}",
            retryable=True,
            hint=f"The order stays: {self._todo()}, then run again to resume it.",
            data=data,
        )

    def _todo(self) -> str:
        if self._trouble:
            return "see that the service can be reached"
        if self._desired.method == "dns_auto":
            return "see that the zone is in DNSPod of the same account and not paused"
        return "publish what `challenge` lists"

    # --- ending --------------------------------------------------------------------------------------------

    def cancel(self, certificate_id: str) -> None:
        """Cancel an order; one that is gone or being cancelled already is as good. After a lost answer: look, repeat.

        :raises Conflict: it can no longer be cancelled.
        """
        for attempt in range(2):
            try:
                self._ssl.cancel(certificate_id)
                return
            except NotFound:
                return
            except CertificatesError as error:
                if not isinstance(error, Conflict) and error.ran is not Ran.UNKNOWN:
                    raise
                if self._is_ending(certificate_id):
                    return
                if attempt or isinstance(error, Conflict):
                    raise

    def _is_ending(self, certificate_id: str) -> bool:
        try:
            return self._ssl.certificate(certificate_id).row.status in (plan.CANCELLING, plan.CANCELLED)
        except NotFound:
            return True

    def await_cancelled(self, certificate_id: str) -> None:
        """:raises WaitTimeout: still not cancelled. :raises Conflict: it was issued instead."""
        end = self._clock.monotonic() + self._desired.wait_timeout
        while True:
            try:
                row = self._ssl.certificate(certificate_id).row
            except NotFound:
                return
            if row.status in plan.DEAD:
                return
            if row.status == ISSUED:
                raise Conflict(
                    f"The order {certificate_id} was issued before it could be cancelled.", hint="Run again."
                )
            left = end - self._clock.monotonic()
            if left <= 0:
                raise WaitTimeout(
                    f"The order {certificate_id} is still {row.status_name} after the time of wait_timeout.",
                    retryable=True,
                    hint="Run again later: the next run goes on from there.",
                    data={"certificate": row.certificate().as_result(self._clock.now())},
                )
            self._clock.sleep(min(LOOK_EVERY, left))

    def delete(self, certificate_id: str) -> None:
        """Delete; a certificate that is gone is deleted, and one refused for its first hour is as good as that.

        :raises Conflict: the service did not delete it.
        """
        for attempt in range(2):
            try:
                deletion = self._ssl.delete(certificate_id)
            except NotFound:
                return
            except CertificatesError as error:
                if error.code in _ONE_HOUR_CODES:
                    return
                if error.ran is not Ran.UNKNOWN or attempt:
                    raise
                continue
            if deletion.done:
                return
            if deletion.task_id is None:
                raise Conflict(
                    f"Tencent Cloud did not delete {certificate_id} and gives no reason (DeleteResult is false).",
                    hint=_UNDELETED[_DEPLOYED],
                )
            self._await_deletion(certificate_id, task_id=deletion.task_id)
            return

    def _await_deletion(self, certificate_id: str, *, task_id: str) -> None:
        end = self._clock.monotonic() + self._desired.wait_timeout
        while True:
            status, words = self._ssl.deletion_status(task_id)
            if status == 1:
                return
            if status not in (None, 0):
                raise Conflict(
                    f"Tencent Cloud did not delete {certificate_id}: its task ended with status {status}"
                    f"{f' ({words})' if words else ''}.",
                    hint=_UNDELETED.get(status or 0, "Look at it in the console, then run again."),
                )
            left = end - self._clock.monotonic()
            if left <= 0:
                raise WaitTimeout(
                    f"The deletion of {certificate_id} (task {task_id}) is still running.",
                    retryable=True,
                    hint="Run again later: the next run sees whether it is gone.",
                )
            self._clock.sleep(min(LOOK_EVERY, left))


def _is_about_the_old_one(error: CertificatesError) -> bool:
    """Whether ApplyCertificate may have refused OldCertificateId; its code for that is not documented."""
    if error.code in _OLD_ONE_REFUSED:
        return True
    return isinstance(error, Invalid) and error.ran is Ran.REFUSED and error.code not in _NOT_ABOUT_THE_OLD_ONE
