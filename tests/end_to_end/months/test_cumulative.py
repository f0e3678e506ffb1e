"""An export that holds all months so far leaves each response in the month that told it first."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import Config
from tests.support.content import content
from tests.support.data.surveys import HEADERS, response, write_survey
from tests.support.pipeline import Pipeline

CHANGED = response(5, age=41)


def land(pipeline: Pipeline, month: int, numbers: int, *changed: list[str]) -> None:
    """The export of a month: 120 responses for each month so far."""
    own = {cells[0]: cells for cells in changed}
    rows = [own.get(str(n), response(n)) for n in range(1, numbers + 1)]
    write_survey(pipeline.landing / f"export_2025-{month:02}.csv", rows)


def places(pipeline: Pipeline) -> dict[str, int]:
    rows = pipeline.sql("SELECT survey_month, count(*) FROM silver.survey_responses GROUP BY 1")
    return {row[0]: row[1] for row in rows}


def rebuilt(pipeline: Pipeline) -> object:
    for command in ("silver --rebuild", "gold --rebuild", "publish"):
        assert pipeline.run(command) == 0
    return content(pipeline)


@pytest.mark.long
def test_month_by_month(
    spark: SparkSession, config: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline = Pipeline(spark, config, tmp_path)
    land(pipeline, 1, 120)
    assert pipeline.run() == 0
    land(pipeline, 3, 360, CHANGED)
    capsys.readouterr()
    assert pipeline.run() == 0
    said = "export_2025-03.csv: 119 of 360 lines repeat earlier responses, as in a cumulative export"
    assert said in capsys.readouterr().err
    # The changed response is a newer version.
    assert places(pipeline) == {"2025-01": 119, "2025-03": 241}

    # A month that comes late keeps its own responses; the one that it changes as well is newer in March.
    land(pipeline, 2, 240, response(5, age=42))
    assert pipeline.run() == 0
    assert places(pipeline) == {"2025-01": 119, "2025-02": 120, "2025-03": 121}
    before = content(pipeline)
    assert rebuilt(pipeline) == before


def land_a_late_version(pipeline: Pipeline) -> None:
    """A response in January, the same in the export of March, and then another version of it in between, in a file that
    brings a new column."""
    for month, numbers in ((1, 20), (3, 25)):
        land(pipeline, month, numbers)
        assert pipeline.run() == 0
    assert places(pipeline) == {"2025-01": 20, "2025-03": 5}
    write_survey(pipeline.landing / "correction_2025-02.csv", [[*CHANGED, "4"]], [*HEADERS.values(), "Lounge"])


@pytest.mark.long
def test_what_a_run_finds_counts_once_when_it_gives_up_an_attempt(
    spark: SparkSession, config: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline = Pipeline(spark, config, tmp_path)
    land_a_late_version(pipeline)
    spoilt = [response(number, age="old") for number in range(1001, 1031)]
    write_survey(pipeline.landing / "spoilt_2025-02.csv", spoilt)
    capsys.readouterr()
    assert pipeline.run() == 3
    assert capsys.readouterr().err.count("warning: correction_2025-02.csv: ") == 1
    assert pipeline.sql("SELECT file, kind FROM ops.drift_events") == [("correction_2025-02.csv", "added")]
    events = [row["event"] for row in pipeline.sql("SELECT event FROM ops.file_events ORDER BY event_seq")]
    assert events == ["admitted", "admitted", "held", "reordered", "admitted"]
    repeated = "SELECT run_id, gate, rule, column, file FROM ops.check_results GROUP BY ALL HAVING count(*) > 1"
    assert pipeline.sql(repeated) == []
    # The file is held before the attempt is given up, and not judged again.
    holding = pipeline.sql("SELECT DISTINCT file FROM ops.check_results WHERE outcome = 'held'")
    assert [row["file"] for row in holding] == ["spoilt_2025-02.csv"]
    gates = "SELECT DISTINCT gate FROM ops.check_results WHERE run_id = (SELECT max(run_id) FROM ops.runs)"
    assert {"bronze", "file", "silver"} <= {row["gate"] for row in pipeline.sql(gates)}


@pytest.mark.faults
def test_a_version_between_two_equal_ones_makes_the_later_one_news(
    spark: SparkSession, config: Config, tmp_path: Path
) -> None:
    pipeline = Pipeline(spark, config, tmp_path)
    land_a_late_version(pipeline)
    assert pipeline.run() == 0
    assert places(pipeline) == {"2025-01": 19, "2025-03": 6}
    events = [row["event"] for row in pipeline.sql("SELECT event FROM ops.file_events ORDER BY event_seq")]
    assert events == ["admitted", "admitted", "reordered", "admitted"]
    # Silver was gated twice, and counts once.
    repeated = "SELECT run_id, gate, rule, column, file FROM ops.check_results GROUP BY ALL HAVING count(*) > 1"
    assert pipeline.sql(repeated) == []
    before = content(pipeline)
    assert rebuilt(pipeline) == before
    versions = pipeline.versions()
    assert pipeline.run() == 0
    assert pipeline.versions() == versions
