# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the playbooks of the collection, to their end or until they are killed at a chosen call."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import time
import typing as t
from pathlib import Path

from integration.both_ways import PlaybookRun, Setting, run_playbook, start_playbook
from integration.stage import Call, Stage

Entry = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class RoleTurn:
    """One run of the playbook, and the calls that it made."""

    run: PlaybookRun
    calls: list[Call]

    @property
    def changed_tasks(self) -> list[str]:
        return [each.task for each in self.run.results if each.result.get("changed")]

    @property
    def failures(self) -> list[str]:
        """The sentences that the role ends with; none if it did not fail."""
        failed = [each.result["msg"] for each in self.run.results if each.status == "failed"]
        assert bool(failed) == bool(self.run.returncode), self.run.output
        return [sentence for message in failed for sentence in (message if isinstance(message, list) else [message])]

    def operations(self) -> list[str]:
        return [call["operation"] for call in self.calls]

    def writes(self) -> list[str]:
        return [call["operation"] for call in self.calls if call["write"]]


def entry(stage: Stage, domain: str, **more: t.Any) -> Entry:
    """One of the role's certificates, bound to the domain of its own name; `more` are options of the entry."""
    info = stage.emulator.info
    binding = {
        "instance_id": "i-emulator",
        "group": "demo",
        "connect_to": f"{info['edge_host']}:{info['edge_port']}",
    }
    return {
        "domain": domain,
        "certificate_path": str(stage.folder / f"{domain}.pem"),
        "private_key_path": str(stage.folder / f"{domain}.key"),
        "fullchain_path": str(stage.folder / f"{domain}.fullchain.pem"),
        "bindings": [binding],
        **more,
    }


def role_variables(stage: Stage, entries: t.Sequence[Entry], options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The variables of `issue_and_bind` for these certificates; `options` are further ones."""
    endpoint = stage.emulator.endpoint
    return {
        "issue_and_bind_certificates": list(entries),
        "issue_and_bind_tencent": {"endpoint": endpoint},
        "issue_and_bind_aliyun": {"endpoint": endpoint},
        "issue_and_bind_huawei": {"endpoint": endpoint, "iam_endpoint": endpoint, "region": "cn-north-4"},
        **options,
    }


def _setting(stage: Stage, variables: t.Mapping[str, t.Any], arguments: t.Sequence[str] = ()) -> Setting:
    path = stage.folder / "variables.json"
    path.write_text(json.dumps(variables), encoding="utf-8")
    return Setting(arguments=("-e", f"@{path}", *arguments), environ=stage.environ())


def play_book(stage: Stage, name: str, variables: t.Mapping[str, t.Any], *arguments: str) -> RoleTurn:
    """Run a playbook of the collection to its end, with these variables."""
    stage.forget_calls()
    setting = _setting(stage, variables, arguments)
    run = run_playbook(Path(f"cncloud.certificates.{name}"), folder=stage.folder, setting=setting)
    return RoleTurn(run=run, calls=stage.emulator.log())


def play_role(stage: Stage, entries: t.Sequence[Entry], *arguments: str, **options: t.Any) -> RoleTurn:
    """Run the playbook `issue_and_bind` to its end; `options` are variables of the role."""
    return play_book(stage, "issue_and_bind", role_variables(stage, entries, options), *arguments)


def kill_book(stage: Stage, name: str, variables: t.Mapping[str, t.Any], *, operation: str, executed: bool) -> None:
    """Run a playbook and kill it, workers included, while it waits for the answer of `operation`.

    `executed` says whether the cloud does what was asked for. Returns when the cloud is done with it.
    """
    kind = "slow" if executed else "lost_request"
    killed = kill_book_at(stage, name, variables, {"kind": kind, "match": {"operation": operation}})
    assert killed, f"{name} ended by itself, without {operation}"


def kill_book_at(stage: Stage, name: str, variables: t.Mapping[str, t.Any], fault: t.Mapping[str, t.Any]) -> bool:
    """Run a playbook and kill it, workers included, while it waits for the answer of the call that `fault` strikes.

    False if it ended by itself before that. Returns when the cloud is done with the call.
    """
    stage.emulator.control("DELETE", "/faults")
    stage.emulator.control("POST", "/faults", {**fault, "delay": 0.7})
    stage.forget_calls()
    playbook = Path(f"cncloud.certificates.{name}")
    setting = _setting(stage, variables)
    process = start_playbook(playbook, folder=stage.folder, setting=setting, lines=stage.folder / "results.jsonl")
    try:
        struck = wait_until(lambda: stage.emulator.control("GET", "/faults")["faults"][0]["hits"], process)
    finally:
        _kill_tree(process.pid)
        process.communicate()
    if struck:
        wait_until(lambda: any(call["fault"] for call in stage.emulator.log()))
    stage.emulator.control("DELETE", "/faults")
    return struck


def kill_role(stage: Stage, entries: t.Sequence[Entry], *, operation: str, executed: bool) -> None:
    """Run the playbook `issue_and_bind` and kill it at a call, as `kill_book` does."""
    kill_book(stage, "issue_and_bind", role_variables(stage, entries, {}), operation=operation, executed=executed)


def wait_until(happened: t.Callable[[], t.Any], process: subprocess.Popen[str] | None = None) -> bool:
    """Whether it happened before the process ended."""
    end = time.monotonic() + 60
    while not happened():
        if process is not None and process.poll() is not None:
            return bool(happened())
        if time.monotonic() > end:
            raise AssertionError("what the test waits for did not happen within a minute")
        time.sleep(0.02)
    return True


def _kill_tree(pid: int) -> None:
    """Kill a process and its descendants: Ansible's workers are leaders of sessions of their own."""
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):
        _kill_living_tree(pid)


def _kill_living_tree(pid: int) -> None:
    # Stopped first, so that it starts no child after its children were listed.
    os.kill(pid, signal.SIGSTOP)
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    for child in children:
        _kill_tree(int(child))
    os.kill(pid, signal.SIGKILL)
