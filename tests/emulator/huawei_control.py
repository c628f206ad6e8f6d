# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the control path shows and changes of the Huawei Cloud part. HUAWEI.md documents each call.

Whatever is put in here is visible at once: the lag is for the API's own writes.
"""

import secrets
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from datetime import timedelta

from . import huawei_gateway as gateway
from .huawei_dns import DEFAULT_LINE, DEFAULT_TTL, DEFAULT_ZONE, PublicZones, RecordSet, Zone
from .huawei_iam import DEFAULT_DOMAIN_ID, Agency, Identity, Project, User
from .huawei_material import Material, checked, date_text
from .world import Credential, Json, Response, World

DEFAULT_INSTANCE = "i-emulator"
DEFAULT_GROUP = "demo"


class HuaweiControl:
    """Raises ValueError or KeyError for a description that cannot be meant."""

    def __init__(self, world: World, gateways: gateway.Gateways, identity: Identity, public_zones: PublicZones) -> None:
        self._world = world
        self._gateways = gateways
        self._identity = identity
        self._dns = public_zones
        # In the order in which one needs the other.
        self._kinds: dict[str, Callable[[Json], Json]] = {
            "projects": self._project,
            "users": self._user,
            "agencies": self._agency,
            "credentials": self._credential,
            "instances": self._instance,
            "groups": self._group,
            "domains": self._domain,
            "certificates": self._certificate,
            "zones": self._zone,
        }

    def load(self, body: Json) -> Json:
        unknown = set(body) - set(self._kinds) - {"behaviour", "dns", "sts", "projects_filter"}
        if unknown:
            raise ValueError(f"unknown members: {', '.join(sorted(unknown))}")
        if "behaviour" in body:
            self._gateways.behaviour.change(body["behaviour"])
        self._set_dns(body.get("dns", {}))
        self._identity.keys.settings.change(body.get("sts", {}))
        if "projects_filter" in body:
            if body["projects_filter"] not in ("exact", "prefix"):
                raise ValueError("projects_filter must be exact or prefix")
            self._identity.project_filter = body["projects_filter"]
        added = {kind: [add(entry) for entry in body[kind]] for kind, add in self._kinds.items() if kind in body}
        self._gateways.settle()
        self._gateways.publish()
        return added | {"behaviour": asdict(self._gateways.behaviour), "dns": asdict(self._dns.settings)}

    def state(self) -> Json:
        """The newest state and, where readers of the API still see an older one, that too. No keys."""
        now = self._world.now()
        return {
            "behaviour": asdict(self._gateways.behaviour),
            "dns": asdict(self._dns.settings),
            "zones": [self._shown_zone(one) for one in self._dns.zones.values()],
            "sts": asdict(self._identity.keys.settings),
            "temporary_keys": self._identity.keys.shown(),
            "locked_access_keys": self._identity.signatures.locked(),
            "instances": [_shown(one) for one in self._gateways.instances.values()],
            "groups": [_shown(one) for one in self._gateways.groups.values()],
            "domains": [self._shown_domain(one) for one in self._gateways.domains.all_newest().values()],
            "certificates": [self._shown_certificate(one) for one in self._gateways.certificates.all_newest().values()],
            "visible": {
                "certificates": {
                    one.id: one.material.fingerprint for one in self._gateways.certificates.all_seen(now).values()
                },
                "bindings": {
                    f"{instance}/{name}": [bound.certificate_id for bound in binding.certificates]
                    for (instance, name), binding in self._gateways.bindings.all_seen(now).items()
                },
            },
        }

    def control(self, method: str, parts: list[str], body: Json) -> Response | None:
        if parts == ["behaviour"]:
            if method == "POST":
                self._gateways.behaviour.change(body)
            return Response(body=asdict(self._gateways.behaviour))
        if parts == ["dns"]:
            self._set_dns(body if method == "POST" else {})
            return Response(body=asdict(self._dns.settings))
        if parts == ["sts"]:
            self._identity.keys.settings.change(body if method == "POST" else {})
            return Response(body=asdict(self._identity.keys.settings))
        if method == "DELETE" and parts == ["temporary_keys"]:
            return Response(body={"temporary_keys": self._identity.keys.expire()})
        if method == "POST" and parts == ["settle"]:
            self._gateways.settle()
            self._dns.settle()
            self._gateways.publish()
            return Response(body={"settled": True})
        if method == "POST" and parts == ["unlock"]:
            return Response(body={"unlocked": self._identity.signatures.unlock()})
        if method == "POST" and parts == ["tokens", "expire"]:
            return Response(body={"expired": self._identity.expire_tokens()})
        if method == "POST" and len(parts) == 1 and parts[0] in self._kinds:
            entry = self._kinds[parts[0]](body)
            self._gateways.settle()
            self._gateways.publish()
            return Response(body=entry)
        if method == "DELETE" and len(parts) == 2:
            return self._remove(*parts)
        return None

    def seed(self) -> None:
        """What is there from the start: one gateway with one group, one empty zone."""
        self.load({"instances": [{"id": DEFAULT_INSTANCE, "name": "emulator"}], "groups": [{"name": DEFAULT_GROUP}]})
        self.load({"zones": [{"name": DEFAULT_ZONE}]})

    def _remove(self, kind: str, identifier: str) -> Response | None:
        gateways = self._gateways
        if kind == "domains" and (domain := self._find_domain(identifier)):
            gateways.remove_domain(domain)
        elif kind == "certificates" and (certificate := gateways.certificates.newest(identifier)):
            for host in gateways.hosts_of(identifier):
                gateways.detach(identifier, host)
            gateways.delete_certificate(certificate)
        elif kind == "groups" and identifier in gateways.groups:
            self._remove_group(identifier)
        elif kind == "instances" and identifier in gateways.instances:
            for group in [one for one in gateways.groups.values() if one.instance_id == identifier]:
                self._remove_group(group.id)
            del gateways.instances[identifier]
        elif kind == "zones" and (zone := self._find_zone(identifier)):
            del self._dns.zones[zone.id]
        else:
            return None
        gateways.settle()
        gateways.publish()
        return Response(body={"removed": identifier})

    def _remove_group(self, identifier: str) -> None:
        del self._gateways.groups[identifier]
        for domain in self._gateways.domains.all_newest().values():
            if domain.group_id == identifier:
                self._gateways.remove_domain(domain)

    def _project(self, entry: Json) -> Json:
        domain_id = entry.get("domain_id", next(iter(self._identity.domains)))
        self._identity.domains.setdefault(domain_id, entry.get("domain_name", f"account-{domain_id[:8]}"))
        identifier = entry.get("id") or secrets.token_hex(16)
        parent = entry.get("parent_id") or domain_id
        project = Project(identifier, entry["name"], domain_id, entry.get("enabled", True), parent)
        self._identity.projects[project.id] = project
        return asdict(project)

    def _user(self, entry: Json) -> Json:
        domain_id = entry.get("domain_id", next(iter(self._identity.domains)))
        self._identity.domains.setdefault(domain_id, entry.get("domain_name", f"account-{domain_id[:8]}"))
        user = User(entry["name"], entry["password"], secrets.token_hex(16), domain_id)
        self._identity.users.append(user)
        domain_name = self._identity.domains[domain_id]
        return {"id": user.id, "name": user.name, "domain_id": domain_id, "domain_name": domain_name}

    def _agency(self, entry: Json) -> Json:
        domain_id = entry.get("domain_id", next(iter(self._identity.domains)))
        agency = Agency(entry["name"], domain_id, entry.get("external_id"))
        known = (agency.name, agency.domain_id)
        others = [one for one in self._identity.agencies if (one.name, one.domain_id) != known]
        self._identity.agencies = [*others, agency]
        return asdict(agency)

    def _credential(self, entry: Json) -> Json:
        account = entry.get("domain_id", next(iter(self._identity.domains)))
        self._world.accounts.add(
            Credential("huawei", entry["access_key"], entry["secret_key"], account, token=entry.get("security_token"))
        )
        return {"access_key": entry["access_key"], "domain_id": account}

    def _instance(self, entry: Json) -> Json:
        identifier = entry.get("id") or secrets.token_hex(16)
        ports = tuple(
            gateway.IngressPort(one.get("id") or secrets.token_hex(16), one["protocol"].upper(), one["port"])
            for one in entry.get("ports", [])
        )
        instance = gateway.Instance(
            id=identifier,
            name=entry.get("name") or identifier,
            project_id=entry.get("project_id", next(iter(self._identity.projects))),
            created=self._world.now(),
            status=entry.get("status", "Running"),
            instance_status=entry.get("instance_status", 6),
            ssl_objects=entry.get("ssl_objects", True),
            ports=ports,
        )
        self._gateways.instances[instance.id] = instance
        return _shown(instance)

    def _group(self, entry: Json) -> Json:
        group = gateway.Group(
            id=entry.get("id") or secrets.token_hex(16),
            instance_id=self._known_instance(entry),
            name=entry["name"],
            created=self._world.now(),
            remark=entry.get("remark", ""),
        )
        self._gateways.groups[group.id] = group
        return _shown(group)

    def _domain(self, entry: Json) -> Json:
        """No rule of the API applies here: also what it would refuse (a full group, a taken name) can be made."""
        group = self._find_group(entry.get("group", DEFAULT_GROUP), self._known_instance(entry))
        domain = gateway.Domain(
            id=entry.get("id") or secrets.token_hex(16),
            instance_id=group.instance_id,
            group_id=group.id,
            name=entry["domain"].lower(),
            min_ssl_version=entry.get("min_ssl_version", "TLSv1.1"),
            redirect=entry.get("redirect", False),
            http_port=entry.get("http_port", 80),
            https_port=entry.get("https_port", 443),
            cname_status=entry.get("cname_status", 3),
        )
        self._gateways.put_domain(domain)
        return self._shown_domain(domain)

    def _certificate(self, entry: Json) -> Json:
        scope = entry.get("type", "instance")
        if scope not in gateway.TYPES:
            raise ValueError("type must be instance or global")
        known = self._gateways.certificates.newest(entry.get("id", ""))
        now = self._world.now()
        client_ca = entry.get("trusted_root_ca")
        certificate = gateway.CertificateObject(
            id=entry.get("id") or secrets.token_hex(16),
            name=entry["name"],
            instance_id=self._known_instance(entry) if scope == "instance" else None,
            project_id=entry.get("project_id", next(iter(self._identity.projects))),
            material=self._issued(entry),
            trusted_root_ca=self._world.ca.root_pem("RSA") if client_ca is True else client_ca,
            created=known.created if known else now,
            updated=now,
        )
        self._gateways.put_certificate(certificate)
        for place in entry.get("bind", []):
            self._force_binding(certificate, place)
        return self._shown_certificate(certificate)

    def _issued(self, entry: Json) -> Material:
        """Given PEM, or a new certificate for ``domains`` with ``days_left``."""
        now = self._world.now()
        if "cert_content" in entry:
            # Judged as of its first day: one that has expired since may be bound.
            return checked(entry["cert_content"], entry["private_key"], now=now - timedelta(days=36500))
        end = now + timedelta(days=float(entry.get("days_left", 90)))
        issued = self._world.ca.issue(
            entry["domains"],
            algorithm=entry.get("algorithm", "RSA"),
            not_before=min(now, end - timedelta(days=float(entry.get("days", 90)))),
            not_after=end,
        )
        return checked(issued.chain_pem, issued.key_pem, now=now - timedelta(days=36500))

    def _force_binding(self, certificate: gateway.CertificateObject, place: Json | str) -> None:
        """Binds beside whatever is there; a host name of the default gateway, or ``{"instance_id", "domain"}``."""
        entry = {"domain": place} if isinstance(place, str) else place
        host = (self._known_instance(entry), entry["domain"].lower())
        if all(domain.host != host for domain in self._gateways.domains.all_newest().values()):
            raise ValueError(f"no such domain on gateway {host[0]}: {host[1]}")
        binding = self._gateways.binding(host)
        others = tuple(one for one in binding.certificates if one.certificate_id != certificate.id)
        bound = gateway.Bound(certificate.id, certificate.material.algorithm, self._world.now())
        verify = bool(entry.get("client_verification", certificate.trusted_root_ca is not None))
        self._gateways.put_binding(host, replace(binding, certificates=(*others, bound), client_verification=verify))

    def _zone(self, entry: Json) -> Json:
        """A zone, or more record sets for one that is there; a set of the same name and type is replaced."""
        zone = self._find_zone(entry.get("id") or entry["name"])
        if zone is None:
            domain_id = entry.get("domain_id", DEFAULT_DOMAIN_ID)
            zone = self._dns.add_zone(entry["name"], identifier=entry.get("id", ""), domain_id=domain_id)
        zone.status = entry.get("status", zone.status)
        for given in entry.get("records", []):
            self._record_set(zone, given)
        return self._shown_zone(zone)

    def _record_set(self, zone: Zone, given: Json) -> None:
        """``name`` is a full name; a TXT value may come without its quotes."""
        name = str(given.get("name", zone.name)).lower().rstrip(".") + "."
        if name != zone.name and not name.endswith(f".{zone.name}"):
            raise ValueError(f"{name} is not in {zone.name}")
        kind = str(given["type"])
        values = tuple(f'"{one}"' if kind == "TXT" and not one.startswith('"') else one for one in given["values"])
        line = str(given.get("line", DEFAULT_LINE))
        for one in self._dns.living(zone):
            if (one.name, one.type, one.line) == (name, kind, line):
                del zone.records[one.id]
        record = self._dns.put(zone, name, kind, values, ttl=given.get("ttl", DEFAULT_TTL))
        record.enabled, record.line = bool(given.get("enabled", True)), line

    def _find_zone(self, wanted: str) -> Zone | None:
        full = wanted.lower().rstrip(".") + "."
        return next((one for one in self._dns.zones.values() if wanted == one.id or full == one.name), None)

    def _shown_zone(self, zone: Zone) -> Json:
        records = [self._shown_record(one) for one in self._dns.living(zone) if not one.default]
        shown = {"id": zone.id, "name": zone.name, "domain_id": zone.domain_id, "status": zone.status}
        return shown | {"records": records}

    def _shown_record(self, record: RecordSet) -> Json:
        shown = {"id": record.id, "name": record.name, "type": record.type, "values": list(record.values)}
        return shown | {"ttl": record.ttl, "line": record.line, "status": self._dns.status(record)}

    def _set_dns(self, given: Json) -> None:
        known = {one.name for one in fields(self._dns.settings)}
        for name, value in given.items():
            if name not in known:
                raise ValueError(f"no setting {name}; there are {', '.join(sorted(known))}")
            setattr(self._dns.settings, name, value)

    def _known_instance(self, entry: Json) -> str:
        identifier: str = entry.get("instance_id") or DEFAULT_INSTANCE
        if identifier not in self._gateways.instances:
            raise ValueError(f"no such instance: {identifier}")
        return identifier

    def _find_group(self, wanted: str, instance_id: str) -> gateway.Group:
        for group in self._gateways.groups.values():
            if group.instance_id == instance_id and wanted in (group.id, group.name):
                return group
        raise ValueError(f"no such group on gateway {instance_id}: {wanted}")

    def _find_domain(self, wanted: str) -> gateway.Domain | None:
        domains = self._gateways.domains.all_newest().values()
        return next((one for one in domains if wanted in (one.id, one.name)), None)

    def _shown_domain(self, domain: gateway.Domain) -> Json:
        binding = self._gateways.binding(domain.host)
        return asdict(domain) | {
            "certificates": [bound.certificate_id for bound in binding.certificates],
            "client_verification": binding.client_verification,
        }

    def _shown_certificate(self, certificate: gateway.CertificateObject) -> Json:
        leaf = certificate.material.leaf
        return {
            "id": certificate.id,
            "name": certificate.name,
            "type": certificate.type,
            "instance_id": certificate.instance_id,
            "algorithm": certificate.material.algorithm,
            "domains": list(certificate.material.names),
            "serial_number": f"{leaf.serial_number:x}",
            "fingerprint_sha256": certificate.material.fingerprint,
            "not_after": date_text(leaf.not_valid_after_utc),
            "has_trusted_root_ca": certificate.trusted_root_ca is not None,
            "bound_to": [
                {"instance_id": instance, "domain": name} for instance, name in self._gateways.hosts_of(certificate.id)
            ],
            "created": date_text(certificate.created),
            "updated": date_text(certificate.updated),
        }


def _shown(thing: gateway.Instance | gateway.Group) -> Json:
    return asdict(thing) | {"created": date_text(thing.created)}
