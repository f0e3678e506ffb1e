"""Merges small files, removes those that only old versions need, and checks that every log can be read."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass

from lakehouse.clock import new_run_id, now
from lakehouse.config.load import SAFE_HOURS, configuration
from lakehouse.console.parser import request_of
from lakehouse.console.text import aligned
from lakehouse.errors import IncompleteRunError, UsageError
from lakehouse.ledger.runs import newest_release
from lakehouse.pipeline.context import Context, hold_warehouse, holder_of
from lakehouse.pipeline.stages.erasure import finish_erasure
from lakehouse.reporter import Reporter
from lakehouse.request import Request
from lakehouse.storage.history import has_same_rows, is_safe_from_vacuum
from lakehouse.storage.open import open_to_hold
from lakehouse.storage.parallel import each_table
from lakehouse.storage.tables.registry import Tables
from lakehouse.storage.warehouse import Warehouse
from lakehouse.upkeep.maintenance import Layout, compact, for_maintenance, layout, old_files, vacuum

_KILOBYTE = 1 << 10


@dataclass(frozen=True)
class _Merged:
    """Small files merged, by table; `is_release`: no run was interrupted before, so that the tables belong together."""

    files: Mapping[str, int]
    is_release: bool

    @property
    def exit_code(self) -> int:
        """Merging holds and refuses nothing."""
        return 0

    @property
    def counts(self) -> Mapping[str, int]:
        """The small files that were merged, by table."""
        return self.files


def execute(arguments: argparse.Namespace) -> None:
    """Maintains every table, then prints how each lies on disk. Raises `IncompleteRunError` (3) for a broken log."""
    request = request_of(arguments)
    hours = _hours(arguments, request)
    merged = {} if arguments.dry_run else hold_warehouse(request, "maintain", _merge_small_files).files
    reporter = Reporter(new_run_id(now()), request.log_format, request.verbose)
    with open_to_hold(configuration(request), holder_of("maintain"), request.wait) as (_, opened, tables):
        warehouse = for_maintenance(opened)
        removed: dict[str, int] = {}
        if hours is not None:
            with reporter.stage("looking for old files" if arguments.dry_run else "vacuum", warehouse.spark):
                removed = _remove_old(warehouse, tables, hours, arguments.dry_run, reporter)
        faults = _report(warehouse, tables, merged, removed, arguments.dry_run)
    if arguments.dry_run:
        print("\nNothing was written.")
    if faults:
        raise IncompleteRunError(3, f"{len(faults)} log(s) cannot be read as they are: {'; '.join(faults)}.")


def _hours(arguments: argparse.Namespace, request: Request) -> int | None:
    """Hours of old versions that stay; None when none is removed."""
    if not arguments.vacuum:
        if arguments.retain is not None or arguments.force:
            raise UsageError("--retain and --force belong to --vacuum. Add it, or leave them out.")
        return None
    if arguments.retain is None:
        return configuration(request).vacuum_hours
    hours = int(arguments.retain)
    if hours < SAFE_HOURS and not arguments.force:
        raise UsageError(
            f"--retain {hours}: whoever reads a version of the last {SAFE_HOURS} hours would lose its files under the "
            "query. Add --force when nobody does, as after `lakehouse forget`."
        )
    return hours


def _merge_small_files(context: Context) -> _Merged:
    finish_erasure(context)
    context.wait_for_tables()
    is_release = _continues_release(context.warehouse, context.tables)
    warehouse = for_maintenance(context.warehouse)
    wanted = [table for table in context.tables.all() if layout(warehouse, table).mergeable]
    with context.reporter.stage("merging small files", context.spark):
        return _Merged(each_table(wanted, lambda table: compact(warehouse, table)), is_release)


def _continues_release(warehouse: Warehouse, tables: Tables) -> bool:
    """Whether the tables still hold what the newest finished run left: no run was interrupted since."""
    release = newest_release(warehouse.read(tables.runs))
    if release is None:
        return False
    known = [table for table in tables.all() if table.full_name in release.versions and table != tables.runs]
    return all(has_same_rows(warehouse, table, release.versions[table.full_name]) for table in known)


def _remove_old(warehouse: Warehouse, tables: Tables, hours: int, dry_run: bool, reporter: Reporter) -> dict[str, int]:
    """Old files removed, by table; of a table that an interrupted run changed, the newest release keeps its own."""
    release = newest_release(warehouse.read(tables.runs))
    written = [table for table in tables.all() if not warehouse.is_new(table)]
    needed = {
        table.full_name
        for table in written
        if release
        and table.full_name in release.versions
        and not is_safe_from_vacuum(warehouse, table, release.versions[table.full_name])
    }
    for name in sorted(needed):
        reporter.warn(
            f"{name}: its old files stay, for the newest finished run needs them and a later one was interrupted: "
            "`lakehouse run` ends it"
        )
    remove = old_files if dry_run else vacuum
    return each_table(
        [table for table in written if table.full_name not in needed], lambda table: remove(warehouse, table, hours)
    )


def _report(
    warehouse: Warehouse, tables: Tables, merged: Mapping[str, int], removed: Mapping[str, int], dry_run: bool
) -> list[str]:
    """Prints a line per table; returns what is wrong with logs."""
    layouts = each_table(tables.all(), lambda table: layout(warehouse, table))
    faults = {name: fault for name, fault in each_table(tables.all(), warehouse.checkpoint_fault).items() if fault}
    columns = ("table", "files", "kB", "small", "to merge" if dry_run else "merged", "old", "log")
    rows = [
        _row(name, found, found.mergeable if dry_run else merged.get(name, 0), removed.get(name), faults.get(name))
        for name, found in layouts.items()
    ]
    print(aligned(columns, rows))
    return [f"{name}: {fault}" for name, fault in faults.items()]


def _row(name: str, found: Layout, merged: int, old: int | None, fault: str | None) -> tuple[object, ...]:
    return name, found.files, -(-found.size // _KILOBYTE), found.mergeable, merged, old, fault or "sound"
