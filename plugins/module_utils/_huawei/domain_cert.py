# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The certificate of a domain in a dedicated API gateway: what is asked for, what is there, what comes out."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _x509
from ansible_collections.cncloud.certificates.plugins.module_utils._certificate import Certificate
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import Entry
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    Conflict,
    Invalid,
    NotFound,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._files import absolute_path, read_input
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei import domain_cert_plan as planning
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.apig import Apig, Place
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.client import HuaweiClient, check_id
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.domain_cert_apply import Application
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.domain_cert_plan import (
    Desired,
    Holding,
    Leaf,
    Observed,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.leftovers import Leftovers
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.objects import (
    INSTANCE,
    ApiGroup,
    AttachedDomain,
    BoundCertificate,
    CertificateObject,
    UrlDomain,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.refusals import (
    NO_CERTIFICATE,
    NO_CERTIFICATE_OBJECTS,
    PLACE_HINT,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._resource import (
    KNOWN_AFTER_APPLY,
    Journal,
    Plan,
    Service,
    reconcile,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._spec import (
    http_options,
    huawei_auth,
    state_option,
    wait_options,
)

LAG = 10.0
"""Seconds after which the gateway shows what was changed (its quota page says 5 to 10)."""
WAIT_TIMEOUT = 15.0
WAIT_INTERVAL = 2.0


class DomainCertificate(Service[Desired, Observed]):
    """Reads with the fewest calls: the group with its domains, and the certificate of the same algorithm."""

    # One gateway takes one write at a time, and a replacement waits some ten seconds for what others changed.
    lock_timeout: t.ClassVar[float] = 600.0
    # The gateway would take the same certificate twice, as two objects.
    read_lag: t.ClassVar[float] = LAG

    def __init__(self, *, apig: Apig, context: Context, wait: bool, timeout: float, interval: float) -> None:
        self._apig = apig
        self._context = context
        self._wait = wait
        self._timeout = timeout
        self._interval = interval
        self._first_looks: dict[str, tuple[float, tuple[AttachedDomain, ...]]] = {}
        self._kept_objects: list[dict[str, t.Any]] = []
        self._leftovers = Leftovers(apig=apig, context=context)

    def lock_name(self, desired: Desired) -> str:
        return f"huawei gateway {desired.instance_id} at {self._apig.endpoint}"

    def plan(self, desired: Desired, observed: Observed, now: datetime.datetime) -> Plan:
        return planning.make_plan(desired, observed, now)

    def observe(self, desired: Desired) -> Observed:
        """:raises NotFound: gateway, group or domain do not exist and a certificate is to be bound."""
        try:
            group, domain = self._find(desired)
        except NotFound as error:
            if desired.present:
                raise
            return Observed(missing=_absence(desired, error))
        check_cover(desired, domain)
        observed = Observed(group=group, domain=domain, holdings=tuple(Holding(one) for one in domain.certificates))
        observed = self._with_details(desired, observed)
        observed = self._with_bindings(desired, observed)
        observed = self._with_spare(desired, observed)
        return dataclasses.replace(observed, leftovers=self._leftovers.find(desired, observed))

    def apply(self, desired: Desired, observed: Observed, plan: Plan, journal: Journal) -> dict[str, t.Any]:
        application = Application(
            apig=self._apig,
            context=self._context,
            desired=desired,
            observed=observed,
            look=self.look,
            interval=self._interval,
        )
        self._leftovers.expect(desired, observed, plan)
        application.run(plan, journal)
        self._leftovers.through(desired, observed)
        self._kept_objects.extend(application.kept_objects)
        if not self._wait:
            return self.result(desired, observed, plan, made=application.object_id)
        final = application.read_back(timeout=self._timeout)
        return self.result(desired, dataclasses.replace(final, namesakes=observed.namesakes), Plan())

    def result(self, desired: Desired, observed: Observed, plan: Plan, *, made: str | None = None) -> dict[str, t.Any]:
        certificate = _certificate(desired, observed, plan, made=made)
        others = planning.others(desired, observed) if desired.present else ()
        ignored = [_ignored(one, "has the name that a new one would get") for one in observed.namesakes]
        return {
            "certificate": certificate.as_result(self._context.clock.now()) if certificate else None,
            "domain": _domain_result(desired, observed),
            "others": [planning.bound_row(one) for one in others],
            "ignored": [*ignored, *self._kept_objects],
        }

    # --- reading -----------------------------------------------------------------------------------------------

    def _find(self, desired: Desired) -> tuple[ApiGroup, UrlDomain]:
        group = self._find_group(desired)
        found = _matching(desired, group)
        if not found and desired.group_id is None:
            # A list may be shorter than the truth; an absence is read from the group itself.
            group = self._apig.group(desired.instance_id, group.id)
            found = _matching(desired, group)
        what = f"domain {desired.domain}" if desired.domain else f"domain with the id {desired.domain_id}"
        if not found:
            raise NotFound(
                f"The API group '{group.name}' ({group.id}) has no {what}.",
                hint="Add the domain to the group first.",
            )
        if len(found) > 1:
            ports = ", ".join(f"{one.id} (ports {one.http_port}, {one.https_port})" for one in found)
            raise Conflict(
                f"The API group '{group.name}' has the {what} {len(found)} times, on different ports: {ports}.",
                hint="Give domain_id instead of domain.",
            )
        return group, found[0]

    def _find_group(self, desired: Desired) -> ApiGroup:
        if desired.group_id is not None:
            return self._apig.group(desired.instance_id, desired.group_id)
        found = self._apig.groups_named(desired.instance_id, str(desired.group))
        if not found:
            raise NotFound(
                f"The gateway {desired.instance_id} has no API group named '{desired.group}'.",
                hint="Check group (its case counts), instance_id, region and project_id.",
            )
        if len(found) > 1:
            ids = ", ".join(sorted(group.id for group in found))
            raise Conflict(
                f"The gateway has {len(found)} API groups named '{desired.group}': {ids}.",
                hint="Give group_id instead of group.",
            )
        return found[0]

    def look(self, desired: Desired, observed: Observed) -> Observed:
        """What the same domain holds now, with the serial numbers: two reads where one certificate is bound."""
        place = place_of(desired, observed)
        group = self._apig.group(place.instance_id, place.group_id)
        domain = next((one for one in group.domains or () if one.id == place.domain_id), None)
        if domain is None:
            raise NotFound(
                f"The domain {place.domain_id} has vanished from the API group '{group.name}'.",
                hint="Add it to the group again, then run again.",
            )
        fresh = Observed(
            group=group,
            domain=domain,
            holdings=tuple(Holding(one) for one in domain.certificates),
            old_gateway=observed.old_gateway,
        )
        return self._with_details(desired, fresh)

    def _with_details(self, desired: Desired, observed: Observed) -> Observed:
        """Serial numbers and ends where the plan needs them."""
        place = place_of(desired, observed)
        wanted = {one.bound.id for one in planning.comparable(desired, observed)}
        holdings = []
        old_gateway = observed.old_gateway
        for one in observed.holdings:
            if one.bound.id not in wanted:
                holdings.append(one)
                continue
            detail, classic = self._detail(place, one.bound, old_gateway=old_gateway)
            old_gateway = old_gateway or classic
            # One that is proven gone is not bound either: the domain's list lags behind.
            if detail is not None:
                holdings.append(dataclasses.replace(one, detail=detail))
        return dataclasses.replace(observed, holdings=tuple(holdings), old_gateway=old_gateway)

    def _detail(
        self, place: Place, bound: BoundCertificate, *, old_gateway: bool
    ) -> tuple[CertificateObject | None, bool]:
        """The certificate, None where it is gone, and whether the gateway is an old one."""
        try:
            if not old_gateway:
                return self._apig.certificate(bound.id), False
        except NotFound:
            return None, False
        except CertificatesError as error:
            if error.code != NO_CERTIFICATE_OBJECTS:
                raise
        try:
            return self._apig.domain_certificate(place, bound), True
        except NotFound as error:
            if error.code not in NO_CERTIFICATE:
                raise
            return None, True

    def _with_bindings(self, desired: Desired, observed: Observed) -> Observed:
        wanted = planning.attached_wanted(desired, observed)
        holdings = []
        for one in observed.holdings:
            attached = one.attached
            if one.bound.id in wanted:
                try:
                    attached = self._bindings(one.bound.id, apart=desired.present and desired.in_place)
                except CertificatesError as error:
                    if error.code != NO_CERTIFICATE_OBJECTS:
                        raise
                    return dataclasses.replace(observed, old_gateway=True)
            holdings.append(dataclasses.replace(one, attached=attached))
        return dataclasses.replace(observed, holdings=tuple(holdings))

    def _bindings(self, certificate_id: str, *, apart: bool) -> tuple[AttachedDomain, ...]:
        """Where an object is bound. With `apart` the second look comes LAG after the first one, and both count.

        A real run observes twice, the second time inside the lock; check mode, which writes nothing, once.
        """
        first = self._first_looks.get(certificate_id)
        if first is None:
            found = self._apig.attached_domains(certificate_id)
            self._first_looks[certificate_id] = (self._context.clock.monotonic(), found)
            return found
        if apart:
            self._context.clock.sleep(first[0] + LAG - self._context.clock.monotonic())
        found = self._apig.attached_domains(certificate_id)
        return tuple(dict.fromkeys((*first[1], *found)))

    def _with_spare(self, desired: Desired, observed: Observed) -> Observed:
        """Look for the object that a killed run has made already, by the name it would have."""
        if not planning.spare_wanted(desired, observed) or observed.domain is None or desired.leaf is None:
            return observed
        name = planning.object_name(desired, observed.domain, desired.leaf)
        bound = {one.bound.id for one in observed.holdings}
        try:
            listed = self._apig.certificates(desired.instance_id, name=name)
        except CertificatesError as error:
            if error.code != NO_CERTIFICATE_OBJECTS:
                raise
            return dataclasses.replace(observed, old_gateway=True)
        namesakes = [one for one in listed if one.name == name and one.id not in bound]
        spare = next((one for one in namesakes if self._is_spare(desired, one)), None)
        rest = tuple(one for one in namesakes if one is not spare)
        return dataclasses.replace(observed, spare=spare, namesakes=rest)

    def _is_spare(self, desired: Desired, candidate: CertificateObject) -> bool:
        if candidate.scope != INSTANCE or candidate.instance_id not in (None, desired.instance_id):
            return False
        if candidate.has_trusted_root_ca != bool(desired.trusted_root_ca) or desired.leaf is None:
            return False
        if candidate.algorithm not in (None, desired.leaf.algorithm):
            return False
        try:
            detail = self._apig.certificate(candidate.id)
            return planning.same(desired.leaf, detail) and not self._apig.attached_domains(candidate.id)
        except NotFound:
            return False


def place_of(desired: Desired, observed: Observed) -> Place:
    """The ids that stand in paths.

    :raises NotFound: there is no such domain.
    """
    if observed.group is None or observed.domain is None:
        raise NotFound(observed.missing, hint=PLACE_HINT)
    return Place(instance_id=desired.instance_id, group_id=observed.group.id, domain_id=observed.domain.id)


def _absence(desired: Desired, error: NotFound) -> str:
    """What does not exist, in words that fit a run that changes nothing."""
    if error.code == "APIG.3030":
        return f"There is no gateway {desired.instance_id}."
    if error.code == "APIG.3001":
        return f"The gateway {desired.instance_id} has no API group with the id {desired.group_id}."
    return error.message


def _matching(desired: Desired, group: ApiGroup) -> list[UrlDomain]:
    domains = group.domains or ()
    if desired.domain_id is not None:
        return [one for one in domains if one.id == desired.domain_id]
    return [one for one in domains if one.name == desired.domain]


def check_cover(desired: Desired, domain: UrlDomain) -> None:
    """:raises Invalid: the certificate is not for this domain; known before any call unless `domain_id` is given."""
    if desired.present and desired.leaf is not None and not _x509.covers(desired.leaf.domains, domain.name):
        names = ", ".join(desired.leaf.domains[:5])
        raise Invalid(f"The certificate covers {names} and not {domain.name}.")


# --- the result ------------------------------------------------------------------------------------------------


def _certificate(desired: Desired, observed: Observed, plan: Plan, *, made: str | None) -> Certificate | None:
    """The certificate after the run; in check mode with None where only the run would tell."""
    if not desired.present or observed.domain is None:
        return None
    keep = planning.kept(desired, observed)
    if keep is not None:
        return _described(desired, observed, bound=keep.bound)
    if desired.leaf is None:
        return _described(desired, observed, bound=None)
    new = _predicted(desired, plan, made=made)
    return _described(desired, observed, bound=new)


def _predicted(desired: Desired, plan: Plan, *, made: str | None) -> BoundCertificate | None:
    """The object that the plan's last row is about: the one it updates, attaches or makes."""
    serial = format(desired.leaf.serial, "x") if desired.leaf else None
    rows = [row for row in plan.after.get("certificates", ()) if row["serial_number"] == serial]
    if not rows:
        return None
    row = rows[-1]
    cert_id = made or (None if row["id"] == KNOWN_AFTER_APPLY else row["id"])
    scope = None if row["scope"] == KNOWN_AFTER_APPLY else row["scope"]
    return BoundCertificate(
        id=cert_id or "",
        name=row["name"],
        algorithm=row["algorithm"],
        scope=scope,
        has_trusted_root_ca=row["has_trusted_root_ca"],
    )


def _described(desired: Desired, observed: Observed, *, bound: BoundCertificate | None) -> Certificate:
    leaf = desired.leaf
    return Certificate(
        cloud="huawei",
        id=(bound.id or None) if bound else None,
        name=bound.name if bound else None,
        status="bound",
        domains=leaf.domains if leaf else (),
        issuer=leaf.issuer if leaf else None,
        serial_number=format(leaf.serial, "x") if leaf else None,
        fingerprint_sha256=leaf.fingerprint_sha256 if leaf else None,
        not_before=leaf.not_before if leaf else None,
        not_after=leaf.not_after if leaf else None,
        extra={
            "algorithm": leaf.algorithm if leaf else None,
            "scope": bound.scope if bound else None,
            "common_name": leaf.common_name if leaf else None,
            "has_trusted_root_ca": bound.has_trusted_root_ca if bound else None,
            "bound_to": [_binding_row(desired, observed)],
        },
    )


def _binding_row(desired: Desired, observed: Observed) -> dict[str, t.Any]:
    return {
        "instance_id": desired.instance_id,
        "group_id": observed.group.id if observed.group else None,
        "group": observed.group.name if observed.group else None,
        "domain_id": observed.domain.id if observed.domain else None,
        "domain": observed.domain.name if observed.domain else None,
    }


def _domain_result(desired: Desired, observed: Observed) -> dict[str, t.Any] | None:
    if observed.domain is None:
        return None
    return {
        "id": observed.domain.id,
        "name": observed.domain.name,
        "group_id": observed.group.id if observed.group else None,
        "group": observed.group.name if observed.group else None,
        "instance_id": desired.instance_id,
    }


def _ignored(one: CertificateObject, reason: str) -> dict[str, t.Any]:
    return {"id": one.id, "name": one.name, "reason": f"It {reason}."}


# --- the options -----------------------------------------------------------------------------------------------


def read_desired(params: t.Mapping[str, t.Any], context: Context) -> Desired:
    """Check all options and inputs, without a call.

    :raises Invalid: with one sentence, for whatever the gateway would refuse.
    :raises LocalFailure: a file is missing (in a real run) or cannot be read.
    """
    domain = params["domain"]
    if domain is not None:
        domain = _x509.to_ascii_domain(domain, wildcard=True)
    for option in ("instance_id", "group_id", "domain_id"):
        if params[option] is not None:
            check_id(params[option], option=option)
    if not 0 < params["wait_timeout"] <= 600 or not 0 < params["wait_interval"] <= 60:
        raise Invalid(
            "wait_timeout must be more than 0 and at most 600, wait_interval more than 0 and at most 60 seconds."
        )
    desired = Desired(
        instance_id=params["instance_id"],
        group=params["group"],
        group_id=params["group_id"],
        domain=domain,
        domain_id=params["domain_id"],
        present=params["state"] == "present",
        in_place=params["replace"] == "in_place",
        name=None if params["name"] is None else planning.check_name(params["name"]),
        client_verification=params["verified_client_certificate_enabled"],
        trusted_root_ca=_client_ca(params["trusted_root_ca"]),
    )
    certificate = _input(params, "certificate", context)
    if not desired.present:
        leaf = Leaf.of(_x509.read_leaf(certificate)) if certificate is not None else None
        return dataclasses.replace(desired, leaf=leaf)
    key = _input(params, "private_key", context)
    if certificate is None or key is None:
        return desired
    context.mask(key.decode("latin-1") if isinstance(key, bytes) else key)
    return _with_bundle(desired, certificate, key, context)


def _with_bundle(desired: Desired, certificate: _x509.PemText, key: _x509.PemText, context: Context) -> Desired:
    bundle = _x509.check_bundle(
        certificate_pem=certificate,
        private_key_pem=key,
        domain=desired.domain,
        now=context.clock.now(),
        for_gateway=True,
    )
    return dataclasses.replace(
        desired,
        leaf=Leaf.of(bundle.leaf),
        certificate_pem=bundle.certificate_pem,
        private_key_pem=bundle.key.pem,
    )


def _client_ca(text: str | None) -> str | None:
    """The CA certificates alone, as PEM blocks."""
    if not text:
        return None
    certificates = _x509.read_certificates(text, what="trusted_root_ca")
    return "".join(one.text() for one in certificates)


def _input(params: t.Mapping[str, t.Any], option: str, context: Context) -> _x509.PemText | None:
    """The PEM text of `option` or of the file `option`_path; None if neither is given or the file is not there yet."""
    content: str | None = params[option]
    if content is not None:
        return content
    path = params[f"{option}_path"]
    if path is None:
        return None
    name = f"{option}_path"
    return read_input(absolute_path(path, option=name, context=context), option=name, context=context)


def run(params: t.Mapping[str, t.Any], context: Context) -> dict[str, t.Any]:
    """Bind or unbind one certificate."""
    desired = read_desired(params, context)
    service = DomainCertificate(
        apig=Apig(HuaweiClient(params=params, context=context)),
        context=context,
        wait=params["wait"],
        timeout=params["wait_timeout"],
        interval=params["wait_interval"],
    )
    return reconcile(service, desired, context)


ENTRY = Entry(
    argument_spec={
        **http_options(),
        **huawei_auth(),
        **wait_options(timeout=WAIT_TIMEOUT, interval=WAIT_INTERVAL),
        **state_option(),
        "instance_id": {"type": "str", "required": True},
        "group": {"type": "str"},
        "group_id": {"type": "str"},
        "domain": {"type": "str"},
        "domain_id": {"type": "str"},
        "name": {"type": "str"},
        "certificate": {"type": "str"},
        "certificate_path": {"type": "path"},
        "private_key": {"type": "str", "no_log": True},
        "private_key_path": {"type": "path", "no_log": False},
        "trusted_root_ca": {"type": "str"},
        "verified_client_certificate_enabled": {"type": "bool"},
        "replace": {"type": "str", "choices": ["in_place", "attach_new"], "default": "in_place"},
    },
    run=run,
    mutually_exclusive=(
        ("group", "group_id"),
        ("domain", "domain_id"),
        ("certificate", "certificate_path"),
        ("private_key", "private_key_path"),
    ),
    required_one_of=(("group", "group_id"), ("domain", "domain_id")),
    required_if=(
        ("state", "present", ("certificate", "certificate_path"), True),
        ("state", "present", ("private_key", "private_key_path"), True),
    ),
)
