# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendors' SDKs as clients of the emulator. Every answer is checked against the SDK's own model on its way."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from typing import Any

from ansible_collections.cncloud.certificates.tests.conformance.sdk_models import (
    alibaba_models,
    huawei_models,
    not_in_model,
    tencent_models,
)
from ansible_collections.cncloud.certificates.tests.emulator.process import EmulatorProcess

# Loaded by name: the SDKs carry no types, and strict checking would object to every call of theirs.
credential = import_module("tencentcloud.common.credential")
client_profile = import_module("tencentcloud.common.profile.client_profile")
http_profile = import_module("tencentcloud.common.profile.http_profile")
alibaba_config = import_module("alibabacloud_tea_openapi.models")
huawei_credentials = import_module("huaweicloudsdkcore.auth.credentials")

AlibabaRefusal: Any = import_module("alibabacloud_tea_openapi.exceptions").AlibabaCloudException
AlibabaThrottling: Any = import_module("alibabacloud_tea_openapi.exceptions").ThrottlingException
TencentRefusal: Any = import_module(
    "tencentcloud.common.exception.tencent_cloud_sdk_exception"
).TencentCloudSDKException
huawei_exceptions = import_module("huaweicloudsdkcore.exceptions.exceptions")
HuaweiRefusal: Any = huawei_exceptions.ClientRequestException
HuaweiFailure: Any = huawei_exceptions.ServerResponseException

VERSIONS = {"ssl": "v20191205", "dnspod": "v20210323", "sts": "v20180813"}


class TencentSdk:
    """``sdk("ApplyCertificate", DomainName=...)`` is one call by a service's official client."""

    def __init__(
        self,
        emulator: EmulatorProcess,
        service: str,
        *,
        secret_id: str | None = None,
        secret_key: str | None = None,
        token: str | None = None,
        method: str = "POST",
    ) -> None:
        known = emulator.info["credentials"]["tencent"][0]
        self._service = service
        self._models = import_module(f"tencentcloud.{service}.{VERSIONS[service]}.models")
        package = import_module(f"tencentcloud.{service}.{VERSIONS[service]}.{service}_client")
        profile = client_profile.ClientProfile(
            httpProfile=http_profile.HttpProfile(
                protocol="http", endpoint=emulator.endpoint.removeprefix("http://"), reqMethod=method
            )
        )
        self._client = getattr(package, f"{service.capitalize()}Client")(
            credential.Credential(secret_id or known["key_id"], secret_key or known["secret"], token), "", profile
        )
        self._send = self._client.call
        self._client.call = self._recorded
        self._how: dict[str, Any] = {}
        self._answer = b""

    def unsigned(self) -> TencentSdk:
        """As the SDK's own class for OIDC has it: what a token proves goes without a signature."""
        self._how = {"options": {"SkipSign": True}}
        return self

    def _recorded(self, *args: Any, **options: Any) -> bytes:
        self._answer = self._send(*args, **self._how, **options)
        return self._answer

    def __call__(self, action: str, **parameters: Any) -> Any:
        request = getattr(self._models, f"{action}Request")()
        request.from_json_string(json.dumps(parameters))
        response = getattr(self._client, action)(request)
        _request, model = tencent_models(self._service, VERSIONS[self._service], action)
        problems = list(not_in_model(model, json.loads(self._answer)["Response"]))
        assert not problems, f"the answer of {action}: {problems}"
        return response


class AlibabaSdk:
    """``sdk("CreateSslVpnClientCert", Name=...)`` is one call by the official client of a product."""

    def __init__(
        self,
        emulator: EmulatorProcess,
        product: str,
        version: str,
        *,
        access_key_id: str | None = None,
        access_key_secret: str | None = None,
        security_token: str | None = None,
    ) -> None:
        known = emulator.info["credentials"]["aliyun"][0]
        self._product, self._version = product, version
        self._models = import_module(f"alibabacloud_{product}{version}.models")
        config = alibaba_config.Config(
            access_key_id=access_key_id or known["key_id"],
            access_key_secret=access_key_secret or known["secret"],
            security_token=security_token,
            endpoint=emulator.endpoint.removeprefix("http://"),
            protocol="HTTP",
        )
        self._client = import_module(f"alibabacloud_{product}{version}.client").Client(config)
        # What goes unsigned has a way of its own.
        for name in ("call_api", "do_rpcrequest"):
            setattr(self._client, name, self._recorded(getattr(self._client, name)))
        self._answer: Any = None

    def _recorded(self, send: Callable[..., Any]) -> Callable[..., Any]:
        def sending(*args: Any, **options: Any) -> Any:
            self._answer = send(*args, **options)
            return self._answer

        return sending

    def __call__(self, operation: str, **parameters: Any) -> Any:
        request = getattr(self._models, f"{operation}Request")()
        request.from_map(parameters)
        known = {name for name, value in request.to_map().items() if value != []}
        assert known == parameters.keys(), "a parameter that the SDK does not know"
        (method,) = (name for name in dir(self._client) if name.replace("_", "") == operation.lower())
        response = getattr(self._client, method)(request)
        _request, model = alibaba_models(self._product, self._version, operation)
        problems = list(not_in_model(model, self._answer["body"]))
        assert not problems, f"the answer of {operation}: {problems}"
        return response.body


class HuaweiSdk:
    """``sdk("AssociateCertificateV2", instance_id=..., body={...})`` is one call by a service's official client."""

    def __init__(
        self,
        emulator: EmulatorProcess,
        service: str = "apig",
        *,
        access_key: str | None = None,
        secret_key: str | None = None,
        security_token: str | None = None,
    ) -> None:
        known = emulator.info["credentials"]["huawei"][0]
        self._service, self._version = service, {"apig": "v2", "iam": "v3", "sts": "v1"}[service]
        self._package = import_module(f"huaweicloudsdk{service}.{self._version}")
        keys = (access_key or known["key_id"], secret_key or known["secret"])
        credentials = (
            huawei_credentials.GlobalCredentials(*keys, known["account"])
            if service == "iam"
            else huawei_credentials.BasicCredentials(*keys, known["project_id"])
        )
        if security_token:
            credentials.with_security_token(security_token)
        builder = getattr(self._package, f"{service.capitalize()}Client").new_builder().with_credentials(credentials)
        self._client = builder.with_endpoint(emulator.endpoint).build()

    def __call__(self, operation: str, body: dict[str, Any] | None = None, **parameters: Any) -> Any:
        of = getattr(self._package, f"{operation}Request")
        request = of(**parameters)
        if body is not None:
            request.body = getattr(self._package, of.openapi_types["body"])(**body)
        (method,) = (name for name in dir(self._client) if name.replace("_", "") == operation.lower())
        response = getattr(self._client, method)(request)
        _request, model = huawei_models(self._service, self._version, operation)
        problems = list(not_in_model(model, json.loads(response.raw_content or b"{}")))
        assert not problems, f"the answer of {operation}: {problems}"
        return response
