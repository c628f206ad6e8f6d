# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client that signs with ACS3 and speaks to the emulated Alibaba Cloud without a network."""

import hashlib
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from emulator import aliyun, aliyun_signature
from emulator.world import Answer, Request, World
from werkzeug.datastructures import Headers

VERSIONS = {"vpc": "2016-04-28", "alidns": "2015-01-09", "esa": "2024-09-10", "baas": "2018-12-21", "sts": "2015-04-01"}


class AliyunClient:
    """``ok`` gives an answer, ``code`` the refusal that the test expects; ``region`` goes into every call of vpc."""

    def __init__(self, world: World, *, key_id: str = aliyun.KEY_ID, secret: str = aliyun.SECRET_KEY) -> None:
        self.world = world
        self.key_id = key_id
        self.secret = secret
        self.region = aliyun.REGION

    def request(
        self,
        action: str,
        parameters: dict[str, Any] | None = None,
        *,
        service: str = "vpc",
        method: str = "POST",
        form: dict[str, Any] | None = None,
        headers: dict[str, str | None] | None = None,
        unsigned: tuple[str, ...] = (),
    ) -> Request:
        """A signed request; ``headers`` replace what would be sent (None: left out); they are signed too."""
        body = encoded(form or {}).encode()
        sent: dict[str, str | None] = {
            "host": "127.0.0.1:1",
            "x-acs-action": action,
            "x-acs-version": VERSIONS[service],
            "x-acs-date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": secrets.token_hex(16),
            "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
            "content-type": "application/x-www-form-urlencoded" if body else None,
            **(headers or {}),
        }
        there = Headers([(name, value) for name, value in sent.items() if value is not None])
        request = Request(method, "/", encoded(parameters or {}), there, body, str(sent["host"]))
        return self.signed(request, tuple(sorted(set(there.keys()) - set(unsigned))))

    def signed(self, request: Request, names: tuple[str, ...]) -> Request:
        to_sign = aliyun_signature.string_to_sign(aliyun_signature.canonical_request(request, names))
        headers = Headers(list(request.headers.items()))
        headers["Authorization"] = (
            f"ACS3-HMAC-SHA256 Credential={self.key_id},SignedHeaders={';'.join(names)},"
            f"Signature={aliyun_signature.sign(to_sign, self.secret)}"
        )
        return replace(request, headers=headers)

    def send(self, request: Request) -> Answer:
        cloud = next(cloud for cloud in self.world.clouds if cloud.handles(request))
        return cloud.handle(request)

    def answer(self, action: str, *, service: str = "vpc", **parameters: Any) -> Answer:
        common = {"RegionId": self.region} if service == "vpc" else {}
        return self.send(self.request(action, {**common, **parameters}, service=service))

    def ok(self, action: str, *, service: str = "vpc", **parameters: Any) -> dict[str, Any]:
        return body_of(self.answer(action, service=service, **parameters), 200)

    def code(self, action: str, status: int = 400, *, service: str = "vpc", **parameters: Any) -> str:
        return refusal(self.answer(action, service=service, **parameters), status)


def body_of(answer: Answer, status: int) -> dict[str, Any]:
    body = answer.response.body
    assert isinstance(body, dict)
    assert answer.response.status == status, body
    return body


def refusal(answer: Answer, status: int = 400) -> str:
    """The code, which the log must have too."""
    code = str(body_of(answer, status)["Code"])
    assert answer.code == code
    return code


def encoded(parameters: dict[str, Any]) -> str:
    texts = {name: str(value) for name, value in parameters.items()}
    return "&".join(f"{aliyun_signature.encode(name)}={aliyun_signature.encode(text)}" for name, text in texts.items())
