# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""All pages of a listing of Huawei Cloud, which are asked for by their offset."""

from __future__ import annotations

import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._errors import ProtocolFailure, Ran
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.answer import Fields

PAGE_SIZE = 500
"""The largest that is honoured; more is silently taken for it."""

T = t.TypeVar("T")


def complete(
    operation: str,
    *,
    page: t.Callable[[int], Fields],
    read: t.Callable[[Fields], t.Sequence[T]],
    count: t.Callable[[Fields], int],
    key: t.Callable[[T], t.Hashable],
) -> tuple[T, ...]:
    """The rows of all pages, unique by `key`. `page` asks for the one at an offset; `count` is the service's own.

    :raises ProtocolFailure: the rows are not as many as the service counts: then absence proves nothing.
    """
    rows: dict[t.Hashable, T] = {}
    offset = 0
    while True:
        answer = page(offset)
        found = read(answer)
        total = count(answer)
        before = len(rows)
        rows.update((key(row), row) for row in found)
        offset += len(found)
        if len(rows) >= total or len(rows) == before:
            break
    if len(rows) != total:
        raise ProtocolFailure(
            f"Huawei Cloud's answers to {operation} hold {len(rows)} rows where it counts {total}.",
            retryable=True,
            ran=Ran.UNKNOWN,
            hint="The list may have changed while it was read: run again.",
        )
    return tuple(rows.values())
