# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In which forms a secret could show, and where one could lie."""

from __future__ import annotations

import base64
import collections.abc as c
import dataclasses
import json
from pathlib import Path
from urllib.parse import quote

SHORTEST_LINE = 16
"""A line of a PEM text that is shorter could stand anywhere by chance."""


def forms(secret: str) -> set[bytes]:
    """A secret as it is, and as JSON, URLs, base64 and broken-up PEM would show it."""
    found = {secret, json.dumps(secret)[1:-1], quote(secret, safe=""), base64.b64encode(secret.encode()).decode()}
    if "-----BEGIN" in secret:
        lines = [line for line in secret.splitlines() if line and not line.startswith("-----")]
        found |= {line for line in lines if len(line) >= SHORTEST_LINE}
        found |= {"".join(lines), "\\n".join(lines), "\\\\n".join(lines)}
    return {form.strip().encode() for form in found}


@dataclasses.dataclass
class Search:
    """What is looked for, and the places looked at. `kept` are files that may hold a secret: that is their purpose."""

    secrets: dict[str, str]
    kept: frozenset[Path] = frozenset()
    places: int = 0
    found: list[str] = dataclasses.field(default_factory=list)

    def text(self, place: str, text: str | bytes) -> None:
        """Look into one text."""
        self.places += 1
        content = text.encode() if isinstance(text, str) else text
        for name, secret in self.secrets.items():
            if any(form in content for form in forms(secret)):
                self.found.append(f"{name} in {place}")

    def folder(self, folder: Path) -> None:
        """Look into every file below a folder, and at its name."""
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and path not in self.kept:
                self.text(str(path.relative_to(folder)), path.read_bytes())
                self.text(f"the name of {path.parent}", path.name)

    def all_of(self, texts: c.Mapping[str, str]) -> None:
        for place, text in texts.items():
            self.text(place, text)
