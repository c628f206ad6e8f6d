# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of the emulated Huawei Cloud without a socket, for tests of the emulator."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from emulator.ca import Issued, new_key
from emulator.ca import key_text as key_of
from emulator.huawei import HuaweiCloud
from emulator.huawei_iam import DEFAULT_ACCESS_KEY, DEFAULT_PROJECT_ID, DEFAULT_SECRET_KEY
from emulator.huawei_signature import canonical_requests, signature
from emulator.world import Answer, Request, World
from werkzeug.datastructures import Headers

HOST = "apig.cn-north-4.myhuaweicloud.com"
BASE = f"/v2/{DEFAULT_PROJECT_ID}/apigw"


@lru_cache
def shared_world() -> World:
    """One for all tests of a run, since its authority's keys take time; ``Caller`` resets it."""
    return World(web_root=Path("."), factories=[HuaweiCloud])


@lru_cache
def shared_key(algorithm: str, number: int = 0) -> str:
    return key_of(new_key(algorithm))


@cache
def shared_certificate(names: tuple[str, ...], algorithm: str, days_left: float, key: int, number: int) -> Issued:
    world = shared_world()
    end = world.now() + timedelta(days=days_left)
    key_pem = shared_key(algorithm, key)
    return world.ca.issue(
        names, algorithm=algorithm, not_before=end - timedelta(days=100), not_after=end, key_pem=key_pem
    )


class Caller:
    """Signs and sends. ``status``, ``body`` and ``code`` are those of the last answer."""

    def __init__(self) -> None:
        self.world = shared_world()
        self.world.reset()
        found = self.world.controllable("huawei")
        if not isinstance(found, HuaweiCloud):
            raise TypeError("the world has no Huawei Cloud")
        self.cloud = found
        self.key = (DEFAULT_ACCESS_KEY, DEFAULT_SECRET_KEY)
        self.answer: Answer | None = None
        self._issued: Counter[tuple[tuple[str, ...], str, float, int]] = Counter()

    def load(self, **state: Any) -> dict[str, Any]:
        with self.world.lock:
            return self.cloud.load(state)

    def behave(self, **behaviour: Any) -> None:
        self.load(behaviour=behaviour)

    def wait(self, seconds: float = 10.0) -> None:
        self.world.clock.advance(seconds)

    def issue(self, *names: str, algorithm: str = "RSA", days_left: float = 90, key: int = 0) -> Issued:
        """Each call of one test gives another certificate; the next test gets the same ones again."""
        kind = (names, algorithm, days_left, key)
        self._issued[kind] += 1
        return shared_certificate(*kind, self._issued[kind])

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: str = "",
        headers: dict[str, str] | None = None,
        signed: bool = True,
        raw: bytes | None = None,
    ) -> Any:
        """The answer's JSON body. Paths without a leading version are below the project's."""
        full = (
            path
            if path.startswith(("/v2/", "/v2.1/", "/v3", "/v5/", "/meta-data/", "/openstack/", "/local-credentials/"))
            else BASE + path
        )
        content = raw if raw is not None else json.dumps(body).encode() if body is not None else b""
        sent = Headers({"Host": HOST, "Content-Type": "application/json", **(headers or {})})
        if signed:
            self.sign(sent, method, full, query, content)
        self.answer = self.cloud.handle(Request(method, full, query, sent, content, HOST))
        return self.answer.response.body

    def sign(self, headers: Headers, method: str, path: str, query: str, content: bytes) -> None:
        headers.setdefault("X-Sdk-Date", self.world.clock.signature_now().strftime("%Y%m%dT%H%M%SZ"))
        if "/apigw" in path:
            headers.setdefault("X-Project-Id", path.split("/")[2])
        names = tuple(sorted(name.lower() for name, _unused in headers))
        request = Request(method, path, query, headers, content, HOST)
        value = signature(self.key[1], headers["X-Sdk-Date"], canonical_requests(request, names)[0])
        headers["Authorization"] = (
            f"SDK-HMAC-SHA256 Access={self.key[0]}, SignedHeaders={';'.join(names)}, Signature={value}"
        )

    @property
    def status(self) -> int:
        return self._last().response.status

    @property
    def code(self) -> str | None:
        return self._last().code

    def _last(self) -> Answer:
        if self.answer is None:
            raise LookupError("nothing was called yet")
        return self.answer
