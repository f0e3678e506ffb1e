"""Staged copies of the delivered files whose lines Spark would miscount; whether a file changed since its preflight."""

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

# Replaces each blank line in a staged copy. Spark would drop the line, and number the lines after it wrongly.
BLANK_MARKER = "\u241eblank\u241e"


@dataclass(frozen=True)
class StagedCopy:
    """A copy that is read instead of the delivered file. `newlines`: as in `Accepted`, counted in the copy."""

    path: Path
    newlines: tuple[int, ...]


def write_copy(accepted: Accepted, target: Path) -> StagedCopy:
    """Writes a decompressed copy in which every line keeps its number.

    All line ends become newlines, and each blank data line becomes `BLANK_MARKER`. The copy gets its name only when it
    is complete. Raises `UnreadableInputError` when the file no longer has the bytes that preflight accepted.
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
    """Whether size and modification time of the file are still those of its preflight."""
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
    """The lines, each ended by a newline; blank lines are replaced by `BLANK_MARKER`."""
    marker = BLANK_MARKER.encode()
    unfinished = b""
    for block in blocks:
        text = unfinished + block
        # A carriage return as the last byte may be the first half of a line end, so it ends no line yet.
        end = 1 + max(text.rfind(b"\n"), text.rfind(b"\r", 0, -1))
        unfinished = text[end:]
        yield mark_blank_lines(normal_line_ends(text[:end]), marker)
    if unfinished:
        yield mark_blank_lines(normal_line_ends(unfinished).removesuffix(b"\n") + b"\n", marker)


def _newlines(path: Path) -> tuple[int, ...]:
    """Number of newline bytes before each block of the file."""
    with path.open("rb") as stream:
        counts = [block.count(b"\n") for block in iter(lambda: stream.read(preflight.BLOCK), b"")]
    return tuple(accumulate(counts, initial=0))[:-1]
