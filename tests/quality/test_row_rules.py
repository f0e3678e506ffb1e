"""Rules on single lines: every reason, and no other."""

from __future__ import annotations

from chispa import assert_df_equality
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse.config.load import Config
from lakehouse.quality.rules import fails, reasons, row_checks
from lakehouse.silver.casting import typed
from tests.support.surveys import HEADERS, response

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
}
LINEAGE = [
    "'f' _source_file",
    "'s' _source_sha256",
    "'h' _source_header",
    "1L _delivery",
    "'r' _run_id",
    "date'2025-01-31' _survey_date",
    "'path' _survey_date_source",
    "'day' _survey_date_precision",
]


def delivered(spark: SparkSession, lines: dict[int, list[str]]) -> DataFrame:
    """A bronze frame of these lines; line 70 is malformed."""
    schema = ", ".join(f"{name} string" for name in HEADERS)
    rows = [(number, "raw" if number == 70 else None, *cells) for number, cells in lines.items()]
    frame = spark.createDataFrame(rows, f"_source_row bigint, _corrupt_record string, {schema}")
    return frame.selectExpr("*", *LINEAGE)


def judged(spark: SparkSession, config: Config) -> tuple[DataFrame, DataFrame]:
    bronze = delivered(spark, {**{number: cells for number, (cells, _) in LINES.items()}, 70: response(70)})
    return typed(bronze, config.catalogue).withColumn("reasons", reasons(config.suites["silver"])), bronze


def test_every_line_has_exactly_its_reasons(spark: SparkSession, config: Config) -> None:
    lines, _ = judged(spark, config)
    expected = [(number, wanted) for number, (_, wanted) in LINES.items()] + [(70, ["malformed"])]
    assert_df_equality(
        lines.select("_source_row", "reasons"),
        spark.createDataFrame(expected, "_source_row bigint, reasons array<string>"),
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
