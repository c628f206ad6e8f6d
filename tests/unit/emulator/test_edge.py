# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The TLS edge: real handshakes by SNI with what is bound, and clients that misbehave."""

from __future__ import annotations

import hashlib
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.cncloud.certificates.tests.unit.emulator.huawei_caller import Caller
from emulator.edge import Edge, start_edge

HOST = "www.example.com"
RSA_ONLY = "ECDHE-RSA-AES128-GCM-SHA256"
ECC_ONLY = "ECDHE-ECDSA-AES128-GCM-SHA256"


class Scene:
    def __init__(self, **edge: Any) -> None:
        self.caller = Caller()
        self.edge = Edge(self.caller.world, **edge) if edge else start_edge(self.caller.world)

    def bind(self, name: str = HOST, algorithm: str = "RSA", covered: str | None = None) -> str:
        """Through the control path, so at once; gives the fingerprint."""
        if all(one["name"] != name for one in self.caller.cloud.state({})["domains"]):
            self.caller.load(domains=[{"domain": name}])
        issued = self.caller.issue(covered or name, algorithm=algorithm)
        certificate = {"name": f"cert_{algorithm}", "cert_content": issued.chain_pem, "private_key": issued.key_pem}
        self.caller.load(certificates=[certificate | {"bind": [name]}])
        return issued.sha256

    def connect(self) -> socket.socket:
        return socket.create_connection((self.edge.host, self.edge.port), timeout=5)

    def handshake(self, name: str | None, *, ciphers: str | None = None, version: ssl.TLSVersion | None = None) -> str:
        """The fingerprint that a verifying client gets."""
        context = ssl.create_default_context(cadata=self.caller.world.ca.bundle_pem)
        context.check_hostname = name is not None
        if ciphers:
            context.set_ciphers(ciphers)
        if version:
            context.minimum_version = context.maximum_version = version
        with self.connect() as raw, context.wrap_socket(raw, server_hostname=name) as connection:
            leaf = connection.getpeercert(binary_form=True)
        return hashlib.sha256(leaf or b"").hexdigest()


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = Scene()
    yield made
    made.edge.stop()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("algorithm", ["RSA", "ECC"])
def test_the_bound_certificate_is_served(scene: Scene, algorithm: str, version: ssl.TLSVersion) -> None:
    expected = scene.bind(algorithm=algorithm)
    assert scene.handshake(HOST, version=version) == expected


def test_names_are_told_apart(scene: Scene) -> None:
    expected = {name: scene.bind(name) for name in (HOST, "api.example.com")}
    assert {name: scene.handshake(name) for name in expected} == expected


def test_a_wildcard_domain_answers_for_names_below_it_that_have_none_of_their_own(scene: Scene) -> None:
    wildcard, exact = scene.bind("*.example.com"), scene.bind(HOST)
    assert scene.handshake("api.example.com") == wildcard
    assert scene.handshake("API.Example.com") == wildcard
    assert scene.handshake(HOST) == exact


def test_the_client_decides_between_two_algorithms(scene: Scene) -> None:
    by_rsa, by_ecc = scene.bind(algorithm="RSA"), scene.bind(algorithm="ECC")
    assert scene.handshake(HOST, ciphers=RSA_ONLY, version=ssl.TLSVersion.TLSv1_2) == by_rsa
    assert scene.handshake(HOST, ciphers=ECC_ONLY, version=ssl.TLSVersion.TLSv1_2) == by_ecc
    assert scene.handshake(HOST, version=ssl.TLSVersion.TLSv1_3) == by_ecc


def test_a_client_that_cannot_verify_what_is_bound_gets_no_handshake(scene: Scene) -> None:
    scene.bind(algorithm="RSA")
    with pytest.raises(ssl.SSLError):
        scene.handshake(HOST, ciphers=ECC_ONLY, version=ssl.TLSVersion.TLSv1_2)


@pytest.mark.parametrize("name", ["nobody.example.org", None])
def test_unknown_names_get_an_alert(scene: Scene, name: str | None) -> None:
    scene.bind()
    with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
        scene.handshake(name)


def test_what_the_api_binds_is_served_after_the_lag(scene: Scene) -> None:
    (domain,) = scene.caller.load(domains=[{"domain": HOST}])["domains"]
    path = f"/instances/i-emulator/api-groups/{domain['group_id']}/domains/{domain['id']}/certificate"

    def associate() -> str:
        issued = scene.caller.issue(HOST)
        body = {"name": "cert_demo", "cert_content": issued.chain_pem, "private_key": issued.key_pem}
        scene.caller.call("POST", path, body)
        assert scene.caller.status == 201
        return issued.sha256

    first = associate()
    with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
        scene.handshake(HOST)
    scene.caller.wait(10.1)
    assert scene.handshake(HOST) == first
    second = associate()
    assert scene.handshake(HOST) == first
    scene.caller.wait(10.1)
    assert scene.handshake(HOST) == second


def test_a_request_is_answered_and_tls_ends_properly(scene: Scene) -> None:
    scene.bind()
    context = ssl.create_default_context(cadata=scene.caller.world.ca.bundle_pem)
    with (
        scene.connect() as raw,
        context.wrap_socket(raw, server_hostname=HOST, suppress_ragged_eofs=False) as connection,
    ):
        connection.sendall(b"GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n")
        received = b""
        while part := connection.recv(4096):  # a missing close_notify would raise here
            received += part
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.endswith(b"\r\n\r\nok\n")


def test_silent_and_nonsensical_clients_do_not_hold_up_others(scene: Scene) -> None:
    expected = scene.bind()
    silent = [scene.connect() for _unused in range(10)]
    nonsense = scene.connect()
    nonsense.sendall(b"GET / HTTP/1.0\r\n\r\n")
    assert scene.handshake(HOST) == expected
    for client in [*silent, nonsense]:
        client.close()


def test_a_silent_client_is_dropped_and_its_place_given_to_the_next() -> None:
    scene = Scene(max_clients=1, client_seconds=0.2)
    try:
        expected = scene.bind()
        with scene.connect() as silent:
            assert scene.handshake(HOST) == expected
            assert silent.recv(1) == b""
    finally:
        scene.edge.stop()


def test_many_clients_at_once(scene: Scene) -> None:
    expected = scene.bind()
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(scene.handshake(HOST))) for _unused in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert found == [expected] * 20


def test_stop_closes_the_door(scene: Scene) -> None:
    scene.edge.stop()
    with pytest.raises(OSError, match=r"refused|reset"):
        scene.connect()
