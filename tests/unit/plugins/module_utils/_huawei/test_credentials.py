# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which key is used, in whole sets only, and that an error names the source and never the value."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import AuthError, Invalid
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei import credentials, keys

SDK = {"HUAWEICLOUD_SDK_AK": "sdk-ak", "HUAWEICLOUD_SDK_SK": "sdk-sk"}
HW = {"HW_ACCESS_KEY": "hw-ak", "HW_SECRET_KEY": "hw-sk"}
OS = {"OS_ACCESS_KEY": "os-ak", "OS_SECRET_KEY": "os-sk"}
OPTIONS = {"access_key": "option-ak", "secret_key": "option-sk"}


def resolve(params: dict[str, str], environ: dict[str, str], masked: list[str]) -> credentials.Key:
    context = Context(environ={"HOME": "/nonexistent", **environ}, mask=masked.append)
    return keys.choose(params, region=None, identity=nobody, context=context).current()


def nobody(operation: str, *_asked: t.Any, **_more: t.Any) -> t.Any:
    raise AssertionError(f"{operation} was called")


CHOICES: list[tuple[str, dict[str, str], dict[str, str], tuple[str, str, str | None, str | None]]] = [
    ("options win", OPTIONS, SDK, ("option-ak", "option-sk", None, None)),
    ("option token", {**OPTIONS, "security_token": "x"}, {}, ("option-ak", "option-sk", "x", None)),
    (
        "no token of the environment with keys given as options",
        OPTIONS,
        {**SDK, "HUAWEICLOUD_SDK_SECURITY_TOKEN": "y", "HUAWEICLOUD_SDK_PROJECT_ID": "p"},
        ("option-ak", "option-sk", None, None),
    ),
    (
        "the SDK's names first",
        {},
        {**OS, **HW, **SDK, "HUAWEICLOUD_SDK_SECURITY_TOKEN": "y", "HUAWEICLOUD_SDK_PROJECT_ID": "p"},
        ("sdk-ak", "sdk-sk", "y", "p"),
    ),
    ("Terraform's names", {}, {**OS, **HW, "HW_SECURITY_TOKEN": "y"}, ("hw-ak", "hw-sk", "y", None)),
    ("no token of another set", {}, {**HW, "HUAWEICLOUD_SDK_SECURITY_TOKEN": "y"}, ("hw-ak", "hw-sk", None, None)),
    ("no project of another set", {}, {**SDK, "HW_PROJECT_ID": "p"}, ("sdk-ak", "sdk-sk", None, None)),
    ("OpenStack's names", {}, {**OS, "OS_PROJECT_ID": "p"}, ("os-ak", "os-sk", None, "p")),
    ("a token alone is nothing", {"security_token": "x"}, SDK, ("sdk-ak", "sdk-sk", None, None)),
    ("empty is not given", {"access_key": "", "secret_key": ""}, SDK, ("sdk-ak", "sdk-sk", None, None)),
]


@pytest.mark.parametrize(
    ("params", "environ", "expected"), [row[1:] for row in CHOICES], ids=[row[0] for row in CHOICES]
)
def test_choice(
    params: dict[str, str], environ: dict[str, str], expected: tuple[str, str, str | None, str | None]
) -> None:
    masked: list[str] = []
    found = resolve(params, environ, masked)
    assert isinstance(found, credentials.Credentials)
    assert (found.access_key, found.secret_key, found.security_token, found.project_id) == expected
    assert masked == [value for value in expected[1:3] if value]
    assert not any(value in repr(found) for value in expected[:3] if value)


REFUSED: list[tuple[str, dict[str, str], dict[str, str], str, str]] = [
    ("nothing", {}, {}, "credentials_missing", "HUAWEICLOUD_SDK_AK"),
    ("half of the options", {"access_key": "secret-a"}, SDK, "credentials_incomplete", "secret_key is missing"),
    ("the other half", {"secret_key": "secret-a"}, SDK, "credentials_incomplete", "access_key is missing"),
    ("half a set", {}, {"HW_ACCESS_KEY": "secret-a", **OS}, "credentials_incomplete", "HW_SECRET_KEY is missing"),
    ("line break", {}, {**SDK, "HUAWEICLOUD_SDK_SK": "secret-a\n"}, "credentials_malformed", "HUAWEICLOUD_SDK_SK"),
    ("white space", {**OPTIONS, "access_key": " secret-a"}, {}, "credentials_malformed", "access_key"),
    ("space inside", {**OPTIONS, "security_token": "secret a"}, {}, "credentials_malformed", "security_token"),
    ("not ASCII", {**OPTIONS, "secret_key": "secret-ä"}, {}, "credentials_malformed", "secret_key"),
]


@pytest.mark.parametrize(
    ("params", "environ", "code", "text"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_refusals_name_the_source_and_no_value(
    params: dict[str, str], environ: dict[str, str], code: str, text: str
) -> None:
    with pytest.raises(AuthError) as caught:
        resolve(params, environ, [])
    shown = str(caught.value.as_result())
    assert caught.value.code == code
    assert text in shown
    assert "secret-a" not in shown
    assert "secret a" not in shown


@pytest.mark.parametrize(
    ("params", "environ", "expected"),
    [
        ({"region": "cn-north-4"}, {"HW_REGION_NAME": "eu-west-101"}, "cn-north-4"),
        ({}, {"HW_REGION_NAME": "eu-west-101", "OS_REGION_NAME": "x-1"}, "eu-west-101"),
        ({}, {"OS_REGION_NAME": "la-south-2"}, "la-south-2"),
        ({}, {}, None),
    ],
)
def test_region(params: dict[str, str], environ: dict[str, str], expected: str | None) -> None:
    assert credentials.region(params, Context(environ=environ)) == expected


@pytest.mark.parametrize("region", ["cn north-4", "evil.example.com/", "cn-north-4.", "CN-NORTH-4", "cn", "-"])
def test_a_region_cannot_leave_its_place_in_the_host_name(region: str) -> None:
    with pytest.raises(Invalid, match="region"):
        credentials.region({"region": region}, Context())


@pytest.mark.parametrize(
    ("params", "of_source", "expected"),
    [({"project_id": "a"}, "b", "a"), ({}, "b", "b"), ({}, None, None), ({"project_id": ""}, None, None)],
)
def test_project_id(params: dict[str, t.Any], of_source: str | None, expected: str | None) -> None:
    found = credentials.Credentials(
        access_key="a", secret_key="s", security_token=None, source="here", project_id=of_source
    )
    assert credentials.project_id(params, found) == expected


def test_a_project_id_cannot_leave_its_place_in_the_path() -> None:
    found = credentials.Credentials(access_key="a", secret_key="s", security_token=None, source="here")
    with pytest.raises(Invalid, match="project_id"):
        credentials.project_id({"project_id": "../x"}, found)
