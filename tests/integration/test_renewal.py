# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ten days before the end: one run renews, writes and replaces, and no client ever finds the domain without one."""

from __future__ import annotations

import threading
import typing as t

import pytest
from integration.role import RoleTurn, entry, play_role
from integration.stage import Stage, fingerprint, public_key_of_certificate, public_key_of_private_key

pytestmark = pytest.mark.xdist_group("renewal")

DOMAIN = "api.example.com"
UNBINDING = {
    "DisassociateCertificateV2",
    "BatchDisassociateCertsV2",
    "BatchDisassociateDomainsV2",
    "DeleteCertificateV2",
    "DisassociateDomainV2",
}


class Watcher:
    """A TLS client that shakes hands all the time; `seen` has what it got, one entry for each change."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.seen: list[str] = []
        self.handshakes = 0

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.02):
            try:
                got = self._stage.served(DOMAIN)
            except OSError as error:
                got = f"no certificate: {error}"
            self.handshakes += 1
            if self.seen[-1:] != [got]:
                self.seen.append(got)


class Renewal(t.NamedTuple):
    turn: RoleTurn
    watcher: Watcher
    old_id: str
    old_fingerprint: str
    old_object: str
    bound_to: list[str]


def bound(stage: Stage) -> list[str]:
    domains = stage.emulator.control("GET", "/state/huawei")["domains"]
    (found,) = [one["certificates"] for one in domains if one["name"] == DOMAIN]
    return list(found)


@pytest.fixture(scope="module", name="renewal")
def _renewal(shared_stage: Stage) -> Renewal:
    stage = shared_stage
    entries = [entry(stage, DOMAIN)]
    play_role(stage, entries)
    (certificate,) = stage.emulator.control("GET", "/state/tencent")["certificates"]
    stage.emulator.control("POST", f"/certificates/{certificate['id']}/age", {"days_left": 10})
    old_fingerprint = fingerprint(stage.folder / f"{DOMAIN}.pem")
    (old_object,) = bound(stage)
    with Watcher(stage) as watcher:
        turn = play_role(stage, entries)
    return Renewal(turn, watcher, certificate["id"], old_fingerprint, old_object, bound(stage))


def test_one_run_renews(renewal: Renewal, shared_stage: Stage) -> None:
    assert renewal.turn.run.returncode == 0, renewal.turn.run.output
    new = fingerprint(shared_stage.folder / f"{DOMAIN}.pem")
    assert new != renewal.old_fingerprint
    assert shared_stage.served(DOMAIN) == new


def test_order_names_the_certificate_that_it_renews(renewal: Renewal) -> None:
    (order,) = [call for call in renewal.turn.calls if call["operation"] == "ApplyCertificate"]
    assert order["request"]["OldCertificateId"] == renewal.old_id


def test_files_belong_together(renewal: Renewal, shared_stage: Stage) -> None:
    leaf, key, full = (shared_stage.folder / f"{DOMAIN}.{suffix}" for suffix in ("pem", "key", "fullchain.pem"))
    assert public_key_of_certificate(leaf) == public_key_of_private_key(key)
    assert fingerprint(full) == fingerprint(leaf)


def test_gateway_replaces_in_place(renewal: Renewal) -> None:
    assert renewal.turn.writes()[-2:] == ["UpdateCertificateV2", "DeleteRecord"]
    assert renewal.bound_to == [renewal.old_object]


def test_log_has_no_moment_without_a_certificate(renewal: Renewal) -> None:
    operations = renewal.turn.operations()
    assert UNBINDING.isdisjoint(operations)
    # What is put into the gateway was issued and fetched before.
    steps = ["ApplyCertificate", "DescribeCertificateDetail", "UpdateCertificateV2"]
    assert [operation for operation in operations if operation in steps] == steps


def test_client_that_asks_all_the_time_gets_the_old_one_and_then_the_new_one(
    renewal: Renewal, shared_stage: Stage
) -> None:
    assert renewal.watcher.seen == [renewal.old_fingerprint, fingerprint(shared_stage.folder / f"{DOMAIN}.pem")]
    assert renewal.watcher.handshakes > 20


@pytest.mark.parametrize("gateway", ["switch", "refuse"])
def test_new_object_is_bound_before_the_old_one_goes_or_not_at_all(stage: Stage, gateway: str) -> None:
    old = {"name": "api_example_com_0123abcd", "domains": [DOMAIN], "days_left": 10, "bind": [DOMAIN]}
    world = {"behaviour": {"attach_same_algorithm": gateway}, "certificates": [old]}
    stage.emulator.control("POST", "/state/huawei", world)
    files = stage.make_certificate("new", names=[DOMAIN])
    before = stage.served(DOMAIN)
    options = {
        "instance_id": "i-emulator",
        "group": "demo",
        "domain": DOMAIN,
        "certificate_path": str(files.certificate),
        "private_key_path": str(files.private_key),
        "replace": "attach_new",
    }
    with Watcher(stage) as watcher:
        turn = stage.turn({"cncloud.certificates.huawei_apig_domain_cert": options, "ignore_errors": True})
    if gateway == "switch":
        assert turn.result.status == "ok", turn.run.output
        assert watcher.seen == [before, files.sha256]
        operations = turn.operations()
        attached = operations.index("BatchAssociateCertsV2")
        assert all(attached < operations.index(one) for one in UNBINDING & {*operations})
    else:
        assert turn.result.result["error"]["code"] == "APIG.2051"
        assert watcher.seen == [before]
        # The object that this run made is gone again.
        assert len(stage.emulator.control("GET", "/state/huawei")["certificates"]) == 1
