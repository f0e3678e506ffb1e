"""How often response keys occur, and under which months."""

from __future__ import annotations

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse.silver.keys import count_keys_of_other_months, key_statistics, keys_by_month, keys_of_other_months
from lakehouse.storage.frames import frame_of

LINE = (
    "_source_sha256 string, id bigint, response_key bigint, survey_date date, reasons array<string>, "
    "_row_hash bigint, survey_date_source string"
)


def lines(spark: SparkSession, *rows: tuple[str, int | None, str, str], source: str = "path") -> DataFrame:
    """Lines as (file, id, month, reason); the key of an id is ten times the id, and null for none. The answers are
    those of their month."""
    typed = [
        (content, number, number and number * 10, f"{month}-15", [reason] if reason else [], int(month[-2:]), source)
        for content, number, month, reason in rows
    ]
    text = frame_of(spark, typed, LINE.replace("survey_date date", "survey_date string"))
    return text.withColumn("survey_date", text.survey_date.cast("date"))


def silver(spark: SparkSession, **months: str) -> DataFrame:
    rows = [(int(n[1:]), int(n[1:]) * 10, month, int(month[-2:])) for n, month in months.items()]
    return frame_of(spark, rows, "id bigint, response_key bigint, survey_month string, _row_hash bigint")


@pytest.mark.parametrize(
    ("rows", "known", "expected"),
    [
        # rows, repeated, accepted, contested
        ([], {}, (0, 0, 0, 0)),
        ([("a", 1, "2025-01", ""), ("a", 2, "2025-01", "")], {}, (2, 0, 2, 0)),
        ([("a", 1, "2025-01", ""), ("b", 1, "2025-02", "")], {}, (2, 2, 2, 1)),
        # A rejected line repeats a key, and contests nothing.
        ([("a", 1, "2025-01", ""), ("b", 1, "2025-02", "age")], {}, (2, 2, 1, 0)),
        # Silver has another version.
        ([("a", 1, "2025-01", "")], {"_1": "2025-01"}, (1, 0, 1, 1)),
        ([("a", 1, "2025-01", "age")], {"_1": "2025-01"}, (1, 0, 0, 0)),
        # Lines without a key are not each other's versions.
        ([("a", None, "2025-01", "id"), ("a", None, "2025-01", "id")], {}, (2, 0, 0, 0)),
    ],
)
def test_key_statistics(
    spark: SparkSession,
    rows: list[tuple[str, int | None, str, str]],
    known: dict[str, str],
    expected: tuple[int, ...],
) -> None:
    (found,) = key_statistics(lines(spark, *rows), ("id",), silver(spark, **known)).collect()
    assert tuple(found) == expected
    (anew,) = key_statistics(lines(spark, *rows), ("id",), None).collect()
    assert (anew["rows"], anew["repeated"], anew["accepted"]) == expected[:3]


def test_keys_known_under_another_month(spark: SparkSession) -> None:
    delivered = lines(
        spark,
        *(("new", 1, "2025-02", ""), ("new", 2, "2025-02", ""), ("new", 3, "2025-02", "")),
        # Twice the same, a rejected line, and another file.
        *(("new", 3, "2025-02", ""), ("new", 4, "2025-02", "age"), ("other", 2, "2025-03", "")),
    )
    keys = keys_by_month(delivered, ["new", "other"])
    assert sorted(map(tuple, keys.collect())) == [
        ("new", 10, "2025-02", 2, False),
        ("new", 20, "2025-02", 2, False),
        ("new", 30, "2025-02", 2, False),
        ("other", 20, "2025-03", 3, False),
    ]
    known = silver(spark, _1="2025-01", _3="2025-02", _9="2025-01").drop("id")
    bounds = {row[0]: (row["keys"], row["known"]) for row in count_keys_of_other_months(keys, known).collect()}
    assert bounds == {"new": (3, 2), "other": (1, 1)}
    # Key 20 counts only once the other file has passed.
    assert sorted(row[0] for row in keys_of_other_months(keys, "new", [], known).collect()) == [10]
    assert sorted(row[0] for row in keys_of_other_months(keys, "new", ["other"], known).collect()) == [10, 20]


@pytest.mark.parametrize(
    ("source", "counts", "known"),
    [
        # Equal answers under a later month repeat the earlier one; those of other answers are known under it.
        ("path", {"new": (3, 1, 2), "older": (1, 0, 0)}, [10]),
        # With a date of its own a line is no repeat.
        ("column", {"new": (3, 3, 0), "older": (1, 1, 0)}, [10, 20, 30]),
    ],
)
def test_equal_answers_are_no_other_month(
    spark: SparkSession, source: str, counts: dict[str, tuple[int, int, int]], known: list[int]
) -> None:
    answers = {("new", 1): 2, ("new", 2): 1, ("new", 3): 1, ("older", 3): 1}
    months = (("new", 1, "2025-02", ""), ("new", 2, "2025-02", ""), ("new", 3, "2025-02", ""))
    frame = lines(spark, *months, ("older", 3, "2025-01", ""), source=source)
    content = F.create_map(*(F.lit(x) for (file, n), hash_ in answers.items() for x in (f"{file}{n}", hash_)))
    frame = frame.withColumn("_row_hash", content[F.concat("_source_sha256", "id")].cast("bigint"))
    keys = keys_by_month(frame, ["new", "older"])
    present = silver(spark, _1="2025-01", _2="2025-01").drop("id")
    found = count_keys_of_other_months(keys, present).collect()
    assert {row[0]: (row["keys"], row["known"], row["repeat"]) for row in found} == counts
    assert sorted(row[0] for row in keys_of_other_months(keys, "new", ["older"], present).collect()) == known
