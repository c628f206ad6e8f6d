# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Huawei Cloud: which requests are meant for it, and one answer for each. HUAWEI.md says what is emulated."""

import re
import secrets
from contextlib import nullcontext

from .huawei_apig import ROUTES as APIG_ROUTES
from .huawei_apig import ApiGateway, Call
from .huawei_control import HuaweiControl
from .huawei_dns import ROUTES as DNS_ROUTES
from .huawei_dns import DnsCall, PublicZones
from .huawei_errors import CODES, Refused, refused
from .huawei_gateway import Gateways
from .huawei_iam import DEFAULT_REGION, Identity, named, summary_of
from .huawei_iam import ROUTES as IAM_ROUTES
from .huawei_routing import Matched, find, query_of
from .huawei_sts import ROUTES as STS_ROUTES
from .huawei_sts import SecurityTokens
from .huawei_wire import body_of
from .log import redact
from .world import Answer, Json, Operation, Request, Response, World

_PATHS = re.compile(
    r"/v3/(auth|projects)\b|/v3\.0/OS-|/v2/[^/]+/apigw(/|$)|/v2(\.1)?/zones(/|$)|/v5/(agencies|caller-identity)\b"
)
_ROUTES = (*IAM_ROUTES, *APIG_ROUTES, *DNS_ROUTES, *STS_ROUTES)
_UNKNOWN = "Unknown"


class HuaweiCloud:
    """IAM, dedicated API Gateways and public DNS zones of one account (more by control)."""

    name = "huawei"

    def __init__(self, world: World) -> None:
        self._world = world
        self._identity = Identity(world)
        self._gateways = Gateways(world)
        self._apig = ApiGateway(self._gateways, self._identity)
        self._dns = PublicZones(world, self._identity)
        self._tokens = SecurityTokens(self._identity)
        self._control = HuaweiControl(world, self._gateways, self._identity, self._dns)
        self._control.seed()

    def handles(self, request: Request) -> bool:
        if request.headers.get("Authorization", "").startswith(("SDK-HMAC-", "V11-HMAC-")):
            return True
        return _PATHS.match(request.path) is not None or find(STS_ROUTES, request.method, request.path) is not None

    def identify(self, request: Request) -> Operation:
        matched = find(_ROUTES, request.method, request.path)
        if matched is None:
            return Operation("apigw", _UNKNOWN, request.method != "GET", False)
        name = named(matched.route.operation, request)
        return Operation(matched.route.service, name, matched.route.write, False)

    def handle(self, request: Request) -> Answer:
        request_id = secrets.token_hex(16)
        matched = find(_ROUTES, request.method, request.path)
        operation = self.identify(request)
        code = None
        try:
            if matched is None:
                raise refused("APIGW.0101")
            response = self._perform(matched, request)
        except Refused as refusal:
            response, code = refusal.response(request_id), refusal.code
        response.headers |= {"X-Request-Id": request_id}
        if operation.service == "iam":
            response.headers |= {"X-IAM-Trace-Id": f"token_{DEFAULT_REGION}_{request_id}"}
        return Answer(
            response=response,
            service=operation.service,
            operation=operation.name,
            write=operation.write,
            key_bearing=False,
            code=code,
            summary=_summary(matched, request),
            request_id=request_id,
        )

    def throttled(self, operation: Operation, code: str | None) -> Response:
        """The front gateway's 429, or any other code of the tables (9008 is a throttle that comes as a 500)."""
        request_id = secrets.token_hex(16)
        chosen = code if code in CODES else "APIGW.0308"
        response = refused(chosen).response(request_id)
        response.headers |= {"X-Request-Id": request_id}
        return response

    def refresh_bindings(self) -> None:
        """Brings ``world.bindings`` to what is visible by now."""
        with self._world.lock:
            self._gateways.publish()

    def state(self, query: dict[str, str]) -> Json:
        return self._control.state()

    def load(self, body: Json) -> Json:
        return self._control.load(body)

    def control(self, method: str, parts: list[str], query: dict[str, str], body: Json) -> Response | None:
        return self._control.control(method, parts, body)

    def _perform(self, matched: Matched, request: Request) -> Response:
        route = matched.route
        if route.service == "iam":
            with self._world.lock:
                return self._identity.perform(route.operation, request)
        if route.service == "sts":
            with self._world.lock:
                return self._tokens.perform(route.operation, request)
        query = query_of(request.query_string)
        with self._world.lock:
            caller = self._identity.authenticate(request)
            if route.service == "dns":
                body = body_of(request.body, "DNS.0002") if request.body else {}
                return self._dns.perform(DnsCall(route.operation, matched.parameters, query, body), caller)
        call = Call(route.operation, matched.parameters, query, request.body)
        with self._apig.writing(call) if route.write else nullcontext(), self._world.lock:
            return self._apig.perform(call, caller)


def _summary(matched: Matched | None, request: Request) -> Json:
    """Path parameters, query and body without secrets."""
    if matched is None:
        return {"method": request.method, "path": request.path}
    if matched.route.service == "iam":
        return summary_of(request)
    summary: Json = {**matched.parameters}
    if request.query_string:
        summary["query"] = query_of(request.query_string)
    if request.body:
        try:
            summary["body"] = redact(body_of(request.body))
        except Refused:
            summary["body"] = "<unreadable>"
    return summary
