# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A network that gives one connection after the other what was prepared for it, whoever is called: no server, no port.

What the library makes of headers, lengths, chunks and packed bodies is tested with it, not only what comes after.
"""

from __future__ import annotations

import collections.abc as c
import contextlib
import dataclasses
import itertools
import socket
import threading
import typing as t
import unittest.mock

from ansible_collections.cncloud.certificates.plugins.module_utils._http import close_sessions

SMALL = 64 * 1024
"""Bytes that fit into the buffer of a socket: no thread has to feed it."""
Answer = t.Union[bytes, c.Iterable[bytes]]
"""The bytes of an answer; pieces of one that is long, or has no end."""


@dataclasses.dataclass
class Network:
    """Where connections went, and what was sent there."""

    places: list[tuple[str, int]] = dataclasses.field(default_factory=list)
    peers: list[socket.socket] = dataclasses.field(default_factory=list)
    sent: list[bytes] = dataclasses.field(default_factory=list)
    """The first 64 KiB of it, once all is over."""


@contextlib.contextmanager
def answering(*answers: Answer, patch: str = "urllib3.util.connection.create_connection") -> c.Iterator[Network]:
    """Every connection gets the next answer; the last one is for all that follow. `patch` is what connects."""
    network = Network()
    prepared = itertools.chain(answers, itertools.repeat(answers[-1]))
    feeders: list[threading.Thread] = []

    def connect(address: tuple[str, int], *_arguments: t.Any, **_more: t.Any) -> socket.socket:
        network.places.append(address)
        ours, theirs = socket.socketpair()
        network.peers.append(theirs)
        answer = next(prepared)
        if isinstance(answer, bytes) and len(answer) <= SMALL:
            theirs.sendall(answer)
            theirs.shutdown(socket.SHUT_WR)
        else:
            feeders.append(threading.Thread(target=_feed, args=(theirs, answer), daemon=True))
            feeders[-1].start()
        return ours

    close_sessions()
    with unittest.mock.patch(patch, connect):
        try:
            yield network
        finally:
            close_sessions()
            for peer in network.peers:
                with contextlib.suppress(OSError):
                    peer.shutdown(socket.SHUT_RDWR)
            for feeder in feeders:
                feeder.join(10)
            for peer in network.peers:
                with contextlib.suppress(OSError):
                    network.sent.append(peer.recv(SMALL))
                peer.close()


def _feed(peer: socket.socket, answer: Answer) -> None:
    with contextlib.suppress(OSError):
        for piece in [answer] if isinstance(answer, bytes) else answer:
            peer.sendall(piece)
        peer.shutdown(socket.SHUT_WR)


def answer(body: bytes = b"{}", *, status: int = 200, length: object = None, **headers: str) -> bytes:
    """A whole answer. `length` is what Content-Length says, where it is not to say the truth; "" leaves it out."""
    lines = [f"HTTP/1.1 {status} Whatever"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if length != "":
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
