# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Where a key comes from: what the clouds share.

One small object a source, asked in the order that the cloud's `sources` gives: the first that has anything decides,
and it must then have a whole set. Parts of different sources are never combined: a token is valid only with the key
that it was issued with.

A source whose values are at hand (options, environment) is a `PlainSource`. One that has to read or ask for them (a
profile of the vendor's tools, the role of the instance) is another subclass of `Source`; the cloud puts it into its
`sources` where its turn is. One that wraps the chosen key (an assumed role) is a step of the cloud's `resolve`.
"""

from __future__ import annotations

import abc
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import AuthError, Ran


class Credentials(abc.ABC):
    """A whole set from one source, as one cloud needs it."""

    @property
    @abc.abstractmethod
    def secrets(self) -> tuple[str, ...]:
        """The values that must never show."""


Found = t.TypeVar("Found", bound=Credentials)


class Source(abc.ABC, t.Generic[Found]):
    """A place where a key may be found."""

    name: str
    """In words, for messages."""

    @abc.abstractmethod
    def given(self) -> bool:
        """Whether a key, or half of one, was put into this place. No network."""

    @abc.abstractmethod
    def validate(self) -> None:
        """:raises AuthError: the set is not whole or cannot be right. No network."""

    @abc.abstractmethod
    def credentials(self) -> Found:
        """The set, after `validate`. May use the network in other sources."""


class PlainSource(Source[Found]):
    """A source whose values are at hand under names that the user knows.

    `names` are those of key, secret and token, then of what else the cloud keeps with a key; `whole` makes a set of
    their values (in that order, "" for what was not given) and of the name of the source.
    """

    PLACE: t.ClassVar[str]
    """In words, where the names stand."""

    def __init__(
        self,
        values: t.Mapping[str, t.Any],
        *,
        names: tuple[str, ...],
        whole: t.Callable[[t.Sequence[str], str], Found],
    ) -> None:
        self.name = self.PLACE.format(key=names[0], secret=names[1])
        self._names = names
        self._values = [str(values.get(name) or "") for name in names]
        self._whole = whole

    def given(self) -> bool:
        # A token alone is left over from something else and says nothing about which key is meant.
        return any(self._values[:2])

    def validate(self) -> None:
        named = list(zip(self._names, self._values))
        missing = [name for name, value in named[:2] if not value]
        if missing:
            raise refusal(
                f"The key from {self.name} is not whole: {' and '.join(missing)} is missing.",
                code="credentials_incomplete",
                hint="Parts of different sources are never combined.",
            )
        for name, value in named[:3]:
            check_text(value, name=name, source=self.name)

    def credentials(self) -> Found:
        return self._whole(self._values, self.name)


class OptionSource(PlainSource[Found]):
    """The options of the module."""

    PLACE = "the options {key} and {secret}"


class EnvironmentSource(PlainSource[Found]):
    """One set of names in the environment of the task."""

    PLACE = "the environment ({key} and {secret})"


def resolve(sources: t.Iterable[Source[Found]], *, context: Context, cloud: str, hint: str) -> Found:
    """The key to use, its secrets registered for masking. `hint` says how one is given.

    :raises AuthError: no source has one, or the first that has anything has no whole set. Names the source.
    """
    for source in sources:
        if not source.given():
            continue
        source.validate()
        found = source.credentials()
        for secret in found.secrets:
            context.mask(secret)
        return found
    raise refusal(f"No key for {cloud} was given.", code="credentials_missing", hint=hint)


def check_text(value: str, *, name: str, source: str) -> None:
    """:raises AuthError: the value cannot be a part of a key. The message does not show it."""
    if value != value.strip():
        raise refusal(
            f"{name} from {source} begins or ends with white space.",
            code="credentials_malformed",
            hint="It was probably read from a file with a line break at its end.",
        )
    if not value.isascii() or not value.isprintable() or " " in value:
        raise refusal(f"{name} from {source} holds characters that no key has.", code="credentials_malformed")


def refusal(message: str, *, code: str, hint: str | None = None) -> AuthError:
    """What is wrong with a source, found before any call."""
    return AuthError(message, code=code, ran=Ran.NO, hint=hint)
