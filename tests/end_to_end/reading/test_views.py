"""The views have the columns that their contracts say, each with a comment."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import Config
from lakehouse.storage.tables.views import views
from tests.support.pipeline import Pipeline


@pytest.fixture(scope="module")
def empty(spark: SparkSession, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    pipeline = Pipeline(spark, config, tmp_path_factory.mktemp("empty"))
    pipeline.sql("SELECT 1")
    return pipeline


def test_a_view_has_the_columns_of_its_query_in_its_order(empty: Pipeline) -> None:
    queried = {name: empty.spark.sql(view.query).columns for name, view in views(empty.config.catalogue).items()}
    assert queried == {name: list(view.columns) for name, view in views(empty.config.catalogue).items()}


def test_the_session_shows_the_comments(empty: Pipeline) -> None:
    rows = empty.sql("DESCRIBE gold.v_question_trend")
    assert {row["col_name"]: row["comment"] for row in rows}["series"].startswith("Number of the series of means")
    assert all(row["comment"] for row in rows)
    detail = empty.sql("DESCRIBE EXTENDED gold.v_survey_flat")
    assert "One row per response for BI tools" in str(detail)


def test_an_export_without_responses_has_alerts_alone(empty: Pipeline, tmp_path: Path) -> None:
    assert empty.run("export", "--out", str(tmp_path / "out")) == 0
    files = sorted(path.name for path in (tmp_path / "out").iterdir())
    # Without responses there is no month, and so no file of the flat view; alerts have a header.
    assert files == [
        "export.json",
        *sorted(
            f"v_satisfaction_alerts{team}.{kind}"
            for team in ("", "_airline", "_digital", "_gate", "_ground", "_in_flight")
            for kind in ("csv", "parquet")
        ),
    ]
    text = (tmp_path / "out" / "v_satisfaction_alerts_gate.csv").read_text(encoding="utf-8")
    assert text.startswith("headline,state,handling,")
    assert len(text.splitlines()) == 1
