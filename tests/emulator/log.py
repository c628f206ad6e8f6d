# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The log of calls, as the control path shows it. It holds no secrets: ``redact`` sees to that."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Any

_SECRET_WORDS = ("privatekey", "private_key", "password", "secret", "token", "passwd")
_REDACTED = "<redacted>"


@dataclass(frozen=True)
class Entry:
    seq: int
    time: str
    cloud: str
    service: str
    operation: str
    write: bool
    key_bearing: bool
    status: int | None
    code: str | None
    request: dict[str, Any]
    request_id: str | None
    fault: str | None = None
    executed: bool = True


class CallLog:
    """Calls in the order in which they were answered. Sequence numbers never start again within a process."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._last = 0
        self._lock = Lock()

    def append(self, entry: Entry) -> None:
        """``entry.seq`` is set here."""
        with self._lock:
            self._last += 1
            self._entries.append(replace(entry, seq=self._last))

    def since(self, seq: int) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(entry) for entry in self._entries if entry.seq > seq]

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()


def timestamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def redact(value: Any, name: str = "") -> Any:
    """``value`` without keys, passwords and tokens, and with PEM text replaced by a word."""
    if isinstance(value, dict):
        return {key: redact(item, str(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [redact(item, name) for item in value]
    if isinstance(value, str) and any(word in name.lower() for word in _SECRET_WORDS):
        return _REDACTED
    if isinstance(value, str) and "-----BEGIN" in value:
        return _REDACTED if "PRIVATE KEY" in value else "<pem>"
    return value
