"""Gold contracts: the star schema, the metrics and the alerts."""

from __future__ import annotations

from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DateType,
    DoubleType,
    IntegerType,
    LongType,
    MapType,
    StringType,
    StructType,
)

from schemas import columns as c
from schemas.fields import optional, required

_BUILT_FROM = required(c.BUILT_FROM, StringType(), "Hash of the month's silver content, the catalogue and the code")
_PERIOD = [
    required(c.PERIOD_TYPE, StringType(), "month, week or day"),
    required(c.PERIOD_START, DateType(), "First day of the period"),
    required(
        c.SEGMENT,
        StringType(),
        "overall, class, travel_type, customer_type, class_travel_type, or class_travel_customer: all others are its "
        "sums",
    ),
    required(c.SEGMENT_VALUE, StringType(), "Value of the segment; 'all' for overall"),
]

FACT = StructType(
    [
        required(c.RESPONSE_KEY, LongType(), "Surrogate key of the response"),
        required(c.ID, LongType(), "Passenger identifier of the survey (personal data)"),
        required(c.PASSENGER_KEY, LongType(), "To gold.dim_passengers"),
        required(c.FLIGHT_DETAILS_KEY, LongType(), "To gold.dim_flight_details"),
        required(c.SURVEY_DATE, DateType(), "To gold.dim_date"),
        required(c.SURVEY_MONTH, StringType(), "Month of the survey, YYYY-MM; the partition"),
        optional(c.FLIGHT_DISTANCE, IntegerType(), "Flight distance in miles; null when not given"),
        required(c.DEPARTURE_DELAY, IntegerType(), "Departure delay in minutes"),
        required(c.ARRIVAL_DELAY, IntegerType(), "Arrival delay in minutes; the departure delay where not reported"),
        required(c.ARRIVAL_DELAY_IS_IMPUTED, BooleanType(), "Whether the arrival delay was not reported"),
        required(c.IS_SATISFIED, BooleanType(), "Whether the passenger is satisfied overall"),
        optional(c.SERVICE_INDEX, DoubleType(), "Mean concept rating, 0-100; null under half of the concepts asked"),
        optional(c.WEIGHTED_SCORE, DoubleType(), "The same with the catalogue's weights, 0-100"),
        required(c.ANSWERED_CONCEPTS, IntegerType(), "Concepts with an applicable rating"),
        _BUILT_FROM,
    ]
)

DIM_PASSENGERS = StructType(
    [
        required(c.PASSENGER_KEY, LongType(), "Hash of id, gender, customer type and age"),
        required(c.ID, LongType(), "Passenger identifier of the survey (personal data)"),
        optional(c.GENDER, StringType(), "Female or Male; null when not given (personal data)"),
        required(c.CUSTOMER_TYPE, StringType(), "First-time or Returning"),
        optional(c.AGE, IntegerType(), "Age in years; null when not given (personal data)"),
        optional(c.AGE_BAND, StringType(), "0-17, 18-24, 25-39, 40-59 or 60+; null when age is not given"),
    ]
)

DIM_FLIGHT_DETAILS = StructType(
    [
        required(c.FLIGHT_DETAILS_KEY, LongType(), "Hash of travel type and class"),
        required(c.TRAVEL_TYPE, StringType(), "Purpose of the flight: Business or Personal"),
        required(c.CLASS, StringType(), "Travel class: Business, Economy or Economy Plus"),
    ]
)

DIM_DATE = StructType(
    [
        required(c.DATE, DateType(), "The day"),
        required("year", IntegerType(), "Calendar year"),
        required("quarter", IntegerType(), "Calendar quarter, 1-4"),
        required("month", IntegerType(), "Calendar month, 1-12"),
        required(c.SURVEY_MONTH, StringType(), "YYYY-MM, as the partitions are named"),
        required("day", IntegerType(), "Day of the month"),
        required("iso_weekday", IntegerType(), "1 = Monday to 7 = Sunday"),
        required("is_weekend", BooleanType(), "Saturday or Sunday"),
    ]
)

DIM_QUESTIONS = StructType(
    [
        required(c.QUESTION_KEY, LongType(), "Hash of question and valid_from"),
        required(c.QUESTION, StringType(), "Stable id of the question"),
        required("wording", StringType(), "What the passenger is asked"),
        required("team", StringType(), "Team that owns the question"),
        required(c.CONCEPT, StringType(), "Concept that the question measures"),
        required("concept_share", DoubleType(), "Share of the concept that the question stands for; 1 unless split"),
        required("replaced_by", ArrayType(StringType(), False), "Questions of the concept that count in its place"),
        required("weight", DoubleType(), "Weight of the concept in the weighted satisfaction score"),
        required("weight_reason", StringType(), "Why the policy gives it this weight"),
        required("not_applicable", ArrayType(IntegerType(), False), "Answers that mean not applicable"),
        optional("change", StringType(), "rename, reword, split or merge; null for a first version or a new owner"),
        required(
            "predecessors",
            MapType(StringType(), DoubleType(), False),
            "Split: the whole and this part's share of it; merge: each question replaced and its share",
        ),
        optional("comparability", StringType(), "With the answers before the change: exact, mean_only or none"),
        required("valid_from", DateType(), "First day on which this version applies"),
        required("valid_to", DateType(), "Last day on which this version applies; 9999-12-31 while it is current"),
        required("is_current", BooleanType(), "Whether this version applies to new surveys"),
    ]
)

DIM_SERVICE_RATINGS = StructType(
    [
        required(c.RESPONSE_KEY, LongType(), "To gold.fact_survey_responses"),
        required(c.QUESTION_KEY, LongType(), "To gold.dim_questions"),
        required(c.QUESTION, StringType(), "Stable id of the question"),
        optional(c.RATING, IntegerType(), "1-5; null when not applicable or unanswered"),
        required(c.ANSWER_STATE, StringType(), "answered, not_applicable or unanswered"),
        required(c.SURVEY_MONTH, StringType(), "Month of the survey, YYYY-MM; the partition"),
        _BUILT_FROM,
    ]
)

QUESTION_METRICS = StructType(
    [
        *_PERIOD,
        required(c.QUESTION, StringType(), "Stable id of the question"),
        required(c.N_ASKED, LongType(), "Responses that were asked the question"),
        required(c.N, LongType(), "Applicable ratings (1-5): the denominator of every share and mean"),
        required(c.N_NOT_APPLICABLE, LongType(), "Answers that mean not applicable"),
        required("n_unanswered", LongType(), "Asked and left empty"),
        required("sum_rating", LongType(), "Sum of the applicable ratings"),
        required("sum_squares", LongType(), "Sum of their squares"),
        required("n_low", LongType(), "Ratings of 1 or 2 (bottom-2 box)"),
        required("n_top", LongType(), "Ratings of 4 or 5 (top-2 box)"),
        _BUILT_FROM,
    ]
)

CONCEPT_METRICS = StructType(
    [
        *_PERIOD,
        required(c.CONCEPT, StringType(), "Concept: one series across splits and merges"),
        required(
            c.N_ASKED, LongType(), "Responses that were asked the concept's question or one that stands in for it"
        ),
        required(c.N, LongType(), "Responses with a value: the denominator of the mean"),
        required(c.N_NOT_APPLICABLE, LongType(), "Responses that called all of it not applicable"),
        required("n_raw", LongType(), "Values that are a rating of the concept's own question"),
        required("sum_raw", LongType(), "Sum of these ratings"),
        required("n_low", LongType(), "Ratings of 1 or 2 among them (bottom-2 box)"),
        required("n_top", LongType(), "Ratings of 4 or 5 among them (top-2 box)"),
        required("n_bridged", LongType(), "Values bridged from other questions, where the concept's own was not asked"),
        required("sum_bridged", DoubleType(), "Sum of the bridged values"),
        required("n_overlap", LongType(), "Responses that were asked both and answered both"),
        required("sum_difference", DoubleType(), "Sum of bridged value minus own rating over these"),
        required("sum_squared_difference", DoubleType(), "Sum of the squares of these differences"),
        _BUILT_FROM,
    ]
)

SATISFACTION_METRICS = StructType(
    [
        *_PERIOD,
        required(c.N, LongType(), "Responses"),
        required("n_satisfied", LongType(), "Satisfied responses"),
        required("n_service_index", LongType(), "Responses with a service index"),
        required("sum_service_index", DoubleType(), "Sum of the service indexes (0-100 each)"),
        required("sum_squares_service_index", DoubleType(), "Sum of their squares"),
        required("sum_weighted_score", DoubleType(), "Sum of the weighted satisfaction scores (0-100 each)"),
        required("sum_squares_weighted_score", DoubleType(), "Sum of their squares"),
        required("n_departure_late", LongType(), "Departures 15 minutes late or more"),
        required("n_arrival_reported", LongType(), "Responses with a reported arrival delay"),
        required("n_arrival_late", LongType(), "Reported arrivals 15 minutes late or more"),
        required("sum_departure_delay", LongType(), "Sum of departure delays, minutes"),
        required("sum_arrival_delay", LongType(), "Sum of reported arrival delays, minutes"),
        _BUILT_FROM,
    ]
)

_CELL_SUMS = StructType(
    [
        required(c.CLASS, StringType(), "Travel class"),
        required(c.TRAVEL_TYPE, StringType(), "Purpose of the flight"),
        required(c.CUSTOMER_TYPE, StringType(), "First-time or Returning"),
        required(c.N, DoubleType(), "Values in the periods tested; passengers, for the passenger mix"),
        required("total", DoubleType(), "Their sum"),
        required("squares", DoubleType(), "Sum of their squares"),
        required("baseline_n", DoubleType(), "Values in the baseline"),
        required("baseline_total", DoubleType(), "Their sum"),
        required("baseline_squares", DoubleType(), "Sum of their squares"),
    ]
)

ALERTS = StructType(
    [
        required("alert_id", StringType(), "Hash of rule, question, segment and period"),
        required("series_id", StringType(), "Hash of rule, question and segment: the series through time"),
        optional(
            "parent_id", StringType(), "Alert of the same period and cause that leads this one; null for a leader"
        ),
        *_PERIOD,
        required("rule", StringType(), "Rule of conf/alerts.yml"),
        required("metric", StringType(), "What is measured: a metric of conf/alerts.yml"),
        required("team", StringType(), "Team that owns the alert"),
        optional(c.QUESTION, StringType(), "Question judged; null for measures of the whole response"),
        required(c.N, LongType(), "Answers of the period"),
        optional(
            "value", DoubleType(), "Observed share (0-1), mean rating (1-5) or score (0-100); null without answers"
        ),
        required("threshold", DoubleType(), "Target: what must not be passed. Drop: the least difference that counts"),
        optional("ci_low", DoubleType(), "Lower end of the interval: of the value, or of the difference for a drop"),
        optional("ci_high", DoubleType(), "Upper end of the interval"),
        required(c.STATE, StringType(), "open, ok, insufficient or not_judged"),
        required(c.REASON, StringType(), "Why this state, in one sentence"),
        required("headline", StringType(), "The finding in one line"),
        required("is_preliminary", BooleanType(), "Whether the period still ran: judged strictly, and in no episode"),
        optional("phase", StringType(), "begins, lasts, pauses or recovered; null outside of episodes"),
        optional("first_period", DateType(), "First day of the period in which the episode began"),
        required("periods_open", IntegerType(), "Bad periods of the episode so far"),
        optional("baseline_n", LongType(), "Values in the baseline"),
        optional("baseline_periods", ArrayType(DateType(), False), "First day of each period of the baseline"),
        optional("baseline_value", DoubleType(), "Value of the baseline"),
        optional("difference", DoubleType(), "Value minus baseline, at the baseline's mix of passengers"),
        optional("standard_error", DoubleType(), "Of the difference, widened by the factor"),
        optional("factor", DoubleType(), "How much more than chance the baseline's periods differ, at least 1"),
        optional("p_value", DoubleType(), "One-sided, for the bad direction, corrected for the number of windows"),
        optional("q_value", DoubleType(), "Adjusted p-value (Benjamini-Hochberg) among the team's tests of the period"),
        optional("smallest_detectable", DoubleType(), "Difference that four of five such tests would find"),
        optional("periods_tested", IntegerType(), "Periods up to this one that were tested together: 1, 2 or 3"),
        optional("cells", ArrayType(_CELL_SUMS, False), "The sums that difference, p and q are computed from"),
        _BUILT_FROM,
    ]
)
