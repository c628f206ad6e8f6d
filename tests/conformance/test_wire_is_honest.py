# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declared wire fields are the real ones: the services run against the emulator, and what they send and read is
compared with what they declare. Together with the test of the SDKs' models, every field on the wire is proven.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cncloud.certificates.plugins.module_utils._clock import PACE_VARIABLE, clock_for
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import Entry, execute
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei import answer as huawei_answer
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei import cert_info as huawei_cert_info
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei import dns_record as huawei_dns_record
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei import domain_cert
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent import answer as tencent_answer
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent import cert_info as tencent_cert_info
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent import dns_record, free_cert
from ansible_collections.cncloud.certificates.plugins.module_utils._wire import Wire
from ansible_collections.cncloud.certificates.tests.conformance.test_wire_fields import CLIENTS
from ansible_collections.cncloud.certificates.tests.emulator.process import EmulatorProcess

PACE = 200
GATEWAY = "i-emulator"
DOMAIN = "api.example.com"

# What every answer of a cloud has is not declared for each operation.
ENVELOPE = {"Response", "RequestId", "Error", "error_code", "error_msg", "request_id"}
# Needed where a deletion was turned into a task by the cloud on its own account, which nothing makes the emulator do.
NOT_REACHED = {"DescribeDeleteCertificatesTaskResult"}
# The project is part of every path; the SDKs take it from the credential, not from a request.
FROM_CREDENTIAL = {"project_id"}

Paths = dict[str, set[str]]


def steps(path: str) -> Iterator[str]:
    """A path and what leads to it: ``a``, ``a.b[]`` and ``a.b[].c`` of the last."""
    parts = path.split(".")
    yield from (".".join(parts[:end]) for end in range(1, len(parts) + 1))


def plain(path: str) -> str:
    """A path without the ``[]`` of a list at its end, which may be written or not."""
    return path.removesuffix("[]")


@dataclass(frozen=True)
class Read:
    """Operation -> paths that were asked for in its answers, those that were there and those that were not."""

    there: Paths = field(default_factory=lambda: defaultdict(set))
    absent: Paths = field(default_factory=lambda: defaultdict(set))


class Recorded(dict[str, Any]):
    """An object of an answer that notes which of its members are asked for, and whether they are there."""

    def __init__(self, value: Mapping[str, Any], note: Callable[[str, bool], None]) -> None:
        super().__init__(value)
        self._note = note

    def get(self, key: str, default: Any = None) -> Any:
        self._note(key, key in self)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self._note(key, key in self)
        return super().__getitem__(key)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    seen = Read()

    def recording(init: Callable[..., None]) -> Callable[..., None]:
        def replacement(self: Any, value: Mapping[str, Any], *, operation: str, path: str = "") -> None:
            def note(name: str, there: bool) -> None:
                if path or name not in ENVELOPE:
                    (seen.there if there else seen.absent)[operation].add(path + name)

            init(self, Recorded(value, note), operation=operation, path=path)

        return replacement

    for module in (huawei_answer, tencent_answer):
        monkeypatch.setattr(module.Fields, "__init__", recording(module.Fields.__init__))
    return seen


def sent(log: list[dict[str, Any]]) -> Paths:
    """Operation -> paths of the fields that its requests had, from the emulator's log."""
    paths: Paths = defaultdict(set)
    for call in log:
        request = dict(call["request"])
        flat = {**request.pop("query", {}), **request.pop("body", {}), **request}
        paths[call["operation"]] |= {path for path in _paths(flat) if path not in FROM_CREDENTIAL}
    return paths


def _paths(value: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, member in value.items():
        items = [item for item in member if isinstance(item, dict)] if isinstance(member, list) else []
        if isinstance(member, dict):
            yield from _paths(member, f"{prefix}{name}.")
        elif items:
            for item in items:
                yield from _paths(item, f"{prefix}{name}[].")
        else:
            yield prefix + name


class Play:
    """Runs services one after the other, as tasks of a play would."""

    def __init__(self, emulator: EmulatorProcess, folder: Path) -> None:
        self.emulator = emulator
        self.folder = folder
        self._environ = {
            PACE_VARIABLE: str(PACE),
            "HOME": str(folder),
            "TENCENTCLOUD_SECRET_ID": emulator.info["credentials"]["tencent"][0]["key_id"],
            "TENCENTCLOUD_SECRET_KEY": emulator.info["credentials"]["tencent"][0]["secret"],
        }
        self._huawei = emulator.info["credentials"]["huawei"][0]

    def task(self, entry: Entry, **arguments: Any) -> dict[str, Any]:
        given = {"endpoint": self.emulator.endpoint, **arguments}
        validated = ArgumentSpecValidator(entry.argument_spec, **entry.constraints()).validate(given)
        assert not validated.error_messages
        context = Context(
            environ=self._environ,
            base_dir=str(self.folder),
            clock=clock_for(endpoint=self.emulator.endpoint, environ=self._environ),
        )
        result = execute(entry, validated.validated_parameters, context)
        assert not result.get("failed"), result
        return result

    def tencent(self, entry: Entry, **arguments: Any) -> dict[str, Any]:
        return self.task(entry, **arguments)

    def huawei(self, entry: Entry, **arguments: Any) -> dict[str, Any]:
        project = {} if "region" in arguments else {"project_id": self._huawei["project_id"]}
        keys = {"access_key": self._huawei["key_id"], "secret_key": self._huawei["secret"]}
        return self.task(entry, **keys, **project, **arguments)

    def gateway(self, entry: Entry, **arguments: Any) -> dict[str, Any]:
        return self.huawei(entry, **{"instance_id": GATEWAY, **arguments})

    def publish(self, challenge: list[dict[str, Any]], *, state: str = "present") -> None:
        for proof in challenge:
            record = {name: proof[name] for name in ("zone", "name", "type", "value")}
            self.tencent(dns_record.ENTRY, **record, state=state)

    def material(self, name: str) -> dict[str, str]:
        """File options whose files are in a folder of that name."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return {"fullchain_path": str(folder / "fullchain.pem"), "private_key_path": str(folder / "key.pem")}

    def bind(self, folder: str, **more: Any) -> dict[str, Any]:
        files = self.material(folder)
        return self.gateway(
            domain_cert.ENTRY,
            group="demo",
            domain=DOMAIN,
            certificate_path=files["fullchain_path"],
            private_key_path=files["private_key_path"],
            **more,
        )


@pytest.fixture(scope="module")
def fast_emulator() -> Iterator[EmulatorProcess]:
    with EmulatorProcess(pace=PACE) as process:
        yield process


def life(play: Play) -> None:
    """Every way through the services that changes which fields are sent or read."""
    emulator = play.emulator
    place = {"domain": DOMAIN, "dv_auth_method": "dns", "alias": "gateway", "contact_email": "admin@example.com"}
    place |= {"contact_phone": "13800138000", "package_type": "83", "key_algorithm": "ecc"}
    # No check of its own accord, so that one has to be asked for.
    emulator.control("POST", "/settings/tencent", {"check_delay": 86400})
    first = play.tencent(free_cert.ENTRY, **place, project_id=0, validity_period=3, wait=False)
    assert first["changed"]
    for _unused in range(100):
        if first["challenge"]:
            break
        first = play.tencent(free_cert.ENTRY, **place, wait=False)
    play.publish(first["challenge"])
    play.publish(first["challenge"])
    issued = play.tencent(free_cert.ENTRY, **place, **play.material("first"))
    emulator.control("POST", "/settings/tencent", {"check_delay": 10})
    play.publish(first["challenge"], state="absent")
    identity = issued["certificate"]["id"]
    play.tencent(free_cert.ENTRY, **{**place, "alias": "renamed"}, project_id=5)
    play.tencent(tencent_cert_info.ENTRY, domain=DOMAIN)
    play.tencent(tencent_cert_info.ENTRY, certificate_id=identity)

    # Zones that are found, and record sets that are made, written with one more value and with one less, and deleted.
    proof = {"name": "_proof.huawei.example.org", "type": "TXT"}
    play.tencent(dns_record.ENTRY, name="_proof.example.com", type="TXT", value="first", state="absent")
    for value, state in (("first", "present"), ("second", "present"), ("first", "absent"), ("second", "absent")):
        assert play.huawei(huawei_dns_record.ENTRY, **proof, value=value, state=state)["changed"]

    emulator.control("POST", "/huawei/domains", {"domain": DOMAIN})
    assert play.bind("first")["changed"]
    assert not play.bind("first")["changed"]
    play.gateway(huawei_cert_info.ENTRY, with_bindings=True, with_details=True)
    play.gateway(huawei_cert_info.ENTRY, group="demo")
    play.gateway(
        huawei_cert_info.ENTRY, name="api", common_name=DOMAIN, region="cn-north-4", iam_endpoint=emulator.endpoint
    )

    emulator.control("POST", f"/certificates/{identity}/age", {"days_left": 10})
    auto = {**place, "alias": "renamed", "dv_auth_method": "dns_auto", "delete_dns_auto_record": True}
    renewed = play.tencent(free_cert.ENTRY, **auto, **play.material("second"))
    assert renewed["certificate"]["id"] != identity
    assert play.bind("second")["changed"]
    # An order that is less than an hour old is never replaced, not even with force.
    emulator.control("POST", f"/certificates/{renewed['certificate']['id']}/age", {"ordered_hours_ago": 2})
    play.tencent(free_cert.ENTRY, **auto, force=True, **play.material("third"))
    assert play.bind("third", replace="attach_new", name="third_one")["changed"]
    ca = emulator.control("GET", "/ca")["bundle"]
    play.bind("third", trusted_root_ca=ca, verified_client_certificate_enabled=True)
    assert play.bind("third", state="absent")["changed"]

    # A gateway from before there were certificate objects.
    emulator.control("POST", "/huawei/instances", {"id": "i-old", "ssl_objects": False})
    emulator.control("POST", "/huawei/groups", {"name": "demo", "instance_id": "i-old"})
    emulator.control("POST", "/huawei/domains", {"domain": DOMAIN, "instance_id": "i-old", "group": "demo"})
    assert play.bind("third", instance_id="i-old")["changed"]
    assert not play.bind("third", instance_id="i-old")["changed"]
    assert play.bind("third", instance_id="i-old", state="absent")["changed"]

    order = play.tencent(free_cert.ENTRY, domain="other.example.com", dv_auth_method="file", wait=False)
    gone = {"certificate_id": order["certificate"]["id"], "state": "absent"}
    assert play.tencent(free_cert.ENTRY, **gone)["changed"]
    emulator.control("POST", f"/certificates/{gone['certificate_id']}/age", {"ordered_hours_ago": 2})
    assert play.tencent(free_cert.ENTRY, **gone)["changed"]
    revoked = play.tencent(free_cert.ENTRY, certificate_id=identity, state="absent", revoke=True)
    assert revoked["challenge"]
    assert play.tencent(free_cert.ENTRY, certificate_id=identity, state="absent", revoke=True)["challenge"]


def declared_paths(wire: Mapping[str, Wire], operation: str, kind: str) -> set[str]:
    """What is declared for an operation, and the objects and lists on the way there; nothing where it is not."""
    paths: tuple[str, ...] = getattr(wire[operation], kind) if operation in wire else ()
    return {plain(step) for path in paths for step in steps(path)}


def test_the_services_send_and_read_what_they_declare(
    fast_emulator: EmulatorProcess, read: Read, tmp_path: Path
) -> None:
    life(Play(fast_emulator, tmp_path))
    log = sent(fast_emulator.log())
    seen_operations = set(log)
    for client in CLIENTS:
        wire = client.wire()
        # Rows of two operations may have one reader: what an answer does not have need not be declared for it, but for
        # one of the others. A misspelt name is declared nowhere.
        somewhere = {path.rpartition(".")[2] for name in wire for path in declared_paths(wire, name, "reads")}
        for operation in wire:
            assert log[operation] - declared_paths(wire, operation, "sends") == set(), operation
            assert {plain(path) for path in read.there[operation]} - declared_paths(wire, operation, "reads") == set()
            assert {path.rpartition(".")[2] for path in read.absent[operation]} - somewhere == set(), operation
    declared = {operation for client in CLIENTS for operation in client.wire()}
    assert seen_operations - declared == set(), "sent, but not declared"
    # A test that saw little would prove little.
    assert declared - seen_operations == NOT_REACHED
