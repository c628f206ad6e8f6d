# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an operation of Alibaba Cloud is: where its parameters stand, its run, its refusals."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable
from urllib.parse import parse_qsl

from .world import Json, Request, Response

FORM = "application/x-www-form-urlencoded"


class AliyunError(Exception):
    """A refusal in the vendor's envelope. ``message`` may echo what was sent, as the vendor's does.

    ``body`` is that of an operation that tells of its failures in an answer with status 200.
    """

    def __init__(self, code: str, message: str | None = None, *, status: int = 400, body: Json | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message or f"{code}."
        self.status = status
        self.body = body


@dataclass(frozen=True)
class Caller:
    """``host`` is where the request was sent to, with its port; ``arn`` is whom a temporary key stands for."""

    account: str
    host: str = ""
    arn: str = ""


@dataclass(frozen=True)
class Action:
    """``parameters`` maps a name to its type: str, int, bool; ``!`` marks a required one.

    ``position`` is where they are looked for: ``query``, ``form`` or ``anywhere``. What stands in the other place does
    not count, as at the vendor's gateway. ``denied`` is the code of a missing permission. ``shape`` makes the answer of
    what ``run`` gave and the request id; without it they stand side by side. One that is not ``signed`` has a caller
    without an account.
    """

    run: Callable[[Caller, Json], Json]
    parameters: dict[str, str]
    write: bool = False
    key_bearing: bool = False
    methods: tuple[str, ...] = ("GET", "POST")
    position: str = "query"
    denied: str = "Forbidden.RAM"
    shape: Callable[[str, Json], Json] | None = None
    signed: bool = True


@dataclass(frozen=True)
class Service:
    """``name`` is the product as the call log names it, ``host`` its label in host names."""

    name: str
    host: str
    version: str
    actions: dict[str, Action] = field(default_factory=dict)


class Part(Protocol):
    """A product with its share of the control path.

    ``name`` is the member of the settings that holds ``settings``, a dataclass. ``state`` gives what is there by kind;
    ``add`` takes a description of one of ``kinds``; ``control`` gets ``/_control/aliyun/<kind>/...``.
    """

    @property
    def name(self) -> str: ...

    @property
    def settings(self) -> Any: ...

    @property
    def service(self) -> Service: ...

    @property
    def kinds(self) -> tuple[str, ...]: ...

    def state(self) -> Json: ...

    def add(self, kind: str, body: Json) -> Json: ...

    def control(self, method: str, parts: list[str], query: dict[str, str], body: Json) -> Response | None: ...


@runtime_checkable
class Serving(Protocol):
    """A product that also answers plain requests without a signature, told by their path.

    ``serves`` gives the name under which the log has such a request; empty: it is none.
    """

    def serves(self, request: Request) -> str: ...

    def serve(self, request: Request) -> Response: ...


def sent(request: Request, position: str = "anywhere") -> Json:
    """The parameters as they came, all of them texts."""
    pairs: list[tuple[str, str]] = []
    if position in ("query", "anywhere"):
        pairs += parse_qsl(request.query_string, keep_blank_values=True)
    if position in ("form", "anywhere") and request.headers.get("Content-Type", "").startswith(FORM):
        pairs += parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    return dict(pairs)


def parameters(request: Request, action: Action) -> Json:
    """The checked parameters of a request; an empty text counts as not given. Raises AliyunError."""
    given = {name: text for name, text in sent(request, action.position).items() if text != ""}
    checked: Json = {}
    for name, kind in action.parameters.items():
        if name in given:
            checked[name] = _typed(name, given[name], kind.removesuffix("!"))
        elif kind.endswith("!"):
            raise AliyunError(f"Missing{name}", f"{name} is mandatory for this action.")
    return checked


def page(rows: list[Any], given: Json, *, default: int, largest: int) -> tuple[list[Any], Json]:
    """One page of the rows, and the members that say which. Raises AliyunError."""
    number, size = given.get("PageNumber", 1), given.get("PageSize", default)
    if number < 1:
        raise AliyunError("InvalidParameter", "The specified PageNumber is not valid.")
    if not 1 <= size <= largest:
        raise AliyunError("InvalidParameter", f"The specified PageSize is not valid: 1 to {largest}.")
    begin = (number - 1) * size
    return rows[begin : begin + size], {"PageNumber": number, "PageSize": size, "TotalCount": len(rows)}


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _typed(name: str, text: str, kind: str) -> Any:
    if kind == "int":
        if not text.isascii() or not text.removeprefix("-").isdigit() or len(text) > 18:
            raise AliyunError("InvalidParameter", f"The specified {name} is not valid.")
        return int(text)
    if kind == "bool":
        if text.lower() not in ("true", "false"):
            raise AliyunError("InvalidParameter", f"The specified {name} is not valid.")
        return text.lower() == "true"
    return text
