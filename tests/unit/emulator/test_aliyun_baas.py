# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AntChain of the emulated Alibaba Cloud: applications, once-shown keys, downloads, and what no source settles."""

import base64
import hashlib
import http.client
import io
import struct
import urllib.error
import urllib.request
import zipfile
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from emulator import aliyun
from emulator.aliyun import AliyunCloud
from emulator.aliyun_baas_control import CHAIN, CONSORTIUM
from emulator.server import EmulatorServer
from emulator.world import Credential, Request, Response, World
from werkzeug.datastructures import Headers

from .aliyun_caller import AliyunClient, body_of, refusal

PASSWORD = "pass word&+"
SUBJECT = {
    "CommonName": "client",
    "CountryName": "CN",
    "StateOrProvinceName": "Zhejiang",
    "LocalityName": "Hangzhou",
    "OrganizationName": "Org",
    "OrganizationUnitName": "Unit",
}
APPLY_WITH_KEY = "ApplyAntChainCertificateWithKeyAutoCreation"
PAGES = {"PageNumber": 1, "PageSize": 10}


class Chain:
    """The calls of one member of the seeded chain, and the world's control path."""

    def __init__(self, client: AliyunClient) -> None:
        self.client = client
        self.world = client.world

    def request(self, action: str, **parameters: Any) -> Request:
        return self.client.request(action, service="baas", form=parameters)

    def ok(self, action: str, **parameters: Any) -> dict[str, Any]:
        return body_of(self.client.send(self.request(action, **parameters)), 200)

    def code(self, action: str, status: int = 400, **parameters: Any) -> str:
        return refusal(self.client.send(self.request(action, **parameters)), status)

    def apply_with_key(self, **changes: Any) -> dict[str, Any]:
        given = {"AntChainId": CHAIN, "ConsortiumId": CONSORTIUM, "Password": PASSWORD, **SUBJECT, **changes}
        return dict(self.ok(APPLY_WITH_KEY, **given))

    def apply(self, csr: bytes | None = None) -> dict[str, Any]:
        return self.ok("ApplyAntChainCertificate", AntChainId=CHAIN, UploadReq=uploaded(csr or request_pem()))

    def own(self) -> str:
        """The MemberStatus of the chain."""
        (row,) = self.ok("DescribeAntChainsV2", ConsortiumId=CONSORTIUM, **PAGES)["Result"]["AntChains"]
        return str(row["MemberStatus"])

    def rows(self, status: str, action: str = "DescribeAntChainCertificateApplicationsV2") -> list[dict[str, Any]]:
        result = self.ok(action, AntChainId=CHAIN, Status=status, **PAGES)["Result"]
        assert result["Pagination"]["TotalCount"] == len(result["CertificateApplications"])
        return list(result["CertificateApplications"])

    def urls(self) -> dict[str, str]:
        return dict(self.ok("DescribeAntChainDownloadPathsV2", AntChainId=CHAIN, ConsortiumId=CONSORTIUM)["Result"])

    def download(self, name: str = "ClientCrtUrl", urls: dict[str, str] | None = None) -> Response:
        parts = urlsplit((urls or self.urls())[name])
        request = Request("GET", parts.path, parts.query, Headers({"Host": parts.netloc}), b"", parts.netloc)
        return self.client.send(request).response

    def client_crt(self) -> x509.Certificate:
        response = self.download()
        assert response.status == 200
        assert isinstance(response.body, bytes)
        return x509.load_pem_x509_certificate(response.body)

    def cloud(self) -> AliyunCloud:
        return next(cloud for cloud in self.world.clouds if isinstance(cloud, AliyunCloud))

    def settings(self, **values: Any) -> None:
        self.cloud().control("POST", ["settings"], {}, {"antchain": values})

    def control(self, method: str, *parts: str, **body: Any) -> dict[str, Any]:
        response = self.cloud().control(method, list(parts), {}, body)
        assert response is not None
        assert isinstance(response.body, dict)
        return response.body


@pytest.fixture
def chain(aliyun_client: AliyunClient) -> Chain:
    return Chain(aliyun_client)


def request_pem(key: ec.EllipticCurvePrivateKey | None = None) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "of the csr")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    return builder.sign(key or ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(
        serialization.Encoding.PEM
    )


def uploaded(pem: bytes) -> str:
    return base64.b64encode(pem).decode()


def public(key: Any) -> bytes:
    der: bytes = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return der


def test_a_key_that_is_made_for_its_owner(chain: Chain) -> None:
    assert chain.own() == "ChainNotApplied"
    assert chain.download().status == 404
    answer = chain.apply_with_key()
    assert set(answer) == {"RequestId", "Result"}
    pem = answer["Result"]["PrivateKey"]
    assert pem.startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    key = serialization.load_pem_private_key(pem.encode(), PASSWORD.encode())
    with pytest.raises(ValueError, match="ncorrect password"):
        serialization.load_pem_private_key(pem.encode(), b"another")
    assert chain.own() == "ChainApplied"
    certificate = chain.client_crt()
    assert public(certificate.public_key()) == public(key.public_key())
    assert certificate.subject.rfc4514_string() == "CN=client,OU=Unit,O=Org,L=Hangzhou,ST=Zhejiang,C=CN"
    ca = chain.download("CaCrtUrl").body
    assert isinstance(ca, bytes)
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(ca))
    assert set(answer["Result"]["DownloadPath"]) == {"CaCrtUrl", "ClientCrtUrl", "SdkUrl", "TrustCaUrl"}
    assert chain.download(urls=answer["Result"]["DownloadPath"]).status == 200


def test_the_key_is_in_no_other_place(chain: Chain) -> None:
    request = chain.request(APPLY_WITH_KEY, AntChainId=CHAIN, ConsortiumId=CONSORTIUM, Password=PASSWORD, **SUBJECT)
    answer = chain.client.send(request)
    assert (answer.write, answer.key_bearing) == (True, True)
    assert PASSWORD not in repr(answer.summary)
    body = body_of(answer, 200)["Result"]
    assert body["PrivateKey"].splitlines()[1] not in repr(chain.cloud().state({}))


def test_the_trust_store_and_the_sdk(chain: Chain) -> None:
    """A Java key store: its digest with the password, one trusted certificate."""
    store, ca = chain.download("TrustCaUrl").body, chain.download("CaCrtUrl").body
    assert isinstance(store, bytes)
    assert isinstance(ca, bytes)
    assert struct.unpack(">III", store[:12]) == (0xFEEDFEED, 2, 1)
    salted = "mychain".encode("utf-16-be") + b"Mighty Aphrodite" + store[:-20]
    assert hashlib.sha1(salted).digest() == store[-20:]
    der = x509.load_pem_x509_certificate(ca).public_bytes(serialization.Encoding.DER)
    assert der == store[-20 - len(der) : -20]
    sdk = chain.download("SdkUrl").body
    assert isinstance(sdk, bytes)
    assert zipfile.ZipFile(io.BytesIO(sdk)).namelist() == ["README.md"]


def test_a_certificate_request(chain: Chain) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    assert chain.apply(request_pem(key))["Result"] == "success"
    certificate = chain.client_crt()
    assert public(certificate.public_key()) == public(key.public_key())
    assert certificate.subject.rfc4514_string() == "CN=of the csr"
    assert [row["Username"] for row in chain.rows("1")] == [f"uid-{aliyun.ACCOUNT}"]


@pytest.mark.parametrize("upload", ["", "%%%", uploaded(b"no pem"), "-----BEGIN CERTIFICATE REQUEST-----"])
def test_what_is_no_certificate_request(chain: Chain, upload: str) -> None:
    code = chain.code("ApplyAntChainCertificate", AntChainId=CHAIN, UploadReq=upload)
    assert code == ("InvalidParameter" if upload else "MissingUploadReq")


def test_an_administrator_has_to_approve(chain: Chain) -> None:
    chain.control("POST", "chains", CHAIN, approval=True)
    chain.apply()
    assert (chain.own(), chain.download().status) == ("ChainApplied", 404)
    (row,) = chain.rows("0")
    assert set(row) == {"AntChainId", "Bid", "Createtime", "Updatetime", "Status", "Username"}
    assert chain.rows("1") == []
    chain.control("POST", "applications", row["Bid"], status=1)
    assert (chain.rows("0"), len(chain.rows("1")), chain.download().status) == ([], 1, 200)


def test_a_refused_application_leaves_room_for_another(chain: Chain) -> None:
    chain.settings(approval=True, client_url_when_pending=False, pending_status="ChainApplying")
    chain.apply()
    assert chain.own() == "ChainApplying"
    assert "ClientCrtUrl" not in chain.urls()
    chain.control("POST", "applications", chain.rows("0")[0]["Bid"], status="2")
    assert (chain.own(), len(chain.rows("2"))) == ("ChainNotApplied", 1)
    chain.settings(approval=False)
    chain.apply_with_key()
    assert (chain.own(), len(chain.rows("2")), len(chain.rows("1"))) == ("ChainApplied", 1, 1)


def test_what_is_made_to_count_takes_the_place_of_others(chain: Chain) -> None:
    chain.settings(approval=True)
    chain.apply()
    former = chain.rows("0")[0]["Bid"]
    chain.control("POST", "applications", former, status="2")
    chain.settings(approval=False)
    chain.apply()
    chain.control("POST", "applications", former, "age", days_left=5)
    assert [row["Bid"] for row in chain.rows("1")] == [former]
    assert len(chain.rows("2")) == 1
    chain.control("POST", "applications", status="1")
    assert (len(chain.rows("1")), len(chain.rows("2"))) == (1, 2)
    assert chain.ok("ResetAntChainCertificate", AntChainId=CHAIN)["Result"] == "success"
    assert chain.own() == "ChainNotApplied"


def test_an_approval_that_comes_by_itself(chain: Chain) -> None:
    chain.settings(approval=True, approval_delay=30)
    chain.apply()
    assert len(chain.rows("0")) == 1
    chain.world.clock.advance(30)
    assert (len(chain.rows("0")), len(chain.rows("1"))) == (0, 1)


def test_one_certificate_of_a_chain(chain: Chain) -> None:
    chain.apply_with_key()
    given: dict[str, Any] = {"AntChainId": CHAIN, "ConsortiumId": CONSORTIUM, "Password": PASSWORD, **SUBJECT}
    assert chain.code(APPLY_WITH_KEY, **given) == "AntChainCertificate.AlreadyExists"
    upload = uploaded(request_pem())
    chain.settings(second_apply_code="Other")
    assert chain.code("ApplyAntChainCertificate", AntChainId=CHAIN, UploadReq=upload) == "Other"
    assert chain.ok("ResetAntChainCertificate", AntChainId=CHAIN)["Result"] == "success"
    assert (chain.own(), chain.rows("1"), chain.download().status) == ("ChainNotApplied", [], 404)
    assert chain.code("ResetAntChainCertificate", 404, AntChainId=CHAIN) == "AntChainCertificate.NotFound"
    chain.settings(reset_absent="success")
    assert chain.ok("ResetAntChainCertificate", AntChainId=CHAIN)["Result"] == "success"
    chain.apply()


def test_members_and_their_administrator(chain: Chain, world: World) -> None:
    world.accounts.add(Credential("aliyun", "LTAIOTHER", "s", "2"))
    other = Chain(AliyunClient(world, key_id="LTAIOTHER", secret="s"))
    assert other.code("DescribeAntChains", 404, ConsortiumId=CONSORTIUM, **PAGES) == "AntChain.NotFound"
    chain.control("POST", "consortiums", id="shared", members=[{"id": "2", "name": "two"}])
    chain.control("POST", "chains", id="common", consortium="shared")
    (consortium,) = other.ok("DescribeAntChainConsortiums", PageSize=5)["Result"]["AntConsortiums"]
    assert (consortium["ConsortiumId"], consortium["Role"], consortium["ChainNum"]) == ("shared", "Member", 1)
    (row,) = other.ok("DescribeAntChains", ConsortiumId="shared", **PAGES)["Result"]["AntChains"]
    assert (row["IsAdmin"], row["MemberStatus"], "InstanceId" in row) == (False, "ChainNotApplied", False)
    upload = uploaded(request_pem())
    other.ok("ApplyAntChainCertificate", AntChainId="common", UploadReq=upload)
    rows = chain.ok("DescribeAntChainsV2", ConsortiumId="shared", **PAGES)["Result"]["AntChains"]
    assert (rows[0]["MemberStatus"], rows[0]["IsAdmin"]) == ("ChainNotApplied", True)
    members = chain.ok("DescribeAntChainMembers", ConsortiumId="shared")["Result"]["Members"]
    assert [(one["MemberId"], one["Status"]) for one in members] == [
        (aliyun.ACCOUNT, "AllianceJoined"),
        ("2", "AllianceJoined"),
    ]
    reset: dict[str, Any] = {"AntChainId": "common", "Username": "uid-2"}
    assert other.code("ResetAntChainUserCertificate", 403, **reset) == "NoPermission"
    chain.ok("ResetAntChainUserCertificate", **reset)
    (row,) = other.ok("DescribeAntChains", ConsortiumId="shared", **PAGES)["Result"]["AntChains"]
    assert row["MemberStatus"] == "ChainNotApplied"


def test_rows_of_other_members(chain: Chain) -> None:
    chain.control("POST", "applications", account="2", status="0")
    added = chain.control("POST", "applications", account="3", days_left=5)
    assert [row["Username"] for row in chain.rows("0")] == ["uid-2"]
    assert [row["Username"] for row in chain.rows("1", "DescribeAntChainCertificateApplications")] == ["uid-3"]
    assert (chain.own(), added["status"]) == ("ChainNotApplied", "1")
    chain.control("DELETE", "applications", added["bid"])
    assert chain.rows("1") == []


def test_a_certificate_for_a_key_that_is_lost(chain: Chain) -> None:
    added = chain.control("POST", "applications", days_left=20)
    certificate = chain.client_crt()
    assert certificate.fingerprint(hashes.SHA256()).hex() == added["sha256"]
    chain.control("POST", "applications", added["bid"], "age", days_left=-1)
    older = chain.client_crt()
    assert public(older.public_key()) == public(certificate.public_key())
    assert older.not_valid_after_utc < chain.world.now()
    key = ec.generate_private_key(ec.SECP256R1())
    chain.control("POST", "chains", id="other")
    chain.control("POST", "applications", chain="other", csr=request_pem(key).decode())
    assert [one["chain"] for one in chain.cloud().state({})["applications"]] == [CHAIN, "other"]


@pytest.mark.parametrize(
    "action, given, code, status",
    [
        ("DescribeAntChains", {"ConsortiumId": "none", **PAGES}, "AntChain.NotFound", 404),
        ("DescribeAntChains", {"ConsortiumId": CONSORTIUM, "PageSize": 1}, "MissingPageNumber", 400),
        ("DescribeAntChains", {"ConsortiumId": CONSORTIUM, "PageNumber": 0, "PageSize": 1}, "InvalidParameter", 400),
        ("DescribeAntChainConsortiums", {}, "MissingPageNumber", 400),
        ("DescribeAntChainCertificateApplications", {"AntChainId": CHAIN, **PAGES}, "MissingStatus", 400),
        (
            "DescribeAntChainCertificateApplications",
            {"AntChainId": CHAIN, "Status": "0,1", **PAGES},
            "InvalidParameter",
            400,
        ),
        ("DescribeAntChainDownloadPaths", {"AntChainId": "none"}, "AntChain.NotFound", 404),
        (APPLY_WITH_KEY, {"AntChainId": CHAIN, "ConsortiumId": CONSORTIUM, **SUBJECT}, "MissingPassword", 400),
        (
            APPLY_WITH_KEY,
            {"AntChainId": CHAIN, "ConsortiumId": "other", "Password": "p", **SUBJECT},
            "AntChain.NotFound",
            404,
        ),
        (
            APPLY_WITH_KEY,
            {"AntChainId": CHAIN, "ConsortiumId": CONSORTIUM, "Password": "p", **SUBJECT, "CountryName": "China"},
            "InvalidParameter",
            400,
        ),
    ],
)
def test_calls_that_are_refused(chain: Chain, action: str, given: dict[str, Any], code: str, status: int) -> None:
    assert chain.code(action, status, **given) == code


def test_failures_of_the_second_edition(chain: Chain) -> None:
    answer = chain.client.send(chain.request("DescribeAntChainDownloadPathsV2", AntChainId="none"))
    body = body_of(answer, 200)
    assert (body["Success"], body["Code"], body["HttpStatusCode"]) == (False, "AntChain.NotFound", "404")
    assert "Result" not in body
    assert answer.code == "AntChain.NotFound"
    good = chain.ok("DescribeAntChainDownloadPathsV2", AntChainId=CHAIN)
    assert (good["Success"], good["Code"], good["ResultCode"]) == (True, "OK", "OK")
    chain.settings(v2_failures="http")
    assert chain.code("DescribeAntChainDownloadPathsV2", 404, AntChainId="none") == "AntChain.NotFound"


def test_shapes_that_the_documentation_also_shows(chain: Chain) -> None:
    chain.settings(envelope="data", literal_newlines=True)
    body = chain.apply_with_key()
    assert (body["successResponse"], body["code"]) == (True, "200")
    assert body["data"]["RequestId"] == body["requestId"]
    pem = body["data"]["Result"]["PrivateKey"]
    assert "\n" not in pem
    serialization.load_pem_private_key(pem.replace("\\n", "\n").encode(), PASSWORD.encode())


def test_parameters_stand_in_the_body_alone(chain: Chain) -> None:
    query = {"ConsortiumId": CONSORTIUM, **PAGES}
    request = chain.client.request("DescribeAntChains", query, service="baas")
    assert refusal(chain.client.send(request)) == "MissingConsortiumId"


@pytest.mark.parametrize(
    "answer, status, begin",
    [
        ("html", 200, b"<html>"),
        ("huge", 200, b"-----BEGIN CERTIFICATE"),
        ("redirect", 302, b""),
        ("expired", 403, b"<?xml"),
    ],
)
def test_downloads_that_go_wrong(chain: Chain, answer: str, status: int, begin: bytes) -> None:
    chain.apply_with_key()
    chain.settings(download_answer=answer, download_files=["client.crt"])
    response = chain.download()
    assert isinstance(response.body, bytes)
    assert (response.status, response.body.startswith(begin)) == (status, True)
    assert (len(response.body) > 1024 * 1024) == (answer == "huge")
    assert chain.download("CaCrtUrl").status == 200
    chain.settings(download_answer="right")
    chain.control("POST", "chains", CHAIN, download_answer=answer)
    assert chain.download().status == status


def test_a_certificate_of_another_key(chain: Chain) -> None:
    chain.apply_with_key()
    right = chain.client_crt()
    chain.settings(download_answer="other_key")
    wrong = chain.client_crt()
    assert wrong.subject == right.subject
    assert public(wrong.public_key()) != public(right.public_key())
    assert chain.download("CaCrtUrl").status == 200


def test_urls_are_signed_and_expire(chain: Chain) -> None:
    chain.apply_with_key()
    urls = chain.urls()
    other = {name: url.replace("ca.crt", "client.crt") for name, url in urls.items()}
    assert chain.download("CaCrtUrl", other).status == 403
    assert chain.download("CaCrtUrl", {"CaCrtUrl": urls["CaCrtUrl"].split("?")[0]}).status == 403
    chain.world.clock.advance(601)
    assert chain.download("CaCrtUrl", urls).status == 403
    assert chain.download("CaCrtUrl").status == 200


def test_lag(chain: Chain) -> None:
    chain.settings(list_lag=30, issue_delay=30)
    chain.apply_with_key()
    assert (chain.own(), chain.rows("1"), chain.download().status) == ("ChainNotApplied", [], 404)
    chain.world.clock.advance(30)
    assert (chain.own(), len(chain.rows("1")), chain.download().status) == ("ChainApplied", 1, 200)


def test_another_member_status_and_a_count_that_does_not_fit(chain: Chain) -> None:
    chain.control("POST", "chains", CHAIN, member_status="ChainFrozen")
    assert chain.own() == "ChainFrozen"
    chain.settings(count_offset=2)
    listed = chain.ok("DescribeAntChainsV2", **PAGES)["Result"]
    assert (len(listed["AntChains"]), listed["Pagination"]["TotalCount"], listed["IsExist"]) == (1, 3, True)
    assert chain.ok("DescribeAntChainConsortiumsV2", PageNumber=2)["Result"]["AntConsortiums"] == []


@pytest.mark.parametrize(
    "parts, body",
    [
        (["applications"], {"unknown": 1}),
        (["applications"], {"status": "9"}),
        (["chains"], {"consortium": "none"}),
        (["chains"], {"id": "x", "download_answer": "none"}),
        (["chains", CHAIN], {"unknown": 1}),
        (["consortiums"], {"unknown": 1}),
        (["settings"], {"antchain": {"unknown": 1}}),
    ],
)
def test_control_that_cannot_be_meant(chain: Chain, parts: list[str], body: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"settable|status is|no consortium|is one of|no setting"):
        chain.cloud().control("POST", parts, {}, body)


def test_consortiums_and_chains_go_away(chain: Chain) -> None:
    chain.apply_with_key()
    chain.control("DELETE", "consortiums", CONSORTIUM)
    state = chain.cloud().state({})
    assert (state["consortiums"], state["chains"], state["applications"]) == ([], [], [])


def test_validity(chain: Chain) -> None:
    chain.settings(validity_days=30)
    chain.apply_with_key()
    left = chain.client_crt().not_valid_after_utc - chain.world.now()
    assert timedelta(days=29) < left <= timedelta(days=30)


def test_downloads_over_the_wire(chain: Chain, server: EmulatorServer) -> None:
    """By the emulator's own host and port, or by another name of them; each is logged as a read, without its ticket."""
    chain.apply_with_key()
    host = server.endpoint.removeprefix("http://")
    request = chain.client.request(
        "DescribeAntChainDownloadPaths", service="baas", form={"AntChainId": CHAIN}, headers={"host": host}
    )
    urls = body_of(chain.client.send(request), 200)["Result"]
    with urllib.request.urlopen(urls["ClientCrtUrl"], timeout=5) as response:
        assert x509.load_pem_x509_certificate(response.read()).subject
    (entry,) = chain.world.log.since(0)
    assert (entry["service"], entry["operation"], entry["write"]) == ("baas", "(download client.crt)", False)
    assert entry["request"] == {"path": urlsplit(urls["ClientCrtUrl"]).path}
    chain.settings(download_host="localhost")
    request = chain.client.request(
        "DescribeAntChainDownloadPaths", service="baas", form={"AntChainId": CHAIN}, headers={"host": host}
    )
    other = body_of(chain.client.send(request), 200)["Result"]["CaCrtUrl"]
    assert urlsplit(other).netloc == f"localhost:{host.split(':')[1]}"
    chain.world.faults.add({"kind": "truncated", "match": {"service": "baas", "operation": "(download ca.crt)"}})
    with (
        pytest.raises(http.client.IncompleteRead),
        urllib.request.urlopen(urls["CaCrtUrl"], timeout=5) as response,
    ):
        response.read()
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(urls["CaCrtUrl"] + "0", timeout=5)
