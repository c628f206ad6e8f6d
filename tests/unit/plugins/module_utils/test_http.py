# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may be sent again, what may not, and what a failure is allowed to say."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import socket
import typing as t
from pathlib import Path

import pytest
import requests
from ansible_collections.cncloud.certificates.plugins.module_utils import _http, _locks
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    AuthError,
    CertificatesError,
    Invalid,
    NetworkFailure,
    ProtocolFailure,
    Ran,
    Throttled,
    Unavailable,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._http import (
    Call,
    HttpOptions,
    Judge,
    Replay,
    Reply,
    Transport,
)
from ansible_collections.cncloud.certificates.tests.unit.doubles import FakeClock, FixedRandomness
from ansible_collections.cncloud.certificates.tests.unit.raw_peer import (
    BUSY,
    CUT,
    DENIED,
    ELSEWHERE,
    HALF,
    LOST,
    OK,
    THROTTLED,
    Peer,
)


@pytest.fixture
def peer() -> t.Iterator[Peer]:
    peer = Peer(script=[])
    peer.start()
    yield peer
    peer.stop()
    _http.close_sessions()


@pytest.fixture
def context(tmp_path: Path) -> Context:
    _locks._refused_here.clear()
    return Context(
        clock=FakeClock(),
        randomness=FixedRandomness(),
        environ={"XDG_CACHE_HOME": str(tmp_path)},
        task_host=str(tmp_path),
    )


def judge(reply: Reply) -> t.Optional[CertificatesError]:
    if reply.status == 401:
        return AuthError("refused")
    if reply.status == 429:
        return Throttled("slow down", retryable=True, ran=Ran.NO, retry_after=3.0)
    if reply.status == 503:
        return Unavailable("busy", retryable=True, ran=Ran.UNKNOWN)
    return None


def send(peer: Peer, context: Context, *, replay: Replay, identity: str = "key", **options: t.Any) -> Reply:
    call = Call("Do", "POST", f"http://127.0.0.1:{peer.port}/?secret=hidden", replay, body=b"{}")
    transport = Transport(
        options=HttpOptions(timeout=5, **options), context=context, identity=identity, source="the test"
    )
    return transport.send(call, auth=lambda: None, judge=judge)


@pytest.mark.parametrize(
    "script, replay, requests_seen",
    [
        ([BUSY, OK], Replay.READ, 2),
        ([BUSY, OK], Replay.TOKEN, 2),
        ([THROTTLED, OK], Replay.NEVER, 2),
        ([LOST, OK], Replay.READ, 2),
        ([CUT, OK], Replay.TOKEN, 2),
    ],
)
def test_what_is_sent_again(
    peer: Peer, context: Context, script: list[bytes], replay: Replay, requests_seen: int
) -> None:
    peer.script = list(script)
    assert send(peer, context, replay=replay).status == 200
    assert len(peer.requests) == requests_seen


@pytest.mark.parametrize(
    "script, error, ran",
    [([BUSY], Unavailable, Ran.UNKNOWN), ([LOST], NetworkFailure, Ran.UNKNOWN), ([CUT], NetworkFailure, Ran.UNKNOWN)],
)
def test_a_write_with_unknown_outcome_is_sent_once(
    peer: Peer, context: Context, script: list[bytes], error: type[CertificatesError], ran: Ran
) -> None:
    peer.script = list(script)
    with pytest.raises(error) as caught:
        send(peer, context, replay=Replay.NEVER)
    assert caught.value.ran is ran
    assert len(peer.requests) == 1


def test_repetition_is_bounded_and_waits_as_told(peer: Peer, context: Context) -> None:
    peer.script = [THROTTLED] * 10
    with pytest.raises(Throttled):
        send(peer, context, replay=Replay.NEVER, retries=2)
    assert len(peer.requests) == 3
    assert t.cast("FakeClock", context.clock).sleeps == [3.0, 3.0]


def told(seconds: float) -> Judge:
    return lambda reply: Throttled("slow down", retryable=True, ran=Ran.NO, retry_after=seconds)


@pytest.mark.parametrize(
    "seconds, sleeps",
    [(0.5, [0.5] * 20), (50.0, [50.0] * 3), (180.0, [180.0]), (181.0, []), (99999.0, []), (-5.0, [0.0] * 20)],
)
def test_all_tries_together_end_in_time_and_none_comes_earlier_than_told(
    peer: Peer, context: Context, seconds: float, sleeps: list[float]
) -> None:
    call = Call("Do", "GET", f"http://127.0.0.1:{peer.port}/", Replay.READ)
    transport = Transport(options=HttpOptions(retries=20), context=context, identity="key", source="the test")
    with pytest.raises(Throttled) as caught:
        transport.send(call, auth=lambda: None, judge=told(seconds))
    late = sum(sleeps) + seconds > _http.MAX_TOTAL
    assert (f"come again in {seconds:g} seconds" in str(caught.value.hint)) is late
    clock = t.cast("FakeClock", context.clock)
    assert clock.sleeps == sleeps
    assert clock.monotonic() <= _http.MAX_TOTAL
    assert len(peer.requests) == len(sleeps) + 1


def test_without_a_time_told_the_pauses_grow_and_end(peer: Peer, context: Context) -> None:
    peer.script = [BUSY] * 21
    with pytest.raises(Unavailable):
        send(peer, context, replay=Replay.READ, retries=20)
    sleeps = t.cast("FakeClock", context.clock).sleeps
    # Half of 0.5, 1, 2, ... 20 seconds: what chance gives on the average.
    assert sleeps == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0] + [10.0] * 14


def test_a_refused_connection_did_not_run_and_is_tried_again(context: Context) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(NetworkFailure) as caught:
        send(Peer(script=[], port=port), context, replay=Replay.NEVER, retries=2)
    assert caught.value.ran is Ran.NO
    assert len(t.cast("FakeClock", context.clock).sleeps) == 2


def test_redirects_are_not_followed_and_messages_hide_the_query(peer: Peer, context: Context) -> None:
    peer.script = [ELSEWHERE]
    with pytest.raises(ProtocolFailure) as caught:
        send(peer, context, replay=Replay.READ)
    assert "hidden" not in str(caught.value.as_result())
    assert len(peer.requests) == 1


def test_network_messages_hide_the_query(context: Context) -> None:
    call = Call("Do", "GET", "http://no-such-host.invalid/?secret=hidden", Replay.READ)
    transport = Transport(options=HttpOptions(retries=0), context=context, identity="key", source="the test")
    with pytest.raises(NetworkFailure) as caught:
        transport.send(call, auth=lambda: None, judge=judge)
    assert caught.value.ran is Ran.NO
    assert "hidden" not in str(caught.value.as_result())
    assert "no-such-host.invalid" in caught.value.message


def test_a_refused_key_is_sent_once_in_five_minutes(peer: Peer, context: Context, tmp_path: Path) -> None:
    peer.script = [DENIED]
    with pytest.raises(AuthError):
        send(peer, context, replay=Replay.READ)
    for _item in range(7):
        with pytest.raises(AuthError, match="the test") as caught:
            send(peer, context, replay=Replay.READ)
        assert caught.value.ran is Ran.NO
    assert len(peer.requests) == 1
    _locks._refused_here.clear()
    with pytest.raises(AuthError):
        send(peer, context, replay=Replay.READ)
    assert len(peer.requests) == 1, "another process of this machine asks the folder"
    assert send(peer, context, replay=Replay.READ, identity="corrected key").status == 200
    context.clock.sleep(301)
    assert send(peer, context, replay=Replay.READ).status == 200


def test_check_mode_remembers_a_refused_key_without_a_file(peer: Peer, context: Context, tmp_path: Path) -> None:
    context.check_mode = True
    peer.script = [DENIED]
    for _item in range(2):
        with pytest.raises(AuthError):
            send(peer, context, replay=Replay.READ)
    assert len(peer.requests) == 1
    assert list(tmp_path.iterdir()) == []


def test_an_entry_in_netrc_does_not_replace_the_signature(
    peer: Peer, context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))

    class Signature(requests.auth.AuthBase):
        def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
            request.headers["Authorization"] = "SIGNED abc"
            return request

    call = Call("Do", "GET", f"http://127.0.0.1:{peer.port}/", Replay.READ)
    transport = Transport(options=HttpOptions(), context=context, identity="key", source="the test")
    transport.send(call, auth=Signature, judge=judge)
    assert b"Authorization: SIGNED abc" in peer.requests[0]
    assert b"Basic" not in peer.requests[0]


def test_each_try_is_signed_anew(peer: Peer, context: Context) -> None:
    peer.script = [BUSY, BUSY, OK]
    made: list[int] = []
    call = Call("Do", "GET", f"http://127.0.0.1:{peer.port}/", Replay.READ)
    transport = Transport(options=HttpOptions(), context=context, identity="key", source="the test")
    transport.send(call, auth=lambda: made.append(1), judge=judge)
    assert len(made) == 3


def test_a_connection_is_kept_for_reads_and_renewed_for_a_late_write(
    peer: Peer, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: moment[0])
    send(peer, context, replay=Replay.READ)
    moment[0] += 60
    send(peer, context, replay=Replay.READ)
    assert peer.connections == 1
    moment[0] += 6
    send(peer, context, replay=Replay.NEVER)
    assert peer.connections == 2


def test_sessions_are_not_shared_between_hosts_keys_or_processes(
    peer: Peer, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(peer, context, replay=Replay.READ)
    send(peer, context, replay=Replay.READ, identity="other key")
    send(peer, dataclasses.replace(context, task_host="another host"), replay=Replay.READ)
    assert peer.connections == 3
    monkeypatch.setattr("os.getpid", lambda: -1)
    send(peer, context, replay=Replay.READ)
    assert peer.connections == 4
    assert {key[0] for key in _http._sessions} == {-1}, "what came over a fork is dropped"
    _http._sessions.clear()


def test_an_endless_answer_is_cut(peer: Peer, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_http, "MAX_BODY", 1000)
    peer.script = [b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000]
    with pytest.raises(ProtocolFailure) as caught:
        send(peer, context, replay=Replay.NEVER)
    assert caught.value.ran is Ran.UNKNOWN


NO_TEXT = (b'{"a": "\\ud800"}', b'{"a": ["\\uDFFFx"]}', b'{"\\udbff": 1}')


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b'{"a":', b"<html>", b"[" * 100000, *NO_TEXT])
def test_only_a_json_object_is_an_answer(body: bytes) -> None:
    with pytest.raises(ProtocolFailure) as caught:
        Reply(status=200, headers={}, body=body).json()
    assert caught.value.ran is Ran.UNKNOWN


def test_a_whole_pair_of_surrogates_is_one_character() -> None:
    assert Reply(status=200, headers={}, body=b'{"a": "\\ud83d\\ude00", "b": "\\\\ud800"}').json() == {
        "a": "\N{GRINNING FACE}",
        "b": "\\ud800",
    }


@pytest.mark.parametrize(
    "url, fine",
    [
        ("https://ssl.tencentcloudapi.com", True),
        ("https://host:8443/prefix/", True),
        ("http://127.0.0.1:5000", True),
        ("http://[::1]:5000", True),
        ("http://localhost", True),
        ("http://ssl.tencentcloudapi.com", False),
        ("http://127.0.0.1.example.com", False),
        ("ftp://host", False),
        ("ssl.tencentcloudapi.com", False),
        ("https://user:pw@host", False),
        ("https://host?x=1", False),
        ("https://host:99999", False),
        ("https://[::1", False),
        ("", False),
    ],
)
def test_endpoints(url: str, fine: bool) -> None:
    if fine:
        assert not _http.check_endpoint(url).endswith("/")
    else:
        with pytest.raises(Invalid):
            _http.check_endpoint(url)


def test_loggers_of_the_library_do_not_reach_ansible_log_path() -> None:
    for name in ("requests", "urllib3"):
        assert logging.getLogger(name).propagate is False


def test_a_bundle_that_cannot_be_read_is_named() -> None:
    params = {"timeout": 1.0, "retries": 0, "validate_certs": True, "ca_bundle": os.devnull + "x", "proxy": None}
    with pytest.raises(Invalid, match="ca_bundle"):
        HttpOptions.from_params(params)


# --- answers that are kept -----------------------------------------------------------------------------------


@dataclasses.dataclass
class Kept:
    """A sink that notes what it is given, and when it is opened and left."""

    events: list[str] = dataclasses.field(default_factory=list)
    content: bytes = b""

    @contextlib.contextmanager
    def __call__(self) -> t.Iterator[t.Callable[[bytes], None]]:
        self.events.append("open")
        try:
            yield self.keep
        finally:
            self.events.append("left")

    def keep(self, piece: bytes) -> None:
        self.content += piece


def send_kept(peer: Peer, context: Context, kept: Kept, **more: t.Any) -> Reply:
    call = Call("Do", "POST", f"http://127.0.0.1:{peer.port}/", Replay.NEVER, body=b"{}", sink=kept, **more)
    transport = Transport(options=HttpOptions(timeout=5), context=context, identity="key", source="the test")
    return transport.send(call, auth=lambda: None, judge=judge)


def test_a_sink_has_the_answer_and_asks_for_it_uncompressed(peer: Peer, context: Context) -> None:
    kept = Kept()
    assert send_kept(peer, context, kept).body == kept.content == b"{}"
    assert kept.events == ["open", "left"]
    assert b"accept-encoding: identity" in peer.requests[0].lower()


def test_a_sink_has_each_byte_of_an_answer_that_is_cut_off(peer: Peer, context: Context) -> None:
    peer.script = [HALF]
    kept = Kept()
    with pytest.raises(NetworkFailure):
        send_kept(peer, context, kept)
    assert kept.content == b"{half a key"
    assert kept.events == ["open", "left"]


def test_a_sink_is_opened_for_each_try(peer: Peer, context: Context) -> None:
    peer.script = [THROTTLED, OK]
    kept = Kept()
    send_kept(peer, context, kept)
    assert kept.events == ["open", "left"] * 2


def test_a_sink_that_cannot_be_opened_sends_nothing(peer: Peer, context: Context) -> None:
    def refusing() -> t.NoReturn:
        raise Invalid("no place")

    call = Call("Do", "POST", f"http://127.0.0.1:{peer.port}/", Replay.NEVER, sink=refusing)
    transport = Transport(options=HttpOptions(timeout=5), context=context, identity="key", source="the test")
    with pytest.raises(Invalid):
        transport.send(call, auth=lambda: None, judge=judge)
    assert peer.requests == []


def test_an_answer_may_have_a_limit_of_its_own(peer: Peer, context: Context) -> None:
    with pytest.raises(ProtocolFailure) as caught:
        send_kept(peer, context, Kept(), max_answer=1)
    assert "larger than 1 bytes" in caught.value.message
