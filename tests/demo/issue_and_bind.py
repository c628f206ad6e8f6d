# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tencent Cloud issues, DNSPod proves, an API gateway of Huawei Cloud serves."""

from __future__ import annotations

import hashlib
import socket
import ssl
from pathlib import Path

from demo.demonstration import Demo, expect, openssl, title

PLAYBOOK = "issue_and_bind"
DOMAINS = (("api.example.com", "rsa", "dns"), ("shop.example.com", "ecc", "dns_auto"))
"""Domain, type of key, way to prove it."""


def show(demo: Demo) -> None:
    for domain, _algorithm, _method in DOMAINS:
        demo.emulator.control("POST", "/huawei/domains", {"group": "demo", "domain": domain})
    variables = certificates(demo)

    title("What would happen? Nothing exists yet; check mode predicts the whole chain and writes nothing")
    predicted = demo.predict(PLAYBOOK, variables)
    expect(predicted.changed > 0, f"the chain is predicted: changed={predicted.changed}")
    expect(not list(demo.folder.glob("*.key")), "no key was written")

    title("Issue, prove, write, bind, verify")
    real = demo.play(PLAYBOOK, variables, "--diff")
    expect(real.changed > 0, f"changed={real.changed}")
    for domain, algorithm, _method in DOMAINS:
        in_file, on_wire = issued(demo, domain), served(demo, domain, algorithm)
        print(f"  {domain}: issued {in_file}\n  {'':{len(domain)}}  served {on_wire}")
        expect(in_file == on_wire, "the served fingerprint equals the issued one")

    title("The same again: nothing is due")
    demo.again(PLAYBOOK, variables)
    renew(demo, variables, *DOMAINS[0])


def certificates(demo: Demo) -> Path:
    """The variables file."""
    info = demo.emulator.info
    gateway = {"instance_id": "i-emulator", "group": "demo", "connect_to": f"{info['edge_host']}:{info['edge_port']}"}
    return demo.variables(
        "certificates",
        {
            "issue_and_bind_certificates": [
                {
                    "domain": domain,
                    "key_algorithm": algorithm,
                    "dv_auth_method": method,
                    "certificate_path": f"{demo.folder}/{domain}.pem",
                    "private_key_path": f"{demo.folder}/{domain}.key",
                    "fullchain_path": f"{demo.folder}/{domain}.fullchain.pem",
                    "bindings": [gateway],
                }
                for domain, algorithm, method in DOMAINS
            ],
            "issue_and_bind_tencent": {"endpoint": info["endpoint"]},
            "issue_and_bind_huawei": {
                "endpoint": info["endpoint"],
                "iam_endpoint": info["endpoint"],
                "region": info["credentials"]["huawei"][0]["region"],
            },
        },
    )


def renew(demo: Demo, variables: Path, domain: str, algorithm: str, _method: str) -> None:
    title("Ten days before the end of a certificate: renewed and replaced in place")
    rows = demo.emulator.control("GET", "/state/tencent")["certificates"]
    (old,) = [row["id"] for row in rows if domain in row["names"]]
    demo.emulator.control("POST", f"/certificates/{old}/age", {"days_left": 10})
    before = served(demo, domain, algorithm)
    renewed = demo.play(PLAYBOOK, variables)
    expect(renewed.changed > 0, f"changed={renewed.changed}")
    expect("DisassociateCertificateV2" not in demo.writes(), "the domain was never without a certificate")
    expect(served(demo, domain, algorithm) == issued(demo, domain) != before, "the new certificate is served")


def served(demo: Demo, domain: str, algorithm: str) -> str:
    """The SHA-256 fingerprint that a TLS client of that key type gets for the name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("aECDSA" if algorithm == "ecc" else "aRSA")
    address = (demo.emulator.info["edge_host"], demo.emulator.info["edge_port"])
    with (
        socket.create_connection(address, timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=domain) as secure,
    ):
        return hashlib.sha256(secure.getpeercert(binary_form=True) or b"").hexdigest()


def issued(demo: Demo, domain: str) -> str:
    """The SHA-256 fingerprint of the file that the playbook wrote."""
    line = openssl("x509", "-in", demo.folder / f"{domain}.pem", "-noout", "-fingerprint", "-sha256")
    return line.strip().partition("=")[2].replace(":", "").lower()
