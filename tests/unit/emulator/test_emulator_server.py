# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The front over real sockets: connections, faults, the control path, and the process that holds it all."""

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from emulator.process import EmulatorProcess
from emulator.server import EmulatorServer
from emulator.world import Request, World

from .conftest import TencentClient


class Wire:
    """One kept connection to the server."""

    def __init__(self, server: EmulatorServer, client: TencentClient) -> None:
        self.server = server
        self.client = client
        self.session = requests.Session()
        self.session.trust_env = False

    def signed(self, action: str, **parameters: Any) -> Request:
        host = self.server.endpoint.removeprefix("http://")
        return self.client.request("ssl", action, json.dumps(parameters).encode(), headers={"Host": host})

    def call(self, action: str, **parameters: Any) -> requests.Response:
        request = self.signed(action, **parameters)
        headers = dict(request.headers.items())
        return self.session.post(
            self.server.endpoint, data=request.body, headers=headers, timeout=10, allow_redirects=False
        )

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self.session.request(method, f"{self.server.endpoint}/_control/{path}", json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    def log(self) -> list[dict[str, Any]]:
        return list(self.control("GET", "log")["entries"])


@pytest.fixture
def wire(server: EmulatorServer, client: TencentClient) -> Iterator[Wire]:
    wire = Wire(server, client)
    yield wire
    wire.session.close()


APPLY = {"DvAuthMethod": "DNS", "DomainName": "a.example.com"}


def test_head_and_body_come_in_one_piece_on_a_kept_connection(wire: Wire) -> None:
    request = wire.signed("DescribeCertificates")
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    raw = f"POST / HTTP/1.1\r\n{head}Content-Length: {len(request.body)}\r\n\r\n".encode() + request.body
    with socket.create_connection(("127.0.0.1", wire.server.server_address[1])) as connection:
        for _unused in range(3):
            connection.sendall(raw)
            received = connection.recv(65536)
            assert received.startswith(b"HTTP/1.1 200 OK\r\n")
            assert received.endswith(b"}}"), "the first read holds the whole answer"


def test_the_log_tells_what_was_called_without_secrets(wire: Wire, world: World) -> None:
    made = world.ca.issue(["a.test"], algorithm="ECC", not_before=world.now(), not_after=world.now())
    wire.call("UploadCertificate", CertificatePublicKey=made.chain_pem, CertificatePrivateKey=made.key_pem)
    wire.call("DescribeCertificateDetail", CertificateId="unknown1")
    upload, detail = wire.log()
    assert (upload["cloud"], upload["service"], upload["operation"]) == ("tencent", "ssl", "UploadCertificate")
    assert (upload["write"], upload["key_bearing"], upload["status"], upload["code"]) == (True, False, 200, None)
    assert upload["request"] == {"CertificatePublicKey": "<pem>", "CertificatePrivateKey": "<redacted>"}
    assert (detail["write"], detail["key_bearing"]) == (False, True)
    assert detail["code"] == "FailedOperation.CertificateNotFound"
    assert wire.control("GET", f"log?since={upload['seq']}")["entries"] == [detail]
    wire.control("DELETE", "log")
    wire.call("DescribeCertificates")
    assert [entry["seq"] for entry in wire.log()] == [detail["seq"] + 1]


@pytest.mark.parametrize(
    ("kind", "executed"),
    [("lost_answer", True), ("lost_request", False), ("reset", False), ("truncated", True)],
)
def test_faults_on_the_connection(wire: Wire, kind: str, executed: bool) -> None:
    wire.control("POST", "faults", {"kind": kind, "match": {"operation": "ApplyCertificate"}})
    with pytest.raises(requests.RequestException):
        wire.call("ApplyCertificate", **APPLY)
    assert wire.call("DescribeCertificates").json()["Response"]["TotalCount"] == int(executed)
    entry = wire.log()[0]
    assert (entry["fault"], entry["executed"], entry["request"]["DomainName"]) == (kind, executed, "a.example.com")
    assert (entry["status"] is None) is (kind != "truncated")


@pytest.mark.parametrize(
    ("fault", "status", "code", "executed"),
    [
        ({"kind": "http_500"}, 500, None, False),
        ({"kind": "http_503", "commit": True}, 503, None, True),
        ({"kind": "throttle"}, 200, "LimitExceeded.RateLimitExceeded", False),
        ({"kind": "throttle", "code": "RequestLimitExceeded"}, 200, "RequestLimitExceeded", False),
        (
            {"kind": "error", "code": "FailedOperation.NetworkError", "commit": True},
            200,
            "FailedOperation.NetworkError",
            True,
        ),
        ({"kind": "redirect"}, 302, None, False),
        ({"kind": "garbage"}, 200, None, True),
        ({"kind": "huge", "size": 1000}, 200, None, True),
        ({"kind": "slow", "delay": 0.05}, 200, None, True),
    ],
)
def test_faults_in_the_answer(wire: Wire, fault: dict[str, Any], status: int, code: str | None, executed: bool) -> None:
    wire.control("POST", "faults", fault)
    began = time.monotonic()
    answer = wire.call("ApplyCertificate", **APPLY)
    assert answer.status_code == status
    assert time.monotonic() - began >= fault.get("delay", 0)
    if code is not None:
        assert answer.json()["Response"]["Error"]["Code"] == code
    assert (wire.log()[0]["status"], wire.log()[0]["code"]) == (status, code)
    assert wire.call("DescribeCertificates").json()["Response"]["TotalCount"] == int(executed)


def test_wrong_types_keep_the_envelope(wire: Wire) -> None:
    wire.control("POST", "faults", {"kind": "wrong_types"})
    response = wire.call("DescribeCertificates").json()["Response"]
    assert response["Certificates"] == "a text"
    assert response["TotalCount"] == {"value": 0}


def test_faults_are_matched_counted_and_delayed(wire: Wire) -> None:
    fault = {"kind": "http_500", "match": {"write": False, "service": "ssl"}, "times": 2, "after": 1}
    wire.control("POST", "faults", {"faults": [fault]})
    statuses = [wire.call("ApplyCertificate", **APPLY).status_code]
    statuses += [wire.call("DescribeCertificates").status_code for _unused in range(4)]
    assert statuses == [200, 200, 500, 500, 200]
    assert wire.control("GET", "faults")["faults"][0]["hits"] == 2
    assert wire.control("DELETE", "faults")["faults"] == []


@pytest.mark.parametrize(
    "fault",
    [{"kind": "unheard"}, {"kind": "slow", "often": 1}, {"kind": "slow", "match": {"action": "x"}}, {"kind": "error"}],
)
def test_a_fault_that_cannot_be_meant_is_refused(wire: Wire, fault: dict[str, Any]) -> None:
    assert wire.session.post(f"{wire.server.endpoint}/_control/faults", json=fault, timeout=10).status_code == 400


def test_rates_throttle_in_the_vendors_words(wire: Wire) -> None:
    wire.control("POST", "rates", {"tencent": 2})
    codes = [wire.call("DescribeCertificates").json()["Response"].get("Error", {}).get("Code") for _unused in range(3)]
    assert codes == [None, None, "LimitExceeded.RateLimitExceeded"]
    assert [entry["executed"] for entry in wire.log()] == [True, True, False]


def test_control_adds_ages_and_shows(wire: Wire) -> None:
    added = wire.control("POST", "certificates", {"domain": "example.com", "days_left": 50.5})
    path = f"certificates/{added['id']}"
    before = wire.control("GET", f"{path}?material=1")
    after = wire.control("POST", f"{path}/age?material=1", {"days_left": 5.5})
    assert before["private_key"] == after["private_key"]
    assert before["sha256"] != after["sha256"]
    assert wire.control("POST", path, {"status": 10})["status"] == 10
    assert [one["id"] for one in wire.control("GET", "state/tencent")["certificates"]] == [added["id"]]
    assert (
        wire.session.post(f"{wire.server.endpoint}/_control/{path}", json={"statu": 1}, timeout=10).status_code == 400
    )
    wire.control("DELETE", path)
    assert wire.control("GET", "state/tencent")["certificates"] == []


def test_control_reaches_dns_clock_credentials_and_authority(wire: Wire, world: World) -> None:
    wire.control("POST", "dns", {"name": "_x.other.test.", "type": "txt", "values": ["v"]})
    assert world.lookup("_x.other.test", "TXT") == ["v"]
    assert wire.control("POST", "clock", {"advance": 3600})["offset"] == 3600
    wire.control(
        "POST", "credentials", {"cloud": "tencent", "key_id": "AKIDx", "secret": "s", "account": "2", "token": "t"}
    )
    assert world.accounts.find("tencent", "AKIDx") is not None
    made = wire.control("POST", "ca/issue", {"names": ["x.test"], "algorithm": "ECC", "days_left": -1})
    assert made["key_pem"].startswith("-----BEGIN EC PRIVATE KEY-----")
    wire.control("POST", "state/tencent", {"zones": [{"name": "z.test", "records": [{"type": "TXT", "value": "w"}]}]})
    assert world.lookup("z.test", "TXT") == ["w"]
    wire.control("POST", "reset")
    assert world.lookup("z.test", "TXT") == world.lookup("_x.other.test", "TXT") == []
    assert wire.control("GET", "clock")["offset"] == 0
    assert wire.session.get(f"{wire.server.endpoint}/_control/nothing", timeout=10).status_code == 404


def test_a_download_address_leads_to_the_zip(wire: Wire) -> None:
    added = wire.control("POST", "certificates", {"domain": "example.com"})
    answer = wire.call("DescribeDownloadCertificateUrl", CertificateId=added["id"], ServiceType="nginx").json()[
        "Response"
    ]
    assert answer["DownloadFilename"] == "example.com_nginx.zip"
    content = wire.session.get(answer["DownloadCertificateUrl"], timeout=10)
    assert content.content.startswith(b"PK")
    assert wire.log()[-1]["key_bearing"] is True


def test_an_unknown_caller_gets_404_and_no_log_entry(wire: Wire) -> None:
    assert wire.session.get(f"{wire.server.endpoint}/anything", timeout=10).status_code == 404
    assert wire.log() == []


def test_the_process_says_where_it_is_and_ends_on_sigterm(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({"tencent": {"certificates": [{"id": "seededxx", "domain": "example.com"}]}}))
    with EmulatorProcess(pace=10, web_root=tmp_path / "www", seed=seed) as process:
        assert Path(process.info["ca_bundle"]).read_text().count("BEGIN CERTIFICATE") == 2
        assert process.info["web_root"] == str(tmp_path / "www")
        assert process.info["credentials"]["tencent"][0]["key_id"].startswith("AKID")
        assert process.control("GET", "/state/tencent")["certificates"][0]["id"] == "seededxx"
        process.control("POST", "/reset")
        assert len(process.control("GET", "/state/tencent")["certificates"]) == 1
        assert process.control("GET", "/clock")["pace"] == 10
        assert process.log() == []
        with pytest.raises(RuntimeError, match="no certificate nothere"):
            process.control("GET", "/certificates/nothere")
        state_dir = Path(process.info["ca_bundle"]).parent
        os.kill(process.info["pid"], signal.SIGTERM)
    assert not state_dir.exists()
