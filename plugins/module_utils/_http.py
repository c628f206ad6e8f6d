# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""HTTP: one call with bounded time, and what may be sent again.

Knows no cloud: how an answer is judged and how a request is signed are passed in. Messages hold neither the
text of a library's exception nor a query string, since both can hold what was sent.
"""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import json
import logging
import os
import re
import time
import typing as t
from urllib.parse import urlsplit

from ansible_collections.cncloud.certificates.plugins.module_utils._clock import is_loopback
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    AuthError,
    CertificatesError,
    Invalid,
    LocalFailure,
    NetworkFailure,
    ProtocolFailure,
    Ran,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._locks import RefusedKeys
from ansible_collections.cncloud.certificates.plugins.module_utils._proxy import proxy_for
from ansible_collections.cncloud.certificates.plugins.module_utils._session import new_session, unpacked

REQUESTS_IMPORT_ERROR: t.Optional[ImportError]
try:
    import requests
    from urllib3 import exceptions as urllib3_exceptions
except ImportError as import_error:
    REQUESTS_IMPORT_ERROR = import_error
else:
    REQUESTS_IMPORT_ERROR = None
    # They would write every URL with its query into ANSIBLE_LOG_PATH.
    for _name in ("requests", "urllib3"):
        logging.getLogger(_name).propagate = False
        logging.getLogger(_name).addHandler(logging.NullHandler())

if t.TYPE_CHECKING:
    from requests.auth import AuthBase

USER_AGENT = "cncloud.certificates/0.1.0"
MAX_BODY = 16 * 1024 * 1024
"""Bytes of an answer that are read; a list of 1,000 certificates is some 2 MB."""
MAX_IDLE_FOR_WRITES = 5.0
"""Seconds: a server may have closed an older connection, and a write on it would have an unknown outcome."""
MAX_TOTAL = 180.0
"""Seconds that one call with all its repetitions may take."""
_BACKOFF_BASE = 0.5
_BACKOFF_CAP = 20.0
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


@dataclasses.dataclass(frozen=True)
class HttpOptions:
    """The options that the modules of group `all` share. `timeout` in seconds, for one try."""

    timeout: float = 30.0
    retries: int = 3
    validate_certs: bool = True
    ca_bundle: t.Optional[str] = None
    proxy: t.Optional[str] = None

    @classmethod
    def from_params(cls, params: t.Mapping[str, t.Any]) -> HttpOptions:
        """:raises Invalid: a figure that cannot be meant, or a bundle that cannot be read."""
        if not 0 < params["timeout"] <= 600:
            raise Invalid("timeout must be more than 0 and at most 600 seconds.")
        if not 0 <= params["retries"] <= 20:
            raise Invalid("retries must be between 0 and 20.")
        bundle = params["ca_bundle"]
        if bundle and not os.access(bundle, os.R_OK):
            raise Invalid(f"ca_bundle: the file {bundle} cannot be read.")
        return cls(
            timeout=params["timeout"],
            retries=params["retries"],
            validate_certs=params["validate_certs"],
            ca_bundle=bundle,
            proxy=params["proxy"],
        )


class Replay(enum.Enum):
    """Whether a call may be sent again after an answer was lost."""

    READ = "read"
    TOKEN = "token"
    """A write that carries a client token: the service recognises the repetition."""
    NEVER = "never"


Keep = t.Callable[[bytes], None]
"""Takes the next bytes of an answer's body."""
Sink = t.Callable[[], contextlib.AbstractContextManager[Keep]]
"""Opened before each try is sent and left when its answer is through, whatever became of it."""


@dataclasses.dataclass(frozen=True)
class Call:
    """One operation. `url` complete with its query; `body` exactly the bytes to send.

    `sink` gets every byte of the answer's body as it comes, before anything looks at it: for what is answered
    once. `max_answer` is in bytes, MAX_BODY if it is not given.
    """

    operation: str
    method: str
    url: str
    replay: Replay
    headers: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    body: t.Optional[bytes] = dataclasses.field(default=None, repr=False)
    sink: t.Optional[Sink] = None
    max_answer: t.Optional[int] = None


@dataclasses.dataclass(frozen=True)
class Reply:
    """An answer, read whole."""

    status: int
    headers: t.Mapping[str, str]
    body: bytes

    def json_object(self) -> dict[str, t.Any] | None:
        """The body as a JSON object, None if it is none."""
        try:
            value = json.loads(self.body.decode("utf-8"))
            # Half a pair of surrogates is no text: what sends or shows it later would fail there.
            if _SURROGATE.search(self.body):
                json.dumps(value, ensure_ascii=False).encode("utf-8")
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None

    def json(self) -> dict[str, t.Any]:
        """The body as a JSON object.

        :raises ProtocolFailure: it is none; what the operation did is then unknown.
        """
        value = self.json_object()
        if value is None:
            raise ProtocolFailure(
                f"The service answered with HTTP status {self.status} and a body that is not a JSON object.",
                http_status=self.status,
                retryable=True,
                ran=Ran.UNKNOWN,
            )
        return value


Judge = t.Callable[[Reply], t.Optional[CertificatesError]]
"""Maps an answer to the error that it means, or to None when it is a success."""


def check_endpoint(url: str) -> str:
    """A base URL without a trailing slash.

    :raises Invalid: not an http(s) URL of a host, or plain http to another machine.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment or port == 0:
        raise Invalid("endpoint must be a base URL such as https://host.example.com, without query or fragment.")
    if parts.username is not None or parts.password is not None:
        raise Invalid("endpoint must not hold a user name or password.")
    if parts.scheme == "http" and not is_loopback(url):
        raise Invalid("endpoint may be plain http only on this machine (loopback); use https.")
    return url.rstrip("/")


@dataclasses.dataclass
class _Pooled:
    session: requests.Session
    last_used: float


_sessions: dict[tuple[t.Any, ...], _Pooled] = {}


class Transport:
    """Sends calls for one credential to one cloud.

    `identity` names endpoint, key and secret without showing them; `source` says in words where the key came
    from; `admit` returns when it is an operation's turn. Sessions are kept for the life of a process, per identity
    and task host, and never cross a fork: a session shared by two workers gave one host the other host's answer.
    """

    def __init__(
        self,
        *,
        options: HttpOptions,
        context: Context,
        identity: str,
        source: str,
        admit: t.Optional[t.Callable[[str], None]] = None,
    ) -> None:
        if REQUESTS_IMPORT_ERROR is not None:
            raise LocalFailure(
                "The Python library requests is missing.",
                code="missing_library",
                hint="Install it: pip install requests.",
            ) from REQUESTS_IMPORT_ERROR
        self._options = options
        self._context = context
        self._identity = identity
        self._source = source
        self._admit = admit
        self._refused = RefusedKeys(context)

    def send(self, call: Call, *, auth: t.Callable[[], t.Optional[AuthBase]], judge: Judge) -> Reply:
        """Send a call until it has a definite outcome, within bounds.

        `auth` is called for each try: a new nonce, date and signature. What certainly did not run is sent
        again whatever it is; after a lost answer only reads and calls with a client token are. Never earlier than
        the service says: where that is too late, not at all.

        :raises CertificatesError: what `judge` made of the last answer, or NetworkFailure, ProtocolFailure.
        """
        self._refused.check(self._identity, source=self._source)
        end = self._context.clock.monotonic() + MAX_TOTAL
        attempt = 0
        while True:
            if self._admit is not None:
                self._admit(call.operation)
            try:
                reply = self._once(call, auth())
                error = judge(reply)
                if error is None:
                    return reply
            except CertificatesError as failure:
                error = failure
            if isinstance(error, AuthError):
                self._refused.remember(self._identity)
                raise error
            delay = self._delay(error, attempt)
            if not _may_resend(error, call) or attempt >= self._options.retries:
                raise error
            if self._context.clock.monotonic() + delay > end:
                if error.retry_after is not None:
                    error.hint = f"The service says to come again in {delay:g} seconds. {error.hint or error.advice}"
                raise error
            self._context.clock.sleep(delay)
            attempt += 1

    def _delay(self, error: CertificatesError, attempt: int) -> float:
        if error.retry_after is not None:
            return max(error.retry_after, 0.0)
        return self._context.randomness.uniform(0.0, min(_BACKOFF_CAP, _BACKOFF_BASE * 2**attempt))

    def _once(self, call: Call, auth: t.Optional[AuthBase]) -> Reply:
        if call.sink is None:
            return self._exchange(call, auth, keep=None)
        with call.sink() as keep:
            return self._exchange(call, auth, keep=keep)

    def _exchange(self, call: Call, auth: t.Optional[AuthBase], *, keep: t.Optional[Keep]) -> Reply:
        session = self._session(call)
        try:
            with session.request(
                call.method,
                call.url,
                data=call.body,
                headers={
                    "User-Agent": USER_AGENT,
                    "Accept": "application/json",
                    # A sink keeps bytes as they come, so they had better not come compressed.
                    "Accept-Encoding": "gzip" if keep is None else "identity",
                    **call.headers,
                },
                auth=auth,
                timeout=(min(self._options.timeout, 10.0), self._options.timeout),
                allow_redirects=False,
                stream=True,
            ) as response:
                body = self._read(response, keep=keep, most=call.max_answer or MAX_BODY)
                reply = Reply(status=response.status_code, headers=dict(response.headers.lower_items()), body=body)
        except (requests.RequestException, urllib3_exceptions.HTTPError, OSError) as error:
            raise network_failure(error, url=call.url) from None
        except ValueError:  # of http.client and of codecs, which look at headers only when they are sent
            raise Invalid("A part of the key or of an option has characters that no header can have.") from None
        if 300 <= reply.status < 400:
            raise ProtocolFailure(
                f"{_host(call.url)} answered with a redirect (HTTP status {reply.status}), which is not followed.",
                http_status=reply.status,
                ran=Ran.UNKNOWN,
                hint="Check endpoint and proxy.",
            )
        return reply

    def _read(self, response: requests.Response, *, keep: t.Optional[Keep], most: int) -> bytes:
        chunks: list[bytes] = []
        size = 0
        end = time.monotonic() + self._options.timeout
        # A larger read gives nothing of an answer that stops half-way; a sink is to have each byte that came.
        for chunk in response.raw.stream(65536 if keep is None else 1, decode_content=False):
            if keep is not None:
                keep(chunk)
            chunks.append(chunk)
            size += len(chunk)
            if size > most:
                raise _too_large(response, most)
            if time.monotonic() > end:
                raise NetworkFailure(
                    "The answer was still coming when the time was up.", retryable=True, ran=Ran.UNKNOWN
                )
        body = unpacked(b"".join(chunks), encoding=response.headers.get("content-encoding", ""), most=most)
        if body is None:
            raise ProtocolFailure(
                "The answer is packed in a way that was not asked for, or damaged.",
                http_status=response.status_code,
                retryable=True,
                ran=Ran.UNKNOWN,
            )
        if len(body) > most:
            raise _too_large(response, most)
        return body

    def _session(self, call: Call) -> requests.Session:
        parts = urlsplit(call.url)
        proxy = proxy_for(call.url, option=self._options.proxy, environ=self._context.environ)
        verify: t.Union[bool, str] = self._options.ca_bundle or True
        if not self._options.validate_certs:
            verify = False
        key = (os.getpid(), parts.scheme, parts.netloc, self._identity, self._context.task_host, proxy, verify)
        for stale in [other for other in _sessions if other[0] != key[0]]:
            del _sessions[stale]
        pooled = _sessions.get(key)
        now = time.monotonic()
        idle_too_long = pooled is not None and now - pooled.last_used > MAX_IDLE_FOR_WRITES
        if pooled is None or (idle_too_long and call.replay is not Replay.READ):
            pooled = _Pooled(session=new_session(proxy=proxy, verify=verify), last_used=now)
            _sessions[key] = pooled
        pooled.last_used = now
        return pooled.session


def close_sessions() -> None:
    """Close what this process opened."""
    for key in [key for key in _sessions if key[0] == os.getpid()]:
        _sessions.pop(key).session.close()


def _too_large(response: requests.Response, most: int) -> ProtocolFailure:
    return ProtocolFailure(
        f"The answer is larger than {most} bytes and was not read.",
        http_status=response.status_code,
        ran=Ran.UNKNOWN,
    )


def _may_resend(error: CertificatesError, call: Call) -> bool:
    if not error.retryable:
        return False
    return error.ran is Ran.NO or call.replay in (Replay.READ, Replay.TOKEN)


def _host(url: str) -> str:
    return urlsplit(url).netloc


def network_failure(error: BaseException, *, url: str) -> NetworkFailure:
    """What an exception of the HTTP library means: a sentence, and whether the call can have run."""
    host = _host(url)
    for cause in _causes(error):
        found = _known_cause(cause, host)
        if found is not None:
            sentence, ran, hint = found
            return NetworkFailure(sentence, retryable=True, ran=ran, hint=hint)
    return NetworkFailure(
        f"The connection to {host} broke before the answer was complete.", retryable=True, ran=Ran.UNKNOWN
    )


def _known_cause(cause: BaseException, host: str) -> t.Optional[tuple[str, Ran, t.Optional[str]]]:
    # By name: NameResolutionError is new in urllib3 2, and ssl's classes need no import this way.
    name = type(cause).__name__
    if name in ("NameResolutionError", "gaierror"):
        return f"The name {host} cannot be resolved.", Ran.NO, "Check endpoint, region and DNS."
    if name in ("ConnectTimeout", "ConnectTimeoutError"):
        return f"No connection to {host} within the time-out.", Ran.NO, "Check network and proxy."
    if name in ("SSLCertVerificationError", "CertificateError"):
        return (
            f"The certificate of {host} is not trusted.",
            Ran.NO,
            "Set ca_bundle to the issuing CA's file, or check endpoint and proxy.",
        )
    if name in ("ProxyError", "ProxySchemeUnknown", "InvalidProxyURL"):
        return f"The proxy for {host} cannot be used.", Ran.NO, "Check the option proxy and the environment."
    if name in ("NewConnectionError", "ConnectionRefusedError"):
        return f"No connection to {host}.", Ran.NO, "Check endpoint, network and proxy."
    if name in ("ReadTimeout", "ReadTimeoutError"):
        return f"No answer from {host} within the time-out.", Ran.UNKNOWN, "Set timeout higher if that happens often."
    return None


def _causes(error: BaseException) -> t.Iterator[BaseException]:
    """The exception and all that it wraps, innermost reasons first where the library names them."""
    seen: set[int] = set()
    queue: list[BaseException] = [error]
    found: list[BaseException] = []
    while queue:
        current = queue.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        found.append(current)
        nested = [getattr(current, "reason", None), current.__cause__, current.__context__, *current.args]
        queue.extend(item for item in nested if isinstance(item, BaseException))
    return iter(found)
