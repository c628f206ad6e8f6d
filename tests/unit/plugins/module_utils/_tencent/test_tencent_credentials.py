# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which key is used, and that no message shows it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import AuthError
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent import credentials, keys

OPTIONS = {"secret_id": "AKIDoption", "secret_key": "option-secret"}
ENVIRON = {"TENCENTCLOUD_SECRET_ID": "AKIDenviron", "TENCENTCLOUD_SECRET_KEY": "environ-secret"}


def resolve(params: dict[str, str], environ: dict[str, str]) -> tuple[credentials.Credentials, list[str]]:
    masked: list[str] = []
    context = Context(environ={"HOME": "/nonexistent", **environ}, mask=masked.append)
    return keys.choose(params, sts=nobody, context=context).current(), masked


def nobody(operation: str, body: t.Any, **_more: t.Any) -> t.Any:
    raise AssertionError(f"{operation} was called")


@pytest.mark.parametrize(
    ("params", "environ", "expected"),
    [
        (OPTIONS, {}, ("AKIDoption", "option-secret", None)),
        ({}, ENVIRON, ("AKIDenviron", "environ-secret", None)),
        (OPTIONS, {**ENVIRON, "TENCENTCLOUD_TOKEN": "t"}, ("AKIDoption", "option-secret", None)),
        ({**OPTIONS, "token": "t0"}, ENVIRON, ("AKIDoption", "option-secret", "t0")),
        ({}, {**ENVIRON, "TENCENTCLOUD_TOKEN": "t1"}, ("AKIDenviron", "environ-secret", "t1")),
        ({}, {**ENVIRON, "TENCENTCLOUD_SECURITY_TOKEN": "t2"}, ("AKIDenviron", "environ-secret", "t2")),
        (
            {},
            {**ENVIRON, "TENCENTCLOUD_TOKEN": "t3", "TENCENTCLOUD_SECURITY_TOKEN": "t3"},
            ("AKIDenviron", "environ-secret", "t3"),
        ),
        (OPTIONS, {"TENCENTCLOUD_SECRET_ID": "half"}, ("AKIDoption", "option-secret", None)),
        ({"secret_id": "", "secret_key": None}, ENVIRON, ("AKIDenviron", "environ-secret", None)),
    ],
)
def test_whole_sets_only(params: dict[str, t.Any], environ: dict[str, str], expected: tuple[str, str, str]) -> None:
    found, masked = resolve(params, environ)
    assert (found.secret_id, found.secret_key, found.token) == expected
    assert set(masked) == {secret for secret in expected[1:] if secret}
    assert not any(secret in repr(found) for secret in expected if secret)


@pytest.mark.parametrize(
    ("params", "environ", "code", "names"),
    [
        ({}, {}, "credentials_missing", "TENCENTCLOUD_SECRET_ID"),
        ({"secret_id": "AKIDhidden"}, {}, "credentials_incomplete", "the options"),
        ({"secret_id": "AKIDhidden"}, ENVIRON, "credentials_incomplete", "the options"),
        ({"token": "AKIDhidden"}, ENVIRON, "credentials_incomplete", "the options"),
        ({}, {"TENCENTCLOUD_SECRET_KEY": "AKIDhidden"}, "credentials_incomplete", "the environment"),
        ({"secret_id": "AKID", "secret_key": "AKIDhidden\n"}, {}, "credentials_malformed", "the options"),
        ({"secret_id": " AKIDhidden", "secret_key": "x"}, {}, "credentials_malformed", "the options"),
        ({"secret_id": "AKIDhid den", "secret_key": "x"}, {}, "credentials_malformed", "the options"),
        (
            {"secret_id": "AKID", "secret_key": "x", "token": "\u5bc6AKIDhidden"},
            {},
            "credentials_malformed",
            "the options",
        ),
        (
            {},
            {**ENVIRON, "TENCENTCLOUD_TOKEN": "AKIDhidden", "TENCENTCLOUD_SECURITY_TOKEN": "other"},
            "credentials_ambiguous",
            "TENCENTCLOUD_SECURITY_TOKEN",
        ),
    ],
)
def test_what_is_refused_names_the_source_and_no_value(
    params: dict[str, str], environ: dict[str, str], code: str, names: str
) -> None:
    with pytest.raises(AuthError) as caught:
        resolve(params, environ)
    shown = str(caught.value.as_result())
    assert caught.value.code == code
    assert names in shown
    assert "AKIDhid" not in shown


@pytest.mark.parametrize(
    ("params", "environ", "expected"),
    [
        ({"region": "ap-beijing"}, {"TENCENTCLOUD_REGION": "ap-guangzhou"}, "ap-beijing"),
        ({"region": None}, {"TENCENTCLOUD_REGION": "ap-guangzhou"}, "ap-guangzhou"),
        ({"region": None}, {}, None),
    ],
)
def test_region(params: dict[str, str | None], environ: dict[str, str], expected: str | None) -> None:
    assert credentials.region(params, Context(environ=environ)) == expected
