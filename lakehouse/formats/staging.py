"""Copies of delivered files whose lines Spark would miscount, and whether a file is still the one accepted."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from lakehouse.errors import UnreadableInputError
from lakehouse.formats import preflight
from lakehouse.formats.preflight import Accepted, HashedFile, content
from lakehouse.formats.scan import mark_blank_lines, normal_line_ends

# Stands in a copy for a line that Spark would drop, so that the lines after it keep their numbers.
BLANK_MARKER = "\u241eblank\u241e"


@dataclass(frozen=True)
class StagedCopy:
    """A copy to read in the file's place; `newlines` as in `Accepted`, for the copy."""

    path: Path
    newlines: tuple[int, ...]


def write_copy(accepted: Accepted, target: Path) -> StagedCopy:
    """Writes the decompressed file, its line n on line n, each blank data line as `BLANK_MARKER`.

    All line ends become newlines. The copy appears under its name complete or not at all. Raises
    `UnreadableInputError` when the file no longer holds the bytes that were accepted.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("wb") as copy:
            copy.writelines(_countable_lines(_accepted_content(accepted)))
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    return StagedCopy(target, _newlines(target))


def unchanged(accepted: Accepted) -> bool:
    """Whether size and time of the file are those at its preflight."""
    try:
        now = accepted.file.path.stat()
    except OSError:
        return False
    return (now.st_size, now.st_mtime_ns) == (accepted.size, accepted.modified_ns)


def _accepted_content(accepted: Accepted) -> Iterator[bytes]:
    name = accepted.file.relative
    try:
        with HashedFile(accepted.file.path) as stream:
            yield from content(accepted.file, stream)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableInputError(f"{name} can no longer be read ({error}): deliver it again.") from error
    if stream.digest.hexdigest() != accepted.raw_sha256:
        raise UnreadableInputError(f"{name} changed while it was read: run again when it is written to its end.")


def _countable_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The same lines, each ended by a newline and none of them blank."""
    marker = BLANK_MARKER.encode()
    held = b""
    for block in blocks:
        text = held + block
        # A carriage return at the very end may be half of a line end.
        end = 1 + max(text.rfind(b"\n"), text.rfind(b"\r", 0, -1))
        held = text[end:]
        yield mark_blank_lines(normal_line_ends(text[:end]), marker)
    if held:
        yield mark_blank_lines(normal_line_ends(held).removesuffix(b"\n") + b"\n", marker)


def _newlines(path: Path) -> tuple[int, ...]:
    with path.open("rb") as stream:
        counts = [block.count(b"\n") for block in iter(lambda: stream.read(preflight.BLOCK), b"")]
    return tuple(accumulate(counts, initial=0))[:-1]
