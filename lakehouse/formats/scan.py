"""One pass over the bytes of a file: counts lines, reads the header, checks the encoding. Memory does not grow with
the length of lines."""

from __future__ import annotations

import codecs
import re

# The bytes up to the space. Spark drops a line that has no others.
_BLANKS = bytes(range(0x21))
_BLANK_LINE = re.compile(rb"\n[\x00-\x09\x0b-\x20]*(?=\n)")
_LONE_CARRIAGE_RETURN = re.compile(rb"\r(?!\n)")
_LINE_END = re.compile(rb"[\r\n]")

_MAX_HEADER_BYTES = 1 << 20


def normal_line_ends(text: bytes) -> bytes:
    """The text with a newline byte for every line end. `text` must not end inside of a line end."""
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text


def mark_blank_lines(text: bytes, marker: bytes) -> bytes:
    """The text with the marker in place of each blank line. `text`: whole lines, each ended by a newline byte."""
    return _BLANK_LINE.sub(b"\n" + marker, b"\n" + text)[1:]


class Scan:
    """Scans the decompressed bytes of a file: call `feed` with each block, then `finish`, then read the results."""

    def __init__(self) -> None:
        # Set by the caller, once the content was read to its end.
        self.sha256 = ""
        self.header = b""
        # Number of newline bytes before each block.
        self.newlines: list[int] = []
        self.line_count = 0
        self.blank_lines = 0
        self.lone_carriage_returns = 0
        self.fault: str | None = None
        self._header_ended = False
        self._pending_carriage_return = b""
        # The line that the last block did not finish, shortened: see `_shortened`.
        self._unfinished = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    @property
    def lines(self) -> int:
        """Number of data lines that are not blank."""
        return max(0, self.line_count - 1 - self.blank_lines)

    def header_text(self) -> str:
        """The first line, without byte order mark and line end."""
        return self.header.decode("utf-8-sig")

    def feed(self, block: bytes) -> None:
        """Scans the next block."""
        self.newlines.append(self.line_count - self.lone_carriage_returns)
        block = self._pending_carriage_return + block
        # A carriage return as the last byte is kept for the next block: it may be the first half of a line end.
        self._pending_carriage_return = b"\r" if block.endswith(b"\r") else b""
        self._read(block[: len(block) - len(self._pending_carriage_return)])

    def finish(self) -> None:
        """Scans what is left after the last block."""
        self._read(self._pending_carriage_return)
        self._check_text(b"", final=True)
        if self._unfinished:
            self.line_count += 1
            self.blank_lines += self._unfinished == b" "

    def _read(self, text: bytes) -> None:
        self._check_text(text)
        self._read_header(text)
        self.line_count += text.count(b"\n")
        lone = len(_LONE_CARRIAGE_RETURN.findall(text)) if b"\r" in text else 0
        if lone:
            self.lone_carriage_returns += lone
            self.line_count += lone
            text = normal_line_ends(text)
        text = b"\n" + self._unfinished + text
        self.blank_lines += len(_BLANK_LINE.findall(text))
        self._unfinished = _shortened(text[text.rfind(b"\n") + 1 :])

    def _read_header(self, text: bytes) -> None:
        if self._header_ended:
            return
        end = _LINE_END.search(text)
        self.header += text[: end.start()] if end else text
        self._header_ended = end is not None
        if len(self.header) > _MAX_HEADER_BYTES:
            self._header_ended = True
            self.fault = self.fault or "line 1 is longer than a header can be: export the file as CSV with line ends"

    def _check_text(self, text: bytes, final: bool = False) -> None:
        if self.fault:
            return
        undecoded = self._decoder.getstate()[0]
        nul = text.find(b"\0")
        if nul >= 0:
            self.fault = f"line {self._line_at(text, nul)} has a NUL byte: export the file again as UTF-8 text"
        elif undecoded or final or not text.isascii():
            try:
                self._decoder.decode(text, final)
            except UnicodeDecodeError as error:
                line = self._line_at(text, max(0, error.start - len(undecoded)))
                self.fault = f"line {line} is not UTF-8 text: export the file with the encoding UTF-8"

    def _line_at(self, text: bytes, position: int) -> int:
        """The number of the line, from 1, in which a position of the text is."""
        return self.line_count + normal_line_ends(text[:position]).count(b"\n") + 1


def _shortened(line: bytes) -> bytes:
    """Replaces an unfinished line, to keep memory small: `x` for text, a space for blanks, nothing when empty."""
    if line.strip(_BLANKS):
        return b"x"
    return b" " if line else b""
