# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What hands out keys may answer anything: STS, IAM, metadata, servers and programs of one's own, and their files.

A key that was handed out goes on to the next call as it came, through the signature and into the headers.
"""

from __future__ import annotations

import json
import os
import shutil
import typing as t
import unittest.mock
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils import _credentials, _locks
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Call, Reply, Transport
from driver.driver import Driver
from fuzz.counting import Executions
from fuzz.hostile import VALUES, Edit, byte_edits, edited, executions, json_edits, spoilt
from fuzz.recorded import Exchange
from fuzz.wire import answer, answering
from hypothesis import given
from hypothesis import strategies as st
from integration.test_key_sources import MODULES, Case, cases

if t.TYPE_CHECKING:
    from integration.stage import Stage

OF_A_KEY = ("AccessKeyId", "AccessKeySecret", "SecurityToken", "Expiration", "ExpiredTime", "Token", "TmpSecretId",
            "TmpSecretKey", "access", "secret", "securitytoken", "expires_at", "expiration", "token", "id")  # fmt: skip
TOKENS = st.sampled_from(
    ("a\r\nX: y", "\u4f8b\u5b50", "\u00e9", "\n", " ", "\0", "x" * 70_000, "\x1b[2J", "../..", "'\"<>", "\x7f")
)


def play(driver: Driver, case: Case) -> dict[str, t.Any]:
    ((module, own),) = MODULES[case.cloud].items()
    shutil.rmtree(driver.home / "cache", ignore_errors=True)
    _locks._refused_here.clear()
    _credentials._kept.clear()
    options = {"timeout": 5.0, "retries": 0, **own, **case.options}
    return driver.run(module.rpartition(".")[2], options, environ=case.environ).result


def recorded(driver: Driver, case: Case) -> list[Reply]:
    """The answers of a run that goes well, in their order."""
    replies: list[Reply] = []
    exchange: Exchange = Transport._exchange

    def listening(self: Transport, call: Call, auth: t.Any, *, keep: t.Any) -> Reply:
        replies.append(exchange(self, call, auth, keep=keep))
        return replies[-1]

    with unittest.mock.patch.object(Transport, "_exchange", listening):
        result = play(driver, case)
    assert not result.get("failed"), result
    return replies


def raw(reply: Reply, *, token: str | None) -> bytes:
    """The answer as bytes. `token` replaces the one of the headers."""
    kept = {name: value for name, value in reply.headers.items() if name in ("x-subject-token", "content-type", "date")}
    if token is not None and "x-subject-token" in kept:
        kept["x-subject-token"] = token.encode("utf-8").decode("latin-1")
    return answer(reply.body, status=reply.status, **kept)


def hostile(body: bytes, edits: list[Edit], member: tuple[str, t.Any] | None) -> bytes:
    """An answer after edits, and with something else in the place of one member; a bare text becomes that."""
    try:
        value = edited(json.loads(body), edits)
    except ValueError:
        return json.dumps(member[1]).encode() if member else body
    return json.dumps(with_value(value, *member) if member else value).encode()


def with_value(value: t.Any, name: str, new: t.Any) -> t.Any:
    """A copy in which all members of a name are something else."""
    if isinstance(value, dict):
        return {key: new if key == name else with_value(inner, name, new) for key, inner in value.items()}
    return [with_value(inner, name, new) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("cloud", MODULES)
def test_keys(cloud: str, shared_driver: Driver, executed: Executions) -> None:
    driver = shared_driver
    driver.reset()
    stage = t.cast("Stage", SimpleNamespace(emulator=driver.emulator, folder=driver.home.parent))
    found = {name: case for name, case in cases(stage).items() if case.cloud == cloud}
    answers = {name: recorded(driver, case) for name, case in found.items()}
    files = {path: path.read_bytes() for path in sorted(driver.home.parent.rglob("*")) if read_by_us(path)}
    moving = st.none() | st.tuples(st.sampled_from(OF_A_KEY), TOKENS | st.sampled_from(VALUES))

    @executions(30)
    @given(
        name=st.sampled_from(sorted(found)),
        number=st.integers(0, 5),
        edits=st.just([]) | json_edits(),
        member=moving,
        cuts=st.just([]) | byte_edits(),
        status=st.sampled_from((*[None] * 6, 200, 401, 404, 500)),
        file=st.none() | st.sampled_from(sorted(files)),
        token=st.none() | TOKENS,
    )
    def survives(
        name: str,
        number: int,
        edits: list[Edit],
        member: tuple[str, t.Any] | None,
        cuts: list[Edit],
        status: int | None,
        file: Path | None,
        token: str | None,
    ) -> None:
        executed.one()
        for path, content in files.items():
            path.write_bytes(spoilt(content, cuts) if path == file else content)
        prepared = []
        for place, reply in enumerate(answers[name]):
            body, answered = reply.body, reply.status
            if place == number % len(answers[name]):
                body, answered = hostile(body, edits, member), status or answered
                body = body if file else spoilt(body, cuts)
            prepared.append(raw(Reply(status=answered, headers=reply.headers, body=body), token=token))
        with answering(*prepared or [answer()]):
            result = play(driver, found[name])
        if result.get("failed"):
            assert "unexpected" not in result["msg"], result["msg"]
            assert result["msg"].isprintable()
            assert len(result["msg"]) < 2000
        json.dumps(result, ensure_ascii=False).encode("utf-8")

    survives()


def read_by_us(path: Path) -> bool:
    """A file of a vendor's tool, a token, or what a program prints; not what belongs to a run."""
    return path.is_file() and "cache" not in path.parts and os.access(path, os.R_OK) and path.suffix != ".log"
