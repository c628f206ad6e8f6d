# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulated Alibaba Cloud behind the front: log, faults, rates, and its share of the control path."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from emulator import aliyun
from emulator.__main__ import main
from emulator.server import EmulatorServer
from emulator.world import World

from .aliyun_caller import AliyunClient


class AliyunWire:
    """One kept connection to the server, for signed calls and for the control path."""

    def __init__(self, server: EmulatorServer, client: AliyunClient) -> None:
        self.server = server
        self.client = client
        self.session = requests.Session()
        self.session.trust_env = False
        self.headers: dict[str, str | None] = {}

    def call(self, action: str, **parameters: Any) -> requests.Response:
        host = self.server.endpoint.removeprefix("http://")
        given = {"RegionId": aliyun.REGION, **parameters}
        request = self.client.request(action, given, headers={"host": host, **self.headers})
        url = f"{self.server.endpoint}/?{request.query_string}"
        headers = dict(request.headers.items())
        return self.session.post(url, headers=headers, timeout=10, allow_redirects=False)

    def control(self, method: str, path: str, body: dict[str, Any] | None = None, *, status: int = 200) -> Any:
        answer = self.session.request(method, f"{self.server.endpoint}/_control/{path}", json=body, timeout=10)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
def wire(server: EmulatorServer, aliyun_client: AliyunClient) -> Iterator[AliyunWire]:
    wire = AliyunWire(server, aliyun_client)
    yield wire
    wire.session.close()


CREATE = {"SslVpnServerId": "vss-emulator", "Name": "one", "ClientToken": "t"}


def test_the_log(wire: AliyunWire) -> None:
    answer = wire.call("CreateSslVpnClientCert", **CREATE)
    (entry,) = wire.control("GET", "log")["entries"]
    assert (entry["cloud"], entry["service"], entry["operation"]) == ("aliyun", "vpc", "CreateSslVpnClientCert")
    assert (entry["write"], entry["key_bearing"], entry["status"], entry["code"]) == (True, False, 200, None)
    assert entry["request"] == {"RegionId": aliyun.REGION, **CREATE}
    assert entry["request_id"] == answer.json()["RequestId"] == answer.headers["x-acs-request-id"]


@pytest.mark.parametrize("kind, made", [("lost_answer", 1), ("lost_request", 0), ("reset", 0)])
def test_a_create_whose_answer_is_lost(wire: AliyunWire, kind: str, made: int) -> None:
    wire.control("POST", "faults", {"kind": kind, "match": {"cloud": "aliyun", "write": True}})
    with pytest.raises(requests.ConnectionError):
        wire.call("CreateSslVpnClientCert", **CREATE)
    assert len(wire.control("GET", "state/aliyun")["certificates"]) == made
    again = wire.call("CreateSslVpnClientCert", **CREATE)
    assert again.status_code == 200
    (certificate,) = wire.control("GET", "state/aliyun")["certificates"]
    assert certificate["id"] == again.json()["SslVpnClientCertId"]
    assert [entry["request"]["ClientToken"] for entry in wire.control("GET", "log")["entries"]] == ["t", "t"]


@pytest.mark.parametrize(
    "fault, status, code",
    [
        ({"kind": "throttle"}, 400, "Throttling.User"),
        ({"kind": "throttle", "code": "Throttling.Api"}, 400, "Throttling.Api"),
        ({"kind": "error", "code": "ServiceUnavailable"}, 503, "ServiceUnavailable"),
        ({"kind": "error", "code": "InternalError"}, 500, "InternalError"),
        ({"kind": "error", "code": "Forbbiden.SubUser"}, 403, "Forbbiden.SubUser"),
        ({"kind": "error", "code": "InvalidRegionId.NotFound"}, 404, "InvalidRegionId.NotFound"),
    ],
)
def test_refusals_on_demand(wire: AliyunWire, fault: dict[str, Any], status: int, code: str) -> None:
    wire.control("POST", "faults", fault)
    answer = wire.call("DescribeSslVpnServers")
    assert (answer.status_code, answer.json()["Code"]) == (status, code)
    assert ("x-acs-retry-after" in answer.headers) is code.startswith("Throttling")
    assert wire.control("GET", "log")["entries"][0]["code"] == code


def test_rates(wire: AliyunWire) -> None:
    wire.control("POST", "rates", {"aliyun": 1})
    codes = {wire.call("DescribeSslVpnServers").json().get("Code") for _unused in range(3)}
    assert "Throttling.User" in codes


def test_settings(wire: AliyunWire) -> None:
    shown = wire.control("POST", "aliyun/settings", {"retry_after": 5, "sslvpn": {"list_lag": 9}})
    assert (shown["retry_after"], shown["sslvpn"]["list_lag"]) == (5, 9)
    assert wire.control("GET", "aliyun/settings") == shown == wire.control("GET", "state/aliyun")["settings"]
    error = wire.control("POST", "aliyun/settings", {"dns": {"nothing": 1}}, status=400)["error"]
    assert "no setting nothing" in error


def test_state_that_is_put_in(wire: AliyunWire) -> None:
    added = wire.control(
        "POST",
        "state/aliyun",
        {
            "settings": {"sslvpn": {"certificate_quota": 1}},
            "gateways": [{"id": "vpn-two", "region": "cn-beijing"}],
            "servers": [{"id": "vss-two", "gateway": "vpn-two"}],
            "certificates": [{"id": "vsc-two", "server": "vss-two", "name": "two", "days_left": 3}],
            "zones": [{"name": "example.org", "records": [{"name": "a", "type": "TXT", "value": "v"}]}],
        },
    )
    assert added["certificates"][0]["status"] == "expiring-soon"
    state = wire.control("GET", "state/aliyun")
    assert [one["id"] for one in state["gateways"]] == ["vpn-emulator", "vpn-two"]
    assert [one["id"] for one in state["servers"]] == ["vss-emulator", "vss-two"]
    assert [zone["name"] for zone in state["zones"]] == ["aliyun.example.net", "example.org"]
    assert state["zones"][1]["records"][0]["value"] == "v"


@pytest.mark.parametrize(
    "path, body",
    [
        ("state/aliyun", {"nothing": []}),
        ("aliyun/certificates", {"server": "vss-none"}),
        ("aliyun/certificates", {"colour": "red"}),
        ("aliyun/servers", {"gateway": "vpn-none"}),
        ("aliyun/gateways", {"colour": "red"}),
        ("aliyun/zones", {"name": "a.example", "colour": "red"}),
        ("aliyun/client_tokens", {}),
        ("aliyun/gateways/vpn-none", {}),
    ],
)
def test_control_that_cannot_be_meant(wire: AliyunWire, path: str, body: dict[str, Any]) -> None:
    wire.control("POST", path, body, status=400)


@pytest.mark.parametrize("path", ["aliyun/nothing", "aliyun/certificates/vsc-none", "aliyun/zones/none.example"])
def test_control_of_what_is_not_there(wire: AliyunWire, path: str) -> None:
    wire.control("GET", path, status=404)


def test_one_certificate_by_control(wire: AliyunWire) -> None:
    added = wire.control("POST", "aliyun/certificates", {"name": "one", "days_left": 10})
    path = f"aliyun/certificates/{added['id']}"
    assert wire.control("GET", path)["sha256"] is None
    shown = wire.control("GET", f"{path}?material=1")
    assert shown["ClientKey"].startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert len(shown["sha256"]) == 64
    assert wire.control("POST", path, {"name": "other"})["name"] == "other"
    aged = wire.control("POST", f"{path}/age", {"days_left": -1})
    assert aged["status"] == "expired"
    wire.control("DELETE", path)
    assert wire.control("GET", "state/aliyun")["certificates"] == []


def test_temporary_keys_by_control(wire: AliyunWire, world: World) -> None:
    credential = {"cloud": "aliyun", "key_id": "STS.a", "secret": "s", "account": "1", "token": "t"}
    wire.control("POST", "credentials", {**credential, "expires_in": -1})
    wire.client = AliyunClient(world, key_id="STS.a", secret="s")
    wire.headers = {"x-acs-security-token": "t"}
    assert wire.call("DescribeSslVpnServers").json()["Code"] == "InvalidSecurityToken.Expired"
    wire.control("POST", "credentials", {**credential, "expires_in": 60})
    assert wire.call("DescribeSslVpnServers").status_code == 200


def test_help_names_the_cloud(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "aliyun" in capsys.readouterr().out
