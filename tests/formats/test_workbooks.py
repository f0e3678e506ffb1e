"""Workbooks are read as people see them, or refused by name."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest

from lakehouse.formats.content import HashedFile, content
from lakehouse.formats.dialect import FormatRule
from lakehouse.formats.landing import LandingFile
from lakehouse.formats.preflight import Accepted, Refused, preflight
from lakehouse.formats.workbooks import as_seen
from tests.support.catalogues import SMALL

pytestmark = pytest.mark.no_spark

HEADER = ["ID", "Class", "Gate Location"]
Rows = Sequence[Sequence[object]]


def save(path: Path, sheets: dict[str, Rows], *, start: tuple[int, int] = (1, 1), hidden: Sequence[str] = ()) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                sheet.cell(start[0] + number, start[1] + column, value)
    book.save(path)


def read(path: Path, *rules: FormatRule) -> Accepted | Refused:
    (judged,) = preflight(LandingFile(path, path.parent, path.name), SMALL, rules)
    return judged


def text_of(accepted: Accepted) -> str:
    with HashedFile(accepted.file.path) as stream:
        return b"".join(content(accepted.file, stream)).decode()


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (18.0, "18"),
        (0.5, "0.5"),
        (1e15, "1000000000000000"),
        ("007", "007"),
        ("", ""),
        (True, "TRUE"),
        (date(2025, 3, 4), "2025-03-04"),
        (datetime(2025, 3, 4, 11, 22, 33), "2025-03-04 11:22:33"),
        (time(11, 22), "11:22:00"),
    ],
)
def test_a_cell_is_read_as_it_is_seen(cell: object, text: str) -> None:
    assert as_seen(cell) == text


def test_a_sheet_is_read_from_its_header_on(tmp_path: Path) -> None:
    path = tmp_path / "survey.xlsx"
    rows: Rows = [
        ["Passenger survey", None, None],
        [None, None, None],
        HEADER,
        [1, "Eco", 4],
        ["007", "Eco, Plus", None],
    ]
    save(
        path,
        {"Survey": rows, "Legend": [["Code", "Meaning"]], "Old": [HEADER, [9, "Eco", 1]]},
        hidden=["Old"],
        start=(3, 2),
    )
    judged = read(path)
    assert isinstance(judged, Accepted), judged
    assert (judged.lines, judged.file.members, judged.needs_copy) == (2, ("Survey",), True)
    assert (judged.dialect.header_line, judged.notes) == (5, ("no surveys, and left out: Legend",))
    assert text_of(judged).splitlines()[-2:] == ["1,Eco,4", '007,"Eco, Plus",']


def test_sheets_with_one_header_are_one_delivery(tmp_path: Path) -> None:
    path = tmp_path / "survey.xlsx"
    save(path, {"January": [HEADER, [1, "Eco", 4]], "February": [HEADER, [2, "Eco", 5], [3, "Eco", 5]]})
    judged = read(path)
    assert isinstance(judged, Accepted), judged
    assert (judged.lines, judged.file.members) == (3, ("January", "February"))
    one = read(path, FormatRule("*.xlsx", sheet="February", encoding="cp1252", delimiter=";"))
    assert isinstance(one, Accepted) and one.lines == 2


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    two, none, locked, broken, macros = (
        tmp_path / f"{name}.xlsx" for name in ("two", "none", "locked", "broken", "macros")
    )
    save(two, {"A": [HEADER, [1, "Eco", 4]], "B": [HEADER[:2], [2, "Eco"]]})
    save(none, {"A": [["x"]], "B": [["y"]]})
    locked.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    broken.write_bytes(two.read_bytes()[:500])
    macros.write_bytes(two.read_bytes())
    with zipfile.ZipFile(macros, "a") as parts:
        parts.writestr("xl/vbaProject.bin", b"")
    reasons = {
        path.stem: judged.reason
        for path in (two, none, locked, broken, macros)
        if isinstance(judged := read(path), Refused)
    }
    assert reasons["two"] == (
        "the sheets 'A' and 'B' have different headers: say which under formats in conf/base.yml: "
        '- {files: "two.xlsx", sheet: "A"} or - {files: "two.xlsx", sheet: "B"}'
    )
    assert reasons["none"] == "no sheet has a header row with the column id: add it"
    assert reasons["locked"].startswith("the workbook is ")
    assert reasons["broken"].startswith("the workbook is broken")
    assert reasons["macros"] == "the workbook has macros: save it as .xlsx without them"
    assert "no sheet 'C'" in str(read(two, FormatRule("*", sheet="C")))


@pytest.mark.parametrize("part", ["the zip's directory", "a sheet", "a later row"])
def test_a_damaged_workbook_is_refused_wherever_the_damage_is(tmp_path: Path, part: str) -> None:
    path = tmp_path / "survey.xlsx"
    save(path, {"survey": [HEADER, *([number, "Business", 3] for number in range(300))]})
    if part == "the zip's directory":
        path.write_bytes(path.read_bytes().replace(b"PK\x01\x02", b"lost", 1))
    else:
        with zipfile.ZipFile(path) as book:
            parts = {name: book.read(name) for name in book.namelist()}
        sheet = parts["xl/worksheets/sheet1.xml"]
        spoilt = sheet[:40] if part == "a sheet" else sheet.replace(b'r="A290"', b'r=""', 1)
        assert spoilt != sheet
        with zipfile.ZipFile(path, "w") as book:
            for name, data in (parts | {"xl/worksheets/sheet1.xml": spoilt}).items():
                book.writestr(name, data)
    refused = read(path)
    assert isinstance(refused, Refused)
    assert refused.reason.startswith("the workbook is broken")
