"""Records of delimiter-separated text (RFC 4180): a quoted cell may hold line ends, so a record may span lines.

All text here is UTF-8. Inside a cell a line end is written with two characters that Unicode reserves for such internal
use, so that a record becomes one line; everything else stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

# Stand for a newline and a carriage return inside a cell, and for a line that is no record of its own.
NEWLINE_IN_CELL, RETURN_IN_CELL, NO_RECORD = "\ufdd0", "\ufdd1", "\ufdd2"
# A quote that is not closed within so many lines and bytes is taken for a stray one, and spoils its own line only:
# passengers write shorter comments, and without a bound one missing quote would swallow the rest of the file.
MAX_LINES = 100
MAX_BYTES = 1 << 20

_NEWLINE, _RETURN, _MARK = (text.encode() for text in (NEWLINE_IN_CELL, RETURN_IN_CELL, NO_RECORD))
_LINE_END = re.compile(rb"\r\n|\n|\r")
# Bytes that are no text in a cell: Spark drops a line that has no others.
BLANKS = bytes(range(0x21))
_LONE_RETURN = re.compile(rb"\r(?!\n)")
_INTERNAL = re.compile(b"|".join((_NEWLINE, _RETURN, _MARK)))
_LINE_END_IN_CELL = re.compile(b"%b%b|%b|%b" % (_RETURN, _NEWLINE, _NEWLINE, _RETURN))
_SPANNING_LINE = re.compile(b"[^\n]*(?:%b|%b)[^\n]*\n" % (_NEWLINE, _RETURN))


@dataclass(frozen=True)
class Joined:
    """Whole records, each one line. `text`: ends with a line end, or is empty. `rest`: what follows the last whole
    record. `inner`: line ends inside cells. `unclosed`: lines of the text, from 0, with a quote that is never closed.
    """

    text: bytes
    rest: bytes
    inner: int = 0
    unclosed: tuple[int, ...] = ()


@dataclass(frozen=True)
class Grammar:
    """How the records of a file are told apart. `delimiter`: one ASCII character between cells."""

    delimiter: str

    def join(self, before: bytes, text: bytes, final: bool) -> Joined:
        """Takes the whole records from the beginning of a text. `before`: the rest of the text before it; `final`:
        nothing follows it."""
        # A carriage return as the last byte may be the first half of a line end, so it ends no line yet.
        end = len(text) if final else 1 + max(text.rfind(b"\n"), text.rfind(b"\r", 0, -1))
        if not end and not final:
            return Joined(b"", before + text)
        # Texts are long: one copy, and not one for the part and another for the sum.
        lines, rest = b"".join((before, memoryview(text)[:end])), text[end:]
        if final and lines and not lines.endswith((b"\n", b"\r")):
            lines += b"\n"
        if not self._may_span(lines):
            return Joined(lines, rest)
        return self._joined(lines, rest, final)

    def blank_records(self, text: bytes) -> int:
        """How many records have no cell with text; they count as no records. `text`: newlines as line ends."""
        blank = self._blank_in(text)
        first = blank.match(b"\n" + text[: 1 + text.find(b"\n")])
        return len(blank.findall(text)) + (first is not None)

    def mark_blank_records(self, text: bytes) -> bytes:
        """Replaces each record without text by `NO_RECORD`."""
        return self._blank_in(text).sub(b"\n" + _MARK, b"\n" + text)[1:]

    def _blank_in(self, text: bytes) -> re.Pattern[bytes]:
        return self._blank_with_quotes if b'"' in text else self._blank

    def _may_span(self, lines: bytes) -> bool:
        """Whether a record may span lines: quotes are not in pairs within each line, or stand inside of cells."""
        if b'"' not in lines:
            return False
        return b'"' in _QUOTED_IN_LINE.sub(b"", lines) or self._stray_quote.search(lines) is not None

    def _joined(self, lines: bytes, rest: bytes, final: bool) -> Joined:
        spans, stray, open_at = self._quoted_spans(lines, final)
        if open_at is not None:
            start = _record_start(lines, open_at, spans)
            rest, lines = lines[start:] + rest, lines[:start]
            spans = [span for span in spans if span[1] <= start]
        pieces, position, inner = [], 0, 0
        for start, end in spans:
            cell = lines[start:end]
            inner += line_ends_in(cell)
            pieces += [lines[position:start], _without_line_ends(cell)]
            position = end
        text = b"".join([*pieces, lines[position:]])
        unclosed = tuple(line_ends_in(lines[:at]) for at in stray if at < len(lines))
        return Joined(text, rest, inner, unclosed)

    def _quoted_spans(self, lines: bytes, final: bool) -> tuple[list[tuple[int, int]], list[int], int | None]:
        """Where quoted cells with line ends begin and end; stray quotes; where a quoted cell goes on after the text."""
        spans: list[tuple[int, int]] = []
        stray: list[int] = []
        opening = self._opening_quote.search(lines)
        while opening:
            start = opening.start()
            after = start + 1
            closed = self._rest_of_cell.match(lines, after)
            if closed:
                cell = lines[start : closed.end()]
                if not _has_line_end(cell):
                    after = closed.end()
                elif _is_within_reach(cell):
                    spans.append((start, closed.end()))
                    after = closed.end()
                else:
                    stray.append(start)
            elif not final and _UNFINISHED.match(lines, after) and _is_within_reach(lines[start:]):
                return spans, stray, start
            elif b'"' not in _first_line(lines, after):
                stray.append(start)
            opening = self._opening_quote.search(lines, after)
        return spans, stray, None

    @property
    def _ends(self) -> bytes:
        return re.escape(self.delimiter).encode() + rb"\r\n"

    @cached_property
    def _opening_quote(self) -> re.Pattern[bytes]:
        return re.compile(b'(?<![^%b])"' % self._ends)

    @cached_property
    def _rest_of_cell(self) -> re.Pattern[bytes]:
        return re.compile(b'[^"]*(?:""[^"]*)*"(?=[%b])' % self._ends)

    @cached_property
    def _stray_quote(self) -> re.Pattern[bytes]:
        return re.compile(b'[^"%b]"[^"%b]' % (self._ends, self._ends))

    @cached_property
    def _blank(self) -> re.Pattern[bytes]:
        # The bytes up to the space: Spark drops a line that has no others.
        return re.compile(b"\n[\\x00-\\x09\\x0b-\\x20%b]*(?=\n)" % re.escape(self.delimiter).encode())

    @cached_property
    def _blank_with_quotes(self) -> re.Pattern[bytes]:
        blank = b"[\\x00-\\x09\\x0b-\\x20%b]" % re.escape(self.delimiter).encode()
        return re.compile(b'\n%b*(?:""%b*)*(?=\n)' % (blank, blank))


_QUOTED_IN_LINE = re.compile(rb'"[^"\r\n]*"')
_UNFINISHED = re.compile(rb'[^"]*(?:""[^"]*)*\Z')


def normal_line_ends(text: bytes) -> bytes:
    """The text with a newline for every line end. `text` must not end inside of a line end."""
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text


def keep_line_numbers(text: bytes) -> bytes:
    """Adds a `NO_RECORD` line after each record for every further line that it spans."""

    def followed(match: re.Match[bytes]) -> bytes:
        record = match.group()
        return record + (_MARK + b"\n") * len(_LINE_END_IN_CELL.findall(record))

    return _SPANNING_LINE.sub(followed, text)


def count_repeats(text: bytes, header: bytes) -> int:
    """How many records are the header again, as where files were joined. `text`: a newline or CRLF after each record;
    `header`: from `one_line`."""
    return len(_repeats(header).findall(b"\n" + text)) if header in text else 0


def mark_repeats(text: bytes, header: bytes) -> bytes:
    """Replaces each record that is the header again by `NO_RECORD`."""
    return _repeats(header).sub(b"\n" + _MARK, b"\n" + text)[1:] if header in text else text


def _repeats(header: bytes) -> re.Pattern[bytes]:
    return re.compile(b"\n" + re.escape(header) + rb"\r?(?=\n)")


def position_of_line(text: bytes, line: int) -> int:
    """Where a physical line, 1-based from 2 on, begins."""
    end = next(islice(_LINE_END.finditer(text), line - 2, None), None)
    return end.end() if end else len(text)


def has_internal_characters(text: bytes) -> bool:
    """Whether a text already has one of the characters that are used here in place of line ends."""
    return _INTERNAL.search(text) is not None


def line_ends_in(text: bytes) -> int:
    """How many physical lines end in a text."""
    return text.count(b"\n") + lone_returns_in(text)


def lone_returns_in(text: bytes) -> int:
    """How many carriage returns of a text are line ends of their own."""
    return len(_LONE_RETURN.findall(text)) if b"\r" in text else 0


def one_line(record: str) -> bytes:
    """A record as it stands in `Joined.text`."""
    return _without_line_ends(record.encode())


def _without_line_ends(text: bytes) -> bytes:
    return text.replace(b"\n", _NEWLINE).replace(b"\r", _RETURN)


def as_delivered(text: str) -> str:
    """A record with the line ends inside of its cells restored."""
    return text.replace(NEWLINE_IN_CELL, "\n").replace(RETURN_IN_CELL, "\r")


def joined_blocks(blocks: Iterable[bytes], grammar: Grammar) -> Iterator[bytes]:
    """The whole records of a stream of blocks, each record one line that ends with a newline."""
    rest = b""
    for block in blocks:
        joined = grammar.join(rest, block, final=False)
        rest = joined.rest
        yield normal_line_ends(joined.text)
    yield normal_line_ends(grammar.join(rest, b"", final=True).text)


def _has_line_end(cell: bytes) -> bool:
    return b"\n" in cell or b"\r" in cell


def _is_within_reach(cell: bytes) -> bool:
    return len(cell) <= MAX_BYTES and line_ends_in(cell) < MAX_LINES


def _first_line(text: bytes, start: int) -> bytes:
    end = _LINE_END.search(text, start)
    return text[start : end.start() if end else len(text)]


def _record_start(lines: bytes, position: int, spans: list[tuple[int, int]]) -> int:
    """Where the record begins that a position is in. `spans`: quoted cells with line ends."""
    for start, end in reversed(spans):
        if _has_line_end(lines[end:position]):
            break
        position = start
    return 1 + max(lines.rfind(b"\n", 0, position), lines.rfind(b"\r", 0, position))
