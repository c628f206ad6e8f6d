# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens, passwords, profiles, agencies, pods, instances: which one is asked, for what, and that none shows a value."""

from __future__ import annotations

import dataclasses
import datetime
import json
import typing as t
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils import _credentials
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    AuthError,
    CertificatesError,
    NetworkFailure,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Call, Judge, Replay, Reply
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei import client as client_module
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei import credentials, keys
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.answer import Fields
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.client import HuaweiClient
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.roles import Answer
from ansible_collections.cncloud.certificates.tests.unit.doubles import START, FakeClock, FixedRandomness
from ansible_collections.cncloud.certificates.tests.unit.key_peer import KeyPeer, key_peer

URN = "iam::d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0:agency:certificates"
PROJECT = "0123456789abcdef0123456789abcdef"
SDK = {"HUAWEICLOUD_SDK_AK": "AKENVIRON", "HUAWEICLOUD_SDK_SK": "environ-secret"}
HW = {"HW_ACCESS_KEY": "AKHW", "HW_SECRET_KEY": "hw-secret"}
OPTIONS = {"access_key": "AKOPTION", "secret_key": "option-secret"}
USER = {"user_name": "nightly", "user_domain_name": "account", "password": "user-password"}
REGION = "cn-north-4"
TOKENS = "/meta-data/latest/api/token"
SECURITY_KEY = "/openstack/latest/securitykey"


def ends(seconds: int) -> str:
    return (START + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.000000Z")


def of_sts(number: int = 1, *, seconds: int = 3600) -> dict[str, t.Any]:
    key = {
        "access_key_id": f"AKTEMPORARY{number}",
        "secret_access_key": f"temporary-secret-{number}",
        "security_token": f"temporary-token-{number}",
    }
    return {"credentials": {**key, "expiration": ends(seconds)}}


def of_iam(number: int = 1, *, seconds: int = 3600) -> dict[str, t.Any]:
    key = {
        "access": f"AKTEMPORARY{number}",
        "secret": f"temporary-secret-{number}",
        "securitytoken": f"temporary-token-{number}",
    }
    return {"credential": {**key, "expires_at": ends(seconds)}}


def of_password(*, seconds: int = 86400) -> dict[str, t.Any]:
    return {"token": {"expires_at": ends(seconds), "project": {"id": PROJECT, "name": REGION}}}


@dataclasses.dataclass
class Identity:
    """Gives keys and tokens to everybody; keeps who asked for what."""

    asked: list[tuple[str, str, t.Any, str | None]] = dataclasses.field(default_factory=list)
    headers: list[dict[str, str]] = dataclasses.field(default_factory=list)

    def __call__(
        self,
        operation: str,
        service: t.Literal["iam", "sts"],
        path: str,
        body: t.Mapping[str, t.Any],
        *,
        keys: _credentials.Keys[credentials.Key] | None,
        source: str,
        headers: t.Mapping[str, str] | None = None,
    ) -> Answer:
        base = None if keys is None else keys.current()
        asker = base.access_key if isinstance(base, credentials.Credentials) else None
        self.asked.append((operation, f"{service}/{path}", body, asker))
        self.headers.append(dict(headers or {}))
        number = len(self.asked)
        if "id-token" in path:
            return Answer(Fields({"token": {}}, operation=operation), {"x-subject-token": f"a-token-{number}"})
        if "auth/tokens" in path:
            return Answer(Fields(of_password(), operation=operation), {"x-subject-token": f"a-token-{number}"})
        answer = of_sts(number) if service == "sts" else of_iam(number)
        return Answer(Fields(answer, operation=operation), {})


@dataclasses.dataclass
class Place:
    """A home folder, and what a choice in it collected."""

    home: Path
    identity: Identity = dataclasses.field(default_factory=Identity)
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
        self,
        params: dict[str, t.Any] | None = None,
        environ: dict[str, str] | None = None,
        *,
        region: str | None = None,
    ) -> _credentials.Keys[credentials.Key]:
        context = self.context(environ or {})
        return keys.choose(params or {}, region=region, identity=self.identity, context=context)

    def key(self, params: dict[str, t.Any] | None = None, environ: dict[str, str] | None = None) -> str:
        found = self.choose(params, environ, region=REGION).current()
        return found.access_key if isinstance(found, credentials.Credentials) else f"token {found.auth_token}"

    def cli(self, *profiles: dict[str, t.Any], current: str = "default") -> None:
        self.write(".hcloud/config.json", json.dumps({"current": current, "profiles": profiles}))

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


AKSK = {
    "name": "default",
    "mode": "AKSK",
    "accessKeyId": "AKPROFILE",
    "secretAccessKey": "profile-secret",
    "projectId": "p-of-profile",
}
PASSWORD_HW = {"HW_USER_NAME": "nightly", "HW_DOMAIN_NAME": "account", "HW_USER_PASSWORD": "user-password"}


@pytest.mark.parametrize(
    ("params", "environ", "expected"),
    [
        ({}, {}, "AKPROFILE"),
        ({}, SDK, "AKENVIRON"),
        (OPTIONS, SDK, "AKOPTION"),
        ({"auth_token": "of-option"}, SDK, "token of-option"),
        (USER, SDK, "token a-token-1"),
        ({"profile": "default"}, SDK, "AKPROFILE"),
        ({"profile": "other"}, SDK, "AKOTHER"),
        ({"profile": "ini"}, SDK, "AKINI"),
        ({}, {"HW_PROFILE": "other"}, "AKOTHER"),
        ({}, {"HW_PROFILE": "other", **HW}, "AKHW"),
        ({}, {"HW_AUTH_TOKEN": "of-environ", **HW}, "token of-environ"),
        ({}, {"HW_AUTH_TOKEN": "of-environ", **SDK}, "AKENVIRON"),
        ({}, {**HW, **PASSWORD_HW}, "AKHW"),
        ({}, PASSWORD_HW, "token a-token-1"),
        ({}, {"OS_AUTH_TOKEN": "os", **PASSWORD_HW}, "token a-token-1"),
        ({}, {"OS_AUTH_TOKEN": "os"}, "token os"),
        ({}, {"OS_USERNAME": "u", "OS_DOMAIN_NAME": "d", "OS_PASSWORD": "p"}, "token a-token-1"),
        ({}, {"HW_SHARED_CONFIG_FILE": "~/none"}, "AKBASIC"),
        ({"profile": "x"}, {"HUAWEICLOUD_SDK_CREDENTIALS_FILE": "~/own"}, "AKX"),
    ],
)
def test_options_then_environment_then_files(
    place: Place, params: dict[str, t.Any], environ: dict[str, str], expected: str
) -> None:
    place.cli(AKSK, {**AKSK, "name": "other", "accessKeyId": "AKOTHER"})
    place.write(".huaweicloud/credentials", "[basic]\nak = AKBASIC\nsk = s%s\n[ini]\nak = AKINI\nsk = s\n")
    place.write("own", "[x]\nak = AKX\nsk = s\n")
    assert place.key(params, environ) == expected


@pytest.mark.parametrize(
    "params",
    [
        {**OPTIONS, "profile": "default"},
        {**OPTIONS, "auth_token": "t"},
        {"auth_token": "t", **USER},
        {**USER, "instance_role": True},
        {"profile": "default", "instance_role": True},
    ],
)
def test_two_sources_as_options_are_one_too_many(place: Place, params: dict[str, t.Any]) -> None:
    with pytest.raises(AuthError, match="more than once") as caught:
        place.choose(params)
    assert not any(secret in str(caught.value.as_result()) for secret in ("option-secret", "user-password"))


@pytest.mark.parametrize(
    ("params", "region", "code", "text"),
    [
        ({"user_name": "hidden"}, REGION, "credentials_incomplete", "user_domain_name and password are missing"),
        ({"password": "hidden"}, REGION, "credentials_incomplete", "user_name and user_domain_name are missing"),
        ({**USER, "password": "hidden\n"}, REGION, "credentials_malformed", "line break"),
        (USER, None, "credentials_incomplete", "neither region nor project_id"),
        ({"auth_token": "hid den"}, None, "credentials_malformed", "The token from the option auth_token"),
        ({"profile": "gone"}, None, "credentials_missing", "There is no profile 'gone'"),
        (
            {"auth_token": "t", "assume_role": {"role_arn": URN}},
            None,
            "credentials_unsupported",
            "with an access key, not with a token",
        ),
        ({**OPTIONS, "assume_role": {"role_arn": URN, "duration": 1}}, None, "credentials_malformed", "900 to"),
    ],
)
def test_what_is_refused_without_a_call(
    place: Place, params: dict[str, t.Any], region: str | None, code: str, text: str
) -> None:
    with pytest.raises(AuthError) as caught:
        place.choose(params, region=region)
    assert caught.value.code == code
    assert text in caught.value.message
    assert "hid" not in str(caught.value.as_result())
    assert place.identity.asked == []


@pytest.mark.parametrize(("more", "scope"), [({}, {"name": REGION}), ({"project_id": "p1"}, {"id": "p1"})])
def test_a_password_becomes_a_token_of_the_project(place: Place, more: dict[str, str], scope: dict[str, str]) -> None:
    found = place.choose({**USER, **more}, SDK, region=REGION).current()
    assert isinstance(found, credentials.Token)
    assert (found.auth_token, found.project_id) == ("a-token-1", PROJECT)
    ((operation, path, body, asker),) = place.identity.asked
    assert (operation, path, asker) == (
        "KeystoneCreateUserTokenByPassword",
        "iam/v3/auth/tokens?nocatalog=true",
        None,
    )
    assert body["auth"]["scope"] == {"project": scope}
    assert body["auth"]["identity"]["password"]["user"] == {
        "name": "nightly",
        "password": "user-password",
        "domain": {"name": "account"},
    }
    assert place.masked == ["a-token-1"]
    assert "a-token" not in repr(found)


def test_a_password_is_for_the_project_that_is_named_beside_it(place: Place) -> None:
    place.choose({}, {**PASSWORD_HW, "HW_PROJECT_NAME": "cn-north-4_production"}).current()
    assert place.identity.asked[0][2]["auth"]["scope"] == {"project": {"name": "cn-north-4_production"}}


def test_the_role_of_the_option_wraps_what_was_chosen(place: Place) -> None:
    option = {"role_arn": URN, "session_name": "s-1", "duration": 1800, "external_id": "e-1"}
    assert place.key({"assume_role": option, **OPTIONS}, SDK) == "AKTEMPORARY1"
    body = {"agency_urn": URN, "agency_session_name": "s-1", "duration_seconds": 1800, "external_id": "e-1"}
    assert place.identity.asked == [("AssumeAgency", "sts/v5/agencies/assume", body, "AKOPTION")]
    assert place.masked == ["option-secret", "temporary-secret-1", "temporary-token-1"]


AGENCY = {"mode": "agency", "agencyName": "certificates", "agencyDomainName": "elsewhere"}


@pytest.mark.parametrize("by", ["profile", "environment"])
def test_an_agency_by_its_name(place: Place, by: str) -> None:
    environ: dict[str, str] = {}
    if by == "profile":
        place.cli({**AKSK, **AGENCY})
    else:
        environ = {
            **HW,
            "HW_ASSUME_ROLE_AGENCY_NAME": "certificates",
            "HW_ASSUME_ROLE_DOMAIN_NAME": "elsewhere",
        }
    assert place.key({}, environ) == "AKTEMPORARY1"
    ((operation, path, body, asker),) = place.identity.asked
    assert (operation, path) == ("CreateTemporaryAccessKeyByAgency", "iam/v3.0/OS-CREDENTIAL/securitytokens")
    assert body["auth"]["identity"] == {
        "methods": ["assume_role"],
        "assume_role": {"agency_name": "certificates", "domain_name": "elsewhere"},
    }
    assert asker == ("AKPROFILE" if by == "profile" else "AKHW")


def test_a_login_of_the_cli(place: Place) -> None:
    token = {"accessKeyId": "AKLOGIN", "secretAccessKey": "s", "securityToken": "t"}
    place.cli({"name": "default", "mode": "SSO", "ssoAuth": {"stsToken": token}, "projectId": "p9"})
    found = place.choose().current()
    assert isinstance(found, credentials.Credentials)
    assert (found.access_key, found.security_token, found.project_id) == ("AKLOGIN", "t", "p9")


@pytest.mark.parametrize(
    ("section", "code", "text"),
    [
        ({**AKSK, "accessKeyId": "hidden=/+" * 9}, "credentials_unreadable", "not in clear"),
        ({**AKSK, "mode": "token"}, "credentials_unsupported", "The mode of profile 'default'"),
        ({**AKSK, "secretAccessKey": ""}, "credentials_incomplete", "secret_key is missing"),
        ({"name": "default", "mode": "SSO"}, "credentials_incomplete", "access_key and secret_key are missing"),
        ({**AKSK, "mode": "agency", "agencyName": "x"}, "credentials_incomplete", "the account of the agency"),
    ],
)
def test_a_profile_that_cannot_be_used(place: Place, section: dict[str, t.Any], code: str, text: str) -> None:
    place.cli(section)
    with pytest.raises(AuthError) as caught:
        place.choose({"profile": "default"})
    assert caught.value.code == code
    assert text in caught.value.message
    assert "hidden" not in str(caught.value.as_result())


def oidc(place: Place) -> dict[str, str]:
    return {
        "HUAWEICLOUD_OIDC_PROVIDER_URN": "iam::d:oidcProvider:p",
        "HUAWEICLOUD_OIDC_AGENCY_URN": URN,
        "HUAWEICLOUD_OIDC_TOKEN_FILE": str(place.write("token", "eyJ.oidc.x\n")),
        "HUAWEICLOUD_OIDC_POLICY_IDS": "a, b",
        "HUAWEICLOUD_SDK_PROJECT_ID": "p1",
    }


def test_an_oidc_identity(place: Place) -> None:
    found = place.choose({}, oidc(place)).current()
    ((operation, path, body, asker),) = place.identity.asked
    assert (operation, path, asker) == ("AssumeAgencyWithOIDC", "sts/v5/agencies/assume-with-oidc", None)
    assert (body["id_token"], body["agency_urn"], body["policy_ids"]) == ("eyJ.oidc.x", URN, ["a", "b"])
    assert place.masked[0] == "eyJ.oidc.x"
    assert found.project_id == "p1"
    environ = {**oidc(place), "HUAWEICLOUD_OIDC_ID_TOKEN": "eyJ.direct.x"}
    place.choose({}, environ).current()
    assert place.identity.asked[-1][2]["id_token"] == "eyJ.direct.x"


def id_token(place: Place) -> dict[str, str]:
    return {
        "HUAWEICLOUD_SDK_IDP_ID": "a-provider",
        "HUAWEICLOUD_SDK_ID_TOKEN_FILE": str(place.write("token", "eyJ.oidc.x\n")),
        "HUAWEICLOUD_SDK_PROJECT_ID": "p1",
    }


@pytest.mark.parametrize("by", ["environment", "profile"])
def test_a_user_of_an_identity_provider(place: Place, by: str) -> None:
    environ, params = id_token(place), {}
    if by == "profile":
        members = zip(("idp_id", "id_token_file", "project_id"), environ.values(), strict=True)
        text = "".join(f"{name} = {value}\n" for name, value in members)
        place.write(".huaweicloud/credentials", f"[basic]\n{text}")
        environ, params = {}, {"profile": "basic"}
    found = place.choose(params, environ).current()
    assert isinstance(found, credentials.Credentials)
    assert (found.access_key, found.project_id) == ("AKTEMPORARY2", "p1")
    assert found.ends is not None
    assert place.masked[:2] == ["eyJ.oidc.x", "a-token-1"]
    first, second = place.identity.asked
    assert first == (
        "CreateTokenWithIdToken",
        "iam/v3.0/OS-AUTH/id-token/tokens",
        {"auth": {"id_token": {"id": "eyJ.oidc.x"}}},
        None,
    )
    assert place.identity.headers == [{"X-Idp-Id": "a-provider"}, {}]
    assert second[:2] == ("CreateTemporaryAccessKeyByToken", "iam/v3.0/OS-CREDENTIAL/securitytokens")
    assert second[2]["auth"]["identity"]["token"] == {"id": "a-token-1", "duration_seconds": 21600}


def test_an_identity_provider_beats_a_key_beside_it_as_it_does_in_the_sdk(place: Place) -> None:
    assert place.key({}, {**SDK, **id_token(place)}) == "AKTEMPORARY2"
    assert place.key({}, {**HW, **id_token(place)}) == "AKTEMPORARY2"
    assert place.key(OPTIONS, id_token(place)) == "AKOPTION"


@pytest.mark.parametrize("left_out", ["HUAWEICLOUD_SDK_IDP_ID", "HUAWEICLOUD_SDK_ID_TOKEN_FILE"])
def test_half_an_identity_provider_is_not_passed_over(place: Place, left_out: str) -> None:
    environ = {name: value for name, value in id_token(place).items() if name != left_out}
    with pytest.raises(AuthError, match=f"{left_out} is missing"):
        place.choose({}, {**HW, **environ})


def test_half_an_oidc_identity(place: Place) -> None:
    for left_out in ("PROVIDER_URN", "AGENCY_URN", "TOKEN_FILE"):
        environ = {name: value for name, value in oidc(place).items() if not name.endswith(left_out)}
        with pytest.raises(AuthError, match=f"HUAWEICLOUD_OIDC_{left_out} is missing"):
            place.choose({}, environ)


@pytest.mark.parametrize(
    "answer",
    [
        of_iam(),
        of_sts(),
        {
            "credential": {
                "accessKeyId": "AKTEMPORARY1",
                "secretAccessKey": "temporary-secret-1",
                "securityToken": "temporary-token-1",
                "expiration": ends(3600),
            }
        },
    ],
)
def test_the_identity_of_a_pod(place: Place, peer: KeyPeer, answer: dict[str, t.Any]) -> None:
    token = place.write("token", "pod-token\n")
    peer.answers["POST", "/v1/credentials"] = (200, answer)
    environ = {
        "HC_CONTAINER_CREDENTIALS_FULL_URI": f"{peer.url}/v1/credentials",
        "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(token),
    }
    assert place.key({}, environ) == "AKTEMPORARY1"
    (asked,) = peer.asked
    assert (asked.headers["authorization"], asked.body) == ("pod-token", b"{}")
    assert place.masked == ["pod-token", "temporary-secret-1", "temporary-token-1"]


@pytest.mark.parametrize(
    ("uri", "fine"),
    [
        ("http://169.254.170.2/x", True),
        ("https://agent.example.com/x", True),
        ("http://10.0.0.1/x", False),
        ("http://agent.example.com/x", False),
        ("file:///etc/passwd", False),
    ],
)
def test_a_pod_token_goes_to_this_machine_or_over_tls(place: Place, uri: str, fine: bool) -> None:
    environ = {
        "HC_CONTAINER_CREDENTIALS_FULL_URI": uri,
        "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(place.write("token", "pod-token")),
    }
    if fine:
        assert "pod" in place.choose({}, environ).source
        return
    with pytest.raises(AuthError, match="https"):
        place.choose({}, environ)


def metadata(peer: KeyPeer) -> dict[str, str]:
    peer.answers = {("PUT", TOKENS): (200, "metadata-token"), ("GET", SECURITY_KEY): (200, of_iam())}
    return {"CNCLOUD_CERTIFICATES_METADATA": peer.url}


@pytest.mark.parametrize("by", ["option", "profile"])
def test_the_agency_of_the_instance(place: Place, peer: KeyPeer, by: str) -> None:
    place.cli({"name": "vm", "mode": "ecsAgency"})
    params = {"instance_role": True} if by == "option" else {"profile": "vm"}
    found = place.choose(params, {**SDK, **metadata(peer)})
    assert peer.asked == []
    assert found.current().secrets == ("temporary-secret-1", "temporary-token-1")
    assert peer.paths == [("PUT", TOKENS), ("GET", SECURITY_KEY)]
    assert peer.asked[0].headers["x-metadata-token-ttl-seconds"] == "21600"
    assert peer.asked[1].headers["x-metadata-token"] == "metadata-token"


@pytest.mark.parametrize("status", [404, 405, 503])
def test_old_metadata(place: Place, peer: KeyPeer, status: int) -> None:
    environ = metadata(peer)
    peer.answers["PUT", TOKENS] = (status, "")
    assert place.key({"instance_role": True}, environ) == "AKTEMPORARY1"
    assert "x-metadata-token" not in peer.asked[-1].headers


def test_metadata_are_not_asked_unless_told_to(place: Place, peer: KeyPeer) -> None:
    with pytest.raises(AuthError, match="No key for Huawei Cloud"):
        place.choose({}, metadata(peer))
    assert peer.asked == []


@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        (401, "Please configure Cloud Service Agency first", "no agency"),
        (404, "", "no agency"),
        (403, "hidden", "HTTP status 403"),
        (200, "hidden", "HTTP status 200"),
        (200, {"credential": {"access": "hidden"}}, "credential.secret"),
        (200, {"x": "hidden"}, "no key to give"),
        (200, of_iam(seconds=0), "has expired"),
    ],
)
def test_an_instance_that_gives_no_key(place: Place, peer: KeyPeer, status: int, body: t.Any, text: str) -> None:
    environ = metadata(peer)
    peer.answers["GET", SECURITY_KEY] = (status, body)
    with pytest.raises(CertificatesError) as caught:
        place.choose({"instance_role": True}, environ).current()
    assert text in caught.value.message
    assert "hidden" not in str(caught.value.as_result())


def test_elsewhere_than_on_an_instance(place: Place) -> None:
    with pytest.raises(NetworkFailure, match="the agency of this instance"):
        place.choose({"instance_role": True}, {"CNCLOUD_CERTIFICATES_METADATA": "http://127.0.0.1:1"}).current()


# --- On the wire ----------------------------------------------------------------------------------------------------


class Wire:
    """Stands for `Transport`: gives the next answer, and keeps call and signer."""

    def __init__(self, *answers: dict[str, t.Any], token: str = "") -> None:
        self.answers = list(answers)
        self.headers = {"x-subject-token": token} if token else {}
        self.calls: list[Call] = []
        self.signers: list[str | None] = []
        self.identities: list[str] = []
        self.status = 200

    def __call__(self, *, identity: str, **_options: t.Any) -> Wire:
        self.identities.append(identity)
        return self

    def send(self, call: Call, *, auth: t.Callable[[], t.Any], judge: Judge) -> Reply:
        signer = vars(auth() or self)
        self.calls.append(call)
        self.signers.append(signer.get("_access_key") or signer.get("_token"))
        reply = Reply(self.status, self.headers, json.dumps(self.answers.pop(0)).encode())
        error = judge(reply)
        if error is not None:
            raise error
        return reply

    @property
    def paths(self) -> list[str]:
        return [urlsplit(call.url).path for call in self.calls]


CONNECTION = {"timeout": 30.0, "retries": 3, "validate_certs": True, "ca_bundle": None, "proxy": None}


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., Wire]:
    def install(*answers: dict[str, t.Any], token: str = "") -> Wire:
        made = Wire(*answers, token=token)
        monkeypatch.setattr(client_module, "Transport", made)
        monkeypatch.setattr(client_module, "_projects", {})
        return made

    return install


def client(place: Place, environ: dict[str, str], **options: t.Any) -> HuaweiClient:
    params = {**CONNECTION, "endpoint": "http://127.0.0.1:1", "region": REGION, **options}
    return HuaweiClient(params=params, context=place.context(environ))


def test_a_password_finds_the_project_too(place: Place, wire: t.Callable[..., Wire]) -> None:
    made = wire(of_password(), {}, {}, token="a-token")
    asking = client(place, {}, **USER)
    assert made.calls == []
    for _time in range(2):
        asking.call("List", "GET", ["x"], replay=Replay.READ)
    assert made.signers == [None, "a-token", "a-token"]
    assert made.paths == ["/v3/auth/tokens", f"/v2/{PROJECT}/apigw/x", f"/v2/{PROJECT}/apigw/x"]
    assert "user-password" not in "".join(call.url for call in made.calls)


def test_a_token_asks_for_the_project_of_the_region(place: Place, wire: t.Callable[..., Wire]) -> None:
    made = wire({"projects": [{"id": PROJECT, "name": REGION}]}, {})
    client(place, {}, auth_token="a-token").call("List", "GET", ["x"], replay=Replay.READ)
    assert made.signers == ["a-token", "a-token"]
    assert made.paths == ["/v3/projects", f"/v2/{PROJECT}/apigw/x"]


SUB_PROJECT = "cn-north-4_production"
HW_AGENCY = {"HW_ASSUME_ROLE_AGENCY_NAME": "a", "HW_ASSUME_ROLE_DOMAIN_NAME": "d"}


@pytest.mark.parametrize(
    ("environ", "answers"),
    [
        ({**HW, "HW_PROJECT_NAME": SUB_PROJECT}, []),
        ({"HW_AUTH_TOKEN": "t", "HW_PROJECT_NAME": SUB_PROJECT}, []),
        ({"OS_AUTH_TOKEN": "t", "OS_PROJECT_NAME": SUB_PROJECT}, []),
        ({**HW, **HW_AGENCY, "HW_PROJECT_NAME": SUB_PROJECT}, [of_iam()]),
    ],
)
def test_the_project_is_looked_up_by_the_name_that_stands_beside_the_key(
    place: Place, wire: t.Callable[..., Wire], environ: dict[str, str], answers: list[t.Any]
) -> None:
    made = wire(*answers, {"projects": [{"id": "p2", "name": SUB_PROJECT}, {"id": PROJECT, "name": REGION}]}, {})
    client(place, environ).call("List", "GET", ["x"], replay=Replay.READ)
    assert made.calls[-2].url.endswith(f"/v3/projects?name={SUB_PROJECT}")
    assert made.paths[-1] == "/v2/p2/apigw/x"


def test_a_name_of_another_set_says_nothing_of_the_project(place: Place, wire: t.Callable[..., Wire]) -> None:
    made = wire({"projects": [{"id": PROJECT, "name": REGION}]}, {})
    client(place, {**SDK, "HW_PROJECT_NAME": SUB_PROJECT}).call("List", "GET", ["x"], replay=Replay.READ)
    assert made.paths[-1] == f"/v2/{PROJECT}/apigw/x"


@pytest.mark.parametrize("by", ["environment", "profile"])
def test_the_project_beside_an_agency_is_worked_in(place: Place, wire: t.Callable[..., Wire], by: str) -> None:
    environ, params = {**HW, **HW_AGENCY, "HW_PROJECT_ID": "p3"}, {}
    if by == "profile":
        place.cli({**AKSK, "mode": "agency", "agencyName": "a", "agencyDomainName": "d", "projectId": "p3"})
        environ, params = {}, {"profile": "default"}
    made = wire(of_iam(), {})
    client(place, environ, **params).call("List", "GET", ["x"], replay=Replay.READ)
    assert made.paths == ["/v3.0/OS-CREDENTIAL/securitytokens", "/v2/p3/apigw/x"]


def test_a_token_is_sent_in_its_header(place: Place) -> None:
    with key_peer() as peer:
        peer.answers["GET", "/v2/p1/apigw/x"] = (200, {})
        asking = client(place, {}, auth_token="a-token", project_id="p1", endpoint=peer.url)
        asking.call("List", "GET", ["x"], replay=Replay.READ)
    (asked,) = peer.asked
    assert (asked.headers["x-auth-token"], asked.headers["x-project-id"]) == ("a-token", "p1")
    assert "authorization" not in asked.headers


def test_a_token_is_renewed_in_the_middle_of_a_wait(place: Place, wire: t.Callable[..., Wire]) -> None:
    made = wire(of_password(seconds=900), {}, of_password(seconds=1800), {}, token="a-token")
    asking = client(place, {}, **USER)
    for seconds in (0, 601):
        place.clock.sleep(seconds)
        asking.call("List", "GET", ["x"], replay=Replay.READ)
    assert made.paths[0] == made.paths[2] == "/v3/auth/tokens"


def test_a_key_is_renewed_in_the_middle_of_a_wait(place: Place, wire: t.Callable[..., Wire]) -> None:
    made = wire(of_sts(1, seconds=900), {}, {}, of_sts(2, seconds=1800), {})
    asking = client(place, SDK, assume_role={"role_arn": URN}, project_id="p1")
    for seconds in (0, 599, 2):
        place.clock.sleep(seconds)
        asking.call("List", "GET", ["x"], replay=Replay.READ)
    assert made.signers == ["AKENVIRON", "AKTEMPORARY1", "AKTEMPORARY1", "AKENVIRON", "AKTEMPORARY2"]
    # What is remembered as refused is the full credential.
    assert len(set(made.identities)) == 3


def test_a_wrong_password_names_where_it_is_from(place: Place, wire: t.Callable[..., Wire]) -> None:
    made = wire({"error": {"code": 401, "message": "The username or password is wrong.", "title": "Unauthorized"}})
    made.status = 401
    with pytest.raises(CertificatesError) as caught:
        client(place, {}, **USER).call("List", "GET", ["x"], replay=Replay.READ)
    assert (caught.value.kind, caught.value.http_status) == ("auth", 401)
    assert "the options user_name and password" in caught.value.message
    assert "user-password" not in str(caught.value.as_result())


@pytest.mark.parametrize(
    ("params", "environ", "service", "expected"),
    [
        ({}, {}, "sts", "http://127.0.0.1:1"),
        ({}, {}, "iam", "http://127.0.0.1:1"),
        ({"iam_endpoint": "http://127.0.0.1:2"}, {}, "iam", "http://127.0.0.1:2"),
        ({"endpoint": None}, {}, "iam", "https://iam.cn-north-4.myhuaweicloud.com"),
        ({"endpoint": None}, {}, "sts", "https://sts.cn-north-4.myhuaweicloud.com"),
        ({"endpoint": None, "region": "eu-west-101"}, {}, "sts", "https://sts.eu-west-101.myhuaweicloud.eu"),
        (
            {"endpoint": None},
            {"HUAWEICLOUD_SDK_STS_ENDPOINT": "https://sts.example.com/"},
            "sts",
            "https://sts.example.com",
        ),
    ],
)
def test_where_keys_are_asked_for(
    place: Place,
    params: dict[str, t.Any],
    environ: dict[str, str],
    service: t.Literal["iam", "sts"],
    expected: str,
) -> None:
    assert client(place, {**SDK, **environ}, **params)._endpoint_of(service) == expected
