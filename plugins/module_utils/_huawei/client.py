# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Calls to a service in one region and project: addresses, the signature, and what an answer means.

Facts: https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-0001.html (signature) and the models of the
official SDK. A refused signature is answered with the server's canonical request, our header values included: that
text never goes further than this file.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import typing as t
from urllib.parse import quote, urlencode

from ansible_collections.cncloud.certificates.plugins.module_utils._clock import is_loopback
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    AuthError,
    CertificatesError,
    Invalid,
    ProtocolFailure,
    Ran,
    Throttled,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._http import (
    Call,
    HttpOptions,
    Replay,
    Reply,
    Transport,
    check_endpoint,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei import credentials
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.answer import Fields
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.keys import choose
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.refusals import (
    LOCKED,
    Meanings,
    action_of,
    limit_told,
    meaning_of,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.roles import Answer, Keys
from ansible_collections.cncloud.certificates.plugins.module_utils._locks import key_identity
from ansible_collections.cncloud.certificates.plugins.module_utils._rate import Limits, Rate
from ansible_collections.cncloud.certificates.plugins.module_utils._refusal import (
    Meaning,
    one_word,
    refusal_hint,
    refused,
    retry_after,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._signing.prepared import AuthBase
from ansible_collections.cncloud.certificates.plugins.module_utils._signing.sdk_hmac import SdkHmacAuth
from ansible_collections.cncloud.certificates.plugins.module_utils._wire import Wire

STS_REGION = "cn-north-4"
"""The region whose STS is asked where none is known; any will do."""
MAX_SKEW = 900
"""Seconds that our clock may differ from the service's before it refuses a signature."""

LIMITS = Limits(others=50, named={"KeystoneListProjects": 5})
"""A gateway takes 200 calls a second of each operation; some services take fewer, and IAM five."""

WIRE: t.Mapping[str, Wire] = {
    "KeystoneListProjects": Wire(sends=("name",), reads=("projects[].id", "projects[].name")),
}

if t.TYPE_CHECKING:
    from requests import PreparedRequest

_PROJECT = "{project_id}"


@dataclasses.dataclass(frozen=True)
class Product:
    """One of the vendor's services: the first label of its host, and what stands before an operation's own path."""

    host: str
    prefix: tuple[str, ...] = ()


APIG = Product(host="apig", prefix=("v2", _PROJECT, "apigw"))
DNS = Product(host="dns")

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_projects: dict[tuple[int, str, str], str] = {}


def check_id(value: str, *, option: str) -> str:
    """:raises Invalid: the gateway gives out no such ids, and it cannot be put into a path."""
    if not _ID.fullmatch(value):
        raise Invalid(f"{option} must be an id: letters, digits and dashes, at most 64.")
    return value


class TokenAuth(AuthBase):
    """Sends a token of IAM in place of a signature."""

    def __init__(self, token: str, *, project_id: str | None) -> None:
        self._token = token
        self._project_id = project_id

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        r.headers["X-Auth-Token"] = self._token
        if self._project_id:
            r.headers["X-Project-Id"] = self._project_id
        return r


class Wiring:
    """Sends calls, each signed with the key of the moment, and says what their answers mean."""

    def __init__(self, *, options: HttpOptions, context: Context, meanings: Meanings) -> None:
        self._options = options
        self._context = context
        self._meanings = meanings

    def send(self, call: Call, *, endpoint: str, keys: Keys | None, source: str, project_id: str | None) -> Reply:
        """The answer; unsigned without `keys`. `source` says in words where the key is from.

        :raises CertificatesError: as `HuaweiClient.call`.
        """
        if keys is None:
            return self._send(call, None, endpoint=endpoint, source=source, project_id=project_id, admit=None)
        admit = self._rate(endpoint, account=keys.of.memory()).wait
        return keys.use(
            lambda key: self._send(call, key, endpoint=endpoint, source=source, project_id=project_id, admit=admit)
        )

    def _send(
        self,
        call: Call,
        key: credentials.Key | None,
        *,
        endpoint: str,
        source: str,
        project_id: str | None,
        admit: t.Callable[[str], None] | None,
    ) -> Reply:
        """The answer. One key for all tries of the call: it lasts longer than they do."""
        # What is sent without a signature holds a password or a token, which is refused or not as a key is.
        unsigned = key_identity(endpoint=endpoint, key_id="", secret=(call.body or b"").decode("utf-8"))
        transport = Transport(
            options=self._options,
            context=self._context,
            identity=unsigned if key is None else key.identity(endpoint),
            source=source,
            admit=admit,
        )
        return transport.send(
            call,
            auth=lambda: self._sign(key, project_id=project_id),
            judge=lambda answer: self._judge(call, answer, source=source),
        )

    def _rate(self, endpoint: str, *, account: str) -> Rate:
        return Rate(LIMITS, endpoint=endpoint, account=account, context=self._context)

    def _sign(self, key: credentials.Key | None, *, project_id: str | None) -> AuthBase | None:
        if key is None:
            return None
        if isinstance(key, credentials.Token):
            return TokenAuth(key.auth_token, project_id=project_id)
        return SdkHmacAuth(
            access_key=key.access_key,
            secret_key=key.secret_key,
            security_token=key.security_token,
            project_id=project_id,
            timestamp=self._context.clock.now(),
        )

    def _judge(self, call: Call, reply: Reply, *, source: str) -> CertificatesError | None:
        body = reply.json_object()
        request_id = reply.headers.get("x-request-id") or _text(body, "request_id")
        if request_id:
            self._context.request_ids.append(request_id)
        code, text = _refusal(body, status=reply.status)
        if reply.status < 300 and code is None:
            return _unreadable(call, reply, body)
        return self._error(call.operation, code=code, text=text, reply=reply, request_id=request_id, source=source)

    def _error(
        self,
        operation: str,
        *,
        code: str | None,
        text: str | None,
        reply: Reply,
        request_id: str | None,
        source: str,
    ) -> CertificatesError:
        meaning = meaning_of(operation, code=code, status=reply.status, meanings=self._meanings)
        shown = meaning.shown(text)
        label = code or f"HTTP status {reply.status}"
        return meaning.kind(
            refused("Huawei Cloud", operation, label, shown),
            code=code,
            vendor_message=shown,
            http_status=reply.status,
            request_id=request_id,
            retryable=meaning.retryable,
            retry_after=meaning.retry_after or retry_after(reply),
            ran=meaning.ran,
            hint=self._hint(meaning, operation=operation, text=text or "", reply=reply, source=source),
        )

    def _hint(self, meaning: Meaning, *, operation: str, text: str, reply: Reply, source: str) -> str | None:
        if meaning.kind is AuthError:
            if "reach the limit" in text:
                meaning = dataclasses.replace(meaning, hint=LOCKED)
            elif "signature expired" in text:
                meaning = dataclasses.replace(meaning, about_time=True)
        hint = refusal_hint(
            meaning,
            action=action_of(operation),
            source=source,
            reply=reply,
            now=self._context.clock.now(),
            tolerated=MAX_SKEW,
        )
        limit = limit_told(text) if meaning.kind is Throttled else None
        return f"{limit} {hint}" if limit else hint


class HuaweiClient:
    """Calls to one service with one key. `meanings` is the service's own table of refusals.

    :raises AuthError: no whole key was given.
    :raises Invalid: an option of the connection cannot be meant.
    """

    def __init__(
        self,
        *,
        params: t.Mapping[str, t.Any],
        context: Context,
        product: Product = APIG,
        meanings: Meanings | None = None,
    ) -> None:
        self._product = product
        self._context = context
        self._wiring = Wiring(options=HttpOptions.from_params(params), context=context, meanings=meanings or {})
        self._region = credentials.region(params, context)
        self.endpoint = check_endpoint(params.get("endpoint") or _address(product.host, self._region, "endpoint"))
        self._iam_endpoint = params.get("iam_endpoint") or context.environ.get(credentials.IAM_ENDPOINT_VARIABLE)
        if self._iam_endpoint:
            self._iam_endpoint = check_endpoint(self._iam_endpoint)
        self._params = params
        self._keys = choose(params, region=self._region, identity=self._ask, context=context)
        # It becomes a part of paths: what cannot be one is found before any call.
        self._project_id = credentials.given_project_id(params.get("project_id"))

    def call(
        self,
        operation: str,
        method: str,
        path: t.Sequence[str],
        *,
        query: t.Mapping[str, str | int] | None = None,
        body: t.Mapping[str, t.Any] | None = None,
        replay: Replay,
    ) -> Fields:
        """Call an operation; `path` are the segments after the product's prefix.

        An answer without a body reads as an object without members.

        :raises CertificatesError: what the refusal means; ProtocolFailure or NetworkFailure with `ran` unknown
            when the answer cannot be trusted or never came.
        """
        project = self.project_id()
        prefix = (project if segment == _PROJECT else segment for segment in self._product.prefix)
        segments = "/".join(quote(segment, safe="") for segment in (*prefix, *path))
        call = Call(
            operation=operation,
            method=method,
            url=_url(self.endpoint, segments, query),
            replay=replay,
            headers={"Content-Type": "application/json"},
            body=None if body is None else _encoded(body),
        )
        reply = self._send(call, endpoint=self.endpoint, keys=self._keys, project_id=project)
        return _fields(reply, operation)

    def project_id(self) -> str:
        """The id of the project to work in: given, or asked of IAM once for this process, key and region."""
        if self._project_id is None:
            self._project_id = credentials.project_id(self._params, self._keys.current()) or self._look_up_project()
        return self._project_id

    def _look_up_project(self) -> str:
        """:raises Invalid: IAM knows no single project of exactly the name that the key came with, or the region's."""
        key = self._keys.current()
        name = key.project_name or self._region
        if not name:
            raise Invalid("region or project_id is needed to know the project.", hint="Set one of them.")
        endpoint = self._endpoint_of("iam")
        cache_key = (os.getpid(), key.identity(endpoint), name)
        if cache_key not in _projects:
            _projects[cache_key] = self._ask_for_project(endpoint, name)
        return _projects[cache_key]

    def _ask_for_project(self, endpoint: str, name: str) -> str:
        call = Call(
            operation="KeystoneListProjects",
            method="GET",
            url=_url(endpoint, "v3/projects", {"name": name}),
            replay=Replay.READ,
            headers={"Content-Type": "application/json"},
        )
        answer = _fields(self._send(call, endpoint=endpoint, keys=self._keys, project_id=None), call.operation)
        rows = [row.required_text("id") for row in answer.objects("projects") if row.text("name") == name]
        if len(rows) == 1:
            return rows[0]
        if not rows:
            raise Invalid(
                f"IAM shows no project named '{name}' to the key from {self._keys.source}.",
                hint="Open the region for the account once in the console, let the user list projects, or set"
                " project_id.",
            )
        raise Invalid(f"IAM shows {len(rows)} projects named '{name}'.", hint="Set project_id.")

    def _endpoint_of(self, service: t.Literal["iam", "sts"]) -> str:
        """The base URL of IAM or STS: given, the region's, or the emulator that the module's own service is on."""
        if service == "iam" and self._iam_endpoint:
            return str(self._iam_endpoint)
        if is_loopback(self.endpoint):
            return self.endpoint
        if service == "iam":
            return _address("iam", self._region, "iam_endpoint")
        given = self._context.environ.get(credentials.STS_ENDPOINT_VARIABLE)
        return check_endpoint(given or _address("sts", self._region or STS_REGION, "region"))

    def _ask(
        self,
        operation: str,
        service: t.Literal["iam", "sts"],
        path: str,
        body: t.Mapping[str, t.Any],
        *,
        keys: Keys | None,
        source: str,
        headers: t.Mapping[str, str] | None = None,
    ) -> Answer:
        """What makes keys and tokens: IAM and STS."""
        endpoint = self._endpoint_of(service)
        call = Call(
            operation=operation,
            method="POST",
            url=f"{endpoint}/{path}",
            # It makes a key and no object: another one does no harm.
            replay=Replay.READ,
            headers={"Content-Type": "application/json", **(headers or {})},
            body=_encoded(body),
        )
        reply = self._wiring.send(call, endpoint=endpoint, keys=keys, source=source, project_id=None)
        return Answer(body=_fields(reply, operation), headers=reply.headers)

    def _send(self, call: Call, *, endpoint: str, keys: Keys, project_id: str | None) -> Reply:
        return self._wiring.send(call, endpoint=endpoint, keys=keys, source=keys.source, project_id=project_id)


def _address(service: str, region: str | None, option: str) -> str:
    """:raises Invalid: the host depends on the region, and none is known."""
    if not region:
        raise Invalid(
            f"region is needed to know the address of the service ({option} is not set).",
            hint=f"Set region, or {credentials.REGION_VARIABLES[0]} in the environment of the task.",
        )
    # The European site has a domain of its own, beginning with Dublin, eu-west-101.
    site = "myhuaweicloud.eu" if region.startswith("eu-west-1") else "myhuaweicloud.com"
    return f"https://{service}.{region}.{site}"


def _fields(reply: Reply, operation: str) -> Fields:
    return Fields(reply.json() if reply.body else {}, operation=operation)


def _url(endpoint: str, path: str, query: t.Mapping[str, str | int] | None) -> str:
    return f"{endpoint}/{path}" + (f"?{urlencode(query, quote_via=quote)}" if query else "")


def _encoded(body: t.Mapping[str, t.Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _unreadable(call: Call, reply: Reply, body: dict[str, t.Any] | None) -> ProtocolFailure | None:
    """A success must be readable: empty where a write answers 204 or nothing, else a JSON object."""
    if body is not None or (not reply.body and (call.method != "GET" or reply.status == 204)):
        return None
    return ProtocolFailure(
        f"Huawei Cloud answered {call.operation} with HTTP status {reply.status} and a body that is not a JSON object.",
        http_status=reply.status,
        retryable=True,
        ran=Ran.UNKNOWN,
    )


def _refusal(body: dict[str, t.Any] | None, *, status: int) -> tuple[str | None, str | None]:
    """Code and text of a refusal in any of the shapes that the services use; a success has only the first to fear."""
    if body is None:
        return None, None
    shapes = [("error_code", "error_msg")]
    places = [body]
    if status >= 300:
        shapes += [("errorCode", "errorMsg"), ("code", "message"), ("title", "message")]
        places += [value for value in body.values() if isinstance(value, dict)]
    for place in places:
        for code_name, text_name in shapes:
            code = _text(place, code_name)
            if code:
                return one_word(code), _text(place, text_name)
    return None, None


def _text(body: t.Mapping[str, t.Any] | None, name: str) -> str | None:
    value = (body or {}).get(name)
    return value if isinstance(value, str) and value else None
