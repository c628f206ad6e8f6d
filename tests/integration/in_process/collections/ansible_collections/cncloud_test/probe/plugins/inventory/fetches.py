# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An inventory that makes a call in the process from which all workers are forked."""

from __future__ import annotations

import typing as t

from ansible.plugins.inventory import BaseInventoryPlugin
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud_test.probe.plugins.module_utils.service import fetch

DOCUMENTATION = """
name: fetches
short_description: One call, and a group variable with its answer
description: Leaves its session open on purpose.
author: The cncloud.certificates contributors
options:
  url:
    description: What to fetch.
    type: str
    required: true
"""


class InventoryModule(BaseInventoryPlugin):
    NAME = "cncloud_test.probe.fetches"

    def verify_file(self, path: str) -> bool:
        return path.endswith("fetches.yml")

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        base: t.Any = self  # the methods of ansible-core's class have no annotations
        base._read_config_data(path)
        inventory.groups["all"].set_variable("fetched_by_inventory", fetch(base.get_option("url"), Context()))
