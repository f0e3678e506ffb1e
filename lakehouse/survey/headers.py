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


def snake_case(header: str, position: int) -> str:
    """The column name of a header: `[a-z][a-z0-9_]*`, at most 63 characters.

    An empty header is named after its 1-based position in the file. A header that gives no valid name (no ASCII
    letters, a digit in front, too long) is named by the hash of its text.
    """
    if not header.strip():
        return f"unnamed_{position}"
    name = re.sub(r"[^a-z0-9]+", "_", header.lower()).strip("_")
    return name if _SAFE.fullmatch(name) else f"c_{sha256(header.encode()).hexdigest()[:8]}"


def safe_names(headers: Iterable[str]) -> tuple[str, ...]:
    """The column names of a file's headers, in order; equal headers give equal names."""
    return tuple(snake_case(header, position) for position, header in enumerate(headers, start=1))


def collisions(headers: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Column names that several headers of a file give, each with these headers."""
    headers = tuple(headers)
    by_name: dict[str, list[str]] = {}
    for header, name in zip(headers, safe_names(headers), strict=True):
        by_name.setdefault(name, []).append(header)
    return tuple((name, tuple(same)) for name, same in by_name.items() if len(same) > 1)


def parse_header(line: str) -> tuple[str, ...]:
    """The headers of a comma-separated header line. Raises `csv.Error` when a quote is not closed."""
    rows = list(csv.reader([line], strict=True))
    return tuple(rows[0]) if rows else ()
