# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run at a time, and no trace in check mode."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import errno
import fcntl
import os
import stat
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils import _locks
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import AuthError, Conflict, LocalFailure
from ansible_collections.cncloud.certificates.plugins.module_utils._locks import (
    Note,
    advisory_lock,
    key_identity,
    state_folder,
)
from ansible_collections.cncloud.certificates.tests.unit.doubles import START, FakeClock, FixedRandomness


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(clock=FakeClock(), randomness=FixedRandomness(), environ={"XDG_CACHE_HOME": str(tmp_path / "cache")})


@contextlib.contextmanager
def held_elsewhere(context: Context, name: str) -> t.Iterator[None]:
    """Another process holds the lock until it is killed."""
    with advisory_lock(context, name=name, timeout=0):
        pass
    (lock,) = Path(str(state_folder(context, create=False))).iterdir()
    steps = ["f = open(sys.argv[1])", "fcntl.flock(f, fcntl.LOCK_EX)", "print(1, flush=True)", "time.sleep(60)"]
    script = "; ".join(["import fcntl, sys, time", *steps])
    with subprocess.Popen([sys.executable, "-c", script, str(lock)], stdout=subprocess.PIPE) as process:
        process.stdout.readline()  # type: ignore[union-attr]  # a pipe was asked for
        try:
            yield
        finally:
            process.kill()


def test_a_second_run_waits_and_then_gives_up_with_conflict(context: Context) -> None:
    with held_elsewhere(context, "tencent example.com"):
        with (
            pytest.raises(Conflict, match=r"example\.com") as caught,
            advisory_lock(context, name="tencent example.com", timeout=60),
        ):
            pytest.fail("two runs hold one lock")
        assert caught.value.retryable
        assert 60 <= context.clock.monotonic() < 61
        with advisory_lock(context, name="tencent example.org", timeout=0):
            pass
    with advisory_lock(context, name="tencent example.com", timeout=0):
        pass


@pytest.mark.parametrize("content, unfinished", [("", False), ("begun", False), ("2026-01-01T00:00:00", False)])
def test_what_is_no_mark_means_nothing(context: Context, content: str, unfinished: bool) -> None:
    with advisory_lock(context, name="x", timeout=0):
        pass
    (path,) = Path(str(state_folder(context, create=False))).iterdir()
    path.write_text(content)
    with advisory_lock(context, name="x", timeout=0) as lock:
        assert lock.left_unfinished is unfinished


def test_a_mark_stays_until_it_is_removed_or_old(context: Context) -> None:
    for done in (False, True):
        with advisory_lock(context, name="x", timeout=0) as lock:
            lock.begin()
            if done:
                lock.finish()
        with advisory_lock(context, name="x", timeout=0) as lock:
            assert lock.left_unfinished is not done
            lock.begin()
    context.clock.sleep(3601)
    with advisory_lock(context, name="x", timeout=0) as lock:
        assert not lock.left_unfinished


def test_a_note_is_read_by_later_runs_until_it_is_removed(context: Context) -> None:
    note = Note(context, name="x")
    assert note.read() == ""
    note.write("first")
    note.write("second")
    assert (Note(context, name="x").read(), Note(context, name="y").read()) == ("second", "")
    (path,) = Path(str(state_folder(context, create=False))).iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    note.write("")
    note.write("")
    assert (note.read(), path.exists()) == ("", False)


def test_a_note_is_read_without_a_folder_and_without_a_trace(context: Context, tmp_path: Path) -> None:
    assert Note(context, name="x").read() == ""
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("suffix", ["", ".new"])
def test_a_note_that_is_a_link_is_neither_read_nor_written_through(
    context: Context, tmp_path: Path, suffix: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("kept")
    note = Note(context, name="x")
    note.write("x")
    (path,) = Path(str(state_folder(context, create=False))).iterdir()
    path.unlink()
    path.with_name(f"{path.name}{suffix}").symlink_to(elsewhere)
    assert note.read() == ""
    note.write("y")
    assert elsewhere.read_text() == "kept"


@pytest.mark.parametrize("content", [b"\xff\xfe\xff", None])
def test_a_note_that_cannot_be_read_is_none(context: Context, content: bytes | None) -> None:
    note = Note(context, name="x")
    note.write("x")
    (path,) = Path(str(state_folder(context, create=False))).iterdir()
    path.unlink()
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    assert note.read() == ""


def test_the_folder_is_private(context: Context) -> None:
    folder = state_folder(context, create=True)
    assert folder is not None
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700


@pytest.mark.parametrize("make", ["link", "open", "file"])
def test_a_folder_of_somebody_else_is_refused(context: Context, tmp_path: Path, make: str) -> None:
    place = tmp_path / "cache" / "cncloud.certificates"
    place.parent.mkdir()
    if make == "link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        place.symlink_to(tmp_path / "elsewhere")
    elif make == "open":
        place.mkdir()
        place.chmod(0o777)
    else:
        place.write_text("")
    with pytest.raises(LocalFailure, match="mode 0700"):
        state_folder(context, create=True)


def test_a_lock_file_that_is_a_link_is_refused(context: Context, tmp_path: Path) -> None:
    with advisory_lock(context, name="x", timeout=0):
        pass
    folder = Path(str(state_folder(context, create=False)))
    (lock,) = folder.iterdir()
    lock.unlink()
    lock.symlink_to(tmp_path / "target")
    with pytest.raises(LocalFailure), advisory_lock(context, name="x", timeout=0):
        pytest.fail("a link was followed")
    assert not (tmp_path / "target").exists()


def test_looking_does_not_create(context: Context, tmp_path: Path) -> None:
    assert state_folder(context, create=False) is None
    assert list(tmp_path.iterdir()) == []


def test_an_identity_shows_neither_key_nor_secret() -> None:
    one = key_identity(endpoint="https://e", key_id="AKID", secret="hidden-secret")
    assert "hidden" not in one
    assert "AKID" not in one
    assert one != key_identity(endpoint="https://e", key_id="AKID", secret="another")
    assert one != key_identity(endpoint="https://f", key_id="AKID", secret="hidden-secret")


@pytest.mark.parametrize("content", ["", "\xff", "soon", "2026-11-22T08:00:00", "9" * 100])
def test_what_is_no_time_of_a_refusal_means_nothing(
    context: Context, content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_locks, "_refused_here", {})
    refused = _locks.RefusedKeys(context)
    refused.remember("a key")
    _locks._refused_here.clear()
    (path,) = Path(str(state_folder(context, create=False))).iterdir()
    path.write_text(content, encoding="latin-1")
    refused.check("a key", source="here")


def test_a_clock_that_jumps_back_does_not_shut_a_key_out(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_locks, "_refused_here", {})
    refused = _locks.RefusedKeys(context)
    refused.remember("a key")
    with pytest.raises(AuthError, match="refused a moment ago"):
        refused.check("a key", source="here")
    earlier = dataclasses.replace(context, clock=FakeClock(START - datetime.timedelta(hours=1)))
    _locks.RefusedKeys(earlier).check("a key", source="here")


def test_a_file_system_without_locks_is_said(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", without)
    with pytest.raises(LocalFailure, match="No locks available"), advisory_lock(context, name="x", timeout=60):
        pytest.fail("there is no lock")


HOLD = """
import sys, time
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._locks import advisory_lock
with advisory_lock(Context(environ={"XDG_CACHE_HOME": sys.argv[1]}), name="x", timeout=5) as lock:
    lock.begin()
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_lock_of_a_run_that_was_killed_is_free_at_once_and_says_so(context: Context) -> None:
    environ = {**os.environ, "PYTHONPATH": os.environ["ANSIBLE_COLLECTIONS_PATH"]}
    command = [sys.executable, "-c", HOLD, context.environ["XDG_CACHE_HOME"]]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE) as process:
        process.stdout.readline()  # type: ignore[union-attr]  # a pipe was asked for
        with pytest.raises(Conflict), advisory_lock(context, name="x", timeout=0):
            pytest.fail("two runs hold one lock")
        process.kill()
    clock = FakeClock(datetime.datetime.now(tz=datetime.UTC))
    with advisory_lock(dataclasses.replace(context, clock=clock), name="x", timeout=0) as lock:
        assert lock.left_unfinished
