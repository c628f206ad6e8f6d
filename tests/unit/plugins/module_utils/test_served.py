# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import datetime
import hashlib
import pathlib
import socket
import ssl
import sys
import typing as t

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils import _served
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import execute
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    ProtocolFailure,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._handshake import Handshakes, Seen, Target
from ansible_collections.cncloud.certificates.plugins.module_utils._http import HttpOptions
from ansible_collections.cncloud.certificates.plugins.module_utils._x509 import read_leaf
from ansible_collections.cncloud.certificates.tests.unit.authority import Issued, issue
from ansible_collections.cncloud.certificates.tests.unit.doubles import START, FakeClock, FixedRandomness
from ansible_collections.cncloud.certificates.tests.unit.tls_server import Edge, Proxy, listening

HOST = "www.example.com"
# OpenSSL asks the real clock, so what is to be trusted is valid for decades.
DECADE = datetime.timedelta(days=3650)

Params = dict[str, t.Any]


def lasting(*domains: str, algorithm: str = "ecc") -> Issued:
    return issue(*domains, algorithm=algorithm, start=START - DECADE / 2, end=START + DECADE)


def params(**given: t.Any) -> Params:
    """Options as the validator hands them over; one try, so that a failure shows at once."""
    spec = _served.ENTRY.argument_spec
    defaults = {name: option.get("default") for name, option in spec.items()}
    return {**defaults, "host": HOST, "timeout": 5.0, "retries": 0, "proxy": "", **given}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def context(clock: FakeClock) -> Context:
    return Context(clock=clock, randomness=FixedRandomness())


@pytest.fixture(scope="module")
def rsa() -> Issued:
    return lasting(HOST, algorithm="rsa")


@pytest.fixture(scope="module")
def ecc() -> Issued:
    return lasting(HOST, "example.com")


@pytest.fixture
def edge(tmp_path: pathlib.Path) -> Edge:
    return Edge(tmp_path)


@pytest.fixture
def port(edge: Edge) -> t.Iterator[int]:
    with listening(edge) as number:
        yield number


@pytest.fixture
def bundle(tmp_path: pathlib.Path, ecc: Issued) -> str:
    path = tmp_path / "root.pem"
    path.write_text(ecc.root_pem)
    return str(path)


def fingerprint(issued: Issued) -> str:
    return read_leaf(issued.leaf_pem).fingerprint_sha256


def run(context: Context, port: int, **given: t.Any) -> dict[str, t.Any]:
    return execute(_served.ENTRY, params(connect_to="127.0.0.1", port=port, **given), context)


# --- what is served ----------------------------------------------------------------------------------------


def test_the_facts_of_what_is_served(context: Context, edge: Edge, port: int, ecc: Issued, bundle: str) -> None:
    edge.bind(HOST, ecc)
    result = run(context, port, ca_bundle=bundle)
    chain = [hashlib.sha256(read_leaf(pem).der).hexdigest() for pem in (ecc.leaf_pem, ecc.chain_pem)]
    assert result == {
        "changed": False,
        "actions": [],
        "request_ids": [],
        "served": {
            "host": HOST,
            "port": port,
            "connect_to": "127.0.0.1",
            "fingerprint_sha256": fingerprint(ecc),
            "chain_fingerprints_sha256": chain if sys.version_info >= (3, 13) else None,
            "serial_number": format(ecc.leaf.serial_number, "x"),
            "issuer": "CN=Test Issuer,C=CN",
            "domains": ["example.com", HOST],
            "not_before": "2021-11-23T08:00:00Z",
            "not_after": "2036-11-19T08:00:00Z",
            "days_left": 3650,
            "key_algorithm": "ecc",
            "key_size": 256,
            "tls_version": "TLSv1.3",
            "verified": True,
            "verify_error": None,
            "matches": None,
        },
    }
    assert edge.names == [HOST]


def test_what_is_not_trusted_is_read_all_the_same(context: Context, edge: Edge, port: int, ecc: Issued) -> None:
    edge.bind(HOST, ecc)
    served = run(context, port)["served"]
    assert served["fingerprint_sha256"] == fingerprint(ecc)
    assert served["verified"] is False
    assert "issuer certificate" in served["verify_error"] or "self-signed" in served["verify_error"]
    assert edge.names == [HOST, HOST]


@pytest.mark.parametrize(
    ("made", "part"),
    [
        (lasting("other.example.com"), "www.example.com"),
        (issue(HOST, start=START - DECADE / 2, end=START - DECADE / 4), "expired"),
    ],
    ids=["wrong name", "expired"],
)
@pytest.mark.parametrize("on_mismatch", ["fail", "report"])
def test_validate_certs_makes_what_a_client_refuses_a_mismatch(
    context: Context, edge: Edge, port: int, bundle: str, made: Issued, part: str, on_mismatch: str
) -> None:
    edge.bind(HOST, made)
    result = run(context, port, ca_bundle=bundle, validate_certs=True, on_mismatch=on_mismatch)
    assert result["served"]["matches"] is False
    assert part in result["served"]["verify_error"]
    if on_mismatch == "fail":
        assert result["failed"]
        assert result["error"]["kind"] == "invalid"
        assert result["msg"].startswith(f"The certificate that {HOST} (at 127.0.0.1:{port}) serves is not trusted: ")
    else:
        assert "failed" not in result
    assert run(context, port, ca_bundle=bundle)["served"]["matches"] is None


@pytest.mark.parametrize("algorithm", ["rsa", "ecc"])
def test_only_the_kind_of_key_that_was_asked_for_is_offered(
    context: Context, edge: Edge, port: int, rsa: Issued, ecc: Issued, algorithm: str
) -> None:
    edge.bind(HOST, rsa, ecc)
    served = run(context, port, key_algorithm=algorithm)["served"]
    assert (served["key_algorithm"], served["tls_version"]) == (algorithm, "TLSv1.2")
    assert served["fingerprint_sha256"] == fingerprint(rsa if algorithm == "rsa" else ecc)


def test_a_kind_of_key_that_is_not_there(context: Context, edge: Edge, port: int, ecc: Issued) -> None:
    edge.bind(HOST, ecc)
    result = run(context, port, key_algorithm="rsa")
    assert result["msg"].startswith(
        f"{HOST} (at 127.0.0.1:{port}) refused a handshake that only offers RSA keys in TLS 1.2."
    )
    assert result["error"]["kind"] == "network"


# --- what is expected --------------------------------------------------------------------------------------


def test_the_expected_fingerprint(context: Context, edge: Edge, port: int, ecc: Issued) -> None:
    edge.bind(HOST, ecc)
    spelled = ":".join(fingerprint(ecc)[i : i + 2] for i in range(0, 64, 2)).upper()
    assert run(context, port, expect_fingerprint=spelled)["served"]["matches"] is True


def test_another_fingerprint(context: Context, edge: Edge, port: int, ecc: Issued) -> None:
    edge.bind(HOST, ecc)
    result = run(context, port, expect_fingerprint="ab" * 32, wait=False)
    assert result["failed"]
    assert result["error"]["kind"] == "invalid"
    assert result["msg"] == (
        f"{HOST} (at 127.0.0.1:{port}) serves the certificate with the SHA-256 fingerprint {fingerprint(ecc)}"
        f" (valid until 2036-11-19T08:00:00Z), not {'ab' * 32}. {result['error']['hint']}"
    )
    assert "connect_to" in result["error"]["hint"]
    assert result["served"]["fingerprint_sha256"] == fingerprint(ecc)
    assert result["changed"] is False
    reported = run(context, port, expect_fingerprint="ab" * 32, wait=False, on_mismatch="report")
    assert "failed" not in reported
    assert reported["served"]["matches"] is False


def test_waiting_until_it_is_served(
    context: Context, clock: FakeClock, edge: Edge, port: int, ecc: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleep = clock.sleep

    def sleep_and_bind(seconds: float) -> None:
        sleep(seconds)
        edge.bind(HOST, ecc if len(clock.sleeps) == 3 else issue(HOST))

    monkeypatch.setattr(clock, "sleep", sleep_and_bind)
    served = run(context, port, expect_fingerprint=fingerprint(ecc))["served"]
    assert served["matches"] is True
    # First nothing was bound at all (a TLS alert), then others.
    assert clock.sleeps == [2.0, 2.0, 2.0]


def test_waiting_in_vain(context: Context, clock: FakeClock, edge: Edge, port: int, ecc: Issued) -> None:
    edge.bind(HOST, ecc)
    result = run(context, port, expect_fingerprint="ab" * 32, wait_timeout=5.0)
    assert clock.sleeps == [2.0, 2.0, 1.0]
    assert result["error"]["kind"] == "timeout"
    assert result["error"]["retryable"] is True
    assert result["msg"].startswith(f"The expected certificate was not served within 5 seconds. {HOST} (at ")
    assert result["served"]["fingerprint_sha256"] == fingerprint(ecc)
    reported = run(context, port, expect_fingerprint="ab" * 32, wait_timeout=5.0, on_mismatch="report")
    assert reported["served"]["matches"] is False


def test_waiting_for_a_host_that_never_comes(context: Context, port: int) -> None:
    result = run(context, port, expect_fingerprint="ab" * 32, wait_timeout=5.0, on_mismatch="report")
    assert result["error"]["kind"] == "timeout"
    assert "has no certificate for this name" in result["msg"]
    assert result["served"] is None


# --- check mode --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unknown", ["", "(known after apply)"])
def test_an_unknown_fingerprint_is_not_compared_in_check_mode(
    context: Context, clock: FakeClock, edge: Edge, port: int, ecc: Issued, unknown: str
) -> None:
    warnings: list[str] = []
    context.check_mode, context.warn = True, warnings.append
    missing = run(context, port, expect_fingerprint=unknown)
    assert missing == {"changed": False, "actions": [], "request_ids": [], "served": None}
    assert "has no certificate for this name" in warnings[0]
    edge.bind(HOST, ecc)
    assert run(context, port, expect_fingerprint=unknown)["served"]["matches"] is None
    assert clock.sleeps == []


@pytest.mark.parametrize("unknown", ["", "(known after apply)"])
def test_an_unknown_fingerprint_is_refused_in_a_real_run(context: Context, unknown: str) -> None:
    result = run(context, 1, expect_fingerprint=unknown)
    assert result["error"]["kind"] == "invalid"
    assert "'expect_fingerprint' is not a SHA-256 fingerprint" in result["msg"]


def test_check_mode_compares_what_is_known_and_does_not_wait(
    context: Context, clock: FakeClock, edge: Edge, port: int, ecc: Issued
) -> None:
    context.check_mode = True
    edge.bind(HOST, ecc)
    assert run(context, port, expect_fingerprint=fingerprint(ecc))["served"]["matches"] is True
    assert run(context, port, expect_fingerprint="ab" * 32)["error"]["kind"] == "invalid"
    assert clock.sleeps == []


# --- what goes wrong on the wire ---------------------------------------------------------------------------


def _plain_http(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def _closing(connection: socket.socket) -> None:
    connection.recv(1)


def _resetting(connection: socket.socket) -> None:
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def _silent(connection: socket.socket) -> None:
    # Until the client has given up.
    while connection.recv(4096):
        pass


def _garbage(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(bytes(range(256)) * 4)


@pytest.mark.parametrize(
    ("handler", "part"),
    [
        (_plain_http, "does not speak TLS. Is it a port for plain HTTP?"),
        (_closing, "closed the connection during the TLS handshake."),
        (_resetting, "closed the connection during the TLS handshake."),
        (_silent, "did not finish the TLS handshake within 0.2 seconds."),
        (_garbage, "does not speak TLS"),
    ],
)
def test_a_server_that_does_not_shake_hands(
    context: Context, handler: t.Callable[[socket.socket], None], part: str
) -> None:
    with listening(handler) as port:
        result = run(context, port, timeout=0.2 if handler is _silent else 5.0)
    assert result["failed"]
    assert result["msg"].startswith(f"{HOST} (at 127.0.0.1:{port}) {part}")
    assert result["error"]["kind"] == "network"


def test_a_name_without_certificate(context: Context, port: int) -> None:
    result = run(context, port)
    assert result["msg"] == (
        f"{HOST} (at 127.0.0.1:{port}) has no certificate for this name (TLS alert unrecognized name)."
    )


def test_a_closed_port(context: Context) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    result = run(context, port)
    assert result["msg"] == f"127.0.0.1:{port} refuses connections. Check port and connect_to."


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (socket.gaierror(-2, "Name or service not known"), f"The name {HOST} cannot be resolved. Check DNS, or set"),
        (TimeoutError("timed out"), f"No connection to {HOST}:443 within 5 seconds."),
        (OSError(101, "Network is unreachable"), f"No connection to {HOST}:443 (Network is unreachable)."),
        (UnicodeError("label too long"), f"The name {HOST} cannot be resolved."),
    ],
)
def test_a_host_that_cannot_be_reached(
    context: Context, monkeypatch: pytest.MonkeyPatch, error: Exception, sentence: str
) -> None:
    def connect(_address: tuple[str, int], timeout: float) -> t.NoReturn:
        assert timeout == 5.0
        raise error

    monkeypatch.setattr(socket, "create_connection", connect)
    result = execute(_served.ENTRY, params(), context)
    assert result["msg"].startswith(sentence)
    assert result["error"]["kind"] == "network"


def test_a_look_is_repeated_as_often_as_retries_says(
    context: Context, clock: FakeClock, edge: Edge, port: int, ecc: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(context, port, retries=2)
    assert edge.names == [HOST] * 3
    assert clock.sleeps == [0.25, 0.5]
    sleep = clock.sleep

    def sleep_and_bind(seconds: float) -> None:
        sleep(seconds)
        edge.bind(HOST, ecc)

    monkeypatch.setattr(clock, "sleep", sleep_and_bind)
    assert run(context, port, retries=2)["served"]["fingerprint_sha256"] == fingerprint(ecc)


def test_a_certificate_that_cannot_be_read_is_a_protocol_failure(context: Context) -> None:
    question = _served.read_question(params(), context)
    seen = Seen(leaf=b"\x30\x00", chain=None, tls_version="TLSv1.3", verify_error=None)
    with pytest.raises(ProtocolFailure, match=r"^What www\.example\.com:443 serves cannot be read as an X\.509"):
        _served.judge(question, seen)


# --- a proxy -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["option", "environment"])
def test_through_a_proxy(context: Context, edge: Edge, port: int, ecc: Issued, source: str) -> None:
    secrets: list[str] = []
    context.mask = secrets.append
    edge.bind(HOST, ecc)
    proxy = Proxy(port)
    with listening(proxy) as proxy_port:
        url = f"http://user:pass%2Fword-1@127.0.0.1:{proxy_port}"
        context.environ = {"https_proxy": url} if source == "environment" else {}
        result = execute(
            _served.ENTRY,
            params(connect_to="gateway.example.com", proxy=url if source == "option" else None, validate_certs=False),
            context,
        )
    credentials = base64.b64encode(b"user:pass/word-1").decode()
    assert result["served"]["fingerprint_sha256"] == fingerprint(ecc)
    assert proxy.requests[0] == (
        "CONNECT gateway.example.com:443 HTTP/1.1\r\nHost: gateway.example.com:443\r\n"
        f"Proxy-Authorization: Basic {credentials}\r\n\r\n"
    )
    assert secrets == ["pass/word-1", credentials]


def test_no_proxy_for_exempt_hosts(context: Context, edge: Edge, port: int, ecc: Issued) -> None:
    edge.bind(HOST, ecc)
    context.environ = {"https_proxy": "http://127.0.0.1:1", "no_proxy": "127.0.0.0/8"}
    assert run(context, port, proxy=None)["served"]["host"] == HOST


@pytest.mark.parametrize(
    ("status", "part"),
    [
        ("407 Proxy Authentication Required", "does not connect to 127.0.0.1:{port} (it answered 407)."),
        ("secret nonsense", "does not connect to 127.0.0.1:{port} (it answered no status)."),
    ],
)
def test_a_proxy_that_refuses(context: Context, port: int, status: str, part: str) -> None:
    with listening(Proxy(port, status=status)) as proxy_port:
        result = run(context, port, proxy=f"http://127.0.0.1:{proxy_port}", retries=3)
    assert result["msg"].startswith(f"The proxy 127.0.0.1:{proxy_port} {part.format(port=port)}")
    assert "nonsense" not in str(result)
    assert context.clock.monotonic() == 0


def test_a_proxy_that_hangs_up(context: Context, port: int) -> None:
    with listening(_resetting) as proxy_port:
        result = run(context, port, proxy=f"http://127.0.0.1:{proxy_port}")
    assert result["error"]["kind"] == "network"
    assert result["msg"].startswith(f"The proxy 127.0.0.1:{proxy_port} ")


@pytest.mark.parametrize("proxy", ["https://proxy.example.com", "socks5://proxy.example.com", "http://", "http://x:y"])
def test_proxies_that_cannot_be_used(context: Context, proxy: str) -> None:
    result = execute(_served.ENTRY, params(proxy=proxy), context)
    assert result["error"]["kind"] == "invalid"
    assert result["msg"].startswith("proxy ")


# --- options -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("connect_to", "expected"),
    [
        (None, Target(host=HOST, address=HOST, port=443)),
        ("", Target(host=HOST, address=HOST, port=443)),
        ("203.0.113.7", Target(host=HOST, address="203.0.113.7", port=443)),
        ("203.0.113.7:8443", Target(host=HOST, address="203.0.113.7", port=8443)),
        ("gw.example.com:1", Target(host=HOST, address="gw.example.com", port=1)),
        ("2001:db8::7", Target(host=HOST, address="2001:db8::7", port=443)),
        ("[2001:db8::7]", Target(host=HOST, address="2001:db8::7", port=443)),
        ("[2001:db8::7]:8443", Target(host=HOST, address="2001:db8::7", port=8443)),
        ("[fe80::1%eth0]:8443", Target(host=HOST, address="fe80::1%eth0", port=8443)),
    ],
)
def test_where_to_connect(connect_to: str | None, expected: Target) -> None:
    assert _served.read_target(host="WWW.Example.com.", port=443, connect_to=connect_to) == expected


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"connect_to": "https://gw.example.com"}, "connect_to needs an address"),
        ({"connect_to": "a:b"}, "connect_to needs an address"),
        ({"connect_to": "[nonsense]:1"}, "connect_to needs an address"),
        ({"connect_to": "a b"}, "connect_to needs an address"),
        ({"connect_to": "gw.example.com:70000"}, "The port 70000 is not between 1 and 65535"),
        ({"port": 0}, "The port 0 is not between"),
        ({"host": "*.example.com"}, "'host' cannot be a wildcard here"),
        ({"host": "192.0.2.1"}, "'host' needs a domain name, and '192.0.2.1' is an IP address"),
        ({"wait_interval": 0.0}, "wait_interval must be more than 0"),
        ({"wait_timeout": 1e9}, "wait_timeout must be more than 0 and at most 86400"),
        ({"timeout": 0.0}, "timeout must be"),
        ({"ca_bundle": "/nowhere.pem"}, "ca_bundle"),
    ],
)
def test_options_that_cannot_be_meant(context: Context, given: Params, part: str) -> None:
    result = execute(_served.ENTRY, params(**given), context)
    assert result["error"]["kind"] == "invalid"
    assert part in result["msg"]


def test_a_bundle_without_certificates(context: Context, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "empty.pem"
    path.write_text("nothing")
    result = execute(_served.ENTRY, params(ca_bundle=str(path)), context)
    assert result["msg"] == f"ca_bundle: the file {path} has no certificates in PEM form."


def test_internationalized_and_single_label_hosts() -> None:
    assert _served.read_target(host="b\u00fccher.example", port=443, connect_to=None).host == "xn--bcher-kva.example"
    assert _served.read_target(host="localhost", port=443, connect_to=None).host == "localhost"


def test_words_for_a_place() -> None:
    assert Target(host="a.example", address="a.example", port=443).words == "a.example:443"
    assert Target(host="a.example", address="2001:db8::7", port=1).words == "a.example (at [2001:db8::7]:1)"


def test_no_socket_is_left_open(
    context: Context, edge: Edge, port: int, ecc: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[socket.socket] = []
    connect = socket.create_connection

    def remember(address: tuple[str, int], timeout: float) -> socket.socket:
        opened.append(connect(address, timeout=timeout))
        return opened[-1]

    monkeypatch.setattr(socket, "create_connection", remember)
    edge.bind(HOST, ecc)
    run(context, port)
    edge.bind(HOST)
    run(context, port)
    assert len(opened) == 3
    assert all(one.fileno() == -1 for one in opened)


def test_the_trust_store_is_read_once_for_all_looks(
    context: Context, edge: Edge, port: int, ecc: Issued, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[str] = []
    load = ssl.SSLContext.load_verify_locations

    def count(settings: ssl.SSLContext, path: str) -> None:
        loads.append(path)
        load(settings, path)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", count)
    edge.bind(HOST, ecc)
    options = HttpOptions(timeout=5.0, ca_bundle=bundle, proxy="")
    handshakes = Handshakes(
        Target(host=HOST, address="127.0.0.1", port=port), options=options, key_algorithm=None, context=context
    )
    for _look in range(3):
        assert handshakes.look().verify_error is None
    assert loads == [bundle]
