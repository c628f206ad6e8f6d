# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever a file, an option or a download holds, a parser answers or raises an error of the collection."""

from __future__ import annotations

import collections.abc as c
import contextlib
import datetime
import functools
import json
import os
import tempfile
import typing as t
import unittest.mock
from pathlib import Path

import pytest
from ansible_collections.cncloud.certificates.plugins.module_utils import (
    _dns_record,
    _files,
    _http,
    _key_server,
    _profiles,
    _proxy,
    _renewal,
    _secrets,
    _served,
    _x509,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import (
    antchain_cert_key,
    antchain_cert_spill,
    antchain_download,
    client_cert_files,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import client as aliyun
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.answer import Fields as AliyunFields
from ansible_collections.cncloud.certificates.plugins.module_utils._clock import (
    clock_for,
    days_between,
    is_loopback,
    rfc3339,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._credentials import Role
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    AuthError,
    CertificatesError,
    NetworkFailure,
    ProtocolFailure,
    Ran,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Reply, Transport
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.answer import Fields as HuaweiFields
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.client import check_id
from ansible_collections.cncloud.certificates.plugins.module_utils._refusal import clock_hint, retry_after
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.answer import Fields as TencentFields
from ansible_collections.cncloud.certificates.tests.unit.doubles import START, FakeClock
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from driver.driver import entry_of
from fuzz.counting import Executions
from fuzz.hostile import VALUES, Edit, byte_edits, edited, executions, json_edits, spoilt
from hypothesis import given
from hypothesis import strategies as st

Parser = c.Callable[[bytes], object]


def pem_of(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, *, password: bytes | None = None) -> bytes:
    hidden: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password is not None:
        hidden = serialization.BestAvailableEncryption(password)
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden)


@functools.cache
def material() -> dict[str, bytes]:
    """Sound input of each kind. The certificate is its own issuer, which is enough for reading."""
    key, large = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "www.example.com")])
    leaf = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(START)
        .not_valid_after(START + datetime.timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("www.example.com")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    certificate = leaf.public_bytes(serialization.Encoding.PEM)
    private = pem_of(key)
    inline = b"".join(b"<%s>\n%s</%s>\n" % (tag, text, tag) for tag, text in ((b"ca", certificate), (b"key", private)))
    return {
        "certificate": certificate,
        "commented": b"# cncloud: a1B2\n" + certificate,
        "crlf": certificate.replace(b"\n", b"\r\n"),
        "chain of 100": certificate * 100,
        "der": leaf.public_bytes(serialization.Encoding.DER),
        "key": private,
        "rsa key": pem_of(large),
        "old key": key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        ),
        "encrypted key": pem_of(key, password=b"password"),
        "request": csr.public_bytes(serialization.Encoding.PEM),
        "ovpn": b"client\ndev tun\nremote 192.0.2.1 1194\nca ca.crt\n" + inline,
        "answer": json.dumps({"Result": {"PrivateKey": private.decode()}}).encode(),
        "token": b"\xef\xbb\xbfheader.payload.signature\n",
        "note": b'{"time": "2026-11-22T08:00:00Z"}\n',
    }


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _bundle(content: bytes) -> object:
    return _x509.check_bundle(
        certificate_pem=content, private_key_pem=material()["key"], domain="www.example.com", now=START
    )


def _key_of_bundle(content: bytes) -> object:
    certificate = material()["certificate"]
    return _x509.check_bundle(
        certificate_pem=certificate, private_key_pem=content, domain="*.example.com", now=START, for_gateway=True
    )


def _ovpn(content: bytes) -> object:
    text = content.decode("utf-8", "replace")
    client_cert_files.parse_configuration(text)
    with contextlib.suppress(ProtocolFailure):
        return client_cert_files.compose_configuration(text, ca="c", certificate="d", key="e")
    return None


def _chain_order(content: bytes) -> object:
    certificates = _x509.read_certificates(content)
    key = _x509.load_private_key(material()["key"])
    assert isinstance(_x509.is_in_chain_order(certificates), bool)
    return _x509.in_chain_order(certificates, key=key)


def _token(content: bytes) -> object:
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(content)
        token = _profiles.read_token(file.name, source="a test")
    assert token.isascii()
    assert token.isprintable()
    return token


def _program(content: bytes) -> object:
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(content)
        context = Context(environ=dict(os.environ))
        return _key_server.output_of(f"cat {file.name}", context=context, source="a test")


# Parsers of bytes, and with what they begin.
OF_BYTES: dict[str, tuple[Parser, tuple[str, ...]]] = {
    "certificates": (_x509.read_certificates, ("certificate", "commented", "crlf", "chain of 100", "key")),
    "leaf": (_x509.read_leaf, ("certificate", "commented")),
    "chain order": (_chain_order, ("certificate", "chain of 100")),
    "certificate in DER": (_x509.parse_certificate, ("der",)),
    "private key": (_x509.load_private_key, ("key", "rsa key", "old key", "encrypted key", "certificate")),
    "bundle": (_bundle, ("certificate", "chain of 100", "crlf")),
    "key of a bundle": (_key_of_bundle, ("key", "old key", "rsa key")),
    "same certificates": (lambda one: _x509.same_certificates(one, material()["certificate"]), ("certificate",)),
    "same keys": (lambda one: _x509.same_private_keys(one, material()["key"]), ("key", "old key")),
    "comment line": (_files.read_certificate_id, ("commented", "key")),
    "ovpn": (_ovpn, ("ovpn",)),
    "mask": (lambda one: _secrets.forms_of(_text(one)), ("key", "rsa key", "crlf")),
    "signing request": (lambda one: antchain_cert_key.read_csr(one, option="csr_path"), ("request", "key")),
    "key of a chain": (
        lambda one: antchain_cert_key.public_key_of(one, password="password", what="the key"),
        ("key", "encrypted key", "rsa key"),
    ),
    "key in an answer": (antchain_cert_key.key_in_answer, ("answer", "key", "encrypted key")),
    "note of a run": (antchain_cert_spill._time_of, ("note",)),
    "download": (
        lambda one: antchain_download.certificates_in(one, what="client.crt"),
        ("certificate", "chain of 100", "key"),
    ),
    "trust store": (lambda one: antchain_download.trust_store_in(one, what="trustCa"), ("der",)),
    "token file": (_token, ("token", "note")),
    "output of a program": (_program, ("answer", "note")),
    "JSON": (lambda one: Reply(status=200, headers={}, body=one).json(), ("answer", "note")),
}


@pytest.mark.parametrize("name", OF_BYTES)
def test_bytes(name: str, executed: Executions) -> None:
    parser, begins = OF_BYTES[name]

    @executions(15)
    @given(begin=st.sampled_from(begins), edits=byte_edits(), noise=st.none() | st.binary(max_size=64))
    def survives(begin: str, edits: list[Edit], noise: bytes | None) -> None:
        executed.one()
        content = material()[begin] if noise is None else noise
        with contextlib.suppress(CertificatesError):
            parser(spoilt(content, edits))

    survives()


def _download_address(text: str) -> object:
    parts = antchain_download._parsed(text)
    assert parts.scheme in ("http", "https")
    assert "@" not in parts.netloc
    return parts


def _path(text: str) -> object:
    path = _files.absolute_path(text, option="certificate_path", context=Context(environ={"HOME": "/home/anna"}))
    assert path.startswith("/")
    assert "\0" not in path
    return path


def _profile_name(text: str) -> object:
    name = _profiles.check_name(text)
    assert "/" not in name
    assert name not in ("", ".", "..")
    return name


def _retry_after(text: str) -> object:
    reply = Reply(status=503, headers=dict.fromkeys(("retry-after", "x-acs-retry-after"), text), body=b"")
    for seconds in (retry_after(reply), aliyun._retry_after(reply)):
        assert seconds is None or 0 <= seconds < 100_000
    return seconds


def _date(text: str) -> object:
    hint = clock_hint(Reply(status=403, headers={"date": text}, body=b""), now=START, tolerated=60)
    assert hint is None or (hint.isprintable() and len(hint) < 500)
    return hint


def _duration(text: str) -> object:
    role = Role.of_texts(arn="a", session_name="b2", duration=text, external_id=None)
    role.check(source="a test")
    assert role.duration is None or 900 <= role.duration <= 43200
    return role


def _time_of_a_key(text: str) -> object:
    moment = _key_server.moment(text)
    assert moment is None or rfc3339(moment)
    return moment


def _key_server_address(text: str) -> object:
    context = Context(environ={_key_server.METADATA_VARIABLE: text})
    with contextlib.suppress(AuthError):
        assert is_loopback(_key_server.metadata_url("http://127.0.0.1", context))
    _key_server.check_server(text, source="a test", link_local=True)
    return None


def _place(text: str) -> object:
    target = _served.read_target(host="www.example.com", port=443, connect_to=text)
    assert "\r" not in target.place
    assert "\n" not in target.place
    return target


OF_TEXT: dict[str, tuple[c.Callable[[str], object], tuple[str, ...]]] = {
    "address of a download": (
        _download_address,
        ("https://x.example.com/client.crt?Expires=1&Signature=a%2F", "http://[::1]:80/", "ftp://x/", "file:///etc/x"),
    ),
    "endpoint": (_http.check_endpoint, ("https://ssl.example.com", "http://127.0.0.1:8080/", "http://[::1]")),
    "proxy": (
        lambda text: _proxy.proxy_for("https://192.0.2.1/", option=None, environ={"no_proxy": text, "ALL_PROXY": text}),
        ("192.0.2.0/24,.example.com,*", "http://user:word@proxy:3128", "[::1]:80,::1"),
    ),
    "renew_before": (_renewal.parse_renew_before, ("30d", "33%", "12h")),
    "domain": (lambda text: _x509.to_ascii_domain(text, wildcard=True), ("www.example.com", "*.例子.cn", "xn--fsq.cn")),
    "fingerprint": (_x509.normalise_fingerprint, ("AB:" * 31 + "AB", "ab" * 32, "sha256 " + "ab" * 32)),
    "serial number": (lambda text: _x509.same_serial(7, text), ("7", "0x07", "00:07")),
    "mode": (lambda text: _files.parse_mode(text, option="mode"), ("0644", "0o600", "u=rw")),
    "path": (_path, ("/etc/ssl/a.pem", "~/a.pem", "~root/../a", "../../a", "/a/../../b/")),
    "name of a profile": (_profile_name, ("default", "../../etc/passwd", "a b")),
    "full name of a record": (_dns_record.full_name, ("_dnsauth.www.example.com.", "*.example.com", "@")),
    "name of a record": (
        lambda text: _dns_record.relative_name(text, zone="example.com"),
        ("_dnsauth.www", "_dnsauth.www.example.com.", "@"),
    ),
    "value of a record": (lambda text: _dns_record.normal_value(text, type="TXT"), ('"a"', '"', "x.example.com.")),
    "Retry-After": (_retry_after, ("3", "nan", "-1", "9" * 400, "Thu, 01 Jan 1970 00:00:00 GMT")),
    "Date": (
        _date,
        (
            *("Sun, 22 Nov 2026 09:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 -2359", "Sat, 01 Jan 0001 00:00:00 +2359"),
            *("1 Jan 2026 00:00:00 -0000", "0 0 0 0 0 0", "Sun, 22 Nov 99999 08:00:00 +99999999"),
        ),
    ),
    "duration of a role": (_duration, ("900", "3600s", "\u0663600", "-1", "1e9", "9" * 5000)),
    "time of a key": (_time_of_a_key, ("2026-11-22T08:00:00Z", "1795334400", "9999-12-31T23:59:59.999999Z", "9" * 11)),
    "address of a key server": (
        _key_server_address,
        ("http://127.0.0.1:80/a?b", "https://x.example.com/", "http://169.254.170.2/", "http://[fe80::1%eth0]/", "//x"),
    ),
    "place to connect to": (_place, ("192.0.2.1:443", "[2001:db8::1]:443", "x.example.com", "::1", "[::1%25lo]:1")),
    "id in a path": (lambda text: check_id(text, option="instance_id"), ("i-emulator", "../x", "a%2fb", "a\n")),
}


@pytest.mark.parametrize("name", OF_TEXT)
def test_texts(name: str, executed: Executions) -> None:
    parser, begins = OF_TEXT[name]

    @executions(15)
    @given(begin=st.sampled_from(begins), edits=byte_edits(), noise=st.none() | st.text(max_size=40))
    def survives(begin: str, edits: list[Edit], noise: str | None) -> None:
        executed.one()
        text = _text(spoilt(begin.encode(), edits)) if noise is None else noise
        with contextlib.suppress(CertificatesError):
            parser(text)

    survives()


READERS = (
    *("text", "required_text", "integer", "required_integer", "flag", "object", "objects", "texts", "digits", "moment"),
    *("trimmed", "hexadecimal", "milliseconds", "label", "required_digits", "required_label"),
)


@pytest.mark.parametrize("fields", [AliyunFields, TencentFields, HuaweiFields])
def test_members_of_answers(fields: t.Any, executed: Executions) -> None:
    @executions(40)
    @given(
        value=st.sampled_from(VALUES) | st.integers() | st.floats() | st.text(max_size=30) | st.datetimes().map(str),
        reader=st.sampled_from([name for name in READERS if hasattr(fields, name)]),
    )
    def survives(value: t.Any, reader: str) -> None:
        executed.one()
        with contextlib.suppress(CertificatesError):
            read = getattr(fields({"member": value}, operation="Describe"), reader)("member")
            if isinstance(read, datetime.datetime):
                assert rfc3339(read)
                days_between(START, read)

    survives()


PROFILES: dict[str, tuple[str, str, bytes]] = {
    "aliyun CLI": (
        "aliyun_sslvpn_client_cert_info",
        ".aliyun/config.json",
        json.dumps(
            {
                "current": "default",
                "profiles": [
                    {
                        "name": "default",
                        "mode": "ChainableRamRoleArn",
                        "source_profile": "base",
                        "ram_role_arn": "acs:ram::1:role/a",
                        "ram_session_name": "b",
                        "expired_seconds": 900,
                    },
                    {"name": "base", "mode": "AK", "access_key_id": "a", "access_key_secret": "b"},
                    {"name": "oidc", "mode": "OIDC", "oidc_token_file": "/none", "oidc_provider_arn": "c"},
                    {"name": "uri", "mode": "CredentialsURI", "credentials_uri": "http://127.0.0.1:9/"},
                ],
            }
        ).encode(),
    ),
    "aliyun INI": (
        "aliyun_sslvpn_client_cert_info",
        ".alibabacloud/credentials.ini",
        b"[default]\ntype = access_key\naccess_key_id = a # b\naccess_key_secret = c\n\n[x]\ntype = sts\n",
    ),
    "tencent CLI": (
        "tencent_cert_info",
        ".tccli/default.credential",
        b'{"secretId": "a", "secretKey": "b", "token": "c", "expiresAt": 1795000000, "role-arn": "d"}',
    ),
    "tencent INI": ("tencent_cert_info", ".tencentcloud/credentials", b"[default]\nsecret_id = a\nsecret_key = b\n"),
    "huawei CLI": (
        "huawei_apig_cert_info",
        ".hcloud/config.json",
        json.dumps(
            {
                "current": "default",
                "profiles": [
                    {
                        "name": "default",
                        "mode": "AKSK",
                        "accessKeyId": "a",
                        "secretAccessKey": "b",
                        "region": "cn-north-4",
                        "projectId": "c",
                        "agencyName": "d",
                    }
                ],
            }
        ).encode(),
    ),
    "huawei INI": ("huawei_apig_cert_info", ".huaweicloud/credentials", b"[basic]\nak = a\nsk = b\n[global]\nak = c\n"),
}


@pytest.mark.parametrize("name", PROFILES)
def test_profiles(name: str, tmp_path: Path, executed: Executions) -> None:
    """Files of other tools, as far as a module reads them before its first call, which is never answered."""
    module, place, sound = PROFILES[name]
    path = tmp_path / place
    path.parent.mkdir(parents=True)
    entry = entry_of(module)
    given_options = {"instance_id": "i", "region": "cn-north-4"}
    params = {option: spec.get("default") for option, spec in entry.argument_spec.items()}
    params |= {option: value for option, value in given_options.items() if option in entry.argument_spec}

    def silent(*_arguments: t.Any, **_more: t.Any) -> Reply:
        raise NetworkFailure("No answer.", ran=Ran.UNKNOWN)

    @executions(40)
    @given(edits=json_edits(), cuts=byte_edits(), as_json=st.booleans())
    def survives(edits: list[Edit], cuts: list[Edit], as_json: bool) -> None:
        executed.one()
        content = sound
        if as_json and sound.startswith(b"{"):
            content = json.dumps(edited(json.loads(sound), edits)).encode()
        path.write_bytes(spoilt(content, [] if as_json else cuts))
        context = Context(check_mode=True, environ={"HOME": str(tmp_path)}, clock=FakeClock())
        with contextlib.suppress(CertificatesError), unittest.mock.patch.object(Transport, "_exchange", silent):
            entry.run(params, context)

    survives()


@pytest.mark.parametrize(
    "proxy",
    [
        "http://[::1",
        "http://a b:1",
        "://",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:port",
        "\ud800",
        "\0",
        "x" * 70000,
    ],
)
def test_a_proxy_that_cannot_be_one_is_an_error(proxy: str, tmp_path: Path) -> None:
    entry = entry_of("tencent_cert_info")
    params = {option: spec.get("default") for option, spec in entry.argument_spec.items()}
    params |= {"secret_id": "a", "secret_key": "b", "endpoint": "http://127.0.0.1:9", "proxy": proxy, "retries": 0}
    context = Context(check_mode=True, environ={"HOME": str(tmp_path)}, clock=FakeClock())
    with pytest.raises(CertificatesError):
        entry.run(params, context)


@pytest.mark.parametrize("endpoint", ["http://[", "https://[::1", "http://[v1.x]/", "http://a]b", "\ud800", "//"])
def test_an_endpoint_that_is_no_url_has_an_ordinary_clock(endpoint: str) -> None:
    """It is asked for before anything else, also before there is anybody who turns failures into results."""
    assert not is_loopback(endpoint)
    clock_for(endpoint=endpoint, environ={"CNCLOUD_CERTIFICATES_PACE": "100"})


@pytest.mark.parametrize("bits", [1024, 4096, 16384])
def test_keys_of_any_size_are_read_or_refused(bits: int) -> None:
    """A modulus that is no product of two primes does for a reader: making a true one of 16 kbit takes minutes."""
    public = rsa.RSAPublicNumbers(65537, (1 << bits) - 1).public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    for content in (pem, pem.replace(b"PUBLIC", b"PRIVATE"), material()["key"] + b"A" * bits):
        with contextlib.suppress(CertificatesError):
            _x509.load_private_key(content)


def test_a_bomb_of_an_answer_is_not_unpacked() -> None:
    """What was kept of an answer may have been compressed on the way: one MiB of it is looked at."""
    import zlib

    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = packer.compress(b"0" * (64 * 1024 * 1024)) + packer.flush()
    assert len(bomb) < 100_000
    assert len(antchain_cert_key._plain(bomb)) <= 1024 * 1024
