"""Reads a delivered file once, from beginning to end: its checksums, and the scan of its text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from lakehouse.formats.content import HashedFile, content, is_packed
from lakehouse.formats.dialect import FormatRule, encoding_name
from lakehouse.formats.encoding import WINDOWS_1252, Transcoder, encoding_of, guesses, sample_of
from lakehouse.formats.faults import RefusedFileError
from lakehouse.formats.landing import LandingFile
from lakehouse.formats.scan import Scan
from lakehouse.formats.workbooks import is_workbook
from lakehouse.places.objects import FileVersion
from lakehouse.survey.catalogue import Catalogue


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...


@dataclass(frozen=True)
class Reading:
    """A scanned file. `sha256`: of its content; `fault`: why it cannot be unpacked."""

    scan: Scan
    sha256: str | None
    raw_sha256: str
    version: FileVersion
    beginning: bytes
    fault: str | None


def read(file: LandingFile, catalogue: Catalogue, rule: FormatRule, encoding: str | None) -> Reading:
    """Scans the content, and reads the file to its end even when it cannot be unpacked. `encoding`: None to recognise
    it from the first bytes."""
    with HashedFile(file.path) as stream:
        # The content of a file that is not packed, and of a workbook, is the file: it need not be hashed twice.
        digest = hashlib.sha256() if is_packed(file) and not is_workbook(file) else None
        blocks = _hashed(content(file, stream), digest)
        beginning, fault = b"", None
        try:
            beginning = next(blocks, b"")
        except RefusedFileError as error:
            fault = str(error)
        scan = Scan(catalogue, rule, encoding or encoding_of(beginning))
        fault = fault or _scan_all(scan, chain([beginning], blocks))
        content_sha256 = None if fault else (digest or stream.digest).hexdigest()
    return Reading(scan, content_sha256, stream.digest.hexdigest(), stream.version, beginning, fault)


def _scan_all(scan: Scan, blocks: Iterable[bytes]) -> str | None:
    """Scans the blocks to their end. Returns why they cannot be unpacked."""
    transcode = Transcoder(scan.encoding)
    try:
        for block in blocks:
            scan.feed(transcode(block))
    except RefusedFileError as error:
        return str(error)
    left = transcode(b"", final=True)
    if left:
        scan.feed(left)
    scan.finish()
    if transcode.has_failed:
        scan.fault = f"the file is not {encoding_name(scan.encoding)} text to its end: deliver it again as UTF-8"
    return None


def _hashed(blocks: Iterable[bytes], digest: _Hash | None) -> Iterator[bytes]:
    for block in blocks:
        if digest:
            digest.update(block)
        yield block


def read_again(file: LandingFile, catalogue: Catalogue, rule: FormatRule, reading: Reading) -> Reading:
    """Scans a file that is not UTF-8 in the encoding that it shows; the reading as it is when none is certain."""
    with HashedFile(file.path) as stream:
        likely = guesses(sample_of(content(file, stream)))
    if likely == (WINDOWS_1252,):
        return read(file, catalogue, rule, WINDOWS_1252)
    names = " or ".join(map(encoding_name, likely))
    reading.scan.fault = f"{reading.scan.fault}{f' and may be {names}' if names else ''}"
    reading.scan.settings = tuple(f"encoding: {encoding}" for encoding in likely)
    return reading
