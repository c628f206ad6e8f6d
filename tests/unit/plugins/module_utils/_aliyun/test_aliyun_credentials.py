# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which key and region are used, and that no message shows a key."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import credentials, keys
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import AuthError, Invalid

OPTIONS = {"access_key_id": "LTAIoption", "access_key_secret": "option-secret"}
ENVIRON = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIenviron", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "environ-secret"}
OF_CLI = {
    "ALIBABACLOUD_ACCESS_KEY_ID": "LTAIcli",
    "ALIBABACLOUD_ACCESS_KEY_SECRET": "cli-secret",
    "ALIBABACLOUD_SECURITY_TOKEN": "t5",
}
OF_OLD_CLI = {"ALICLOUD_ACCESS_KEY_ID": "LTAIold", "ALICLOUD_ACCESS_KEY_SECRET": "old-secret"}
OLDER = {"ALICLOUD_ACCESS_KEY": "LTAIolder", "ALICLOUD_SECRET_KEY": "older-secret"}


def resolve(params: dict[str, t.Any], environ: dict[str, str]) -> tuple[credentials.Credentials, list[str]]:
    masked: list[str] = []
    context = Context(environ={"HOME": "/nonexistent", **environ}, mask=masked.append)
    return keys.choose(params, sts=nobody, context=context).current(), masked


def nobody(operation: str, parameters: t.Any, **_more: t.Any) -> t.Any:
    raise AssertionError(f"{operation} was called")


@pytest.mark.parametrize(
    ("params", "environ", "expected"),
    [
        (OPTIONS, {}, ("LTAIoption", "option-secret", None)),
        ({}, ENVIRON, ("LTAIenviron", "environ-secret", None)),
        ({}, OLDER, ("LTAIolder", "older-secret", None)),
        ({}, {**ENVIRON, **OLDER}, ("LTAIenviron", "environ-secret", None)),
        ({}, {**OLDER, "ALICLOUD_SECURITY_TOKEN": "t0"}, ("LTAIolder", "older-secret", "t0")),
        ({}, {**OLDER, "ALIBABA_CLOUD_SECURITY_TOKEN": "t1"}, ("LTAIolder", "older-secret", None)),
        (OPTIONS, {**ENVIRON, "ALIBABA_CLOUD_SECURITY_TOKEN": "t2"}, ("LTAIoption", "option-secret", None)),
        ({**OPTIONS, "security_token": "t3"}, ENVIRON, ("LTAIoption", "option-secret", "t3")),
        ({}, {**ENVIRON, "ALIBABA_CLOUD_SECURITY_TOKEN": "t4"}, ("LTAIenviron", "environ-secret", "t4")),
        (OPTIONS, {"ALIBABA_CLOUD_ACCESS_KEY_ID": "half"}, ("LTAIoption", "option-secret", None)),
        ({}, OF_CLI, ("LTAIcli", "cli-secret", "t5")),
        ({}, {**OF_CLI, **ENVIRON}, ("LTAIenviron", "environ-secret", None)),
        ({}, {**OF_CLI, **OLDER}, ("LTAIcli", "cli-secret", "t5")),
        ({}, OF_OLD_CLI, ("LTAIold", "old-secret", None)),
        # Half a set beside a whole one of the same age: the whole one was meant.
        ({}, {**OLDER, "ALICLOUD_ACCESS_KEY_ID": "LTAIolder"}, ("LTAIolder", "older-secret", None)),
        ({"access_key_id": "", "access_key_secret": None}, ENVIRON, ("LTAIenviron", "environ-secret", None)),
    ],
)
def test_whole_sets_only(
    params: dict[str, t.Any], environ: dict[str, str], expected: tuple[str, str, str | None]
) -> None:
    found, masked = resolve(params, environ)
    assert (found.access_key_id, found.access_key_secret, found.security_token) == expected
    assert set(masked) == {secret for secret in expected[1:] if secret}
    assert not any(secret in repr(found) for secret in expected if secret)


@pytest.mark.parametrize(
    ("params", "environ", "code", "names"),
    [
        ({}, {}, "credentials_missing", "ALIBABA_CLOUD_ACCESS_KEY_ID"),
        ({}, {"ALIBABA_CLOUD_SECURITY_TOKEN": "LTAIhidden"}, "credentials_missing", "ALIBABA_CLOUD_ACCESS_KEY_ID"),
        ({"access_key_id": "LTAIhidden"}, ENVIRON, "credentials_incomplete", "the options"),
        ({"security_token": "LTAIhidden"}, ENVIRON, "credentials_incomplete", "the options"),
        ({}, {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "LTAIhidden", **OLDER}, "credentials_incomplete", "the environment"),
        ({"access_key_id": "STS.LTAIhidden", "access_key_secret": "x"}, {}, "credentials_incomplete", "temporary"),
        ({"access_key_id": "LTAI", "access_key_secret": "LTAIhidden\n"}, {}, "credentials_malformed", "the options"),
        ({"access_key_id": "LTAIhid den", "access_key_secret": "x"}, {}, "credentials_malformed", "the options"),
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
    assert "LTAIhid" not in shown


@pytest.mark.parametrize(
    ("option", "environ", "expected"),
    [
        ("cn-beijing", {"ALIBABA_CLOUD_REGION_ID": "cn-hangzhou"}, "cn-beijing"),
        (None, {"ALIBABA_CLOUD_REGION_ID": "cn-hangzhou", "ALICLOUD_REGION": "cn-beijing"}, "cn-hangzhou"),
        (None, {"ALIBABA_CLOUD_REGION": "cn-hangzhou"}, "cn-hangzhou"),
        ("", {"ALICLOUD_REGION": "cn-beijing"}, "cn-beijing"),
        (None, {"ALIBABACLOUD_REGION_ID": "cn-beijing"}, "cn-beijing"),
        (None, {"ALICLOUD_REGION_ID": "cn-beijing"}, "cn-beijing"),
        (None, {}, None),
    ],
)
def test_region(option: str | None, environ: dict[str, str], expected: str | None) -> None:
    assert credentials.region({"region": option}, Context(environ=environ)) == expected


@pytest.mark.parametrize("region", ["cn-hangzhou.evil.example", "Hangzhou", "cn hangzhou", "cn-hangzhou/"])
def test_a_region_cannot_change_the_host(region: str) -> None:
    with pytest.raises(Invalid, match="region"):
        credentials.region({"region": region}, Context())
