# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of modules that renew."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  renew_before:
    description:
      - How long before its end a certificate is due to be renewed.
      - A number of days (V(30d) or V(30)), of hours (V(12h)), or a share of the whole validity (V(33%)), which goes
        on to fit when authorities shorten the validity of their certificates.
      - A time that is longer than the whole validity would mean a new certificate in every run. Half of the validity
        is taken in its place.
      - The result says in RV(reason) why a certificate is due or not.
    type: str
    default: 30d
  force:
    description:
      - Whether to act although nothing is due, and where the module would otherwise stop and ask. See the description
        of the module for what that is.
      - A task with this option changes something in every run. Use it for one run, not in a schedule.
    type: bool
    default: false
"""
