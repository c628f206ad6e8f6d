# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``python -m emulator``: starts everything, says so in one line of JSON, and runs until SIGTERM."""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
from pathlib import Path

from .aliyun import AliyunCloud
from .edge import Edge, start_edge
from .huawei import HuaweiCloud
from .server import EmulatorServer
from .tencent import TencentCloud
from .world import Json, World


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    state_dir, temporary = _state_dir(options.state_dir)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    web_root = Path(options.web_root).resolve() if options.web_root else state_dir / "www"
    web_root.mkdir(parents=True, exist_ok=True)
    seed = json.loads(Path(options.seed).read_text()) if options.seed else None
    world = World(
        web_root=web_root,
        pace=options.pace,
        factories=[TencentCloud, HuaweiCloud, AliyunCloud],
        seed=seed,
        reuse_keys=options.reuse_keys,
    )
    server = EmulatorServer(world, options.port)
    edge = start_edge(world)
    ca_bundle = state_dir / "ca.pem"
    ca_bundle.write_text(world.ca.bundle_pem)
    server.start()
    print(json.dumps(_ready(world, server, edge, ca_bundle)), flush=True)
    _wait(stopped, options.exit_with_parent)
    server.stop()
    if temporary:
        shutil.rmtree(state_dir, ignore_errors=True)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m emulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0, the default, takes a free one")
    parser.add_argument("--pace", type=float, default=1.0, help="vendor seconds per real second, for delays and lags")
    parser.add_argument("--web-root", help="folder that FILE proofs are looked for in, one folder per host name")
    parser.add_argument("--state-dir", help="folder for ca.pem; a temporary one by default")
    parser.add_argument(
        "--seed",
        help='JSON file with the first state of each cloud: {"tencent": {...}, "huawei": {...}, "aliyun": {...}}',
    )
    parser.add_argument("--reuse-keys", type=int, help="make so many key pairs, then hand out the same ones in turn")
    parser.add_argument("--exit-with-parent", action="store_true", help="end when the process that started it is gone")
    return parser


def _state_dir(given: str | None) -> tuple[Path, bool]:
    if given is None:
        return Path(tempfile.mkdtemp(prefix="emulator-")), True
    path = Path(given).resolve()
    path.mkdir(parents=True, exist_ok=True)
    return path, False


def _ready(world: World, server: EmulatorServer, edge: Edge, ca_bundle: Path) -> Json:
    return {
        "endpoint": server.endpoint,
        "edge_host": edge.host,
        "edge_port": edge.port,
        "ca_bundle": str(ca_bundle),
        "web_root": str(world.web_root),
        "control": f"{server.endpoint}/_control",
        "pid": os.getpid(),
        "credentials": {
            cloud.name: [
                {"key_id": one.key_id, "secret": one.secret, "account": one.account, **one.details}
                for one in world.accounts.of(cloud.name)
            ]
            for cloud in world.clouds
        },
    }


def _wait(stopped: threading.Event, exit_with_parent: bool) -> None:
    parent = os.getppid()
    while not stopped.wait(1.0 if exit_with_parent else None):
        if os.getppid() != parent:
            return


if __name__ == "__main__":
    sys.exit(main())
