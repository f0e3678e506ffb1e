"""The SQL of the documents, against the columns that it explains."""

from __future__ import annotations

import pytest

from tests.support.pipeline import Pipeline
from tests.support.places import ROOT

SQL = ROOT / "docs" / "sql"
# File -> the table whose columns it explains, its key, and which of the rows.
EXPLAINED = {
    "arrival_delay": ("gold.fact_survey_responses", "response_key", "true"),
    "service_index": ("gold.fact_survey_responses", "response_key", "true"),
    "weighted_satisfaction_score": ("gold.fact_survey_responses", "response_key", "true"),
    "satisfaction_alerts": ("gold.satisfaction_alerts", "alert_id", "metric = 'share_low' OR rule LIKE 'overall_%'"),
    "standardised_difference": (
        "gold.satisfaction_alerts",
        "alert_id",
        "difference IS NOT NULL AND metric <> 'passenger_mix'",
    ),
}


def compare_with_documents(pipeline: Pipeline, name: str) -> None:
    """Asserts that the columns of a file are those of the table that it explains, to 1e-9."""
    table, key, rows = EXPLAINED[name]
    statement = (SQL / f"{name}.sql").read_text(encoding="utf-8")
    documented = {row[key]: row.asDict() for row in pipeline.sql(statement)}
    columns = list(next(iter(documented.values())))
    stored = {row[key]: row.asDict() for row in pipeline.read(table).where(rows).select(*columns).collect()}
    assert len(columns) > 1
    assert documented.keys() == stored.keys()
    for found, expected in ((documented[one], stored[one]) for one in stored):
        assert found == {
            column: pytest.approx(value, abs=1e-9) if isinstance(value, float) else value
            for column, value in expected.items()
        }
