"""Any table of records gives the same records, in whatever dialect it is written."""

from __future__ import annotations

import bz2
import csv
import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakehouse.formats import content as packing
from lakehouse.formats import scan
from lakehouse.formats.dialect import FormatRule
from lakehouse.formats.landing import LandingFile
from lakehouse.formats.preflight import Accepted, preflight
from lakehouse.formats.records import NO_RECORD, as_delivered
from lakehouse.formats.staging import write_copy
from tests.support.catalogues import SMALL

pytestmark = pytest.mark.no_spark

HEADER = ["ID", "Class", "Gate Location", "Comment"]

# Cells of the kinds that break readers: delimiters, quotes, every line end, letters that Windows-1252 has.
_PIECES = ["a", "b", " ", ",", ";", "\t", "|", '"', '""', "\n", "\r\n", "\r", "é", "ß", "1", "ID"]
CELLS = st.lists(st.sampled_from(_PIECES), max_size=6).map("".join)
TABLES = st.lists(st.tuples(st.integers(1, 999).map(str), CELLS, CELLS, CELLS).map(list), min_size=1, max_size=6)

Test = Callable[..., None]
PACKERS: dict[str, Callable[[bytes], bytes]] = {".csv": bytes, ".csv.gz": gzip.compress, ".csv.bz2": bz2.compress}


def written(rows: list[list[str]], delimiter: str, end: str, quote_all: bool) -> str:
    """As RFC 4180 says. Python's own writer leaves a lone carriage return without quotes."""

    def cell(text: str) -> str:
        needs_quotes = quote_all or any(special in text for special in (delimiter, '"', "\r", "\n"))
        return '"' + text.replace('"', '""') + '"' if needs_quotes else text

    return "".join(delimiter.join(map(cell, row)) + end for row in (HEADER, *rows))


def deliver(folder: Path, content: bytes, packing_of: str) -> LandingFile:
    path = folder / f"survey{packing_of}"
    if packing_of == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("survey.csv", content)
    else:
        path.write_bytes(PACKERS[packing_of](content))
    return LandingFile(path, folder, path.name)


def records_of(folder: Path, accepted: Accepted) -> list[list[str]]:
    """The records as Spark is given them: each line of the copy, without the lines that are no records."""
    write_copy(accepted, folder / "copy.csv")
    copy = (folder / "copy.csv").read_bytes().decode()
    lines = [line for line in copy.removesuffix("\n").split("\n")[1:] if line != NO_RECORD]
    rows = [next(csv.reader([line], delimiter=accepted.dialect.delimiter)) for line in lines]
    return [[as_delivered(cell) for cell in row] for row in rows]


def check(
    folder: Path, rows: list[list[str]], *, delimiter: str, encoding: str, end: str, quote_all: bool, packing_of: str
) -> None:
    content = written(rows, delimiter, end, quote_all).encode(encoding)
    # A few letters of no language name no encoding for certain: then the configuration says it.
    rule = FormatRule("*", encoding=encoding) if encoding == "cp1252" else FormatRule("*")
    (accepted,) = preflight(deliver(folder, content, packing_of), SMALL, [rule])
    assert isinstance(accepted, Accepted), accepted
    assert accepted.dialect.delimiter == delimiter
    assert accepted.notes == ()
    assert records_of(folder, accepted) == rows
    assert accepted.lines == len(rows)


DIALECTS = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from(",;\t|"),
        "encoding": st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]),
        "end": st.sampled_from(["\n", "\r\n", "\r"]),
        "quote_all": st.booleans(),
        "packing_of": st.sampled_from([*PACKERS, ".zip"]),
    }
)


def any_dialect(examples: int) -> Callable[[Test], Test]:
    """Gives a test so many tables, each in a dialect of its own, and a size of blocks."""
    unshared = settings(
        suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples, deadline=None
    )
    given_all = given(rows=TABLES, dialect=DIALECTS, block=st.integers(60, 300))
    return lambda test: unshared(given_all(test))


def run(folder: Path, rows: list[list[str]], dialect: dict[str, object], block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "BLOCK", block)
        patch.setattr(scan, "HEAD", 120)
        check(folder, rows, **dialect)  # type: ignore[arg-type]


@any_dialect(200)
def test_any_dialect_gives_the_same_records(
    tmp_path: Path, rows: list[list[str]], dialect: dict[str, object], block: int
) -> None:
    run(tmp_path, rows, dialect, block)


@pytest.mark.faults
@any_dialect(10_000)
def test_any_dialect_gives_the_same_records_at_length(
    tmp_path: Path, rows: list[list[str]], dialect: dict[str, object], block: int
) -> None:
    run(tmp_path, rows, dialect, block)
