# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Info modules change nothing, in check mode or not, and never ask for a key."""

from __future__ import annotations

import collections.abc as c
import contextlib
import socket
import typing as t
from pathlib import Path

from driver.driver import Driver, Params
from hypothesis import event, given
from hypothesis import strategies as st
from property import test_aliyun_sslvpn_client_cert as sslvpn
from property import test_dns_records as dns
from property import test_huawei_apig_domain_cert as apig
from property import test_tencent_free_cert as free_cert
from property.honesty import examples, reads_alone

DAYS = st.sampled_from((0, 10, 30, 100, -1))


@examples()
@given(
    rows=st.lists(free_cert.certificates(), max_size=5),
    params=st.fixed_dictionaries(
        {},
        optional={
            "domain": st.sampled_from((*free_cert.DOMAINS, "no name", "")),
            "certificate_id": st.sampled_from(("cert0", "missing", "../")),
            "alias": st.sampled_from(("shop", "other")),
            "search": st.sampled_from(("example", "shop")),
            "status": st.lists(st.sampled_from(("issued", "reviewing", "expired", "failed")), max_size=2),
            "expires_within_days": DAYS,
        },
    ),
    as_module=st.booleans(),
)
def test_tencent_cert_info(
    shared_driver: Driver, rows: list[dict[str, t.Any]], params: Params, as_module: bool
) -> None:
    shared_driver.reset()
    free_cert.account(shared_driver, rows)
    reads_alone(shared_driver, "tencent_cert_info", params, as_module=as_module)


@examples()
@given(
    rows=st.lists(sslvpn.certificates(), max_size=5),
    settings=sslvpn.settings_of_cloud(),
    params=st.fixed_dictionaries(
        {},
        optional={
            "ssl_vpn_server_id": st.sampled_from(("vss-emulator", "vss-other", "vss-missing", "a/b")),
            "name": st.sampled_from(("anna", "Anna", "bob")),
            "ssl_vpn_client_cert_id": st.sampled_from(("vsc-0", "vsc-missing")),
            "status": st.lists(st.sampled_from(("normal", "expiring-soon", "expired")), max_size=2),
            "expires_within_days": DAYS,
        },
    ),
    as_module=st.booleans(),
)
def test_aliyun_sslvpn_client_cert_info(
    shared_driver: Driver,
    rows: list[dict[str, t.Any]],
    settings: dict[str, t.Any],
    params: Params,
    as_module: bool,
) -> None:
    shared_driver.reset()
    sslvpn.set_up(shared_driver, rows, settings)
    reads_alone(shared_driver, "aliyun_sslvpn_client_cert_info", params, as_module=as_module)


@examples()
@given(
    objects=apig.held(),
    behaviour=apig.behaviours(),
    params=st.fixed_dictionaries(
        {"instance_id": st.sampled_from(("i-emulator",) * 5 + ("i-old", "i-missing"))},
        optional={
            "group": st.sampled_from(("demo", "demo", "missing")),
            "name": st.sampled_from(("by_hand", "given")),
            "common_name": st.sampled_from(("api.example.com", "*.example.com")),
            "domain": st.sampled_from((*apig.DOMAINS, "missing.example.com")),
            "expires_within_days": DAYS,
            "with_bindings": st.booleans(),
            "with_details": st.booleans(),
        },
    ),
    as_module=st.booleans(),
)
def test_huawei_apig_cert_info(
    shared_driver: Driver,
    objects: list[dict[str, t.Any]],
    behaviour: dict[str, t.Any],
    params: Params,
    as_module: bool,
) -> None:
    shared_driver.reset()
    apig.set_up(shared_driver, objects, behaviour)
    reads_alone(shared_driver, "huawei_apig_cert_info", params, as_module=as_module)


UNKNOWN = ("", "(known after apply)")


@examples()
@given(
    bound=st.dictionaries(st.sampled_from(apig.DOMAINS), st.sampled_from(("rsa", "ecc", "wildcard", "expired"))),
    expected=st.sampled_from((None, "rsa", "rsa", "ecc", "nonsense", *UNKNOWN)),
    port=st.sampled_from(("edge", "edge", "edge", "nobody's")),
    params=st.fixed_dictionaries(
        {"host": st.sampled_from((*apig.DOMAINS, "missing.example.com", "no name"))},
        optional={
            "on_mismatch": st.just("report"),
            "key_algorithm": st.sampled_from(("rsa", "ecc")),
            "validate_certs": st.booleans(),
            "ca_bundle": st.just("the emulator's"),
            "wait": st.booleans(),
            "wait_timeout": st.sampled_from((1, 5, 0)),
            "retries": st.sampled_from((0, 2)),
        },
    ),
    as_module=st.booleans(),
)
def test_served_cert_info(
    shared_driver: Driver,
    bound: dict[str, str],
    expected: str | None,
    port: str,
    params: Params,
    as_module: bool,
) -> None:
    """Check mode looks once, and does not compare with a fingerprint that is not known yet; else all is the same."""
    driver = shared_driver
    driver.reset()
    apig.set_up(driver, [{"holds": held, "bind": [domain]} for domain, held in bound.items()], {})
    with nobodys_port() as closed:
        where = driver.emulator.info["edge_port"] if port == "edge" else closed
        given: dict[str, t.Any] = {**params, "connect_to": f"127.0.0.1:{where}"}
        if "ca_bundle" in params:
            given["ca_bundle"] = driver.emulator.info["ca_bundle"]
        if expected is not None:
            known = expected in apig.CERTIFICATES
            given["expect_fingerprint"] = apig.issued(driver, expected)["sha256"] if known else expected
        before = driver.on_disk()
        predicted, real = (
            driver.run("served_cert_info", given, check=check, as_module=as_module) for check in (True, False)
        )
    assert driver.on_disk() == before
    assert (predicted.changed, predicted.calls, real.changed, real.calls) == (False, [], False, [])
    event(f"fails: {real.kind}" if real.failed else "sees one")
    if expected in UNKNOWN:
        assert real.kind == "invalid", real.result
        assert predicted.kind in (None, "invalid"), predicted.result
    elif real.failed:
        assert predicted.failed, (predicted.result, real.result)
        assert real.kind in (predicted.kind, "timeout"), (predicted.result, real.result)
        assert real.kind != "timeout" or (expected is not None and params.get("wait", True)), real.result
    else:
        # Only the waiting tells them apart: by then a day may have ended.
        hours = {"served": {**real.result["served"], "days_left": predicted.result["served"]["days_left"]}}
        assert predicted.result == {**real.result, **hours}


@contextlib.contextmanager
def nobodys_port() -> c.Iterator[int]:
    """A port of this machine that refuses connections: taken, and not listened to."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_every_module_has_its_property() -> None:
    """And no test of a module is forgotten where one is added."""
    folder = Path(__file__).parent
    text = "".join(path.read_text() for path in sorted(folder.glob("test_*.py")))
    modules = {path.stem for path in (folder.parents[1] / "plugins" / "modules").glob("[!_]*.py")}
    records = {f"{scene.cloud}_dns_record" for scene in dns.SCENES}
    assert {name for name in modules if f"def test_{name}(" not in text} == records
