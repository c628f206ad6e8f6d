# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates of an AntChain chain: with a key that is shown once, with one made here, after a loss, and reset."""

from __future__ import annotations

import typing as t
from pathlib import Path

from chaos.disturbance import Disturbance
from chaos.scenario import Json, Scenario, State, account, certificate_of, on_disk, text_of
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from driver.driver import Call, Driver

PASSWORD = "a-password-for-the-key"
SUBJECT = {
    "common_name": "settlement",
    "country": "CN",
    "state_or_province": "Zhejiang",
    "locality": "Hangzhou",
    "organization": "Example",
    "organizational_unit": "Operations",
}
LAGS = tuple(
    ("/aliyun/settings", {"antchain": {"list_lag": lag, "issue_delay": delay}})
    for lag, delay in ((0, 0), (0, 15), (2, 0))
)


def managed(driver: Driver) -> Json:
    names = {"private_key_path": "client.key", "certificate_path": "client.crt", "ca_path": "ca.crt"}
    return {
        "consortium_id": "consortium-emulator",
        "ant_chain_id": "chain-emulator",
        "method": "managed_key",
        "subject": SUBJECT,
        "password": PASSWORD,
        "trust_ca_path": str(driver.folder / "trustCa"),
        **{option: str(driver.folder / name) for option, name in names.items()},
    }


def recovering(driver: Driver) -> Json:
    return {**managed(driver), "on_key_loss": "reset"}


def made_here(driver: Driver) -> Json:
    return {**managed(driver), "method": "csr"}


def absent(driver: Driver) -> Json:
    return {**managed(driver), "state": "absent", "on_key_loss": "reset"}


def nothing(_driver: Driver) -> None:
    """Nothing is applied for."""


def lost(driver: Driver) -> None:
    """Somebody has applied, and the key is not here."""
    driver.emulator.control("POST", "/aliyun/applications", {})


def state(driver: Driver) -> State:
    rows = account(driver, "aliyun")["applications"]
    return {
        "applications": [row["status"] for row in rows],
        "files": on_disk(driver),
        "delivered": _delivered(driver.folder, rows),
    }


def _delivered(folder: Path, rows: list[Json]) -> str:
    """The certificate is the cloud's, and the key opens with the password and is the certificate's."""
    leaf, key = text_of(folder / "client.crt"), text_of(folder / "client.key")
    if not leaf or not key:
        return "nothing"
    public = load_pem_private_key(key.encode(), PASSWORD.encode()).public_key()
    certificate = certificate_of(leaf)
    same = [format(certificate.serial_number, "x")] == [row["serial_number"] for row in rows]
    return "the cloud's" if same and certificate.public_key() == public else "something else"


def broken(driver: Driver) -> list[str]:
    count = len(account(driver, "aliyun")["applications"])
    return [f"{count} applications"] if count > 1 else []


def key_was_lost(calls: list[Call], disturbances: tuple[Disturbance, ...]) -> str | None:
    """A key whose answer never came, or came to a process that was killed on the spot, is lost; the module says so.

    A run that waits for no answer for long may miss this one too, on a busy machine.
    """
    spoilt = any(call["key_bearing"] and call["executed"] and call["fault"] for call in calls)
    ended = any(one.what == "SIGKILL" or one.impatient for one in disturbances)
    return "conflict" if spoilt or ended else None


def _scenario(name: str, **more: t.Any) -> Scenario:
    return Scenario(f"antchain: {name}", "antchain_cert", "aliyun", state=state, broken=broken, lags=LAGS, **more)


SCENARIOS = (
    _scenario("a key that is shown once", prepare=nothing, params=managed, may_end_in=key_was_lost),
    _scenario("a key that may be lost", prepare=nothing, params=recovering),
    _scenario("a key made here", prepare=nothing, params=made_here),
    _scenario("a lost key", prepare=lost, params=recovering),
    _scenario("a reset", prepare=lost, params=absent),
)
