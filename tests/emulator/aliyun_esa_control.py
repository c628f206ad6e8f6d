# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control path of ESA: adds, ages and changes sites and certificates without the API."""

from dataclasses import asdict
from typing import Any

from .aliyun_esa_estate import AUTHORITIES, OUTCOMES, Certificate, EsaEstate, Site
from .log import timestamp
from .world import Json, Response

NS_SITE = 1234567890123
CNAME_SITE = 1234567890124
_SITE = ("name", "access_type", "status", "plan", "coverage", "records", "traffic", "room")
_TYPES = ("free", "upload", "cas", "keyless")
_ACCESS = ("NS", "CNAME")


class EsaControl:
    """Errors are ValueError, TypeError or KeyError; the control path answers them with 400."""

    kinds = ("sites", "esa_certificates")

    def __init__(self, estate: EsaEstate, account: str) -> None:
        self.estate = estate
        self.account = account

    def seed(self) -> None:
        self.add("sites", {"id": NS_SITE, "name": "example.com"})
        self.add("sites", {"id": CNAME_SITE, "name": "example.org", "access_type": "CNAME"})

    def state(self) -> Json:
        sites = list(self.estate.sites.values())
        return {
            "sites": [_site(site) for site in sites],
            "esa_certificates": [self._certificate(one) for site in sites for one in self.estate.living(site)],
        }

    def add(self, kind: str, body: Json) -> Json:
        given = dict(body)
        return self._add_site(given) if kind == "sites" else self._add_certificate(given)

    def control(self, method: str, parts: list[str], query: dict[str, str], body: Json) -> Response | None:
        if len(parts) < 2:
            return None
        if parts[0] == "sites":
            return self._one_site(method, parts[1:], dict(body))
        return self._one_certificate(method, parts[1:], query, dict(body))

    def _add_site(self, given: Json) -> Json:
        identity = int(given.pop("id", 0)) or max(self.estate.sites, default=NS_SITE) + 1
        if identity in self.estate.sites:
            raise ValueError(f"there is a site {identity}")
        site = self.estate.add_site(identity, str(given["name"]).lower(), str(given.pop("account", self.account)))
        try:
            _change_site(site, given)
        except ValueError:
            del self.estate.sites[identity]
            raise
        return _site(site)

    def _one_site(self, method: str, rest: list[str], given: Json) -> Response | None:
        site = self.estate.sites.get(int(rest[0])) if rest[0].isdigit() else None
        if site is None or len(rest) != 1:
            return None
        if method == "DELETE":
            for certificate in self.estate.living(site):
                del self.estate.certificates[certificate.id]
            del self.estate.sites[site.id]
            return Response(body={"deleted": site.id})
        if method == "POST":
            _change_site(site, given)
        return Response(body=_site(site))

    def _add_certificate(self, given: Json) -> Json:
        """Visible at once, and issued unless ``status`` says otherwise. Quotas and doubles are not checked."""
        site = self.estate.sites[int(given.pop("site", NS_SITE))]
        kind, identity = str(given.pop("type", "free")), given.pop("id", None)
        names = [str(name).lower() for name in given.pop("names", [site.name])]
        if kind not in _TYPES or identity in self.estate.certificates:
            raise ValueError(f"type must be one of {', '.join(_TYPES)}, and the id new")
        days_left = given.pop("days_left", None)
        certificate = self.estate.add_certificate(site, names, kind, identity=identity)
        try:
            if given.get("status") not in ("Applying", "ApplyFailed", "Canceled"):
                self.estate.issue(certificate, days_left=None if days_left is None else float(days_left))
                certificate.issued = None
            self._change_certificate(certificate, given)
        except ValueError:
            del self.estate.certificates[certificate.id]
            raise
        return self._certificate(certificate)

    def _one_certificate(self, method: str, rest: list[str], query: dict[str, str], given: Json) -> Response | None:
        certificate = self.estate.certificates.get(rest[0])
        if certificate is None:
            return Response(404, {"error": f"no certificate {rest[0]}"})
        self.estate.settle(certificate)
        if method == "DELETE" and len(rest) == 1:
            del self.estate.certificates[certificate.id]
            return Response(body={"deleted": certificate.id})
        if method == "POST" and rest[1:] == ["age"]:
            self.estate.issue(certificate, days_left=float(given["days_left"]))
            certificate.pinned = certificate.issued = None
        elif method == "POST" and len(rest) == 1:
            self._change_certificate(certificate, given)
        elif method != "GET" or len(rest) != 1:
            return None
        material = {"certificate": certificate.chain_pem} if query.get("material") == "1" else {}
        return Response(body={**self._certificate(certificate), **material})

    def _change_certificate(self, certificate: Certificate, given: Json) -> None:
        """``status``: Applying begins anew, ApplyFailed and Canceled end it; any other is shown until it is null."""
        if "status" in given:
            self._set_status(certificate, given.pop("status"))
        for name, choices in (("outcome", OUTCOMES), ("authority", AUTHORITIES)):
            if given.get(name, choices[0]) not in choices:
                raise ValueError(f"{name} must be one of {', '.join(choices)}")
        _set(certificate, given, ("name", "outcome", "authority", "apply_code", "apply_message", "cas_id"))

    def _set_status(self, certificate: Certificate, status: str | None) -> None:
        if status == "Applying":
            self.estate.pend(certificate)
        elif status in ("ApplyFailed", "Canceled"):
            self.estate.pend(certificate)
            self.estate.end_application(certificate, status)
        else:
            if status is not None and not certificate.chain_pem:
                self.estate.issue(certificate)
            certificate.pinned = status

    def _certificate(self, certificate: Certificate) -> Json:
        """No key: ESA gives out none."""
        shown = {name: getattr(certificate, name) for name in ("id", "site", "name", "type", "names", "authority")}
        return {
            **shown,
            "status": self.estate.status(certificate),
            "outcome": certificate.outcome,
            "apply_code": certificate.apply_code,
            "apply_message": certificate.apply_message,
            "proofs": [{"type": one.kind, "key": one.key, "value": one.value} for one in certificate.proofs],
            "created": timestamp(certificate.created),
            "end": timestamp(certificate.end) if certificate.end else None,
            "serial_number": format(certificate.serial_number, "x") if certificate.chain_pem else None,
            "sha256": certificate.sha256 or None,
        }


def _change_site(site: Site, given: Json) -> None:
    if given.get("access_type", "NS") not in _ACCESS:
        raise ValueError(f"access_type must be one of {', '.join(_ACCESS)}")
    for name in ("records", "traffic"):
        if not isinstance(given.get(name, []), list):
            raise ValueError(f"{name} must be a list")
    _set(site, given, _SITE)


def _site(site: Site) -> Json:
    return {**asdict(site), "created": timestamp(site.created)}


def _set(target: Any, given: Json, settable: tuple[str, ...]) -> None:
    for name, value in given.items():
        if name not in settable:
            raise ValueError(f"no settable {name}; there are {', '.join(settable)}")
        setattr(target, name, value)
