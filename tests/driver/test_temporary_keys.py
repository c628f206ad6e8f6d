# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Temporary keys that are taken back in the middle of a wait or between two items, and clocks that are off."""

from __future__ import annotations

import typing as t

import pytest
from driver.driver import Driver, Run

ROLES = {
    "aliyun": "acs:ram::1000000000000001:role/emulator-role",
    "tencent": "qcs::cam::uin/100000000001:roleName/emulator-role",
    "huawei": "iam::d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0:agency:emulator-agency",
}
LISTS: dict[str, tuple[str, dict[str, t.Any]]] = {
    "aliyun": ("aliyun_sslvpn_client_cert_info", {}),
    "tencent": ("tencent_cert_info", {}),
    "huawei": ("huawei_apig_cert_info", {"instance_id": "i-emulator"}),
}
NO_KEYS = dict.fromkeys(
    (
        *("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
        *("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY"),
        *("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"),
    ),
    "",
)
EACH = pytest.mark.parametrize("cloud", ROLES)


def long_task(driver: Driver, cloud: str) -> tuple[str, dict[str, t.Any]]:
    """A task that waits for minutes."""
    if cloud == "aliyun":
        return "esa_free_cert", {"site": "example.com", "domains": ["a.example.com"]}
    if cloud == "huawei":
        driver.emulator.control("POST", "/huawei/domains", {"group": "demo", "domain": "long.example.com"})
        made = driver.emulator.control("POST", "/ca/issue", {"names": ["long.example.com"]})
        material = {"certificate": made["chain_pem"], "private_key": made["key_pem"]}
        place = {"instance_id": "i-emulator", "group": "demo", "domain": "long.example.com"}
        return "huawei_apig_domain_cert", {**place, **material}
    files = {"certificate_path": str(driver.folder / "a.pem"), "private_key_path": str(driver.folder / "a.key")}
    return "tencent_free_cert", {"domain": "a.example.com", "dv_auth_method": "dns_auto", **files}


def pod(driver: Driver) -> dict[str, str]:
    """The environment of a pod in any of the clouds."""
    token = driver.home / "oidc-token"
    token.write_text("emulator.oidc.token")
    return {
        **NO_KEYS,
        "ALIBABA_CLOUD_ROLE_ARN": ROLES["aliyun"],
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "acs:ram::1000000000000001:oidc-provider/emulator-oidc",
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(token),
        "TKE_ROLE_ARN": ROLES["tencent"],
        "TKE_PROVIDER_ID": "emulator-oidc",
        "TKE_WEB_IDENTITY_TOKEN_FILE": str(token),
        "HUAWEICLOUD_OIDC_AGENCY_URN": ROLES["huawei"],
        "HUAWEICLOUD_OIDC_PROVIDER_URN": "iam::d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0:oidcProvider:emulator-oidc",
        "HUAWEICLOUD_OIDC_TOKEN_FILE": str(token),
    }


def made(run: Run) -> list[str]:
    """The operations that gave a key."""
    return [operation for operation in run.operations if operation.startswith("Assume")]


@EACH
def test_keys_that_are_taken_back_between_two_items_are_replaced(driver: Driver, cloud: str) -> None:
    module, options = LISTS[cloud]
    task = {**options, "assume_role": {"role_arn": ROLES[cloud]}}
    first = driver.run(module, task)
    assert len(made(first)) == 1
    assert made(driver.run(module, task)) == [], "the key is kept"
    driver.emulator.control("DELETE", f"/{cloud}/temporary_keys")
    third = driver.run(module, task)
    assert not third.failed, third.result
    assert len(made(third)) == 1


@EACH
def test_keys_that_are_taken_back_in_the_middle_of_a_wait_are_replaced(
    driver: Driver, cloud: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, options = long_task(driver, cloud)
    sleep, sleeps = driver.clock.sleep, list[float]()

    def interrupted(seconds: float) -> None:
        sleeps.append(seconds)
        if len(sleeps) == 2:
            driver.emulator.control("DELETE", f"/{cloud}/temporary_keys")
        sleep(seconds)

    monkeypatch.setattr(driver.clock, "sleep", interrupted)
    run = driver.run(module, {**options, "assume_role": {"role_arn": ROLES[cloud]}})
    assert (run.failed, run.changed) == (False, True), run.result
    assert len(sleeps) >= 2
    assert len(made(run)) == 2


@EACH
def test_a_clock_that_is_off_costs_a_loop_two_keys_and_says_so(driver: Driver, cloud: str) -> None:
    """What a pod's token is changed for is not signed, so that it is the keys that are refused."""
    module, options = LISTS[cloud]
    environ = pod(driver)
    driver.emulator.control("POST", "/clock", {"signature_skew": 1200})
    runs: list[Run] = [driver.run(module, options, environ=environ) for _item in range(5)]
    assert [run.kind for run in runs] == ["auth"] * 5
    assert [len(made(run)) for run in runs] == [2, 0, 0, 0, 0]
    assert [len(run.calls) for run in runs] == [4, 0, 0, 0, 0]
    assert {run.result["error"]["code"] for run in runs[1:]} == {"refused_locally"}
    assert "check the clock of this machine" in runs[1].result["msg"]
