# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may lie where a module wants to put its files."""

from __future__ import annotations

import collections.abc as c
import dataclasses
import shutil
from pathlib import Path

from hypothesis import strategies as st

NONSENSE = {
    "empty": b"",
    "text": b"not a certificate\n",
    "cut": b"-----BEGIN CERTIFICATE-----\nMIIB\n",
    "binary": bytes(range(256)),
    "huge": b"x" * (1024 * 1024 + 1),
}
MODES = (0o644, 0o600, 0o640)
ACCIDENTS = ("lost", "cut", "longer", "opened")


@dataclasses.dataclass(frozen=True)
class Thing:
    """`what`: a folder, a link, a key of `NONSENSE`, or the number of a bundle, whose file for that path it then is.

    `comment` is the line that names a certificate: right, of another, or none.
    """

    what: str | int
    mode: int = 0o644
    comment: str = "right"
    line_ends: str = "\n"


@dataclasses.dataclass(frozen=True)
class Accident:
    """What happens to the file of an option: it is lost, cut, longer or open to all, or another thing is there."""

    option: str
    what: str | Thing


@dataclasses.dataclass(frozen=True)
class Bundle:
    """The files of one certificate, by option, and its id."""

    id: str
    files: c.Mapping[str, str]


def things(*, bundles: int) -> st.SearchStrategy[Thing]:
    """Mostly files of one of so many bundles."""
    mode = st.sampled_from(MODES)
    known = st.builds(
        Thing,
        what=st.integers(0, bundles - 1),
        mode=mode,
        comment=st.sampled_from(("right", "right", "other", "none")),
        line_ends=st.sampled_from(("\n", "\n", "\n", "\r\n")),
    )
    other = st.builds(Thing, what=st.sampled_from((*NONSENSE, "folder", "link")), mode=mode)
    return known | known | known | other


def accidents(options: c.Sequence[str], *, bundles: int) -> st.SearchStrategy[Accident]:
    """Of one of these files."""
    what = (
        st.sampled_from((*ACCIDENTS, *ACCIDENTS)) | things(bundles=bundles) if bundles else st.sampled_from(ACCIDENTS)
    )
    return st.builds(Accident, st.sampled_from(options), what)


def happen_to(path: Path, accident: Accident) -> None:
    """What takes away or changes; a thing that is put there instead is for `put`."""
    if accident.what == "lost" or isinstance(accident.what, Thing):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    elif path.is_file() and not path.is_symlink():
        content = path.read_bytes()
        if accident.what == "cut":
            path.write_bytes(content[: len(content) // 2])
        elif accident.what == "longer":
            path.write_bytes(content + b"\nby hand\n")
        else:
            path.chmod(0o666)


def put(path: Path, thing: Thing, *, option: str, bundles: c.Sequence[Bundle], commented: c.Container[str]) -> None:
    """Put a thing at a path; `commented` are the options whose files begin with the comment line."""
    if thing.what == "folder":
        path.mkdir()
    elif thing.what == "link":
        path.symlink_to(path.with_name("elsewhere"))
    elif isinstance(thing.what, str):
        path.write_bytes(NONSENSE[thing.what])
        path.chmod(thing.mode)
    else:
        bundle = bundles[thing.what % len(bundles)]
        text = bundle.files[option]
        if option in commented and thing.comment != "none":
            text = f"# cncloud: {bundle.id if thing.comment == 'right' else 'another'}\n{text}"
        path.write_bytes(text.replace("\n", thing.line_ends).encode())
        path.chmod(thing.mode)
