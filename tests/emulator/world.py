# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What everything in the emulator shares: the messages between server and clouds, and the world that they act on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import RLock
from typing import Any, Protocol, runtime_checkable

from werkzeug.datastructures import Headers

from .ca import CertificateAuthority, Keys
from .clock import VirtualClock
from .faults import Faults
from .log import CallLog

Json = dict[str, Any]
DnsLookup = Callable[[str, str], list[str]]


@dataclass(frozen=True)
class Request:
    """One HTTP request as it came over the wire; ``path`` and ``query_string`` are raw and undecoded."""

    method: str
    path: str
    query_string: str
    headers: Headers
    body: bytes
    host: str


@dataclass
class Response:
    """A body given as dict is sent as JSON."""

    status: int = 200
    body: bytes | Json | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """What a request asks for, known before anything is executed or verified."""

    service: str
    name: str
    write: bool
    key_bearing: bool


@dataclass
class Answer:
    """What a cloud did with a request; all but ``response`` goes to the call log. ``summary`` holds no secrets."""

    response: Response
    service: str
    operation: str
    write: bool
    key_bearing: bool
    code: str | None
    summary: Json
    request_id: str | None = None


class Cloud(Protocol):
    """One vendor. ``handle`` verifies the signature, acts and never raises for a bad request."""

    name: str

    def handles(self, request: Request) -> bool: ...

    def identify(self, request: Request) -> Operation: ...

    def handle(self, request: Request) -> Answer: ...


@runtime_checkable
class Throttling(Protocol):
    """A cloud that can refuse a call in the vendor's own words. ``code`` picks one of several codes of the vendor."""

    def throttled(self, operation: Operation, code: str | None) -> Response: ...


@runtime_checkable
class Summarizing(Protocol):
    """A cloud whose parameters do not stand in a JSON body alone: what the log says of a call that never reached it."""

    def summary(self, request: Request) -> Json: ...


@runtime_checkable
class Controllable(Protocol):
    """A cloud that the control path can look into.

    ``GET /_control/state/<name>`` is ``state``, ``POST /_control/state/<name>`` and the seed file are ``load``.
    ``control`` gets all else under ``/_control/<name>/``: the path split at slashes, the query as dict, the JSON body;
    None means that there is no such control path.
    """

    def state(self, query: dict[str, str]) -> Json: ...

    def load(self, body: Json) -> Json: ...

    def control(self, method: str, parts: list[str], query: dict[str, str], body: Json) -> Response | None: ...


@dataclass(frozen=True)
class Credential:
    """A key pair that a cloud accepts. ``token`` is set for temporary keys; ``details`` is the cloud's own."""

    cloud: str
    key_id: str
    secret: str
    account: str
    token: str | None = None
    expires: datetime | None = None
    details: Json = field(default_factory=dict)


class Accounts:
    """The credentials that exist, by cloud and key id."""

    def __init__(self) -> None:
        self._credentials: dict[tuple[str, str], Credential] = {}

    def add(self, credential: Credential) -> None:
        self._credentials[credential.cloud, credential.key_id] = credential

    def remove(self, cloud: str, key_id: str) -> None:
        self._credentials.pop((cloud, key_id), None)

    def find(self, cloud: str, key_id: str) -> Credential | None:
        return self._credentials.get((cloud, key_id))

    def of(self, cloud: str) -> list[Credential]:
        return [credential for credential in self._credentials.values() if credential.cloud == cloud]

    def clear(self) -> None:
        self._credentials.clear()


@dataclass(frozen=True)
class Binding:
    """A certificate that a gateway serves for a host name. ``algorithm`` is ``RSA`` or ``ECC``."""

    algorithm: str
    key_pem: str
    chain_pem: str


class World:
    """Everything that is emulated. Hold ``lock`` while reading or changing it."""

    def __init__(
        self,
        *,
        web_root: Path,
        pace: float = 1.0,
        factories: Iterable[Callable[["World"], Cloud]] = (),
        seed: Json | None = None,
        reuse_keys: int | None = None,
    ) -> None:
        self.lock = RLock()
        self.clock = VirtualClock(pace)
        self.ca = CertificateAuthority(self.clock.now(), Keys(reuse_keys))
        self.web_root = web_root
        self.log = CallLog()
        self.faults = Faults()
        self.accounts = Accounts()
        # Host name -> certificates bound to it: filled by a gateway, read by the TLS edge.
        self.bindings: dict[str, list[Binding]] = {}
        # Records that no emulated DNS service holds: (full name, type) -> values. Set by control.
        self.dns_table: dict[tuple[str, str], list[str]] = {}
        # DNS services of the clouds register a lookup here: (full name, type) -> values.
        self.dns_services: list[DnsLookup] = []
        # Cloud name -> calls a second and key that are let through. Absent: no limit.
        self.rates: dict[str, float] = {}
        self.clouds: list[Cloud] = []
        self._factories = tuple(factories)
        self._seed = seed or {}
        self.reset()

    def now(self) -> datetime:
        return self.clock.now()

    def lag(self, seconds: float) -> float:
        """Seconds of ``now()`` that a vendor's lag of ``seconds`` takes at this pace."""
        return self.clock.lag(seconds)

    def passed(self, since: datetime, seconds: float) -> bool:
        """Whether a vendor's lag of ``seconds`` that began at ``since`` is over."""
        return self.now() >= since + timedelta(seconds=self.lag(seconds))

    def lookup(self, name: str, record_type: str) -> list[str]:
        """What the whole emulated DNS answers for a name, from every cloud's zones and the table."""
        wanted = name.rstrip(".").lower()
        with self.lock:
            values = list(self.dns_table.get((wanted, record_type), []))
            for service in self.dns_services:
                values.extend(service(wanted, record_type))
        return values

    def controllable(self, name: str) -> Controllable | None:
        clouds: list[object] = [cloud for cloud in self.clouds if cloud.name == name]
        return next((cloud for cloud in clouds if isinstance(cloud, Controllable)), None)

    def reset(self) -> None:
        """A fresh world with the same certificate authority, then the seed."""
        with self.lock:
            self.clock.reset()
            self.log.clear()
            self.faults.clear()
            self.accounts.clear()
            self.bindings.clear()
            self.dns_table.clear()
            self.dns_services.clear()
            self.rates.clear()
            self.clouds = [factory(self) for factory in self._factories]
            for name, state in self._seed.items():
                cloud = self.controllable(name)
                if cloud is None:
                    raise ValueError(f"the seed names a cloud that is not emulated: {name}")
                cloud.load(state)
