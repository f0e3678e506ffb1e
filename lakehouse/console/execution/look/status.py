"""The state of a warehouse in one screen: runs, balance, waiting files, failed checks, open alerts."""

from __future__ import annotations

import argparse

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.alerts.newest import enough_responses, later_months, newest_month
from lakehouse.config.load import configuration
from lakehouse.console.parser import request_of
from lakehouse.console.rows import print_rows
from lakehouse.console.running import require_none
from lakehouse.console.samples import show_samples
from lakehouse.console.text import aligned
from lakehouse.formats.landing import require_roots
from lakehouse.ledger.balance import balance_line, stored_balances
from lakehouse.ledger.notifications import read_outbox
from lakehouse.ledger.runs import WATCH, newest_run_by_gate
from lakehouse.pipeline.stages.alerts import read_responses
from lakehouse.pipeline.waiting import waiting_now
from lakehouse.pipeline.watch import HEARTBEAT_SECONDS
from lakehouse.storage.open import Opened, open_to_read, stored_ledger
from lakehouse.storage.tables.views import ALERTS_VIEW
from schemas import columns as c

_RUNS_SHOWN = 5


def execute(arguments: argparse.Namespace) -> None:
    """Prints last runs, balance, files waiting, failed checks of the newest run of each gate, and open alerts.

    With `--strict` it raises `IncompleteRunError` when files wait for a person's decision.
    """
    request = request_of(arguments)
    config = configuration(request)
    if request.strict:
        require_roots(config.landing, config.spark)
    opened = open_to_read(config)
    _print_state(opened, arguments)
    if request.strict:
        require_none(waiting_now(config, stored_ledger(opened.warehouse, opened.tables)))


def _print_state(opened: Opened, arguments: argparse.Namespace) -> None:
    _print_runs_and_files(opened)
    checks = opened.warehouse.read(opened.tables.check_results)
    newest = newest_run_by_gate(checks)
    failed = checks.join(newest, on=["gate", "run_id"], how="left_semi").where(F.col("outcome") != "passed")
    if arguments.checks:
        print("\nChecks of the newest run of each gate, and the share that failed in runs before:")
        print_rows(_with_history(checks, newest), "table")
    elif arguments.samples:
        print("\nLines that failed, at most ten of each check, as delivered:")
        show_samples(opened.config, opened.warehouse.read(opened.tables.bronze), failed, arguments.personal)
    else:
        print("\nChecks that did not pass in the newest run of each gate:")
        print_rows(failed.select("gate", "rule", "column", "severity", "failed", "evaluated", "outcome"), "table")
        _print_alerts(opened)
        _print_undelivered(opened)


def _print_undelivered(opened: Opened) -> None:
    undelivered = read_outbox(opened.warehouse.read(opened.tables.notifications)).undelivered
    if undelivered:
        print("\nMessages that were not delivered:")
        rows = [(one.sink, one.team, str(one.content["subject"]), one.failure or "not tried") for one in undelivered]
        print(aligned(("sink", "team", "subject", "why"), rows))


def _print_runs_and_files(opened: Opened) -> None:
    _, warehouse, tables = opened
    table = warehouse.read(tables.runs)
    is_sign_of_life = (F.col("command") == WATCH) & (F.size("table_versions") == 0) & (F.col("message") == "")
    runs = table.where(~is_sign_of_life).orderBy(F.desc("started_at"))
    print(f"Lakehouse at {warehouse.root}\n")
    shown = runs.select("run_id", "command", "started_at", "finished_at", "exit_code", "message")
    print_rows(shown.limit(_RUNS_SHOWN), "table")
    sign = F.date_format(F.max("finished_at"), "yyyy-MM-dd HH:mm")
    heard = table.where(F.col("command") == WATCH).agg(sign).collect()[0][0]
    if heard:
        print(f"\nWatch: last heard of at {heard} UTC; while it runs, every {HEARTBEAT_SECONDS // 60} minutes")
    files = stored_balances(warehouse.read(tables.files))
    print(f"\nBalance: {balance_line(files)}")
    waiting = [(file.file, file.state.value, file.reason) for file in files if file.is_waiting]
    if waiting:
        print(aligned(("file", "state", "why"), waiting))


def _print_alerts(opened: Opened) -> None:
    config, warehouse, tables = opened
    responses = read_responses(warehouse, tables)
    newest = newest_month(responses, enough_responses(config.alert_policy.rules))
    if newest is None:
        print("\nNo month is published yet.")
        return
    print(f"\nOpen alerts of the newest month, {newest:%Y-%m}, {responses[newest]:,} responses:")
    alerts = warehouse.spark.table(ALERTS_VIEW)
    leads = (F.col(c.STATE) == "open") & (F.col(c.PERIOD_START) == newest) & F.col("parent_id").isNull()
    print_rows(alerts.where(leads).orderBy("team", "headline").select("team", "handling", "headline"), "table")
    print("\n".join(later_months(responses, newest)))


def _with_history(checks: DataFrame, newest: DataFrame) -> DataFrame:
    """One row per check of the newest run of its gate; files are counted together."""
    check = ("gate", "rule", "column")
    sums = (F.sum("failed").alias("failed"), F.sum("evaluated").alias("evaluated"))
    now = checks.join(newest, on=["gate", "run_id"], how="left_semi")
    last = now.groupBy(*check, "severity").agg(*sums, F.max("limit").alias("limit"), F.max("outcome").alias("outcome"))
    earlier = checks.join(newest, on=["gate", "run_id"], how="left_anti").groupBy(*check).agg(*sums)
    share_before = F.expr("failed / nullif(evaluated, 0)").alias("share before")
    before = earlier.select(*(F.col(name).alias(f"_{name}") for name in check), share_before)
    same = [F.col(name).eqNullSafe(F.col(f"_{name}")) for name in check]
    share = F.expr("failed / nullif(evaluated, 0)").alias("share")
    joined = last.join(before, on=same, how="left")
    columns = (*check, "severity", "failed", "evaluated", share, "share before", "limit", "outcome")
    return joined.orderBy(*check).select(*columns)
