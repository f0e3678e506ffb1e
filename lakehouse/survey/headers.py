"""Column names from delivered headers."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from hashlib import sha256

from schemas import columns as c

# Column names that the tables of the lakehouse already use.
RESERVED = frozenset(value for name, value in vars(c).items() if name.isupper())
_SAFE = re.compile(r"[a-z][a-z0-9_]{0,62}")
# What is left of the longest name, so that a number fits behind it.
_LONGEST_TO_NUMBER = 58


def snake_case(header: str, position: int) -> str:
    """The column name of a header: `[a-z][a-z0-9_]*`, at most 63 characters.

    An empty header is named after its 1-based position in the file. A header that gives no valid name (no ASCII
    letters, a digit in front, too long) is named by the hash of its text.
    """
    if not header.strip():
        return f"unnamed_{position}"
    name = re.sub(r"[^a-z0-9]+", "_", header.lower()).strip("_")
    return name if _SAFE.fullmatch(name) else f"c_{sha256(header.encode()).hexdigest()[:8]}"


def snake_names(headers: Iterable[str]) -> tuple[str, ...]:
    """The column names of a file's headers, in order; headers that differ in case only give equal names."""
    return tuple(snake_case(header, position) for position, header in enumerate(headers, start=1))


def safe_names(headers: Iterable[str]) -> tuple[str, ...]:
    """The column names of a file's headers, in order, each once: a name that comes again is numbered (`comment_2`)."""
    headers = tuple(headers)
    taken = set(snake_names(headers))
    names: list[str] = []
    for name in snake_names(headers):
        unique, number = name, 1
        while unique in names or (number > 1 and unique in taken):
            number += 1
            unique = f"{name[:_LONGEST_TO_NUMBER]}_{number}"
        names.append(unique)
    return tuple(names)


def parse_header(record: str, delimiter: str = ",") -> tuple[str, ...]:
    """The headers in a header record. Raises `csv.Error` when a quote is not closed."""
    rows = list(csv.reader([record], delimiter=delimiter, strict=True))
    return tuple(rows[0]) if rows else ()
