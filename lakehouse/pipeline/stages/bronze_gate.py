"""Gate 1: what bronze holds of files without decision, against what was delivered and what every response needs."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import functions as F

from lakehouse.ledger.files import BronzeFile, Ledger
from lakehouse.pipeline.context import Context
from lakehouse.quality.gate import Balance, GateCounts, ensure_passed, findings_of_counts
from lakehouse.quality.results import results_of
from lakehouse.quality.runner import evaluate
from lakehouse.quality.samples import failing_rows
from lakehouse.silver.casting import with_dates
from schemas import columns as c
from schemas.bronze import LINE


def gate_bronze(context: Context, ledger: Ledger) -> None:
    """Gate 1 on the committed lines of files without decision.

    Raises `GateBlockedError`; the files then stay undecided, and the next run judges them again.
    """
    pending = sorted(ledger.pending(context.config.rules_version))
    if not pending:
        return
    context.expect_checks()
    files = [ledger.files[sha] for sha in pending]
    suite = context.config.suites["bronze"]
    deliveries = sorted({file.delivery for file in files})
    bronze = context.warehouse.read(context.tables.bronze)
    waiting = bronze.where(F.col(c.DELIVERY).isin(deliveries) & F.col(c.SOURCE_SHA256).isin(pending))
    rows = with_dates(waiting, context.config.catalogue)
    counts = GateCounts(balances=_balances(context, files))
    with context.reporter.gate("bronze", context.spark):
        findings = (*findings_of_counts(suite, counts), *evaluate(suite, rows))
    results = results_of("bronze", suite, findings)
    context.record_checks(results, failing_rows(suite, results, rows, LINE))
    ensure_passed("bronze", results)


def _balances(context: Context, files: Sequence[BronzeFile]) -> dict[str, Balance]:
    """Lines of the files against those counted by preflight, and against those of files with every required column."""
    missing_required = context.config.catalogue.missing_required
    complete = sum(file.rows for file in files if not missing_required(file.columns))
    rows = sum(file.rows for file in files)
    return {
        "lines_delivered": Balance(sum(file.lines - file.erased for file in files), rows),
        "lines_with_required_columns": Balance(rows, complete),
    }
