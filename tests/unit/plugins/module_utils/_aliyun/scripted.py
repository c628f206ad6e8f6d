# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scripted answers of Alibaba Cloud: exactly these calls, in this order, or the test fails."""

from __future__ import annotations

import dataclasses
import json
import typing as t
from urllib.parse import parse_qsl, urlsplit

from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import CertificatesError
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Call, Replay, Reply
from ansible_collections.cncloud.certificates.tests.unit.doubles import FakeClock, FixedRandomness

ACCESS_KEY_ID = "LTAIscripted00000000000"
ACCESS_KEY_SECRET = "scripted-access-key-secret-0123"
ENDPOINT = "http://127.0.0.1:1"


@dataclasses.dataclass
class Exchange:
    """One expected call. `sends` None: any parameters, else all of them, as text, wherever they stand.

    `answer`: the members of the body besides RequestId, or raw bytes, or what is raised.
    """

    operation: str
    sends: dict[str, str] | None = None
    answer: dict[str, t.Any] | bytes | CertificatesError = dataclasses.field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = dataclasses.field(default_factory=dict)


def refused(operation: str, code: str, message: str = "No.", *, status: int = 400, **more: t.Any) -> Exchange:
    """A refusal as the gateway writes it."""
    return Exchange(operation, answer={"Code": code, "Message": message}, status=status, **more)


def parameters(call: Call) -> dict[str, str]:
    """What a call says, in the query or in the body."""
    text = urlsplit(call.url).query if call.body is None else call.body.decode("ascii")
    return dict(parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)))


class Script:
    """Takes the place of `Transport`; keeps what was sent."""

    def __init__(self, exchanges: t.Iterable[Exchange]) -> None:
        self.exchanges = list(exchanges)
        self.calls: list[Call] = []
        self.signers: list[object] = []
        self.problems: list[str] = []

    def __call__(self, **_options: t.Any) -> Script:
        return self

    def send(
        self, call: Call, *, auth: t.Callable[[], object], judge: t.Callable[[Reply], CertificatesError | None]
    ) -> Reply:
        """Like the real one, without its repetitions."""
        self.calls.append(call)
        self.signers.append(auth())
        expected = self._expected(call)
        if isinstance(expected.answer, CertificatesError):
            raise expected.answer
        raw = expected.answer
        if isinstance(raw, dict):
            raw = json.dumps({"RequestId": f"id-{len(self.calls)}", **raw}).encode()
        reply = Reply(status=expected.status, headers=expected.headers, body=raw)
        error = judge(reply)
        if error is not None:
            raise error
        return reply

    def _expected(self, call: Call) -> Exchange:
        """The next exchange. What does not fit is kept too: a module turns the assertion into a failed result."""
        sent = parameters(call)
        expected = self.exchanges.pop(0) if self.exchanges else Exchange("nothing more")
        if call.operation != expected.operation or call.headers["x-acs-action"] != call.operation:
            self.problems.append(f"{call.operation} was called instead of {expected.operation}")
        elif expected.sends not in (None, sent):
            self.problems.append(f"{call.operation} was sent {sent} instead of {expected.sends}")
        assert not self.problems, self.problems
        return expected

    def done(self) -> None:
        """To be called at the end of every test: nothing was called that was not expected, and all that was."""
        assert not self.problems, self.problems
        assert not self.exchanges, f"never called: {[one.operation for one in self.exchanges]}"

    @property
    def sent(self) -> list[dict[str, str]]:
        """The parameters, in order."""
        return [parameters(call) for call in self.calls]

    def replays(self) -> dict[str, Replay]:
        return {call.operation: call.replay for call in self.calls}


def context(*, check_mode: bool = False, home: str = "/nonexistent") -> Context:
    """A context whose time and chance are the test's."""
    return Context(
        check_mode=check_mode,
        environ={"HOME": home},
        clock=FakeClock(),
        randomness=FixedRandomness(),
    )


def connection(**options: t.Any) -> dict[str, t.Any]:
    """Valid parameters of the connection."""
    return {
        "timeout": 30.0,
        "retries": 3,
        "validate_certs": True,
        "ca_bundle": None,
        "proxy": None,
        "endpoint": ENDPOINT,
        "access_key_id": ACCESS_KEY_ID,
        "access_key_secret": ACCESS_KEY_SECRET,
        "security_token": None,
        "region": None,
        **options,
    }
