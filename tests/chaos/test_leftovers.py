# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificate objects that a run on a Huawei Cloud gateway left bound to nothing, since it was ended half-way."""

from __future__ import annotations

import typing as t

import pytest
from chaos import huawei
from chaos.scenario import PAUSE, Json, account, issue
from driver.driver import Driver, Run

MODULE = "huawei_apig_domain_cert"
NEVER = {"kind": "lost_request", "times": None}
"""A run that meets it fails where another one would have been killed."""


def play(driver: Driver, params: Json, **more: t.Any) -> Run:
    driver.clock.pass_by(PAUSE)
    return driver.run(MODULE, params, **more)


def failing(driver: Driver, operation: str, params: Json) -> None:
    driver.emulator.control("POST", "/faults", {**NEVER, "match": {"operation": operation}})
    assert play(driver, params).kind == "network"
    driver.emulator.control("DELETE", "/faults")


def names(driver: Driver) -> list[str]:
    return sorted(row["name"] for row in account(driver, "huawei")["certificates"])


def notes(driver: Driver) -> list[str]:
    return [path.name for path in driver.home.rglob("note-*")]


@pytest.fixture
def left(shared_driver: Driver) -> Driver:
    """An older object is taken off the domain, and was to be deleted."""
    shared_driver.reset()
    huawei.only_one(shared_driver)
    failing(shared_driver, "DeleteCertificateV2", huawei.attach_new(shared_driver))
    assert len(names(shared_driver)) == 2
    assert notes(shared_driver)
    return shared_driver


@pytest.mark.parametrize("params", [huawei.attach_new, huawei.present])
def test_what_was_left_is_deleted_by_the_next_run(left: Driver, params: t.Any) -> None:
    disk = left.on_disk()
    predicted = play(left, params(left), check=True)
    assert (predicted.writes, left.on_disk()) == ([], disk)
    run = play(left, params(left))
    assert (run.changed, run.writes) == (True, ["DeleteCertificateV2"])
    assert (run.diff, run.actions) == (predicted.diff, predicted.actions)
    assert (len(names(left)), huawei.OLD in names(left), notes(left)) == (1, False, [])
    again = play(left, params(left))
    assert (again.changed, len(again.calls)) == (False, 2)


def test_what_was_left_is_deleted_with_the_next_certificate_too(left: Driver) -> None:
    issue(left, "www", [huawei.DOMAIN])
    predicted = play(left, huawei.attach_new(left), check=True)
    run = play(left, huawei.attach_new(left))
    assert (run.diff, run.actions) == (predicted.diff, predicted.actions)
    assert (len(names(left)), notes(left)) == (1, [])


def test_what_serves_another_domain_by_now_stays(left: Driver) -> None:
    (old,) = [row for row in account(left, "huawei")["certificates"] if row["name"] == huawei.OLD]
    left.emulator.control("POST", "/huawei/domains", {"domain": "other.example.com"})
    row = {"name": huawei.OLD, "domains": [huawei.DOMAIN], "days_left": 10, "bind": ["other.example.com"]}
    left.emulator.control("DELETE", f"/huawei/certificates/{old['id']}")
    bound = left.emulator.control("POST", "/huawei/certificates", row)
    (note,) = left.home.rglob("note-*")
    note.write_text(note.read_text().replace(old["id"], bound["id"]))
    run = play(left, huawei.present(left))
    assert (run.changed, len(run.calls), len(names(left)), notes(left)) == (False, 4, 2, [])


@pytest.mark.parametrize(
    "old, new",
    [(huawei.OLD, "somebody_else"), ("[", "{"), ("[", "[" * 100_000), ('"id": "', '"id": "../'), ('"name"', '"nome"')],
)
def test_a_note_that_does_not_fit_deletes_nothing(left: Driver, old: str, new: str) -> None:
    (note,) = left.home.rglob("note-*")
    note.write_text(note.read_text().replace(old, new))
    run = play(left, huawei.present(left))
    assert (run.failed, run.changed, len(names(left)), notes(left)) == (False, False, 2, [])


def test_what_was_made_for_nothing_is_deleted(shared_driver: Driver) -> None:
    driver = shared_driver
    driver.reset()
    huawei.only_one(driver)
    failing(driver, "BatchAssociateCertsV2", huawei.attach_new(driver))
    (made,) = set(names(driver)) - {huawei.OLD}
    issue(driver, "www", [huawei.DOMAIN])
    predicted = play(driver, huawei.attach_new(driver), check=True)
    run = play(driver, huawei.attach_new(driver))
    assert (run.diff, run.actions) == (predicted.diff, predicted.actions)
    assert (len(names(driver)), made in names(driver), notes(driver)) == (1, False, [])


def test_the_object_of_the_given_certificate_is_used_again_instead(left: Driver) -> None:
    """Back to the certificate that was there before: its object is bound, not deleted."""
    material = [row for row in account(left, "huawei")["certificates"] if row["name"] == huawei.OLD]
    assert len(material) == 1
    failing(left, "BatchAssociateCertsV2", _next(left))
    run = play(left, huawei.attach_new(left))
    assert (run.changed, len(names(left)), notes(left)) == (True, 1, [])
    assert not [step for step in run.actions if step.startswith("Create")]


def _next(driver: Driver) -> Json:
    issue(driver, "www", [huawei.DOMAIN])
    return huawei.attach_new(driver)
