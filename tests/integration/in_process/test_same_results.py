# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever a task gives and whatever the service does: the play gets the same result both ways."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.cncloud.certificates.tests.integration.both_ways import (
    PlaybookRun,
    both_ways,
    differences,
)
from ansible_collections.cncloud.certificates.tests.integration.in_process.probes import PROBE, probe, probe_setting

pytestmark = pytest.mark.xdist_group("in_process_same_results")

SECRET = "open-sesame-77"
OPEN = "{{ open_secret }}"
"""Not in the text of a task: core shows the lines of a playbook around a task that failed."""
VAULTED = "vaulted-sesame-88"
VAULT_PASSWORD = "the vault's password"

VALIDATION: dict[str, dict[str, t.Any]] = {
    "unknown option": {"nope": 1},
    "unknown option of a part": {"parts": {"nope": 1}},
    "mutually exclusive": {"left": "a", "right": "b"},
    "required if": {"state": "absent"},
    "required by": {"fraction": 1.5},
    "not a number": {"number": "x"},
    "not a choice": {"choice": "three"},
    "not a boolean": {"flag": "perhaps"},
    "required in a row": {"rows": [{"label": "x"}]},
    "secret that is no choice": {"secret_kind": OPEN},
    "secret that is no number": {"secret_number": OPEN},
    "several errors": {"number": "x", "left": "a", "right": "b", "nope": 1},
}

VALUES: dict[str, dict[str, t.Any]] = {
    "list as text": {"text": [1, {"a": "b"}]},
    "dictionary as text": {"text": {"a": 1, "b": [True]}},
    "coerced": {"text": 42, "number": "3", "fraction": "1.5", "flag": "yes", "items": "a,b,c", "table": "a=1 b=2"},
    "raw": {"anything": {"a": [1, 2.5, True, None, "x"]}},
    "numbers as text": {"text": 1.10, "items": [1.10, 600, "0600"]},
    "booleans as text": {"text": True, "items": [True, None]},
    "null": {"text": None, "number": None, "items": None},
    "empty": {"text": "", "password": ""},
    "templates": {"text": "{{ v }}", "number": "{{ v }}", "anything": ["{{ v }}", {"k": "{{ v }}", "l": ["{{ v }}"]}]},
    "templates within variables": {"anything": "{{ nested }}", "table": "{{ nested }}", "rows": "{{ rowlist }}"},
    "warning with a secret": {"password": OPEN, "warn": [f"holds {OPEN}"]},
    "omitted": {"text": "{{ omit }}", "anything": [1, "{{ omit }}"]},
    "path": {"path": "~/a/$A/b"},
    "answer of many types": {"answer": {"a": [1, 1.5, None, True, "€ üñí"], "1": 2}},
    "secret in the answer": {
        "password": OPEN,
        "text": f"x {OPEN} y",
        "answer": {"deep": [OPEN, 1, True, f"<{OPEN}>"]},
        "change": True,
    },
    "secret of a part": {"parts": {"size": "3", "pin": OPEN}, "text": OPEN},
    "secret number": {"secret_number": 123456789, "answer": [123456789], "number": 123456789},
    "short secret": {"password": "ab", "text": "cabbage"},
    "run-time secret": {"mask": [OPEN], "warn": ["careful", "careful", f"holds {OPEN}"], "answer": [OPEN]},
    "foreseen failure": {"fail": "foreseen", "password": OPEN},
    "unforeseen failure": {"fail": "unforeseen", "password": OPEN},
    "warnings of a failure": {"fail": "foreseen", "warn": ["careful"]},
    "alias beside its option": {"words": "x", "text": "y"},
    "alias": {"words": "x"},
    "deprecated option": {"old": "x"},
    "changed": {"change": True},
}

YAML_ONLY = """
- name: dates
  {probe}: {{text: 2026-11-22 08:00:00, anything: 2026-11-22, items: [2026-11-22 08:00:00]}}
- name: unsafe text
  {probe}: {{text: !unsafe "{{{{ v }}}}", anything: [!unsafe "{{{{ v }}}}"]}}
- name: keys that are no text
  {probe}: {{answer: {{1: 2}}}}
- name: vaulted variable
  {probe}: {{password: "{{{{ vaulted }}}}", text: "got {{{{ vaulted }}}}", anything: "{{{{ vaulted }}}}"}}
- name: vaulted within a variable
  {probe}: {{password: "{{{{ vaulted }}}}", anything: "{{{{ holder }}}}"}}
- name: vaulted in the task
  {probe}: {{password: !vault {vaulted}, anything: [!vault {vaulted}]}}
- name: answer that looks like a template
  {probe}: {{answer: !unsafe "{{{{ v }}}}"}}
  register: first
- name: answer given again
  {probe}: {{answer: "{{{{ first.answer }}}}"}}
"""


class Runs(t.NamedTuple):
    here: PlaybookRun
    there: PlaybookRun
    found: list[str]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """All cases in one play, once each way: starting ansible-playbook is what costs time."""
    folder = tmp_path_factory.mktemp("same")
    return run_all(folder)


def run_all(folder: Path) -> Runs:
    (folder / "vault-password").write_text(VAULT_PASSWORD, encoding="utf-8")
    vault = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))])
    vaulted = vault.encrypt(VAULTED).decode()
    quoted = '"' + vaulted.replace("\n", "\\n") + '"'
    (folder / "secrets.yml").write_text(f"vaulted: !vault {quoted}\n", encoding="utf-8")
    tasks = yaml.safe_dump(
        [probe(name, options) for name, options in {**VALIDATION, **VALUES}.items()], sort_keys=False
    )
    tasks += YAML_ONLY.format(probe=PROBE, vaulted=quoted)
    setting = probe_setting(
        play={"environment": {"A": 1}, "diff": True, "vars_files": ["secrets.yml"]},
        arguments=["--vault-password-file", str(folder / "vault-password"), "-e", f"@{variables_file(folder)}"],
    )
    here, there = both_ways(tasks, folder=folder, setting=setting)
    return Runs(here=here, there=there, found=differences(here, there))


def variables_file(folder: Path) -> Path:
    path = folder / "variables.yml"
    path.write_text(
        yaml.safe_dump(
            {
                "v": "{{ 40 + 2 }}",
                "open_secret": SECRET,
                "nested": {"a": "{{ v }}", "b": ["{{ v }}", {"c": "{{ v }}"}]},
                "rowlist": [{"id": "{{ v }}", "label": "{{ v }}"}],
                "holder": {"a": ["{{ vaulted }}"]},
            }
        ),
        encoding="utf-8",
    )
    return path


NAMES_OF_YAML_ONLY = [line.removeprefix("- name: ") for line in YAML_ONLY.splitlines() if line.startswith("- name: ")]


@pytest.mark.parametrize("name", [*VALIDATION, *VALUES, *NAMES_OF_YAML_ONLY])
def test_result_is_the_same_both_ways(runs: Runs, name: str) -> None:
    assert runs.here.of(name).status == runs.there.of(name).status
    assert [line for line in runs.found if line.startswith(f"{name} localhost ")] == []


@pytest.mark.parametrize("name", VALIDATION)
def test_wrong_options_are_a_failure_that_can_be_ignored(runs: Runs, name: str) -> None:
    found = runs.here.of(name)
    assert found.status == "ignored"
    assert found.result["msg"]
    assert "given" not in found.result


def test_no_secret_is_shown_or_handed_to_callbacks(runs: Runs) -> None:
    for run in runs.here, runs.there:
        for secret in SECRET, VAULTED:
            assert secret not in run.output
            assert [each.task for each in run.results if secret in repr(each.result)] == []


def test_values_arrive_as_the_types_of_the_spec(runs: Runs) -> None:
    given = runs.here.of("coerced").result["given"]
    assert {name: given[name] for name in ("text", "number", "fraction", "flag", "items", "table")} == {
        "text": "42",
        "number": 3,
        "fraction": 1.5,
        "flag": True,
        "items": ["a", "b", "c"],
        "table": {"a": "1", "b": "2"},
    }
    plain = {"str", "int", "float", "bool", "NoneType"}
    for each in runs.here.results:
        assert set(leaves(each.result.get("types", {}))) <= plain


def leaves(value: t.Any) -> t.Iterator[t.Any]:
    if isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def test_failure_is_data(runs: Runs) -> None:
    found = runs.here.of("foreseen failure").result
    assert found["error"]["kind"] == "throttled"
    assert found["error"]["code"] == "Probe.Refused"
    assert found["challenge"] == [{"type": "TXT", "value": "proof"}]


def test_vaulted_options_reach_the_service(runs: Runs) -> None:
    for name in ("vaulted variable", "vaulted within a variable", "vaulted in the task"):
        given = runs.here.of(name).result["given"]
        assert given["password"] not in (None, "", VAULTED)


def test_answers_are_not_templated_again(runs: Runs) -> None:
    assert runs.here.of("answer given again").result["answer"] == "{{ v }}"
