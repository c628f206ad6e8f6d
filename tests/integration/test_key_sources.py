# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every source of keys opens an account, in both ways of running: files, roles, pods, instances, tokens, passwords."""

from __future__ import annotations

import json
import sys
import typing as t
import urllib.request

import pytest
from integration.both_ways import Way
from integration.stage import Stage

WAYS = pytest.mark.parametrize("way", list(Way), ids=lambda way: way.name.lower())
MODULES: dict[str, dict[str, t.Any]] = {
    "aliyun": {"cncloud.certificates.aliyun_sslvpn_client_cert_info": {}},
    "tencent": {"cncloud.certificates.tencent_cert_info": {}},
    "huawei": {"cncloud.certificates.huawei_apig_cert_info": {"instance_id": "i-emulator"}},
}
NO_KEYS = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "",
    "TENCENTCLOUD_SECRET_ID": "",
    "TENCENTCLOUD_SECRET_KEY": "",
    "HUAWEICLOUD_SDK_AK": "",
    "HUAWEICLOUD_SDK_SK": "",
}
WRONG_KEYS = dict.fromkeys(NO_KEYS, "WRONG")
ROLES = {
    "aliyun": "acs:ram::1000000000000001:role/guarded",
    "tencent": "qcs::cam::uin/100000000001:roleName/guarded",
    "huawei": "iam::d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0:agency:guarded",
}
OPEN_ROLES = {cloud: arn.replace("guarded", "emulator-role") for cloud, arn in ROLES.items()}
OPEN_ROLES["huawei"] = ROLES["huawei"].replace("guarded", "emulator-agency")
USER = {
    "user_name": "emulator-user",
    "user_domain_name": "emulator-account",
    "password": "emulator-huawei-password",
}
OIDC_TOKEN = "emulator.oidc.token"


class Case(t.NamedTuple):
    """A task: options, environment, and the operations that make its key."""

    cloud: str
    options: dict[str, t.Any]
    environ: dict[str, str]
    made_by: list[str]

    def task(self) -> dict[str, t.Any]:
        ((module, own),) = MODULES[self.cloud].items()
        return {module: {**own, **self.options}, "environment": self.environ}


def write_files(stage: Stage) -> dict[str, str]:
    """The files of the vendors' tools in the home folder; their secrets by name."""
    keys = {cloud: given[0] for cloud, given in stage.emulator.info["credentials"].items()}
    home = stage.folder / "home"
    key = {"access_key_id": keys["aliyun"]["key_id"], "access_key_secret": keys["aliyun"]["secret"]}
    printed = stage.folder / "print_key.py"
    printed.write_text(f"print({json.dumps(json.dumps({'mode': 'AK', **key}))})\n")
    role = {"ram_role_arn": OPEN_ROLES["aliyun"]}
    profiles: list[dict[str, t.Any]] = [
        {"name": "default", "mode": "AK", **key},
        {"name": "role", "mode": "RamRoleArn", **key, **role},
        {"name": "chain", "mode": "ChainableRamRoleArn", "source_profile": "default", **role},
        {"name": "program", "mode": "External", "process_command": f"{sys.executable} {printed}"},
        {
            "name": "server",
            "mode": "CredentialsURI",
            "credentials_uri": f"{stage.emulator.endpoint}/local-credentials/aliyun",
        },
        {"name": "vm", "mode": "EcsRamRole"},
    ]
    tencent, huawei = keys["tencent"], keys["huawei"]
    login = {"secretId": tencent["key_id"], "secretKey": tencent["secret"], "token": None}
    aksk = {"name": "default", "mode": "AKSK", "accessKeyId": huawei["key_id"], "secretAccessKey": huawei["secret"]}
    agency = {"agencyName": "emulator-agency", "agencyDomainName": "emulator-account"}
    ini = f"[basic]\nak = {huawei['key_id']}\nsk = {huawei['secret']}\nproject_id = {huawei['project_id']}\n"
    files = {
        ".aliyun/config.json": json.dumps({"current": "default", "profiles": profiles}),
        ".alibabacloud/credentials.ini": "[ini]\n" + "".join(f"{name} = {value}\n" for name, value in key.items()),
        ".tccli/default.credential": json.dumps(login),
        ".tccli/role.credential": json.dumps({**login, "role-arn": OPEN_ROLES["tencent"]}),
        ".tencentcloud/credentials": f"[ini]\nsecret_id = {tencent['key_id']}\nsecret_key = {tencent['secret']}\n",
        ".hcloud/config.json": json.dumps({"profiles": [aksk, {**aksk, "name": "agency", "mode": "agency", **agency}]}),
        ".huaweicloud/credentials": ini,
        "oidc-token": f"{OIDC_TOKEN}\n",
        "pod-token": "emulator-pod-token\n",
    }
    for name, text in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return {name: str(home / name) for name in files}


def auth_token(stage: Stage) -> str:
    """A token of IAM for the project, as somebody else would have made it."""
    user = {
        "name": USER["user_name"],
        "password": USER["password"],
        "domain": {"name": USER["user_domain_name"]},
    }
    identity = {"methods": ["password"], "password": {"user": user}}
    body = {"auth": {"identity": identity, "scope": {"project": {"name": "cn-north-4"}}}}
    request = urllib.request.Request(
        f"{stage.emulator.endpoint}/v3/auth/tokens", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(answer.headers["X-Subject-Token"])


def cases(stage: Stage) -> dict[str, Case]:
    files = write_files(stage)
    endpoint = stage.emulator.endpoint
    metadata = {"CNCLOUD_CERTIFICATES_METADATA": endpoint}
    for cloud in ROLES:
        kind = "agencies" if cloud == "huawei" else "roles"
        stage.emulator.control("POST", f"/{cloud}/{kind}", {"name": "guarded", "external_id": "an-external-id"})
    guarded = {"session_name": "nightly", "duration": 1800, "external_id": "an-external-id"}
    v2, v1 = ["(metadata token)", "(metadata role)", "(metadata key)"], ["(metadata role)", "(metadata key)"]
    found: dict[str, Case] = {}
    for cloud, metadata_calls in [("aliyun", v2), ("tencent", v1), ("huawei", ["(metadata token)", "(metadata key)"])]:
        assumed = ["AssumeAgency" if cloud == "huawei" else "AssumeRole"]
        found[f"{cloud}: default profile"] = Case(cloud, {}, NO_KEYS, [])
        found[f"{cloud}: profile beats keys"] = Case(cloud, {"profile": "default"}, WRONG_KEYS, [])
        found[f"{cloud}: ini"] = Case(cloud, {"profile": "basic" if cloud == "huawei" else "ini"}, WRONG_KEYS, [])
        found[f"{cloud}: role with external id"] = Case(
            cloud, {"assume_role": {"role_arn": ROLES[cloud], **guarded}}, {}, assumed
        )
        found[f"{cloud}: role on profile"] = Case(
            cloud, {"assume_role": {"role_arn": OPEN_ROLES[cloud]}, "profile": "default"}, WRONG_KEYS, assumed
        )
        found[f"{cloud}: instance"] = Case(cloud, {"instance_role": True}, {**WRONG_KEYS, **metadata}, metadata_calls)
    role = "AssumeRole"
    found["aliyun: role of profile"] = Case("aliyun", {"profile": "role"}, WRONG_KEYS, [role])
    found["aliyun: chain"] = Case("aliyun", {"profile": "chain"}, WRONG_KEYS, [role])
    found["aliyun: program"] = Case("aliyun", {"profile": "program"}, WRONG_KEYS, [])
    found["aliyun: server"] = Case("aliyun", {"profile": "server"}, WRONG_KEYS, ["(local credentials)"])
    found["aliyun: profile of an instance"] = Case("aliyun", {"profile": "vm"}, {**WRONG_KEYS, **metadata}, v2)
    pod = {
        "ALIBABA_CLOUD_ROLE_ARN": OPEN_ROLES["aliyun"],
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "acs:ram::1000000000000001:oidc-provider/emulator-oidc",
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE": files["oidc-token"],
    }
    found["aliyun: pod"] = Case("aliyun", {}, {**NO_KEYS, **pod}, ["AssumeRoleWithOIDC"])
    found["tencent: role of profile"] = Case("tencent", {"profile": "role"}, WRONG_KEYS, [role])
    pod = {
        "TKE_REGION": "ap-guangzhou",
        "TKE_PROVIDER_ID": "emulator-oidc",
        "TKE_WEB_IDENTITY_TOKEN_FILE": files["oidc-token"],
        "TKE_ROLE_ARN": OPEN_ROLES["tencent"],
    }
    found["tencent: pod"] = Case("tencent", {}, {**NO_KEYS, **pod}, ["AssumeRoleWithWebIdentity"])
    found["tencent: role in environment"] = Case(
        "tencent", {}, {"TENCENTCLOUD_ROLE_ARN": OPEN_ROLES["tencent"]}, [role]
    )
    identity = {
        "HUAWEICLOUD_OIDC_PROVIDER_URN": "iam::d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0:oidcProvider:emulator-oidc",
        "HUAWEICLOUD_OIDC_AGENCY_URN": OPEN_ROLES["huawei"],
        "HUAWEICLOUD_OIDC_TOKEN_FILE": files["oidc-token"],
    }
    found["huawei: OIDC"] = Case("huawei", {}, {**NO_KEYS, **identity}, ["AssumeAgencyWithOIDC"])
    user = {
        "HUAWEICLOUD_SDK_IDP_ID": "emulator-oidc",
        "HUAWEICLOUD_SDK_ID_TOKEN_FILE": files["oidc-token"],
    }
    made_by = ["CreateTokenWithIdToken", "CreateTemporaryAccessKeyByToken"]
    found["huawei: user of an identity provider"] = Case("huawei", {}, {**NO_KEYS, **user}, made_by)
    agent = {
        "HC_CONTAINER_CREDENTIALS_FULL_URI": f"{endpoint}/local-credentials/huawei",
        "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE": files["pod-token"],
    }
    found["huawei: pod"] = Case("huawei", {}, {**NO_KEYS, **agent}, ["(local credentials)"])
    found["huawei: password"] = Case("huawei", USER, WRONG_KEYS, ["KeystoneCreateUserTokenByPassword"])
    found["huawei: token"] = Case("huawei", {"auth_token": auth_token(stage)}, WRONG_KEYS, [])
    found["huawei: agency"] = Case("huawei", {"profile": "agency"}, WRONG_KEYS, ["CreateTemporaryAccessKeyByAgency"])
    return found


KEY_MAKERS = ("Assume", "(", "CreateT", "KeystoneCreate")


@WAYS
@pytest.mark.parametrize("cloud", list(MODULES))
def test_every_source_opens_the_account(stage: Stage, way: Way, cloud: str) -> None:
    found = [(name, case) for name, case in cases(stage).items() if case.cloud == cloud]
    # As a module each is an interpreter of its own, with the same code: every other one will do.
    wanted = dict(found if way is Way.IN_PROCESS else found[1::2])
    stage.forget_calls()
    run = stage.play([{"name": name, **case.task()} for name, case in wanted.items()], way=way)
    assert {each.task: each.status for each in run.results} == dict.fromkeys(wanted, "ok"), run.output
    made = [call["operation"] for call in stage.emulator.log() if call["operation"].startswith(KEY_MAKERS)]
    assert made == [operation for case in wanted.values() for operation in case.made_by]
    assert [call["operation"] for call in stage.emulator.log() if call["write"]] == []


def test_a_loop_makes_one_key(stage: Stage) -> None:
    task = {"assume_role": {"role_arn": OPEN_ROLES["tencent"]}, "domain": "x{{ item }}.example.com"}
    run = stage.play([{"cncloud.certificates.tencent_cert_info": task, "loop": list(range(5))}])
    assert run.returncode == 0, run.output
    operations = [call["operation"] for call in stage.emulator.log()]
    assert operations.count("AssumeRole") == 1
    assert len(operations) == 6


def long_task(stage: Stage, cloud: str) -> dict[str, t.Any]:
    """One that waits for minutes, with an assumed role."""
    role = {"assume_role": {"role_arn": OPEN_ROLES[cloud]}}
    if cloud == "aliyun":
        return {"cncloud.certificates.esa_free_cert": {"site": "example.com", "domains": ["a.example.com"], **role}}
    if cloud == "huawei":
        stage.add_domain("long.example.com")
        files = stage.make_certificate("long", names=["long.example.com"])
        paths = {"certificate_path": str(files.certificate), "private_key_path": str(files.private_key)}
        place = {"instance_id": "i-emulator", "group": "demo", "domain": "long.example.com"}
        return {"cncloud.certificates.huawei_apig_domain_cert": {**place, **paths, **role}}
    paths = {"certificate_path": f"{stage.folder}/api.pem", "private_key_path": f"{stage.folder}/api.key"}
    order = {"domain": "api.example.com", "dv_auth_method": "dns_auto", **paths, **role}
    return {"cncloud.certificates.tencent_free_cert": order}


@pytest.mark.parametrize(
    ("cloud", "way"),
    [("tencent", Way.MODULE), *[(cloud, Way.IN_PROCESS) for cloud in MODULES]],
    ids=lambda value: value if isinstance(value, str) else value.name.lower(),
)
def test_keys_that_end_soon_are_renewed_through_a_long_task(stage: Stage, cloud: str, way: Way) -> None:
    """Here each key lasts less than what is left over for a call: the task outlives several of them."""
    task = long_task(stage, cloud)
    stage.emulator.control("POST", *key_life(cloud, 60))
    turn = stage.turn(task, way=way)
    assert (turn.result.status, turn.changed) == ("ok", True), turn.run.output
    made = [operation for operation in turn.operations() if operation.startswith("Assume")]
    assert len(made) > 2
    assert {call["code"] for call in turn.calls} == {None}


def key_life(cloud: str, seconds: int) -> tuple[str, dict[str, t.Any]]:
    """What makes the emulator give out keys that last so long."""
    life = {"key_life": seconds}
    return ("/huawei/sts", life) if cloud == "huawei" else (f"/{cloud}/settings", {"sts": life})


@WAYS
def test_failures_name_the_source(stage: Stage, way: Way) -> None:
    found = cases(stage)
    sts: dict[str, t.Any] = {"key_life": -5}
    stage.emulator.control("POST", "/aliyun/settings", {"sts": sts})
    stage.emulator.control("POST", "/tencent/settings", {"sts": {"instance_role": ""}})
    stage.emulator.control("POST", "/huawei/sts", {"oidc_tokens": []})
    refused = {
        "aliyun: role on profile": "has expired",
        "tencent: instance": "This instance has no role",
        "huawei: OIDC": "There is no key from the OIDC identity in the environment",
    }
    guarded = {"assume_role": {"role_arn": ROLES["tencent"], "external_id": "another-external-id"}}
    tasks = [{"name": name, **found[name].task(), "ignore_errors": True} for name in refused]
    tasks.append({"name": "external id", "cncloud.certificates.tencent_cert_info": guarded, "ignore_errors": True})
    run = stage.play(tasks, way=way)
    for name, text in {**refused, "external id": "There is no key from the assumed role"}.items():
        result = run.of(name).result
        assert text in result["msg"]
        assert result["error"]["kind"] in ("auth", "permission"), result
        assert "another-external-id" not in result["msg"]
