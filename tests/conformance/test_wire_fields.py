# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every field that the clients send and every field of an answer that they read exists in the vendors' SDKs."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import NamedTuple

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils._wire import Wire
from ansible_collections.cncloud.certificates.tests.conformance.sdk_models import (
    Model,
    alibaba_models,
    huawei_models,
    tencent_models,
    why_unknown,
)

MODULE_UTILS = "ansible_collections.cncloud.certificates.plugins.module_utils"


class Client(NamedTuple):
    """A client module and the SDK of the service that it speaks to."""

    module: str
    cloud: str
    service: str
    version: str
    constant: str = "WIRE"

    def wire(self) -> Mapping[str, Wire]:
        wire: Mapping[str, Wire] = getattr(import_module(f"{MODULE_UTILS}.{self.module}"), self.constant)
        return wire

    def models(self, operation: str) -> tuple[Model, Model]:
        models = {"aliyun": alibaba_models, "tencent": tencent_models, "huawei": huawei_models}[self.cloud]
        return models(self.service, self.version, operation)


CLIENTS = (
    Client("_aliyun.sslvpn", "aliyun", "vpc", "20160428"),
    Client("_aliyun.dns", "aliyun", "alidns", "20150109"),
    Client("_aliyun.esa", "aliyun", "esa", "20240910"),
    Client("_aliyun.antchain", "aliyun", "baas", "20181221"),
    Client("_tencent.ssl", "tencent", "ssl", "v20191205"),
    Client("_tencent.dnspod", "tencent", "dnspod", "v20210323"),
    Client("_huawei.apig", "huawei", "apig", "v2"),
    Client("_huawei.dns", "huawei", "dns", "v2"),
    Client("_huawei.client", "huawei", "iam", "v3"),
    # Where keys come from.
    Client("_aliyun.roles", "aliyun", "sts", "20150401"),
    Client("_tencent.roles", "tencent", "sts", "v20180813"),
    Client("_huawei.roles", "huawei", "iam", "v3", "IAM_WIRE"),
    Client("_huawei.roles", "huawei", "sts", "v1", "STS_WIRE"),
)


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: f"{client.module}-{client.service}")
def test_each_field_is_in_the_sdks_model(client: Client) -> None:
    problems = []
    for operation, wire in client.wire().items():
        request, response = client.models(operation)
        for model, kind, paths in ((request, "sends", wire.sends), (response, "reads", wire.reads)):
            for path in paths:
                reason = why_unknown(model, path)
                if reason:
                    problems.append(f"{operation} {kind} {path}: {reason}")
    assert client.wire()
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize(
    ("cloud", "path", "reason"),
    [
        ("aliyun", "SslVpnClientCertKeys.SslVpnClientCertKey[].EndTime", None),
        ("aliyun", "SslVpnClientCertKeys.SslVpnClientCertKey[].ClientKey", "there is no ClientKey"),
        ("aliyun", "SslVpnClientCertKeys.SslVpnClientCertKey.EndTime", "SslVpnClientCertKey is a list"),
        ("aliyun", "SslVpnClientCertKeys[]", "SslVpnClientCertKeys is no list"),
        ("aliyun", "TotalCount.Deeper", "TotalCount has no fields"),
        ("tencent", "Certificates[].CertificateExtra.RenewOrder", None),
        ("tencent", "Certificates[].CertSANs[]", None),
        ("tencent", "Certificates[].CertSANs", None),
        ("tencent", "Certificates[].CertificateExtra.Renew", "there is no Renew"),
        ("tencent", "Certificates.CertificateId", "Certificates is a list"),
        ("tencent", "TotalCount[]", "TotalCount is no list"),
        ("tencent", "TotalCount.Deeper", "TotalCount has no fields"),
        ("huawei", "certs[].algorithm_type", None),
        ("huawei", "certs[].algorithm", "there is no algorithm"),
        ("huawei", "total[]", "total is no list"),
    ],
)
def test_what_is_no_field_is_found(cloud: str, path: str, reason: str | None) -> None:
    """The check above can fail."""
    models = {
        "aliyun": lambda: alibaba_models("vpc", "20160428", "DescribeSslVpnClientCerts"),
        "tencent": lambda: tencent_models("ssl", "v20191205", "DescribeCertificates"),
        "huawei": lambda: huawei_models("apig", "v2", "ListCertificatesV2"),
    }
    assert why_unknown(models[cloud]()[1], path) == reason
