# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a chain's service answers in tests: material that belongs together, and the exchanges of a script."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._errors import CertificatesError
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Call, Reply
from ansible_collections.cncloud.certificates.tests.unit.authority import Issued, issue, key_pem, make_key
from ansible_collections.cncloud.certificates.tests.unit.plugins.module_utils._aliyun.scripted import (
    Exchange,
    Script,
    parameters,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

CONSORTIUM, CHAIN, USERNAME = "DV80nJXq", "1q8B5R9p", "uid-1234567890123456"
PASSWORD = "correct-horse-battery"
TRUST_STORE = b"\xfe\xed\xfe\xed\x00\x00\x00\x02\x00\x00\x00\x00"
LIST, PATHS = "DescribeAntChainsV2", "DescribeAntChainDownloadPathsV2"
APPLICATIONS = "DescribeAntChainCertificateApplicationsV2"
APPLY, APPLY_WITH_KEY = "ApplyAntChainCertificate", "ApplyAntChainCertificateWithKeyAutoCreation"
RESET = "ResetAntChainCertificate"
HOST = "https://files.example.net"
SIGNED = "?Expires=1&Signature=a-signature-of-an-address"
SUBJECT = {
    "common_name": "settlement",
    "country": "CN",
    "state_or_province": "Zhejiang",
    "locality": "Hangzhou",
    "organization": "Example",
    "organizational_unit": "Operations",
}


def client_certificate(tag: str = "client") -> Issued:
    """A client.crt with its key, one for each tag."""
    return _client_certificate(tag)


@functools.cache
def _client_certificate(tag: str) -> Issued:
    return issue("settlement", algorithm="rsa", key_tag=f"antchain-{tag}", san=False)


def encrypted_key(tag: str = "client", password: str = PASSWORD) -> str:
    """Its key, encrypted, the same text each time."""
    return _encrypted_key(tag, password)


@functools.cache
def _encrypted_key(tag: str, password: str) -> str:
    return key_pem(make_key("rsa", f"antchain-{tag}"), passphrase=password.encode())


def signing_request(tag: str = "client") -> str:
    """A CSR of the same key as `client_certificate` of that tag."""
    return _signing_request(tag)


@functools.cache
def _signing_request(tag: str) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "settlement")])
    key = make_key("rsa", f"antchain-{tag}")
    made = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


def envelope(result: t.Any) -> dict[str, t.Any]:
    """As the V2 operations answer."""
    return {"Code": "200", "HttpStatusCode": "200", "Success": True, "ResultCode": "OK", "Result": result}


def listed(status: str | None = "ChainApplied", *, chain: str = CHAIN, total: int | None = None) -> Exchange:
    """The chains of the consortium: the one that is meant, with what the service says of the caller."""
    row = {"AntChainId": chain, "AntChainName": "supply-chain", "MemberStatus": status, "Network": "Running"}
    sends = {"ConsortiumId": CONSORTIUM, "PageNumber": "1", "PageSize": "50"}
    result = {"AntChains": [row], "IsExist": True, "Pagination": {"TotalCount": total or 1}}
    return Exchange(LIST, sends=sends, answer=envelope(result))


def applications(status: int, *rows: tuple[str, int]) -> Exchange:
    """The applications in a state: user name and the status that the row itself has."""
    sends = {
        "ConsortiumId": CONSORTIUM,
        "AntChainId": CHAIN,
        "Status": str(status),
        "PageNumber": "1",
        "PageSize": "50",
    }
    found = [
        {"AntChainId": CHAIN, "Bid": f"b{number}", "Username": name, "Status": own, "Createtime": 1795334400000}
        for number, (name, own) in enumerate(rows)
    ]
    result = {"CertificateApplications": found, "Pagination": {"TotalCount": len(found)}}
    return Exchange(APPLICATIONS, sends=sends, answer=envelope(result))


def paths(host: str = HOST, **without: None) -> Exchange:
    urls: dict[str, t.Any] = {
        "ClientCrtUrl": f"{host}/client.crt{SIGNED}",
        "CaCrtUrl": f"{host}/ca.crt{SIGNED}",
        "TrustCaUrl": f"{host}/trustCa{SIGNED}",
        "SdkUrl": f"{host}/sdk{SIGNED}",
        **without,
    }
    return Exchange(PATHS, sends={"ConsortiumId": CONSORTIUM, "AntChainId": CHAIN}, answer=envelope(urls))


def download(what: str, content: bytes | str | CertificatesError, *, status: int = 200) -> Exchange:
    return Exchange(what, answer=content.encode() if isinstance(content, str) else content, status=status)


def client_crt(tag: str = "client") -> Exchange:
    return download("client.crt", client_certificate(tag).leaf_pem)


def authorities() -> tuple[Exchange, ...]:
    return (paths(), download("ca.crt", client_certificate().chain_pem), download("trustCa", TRUST_STORE))


def applied() -> Exchange:
    return Exchange(APPLY, answer={"Result": "success"})


def reset() -> Exchange:
    return Exchange(RESET, sends={"AntChainId": CHAIN}, answer={"Result": "success"})


def key_answer(key: str) -> dict[str, t.Any]:
    """As the vendor's page shows it: in the wrapper of the console."""
    paths_in_answer = {"ClientCrtUrl": f"http://files.example.net/client.crt{SIGNED}"}
    result = {"DownloadPath": paths_in_answer, "PrivateKey": key}
    return {
        "successResponse": True,
        "requestId": "3E18",
        "code": "200",
        "data": {"Result": result, "RequestId": "3E18"},
    }


def key_bytes(key: str | None = None) -> bytes:
    """The whole answer that brings a key."""
    return json.dumps(key_answer(key or encrypted_key())).encode()


def applied_with_key(answer: bytes | CertificatesError | None = None, **more: t.Any) -> Exchange:
    sends = {
        "AntChainId": CHAIN,
        "ConsortiumId": CONSORTIUM,
        "CommonName": "settlement",
        "CountryName": "CN",
        "StateOrProvinceName": "Zhejiang",
        "LocalityName": "Hangzhou",
        "OrganizationName": "Example",
        "OrganizationUnitName": "Operations",
        "Password": PASSWORD,
    }
    return Exchange(APPLY_WITH_KEY, sends=sends, answer=key_bytes() if answer is None else answer, **more)


@dataclasses.dataclass
class AntChainScript(Script):
    """A script that also has downloads, which are not signed, and sinks."""

    exchanges: list[Exchange]
    calls: list[Call] = dataclasses.field(default_factory=list)
    problems: list[str] = dataclasses.field(default_factory=list)
    on_receipt: t.Callable[[], None] = lambda: None

    def send(
        self, call: Call, *, auth: t.Callable[[], object], judge: t.Callable[[Reply], CertificatesError | None]
    ) -> Reply:
        with contextlib.ExitStack() as stack:
            keep = None if call.sink is None else stack.enter_context(call.sink())
            self.calls.append(call)
            expected = self._expected(call)
            if isinstance(expected.answer, CertificatesError):
                raise expected.answer
            raw = expected.answer
            if isinstance(raw, dict):
                raw = json.dumps({"RequestId": f"id-{len(self.calls)}", **raw}).encode()
            if keep is not None:
                keep(raw)
            self.on_receipt()
        reply = Reply(status=expected.status, headers=expected.headers, body=raw)
        error = judge(reply)
        if error is not None:
            raise error
        return reply

    def _expected(self, call: Call) -> Exchange:
        if "x-acs-action" in call.headers:
            return super()._expected(call)
        expected = self.exchanges.pop(0) if self.exchanges else Exchange("nothing more")
        if call.operation != expected.operation or call.method != "GET" or call.body is not None:
            self.problems.append(f"{call.operation} was fetched instead of {expected.operation}")
        assert not self.problems, self.problems
        return expected

    @property
    def operations(self) -> list[str]:
        return [call.operation for call in self.calls]

    def sent_to(self, operation: str) -> dict[str, str]:
        return next(parameters(call) for call in self.calls if call.operation == operation)
