# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random requests, the same ones for the same seed: unicode, empty, reserved characters, nested bodies."""

from __future__ import annotations

import random
from typing import Any, TypeVar
from urllib.parse import quote

NUMBER = 1000

T = TypeVar("T")

_ALPHABETS = (
    "abcXYZ019",
    "-_.~",
    " !\"#$%&'()*+,/:;<=>?@[\\]^`{|}",
    "\u4f60\u597d\u8bc1\u4e66\u57df\u540d",
    "\u00e9\u00df\u0416\u05d0\u0e01\U0001f512\U0001f3f4",
    "\t\n\r\x00\x7f",
    "%2F+%",
)
_UNRESERVED = "abcdefXYZ0189-_.~"
_TOKEN = "abcXYZ019+/=-_"


class RandomRequests:
    """Draws the parts of a request from one seeded generator."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def chance(self, share: float) -> bool:
        return self._random.random() < share

    def choice(self, *options: T) -> T:
        return self._random.choice(options)

    def timestamp(self) -> int:
        """Seconds since 1970, until 2038, often at the edge of a day."""
        day = self._random.randrange(24_855) * 86_400
        return day + self.choice(0, 86_399, self._random.randrange(86_400))

    def text(self, *, longest: int = 12) -> str:
        """Any text, the empty one included."""
        alphabets = self._random.sample(_ALPHABETS, self._random.randrange(1, 4))
        return "".join(self._random.choice("".join(alphabets)) for _unused in range(self._random.randrange(longest)))

    def name(self) -> str:
        """A text of unreserved characters, never empty."""
        return "p" + "".join(self._random.choice(_UNRESERVED) for _unused in range(self._random.randrange(10)))

    def token(self) -> str:
        return "".join(self._random.choice(_TOKEN) for _unused in range(self._random.randrange(1, 200)))

    def key(self) -> str:
        return "".join(self._random.choice("abcXYZ0189") for _unused in range(self._random.randrange(1, 48)))

    def host(self) -> str:
        return self.choice(
            "ssl.tencentcloudapi.com",
            "apig.cn-north-4.myhuaweicloud.com",
            "127.0.0.1:8443",
            "[::1]:8080",
            "x--y.example",
        )

    def path(self) -> str:
        """A path as a client writes it: each segment percent-encoded, some of them empty, perhaps a slash at the end.

        Without what an HTTP library settles before anything is signed: dot segments, and more than one slash in front.
        """
        segments = [quote(self.text(), safe="~") for _unused in range(self._random.randrange(5))]
        path = "/".join(segment.replace("..", ".x") if segment != "." else "x" for segment in segments)
        return "/" + (path + self.choice("", "/")).lstrip("/")

    def pairs(self) -> list[tuple[str, str]]:
        """Names and values of a query; names may repeat and both may be empty."""
        pairs = [(self.text(), self.text()) for _unused in range(self._random.randrange(6))]
        if pairs and self.chance(0.3):
            pairs.append((pairs[0][0], self.text()))
        return pairs

    def shuffled(self, items: list[Any]) -> list[Any]:
        return self._random.sample(items, len(items))

    def value(self, depth: int = 3) -> Any:
        """A JSON value, nested up to a depth."""
        kind = self._random.randrange(8 if depth else 5)
        if kind >= 6:
            return {self.text(): self.value(depth - 1) for _unused in range(self._random.randrange(4))}
        if kind == 5:
            return [self.value(depth - 1) for _unused in range(self._random.randrange(4))]
        return (self.text(longest=40), self._random.randrange(-(10**12), 10**12), self._random.random(), True, None)[
            kind
        ]

    def body(self) -> dict[str, Any]:
        return {self.text(): self.value() for _unused in range(self._random.randrange(6))}
