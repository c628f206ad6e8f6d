# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One world for all tests, made fresh for each; a client that signs and speaks to it without a network."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from emulator import aliyun, tencent, tencent_signature
from emulator.server import EmulatorServer
from emulator.tencent_signature import Scope
from emulator.world import Request, World
from werkzeug.datastructures import Headers

from .aliyun_caller import AliyunClient

VERSIONS = {"ssl": "2019-12-05", "dnspod": "2021-03-23", "sts": "2018-08-13"}


class TencentClient:
    """Speaks TC3. ``answer`` gives the Response member; ``ok`` and ``code`` say what the test expects of it."""

    def __init__(self, world: World, *, key_id: str = tencent.KEY_ID, secret: str = tencent.SECRET_KEY) -> None:
        self.world = world
        self.key_id = key_id
        self.secret = secret

    def request(
        self,
        service: str,
        action: str,
        body: bytes,
        *,
        headers: dict[str, str] | None = None,
        timestamp: int | None = None,
    ) -> Request:
        """A signed request; ``headers`` replace what would be sent, after signing where they are not signed."""
        timestamp = int(time.time()) if timestamp is None else timestamp
        sent = Headers(
            {
                "Host": "127.0.0.1:1",
                "Content-Type": "application/json",
                "X-TC-Action": action,
                "X-TC-Version": VERSIONS[service],
                "X-TC-Timestamp": str(timestamp),
                **(headers or {}),
            }
        )
        request = Request("POST", "/", "", sent, body, sent["Host"])
        date = datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")
        scope = Scope(self.key_id, date, service, ("content-type", "host"), "")
        signature = tencent_signature.signature(request, scope, timestamp, self.secret)
        sent["Authorization"] = (
            f"TC3-HMAC-SHA256 Credential={self.key_id}/{date}/{service}/tc3_request, "
            f"SignedHeaders=content-type;host, Signature={signature}"
        )
        return replace(request, headers=sent)

    def send(self, request: Request) -> dict[str, Any]:
        cloud = next(cloud for cloud in self.world.clouds if cloud.handles(request))
        body = cloud.handle(request).response.body
        assert isinstance(body, dict)
        answer: dict[str, Any] = body["Response"]
        return answer

    def answer(self, action: str, *, service: str = "ssl", **parameters: Any) -> dict[str, Any]:
        return self.send(self.request(service, action, json.dumps(parameters).encode()))

    def ok(self, action: str, *, service: str = "ssl", **parameters: Any) -> dict[str, Any]:
        answer = self.answer(action, service=service, **parameters)
        assert "Error" not in answer, answer
        return answer

    def code(self, action: str, *, service: str = "ssl", **parameters: Any) -> str:
        answer = self.answer(action, service=service, **parameters)
        assert "Error" in answer, answer
        return str(answer["Error"]["Code"])


@pytest.fixture(scope="session")
def shared_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(web_root=tmp_path_factory.mktemp("www"), factories=[tencent.TencentCloud, aliyun.AliyunCloud])


@pytest.fixture
def world(shared_world: World, tmp_path: Path) -> World:
    shared_world.web_root = tmp_path
    shared_world.reset()
    return shared_world


@pytest.fixture
def client(world: World) -> TencentClient:
    return TencentClient(world)


@pytest.fixture
def aliyun_client(world: World) -> AliyunClient:
    return AliyunClient(world)


@pytest.fixture
def cloud(world: World) -> tencent.TencentCloud:
    first = world.clouds[0]
    assert isinstance(first, tencent.TencentCloud)
    return first


@pytest.fixture
def server(world: World) -> Iterator[EmulatorServer]:
    running = EmulatorServer(world)
    running.start()
    yield running
    running.stop()
