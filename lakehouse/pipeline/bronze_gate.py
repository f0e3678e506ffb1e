"""Gate 1: what bronze holds of files without decision, against what was delivered and what every response needs."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import functions as F

from lakehouse.ledger.files import BronzeFile
from lakehouse.pipeline.context import Run
from lakehouse.quality.gate import Balance, Measured, ensure_passed, own_findings
from lakehouse.quality.results import results_of
from lakehouse.quality.runner import evaluate
from lakehouse.quality.samples import failing_rows
from schemas import columns as c
from schemas.bronze import LINE


def gate_pending(run: Run) -> None:
    """Gate 1 on the committed lines of files without decision, each file once per run.

    Raises `GateBlockedError`; the files then stay undecided, and the next run judges them again.
    """
    waiting = sorted(run.ledger.pending(run.config.rules_version) - run.gated)
    if not waiting:
        return
    files = [run.ledger.files[sha] for sha in waiting]
    suite = run.config.suites["bronze"]
    rows = run.warehouse.read(run.tables.bronze).where(
        F.col(c.DELIVERY).isin(sorted({file.delivery for file in files})) & F.col(c.SOURCE_SHA256).isin(waiting)
    )
    with run.progress.gate("bronze", run.spark):
        findings = (*own_findings(suite, Measured(balances=_balances(run, files))), *evaluate(suite, rows))
    results = results_of("bronze", suite, findings)
    failing = failing_rows(suite, results, rows, LINE)
    run.record(results, failing)
    ensure_passed("bronze", results)
    run.gated.update(waiting)


def _balances(run: Run, files: Sequence[BronzeFile]) -> dict[str, Balance]:
    """Lines of the files against those counted by preflight, and against those of files with every required column."""
    missing_required = run.config.catalogue.missing_required
    complete = sum(file.rows for file in files if not missing_required(file.columns))
    rows = sum(file.rows for file in files)
    return {
        "lines_delivered": Balance(sum(file.lines - file.erased for file in files), rows),
        "lines_with_required_columns": Balance(rows, complete),
    }
