# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The life of an SSL-VPN client certificate at the service: created, awaited, renamed, fetched, deleted.

A gateway takes one change at a time and refuses others meanwhile, and the list lags behind: both are waited for.
"""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client_cert_plan import (
    Desired,
    client_token,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.sslvpn import (
    BUSY_CODES,
    MISMATCH,
    STATUSES,
    Material,
    Row,
    SslVpn,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    Conflict,
    NetworkFailure,
    NotFound,
    ProtocolFailure,
    Ran,
    WaitTimeout,
)

LISTED_WITHIN = 120.0
"""Seconds after which an id that the list does not show is no certificate (any more)."""
LOOK_EVERY = 3.0
LOOK_FOR = 30.0
"""Seconds that the single record of a certificate may lag behind the list."""
CREATIONS = 3
ACTIVE = "active"

_Answer = t.TypeVar("_Answer")


class ClientCerts:
    """Changes to the client certificates of one VPN gateway."""

    def __init__(self, vpn: SslVpn, *, desired: Desired, gateway_id: str, context: Context) -> None:
        self._vpn = vpn
        self._desired = desired
        self._gateway_id = gateway_id
        self._context = context
        self._clock = context.clock

    # --- creating ------------------------------------------------------------------------------------------

    def create(self, *, server_id: str, name: str, listed: t.Sequence[str]) -> Row:
        """Create a certificate, or get the one that an interrupted run has created: the token is the same.

        `listed` are the ids under that name before. What a remembered token leads to may be a certificate that was
        deleted or renamed since; the next token then differs.

        :raises Conflict: three calls led to nothing that the list shows.
        :raises NetworkFailure: no answer came, in any try.
        """
        dead: list[str] = []
        for _attempt in range(CREATIONS):
            token = client_token(region=self._desired.region, server_id=server_id, name=name, listed=listed, dead=dead)
            outcome = self._created(server_id=server_id, name=name, token=token)
            if outcome not in (MISMATCH, *dead, *listed):
                row = self._appeared(outcome, server_id=server_id, name=name)
                if row is not None:
                    return row
            dead.append(outcome)
        raise Conflict(
            f"The service did not create a certificate {name} in {CREATIONS} calls: {', '.join(dead)} is what they led "
            "to, and the list does not show it.",
            retryable=True,
            hint="Look at the certificates of the server in the console, then run again.",
        )

    def _created(self, *, server_id: str, name: str, token: str) -> str:
        """The id that the service tells, or MISMATCH."""
        try:
            return self._when_free(lambda: self._vpn.create(server_id=server_id, name=name, token=token))
        except CertificatesError as error:
            if error.code == MISMATCH:
                return MISMATCH
            if error.ran is not Ran.UNKNOWN:
                raise
            raise NetworkFailure(
                f"Whether a certificate {name} was created is not known: {error.message}",
                code=error.code,
                http_status=error.http_status,
                request_id=error.request_id,
                retryable=True,
                ran=Ran.UNKNOWN,
                hint="Run again: the next run finds it, or sends the same token and gets the same certificate.",
            ) from error

    def _appeared(self, certificate_id: str, *, server_id: str, name: str) -> Row | None:
        """The row of a new id; None: not listed in time, or it is known under another name or server."""
        end = self._clock.monotonic() + LISTED_WITHIN
        while True:
            trouble: CertificatesError | None = None
            try:
                row = self._row(certificate_id)
                if row is not None:
                    return row if (row.server_id, row.name) == (server_id, name) else None
            except CertificatesError as error:
                if not error.retryable:
                    raise
                trouble = error
            if self._clock.monotonic() >= end:
                if trouble is not None:
                    raise trouble
                return None
            self._clock.sleep(LOOK_EVERY)

    def _row(self, certificate_id: str) -> Row | None:
        return next(iter(self._vpn.certificates(certificate_id=certificate_id)), None)

    def wait(self, row: Row) -> Row:
        """Wait until a new certificate has a state, which says that it can be used.

        :raises WaitTimeout: with the certificate; it stays, and the next run goes on.
        """
        end = self._clock.monotonic() + self._desired.wait_timeout
        trouble = ""
        while row.status not in STATUSES:
            self._pause(
                end,
                f"The certificate {row.id} is still {row.status or 'without a state'}.{trouble}",
                data={"certificate": row.certificate().as_result(self._clock.now())},
            )
            trouble = ""
            try:
                row = self._row(row.id) or row
            except CertificatesError as error:
                if not error.retryable:
                    raise
                trouble = f" The last look at it failed: {error.message}"
        return row

    # --- what is there -------------------------------------------------------------------------------------

    def rename(self, row: Row, *, name: str) -> Row:
        """The token is new for each renaming: a remembered one would answer a renaming back with nothing done."""
        token = self._token()
        self._when_free(lambda: self._vpn.rename(row.id, name=name, token=token))
        return dataclasses.replace(row, name=name)

    def material(self, certificate_id: str) -> Material:
        """The answer that brings the key, which is registered for masking before anything else.

        :raises ProtocolFailure: the list shows the certificate, and 30 seconds later its record is still empty.
        """
        end = self._clock.monotonic() + LOOK_FOR
        while True:
            found = self._look(certificate_id)
            if found is not None:
                return found
            if self._clock.monotonic() >= end:
                raise ProtocolFailure(
                    f"Alibaba Cloud lists {certificate_id} and does not give its certificate and key.", retryable=True
                )
            self._clock.sleep(LOOK_EVERY)

    def _look(self, certificate_id: str) -> Material | None:
        try:
            found = self._vpn.material(certificate_id)
        except NotFound:
            return None
        if found is None or not found.private_key_pem or not found.certificate_pem:
            return None
        self._context.mask(found.private_key_pem)
        if found.config and "PRIVATE KEY" in found.config:
            self._context.mask(found.config)
        return found

    # --- ending --------------------------------------------------------------------------------------------

    def delete(self, certificate_id: str) -> None:
        """Delete once the gateway is at rest; with `wait` until the list does not have it and the gateway rests again.

        That the service knows no such certificate is said of one that is being deleted, too: the list decides.

        :raises WaitTimeout: the gateway does not come to rest, or the certificate stays.
        """
        token = self._token()
        self._await_rest()
        with contextlib.suppress(NotFound):
            self._when_free(lambda: self._vpn.delete(certificate_id, token=token))
        if self._desired.wait:
            self._await_gone(certificate_id)
            self._await_rest()

    def _await_gone(self, certificate_id: str) -> None:
        end = self._end()
        while self._row(certificate_id) is not None:
            self._pause(end, f"The certificate {certificate_id} is still listed after its deletion.")

    def _await_rest(self) -> None:
        end = self._end()
        while True:
            status = self._vpn.gateway_status(self._gateway_id)
            if status == ACTIVE:
                return
            self._pause(end, f"The VPN gateway {self._gateway_id} is still {status}.")

    # --- waiting -------------------------------------------------------------------------------------------

    def _when_free(self, write: t.Callable[[], _Answer]) -> _Answer:
        """Send a change again, with the same token, while the gateway is at another one."""
        end = self._end()
        while True:
            try:
                return write()
            except CertificatesError as error:
                if error.code not in BUSY_CODES:
                    raise
                self._pause(end, f"The VPN gateway {self._gateway_id} takes no changes now ({error.code}).")

    def _end(self) -> float:
        return self._clock.monotonic() + self._desired.wait_timeout

    def _pause(self, end: float, what: str, *, data: dict[str, t.Any] | None = None) -> None:
        left = end - self._clock.monotonic()
        if left <= 0:
            raise WaitTimeout(
                f"{what} The time of wait_timeout ({self._desired.wait_timeout:g} seconds) is over.",
                retryable=True,
                hint="Nothing is undone: run again to go on.",
                data=data,
            )
        self._clock.sleep(min(self._desired.wait_interval, left))

    def _token(self) -> str:
        return f"cnc-{self._context.randomness.token_hex(24)}"
