"""A record read without Spark has the values, and the reasons, that it has in silver."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import Config
from lakehouse.quality.records import reasons_of
from lakehouse.quality.rules import reasons
from lakehouse.silver.casting import typed, with_dates
from lakehouse.storage.frames import frame_of
from lakehouse.survey.date_patterns import DateReading
from lakehouse.survey.reading import read_day, read_record
from schemas import columns as c
from tests.support.data.surveys import HEADERS, response

LOADED = datetime(2025, 6, 1, 12)
NAMES = (*HEADERS, c.SURVEY_DATE)
DATES = [
    "2025-03-04",
    " 2025-03-04 ",
    "2025-03-04 11:22",
    "2025-03-04T23:30:00-02:00",
    "2025-03-04T11:22:33.5Z",
    "2025-02-30",
    "04/03/2025",
    "2205-01-01",
    "1999-12-31",
    "2025-06-02",
    "2025-06-03",
    "now",
    "",
]
# Column -> cells of it that differ from a good record.
CELLS: dict[str, list[str | None]] = {
    "id": ["18.0", " 7\t", "R_2x", "-1", "", "1234567890123456789"],
    "gender": ["female", "", "X"],
    "age": ["40.0", "-1", "121", "old", "NA", "1e2"],
    "customer_type": ["loyal customer", "", "Total"],
    "class": ["Eco Plus", "eco plus ", "First"],
    "departure_delay": ["", "2881", "1,190"],
    "arrival_delay": ["", "NaN", "\\N"],
    "seat_comfort": ["0", "6", "4 - Good", "4,0", "", None],
    "satisfaction": ["dissatisfied", "SATISFIED", "40"],
    c.SURVEY_DATE: [*DATES],
}


def records() -> list[list[str | None]]:
    good: list[str | None] = [*response(1), "2025-03-04"]
    changed = [(name, cell) for name, cells in CELLS.items() for cell in cells]
    return [
        good,
        *([cell if name == one else at for one, at in zip(NAMES, good, strict=True)] for name, cell in changed),
    ]


def test_a_record_is_read_as_in_silver(spark: SparkSession, config: Config) -> None:
    lineage = {
        c.DELIVERED_DATE: "date",
        c.DELIVERED_DATE_SOURCE: "string",
        c.DELIVERED_DATE_PRECISION: "string",
        c.SOURCE_FILE: "string",
        c.SOURCE_SHA256: "string",
        c.SOURCE_ROW: "bigint",
        c.SOURCE_HEADER: "string",
        c.DELIVERY: "bigint",
        c.RUN_ID: "string",
        c.INGESTED_AT: "timestamp",
        c.CORRUPT_RECORD: "string",
    }
    types = {**dict.fromkeys(NAMES, "string"), **lineage}
    rows = [
        (*cells, None, "column", "day", "a.csv", "sha", number, "header", 1, "run", LOADED, None)
        for number, cells in enumerate(records())
    ]
    bronze = frame_of(spark, rows, ", ".join(f"`{name}` {kind}" for name, kind in types.items()))
    lines = typed(with_dates(bronze, config.catalogue), config.catalogue)
    suite = config.suites["silver"]
    expected = lines.withColumn(c.REASONS, reasons(suite)).orderBy(c.SOURCE_ROW).collect()
    for cells, row in zip(records(), expected, strict=True):
        delivered = {name: cell for name, cell in zip(NAMES, cells, strict=True) if name in (*HEADERS, c.SURVEY_DATE)}
        record = read_record(delivered, config.catalogue, None, LOADED.date())
        assert {name: row[name] for name in record} == record
        assert list(reasons_of(record, suite)) == row[c.REASONS], cells


@pytest.mark.no_spark
@pytest.mark.parametrize(
    ("cell", "reading", "day"),
    [
        ("2025-03-04T23:30:00Z", DateReading(time_zone="Europe/Berlin"), date(2025, 3, 5)),
        ("2025-03-04 23:30 +0300", DateReading(), date(2025, 3, 4)),
        ("2025-03-04 01:30+03", DateReading(), date(2025, 3, 3)),
        ("04/03/2025", DateReading(("dd.MM.yyyy", "dd/MM/yyyy")), date(2025, 3, 4)),
        ("2025-03-04", DateReading(("dd/MM/yyyy",)), None),
    ],
)
def test_read_day(cell: str, reading: DateReading, day: date | None) -> None:
    assert read_day(cell, reading) == day


@pytest.mark.no_spark
def test_the_date_of_a_file_counts_where_it_has_no_column(config: Config) -> None:
    cells = dict(zip(HEADERS, response(1), strict=True))
    read = read_record(cells, config.catalogue, date(2025, 1, 1), LOADED.date())
    assert (read[c.SURVEY_DATE], reasons_of(read, config.suites["silver"])) == (date(2025, 1, 1), ())
    beyond = read_record(cells, config.catalogue, date(2205, 1, 1), LOADED.date())
    assert reasons_of(beyond, config.suites["silver"]) == ("survey_date_out_of_range:survey_date",)
