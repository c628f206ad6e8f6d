# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import fcntl
import os
import pathlib
import stat
import typing as t

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils import _files
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    Conflict,
    Invalid,
    LocalFailure,
    ProtocolFailure,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._files import (
    Account,
    Content,
    FileOptions,
    FileSpec,
    Kind,
)
from ansible_collections.cncloud.certificates.tests.unit.authority import issue, key_pem, make_key
from ansible_collections.cncloud.certificates.tests.unit.doubles import FakeClock, FixedRandomness

MADE = issue("example.com")
OTHER = issue("example.com", key_tag="other")
KEY = MADE.key_pem.encode()
LEAF = MADE.leaf_pem.encode()
CHAIN = MADE.chain_pem.encode()
OTHER_KEY = OTHER.key_pem.encode()
ME = Account(name="me", id=os.geteuid())


@dataclasses.dataclass
class Run:
    """A context whose warnings can be read."""

    context: Context
    warnings: list[str]


@pytest.fixture
def run(tmp_path: pathlib.Path) -> Run:
    warnings: list[str] = []
    context = Context(
        environ={"HOME": str(tmp_path)}, clock=FakeClock(), randomness=FixedRandomness(), warn=warnings.append
    )
    return Run(context, warnings)


@pytest.fixture
def unprivileged(monkeypatch: pytest.MonkeyPatch) -> int:
    """The checks see a user who is not root; the files belong to whom they belong."""
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    monkeypatch.setattr(os, "getegid", lambda: 54321)
    monkeypatch.setattr(os, "getgroups", lambda: [54321])
    return 54321


def spec(path: pathlib.Path | str, kind: Kind = Kind.LEAF, content: bytes | Content = LEAF, **more: t.Any) -> FileSpec:
    settings = {"option": "certificate_path", "mode": 0o600 if kind is Kind.PRIVATE_KEY else 0o644, **more}
    return FileSpec(path=str(path), kind=kind, content=content, **settings)


def three(folder: pathlib.Path, **more: t.Any) -> list[FileSpec]:
    return [
        spec(folder / "site.pem", certificate_id="abc123", **more),
        spec(folder / "chain.pem", Kind.CHAIN, CHAIN, option="chain_path", **more),
        spec(folder / "site.key", Kind.PRIVATE_KEY, KEY, option="private_key_path", **more),
    ]


def mode_of(path: pathlib.Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- options -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "mode"), [("0600", 0o600), ("600", 0o600), ("0o640", 0o640), ("0000", 0)])
def test_modes(value: str, mode: int) -> None:
    assert _files.parse_mode(value, option="mode") == mode


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (384, "private_key_mode is the number 384. Write it in quotes, for example '0600': without quotes YAML"),
        (0o644, "private_key_mode is the number 420."),
        (True, "private_key_mode is the number 1."),
        ("u=rw,g=r", "private_key_mode needs an octal mode in quotes, for example '0600', not 'u=rw,g=r' (symbolic"),
        ("0800", "private_key_mode needs an octal mode in quotes"),
        ("384", "private_key_mode needs an octal mode in quotes"),
        ("4755", "private_key_mode needs an octal mode in quotes"),
        ("6", "private_key_mode needs an octal mode in quotes"),
        ("", "private_key_mode needs an octal mode in quotes"),
        (None, "private_key_mode needs an octal mode in quotes"),
        ("\u0666\u0660\u0660", "private_key_mode needs an octal mode in quotes"),
    ],
)
def test_modes_that_are_refused(value: t.Any, sentence: str) -> None:
    with pytest.raises(Invalid) as caught:
        _files.parse_mode(value, option="private_key_mode")
    assert caught.value.message.startswith(sentence)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/etc/ssl/x.pem", "/etc/ssl/x.pem"),
        ("~/x.pem", "/home/somebody/x.pem"),
        ("~root/x.pem", os.path.expanduser("~root") + "/x.pem"),
    ],
)
def test_paths(path: str, expected: str) -> None:
    context = Context(environ={"HOME": "/home/somebody"})
    assert _files.absolute_path(path, option="chain_path", context=context) == expected


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("x.pem", "must be an absolute path or begin with ~, not 'x.pem'"),
        ("./x.pem", "must be an absolute path"),
        ("", "must be an absolute path"),
        ("~nobody-of-that-name/x", "must be an absolute path"),
        ("/etc/ssl/", "names a folder"),
        ("/etc/\0x", "NUL"),
    ],
)
def test_paths_that_are_refused(path: str, part: str) -> None:
    with pytest.raises(Invalid, match=part) as caught:
        _files.absolute_path(path, option="chain_path", context=Context())
    assert caught.value.message.startswith("chain_path ")


def test_options_become_specs() -> None:
    params = {"mode": "0644", "private_key_mode": "0640", "owner": "0", "group": None, "backup": True}
    options = FileOptions.from_params(params)
    key = options.spec(path="/x", kind=Kind.PRIVATE_KEY, option="private_key_path", content=KEY)
    leaf = options.spec(path="/y", kind=Kind.LEAF, option="certificate_path", content=LEAF)
    assert (key.mode, leaf.mode) == (0o640, 0o644)
    assert key.owner == Account(name="root", id=0)
    assert key.group is None
    assert leaf.backup


def test_names_of_users_that_do_not_exist() -> None:
    params = {"mode": "0644", "private_key_mode": "0600", "owner": "no-such-user", "group": "12345", "backup": False}
    options = FileOptions.from_params(params)
    assert options.owner == Account(name="no-such-user", id=None)
    assert options.group is not None
    assert options.group.id == 12345


# --- the comment line --------------------------------------------------------------------------------------


def test_the_comment_line_comes_back() -> None:
    content = _files.with_certificate_id(LEAF, "abc-123_X.y:z")
    assert content == b"# cncloud: abc-123_X.y:z\n" + LEAF
    assert _files.read_certificate_id(content) == "abc-123_X.y:z"
    assert _files.read_certificate_id(content.replace(b"\n", b"\r\n")) == "abc-123_X.y:z"
    assert _files.with_certificate_id(LEAF, None) == LEAF


@pytest.mark.parametrize(
    "content",
    [
        b"",
        LEAF,
        LEAF + b"# cncloud: behind\n",
        b"# another comment\n" + LEAF,
        b"# cncloud: two words\n" + LEAF,
        b"x\n" * 30 + b"# cncloud: late\n",
        b"\xff\xfe\x00",
    ],
)
def test_no_comment_line(content: bytes) -> None:
    assert _files.read_certificate_id(content) is None


@pytest.mark.parametrize("certificate_id", ["a\nb", "", "two words", "x" * 129, "\u4e2d"])
def test_an_id_that_would_break_the_line_is_refused(certificate_id: str) -> None:
    with pytest.raises(ProtocolFailure):
        _files.with_certificate_id(LEAF, certificate_id)


# --- checks before any call --------------------------------------------------------------------------------


def test_good_destinations_create_nothing(tmp_path: pathlib.Path, run: Run) -> None:
    _files.check_destinations(three(tmp_path), context=run.context)
    assert list(tmp_path.iterdir()) == []
    assert run.warnings == []


def _folder(path: pathlib.Path) -> None:
    path.mkdir()


def _link(path: pathlib.Path) -> None:
    path.symlink_to("/etc/hostname")


def _dangling(path: pathlib.Path) -> None:
    path.symlink_to("/nowhere")


@pytest.mark.parametrize(
    ("prepare", "part"),
    [
        (_folder, "is a folder"),
        (_link, "is a symbolic link, and links are not followed"),
        (_dangling, "is a symbolic link"),
        (os.mkfifo, "is not a regular file"),
    ],
)
@pytest.mark.parametrize("check_mode", [False, True])
def test_what_is_no_destination(
    tmp_path: pathlib.Path, run: Run, prepare: t.Callable[[pathlib.Path], None], part: str, check_mode: bool
) -> None:
    run.context.check_mode = check_mode
    path = tmp_path / "site.pem"
    prepare(path)
    with pytest.raises(LocalFailure, match=part) as caught:
        _files.check_destinations([spec(path)], context=run.context)
    assert caught.value.message.startswith(f"certificate_path: {path} ")


def test_a_missing_folder_fails_in_a_real_run_and_warns_in_check_mode(tmp_path: pathlib.Path, run: Run) -> None:
    path = tmp_path / "missing" / "site.pem"
    with pytest.raises(LocalFailure, match=r"certificate_path: the folder .*missing does not exist"):
        _files.check_destinations([spec(path)], context=run.context)
    run.context.check_mode = True
    _files.check_destinations([spec(path)], context=run.context)
    assert len(run.warnings) == 1
    assert "missing does not exist. A change is predicted" in run.warnings[0]
    assert _files.plan_files([spec(path)], _files.observe_files([spec(path)]))[0].before == {"state": "absent"}


def test_a_file_in_place_of_the_folder(tmp_path: pathlib.Path, run: Run) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(LocalFailure, match=r"does not exist|is not a folder"):
        _files.check_destinations([spec(tmp_path / "file" / "site.pem")], context=run.context)


def test_an_unwritable_folder_and_an_unreadable_file(
    tmp_path: pathlib.Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "site.pem"
    path.write_bytes(LEAF)
    # As root every access is allowed, so the answer of the system is given here.
    monkeypatch.setattr(os, "access", lambda asked, _mode, **_more: asked != str(tmp_path))
    with pytest.raises(LocalFailure, match=r"certificate_path: the folder .* is not writable for "):
        _files.check_destinations([spec(path)], context=run.context)
    monkeypatch.setattr(os, "access", lambda asked, _mode, **_more: asked != str(path))
    with pytest.raises(LocalFailure, match="exists and cannot be read"):
        _files.check_destinations([spec(path)], context=run.context)


def test_two_options_with_one_file(tmp_path: pathlib.Path, run: Run) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "alias").symlink_to("real")
    specs = [spec(tmp_path / "real" / "x.pem"), spec(tmp_path / "alias" / "x.pem", option="chain_path")]
    with pytest.raises(Invalid, match="certificate_path and chain_path name the same file"):
        _files.check_destinations(specs, context=run.context)


def test_a_user_that_does_not_exist(tmp_path: pathlib.Path, run: Run) -> None:
    wanted = spec(tmp_path / "x.pem", owner=Account(name="no-such-user", id=None))
    with pytest.raises(LocalFailure, match="owner: there is no user 'no-such-user' on this machine"):
        _files.check_destinations([wanted], context=run.context)
    run.context.check_mode = True
    _files.check_destinations([wanted], context=run.context)
    assert "no user 'no-such-user'" in run.warnings[0]
    assert _files.plan_files([wanted], {})[0].after["owner"] == "no-such-user"


def test_what_only_root_can_do(tmp_path: pathlib.Path, run: Run, unprivileged: int) -> None:
    path = tmp_path / "x.pem"
    path.write_bytes(LEAF)
    stranger = Account(name="somebody", id=unprivileged + 1)
    with pytest.raises(LocalFailure, match=r"owner: only root can give .* to somebody"):
        _files.check_destinations([spec(path, owner=stranger)], context=run.context)
    with pytest.raises(LocalFailure, match="is not in the group somebody"):
        _files.check_destinations([spec(path, group=stranger)], context=run.context)
    with pytest.raises(LocalFailure, match="who alone can change its mode"):
        _files.check_destinations([spec(path, content=Content.KEEP, mode=0o640)], context=run.context)
    already = path.stat()
    kept = spec(
        path,
        content=Content.KEEP,
        mode=stat.S_IMODE(already.st_mode),
        owner=Account(name="x", id=already.st_uid),
        group=Account(name="x", id=already.st_gid),
    )
    _files.check_destinations([kept], context=run.context)


def test_a_file_of_somebody_else_in_a_sticky_folder(
    tmp_path: pathlib.Path, run: Run, unprivileged: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.pem"
    path.write_bytes(LEAF)
    tmp_path.chmod(0o1777)
    with pytest.raises(LocalFailure, match="sticky bit"):
        _files.check_destinations([spec(path)], context=run.context)
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid)
    _files.check_destinations([spec(path)], context=run.context)


# --- plan --------------------------------------------------------------------------------------------------


def observed(path: pathlib.Path, content: bytes, mode: int = 0o644) -> dict[str, _files.ObservedFile]:
    path.write_bytes(content)
    path.chmod(mode)
    return _files.observe_files([spec(path)])


def test_nothing_differs(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.pem"
    for content in (LEAF, LEAF.replace(b"\n", b"\r\n"), b"# words\n" + LEAF + b"\n"):
        assert _files.plan_files([spec(path, owner=ME)], observed(path, content)) == ()
    assert _files.plan_files([spec(path, content=Content.KEEP)], observed(path, b"whatever")) == ()


def test_a_key_in_another_encoding_is_the_same_key(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.key"
    sec1 = key_pem(MADE.key, form="TraditionalOpenSSL").encode()
    wanted = spec(path, Kind.PRIVATE_KEY, KEY)
    assert _files.plan_files([wanted], observed(path, sec1, 0o600)) == ()
    assert _files.plan_files([wanted], observed(path, OTHER_KEY, 0o600))[0].content


def test_text_is_compared_byte_by_byte(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.ovpn"
    wanted = spec(path, Kind.TEXT, LEAF)
    assert _files.plan_files([wanted], observed(path, LEAF)) == ()
    assert _files.plan_files([wanted], observed(path, LEAF + b"\n"))[0].content


@pytest.mark.parametrize(
    ("there", "differs"),
    [(b"# cncloud: abc\n", False), (b"# cncloud: old\n", True), (b"", True)],
)
def test_the_comment_line_is_part_of_the_file(tmp_path: pathlib.Path, there: bytes, differs: bool) -> None:
    path = tmp_path / "x.pem"
    changes = _files.plan_files([spec(path, certificate_id="abc")], observed(path, there + LEAF))
    assert bool(changes) is differs


def test_drift_of_mode_and_owner_is_a_change_and_shown(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.pem"
    found = observed(path, LEAF, 0o666)
    stranger = Account(name="somebody", id=os.geteuid() + 1)
    (change,) = _files.plan_files([spec(path, owner=stranger)], found)
    assert not change.content
    assert change.before == {"mode": "0666", "owner": found[str(path)].owner}
    assert change.after == {"mode": "0644", "owner": "somebody"}
    assert change.summary == f"Change mode 0666 to 0644, owner {found[str(path)].owner} to somebody of {path}."


@pytest.mark.parametrize("content", [Content.LATER, Content.NEW])
def test_a_content_that_is_not_known_yet(tmp_path: pathlib.Path, content: Content) -> None:
    path = tmp_path / "x.key"
    (change,) = _files.plan_files([spec(path, Kind.PRIVATE_KEY, content)], {})
    assert change.before == {"state": "absent"}
    assert change.after == {"state": "file", "content": "(known after apply)", "mode": "0600"}
    assert change.summary == f"Write the private key in {path}."


def test_the_order_is_key_chain_leaf(tmp_path: pathlib.Path) -> None:
    changes = _files.plan_files(three(tmp_path), {})
    assert [change.spec.option for change in changes] == ["private_key_path", "chain_path", "certificate_path"]


def test_a_diff_has_fingerprints_and_no_content(tmp_path: pathlib.Path) -> None:
    specs = three(tmp_path)
    for one, content in zip(specs, (OTHER.leaf_pem.encode(), b"no pem", OTHER_KEY), strict=True):
        pathlib.Path(one.path).write_bytes(content)
    changes = _files.plan_files(specs, _files.observe_files(specs))
    before, after = _files.files_diff(changes)
    assert list(before) == list(after) == [specs[2].path, specs[1].path, specs[0].path]
    assert before[specs[1].path]["content"] == "no readable chain"
    assert after[specs[0].path]["content"].endswith(" of abc123")
    assert after[specs[2].path]["content"].startswith("public key sha256 ")
    shown = repr((before, after, changes, specs))
    for secret in (KEY, OTHER_KEY):
        for line in secret.decode().splitlines():
            assert line not in shown


def test_an_oversized_file_differs(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.pem"
    (change,) = _files.plan_files([spec(path)], observed(path, b"x" * (_files.MAX_CONTENT + 1)))
    assert change.before == {"content": "longer than 1 MiB"}


@pytest.mark.parametrize(
    ("there", "content", "refused"),
    [
        (OTHER_KEY, KEY, True),
        (OTHER_KEY, Content.NEW, True),
        (b"words\n", KEY, True),
        (OTHER_KEY, Content.LATER, False),
        (OTHER_KEY, Content.KEEP, False),
        (KEY, KEY, False),
        (b"\n", KEY, False),
        (None, Content.NEW, False),
    ],
)
def test_another_key_is_not_overwritten(
    tmp_path: pathlib.Path, there: bytes | None, content: bytes | Content, refused: bool
) -> None:
    path = tmp_path / "x.key"
    found = {} if there is None else observed(path, there, 0o600)
    wanted = spec(path, Kind.PRIVATE_KEY, content, protect=True)
    if refused:
        with pytest.raises(Conflict, match="holds another private key, which is not overwritten"):
            _files.plan_files([wanted], found)
    else:
        _files.plan_files([wanted], found)
    _files.plan_files([dataclasses.replace(wanted, protect=False)], found)


# --- apply -------------------------------------------------------------------------------------------------


def test_writing_and_writing_again(tmp_path: pathlib.Path, run: Run) -> None:
    specs = three(tmp_path, owner=ME)
    report = _files.write_files(specs, context=run.context)
    assert report.changed == (specs[2].path, specs[1].path, specs[0].path)
    assert (tmp_path / "site.pem").read_bytes() == b"# cncloud: abc123\n" + LEAF
    assert (tmp_path / "chain.pem").read_bytes() == CHAIN
    assert (tmp_path / "site.key").read_bytes() == KEY
    assert mode_of(tmp_path / "site.key") == 0o600
    assert mode_of(tmp_path / "site.pem") == 0o644
    assert len(list(tmp_path.iterdir())) == 3
    assert _files.plan_files(specs, _files.observe_files(specs)) == ()
    assert _files.write_files(specs, context=run.context) == _files.FileReport(changed=(), backups={})


def test_the_umask_does_not_count(tmp_path: pathlib.Path, run: Run) -> None:
    old = os.umask(0o077)
    try:
        _files.write_files([spec(tmp_path / "x.pem")], context=run.context)
    finally:
        os.umask(old)
    assert mode_of(tmp_path / "x.pem") == 0o644


def test_a_file_that_stays_is_corrected_in_place(tmp_path: pathlib.Path, run: Run) -> None:
    path = tmp_path / "x.pem"
    observed(path, b"kept as it is", 0o666)
    inode = path.stat().st_ino
    report = _files.write_files([spec(path, content=Content.KEEP)], context=run.context)
    assert report.changed == (str(path),)
    assert (mode_of(path), path.read_bytes(), path.stat().st_ino) == (0o644, b"kept as it is", inode)


def test_renames_come_after_all_staging_and_the_leaf_last(
    tmp_path: pathlib.Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    real_rename, real_fsync, real_open = os.rename, os.fsync, os.open

    def rename(source: str, target: str) -> None:
        assert mode_of(pathlib.Path(source)) in (0o600, 0o644)
        events.append("rename " + os.path.basename(target))
        real_rename(source, target)

    def fsync(descriptor: int) -> None:
        events.append("sync folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "sync file")
        real_fsync(descriptor)

    def opened(path: str, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_CREAT:
            assert flags & os.O_EXCL
            assert mode == 0o600
            assert os.path.dirname(path) == str(tmp_path)
            events.append("create")
        return real_open(path, flags, mode)

    monkeypatch.setattr(os, "rename", rename)
    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "open", opened)
    _files.write_files(three(tmp_path), context=run.context)
    assert events == ["create", "sync file"] * 3 + [
        *("rename site.key", "sync folder", "rename chain.pem", "sync folder", "rename site.pem", "sync folder")
    ]


def test_short_writes_are_continued(tmp_path: pathlib.Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    real_write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real_write(descriptor, bytes(data)[:7]))
    _files.write_files([spec(tmp_path / "x.pem")], context=run.context)
    assert (tmp_path / "x.pem").read_bytes() == LEAF


def test_a_full_disk_leaves_everything_as_it_was(
    tmp_path: pathlib.Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site.key").write_bytes(OTHER_KEY)
    staged = []

    def fsync(_descriptor: int) -> None:
        staged.append(1)
        if len(staged) == 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(LocalFailure) as caught:
        _files.write_files(three(tmp_path), context=run.context)
    path = tmp_path / "site.pem"
    assert caught.value.message == f"certificate_path: {path} cannot be written (No space left on device)."
    assert caught.value.data == {}
    assert [entry.name for entry in tmp_path.iterdir()] == ["site.key"]
    assert (tmp_path / "site.key").read_bytes() == OTHER_KEY


def test_a_rename_that_fails_says_what_was_done(
    tmp_path: pathlib.Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_rename = os.rename

    def rename(source: str, target: str) -> None:
        if target.endswith("chain.pem"):
            raise OSError(16, "Device or resource busy")
        real_rename(source, target)

    monkeypatch.setattr(os, "rename", rename)
    with pytest.raises(LocalFailure) as caught:
        _files.write_files(three(tmp_path), context=run.context)
    assert caught.value.data == {"files_written": [str(tmp_path / "site.key")]}
    assert "mount its folder instead" in str(caught.value.hint)
    assert [entry.name for entry in tmp_path.iterdir()] == ["site.key"]


def test_owner_and_mode_are_set_on_the_descriptor_and_kept_if_not_given(
    tmp_path: pathlib.Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.pem"
    path.write_bytes(b"old")
    found = path.stat()
    calls: list[tuple[t.Any, ...]] = []
    monkeypatch.setattr(os, "fchown", lambda descriptor, uid, gid: calls.append((type(descriptor), uid, gid)))
    monkeypatch.setattr(os, "fchmod", lambda descriptor, mode: calls.append((type(descriptor), mode)))
    _files.write_files([spec(path, owner=Account(name="x", id=7))], context=run.context)
    assert calls == [(int, -1, -1), (int, -1, found.st_gid), (int, 7, -1), (int, 0o644)]


def test_an_owner_that_cannot_be_kept_is_no_failure_and_one_that_was_asked_for_is(
    tmp_path: pathlib.Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fchown(_descriptor: int, _uid: int, _gid: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    path = tmp_path / "x.pem"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fchown", fchown)
    _files.write_files([spec(path)], context=run.context)
    assert path.read_bytes() == LEAF
    with pytest.raises(LocalFailure, match=r"cannot be written \(Operation not permitted\)"):
        _files.write_files([spec(path, content=CHAIN, owner=Account(name="x", id=7))], context=run.context)
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.pem"]


def test_the_selinux_context_is_kept(tmp_path: pathlib.Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.pem"
    path.write_bytes(b"old")
    given: list[tuple[type, str, bytes]] = []
    monkeypatch.setattr(os, "getxattr", lambda _descriptor, _name: b"system_u:object_r:cert_t:s0")
    monkeypatch.setattr(os, "setxattr", lambda one, name, value: given.append((type(one), name, value)))
    _files.write_files([spec(path)], context=run.context)
    assert given == [(int, "security.selinux", b"system_u:object_r:cert_t:s0")]


def test_a_link_that_appears_after_the_check_is_not_followed(tmp_path: pathlib.Path, run: Run) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"precious")
    path = tmp_path / "x.pem"
    path.symlink_to(target)
    with pytest.raises(LocalFailure, match="it is a symbolic link"):
        _files.write_files([spec(path)], context=run.context)
    assert target.read_bytes() == b"precious"


def test_a_backup_is_a_dated_copy_with_the_same_mode(tmp_path: pathlib.Path, run: Run) -> None:
    path = tmp_path / "x.key"
    observed(path, OTHER_KEY, 0o640)
    report = _files.write_files([spec(path, Kind.PRIVATE_KEY, KEY, backup=True)], context=run.context)
    name = f"{path}.20261122T080000Z~"
    assert report.backups == {str(path): name}
    assert pathlib.Path(name).read_bytes() == OTHER_KEY
    assert mode_of(pathlib.Path(name)) == 0o640
    assert path.read_bytes() == KEY
    again = _files.write_files([spec(path, Kind.PRIVATE_KEY, OTHER_KEY, backup=True)], context=run.context)
    assert pathlib.Path(again.backups[str(path)]).read_bytes() == KEY
    assert pathlib.Path(f"{path}.20261122T080000Z-1~").read_bytes() == OTHER_KEY


def test_no_backup_of_nothing_or_of_what_stays(tmp_path: pathlib.Path, run: Run) -> None:
    wanted = spec(tmp_path / "x.pem", backup=True)
    assert _files.write_files([wanted], context=run.context).backups == {}
    (tmp_path / "x.pem").chmod(0o600)
    assert _files.write_files([wanted], context=run.context).backups == {}


def test_leftovers_of_a_killed_run_are_removed_and_those_of_a_live_one_stay(tmp_path: pathlib.Path, run: Run) -> None:
    dead = tmp_path / ".x.pem.cncloud-00112233445566aa.tmp"
    alive = tmp_path / ".x.pem.cncloud-00112233445566bb.tmp"
    foreign = [tmp_path / name for name in (".y.pem.cncloud-00112233445566aa.tmp", ".x.pem.tmp", "x.pem.bak")]
    for path in (dead, alive, *foreign):
        path.write_bytes(KEY)
    descriptor = os.open(alive, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        _files.write_files([spec(tmp_path / "x.pem")], context=run.context)
    finally:
        os.close(descriptor)
    assert not dead.exists()
    assert alive.exists()
    assert all(path.exists() for path in foreign)


def test_a_staged_file_is_locked_and_recognised(
    tmp_path: pathlib.Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    real_rename = os.rename

    def rename(source: str, target: str) -> None:
        _files._remove_leftovers([spec(target)])
        seen.append(source)
        real_rename(source, target)

    monkeypatch.setattr(os, "rename", rename)
    path = tmp_path / ("long-" * 48 + ".pem")
    _files.write_files([spec(path)], context=run.context)
    assert path.read_bytes() == LEAF
    assert _files._TEMPORARY.fullmatch(os.path.basename(seen[0]))


def test_a_time_out_while_staging_leaves_no_temporary_file(
    tmp_path: pathlib.Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fsync(_descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(KeyboardInterrupt):
        _files.write_files(three(tmp_path), context=run.context)
    assert list(tmp_path.iterdir()) == []


# --- inputs ------------------------------------------------------------------------------------------------


def test_an_input(tmp_path: pathlib.Path, run: Run) -> None:
    path = tmp_path / "in.pem"
    path.write_bytes(LEAF)
    assert _files.read_input(str(path), option="certificate_path", context=run.context) == LEAF


def test_a_missing_input(tmp_path: pathlib.Path, run: Run) -> None:
    path = str(tmp_path / "in.pem")
    with pytest.raises(LocalFailure, match=r"certificate_path: the file .*in\.pem does not exist\."):
        _files.read_input(path, option="certificate_path", context=run.context)
    run.context.check_mode = True
    assert _files.read_input(path, option="certificate_path", context=run.context) is None
    assert "does not exist yet. A change is predicted" in run.warnings[0]


@pytest.mark.parametrize("check_mode", [False, True])
def test_inputs_that_cannot_be_read(tmp_path: pathlib.Path, run: Run, check_mode: bool) -> None:
    run.context.check_mode = check_mode
    big = tmp_path / "big.pem"
    big.write_bytes(b"x" * (_files.MAX_CONTENT + 1))
    for path, part in ((tmp_path, "Is a directory"), (big, "longer than 1 MiB"), ("\0", "ValueError")):
        with pytest.raises(CertificatesError, match=part):
            _files.read_input(str(path), option="certificate_path", context=run.context)


def test_a_key_that_protects_itself_only_once_it_was_read(tmp_path: pathlib.Path, run: Run) -> None:
    path = tmp_path / "x.key"
    path.write_bytes(key_pem(make_key(tag="third")).encode())
    with pytest.raises(Conflict):
        _files.write_files([spec(path, Kind.PRIVATE_KEY, KEY, protect=True)], context=run.context)
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.key"]
