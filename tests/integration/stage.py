# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbooks against the emulator: the four runs, and what the cloud saw of them."""

from __future__ import annotations

import collections.abc as c
import dataclasses
import hashlib
import socket
import ssl
import subprocess
import typing as t
from pathlib import Path

from emulator.process import EmulatorProcess
from integration.both_ways import PlaybookRun, Setting, TaskResult, Way, run_tasks

PACE = 100
"""How many times faster than the real ones the emulator's delays and the modules' waits are."""

Task = c.Mapping[str, t.Any]
Call = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Turn:
    """One run of one task, and the calls that it made."""

    result: TaskResult
    calls: list[Call]
    run: PlaybookRun

    @property
    def changed(self) -> bool:
        return bool(self.result.result["changed"])

    @property
    def diff(self) -> t.Any:
        return self.result.result["diff"]

    @property
    def actions(self) -> t.Any:
        return self.result.result["actions"]

    def operations(self) -> list[str]:
        return [call["operation"] for call in self.calls]

    def writes(self) -> list[str]:
        return [call["operation"] for call in self.calls if call["write"]]


@dataclasses.dataclass(frozen=True)
class FourRuns:
    """Check, real, check again, real again."""

    predicted: Turn
    real: Turn
    predicted_again: Turn
    real_again: Turn

    def checked(self) -> FourRuns:
        """These, if check mode told the truth and the second round changed nothing."""
        for turn in (self.predicted, self.real, self.predicted_again, self.real_again):
            assert turn.result.status == "ok", turn.run.output
        assert self.predicted.changed is self.real.changed is True
        assert self.predicted.diff == self.real.diff
        assert self.predicted.diff["before"] != self.predicted.diff["after"]
        assert self.predicted.actions == self.real.actions != []
        assert self.predicted.result.result.keys() == self.real.result.result.keys()
        assert self.predicted_again.changed is self.real_again.changed is False
        assert self.predicted_again.actions == self.real_again.actions == []
        assert self.predicted_again.diff == self.real_again.diff == {"before": {}, "after": {}}
        return self


@dataclasses.dataclass(frozen=True)
class Files:
    """A certificate with its chain, its private key, and its SHA-256 fingerprint."""

    certificate: Path
    private_key: Path
    sha256: str


@dataclasses.dataclass
class Stage:
    """An emulator and a folder."""

    emulator: EmulatorProcess
    folder: Path

    def add_domain(self, domain: str, *, group: str = "demo") -> None:
        """Put a host name into an API group of the gateway `i-emulator`."""
        self.emulator.control("POST", "/huawei/domains", {"group": group, "domain": domain})

    def make_certificate(self, name: str, *, names: c.Sequence[str], **more: t.Any) -> Files:
        """A certificate of the emulator's authority as `name`.pem and `name`.key; `more` as of `POST /ca/issue`."""
        made = self.emulator.control("POST", "/ca/issue", {"names": list(names), **more})
        files = Files(self.folder / f"{name}.pem", self.folder / f"{name}.key", made["sha256"])
        files.certificate.write_text(made["chain_pem"])
        files.private_key.write_text(made["key_pem"])
        return files

    def forget_calls(self) -> None:
        self.emulator.control("DELETE", "/log")

    def environ(self) -> dict[str, str]:
        """Keys as a user's shell has them."""
        keys = self.emulator.info["credentials"]
        aliyun, tencent, huawei = (keys[cloud][0] for cloud in ("aliyun", "tencent", "huawei"))
        return {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": aliyun["key_id"],
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": aliyun["secret"],
            "ALIBABA_CLOUD_REGION_ID": aliyun["region"],
            "TENCENTCLOUD_SECRET_ID": tencent["key_id"],
            "TENCENTCLOUD_SECRET_KEY": tencent["secret"],
            "HUAWEICLOUD_SDK_AK": huawei["key_id"],
            "HUAWEICLOUD_SDK_SK": huawei["secret"],
            "HUAWEICLOUD_SDK_PROJECT_ID": huawei["project_id"],
            "CNCLOUD_CERTIFICATES_PACE": str(PACE),
        }

    def setting(
        self,
        *arguments: str,
        environ: c.Mapping[str, str] | None = None,
        hosts: c.Mapping[str, c.Mapping[str, t.Any]] | None = None,
    ) -> Setting:
        """A run whose modules find the emulator; `environ` is added to the keys, an empty value removes one."""
        region = self.emulator.info["credentials"]["huawei"][0]["region"]
        found = {name: value for name, value in {**self.environ(), **(environ or {})}.items() if value}
        endpoint = self.emulator.endpoint
        defaults = {
            "group/cncloud.certificates.aliyun": {"endpoint": endpoint},
            "group/cncloud.certificates.tencent": {"endpoint": endpoint},
            "group/cncloud.certificates.huawei": {"endpoint": endpoint, "iam_endpoint": endpoint, "region": region},
        }
        return Setting(
            play={"module_defaults": defaults},
            environ=found,
            arguments=arguments,
            hosts=hosts or {"localhost": {}},
        )

    def play(self, tasks: c.Sequence[Task], *arguments: str, way: Way = Way.IN_PROCESS, **more: t.Any) -> PlaybookRun:
        """Run tasks as one play."""
        return run_tasks(tasks, way=way, folder=self.folder, setting=self.setting(*arguments, **more))

    def turn(self, task: Task, *arguments: str, way: Way = Way.IN_PROCESS, **more: t.Any) -> Turn:
        """Run one task as one play, and note the calls that it made."""
        (turn,) = self.turns({"the task": task}, *arguments, way=way, **more).values()
        return dataclasses.replace(turn, calls=self.emulator.log())

    def turns(
        self, tasks: c.Mapping[str, Task], *arguments: str, way: Way = Way.IN_PROCESS, **more: t.Any
    ) -> dict[str, Turn]:
        """Run named tasks as one play, and note for each the calls whose ids are in its result."""
        self.forget_calls()
        run = self.play([{"name": name, **task} for name, task in tasks.items()], *arguments, way=way, **more)
        log = self.emulator.log()
        return {name: Turn(result=run.of(name), calls=calls_of(run.of(name).result, log), run=run) for name in tasks}

    def four_runs(self, task: Task, *, way: Way = Way.IN_PROCESS) -> FourRuns:
        """Check, real, check, real; fails unless check mode told the truth and the second round changed nothing."""
        return self.rounds({"the task": task}, way=way)["the task"].checked()

    def rounds(self, tasks: c.Mapping[str, Task], *, way: Way = Way.IN_PROCESS) -> dict[str, FourRuns]:
        """The four runs of several tasks, each run being one play of them all; `checked` is left to the caller."""
        predicted = self.turns(tasks, "--check", "--diff", way=way)
        self.expect_no_write()
        real = self.turns(tasks, "--diff", way=way)
        predicted_again = self.turns(tasks, "--check", "--diff", way=way)
        self.expect_no_write()
        real_again = self.turns(tasks, "--diff", way=way)
        self.expect_no_write()
        return {name: FourRuns(predicted[name], real[name], predicted_again[name], real_again[name]) for name in tasks}

    def expect_no_write(self) -> None:
        """Whatever a result may say, nothing was written since the log was last emptied."""
        assert [call["operation"] for call in self.emulator.log() if call["write"]] == []

    def served(self, domain: str, *, algorithm: str = "rsa") -> str:
        """The SHA-256 fingerprint that a TLS client of that key type gets for the name."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("aECDSA" if algorithm == "ecc" else "aRSA")
        address = (self.emulator.info["edge_host"], self.emulator.info["edge_port"])
        with (
            socket.create_connection(address, timeout=10) as plain,
            context.wrap_socket(plain, server_hostname=domain) as secure,
        ):
            return hashlib.sha256(secure.getpeercert(binary_form=True) or b"").hexdigest()


def fresh_stage(emulator: EmulatorProcess, folder: Path) -> Stage:
    """The emulator as it is after a start, with the gateway's group `demo` holding `api.example.com`."""
    emulator.control("POST", "/reset")
    stage = Stage(emulator=emulator, folder=folder)
    stage.add_domain("api.example.com")
    stage.forget_calls()
    return stage


def calls_of(result: c.Mapping[str, t.Any], log: c.Iterable[Call]) -> list[Call]:
    """The calls of a log whose ids a result has, loop items included."""
    ids = {request_id for one in (result, *result.get("results", ())) for request_id in one.get("request_ids", ())}
    return [call for call in log if call["request_id"] in ids]


def openssl(*arguments: str | Path) -> str:
    """What `openssl` says: a witness that shares no code with the modules."""
    words = ["openssl", *map(str, arguments)]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def fingerprint(certificate: Path) -> str:
    """The SHA-256 fingerprint of the first certificate in a file."""
    line = openssl("x509", "-in", certificate, "-noout", "-fingerprint", "-sha256")
    return line.strip().partition("=")[2].replace(":", "").lower()


def public_key_of_certificate(certificate: Path) -> str:
    return openssl("x509", "-in", certificate, "-noout", "-pubkey")


def public_key_of_private_key(key: Path) -> str:
    return openssl("pkey", "-in", key, "-pubout")
