# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real playbooks against an emulator of the clouds: issue, prove, bind, verify, run again unchanged.

Each part says what it expects, shows the playbook's own output, and checks it against what the emulator saw and
what a TLS client gets. Ends with 1 at the first thing that is not as said.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
import shlex
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from emulator.process import EmulatorProcess  # noqa: E402 - found through the path that was just set

PACE = 60
PLAYBOOK = "cncloud.certificates.issue_and_bind"


@dataclasses.dataclass
class Demo:
    """The emulator, a folder for the files, and what the playbooks are told."""

    emulator: EmulatorProcess
    folder: Path

    def certificates(self, *domains: tuple[str, str, str]) -> Path:
        """A variables file for (domain, key algorithm, way to prove it), as a user would keep it in git."""
        info = self.emulator.info
        variables = {
            "issue_and_bind_certificates": [
                {
                    "domain": domain,
                    "key_algorithm": algorithm,
                    "dv_auth_method": method,
                    "certificate_path": f"{self.folder}/{domain}.pem",
                    "private_key_path": f"{self.folder}/{domain}.key",
                    "fullchain_path": f"{self.folder}/{domain}.fullchain.pem",
                    "bindings": [
                        {
                            "instance_id": "i-emulator",
                            "group": "demo",
                            "connect_to": f"{info['edge_host']}:{info['edge_port']}",
                        }
                    ],
                }
                for domain, algorithm, method in domains
            ],
            "issue_and_bind_tencent": {"endpoint": info["endpoint"]},
            "issue_and_bind_huawei": {
                "endpoint": info["endpoint"],
                "iam_endpoint": info["endpoint"],
                "region": info["credentials"]["huawei"][0]["region"],
            },
        }
        path = self.folder / "certificates.json"
        path.write_text(json.dumps(variables, indent=2))
        return path

    def play(self, variables: Path, *arguments: str) -> str:
        """Run the playbook, show its output, and return it."""
        command = ["ansible-playbook", PLAYBOOK, "-e", f"@{variables}", *arguments]
        print(f"\n$ {shlex.join(command)}", flush=True)
        began = time.monotonic()
        with subprocess.Popen(
            command, env=self._environ(), cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            lines = []
            for line in process.stdout or ():
                print(f"  {line}", end="", flush=True)
                lines.append(line)
        print(f"  ({time.monotonic() - began:.1f} s)")
        expect(process.returncode == 0, "the playbook ends without a failure")
        return "".join(lines)

    def _environ(self) -> dict[str, str]:
        tencent, huawei = (self.emulator.info["credentials"][cloud][0] for cloud in ("tencent", "huawei"))
        return {
            **os.environ,
            "TENCENTCLOUD_SECRET_ID": tencent["key_id"],
            "TENCENTCLOUD_SECRET_KEY": tencent["secret"],
            "HUAWEICLOUD_SDK_AK": huawei["key_id"],
            "HUAWEICLOUD_SDK_SK": huawei["secret"],
            "CNCLOUD_CERTIFICATES_PACE": str(PACE),
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "0",
            "ANSIBLE_NOCOWS": "1",
            "ANSIBLE_FORCE_COLOR": "1" if sys.stdout.isatty() else "0",
            "XDG_CACHE_HOME": str(self.folder / "cache"),
        }

    def writes(self) -> list[str]:
        """The operations that changed something since the log was last emptied."""
        return [entry["operation"] for entry in self.emulator.log() if entry["write"]]

    def served(self, domain: str, algorithm: str) -> str:
        """The SHA-256 fingerprint that a TLS client of that key type gets for the name."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("aECDSA" if algorithm == "ecc" else "aRSA")
        address = (self.emulator.info["edge_host"], self.emulator.info["edge_port"])
        with (
            socket.create_connection(address, timeout=10) as plain,
            context.wrap_socket(plain, server_hostname=domain) as secure,
        ):
            return hashlib.sha256(secure.getpeercert(binary_form=True) or b"").hexdigest()

    def issued(self, domain: str) -> str:
        """The SHA-256 fingerprint of the file that the playbook wrote, computed by openssl."""
        command = ["openssl", "x509", "-in", f"{self.folder}/{domain}.pem", "-noout", "-fingerprint", "-sha256"]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return output.strip().partition("=")[2].replace(":", "").lower()


def expect(fact: bool, sentence: str) -> None:
    """Print what was expected, and end the demonstration if it is not so."""
    print(f"  {'ok' if fact else 'NOT SO'}: {sentence}", flush=True)
    if not fact:
        raise SystemExit(1)


def title(text: str) -> None:
    print(f"\n=== {text}", flush=True)


def changed(output: str) -> int:
    """The number of changed tasks in the recap."""
    found = re.search(r"changed=(\d+)", re.sub(r"\x1b\[[0-9;]*m", "", output).rpartition("PLAY RECAP")[2])
    return int(found.group(1)) if found else -1


def show(demo: Demo) -> None:
    """The demonstration itself."""
    domains = (("api.example.com", "rsa", "dns"), ("shop.example.com", "ecc", "dns_auto"))
    for domain, _algorithm, _method in domains:
        demo.emulator.control("POST", "/huawei/domains", {"group": "demo", "domain": domain})
    variables = demo.certificates(*domains)

    title("1. What would happen? Nothing exists yet; check mode predicts the whole chain and writes nothing")
    demo.emulator.control("DELETE", "/log")
    output = demo.play(variables, "--check", "--diff")
    expect(changed(output) > 0, f"the chain is predicted: changed={changed(output)}")
    expect(not demo.writes(), f"{len(demo.writes())} write calls in the emulator's log")
    expect(not list(demo.folder.glob("*.key")), "no key was written")
    expect("PRIVATE KEY" not in output, "no key was shown")

    title("2. Issue, prove, write, bind, verify")
    output = demo.play(variables, "--diff")
    expect(changed(output) > 0, f"changed={changed(output)}")
    expect("PRIVATE KEY" not in output, "no key was shown")
    for domain, algorithm, _method in domains:
        issued, served = demo.issued(domain), demo.served(domain, algorithm)
        print(f"  {domain}: issued {issued}\n  {'':{len(domain)}}  served {served}")
        expect(issued == served, "the served fingerprint equals the issued one")

    title("3. The same again: nothing is due")
    demo.emulator.control("DELETE", "/log")
    output = demo.play(variables)
    expect(changed(output) == 0, f"changed={changed(output)}")
    expect(not demo.writes(), f"{len(demo.writes())} write calls in the emulator's log")
    expect(not any(entry["key_bearing"] for entry in demo.emulator.log()), "no answer brought a private key")
    renew(demo, variables, *domains[0])


def renew(demo: Demo, variables: Path, domain: str, algorithm: str, _method: str) -> None:
    """Ten days before the end, and once more."""
    title("4. Ten days before the end of a certificate: renewed and replaced in place")
    certificates = demo.emulator.control("GET", "/state/tencent")["certificates"]
    (old,) = [certificate["id"] for certificate in certificates if domain in certificate["names"]]
    demo.emulator.control("POST", f"/certificates/{old}/age", {"days_left": 10})
    before = demo.served(domain, algorithm)
    demo.emulator.control("DELETE", "/log")
    output = demo.play(variables)
    expect(changed(output) > 0, f"changed={changed(output)}")
    expect("DisassociateCertificateV2" not in demo.writes(), "the domain was never without a certificate")
    expect(demo.served(domain, algorithm) == demo.issued(domain) != before, "the new certificate is served")


def main() -> int:
    """Run everything in a folder that is removed afterwards."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cncloud-demo-") as folder, EmulatorProcess(pace=PACE) as emulator:
        show(Demo(emulator=emulator, folder=Path(folder)))
    print(f"\nAll as expected, in {time.monotonic() - began:.0f} seconds.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
