# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every code that the SSL-VPN operations are known to answer: what it means there, and whether the call is repeated."""

from __future__ import annotations

import datetime
import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils import _locks
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client import VPC, AliyunClient
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client_cert_plan import (
    Desired,
    Observed,
    assess,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.sslvpn import MEANINGS, WIRE, Row, SslVpn
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import CertificatesError, ProtocolFailure
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Call, Reply, Transport
from ansible_collections.cncloud.certificates.tests.unit.doubles import START
from ansible_collections.cncloud.certificates.tests.unit.plugins.module_utils._aliyun.scripted import (
    connection,
    context,
)

RETRIES = 2
AGAIN, ONCE = RETRIES + 1, 1
"""How often a call is sent in all."""

CREATE, MODIFY, DELETE = "CreateSslVpnClientCert", "ModifySslVpnClientCert", "DeleteSslVpnClientCert"
LIST, SHOW = "DescribeSslVpnClientCerts", "DescribeSslVpnClientCert"
SERVERS, GATEWAY = "DescribeSslVpnServers", "DescribeVpnGateway"
WRITES = (CREATE, MODIFY, DELETE)
CALLS: dict[str, t.Callable[[SslVpn], object]] = {
    CREATE: lambda vpn: vpn.create(server_id="vss-1", name="ops", token="cnc-1"),
    MODIFY: lambda vpn: vpn.rename("vsc-1", name="ops", token="cnc-1"),
    DELETE: lambda vpn: vpn.delete("vsc-1", token="cnc-1"),
    LIST: lambda vpn: vpn.certificates(server_id="vss-1"),
    SHOW: lambda vpn: vpn.material("vsc-1"),
    SERVERS: lambda vpn: vpn.gateway_of("vss-1"),
    GATEWAY: lambda vpn: vpn.gateway_status("vpn-1"),
}

BUSY = (
    "VpnGateway.Configuring",
    "VpnTask.CONFLICT",
    "TaskConflict",
    "OperationConflict",
    "Appliance.Configuring",
    "VpnConnection.Configuring",
    "VpnRouteEntry.Configuring",
)
OWN: list[tuple[str, int, str, str, int]] = [
    *((operation, 400, code, "unavailable", AGAIN) for operation in WRITES for code in BUSY),
    *((operation, 400, "VpnGateway.FinancialLocked", "permission", ONCE) for operation in WRITES),
    *((operation, 400, "IdempotentParameterMismatch", "conflict", ONCE) for operation in WRITES),
    (CREATE, 400, "Resource.QuotaFull", "quota", ONCE),
    (CREATE, 400, "InvalidName", "invalid", ONCE),
    (MODIFY, 400, "InvalidName", "invalid", ONCE),
    (CREATE, 404, "InvalidSslVpnServerId.NotFound", "not_found", ONCE),
    (MODIFY, 404, "InvalidSslVpnClientCertId.NotFound", "not_found", ONCE),
    (DELETE, 404, "InvalidSslVpnClientCertId.NotFound", "not_found", ONCE),
    (SHOW, 404, "InvalidInstanceId.NotFound", "not_found", ONCE),
    (SHOW, 404, "InvalidSslVpnClientCertId.NotFound", "not_found", ONCE),
    (GATEWAY, 404, "InvalidVpnGatewayInstanceId.NotFound", "not_found", ONCE),
]
ELSEWHERE: list[tuple[str, int, str, str, int]] = [
    # The pair says it, not the code: a list that refuses shows nothing to be absent.
    (LIST, 404, "InvalidInstanceId.NotFound", "invalid", ONCE),
    (LIST, 404, "InvalidSslVpnClientCertId.NotFound", "invalid", ONCE),
    (LIST, 404, "InvalidSslVpnServerId.NotFound", "invalid", ONCE),
    (CREATE, 404, "InvalidInstanceId.NotFound", "invalid", ONCE),
    (GATEWAY, 404, "InvalidInstanceId.NotFound", "invalid", ONCE),
    (LIST, 400, "Resource.QuotaFull", "invalid", ONCE),
]
COMMON: list[tuple[int, str, str, int]] = [
    (403, "Forbbiden.SubUser", "permission", ONCE),
    (403, "Forbidden", "permission", ONCE),
    (403, "Forbidden.RAM", "permission", ONCE),
    (403, "Forbidden.RiskControl", "permission", ONCE),
    (403, "NoPermission", "permission", ONCE),
    (404, "InvalidRegionId.NotFound", "invalid", ONCE),
    (404, "InvalidProduct.NotFound", "invalid", ONCE),
    (404, "InvalidApi.NotFound", "invalid", ONCE),
    (404, "InvalidProtocol.NeedSsl", "invalid", ONCE),
    (400, "UnsupportedHTTPMethod", "invalid", ONCE),
    (403, "UnsupportedHTTPMethod", "invalid", ONCE),
    (400, "MissingParameter", "invalid", ONCE),
    (400, "MissingRegionId", "invalid", ONCE),
    (404, "InvalidAccessKeyId.NotFound", "auth", ONCE),
    (400, "InvalidAccessKeyId.NotFound", "auth", ONCE),
    (400, "InvalidAccessKeyId.Inactive", "auth", ONCE),
    (400, "InvalidSecurityToken.Expired", "auth", ONCE),
    (400, "InvalidSecurityToken.Malformed", "auth", ONCE),
    (400, "InvalidSecurityToken.MismatchWithAccessKey", "auth", ONCE),
    (400, "InvalidTimeStamp.Expired", "auth", ONCE),
    (400, "InvalidTimeStamp.Format", "auth", ONCE),
    (400, "SignatureDoesNotMatch", "auth", ONCE),
    (403, "SignatureDoesNotMatch", "auth", ONCE),
    (400, "IncompleteSignature", "auth", ONCE),
    # The writes carry a client token, so that they are repeated after what may have run, too.
    (400, "SignatureNonceUsed", "network", AGAIN),
    (400, "Throttling", "throttled", AGAIN),
    (429, "Throttling.User", "throttled", AGAIN),
    (503, "Throttling.Api", "throttled", AGAIN),
    (400, "Rejected.Throttling", "throttled", AGAIN),
    (503, "ServiceUnavailable", "unavailable", AGAIN),
    (500, "InternalError", "unavailable", AGAIN),
    (404, "NeverSeenBefore.NotFound", "invalid", ONCE),
    (403, "NeverSeenBefore", "permission", ONCE),
]
TABLE = [*OWN, *ELSEWHERE, *((operation, *row) for operation in CALLS for row in COMMON)]


class Answers:
    """Takes the place of the wire: the same answer to each try. No function, so it is not given the transport."""

    def __init__(self, status: int, code: str) -> None:
        self._reply = Reply(status=status, headers={}, body=json.dumps({"Code": code, "Message": "No."}).encode())
        self.calls: list[Call] = []

    def __call__(self, call: Call, _auth: object, **_more: object) -> Reply:
        self.calls.append(call)
        return self._reply


Ask = t.Callable[..., tuple[CertificatesError, list[Call]]]


@pytest.fixture(name="ask")
def _ask(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ask:
    """Call an operation, which is answered with a code, and return the error and what was sent."""

    def ask(operation: str, *, status: int, code: str) -> tuple[CertificatesError, list[Call]]:
        answers = Answers(status, code)
        monkeypatch.setattr(_locks, "_refused_here", {})
        monkeypatch.setattr(Transport, "_exchange", answers)
        params = connection(region="cn-hangzhou", retries=RETRIES)
        client = AliyunClient(VPC, params=params, context=context(home=str(tmp_path)), meanings=MEANINGS)
        with pytest.raises(CertificatesError) as caught:
            CALLS[operation](SslVpn(client, region="cn-hangzhou"))
        return caught.value, answers.calls

    return ask


@pytest.mark.parametrize(("operation", "status", "code", "kind", "tries"), TABLE)
def test_code_of_an_operation(ask: Ask, operation: str, status: int, code: str, kind: str, tries: int) -> None:
    error, calls = ask(operation, status=status, code=code)
    assert (error.kind, error.code, error.http_status) == (kind, code, status)
    assert [call.operation for call in calls] == [operation] * tries
    assert error.retryable is (tries == AGAIN)
    # What is sent again is the same call: the token in it says so to the service.
    assert len({(call.url, call.body) for call in calls}) == 1


def test_server_that_is_not_there_has_no_gateway(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answers = Answers(404, "InvalidSslVpnServerId.NotFound")
    monkeypatch.setattr(Transport, "_exchange", answers)
    client = AliyunClient(
        VPC, params=connection(region="cn-hangzhou"), context=context(home=str(tmp_path)), meanings=MEANINGS
    )
    assert SslVpn(client, region="cn-hangzhou").gateway_of("vss-1") is None


def test_each_pair_that_means_something_is_in_the_table() -> None:
    asked = {(operation, code) for operation, _status, code, _kind, _tries in TABLE}
    assert MEANINGS.keys() - asked == {(SERVERS, "InvalidSslVpnServerId.NotFound")}
    assert CALLS.keys() == WIRE.keys()


# --- States ---------------------------------------------------------------------------------------------------------


def observed(status: str | None, *, days: float = 400) -> Observed:
    row = Row(
        id="vsc-1",
        name="ops",
        server_id="vss-1",
        status=status,
        created=START - datetime.timedelta(days=695),
        ends=START + datetime.timedelta(days=days),
    )
    return Observed(server_id="vss-1", name="ops", rows=(row,))


@pytest.mark.parametrize(
    ("status", "days", "needed"),
    [
        ("normal", 400, False),
        ("normal", 29, True),
        # The service's own week is shorter than what renew_before asks for: the end decides.
        ("expiring-soon", 400, False),
        ("expiring-soon", 6, True),
        ("expired", -1, True),
        # Right after its creation it has no state yet.
        (None, 400, False),
    ],
)
def test_documented_states(status: str | None, days: float, needed: bool) -> None:
    desired = Desired(server_id="vss-1", name="ops", region="cn-hangzhou")
    assert assess(desired, observed(status, days=days), START).needed is needed


@pytest.mark.parametrize("status", ["creating", "deleting", "Normal", "revoked"])
def test_undocumented_state_proves_nothing(status: str) -> None:
    desired = Desired(server_id="vss-1", name="ops", region="cn-hangzhou")
    with pytest.raises(ProtocolFailure, match=f"vsc-1 with status {status}, which is not documented"):
        assess(desired, observed(status), START)
