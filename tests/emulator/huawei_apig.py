# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Huawei Cloud API Gateway (dedicated): the operations about groups, domains and certificates.

https://support.huaweicloud.com/api-apig/AssociateCertificateV2.html and its neighbours.
"""

import re
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from . import huawei_wire as wire
from .huawei_errors import bad_parameter, missing_parameter, refused
from .huawei_gateway import (
    COMMON_INSTANCE,
    DEFAULT_PORTS,
    TYPES,
    CertificateObject,
    Domain,
    Gateways,
    Group,
    Instance,
)
from .huawei_iam import Caller, Identity
from .huawei_material import Material, check_client_ca, checked
from .huawei_routing import Route
from .world import Json, Response

_BASE = "/v2/{project_id}/apigw"
_INSTANCE = _BASE + "/instances/{instance_id}"
_GROUP = _INSTANCE + "/api-groups/{group_id}"
_DOMAIN = _GROUP + "/domains/{domain_id}"
_CERTIFICATE = _BASE + "/certificates/{certificate_id}"
_PORTS = _INSTANCE + "/custom-ingress-ports"
ROUTES = (
    Route("apig", "ListInstancesV2", "GET", _BASE + "/instances"),
    Route("apig", "ListApiGroupsV2", "GET", _INSTANCE + "/api-groups"),
    Route("apig", "ShowDetailsOfApiGroupV2", "GET", _GROUP),
    Route("apig", "UpdateSlDomainSettingV2", "PUT", _GROUP + "/sl-domain-access-settings", write=True),
    Route("apig", "AssociateDomainV2", "POST", _GROUP + "/domains", write=True),
    Route("apig", "UpdateDomainV2", "PUT", _DOMAIN, write=True),
    Route("apig", "DisassociateDomainV2", "DELETE", _DOMAIN, write=True),
    Route("apig", "AssociateCertificateV2", "POST", _DOMAIN + "/certificate", write=True),
    Route("apig", "ShowDetailsOfDomainNameCertificateV2", "GET", _DOMAIN + "/certificate/{certificate_id}"),
    Route("apig", "DisassociateCertificateV2", "DELETE", _DOMAIN + "/certificate/{certificate_id}", write=True),
    Route("apig", "BatchAssociateCertsV2", "POST", _DOMAIN + "/certificates/attach", write=True),
    Route("apig", "BatchDisassociateCertsV2", "POST", _DOMAIN + "/certificates/detach", write=True),
    Route("apig", "CreateCertificateV2", "POST", _BASE + "/certificates", write=True),
    Route("apig", "ListCertificatesV2", "GET", _BASE + "/certificates"),
    Route("apig", "ShowDetailsOfCertificateV2", "GET", _CERTIFICATE),
    Route("apig", "UpdateCertificateV2", "PUT", _CERTIFICATE, write=True),
    Route("apig", "DeleteCertificateV2", "DELETE", _CERTIFICATE, write=True),
    Route("apig", "ListAttachedDomainsV2", "GET", _CERTIFICATE + "/attached-domains"),
    Route("apig", "BatchAssociateDomainsV2", "POST", _CERTIFICATE + "/domains/attach", write=True),
    Route("apig", "BatchDisassociateDomainsV2", "POST", _CERTIFICATE + "/domains/detach", write=True),
    Route("apig", "ListCustomIngressPorts", "GET", _PORTS),
    Route("apig", "ListCustomIngressPortDomains", "GET", _PORTS + "/{ingress_port_id}/domains"),
)
_HOST_NAME = re.compile(
    r"(?=.{1,255}$)(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
)
_MIN_SSL_VERSIONS = ("TLSv1.1", "TLSv1.2")
_CUSTOM_PORTS = range(1024, 49152)


@dataclass(frozen=True)
class Call:
    """One authenticated call: path parameters, query and raw body."""

    operation: str
    path: dict[str, str]
    query: dict[str, str]
    raw_body: bytes

    @property
    def body(self) -> Json:
        return wire.body_of(self.raw_body)

    @property
    def project_id(self) -> str:
        return self.path["project_id"]


class ApiGateway:
    """The service. ``perform`` raises ``Refused`` where the vendor answers an error code."""

    def __init__(self, gateways: Gateways, identity: Identity) -> None:
        self._gateways = gateways
        self._identity = identity
        self._writing: Counter[str] = Counter()
        self._writing_lock = Lock()
        self._operations: dict[str, Callable[[Call], Response]] = {
            "ListInstancesV2": self._list_instances,
            "ListApiGroupsV2": self._list_groups,
            "ShowDetailsOfApiGroupV2": self._show_group,
            "UpdateSlDomainSettingV2": self._set_debugging_access,
            "AssociateDomainV2": self._associate_domain,
            "UpdateDomainV2": self._update_domain,
            "DisassociateDomainV2": self._disassociate_domain,
            "AssociateCertificateV2": self._associate_certificate,
            "ShowDetailsOfDomainNameCertificateV2": self._show_domain_certificate,
            "DisassociateCertificateV2": self._disassociate_certificate,
            "BatchAssociateCertsV2": self._attach_certificate,
            "BatchDisassociateCertsV2": self._detach_certificate,
            "CreateCertificateV2": self._create_certificate,
            "ListCertificatesV2": self._list_certificates,
            "ShowDetailsOfCertificateV2": self._show_certificate,
            "UpdateCertificateV2": self._update_certificate,
            "DeleteCertificateV2": self._delete_certificate,
            "ListAttachedDomainsV2": self._list_attached_domains,
            "BatchAssociateDomainsV2": self._attach_domains,
            "BatchDisassociateDomainsV2": self._detach_domains,
            "ListCustomIngressPorts": self._list_ports,
            "ListCustomIngressPortDomains": self._list_port_domains,
        }

    def perform(self, call: Call, caller: Caller) -> Response:
        self._check_project(call, caller)
        if call.operation in self._gateways.behaviour.denied:
            raise refused("APIG.1005")
        return self._operations[call.operation](call)

    @contextmanager
    def writing(self, call: Call) -> Iterator[None]:
        """Marks the gateway as being written to; a second writer at the same time fails as the real one does.

        To be entered without ``world.lock``.
        """
        gateway = self._gateway_written(call)
        with self._writing_lock:
            self._writing[gateway] += 1
            collides = self._writing[gateway] > 1
        try:
            if collides and self._gateways.behaviour.concurrent_writes == "fail":
                raise refused("APIG.3500")
            if self._gateways.behaviour.write_seconds:
                time.sleep(self._gateways.world.lag(self._gateways.behaviour.write_seconds))
            yield
        finally:
            with self._writing_lock:
                self._writing[gateway] -= 1

    def _gateway_written(self, call: Call) -> str:
        if "instance_id" in call.path:
            return call.path["instance_id"]
        with self._gateways.world.lock:
            certificate = self._gateways.certificates.newest(call.path.get("certificate_id", ""))
        return (certificate.instance_id if certificate else None) or COMMON_INSTANCE

    def _check_project(self, call: Call, caller: Caller) -> None:
        project = self._identity.projects.get(call.project_id)
        if caller.project_id is None:
            raise refused("APIG.1003")
        if project is None or project.domain_id != caller.domain_id or caller.project_id != call.project_id:
            raise refused("APIG.1005")

    # Instances, groups, ports

    def _list_instances(self, call: Call) -> Response:
        query = call.query
        rows = [one for one in self._gateways.instances.values() if one.project_id == call.project_id]
        rows = [one for one in rows if query.get("instance_id", one.id) == one.id]
        rows = [one for one in rows if _like(one.name, query.get("instance_name"))]
        rows = [one for one in rows if query.get("status", one.status) == one.status]
        return Response(200, wire.page(rows, query, "instances", wire.instance_shape))

    def _list_groups(self, call: Call) -> Response:
        instance, query = self._instance(call), call.query
        rows = [one for one in self._gateways.groups.values() if one.instance_id == instance.id]
        rows = [one for one in rows if query.get("id", one.id) == one.id]
        if "name" in query.get("precise_search", "").split(",") and "name" in query:
            rows = [one for one in rows if one.name == query["name"]]
        else:
            rows = [one for one in rows if _like(one.name, query.get("name"))]
        return Response(200, wire.page(rows, query, "groups", self._group_in_listing))

    def _show_group(self, call: Call) -> Response:
        group = self._group(call)
        return Response(200, wire.group_shape(group, self._group_domains(group)))

    def _set_debugging_access(self, call: Call) -> Response:
        group, enabled = self._group(call), wire.optional_flag(call.body, "sl_domain_access_enabled")
        if enabled is None:
            raise missing_parameter("sl_domain_access_enabled")
        self._gateways.groups[group.id] = replace(group, debugging_access=enabled)
        return Response(204)

    def _list_ports(self, call: Call) -> Response:
        ports = self._instance(call).ports
        rows = [one for one in ports if call.query.get("protocol", one.protocol) == one.protocol]
        rows = [one for one in rows if call.query.get("ingress_port", str(one.port)) == str(one.port)]
        return Response(200, wire.page(rows, call.query, "ingress_port_infos", wire.port_shape))

    def _list_port_domains(self, call: Call) -> Response:
        instance = self._instance(call)
        port = next((one for one in instance.ports if one.id == call.path["ingress_port_id"]), None)
        if port is None:
            raise refused("APIG.2049")
        rows = [one for one in self._seen_domains() if one.instance_id == instance.id]
        rows = [one for one in rows if port.port in (one.http_port, one.https_port)]
        rows = [one for one in rows if _like(one.name, call.query.get("domain_name"))]
        return Response(200, wire.page(rows, call.query, "domain_infos", self._port_domain))

    def _port_domain(self, domain: Domain) -> Json:
        group = self._gateways.groups[domain.group_id]
        return {"group_id": group.id, "group_name": group.name, "domain_name": domain.name}

    def _group_in_listing(self, group: Group) -> Json:
        listed = self._gateways.behaviour.groups_list_domains
        return wire.group_shape(group, self._group_domains(group) if listed else None)

    def _group_domains(self, group: Group) -> list[Json]:
        now = self._gateways.world.now()
        return [
            wire.group_domain_shape(self._gateways, domain, now)
            for domain in self._seen_domains()
            if domain.group_id == group.id
        ]

    def _seen_domains(self) -> list[Domain]:
        return list(self._gateways.domains.all_seen(self._gateways.world.now()).values())

    # Domains

    def _associate_domain(self, call: Call) -> Response:
        group, body = self._group(call), call.body
        name = wire.required_text(body, "url_domain").lower()
        if not _HOST_NAME.fullmatch(name):
            raise refused("APIG.2024")
        http_port, https_port = self._ports(self._instance(call), body, DEFAULT_PORTS)
        self._check_new_name(group, name, (http_port, https_port))
        domain = Domain(
            id=secrets.token_hex(16),
            instance_id=group.instance_id,
            group_id=group.id,
            name=name,
            min_ssl_version=_min_ssl_version(body, default=_MIN_SSL_VERSIONS[0]),
            redirect=wire.optional_flag(body, "is_http_redirect_to_https") or False,
            http_port=http_port,
            https_port=https_port,
        )
        self._gateways.put_domain(domain)
        return Response(201, self._domain_answer(domain))

    def _check_new_name(self, group: Group, name: str, ports: tuple[int, int]) -> None:
        domains = list(self._gateways.domains.all_newest().values())
        for domain in domains:
            if domain.host != (group.instance_id, name):
                continue
            if domain.group_id != group.id:
                raise refused("APIG.3305")
            if {domain.http_port, domain.https_port} & {port for port in ports if port != -1}:
                raise refused("APIG.3305" if ports == DEFAULT_PORTS else "APIG.2050")
        if sum(domain.group_id == group.id for domain in domains) >= self._gateways.behaviour.domains_per_group:
            raise refused("APIG.3108")

    def _update_domain(self, call: Call) -> Response:
        domain, body = self._domain(call), call.body
        if "min_ssl_version" not in body:
            raise missing_parameter("min_ssl_version")
        http_port, https_port = self._ports(self._instance(call), body, (domain.http_port, domain.https_port))
        redirect = wire.optional_flag(body, "is_http_redirect_to_https")
        if redirect is None:
            redirect = domain.redirect and self._gateways.behaviour.update_domain_without_redirect == "keep"
        verify = wire.optional_flag(body, "verified_client_certificate_enabled")
        if verify is not None:
            self._set_client_verification(domain, verify=verify)
        updated = replace(
            domain,
            min_ssl_version=_min_ssl_version(body, default=domain.min_ssl_version),
            redirect=redirect,
            http_port=http_port,
            https_port=https_port,
        )
        self._gateways.put_domain(updated)
        return Response(201, self._domain_answer(updated))

    def _set_client_verification(self, domain: Domain, *, verify: bool) -> None:
        binding = self._gateways.binding(domain.host)
        bound = [self._gateways.certificates.newest(one.certificate_id) for one in binding.certificates]
        if verify and not any(one and one.trusted_root_ca for one in bound):
            raise bad_parameter("verified_client_certificate_enabled")
        self._gateways.put_binding(domain.host, replace(binding, client_verification=verify))

    def _disassociate_domain(self, call: Call) -> Response:
        self._gateways.remove_domain(self._domain(call))
        return Response(204)

    def _ports(self, instance: Instance, body: Json, default: tuple[int, int]) -> tuple[int, int]:
        http_port = wire.optional_integer(body, "ingress_http_port")
        https_port = wire.optional_integer(body, "ingress_https_port")
        if http_port is None and https_port is None:
            return default
        if http_port is None or https_port is None:
            raise missing_parameter("ingress_http_port" if http_port is None else "ingress_https_port")
        opened = {("HTTP", DEFAULT_PORTS[0]), ("HTTPS", DEFAULT_PORTS[1]), ("HTTP", -1), ("HTTPS", -1)}
        opened |= {(one.protocol, one.port) for one in instance.ports}
        for protocol, port in (("HTTP", http_port), ("HTTPS", https_port)):
            if (protocol, port) not in opened:
                if port in _CUSTOM_PORTS:
                    raise refused("APIG.2049")
                raise bad_parameter(f"ingress_{protocol.lower()}_port")
        return http_port, https_port

    def _domain_answer(self, domain: Domain) -> Json:
        verification = self._gateways.binding(domain.host).client_verification
        return wire.domain_shape(domain, client_verification=verification)

    # Certificates by way of a domain

    def _associate_certificate(self, call: Call) -> Response:
        domain, body = self._domain(call), call.body
        name = wire.required_text(body, "name")
        material = self._material(body)
        if not material.covers(domain.name):
            raise refused("APIG.2103")
        self._gateways.check_associate(material.algorithm, domain.host)
        scoped = self._gateways.behaviour.associate_scope == "instance"
        certificate = self._gateways.create_certificate(
            name=name,
            material=material,
            project_id=call.project_id,
            instance_id=domain.instance_id if scoped else None,
            trusted_root_ca=None,
        )
        self._gateways.associate(certificate, domain.host)
        answer = self._domain_answer(domain)
        rsa = certificate.material.algorithm == "RSA"
        answer |= {"ssl_id": certificate.id if rsa else "", "ssl_name": certificate.name if rsa else ""}
        group = self._gateways.groups[domain.group_id]
        answer |= {"instance_id": domain.instance_id, "api_group_id": group.id, "api_group_name": group.name}
        return Response(201, answer)

    def _show_domain_certificate(self, call: Call) -> Response:
        domain, now = self._domain(call), self._gateways.world.now()
        certificate = self._gateways.certificates.seen(call.path["certificate_id"], now)
        if certificate is None:
            raise refused("APIG.3021")
        binding = self._gateways.bindings.seen(domain.host, now)
        if binding is None or all(one.certificate_id != certificate.id for one in binding.certificates):
            raise refused("APIG.3097")
        serial_format = self._gateways.behaviour.serial_format
        return Response(200, wire.domain_certificate_detail(certificate, serial_format=serial_format))

    def _disassociate_certificate(self, call: Call) -> Response:
        domain = self._domain(call)
        certificate = self._certificate(call.path["certificate_id"], call.project_id, code="APIG.3021")
        if not self._gateways.detach(certificate.id, domain.host):
            raise refused("APIG.3097")
        if self._gateways.behaviour.disassociate_deletes and not self._gateways.hosts_of(certificate.id):
            self._gateways.delete_certificate(certificate)
        return Response(204)

    def _attach_certificate(self, call: Call) -> Response:
        domain = self._domain(call)
        self._check_ssl_objects(domain.instance_id)
        certificate = self._certificate(_only_id(call.body), call.project_id)
        verify = wire.optional_flag(call.body, "verified_client_certificate_enabled")
        self._gateways.attach(certificate, domain.host, verify=verify)
        return Response(204)

    def _detach_certificate(self, call: Call) -> Response:
        domain = self._domain(call)
        self._check_ssl_objects(domain.instance_id)
        certificate = self._certificate(_only_id(call.body), call.project_id)
        if not self._gateways.detach(certificate.id, domain.host):
            raise refused("APIG.3097")
        return Response(204)

    # Certificate objects

    def _create_certificate(self, call: Call) -> Response:
        body = call.body
        instance_id = self._scope(body)
        name = wire.required_text(body, "name")
        material = self._material(body)
        certificate = self._gateways.create_certificate(
            name=name,
            material=material,
            project_id=call.project_id,
            instance_id=instance_id,
            trusted_root_ca=_client_ca(body, instance_id),
        )
        return Response(200, self._detail(certificate))

    def _list_certificates(self, call: Call) -> Response:
        query = call.query
        if not query.get("instance_id"):
            raise missing_parameter("instance_id")
        instance = self._instance_by_id(query["instance_id"], call.project_id)
        self._check_ssl_objects(instance.id)
        scopes = {instance.id} | ({None} if self._gateways.behaviour.global_listed_everywhere else set())
        rows = [
            one
            for one in self._gateways.certificates.all_seen(self._gateways.world.now()).values()
            if one.project_id == call.project_id and one.instance_id in scopes
        ]
        rows = [one for one in rows if _like(one.name, query.get("name"))]
        rows = [one for one in rows if _like(one.material.common_name, query.get("common_name"))]
        rows = [one for one in rows if query.get("type", one.type) == one.type]
        rows = [one for one in rows if query.get("algorithm_type", one.material.algorithm) == one.material.algorithm]
        rows = [one for one in rows if _like(one.material.signature_algorithm, query.get("signature_algorithm"))]
        rows.sort(key=lambda one: one.created, reverse=True)
        return Response(200, wire.page(rows, query, "certs", wire.certificate_item))

    def _show_certificate(self, call: Call) -> Response:
        return Response(200, self._detail(self._seen_certificate(call)))

    def _update_certificate(self, call: Call) -> Response:
        certificate, body = self._certificate(call.path["certificate_id"], call.project_id), call.body
        self._check_ssl_objects(certificate.instance_id)
        if self._scope(body) != certificate.instance_id:
            raise bad_parameter("type")
        updated = self._gateways.update_certificate(
            certificate,
            name=wire.required_text(body, "name"),
            material=self._material(body),
            trusted_root_ca=_client_ca(body, certificate.instance_id),
        )
        return Response(200, self._detail(updated))

    def _delete_certificate(self, call: Call) -> Response:
        certificate = self._certificate(call.path["certificate_id"], call.project_id)
        self._check_ssl_objects(certificate.instance_id)
        self._gateways.delete_certificate(certificate)
        return Response(204)

    def _list_attached_domains(self, call: Call) -> Response:
        certificate = self._seen_certificate(call)
        bindings = self._gateways.bindings.all_seen(self._gateways.world.now())
        hosts = {
            host
            for host, binding in bindings.items()
            if any(bound.certificate_id == certificate.id for bound in binding.certificates)
        }
        rows = [one for one in self._seen_domains() if one.host in hosts]
        rows = [one for one in rows if _like(one.name, call.query.get("url_domain"))]

        def shape(domain: Domain) -> Json:
            return wire.attached_domain_shape(self._gateways, certificate, domain)

        return Response(200, wire.page(rows, call.query, "bound_domains", shape))

    def _attach_domains(self, call: Call) -> Response:
        certificate = self._certificate(call.path["certificate_id"], call.project_id)
        wanted = list(self._named_hosts(call, certificate))
        for host, _unused in wanted:
            self._check_ssl_objects(host[0])
            self._gateways.check_attach(certificate, host)
        for host, verify in wanted:
            self._gateways.attach(certificate, host, verify=verify)
        return Response(204)

    def _detach_domains(self, call: Call) -> Response:
        certificate = self._certificate(call.path["certificate_id"], call.project_id)
        detached = [
            self._gateways.detach(certificate.id, host) for host, _unused in self._named_hosts(call, certificate)
        ]
        if not any(detached):
            raise refused("APIG.2000", ", no valid domain name")
        return Response(204)

    def _named_hosts(self, call: Call, certificate: CertificateObject) -> list[tuple[tuple[str, str], bool | None]]:
        """The host names that a request about several means; without gateways named, those of every gateway."""
        domains = call.body.get("domains")
        if not isinstance(domains, list) or not domains:
            raise missing_parameter("domains")
        named: list[tuple[tuple[str, str], bool | None]] = []
        for entry in domains:
            if not isinstance(entry, dict):
                raise bad_parameter("domains")
            name = wire.required_text(entry, "domain").lower()
            verify = wire.optional_flag(entry, "verified_client_certificate_enabled")
            named += [(host, verify) for host in self._hosts_named(name, entry.get("instance_ids"), call, certificate)]
        return named

    def _hosts_named(
        self, name: str, instance_ids: Any, call: Call, certificate: CertificateObject
    ) -> list[tuple[str, str]]:
        existing = {one.host for one in self._gateways.domains.all_newest().values()}
        if instance_ids:
            if not isinstance(instance_ids, list):
                raise bad_parameter("instance_ids")
            hosts = [(self._instance_by_id(one, call.project_id).id, name) for one in instance_ids]
        else:
            reached = [one.id for one in self._gateways.instances.values() if one.project_id == call.project_id]
            hosts = [(one, name) for one in reached if certificate.instance_id in (None, one)]
            hosts = [host for host in hosts if host in existing]
        if not hosts or any(host not in existing for host in hosts):
            raise refused("APIG.3020")
        return hosts

    # What a request names

    def _instance(self, call: Call) -> Instance:
        return self._instance_by_id(call.path["instance_id"], call.project_id)

    def _instance_by_id(self, instance_id: Any, project_id: str) -> Instance:
        instance = self._gateways.instances.get(instance_id) if isinstance(instance_id, str) else None
        if instance is None or instance.project_id != project_id:
            raise refused("APIG.3030", f";id:{instance_id}")
        return instance

    def _group(self, call: Call) -> Group:
        instance = self._instance(call)
        group = self._gateways.groups.get(call.path["group_id"])
        if group is None or group.instance_id != instance.id:
            raise refused("APIG.3001", f",id:{call.path['group_id']}")
        return group

    def _domain(self, call: Call) -> Domain:
        group = self._group(call)
        domain = self._gateways.domains.newest(call.path["domain_id"])
        if domain is None or domain.instance_id != group.instance_id:
            raise refused("APIG.3020")
        if domain.group_id != group.id:
            raise refused("APIG.3474")
        return domain

    def _certificate(self, certificate_id: str, project_id: str, *, code: str = "APIG.3025") -> CertificateObject:
        certificate = self._gateways.certificates.newest(certificate_id)
        if certificate is None or certificate.project_id != project_id:
            raise refused(code)
        return certificate

    def _seen_certificate(self, call: Call) -> CertificateObject:
        """What readers are shown: neither what was just created, nor yet what was just changed."""
        certificate_id = call.path["certificate_id"]
        certificate = self._gateways.certificates.seen(certificate_id, self._gateways.world.now())
        if certificate is None or certificate.project_id != call.project_id:
            raise refused("APIG.3025")
        self._check_ssl_objects(certificate.instance_id)
        return certificate

    def _check_ssl_objects(self, instance_id: str | None) -> None:
        instance = self._gateways.instances.get(instance_id) if instance_id else None
        if instance and not instance.ssl_objects:
            raise refused("APIG.3458")

    def _scope(self, body: Json) -> str | None:
        """The gateway that a certificate form names, None for a global certificate (the API's default)."""
        scope = wire.optional_text(body, "type") or "global"
        if scope not in TYPES:
            raise bad_parameter("type")
        if scope == "global":
            return None
        instance_id = wire.required_text(body, "instance_id")
        if instance_id not in self._gateways.instances:
            raise refused("APIG.3030", f";id:{instance_id}")
        self._check_ssl_objects(instance_id)
        return instance_id

    def _material(self, body: Json) -> Material:
        algorithm = wire.optional_text(body, "algorithm_type")
        if algorithm == "SM2":
            raise refused("APIG.3458")
        content, key = wire.required_text(body, "cert_content"), wire.required_text(body, "private_key")
        material = checked(content, key, now=self._gateways.world.now())
        if algorithm not in (None, "", material.algorithm):
            raise bad_parameter("algorithm_type")
        return material

    def _detail(self, certificate: CertificateObject) -> Json:
        return wire.certificate_detail(certificate, serial_format=self._gateways.behaviour.serial_format)


def _like(value: str, wanted: str | None) -> bool:
    return wanted is None or wanted.lower() in value.lower()


def _min_ssl_version(body: Json, *, default: str) -> str:
    version = wire.optional_text(body, "min_ssl_version") or default
    if version not in _MIN_SSL_VERSIONS:
        raise bad_parameter("min_ssl_version")
    return version


def _only_id(body: Json) -> str:
    ids = body.get("certificate_ids")
    if not isinstance(ids, list) or len(ids) != 1 or not isinstance(ids[0], str):
        raise bad_parameter("certificate_ids")
    return ids[0]


def _client_ca(body: Json, instance_id: str | None) -> str | None:
    client_ca = wire.optional_text(body, "trusted_root_ca")
    if not client_ca:
        return None
    if instance_id is None:
        raise bad_parameter("trusted_root_ca")
    check_client_ca(client_ca)
    return client_ca
