# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The operations of a dedicated API gateway that are about certificates, typed.

Facts: models of huaweicloudsdkapig v2 and https://support.huaweicloud.com/api-apig/AssociateCertificateV2.html. The
operation's example there has key and certificate swapped; the models are right. No answer holds a PEM or a key.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._http import Replay
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.answer import Fields
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.client import HuaweiClient
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.listing import PAGE_SIZE, complete
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.objects import (
    GLOBAL,
    INSTANCE,
    RSA,
    ApiGroup,
    AttachedDomain,
    BoundCertificate,
    CertificateObject,
    UrlDomain,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._wire import Wire

_SSL_INFO = ("ssl_id", "ssl_name", "algorithm_type", "type", "is_has_trusted_root_ca")
_URL_DOMAIN = (
    "id",
    "domain",
    "ssl_id",
    "ssl_name",
    "verified_client_certificate_enabled",
    "is_has_trusted_root_ca",
    "ingress_http_port",
    "ingress_https_port",
    *(f"ssl_infos[].{name}" for name in _SSL_INFO),
)
_GROUP = ("id", "name", *(f"url_domains[].{name}" for name in _URL_DOMAIN))
_IDENTITY = ("id", "name", "type", "instance_id", "common_name", "san", "not_after")
_CERTIFICATE_ROW = (*_IDENTITY, "is_has_trusted_root_ca", "algorithm_type")
_CONTENT = ("not_before", "serial_number", "issuer")
_FORM = (
    "name",
    "cert_content",
    "private_key",
    "type",
    "instance_id",
    "algorithm_type",
    "trusted_root_ca",
)
_PLACE = ("instance_id", "group_id", "domain_id")

WIRE: t.Mapping[str, Wire] = {
    "ListApiGroupsV2": Wire(
        sends=("instance_id", "name", "precise_search", "offset", "limit"),
        reads=("total", *(f"groups[].{name}" for name in _GROUP)),
    ),
    "ShowDetailsOfApiGroupV2": Wire(sends=("instance_id", "group_id"), reads=_GROUP),
    "AssociateCertificateV2": Wire(sends=(*_PLACE, "name", "cert_content", "private_key"), reads=("ssl_id",)),
    "ShowDetailsOfDomainNameCertificateV2": Wire(sends=(*_PLACE, "certificate_id"), reads=(*_IDENTITY, *_CONTENT)),
    "DisassociateCertificateV2": Wire(sends=(*_PLACE, "certificate_id")),
    "BatchAssociateCertsV2": Wire(sends=(*_PLACE, "certificate_ids", "verified_client_certificate_enabled")),
    "BatchDisassociateCertsV2": Wire(sends=(*_PLACE, "certificate_ids", "verified_client_certificate_enabled")),
    "ListCertificatesV2": Wire(
        sends=("instance_id", "name", "common_name", "offset", "limit"),
        reads=("total", *(f"certs[].{name}" for name in _CERTIFICATE_ROW)),
    ),
    "CreateCertificateV2": Wire(sends=_FORM, reads=("id",)),
    "ShowDetailsOfCertificateV2": Wire(sends=("certificate_id",), reads=(*_CERTIFICATE_ROW, *_CONTENT)),
    "UpdateCertificateV2": Wire(sends=("certificate_id", *_FORM)),
    "DeleteCertificateV2": Wire(sends=("certificate_id",)),
    "ListAttachedDomainsV2": Wire(
        sends=("certificate_id", "offset", "limit"),
        reads=(
            "total",
            *(
                f"bound_domains[].{name}"
                for name in ("id", "url_domain", "instance_id", "api_group_id", "api_group_name")
            ),
        ),
    ),
}

T = t.TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a certificate is bound: a domain of a group of a gateway, by ids."""

    instance_id: str
    group_id: str
    domain_id: str

    @property
    def path(self) -> tuple[str, ...]:
        return ("instances", self.instance_id, "api-groups", self.group_id, "domains", self.domain_id)


@dataclasses.dataclass(frozen=True)
class Upload:
    """A certificate with its chain and key, as PEM blocks alone, and the client CA that goes with it."""

    name: str
    algorithm: str
    certificate_pem: str = dataclasses.field(repr=False)
    private_key_pem: str = dataclasses.field(repr=False)
    trusted_root_ca: str | None = dataclasses.field(default=None, repr=False)

    def classic(self) -> dict[str, str]:
        """The body of AssociateCertificateV2."""
        return {"name": self.name, "cert_content": self.certificate_pem, "private_key": self.private_key_pem}

    def form(self, *, instance_id: str) -> dict[str, str]:
        """The body of a certificate object of one gateway; the API's own default would be all gateways."""
        body = {
            **self.classic(),
            "type": INSTANCE,
            "instance_id": instance_id,
            "algorithm_type": self.algorithm,
        }
        if self.trusted_root_ca:
            body["trusted_root_ca"] = self.trusted_root_ca
        return body


class Apig:
    """One method an operation. Reads may be sent again, writes never on their own: none has a client token."""

    def __init__(self, client: HuaweiClient) -> None:
        self._client = client

    @property
    def endpoint(self) -> str:
        return self._client.endpoint

    def groups_named(self, instance_id: str, name: str) -> tuple[ApiGroup, ...]:
        """The groups of exactly this name."""
        query = {"name": name, "precise_search": "name"}
        path = ("instances", instance_id, "api-groups")
        rows = self._list("ListApiGroupsV2", path, "groups", query, _group, lambda group: group.id)
        return tuple(group for group in rows if group.name == name)

    def groups(self, instance_id: str) -> tuple[ApiGroup, ...]:
        path = ("instances", instance_id, "api-groups")
        return self._list("ListApiGroupsV2", path, "groups", {}, _group, lambda group: group.id)

    def group(self, instance_id: str, group_id: str) -> ApiGroup:
        """The group with its domains.

        :raises NotFound: APIG.3001 (group) or APIG.3030 (gateway).
        """
        answer = self._read("ShowDetailsOfApiGroupV2", ("instances", instance_id, "api-groups", group_id))
        group = _group(answer)
        return group if group.domains is not None else dataclasses.replace(group, domains=())

    def certificate(self, certificate_id: str) -> CertificateObject:
        """:raises NotFound: APIG.3021 or APIG.3025."""
        answer = self._read("ShowDetailsOfCertificateV2", ("certificates", certificate_id))
        return _with_content(_certificate_row(answer), answer)

    def domain_certificate(self, place: Place, bound: BoundCertificate) -> CertificateObject:
        """The same by the way that old gateways know. Its answer has no algorithm; the domain's own has."""
        path = (*place.path, "certificate", bound.id)
        answer = self._read("ShowDetailsOfDomainNameCertificateV2", path)
        found = _with_content(_identity(answer), answer)
        return dataclasses.replace(found, algorithm=bound.algorithm, has_trusted_root_ca=bound.has_trusted_root_ca)

    def certificates(
        self, instance_id: str, *, name: str | None = None, common_name: str | None = None
    ) -> tuple[CertificateObject, ...]:
        """The certificate objects that a gateway lists, without serial numbers. The filters are fuzzy."""
        query = {"instance_id": instance_id}
        query.update({key: value for key, value in (("name", name), ("common_name", common_name)) if value})
        return self._list("ListCertificatesV2", ("certificates",), "certs", query, _certificate_row, lambda one: one.id)

    def attached_domains(self, certificate_id: str) -> tuple[AttachedDomain, ...]:
        """All domains of all gateways that hold the certificate."""
        path = ("certificates", certificate_id, "attached-domains")
        return self._list("ListAttachedDomainsV2", path, "bound_domains", {}, _attached, lambda one: one)

    def associate(self, place: Place, upload: Upload) -> str | None:
        """Create a certificate and bind it, in one step. The id it got, which is told for RSA alone."""
        path = (*place.path, "certificate")
        return self._write("AssociateCertificateV2", "POST", path, upload.classic()).text("ssl_id")

    def create(self, instance_id: str, upload: Upload) -> str:
        """Create a certificate object of one gateway, bound to nothing; its id."""
        body = upload.form(instance_id=instance_id)
        return self._write("CreateCertificateV2", "POST", ("certificates",), body).required_text("id")

    def update(self, certificate_id: str, instance_id: str, upload: Upload) -> None:
        """Replace the content of an object; all domains that hold it serve the new one."""
        path = ("certificates", certificate_id)
        self._write("UpdateCertificateV2", "PUT", path, upload.form(instance_id=instance_id))

    def attach(self, place: Place, certificate_id: str, *, verification: bool) -> None:
        """Bind an object to a domain. Repeated with another flag it switches client verification."""
        path = (*place.path, "certificates", "attach")
        self._write("BatchAssociateCertsV2", "POST", path, _binding(certificate_id, verification))

    def detach(self, place: Place, certificate_id: str, *, verification: bool) -> None:
        """Unbind an object from a domain; the object stays."""
        path = (*place.path, "certificates", "detach")
        self._write("BatchDisassociateCertsV2", "POST", path, _binding(certificate_id, verification))

    def disassociate(self, place: Place, certificate_id: str) -> None:
        """Unbind by the way that old gateways know."""
        self._write("DisassociateCertificateV2", "DELETE", (*place.path, "certificate", certificate_id), None)

    def delete(self, certificate_id: str) -> None:
        """:raises NotFound: it is gone already."""
        self._write("DeleteCertificateV2", "DELETE", ("certificates", certificate_id), None)

    def _read(self, operation: str, path: t.Sequence[str]) -> Fields:
        return self._client.call(operation, "GET", path, replay=Replay.READ)

    def _write(self, operation: str, method: str, path: t.Sequence[str], body: dict[str, t.Any] | None) -> Fields:
        return self._client.call(operation, method, path, body=body, replay=Replay.NEVER)

    def _list(
        self,
        operation: str,
        path: t.Sequence[str],
        member: str,
        query: t.Mapping[str, str],
        read: t.Callable[[Fields], T],
        key: t.Callable[[T], t.Hashable],
    ) -> tuple[T, ...]:
        def page(offset: int) -> Fields:
            page_query: dict[str, str | int] = {**query, "offset": offset, "limit": PAGE_SIZE}
            return self._client.call(operation, "GET", path, query=page_query, replay=Replay.READ)

        return complete(
            operation,
            page=page,
            read=lambda answer: [read(row) for row in answer.objects(member)],
            count=lambda answer: answer.required_integer("total"),
            key=key,
        )


def _binding(certificate_id: str, verification: bool) -> dict[str, t.Any]:
    # A list by its name and type, of which the service takes exactly one.
    return {"certificate_ids": [certificate_id], "verified_client_certificate_enabled": verification}


def _host(name: str) -> str:
    return name.lower().rstrip(".")


def _group(row: Fields) -> ApiGroup:
    domains = None
    if row.has("url_domains"):
        domains = tuple(_url_domain(one) for one in row.objects("url_domains"))
    return ApiGroup(id=row.required_text("id"), name=row.required_text("name"), domains=domains)


def _url_domain(row: Fields) -> UrlDomain:
    certificates = tuple(_bound(one, rsa_id=row.text("ssl_id")) for one in row.objects("ssl_infos"))
    if not row.has("ssl_infos") and row.text("ssl_id"):
        # An old gateway; there the two members describe the one certificate there can be.
        certificates = (
            BoundCertificate(
                id=row.required_text("ssl_id"),
                name=row.text("ssl_name") or "",
                algorithm=RSA,
                scope=None,
                has_trusted_root_ca=row.flag("is_has_trusted_root_ca") or False,
            ),
        )
    return UrlDomain(
        id=row.required_text("id"),
        name=_host(row.required_text("domain")),
        certificates=certificates,
        client_verification=row.flag("verified_client_certificate_enabled") or False,
        http_port=row.integer("ingress_http_port"),
        https_port=row.integer("ingress_https_port"),
    )


def _bound(row: Fields, *, rsa_id: str | None) -> BoundCertificate:
    cert_id = row.required_text("ssl_id")
    algorithm = (row.text("algorithm_type") or "").upper()
    if not algorithm and cert_id == rsa_id:
        algorithm = RSA
    if not algorithm:
        raise row.wrong("algorithm_type", "an algorithm")
    # A number here, a word in the certificate itself.
    scope = {1: INSTANCE, 2: GLOBAL}.get(row.required_integer("type"))
    if scope is None:
        raise row.wrong("type", "1 or 2")
    return BoundCertificate(
        id=cert_id,
        name=row.text("ssl_name") or "",
        algorithm=algorithm,
        scope=scope,
        has_trusted_root_ca=row.flag("is_has_trusted_root_ca") or False,
    )


def _identity(row: Fields) -> CertificateObject:
    """What all three shapes of a certificate have."""
    scope = row.text("type")
    if scope not in (INSTANCE, GLOBAL, None):
        raise row.wrong("type", "instance or global")
    return CertificateObject(
        id=row.required_text("id"),
        name=row.text("name") or "",
        scope=scope,
        instance_id=row.text("instance_id"),
        common_name=row.text("common_name"),
        domains=tuple(sorted({_host(name) for name in row.texts("san")})),
        not_after=row.moment("not_after"),
    )


def _certificate_row(row: Fields) -> CertificateObject:
    """A row of a listing."""
    algorithm = row.text("algorithm_type")
    return dataclasses.replace(
        _identity(row),
        algorithm=algorithm.upper() if algorithm else None,
        has_trusted_root_ca=row.flag("is_has_trusted_root_ca") or False,
    )


def _with_content(found: CertificateObject, row: Fields) -> CertificateObject:
    """The same with what only the detail of one certificate tells."""
    return dataclasses.replace(
        found,
        serial=row.digits("serial_number"),
        issuer=", ".join(row.texts("issuer")) or None,
        not_before=row.moment("not_before"),
    )


def _attached(row: Fields) -> AttachedDomain:
    return AttachedDomain(
        id=row.required_text("id"),
        name=_host(row.required_text("url_domain")),
        instance_id=row.text("instance_id"),
        group_id=row.text("api_group_id"),
        group_name=row.text("api_group_name"),
    )
