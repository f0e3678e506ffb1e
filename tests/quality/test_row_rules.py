"""Rules on single lines: every reason, and no other."""

from __future__ import annotations

from datetime import date

from chispa import assert_df_equality
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse.config.load import Config
from lakehouse.quality.rules import fails, reasons
from lakehouse.quality.suites import row_checks
from lakehouse.silver.casting import typed
from lakehouse.storage.frames import frame_of
from tests.support.data.surveys import HEADERS, response

BEYOND = ["survey_date_out_of_range:survey_date"]
# Line -> its survey date, and the reasons that it must get; all lines were loaded on 2025-02-01.
DATES: dict[int, tuple[date | None, list[str]]] = {
    11: (date(2000, 1, 1), []),
    12: (date(1999, 12, 31), BEYOND),
    13: (date(1899, 12, 30), BEYOND),
    14: (date(25, 3, 1), BEYOND),
    15: (date(2025, 2, 2), []),
    16: (date(2025, 2, 3), BEYOND),
    17: (date(2205, 10, 4), BEYOND),
    18: (None, ["survey_date_unreadable:survey_date"]),
}
# Line -> its cells, and the reasons that it must get.
LINES: dict[int, tuple[list[str], list[str]]] = {
    1: (response(1), []),
    2: (response(2, check_in_service=7), ["rating_out_of_range:check_in_service"]),
    3: (response(3, departure_delay=""), ["required_missing:departure_delay"]),
    # A delay that is no number is not called missing as well.
    4: (response(4, departure_delay="late"), ["not_a_number:departure_delay"]),
    5: (response(5, gender="", age="", flight_distance="", arrival_delay=""), []),
    6: (response(6, class_="Eco Premium", age=-1), ["age_out_of_range:age", "unknown_value:class"]),
    7: (["x", *response(7)[1:]], ["id_not_a_number:id"]),
    8: (["", *response(8, satisfaction="NA")[1:]], ["required_missing:id", "required_missing:satisfaction"]),
    9: (response(9, cleanliness=0, food_and_drink="5.0"), []),
    **{number: (response(number), reasons) for number, (_, reasons) in DATES.items()},
}
LINEAGE = [
    "'f' _source_file",
    "'s' _source_sha256",
    "'h' _source_header",
    "1L _delivery",
    "'r' _run_id",
    "timestamp'2025-02-01 23:00:00' _ingested_at",
    "_date _survey_date",
    "'path' _survey_date_source",
    "'day' _survey_date_precision",
]


def delivered(spark: SparkSession, lines: dict[int, list[str]]) -> DataFrame:
    """A bronze frame of these lines; line 70 is malformed."""
    schema = ", ".join(f"{name} string" for name in HEADERS)
    days = {number: day for number, (day, _) in DATES.items()}
    rows = [
        (number, "raw" if number == 70 else None, days.get(number, date(2025, 1, 31)), *cells)
        for number, cells in lines.items()
    ]
    frame = frame_of(spark, rows, f"_source_row bigint, _corrupt_record string, _date date, {schema}")
    return frame.selectExpr("*", *LINEAGE)


def judged(spark: SparkSession, config: Config) -> tuple[DataFrame, DataFrame]:
    bronze = delivered(spark, {**{number: cells for number, (cells, _) in LINES.items()}, 70: response(70)})
    return typed(bronze, config.catalogue).withColumn("reasons", reasons(config.suites["silver"])), bronze


def test_every_line_has_exactly_its_reasons(spark: SparkSession, config: Config) -> None:
    lines, _ = judged(spark, config)
    expected = [(number, wanted) for number, (_, wanted) in LINES.items()] + [(70, ["malformed"])]
    assert_df_equality(
        lines.select("_source_row", "reasons"),
        frame_of(spark, expected, "_source_row bigint, reasons array<string>"),
        ignore_row_order=True,
        ignore_nullable=True,
    )


def test_a_predicate_is_never_null(spark: SparkSession, config: Config) -> None:
    lines, _ = judged(spark, config)
    checks = list(row_checks(config.suites["silver"]))
    row = lines.select(*(F.count_if(fails(rule, column).isNull()) for rule, column in checks)).head()
    assert row is not None
    assert list(row) == [0] * len(checks)
    assert len(checks) > 45
