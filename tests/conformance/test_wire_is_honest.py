# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declared wire fields are the real ones: the services run against the emulator, and what they send and read is
compared with what they declare. Together with the test of the SDKs' models, every field on the wire is proven.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import answer as aliyun_answer
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei import answer as huawei_answer
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent import answer as tencent_answer
from ansible_collections.cncloud.certificates.plugins.module_utils._wire import Wire
from ansible_collections.cncloud.certificates.tests.conformance.lives import (
    PACE,
    Play,
    live_aliyun,
    live_keys,
    live_tencent_and_huawei,
)
from ansible_collections.cncloud.certificates.tests.conformance.test_wire_fields import CLIENTS
from ansible_collections.cncloud.certificates.tests.emulator.process import EmulatorProcess

# What every answer of a cloud has is not declared for each operation.
ENVELOPE = {"Response", "RequestId", "Error", "error_code", "error_msg", "request_id"}
# Needed where a deletion was turned into a task by the cloud on its own account, which nothing makes the emulator do.
NOT_REACHED = {("tencent", "DescribeDeleteCertificatesTaskResult")}
# The project is part of every path; the SDKs take it from the credential, not from a request.
FROM_CREDENTIAL = {"project_id"}

Operation = tuple[str, str]
"""The cloud and the name: clouds have names in common."""
Paths = dict[Operation, set[str]]


def steps(path: str) -> Iterator[str]:
    """A path and what leads to it: ``a``, ``a.b[]`` and ``a.b[].c`` of the last."""
    parts = path.split(".")
    yield from (".".join(parts[:end]) for end in range(1, len(parts) + 1))


def plain(path: str) -> str:
    """A path without the ``[]`` of a list at its end, which may be written or not."""
    return path.removesuffix("[]")


@dataclass(frozen=True)
class Read:
    """Operation -> paths that were asked for in its answers, those that were there and those that were not."""

    there: Paths = field(default_factory=lambda: defaultdict(set))
    absent: Paths = field(default_factory=lambda: defaultdict(set))


class Recorded(dict[str, Any]):
    """An object of an answer that notes which of its members are asked for, and whether they are there."""

    def __init__(self, value: Mapping[str, Any], note: Callable[[str, bool], None]) -> None:
        super().__init__(value)
        self._note = note

    def get(self, key: str, default: Any = None) -> Any:
        self._note(key, key in self)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self._note(key, key in self)
        return super().__getitem__(key)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    seen = Read()

    def recording(cloud: str, init: Callable[..., None]) -> Callable[..., None]:
        def replacement(self: Any, value: Mapping[str, Any], *, operation: str, path: str = "") -> None:
            def note(name: str, there: bool) -> None:
                if path or name not in ENVELOPE:
                    (seen.there if there else seen.absent)[cloud, operation].add(path + name)

            init(self, Recorded(value, note), operation=operation, path=path)

        return replacement

    for cloud, module in {"aliyun": aliyun_answer, "huawei": huawei_answer, "tencent": tencent_answer}.items():
        monkeypatch.setattr(module.Fields, "__init__", recording(cloud, module.Fields.__init__))
    return seen


def sent(log: list[dict[str, Any]]) -> Paths:
    """Operation -> paths of the fields that its requests had, from the emulator's log."""
    paths: Paths = defaultdict(set)
    for call in log:
        request = dict(call["request"])
        flat = {**request.pop("query", {}), **request.pop("body", {}), **request}
        paths[call["cloud"], call["operation"]] |= {path for path in _paths(flat) if path not in FROM_CREDENTIAL}
    return paths


def _paths(value: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, member in value.items():
        items = [item for item in member if isinstance(item, dict)] if isinstance(member, list) else []
        if isinstance(member, dict):
            yield from _paths(member, f"{prefix}{name}.")
        elif items:
            for item in items:
                yield from _paths(item, f"{prefix}{name}[].")
        else:
            yield prefix + name


@pytest.fixture(scope="module")
def fast_emulator() -> Iterator[EmulatorProcess]:
    with EmulatorProcess(pace=PACE) as process:
        yield process


def declared_paths(wire: Mapping[str, Wire], operation: str, kind: str) -> set[str]:
    """What is declared for an operation, and the objects and lists on the way there; nothing where it is not."""
    paths: tuple[str, ...] = getattr(wire[operation], kind) if operation in wire else ()
    return {plain(step) for path in paths for step in steps(path)}


def test_the_services_send_and_read_what_they_declare(
    fast_emulator: EmulatorProcess, read: Read, tmp_path: Path
) -> None:
    play = Play(fast_emulator, tmp_path)
    live_tencent_and_huawei(play)
    live_aliyun(play)
    live_keys(play)
    log = sent(fast_emulator.log())
    # A download is a URL that an answer told, not an operation.
    seen_operations = {(cloud, operation) for cloud, operation in log if not operation.startswith("(download ")}
    for client in CLIENTS:
        wire = client.wire()
        # Rows of two operations may have one reader: what an answer does not have need not be declared for it, but for
        # one of the others. A misspelt name is declared nowhere.
        somewhere = {path.rpartition(".")[2] for name in wire for path in declared_paths(wire, name, "reads")}
        for operation in wire:
            key = (client.cloud, operation)
            assert log[key] - declared_paths(wire, operation, "sends") == set(), key
            assert {plain(path) for path in read.there[key]} - declared_paths(wire, operation, "reads") == set(), key
            assert {path.rpartition(".")[2] for path in read.absent[key]} - somewhere == set(), key
    declared = {(client.cloud, operation) for client in CLIENTS for operation in client.wire()}
    assert seen_operations - declared == set(), "sent, but not declared"
    # A test that saw little would prove little.
    assert declared - seen_operations == NOT_REACHED
