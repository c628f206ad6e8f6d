# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that the modules of the action group `all` share."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  timeout:
    description:
      - Seconds that one try of one call may take, up to 600. The time for all tries of a call is bounded as well.
      - Not to be confused with the task keyword C(timeout), which bounds the whole task.
    type: float
    default: 30.0
  retries:
    description:
      - How often one call may be repeated, up to 20. V(0) sends every call once.
      - Only what certainly did not take effect, what reads, and what the service recognises as the same call is
        repeated, with growing pauses of random length.
      - Not to be confused with the task keyword C(retries), which repeats the whole task.
    type: int
    default: 3
  validate_certs:
    description:
      - Whether the certificate of the other side must be trusted and fit its name.
      - Turn this off only to find out what is wrong. Everybody on the way could then read and change what is sent.
    type: bool
    default: true
  ca_bundle:
    description:
      - Path of a PEM file with the certificates of the authorities that are trusted, in place of the usual ones.
    type: path
  proxy:
    description:
      - The URL of a proxy, for example V(http://proxy.example.com:3128). An empty string means none. It may hold a user
        name and a password, and so is never shown.
      - If this is not given, the environment of the task is asked (E(HTTPS_PROXY), E(HTTP_PROXY), E(ALL_PROXY) and
        E(NO_PROXY), in upper or lower case).
    type: str
"""
