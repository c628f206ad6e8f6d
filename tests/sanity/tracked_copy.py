# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A copy of the tracked files in a collection tree: what a release consists of, and what ansible-test accepts."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def tracked_files() -> list[Path]:
    """The files that git knows and that are there, relative to the checkout."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, check=True, capture_output=True, text=True).stdout
    names = [Path(name) for name in listed.split("\0") if name]
    return [name for name in names if (CHECKOUT / name).is_file()]


def make_tracked_copy(parent: Path) -> Path:
    """Copy the tracked files below `parent` and return the collection's folder there."""
    collection = parent / "ansible_collections" / "cncloud" / "certificates"
    for name in tracked_files():
        target = collection / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(CHECKOUT / name, target)
    return collection
