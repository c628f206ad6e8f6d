# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stand-in for the get-pip script that ansible-test downloads, for machines that do not reach that host.

Made by the tests of the collection cncloud.certificates. It does with the Python's own ensurepip what the original
does with a bundled pip; removing it is safe, and ansible-test then downloads the original.
"""

from __future__ import annotations

import subprocess
import sys

NOT_FOR_PIP_ITSELF = ("--no-setuptools", "--no-wheel")

if __name__ == "__main__":
    wanted = [argument for argument in sys.argv[1:] if argument not in NOT_FOR_PIP_ITSELF]
    subprocess.check_call([sys.executable, "-m", "ensurepip", "--upgrade"])
    subprocess.check_call([sys.executable, "-m", "pip", "install", *wanted])
