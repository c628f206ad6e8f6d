# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode of antchain_cert, over chains and folders that hold anything, and keys that get lost in between."""

from __future__ import annotations

import functools
import typing as t

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from driver.driver import Driver, Params, Run
from hypothesis import given
from hypothesis import strategies as st
from property.disk import NONSENSE, accidents
from property.honesty import SETTLED, Module, examples, reads_alone
from property.machine import Deed, Scene, deed, play

FILES = ("private_key_path", "certificate_path", "ca_path", "trust_ca_path")
SUBJECT = {
    "common_name": "client",
    "country": "CN",
    "state_or_province": "Zhejiang",
    "locality": "Hangzhou",
    "organization": "Example",
    "organizational_unit": "Test",
}
PASSWORD = "a-password-of-a-test"
CHAIN: dict[str, t.Any] = {"approval": None, "download_answer": None, "member_status": None}
WHERE = {"consortium_id": "consortium-emulator", "ant_chain_id": "chain-emulator"}


@functools.cache
def request(number: int) -> tuple[str, str]:
    """A private key and its signing request."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"client {number}")])
    csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem.decode(), csr.public_bytes(serialization.Encoding.PEM).decode()


def applications() -> st.SearchStrategy[dict[str, t.Any]]:
    """With the request of the number `key`, -1: of a lost key."""
    return st.fixed_dictionaries(
        {"key": st.sampled_from((0, 0, 1, -1)), "status": st.sampled_from(("1", "1", "1", "0", "2"))},
        optional={"account": st.just("1000000000000099")},
    )


def chains() -> st.SearchStrategy[dict[str, t.Any]]:
    """What the chain says and does."""
    return st.fixed_dictionaries(
        {},
        optional={
            "approval": st.just(True),
            "download_answer": st.sampled_from(("html", "huge", "other_key", "redirect", "expired")),
            "member_status": st.just("Unheard"),
        },
    )


def settings_of_cloud() -> st.SearchStrategy[dict[str, t.Any]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "approval_delay": st.just(30),
            "list_lag": st.just(5),
            "issue_delay": st.sampled_from((15, 15, 2000)),
            "count_offset": st.sampled_from((0, 0, 0, 1)),
            "envelope": st.just("data"),
            "literal_newlines": st.just(True),
            "v2_failures": st.just("http"),
            "client_url_when_pending": st.just(False),
            "reset_absent": st.just("success"),
        },
    )


def starts() -> st.SearchStrategy[dict[str, t.Any]]:
    things = st.dictionaries(st.sampled_from(FILES), st.sampled_from(("key0", "key1", *NONSENSE)), max_size=2)
    applied = st.lists(applications(), max_size=1)
    return st.fixed_dictionaries(
        {"chain": chains(), "applied": applied, "settings": settings_of_cloud(), "there": things}
    )


def deeds() -> st.SearchStrategy[Deed]:
    """In the console, or by another program: `which` of all applications there are by then."""
    which = st.integers(0, 1)
    return st.one_of(
        deed("age", which=which, days_left=st.sampled_from((-5.5, 0.5, 10.5, 60.5))),
        deed("decide", which=which, status=st.sampled_from(("0", "1", "2"))),
        deed("delete", which=which),
        deed("apply", application=applications()),
        deed("chain", members=chains().map(lambda chain: {**CHAIN, **chain})),
        deed("settings", settings=settings_of_cloud()),
    )


def tasks() -> st.SearchStrategy[Params]:
    """`lose` are files that go before the task."""
    more: dict[str, st.SearchStrategy[t.Any]] = {
        "on_key_loss": st.just("reset"),
        "username": st.just("uid-1000000000000001"),
        "wait": st.booleans(),
        "mode": st.just("0640"),
        "private_key_mode": st.just("0640"),
        "backup": st.just(True),
    }
    csr = st.fixed_dictionaries(
        {"method": st.just("csr"), "csr": st.sampled_from(("0", "0", "1", "path", "missing", "nonsense"))},
        optional=more,
    )
    local = st.fixed_dictionaries(
        {"method": st.just("csr"), "subject": st.just({"common_name": "client"})},
        optional={**more, "password": st.just(PASSWORD)},
    ).map(lambda given: {**given, "files": ("private_key_path",)})
    managed = st.fixed_dictionaries(
        {"method": st.just("managed_key"), "subject": st.just(SUBJECT), "password": st.just(PASSWORD)}, optional=more
    ).map(lambda given: {**given, "files": ("private_key_path",)})
    absent = st.fixed_dictionaries({"state": st.just("absent"), "on_key_loss": st.sampled_from(("reset", "fail"))})
    files = st.sampled_from(((), FILES[1:2], FILES[1:], FILES[1:3]))
    lose = st.lists(st.sampled_from(FILES), max_size=2, unique=True)
    elsewhere = st.sampled_from(({},) * 8 + ({"ant_chain_id": "missing"}, {"consortium_id": "missing"}))

    def task(given: Params, files: tuple[str, ...], lose: list[str], where: Params, patience: int) -> Params:
        return {"wait_timeout": patience, **given, **where, "files": (*given.get("files", ()), *files), "lose": lose}

    # What the default would wait for comes within two minutes, or never.
    patience = st.sampled_from((1, 100))
    return st.builds(task, csr | local | managed | absent, files, lose, elsewhere, patience)


def apply(driver: Driver, application: dict[str, t.Any]) -> None:
    given = {name: value for name, value in application.items() if name != "key"}
    if application["key"] >= 0:
        given["csr"] = request(application["key"])[1]
    driver.emulator.control("POST", "/aliyun/applications", given)


def set_up(driver: Driver, start: dict[str, t.Any]) -> None:
    control, settings = driver.emulator.control, start["settings"]
    for one in start["applied"]:
        apply(driver, one)
    control("POST", "/aliyun/chains/chain-emulator", start["chain"])
    control("POST", "/aliyun/settings", {"antchain": settings})
    # What was there before is in the lists; the lag is of what the tasks do.
    driver.clock.pass_by(settings.get("list_lag", 0))


def options(driver: Driver, task: Params) -> Params:
    """The task's options, its files named and the signing request in place."""
    for option in task["lose"]:
        (driver.folder / option).unlink(missing_ok=True)
    params = {name: value for name, value in task.items() if name not in ("files", "lose", "csr")}
    params |= {option: str(driver.folder / option) for option in task["files"]}
    asked = task.get("csr")
    if asked in ("path", "missing"):
        path = driver.folder / "in.csr"
        path.unlink(missing_ok=True)
        if asked == "path":
            path.write_text(request(0)[1])
        params["csr_path"] = str(path)
    elif asked is not None:
        params["csr_content"] = request(int(asked))[1] if asked.isdigit() else asked
    return {**WHERE, **params}


class ChainCertificates(Scene[dict[str, t.Any]]):
    starts = starts()
    tasks = tasks()
    deeds = deeds() | accidents(FILES, bundles=0)
    rest = 2 * SETTLED

    def __init__(self, driver: Driver) -> None:
        super().__init__(driver)
        # What downloads have been in this example, other than right.
        self.answers: set[str] = set()
        # Whether certificates may come later than their application.
        self.late = False

    def begin(self, start: dict[str, t.Any]) -> None:
        self.behaves(start["chain"])
        self.hurries(start["settings"], start["applied"])
        set_up(self.driver, start)
        for option, what in start["there"].items():
            content = request(int(what[-1]))[0].encode() if what.startswith("key") else NONSENSE[what]
            (self.driver.folder / option).write_bytes(content)

    def behaves(self, chain: dict[str, t.Any]) -> None:
        self.chain = chain
        self.answers |= {chain["download_answer"]} if chain.get("download_answer") else set()
        self.late |= bool(chain.get("approval"))

    def hurries(self, settings: dict[str, t.Any], applied: list[dict[str, t.Any]]) -> None:
        self.late |= bool(settings.get("issue_delay")) or any(one["status"] == "0" for one in applied)

    def options(self, task: Params) -> Params:
        return options(self.driver, task)

    def happens(self, deed: Deed) -> None:
        control = self.driver.emulator.control
        there = control("GET", "/state/aliyun")["applications"]
        self.late |= deed.get("status") == "0"
        if deed["does"] == "settings":
            self.hurries(deed["settings"], [])
            control("POST", "/aliyun/settings", {"antchain": deed["settings"]})
        elif deed["does"] == "chain":
            self.behaves(deed["members"])
            control("POST", "/aliyun/chains/chain-emulator", deed["members"])
        elif deed["does"] == "apply":
            if not there:
                self.hurries({}, [deed["application"]])
                apply(self.driver, deed["application"])
        elif there:
            path = f"/aliyun/applications/{there[deed['which'] % len(there)]['bid']}"
            if deed["does"] == "age":
                control("POST", f"{path}/age", {"days_left": deed["days_left"]})
            elif deed["does"] == "decide":
                control("POST", path, {"status": deed["status"]})
            else:
                control("DELETE", path)
        # A real run waits after one that failed, so what is about to come has to be there before it is predicted.
        self.driver.clock.pass_by(SETTLED)

    def nobody_knows(self, params: Params, run: Run) -> bool:
        """What becomes of an application, what a download will be, and a request that is written by then."""
        if run.kind == "timeout":
            return params.get("wait") is not False
        if run.kind == "local":
            return "csr_path" in params and "does not exist" in run.result["msg"]
        if run.kind == "protocol":
            return bool(self.answers & {"html", "huge", "redirect", "expired"})
        # Whose key a certificate is of shows once it is there.
        return (
            run.kind == "conflict" and "another key" in run.result["msg"] and (self.late or "other_key" in self.answers)
        )

    @property
    def module(self) -> Module:
        return Module(
            "antchain_cert",
            only_then=self.nobody_knows,
            moves_on=lambda params, _run: params.get("wait") is False,
            restless=self.resets_each_time,
        )

    def resets_each_time(self, params: Params, _run: Run) -> bool:
        """What every application gets is of another key, and nobody waits to see it."""
        return (params.get("on_key_loss"), self.chain.get("download_answer")) == ("reset", "other_key")


def test_antchain_cert(shared_driver: Driver) -> None:
    play(shared_driver, ChainCertificates)


@examples()
@given(
    start=starts(),
    params=st.fixed_dictionaries(
        {"consortium_id": st.sampled_from(("consortium-emulator",) * 4 + ("missing",))},
        optional={
            "ant_chain_id": st.sampled_from(("chain-emulator", "missing")),
            "username": st.sampled_from(("uid-1000000000000001", "uid-1")),
        },
    ),
    as_module=st.booleans(),
)
def test_antchain_cert_info(shared_driver: Driver, start: dict[str, t.Any], params: Params, as_module: bool) -> None:
    shared_driver.reset()
    set_up(shared_driver, start)
    reads_alone(shared_driver, "antchain_cert_info", params, as_module=as_module)
