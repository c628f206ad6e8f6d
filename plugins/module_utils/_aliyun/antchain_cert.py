# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The service behind `antchain_cert`: observe, plan, apply."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import (
    antchain_cert_files,
    antchain_cert_options,
    antchain_cert_plan,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain import MEANINGS, AntChain
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_cert_calls import Calls, Served
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_cert_key import make_csr, make_key
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_cert_plan import (
    APPLIED,
    BROKEN_BY_RESET,
    CA,
    CERTIFICATE,
    TRUST_CA,
    WAITING,
    Desired,
    Observed,
    expected_key,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_cert_spill import Spill
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_download import Downloads
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_membership import certificate
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client import BAAS, AliyunClient
from ansible_collections.cncloud.certificates.plugins.module_utils._clock import rfc3339
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import Entry
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import WaitTimeout
from ansible_collections.cncloud.certificates.plugins.module_utils._files import (
    Content,
    FileSpec,
    check_destinations,
    observe_file,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._http import HttpOptions
from ansible_collections.cncloud.certificates.plugins.module_utils._resource import (
    Journal,
    Plan,
    Service,
    Step,
    reconcile,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._x509 import ParsedCertificate


class AntChainCertService(Service[Desired, Observed]):
    """The caller's certificate of one chain. `site` names the endpoint, for the lock."""

    lock_timeout: t.ClassVar[float] = 900.0
    """A run that waits for an approval holds the lock."""
    read_lag: t.ClassVar[float] = 10.0
    """There is no client token, and nobody documents what a second application does to the first one's key."""

    def __init__(self, calls: Calls, *, context: Context, files: tuple[FileSpec, ...], site: str) -> None:
        self._calls = calls
        self._context = context
        self._files = files
        self._site = site

    def observe(self, desired: Desired) -> Observed:
        """One list call, where client.crt is on disk, fits the key and holds; otherwise the service's is looked at."""
        local = antchain_cert_files.observe(self._files, password=desired.password, context=self._context)
        found = self._calls.membership()
        if found is None or not found.applied or desired.state == "absent":
            return Observed(membership=found, local=local)
        key = expected_key(desired, local)
        if key is None or self._holds(local.leaf, key):
            return Observed(membership=found, local=local)
        served = None if found.status == WAITING else self._calls.served(key=key)
        return Observed(
            membership=found,
            local=local,
            looked=True,
            leaf=None if served is None else served.leaf,
            leaf_pem=b"" if served is None else served.pem,
        )

    def _holds(self, leaf: ParsedCertificate | None, key: str) -> bool:
        """Whether client.crt on disk needs no look at the service's: it is of the key, and has not ended."""
        return leaf is not None and leaf.public_key_sha256 == key and leaf.not_after > self._context.clock.now()

    def plan(self, desired: Desired, observed: Observed, now: datetime.datetime) -> Plan:
        return antchain_cert_plan.plan(desired, observed)

    def lock_name(self, desired: Desired) -> str:
        return f"the certificate of the chain {desired.ant_chain_id} at {self._site}"

    def apply(self, desired: Desired, observed: Observed, plan: Plan, journal: Journal) -> dict[str, t.Any]:
        _warn(desired, plan, context=self._context)
        run = _Run(self._calls, desired=desired, observed=observed, plan=plan, context=self._context)
        for step in plan.steps:
            run.do(step)
            journal.done(step)
        return run.result()

    def result(self, desired: Desired, observed: Observed, plan: Plan) -> dict[str, t.Any]:
        """Unchanged, or predicted."""
        _warn(desired, plan, context=self._context)
        status, leaf = observed.status, observed.current_leaf
        if observed.looked and leaf is None:
            status = WAITING
        if plan.has("apply") or plan.has("apply_with_key"):
            status, leaf = WAITING, None
        if plan.has("wait"):
            status = APPLIED
        _warn_of_end(leaf, context=self._context)
        return outcome(desired, observed, plan, status=status, leaf=leaf, now=self._context.clock.now())


def _warn(desired: Desired, plan: Plan, *, context: Context) -> None:
    """What should be known before the call, the same in check mode."""
    for step in plan.steps:
        if step.name == "apply_with_key":
            warning = antchain_cert_files.container_warning(step.arguments["spec"].path, context=context)
            if warning is not None:
                context.warn(warning)
        elif step.name == "reset":
            context.warn(f"{step.summary}. {BROKEN_BY_RESET.format(chain=desired.ant_chain_id)}")


def _warn_of_end(leaf: ParsedCertificate | None, *, context: Context) -> None:
    if leaf is not None and leaf.not_after <= context.clock.now():
        context.warn(
            f"The certificate has ended at {rfc3339(leaf.not_after)}, and the service has no newer one. "
            "state: absent with on_key_loss: reset makes room for another."
        )


class _Run:
    """The steps of one plan, and what they bring about."""

    def __init__(self, calls: Calls, *, desired: Desired, observed: Observed, plan: Plan, context: Context) -> None:
        self._calls = calls
        self._desired = desired
        self._observed = observed
        self._plan = plan
        self._context = context
        self._key = expected_key(desired, observed.local)
        self._served: Served | None = None
        self._actions: dict[str, t.Callable[[Step], None]] = {
            "reset": self._reset,
            "make_key": self._make_key,
            "apply": self._apply,
            "apply_with_key": self._apply_with_key,
            "recover": self._recover,
            "tidy": self._tidy,
            "wait": self._wait,
            "files": self._write,
        }

    def do(self, step: Step) -> None:
        self._actions[step.name](step)

    def _reset(self, _step: Step) -> None:
        self._calls.reset()

    def _make_key(self, step: Step) -> None:
        pem = make_key(password=self._desired.password)
        self._context.mask(pem)
        self._key = antchain_cert_files.write_key(
            step.arguments["spec"], pem, password=self._desired.password, context=self._context
        )

    def _apply(self, _step: Step) -> None:
        csr = self._desired.csr
        spec = self._observed.local.key_spec
        if csr is None and spec is not None and self._desired.subject is not None:
            content = observe_file(spec).content or b""
            csr = make_csr(content, password=self._desired.password, subject=self._desired.subject)
        if csr is None:
            raise ValueError("there is no signing request to apply with")
        self._key = csr.public_key_sha256
        self._calls.apply(csr_pem=csr.pem)

    def _apply_with_key(self, step: Step) -> None:
        self._key = self._calls.apply_with_key(step.arguments["spec"])

    def _recover(self, step: Step) -> None:
        self._key = self._calls.recover(step.arguments["spec"])

    def _tidy(self, _step: Step) -> None:
        spec = self._observed.local.key_spec
        if spec is not None:
            Spill(spec.path, context=self._context).finish()

    def _wait(self, _step: Step) -> None:
        try:
            self._served = self._calls.wait(key=self._key or "")
        except WaitTimeout as error:
            error.data = {**self._told(WAITING, None), **error.data}
            raise

    def _write(self, step: Step) -> None:
        specs: tuple[FileSpec, ...] = step.arguments["specs"]
        missing = {spec.option for spec in specs if spec.content is Content.LATER}
        contents = self._calls.authorities(missing & {CA, TRUST_CA})
        if CERTIFICATE in missing and self._served is not None:
            contents[CERTIFICATE] = self._served.pem
        antchain_cert_files.deliver(specs, contents, context=self._context)

    def result(self) -> dict[str, t.Any]:
        """After all steps."""
        leaf = self._observed.current_leaf
        if self._served is not None:
            return self._told(APPLIED, self._served.leaf)
        applied = self._plan.has("apply") or self._plan.has("apply_with_key")
        pending = applied or (self._observed.looked and leaf is None)
        return self._told(WAITING if pending else self._observed.status, None if applied else leaf)

    def _told(self, status: str | None, leaf: ParsedCertificate | None) -> dict[str, t.Any]:
        _warn_of_end(leaf, context=self._context)
        now = self._context.clock.now()
        return outcome(self._desired, self._observed, self._plan, status=status, leaf=leaf, now=now)


def outcome(
    desired: Desired,
    observed: Observed,
    plan: Plan,
    *,
    status: str | None,
    leaf: ParsedCertificate | None,
    now: datetime.datetime,
) -> dict[str, t.Any]:
    """What a run returns: the same keys in every state and mode."""
    shown = None
    if desired.state == "present" and observed.membership is not None:
        shown = certificate(
            observed.membership,
            consortium_id=desired.consortium_id,
            status=status,
            method=desired.method,
            leaf=leaf,
        ).as_result(now)
    return {"certificate": shown, "files": sorted(_paths(plan))}


def _paths(plan: Plan) -> set[str]:
    paths = {path for step in plan.steps if step.name == "files" for path in step.arguments["paths"]}
    return paths | {step.arguments["spec"].path for step in plan.steps if "spec" in step.arguments}


def run(params: t.Mapping[str, t.Any], context: Context) -> dict[str, t.Any]:
    """Everything that can be refused without a call is, before the first one."""
    antchain_cert_options.check(params)
    files = antchain_cert_options.files_from(params, context)
    desired = antchain_cert_options.desired_from(params, context)
    check_destinations(files, context=context)
    client = AliyunClient(BAAS, params=params, context=context, meanings=MEANINGS)
    downloads = Downloads(
        options=HttpOptions.from_params(params),
        context=context,
        api=client.url,
        allow_plain=params["allow_plain_download"],
    )
    service = AntChain(client, consortium_id=desired.consortium_id)
    calls = Calls(service, downloads, desired=desired, context=context)
    return reconcile(AntChainCertService(calls, context=context, files=files, site=client.url), desired, context)


ENTRY = Entry(argument_spec=antchain_cert_options.ARGUMENT_SPEC, run=run)
