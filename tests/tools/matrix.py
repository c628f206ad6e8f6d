# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Unit, integration and leak tests on every supported ansible-core, each in a virtual environment of its own.

What cannot run here (no such Python, no such release) is named, and is no failure. `--core 2.19` and `--folder leak`,
each as often as wanted, choose; all other arguments go to pytest.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
BUILD = CHECKOUT / ".build"
REQUIREMENTS = CHECKOUT / "tests" / "requirements"


@dataclasses.dataclass(frozen=True)
class Combination:
    """An ansible-core series and the Python that it is tested on."""

    core: str
    python: str
    releases: str

    def __str__(self) -> str:
        return f"ansible-core {self.core} on Python {self.python}"

    @property
    def folder(self) -> Path:
        return BUILD / "matrix" / f"{self.core}-{self.python}"


COMBINATIONS = (
    Combination(core="2.19", python="3.11", releases=">=2.19.0,<2.20"),
    Combination(core="2.20", python="3.12", releases=">=2.20.0,<2.21"),
    Combination(core="2.21", python="3.13", releases=">=2.21.0,<2.22"),
    # Its release candidate until it is out: naming one in the range is what lets pip take it.
    Combination(core="2.22", python="3.13", releases=">=2.22.0b1,<2.23.dev0"),
)


FOLDERS = ("unit", "integration", "leak")


class NotHereError(Exception):
    """This combination cannot be set up on this machine; the text says why."""


def interpreter(version: str) -> str:
    """An interpreter of that version that was executed and can make virtual environments."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    name = f"python{version}"
    for candidate in [name, *(str(path / "bin" / name) for path in sorted(pyenv.glob(f"{version}.*")))]:
        question = "import ensurepip, sys, venv; print(sys._base_executable)"
        try:
            done = subprocess.run([candidate, "-c", question], capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return done.stdout.strip()
    raise NotHereError(f"there is no Python {version}")


def set_up(combination: Combination) -> Path:
    """Make or complete the environment and return its Python."""
    python = combination.folder / "bin" / "python"
    if not python.exists():
        subprocess.run([interpreter(combination.python), "-m", "venv", str(combination.folder)], check=True)
    files = [REQUIREMENTS / f"{name}.txt" for name in ("libraries", "emulator", "test")]
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "-qq"]
    command += ["--constraint", str(REQUIREMENTS / "constraints.txt"), f"ansible-core{combination.releases}"]
    for file in files:
        command += ["-r", str(file)]
    if subprocess.run(command, check=False).returncode:
        raise NotHereError("pip did not find what it needs")
    return python


def tests_pass(python: Path, chosen: list[str], arguments: list[str]) -> bool:
    """Run the tests as make does, with that environment's commands first on PATH."""
    command = [str(python), "-m", "pytest", "-n", str(os.cpu_count() or 1), "--dist", "loadgroup", "-q"]
    environment = {**os.environ, "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
    folders = [f"tests/{name}" for name in chosen]
    return subprocess.run([*command, *folders, *arguments], cwd=CHECKOUT, env=environment, check=False).returncode == 0


def main(given: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Tests on every supported ansible-core.", allow_abbrev=False)
    parser.add_argument("--core", action="append", choices=[one.core for one in COMBINATIONS])
    parser.add_argument("--folder", action="append", choices=FOLDERS)
    options, arguments = parser.parse_known_args(given)
    outcomes: dict[Combination, str] = {}
    for combination in COMBINATIONS:
        if options.core and combination.core not in options.core:
            continue
        print(f"\n=== {combination}", flush=True)
        try:
            passed = tests_pass(set_up(combination), options.folder or list(FOLDERS), arguments)
        except NotHereError as reason:
            outcomes[combination] = f"NOT RUN: {reason}"
        else:
            outcomes[combination] = "passed" if passed else "FAILED"
    print()
    for combination, outcome in outcomes.items():
        print(f"{combination}: {outcome}")
    return 1 if "FAILED" in outcomes.values() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
