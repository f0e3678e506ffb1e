"""Parts of every generated document: the line that says it is generated, and tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def made_from(source: str) -> str:
    """The comment that says from what a document is generated, and how to generate it again."""
    return f"<!-- Made by `lakehouse docs` from {source}; edit those and run it again. -->"


def table_of(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a Markdown table."""
    lines = [headers, ["---"] * len(headers), *rows]
    return [f"| {' | '.join(map(_escaped, line))} |" for line in lines]


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|")
