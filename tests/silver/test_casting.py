"""Delivered text to typed values, cell by cell."""

from __future__ import annotations

from chispa.column_comparer import assert_column_equality
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lakehouse.cells import identifier, is_missing, whole_number
from lakehouse.config.load import Config
from lakehouse.silver.casting import category, typed
from lakehouse.storage.frames import frame_of
from schemas import columns as c

MISSING = ("", "na", "n/a", "null")
# What bronze adds to each line.
LINEAGE = {
    "_source_file": "'f'",
    "_source_sha256": "'s'",
    "_source_row": "1L",
    "_source_header": "'h'",
    "_delivery": "1L",
    "_run_id": "'r'",
    "_ingested_at": "timestamp'2025-02-01 12:00:00'",
    "_survey_date": "date'2025-01-31'",
    "_survey_date_source": "'path'",
    "_survey_date_precision": "'day'",
    "_corrupt_record": "cast(null as string)",
}


def test_whole_number(spark: SparkSession) -> None:
    cases = [
        ("18", 18),
        ("18.0", 18),
        ("18.00", 18),
        (" 7\t", 7),
        ("-3", -3),
        ("007", 7),
        ("0", 0),
        ("999999999", 999_999_999),
        # Ten digits are no delay, no distance and no rating.
        ("1234567890", None),
        ("18.5", None),
        ("+5", None),
        ("1e3", None),
        ("1_000", None),
        ("1,000", None),
        ("0x10", None),
        ("NaN", None),
        ("now", None),
        ("٣", None),
        # Java's `$` would also match before these line separators.
        ("40\u2028", None),
        ("40\u0085", None),
        ("", None),
        (None, None),
    ]
    frame = frame_of(spark, cases, "cell string, expected int")
    assert_column_equality(frame.withColumn("actual", whole_number(F.col("cell"))), "actual", "expected")


def test_identifier(spark: SparkSession) -> None:
    cases = [
        ("1", 1),
        ("123456789012345678", 123_456_789_012_345_678),
        ("7.0", 7),
        ("-1", None),
        ("1234567890123456789", None),
        ("A1", None),
        (None, None),
    ]
    frame = frame_of(spark, cases, "cell string, expected bigint")
    assert_column_equality(frame.withColumn("actual", identifier(F.col("cell"))), "actual", "expected")


def test_is_missing(spark: SparkSession) -> None:
    cases = [
        ("", True),
        ("  ", True),
        ("NA", True),
        (" n/A ", True),
        ("Null", True),
        (None, True),
        ("NAN", False),
        ("NA\u2028", False),
    ]
    frame = frame_of(spark, cases, "cell string, expected boolean")
    assert_column_equality(frame.withColumn("actual", is_missing(F.col("cell"), MISSING)), "actual", "expected")


def test_category(spark: SparkSession) -> None:
    values: dict[str, tuple[str, ...]] = {"Economy": ("Eco",), "Economy Plus": ("Eco Plus",)}
    spellings = {"economy": "Economy", "eco": "Economy", "economy plus": "Economy Plus", "eco plus": "Economy Plus"}
    cases = [
        ("Economy", "Economy"),
        ("ECO", "Economy"),
        (" eco plus ", "Economy Plus"),
        # Unknown words stay, so that a rule can name them.
        (" Eco Premium", "Eco Premium"),
    ]
    frame = frame_of(spark, cases, "cell string, expected string")
    actual = frame.withColumn("actual", category(F.col("cell"), values, spellings))
    assert_column_equality(actual, "actual", "expected")


def test_typed_reads_both_dialects_in_one_frame(spark: SparkSession, config: Config) -> None:
    delivered = frame_of(
        spark,
        [
            ("1", "Returning", None, "Economy", "5", None, None, "4", None, "Satisfied"),
            ("2", "disloyal Customer", None, "Eco", None, "18.0", "3", None, None, "neutral or dissatisfied"),
            ("x", "", None, "Eco Premium", "now", None, None, "abc", "NA", "satisfied"),
        ],
        "id string, customer_type string, type_of_travel string, class string, arrival_delay string, "
        "arrival_delay_in_minutes string, checkin_service string, check_in_service string, gate_location string, "
        "satisfaction string",
    ).selectExpr("*", *(f"{value} as {name}" for name, value in LINEAGE.items()))
    names = ("id", "customer_type", "class", "arrival_delay", "check_in_service", "gate_location", "satisfaction")
    beside = ("id__unread", "arrival_delay__unread", "check_in_service__unread", "gate_location__unread")
    given = ("id__given", "customer_type__given", "class__given")
    rows = typed(delivered, config.catalogue).select(*names, *beside, *given, c.IS_MALFORMED).collect()
    good = (None, None, None, None, True, True, True, False)
    bad = ("x", "now", "abc", None, True, False, True, False)
    assert [tuple(row) for row in rows] == [
        (1, "Returning", "Economy", 5, 4, None, "Satisfied", *good),
        (2, "First-time", "Economy", 18, 3, None, "Neutral or Dissatisfied", *good),
        (None, None, "Eco Premium", None, None, None, "Satisfied", *bad),
    ]
