# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is PRIVATE to the collection and may change at any time.

"""Modules that run inside the worker process of Ansible when the host is the controller itself.

An action plugin of the collection is a class with an `entry`; the module of the same name has the same one.
What a play sees is the same either way: options are validated by the same validator, `environment:` and the
playbook's folder apply, secrets are cut out of the result, and a failure is a result that `failed_when`,
`ignore_errors` and `register` work on. Only a task's time-out is raised.
"""

from __future__ import annotations

import datetime
import json
import os
import typing as t

from ansible import constants as C
from ansible.errors import AnsibleError, AnsibleValueOmittedError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator, ValidationResult
from ansible.module_utils.errors import UnsupportedError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.cncloud.certificates.plugins.module_utils._clock import clock_for
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import Entry, execute, missing_library
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import (
    CertificatesError,
    Invalid,
    LocalFailure,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._http import close_sessions
from ansible_collections.cncloud.certificates.plugins.module_utils._secrets import Mask

try:
    from ansible.module_utils.secrets import mask_secrets
except ImportError:
    mask_secrets = None

CORE_MASKS = mask_secrets is not None
"""From core 2.22 on values stay in results and are masked wherever they are shown."""

SWITCH = "cncloud_certificates_in_process"
"""The variable that sends every task to the module when it is false."""

Result = dict[str, t.Any]
Variables = t.Mapping[str, t.Any]

display = Display()


class InProcessAction(ActionBase):
    """Base of the collection's action plugins; a subclass sets `entry` and nothing else."""

    entry: t.ClassVar[Entry]

    _supports_check_mode = True
    # From core 2.22 on an asynchronous task writes the options, secret ones included, to a file.
    _supports_async = False

    def run(self, tmp: t.Optional[str] = None, task_vars: t.Optional[dict[str, t.Any]] = None) -> Result:
        """Run the task here if that makes no difference to the play, else hand it to the module.

        :raises ansible.errors.AnsibleConnectionFailure: and whatever else `ActionBase._execute_module` raises,
            when the module runs on a host that cannot be reached.
        """
        variables = task_vars or {}
        if self._task.async_val:
            return _failure(Invalid(f"This action ({self._task.action}) does not support async."))
        super().run(tmp, variables)
        try:
            obstacle = self._obstacle(variables)
        except AnsibleError as error:
            return _failure(Invalid(f"The variable {SWITCH} cannot be read: {error}"))
        if obstacle is not None:
            display.vvv(f"{self._task.action} runs as a module: {obstacle}", host=self._host_name(variables))
            # The arguments as the task gave them: what was resolved here (~, defaults, environment) is wrong there.
            handed_over: Result = self._execute_module(module_args=dict(self._task.args), task_vars=variables)
            return handed_over
        return self._run_here(variables)

    def _obstacle(self, variables: Variables) -> t.Optional[str]:
        """Why the task cannot run in this process, or None."""
        if self._connection.transport != "local":
            return f"the connection is {self._connection.transport}"
        if self._connection.become is not None:
            return "it becomes another user"
        if not self._switched_on(variables):
            return f"{SWITCH} is false"
        return missing_library()

    def _switched_on(self, variables: Variables) -> bool:
        layers = [variables]
        if self._task.delegate_to:
            layers.append(variables.get("ansible_delegated_vars", {}).get(self._task.delegate_to, {}))
        return all(self._is_true(layer.get(SWITCH, True)) for layer in layers)

    def _is_true(self, value: t.Any) -> bool:
        try:
            return bool(boolean(self._templar.template(value)))
        except AnsibleValueOmittedError:
            return True
        except TypeError as error:
            raise AnsibleError(str(error)) from error

    def _host_name(self, variables: Variables) -> str:
        return str(variables.get("inventory_hostname", ""))

    def _run_here(self, variables: Variables) -> Result:
        surroundings = Surroundings()
        try:
            return self._run_within(surroundings, variables)
        finally:
            # The alarm of a time-out fires once: if it did so while they were left, it does not now.
            surroundings.leave()

    def _run_within(self, surroundings: Surroundings, variables: Variables) -> Result:
        try:
            surroundings.enter(environ=self._task_environ(), folder=self._loader.get_basedir())
            return self._validate_and_execute(variables)
        # An action that raises bypasses failed_when, and core shows what the exception's text holds.
        except (Exception, SystemExit) as error:
            return _failure(
                LocalFailure(
                    f"The task cannot be run in-process ({type(error).__name__}).",
                    hint=f"Set {SWITCH}: false to run it as a module, and report this line.",
                )
            )
        except BaseException:
            # The task's time-out. A connection that was cut short must not serve the next loop item.
            close_sessions()
            raise
        finally:
            surroundings.leave()

    def _task_environ(self) -> dict[str, str]:
        """`environment:` of the play, its blocks and the task, as the shell gives it to a module."""
        environ: dict[str, t.Any] = {}
        self._compute_environment_string(environ)
        return {str(name): str(value) for name, value in environ.items()}

    def _validate_and_execute(self, variables: Variables) -> Result:
        mask = Mask()
        warnings: list[str] = []
        validator = ArgumentSpecValidator(self.entry.argument_spec, **self.entry.constraints())
        try:
            checked = validator.validate(as_json(self._task.args))
        except (TypeError, AttributeError) as error:  # core's validator on a list where a dictionary belongs
            reason = f"an option has another shape than its documentation says ({type(error).__name__})"
            return _failure(Invalid(f"The options cannot be checked: {reason}."))
        warnings.extend(
            f"Both option {both['option']} and its alias {both['alias']} are set." for both in checked._warnings
        )
        params = checked.validated_parameters
        if checked.error_messages:
            result: Result = {"failed": True, "msg": self._refusal(checked)}
        else:
            context = self._context(params, variables, mask=mask, warn=warnings.append)
            result = execute(self.entry, params, context)
        if warnings:
            # In the result, not on Display: core shows them from there once they are masked with the rest of it.
            result["warnings"] = [mask.hide(text) for text in dict.fromkeys(warnings)]
        if checked._deprecations:
            result["deprecations"] = checked._deprecations
        if injects_invocation(variables):
            result["invocation"] = {"module_args": params}
        return without(set() if CORE_MASKS else checked._no_log_values, mask.scrub(as_json(result)))

    def _refusal(self, checked: ValidationResult) -> str:
        """The sentence that AnsibleModule would fail with."""
        if isinstance(checked.errors[0], UnsupportedError):
            return f"Unsupported parameters for ({self._task.action}) module: {checked.errors.msg}"
        return str(checked.errors.msg)

    def _context(
        self, params: Variables, variables: Variables, *, mask: Mask, warn: t.Callable[[str], None]
    ) -> Context:
        environ = dict(os.environ)
        return Context(
            check_mode=bool(self._task.check_mode),
            diff=bool(self._task.diff),
            environ=environ,
            base_dir=os.getcwd(),
            clock=clock_for(endpoint=params.get("endpoint"), environ=environ),
            task_host=self._host_name(variables),
            in_process=True,
            warn=warn,
            mask=mask.add,
        )


class Surroundings:
    """The environment and the working folder of this process, changed and put back.

    One worker runs all items of a loop: what one item sets must not reach the next. `leave` may be called
    more than once and before `enter` was through.
    """

    def __init__(self) -> None:
        self._environ = dict(os.environ)
        self._folder = _working_folder()

    def enter(self, *, environ: t.Mapping[str, str], folder: str) -> None:
        """Set what a module would find, PWD included, which the shell that starts one sets."""
        os.chdir(folder)
        os.environ.update({"PWD": os.getcwd(), **environ})

    def leave(self) -> None:
        """Put back what was there before."""
        if os.environ != self._environ:
            for name in os.environ.keys() - self._environ.keys():
                del os.environ[name]
            os.environ.update(self._environ)
        if self._folder is not None and _working_folder() != self._folder:
            os.chdir(self._folder)


def _failure(error: CertificatesError) -> Result:
    return {"changed": False, **error.as_result(), "failed": True}


def _working_folder() -> t.Optional[str]:
    try:
        return os.getcwd()
    except OSError:  # it was removed while ansible-playbook ran
        return None


def as_json(value: t.Any) -> t.Any:
    """The value as a module would receive or return it: plain types, without Ansible's tags.

    Tagged and lazy values are subclasses of str, dict and list that json and yaml treat differently.
    """
    return json.loads(json.dumps(value, default=_as_json_type))


def _as_json_type(value: t.Any) -> t.Any:
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return list(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return str(value)


def injects_invocation(variables: Variables) -> bool:
    """Whether results carry the options: always before core 2.21, since then by configuration."""
    try:
        return bool(C.config.get_config_value("INJECT_INVOCATION", variables=variables))
    except (AnsibleError, KeyError):
        return True


def without(secrets: set[str], result: Result) -> Result:
    """The result with every value of a secret option cut out, as AnsibleModule does before core 2.22."""
    if not secrets:
        return result
    kept = {name: value for name, value in result.items() if value is None or isinstance(value, bool)}
    # Here, since core 2.25 will no longer have it and does not need it.
    from ansible.module_utils.common.parameters import remove_values

    cut: Result = remove_values(result, secrets)
    return {**cut, **kept}
