"""Every kind of file that may be delivered, and its fate: the table of docs/files.md."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import zipfile
from collections.abc import Sequence
from typing import NamedTuple

import openpyxl

from tests.support.surveys import HEADERS, QUESTIONS, response

HEADER = list(HEADERS.values())
WITH_COMMENT = [*HEADER, "Comment"]
Rows = Sequence[Sequence[str]]


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


def kinds() -> list[Kind]:
    """One file of every kind, each with ids of its own."""
    numbers = iter(range(1000, 100_000, 100))
    fair = dict.fromkeys(QUESTIONS, "3 - Fair")
    inside = ",".join(response(77_000_001))
    return [
        Kind("zero bytes", "zero.csv", b"", refused("the file is empty")),
        Kind("header only", "header.csv", text([]).encode(), refused("a header but no data line")),
        Kind(
            "truncated last line",
            "truncated.csv",
            text(three(next(numbers)))[:-40].encode(),
            loaded(3, 1),
            "the cut line is quarantined as `malformed`",
        ),
        Kind("missing final newline", "no_end.csv", text(three(next(numbers)))[:-1].encode(), loaded(3)),
        Kind(
            "blank lines, and lines of empty cells",
            "blank.csv",
            (text(three(next(numbers))).replace("\n", "\n\n  \n") + "," * 23 + "\n").encode(),
            loaded(3),
            "they are no records; the numbers of the others stay those of the file",
        ),
        Kind(
            "semicolons", "semicolons.csv", text(three(next(numbers)), comma=";").encode(), loaded(3, 0, "semicolons")
        ),
        Kind("tabs", "tabs.tsv", text(three(next(numbers)), comma="\t").encode(), loaded(3, 0, "tabs")),
        Kind(
            "vertical bars", "bars.txt", text(three(next(numbers)), comma="|").encode(), loaded(3, 0, "vertical bars")
        ),
        Kind(
            "`sep=;` as first line",
            "sep.csv",
            ("sep=;\n" + text(three(next(numbers)), comma=";")).encode(),
            loaded(3, 0, "semicolons, header on line 2"),
        ),
        Kind(
            "a header that two delimiters make",
            "ambiguous.csv",
            b"ID,a;ID;b\n1,2;3;4\n",
            refused('{files: "ambiguous.csv", delimiter: ","} or'),
            "both are named, with the lines to paste under `formats`",
        ),
        Kind(
            "one more delimiter at each line's end",
            "closed.csv",
            text([[*cells, ""] for cells in three(next(numbers))]).encode(),
            loaded(3, 0, "a delimiter at the end of each line"),
        ),
        Kind(
            "UTF-8 with byte order mark",
            "mark.csv",
            ("\ufeff" + text(three(next(numbers)))).encode(),
            loaded(3),
            "the mark is no part of the first header",
        ),
        Kind(
            "UTF-16",
            "utf16.csv",
            text(three(next(numbers)), comma=";").encode("utf-16"),
            loaded(3, 0, "semicolons, UTF-16"),
            "with or without a mark",
        ),
        Kind(
            "Windows-1252, Latin-1",
            "western.csv",
            quoted(commented(next(numbers), "très bien, 5 €"), WITH_COMMENT).encode("cp1252"),
            loaded(3, 0, "Windows-1252"),
            "where its letters are those of Western Europe",
        ),
        Kind(
            "text of another encoding",
            "cyrillic.csv",
            quoted(commented(next(numbers), "Спасибо за всё, было очень хорошо"), WITH_COMMENT).encode("cp1251"),
            refused("line 3 is not UTF-8 text and may be"),
            "the line and the likely encodings are named, with the lines to paste under `formats`",
        ),
        Kind(
            "NUL bytes",
            "nul.csv",
            text(three(next(numbers))).encode().replace(b"821", b"\0", 1),
            refused("line 2 has a NUL byte"),
        ),
        Kind("CRLF", "crlf.csv", text(three(next(numbers)), end="\r\n").encode(), loaded(3)),
        Kind("CR", "cr.csv", text(three(next(numbers)), end="\r").encode(), loaded(3), "from a copy with newlines"),
        Kind(
            "mixed line ends", "mixed.csv", mixed_ends(next(numbers)).encode(), loaded(3), "from a copy with newlines"
        ),
        Kind(
            "quoted cells",
            "quoted.csv",
            text(three(next(numbers), class_='"Business"')).encode(),
            loaded(3),
            "quotes are no part of the value",
        ),
        Kind(
            "quoted commas and doubled quotes",
            "commas.csv",
            text(three(next(numbers), class_='"Eco, ""Plus"""')).encode(),
            loaded(3, 1),
            "read as one cell; here it is an unknown word, and its record is quarantined",
        ),
        Kind(
            "a comment that spans lines",
            "comment.csv",
            quoted(commented(next(numbers), 'said "no"\r\n\nand left,\n'), WITH_COMMENT).encode(),
            loaded(3),
            "whole in bronze; a record keeps the number of its first line",
        ),
        Kind(
            "a comment with a line like a response",
            "like_a_response.csv",
            quoted(commented(next(numbers), f"see\n{inside},x\n"), WITH_COMMENT).encode(),
            loaded(3),
            "it stays a comment",
        ),
        Kind(
            "a quote that is never closed",
            "unclosed.csv",
            text(three(next(numbers), class_='"Business')).encode(),
            loaded(3, 1),
            "its own line is quarantined and named; a quoted cell reaches over 100 lines and 1 MB at most, so that a "
            "missing quote cannot swallow the file",
        ),
        Kind(
            "a header cell that spans lines",
            "tall_header.csv",
            text(three(next(numbers)), ['"\nID"', *HEADER[1:]]).encode(),
            loaded(3),
        ),
        Kind(
            "title rows above the header",
            "titles.csv",
            ("Passenger survey\n\nJanuary,\n" + text(three(next(numbers)))).encode(),
            loaded(3, 0, "header on line 4"),
            "the header is the first row with the id and two more known columns",
        ),
        Kind(
            "two label rows of a survey platform",
            "labels.csv",
            quoted([HEADER, ['{"ImportId":"QID1"}', *HEADER[1:]], *three(next(numbers))]).encode(),
            loaded(3, 0, "2 label row(s) after the header"),
            'known by `{"ImportId"`; others: `label_rows` under `formats`',
        ),
        Kind(
            "the header again in the middle",
            "joined.csv",
            text([*three(next(numbers)), HEADER, *three(next(numbers))]).encode(),
            loaded(6),
            "left out, and told",
        ),
        Kind(
            "no header",
            "headless.csv",
            text(three(next(numbers))[1:], three(next(numbers))[0]).encode(),
            refused("line 1 has no column id, it looks like data: add the header line"),
        ),
        Kind(
            "headers that are equal, differ in case, or mean the same",
            "same_headers.csv",
            text([[*cells, "1"] for cells in three(next(numbers))], [*HEADER, "Departure Delay in Minutes"]).encode(),
            refused("all mean departure_delay"),
            "they are named",
        ),
        Kind(
            "unknown headers that repeat",
            "notes.csv",
            text([[*cells, "a", "b"] for cells in three(next(numbers))], [*HEADER, "Note", "Note"]).encode(),
            loaded(3),
            "numbered in bronze: `note`, `note_2`",
        ),
        Kind(
            "reordered columns",
            "reordered.csv",
            text([[*cells[5:], *cells[:5]] for cells in three(next(numbers))], [*HEADER[5:], *HEADER[:5]]).encode(),
            loaded(3),
            "columns are found by header",
        ),
        Kind(
            "renamed column",
            "renamed.csv",
            text(three(next(numbers)), [*HEADER[:9], "Onboard Comfort", *HEADER[10:]]).encode(),
            loaded(3),
            "the new one lands in bronze, the old one counts as not asked; told as drift, with the line to paste",
        ),
        Kind(
            "added column",
            "added.csv",
            text([[*cells, "5"] for cells in three(next(numbers))], [*HEADER, "Lounge"]).encode(),
            loaded(3),
            "it lands in bronze by schema merge; told as drift",
        ),
        Kind(
            "removed question",
            "unasked.csv",
            without("gate_location", next(numbers)).encode(),
            loaded(3),
            "not asked in this file; told as drift",
        ),
        Kind(
            "removed required column",
            "classless.csv",
            without("class", next(numbers)).encode(),
            held(3, "no column for class"),
            "it waits for a header in the catalogue, or for another file",
        ),
        Kind(
            "records that all fail",
            "all_fail.csv",
            text(many(next(numbers), age="old")[:3]).encode(),
            held(3, "no record passes"),
            "however few they are; the message names the cause that most of them share",
        ),
        Kind(
            "an unknown word for the outcome",
            "other_words.csv",
            text([*many(next(numbers)), *many(next(numbers), satisfaction="dissatisfied")]).encode(),
            held(24, "dissatisfied"),
            "the rest would all be satisfied; where one reading is possible, with the line to paste",
        ),
        Kind(
            "ratings in words",
            "words.csv",
            text(many(next(numbers), **fair)).encode(),
            held(12, "rating_words as below"),
            "with the lines to paste into the catalogue",
        ),
        Kind(
            "decimal commas",
            "decimal_commas.csv",
            quoted(many(next(numbers), **dict.fromkeys(QUESTIONS, "4,0"))).encode(),
            held(12, "Set `numbers: {decimal: "),
            "with the line to paste into the catalogue",
        ),
        Kind(
            "ids with letters",
            "text_ids.csv",
            text([response(f"R_{next(numbers)}x") for _ in range(3)]).encode(),
            held(3, "Set `kind: text` under columns.id"),
            "ids are whole numbers, or text where the catalogue says so",
        ),
        Kind(
            "dates of another format",
            "day_first.csv",
            dated(next(numbers), "31/01/2025", "30/01/2025", "29/01/2025").encode(),
            held(3, "Set `date_format: dd/MM/yyyy`"),
            "day and month are never guessed",
        ),
        Kind(
            "time stamps",
            "stamps.csv",
            dated(next(numbers), "2025-01-04 11:22:33", "2025-01-04T11:22:33Z", "2025-01-04").encode(),
            loaded(3),
        ),
        Kind(
            "an impossible date",
            "impossible.csv",
            dated(next(numbers), "2025-01-04", "2025-01-05", "2205-01-06").encode(),
            loaded(3, 1),
            "before 2000, or later than the day after it was loaded: quarantined, and no month of its own",
        ),
        Kind(
            "a total row and a foot note",
            "totals.csv",
            text([*many(next(numbers)), ["Total", *[""] * 22, "12"], ["Source: survey", *[""] * 23]]).encode(),
            loaded(14, 2),
            "quarantined; nothing is suggested of them",
        ),
        Kind(
            "field of 1 MB",
            "wide_field.csv",
            text([[*cells, "x" * (1 << 20)] for cells in three(next(numbers))], [*HEADER, "Remark"]).encode(),
            loaded(3),
        ),
        Kind(
            "10,000 columns",
            "wide.csv",
            text(
                [[*response(next(numbers)), *["1"] * 10_000]], [*HEADER, *(f"Extra {n}" for n in range(10_000))]
            ).encode(),
            refused("10000 columns are unknown"),
            "more than 200 unknown columns are no survey",
        ),
        Kind("name with spaces and umlauts", "Umfrage März (1).csv", text(three(next(numbers))).encode(), loaded(3)),
        Kind("name with an underscore in front", "_survey.csv", text(three(next(numbers))).encode(), loaded(3)),
        Kind("gzip", "packed.csv.gz", gzip.compress(text(three(next(numbers))).encode()), loaded(3)),
        Kind("bzip2", "packed.csv.bz2", bz2.compress(text(three(next(numbers))).encode()), loaded(3)),
        Kind(
            "broken gzip",
            "broken.csv.gz",
            gzip.compress(text(three(next(numbers))).encode())[:-30] + bytes(30),
            refused("gzip is broken"),
            "known by its raw bytes",
        ),
        Kind(
            "broken bzip2",
            "broken.csv.bz2",
            bz2.compress(text(three(next(numbers))).encode())[:-12],
            refused("bzip2 is broken or cut short"),
        ),
        Kind(
            "truncated gzip",
            "cut.csv.gz",
            gzip.compress(text(three(next(numbers))).encode())[:-12],
            refused("gzip is broken or cut short"),
        ),
        Kind("plain text called gzip", "plain.csv.gz", text(three(next(numbers))).encode(), refused("gzip is broken")),
        Kind(
            "zip archive that leads out of its place",
            "escape.zip",
            archive(up_a_csv=text(three(next(numbers)))),
            refused("leads out of it"),
            "so are links, passwords and broken archives; each survey in an archive is a file of its own",
        ),
        Kind(
            "workbook",
            "book.xlsx",
            workbook(three(next(numbers)), [["Passenger survey"], []]),
            loaded(3, 0, "header on line 3"),
            "`.xlsx`, `.xlsb`, `.xls` and `.ods`; sheets with equal headers are one delivery, others are left out and "
            "told; with different headers: `sheet` under `formats`",
        ),
        Kind(
            "a workbook called CSV",
            "book.csv",
            b"PK\x03\x04" + bytes(range(256)),
            refused("a zip archive or a workbook"),
        ),
        Kind(
            "a broken workbook",
            "broken.xlsx",
            workbook(three(next(numbers)))[:500],
            refused("the workbook is broken"),
            "so are those with macros or a password",
        ),
        Kind(
            "a file of another kind",
            "report.pdf",
            b"%PDF",
            Fate("ignored", why="no survey file by its name"),
            "not opened; its name is not that of a survey",
        ),
    ]


TOLD = {"admitted": "loaded", "refused": "refused", "held": "held", "ignored": "ignored"}


def table(rows: Sequence[Kind]) -> str:
    """The table of the documents."""
    lines = [f"| {one.kind} | {TOLD[one.fate.state]} | {_said(one)} |" for one in rows]
    return "\n".join(["| file | fate | how |", "|---|---|---|", *lines])


def _said(kind: Kind) -> str:
    read = f"read with {kind.fate.dialect}" if kind.fate.dialect else ""
    return "; ".join(part for part in (read, kind.how) if part)
