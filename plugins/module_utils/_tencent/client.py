# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Calls to Tencent Cloud's API 3.0: envelope, errors, and what an error means.

Facts: https://www.tencentcloud.com/document/product/1007/36574 (common parameters) and the error code lists of
the official SDKs. Errors arrive with HTTP status 200; a code is matched exactly, then by its first segment.
"""

from __future__ import annotations

import dataclasses
import json
import typing as t
from urllib.parse import urlsplit

from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    Invalid,
    ProtocolFailure,
    Ran,
    Unavailable,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._http import (
    Call,
    HttpOptions,
    Replay,
    Reply,
    Transport,
    check_endpoint,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._locks import key_identity
from ansible_collections.cncloud.certificates.plugins.module_utils._rate import Limits, Rate
from ansible_collections.cncloud.certificates.plugins.module_utils._refusal import (
    one_word,
    refusal_hint,
    refused,
    retry_after,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._signing.tc3 import Tc3Auth
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent import credentials
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.answer import Fields
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.credentials import Credentials
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.keys import (
    STS_REGION,
    choose,
    sts_endpoint,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.refusals import meaning_of
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.roles import Keys

CONTENT_TYPE = "application/json"
MAX_SKEW = 300
"""Seconds that our clock may differ from the service's before it answers AuthFailure.SignatureExpire."""


_USUAL = Limits(others=20)
"""What most operations of the vendor have."""


@dataclasses.dataclass(frozen=True)
class Product:
    """One of the vendor's products: the name that is signed, the version of its API, its host in the mainland.

    `limits` are its figures for one sub-account in one region.
    """

    service: str
    version: str
    limits: Limits = _USUAL

    @property
    def endpoint(self) -> str:
        return f"https://{self.service}.tencentcloudapi.com"


SSL = Product(service="ssl", version="2019-12-05", limits=Limits(others=10, named={"CancelCertificateOrder": 20}))
DNSPOD = Product(service="dnspod", version="2021-03-23")
STS = Product(service="sts", version="2018-08-13")


class Connection:
    """Calls to one product at one address, each signed with the key of the moment; unsigned without `keys`.

    `source` says in words where the key is from.
    """

    def __init__(
        self,
        product: Product,
        *,
        url: str,
        region: str | None,
        options: HttpOptions,
        context: Context,
        keys: Keys | None,
        source: str,
    ) -> None:
        self._product = product
        self._url = url
        self._region = region
        self._options = options
        self._context = context
        self._keys = keys
        self._source = source

    @property
    def url(self) -> str:
        return self._url

    def call(self, action: str, body: t.Mapping[str, t.Any], *, replay: Replay) -> Fields:
        """Call an operation and return the object `Response` of its answer.

        `replay` says whether the call may be sent again after a lost answer.

        :raises CertificatesError: what the service's error code means; ProtocolFailure or NetworkFailure with
            `ran` unknown when the answer cannot be trusted or never came.
        """
        call = Call(
            operation=action,
            method="POST",
            url=f"{self._url}/",
            replay=replay,
            headers=self._headers(action),
            body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8"),
        )
        reply = self._send(call) if self._keys is None else self._keys.use(lambda key: self._send(call, key))
        return Fields(_response(action, reply), operation=action)

    def _headers(self, action: str) -> dict[str, str]:
        headers = {
            "Content-Type": CONTENT_TYPE,
            "X-TC-Action": action,
            "X-TC-Version": self._product.version,
            "X-TC-Language": "en-US",
        }
        if self._region:
            headers["X-TC-Region"] = self._region
        if self._keys is None:
            headers["Authorization"] = "SKIP"
        return headers

    def _send(self, call: Call, key: Credentials | None = None) -> Reply:
        """The answer. One key for all tries of the call: it lasts longer than they do."""
        # What is sent without a signature holds a token, which is refused or not as a key is.
        unsigned = key_identity(endpoint=self._url, key_id="", secret=(call.body or b"").decode("utf-8"))
        transport = Transport(
            options=self._options,
            context=self._context,
            identity=unsigned if key is None else key.identity(self._url),
            source=self._source,
            admit=self._admit,
        )
        return transport.send(
            call, auth=lambda: self._sign(key), judge=lambda answer: self._judge(call.operation, answer)
        )

    def _admit(self, operation: str) -> None:
        if self._keys is not None:
            account = self._keys.of.memory()
            Rate(self._product.limits, endpoint=self._url, account=account, context=self._context).wait(operation)

    def _sign(self, key: Credentials | None) -> Tc3Auth | None:
        if key is None:
            return None
        return Tc3Auth(
            secret_id=key.secret_id,
            secret_key=key.secret_key,
            token=key.token,
            service=self._product.service,
            timestamp=int(self._context.clock.now().timestamp()),
        )

    def _judge(self, action: str, reply: Reply) -> CertificatesError | None:
        if reply.status >= 500:
            return Unavailable(
                f"Tencent Cloud answered {action} with HTTP status {reply.status}.",
                http_status=reply.status,
                retryable=True,
                retry_after=retry_after(reply),
                ran=Ran.UNKNOWN,
            )
        response = _response(action, reply)
        request_id = response.get("RequestId")
        if isinstance(request_id, str) and request_id:
            self._context.request_ids.append(request_id)
        else:
            request_id = None
        error = response.get("Error")
        if error is None:
            return None
        code = error.get("Code") if isinstance(error, dict) else None
        if not isinstance(code, str) or not code:
            raise _malformed(action, reply, "its error has no code")
        text = error.get("Message")
        return self._refusal(
            action,
            code=one_word(code),
            text=text if isinstance(text, str) else None,
            reply=reply,
            request_id=request_id,
        )

    def _refusal(
        self, action: str, *, code: str, text: str | None, reply: Reply, request_id: str | None
    ) -> CertificatesError:
        meaning = meaning_of(action, code)
        shown = meaning.shown(text)
        hint = refusal_hint(
            meaning,
            action=f"{self._product.service}:{action}",
            source=self._source,
            reply=reply,
            now=self._context.clock.now(),
            tolerated=MAX_SKEW,
        )
        return meaning.kind(
            refused("Tencent Cloud", action, code, shown),
            code=code,
            vendor_message=shown,
            http_status=reply.status,
            request_id=request_id,
            retryable=meaning.retryable,
            retry_after=retry_after(reply),
            ran=meaning.ran,
            hint=hint,
        )


class TencentClient(Connection):
    """Calls to one product with one key.

    :raises AuthError: no whole key was given.
    :raises Invalid: an option of the connection cannot be meant.
    """

    def __init__(self, product: Product, *, params: t.Mapping[str, t.Any], context: Context) -> None:
        url = _base_url(params.get("endpoint") or product.endpoint)
        region = credentials.region(params, context)
        options = HttpOptions.from_params(params)
        keys = choose(params, sts=_Sts(near=url, region=region, options=options, context=context), context=context)
        super().__init__(
            product, url=url, region=region, options=options, context=context, keys=keys, source=keys.source
        )


class _Sts:
    """Calls to STS from a connection to another product, `near`."""

    def __init__(self, *, near: str, region: str | None, options: HttpOptions, context: Context) -> None:
        self._near = near
        self._region = region
        self._options = options
        self._context = context

    def __call__(
        self,
        operation: str,
        body: t.Mapping[str, str | int],
        *,
        keys: Keys | None,
        source: str,
        region: str | None,
    ) -> Fields:
        near = region or self._region
        connection = Connection(
            STS,
            url=_base_url(sts_endpoint(self._near, region=near)),
            region=near or STS_REGION,
            options=self._options,
            context=self._context,
            keys=keys,
            source=source,
        )
        # It makes a key and no object: another one does no harm.
        return connection.call(operation, body, replay=Replay.READ)


def _base_url(endpoint: str) -> str:
    url = check_endpoint(endpoint)
    if urlsplit(url).path:
        raise Invalid("endpoint must not have a path: Tencent Cloud signs requests to / alone.")
    return url


def _response(action: str, reply: Reply) -> dict[str, t.Any]:
    response = reply.json().get("Response")
    if not isinstance(response, dict):
        raise _malformed(action, reply, "it has no Response object")
    return response


def _malformed(action: str, reply: Reply, why: str) -> ProtocolFailure:
    return ProtocolFailure(
        f"Tencent Cloud's answer to {action} is malformed: {why} (HTTP status {reply.status}).",
        http_status=reply.status,
        retryable=True,
        ran=Ran.UNKNOWN,
    )
