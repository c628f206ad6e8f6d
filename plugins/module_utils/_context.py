# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""What a service knows of the run it is part of, the same inside a module and inside an action."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._clock import Clock, Randomness


def _ignore(_text: str) -> None:
    """The default for `warn` and `mask`: nobody listens."""


@dataclasses.dataclass
class Context:
    """The surroundings of one run. Nothing below the entry reads os.environ, the clock or the folder itself."""

    check_mode: bool = False
    diff: bool = False
    environ: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    """The environment of the task: the process's, with the task's `environment:` applied."""
    base_dir: str = "."
    """The folder that a module would run in."""
    clock: Clock = dataclasses.field(default_factory=Clock)
    randomness: Randomness = dataclasses.field(default_factory=Randomness)
    task_host: str = ""
    """The inventory name of the host that the task is for: sessions of two hosts are never shared."""
    in_process: bool = False
    warn: t.Callable[[str], None] = _ignore
    mask: t.Callable[[str], None] = _ignore
    """Registers a secret that was made or received at run time, before its first use."""
    request_ids: list[str] = dataclasses.field(default_factory=list)
    """Ids of all calls made, in order; clients append."""
