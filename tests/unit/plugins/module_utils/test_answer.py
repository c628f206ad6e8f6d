# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading an answer of any cloud: values, None for what is not there, and a failure that says what is wrong where."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils import _answer
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import ProtocolFailure, Ran
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.answer import Fields as HuaweiFields
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.answer import Fields as TencentFields


class Fields(_answer.Fields):
    CLOUD = "Some Cloud"


def fields(value: t.Any) -> Fields:
    return Fields({"a": value}, operation="ListThings", path="page.")


READ: list[tuple[str, t.Any, t.Any]] = [
    ("text", "x", "x"),
    ("text", "", None),
    ("text", None, None),
    ("required_text", "x", "x"),
    ("integer", 0, 0),
    ("integer", None, None),
    ("required_integer", -7, -7),
    ("flag", False, False),
    ("flag", None, None),
    ("object", None, None),
    ("objects", None, []),
    ("objects", [], []),
    ("texts", None, []),
    ("texts", ["x", "", "y"], ["x", "y"]),
    ("has", None, False),
    ("has", "", True),
    ("has", 0, True),
]


@pytest.mark.parametrize(("reader", "value", "expected"), READ)
def test_readers(reader: str, value: t.Any, expected: t.Any) -> None:
    assert getattr(fields(value), reader)("a") == expected


@pytest.mark.parametrize("reader", ["text", "integer", "flag", "object", "objects", "texts", "has"])
def test_what_is_absent_is_as_null(reader: str) -> None:
    assert getattr(fields("x"), reader)("b") == getattr(fields(None), reader)("a")


WRONG: list[tuple[str, t.Any, str]] = [
    ("text", 7, "a string"),
    ("required_text", None, "a string that is not empty"),
    ("required_text", "", "a string that is not empty"),
    ("integer", "7", "a whole number"),
    ("integer", 7.0, "a whole number"),
    ("integer", True, "a whole number"),
    ("required_integer", None, "a whole number"),
    ("flag", 1, "true or false"),
    ("object", [], "an object"),
    ("objects", {}, "a list"),
    ("objects", [{}, None], "a list of objects"),
    ("texts", "x", "a list"),
    ("texts", ["x", None], "a list of strings"),
]


@pytest.mark.parametrize(("reader", "value", "words"), WRONG)
def test_a_wrong_type_is_a_failure_that_proves_nothing(reader: str, value: t.Any, words: str) -> None:
    with pytest.raises(ProtocolFailure) as caught:
        getattr(fields(value), reader)("a")
    assert caught.value.message == f"Some Cloud's answer to ListThings is malformed: page.a is not {words}."
    assert caught.value.ran is Ran.UNKNOWN


@pytest.mark.parametrize(
    ("kind", "start"), [(HuaweiFields, "Huawei Cloud's answer"), (TencentFields, "Tencent Cloud's answer")]
)
def test_what_is_nested_is_read_as_its_own_cloud_writes_it(kind: type[_answer.Fields], start: str) -> None:
    outer = kind({"rows": [{"inner": {"a": 7}}]}, operation="ListThings")
    (row,) = outer.objects("rows")
    inner = row.object("inner")
    assert row.__class__ is kind
    assert inner.__class__ is kind
    with pytest.raises(ProtocolFailure) as caught:
        inner.text("a")
    assert caught.value.message == f"{start} to ListThings is malformed: rows[].inner.a is not a string."
