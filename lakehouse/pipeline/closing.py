"""What every run does at its end: the balance of each file, the rows of gold, and figures that it published anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from lakehouse.clock import now
from lakehouse.errors import CheckError
from lakehouse.gold.restatements import restated
from lakehouse.ledger.balance import FileBalance, balance_line, balances, stored_balances
from lakehouse.ledger.files import FileState, Ledger, lines_by_file
from lakehouse.pipeline.context import Context
from lakehouse.pipeline.staged import staged
from lakehouse.quality.results import CheckOutcome, CheckResult
from lakehouse.quality.suites import Severity
from lakehouse.storage.frames import frame_of
from lakehouse.storage.parallel import in_parallel
from lakehouse.storage.tables.registry import Tables
from lakehouse.storage.warehouse import Warehouse

_SILVER_VERSION = "silver_version"


@dataclass(frozen=True)
class Closing:
    """Where the lines of each file are, and rows by table of gold's tables that people look at first."""

    files: tuple[FileBalance, ...]
    gold: tuple[tuple[str, int], ...]


@staged(
    "balance",
    reads=lambda tables: (
        *(tables.responses, tables.superseded, tables.quarantine, tables.file_events),
        *(tables.fact, tables.passengers, tables.ratings, tables.satisfaction_metrics, tables.runs),
    ),
    writes=lambda tables: (tables.files, tables.restatements),
)
def close(context: Context, ledger: Ledger) -> Closing:
    """Brings ops.files up to date, counts gold, and keeps what changed in figures that were published before.

    Raises `CheckError` when the lines of a file do not add up.
    """
    files, gold, _ = in_parallel(
        lambda: _refresh_files(context, ledger), lambda: _count_gold(context), lambda: _record_restated(context)
    )
    return Closing(tuple(files), tuple(gold))


def count_places(warehouse: Warehouse, tables: Tables, ledger: Ledger, set_aside: Sequence[str]) -> list[FileBalance]:
    """Where every delivered line is now, each place counted by itself. `set_aside`: see `balances`."""
    places = [warehouse.read(table) for table in (tables.responses, tables.superseded, tables.quarantine)]
    silver, superseded, quarantined = in_parallel(*(partial(lines_by_file, place) for place in places))
    return balances(ledger, silver, superseded, quarantined, set_aside)


def _refresh_files(context: Context, ledger: Ledger) -> list[FileBalance]:
    """ops.files, counted again when silver or a decision changed since it was written."""
    context.wait_for_tables()
    set_aside = context.config.set_aside
    table, silver = context.tables.files, context.warehouse.version(context.tables.responses)
    stored = stored_balances(context.warehouse.read(table))
    is_current = (context.warehouse.last_metadata(table) or {}).get(_SILVER_VERSION) == silver
    if is_current and _states(stored) == _states(balances(ledger, {}, {}, {}, set_aside)):
        return stored
    with context.reporter.gate("balance", context.spark):
        counted = count_places(context.warehouse, context.tables, ledger, set_aside)
    wrong = [balance.file for balance in counted if not balance.adds_up]
    context.checks.add(_reconciliation(table.full_name, counted, wrong))
    if wrong:
        raise CheckError(f"the lines of {', '.join(wrong)} do not add up: see ops.files.")
    rows = frame_of(context.spark, [balance.as_row() for balance in counted], table.schema)
    context.warehouse.overwrite(rows, table, metadata={_SILVER_VERSION: silver})
    return counted


def _states(files: Iterable[FileBalance]) -> Counter[tuple[str | None, str, FileState, str]]:
    return Counter((balance.sha256, balance.file, balance.state, balance.reason) for balance in files)


def _reconciliation(table: str, counted: Sequence[FileBalance], wrong: Sequence[str]) -> CheckResult:
    """Whether the lines of every file are where they can be named, as a check with a history."""
    return CheckResult(
        gate="balance",
        table=table,
        rule="every_line_in_one_place",
        column=None,
        severity=Severity.CRITICAL,
        evaluated=sum(balance.lines or 0 for balance in counted),
        failed=sum(balance.lines or 0 for balance in counted if balance.file in wrong),
        limit=None,
        outcome=CheckOutcome.FAILED if wrong else CheckOutcome.PASSED,
        detail=balance_line(counted),
    )


def _count_gold(context: Context) -> list[tuple[str, int]]:
    tables, read = context.tables, context.warehouse.read
    counted = (tables.fact, tables.passengers, tables.ratings)
    counts = in_parallel(*(read(table).count for table in counted))
    return [(table.full_name, count) for table, count in zip(counted, counts, strict=True)]


def _record_restated(context: Context) -> None:
    """Compares the metrics with those of the last finished run: an interrupted one in between published nothing."""
    tables, warehouse = context.tables, context.warehouse
    metrics = tables.satisfaction_metrics
    last = context.last_release
    published = last.versions.get(metrics.full_name) if last else None
    if not last or not published or published == warehouse.version(metrics):
        return
    files = warehouse.data_files_at(metrics, published)
    if files is None or warehouse.missing_files(files):
        context.reporter.warn(f"the figures of run {last.run_id} are gone: what changed since is not recorded")
        return
    rows = restated(warehouse.read_version(metrics, published), warehouse.read(metrics)).collect()
    at = now()
    names = [name for name in tables.restatements.schema.names if name not in ("run_id", "compared_with", "at")]
    context.append_rows(
        ((context.run_id, *(row[name] for name in names), last.run_id, at) for row in rows), tables.restatements
    )
