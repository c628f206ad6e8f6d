# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Masking of secrets in whatever is returned or shown.

A `Mask` knows the secrets of one task. Besides a value itself it hides the forms in which a private key comes
back: JSON-escaped, its base64 body in one line, and each of its lines. From ansible-core 2.22 on every secret is
also registered with core, which masks it wherever Ansible shows something.

Do not add ids, names, regions or the keys of dictionaries: every place where their text occurs would be hidden.
"""

from __future__ import annotations

import json
import re
import typing as t

try:
    from ansible.module_utils.secrets import register_secret
except ImportError:  # ansible-core before 2.22
    register_secret = None

PLACEHOLDER = "********"
MIN_LENGTH = 8
"""Characters: a shorter value occurs by chance inside other words, and hiding it would spoil the result."""
MIN_LINE = 16
"""Characters of a key's line that is hidden alone; the rest of a key is hidden together with the whole."""

_KEY_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----([^-]*)-----END \1-----")


class Mask:
    """The secrets of one task, and how to hide them. Takes time linear in the text, whatever the number of secrets."""

    def __init__(self) -> None:
        # By their first MIN_LENGTH characters, for a text is scanned once with a window of that width; then by
        # length, so that many secrets that begin alike cost one look each length.
        self._secrets: dict[str, dict[int, set[str]]] = {}

    def add(self, value: str) -> None:
        """Hide this value from now on. Shorter ones than MIN_LENGTH are passed over."""
        for form in forms_of(value):
            known = self._secrets.setdefault(form[:MIN_LENGTH], {}).setdefault(len(form), set())
            if form not in known:
                known.add(form)
                if register_secret is not None:
                    register_secret(form)

    def hide(self, text: str) -> str:
        """The text with every occurrence of a secret replaced; occurrences that overlap become one placeholder."""
        parts: list[str] = []
        shown = 0
        for begin, end in self._spans(text):
            parts.append(text[shown:begin])
            shown = end
        if not shown:
            return text
        return PLACEHOLDER.join([*parts, text[shown:]])

    def scrub(self, value: t.Any) -> t.Any:
        """A JSON-like structure with the secrets hidden in all its strings; keys stay as they are."""
        if not self._secrets:
            return value
        if isinstance(value, str):
            return self.hide(value)
        if isinstance(value, t.Mapping):
            return {key: self.scrub(inner) for key, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.scrub(inner) for inner in value]
        return value

    def _spans(self, text: str) -> t.Iterator[tuple[int, int]]:
        """Where secrets are, as (begin, end), ascending and apart from each other."""
        if not self._secrets:
            return
        begin = end = -1
        for position in range(len(text) - MIN_LENGTH + 1):
            candidates = self._secrets.get(text[position : position + MIN_LENGTH])
            if candidates is None:
                continue
            length = max((n for n, same in candidates.items() if text[position : position + n] in same), default=0)
            if not length:
                continue
            if position > end and end >= 0:
                yield begin, end
            if position > end:
                begin = position
            end = max(end, position + length)
        if end >= 0:
            yield begin, end


def forms_of(value: str) -> tuple[str, ...]:
    """All texts in which a secret can show: itself, JSON-escaped, and for private keys their body and lines."""
    plain = value.strip()
    unified = plain.replace("\r\n", "\n")
    wanted = [plain, unified, _escaped(plain), _escaped(unified)]
    for block in _KEY_BLOCK.finditer(unified):
        lines = [line.strip() for line in block.group(2).split("\n")]
        # Legacy headers (Proc-Type, DEK-Info) are no secret.
        body = [line for line in lines if line and ":" not in line]
        wanted += [block.group(0), _escaped(block.group(0)), "".join(body)]
        wanted += [line for line in body if len(line) >= MIN_LINE]
    return tuple(dict.fromkeys(form for form in wanted if len(form) >= MIN_LENGTH))


def _escaped(text: str) -> str:
    return json.dumps(text)[1:-1]
