# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every test: where the collection is imported from, and that no test meets a real account.

pytest-ansible ends in December 2026, so this is the only file that knows it. It installs ansible-core's own finder of
collections, through which plugins are loaded as in a real run, and puts the tree on `sys.path`; without it that is
`_AnsibleCollectionFinder(paths=[...])._install()` and an insertion.
"""

from __future__ import annotations

import collections
import contextlib
import os
from pathlib import Path

import hypothesis
import pytest
from pytest_ansible.units import inject_only

CHECKOUT = Path(__file__).resolve().parents[1]
IN_TREE = ("ansible_collections", "cncloud", "certificates")

# Credentials, profiles and proxies of whoever runs the tests.
FOREIGN_VARIABLES = (
    "ALIBABA", "ALICLOUD", "HUAWEI", "HW_", "OS_", "TENCENT", "ANSIBLE_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY",
)  # fmt: skip


def collections_folder() -> Path:
    """The folder that holds `ansible_collections`, made of one link where the checkout is not in such a tree itself."""
    if CHECKOUT.parts[-3:] == IN_TREE:
        return CHECKOUT.parents[2]
    folder = CHECKOUT / ".build" / "collections"
    link = folder.joinpath(*IN_TREE)
    link.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):  # made by make, by an earlier run or by another worker of this one
        link.symlink_to(os.path.relpath(CHECKOUT, link.parent), target_is_directory=True)
    return folder


COLLECTIONS = collections_folder()

for variable in list(os.environ):
    if variable.upper().startswith(FOREIGN_VARIABLES):
        del os.environ[variable]
os.environ["ANSIBLE_COLLECTIONS_PATH"] = str(COLLECTIONS)
inject_only()  # here, since conftest files below import the collection before pytest lets its plugins begin


# A machine that is busy makes no test wrong.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Let pytest-ansible use the tree named above; left alone it would make one of links inside the checkout."""
    config.option.ansible_unit_inject_only = True


LONGEST_NAME = 60


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name no test after a long text: keys differ in each process, and do not belong into reports."""
    if isinstance(val, (str, bytes)) and (len(val) > LONGEST_NAME or len(val.splitlines()) > 1):
        return argname
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what the tests of many examples took, where secrets were looked for, and how to run just what failed."""
    taken: collections.Counter[str] = collections.Counter()
    for report in terminalreporter.getreports(""):
        for name, value in report.user_properties if report.when == "teardown" else ():
            if name in ("examples", "executions"):
                taken[f"{name}: {report.nodeid.partition('[')[0]}"] += int(str(value))
            elif name == "places":
                taken["places searched for secrets"] += int(str(value))
    for line, number in taken.items():
        terminalreporter.write_line(f"{number} {line}")
    reports = [*terminalreporter.getreports("failed"), *terminalreporter.getreports("error")]
    folders = {report.nodeid.removeprefix("tests/").partition("/")[0] for report in reports}
    for target in sorted({"sanity" if folder == "leak" else folder for folder in folders}):
        terminalreporter.write_line(f"To run just what failed there: make {target} ARGS=--last-failed")
