# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a call is new when it is sent again, byte by byte, for each cloud; and what is sent once, whatever comes."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils import _http, _locks
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client import VPC, AliyunClient
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import AuthError, CertificatesError
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Replay
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.client import HuaweiClient
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.client import SSL, TencentClient
from ansible_collections.cncloud.certificates.tests.unit.doubles import FakeClock
from ansible_collections.cncloud.certificates.tests.unit.raw_peer import LOST, Peer

CONNECTION = {"timeout": 5.0, "validate_certs": True, "ca_bundle": None, "proxy": None}


def answer(status: int, body: t.Any, *headers: str) -> bytes:
    content = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Told", f"Content-Length: {len(content)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + content


class Cloud(t.NamedTuple):
    """A write with its client, how the cloud says that it is too much or that the key is wrong, and what is signed."""

    call: t.Callable[[dict[str, t.Any], Context, Replay], t.Any]
    fine: bytes
    too_much: bytes
    wrong_key: bytes
    new: set[bytes]


def aliyun(params: dict[str, t.Any], context: Context, replay: Replay) -> t.Any:
    params |= {"access_key_id": "LTAI", "access_key_secret": "secret", "region": "cn-hangzhou"}
    client = AliyunClient(VPC, params=params, context=context, meanings={})
    return client.call("CreateSslVpnClientCert", {"Name": "ops", "ClientToken": "the-same"}, replay=replay)


def tencent(params: dict[str, t.Any], context: Context, replay: Replay) -> t.Any:
    params |= {"secret_id": "AKID", "secret_key": "secret"}
    client = TencentClient(SSL, params=params, context=context)
    return client.call("ApplyCertificate", {"DomainName": "example.com"}, replay=replay)


def huawei(params: dict[str, t.Any], context: Context, replay: Replay) -> t.Any:
    params |= {"access_key": "AK", "secret_key": "secret", "project_id": "p1", "region": "cn-north-4"}
    client = HuaweiClient(params=params, context=context)
    return client.call("CreateCertificateV2", "POST", ["certificates"], body={"name": "x"}, replay=replay)


def refusal(code: str) -> dict[str, t.Any]:
    return {"Response": {"Error": {"Code": code, "Message": "No."}, "RequestId": "r"}}


WAIT = "Retry-After: 3"
CLOUDS = {
    "aliyun": Cloud(
        aliyun,
        answer(200, {"RequestId": "r"}),
        answer(400, {"Code": "Throttling.User", "RequestId": "r"}, "x-acs-retry-after: 3000"),
        answer(404, {"Code": "InvalidAccessKeyId.NotFound", "RequestId": "r"}),
        {b"x-acs-date", b"x-acs-signature-nonce", b"authorization"},
    ),
    "tencent": Cloud(
        tencent,
        answer(200, {"Response": {"RequestId": "r"}}),
        answer(200, refusal("RequestLimitExceeded"), WAIT),
        answer(200, refusal("AuthFailure.SignatureFailure")),
        {b"x-tc-timestamp", b"authorization"},
    ),
    "huawei": Cloud(
        huawei,
        answer(201, {"id": "x"}),
        answer(429, {"error_code": "APIGW.0308", "error_msg": "throttled"}, WAIT),
        answer(401, {"error_code": "APIGW.0301", "error_msg": "Incorrect IAM authentication information"}),
        {b"x-sdk-date", b"authorization"},
    ),
}
EACH = pytest.mark.parametrize("cloud", CLOUDS.values(), ids=CLOUDS)


@pytest.fixture
def peer() -> t.Iterator[Peer]:
    peer = Peer(script=[])
    peer.start()
    yield peer
    peer.stop()
    _http.close_sessions()


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setattr(_locks, "_refused_here", {})
    # Chance is real: what has to be new each time must not come from a counter of a test.
    return Context(clock=FakeClock(), environ={"HOME": str(tmp_path)}, task_host=str(tmp_path))


def send(cloud: Cloud, peer: Peer, context: Context, *, replay: Replay) -> None:
    cloud.call({**CONNECTION, "retries": 5, "endpoint": f"http://127.0.0.1:{peer.port}"}, context, replay)


def parts(request: bytes) -> tuple[bytes, dict[bytes, bytes], bytes]:
    """The first line, the headers and the body."""
    head, _blank, body = request.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    pairs = (line.partition(b": ") for line in lines)
    return first, {name.lower(): value for name, _colon, value in pairs}, body


@EACH
def test_nonce_date_and_signature_are_new_and_all_else_is_the_same(cloud: Cloud, peer: Peer, context: Context) -> None:
    peer.script = [cloud.too_much, cloud.too_much, cloud.fine]
    send(cloud, peer, context, replay=Replay.NEVER)
    assert t.cast("FakeClock", context.clock).sleeps == [3.0, 3.0], "no earlier than told"
    first, *others = [parts(request) for request in peer.requests]
    assert len(others) == 2
    for other in others:
        assert (other[0], other[2]) == (first[0], first[2])
        assert {name for name in first[1] if first[1][name] != other[1][name]} == cloud.new
    for name in cloud.new:
        assert len({headers[name] for _first, headers, _body in (first, *others)}) == 3


@EACH
def test_a_write_whose_answer_was_lost_is_sent_once(cloud: Cloud, peer: Peer, context: Context) -> None:
    peer.script = [LOST]
    with pytest.raises(CertificatesError) as caught:
        send(cloud, peer, context, replay=Replay.NEVER)
    assert (caught.value.kind, len(peer.requests)) == ("network", 1)


@EACH
@pytest.mark.parametrize("replay", list(Replay))
def test_a_refused_key_is_sent_once_even_by_what_may_be_sent_again(
    cloud: Cloud, replay: Replay, peer: Peer, context: Context
) -> None:
    peer.script = [cloud.wrong_key] * 3
    for _item in range(3):
        with pytest.raises(AuthError):
            send(cloud, peer, context, replay=replay)
    assert len(peer.requests) == 1
