"""What generated documents share: their first line, and tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def made_from(source: str) -> str:
    """The line that says of a document what it is made from."""
    return f"<!-- Made by `lakehouse docs` from {source}; edit those and run it again. -->"


def table_of(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table."""
    lines = [headers, ["---"] * len(headers), *rows]
    return [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines]
