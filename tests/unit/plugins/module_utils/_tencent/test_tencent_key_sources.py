# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Profiles, roles, pods and instances: which one is asked, for what, and that none shows a value."""

from __future__ import annotations

import dataclasses
import datetime
import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils import _credentials
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    AuthError,
    CertificatesError,
    Invalid,
    NetworkFailure,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Call, Judge, Replay, Reply
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent import client as client_module
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent import keys, profile
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.answer import Fields
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.client import DNSPOD, TencentClient
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.credentials import Credentials
from ansible_collections.cncloud.certificates.tests.unit.doubles import START, FakeClock, FixedRandomness
from ansible_collections.cncloud.certificates.tests.unit.key_peer import KeyPeer, key_peer

ARN = "qcs::cam::uin/100000000001:roleName/certificates"
KEY = {"TENCENTCLOUD_SECRET_ID": "AKIDenviron", "TENCENTCLOUD_SECRET_KEY": "environ-secret"}
OPTIONS = {"secret_id": "AKIDoption", "secret_key": "option-secret"}
METADATA = "/latest/meta-data/cam/security-credentials/"
FILE = {"secretId": "AKIDprofile", "secretKey": "profile-secret", "token": None}


def issued(number: int = 1, *, seconds: int = 7200) -> dict[str, t.Any]:
    ends = START + datetime.timedelta(seconds=seconds)
    key = {
        "TmpSecretId": f"AKID-temporary-{number}",
        "TmpSecretKey": f"temporary-secret-{number}",
        "Token": f"temporary-token-{number}",
    }
    return {"Credentials": key, "ExpiredTime": int(ends.timestamp())}


@dataclasses.dataclass
class Sts:
    """Gives a key to everybody; keeps who asked for what."""

    asked: list[tuple[str, dict[str, t.Any], str | None, str | None]] = dataclasses.field(default_factory=list)

    def __call__(
        self,
        operation: str,
        body: t.Mapping[str, t.Any],
        *,
        keys: _credentials.Keys[Credentials] | None,
        source: str,
        region: str | None,
    ) -> Fields:
        self.asked.append((operation, dict(body), None if keys is None else keys.current().secret_id, region))
        return Fields(issued(len(self.asked)), operation=operation)


@dataclasses.dataclass
class Place:
    """A home folder, and what a choice in it collected."""

    home: Path
    sts: Sts = dataclasses.field(default_factory=Sts)
    masked: list[str] = dataclasses.field(default_factory=list)
    clock: FakeClock = dataclasses.field(default_factory=FakeClock)

    def context(self, environ: t.Mapping[str, str]) -> Context:
        return Context(
            environ={"HOME": str(self.home), **environ},
            base_dir=str(self.home),
            clock=self.clock,
            randomness=FixedRandomness(),
            mask=self.masked.append,
        )

    def choose(
        self, params: dict[str, t.Any] | None = None, environ: dict[str, str] | None = None
    ) -> _credentials.Keys[Credentials]:
        return keys.choose(params or {}, sts=self.sts, context=self.context(environ or {}))

    def cli(self, name: str, content: t.Mapping[str, t.Any]) -> None:
        self.write(f".tccli/{name}.credential", json.dumps(content))

    def write(self, path: str, text: str) -> Path:
        file = self.home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(_credentials, "_kept", {})
    monkeypatch.setattr(profile, "SYSTEM_INI", str(tmp_path / "etc" / "credentials"))
    return Place(tmp_path)


@pytest.fixture
def peer() -> t.Iterator[KeyPeer]:
    with key_peer() as running:
        yield running


@pytest.mark.parametrize(
    ("params", "environ", "expected"),
    [
        ({}, {}, "AKIDprofile"),
        ({}, KEY, "AKIDenviron"),
        (OPTIONS, KEY, "AKIDoption"),
        ({"profile": "default"}, KEY, "AKIDprofile"),
        ({"profile": "other"}, KEY, "AKIDother"),
        ({}, {"TCCLI_PROFILE": "other"}, "AKIDother"),
        ({}, {"TENCENTCLOUD_PROFILE": "other"}, "AKIDother"),
        ({}, {"TCCLI_PROFILE": "other", **KEY}, "AKIDenviron"),
        ({"profile": "ini"}, KEY, "AKIDini"),
        ({"profile": "system"}, {}, "AKIDsystem"),
        ({}, {"TENCENTCLOUD_SHARED_CREDENTIALS_DIR": "~/none"}, "AKIDinidefault"),
        ({}, {"TENCENTCLOUD_SHARED_CREDENTIALS_DIR": "~/moved"}, "AKIDmoved"),
        ({"profile": "own"}, {"TENCENTCLOUD_CREDENTIALS_FILE": "~/own.ini"}, "AKIDown"),
    ],
)
def test_options_then_environment_then_files(
    place: Place, params: dict[str, t.Any], environ: dict[str, str], expected: str
) -> None:
    place.cli("default", FILE)
    place.cli("other", {**FILE, "secretId": "AKIDother"})
    place.write("moved/default.credential", json.dumps({**FILE, "secretId": "AKIDmoved"}))
    place.write(
        ".tencentcloud/credentials",
        '[default]\nsecret_id = AKIDinidefault\nsecret_key = a%b\n[ini]\nsecret_id=AKIDini\nsecret_key="s"\n',
    )
    place.write("etc/credentials", "[system]\nsecret_id = AKIDsystem\nsecret_key = s\n")
    place.write("own.ini", "[own]\nsecret_id = AKIDown\nsecret_key = s\n")
    found = place.choose(params, environ).current()
    assert (found.secret_id, found.token) == (expected, None)
    assert found.secret_key in place.masked
    assert place.sts.asked == []


@pytest.mark.parametrize(
    "params",
    [{**OPTIONS, "profile": "default"}, {"profile": "default", "instance_role": True}, {"token": "t", "profile": "p"}],
)
def test_two_sources_as_options_are_one_too_many(place: Place, params: dict[str, t.Any]) -> None:
    with pytest.raises(AuthError, match="more than once"):
        place.choose(params)


def test_a_profile_that_was_asked_for_must_be_there(place: Place) -> None:
    with pytest.raises(AuthError, match=r"There is no profile 'gone' in .*/gone\.credential or .*credentials"):
        place.choose({"profile": "gone"}, KEY)


@pytest.mark.parametrize("name", ["../default", "x/../default", ".."])
def test_a_profile_is_no_path(place: Place, name: str) -> None:
    with pytest.raises(Invalid, match="profile"):
        place.choose({"profile": name})


def test_what_a_login_left_has_its_end(place: Place) -> None:
    now = int(START.timestamp())
    login = {**FILE, "type": "oauth", "token": "login-token", "refreshToken": "r", "expiresAt": now + 3600}
    place.cli("default", login)
    assert place.choose().current().token == "login-token"
    _credentials._kept.clear()
    place.cli("default", {**login, "expiresAt": now - 1})
    with pytest.raises(AuthError, match="has expired") as caught:
        place.choose().current()
    assert "profile 'default'" in caught.value.message


def test_a_role_of_a_profile(place: Place) -> None:
    place.cli("default", {**FILE, "role-arn": ARN, "role-session-name": "nightly"})
    assert place.choose().current().secret_id == "AKID-temporary-1"
    assert place.sts.asked == [("AssumeRole", {"RoleArn": ARN, "RoleSessionName": "nightly"}, "AKIDprofile", None)]
    assert place.masked == ["profile-secret", "temporary-secret-1", "temporary-token-1"]


@pytest.mark.parametrize(
    ("more", "sent"),
    [
        ({"TENCENTCLOUD_ROLE_ARN": ARN}, {}),
        ({"TENCENTCLOUD_ROLE_ARN": ARN, "TENCENTCLOUD_ROLE_SESSION_NAME": "cli"}, {"RoleSessionName": "cli"}),
        (
            {
                "TENCENTCLOUD_ASSUME_ROLE_ARN": ARN,
                "TENCENTCLOUD_ASSUME_ROLE_SESSION_NAME": "tf",
                "TENCENTCLOUD_ASSUME_ROLE_SESSION_DURATION": "1800",
                "TENCENTCLOUD_ASSUME_ROLE_EXTERNAL_ID": "e-1",
                "TENCENTCLOUD_ROLE_ARN": "another",
            },
            {"RoleSessionName": "tf", "DurationSeconds": 1800, "ExternalId": "e-1"},
        ),
    ],
)
def test_a_role_beside_the_key_of_the_environment(place: Place, more: dict[str, str], sent: dict[str, t.Any]) -> None:
    assert place.choose({}, {**KEY, **more}).current().secret_id == "AKID-temporary-1"
    expected = {"RoleArn": ARN, "RoleSessionName": "cncloud-certificates", **sent}
    assert place.sts.asked == [("AssumeRole", expected, "AKIDenviron", None)]


def test_the_role_of_the_option_wraps_what_was_chosen(place: Place) -> None:
    option = {"role_arn": ARN, "session_name": None, "duration": 900, "external_id": "e-2"}
    place.choose({"assume_role": option, **OPTIONS}, KEY).current()
    ((_operation, sent, base, _region),) = place.sts.asked
    assert (base, sent["DurationSeconds"], sent["ExternalId"]) == ("AKIDoption", 900, "e-2")


@pytest.mark.parametrize("duration", ["x", "-1", "60", "9" * 30])
def test_a_duration_of_the_environment_that_cannot_be_one(place: Place, duration: str) -> None:
    environ = {**KEY, "TENCENTCLOUD_ASSUME_ROLE_ARN": ARN, "TENCENTCLOUD_ASSUME_ROLE_SESSION_DURATION": duration}
    with pytest.raises(AuthError, match="900 to 43200"):
        place.choose({}, environ)


def pod(place: Place) -> dict[str, str]:
    return {
        "TKE_REGION": "ap-shanghai",
        "TKE_PROVIDER_ID": "cls-provider",
        "TKE_WEB_IDENTITY_TOKEN_FILE": str(place.write("token", "eyJ.tke.x\n")),
        "TKE_ROLE_ARN": ARN,
    }


def test_the_identity_of_a_pod(place: Place) -> None:
    assert place.choose({}, pod(place)).current().token == "temporary-token-1"
    ((operation, sent, base, region),) = place.sts.asked
    assert (operation, base, region) == ("AssumeRoleWithWebIdentity", None, "ap-shanghai")
    assert (sent["ProviderId"], sent["WebIdentityToken"], sent["RoleArn"]) == ("cls-provider", "eyJ.tke.x", ARN)
    assert place.masked[0] == "eyJ.tke.x"
    assert place.choose({}, {**pod(place), **KEY}).current().secret_id == "AKIDenviron"


@pytest.mark.parametrize("left_out", ["TKE_PROVIDER_ID", "TKE_WEB_IDENTITY_TOKEN_FILE", "TKE_ROLE_ARN"])
def test_half_an_identity_of_a_pod(place: Place, left_out: str) -> None:
    with pytest.raises(AuthError, match=f"{left_out} is missing"):
        place.choose({}, {name: value for name, value in pod(place).items() if name != left_out})


def metadata(peer: KeyPeer) -> dict[str, str]:
    answer = issued()
    peer.answers = {
        ("GET", METADATA): (200, "the-role"),
        ("GET", f"{METADATA}the-role"): (
            200,
            {"Code": "Success", **answer["Credentials"], "ExpiredTime": answer["ExpiredTime"]},
        ),
    }
    return {"CNCLOUD_CERTIFICATES_METADATA": peer.url}


@pytest.mark.parametrize("by", ["option", "profile"])
def test_the_role_of_the_instance(place: Place, peer: KeyPeer, by: str) -> None:
    place.cli("vm", {"type": "cvm-role"})
    params = {"instance_role": True} if by == "option" else {"profile": "vm"}
    found = place.choose(params, {**KEY, **metadata(peer)})
    assert peer.asked == []
    assert found.current().secret_id == "AKID-temporary-1"
    assert peer.paths == [("GET", METADATA), ("GET", f"{METADATA}the-role")]
    assert place.masked == ["temporary-secret-1", "temporary-token-1"]


def test_metadata_are_not_asked_unless_told_to(place: Place, peer: KeyPeer) -> None:
    environ = {**metadata(peer), "TENCENTCLOUD_CAM_ROLE_NAME": "the-role"}
    with pytest.raises(AuthError, match="No key for Tencent Cloud"):
        place.choose({}, environ)
    assert peer.asked == []


def test_the_environment_may_name_the_role_of_the_instance(place: Place, peer: KeyPeer) -> None:
    environ = {**metadata(peer), "TENCENTCLOUD_CAM_ROLE_NAME": "the-role"}
    assert place.choose({"instance_role": True}, environ).current().secret_id == "AKID-temporary-1"
    assert peer.paths == [("GET", f"{METADATA}the-role")]
    with pytest.raises(AuthError, match="holds a slash"):
        place.choose({"instance_role": True}, {"TENCENTCLOUD_CAM_ROLE_NAME": "qcs::cam::uin/1:roleName/x"})


@pytest.mark.parametrize(
    ("path", "status", "body", "text"),
    [
        (METADATA, 404, "", "no role"),
        (METADATA, 500, "", "HTTP status 500"),
        (f"{METADATA}the-role", 200, {"Code": "hidden"}, "no key to give"),
        (f"{METADATA}the-role", 200, {"TmpSecretId": "hidden"}, "TmpSecretKey"),
        (f"{METADATA}the-role", 200, "hidden", "HTTP status 200"),
    ],
)
def test_an_instance_that_gives_no_key(
    place: Place, peer: KeyPeer, path: str, status: int, body: t.Any, text: str
) -> None:
    environ = metadata(peer)
    peer.answers["GET", path] = (status, body)
    with pytest.raises(CertificatesError) as caught:
        place.choose({"instance_role": True}, environ).current()
    assert text in caught.value.message
    assert "hidden" not in str(caught.value.as_result())


def test_elsewhere_than_on_an_instance(place: Place) -> None:
    with pytest.raises(NetworkFailure, match="the role of this instance"):
        place.choose({"instance_role": True}, {"CNCLOUD_CERTIFICATES_METADATA": "http://127.0.0.1:1"}).current()


# --- On the wire ----------------------------------------------------------------------------------------------------


class Wire:
    """Stands for `Transport`: gives the next answer, and keeps call and signer."""

    def __init__(self, *answers: dict[str, t.Any]) -> None:
        self.answers = list(answers)
        self.calls: list[Call] = []
        self.signers: list[str | None] = []

    def __call__(self, **_options: t.Any) -> Wire:
        return self

    def send(self, call: Call, *, auth: t.Callable[[], t.Any], judge: Judge) -> Reply:
        signer = auth()
        self.calls.append(call)
        self.signers.append(None if signer is None else vars(signer)["_secret_id"])
        reply = Reply(200, {}, json.dumps({"Response": {"RequestId": "r", **self.answers.pop(0)}}).encode())
        error = judge(reply)
        if error is not None:
            raise error
        return reply


CONNECTION = {"timeout": 30.0, "retries": 3, "validate_certs": True, "ca_bundle": None, "proxy": None}


def client(place: Place, environ: dict[str, str], **options: t.Any) -> TencentClient:
    params = {**CONNECTION, "endpoint": "http://127.0.0.1:1", **options}
    return TencentClient(DNSPOD, params=params, context=place.context(environ))


def test_a_key_is_renewed_in_the_middle_of_a_wait(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(issued(1, seconds=900), {}, {}, issued(2, seconds=1800), {})
    monkeypatch.setattr(client_module, "Transport", wire)
    asking = client(place, KEY, assume_role={"role_arn": ARN})
    for seconds in (0, 599, 2):
        place.clock.sleep(seconds)
        asking.call("DescribeRecordList", {}, replay=Replay.READ)
    assert wire.signers == ["AKIDenviron", "AKID-temporary-1", "AKID-temporary-1", "AKIDenviron", "AKID-temporary-2"]
    assert wire.calls[0].headers["X-TC-Version"] == "2018-08-13"
    assert wire.calls[0].headers["X-TC-Region"] == "ap-guangzhou"
    assert "X-TC-Region" not in wire.calls[1].headers


def test_an_identity_token_is_sent_unsigned(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(issued(), {})
    monkeypatch.setattr(client_module, "Transport", wire)
    client(place, pod(place)).call("DescribeRecordList", {}, replay=Replay.READ)
    assert wire.signers == [None, "AKID-temporary-1"]
    assert wire.calls[0].headers["Authorization"] == "SKIP"
    assert "Authorization" not in wire.calls[1].headers
    assert wire.calls[0].headers["X-TC-Region"] == "ap-shanghai"


def test_a_role_that_may_not_be_assumed_names_the_key(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire({"Error": {"Code": "UnauthorizedOperation", "Message": "No."}})
    monkeypatch.setattr(client_module, "Transport", wire)
    with pytest.raises(CertificatesError, match=r"There is no key from the assumed role \(with the key from the env"):
        client(place, KEY, assume_role={"role_arn": ARN}).call("DescribeRecordList", {}, replay=Replay.READ)


@pytest.mark.parametrize(
    ("endpoint", "region", "expected"),
    [
        ("http://127.0.0.1:5", "ap-beijing", "http://127.0.0.1:5"),
        ("https://ssl.tencentcloudapi.com", None, "https://sts.tencentcloudapi.com"),
        ("https://ssl.tencentcloudapi.com", "ap-beijing", "https://sts.ap-beijing.tencentcloudapi.com"),
        ("https://ssl.intl.tencentcloudapi.com", "ap-singapore", "https://sts.intl.tencentcloudapi.com"),
    ],
)
def test_sts_is_near_and_of_the_same_site(endpoint: str, region: str | None, expected: str) -> None:
    assert keys.sts_endpoint(endpoint, region=region) == expected


def test_a_region_cannot_change_the_host() -> None:
    with pytest.raises(Invalid, match="region"):
        keys.sts_endpoint("https://ssl.tencentcloudapi.com", region="x.example.com/")
