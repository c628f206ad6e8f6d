# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The quality gates, each a test: what a hub, a reviewer and the community's own checks would say of this collection.

Nothing is skipped, excused or ignored here. A gate that fails prints the tool's own words and its command.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from sanity.tracked_copy import CHECKOUT, make_tracked_copy

BUILD = CHECKOUT / ".build"
TOOLS = BUILD / "lint" / "bin"
TREE = BUILD / "collections"
COLLECTION = "ansible_collections/cncloud/certificates"

# The Pythons that ansible-core 2.20 and later know as targets.
TARGET_PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
THIS_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

# ansible-core 2.19 asks for the one, 2.20 to 2.22 for the other.
GET_PIP_NAMES = ("get_pip_24_2.py", "get_pip_25_2.py")


def gate(*command: str | Path, cwd: Path, **variables: str) -> str:
    """Run a tool of the lint environment and return what it printed; fail with that when it is not content."""
    environment = {
        **os.environ,
        "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}",
        "NO_COLOR": "1",
        **variables,
    }
    if COLLECTION in str(cwd):  # in a copy the tools look at that copy alone
        environment["ANSIBLE_COLLECTIONS_PATH"] = str(cwd).partition(COLLECTION)[0]
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        pytest.fail(f"{shlex.join(words)}\nended with {done.returncode}:\n\n{done.stdout}", pytrace=False)
    return done.stdout


@pytest.fixture(scope="session")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection as a release would hold it."""
    return make_tracked_copy(tmp_path_factory.mktemp("tracked"))


def real_interpreters() -> dict[str, Path]:
    """Python version to an interpreter that was executed and answered with that version."""
    folders = [Path(folder) for folder in os.environ["PATH"].split(os.pathsep)]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    folders += [path / "bin" for path in sorted(pyenv.glob("3.*"))]
    found: dict[str, Path] = {}
    for version in TARGET_PYTHONS:
        for folder in folders:
            interpreter = answering(folder / f"python{version}", version)
            if interpreter:
                found[version] = interpreter
                break
    return found


def answering(candidate: Path, version: str) -> Path | None:
    """The interpreter behind the candidate (a pyenv shim stands before another one), None where none answers."""
    question = "import os, sys; print('%d.%d' % sys.version_info[:2], os.path.realpath(sys.executable), sep='\\n')"
    try:
        answer = subprocess.run([candidate, "-c", question], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    answered, executable = answer.splitlines()
    return Path(executable) if answered == version else None


@pytest.fixture(scope="session")
def interpreters() -> dict[str, Path]:
    return real_interpreters()


@pytest.fixture(scope="session")
def get_pip() -> None:
    """Put the stand-in where ansible-test looks before it downloads."""
    cache = Path.home() / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for name in GET_PIP_NAMES:
        if not (cache / name).exists():
            shutil.copyfile(Path(__file__).with_name("get_pip_stand_in.py"), cache / name)


@pytest.mark.usefixtures("get_pip")
@pytest.mark.xdist_group("ansible-test")
@pytest.mark.parametrize("version", [THIS_PYTHON, *(known for known in TARGET_PYTHONS if known != THIS_PYTHON)])
def test_ansible_test(tracked: Path, interpreters: Mapping[str, Path], version: str) -> None:
    """All sanity tests on the Python of this run; on the others those two whose verdict depends on the Python."""
    if version not in interpreters:
        pytest.skip(f"not run: there is no Python {version} on this machine")
    selection = [] if version == THIS_PYTHON else ["--test", "compile", "--test", "import"]
    folders = [str(interpreter.parent) for interpreter in interpreters.values()]
    gate(
        *("ansible-test", "sanity", "--venv", "--python", version, "--color", "no", *selection),
        cwd=tracked,
        PATH=os.pathsep.join([str(TOOLS), *folders, os.environ["PATH"]]),
    )


def test_no_ignore_files(tracked: Path) -> None:
    """Even an empty one is a warning of galaxy-importer."""
    assert not list(tracked.glob("tests/sanity/ignore*"))


def test_ansible_lint(tracked: Path) -> None:
    gate("ansible-lint", cwd=tracked)


def test_antsibull_docs(tracked: Path) -> None:
    gate(
        *("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck", "--check-extra-docs-refs"),
        *("--validate-collection-refs=all", "--disallow-unknown-collection-refs", "."),
        cwd=tracked,
    )


def test_antsibull_changelog(tracked: Path) -> None:
    gate("antsibull-changelog", "lint", cwd=tracked)
    gate("antsibull-changelog", "lint-changelog-yaml", "--strict", "changelogs/changelog.yaml", cwd=tracked)


def test_galaxy_importer(tracked: Path, tmp_path: Path) -> None:
    """What Galaxy and an automation hub say when the release is uploaded; ansible-test has run on its own above."""
    gate("ansible-galaxy", "collection", "build", "--output-path", tmp_path, cwd=tracked)
    (artifact,) = tmp_path.glob("*.tar.gz")
    settings = tmp_path / "galaxy-importer.cfg"
    settings.write_text("[galaxy-importer]\ncheck_required_tags = True\nrun_ansible_test = False\nrun_flake8 = False\n")
    said = gate(
        *(TOOLS / "python", "-m", "galaxy_importer.main", artifact), cwd=tmp_path, GALAXY_IMPORTER_CONFIG=str(settings)
    )
    remarks = [line for line in said.splitlines() if line.startswith(("WARNING", "ERROR", "CRITICAL"))]
    assert not remarks, said


def test_ruff() -> None:
    gate("ruff", "check", "--quiet", cwd=CHECKOUT)


# Where the tests import from beside the collection tree: the emulator, and the collections that stand in for a user's.
MYPY_FOLDERS = ("tests", "tests/integration/in_process/collections")

# The emulator is a package of its own, `emulator`, which the other tests import by that name.
MYPY_PARTS = {
    "plugins": [f"{COLLECTION}/plugins"],
    "emulator": ["--package", "emulator"],
    "tests": [f"{COLLECTION}/tests", "--exclude", "/tests/emulator/"],
}


@pytest.mark.xdist_group("mypy")  # they share a cache
@pytest.mark.parametrize("part", MYPY_PARTS)
def test_mypy(part: str) -> None:
    """Strict, on the plugins and on all that tests them."""
    gate(
        *(sys.executable, "-m", "mypy", "--config-file", str(CHECKOUT / "pyproject.toml")),
        *("--cache-dir", str(BUILD / "mypy"), *MYPY_PARTS[part]),
        cwd=TREE,
        MYPYPATH=os.pathsep.join(str(CHECKOUT / folder) for folder in MYPY_FOLDERS),
    )
