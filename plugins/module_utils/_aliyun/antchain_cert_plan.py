# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""What has to be done about a chain's certificate. Pure: no calls, no files, no clock.

The private key is what cannot be had twice: with `managed_key` the service shows it once, with `csr` it never leaves
the host. A certificate whose key is lost is of no use, and only a reset, which cuts off whatever uses it, makes room
for another.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain import (
    APPLICATION_STATUSES,
    FAILED,
    NORMAL,
    PENDING,
    Subject,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_cert_key import Csr
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_cert_spill import Kept
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_membership import Membership
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import Conflict, LocalFailure, NotFound
from ansible_collections.cncloud.certificates.plugins.module_utils._files import (
    Content,
    FileChange,
    FileSpec,
    ObservedFile,
    files_diff,
    plan_files,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._resource import KNOWN_AFTER_APPLY, Plan, Step
from ansible_collections.cncloud.certificates.plugins.module_utils._x509 import ParsedCertificate

KEY, CERTIFICATE, CA, TRUST_CA = "private_key_path", "certificate_path", "ca_path", "trust_ca_path"
APPLIED = APPLICATION_STATUSES[NORMAL]
WAITING = APPLICATION_STATUSES[PENDING]
REFUSED = APPLICATION_STATUSES[FAILED]

BROKEN_BY_RESET = "Whatever uses the former certificate of the chain {chain} can no longer connect."


@dataclasses.dataclass(frozen=True)
class Desired:
    """The options of one task. `csr` None with `method: csr`: the key is made here, or (check mode) not known yet."""

    consortium_id: str
    ant_chain_id: str
    state: str = "present"
    method: str = "csr"
    on_key_loss: str = "fail"
    username: str | None = None
    subject: Subject | None = None
    password: str | None = dataclasses.field(default=None, repr=False)
    csr: Csr | None = None
    wait: bool = True
    wait_timeout: float = 600.0
    wait_interval: float = 10.0

    @property
    def managed(self) -> bool:
        return self.method == "managed_key"


@dataclasses.dataclass(frozen=True)
class LocalFiles:
    """The files that the task asks for, and what is there.

    `specs` have no contents. `key` is the SHA-256 over the public half of the key on disk, None: there certainly is
    no key file. `leaf` is the client.crt on disk if it was written for this chain; `fitting` are the paths of other
    files that are what they should be.
    """

    specs: tuple[FileSpec, ...] = ()
    observed: t.Mapping[str, ObservedFile] = dataclasses.field(default_factory=dict)
    key: str | None = None
    folder_exists: bool = True
    leaf: ParsedCertificate | None = None
    fitting: frozenset[str] = frozenset()
    kept: Kept | None = None
    """What an earlier run left beside the key file; None: there is no such file (`csr`)."""
    kept_key: str | None = None
    """The SHA-256 over the public half of the key in the spill."""

    @property
    def key_spec(self) -> FileSpec | None:
        return next((spec for spec in self.specs if spec.option == KEY), None)


@dataclasses.dataclass(frozen=True)
class Observed:
    """What is there. `membership` None: the consortium has no such chain.

    `looked`: the service was asked for client.crt, which is `leaf`, or None: it is not there yet.
    """

    membership: Membership | None = None
    local: LocalFiles = dataclasses.field(default_factory=LocalFiles)
    looked: bool = False
    leaf: ParsedCertificate | None = None
    leaf_pem: bytes = b""
    """The download: the leaf first, then what else came with it."""

    @property
    def status(self) -> str | None:
        return None if self.membership is None else self.membership.status

    @property
    def applied(self) -> bool:
        return self.membership is not None and self.membership.applied

    @property
    def current_leaf(self) -> ParsedCertificate | None:
        """client.crt as it is known: the service's where it was asked, else what is on disk."""
        return self.leaf if self.looked else self.local.leaf


def expected_key(desired: Desired, local: LocalFiles) -> str | None:
    """The SHA-256 over the public key that client.crt has to be of; None: there is no key."""
    if desired.csr is not None:
        return desired.csr.public_key_sha256
    return local.key or local.kept_key


class _Draft:
    """Steps and both sides of the diff, collected."""

    def __init__(self, desired: Desired) -> None:
        self.chain = desired.ant_chain_id
        self.steps: list[Step] = []
        self.before: dict[str, t.Any] = {}
        self.after: dict[str, t.Any] = {}
        self._files: list[FileChange] = []

    def add(self, name: str, summary: str, **arguments: t.Any) -> None:
        self.steps.append(Step(name=name, summary=summary, arguments=arguments))

    def differ(self, key: str, before: t.Any, after: t.Any) -> None:
        self.before[key], self.after[key] = before, after

    def files(self, changes: t.Iterable[FileChange]) -> None:
        self._files.extend(changes)
        before, after = files_diff(self._files)
        if self._files:
            self.differ("files", before, after)

    def plan(self, reason: str) -> Plan:
        return Plan(steps=tuple(self.steps), before=self.before, after=self.after, reason=reason)


def plan(desired: Desired, observed: Observed) -> Plan:
    """Everything that is to be done, in order.

    :raises NotFound: there is no such chain, and the state is `present`.
    :raises Conflict: the key is lost and `on_key_loss` is `fail`, or another key stands in the way.
    :raises LocalFailure: the key's folder is not there, so that nobody knows whether the key is lost.
    """
    if desired.state == "absent":
        return _plan_absent(desired, observed)
    if observed.membership is None:
        raise NotFound(
            f"There is no chain {desired.ant_chain_id} in the consortium {desired.consortium_id}.",
            hint="Check consortium_id, ant_chain_id, region and account.",
        )
    draft = _Draft(desired)
    reason, applying = _apply_or_not(draft, desired, observed)
    _deliver(draft, desired, observed, applying=applying)
    return draft.plan(reason)


def _plan_absent(desired: Desired, observed: Observed) -> Plan:
    if not observed.applied:
        return Plan(reason="Nothing is applied for.")
    draft = _Draft(desired)
    _reset(draft)
    draft.differ("certificate", {"ant_chain_id": draft.chain, "status": observed.status}, None)
    return draft.plan("A certificate is applied for. " + BROKEN_BY_RESET.format(chain=draft.chain))


def _apply_or_not(draft: _Draft, desired: Desired, observed: Observed) -> tuple[str, bool]:
    """The reason, and whether the plan applies."""
    local = observed.local
    if _is_kept(local):
        _recover(draft, local)
        return f"An earlier run received a private key and did not finish; it is in {_kept(local).path}.", False
    if not observed.applied:
        _apply(draft, desired, observed, before=observed.status)
        if observed.status == REFUSED:
            return "An earlier application has failed.", True
        return "No certificate is applied for.", True
    why_lost = _why_lost(desired, observed)
    if why_lost is not None:
        _check_loss(desired, local, why_lost)
        _reset(draft)
        _apply(draft, desired, observed, before=observed.status)
        return f"{why_lost} {BROKEN_BY_RESET.format(chain=draft.chain)}", True
    if local.kept is not None and local.kept.anything:
        draft.add("tidy", f"Remove what an unfinished run has left beside {_key_spec(local).path}")
        draft.differ("left_over", local.kept.path, None)
    if observed.current_leaf is None:
        return "The certificate is applied for and not there yet.", False
    return "It is applied for, and the key is here.", False


def _is_kept(local: LocalFiles) -> bool:
    """Whether a whole key lies in the spill and not in its file.

    :raises Conflict: another one is in its file.
    """
    if local.kept_key is None or local.kept_key == local.key:
        return False
    if local.key is not None:
        spec, kept = _key_spec(local), _kept(local)
        raise Conflict(
            f"{kept.path} holds a private key that an earlier run received, and {spec.path} another one.",
            hint=f"Move {spec.path} away to have the received key put there, or remove {kept.path}.",
        )
    return True


def _kept(local: LocalFiles) -> Kept:
    if local.kept is None:
        raise ValueError("there is no spill")
    return local.kept


def _key_spec(local: LocalFiles) -> FileSpec:
    spec = local.key_spec
    if spec is None:
        raise ValueError("no key file is asked for")
    return spec


def _recover(draft: _Draft, local: LocalFiles) -> None:
    spec = dataclasses.replace(_key_spec(local), content=Content.NEW, protect=True)
    draft.add("recover", f"Recover the private key from {_kept(local).path} into {spec.path}", spec=spec)
    draft.files(plan_files([spec], local.observed))


def _why_lost(desired: Desired, observed: Observed) -> str | None:
    """A sentence, if the key of what is applied for is not here; None: it is, or that cannot be told yet.

    :raises LocalFailure: the key's folder is not there: it may be on a disk that is not mounted.
    """
    local = observed.local
    wanted = expected_key(desired, local)
    if wanted is None:
        spec = local.key_spec
        if spec is None:
            return "The signing request does not exist yet, so that it cannot be what was applied with."
        if not local.folder_exists:
            raise LocalFailure(
                f"private_key_path: the folder of {spec.path} does not exist, and a certificate is applied for.",
                hint="Mount or create the folder. Whether the key is lost cannot be told without it.",
            )
        if local.kept is not None and local.kept.exists:
            return (
                f"The private key is lost: {spec.path} does not exist, and the answer that an earlier run received "
                f"holds no whole key ({local.kept.path})."
            )
        if local.kept is not None and local.kept.asked is not None:
            return (
                f"The private key is lost: a run at {local.kept.asked} applied and its answer never came, "
                "so that the key was never used."
            )
        return f"The private key is lost: a certificate is applied for, and {spec.path} does not exist."
    leaf = observed.current_leaf
    if leaf is None or leaf.public_key_sha256 == wanted:
        return None
    whose = "the signing request" if desired.csr is not None else _key_spec(local).path
    return f"The private key is lost: the certificate of the chain is of another key than {whose}."


def _check_loss(desired: Desired, local: LocalFiles, why: str) -> None:
    if desired.on_key_loss != "reset":
        raise Conflict(
            why,
            hint=(
                "Restore the key from a backup, or set on_key_loss: reset. That discards the certificate, applies "
                "again, and cuts off whatever uses it."
            ),
        )
    spec = local.key_spec
    if desired.managed and local.key is not None and spec is not None:
        raise Conflict(
            f"{why} {spec.path} is not overwritten.", hint="Move it away, then run again with on_key_loss: reset."
        )


def _reset(draft: _Draft) -> None:
    draft.add("reset", f"Reset the certificate of the chain {draft.chain}: whatever uses it is cut off")


def _apply(draft: _Draft, desired: Desired, observed: Observed, *, before: str | None) -> None:
    local = observed.local
    spec = local.key_spec
    if desired.managed:
        if local.key is not None:
            raise Conflict(
                f"private_key_path: {_key_spec(local).path} holds a private key, and no certificate of the chain "
                f"{draft.chain} is applied for. The key is not overwritten.",
                hint="Move it away, choose another path, or apply with it by method: csr.",
            )
        key = dataclasses.replace(_key_spec(local), content=Content.NEW, protect=True)
        changes = plan_files([key], local.observed)
        draft.add(
            "apply_with_key",
            f"Apply for the certificate of the chain {draft.chain} with a key of the service, into {key.path}",
            spec=key,
        )
        draft.files(changes)
    else:
        if desired.csr is None and spec is not None and local.key is None:
            key = dataclasses.replace(spec, content=Content.NEW, protect=True)
            draft.add("make_key", f"Make a private key in {key.path}", spec=key)
            draft.files(plan_files([key], local.observed))
        draft.add("apply", f"Apply for the certificate of the chain {draft.chain} with a signing request")
    draft.differ(
        "certificate",
        {"ant_chain_id": draft.chain, "status": before, **_print(observed.current_leaf)},
        {
            "ant_chain_id": draft.chain,
            "status": APPLIED if desired.wait else WAITING,
            "fingerprint_sha256": KNOWN_AFTER_APPLY,
        },
    )


def _print(leaf: ParsedCertificate | None) -> dict[str, str | None]:
    return {"fingerprint_sha256": None if leaf is None else leaf.fingerprint_sha256}


def _deliver(draft: _Draft, desired: Desired, observed: Observed, *, applying: bool) -> None:
    """Waiting, and the files besides a new key."""
    local = observed.local
    pending = applying or not observed.applied or (observed.looked and observed.leaf is None)
    if pending and desired.wait:
        draft.add("wait", "Wait until the certificate can be downloaded, and check that it is of the key")
        if not applying:
            draft.differ("certificate", {"status": WAITING}, {"status": APPLIED})
    specs = tuple(_spec(spec, desired, observed, pending=pending) for spec in local.specs if not _made(draft, spec))
    if pending and not desired.wait:
        specs = tuple(spec for spec in specs if spec.content is Content.KEEP)
    changes = plan_files(specs, local.observed)
    if not changes:
        return
    paths = sorted(change.spec.path for change in changes)
    if any(change.content for change in changes):
        summary = f"Write the files of the chain {draft.chain}: {', '.join(paths)}"
    else:
        summary = f"Correct owner or mode of {', '.join(paths)}"
    draft.add("files", summary, specs=specs, paths=tuple(paths))
    draft.files(changes)


def _made(draft: _Draft, spec: FileSpec) -> bool:
    """Whether another step of the plan writes the key file."""
    return spec.option == KEY and any(step.arguments.get("spec") is not None for step in draft.steps)


def _spec(spec: FileSpec, desired: Desired, observed: Observed, *, pending: bool) -> FileSpec:
    """A file with what is known of its content: kept, to be read, or known from the download."""
    local = observed.local
    content: bytes | Content = Content.LATER
    if spec.option == KEY or (not pending and spec.path in local.fitting):
        content = Content.KEEP
    if spec.option == CERTIFICATE:
        leaf = observed.current_leaf
        if not pending and not observed.looked and leaf is not None and spec.path in local.fitting:
            content = Content.KEEP
        elif not pending and observed.leaf is not None:
            content = observed.leaf_pem
    return dataclasses.replace(spec, content=content)
