"""A kind of file that may be delivered and its fate, how one is made, and the table of docs/files.md."""

from __future__ import annotations

import csv
import io
import itertools
import zipfile
from collections.abc import Sequence
from typing import NamedTuple

import openpyxl

from tests.support.data.surveys import HEADERS, response

HEADER = list(HEADERS.values())
WITH_COMMENT = [*HEADER, "Comment"]
Rows = Sequence[Sequence[str]]
# First ids of the files, far enough from each other.
NUMBERS = itertools.count(1000, 100)


class Fate(NamedTuple):
    """State of a file, its records, and where they are; `why`: words of the reason of a file that did not go through.
    `dialect`: how it is read, where that is not the common way."""

    state: str
    lines: int | None = None
    in_silver: int | None = None
    quarantined: int | None = None
    why: str = ""
    dialect: str | None = None


class Kind(NamedTuple):
    """A kind of file: one of it by name, and its fate. `how`: what is to be said of it in the documents."""

    kind: str
    name: str
    content: bytes
    fate: Fate
    how: str = ""


def loaded(lines: int, quarantined: int = 0, dialect: str | None = None) -> Fate:
    return Fate("admitted", lines, lines - quarantined, quarantined, dialect=dialect)


def held(lines: int, why: str) -> Fate:
    return Fate("held", lines, 0, 0, why)


def refused(why: str) -> Fate:
    return Fate("refused", why=why)


def text(rows: Rows, header: Sequence[str] = HEADER, end: str = "\n", comma: str = ",") -> str:
    return "".join(comma.join(cells) + end for cells in (header, *rows))


def quoted(rows: Rows, header: Sequence[str] = HEADER, comma: str = ",") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=comma).writerows([header, *rows])
    return out.getvalue()


def three(number: int, **changed: object) -> list[list[str]]:
    """Three good records with ids of their own, the last one changed."""
    return [response(number), response(number + 1), response(number + 2, **changed)]


def many(number: int, **changed: object) -> list[list[str]]:
    """Twelve good records with ids of their own, each changed in the same way."""
    return [response(number + place, **changed) for place in range(12)]


def commented(number: int, comment: str) -> list[list[str]]:
    """Three good records with a comment, that of the second one given."""
    return [[*cells, comment if place == 1 else "fine"] for place, cells in enumerate(three(number))]


def without(name: str, number: int) -> str:
    at = list(HEADERS).index(name)
    return text([cells[:at] + cells[at + 1 :] for cells in three(number)], HEADER[:at] + HEADER[at + 1 :])


def mixed_ends(number: int) -> str:
    header, one, two, last, _ = text(three(number)).split("\n")
    return f"{header}\r\n{one}\r{two}\n{last}\r\n"


def archive(**members: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as opened:
        for name, content in members.items():
            opened.writestr(name.replace("_csv", ".csv").replace("up_", "../"), content)
    return packed.getvalue()


def workbook(rows: Rows, above: Rows = ()) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (*above, HEADER, *rows):
        sheet.append([int(cell) if cell.isdecimal() else cell for cell in row])
    book.create_sheet("Legend").append(["Code", "Meaning"])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def dated(number: int, *days: str) -> str:
    rows = [[*cells, day] for cells, day in zip(three(number), days, strict=True)]
    return text(rows, [*HEADER, "Survey Date"])


TOLD = {"admitted": "loaded", "refused": "refused", "held": "held", "ignored": "ignored"}


def table(rows: Sequence[Kind]) -> str:
    """The table of the documents."""
    lines = [f"| {one.kind} | {TOLD[one.fate.state]} | {_said(one)} |" for one in rows]
    return "\n".join(["| file | fate | how |", "|---|---|---|", *lines])


def _said(kind: Kind) -> str:
    read = f"read with {kind.fate.dialect}" if kind.fate.dialect else ""
    return "; ".join(part for part in (read, kind.how) if part)
