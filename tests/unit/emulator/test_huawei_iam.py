# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulated identity service: tokens, project look-up, temporary keys."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cncloud.certificates.tests.unit.emulator.huawei_caller import Caller
from emulator import huawei_iam as iam
from emulator.temporary_keys import OIDC_TOKEN

ID_TOKEN = ("POST", "/v3.0/OS-AUTH/id-token/tokens")
SUB_PROJECT = "11111111111111111111111111111111"


def token_request(scope: Any = None, password: str = iam.DEFAULT_PASSWORD) -> dict[str, Any]:
    user = {
        "name": iam.DEFAULT_USER_NAME,
        "password": password,
        "domain": {"name": iam.DEFAULT_DOMAIN_NAME},
    }
    auth: dict[str, Any] = {"identity": {"methods": ["password"], "password": {"user": user}}}
    if scope is not None:
        auth["scope"] = scope
    return {"auth": auth}


def get_token(caller: Caller, scope: Any) -> str:
    caller.call("POST", "/v3/auth/tokens", token_request(scope), query="nocatalog=x", signed=False)
    assert caller.status == 201
    assert caller.answer is not None
    return caller.answer.response.headers["X-Subject-Token"]


@pytest.mark.parametrize("scope", [{"project": {"name": "cn-north-4"}}, {"project": {"id": iam.DEFAULT_PROJECT_ID}}])
def test_a_project_token_opens_the_gateway(scope: Any) -> None:
    caller = Caller()
    token = get_token(caller, scope)
    assert len(token) > 2000
    assert caller.call("GET", "/instances", headers={"X-Auth-Token": token}, signed=False)["total"] == 1


def test_token_body() -> None:
    caller = Caller()
    body = caller.call("POST", "/v3/auth/tokens", token_request({"project": {"name": "cn-north-4"}}), signed=False)
    token = body["token"]
    assert token["project"]["id"] == iam.DEFAULT_PROJECT_ID
    assert token["expires_at"] > token["issued_at"]
    assert token["catalog"][0]["type"] == "apig"
    body = caller.call(
        "POST", "/v3/auth/tokens", token_request({"project": {"name": "cn-north-4"}}), query="nocatalog=x", signed=False
    )
    assert "catalog" not in body["token"]


@pytest.mark.parametrize("scope", [None, {"domain": {"name": iam.DEFAULT_DOMAIN_NAME}}])
def test_a_token_of_the_account_does_not_open_the_gateway(scope: Any) -> None:
    caller = Caller()
    token = get_token(caller, scope)
    caller.call("GET", "/instances", headers={"X-Auth-Token": token}, signed=False)
    assert (caller.status, caller.code) == (401, "APIG.1003")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (token_request(password="wrong"), 401),
        (token_request({"project": {"name": "no-such-region"}}), 401),
        ({"auth": {"identity": {"methods": ["totp"]}}}, 400),
        ({"auth": []}, 400),
        ([], 400),
    ],
)
def test_refused_tokens(body: Any, status: int) -> None:
    caller = Caller()
    answer = caller.call("POST", "/v3/auth/tokens", body, signed=False)
    assert caller.status == status
    assert answer["error"]["code"] == status


def test_unknown_and_expired_tokens() -> None:
    caller = Caller()
    body = caller.call("GET", "/instances", headers={"X-Auth-Token": "nonsense"}, signed=False)
    assert (caller.code, "decrypt token fail" in body["error_msg"]) == ("APIGW.0301", True)
    token = get_token(caller, {"project": {"name": "cn-north-4"}})
    caller.wait(24 * 3600 + 1)
    caller.call("GET", "/instances", headers={"X-Auth-Token": token}, signed=False)
    assert (caller.status, caller.code) == (401, "APIG.1001")


def test_no_authentication_at_all() -> None:
    caller = Caller()
    caller.call("GET", "/instances", signed=False)
    assert (caller.status, caller.code) == (401, "APIGW.0301")


@pytest.mark.parametrize(
    ("mode", "query", "names"),
    [
        ("exact", "name=cn-north-4", ["cn-north-4"]),
        ("prefix", "name=cn-north-4", ["cn-north-4", "cn-north-4_team"]),
        ("exact", "name=cn-north-9", []),
        ("exact", "", ["cn-north-4", "cn-north-4_team"]),
        ("exact", "page=2&per_page=1", ["cn-north-4_team"]),
        ("exact", "enabled=false", []),
    ],
)
def test_projects(mode: str, query: str, names: list[str]) -> None:
    caller = Caller()
    caller.load(projects=[{"id": SUB_PROJECT, "name": "cn-north-4_team"}], projects_filter=mode)
    caller.load(projects=[{"name": "cn-north-9", "domain_id": "f" * 32}])
    found = caller.call("GET", "/v3/projects", query=query)
    assert [one["name"] for one in found["projects"]] == names


def test_a_page_size_without_a_page_is_refused() -> None:
    caller = Caller()
    caller.call("GET", "/v3/projects", query="per_page=10")
    assert caller.status == 400


def test_auth_domains() -> None:
    caller = Caller()
    domains = caller.call("GET", "/v3/auth/domains")["domains"]
    assert [(one["id"], one["name"]) for one in domains] == [(iam.DEFAULT_DOMAIN_ID, iam.DEFAULT_DOMAIN_NAME)]


@pytest.mark.parametrize(
    ("path_project", "header_project", "code"),
    [
        (iam.DEFAULT_PROJECT_ID, iam.DEFAULT_PROJECT_ID, None),
        (iam.DEFAULT_PROJECT_ID, SUB_PROJECT, "APIG.1005"),
        ("f" * 32, "f" * 32, "APIG.1005"),
    ],
)
def test_the_project_must_be_the_callers(path_project: str, header_project: str, code: str | None) -> None:
    caller = Caller()
    caller.load(projects=[{"id": "f" * 32, "name": "other", "domain_id": "e" * 32}])
    caller.call("GET", f"/v2/{path_project}/apigw/instances", headers={"X-Project-Id": header_project})
    assert caller.code == code


@pytest.mark.parametrize("method", ["token", "assume_role"])
def test_temporary_keys(method: str) -> None:
    caller = Caller()
    if method == "token":
        token = get_token(caller, {"project": {"name": "cn-north-4"}})
        identity: dict[str, Any] = {"methods": ["token"], "token": {"id": token, "duration_seconds": 900}}
    else:
        agency = {"agency_name": iam.DEFAULT_AGENCY, "domain_name": iam.DEFAULT_DOMAIN_NAME}
        identity = {"methods": ["assume_role"], "assume_role": agency}
    body = {"auth": {"identity": identity}}
    made = caller.call("POST", "/v3.0/OS-CREDENTIAL/securitytokens", body, signed=method != "token")["credential"]
    assert caller.status == 201
    caller.key = (made["access"], made["secret"])
    caller.call("GET", "/instances", headers={"X-Security-Token": made["securitytoken"]})
    assert caller.status == 200


@pytest.mark.parametrize(("duration", "status"), [(899, 400), (900, 201), (86400, 201), (86401, 400), ("900", 400)])
def test_duration_of_temporary_keys(duration: Any, status: int) -> None:
    caller = Caller()
    role = {"agency_name": iam.DEFAULT_AGENCY, "domain_id": iam.DEFAULT_DOMAIN_ID, "duration_seconds": duration}
    body = {"auth": {"identity": {"methods": ["assume_role"], "assume_role": role}}}
    caller.call("POST", "/v3.0/OS-CREDENTIAL/securitytokens", body)
    assert caller.status == status


def test_the_log_shows_no_password_and_no_token() -> None:
    caller = Caller()
    token = get_token(caller, {"project": {"name": "cn-north-4"}})
    assert caller.answer is not None
    assert caller.answer.summary["body"]["auth"]["identity"]["methods"] == ["password"]
    assert iam.DEFAULT_PASSWORD not in repr(caller.answer.summary)
    body = {"auth": {"identity": {"methods": ["token"], "token": {"id": token}}}}
    caller.call("POST", "/v3.0/OS-CREDENTIAL/securitytokens", body, signed=False)
    assert caller.answer.operation == "CreateTemporaryAccessKeyByToken"
    assert token not in repr(caller.answer.summary)
    body = {"auth": {"id_token": {"id": OIDC_TOKEN}}}
    caller.call(*ID_TOKEN, body, headers={"X-Idp-Id": iam.PROVIDER}, signed=False)
    assert caller.status == 201
    assert OIDC_TOKEN not in repr(caller.answer.summary)


@pytest.mark.parametrize(
    ("provider", "token"), [("another", OIDC_TOKEN), (iam.PROVIDER, "another"), (None, OIDC_TOKEN)]
)
def test_a_token_of_no_provider_is_refused(provider: str | None, token: str) -> None:
    caller = Caller()
    headers = {} if provider is None else {"X-Idp-Id": provider}
    caller.call(*ID_TOKEN, {"auth": {"id_token": {"id": token}}}, headers=headers, signed=False)
    assert caller.status == 401
