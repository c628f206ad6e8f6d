# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""What has to be done so that a domain of an API gateway holds the given certificate, or no longer does.

Pure: decides from what was read and says what else must be read before it can decide. The order of the steps
is the promise that the domain is never without a certificate: the new one is bound before an old one goes.
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import re
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._clock import rfc3339
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import Conflict, Invalid
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.objects import (
    ECC,
    INSTANCE,
    RSA,
    ApiGroup,
    AttachedDomain,
    BoundCertificate,
    CertificateObject,
    UrlDomain,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._resource import KNOWN_AFTER_APPLY, Plan, Step
from ansible_collections.cncloud.certificates.plugins.module_utils._x509 import ParsedCertificate, same_serial

ASSOCIATE = "associate"
CREATE = "create"
ATTACH = "attach"
UPDATE = "update"
VERIFICATION = "set_client_verification"
DETACH = "detach"
DELETE = "delete"
BIND_LATER = "bind_later"
"""Only ever predicted: the certificate is a file that an earlier task would have written."""

MAX_NAME = 50
_NAME = re.compile(r"[A-Za-z\u4e00-\u9fff][A-Za-z0-9_\u4e00-\u9fff]{3,49}")
_HEX_DIGITS = 8


@dataclasses.dataclass(frozen=True)
class Leaf:
    """The given certificate. `algorithm` in the gateway's words, `domains` lower-case A-labels."""

    serial: int
    algorithm: str
    not_after: datetime.datetime
    not_before: datetime.datetime
    fingerprint_sha256: str
    issuer: str = ""
    common_name: str | None = None
    domains: tuple[str, ...] = ()

    @classmethod
    def of(cls, parsed: ParsedCertificate) -> Leaf:
        """:raises Invalid: the key is of a kind that the gateway does not take."""
        algorithm = {"rsa": RSA, "ecc": ECC}.get(parsed.key_algorithm)
        if algorithm is None:
            raise Invalid("The certificate's key is neither RSA nor ECC; this module binds no other kind.")
        return cls(
            serial=parsed.serial,
            algorithm=algorithm,
            not_after=parsed.not_after,
            not_before=parsed.not_before,
            fingerprint_sha256=parsed.fingerprint_sha256,
            issuer=parsed.issuer,
            common_name=parsed.common_name,
            domains=parsed.domains,
        )


@dataclasses.dataclass(frozen=True)
class Desired:
    """What the task asks for.

    `leaf` is None for `absent` without a certificate, and in check mode where a file is not written yet.
    """

    instance_id: str
    group: str | None = None
    group_id: str | None = None
    domain: str | None = None
    """Lower-case A-labels."""
    domain_id: str | None = None
    present: bool = True
    in_place: bool = True
    name: str | None = None
    leaf: Leaf | None = None
    certificate_pem: str | None = dataclasses.field(default=None, repr=False)
    private_key_pem: str | None = dataclasses.field(default=None, repr=False)
    trusted_root_ca: str | None = dataclasses.field(default=None, repr=False)
    client_verification: bool | None = None


@dataclasses.dataclass(frozen=True)
class Holding:
    """A certificate that the domain holds; `detail` and `attached` are None where they were not read."""

    bound: BoundCertificate
    detail: CertificateObject | None = None
    attached: tuple[AttachedDomain, ...] | None = None


@dataclasses.dataclass(frozen=True)
class Observed:
    """What the gateway has. `domain` is None when it, its group or its gateway does not exist; `missing` says which."""

    group: ApiGroup | None = None
    domain: UrlDomain | None = None
    missing: str = ""
    holdings: tuple[Holding, ...] = ()
    spare: CertificateObject | None = None
    """An unbound object that already holds the given certificate: a run that was killed left it."""
    namesakes: tuple[CertificateObject, ...] = ()
    """Other objects with the name that a new one would get."""
    leftovers: tuple[CertificateObject, ...] = ()
    """Objects bound to nothing that a run which was ended half-way would have deleted, or bound."""
    old_gateway: bool = False
    """The gateway knows no certificate objects (412 APIG.3458)."""


class Way(enum.Enum):
    """How the given certificate gets onto the domain."""

    KEEP = "keep"
    ASSOCIATE = "associate"
    UPDATE = "update"
    REPLACE = "replace"


def check_name(name: str) -> str:
    """:raises Invalid: the gateway would refuse this name of a certificate object."""
    if not _NAME.fullmatch(name):
        raise Invalid(
            "name must have 4 to 50 letters, Chinese characters, digits or underscores and begin with a letter or a"
            " Chinese character; the gateway refuses dots and dashes."
        )
    return name


def mangled(domain: str) -> str:
    """A domain in the characters of a name, with room left for the suffix."""
    text = re.sub(r"[^A-Za-z0-9]", "_", domain.replace("*", "wildcard", 1))
    if not text[:1].isalpha():
        text = f"d_{text}"
    return text[: MAX_NAME - _HEX_DIGITS - 1]


def object_name(desired: Desired, domain: UrlDomain, leaf: Leaf) -> str:
    """The name of an object that this run makes: the one given, else one that tells domain and content."""
    return desired.name or f"{mangled(domain.name)}_{leaf.fingerprint_sha256[:_HEX_DIGITS]}"


def named_by_us(desired: Desired, domain: UrlDomain, name: str) -> bool:
    """Whether this module gives such a name to objects for this domain."""
    if desired.name is not None and name == desired.name:
        return True
    return re.fullmatch(f"{re.escape(mangled(domain.name))}_[0-9a-f]{{{_HEX_DIGITS}}}", name) is not None


def same(leaf: Leaf, detail: CertificateObject | None) -> bool:
    """Whether an object holds exactly this certificate: serial and end. Issuer and names never decide."""
    if detail is None or detail.serial is None or detail.not_after is None:
        return False
    return same_serial(leaf.serial, detail.serial) and _seconds(leaf.not_after) == _seconds(detail.not_after)


def _seconds(moment: datetime.datetime) -> int:
    return int(moment.timestamp())


def rivals(desired: Desired, observed: Observed) -> tuple[Holding, ...]:
    """What the domain holds of the given certificate's algorithm; by id, so that two runs choose alike."""
    if desired.leaf is None:
        return ()
    algorithm = desired.leaf.algorithm
    return tuple(sorted((one for one in observed.holdings if one.bound.algorithm == algorithm), key=_by_id))


def others(desired: Desired, observed: Observed) -> tuple[BoundCertificate, ...]:
    """Certificates of other algorithms: they stay."""
    mine = {one.bound.id for one in rivals(desired, observed)}
    return tuple(one.bound for one in sorted(observed.holdings, key=_by_id) if one.bound.id not in mine)


def _by_id(holding: Holding) -> str:
    return holding.bound.id


def kept(desired: Desired, observed: Observed) -> Holding | None:
    """The holding that is the given certificate already, client CA included."""
    if desired.leaf is None:
        return None
    for one in rivals(desired, observed):
        if same(desired.leaf, one.detail) and (one.bound.has_trusted_root_ca or not desired.trusted_root_ca):
            return one
    return None


def comparable(desired: Desired, observed: Observed) -> tuple[Holding, ...]:
    """What must be read in detail: what has the certificate's algorithm, or all that `absent` may have to list."""
    if not desired.present and desired.leaf is None and len(observed.holdings) > 1:
        return observed.holdings
    return rivals(desired, observed)


def superseded(desired: Desired, observed: Observed) -> tuple[Holding, ...]:
    """What has to give way to the given certificate."""
    keep = kept(desired, observed)
    return tuple(one for one in rivals(desired, observed) if one is not keep)


def elsewhere(desired: Desired, domain: UrlDomain, holding: Holding) -> tuple[AttachedDomain, ...]:
    """Domains besides this one that a holding is bound to. All ports of one host name share their bindings."""
    return tuple(
        one
        for one in holding.attached or ()
        if one.id != domain.id and not (one.name == domain.name and one.instance_id in (None, desired.instance_id))
    )


def attached_wanted(desired: Desired, observed: Observed) -> tuple[str, ...]:
    """Ids of the objects whose bindings must be read before a plan can be made."""
    if observed.domain is None or observed.old_gateway:
        return ()
    candidates: tuple[Holding, ...] = ()
    if not desired.present:
        found = removable(desired, observed)
        candidates = found if len(found) == 1 else ()
    elif desired.leaf is not None:
        candidates = superseded(desired, observed)
    updatable = desired.present and desired.in_place and len(candidates) == 1 and kept(desired, observed) is None
    return tuple(
        one.bound.id
        for one in candidates
        if one.attached is None
        and one.bound.scope == INSTANCE
        and (updatable or named_by_us(desired, observed.domain, one.bound.name))
    )


def spare_wanted(desired: Desired, observed: Observed) -> bool:
    """Whether a new object is about to be made, so that one that is there already should be looked for."""
    if observed.domain is None or not desired.present or desired.leaf is None:
        return False
    return way(desired, observed) is Way.REPLACE


def way(desired: Desired, observed: Observed) -> Way:
    """How to get there; `superseded` holdings whose bindings are not known are treated as shared."""
    if kept(desired, observed) is not None:
        return Way.KEEP
    if observed.old_gateway or (not observed.holdings and not _more_than_classic(desired, observed)):
        return Way.ASSOCIATE
    old = superseded(desired, observed)
    if desired.in_place and len(old) == 1 and _alone(desired, observed, old[0]):
        return Way.UPDATE
    return Way.REPLACE


def _more_than_classic(desired: Desired, observed: Observed) -> bool:
    """Whether more is asked for than AssociateCertificateV2 can carry: it has fields for name, chain and key alone."""
    read = observed.domain is not None and observed.domain.client_verification
    return bool(desired.trusted_root_ca) or desired.client_verification not in (None, read)


def _alone(desired: Desired, observed: Observed, holding: Holding) -> bool:
    if observed.domain is None or holding.attached is None or holding.bound.scope != INSTANCE:
        return False
    return not elsewhere(desired, observed.domain, holding)


def removable(desired: Desired, observed: Observed) -> tuple[Holding, ...]:
    """What `absent` may mean: what matches the given certificate, else all that is bound."""
    if desired.leaf is None:
        return tuple(sorted(observed.holdings, key=_by_id))
    leaf = desired.leaf
    return tuple(one for one in rivals(desired, observed) if same(leaf, one.detail))


def make_plan(desired: Desired, observed: Observed, now: datetime.datetime) -> Plan:
    """The steps in order.

    :raises Conflict: what is there must not be given up without a decision.
    :raises Invalid: what is asked for cannot be.
    """
    return _clear_away(_decide(desired, observed), desired, observed)


def _decide(desired: Desired, observed: Observed) -> Plan:
    if observed.domain is None:
        return Plan(reason=observed.missing)
    if not desired.present:
        return _absent(desired, observed, observed.domain)
    if desired.leaf is None:
        return _not_written_yet(observed, observed.domain)
    chosen = way(desired, observed)
    _refuse_to_lose_client_ca(desired, observed, chosen)
    _refuse_verification_without_ca(desired, observed)
    if observed.old_gateway and _more_than_classic(desired, observed):
        raise Conflict(
            "This gateway does not know certificate objects, and client certificate verification needs one.",
            code="APIG.3458",
            hint="Upgrade the gateway, or leave trusted_root_ca and verified_client_certificate_enabled out.",
        )
    if chosen is Way.KEEP:
        return _keep(desired, observed, observed.domain)
    if chosen is Way.UPDATE:
        return _update(desired, observed, observed.domain, desired.leaf)
    if chosen is Way.ASSOCIATE:
        return _associate(desired, observed, observed.domain, desired.leaf)
    return _replace(desired, observed, observed.domain, desired.leaf)


def _refuse_to_lose_client_ca(desired: Desired, observed: Observed, chosen: Way) -> None:
    if desired.trusted_root_ca or chosen is Way.KEEP:
        return
    losing = [one.bound for one in superseded(desired, observed) if one.bound.has_trusted_root_ca]
    if not losing or (chosen is Way.REPLACE and desired.client_verification is False):
        return
    raise Conflict(
        f"The bound certificate '{losing[0].name}' ({losing[0].id}) has a client CA, which cannot be read back"
        " and would be lost.",
        hint="Give the CA as trusted_root_ca, or give it up with replace: attach_new and"
        " verified_client_certificate_enabled: false.",
    )


def _refuse_verification_without_ca(desired: Desired, observed: Observed) -> None:
    keep = kept(desired, observed)
    if desired.client_verification and not desired.trusted_root_ca and not (keep and keep.bound.has_trusted_root_ca):
        raise Invalid(
            "verified_client_certificate_enabled needs a client CA, and the certificate has none.",
            hint="Give it as trusted_root_ca.",
        )


def _keep(desired: Desired, observed: Observed, domain: UrlDomain) -> Plan:
    keep = kept(desired, observed)
    old = superseded(desired, observed)
    wanted = domain.client_verification if desired.client_verification is None else desired.client_verification
    steps: list[Step] = []
    if keep is not None and wanted != domain.client_verification:
        steps.append(_verification_step(domain, keep.bound.id, wanted))
    steps.extend(_farewell(desired, observed, domain, old))
    if not steps:
        return Plan(reason=f"The certificate is bound to {domain.name} already.")
    gone = {one.bound.id for one in old}
    rows = [_row(desired, one) for one in observed.holdings if one.bound.id not in gone]
    reason = f"The certificate is bound to {domain.name}, and {_keep_reason(bool(old))}."
    return _plan(steps, desired, observed, domain, rows=rows, verification=wanted, reason=reason)


def _keep_reason(leftover: bool) -> str:
    if leftover:
        return "an older one of the same algorithm is still bound beside it"
    return "client certificate verification differs"


def _update(desired: Desired, observed: Observed, domain: UrlDomain, leaf: Leaf) -> Plan:
    old = superseded(desired, observed)[0]
    summary = f"Replace the content of certificate '{old.bound.name}' ({old.bound.id}) on {domain.name} in place."
    steps = [Step(UPDATE, summary, {"certificate_id": old.bound.id, "name": old.bound.name})]
    wanted = domain.client_verification if desired.client_verification is None else desired.client_verification
    # A CA that an update adds leaves client verification off, whatever the domain showed before.
    after_update = domain.client_verification and old.bound.has_trusted_root_ca
    if wanted != after_update:
        steps.append(_verification_step(domain, old.bound.id, wanted))
    new = {
        **_row(desired, old),
        **_content(leaf),
        "has_trusted_root_ca": bool(desired.trusted_root_ca) or old.bound.has_trusted_root_ca,
    }
    rows = [_row(desired, one) for one in observed.holdings if one is not old] + [new]
    reason = _replace_reason(desired, domain, old)
    return _plan(steps, desired, observed, domain, rows=rows, verification=wanted, reason=reason)


def _associate(desired: Desired, observed: Observed, domain: UrlDomain, leaf: Leaf) -> Plan:
    name = object_name(desired, domain, leaf)
    summary = f"Create certificate '{name}' and bind it to {domain.name}."
    old = {one.bound.id for one in superseded(desired, observed)}
    rows = [_row(desired, one) for one in observed.holdings if one.bound.id not in old]
    rows.append(_new_row(name, leaf, scope=KNOWN_AFTER_APPLY, has_ca=False))
    reason = f"No certificate is bound to {domain.name}."
    if old:
        reason = _replace_reason(desired, domain, superseded(desired, observed)[0])
    step = Step(ASSOCIATE, summary, {"name": name})
    return _plan([step], desired, observed, domain, rows=rows, verification=domain.client_verification, reason=reason)


def _replace(desired: Desired, observed: Observed, domain: UrlDomain, leaf: Leaf) -> Plan:
    old = superseded(desired, observed)
    wanted = domain.client_verification if desired.client_verification is None else desired.client_verification
    steps: list[Step] = []
    if observed.spare is None:
        name = object_name(desired, domain, leaf)
        steps.append(Step(CREATE, f"Create the certificate object '{name}'.", {"name": name}))
        attach = f"Bind certificate '{name}' to {domain.name}."
        new = _new_row(name, leaf, scope=INSTANCE, has_ca=bool(desired.trusted_root_ca))
    else:
        spare = observed.spare
        attach = f"Bind the unbound certificate '{spare.name}' ({spare.id}) to {domain.name}."
        new = {**_new_row(spare.name, leaf, scope=INSTANCE, has_ca=spare.has_trusted_root_ca), "id": spare.id}
    steps.append(
        Step(
            ATTACH,
            attach,
            {
                "certificate_id": observed.spare.id if observed.spare else None,
                "verification": wanted,
            },
        )
    )
    steps.extend(_farewell(desired, observed, domain, old))
    gone = {one.bound.id for one in old}
    rows = [_row(desired, one) for one in observed.holdings if one.bound.id not in gone] + [new]
    reason = f"No {leaf.algorithm} certificate is bound to {domain.name}."
    if old:
        reason = _replace_reason(desired, domain, old[0])
    return _plan(steps, desired, observed, domain, rows=rows, verification=wanted, reason=reason)


def _replace_reason(desired: Desired, domain: UrlDomain, old: Holding) -> str:
    if desired.leaf is not None and same(desired.leaf, old.detail):
        return f"The certificate on {domain.name} has no client CA."
    end = rfc3339(old.detail.not_after) if old.detail else None
    until = f", which ends on {end}," if end else ""
    return f"The certificate bound to {domain.name}{until} is not the given one."


def _farewell(desired: Desired, observed: Observed, domain: UrlDomain, old: t.Sequence[Holding]) -> list[Step]:
    steps = []
    for one in old:
        label = f"'{one.bound.name}' ({one.bound.id})"
        arguments = {"certificate_id": one.bound.id, "name": one.bound.name}
        steps.append(Step(DETACH, f"Unbind certificate {label} from {domain.name}.", arguments))
        if named_by_us(desired, domain, one.bound.name) and _alone(desired, observed, one):
            steps.append(Step(DELETE, f"Delete the certificate object {label}, bound to nothing else.", arguments))
    return steps


def _clear_away(plan: Plan, desired: Desired, observed: Observed) -> Plan:
    """The same plan, and after it the end of what earlier runs left."""
    domain, left = observed.domain, observed.leftovers
    if domain is None or not left:
        return plan
    if not plan.changed:
        rows = [_row(desired, one) for one in observed.holdings]
        state = _state(domain, rows, domain.client_verification)
        reason = f"A run that was ended half-way has left objects behind that were to serve {domain.name}, or did."
        plan = Plan(before=state, after=state, reason=reason)
    steps = [
        Step(
            DELETE,
            f"Delete the certificate object '{one.name}' ({one.id}), which an earlier run left bound to nothing.",
            {"certificate_id": one.id, "name": one.name},
        )
        for one in left
    ]
    return dataclasses.replace(
        plan,
        steps=(*plan.steps, *steps),
        before={**plan.before, "leftovers": [{"id": one.id, "name": one.name} for one in left]},
        after={**plan.after, "leftovers": []},
    )


def _verification_step(domain: UrlDomain, certificate_id: str, wanted: bool) -> Step:
    summary = f"Switch client certificate verification {'on' if wanted else 'off'} for {domain.name}."
    return Step(VERIFICATION, summary, {"certificate_id": certificate_id, "verification": wanted})


def _absent(desired: Desired, observed: Observed, domain: UrlDomain) -> Plan:
    found = removable(desired, observed)
    if not found:
        what = "The given certificate" if desired.leaf else "No certificate"
        return Plan(reason=f"{what} is {'not ' if desired.leaf else ''}bound to {domain.name}.")
    if len(found) > 1:
        raise Conflict(
            f"{domain.name} has {len(found)} certificates that may be meant: {listed(found)}.",
            hint="Give the certificate that is to go.",
        )
    rows = [_row(desired, one) for one in observed.holdings if one is not found[0]]
    steps = _farewell(desired, observed, domain, found)
    reason = f"A certificate is bound to {domain.name}."
    return _plan(steps, desired, observed, domain, rows=rows, verification=domain.client_verification, reason=reason)


def _not_written_yet(observed: Observed, domain: UrlDomain) -> Plan:
    rows = [bound_row(one.bound) for one in sorted(observed.holdings, key=_by_id)]
    before = {"domain": domain.name, "certificates": rows}
    after = {"domain": domain.name, "certificates": KNOWN_AFTER_APPLY}
    step = Step(BIND_LATER, f"Bind the certificate, which is not written yet, to {domain.name}.")
    return Plan(steps=(step,), before=before, after=after, reason="The certificate is not written yet.")


def listed(holdings: t.Iterable[Holding]) -> str:
    """Holdings as words of a sentence; with their end where it was read."""
    words = []
    for one in holdings:
        end = rfc3339(one.detail.not_after) if one.detail else None
        until = f", until {end}" if end else ""
        words.append(f"'{one.bound.name}' ({one.bound.id}, {one.bound.algorithm}{until})")
    return ", ".join(words)


def _plan(
    steps: t.Sequence[Step],
    desired: Desired,
    observed: Observed,
    domain: UrlDomain,
    *,
    rows: t.Iterable[dict[str, t.Any]],
    verification: bool,
    reason: str,
) -> Plan:
    before_rows = [_row(desired, one) for one in observed.holdings]
    return Plan(
        steps=tuple(steps),
        before=_state(domain, before_rows, domain.client_verification),
        after=_state(domain, rows, verification),
        reason=reason,
    )


def _state(domain: UrlDomain, rows: t.Iterable[dict[str, t.Any]], verification: bool) -> dict[str, t.Any]:
    return {
        "domain": domain.name,
        "certificates": sorted(rows, key=lambda row: (row["algorithm"], row["id"])),
        "verified_client_certificate_enabled": verification,
    }


def bound_row(bound: BoundCertificate) -> dict[str, t.Any]:
    """A bound certificate as results and diffs show it."""
    return {
        "id": bound.id,
        "name": bound.name,
        "algorithm": bound.algorithm,
        "scope": bound.scope,
        "has_trusted_root_ca": bound.has_trusted_root_ca,
    }


def _row(desired: Desired, holding: Holding) -> dict[str, t.Any]:
    detail = holding.detail
    serial: str | None = None
    if detail is not None and desired.leaf is not None and same(desired.leaf, detail):
        serial = format(desired.leaf.serial, "x")
    elif detail is not None:
        serial = serial_hex(detail.serial)
    end = rfc3339(detail.not_after) if detail else None
    return {**bound_row(holding.bound), "serial_number": serial, "not_after": end}


def serial_hex(text: str | None) -> str | None:
    """A gateway's serial number as lower-case hex: digits alone are decimal, as in its samples; None if unreadable."""
    plain = (text or "").strip().lower().replace(":", "")
    for base in (10, 16):
        try:
            return format(int(plain, base), "x")
        except ValueError:
            continue
    return None


def _content(leaf: Leaf) -> dict[str, t.Any]:
    return {"serial_number": format(leaf.serial, "x"), "not_after": rfc3339(leaf.not_after)}


def _new_row(name: str, leaf: Leaf, *, scope: str, has_ca: bool) -> dict[str, t.Any]:
    return {
        "id": KNOWN_AFTER_APPLY,
        "name": name,
        "algorithm": leaf.algorithm,
        "scope": scope,
        "has_trusted_root_ca": has_ca,
        **_content(leaf),
    }
