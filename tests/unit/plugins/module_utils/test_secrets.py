# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import time
import typing as t

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils import _secrets
from ansible_collections.cncloud.certificates.plugins.module_utils._secrets import PLACEHOLDER, Mask
from ansible_collections.cncloud.certificates.tests.unit.authority import issue, key_pem, make_key
from hypothesis import given
from hypothesis import strategies as st

RSA_KEY = key_pem(make_key("rsa"))
EC_KEY = key_pem(make_key("ecc"), form="TraditionalOpenSSL")
MADE = issue("example.com")


def masking(*values: str) -> Mask:
    mask = Mask()
    for value in values:
        mask.add(value)
    return mask


def lines_of(pem: str) -> list[str]:
    return [line for line in pem.splitlines() if not line.startswith("-----")]


# --- texts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("secrets", "text", "expected"),
    [
        (["secret-key-1"], "key=secret-key-1;", "key=********;"),
        (["secret-key-1"], "secret-key-1", "********"),
        (["  secret-key-1\n"], "key=secret-key-1;", "key=********;"),
        (["secret-key-1"], "secret-key-1 secret-key-1", "******** ********"),
        (["secret-key-1"], "secret-key-", "secret-key-"),
        (["short"], "a short word", "a short word"),
        (["", " "], "nothing", "nothing"),
        # one secret within another, whichever was added first
        (["password", "password-of-root"], "x password-of-root y password z", "x ******** y ******** z"),
        (["password-of-root", "password"], "x password-of-root y password z", "x ******** y ******** z"),
        (["of-root-now", "password-of-root-now"], "password-of-root-now", "********"),
        # overlapping and touching ones leave nothing of either
        (["abcdefghij", "cdefghijklmn"], "-abcdefghijklmn-", "-********-"),
        (["abcdefgh", "ijklmnop"], "-abcdefghijklmnop-", "-********-"),
        (["aaaaaaaa"], "aaaaaaaaaaaa", "********"),
        # what JSON makes of it
        (['quote"and\\back'], json.dumps({"x": 'quote"and\\back'}), '{"x": "********"}'),
        (["umlaut-\u00fc-secret"], json.dumps(["umlaut-\u00fc-secret"]), '["********"]'),
        (["two\nlines-here"], json.dumps(["two\nlines-here"]), '["********"]'),
    ],
)
def test_hide(secrets: list[str], text: str, expected: str) -> None:
    assert masking(*secrets).hide(text) == expected


@pytest.mark.parametrize("pem", [RSA_KEY, EC_KEY], ids=["rsa", "ecc"])
@pytest.mark.parametrize(
    "show",
    [
        lambda pem: pem,
        lambda pem: pem.replace("\n", "\r\n"),
        lambda pem: json.dumps({"key": pem}),
        lambda pem: json.dumps({"key": json.dumps({"key": pem})}),
        repr,
        lambda pem: "".join(lines_of(pem)),
        lambda pem: "\n".join(f"- {line}" for line in lines_of(pem)),
        lambda pem: pem + pem,
    ],
    ids=["pem", "crlf", "json", "json-in-json", "repr", "body", "lines", "twice"],
)
def test_no_line_of_a_key_is_left(pem: str, show: t.Callable[[str], str]) -> None:
    hidden = masking(pem).hide("before " + show(pem) + " after")
    assert hidden.startswith("before ")
    assert hidden.endswith(" after")
    for line in lines_of(pem):
        if len(line) >= 16:
            assert line not in hidden
    assert PLACEHOLDER in hidden


def test_a_key_that_came_with_crlf_is_hidden_with_lf() -> None:
    assert masking(RSA_KEY.replace("\n", "\r\n")).hide(RSA_KEY) == PLACEHOLDER + "\n"


def test_of_a_bundle_only_the_key_is_secret() -> None:
    hidden = masking(MADE.fullchain_pem + MADE.key_pem).hide(f"{MADE.leaf_pem}|{MADE.key_pem}")
    assert hidden == f"{MADE.leaf_pem}|{PLACEHOLDER}\n"


def test_legacy_headers_are_no_secret() -> None:
    encrypted = key_pem(make_key(), form="TraditionalOpenSSL", passphrase=b"passphrase")
    assert "Proc-Type: 4,ENCRYPTED" in encrypted
    assert masking(encrypted).hide("Proc-Type: 4,ENCRYPTED") == "Proc-Type: 4,ENCRYPTED"


# --- structures --------------------------------------------------------------------------------------------


def test_scrub_reaches_every_string_and_leaves_the_rest() -> None:
    result = {
        "changed": True,
        "number": 12345678,
        "nothing": None,
        "secret-key-1": "a key of a dictionary is ours",
        "list": ["x secret-key-1", ["secret-key-1", {"deep": ("secret-key-1",)}]],
    }
    assert masking("secret-key-1", "12345678").scrub(result) == {
        "changed": True,
        "number": 12345678,
        "nothing": None,
        "secret-key-1": "a key of a dictionary is ours",
        "list": [f"x {PLACEHOLDER}", [PLACEHOLDER, {"deep": [PLACEHOLDER]}]],
    }


def test_without_secrets_everything_stays() -> None:
    result = {"a": [1, "x"]}
    assert Mask().scrub(result) is result
    assert Mask().hide("text") == "text"


def test_two_masks_know_nothing_of_each_other() -> None:
    masking("secret-key-1")
    assert Mask().hide("secret-key-1") == "secret-key-1"


# --- core 2.22 ---------------------------------------------------------------------------------------------


def test_every_form_is_registered_with_core_once(monkeypatch: pytest.MonkeyPatch) -> None:
    registered: list[str] = []
    monkeypatch.setattr(_secrets, "register_secret", registered.append)
    mask = masking(EC_KEY, EC_KEY, "short", "secret-key-1")
    assert registered == [*_secrets.forms_of(EC_KEY), "secret-key-1"]
    assert all(len(form) >= 8 for form in registered)
    assert mask.hide("secret-key-1") == PLACEHOLDER


def test_forms_of_a_key() -> None:
    forms = _secrets.forms_of(EC_KEY)
    assert forms[0] == EC_KEY.strip()
    assert json.dumps(EC_KEY.strip())[1:-1] in forms
    assert "".join(lines_of(EC_KEY)) in forms
    assert set(lines_of(EC_KEY)) <= set(forms)
    assert not any(form.startswith("-----") and "\n" not in form and "\\n" not in form for form in forms)


# --- always ------------------------------------------------------------------------------------------------


@given(
    secrets=st.lists(st.text(alphabet="abc", min_size=8, max_size=12), max_size=5),
    text=st.text(alphabet="abc", max_size=80),
)
def test_no_secret_is_left_and_nothing_else_is_lost(secrets: list[str], text: str) -> None:
    hidden = masking(*secrets).hide(text)
    assert not any(secret in hidden for secret in secrets)
    covered = {
        position + offset
        for secret in secrets
        for position in range(len(text))
        if text.startswith(secret, position)
        for offset in range(len(secret))
    }
    assert hidden.replace(PLACEHOLDER, "") == "".join(c for i, c in enumerate(text) if i not in covered)


def test_time_is_linear_in_the_text_and_free_of_the_number_of_secrets() -> None:
    def seconds(text: str, secrets: int) -> float:
        mask = masking(*(f"secret-{number:06d}-" + "x" * 40 for number in range(secrets)))
        begin = time.perf_counter()
        mask.hide(text)
        return time.perf_counter() - begin

    text = "lorem ipsum secret-000 dolor sit amet " * 6000
    few = min(seconds(text, 1) for _unused in range(3))
    assert min(seconds(text, 2000) for _unused in range(3)) < few * 5 + 0.05
    assert min(seconds(text * 4, 1) for _unused in range(3)) < few * 12 + 0.05
