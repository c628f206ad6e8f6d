# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The calls of a run that changes something: applying, resetting, waiting, downloading."""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _x509
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import antchain_cert_files
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain import AntChain, Chain
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_cert_key import (
    key_in_answer,
    public_key_of,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_cert_plan import (
    CA,
    TRUST_CA,
    Desired,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_cert_spill import Spill
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_download import (
    CA_FILE,
    CLIENT_FILE,
    TRUST_CA_FILE,
    Downloads,
    certificates_in,
    trust_store_in,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_membership import (
    Membership,
    membership,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    Conflict,
    LocalFailure,
    ProtocolFailure,
    Ran,
    WaitTimeout,
    outcome_unknown,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._files import FileSpec

LOOK_FOR = 30.0
"""Seconds after a write whose answer was lost, or until a list shows a write."""
LOOK_EVERY = 3.0
STALE_FOR = 60.0
"""Seconds for which a former certificate may still be served after a reset and a new application."""


@dataclasses.dataclass(frozen=True)
class Served:
    """client.crt as the service has it: the leaf, and all certificates of the download as PEM, the leaf first."""

    leaf: _x509.ParsedCertificate
    pem: bytes


class Calls:
    """What a run does to one chain's certificate."""

    def __init__(self, service: AntChain, downloads: Downloads, *, desired: Desired, context: Context) -> None:
        self._service = service
        self._downloads = downloads
        self._desired = desired
        self._context = context

    # --- looking ---------------------------------------------------------------------------------------------

    def membership(self) -> Membership | None:
        """What the caller has on the chain; None: a complete listing does not have the chain."""
        for chain in self._service.chains():
            if chain.id == self._desired.ant_chain_id:
                return self._membership_of(chain)
        return None

    def _membership_of(self, chain: Chain) -> Membership:
        return membership(self._service, chain, username=self._desired.username)

    def served(self, *, key: str | None) -> Served | None:
        """client.crt, or None while there is none. `key` says which of several certificates is the leaf.

        :raises CertificatesError: it cannot be had, or is no certificate.
        """
        urls = self._service.download_urls(self._desired.ant_chain_id)
        if urls.client is None:
            return None
        content = self._downloads.fetch(urls.client, what=CLIENT_FILE)
        if content is None:
            return None
        certificates = certificates_in(content, what=CLIENT_FILE)
        leaf = next((one for one in certificates if one.public_key_sha256 == key), certificates[0])
        rest = [one for one in certificates if one.fingerprint_sha256 != leaf.fingerprint_sha256]
        return Served(leaf=leaf, pem="".join(one.text() for one in (leaf, *rest)).encode("ascii"))

    def wait(self, *, key: str) -> Served:
        """Wait until there is a client.crt of this key.

        :raises WaitTimeout: there is none when the time is up.
        :raises Conflict: there is one, and it stays that of another key.
        """
        clock = self._context.clock
        begin = clock.monotonic()
        while True:
            served = self.served(key=key)
            if served is not None and served.leaf.public_key_sha256 == key:
                return served
            waited = clock.monotonic() - begin
            if served is not None and waited >= min(STALE_FOR, self._desired.wait_timeout):
                raise Conflict(
                    "client.crt as the service has it is of another key than the one that was applied with.",
                    hint="The private key of that certificate is not here. on_key_loss: reset applies anew.",
                )
            if waited >= self._desired.wait_timeout:
                raise WaitTimeout(
                    f"After {self._desired.wait_timeout:g} seconds there is no certificate to download yet.",
                    retryable=True,
                    hint="An administrator of the consortium may have to approve it. The next run goes on waiting.",
                )
            clock.sleep(self._desired.wait_interval)

    def authorities(self, options: t.Collection[str]) -> dict[str, bytes]:
        """The contents of ca.crt and trustCa, by option, as far as they are asked for."""
        if not options:
            return {}
        urls = self._service.download_urls(self._desired.ant_chain_id)
        contents = {}
        if CA in options:
            certificates = certificates_in(self._required(urls.ca, what=CA_FILE), what=CA_FILE)
            contents[CA] = "".join(one.text() for one in certificates).encode("ascii")
        if TRUST_CA in options:
            store = self._required(urls.trust_ca, what=TRUST_CA_FILE)
            contents[TRUST_CA] = trust_store_in(store, what=TRUST_CA_FILE)
        return contents

    def _required(self, url: str | None, *, what: str) -> bytes:
        content = None if url is None else self._downloads.fetch(url, what=what)
        if content is None:
            raise ProtocolFailure(
                f"The service offers no {what} of the chain {self._desired.ant_chain_id}.",
                retryable=True,
                ran=Ran.UNKNOWN,
            )
        return content

    # --- changing --------------------------------------------------------------------------------------------

    def apply(self, *, csr_pem: str) -> None:
        """Apply with a signing request; after a lost answer a look at the chain tells what became of it."""
        try:
            self._service.apply(self._desired.ant_chain_id, csr_pem=csr_pem)
        except CertificatesError as lost:
            if lost.ran is not Ran.UNKNOWN:
                raise
            if not self._becomes(applied=True):
                raise outcome_unknown(
                    lost,
                    "The answer to the application was lost, and the chain does not show it.",
                    hint="The next run looks again, and applies if it did not arrive.",
                ) from None
        else:
            self._settle()

    def _settle(self) -> None:
        """Let the chain show the application: the next run would apply again if the list lagged behind it still."""
        with contextlib.suppress(CertificatesError):
            self._becomes(applied=True)

    def reset(self) -> None:
        """Discard the certificate, and wait until the chain shows it."""
        try:
            self._service.reset(self._desired.ant_chain_id)
        except CertificatesError as lost:
            if lost.ran is not Ran.UNKNOWN:
                raise
            if not self._becomes(applied=False):
                raise outcome_unknown(
                    lost,
                    "The answer to the reset was lost, and the chain does not show it.",
                    hint="The next run looks again.",
                ) from None
            return
        if not self._becomes(applied=False):
            raise WaitTimeout(
                f"{LOOK_FOR:g} seconds after its reset the certificate is still shown as applied for.",
                retryable=True,
                hint="Run again later.",
            )

    def _becomes(self, *, applied: bool) -> bool:
        end = self._context.clock.monotonic() + LOOK_FOR
        while True:
            found = self.membership()
            if found is not None and found.applied is applied:
                return True
            if self._context.clock.monotonic() >= end:
                return False
            self._context.clock.sleep(LOOK_EVERY)

    def apply_with_key(self, spec: FileSpec) -> str:
        """Apply with a key that the service makes, and put the key where it belongs.

        Returns the SHA-256 over its public half. From the first byte of the answer on there is a file that has the
        key, whatever happens; a failure names it.
        """
        desired = self._desired
        if desired.subject is None or desired.password is None:
            raise ValueError("a key of the service needs subject and password")
        spill = Spill(spec.path, context=self._context)
        spill.announce(consortium_id=desired.consortium_id, ant_chain_id=desired.ant_chain_id)
        try:
            self._service.apply_with_key(
                desired.ant_chain_id, subject=desired.subject, password=desired.password, sink=spill.receiving
            )
        except CertificatesError as error:
            if error.ran is Ran.UNKNOWN and error.hint is None:
                error.hint = (
                    "Whether it was applied for is not known. The next run finds out, and says so if a key was lost."
                )
            spill.failed(error)
            raise
        written = self._keep(spill, spec)
        self._settle()
        return written

    def recover(self, spec: FileSpec) -> str:
        """Put a key that an earlier run received where it belongs. Returns the SHA-256 over its public half."""
        return self._keep(Spill(spec.path, context=self._context), spec)

    def _keep(self, spill: Spill, spec: FileSpec) -> str:
        try:
            pem = key_in_answer(spill.content())
            if pem is None:
                raise ProtocolFailure("The answer that should bring the private key holds no whole key.")
            self._context.mask(pem)
            password = self._desired.password
            received = public_key_of(pem, password=password, what="The private key that the service sent")
            written = antchain_cert_files.write_key(spec, pem, password=password, context=self._context)
            if written != received:
                raise LocalFailure(
                    f"private_key_path: {spec.path} does not hold the key that was just written.",
                    hint="Something else writes that file: stop it, then run again.",
                )
        except CertificatesError as error:
            spill.name_in(error)
            raise
        # A bug must not lose a key either: what is raised names no path by itself.
        except Exception as unexpected:
            failure = LocalFailure(
                f"The private key could not be put in its place ({type(unexpected).__name__}).",
                hint="Run again: the next run puts it there.",
            )
            spill.name_in(failure)
            raise failure from None
        spill.finish()
        return written
