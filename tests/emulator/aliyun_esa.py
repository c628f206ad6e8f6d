# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ESA, version 2024-09-10: free certificates of sites, and as much of uploaded ones as the quota needs."""

import re
from collections.abc import Callable
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from .aliyun_esa_control import EsaControl
from .aliyun_esa_estate import (
    AUTHORITIES,
    LETS_ENCRYPT,
    USABLE,
    Certificate,
    EsaEstate,
    EsaSettings,
    Site,
    covers,
)
from .aliyun_operation import Action, AliyunError, Caller, Service, page
from .world import Json, Response, World

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,253}}$)(\*\.)?({_LABEL}\.)+{_LABEL}")
_MAX_PAGE = 500
_FREE_PLANS = ("free", "entrance")
_SEARCHES: dict[str, Callable[[str, str], bool]] = {
    "exact": lambda name, word: name == word,
    "prefix": lambda name, word: name.startswith(word),
    "suffix": lambda name, word: name.endswith(word),
    "fuzzy": lambda name, word: word in name,
}


class EsaPart:
    """From the start: ``example.com`` by name servers and ``example.org`` by CNAME, both active."""

    name = "esa"

    def __init__(self, world: World, account: str) -> None:
        self.world = world
        self.estate = EsaEstate(world)
        self._control = EsaControl(self.estate, account)
        self._control.seed()
        self.service = Service("esa", "esa", "2024-09-10", self._actions())

    @property
    def settings(self) -> EsaSettings:
        return self.estate.settings

    @property
    def kinds(self) -> tuple[str, ...]:
        return self._control.kinds

    def state(self) -> Json:
        return self._control.state()

    def add(self, kind: str, body: Json) -> Json:
        return self._control.add(kind, body)

    def control(self, method: str, parts: list[str], query: dict[str, str], body: Json) -> Response | None:
        return self._control.control(method, parts, query, body)

    def _actions(self) -> dict[str, Action]:
        site, paging = {"SiteId": "int!"}, {"PageNumber": "int", "PageSize": "int"}
        one = {**site, "Id": "str!"}
        applied = {**site, "Domains": "str!", "Type": "str", "AlgType": "str"}
        listed = {**site, **paging, "Keyword": "str", "ValidOnly": "bool", "Type": "str"}
        by_record = {**site, "RecordName": "str!", "ValidOnly": "bool", "Detail": "bool"}
        texts = ("Name", "Id", "Certificate", "PrivateKey", "Region")
        uploaded = {**site, "Type": "str!", **dict.fromkeys(texts, "str"), "CasId": "int"}
        sites = ("SiteName", "SiteSearchType", "AccessType", "Status", "Coverage")
        get_only = ("GET",)
        return {
            "ApplyCertificate": Action(self.apply, applied, write=True),
            "ListCertificates": Action(self.list_certificates, listed),
            "GetCertificate": Action(self.get_certificate, one),
            "DeleteCertificate": Action(self.delete_certificate, one, write=True, methods=get_only),
            "SetCertificate": Action(self.upload, uploaded, write=True, methods=("POST",), position="form"),
            "ListCertificatesByRecord": Action(self.list_by_record, by_record),
            "GetCertificateQuota": Action(self.quota, {**site, "Type": "str!"}, methods=get_only),
            "GetDcvDelegation": Action(self.delegation, site, methods=get_only),
            "ListSites": Action(self.list_sites, {**dict.fromkeys(sites, "str"), **paging}, methods=get_only),
            "GetSite": Action(self.get_site, site, methods=get_only),
        }

    # Writes

    def apply(self, caller: Caller, given: Json) -> Json:
        """All or nothing as far as it is refused; what ``outcomes`` says of a domain comes after that."""
        site = self._site(caller, given, active=True)
        authority = given.get("Type", LETS_ENCRYPT)
        names = [name.strip().lower() for name in given["Domains"].split(",")]
        self._check_names(site, names, authority)
        self._refuse_doubles(site, names)
        if self._usage(caller) + len(names) > self.settings.quota:
            raise AliyunError("QuotaExceeded", "The quota is exceeded.", status=403)
        if site.room is not None and len(names) > site.room:
            raise AliyunError("QuotaExceed.RecordCount", "The maximum number of records has been reached.")
        rows = [row for name in names for row in self._apply_one(site, name, authority)]
        if self.settings.short_result and len(names) > 1:
            rows = rows[:1]
        blank = " " if self.settings.padded else ""
        return {
            "SiteName": site.name + blank,
            "TotalCount": len(names),
            "Result": [{**row, "Domain": row["Domain"] + blank} for row in rows],
        }

    def delete_certificate(self, caller: Caller, given: Json) -> Json:
        site, certificate = self._certificate(caller, given)
        if self.estate.status(certificate) == "Applying" and self.settings.delete_applying == "refused":
            raise AliyunError("Certificate.StatusError", "The certificate status does not allow this operation.")
        del self.estate.certificates[certificate.id]
        return {"Id": certificate.id, **_about(site)}

    def upload(self, caller: Caller, given: Json) -> Json:
        site = self._site(caller, given)
        if given["Type"] != "upload":
            raise AliyunError("InvalidParameter.Type", "The specified Type parameter is invalid.")
        for name in ("Name", "Certificate", "PrivateKey"):
            if name not in given:
                raise AliyunError(f"{name}.MissingParameter", f"Required parameter {name} missing.")
        chain = _chain(given["Certificate"])
        names, sha256 = _names(chain[0]), chain[0].fingerprint(hashes.SHA256()).hex()
        _check_key(chain[0], given["PrivateKey"])
        if not any(_within(name.removeprefix("*."), site) for name in names):
            raise AliyunError("CertificateDomainNotMatchSite", "The certificate does not match the site.")
        certificate = self._target(site, given, names, sha256)
        certificate.name, certificate.names = given["Name"], names
        self.estate.take(certificate, given["Certificate"], chain[0].serial_number, sha256)
        certificate.begin, certificate.end = chain[0].not_valid_before_utc, chain[0].not_valid_after_utc
        return {"Id": certificate.id, **_about(site)}

    # Reads

    def list_certificates(self, caller: Caller, given: Json) -> Json:
        site = self._site(caller, given)
        word, kind = given.get("Keyword", "").lower(), given.get("Type", "")
        found = [
            one
            for one in self.estate.listed(site)
            if any(word in text.lower() for text in (one.name, *one.names))
            and kind in ("", one.type)
            and (not given.get("ValidOnly") or self.estate.status(one) in USABLE)
        ]
        rows, about = page(found, given, default=20, largest=_MAX_PAGE)
        about["TotalCount"] += self.settings.count_offset
        return {**about, **_about(site), "Result": [self._row(one) for one in rows]}

    def get_certificate(self, caller: Caller, given: Json) -> Json:
        site, certificate = self._certificate(caller, given)
        return {
            **_about(site),
            "Status": self.estate.status(certificate),
            "Certificate": certificate.chain_pem,
            "Result": self._row(certificate),
        }

    def list_by_record(self, caller: Caller, given: Json) -> Json:
        site = self._site(caller, given)
        names = [name.strip().lower() for name in given["RecordName"].split(",")]
        rows = [self._by_record(site, name, given) for name in names]
        return {**_about(site), "TotalCount": len(rows), "Result": rows}

    def quota(self, caller: Caller, given: Json) -> Json:
        self._site(caller, given)
        if given["Type"] != "free":
            raise AliyunError("InvalidParameter.Type", "The specified Type parameter is invalid.")
        sites = self.estate.sites_of(caller.account)
        used = [{"SiteId": str(site.id), "SiteName": site.name, "SiteUsage": self.estate.usage(site)} for site in sites]
        return {
            "Type": "free",
            "Quota": self.settings.quota,
            "QuotaUsage": sum(row["SiteUsage"] for row in used),
            "SiteCount": len(sites),
            "SiteUsage": used,
        }

    def delegation(self, caller: Caller, given: Json) -> Json:
        site = self._site(caller, given)
        return {"SiteId": site.id, "DelegationDomain": site.delegation}

    def list_sites(self, caller: Caller, given: Json) -> Json:
        search = _SEARCHES.get(given.get("SiteSearchType", "exact"))
        if search is None:
            raise AliyunError("InvalidParameter", "The specified SiteSearchType is not valid.")
        word = given.get("SiteName", "").lower()
        found = [
            site
            for site in self.estate.sites_of(caller.account)
            if (not word or search(site.name, word))
            and given.get("AccessType", site.access_type) == site.access_type
            and given.get("Status", site.status) == site.status
            and given.get("Coverage", site.coverage) == site.coverage
        ]
        rows, about = page(found, given, default=20, largest=_MAX_PAGE)
        return {**about, "Sites": [self._site_row(site) for site in rows]}

    def get_site(self, caller: Caller, given: Json) -> Json:
        return {"SiteModel": self._site_row(self._site(caller, given))}

    # Checks

    def _site(self, caller: Caller, given: Json, *, active: bool = False) -> Site:
        site = self.estate.sites.get(given["SiteId"])
        if site is None or site.account != caller.account:
            raise AliyunError("SiteNotFound", "The specified site is not found.")
        if active and site.status != "active":
            raise AliyunError("SiteNotActivated", "The site is not activated, the process is not allowed.")
        return site

    def _certificate(self, caller: Caller, given: Json) -> tuple[Site, Certificate]:
        site = self._site(caller, given)
        found = next((one for one in self.estate.living(site) if one.id == given["Id"]), None)
        if found is None:
            raise AliyunError("InvalidCertificate.NotFound", "The specified certificate is not found.")
        return site, found

    def _check_names(self, site: Site, names: list[str], authority: str) -> None:
        if authority not in AUTHORITIES or (authority != LETS_ENCRYPT and site.plan in _FREE_PLANS):
            raise AliyunError("InvalidParameter.Type", "The specified Type parameter is invalid, please check.")
        for name in names:
            if not _NAME.fullmatch(name) or not _within(name.removeprefix("*."), site):
                raise AliyunError("InvalidParameter.Domains", "The specified Domains parameter is invalid.")
            if authority != LETS_ENCRYPT and name.startswith("*.") is not (authority == "digicert_wildcard"):
                raise AliyunError("InvalidParameter.Type", "The Type does not fit the domain name.")

    def _refuse_doubles(self, site: Site, names: list[str]) -> None:
        applied = [
            name
            for one in self.estate.living(site)
            if one.type == "free" and self.estate.status(one) in ("Applying", *USABLE)
            for name in one.names
        ]
        if len(set(names)) < len(names) or set(names) & set(applied):
            raise AliyunError(
                "InvalidParameter.Domains",
                "You have already submitted a certificate application for the domain name.",
            )

    def _usage(self, caller: Caller) -> int:
        return sum(self.estate.usage(site) for site in self.estate.sites_of(caller.account))

    def _apply_one(self, site: Site, name: str, authority: str) -> list[Json]:
        outcome = self.settings.outcomes.get(name, "issue")
        if outcome == "dropped":
            return []
        certificate = self.estate.add_certificate(site, [name], "free")
        certificate.authority, certificate.outcome, certificate.hidden = authority, outcome, True
        if outcome == "refused":
            self.estate.end_application(certificate, "ApplyFailed")
        if site.room is not None:
            site.room -= 1
        return [{"Domain": name, "Status": certificate.state, "Id": certificate.id}]

    def _target(self, site: Site, given: Json, names: list[str], sha256: str) -> Certificate:
        """The certificate that an upload replaces, or a new one."""
        there = self.estate.living(site)
        if any(one.sha256 == sha256 for one in there):
            raise AliyunError("Certificate.Duplicated", "The certificate already exists.")
        if any(one.name == given["Name"] and one.id != given.get("Id") for one in there):
            raise AliyunError("InvalidParameter.Name", "The certificate name already exists.")
        if "Id" in given:
            found = next((one for one in there if one.id == given["Id"]), None)
            if found is None:
                raise AliyunError("InvalidCertificate.NotFound", "The specified certificate is not found.")
            if found.type not in ("upload", "cas"):
                raise AliyunError("Certificate.StatusError", "The certificate cannot be replaced.")
            return found
        if sum(one.type in ("upload", "cas") for one in there) >= self.settings.upload_quota:
            raise AliyunError("CertQuotaCheckFailed", "The certificate quota is exceeded.")
        return self.estate.add_certificate(site, names, "upload")

    # Rows

    def _row(self, certificate: Certificate) -> Json:
        row = {
            "Id": certificate.id,
            "Name": certificate.name,
            "Type": certificate.type,
            "Status": self.estate.status(certificate),
            "CommonName": certificate.names[0],
            "SAN": ",".join(certificate.names),
            "CreateTime": self._time(certificate, certificate.created),
            "UpdateTime": self._time(certificate, certificate.updated),
            "ApplyCode": certificate.apply_code,
            "ApplyMessage": certificate.apply_message,
            "DCV": [
                {"Id": one.id, "Type": one.kind, "Key": one.key, "Value": one.value, "Status": "pending"}
                for one in certificate.proofs
            ],
        }
        if certificate.cas_id:
            row |= {"CasId": certificate.cas_id, "Region": "cn-hangzhou"}
        return row | self._x509(certificate) if certificate.chain_pem else row

    def _x509(self, certificate: Certificate) -> Json:
        leaf = _chain(certificate.chain_pem)[0]
        issuer = leaf.issuer.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        common_name = str(issuer[0].value) if issuer else ""
        return {
            "Issuer": common_name,
            "IssuerCN": common_name,
            "NotBefore": self._time(certificate, leaf.not_valid_before_utc, other=True),
            "NotAfter": self._time(certificate, leaf.not_valid_after_utc, other=True),
            "SerialNumber": format(certificate.serial_number, "x"),
            "FingerprintSha256": certificate.sha256,
            "PubAlg": "RSA",
            "SigAlg": "SHA256-RSA",
        }

    def _by_record(self, site: Site, name: str, given: Json) -> Json:
        """A host that is no record of the site has nothing."""
        there = self.estate.listed(site) if name in site.records else []
        fitting = [one for one in there if any(covers(own, name) for own in one.names)]
        by_status = {one.id: self.estate.status(one) for one in fitting}
        usable = [one for one in fitting if by_status[one.id] in USABLE]
        applying = sum(status == "Applying" for status in by_status.values())
        if usable:
            status = "configured"
        elif applying:
            status = "applying"
        else:
            status = "failed" if "ApplyFailed" in by_status.values() else "none"
        row: Json = {"RecordName": name, "Count": len(usable), "ApplylingCount": applying, "Status": status}
        if given.get("Detail"):
            shown = usable if given.get("ValidOnly") else fitting
            # Without what an application is about.
            left_out = ("ApplyCode", "ApplyMessage", "DCV")
            rows = [self._row(one).items() for one in shown]
            row["Certificates"] = [{name: value for name, value in items if name not in left_out} for items in rows]
        return row

    def _site_row(self, site: Site) -> Json:
        nameservers = site.access_type == "NS"
        return {
            **_about(site),
            "AccessType": site.access_type,
            "Status": site.status,
            "Coverage": site.coverage,
            "PlanName": site.plan,
            "PlanSpecName": site.plan,
            "InstanceId": f"esa-site-{site.id}",
            "NameServerList": "ns1.example.net,ns2.example.net" if nameservers else "",
            "CnameZone": "" if nameservers else f"{site.name}.cname.example.net",
            "VerifyCode": f"verify_{site.id}",
            "CreateTime": _iso(site.created),
            "UpdateTime": _iso(site.created),
        }

    def _time(self, certificate: Certificate, moment: datetime, *, other: bool = False) -> str:
        """Two forms of text: mixed within one answer, and between certificates."""
        form = self.settings.time_form
        if form == "mixed":
            form = "iso" if (certificate.number % 2 == 0) is other else "blank"
        return _iso(moment) if form == "iso" else moment.strftime("%Y-%m-%d %H:%M:%S")


def _about(site: Site) -> Json:
    return {"SiteId": site.id, "SiteName": site.name}


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _within(name: str, site: Site) -> bool:
    return name == site.name or name.endswith(f".{site.name}")


def _chain(text: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(text.encode())
    except ValueError as error:
        raise AliyunError("InvalidSSLPub", "The certificate is invalid.") from error


def _names(leaf: x509.Certificate) -> list[str]:
    try:
        extension = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return [str(name).lower() for name in extension.value.get_values_for_type(x509.DNSName)]


def _check_key(leaf: x509.Certificate, text: str) -> None:
    try:
        key = load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError) as error:
        raise AliyunError("InvalidSSLPri", "The private key is invalid.") from error
    if key.public_key() != leaf.public_key():
        raise AliyunError("CertificateNotMatchPrivateKey", "The certificate does not match the private key.")
