# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator's clock.

The date is the machine's own date plus an offset, so that certificates issued here are valid for every other program on
the machine. The pace shortens only what a client sits out (check delays, lags), never the calendar.
"""

from datetime import UTC, datetime, timedelta


class VirtualClock:
    """``pace`` says how many vendor seconds fit into one real second; ``advance`` moves the date."""

    def __init__(self, pace: float = 1.0) -> None:
        if pace <= 0:
            raise ValueError("pace must be greater than 0")
        self.pace = pace
        self.offset = timedelta(0)
        self.signature_skew = timedelta(0)
        self.frozen: datetime | None = None

    def now(self) -> datetime:
        """The emulated date: aware, UTC."""
        return (self.frozen or datetime.now(UTC)) + self.offset

    def freeze(self, frozen: bool) -> None:
        """Whether only ``advance`` moves the date, so that nothing depends on how long a test takes."""
        self.frozen = datetime.now(UTC) if frozen else None

    def signature_now(self) -> datetime:
        """The date against which request dates are judged: the real one, since clients sign with their own real clock.

        ``signature_skew`` lets a test play a client whose clock is wrong.
        """
        return datetime.now(UTC) + self.signature_skew

    def lag(self, seconds: float) -> float:
        """How many seconds of the emulated date a vendor's lag of ``seconds`` takes."""
        return seconds / self.pace

    def advance(self, seconds: float) -> None:
        self.offset += timedelta(seconds=seconds)

    def reset(self) -> None:
        self.frozen = None
        self.offset = timedelta(0)
        self.signature_skew = timedelta(0)
