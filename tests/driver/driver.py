# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs modules without `ansible-playbook`: thousands of runs a minute, against one emulator that is reset in between.

    with EmulatorProcess(reuse_keys=40) as emulator, Driver(emulator, tmp_path) as driver:
        driver.reset()
        foreseen = driver.run("tencent_free_cert", {"domain": "www.example.com"}, check=True)
        run = driver.run("tencent_free_cert", {"domain": "www.example.com"})
        assert (foreseen.changed, foreseen.diff) == (run.changed, run.diff)

What a run gets is what both real ways give it: options completed by Ansible's validator, an environment with keys, a
lock folder of its own, and a result that went through JSON and the mask. What is missing is Ansible around it.

`as_module=True` takes the other way, through AnsibleModule and `run_module`, still in this process.

Time is virtual: when a module sleeps, the date of the emulator moves on by as much and nobody waits, so that a time-out
of ten minutes takes milliseconds and never depends on how busy the machine is. Runs at the same time need real time,
made faster: `clock=driver.paced_clock()` together with
`emulator.control("POST", "/clock", {"freeze": False, "pace": PACE})`.
"""

from __future__ import annotations

import collections.abc as c
import contextlib
import dataclasses
import datetime
import hashlib
import http.client
import importlib
import io
import json
import locale
import os
import shutil
import stat
import threading
import time
import typing as t
import unittest.mock
from pathlib import Path

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import PASS_VARS
from ansible.module_utils.testing import patch_module_args
from ansible_collections.cncloud.certificates.plugins.module_utils import _credentials, _entry, _locks
from ansible_collections.cncloud.certificates.plugins.module_utils._clock import Clock
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import Entry, execute
from ansible_collections.cncloud.certificates.plugins.module_utils._http import close_sessions
from ansible_collections.cncloud.certificates.plugins.module_utils._secrets import Mask
from ansible_collections.cncloud.certificates.plugins.plugin_utils._in_process import as_json
from emulator.process import EmulatorProcess

try:
    from ansible.module_utils.secrets import mask_secrets
except ImportError:  # ansible-core before 2.22
    mask_secrets = None

ACTIONS = "ansible_collections.cncloud.certificates.plugins.action"
PACE = 100.0
"""How many times faster than real ones the waits of `paced_clock` are."""

IDLE = 60.0
"""Seconds after which the emulator may have closed a connection."""

Params = c.Mapping[str, t.Any]
Call = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Run:
    """One run: the result as `register` gets it, the calls that the cloud saw, and what the run told Ansible.

    `printed` is all that a module printed, its options included.
    """

    result: dict[str, t.Any]
    calls: list[Call]
    warnings: list[str]
    secrets: list[str]
    printed: str = ""

    @property
    def failed(self) -> bool:
        return bool(self.result.get("failed", False))

    @property
    def kind(self) -> str | None:
        """Of the failure: as documented, `options` where Ansible's validator refused them; None of a success."""
        if not self.failed:
            return None
        return str(self.result["error"]["kind"]) if "error" in self.result else "options"

    @property
    def changed(self) -> bool:
        return bool(self.result.get("changed", False))

    @property
    def diff(self) -> t.Any:
        return self.result.get("diff")

    @property
    def actions(self) -> t.Any:
        return self.result.get("actions")

    @property
    def operations(self) -> list[str]:
        return [call["operation"] for call in self.calls]

    @property
    def writes(self) -> list[str]:
        return [call["operation"] for call in self.calls if call["write"]]


class _Control(threading.local):
    """The emulator's control path at a third of what a `requests` session costs: there is a call for each sleep.

    A connection belongs to one thread of one process.
    """

    def __init__(self, emulator: EmulatorProcess) -> None:
        self._host, _slash, self._base = emulator.info["control"].removeprefix("http://").partition("/")
        self._process = 0
        self._used = 0.0

    def __call__(self, method: str, path: str, body: Params | None = None) -> dict[str, t.Any]:
        if time.monotonic() - self._used > IDLE:
            self.close()
        self._used = time.monotonic()
        if self._process != os.getpid():
            self._process, self._connection = os.getpid(), http.client.HTTPConnection(self._host, timeout=30)
        self._connection.request(method, f"/{self._base}{path}", body=json.dumps(body or {}))
        answer = self._connection.getresponse()
        said: dict[str, t.Any] = json.loads(answer.read())
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {said.get('error')}")
        return said

    def close(self) -> None:
        if self._process == os.getpid():
            self._connection.close()
            self._process = 0


class VirtualTime(Clock):
    """A date that only sleeping moves, the emulator's date with it, and its idea of fresh signatures.

    Real seconds count for time-outs, so that a loop that never sleeps still ends.
    """

    def __init__(self, control: _Control) -> None:
        super().__init__()
        self._control = control
        self._start = super().now()
        self._slept = 0.0
        self.sleeps: list[float] = []

    def now(self) -> datetime.datetime:
        return self._start + datetime.timedelta(seconds=self._slept)

    def monotonic(self) -> float:
        return time.monotonic() + self._slept

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.pass_by(max(seconds, 0.0))

    def pass_by(self, seconds: float) -> None:
        """Let so much time go by for everybody."""
        self._slept += seconds
        self._control("POST", "/clock", {"advance": seconds, "signature_skew": self._slept})

    def begin_again(self) -> None:
        """With an emulator that was just reset."""
        frozen = self._control("POST", "/clock", {"freeze": True})
        self._start = datetime.datetime.fromisoformat(frozen["now"])
        self._slept = 0.0
        self.sleeps.clear()


class Driver:
    """Runs modules of the collection against one emulator. `folder` is for files that options name."""

    def __init__(self, emulator: EmulatorProcess, root: Path) -> None:
        self.emulator = emulator
        self.folder = root / "files"
        self.home = root / "home"
        self._control = _Control(emulator)
        self.clock = VirtualTime(self._control)
        self.resets = 0
        self._seen = 0

    def __enter__(self) -> Driver:
        return self

    def __exit__(self, *_unused: object) -> None:
        close_sessions()
        self._control.close()

    def reset(self) -> None:
        """A fresh world: the emulator as after its start, no file, no lock, no key remembered."""
        for folder in (self.folder, self.home):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True, mode=0o700)
        self._control("POST", "/reset")
        self.clock.begin_again()
        _locks._refused_here.clear()
        _credentials._kept.clear()
        self.resets += 1
        self._seen = 0

    def run(
        self,
        module: str,
        params: Params,
        *,
        check: bool = False,
        environ: c.Mapping[str, str] | None = None,
        clock: Clock | None = None,
        as_module: bool = False,
    ) -> Run:
        """One task. `environ` is added to the keys; an empty value removes one."""
        entry = entry_of(module)
        given = {**self._endpoints(module, entry), **params}
        there = {name: value for name, value in {**self.environ(), **(environ or {})}.items() if value}
        if as_module:
            return self._run_as_module(entry, given, check=check, environ=there, clock=clock or self.clock)
        checked = ArgumentSpecValidator(entry.argument_spec, **entry.constraints()).validate(as_json(given))
        if checked.error_messages:
            return Run({"failed": True, "changed": False, "msg": str(checked.errors.msg)}, [], [], [])
        mask, warnings, secrets = Mask(), list[str](), list[str]()

        def note_secret(value: str) -> None:
            secrets.append(value)
            mask.add(value)

        context = Context(
            check_mode=check,
            diff=True,
            environ=there,
            base_dir=str(self.folder),
            clock=clock or self.clock,
            task_host="localhost",
            in_process=True,
            warn=lambda text: warnings.append(mask.hide(text)),
            mask=note_secret,
        )
        result = mask.scrub(as_json(execute(entry, checked.validated_parameters, context)))
        return Run(result, self._new_calls(), warnings, secrets)

    def _run_as_module(
        self, entry: Entry, given: Params, *, check: bool, environ: c.Mapping[str, str], clock: Clock
    ) -> Run:
        told = {"_ansible_check_mode": check, "_ansible_diff": True, "_ansible_remote_tmp": str(self.home)}
        if "inject_invocation" in PASS_VARS:  # before core 2.21 every result has the options in it
            told["_ansible_inject_invocation"] = True
        said = io.StringIO()
        with (
            patch_module_args({**as_json(given), **told}),
            unittest.mock.patch.dict(os.environ, {**environ, "PATH": os.environ["PATH"]}, clear=True),
            unittest.mock.patch.object(_entry, "clock_for", return_value=clock),
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(said),
            _locale_kept(),
            contextlib.suppress(SystemExit),
        ):
            _entry.run_module(entry)
        printed = said.getvalue()
        result = json.loads(printed)
        # From core 2.22 on a module tells Ansible so what to mask wherever it shows something.
        result.pop("_ansible_new_secrets", None)
        if mask_secrets is not None:
            printed = mask_secrets(json.dumps(result))
        result.pop("invocation", None)
        return Run(result, self._new_calls(), result.pop("warnings", []), [], printed=printed)

    def environ(self) -> dict[str, str]:
        """Keys as a user's shell has them, and a home of its own."""
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
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(self.home / "cache"),
        }

    def paced_clock(self) -> Clock:
        """Real time, `PACE` times faster; the emulator's pace is set by its control path."""
        return Clock(pace=PACE)

    def on_disk(self) -> dict[str, tuple[t.Any, ...]]:
        """What there is below the two folders. A folder's time tells of a file that was made and removed again."""
        found: dict[str, tuple[t.Any, ...]] = {}
        for top in (self.folder, self.home):
            for path in (top, *sorted(top.rglob("*"))):
                status = path.lstat()
                content = hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(status.st_mode) else ""
                found[str(path)] = (oct(status.st_mode), status.st_mtime_ns, content)
        return found

    def _endpoints(self, module: str, entry: Entry) -> dict[str, str]:
        there = {"endpoint": self.emulator.endpoint, "iam_endpoint": self.emulator.endpoint}
        if module.startswith("huawei_"):
            there["region"] = self.emulator.info["credentials"]["huawei"][0]["region"]
        return {name: value for name, value in there.items() if name in entry.argument_spec}

    def _new_calls(self) -> list[Call]:
        calls: list[Call] = self._control("GET", f"/log?since={self._seen}")["entries"]
        if calls:
            self._seen = calls[-1]["seq"]
        return calls


@contextlib.contextmanager
def _locale_kept() -> c.Iterator[None]:
    """AnsibleModule sets the process's locale from an environment that has none, and files would be read as ASCII."""
    before = locale.setlocale(locale.LC_ALL)
    try:
        yield
    finally:
        locale.setlocale(locale.LC_ALL, before)


def entry_of(module: str) -> Entry:
    """The contract that the module and the action plugin of that name share."""
    action = importlib.import_module(f"{ACTIONS}.{module}").ActionModule
    entry: Entry = action.entry
    return entry
