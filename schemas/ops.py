"""Operations contracts: decisions about files, what became of each file, runs and checks."""

from __future__ import annotations

from pyspark.sql.types import (
    ArrayType,
    DateType,
    DoubleType,
    IntegerType,
    LongType,
    MapType,
    StringType,
    StructType,
    TimestampType,
)

from schemas import columns as c
from schemas.fields import optional, required

FILE_EVENTS = StructType(
    [
        required(c.EVENT_SEQ, LongType(), "Order of the decisions; state is the fold in this order"),
        required(
            c.EVENT,
            StringType(),
            "refused, ignored, duplicate_content, held, admitted, suppressed, reordered, or by a person: accepted, "
            "withdrawn, redated, erased; redated also by a run that finds the date of a file without one",
        ),
        required(c.FILE, StringType(), "File as delivered, relative to its landing root"),
        optional(c.SHA256, StringType(), "SHA-256 of the decompressed content; null when it could not be read"),
        optional("raw_sha256", StringType(), "SHA-256 of the bytes as they lie there; null when unreadable"),
        required(c.REASON, StringType(), "Why, in one sentence"),
        optional(c.SURVEY_DATE, DateType(), "New survey date, for a redated file"),
        optional(c.LINES, LongType(), "Lines that are gone, when erased or suppressed"),
        required("rules_version", StringType(), "Version of rules and catalogue that the decision rests on"),
        required("run_id", StringType(), "Run that decided"),
        required("at", TimestampType(), "When (UTC); orders nothing"),
        optional(c.SURVEY_DATE_PRECISION, StringType(), "Precision of the new survey date, day or month"),
    ]
)

FILES = StructType(
    [
        optional(c.SHA256, StringType(), "SHA-256 of the decompressed content; null when it could not be read"),
        required(c.FILE, StringType(), "File as delivered, relative to its landing root"),
        required(
            c.STATE,
            StringType(),
            "admitted, held, withdrawn, accepted, pending, refused, ignored (no survey by its name), or erased to its "
            "last line",
        ),
        required(c.REASON, StringType(), "Reason of the newest decision; empty while pending"),
        optional(c.LINES, LongType(), "Data lines delivered; null for a refused or ignored file"),
        optional("in_silver", LongType(), "Lines in silver.survey_responses"),
        optional("superseded", LongType(), "Lines in silver.superseded"),
        optional("quarantined", LongType(), "Lines in silver.quarantine"),
        optional("erased", LongType(), "Lines erased on request, or kept out since"),
        optional("waiting", LongType(), "Bronze lines of a file without decision, held or withdrawn"),
        optional(
            "dialect",
            StringType(),
            "How the file is written, where it is not comma-separated UTF-8 text; null when it is",
        ),
    ]
)

RUNS = StructType(
    [
        required("run_id", StringType(), "The run"),
        required("command", StringType(), "Command that was run"),
        required("started_at", TimestampType(), "Start (UTC)"),
        required("finished_at", TimestampType(), "End (UTC)"),
        required("exit_code", IntegerType(), "Exit code, see docs/running.md"),
        required("message", StringType(), "Why it did not end with 0; else empty"),
        required("rules_version", StringType(), "Version of rules and catalogue used"),
        required(
            "table_versions",
            MapType(StringType(), LongType(), valueContainsNull=False),
            "Delta version per table; empty for maintenance after an interrupted run",
        ),
    ]
)

# The lines that an unfinished erasure removes from bronze: its intent, kept beside the tables until it has finished.
ERASURE = StructType(
    [
        required(c.SOURCE_SHA256, StringType(), "SHA-256 of the file"),
        required(c.SOURCE_ROW, LongType(), "Number of the line"),
        required(c.SOURCE_FILE, StringType(), "File as delivered, relative to its landing root"),
        required("run_id", StringType(), "Run that was asked to erase"),
        required(c.REASON, StringType(), "Why, in one sentence"),
    ]
)

SUPPRESSED_IDS = StructType(
    [
        required(c.ID_HASH, StringType(), "HMAC-SHA256 of the id under privacy.key"),
        required("key_check", StringType(), "HMAC-SHA256 of a fixed word under the same key, to tell keys apart"),
        required("run_id", StringType(), "Run that erased the id"),
        required("at", TimestampType(), "When (UTC)"),
    ]
)

# A delivered line, as a sample of a failed check.
SAMPLE = StructType(
    [required(c.SHA256, StringType(), "SHA-256 of its file"), required("line", LongType(), "Its number")]
)

CHECK_RESULTS = StructType(
    [
        required("run_id", StringType(), "The run"),
        required(
            "gate",
            StringType(),
            "bronze, file, silver, silver_candidate, gold, periods, balance, or recomputed: lines that moved",
        ),
        required("table", StringType(), "Table that the rule file speaks of"),
        optional(c.FILE, StringType(), "File judged; null for a check over all files of the run"),
        optional(c.SHA256, StringType(), "SHA-256 of that file"),
        required("rule", StringType(), "Rule id"),
        optional("column", StringType(), "Column; null for table rules and rules counted over any column"),
        required("severity", StringType(), "critical, warning or info"),
        required("evaluated", LongType(), "Rows looked at"),
        required("failed", LongType(), "Rows that fail"),
        optional("share", DoubleType(), "failed / evaluated; null when nothing was looked at"),
        optional("limit", DoubleType(), "Share above which the check has consequences; null when none"),
        required("outcome", StringType(), "passed, failed, held, or vacuous: there was no value to look at"),
        required("detail", StringType(), "What was seen, in words"),
        optional("seconds", DoubleType(), "Time of the evaluation that the check was part of; null for own group-bys"),
        optional("library", StringType(), "What evaluated it, with version; null for own group-bys"),
        required(
            "samples",
            ArrayType(SAMPLE, containsNull=False),
            "At most ten lines that failed, for a rule on single lines; empty when it passed",
        ),
        required("at", TimestampType(), "When (UTC)"),
    ]
)

DRIFT_EVENTS = StructType(
    [
        required("run_id", StringType(), "The run"),
        required("kind", StringType(), "added, missing, renamed, outside_dates, unknown_value or unread_cells"),
        required(c.FILE, StringType(), "File as delivered, relative to its landing root"),
        required(c.SHA256, StringType(), "SHA-256 of the decompressed content"),
        required("column", StringType(), "Column or question that it is about"),
        optional("delivered", StringType(), "Header or word as delivered; null for a missing column"),
        required("policy", StringType(), "What followed: warn, hold or quarantine"),
        required("detail", StringType(), "What it means and the way out"),
        required("suggestion", StringType(), "Lines for conf/questions.yml; empty when there are none"),
        required("rules_version", StringType(), "Version of rules and catalogue that it was judged by"),
        required("at", TimestampType(), "When (UTC)"),
    ]
)

IMPUTATION_BACKTEST = StructType(
    [
        required("run_id", StringType(), "The run"),
        required("method", StringType(), "departure_delay (the rule in use), median or mean"),
        required("n_reported", LongType(), "Reported arrival delays of the months built, on which it was tested"),
        required("n_imputed", LongType(), "Arrival delays of these months that were not reported"),
        required("mean_absolute_error", DoubleType(), "Mean distance from the reported delay, minutes"),
        optional(
            "reweighted_error",
            DoubleType(),
            "The same over bands of departure delay as the imputed responses have them; null when none is imputed",
        ),
        required("at", TimestampType(), "When (UTC)"),
    ]
)

RESTATEMENTS = StructType(
    [
        required("run_id", StringType(), "The run that published other figures"),
        required(c.SURVEY_MONTH, StringType(), "Month, YYYY-MM"),
        required("n_before", LongType(), "Responses published before"),
        optional("n_after", LongType(), "Responses published now; null when the month is gone"),
        optional("share_satisfied_before", DoubleType(), "Share of satisfied responses before"),
        optional("share_satisfied_after", DoubleType(), "The same now"),
        optional("service_index_before", DoubleType(), "Mean service index before, 0-100"),
        optional("service_index_after", DoubleType(), "The same now"),
        required("compared_with", StringType(), "Finished run whose figures are those before"),
        required("at", TimestampType(), "When (UTC)"),
    ]
)

ALERT_EVENTS = StructType(
    [
        required(c.EVENT_SEQ, LongType(), "Order of the events"),
        required(
            c.EVENT,
            StringType(),
            "Of an episode: begun, recovered, withdrawn (a restatement took its cause away), reopened; by a person: "
            "acknowledged, resolved, judged (the bad data of the period is accepted)",
        ),
        required("alert_id", StringType(), "Alert of the period in which it happened"),
        required("series_id", StringType(), "Series of that alert"),
        required("team", StringType(), "Team that owned the alert then"),
        required(c.PERIOD_TYPE, StringType(), "month"),
        required(c.PERIOD_START, DateType(), "First day of the period"),
        required("headline", StringType(), "The finding in one line, as it was then"),
        optional("who", StringType(), "Person who decided; null for the pipeline"),
        optional("note", StringType(), "What the person wrote"),
        optional("before", StringType(), "What had been told of the alert, for a withdrawal"),
        optional("after", StringType(), "State, headline and reason of the alert with this event"),
        required("run_id", StringType(), "Run that recorded it"),
        required("at", TimestampType(), "When (UTC); orders nothing"),
    ]
)

NOTIFICATIONS = StructType(
    [
        required("notification_seq", LongType(), "Order of the steps"),
        required("notification_id", StringType(), "The message; sent along, so that a receiver can drop a repetition"),
        required("sink", StringType(), "Where it goes: name under notifications in the configuration"),
        required("team", StringType(), "Team that it is for"),
        required(c.STATE, StringType(), "queued; then sent, or failed: the next run tries again"),
        required(
            "told",
            MapType(StringType(), LongType(), valueContainsNull=False),
            "Series that the message speaks of -> event_seq of the event that it tells; empty after queued",
        ),
        optional("content", StringType(), "The message as JSON; null after queued"),
        optional("failure", StringType(), "Why it could not be delivered, without address or secret"),
        required("run_id", StringType(), "Run that did the step"),
        required("at", TimestampType(), "When (UTC); orders nothing"),
    ]
)
