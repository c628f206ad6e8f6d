# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Where a key comes from: what the clouds share.

One small object a source. Sources that were given as options come first, and only one of them may be given; then
those of the surroundings are asked in turn, and the first that has anything decides: it must then have a whole set.
Parts of different sources are never combined: a token is valid only with the key that it was issued with.

A source whose values are at hand (options, environment, a profile) is a `PlainSource`. One that has to ask for them
(the role of the instance, an assumed role, a user's password) is another subclass of `Source`. A client holds the
chosen one as `Keys` and asks it for the key before each call, so that a temporary key is renewed before it ends.
"""

from __future__ import annotations

import abc
import dataclasses
import datetime
import hashlib
import json
import re
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import AuthError, CertificatesError, Ran
from ansible_collections.cncloud.certificates.plugins.module_utils._locks import RefusedKeys

RENEW_BEFORE = datetime.timedelta(minutes=5)
"""A key with less time left is replaced before the next call. One call takes three minutes at most."""
SESSION_NAME = "cncloud-certificates"
"""The name of the session of an assumed role, where none is given; the cloud's audit log shows it."""
SEE_WHY = "Two keys of it were refused: check the clock of this machine, and what the role may do."
REFUSAL_CODES = "credentials_"
"""What the codes of refusals that were found here begin with."""


class Credentials(abc.ABC):
    """A whole set from one source, as one cloud needs it."""

    @property
    @abc.abstractmethod
    def secrets(self) -> tuple[str, ...]:
        """The values that must never show."""

    @abc.abstractmethod
    def identity(self, endpoint: str) -> str:
        """Names the full set at an endpoint without giving it away."""

    @property
    def ends(self) -> datetime.datetime | None:
        """When it stops to be valid; None: not on its own, or not known."""
        return None


Found = t.TypeVar("Found", bound=Credentials)
Given = t.TypeVar("Given")


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
        """The set, after `validate`. May use the network in other sources than a plain one."""

    @abc.abstractmethod
    def memory(self) -> str:
        """Names all that the set depends on. Temporary sets are kept under it for the next task of this process."""


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
        place: str | None = None,
    ) -> None:
        self.name = place or self.PLACE.format(key=names[0], secret=names[1])
        self._names = names
        self._values = [str(values.get(name) or "") for name in names]
        self._whole = whole

    def given(self) -> bool:
        # A token alone is left over from something else and says nothing about which key is meant.
        return any(self._values[:2])

    def validate(self) -> None:
        named = list(zip(self._names, self._values))
        check_given(dict(named[:2]), source=self.name)
        for name, value in named[:3]:
            check_text(value, name=name, source=self.name)

    def credentials(self) -> Found:
        return self._whole(self._values, self.name)

    def memory(self) -> str:
        return digest(self.name, *self._values)


class OptionSource(PlainSource[Found]):
    """The options of the module."""

    PLACE = "the options {key} and {secret}"


class EnvironmentSource(PlainSource[Found]):
    """One set of names in the environment of the task."""

    PLACE = "the environment ({key} and {secret})"


class ProfileValues(PlainSource[Found]):
    """A key that stands in a profile. The place is always named."""

    PLACE = "a profile"


@dataclasses.dataclass(frozen=True)
class Role:
    """A role to assume with another key. `duration` in seconds; None: what the cloud takes.

    `policy` narrows what the key may do: to leave it out would widen that.
    """

    arn: str
    session_name: str = SESSION_NAME
    duration: int | None = None
    external_id: str | None = None
    policy: str | None = None

    @classmethod
    def of_option(cls, option: t.Mapping[str, t.Any]) -> Role:
        return cls(
            arn=option.get("role_arn") or "",
            session_name=option.get("session_name") or SESSION_NAME,
            duration=option.get("duration"),
            external_id=option.get("external_id") or None,
        )

    @classmethod
    def of_texts(
        cls, *, arn: str, session_name: str | None, duration: t.Any, external_id: str | None, policy: str | None = None
    ) -> Role:
        """A role of the environment or of a profile, where a duration may be a text."""
        digits = str(duration) if duration else ""
        seconds = (int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 9 else -1) if digits else None
        return cls(
            arn=arn,
            session_name=session_name or SESSION_NAME,
            duration=seconds,
            external_id=external_id or None,
            policy=policy or None,
        )

    def check(self, *, source: str) -> None:
        """:raises AuthError: no cloud takes it."""
        check_given({"the role": self.arn}, source=source)
        check_text(self.arn, name="The role", source=source)
        if not _SESSION_NAME.fullmatch(self.session_name):
            raise refusal(
                f"The session name of {source} must be 2 to 64 letters, digits or characters of +=,.@_-.",
                code="credentials_malformed",
                hint="Correct it there, or leave it out.",
            )
        if self.duration is not None and not 900 <= self.duration <= 43200:
            raise refusal(
                f"The duration of {source} must be 900 to 43200 seconds.",
                code="credentials_malformed",
                hint="The role itself has a limit too.",
            )
        if self.external_id is not None:
            check_text(self.external_id, name="The external id", source=source)

    def memory(self) -> str:
        return digest(
            "role", self.arn, self.session_name, self.duration or "", self.external_id or "", self.policy or ""
        )


_SESSION_NAME = re.compile(r"[A-Za-z0-9+=,.@_-]{2,64}")
_kept: dict[str, Credentials] = {}


class Keys(t.Generic[Found]):
    """The key of the chosen source: the same until it is about to end, then another one."""

    def __init__(self, source: Source[Found], *, context: Context) -> None:
        self._source = source
        self._context = context
        self._refused = RefusedKeys(context)
        self._found: Found | None = None

    @property
    def source(self) -> str:
        """In words, where the key comes from."""
        return self._source.name

    @property
    def of(self) -> Source[Found]:
        """The source itself."""
        return self._source

    def current(self) -> Found:
        """A key that lasts for the next call, its secrets registered for masking.

        :raises CertificatesError: the source has to be asked for one and gives none. Names the source.
        """
        if self._found is None or self._ends_soon(self._found):
            self._found = self._another()
        return self._found

    def use(self, calling: t.Callable[[Found], Given]) -> Given:
        """What `calling` gives with a key; where a temporary one is refused before its end, once more with another.

        What was refused did not run. A key that was taken back, or that two clocks disagree about, is replaced so.
        Where another one is refused too, the source is left alone for a while: a loop of 500 must not ask it for 1,000.
        """
        self._refused.check(self._source.memory(), source=self.source, hint=SEE_WHY)
        key = self.current()
        try:
            return calling(key)
        except AuthError:
            if key.ends is None:
                raise
            self._found = None
            _kept.pop(self._source.memory(), None)
            another = self.current()
            if another == key:
                raise
        try:
            return calling(another)
        except AuthError:
            self._refused.remember(self._source.memory())
            raise

    def _another(self) -> Found:
        place = self._source.memory()
        kept = t.cast("Found | None", _kept.get(place))
        found = self._asked() if kept is None or self._ends_soon(kept) else kept
        for secret in found.secrets:
            self._context.mask(secret)
        if found.ends is None:
            return found
        if found.ends <= self._context.clock.now():
            raise refusal(
                f"The key from {self.source} has expired.",
                code="credentials_expired",
                hint="Renew it where it comes from, and check the clock of this machine.",
            )
        _kept[place] = found
        return found

    def _asked(self) -> Found:
        try:
            return self._source.credentials()
        except CertificatesError as error:
            if not (error.code or "").startswith(REFUSAL_CODES):
                error.message = f"There is no key from {self.source}. {error.message}"
                error.args = (error.message,)
            raise

    def _ends_soon(self, found: Found) -> bool:
        return found.ends is not None and found.ends - self._context.clock.now() < RENEW_BEFORE


def choose(
    *,
    options: t.Iterable[Source[Found]],
    surroundings: t.Iterable[Source[Found]],
    context: Context,
    cloud: str,
    hint: str,
) -> Keys[Found]:
    """The source to use, validated without any call. `hint` says how a key is given.

    :raises AuthError: no source has a key; two were given as options; the first that has anything has no whole set.
        Names the sources.
    """
    wanted = [source for source in options if source.given()]
    if len(wanted) > 1:
        raise refusal(
            f"The key for {cloud} is given more than once: {' and '.join(source.name for source in wanted)}.",
            code="credentials_ambiguous",
            hint="Give one of them; an empty value takes back what module_defaults set.",
        )
    source = next(iter(wanted), None) or next((source for source in surroundings if source.given()), None)
    if source is None:
        raise refusal(f"No key for {cloud} was given.", code="credentials_missing", hint=hint)
    source.validate()
    return Keys(source, context=context)


def check_given(values: t.Mapping[str, str], *, source: str) -> None:
    """:raises AuthError: one of these values is missing in a source that has others."""
    missing = [name for name, value in values.items() if not value]
    if missing:
        raise refusal(
            f"The key from {source} is not whole: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'}"
            " missing.",
            code="credentials_incomplete",
            hint="Parts of different sources are never combined.",
        )


def check_text(value: str, *, name: str, source: str) -> None:
    """:raises AuthError: the value cannot be a part of a key. The message does not show it."""
    if value != value.strip():
        raise refusal(
            f"{name} from {source} begins or ends with white space.",
            code="credentials_malformed",
            hint="It was probably read from a file with a line break at its end.",
        )
    if not value.isascii() or not value.isprintable() or " " in value:
        raise refusal(
            f"{name} from {source} holds characters that no key has.",
            code="credentials_malformed",
            hint="Copy it again, without quotes, blanks or line breaks.",
        )


def refusal(message: str, *, code: str, hint: str) -> AuthError:
    """What is wrong with a source, found before any call."""
    return AuthError(message, code=code, ran=Ran.NO, hint=hint)


def digest(*parts: t.Any) -> str:
    """One name for many parts, which it does not give away."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode("utf-8")).hexdigest()
