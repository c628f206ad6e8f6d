# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of modules that write files."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  owner:
    description:
      - Name or id of the user who owns the files. Only root can give files away.
      - If this is not given, an existing file keeps its owner and a new one belongs to the user who runs the module.
    type: str
  group:
    description:
      - Name or id of the group that owns the files.
      - If this is not given, an existing file keeps its group.
    type: str
  mode:
    description:
      - The permissions of files without a secret, as an octal number in quotes.
      - A number without quotes is refused, since YAML reads V(0644) as the number 420. Symbolic modes are refused, too.
    type: raw
    default: '0644'
  private_key_mode:
    description:
      - The permissions of private keys, and of files that hold one, spelled as for O(mode).
    type: raw
    default: '0600'
  backup:
    description:
      - Whether to keep a copy of each file that is replaced, with the time in its name and the same permissions.
      - Copies of private keys stay secrets. Nothing removes them.
    type: bool
    default: false
notes:
  - Paths of files must be absolute or begin with C(~). Symbolic links are not followed and not replaced, and folders
    are not created. This is found out before anything is sent to a cloud.
  - All files are written next to their place first and then renamed, the certificate last, so that a service that
    watches the certificate never sees it with another key.
  - Files are compared by what they mean (certificates, public keys), not by their text. A file whose line breaks or
    comments differ is not written again.
"""
