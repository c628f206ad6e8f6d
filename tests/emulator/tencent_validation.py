# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How an order moves: its proofs, their checks, issue, and the end of a certificate.

Nothing runs in the background. Whoever looks at a certificate calls ``settle`` first, which catches up with the clock.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePosixPath

from .dnspod import DnsPod
from .tencent_estate import PENDING, Certificate, Estate, Proof, Status, registrable
from .world import World

FILE_PATH = "/.well-known/pki-validation/"
_NOT_FOUND = {"TXT": -1, "CNAME": -6, "FILE": -4}
_DIFFERENT = {"TXT": -2, "CNAME": -7, "FILE": -5}


@dataclass(frozen=True)
class Check:
    """``code`` is the vendor's LocalCheck: 1, or negative with ``reason``."""

    proof: Proof
    code: int
    reason: str
    found: list[str]


class Validation:
    """``settle`` moves a certificate to where it would be by now."""

    def __init__(self, world: World, estate: Estate, dnspod: DnsPod) -> None:
        self.world = world
        self.estate = estate
        self.dnspod = dnspod

    def settle(self, certificate: Certificate) -> None:
        if certificate.status in PENDING and certificate.proofs:
            self._settle_order(certificate)
        elif certificate.status == Status.CANCELLING and self._since(certificate, self.estate.settings.cancel_delay):
            self._move(certificate, Status.CANCELLED)
        elif certificate.status == Status.REVOKING and certificate.revoke_proofs:
            self._settle_revocation(certificate)
        if certificate.status == Status.ISSUED and certificate.end is not None and certificate.end <= self.world.now():
            self._move(certificate, Status.EXPIRED)

    def challenge_visible(self, certificate: Certificate) -> bool:
        return self.world.passed(certificate.inserted, self.estate.settings.challenge_delay)

    def check_now(self, certificate: Certificate) -> None:
        """What CompleteCertificate asks for."""
        if certificate.status in PENDING and certificate.proofs and self.challenge_visible(certificate):
            self._write_auto_records(certificate)
            self._judge(certificate)

    def checks(self, proofs: list[Proof]) -> list[Check]:
        return [self._check(proof) for proof in proofs]

    def make_proofs(self, certificate: Certificate) -> list[Proof]:
        """A DNS proof at one label serves both twins; a file has to be served by each host."""
        if certificate.verify_type.startswith("FILE"):
            value = secrets.token_hex(32)
            return [
                Proof(name, "FILE", "fileauth.txt", value, registrable(name), "", FILE_PATH)
                for name in certificate.names
            ]
        shortest = min(certificate.names, key=len).removeprefix("*.")
        zone = registrable(shortest)
        if self.estate.settings.proof_type == "TXT":
            label, value = "_dnsauth", secrets.token_hex(32)
        else:
            label = f"_{secrets.token_hex(16)}"
            value = f"{secrets.token_hex(16)}.{secrets.token_hex(16)}.{secrets.token_hex(5)}.trust-provider.com"
        key = f"{label}.{shortest}"
        return [Proof(shortest, self.estate.settings.proof_type, key, value, zone, key.removesuffix(f".{zone}"))]

    def issue(self, certificate: Certificate) -> None:
        now = self.world.now()
        days = self.estate.settings.validity_days
        # A little in the past, so that a client whose clock is slower than this one accepts it.
        begin = now - timedelta(minutes=1)
        self.estate.set_validity(certificate, begin, begin + timedelta(days=days))
        certificate.validated = certificate.validated or now
        self._move(certificate, Status.ISSUED)
        if certificate.delete_auto_record:
            self._remove_auto_records(certificate)

    def _settle_order(self, certificate: Certificate) -> None:
        now = self.world.now()
        if certificate.deadline is not None and now >= certificate.deadline:
            self._move(certificate, Status.FAILED, "DOMAIN-VALIDATION-TIMEOUT")
            return
        if not self.challenge_visible(certificate):
            return
        if not certificate.status_message or certificate.status_message == "PRE-REVIEWING":
            certificate.status_message = "PENDING-DCV"
        self._write_auto_records(certificate)
        last = certificate.last_check or certificate.inserted
        if self.world.passed(last, self.estate.settings.check_delay):
            self._judge(certificate)

    def _judge(self, certificate: Certificate) -> None:
        certificate.last_check = self.world.now()
        if certificate.behaviour == "stuck" or any(check.code != 1 for check in self.checks(certificate.proofs)):
            return
        certificate.validated = self.world.now()
        if certificate.behaviour == "fail":
            self._move(certificate, Status.FAILED, "The certificate authority refused the domain.")
        else:
            self.issue(certificate)

    def _settle_revocation(self, certificate: Certificate) -> None:
        started = certificate.changed or certificate.inserted
        if self.world.now() >= started + timedelta(days=self.estate.settings.revoke_deadline_days):
            certificate.revoke_proofs = []
            self._move(certificate, Status.ISSUED)
            return
        last = certificate.last_check or started
        if not self.world.passed(last, self.estate.settings.check_delay):
            return
        certificate.last_check = self.world.now()
        if all(check.code == 1 for check in self.checks(certificate.revoke_proofs)):
            certificate.revoked = self.world.now()
            self._move(certificate, Status.REVOKED)

    def _move(self, certificate: Certificate, status: Status, message: str = "") -> None:
        certificate.status, certificate.status_message, certificate.changed = status, message, self.world.now()

    def _since(self, certificate: Certificate, seconds: float) -> bool:
        return self.world.passed(certificate.changed or certificate.inserted, seconds)

    def _check(self, proof: Proof) -> Check:
        if proof.kind == "FILE":
            path = self.world.web_root / proof.domain / PurePosixPath(f"{proof.path}{proof.key}".lstrip("/"))
            found = [path.read_text(errors="replace").strip()] if path.is_file() else []
        else:
            found = [value.strip('"').rstrip(".") for value in self.world.lookup(proof.key, proof.kind)]
        if proof.value in found:
            return Check(proof, 1, "", found)
        name = {"TXT": "txt record", "CNAME": "cname record", "FILE": "file"}[proof.kind]
        if found:
            return Check(proof, _DIFFERENT[proof.kind], f"{name} not match", found)
        return Check(proof, _NOT_FOUND[proof.kind], f"{name} not found", found)

    def _write_auto_records(self, certificate: Certificate) -> None:
        """DNS_AUTO: into the registrable domain's own zone of the same account, unless paused or in conflict."""
        if certificate.verify_type != "DNS_AUTO" or certificate.auto_records:
            return
        for proof in certificate.proofs:
            zone = self.dnspod.zones.get(proof.zone)
            if zone is None or zone.account != certificate.account or not zone.enabled:
                continue
            if not self.dnspod.conflicts(zone, proof.sub_domain, proof.kind):
                record = self.dnspod.add_record(zone, proof.sub_domain, proof.kind, proof.value)
                certificate.auto_records.append(record.id)

    def _remove_auto_records(self, certificate: Certificate) -> None:
        for zone in self.dnspod.zones.values():
            for record_id in certificate.auto_records:
                zone.records.pop(record_id, None)
        certificate.auto_records = []
