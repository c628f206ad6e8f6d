# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Sessions of the HTTP library whose answers end: in time, in bytes, and without a look at where they redirect to.

Left alone, the library reads the whole body of a redirect before anybody may refuse it, a time-out begins anew with
each byte, and a compressed answer is unpacked into memory at once.
"""

from __future__ import annotations

import errno
import functools
import http.client
import io
import os
import socket
import time
import typing as t
import zlib

try:
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
except ImportError:  # reported by the transport
    pass

MAX_ON_THE_WIRE = 64 * 1024 * 1024
"""Bytes of one answer with all that is around its body; what is read of the body is bounded closer by its reader."""
TIMES = 2
"""How often its time-out an answer may take in all: once until it begins, once until its body is there."""


class _Timed(io.RawIOBase):
    """What comes from a socket, until the time or the bytes are used up. Each read waits for one packet at most."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, *, timeout: float) -> None:
        super().__init__()
        self._raw = raw
        self._sock = sock
        self._timeout = timeout
        self._end = time.monotonic() + TIMES * timeout
        self._left = MAX_ON_THE_WIRE

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> t.Optional[int]:
        left = self._end - time.monotonic()
        if left <= 0:
            raise socket.timeout("timed out")
        self._sock.settimeout(min(self._timeout, left))
        try:
            count = self._raw.readinto(buffer)
        finally:
            if self._sock.fileno() >= 0:
                self._sock.settimeout(self._timeout)
        self._left -= count or 0
        if self._left < 0:
            raise OSError(errno.EMSGSIZE, os.strerror(errno.EMSGSIZE))
        return t.cast("t.Optional[int]", count)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """An answer that is over in time, however slowly it drips."""

    def __init__(self, sock: socket.socket, *arguments: t.Any, **more: t.Any) -> None:
        super().__init__(sock, *arguments, **more)
        timeout = sock.gettimeout()
        if timeout:
            raw = t.cast("t.Any", self.fp).detach()
            self.fp = io.BufferedReader(_Timed(raw, sock, timeout=timeout))


@functools.cache
def _session_class() -> type[requests.Session]:
    """Made when it is first needed, since the library may be missing."""

    class Connection(HTTPConnection):
        response_class = _Answer

    class SecureConnection(HTTPSConnection):
        response_class = _Answer

    class Pool(HTTPConnectionPool):
        ConnectionCls = Connection

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = SecureConnection

    pools = {"http": Pool, "https": SecurePool}

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *arguments: t.Any, **more: t.Any) -> None:
            super().init_poolmanager(*arguments, **more)
            self.poolmanager.pool_classes_by_scheme = pools

        def proxy_manager_for(self, proxy: str, **more: t.Any) -> t.Any:
            manager = super().proxy_manager_for(proxy, **more)
            if not proxy.lower().startswith("socks"):  # those have connections of their own
                manager.pool_classes_by_scheme = pools
            return manager

    class Session(requests.Session):
        def __init__(self) -> None:
            super().__init__()
            for scheme in ("https://", "http://"):
                self.mount(scheme, Adapter())

        def get_redirect_target(self, resp: requests.Response) -> None:
            """Nowhere: the library would read the body of a redirect whole, only to know where it leads."""

    return Session


def new_session(*, proxy: t.Optional[str], verify: t.Union[bool, str]) -> requests.Session:
    """A session that takes nothing from the surroundings."""
    session = _session_class()()
    # No .netrc, which would replace our signature, and no look-up of system proxies, which is not fork-safe on macOS.
    session.trust_env = False
    session.verify = verify
    if proxy:
        session.proxies = {"http": proxy, "https": proxy}
    return session


def unpacked(content: bytes, *, encoding: str, most: int) -> t.Optional[bytes]:
    """What was sent, `most` bytes and one more of it; None if it is packed otherwise than was asked for, or damaged."""
    word = encoding.strip().lower()
    if word in ("", "identity") or not content:
        return content
    if word not in ("gzip", "x-gzip"):
        return None
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(content, most + 1)
    except zlib.error:
        return None
