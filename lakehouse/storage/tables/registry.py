"""The table registry: path, contract, grain, keys and CHECKs of every table."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql.types import StructType

from lakehouse.storage.tables.operations import operations
from lakehouse.storage.tables.table_spec import TableSpec
from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.questions import Question
from schemas import bronze, gold, silver
from schemas import columns as c
from schemas.fields import with_text_ids

_SCORE_RANGE = {
    f"{score}_0_to_100": f"{score} is null or ({score} >= 0 and {score} <= 100)"
    for score in (c.SERVICE_INDEX, c.WEIGHTED_SCORE)
}


@dataclass(frozen=True)
class Tables:
    """The tables of one configuration; silver's rating columns come from the question catalogue."""

    bronze: TableSpec
    responses: TableSpec
    questionnaires: TableSpec
    superseded: TableSpec
    quarantine: TableSpec
    fact: TableSpec
    passengers: TableSpec
    flight_details: TableSpec
    dates: TableSpec
    questions: TableSpec
    ratings: TableSpec
    question_metrics: TableSpec
    concept_metrics: TableSpec
    satisfaction_metrics: TableSpec
    alerts: TableSpec
    file_events: TableSpec
    files: TableSpec
    runs: TableSpec
    check_results: TableSpec
    drift_events: TableSpec
    backtest: TableSpec
    alert_events: TableSpec
    notifications: TableSpec
    restatements: TableSpec
    suppressed_ids: TableSpec

    def all(self) -> tuple[TableSpec, ...]:
        """Every table, from bronze to ops."""
        return tuple(vars(self).values())

    @property
    def of_ingestion(self) -> tuple[TableSpec, ...]:
        """The tables that a run writes first."""
        return self.bronze, self.file_events

    @property
    def star(self) -> tuple[TableSpec, ...]:
        """Fact and dimensions that are computed from silver."""
        return self.fact, self.ratings, self.passengers, self.flight_details, self.dates

    @property
    def metrics(self) -> tuple[TableSpec, ...]:
        """Metrics per period."""
        return self.satisfaction_metrics, self.question_metrics, self.concept_metrics


def registry(catalogue: Catalogue, response_key: tuple[str, ...]) -> Tables:
    """All tables. `response_key`: the columns that identify a response."""
    return Tables(**_bronze_and_silver(catalogue, response_key), **_gold(catalogue), **_metrics(), **operations())


def _bronze_and_silver(catalogue: Catalogue, response_key: tuple[str, ...]) -> dict[str, TableSpec]:
    line = bronze.LINE
    wordings = {question.id: question.newest.wording for question in catalogue.questions}
    return {
        "bronze": TableSpec(
            "bronze",
            "survey_responses_raw",
            bronze.LINEAGE,
            "One row per delivered line, as text. Append only, but for erasure.",
            line,
        ),
        "responses": TableSpec(
            "silver",
            "survey_responses",
            _with_ids(silver.responses(wordings), catalogue),
            "One row per response, its newest version, typed.",
            response_key,
            (c.SURVEY_MONTH,),
            {"departure_delay_not_negative": f"{c.DEPARTURE_DELAY} >= 0"}
            | dict(rating_check(question) for question in catalogue.questions),
        ),
        "questionnaires": TableSpec(
            "silver",
            "questionnaires",
            silver.QUESTIONNAIRES,
            "One row per set of questions asked.",
            (c.QUESTIONNAIRE_KEY,),
        ),
        "superseded": TableSpec(
            "silver",
            "superseded",
            silver.SUPERSEDED,
            "One row per valid line that lost to another version of its response, or repeats one.",
            line,
        ),
        "quarantine": TableSpec(
            "silver", "quarantine", silver.QUARANTINE, "One row per line that the present rules reject.", line
        ),
    }


def _with_ids(schema: StructType, catalogue: Catalogue) -> StructType:
    """The contract with ids of the catalogue's kind."""
    return with_text_ids(schema) if catalogue.ids_are_text else schema


def rating_check(question: Question) -> tuple[str, str]:
    """Name and text of the CHECK on a rating column."""
    codes = ", ".join(map(str, question.codes))
    return f"{question.id}_in_scale", f"{question.id} is null or {question.id} in ({codes})"


def _gold(catalogue: Catalogue) -> dict[str, TableSpec]:
    month = (c.SURVEY_MONTH,)
    return {
        "fact": TableSpec(
            "gold",
            "fact_survey_responses",
            _with_ids(gold.FACT, catalogue),
            "One row per response.",
            (c.RESPONSE_KEY,),
            month,
            _SCORE_RANGE,
        ),
        "passengers": TableSpec(
            "gold",
            "dim_passengers",
            _with_ids(gold.DIM_PASSENGERS, catalogue),
            "One row per distinct id, gender, customer type and age.",
            (c.PASSENGER_KEY,),
        ),
        "flight_details": TableSpec(
            "gold",
            "dim_flight_details",
            gold.DIM_FLIGHT_DETAILS,
            "One row per combination of travel type and class.",
            (c.FLIGHT_DETAILS_KEY,),
        ),
        "dates": TableSpec("gold", "dim_date", gold.DIM_DATE, "One row per day of a surveyed month.", (c.DATE,)),
        "questions": TableSpec(
            "gold", "dim_questions", gold.DIM_QUESTIONS, "One row per question version (SCD2).", (c.QUESTION_KEY,)
        ),
        "ratings": TableSpec(
            "gold",
            "dim_service_ratings",
            gold.DIM_SERVICE_RATINGS,
            "One row per response and question asked.",
            (c.RESPONSE_KEY, c.QUESTION_KEY),
            month,
            {"rating_in_scale": "rating is null or (rating >= 1 and rating <= 5)"},
        ),
    }


def _metrics() -> dict[str, TableSpec]:
    period = (c.PERIOD_TYPE, c.PERIOD_START, c.SEGMENT, c.SEGMENT_VALUE)
    overlap = "Segments overlap: never add across `segment`."
    return {
        "question_metrics": TableSpec(
            "gold",
            "question_metrics",
            gold.QUESTION_METRICS,
            f"One row per month or day, segment value and question; days in segment class_travel_customer. {overlap}",
            (*period, c.QUESTION),
        ),
        "concept_metrics": TableSpec(
            "gold",
            "concept_metrics",
            gold.CONCEPT_METRICS,
            f"One row per month, segment value and concept. {overlap}",
            (*period, c.CONCEPT),
        ),
        "satisfaction_metrics": TableSpec(
            "gold",
            "satisfaction_metrics",
            gold.SATISFACTION_METRICS,
            f"One row per month or day, and segment value; days in segment class_travel_customer. {overlap}",
            period,
        ),
        "alerts": TableSpec(
            "gold",
            "satisfaction_alerts",
            gold.ALERTS,
            "One row per rule, question, segment value and period judged.",
            ("alert_id",),
        ),
    }
