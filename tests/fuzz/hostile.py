# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How sound input becomes hostile: edits of JSON answers, of bytes and of texts. Failures shrink to few edits."""

from __future__ import annotations

import collections.abc as c
import copy
import json
import os
import typing as t

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

EXECUTIONS = int(os.environ.get("FUZZ_EXECUTIONS", "0"))
"""Executions of each fuzzer; 0: so few, and always the same, that they fit into a run of all tests."""
FEW = 60

Json = t.Any
Edit = tuple[int, str, t.Any]

VALUES: tuple[t.Any, ...] = (
    *(None, True, False, 0, 1, -1, 10**30, -(2**63), 2**64, 1.5, 1e300),
    *("", " ", "0", "-1", "1" * 400, "x" * 70_000, "\0", "\ud800", "\u202e", "\n", "a\nb: c"),
    *("../../etc/passwd", "%s{0}", "2026-02-31 25:61:61", "0000-00-00 00:00:00", "9999-12-31T23:59:59Z"),
    *("2026-11-22T08:00:00+99:99", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "--", "1e9999"),
    *([], {}, [None], [[]], [{}], {"": None}, ["x"] * 300, {"a": {"b": {"c": []}}}),
    *(float("nan"), float("inf"), float("-inf")),
)
KINDS = ("value", "value", "value", "swap", "drop", "wrap", "text", "repeat")
BYTES = (
    *(b"", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"{", b"]", b'"', b"null", b"[]", b"1e999", b"NaN", b"1" * 5000),
    *(b"\r\n", b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----\n", b"-----BEGIN PRIVATE KEY-----"),
    *(b"[" * 100_000, b'{"a":' * 50_000, b"\\ud800", b"<html>", b"\x1f\x8b\x08\x00", b"=" * 70, b"</key>", b"<ca>\n"),
)


def executions(few: int = FEW) -> settings:
    """How often a fuzzer runs."""
    return settings(
        max_examples=EXECUTIONS or few,
        derandomize=not EXECUTIONS,
        database=None,
        deadline=None,
        print_blob=True,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )


def json_edits() -> st.SearchStrategy[list[Edit]]:
    """Where (a number, taken modulo), how, and with what."""
    edit = st.tuples(st.integers(0, 10_000), st.sampled_from(KINDS), st.sampled_from(VALUES))
    return st.lists(edit, min_size=1, max_size=3)


def byte_edits() -> st.SearchStrategy[list[Edit]]:
    """Where, how much goes away there, and what comes in its place."""
    piece = st.sampled_from(BYTES) | st.binary(max_size=8)
    edit = st.tuples(st.integers(0, 1_000_000), st.sampled_from(("insert", "replace", "cut", "double")), piece)
    return st.lists(edit, max_size=3)


def edited(value: Json, edits: c.Iterable[Edit]) -> Json:
    """A copy of a JSON value after the edits."""
    result = json.loads(json.dumps(value))
    for number, kind, new in edits:
        places = list(_places(result))
        if not places:
            return copy.deepcopy(new)
        holder, key = places[number % len(places)]
        old = holder[key]
        if kind == "drop":
            del holder[key]
        elif kind == "wrap":
            holder[key] = [old] if number % 2 else {"value": old}
        elif kind == "text":
            holder[key] = json.dumps(old)
        elif kind == "repeat" and isinstance(old, list):
            holder[key] = old * 3
        elif kind == "swap":
            other, name = places[(number // 7 + 1) % len(places)]
            holder[key] = json.loads(json.dumps(other[name]))
        else:
            holder[key] = copy.deepcopy(new)
    return result


def _places(value: Json) -> c.Iterator[tuple[t.Any, t.Any]]:
    items: c.Iterable[tuple[t.Any, t.Any]] = ()
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for key, inner in items:
        yield value, key
        yield from _places(inner)


def spoilt(content: bytes, edits: c.Iterable[Edit]) -> bytes:
    """The bytes after the edits."""
    for number, kind, new in edits:
        at = number % (len(content) + 1)
        length = {"insert": 0, "replace": len(new), "double": 0}.get(kind, len(content))
        piece = content[:at] if kind == "double" else b"" if kind == "cut" else new
        content = content[:at] + piece + content[at + length :]
    return content
