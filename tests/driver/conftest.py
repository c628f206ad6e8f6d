# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A driver, and a fresh world for each test."""

from driver.fixtures import driver, shared_driver

__all__ = ["driver", "shared_driver"]
