"""The first records of a file, for a look at it before it is loaded."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from lakehouse.formats.preflight import Accepted
from lakehouse.formats.records import NO_RECORD, as_delivered
from lakehouse.formats.staging import canonical_lines


@dataclass(frozen=True)
class Record:
    """A record. `row`: as `_source_row`: lines between its first line and line 1. `cells`: None when it does not have
    the header's number of cells."""

    row: int
    cells: tuple[str, ...] | None


def first_records(accepted: Accepted, count: int) -> tuple[Record, ...]:
    """The first records of an accepted file. Raises `UnreadableInputError` when it changed since its preflight."""
    return tuple(islice(_records(accepted), count))


def _records(accepted: Accepted) -> Iterator[Record]:
    columns = len(accepted.names)
    for row, line in enumerate(_texts(accepted)):
        if row == 0 or line == NO_RECORD:
            continue
        cells = tuple(map(as_delivered, next(csv.reader([line], delimiter=accepted.dialect.delimiter))))
        yield Record(row, cells if len(cells) == columns else None)


def _texts(accepted: Accepted) -> Iterator[str]:
    for part in canonical_lines(accepted):
        # Not `splitlines`: it also splits at characters that end no line here.
        yield from part.decode().removesuffix("\n").split("\n") if part else ()
