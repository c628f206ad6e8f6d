# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alibaba Cloud: the RPC envelope and ACS3 around the products. ALIYUN.md says what is emulated."""

import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from email.utils import format_datetime
from typing import Any

from .aliyun_baas import BaasPart
from .aliyun_dns import DnsPart
from .aliyun_esa import EsaPart
from .aliyun_operation import Action, AliyunError, Caller, Part, Service, Serving, parameters, sent
from .aliyun_signature import Verifier
from .aliyun_sts import StsPart
from .aliyun_vpc import VpnPart
from .log import redact
from .world import Answer, Credential, Json, Operation, Request, Response, World

KEY_ID = "LTAIEMULATOR00000001"
SECRET_KEY = "emulator-aliyun-secret-key"
ACCOUNT = "1000000000000001"
REGION = "cn-hangzhou"

# A further product: a factory here, and what it brings is served, settable and shown.
PARTS: tuple[Callable[[World, str], Part], ...] = (VpnPart, DnsPart, EsaPart, BaasPart, StsPart)


@dataclass
class AliyunSettings:
    """``denied``: operations that the caller lacks the permission for; ``retry_after``: milliseconds, of a throttle."""

    denied: list[str] = field(default_factory=list)
    retry_after: int = 1000


@dataclass(frozen=True)
class _Served:
    """What a plain request without a signature is, and who answers it."""

    by: Serving
    operation: Operation


class AliyunCloud:
    """Told by its x-acs-action header or its scheme of Authorization; the product by version, or by host name.

    What a product serves without a signature is told by its path.
    """

    name = "aliyun"

    def __init__(self, world: World) -> None:
        self.world = world
        world.accounts.add(Credential("aliyun", KEY_ID, SECRET_KEY, ACCOUNT, details={"region": REGION}))
        self.settings = AliyunSettings()
        self._verifier = Verifier(world)
        self._parts = [factory(world, ACCOUNT) for factory in PARTS]

    def handles(self, request: Request) -> bool:
        if "x-acs-action" in request.headers or request.headers.get("Authorization", "").startswith("ACS3-"):
            return True
        return self._served(request) is not None

    def identify(self, request: Request) -> Operation:
        served = self._served(request)
        if served is not None:
            return served.operation
        service, name = self._service(request), request.headers.get("x-acs-action", "")
        action = service.actions.get(name) if service else None
        if service is None or action is None:
            # An action that is not emulated is taken for a write, so that "no write was made" can be relied on.
            return Operation(service.name if service else "unknown", name, write=True, key_bearing=False)
        return Operation(service.name, name, action.write, action.key_bearing)

    def handle(self, request: Request) -> Answer:
        operation = self.identify(request)
        request_id = str(uuid.uuid4()).upper()
        served = self._served(request)
        if served is not None:
            return self._download(request, served, request_id)
        code = None
        try:
            with self.world.lock:
                response = Response(200, self._run(request, request_id))
        except AliyunError as refusal:
            code = refusal.code
            response = _refusal(refusal, request.host, request_id)
        response.headers |= {
            "Date": format_datetime(self.world.clock.signature_now(), usegmt=True),
            "x-acs-request-id": request_id,
        }
        return Answer(
            response,
            operation.service,
            operation.name,
            operation.write,
            operation.key_bearing,
            code,
            self.summary(request),
            request_id,
        )

    def summary(self, request: Request) -> Json:
        """The parameters; a ClientToken is no secret, and whether it stays the same is worth seeing.

        Of a download the path alone: its query lets whoever has it read the file.
        """
        if self._served(request) is not None:
            return {"path": request.path}
        given = sent(request)
        return {**redact(given), **{name: given[name] for name in ("ClientToken",) if name in given}}

    def throttled(self, operation: Operation, code: str | None) -> Response:
        """``Throttling.User``, or any code that is asked for."""
        code = code or "Throttling.User"
        refusal = AliyunError(code, "The emulator was told to refuse this call.", status=_usual_status(code))
        response = _refusal(refusal, f"{operation.service}.aliyuncs.com", str(uuid.uuid4()).upper())
        if "Throttling" in code:
            response.headers |= {"x-acs-retry-after": str(round(self.world.lag(self.settings.retry_after)))}
        return response

    def state(self, query: dict[str, str]) -> Json:
        shown: Json = {"settings": self._shown_settings()}
        for part in self._parts:
            shown |= part.state()
        return shown

    def load(self, body: Json) -> Json:
        """``{"settings": {}, "<kind>": [...]}``, each optional; adds to what is there."""
        known = {kind for part in self._parts for kind in part.kinds}
        unknown = set(body) - known - {"settings"}
        if unknown:
            raise ValueError(f"unknown members: {', '.join(sorted(unknown))}")
        self._set(body.get("settings", {}))
        return {
            kind: [part.add(kind, description) for description in body[kind]]
            for part in self._parts
            for kind in part.kinds
            if kind in body
        }

    def control(self, method: str, parts: list[str], query: dict[str, str], body: Json) -> Response | None:
        head = parts[0] if parts else ""
        if head == "settings" and len(parts) == 1:
            if method == "POST":
                self._set(body)
            return Response(body=self._shown_settings())
        part = next((part for part in self._parts if head in part.kinds), None)
        if part is None:
            return None
        if method == "POST" and len(parts) == 1:
            return Response(body=part.add(head, body))
        return part.control(method, parts, query, body)

    def _run(self, request: Request, request_id: str) -> Json:
        action = self._action(request)
        credential = self._verifier.verify(request) if action.signed else None
        name = request.headers.get("x-acs-action", "")
        if request.method not in action.methods:
            raise AliyunError("UnsupportedHTTPMethod", f"{name} is not supported with {request.method}.")
        if name in self.settings.denied:
            raise AliyunError(action.denied, "User not authorized to operate on the specified resource.", status=403)
        caller = Caller("", request.host)
        if credential is not None:
            caller = Caller(credential.account, request.host, credential.details.get("arn", ""))
        result = action.run(caller, parameters(request, action))
        return action.shape(request_id, result) if action.shape else {"RequestId": request_id, **result}

    def _served(self, request: Request) -> _Served | None:
        """The product that this plain request is for."""
        for part in self._parts:
            asked: object = part
            name = asked.serves(request) if isinstance(asked, Serving) else ""
            if isinstance(asked, Serving) and name:
                return _Served(asked, Operation(part.service.name, name, write=False, key_bearing=False))
        return None

    def _download(self, request: Request, served: _Served, request_id: str) -> Answer:
        with self.world.lock:
            response = served.by.serve(request)
        code = None if response.status < 400 else str(response.status)
        operation = served.operation
        summary = self.summary(request)
        return Answer(response, operation.service, operation.name, False, False, code, summary, request_id)

    def _action(self, request: Request) -> Action:
        service = self._service(request)
        if service is None:
            raise AliyunError("InvalidProduct.NotFound", "Cannot find product by the host or version.", status=404)
        action = service.actions.get(request.headers.get("x-acs-action", ""))
        if action is None or request.headers.get("x-acs-version") != service.version:
            raise AliyunError(
                "InvalidApi.NotFound", "Specified api is not found, please check your url and method.", status=404
            )
        return action

    def _service(self, request: Request) -> Service | None:
        """By host name where it is one of the vendor's, else by version."""
        services = [part.service for part in self._parts]
        host = request.host.split(":")[0]
        if host.endswith(".aliyuncs.com"):
            return next((service for service in services if service.host == host.split(".")[0].split("-")[0]), None)
        version = request.headers.get("x-acs-version")
        return next((service for service in services if service.version == version), None)

    def _shown_settings(self) -> Json:
        return {**asdict(self.settings), **{part.name: asdict(part.settings) for part in self._parts}}

    def _set(self, given: Json) -> None:
        given = dict(given)
        for part in self._parts:
            _assign(part.settings, given.pop(part.name, {}))
        _assign(self.settings, given)


def _assign(target: Any, given: Json) -> None:
    known = {one.name for one in fields(target)}
    for name, value in given.items():
        if name not in known:
            raise ValueError(f"no setting {name}; there are {', '.join(sorted(known))}")
        setattr(target, name, value)


def _usual_status(code: str) -> int:
    """Of a code that a fault asks for."""
    if code in ("InternalError", "ServiceUnavailable"):
        return 503 if code == "ServiceUnavailable" else 500
    if code.startswith(("Forbidden", "Forbbiden", "NoPermission")):
        return 403
    return 404 if code.endswith(".NotFound") else 400


def _refusal(refusal: AliyunError, host: str, request_id: str) -> Response:
    if refusal.body is not None:
        return Response(200, {"RequestId": request_id, **refusal.body})
    return Response(
        refusal.status,
        {
            "RequestId": request_id,
            "HostId": host,
            "Code": refusal.code,
            "Message": refusal.message,
            "Recommend": f"https://api.aliyun.com/troubleshoot?q={refusal.code}",
        },
    )
