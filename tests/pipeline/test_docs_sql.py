"""The SQL of the documents gives what the pipeline's own columns hold."""

from __future__ import annotations

import pytest

from tests.conftest import ROOT, Pipeline

SQL = ROOT / "docs" / "sql"
# File -> the table whose columns it explains, and its key.
EXPLAINED = {
    "arrival_delay": ("gold.fact_survey_responses", "response_key"),
    "service_index": ("gold.fact_survey_responses", "response_key"),
    "weighted_satisfaction_score": ("gold.fact_survey_responses", "response_key"),
    "satisfaction_alerts": ("gold.satisfaction_alerts", "alert_id"),
}


@pytest.mark.no_spark
def test_every_file_is_compared() -> None:
    assert {file.stem for file in SQL.glob("*.sql")} == EXPLAINED.keys()


@pytest.mark.parametrize("name", EXPLAINED)
def test_the_documented_sql_gives_the_same_values(months: Pipeline, name: str) -> None:
    compare_with_documents(months, name)


def compare_with_documents(pipeline: Pipeline, name: str) -> None:
    """Asserts that the columns of a file are those of the table that it explains, to 1e-9."""
    table, key = EXPLAINED[name]
    statement = (SQL / f"{name}.sql").read_text(encoding="utf-8")
    documented = {row[key]: row.asDict() for row in pipeline.sql(statement)}
    columns = list(next(iter(documented.values())))
    stored = {row[key]: row.asDict() for row in pipeline.read(table).select(*columns).collect()}
    assert len(columns) > 1
    assert documented.keys() == stored.keys()
    for found, expected in ((documented[one], stored[one]) for one in stored):
        assert found == {
            column: pytest.approx(value, abs=1e-9) if isinstance(value, float) else value
            for column, value in expected.items()
        }
