# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Calls to Alibaba Cloud in RPC style: where each parameter goes, the signature, and what an answer means.

Facts: https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature and the clients of the
official SDKs (hosts by region, verbs, position of parameters). Answers are flat, or wrapped in `data`; a failure
may come with HTTP status 200. A refused signature is answered with the server's string to sign, which can hold
parameters: that text never goes further than this file.
"""

from __future__ import annotations

import dataclasses
import typing as t
from urllib.parse import quote, urlencode, urlsplit

from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import credentials
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.answer import Fields
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.credentials import Credentials
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.keys import choose, sts_endpoint
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.refusals import ROLE, Meanings, meaning_of
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.roles import Keys
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    Invalid,
    ProtocolFailure,
    Ran,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._http import (
    Call,
    HttpOptions,
    Replay,
    Reply,
    Sink,
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
from ansible_collections.cncloud.certificates.plugins.module_utils._signing.acs3 import Acs3Auth

FORM_TYPE = "application/x-www-form-urlencoded"
MAX_SKEW = 900
"""Seconds that our clock may differ from the service's before it answers InvalidTimeStamp.Expired."""

LIMITS = Limits(others=20)
"""The vendor shows its figures in its console alone; this is less than any that is known."""

Value = t.Union[str, int, bool, None]


@dataclasses.dataclass(frozen=True)
class Product:
    """One of the vendor's products: its API version, and its host.

    `hosts` are the exceptions by region, `host` is the rule: with `{region}` in it a region is needed.
    """

    version: str
    host: str
    hosts: t.Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def name(self) -> str:
        """As policies of RAM spell it."""
        return self.host.partition(".")[0]

    def endpoint(self, region: str | None) -> str:
        """:raises Invalid: the host depends on the region, and none is known."""
        if region is not None and region in self.hosts:
            return f"https://{self.hosts[region]}"
        if "{region}" not in self.host:
            return f"https://{self.host}"
        if region is None:
            raise Invalid(
                "region is needed to know the address of the service (endpoint is not set).",
                hint=f"Set region, or {credentials.REGION_VARIABLES[0]} in the environment of the task.",
            )
        return f"https://{self.host.format(region=region)}"


def _central(host: str, regions: str) -> dict[str, str]:
    return dict.fromkeys(regions.split(), host)


VPC = Product(
    version="2016-04-28",
    host="vpc.{region}.aliyuncs.com",
    hosts=_central(
        "vpc.aliyuncs.com",
        "cn-hangzhou cn-hangzhou-finance cn-shanghai-finance-1 cn-shenzhen-finance-1 cn-north-2-gov-1 cn-beijing-gov-1"
        " cn-fujian cn-wuhan cn-zhangbei",
    ),
)
ALIDNS = Product(version="2015-01-09", host="alidns.aliyuncs.com")
ESA = Product(version="2024-09-10", host="esa.cn-hangzhou.aliyuncs.com")
"""The host is that of the account's site, never that of a region; the international site is given as `endpoint`."""
BAAS = Product(
    version="2018-12-21",
    host="baas.{region}.aliyuncs.com",
    hosts={
        **_central("baas.aliyuncs.com", "cn-qingdao cn-beijing cn-zhangjiakou cn-huhehaote cn-shanghai cn-shenzhen"),
        **_central(
            "baas.ap-southeast-1.aliyuncs.com",
            "cn-hongkong ap-southeast-2 ap-south-1 ap-northeast-1 eu-west-1 eu-central-1 us-west-1 us-east-1",
        ),
    },
)


STS = Product(version="2015-04-01", host="sts.aliyuncs.com")


class Connection:
    """Calls to one product at one address, each signed with the key of the moment; unsigned without `keys`.

    `source` says in words where the key is from.
    """

    def __init__(
        self,
        product: Product,
        *,
        url: str,
        options: HttpOptions,
        context: Context,
        keys: Keys | None,
        source: str,
        meanings: Meanings,
    ) -> None:
        self._product = product
        self._url = url
        self._options = options
        self._context = context
        self._keys = keys
        self._source = source
        self._meanings = meanings

    @property
    def url(self) -> str:
        return self._url

    def call(
        self,
        operation: str,
        parameters: t.Mapping[str, Value],
        *,
        replay: Replay,
        style: t.Literal["query", "form"] = "query",
        method: t.Literal["GET", "POST"] = "POST",
        sink: Sink | None = None,
    ) -> Fields:
        """Call an operation and return its answer, without the wrapper that some have.

        Parameters that are None are left out. `style` says whether they stand in the query or in the body; a
        secret belongs into the body. With `Replay.TOKEN` they hold the ClientToken, the same in every try.
        `sink` has the answer's bytes before anything is made of them.

        :raises CertificatesError: what the refusal means; ProtocolFailure or NetworkFailure with `ran` unknown
            when the answer cannot be trusted or never came.
        """
        encoded = _encoded(parameters)
        headers = {"x-acs-action": operation, "x-acs-version": self._product.version}
        if style == "form":
            headers["Content-Type"] = FORM_TYPE
        call = Call(
            operation=operation,
            method=method,
            url=f"{self._url}/" + (f"?{encoded}" if encoded and style == "query" else ""),
            replay=replay,
            headers=headers,
            body=encoded.encode("ascii") if style == "form" else None,
            sink=sink,
        )
        reply = self._send(call) if self._keys is None else self._keys.use(lambda key: self._send(call, key))
        return Fields(_payload(reply.json()), operation=operation)

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
            Rate(LIMITS, endpoint=self._url, account=account, context=self._context).wait(operation)

    def _sign(self, key: Credentials | None) -> Acs3Auth | None:
        if key is None:
            return None
        return Acs3Auth(
            access_key_id=key.access_key_id,
            access_key_secret=key.access_key_secret,
            security_token=key.security_token,
            timestamp=self._context.clock.now(),
            nonce=self._context.randomness.token_hex(16),
        )

    def _judge(self, operation: str, reply: Reply) -> CertificatesError | None:
        body = reply.json_object()
        request_id = _request_id(body, reply)
        if request_id:
            self._context.request_ids.append(request_id)
        if body is None and reply.status < 500:
            raise ProtocolFailure(
                f"Alibaba Cloud answered {operation} with HTTP status {reply.status} and a body that is not a JSON"
                " object.",
                http_status=reply.status,
                retryable=True,
                ran=Ran.UNKNOWN,
            )
        if reply.status < 300 and not _says_failure(body or {}):
            return None
        code, text = _code_and_text(body or {})
        return self._refusal(operation, code=code, text=text, reply=reply, request_id=request_id)

    def _refusal(
        self, operation: str, *, code: str | None, text: str | None, reply: Reply, request_id: str | None
    ) -> CertificatesError:
        meaning = meaning_of(operation, code=code, status=reply.status, own=self._meanings)
        shown = meaning.shown(text)
        hint = refusal_hint(
            meaning,
            action=f"{self._product.name}:{operation}",
            source=self._source,
            reply=reply,
            now=self._context.clock.now(),
            tolerated=MAX_SKEW,
        )
        label = code or f"HTTP status {reply.status}"
        return meaning.kind(
            refused("Alibaba Cloud", operation, label, shown),
            code=code,
            vendor_message=shown,
            http_status=reply.status,
            request_id=request_id,
            retryable=meaning.retryable,
            retry_after=meaning.retry_after or _retry_after(reply),
            ran=meaning.ran,
            hint=hint,
        )


class AliyunClient(Connection):
    """Calls to one product with one key. `meanings` is what the service's own codes say, asked before the common ones.

    :raises AuthError: no whole key was given.
    :raises Invalid: an option of the connection cannot be meant, or a region is needed and not given.
    """

    def __init__(
        self, product: Product, *, params: t.Mapping[str, t.Any], context: Context, meanings: Meanings
    ) -> None:
        self._region = credentials.region(params, context)
        url = _base_url(params.get("endpoint") or product.endpoint(self._region))
        options = HttpOptions.from_params(params)
        keys = choose(
            params, sts=_Sts(near=url, region=self._region, options=options, context=context), context=context
        )
        super().__init__(
            product,
            url=url,
            options=options,
            context=context,
            keys=keys,
            source=keys.source,
            meanings=meanings,
        )

    @property
    def region(self) -> str | None:
        """The region of the option or the environment; operations of VPC want it as a parameter too."""
        return self._region


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
        parameters: t.Mapping[str, str | int | None],
        *,
        keys: Keys | None,
        source: str,
        region: str | None,
    ) -> Fields:
        connection = Connection(
            STS,
            url=_base_url(sts_endpoint(self._near, region=region or self._region, context=self._context)),
            options=self._options,
            context=self._context,
            keys=keys,
            source=source,
            meanings={(operation, code): ROLE for code in ("NoPermission", "AuthenticationFail.NoPermission")},
        )
        # It makes a key and no object: another one does no harm. An identity token belongs into the body.
        return connection.call(operation, parameters, replay=Replay.READ, style="query" if keys is not None else "form")


def _base_url(endpoint: str) -> str:
    url = check_endpoint(endpoint)
    if urlsplit(url).path:
        raise Invalid("endpoint must not have a path: these services of Alibaba Cloud are called at / alone.")
    return url


def _encoded(parameters: t.Mapping[str, Value]) -> str:
    """Strictly encoded, as it is signed: a space is %20, and only letters, digits and -_.~ stay."""
    given = {name: value for name, value in parameters.items() if value is not None}
    texts = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in given.items()}
    return urlencode(texts, quote_via=quote, safe="")


def _payload(body: dict[str, t.Any]) -> dict[str, t.Any]:
    """The answer itself: what is in `data`, where the service put it into a wrapper of the console."""
    inner = body.get("data")
    return inner if isinstance(inner, dict) and "Result" not in body else body


_SUCCESS_FLAGS = ("Success", "successResponse", "success")
_CODES = ("Code", "code")
_FINE = frozenset({"200", "0", "ok", "success"})


def _says_failure(body: t.Mapping[str, t.Any]) -> bool:
    """Whether an answer with HTTP status 200 says that the operation failed."""
    if any(str(body[name]).lower() == "false" for name in _SUCCESS_FLAGS if body.get(name) is not None):
        return True
    return any(str(body[name]).lower() not in _FINE for name in _CODES if body.get(name) not in (None, ""))


def _code_and_text(body: t.Mapping[str, t.Any]) -> tuple[str | None, str | None]:
    """Code and text of a refusal; a code that says that all is fine is none."""
    code = _first(body, ("Code", "code", "ResultCode"), unless=_FINE)
    return None if code is None else one_word(code), _first(body, ("Message", "message", "ResultMessage"))


def _first(
    body: t.Mapping[str, t.Any], names: t.Iterable[str], *, unless: t.Container[str] = frozenset()
) -> str | None:
    for name in names:
        value = body.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and value and value.lower() not in unless:
            return value
    return None


def _request_id(body: dict[str, t.Any] | None, reply: Reply) -> str | None:
    inner = (body or {}).get("data")
    places = [inner if isinstance(inner, dict) else {}, body or {}]
    found = [_first(place, ("RequestId", "requestId", "requestid")) for place in places]
    return found[0] or found[1] or reply.headers.get("x-acs-request-id") or None


def _retry_after(reply: Reply) -> float | None:
    """Seconds. The vendor's own header counts in milliseconds."""
    value = reply.headers.get("x-acs-retry-after", "")
    if value.isascii() and value.isdigit() and len(value) < 9:
        return float(value) / 1000
    return retry_after(reply)
