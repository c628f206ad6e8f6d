# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of AntChain: consortiums, their chains, who asked for a certificate of a chain, and what became of it."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from .aliyun_baas_material import (
    AUTHORITY_ALGORITHM,
    ChainAuthority,
    PublicKey,
    new_authority,
    sdk,
    stranger,
    trust_store,
)
from .world import Request, Response, World

FILES = {"CaCrtUrl": "ca.crt", "ClientCrtUrl": "client.crt", "TrustCaUrl": "trustCa", "SdkUrl": "sdk.zip"}
PENDING, NORMAL, FAILED = "0", "1", "2"
PREFIX = "/antchain-downloads/"
ANSWERS = ("right", "html", "huge", "other_key", "redirect", "expired")
_HUGE = 1024 * 1024 + 1


@dataclass
class BaasSettings:
    """Times in vendor seconds. ALIYUN.md says what each is for."""

    envelope: str = "flat"
    literal_newlines: bool = False
    v2_failures: str = "enveloped"
    approval: bool = False
    approval_delay: float | None = None
    list_lag: float = 0.0
    issue_delay: float = 0.0
    validity_days: float = 365.0
    url_life: float = 600.0
    download_host: str = ""
    download_answer: str = "right"
    download_files: list[str] = field(default_factory=list)
    client_url_when_pending: bool = True
    pending_status: str = "ChainApplied"
    none_status: str = "ChainNotApplied"
    second_apply_code: str = "AntChainCertificate.AlreadyExists"
    absent_code: str = "AntChain.NotFound"
    reset_absent: str = "refuse"
    count_offset: int = 0


@dataclass
class Member:
    id: str
    name: str
    role: str
    status: str
    joined: datetime


@dataclass
class Consortium:
    id: str
    name: str
    description: str
    account: str
    created: datetime
    status: str = "Active"
    members: list[Member] = field(default_factory=list)


@dataclass
class Chain:
    """``member_status`` None: as the applications are. ``approval`` None: as the settings say."""

    id: str
    name: str
    consortium: str
    authority: ChainAuthority
    created: datetime
    network: str = "Running"
    member_status: str | None = None
    approval: bool | None = None
    download_answer: str | None = None


@dataclass
class Application:
    """``certificate`` is there once it is normal. Whose key it is, nobody here knows."""

    bid: str
    chain: str
    account: str
    status: str
    subject: x509.Name
    public_key: PublicKey
    created: datetime
    updated: datetime
    certificate: x509.Certificate | None = None

    @property
    def username(self) -> str:
        return f"uid-{self.account}"


class BaasEstate:
    """Everything of product Baas. Callers hold the world's lock."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.settings = BaasSettings()
        self.consortiums: dict[str, Consortium] = {}
        self.chains: dict[str, Chain] = {}
        self.applications: dict[str, Application] = {}
        self._secret = secrets.token_bytes(32)

    def add_chain(self, identity: str, name: str, consortium: str) -> Chain:
        now = self.world.now()
        authority = new_authority(self.world.ca.new_key(AUTHORITY_ALGORITHM), f"{name} CA (not trusted)", now)
        chain = self.chains[identity] = Chain(identity, name, consortium, authority, now)
        return chain

    # Applications

    def apply(
        self, chain: Chain, account: str, subject: x509.Name, public_key: PublicKey, *, approved: bool
    ) -> Application:
        now = self.world.now()
        bid = f"bid-{secrets.token_hex(8)}"
        application = Application(bid, chain.id, account, PENDING, subject, public_key, now, now)
        self.applications[bid] = application
        if approved:
            self.approve(application)
        return application

    def approve(self, application: Application, days_left: float | None = None) -> None:
        """Issues the certificate, again if there is one."""
        now = self.world.now()
        end = now + timedelta(days=self.settings.validity_days if days_left is None else days_left)
        begin = min(now - timedelta(minutes=1), end - timedelta(days=self.settings.validity_days))
        authority = self.chains[application.chain].authority
        application.certificate = authority.issue(
            application.subject, application.public_key, not_before=begin, not_after=end
        )
        application.status, application.updated = NORMAL, now

    def decide(self, application: Application, status: str) -> None:
        """``status`` is what an administrator makes of it."""
        if status == NORMAL:
            self.approve(application)
            return
        application.status, application.updated, application.certificate = status, self.world.now(), None

    def give_way(self, application: Application) -> None:
        """An account has one certificate of a chain: where this one counts, no other does."""
        theirs = (application.chain, application.account)
        for one in self.applications.values() if application.status != FAILED else ():
            if one is not application and (one.chain, one.account) == theirs:
                self.decide(one, FAILED)

    def settle(self) -> None:
        """Approves what has waited long enough."""
        delay = self.settings.approval_delay
        for one in self.applications.values():
            if one.status == PENDING and delay is not None and self.world.passed(one.created, delay):
                self.approve(one)

    def of(self, chain: Chain) -> list[Application]:
        self.settle()
        return [one for one in self.applications.values() if one.chain == chain.id]

    def own(self, chain: Chain, account: str) -> Application | None:
        """The one that counts: pending or normal."""
        mine = [one for one in self.of(chain) if one.account == account and one.status in (PENDING, NORMAL)]
        return mine[-1] if mine else None

    def needs_approval(self, chain: Chain) -> bool:
        return self.settings.approval if chain.approval is None else chain.approval

    def member_status(self, chain: Chain, account: str) -> str:
        if chain.member_status is not None:
            return chain.member_status
        own = self.own(chain, account)
        if own is None or not self.world.passed(own.created, self.settings.list_lag):
            return self.settings.none_status
        return "ChainApplied" if own.status == NORMAL else self.settings.pending_status

    # Downloads

    def urls(self, chain: Chain, account: str, host: str) -> dict[str, str]:
        """By the name of the member that holds them; good for a while."""
        own = self.own(chain, account)
        names = dict(FILES)
        if not self.settings.client_url_when_pending and (own is None or own.certificate is None):
            del names["ClientCrtUrl"]
        expires = self.world.now() + timedelta(seconds=self.world.lag(self.settings.url_life))
        return {
            member: f"http://{self._download_host(host)}{path}?{self._ticket(path, str(expires.timestamp()))}"
            for member, name in names.items()
            for path in [f"{PREFIX}{account}/{chain.id}/{name}"]
        }

    def serves(self, request: Request) -> str:
        if request.method not in ("GET", "HEAD") or not request.path.startswith(PREFIX):
            return ""
        return f"(download {request.path.rpartition('/')[2]})"

    def download(self, request: Request) -> Response:
        """As an object store answers it."""
        given = dict(pair.partition("=")[::2] for pair in request.query_string.split("&"))
        account, _slash, rest = request.path.removeprefix(PREFIX).partition("/")
        identity, _slash, name = rest.partition("/")
        chain = self.chains.get(identity)
        if request.query_string != self._ticket(request.path, given.get("Expires", "")):
            return _refused(403, "SignatureDoesNotMatch")
        answer = self._download_answer(chain, name)
        if answer == "expired" or float(given["Expires"]) <= self.world.now().timestamp():
            return _refused(403, "AccessDenied", "Request has expired.")
        content = self._content(chain, account, name) if chain else None
        if content is None or chain is None:
            return _refused(404, "NoSuchKey")
        if answer == "redirect":
            port = request.host.partition(":")[2]
            return Response(302, b"", {"Location": f"http://localhost:{port}{request.path}?{request.query_string}"})
        return self._spoilt(answer, content, chain, account)

    def _content(self, chain: Chain, account: str, name: str) -> bytes | None:
        if name == "ca.crt":
            return chain.authority.pem
        if name == "trustCa":
            return trust_store(chain.authority, chain.created)
        if name == "sdk.zip":
            return sdk()
        own = self.own(chain, account)
        if own is None or own.certificate is None or not self.world.passed(own.updated, self.settings.issue_delay):
            return None
        return own.certificate.public_bytes(serialization.Encoding.PEM)

    def _spoilt(self, answer: str, content: bytes, chain: Chain, account: str) -> Response:
        own = self.own(chain, account)
        if answer == "html":
            return Response(200, b"<html><body>Sign in</body></html>", {"Content-Type": "text/html"})
        if answer == "huge":
            return Response(200, content + b"\n" * _HUGE)
        if answer == "other_key" and own is not None and own.certificate is not None:
            return Response(200, stranger(chain.authority, own.certificate))
        return Response(200, content)

    def _download_answer(self, chain: Chain | None, name: str) -> str:
        """Another key is a matter of client.crt alone."""
        answer = (chain.download_answer if chain else None) or self.settings.download_answer
        files = ["client.crt"] if answer == "other_key" else self.settings.download_files or list(FILES.values())
        return answer if name in files else "right"

    def _download_host(self, host: str) -> str:
        """Another host name gets the port of this one."""
        other = self.settings.download_host
        return f"{other}:{host.partition(':')[2]}" if other and ":" not in other else other or host

    def _ticket(self, path: str, expires: str) -> str:
        signature = hmac.new(self._secret, f"{path}\n{expires}".encode(), hashlib.sha256).hexdigest()
        return f"Expires={expires}&Signature={signature}"


def _refused(status: int, code: str, message: str = "") -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>\n'
    return Response(status, body.encode(), {"Content-Type": "application/xml"})
