# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables whose readers are behind their writers: eventual consistency, as the API Gateway documents it (5 to 10 s)."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass
class _Timeline(Generic[V]):
    """Values and when each becomes visible; None is "gone"."""

    entries: list[tuple[datetime, V | None]] = field(default_factory=list)

    def seen(self, now: datetime) -> V | None:
        value: V | None = None
        for visible, candidate in self.entries:
            if visible > now:
                break
            value = candidate
        return value


class LaggedTable(Generic[K, V]):
    """Rows are immutable values. Checks use the newest row, answers show the visible one."""

    def __init__(self) -> None:
        self._rows: dict[K, _Timeline[V]] = {}

    def put(self, key: K, value: V | None, *, visible: datetime, now: datetime) -> None:
        """``value`` None deletes. ``visible`` must not go back from one call to the next."""
        timeline = self._rows.setdefault(key, _Timeline())
        passed = [entry for entry in timeline.entries if entry[0] <= now]
        timeline.entries = passed[-1:] + timeline.entries[len(passed) :] + [(visible, value)]

    def newest(self, key: K) -> V | None:
        timeline = self._rows.get(key)
        return timeline.entries[-1][1] if timeline else None

    def seen(self, key: K, now: datetime) -> V | None:
        timeline = self._rows.get(key)
        return timeline.seen(now) if timeline else None

    def all_newest(self) -> dict[K, V]:
        return _present({key: timeline.entries[-1][1] for key, timeline in self._rows.items()})

    def all_seen(self, now: datetime) -> dict[K, V]:
        return _present({key: timeline.seen(now) for key, timeline in self._rows.items()})

    def settle(self) -> None:
        """Makes the newest rows visible at once."""
        beginning = datetime.min
        for timeline in self._rows.values():
            visible, value = timeline.entries[-1]
            timeline.entries = [(beginning.replace(tzinfo=visible.tzinfo), value)]


def _present(rows: dict[K, V | None]) -> dict[K, V]:
    return {key: value for key, value in rows.items() if value is not None}
