# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ansible_collections.cncloud.certificates.tests.unit.plugins.module_utils._signing.raw_wire import RawServer


@pytest.fixture(scope="module")
def raw_server() -> Iterator[RawServer]:
    # pytest may read this file before the collection can be imported.
    from ansible_collections.cncloud.certificates.tests.unit.plugins.module_utils._signing.raw_wire import RawServer

    server = RawServer()
    yield server
    server.close()
