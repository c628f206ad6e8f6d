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
from property.disk import NONSENSE
from property.honesty import SETTLED, Module, examples, keep_promises, reads_alone

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
WHERE = {"consortium_id": "consortium-emulator", "ant_chain_id": "chain-emulator"}


@functools.cache
def request(number: int) -> tuple[str, str]:
    """A private key and its signing request."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"client {number}")])
    csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem.decode(), csr.public_bytes(serialization.Encoding.PEM).decode()


def chains() -> st.SearchStrategy[dict[str, t.Any]]:
    """What the chain says and does; `applied` are applications with the request of that number, -1: of a lost key."""
    application = st.fixed_dictionaries(
        {"key": st.sampled_from((0, 0, 1, -1)), "status": st.sampled_from(("1", "1", "1", "0", "2"))},
        optional={"account": st.just("1000000000000099")},
    )
    return st.fixed_dictionaries(
        {"applied": st.lists(application, max_size=1)},
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


def tasks() -> st.SearchStrategy[Params]:
    """`lose` are files that go before the task."""
    more: dict[str, st.SearchStrategy[t.Any]] = {
        "on_key_loss": st.just("reset"),
        "username": st.just("uid-1000000000000001"),
        "wait": st.booleans(),
        "wait_timeout": st.sampled_from((1, 100)),
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

    def task(given: Params, files: tuple[str, ...], lose: list[str], where: Params) -> Params:
        return {**given, **where, "files": (*given.get("files", ()), *files), "lose": lose}

    return st.builds(task, csr | local | managed | absent, files, lose, elsewhere)


def folders() -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(st.sampled_from(FILES), st.sampled_from(("key0", "key1", *NONSENSE)), max_size=2)


def nobody_knows(params: Params, run: Run) -> bool:
    """What becomes of an application, what a download will be, and a request that is written by then."""
    if run.kind in ("timeout", "protocol"):
        return True
    if run.kind == "local":
        return "csr_path" in params and "does not exist" in run.result["msg"]
    told = run.result["error"]["code"] is not None
    return run.kind in ("conflict", "quota", "invalid", "not_found") and (told or "another key" in run.result["msg"])


MODULE = Module("antchain_cert", only_then=nobody_knows, moves_on=lambda params, _run: params.get("wait") is False)


def set_up(driver: Driver, chain: dict[str, t.Any], settings: dict[str, t.Any]) -> None:
    control = driver.emulator.control
    for one in chain["applied"]:
        given = {name: value for name, value in one.items() if name != "key"}
        if one["key"] >= 0:
            given["csr"] = request(one["key"])[1]
        control("POST", "/aliyun/applications", given)
    behaviour = {name: value for name, value in chain.items() if name != "applied"}
    control("POST", "/aliyun/chains/chain-emulator", behaviour)
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


@examples()
@given(
    chain=chains(),
    settings=settings_of_cloud(),
    there=folders(),
    todo=st.lists(tasks(), min_size=1, max_size=3),
    as_module=st.booleans(),
)
def test_antchain_cert(
    shared_driver: Driver,
    chain: dict[str, t.Any],
    settings: dict[str, t.Any],
    there: dict[str, str],
    todo: list[Params],
    as_module: bool,
) -> None:
    driver = shared_driver
    driver.reset()
    set_up(driver, chain, settings)
    for option, what in there.items():
        content = request(int(what[-1]))[0].encode() if what.startswith("key") else NONSENSE[what]
        (driver.folder / option).write_bytes(content)
    for task in todo:
        run = keep_promises(driver, MODULE, options(driver, task), as_module=as_module)
        if run.failed:
            # The next real run lets some time go by first, in which an application may be decided.
            driver.clock.pass_by(2 * SETTLED)


@examples()
@given(
    chain=chains(),
    settings=settings_of_cloud(),
    params=st.fixed_dictionaries(
        {"consortium_id": st.sampled_from(("consortium-emulator",) * 4 + ("missing",))},
        optional={
            "ant_chain_id": st.sampled_from(("chain-emulator", "missing")),
            "username": st.sampled_from(("uid-1000000000000001", "uid-1")),
        },
    ),
    as_module=st.booleans(),
)
def test_antchain_cert_info(
    shared_driver: Driver, chain: dict[str, t.Any], settings: dict[str, t.Any], params: Params, as_module: bool
) -> None:
    shared_driver.reset()
    set_up(shared_driver, chain, settings)
    reads_alone(shared_driver, "antchain_cert_info", params, as_module=as_module)
