# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files with keys: whatever they hold or are, there is a value or a sentence without their content."""

from __future__ import annotations

import contextlib
import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils import _profiles
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import AuthError
from hypothesis import given
from hypothesis import strategies as st

Read = t.Callable[..., t.Any]
READERS: list[Read] = [_profiles.read_text, _profiles.read_json, _profiles.read_ini]


@pytest.mark.parametrize("read", READERS)
def test_no_file_is_no_failure(tmp_path: Path, read: Read) -> None:
    assert read(str(tmp_path / "none"), what="The file") is None
    (tmp_path / "file").write_text("")
    assert read(str(tmp_path / "file" / "none"), what="The file") is None


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("kind", ["folder", "pipe", "binary", "large", "null"])
def test_what_is_no_text_file_is_said_at_once(tmp_path: Path, read: Read, kind: str) -> None:
    path = tmp_path / "file"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "binary":
        path.write_bytes(b"\xff\xfehidden")
    elif kind == "large":
        path.write_bytes(b"x" * (_profiles.MAX_SIZE + 1))
    name = str(path) if kind != "null" else f"{path}\0"
    with pytest.raises(AuthError, match=r"The file .*file.* cannot be used: ") as caught:
        read(name, what="The file")
    assert caught.value.code == "credentials_unreadable"
    assert "hidden" not in caught.value.message


@pytest.mark.parametrize("text", ["hidden", "[]", '{"hidden": ', "[" * 100_000, '"hidden"'])
def test_what_is_no_json_object(tmp_path: Path, text: str) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(AuthError, match="not a JSON object") as caught:
        _profiles.read_json(str(path), what="The file")
    assert "hidden" not in caught.value.message
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("text", ["hidden", "[a\nhidden=1", "key hidden\n[a]"])
def test_what_is_no_ini_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(AuthError, match="not an INI file") as caught:
        _profiles.read_ini(str(path), what="The file")
    assert "hidden" not in str(caught.value)


def test_ini(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("\ufeff[a]\nKey = 50%(x)s\nother = 1 # note\n[b]\nkey=\n[a]\nmore=2\n")
    sections = _profiles.read_ini(str(path), what="The file", comments=("#",))
    assert sections == {"a": {"key": "50%(x)s", "other": "1", "more": "2"}, "b": {"key": ""}}


@given(st.binary(max_size=200))
def test_any_content_is_a_value_or_a_refusal(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "file"
    path.write_bytes(content)
    for read in READERS:
        with contextlib.suppress(AuthError):
            read(str(path), what="The file")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("", "/home/x/.a/b"), ("~", "/home/x/"), ("~/c", "/home/x/c"), ("/etc/c", "/etc/c"), ("c", "/play/c")],
)
def test_paths(value: str, expected: str) -> None:
    context = Context(environ={"HOME": "/home/x", "PLACE": value}, base_dir="/play")
    assert _profiles.given_path(context, "PLACE", ".a", "b") == expected


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ({"a": " x "}, "x"),
        ({"a": 900}, "900"),
        ({"a": True, "b": "y"}, "y"),
        ({"a": ["x"]}, ""),
        ({"a": None, "b": ""}, ""),
    ],
)
def test_members_are_texts(section: dict[str, t.Any], expected: str) -> None:
    assert _profiles.text_of(section, "a", "b") == expected


@pytest.mark.parametrize("profiles", [None, "x", {"name": "a"}, [1, "x", {"name": 2}, {}]])
def test_profiles_of_another_shape_are_none(profiles: t.Any) -> None:
    assert _profiles.profiles_of({"profiles": profiles}) == {}
