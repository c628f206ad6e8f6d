# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the emulated API Gateway accepts as a certificate, and with which code it refuses the rest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from ansible_collections.cncloud.certificates.tests.unit.emulator.huawei_caller import Caller, shared_key
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from emulator.huawei_errors import Refused
from emulator.huawei_material import Material, checked

NAME = "www.example.com"
Pair = tuple[str, str]


def _good(caller: Caller) -> Pair:
    issued = caller.issue(NAME)
    return issued.chain_pem, issued.key_pem


def _leaf_alone(caller: Caller) -> Pair:
    issued = caller.issue(NAME)
    return issued.leaf_pem, issued.key_pem


def _elliptic(caller: Caller) -> Pair:
    issued = caller.issue(NAME, algorithm="ECC")
    return issued.chain_pem, issued.key_pem


def _other_key(caller: Caller) -> Pair:
    return caller.issue(NAME).chain_pem, shared_key("RSA", 1)


def _expired(caller: Caller) -> Pair:
    issued = caller.issue(NAME, days_left=-1)
    return issued.chain_pem, issued.key_pem


def _chain_turned_round(caller: Caller) -> Pair:
    issued = caller.issue(NAME)
    return caller.world.ca.intermediate_pem("RSA") + issued.leaf_pem, issued.key_pem


def _foreign_intermediate(caller: Caller) -> Pair:
    issued = caller.issue(NAME)
    return issued.leaf_pem + caller.world.ca.intermediate_pem("ECC"), issued.key_pem


def _with_key(key_text: Callable[[rsa.RSAPrivateKey], bytes]) -> Callable[[Caller], Pair]:
    def make(caller: Caller) -> Pair:
        issued = caller.issue(NAME)
        key = serialization.load_pem_private_key(issued.key_pem.encode(), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        return issued.chain_pem, key_text(key).decode()

    return make


def _encrypted(form: serialization.PrivateFormat) -> Callable[[Caller], Pair]:
    secret = serialization.BestAvailableEncryption(b"passphrase")
    return _with_key(lambda key: key.private_bytes(serialization.Encoding.PEM, form, secret))


def _changed(change: Callable[[Pair], Pair]) -> Callable[[Caller], Pair]:
    return lambda caller: change(_good(caller))


def _own(names: list[str] | None, not_after: datetime | None = None) -> Callable[[Caller], Pair]:
    """Self-signed, with or without subject alternative names."""

    def make(caller: Caller) -> Pair:
        key = serialization.load_pem_private_key(shared_key("ECC").encode(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(caller.world.now() - timedelta(days=1))
            .not_valid_after(not_after or caller.world.now() + timedelta(days=30))
        )
        if names is not None:
            alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
            builder = builder.add_extension(alternative, critical=False)
        leaf = builder.sign(key, hashes.SHA256())
        return leaf.public_bytes(serialization.Encoding.PEM).decode(), shared_key("ECC")

    return make


LAST = datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        pytest.param(_good, None, id="good"),
        pytest.param(_leaf_alone, None, id="leaf alone"),
        pytest.param(_elliptic, None, id="elliptic"),
        pytest.param(_own([NAME]), None, id="self-signed"),
        pytest.param(
            _with_key(
                lambda key: key.private_bytes(
                    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                )
            ),
            None,
            id="PKCS 8",
        ),
        pytest.param(_other_key, "APIG.2101", id="another key"),
        pytest.param(_expired, "APIG.2102", id="expired"),
        pytest.param(_chain_turned_round, "APIG.2104", id="leaf last"),
        pytest.param(_foreign_intermediate, "APIG.2104", id="another's intermediate"),
        pytest.param(_encrypted(serialization.PrivateFormat.PKCS8), "APIG.2105", id="encrypted PKCS 8"),
        pytest.param(_encrypted(serialization.PrivateFormat.TraditionalOpenSSL), "APIG.2105", id="encrypted PKCS 1"),
        pytest.param(_changed(lambda pair: ("nonsense", pair[1])), "APIG.2106", id="no certificate"),
        pytest.param(_changed(lambda pair: (pair[0], "nonsense")), "APIG.2106", id="no key"),
        pytest.param(_changed(lambda pair: (pair[1], pair[0])), "APIG.2106", id="swapped"),
        pytest.param(_changed(lambda pair: (f"'{pair[0]}'", pair[1])), "APIG.2106", id="in quotes"),
        pytest.param(_changed(lambda pair: ("# a note\n" + pair[0], pair[1])), "APIG.2106", id="with a comment"),
        pytest.param(_changed(lambda pair: (pair[0][:200] + pair[0][260:], pair[1])), "APIG.2106", id="damaged"),
        pytest.param(_changed(lambda pair: (pair[0] + pair[1], pair[1])), "APIG.2106", id="key among certificates"),
        pytest.param(_own(None), "APIG.2109", id="no names"),
        pytest.param(_own([NAME], LAST), "APIG.3148", id="ends too late"),
        pytest.param(_own([NAME], LAST - timedelta(seconds=1)), None, id="ends just in time"),
    ],
)
def test_checks(make: Callable[[Caller], Pair], code: str | None) -> None:
    caller = Caller()
    chain, key = make(caller)
    assert _code(chain, key, caller) == code


def _code(chain: str, key: str, caller: Caller) -> str | None:
    try:
        checked(chain, key, now=caller.world.now())
    except Refused as refusal:
        return refusal.code
    return None


def _material(*names: str) -> Material:
    caller = Caller()
    issued = caller.issue(*names, algorithm="ECC")
    return checked(issued.chain_pem, issued.key_pem, now=caller.world.now())


@pytest.mark.parametrize(
    ("names", "host", "covered"),
    [
        (["www.example.com"], "www.example.com", True),
        (["www.example.com"], "WWW.example.com", True),
        (["www.example.com"], "example.com", False),
        (["a.example.com", "b.example.com"], "b.example.com", True),
        (["*.example.com"], "www.example.com", True),
        (["*.example.com"], "a.b.example.com", False),
        (["*.example.com"], "example.com", False),
        (["*.example.com"], "*.example.com", True),
        (["www.example.com"], "*.example.com", False),
    ],
)
def test_names(names: list[str], host: str, covered: bool) -> None:
    assert _material(*names).covers(host) is covered


def test_what_is_told_about_a_certificate() -> None:
    material = _material(NAME)
    detail = material.described(serial_format="decimal")
    assert int(detail["serial_number"]) == material.leaf.serial_number
    assert int(material.described(serial_format="hex")["serial_number"], 16) == material.leaf.serial_number
    assert (material.algorithm, material.signature_algorithm, detail["version"]) == ("ECC", "ECDSA-SHA256", 3)
    assert detail["not_before"] == material.leaf.not_valid_before_utc.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_material_does_not_show_its_key() -> None:
    assert "PRIVATE KEY" not in repr(_material(NAME))
