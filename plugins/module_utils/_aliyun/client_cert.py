# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The service behind `aliyun_sslvpn_client_cert`: observe, plan, apply."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import (
    client_cert_files,
    client_cert_options,
    client_cert_plan,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client import VPC, AliyunClient
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client_cert_calls import ClientCerts
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client_cert_plan import (
    Desired,
    LocalFiles,
    Observed,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.sslvpn import (
    CLOUD,
    EXTRA_KEYS,
    MEANINGS,
    NORMAL,
    Row,
    SslVpn,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._certificate import Certificate
from ansible_collections.cncloud.certificates.plugins.module_utils._clock import rfc3339
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import Entry
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import NotFound
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


class ClientCertService(Service[Desired, Observed]):
    """A client certificate of one SSL-VPN server. `site` names the endpoint, for the lock."""

    lock_timeout: t.ClassVar[float] = 900.0
    """All certificates of a VPN gateway take turns, and a turn can last minutes."""

    def __init__(self, vpn: SslVpn, *, context: Context, files: tuple[FileSpec, ...], site: str) -> None:
        self._vpn = vpn
        self._context = context
        self._files = files
        self._site = site
        self._server_id = ""
        self._gateways: dict[str, str] = {}

    def observe(self, desired: Desired) -> Observed:
        """One list call, as a rule. A given id that is due, and files of an unknown id, cost another."""
        named = None
        if desired.certificate_id is not None:
            named = next(iter(self._vpn.certificates(certificate_id=desired.certificate_id)), None)
        server_id = desired.server_id or (named.server_id if named is not None else "")
        name = desired.name or (named.name if named is not None else "")
        rows: tuple[Row, ...] = ()
        if desired.certificate_id is None or self._needs_twins(desired, named):
            rows = tuple(self._vpn.certificates(server_id=server_id, name=name)) if name else ()
        self._server_id = server_id
        local = client_cert_files.observe(self._files)
        return Observed(
            server_id=server_id,
            name=name,
            rows=rows,
            named=named,
            local=local,
            owner=self._owner(local, [*rows, *([] if named is None else [named])]),
        )

    def _needs_twins(self, desired: Desired, named: Row | None) -> bool:
        """Whether others of the name matter to a certificate that was given by its id."""
        if named is None or desired.state == "absent":
            return False
        alone = Observed(server_id=named.server_id, name=named.name, named=named)
        situation = client_cert_plan.assess(desired, alone, self._context.clock.now())
        return situation.needed or desired.delete_superseded

    def _owner(self, local: LocalFiles | None, known: t.Sequence[Row]) -> Row | None:
        """Whose the files on disk are, where they are another certificate's that exists."""
        if local is None or local.id is None or any(row.id == local.id for row in known):
            return None
        return next(iter(self._vpn.certificates(certificate_id=local.id)), None)

    def plan(self, desired: Desired, observed: Observed, now: datetime.datetime) -> Plan:
        return client_cert_plan.plan(desired, observed, now)

    def lock_name(self, desired: Desired) -> str:
        """By VPN gateway: it takes one change at a time, whichever of its servers that is about."""
        return f"the VPN gateway {self._gateway()} at {self._site}"

    def _gateway(self) -> str:
        """Asked once in a run: a server stays on its gateway."""
        gateway_id = self._gateways.get(self._server_id) or self._vpn.gateway_of(self._server_id)
        if gateway_id is None:
            raise NotFound(
                f"There is no SSL-VPN server {self._server_id} in this region.",
                hint="Check ssl_vpn_server_id and region.",
            )
        self._gateways[self._server_id] = gateway_id
        return gateway_id

    def apply(self, desired: Desired, observed: Observed, plan: Plan, journal: Journal) -> dict[str, t.Any]:
        calls = ClientCerts(self._vpn, desired=desired, gateway_id=self._gateway(), context=self._context)
        run = _Run(calls, desired=desired, observed=observed, plan=plan, context=self._context)
        for step in plan.steps:
            run.do(step)
            journal.done(step)
        return run.result()

    def result(self, desired: Desired, observed: Observed, plan: Plan) -> dict[str, t.Any]:
        """Unchanged, or predicted. A real run needs the gateway for its changes, so a prediction looks for it too."""
        if plan.changed:
            self._gateway()
        return Results(desired=desired, observed=observed, plan=plan, now=self._context.clock.now()).without_calls()


class _Run:
    """The steps of one plan, and what they bring about."""

    def __init__(
        self, calls: ClientCerts, *, desired: Desired, observed: Observed, plan: Plan, context: Context
    ) -> None:
        self._calls = calls
        self._desired = desired
        self._observed = observed
        self._plan = plan
        self._context = context
        self._row: Row | None = None
        self._local: LocalFiles | None = observed.local
        if desired.state == "present" and not plan.has("create"):
            self._row = client_cert_plan.assess(desired, observed, context.clock.now()).current
        self._actions: dict[str, t.Callable[[Step], None]] = {
            "create": self._create,
            "wait": self._wait,
            "rename": self._rename,
            "files": self._write,
            "delete": self._delete,
        }

    def do(self, step: Step) -> None:
        self._actions[step.name](step)

    def _create(self, _step: Step) -> None:
        self._row = self._calls.create(
            server_id=self._observed.server_id,
            name=self._observed.name,
            listed=[row.id for row in self._observed.rows],
        )

    def _wait(self, _step: Step) -> None:
        if self._row is not None:
            self._row = self._calls.wait(self._row)

    def _rename(self, step: Step) -> None:
        if self._row is not None:
            self._row = self._calls.rename(self._row, name=step.arguments["to"])

    def _write(self, step: Step) -> None:
        specs: tuple[FileSpec, ...] = step.arguments["specs"]
        if all(spec.content is Content.KEEP for spec in specs):
            write_files(specs, context=self._context)
        elif self._row is not None and self._local is not None:
            protect = not client_cert_plan.may_replace(self._local, desired=self._desired, observed=self._observed)
            self._local = client_cert_files.deliver(
                specs,
                self._calls.material(self._row.id),
                certificate_id=self._row.id,
                protect=protect,
                context=self._context,
            )

    def _delete(self, step: Step) -> None:
        self._calls.delete(step.arguments["id"])

    def result(self) -> dict[str, t.Any]:
        """After all steps."""
        results = Results(
            desired=self._desired, observed=self._observed, plan=self._plan, now=self._context.clock.now()
        )
        return results.after(self._row, self._local)


class Results:
    """What a run returns: the same keys in every state and mode."""

    def __init__(self, *, desired: Desired, observed: Observed, plan: Plan, now: datetime.datetime) -> None:
        self._desired = desired
        self._observed = observed
        self._plan = plan
        self._now = now

    def without_calls(self) -> dict[str, t.Any]:
        """Nothing is to be done, or check mode."""
        if self._desired.state == "absent":
            return self._keys(None)
        if self._plan.has("create"):
            return self._keys(self._predicted())
        current = client_cert_plan.assess(self._desired, self._observed, self._now).current
        if current is not None and self._plan.has("wait"):
            current = dataclasses.replace(current, status=NORMAL)
        if current is not None and self._plan.has("rename"):
            current = dataclasses.replace(current, name=self._observed.name)
        return self.after(current, self._observed.local)

    def after(self, row: Row | None, local: LocalFiles | None) -> dict[str, t.Any]:
        """`row` is the current certificate, None for `absent`; `local` what is on disk now."""
        if row is None:
            return self._keys(None)
        if local is None or local.id != row.id:
            return self._keys(row.certificate())
        return self._keys(
            row.certificate(
                issuer=local.issuer, serial_number=local.serial_number, fingerprint_sha256=local.fingerprint_sha256
            )
        )

    def _predicted(self) -> Certificate:
        extra = {**dict.fromkeys(EXTRA_KEYS), "ssl_vpn_server_id": self._observed.server_id}
        extra["region"] = self._desired.region
        status = NORMAL if self._desired.wait else None
        return Certificate(cloud=CLOUD, name=self._observed.name, status=status, extra=extra)

    def _keys(self, certificate: Certificate | None) -> dict[str, t.Any]:
        superseded, others = self._twins()
        return {
            "certificate": None if certificate is None else certificate.as_result(self._now),
            "superseded": [_told(row) for row in superseded],
            "ignored": [_told(row) for row in others],
            "files": sorted(
                path for step in self._plan.steps if step.name == "files" for path in step.arguments["paths"]
            ),
        }

    def _twins(self) -> tuple[list[Row], list[Row]]:
        """What else has the name after this run: what could be deleted as superseded, and what belongs to others."""
        if self._desired.state == "absent":
            return [], []
        situation = client_cert_plan.assess(self._desired, self._observed, self._now)
        superseded, others = list(situation.superseded), list(situation.others)
        if self._plan.has("create") and situation.current is not None:
            (superseded if situation.why_due is not None else others).append(situation.current)
        deleted = {step.arguments["id"] for step in self._plan.steps if step.name == "delete"}
        return [row for row in superseded if row.id not in deleted], others


def _told(row: Row) -> dict[str, t.Any]:
    return {"id": row.id, "name": row.name, "status": row.status, "not_after": rfc3339(row.ends)}


def run(params: t.Mapping[str, t.Any], context: Context) -> dict[str, t.Any]:
    """Everything that can be refused without a call is, before the first one."""
    files = client_cert_options.files_from(params, context)
    client_cert_options.check(params)
    check_destinations(files, context=context)
    client = AliyunClient(VPC, params=params, context=context, meanings=MEANINGS)
    desired = client_cert_options.desired_from(params, region=client_cert_options.required_region(client))
    vpn = SslVpn(client, region=desired.region)
    return reconcile(ClientCertService(vpn, context=context, files=files, site=client.url), desired, context)


ENTRY = Entry(
    argument_spec=client_cert_options.ARGUMENT_SPEC,
    run=run,
    required_one_of=(("name", "ssl_vpn_client_cert_id"),),
)
