"""What a run tells its user on stdout: tables, balance, gates, alerts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from lakehouse.alerts.alert import Alert
from lakehouse.alerts.episodes import AlertState
from lakehouse.alerts.newest import enough_responses, later_months, newest_month
from lakehouse.console.text import aligned
from lakehouse.ledger.balance import balance_line
from lakehouse.ledger.drift import FileDrift, grouped
from lakehouse.pipeline.run import Finished
from lakehouse.quality.results import CheckOutcome, CheckResult

_NAMES_SHOWN = 3


def print_summary(finished: Finished) -> None:
    """The end of a run, for people."""
    context, outcome, files = finished.context, finished.outcome, finished.closing.files
    lines, loaded = (outcome.loaded.lines, outcome.loaded.files) if outcome.loaded else (0, 0)
    print(f"\nLakehouse at {context.warehouse.root}, run {context.run_id}")
    print(f"New: {lines:,} lines of {loaded} file(s)\n")
    print(aligned(("table", "rows"), [*_table_rows(finished), *finished.closing.gold]))
    print(f"\nBalance: {balance_line(files)}")
    waiting = [(file.file, file.state.value, file.reason) for file in files if file.is_waiting]
    if waiting:
        print(aligned(("file", "state", "why"), waiting))
    if outcome.silver and outcome.silver.drift:
        print("\n" + drift_text(outcome.silver.drift))
    if context.checks.results:
        gates = gate_rows(context.checks.results)
        print("\n" + aligned(("gate", "checks", "passed", "failed", "vacuous", "worst"), gates))
    if outcome.gold and outcome.gold.backtest:
        print(f"\nMissing arrival delays: {outcome.gold.backtest}")
    if outcome.alerts and outcome.alerts.alerts:
        enough = enough_responses(context.config.alert_policy.rules)
        print("\n" + alerts_text(outcome.alerts.alerts, outcome.alerts.responses, enough))
    if finished.notified.sent or finished.notified.waiting:
        print(f"\nMessages: {len(finished.notified.sent)} sent, {len(finished.notified.waiting)} to be tried again")


def _table_rows(finished: Finished) -> list[tuple[str, int]]:
    """Rows of bronze and silver, from what the ledger and the balance have counted."""
    tables, files = finished.context.tables, finished.closing.files
    return [
        (tables.bronze.full_name, sum(file.rows for file in finished.outcome.ledger.files.values())),
        (tables.responses.full_name, sum(file.in_silver or 0 for file in files)),
        (tables.superseded.full_name, sum(file.superseded or 0 for file in files)),
        (tables.quarantine.full_name, sum(file.quarantined or 0 for file in files)),
    ]


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
        failed = [result for result in own if result.outcome not in (CheckOutcome.PASSED, CheckOutcome.VACUOUS)]
        counts = Counter(result.outcome for result in own)
        names = dict.fromkeys(f"{result.rule} ({result.severity.value})" for result in failed)
        shown = [*list(names)[:_NAMES_SHOWN], *(["…"] if len(names) > _NAMES_SHOWN else [])]
        rows.append(
            (gate, len(own), counts[CheckOutcome.PASSED], len(failed), counts[CheckOutcome.VACUOUS], ", ".join(shown))
        )
    return rows


def _leaders(alerts: Sequence[Alert]) -> list[Alert]:
    """The open alerts that no other one leads, by team."""
    open_ones = (alert for alert in alerts if alert.state is AlertState.OPEN and alert.parent_id is None)
    return sorted(open_ones, key=lambda alert: alert.team)


def _also(leader: Alert, alerts: Sequence[Alert]) -> str:
    """How many groups the leader's cause is seen in besides its own."""
    children = sum(alert.parent_id == leader.alert_id for alert in alerts)
    return f"; also seen in {children} other group{'s' * (children > 1)}" if children else ""


def alerts_text(alerts: Sequence[Alert], responses: Mapping[date, int], enough: int) -> str:
    """The newest month by team, every open alert of it, and the months after it, which have fewer responses than
    `enough`. `responses`: first day of a month -> its responses."""
    newest = newest_month(responses, enough)
    assert newest is not None
    latest = [alert for alert in alerts if alert.period_start == newest]
    counts = Counter((alert.team, alert.state) for alert in latest)
    rows = [(team, *(counts[team, state] for state in AlertState)) for team in sorted({alert.team for alert in latest})]
    title = f"alerts {newest:%Y-%m}, {responses[newest]:,} responses"
    table = aligned((title, *(state.value.replace("_", " ") for state in AlertState)), rows)
    lines = [f"  {alert.team}: {alert.headline}{_also(alert, latest)}" for alert in _leaders(latest)]
    return "\n".join([table, *lines, *(f"  {later}" for later in later_months(responses, newest))])
