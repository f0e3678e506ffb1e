"""Gold to metrics, alerts and views."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.build_gold import gold_months, months_of, silver_content
from jobs.command import StageProgram, run_as_program
from jobs.context import Run, in_parallel
from jobs.judge_periods import judge_periods
from lakehouse.alerts.judge import Alert, Measured, judge
from lakehouse.catalog import Tables, TableSpec
from lakehouse.config import Config
from lakehouse.contracts import conform_to
from lakehouse.delta_io import Warehouse
from lakehouse.gold import metrics
from lakehouse.gold.facts import asked_columns, facts
from lakehouse.gold.months import built_from, differing
from lakehouse.keys import digest_of
from lakehouse.months import month_of
from schemas import columns as c


def publish(run: Run) -> None:
    """Metrics of every month that gold rebuilt, all alerts, and the views."""
    run.wait_for_tables()
    built = _write_metrics(run)
    in_parallel(lambda: _write_alerts(run), lambda: judge_periods(run, built))


def _write_metrics(run: Run) -> frozenset[str]:
    """Metrics of the months that differ from gold; the months that were built."""
    tables, warehouse, catalogue = run.tables, run.warehouse, run.config.catalogue
    period = month_of(c.PERIOD_START)
    gold = gold_months(run)
    present = months_of(warehouse.read(tables.satisfaction_metrics), period)
    stale = differing(gold, present)
    if not stale:
        return frozenset()
    silver = silver_content(run)
    ahead = {month for month in stale & silver.months.keys() if silver.months[month].built_from != gold.get(month)}
    if ahead:
        run.progress.warn(f"silver is ahead of gold in {', '.join(sorted(ahead))}: run `lakehouse gold` first")
        stale -= ahead
        if not stale:
            return frozenset()
    rows = warehouse.read(tables.responses).where(F.col(c.SURVEY_MONTH).isin(sorted(stale)))
    wide = facts(rows, catalogue, silver.questionnaires).withColumn(c.BUILT_FROM, built_from(silver.months))
    # A few rows, from which three tables are added up: staged, so that silver is read once.
    cells = warehouse.stage(metrics.cells(wide, catalogue, asked_columns(catalogue, silver.questionnaires)), "cells")
    first_days = [f"{month}-01" for month in sorted(stale)]

    def write(frame: DataFrame, table: TableSpec) -> None:
        conformed = conform_to(frame, table.full_name, table.schema)
        warehouse.replace_where(conformed, table, c.PERIOD_START, first_days)

    in_parallel(
        lambda: write(metrics.question_metrics(cells), tables.question_metrics),
        lambda: write(metrics.concept_metrics(cells, catalogue), tables.concept_metrics),
        lambda: write(metrics.satisfaction_metrics(cells), tables.satisfaction_metrics),
    )
    return frozenset(stale & silver.months.keys())


def measured(config: Config, warehouse: Warehouse, tables: Tables) -> Iterator[Measured]:
    """Shares of the segments that a rule speaks of."""
    segments = sorted({rule.segment for rule in config.alert_rules})
    place = (c.PERIOD_TYPE, c.PERIOD_START, c.SEGMENT, c.SEGMENT_VALUE)
    of_all, of_question = F.lit(None).cast("string"), F.col(c.QUESTION)
    for table, question, shares in (
        (tables.satisfaction_metrics, of_all, {"share_satisfied": ("n_satisfied", c.N)}),
        (
            tables.question_metrics,
            of_question,
            {"share_low": ("n_low", c.N), "share_not_applicable": (c.N_NOT_APPLICABLE, c.N_ASKED)},
        ),
    ):
        rows = warehouse.read(table).where(F.col(c.SEGMENT).isin(segments))
        counts = [name for pair in shares.values() for name in pair]
        for row in rows.select(*place, question.alias(c.QUESTION), *counts).collect():
            for metric, (hits, n) in shares.items():
                yield Measured(
                    *(metric, row[c.PERIOD_TYPE], row[c.PERIOD_START], row[c.SEGMENT], row[c.SEGMENT_VALUE]),
                    *(row[c.QUESTION], row[hits], row[n]),
                )


def judged(run: Run) -> tuple[list[Alert], bool]:
    """The alerts as rules and metrics have them, and whether the table holds exactly these."""
    alerts = judge(run.config.alert_rules, measured(run.config, run.warehouse, run.tables), run.config.catalogue)
    stored = run.warehouse.read(run.tables.alerts).select(c.BUILT_FROM).distinct().collect()
    return alerts, {row[0] for row in stored} == ({digest_of(alerts)} if alerts else set())


def _write_alerts(run: Run) -> None:
    """All alerts, when any of them differs."""
    table = run.tables.alerts
    alerts, are_stored = judged(run)
    if not are_stored:
        content = digest_of(alerts)
        rows = [(*astuple(alert), content) for alert in alerts]
        run.warehouse.overwrite(run.spark.createDataFrame(rows, table.schema), table)
    run.alerts = alerts


PROGRAM = StageProgram("publish", publish)
main = PROGRAM.main

if __name__ == "__main__":
    raise SystemExit(run_as_program(main))
