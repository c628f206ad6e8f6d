# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The certificates of the emulated Tencent accounts, and the settings that say how orders fare."""

import secrets
import string
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

from .world import World

_ID_LETTERS = string.ascii_letters + string.digits
# Suffixes of two labels below which names are registered, as far as tests may use them.
_LONG_SUFFIXES = {f"{kind}.cn" for kind in ("com", "net", "org", "gov", "edu")} | {"co.uk", "com.hk", "com.tw"}


class Status(IntEnum):
    REVIEWING = 0
    ISSUED = 1
    FAILED = 2
    EXPIRED = 3
    DNS_ADDED = 4
    ENTERPRISE_AWAITING = 5
    CANCELLING = 6
    CANCELLED = 7
    AWAITING_LETTER = 8
    REVOKING = 9
    REVOKED = 10
    REISSUING = 11
    AWAITING_REVOCATION_LETTER = 12
    FREE_AWAITING_MATERIAL = 13
    REFUNDED = 14
    MIGRATING = 15


PENDING = (Status.REVIEWING, Status.DNS_ADDED, Status.FREE_AWAITING_MATERIAL)
# Orders that can still be cancelled.
CANCELLABLE = (*PENDING, Status.ENTERPRISE_AWAITING, Status.AWAITING_LETTER, Status.REISSUING)
# What takes no place among the free certificates of an account.
FREED = (Status.FAILED, Status.CANCELLED, Status.REVOKED, Status.REFUNDED)
DEAD = (*FREED, Status.EXPIRED)


@dataclass
class Settings:
    """How orders fare. Delays are vendor seconds (shortened by the pace); quotas and rules count on the calendar."""

    behaviour: str = "issue"  # issue | fail | stuck: what becomes of orders made from now on
    proof_type: str = "CNAME"  # CNAME | TXT: of DNS and DNS_AUTO orders made from now on
    challenge_delay: float = 2.0  # until DvAuthDetail appears
    check_delay: float = 10.0  # between two checks of a proof
    cancel_delay: float = 2.0  # from 6 to 7
    task_delay: float = 2.0  # of an asynchronous deletion
    validity_days: int = 90
    deadline_days: float = 7.0
    revoke_deadline_days: float = 3.0
    free_limit: int = 50
    main_domain_limit: int = 20
    real_name: bool = True
    service_role: bool = True
    package_types: list[str] = field(default_factory=lambda: ["83", "2"])
    forbidden_projects: list[int] = field(default_factory=list)
    disabled_actions: list[str] = field(default_factory=list)  # answer InvalidAction, as on the international site
    challenge_in_describe: bool = True  # whether DescribeCertificate carries DvAuthDetail
    dns_status: int = Status.REVIEWING  # the status that a DNS order shows first
    renewal_refusal_code: str = "FailedOperation.InvalidParam"  # OldCertificateId outside its window
    one_hour_code: str = "FailedOperation.CannotBeDeletedWithinHour"
    one_hour_rule: bool = True
    delete_issued: bool = False
    silent_delete_failure: bool = False  # DeleteResult=false without TaskId


@dataclass(frozen=True)
class Proof:
    """One thing to publish. ``zone`` and ``sub_domain`` are of DNS proofs, ``path`` is of FILE proofs."""

    domain: str
    kind: str
    key: str
    value: str
    zone: str
    sub_domain: str
    path: str | None = None


@dataclass
class Certificate:
    """``names`` starts with the main domain. PEM texts are made when they are first needed."""

    id: str
    account: str
    names: list[str]
    inserted: datetime
    sequence: int
    status: Status
    source: str = "trustasia"
    kind: str = "SVR"
    package_type: str | None = "83"
    product: str | None = "TrustAsia C1 DV Free"
    alias: str = ""
    project_id: int = 0
    verify_type: str = "DNS_AUTO"
    algorithm: str = "RSA"
    validity_months: str = "3"
    order_id: str = ""
    status_message: str = ""
    vip: bool = False
    behaviour: str = "issue"
    begin: datetime | None = None
    end: datetime | None = None
    key_pem: str | None = None
    chain_pem: str | None = None
    proofs: list[Proof] = field(default_factory=list)
    revoke_proofs: list[Proof] = field(default_factory=list)
    deadline: datetime | None = None
    last_check: datetime | None = None
    changed: datetime | None = None
    validated: datetime | None = None
    revoked: datetime | None = None
    delete_auto_record: bool = False
    auto_records: list[int] = field(default_factory=list)
    origin_id: str | None = None
    renewed_by: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    allow_download: bool = True
    bound: list[str] = field(default_factory=list)

    @property
    def domain(self) -> str:
        return self.names[0]

    @property
    def uploaded(self) -> bool:
        return self.source == "upload"

    @property
    def free(self) -> bool:
        return not self.uploaded and not self.vip

    @property
    def wildcard(self) -> bool:
        return any(name.startswith("*.") for name in self.names)

    def expiring(self, now: datetime) -> bool:
        return self.status == Status.ISSUED and self.end is not None and self.end - now <= timedelta(days=30)


@dataclass
class DeleteTask:
    id: str
    certificate_id: str
    account: str
    domains: list[str]
    started: datetime
    status: int = 0
    error: str = ""


class Estate:
    """All certificates of all accounts."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.settings = Settings()
        self.certificates: dict[str, Certificate] = {}
        self.tasks: dict[str, DeleteTask] = {}
        # Registrable domain -> free orders ever made: the vendor counts them beyond deletion.
        self.orders: Counter[str] = Counter()
        self._sequence = 0

    def new_id(self) -> str:
        while True:
            candidate = "".join(secrets.choice(_ID_LETTERS) for _unused in range(8))
            if candidate not in self.certificates:
                return candidate

    def next_sequence(self) -> int:
        self._sequence += 1
        return self._sequence

    def of(self, account: str) -> list[Certificate]:
        return [certificate for certificate in self.certificates.values() if certificate.account == account]

    def private_key(self, certificate: Certificate) -> str:
        """The key pair exists from the order on; generating it waits until somebody looks."""
        if certificate.key_pem is None:
            self._make_pem(certificate)
        return certificate.key_pem or ""

    def chain(self, certificate: Certificate) -> str:
        if certificate.chain_pem is None:
            self._make_pem(certificate)
        return certificate.chain_pem or ""

    def set_validity(self, certificate: Certificate, begin: datetime, end: datetime) -> None:
        """New dates: the X.509 certificate is made again with them, for the same key."""
        certificate.begin, certificate.end = begin.replace(microsecond=0), end.replace(microsecond=0)
        certificate.chain_pem = None

    def _make_pem(self, certificate: Certificate) -> None:
        now = self.world.now()
        issued = self.world.ca.issue(
            certificate.names,
            algorithm=certificate.algorithm,
            not_before=certificate.begin or now,
            not_after=certificate.end or now + timedelta(days=1),
            key_pem=certificate.key_pem,
        )
        certificate.key_pem = issued.key_pem
        if certificate.begin is not None:
            certificate.chain_pem = issued.chain_pem


def registrable(name: str) -> str:
    """The domain that a registrar sells: two labels, three below some suffixes."""
    labels = name.removeprefix("*.").split(".")
    return ".".join(labels[-3:] if ".".join(labels[-2:]) in _LONG_SUFFIXES else labels[-2:])


def covered_names(name: str) -> list[str]:
    """A registrable domain and its ``www`` twin come as one certificate, whichever was asked for."""
    apex = registrable(name)
    if name == apex:
        return [name, f"www.{name}"]
    if name == f"www.{apex}":
        return [name, apex]
    return [name]
