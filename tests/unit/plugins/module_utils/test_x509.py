# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import contextlib
import datetime
import shutil
import subprocess
import sys
import typing as t

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils import _x509
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    Invalid,
    LocalFailure,
    ProtocolFailure,
)
from ansible_collections.cncloud.certificates.tests.unit.authority import Issued, issue, key_pem, make_key
from ansible_collections.cncloud.certificates.tests.unit.doubles import START
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

DAY = datetime.timedelta(days=1)


@pytest.fixture(scope="session")
def made() -> Issued:
    return issue("www.Example.com", "example.com", serial=0x0ABC)


@pytest.fixture(scope="session")
def made_rsa() -> Issued:
    return issue("example.com", algorithm="rsa")


# --- facts -------------------------------------------------------------------------------------------------


def test_facts_of_a_leaf(made: Issued) -> None:
    leaf = _x509.read_leaf(made.fullchain_pem)
    assert leaf.domains == ("example.com", "www.example.com")
    assert leaf.common_name == "www.Example.com"
    assert leaf.issuer == "CN=Test Issuer,C=CN"
    assert leaf.issuer_common_name == "Test Issuer"
    assert (leaf.serial, leaf.serial_number) == (0xABC, "abc")
    assert leaf.not_before == START - 10 * DAY
    assert leaf.not_after == START + 80 * DAY
    assert (leaf.key_algorithm, leaf.key_size) == ("ecc", 256)
    assert len(leaf.public_key_sha256) == 64


def test_rsa_facts(made_rsa: Issued) -> None:
    leaf = _x509.read_leaf(made_rsa.leaf_pem)
    assert (leaf.key_algorithm, leaf.key_size) == ("rsa", 2048)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_agrees(made: Issued) -> None:
    printed = subprocess.run(
        ["openssl", "x509", "-noout", "-fingerprint", "-sha256", "-serial"],
        input=made.leaf_pem,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    leaf = _x509.read_leaf(made.leaf_pem)
    assert _x509.normalise_fingerprint(printed.splitlines()[0].split("=")[1]) == leaf.fingerprint_sha256
    assert _x509.same_serial(leaf.serial, printed.splitlines()[1].split("=")[1])


# --- spellings of one certificate --------------------------------------------------------------------------


def _rewrapped(pem: str) -> str:
    head, *body, tail = pem.strip().split("\n")
    whole = "".join(body)
    return "\n".join([head, *(whole[i : i + 76] for i in range(0, len(whole), 76)), tail])


@pytest.mark.parametrize(
    "respell",
    [
        lambda pem: pem.replace("\n", "\r\n"),
        lambda pem: pem.replace("\n", "\r"),
        lambda pem: "# cncloud: abc123\n" + pem,
        lambda pem: "\ufeff" + pem,
        lambda pem: pem.rstrip("\n"),
        lambda pem: pem + "\ntrailing words: not PEM\n",
        lambda pem: "    " + pem.replace("\n", "\n    "),
        lambda pem: pem.replace("BEGIN CERT", "BEGIN X509 CERT").replace("END CERT", "END X509 CERT"),
        lambda pem: pem.encode() + b"\xff\xfe",
        lambda pem: "".join(_rewrapped(part + "-----END CERTIFICATE-----") + "\n" for part in _parts(pem)),
    ],
    ids=["crlf", "cr", "comment", "bom", "no-newline", "junk-behind", "indented", "x509-label", "bytes", "76-columns"],
)
def test_the_same_certificate_in_another_spelling(made: Issued, respell: t.Callable[[str], _x509.PemText]) -> None:
    other = respell(made.fullchain_pem)
    assert _x509.same_certificates(made.fullchain_pem, other)
    assert _x509.pem_blocks(other) == made.fullchain_pem


def _parts(pem: str) -> list[str]:
    return pem.strip().split("-----END CERTIFICATE-----")[:-1]


def test_other_certificates_differ(made: Issued) -> None:
    assert not _x509.same_certificates(made.leaf_pem, made.fullchain_pem)
    assert not _x509.same_certificates(made.fullchain_pem, made.chain_pem + made.leaf_pem)
    assert not _x509.same_certificates("", "")
    assert not _x509.same_certificates(made.leaf_pem, made.leaf_pem[:200])


def test_blocks_can_be_chosen_by_label(made: Issued) -> None:
    mixed = made.key_pem + "Bag Attributes\n" + made.fullchain_pem
    assert _x509.pem_blocks(mixed, labels=_x509.CERTIFICATE_LABELS) == made.fullchain_pem
    assert _x509.pem_blocks(mixed, labels=_x509.PRIVATE_KEY_LABELS) == made.key_pem
    assert len(_x509.read_certificates(mixed)) == 2


# --- what is refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The certificate is empty."),
        ("no pem here", "The certificate holds no PEM block (it must begin with a line -----BEGIN ...-----)."),
        ("-----BEGIN CERTIFICATE-----\nQUJD\n", "The certificate is cut off: a CERTIFICATE block has no END line."),
        (
            "-----BEGIN CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\n",
            "The certificate is cut off: a CERTIFICATE block has no END line.",
        ),
        (
            "-----BEGIN CERTIFICATE-----\nQUJD\n-----END PRIVATE KEY-----\n",
            "The certificate is damaged: an END PRIVATE KEY line has no matching BEGIN line.",
        ),
        (
            "-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n",
            "The certificate is damaged: the inside of a CERTIFICATE block is not base64.",
        ),
        (
            "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n",
            "The certificate cannot be read as an X.509 certificate (ValueError).",
        ),
        (
            "-----BEGIN CERTIFICATE-----\\nQUJD\\n-----END CERTIFICATE-----\\n",
            "The certificate has the two characters \\n where line breaks should be.",
        ),
        (
            "-----BEGIN CERTIFICATE REQUEST-----\nQUJD\n-----END CERTIFICATE REQUEST-----\n",
            "The certificate holds PEM blocks of another kind, and none that is needed here.",
        ),
        ("-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n" * 101, "The certificate has more than 100"),
        ("x" * (1024 * 1024 + 1), "The certificate is longer than 1 MiB."),
    ],
)
@pytest.mark.parametrize("error", [Invalid, ProtocolFailure])
def test_unreadable_certificates(text: str, sentence: str, error: type[CertificatesError]) -> None:
    with pytest.raises(error) as caught:
        _x509.read_certificates(text, error=error)
    assert caught.value.message.startswith(sentence)


def test_the_sentence_names_what_is_meant() -> None:
    with pytest.raises(Invalid, match=r"^The file '/etc/x\.pem' is empty\.$"):
        _x509.read_certificates(" ", what="the file '/etc/x.pem'")


# --- keys --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["PKCS8", "TraditionalOpenSSL"])
@pytest.mark.parametrize("algorithm", ["rsa", "ecc"])
def test_a_key_fits_its_certificate_in_either_form(algorithm: str, form: str) -> None:
    made = issue("example.com", algorithm=algorithm)
    pem = key_pem(made.key, form=form)
    key = _x509.load_private_key("# a comment\r\n" + pem.replace("\n", "\r\n"))
    assert key.key_algorithm == algorithm
    assert key.pem == pem
    assert _x509.key_fits(_x509.read_leaf(made.leaf_pem), key)
    assert _x509.same_private_keys(pem, made.key_pem)
    assert "PRIVATE" not in repr(key)


def test_another_key_does_not_fit(made: Issued) -> None:
    other = key_pem(make_key(tag="other"))
    assert not _x509.key_fits(_x509.read_leaf(made.leaf_pem), _x509.load_private_key(other))
    assert not _x509.same_private_keys(made.key_pem, other)
    assert not _x509.same_private_keys(made.key_pem, "")


@pytest.mark.parametrize("form", ["PKCS8", "TraditionalOpenSSL"])
def test_an_encrypted_key_is_named_as_such(form: str) -> None:
    pem = key_pem(make_key(), form=form, passphrase=b"passphrase")
    with pytest.raises(Invalid, match=r"^The private key is encrypted\. Only a key without a passphrase can be used"):
        _x509.load_private_key(pem)


def test_an_ec_key_with_its_parameters_block() -> None:
    parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    pem = key_pem(make_key(), form="TraditionalOpenSSL")
    assert _x509.load_private_key(parameters + pem).pem == pem


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The private key is empty."),
        ("x" * 70_000, "The private key is longer than 64 KiB."),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----\nQUJD\n-----END OPENSSH PRIVATE KEY-----\n",
            "The private key is in OpenSSH's format.",
        ),
        ("-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----\n", "The private key cannot be read ("),
        ("-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----\n" * 2, "The private key holds more than one"),
        (
            "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n",
            "The private key holds PEM blocks of another kind",
        ),
    ],
)
def test_unreadable_keys(text: str, sentence: str) -> None:
    with pytest.raises(Invalid) as caught:
        _x509.load_private_key(text)
    assert caught.value.message.startswith(sentence)


def test_an_error_about_a_key_does_not_show_it() -> None:
    body = base64.b64encode(b"canary-secret-bytes" * 3).decode()
    with pytest.raises(Invalid) as caught:
        _x509.load_private_key(f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
    assert "canary" not in str(caught.value)
    assert body not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


# --- order -------------------------------------------------------------------------------------------------


def test_a_chain_is_put_in_order(made: Issued) -> None:
    shuffled = made.root_pem + made.leaf_pem + made.chain_pem + made.leaf_pem
    ordered = _x509.in_chain_order(_x509.read_certificates(shuffled))
    assert "".join(one.text() for one in ordered) == made.fullchain_pem + made.root_pem
    assert _x509.is_in_chain_order(ordered)
    assert not _x509.is_in_chain_order(_x509.read_certificates(shuffled))


def test_certificates_of_two_chains_have_no_order(made: Issued) -> None:
    other = issue("other.example.com")
    with pytest.raises(ProtocolFailure, match="no single leaf"):
        _x509.read_leaf(made.fullchain_pem + other.leaf_pem, error=ProtocolFailure)


def test_a_key_says_which_leaf_is_meant_and_strangers_are_refused(made: Issued) -> None:
    certificates = _x509.read_certificates(made.root_pem + made.leaf_pem)
    with pytest.raises(Invalid, match="not part of the leaf's chain"):
        _x509.in_chain_order(certificates, key=_x509.load_private_key(made.key_pem))


# --- names -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "domain", "expected"),
    [
        (["example.com"], "example.com", True),
        (["Example.COM"], "example.com.", True),
        (["example.com"], "www.example.com", False),
        (["*.example.com"], "www.example.com", True),
        (["*.example.com"], "example.com", False),
        (["*.example.com"], "a.b.example.com", False),
        (["*.example.com"], "*.example.com", True),
        (["www.example.com"], "*.example.com", False),
        (["*.com"], ".com", False),
        (["*"], "example", False),
        ([], "example.com", False),
        (["example.com"], "", False),
    ],
)
def test_covers(names: list[str], domain: str, expected: bool) -> None:
    assert _x509.covers(names, domain) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Example.COM.", "example.com"),
        (" example.com ", "example.com"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
        ("\u4e2d\u56fd.cn", "xn--fiqs8s.cn"),
        ("\u4e2d\u56fd\u3002cn", "xn--fiqs8s.cn"),
        ("XN--FIQS8S.cn", "xn--fiqs8s.cn"),
        ("a-1.example.com", "a-1.example.com"),
    ],
)
def test_domains_become_a_labels(text: str, expected: str) -> None:
    assert _x509.to_ascii_domain(text) == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "is empty"),
        ("example", "at least one dot"),
        ("*.example.com", "cannot be a wildcard here"),
        ("www.*.example.com", "is not a domain name"),
        ("https://example.com", "without scheme"),
        ("example.com:443", "without scheme"),
        ("user@example.com", "without scheme"),
        ("exa mple.com", "without scheme"),
        ("192.0.2.1", "is an IP address"),
        ("2001:db8::1", "is an IP address"),
        ("-a.example.com", "is not a domain name"),
        ("a-.example.com", "is not a domain name"),
        ("a..example.com", "is not a domain name"),
        (".example.com", "is not a domain name"),
        ("a_b.example.com", "underscore"),
        ("example.123", "its last part is a number"),
        ("stra\u00dfe.example", "spell differently"),
        ("a" * 64 + ".example.com", "is not a domain name"),
        (".".join(["abcdefgh"] * 40), "at most 253"),
        ("\u0000.example", "is not a domain name"),
    ],
)
def test_what_is_no_domain(text: str, part: str) -> None:
    with pytest.raises(Invalid, match=part) as caught:
        _x509.to_ascii_domain(text, option="zone")
    assert caught.value.message.startswith("'zone' ")


def test_what_a_caller_may_allow() -> None:
    assert _x509.to_ascii_domain("*.Example.com", wildcard=True) == "*.example.com"
    assert _x509.to_ascii_domain("localhost", single_label=True) == "localhost"
    assert _x509.to_ascii_domain("_dnsauth.example.com", underscore=True) == "_dnsauth.example.com"
    with pytest.raises(Invalid, match="65 characters long, and at most 64"):
        _x509.to_ascii_domain("a" * 53 + ".example.com", max_length=64)
    with pytest.raises(Invalid, match="at least one dot"):
        _x509.to_ascii_domain("*.com", wildcard=True)


# --- the whole check ---------------------------------------------------------------------------------------


def _check(
    made: Issued, *, certificate: str = "", key: str = "", domain: str = "example.com", gateway: bool = True
) -> _x509.Bundle:
    return _x509.check_bundle(
        certificate_pem=certificate or made.fullchain_pem,
        private_key_pem=key or made.key_pem,
        domain=domain,
        now=START,
        for_gateway=gateway,
    )


def test_a_good_bundle(made: Issued) -> None:
    bundle = _check(made, certificate="# cncloud: x\n" + made.fullchain_pem)
    assert bundle.leaf.serial == 0xABC
    assert [one.common_name for one in bundle.chain] == ["Test Issuer"]
    assert bundle.certificate_pem == made.fullchain_pem
    assert bundle.key.pem == made.key_pem


@pytest.mark.parametrize(
    ("made_with", "given", "sentence"),
    [
        ({}, {"key": key_pem(make_key(tag="other"))}, "The private key does not match the certificate."),
        ({}, {"domain": "a.example.org"}, "The certificate covers 'example.com' and not 'a.example.org'."),
        ({}, {"key": key_pem(make_key(), passphrase=b"x")}, "The private key is encrypted."),
        ({"end": START - DAY}, {}, "The certificate has expired: it ended on 2026-11-21T08:00:00Z."),
        ({"start": START + DAY}, {}, "The certificate is not yet valid: it begins on 2026-11-23T08:00:00Z."),
        ({"san": False}, {}, "The certificate has no subjectAltName; the API Gateway does not take it."),
        ({"san": False}, {"gateway": False}, "The certificate covers no domain (it has no DNS name"),
        (
            {"end": datetime.datetime(2038, 1, 19, 3, 14, 8, tzinfo=datetime.UTC)},
            {},
            "The certificate ends on 2038-01-19T03:14:08Z; the API Gateway takes none that end after",
        ),
    ],
)
def test_a_bad_bundle_gets_one_sentence(made_with: dict[str, t.Any], given: dict[str, t.Any], sentence: str) -> None:
    with pytest.raises(Invalid) as caught:
        _check(issue("example.com", **made_with), **given)
    assert caught.value.message.startswith(sentence)


def test_the_gateway_limits_are_the_gateways_alone() -> None:
    late = issue("example.com", end=datetime.datetime(2040, 1, 1, tzinfo=datetime.UTC))
    assert _check(late, gateway=False).leaf.domains == ("example.com",)
    last = issue("example.com", end=_x509.GATEWAY_END)
    assert _check(last).leaf.not_after == _x509.GATEWAY_END


def test_a_chain_in_the_wrong_order(made: Issued) -> None:
    with pytest.raises(Invalid, match="wrong order: the private key fits one that is not the first"):
        _check(made, certificate=made.chain_pem + made.leaf_pem)
    with pytest.raises(Invalid, match="wrong order or do not belong together"):
        _check(made, certificate=made.leaf_pem + made.root_pem + made.chain_pem)
    with pytest.raises(Invalid, match="wrong order or do not belong together"):
        _check(made, certificate=made.leaf_pem + issue("other.example.com").leaf_pem)


# --- serials and fingerprints ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("serial", "text", "expected"),
    [
        (13010, "13010", True),
        (13010, "32d2", True),
        (13010, "0x32D2", True),
        (13010, "00:32:D2", True),
        (0x13010, "13010", True),
        (13010, "13011", False),
        (0, "", False),
        (5, "five", False),
    ],
)
def test_same_serial(serial: int, text: str, expected: bool) -> None:
    assert _x509.same_serial(serial, text) is expected


def test_fingerprint_spellings() -> None:
    plain = "ab" * 32
    assert _x509.normalise_fingerprint(":".join(["AB"] * 32)) == plain
    assert _x509.normalise_fingerprint(f" {plain}\n") == plain
    for bad in ("", "ab" * 20, "zz" * 32):
        with pytest.raises(Invalid, match="64 hexadecimal digits"):
            _x509.normalise_fingerprint(bad)


# --- nothing else ever comes out ---------------------------------------------------------------------------


def test_a_missing_library_is_a_local_failure(monkeypatch: pytest.MonkeyPatch, made: Issued) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.x509", None)
    with pytest.raises(LocalFailure, match=r"cryptography \(3\.4 or newer\)") as caught:
        _x509.read_leaf(made.leaf_pem)
    assert caught.value.code == "missing_library"


PEM_LIKE = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "-----BEGIN CERTIFICATE-----",
                "-----END CERTIFICATE-----",
                "-----BEGIN PRIVATE KEY-----",
                "-----END PRIVATE KEY-----",
                "Proc-Type: 4,ENCRYPTED",
                "",
                "MIIB",
            ]
        ),
        st.binary(max_size=60).map(lambda raw: base64.b64encode(raw).decode()),
        st.text(max_size=20),
    ),
    max_size=12,
).map("\n".join)


@settings(max_examples=150, deadline=None)
@given(text=st.one_of(PEM_LIKE, st.binary(max_size=300)))
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    sentences = []
    for reader in (_x509.read_leaf, _x509.load_private_key, _x509.pem_blocks):
        try:
            reader(text)
        except CertificatesError as exc:
            sentences.append(exc.message)
    assert all(sentence.endswith((".", ")")) for sentence in sentences)


@settings(max_examples=100, deadline=None)
@given(position=st.integers(min_value=0), value=st.integers(min_value=0, max_value=255))
def test_a_certificate_with_one_wrong_byte_is_read_or_refused(made: Issued, position: int, value: int) -> None:
    der = bytearray(_x509.read_leaf(made.leaf_pem).der)
    der[position % len(der)] = value
    with contextlib.suppress(Invalid):
        _x509.parse_certificate(bytes(der))


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=80))
def test_any_domain_is_normal_or_refused(text: str) -> None:
    try:
        domain = _x509.to_ascii_domain(text, wildcard=True)
    except Invalid:
        return
    assert domain == domain.lower()
    assert domain.isascii()
    assert _x509.to_ascii_domain(domain, wildcard=True) == domain


def test_an_rsa_key_whose_numbers_do_not_belong_together_is_refused() -> None:
    """The library's own, slow check is left out, so that this one has to hold."""
    own, other = (rsa.generate_private_key(65537, 2048).private_numbers() for _number in range(2))
    mixed = rsa.RSAPrivateNumbers(
        p=own.p, q=own.q, d=other.d, dmp1=own.dmp1, dmq1=own.dmq1, iqmp=own.iqmp, public_numbers=own.public_numbers
    )
    key = mixed.private_key(unsafe_skip_rsa_key_validation=True)
    with pytest.raises(Invalid, match="cannot be read"):
        _x509.load_private_key(key_pem(key))
