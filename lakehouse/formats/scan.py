"""One pass over a file's bytes: lines, header, encoding, in memory that stays flat however long the lines are."""

from __future__ import annotations

import codecs
import re

# Spark drops a line when nothing but characters up to the space is on it.
_BLANKS = bytes(range(0x21))
_BLANK_LINE = re.compile(rb"\n[\x00-\x09\x0b-\x20]*(?=\n)")
_LONE_CR = re.compile(rb"\r(?!\n)")
_LINE_END = re.compile(rb"[\r\n]")

_MAX_HEADER_BYTES = 1 << 20


def normal_line_ends(text: bytes) -> bytes:
    """Every line end as a newline byte. A carriage return at the end of `text` must not be half of a pair."""
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text


def mark_blank_lines(text: bytes, marker: bytes) -> bytes:
    """Whole lines, ended by newline bytes, with the marker on each blank one."""
    return _BLANK_LINE.sub(b"\n" + marker, b"\n" + text)[1:]


class Scan:
    """What the pass finds: the file's decompressed bytes are fed block by block, then finished."""

    def __init__(self) -> None:
        self.sha256 = ""  # Stays empty when the content could not be read to its end.
        self.header = b""
        self.newlines: list[int] = []
        self.line_count = 0
        self.blank = 0
        self.lone_crs = 0
        self.fault: str | None = None
        self._header_ended = False
        self._held = b""
        # The unfinished line, shortened: nothing, a space for blanks only, or a letter for more.
        self._line = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    @property
    def lines(self) -> int:
        """Data lines that are not blank."""
        return max(0, self.line_count - 1 - self.blank)

    def header_text(self) -> str:
        """The first line without mark and line end."""
        return self.header.decode("utf-8-sig")

    def feed(self, block: bytes) -> None:
        """Takes the next block."""
        self.newlines.append(self.line_count - self.lone_crs)
        block = self._held + block
        # A final carriage return waits: it may be half of a line end.
        self._held = b"\r" if block.endswith(b"\r") else b""
        self._read(block[: len(block) - len(self._held)])

    def finish(self) -> None:
        """The file has no more blocks."""
        self._read(self._held)
        self._check_text(b"", final=True)
        if self._line:
            self.line_count += 1
            self.blank += self._line == b" "

    def _read(self, text: bytes) -> None:
        self._check_text(text)
        self._read_header(text)
        self.line_count += text.count(b"\n")
        if b"\r" in text and (lone := len(_LONE_CR.findall(text))):
            self.lone_crs += lone
            self.line_count += lone
            text = normal_line_ends(text)
        text = b"\n" + self._line + text
        self.blank += len(_BLANK_LINE.findall(text))
        rest = text[text.rfind(b"\n") + 1 :]
        self._line = b"x" if rest.strip(_BLANKS) else rest[:1] and b" "

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
        pending = self._decoder.getstate()[0]
        if (nul := text.find(b"\0")) >= 0:
            self.fault = f"line {self._line_at(text, nul)} has a NUL byte: export the file again as UTF-8 text"
        elif pending or final or not text.isascii():
            try:
                self._decoder.decode(text, final)
            except UnicodeDecodeError as error:
                line = self._line_at(text, max(0, error.start - len(pending)))
                self.fault = f"line {line} is not UTF-8 text: export the file with the encoding UTF-8"

    def _line_at(self, text: bytes, position: int) -> int:
        return self.line_count + normal_line_ends(text[:position]).count(b"\n") + 1
