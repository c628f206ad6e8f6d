# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every module with every secret option, right, wrong and of a wrong shape, and with answers that break.

In results, printed options, warnings, URLs, loggers, the log of the system, the log of the emulated cloud and all files
nothing shows that a cloud answered or a task was given. These runs are without Ansible around them, and so many.
"""

from __future__ import annotations

import base64
import collections.abc as c
import functools
import os
import stat
import typing as t
from pathlib import Path

import pytest
from driver.driver import Driver, entry_of
from integration.stage import Stage
from integration.test_key_sources import MODULES, OIDC_TOKEN, USER
from integration.test_key_sources import cases as key_sources
from leak.cases import CANARY, CASES, IN_ENVIRONMENT, KEYS, Case, Options, key_options
from leak.observed import Observed, observed
from leak.search import Search, forms, open_to_others, secrets_of_answer

PLUGINS = Path(__file__).parents[2] / "plugins"
WAYS = pytest.mark.parametrize("as_module", [False, True], ids=["in-process", "module"])
EACH = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
OF_CLOUDS = pytest.mark.parametrize("case", [case for case in CASES if case.cloud], ids=lambda case: case.name)
BROKEN = ("truncated", "wrong_types", "lost_answer", "redirect")


@pytest.fixture
def noted(driver: Driver, tmp_path: Path) -> c.Iterator[Observed]:
    """A fresh world, in which files are made with all rights for everybody unless the maker sees to it."""
    before = os.umask(0)
    try:
        with observed(driver, tmp_path) as found:
            yield found
    finally:
        os.umask(before)


def prepared(noted: Observed, case: Case) -> Options:
    options = case.options(noted.driver)
    noted.kept |= {noted.driver.folder / name for name in case.kept}
    noted.given |= {name: str(value) for name, value in options.items() if name in secret_options(case.module)}
    return options


@functools.cache
def secret_options(module: str) -> tuple[str, ...]:
    """The options that Ansible is told to hide. The proxy's is a matter of its own: a secret may be a part of it."""
    spec = entry_of(module).argument_spec
    return tuple(name for name, option in spec.items() if option.get("no_log") and name != "proxy")


def environ_without_keys() -> dict[str, str]:
    return {name: "" for names in IN_ENVIRONMENT.values() for name in names}


def test_every_module_has_a_case() -> None:
    modules = {path.stem for path in (PLUGINS / "modules").glob("*.py")} - {"__init__"}
    assert {case.module for case in CASES} == modules


def test_every_secret_option_has_a_case(driver: Driver) -> None:
    """Those of keys are in `wrong_secrets` and the sources of keys, one of a module's own is in a case that works."""
    of_keys = {name for names in KEYS.values() for name in names} | {"auth_token", "password"}
    for module in {case.module for case in CASES}:
        given = {name for case in CASES if case.module == module for name in case.options(driver)}
        spec = entry_of(module).argument_spec
        own_password = {"password"} if "password" in spec and "user_name" not in spec else set()
        assert set(secret_options(module)) - of_keys | own_password <= given, module


@EACH
@WAYS
def test_success(noted: Observed, case: Case, as_module: bool) -> None:
    """The keys are options. Nobody else may read what a key is in, nor what lies in the folders of our own."""
    options = {**prepared(noted, case), **key_options(noted.driver, case.cloud)}
    told = {"as_module": as_module, "environ": environ_without_keys()}
    for check in (True, False, False, True):
        run = noted.run(case.module, options, check=check, **told)
        assert not run.failed, run.result
    assert noted.answered or case.module not in ("tencent_free_cert", "aliyun_sslvpn_client_cert")
    assert noted.search() == []
    own = [path for path in noted.driver.home.rglob("*") if not path.name.startswith("ansible")]
    assert open_to_others([*noted.kept, *own]) == []
    assert sorted(noted.temporary.iterdir()) == []


@OF_CLOUDS
@pytest.mark.parametrize("kind", BROKEN)
def test_answers_that_break(noted: Observed, case: Case, kind: str) -> None:
    """Of each call in turn; and with the key in hand where there is one."""
    options = prepared(noted, case)
    for after in range(3):
        noted.driver.emulator.control("POST", "/faults", {"kind": kind, "after": after, "match": {}})
        noted.run(case.module, options, as_module=after == 1)
        noted.driver.emulator.control("DELETE", "/faults")
        noted.kept |= set(noted.driver.folder.glob(".*.cncloud-answer"))
    noted.run(case.module, options)
    assert noted.search() == []
    assert open_to_others(noted.kept & set(noted.driver.folder.iterdir())) == []


def wrong_secrets(cloud: str | None) -> c.Iterator[Options]:
    """Keys that the cloud refuses, or that cannot be right."""
    if cloud is None:
        return
    key_id, secret, token = KEYS[cloud]
    wrong, wrong_token = CANARY.format(name="a-secret"), CANARY.format(name="a-token")
    for value in (wrong, f" {wrong} ", f"{wrong}\n{wrong}", f"ключ{wrong}"):
        yield {key_id: "WRONGKEY", secret: value}
        yield {key_id: "WRONGKEY", secret: value, token: wrong_token}
    yield {secret: wrong}
    yield {token: wrong_token, key_id: "WRONGKEY"}
    if cloud == "huawei":
        yield {"auth_token": wrong_token}
        yield {"auth_token": f"{wrong_token}\n"}
        yield {"user_name": "u", "user_domain_name": "d", "password": wrong}
        yield {"user_name": "u", "password": wrong}
        yield {"auth_token": wrong_token, "user_name": "u", "user_domain_name": "d", "password": wrong}


@OF_CLOUDS
@WAYS
def test_keys_that_are_refused(noted: Observed, case: Case, as_module: bool) -> None:
    noted.given |= {name: CANARY.format(name=name) for name in ("a-secret", "a-token")}
    options = prepared(noted, case)
    for wrong in wrong_secrets(case.cloud):
        for check in (False, True):
            run = noted.run(case.module, {**options, **wrong}, check=check, as_module=as_module)
            assert run.kind in ("auth", "invalid", "options"), (wrong, run.result)
    assert noted.search() == []


def wrong_shapes(case: Case, options: Options) -> c.Iterator[Options]:
    """Each secret option as what it is not, and right beside something that is refused."""
    for name in secret_options(case.module):
        canary = CANARY.format(name="a-secret")
        for value in ([canary], {"key": canary}, [[canary, 1]], f"{canary}\x00"):
            yield {**options, name: value, "no_such_option": 1}
            yield {**options, name: value, "timeout": "soon"}
        yield {name: canary}
        yield {**options, name: canary, "no_such_option": canary[:4]}
        yield {**options, name: canary, "timeout": "soon"}
        yield {**options, name: canary, "timeout": -1}
        if "state" in options or "state" in entry_of(case.module).argument_spec:
            yield {**options, name: canary, "state": "gone"}


@EACH
def test_options_that_are_refused(noted: Observed, case: Case) -> None:
    noted.given["a secret"] = CANARY.format(name="a-secret")
    options = prepared(noted, case)
    for wrong in wrong_shapes(case, options):
        run = noted.run(case.module, wrong, as_module=True)
        assert run.failed or "timeout" not in wrong, (wrong, run.result)
    assert noted.search() == []


def writes_files(case: Case) -> bool:
    return "private_key_mode" in entry_of(case.module).argument_spec


@EACH
@WAYS
def test_passwords_within_addresses(noted: Observed, case: Case, as_module: bool) -> None:
    """In that of a proxy, given or of the environment, and where none belongs: in that of an endpoint."""
    canary = noted.given["a password"] = CANARY.format(name="a-password")
    address = f"http://user:{canary}@127.0.0.1:9"
    options = prepared(noted, case)
    rows: list[tuple[Options, dict[str, str]]] = [
        ({"proxy": address, "retries": 0}, {}),
        ({"proxy": address, "timeout": "soon"}, {}),
        ({"proxy": f"nothing://user:{canary}@127.0.0.1:9", "retries": 0}, {}),
        ({"proxy": f"http://user:{canary}@127.0.0.1:none", "retries": 0}, {}),
        ({"retries": 0}, {"http_proxy": address, "HTTPS_PROXY": address}),
    ]
    # An endpoint with a password in it is refused, but what a task says is not hidden.
    for more, environ in rows:
        run = noted.run(case.module, {**options, **more}, environ=environ, as_module=as_module)
        assert run.failed, run.result
    assert noted.search() == []


@pytest.mark.parametrize("case", [case for case in CASES if writes_files(case)], ids=lambda case: case.name)
@pytest.mark.parametrize("dangling", [False, True], ids=["to a file", "to nothing"])
def test_a_link_is_not_followed(noted: Observed, case: Case, dangling: bool) -> None:
    """Where a file is to be written, somebody has put a link that leads elsewhere."""
    options = prepared(noted, case)
    for name in [name for name in options if name.endswith("_path")]:
        path, elsewhere = Path(options[name]), noted.driver.folder / "elsewhere"
        path.unlink(missing_ok=True)
        if not dangling:
            elsewhere.write_text("untouched")
        path.symlink_to(elsewhere)
        run = noted.run(case.module, options)
        assert run.kind in ("local", "invalid", "conflict"), (name, run.result)
        assert path.is_symlink()
        assert elsewhere.exists() is not dangling
        assert dangling or elsewhere.read_text() == "untouched"
        path.unlink()
    assert noted.search() == []


@WAYS
def test_sources_of_keys(noted: Observed, as_module: bool) -> None:
    """What they give is a secret as well, and so is what they are given; none of it is in a URL."""
    stage = Stage(emulator=noted.driver.emulator, folder=noted.driver.home.parent)
    sources = key_sources(stage)
    program = stage.folder / "print_key.py"
    written = [program, *(path for path in noted.driver.home.rglob("*") if path.is_file())]
    noted.kept |= set(written)
    noted.given |= {"password of IAM": USER["password"], "identity": OIDC_TOKEN, "pod": "emulator-pod-token"}
    noted.given["external id"] = "an-external-id"
    for name, case in sources.items():
        ((module, own),) = MODULES[case.cloud].items()
        options = {**own, **case.options}
        if "auth_token" in options:
            noted.given["token of IAM"] = options["auth_token"]
        told = {"environ": case.environ, "as_module": as_module}
        run = noted.run(module.rpartition(".")[2], options, **told)
        assert not run.failed, (name, run.result)
    program.unlink()
    del noted.given["external id"]  # an option that is not a secret: the vendors' documentation says so
    assert len(noted.answered) > 2 * len(MODULES)
    assert noted.search() == []


def test_files_are_closed_to_others_from_their_first_moment(noted: Observed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while they are being written under another name."""
    opened: list[tuple[str, int]] = []
    real = os.open

    def noting(path: t.Any, flags: int, mode: int = 0o777, **more: t.Any) -> int:
        descriptor = real(path, flags, mode, **more)
        if flags & os.O_CREAT and stat.S_ISREG(os.fstat(descriptor).st_mode):
            opened.append((str(path), stat.S_IMODE(os.fstat(descriptor).st_mode)))
        return descriptor

    monkeypatch.setattr(os, "open", noting)
    for case in CASES:
        assert not noted.run(case.module, prepared(noted, case)).failed
        noted.driver.reset()
    assert len(opened) > len(CASES)
    assert [(path, oct(mode)) for path, mode in opened if mode & 0o077] == []


def test_the_observer_sees(noted: Observed) -> None:
    """A search that cannot fail would prove nothing."""
    case = next(case for case in CASES if case.module == "tencent_free_cert")
    noted.run(case.module, prepared(noted, case))
    assert any("PRIVATE KEY" in secret for secret in noted.answered)
    assert any(place == "a URL" for place, _text in noted.shown)
    noted.shown.append(("a test", sorted(noted.answered)[0]))
    assert any("in a test" in found for found in noted.search())
    noted.kept.clear()
    (noted.driver.folder / "again").write_text((noted.driver.folder / "api.key").read_text())
    noted.given["key"] = (noted.driver.folder / "api.key").read_text()
    assert {"key in again", "key in api.key"} <= set(noted.search())


def test_forms() -> None:
    lines = ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", "BKcwggSjAgEAAoIBAQC7"]
    pem = "\n".join(["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----", ""])
    for shown in (pem, lines[1], "".join(lines), repr(pem), f"x{lines[0]}\\\\n{lines[1]}"):
        search = Search(secrets={"key": pem})
        search.text("somewhere", shown)
        assert search.found == ["key in somewhere"]
    assert b"a%20b" in forms("a b")
    secret = CANARY.format(name="a-secret")
    for around in ("", "u:", "me:", "you:"):
        search = Search(secrets={"key": secret})
        search.text("somewhere", base64.b64encode(f"{around}{secret} and more".encode()))
        assert search.found == ["key in somewhere"]
    assert secrets_of_answer(b'{"a": [{"SecretKey": "0123456789", "NextToken": "0123456789"}]}') == {"0123456789"}
