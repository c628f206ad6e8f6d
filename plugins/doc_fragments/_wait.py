# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of modules that can wait. Each module says how long by default."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  wait:
    description:
      - Whether to wait until the result is there.
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds to wait at most. The task then fails with C(error.kind=timeout), the last state and what is still to
        be done. Nothing is undone, and the next run goes on from there.
    type: float
  wait_interval:
    description:
      - Seconds between two looks.
    type: float
"""
