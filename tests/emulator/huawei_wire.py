# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the API Gateway writes its objects: field names and types as in the vendor's models, inconsistencies included."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from .huawei_errors import bad_parameter, missing_parameter, refused
from .huawei_gateway import (
    COMMON_INSTANCE,
    TYPES,
    CertificateObject,
    Domain,
    Gateways,
    Group,
    HostBinding,
    IngressPort,
    Instance,
)
from .huawei_iam import moment
from .huawei_material import date_text
from .world import Json

T = TypeVar("T")
LIMIT_DEFAULT, LIMIT_MAX = 20, 500


def page(rows: list[T], query: dict[str, str], name: str, shape: Callable[[T], Json]) -> Json:
    """A page of a listing. Offset and limit out of range are corrected silently, as the vendor does."""
    offset = max(_integer(query, "offset", 0), 0)
    limit = _integer(query, "limit", LIMIT_DEFAULT)
    limit = LIMIT_DEFAULT if limit < 1 else min(limit, LIMIT_MAX)
    shown = [shape(row) for row in rows[offset : offset + limit]]
    return {"total": len(rows), "size": len(shown), name: shown}


def body_of(raw: bytes, code: str = "APIG.2000") -> Json:
    """``code`` is that of a body which is no JSON object."""
    try:
        body = json.loads(raw)
    except ValueError:
        raise refused(code) from None
    if not isinstance(body, dict):
        raise refused(code)
    return body


def required_text(body: Json, name: str) -> str:
    value = optional_text(body, name)
    if not value:
        raise missing_parameter(name)
    return value


def optional_text(body: Json, name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise bad_parameter(name)
    return value


def optional_flag(body: Json, name: str) -> bool | None:
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise bad_parameter(name)
    return value


def optional_integer(body: Json, name: str) -> int | None:
    value = body.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise bad_parameter(name)
    return value


def instance_shape(instance: Instance) -> Json:
    return {
        "id": instance.id,
        "project_id": instance.project_id,
        "instance_name": instance.name,
        "status": instance.status,
        "instance_status": instance.instance_status,
        "type": "apig",
        "spec": "BASIC",
        "create_time": int(instance.created.timestamp() * 1000),
        "enterprise_project_id": "0",
        "charging_mode": 0,
        "cbc_metadata": "",
        "loadbalancer_provider": "elb",
        "cbc_operation_locks": [],
    }


def port_shape(port: IngressPort) -> Json:
    return {"ingress_port_id": port.id, "protocol": port.protocol, "ingress_port": port.port, "status": "normal"}


def group_shape(group: Group, domains: list[Json] | None) -> Json:
    """``domains`` None: the listing leaves them out."""
    sub_domain = f"{group.id}.apic.{group.instance_id}.huaweicloudapis.com"
    shape: Json = {
        "id": group.id,
        "name": group.name,
        "remark": group.remark,
        "status": 1,
        "sl_domain": sub_domain,
        "sl_domains": [sub_domain],
        "sl_domain_access_enabled": group.debugging_access,
        "register_time": date_text(group.created),
        "update_time": date_text(group.created),
        "on_sell_status": 2,
        "is_default": 2,
        "version": "V2",
    }
    return shape if domains is None else shape | {"url_domains": domains}


def group_domain_shape(gateways: Gateways, domain: Domain, now: datetime) -> Json:
    """A domain within a group: the fields are called ``domain`` and ``cname_status`` here and nowhere else."""
    binding = gateways.bindings.seen(domain.host, now) or HostBinding()
    infos = []
    for bound in binding.certificates:
        certificate = gateways.certificates.seen(bound.certificate_id, now)
        certificate = certificate or gateways.certificates.newest(bound.certificate_id)
        if certificate:
            infos.append(_ssl_info(certificate))
    first_rsa = next((info for info in infos if info["algorithm_type"] == "RSA"), {"ssl_id": "", "ssl_name": ""})
    return {
        "id": domain.id,
        "domain": domain.name,
        "cname_status": domain.cname_status,
        "ssl_id": first_rsa["ssl_id"],
        "ssl_name": first_rsa["ssl_name"],
        "min_ssl_version": domain.min_ssl_version,
        "verified_client_certificate_enabled": binding.client_verification,
        "is_has_trusted_root_ca": bool(infos) and all(info["is_has_trusted_root_ca"] for info in infos),
        "ingress_http_port": domain.http_port,
        "ingress_https_port": domain.https_port,
        "ssl_infos": infos,
    }


def _ssl_info(certificate: CertificateObject) -> Json:
    return {
        "ssl_id": certificate.id,
        "ssl_name": certificate.name,
        "algorithm_type": certificate.material.algorithm,
        "type": TYPES[certificate.type],
        "is_has_trusted_root_ca": certificate.trusted_root_ca is not None,
    }


def domain_shape(domain: Domain, *, client_verification: bool) -> Json:
    """A domain as its own operations answer it."""
    return {
        "url_domain": domain.name,
        "id": domain.id,
        "status": domain.cname_status,
        "min_ssl_version": domain.min_ssl_version,
        "is_http_redirect_to_https": domain.redirect,
        "verified_client_certificate_enabled": client_verification,
        "ingress_http_port": domain.http_port,
        "ingress_https_port": domain.https_port,
    }


def attached_domain_shape(gateways: Gateways, certificate: CertificateObject, domain: Domain) -> Json:
    """The vendor's Terraform authors found redirect, ports and certificate empty in practice."""
    binding = gateways.bindings.seen(domain.host, gateways.world.now()) or HostBinding()
    group = gateways.groups[domain.group_id]
    shape = domain_shape(domain, client_verification=binding.client_verification) | {
        "ssl_id": certificate.id,
        "ssl_name": certificate.name,
        "api_group_id": group.id,
        "api_group_name": group.name,
        "instance_id": domain.instance_id,
    }
    if gateways.behaviour.attached_domains_sparse:
        shape |= {"is_http_redirect_to_https": False, "ingress_http_port": 0, "ingress_https_port": 0}
        shape |= {"ssl_id": "", "ssl_name": ""}
    return shape


def certificate_item(certificate: CertificateObject) -> Json:
    """A certificate in a listing: no serial number, no issuer, no beginning."""
    material = certificate.material
    return {
        "id": certificate.id,
        "name": certificate.name,
        "type": certificate.type,
        "instance_id": certificate.instance_id or COMMON_INSTANCE,
        "project_id": certificate.project_id,
        "common_name": material.common_name,
        "san": list(material.names),
        "not_after": date_text(material.leaf.not_valid_after_utc),
        "signature_algorithm": material.signature_algorithm,
        "create_time": moment(certificate.created),
        "update_time": moment(certificate.updated),
        "is_has_trusted_root_ca": certificate.trusted_root_ca is not None,
        "algorithm_type": material.algorithm,
    }


def certificate_detail(certificate: CertificateObject, *, serial_format: str) -> Json:
    return certificate_item(certificate) | certificate.material.described(serial_format=serial_format)


def domain_certificate_detail(certificate: CertificateObject, *, serial_format: str) -> Json:
    """The detail by way of the domain knows neither the algorithm nor the client CA."""
    detail = certificate_detail(certificate, serial_format=serial_format)
    del detail["is_has_trusted_root_ca"], detail["algorithm_type"]
    return detail


def _integer(query: dict[str, str], name: str, default: int) -> int:
    try:
        return int(query.get(name, default))
    except ValueError:
        raise bad_parameter(name) from None
