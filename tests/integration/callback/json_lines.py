# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes one JSON line for each result of a task on a host, as the callbacks of users see it."""

from __future__ import annotations

import json
import os
import typing as t

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: json_lines
type: aggregate
short_description: One JSON line for each result, for tests
description: Writes to the file that the environment variable JSON_LINES_FILE names.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "json_lines"

    def _write(self, status: str, result: t.Any) -> None:
        # `result` and the underscore names are the same on all supported cores.
        line = {
            "status": status,
            "task": result._task.get_name(),
            "host": result._host.get_name(),
            "result": result._result,
        }
        with open(os.environ["JSON_LINES_FILE"], "a", encoding="utf-8") as file:
            file.write(json.dumps(line, default=str) + "\n")

    def v2_runner_on_ok(self, result: t.Any) -> None:
        self._write("ok", result)

    def v2_runner_on_failed(self, result: t.Any, ignore_errors: bool = False) -> None:
        self._write("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_unreachable(self, result: t.Any) -> None:
        self._write("unreachable", result)

    def v2_runner_on_skipped(self, result: t.Any) -> None:
        self._write("skipped", result)
