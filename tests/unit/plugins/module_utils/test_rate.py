# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Never more calls in a second than the vendor's figure, whoever makes them; and no wait without an end."""

from __future__ import annotations

import fcntl
import os
import signal
import stat
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils import _rate
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import Ran, Unavailable
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Call, HttpOptions, Replay, Transport
from ansible_collections.cncloud.certificates.plugins.module_utils._rate import Limits, Rate
from ansible_collections.cncloud.certificates.tests.unit.doubles import FakeClock, FixedRandomness
from ansible_collections.cncloud.certificates.tests.unit.key_peer import key_peer

CLOUD = "https://ssl.example.com"
TEN = Limits(others=10)


class Place(t.NamedTuple):
    folder: Path
    clock: FakeClock

    def rate(self, limits: Limits = TEN, *, endpoint: str = CLOUD, account: str = "a", **more: t.Any) -> Rate:
        environ = {"XDG_CACHE_HOME": str(self.folder), **more.pop("environ", {})}
        context = Context(environ=environ, clock=self.clock, randomness=FixedRandomness(), **more)
        return Rate(limits, endpoint=endpoint, account=account, context=context)

    def files(self) -> list[Path]:
        return sorted((self.folder / "cncloud.certificates").glob("*")) if self.folder.exists() else []


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(_rate, "_here", {})
    return Place(tmp_path, FakeClock())


def busiest(moments: list[float]) -> int:
    """The most calls that any second holds."""
    return max(sum(1 for other in moments if first <= other < first + 1) for first in moments)


@pytest.mark.parametrize("limit", [1, 2, 5, 10, 20, 200])
def test_no_second_holds_more_than_the_figure(place: Place, limit: float) -> None:
    moments = []
    for number in range(int(limit) * 5 + 5):
        # Each is another process: nothing but the file is shared.
        place.rate(Limits(others=limit), check_mode=False).wait("Describe")
        moments.append(place.clock.monotonic())
        place.clock.sleep(5.0 if number == limit else 0.0)
    assert busiest(moments) <= limit
    assert (len(moments) - limit - 1) / (moments[-1] - 5.0) > limit * 0.5


def test_a_few_calls_do_not_wait(place: Place) -> None:
    for _call in range(2):
        place.rate().wait("Describe")
    assert sum(place.clock.sleeps) == 0


def test_accounts_operations_and_endpoints_do_not_wait_for_each_other(place: Place) -> None:
    for account in ("a", "b"):
        for endpoint in (CLOUD, "https://other.example.com"):
            for operation in ("Describe", "Delete"):
                place.rate(account=account, endpoint=endpoint).wait(operation)
                place.rate(account=account, endpoint=endpoint).wait(operation)
    assert sum(place.clock.sleeps) == 0
    assert len(place.files()) == 8


def test_an_operation_may_have_a_figure_of_its_own(place: Place) -> None:
    limits = Limits(others=100, named={"Apply": 1})
    for operation in ("Apply", "Describe"):
        for _call in range(3):
            place.rate(limits).wait(operation)
        assert (sum(place.clock.sleeps) > 2) == (operation == "Apply")
        place.clock.sleeps.clear()


def test_a_wait_has_an_end_and_a_crowd_does_not_lengthen_it(place: Place) -> None:
    rate = place.rate(Limits(others=1))
    # A crowd that takes its turns at once and sleeps later.
    waits = [rate._turn("rate-x", now=0.0, limit=1) for _caller in range(60)]
    assert waits == sorted(waits)
    assert waits[-1] == waits[-2] == _rate.LONGEST_WAIT
    # When the crowd is through, things are as they were.
    assert rate._turn("rate-x", now=100.0, limit=1) == 0.0


@pytest.mark.parametrize("content", [b"", b"garbage", b"\xff\xfe", b"nan", b"inf", b"-inf", b"9" * 400, b"1e308"])
def test_a_file_that_says_nothing_starts_anew(place: Place, content: bytes) -> None:
    place.rate().wait("Describe")
    (file,) = place.files()
    file.write_bytes(content)
    place.clock.sleep(1000)
    place.clock.sleeps.clear()
    place.rate().wait("Describe")
    assert sum(place.clock.sleeps) == 0
    assert float(file.read_bytes()[:32]) == pytest.approx(place.clock.monotonic() + 1 / 7)


def test_a_moment_of_before_the_last_start_counts_for_nothing(place: Place) -> None:
    place.clock.sleep(900_000)
    for _call in range(3):
        place.rate().wait("Describe")
    after_start = Place(place.folder, FakeClock())
    after_start.rate().wait("Describe")
    assert sum(after_start.clock.sleeps) == 0


@pytest.mark.parametrize(
    ("endpoint", "said", "on"),
    [
        (CLOUD, None, True),
        (CLOUD, "", True),
        (CLOUD, "false", False),
        (CLOUD, "No", False),
        (CLOUD, "true", True),
        ("http://127.0.0.1:5", None, False),
        ("http://127.0.0.1:5", "true", True),
    ],
)
def test_the_switch(place: Place, endpoint: str, said: str | None, on: bool) -> None:
    environ = {} if said is None else {_rate.SWITCH: said}
    for _call in range(5):
        place.rate(endpoint=endpoint, environ=environ).wait("Describe")
    assert (sum(place.clock.sleeps) > 0) is on
    assert bool(place.files()) is on


def test_check_mode_makes_no_file_and_keeps_to_one_that_is_there(place: Place) -> None:
    for _call in range(5):
        place.rate(check_mode=True).wait("Describe")
    assert list(place.folder.iterdir()) == []
    alone = sum(place.clock.sleeps)
    assert alone > 0
    place.rate().wait("Delete")
    place.rate().wait("Delete")
    place.clock.sleeps.clear()
    place.rate(check_mode=True).wait("Delete")
    assert sum(place.clock.sleeps) > 0


def test_the_file_is_the_users_own(place: Place) -> None:
    place.rate().wait("Describe")
    (file,) = place.files()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "Describe" not in file.name


@pytest.mark.parametrize("what", ["link", "open"])
def test_a_folder_that_is_not_safe_is_not_used(place: Place, what: str) -> None:
    folder = place.folder / "cncloud.certificates"
    if what == "link":
        (place.folder / "elsewhere").mkdir()
        folder.symlink_to(place.folder / "elsewhere")
    else:
        folder.mkdir()
        folder.chmod(0o777)
    for _call in range(5):
        place.rate().wait("Describe")
    assert sum(place.clock.sleeps) > 0
    assert list(folder.iterdir()) == []


def test_a_link_in_place_of_the_file_is_not_followed(place: Place) -> None:
    place.rate().wait("Describe")
    (file,) = place.files()
    victim = place.folder / "victim"
    victim.write_text("precious")
    file.unlink()
    file.symlink_to(victim)
    place.rate().wait("Describe")
    assert victim.read_text() == "precious"


def test_a_process_that_holds_the_file_for_ever_does_not_stop_the_others(place: Place) -> None:
    place.rate().wait("Describe")
    (file,) = place.files()
    with file.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        place.clock.sleeps.clear()
        place.rate().wait("Describe")
    assert 1.0 <= sum(place.clock.sleeps) < 1.1


def test_every_try_of_a_call_waits_for_its_turn(place: Place) -> None:
    turns: list[str] = []
    with key_peer() as peer:
        peer.answers["GET", "/"] = (503, "")
        transport = Transport(
            options=HttpOptions(retries=2),
            context=Context(environ={"XDG_CACHE_HOME": str(place.folder)}, clock=place.clock),
            identity="i",
            source="here",
            admit=turns.append,
        )
        call = Call(operation="Describe", method="GET", url=f"{peer.url}/", replay=Replay.READ)
        with pytest.raises(Unavailable):
            transport.send(
                call,
                auth=lambda: None,
                judge=lambda reply: Unavailable("Later.", retryable=True, ran=Ran.UNKNOWN),
            )
    assert turns == ["Describe"] * 3 == ["Describe"] * len(peer.asked)


HOLD = """
import fcntl, sys, time
file = open(sys.argv[1])
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""


def test_a_process_that_was_killed_holds_nothing(place: Place) -> None:
    place.rate().wait("Describe")
    (file,) = place.files()
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(file)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    place.rate().wait("Describe")
    assert sum(place.clock.sleeps) == 0


CALLER = """
import sys, time
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._rate import Limits, Rate
context = Context(environ={"XDG_CACHE_HOME": sys.argv[1]})
rate = Rate(Limits(others=40), endpoint="https://ssl.example.com", account="a", context=context)
for _call in range(12):
    rate.wait("Describe")
    print(time.monotonic(), flush=True)
"""


def test_processes_share_the_figure(tmp_path: Path) -> None:
    environ = {**os.environ, "PYTHONPATH": os.environ["ANSIBLE_COLLECTIONS_PATH"]}
    command = [sys.executable, "-c", CALLER, str(tmp_path)]
    processes = [
        subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _fork in range(4)
    ]
    moments: list[float] = []
    for process in processes:
        output, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")
        moments += [float(line) for line in output.split()]
    assert len(moments) == 48
    # A call that the machine held back may fall into a later second: hence the vendor's whole figure.
    assert busiest(sorted(moments)) <= 40


def test_processes_that_are_killed_neither_stop_nor_hurry_the_others(tmp_path: Path) -> None:
    """Some while they hold the file, some asleep before their turn: wherever they happen to be."""
    environ = {**os.environ, "PYTHONPATH": os.environ["ANSIBLE_COLLECTIONS_PATH"]}
    command = [sys.executable, "-c", CALLER, str(tmp_path)]
    processes = [
        subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _fork in range(6)
    ]
    killed, lasting = processes[:3], processes[3:]
    moments: list[float] = []
    for process in killed:
        assert process.stdout is not None
        moments.append(float(process.stdout.readline()))
        process.kill()
    for process in killed:
        output, _errors = process.communicate(timeout=60)
        moments += [float(line) for line in output.splitlines(keepends=True) if line.endswith("\n")]
    for process in lasting:
        output, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")
        found = [float(line) for line in output.split()]
        assert len(found) == 12
        moments += found
    assert busiest(sorted(moments)) <= 40
    # All that was promised to anybody: 72 turns of 28 a second. None waits for a turn that nobody takes.
    assert max(moments) - min(moments) < 72 / 28 + 3
