"""Contracts of the views: their columns in order, and what each of them means."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql.types import StructType

from schemas import columns as c
from schemas import gold, ops, silver

Comments = dict[str, str]


def _of(contract: StructType, *names: str) -> Comments:
    """The columns of a table with these names, or all of them, with their comments there."""
    return {name: str(contract[name].metadata["comment"]) for name in names or contract.names}


SUPERSEDED: Comments = {
    **_of(silver.SUPERSEDED, c.SOURCE_FILE, c.SOURCE_SHA256, c.SOURCE_ROW, c.SURVEY_DATE, c.RESPONSE_KEY),
    "won_by_file": "File of the line that won; null when its response is in silver no more",
    "won_by_sha256": "SHA-256 of that file's content",
    "won_by_row": "Physical line of it after the header, 1-based",
    "won_by_survey_date": "Survey date of the line that won",
}

QUARANTINE: Comments = {
    **_of(silver.QUARANTINE),
    c.STATUS: "superseded once a later version of the response is in silver, else open",
}

ALERTS: Comments = {
    **_of(gold.ALERTS, "headline", c.STATE),
    "handling": "What people decided: new, acknowledged or resolved",
    **_of(
        gold.ALERTS, "team", "is_preliminary", "phase", "first_period", "periods_open", c.PERIOD_TYPE, c.PERIOD_START
    ),
    "responses": "Responses of the whole period",
    **_of(
        gold.ALERTS, c.REASON, "alert_id", "parent_id", "rule", "metric", c.QUESTION, c.SEGMENT, c.SEGMENT_VALUE, c.N
    ),
    **_of(gold.ALERTS, "value", "threshold", "ci_low", "ci_high", "baseline_n", "baseline_value", "difference"),
    **_of(gold.ALERTS, "p_value", "q_value", "smallest_detectable"),
    "handled_by": "Person who decided last; null while new",
    "handling_note": _of(ops.ALERT_EVENTS, "note")["note"],
}

TEAM_ALERTS: Comments = {name: comment for name, comment in ALERTS.items() if name != "team"}

QUESTION_TREND: Comments = {
    **_of(gold.CONCEPT_METRICS, c.PERIOD_TYPE, c.PERIOD_START, c.SEGMENT, c.SEGMENT_VALUE, c.CONCEPT),
    "series": "Number of the series of means: compare means within one",
    "share_series": "Number of the series of shares: compare shares within one",
    **_of(gold.CONCEPT_METRICS, c.N_ASKED, c.N),
    "mean_rating": "Mean of ratings and bridged values, 1-5; null without any",
    "raw_mean": "Mean of the ratings of the concept's own question; null without any",
    "bridged_mean": "Mean of the values bridged from other questions; null without any",
    "is_bridged": "Whether some values are bridged from other questions",
    "share_low": "Share of ratings of 1 or 2, 0-1; null where values are bridged",
    "share_top": "Share of ratings of 4 or 5, 0-1; null where values are bridged",
    "share_not_applicable": "Share of those asked who called it not applicable, 0-1",
    "n_overlap": "Responses of all periods that answered the own question and those that bridge it; null without any",
    "bridge_difference": "Their mean of bridged value minus own rating; null without any",
    "bridge_standard_error": "Standard error of that difference; null under two",
    "comparison": "How the value compares with the concept's own question, in words",
}


def survey_flat(wordings: Mapping[str, str]) -> Comments:
    """Columns of `gold.v_survey_flat`. `wordings`: question -> wording, in the order of the catalogue."""
    return {
        **_of(gold.FACT, c.RESPONSE_KEY, c.ID),
        **_of(gold.DIM_PASSENGERS, c.GENDER, c.CUSTOMER_TYPE, c.AGE, c.AGE_BAND),
        **_of(gold.DIM_FLIGHT_DETAILS, c.TRAVEL_TYPE, c.CLASS),
        c.SURVEY_DATE: "Day of the survey; first of the month when only a month is known",
        c.SURVEY_MONTH: "Month of the survey, YYYY-MM",
        **_of(gold.FACT, c.FLIGHT_DISTANCE, c.DEPARTURE_DELAY, c.ARRIVAL_DELAY, c.ARRIVAL_DELAY_IS_IMPUTED),
        **_of(gold.FACT, c.IS_SATISFIED, c.SERVICE_INDEX, c.WEIGHTED_SCORE, c.ANSWERED_CONCEPTS),
        **{
            question: f"{wording}: 1-5; null when not applicable or unanswered"
            for question, wording in wordings.items()
        },
    }
