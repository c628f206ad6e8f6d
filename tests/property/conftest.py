# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A driver, and how many examples each test took."""

from __future__ import annotations

import collections.abc as c
import itertools
import typing as t
import unittest.mock

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from driver.fixtures import shared_driver

if t.TYPE_CHECKING:
    from driver.driver import Driver

__all__ = ["shared_driver"]


@pytest.fixture(autouse=True)
def _examples_are_counted(shared_driver: Driver, record_property: c.Callable[[str, object], None]) -> c.Iterator[None]:
    before = shared_driver.resets
    yield
    if shared_driver.resets > before:
        record_property("examples", shared_driver.resets - before)


@pytest.fixture(scope="session", autouse=True)
def _keys_in_turn() -> c.Iterator[None]:
    """Making an RSA key takes longer than all the rest of an example: as the emulator does, hand out some in turn."""
    made = itertools.count()
    keys: list[rsa.RSAPrivateKey] = []
    make = rsa.generate_private_key

    def next_key(public_exponent: int, key_size: int) -> rsa.RSAPrivateKey:
        number = next(made) % 24
        if number == len(keys):
            keys.append(make(public_exponent, key_size))
        return keys[number]

    with unittest.mock.patch.object(rsa, "generate_private_key", next_key):
        yield
