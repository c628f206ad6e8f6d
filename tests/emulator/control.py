# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control path ``/_control/``: how a test looks into the world and changes it. README.md documents each call."""

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote

from .log import timestamp
from .world import Credential, Json, Request, Response, World


class ControlError(Exception):
    """A control request that cannot be meant."""


def answer(world: World, request: Request) -> Response:
    """One control request; the server listens on loopback alone."""
    parts = [unquote(part) for part in request.path.removeprefix("/_control/").split("/") if part]
    query = dict(parse_qsl(request.query_string, keep_blank_values=True))
    try:
        body = _body(request)
        with world.lock:
            response = _route(world, request.method, parts, query, body)
    except (ControlError, ValueError, TypeError, KeyError) as error:
        return Response(400, {"error": f"{type(error).__name__}: {error}"})
    return response or Response(404, {"error": f"no control path {request.method} {request.path}"})


def _body(request: Request) -> Json:
    if not request.body:
        return {}
    body = json.loads(request.body)
    if not isinstance(body, dict):
        raise ControlError("the body must be a JSON object")
    return body


def _route(world: World, method: str, parts: list[str], query: dict[str, str], body: Json) -> Response | None:
    head = parts[0] if parts else ""
    if head == "log":
        return _log(world, method, query)
    if head == "faults":
        return _faults(world, method, body)
    if head == "clock":
        return _clock(world, method, body)
    if head == "dns":
        return _dns(world, method, body)
    if head == "ca":
        return _ca(world, method, parts[1:], body)
    if head == "credentials" and method == "POST":
        return _credentials(world, body)
    if head == "rates" and method == "POST":
        return _rates(world, body)
    if head == "reset" and method == "POST":
        world.reset()
        return Response(body={"reset": True})
    if head == "state" and len(parts) == 2:
        return _state(world, method, parts[1], query, body)
    # Certificates and settings are the Tencent ones where no cloud is named.
    if head in ("certificates", "settings"):
        parts = ["tencent", *parts]
    cloud = world.controllable(parts[0]) if parts else None
    return cloud.control(method, parts[1:], query, body) if cloud else None


def _log(world: World, method: str, query: dict[str, str]) -> Response | None:
    if method == "DELETE":
        world.log.clear()
        return Response(body={"entries": []})
    return Response(body={"entries": world.log.since(int(query.get("since", "0")))})


def _faults(world: World, method: str, body: Json) -> Response | None:
    if method == "DELETE":
        world.faults.clear()
    elif method == "POST":
        for description in body.get("faults", [body] if body else []):
            world.faults.add(description)
    return Response(body={"faults": [asdict(fault) for fault in world.faults.waiting()]})


def _clock(world: World, method: str, body: Json) -> Response | None:
    clock = world.clock
    if method == "POST":
        if "freeze" in body:
            clock.freeze(bool(body["freeze"]))
        clock.advance(float(body.get("advance", 0)))
        clock.pace = float(body.get("pace", clock.pace))
        if "signature_skew" in body:
            clock.signature_skew = timedelta(seconds=float(body["signature_skew"]))
    return Response(
        body={
            "now": timestamp(clock.now()),
            "offset": clock.offset.total_seconds(),
            "pace": clock.pace,
            "signature_skew": clock.signature_skew.total_seconds(),
        }
    )


def _dns(world: World, method: str, body: Json) -> Response | None:
    """The table beside the clouds' zones: ``{"name", "type", "values"}``; no values removes the entry."""
    if method == "DELETE":
        world.dns_table.clear()
    elif method == "POST":
        key = (str(body["name"]).rstrip(".").lower(), str(body["type"]).upper())
        world.dns_table.pop(key, None)
        if body.get("values"):
            world.dns_table[key] = [str(value) for value in body["values"]]
    return Response(
        body={"records": [{"name": n, "type": t, "values": values} for (n, t), values in world.dns_table.items()]}
    )


def _ca(world: World, method: str, parts: list[str], body: Json) -> Response | None:
    """Certificates that no cloud knows, for tests of uploads and of bad input."""
    if method == "GET" and not parts:
        return Response(body={"bundle": world.ca.bundle_pem})
    if method != "POST" or parts != ["issue"]:
        return None
    end = world.now() + timedelta(days=float(body.get("days_left", 90)))
    issued = world.ca.issue(
        body["names"],
        algorithm=body.get("algorithm", "RSA"),
        not_before=end - timedelta(days=float(body.get("days", 90))),
        not_after=end,
        self_signed=bool(body.get("self_signed", False)),
    )
    return Response(body={**asdict(issued), "serial_number": format(issued.serial_number, "x")})


def _credentials(world: World, body: Json) -> Response:
    lifetime = body.get("expires_in")
    world.accounts.add(
        Credential(
            cloud=body["cloud"],
            key_id=body["key_id"],
            secret=body["secret"],
            account=body["account"],
            token=body.get("token"),
            expires=None if lifetime is None else world.clock.signature_now() + timedelta(seconds=float(lifetime)),
            details=body.get("details", {}),
        )
    )
    return Response(body={"added": body["key_id"]})


def _rates(world: World, body: Json) -> Response:
    """``{"tencent": 10}`` lets ten calls a second of each operation through; null lifts the limit."""
    for cloud, rate in body.items():
        world.rates.pop(cloud, None)
        if rate is not None:
            world.rates[cloud] = float(rate)
    return Response(body=dict[str, Any](world.rates))


def _state(world: World, method: str, name: str, query: dict[str, str], body: Json) -> Response | None:
    cloud = world.controllable(name)
    if cloud is None:
        return None
    return Response(body=cloud.load(body) if method == "POST" else cloud.state(query))
