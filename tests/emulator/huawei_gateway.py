# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of dedicated API gateways and the rules by which certificates come to stand on domains.

Nothing here knows HTTP. What the vendor's documentation leaves open is a field of ``Behaviour``.
"""

import random
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from .huawei_errors import CODES, bad_parameter, refused
from .huawei_material import Material
from .huawei_timeline import LaggedTable
from .world import Binding, Json, World

NAME_RULE = re.compile(r"[A-Za-z\u4e00-\u9fff][A-Za-z0-9_\u4e00-\u9fff]{3,49}")
COMMON_INSTANCE = "common"
TYPES = {"instance": 1, "global": 2}
DEFAULT_PORTS = (80, 443)


@dataclass
class Behaviour:
    """What no source settles, to be set either way; the first choice is the default."""

    CHOICES: ClassVar[dict[str, tuple[str, ...]]] = {
        "associate_on_bound": ("replace", "add", "refuse"),
        "associate_scope": ("instance", "global"),
        "attach_same_algorithm": ("switch", "refuse"),
        "certificates_per_domain": ("algorithm", "one"),
        "serial_format": ("decimal", "hex"),
        "duplicate_names": ("allow", "refuse"),
        "update_without_ca": ("clear", "keep"),
        "update_domain_without_redirect": ("reset", "keep"),
        "concurrent_writes": ("fail", "queue"),
    }

    associate_on_bound: str = "replace"
    associate_scope: str = "instance"
    attach_same_algorithm: str = "switch"
    certificates_per_domain: str = "algorithm"
    serial_format: str = "decimal"
    duplicate_names: str = "allow"
    update_without_ca: str = "clear"
    update_domain_without_redirect: str = "reset"
    concurrent_writes: str = "fail"
    disassociate_deletes: bool = False
    global_listed_everywhere: bool = True
    groups_list_domains: bool = True
    attached_domains_sparse: bool = True
    delete_bound_code: str = "APIG.2000"
    write_seconds: float = 0.0
    lag_min: float = 5.0
    lag_max: float = 10.0
    domains_per_group: int = 5
    certificates_per_project: int = 1000
    denied: tuple[str, ...] = ()

    def change(self, given: Json) -> None:
        """Raises ValueError and changes nothing if a name or a value is not known."""
        changed = {name: self._accepted(name, value) for name, value in given.items()}
        if changed.get("lag_min", self.lag_min) > changed.get("lag_max", self.lag_max):
            raise ValueError("lag_min is greater than lag_max")
        for name, value in changed.items():
            setattr(self, name, value)

    def _accepted(self, name: str, value: Any) -> Any:
        if name not in {one.name for one in fields(self)}:
            raise ValueError(f"no such behaviour: {name}")
        current = getattr(self, name)
        if name in self.CHOICES:
            if value not in self.CHOICES[name]:
                raise ValueError(f"{name} must be one of {', '.join(self.CHOICES[name])}")
        elif name == "delete_bound_code":
            if value not in CODES:
                raise ValueError("delete_bound_code must be a known code")
        elif isinstance(current, tuple):
            if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
                raise ValueError(f"{name} must be a list of operations")
            return tuple(value)
        elif isinstance(current, float):
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                raise ValueError(f"{name} must be a number of seconds")
            return float(value)
        elif type(value) is not type(current):
            raise ValueError(f"{name} must be of type {type(current).__name__}")
        return value


@dataclass(frozen=True)
class Instance:
    """A dedicated gateway. ``ssl_objects`` False: an old one that knows no certificate objects (412, APIG.3458)."""

    id: str
    name: str
    project_id: str
    created: datetime
    status: str = "Running"
    instance_status: int = 6
    ssl_objects: bool = True
    ports: tuple["IngressPort", ...] = ()


@dataclass(frozen=True)
class IngressPort:
    id: str
    protocol: str
    port: int


@dataclass(frozen=True)
class Group:
    id: str
    instance_id: str
    name: str
    created: datetime
    remark: str = ""
    debugging_access: bool = True


@dataclass(frozen=True)
class Domain:
    """A host name of a group, once for each pair of ports."""

    id: str
    instance_id: str
    group_id: str
    name: str
    min_ssl_version: str = "TLSv1.1"
    redirect: bool = False
    http_port: int = DEFAULT_PORTS[0]
    https_port: int = DEFAULT_PORTS[1]
    cname_status: int = 3

    @property
    def host(self) -> "Host":
        return self.instance_id, self.name


Host = tuple[str, str]
"""Gateway and host name: what certificates are bound to, whatever the ports."""


@dataclass(frozen=True)
class Bound:
    certificate_id: str
    algorithm: str
    since: datetime


@dataclass(frozen=True)
class HostBinding:
    certificates: tuple[Bound, ...] = ()
    client_verification: bool = False


@dataclass(frozen=True)
class CertificateObject:
    """``instance_id`` is None for a global one."""

    id: str
    name: str
    instance_id: str | None
    project_id: str
    material: Material
    trusted_root_ca: str | None
    created: datetime
    updated: datetime

    @property
    def type(self) -> str:
        return "global" if self.instance_id is None else "instance"


@dataclass
class Gateways:
    """Everything in one place. Hold ``world.lock`` while using it."""

    world: World
    behaviour: Behaviour = field(default_factory=Behaviour)
    instances: dict[str, Instance] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    domains: LaggedTable[str, Domain] = field(default_factory=LaggedTable)
    certificates: LaggedTable[str, CertificateObject] = field(default_factory=LaggedTable)
    bindings: LaggedTable[Host, HostBinding] = field(default_factory=LaggedTable)
    # How long each write stays invisible is drawn from a fixed sequence: the same calls lag the same.
    _lags: random.Random = field(default_factory=lambda: random.Random(0))
    _visible: datetime | None = None

    def visible_from(self) -> datetime:
        """When a write of now can be read. Never earlier than an earlier write."""
        seconds = self._lags.uniform(self.behaviour.lag_min, self.behaviour.lag_max)
        moment = self.world.now() + timedelta(seconds=self.world.lag(seconds))
        self._visible = max(moment, self._visible) if self._visible else moment
        return self._visible

    def settle(self) -> None:
        """Makes all writes visible now."""
        self._visible = None
        for table in (self.domains, self.certificates, self.bindings):
            table.settle()

    def put_domain(self, domain: Domain) -> None:
        self.domains.put(domain.id, domain, visible=self.visible_from(), now=self.world.now())

    def remove_domain(self, domain: Domain) -> None:
        """Its bindings go with the last entry of that host name."""
        self.domains.put(domain.id, None, visible=self.visible_from(), now=self.world.now())
        if all(other.host != domain.host for other in self.domains.all_newest().values()):
            self.bindings.put(domain.host, None, visible=self.visible_from(), now=self.world.now())

    def put_certificate(self, certificate: CertificateObject) -> None:
        self.certificates.put(certificate.id, certificate, visible=self.visible_from(), now=self.world.now())

    def put_binding(self, host: Host, binding: HostBinding) -> None:
        self.bindings.put(host, binding, visible=self.visible_from(), now=self.world.now())

    def binding(self, host: Host) -> HostBinding:
        return self.bindings.newest(host) or HostBinding()

    def hosts_of(self, certificate_id: str) -> list[Host]:
        """Where a certificate is bound, by the newest state."""
        return [
            host
            for host, binding in self.bindings.all_newest().items()
            if any(bound.certificate_id == certificate_id for bound in binding.certificates)
        ]

    def create_certificate(
        self, *, name: str, material: Material, project_id: str, instance_id: str | None, trusted_root_ca: str | None
    ) -> CertificateObject:
        """Raises ``Refused`` for a name against the rule, a duplicate where these are refused, and a full quota."""
        self._check_name(name)
        mine = [one for one in self.certificates.all_newest().values() if one.project_id == project_id]
        if self.behaviour.duplicate_names == "refuse" and any(one.name == name for one in mine):
            raise bad_parameter("name")
        if len(mine) >= self.behaviour.certificates_per_project:
            raise refused("APIG.3100")
        now = self.world.now()
        certificate = CertificateObject(
            id=secrets.token_hex(16),
            name=name,
            instance_id=instance_id,
            project_id=project_id,
            material=material,
            trusted_root_ca=trusted_root_ca,
            created=now,
            updated=now,
        )
        self.put_certificate(certificate)
        return certificate

    def update_certificate(
        self, certificate: CertificateObject, *, name: str, material: Material, trusted_root_ca: str | None
    ) -> CertificateObject:
        """New content under the same id: every domain that it is bound to gets it at once."""
        self._check_name(name)
        if material.algorithm != certificate.material.algorithm:
            raise bad_parameter("algorithm_type")
        hosts = self.hosts_of(certificate.id)
        for _unused, domain_name in hosts:
            if not material.covers(domain_name):
                raise refused("APIG.2103")
        kept = certificate.trusted_root_ca if self.behaviour.update_without_ca == "keep" else None
        updated = replace(
            certificate,
            name=name,
            material=material,
            trusted_root_ca=trusted_root_ca or kept,
            updated=self.world.now(),
        )
        for host in hosts:
            self._check_one_ca_algorithm(updated, self.binding(host).certificates)
        self.put_certificate(updated)
        if updated.trusted_root_ca is None:
            for host in hosts:
                self._verify_only_with_ca(host)
        return updated

    def delete_certificate(self, certificate: CertificateObject) -> None:
        if self.hosts_of(certificate.id):
            raise refused(self.behaviour.delete_bound_code, ", the certificate is bound to a domain")
        self.certificates.put(certificate.id, None, visible=self.visible_from(), now=self.world.now())

    def attach(self, certificate: CertificateObject, host: Host, *, verify: bool | None) -> None:
        """Binds to one host name of one gateway. ``verify`` None: on if the certificate has a client CA."""
        self.check_attach(certificate, host)
        present = self.binding(host).certificates
        others = tuple(bound for bound in present if not self._same_place(bound, certificate))
        self._bind(certificate, host, others=others, verify=verify)

    def check_attach(self, certificate: CertificateObject, host: Host) -> None:
        """Raises ``Refused`` if this certificate cannot be attached to this host name now."""
        if certificate.instance_id not in (None, host[0]):
            raise refused("APIG.3025")
        if not certificate.material.covers(host[1]):
            raise refused("APIG.2103")
        present = self.binding(host).certificates
        rivals = [one for one in present if self._same_place(one, certificate)]
        if self.behaviour.attach_same_algorithm == "refuse" and any(
            one.certificate_id != certificate.id for one in rivals
        ):
            raise refused("APIG.2051")
        self._check_one_ca_algorithm(certificate, [one for one in present if one not in rivals])

    def associate(self, certificate: CertificateObject, host: Host) -> None:
        """Binds the certificate object that AssociateCertificateV2 made."""
        present = self.binding(host).certificates
        others = tuple(bound for bound in present if not self._same_place(bound, certificate))
        if self.behaviour.associate_on_bound == "add":
            others = present
        self._bind(certificate, host, others=others, verify=None)

    def check_associate(self, algorithm: str, host: Host) -> None:
        """Raises ``Refused`` if AssociateCertificateV2 would not take a certificate of ``algorithm`` there."""
        one_only = self.behaviour.certificates_per_domain == "one"
        taken = any(one_only or bound.algorithm == algorithm for bound in self.binding(host).certificates)
        if self.behaviour.associate_on_bound == "refuse" and taken:
            raise refused("APIG.2051")

    def detach(self, certificate_id: str, host: Host) -> bool:
        """False if it was not bound there."""
        binding = self.binding(host)
        rest = tuple(bound for bound in binding.certificates if bound.certificate_id != certificate_id)
        if len(rest) == len(binding.certificates):
            return False
        self.put_binding(host, replace(binding, certificates=rest))
        self._verify_only_with_ca(host)
        return True

    def publish(self) -> None:
        """Tells the TLS edge what clients are served now: what is visible, of each algorithm the one bound last."""
        now = self.world.now()
        certificates = self.certificates.all_seen(now)
        served: dict[str, dict[str, tuple[datetime, Material]]] = {}
        for (_unused, name), binding in self.bindings.all_seen(now).items():
            for bound in binding.certificates:
                certificate = certificates.get(bound.certificate_id)
                best = served.setdefault(name, {}).get(bound.algorithm)
                if certificate and (best is None or best[0] <= bound.since):
                    served[name][bound.algorithm] = (bound.since, certificate.material)
        self.world.bindings.clear()
        for name, by_algorithm in served.items():
            if by_algorithm:
                self.world.bindings[name] = [
                    Binding(algorithm, material.key_pem, material.chain_pem)
                    for algorithm, (_unused, material) in sorted(by_algorithm.items())
                ]

    def _bind(
        self, certificate: CertificateObject, host: Host, *, others: tuple[Bound, ...], verify: bool | None
    ) -> None:
        has_ca = certificate.trusted_root_ca is not None
        if verify and not has_ca:
            raise bad_parameter("verified_client_certificate_enabled")
        bound = Bound(certificate.id, certificate.material.algorithm, self.world.now())
        others = tuple(one for one in others if one.certificate_id != certificate.id)
        self.put_binding(host, HostBinding((*others, bound), has_ca if verify is None else verify))

    def _same_place(self, bound: Bound, certificate: CertificateObject) -> bool:
        if self.behaviour.certificates_per_domain == "one":
            return True
        return bound.algorithm == certificate.material.algorithm

    def _check_name(self, name: str) -> None:
        if not NAME_RULE.fullmatch(name):
            raise bad_parameter("name")

    def _check_one_ca_algorithm(self, certificate: CertificateObject, others: Iterable[Bound]) -> None:
        if certificate.trusted_root_ca is None:
            return
        for bound in others:
            other = self.certificates.newest(bound.certificate_id)
            if other and other.trusted_root_ca and other.material.algorithm != certificate.material.algorithm:
                raise refused("APIG.3715")

    def _verify_only_with_ca(self, host: Host) -> None:
        binding = self.binding(host)
        bound = [self.certificates.newest(one.certificate_id) for one in binding.certificates]
        if binding.client_verification and not any(one and one.trusted_root_ca for one in bound):
            self.put_binding(host, replace(binding, client_verification=False))
