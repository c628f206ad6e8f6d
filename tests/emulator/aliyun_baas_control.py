# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control path of AntChain: adds and changes consortiums, chains and applications without the API."""

import secrets
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from .aliyun_baas_estate import (
    ANSWERS,
    FAILED,
    NORMAL,
    PENDING,
    Application,
    BaasEstate,
    Chain,
    Consortium,
    Member,
)
from .aliyun_baas_material import checked_public_key, checked_request
from .ca import ECC
from .log import timestamp
from .world import Json, Response

CONSORTIUM = "consortium-emulator"
CHAIN = "chain-emulator"
_CHAIN = ("name", "network", "member_status", "approval", "download_answer")
_CONSORTIUM = ("name", "description", "status")


class BaasControl:
    """Errors are ValueError, TypeError or KeyError; the control path answers them with 400."""

    kinds = ("consortiums", "chains", "applications")

    def __init__(self, estate: BaasEstate, account: str) -> None:
        self.estate = estate
        self.account = account

    def seed(self) -> None:
        self.add("consortiums", {"id": CONSORTIUM})
        self.add("chains", {"id": CHAIN})

    def state(self) -> Json:
        self.estate.settle()
        return {
            "consortiums": [_consortium(one) for one in self.estate.consortiums.values()],
            "chains": [_chain(one) for one in self.estate.chains.values()],
            "applications": [_application(one) for one in self.estate.applications.values()],
        }

    def add(self, kind: str, body: Json) -> Json:
        given = dict(body)
        if kind == "consortiums":
            return self._add_consortium(given)
        if kind == "chains":
            return self._add_chain(given)
        return self._add_application(given)

    def control(self, method: str, parts: list[str], query: dict[str, str], body: Json) -> Response | None:
        kind, rest = parts[0], parts[1:]
        if not rest:
            return None
        if kind == "applications":
            return self._one_application(method, rest, query, dict(body))
        if len(rest) > 1:
            return None
        if kind == "chains":
            chain = self.estate.chains[rest[0]]
            if method == "DELETE":
                self._remove_chain(chain)
            else:
                _change_chain(chain, dict(body) if method == "POST" else {})
            return Response(body=_chain(chain))
        consortium = self.estate.consortiums[rest[0]]
        if method == "DELETE":
            for chain in [one for one in self.estate.chains.values() if one.consortium == consortium.id]:
                self._remove_chain(chain)
            del self.estate.consortiums[consortium.id]
        elif method == "POST":
            _set(consortium, dict(body), _CONSORTIUM)
        return Response(body=_consortium(consortium))

    def _add_consortium(self, given: Json) -> Json:
        """``account`` administers it; ``members`` are more accounts."""
        identity = str(given.pop("id", "")) or secrets.token_hex(4)
        account, now = str(given.pop("account", self.account)), self.estate.world.now()
        consortium = Consortium(identity, identity, "", account, now)
        consortium.members = [Member(account, f"uid-{account}", "SuperAdmin", "AllianceJoined", now)]
        for member in given.pop("members", []):
            status = str(member.get("status", "AllianceJoined"))
            name, role = str(member.get("name", f"uid-{member['id']}")), str(member.get("role", "Member"))
            consortium.members.append(Member(str(member["id"]), name, role, status, now))
        _set(consortium, given, _CONSORTIUM)
        self.estate.consortiums[identity] = consortium
        return _consortium(consortium)

    def _add_chain(self, given: Json) -> Json:
        identity = str(given.pop("id", "")) or secrets.token_hex(4)
        consortium = str(given.pop("consortium", CONSORTIUM))
        if consortium not in self.estate.consortiums:
            raise ValueError(f"no consortium {consortium}")
        chain = self.estate.add_chain(identity, str(given.pop("name", identity)), consortium)
        try:
            _change_chain(chain, given)
        except ValueError:
            del self.estate.chains[identity]
            raise
        return _chain(chain)

    def _remove_chain(self, chain: Chain) -> None:
        for one in self.estate.of(chain):
            del self.estate.applications[one.bid]
        del self.estate.chains[chain.id]

    def _add_application(self, given: Json) -> Json:
        """Of ``account``; for the key of ``csr`` (PEM), or for one that nobody has."""
        chain = self.estate.chains[str(given.pop("chain", CHAIN))]
        account, status = str(given.pop("account", self.account)), _status(given.pop("status", NORMAL))
        csr, days_left = given.pop("csr", None), given.pop("days_left", None)
        if given:
            raise ValueError(f"an application has no settable {', '.join(sorted(given))}")
        if csr is None:
            public_key = checked_public_key(self.estate.world.ca.new_key(ECC).public_key())
            subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"uid-{account}")])
        else:
            request = checked_request(str(csr).encode())
            public_key, subject = checked_public_key(request.public_key()), request.subject
        application = self.estate.apply(chain, account, subject, public_key, approved=False)
        if status == NORMAL:
            self.estate.approve(application, None if days_left is None else float(days_left))
        else:
            self.estate.decide(application, status)
        self.estate.give_way(application)
        return _application(application)

    def _one_application(self, method: str, rest: list[str], query: dict[str, str], given: Json) -> Response | None:
        self.estate.settle()
        application = self.estate.applications[rest[0]]
        if method == "DELETE" and len(rest) == 1:
            del self.estate.applications[application.bid]
        elif method == "POST" and rest[1:] == ["age"]:
            self.estate.approve(application, float(given["days_left"]))
            self.estate.give_way(application)
        elif method == "POST" and len(rest) == 1:
            if set(given) != {"status"}:
                raise ValueError("the status of an application can be set, no more")
            self.estate.decide(application, _status(given["status"]))
            self.estate.give_way(application)
        elif method != "GET" or len(rest) != 1:
            return None
        return Response(body={**_application(application), **(_material(application) if query.get("material") else {})})


def _status(given: Any) -> str:
    if str(given) not in (PENDING, NORMAL, FAILED):
        raise ValueError("status is 0 (being applied), 1 (normal) or 2 (failed)")
    return str(given)


def _change_chain(chain: Chain, given: Json) -> None:
    if given.get("download_answer", ANSWERS[0]) not in (None, *ANSWERS):
        raise ValueError(f"download_answer is one of {', '.join(ANSWERS)}")
    _set(chain, given, _CHAIN)


def _set(target: Any, given: Json, settable: tuple[str, ...]) -> None:
    for name, value in given.items():
        if name not in settable:
            raise ValueError(f"no settable {name}; there are {', '.join(settable)}")
        setattr(target, name, value)


def _consortium(one: Consortium) -> Json:
    members = [{"id": member.id, "name": member.name, "role": member.role} for member in one.members]
    shown = {"id": one.id, "name": one.name, "account": one.account, "status": one.status}
    return shown | {"description": one.description, "members": members}


def _chain(one: Chain) -> Json:
    shown = {name: getattr(one, name) for name in _CHAIN}
    return shown | {"id": one.id, "consortium": one.consortium}


def _application(one: Application) -> Json:
    leaf = one.certificate
    return {
        "bid": one.bid,
        "chain": one.chain,
        "account": one.account,
        "username": one.username,
        "status": one.status,
        "subject": one.subject.rfc4514_string(),
        "created": timestamp(one.created),
        "updated": timestamp(one.updated),
        "serial_number": format(leaf.serial_number, "x") if leaf else None,
        "sha256": leaf.fingerprint(hashes.SHA256()).hex() if leaf else None,
        "end": timestamp(leaf.not_valid_after_utc) if leaf else None,
    }


def _material(one: Application) -> Json:
    pem = one.certificate.public_bytes(serialization.Encoding.PEM).decode() if one.certificate else None
    return {"client_crt": pem}
