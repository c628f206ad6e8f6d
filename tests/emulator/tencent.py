# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tencent Cloud: the envelope of API 3.0 around the SSL, DNSPod and STS services."""

import json
import uuid

from .dnspod import DnsPod
from .log import redact
from .tencent_action import Action, Caller, Service, TencentError, parameters
from .tencent_control import TencentControl
from .tencent_estate import Estate
from .tencent_signature import AuthFailure, parse, verify
from .tencent_ssl import SslService
from .tencent_sts import StsService
from .tencent_validation import Validation
from .world import Answer, Credential, Json, Operation, Request, Response, World

KEY_ID = "AKIDEMULATOR0000000000000000000000001"
SECRET_KEY = "emulator-tencent-secret-key"
ACCOUNT = "100000000001"
_MAX_BODY = 10 * 1024 * 1024


class TencentCloud:
    """Told by its X-TC-Action header or its scheme of Authorization."""

    name = "tencent"

    def __init__(self, world: World) -> None:
        self.world = world
        world.accounts.add(Credential("tencent", KEY_ID, SECRET_KEY, ACCOUNT))
        self.estate = Estate(world)
        self.dnspod = DnsPod(world)
        self.dnspod.add_zone("example.com", ACCOUNT)
        self.validation = Validation(world, self.estate, self.dnspod)
        self.ssl = SslService(world, self.estate, self.validation)
        self.sts = StsService(world, ACCOUNT)
        self._services: list[Service] = [self.ssl.service, self.dnspod.service, self.sts.service]
        self._control = TencentControl(
            world, self.estate, self.dnspod, self.validation, self.sts, default_account=ACCOUNT
        )

    def handles(self, request: Request) -> bool:
        return (
            "X-TC-Action" in request.headers
            or request.headers.get("Authorization", "").startswith("TC3-")
            or request.path in self.ssl.downloads
            or self.sts.serves(request) is not None
        )

    def identify(self, request: Request) -> Operation:
        served = self.sts.serves(request)
        if served is not None:
            return served
        if request.path in self.ssl.downloads:
            return Operation("ssl", "(download)", write=False, key_bearing=True)
        service, name = self._service(request), request.headers.get("X-TC-Action", "")
        action = service.actions.get(name) if service else None
        if action is None:
            # An action that is not emulated is taken for a write, so that "no write was made" can be relied on.
            return Operation(service.name if service else "unknown", name, write=True, key_bearing=False)
        return Operation(service.name if service else "unknown", name, action.write, action.key_bearing)

    def handle(self, request: Request) -> Answer:
        operation = self.identify(request)
        if self.sts.serves(request) is not None:
            return self._metadata(request, operation)
        if request.path in self.ssl.downloads:
            return self._download(request, operation)
        request_id = str(uuid.uuid4())
        code: str | None = None
        body: Json = {}
        try:
            body = _json_body(request)
            with self.world.lock:
                result = self._run(request, body)
        except (TencentError, AuthFailure) as refusal:
            code = refusal.code
            result = {"Error": {"Code": refusal.code, "Message": refusal.message}}
        response = Response(200, {"Response": {**result, "RequestId": request_id}})
        return Answer(
            response,
            operation.service,
            operation.name,
            operation.write,
            operation.key_bearing,
            code,
            redact(body),
            request_id,
        )

    def throttled(self, operation: Operation, code: str | None) -> Response:
        """The product's own code unless the other family, or any code at all, is asked for."""
        default = "LimitExceeded.RateLimitExceeded" if operation.service == "ssl" else "RequestLimitExceeded"
        error = {"Code": code or default, "Message": "The emulator was told to refuse this call."}
        return Response(200, {"Response": {"Error": error, "RequestId": str(uuid.uuid4())}})

    def state(self, query: dict[str, str]) -> Json:
        return self._control.state()

    def load(self, body: Json) -> Json:
        return self._control.load(body)

    def control(self, method: str, parts: list[str], query: dict[str, str], body: Json) -> Response | None:
        return self._control.control(method, parts, query, body)

    def _run(self, request: Request, body: Json) -> Json:
        service = self._service(request)
        if service is None:
            raise TencentError("InvalidParameter", "The service cannot be told from the request.")
        asked = service.actions.get(request.headers.get("X-TC-Action", ""))
        skipped = request.headers.get("Authorization") == "SKIP" and asked is not None and not asked.signed
        account = "" if skipped else verify(self.world, request, service.name).account
        action = self._action(service, request)
        caller = Caller(account, request.headers.get("X-TC-Language") == "en-US", request.host)
        return action.run(caller, parameters(request, body, action))

    def _action(self, service: Service, request: Request) -> Action:
        name, version = request.headers.get("X-TC-Action", ""), request.headers.get("X-TC-Version", "")
        for header, value in (("X-TC-Action", name), ("X-TC-Version", version)):
            if not value:
                raise TencentError("MissingParameter", f"The request is missing a required parameter `{header}`.")
        if version != service.version:
            raise TencentError("NoSuchVersion", f"The specified API version `{version}` does not exist.")
        action = service.actions.get(name)
        if action is None or name in self.estate.settings.disabled_actions:
            raise TencentError("InvalidAction", f"The specified API action `{name}` does not exist.")
        return action

    def _service(self, request: Request) -> Service | None:
        """By host name where there is one, else by the scope that was signed, else by version."""
        label = request.host.split(".", 1)[0]
        scope = parse(request.headers.get("Authorization", ""))
        version = request.headers.get("X-TC-Version")
        for wanted in (label, scope.service if scope else None):
            found = next((service for service in self._services if service.name == wanted), None)
            if found is not None:
                return found
        return next((service for service in self._services if service.version == version), None)

    def _metadata(self, request: Request, operation: Operation) -> Answer:
        with self.world.lock:
            response = self.sts.serve(request)
        code = None if response.status < 400 else str(response.status)
        return Answer(response, operation.service, operation.name, False, False, code, {"path": request.path})

    def _download(self, request: Request, operation: Operation) -> Answer:
        with self.world.lock:
            identity, service_type = self.ssl.downloads[request.path]
            certificate = self.estate.certificates.get(identity)
            content = self.ssl.archive(certificate, service_type) if certificate else b""
        response = Response(200 if content else 404, content, {"Content-Type": "application/zip"})
        return Answer(response, operation.service, operation.name, operation.write, operation.key_bearing, None, {})


def _json_body(request: Request) -> Json:
    if len(request.body) > _MAX_BODY:
        raise TencentError("RequestSizeLimitExceeded", "The request exceeds 10 MB.")
    if request.method == "GET":
        return {}
    if request.method != "POST":
        raise TencentError("UnsupportedProtocol", "Only GET and POST are supported.")
    try:
        body = json.loads(request.body or b"{}")
    except ValueError as error:
        raise TencentError("InvalidParameter", "The body is not valid JSON.") from error
    if not isinstance(body, dict):
        raise TencentError("InvalidParameter", "The body must be a JSON object.")
    return body
