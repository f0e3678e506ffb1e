"""The public survey file, end to end, read back by a reader that is not Spark."""

from __future__ import annotations

import csv
import gzip
import io
import random
from pathlib import Path

import pyarrow.compute as pc
import pytest

from tests.support.data.real_survey import RENAMED, needs_real_survey, other_words, table
from tests.support.pipeline import Pipeline
from tests.support.places import REAL_SURVEY

pytestmark = [pytest.mark.long, needs_real_survey]

ROWS, QUESTIONS = 129_880, 14


def keys(pipeline: Pipeline, name: str, column: str) -> set[object]:
    return set(table(pipeline, name, [column])[column].to_pylist())


def test_every_line_is_in_silver_and_gold(real_survey: Pipeline) -> None:
    places = ("bronze.survey_responses_raw", "silver.survey_responses", "gold.fact_survey_responses")
    assert {name: table(real_survey, name, []).num_rows for name in (*places, "gold.dim_passengers")} == dict.fromkeys(
        (*places, "gold.dim_passengers"), ROWS
    )
    assert table(real_survey, "silver.quarantine").num_rows == 0
    assert table(real_survey, "silver.superseded").num_rows == 0


def test_figures_of_the_fact(real_survey: Pipeline) -> None:
    fact = table(real_survey, "gold.fact_survey_responses")
    assert pc.sum(fact["is_satisfied"]).as_py() == 56_428
    assert pc.sum(fact["arrival_delay_is_imputed"]).as_py() == 393
    assert fact["arrival_delay"].null_count == 0
    details = table(real_survey, "gold.dim_flight_details").select(["flight_details_key", "class"])
    by_class = fact.join(details, "flight_details_key").group_by("class").aggregate([([], "count_all")])
    assert dict(zip(by_class["class"].to_pylist(), by_class["count_all"].to_pylist(), strict=True)) == {
        "Business": 62_160,
        "Economy": 58_309,
        "Economy Plus": 9_411,
    }


def test_figures_of_the_ratings(real_survey: Pipeline) -> None:
    ratings = table(real_survey, "gold.dim_service_ratings", ["question", "rating", "answer_state"])
    assert ratings.num_rows == ROWS * QUESTIONS
    assert pc.sum(pc.equal(ratings["answer_state"], "not_applicable")).as_py() == 20_134
    means = ratings.group_by("question").aggregate([("rating", "mean")])
    mean = dict(zip(means["question"].to_pylist(), means["rating_mean"].to_pylist(), strict=True))
    assert round(mean["in_flight_wifi_service"], 4) == 2.8135
    assert round(mean["online_boarding"], 4) == 3.3316
    assert round(mean["departure_arrival_time_convenience"], 4) == 3.2234


@pytest.mark.parametrize(
    ("child", "column", "parent", "key"),
    [
        ("gold.fact_survey_responses", "passenger_key", "gold.dim_passengers", "passenger_key"),
        ("gold.fact_survey_responses", "flight_details_key", "gold.dim_flight_details", "flight_details_key"),
        ("gold.fact_survey_responses", "survey_date", "gold.dim_date", "date"),
        ("gold.dim_service_ratings", "response_key", "gold.fact_survey_responses", "response_key"),
        ("gold.dim_service_ratings", "question_key", "gold.dim_questions", "question_key"),
        ("silver.survey_responses", "questionnaire_key", "silver.questionnaires", "questionnaire_key"),
    ],
)
def test_no_orphans(real_survey: Pipeline, child: str, column: str, parent: str, key: str) -> None:
    assert keys(real_survey, child, column) - keys(real_survey, parent, key) == set()


def test_sql_gives_the_same_figures(real_survey: Pipeline) -> None:
    (row,) = real_survey.sql(
        "SELECT count(*) AS n, count_if(is_satisfied) AS satisfied, round(avg(service_index), 6) AS index "
        "FROM gold.v_survey_flat"
    )
    fact = table(real_survey, "gold.fact_survey_responses", ["service_index"])
    assert (row["n"], row["satisfied"]) == (ROWS, 56_428)
    assert row["index"] == pytest.approx(pc.mean(fact["service_index"]).as_py(), abs=1e-6)


def test_nothing_is_alerted_on_an_ordinary_month(real_survey: Pipeline) -> None:
    alerts = table(real_survey, "gold.satisfaction_alerts", ["rule", "state", "reason"]).to_pylist()
    of_targets = [one["state"] for one in alerts if one["rule"] in ("overall_satisfaction", "low_ratings")]
    assert of_targets == ["ok"] * (QUESTIONS + 1)
    # A single month has no past to be compared with.
    others = [one for one in alerts if one["rule"] not in ("overall_satisfaction", "low_ratings")]
    assert {one["state"] for one in others} == {"insufficient"}
    assert {one["reason"].partition(":")[0] for one in others} == {"no_baseline"}


def test_the_same_content_again_changes_nothing(real_survey: Pipeline, tmp_path: Path) -> None:
    pipeline = real_survey.copy_to(tmp_path)
    before = pipeline.versions()
    plain = pipeline.landing / "again" / "renamed.csv"
    plain.parent.mkdir()
    plain.write_bytes(gzip.decompress(REAL_SURVEY.read_bytes()))
    (pipeline.landing / "again" / "packed.csv.gz").write_bytes(gzip.compress(plain.read_bytes(), 1))
    assert pipeline.run() == 0
    assert pipeline.versions() == before
    events = pipeline.sql("SELECT event, file FROM ops.file_events ORDER BY event_seq")
    assert [tuple(row) for row in events] == [
        ("admitted", REAL_SURVEY.name),
        ("duplicate_content", "again/packed.csv.gz"),
        ("duplicate_content", "again/renamed.csv"),
    ]


def other_dialect(target: Path) -> None:
    """The real responses as the other exports have them: headers, words, order of columns and rows, `.0`."""
    reader = csv.DictReader(io.StringIO(gzip.decompress(REAL_SURVEY.read_bytes()).decode()))
    chance = random.Random(7)
    rows = list(reader)
    headers = list(reader.fieldnames or ())
    chance.shuffle(rows)
    chance.shuffle(headers)
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["", *(RENAMED.get(header, header) for header in headers)])
        for number, row in enumerate(rows):
            writer.writerow([number, *(other_words(header, row[header]) for header in headers)])


def test_the_other_dialect_gives_the_same_silver(real_survey: Pipeline, tmp_path: Path) -> None:
    other = Pipeline(real_survey.spark, real_survey.config, tmp_path)
    other_dialect(other.landing / "export.csv")
    assert other.run("ingest", "--survey-date", "2025-01-31") == 0
    assert other.run("silver") == 0
    lineage = ("_source_file", "_source_sha256", "_source_row", "_delivery")
    mine, theirs = (
        table(one, "silver.survey_responses").drop_columns(lineage).sort_by("id") for one in (real_survey, other)
    )
    assert theirs.equals(mine)
