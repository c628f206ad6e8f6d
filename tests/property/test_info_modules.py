# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Info modules change nothing, in check mode or not, and never ask for a key."""

from __future__ import annotations

import typing as t

from driver.driver import Driver, Params
from hypothesis import given
from hypothesis import strategies as st
from property import test_aliyun_sslvpn_client_cert as sslvpn
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
