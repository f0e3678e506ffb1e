"""Preflight: accepts or refuses a delivered file by its bytes and its header, before Spark reads it."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import os
import re
import stat
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lakehouse.formats.landing import LandingFile
from lakehouse.formats.scan import Scan
from lakehouse.printable import is_printable
from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.headers import collisions, parse_header, safe_names
from schemas import columns as c

# Bytes per block. `Accepted.newlines` counts per block, so Spark must split files at multiples of it.
BLOCK = 1 << 20

MAX_UNKNOWN_COLUMNS = 200
# A gzip file that grows to more than this multiple of its size is refused as a decompression bomb: surveys grow to
# about ten times. The check begins after so many blocks, because a small file does no harm.
_MAX_EXPANSION = 200
_UNCHECKED_BLOCKS = 256

# Characters that Hadoop misreads in a path: braces and the like are patterns, a colon ends a scheme, and characters
# outside of ASCII need a UTF-8 locale.
_ODD_IN_PATH = re.compile(r"[{}\[\]*?\\]")
_ODD_IN_NAME = re.compile(r"(?:^|/)[._]|:|[^ -~]")

_UTF16 = "the file is UTF-16 text: export it as UTF-8"
# First bytes of files that are not CSV text -> the reason to refuse them.
_FOREIGN = (
    (codecs.BOM_UTF16_LE, _UTF16),
    (codecs.BOM_UTF16_BE, _UTF16),
    (b"\x1f\x8b", "the content is still gzip: deliver it as .csv.gz, compressed once"),
    (b"PK\x03\x04", "the file is a zip archive or a workbook: export it as CSV text"),
)


@dataclass(frozen=True)
class Accepted:
    """A file that can be loaded.

    `sha256`: checksum of the decompressed bytes. `raw_sha256`, `size`: checksum and number of the bytes as delivered.
    `lines`: physical lines after the header that are not blank. `names`: columns in bronze. `newlines[i]`: newline
    bytes before byte `i * BLOCK`; (0,) for a gzip file. `needs_copy`: Spark would miscount the lines or fail to open
    the path, so a staged copy must be read.
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
    """A file of which nothing is loaded. `reason`: one sentence with the fault and the way out.

    `sha256`: None when the content could not be read to its end. `raw_sha256`: None when the file could not be read.
    """

    file: LandingFile
    sha256: str | None
    raw_sha256: str | None
    reason: str


class HashedFile(io.BufferedReader):
    """A file whose `digest` is the SHA-256 of all bytes read from it so far."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(io.FileIO(path))
        self.digest = hashlib.sha256()

    def read(self, size: int | None = -1, /) -> bytes:
        """As `BufferedReader.read`; updates the digest."""
        piece = super().read(size)
        self.digest.update(piece)
        return piece


def is_gzip(file: LandingFile) -> bool:
    """Whether the file is compressed, by its name."""
    return file.path.name.lower().endswith(".gz")


def content(file: LandingFile, stream: HashedFile) -> Iterator[bytes]:
    """The decompressed bytes in blocks of `BLOCK`, the last one shorter.

    Raises `gzip.BadGzipFile`, `zlib.error` or `EOFError` for a broken gzip, `OSError` for an unreadable file.
    """
    source = gzip.GzipFile(fileobj=stream) if is_gzip(file) else stream
    return iter(lambda: source.read(BLOCK), b"")


def preflight(file: LandingFile, catalogue: Catalogue) -> Accepted | Refused:
    """Reads a file once, from beginning to end, and accepts or refuses it."""
    try:
        fault = _place_fault(file)
        if fault:
            return Refused(file, sha256=None, raw_sha256=None, reason=fault)
        with HashedFile(file.path) as stream:
            status = os.fstat(stream.fileno())
            scan = _scan(file, stream)
    except OSError as error:
        reason = f"the file cannot be read ({error.strerror}): let this user read it"
        return Refused(file, sha256=None, raw_sha256=None, reason=reason)
    raw_sha256 = stream.digest.hexdigest()
    fault = _content_fault(scan) or _header_fault(scan.header_text(), catalogue)
    if fault:
        return Refused(file, scan.sha256 or None, raw_sha256, reason=fault)
    return Accepted(
        file=file,
        sha256=scan.sha256,
        raw_sha256=raw_sha256,
        lines=scan.lines,
        header=scan.header_text(),
        names=safe_names(parse_header(scan.header_text())),
        size=status.st_size,
        newlines=(0,) if is_gzip(file) else tuple(scan.newlines),
        needs_copy=bool(scan.blank_lines or scan.lone_carriage_returns or _needs_plain_name(file)),
        modified_ns=status.st_mtime_ns,
    )


def _place_fault(file: LandingFile) -> str | None:
    """Why the file must not be opened; None when it may be. Raises `OSError` when it does not exist."""
    if not is_printable(str(file.path)):
        return "its name holds control characters, or bytes that are no text: rename it"
    if not stat.S_ISREG(os.stat(file.path).st_mode):
        return "it is no file but a pipe, a socket or a device: deliver a file"
    if not Path(os.path.realpath(file.path)).is_relative_to(os.path.realpath(file.root)):
        return "it is a link to a place outside of its landing folder: deliver the file itself, or add that folder"
    return None


def _scan(file: LandingFile, stream: HashedFile) -> Scan:
    """Scans the content, and reads the stream to its end even when the gzip is broken."""
    scan = Scan()
    digest = hashlib.sha256()
    try:
        for number, block in enumerate(content(file, stream), 1):
            scan.feed(block)
            if is_gzip(file):
                digest.update(block)
                if number > _UNCHECKED_BLOCKS and number * BLOCK > _MAX_EXPANSION * stream.tell():
                    raise gzip.BadGzipFile(f"more than {_MAX_EXPANSION} times its size unpacked")
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        scan.fault = f"the gzip is broken or cut short ({error}): deliver the file again"
        # The checksum by which a refused file is recognised covers all of its bytes.
        while stream.read(BLOCK):
            pass
        return scan
    scan.finish()
    scan.sha256 = (digest if is_gzip(file) else stream.digest).hexdigest()
    return scan


def _content_fault(scan: Scan) -> str | None:
    """Why the content cannot be loaded; None when it can."""
    if not scan.line_count and not scan.fault:
        return "the file is empty: deliver it again"
    # Many NUL bytes: two-byte characters, without the byte order mark that would say so.
    if scan.header.count(0) * 3 > len(scan.header):
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
    """Why the header cannot be used; None when it can."""
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
    """Why the headers cannot be assigned to the columns of the catalogue; None when they can."""
    headers_of: dict[str | None, list[str]] = {}
    for original, name in zip(headers, safe_names(headers), strict=True):
        headers_of.setdefault(catalogue.resolve(name), []).append(original)
    unknown = headers_of.pop(None, [])
    for column, same in headers_of.items():
        if len(same) > 1:
            return f"the headers {_listed(same)} all mean {column}: remove all but one, or mend conf/questions.yml"
    if c.ID not in headers_of:
        return f"line 1 has no column {c.ID}: {_cause_of_missing_id(header)}"
    if len(unknown) > MAX_UNKNOWN_COLUMNS:
        return (
            f"{len(unknown)} columns are unknown, more than {MAX_UNKNOWN_COLUMNS} ({_listed(unknown[:3])}, ...): "
            "remove them or name them in conf/questions.yml"
        )
    return None


def _cause_of_missing_id(header: str) -> str:
    for delimiter, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")):
        if delimiter in header:
            return f"its fields seem to be separated by {name}, export the file with commas"
    return "add the header line, or name the key's header in conf/questions.yml"


def _listed(headers: Sequence[str]) -> str:
    return ", ".join(repr(header) for header in headers)


def _needs_plain_name(file: LandingFile) -> bool:
    """Whether Hadoop would misread the path, or would not recognise by its suffix that the file is compressed."""
    wrong_case = is_gzip(file) and not file.path.name.endswith(".gz")
    return wrong_case or bool(_ODD_IN_PATH.search(str(file.path)) or _ODD_IN_NAME.search(file.relative))
