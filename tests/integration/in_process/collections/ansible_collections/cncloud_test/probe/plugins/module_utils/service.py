# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service that says what it was given, and misbehaves when told to."""

from __future__ import annotations

import contextlib
import os
import time
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import Entry
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import Throttled
from ansible_collections.cncloud.certificates.plugins.module_utils._http import Call, HttpOptions, Replay, Transport
from ansible_collections.cncloud.certificates.plugins.module_utils._signals import uninterrupted

IMPORTED_IN = os.getpid()
"""The process that imported this: for an action that is the one from which the workers are forked."""


def run(params: t.Mapping[str, t.Any], context: Context) -> dict[str, t.Any]:
    """Do what the options say, in the order in which they are written here."""
    for secret in params["mask"] or []:
        context.mask(secret)
    for text in params["warn"] or []:
        context.warn(text)
    with uninterrupted() if params["shield"] else contextlib.nullcontext():
        # Told inside: a test that waits for it sends its signal at once, and the shield has to be up by then.
        if params["touch"]:
            with open(params["touch"], "a", encoding="utf-8") as file:
                file.write(f"started {os.getpid()}\n")
        _sleep(params)
    _fail(params)
    return {
        "changed": bool(params["change"]),
        "diff": {"before": {"value": "old"}, "after": {"value": "new"}}
        if params["change"]
        else {"before": {}, "after": {}},
        "check_mode": context.check_mode,
        "wants_diff": context.diff,
        "base_dir": context.base_dir,
        "folder": os.getcwd(),
        "environ": {name: context.environ.get(name) for name in params["names"]},
        "process_environ": {name: os.environ.get(name) for name in params["names"]},
        "all_names": sorted(context.environ) if params["all_names"] else [],
        "given": {name: params[name] for name in sorted(params)},
        "types": {name: _type(params[name]) for name in sorted(params)},
        "answer": params["answer"],
        "fetched": fetch(params["fetch"], context) if params["fetch"] else None,
        **(_differs_by_nature(context) if params["tell"] else {}),
    }


def fetch(url: str, context: Context) -> dict[str, t.Any]:
    """The JSON object at a URL, over the session that this process keeps."""
    transport = Transport(options=HttpOptions(), context=context, identity="probe", source="nowhere")
    call = Call(operation="Fetch", method="GET", url=url, replay=Replay.NEVER)
    return transport.send(call, auth=lambda: None, judge=lambda _reply: None).json()


def _differs_by_nature(context: Context) -> dict[str, t.Any]:
    return {
        "in_process": context.in_process,
        "task_host": context.task_host,
        "process": os.getpid(),
        "imported_in": IMPORTED_IN,
        "nonce": context.randomness.token_hex(16),
        "descriptors": len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0,
    }


def _sleep(params: t.Mapping[str, t.Any]) -> None:
    if params["sleep"]:
        time.sleep(params["sleep"])
        if params["touch"]:
            with open(params["touch"], "a", encoding="utf-8") as file:
                file.write("finished\n")


def _fail(params: t.Mapping[str, t.Any]) -> None:
    if params["fail"] == "foreseen":
        raise Throttled(
            f"It was refused, and the text holds {params['password']}.",
            code="Probe.Refused",
            request_id="request-1",
            hint="Try later.",
            data={"challenge": [{"type": "TXT", "value": "proof"}]},
        )
    if params["fail"] == "unforeseen":
        raise KeyError(params["password"])
    if params["fail"] == "exit":
        raise SystemExit(3)


def _type(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {name: _type(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_type(item) for item in value]
    return type(value).__name__


ENTRY = Entry(
    argument_spec={
        "names": {"type": "list", "elements": "str", "default": []},
        "all_names": {"type": "bool", "default": False},
        "text": {"type": "str", "aliases": ["words"]},
        "old": {"type": "str", "removed_in_version": "9.0.0", "removed_from_collection": "cncloud_test.probe"},
        "number": {"type": "int"},
        "fraction": {"type": "float"},
        "flag": {"type": "bool"},
        "anything": {"type": "raw"},
        "path": {"type": "path"},
        "items": {"type": "list", "elements": "str"},
        "table": {"type": "dict"},
        "choice": {"type": "str", "choices": ["one", "two"], "default": "one"},
        "parts": {
            "type": "dict",
            "options": {"size": {"type": "int"}, "pin": {"type": "str", "no_log": True}},
        },
        "rows": {
            "type": "list",
            "elements": "dict",
            "options": {"id": {"type": "int", "required": True}, "label": {"type": "str"}},
        },
        "password": {"type": "str", "no_log": True},
        "secret_kind": {"type": "str", "no_log": True, "choices": ["first-kind", "second-kind"]},
        "secret_number": {"type": "int", "no_log": True},
        "left": {"type": "str"},
        "right": {"type": "str"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "fallback": {"type": "str"},
        "endpoint": {"type": "str"},
        "answer": {"type": "raw"},
        "mask": {"type": "list", "elements": "str", "no_log": False},
        "warn": {"type": "list", "elements": "str"},
        "sleep": {"type": "float"},
        "shield": {"type": "bool", "default": False},
        "touch": {"type": "path"},
        "fail": {"type": "str", "choices": ["foreseen", "unforeseen", "exit"]},
        "change": {"type": "bool", "default": False},
        "fetch": {"type": "str"},
        "tell": {"type": "bool", "default": False},
    },
    run=run,
    mutually_exclusive=(("left", "right"),),
    required_if=(("state", "absent", ("text",)),),
    required_by={"fraction": ("number",)},
)
