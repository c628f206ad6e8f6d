# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Edge certificates of ESA: one site that proves itself, and one whose wildcard needs a record in DNSPod."""

from __future__ import annotations

import typing as t

from demo.demonstration import Demo, expect, title

PLAYBOOK = "esa_https"
ZONE = "example.org"
DOMAINS = {"example.com": ["www.example.com", "static.example.com"], ZONE: ["*.example.org"]}


def show(demo: Demo) -> None:
    demo.emulator.control("POST", "/state/tencent", {"zones": [{"name": ZONE}]})
    endpoint = {"endpoint": demo.emulator.endpoint}
    variables = demo.variables(
        "sites",
        {
            "esa_https_sites": [
                {"site": site, "domains": domains, **({"dns_provider": "dnspod"} if site == ZONE else {})}
                for site, domains in DOMAINS.items()
            ],
            "esa_https_proofs_folder": str(demo.folder),
            "esa_https_aliyun": endpoint,
            "esa_https_tencent": endpoint,
        },
    )

    title("Certificates for three names of two sites: predicted, then real")
    predicted = demo.predict(PLAYBOOK, variables)
    expect(predicted.changed > 0, f"the chain is predicted: changed={predicted.changed}")
    demo.play(PLAYBOOK, variables, "--diff")
    applications = demo.writes().count("ApplyCertificate")
    names = sorted(name for domains in DOMAINS.values() for name in domains)
    expect(applications == len(DOMAINS), f"{applications} calls for {len(names)} names")
    usable = sorted(row["names"][0] for row in rows(demo) if row["status"] in ("OK", "Issued"))
    expect(usable == names, f"issued: {', '.join(usable)}")
    expect(not proofs(demo), "no record that proved a domain is left")

    title("The same again: nothing is due")
    demo.again(PLAYBOOK, variables)


def rows(demo: Demo) -> list[dict[str, t.Any]]:
    """The certificates of all sites."""
    found: list[dict[str, t.Any]] = demo.emulator.control("GET", "/state/aliyun")["esa_certificates"]
    return found


def proofs(demo: Demo) -> list[t.Any]:
    """The TXT records in the zone."""
    zones = demo.emulator.control("GET", "/state/tencent")["zones"]
    return [record for zone in zones if zone["name"] == ZONE for record in zone["records"] if record["type"] == "TXT"]
