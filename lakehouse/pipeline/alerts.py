"""Gold to metrics, alerts and views."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import astuple, dataclass

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from lakehouse.alerts.judge import Alert, Measured, judge
from lakehouse.config.load import Config
from lakehouse.contracts import conform_to
from lakehouse.gold.facts import asked_columns, facts
from lakehouse.gold.metrics import cells, concept_metrics, question_metrics, satisfaction_metrics
from lakehouse.gold.months import built_from, differing
from lakehouse.keys import digest_of
from lakehouse.months import month_of
from lakehouse.pipeline.context import Run, in_parallel
from lakehouse.pipeline.gold import gold_months, months_of, silver_content
from lakehouse.pipeline.periods import judge_periods
from lakehouse.storage.registry import Tables, TableSpec
from lakehouse.storage.warehouse import Warehouse
from schemas import columns as c


def publish(run: Run) -> None:
    """Metrics of every month that gold rebuilt, all alerts, and the views."""
    run.wait_for_tables()
    built = _write_metrics(run)
    metrics = published(run.config, run.warehouse, run.tables)
    in_parallel(lambda: _write_alerts(run, metrics), lambda: _judge_periods(run, metrics, built))


def _judge_periods(run: Run, metrics: Published, built: Collection[str]) -> None:
    overall = [
        [row for row in rows if row[c.SEGMENT] == "overall"] for rows in (metrics.satisfaction, metrics.questions)
    ]
    responses = [(row[c.PERIOD_START], row[c.N], row["n_arrival_reported"]) for row in overall[0]]
    answers = [(row[c.PERIOD_START], row[c.N_ASKED], row[c.N_NOT_APPLICABLE]) for row in overall[1]]
    judge_periods(run, built, responses, answers)


def _write_metrics(run: Run) -> frozenset[str]:
    """Metrics of the months that differ from gold; the months that were built."""
    tables, warehouse, catalogue = run.tables, run.warehouse, run.config.catalogue
    period = month_of(c.PERIOD_START)
    gold = gold_months(run)
    present = months_of(warehouse.read(tables.satisfaction_metrics), period)
    stale = differing(gold, present)
    if run.changed_by_others(*tables.metrics):
        stale = gold.keys() | present.keys()
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
    added = warehouse.stage(cells(wide, catalogue, asked_columns(catalogue, silver.questionnaires)), "cells")
    first_days = [f"{month}-01" for month in sorted(stale)]

    def write(frame: DataFrame, table: TableSpec) -> None:
        conformed = conform_to(frame, table.full_name, table.schema)
        warehouse.replace_where(conformed, table, c.PERIOD_START, first_days)

    with warehouse.noted(run.note):
        in_parallel(
            lambda: write(question_metrics(added), tables.question_metrics),
            lambda: write(concept_metrics(added, catalogue), tables.concept_metrics),
        )
        # Last, for it says which months are there: an interrupted run finds the others behind it, never ahead.
        write(satisfaction_metrics(added), tables.satisfaction_metrics)
    return frozenset(stale & silver.months.keys())


@dataclass(frozen=True)
class Published:
    """Rows of the metrics that alerts and periods are judged by: those of all passengers, and of segments that a rule
    speaks of."""

    satisfaction: Sequence[Row]
    questions: Sequence[Row]


def published(config: Config, warehouse: Warehouse, tables: Tables) -> Published:
    """The metrics as they are, each table read once; a row per period, segment value and question."""
    segments = sorted({"overall", *(rule.segment for rule in config.alert_rules)})
    place = (c.PERIOD_TYPE, c.PERIOD_START, c.SEGMENT, c.SEGMENT_VALUE)

    def rows(table: TableSpec, *columns: str) -> list[Row]:
        return warehouse.read(table).where(F.col(c.SEGMENT).isin(segments)).select(*place, *columns).collect()

    return Published(
        *in_parallel(
            lambda: rows(tables.satisfaction_metrics, c.N, "n_satisfied", "n_arrival_reported"),
            lambda: rows(tables.question_metrics, c.QUESTION, c.N, "n_low", c.N_ASKED, c.N_NOT_APPLICABLE),
        )
    )


def measured(metrics: Published) -> Iterator[Measured]:
    """Every share that a rule may speak of."""
    for row in metrics.satisfaction:
        yield _share("share_satisfied", row, None, row["n_satisfied"], row[c.N])
    for row in metrics.questions:
        yield _share("share_low", row, row[c.QUESTION], row["n_low"], row[c.N])
        yield _share("share_not_applicable", row, row[c.QUESTION], row[c.N_NOT_APPLICABLE], row[c.N_ASKED])


def _share(metric: str, row: Row, question: str | None, hits: int, n: int) -> Measured:
    place = (row[c.PERIOD_TYPE], row[c.PERIOD_START], row[c.SEGMENT], row[c.SEGMENT_VALUE])
    return Measured(metric, *place, question, hits, n)


def judged(run: Run, metrics: Published) -> tuple[list[Alert], bool]:
    """The alerts as rules and metrics have them, and whether the table holds exactly these."""
    alerts = judge(run.config.alert_rules, measured(metrics), run.config.catalogue)
    stored = run.warehouse.read(run.tables.alerts).groupBy(c.BUILT_FROM).count().collect()
    return alerts, {row[0]: row[1] for row in stored} == ({digest_of(alerts): len(alerts)} if alerts else {})


def _write_alerts(run: Run, metrics: Published) -> None:
    """All alerts, when any of them differs."""
    table = run.tables.alerts
    alerts, are_stored = judged(run, metrics)
    if not are_stored:
        content = digest_of(alerts)
        rows = [(*astuple(alert), content) for alert in alerts]
        run.warehouse.overwrite(run.spark.createDataFrame(rows, table.schema), table)
    run.alerts = alerts
