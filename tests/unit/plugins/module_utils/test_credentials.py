# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first source that has anything decides, alone; what each cloud calls its parts is tested with the cloud."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils import _credentials, _locks
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import AuthError, NetworkFailure, Ran
from ansible_collections.cncloud.certificates.tests.unit.doubles import START, FakeClock

NAMES = ("key", "secret", "token", "extra")


@dataclasses.dataclass(frozen=True)
class Credentials(_credentials.Credentials):
    values: tuple[str, ...]
    source: str

    expires_at: datetime.datetime | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        return self.values[1:3]

    @property
    def ends(self) -> datetime.datetime | None:
        return self.expires_at

    def identity(self, endpoint: str) -> str:
        return _credentials.digest(endpoint, *self.values)


def whole(values: t.Sequence[str], source: str) -> Credentials:
    return Credentials(tuple(values), source)


class Remote(_credentials.Source[Credentials]):
    """A source that has to ask for its key, such as the role of an instance."""

    name = "elsewhere"

    def __init__(self, *, wanted: bool, right: bool = True) -> None:
        self.wanted = wanted
        self.right = right
        self.steps: list[str] = []

    def given(self) -> bool:
        self.steps.append("given")
        return self.wanted

    def validate(self) -> None:
        self.steps.append("validate")
        if not self.right:
            raise _credentials.refusal("No role was named.", code="credentials_incomplete", hint="Name it.")

    def credentials(self) -> Credentials:
        self.steps.append("credentials")
        return whole(["k", "s", "t", ""], self.name)

    def memory(self) -> str:
        return "elsewhere"


def option(**values: t.Any) -> _credentials.Source[Credentials]:
    return _credentials.OptionSource(values, names=NAMES, whole=whole)


def environment(**values: str) -> _credentials.Source[Credentials]:
    return _credentials.EnvironmentSource(values, names=NAMES, whole=whole)


def resolve(*sources: _credentials.Source[Credentials]) -> tuple[Credentials, list[str]]:
    masked: list[str] = []
    context = Context(mask=masked.append)
    keys = _credentials.choose(
        options=(), surroundings=sources, context=context, cloud="Some Cloud", hint="Set key and secret."
    )
    return keys.current(), masked


@pytest.mark.parametrize(
    ("sources", "expected", "source"),
    [
        ([option(key="a", secret="b")], ("a", "b", "", ""), "the options key and secret"),
        ([environment(key="a", secret="b")], ("a", "b", "", ""), "the environment (key and secret)"),
        ([option(key="a", secret="b", token="c", extra="d")], ("a", "b", "c", "d"), "the options key and secret"),
        (
            [option(key=None, secret=""), environment(key="a", secret="b", token="c")],
            ("a", "b", "c", ""),
            "the environment (key and secret)",
        ),
        (
            [option(key="a", secret="b"), environment(key="x", secret="y", token="z", extra="w")],
            ("a", "b", "", ""),
            "the options key and secret",
        ),
        (
            [environment(token="z", extra="w"), option(key="a", secret="b")],
            ("a", "b", "", ""),
            "the options key and secret",
        ),
    ],
)
def test_the_first_source_decides_alone(
    sources: list[_credentials.Source[Credentials]], expected: tuple[str, ...], source: str
) -> None:
    found, masked = resolve(*sources)
    assert (found.values, found.source) == (expected, source)
    assert masked == list(expected[1:3])


def test_a_source_is_validated_before_it_is_asked_and_the_later_ones_are_left_alone() -> None:
    unwanted, wanted, later = Remote(wanted=False), Remote(wanted=True), Remote(wanted=True)
    found, masked = resolve(unwanted, wanted, later)
    assert (found.source, masked) == ("elsewhere", ["s", "t"])
    assert (unwanted.steps, wanted.steps, later.steps) == (["given"], ["given", "validate", "credentials"], [])


def test_a_source_that_is_not_right_is_neither_asked_nor_passed_over() -> None:
    wrong, later = Remote(wanted=True, right=False), Remote(wanted=True)
    with pytest.raises(AuthError, match="No role was named"):
        resolve(wrong, later)
    assert (wrong.steps, later.steps) == (["given", "validate"], [])


@pytest.mark.parametrize(
    ("sources", "code", "message", "hint"),
    [
        ([], "credentials_missing", "No key for Some Cloud was given.", "Set key and secret."),
        (
            [option(key="hidden"), environment(key="a", secret="b")],
            "credentials_incomplete",
            "The key from the options key and secret is not whole: secret is missing.",
            "Parts of different sources are never combined.",
        ),
        (
            [environment(secret="hidden")],
            "credentials_incomplete",
            "The key from the environment (key and secret) is not whole: key is missing.",
            "Parts of different sources are never combined.",
        ),
        (
            [option(key="a", secret="hidden\n")],
            "credentials_malformed",
            "secret from the options key and secret begins or ends with white space.",
            "It was probably read from a file with a line break at its end.",
        ),
        (
            [option(key="a", secret="b", token="hid\0den")],
            "credentials_malformed",
            "token from the options key and secret holds characters that no key has.",
            "Copy it again, without quotes, blanks or line breaks.",
        ),
        (
            [option(key="\u5bc6hidden", secret="b")],
            "credentials_malformed",
            "key from the options key and secret holds characters that no key has.",
            "Copy it again, without quotes, blanks or line breaks.",
        ),
    ],
)
def test_a_refusal_names_the_source_and_no_value(
    sources: list[_credentials.Source[Credentials]], code: str, message: str, hint: str | None
) -> None:
    with pytest.raises(AuthError) as caught:
        resolve(*sources)
    error = caught.value
    assert (error.code, error.message, error.hint) == (code, message, hint)
    assert error.ran is Ran.NO


# --- The key of the moment ------------------------------------------------------------------------------------------


class Lasting(Remote):
    """Gives a new key each time, which lasts some seconds."""

    def __init__(self, *seconds: float) -> None:
        super().__init__(wanted=True)
        self.seconds = list(seconds)

    def credentials(self) -> Credentials:
        super().credentials()
        ends = START + datetime.timedelta(seconds=self.seconds.pop(0))
        number = self.steps.count("credentials")
        return Credentials(("k", f"s{number}", "t", ""), self.name, ends)


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(_credentials, "_kept", {})
    monkeypatch.setattr(_locks, "_refused_here", {})
    monkeypatch.setenv("HOME", str(tmp_path))


def held(source: _credentials.Source[Credentials]) -> tuple[_credentials.Keys[Credentials], FakeClock, list[str]]:
    masked: list[str] = []
    clock = FakeClock()
    return _credentials.Keys(source, context=Context(clock=clock, mask=masked.append)), clock, masked


def test_a_key_is_replaced_five_minutes_before_it_ends() -> None:
    source = Lasting(900, 1800)
    keys, clock, masked = held(source)
    assert source.steps == []
    first = keys.current()
    clock.sleep(600)
    assert keys.current() is first
    clock.sleep(1)
    assert keys.current().values[1] == "s2"
    assert masked == ["s1", "t", "s2", "t"]


def test_a_key_that_lasts_less_is_used_and_asked_for_again() -> None:
    """Metadata give the same key until they have another one."""
    source = Lasting(200, 200, 900)
    keys, _clock, _masked = held(source)
    assert [keys.current().values[1] for _call in range(4)] == ["s1", "s2", "s3", "s3"]


def test_a_key_that_has_ended_is_not_sent() -> None:
    keys, _clock, masked = held(Lasting(0))
    with pytest.raises(AuthError, match="The key from elsewhere has expired") as caught:
        keys.current()
    assert caught.value.code == "credentials_expired"
    assert masked == ["s1", "t"]


def test_a_key_without_an_end_is_not_kept_for_other_tasks() -> None:
    source = Remote(wanted=True)
    for _task in range(2):
        held(source)[0].current()
    assert source.steps.count("credentials") == 2


def test_a_key_with_an_end_is_kept_for_other_tasks_and_masked_in_each() -> None:
    source = Lasting(3600)
    for _task in range(2):
        keys, _clock, masked = held(source)
        assert keys.current().values[1] == "s1"
        assert masked == ["s1", "t"]
    assert source.steps == ["credentials"]


def refusing(*wrong: str) -> t.Callable[[Credentials], str]:
    def call(key: Credentials) -> str:
        if key.values[1] in wrong:
            raise AuthError(f"{key.values[1]} was refused.")
        return key.values[1]

    return call


def test_a_temporary_key_that_is_refused_is_replaced_once() -> None:
    keys, _clock, _masked = held(Lasting(3600, 3600, 3600))
    assert keys.use(refusing()) == "s1"
    assert keys.use(refusing("s1")) == "s2"
    with pytest.raises(AuthError, match="s3 was refused"):
        keys.use(refusing("s2", "s3"))


def test_a_loop_does_not_ask_for_a_key_for_each_item_where_each_is_refused() -> None:
    """A clock that is off by more than the service takes: STS gives keys for a token, and every call is refused."""
    source = Lasting(*[3600] * 20)
    sent: list[str] = []

    def call(key: Credentials) -> str:
        sent.append(key.values[1])
        raise AuthError("The signature has expired.")

    clock = FakeClock()
    for item in range(5):
        # Each item is a process of its own.
        _locks._refused_here.clear()
        _credentials._kept.clear()
        keys = _credentials.Keys(source, context=Context(clock=clock))
        with pytest.raises(AuthError) as caught:
            keys.use(call)
        assert (caught.value.code == "refused_locally") is (item > 0)
    assert (sent, len(source.steps)) == (["s1", "s2"], 2)
    clock.sleep(301)
    with pytest.raises(AuthError, match="The signature has expired"):
        _credentials.Keys(source, context=Context(clock=clock)).use(call)


def test_a_key_that_comes_again_is_not_sent_again() -> None:
    class Stubborn(Lasting):
        def credentials(self) -> Credentials:
            self.steps.append("credentials")
            return Credentials(("k", "s1", "t", ""), self.name, START + datetime.timedelta(hours=1))

    source = Stubborn()
    calls: list[str] = []

    def call(key: Credentials) -> str:
        calls.append(key.values[1])
        raise AuthError("No.")

    with pytest.raises(AuthError, match="No"):
        held(source)[0].use(call)
    assert (calls, source.steps) == (["s1"], ["credentials"] * 2)


def test_a_lasting_key_that_is_refused_is_not_asked_for_again() -> None:
    source = Remote(wanted=True)
    with pytest.raises(AuthError):
        held(source)[0].use(refusing("s"))
    assert source.steps == ["credentials"]


def test_a_failure_names_the_source() -> None:
    class Silent(Remote):
        def credentials(self) -> Credentials:
            raise NetworkFailure("No answer.", retryable=True)

    with pytest.raises(NetworkFailure) as caught:
        held(Silent(wanted=True))[0].current()
    assert str(caught.value) == caught.value.message == "There is no key from elsewhere. No answer."
    assert caught.value.retryable


@pytest.mark.parametrize(
    ("options", "surroundings", "expected"),
    [
        ([{"key": "a", "secret": "b"}], [{"key": "x", "secret": "y"}], "a"),
        ([{}], [{}, {"key": "x", "secret": "y"}, {"key": "z", "secret": "y"}], "x"),
        ([{}, {"key": "c", "secret": "d"}], [{"key": "x", "secret": "y"}], "c"),
    ],
)
def test_what_is_given_as_an_option_beats_the_surroundings(
    options: list[dict[str, str]], surroundings: list[dict[str, str]], expected: str
) -> None:
    chosen = _credentials.choose(
        options=[option(**values) for values in options],
        surroundings=[environment(**values) for values in surroundings],
        context=Context(),
        cloud="Some Cloud",
        hint="",
    )
    assert chosen.current().values[0] == expected


def test_two_options_are_one_too_many_even_if_one_is_broken() -> None:
    with pytest.raises(AuthError) as caught:
        _credentials.choose(
            options=[option(key="hidden"), Remote(wanted=True)],
            surroundings=[],
            context=Context(),
            cloud="Some Cloud",
            hint="",
        )
    assert caught.value.message == (
        "The key for Some Cloud is given more than once: the options key and secret and elsewhere."
    )
