# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulated API Gateway, call by call: codes, shapes, binding rules, and readers who are behind writers."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from ansible_collections.cncloud.certificates.tests.unit.emulator.huawei_caller import Caller
from emulator.huawei_apig import ROUTES
from emulator.huawei_wire import page
from emulator.world import Operation

HOST = "www.example.com"
GATEWAY = "/instances/i-emulator"


class Scene:
    """One gateway, one group, one domain; without lag unless a test wants it."""

    def __init__(self, *, lag: bool = False, **behaviour: Any) -> None:
        self.caller = Caller()
        if not lag:
            behaviour |= {"lag_min": 0.0, "lag_max": 0.0}
        self.caller.behave(**behaviour)
        (added,) = self.caller.load(domains=[{"domain": HOST}])["domains"]
        self.domain_id, self.group_id = added["id"], added["group_id"]

    @property
    def domain(self) -> str:
        return f"{GATEWAY}/api-groups/{self.group_id}/domains/{self.domain_id}"

    def form(self, name: str = "cert_demo", *, algorithm: str = "RSA", days_left: float = 90, **more: Any) -> Any:
        names = more.pop("names", [HOST])
        issued = self.caller.issue(*names, algorithm=algorithm, days_left=days_left)
        return {"name": name, "cert_content": issued.chain_pem, "private_key": issued.key_pem, **more}

    def scoped(self, name: str = "cert_demo", **more: Any) -> Any:
        return self.form(name, **{"type": "instance", "instance_id": "i-emulator", **more})

    def create(self, name: str = "cert_demo", **more: Any) -> str:
        body = self.caller.call("POST", "/certificates", self.scoped(name, **more))
        assert self.caller.status == 200
        identifier: str = body["id"]
        return identifier

    def associate(self, name: str = "cert_demo", **more: Any) -> Any:
        return self.caller.call("POST", f"{self.domain}/certificate", self.form(name, **more))

    def attach(self, certificate_id: str, **more: Any) -> str | None:
        self.caller.call("POST", f"{self.domain}/certificates/attach", {"certificate_ids": [certificate_id], **more})
        return self.caller.code

    def detach(self, certificate_id: str) -> str | None:
        self.caller.call("POST", f"{self.domain}/certificates/detach", {"certificate_ids": [certificate_id]})
        return self.caller.code

    def url_domain(self) -> Any:
        group = self.caller.call("GET", f"{GATEWAY}/api-groups/{self.group_id}")
        return next(one for one in group["url_domains"] if one["id"] == self.domain_id)

    def bound(self) -> list[str]:
        return [one["ssl_id"] for one in self.url_domain()["ssl_infos"]]

    def code(self, method: str, path: str, body: Any = None, query: str = "") -> str | None:
        self.caller.call(method, path, body, query=query)
        return self.caller.code


# The life of a binding


def test_associate_creates_and_binds() -> None:
    scene = Scene()
    answer = scene.associate()
    assert scene.caller.status == 201
    assert {name: answer[name] for name in ("url_domain", "id", "status", "ssl_name", "instance_id")} == {
        "url_domain": HOST,
        "id": scene.domain_id,
        "status": 3,
        "ssl_name": "cert_demo",
        "instance_id": "i-emulator",
    }
    domain = scene.url_domain()
    assert (domain["domain"], domain["cname_status"], domain["ssl_id"]) == (HOST, 3, answer["ssl_id"])
    assert domain["ssl_infos"] == [
        {
            "ssl_id": answer["ssl_id"],
            "ssl_name": "cert_demo",
            "algorithm_type": "RSA",
            "type": 1,
            "is_has_trusted_root_ca": False,
        }
    ]


def test_ssl_id_describes_an_rsa_certificate_only() -> None:
    scene = Scene()
    assert scene.associate(algorithm="ECC")["ssl_id"] == ""
    domain = scene.url_domain()
    assert (domain["ssl_id"], domain["ssl_name"], len(domain["ssl_infos"])) == ("", "", 1)
    rsa = scene.create("rsa_cert")
    scene.attach(rsa)
    domain = scene.url_domain()
    assert (domain["ssl_id"], len(domain["ssl_infos"])) == (rsa, 2)


def test_object_life() -> None:
    scene = Scene()
    call = scene.caller.call
    certificate = scene.create()
    assert scene.attach(certificate) is None
    assert (scene.caller.status, scene.bound()) == (204, [certificate])
    attached = call("GET", f"/certificates/{certificate}/attached-domains")
    assert [(one["url_domain"], one["id"], one["ssl_id"]) for one in attached["bound_domains"]] == [
        (HOST, scene.domain_id, "")
    ]
    updated = call("PUT", f"/certificates/{certificate}", scene.scoped("cert_demo"))
    assert (scene.caller.status, updated["id"], scene.bound()) == (200, certificate, [certificate])
    assert scene.code("DELETE", f"/certificates/{certificate}") == "APIG.2000"
    assert scene.detach(certificate) is None
    assert scene.bound() == []
    call("DELETE", f"/certificates/{certificate}")
    assert scene.caller.status == 204
    assert scene.caller.answer is not None
    assert scene.caller.answer.response.body is None
    assert scene.code("GET", f"/certificates/{certificate}") == "APIG.3025"
    assert scene.code("DELETE", f"/certificates/{certificate}") == "APIG.3025"


def test_update_in_place_changes_what_every_bound_domain_serves() -> None:
    scene = Scene()
    certificate = scene.create()
    scene.attach(certificate)
    scene.caller.cloud.refresh_bindings()
    before = scene.caller.world.bindings[HOST]
    scene.caller.call("PUT", f"/certificates/{certificate}", scene.scoped())
    scene.caller.cloud.refresh_bindings()
    after = scene.caller.world.bindings[HOST]
    assert (len(before), len(after)) == (1, 1)
    assert before[0].chain_pem != after[0].chain_pem


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"type": "global", "instance_id": None}, "APIG.2012"),
        ({"type": None}, "APIG.2012"),
        ({"instance_id": "i-other"}, "APIG.2012"),
        ({"algorithm": "ECC"}, "APIG.2012"),
        ({"names": ["other.example.com"]}, "APIG.2103"),
        ({"name": "no-dash-allowed"}, "APIG.2012"),
        ({"private_key": None}, "APIG.2001"),
    ],
)
def test_refused_updates_change_nothing(change: dict[str, Any], code: str) -> None:
    scene = Scene()
    scene.caller.load(instances=[{"id": "i-other"}])
    certificate = scene.create()
    scene.attach(certificate)
    before = scene.caller.call("GET", f"/certificates/{certificate}")
    form = scene.scoped(**{"name": "cert_demo", **change})
    assert scene.code("PUT", f"/certificates/{certificate}", form) == code
    assert scene.caller.call("GET", f"/certificates/{certificate}") == before


def test_detail_by_way_of_the_domain() -> None:
    scene = Scene()
    certificate = scene.associate()["ssl_id"]
    detail = scene.caller.call("GET", f"{scene.domain}/certificate/{certificate}")
    assert "algorithm_type" not in detail
    assert detail["serial_number"] == scene.caller.call("GET", f"/certificates/{certificate}")["serial_number"]
    other = scene.create("other")
    assert scene.code("GET", f"{scene.domain}/certificate/{other}") == "APIG.3097"
    assert scene.code("GET", f"{scene.domain}/certificate/none") == "APIG.3021"


def test_a_list_item_is_poorer_than_a_detail() -> None:
    scene = Scene()
    certificate = scene.create()
    (item,) = scene.caller.call("GET", "/certificates", query="instance_id=i-emulator")["certs"]
    detail = scene.caller.call("GET", f"/certificates/{certificate}")
    assert set(detail) - set(item) == {
        "version", "organization", "organizational_unit", "locality", "state", "country",
        "not_before", "serial_number", "issuer",
    }  # fmt: skip
    assert (item["type"], item["instance_id"]) == ("instance", "i-emulator")


def test_a_global_certificate() -> None:
    scene = Scene()
    detail = scene.caller.call("POST", "/certificates", scene.form())
    assert (detail["type"], detail["instance_id"]) == ("global", "common")
    scene.attach(detail["id"])
    assert scene.url_domain()["ssl_infos"][0]["type"] == 2


# Open points, either way


@pytest.mark.parametrize(("choice", "expected"), [("replace", ["new"]), ("add", ["old", "new"]), ("refuse", ["old"])])
def test_associate_on_a_domain_with_a_certificate(choice: str, expected: list[str]) -> None:
    scene = Scene(associate_on_bound=choice)
    forms = {age: scene.form(f"{age}_cert") for age in ("old", "new")}
    chains = {age: form["cert_content"] for age, form in forms.items()}
    path = f"{scene.domain}/certificate"
    ids = {scene.caller.call("POST", path, forms["old"])["ssl_id"]: "old"}
    answer = scene.caller.call("POST", path, forms["new"])
    assert (scene.caller.code == "APIG.2051") is (choice == "refuse")
    if choice != "refuse":
        ids[answer["ssl_id"]] = "new"
    assert [ids[one] for one in scene.bound()] == expected
    scene.caller.cloud.refresh_bindings()
    (served,) = scene.caller.world.bindings[HOST]
    assert served.chain_pem == chains[expected[-1]]


@pytest.mark.parametrize("choice", ["instance", "global"])
def test_scope_of_what_associate_creates(choice: str) -> None:
    scene = Scene(associate_scope=choice)
    scene.associate()
    assert scene.url_domain()["ssl_infos"][0]["type"] == {"instance": 1, "global": 2}[choice]


@pytest.mark.parametrize("deletes", [False, True])
def test_whether_disassociate_deletes_the_object(deletes: bool) -> None:
    scene = Scene(disassociate_deletes=deletes)
    certificate = scene.associate()["ssl_id"]
    path = f"{scene.domain}/certificate/{certificate}"
    assert scene.code("DELETE", path) is None
    assert scene.bound() == []
    assert scene.code("GET", f"/certificates/{certificate}") == ("APIG.3025" if deletes else None)
    assert scene.code("DELETE", path) == ("APIG.3021" if deletes else "APIG.3097")


@pytest.mark.parametrize(("choice", "code"), [("switch", None), ("refuse", "APIG.2051")])
def test_attach_of_a_second_certificate_of_one_algorithm(choice: str, code: str | None) -> None:
    scene = Scene(attach_same_algorithm=choice)
    old, new = scene.create("old_cert"), scene.create("new_cert")
    scene.attach(old)
    assert scene.attach(old) is None  # the bound one again: how Terraform changes the flag
    assert scene.attach(new) == code
    assert scene.bound() == ([new] if code is None else [old])


def test_one_certificate_a_domain_whatever_the_algorithm() -> None:
    scene = Scene(certificates_per_domain="one", attach_same_algorithm="refuse")
    scene.attach(scene.create("rsa_cert"))
    assert scene.attach(scene.create("ecc_cert", algorithm="ECC")) == "APIG.2051"


@pytest.mark.parametrize(("everywhere", "count"), [(True, 2), (False, 1)])
def test_whether_global_ones_are_listed_under_a_gateway(everywhere: bool, count: int) -> None:
    scene = Scene(global_listed_everywhere=everywhere)
    scene.create()
    scene.caller.call("POST", "/certificates", scene.form())
    assert scene.caller.call("GET", "/certificates", query="instance_id=i-emulator")["total"] == count


@pytest.mark.parametrize(("choice", "code"), [("allow", None), ("refuse", "APIG.2012")])
def test_duplicate_names(choice: str, code: str | None) -> None:
    scene = Scene(duplicate_names=choice)
    scene.create()
    assert scene.code("POST", "/certificates", scene.scoped()) == code


@pytest.mark.parametrize(("choice", "base"), [("decimal", 10), ("hex", 16)])
def test_serial_format(choice: str, base: int) -> None:
    scene = Scene(serial_format=choice)
    form = scene.scoped()
    serial = scene.caller.call("POST", "/certificates", form)["serial_number"]
    assert format(int(serial, base), "x") == scene.caller.cloud.state({})["certificates"][0]["serial_number"]


def test_code_of_deleting_a_bound_certificate() -> None:
    scene = Scene(delete_bound_code="APIG.3711")
    certificate = scene.associate()["ssl_id"]
    assert scene.code("DELETE", f"/certificates/{certificate}") == "APIG.3711"


@pytest.mark.parametrize(("choice", "kept"), [("clear", False), ("keep", True)])
def test_update_that_leaves_the_client_ca_out(choice: str, kept: bool) -> None:
    scene = Scene(update_without_ca=choice)
    certificate = scene.create(trusted_root_ca=scene.caller.world.ca.root_pem("RSA"))
    scene.attach(certificate)
    assert scene.url_domain()["verified_client_certificate_enabled"] is True
    detail = scene.caller.call("PUT", f"/certificates/{certificate}", scene.scoped())
    assert detail["is_has_trusted_root_ca"] is kept
    assert scene.url_domain()["verified_client_certificate_enabled"] is kept


@pytest.mark.parametrize(("choice", "kept"), [("reset", False), ("keep", True)])
def test_domain_update_that_leaves_the_redirect_out(choice: str, kept: bool) -> None:
    scene = Scene(update_domain_without_redirect=choice)
    path = scene.domain
    scene.caller.call("PUT", path, {"min_ssl_version": "TLSv1.2", "is_http_redirect_to_https": True})
    answer = scene.caller.call("PUT", path, {"min_ssl_version": "TLSv1.2"})
    assert (scene.caller.status, answer["is_http_redirect_to_https"]) == (201, kept)


@pytest.mark.parametrize(
    "operation",
    ["list", "create", "attach", "detach"],
)
def test_an_old_gateway_knows_no_certificate_objects(operation: str) -> None:
    scene = Scene()
    scene.caller.load(instances=[{"id": "i-emulator", "ssl_objects": False}])
    certificate = scene.associate()["ssl_id"]
    codes = {
        "list": lambda: scene.code("GET", "/certificates", query="instance_id=i-emulator"),
        "create": lambda: scene.code("POST", "/certificates", scene.scoped()),
        "attach": lambda: scene.attach(certificate),
        "detach": lambda: scene.detach(certificate),
    }
    assert codes[operation]() == "APIG.3458"
    assert scene.caller.status == 412
    assert scene.code("GET", f"{scene.domain}/certificate/{certificate}") is None


# Client certificates


@pytest.mark.parametrize(
    ("has_ca", "sent", "expected"),
    [(True, None, True), (True, False, False), (True, True, True), (False, None, False), (False, False, False)],
)
def test_client_verification_at_binding(has_ca: bool, sent: bool | None, expected: bool) -> None:
    scene = Scene()
    more = {"trusted_root_ca": scene.caller.world.ca.root_pem("RSA")} if has_ca else {}
    flag = {} if sent is None else {"verified_client_certificate_enabled": sent}
    assert scene.attach(scene.create(**more), **flag) is None
    domain = scene.url_domain()
    assert (domain["verified_client_certificate_enabled"], domain["is_has_trusted_root_ca"]) == (expected, has_ca)


def test_client_verification_without_a_ca_is_refused() -> None:
    scene = Scene()
    assert scene.attach(scene.create(), verified_client_certificate_enabled=True) == "APIG.2012"


def test_a_client_ca_that_an_update_adds_is_not_verified() -> None:
    scene = Scene()
    certificate = scene.create()
    scene.attach(certificate)
    form = scene.scoped(trusted_root_ca=scene.caller.world.ca.root_pem("RSA"))
    assert scene.caller.call("PUT", f"/certificates/{certificate}", form)["is_has_trusted_root_ca"] is True
    assert scene.url_domain()["verified_client_certificate_enabled"] is False


def test_client_cas_of_two_algorithms_do_not_mix() -> None:
    scene = Scene()
    client_ca = scene.caller.world.ca.root_pem("RSA")
    scene.attach(scene.create("rsa_cert", trusted_root_ca=client_ca))
    assert scene.attach(scene.create("ecc_cert", algorithm="ECC", trusted_root_ca=client_ca)) == "APIG.3715"
    assert scene.url_domain()["is_has_trusted_root_ca"] is True
    assert scene.attach(scene.create("ecc_plain", algorithm="ECC")) is None
    assert scene.url_domain()["is_has_trusted_root_ca"] is False  # only if all have one


def test_a_global_certificate_takes_no_client_ca() -> None:
    scene = Scene()
    form = scene.form(trusted_root_ca=scene.caller.world.ca.root_pem("RSA"))
    assert scene.code("POST", "/certificates", form) == "APIG.2012"


# Refusals


@pytest.mark.parametrize(
    ("name", "accepted"),
    [
        ("abcd", True),
        ("abc", False),
        ("a" * 50, True),
        ("a" * 51, False),
        ("1abc", False),
        ("_abc", False),
        ("a.bc", False),
        ("a-bc", False),
        ("证书_1", True),
        ("abcd\n", False),
    ],
)
def test_certificate_names(name: str, accepted: bool) -> None:
    scene = Scene()
    scene.caller.call("POST", "/certificates", scene.scoped(name))
    assert scene.caller.code == (None if accepted else "APIG.2012")


@pytest.mark.parametrize(
    ("path", "code", "status"),
    [
        ("/instances/none/api-groups/{g}/domains/{d}/certificate", "APIG.3030", 404),
        ("/instances/i-emulator/api-groups/none/domains/{d}/certificate", "APIG.3001", 404),
        ("/instances/i-emulator/api-groups/{g}/domains/none/certificate", "APIG.3020", 404),
        ("/instances/i-emulator/api-groups/{other}/domains/{d}/certificate", "APIG.3474", 403),
        ("/instances/i-emulator/api-groups/{g}/domains/{d}/certificate/", "APIGW.0101", 404),
        ("/nothing", "APIGW.0101", 404),
    ],
)
def test_unknown_ids(path: str, code: str, status: int) -> None:
    scene = Scene()
    (other,) = scene.caller.load(groups=[{"name": "other"}])["groups"]
    path = path.format(g=scene.group_id, d=scene.domain_id, other=other["id"])
    assert (scene.code("POST", path, scene.form()), scene.caller.status) == (code, status)
    assert scene.bound() == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"names": ["other.example.com"]}, "APIG.2103"),
        ({"days_left": -1}, "APIG.2102"),
        ({"name": "has-dash"}, "APIG.2012"),
        ({"cert_content": ""}, "APIG.2001"),
        ({"private_key": 5}, "APIG.2012"),
    ],
)
def test_refused_associations_leave_nothing_behind(change: dict[str, Any], code: str) -> None:
    scene = Scene()
    scene.associate(**{"name": "cert_demo", **change})
    assert scene.caller.code == code
    assert scene.caller.cloud.state({})["certificates"] == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"'])
def test_bodies_that_are_no_objects(body: bytes) -> None:
    scene = Scene()
    scene.caller.call("POST", "/certificates", raw=body)
    assert (scene.caller.status, scene.caller.code) == (400, "APIG.2000")


@pytest.mark.parametrize("ids", [[], ["a", "b"], "a", None, [5]])
def test_certificate_ids_must_be_exactly_one(ids: Any) -> None:
    scene = Scene()
    for action in ("attach", "detach"):
        assert scene.code("POST", f"{scene.domain}/certificates/{action}", {"certificate_ids": ids}) == "APIG.2012"


def test_detach_of_what_is_not_bound() -> None:
    scene = Scene()
    certificate = scene.create()
    assert scene.detach(certificate) == "APIG.3097"
    assert scene.detach("none") == "APIG.3025"
    body = {"domains": [{"domain": HOST}]}
    assert scene.code("POST", f"/certificates/{certificate}/domains/detach", body) == "APIG.2000"


def test_attach_of_what_does_not_exist_or_belongs_elsewhere() -> None:
    scene = Scene()
    scene.caller.load(instances=[{"id": "i-other"}])
    elsewhere = scene.create(instance_id="i-other")
    assert scene.attach("none") == "APIG.3025"
    assert scene.attach(elsewhere) == "APIG.3025"
    assert scene.attach(scene.create(names=["other.example.com"])) == "APIG.2103"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"instance_id": None}, "APIG.2001"),
        ({"instance_id": "none"}, "APIG.3030"),
        ({"type": "galactic"}, "APIG.2012"),
        ({"algorithm_type": "ECC"}, "APIG.2012"),
        ({"algorithm_type": "SM2"}, "APIG.3458"),
        ({"trusted_root_ca": "nonsense"}, "APIG.2106"),
    ],
)
def test_refused_certificate_forms(change: dict[str, Any], code: str) -> None:
    scene = Scene()
    assert scene.code("POST", "/certificates", scene.scoped(**change)) == code


def test_quotas() -> None:
    scene = Scene(certificates_per_project=1)
    domains = f"{GATEWAY}/api-groups/{scene.group_id}/domains"
    codes = [scene.code("POST", domains, {"url_domain": f"d{number}.example.com"}) for number in range(5)]
    assert codes == [None] * 4 + ["APIG.3108"]
    scene.create()
    assert scene.code("POST", "/certificates", scene.scoped()) == "APIG.3100"


def test_denied_operations() -> None:
    scene = Scene(denied=["CreateCertificateV2"])
    assert (scene.code("POST", "/certificates", scene.scoped()), scene.caller.status) == ("APIG.1005", 403)


# Domains and ports


def test_the_life_of_a_domain() -> None:
    scene = Scene()
    domains = f"{GATEWAY}/api-groups/{scene.group_id}/domains"
    made = scene.caller.call("POST", domains, {"url_domain": "API.example.com"})
    assert (scene.caller.status, made["url_domain"], made["min_ssl_version"]) == (201, "api.example.com", "TLSv1.1")
    assert scene.code("PUT", f"{domains}/{made['id']}", {}) == "APIG.2001"
    assert scene.code("PUT", f"{domains}/{made['id']}", {"min_ssl_version": "SSLv3"}) == "APIG.2012"
    assert scene.code("DELETE", f"{domains}/{made['id']}") is None
    assert scene.code("DELETE", f"{domains}/{made['id']}") == "APIG.3020"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url_domain": HOST}, "APIG.3305"),
        ({"url_domain": "-bad-.example.com"}, "APIG.2024"),
        ({"url_domain": "*.example.com"}, None),
        ({}, "APIG.2001"),
        ({"url_domain": HOST, "ingress_http_port": 8080, "ingress_https_port": 8443}, None),
        ({"url_domain": HOST, "ingress_http_port": -1, "ingress_https_port": 8443}, None),
        ({"url_domain": HOST, "ingress_https_port": 8443}, "APIG.2001"),
        ({"url_domain": HOST, "ingress_http_port": 8081, "ingress_https_port": 8443}, "APIG.2049"),
        ({"url_domain": HOST, "ingress_http_port": 80, "ingress_https_port": 8443}, "APIG.2050"),
        ({"url_domain": HOST, "ingress_http_port": 22, "ingress_https_port": 8443}, "APIG.2012"),
    ],
)
def test_new_domains(body: dict[str, Any], code: str | None) -> None:
    scene = Scene()
    ports = [{"protocol": "HTTP", "port": 8080}, {"protocol": "HTTPS", "port": 8443}]
    scene.caller.load(instances=[{"id": "i-emulator", "ports": ports}])
    assert scene.code("POST", f"{GATEWAY}/api-groups/{scene.group_id}/domains", body) == code


def test_a_host_name_belongs_to_one_group() -> None:
    scene = Scene()
    (other,) = scene.caller.load(groups=[{"name": "other"}])["groups"]
    assert scene.code("POST", f"{GATEWAY}/api-groups/{other['id']}/domains", {"url_domain": HOST}) == "APIG.3305"


def test_ports_of_one_host_name_share_their_certificates() -> None:
    scene = Scene()
    ports = [{"id": "p1", "protocol": "HTTPS", "port": 8443}]
    scene.caller.load(
        instances=[{"id": "i-emulator", "ports": ports}],
        domains=[{"domain": HOST, "http_port": -1, "https_port": 8443}],
    )
    certificate = scene.associate()["ssl_id"]
    group = scene.caller.call("GET", f"{GATEWAY}/api-groups/{scene.group_id}")
    assert [[one["ssl_id"] for one in domain["ssl_infos"]] for domain in group["url_domains"]] == [[certificate]] * 2
    assert scene.caller.call("GET", f"/certificates/{certificate}/attached-domains")["total"] == 2
    found = scene.caller.call("GET", f"{GATEWAY}/custom-ingress-ports/p1/domains")
    assert [one["domain_name"] for one in found["domain_infos"]] == [HOST]
    assert scene.caller.call("GET", f"{GATEWAY}/custom-ingress-ports")["ingress_port_infos"][0]["ingress_port"] == 8443
    scene.detach(certificate)
    group = scene.caller.call("GET", f"{GATEWAY}/api-groups/{scene.group_id}")
    assert [domain["ssl_infos"] for domain in group["url_domains"]] == [[], []]


@pytest.mark.parametrize(("instance_ids", "reached"), [(None, 2), (["i-emulator"], 1)])
def test_attach_by_certificate_without_gateways_reaches_all(instance_ids: Any, reached: int) -> None:
    scene = Scene()
    scene.caller.load(
        instances=[{"id": "i-other"}, {"id": "i-without-the-domain"}],
        groups=[{"name": "other", "instance_id": "i-other"}],
        domains=[{"domain": HOST, "group": "other", "instance_id": "i-other"}],
    )
    certificate = scene.caller.call("POST", "/certificates", scene.form())["id"]
    entry = {"domain": HOST} if instance_ids is None else {"domain": HOST, "instance_ids": instance_ids}
    path = f"/certificates/{certificate}"
    scene.caller.call("POST", f"{path}/domains/attach", {"domains": [entry]})
    assert scene.caller.status == 204
    assert scene.caller.call("GET", f"{path}/attached-domains")["total"] == reached
    scene.caller.call("POST", f"{path}/domains/detach", {"domains": [entry]})
    assert scene.caller.call("GET", f"{path}/attached-domains")["total"] == 0


def test_debugging_domain() -> None:
    scene = Scene()
    path = f"{GATEWAY}/api-groups/{scene.group_id}"
    assert scene.code("PUT", f"{path}/sl-domain-access-settings", {"sl_domain_access_enabled": False}) is None
    assert scene.caller.call("GET", path)["sl_domain_access_enabled"] is False


# Listings


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("", 20),
        ("limit=0", 20),
        ("limit=-3", 20),
        ("limit=7", 7),
        ("limit=501", 25),
        ("offset=20", 5),
        ("offset=-1", 20),
        ("offset=25", 0),
        ("offset=30&limit=500", 0),
    ],
)
def test_pages(query: str, size: int) -> None:
    caller = Caller()
    caller.load(groups=[{"name": f"group_{number:02}"} for number in range(24)])
    body = caller.call("GET", f"{GATEWAY}/api-groups", query=query)
    assert (body["total"], body["size"], len(body["groups"])) == (25, size, size)


def test_a_page_holds_500_at_most() -> None:
    assert page(list(range(600)), {"limit": "501"}, "rows", lambda row: {"row": row})["size"] == 500


def test_a_page_that_is_no_number() -> None:
    caller = Caller()
    caller.call("GET", f"{GATEWAY}/api-groups", query="limit=many")
    assert (caller.status, caller.code) == (400, "APIG.2012")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("name=shop", ["shop", "shop_old", "my_shop"]),
        ("name=shop&precise_search=name", ["shop"]),
        ("name=none", []),
        ("id=g2", ["shop_old"]),
    ],
)
def test_group_filters(query: str, names: list[str]) -> None:
    caller = Caller()
    caller.load(groups=[{"name": "shop"}, {"id": "g2", "name": "shop_old"}, {"name": "my_shop"}])
    found = caller.call("GET", f"{GATEWAY}/api-groups", query=query)["groups"]
    assert [one["name"] for one in found] == names


@pytest.mark.parametrize("listed", [True, False])
def test_whether_the_group_list_holds_domains(listed: bool) -> None:
    scene = Scene(groups_list_domains=listed)
    (group,) = scene.caller.call("GET", f"{GATEWAY}/api-groups")["groups"]
    assert ("url_domains" in group) is listed


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("name=cert", ["cert_c", "cert_b", "cert_a"]),
        ("name=_b", ["cert_b"]),
        ("algorithm_type=ECC", ["cert_b"]),
        ("type=global", ["cert_c"]),
        ("common_name=www", ["cert_c", "cert_b", "cert_a"]),
        ("signature_algorithm=ECDSA-SHA256", ["cert_b"]),
    ],
)
def test_certificate_filters(query: str, names: list[str]) -> None:
    scene = Scene()
    scene.create("cert_a")
    scene.create("cert_b", algorithm="ECC")
    scene.caller.call("POST", "/certificates", scene.form("cert_c"))
    found = scene.caller.call("GET", "/certificates", query=f"instance_id=i-emulator&{query}")["certs"]
    assert [one["name"] for one in found] == names


def test_listing_certificates_needs_a_gateway() -> None:
    scene = Scene()
    assert scene.code("GET", "/certificates") == "APIG.2001"
    assert scene.code("GET", "/certificates", query="instance_id=none") == "APIG.3030"


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", ["i-emulator", "i-2"]),
        ("instance_name=gate", ["i-2"]),
        ("instance_id=i-2", ["i-2"]),
        ("status=Freezing", ["i-2"]),
        ("status=Deleting", []),
    ],
)
def test_instances(query: str, ids: list[str]) -> None:
    caller = Caller()
    caller.load(instances=[{"id": "i-2", "name": "my_gateway", "status": "Freezing", "instance_status": 36}])
    assert [one["id"] for one in caller.call("GET", "/instances", query=query)["instances"]] == ids


# Time, concurrency, log


def test_readers_are_behind_writers() -> None:
    scene = Scene(lag=True, lag_min=5.0, lag_max=10.0)
    certificate = scene.create()
    assert scene.code("GET", f"/certificates/{certificate}") == "APIG.3025"
    assert scene.attach(certificate) is None  # writes know each other
    assert scene.bound() == []
    scene.caller.wait(4.9)
    assert scene.bound() == []
    scene.caller.wait(5.2)
    assert scene.bound() == [certificate]
    old = scene.caller.call("GET", f"/certificates/{certificate}")
    new = scene.caller.call("PUT", f"/certificates/{certificate}", scene.scoped())
    assert old["serial_number"] != new["serial_number"]
    assert scene.caller.call("GET", f"/certificates/{certificate}") == old
    scene.detach(certificate)
    assert scene.bound() == [certificate]
    scene.caller.wait(10.1)
    assert scene.caller.call("GET", f"/certificates/{certificate}") == new
    assert scene.bound() == []


def test_a_switch_is_never_seen_as_a_gap() -> None:
    scene = Scene(lag=True)
    old = scene.create("old_cert")
    scene.attach(old)
    scene.caller.wait(11)
    new = scene.create("new_cert")
    scene.attach(new)
    assert scene.code("DELETE", f"/certificates/{old}") is None
    seen = []
    for _unused in range(110):
        scene.caller.wait(0.1)
        seen.append(scene.bound())
        scene.caller.cloud.refresh_bindings()
        assert len(scene.caller.world.bindings[HOST]) == 1
    assert seen == sorted(seen, key=lambda one: one == [new])
    assert (seen[0], seen[-1]) == ([old], [new])


@pytest.mark.parametrize(("choice", "codes"), [("fail", {None, "APIG.3500"}), ("queue", {None})])
def test_writes_at_the_same_time(choice: str, codes: set[str | None]) -> None:
    scene = Scene(concurrent_writes=choice, write_seconds=0.05)
    form = scene.scoped()
    found: list[str | None] = []

    def write() -> None:
        caller = Caller.__new__(Caller)
        caller.__dict__.update(scene.caller.__dict__)
        caller.call("POST", f"{scene.domain}/certificate", form)
        found.append(caller.code)

    threads = [threading.Thread(target=write) for _unused in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert len(found) == 3
    assert set(found) == codes


def test_writes_one_after_another_never_collide() -> None:
    scene = Scene()
    assert {scene.attach(scene.create(f"cert_{number}")) for number in range(5)} == {None}


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [(None, 429, "APIGW.0308"), ("APIG.9008", 500, "APIG.9008"), ("APIG.3500", 500, "APIG.3500")],
)
def test_throttling(code: str | None, status: int, expected: str) -> None:
    response = Caller().cloud.throttled(Operation("apig", "ListInstancesV2", False, False), code)
    assert isinstance(response.body, dict)
    assert (response.status, response.body["error_code"]) == (status, expected)


def test_log_entries_hold_no_keys() -> None:
    scene = Scene()
    form = scene.form()
    scene.caller.call("POST", f"{scene.domain}/certificate", form)
    answer = scene.caller.answer
    assert answer is not None
    assert (answer.service, answer.operation, answer.write, answer.key_bearing) == (
        "apig",
        "AssociateCertificateV2",
        True,
        False,
    )
    assert (answer.summary["domain_id"], answer.summary["body"]["name"]) == (scene.domain_id, "cert_demo")
    swapped = form | {"cert_content": form["private_key"], "private_key": form["cert_content"]}
    scene.caller.call("POST", f"{scene.domain}/certificate", swapped)
    assert scene.caller.answer is not None
    for summary in (answer.summary, scene.caller.answer.summary):
        assert form["private_key"][40:80] not in repr(summary)


def test_only_writes_are_marked_as_such() -> None:
    assert all(route.write is (route.method != "GET") for route in ROUTES)


# Control


def test_control_makes_state_that_the_api_would_not() -> None:
    scene = Scene(lag=True)
    body = {"name": "shared_cert", "type": "global", "domains": [HOST], "days_left": -3, "bind": [HOST]}
    (made,) = scene.caller.load(certificates=[body])["certificates"]
    assert scene.bound() == [made["id"]]
    detail = scene.caller.call("GET", f"/certificates/{made['id']}")
    assert (detail["type"], int(detail["serial_number"]) == int(made["serial_number"], 16)) == ("global", True)


@pytest.mark.parametrize(
    ("method", "parts", "body", "found"),
    [
        ("GET", ["behaviour"], {}, True),
        ("POST", ["behaviour"], {"serial_format": "hex"}, True),
        ("POST", ["settle"], {}, True),
        ("POST", ["unlock"], {}, True),
        ("POST", ["tokens", "expire"], {}, True),
        ("POST", ["groups"], {"name": "more"}, True),
        ("DELETE", ["domains", HOST], {}, True),
        ("DELETE", ["groups", "none"], {}, False),
        ("DELETE", ["instances", "i-emulator"], {}, True),
        ("PUT", ["behaviour", "x"], {}, False),
        ("POST", ["nothing"], {}, False),
    ],
)
def test_control_paths(method: str, parts: list[str], body: dict[str, Any], found: bool) -> None:
    scene = Scene()
    scene.associate()
    response = scene.caller.cloud.control(method, parts, {}, body)
    assert (response is not None) is found


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ({"behaviour": {"associate_on_bound": "explode"}}, "replace, add, refuse"),
        ({"behaviour": {"unknown": True}}, "no such behaviour"),
        ({"behaviour": {"lag_min": -1}}, "number of seconds"),
        ({"behaviour": {"lag_min": 20}}, "greater than lag_max"),
        ({"behaviour": {"disassociate_deletes": "yes"}}, "of type bool"),
        ({"behaviour": {"delete_bound_code": "APIG.0"}}, "known code"),
        ({"behaviour": {"denied": "all"}}, "list of operations"),
        ({"projects_filter": "fuzzy"}, "exact or prefix"),
        ({"nonsense": []}, "unknown members: nonsense"),
        ({"groups": [{"name": "x", "instance_id": "none"}]}, "no such instance"),
        ({"domains": [{"domain": "x.example.com", "group": "none"}]}, "no such group"),
        ({"certificates": [{"name": "x", "domains": [HOST], "bind": ["x.example.com"]}]}, "no such domain"),
        ({"certificates": [{"name": "x", "domains": [HOST], "type": "x"}]}, "instance or global"),
    ],
)
def test_control_refuses_what_cannot_be_meant(state: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        Caller().load(**state)


def test_state_shows_no_keys() -> None:
    scene = Scene()
    scene.associate()
    assert "PRIVATE KEY" not in repr(scene.caller.cloud.state({}))
