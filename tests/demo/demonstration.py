# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs playbooks as a user would, shows their output, and holds it against what is expected."""

from __future__ import annotations

import collections.abc as c
import dataclasses
import json
import os
import re
import shlex
import subprocess
import sys
import time
import typing as t
from pathlib import Path

from emulator.process import EmulatorProcess

PACE = 60
"""How many times faster than the real ones the emulator's delays and the modules' waits are."""


@dataclasses.dataclass(frozen=True)
class Play:
    """What a playbook printed."""

    output: str

    @property
    def changed(self) -> int:
        """The number of changed tasks in the recap."""
        found = re.search(r"changed=(\d+)", re.sub(r"\x1b\[[0-9;]*m", "", self.output).rpartition("PLAY RECAP")[2])
        return int(found.group(1)) if found else -1


@dataclasses.dataclass
class Demo:
    """The emulator, and a folder for the files."""

    emulator: EmulatorProcess
    folder: Path

    def variables(self, name: str, variables: c.Mapping[str, t.Any]) -> Path:
        """A variables file, as a user would keep it in git."""
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(variables, indent=2))
        return path

    def play(self, playbook: str, variables: Path, *arguments: str) -> Play:
        """Run a playbook of the collection, show its output, and check that it shows no key."""
        command = ["ansible-playbook", f"cncloud.certificates.{playbook}", "-e", f"@{variables}", *arguments]
        print(f"\n$ {shlex.join(command)}", flush=True)
        self.emulator.control("DELETE", "/log")
        began = time.monotonic()
        with subprocess.Popen(
            command, env=self._environ(), cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            lines = []
            for line in process.stdout or ():
                print(f"  {line}", end="", flush=True)
                lines.append(line)
        print(f"  ({time.monotonic() - began:.1f} s)")
        output = "".join(lines)
        expect(process.returncode == 0, "the playbook ends without a failure")
        expect("PRIVATE KEY" not in output, "no key was shown")
        return Play(output)

    def predict(self, playbook: str, variables: Path) -> Play:
        """Check mode, which writes nothing."""
        play = self.play(playbook, variables, "--check", "--diff")
        expect(not self.writes(), f"{len(self.writes())} write calls in the emulator's log")
        return play

    def again(self, playbook: str, variables: Path) -> None:
        """A run after which nothing is different."""
        play = self.play(playbook, variables)
        expect(play.changed == 0, f"changed={play.changed}")
        expect(not self.writes(), f"{len(self.writes())} write calls in the emulator's log")
        expect(not any(entry["key_bearing"] for entry in self.emulator.log()), "no answer brought a private key")

    def _environ(self) -> dict[str, str]:
        keys = self.emulator.info["credentials"]
        aliyun, tencent, huawei = (keys[cloud][0] for cloud in ("aliyun", "tencent", "huawei"))
        return {
            **os.environ,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": aliyun["key_id"],
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": aliyun["secret"],
            "ALIBABA_CLOUD_REGION_ID": aliyun["region"],
            "TENCENTCLOUD_SECRET_ID": tencent["key_id"],
            "TENCENTCLOUD_SECRET_KEY": tencent["secret"],
            "HUAWEICLOUD_SDK_AK": huawei["key_id"],
            "HUAWEICLOUD_SDK_SK": huawei["secret"],
            "CNCLOUD_CERTIFICATES_PACE": str(PACE),
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "0",
            "ANSIBLE_NOCOWS": "1",
            "ANSIBLE_FORCE_COLOR": "1" if sys.stdout.isatty() else "0",
            "XDG_CACHE_HOME": str(self.folder / "cache"),
        }

    def writes(self) -> list[str]:
        """The operations of the last playbook that changed something."""
        return [entry["operation"] for entry in self.emulator.log() if entry["write"]]


def openssl(*arguments: str | Path) -> str:
    """What `openssl` says: a witness that shares no code with the modules."""
    words = ["openssl", *map(str, arguments)]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def expect(fact: bool, sentence: str) -> None:
    """Print what was expected, and end the demonstration if it is not so."""
    print(f"  {'ok' if fact else 'NOT SO'}: {sentence}", flush=True)
    if not fact:
        raise SystemExit(1)


def title(text: str) -> None:
    print(f"\n=== {text}", flush=True)
