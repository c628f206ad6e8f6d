# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The things of ESA: sites and their certificates; how the application for a free one moves.

Nothing runs in the background. Whoever looks at a certificate calls ``settle`` first, which catches up with the clock.
"""

import base64
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from .ca import RSA, key_text
from .world import World

LETS_ENCRYPT = "lets_encrypt"
AUTHORITIES = (LETS_ENCRYPT, "digicert_single", "digicert_wildcard")
USABLE = ("OK", "Issued", "Expiring")
FILE_PATH = "/.well-known/acme-challenge/"
_SOON = timedelta(days=30)
_REFUSED = 1001


@dataclass
class EsaSettings:
    """Delays in vendor seconds; ALIYUN.md says what each does."""

    issue_delay: float = 20.0
    deploy_delay: float = 10.0
    list_lag: float = 1.0
    quota: int = 10
    upload_quota: int = 2
    validity_days: float = 90.0
    proof_minutes: float = 60.0
    auto_renew: bool = False
    padded: bool = True
    short_result: bool = True
    time_form: str = "mixed"
    delete_applying: str = "refused"
    count_offset: int = 0
    # Domain -> what becomes of the next application for it: one of OUTCOMES.
    outcomes: dict[str, str] = field(default_factory=dict)


# ``dropped``: nothing is applied for, and nothing is said about it; ``refused``: failed from the start.
OUTCOMES = ("issue", "fail", "cancel", "stuck", "refused", "dropped")


@dataclass
class Site:
    """``records`` are the host names that ESA serves, ``traffic`` those that reach it; ``room`` None has no end."""

    id: int
    name: str
    account: str
    created: datetime
    access_type: str = "NS"
    status: str = "active"
    plan: str = "basic"
    coverage: str = "domestic"
    records: list[str] = field(default_factory=list)
    traffic: list[str] = field(default_factory=list)
    room: int | None = None

    @property
    def delegation(self) -> str:
        return f"{self.id}.dcv.aliyun-esa.com"


@dataclass
class Proof:
    """``kind`` is DNS or HTTP; ``key`` the name of the record, or the URL."""

    id: str
    kind: str
    key: str
    value: str
    made: datetime


@dataclass
class Certificate:
    """``state`` is Applying, ApplyFailed, Canceled or Issued; ``pinned`` is shown instead of what the age says."""

    id: str
    number: int
    site: int
    name: str
    type: str
    names: list[str]
    created: datetime
    updated: datetime
    authority: str = LETS_ENCRYPT
    state: str = "Applying"
    outcome: str = "issue"
    pinned: str | None = None
    hidden: bool = False
    apply_code: int = 0
    apply_message: str = ""
    cas_id: str = ""
    proofs: list[Proof] = field(default_factory=list)
    issued: datetime | None = None
    begin: datetime | None = None
    end: datetime | None = None
    chain_pem: str = ""
    serial_number: int = 0
    sha256: str = ""


class EsaEstate:
    """``settle`` moves a certificate to where it would be by now."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.settings = EsaSettings()
        self.sites: dict[int, Site] = {}
        self.certificates: dict[str, Certificate] = {}
        self._last = 0
        self._key_pem = ""

    # Reads

    def living(self, site: Site) -> list[Certificate]:
        """Those of a site, the newest first."""
        found = [one for one in self.certificates.values() if one.site == site.id]
        for certificate in found:
            self.settle(certificate)
        return found[::-1]

    def listed(self, site: Site) -> list[Certificate]:
        lag = self.settings.list_lag
        return [one for one in self.living(site) if not one.hidden or self.world.passed(one.created, lag)]

    def status(self, certificate: Certificate) -> str:
        if certificate.pinned is not None:
            return certificate.pinned
        if certificate.end is None:
            return certificate.state
        now = self.world.now()
        if certificate.end <= now:
            return "Expired"
        if certificate.end - now <= _SOON:
            return "Expiring"
        deployed = certificate.issued is None or self.world.passed(certificate.issued, self.settings.deploy_delay)
        return "OK" if deployed else "Issued"

    def usage(self, site: Site) -> int:
        """Free certificates that count against the account's quota."""
        counted = ("Applying", *USABLE)
        return sum(one.type == "free" and self.status(one) in counted for one in self.living(site))

    def sites_of(self, account: str) -> list[Site]:
        return [site for site in self.sites.values() if site.account == account]

    # Changes

    def add_site(self, identity: int, name: str, account: str) -> Site:
        site = self.sites[identity] = Site(identity, name, account, self.world.now())
        return site

    def add_certificate(self, site: Site, names: list[str], kind: str, *, identity: str | None = None) -> Certificate:
        """Pending if it is a free one. Ids are 32 hexadecimal digits or a number in turn."""
        self._last += 1
        made = secrets.token_hex(16) if self._last % 2 else str(30000478 + self._last)
        now = self.world.now()
        certificate = Certificate(identity or made, self._last, site.id, names[0], kind, names, now, now)
        self.certificates[certificate.id] = certificate
        return certificate

    def issue(self, certificate: Certificate, *, days_left: float | None = None) -> None:
        """A real X.509 certificate; its key never leaves ESA, so one key does for all."""
        self._key_pem = self._key_pem or key_text(self.world.ca.new_key(RSA))
        lifetime = timedelta(days=self.settings.validity_days)
        # A little in the past, so that a client whose clock is slower than this one accepts it.
        now = self.world.now() - timedelta(minutes=1)
        end = (now + lifetime if days_left is None else now + timedelta(days=days_left)).replace(microsecond=0)
        begin = end - lifetime
        made = self.world.ca.issue(certificate.names, not_before=begin, not_after=end, key_pem=self._key_pem)
        self.take(certificate, made.chain_pem, made.serial_number, made.sha256)
        certificate.begin, certificate.end = begin, end

    def take(self, certificate: Certificate, chain_pem: str, serial_number: int, sha256: str) -> None:
        certificate.state, certificate.issued = "Issued", self.world.now()
        certificate.updated = certificate.issued
        certificate.chain_pem, certificate.serial_number, certificate.sha256 = chain_pem, serial_number, sha256
        certificate.apply_code, certificate.apply_message, certificate.proofs = 0, "", []

    def pend(self, certificate: Certificate) -> None:
        certificate.state, certificate.pinned, certificate.proofs = "Applying", None, []
        certificate.issued = certificate.begin = certificate.end = None
        certificate.chain_pem, certificate.serial_number, certificate.sha256 = "", 0, ""
        certificate.created = certificate.updated = self.world.now()

    def end_application(self, certificate: Certificate, state: str) -> None:
        certificate.state, certificate.updated, certificate.proofs = state, self.world.now(), []
        certificate.apply_code = _REFUSED
        certificate.apply_message = {
            "ApplyFailed": "The certificate authority refused the domain.",
            "Canceled": "The application was canceled.",
        }[state]

    def settle(self, certificate: Certificate) -> None:
        site = self.sites[certificate.site]
        if certificate.state == "Applying":
            self._renew_proofs(site, certificate)
            if certificate.outcome != "stuck" and self.world.passed(certificate.created, self.settings.issue_delay):
                self._conclude(site, certificate)
        elif self.settings.auto_renew and certificate.type == "free" and self.status(certificate) == "Expiring":
            self.issue(certificate)

    def _conclude(self, site: Site, certificate: Certificate) -> None:
        if certificate.outcome in ("fail", "cancel"):
            self.end_application(certificate, "ApplyFailed" if certificate.outcome == "fail" else "Canceled")
        elif self._proven(site, certificate):
            self.issue(certificate)

    # Proofs

    def _renew_proofs(self, site: Site, certificate: Certificate) -> None:
        """None where ESA writes the record itself, or where it is delegated; else new values once they are too old."""
        if site.access_type == "NS" or certificate.authority != LETS_ENCRYPT:
            certificate.proofs = []
            return
        oldest = self.world.now() - timedelta(minutes=self.settings.proof_minutes)
        if certificate.proofs and certificate.proofs[0].made > oldest:
            return
        certificate.proofs = [proof for name in certificate.names for proof in self._new_proofs(name)]

    def _new_proofs(self, name: str) -> list[Proof]:
        now, host = self.world.now(), name.removeprefix("*.")
        proofs = [Proof(secrets.token_hex(16), "DNS", f"_acme-challenge.{host}", _token(), now)]
        if host == name:
            token = _token()
            proofs.append(
                Proof(secrets.token_hex(16), "HTTP", f"http://{host}{FILE_PATH}{token}", f"{token}.{_token()}", now)
            )
        return proofs

    def _proven(self, site: Site, certificate: Certificate) -> bool:
        if site.access_type == "NS":
            return True
        if certificate.authority != LETS_ENCRYPT:
            return all(self._delegated(site, name) for name in certificate.names)
        return all(self._shown(site, certificate, name) for name in certificate.names)

    def _delegated(self, site: Site, name: str) -> bool:
        host = name.removeprefix("*.")
        found = self.world.lookup(f"_dnsauth.{host}", "CNAME")
        return f"{host}.{site.delegation}" in [value.rstrip(".").lower() for value in found]

    def _shown(self, site: Site, certificate: Certificate, name: str) -> bool:
        """By the record; a name that is no wildcard also by the edge once traffic reaches it, or by the file."""
        host = name.removeprefix("*.")
        for proof in certificate.proofs:
            if proof.kind == "DNS" and proof.key == f"_acme-challenge.{host}" and self._in_dns(proof):
                return True
            if proof.kind == "HTTP" and proof.key.startswith(f"http://{host}/") and self._in_web(host, proof):
                return True
        return host == name and ("*" in site.traffic or name in site.traffic)

    def _in_dns(self, proof: Proof) -> bool:
        return proof.value in [value.strip('"') for value in self.world.lookup(proof.key, "TXT")]

    def _in_web(self, host: str, proof: Proof) -> bool:
        path = self.world.web_root / host / PurePosixPath(FILE_PATH.lstrip("/")) / proof.key.rsplit("/", 1)[1]
        return path.is_file() and path.read_text(errors="replace").strip() == proof.value


def covers(name: str, record: str) -> bool:
    """Whether a certificate for ``name`` serves the host ``record``: a wildcard stands for one label."""
    return name == record or (name.startswith("*.") and record.partition(".")[2] == name[2:])


def _token() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
