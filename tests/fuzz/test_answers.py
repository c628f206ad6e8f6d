# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever a cloud answers, a module ends with a result or with an error of the collection."""

from __future__ import annotations

import dataclasses
import functools
import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    ProtocolFailure,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Reply
from driver.driver import Driver
from fuzz.counting import Executions
from fuzz.hostile import Edit, byte_edits, edited, executions, json_edits, spoilt
from fuzz.recorded import Scene, play, record
from hypothesis import given
from hypothesis import strategies as st
from property.test_antchain_cert import request

DOMAIN = "api.example.com"
FILES = {"certificate_path": "~/cert.pem", "private_key_path": "~/key.pem"}
VPN = {"ssl_vpn_server_id": "vss-emulator", "name": "anna"}
VPN_FILES = {**FILES, "config_path": "~/anna.ovpn", "ca_path": "~/ca.pem"}
CHAIN = {"consortium_id": "consortium-emulator", "ant_chain_id": "chain-emulator"}
SUBJECT = dict.fromkeys(
    ("common_name", "state_or_province", "locality", "organization", "organizational_unit"), "Example"
) | {"country": "CN"}
RECORD = {"name": "_dnsauth.www", "type": "TXT", "value": "proof"}
BOUND = ("POST", "/huawei/domains", {"group": "demo", "domain": DOMAIN})
OBJECT = {"name": "old_one", "domains": [DOMAIN], "days_left": 10, "bind": [DOMAIN]}
GATEWAY = {"instance_id": "i-emulator", "group": "demo", "domain": DOMAIN}
HUAWEI_ZONE = ("POST", "/huawei/zones", {"name": "example.com"})
ORDER = {"domain": "shop.example.com"}
DUE = ("POST", "/certificates", {"domain": "shop.example.com", "days_left": 9.5})
PENDING = ("POST", "/certificates", {"domain": "shop.example.com", "status": 0, "verify_type": "DNS"})

SCENES = (
    Scene("order", "tencent_free_cert", {**ORDER, **FILES, "fullchain_path": "~/full.pem"}),
    Scene("renewal", "tencent_free_cert", {**ORDER, **FILES}, account=(DUE,)),
    Scene("nothing to do", "tencent_free_cert", {**ORDER, **FILES}, before=({**ORDER, **FILES},)),
    Scene("pending", "tencent_free_cert", {**ORDER, "dv_auth_method": "dns", "wait": False}, account=(PENDING,)),
    Scene("cancel", "tencent_free_cert", {**ORDER, "state": "absent"}, account=(PENDING,)),
    Scene("revoke", "tencent_free_cert", {**ORDER, "state": "absent", "revoke": True}, account=(DUE,)),
    Scene("list", "tencent_cert_info", {}, account=(DUE, PENDING)),
    Scene("add", "tencent_dns_record", RECORD | {"name": "_dnsauth.www.example.com"}),
    Scene("add", "aliyun_dns_record", RECORD | {"zone": "aliyun.example.net"}),
    Scene("add", "huawei_dns_record", RECORD | {"zone": "example.com"}, account=(HUAWEI_ZONE,)),
    Scene("create", "aliyun_sslvpn_client_cert", {**VPN, **VPN_FILES}),
    Scene("nothing to do", "aliyun_sslvpn_client_cert", {**VPN, **VPN_FILES}, before=({**VPN, **VPN_FILES},)),
    Scene("delete", "aliyun_sslvpn_client_cert", {**VPN, "state": "absent"}, before=(VPN,)),
    Scene("list", "aliyun_sslvpn_client_cert_info", {}, account=(("POST", "/aliyun/certificates", {"name": "anna"}),)),
    Scene("unbind", "huawei_apig_domain_cert", {**GATEWAY, "state": "absent"},
          account=(BOUND, ("POST", "/huawei/certificates", OBJECT))),
    Scene("bind", "huawei_apig_domain_cert", GATEWAY, account=(BOUND,)),
    Scene("replace", "huawei_apig_domain_cert", GATEWAY,
          account=(BOUND, ("POST", "/huawei/certificates", OBJECT))),
    Scene("list", "huawei_apig_cert_info",
          {"instance_id": "i-emulator", "with_bindings": True, "with_details": True},
          account=(BOUND, ("POST", "/huawei/certificates", OBJECT))),
    Scene("apply", "esa_free_cert", {"site": "example.com", "domains": ["www.example.com", "example.com"]}),
    Scene("delete", "esa_free_cert", {"site": "example.com", "domains": ["example.com"], "state": "absent"},
          account=(("POST", "/aliyun/esa_certificates", {}),)),
    Scene("list", "esa_cert_info", {"site": "example.com"}, account=(("POST", "/aliyun/esa_certificates", {}),)),
    Scene("managed key", "antchain_cert",
          {**CHAIN, **FILES, "ca_path": "~/ca.pem", "trust_ca_path": "~/trust", "method": "managed_key",
           "subject": SUBJECT, "password": "a-password-of-a-test"}),
    Scene("own key", "antchain_cert", {**CHAIN, "certificate_path": "~/cert.pem", "csr_content": request(0)[1]}),
    Scene("list", "antchain_cert_info", CHAIN, account=(("POST", "/aliyun/applications", {}),)),
)  # fmt: skip
BY_NAME = {f"{scene.module}: {scene.name}": scene for scene in SCENES}

HEADERS = st.sampled_from((
    *("nan", "-1", "inf", "1e400", "9" * 400, "soon", "\u0663", "Thu, 01 Jan 1970 00:00:00 GMT"),
    *("Fri, 31 Dec 9999 23:59:59 -2359", "Sat, 01 Jan 0001 00:00:00 +2359", "Sun, 22 Nov 2026 08:00:00 -0000"),
))  # fmt: skip
STATUSES = st.sampled_from((200, 200, 200, 200, 200, 204, 400, 401, 403, 404, 429, 500, 503, 599, 999))


@dataclasses.dataclass(frozen=True)
class Attack:
    """What happens to the call of a number, or to all from it on: other JSON, other bytes, status or headers."""

    call: int
    always: bool
    edits: list[Edit]
    cuts: list[Edit]
    status: int
    header: str | None

    def __call__(self, number: int, reply: Reply) -> Reply:
        if number < self.call or (number > self.call and not self.always):
            return reply
        body = spoilt(self._edited(reply.body), self.cuts)
        headers = dict(reply.headers)
        if self.header is not None:
            headers |= dict.fromkeys(("retry-after", "x-acs-retry-after", "date", "x-request-id"), self.header)
        return Reply(status=self.status if self.status != 200 else reply.status, headers=headers, body=body)

    def _edited(self, body: bytes) -> bytes:
        try:
            value = json.loads(body)
        except ValueError:
            return body
        return json.dumps(edited(value, self.edits)).encode()


def attacks(*, calls: int) -> st.SearchStrategy[Attack]:
    return st.builds(
        Attack,
        call=st.integers(1, calls),
        always=st.booleans(),
        edits=json_edits(),
        cuts=st.just([]) | st.just([]) | byte_edits(),
        status=STATUSES,
        header=st.none() | HEADERS,
    )


@functools.cache
def bound_certificate(driver: Driver) -> dict[str, str]:
    made = driver.emulator.control("POST", "/ca/issue", {"names": [DOMAIN], "days_left": 60})
    return {"certificate": made["chain_pem"], "private_key": made["key_pem"]}


@pytest.mark.parametrize("name", BY_NAME)
def test_answers(name: str, shared_driver: Driver, tmp_path: Path, executed: Executions) -> None:
    scene = BY_NAME[name]
    if scene.module == "huawei_apig_domain_cert" and scene.name != "unbind":
        scene = dataclasses.replace(scene, params={**scene.params, **bound_certificate(shared_driver)})
    recording = record(shared_driver, scene)
    folder = tmp_path / "files"
    assert "changed" in play(recording, folder, spoil=lambda _number, reply: reply, check=False)

    @executions(12)
    @given(attack=attacks(calls=len(recording.calls)), check=st.booleans())
    def survives(attack: Attack, check: bool) -> None:
        executed.one()
        try:
            result = play(recording, folder, spoil=attack, check=check)
        except CertificatesError as error:
            result = error.as_result()
        check_result(result)

    survives()


def check_result(result: dict[str, t.Any]) -> None:
    """It can be shown: as JSON, in characters that every output takes; a message in a line."""
    json.dumps(result, ensure_ascii=False).encode("utf-8")
    assert result.get("msg") or "changed" in result
    assert str(result.get("msg", "")).isprintable()


SPILL, NOTE = ".key.pem.cncloud-answer", ".key.pem.cncloud-asked"
LEFT = (
    *(
        b"",
        b"{}",
        b'{"time": "2026-11-22T08:00:00Z"}',
        b'{"time": 1}',
        b"\x1f\x8b\x08\x00",
        b"-----BEGIN PRIVATE KEY-----\n",
    ),
    b'{"Result": {"PrivateKey": "-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----\\n"}}',
)
MANAGED = SCENES[-3].params
IN_PLACE = (
    *(scene for scene in SCENES if scene.before and scene.params.get("certificate_path")),
    Scene("managed key", "antchain_cert", MANAGED, before=(MANAGED,)),
    Scene("own key", "antchain_cert", {**CHAIN, **FILES, "subject": SUBJECT},
          before=({**CHAIN, **FILES, "subject": SUBJECT},)),
)  # fmt: skip


@pytest.mark.parametrize("scene", IN_PLACE, ids=lambda scene: f"{scene.module}: {scene.name}")
def test_files_in_place(scene: Scene, shared_driver: Driver, tmp_path: Path, executed: Executions) -> None:
    """What the files hold that a module would write, and those that it leaves beside them, is anybody's."""
    recording = record(shared_driver, scene)
    assert recording.files
    folder = tmp_path / "files"
    names = sorted({*recording.files, *((SPILL, NOTE) if scene.module == "antchain_cert" else ())})

    @executions(12)
    @given(
        cuts=st.dictionaries(st.sampled_from(names), byte_edits(), min_size=1, max_size=3),
        left=st.sampled_from(LEFT),
        gone=st.sets(st.sampled_from(names), max_size=2),
        mode=st.sampled_from((0o600, 0o644, 0o4777)),
        check=st.booleans(),
    )
    def survives(cuts: dict[str, list[Edit]], left: bytes, gone: set[str], mode: int, check: bool) -> None:
        executed.one()
        there = {name: recording.files.get(name, (left, mode)) for name in names if name not in gone}
        files = {name: (spoilt(content, cuts.get(name, [])), mode) for name, (content, mode) in there.items()}
        try:
            result = play(
                dataclasses.replace(recording, files=files), folder, spoil=lambda _number, reply: reply, check=check
            )
        except CertificatesError as error:
            result = error.as_result()
        check_result(result)

    survives()


COUNTS = ("TotalCount", "DomainTotal", "total", "total_count")
LISTING = (
    *("tencent_cert_info: list", "tencent_dns_record: add", "aliyun_dns_record: add", "huawei_dns_record: add"),
    *("aliyun_sslvpn_client_cert_info: list", "huawei_apig_cert_info: list", "esa_cert_info: list"),
    "antchain_cert_info: list",
)


@pytest.mark.parametrize("name", LISTING)
def test_a_list_that_counts_more_than_it_shows_ends(name: str, shared_driver: Driver, tmp_path: Path) -> None:
    """Every page is the first one, as of a service that does not know the parameter: there is nothing to go on for."""
    recording = record(shared_driver, BY_NAME[name])
    calls: list[int] = []

    def endless(number: int, reply: Reply) -> Reply:
        calls.append(number)
        body = json.loads(reply.body, object_hook=lambda one: {k: 999 if k in COUNTS else v for k, v in one.items()})
        return Reply(status=reply.status, headers=reply.headers, body=json.dumps(body).encode())

    with pytest.raises(ProtocolFailure):
        play(recording, tmp_path / "files", spoil=endless, check=True)
    assert len(calls) <= 10
