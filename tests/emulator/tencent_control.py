# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control path of the Tencent part: adds, ages and changes certificates and zones without the API."""

from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from .dnspod import DnsPod
from .log import timestamp
from .tencent_estate import PENDING, Certificate, Estate, Settings, Status, covered_names, registrable
from .tencent_sts import StsService, shown_role
from .tencent_time import from_text
from .tencent_validation import Validation
from .world import Json, Response, World

_DATES = ("inserted", "begin", "end", "deadline", "validated", "revoked", "changed")
# What a control request may set on a certificate as it is, beside dates, status, domain and days_left.
_PLAIN = (
    "source",
    "kind",
    "package_type",
    "product",
    "alias",
    "project_id",
    "verify_type",
    "algorithm",
    "validity_months",
    "status_message",
    "vip",
    "behaviour",
    "origin_id",
    "renewed_by",
    "tags",
    "allow_download",
    "bound",
)


class TencentControl:
    """Errors are ValueError, TypeError or KeyError; the control path answers them with 400."""

    def __init__(
        self,
        world: World,
        estate: Estate,
        dnspod: DnsPod,
        validation: Validation,
        sts: StsService,
        *,
        default_account: str,
    ) -> None:
        self.world = world
        self.estate = estate
        self.dnspod = dnspod
        self.validation = validation
        self.sts = sts
        self.default_account = default_account

    def control(self, method: str, parts: list[str], query: dict[str, str], body: Json) -> Response | None:
        head = parts[0] if parts else ""
        if head == "settings":
            return Response(body=self.set_settings(body) if method == "POST" else self._settings())
        if parts == ["roles"] and method == "POST":
            return Response(body=self.sts.add(body))
        if parts == ["temporary_keys"] and method == "DELETE":
            return Response(body={"temporary_keys": self.sts.keys.expire()})
        if head == "certificates" and len(parts) == 1 and method == "POST":
            return Response(body=self._shown(self.add(body)))
        if head == "certificates" and len(parts) in (2, 3):
            return self._certificate(method, parts, query, body)
        return None

    def state(self) -> Json:
        for certificate in self.estate.certificates.values():
            self.validation.settle(certificate)
        return {
            "settings": self._settings(),
            "certificates": [self._shown(certificate) for certificate in self.estate.certificates.values()],
            "zones": [
                {
                    "name": zone.name,
                    "account": zone.account,
                    "enabled": zone.enabled,
                    "records": [
                        {
                            "id": record.id,
                            "name": record.name,
                            "type": record.type,
                            "value": record.value,
                            "ttl": record.ttl,
                            "enabled": record.enabled,
                            "remark": record.remark,
                        }
                        for record in zone.records.values()
                        if not record.default_ns
                    ],
                }
                for zone in self.dnspod.zones.values()
            ],
            "orders": dict(self.estate.orders),
            "roles": [shown_role(role) for role in self.sts.roles.values()],
            "temporary_keys": self.sts.keys.shown(),
        }

    def load(self, body: Json) -> Json:
        """``{"settings": {}, "zones": [], "certificates": [], "roles": []}``, each optional; adds to what is there."""
        unknown = set(body) - {"settings", "zones", "certificates", "roles"}
        if unknown:
            raise ValueError(f"unknown members: {', '.join(sorted(unknown))}")
        self.set_settings(body.get("settings", {}))
        for zone in body.get("zones", []):
            self._add_zone(zone)
        for role in body.get("roles", []):
            self.sts.add(role)
        added = [self.add(description).id for description in body.get("certificates", [])]
        return {"certificates": added}

    def set_settings(self, body: Json) -> Json:
        body = dict(body)
        dnspod = body.pop("dnspod", {})
        self.sts.keys.settings.change(body.pop("sts", {}))
        _assign(self.estate.settings, body)
        _assign(self.dnspod.settings, dnspod)
        return self._settings()

    def add(self, body: Json) -> Certificate:
        """A certificate with any fields. Without ``status`` it is issued, with 60 days left."""
        given = dict(body)
        domain = str(given.pop("domain"))
        names = [str(name) for name in given.pop("names", covered_names(domain))]
        certificate = Certificate(
            id=str(given.pop("id", self.estate.new_id())),
            account=str(given.pop("account", self.default_account)),
            names=[domain, *(name for name in names if name != domain)],
            inserted=self.world.now(),
            sequence=self.estate.next_sequence(),
            status=Status.ISSUED,
            order_id=f"order-{self.estate.next_sequence()}",
        )
        if given.get("source") == "upload":
            certificate.package_type = certificate.product = None
        has_dates = certificate.status == given.get("status", Status.ISSUED) or given.get("status") == Status.EXPIRED
        if has_dates and not {"days_left", "end"} & set(given):
            given["days_left"] = -1 if given.get("status") == Status.EXPIRED else 60
        self._change(certificate, given)
        if certificate.status in PENDING:
            days = self.estate.settings.deadline_days
            certificate.deadline = certificate.deadline or certificate.inserted + timedelta(days=days)
            certificate.proofs = self.validation.make_proofs(certificate)
        if certificate.uploaded:
            # What was uploaded is there from the first moment; only ordered keys are made when somebody looks.
            self.estate.private_key(certificate)
        if certificate.free:
            self.estate.orders[registrable(domain)] += 1
        self.estate.certificates[certificate.id] = certificate
        return certificate

    def _certificate(self, method: str, parts: list[str], query: dict[str, str], body: Json) -> Response | None:
        certificate = self.estate.certificates.get(parts[1])
        if certificate is None:
            return Response(404, {"error": f"no certificate {parts[1]}"})
        self.validation.settle(certificate)
        if method == "DELETE" and len(parts) == 2:
            del self.estate.certificates[certificate.id]
            return Response(body={"deleted": certificate.id})
        if method == "POST" and parts[2:] == ["age"]:
            self._age(certificate, body)
        elif method == "POST" and parts[2:] == ["issue"]:
            self.validation.issue(certificate)
        elif method == "POST" and len(parts) == 2:
            self._change(certificate, dict(body))
            if certificate.status == Status.ISSUED and certificate.end is None:
                self.validation.issue(certificate)
        elif method != "GET" or len(parts) != 2:
            return None
        return Response(body=self._shown(certificate, material=query.get("material") == "1"))

    def _age(self, certificate: Certificate, body: Json) -> None:
        """``days_left`` moves the validity; ``ordered_hours_ago`` moves the order alone."""
        unknown = set(body) - {"days_left", "ordered_hours_ago"}
        if unknown or not body:
            raise ValueError("age takes days_left and ordered_hours_ago")
        if "ordered_hours_ago" in body:
            self._move_order(certificate, self.world.now() - timedelta(hours=float(body["ordered_hours_ago"])))
        if "days_left" in body:
            self._set_days_left(certificate, float(body["days_left"]))

    def _set_days_left(self, certificate: Certificate, days: float) -> None:
        if certificate.uploaded and certificate.id in self.estate.certificates:
            raise ValueError("an uploaded certificate keeps its dates")
        now = self.world.now()
        end = now + timedelta(days=days)
        begin = min(end - timedelta(days=self.estate.settings.validity_days), now)
        self.estate.set_validity(certificate, begin, end)
        if begin < certificate.inserted:
            self._move_order(certificate, begin)
        if certificate.status in (Status.ISSUED, Status.EXPIRED):
            certificate.status = Status.EXPIRED if end <= now else Status.ISSUED

    def _move_order(self, certificate: Certificate, inserted: datetime) -> None:
        certificate.inserted = inserted
        if certificate.deadline is not None:
            certificate.deadline = inserted + timedelta(days=self.estate.settings.deadline_days)

    def _change(self, certificate: Certificate, given: Json) -> None:
        days_left = given.pop("days_left", None)
        if days_left is not None:
            self._set_days_left(certificate, float(days_left))
        for name, value in given.items():
            if name in _DATES:
                setattr(certificate, name, from_text(value) if value else None)
            elif name == "status":
                certificate.status, certificate.changed = Status(value), self.world.now()
            elif name in _PLAIN:
                setattr(certificate, name, value)
            else:
                raise ValueError(f"a certificate has no settable {name}")
        if {"begin", "end"} & set(given):
            end = certificate.end or self.world.now() + timedelta(days=60)
            days = self.estate.settings.validity_days
            self.estate.set_validity(certificate, certificate.begin or end - timedelta(days=days), end)

    def _add_zone(self, body: Json) -> None:
        name = str(body["name"]).lower()
        zone = self.dnspod.zones.get(name)
        if zone is None:
            zone = self.dnspod.add_zone(name, str(body.get("account", self.default_account)))
        zone.enabled = bool(body.get("enabled", True))
        for record in body.get("records", []):
            self.dnspod.add_record(
                zone, record.get("name", "@"), record["type"], record["value"], ttl=int(record.get("ttl", 600))
            )

    def _settings(self) -> Json:
        return {
            **asdict(self.estate.settings),
            "dnspod": asdict(self.dnspod.settings),
            "sts": asdict(self.sts.keys.settings),
        }

    def _shown(self, certificate: Certificate, *, material: bool = False) -> Json:
        """Fingerprints and keys are given only on request: looking makes the key pair."""
        shown: dict[str, Any] = {
            field.name: getattr(certificate, field.name)
            for field in fields(certificate)
            if field.name not in ("key_pem", "chain_pem", "proofs", "revoke_proofs", *_DATES, "last_check", "sequence")
        }
        shown["status"] = int(certificate.status)
        shown["domain"] = certificate.domain
        for name in _DATES:
            moment = getattr(certificate, name)
            shown[name] = timestamp(moment) if moment else None
        shown["proofs"] = [asdict(proof) for proof in certificate.proofs]
        shown["revoke_proofs"] = [asdict(proof) for proof in certificate.revoke_proofs]
        if material:
            shown |= self._material(certificate)
        return shown

    def _material(self, certificate: Certificate) -> Json:
        private_key = certificate.key_pem or self.estate.private_key(certificate)
        if certificate.end is None:
            return {"private_key": private_key, "chain": None, "sha256": None, "serial_number": None}
        chain = self.estate.chain(certificate)
        leaf = x509.load_pem_x509_certificates(chain.encode())[0]
        return {
            "private_key": private_key,
            "chain": chain,
            "sha256": leaf.fingerprint(hashes.SHA256()).hex(),
            "serial_number": format(leaf.serial_number, "x"),
        }


def _assign(target: Settings | Any, given: Json) -> None:
    known = {field.name for field in fields(target)}
    for name, value in given.items():
        if name not in known:
            raise ValueError(f"no setting {name}; there are {', '.join(sorted(known))}")
        setattr(target, name, value)
