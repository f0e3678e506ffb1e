"""One pass over the text of a file: finds its dialect, counts its records, and checks its encoding. Memory does not
grow with the length of the file or of its lines."""

from __future__ import annotations

import codecs

from lakehouse.formats.dialect import Dialect, FormatRule, recognise
from lakehouse.formats.encoding import UTF_8
from lakehouse.formats.faults import RefusedFileError
from lakehouse.formats.records import (
    BLANKS,
    MAX_BYTES,
    Grammar,
    count_repeats,
    line_ends_in,
    lone_returns_in,
    normal_line_ends,
    one_line,
    position_of_line,
)
from lakehouse.survey.catalogue import Catalogue

# Bytes of the beginning in which the header must end.
HEAD = 1 << 20
_UNCLOSED_SHOWN = 10


class Scan:
    """Scans the text of a file, in UTF-8: call `feed` with each block, then `finish`, then read the results."""

    def __init__(self, catalogue: Catalogue, rule: FormatRule, encoding: str) -> None:
        self.dialect: Dialect | None = None
        # Why the file cannot be read; the first that is found.
        self.fault: str | None = None
        # Settings of the configuration, each of which would make the dialect certain.
        self.settings: tuple[str, ...] = ()
        self.is_utf_8 = True
        # Number of newline bytes before each block.
        self.newlines: list[int] = []
        self.records = 0
        # Whether some lines are not read as they stand in the file: see `needs_copy`.
        self.blank_records = 0
        self.lone_returns = 0
        self.spanning_lines = 0
        self.repeated_headers = 0
        # Physical lines, 1-based, with a quote that is never closed; the first few.
        self.unclosed: list[int] = []
        self.encoding = encoding
        self._catalogue, self._rule = catalogue, rule
        self._newlines_taken = 0
        self._lines = 0
        self._head = b""
        self._rest = b""
        self._grammar = Grammar(",")
        self._header = b""
        self._decoder = codecs.getincrementaldecoder(UTF_8)()

    @property
    def needs_copy(self) -> bool:
        """Whether Spark would count the lines in another way, or read others than the responses."""
        dialect = self.dialect
        odd_lines = self.blank_records or self.lone_returns or self.spanning_lines or self.repeated_headers
        return bool(
            odd_lines
            or dialect is None
            or dialect.encoding != UTF_8
            or (dialect.header_line, dialect.body_line) != (1, 2)
            or dialect.closes_records
        )

    def feed(self, text: bytes) -> None:
        """Scans the next block."""
        self.newlines.append(self._newlines_taken + self._head.count(b"\n") + self._rest.count(b"\n"))
        self._check(text)
        if self.dialect is None and not self.fault:
            self._head += text
            if len(self._head) > HEAD:
                self._begin(final=False)
        elif self.dialect:
            self._read(text)

    def finish(self) -> None:
        """Scans what is left after the last block."""
        self._check(b"", final=True)
        if self.dialect is None and not self.fault:
            self._begin(final=True)
        if self.dialect:
            self._take(b"", final=True)

    def _begin(self, final: bool) -> None:
        """Finds the dialect in the beginning of the file, and reads on from there."""
        head, self._head = self._head.removeprefix(codecs.BOM_UTF8), b""
        whole = head if final else head[: 1 + max(head.rfind(b"\n"), head.rfind(b"\r", 0, -1))]
        if not final and not whole:
            self.fault = "line 1 is longer than a header can be: export the file as CSV with line ends"
            return
        try:
            self.dialect = recognise(whole, self.encoding, self._rule, self._catalogue)
        except RefusedFileError as error:
            self.fault, self.settings = str(error), error.settings
            return
        self._grammar = Grammar(self.dialect.delimiter)
        self._header = one_line(self.dialect.header)
        self._lines = self.dialect.body_line - 1
        body = position_of_line(head, self.dialect.body_line)
        self._newlines_taken = head.count(b"\n", 0, body)
        self.lone_returns = lone_returns_in(head[:body])
        self._read(head[body:])

    def _read(self, text: bytes) -> None:
        self._take(text, final=False)
        if len(self._rest) > 2 * MAX_BYTES:
            # Longer than a record that spans lines can be: one line, of which no more than that it is there counts.
            self._rest = b"x" if self._rest.strip(BLANKS) else b" "

    def _take(self, text: bytes, final: bool) -> None:
        """Counts the whole records of the next text, and keeps the rest of it."""
        joined = self._grammar.join(self._rest, text, final)
        self._rest, records = joined.rest, joined.text
        if joined.unclosed:
            lines = (self._lines + 1 + line for line in joined.unclosed)
            self.unclosed = [*self.unclosed, *lines][:_UNCLOSED_SHOWN]
        newlines, lone = records.count(b"\n"), lone_returns_in(records)
        if lone:
            records = normal_line_ends(records)
        count, blank = newlines + lone, self._grammar.blank_records(records)
        repeated = count_repeats(records, self._header)
        self._newlines_taken += newlines
        self.lone_returns += lone
        self.blank_records += blank
        self.repeated_headers += repeated
        self.spanning_lines += joined.inner
        self._lines += count + joined.inner
        self.records += count - blank - repeated

    def _check(self, text: bytes, final: bool = False) -> None:
        """Looks for bytes that are no text."""
        if not self.fault:
            undecoded = self._decoder.getstate()[0]
            nul = text.find(b"\0")
            if nul >= 0:
                self.fault = f"line {self._line_at(text, nul)} has a NUL byte: export the file again as UTF-8 text"
            elif undecoded or final or not text.isascii():
                try:
                    self._decoder.decode(text, final)
                except UnicodeDecodeError as error:
                    self.is_utf_8 = False
                    line = self._line_at(text, max(0, error.start - len(undecoded)))
                    self.fault = f"line {line} is not UTF-8 text"

    def _line_at(self, text: bytes, position: int) -> int:
        """The physical line, 1-based, in which a position of the block is."""
        return self._lines + line_ends_in(self._head + self._rest + text[:position] + b"x") + 1
