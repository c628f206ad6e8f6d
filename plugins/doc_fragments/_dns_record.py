# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the DNS modules of all clouds share."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
attributes:
  check_mode:
    support: full
    details:
      - An empty O(value), or V((known after apply\)), stands for one that an earlier task would have made. A change
        is predicted.
  diff_mode:
    support: full
options:
  zone:
    description:
      - The name of the zone as the cloud has it, for example V(example.com).
      - Without it, the zones of the account are listed, and the record goes into the one whose name is the longest end
        of O(name), label by label. There is no list of public suffixes and no guess, since only zones that there are
        count. If there is none, or more than one of that name, the module fails.
      - Given, it decides where a zone of the account is not the one that name servers are asked for, and saves the
        listing in DNSPod and AliDNS, whose calls take the name of a zone.
      - It can be left out since 0.2.0.
    type: str
  name:
    description:
      - The name of the record. With O(zone) it is relative to the zone, and V(@) is the zone itself; a full name that
        ends in the zone is taken as well, and a name with a final dot has to be one.
      - Without O(zone) it is the full name.
    type: str
    required: true
  type:
    description:
      - The type of the record.
    type: str
    choices: [TXT, CNAME]
    required: true
  value:
    description:
      - The value. In check mode alone it may be empty or V((known after apply\)), as an order that check mode has only
        predicted tells it. O(zone) and O(name) may be V((known after apply\)) then too, and no call is made.
    type: str
    required: true
  state:
    description:
      - V(present) adds the value, V(absent) removes it.
    type: str
    choices: [present, absent]
    default: present
notes:
  - Writes to one name are done one after the other by all tasks of a user on a machine.
seealso:
  - module: cncloud.certificates.tencent_free_cert
    description: Says in C(challenge) what has to be published.
"""
