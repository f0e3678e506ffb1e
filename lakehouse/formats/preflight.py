"""Preflight: accepts or refuses a delivered file by its bytes and its header, before Spark reads it."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lakehouse.formats.archives import is_archive, list_archive
from lakehouse.formats.content import HashedFile, is_gzip, is_packed
from lakehouse.formats.dialect import Dialect, FormatRule, rule_for, to_paste
from lakehouse.formats.encoding import UTF_8
from lakehouse.formats.faults import RefusedFileError
from lakehouse.formats.landing import LandingFile
from lakehouse.formats.reading import Reading, read, read_again
from lakehouse.formats.scan import Scan
from lakehouse.formats.workbooks import DELIMITER, find_sheets, is_workbook
from lakehouse.places.objects import FileVersion, ObjectPath, why
from lakehouse.printable import is_printable
from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.headers import snake_names

MAX_UNKNOWN_COLUMNS = 200

# Characters that Hadoop misreads in a path: braces and the like are patterns, a colon ends a scheme, and characters
# outside of ASCII need a UTF-8 locale.
_ODD_IN_PATH = re.compile(r"[{}\[\]*?\\]")
_ODD_IN_NAME = re.compile(r"(?:^|/)[._]|:|[^ -~]")

# First bytes of files that are not CSV text -> the reason to refuse them.
_FOREIGN = (
    (b"\x1f\x8b", "the content is still gzip: deliver it as .csv.gz, compressed once"),
    (b"PK\x03\x04", "the file is a zip archive or a workbook: name it .zip, or export it as CSV text"),
    (b"\xd0\xcf\x11\xe0", "the file is an old or locked workbook: export it as CSV text"),
)


@dataclass(frozen=True)
class Accepted:
    """A file that can be loaded.

    `sha256`: checksum of the unpacked bytes. `raw_sha256`, `version`: checksum of the bytes as delivered, their number,
    and what tells that they changed.
    `lines`: records after the header with any text in their cells, without label rows and repeated headers; each counts
    as one line, however many it spans.
    `newlines[i]`: newline bytes before byte `i * BLOCK`; (0,) for a packed file. `needs_copy`: Spark would miscount the
    lines or fail to open the path, so a staged copy must be read. `spans_lines`: whether a record spans lines.
    `notes`: what whoever delivered the file may want to know.
    """

    file: LandingFile
    sha256: str
    raw_sha256: str
    lines: int
    dialect: Dialect
    version: FileVersion
    newlines: tuple[int, ...]
    needs_copy: bool
    spans_lines: bool
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns in bronze."""
        return self.dialect.names

    @property
    def header(self) -> str:
        """The header as a comma-separated record."""
        return self.dialect.as_csv


@dataclass(frozen=True)
class Refused:
    """A file of which nothing is loaded. `reason`: one sentence with the fault and the way out.

    `sha256`: None when the content could not be read to its end. `raw_sha256`: None when the file could not be read.
    """

    file: LandingFile
    sha256: str | None
    raw_sha256: str | None
    reason: str


def preflight(
    file: LandingFile, catalogue: Catalogue, rules: Sequence[FormatRule] = ()
) -> tuple[Accepted | Refused, ...]:
    """Reads a file from beginning to end, and accepts or refuses it; each survey file in it when it is an archive.

    Text that is not UTF-8 is read again in the encoding that it shows.
    """
    try:
        fault = _place_fault(file)
        if fault:
            return (Refused(file, sha256=None, raw_sha256=None, reason=fault),)
        try:
            deliveries, left_out = _deliveries(file, catalogue, rules)
        except RefusedFileError as error:
            return (Refused(file, sha256=None, raw_sha256=_checksum(file), reason=_with_way_out(file, error)),)
        return tuple(_judge(one, catalogue, _rule_for(one, rules), left_out) for one in deliveries)
    except OSError as error:
        reason = f"the file cannot be read ({why(error)}): let this user read it"
        return (Refused(file, sha256=None, raw_sha256=None, reason=reason),)


def _rule_for(file: LandingFile, rules: Sequence[FormatRule]) -> FormatRule:
    rule = rule_for(file.relative, rules)
    return replace(rule, delimiter=DELIMITER, encoding=UTF_8) if is_workbook(file) else rule


def _checksum(file: LandingFile) -> str:
    with HashedFile(file.path) as stream:
        stream.read_to_end()
    return stream.digest.hexdigest()


def _deliveries(
    file: LandingFile, catalogue: Catalogue, rules: Sequence[FormatRule]
) -> tuple[Sequence[LandingFile], Sequence[str]]:
    """The surveys in a file, each a delivery of its own, and the names of what in it is left out."""
    if is_archive(file):
        listing = list_archive(file)
        return listing.files, listing.others
    if is_workbook(file):
        sheets = find_sheets(file, _rule_for(file, rules), catalogue)
        return [sheets.file], sheets.others
    return [file], ()


def _judge(file: LandingFile, catalogue: Catalogue, rule: FormatRule, left_out: Sequence[str]) -> Accepted | Refused:
    reading = read(file, catalogue, rule, rule.encoding)
    if not reading.scan.is_utf_8 and rule.encoding is None and not reading.fault:
        reading = read_again(file, catalogue, rule, reading)
    return _verdict(file, reading, catalogue, left_out)


def _with_way_out(file: LandingFile, error: RefusedFileError) -> str:
    return f"{error}: {to_paste(file.relative, error.settings)}" if error.settings else str(error)


def _verdict(file: LandingFile, reading: Reading, catalogue: Catalogue, left_out: Sequence[str]) -> Accepted | Refused:
    scan = reading.scan
    fault = reading.fault or _content_fault(file.relative, reading) or _header_fault(scan.dialect, catalogue)
    if fault or scan.dialect is None:
        return Refused(file, reading.sha256, reading.raw_sha256, reason=fault or "")
    return Accepted(
        file=file,
        sha256=reading.sha256 or "",
        raw_sha256=reading.raw_sha256,
        lines=scan.records,
        dialect=scan.dialect,
        version=reading.version,
        newlines=(0,) if is_packed(file) else tuple(scan.newlines),
        needs_copy=scan.needs_copy or _needs_plain_name(file) or (is_packed(file) and not is_gzip(file)),
        spans_lines=scan.spanning_lines > 0,
        notes=_notes(scan, left_out),
    )


def _place_fault(file: LandingFile) -> str | None:
    """Why the file must not be opened; None when it may be. Raises `OSError` when it does not exist."""
    if not is_printable(str(file.path)):
        return "its name holds control characters, or bytes that are no text: rename it"
    if isinstance(file.path, ObjectPath) or isinstance(file.root, ObjectPath):
        is_path = {"", ".", ".."}.isdisjoint(file.relative.split("/"))
        return None if is_path else "a folder in its name is empty, or consists of dots: rename it"
    if not stat.S_ISREG(os.stat(file.path).st_mode):
        return "it is no file but a pipe, a socket or a device: deliver a file"
    if not Path(os.path.realpath(file.path)).is_relative_to(os.path.realpath(file.root)):
        return "it is a link to a place outside of its landing folder: deliver the file itself, or add that folder"
    return None


def _content_fault(name: str, reading: Reading) -> str | None:
    """Why the content cannot be loaded; None when it can."""
    scan, beginning = reading.scan, reading.beginning
    if not beginning:
        return "the file is empty: deliver it again"
    for mark, fault in _FOREIGN:
        if beginning.startswith(mark):
            return fault
    if scan.fault and (scan.settings or not scan.is_utf_8):
        pasted = f"{to_paste(name, scan.settings)}, or " if scan.settings else ""
        return f"{scan.fault}: {pasted}export the file as UTF-8 with commas"
    if scan.fault:
        return scan.fault
    if not scan.records:
        return "the file has a header but no data line: deliver it again"
    return None


def _header_fault(dialect: Dialect | None, catalogue: Catalogue) -> str | None:
    """Why the header cannot be used; None when it can."""
    if dialect is None:
        return None
    headers_of: dict[str | None, list[str]] = {}
    for original, name in zip(dialect.headers, snake_names(dialect.headers), strict=True):
        headers_of.setdefault(catalogue.resolve(name), []).append(original)
    unknown = headers_of.pop(None, [])
    for column, same in headers_of.items():
        if len(same) > 1:
            return f"the headers {_listed(same)} all mean {column}: remove all but one, or mend conf/questions.yml"
    if len(unknown) > MAX_UNKNOWN_COLUMNS:
        return (
            f"{len(unknown)} columns are unknown, more than {MAX_UNKNOWN_COLUMNS} ({_listed(unknown[:3])}, ...): "
            "remove them or name them in conf/questions.yml"
        )
    return None


def _notes(scan: Scan, left_out: Sequence[str]) -> tuple[str, ...]:
    """What is told of an accepted file."""
    notes = []
    if left_out:
        notes.append(f"no surveys, and left out: {', '.join(left_out)}")
    if scan.repeated_headers:
        notes.append(f"the header comes again in {scan.repeated_headers} line(s), which are left out")
    if scan.unclosed:
        lines = ", ".join(map(str, scan.unclosed))
        notes.append(f"a quote is never closed in line(s) {lines}: each of these lines stands for itself")
    return tuple(notes)


def _listed(headers: Sequence[str]) -> str:
    return ", ".join(repr(header) for header in headers)


def _needs_plain_name(file: LandingFile) -> bool:
    """Whether Hadoop would misread the path, or would not recognise by its suffix that the file is compressed."""
    wrong_case = is_gzip(file) and not file.path.name.endswith(".gz")
    return wrong_case or bool(_ODD_IN_PATH.search(str(file.path)) or _ODD_IN_NAME.search(file.relative))
