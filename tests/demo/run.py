# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real playbooks against an emulator of the clouds: each workflow predicted, run, and run again unchanged.

Each part says what it expects, shows the playbook's own output, and checks it against what the emulator saw and
what OpenSSL and a TLS client get. Ends with 1 at the first thing that is not as said.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from demo import antchain_identity, esa_https, issue_and_bind, sslvpn_clients
from demo.demonstration import PACE, Demo
from emulator.process import EmulatorProcess

WORKFLOWS = {
    "Tencent Cloud and Huawei Cloud: issue, prove, bind, verify": issue_and_bind,
    "Alibaba Cloud SSL-VPN: client certificates": sslvpn_clients,
    "Alibaba Cloud ESA: edge certificates, proven in DNSPod": esa_https,
    "AntChain BaaS: an identity whose key never leaves the host": antchain_identity,
}


def main() -> int:
    """Run everything in a folder that is removed afterwards."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cncloud-demo-") as folder, EmulatorProcess(pace=PACE) as emulator:
        demo = Demo(emulator=emulator, folder=Path(folder))
        for number, (name, workflow) in enumerate(WORKFLOWS.items(), 1):
            print(f"\n##### {number} of {len(WORKFLOWS)}. {name}", flush=True)
            workflow.show(demo)
    print(f"\nAll as expected, in {time.monotonic() - began:.0f} seconds.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
