# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The service behind `esa_free_cert`: observe, plan, apply."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import (
    esa_free_cert_options,
    esa_free_cert_plan,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client import ESA, AliyunClient
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.esa import (
    MEANINGS,
    Esa,
    Row,
    Site,
    no_such_site,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.esa_free_cert_apply import FreeCerts
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.esa_free_cert_plan import Desired, Observed
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.esa_free_cert_result import Results
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import Entry
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import CertificatesError, Conflict
from ansible_collections.cncloud.certificates.plugins.module_utils._resource import (
    Journal,
    Plan,
    Service,
    Step,
    reconcile,
)


class FreeCertService(Service[Desired, Observed]):
    """The free certificates of domains of one ESA site. `url` names the endpoint, for the lock."""

    lock_timeout: t.ClassVar[float] = 900.0
    """Applications for a site take turns, and a turn waits for the authority."""

    def __init__(self, esa: Esa, *, context: Context, url: str) -> None:
        self._esa = esa
        self._context = context
        self._url = url
        self._site_id = ""

    def observe(self, desired: Desired) -> Observed:
        """The site by its name and the list of its certificates; more only where something is to be done."""
        site = find_site(self._esa, name=desired.site_name, site_id=desired.site_id)
        self._site_id = site.id
        listing = self._esa.certificates(site.id)
        observed = Observed(site=dataclasses.replace(site, name=site.name or listing.site_name), rows=listing.rows)
        if desired.state == "absent":
            return self._with_users(desired, observed)
        return self._with_figures(desired, observed)

    def _with_users(self, desired: Desired, observed: Observed) -> Observed:
        doomed = esa_free_cert_plan.candidates(desired, observed.rows)
        if not doomed or desired.force:
            return observed
        names = sorted({name for rows in doomed.values() for row in rows for name in row.names})
        return dataclasses.replace(observed, users=self._esa.used_by(observed.site.id, names))

    def _with_figures(self, desired: Desired, observed: Observed) -> Observed:
        found = esa_free_cert_plan.situations(desired, observed.rows)
        wanted = esa_free_cert_plan.needed(desired, found)
        if not wanted and not esa_free_cert_plan.pending(found):
            return observed
        if observed.site.access_type is None:
            observed = dataclasses.replace(observed, site=self._esa.site(observed.site.id))
        return dataclasses.replace(
            observed,
            quota=self._esa.quota(observed.site.id) if wanted else None,
            delegation=self._esa.delegation(observed.site.id)
            if esa_free_cert_plan.is_delegated(desired, observed.site)
            else None,
        )

    def plan(self, desired: Desired, observed: Observed, now: datetime.datetime) -> Plan:
        """:raises CertificatesError: with the certificates of all domains as data."""
        try:
            return esa_free_cert_plan.plan(desired, observed, now)
        except CertificatesError as error:
            own = Results(desired=desired, observed=observed, now=now).listed(observed.rows)
            error.data = {**own, **error.data}
            raise

    def lock_name(self, desired: Desired) -> str:
        """By site: a domain can be in the lists of several tasks."""
        return f"the ESA site {self._site_id} at {self._url}"

    def result(self, desired: Desired, observed: Observed, plan: Plan) -> dict[str, t.Any]:
        """Unchanged, or predicted. Without waiting the proof of what is on its way is read, which can take a while."""
        self._warn(desired, observed)
        results = Results(desired=desired, observed=observed, now=self._context.clock.now())
        if plan.changed:
            return results.predicted(plan)
        if self._context.check_mode or desired.state == "absent":
            return results.listed(observed.rows)
        return results.of(self._certs(desired, observed).proofs())

    def apply(self, desired: Desired, observed: Observed, plan: Plan, journal: Journal) -> dict[str, t.Any]:
        self._warn(desired, observed)
        certs = self._certs(desired, observed)
        rows: dict[str, Row] | None = None
        for step in plan.steps:
            if step.name == "apply":
                self._apply(certs, step, journal)
            elif step.name == "wait":
                rows = certs.wait(step.arguments["domains"])
                journal.done(step)
            else:
                certs.delete(step.arguments["id"])
                journal.done(step)
        results = Results(desired=desired, observed=observed, now=self._context.clock.now())
        if desired.state == "absent":
            return results.listed(())
        return results.of(certs.proofs() if rows is None else rows)

    def _apply(self, certs: FreeCerts, step: Step, journal: Journal) -> None:
        """One call as a rule. Where it had to be several, each is told on its own."""

        def tell(domain: str) -> None:
            journal.done(Step(name="apply", summary=f"Apply for a free certificate of {domain}"))

        certs.apply(step.arguments["domains"], tell=tell)
        if not journal.actions:
            journal.done(step)

    def _certs(self, desired: Desired, observed: Observed) -> FreeCerts:
        return FreeCerts(self._esa, desired=desired, observed=observed, context=self._context)

    def _warn(self, desired: Desired, observed: Observed) -> None:
        stuck = esa_free_cert_plan.stuck_wildcards(desired, observed)
        if stuck:
            self._context.warn(
                f"The site {observed.site.name} has CNAME access: the application for {', '.join(stuck)} stays"
                " unfinished, without an error, until the record in `challenge` is published."
            )


def find_site(esa: Esa, *, name: str | None, site_id: str | None) -> Site:
    """The site that is meant. Of a given id nothing is known but itself.

    :raises NotFound: a complete listing has no site of that name.
    :raises Conflict: it has several.
    """
    if site_id is not None or name is None:
        return Site(id=str(site_id))
    found = esa.sites(name)
    if not found:
        raise no_such_site(name)
    if len(found) > 1:
        ids = ", ".join(sorted(f"{site.id} ({site.access_type}, {site.status})" for site in found))
        raise Conflict(f"There are {len(found)} sites {name}: {ids}.", hint="Give site_id to say which one is meant.")
    return found[0]


def run(params: t.Mapping[str, t.Any], context: Context) -> dict[str, t.Any]:
    """Everything that can be refused without a call is, before the first one."""
    desired = esa_free_cert_options.desired_from(params)
    client = AliyunClient(ESA, params=params, context=context, meanings=MEANINGS)
    return reconcile(FreeCertService(Esa(client), context=context, url=client.url), desired, context)


ENTRY = Entry(
    argument_spec=esa_free_cert_options.ARGUMENT_SPEC,
    run=run,
    mutually_exclusive=(("site", "site_id"),),
    required_one_of=(("site", "site_id"),),
)
