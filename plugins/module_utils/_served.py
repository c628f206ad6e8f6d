# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""served_cert_info: which certificate a TLS client really gets, and whether it is the one that is expected."""

from __future__ import annotations

import dataclasses
import hashlib
import ipaddress
import re
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _x509
from ansible_collections.cncloud.certificates.plugins.module_utils._clock import days_between, rfc3339
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import Entry
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    Invalid,
    NetworkFailure,
    ProtocolFailure,
    WaitTimeout,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._handshake import Handshakes, Seen, Target
from ansible_collections.cncloud.certificates.plugins.module_utils._http import HttpOptions
from ansible_collections.cncloud.certificates.plugins.module_utils._resource import KNOWN_AFTER_APPLY
from ansible_collections.cncloud.certificates.plugins.module_utils._spec import Spec, http_options, wait_options

_ADDRESS = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.%a-z]+)\]|(?P<name>[^:\[\]/@\s]+))(?::(?P<port>[0-9]{1,5}))?")
_PAUSE, _LONGEST_PAUSE = 0.5, 20.0


@dataclasses.dataclass(frozen=True)
class Question:
    """The options in order. `expected` is None if there is nothing to compare with."""

    target: Target
    expected: str | None
    fail_on_mismatch: bool
    must_be_trusted: bool
    retries: int
    wait: bool
    wait_timeout: float
    wait_interval: float
    may_be_missing: bool
    """Check mode before the certificate exists: that nothing is served yet is no failure."""


@dataclasses.dataclass(frozen=True)
class Answer:
    """A certificate that was served, and what is wrong with it in a sentence (None: nothing)."""

    seen: Seen
    leaf: _x509.ParsedCertificate
    mismatch: str | None


OLD_ONE = (
    "See which certificate the name is bound to (huawei_apig_cert_info, esa_cert_info), that DNS leads to that very"
    " place (connect_to asks one address), and that a server of your own was reloaded."
)


def run(params: t.Mapping[str, t.Any], context: Context) -> dict[str, t.Any]:
    """Look, and wait where that was asked for.

    :raises Invalid: an option that cannot be meant, or, with `on_mismatch: fail`, another certificate than expected.
    :raises WaitTimeout: the expected certificate was not served in time.
    :raises NetworkFailure: no certificate was seen.
    """
    question = read_question(params, context)
    handshakes = Handshakes(
        question.target,
        options=HttpOptions.from_params(params),
        key_algorithm=params["key_algorithm"],
        context=context,
    )
    try:
        answer = _wait(question, handshakes, context) if question.wait else _look(question, handshakes, context)
    except NetworkFailure as failure:
        if not question.may_be_missing:
            raise
        context.warn(f"{failure.message} That is no failure in check mode, before the certificate exists.")
        return _result(None)
    served = describe(question, answer, context)
    if answer.mismatch is not None and question.fail_on_mismatch:
        raise Invalid(answer.mismatch, hint=OLD_ONE, data={"served": served})
    return _result(served)


def _result(served: dict[str, t.Any] | None) -> dict[str, t.Any]:
    return {"changed": False, "actions": [], "request_ids": [], "served": served}


def _look(question: Question, handshakes: Handshakes, context: Context) -> Answer:
    for attempt in range(question.retries):
        try:
            return judge(question, handshakes.look())
        except NetworkFailure as failure:
            if not failure.retryable:
                raise
        context.clock.sleep(context.randomness.uniform(0, min(_LONGEST_PAUSE, _PAUSE * 2**attempt)))
    return judge(question, handshakes.look())


def _wait(question: Question, handshakes: Handshakes, context: Context) -> Answer:
    """Look until it fits. A host that cannot be reached yet is waited for as well."""
    end = context.clock.monotonic() + question.wait_timeout
    while True:
        answer: Answer | None = None
        try:
            answer = judge(question, handshakes.look())
            last = answer.mismatch
        except NetworkFailure as failure:
            last = failure.message
        if last is None and answer is not None:
            return answer
        left = end - context.clock.monotonic()
        if left <= 0:
            break
        context.clock.sleep(min(question.wait_interval, left))
    if answer is not None and not question.fail_on_mismatch:
        return answer
    raise WaitTimeout(
        f"The expected certificate was not served within {question.wait_timeout:g} seconds. {last}",
        retryable=True,
        hint=f"{OLD_ONE} Or raise wait_timeout: edges take minutes to follow.",
        data={"served": None if answer is None else describe(question, answer, context)},
    )


def judge(question: Question, seen: Seen) -> Answer:
    """:raises ProtocolFailure: what was served is no X.509 certificate that can be read."""
    where = question.target.words
    leaf = _x509.parse_certificate(seen.leaf, what=f"what {where} serves", error=ProtocolFailure)
    mismatch = None
    if question.expected is not None and leaf.fingerprint_sha256 != question.expected:
        mismatch = (
            f"{where} serves the certificate with the SHA-256 fingerprint {leaf.fingerprint_sha256}"
            f" (valid until {rfc3339(leaf.not_after)}), not {question.expected}."
        )
    elif question.must_be_trusted and seen.verify_error is not None:
        mismatch = f"The certificate that {where} serves is not trusted: {seen.verify_error}."
    return Answer(seen=seen, leaf=leaf, mismatch=mismatch)


def describe(question: Question, answer: Answer, context: Context) -> dict[str, t.Any]:
    """The value of `served`."""
    leaf, seen = answer.leaf, answer.seen
    compared = question.expected is not None or question.must_be_trusted
    return {
        "host": question.target.host,
        "port": question.target.port,
        "connect_to": question.target.address,
        "fingerprint_sha256": leaf.fingerprint_sha256,
        "chain_fingerprints_sha256": (
            None if seen.chain is None else [hashlib.sha256(der).hexdigest() for der in seen.chain]
        ),
        "serial_number": leaf.serial_number,
        "issuer": leaf.issuer,
        "domains": list(leaf.domains),
        "not_before": rfc3339(leaf.not_before),
        "not_after": rfc3339(leaf.not_after),
        "days_left": days_between(context.clock.now(), leaf.not_after),
        "key_algorithm": leaf.key_algorithm,
        "key_size": leaf.key_size,
        "tls_version": seen.tls_version,
        "verified": seen.verify_error is None,
        "verify_error": seen.verify_error,
        "matches": answer.mismatch is None if compared else None,
    }


def read_question(params: t.Mapping[str, t.Any], context: Context) -> Question:
    """The options, checked. In check mode a fingerprint that does not exist yet is nothing to compare with.

    :raises Invalid: an option that cannot be meant.
    """
    for name in ("wait_timeout", "wait_interval"):
        if not 0 < params[name] <= 86400:
            raise Invalid(f"{name} must be more than 0 and at most 86400 seconds.")
    given = params["expect_fingerprint"]
    unknown = context.check_mode and given is not None and given.strip() in ("", KNOWN_AFTER_APPLY)
    expected = None if given is None or unknown else _x509.normalise_fingerprint(given)
    return Question(
        target=read_target(host=params["host"], port=params["port"], connect_to=params["connect_to"]),
        expected=expected,
        fail_on_mismatch=params["on_mismatch"] == "fail",
        must_be_trusted=params["validate_certs"],
        retries=params["retries"],
        # Nothing that this run is about to do will have happened in check mode: one look tells all.
        wait=params["wait"] and expected is not None and not context.check_mode,
        wait_timeout=params["wait_timeout"],
        wait_interval=params["wait_interval"],
        may_be_missing=unknown,
    )


def read_target(*, host: str, port: int, connect_to: str | None) -> Target:
    """The SNI name and the place to connect to: an address, `address:port` or `[v6]:port`.

    :raises Invalid: another spelling, or a port outside 1 to 65535.
    """
    name = _x509.to_ascii_domain(host, single_label=True, underscore=True, option="host")
    address: str = name
    text = (connect_to or "").strip()
    if text:
        match = _ADDRESS.fullmatch(text)
        if _is_v6(text):
            address = text
        elif match and (match.group("v6") is None or _is_v6(match.group("v6"))):
            address = match.group("v6") or match.group("name")
            port = int(match.group("port") or port)
        else:
            raise Invalid(f"connect_to needs an address, an address:port or an [IPv6 address]:port, not {text[:80]!r}.")
    if not 1 <= port <= 65535:
        raise Invalid(f"The port {port} is not between 1 and 65535.")
    return Target(host=name, address=address, port=port)


def _is_v6(text: str) -> bool:
    try:
        return ipaddress.ip_address(text.partition("%")[0]).version == 6
    except ValueError:
        return False


def _argument_spec() -> Spec:
    spec: Spec = {
        **http_options(),
        "host": {"type": "str", "required": True},
        "port": {"type": "int", "default": 443},
        "connect_to": {"type": "str"},
        "expect_fingerprint": {"type": "str"},
        "on_mismatch": {"type": "str", "choices": ["fail", "report"], "default": "fail"},
        "key_algorithm": {"type": "str", "choices": ["rsa", "ecc"], "no_log": False},
        **wait_options(timeout=60.0, interval=2.0),
    }
    # What is served is to be read, trusted or not; elsewhere the same option protects what is sent.
    spec["validate_certs"]["default"] = False
    return spec


ENTRY = Entry(argument_spec=_argument_spec(), run=run)
