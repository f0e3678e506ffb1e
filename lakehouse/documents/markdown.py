"""What generated documents share: their first line, tables, and sections of documents written by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def made_from(source: str) -> str:
    """The line that says of a document what it is made from."""
    return f"<!-- Made by `lakehouse docs` from {source}; edit those and run it again. -->"


def table_of(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table."""
    lines = [headers, ["---"] * len(headers), *rows]
    return [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines]


def with_section(text: str, name: str, section: str) -> str:
    """A document with the section between its two marks replaced.

    Raises `ValueError` when it does not have both marks.
    """
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"the marks of section '{name}' are not there")
    return f"{before}{begin}{section}\n{end}{after}"
