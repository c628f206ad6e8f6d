# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The places where a run can be hit: before and after each of its calls, and where it moves a file into place."""

from __future__ import annotations

import collections.abc as c
import contextlib
import os
import signal
import ssl
import typing as t
import unittest.mock

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError

Watch = c.Callable[[], None]


class TaskTimeout(BaseException):
    """As Ansible's own of the keyword `timeout:`: it passes through everything that catches exceptions."""


class Points:
    """Counts the points of the calls made within, and does `what` at the one numbered `at`.

    What breaks a call counts calls instead. `struck` is where it happened.

    `watch` is called after each call.
    """

    def __init__(self, *, what: str = "", at: int = -1, watch: Watch | None = None) -> None:
        self.count = 0
        self.calls = 0
        self.struck: int | None = None
        self._what = what
        self._at = at
        self._watch = watch

    @contextlib.contextmanager
    def within(self) -> c.Iterator[Points]:
        send, rename = HTTPAdapter.send, os.rename

        def counted_send(adapter: HTTPAdapter, request: requests.PreparedRequest, **more: t.Any) -> requests.Response:
            if "/_control/" in str(request.url):
                return send(adapter, request, **more)
            self._break(request)
            self._hit()
            try:
                return send(adapter, request, **more)
            finally:
                if self._watch is not None:
                    self._watch()
                self._hit()

        def counted_rename(*given: t.Any, **more: t.Any) -> None:
            self._hit()
            rename(*given, **more)

        before = signal.signal(signal.SIGALRM, _time_is_up)
        try:
            with (
                unittest.mock.patch.object(HTTPAdapter, "send", counted_send),
                unittest.mock.patch.object(os, "rename", counted_rename),
            ):
                yield self
        finally:
            signal.signal(signal.SIGALRM, before)

    def _break(self, request: requests.PreparedRequest) -> None:
        number, self.calls = self.calls, self.calls + 1
        if self._what in CLIENT_ERRORS and number >= self._at:
            raise CLIENT_ERRORS[self._once(number)](request)

    def _hit(self) -> None:
        number, self.count = self.count, self.count + 1
        if self._what and self._what not in CLIENT_ERRORS and number >= self._at:
            os.kill(os.getpid(), getattr(signal, self._once(number)))

    def _once(self, number: int) -> str:
        what, self._what, self.struck = self._what, "", number
        return what


def _time_is_up(_number: int, _frame: object) -> None:
    raise TaskTimeout


def _tls(request: requests.PreparedRequest) -> Exception:
    return requests.exceptions.SSLError(ssl.SSLEOFError(8, "EOF occurred in violation of protocol"), request=request)


def _untrusted(request: requests.PreparedRequest) -> Exception:
    return requests.exceptions.SSLError(ssl.SSLCertVerificationError(1, "certificate verify failed"), request=request)


def _refused(request: requests.PreparedRequest) -> Exception:
    reason = NewConnectionError(t.cast("t.Any", None), "Connection refused")
    return requests.exceptions.ConnectionError(reason, request=request)


CLIENT_ERRORS: dict[str, c.Callable[[requests.PreparedRequest], Exception]] = {
    "tls": _tls,
    "untrusted": _untrusted,
    "refused": _refused,
}
