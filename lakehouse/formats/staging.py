"""Staged copies of the delivered files that Spark would misread; whether a file changed since its preflight."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from lakehouse.errors import UnreadableInputError
from lakehouse.formats import content as packing
from lakehouse.formats.content import HashedFile, content
from lakehouse.formats.encoding import Transcoder
from lakehouse.formats.faults import RefusedFileError
from lakehouse.formats.preflight import Accepted
from lakehouse.formats.records import (
    NO_RECORD,
    Grammar,
    has_internal_characters,
    joined_blocks,
    keep_line_numbers,
    mark_repeats,
    one_line,
    position_of_line,
)
from lakehouse.places.objects import FilePath, ObjectPath, version_in
from lakehouse.places.whole_files import written_whole

_NO_RECORD_LINE = NO_RECORD.encode() + b"\n"


@dataclass(frozen=True)
class StagedCopy:
    """A copy that is read instead of the delivered file. `newlines`: as in `Accepted`, counted in the copy."""

    path: FilePath
    newlines: tuple[int, ...]


def write_copy(accepted: Accepted, target: FilePath) -> StagedCopy:
    """Writes an unpacked copy in UTF-8 with the header on line 1, in which every record is one line and keeps the
    number of its first line.

    Lines that are no records (blank ones, label rows, further lines of a record) become `NO_RECORD`; line ends inside
    of cells become the characters of `formats.records`. The copy gets its name only when it is complete. Raises
    `UnreadableInputError` when the file no longer has the bytes that preflight accepted.
    """
    if isinstance(target, ObjectPath):
        target.write(canonical_lines(accepted))
    else:
        _write(canonical_lines(accepted), target)
    return StagedCopy(target, _newlines(target))


def _write(lines: Iterable[bytes], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(target) as part, part.open("wb") as copy:
        copy.writelines(lines)


def unchanged(accepted: Accepted) -> bool:
    """Whether size and modification time of the file, or the ETag of the object, are still those of its preflight."""
    path = accepted.file.path
    try:
        now = path.version() if isinstance(path, ObjectPath) else version_in(path.stat())
    except OSError:
        return False
    return now == accepted.version


def canonical_lines(accepted: Accepted) -> Iterator[bytes]:
    """The lines of a copy: see `write_copy`."""
    dialect = accepted.dialect
    grammar, header = Grammar(dialect.delimiter), one_line(dialect.header)
    delimiter = dialect.delimiter.encode()
    yield header + b"\n" + _NO_RECORD_LINE * (dialect.body_line - 2)
    for records in joined_blocks(_body(_text(accepted), dialect.body_line), grammar):
        if dialect.closes_records:
            records = records.replace(delimiter + b"\n", b"\n")
        records = grammar.mark_blank_records(mark_repeats(records, header))
        yield keep_line_numbers(records)


def _body(blocks: Iterable[bytes], body_line: int) -> Iterator[bytes]:
    """The text from a physical line on."""
    beginning = b""
    rest = iter(blocks)
    for block in rest:
        beginning += block
        start = position_of_line(beginning, body_line)
        if start < len(beginning) - 1:
            yield beginning[start:]
            yield from rest
            return
    yield beginning[position_of_line(beginning, body_line) :]


def _text(accepted: Accepted) -> Iterator[bytes]:
    """The text of the file in UTF-8."""
    name, transcode, before = accepted.file.relative, Transcoder(accepted.dialect.encoding), b""
    try:
        with HashedFile(accepted.file.path) as stream:
            for block in content(accepted.file, stream):
                text = transcode(block)
                if has_internal_characters(before + text):
                    raise UnreadableInputError(f"{name} has characters that Unicode keeps for inner use: remove them.")
                yield text
                before = text[-2:]
            yield transcode(b"", final=True)
    except (OSError, RefusedFileError) as error:
        raise UnreadableInputError(f"{name} can no longer be read ({error}): deliver it again.") from error
    if stream.digest.hexdigest() != accepted.raw_sha256:
        raise UnreadableInputError(f"{name} changed while it was read: run again when it is written to its end.")


def _newlines(path: FilePath) -> tuple[int, ...]:
    """Number of newline bytes before each block of the file."""
    with path.open("rb") as stream:
        counts = [block.count(b"\n") for block in iter(lambda: stream.read(packing.BLOCK), b"")]
    return tuple(accumulate(counts, initial=0))[:-1]
