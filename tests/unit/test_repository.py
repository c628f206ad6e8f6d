# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules that hold for every file of a kind, whoever adds the next one."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
COLLECTION = "cncloud.certificates"
PACKAGE = f"ansible_collections.{COLLECTION}"

HEADER = (
    "# Copyright (c) 2026, The cncloud.certificates contributors\n"
    "# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)\n"
    "# SPDX-License-Identifier: GPL-3.0-or-later\n"
)
PRIVATE = "# This module util is PRIVATE to the collection and may change at any time."


def of(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def names_in(folder: str) -> list[str]:
    return sorted(path.stem for path in (PLUGINS / folder).glob("*.py") if path.stem != "__init__")


def tracked() -> list[Path]:
    """What git knows; every file where there is no git (a release that was unpacked)."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        return [path for path in ROOT.rglob("*") if path.is_file() and ".build" not in path.parts]
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def absolute_imports(path: Path) -> set[str]:
    """The modules of this collection that a file imports, as paths below plugins: `module_utils._http`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{PACKAGE}.plugins."):
            base = str(node.module).removeprefix(f"{PACKAGE}.plugins.")
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return found


# --- Every file -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*of("plugins"), *of("tests")], ids=relative)
def test_licence_header(path: Path) -> None:
    text = path.read_text().removeprefix("#!/usr/bin/python\n#\n")  # as Ansible wants a module to begin
    assert not text or text.startswith(HEADER)


@pytest.mark.parametrize("path", of("plugins/module_utils"), ids=relative)
def test_module_utils_say_that_they_are_private(path: Path) -> None:
    text = path.read_text()
    assert not text or PRIVATE in text
    assert any(part.startswith("_") for part in path.relative_to(PLUGINS / "module_utils").parts)


@pytest.mark.parametrize("path", of("plugins"), ids=relative)
def test_annotations_are_not_evaluated(path: Path) -> None:
    """`X | None` in an annotation is only text then, also for Python 3.9."""
    body = ast.parse(path.read_text()).body
    imports = [node for node in body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    assert not body or [alias.name for node in imports for alias in node.names] == ["annotations"]


@pytest.mark.parametrize("path", of("plugins"), ids=relative)
def test_no_assert(path: Path) -> None:
    """Python leaves assertions out under -O; ansible-test looks at modules only."""
    assert [node.lineno for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Assert)] == []


@pytest.mark.parametrize("path", [*of("plugins"), *of("tests")], ids=relative)
def test_suppressions_have_a_reason(path: Path) -> None:
    """`# noqa: E402 - why` and `# type: ignore[misc]  # why`."""
    marker = re.compile(r"#\s*(?:noqa(?P<rule>:\s*[A-Z0-9, ]+)?|type:\s*ignore(?P<kind>\[[a-z, -]+\])?)(?P<reason>.*)")
    without = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = marker.search(line)
        if found and not ((found["rule"] or found["kind"]) and re.search(r"[a-z]{3}", found["reason"])):
            without.append(f"{relative(path)}:{number}: {line.strip()}")
    assert without == []


def test_no_path_of_one_machine() -> None:
    """What works only where it was written."""
    pattern = re.compile("|".join("/" + folder + "/" for folder in ("work", "root", "farm")))
    found = []
    for path in tracked():
        try:
            lines = path.read_text().splitlines()
        except UnicodeDecodeError:
            continue  # an image, an archive
        found += [f"{relative(path)}:{number}" for number, line in enumerate(lines, 1) if pattern.search(line)]
    assert found == []


# --- Modules, actions and groups ------------------------------------------------------------------------------------


def test_every_module_has_its_action_and_the_other_way_round() -> None:
    assert names_in("modules") == names_in("action")


@pytest.mark.parametrize("name", names_in("action"))
def test_an_action_has_no_logic(name: str) -> None:
    """Imports aside it is one class of one statement: the service and the in-process way stand elsewhere."""
    body = ast.parse((PLUGINS / "action" / f"{name}.py").read_text()).body
    rest = [node for node in body if not isinstance(node, (ast.Import, ast.ImportFrom, ast.Expr))]
    assert [type(node) for node in rest] == [ast.ClassDef]
    (action,) = t.cast(list[ast.ClassDef], rest)
    assert action.name == "ActionModule"
    assert len([node for node in action.body if not isinstance(node, ast.Expr)]) == 1


@pytest.fixture(scope="session")
def documented() -> dict[str, t.Any]:
    """What ansible-doc says of each module, by its short name."""
    if not names_in("modules"):
        return {}
    command = [str(Path(sys.executable).with_name("ansible-doc")), "--json", "--type", "module"]
    command += [f"{COLLECTION}.{name}" for name in names_in("modules")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {name.removeprefix(f"{COLLECTION}."): page["doc"] for name, page in json.loads(said).items()}


def test_action_groups_are_what_the_modules_document(documented: dict[str, t.Any]) -> None:
    declared = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]
    said: dict[str, set[str]] = {}
    for name, page in documented.items():
        for group in page["attributes"]["action_group"]["membership"]:
            said.setdefault(group.removeprefix(f"{COLLECTION}."), set()).add(name)
    assert {group: set(members) for group, members in declared.items()} == said
    assert sorted(declared["all"]) == names_in("modules")


def test_groups_are_sorted() -> None:
    declared = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]
    assert declared == {group: sorted(declared[group]) for group in sorted(declared)}


# --- What an import does --------------------------------------------------------------------------------------------

IMPORT_ALL = """
import importlib, importlib.abc, json, sys

class Blocked(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED:
            raise ImportError(f"{name} is not there")

sys.meta_path.insert(0, Blocked())
for name in BLOCKED:
    try:
        importlib.import_module(name)
    except ImportError:
        continue
    sys.exit(f"{name} was imported, so this proves nothing")

import _thread, random, socket, threading
LIVE = (random.Random, socket.socket, threading.Thread, type(_thread.allocate_lock()), type(threading.RLock()))
live = []
for name in MODULES:
    module = importlib.import_module(name)
    live += [f"{name}.{key}" for key, value in vars(module).items() if isinstance(value, LIVE)]
print(json.dumps({"live": live, "loaded": [name for name in HEAVY if name in sys.modules]}))
"""


def import_all(*folders: str, blocked: tuple[str, ...] = (), heavy: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Import what is in these folders of plugins in a fresh Python; say what lives in it, and which of `heavy` came."""
    modules = [
        ".".join([PACKAGE, *path.relative_to(ROOT).with_suffix("").parts]).removesuffix(".__init__")
        for folder in folders
        for path in of(f"plugins/{folder}")
    ]
    values = f"BLOCKED = {blocked!r}\nMODULES = {modules!r}\nHEAVY = {heavy!r}\n"
    environment = {**os.environ, "PYTHONPATH": os.environ["ANSIBLE_COLLECTIONS_PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", values + IMPORT_ALL], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return t.cast(dict[str, list[str]], json.loads(done.stdout))


CODE = sorted(path.name for path in PLUGINS.iterdir() if path.name not in {"doc_fragments", "__pycache__"})


def test_every_plugin_is_imported_without_the_libraries() -> None:
    """A missing import at the top of an action would end the whole run of ansible-playbook, not one task."""
    import_all(*CODE, blocked=("requests", "urllib3", "cryptography"))


def test_an_import_makes_nothing_that_a_fork_would_share() -> None:
    """Measured: a session and a random generator made at import were shared by all workers."""
    assert import_all(*CODE)["live"] == []


def test_cryptography_is_imported_by_what_needs_it_only() -> None:
    """It takes longer than all else together, and a run without a change rarely needs it."""
    assert import_all("module_utils", "modules", heavy=("cryptography",))["loaded"] == []


# --- Layers ---------------------------------------------------------------------------------------------------------

CLOUDS = ("_aliyun", "_huawei", "_tencent")


@pytest.mark.parametrize("path", of("plugins/module_utils"), ids=relative)
def test_imports_point_downwards(path: Path) -> None:
    inside = path.relative_to(PLUGINS / "module_utils").parts[0]
    imported = {name.split(".")[1] for name in absolute_imports(path) if name.startswith("module_utils.")}
    assert not {name for name in absolute_imports(path) if not name.startswith("module_utils.")}
    assert not imported & (set(CLOUDS) - {inside}), "one cloud's code, or what all clouds share, knows another cloud"
    if inside == "_signing":
        assert imported <= {"_signing"}, "a signer knows nothing but the request"
    if inside == "_resource.py":
        assert not imported & {"_http", "_signing", "_entry"}, "the reconcile loop knows no wire"


# --- Roles ----------------------------------------------------------------------------------------------------------

ROLES = sorted(path.parent for path in (ROOT / "roles").glob("*/meta"))


@pytest.mark.parametrize("role", ROLES, ids=lambda role: str(role.name))
def test_role_defaults_are_what_its_specification_says(role: Path) -> None:
    defaults = yaml.safe_load((role / "defaults" / "main.yml").read_text()) or {}
    options = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    assert defaults == {name: option["default"] for name, option in options.items() if "default" in option}
    assert all(name.startswith(f"{role.name}_") for name in options)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: str(role.name))
def test_role_has_a_readme_that_names_every_variable(role: Path) -> None:
    options = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    text = (role / "README.md").read_text()
    assert [name for name in options if f"`{name}`" not in text] == []
