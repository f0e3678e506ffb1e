"""Silver contracts: typed responses and what became of every other line."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DateType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
)

from schemas import columns as c
from schemas.fields import optional, required

_LINE = [
    required(c.SOURCE_FILE, StringType(), "File that delivered the line"),
    required(c.SOURCE_SHA256, StringType(), "SHA-256 of that file's content"),
    required(c.SOURCE_ROW, LongType(), "Physical line after the header, 1-based"),
    required(c.DELIVERY, LongType(), "Delivery that brought the line"),
]


def rating(question: str, wording: str) -> StructField:
    """The rating column of a catalogued question, as delivered (0-5, 0 = not applicable)."""
    return optional(question, IntegerType(), f"{wording}: 0-5 as delivered, 0 = not applicable, null = no answer")


def responses(wordings: Mapping[str, str]) -> StructType:
    """One row per response, its newest version. `wordings`: question id -> wording, in catalogue order."""
    return StructType(
        [
            required(c.RESPONSE_KEY, LongType(), "Surrogate key: hash of the configured response_key columns"),
            required(c.ID, LongType(), "Passenger identifier of the survey (personal data)"),
            optional(c.GENDER, StringType(), "Female or Male; null when not given (personal data)"),
            required(c.CUSTOMER_TYPE, StringType(), "First-time or Returning"),
            optional(c.AGE, IntegerType(), "Age in years; null when not given (personal data)"),
            required(c.TRAVEL_TYPE, StringType(), "Purpose of the flight: Business or Personal"),
            required(c.CLASS, StringType(), "Travel class: Business, Economy or Economy Plus"),
            optional(c.FLIGHT_DISTANCE, IntegerType(), "Flight distance in miles; null when not given"),
            required(c.DEPARTURE_DELAY, IntegerType(), "Departure delay in minutes"),
            optional(c.ARRIVAL_DELAY, IntegerType(), "Arrival delay in minutes; null when not reported"),
            *(rating(question, wording) for question, wording in wordings.items()),
            required(c.IS_SATISFIED, BooleanType(), "Whether the passenger is satisfied overall"),
            required(c.SURVEY_DATE, DateType(), "Day of the survey; first of the month when only a month is known"),
            required(c.SURVEY_DATE_SOURCE, StringType(), "column, path, filename, argument or ingestion"),
            required(c.SURVEY_DATE_PRECISION, StringType(), "day or month"),
            required(c.SURVEY_MONTH, StringType(), "Month of the survey, YYYY-MM; the partition"),
            required(c.QUESTIONNAIRE_KEY, LongType(), "Set of questions that was asked: silver.questionnaires"),
            *_LINE,
            required(c.ROW_HASH, LongType(), "Hash of the non-null typed values: the response's content"),
        ]
    )


QUESTIONNAIRES = StructType(
    [
        required(c.QUESTIONNAIRE_KEY, LongType(), "Hash of the questions asked"),
        required(c.QUESTIONS, ArrayType(StringType()), "Questions asked, in catalogue order"),
    ]
)

SUPERSEDED = StructType(
    [
        required(c.RESPONSE_KEY, LongType(), "Response of which this line is an older or repeated version"),
        required(c.SURVEY_DATE, DateType(), "Survey date of this version"),
        *_LINE,
        optional(c.SURVEY_DATE_SOURCE, StringType(), "Where the date is from, as in silver.survey_responses"),
        optional(c.SURVEY_DATE_PRECISION, StringType(), "day or month"),
        optional(c.ROW_HASH, LongType(), "Hash of the version's content: a later version with the same repeats it"),
    ]
)

QUARANTINE = StructType(
    [
        required(c.QUARANTINE_ID, StringType(), "Hash of file content and line"),
        required(c.REASONS, ArrayType(StringType()), "Every rule the line fails, as rule_id:column"),
        required(c.RAW, StringType(), "The line as delivered, as JSON text (personal data)"),
        optional(c.RESPONSE_KEY, LongType(), "Response the line belongs to; null when its key cannot be read"),
        optional(c.SURVEY_DATE, DateType(), "Survey date of the line; null when it cannot be read"),
        *_LINE,
        required(c.RUN_ID, StringType(), "Run that delivered the line"),
    ]
)
