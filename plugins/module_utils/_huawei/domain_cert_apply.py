# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The steps of a plan, one call each, over an unreliable wire and against a gateway that lags behind itself.

After a lost answer the module looks before it repeats anything; a new object is adopted, never made twice. Nothing
is unbound before the new certificate is seen on the domain.
"""

from __future__ import annotations

import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    Conflict,
    Invalid,
    NotFound,
    ProtocolFailure,
    Ran,
    outcome_unknown,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei import domain_cert_plan as planning
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.apig import Apig, Place, Upload
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.domain_cert_plan import (
    Desired,
    Leaf,
    Observed,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.objects import CertificateObject, UrlDomain
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.refusals import (
    DIFFERENT_CERTIFICATE,
    NO_CERTIFICATE_OBJECTS,
    NOT_BOUND,
    PLACE_HINT,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._resource import Journal, Plan, Step

SETTLE = 15.0
"""Seconds in which a change must show, before its outcome counts as unknown or as not done."""
LAG = 10.0

Look = t.Callable[[Desired, Observed], Observed]


class Application:
    """One plan being carried out. `look` reads the domain again; `object_id` is the bound object once it is known."""

    def __init__(
        self,
        *,
        apig: Apig,
        context: Context,
        desired: Desired,
        observed: Observed,
        look: Look,
        interval: float,
    ) -> None:
        if observed.group is None or observed.domain is None:
            raise NotFound(observed.missing, hint=PLACE_HINT)
        self._apig = apig
        self._context = context
        self._desired = desired
        self._observed = observed
        self._domain: UrlDomain = observed.domain
        self._place = Place(instance_id=desired.instance_id, group_id=observed.group.id, domain_id=observed.domain.id)
        self._look = look
        self._interval = interval
        self._created = False
        self._associated = False
        self.object_id: str | None = None
        self.kept_objects: list[dict[str, t.Any]] = []

    def run(self, plan: Plan, journal: Journal) -> None:
        """:raises CertificatesError: with `changed: false` in its data if what was done has been undone."""
        steps: dict[str, t.Callable[[Step], None]] = {
            planning.ASSOCIATE: self._associate,
            planning.CREATE: self._create,
            planning.ATTACH: self._attach,
            planning.UPDATE: self._update,
            planning.VERIFICATION: self._switch_verification,
            planning.DETACH: self._detach,
            planning.DELETE: self._delete,
        }
        for step in plan.steps:
            steps[step.name](step)
            journal.done(step)

    def read_back(self, *, timeout: float) -> Observed:
        """The domain once it shows what was asked for.

        :raises ProtocolFailure: it does not within `timeout` seconds.
        """
        if not self._until(self._is_done, timeout=timeout):
            raise ProtocolFailure(
                f"{self._domain.name} does not show the change that the gateway has accepted,"
                f" {timeout:g} seconds after it.",
                code="read_back",
                retryable=True,
                ran=Ran.UNKNOWN,
                hint="Run again in a while; wait_timeout may be too short for this gateway.",
            )
        return self._observed

    def _is_done(self) -> bool:
        self._refresh()
        if not self._desired.present:
            return not planning.removable(self._desired, self._observed)
        keep = planning.kept(self._desired, self._observed)
        return (
            keep is not None
            and not planning.superseded(self._desired, self._observed)
            and self._desired.client_verification in (None, self._domain.client_verification)
        )

    # --- steps -------------------------------------------------------------------------------------------------

    def _associate(self, step: Step) -> None:
        upload = self._upload(step.arguments["name"])
        try:
            self.object_id = self._apig.associate(self._place, upload)
        except CertificatesError as error:
            if error.ran is Ran.UNKNOWN:
                self._adopt(error, self._is_bound)
            elif error.code == DIFFERENT_CERTIFICATE:
                raise self._refused_beside_old(error) from None
            else:
                raise
        self._associated = True

    def _create(self, step: Step) -> None:
        upload = self._upload(step.arguments["name"])
        try:
            self.object_id = self._apig.create(self._desired.instance_id, upload)
            self._created = True
        except CertificatesError as error:
            if error.ran is Ran.UNKNOWN:
                self._adopt(error, lambda: self._is_made(upload.name))
                self._created = True
            elif error.code == NO_CERTIFICATE_OBJECTS and not upload.trusted_root_ca:
                self._associate(step)
            else:
                raise

    def _attach(self, step: Step) -> None:
        if self._associated:
            return
        certificate_id = str(step.arguments["certificate_id"] or self.object_id)
        self.object_id = certificate_id
        verification = step.arguments["verification"]
        try:
            self._settle(
                lambda: self._attach_visible(certificate_id, verification=verification),
                lambda: self._holds(certificate_id),
            )
        except CertificatesError as error:
            if error.ran is Ran.REFUSED:
                self._roll_back(error)
            if error.code == DIFFERENT_CERTIFICATE:
                raise self._refused_beside_old(error) from None
            raise

    def _attach_visible(self, certificate_id: str, *, verification: bool) -> None:
        """Attach, waiting for the gateway to know the object that it has just made."""
        end = self._context.clock.monotonic() + SETTLE
        while True:
            began = self._context.clock.monotonic()
            try:
                self._apig.attach(self._place, certificate_id, verification=verification)
                return
            except NotFound as error:
                if not self._created or error.code not in ("APIG.3021", "APIG.3025"):
                    raise
                if began >= end:
                    raise
            self._context.clock.sleep(self._interval)

    def _update(self, step: Step) -> None:
        certificate_id = step.arguments["certificate_id"]
        self.object_id = certificate_id
        upload = self._upload(step.arguments["name"])
        self._settle(
            lambda: self._apig.update(certificate_id, self._desired.instance_id, upload),
            lambda: self._has_content(certificate_id),
        )

    def _switch_verification(self, step: Step) -> None:
        certificate_id, wanted = step.arguments["certificate_id"], step.arguments["verification"]
        self._settle(
            lambda: self._apig.attach(self._place, certificate_id, verification=wanted),
            lambda: self._refresh().client_verification is wanted,
        )

    def _detach(self, step: Step) -> None:
        """Unbind what the gateway has not unbound by itself, once the new certificate is seen on the domain."""
        certificate_id = step.arguments["certificate_id"]
        if self._desired.present and not self._until(self._is_bound, timeout=SETTLE):
            raise ProtocolFailure(
                f"The new certificate does not show on {self._domain.name}; the old one stays bound beside it.",
                code="read_back",
                retryable=True,
                ran=Ran.UNKNOWN,
            )
        if not self._holds(certificate_id):
            return
        try:
            self._settle(
                lambda: self._unbind(certificate_id),
                lambda: not self._holds(certificate_id),
            )
        except (NotFound, Invalid) as error:
            # An attach may have taken its place already, and reads lag behind that.
            gone = error.code in NOT_BOUND and self._until(lambda: not self._holds(certificate_id), timeout=SETTLE)
            if not gone:
                raise

    def _unbind(self, certificate_id: str) -> None:
        verification = self._domain.client_verification
        try:
            if not self._observed.old_gateway:
                self._apig.detach(self._place, certificate_id, verification=verification)
                return
        except Conflict as error:
            if error.code != NO_CERTIFICATE_OBJECTS:
                raise
        self._apig.disassociate(self._place, certificate_id)

    def _delete(self, step: Step) -> None:
        """Delete what nothing holds any more. Where something does, or the gateway says so, it stays and is told."""
        certificate_id, name = step.arguments["certificate_id"], step.arguments["name"]
        self._context.clock.sleep(LAG)
        try:
            attached = self._apig.attached_domains(certificate_id)
            if not attached:
                self._settle(lambda: self._apig.delete(certificate_id), lambda: self._is_gone(certificate_id))
                return
            reason = f"It is bound to {', '.join(sorted({one.name for one in attached}))}."
        except NotFound:
            return
        except (Conflict, Invalid) as error:
            reason = f"The gateway refused to delete it ({error.code})."
        self.kept_objects.append({"id": certificate_id, "name": name, "reason": reason})
        self._context.warn(f"The certificate object '{name}' ({certificate_id}) was not deleted. {reason}")

    # --- looking -----------------------------------------------------------------------------------------------

    def _refresh(self) -> UrlDomain:
        self._observed = self._look(self._desired, self._observed)
        self._domain = self._observed.domain or self._domain
        return self._domain

    def _holds(self, certificate_id: str) -> bool:
        return any(one.id == certificate_id for one in self._refresh().certificates)

    def _is_bound(self) -> bool:
        """Whether the domain holds the given certificate; notes the object."""
        self._refresh()
        keep = planning.kept(self._desired, self._observed)
        if keep is not None:
            self.object_id = keep.bound.id
        return keep is not None

    def _is_made(self, name: str) -> bool:
        """Whether an object not seen before holds the given certificate under the name; notes it."""
        seen = {one.id for one in self._observed.namesakes} | {one.bound.id for one in self._observed.holdings}
        for one in self._apig.certificates(self._desired.instance_id, name=name):
            if one.name == name and one.id not in seen and self._has_content(one.id):
                self.object_id = one.id
                return True
        return False

    def _has_content(self, certificate_id: str) -> bool:
        try:
            detail: CertificateObject = self._apig.certificate(certificate_id)
        except NotFound:
            return False
        has_ca = detail.has_trusted_root_ca or not self._desired.trusted_root_ca
        return planning.same(self._leaf, detail) and has_ca

    def _is_gone(self, certificate_id: str) -> bool:
        try:
            self._apig.certificate(certificate_id)
        except NotFound:
            return True
        return False

    def _until(self, check: t.Callable[[], bool], *, timeout: float) -> bool:
        """Look until it is so, at least once, the last time when the time is up."""
        end = self._context.clock.monotonic() + timeout
        while True:
            # A look that began before the end may have been answered long before it was over.
            began = self._context.clock.monotonic()
            if check():
                return True
            if began >= end:
                return False
            self._context.clock.sleep(min(self._interval, end - self._context.clock.monotonic()))

    def _settle(self, write: t.Callable[[], None], done: t.Callable[[], bool]) -> None:
        """A write that ends the same however often it runs: after a lost answer look, then repeat it once."""
        try:
            write()
            return
        except CertificatesError as error:
            if error.ran is not Ran.UNKNOWN:
                raise
        if self._until(done, timeout=SETTLE):
            return
        try:
            write()
        except CertificatesError as again:
            if again.ran is not Ran.UNKNOWN or not self._until(done, timeout=SETTLE):
                raise

    def _adopt(self, error: CertificatesError, found: t.Callable[[], bool]) -> None:
        """After a create whose answer was lost: take what it made, or leave it to the next run.

        :raises NetworkFailure: nothing shows; the create is not sent again in this run.
        """
        if self._until(found, timeout=SETTLE):
            return
        raise outcome_unknown(
            error,
            f"The answer to a create was lost, and nothing new shows within {SETTLE:g} seconds.",
            hint="The next run looks again before it creates anything.",
        )

    # --- failures ----------------------------------------------------------------------------------------------

    def _roll_back(self, error: CertificatesError) -> None:
        """Delete the object that this run has made for nothing; says in the error's data and hint what is left."""
        if not self._created or self.object_id is None:
            return
        certificate_id = self.object_id
        try:
            self._settle(lambda: self._apig.delete(certificate_id), lambda: self._is_gone(certificate_id))
        except NotFound:
            pass
        except CertificatesError:
            left = f"The unbound certificate object {certificate_id} was left."
            error.hint = f"{error.hint} {left}" if error.hint else left
            return
        error.data.update({"changed": False, "actions": []})

    def _refused_beside_old(self, error: CertificatesError) -> Conflict:
        bound = planning.listed(planning.superseded(self._desired, self._observed)) or "another certificate"
        return Conflict(
            f"The gateway does not bind a second certificate to {self._domain.name}; {bound} stays bound.",
            code=error.code,
            vendor_message=error.vendor_message,
            http_status=error.http_status,
            request_id=error.request_id,
            data=error.data,
            hint="Use replace: in_place where the certificate is this domain's alone, or unbind it first, which leaves"
            " the domain without a certificate for a moment.",
        )

    @property
    def _leaf(self) -> Leaf:
        if self._desired.leaf is None:
            raise Invalid("No certificate was given.")
        return self._desired.leaf

    def _upload(self, name: str) -> Upload:
        certificate, key = self._desired.certificate_pem, self._desired.private_key_pem
        if certificate is None or key is None:
            raise Invalid("Certificate and private key are needed.")
        return Upload(
            name=name,
            algorithm=self._leaf.algorithm,
            certificate_pem=certificate,
            private_key_pem=key,
            trusted_root_ca=self._desired.trusted_root_ca,
        )
