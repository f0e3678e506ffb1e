"""Finds the delivered survey files in the landing folders."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from lakehouse.errors import UnreadableInputError, UsageError
from lakehouse.printable import printable

_SUFFIXES = (".csv", ".csv.gz", ".csv.bz2", ".tsv", ".txt", ".zip", ".xlsx", ".xlsb", ".xls", ".ods")
_HIDDEN = (".", "_")


@dataclass(frozen=True)
class LandingFile:
    """A delivered file. `path`: absolute. `relative`: its path below `root`, printable and with forward slashes.
    `members`: the file in the zip archive `path`, or the sheets of the workbook `path`; empty for other files."""

    path: Path
    root: Path
    relative: str
    members: tuple[str, ...] = ()


def find_files(roots: Sequence[str]) -> tuple[LandingFile, ...]:
    """The .csv and .csv.gz files below the roots, each once, sorted by relative path. A root may be a single file.

    Files and folders whose names begin with a dot or an underscore are ignored. Raises `UsageError` for a root that
    does not exist or is a file of another kind, and `UnreadableInputError` for a folder that cannot be listed.
    """
    # A file below several roots belongs to the outermost: the longer path keeps folder names, which may hold a date.
    candidates = sorted(
        (file for root in roots for file in _files_of(root)),
        key=lambda file: (-file.relative.count("/"), file.relative, str(file.path)),
    )
    by_real_path: dict[str, LandingFile] = {}
    for file in candidates:
        by_real_path.setdefault(os.path.realpath(file.path), file)
    return tuple(sorted(by_real_path.values(), key=lambda file: (file.relative, str(file.path))))


def require_roots(roots: Sequence[str]) -> None:
    """Raises `UsageError` for a root that does not exist, or is a file that is neither .csv nor .csv.gz."""
    for root in roots:
        _existing(root)


def _existing(root: str) -> Path:
    path = Path(re.sub(r"^file:(//(?=/))?", "", root)).absolute()
    if not path.exists():
        raise UsageError(
            f"The landing path {root!r} does not exist on this machine: "
            "set --landing to a folder or a file of surveys (.csv or .csv.gz)."
        )
    if not path.is_dir() and not path.name.lower().endswith(_SUFFIXES):
        raise UsageError(
            f"The landing file {root!r} is neither .csv nor .csv.gz: set --landing to such a file or a folder of them."
        )
    return path


def _files_of(root: str) -> Iterator[LandingFile]:
    path = _existing(root)
    if path.is_dir():
        for file in _walk(path):
            yield LandingFile(file, path, printable(file.relative_to(path).as_posix()))
    else:
        # A link that is given as a root is trusted: its root is the folder of its target.
        yield LandingFile(path, Path(os.path.realpath(path)).parent, printable(path.name))


def _walk(root: Path) -> Iterator[Path]:
    """Survey files below a folder. Links are followed, and each real folder is entered once."""
    entered = {os.path.realpath(root)}
    for folder, folders, names in os.walk(root, onerror=_cannot_list, followlinks=True):
        folders[:] = [name for name in sorted(folders) if _may_enter(Path(folder, name), entered)]
        for name in names:
            path = Path(folder, name)
            # Broken links, pipes and the like are listed too, so that preflight refuses them by name.
            if name.lower().endswith(_SUFFIXES) and not name.startswith(_HIDDEN):
                yield path


def _may_enter(folder: Path, entered: set[str]) -> bool:
    """Whether a folder is not hidden and not entered yet; remembers that it is entered now."""
    real = os.path.realpath(folder)
    if folder.name.startswith(_HIDDEN) or real in entered:
        return False
    entered.add(real)
    return True


def _cannot_list(error: OSError) -> NoReturn:
    raise UnreadableInputError(
        f"The landing folder {error.filename} cannot be listed ({error.strerror}): allow this user to read it."
    ) from error
