# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers and programs that hand out keys are asked within bounds, and nothing that they say shows."""

from __future__ import annotations

import datetime
import importlib
import socket
import sys
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils import _key_server
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    AuthError,
    CertificatesError,
    LocalFailure,
    NetworkFailure,
    ProtocolFailure,
)
from ansible_collections.cncloud.certificates.tests.unit.doubles import FakeClock, FixedRandomness
from ansible_collections.cncloud.certificates.tests.unit.key_peer import key_peer

WHEN = datetime.datetime(2026, 11, 22, 8, 0, 0, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("", None),
        (0, None),
        (1795334400, WHEN),
        ("1795334400", WHEN),
        ("2026-11-22T08:00:00Z", WHEN),
        ("2026-11-22T08:00:00.123456Z", WHEN),
        (" 2026-11-22T08:00:00 ", WHEN),
    ],
)
def test_moments(value: t.Any, expected: datetime.datetime | None) -> None:
    assert _key_server.moment(value) == expected


@pytest.mark.parametrize("value", ["hidden", "2026-13-01T00:00:00Z", ["x"], True, 10**30, -(10**30), "2026-11-22"])
def test_what_is_no_moment(value: t.Any) -> None:
    with pytest.raises(ProtocolFailure, match="cannot be read") as caught:
        _key_server.moment(value)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("uri", "link_local", "fine"),
    [
        ("http://127.0.0.1:80/x?y", False, True),
        ("http://localhost/", False, True),
        ("http://[::1]/", False, True),
        ("https://keys.example.com/", False, True),
        ("http://169.254.1.2/", False, False),
        ("http://169.254.1.2/", True, True),
        ("http://keys.example.com/", True, False),
        ("https://user:pass@keys.example.com/", False, False),
        ("https:///x", False, False),
        ("file:///etc/shadow", False, False),
        ("https://[::1/", False, False),
        ("https://h:99999/", False, False),
        ("", False, False),
    ],
)
def test_who_may_be_asked(uri: str, link_local: bool, fine: bool) -> None:
    if fine:
        _key_server.check_server(uri, source="here", link_local=link_local)
        return
    with pytest.raises(AuthError, match="The address of here must be https"):
        _key_server.check_server(uri, source="here", link_local=link_local)


def server(tmp_path: Path) -> _key_server.KeyServer:
    context = Context(
        environ={"HOME": str(tmp_path), "http_proxy": "http://127.0.0.1:1"},
        clock=FakeClock(),
        randomness=FixedRandomness(),
    )
    return _key_server.KeyServer("here", context=context, timeout=1.0)


def test_a_server_that_fails_is_asked_twice(tmp_path: Path) -> None:
    with key_peer() as peer:
        peer.answers["GET", "/"] = (502, "hidden")
        with pytest.raises(CertificatesError, match="HTTP status 502"):
            server(tmp_path).json(f"{peer.url}/")
        assert peer.paths == [("GET", "/")] * 2


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, ""), (200, "a b\nc"), (200, "\u00e4"), (200, "x" * 5000), (403, "hidden"), (302, "")],
)
def test_a_word_is_one_line_of_text(tmp_path: Path, status: int, body: str) -> None:
    with key_peer() as peer:
        peer.answers["GET", "/"] = (status, body)
        with pytest.raises(ProtocolFailure) as caught:
            server(tmp_path).text(f"{peer.url}/")
    assert "hidden" not in str(caught.value.as_result())


def test_a_refusal_is_not_remembered(tmp_path: Path) -> None:
    """Whoever attaches a role and runs again is not to wait five minutes."""
    with key_peer() as peer:
        peer.answers["GET", "/"] = (401, "")
        for _run in range(2):
            with pytest.raises(ProtocolFailure):
                server(tmp_path).json(f"{peer.url}/")
        assert len(peer.asked) == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("cloud", ["_aliyun", "_tencent", "_huawei"])
def test_metadata_that_do_not_answer_cost_seconds(tmp_path: Path, cloud: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere than on an instance their address may be one where packets just vanish."""
    assert _key_server.METADATA_TIMEOUT == 1.0
    monkeypatch.setattr(_key_server, "METADATA_TIMEOUT", 0.1)
    roles = importlib.import_module(f"{_key_server.__package__}.{cloud}.roles")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        environ = {"HOME": str(tmp_path), _key_server.METADATA_VARIABLE: url}
        context = Context(environ=environ, clock=FakeClock(), randomness=FixedRandomness())
        begun = time.monotonic()
        with pytest.raises(NetworkFailure, match="No answer"):
            roles.InstanceRole(wanted=True, context=context).credentials()
        assert time.monotonic() - begun < 0.9


# --- Programs -------------------------------------------------------------------------------------------------------


def run(tmp_path: Path, code: str, **environ: str) -> dict[str, t.Any]:
    script = tmp_path / "print key.py"
    script.write_text(code)
    context = Context(environ={"PATH": "/usr/bin:/bin", **environ}, base_dir=str(tmp_path))
    return _key_server.output_of(f"{sys.executable} '{script}'", context=context, source="here")


def test_a_program_has_the_environment_and_folder_of_the_task(tmp_path: Path) -> None:
    code = "import json, os\nprint(json.dumps({'home': os.environ['HOME'], 'cwd': os.getcwd()}))"
    assert run(tmp_path, code, HOME="/h") == {"home": "/h", "cwd": str(tmp_path)}


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("print('hidden')", "one JSON object"),
        ("print('[]')", "one JSON object"),
        ("import sys; sys.stdout.buffer.write(b'\\xff')", "one JSON object"),
        ("print('{}'); raise SystemExit(3)", "status 3"),
        ("print('x' * 70000)", "more than 65536 bytes"),
    ],
)
def test_a_program_that_gives_no_key(tmp_path: Path, code: str, text: str) -> None:
    with pytest.raises(CertificatesError, match=text) as caught:
        run(tmp_path, code)
    assert "hidden" not in str(caught.value.as_result())


def test_a_program_and_its_children_are_ended_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_key_server, "PROGRAM_TIMEOUT", 0.5)
    code = "import subprocess, time\nsubprocess.Popen(['sleep', '30'])\ntime.sleep(30)"
    began = time.monotonic()
    with pytest.raises(LocalFailure, match=r"more than 0\.5 seconds"):
        run(tmp_path, code)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("command", ["", "  ", "'"])
def test_what_is_no_command(command: str) -> None:
    with pytest.raises(AuthError, match="cannot be read"):
        _key_server.output_of(command, context=Context(), source="here")


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LocalFailure, match="cannot be run"):
        _key_server.output_of(str(tmp_path / "none"), context=Context(base_dir=str(tmp_path)), source="here")
