"""Reads the rows of the page: each metrics table once, and one aggregation of the fact with its ratings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.alerts.newest import enough_responses
from lakehouse.ledger.runs import newest_run_by_gate, releases
from lakehouse.report.collected import Collected, Row, Span, span_of
from lakehouse.report.health import FILES_SHOWN
from lakehouse.report.ratings import GROUPS
from lakehouse.storage.open import Opened
from lakehouse.storage.parallel import in_parallel
from lakehouse.storage.tables.views import ALERTS_VIEW
from schemas import columns as c
from schemas.segments import OVERALL

_EVIDENCE = ("alert_id", "series_id", "standard_error", "factor", "periods_tested")
_SHOWN_OF_ALERTS = (
    *("alert_id", "parent_id", "headline", c.STATE, "handling", "team", "is_preliminary", "phase", "first_period"),
    *("periods_open", c.PERIOD_TYPE, c.PERIOD_START, c.REASON, "rule", "metric", c.QUESTION, c.SEGMENT),
    *(c.SEGMENT_VALUE, c.N, "value", "threshold", "ci_low", "ci_high", "baseline_value", "difference"),
)
_LINES = ("lines", "in_silver", "superseded", "quarantined", "erased", "waiting")


def _of_all() -> Column:
    return F.col(c.SEGMENT) == OVERALL


def _by_month() -> Column:
    return F.col(c.PERIOD_TYPE) == "month"


def collect(opened: Opened) -> tuple[Collected, Span | None]:
    """The rows of the page, and the months that it speaks of; None while no month is published.

    The warehouse must be open to read, with its views registered.
    """
    config, warehouse, tables = opened
    satisfaction = _rows(warehouse.read(tables.satisfaction_metrics).where(_of_all() & _by_month()))
    responses = {row[c.PERIOD_START]: row[c.N] for row in satisfaction}
    span = span_of(responses, enough_responses(config.alert_policy.rules))
    files, waiting, checks, runs = in_parallel(
        lambda: _files(warehouse.read(tables.files)),
        lambda: _waiting(warehouse.read(tables.files)),
        lambda: _failed_checks(warehouse.read(tables.check_results)),
        lambda: _runs(warehouse.read(tables.runs)),
    )
    if span is None:
        return Collected(responses, files=files, waiting=waiting, checks=checks, runs=runs), None
    questions, alerts, versions, associations = in_parallel(
        lambda: _questions(warehouse.read(tables.question_metrics), span),
        lambda: _alerts(opened, span),
        lambda: _rows(warehouse.read(tables.questions)),
        lambda: _associations(opened, span.of_associations),
    )
    of_span = [row for row in satisfaction if row[c.PERIOD_START] >= span.first]
    rows = Collected(responses, of_span, questions, alerts, versions, associations, files, waiting, checks, runs)
    return rows, span


def _rows(frame: DataFrame) -> list[Row]:
    return [row.asDict() for row in frame.collect()]


def _questions(metrics: DataFrame, span: Span) -> list[Row]:
    months = F.col(c.PERIOD_START).between(span.first, span.newest)
    of_groups = (F.col(c.SEGMENT) == GROUPS) & (F.col(c.PERIOD_START) == span.newest)
    return _rows(metrics.where(_by_month() & ((_of_all() & months) | of_groups)))


def _alerts(opened: Opened, span: Span) -> list[Row]:
    """Alerts of all passengers by month, and of all groups since the month before the newest. `value_tested`: the mean
    of the periods that were tested together."""
    start = F.col(c.PERIOD_START)
    shown = (start >= span.before) | (_of_all() & _by_month() & (start >= span.first))
    told = opened.warehouse.spark.table(ALERTS_VIEW).select(*_SHOWN_OF_ALERTS).where(shown)
    evidence = opened.warehouse.read(opened.tables.alerts).where(shown)
    tested = (_sum_of_cells("total") / F.nullif(_sum_of_cells(c.N), F.lit(0.0))).alias("value_tested")
    return _rows(told.join(evidence.select(*_EVIDENCE, tested), on="alert_id", how="inner"))


def _sum_of_cells(name: str) -> Column:
    return F.aggregate("cells", F.lit(0.0), lambda added, cell: added + cell[name])


def _associations(opened: Opened, months: Sequence[date]) -> list[Row]:
    """One row per travel type and question: raters, top and low ones, and the satisfied among these."""
    warehouse, tables = opened.warehouse, opened.tables
    of_months = F.col(c.SURVEY_MONTH).isin([f"{month:%Y-%m}" for month in months])
    response = (c.RESPONSE_KEY, c.SURVEY_MONTH)
    ratings = warehouse.read(tables.ratings).where(of_months & F.col(c.RATING).isNotNull())
    fact = warehouse.read(tables.fact).where(of_months).select(*response, c.FLIGHT_DETAILS_KEY, c.IS_SATISFIED)
    flights = warehouse.read(tables.flight_details).select(c.FLIGHT_DETAILS_KEY, c.TRAVEL_TYPE)
    rated = ratings.select(*response, c.QUESTION, c.RATING).join(fact, on=list(response), how="inner")
    is_top, is_low = F.col(c.RATING) >= 4, F.col(c.RATING) <= 2
    return _rows(
        rated.join(F.broadcast(flights), on=c.FLIGHT_DETAILS_KEY, how="inner")
        .groupBy(c.TRAVEL_TYPE, c.QUESTION)
        .agg(
            F.count(F.lit(1)).alias("n_rated"),
            F.count_if(is_top).alias("n_top"),
            F.count_if(is_top & F.col(c.IS_SATISFIED)).alias("n_top_satisfied"),
            F.count_if(is_low).alias("n_low"),
            F.count_if(is_low & F.col(c.IS_SATISFIED)).alias("n_low_satisfied"),
        )
    )


def _files(files: DataFrame) -> list[Row]:
    """One row per state: number of files, and their lines by place."""
    return _rows(files.groupBy(c.STATE).agg(F.count(F.lit(1)).alias("n_files"), *(F.sum(n).alias(n) for n in _LINES)))


def _waiting(files: DataFrame) -> list[Row]:
    not_admitted = files.where(F.col(c.STATE) != "admitted").select(c.FILE, c.STATE, c.REASON)
    return _rows(not_admitted.orderBy(c.STATE, c.FILE).limit(FILES_SHOWN))


def _failed_checks(checks: DataFrame) -> list[Row]:
    """Failed checks of the newest run of each gate; files are counted together."""
    failed = checks.join(newest_run_by_gate(checks), on=["gate", "run_id"], how="left_semi").where(
        ~F.col("outcome").isin("passed", "vacuous")
    )
    sums = (F.sum("failed").alias("failed"), F.sum("evaluated").alias("evaluated"))
    grouped = failed.groupBy("gate", "rule", "column", "severity", "outcome").agg(*sums)
    return _rows(grouped.orderBy("severity", "gate", "rule", "column"))


def _runs(runs: DataFrame) -> list[Row]:
    """The newest run, and the newest that is a release."""
    columns = ("command", F.unix_timestamp("finished_at").alias("ended"), "exit_code", "message")
    newest = _rows(runs.orderBy(F.desc("started_at")).select(*columns).limit(1))
    return newest + _rows(releases(runs).select(*columns).limit(1))
