"""The survey files in a zip archive, each of which is a delivered file of its own."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from lakehouse.formats.faults import BROKEN_ZIP, RefusedFileError
from lakehouse.formats.landing import TEXTS, LandingFile
from lakehouse.printable import is_printable, printable

_ENCRYPTED = 0x1


@dataclass(frozen=True)
class Listing:
    """What an archive holds: its survey files, and the names of its other files."""

    files: tuple[LandingFile, ...]
    others: tuple[str, ...]


def is_archive(file: LandingFile) -> bool:
    """Whether the file is a zip archive, by its name."""
    return file.path.name.lower().endswith(".zip")


def list_archive(archive: LandingFile) -> Listing:
    """The files in an archive. Folders, and what macOS adds, are no files.

    Raises `RefusedFileError` for an archive that is broken, encrypted or without survey file, or holds links or
    names that lead out of it; `OSError` when it cannot be read.
    """
    try:
        with archive.path.open("rb") as packed, zipfile.ZipFile(packed) as opened:
            members = [one for one in opened.infolist() if not one.is_dir() and not _is_resource_fork(one.filename)]
    except BROKEN_ZIP as error:
        raise RefusedFileError(f"the archive is broken or cut short ({error}): deliver the file again") from error
    _require_safe(members)
    names = [one.filename for one in members]
    surveys = sorted(name for name in names if name.lower().endswith(TEXTS))
    if not surveys:
        raise RefusedFileError(f"the archive has no {' or '.join(TEXTS)} file in it: put the survey there")
    files = (replace(archive, members=(name,), relative=f"{archive.relative}/{printable(name)}") for name in surveys)
    return Listing(tuple(files), tuple(sorted(set(names) - set(surveys))))


def _is_resource_fork(name: str) -> bool:
    return name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith("._")


def _require_safe(members: Sequence[zipfile.ZipInfo]) -> None:
    names = [one.filename for one in members]
    for one in members:
        path = PurePosixPath(one.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in one.filename or not is_printable(one.filename):
            raise RefusedFileError(
                f"the archive names a file {printable(one.filename)!r}, which leads out of it: make it again"
            )
        if one.flag_bits & _ENCRYPTED:
            raise RefusedFileError("the archive is locked by a password: deliver it without")
        if stat.S_ISLNK(one.external_attr >> 16):
            raise RefusedFileError(f"the archive has a link, {one.filename!r}: put the file itself there")
    if len(set(names)) < len(names):
        raise RefusedFileError("the archive has two files of one name: make it again")
