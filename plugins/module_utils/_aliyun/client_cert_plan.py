# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""What has to be done about a client certificate of an SSL-VPN server. Pure: no calls, no files, no clock.

Names are not unique, so `assess` says which of several certificates is meant, and `plan` what is to be done. The
lifetime is three years and cannot be extended: a renewal is a new certificate, and the old one stays until somebody
asks for its end, since any deletion cuts the connections of all clients of the server.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.sslvpn import NORMAL, STATUSES, Row
from ansible_collections.cncloud.certificates.plugins.module_utils._clock import rfc3339
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import Conflict, NotFound, ProtocolFailure
from ansible_collections.cncloud.certificates.plugins.module_utils._files import (
    Content,
    FileChange,
    FileSpec,
    Kind,
    ObservedFile,
    files_diff,
    plan_files,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._renewal import RenewalPolicy, renewal_due
from ansible_collections.cncloud.certificates.plugins.module_utils._resource import KNOWN_AFTER_APPLY, Plan, Step

CONFIG = "config_path"
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


@dataclasses.dataclass(frozen=True)
class Desired:
    """The options of one task. `server_id` and `name` may be None if `certificate_id` is given."""

    state: str = "present"
    region: str = ""
    server_id: str | None = None
    name: str | None = None
    certificate_id: str | None = None
    renewal: RenewalPolicy = RenewalPolicy(text="30d", before=datetime.timedelta(days=30))  # noqa: RUF009 - frozen
    force: bool = False
    delete_superseded: bool = False
    wait: bool = True
    wait_timeout: float = 600.0
    wait_interval: float = 5.0


@dataclasses.dataclass(frozen=True)
class LocalFiles:
    """The files that the task asks for, and what is there.

    `specs` have no contents. `id` is what the comment lines say; None: there is none, or they differ. `fitting` are
    the paths of files that belong to the one leaf that is on disk under that id; `with_key` those that hold a private
    key at all. The three facts are of that leaf.
    """

    specs: tuple[FileSpec, ...]
    observed: t.Mapping[str, ObservedFile]
    id: str | None = None
    fitting: frozenset[str] = frozenset()
    with_key: frozenset[str] = frozenset()
    issuer: str | None = None
    serial_number: str | None = None
    fingerprint_sha256: str | None = None


@dataclasses.dataclass(frozen=True)
class Observed:
    """What is there. `rows` are those of exactly this server and name, and the one of `certificate_id` is `named`.

    `owner` is the row of the id that the files on disk name where it is none of these; `local` None: no files.
    """

    server_id: str
    name: str
    rows: tuple[Row, ...] = ()
    named: Row | None = None
    local: LocalFiles | None = None
    owner: Row | None = None

    @property
    def family(self) -> tuple[Row, ...]:
        """All that the task may be about, each id once."""
        rows = self.rows if self.named is None else (*self.rows, self.named)
        return tuple(sorted({row.id: row for row in rows}.values(), key=_lasting))


@dataclasses.dataclass(frozen=True)
class Situation:
    """Which certificates are meant. `why_due` is a sentence, None: the current one need not be renewed."""

    current: Row | None
    why_due: str | None
    why_not_due: str
    superseded: tuple[Row, ...]
    """Older ones of the same name that are due themselves, oldest first. Without the current one."""
    others: tuple[Row, ...]
    """What else has that name: not due, or newer than a certificate that is meant by its id."""

    @property
    def needed(self) -> bool:
        """Whether there has to be a new certificate, whatever `force` says."""
        return self.current is None or self.why_due is not None


def client_token(*, region: str, server_id: str, name: str, listed: t.Iterable[str], dead: t.Iterable[str] = ()) -> str:
    """What makes a creation the same one when it is sent again, by this run or by the next after a crash.

    `listed` are the ids under that name before the call; `dead` what earlier calls with such a token led to in
    vain. Without them present, absent and present again would bring back the id of the deleted certificate.
    """
    said = json.dumps([region, server_id, name, sorted(listed), sorted(dead)], ensure_ascii=True)
    return "cnc-" + hashlib.sha256(said.encode("ascii")).hexdigest()[:48]


def assess(desired: Desired, observed: Observed, now: datetime.datetime) -> Situation:
    """Choose among the rows.

    :raises ProtocolFailure: a status that the service does not document; nothing is concluded from it.
    """
    for row in observed.family:
        if row.status is not None and row.status not in STATUSES:
            raise ProtocolFailure(
                f"Alibaba Cloud shows the certificate {row.id} with status {row.status}, which is not documented.",
                hint="Look at it in the console; nothing is done while its state is unknown.",
            )
    current = _current(desired, observed, now)
    why_due, why_not_due = _due(current, desired=desired, now=now)
    twins = [row for row in observed.family if current is None or row.id != current.id]
    superseded = tuple(
        row
        for row in twins
        if current is not None
        and _lasting(row) < _lasting(current)
        and _due(row, desired=desired, now=now)[0] is not None
    )
    return Situation(
        current=current,
        why_due=why_due,
        why_not_due=why_not_due,
        superseded=superseded,
        others=tuple(row for row in twins if row not in superseded),
    )


def _current(desired: Desired, observed: Observed, now: datetime.datetime) -> Row | None:
    """The one that ends last. A given id holds until it is due, then what replaced it."""
    best = max(observed.rows, key=_lasting, default=None)
    named = observed.named
    if named is None:
        return best
    if _due(named, desired=desired, now=now)[0] is None or best is None or _lasting(best) < _lasting(named):
        return named
    return best


def _lasting(row: Row) -> tuple[bool, datetime.datetime, datetime.datetime, str]:
    """Latest end, then creation, then id. One whose end is not told yet has just been made."""
    return row.ends is None, row.ends or _EPOCH, row.created or _EPOCH, row.id


def _due(row: Row | None, *, desired: Desired, now: datetime.datetime) -> tuple[str | None, str]:
    if row is None:
        return None, ""
    if row.ends is None:
        return None, "It was just created, and the service does not tell its end yet."
    decision = renewal_due(not_before=row.created, not_after=row.ends, now=now, policy=desired.renewal)
    return (decision.reason, "") if decision.due else (None, decision.reason)


def plan(desired: Desired, observed: Observed, now: datetime.datetime) -> Plan:
    """Everything that is to be done, in order.

    :raises NotFound: `certificate_id` does not exist and the state is `present`.
    :raises Conflict: what exists contradicts the task; the message says which option decides it.
    """
    _check_server(desired, observed)
    if desired.state == "absent":
        return _plan_absent(desired, observed)
    if desired.certificate_id is not None and observed.named is None:
        raise NotFound(
            f"There is no SSL-VPN client certificate {desired.certificate_id} in {desired.region}.",
            hint="Leave ssl_vpn_client_cert_id out to have one created for the name.",
        )
    return _plan_present(desired, observed, assess(desired, observed, now))


def _check_server(desired: Desired, observed: Observed) -> None:
    named = observed.named
    if named is not None and desired.server_id not in (None, named.server_id):
        raise Conflict(
            f"The certificate {named.id} belongs to the server {named.server_id}, not to {desired.server_id}.",
            hint="A certificate cannot be moved: have a new one created, by its name.",
        )


class _Draft:
    """Steps and both sides of the diff, collected."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.before: dict[str, t.Any] = {}
        self.after: dict[str, t.Any] = {}

    def add(self, name: str, summary: str, **arguments: t.Any) -> None:
        self.steps.append(Step(name=name, summary=summary, arguments=arguments))

    def differ(self, key: str, before: t.Any, after: t.Any) -> None:
        self.before[key], self.after[key] = before, after

    def plan(self, reason: str) -> Plan:
        return Plan(steps=tuple(self.steps), before=self.before, after=self.after, reason=reason)


def _plan_present(desired: Desired, observed: Observed, situation: Situation) -> Plan:
    current = situation.current
    creating = situation.needed or (desired.force and current is not None and current.status is not None)
    _check_force(desired, observed, situation)
    draft = _Draft()
    if creating:
        _create(draft, desired=desired, observed=observed, situation=situation)
    elif current is not None:
        _settle(draft, current, desired=desired, observed=observed)
    doomed = _doomed(desired, situation, creating=creating)
    ready = _files(draft, desired=desired, observed=observed, situation=situation, creating=creating)
    if ready:
        for row in doomed:
            _end(draft, row, why="superseded")
    return draft.plan(_why(situation, creating=creating))


def _check_force(desired: Desired, observed: Observed, situation: Situation) -> None:
    current, named = situation.current, observed.named
    if desired.force and not situation.needed and current is not None and named is not None and current.id == named.id:
        raise Conflict(
            f"ssl_vpn_client_cert_id asks for {desired.certificate_id}, which is not due, and force for another in "
            "its place.",
            hint="Leave ssl_vpn_client_cert_id out to have a new one created for the name.",
        )


def _why(situation: Situation, *, creating: bool) -> str:
    if not creating:
        return situation.why_not_due
    if situation.current is None:
        return "There is no certificate of that name on the server."
    return situation.why_due or f"A new one is forced. {situation.why_not_due}"


def _create(draft: _Draft, *, desired: Desired, observed: Observed, situation: Situation) -> None:
    if not observed.name:
        raise Conflict(
            f"The certificate {desired.certificate_id} has to be renewed, and it has no name.",
            hint="Give name: the new certificate gets it, and is found by it.",
        )
    current = situation.current
    renewing = "" if current is None else f" to renew {current.id}"
    draft.add("create", f"Create the client certificate {observed.name} of the server {observed.server_id}{renewing}")
    before = None if current is None else shown(current)
    after = {
        "id": KNOWN_AFTER_APPLY,
        "name": observed.name,
        "ssl_vpn_server_id": observed.server_id,
        "status": NORMAL if desired.wait else KNOWN_AFTER_APPLY,
    }
    draft.differ("certificate", before, after)
    if desired.wait:
        draft.add("wait", "Wait until the new certificate can be used", id=None)


def shown(row: Row) -> dict[str, t.Any]:
    """A row in a diff."""
    return {"id": row.id, "name": row.name, "ssl_vpn_server_id": row.server_id, "status": row.status}


def _settle(draft: _Draft, current: Row, *, desired: Desired, observed: Observed) -> None:
    """What is there, brought to what is asked for in place."""
    if current.status is None and desired.wait:
        draft.add("wait", f"Wait until {current.id} can be used", id=current.id)
        draft.differ("status", None, NORMAL)
    if current.id == desired.certificate_id and desired.name is not None and current.name != desired.name:
        draft.add("rename", f"Rename {current.id} from {current.name!r} to {desired.name!r}", to=desired.name)
        draft.differ("name", current.name, desired.name)


def _doomed(desired: Desired, situation: Situation, *, creating: bool) -> tuple[Row, ...]:
    """What `delete_superseded` ends, oldest first.

    :raises Conflict: an older twin is not due itself, so that somebody may be using it.
    """
    if not desired.delete_superseded:
        return ()
    current = situation.current
    superseded = situation.superseded
    alive = [row for row in situation.others if current is None or creating or _lasting(row) < _lasting(current)]
    if creating and current is not None:
        if situation.why_due is not None:
            superseded = (*superseded, current)
        else:
            alive.append(current)
    if alive:
        raise Conflict(
            f"delete_superseded: {len(alive)} older of the same name not due themselves: "
            f"{'; '.join(_listed(row) for row in alive)}. Somebody may be using such a certificate.",
            hint="Delete it by ssl_vpn_client_cert_id and state: absent, or leave delete_superseded out.",
        )
    return superseded


def _end(draft: _Draft, row: Row, *, why: str) -> None:
    draft.add("delete", f"Delete the {why} certificate {row.id} of {row.name}", id=row.id)
    draft.differ(row.id, shown(row), None)


def _listed(row: Row) -> str:
    return f"{row.id} ({row.name}, {row.status or 'new'}, ends {rfc3339(row.ends) or 'unknown'})"


# --- files -------------------------------------------------------------------------------------------------


def _files(draft: _Draft, *, desired: Desired, observed: Observed, situation: Situation, creating: bool) -> bool:
    """The files follow what will be current at the end of this run. Whether they are right by then.

    Planned even when the run does not wait: a key that stands in the way must not cost a certificate first.
    """
    local = observed.local
    row = None if creating else situation.current
    pending = creating or (row is not None and row.status is None)
    if local is not None:
        specs = _specs(local, desired=desired, observed=observed, row=row)
        changes = plan_files(specs, local.observed)
        _check_configuration(local, changes, desired=desired, observed=observed, row=row)
        if changes and (desired.wait or not pending):
            _deliver(draft, specs, changes, certificate_id=None if row is None else row.id)
    return desired.wait or not pending


def _deliver(
    draft: _Draft, specs: tuple[FileSpec, ...], changes: tuple[FileChange, ...], *, certificate_id: str | None
) -> None:
    paths = [change.spec.path for change in changes]
    if any(change.content for change in changes):
        summary = f"Write the files of the certificate {certificate_id or KNOWN_AFTER_APPLY}: {', '.join(paths)}"
    else:
        summary = f"Correct owner or mode of {', '.join(paths)}"
    draft.add("files", summary, id=certificate_id, specs=specs, paths=tuple(sorted(paths)))
    before, after = files_diff(changes)
    draft.differ("files", before, after)


def _specs(local: LocalFiles, *, desired: Desired, observed: Observed, row: Row | None) -> tuple[FileSpec, ...]:
    """Each file with what is known of its content: kept, to be read, or (`row` None) new."""
    on_disk = row is not None and local.id == row.id
    # What belongs to another certificate that exists is certainly not the one to come.
    fresh = Content.NEW if row is None or observed.owner is not None else Content.LATER
    replaceable = may_replace(local, desired=desired, observed=observed)
    return tuple(
        dataclasses.replace(
            spec,
            content=Content.KEEP if on_disk and spec.path in local.fitting else fresh,
            protect=spec.kind is Kind.PRIVATE_KEY and not replaceable,
        )
        for spec in local.specs
    )


def may_replace(local: LocalFiles, *, desired: Desired, observed: Observed) -> bool:
    """Whether keys on disk may go: they are an earlier one of this name, or of a certificate that is gone."""
    return desired.force or (local.id is not None and observed.owner is None)


def _check_configuration(
    local: LocalFiles, changes: tuple[FileChange, ...], *, desired: Desired, observed: Observed, row: Row | None
) -> None:
    """A configuration holds a key too: what is certainly another one is protected like a key's own file."""
    if may_replace(local, desired=desired, observed=observed):
        return
    for change in changes:
        certain = row is None or observed.owner is not None
        if change.spec.option == CONFIG and change.content and certain and change.spec.path in local.with_key:
            raise another_key(change.spec)


def another_key(spec: FileSpec) -> Conflict:
    """The failure for a private key that stands in the way."""
    return Conflict(
        f"{spec.option}: {spec.path} holds another private key, which is not overwritten.",
        hint="Move it away, choose another path, or use force.",
    )


# --- absent ------------------------------------------------------------------------------------------------


def candidates(desired: Desired, observed: Observed) -> tuple[Row, ...]:
    """What `absent` is about: a given id alone, else all of that name."""
    if desired.certificate_id is None:
        return observed.rows
    return () if observed.named is None else (observed.named,)


def _plan_absent(desired: Desired, observed: Observed) -> Plan:
    rows = sorted(candidates(desired, observed), key=_lasting)
    if len(rows) > 1:
        raise Conflict(
            f"The server {observed.server_id} has {len(rows)} certificates of the name {observed.name}: "
            f"{'; '.join(_listed(row) for row in rows)}.",
            hint="Give ssl_vpn_client_cert_id to say which one is meant.",
        )
    if not rows:
        return Plan(reason="There is no such certificate.")
    draft = _Draft()
    _end(draft, rows[0], why="client")
    return draft.plan("It is there. Its deletion cuts the connections of all clients of its server.")
