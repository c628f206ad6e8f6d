# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module's way of probe."""

from __future__ import annotations

from ansible_collections.cncloud.certificates.plugins.module_utils._entry import run_module
from ansible_collections.cncloud_test.probe.plugins.module_utils.service import ENTRY


def main() -> None:
    run_module(ENTRY)


if __name__ == "__main__":
    main()
