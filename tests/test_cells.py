"""What cells may say: numbers with marks, words for ratings, dates. Columns and single texts are read alike."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from chispa.column_comparer import assert_column_equality
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lakehouse.cells import day, rating, whole_number
from lakehouse.storage.frames import frame_of
from lakehouse.survey import numbers
from lakehouse.survey.date_patterns import ISO, DatePattern, DateReading, is_iso
from lakehouse.survey.numbers import NumberMarks

MARKS = {
    "plain": NumberMarks(),
    "comma": NumberMarks(","),
    "german": NumberMarks(",", "."),
    "english": NumberMarks(".", ","),
    "french": NumberMarks(",", " "),
    "swiss": NumberMarks(".", "'"),
}
# Cell, and what it is under each kind of marks; under all others it is no number.
NUMBERS: list[tuple[str, dict[str, int]]] = [
    ("4", dict.fromkeys(MARKS, 4)),
    (" 4\t", dict.fromkeys(MARKS, 4)),
    ("4.0", dict.fromkeys(MARKS, 4)),
    ("4,0", {"comma": 4, "german": 4, "french": 4}),
    ("4,000", {"comma": 4, "german": 4, "french": 4, "english": 4000}),
    ("1.190", {"german": 1190}),
    ("1,190", {"english": 1190}),
    ("-1,190", {"english": -1190}),
    ("1 190", {"french": 1190}),
    ("1\u00a0190", {"french": 1190}),
    ("1\u202f190,00", {"french": 1190}),
    ("1'190", {"swiss": 1190}),
    ("1\u2019190.0", {"swiss": 1190}),
    ("1.190,0", {"german": 1190}),
    ("18.000", {"plain": 18, "english": 18, "swiss": 18, "german": 18_000}),
    ("999.999.999", {"german": 999_999_999}),
    # Ten digits, groups that are none, and what is not whole.
    *(
        (cell, {})
        for cell in ("1.999.999.999", "0.190", "12,34", "1.19", "11.90.000", "4,5", "4.5", "1,,190", ",0", "")
    ),
    ("4,0\u2028", {}),
]


def test_numbers_by_their_marks(spark: SparkSession) -> None:
    frame = frame_of(spark, [(cell,) for cell, _ in NUMBERS], "cell string")
    columns = [whole_number(F.col("cell"), marks).alias(name) for name, marks in MARKS.items()]
    expected = [{name: of_cell.get(name) for name in MARKS} for _, of_cell in NUMBERS]
    assert [row.asDict() for row in frame.select(*columns).collect()] == expected
    texts = [{name: numbers.whole_number(cell, marks) for name, marks in MARKS.items()} for cell, _ in NUMBERS]
    assert texts == expected


def test_ratings_in_words(spark: SparkSession) -> None:
    cases = [
        ("4", 4),
        ("4 - Good", 4),
        (" gOOD ", 4),
        ("Not applicable", 0),
        ("3,0", 3),
        ("Excellent", None),
        ("4 -  Good", None),
        (None, None),
    ]
    frame = frame_of(spark, cases, "cell string, expected int")
    words = {"4 - good": 4, "good": 4, "not applicable": 0}
    actual = frame.withColumn("actual", rating(F.col("cell"), words, NumberMarks(",")))
    assert_column_equality(actual, "actual", "expected")


DAY = "2025-03-04"
# Cell, and its day in UTC and in Tokyo.
ISO_CELLS: list[tuple[str, str | None, str | None]] = [
    (DAY, DAY, DAY),
    (f" {DAY} ", DAY, DAY),
    (f"{DAY} 23:22:33", DAY, DAY),
    (f"{DAY}T23:22", DAY, DAY),
    (f"{DAY} 23:22:33.123456789", DAY, DAY),
    (f"{DAY}T11:22:33Z", DAY, DAY),
    (f"{DAY}T23:22Z", DAY, "2025-03-05"),
    (f"{DAY}T23:22:33.5Z", DAY, "2025-03-05"),
    (f"{DAY}T01:22:33+02:00", "2025-03-03", DAY),
    (f"{DAY}T01:22+0200", "2025-03-03", DAY),
    (f"{DAY} 01:22:33 +02", "2025-03-03", DAY),
    (f"{DAY}T20:00:00-05:00", "2025-03-05", "2025-03-05"),
    *(
        (cell, None, None)
        for cell in (
            *("2025-02-30", "2025-02-30T10:00:00Z", "2025-02-30 10:00", f"{DAY} 25:00", f"{DAY} 10:60", f"{DAY}T"),
            *("2025", "2025-03", "now", "04/03/2025", "20250304", f"{DAY}T10:00:00 CET", f"{DAY}\u2028", ""),
        )
    ),
]


def test_iso_dates_and_time_stamps(spark: SparkSession) -> None:
    frame = frame_of(spark, [(cell,) for cell, _, _ in ISO_CELLS], "cell string")
    days = frame.select(day(F.col("cell"), ISO), day(F.col("cell"), DateReading(time_zone="Asia/Tokyo"))).collect()
    assert [tuple(row) for row in days] == [
        (utc and date.fromisoformat(utc), tokyo and date.fromisoformat(tokyo)) for _, utc, tokyo in ISO_CELLS
    ]
    assert [is_iso(cell.strip(" ")) for cell, _, _ in ISO_CELLS] == [utc is not None for _, utc, _ in ISO_CELLS]


def test_the_zone_of_the_session_does_not_count(spark: SparkSession) -> None:
    session = spark.newSession()
    session.conf.set("spark.sql.session.timeZone", "America/New_York")
    frame = session.createDataFrame([(f"{DAY}T20:00:00Z",), (f"{DAY} 03:00",)], "cell string")
    days = frame.select(day(F.col("cell"), DateReading(time_zone="Asia/Tokyo"))).collect()
    assert [str(row[0]) for row in days] == ["2025-03-05", DAY]


# Pattern, cells that it reads as 4 March 2025, and cells that it does not read.
PATTERNS: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [
    ("dd/MM/yyyy", ("04/03/2025",), ("4/3/2025", "04/03/25", "31/02/2025", "04/03/2025 10:00", "04/03/20255", DAY)),
    ("d/M/yyyy", ("4/3/2025", "04/03/2025", "004/3/2025"), ("4/3/25",)),
    ("MM/dd/yyyy", ("03/04/2025",), ("13/04/2025",)),
    ("dd.MM.yyyy HH:mm", ("04.03.2025 11:22",), ("04.03.2025 24:00", "04.03.2025 11:60", "04.03.2025")),
    (
        "M/d/yyyy h:mm:ss a",
        ("3/4/2025 1:22:33 PM", "3/4/2025 12:22:33 am"),
        ("3/4/2025 13:22:33 PM", "3/4/2025 0:2:3 AM"),
    ),
    ("dd.MM.yy", ("04.03.25",), ("04.03.2025",)),
    ("yyyyMMdd", ("20250304",), ("2025034", "20251304")),
    ("d-MMM-yyyy", ("4-Mar-2025", "04-MAR-2025"), ("4-March-2025",)),
    ("MMMM d, yyyy", ("March 4, 2025",), ("Mar 4, 2025",)),
    ("yyyy-MM-dd'T'HH:mm:ss", (f"{DAY}T01:02:03",), (f"{DAY} 01:02:03",)),
    ("dd MM yyyy 'o''clock'", ("04 03 2025 o'clock",), ("04 03 2025",)),
    ("yyyy''MM''dd", ("2025'03'04",), ()),
]


@pytest.mark.parametrize(("pattern", "read", "unread"), PATTERNS)
def test_patterns(spark: SparkSession, pattern: str, read: tuple[str, ...], unread: tuple[str, ...]) -> None:
    assert DatePattern(pattern).fault is None
    frame = frame_of(spark, [(cell,) for cell in (*read, *unread)], "cell string")
    expected = [*(date(2025, 3, 4) for _ in read), *(None for _ in unread)]
    days = frame.select(day(F.col("cell"), DateReading((pattern,)))).collect()
    assert [row[0] for row in days] == expected
    assert [DatePattern(pattern).day(cell) for cell in (*read, *unread)] == expected
    written = DatePattern(pattern).written(datetime(2025, 3, 4, 13, 22, 33))
    assert DatePattern(pattern).day(written) == date(2025, 3, 4)


def test_the_first_pattern_that_fits(spark: SparkSession) -> None:
    cases = [(DAY, DAY), ("04/03/2025", DAY), ("4.3.2025", None), (f"{DAY}T10:00:00Z", None)]
    frame = frame_of(spark, cases, "cell string, expected string")
    read = day(F.col("cell"), DateReading(("yyyy-MM-dd", "dd/MM/yyyy"))).cast("string")
    assert_column_equality(frame.withColumn("actual", read), "actual", "expected")
