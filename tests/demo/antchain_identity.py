# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The identity of a program on a chain of AntChain BaaS: a key that never leaves the host, and its certificate."""

from __future__ import annotations

import stat

from demo.demonstration import Demo, expect, openssl, title

PLAYBOOK = "antchain_identity"
PASSWORD = "a-password-for-this-demonstration"


def show(demo: Demo) -> None:
    folder = demo.folder / "antchain"
    folder.mkdir()
    variables = demo.variables(
        "identities",
        {
            "antchain_identity_password": PASSWORD,
            "antchain_identity_identities": [
                {
                    "consortium_id": "consortium-emulator",
                    "ant_chain_id": "chain-emulator",
                    "folder": str(folder),
                    "subject": {"common_name": "settlement", "organization": "Example", "country": "CN"},
                }
            ],
            "antchain_identity_aliyun": {"endpoint": demo.emulator.endpoint},
        },
    )

    title("An identity on a chain: predicted, then real")
    demo.predict(PLAYBOOK, variables)
    expect(not list(folder.iterdir()), "no file was written")
    real = demo.play(PLAYBOOK, variables, "--diff")
    expect(PASSWORD not in real.output, "the password was not shown")
    key, certificate = folder / "client.key", folder / "client.crt"
    of_key = openssl("pkey", "-in", key, "-passin", f"pass:{PASSWORD}", "-pubout")
    of_certificate = openssl("x509", "-in", certificate, "-noout", "-pubkey")
    expect(of_key == of_certificate, "the key opens with the password and belongs to the certificate")
    verified = openssl("verify", "-CAfile", folder / "ca.crt", certificate).endswith(": OK\n")
    expect(verified, "the certificate is of the chain's authority")
    expect(stat.S_IMODE(key.stat().st_mode) == 0o600, "only its owner can read the key")
    expect((folder / "trustCa").exists(), "the trust store of the Java SDK is there")

    title("The same again: nothing is due")
    demo.again(PLAYBOOK, variables)
