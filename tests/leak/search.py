# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In which forms a secret could show, where one could lie, and what is secret in an answer."""

from __future__ import annotations

import base64
import collections.abc as c
import contextlib
import dataclasses
import json
import re
import stat
import typing as t
from pathlib import Path
from urllib.parse import quote

SHORTEST_LINE = 16
"""A line of a PEM text that is shorter could stand anywhere by chance."""
SHORTEST_MEMBER = 10
"""A value of an answer that is shorter is no secret."""
SECRET_MEMBERS = re.compile(r"secret|token|password|private_?key|^(client)?key$", re.IGNORECASE)
NO_SECRETS = re.compile(r"client_?token|next_?token|secret_?id|expir", re.IGNORECASE)
PRIVATE_KEY = re.compile(r"-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^-]+-----END \1-----")


def forms(secret: str) -> set[bytes]:
    """A secret as it is, and as JSON, URLs, base64 and broken-up PEM would show it."""
    found = {secret, json.dumps(secret)[1:-1], quote(secret, safe=""), *_within_base64(secret.encode())}
    if "-----BEGIN" in secret:
        lines = [line for line in secret.splitlines() if line and not line.startswith("-----")]
        found |= {line for line in lines if len(line) >= SHORTEST_LINE}
        found |= {"".join(lines), "\\n".join(lines), "\\\\n".join(lines)}
    return {form.strip().encode() for form in found}


def _within_base64(secret: bytes) -> c.Iterator[str]:
    """As it is when encoded alone, and its middle when it is encoded together with what stands around it."""
    yield base64.b64encode(secret).decode()
    for before in range(3):
        whole = base64.b64encode(bytes(before) + secret + bytes(3 - (before + len(secret)) % 3))
        middle = whole[4 if before else 0 : -4].decode()
        if len(middle) >= SHORTEST_LINE:
            yield middle


def secrets_of_text(text: str) -> set[str]:
    """The private keys in a text."""
    return {found.group(0) for found in PRIVATE_KEY.finditer(text.replace("\\n", "\n"))}


def secrets_of_answer(body: bytes) -> set[str]:
    """What a cloud answered that nobody else may see: private keys, and members whose names say so."""
    text = body.decode("utf-8", "replace")
    found = secrets_of_text(text)
    with contextlib.suppress(ValueError):
        found |= set(_secret_members(json.loads(text)))
    return found


def _secret_members(value: t.Any, name: str = "") -> c.Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _secret_members(inner, str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _secret_members(inner, name)
    elif isinstance(value, str) and len(value) >= SHORTEST_MEMBER and _is_secret(name):
        yield value


def _is_secret(name: str) -> bool:
    return bool(SECRET_MEMBERS.search(name)) and not NO_SECRETS.search(name)


@dataclasses.dataclass
class Search:
    """What is looked for, and the places looked at. `kept` are files that may hold a secret: that is their purpose."""

    secrets: dict[str, str]
    kept: frozenset[Path] = frozenset()
    places: int = 0
    found: list[str] = dataclasses.field(default_factory=list)
    total: t.ClassVar[int] = 0
    """Places that all searches of this process have looked at."""

    def __post_init__(self) -> None:
        self._forms = {name: forms(secret) for name, secret in self.secrets.items()}

    def text(self, place: str, text: str | bytes) -> None:
        """Look into one text."""
        self.places += 1
        Search.total += 1
        content = text.encode() if isinstance(text, str) else text
        for name, wanted in self._forms.items():
            if any(form in content for form in wanted):
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


def open_to_others(paths: c.Iterable[Path]) -> list[str]:
    """What of these another user may read or change."""
    return [f"{path}: {oct(path.stat().st_mode)}" for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077]
