# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a Tencent action is: its parameters and their types, its run, its refusals."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from .world import Json, Request


class TencentError(Exception):
    """A refusal in the vendor's envelope: HTTP 200, a dotted code, a message."""

    def __init__(self, code: str, message: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message or f"{code.rpartition('.')[2]}."


@dataclass(frozen=True)
class Caller:
    """Who asks, and how: the account, whether texts are to be English, and the host that the client named."""

    account: str
    english: bool
    host: str


@dataclass(frozen=True)
class Action:
    """``parameters`` maps a name to its type: str, int, bool, [str], [int] or [object]; ``!`` marks a required one.

    One that is not ``signed`` comes with ``Authorization: SKIP``; its caller has no account.
    """

    run: Callable[[Caller, Json], Json]
    parameters: dict[str, str]
    write: bool = False
    key_bearing: bool = False
    signed: bool = True


@dataclass(frozen=True)
class Service:
    name: str
    version: str
    actions: dict[str, Action]


_SCALARS: dict[str, type] = {"str": str, "int": int, "bool": bool, "object": dict}


def parameters(request: Request, body: Json, action: Action) -> Json:
    """The checked parameters of a request; JSON null counts as not given. Raises TencentError."""
    given = _from_query(request.query_string, action) if request.method == "GET" else body
    given = {name: value for name, value in given.items() if value is not None}
    for name in given:
        if name not in action.parameters:
            raise TencentError("UnknownParameter", f"The parameter `{name}` is not recognized.")
    for name, kind in action.parameters.items():
        if name not in given:
            if kind.endswith("!"):
                raise TencentError("MissingParameter", f"The request is missing a required parameter `{name}`.")
        elif not _fits(given[name], kind.removesuffix("!")):
            raise TencentError("InvalidParameter", f"The value type of parameter `{name}` is not valid.")
    return given


def _fits(value: Any, kind: str) -> bool:
    if kind.startswith("["):
        return isinstance(value, list) and all(_fits(item, kind[1:-1]) for item in value)
    return isinstance(value, _SCALARS[kind]) and (kind == "bool" or not isinstance(value, bool))


def _from_query(query: str, action: Action) -> Json:
    """GET writes lists as ``Name.0=...`` and knows no types: they follow from the action. Objects are not emulated."""
    given: Json = {}
    for key, text in parse_qsl(query, keep_blank_values=True):
        name, _unused, index = key.partition(".")
        kind = action.parameters.get(name, "str").removesuffix("!")
        value = _from_text(text, kind.strip("[]"))
        if index.isdigit() and kind.startswith("["):
            given.setdefault(name, []).append(value)
        else:
            given[key] = value
    return given


def _from_text(text: str, kind: str) -> Any:
    if kind == "int" and text.lstrip("-").isdigit():
        return int(text)
    if kind == "bool" and text in ("true", "false"):
        return text == "true"
    return text
