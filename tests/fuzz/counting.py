# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How often a fuzzer ran."""

import dataclasses


@dataclasses.dataclass
class Executions:
    """Counts."""

    number: int = 0

    def one(self) -> None:
        self.number += 1
