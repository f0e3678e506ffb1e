"""Foreign keys of the star schema. Delta enforces none: `lakehouse verify` counts orphans; Unity Catalog is told."""

from __future__ import annotations

from collections.abc import Mapping

from schemas import columns as c

# Table -> its column -> the table whose key the column holds.
REFERENCES: Mapping[str, Mapping[str, str]] = {
    "gold.fact_survey_responses": {
        c.PASSENGER_KEY: "gold.dim_passengers",
        c.FLIGHT_DETAILS_KEY: "gold.dim_flight_details",
        c.SURVEY_DATE: "gold.dim_date",
    },
    "gold.dim_service_ratings": {
        c.RESPONSE_KEY: "gold.fact_survey_responses",
        c.QUESTION_KEY: "gold.dim_questions",
    },
}
