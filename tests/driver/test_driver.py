# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The driver is a real run without Ansible around it: what tests that are built on it rely on."""

from __future__ import annotations

import locale
import time
import typing as t

from driver.driver import PACE, Driver
from integration.stage import fingerprint


def order(driver: Driver, **more: t.Any) -> dict[str, t.Any]:
    return {
        "domain": "shop.example.com",
        "dv_auth_method": "dns_auto",
        "certificate_path": str(driver.folder / "shop.pem"),
        "private_key_path": str(driver.folder / "shop.key"),
        **more,
    }


def test_four_runs_of_an_order_are_done_in_virtual_time(driver: Driver) -> None:
    begun = time.monotonic()
    predicted = driver.run("tencent_free_cert", order(driver), check=True)
    real = driver.run("tencent_free_cert", order(driver))
    again = driver.run("tencent_free_cert", order(driver))
    assert (predicted.failed, predicted.changed, predicted.writes) == (False, True, [])
    assert (real.changed, real.diff, real.actions) == (True, predicted.diff, predicted.actions), real.result
    assert "ApplyCertificate" in real.writes
    assert (again.changed, again.writes) == (False, [])
    assert fingerprint(driver.folder / "shop.pem") == real.result["certificate"]["fingerprint_sha256"]
    assert sum(driver.clock.sleeps) >= 10, "the emulator checks a proof after ten seconds"
    assert time.monotonic() - begun < sum(driver.clock.sleeps)


def test_a_reset_forgets_everything(driver: Driver) -> None:
    driver.run("tencent_free_cert", order(driver))
    driver.reset()
    assert driver.run("tencent_cert_info", {}).result["certificates"] == []
    assert len(driver.on_disk()) == 2, "two empty folders"


def test_check_mode_leaves_no_trace_and_a_real_run_does(driver: Driver) -> None:
    before = driver.on_disk()
    driver.run("tencent_free_cert", order(driver), check=True)
    assert driver.on_disk() == before
    driver.run("tencent_free_cert", order(driver))
    assert {name.rpartition("/")[2] for name in driver.on_disk()} >= {"shop.pem", "shop.key", "cncloud.certificates"}


def test_options_are_checked_by_ansible(driver: Driver) -> None:
    run = driver.run("tencent_free_cert", {"domain": "example.com", "no_such_option": 1})
    assert (run.failed, run.kind, run.calls) == (True, "options", [])


def test_the_other_way_gives_the_same(driver: Driver) -> None:
    predicted = driver.run("tencent_free_cert", order(driver), check=True)
    as_module = driver.run("tencent_free_cert", order(driver), check=True, as_module=True)
    ids = ("request_ids",)
    assert {**as_module.result, **dict.fromkeys(ids)} == {**predicted.result, **dict.fromkeys(ids)}
    assert as_module.operations == predicted.operations
    real = driver.run("tencent_free_cert", order(driver), as_module=True)
    assert (real.changed, real.diff) == (True, predicted.diff)
    assert sum(driver.clock.sleeps) >= 10
    refused = driver.run("tencent_free_cert", {"domain": "example.com", "no_such_option": 1}, as_module=True)
    assert (refused.failed, refused.kind, refused.calls) == (True, "options", [])


def test_the_other_way_leaves_the_locale(driver: Driver) -> None:
    before = locale.setlocale(locale.LC_ALL)
    driver.run("tencent_cert_info", {}, as_module=True)
    assert locale.setlocale(locale.LC_ALL) == before


def test_a_failure_has_its_kind(driver: Driver) -> None:
    run = driver.run("tencent_cert_info", {}, environ={"TENCENTCLOUD_SECRET_KEY": "wrong-for-this-test"})
    assert (run.failed, run.kind) == (True, "auth")
    driver.reset()
    assert not driver.run("tencent_cert_info", {}).failed, "a reset forgets refused keys"


def test_time_that_runs_faster_serves_where_time_is_shared(driver: Driver) -> None:
    driver.emulator.control("POST", "/clock", {"freeze": False, "pace": PACE})
    run = driver.run("tencent_free_cert", order(driver), clock=driver.paced_clock())
    driver.emulator.control("POST", "/clock", {"pace": 1})
    assert run.changed, run.result
    assert driver.clock.sleeps == []
