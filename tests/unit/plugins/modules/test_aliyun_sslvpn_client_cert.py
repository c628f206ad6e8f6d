# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""aliyun_sslvpn_client_cert call by call: exactly the calls that are listed, and what is left on disk."""

from __future__ import annotations

import datetime
import json
import os
import stat
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import client as client_module
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import client_cert_info
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client_cert import ENTRY
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client_cert_plan import client_token
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import Entry, execute
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import NetworkFailure, Ran
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Replay
from ansible_collections.cncloud.certificates.tests.unit.authority import Issued, issue, key_pem, make_key
from ansible_collections.cncloud.certificates.tests.unit.doubles import START, FixedRandomness
from ansible_collections.cncloud.certificates.tests.unit.plugins.module_utils._aliyun.scripted import (
    ACCESS_KEY_ID,
    ACCESS_KEY_SECRET,
    ENDPOINT,
    Exchange,
    Script,
    context,
    refused,
)

REGION, SERVER, GATEWAY, NAME = "cn-hangzhou", "vss-1", "vpn-1", "ops"
LIST, CREATE, KEY_CALL = "DescribeSslVpnClientCerts", "CreateSslVpnClientCert", "DescribeSslVpnClientCert"
RENAME, DELETE = "ModifySslVpnClientCert", "DeleteSslVpnClientCert"
BUSY, MISMATCH = "VpnGateway.Configuring", "IdempotentParameterMismatch"
LOST = NetworkFailure("The connection broke.", retryable=True, ran=Ran.UNKNOWN)
CONFIG_TEXT = "client\r\nremote 192.0.2.1 1194\r\nca ca.crt\r\ncert x.crt\r\nkey x.key\r\nverb 3\r\n"


def milliseconds(moment: datetime.datetime) -> int:
    return int(moment.timestamp() * 1000)


def wire(id: str, days: float = 400, **members: t.Any) -> dict[str, t.Any]:
    """A certificate as the list shows it."""
    ends = START + datetime.timedelta(days=days)
    return {
        "SslVpnClientCertId": id,
        "Name": NAME,
        "SslVpnServerId": SERVER,
        "Status": "normal",
        "CreateTime": milliseconds(ends - datetime.timedelta(days=1095)),
        "EndTime": milliseconds(ends),
        "RegionId": REGION,
        **members,
    }


def paged(*rows: dict[str, t.Any], page: int = 1, total: int | None = None, **filters: str) -> Exchange:
    sends = {"RegionId": REGION, "PageNumber": str(page), "PageSize": "50", **filters}
    keys = {"SslVpnClientCertKey": list(rows)} if rows else {}
    answer = {"TotalCount": len(rows) if total is None else total, "SslVpnClientCertKeys": keys}
    return Exchange(LIST, sends=sends, answer=answer)


def listed(*rows: dict[str, t.Any]) -> Exchange:
    """The list by server and name."""
    return paged(*rows, SslVpnServerId=SERVER, Name=NAME)


def one(id: str, *rows: dict[str, t.Any]) -> Exchange:
    """The list by id."""
    return paged(*rows, SslVpnClientCertId=id)


def servers(*, found: bool = True) -> Exchange:
    rows = [{"SslVpnServerId": SERVER, "VpnGatewayId": GATEWAY}] if found else []
    sends = {"RegionId": REGION, "SslVpnServerId": SERVER}
    return Exchange("DescribeSslVpnServers", sends=sends, answer={"SslVpnServers": {"SslVpnServer": rows}})


def gateway(status: str = "active") -> Exchange:
    sends = {"RegionId": REGION, "VpnGatewayId": GATEWAY}
    return Exchange("DescribeVpnGateway", sends=sends, answer={"Status": status})


def token(*listed_before: str, dead: t.Sequence[str] = ()) -> str:
    return client_token(region=REGION, server_id=SERVER, name=NAME, listed=listed_before, dead=dead)


def creation(said: str) -> dict[str, str]:
    return {"RegionId": REGION, "SslVpnServerId": SERVER, "Name": NAME, "ClientToken": said}


def created(id: str, said: str) -> Exchange:
    return Exchange(CREATE, sends=creation(said), answer={"SslVpnClientCertId": id})


def deleted(id: str, number: int) -> Exchange:
    sends = {"RegionId": REGION, "SslVpnClientCertId": id, "ClientToken": f"cnc-{number:048x}"}
    return Exchange(DELETE, sends=sends)


def with_key(id: str, issued: Issued, **members: t.Any) -> Exchange:
    answer = {
        **wire(id),
        "CaCert": issued.chain_pem,
        "ClientCert": f"Certificate:\n    Data:\n{issued.leaf_pem}",
        "ClientKey": issued.key_pem,
        "ClientConfig": CONFIG_TEXT,
        **members,
    }
    return Exchange(KEY_CALL, sends={"RegionId": REGION, "SslVpnClientCertId": id}, answer=answer)


class Tokens(FixedRandomness):
    """Counts client tokens apart from the nonces of signatures, which are shorter."""

    def __init__(self) -> None:
        super().__init__()
        self._tokens = 0

    def token_hex(self, nbytes: int) -> str:
        if nbytes != 24:
            return super().token_hex(nbytes)
        self._tokens += 1
        return f"{self._tokens:048x}"


class Stage:
    """Runs a module against a script and keeps what it masked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self._monkeypatch = monkeypatch
        self.folder = folder
        self.masked: list[str] = []
        self.slept: list[float] = []
        self.script = Script([])

    def run(
        self, *exchanges: Exchange, check: bool = False, entry: Entry = ENTRY, **options: t.Any
    ) -> dict[str, t.Any]:
        given = {
            "endpoint": ENDPOINT,
            "access_key_id": ACCESS_KEY_ID,
            "access_key_secret": ACCESS_KEY_SECRET,
            "region": REGION,
            **options,
        }
        if entry is ENTRY and "ssl_vpn_client_cert_id" not in given:
            given = {"ssl_vpn_server_id": SERVER, "name": NAME, **given}
        checked = ArgumentSpecValidator(entry.argument_spec, **entry.constraints()).validate(given)
        assert not checked.error_messages, checked.error_messages
        self.script = Script(exchanges)
        self._monkeypatch.setattr(client_module, "Transport", self.script)
        surroundings = context(check_mode=check, home=str(self.folder))
        surroundings.mask, surroundings.randomness = self.masked.append, Tokens()
        result = execute(entry, checked.validated_parameters, surroundings)
        self.slept = surroundings.clock.sleeps  # type: ignore[attr-defined]  # it is a FakeClock
        self.script.done()
        shown = json.dumps(result)
        assert "PRIVATE KEY" not in shown
        assert ACCESS_KEY_SECRET not in shown
        return result

    def change(self, *exchanges: Exchange, **options: t.Any) -> dict[str, t.Any]:
        """A run that does something: everything before the first change is read twice, around the lock."""
        result = self.run(*exchanges, **options)
        assert not result.get("failed"), result
        assert result["changed"] is True
        return result

    def fail(self, *exchanges: Exchange, kind: str, **options: t.Any) -> dict[str, t.Any]:
        result = self.run(*exchanges, **options)
        assert result.get("failed"), result
        assert result["error"]["kind"] == kind, result["msg"]
        return result

    @property
    def files(self) -> dict[str, t.Any]:
        names = {"config_path": "c.ovpn", "certificate_path": "c.crt", "private_key_path": "c.key", "ca_path": "ca.crt"}
        return {option: str(self.folder / name) for option, name in names.items()}

    def text(self, name: str) -> str:
        return (self.folder / name).read_text()


@pytest.fixture(name="stage")
def _stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stage:
    return Stage(monkeypatch, tmp_path)


@pytest.fixture(name="issued", scope="module")
def _issued() -> Issued:
    return issue("client", san=False)


# --- nothing to do, and a creation -------------------------------------------------------------------------


@pytest.mark.parametrize("check", [True, False])
def test_nothing_to_do_is_one_list_call(stage: Stage, check: bool) -> None:
    result = stage.run(listed(wire("a")), check=check)
    assert (result["changed"], result["actions"], result["diff"]) == (False, [], {"before": {}, "after": {}})
    assert (result["certificate"]["id"], result["certificate"]["days_left"]) == ("a", 400)
    assert (result["superseded"], result["ignored"], result["files"]) == ([], [], [])
    assert os.listdir(stage.folder) == []


def test_create_write_and_find_it_as_it_should_be(stage: Stage, issued: Issued) -> None:
    predicted = stage.run(listed(), servers(), check=True, **stage.files)
    assert not os.listdir(stage.folder)
    real = stage.change(
        listed(),
        servers(),
        listed(),
        created("new", token()),
        one("new"),
        one("new", wire("new", Status="")),
        one("new", wire("new")),
        with_key("new", issued),
        **stage.files,
    )
    assert stage.slept == [3.0, 5.0]
    for key in ("changed", "actions", "diff", "files", "reason", "superseded", "ignored"):
        assert predicted[key] == real[key], key
    assert predicted.keys() == real.keys()
    assert predicted["certificate"].keys() == real["certificate"].keys()
    assert (real["certificate"]["id"], real["certificate"]["fingerprint_sha256"]) == ("new", print_of(issued))
    assert issued.key_pem in stage.masked
    assert stage.text("c.crt") == f"# cncloud: new\n{issued.leaf_pem}"
    assert stage.text("ca.crt") == issued.chain_pem
    assert stage.text("c.key") == issued.key_pem
    inline = f"<ca>\n{issued.chain_pem}</ca>\n<cert>\n{issued.leaf_pem}</cert>\n<key>\n{issued.key_pem}</key>\n"
    assert stage.text("c.ovpn") == f"# cncloud: new\nclient\nremote 192.0.2.1 1194\nverb 3\n{inline}"
    modes = {name: stat.S_IMODE((stage.folder / name).stat().st_mode) for name in ("c.ovpn", "c.key", "c.crt")}
    assert modes == {"c.ovpn": 0o600, "c.key": 0o600, "c.crt": 0o644}
    for check in (True, False):
        again = stage.run(listed(wire("new")), check=check, **stage.files)
        assert again["changed"] is False, again["diff"]
        assert again["certificate"]["fingerprint_sha256"] == print_of(issued)


def print_of(issued: Issued) -> str:
    from cryptography.hazmat.primitives import hashes

    return issued.leaf.fingerprint(hashes.SHA256()).hex()


LOCKED = (listed(), servers(), listed())


def test_busy_gateway_is_asked_again_with_the_same_token(stage: Stage) -> None:
    refusals = [refused(CREATE, BUSY, sends=creation(token())) for _unused in range(2)]
    result = stage.change(*LOCKED, *refusals, created("new", token()), one("new", wire("new")))
    assert result["certificate"]["id"] == "new"
    assert stage.slept == [5.0, 5.0]
    assert stage.script.replays()[CREATE] is Replay.TOKEN


def test_gateway_that_stays_busy_is_a_time_out(stage: Stage) -> None:
    result = stage.fail(*LOCKED, *[refused(CREATE, BUSY) for _unused in range(3)], kind="timeout", wait_timeout=10)
    assert BUSY in result["msg"]
    assert result["changed"] is False


def test_lost_answer_says_that_the_next_run_goes_on(stage: Stage) -> None:
    result = stage.fail(*LOCKED, Exchange(CREATE, answer=LOST), kind="network")
    assert "same token" in result["msg"]


NEVER_LISTED = [one("dead")] * 41


def test_remembered_token_of_a_deleted_certificate_costs_another_call(stage: Stage) -> None:
    stage.change(
        *LOCKED,
        created("dead", token()),
        *NEVER_LISTED,
        created("new", token(dead=["dead"])),
        one("new", wire("new")),
    )
    assert sum(stage.slept) == 120


def test_remembered_token_of_a_renamed_certificate_is_seen_at_once(stage: Stage) -> None:
    stage.change(
        *LOCKED,
        created("renamed", token()),
        one("renamed", wire("renamed", Name="other")),
        created("new", token(dead=["renamed"])),
        one("new", wire("new")),
    )
    assert stage.slept == []


def test_mismatch_counts_as_a_dead_id_and_three_calls_are_the_end(stage: Stage) -> None:
    result = stage.fail(
        *LOCKED,
        refused(CREATE, MISMATCH, sends=creation(token())),
        created("dead", token(dead=[MISMATCH])),
        *NEVER_LISTED,
        refused(CREATE, MISMATCH, sends=creation(token(dead=[MISMATCH, "dead"]))),
        kind="conflict",
    )
    assert "3 calls" in result["msg"]


def test_id_that_was_listed_before_is_no_new_certificate(stage: Stage) -> None:
    due = wire("due", 10)
    stage.change(
        *(listed(due), servers(), listed(due)),
        created("due", token("due")),
        created("new", token("due", dead=["due"])),
        one("new", wire("new")),
    )


def test_wait_that_runs_out_names_the_certificate(stage: Stage) -> None:
    starting = one("new", wire("new", Status=None))
    result = stage.fail(*LOCKED, created("new", token()), *[starting] * 3, kind="timeout", wait_timeout=10)
    assert result["certificate"]["id"] == "new"
    assert result["changed"] is True


def test_without_waiting_files_are_left_to_the_next_run(stage: Stage, issued: Issued) -> None:
    starting = wire("new", Status="", EndTime=0)
    first = stage.change(*LOCKED, created("new", token()), one("new", starting), wait=False, **stage.files)
    assert (first["files"], os.listdir(stage.folder)) == ([], [".cache"])
    assert stage.run(listed(starting), wait=False, **stage.files)["changed"] is False
    stage.change(listed(wire("new")), servers(), listed(wire("new")), with_key("new", issued), **stage.files)
    assert stage.text("c.crt").startswith("# cncloud: new\n")


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("Forbbiden.SubUser", 403, "permission"),
        ("Forbidden", 403, "permission"),
        ("Resource.QuotaFull", 400, "quota"),
        ("VpnGateway.FinancialLocked", 400, "permission"),
        ("InvalidName", 400, "invalid"),
        ("InvalidRegionId.NotFound", 404, "invalid"),
        ("InvalidSslVpnServerId.NotFound", 404, "not_found"),
        ("Throttling.User", 400, "throttled"),
        ("SignatureDoesNotMatch", 400, "auth"),
    ],
)
def test_refused_creation(stage: Stage, code: str, status: int, kind: str) -> None:
    result = stage.fail(*LOCKED, refused(CREATE, code, status=status), kind=kind)
    assert result["error"]["code"] == code


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("Forbidden", 403, "permission"),
        ("Forbbiden.SubUser", 403, "permission"),
        ("InvalidAccessKeyId.NotFound", 404, "auth"),
        ("InvalidRegionId.NotFound", 404, "invalid"),
        ("InvalidInstanceId.NotFound", 404, "invalid"),
        ("InternalError", 500, "unavailable"),
    ],
)
@pytest.mark.parametrize("state", ["present", "absent"])
def test_list_that_is_refused_never_means_absent(stage: Stage, code: str, status: int, kind: str, state: str) -> None:
    stage.fail(refused(LIST, code, status=status), kind=kind, state=state)


def test_server_that_does_not_exist_is_said_in_check_mode_too(stage: Stage) -> None:
    for check in (True, False):
        stage.fail(listed(), servers(found=False), kind="not_found", check=check)
        said = refused("DescribeSslVpnServers", "InvalidSslVpnServerId.NotFound", status=404)
        assert "There is no SSL-VPN server" in stage.fail(listed(), said, kind="not_found", check=check)["msg"]


# --- listings ----------------------------------------------------------------------------------------------

FILTERS: dict[str, t.Any] = {"SslVpnServerId": SERVER, "Name": NAME}


def test_pages_are_read_until_they_add_up_and_only_the_exact_name_counts(stage: Stage) -> None:
    others = [wire(f"o{number}", Name="ops-2") for number in range(50)]
    result = stage.run(paged(*others, total=51, **FILTERS), paged(wire("a"), page=2, total=51, **FILTERS))
    assert result["certificate"]["id"] == "a"
    assert result["ignored"] == []


@pytest.mark.parametrize("state", ["present", "absent"])
def test_list_that_does_not_add_up_proves_nothing(stage: Stage, state: str) -> None:
    short = [paged(wire("a", Name="x"), total=3, **FILTERS), paged(page=2, total=3, **FILTERS)]
    stage.fail(*short, *short, kind="protocol", state=state)


@pytest.mark.parametrize(
    "answer",
    [
        {"TotalCount": 1, "SslVpnClientCertKeys": {"SslVpnClientCertKey": [{"Name": NAME}]}},
        {"TotalCount": 1, "SslVpnClientCertKeys": []},
        {"TotalCount": "many"},
        {"SslVpnClientCertKeys": {}},
        {"TotalCount": 1, "SslVpnClientCertKeys": {"SslVpnClientCertKey": [wire("a", EndTime="soon")]}},
        b"<html>",
    ],
)
def test_malformed_list(stage: Stage, answer: t.Any) -> None:
    stage.fail(Exchange(LIST, answer=answer), kind="protocol")


# --- renewals ----------------------------------------------------------------------------------------------


def deliver(stage: Stage, issued: Issued, id: str = "a") -> None:
    row = listed(wire(id))
    stage.change(row, servers(), row, with_key(id, issued), **stage.files)


def test_renewal_leaves_the_old_one_and_replaces_its_files(stage: Stage, issued: Issued) -> None:
    deliver(stage, issued, "old")
    due = wire("old", 10)
    new = issue("client", key_tag="renewed", san=False)
    result = stage.change(
        *(listed(due), servers(), listed(due)),
        created("new", token("old")),
        one("new", wire("new", 1095)),
        with_key("new", new),
        **stage.files,
    )
    assert stage.text("c.key") == new.key_pem
    assert new.key_pem in stage.text("c.ovpn")
    assert issued.key_pem not in stage.text("c.ovpn")
    assert [row["id"] for row in result["superseded"]] == ["old"]


def test_superseded_ones_go_after_the_files_each_when_the_gateway_is_at_rest(stage: Stage, issued: Issued) -> None:
    rows = listed(wire("new", 1000), wire("old", 10), wire("older", -5, Status="expired"))
    result = stage.change(
        *(rows, servers(), rows),
        with_key("new", issued),
        *(gateway("updating"), gateway()),
        deleted("older", 1),
        *(one("older", wire("older", -5)), one("older"), gateway("updating"), gateway()),
        gateway(),
        refused(DELETE, BUSY, sends=deleted("old", 2).sends),
        deleted("old", 2),
        *(one("old"), gateway()),
        delete_superseded=True,
        config_path=stage.files["config_path"],
    )
    assert [action.partition(" ")[0] for action in result["actions"]] == ["Write", "Delete", "Delete"]
    assert result["superseded"] == []
    assert stage.script.replays()[DELETE] is Replay.TOKEN


def test_file_that_cannot_be_written_keeps_the_superseded_one(stage: Stage, issued: Issued) -> None:
    rows = listed(wire("new", 1000), wire("old", 10))
    other = with_key("new", issued, ClientKey=key_pem(make_key(tag="not-its")))
    stage.fail(
        *(rows, servers(), rows, other),
        kind="protocol",
        delete_superseded=True,
        config_path=stage.files["config_path"],
    )


# --- files -------------------------------------------------------------------------------------------------


def test_strangers_configuration_is_not_overwritten(stage: Stage, issued: Issued) -> None:
    stranger = key_pem(make_key(tag="stranger"))
    (stage.folder / "c.ovpn").write_text(f"client\n<key>\n{stranger}</key>\n")
    config: dict[str, t.Any] = {"config_path": stage.files["config_path"]}
    stage.fail(listed(), kind="conflict", **config)
    row = listed(wire("a"))
    stage.fail(row, servers(), row, with_key("a", issued), kind="conflict", **config)
    assert stranger in stage.text("c.ovpn")


def test_configuration_of_another_certificate_that_exists_is_not_overwritten(stage: Stage, issued: Issued) -> None:
    deliver(stage, issued, "anns")
    stage.fail(listed(wire("a")), one("anns", wire("anns", Name="ann")), kind="conflict", **stage.files)
    row, gone = listed(wire("a")), one("anns")
    new = issue("client", key_tag="renewed", san=False)
    stage.change(row, gone, servers(), row, gone, with_key("a", new), **stage.files)
    assert stage.text("c.key") == new.key_pem


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("c.ovpn", lambda text: text.replace("<ca>", "<extra>").replace("</ca>", "</extra>")),
        ("c.ovpn", lambda text: text.replace("verb 3\n", "verb 3\nkey other.key\n")),
        ("c.ovpn", lambda text: text.replace("# cncloud: a\n", "")),
        ("c.ovpn", lambda text: text[:-20]),
        ("c.crt", lambda _text: ""),
        ("ca.crt", lambda _text: "nothing\n"),
        ("c.key", lambda _text: ""),
    ],
)
def test_spoilt_file_is_written_again(stage: Stage, issued: Issued, name: str, spoil: t.Callable[[str], str]) -> None:
    deliver(stage, issued)
    right = stage.text(name)
    (stage.folder / name).write_text(spoil(right))
    row = listed(wire("a"))
    predicted = stage.run(row, servers(), check=True, **stage.files)
    real = stage.change(row, servers(), row, with_key("a", issued), **stage.files)
    assert predicted["diff"] == real["diff"]
    assert stage.text(name) == right
    assert stage.run(row, **stage.files)["changed"] is False


def test_lines_of_ones_own_in_a_configuration_stay(stage: Stage, issued: Issued) -> None:
    deliver(stage, issued)
    (stage.folder / "c.ovpn").write_text(stage.text("c.ovpn").replace("verb 3\n", "verb 4\nroute-nopull\n"))
    assert stage.run(listed(wire("a")), **stage.files)["changed"] is False


def test_wrong_mode_is_corrected_without_the_key(stage: Stage, issued: Issued) -> None:
    deliver(stage, issued)
    (stage.folder / "c.ovpn").chmod(0o644)
    row = listed(wire("a"))
    stage.change(row, servers(), row, **stage.files)
    assert stat.S_IMODE((stage.folder / "c.ovpn").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "members",
    [
        {"ClientConfig": "client\ntls-auth ta.key 1\n"},
        {"ClientConfig": "client\n<ca>\n"},
        {"ClientConfig": None},
        {"CaCert": "no certificate"},
        {"ClientCert": "no certificate"},
    ],
)
def test_material_that_is_not_whole_writes_nothing(stage: Stage, issued: Issued, members: dict[str, t.Any]) -> None:
    row = listed(wire("a"))
    stage.fail(row, servers(), row, with_key("a", issued, **members), kind="protocol", **stage.files)
    assert set(os.listdir(stage.folder)) == {".cache"}


def test_record_that_is_still_empty_is_looked_at_again(stage: Stage, issued: Issued) -> None:
    row = listed(wire("a"))
    blank = Exchange(KEY_CALL, answer={"SslVpnClientCertId": ""})
    missing = refused(KEY_CALL, "InvalidInstanceId.NotFound", status=404)
    stage.change(row, servers(), row, blank, missing, with_key("a", issued), **stage.files)
    assert stage.slept == [3.0, 3.0]
    for name in os.listdir(stage.folder):
        if name != ".cache":
            (stage.folder / name).unlink()
    stage.fail(row, servers(), row, *[blank] * 11, kind="protocol", **stage.files)
    stage.fail(row, servers(), row, refused(KEY_CALL, "Forbidden", status=403), kind="permission", **stage.files)


# --- by id, and absent -------------------------------------------------------------------------------------


def test_rename_by_id(stage: Stage) -> None:
    named = one("a", wire("a", Name="before"))
    sends = {"RegionId": REGION, "SslVpnClientCertId": "a", "Name": NAME, "ClientToken": f"cnc-{1:048x}"}
    options: dict[str, t.Any] = {"ssl_vpn_client_cert_id": "a", "name": NAME}
    predicted = stage.run(named, servers(), check=True, **options)
    renaming = Exchange(RENAME, sends=sends)
    real = stage.change(named, servers(), named, renaming, **options)
    assert predicted["certificate"] == real["certificate"]
    assert real["certificate"]["name"] == NAME
    assert stage.run(one("a", wire("a")), **options)["changed"] is False


def test_id_that_does_not_exist(stage: Stage) -> None:
    stage.fail(one("a"), kind="not_found", ssl_vpn_client_cert_id="a")
    assert stage.run(one("a"), ssl_vpn_client_cert_id="a", state="absent")["changed"] is False


def test_id_that_is_due_is_followed_to_what_replaced_it(stage: Stage) -> None:
    due = wire("due", 10)
    result = stage.run(one("due", due), listed(due, wire("next")), ssl_vpn_client_cert_id="due")
    assert (result["changed"], result["certificate"]["id"]) == (False, "next")


def test_absent_waits_until_the_gateway_is_at_rest(stage: Stage) -> None:
    row = listed(wire("a"))
    predicted = stage.run(row, servers(), check=True, state="absent")
    real = stage.change(
        *(row, servers(), row, gateway()),
        deleted("a", 1),
        *(one("a"), gateway("updating"), gateway()),
        state="absent",
    )
    assert predicted["diff"] == real["diff"]
    assert predicted["certificate"] is real["certificate"] is None
    again = stage.run(listed(), state="absent")
    assert again["changed"] is False


def test_absence_is_read_from_the_list_not_from_the_refusal(stage: Stage) -> None:
    row = listed(wire("a"))
    gone = refused(DELETE, "InvalidSslVpnClientCertId.NotFound", status=404)
    start = (row, servers(), row, gateway(), gone)
    stage.change(*start, one("a", wire("a")), one("a"), gateway(), state="absent")
    stage.fail(*start, *[one("a", wire("a"))] * 3, kind="timeout", state="absent", wait_timeout=10)


def test_absent_without_waiting(stage: Stage) -> None:
    row = listed(wire("a"))
    stage.change(row, servers(), row, gateway(), deleted("a", 1), state="absent", wait=False)


def test_another_run_was_faster(stage: Stage) -> None:
    result = stage.run(listed(), servers(), listed(wire("a")))
    assert (result["changed"], result["certificate"]["id"]) == (False, "a")


# --- refused without a call --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"name": "http://x"},
        {"name": "https://x"},
        {"name": "x" * 129},
        {"name": " x"},
        {"name": ""},
        {"name": "a\nb"},
        {"ssl_vpn_server_id": None},
        {"ssl_vpn_server_id": "vss 1"},
        {"ssl_vpn_client_cert_id": "a&b", "name": "x"},
        {"wait_timeout": 0},
        {"wait_interval": -1},
        {"renew_before": "soon"},
        {"delete_superseded": True, "state": "absent"},
        {"delete_superseded": True, "ssl_vpn_client_cert_id": "vsc-1"},
        {"private_key_path": "/x/key.pem"},
        {"ca_path": "/x/ca.pem"},
        {"config_path": "relative.ovpn"},
        {"config_path": "/x/y.ovpn", "private_key_mode": 384},
        {"region": None},
        {"region": "not a region"},
    ],
)
def test_what_cannot_be_meant_costs_no_call(stage: Stage, options: dict[str, t.Any]) -> None:
    stage.fail(kind="invalid", **options)


# --- the info module ---------------------------------------------------------------------------------------


def test_info_lists_filters_and_never_asks_for_a_key(stage: Stage) -> None:
    rows = [wire("c", 900), wire("b", 10, Name="ann"), wire("a", 3, Status="expiring-soon")]
    entry = client_cert_info.ENTRY
    shown = stage.run(paged(*rows), entry=entry)["certificates"]
    assert [one["id"] for one in shown] == ["b", "a", "c"]
    assert shown[0]["ssl_vpn_server_id"] == SERVER
    soon = stage.run(paged(*rows), entry=entry, expires_within_days=10, status=["normal"])["certificates"]
    assert [one["id"] for one in soon] == ["b"]
    filtered = paged(wire("x", Name="ops-2"), wire("c"), SslVpnServerId=SERVER, Name=NAME)
    named = stage.run(filtered, entry=entry, ssl_vpn_server_id=SERVER, name=NAME)["certificates"]
    assert [one["id"] for one in named] == ["c"]
    stage.fail(kind="invalid", entry=entry, expires_within_days=-1)
    stage.fail(kind="invalid", entry=entry, region=None)
