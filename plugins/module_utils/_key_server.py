# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Asking what hands out keys without a signature: the metadata of an instance, a local server, a program.

Nothing of this is asked unless an option or a profile says so, since the metadata's address means nothing, or
something else, on any other machine.
"""

from __future__ import annotations

import datetime
import ipaddress
import json
import os
import selectors
import shlex
import signal
import subprocess
import time
import typing as t
from urllib.parse import urlsplit

from ansible_collections.cncloud.certificates.plugins.module_utils._clock import is_loopback
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._credentials import refusal
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    LocalFailure,
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
)
from ansible_collections.cncloud.certificates.plugins.module_utils._locks import key_identity

METADATA_VARIABLE = "CNCLOUD_CERTIFICATES_METADATA"
"""Another address of the metadata, for tests: on loopback alone."""
METADATA_TIMEOUT = 1.0
"""Seconds. Elsewhere than on an instance the address may be one where packets just vanish."""
SERVER_TIMEOUT = 5.0
TOKEN_LIFETIME = "21600"
"""Seconds that a session token of the metadata is asked for."""
PROGRAM_TIMEOUT = 60.0
MAX_OUTPUT = 64 * 1024
"""Bytes that a program may print."""
RUN_IT_BY_HAND = "Run it by hand as the user of the task, with the same environment, to see what it says."
NO_TOKENS = (404, 405, 503)
"""What metadata without session tokens answers to a request for one."""


def metadata_url(default: str, context: Context) -> str:
    """The address of the metadata.

    :raises AuthError: the environment says another one that is not on this machine.
    """
    given = context.environ.get(METADATA_VARIABLE, "").rstrip("/")
    if given and not (given.startswith("http://") and is_loopback(given)):
        raise refusal(
            f"{METADATA_VARIABLE} must be an http URL on loopback.",
            code="credentials_malformed",
            hint="It is for tests: unset it, and the metadata of this machine are asked.",
        )
    return given or default


class KeyServer:
    """Plain calls to one server that hands out keys. Never through a proxy, never redirected."""

    def __init__(self, name: str, *, context: Context, timeout: float) -> None:
        self._name = name
        self._context = context
        self._options = HttpOptions(timeout=timeout, retries=1, proxy="")

    def ask(
        self, url: str, *, method: str = "GET", headers: t.Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Reply:
        """The answer, whatever its status below 500.

        :raises CertificatesError: no answer came, or the server cannot work now.
        """
        transport = Transport(
            options=self._options,
            context=self._context,
            identity=key_identity(endpoint=url, key_id="", secret=""),
            source=self._name,
        )
        call = Call(
            operation="a key", method=method, url=url, replay=Replay.READ, headers=dict(headers or {}), body=body
        )
        return transport.send(call, auth=lambda: None, judge=self._judge)

    def text(self, url: str, *, method: str = "GET", headers: t.Mapping[str, str] | None = None) -> str | None:
        """One line of text, such as a name or a token; None for "no such thing" (404).

        :raises ProtocolFailure: the answer is none.
        """
        reply = self.ask(url, method=method, headers=headers)
        return None if reply.status == 404 else self.word(reply)

    def word(self, reply: Reply) -> str:
        """The one line of text of an answer.

        :raises ProtocolFailure: it is none.
        """
        text = reply.body.decode("utf-8", "replace").strip()
        if reply.status != 200 or not text.isascii() or not text.isprintable() or not 0 < len(text) <= 4096:
            raise self.wrong(reply)
        return text

    def json(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: t.Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> dict[str, t.Any]:
        """One JSON object.

        :raises ProtocolFailure: the answer is none.
        """
        reply = self.ask(url, method=method, headers=headers, body=body)
        value = reply.json_object()
        if value is None or reply.status not in (200, 201):
            raise self.wrong(reply)
        return value

    def wrong(self, reply: Reply) -> ProtocolFailure:
        return ProtocolFailure(
            f"The answer is not what {self._name} should give (HTTP status {reply.status}).",
            http_status=reply.status,
        )

    def _judge(self, reply: Reply) -> CertificatesError | None:
        # 503 is also how metadata says that it has no session tokens.
        if reply.status < 500 or reply.status == 503:
            return None
        return Unavailable(
            f"The server answered with HTTP status {reply.status}.",
            http_status=reply.status,
            retryable=True,
            ran=Ran.UNKNOWN,
        )


def check_server(uri: str, *, source: str, link_local: bool = False) -> None:
    """A key server is on this machine, or it is spoken to over TLS.

    :raises AuthError: plain http to another machine, or not a URL at all.
    """
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
        usable = bool(host) and parts.port != 0 and parts.username is None and parts.password is None
    except ValueError:
        usable, host, parts = False, "", urlsplit("")
    near = usable and (is_loopback(uri) or (link_local and _is_link_local(host)))
    if not usable or not (parts.scheme == "https" or (parts.scheme == "http" and near)):
        raise refusal(
            f"The address of {source} must be https, or http on this machine.",
            code="credentials_malformed",
            hint="Over plain http anybody on the way could read the key.",
        )


def _is_link_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_link_local
    except ValueError:
        return False


def output_of(command: str, *, context: Context, source: str) -> dict[str, t.Any]:
    """The JSON object that a program prints. No shell; what it prints never shows; bounded in time and size.

    :raises LocalFailure: it cannot be run, takes too long, prints too much or ends with a failure.
    :raises ProtocolFailure: it prints something else.
    """
    try:
        arguments = shlex.split(command)
    except ValueError:
        arguments = []
    if not arguments:
        raise refusal(
            f"The command of {source} cannot be read.",
            code="credentials_malformed",
            hint="It is split as a shell splits words: check its quotes.",
        )
    try:
        # AnsibleModule.run_command has no time-out, and in-process there is no AnsibleModule.
        process = subprocess.Popen(  # pylint: disable=ansible-bad-function
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=context.base_dir,
            env=dict(context.environ),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not a command"
        raise LocalFailure(
            f"The command cannot be run ({reason}).", hint="Give its full path, and see that this user may run it."
        ) from None
    try:
        printed = _printed(process)
    finally:
        _end(process)
    if process.returncode:
        raise LocalFailure(
            f"The command ended with status {process.returncode}; what it printed is not shown.", hint=RUN_IT_BY_HAND
        )
    try:
        value = json.loads(printed.decode("utf-8"))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ProtocolFailure("The command did not print one JSON object; what it printed is not shown.")
    return value


def _printed(process: subprocess.Popen[bytes]) -> bytes:
    end = time.monotonic() + PROGRAM_TIMEOUT
    output = b""
    pipe = t.cast("t.IO[bytes]", process.stdout)
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            if not selector.select(max(0.0, end - time.monotonic())):
                raise _too_slow()
            chunk = os.read(pipe.fileno(), 65536)
            output += chunk
            if len(output) > MAX_OUTPUT:
                raise LocalFailure(
                    f"The command printed more than {MAX_OUTPUT} bytes and was ended.", hint=RUN_IT_BY_HAND
                )
            if not chunk:
                break
    try:
        process.wait(max(0.1, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise _too_slow() from None
    return output


def _too_slow() -> LocalFailure:
    return LocalFailure(f"The command took more than {PROGRAM_TIMEOUT:g} seconds and was ended.", hint=RUN_IT_BY_HAND)


def _end(process: subprocess.Popen[bytes]) -> None:
    """The program, and what it started, if they still run."""
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except OSError:
            process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def moment(value: t.Any) -> datetime.datetime | None:
    """A time as the clouds write it: seconds since 1970, or ISO 8601 in UTC; None for what is not given.

    :raises ProtocolFailure: it is something else.
    """
    if value in (None, "", 0):
        return None
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return datetime.datetime.fromtimestamp(value, tz=datetime.timezone.utc)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
            return datetime.datetime.fromtimestamp(int(value), tz=datetime.timezone.utc)
        text, _dot, _fraction = str(value).strip().removesuffix("Z").partition(".")
        return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.timezone.utc)
    except (ValueError, OverflowError, OSError):
        raise ProtocolFailure("The time at which the key ends cannot be read.") from None
