# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulated ESA: applications, their proofs and their ends; reads, quota, sites, uploads, control."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from emulator import aliyun, control
from emulator.aliyun_esa_control import CNAME_SITE, NS_SITE
from emulator.world import Credential, Request, World
from werkzeug.datastructures import Headers

from .aliyun_caller import AliyunClient, body_of, refusal

WRITES = ("ApplyCertificate", "DeleteCertificate", "SetCertificate")
GET_ONLY = ("DeleteCertificate", "GetCertificateQuota", "GetDcvDelegation", "ListSites", "GetSite")
OTHER_ACCOUNT = "1000000000000002"


class Esa:
    """Calls with the verb and in the position of the vendor; ``control`` is the control path without a network."""

    def __init__(self, world: World, client: AliyunClient) -> None:
        self.world = world
        self.client = client

    def answer(self, action: str, parameters: dict[str, Any], *, method: str = "", form: bool = False) -> Any:
        method = method or ("GET" if action in GET_ONLY else "POST")
        given: dict[str, Any] = {"form": parameters} if form else {"parameters": parameters}
        return self.client.send(self.client.request(action, service="esa", method=method, **given))

    def ok(self, action: str, *, site: int = NS_SITE, form: bool = False, **parameters: Any) -> dict[str, Any]:
        return body_of(self.answer(action, {"SiteId": site, **parameters}, form=form), 200)

    def code(self, action: str, status: int = 400, *, site: int = NS_SITE, form: bool = False, **given: Any) -> str:
        return refusal(self.answer(action, {"SiteId": site, **given}, form=form), status)

    def rows(self, site: int = NS_SITE, **parameters: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.ok("ListCertificates", site=site, **parameters)["Result"]
        return rows

    def row(self, name: str, site: int = NS_SITE) -> dict[str, Any]:
        (row,) = [row for row in self.rows(site) if row["CommonName"] == name]
        return row

    def apply(self, *names: str, site: int = NS_SITE, **parameters: Any) -> list[dict[str, Any]]:
        """What is applied for, as the listing shows it once the lag is over."""
        self.ok("ApplyCertificate", site=site, Domains=",".join(names), **parameters)
        self.later(2)
        return [self.row(name, site) for name in names]

    def settings(self, **settings: Any) -> None:
        self.control("POST", "settings", {"esa": settings})

    def control(self, method: str, path: str, body: dict[str, Any] | None = None, *, status: int = 200) -> Any:
        sent = json.dumps(body).encode() if body is not None else b""
        answer = control.answer(self.world, Request(method, f"/_control/aliyun/{path}", "", Headers(), sent, ""))
        assert answer.status == status, answer.body
        return answer.body

    def later(self, seconds: float) -> None:
        self.world.clock.advance(seconds)

    def publish(self, name: str, record_type: str, value: str) -> None:
        self.world.dns_table[name, record_type] = [value]


@pytest.fixture
def esa(world: World, aliyun_client: AliyunClient) -> Esa:
    return Esa(world, aliyun_client)


# Verbs, positions, the log


@pytest.mark.parametrize("action", GET_ONLY)
def test_what_is_get_only(esa: Esa, action: str) -> None:
    parameters = {"SiteId": NS_SITE, "Id": "x", "Type": "free"}
    assert refusal(esa.answer(action, parameters, method="POST")) == "UnsupportedHTTPMethod"
    assert esa.answer(action, parameters, method="GET").code in (None, "InvalidCertificate.NotFound")


def test_an_upload_is_posted_as_a_form(esa: Esa) -> None:
    assert refusal(esa.answer("SetCertificate", {"SiteId": NS_SITE}, method="GET")) == "UnsupportedHTTPMethod"
    assert esa.code("SetCertificate", Type="upload") == "MissingSiteId"


def test_parameters_of_the_others_stand_in_the_query(esa: Esa) -> None:
    assert esa.code("ApplyCertificate", form=True, Domains="example.com") == "MissingSiteId"
    assert refusal(esa.answer("ApplyCertificate", {"Domains": "example.com"})) == "MissingSiteId"


@pytest.mark.parametrize("host, service", [("esa.cn-hangzhou", "esa"), ("esa-vpc.cn-hangzhou", "esa"), ("vpc", "vpc")])
def test_the_product_is_told_by_its_host(esa: Esa, host: str, service: str) -> None:
    headers: dict[str, str | None] = {"host": f"{host}.aliyuncs.com"}
    request = esa.client.request("ListSites", service="esa", method="GET", headers=headers)
    assert esa.client.send(request).service == service


@pytest.mark.parametrize("action", [*WRITES, *GET_ONLY, "ListCertificates", "GetCertificate"])
def test_what_counts_as_a_write(esa: Esa, action: str) -> None:
    answer = esa.answer(action, {"SiteId": NS_SITE})
    assert (answer.service, answer.write, answer.key_bearing) == ("esa", action in WRITES, False)


# Applications


def test_one_certificate_a_domain(esa: Esa) -> None:
    answer = esa.ok("ApplyCertificate", Domains="www.example.com,*.example.com")
    assert (answer["SiteName"], answer["TotalCount"]) == ("example.com ", 2)
    (row,) = answer["Result"]
    assert (row["Domain"], row["Status"]) == ("www.example.com ", "Applying")
    assert esa.rows() == []
    esa.later(2)
    assert sorted(row["SAN"] for row in esa.rows()) == ["*.example.com", "www.example.com"]
    assert esa.row("www.example.com")["Id"] == row["Id"]


def test_an_answer_that_is_whole_and_not_padded(esa: Esa) -> None:
    esa.settings(padded=False, short_result=False)
    answer = esa.ok("ApplyCertificate", Domains="a.example.com,b.example.com")
    assert answer["SiteName"] == "example.com"
    assert [row["Domain"] for row in answer["Result"]] == ["a.example.com", "b.example.com"]


def test_ids_are_opaque(esa: Esa) -> None:
    ids = [row["Id"] for row in esa.apply("a.example.com", "b.example.com")]
    assert re.fullmatch("[0-9a-f]{32}", ids[0])
    assert re.fullmatch("[0-9]{8}", ids[1])


@pytest.mark.parametrize(
    "status, refused", [("Applying", True), ("OK", True), ("Issued", True), ("ApplyFailed", False), ("Canceled", False)]
)
def test_a_second_application_refuses_the_whole_call(esa: Esa, status: str, refused: bool) -> None:
    esa.control("POST", "esa_certificates", {"names": ["a.example.com"], "status": status})
    answer = esa.answer("ApplyCertificate", {"SiteId": NS_SITE, "Domains": "b.example.com,a.example.com"})
    assert answer.code == ("InvalidParameter.Domains" if refused else None)
    assert len(esa.rows()) == 1
    if refused:
        assert "already submitted" in body_of(answer, 400)["Message"]


def test_an_expired_certificate_is_no_hindrance(esa: Esa) -> None:
    esa.control("POST", "esa_certificates", {"names": ["a.example.com"], "days_left": -1})
    assert len(esa.ok("ApplyCertificate", Domains="a.example.com")["Result"]) == 1


@pytest.mark.parametrize(
    "site, domains, more, code",
    [
        (1, "example.com", {}, "SiteNotFound"),
        (NS_SITE, "example.net", {}, "InvalidParameter.Domains"),
        (NS_SITE, "a.example.com,a.example.com", {}, "InvalidParameter.Domains"),
        (NS_SITE, '["a.example.com"]', {}, "InvalidParameter.Domains"),
        (NS_SITE, "a.example.com", {"Type": "none"}, "InvalidParameter.Type"),
        (NS_SITE, "*.example.com", {"Type": "digicert_single"}, "InvalidParameter.Type"),
        (NS_SITE, "a.example.com", {"Type": "digicert_wildcard"}, "InvalidParameter.Type"),
    ],
)
def test_refused_applications(esa: Esa, site: int, domains: str, more: dict[str, Any], code: str) -> None:
    assert esa.code("ApplyCertificate", site=site, Domains=domains, **more) == code


def test_digicert_is_not_in_the_free_plan(esa: Esa) -> None:
    esa.control("POST", f"sites/{NS_SITE}", {"plan": "free"})
    assert esa.code("ApplyCertificate", Domains="a.example.com", Type="digicert_single") == "InvalidParameter.Type"


def test_a_site_of_another_account_is_not_found(esa: Esa) -> None:
    esa.world.accounts.add(Credential("aliyun", "LTAIOTHER", "other-secret", OTHER_ACCOUNT))
    other = Esa(esa.world, AliyunClient(esa.world, key_id="LTAIOTHER", secret="other-secret"))
    assert other.code("GetSite") == "SiteNotFound"
    assert body_of(other.answer("ListSites", {}), 200)["Sites"] == []


def test_a_site_that_is_not_active(esa: Esa) -> None:
    esa.control("POST", f"sites/{NS_SITE}", {"status": "pending"})
    assert esa.code("ApplyCertificate", Domains="example.com") == "SiteNotActivated"
    assert esa.rows() == []


def test_no_room_for_the_record(esa: Esa) -> None:
    esa.control("POST", f"sites/{NS_SITE}", {"room": 1})
    assert esa.code("ApplyCertificate", Domains="a.example.com,b.example.com") == "QuotaExceed.RecordCount"
    esa.ok("ApplyCertificate", Domains="a.example.com")
    assert esa.code("ApplyCertificate", Domains="b.example.com") == "QuotaExceed.RecordCount"


def test_permission(esa: Esa) -> None:
    esa.control("POST", "settings", {"denied": ["ApplyCertificate"]})
    assert esa.code("ApplyCertificate", 403, Domains="a.example.com") == "Forbidden.RAM"


# Quota


def test_the_quota_is_the_account_s(esa: Esa) -> None:
    esa.settings(quota=3)
    esa.apply("a.example.com", "b.example.com")
    esa.apply("example.org", site=CNAME_SITE)
    esa.control("POST", "esa_certificates", {"names": ["old.example.com"], "days_left": -1})
    assert esa.code("ApplyCertificate", 403, Domains="c.example.com") == "QuotaExceeded"
    quota = esa.ok("GetCertificateQuota", Type="free")
    assert (quota["Type"], quota["Quota"], quota["QuotaUsage"], quota["SiteCount"]) == ("free", 3, 3, 2)
    assert quota["SiteUsage"] == [
        {"SiteId": str(NS_SITE), "SiteName": "example.com", "SiteUsage": 2},
        {"SiteId": str(CNAME_SITE), "SiteName": "example.org", "SiteUsage": 1},
    ]
    assert esa.code("GetCertificateQuota", Type="cas") == "InvalidParameter.Type"


def test_a_call_that_does_not_fit_applies_for_nothing(esa: Esa) -> None:
    esa.settings(quota=1)
    assert esa.code("ApplyCertificate", 403, Domains="a.example.com,b.example.com") == "QuotaExceeded"
    assert esa.ok("GetCertificateQuota", Type="free")["QuotaUsage"] == 0


# What becomes of an application


def test_issue_takes_its_time(esa: Esa) -> None:
    esa.apply("a.example.com")
    esa.later(17)
    assert esa.row("a.example.com")["Status"] == "Applying"
    esa.later(2)
    assert esa.row("a.example.com")["Status"] == "Issued"
    esa.later(11)
    assert esa.row("a.example.com")["Status"] == "OK"
    esa.later(timedelta(days=61).total_seconds())
    assert esa.row("a.example.com")["Status"] == "Expiring"
    esa.later(timedelta(days=30).total_seconds())
    assert esa.row("a.example.com")["Status"] == "Expired"


def test_a_certificate_renews_itself_on_demand(esa: Esa) -> None:
    esa.settings(auto_renew=True)
    esa.apply("a.example.com")
    esa.later(30)
    first = esa.row("a.example.com")
    esa.later(timedelta(days=61).total_seconds())
    second = esa.row("a.example.com")
    assert (second["Id"], second["Status"]) == (first["Id"], "Issued")
    assert second["FingerprintSha256"] != first["FingerprintSha256"]


@pytest.mark.parametrize(
    "outcome, at_once, in_the_end",
    [
        ("fail", "Applying", "ApplyFailed"),
        ("cancel", "Applying", "Canceled"),
        ("stuck", "Applying", "Applying"),
        ("refused", "ApplyFailed", "ApplyFailed"),
    ],
)
def test_one_of_several_fails(esa: Esa, outcome: str, at_once: str, in_the_end: str) -> None:
    esa.settings(outcomes={"b.example.com": outcome})
    good, bad = esa.apply("a.example.com", "b.example.com")
    assert (good["Status"], bad["Status"]) == ("Applying", at_once)
    esa.later(3600)
    bad = esa.row("b.example.com")
    assert (esa.row("a.example.com")["Status"], bad["Status"]) == ("Issued", in_the_end)
    assert bool(bad["ApplyCode"]) is bool(bad["ApplyMessage"]) is (in_the_end != "Applying")


def test_one_of_several_is_dropped_without_a_word(esa: Esa) -> None:
    esa.settings(outcomes={"b.example.com": "dropped"}, short_result=False)
    answer = esa.ok("ApplyCertificate", Domains="a.example.com,b.example.com")
    assert (answer["TotalCount"], len(answer["Result"])) == (2, 1)
    esa.later(2)
    assert [row["SAN"] for row in esa.rows()] == ["a.example.com"]


# Proofs, with access by CNAME


def test_a_site_with_our_name_servers_proves_itself(esa: Esa) -> None:
    (row,) = esa.apply("*.example.com")
    assert row["DCV"] == []


@pytest.mark.parametrize("domain", ["example.org", "*.example.org", "www.example.org"])
def test_a_record_proves_the_domain(esa: Esa, domain: str) -> None:
    (row,) = esa.apply(domain, site=CNAME_SITE)
    proof = next(proof for proof in row["DCV"] if proof["Type"] == "DNS")
    assert (proof["Key"], proof["Status"]) == (f"_acme-challenge.{domain.removeprefix('*.')}", "pending")
    esa.later(100)
    assert esa.row(domain, CNAME_SITE)["Status"] == "Applying"
    esa.publish(proof["Key"], "TXT", f'"{proof["Value"]}"')
    assert esa.row(domain, CNAME_SITE)["Status"] == "Issued"
    assert esa.row(domain, CNAME_SITE)["DCV"] == []


def test_a_file_proves_the_domain(esa: Esa) -> None:
    (row,) = esa.apply("example.org", site=CNAME_SITE)
    proof = next(proof for proof in row["DCV"] if proof["Type"] == "HTTP")
    path = esa.world.web_root / "example.org" / proof["Key"].removeprefix("http://example.org/")
    path.parent.mkdir(parents=True)
    path.write_text("something else")
    esa.later(100)
    assert esa.row("example.org", CNAME_SITE)["Status"] == "Applying"
    path.write_text(proof["Value"])
    assert esa.row("example.org", CNAME_SITE)["Status"] == "Issued"


@pytest.mark.parametrize("traffic", [["*"], ["www.example.org"]])
def test_traffic_proves_a_host_but_no_wildcard(esa: Esa, traffic: list[str]) -> None:
    esa.apply("www.example.org", "*.example.org", site=CNAME_SITE)
    esa.control("POST", f"sites/{CNAME_SITE}", {"traffic": traffic})
    esa.later(timedelta(days=3).total_seconds())
    assert esa.row("www.example.org", CNAME_SITE)["Status"] == "Issued"
    wildcard = esa.row("*.example.org", CNAME_SITE)
    assert (wildcard["Status"], wildcard["ApplyCode"], wildcard["ApplyMessage"]) == ("Applying", 0, "")


def test_a_proof_is_good_for_an_hour(esa: Esa) -> None:
    (row,) = esa.apply("*.example.org", site=CNAME_SITE)
    esa.later(3500)
    assert esa.row("*.example.org", CNAME_SITE)["DCV"] == row["DCV"]
    esa.later(120)
    esa.publish(row["DCV"][0]["Key"], "TXT", row["DCV"][0]["Value"])
    later = esa.row("*.example.org", CNAME_SITE)
    assert later["Status"] == "Applying"
    assert later["DCV"][0]["Key"] == row["DCV"][0]["Key"]
    assert later["DCV"][0]["Value"] != row["DCV"][0]["Value"]


@pytest.mark.parametrize(
    "domain, kind, record",
    [
        ("www.example.org", "digicert_single", "www.example.org"),
        ("example.org", "digicert_single", "example.org"),
        ("*.example.org", "digicert_wildcard", "example.org"),
    ],
)
def test_digicert_wants_a_delegation(esa: Esa, domain: str, kind: str, record: str) -> None:
    esa.control("POST", f"sites/{CNAME_SITE}", {"traffic": ["*"]})
    (row,) = esa.apply(domain, site=CNAME_SITE, Type=kind)
    assert row["DCV"] == []
    tail = esa.ok("GetDcvDelegation", site=CNAME_SITE)["DelegationDomain"]
    assert tail == f"{CNAME_SITE}.dcv.aliyun-esa.com"
    esa.later(100)
    assert esa.row(domain, CNAME_SITE)["Status"] == "Applying"
    esa.publish(f"_dnsauth.{record}", "CNAME", f"{record}.{tail}.")
    assert esa.row(domain, CNAME_SITE)["Status"] == "Issued"


# Reads


def test_the_certificate_is_real_and_has_no_key(esa: Esa) -> None:
    (row,) = esa.apply("a.example.com")
    pending = esa.ok("GetCertificate", Id=row["Id"])
    assert (pending["Status"], pending["Certificate"]) == ("Applying", "")
    assert "NotAfter" not in pending["Result"]
    esa.later(30)
    answer = esa.ok("GetCertificate", Id=row["Id"])
    leaf, intermediate = x509.load_pem_x509_certificates(answer["Certificate"].encode())
    leaf.verify_directly_issued_by(intermediate)
    result = answer["Result"]
    assert int(result["SerialNumber"], 16) == leaf.serial_number
    assert result["FingerprintSha256"] == leaf.fingerprint(hashes.SHA256()).hex()
    assert result["SAN"] == "a.example.com"
    assert result["IssuerCN"] in leaf.issuer.rfc4514_string()
    assert "PRIVATE" not in str(answer) + str(esa.rows())
    assert not [name for name in result if "key" in name.lower()]


@pytest.mark.parametrize("form, found", [("mixed", 2), ("iso", 1), ("blank", 1)])
def test_two_forms_of_times(esa: Esa, form: str, found: int) -> None:
    esa.settings(time_form=form)
    row = esa.control("POST", "esa_certificates", {"names": ["a.example.com"]})
    shown = esa.row("a.example.com")
    texts = [shown["NotAfter"], shown["CreateTime"]]
    assert len({"T" in text for text in texts}) == found
    end = datetime.fromisoformat(shown["NotAfter"].replace("Z", "")).replace(tzinfo=UTC)
    assert end.strftime("%Y-%m-%dT%H:%M:%S") == row["end"].split(".")[0]


def test_the_list_is_filtered_and_paged(esa: Esa) -> None:
    for name, more in (("a", {}), ("b", {"type": "cas", "cas_id": "123"}), ("c", {"days_left": -1})):
        esa.control("POST", "esa_certificates", {"names": [f"{name}.example.com"], **more})
    assert [row["CommonName"][0] for row in esa.rows()] == ["c", "b", "a"]
    assert [row["CommonName"][0] for row in esa.rows(Type="cas")] == ["b"]
    assert [row["CommonName"][0] for row in esa.rows(ValidOnly="true")] == ["b", "a"]
    assert [row["CommonName"][0] for row in esa.rows(Keyword="A.EXAMPLE")] == ["a"]
    assert esa.rows(Type="cas")[0]["CasId"] == "123"
    page = esa.ok("ListCertificates", PageNumber=2, PageSize=2)
    assert (page["TotalCount"], page["PageNumber"], len(page["Result"]), page["SiteId"]) == (3, 2, 1, NS_SITE)
    esa.settings(count_offset=1)
    assert esa.ok("ListCertificates")["TotalCount"] == 4


def test_deletion(esa: Esa) -> None:
    (row,) = esa.apply("a.example.com")
    assert esa.code("DeleteCertificate", Id=row["Id"]) == "Certificate.StatusError"
    esa.later(30)
    answer = esa.ok("DeleteCertificate", Id=row["Id"])
    assert (answer["Id"], answer["SiteId"], answer["SiteName"]) == (row["Id"], NS_SITE, "example.com")
    assert esa.rows() == []
    assert esa.code("DeleteCertificate", Id=row["Id"]) == "InvalidCertificate.NotFound"
    assert esa.code("GetCertificate", Id=row["Id"]) == "InvalidCertificate.NotFound"


def test_a_pending_application_may_be_deleted_on_demand(esa: Esa) -> None:
    esa.settings(delete_applying="allowed")
    (row,) = esa.apply("a.example.com")
    esa.ok("DeleteCertificate", Id=row["Id"])
    assert esa.rows() == []


def test_certificates_by_record(esa: Esa) -> None:
    esa.control("POST", f"sites/{NS_SITE}", {"records": ["www.example.com", "example.com", "a.b.example.com"]})
    (row,) = esa.apply("*.example.com")

    def of(name: str, **parameters: Any) -> dict[str, Any]:
        (found,) = esa.ok("ListCertificatesByRecord", RecordName=name, **parameters)["Result"]
        return dict(found)

    assert of("www.example.com") == {
        "RecordName": "www.example.com",
        "Count": 0,
        "ApplylingCount": 1,
        "Status": "applying",
    }
    esa.later(30)
    found = of("www.example.com", Detail="true")
    assert (found["Count"], found["ApplylingCount"], found["Status"]) == (1, 0, "configured")
    assert [one["Id"] for one in found["Certificates"]] == [row["Id"]]
    for name in ("example.com", "a.b.example.com", "unknown.example.com"):
        assert (of(name)["Count"], of(name)["Status"]) == (0, "none")
    both = esa.ok("ListCertificatesByRecord", RecordName="www.example.com,example.com")["Result"]
    assert [one["RecordName"] for one in both] == ["www.example.com", "example.com"]


def test_a_record_whose_application_failed(esa: Esa) -> None:
    esa.control("POST", f"sites/{NS_SITE}", {"records": ["a.example.com"]})
    esa.control("POST", "esa_certificates", {"names": ["a.example.com"], "status": "ApplyFailed"})
    assert esa.ok("ListCertificatesByRecord", RecordName="a.example.com")["Result"][0]["Status"] == "failed"


# Sites


@pytest.mark.parametrize(
    "search, word, found",
    [
        (None, "example.com", ["example.com"]),
        (None, "example", []),
        ("exact", "example.com", ["example.com"]),
        ("prefix", "example", ["example.com", "example.org"]),
        ("suffix", ".org", ["example.org"]),
        ("fuzzy", "ample", ["example.com", "example.org"]),
        (None, None, ["example.com", "example.org"]),
    ],
)
def test_sites(esa: Esa, search: str | None, word: str | None, found: list[str]) -> None:
    given = {"SiteName": word, "SiteSearchType": search}
    parameters = {name: value for name, value in given.items() if value is not None}
    answer = body_of(esa.answer("ListSites", parameters), 200)
    assert [site["SiteName"] for site in answer["Sites"]] == found
    assert answer["TotalCount"] == len(found)


def test_sites_by_access_and_page(esa: Esa) -> None:
    (site,) = body_of(esa.answer("ListSites", {"AccessType": "CNAME"}), 200)["Sites"]
    assert (site["SiteId"], site["AccessType"], site["Status"]) == (CNAME_SITE, "CNAME", "active")
    page = body_of(esa.answer("ListSites", {"PageNumber": 2, "PageSize": 1}), 200)
    assert [site["SiteName"] for site in page["Sites"]] == ["example.org"]
    assert refusal(esa.answer("ListSites", {"PageSize": 501})) == "InvalidParameter"
    assert refusal(esa.answer("ListSites", {"SiteSearchType": "any"})) == "InvalidParameter"


def test_one_site(esa: Esa) -> None:
    model = esa.ok("GetSite")["SiteModel"]
    assert (model["SiteId"], model["SiteName"], model["AccessType"]) == (NS_SITE, "example.com", "NS")
    assert model["NameServerList"]
    assert esa.code("GetSite", site=1) == "SiteNotFound"


# Uploads


def test_an_upload(esa: Esa) -> None:
    begin = esa.world.now()
    issued = esa.world.ca.issue(["up.example.com"], not_before=begin, not_after=begin + timedelta(days=9))
    pems = {"Certificate": issued.chain_pem, "PrivateKey": issued.key_pem}
    given: dict[str, Any] = {"Type": "upload", "Name": "one", **pems}
    answer = esa.answer("SetCertificate", {"SiteId": NS_SITE, **given}, form=True)
    identity = body_of(answer, 200)["Id"]
    assert "PRIVATE" not in str(answer.summary)
    row = esa.row("up.example.com")
    assert (row["Id"], row["Type"], row["FingerprintSha256"]) == (identity, "upload", issued.sha256)
    assert row["Status"] == "Expiring"

    def code(**changed: str) -> str:
        return esa.code("SetCertificate", form=True, **{**given, **changed})

    other = esa.world.ca.issue(["up.example.com"], not_before=begin, not_after=begin + timedelta(days=90))
    foreign = esa.world.ca.issue(["example.net"], not_before=begin, not_after=begin + timedelta(days=90))
    assert code() == "Certificate.Duplicated"
    assert code(Type="cas") == "InvalidParameter.Type"
    assert code(Certificate="x") == "InvalidSSLPub"
    assert code(PrivateKey="x") == "InvalidSSLPri"
    assert code(PrivateKey=other.key_pem) == "CertificateNotMatchPrivateKey"
    assert code(Certificate=foreign.chain_pem, PrivateKey=foreign.key_pem) == "CertificateDomainNotMatchSite"
    renewed = {"Certificate": other.chain_pem, "PrivateKey": other.key_pem}
    assert code(**renewed) == "InvalidParameter.Name"
    esa.ok("SetCertificate", form=True, **{**given, **renewed, "Id": identity})
    assert esa.row("up.example.com")["FingerprintSha256"] == other.sha256
    assert esa.ok("GetCertificateQuota", Type="free")["QuotaUsage"] == 0
    esa.settings(upload_quota=1)
    assert code(Name="two") == "CertQuotaCheckFailed"


def test_an_upload_does_not_replace_a_free_one(esa: Esa) -> None:
    (row,) = esa.apply("a.example.com")
    now = esa.world.now()
    issued = esa.world.ca.issue(["a.example.com"], not_before=now, not_after=now + timedelta(days=90))
    pems = {"Certificate": issued.chain_pem, "PrivateKey": issued.key_pem}
    given: dict[str, Any] = {"Type": "upload", "Name": "n", **pems}
    assert esa.code("SetCertificate", form=True, Id=row["Id"], **given) == "Certificate.StatusError"
    assert esa.code("SetCertificate", form=True, Id="none", **given) == "InvalidCertificate.NotFound"


# Control


def test_control_of_a_certificate(esa: Esa) -> None:
    made = esa.control("POST", "esa_certificates", {"names": ["a.example.com"], "days_left": 10})
    path = f"esa_certificates/{made['id']}"
    assert made["status"] == "Expiring"
    assert esa.control("POST", f"{path}/age", {"days_left": 60})["status"] == "OK"
    assert esa.control("POST", path, {"status": "Strange"})["status"] == "Strange"
    assert esa.row("a.example.com")["Status"] == "Strange"
    assert esa.control("POST", path, {"status": None})["status"] == "OK"
    failed = esa.control("POST", path, {"status": "ApplyFailed", "apply_code": 7, "apply_message": "Told so."})
    assert (failed["status"], failed["sha256"]) == ("ApplyFailed", None)
    assert (esa.row("a.example.com")["ApplyCode"], esa.row("a.example.com")["ApplyMessage"]) == (7, "Told so.")
    assert esa.control("POST", path, {"status": "Applying"})["status"] == "Applying"
    esa.later(30)
    assert esa.control("GET", path)["status"] == "Issued"
    esa.control("DELETE", path)
    esa.control("GET", path, status=404)


def test_control_of_a_site(esa: Esa) -> None:
    site = esa.control("POST", "sites", {"name": "example.net", "access_type": "CNAME"})
    made = esa.control("POST", "esa_certificates", {"site": site["id"], "names": ["example.net"]})
    assert made["site"] == site["id"] == CNAME_SITE + 1
    assert esa.control("GET", f"sites/{site['id']}")["access_type"] == "CNAME"
    esa.control("DELETE", f"sites/{site['id']}")
    assert esa.code("ListCertificates", site=site["id"]) == "SiteNotFound"
    esa.control("GET", f"esa_certificates/{made['id']}", status=404)


@pytest.mark.parametrize(
    "path, body",
    [
        ("sites", {"name": "example.net", "access_type": "MX"}),
        ("sites", {"name": "example.net", "colour": "red"}),
        ("sites", {"name": "example.net", "id": NS_SITE}),
        ("sites", {"name": "example.net", "records": "www.example.net"}),
        ("esa_certificates", {"type": "gold"}),
        ("esa_certificates", {"outcome": "gold"}),
        ("esa_certificates", {"colour": "red"}),
        ("esa_certificates", {"site": 1}),
    ],
)
def test_control_that_cannot_be_meant(esa: Esa, path: str, body: dict[str, Any]) -> None:
    before = aliyun_state(esa)
    esa.control("POST", path, body, status=400)
    assert aliyun_state(esa) == before


def aliyun_state(esa: Esa) -> tuple[Any, Any]:
    cloud = next(cloud for cloud in esa.world.clouds if isinstance(cloud, aliyun.AliyunCloud))
    state = cloud.state({})
    return state["sites"], state["esa_certificates"]
