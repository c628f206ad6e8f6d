# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run costs that has nothing to do, beside Ansible's own modules on the same machine.

Times depend on the machine, so what counts are differences and ratios of runs taken side by side: each round runs every
subject once, and a round's figures are compared with each other only. Nothing fails on a time. A run that did not do
what it claims (a write, a key that was fetched, a call too many) ends the benchmark, since its time would mean nothing.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import statistics
import subprocess
import sys
import tempfile
import time
import typing as t
from pathlib import Path

import yaml

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from emulator.process import EmulatorProcess  # noqa: E402 - found through the path that was just set

COLLECTIONS = TESTS.parent / ".build" / "collections"


@dataclasses.dataclass(frozen=True)
class Subject:
    """A task to take the time of: over `items` items, and once more over one."""

    name: str
    items: int
    task: dict[str, t.Any]
    in_process: bool = True
    calls_the_cloud: bool = True


@dataclasses.dataclass(frozen=True)
class Cost:
    """Of one subject in one round, in seconds."""

    item: float
    """One more item of a loop: (time of all - time of one) / (items - 1)."""
    task: float
    """One more task of one item."""


def subjects(endpoint: str, *, items: int, slow_items: int) -> list[Subject]:
    certificate = {"domain": "{{ item }}", "endpoint": endpoint}
    ours = {"cncloud.certificates.tencent_free_cert": certificate}
    get = {"ansible.builtin.uri": {"url": f"{endpoint}/_control/clock"}}
    return [
        Subject("debug", items, {"ansible.builtin.debug": {"msg": ""}}, calls_the_cloud=False),
        Subject("in-process", items, ours),
        Subject("uri", slow_items, get, calls_the_cloud=False),
        Subject("module", slow_items, ours, in_process=False),
    ]


@dataclasses.dataclass
class Bench:
    emulator: EmulatorProcess
    folder: Path
    domains: list[str]

    def prepare(self) -> None:
        """An account with an issued certificate for each domain."""
        certificates = [{"domain": domain, "algorithm": "ECC", "days_left": 60} for domain in self.domains]
        self.emulator.control("POST", "/state/tencent", {"certificates": certificates})

    def cost(self, subject: Subject) -> Cost:
        one = self._seconds(subject, items=1, tasks=1)
        many = self._seconds(subject, items=subject.items, tasks=1)
        more = self._seconds(subject, items=1, tasks=11)
        return Cost(item=(many - one) / (subject.items - 1), task=(more - one) / 10)

    def _seconds(self, subject: Subject, *, items: int, tasks: int) -> float:
        """Wall time of one ansible-playbook."""
        task = {"name": subject.name, **subject.task, "loop": self.domains[:items]}
        variables = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "cncloud_certificates_in_process": subject.in_process,
        }
        play = {"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": [task] * tasks}
        playbook = self.folder / "play.yml"
        playbook.write_text(yaml.safe_dump([play]), encoding="utf-8")
        self.emulator.control("DELETE", "/log")
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", str(playbook)],
            env=self._environ(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        seconds = time.monotonic() - began
        if done.returncode:
            raise SystemExit(f"{subject.name} failed:\n{done.stdout[-4000:]}")
        self._look_at_the_calls(subject, expected=items * tasks if subject.calls_the_cloud else 0)
        return seconds

    def _look_at_the_calls(self, subject: Subject, *, expected: int) -> None:
        calls = self.emulator.log()
        if any(call["write"] or call["key_bearing"] for call in calls) or len(calls) != expected:
            seen = sorted({call["operation"] for call in calls})
            raise SystemExit(f"{subject.name}: {len(calls)} calls instead of {expected} lists, of {', '.join(seen)}")

    def _environ(self) -> dict[str, str]:
        (key, *_others) = self.emulator.info["credentials"]["tencent"]
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")},
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "TENCENTCLOUD_SECRET_ID": key["key_id"],
            "TENCENTCLOUD_SECRET_KEY": key["secret"],
        }


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of the result: a figure of each round, and what it should reach."""

    what: str
    values: list[float]
    unit: str
    goal: str

    def __str__(self) -> str:
        middle, low, high = statistics.median(self.values), min(self.values), max(self.values)
        return f"{self.what:<66} {middle:8.1f} {self.unit:<5} ({low:.1f} to {high:.1f}; goal: {self.goal})"


def rows(rounds: list[dict[str, Cost]], *, items: int) -> list[Row]:
    def milliseconds(value: t.Callable[[dict[str, Cost]], float]) -> list[float]:
        return [value(costs) * 1000 for costs in rounds]

    def ratio(of: str, to: str) -> list[float]:
        return [costs[of].item / costs[to].item for costs in rounds]

    return [
        Row("an item of an empty debug loop", milliseconds(lambda c: c["debug"].item), "ms", "none, the base"),
        Row("an item of a uri loop, one GET each", milliseconds(lambda c: c["uri"].item), "ms", "none, the measure"),
        Row(
            f"no-op over {items} certificates, in-process, an item, over debug",
            milliseconds(lambda c: c["in-process"].item - c["debug"].item),
            "ms",
            "at most 15",
        ),
        Row("the same: such items in the time of one of uri", ratio("uri", "in-process"), "times", "at least 25"),
        Row(
            "a task of one item, in-process, over debug",
            milliseconds(lambda c: c["in-process"].task - c["debug"].task),
            "ms",
            "at most 60",
        ),
        Row("an item run as a module, in items of uri", ratio("module", "uri"), "times", "at most 1"),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--items", type=int, default=500, help="certificates in the account and in the fast loops")
    parser.add_argument("--slow-items", type=int, default=15, help="items of the loops that start a Python each")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cncloud-bench-") as folder, EmulatorProcess() as emulator:
        domains = [f"host-{number}.example.com" for number in range(options.items)]
        bench = Bench(emulator=emulator, folder=Path(folder), domains=domains)
        bench.prepare()
        rounds = []
        for number in range(options.rounds):
            print(f"round {number + 1} of {options.rounds}", flush=True)
            found = subjects(emulator.endpoint, items=options.items, slow_items=options.slow_items)
            rounds.append({subject.name: bench.cost(subject) for subject in found})
    print(f"\nmedian of {options.rounds} rounds, {os.cpu_count()} processors")
    for row in rows(rounds, items=options.items):
        print(row)
    return 0


if __name__ == "__main__":
    sys.exit(main())
