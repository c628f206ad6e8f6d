# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Profiles, roles, pods, instances, servers and programs: which one is asked, for what, and that none shows a value."""

from __future__ import annotations

import dataclasses
import datetime
import json
import sys
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils import _credentials
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import client as client_module
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import keys
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.answer import Fields
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client import ALIDNS, AliyunClient
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.credentials import Credentials
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.profile import OTHER_MODES
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    AuthError,
    CertificatesError,
    Invalid,
    NetworkFailure,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Replay
from ansible_collections.cncloud.certificates.tests.unit.doubles import START, FakeClock, FixedRandomness
from ansible_collections.cncloud.certificates.tests.unit.key_peer import KeyPeer, key_peer
from ansible_collections.cncloud.certificates.tests.unit.plugins.module_utils._aliyun.scripted import (
    Exchange,
    Script,
    connection,
    parameters,
    refused,
)

ARN = "acs:ram::1234567890123456:role/certificates"
KEY = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIenviron", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "environ-secret"}
OLDER = {"ALICLOUD_ACCESS_KEY": "LTAIolder", "ALICLOUD_SECRET_KEY": "older-secret"}
OPTIONS = {"access_key_id": "LTAIoption", "access_key_secret": "option-secret"}
IMDS = "/latest/meta-data/ram/security-credentials/"


def issued(number: int = 1, *, seconds: int = 3600) -> dict[str, t.Any]:
    ends = START + datetime.timedelta(seconds=seconds)
    return {
        "AccessKeyId": f"STS.{number}",
        "AccessKeySecret": f"temporary-secret-{number}",
        "SecurityToken": f"temporary-token-{number}",
        "Expiration": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


@dataclasses.dataclass
class Sts:
    """Gives a key to everybody; keeps who asked for what."""

    asked: list[tuple[str, dict[str, t.Any], str | None, str | None]] = dataclasses.field(default_factory=list)

    def __call__(
        self,
        operation: str,
        parameters: t.Mapping[str, t.Any],
        *,
        keys: _credentials.Keys[Credentials] | None,
        source: str,
        region: str | None,
    ) -> Fields:
        given = {name: value for name, value in parameters.items() if value is not None}
        base = None if keys is None else keys.current().access_key_id
        self.asked.append((operation, given, base, region))
        return Fields({"Credentials": issued(len(self.asked))}, operation=operation)


@dataclasses.dataclass
class Place:
    """A home folder, and what a choice in it collected."""

    home: Path
    sts: Sts = dataclasses.field(default_factory=Sts)
    masked: list[str] = dataclasses.field(default_factory=list)
    clock: FakeClock = dataclasses.field(default_factory=FakeClock)

    def context(self, environ: t.Mapping[str, str]) -> Context:
        return Context(
            environ={"HOME": str(self.home), "PATH": "/usr/bin:/bin", **environ},
            base_dir=str(self.home),
            clock=self.clock,
            randomness=FixedRandomness(),
            mask=self.masked.append,
        )

    def choose(
        self, params: dict[str, t.Any] | None = None, environ: dict[str, str] | None = None
    ) -> _credentials.Keys[Credentials]:
        return keys.choose(params or {}, sts=self.sts, context=self.context(environ or {}))

    def cli(self, *profiles: dict[str, t.Any], current: str = "default") -> None:
        self.write(".aliyun/config.json", json.dumps({"current": current, "profiles": profiles}))

    def write(self, path: str, text: str) -> Path:
        file = self.home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(_credentials, "_kept", {})
    return Place(tmp_path)


@pytest.fixture
def peer() -> t.Iterator[KeyPeer]:
    with key_peer() as running:
        yield running


def profile(mode: str, name: str = "default", **members: t.Any) -> dict[str, t.Any]:
    return {"name": name, "mode": mode, **members}


AK = profile("AK", access_key_id="LTAIprofile", access_key_secret="profile-secret")


# --- Which one decides ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "environ", "expected"),
    [
        ({}, {}, "LTAIprofile"),
        ({}, KEY, "LTAIenviron"),
        ({}, OLDER, "LTAIolder"),
        (OPTIONS, KEY, "LTAIoption"),
        ({"profile": "default"}, KEY, "LTAIprofile"),
        ({"profile": "other"}, {**KEY, **OLDER}, "LTAIother"),
        ({"profile": ""}, KEY, "LTAIenviron"),
        ({}, {"ALIBABA_CLOUD_PROFILE": "other"}, "LTAIother"),
        ({}, {"ALICLOUD_PROFILE": "other"}, "LTAIother"),
        ({}, {"ALIBABA_CLOUD_PROFILE": "other", **KEY}, "LTAIenviron"),
        ({"profile": "default"}, {"ALIBABA_CLOUD_PROFILE": "other"}, "LTAIprofile"),
        ({"profile": "ini"}, KEY, "LTAIini"),
        ({}, {"ALIBABA_CLOUD_CLI_PROFILE_DISABLED": "true"}, "LTAIinidefault"),
    ],
)
def test_options_then_environment_then_files(
    place: Place, params: dict[str, t.Any], environ: dict[str, str], expected: str
) -> None:
    place.cli(AK, profile("AK", "other", access_key_id="LTAIother", access_key_secret="other-secret"))
    place.write(
        ".alibabacloud/credentials.ini",
        "[default]\ntype = access_key\naccess_key_id = LTAIinidefault\naccess_key_secret = ini-secret # a note\n"
        "[ini]\naccess_key_id = LTAIini\naccess_key_secret = ini-secret\n",
    )
    found = place.choose(params, environ).current()
    assert found.access_key_id == expected
    assert found.access_key_secret in place.masked
    assert place.sts.asked == []


@pytest.mark.parametrize(
    "params",
    [
        {**OPTIONS, "profile": "default"},
        {**OPTIONS, "instance_role": True},
        {"profile": "default", "instance_role": True},
        {"security_token": "hidden-token", "profile": "default"},
    ],
)
def test_two_sources_as_options_are_one_too_many(place: Place, params: dict[str, t.Any]) -> None:
    place.cli(AK)
    with pytest.raises(AuthError, match="more than once") as caught:
        place.choose(params)
    assert caught.value.code == "credentials_ambiguous"
    assert "hidden" not in str(caught.value.as_result())


def test_the_default_profile_of_the_cli_is_what_it_calls_current(place: Place) -> None:
    place.cli(AK, profile("AK", "b", access_key_id="LTAIb", access_key_secret="s"), current="b")
    assert place.choose().current().access_key_id == "LTAIb"


@pytest.mark.parametrize("text", [None, json.dumps({"current": "default", "profiles": [profile("AK")]}), "{}"])
def test_a_default_that_is_not_there_is_no_key(place: Place, text: str | None) -> None:
    if text is not None:
        place.write(".aliyun/config.json", text)
    with pytest.raises(AuthError) as caught:
        place.choose()
    assert caught.value.code == "credentials_missing"
    assert "ALIBABA_CLOUD_ACCESS_KEY_ID" in str(caught.value.hint)


@pytest.mark.parametrize("environ", [{}, KEY])
def test_a_profile_that_was_asked_for_must_be_there(place: Place, environ: dict[str, str]) -> None:
    place.cli(AK)
    with pytest.raises(AuthError, match=r"There is no profile 'gone' in .*config.json or .*credentials.ini") as caught:
        place.choose({"profile": "gone"}, environ)
    assert caught.value.code == "credentials_missing"


def test_files_stand_where_the_environment_says(place: Place) -> None:
    file = place.write("elsewhere/c.json", json.dumps({"current": "x", "profiles": [{**AK, "name": "x"}]}))
    ini = place.write("elsewhere/c.ini", "[y]\naccess_key_id = LTAIy\naccess_key_secret = s\n")
    environ = {"ALICLOUD_SHARED_CREDENTIALS_FILE": str(file), "ALIBABA_CLOUD_CREDENTIALS_FILE": "~/elsewhere/c.ini"}
    assert place.choose({}, environ).current().access_key_id == "LTAIprofile"
    assert place.choose({"profile": "y"}, environ).current().access_key_id == "LTAIy"
    assert ini.exists()


# --- What profiles say ----------------------------------------------------------------------------------------------


def test_an_sts_token_goes_with_its_key(place: Place) -> None:
    place.cli(profile("StsToken", access_key_id="STS.x", access_key_secret="s", sts_token="a-token"))
    found = place.choose().current()
    assert (found.access_key_id, found.security_token) == ("STS.x", "a-token")
    assert place.masked == ["s", "a-token"]


def test_a_token_left_over_in_a_profile_of_mode_ak_is_not_used(place: Place) -> None:
    place.cli({**AK, "sts_token": "left-over"})
    assert place.choose().current().security_token is None


ROLE = {"ram_role_arn": ARN, "ram_session_name": "nightly", "expired_seconds": 900, "external_id": "ext-1"}


def test_a_role_of_a_profile(place: Place) -> None:
    place.cli({**AK, "mode": "RamRoleArn", **ROLE, "sts_region": "eu-central-1"})
    found = place.choose()
    assert place.sts.asked == []
    assert found.current().access_key_id == "STS.1"
    sent = {"RoleArn": ARN, "RoleSessionName": "nightly", "DurationSeconds": 900, "ExternalId": "ext-1"}
    assert place.sts.asked == [("AssumeRole", sent, "LTAIprofile", "eu-central-1")]
    assert place.masked == ["profile-secret", "temporary-secret-1", "temporary-token-1"]
    assert found.source == f"the role of profile 'default' in {place.home}/.aliyun/config.json"


def test_roles_in_a_chain(place: Place) -> None:
    place.cli(
        profile("ChainableRamRoleArn", "top", source_profile="middle", ram_role_arn=f"{ARN}-top"),
        profile("ChainableRamRoleArn", "middle", source_profile="default", ram_role_arn=f"{ARN}-middle"),
        AK,
    )
    assert place.choose({"profile": "top"}).current().access_key_id == "STS.2"
    assert [(sent["RoleArn"], base) for _operation, sent, base, _region in place.sts.asked] == [
        (f"{ARN}-middle", "LTAIprofile"),
        (f"{ARN}-top", "STS.1"),
    ]


@pytest.mark.parametrize("source", ["top", "gone", ""])
def test_a_chain_that_leads_nowhere(place: Place, source: str) -> None:
    place.cli(profile("ChainableRamRoleArn", "top", source_profile=source, ram_role_arn=ARN), AK)
    with pytest.raises(AuthError, match="source_profile of profile 'top'"):
        place.choose({"profile": "top"})


@pytest.mark.parametrize("session", ["ram_session_name", "role_session_name"])
def test_a_web_identity_of_a_profile(place: Place, session: str) -> None:
    token = place.write("token", "eyJ.header.signature\n")
    place.cli(
        profile(
            "OIDC",
            ram_role_arn=ARN,
            oidc_provider_arn="acs:ram::1:oidc-provider/p",
            oidc_token_file=str(token),
            **{session: "pod"},
        )
    )
    assert place.choose().current().security_token == "temporary-token-1"
    ((operation, sent, base, _region),) = place.sts.asked
    assert (operation, base) == ("AssumeRoleWithOIDC", None)
    assert (sent["OIDCToken"], sent["RoleSessionName"]) == ("eyJ.header.signature", "pod")
    assert place.masked[0] == "eyJ.header.signature"


@pytest.mark.parametrize(
    ("section", "operation", "base"),
    [
        (
            f"type=ram_role_arn\naccess_key_id=LTAIini\naccess_key_secret=s\nrole_arn={ARN}\nrole_session_name=x1",
            "AssumeRole",
            "LTAIini",
        ),
        (
            f"type=oidc_role_arn\nrole_arn={ARN}\noidc_provider_arn=p\noidc_token_file_path=~/none\nrole_session_name=x1",
            "AssumeRoleWithOIDC",
            None,
        ),
    ],
)
def test_roles_of_the_ini_file(place: Place, section: str, operation: str, base: str | None) -> None:
    token = place.write("token", "eyJ.x.y")
    place.write(".alibabacloud/credentials.ini", f"[default]\n{section}\n".replace("~/none", str(token)))
    assert place.choose().current().access_key_id == "STS.1"
    ((asked, sent, asker, _region),) = place.sts.asked
    assert (asked, asker, sent["RoleArn"], sent["RoleSessionName"]) == (operation, base, ARN, "x1")


@pytest.mark.parametrize(
    ("members", "code", "text"),
    [
        ({"mode": "hidden"}, "credentials_unsupported", "The mode of profile 'default'"),
        ({"mode": "AK", "access_key_id": "hidden"}, "credentials_incomplete", "access_key_secret is missing"),
        (
            {"mode": "StsToken", "access_key_id": "STS.hidden", "access_key_secret": "s"},
            "credentials_incomplete",
            "tem",
        ),
        (
            {"mode": "RamRoleArn", "access_key_id": "hidden", "access_key_secret": "s"},
            "credentials_incomplete",
            "the role is missing",
        ),
        (
            {
                "mode": "RamRoleArn",
                "ram_role_arn": ARN,
                "ram_session_name": "a b",
                "access_key_id": "hidden",
                "access_key_secret": "s",
            },
            "credentials_malformed",
            "session name",
        ),
        (
            {
                "mode": "RamRoleArn",
                "ram_role_arn": ARN,
                "expired_seconds": 5,
                "access_key_id": "hidden",
                "access_key_secret": "s",
            },
            "credentials_malformed",
            "900 to 43200",
        ),
        ({"mode": "OIDC", "ram_role_arn": ARN, "oidc_provider_arn": "p"}, "credentials_incomplete", "the token file"),
        ({"mode": "CredentialsURI"}, "credentials_incomplete", "its address is missing"),
        ({"mode": "CredentialsURI", "credentials_uri": "http://keys.example.com/"}, "credentials_malformed", "https"),
        ({"mode": "External"}, "credentials_incomplete", "process_command is missing"),
    ],
)
def test_a_profile_that_cannot_be_used(place: Place, members: dict[str, t.Any], code: str, text: str) -> None:
    place.cli({"name": "default", **members})
    with pytest.raises(AuthError) as caught:
        place.choose({"profile": "default"})
    assert caught.value.code == code
    assert text in caught.value.message
    assert "hidden" not in str(caught.value.as_result())
    assert place.sts.asked == []


@pytest.mark.parametrize("name", ["../x", "a/b", "..", "a\nb", "x" * 129])
def test_a_profile_is_a_name(place: Place, name: str) -> None:
    with pytest.raises(Invalid, match="profile"):
        place.choose({"profile": name})


# --- Roles of options and environment -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "base", "session"),
    [
        ({**KEY, "ALIBABA_CLOUD_ROLE_ARN": ARN}, "LTAIenviron", "cncloud-certificates"),
        (
            {**KEY, "ALIBABA_CLOUD_ROLE_ARN": ARN, "ALIBABA_CLOUD_ROLE_SESSION_NAME": "ci"},
            "LTAIenviron",
            "ci",
        ),
        (
            {**OLDER, "ALICLOUD_ASSUME_ROLE_ARN": ARN, "ALICLOUD_ASSUME_ROLE_SESSION_NAME": "tf"},
            "LTAIolder",
            "tf",
        ),
    ],
)
def test_a_role_beside_the_key_of_the_environment(
    place: Place, environ: dict[str, str], base: str, session: str
) -> None:
    assert place.choose({}, environ).current().access_key_id == "STS.1"
    assert place.sts.asked == [("AssumeRole", {"RoleArn": ARN, "RoleSessionName": session}, base, None)]


def test_the_role_of_the_option_wraps_what_was_chosen(place: Place) -> None:
    option = {"role_arn": ARN, "session_name": "s-1", "duration": 1800, "external_id": "e-1"}
    keyed: list[tuple[dict[str, t.Any], str]] = [({}, "LTAIenviron"), (dict(OPTIONS), "LTAIoption")]
    for params, base in keyed:
        found = place.choose({**params, "assume_role": option}, KEY)
        assert found.source.startswith("the assumed role (with the key from the")
        found.current()
        sent = {"RoleArn": ARN, "RoleSessionName": "s-1", "DurationSeconds": 1800, "ExternalId": "e-1"}
        assert place.sts.asked.pop() == ("AssumeRole", sent, base, None)


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ({"role_arn": ""}, "the role is missing"),
        ({"role_arn": "a b"}, "The role from"),
        ({"role_arn": ARN, "duration": 899}, "900 to 43200"),
        ({"role_arn": ARN, "session_name": "x"}, "2 to 64"),
        ({"role_arn": ARN, "external_id": "a\n"}, "external id"),
    ],
)
def test_a_role_that_nobody_has(place: Place, option: dict[str, t.Any], text: str) -> None:
    with pytest.raises(AuthError, match=text):
        place.choose({"assume_role": option}, KEY)
    assert place.sts.asked == []


POD = {
    "ALIBABA_CLOUD_ROLE_ARN": ARN,
    "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "acs:ram::1:oidc-provider/ack",
    "ALIBABA_CLOUD_OIDC_TOKEN_FILE": "token",
}


def test_the_identity_of_a_pod(place: Place) -> None:
    token = place.write("token", "eyJ.pod.x\n")
    environ = {**POD, "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(token)}
    assert place.choose({}, environ).current().access_key_id == "STS.1"
    ((operation, sent, base, _region),) = place.sts.asked
    assert (operation, sent["OIDCToken"], base) == ("AssumeRoleWithOIDC", "eyJ.pod.x", None)
    # With a key beside it the role is that of the pod, and the key decides.
    assert place.choose({}, {**environ, **KEY}).current().access_key_id == "LTAIenviron"


def test_a_pod_whose_names_are_those_of_the_cli(place: Place) -> None:
    token = place.write("token", "eyJ.pod.x\n")
    environ = {name.replace("ALIBABA_CLOUD", "ALIBABACLOUD"): value for name, value in POD.items()}
    environ |= {"ALIBABACLOUD_OIDC_TOKEN_FILE": str(token), "ALIBABACLOUD_ROLE_SESSION_NAME": "nightly"}
    assert place.choose({}, environ).current().access_key_id == "STS.1"
    assert place.sts.asked[0][1]["RoleSessionName"] == "nightly"
    # No part of one set completes the other.
    with pytest.raises(AuthError, match="ALIBABA_CLOUD_OIDC_TOKEN_FILE"):
        place.choose({}, {**environ, "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "p"})


@pytest.mark.parametrize("left_out", ["ALIBABA_CLOUD_ROLE_ARN", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN"])
def test_half_an_identity_of_a_pod(place: Place, left_out: str) -> None:
    with pytest.raises(AuthError, match="is not whole"):
        place.choose({}, {name: value for name, value in POD.items() if name != left_out})


@pytest.mark.parametrize("content", [None, "", "a b", "\u00e4"])
def test_a_token_file_that_holds_no_token(place: Place, content: str | None) -> None:
    path = place.home / "token"
    if content is not None:
        path.write_text(content)
    with pytest.raises(AuthError, match="oken"):
        place.choose({}, {**POD, "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(path)}).current()


@pytest.mark.parametrize("kind", ["ram_role_arn", "oidc_role_arn"])
def test_what_narrows_a_role_of_the_ini_file_is_sent(place: Place, kind: str) -> None:
    token = place.write("token", "eyJ.x.y")
    policy = '{"Version": "1", "Statement": []}'
    section = f"type={kind}\nrole_arn={ARN}\nrole_session_name=x1\npolicy={policy}\naccess_key_id=k\n"
    section += f"access_key_secret=s\noidc_provider_arn=p\noidc_token_file_path={token}\n"
    place.write(".alibabacloud/credentials.ini", f"[default]\n{section}")
    place.choose().current()
    assert place.sts.asked[0][1]["Policy"] == policy


@pytest.mark.parametrize("mode", OTHER_MODES)
def test_a_mode_that_is_the_clis_alone_says_what_to_do_instead(place: Place, mode: str) -> None:
    place.cli(profile(mode.upper(), access_key_id="hidden", access_key_secret="hidden"))
    with pytest.raises(AuthError) as caught:
        place.choose({"profile": "default"})
    assert caught.value.code == "credentials_unsupported"
    assert caught.value.message.startswith(f"The mode {mode} of profile 'default' in ")
    assert "access key" in str(caught.value.hint) or "ChainableRamRoleArn" in str(caught.value.hint)
    assert "hidden" not in str(caught.value.as_result())


# --- Instances, servers, programs -----------------------------------------------------------------------------------


def metadata(peer: KeyPeer) -> dict[str, str]:
    peer.answers = {
        ("PUT", "/latest/api/token"): (200, "metadata-token"),
        ("GET", IMDS): (200, "the-role"),
        ("GET", f"{IMDS}the-role"): (200, {"Code": "Success", **issued()}),
    }
    return {"CNCLOUD_CERTIFICATES_METADATA": peer.url}


def test_the_role_of_the_instance_beats_the_environment(place: Place, peer: KeyPeer) -> None:
    found = place.choose({"instance_role": True}, {**KEY, **metadata(peer)})
    assert peer.asked == []
    assert found.current().access_key_id == "STS.1"
    assert peer.paths == [("PUT", "/latest/api/token"), ("GET", IMDS), ("GET", f"{IMDS}the-role")]
    assert peer.asked[0].headers["x-aliyun-ecs-metadata-token-ttl-seconds"] == "21600"
    assert {one.headers["x-aliyun-ecs-metadata-token"] for one in peer.asked[1:]} == {"metadata-token"}
    assert place.masked == ["metadata-token", "temporary-secret-1", "temporary-token-1"]


def test_metadata_are_not_asked_unless_told_to(place: Place, peer: KeyPeer) -> None:
    environ = {**metadata(peer), "ALIBABA_CLOUD_ECS_METADATA": "the-role"}
    with pytest.raises(AuthError, match="No key"):
        place.choose({}, environ)
    assert place.choose({"instance_role": False}, {**environ, **KEY}).current().access_key_id == "LTAIenviron"
    assert peer.asked == []


@pytest.mark.parametrize("name", ["ALIBABA_CLOUD_ECS_METADATA", "ALICLOUD_ECS_ROLE_NAME"])
def test_the_environment_may_name_the_role_of_the_instance(place: Place, peer: KeyPeer, name: str) -> None:
    environ = {**metadata(peer), name: "the-role"}
    assert place.choose({"instance_role": True}, environ).current().access_key_id == "STS.1"
    assert peer.paths == [("PUT", "/latest/api/token"), ("GET", f"{IMDS}the-role")]
    with pytest.raises(AuthError, match="holds a slash"):
        place.choose({"instance_role": True}, {name: "acs:ram::1:role/x"})


def test_metadata_that_are_forbidden_are_not_asked(place: Place, peer: KeyPeer) -> None:
    environ = {**metadata(peer), "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}
    with pytest.raises(AuthError, match="ALIBABA_CLOUD_ECS_METADATA_DISABLED is set"):
        place.choose({"instance_role": True}, environ)
    assert peer.asked == []


def test_a_profile_tells_to_ask_metadata_too(place: Place, peer: KeyPeer) -> None:
    place.cli(profile("EcsRamRole", ram_role_name="the-role"))
    assert place.choose({}, metadata(peer)).current().access_key_id == "STS.1"
    assert peer.paths == [("PUT", "/latest/api/token"), ("GET", f"{IMDS}the-role")]


@pytest.mark.parametrize("status", [404, 405, 503])
def test_old_metadata(place: Place, peer: KeyPeer, status: int) -> None:
    environ = metadata(peer)
    peer.answers["PUT", "/latest/api/token"] = (status, "")
    assert place.choose({"instance_role": True}, environ).current().access_key_id == "STS.1"
    assert "x-aliyun-ecs-metadata-token" not in peer.asked[-1].headers
    _credentials._kept.clear()
    with pytest.raises(CertificatesError, match="the role of this instance"):
        place.choose({"instance_role": True}, {**environ, "ALIBABA_CLOUD_IMDSV1_DISABLED": "true"}).current()


@pytest.mark.parametrize(
    ("path", "status", "body", "text"),
    [
        (IMDS, 404, "", "no role"),
        (IMDS, 403, "", "HTTP status 403"),
        (IMDS, 200, "../elsewhere", "no role"),
        (f"{IMDS}the-role", 200, "<html>hidden</html>", "HTTP status 200"),
        (f"{IMDS}the-role", 200, {"Code": "Failed", "AccessKeySecret": "hidden"}, "no key to give"),
        (f"{IMDS}the-role", 200, {"Code": "Success", "AccessKeyId": "x"}, "AccessKeySecret"),
        (f"{IMDS}the-role", 200, {**issued(), "Expiration": "hidden"}, "cannot be read"),
        (f"{IMDS}the-role", 200, issued(seconds=-1), "has expired"),
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
    assert "instance" in caught.value.message
    assert "hidden" not in str(caught.value.as_result())


def test_elsewhere_than_on_an_instance(place: Place) -> None:
    environ = {"CNCLOUD_CERTIFICATES_METADATA": "http://127.0.0.1:1"}
    with pytest.raises(NetworkFailure, match=r"There is no key from the role of this instance\. No connection"):
        place.choose({"instance_role": True}, environ).current()


@pytest.mark.parametrize("url", ["http://10.0.0.1", "https://127.0.0.1", "http://example.com:80/", "x"])
def test_another_address_of_metadata_is_for_tests_alone(place: Place, url: str) -> None:
    with pytest.raises(AuthError, match="loopback"):
        place.choose({"instance_role": True}, {"CNCLOUD_CERTIFICATES_METADATA": url})


@pytest.mark.parametrize("by", ["environment", "profile"])
def test_a_credentials_uri(place: Place, peer: KeyPeer, by: str) -> None:
    peer.answers["GET", "/keys?x=1"] = (200, {"Code": "Success", **issued()})
    uri = f"{peer.url}/keys?x=1"
    if by == "profile":
        place.cli(profile("CredentialsURI", credentials_uri=uri))
    # A proxy never sees a key.
    environ = {"http_proxy": "http://127.0.0.1:1"}
    if by == "environment":
        environ["ALIBABA_CLOUD_CREDENTIALS_URI"] = uri
    found = place.choose({}, environ)
    assert found.current().access_key_id == "STS.1"
    assert by in found.source


def printing(place: Place, text: str) -> str:
    script = place.write("print_key.py", f"import sys\nprint({text!r})\n")
    return f"{sys.executable} {script}"


def test_a_program(place: Place) -> None:
    printed = {"mode": "StsToken", "access_key_id": "STS.p", "access_key_secret": "s-p", "sts_token": "t-p"}
    place.cli(profile("External", process_command=printing(place, json.dumps(printed))))
    found = place.choose().current()
    assert (found.access_key_id, found.security_token) == ("STS.p", "t-p")
    assert set(place.masked) == {"s-p", "t-p"}


@pytest.mark.parametrize(
    "printed",
    [
        "hidden",
        "[]",
        json.dumps({"mode": "EcsRamRole"}),
        json.dumps({"mode": "AK", "access_key_id": "hidden"}),
        json.dumps({"mode": "StsToken", "access_key_id": "STS.hidden", "access_key_secret": "hidden"}),
    ],
)
def test_what_a_program_prints_never_shows(place: Place, printed: str) -> None:
    place.cli(profile("External", process_command=printing(place, printed)))
    with pytest.raises(CertificatesError, match="the command of profile") as caught:
        place.choose().current()
    assert "hidden" not in str(caught.value.as_result())


def test_a_program_is_not_given_to_a_shell(place: Place) -> None:
    place.cli(profile("External", process_command=f"echo {{}} ; touch {place.home}/made"))
    with pytest.raises(CertificatesError):
        place.choose().current()
    assert not (place.home / "made").exists()


def test_programs_can_be_switched_off(place: Place) -> None:
    place.cli(profile("External", process_command=f"touch {place.home}/made"))
    with pytest.raises(AuthError, match="is not run"):
        place.choose({}, {"ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS": "true"})
    assert not (place.home / "made").exists()


# --- On the wire ----------------------------------------------------------------------------------------------------


@pytest.fixture
def play(place: Place, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[t.Callable[..., tuple[AliyunClient, Script]]]:
    scripts: list[Script] = []

    def start(*exchanges: Exchange, environ: dict[str, str], **options: t.Any) -> tuple[AliyunClient, Script]:
        script = Script(exchanges)
        scripts.append(script)
        monkeypatch.setattr(client_module, "Transport", script)
        params = {**connection(), "access_key_id": None, "access_key_secret": None, **options}
        return AliyunClient(ALIDNS, params=params, context=place.context(environ), meanings={}), script

    yield start
    for script in scripts:
        script.done()


def signers(script: Script) -> list[str | None]:
    return [None if one is None else str(vars(one)["_access_key_id"]) for one in script.signers]


def test_a_key_is_renewed_in_the_middle_of_a_wait(place: Place, play: t.Any) -> None:
    client, script = play(
        Exchange("AssumeRole", answer={"Credentials": issued(1, seconds=900)}),
        Exchange("Describe"),
        Exchange("Describe"),
        Exchange("AssumeRole", answer={"Credentials": issued(2, seconds=1800)}),
        Exchange("Describe"),
        environ=KEY,
        assume_role={"role_arn": ARN},
    )
    assert script.calls == []
    for seconds in (0, 599, 2):
        place.clock.sleep(seconds)
        client.call("Describe", {}, replay=Replay.READ)
    assert signers(script) == ["LTAIenviron", "STS.1", "STS.1", "LTAIenviron", "STS.2"]
    assert script.calls[0].headers["x-acs-version"] == "2015-04-01"
    assert script.sent[0] == {"RoleArn": ARN, "RoleSessionName": "cncloud-certificates"}


def test_the_next_task_of_a_process_takes_the_same_key(play: t.Any) -> None:
    role = {"role_arn": ARN}
    first, script = play(
        Exchange("AssumeRole", answer={"Credentials": issued()}), Exchange("Describe"), environ=KEY, assume_role=role
    )
    first.call("Describe", {}, replay=Replay.READ)
    second, script = play(Exchange("Describe"), environ=KEY, assume_role=role)
    second.call("Describe", {}, replay=Replay.READ)
    assert signers(script) == ["STS.1"]
    # Another base, another role or another external id is another key.
    for environ, option in [
        ({**KEY, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "another"}, role),
        (KEY, {"role_arn": f"{ARN}-2"}),
        (KEY, {**role, "external_id": "other"}),
    ]:
        third, script = play(
            Exchange("AssumeRole", answer={"Credentials": issued(3)}),
            Exchange("Describe"),
            environ=environ,
            assume_role=option,
        )
        third.call("Describe", {}, replay=Replay.READ)
        assert len(script.calls) == 2


def test_an_identity_token_is_sent_unsigned_in_the_body(place: Place, play: t.Any) -> None:
    token = place.write("token", "eyJ.pod.x\n")
    client, script = play(
        Exchange("AssumeRoleWithOIDC", answer={"Credentials": issued()}),
        Exchange("Describe"),
        environ={**POD, "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(token)},
    )
    client.call("Describe", {}, replay=Replay.READ)
    assert signers(script) == [None, "STS.1"]
    assert "eyJ" not in script.calls[0].url
    assert parameters(script.calls[0])["OIDCToken"] == "eyJ.pod.x"


def test_a_role_that_may_not_be_assumed_names_the_key(play: t.Any) -> None:
    client, _script = play(
        refused("AssumeRole", "NoPermission", status=403), environ=KEY, assume_role={"role_arn": ARN}
    )
    with pytest.raises(CertificatesError) as caught:
        client.call("Describe", {}, replay=Replay.READ)
    assert caught.value.kind == "permission"
    assert caught.value.message.startswith(
        "There is no key from the assumed role (with the key from the environment (ALIBABA_CLOUD_ACCESS_KEY_ID"
    )


@pytest.mark.parametrize(
    ("endpoint", "region", "environ", "expected"),
    [
        ("http://127.0.0.1:5", "cn-hangzhou", {"ALIBABA_CLOUD_STS_ENDPOINT": "sts.example.com"}, "http://127.0.0.1:5"),
        ("https://alidns.aliyuncs.com", None, {}, "https://sts.aliyuncs.com"),
        ("https://alidns.aliyuncs.com", "cn-beijing", {}, "https://sts.cn-beijing.aliyuncs.com"),
        (
            "https://alidns.aliyuncs.com",
            "cn-beijing",
            {"ALIBABA_CLOUD_STS_REGION": "eu-central-1"},
            "https://sts.eu-central-1.aliyuncs.com",
        ),
        (
            "https://alidns.aliyuncs.com",
            "cn-beijing",
            {"ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED": "true"},
            "https://sts-vpc.cn-beijing.aliyuncs.com",
        ),
        (
            "https://alidns.aliyuncs.com",
            "cn-beijing",
            {"ALIBABA_CLOUD_STS_ENDPOINT": "sts.example.com"},
            "https://sts.example.com",
        ),
    ],
)
def test_sts_is_near(endpoint: str, region: str | None, environ: dict[str, str], expected: str) -> None:
    assert keys.sts_endpoint(endpoint, region=region, context=Context(environ=environ)) == expected
