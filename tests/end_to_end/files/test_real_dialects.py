"""The public file in other dialects gives the same silver."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import Config
from lakehouse.upkeep.fingerprint import fingerprint
from tests.support.data.real_survey import needs_real_survey
from tests.support.pipeline import Pipeline
from tests.support.places import REAL_SURVEY

pytestmark = [pytest.mark.faults, needs_real_survey]

Rows = list[list[str]]
_PARTS = 3


def plain(rows: Rows, folder: Path) -> None:
    with (folder / "survey.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def semicolons_in_utf_16(rows: Rows, folder: Path) -> None:
    with (folder / "survey.csv").open("w", encoding="utf-16", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)


def zipped(rows: Rows, folder: Path) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    with zipfile.ZipFile(folder / "survey.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("survey.csv", text.getvalue())


def workbook(rows: Rows, folder: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Survey")
    for row in rows:
        sheet.append([int(cell) if cell.isdecimal() else cell for cell in row])
    book.save(folder / "survey.xlsx")


def parts_with_comments(rows: Rows, folder: Path) -> None:
    header, body = rows[0], rows[1:]
    for part in range(_PARTS):
        with (folder / f"part_{part}.csv").open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow([*header, "Comment"])
            for number, row in enumerate(body[part::_PARTS]):
                out.writerow([*row, f'first "line"\nof {number},\n' if number % 3 == 0 else ""])


@pytest.fixture(scope="module")
def rows() -> Rows:
    with gzip.open(REAL_SURVEY, "rt", encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def silver_of(spark: SparkSession, config: Config, root: Path, write: Callable[[Path], None]) -> tuple[int, int, int]:
    pipeline = Pipeline(spark, config, root)
    write(pipeline.landing)
    for stage in ("ingest", "silver"):
        assert pipeline.run(stage, "--survey-date", "2025-01-31") == 0
    silver = pipeline.read("silver.survey_responses")
    lineage = [name for name in silver.columns if name.startswith("_") and name != "_row_hash"]
    return fingerprint(silver.drop(*lineage, "questionnaire_key"))


@pytest.fixture(scope="module")
def expected(
    spark: SparkSession, config: Config, rows: Rows, tmp_path_factory: pytest.TempPathFactory
) -> tuple[int, int, int]:
    return silver_of(spark, config, tmp_path_factory.mktemp("plain"), lambda folder: plain(rows, folder))


@pytest.mark.parametrize("write", [semicolons_in_utf_16, zipped, workbook, parts_with_comments])
def test_silver_is_the_same(
    spark: SparkSession,
    config: Config,
    rows: Rows,
    expected: tuple[int, int, int],
    tmp_path: Path,
    write: Callable[[Rows, Path], None],
) -> None:
    assert silver_of(spark, config, tmp_path, lambda folder: write(rows, folder)) == expected
