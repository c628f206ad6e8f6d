# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proxy comes from the option or the run's environment, with no_proxy as users know it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._proxy import proxy_for

P = "http://proxy:3128"


@pytest.mark.parametrize(
    "url, option, environ, expected",
    [
        ("https://a.example.com/x", None, {}, None),
        ("https://a.example.com/x", P, {}, P),
        ("https://a.example.com/x", "", {"https_proxy": P}, None),
        ("https://a.example.com/x", None, {"https_proxy": P}, P),
        ("https://a.example.com/x", None, {"HTTPS_PROXY": P}, P),
        ("https://a.example.com/x", None, {"http_proxy": P}, None),
        ("https://a.example.com/x", None, {"ALL_PROXY": P}, P),
        ("https://a.example.com/x", None, {"https_proxy": P, "no_proxy": "example.com"}, None),
        ("https://a.example.com/x", None, {"https_proxy": P, "NO_PROXY": ".example.com"}, None),
        ("https://a.example.com/x", None, {"https_proxy": P, "no_proxy": "*.example.com"}, None),
        ("https://a.example.com/x", None, {"https_proxy": P, "no_proxy": "b.example.com, *"}, None),
        ("https://a.example.com/x", None, {"https_proxy": P, "no_proxy": "ample.com"}, P),
        ("https://a.example.com:8443/", None, {"https_proxy": P, "no_proxy": "a.example.com:8443"}, None),
        ("https://a.example.com:8443/", None, {"https_proxy": P, "no_proxy": "a.example.com:443"}, P),
        ("http://127.0.0.1:5000/", None, {"http_proxy": P, "no_proxy": "127.0.0.0/8"}, None),
        ("http://[::1]:5000/", None, {"http_proxy": P, "no_proxy": "::1"}, None),
        ("http://10.0.0.1/", None, {"http_proxy": P, "no_proxy": "127.0.0.0/8,,"}, P),
    ],
)
def test_proxy(url: str, option: t.Optional[str], environ: dict[str, str], expected: t.Optional[str]) -> None:
    assert proxy_for(url, option=option, environ=environ) == expected
