"""What a run tells its user on stdout: tables, balance, gates, alerts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple

from lakehouse.alerts.judge import INSUFFICIENT, OK, OPEN, Alert
from lakehouse.console.text import aligned
from lakehouse.errors import CheckError
from lakehouse.gold.imputation import Backtest
from lakehouse.ledger.drift import FileDrift, grouped
from lakehouse.ledger.files import ADMITTED, FileBalance, balances, stored_balances
from lakehouse.pipeline.context import Run, count_places, in_parallel
from lakehouse.quality.results import FAILED, PASSED, VACUOUS, CheckResult
from lakehouse.quality.suites import Severity

_NAMES_SHOWN = 3
_SILVER_VERSION = "silver_version"


def refresh_files(run: Run) -> list[FileBalance]:
    """Brings ops.files up to date when silver or a decision changed since it was written.

    Raises `CheckError` when the lines of a file do not add up.
    """
    run.wait_for_tables()
    table, silver = run.tables.files, run.warehouse.version(run.tables.responses)
    stored = stored_balances(run.warehouse.read(table))
    is_current = (run.warehouse.last_note(table) or {}).get(_SILVER_VERSION) == silver
    if is_current and _states(stored) == _states_of_ledger(run):
        return stored
    with run.progress.gate("balance", run.spark):
        found = count_places(run)
    wrong = [balance.file for balance in found if not balance.adds_up]
    run.results.append(_reconciliation(run, found, wrong))
    if wrong:
        raise CheckError(f"the lines of {', '.join(wrong)} do not add up: see ops.files.")
    with run.warehouse.noted({_SILVER_VERSION: silver}):
        frame = run.spark.createDataFrame([astuple(balance) for balance in found], table.schema)
        run.warehouse.overwrite(frame, table)
    return found


def _reconciliation(run: Run, found: Sequence[FileBalance], wrong: Sequence[str]) -> CheckResult:
    """Whether the lines of every file are where they can be named, as a check with a history."""
    return CheckResult(
        gate="balance",
        table=run.tables.files.full_name,
        rule="every_line_in_one_place",
        column=None,
        severity=Severity.CRITICAL,
        evaluated=sum(balance.lines or 0 for balance in found),
        failed=sum(balance.lines or 0 for balance in found if balance.file in wrong),
        limit=None,
        outcome=FAILED if wrong else PASSED,
        detail=balance_line(found),
    )


def _states(balances: Sequence[FileBalance]) -> Counter[tuple[str | None, str, str, str]]:
    return Counter((balance.sha256, balance.file, balance.state, balance.reason) for balance in balances)


def _states_of_ledger(run: Run) -> Counter[tuple[str | None, str, str, str]]:
    return _states(balances(run.ledger, {}, {}, {}))


def print_summary(run: Run, files: Sequence[FileBalance], gold: Sequence[tuple[str, int]]) -> None:
    """The end of a run, for people. `gold`: rows by table, from `count_gold`."""
    print(f"\nLakehouse at {run.warehouse.root}, run {run.run_id}")
    print(f"New: {run.loaded_lines:,} lines of {run.loaded_files} file(s)\n")
    print(aligned(("table", "rows"), [*_tables(run, files), *gold]))
    print(f"\nBalance: {balance_line(files)}")
    waiting = [file for file in files if file.state != ADMITTED]
    if waiting:
        print(aligned(("file", "state", "why"), [(file.file, file.state, file.reason) for file in waiting]))
    if run.drift:
        print("\n" + drift_text(run.drift))
    if run.results:
        print("\n" + aligned(("gate", "checks", "passed", "failed", "vacuous", "worst"), gate_rows(run.results)))
    if run.backtest:
        print(f"\nMissing arrival delays: {backtest_text(run.backtest)}")
    if run.alerts:
        print("\n" + alerts_text(run.alerts))


def count_gold(run: Run) -> list[tuple[str, int]]:
    """Rows of the tables that people look at first."""
    tables, read = run.tables, run.warehouse.read
    counted = (tables.fact, tables.passengers, tables.ratings)
    counts = in_parallel(*(read(table).count for table in counted))
    return [(table.full_name, count) for table, count in zip(counted, counts, strict=True)]


def _tables(run: Run, files: Sequence[FileBalance]) -> list[tuple[str, int]]:
    tables = run.tables
    return [
        (tables.bronze.full_name, sum(file.rows for file in run.ledger.files.values())),
        (tables.responses.full_name, sum(file.in_silver or 0 for file in files)),
        (tables.superseded.full_name, sum(file.superseded or 0 for file in files)),
        (tables.quarantine.full_name, sum(file.quarantined or 0 for file in files)),
    ]


def balance_line(files: Sequence[FileBalance]) -> str:
    """Delivered lines and where they are, in one line."""
    counted = [file for file in files if file.lines is not None]
    places = ("in_silver", "superseded", "quarantined", "erased", "waiting")
    sums = {place: sum(getattr(file, place) for file in counted) for place in places}
    total = sum(file.lines or 0 for file in counted)
    parts = " + ".join(
        f"{count:,} {place.replace('_', ' ')}" for place, count in sums.items() if count or place == "in_silver"
    )
    verdict = "adds up" if total == sum(sums.values()) else "DOES NOT ADD UP"
    return f"{total:,} lines delivered = {parts} ({verdict})"


def backtest_text(found: Backtest) -> str:
    """The error of each way to fill a missing delay, in one line."""
    plain, reweighted = (
        ", ".join(f"{name.replace('_', ' ')} {error:.2f}" for name, error in (errors or {}).items())
        for errors in (found.plain, found.reweighted)
    )
    among = f"; among responses like the imputed ones: {reweighted}" if reweighted else ""
    return f"{found.missing:,} imputed; mean absolute error in minutes: {plain}{among}"


def drift_text(drift: Sequence[FileDrift]) -> str:
    """Each difference from the catalogue once, and what to write into it."""
    groups = grouped(drift)
    rows = [
        (same[0].drift.kind, same[0].drift.column, same[0].drift.delivered, len(same), same[0].policy)
        for same in groups
    ]
    table = aligned(("differs from the catalogue", "column", "delivered", "files", "policy"), rows)
    suggestions = [same[0].drift.suggestion for same in groups if same[0].drift.suggestion]
    if not suggestions:
        return table
    return "\n".join([table, "\nTo take them up in conf/questions.yml:", *dict.fromkeys(suggestions)])


def gate_rows(results: Sequence[CheckResult]) -> list[tuple[object, ...]]:
    """One row per gate: checks, how many passed, failed or saw nothing to judge, and the failed ones by name."""
    gates = dict.fromkeys(result.gate for result in results)
    rows: list[tuple[object, ...]] = []
    for gate in gates:
        own = [result for result in results if result.gate == gate]
        failed = [result for result in own if result.outcome not in (PASSED, VACUOUS)]
        counts = Counter(result.outcome for result in own)
        names = dict.fromkeys(f"{result.rule} ({result.severity.value})" for result in failed)
        shown = [*list(names)[:_NAMES_SHOWN], *(["…"] if len(names) > _NAMES_SHOWN else [])]
        rows.append((gate, len(own), counts[PASSED], len(failed), counts[VACUOUS], ", ".join(shown)))
    return rows


def alerts_text(alerts: Sequence[Alert]) -> str:
    """The newest period by team, and every open alert of it."""
    newest = max(alert.period_start for alert in alerts)
    latest = [alert for alert in alerts if alert.period_start == newest]
    counts = Counter((alert.team, alert.state) for alert in latest)
    rows = [
        (team, *(counts[team, state] for state in (OPEN, OK, INSUFFICIENT)))
        for team in sorted({alert.team for alert in latest})
    ]
    table = aligned((f"alerts {newest:%Y-%m}", "open", "ok", "insufficient"), rows)
    lines = [f"  {alert.team}: {alert.headline}; {alert.reason}" for alert in latest if alert.state == OPEN]
    return "\n".join([table, *lines])
