# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is to be done about a chain's certificate: the plan alone, as a table; and keys in answers."""

from __future__ import annotations

import dataclasses
import json
import typing as t

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils import _x509
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain import Chain, Subject
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_cert_key import (
    Csr,
    key_in_answer,
    read_csr,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_cert_plan import (
    Desired,
    LocalFiles,
    Observed,
    plan,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_cert_spill import Kept
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_membership import Membership
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    Conflict,
    LocalFailure,
    NotFound,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._files import (
    ABSENT,
    Content,
    FileSpec,
    Kind,
    ObservedFile,
)
from ansible_collections.cncloud.certificates.tests.unit.plugins.module_utils._aliyun.antchain_script import (
    client_certificate,
    encrypted_key,
    key_bytes,
    signing_request,
)

LEAF_TEXT = client_certificate().leaf_pem
LEAF = _x509.read_certificates(LEAF_TEXT)[0]
FITS, OTHER = LEAF.public_key_sha256, "0" * 64
KEY_FILE, LEAF_FILE = "/x/client.key", "/x/client.crt"
SPILL = "/x/.client.key.cncloud-answer"
SPECS = (
    FileSpec(path=KEY_FILE, kind=Kind.PRIVATE_KEY, option="private_key_path", mode=0o600, content=Content.LATER),
    FileSpec(path=LEAF_FILE, kind=Kind.LEAF, option="certificate_path", mode=0o644, content=Content.LATER),
)
ON_DISK = {
    KEY_FILE: ObservedFile(exists=True, mode=0o600, content=b"a key"),
    LEAF_FILE: ObservedFile(exists=True, mode=0o644, content=LEAF_TEXT.encode()),
}
SUBJECT = Subject(common_name="settlement")


def desired(**more: t.Any) -> Desired:
    return Desired(consortium_id="c", ant_chain_id="a", subject=SUBJECT, **more)


MANAGED, MADE = desired(method="managed_key", password="x" * 8), desired()
GIVEN = desired(csr=Csr(pem="", public_key_sha256=FITS))


def local(*, key: str | None = None, leaf: bool = False, kept: str | None = None, asked: bool = False) -> LocalFiles:
    """Files on disk: a key, client.crt, a key in the spill, the note."""
    found = {path: ON_DISK[path] for path, there in ((KEY_FILE, key), (LEAF_FILE, leaf)) if there}
    return LocalFiles(
        specs=SPECS,
        observed={**dict.fromkeys(ON_DISK, ABSENT), **found},
        key=key,
        leaf=LEAF if leaf else None,
        fitting=frozenset({LEAF_FILE} if leaf else ()),
        kept=Kept(path=SPILL, exists=kept is not None, asked="2026-11-22T08:00:00Z" if asked else None),
        kept_key=kept,
    )


NONE = LocalFiles(specs=SPECS[1:], observed={LEAF_FILE: ABSENT})


def observed(status: str | None, files: LocalFiles, *, looked: bool = False, leaf: bool = False) -> Observed:
    chain = Chain(id="a", name="n", member_status=None, network=None)
    return Observed(
        membership=Membership(chain=chain, status=status),
        local=files,
        looked=looked or leaf,
        leaf=LEAF if leaf else None,
        leaf_pem=LEAF_TEXT.encode() if leaf else b"",
    )


def steps(wanted: Desired, found: Observed) -> list[str]:
    return [step.name for step in plan(wanted, found).steps]


APPLY_MANAGED = ["apply_with_key", "wait", "files"]
APPLY_MADE = ["make_key", "apply", "wait", "files"]
RESET: dict[str, t.Any] = {"on_key_loss": "reset"}


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [
        (MANAGED, observed(None, local()), APPLY_MANAGED),
        (MANAGED, observed("failed", local()), APPLY_MANAGED),
        (MANAGED, observed(None, local(asked=True)), APPLY_MANAGED),
        (dataclasses.replace(MANAGED, wait=False), observed(None, local()), ["apply_with_key"]),
        (MADE, observed(None, local()), APPLY_MADE),
        (MADE, observed(None, local(key=FITS)), ["apply", "wait", "files"]),
        (dataclasses.replace(MADE, wait=False), observed(None, local()), ["make_key", "apply"]),
        (GIVEN, observed(None, NONE), ["apply", "wait", "files"]),
        (GIVEN, observed("applied", NONE, leaf=True), ["files"]),
        (GIVEN, observed("pending", NONE, looked=True), ["wait", "files"]),
        (dataclasses.replace(GIVEN, wait=False), observed("pending", NONE, looked=True), []),
        (MANAGED, observed("applied", local(key=FITS, leaf=True)), []),
        (MANAGED, observed("applied", local(key=FITS), leaf=True), ["files"]),
        (MANAGED, observed("applied", local(key=FITS, leaf=True, asked=True)), ["tidy"]),
        (MANAGED, observed("applied", local(key=FITS, leaf=True, kept=FITS)), ["tidy"]),
        (MANAGED, observed("applied", local(kept=FITS), leaf=True), ["recover", "files"]),
        (MANAGED, observed(None, local(kept=FITS)), ["recover", "wait", "files"]),
        (desired(**RESET), observed("applied", local()), ["reset", *APPLY_MADE]),
        (desired(**RESET), observed("applied", local(key=OTHER), leaf=True), ["reset", "apply", "wait", "files"]),
        (dataclasses.replace(MANAGED, **RESET), observed("applied", local()), ["reset", *APPLY_MANAGED]),
        (dataclasses.replace(MANAGED, **RESET), observed("pending", local(asked=True)), ["reset", *APPLY_MANAGED]),
        (desired(state="absent"), observed("applied", LocalFiles()), ["reset"]),
        (desired(state="absent"), observed("pending", LocalFiles()), ["reset"]),
        (desired(state="absent"), observed("failed", LocalFiles()), []),
        (desired(state="absent"), observed(None, LocalFiles()), []),
        (desired(state="absent"), Observed(), []),
    ],
)
def test_steps(wanted: Desired, found: Observed, expected: list[str]) -> None:
    assert steps(wanted, found) == expected


@pytest.mark.parametrize(
    ("wanted", "found", "error", "words"),
    [
        (MANAGED, Observed(), NotFound, "no chain a"),
        (MANAGED, observed("applied", local()), Conflict, "client.key does not exist"),
        (MANAGED, observed("applied", local(asked=True)), Conflict, "answer never came"),
        (MANAGED, observed("applied", local(key=OTHER), leaf=True), Conflict, "another key than /x/client.key"),
        (dataclasses.replace(MANAGED, **RESET), observed("applied", local(key=OTHER), leaf=True), Conflict, "Move it"),
        (MANAGED, observed(None, local(key=OTHER)), Conflict, "not overwritten"),
        (MANAGED, observed("applied", local(key=OTHER, kept=FITS), leaf=True), Conflict, "and /x/client.key another"),
        (MADE, observed("pending", local()), Conflict, "does not exist"),
        (desired(csr=Csr("", OTHER)), observed("applied", NONE, leaf=True), Conflict, "than the signing request"),
        (GIVEN, observed("applied", dataclasses.replace(NONE, leaf=LEAF)), None, ""),
        (
            dataclasses.replace(MANAGED, **RESET),
            observed("applied", dataclasses.replace(local(), folder_exists=False)),
            LocalFailure,
            "the folder of /x/client.key does not exist",
        ),
    ],
)
def test_what_is_refused(wanted: Desired, found: Observed, error: type[CertificatesError] | None, words: str) -> None:
    if error is None:
        plan(wanted, found)
        return
    with pytest.raises(error) as caught:
        plan(wanted, found)
    assert words in f"{caught.value.message} {caught.value.hint}"


def test_answer_without_a_whole_key_is_named_when_the_key_is_lost() -> None:
    files = dataclasses.replace(local(), kept=Kept(path=SPILL, exists=True))
    with pytest.raises(Conflict, match=r"holds no whole key"):
        plan(MANAGED, observed("applied", files))


def test_reset_says_what_it_breaks_and_the_diff_has_no_key() -> None:
    found = plan(dataclasses.replace(MANAGED, **RESET), observed("applied", local()))
    assert "cut off" in found.actions[0]
    assert "can no longer connect" in found.reason
    assert found.diff["after"]["files"][KEY_FILE]["content"] == "(known after apply)"


# --- keys in answers ---------------------------------------------------------------------------------------

KEY = encrypted_key()


def _compressed(content: bytes) -> bytes:
    import gzip

    return gzip.compress(content)


@pytest.mark.parametrize(
    "content",
    [
        key_bytes(),
        key_bytes()[:-1],
        _compressed(key_bytes()),
        json.dumps(key_bytes().decode()).encode(),
        KEY.encode(),
        KEY.replace("\n", "\r\n").encode(),
        KEY.replace("\n", "\\\\n").encode(),
        b"\xff\xfe" + key_bytes(),
        key_bytes().replace(b"=", b"\\u003d")[:-3],
    ],
)
def test_whole_key_is_found(content: bytes) -> None:
    assert key_in_answer(content) == KEY


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[" * 100000, b"\x1f\x8b\x00", key_bytes()[:500], b'{"Result": {"PrivateKey": null}}']
)
def test_no_whole_key_is_none(content: bytes) -> None:
    assert key_in_answer(content) is None


def test_signing_request_is_of_its_key() -> None:
    assert read_csr(f"text around\n{signing_request()}", option="csr_content").public_key_sha256 == FITS
