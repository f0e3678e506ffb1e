"""The dialect of a delivered file: its encoding, its delimiter, and which of its rows is the header."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from lakehouse.formats.encoding import UTF_8
from lakehouse.formats.faults import RefusedFileError
from lakehouse.formats.records import BLANKS, Grammar, as_delivered, joined_blocks, line_ends_in
from lakehouse.places.names import matches
from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.headers import parse_header, safe_names
from schemas import columns as c

# Delimiters that are recognised -> their names.
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
# Rows among which the header is looked for, and further known columns that a header below other rows must have: the
# word ID alone may stand in any title.
_ROWS_LOOKED_AT = 50
_KNOWN_BESIDE_ID = 2
_PIECE = 1 << 16
# Survey platforms put two rows below the header: the wording of each question, and the id by which it is imported.
_LABEL_ROWS = 3
_IMPORT_ID = '{"ImportId"'
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[,;\t| ]*', re.IGNORECASE)


@dataclass(frozen=True)
class FormatRule:
    """What the configuration says of the files that match `files`, a pattern of their paths below the landing place.

    None: recognised from the file. `header_line`: physical line of the header, 1-based. `label_rows`: rows after the
    header that are no responses. `sheet`: the sheet of a workbook.
    """

    files: str
    delimiter: str | None = None
    encoding: str | None = None
    header_line: int | None = None
    label_rows: int | None = None
    sheet: str | None = None


NO_RULE = FormatRule("*")


def rule_for(name: str, rules: Iterable[FormatRule]) -> FormatRule:
    """The first rule whose pattern matches the file's path; without one, everything is recognised."""
    return next((rule for rule in rules if matches(name, rule.files)), NO_RULE)


@dataclass(frozen=True)
class Dialect:
    """How a file is written. `header`: the header record as delivered. `header_line`: its physical line, 1-based.
    `body_line`: the physical line, 1-based, at which the responses begin. `label_rows`: rows between the two that are
    no responses. `closes_records`: each response, but not the header, ends with one more delimiter."""

    header: str
    encoding: str = UTF_8
    delimiter: str = ","
    header_line: int = 1
    body_line: int = 2
    label_rows: int = 0
    closes_records: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Column names of the header, in order."""
        return safe_names(self.headers)

    @property
    def headers(self) -> tuple[str, ...]:
        """The header's cells."""
        return parse_header(self.header, self.delimiter)

    @property
    def as_csv(self) -> str:
        """The header as a comma-separated record."""
        if self.delimiter == ",":
            return self.header
        text = io.StringIO()
        csv.writer(text, lineterminator="").writerow(self.headers)
        return text.getvalue()

    def describe(self) -> str | None:
        """The dialect in words; None for comma-separated UTF-8 text with the header on line 1."""
        parts = [
            *([DELIMITERS.get(self.delimiter, repr(self.delimiter))] if self.delimiter != "," else []),
            *([encoding_name(self.encoding)] if self.encoding != UTF_8 else []),
            *([f"header on line {self.header_line}"] if self.header_line > 1 else []),
            *([f"{self.label_rows} label row(s) after the header"] if self.label_rows else []),
            *(["a delimiter at the end of each line"] if self.closes_records else []),
        ]
        return ", ".join(parts) or None


_ENCODING_NAMES = {"utf-8": "UTF-8", "cp1252": "Windows-1252", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}


def encoding_name(encoding: str) -> str:
    """An encoding under the name that people know."""
    return _ENCODING_NAMES.get(encoding, encoding)


@dataclass(frozen=True)
class _Row:
    """A record of the beginning of a file. `line`: its physical line, 1-based; `next_line`: that of the next record.
    `cells`: None when a quote is not closed."""

    text: str
    cells: tuple[str, ...] | None
    line: int
    next_line: int


def recognise(head: bytes, encoding: str, rule: FormatRule, catalogue: Catalogue) -> Dialect:
    """The dialect of a file whose text begins with `head`, UTF-8 without byte order mark.

    Raises `RefusedFileError` when none is certain.
    """
    separator = _SEPARATOR_LINE.fullmatch(head.split(b"\n", 1)[0].decode(UTF_8, "replace").rstrip("\r"))
    chosen = rule.delimiter or (separator.group(1) if separator else None)
    tried = [chosen] if chosen else list(DELIMITERS)
    first_line = 2 if separator else 1
    found = [one for delimiter in tried if (one := _with_delimiter(head, delimiter, first_line, rule, catalogue))]
    if len(found) > 1:
        found = [one for one in found if one.delimiter in one.header] or found[:1]
    if len(found) > 1:
        raise RefusedFileError(_ambiguous(found), [f"delimiter: {json.dumps(one.delimiter)}" for one in found])
    if not found:
        raise RefusedFileError(_why_none(head, tried, first_line, rule))
    return replace(found[0], encoding=encoding)


def _with_delimiter(
    head: bytes, delimiter: str, first_line: int, rule: FormatRule, catalogue: Catalogue
) -> Dialect | None:
    """The dialect with this delimiter; None when no row of the beginning is a header then."""
    rows = [row for row in _rows(head, delimiter) if row.line >= first_line]
    place = next((place for place, row in enumerate(rows) if _is_header(row, place, rule, catalogue)), None)
    if place is None:
        return None
    header, below = rows[place], rows[place + 1 :]
    label_rows = rule.label_rows if rule.label_rows is not None else _label_rows(below)
    labels, data = below[:label_rows], below[label_rows:]
    return Dialect(
        header=header.text,
        delimiter=delimiter,
        header_line=header.line,
        body_line=labels[-1].next_line if labels else header.next_line,
        label_rows=len(labels),
        closes_records=_closes_records(data, len(header.cells or ())),
    )


def _rows(head: bytes, delimiter: str) -> list[_Row]:
    """The first records, without those that are blank."""
    rows, line = [], 1
    for text in islice(_records(head, Grammar(delimiter)), _ROWS_LOOKED_AT):
        record = as_delivered(text.decode(UTF_8, "replace"))
        after = line + 1 + line_ends_in(record.encode())
        if record.strip(f"{BLANKS.decode()}{delimiter}"):
            rows.append(_Row(record, _cells_or_none(record, delimiter), line, after))
        line = after
    return rows


def _records(head: bytes, grammar: Grammar) -> Iterator[bytes]:
    """The records of the head, which is taken in pieces: nearly always the first has all that are looked at."""
    pieces = (head[start : start + _PIECE] for start in range(0, len(head), _PIECE))
    for records in joined_blocks(pieces, grammar):
        yield from records.split(b"\n")[:-1]


def _cells_or_none(record: str, delimiter: str) -> tuple[str, ...] | None:
    try:
        return parse_header(record, delimiter)
    except csv.Error:
        return None


def _is_header(row: _Row, place: int, rule: FormatRule, catalogue: Catalogue) -> bool:
    """Whether a row is the header: it names the id, and stands first or names further columns of the catalogue."""
    if rule.header_line is not None:
        return row.line == rule.header_line and row.cells is not None
    known = {catalogue.resolve(name) for name in safe_names(row.cells or ())} - {None}
    return c.ID in known and (place == 0 or len(known) > _KNOWN_BESIDE_ID)


def _label_rows(below: Sequence[_Row]) -> int:
    """How many rows after the header are those of a survey platform."""
    marked = [place for place, row in enumerate(below[:_LABEL_ROWS], 1) if _IMPORT_ID in "".join(row.cells or ())]
    return marked[-1] if marked else 0


def _closes_records(data: Sequence[_Row], columns: int) -> bool:
    """Whether each row has one empty cell more than the header."""
    return bool(data) and all(row.cells and len(row.cells) == columns + 1 and not row.cells[-1] for row in data)


def _ambiguous(found: Sequence[Dialect]) -> str:
    names = " or ".join(DELIMITERS[one.delimiter] for one in found)
    return f"line {found[0].header_line} is a header with {names} between its cells"


def to_paste(name: str, settings: Iterable[str]) -> str:
    """What to add to the configuration so that a file is read in one of several ways. `settings`: `key: value`."""
    entries = " or ".join(f"- {{files: {json.dumps(name, ensure_ascii=False)}, {one}}}" for one in settings)
    return f"say which under formats in conf/base.yml: {entries}"


def _why_none(head: bytes, tried: Sequence[str], first_line: int, rule: FormatRule) -> str:
    delimiter = max(tried, key=lambda one: head.split(b"\n", 1)[0].count(one.encode()))
    rows = [row for row in _rows(head, delimiter) if row.line >= first_line]
    if rule.header_line is not None:
        return f"line {rule.header_line} is to be the header (formats in conf/base.yml), but no record begins there"
    if not rows or rows[0].line > first_line:
        return f"line {first_line} is blank: the header must stand there"
    first = rows[0]
    if first.cells is None:
        return (
            f"line {first.line}, the header, has a quote that is not closed or stands inside a field: mend its quotes"
        )
    if sum(cell.strip().isdecimal() for cell in first.cells) * 2 > len(first.cells):
        return f"line {first.line} has no column {c.ID}, it looks like data: add the header line"
    return (
        f"line {first.line} has no column {c.ID}: add the header line, or name the key's header in conf/questions.yml"
    )
