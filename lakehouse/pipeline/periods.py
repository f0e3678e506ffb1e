"""Judges the months that a run built against the months before them, and how old the newest one is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from lakehouse.months import month_of
from lakehouse.pipeline.context import Run
from lakehouse.pipeline.gold import gold_months
from lakehouse.quality.periods import monthly, period_findings
from lakehouse.quality.results import results_of
from schemas import columns as c


def judge_periods(
    run: Run,
    built: Collection[str],
    responses: Sequence[tuple[date, int, int]],
    answers: Sequence[tuple[date, int, int]],
) -> None:
    """Records the checks; none of them stops a run, for what they judge is published already.

    `responses`, `answers`: the metrics of all passengers, see `monthly`.
    """
    newest = max(gold_months(run), default=None)
    with run.progress.gate("periods", run.spark):
        measures = monthly(responses, answers, _rejected(run)) if built else {}
    suite = run.config.suites["periods"]
    run.record(results_of("periods", suite, period_findings(suite, measures, built, newest, run.today)), None)


def _rejected(run: Run) -> dict[str, int]:
    """Lines in quarantine by month."""
    rows = run.warehouse.read(run.tables.quarantine).groupBy(month_of(c.SURVEY_DATE)).count().collect()
    return {row[0]: row[1] for row in rows}
