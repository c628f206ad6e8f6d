# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A key that a cloud refuses is sent once; the answer says where it came from and never what it is."""

from __future__ import annotations

import typing as t

import pytest
from integration.both_ways import PlaybookRun, Way
from integration.stage import Call, Stage

pytestmark = pytest.mark.xdist_group("refused_keys")

WRONG = "not-the-secret-key"
SECRETS = {
    "aliyun": "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "tencent": "TENCENTCLOUD_SECRET_KEY",
    "huawei": "HUAWEICLOUD_SDK_SK",
}
ITEMS = {Way.IN_PROCESS: 8, Way.MODULE: 2}
TASKS: dict[str, dict[str, t.Any]] = {
    "tencent, environment": {"cncloud.certificates.tencent_free_cert": {"domain": "x{{ item }}.example.com"}},
    "huawei, environment": {"cncloud.certificates.huawei_apig_cert_info": {"instance_id": "i-{{ item }}"}},
    "aliyun, environment": {
        "cncloud.certificates.aliyun_sslvpn_client_cert": {
            "ssl_vpn_server_id": "vss-emulator",
            "name": "x{{ item }}",
        }
    },
    "aliyun, options": {
        "cncloud.certificates.aliyun_sslvpn_client_cert_info": {
            "name": "x{{ item }}",
            "access_key_id": "LTAIEMULATOR00000001",
            "access_key_secret": "another-wrong-key",
        }
    },
    "tencent, options": {
        "cncloud.certificates.tencent_cert_info": {
            "domain": "x{{ item }}.example.com",
            "secret_id": "AKIDEMULATOR0000000000000000000000001",
            "secret_key": "another-wrong-key",
        }
    },
    "huawei, options": {
        "cncloud.certificates.huawei_apig_domain_cert": {
            "instance_id": "i-emulator",
            "group": "demo",
            "domain": "x{{ item }}.example.com",
            "state": "absent",
            "access_key": "EMULATORHUAWEIAK0001",
            "secret_key": "another-wrong-key",
            "project_id": "0123456789abcdef0123456789abcdef",
        }
    },
}


class Refused(t.NamedTuple):
    way: Way
    run: PlaybookRun
    calls: list[Call]

    def items(self, name: str) -> list[dict[str, t.Any]]:
        return list(self.run.of(name).result["results"])


@pytest.fixture(scope="module", name="refused", params=Way, ids=lambda way: way.name.lower())
def _refused(shared_stage: Stage, request: pytest.FixtureRequest) -> Refused:
    """Loops with wrong keys, with a memory of its own for each way of running."""
    stage = shared_stage
    stage.forget_calls()
    stage.emulator.control("POST", "/huawei/unlock")
    loop = {"loop": list(range(ITEMS[request.param])), "ignore_errors": True}
    tasks = [{"name": name, **task, **loop} for name, task in TASKS.items()]
    memory = stage.folder / request.param.name
    memory.mkdir()
    environ = {
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": WRONG,
        "TENCENTCLOUD_SECRET_KEY": WRONG,
        "HUAWEICLOUD_SDK_SK": WRONG,
        "XDG_CACHE_HOME": str(memory),
    }
    run = stage.play(tasks, way=request.param, environ=environ)
    return Refused(request.param, run, stage.emulator.log())


@pytest.mark.parametrize("name", TASKS)
def test_loop_sends_a_wrong_key_once(refused: Refused, name: str) -> None:
    ids = [request_id for item in refused.items(name) for request_id in item["request_ids"]]
    assert len(refused.items(name)) == ITEMS[refused.way]
    assert len(ids) == 1


def test_no_refused_call_is_repeated(refused: Refused) -> None:
    assert len(refused.calls) == len(TASKS)


@pytest.mark.parametrize("name", TASKS)
def test_each_item_says_that_the_key_is_refused(refused: Refused, name: str) -> None:
    for item in refused.items(name):
        assert item["error"]["kind"] == "auth"
        assert item["error"]["retryable"] is False


@pytest.mark.parametrize("name", TASKS)
def test_message_names_the_source_of_the_key_and_not_the_key(refused: Refused, name: str) -> None:
    for item in refused.items(name):
        told = f"{item['msg']} {item['error']['hint']}"
        if "environment" in name:
            assert SECRETS[name.partition(",")[0]] in told
        else:
            assert "option" in told
        assert WRONG not in str(item)
        assert "another-wrong-key" not in str(item["error"]) + item["msg"]


def test_right_key_works_while_a_wrong_one_is_refused(refused: Refused, shared_stage: Stage) -> None:
    turn = shared_stage.turn({"cncloud.certificates.tencent_cert_info": {}})
    assert turn.result.status == "ok", turn.run.output
