# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""One TLS handshake as a client does it, by SNI, and what came of it."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import socket
import ssl
import time
import typing as t
from urllib.parse import unquote, urlsplit

from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import Invalid, NetworkFailure, Ran
from ansible_collections.cncloud.certificates.plugins.module_utils._http import HttpOptions
from ansible_collections.cncloud.certificates.plugins.module_utils._proxy import proxy_for

MAX_PROXY_ANSWER = 64 * 1024

# TLS 1.3 chooses the kind of key by signature algorithms, which Python cannot set; TLS 1.2 does it by ciphers.
_CIPHERS = {"rsa": "aRSA+HIGH:!PSK", "ecc": "aECDSA+HIGH"}


@dataclasses.dataclass(frozen=True)
class Target:
    """Whose certificate is asked for, and where."""

    host: str
    """Sent as SNI and compared with the certificate's names."""
    address: str
    """A name or an IP address to connect to."""
    port: int

    @property
    def place(self) -> str:
        address = f"[{self.address}]" if ":" in self.address else self.address
        return f"{address}:{self.port}"

    @property
    def words(self) -> str:
        """For sentences."""
        return self.place if self.address == self.host else f"{self.host} (at {self.place})"


@dataclasses.dataclass(frozen=True)
class Seen:
    """What a handshake showed. `chain` is what the server sent, leaf first; None before Python 3.13."""

    leaf: bytes = dataclasses.field(repr=False)
    chain: tuple[bytes, ...] | None = dataclasses.field(repr=False)
    tls_version: str | None
    verify_error: str | None
    """Why a client would refuse the certificate, in OpenSSL's words, or None."""


class Handshakes:
    """Handshakes with one target. The trust store is read once for all of them."""

    def __init__(self, target: Target, *, options: HttpOptions, key_algorithm: str | None, context: Context) -> None:
        """:raises Invalid: a proxy or a bundle that cannot be used."""
        self._target = target
        self._timeout = options.timeout
        self._key_algorithm = key_algorithm
        self._proxy = _proxy(target, options=options, context=context)
        self._trusting = _settings(key_algorithm)
        self._trusting.check_hostname = False
        self._trusting.verify_mode = ssl.CERT_NONE
        self._checking = _settings(key_algorithm)
        _load_trust(self._checking, options.ca_bundle)

    def look(self) -> Seen:
        """Shake hands as a careful client; if that refuses the certificate, once more only to read it.

        :raises NetworkFailure: no certificate was seen.
        """
        try:
            return self._look(self._checking, verify_error=None)
        except ssl.SSLCertVerificationError as refusal:
            return self._look(self._trusting, verify_error=refusal.verify_message.rstrip(".") or "not trusted")

    def _look(self, settings: ssl.SSLContext, *, verify_error: str | None) -> Seen:
        with contextlib.closing(self._connect()) as plain:
            try:
                with settings.wrap_socket(plain, server_hostname=self._target.host) as secured:
                    leaf = secured.getpeercert(binary_form=True)
                    if leaf is None:
                        raise self._failure("showed no certificate")
                    return Seen(
                        leaf=leaf, chain=_chain(secured), tls_version=secured.version(), verify_error=verify_error
                    )
            except ssl.SSLCertVerificationError:
                raise
            except OSError as error:
                raise self._broken(error) from None

    def _connect(self) -> socket.socket:
        if self._proxy is None:
            return self._open(self._target.address, self._target.port)
        connection = self._open(self._proxy.host, self._proxy.port)
        try:
            self._tunnel(connection, self._proxy)
        except BaseException:
            connection.close()
            raise
        return connection

    def _open(self, address: str, port: int) -> socket.socket:
        place = f"{address}:{port}"
        try:
            return socket.create_connection((address, port), timeout=self._timeout)
        except (socket.gaierror, UnicodeError):
            sentence, hint = f"The name {address} cannot be resolved.", "Check DNS, or set connect_to."
        except (socket.timeout, TimeoutError):
            sentence, hint = f"No connection to {place} within {self._timeout:g} seconds.", "Check the network."
        except ConnectionRefusedError:
            sentence, hint = f"{place} refuses connections.", "Check port and connect_to."
        except OSError as error:
            sentence, hint = f"No connection to {place} ({error.strerror or type(error).__name__}).", None
        raise NetworkFailure(sentence, hint=hint, retryable=True, ran=Ran.NO)

    def _tunnel(self, connection: socket.socket, proxy: _Proxy) -> None:
        place = self._target.place
        lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
        if proxy.authorization:
            lines.append(f"Proxy-Authorization: {proxy.authorization}")
        try:
            connection.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
            answer = b""
            end = time.monotonic() + self._timeout
            while b"\r\n\r\n" not in answer and len(answer) < MAX_PROXY_ANSWER:
                # A time-out that began anew with each byte would never come to its end.
                connection.settimeout(max(end - time.monotonic(), 0.001))
                received = connection.recv(4096)
                if not received:
                    break
                answer += received
            connection.settimeout(self._timeout)
        except OSError as error:
            raise NetworkFailure(
                f"The proxy {proxy.host}:{proxy.port} broke the connection ({error.strerror or type(error).__name__}).",
                retryable=True,
                ran=Ran.NO,
            ) from None
        status = answer.split(b"\r\n", 1)[0].split(b" ", 2)[1:2]
        if status != [b"200"]:
            shown = status[0].decode("ascii") if status and status[0].isdigit() and len(status[0]) == 3 else "no status"
            raise NetworkFailure(
                f"The proxy {proxy.host}:{proxy.port} does not connect to {place} (it answered {shown}).",
                hint="Check the option proxy and the environment; an empty proxy means none.",
                ran=Ran.NO,
            )

    def _broken(self, error: OSError) -> NetworkFailure:
        """A handshake that failed, as a sentence. OpenSSL's reason is a fixed word, not what was received."""
        if isinstance(error, (socket.timeout, TimeoutError)):
            return self._failure(f"did not finish the TLS handshake within {self._timeout:g} seconds")
        if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError)):
            return self._failure("closed the connection during the TLS handshake")
        reason = str(getattr(error, "reason", None) or "").replace("_", " ").lower()
        if any(word in reason for word in ("wrong version number", "http request", "record layer", "packet length")):
            return self._failure("does not speak TLS", hint="Is it a port for plain HTTP?")
        if "unrecognized name" in reason:
            return self._failure("has no certificate for this name (TLS alert unrecognized name)")
        if "handshake failure" in reason and self._key_algorithm:
            return self._failure(
                f"refused a handshake that only offers {self._key_algorithm.upper()} keys in TLS 1.2",
                hint="It has no such certificate for this name, or speaks TLS 1.3 alone.",
            )
        return self._failure(f"refused the TLS handshake ({reason or error.strerror or type(error).__name__})")

    def _failure(self, what: str, *, hint: str | None = None) -> NetworkFailure:
        return NetworkFailure(f"{self._target.words} {what}.", hint=hint, retryable=True, ran=Ran.NO)


@dataclasses.dataclass(frozen=True)
class _Proxy:
    host: str
    port: int
    authorization: str | None = dataclasses.field(repr=False)


def _proxy(target: Target, *, options: HttpOptions, context: Context) -> _Proxy | None:
    url = proxy_for(f"https://{target.place}", option=options.proxy, environ=context.environ)
    if url is None:
        return None
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname, parts.port or 80
    except ValueError:
        raise Invalid("proxy is not a URL such as http://proxy.example.com:3128.") from None
    if not host or parts.scheme != "http":
        raise Invalid("proxy must be a URL such as http://proxy.example.com:3128; no other kind can be used here.")
    authorization = None
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = "Basic " + base64.b64encode(pair.encode("utf-8")).decode("ascii")
        for secret in (unquote(parts.password or ""), authorization[6:]):
            context.mask(secret)
    return _Proxy(host=host, port=port, authorization=authorization)


def _settings(key_algorithm: str | None) -> ssl.SSLContext:
    settings = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if key_algorithm is not None:
        settings.maximum_version = ssl.TLSVersion.TLSv1_2
        settings.set_ciphers(_CIPHERS[key_algorithm])
    return settings


def _load_trust(settings: ssl.SSLContext, ca_bundle: str | None) -> None:
    if ca_bundle is None:
        settings.load_default_certs()
        return
    try:
        settings.load_verify_locations(ca_bundle)
    except OSError:  # ssl.SSLError is one, too
        raise Invalid(f"ca_bundle: the file {ca_bundle} has no certificates in PEM form.") from None


def _chain(secured: ssl.SSLSocket) -> tuple[bytes, ...] | None:
    read: t.Callable[[], t.Sequence[bytes]] | None = getattr(secured, "get_unverified_chain", None)
    return None if read is None else tuple(read())
