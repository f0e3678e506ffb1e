"""The survey files that lie in the landing folders."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from lakehouse.errors import UnreadableInputError, UsageError
from lakehouse.printable import printable

_SUFFIXES = (".csv", ".csv.gz")
_HIDDEN = (".", "_")


@dataclass(frozen=True)
class LandingFile:
    """A delivered file: `path` is absolute, `relative` its path below `root` with forward slashes, printable."""

    path: Path
    root: Path
    relative: str


def find_files(roots: Sequence[str]) -> tuple[LandingFile, ...]:
    """The .csv and .csv.gz files at or below the roots, each once, sorted by relative path.

    Names that begin with a dot or an underscore are left aside below a root. Raises `UsageError` for a root
    that does not exist or a single file of another kind, and `UnreadableInputError` for a folder that cannot be
    listed.
    """
    # The outermost root wins: its relative path keeps the folders, and with them a date.
    found = sorted(
        (file for root in roots for file in _files_of(root)),
        key=lambda file: (-file.relative.count("/"), file.relative, str(file.path)),
    )
    once: dict[str, LandingFile] = {}
    for file in found:
        once.setdefault(os.path.realpath(file.path), file)
    return tuple(sorted(once.values(), key=lambda file: (file.relative, str(file.path))))


def require_roots(roots: Sequence[str]) -> None:
    """Raises `UsageError` for a root that does not exist, or a single file of another kind."""
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
        for below in _walk(path):
            yield LandingFile(below, path, printable(below.relative_to(path).as_posix()))
    else:
        # Whoever names a link means what it points at.
        yield LandingFile(path, Path(os.path.realpath(path)).parent, printable(path.name))


def _walk(root: Path) -> Iterator[Path]:
    """Files below a folder; links are followed, each real folder is entered once."""
    entered = {os.path.realpath(root)}
    for folder, folders, names in os.walk(root, onerror=_cannot_list, followlinks=True):
        folders[:] = [name for name in sorted(folders) if _enters(Path(folder, name), entered)]
        for name in names:
            path = Path(folder, name)
            # Dangling links, pipes and the like are listed too: they are refused by name, not passed over.
            if name.lower().endswith(_SUFFIXES) and not name.startswith(_HIDDEN):
                yield path


def _enters(folder: Path, entered: set[str]) -> bool:
    real = os.path.realpath(folder)
    if folder.name.startswith(_HIDDEN) or real in entered:
        return False
    entered.add(real)
    return True


def _cannot_list(error: OSError) -> NoReturn:
    raise UnreadableInputError(
        f"The landing folder {error.filename} cannot be listed ({error.strerror}): allow this user to read it."
    ) from error
