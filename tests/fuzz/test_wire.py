# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers as they come from the network: lying, endless, packed, dripping, leading elsewhere."""

from __future__ import annotations

import collections.abc as c
import contextlib
import gzip
import itertools
import json
import shutil
import threading
import time
import tracemalloc
import typing as t
import zlib
from pathlib import Path

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils import _http, _locks
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import client as aliyun
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_download import (
    MAX_DOWNLOAD,
    Downloads,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    NetworkFailure,
    ProtocolFailure,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._handshake import Handshakes, Target
from ansible_collections.cncloud.certificates.plugins.module_utils._http import HttpOptions, Replay
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.client import HuaweiClient
from ansible_collections.cncloud.certificates.plugins.module_utils._key_server import KeyServer
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent import client as tencent
from ansible_collections.cncloud.certificates.tests.unit.doubles import FakeClock, FixedRandomness
from fuzz.counting import Executions
from fuzz.hostile import Edit, byte_edits, edited, executions, json_edits, spoilt
from fuzz.wire import Answer, answer, answering
from hypothesis import given
from hypothesis import strategies as st

PLACE = ("127.0.0.1", 9)
HERE = "http://127.0.0.1:9"
SECRET = "a-secret-of-a-test"
COMMON: dict[str, t.Any] = {
    "endpoint": HERE, "timeout": 5.0, "retries": 0, "validate_certs": True, "ca_bundle": None, "proxy": "",
}  # fmt: skip


def context_of(folder: Path) -> Context:
    _locks._refused_here.clear()
    shutil.rmtree(folder / "cache", ignore_errors=True)
    environ = {"HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}
    return Context(environ=environ, clock=FakeClock(), randomness=FixedRandomness(), task_host=str(folder))


def _aliyun(context: Context) -> object:
    params = {**COMMON, "access_key_id": "a", "access_key_secret": SECRET}
    client = aliyun.AliyunClient(aliyun.ALIDNS, params=params, context=context, meanings={})
    return client.call("DescribeDomains", {}, replay=Replay.READ)


def _tencent(context: Context) -> object:
    params = {**COMMON, "secret_id": "a", "secret_key": SECRET}
    client = tencent.TencentClient(tencent.SSL, params=params, context=context)
    return client.call("DescribeCertificates", {}, replay=Replay.READ)


def _huawei(context: Context) -> object:
    params = {**COMMON, "access_key": "a", "secret_key": SECRET, "project_id": "b"}
    client = HuaweiClient(params=params, context=context)
    return client.call("ListCertificates", "GET", ["certificates"], replay=Replay.READ)


def _sts(context: Context) -> object:
    role = {"role_arn": "acs:ram::1:role/a", "session_name": "", "duration": None, "external_id": ""}
    params = {**COMMON, "access_key_id": "a", "access_key_secret": SECRET, "assume_role": role}
    client = aliyun.AliyunClient(aliyun.ALIDNS, params=params, context=context, meanings={})
    return client.call("DescribeDomains", {}, replay=Replay.READ)


def _metadata(context: Context) -> object:
    server = KeyServer("the role of this instance", context=context, timeout=1.0)
    return server.json(f"{HERE}/latest", headers={"X-Token": SECRET})


def _download(context: Context) -> object:
    downloads = Downloads(options=HttpOptions(retries=0, timeout=5.0), context=context, api=HERE, allow_plain=False)
    return downloads.fetch(f"{HERE}/client.crt?Signature={SECRET}", what="client.crt")


CALLERS: dict[str, c.Callable[[Context], object]] = {
    "aliyun": _aliyun,
    "tencent": _tencent,
    "huawei": _huawei,
    "STS": _sts,
    "metadata": _metadata,
    "download": _download,
}
EVERY = pytest.mark.parametrize("name", CALLERS)


def failure(name: str, context: Context) -> CertificatesError:
    with pytest.raises(CertificatesError) as caught:
        CALLERS[name](context)
    check_failure(caught.value)
    return caught.value


def check_failure(error: CertificatesError) -> None:
    """One line of bounded length, without a secret, in characters that every output takes."""
    text = json.dumps(error.as_result(), ensure_ascii=False)
    assert SECRET.encode("utf-8") not in text.encode("utf-8")
    assert error.message.isprintable(), error.message
    assert len(error.message) < 2000


# --- fuzz --------------------------------------------------------------------------------------------------

HEAD = (
    *("Content-Length: 5", "Content-Length: -1", "Content-Length: x", "Content-Length: 5, 6", "Content-Length: 9e9"),
    *("Transfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked", "Content-Encoding: gzip", "Connection: close"),
    *("Content-Encoding: gzip, gzip", "Content-Encoding: br", "Content-Encoding: deflate", "Content-Type: text/html"),
    *("Location: http://[::1", "Location: //198.51.100.7/x", "Location: file:///etc/passwd", "Location: \x00"),
    *("Date: Fri, 31 Dec 9999 23:59:59 -2359", "Date: Sat, 01 Jan 0001 00:00:00 +2359"),
    *("Date: 1 Jan 2026 00:00:00 -0000", "Date: Thu, 01 Jan 1970 00:00:00 GMT \x1b[2J"),
    *("Retry-After: nan", "Retry-After: 1e9", "x-acs-retry-after: 99999999999999", "Date: x", "Date: 0 0 0 0 0 0"),
    *("Set-Cookie: a=b; Domain=.example.com", "Set-Cookie: =;;;", " folded: x", ": empty", "no colon", "X: \xff\x00"),
    *("x-request-id: \x1b[2J", "x-acs-request-id: \u00e9", "X: " + "y" * 70_000),
)  # fmt: skip
SOUND: tuple[t.Any, ...] = (
    {"Response": {"RequestId": "a", "TotalCount": 0, "Certificates": []}},
    {"Response": {"RequestId": "a", "Error": {"Code": "AuthFailure.SignatureExpire", "Message": "b"}}},
    {"RequestId": "a", "Code": "InvalidTimeStamp.Expired", "Message": "b", "Success": False},
    {"RequestId": "a", "Credentials": {"AccessKeyId": "b", "AccessKeySecret": "c", "SecurityToken": "d",
                                       "Expiration": "2026-11-22T09:00:00Z"}},
    {"error_code": "APIG.0301", "error_msg": "Incorrect IAM authentication information: x", "request_id": "c"},
)  # fmt: skip


def chunked(body: bytes, size: int) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@EVERY
def test_wire(name: str, tmp_path: Path, executed: Executions) -> None:
    """Bytes in place of an answer: whatever they are, the caller gets an answer or an error of the collection."""

    @executions(15)
    @given(
        body=st.sampled_from(SOUND),
        edits=json_edits(),
        form=st.sampled_from(("plain", "plain", "gzip", "chunked")),
        status=st.sampled_from((*["200 OK"] * 6, "302 Found", "403 x", "503 x", "99999 x", "2OO", "", "100 Continue")),
        head=st.lists(st.sampled_from(HEAD), max_size=2),
        cuts=byte_edits(),
        whole=st.booleans(),
    )
    def survives(
        body: t.Any, edits: list[Edit], form: str, status: str, head: list[str], cuts: list[Edit], whole: bool
    ) -> None:
        executed.one()
        content = json.dumps(edited(body, edits)).encode()
        lines = [f"HTTP/1.1 {status}", *head]
        if form == "gzip":
            content = gzip.compress(content, 1)
            lines.append("Content-Encoding: gzip")
        if form == "chunked":
            content = chunked(content, 1000)
            lines.append("Transfer-Encoding: chunked")
        raw = "\r\n".join([*lines, "", ""]).encode("utf-8") + content
        with answering(raw if whole else spoilt(raw, cuts)) as network:
            try:
                CALLERS[name](context_of(tmp_path))
            except CertificatesError as error:
                check_failure(error)
        assert set(network.places) <= {PLACE}

    survives()


# --- leading elsewhere -------------------------------------------------------------------------------------

ELSEWHERE = ("https://198.51.100.7/x", "//198.51.100.7/x", "http://[::1", "file:///etc/passwd", "data:,x", "/x", "\xff")


@EVERY
def test_a_redirect_is_not_followed(name: str, tmp_path: Path) -> None:
    """Neither is a key sent there, nor is what stands there taken for an answer."""
    for place, status in zip(ELSEWHERE, itertools.cycle([301, 307, 399])):
        with answering(answer(status=status, Location=place)) as network:
            error = failure(name, context_of(tmp_path))
        assert isinstance(error, ProtocolFailure), place
        assert "redirect" in error.message
        assert network.places == [PLACE]


def endless(piece: bytes = b"x" * 65536) -> c.Iterator[bytes]:
    return itertools.repeat(piece)


def after(head: bytes, pieces: c.Iterable[bytes]) -> c.Iterator[bytes]:
    return itertools.chain([head], pieces)


def bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    zeros = b"0" * (1024 * 1024)
    return b"".join(packer.compress(zeros) for _megabyte in range(megabytes)) + packer.flush()


CHUNK = b"ffff\r\n" + b"x" * 65535 + b"\r\n"
MANY: dict[str, c.Callable[[], Answer]] = {
    "no length": lambda: after(answer(b"", length=""), endless()),
    "a length that lies": lambda: after(answer(b"", length=10**15), endless()),
    "one chunk": lambda: after(answer(b"fffffffffff\r\n", length="", Transfer_Encoding="chunked"), endless()),
    "chunks": lambda: after(answer(b"", length="", Transfer_Encoding="chunked"), endless(CHUNK)),
    "the length of a chunk": lambda: after(answer(b"", length="", Transfer_Encoding="chunked"), endless()),
    "a redirect": lambda: after(answer(b"", status=302, length="", Location="/x"), endless()),
    "a failure": lambda: after(answer(b"", status=503, length=""), endless()),
    "headers": lambda: after(b"HTTP/1.1 200 OK\r\n", endless(b"X: y\r\n" * 1000)),
    "one header": lambda: after(b"HTTP/1.1 200 OK\r\nX: ", endless()),
    "a bomb": lambda: answer(bomb(100), Content_Encoding="gzip"),
    "a bomb in a redirect": lambda: answer(bomb(100), status=302, Content_Encoding="gzip", Location="/x"),
    "a bomb in a bomb": lambda: answer(gzip.compress(bomb(100)), Content_Encoding="gzip, gzip"),
}  # fmt: skip


@pytest.mark.parametrize("caller", ["tencent", "download"])
@pytest.mark.parametrize("name", MANY)
def test_an_answer_without_end_ends(name: str, caller: str, tmp_path: Path) -> None:
    """Soon, and in a bounded part of the memory."""
    prepared = MANY[name]()
    begin = time.process_time()
    with answering(prepared):
        tracemalloc.start()
        try:
            error = failure(caller, context_of(tmp_path))
            _now, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert isinstance(error, (ProtocolFailure, NetworkFailure))
    assert most < 5 * _http.MAX_BODY
    assert time.process_time() - begin < 5


def drops(head: bytes, ended: threading.Event) -> c.Iterator[bytes]:
    yield head
    while not ended.wait(0.02):
        yield b"x"


def status_lines(head: bytes, ended: threading.Event) -> c.Iterator[bytes]:
    while not ended.is_set():
        yield head * 1000


@pytest.mark.parametrize(
    ("head", "pieces"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", drops),
        (b"HTTP/1.1 200 OK\r\nX: ", drops),
        (b"HTTP/1.1 100 Continue\r\n\r\n", status_lines),
    ],
    ids=["body", "header", "status"],
)
def test_an_answer_that_drips_ends_in_time(head: bytes, pieces: t.Any, tmp_path: Path) -> None:
    """Each piece comes well within the time-out, and the whole never would."""
    ended = threading.Event()
    options = HttpOptions(retries=0, timeout=0.2)
    downloads = Downloads(options=options, context=context_of(tmp_path), api=HERE, allow_plain=False)
    begin = time.monotonic()
    with answering(pieces(head, ended)), contextlib.ExitStack() as stack:
        stack.callback(ended.set)
        with pytest.raises(NetworkFailure):
            downloads.fetch(f"{HERE}/client.crt", what="client.crt")
    assert time.monotonic() - begin < 5


def test_a_packed_answer_is_read(tmp_path: Path) -> None:
    body = json.dumps({"Response": {"RequestId": "a"}}).encode()
    for encoding in ("gzip", "x-gzip", " GZIP"):
        with answering(answer(gzip.compress(body), Content_Encoding=encoding)):
            assert CALLERS["tencent"](context_of(tmp_path))


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip", "gzip"])
def test_what_is_packed_otherwise_or_damaged_is_an_error(encoding: str, tmp_path: Path) -> None:
    with answering(answer(b"\x1f\x8bnot packed", Content_Encoding=encoding)):
        assert isinstance(failure("tencent", context_of(tmp_path)), ProtocolFailure)


# --- addresses that a service names ------------------------------------------------------------------------

ADDRESSES = (
    *("file:///etc/passwd", "ftp://127.0.0.1/x", "data:text/plain,x", "gopher://127.0.0.1:9/", "javascript:x", ""),
    *("//127.0.0.1/x", "http:///x", "http://", "http://127.0.0.1:0/", "http://127.0.0.1:99999/", "http://[::1/"),
    *("https://user:word@127.0.0.1/x", "https://user@127.0.0.1/", "http://127.0.0.1:9/\r\nX: y", "http://a b/", "HTTP"),
    *("http://\u4f8b\u5b50.cn/", "http://127.0.0.1:9/\u00e9", "\ud800", "http://a/\0", "http:\\\\127.0.0.1\\x"),
)  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_is_none_is_not_asked(address: str, tmp_path: Path) -> None:
    downloads = Downloads(options=HttpOptions(retries=0), context=context_of(tmp_path), api=HERE, allow_plain=True)
    with answering(answer()) as network, pytest.raises(CertificatesError) as caught:
        downloads.fetch(address, what="client.crt")
    assert not network.places
    assert "word" not in caught.value.message


@pytest.mark.parametrize("answers", [(answer(status=302, Location=f"{HERE}/x"),), (b"",)])
def test_a_download_over_https_never_becomes_plain(answers: tuple[bytes, ...], tmp_path: Path) -> None:
    """Neither as the server leads back to http, nor since https does not work there."""
    downloads = Downloads(options=HttpOptions(retries=0), context=context_of(tmp_path), api=HERE, allow_plain=False)
    for address in ("https://198.51.100.7/client.crt?Signature=x", "http://198.51.100.7/client.crt?Signature=x"):
        with answering(*answers) as network, pytest.raises(CertificatesError):
            downloads.fetch(address, what="client.crt")
        assert set(network.places) == {("198.51.100.7", 443)}
        assert not any(b"Signature" in sent for sent in network.sent)


def test_a_download_has_a_limit_of_its_own(tmp_path: Path) -> None:
    for body, fine in ((b"x" * MAX_DOWNLOAD, True), (b"x" * (MAX_DOWNLOAD + 1), False)):
        with answering(answer(body)), contextlib.ExitStack() as stack:
            if not fine:
                stack.enter_context(pytest.raises(CertificatesError))
            assert CALLERS["download"](context_of(tmp_path)) == body


# --- handshakes --------------------------------------------------------------------------------------------

ALERT, HANDSHAKE = b"\x15\x03\x03", b"\x16\x03\x03"
FLIGHTS = (
    *(b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 400 x\r\n\r\n", b"\x17\x03\x03\x00\x01\x00", HANDSHAKE + b"\xff\xff"),
    *(ALERT + b"\x00\x02\x02\x28", ALERT + b"\x00\x02\x01\x70", HANDSHAKE + b"\x00\x04\x0e\x00\x00\x00"),
    HANDSHAKE + b"\x00\x04\x0b\xff\xff\xff",
    HANDSHAKE + b"\x00\x2a\x02\x00\x00\x26\x03\x03" + b"x" * 32 + b"\x00\xc0\x2b\x00",
)
PROXIES = (
    *(b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200", b"HTTP/1.1 407 x\r\n\r\n", b"HTTP/1.1 \xff\r\n\r\n", b"200\r\n\r\n"),
    *(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 60_000, b"\r\n\r\n", b""),
)  # fmt: skip


@pytest.mark.parametrize("proxy", [None, "http://user:word@127.0.0.1:9"], ids=["direct", "proxy"])
def test_handshakes(proxy: str | None, tmp_path: Path, executed: Executions) -> None:
    """A server, or a proxy before it, that sends anything in place of a handshake."""
    target = Target(host="www.example.com", address="192.0.2.1", port=443)
    options = HttpOptions(timeout=5.0, proxy=proxy or "")
    context = context_of(tmp_path)
    handshakes = Handshakes(target, options=options, key_algorithm=None, context=context)

    @executions(20)
    @given(flight=st.sampled_from(FLIGHTS), tunnel=st.sampled_from(PROXIES), edits=byte_edits())
    def survives(flight: bytes, tunnel: bytes, edits: list[Edit]) -> None:
        executed.one()
        sent = spoilt(flight, edits) if proxy is None else spoilt(tunnel, edits) + flight
        with answering(sent, patch="socket.create_connection"), pytest.raises(NetworkFailure) as caught:
            handshakes.look()
        check_failure(caught.value)
        assert "word" not in caught.value.message

    survives()


def test_a_proxy_that_drips_ends_in_time(tmp_path: Path) -> None:
    ended = threading.Event()
    target = Target(host="www.example.com", address="192.0.2.1", port=443)
    options = HttpOptions(timeout=0.2, proxy="http://127.0.0.1:9")
    handshakes = Handshakes(target, options=options, key_algorithm=None, context=context_of(tmp_path))
    begin = time.monotonic()
    with answering(drops(b"HTTP/1.1 200", ended), patch="socket.create_connection"), contextlib.ExitStack() as stack:
        stack.callback(ended.set)
        with pytest.raises(NetworkFailure):
            handshakes.look()
    assert time.monotonic() - begin < 5
