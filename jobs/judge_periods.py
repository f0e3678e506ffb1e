"""Judges the months that a run built against the months before them, and how old the newest one is."""

from __future__ import annotations

from collections.abc import Collection

from pyspark.sql import functions as F

from jobs.build_gold import gold_months
from jobs.context import Run, in_parallel
from lakehouse.months import month_of
from lakehouse.quality.periods import Measures, monthly, period_findings
from lakehouse.quality.results import results_of
from schemas import columns as c


def judge_periods(run: Run, built: Collection[str]) -> None:
    """Records the checks; none of them stops a run, for what they judge is published already."""
    newest = max(gold_months(run), default=None)
    with run.progress.gate("periods", run.spark):
        measures = _measures(run) if built else {}
    suite = run.config.suites["periods"]
    run.record(results_of("periods", suite, period_findings(suite, measures, built, newest, run.today)), None)


def _measures(run: Run) -> Measures:
    """One row per month, or per month and question, reaches the driver."""
    tables, read = run.tables, run.warehouse.read
    overall = F.col(c.SEGMENT) == "overall"
    responses = read(tables.satisfaction_metrics).where(overall).select(c.PERIOD_START, c.N, "n_arrival_reported")
    answers = read(tables.question_metrics).where(overall).select(c.PERIOD_START, c.N_ASKED, c.N_NOT_APPLICABLE)
    rejected = read(tables.quarantine).groupBy(month_of(c.SURVEY_DATE)).count()
    counted = in_parallel(responses.collect, answers.collect, rejected.collect)
    return monthly(map(tuple, counted[0]), map(tuple, counted[1]), {row[0]: row[1] for row in counted[2]})
