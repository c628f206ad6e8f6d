# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import requests
from ansible_collections.cncloud.certificates.plugins.module_utils._signing import prepared

WITHOUT_REQUESTS = """
import sys
sys.modules["requests"] = None
from ansible_collections.cncloud.certificates.plugins.module_utils._signing import acs3, sdk_hmac, tc3
for signer in (acs3.Acs3Auth, sdk_hmac.SdkHmacAuth, tc3.Tc3Auth):
    assert signer.__mro__[1:] == (object,), signer.__mro__
"""


def test_the_signers_can_be_imported_without_requests() -> None:
    collections = Path(prepared.__file__).parents[6]
    path = ":".join([str(collections), *sys.path])
    subprocess.run([sys.executable, "-c", WITHOUT_REQUESTS], check=True, env={"PYTHONPATH": path}, timeout=30)


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ("", ""),
        ("&&", ""),
        ("=", "="),
        ("a", "a="),
        ("a=b=c", "a=b%3Dc"),
        ("b&a", "a=&b="),
        ("a=2&a=10&a=", "a=&a=10&a=2"),
        ("a+b=c+d", "a%20b=c%20d"),
        ("a%2bb=%2B", "a%2Bb=%2B"),
        # Sorted by what the names mean, not by how they are encoded: "~" comes after "a" but before the first CJK sign.
        ("%E4%BD%A0=3&~=2&a=1", "a=1&~=2&%E4%BD%A0=3"),
        ("bad=%zz%", "bad=%25zz%25"),
    ],
)
def test_canonical_query(query: str, canonical: str) -> None:
    assert prepared.canonical_query(query) == canonical
    assert prepared.canonical_query(canonical) == canonical


def test_header_values_reads_headers_given_as_bytes() -> None:
    request = requests.Request("GET", "https://host.example/", headers={b"X-Raw": b"caf\xe9"}).prepare()
    assert prepared.header_values(request)["x-raw"] == "caf\u00e9"


def test_a_text_body_becomes_bytes_with_its_length() -> None:
    request = requests.Request("POST", "https://host.example/", data="\u4f60").prepare()
    assert prepared.settle_body(request) == b"\xe4\xbd\xa0"
    assert request.body == b"\xe4\xbd\xa0"
    assert request.headers["Content-Length"] == "3"
