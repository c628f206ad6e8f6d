# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every name in the environment that the vendors' SDKs read for keys is read here too, or stands here with a reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cncloud.certificates.tests.conformance.test_wire_fields import MODULE_UTILS

# The cloud, the modules of its SDK that look for keys, and how the names begin.
SDKS = {
    "_aliyun": ("alibabacloud_credentials", "ALIBABA_CLOUD_"),
    "_tencent": ("tencentcloud.common.credential", "(?:TENCENTCLOUD|TKE)_"),
    "_huawei": ("huaweicloudsdkcore.auth", "(?:HUAWEICLOUD|HC)_"),
}
NOT_READ = {
    "HUAWEICLOUD_SDK_DOMAIN_ID": "of services that know no projects: none of ours",
}
NAMES_HERE = ("credentials", "keys", "profile", "roles")


def names_of(sdk: str, beginning: str) -> set[str]:
    place = Path(str(import_module(sdk).__file__))
    files = place.parent.rglob("*.py") if place.name == "__init__.py" else [place]
    pattern = re.compile(rf"""["']({beginning}[A-Z0-9_]+)["']""")
    return {name for file in files for name in pattern.findall(file.read_text(encoding="utf-8"))}


def texts(value: Any) -> Iterator[str]:
    """The texts in a constant, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from texts(item)


def is_read(name: str, cloud: str) -> bool:
    """Whether a constant is that name, or is what it begins with while the rest is asked for."""
    for part in NAMES_HERE:
        module = import_module(f"{MODULE_UTILS}.{cloud}.{part}")
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        constants = {text for value in vars(module).values() for text in texts(value)}
        beginnings = [text for text in constants if text.endswith("_") and name.startswith(text)]
        asked_for = [name.removeprefix(text) for text in beginnings]
        if name in constants or f'"{name}"' in source or any(f'"{rest}"' in source for rest in asked_for):
            return True
    return False


@pytest.mark.parametrize("cloud", SDKS)
def test_each_name_of_the_sdk_is_read(cloud: str) -> None:
    names = names_of(*SDKS[cloud])
    assert len(names) > 5
    assert {name for name in names if not is_read(name, cloud)} == names & NOT_READ.keys()


def test_what_is_not_read_is_found() -> None:
    """The check above can fail."""
    assert not is_read("HUAWEICLOUD_OIDC_NOTHING", "_huawei")
    assert not is_read("ALIBABA_CLOUD_NOTHING", "_aliyun")
    assert is_read("HUAWEICLOUD_OIDC_TOKEN_FILE", "_huawei")
