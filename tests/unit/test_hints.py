# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every failure is data with all of its keys, and says what to do.

Read out of the source, so that a new failure without advice is found the day it is written.
"""

from __future__ import annotations

import ast
import functools
import itertools
import re
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils import _errors
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import CertificatesError

PLUGINS = Path(__file__).parents[2] / "plugins"
KINDS = {
    *("auth", "permission", "not_found", "conflict", "quota", "throttled"),
    *("invalid", "unavailable", "timeout", "network", "protocol", "local"),
}
KEYS = {"kind", "code", "message", "http_status", "request_id", "retryable", "hint"}
CLASSES: dict[str, type[CertificatesError]] = {
    name: value
    for name, value in vars(_errors).items()
    if isinstance(value, type) and issubclass(value, CertificatesError) and value is not CertificatesError
}
PARTICULAR = {
    *("AuthError", "PermissionDenied", "NotFound", "Conflict", "QuotaExceeded"),
    *("Throttled", "WaitTimeout", "LocalFailure"),
}
"""What to do differs from failure to failure. (An `invalid` names option and remedy in its sentence; what helps with
the others is the same for all.)"""
MAKERS = {"refusal": "AuthError", "outcome_unknown": "NetworkFailure"}
"""Functions that make a failure, and of which class."""
RETRYABLE = {"Throttled", "Unavailable", "WaitTimeout"}
NEVER_RETRYABLE = {"AuthError", "PermissionDenied", "NotFound", "Invalid", "LocalFailure"}


class Made(t.NamedTuple):
    """A place where a failure is made, or the meaning of a refusal."""

    where: str
    kind: str
    given: dict[str, ast.expr]
    is_meaning: bool


@functools.lru_cache(maxsize=1)
def everything() -> list[Made]:
    return list(itertools.chain.from_iterable(_made_in(path) for path in sorted(PLUGINS.rglob("*.py"))))


def _made_in(path: Path) -> t.Iterator[Made]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func).rpartition(".")[2]
        is_meaning = name == "Meaning"
        kind = ast.unparse(node.args[0]) if is_meaning and node.args else MAKERS.get(name, name)
        if kind in CLASSES:
            given = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg is not None}
            yield Made(f"{path.relative_to(PLUGINS)}:{node.lineno}", kind, given, is_meaning)


def _says(made: Made, key: str) -> bool:
    value = made.given.get(key)
    return value is not None and not (isinstance(value, ast.Constant) and value.value in (None, "", False))


def test_there_is_something_to_look_at() -> None:
    assert len(everything()) > 300
    assert {made.kind for made in everything()} == set(CLASSES)


def test_the_kinds_are_the_documented_ones() -> None:
    assert sorted(cls.kind for cls in CLASSES.values()) == sorted(KINDS)


@pytest.mark.parametrize("name", CLASSES)
def test_a_failure_has_all_keys_and_a_hint(name: str) -> None:
    error = CLASSES[name]("It failed.").as_result()
    assert error["msg"] == "It failed."
    assert set(error["error"]) == KEYS
    assert error["error"]["kind"] in KINDS
    assert error["error"]["hint"].endswith(".")


def test_the_documentation_has_each_kind_and_each_key() -> None:
    document = (PLUGINS.parent / "docs" / "errors.md").read_text("utf-8")
    first = set(re.findall(r"^\| `([a-z_]+)` \|", document, re.MULTILINE))
    assert first == KINDS | KEYS


def test_a_particular_hint_ends_the_message() -> None:
    error = _errors.Invalid("It failed.", hint="Do this.").as_result()
    assert (error["msg"], error["error"]["hint"]) == ("It failed. Do this.", "Do this.")


def test_what_differs_from_failure_to_failure_is_said() -> None:
    silent = [
        made.where
        for made in everything()
        if made.kind in PARTICULAR and not _says(made, "hint") and not _says(made, "about_time")
    ]
    assert not silent, f"give these a hint: {' '.join(silent)}"


def test_what_passes_by_itself_is_retryable() -> None:
    wrong = [made.where for made in everything() if made.kind in RETRYABLE and not _says(made, "retryable")]
    assert not wrong, f"these pass by themselves: {' '.join(wrong)}"


def test_what_somebody_has_to_mend_is_not_retryable() -> None:
    wrong = [made.where for made in everything() if made.kind in NEVER_RETRYABLE and _says(made, "retryable")]
    assert not wrong, f"these need a change first: {' '.join(wrong)}"


def test_a_hint_is_sentences() -> None:
    texts = [
        (made.where, value.value)
        for made in everything()
        for value in [made.given.get("hint")]
        if isinstance(value, ast.Constant) and isinstance(value.value, str)
    ]
    assert len(texts) > 100
    odd = [where for where, text in texts if not (text[:1].isupper() or text[:1].isdigit()) or text[-1:] not in ".?"]
    assert [text for where, text in texts if where in odd] == []
