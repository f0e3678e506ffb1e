"""Each kind of bad line is in the one place where it belongs, with its reason and its line number."""

from __future__ import annotations

import json

import pytest
from pyspark.sql import SparkSession

from lakehouse.config import Config
from tests.conftest import Pipeline
from tests.support import HEADERS, response, write_survey

# Line -> what stands there; every other line is a good response with its line number as id.
BAD_LINES = {
    10: response(10, check_in_service=7),
    20: response(20, seat_comfort="abc"),
    30: response(30, class_="Eco Premium"),
    40: ["", *response(40)[1:]],
    50: response(50, departure_delay=-5),
    60: response(60, age=222),
    70: response(70)[:-3],
    80: [*response(80), "extra"],
    90: response(89),
    100: response(99, cleanliness=5),
}
QUARANTINED = {
    10: ["rating_out_of_range:check_in_service"],
    20: ["not_a_number:seat_comfort"],
    30: ["unknown_value:class"],
    40: ["required_missing:id"],
    50: ["delay_out_of_range:departure_delay"],
    60: ["age_out_of_range:age"],
    70: ["malformed"],
    80: ["malformed"],
    99: ["conflicting_key"],
    100: ["conflicting_key"],
}
IN_SILVER = 1000 - len(QUARANTINED) - 1


@pytest.fixture(scope="module")
def loaded(spark: SparkSession, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    pipeline = Pipeline(spark, config, tmp_path_factory.mktemp("bad_lines"))
    lines = (BAD_LINES.get(number, response(number)) for number in range(1, 1001))
    write_survey(pipeline.landing / "survey_2025-03.csv", lines)
    assert pipeline.run() == 0
    return pipeline


def test_ten_kinds_of_bad_lines(loaded: Pipeline) -> None:
    quarantine = loaded.sql("SELECT _source_row, reasons, raw, status FROM silver.v_quarantine")
    assert {row["_source_row"]: row["reasons"] for row in quarantine} == QUARANTINED
    assert {row["status"] for row in quarantine} == {"open"}
    raw = {row["_source_row"]: json.loads(row["raw"]) for row in quarantine}
    assert (raw[30]["class"], raw[20]["seat_comfort"]) == ("Eco Premium", "abc")
    assert raw[70]["_corrupt_record"] == ",".join(BAD_LINES[70])
    assert raw[80]["_corrupt_record"] == ",".join(BAD_LINES[80])

    superseded = loaded.sql("SELECT _source_row, won_by_row, won_by_file FROM silver.v_superseded")
    assert [tuple(row) for row in superseded] == [(90, 89, "survey_2025-03.csv")]

    silver = {row["_source_row"] for row in loaded.read("silver.survey_responses").collect()}
    assert silver == set(range(1, 1001)) - QUARANTINED.keys() - {90}
    assert loaded.read("gold.fact_survey_responses").count() == IN_SILVER


def test_the_balance_adds_up_and_checks_are_kept(loaded: Pipeline) -> None:
    (file,) = loaded.read("ops.files").collect()
    places = ("lines", "in_silver", "superseded", "quarantined", "erased", "waiting")
    assert [file[place] for place in places] == [1000, IN_SILVER, 1, len(QUARANTINED), 0, 0]
    assert file["state"] == "admitted"

    failed = loaded.sql("SELECT rule, `column`, failed FROM ops.check_results WHERE gate = 'silver' AND failed > 0")
    assert sorted(tuple(row) for row in failed) == [
        ("age_out_of_range", "age", 1),
        ("delay_out_of_range", "departure_delay", 1),
        ("id_repeats", "id", 4),
        ("not_a_number", "seat_comfort", 1),
        ("rating_out_of_range", "check_in_service", 1),
        ("required_missing", "id", 1),
        ("unknown_value", "class", 1),
    ]
    passed = loaded.sql("SELECT count(*) AS n FROM ops.check_results WHERE outcome = 'passed'")
    assert passed[0]["n"] > 50


def test_a_line_with_three_faults_names_all_of_them(pipeline: Pipeline) -> None:
    lines = [response(1), response(2, cleanliness=9, age="old", class_="Cattle"), response(3)]
    write_survey(pipeline.landing / "survey_2025-03.csv", lines)
    assert pipeline.run() == 0
    (row,) = pipeline.read("silver.quarantine").collect()
    assert (row["_source_row"], sorted(row["reasons"])) == (
        2,
        ["not_a_number:age", "rating_out_of_range:cleanliness", "unknown_value:class"],
    )
    assert json.loads(row["raw"]).keys() == {name for name in HEADERS if name != "travel_type"} - {
        "departure_arrival_time_convenience"
    } | {"type_of_travel", "departure_and_arrival_time_convenience"}
