"""Finds the delivered files in the landing folders, and tells surveys from others by their names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from glob import escape
from pathlib import Path, PurePosixPath
from typing import NoReturn

from lakehouse.errors import UnreadableInputError, UsageError
from lakehouse.places.names import is_set_aside
from lakehouse.places.objects import NO_OPTIONS, FilePath, FileVersion, ObjectPath, place, version_in, why
from lakehouse.places.uris import is_on_s3
from lakehouse.printable import printable

# What a survey file may be called, in lower case.
TEXTS = (".csv", ".tsv", ".txt")
_PACKED = (".gz", ".bz2")
WORKBOOKS = (".xlsx", ".xlsb", ".xls", ".ods")
SUFFIXES = (*TEXTS, *(text + packed for text in TEXTS for packed in _PACKED), ".zip", *WORKBOOKS)
SUFFIXES_IN_WORDS = f"{', '.join(TEXTS)} (also with {' or '.join(_PACKED)}), .zip, {', '.join(WORKBOOKS)}"


@dataclass(frozen=True)
class LandingFile:
    """A delivered file. `path`: absolute. `relative`: its path below `root`, printable and with forward slashes.
    `members`: the file in the zip archive `path`, or the sheets of the workbook `path`; empty for other files."""

    path: FilePath
    root: FilePath
    relative: str
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ignored:
    """A file that is no survey by its name: nothing of it is opened. `reason`: one sentence with the way out."""

    file: LandingFile
    reason: str

    @classmethod
    def of(cls, file: LandingFile) -> Ignored:
        """The file, with the pattern that would set its like aside."""
        name = PurePosixPath(file.relative)
        pattern = f"*{escape(name.suffix)}" if name.suffix else escape(name.name)
        return cls(
            file,
            f"no survey file by its name: {SUFFIXES_IN_WORDS} is read. Deliver it as CSV, or add '{pattern.lower()}' "
            "to set_aside in conf/base.yml",
        )


def is_survey(path: FilePath) -> bool:
    """Whether a file is read as a survey, by its name."""
    return path.name.lower().endswith(SUFFIXES)


def find_files(
    roots: Sequence[str], set_aside: Sequence[str], options: Mapping[str, str] = NO_OPTIONS
) -> tuple[LandingFile, ...]:
    """The files below the roots, each once, sorted by relative path. A root may be a single file.

    `set_aside`: patterns of names; such files are left out, and such folders not entered. `options`: the Spark options
    of the configuration, which say where an object store is. Raises `UsageError` for a root that does not exist or is a
    file of another kind, and `UnreadableInputError` for a folder that cannot be listed.
    """
    # A file below several roots belongs to the outermost: the longer path keeps folder names, which may hold a date.
    # Of the names of one file, through links, one that can be read goes first.
    candidates = sorted(
        (file for root in roots for file in _files_of(root, set_aside, options)),
        key=lambda file: (not is_survey(file.path), -file.relative.count("/"), file.relative, str(file.path)),
    )
    by_real_path: dict[str, LandingFile] = {}
    for file in candidates:
        by_real_path.setdefault(_real(file.path), file)
    return tuple(sorted(by_real_path.values(), key=lambda file: (file.relative, str(file.path))))


def _real(path: FilePath) -> str:
    return str(path) if isinstance(path, ObjectPath) else os.path.realpath(path)


def versions_of(files: Iterable[LandingFile]) -> dict[str, FileVersion]:
    """Path -> version, of each file. What is no file that could be read has a version that never changes."""
    return {str(file.path): _version(file.path) for file in files}


def _version(path: FilePath) -> FileVersion:
    try:
        return path.listed_version() if isinstance(path, ObjectPath) else version_in(path.stat())
    except OSError:
        return FileVersion(0, 0)


def require_roots(roots: Sequence[str], options: Mapping[str, str] = NO_OPTIONS) -> None:
    """Raises `UsageError` for a root that does not exist, or is a file that is no survey by its name, and
    `UnreadableInputError` for an object store that does not answer. `options`: see `find_files`."""
    for root in roots:
        _existing(root, options)


def _existing(root: str, options: Mapping[str, str]) -> FilePath:
    path = place(re.sub(r"^file:(//(?=/))?", "", root), options)
    is_folder, exists = _kind(path)
    if not exists:
        raise UsageError(
            f"The landing path {root!r} does not exist{'' if is_on_s3(root) else ' on this machine'}: "
            f"set --landing to a folder or a file of surveys ({SUFFIXES_IN_WORDS})."
        )
    if not is_folder and not is_survey(path):
        raise UsageError(
            f"The landing file {root!r} is not {SUFFIXES_IN_WORDS}: set --landing to such a file or a folder of them."
        )
    return path


def _kind(path: FilePath) -> tuple[bool, bool]:
    """Whether a landing path is a folder, and whether it exists."""
    if not isinstance(path, ObjectPath):
        return path.is_dir(), path.exists()
    try:
        is_folder = not path.is_file()
        # A folder of a bucket is there as soon as something is in it, so that an empty one counts.
        return is_folder, path.exists() and not (is_folder and is_survey(path))
    except OSError as error:
        raise _cannot_reach(path, error) from error


def _files_of(root: str, set_aside: Sequence[str], options: Mapping[str, str]) -> Iterator[LandingFile]:
    path = _existing(root, options)
    if isinstance(path, ObjectPath):
        yield from _objects_of(path, set_aside)
    elif path.is_dir():
        for file in _walk(path, set_aside):
            yield LandingFile(file, path, printable(file.relative_to(path).as_posix()))
    else:
        # A link that is given as a root is trusted: its root is the folder of its target.
        yield LandingFile(path, Path(os.path.realpath(path)).parent, printable(path.name))


def _objects_of(root: ObjectPath, set_aside: Sequence[str]) -> Iterator[LandingFile]:
    """The object, or those below a folder."""
    try:
        if root.is_file():
            yield LandingFile(root, root.parent, printable(root.name))
            return
        for path in root.files():
            relative = path.key.removeprefix(f"{root.key}/")
            if not is_set_aside(PurePosixPath(relative).parts, set_aside):
                yield LandingFile(path, root, printable(relative))
    except OSError as error:
        raise _cannot_reach(root, error) from error


def _cannot_reach(path: ObjectPath, error: OSError) -> UnreadableInputError:
    return UnreadableInputError(
        f"The landing place {path} cannot be read ({why(error)}): check the endpoint and region in the configuration, "
        "and that these credentials may list and read it."
    )


def _walk(root: Path, set_aside: Sequence[str]) -> Iterator[Path]:
    """Files below a folder. Links are followed, and each real folder is entered once."""
    entered = {os.path.realpath(root)}
    for folder, folders, names in os.walk(root, onerror=_cannot_list, followlinks=True):
        wanted = (name for name in sorted(folders) if not is_set_aside([name], set_aside))
        folders[:] = [name for name in wanted if _enters(Path(folder, name), entered)]
        # Broken links, pipes and the like are listed too, so that they are refused or ignored by name.
        yield from (Path(folder, name) for name in names if not is_set_aside([name], set_aside))


def _enters(folder: Path, entered: set[str]) -> bool:
    """Whether a folder is not entered yet; remembers that it is entered now."""
    real = os.path.realpath(folder)
    is_new = real not in entered
    entered.add(real)
    return is_new


def _cannot_list(error: OSError) -> NoReturn:
    raise UnreadableInputError(
        f"The landing folder {error.filename} cannot be listed ({error.strerror}): allow this user to read it."
    ) from error
