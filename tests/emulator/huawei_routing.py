# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Huawei Cloud operation a method and a path mean."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote


@dataclass(frozen=True)
class Route:
    """``template`` is a path with ``{name}`` segments, as the vendor's pages print it."""

    service: str
    operation: str
    method: str
    template: str
    write: bool = False

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """The path's parameters, decoded; None if this is another operation. ``path`` is raw."""
        if method != self.method:
            return None
        wanted = self.template.split("/")
        given = path.split("/")
        if len(wanted) != len(given):
            return None
        parameters: dict[str, str] = {}
        for pattern, segment in zip(wanted, given, strict=True):
            if pattern.startswith("{"):
                if not segment:
                    return None
                parameters[pattern[1:-1]] = unquote(segment)
            elif pattern != segment:
                return None
        return parameters


@dataclass(frozen=True)
class Matched:
    route: Route
    parameters: dict[str, str]


def find(routes: Iterable[Route], method: str, path: str) -> Matched | None:
    for route in routes:
        parameters = route.match(method, path)
        if parameters is not None:
            return Matched(route, parameters)
    return None


def query_of(query_string: str) -> dict[str, str]:
    """Names and first values of a raw query string, decoded."""
    query: dict[str, str] = {}
    for name, value in parse_qsl(query_string, keep_blank_values=True):
        query.setdefault(name, value)
    return query
