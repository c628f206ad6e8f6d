# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The life of a free certificate as Tencent's SSL API tells it."""

import base64
import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from emulator.tencent import TencentCloud
from emulator.world import Credential, World

from .conftest import TencentClient

DV_CODES = "FailedOperation.CertificateNotFoundOrAudited"


def order(client: TencentClient, domain: str = "app.example.com", method: str = "DNS_AUTO", **more: Any) -> str:
    return str(client.ok("ApplyCertificate", DvAuthMethod=method, DomainName=domain, **more)["CertificateId"])


def issued(client: TencentClient, domain: str = "app.example.com", **more: Any) -> str:
    identity = order(client, domain, **more)
    client.world.clock.advance(60)
    assert status(client, identity) == 1
    return identity


def status(client: TencentClient, identity: str) -> int:
    return int(client.ok("DescribeCertificate", CertificateId=identity)["Status"])


def row(client: TencentClient, identity: str) -> dict[str, Any]:
    rows = client.ok("DescribeCertificates", CertIds=[identity])["Certificates"]
    assert len(rows) == 1
    found: dict[str, Any] = rows[0]
    return found


def age(cloud: TencentCloud, identity: str, **how: float) -> None:
    answer = cloud.control("POST", ["certificates", identity, "age"], {}, dict(how))
    assert answer is not None


def settings(cloud: TencentCloud, **values: Any) -> None:
    assert cloud.control("POST", ["settings"], {}, values) is not None


# Orders


def test_dns_auto_writes_its_record_and_gets_issued(client: TencentClient, cloud: TencentCloud) -> None:
    identity = order(client)
    assert len(identity) == 8
    first = client.ok("DescribeCertificate", CertificateId=identity)
    assert (first["Status"], first["DvAuthDetail"]) == (4, None)
    client.world.clock.advance(3)
    challenge = client.ok("DescribeCertificate", CertificateId=identity)["DvAuthDetail"]
    item = challenge["DvAuths"][0]
    assert item["DvAuthKey"] == f"{item['DvAuthSubDomain']}.{item['DvAuthDomain']}"
    assert (item["DvAuthDomain"], item["DvAuthVerifyType"]) == ("example.com", "CNAME")
    assert challenge["DvAuthKeySubDomain"] == item["DvAuthSubDomain"]
    assert client.world.lookup(item["DvAuthKey"], "CNAME") == [item["DvAuthValue"] + "."]
    client.world.clock.advance(10)
    done = client.ok("DescribeCertificate", CertificateId=identity)
    assert (done["Status"], done["DvAuthDetail"]["DvAuths"], done["DvAuthDetail"]["DvAuthKey"]) == (1, None, None)
    assert client.world.lookup(item["DvAuthKey"], "CNAME"), "the record stays unless DeleteDnsAutoRecord asks otherwise"


def test_delete_dns_auto_record_removes_what_was_written(client: TencentClient, cloud: TencentCloud) -> None:
    identity = issued(client, DeleteDnsAutoRecord=True)
    key = cloud.estate.certificates[identity].proofs[0].key
    assert client.world.lookup(key, "CNAME") == []


@pytest.mark.parametrize("why", ["no zone", "paused", "another account's"])
def test_dns_auto_needs_the_zone_in_the_same_account(client: TencentClient, cloud: TencentCloud, why: str) -> None:
    zone = cloud.dnspod.zones["example.com"]
    zone.enabled = why != "paused"
    zone.account = "2" if why == "another account's" else zone.account
    if why == "no zone":
        del cloud.dnspod.zones["example.com"]
    identity = order(client)
    client.world.clock.advance(6 * 86400)
    assert status(client, identity) == 4
    assert row(client, identity)["IsDNSPODResolve"] is (why == "paused")
    client.world.clock.advance(86400)
    assert status(client, identity) == 2
    assert row(client, identity)["AwaitingValidationMsg"]


@pytest.mark.parametrize("kind", ["CNAME", "TXT"])
def test_dns_orders_wait_for_a_published_proof(client: TencentClient, cloud: TencentCloud, kind: str) -> None:
    settings(cloud, proof_type=kind)
    identity = order(client, method="DNS")
    client.world.clock.advance(30)
    assert status(client, identity) == 0
    item = client.ok("DescribeCertificateDetail", CertificateId=identity)["DvAuthDetail"]["DvAuths"][0]
    assert item["DvAuthVerifyType"] == kind
    verdict = client.ok("CheckCertificateDomainVerification", CertificateId=identity)["VerificationResults"][0]
    assert verdict["LocalCheck"] == {"CNAME": -6, "TXT": -1}[kind]
    record = {"SubDomain": item["DvAuthSubDomain"], "RecordType": kind, "RecordLine": "默认"}
    created = client.ok("CreateRecord", service="dnspod", Domain=item["DvAuthDomain"], Value="other", **record)
    verdict = client.ok("CheckCertificateDomainVerification", CertificateId=identity)["VerificationResults"][0]
    assert (verdict["LocalCheck"], verdict["CheckValue"]) == ({"CNAME": -7, "TXT": -2}[kind], ["other"])
    changed = {"RecordId": created["RecordId"], "Value": item["DvAuthValue"], **record}
    client.ok("ModifyRecord", service="dnspod", Domain=item["DvAuthDomain"], **changed)
    client.ok("CompleteCertificate", CertificateId=identity)
    assert status(client, identity) == 1
    assert client.code("CompleteCertificate", CertificateId=identity) == DV_CODES


def test_proofs_may_come_from_elsewhere(client: TencentClient, world: World) -> None:
    identity = order(client, "shop.elsewhere.test", method="DNS")
    world.clock.advance(3)
    item = client.ok("DescribeCertificate", CertificateId=identity)["DvAuthDetail"]["DvAuths"][0]
    world.dns_table[item["DvAuthKey"], "CNAME"] = [item["DvAuthValue"]]
    world.clock.advance(10)
    assert status(client, identity) == 1


def test_files_are_looked_for_at_each_host(client: TencentClient, world: World) -> None:
    identity = order(client, "www.example.com", method="FILE")
    world.clock.advance(3)
    items = client.ok("DescribeCertificate", CertificateId=identity)["DvAuthDetail"]["DvAuths"]
    assert {item["DvAuthDomain"] for item in items} == {"example.com", "www.example.com"}
    for item in items:
        client.ok("CompleteCertificate", CertificateId=identity)
        assert status(client, identity) == 0
        path = world.web_root / f"{item['DvAuthDomain']}{item['DvAuthPath']}{item['DvAuthKey']}"
        path.parent.mkdir(parents=True)
        path.write_text(item["DvAuthValue"])
    client.ok("CompleteCertificate", CertificateId=identity)
    assert status(client, identity) == 1


@pytest.mark.parametrize(("behaviour", "end"), [("issue", 1), ("fail", 2), ("stuck", 4)])
def test_behaviour_is_settable(client: TencentClient, cloud: TencentCloud, behaviour: str, end: int) -> None:
    settings(cloud, behaviour=behaviour)
    identity = order(client)
    client.world.clock.advance(3)
    client.ok("DescribeCertificate", CertificateId=identity)
    client.world.clock.advance(3600)
    assert status(client, identity) == end


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"DomainName": "a" * 53 + ".example.com"}, "InvalidParameterValue.CertificateDomainMaxLengthInvalid"),
        ({"DomainName": "*.example.com"}, "FailedOperation.InvalidParam"),
        ({"DvAuthMethod": "EMAIL"}, "FailedOperation.InvalidParam"),
        ({"ContactEmail": "nobody"}, "InvalidParameterValue.CertificateEmailParseInvalid"),
        ({"CsrEncryptAlgo": "ECC"}, "FailedOperation.InvalidParam"),
        ({"CsrEncryptAlgo": "RSA", "CsrKeyParameter": "4096"}, "FailedOperation.InvalidParam"),
        ({"DnsNames": ["b.example.com"]}, "FailedOperation.InvalidParam"),
        ({"ProjectId": "0"}, "InvalidParameter"),
        ({"OldCertificateId": "nothere1"}, "FailedOperation.CertificateNotFound"),
    ],
)
def test_orders_are_refused(client: TencentClient, parameters: dict[str, Any], code: str) -> None:
    assert (
        client.code("ApplyCertificate", **{"DvAuthMethod": "DNS", "DomainName": "a.example.com", **parameters}) == code
    )
    assert client.ok("DescribeCertificates")["TotalCount"] == 0


def test_quotas(client: TencentClient, cloud: TencentCloud) -> None:
    settings(cloud, free_limit=2, main_domain_limit=3)
    first = order(client, "a.example.com")
    order(client, "b.example.com")
    again = {"DvAuthMethod": "DNS", "DomainName": "c.example.com"}
    assert client.code("ApplyCertificate", **again) == "FailedOperation.ExceedsFreeLimit"
    client.ok("CancelCertificateOrder", CertificateId=first)
    client.world.clock.advance(3)
    client.ok("ApplyCertificate", **again)
    client.ok("DescribeCertificates")
    settings(cloud, free_limit=50)
    assert client.code("ApplyCertificate", **again) == "FailedOperation.MainDomainCertificateCountLimit"
    settings(cloud, real_name=False)
    assert client.code("ApplyCertificate", **again) == "FailedOperation.NoRealNameAuth"


# What is issued


@pytest.mark.parametrize(("algorithm", "curve"), [("RSA", "2048"), ("ECC", "prime256v1")])
def test_what_is_issued_is_a_real_certificate(client: TencentClient, algorithm: str, curve: str) -> None:
    identity = issued(client, "example.com", CsrEncryptAlgo=algorithm, CsrKeyParameter=curve)
    detail = client.ok("DescribeCertificateDetail", CertificateId=identity)
    leaf, intermediate = x509.load_pem_x509_certificates(detail["CertificatePublicKey"].encode())
    leaf.verify_directly_issued_by(intermediate)
    key = serialization.load_pem_private_key(detail["CertificatePrivateKey"].encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey if algorithm == "RSA" else ec.EllipticCurvePrivateKey)
    assert key.public_key() == leaf.public_key()
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["example.com", "www.example.com"]
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc == timedelta(days=90)
    begin = leaf.not_valid_before_utc + timedelta(hours=8)
    assert detail["CertBeginTime"] == begin.strftime("%Y-%m-%d %H:%M:%S")
    assert detail["SubjectAltName"] == ["www.example.com"]
    assert row(client, identity)["SubjectAltName"] == ["example.com", "www.example.com"]
    root = x509.load_pem_x509_certificate(detail["RootCert"]["Standard"].encode())
    intermediate.verify_directly_issued_by(root)


def test_the_key_of_a_pending_order_is_the_one_that_is_issued(client: TencentClient) -> None:
    identity = order(client)
    pending = client.ok("DescribeCertificateDetail", CertificateId=identity)
    assert (pending["CertificatePublicKey"], pending["CertBeginTime"], pending["CertFingerprint"]) == (None, None, None)
    assert row(client, identity)["CertEndTime"] == "--"
    client.world.clock.advance(5)
    client.ok("CompleteCertificate", CertificateId=identity)
    done = client.ok("DescribeCertificateDetail", CertificateId=identity)
    assert done["CertificatePrivateKey"] == pending["CertificatePrivateKey"]


def test_describe_certificate_bears_no_key(client: TencentClient) -> None:
    answer = client.ok("DescribeCertificate", CertificateId=issued(client))
    assert not any("PEM" in key or "CertificateP" in key for key in answer)
    assert "BEGIN" not in str(answer)


def test_downloads(client: TencentClient) -> None:
    identity = order(client)
    assert client.code("DownloadCertificate", CertificateId=identity) == "FailedOperation.InvalidCertificateStatusCode"
    client.world.clock.advance(5)
    client.ok("CompleteCertificate", CertificateId=identity)
    answer = client.ok("DownloadCertificate", CertificateId=identity)
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(answer["Content"]))) as content:
        detail = client.ok("DescribeCertificateDetail", CertificateId=identity)
        chain = content.read("Nginx/1_app.example.com_bundle.crt").decode()
        assert chain == detail["CertificatePublicKey"]
        assert content.read("Nginx/2_app.example.com.key").decode() == detail["CertificatePrivateKey"]


# Lists


def test_listing_pages_filters_and_sorts(client: TencentClient, cloud: TencentCloud) -> None:
    for number in range(12):
        cloud.load(
            {"certificates": [{"domain": f"h{number}.example.com", "days_left": 80 - number, "alias": f"x{number}"}]}
        )
    cloud.load(
        {
            "certificates": [
                {"domain": "h1.other.test", "source": "upload", "days_left": 400},
                {"domain": "*.example.com", "names": [], "vip": True, "package_type": "33", "days_left": 300},
                {"domain": "h1.example.com", "status": 7, "project_id": 5},
            ]
        }
    )

    def names(**how: Any) -> list[str]:
        return [item["Domain"] for item in client.ok("DescribeCertificates", **how)["Certificates"]]

    assert client.ok("DescribeCertificates")["TotalCount"] == 15
    assert len(names()) == 10
    assert names(Limit=5000)[:3] == ["h1.example.com", "*.example.com", "h1.other.test"]
    assert names(Offset=14) == ["h11.example.com"]
    assert len(names(SearchKey="H1.", Limit=100)) == 3
    assert names(SearchKey="x11") == ["h11.example.com"]
    assert names(FilterSource="upload") == ["h1.other.test"]
    assert len(names(FilterSource="buy", Limit=100)) == 14
    assert names(CertificateStatus=[7, 10]) == ["h1.example.com"]
    assert names(ProjectId=5) == ["h1.example.com"]
    assert names(Upload=1) == ["h1.other.test"]
    assert names(Deployable=0) == ["h1.example.com"]
    assert names(CertificateType="CA") == []
    assert names(ExpirationSort="ASC", Limit=1) == ["h11.example.com"]
    assert names(ExpirationSort="DESC", Limit=2) == ["h1.other.test", "*.example.com"]
    assert client.code("DescribeCertificates", Offset=-1) == "InvalidParameter"


def test_ids_are_case_sensitive(client: TencentClient) -> None:
    identity = order(client)
    assert (
        client.code("DescribeCertificate", CertificateId=identity.swapcase()) == "FailedOperation.CertificateNotFound"
    )


def test_accounts_do_not_see_each_other(client: TencentClient, world: World) -> None:
    identity = order(client)
    world.accounts.add(Credential("tencent", "AKIDother", "s", "100000000002"))
    other = TencentClient(world, key_id="AKIDother", secret="s")
    assert other.ok("DescribeCertificates")["TotalCount"] == 0
    assert other.code("DescribeCertificateDetail", CertificateId=identity) == "FailedOperation.CertificateNotFound"


# Renewal


@pytest.mark.parametrize(
    ("days_left", "accepted"),
    [(31.0, False), (29.0, True), (1.0, True), (-1.0, False)],
)
def test_renewal_is_for_the_last_thirty_days(
    client: TencentClient, cloud: TencentCloud, days_left: float, accepted: bool
) -> None:
    old = issued(client)
    age(cloud, old, days_left=days_left)
    again = {"DvAuthMethod": "DNS_AUTO", "DomainName": "app.example.com", "OldCertificateId": old}
    if not accepted:
        assert client.code("ApplyCertificate", **again) == "FailedOperation.InvalidParam"
        return
    assert row(client, old)["IsExpiring"] is True
    new = client.ok("ApplyCertificate", **again)["CertificateId"]
    assert row(client, old)["HasRenewOrder"] == new
    detail = client.ok("DescribeCertificateDetail", CertificateId=old)
    assert detail["CertificateExtra"]["RenewOrder"] == new
    assert row(client, new)["CertificateExtra"]["OriginCertificateId"] == old
    client.ok("CancelCertificateOrder", CertificateId=new)
    assert row(client, old)["HasRenewOrder"] == ""


def test_ageing_makes_the_certificate_again_for_the_same_key(client: TencentClient, cloud: TencentCloud) -> None:
    identity = issued(client)
    before = client.ok("DescribeCertificateDetail", CertificateId=identity)
    age(cloud, identity, days_left=10.5)
    after = client.ok("DescribeCertificateDetail", CertificateId=identity)
    leaf = x509.load_pem_x509_certificates(after["CertificatePublicKey"].encode())[0]
    assert (leaf.not_valid_after_utc - client.world.now()).days == 10
    assert after["CertificatePrivateKey"] == before["CertificatePrivateKey"]
    assert after["CertFingerprint"] != before["CertFingerprint"]
    age(cloud, identity, days_left=-2)
    assert status(client, identity) == 3


# The end


def test_cancel_then_delete_after_an_hour(client: TencentClient, cloud: TencentCloud) -> None:
    identity = order(client)
    assert client.code("DeleteCertificate", CertificateId=identity) == "FailedOperation.InvalidCertificateStatusCode"
    client.ok("CancelCertificateOrder", CertificateId=identity)
    assert status(client, identity) == 6
    client.world.clock.advance(3)
    assert status(client, identity) == 7
    assert (
        client.code("CancelCertificateOrder", CertificateId=identity) == "FailedOperation.InvalidCertificateStatusCode"
    )
    assert client.code("DeleteCertificate", CertificateId=identity) == "FailedOperation.CannotBeDeletedWithinHour"
    age(cloud, identity, ordered_hours_ago=1.1)
    assert client.ok("DeleteCertificate", CertificateId=identity)["DeleteResult"] is True
    assert client.code("DescribeCertificate", CertificateId=identity) == "FailedOperation.CertificateNotFound"


def test_revocation_needs_its_own_proof(client: TencentClient, world: World) -> None:
    identity = issued(client)
    assert client.code("DeleteCertificate", CertificateId=identity) == "FailedOperation.CannotBeDeletedIssued"
    [proof] = client.ok("RevokeCertificate", CertificateId=identity, Reason="gone")["RevokeDomainValidateAuths"]
    world.clock.advance(60)
    assert status(client, identity) == 9
    shown = client.ok("DescribeCertificate", CertificateId=identity)["DvRevokeAuthDetail"]
    assert shown[0]["DvAuthValue"] == proof["DomainValidateAuthValue"]
    world.dns_table[proof["DomainValidateAuthKey"], "CNAME"] = [proof["DomainValidateAuthValue"]]
    world.clock.advance(60)
    assert status(client, identity) == 10
    assert row(client, identity)["CertRevokedTime"] != ""
    world.clock.advance(3600)
    assert client.ok("DeleteCertificate", CertificateId=identity)["DeleteResult"] is True


def test_a_revocation_without_proof_lapses(client: TencentClient, world: World) -> None:
    identity = issued(client)
    client.ok("RevokeCertificate", CertificateId=identity)
    world.clock.advance(3 * 86400)
    assert status(client, identity) == 1


def test_deletion_with_a_look_for_bound_resources(client: TencentClient, cloud: TencentCloud) -> None:
    cloud.load(
        {
            "certificates": [
                {"id": "expired1", "domain": "a.example.com", "days_left": -5},
                {"id": "boundxx1", "domain": "b.example.com", "days_left": -5, "bound": ["clb"]},
            ]
        }
    )
    answer = client.ok("DeleteCertificates", CertificateIds=["expired1", "boundxx1", "unknown1"], IsSync=True)
    assert (answer["Success"], [one["CertId"] for one in answer["Fail"]]) == ([], ["unknown1"])
    tasks: dict[str, Any] = {"TaskIds": [one["TaskId"] for one in answer["CertTaskIds"]]}
    results = client.ok("DescribeDeleteCertificatesTaskResult", **tasks)["DeleteTaskResult"]
    assert [one["Status"] for one in results] == [0, 0]
    client.world.clock.advance(3)
    results = client.ok("DescribeDeleteCertificatesTaskResult", **tasks)["DeleteTaskResult"]
    assert [one["Status"] for one in results] == [1, 4]
    assert client.ok("DescribeCertificates")["TotalCount"] == 1
    settings(cloud, service_role=False)
    refused = client.code("DeleteCertificate", CertificateId="boundxx1", IsCheckResource=True)
    assert refused == "FailedOperation.RoleNotFoundAuthorization"


def test_a_pending_renewal_guards_the_old_one(client: TencentClient, cloud: TencentCloud) -> None:
    settings(cloud, behaviour="stuck", delete_issued=True)
    cloud.load({"certificates": [{"id": "oldoldol", "domain": "app.example.com", "days_left": 10}]})
    order(client, OldCertificateId="oldoldol")
    assert client.code("DeleteCertificate", CertificateId="oldoldol") == "FailedOperation.RenewNotIssued"


# Uploads and labels


def test_uploads(client: TencentClient, world: World) -> None:
    end = world.now() + timedelta(days=30)
    made = [
        world.ca.issue([name], algorithm="ECC", not_before=world.now(), not_after=end) for name in ("a.test", "b.test")
    ]
    pair = {"CertificatePublicKey": made[0].chain_pem, "CertificatePrivateKey": made[0].key_pem}
    first = client.ok("UploadCertificate", **pair, Alias="mine")["CertificateId"]
    assert client.ok("UploadCertificate", **pair)["CertificateId"] != first
    again = client.ok("UploadCertificate", **pair, Repeatable=False, Alias="other")
    assert (again["CertificateId"], again["RepeatCertId"]) == (first, first)
    found = row(client, first)
    assert (found["From"], found["PackageType"], found["Alias"], found["Domain"]) == ("upload", None, "mine", "a.test")
    wrong = {"CertificatePublicKey": made[0].chain_pem, "CertificatePrivateKey": made[1].key_pem}
    assert client.code("UploadCertificate", **wrong) == "FailedOperation.CertificateMismatch"
    nonsense = {"CertificatePublicKey": "nonsense", "CertificatePrivateKey": made[1].key_pem}
    assert client.code("UploadCertificate", **nonsense) == "FailedOperation.CertificateParseError"
    assert client.code("RevokeCertificate", CertificateId=first) == "FailedOperation.InvalidCertificateSource"
    assert client.ok("DeleteCertificate", CertificateId=first)["DeleteResult"] is True


def test_alias_and_project_change_in_place(client: TencentClient, cloud: TencentCloud) -> None:
    identity = order(client, Alias="before")
    client.ok("ModifyCertificateAlias", CertificateId=identity, Alias="after")
    answer = client.ok("ModifyCertificateProject", CertificateIdList=[identity, "unknown1"], ProjectId=12)
    assert (answer["SuccessCertificates"], answer["FailCertificates"]) == ([identity], ["unknown1"])
    assert (row(client, identity)["Alias"], row(client, identity)["ProjectId"]) == ("after", "12")
    settings(cloud, forbidden_projects=[13])
    refused = client.code("ModifyCertificateProject", CertificateIdList=[identity], ProjectId=13)
    assert refused == "FailedOperation.NoProjectPermission"


@pytest.mark.parametrize("number", range(16))
def test_every_status_can_be_set(client: TencentClient, cloud: TencentCloud, number: int) -> None:
    cloud.load({"certificates": [{"id": "statusxx", "domain": "a.example.com", "status": number}]})
    shown = row(client, "statusxx")
    assert shown["Status"] == number
    assert client.ok("DescribeCertificateDetail", CertificateId="statusxx")["Status"] == number
    assert (shown["CertEndTime"] == "--") is (number not in (1, 3))


def test_the_international_site_lacks_actions(client: TencentClient, cloud: TencentCloud) -> None:
    settings(cloud, disabled_actions=["CompleteCertificate"])
    assert client.code("CompleteCertificate", CertificateId="x") == "InvalidAction"
    with pytest.raises(ValueError, match="no setting"):
        settings(cloud, behavior="issue")
