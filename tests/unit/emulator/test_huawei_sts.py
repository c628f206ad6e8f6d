# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Temporary keys of the emulated Huawei Cloud: agencies, tokens of an identity provider, metadata, a pod's agent."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cncloud.certificates.tests.unit.emulator.huawei_caller import Caller
from emulator import huawei_iam as iam
from emulator.huawei_sts import PROVIDER
from emulator.temporary_keys import OIDC_TOKEN, POD_TOKEN

URN = f"iam::{iam.DEFAULT_DOMAIN_ID}:agency:{iam.DEFAULT_AGENCY}"
TOKEN_PATH = "/meta-data/latest/api/token"
KEY_PATH = "/openstack/latest/securitykey"
LOCAL_PATH = "/local-credentials/huawei"


def assume(caller: Caller, **given: Any) -> dict[str, Any]:
    body = {"agency_urn": URN, "agency_session_name": "test", **given}
    return dict(caller.call("POST", "/v5/agencies/assume", body))


def by_token(caller: Caller, **given: Any) -> dict[str, Any]:
    provider = f"iam::{iam.DEFAULT_DOMAIN_ID}:oidcProvider:{PROVIDER}"
    body = {"provider_urn": provider, "agency_urn": URN, "agency_session_name": "test", "id_token": OIDC_TOKEN, **given}
    return dict(caller.call("POST", "/v5/agencies/assume-with-oidc", body, signed=False))


def plain(caller: Caller, method: str, path: str, **headers: str) -> Any:
    sent = {name.replace("_", "-"): text for name, text in headers.items()}
    return caller.call(method, path, headers=sent, signed=False)


def used(caller: Caller, access: str, secret: str, token: str | None) -> tuple[int, str | None]:
    """A call with a temporary key: its status and code."""
    key, caller.key = caller.key, (access, secret)
    caller.call("GET", "/instances", headers={"X-Security-Token": token} if token else {})
    caller.key = key
    return caller.status, caller.code


def new_key(made: dict[str, Any]) -> tuple[str, str, str]:
    """Of STS."""
    keys = made["credentials"]
    return keys["access_key_id"], keys["secret_access_key"], keys["security_token"]


def old_key(made: dict[str, Any]) -> tuple[str, str, str]:
    """Of metadata and pods."""
    keys = made["credential"]
    return keys["access"], keys["secret"], keys["securitytoken"]


def test_an_agency() -> None:
    caller = Caller()
    made = assume(caller, duration_seconds=900)
    assert caller.status == 200
    assert made["credentials"]["expiration"].endswith("Z")
    access, secret, token = new_key(made)
    assert used(caller, access, secret, token) == (200, None)
    assert used(caller, access, secret, None) == (401, "APIGW.0301")
    assert used(caller, access, secret, "other") == (401, "APIGW.0301")
    assert caller.call("GET", "/v5/caller-identity")["account_id"] == iam.DEFAULT_DOMAIN_ID


@pytest.mark.parametrize(
    "given, status",
    [
        ({"agency_urn": f"{URN}x"}, 404),
        ({"agency_urn": "emulator-agency"}, 400),
        ({"agency_session_name": None}, 400),
        ({"duration_seconds": 899}, 400),
        ({"duration_seconds": "900"}, 400),
    ],
)
def test_agencies_that_are_refused(given: dict[str, Any], status: int) -> None:
    caller = Caller()
    body = assume(caller, **given)
    assert caller.status == status
    assert set(body) == {"error_code", "error_msg"}


def test_an_external_id() -> None:
    caller = Caller()
    caller.load(agencies=[{"name": iam.DEFAULT_AGENCY, "external_id": "word"}])
    assume(caller)
    assert caller.status == 403
    assume(caller, external_id="word")
    assert caller.status == 200


def test_a_token_of_an_identity_provider() -> None:
    caller = Caller()
    made = by_token(caller)
    assert caller.answer is not None
    assert (caller.answer.service, caller.answer.operation) == ("sts", "AssumeAgencyWithOIDC")
    assert OIDC_TOKEN not in repr(caller.answer.summary)
    assert used(caller, *new_key(made)) == (200, None)
    for given in ({"id_token": "old"}, {"provider_urn": "other"}):
        by_token(caller, **given)
        assert caller.status == 401
    assume(caller)
    assert caller.status == 200
    caller.call("POST", "/v5/agencies/assume", {"agency_urn": URN, "agency_session_name": "x"}, signed=False)
    assert caller.status == 401


def test_keys_end() -> None:
    caller = Caller()
    access, secret, token = new_key(assume(caller))
    response = caller.cloud.control("DELETE", ["temporary_keys"], {}, {})
    assert response is not None
    assert isinstance(response.body, dict)
    assert [one["key_id"] for one in response.body["temporary_keys"]] == [access]
    assert secret not in repr(caller.cloud.state({}))
    assert used(caller, access, secret, token) == (401, "APIGW.0301")
    caller.load(sts={"key_life": 60})
    made = new_key(assume(caller))
    assert used(caller, *made) == (200, None)
    caller.wait(61)
    assert used(caller, *made) == (401, "APIGW.0301")


def test_metadata_of_an_instance() -> None:
    caller = Caller()
    token = plain(caller, "PUT", TOKEN_PATH, X_Metadata_Token_Ttl_Seconds="21600").decode()
    made = plain(caller, "GET", KEY_PATH, X_Metadata_Token=token)
    assert made["credential"]["expires_at"].endswith("Z")
    assert used(caller, *old_key(made)) == (200, None)
    assert plain(caller, "GET", KEY_PATH) == made
    plain(caller, "GET", KEY_PATH, X_Metadata_Token="wrong")
    assert caller.status == 401
    caller.load(sts={"metadata_tokens": "required"})
    plain(caller, "GET", KEY_PATH)
    assert caller.status == 401
    caller.load(sts={"metadata_tokens": "absent"})
    plain(caller, "PUT", TOKEN_PATH, X_Metadata_Token_Ttl_Seconds="21600")
    assert caller.status == 404
    caller.load(sts={"instance_role": ""})
    plain(caller, "GET", KEY_PATH)
    assert caller.status == 401


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_pod(method: str) -> None:
    caller = Caller()
    made = plain(caller, method, LOCAL_PATH, Authorization=POD_TOKEN)
    assert used(caller, *old_key(made)) == (200, None)
    plain(caller, method, LOCAL_PATH, Authorization="other")
    assert caller.status == 401


def test_nothing_of_this_is_a_write() -> None:
    """A prediction may ask for keys."""
    caller = Caller()
    assume(caller)
    by_token(caller)
    plain(caller, "GET", KEY_PATH)
    assert caller.answer is not None
    assert caller.answer.write is False
