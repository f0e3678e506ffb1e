"""Judges a delivered file by its bytes and its header, before Spark reads it."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import os
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lakehouse.bronze.landing import LandingFile
from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.headers import collisions, parse_header, safe_names
from schemas import columns as c

# `Accepted.newlines` counts per block of this many bytes: the unit in which splits must be cut.
BLOCK = 1 << 20

MAX_UNKNOWN_COLUMNS = 200
_MAX_HEADER_BYTES = 1 << 20

# Spark drops a line when nothing but characters up to the space is on it.
_BLANKS = bytes(range(0x21))
_BLANK_LINE = re.compile(rb"\n[\x00-\x09\x0b-\x20]*(?=\n)")
_LONE_CR = re.compile(rb"\r(?!\n)")
_LINE_END = re.compile(rb"[\r\n]")

# Hadoop reads braces and the like as patterns, a colon as a scheme, and needs a UTF-8 locale for the rest.
_ODD_IN_PATH = re.compile(r"[{}\[\]*?\\]")
_ODD_IN_NAME = re.compile(r"^[._]|:|[^ -~]")

_UTF16 = "the file is UTF-16 text: export it as UTF-8"
_FOREIGN = (
    (codecs.BOM_UTF16_LE, _UTF16),
    (codecs.BOM_UTF16_BE, _UTF16),
    (b"\x1f\x8b", "the content is still gzip: deliver it as .csv.gz, compressed once"),
    (b"PK\x03\x04", "the file is a zip archive or a workbook: export it as CSV text"),
)


@dataclass(frozen=True)
class Accepted:
    """A file that can be loaded.

    `sha256` is of the decompressed bytes, `raw_sha256` of the bytes as they lie there, `size` their number.
    `lines` counts physical lines after the header that are not blank. `newlines[i]` is the number of newline
    bytes before byte `i * BLOCK`; a gzip file has the one entry 0. `needs_copy`: Spark would miscount its lines
    or not find it, so it must be read from a staged copy.
    """

    file: LandingFile
    sha256: str
    raw_sha256: str
    lines: int
    header: str
    names: tuple[str, ...]
    size: int
    newlines: tuple[int, ...]
    needs_copy: bool
    modified_ns: int


@dataclass(frozen=True)
class Refused:
    """A file of which nothing is loaded; `reason` is one sentence with the fault and the way out.

    `sha256` is None where the content could not be read to its end, `raw_sha256` where the file could not.
    """

    file: LandingFile
    sha256: str | None
    raw_sha256: str | None
    reason: str


class HashedFile(io.BufferedReader):
    """A file that remembers the hash of all it gave."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(io.FileIO(path))
        self.digest = hashlib.sha256()

    def read(self, size: int | None = -1, /) -> bytes:
        """As `BufferedReader.read`."""
        piece = super().read(size)
        self.digest.update(piece)
        return piece


def is_gzip(file: LandingFile) -> bool:
    """Whether the file's name says that it is compressed."""
    return file.path.name.lower().endswith(".gz")


def content(file: LandingFile, stream: HashedFile) -> Iterator[bytes]:
    """The decompressed bytes in blocks of `BLOCK`, the last one shorter.

    Raises `gzip.BadGzipFile`, `zlib.error` or `EOFError` for a broken gzip, `OSError` for an unreadable file.
    """
    source = gzip.GzipFile(fileobj=stream) if is_gzip(file) else stream
    return iter(lambda: source.read(BLOCK), b"")


def normal_line_ends(text: bytes) -> bytes:
    """Every line end as a newline byte. A carriage return at the end of `text` must not be half of a pair."""
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text


def mark_blank_lines(text: bytes, marker: bytes) -> bytes:
    """Whole lines, ended by newline bytes, with the marker on each blank one."""
    return _BLANK_LINE.sub(b"\n" + marker, b"\n" + text)[1:]


class _Scan:
    """What one pass over a file's decompressed bytes finds; memory stays flat however long the lines are."""

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
        self.newlines.append(self.line_count - self.lone_crs)
        block = self._held + block
        # A final carriage return waits: it may be half of a line end.
        self._held = b"\r" if block.endswith(b"\r") else b""
        self._read(block[: len(block) - len(self._held)])

    def finish(self) -> None:
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


def preflight(file: LandingFile, catalogue: Catalogue) -> Accepted | Refused:
    """Reads a file once, to its end, and accepts it or says why nothing of it can be loaded."""
    try:
        with HashedFile(file.path) as stream:
            status = os.fstat(stream.fileno())
            scan = _scan(file, stream)
    except OSError as error:
        return Refused(file, None, None, f"the file cannot be read ({error.strerror}): let this user read it")
    raw_sha256 = stream.digest.hexdigest()
    if fault := _content_fault(scan) or _header_fault(scan.header_text(), catalogue):
        return Refused(file, scan.sha256 or None, raw_sha256, fault)
    return Accepted(
        file=file,
        sha256=scan.sha256,
        raw_sha256=raw_sha256,
        lines=scan.lines,
        header=scan.header_text(),
        names=safe_names(parse_header(scan.header_text())),
        size=status.st_size,
        newlines=(0,) if is_gzip(file) else tuple(scan.newlines),
        needs_copy=bool(scan.blank or scan.lone_crs or _is_odd(file)),
        modified_ns=status.st_mtime_ns,
    )


def _scan(file: LandingFile, stream: HashedFile) -> _Scan:
    scan = _Scan()
    digest = hashlib.sha256()
    try:
        for block in content(file, stream):
            scan.feed(block)
            if is_gzip(file):
                digest.update(block)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        scan.fault = f"the gzip is broken or cut short ({error}): deliver the file again"
        while stream.read(BLOCK):  # The rest counts for the hash by which a refused file is known.
            pass
        return scan
    scan.finish()
    scan.sha256 = (digest if is_gzip(file) else stream.digest).hexdigest()
    return scan


def _content_fault(scan: _Scan) -> str | None:
    if not scan.line_count and not scan.fault:
        return "the file is empty: deliver it again"
    if scan.header.count(0) * 3 > len(scan.header):  # Two-byte characters without a mark at the front.
        return _UTF16
    for mark, fault in _FOREIGN:
        if scan.header.startswith(mark):
            return fault
    if scan.fault:
        return scan.fault
    if not scan.lines and scan.header_text().strip():
        return "the file has a header but no data line: deliver it again"
    return None


def _header_fault(header: str, catalogue: Catalogue) -> str | None:
    try:
        headers = parse_header(header)
    except csv.Error as error:
        return f"line 1, the header, has a quote that is not closed or stands inside a field ({error}): mend its quotes"
    if not header.strip():
        return "line 1 is blank: the header must stand there"
    for name, same in collisions(headers):
        return f"the headers {_listed(same)} all become the column {name}: rename or remove all but one"
    return _resolution_fault(header, headers, catalogue)


def _resolution_fault(header: str, headers: tuple[str, ...], catalogue: Catalogue) -> str | None:
    arriving: dict[str | None, list[str]] = {}
    for original, name in zip(headers, safe_names(headers), strict=True):
        arriving.setdefault(catalogue.resolve(name), []).append(original)
    unknown = arriving.pop(None, [])
    for column, same in arriving.items():
        if len(same) > 1:
            return f"the headers {_listed(same)} all mean {column}: remove all but one, or mend conf/questions.yml"
    if c.ID not in arriving:
        return f"line 1 has no column {c.ID}: {_key_cause(header)}"
    if len(unknown) > MAX_UNKNOWN_COLUMNS:
        return (
            f"{len(unknown)} columns are unknown, more than {MAX_UNKNOWN_COLUMNS} ({_listed(unknown[:3])}, ...): "
            "remove them or name them in conf/questions.yml"
        )
    return None


def _key_cause(header: str) -> str:
    for delimiter, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")):
        if delimiter in header:
            return f"its fields seem to be separated by {name}, export the file with commas"
    return "add the header line, or name the key's header in conf/questions.yml"


def _listed(headers: Sequence[str]) -> str:
    return ", ".join(repr(header) for header in headers)


def _is_odd(file: LandingFile) -> bool:
    wrong_case = is_gzip(file) and not file.path.name.endswith(".gz")
    return wrong_case or bool(_ODD_IN_PATH.search(str(file.path)) or _ODD_IN_NAME.search(file.relative))
