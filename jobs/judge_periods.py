"""Judges the months that a run built against the months before them, and how old the newest one is."""

from __future__ import annotations

from collections.abc import Collection

from jobs.build_gold import gold_months
from jobs.context import Run
from lakehouse.quality.periods import by_measure, monthly, period_findings
from lakehouse.quality.results import results_of


def judge_periods(run: Run, built: Collection[str]) -> None:
    """Records the checks; none of them stops a run, for what they judge is published already."""
    suite, tables, read = run.config.suites["periods"], run.tables, run.warehouse.read
    newest = max(gold_months(run), default=None)
    with run.progress.gate("periods", run.spark):
        frames = (read(table) for table in (tables.satisfaction_metrics, tables.question_metrics, tables.quarantine))
        measures = by_measure(map(tuple, monthly(*frames).collect())) if built else {}
        findings = period_findings(suite, measures, built, newest, run.today)
    run.record(results_of("periods", suite, findings), None)
