# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the probe is, and what its tasks look like."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.cncloud.certificates.tests.integration.both_ways import Setting

PROBE = "cncloud_test.probe.probe"
COLLECTIONS = Path(__file__).parent / "collections"
SWITCH = "cncloud_certificates_in_process"


def probe(name: str, options: t.Mapping[str, t.Any], **keywords: t.Any) -> dict[str, t.Any]:
    """A task; its failure does not end the play."""
    return {"name": name, PROBE: dict(options), "ignore_errors": True, **keywords}


def probe_setting(**fields: t.Any) -> Setting:
    """A setting in which the probe is found."""
    return Setting(collections=(COLLECTIONS,), **fields)
