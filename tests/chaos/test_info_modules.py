# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules that only read, with every fault at each of their calls: the right answer or a failure of a known kind."""

from __future__ import annotations

import collections.abc as c
import dataclasses
import typing as t

import pytest
from chaos import antchain, esa, huawei, sslvpn, tencent
from chaos.disturbance import CLIENT, IMPATIENT, LARGE, SLOW, UNKNOWN_CODES
from chaos.points import Points
from chaos.relay import HARMS, Relay
from chaos.scenario import Json
from chaos.sequence import KINDS
from chaos.test_all_there import MODULES
from driver.driver import Driver, Run

MOST_CALLS = 20
"""Calls of one run beyond three times those of an undisturbed one."""
LONG = 1000.0
"""Virtual seconds after which nothing changes by itself any more."""
HOST = "www.example.com"


@dataclasses.dataclass(frozen=True)
class Reader:
    module: str
    cloud: str
    prepare: c.Callable[[Driver], None]
    params: Json


READERS = (
    Reader("tencent_cert_info", "tencent", tencent.due, {"search": "example"}),
    Reader("tencent_cert_info", "tencent", tencent.pending, {"domain": tencent.DOMAIN}),
    Reader(
        *("huawei_apig_cert_info", "huawei", huawei.shared),
        {"instance_id": "i-emulator", "with_bindings": True, "with_details": True},
    ),
    Reader("huawei_apig_cert_info", "huawei", huawei.taken, {"instance_id": "i-emulator", "group": "demo"}),
    Reader("aliyun_sslvpn_client_cert_info", "aliyun", sslvpn.one, {"ssl_vpn_server_id": sslvpn.SERVER}),
    Reader("esa_cert_info", "aliyun", esa.all_there, {"site": "example.com"}),
    Reader("antchain_cert_info", "aliyun", antchain.lost, {"consortium_id": "consortium-emulator"}),
)
LASTING = ("throttle", "http_503", "reset", "lost_request")
"""Struck from one call on until the end, too."""
_MORE: dict[str, Json] = {"slow": {"delay": SLOW}, "huge": {"size": LARGE}}
ONCE = (*LASTING, "lost_answer", "http_500", "truncated", "garbage", "wrong_types", "huge", "redirect", "slow", "error")


def test_every_module_that_only_reads_is_disturbed() -> None:
    reading = {module for module in MODULES if module.endswith("_info")}
    assert {reader.module for reader in READERS} | {"served_cert_info"} == reading


@pytest.mark.parametrize("reader", READERS, ids=lambda one: f"{one.module}-{one.prepare.__name__}")
def test_a_reader_under_faults(shared_driver: Driver, reader: Reader) -> None:
    driver = shared_driver
    driver.reset()
    reader.prepare(driver)
    driver.clock.pass_by(LONG)
    plain = driver.run(reader.module, reader.params)
    assert not plain.failed, plain.result
    disk = driver.on_disk()
    for position in range(len(plain.calls)):
        for fault in _faults(reader.cloud, position):
            driver.emulator.control("POST", "/faults", fault)
            impatient = {"timeout": IMPATIENT} if fault["kind"] == "slow" else {}
            as_module = position % 2 == 1
            run = driver.run(reader.module, {**reader.params, **impatient}, as_module=as_module)
            driver.emulator.control("DELETE", "/faults")
            _expect_sound(run, plain, f"{fault}")
            assert [call for call in run.calls if call["fault"] == fault["kind"]], f"{fault} never struck"
        for what in CLIENT:
            with Points(what=what, at=2 * position).within():
                run = driver.run(reader.module, reader.params)
            _expect_sound(run, plain, f"{what} at call {position}")
    assert driver.on_disk() == disk


def _faults(cloud: str, position: int) -> c.Iterator[Json]:
    for kind in ONCE:
        fault: Json = {"kind": kind, "after": position, "match": {"cloud": cloud}}
        if kind == "error":
            for code in UNKNOWN_CODES[cloud]:
                yield {**fault, "code": code}
            continue
        yield {**fault, **_MORE.get(kind, {})}
        if kind in LASTING:
            yield {**fault, "times": None}


def _expect_sound(run: Run, plain: Run, story: str) -> None:
    assert (run.changed, run.writes) == (False, []), story
    assert len(run.calls) <= 3 * len(plain.calls) + MOST_CALLS, story
    if run.failed:
        assert run.kind in KINDS, (story, run.result)
        assert not [word for word in ("This is a bug", "Traceback") if word in f"{run.result}"], (story, run.result)
    else:
        assert _told(run) == _told(plain), story


def _told(run: Run) -> Json:
    """Without what is different each time: the ids of calls, and days that go by."""
    return t.cast("Json", _without(run.result, ("request_ids", "days_left")))


def _without(value: t.Any, names: tuple[str, ...]) -> t.Any:
    if isinstance(value, dict):
        return {name: _without(member, names) for name, member in value.items() if name not in names}
    if isinstance(value, list):
        return [_without(member, names) for member in value]
    return value


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("waiting", [False, True])
def test_a_look_at_what_is_served_under_faults(shared_driver: Driver, harm: str, waiting: bool) -> None:
    driver = shared_driver
    driver.reset()
    huawei.only_one(driver)
    driver.clock.pass_by(LONG)
    info = driver.emulator.info
    disk = driver.on_disk()
    with Relay((info["edge_host"], info["edge_port"]), harm=harm) as relay:
        params = {"host": HOST, "connect_to": relay.place, "timeout": IMPATIENT, "retries": 1}
        plain = driver.run("served_cert_info", params)
        assert not plain.failed, plain.result
        if waiting:
            expected = plain.result["served"]["fingerprint_sha256"]
            params |= {"expect_fingerprint": expected, "wait_timeout": 4}
            plain = driver.run("served_cert_info", params)
        looked = relay.taken
        for first in range(2):
            for harmed in (range(first, first + 1), range(first, 1000)):
                relay.begin_again(harmed)
                run = driver.run("served_cert_info", params)
                _expect_sound(run, plain, f"{harm} at {harmed}")
                assert relay.taken <= 2 * looked + MOST_CALLS
    assert driver.on_disk() == disk
