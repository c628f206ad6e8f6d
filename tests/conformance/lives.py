# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every way through the services that changes which fields are sent or read, as tasks of a play would take it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import (
    antchain_cert,
    antchain_cert_info,
    client_cert,
    client_cert_info,
    esa_cert_info,
    esa_free_cert,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun import dns_record as aliyun_dns_record
from ansible_collections.cncloud.certificates.plugins.module_utils._clock import PACE_VARIABLE, clock_for
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import Entry, execute
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei import cert_info as huawei_cert_info
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei import dns_record as huawei_dns_record
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei import domain_cert
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent import cert_info as tencent_cert_info
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent import dns_record, free_cert
from ansible_collections.cncloud.certificates.tests.emulator.process import EmulatorProcess
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PACE = 200
GATEWAY = "i-emulator"
DOMAIN = "api.example.com"


class Play:
    """Runs services one after the other, as tasks of a play would."""

    def __init__(self, emulator: EmulatorProcess, folder: Path) -> None:
        self.emulator = emulator
        self.folder = folder
        self._environ = {
            PACE_VARIABLE: str(PACE),
            "HOME": str(folder),
            "ALIBABA_CLOUD_ACCESS_KEY_ID": emulator.info["credentials"]["aliyun"][0]["key_id"],
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": emulator.info["credentials"]["aliyun"][0]["secret"],
            "ALIBABA_CLOUD_REGION_ID": "cn-hangzhou",
            "TENCENTCLOUD_SECRET_ID": emulator.info["credentials"]["tencent"][0]["key_id"],
            "TENCENTCLOUD_SECRET_KEY": emulator.info["credentials"]["tencent"][0]["secret"],
        }
        self._huawei = emulator.info["credentials"]["huawei"][0]

    def elsewhere(self, **environ: str) -> Play:
        """The same, with other surroundings: no key but what they say."""
        other = Play(self.emulator, self.folder)
        other._environ = {name: self._environ[name] for name in (PACE_VARIABLE, "HOME", "ALIBABA_CLOUD_REGION_ID")}
        other._environ |= environ
        return other

    def task(self, entry: Entry, **arguments: Any) -> dict[str, Any]:
        given = {"endpoint": self.emulator.endpoint, **arguments}
        validated = ArgumentSpecValidator(entry.argument_spec, **entry.constraints()).validate(given)
        assert not validated.error_messages
        context = Context(
            environ=self._environ,
            base_dir=str(self.folder),
            clock=clock_for(endpoint=self.emulator.endpoint, environ=self._environ),
        )
        result = execute(entry, validated.validated_parameters, context)
        assert not result.get("failed"), result
        return result

    def aliyun(self, entry: Entry, **arguments: Any) -> dict[str, Any]:
        return self.task(entry, **arguments)

    def tencent(self, entry: Entry, **arguments: Any) -> dict[str, Any]:
        return self.task(entry, **arguments)

    def huawei(self, entry: Entry, **arguments: Any) -> dict[str, Any]:
        project = {} if "region" in arguments else {"project_id": self._huawei["project_id"]}
        keys = {"access_key": self._huawei["key_id"], "secret_key": self._huawei["secret"]}
        return self.task(entry, **keys, **project, **arguments)

    def gateway(self, entry: Entry, **arguments: Any) -> dict[str, Any]:
        return self.huawei(entry, **{"instance_id": GATEWAY, **arguments})

    def publish(self, challenge: list[dict[str, Any]], *, state: str = "present") -> None:
        for proof in challenge:
            record = {name: proof[name] for name in ("zone", "name", "type", "value")}
            self.tencent(dns_record.ENTRY, **record, state=state)

    def material(self, name: str) -> dict[str, str]:
        """File options whose files are in a folder of that name."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return {"fullchain_path": str(folder / "fullchain.pem"), "private_key_path": str(folder / "key.pem")}

    def bind(self, folder: str, **more: Any) -> dict[str, Any]:
        files = self.material(folder)
        return self.gateway(
            domain_cert.ENTRY,
            group="demo",
            domain=DOMAIN,
            certificate_path=files["fullchain_path"],
            private_key_path=files["private_key_path"],
            **more,
        )


def live_tencent_and_huawei(play: Play) -> None:
    emulator = play.emulator
    place = {"domain": DOMAIN, "dv_auth_method": "dns", "alias": "gateway", "contact_email": "admin@example.com"}
    place |= {"contact_phone": "13800138000", "package_type": "83", "key_algorithm": "ecc"}
    # No check of its own accord, so that one has to be asked for.
    emulator.control("POST", "/settings/tencent", {"check_delay": 86400})
    first = play.tencent(free_cert.ENTRY, **place, project_id=0, validity_period=3, wait=False)
    assert first["changed"]
    for _unused in range(100):
        if first["challenge"]:
            break
        first = play.tencent(free_cert.ENTRY, **place, wait=False)
    play.publish(first["challenge"])
    play.publish(first["challenge"])
    issued = play.tencent(free_cert.ENTRY, **place, **play.material("first"))
    emulator.control("POST", "/settings/tencent", {"check_delay": 10})
    play.publish(first["challenge"], state="absent")
    identity = issued["certificate"]["id"]
    play.tencent(free_cert.ENTRY, **{**place, "alias": "renamed"}, project_id=5)
    play.tencent(tencent_cert_info.ENTRY, domain=DOMAIN)
    play.tencent(tencent_cert_info.ENTRY, certificate_id=identity)

    # Zones that are found, and record sets that are made, written with one more value and with one less, and deleted.
    proof = {"name": "_proof.huawei.example.org", "type": "TXT"}
    play.tencent(dns_record.ENTRY, name="_proof.example.com", type="TXT", value="first", state="absent")
    for value, state in (("first", "present"), ("second", "present"), ("first", "absent"), ("second", "absent")):
        assert play.huawei(huawei_dns_record.ENTRY, **proof, value=value, state=state)["changed"]

    emulator.control("POST", "/huawei/domains", {"domain": DOMAIN})
    assert play.bind("first")["changed"]
    assert not play.bind("first")["changed"]
    play.gateway(huawei_cert_info.ENTRY, with_bindings=True, with_details=True)
    play.gateway(huawei_cert_info.ENTRY, group="demo")
    play.gateway(
        huawei_cert_info.ENTRY, name="api", common_name=DOMAIN, region="cn-north-4", iam_endpoint=emulator.endpoint
    )

    emulator.control("POST", f"/certificates/{identity}/age", {"days_left": 10})
    auto = {**place, "alias": "renamed", "dv_auth_method": "dns_auto", "delete_dns_auto_record": True}
    renewed = play.tencent(free_cert.ENTRY, **auto, **play.material("second"))
    assert renewed["certificate"]["id"] != identity
    assert play.bind("second")["changed"]
    # An order that is less than an hour old is never replaced, not even with force.
    emulator.control("POST", f"/certificates/{renewed['certificate']['id']}/age", {"ordered_hours_ago": 2})
    play.tencent(free_cert.ENTRY, **auto, force=True, **play.material("third"))
    assert play.bind("third", replace="attach_new", name="third_one")["changed"]
    ca = emulator.control("GET", "/ca")["bundle"]
    play.bind("third", trusted_root_ca=ca, verified_client_certificate_enabled=True)
    assert play.bind("third", state="absent")["changed"]

    # A gateway from before there were certificate objects.
    emulator.control("POST", "/huawei/instances", {"id": "i-old", "ssl_objects": False})
    emulator.control("POST", "/huawei/groups", {"name": "demo", "instance_id": "i-old"})
    emulator.control("POST", "/huawei/domains", {"domain": DOMAIN, "instance_id": "i-old", "group": "demo"})
    assert play.bind("third", instance_id="i-old")["changed"]
    assert not play.bind("third", instance_id="i-old")["changed"]
    assert play.bind("third", instance_id="i-old", state="absent")["changed"]

    order = play.tencent(free_cert.ENTRY, domain="other.example.com", dv_auth_method="file", wait=False)
    gone = {"certificate_id": order["certificate"]["id"], "state": "absent"}
    assert play.tencent(free_cert.ENTRY, **gone)["changed"]
    emulator.control("POST", f"/certificates/{gone['certificate_id']}/age", {"ordered_hours_ago": 2})
    assert play.tencent(free_cert.ENTRY, **gone)["changed"]
    revoked = play.tencent(free_cert.ENTRY, certificate_id=identity, state="absent", revoke=True)
    assert revoked["challenge"]
    assert play.tencent(free_cert.ENTRY, certificate_id=identity, state="absent", revoke=True)["challenge"]


OIDC_TOKEN = "emulator.oidc.token"
GIVEN = {"session_name": "nightly", "duration": 900, "external_id": "customer"}
USER = {"user_name": "emulator-user", "user_domain_name": "emulator-account", "password": "emulator-huawei-password"}
ROLES = {
    "aliyun": "acs:ram::1000000000000001:role/emulator-role",
    "tencent": "qcs::cam::uin/100000000001:roleName/emulator-role",
    "huawei": "iam::d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0:agency:emulator-agency",
}


def live_keys(play: Play) -> None:
    """Every way to a key that asks STS or IAM."""
    listing = {"instance_id": GATEWAY, "region": "cn-north-4"}
    roles = {cloud: {"assume_role": {"role_arn": arn, **GIVEN}} for cloud, arn in ROLES.items()}
    play.aliyun(client_cert_info.ENTRY, **roles["aliyun"])
    play.tencent(tencent_cert_info.ENTRY, **roles["tencent"])
    play.huawei(huawei_cert_info.ENTRY, **listing, **roles["huawei"])
    token = play.folder / "oidc-token"
    token.write_text(OIDC_TOKEN)
    pod = play.elsewhere(
        ALIBABA_CLOUD_ROLE_ARN=ROLES["aliyun"],
        ALIBABA_CLOUD_OIDC_PROVIDER_ARN="acs:ram::1000000000000001:oidc-provider/emulator-oidc",
        ALIBABA_CLOUD_OIDC_TOKEN_FILE=str(token),
        TKE_ROLE_ARN=ROLES["tencent"],
        TKE_PROVIDER_ID="emulator-oidc",
        TKE_WEB_IDENTITY_TOKEN_FILE=str(token),
        HUAWEICLOUD_OIDC_AGENCY_URN=ROLES["huawei"],
        HUAWEICLOUD_OIDC_PROVIDER_URN="iam::d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0:oidcProvider:emulator-oidc",
        HUAWEICLOUD_OIDC_TOKEN_FILE=str(token),
        HUAWEICLOUD_OIDC_DURATION_SECONDS="900",
        HUAWEICLOUD_OIDC_POLICY="{}",
        HUAWEICLOUD_OIDC_POLICY_IDS="one,two",
    )
    pod.task(client_cert_info.ENTRY)
    pod.task(tencent_cert_info.ENTRY)
    pod.task(huawei_cert_info.ENTRY, **listing)
    user = play.elsewhere(HUAWEICLOUD_SDK_IDP_ID="emulator-oidc", HUAWEICLOUD_SDK_ID_TOKEN_FILE=str(token))
    user.task(huawei_cert_info.ENTRY, **listing)
    play.elsewhere().task(huawei_cert_info.ENTRY, **listing, **USER)
    agency = {"HW_ASSUME_ROLE_AGENCY_NAME": "emulator-agency", "HW_ASSUME_ROLE_DOMAIN_NAME": "emulator-account"}
    known = play.emulator.info["credentials"]["huawei"][0]
    owner = {"HW_ACCESS_KEY": known["key_id"], "HW_SECRET_KEY": known["secret"], "HW_ASSUME_ROLE_DURATION": "900"}
    play.elsewhere(**agency, **owner).task(huawei_cert_info.ENTRY, **listing)


def live_aliyun(play: Play) -> None:
    live_ssl_vpn(play)
    live_records(play)
    live_edge(play)
    live_chain(play)


def live_ssl_vpn(play: Play) -> None:
    place = {"ssl_vpn_server_id": "vss-emulator", "name": "ops"}
    files = {"config_path": str(play.folder / "ops.ovpn")}
    identity = play.aliyun(client_cert.ENTRY, **place, **files)["certificate"]["id"]
    assert not play.aliyun(client_cert.ENTRY, **place, **files)["changed"]
    play.emulator.control("POST", f"/aliyun/certificates/{identity}/age", {"days_left": 10})
    new = play.aliyun(client_cert.ENTRY, **place, **files, delete_superseded=True)["certificate"]["id"]
    assert play.aliyun(client_cert.ENTRY, ssl_vpn_client_cert_id=new, name="office")["changed"]
    play.aliyun(client_cert_info.ENTRY, **place)
    assert play.aliyun(client_cert.ENTRY, ssl_vpn_client_cert_id=new, state="absent")["changed"]


def live_records(play: Play) -> None:
    """A value beside another one, with the zone given and with the zone found."""
    places = ({"zone": "aliyun.example.net", "name": "_a"}, {"name": "_b.aliyun.example.net."})
    for place in places:
        for value, state in (("one", "present"), ("two", "present"), ("one", "absent"), ("two", "absent")):
            assert play.aliyun(aliyun_dns_record.ENTRY, **place, type="TXT", value=value, state=state)["changed"]


def live_edge(play: Play) -> None:
    first = play.aliyun(esa_free_cert.ENTRY, site="example.com", domains=["a.example.com", "b.example.com"])
    rows = {row["domain"]: row["id"] for row in first["certificates"]}
    by_id = {"site_id": "1234567890123"}
    assert not play.aliyun(esa_free_cert.ENTRY, **by_id, domains=["a.example.com"])["changed"]
    play.aliyun(esa_cert_info.ENTRY, site="example.com")
    play.aliyun(esa_cert_info.ENTRY, **by_id, certificate_id=rows["a.example.com"])
    # A site that proves nothing by itself: what is to be published is told, by the list, by its delegation, and where
    # the list has nothing by the record of the certificate.
    other = {"site_id": "1234567890124", "wait": False}
    proven_by = {"lets_encrypt": "a.example.org", "digicert_single": "b.example.org"}
    for authority, domain in proven_by.items():
        assert play.aliyun(esa_free_cert.ENTRY, **other, domains=[domain], type=authority)["challenge"]
    play.aliyun(esa_free_cert.ENTRY, **other, domains=[proven_by["digicert_single"]])
    assert play.aliyun(esa_free_cert.ENTRY, **by_id, domains=["b.example.com"], state="absent")["changed"]


def live_chain(play: Play) -> None:
    chain = {"consortium_id": "consortium-emulator", "ant_chain_id": "chain-emulator"}
    me = {"username": "uid-1000000000000001"}
    folder = play.folder / "chain"
    folder.mkdir()
    names = {"private_key_path": "client.key", "certificate_path": "client.crt", "ca_path": "ca.crt"}
    files = {option: str(folder / name) for option, name in {**names, "trust_ca_path": "trustCa"}.items()}
    subject = {"common_name": "node", "country": "CN", "state_or_province": "Zhejiang", "locality": "Hangzhou"}
    subject |= {"organization": "Example", "organizational_unit": "IT"}
    managed = {**chain, **files, "method": "managed_key", "subject": subject, "password": "correct horse"}
    play.emulator.control("POST", "/aliyun/settings", {"antchain": {"download_host": "127.0.0.1"}})
    assert play.aliyun(antchain_cert.ENTRY, **managed)["changed"]
    assert not play.aliyun(antchain_cert.ENTRY, **managed)["changed"]
    play.aliyun(antchain_cert_info.ENTRY, consortium_id=chain["consortium_id"])
    play.aliyun(antchain_cert_info.ENTRY, **chain, **me)
    assert play.aliyun(antchain_cert.ENTRY, **managed, state="absent", on_key_loss="reset")["changed"]
    csr = folder / "own.csr"
    csr.write_text(request_for("node"))
    own = {"certificate_path": str(folder / "own.crt"), "csr_path": str(csr)}
    assert play.aliyun(antchain_cert.ENTRY, **chain, **me, **own)["changed"]


def request_for(name: str) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()
