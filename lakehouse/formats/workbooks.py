"""Workbooks as delimiter-separated text: each row a record, each cell as people see it."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import islice

from lakehouse.formats.dialect import FormatRule, recognise
from lakehouse.formats.encoding import UTF_8
from lakehouse.formats.faults import BROKEN_ZIP, RefusedFileError
from lakehouse.formats.landing import WORKBOOKS, LandingFile
from lakehouse.places.objects import ObjectPath
from lakehouse.survey.catalogue import Catalogue

try:
    import python_calamine as calamine
except ImportError:
    calamine = None  # type: ignore[assignment]

_ROWS_PER_BLOCK = 5000
_MAX_UNPACKED = 4 << 30
# Rows of a sheet among which its header is looked for.
_HEAD_ROWS = 50
# What a workbook's text is always written with, so that nothing is left to recognise.
DELIMITER = ","


@dataclass(frozen=True)
class Sheets:
    """The sheets of a workbook that are the delivery, and the names of those that are left out."""

    file: LandingFile
    others: tuple[str, ...]


def is_workbook(file: LandingFile) -> bool:
    """Whether the file is a workbook, by its name."""
    return file.path.name.lower().endswith(WORKBOOKS)


def find_sheets(file: LandingFile, rule: FormatRule, catalogue: Catalogue) -> Sheets:
    """The sheets with a survey in them; several when their headers are equal. Hidden sheets count only when the
    configuration names them.

    Raises `RefusedFileError` when there is none, when headers differ, or when the workbook cannot be opened.
    """
    workbook = _open(file)
    visible = [one.name for one in workbook.sheets_metadata if one.visible == calamine.SheetVisibleEnum.Visible]
    if rule.sheet is not None and rule.sheet not in workbook.sheet_names:
        names = ", ".join(map(repr, workbook.sheet_names))
        raise RefusedFileError(f"it has no sheet {rule.sheet!r} (formats in conf/base.yml), but {names}")
    headers: dict[str, tuple[str, ...]] = {}
    for name in visible if rule.sheet is None else [rule.sheet]:
        head = b"".join(_blocks(islice(_rows(workbook, name), _HEAD_ROWS)))
        try:
            headers[name] = recognise(head, UTF_8, rule, catalogue).names
        except RefusedFileError:
            if rule.sheet is not None or len(visible) == 1:
                raise
    if not headers:
        raise RefusedFileError("no sheet has a header row with the column id: add it")
    if len(set(headers.values())) > 1:
        names = " and ".join(map(repr, headers))
        raise RefusedFileError(
            f"the sheets {names} have different headers",
            [f"sheet: {json.dumps(name, ensure_ascii=False)}" for name in headers],
        )
    return Sheets(replace(file, members=tuple(headers)), tuple(name for name in visible if name not in headers))


def workbook_text(file: LandingFile) -> Iterator[bytes]:
    """The rows of the file's sheets, one sheet after the other, as comma-separated UTF-8 text."""
    workbook = _open(file)
    for name in file.members:
        yield from _blocks(_rows(workbook, name))


def _open(file: LandingFile) -> calamine.CalamineWorkbook:
    if calamine is None:
        raise RefusedFileError(
            "workbooks need the extra 'excel': pip install 'passenger-feedback-lakehouse[excel]', "
            "or export the sheet as CSV"
        )
    with _refusing_broken():
        _require_safe(file)
        if isinstance(file.path, ObjectPath):
            with file.path.open("rb") as stream:
                return calamine.CalamineWorkbook.from_filelike(stream)
        return calamine.CalamineWorkbook.from_path(str(file.path))


@contextmanager
def _refusing_broken() -> Iterator[None]:
    """Raises `RefusedFileError` for what cannot be read. A sheet is looked into only when its rows are asked for."""
    try:
        yield
    except calamine.PasswordError as error:
        raise RefusedFileError("the workbook is locked by a password: deliver it without") from error
    except (calamine.CalamineError, *BROKEN_ZIP) as error:
        raise RefusedFileError(f"the workbook is broken ({error}): save it again") from error


def _require_safe(file: LandingFile) -> None:
    """Raises `RefusedFileError` for a workbook with macros, or one that unpacks to more than memory can take."""
    with file.path.open("rb") as stream:
        if not zipfile.is_zipfile(stream):
            return
        with zipfile.ZipFile(stream) as archive:
            parts = archive.infolist()
    if any(part.filename.lower().endswith("vbaproject.bin") for part in parts):
        raise RefusedFileError("the workbook has macros: save it as .xlsx without them")
    if sum(part.file_size for part in parts) > _MAX_UNPACKED:
        raise RefusedFileError(f"the workbook unpacks to more than {_MAX_UNPACKED >> 30} GB: export it as CSV")


def _rows(workbook: calamine.CalamineWorkbook, sheet: str) -> Iterator[list[str]]:
    """The rows of a sheet from its first one on, so that each keeps its number; without empty columns at the left."""
    with _refusing_broken():
        for row in workbook.get_sheet_by_name(sheet).iter_rows():
            yield [as_seen(cell) for cell in row]


def as_seen(cell: object) -> str:
    """A cell's value as people see it: 18 and not 18.0, days and times as in ISO 8601."""
    match cell:
        case bool():
            return str(cell).upper()
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime():
            return cell.isoformat(sep=" ", timespec="seconds")
        case date() | time():
            return cell.isoformat()
    return str(cell)


def _blocks(rows: Iterator[list[str]]) -> Iterator[bytes]:
    while part := list(islice(rows, _ROWS_PER_BLOCK)):
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\r\n").writerows(part)
        yield text.getvalue().encode(UTF_8)
