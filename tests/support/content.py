"""What derived tables say, whatever run wrote them."""

from __future__ import annotations

from tests.support.pipeline import Pipeline

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
