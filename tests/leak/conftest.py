# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same emulated cloud as the integration tests have."""

from integration.conftest import emulator_process, stage

__all__ = ["emulator_process", "stage"]
