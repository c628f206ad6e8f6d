# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""antchain_cert call by call: exactly the calls that are listed, and what is left on disk."""

from __future__ import annotations

import base64
import errno
import json
import os
import stat
import tempfile
import typing as t
from datetime import timedelta
from pathlib import Path

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import antchain_cert_info, antchain_download
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import client as client_module
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_cert import ENTRY
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import Entry, execute
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    NetworkFailure,
    Ran,
    Throttled,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Replay
from ansible_collections.cncloud.certificates.tests.unit.authority import issue
from ansible_collections.cncloud.certificates.tests.unit.doubles import START
from ansible_collections.cncloud.certificates.tests.unit.plugins.module_utils._aliyun.antchain_script import (
    APPLY,
    APPLY_WITH_KEY,
    CHAIN,
    CONSORTIUM,
    LIST,
    PASSWORD,
    PATHS,
    RESET,
    SIGNED,
    SUBJECT,
    TRUST_STORE,
    USERNAME,
    AntChainScript,
    applications,
    applied,
    applied_with_key,
    authorities,
    client_certificate,
    client_crt,
    download,
    encrypted_key,
    key_bytes,
    listed,
    paths,
    reset,
    signing_request,
)
from ansible_collections.cncloud.certificates.tests.unit.plugins.module_utils._aliyun.scripted import (
    ACCESS_KEY_ID,
    ACCESS_KEY_SECRET,
    ENDPOINT,
    Exchange,
    context,
    refused,
)
from cryptography.hazmat.primitives import hashes, serialization

NOBODY = 65534
LOST = NetworkFailure("The connection broke.", retryable=True, ran=Ran.UNKNOWN)
COMMENT = f"# cncloud: {CONSORTIUM}:{CHAIN}\n"
FREE, TAKEN = listed("ChainNotApplied"), listed()
SAME = ("changed", "actions", "diff", "files", "reason")


class Stage:
    """Runs a module against a script and keeps what it masked and warned of."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self._monkeypatch = monkeypatch
        self.folder = folder
        self.masked: list[str] = []
        self.warnings: list[str] = []
        self.slept: list[float] = []
        self.script = AntChainScript([])

    def run(
        self, *exchanges: Exchange, check: bool = False, entry: Entry = ENTRY, **options: t.Any
    ) -> dict[str, t.Any]:
        given = {
            "endpoint": ENDPOINT,
            "access_key_id": ACCESS_KEY_ID,
            "access_key_secret": ACCESS_KEY_SECRET,
            "consortium_id": CONSORTIUM,
            **({"ant_chain_id": CHAIN} if entry is ENTRY else {}),
            **options,
        }
        checked = ArgumentSpecValidator(entry.argument_spec, **entry.constraints()).validate(given)
        assert not checked.error_messages, checked.error_messages
        self.script = AntChainScript(list(exchanges))
        for module in (client_module, antchain_download):
            self._monkeypatch.setattr(module, "Transport", self.script)
        surroundings = context(check_mode=check, home=str(self.folder))
        self.masked, self.warnings = [], []
        surroundings.mask, surroundings.warn = self.masked.append, self.warnings.append
        result = execute(entry, checked.validated_parameters, surroundings)
        self.slept = surroundings.clock.sleeps  # type: ignore[attr-defined]  # it is a FakeClock
        self.script.done()
        shown = json.dumps([result, self.warnings])
        for secret in ("PRIVATE KEY", ACCESS_KEY_SECRET, PASSWORD, SIGNED[1:], "/client.crt?"):
            assert secret not in shown, secret
        return result

    def change(self, *exchanges: Exchange, **options: t.Any) -> dict[str, t.Any]:
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
    def public(self) -> dict[str, str]:
        names = {"certificate_path": "client.crt", "ca_path": "ca.crt", "trust_ca_path": "trustCa"}
        return {option: str(self.folder / name) for option, name in names.items()}

    @property
    def key(self) -> Path:
        return self.folder / "client.key"

    @property
    def spill(self) -> Path:
        return self.folder / ".client.key.cncloud-answer"

    @property
    def note(self) -> Path:
        return self.folder / ".client.key.cncloud-asked"

    @property
    def managed(self) -> dict[str, t.Any]:
        """The options of a key that the service makes."""
        return {
            "method": "managed_key",
            "subject": SUBJECT,
            "password": PASSWORD,
            "private_key_path": str(self.key),
            **self.public,
        }

    @property
    def local(self) -> dict[str, t.Any]:
        """The options of a key that is made here."""
        return {
            "subject": {"common_name": "settlement"},
            "password": PASSWORD,
            "private_key_path": str(self.key),
            **self.public,
        }

    @property
    def by_csr(self) -> dict[str, t.Any]:
        return {"csr_content": signing_request(), **self.public}

    def put_key(self, tag: str = "client", **more: t.Any) -> None:
        self.key.write_text(encrypted_key(tag, **more))
        self.key.chmod(0o600)

    def put_leaf(self, tag: str = "client") -> None:
        (self.folder / "client.crt").write_text(COMMENT + client_certificate(tag).leaf_pem)
        (self.folder / "ca.crt").write_text(client_certificate().chain_pem)
        (self.folder / "trustCa").write_bytes(TRUST_STORE)

    def left(self) -> list[str]:
        return sorted(name for name in os.listdir(self.folder) if name != ".cache")


@pytest.fixture(name="stage")
def _stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stage:
    return Stage(monkeypatch, tmp_path)


def print_of(tag: str = "client") -> str:
    return client_certificate(tag).leaf.fingerprint(hashes.SHA256()).hex()


def same_key(pem: str, other: str) -> bool:
    keys = [serialization.load_pem_private_key(text.encode(), PASSWORD.encode()) for text in (pem, other)]
    encoded = [
        key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        for key in keys
    ]
    return encoded[0] == encoded[1]


# --- a life ------------------------------------------------------------------------------------------------

ALL_FILES = ["ca.crt", "client.crt", "client.key", "trustCa"]


def check_files(stage: Stage, *, names: list[str]) -> None:
    assert stage.left() == names
    assert (stage.folder / "client.crt").read_text() == COMMENT + client_certificate().leaf_pem
    assert (stage.folder / "ca.crt").read_text() == client_certificate().chain_pem
    assert (stage.folder / "trustCa").read_bytes() == TRUST_STORE
    for name in names:
        mode = stat.S_IMODE((stage.folder / name).stat().st_mode)
        assert mode == (0o600 if name == "client.key" else 0o644), name


def check_no_op(stage: Stage, **options: t.Any) -> None:
    for check in (True, False):
        again = stage.run(TAKEN, check=check, **options)
        assert (again["changed"], again["actions"], again["diff"]) == (False, [], {"before": {}, "after": {}})
        assert again["certificate"]["fingerprint_sha256"] == print_of()
        assert again["certificate"]["status"] == "applied"


def test_signing_request_applied_written_and_found_as_it_should_be(stage: Stage) -> None:
    predicted = stage.run(FREE, check=True, **stage.by_csr)
    assert stage.left() == []
    real = stage.change(FREE, FREE, applied(), TAKEN, paths(), client_crt(), *authorities(), **stage.by_csr)
    assert {key: predicted[key] for key in SAME} == {key: real[key] for key in SAME}
    assert predicted.keys() == real.keys()
    assert predicted["certificate"].keys() == real["certificate"].keys()
    assert (real["certificate"]["fingerprint_sha256"], real["certificate"]["status"]) == (print_of(), "applied")
    assert (real["certificate"]["method"], real["certificate"]["id"]) == ("csr", f"{CONSORTIUM}:{CHAIN}")
    sent = stage.script.sent_to(APPLY)
    assert sent == {"AntChainId": CHAIN, "UploadReq": base64.b64encode(signing_request().encode()).decode()}
    check_files(stage, names=["ca.crt", "client.crt", "trustCa"])
    check_no_op(stage, **stage.by_csr)


def test_key_of_the_service_applied_written_and_found_as_it_should_be(stage: Stage) -> None:
    predicted = stage.run(FREE, check=True, **stage.managed)
    assert stage.left() == []
    real = stage.change(FREE, FREE, applied_with_key(), TAKEN, paths(), client_crt(), *authorities(), **stage.managed)
    assert {key: predicted[key] for key in SAME} == {key: real[key] for key in SAME}
    assert real["files"] == sorted(str(stage.folder / name) for name in ALL_FILES)
    assert stage.key.read_text() == encrypted_key()
    assert encrypted_key() in stage.masked
    assert stage.script.replays()[APPLY_WITH_KEY] is Replay.NEVER
    check_files(stage, names=ALL_FILES)
    check_no_op(stage, **stage.managed)


def test_key_made_here_and_used_again(stage: Stage) -> None:
    predicted = stage.run(FREE, check=True, **stage.local)
    assert stage.left() == []
    result = stage.fail(
        FREE, FREE, applied(), TAKEN, *[paths(ClientCrtUrl=None)] * 2, kind="timeout", **stage.local, wait_timeout=10
    )
    assert predicted["actions"][0] == f"Make a private key in {stage.key}"
    assert result["changed"] is True
    assert result["certificate"]["status"] == "pending"
    made = serialization.load_pem_private_key(stage.key.read_bytes(), PASSWORD.encode())
    assert stage.key.read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert stat.S_IMODE(stage.key.stat().st_mode) == 0o600
    from cryptography import x509

    request = x509.load_pem_x509_csr(base64.b64decode(stage.script.sent_to(APPLY)["UploadReq"]))
    assert request.is_signature_valid
    assert request.public_key() == made.public_key()
    assert request.subject.rfc4514_string() == "CN=settlement"
    before = stage.key.read_bytes()
    stage.change(FREE, FREE, applied(), TAKEN, wait=False, **stage.local)
    assert stage.key.read_bytes() == before


def test_key_without_password_is_made_without(stage: Stage) -> None:
    options = {**stage.local, "password": None}
    stage.change(FREE, FREE, applied(), TAKEN, wait=False, **options)
    assert stage.key.read_text().startswith("-----BEGIN PRIVATE KEY-----")


def test_list_that_lags_is_waited_for_so_that_the_next_run_does_not_apply_again(stage: Stage) -> None:
    stage.put_key()
    stage.change(FREE, FREE, applied(), FREE, FREE, TAKEN, wait=False, **stage.local)
    assert stage.slept == [3.0, 3.0]


def test_key_that_is_there_is_applied_with(stage: Stage) -> None:
    stage.put_key()
    stage.change(FREE, FREE, applied(), TAKEN, paths(), client_crt(), *authorities(), **stage.local)
    check_files(stage, names=ALL_FILES)
    check_no_op(stage, **stage.local)


def test_missing_files_are_downloaded_and_the_prediction_has_the_same_diff(stage: Stage) -> None:
    stage.put_key()
    looked = (TAKEN, paths(), client_crt())
    predicted = stage.run(*looked, check=True, **stage.managed)
    real = stage.change(*looked, *looked, *authorities(), **stage.managed)
    assert {key: predicted[key] for key in SAME} == {key: real[key] for key in SAME}
    assert RESET not in stage.script.operations
    check_files(stage, names=ALL_FILES)


def test_without_certificate_path_the_certificate_is_compared_each_time(stage: Stage) -> None:
    result = stage.run(TAKEN, paths(), client_crt(), csr_content=signing_request())
    assert result["changed"] is False
    assert result["certificate"]["fingerprint_sha256"] == print_of()


def test_leaf_of_another_chain_is_replaced(stage: Stage) -> None:
    stage.put_key()
    stage.put_leaf()
    other = stage.folder / "client.crt"
    other.write_text(f"# cncloud: {CONSORTIUM}:other\n" + client_certificate().leaf_pem)
    looked = (TAKEN, paths(), client_crt())
    stage.change(*looked, *looked, **stage.managed)
    assert other.read_text().startswith(COMMENT)


def test_certificate_that_has_ended_is_looked_for_anew(stage: Stage) -> None:
    ended = issue("settlement", algorithm="rsa", key_tag="antchain-client", san=False, end=START - timedelta(days=1))
    stage.put_key()
    stage.put_leaf()
    (stage.folder / "client.crt").write_text(COMMENT + ended.leaf_pem)
    told = stage.run(TAKEN, paths(), download("client.crt", ended.leaf_pem), **stage.managed)
    assert told["changed"] is False
    assert any("has ended at 2026-11-21T08:00:00Z" in warning for warning in stage.warnings)
    looked = (TAKEN, paths(), client_crt())
    predicted = stage.run(*looked, check=True, **stage.managed)
    real = stage.change(*looked, *looked, **stage.managed)
    assert {key: predicted[key] for key in SAME} == {key: real[key] for key in SAME}
    check_files(stage, names=ALL_FILES)


def test_mode_that_drifted_is_corrected(stage: Stage) -> None:
    stage.put_key()
    stage.put_leaf()
    stage.key.chmod(0o644)
    result = stage.change(TAKEN, TAKEN, **stage.managed)
    assert result["diff"]["after"] == {"files": {str(stage.key): {"mode": "0600"}}}
    assert stat.S_IMODE(stage.key.stat().st_mode) == 0o600


def test_wait_for_an_approval_and_the_next_run_goes_on(stage: Stage) -> None:
    result = stage.fail(
        FREE, FREE, applied(), TAKEN, *[paths(ClientCrtUrl=None)] * 3, kind="timeout", wait_timeout=20, **stage.by_csr
    )
    assert stage.slept == [10.0, 10.0]
    assert result["certificate"]["status"] == "pending"
    pending = (TAKEN, paths(ClientCrtUrl=None))
    told = stage.run(*pending, wait=False, **stage.by_csr)
    assert (told["changed"], told["certificate"]["status"]) == (False, "pending")
    predicted = stage.run(*pending, check=True, **stage.by_csr)
    missing = (paths(), download("client.crt", b"", status=404))
    real = stage.change(*pending, *pending, *missing, paths(), client_crt(), *authorities(), **stage.by_csr)
    assert {key: predicted[key] for key in SAME} == {key: real[key] for key in SAME}
    assert predicted["certificate"]["status"] == real["certificate"]["status"] == "applied"


def test_without_wait_the_files_are_left_to_the_next_run(stage: Stage) -> None:
    result = stage.change(FREE, FREE, applied_with_key(), TAKEN, wait=False, **stage.managed)
    assert result["certificate"]["status"] == "pending"
    assert result["files"] == [str(stage.key)]
    assert stage.left() == ["client.key"]


def test_absent_is_a_reset(stage: Stage) -> None:
    options: dict[str, t.Any] = {"state": "absent", "on_key_loss": "reset"}
    predicted = stage.run(TAKEN, check=True, **options)
    real = stage.change(TAKEN, TAKEN, reset(), FREE, **options)
    assert {key: predicted[key] for key in SAME} == {key: real[key] for key in SAME}
    assert real["certificate"] is None
    assert any("can no longer connect" in warning for warning in stage.warnings)
    for check in (True, False):
        assert stage.run(FREE, check=check, **options)["changed"] is False
    assert stage.run(listed(chain="other"), **options)["changed"] is False


# --- what is applied for -----------------------------------------------------------------------------------


def test_application_of_the_own_user_counts_and_those_of_others_do_not(stage: Stage) -> None:
    asked = (applications(1, ("uid-9", 1)), applications(0, ("uid-9", 0), (USERNAME, 0)))
    told = stage.run(FREE, *asked, wait=False, username=USERNAME, **stage.by_csr)
    assert (told["changed"], told["certificate"]["status"]) == (False, "pending")
    assert told["certificate"]["username"] == USERNAME
    others = [applications(number, ("uid-9", number)) for number in (1, 0, 2)]
    result = stage.run(FREE, *others, check=True, username=USERNAME, **stage.by_csr)
    assert result["actions"][0].startswith("Apply for")


def test_application_that_failed_is_made_again(stage: Stage) -> None:
    asked = (applications(1), applications(0), applications(2, (USERNAME, 2)))
    result = stage.run(FREE, *asked, check=True, username=USERNAME, **stage.by_csr)
    assert result["reason"] == "An earlier application has failed."


@pytest.mark.parametrize(
    ("exchanges", "options"),
    [
        ((listed("ChainFrozen"),), {}),
        ((listed(None),), {}),
        ((FREE, applications(1, (USERNAME, 7))), {"username": USERNAME}),
        (
            (listed(total=2), Exchange(LIST, answer={"Result": {"AntChains": [], "Pagination": {"TotalCount": 2}}}))
            * 2,
            {},
        ),
        ((Exchange(LIST, answer={"Success": True}),), {}),
        ((Exchange(LIST, answer=b"<html>"),), {}),
        ((TAKEN, Exchange(PATHS, answer={"Result": {"ClientCrtUrl": 5}})), {}),
        ((TAKEN, Exchange(PATHS, answer={"Result": {"ClientCrtUrl": "ftp://x/y"}})), {}),
    ],
)
def test_what_is_not_known_never_becomes_an_application(
    stage: Stage, exchanges: tuple[Exchange, ...], options: dict[str, t.Any]
) -> None:
    stage.fail(*exchanges, kind="protocol", **stage.by_csr, **options)


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (refused(LIST, "Forbidden.RAM", status=403), "permission"),
        (refused(LIST, "NoPermission", status=403), "permission"),
        (refused(LIST, "SomethingNew", status=404), "invalid"),
        (Exchange(LIST, answer={"Success": False, "Code": "403", "Message": "no"}), "permission"),
        (Exchange(LIST, answer={"Success": False, "Code": "Unheard.Of", "Message": "no"}), "protocol"),
        (Exchange(LIST, answer=LOST), "network"),
        (refused(LIST, "InternalError", status=500), "unavailable"),
    ],
)
@pytest.mark.parametrize("method", ["csr", "managed_key"])
def test_refused_read_never_becomes_an_application(stage: Stage, refusal: Exchange, kind: str, method: str) -> None:
    options = stage.by_csr if method == "csr" else stage.managed
    result = stage.fail(refusal, kind=kind, **options)
    assert result["changed"] is False
    assert stage.left() == []


def test_chain_that_is_not_there(stage: Stage) -> None:
    result = stage.fail(listed(chain="other"), kind="not_found", **stage.by_csr)
    assert CHAIN in result["msg"]


# --- a lost key --------------------------------------------------------------------------------------------

LOSSES = {
    "missing": "does not exist",
    "other": "is of another key",
}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("method", ["managed", "local"])
def test_lost_key_is_a_failure(stage: Stage, loss: str, method: str) -> None:
    looked: tuple[Exchange, ...] = (TAKEN,)
    if loss == "other":
        stage.put_key("other")
        looked = (TAKEN, paths(), client_crt())
    for check in (True, False):
        result = stage.fail(*looked, kind="conflict", check=check, **getattr(stage, method))
        assert LOSSES[loss] in result["msg"]
        assert "on_key_loss: reset" in result["msg"]


def test_signing_request_of_another_key_is_a_lost_key(stage: Stage) -> None:
    options = {**stage.by_csr, "csr_content": signing_request("other")}
    result = stage.fail(TAKEN, paths(), client_crt(), kind="conflict", **options)
    assert "another key than the signing request" in result["msg"]


def test_reset_repairs_a_missing_key_and_says_what_it_broke(stage: Stage) -> None:
    options = {**stage.managed, "on_key_loss": "reset"}
    predicted = stage.run(TAKEN, check=True, **options)
    warned = stage.warnings
    real = stage.change(
        TAKEN, TAKEN, reset(), TAKEN, FREE, applied_with_key(), TAKEN, paths(), client_crt(), *authorities(), **options
    )
    assert {key: predicted[key] for key in SAME} == {key: real[key] for key in SAME}
    assert warned == stage.warnings != []
    assert "cut off" in real["actions"][0]
    assert stage.slept == [3.0]
    check_files(stage, names=ALL_FILES)


def test_reset_keeps_a_local_key_and_applies_with_it(stage: Stage) -> None:
    stage.put_key("other")
    looked = (TAKEN, paths(), client_crt())
    fresh = download("client.crt", client_certificate("other").leaf_pem)
    stage.change(
        *(*looked, *looked, reset(), FREE, applied(), TAKEN),
        *(paths(), client_crt(), paths(), fresh, *authorities()),  # the former certificate is served for a while
        **stage.local,
        on_key_loss="reset",
    )
    assert stage.key.read_text() == encrypted_key("other")


def test_reset_does_not_overwrite_another_key(stage: Stage) -> None:
    stage.put_key("other")
    result = stage.fail(TAKEN, paths(), client_crt(), kind="conflict", **stage.managed, on_key_loss="reset")
    assert "Move it away" in result["msg"]
    assert stage.key.read_text() == encrypted_key("other")


def test_key_in_the_way_of_a_first_application(stage: Stage) -> None:
    stage.put_key("other")
    stage.fail(FREE, kind="conflict", **stage.managed)


@pytest.mark.parametrize("content", ["wrong password", "garbage", "empty", "no password"])
def test_key_that_cannot_be_read_is_local_and_never_lost(stage: Stage, content: str) -> None:
    options = {**stage.local, "on_key_loss": "reset"}
    stage.put_key(password="another-password" if content == "wrong password" else PASSWORD)
    if content in ("garbage", "empty"):
        stage.key.write_text("garbage" if content == "garbage" else "")
    if content == "no password":
        options["password"] = None
    stage.fail(kind="local", **options)


def test_folder_that_is_not_there_is_local_and_never_lost(stage: Stage) -> None:
    options = {**stage.managed, "private_key_path": str(stage.folder / "mount" / "client.key"), "on_key_loss": "reset"}
    stage.fail(kind="local", **options)  # no call at all
    stage.fail(TAKEN, kind="local", check=True, **options)
    assert stage.run(FREE, check=True, **options)["changed"] is True


def test_folder_below_a_file_makes_no_call(stage: Stage) -> None:
    (stage.folder / "file").write_text("")
    options = {**stage.managed, "private_key_path": str(stage.folder / "file" / "client.key")}
    stage.fail(kind="local", **options)


def test_read_only_folder_makes_no_call(stage: Stage) -> None:
    """Root may write everywhere, so whoever runs the tests as root becomes nobody for the task."""
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        try:
            if user == 0:
                os.seteuid(NOBODY)
            result = stage.run(**{**stage.managed, "private_key_path": str(folder / "client.key")})
        finally:
            os.seteuid(user)
            folder.chmod(0o700)
        assert os.listdir(folder) == []
    assert result["error"]["kind"] == "local"
    assert "not writable" in result["msg"]
    assert stage.script.calls == []


@pytest.mark.parametrize("blocked", ["note", "spill"])
def test_files_beside_the_key_that_cannot_be_written_make_no_application(stage: Stage, blocked: str) -> None:
    """Found out before the call, whatever the permissions promised."""
    target = stage.folder / "target"
    getattr(stage, blocked).symlink_to(target)
    result = stage.fail(kind="local", **stage.managed)
    assert "cannot be read" in result["msg"]
    assert APPLY_WITH_KEY not in stage.script.operations
    assert not target.exists()


# --- lost answers ------------------------------------------------------------------------------------------


def test_lost_answer_to_a_signing_request_is_looked_for(stage: Stage) -> None:
    lost = Exchange(APPLY, answer=LOST)
    stage.change(FREE, FREE, lost, FREE, TAKEN, paths(), client_crt(), *authorities(), **stage.by_csr)
    assert stage.script.operations.count(APPLY) == 1
    stage.put_leaf("other")
    result = stage.fail(*(FREE, FREE, lost), *[FREE] * 11, kind="network", **stage.by_csr)
    assert "next run" in result["msg"]


def test_answer_without_success_is_looked_for(stage: Stage) -> None:
    odd = Exchange(APPLY, answer={"Result": "maybe"})
    stage.change(FREE, FREE, odd, TAKEN, paths(), client_crt(), *authorities(), **stage.by_csr)


def test_lost_answer_to_a_reset_is_looked_for(stage: Stage) -> None:
    lost = Exchange(RESET, answer=LOST)
    options: dict[str, t.Any] = {"state": "absent", "on_key_loss": "reset"}
    stage.change(TAKEN, TAKEN, lost, TAKEN, FREE, **options)
    stage.fail(TAKEN, TAKEN, lost, *[TAKEN] * 11, kind="network", **options)
    stage.fail(TAKEN, TAKEN, reset(), *[TAKEN] * 11, kind="timeout", **options)


def test_key_whose_answer_never_came(stage: Stage) -> None:
    result = stage.fail(FREE, FREE, applied_with_key(LOST), kind="network", **stage.managed)
    assert "next run" in result["msg"]
    assert stage.left() == [stage.note.name]
    assert PASSWORD not in stage.note.read_text()
    told = stage.fail(TAKEN, kind="conflict", **stage.managed)
    assert "2026-11-22T08:00:00Z" in told["msg"]
    assert "never came" in told["msg"]
    repaired = (TAKEN, TAKEN, reset(), FREE, applied_with_key(), TAKEN, paths(), client_crt(), *authorities())
    stage.change(*repaired, **stage.managed, on_key_loss="reset")
    check_files(stage, names=ALL_FILES)


def test_key_whose_application_never_arrived_is_applied_for_again(stage: Stage) -> None:
    stage.fail(FREE, FREE, applied_with_key(LOST), kind="network", **stage.managed)
    stage.change(FREE, FREE, applied_with_key(), TAKEN, paths(), client_crt(), *authorities(), **stage.managed)
    check_files(stage, names=ALL_FILES)


def test_refusal_after_a_lost_answer_keeps_the_note(stage: Stage) -> None:
    """The list shows the application late: a second one is refused, and the first answer is still what is lost."""
    stage.fail(FREE, FREE, applied_with_key(LOST), kind="network", **stage.managed)
    exists = refused(APPLY_WITH_KEY, "AntChainCertificate.AlreadyExists")
    stage.fail(FREE, FREE, exists, kind="invalid", **stage.managed)
    assert stage.slept == [10.0]
    assert "never came" in stage.fail(TAKEN, kind="conflict", **stage.managed)["msg"]


@pytest.mark.parametrize(
    "refusal",
    [
        refused(APPLY_WITH_KEY, "Forbidden.RAM", status=403),
        applied_with_key(Throttled("Slow down.", ran=Ran.NO)),
    ],
)
def test_refused_application_leaves_nothing(stage: Stage, refusal: Exchange) -> None:
    kind = "throttled" if isinstance(refusal.answer, CertificatesError) else "permission"
    stage.fail(FREE, FREE, refusal, kind=kind, **stage.managed)
    assert stage.left() == []


# --- an answer with a key, and what goes wrong after it ----------------------------------------------------


def with_literal_breaks(key: str) -> bytes:
    return key_bytes(key.replace("\n", "\\n"))


ODD_ANSWERS = {
    "literal line breaks": with_literal_breaks(encrypted_key()),
    "flat": json.dumps({"RequestId": "x", "Result": {"PrivateKey": encrypted_key()}}).encode(),
    "escaped": key_bytes().replace(b"=", b"\\u003d").replace(b"/", b"\\/"),
}


@pytest.mark.parametrize("answer", ODD_ANSWERS)
def test_shapes_of_the_answer(stage: Stage, answer: str) -> None:
    stage.change(FREE, FREE, applied_with_key(ODD_ANSWERS[answer]), TAKEN, wait=False, **stage.managed)
    assert stage.key.read_text() == encrypted_key()


UNPARSABLE = {
    "cut off after the key": key_bytes()[:-20],
    "not JSON": b"<html>" + key_bytes() + b"\xff\xfe",
    "says that it failed": json.dumps({"Success": False, "Code": "Odd", "PrivateKey": encrypted_key()}).encode(),
}


@pytest.mark.parametrize("answer", UNPARSABLE)
def test_answer_that_does_not_parse_keeps_the_key_and_the_next_run_takes_it(stage: Stage, answer: str) -> None:
    result = stage.fail(FREE, FREE, applied_with_key(UNPARSABLE[answer]), kind="protocol", **stage.managed)
    assert str(stage.spill) in result["msg"]
    assert result["answer_path"] == str(stage.spill)
    assert stat.S_IMODE(stage.spill.stat().st_mode) == 0o600
    looked = (TAKEN, paths(), client_crt())
    predicted = stage.run(*looked, check=True, **stage.managed)
    assert not stage.key.exists()
    real = stage.change(*looked, *looked, *authorities(), **stage.managed)
    assert {key: predicted[key] for key in SAME} == {key: real[key] for key in SAME}
    assert same_key(stage.key.read_text(), encrypted_key())
    check_files(stage, names=ALL_FILES)
    check_no_op(stage, **stage.managed)


def test_answer_that_is_cut_off_inside_the_key_is_a_lost_key(stage: Stage) -> None:
    cut = key_bytes()[: key_bytes().index(b"-----END")]
    result = stage.fail(FREE, FREE, applied_with_key(cut), kind="protocol", **stage.managed)
    assert str(stage.spill) in result["msg"]
    told = stage.fail(TAKEN, kind="conflict", **stage.managed)
    assert "holds no whole key" in told["msg"]
    repaired = (TAKEN, TAKEN, reset(), FREE, applied_with_key(), TAKEN, paths(), client_crt(), *authorities())
    stage.change(*repaired, **stage.managed, on_key_loss="reset")
    check_files(stage, names=ALL_FILES)


def test_key_with_another_password_is_kept_and_named(stage: Stage) -> None:
    other = key_bytes(encrypted_key(password="another-password"))
    result = stage.fail(FREE, FREE, applied_with_key(other), kind="local", **stage.managed)
    assert result["answer_path"] == str(stage.spill)
    assert not stage.key.exists()
    again = stage.fail(kind="local", **stage.managed, on_key_loss="reset")
    assert str(stage.spill) in again["msg"]
    looked = (TAKEN, paths(), client_crt())
    options = {**stage.managed, "password": "another-password"}
    stage.change(*looked, *looked, *authorities(), **options)
    assert stage.left() == ALL_FILES


def test_kept_key_is_recovered_while_the_chain_does_not_show_the_application_yet(stage: Stage) -> None:
    stage.spill.write_bytes(key_bytes())
    stage.change(FREE, FREE, paths(), client_crt(), *authorities(), **stage.managed)
    assert APPLY_WITH_KEY not in stage.script.operations
    check_files(stage, names=ALL_FILES)


def test_kept_key_beside_another_one_is_for_a_person_to_decide(stage: Stage) -> None:
    stage.spill.write_bytes(key_bytes())
    stage.put_key("other")
    result = stage.fail(TAKEN, paths(), client_crt(), kind="conflict", **stage.managed, on_key_loss="reset")
    assert str(stage.spill) in result["msg"]
    assert stage.key.read_text() == encrypted_key("other")


def test_left_over_of_a_key_that_is_in_place_is_removed(stage: Stage) -> None:
    stage.spill.write_bytes(key_bytes())
    stage.note.write_text("{}")
    stage.put_key()
    stage.put_leaf()
    predicted = stage.run(TAKEN, check=True, **stage.managed)
    real = stage.change(TAKEN, TAKEN, **stage.managed)
    assert {key: predicted[key] for key in SAME} == {key: real[key] for key in SAME}
    assert stage.left() == ALL_FILES
    check_no_op(stage, **stage.managed)


def test_key_that_cannot_be_written_stays_in_the_named_file(stage: Stage) -> None:
    """Somebody puts a folder where the key belongs, while the answer is on its way."""

    def in_the_way() -> None:
        if stage.script.operations[-1] == APPLY_WITH_KEY:
            stage.key.mkdir()

    original = AntChainScript.send

    def send(self: AntChainScript, *args: t.Any, **more: t.Any) -> t.Any:
        self.on_receipt = in_the_way
        return original(self, *args, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AntChainScript, "send", send)
        result = stage.fail(FREE, FREE, applied_with_key(), kind="local", **stage.managed)
    assert result["answer_path"] == str(stage.spill)
    assert stage.spill.read_bytes() == key_bytes()
    stage.key.rmdir()
    looked = (TAKEN, paths(), client_crt())
    stage.change(*looked, *looked, *authorities(), **stage.managed)
    assert stage.key.read_text() == encrypted_key()


def test_full_disk_makes_no_application(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> t.NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    result = stage.fail(FREE, FREE, kind="local", **stage.managed)
    assert "No space left" in result["msg"]
    assert "no key was asked for" in result["msg"]
    assert APPLY_WITH_KEY not in stage.script.operations


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_disk_that_fails_while_the_answer_comes_is_told(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    real = getattr(os, call)
    answered: list[int] = []

    def failing(descriptor: int, *content: bytes) -> t.Any:
        if os.readlink(f"/proc/self/fd/{descriptor}") == str(stage.spill):
            answered.append(descriptor)
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(descriptor, *content)

    monkeypatch.setattr(os, call, failing)
    result = stage.fail(FREE, FREE, applied_with_key(), kind="local", **stage.managed)
    assert answered
    assert str(stage.spill) in result["msg"]
    assert stage.note.exists()


def test_left_over_that_cannot_be_removed_is_named(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.unlink

    def stuck(path: str, **more: t.Any) -> None:
        if path == str(stage.spill):
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))
        real(path, **more)

    monkeypatch.setattr(os, "unlink", stuck)
    result = stage.fail(FREE, FREE, applied_with_key(), kind="local", **stage.managed)
    assert str(stage.spill) in result["msg"]
    assert stage.key.read_text() == encrypted_key()
    monkeypatch.undo()
    looked = (TAKEN, paths(), client_crt())
    stage.change(*looked, *looked, *authorities(), **stage.managed)
    assert stage.left() == ALL_FILES


# --- downloads ---------------------------------------------------------------------------------------------

BAD_DOWNLOADS = {
    "a page": (b"<!DOCTYPE html><p>Sign in", "client.crt is a page"),
    "empty": (b"", "client.crt is empty"),
    "not PEM": (b"certificate", "holds no PEM block"),
    "a key": (client_certificate().key_pem.encode(), "holds a private key"),
}


@pytest.mark.parametrize("name", BAD_DOWNLOADS)
def test_download_that_is_no_certificate_is_refused(stage: Stage, name: str) -> None:
    content, words = BAD_DOWNLOADS[name]
    result = stage.fail(
        FREE, FREE, applied(), TAKEN, paths(), download("client.crt", content), kind="protocol", **stage.by_csr
    )
    assert words in result["msg"]
    assert stage.left() == []


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (download("ca.crt", b"<html>"), "ca.crt is a page"),
        (download("ca.crt", b"", status=403), "ca.crt failed"),
        (download("ca.crt", b"", status=404), "offers no ca.crt"),
    ],
)
def test_authority_that_is_none_is_refused(stage: Stage, broken: Exchange, words: str) -> None:
    steps = (FREE, FREE, applied(), TAKEN, paths(), client_crt(), paths(), broken)
    result = stage.fail(*steps, kind="protocol", **stage.by_csr)
    assert words in result["msg"]
    assert stage.left() == []


def test_trust_store_that_is_none_is_refused(stage: Stage) -> None:
    steps = (FREE, FREE, applied(), TAKEN, paths(), client_crt(), *authorities()[:2], download("trustCa", b"<html>"))
    result = stage.fail(*steps, kind="protocol", **stage.by_csr)
    assert "trustCa is no Java trust store" in result["msg"]


def test_certificate_of_another_key_after_an_application_is_a_lost_key(stage: Stage) -> None:
    stale = (paths(), client_crt("other"))
    result = stage.fail(FREE, FREE, applied(), TAKEN, *stale * 7, kind="conflict", **stage.by_csr)
    assert "of another key" in result["msg"]
    assert sum(stage.slept) == 60
    assert stage.left() == []


def sent_to(stage: Stage) -> list[str]:
    return [call.url.partition("?")[0] for call in stage.script.calls if call.method == "GET"]


def test_plain_address_is_tried_as_https_first(stage: Stage) -> None:
    plain = paths(host="http://files.example.net")
    stage.run(TAKEN, plain, client_crt(), csr_content=signing_request())
    assert sent_to(stage) == ["https://files.example.net/client.crt"]


def test_plain_address_elsewhere_needs_permission(stage: Stage) -> None:
    plain = paths(host="http://files.example.net")
    broken = download("client.crt", LOST)
    refused_one = stage.fail(TAKEN, plain, broken, kind="network", csr_content=signing_request())
    assert "allow_plain_download" in refused_one["msg"]
    assert "client.crt" in refused_one["msg"]
    stage.run(TAKEN, plain, broken, client_crt(), csr_content=signing_request(), allow_plain_download=True)
    assert sent_to(stage) == ["https://files.example.net/client.crt", "http://files.example.net/client.crt"]


def test_plain_address_of_the_services_own_host_is_the_second_choice(stage: Stage) -> None:
    broken = download("client.crt", LOST)
    stage.run(TAKEN, paths(host="http://127.0.0.1:2"), broken, client_crt(), csr_content=signing_request())
    assert sent_to(stage) == ["https://127.0.0.1:2/client.crt", "http://127.0.0.1:2/client.crt"]


def test_address_of_the_very_endpoint_is_taken_as_it_is(stage: Stage) -> None:
    stage.run(TAKEN, paths(host=ENDPOINT), client_crt(), csr_content=signing_request())
    assert sent_to(stage) == [f"{ENDPOINT}/client.crt"]
    assert {call.max_answer for call in stage.script.calls if call.method == "GET"} == {1024 * 1024}


# --- options -----------------------------------------------------------------------------------------------

BAD_OPTIONS: list[tuple[dict[str, t.Any], str]] = [
    ({"csr_content": None}, "exactly one of"),
    ({"csr_path": "/x.csr"}, "exactly one of"),
    ({"private_key_path": "/tmp/x.key"}, "exactly one of"),
    ({"csr_content": "no request"}, "exactly one signing request"),
    ({"csr_content": client_certificate().key_pem}, "holds a private key"),
    ({"csr_content": None, "csr_path": "/nonexistent/x.csr"}, "does not exist"),
    ({"csr_content": None, "csr_path": "x.csr"}, "absolute path"),
    ({"password": "secret-of-nothing"}, "needs none"),
    ({"subject": {"common_name": "x"}}, "leave it out"),
    ({"method": "managed_key"}, "for method: csr"),
    ({"method": "managed_key", "csr_content": None}, "needs private_key_path"),
    ({"method": "managed_key", "csr_content": None, "private_key_path": "/tmp/k"}, "needs password"),
    (
        {
            "method": "managed_key",
            "csr_content": None,
            "private_key_path": "/tmp/k",
            "password": PASSWORD,
            "subject": {"common_name": "x"},
        },
        "country, state_or_province, locality, organization, organizational_unit is missing",
    ),
    ({"csr_content": None, "private_key_path": "/tmp/k"}, "subject.common_name is needed"),
    ({"csr_content": None, "private_key_path": "/tmp/k", "subject": {"common_name": "x" * 65}}, "at most 64"),
    ({"csr_content": None, "private_key_path": "/tmp/k", "subject": {"country": "China"}}, "at most 2"),
    ({"csr_content": None, "private_key_path": "/tmp/k", "subject": {"country": "cn"}}, "capital letters"),
    ({"csr_content": None, "private_key_path": "/tmp/k", "password": "a\nb"}, "printable"),
    ({"consortium_id": "a b"}, "consortium_id must be an id"),
    ({"ant_chain_id": ""}, "ant_chain_id must be an id"),
    ({"wait_timeout": 0}, "wait_timeout"),
    ({"state": "absent"}, "on_key_loss: reset"),
    ({"certificate_path": "client.crt"}, "absolute path"),
    ({"mode": 420}, "in quotes"),
    ({"certificate_path": "/tmp/one", "ca_path": "/tmp/one"}, "same file"),
]


@pytest.mark.parametrize(("options", "words"), BAD_OPTIONS)
def test_bad_options_make_no_call(stage: Stage, options: dict[str, t.Any], words: str) -> None:
    result = stage.run(**{"csr_content": signing_request(), **options})
    assert result.get("failed"), result
    assert words in result["msg"]


def test_small_key_and_changed_signature(stage: Stage) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    def request(key: t.Any, digest: t.Any) -> str:
        made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, digest)
        return made.public_bytes(serialization.Encoding.PEM).decode()

    small = request(rsa.generate_private_key(65537, 1024), hashes.SHA256())
    assert "1024 bits" in stage.fail(kind="invalid", csr_content=small)["msg"]
    edwards = request(ed25519.Ed25519PrivateKey.generate(), None)
    assert "RSA or of an elliptic curve" in stage.fail(kind="invalid", csr_content=edwards)["msg"]
    der = bytearray(x509.load_pem_x509_csr(signing_request().encode()).public_bytes(serialization.Encoding.DER))
    der[-1] ^= 1
    text = base64.encodebytes(bytes(der)).decode()
    changed = f"-----BEGIN CERTIFICATE REQUEST-----\n{text}-----END CERTIFICATE REQUEST-----\n"
    assert "signature" in stage.fail(kind="invalid", csr_content=changed)["msg"]


def test_signing_request_that_is_not_written_yet(stage: Stage) -> None:
    options: dict[str, t.Any] = {"csr_path": str(stage.folder / "later.csr"), **stage.public}
    result = stage.run(FREE, check=True, **options)
    assert result["changed"] is True
    assert any("does not exist yet" in warning for warning in stage.warnings)
    stage.fail(kind="local", **options)
    (stage.folder / "later.csr").write_text(signing_request())
    real = stage.change(FREE, FREE, applied(), TAKEN, paths(), client_crt(), *authorities(), **options)
    assert {key: result[key] for key in SAME} == {key: real[key] for key in SAME}


def test_container_is_warned_of_before_the_call(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import antchain_cert_files

    surroundings = context()
    surroundings.environ = {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}
    path = str(stage.key)
    said = antchain_cert_files.container_warning(path, context=surroundings, root=str(stage.folder))
    assert said is not None
    assert str(stage.folder) in said
    assert antchain_cert_files.container_warning(path, context=surroundings, root="/proc") is None
    monkeypatch.setattr(antchain_cert_files, "container_warning", lambda *_args, **_more: "It vanishes.")
    stage.run(FREE, check=True, **stage.managed)
    assert stage.warnings == ["It vanishes."]


# --- the info twin -----------------------------------------------------------------------------------------


def test_info_lists_what_is_applied_for(stage: Stage) -> None:
    entry = antchain_cert_info.ENTRY
    (one,) = stage.run(TAKEN, entry=entry)["certificates"]
    assert (one["id"], one["name"], one["status"]) == (f"{CONSORTIUM}:{CHAIN}", "supply-chain", "applied")
    assert one["fingerprint_sha256"] is None
    assert stage.run(FREE, entry=entry)["certificates"] == []
    assert stage.run(TAKEN, entry=entry, ant_chain_id="other")["certificates"] == []
    asked = (TAKEN, applications(1), applications(0, (USERNAME, 0)))
    (pending,) = stage.run(*asked, entry=entry, username=USERNAME, status=["pending"])["certificates"]
    assert (pending["status"], pending["applied_at"]) == ("pending", "2026-11-22T08:00:00Z")
    normal = (TAKEN, applications(1, (USERNAME, 1)))
    assert stage.run(*normal, entry=entry, username=USERNAME, status=["pending"])["certificates"] == []


def test_info_has_the_same_keys(stage: Stage) -> None:
    stage.put_key()
    stage.put_leaf()
    shown = stage.run(TAKEN, **stage.managed)["certificate"]
    (listed_one,) = stage.run(TAKEN, entry=antchain_cert_info.ENTRY)["certificates"]
    assert shown.keys() == listed_one.keys()
