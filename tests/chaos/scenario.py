# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is disturbed: a task, the account that it finds, and how to tell that the account and the files are in order.

The state that a scenario tells has no ids, serial numbers and dates, so that a run that was disturbed and one that was
not can be compared. It tells the number of live objects, of orders and of files: nothing may be there twice, and
nothing may be left over.
"""

from __future__ import annotations

import collections.abc as c
import dataclasses
import random
import re
import stat
import typing as t
from pathlib import Path

from chaos.disturbance import Disturbance
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from driver.driver import Call, Driver

PAUSE = 90.0
"""Virtual seconds after which every lag is over."""

Json = dict[str, t.Any]
State = Json
_CERTIFICATES = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", re.S)


def never_broken(_driver: Driver) -> list[str]:
    return []


def never_in_vain(_calls: list[Call], _disturbances: tuple[Disturbance, ...]) -> str | None:
    return None


@dataclasses.dataclass(frozen=True)
class Scenario:
    """`broken` holds at every moment, also between two calls of a run; it says what does not.

    `may_end_in` names the failure that is the right end where a disturbance destroyed what nobody can bring back.

    `lags`: settings for the control path, by name, that delay what reads show; one is drawn for each sequence.
    """

    name: str
    module: str
    cloud: str
    prepare: c.Callable[[Driver], None]
    params: c.Callable[[Driver], Json]
    state: c.Callable[[Driver], State]
    broken: c.Callable[[Driver], list[str]] = never_broken
    may_end_in: c.Callable[[list[Call], tuple[Disturbance, ...]], str | None] = never_in_vain
    lags: tuple[tuple[str, Json], ...] = ()

    def begin(self, driver: Driver, chance: random.Random) -> None:
        """The account as the task finds it."""
        driver.reset()
        self.prepare(driver)
        if self.lags:
            path, settings = chance.choice(self.lags)
            driver.emulator.control("POST", path, settings)
        driver.clock.pass_by(PAUSE)


def account(driver: Driver, cloud: str) -> Json:
    return driver.emulator.control("GET", f"/state/{cloud}")


def certificate_of(text: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(_CERTIFICATES.findall(text)[0].encode())


def fingerprint(text: str) -> str:
    return certificate_of(text).fingerprint(hashes.SHA256()).hex()


def fits(key: str, certificate: str) -> bool:
    return load_pem_private_key(key.encode(), None).public_key() == certificate_of(certificate).public_key()


def on_disk(driver: Driver) -> dict[str, str]:
    """Every file with its mode. A staged file that was forgotten shows here."""
    return {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in sorted(driver.folder.iterdir())}


def text_of(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def issue(driver: Driver, name: str, names: list[str], **more: t.Any) -> None:
    """A certificate of the emulator's authority as `name`.pem and `name`.key."""
    made = driver.emulator.control("POST", "/ca/issue", {"names": names, **more})
    (driver.folder / f"{name}.pem").write_text(made["chain_pem"])
    (driver.folder / f"{name}.key").write_text(made["key_pem"])
