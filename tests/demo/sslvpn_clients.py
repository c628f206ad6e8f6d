# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client certificates of an SSL-VPN server of Alibaba Cloud, one complete .ovpn file a person."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from demo.demonstration import Demo, expect, openssl, title

PLAYBOOK = "sslvpn_clients"
PEOPLE = ("on-call", "branch-office")


def show(demo: Demo) -> None:
    folder = demo.folder / "vpn"
    folder.mkdir()
    variables = demo.variables(
        "people",
        {
            "sslvpn_clients_server_id": "vss-emulator",
            "sslvpn_clients_folder": str(folder),
            "sslvpn_clients_people": [{"name": name} for name in PEOPLE],
            "sslvpn_clients_aliyun": {"endpoint": demo.emulator.endpoint},
        },
    )

    title("VPN access for two: predicted, then real")
    demo.predict(PLAYBOOK, variables)
    expect(not list(folder.iterdir()), "no file was written")
    demo.play(PLAYBOOK, variables, "--diff")
    for name in PEOPLE:
        check_configuration(folder / f"{name}.ovpn")

    title("The same again: nothing is due")
    demo.again(PLAYBOOK, variables)

    title("Ten days before the end: the new file is there, and the old certificate still works")
    rows = demo.emulator.control("GET", "/state/aliyun")["certificates"]
    (old,) = [row["id"] for row in rows if row["name"] == PEOPLE[0]]
    demo.emulator.control("POST", f"/aliyun/certificates/{old}/age", {"days_left": 10})
    demo.play(PLAYBOOK, variables)
    expect(demo.writes() == ["CreateSslVpnClientCert"], f"write calls: {', '.join(demo.writes())}")
    expect(old not in (folder / f"{PEOPLE[0]}.ovpn").read_text(), "the file has the new certificate")
    check_configuration(folder / f"{PEOPLE[0]}.ovpn")


def check_configuration(path: Path) -> None:
    """Complete in itself: OpenSSL finds that certificate, key and authority belong together."""
    text = path.read_text()
    parts = {}
    for tag in ("ca", "cert", "key"):
        found = re.search(rf"(?s)<{tag}>\n(.*?)</{tag}>", text)
        parts[tag] = path.with_suffix(f".{tag}")
        parts[tag].write_text(found.group(1) if found else "")
    try:
        of_certificate = openssl("x509", "-in", parts["cert"], "-noout", "-pubkey")
        of_key = openssl("pkey", "-in", parts["key"], "-pubout")
        expect(of_certificate == of_key, f"{path.name}: the key belongs to the certificate")
        verified = openssl("verify", "-CAfile", parts["ca"], parts["cert"]).endswith(": OK\n")
        expect(verified, f"{path.name}: the certificate is of the authority")
        expect(stat.S_IMODE(path.stat().st_mode) == 0o600, f"{path.name}: only its owner can read it")
    finally:
        for part in parts.values():
            part.unlink()
