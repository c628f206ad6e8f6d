# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A transport that expects exactly the calls of a script and answers each with the next line of it."""

from __future__ import annotations

import dataclasses
import json
import typing as t
from urllib.parse import parse_qsl, urlsplit

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import Entry, execute
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import CertificatesError
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Call, Judge, Reply
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei import client
from ansible_collections.cncloud.certificates.tests.unit.doubles import FakeClock, FixedRandomness

PROJECT = "0123456789abcdef0123456789abcdef"
PREFIX = f"/v2/{PROJECT}/apigw"
KEYS = {"HUAWEICLOUD_SDK_AK": "ak-of-the-environment", "HUAWEICLOUD_SDK_SK": "sk-of-the-environment"}


@dataclasses.dataclass
class Line:
    """One call that must come, and what answers it: a status with a body, or an exception."""

    operation: str
    status: int = 200
    answer: t.Any = None
    fails: CertificatesError | None = None
    headers: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Seen:
    """A call that was made."""

    operation: str
    method: str
    path: str
    query: dict[str, str]
    body: t.Any


class Script:
    """The lines that are left, and the calls that were made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left: list[Line] = []
        self.seen: list[Seen] = []
        monkeypatch.setattr(client, "Transport", lambda **_keywords: self)
        monkeypatch.setattr(client, "_projects", {})

    def expect(self, *lines: Line) -> Script:
        self.left.extend(lines)
        return self

    def send(self, call: Call, *, auth: t.Callable[[], t.Any], judge: Judge) -> Reply:
        """Stands for Transport.send, without repetition."""
        auth()
        parts = urlsplit(call.url)
        body = None if call.body is None else json.loads(call.body)
        path = parts.path.removeprefix(PREFIX)
        self.seen.append(Seen(call.operation, call.method, path, dict(parse_qsl(parts.query)), body))
        assert self.left, f"an unexpected call: {call.operation}"
        line = self.left.pop(0)
        assert line.operation == call.operation, f"{call.operation} instead of {line.operation}"
        if line.fails is not None:
            raise line.fails
        text = line.answer if isinstance(line.answer, str) else json.dumps(line.answer)
        reply = Reply(line.status, line.headers, b"" if line.answer is None else text.encode())
        error = judge(reply)
        if error is not None:
            raise error
        return reply

    @property
    def operations(self) -> list[str]:
        return [one.operation for one in self.seen]


@dataclasses.dataclass
class Surroundings:
    """The context of one run and what it collected."""

    clock: FakeClock = dataclasses.field(default_factory=FakeClock)
    warnings: list[str] = dataclasses.field(default_factory=list)
    masked: list[str] = dataclasses.field(default_factory=list)

    def context(self, folder: str, *, check_mode: bool = False, environ: t.Mapping[str, str] | None = None) -> Context:
        return Context(
            check_mode=check_mode,
            environ={"HOME": folder, "XDG_CACHE_HOME": folder, **(KEYS if environ is None else environ)},
            base_dir=folder,
            clock=self.clock,
            randomness=FixedRandomness(),
            warn=self.warnings.append,
            mask=self.masked.append,
        )


def run(entry: Entry, context: Context, **options: t.Any) -> dict[str, t.Any]:
    """Validate the options as Ansible does, then run; a spec's refusal is a result too."""
    checked = ArgumentSpecValidator(entry.argument_spec, **entry.constraints()).validate(options)
    if checked.error_messages:
        return {"failed": True, "msg": "; ".join(checked.error_messages), "error": {"kind": "spec"}}
    return execute(entry, checked.validated_parameters, context)
