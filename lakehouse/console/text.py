"""Tables for people: aligned columns on stdout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from lakehouse.printable import printable


def aligned(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows under their headers; numbers to the right, everything else to the left."""
    rows = list(rows)
    cells = [[shown(value) for value in row] for row in rows]
    numeric = [all(isinstance(row[i], int | float) or row[i] is None for row in rows) for i in range(len(headers))]
    widths = [max(len(line[i]) for line in [list(headers), *cells]) for i in range(len(headers))]
    lines = [list(headers), ["-" * width for width in widths], *cells]
    return "\n".join(
        "  ".join(
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(line, widths, numeric, strict=True)
        ).rstrip()
        for line in lines
    )


def shown(value: object) -> str:
    """A cell: thousands separated, shares and scores with four decimals, times to the second, nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    return printable(str(value).replace("\n", " "))
