# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""How a service is run, the same inside a module and inside an action.

An `Entry` is what both need to know: the option spec and the function. Every failure, foreseen or not,
becomes a failed result; only what ends the task from outside (its time-out) passes through.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.cncloud.certificates.plugins.module_utils import _http
from ansible_collections.cncloud.certificates.plugins.module_utils._clock import clock_for
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import CertificatesError, LocalFailure
from ansible_collections.cncloud.certificates.plugins.module_utils._secrets import Mask

Result = dict[str, t.Any]
Run = t.Callable[[t.Mapping[str, t.Any], Context], Result]


@dataclasses.dataclass(frozen=True)
class Entry:
    """A module's contract. The constraints are spelled as AnsibleModule and ArgumentSpecValidator take them."""

    argument_spec: dict[str, dict[str, t.Any]]
    run: Run
    mutually_exclusive: tuple[tuple[str, ...], ...] = ()
    required_together: tuple[tuple[str, ...], ...] = ()
    required_one_of: tuple[tuple[str, ...], ...] = ()
    required_if: tuple[tuple[t.Any, ...], ...] = ()
    required_by: t.Mapping[str, t.Union[str, tuple[str, ...]]] = dataclasses.field(default_factory=dict)

    def constraints(self) -> dict[str, t.Any]:
        """The keyword arguments besides the spec."""
        return {
            "mutually_exclusive": [list(names) for names in self.mutually_exclusive],
            "required_together": [list(names) for names in self.required_together],
            "required_one_of": [list(names) for names in self.required_one_of],
            "required_if": [list(rule) for rule in self.required_if],
            "required_by": dict(self.required_by),
        }


INSTALL = (
    "Install it for that Python (on the controller, where the modules run in-process) with"
    " pip install requests cryptography, or put it into the execution environment."
)


def missing_library() -> t.Optional[str]:
    """A sentence about the first third-party library that cannot be imported here, or None."""
    if _http.REQUESTS_IMPORT_ERROR is not None:
        return str(missing_required_lib("requests"))
    # Looked for, not imported: a run that touches no certificate does not pay for the import.
    if importlib.util.find_spec("cryptography") is None:
        return str(missing_required_lib("cryptography"))
    return None


def execute(entry: Entry, params: t.Mapping[str, t.Any], context: Context) -> Result:
    """Run a service with validated parameters; a failure is a result with `failed`."""
    try:
        missing = missing_library()
        if missing is not None:
            raise LocalFailure(missing, code="missing_library", hint=INSTALL)
        return entry.run(params, context)
    except CertificatesError as error:
        failure = error
    # The last line of defence of a tool that runs unattended: a traceback helps nobody at night, and its text
    # can hold what was sent. Type and place are enough to report a bug.
    except Exception as unexpected:
        failure = LocalFailure(
            f"An unexpected {type(unexpected).__name__} was raised at {_place(unexpected)}.",
            hint="This is a bug in the collection: please report this line.",
        )
    return {"changed": False, "request_ids": list(context.request_ids), **failure.as_result(), "failed": True}


def _place(error: BaseException) -> str:
    place = "an unknown place"
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        place = f"{os.path.basename(code.co_filename)}:{trace.tb_lineno} ({code.co_name})"
        trace = trace.tb_next
    return place


def _without_secret_options(text: str, module: AnsibleModule) -> str:
    """Up to core 2.21 secret options are cut out of the result, its warnings excepted; from 2.22 core masks all."""
    if importlib.util.find_spec("ansible.module_utils.secrets") is not None:
        return text
    from ansible.module_utils.common.parameters import remove_values

    return str(remove_values(text, module.no_log_values))


def run_module(entry: Entry) -> None:
    """The main of every module: the same service, inside AnsibleModule."""
    module = AnsibleModule(argument_spec=entry.argument_spec, supports_check_mode=True, **entry.constraints())
    mask = Mask()
    environ = dict(os.environ)
    context = Context(
        check_mode=module.check_mode,
        diff=module._diff,
        environ=environ,
        base_dir=os.getcwd(),
        clock=clock_for(endpoint=module.params.get("endpoint"), environ=environ),
        warn=lambda text: module.warn(_without_secret_options(mask.hide(text), module)),
        mask=mask.add,
    )
    result = mask.scrub(execute(entry, module.params, context))
    _http.close_sessions()
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)
