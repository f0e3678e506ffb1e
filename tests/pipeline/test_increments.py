"""Loading month by month, in any way, gives what one load or a rebuild gives."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.config import Config
from lakehouse.generate import generate_surveys
from tests.conftest import Pipeline
from tests.support import response, write_survey

TABLES = (
    "silver.survey_responses",
    "silver.superseded",
    "silver.quarantine",
    "gold.fact_survey_responses",
    "gold.dim_passengers",
    "gold.dim_flight_details",
    "gold.dim_date",
    "gold.dim_service_ratings",
    "gold.question_metrics",
    "gold.satisfaction_metrics",
    "gold.satisfaction_alerts",
)


def content(pipeline: Pipeline) -> dict[str, list[str]]:
    """Business columns of every derived table, in an order of their own."""
    found = {}
    for name in TABLES:
        frame = pipeline.read(name)
        kept = [column for column in frame.columns if column not in ("_run_id", "_delivery")]
        found[name] = sorted(map(str, frame.select(*sorted(kept)).collect()))
    return found


@pytest.fixture(scope="module")
def months(spark: SparkSession, config: Config, tmp_path_factory: pytest.TempPathFactory) -> tuple[Pipeline, Path]:
    """A warehouse into which six monthly files came in three runs, the newest first, and those files."""
    root = tmp_path_factory.mktemp("months")
    files = generate_surveys(root / "files", 300, 6, 3, faults=10)
    pipeline = Pipeline(spark, config, root)
    for first in (4, 2, 0):
        for file in files[first : first + 2]:
            shutil.copy(file, pipeline.landing)
        assert pipeline.run() == 0
    return pipeline, root / "files"


def test_rebuilds_equal_the_increments(months: tuple[Pipeline, Path]) -> None:
    pipeline, _ = months
    before = content(pipeline)
    assert all(before[name] for name in TABLES)
    assert pipeline.run("silver", "--rebuild") == 0
    assert pipeline.run("gold", "--rebuild") == 0
    assert pipeline.run("publish") == 0
    assert content(pipeline) == before


def test_one_load_equals_the_increments(months: tuple[Pipeline, Path], tmp_path: Path) -> None:
    pipeline, files = months
    at_once = Pipeline(pipeline.spark, pipeline.config, tmp_path)
    shutil.copytree(files, at_once.landing, dirs_exist_ok=True)
    assert at_once.run() == 0
    assert content(at_once) == content(pipeline)


def test_a_run_with_nothing_new_writes_nothing(months: tuple[Pipeline, Path]) -> None:
    pipeline, _ = months
    before = pipeline.versions()
    assert pipeline.run() == 0
    assert pipeline.versions() == before


def test_a_correction_moves_a_response_and_leaves_no_double(pipeline: Pipeline) -> None:
    write_survey(pipeline.landing / "survey_2025-01.csv", [response(1), response(2), response(3)])
    assert pipeline.run() == 0
    write_survey(pipeline.landing / "survey_2025-02.csv", [response(2, class_="Economy"), response(4)])
    assert pipeline.run() == 0

    rows = pipeline.sql(
        "SELECT f.id, f.survey_month, d.class FROM gold.fact_survey_responses f "
        "JOIN gold.dim_flight_details d USING (flight_details_key) ORDER BY id"
    )
    assert [tuple(row) for row in rows] == [
        (1, "2025-01", "Business"),
        (2, "2025-02", "Economy"),
        (3, "2025-01", "Business"),
        (4, "2025-02", "Business"),
    ]
    superseded = pipeline.sql("SELECT _source_file, _source_row, won_by_file, won_by_row FROM silver.v_superseded")
    assert [tuple(row) for row in superseded] == [("survey_2025-01.csv", 2, "survey_2025-02.csv", 1)]
    long = pipeline.sql("SELECT survey_month, count(*) AS n FROM gold.dim_service_ratings GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in long] == [("2025-01", 28), ("2025-02", 28)]


def test_a_gold_month_can_be_rebuilt_alone(months: tuple[Pipeline, Path]) -> None:
    pipeline, _ = months
    before = content(pipeline)
    assert pipeline.run("gold", "--rebuild", "--month", "2025-03") == 0
    assert content(pipeline) == before
    assert pipeline.run("gold", "--rebuild", "--month", "2031-01") == 2
    assert pipeline.run("gold", "--month", "2025-03") == 2
