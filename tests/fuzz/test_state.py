# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What another process of ours left behind, whole, cut off or overwritten: read without a traceback, never trusted."""

from __future__ import annotations

import collections.abc as c
import contextlib
import datetime
import os
import shutil
from pathlib import Path

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils import _locks, _rate
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_cert_spill import Spill
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import AuthError, CertificatesError
from ansible_collections.cncloud.certificates.tests.unit.doubles import START, FakeClock, FixedRandomness
from fuzz.counting import Executions
from fuzz.hostile import Edit, byte_edits, executions, spoilt
from hypothesis import given
from hypothesis import strategies as st

SOUND = (
    *(START, START - datetime.timedelta(minutes=1), START + datetime.timedelta(hours=3)),
    *(datetime.datetime.min, datetime.datetime.max, START.replace(tzinfo=None)),
    datetime.datetime.min.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=23, minutes=59))),
    datetime.datetime.max.replace(tzinfo=datetime.timezone(-datetime.timedelta(hours=23, minutes=59))),
)  # fmt: skip
CONTENTS = (
    *(moment.isoformat().encode() for moment in SOUND),
    *(b"0.1", b"1e308", b"-1e308", b"nan", b"inf", b"-inf", b"5.000000                        ", b"1_0", b"0x1p3"),
    *(b'{"time": "2026-11-22T08:00:00Z"}\n', b'{"time": 5}', b'{"time": "\\u001b[2J"}', b"[]", b""),
    b'{"Result": {"PrivateKey": "-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----\\n"}}',
)


def context_of(folder: Path, *, check: bool = False) -> Context:
    environ = {"XDG_CACHE_HOME": str(folder), _rate.SWITCH: "true"}
    return Context(check_mode=check, environ=environ, clock=FakeClock(), randomness=FixedRandomness())


def state_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("cncloud.certificates/*"))


def use_lock(folder: Path) -> None:
    """Take a lock with its mark: what is no time of the last hour is no mark, and ours is there afterwards."""
    with _locks.advisory_lock(context_of(folder), name="a certificate", timeout=1) as lock:
        assert lock.left_unfinished in (True, False)
        lock.begin()
    with _locks.advisory_lock(context_of(folder), name="a certificate", timeout=1) as lock:
        marked = lock.left_unfinished
        lock.finish()
        assert not lock.left_unfinished
    for path in state_files(folder):
        assert marked or not path.is_file()


def use_refusal(folder: Path) -> None:
    """A refused key is held back for five minutes at most, and what is remembered now holds."""
    keys = _locks.RefusedKeys(context_of(folder))
    _locks._refused_here.clear()
    with contextlib.suppress(AuthError):
        keys.check("a key", source="a test")
    keys.remember("a key")
    with pytest.raises(AuthError):
        keys.check("a key", source="a test")


def use_rate(folder: Path) -> None:
    """Whatever was promised to others, nobody waits longer than a call may."""
    context = context_of(folder)
    for _call in range(3):
        rate = _rate.Rate(_rate.Limits(others=20), endpoint="https://a.example.com", account="b", context=context)
        rate.wait("Describe")
    assert isinstance(context.clock, FakeClock)
    assert all(0 <= seconds <= _rate.LONGEST_WAIT for seconds in context.clock.sleeps)


def use_spill(folder: Path) -> None:
    """The two files of a key that is shown once."""
    place = folder / "cncloud.certificates"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    spill = Spill(str(place / "key.pem"), context=context_of(folder))
    kept = spill.observe()
    assert kept.key is None or "PRIVATE KEY" in kept.key
    assert kept.asked is None or (kept.asked.isprintable() and len(kept.asked) < 40)
    if kept.key is None:
        spill.announce(chain="a")
        assert spill.observe().asked
        with spill.receiving() as keep:
            keep(b"x")
        assert spill.content() == b"x"
        spill.finish()
        assert not state_files(folder)
    else:
        with pytest.raises(CertificatesError), spill.receiving():
            pass
        assert spill.observe() == kept


USERS: dict[str, c.Callable[[Path], None]] = {
    "lock": use_lock,
    "refused key": use_refusal,
    "rate": use_rate,
    "kept answer": use_spill,
}
NAMES = {"kept answer": (".key.pem.cncloud-answer", ".key.pem.cncloud-asked")}


def names_of(user: str, folder: Path) -> list[str]:
    """The files that a use makes in an empty folder."""
    use(user, folder)
    return [*NAMES.get(user, ()), *(path.name for path in state_files(folder))]


def use(user: str, folder: Path) -> None:
    _locks._refused_here.clear()
    _rate._here.clear()
    USERS[user](folder)


@pytest.mark.parametrize("user", USERS)
def test_state(user: str, tmp_path: Path, executed: Executions) -> None:
    names = names_of(user, tmp_path)
    assert names

    @executions(25)
    @given(
        contents=st.lists(st.sampled_from(CONTENTS) | st.binary(max_size=80), min_size=len(names), max_size=len(names)),
        cuts=byte_edits(),
        cut=st.integers(0, 80),
    )
    def survives(contents: list[bytes], cuts: list[Edit], cut: int) -> None:
        executed.one()
        folder = tmp_path / "cncloud.certificates"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        for name, content in zip(names, contents, strict=True):
            (folder / name).write_bytes(spoilt(content, cuts)[: cut or None])
        use(user, tmp_path)

    survives()


def as_pipe(path: Path) -> None:
    os.mkfifo(path)


def as_folder(path: Path) -> None:
    path.mkdir()


def as_link(path: Path) -> None:
    target = path.parent.parent / "precious"
    target.write_bytes(b"precious")
    path.symlink_to(target)


def as_unreadable(path: Path) -> None:
    path.write_bytes(b"")
    path.chmod(0)


@pytest.mark.parametrize("make", [as_pipe, as_folder, as_link, as_unreadable])
@pytest.mark.parametrize("user", USERS)
def test_what_is_no_file_is_neither_waited_for_nor_followed(
    user: str, make: c.Callable[[Path], None], tmp_path: Path
) -> None:
    for name in names_of(user, tmp_path / "empty"):
        folder = tmp_path / "home" / "cncloud.certificates"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        make(folder / name)
        with contextlib.suppress(CertificatesError):
            use(user, tmp_path / "home")
    precious = tmp_path / "home" / "precious"
    assert not precious.exists() or precious.read_bytes() == b"precious"


def test_a_time_that_cannot_be_is_not_trusted(tmp_path: Path) -> None:
    """A mark of unfinished work costs a wait and a refused key five minutes: both end, whatever is in the files."""
    for content in (b"9999-12-31T23:59:59+00:00", b"2026-11-22T08:00:01+00:00", b"2026-11-22", b'{"a": 1}'):
        folder = tmp_path / "cncloud.certificates"
        shutil.rmtree(folder, ignore_errors=True)
        for user in ("lock", "refused key"):
            use(user, tmp_path)
        for path in state_files(tmp_path):
            path.write_bytes(content)
        with _locks.advisory_lock(context_of(tmp_path), name="a certificate", timeout=1) as lock:
            assert not lock.left_unfinished
        _locks._refused_here.clear()
        _locks.RefusedKeys(context_of(tmp_path)).check("a key", source="a test")
