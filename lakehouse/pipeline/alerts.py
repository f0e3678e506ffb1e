"""Gold to alerts: every rule judged on the metrics, and the months that were built against the months before."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql import Row
from pyspark.sql import functions as F

from lakehouse.alerts.judge import Alert, Share, judge
from lakehouse.alerts.newest import enough_responses, newest_month
from lakehouse.config.load import Config
from lakehouse.keys import digest_of
from lakehouse.months import month_of
from lakehouse.pipeline.context import Context, staged
from lakehouse.quality.periods import monthly, period_findings
from lakehouse.quality.results import results_of
from lakehouse.storage.parallel import in_parallel
from lakehouse.storage.registry import Tables, TableSpec
from lakehouse.storage.warehouse import Warehouse
from schemas import columns as c


@dataclass(frozen=True)
class Published:
    """Rows of the metrics that alerts and months are judged by: those of all passengers, and of segments that a rule
    speaks of."""

    satisfaction: Sequence[Row]
    questions: Sequence[Row]

    @property
    def responses(self) -> dict[date, int]:
        """First day of a month -> its responses."""
        return {row[c.PERIOD_START]: row[c.N] for row in self.satisfaction if row[c.SEGMENT] == "overall"}


@dataclass(frozen=True)
class AlertsJudged:
    """What the alerts stage did: all alerts, and the responses of each month by its first day."""

    alerts: tuple[Alert, ...]
    responses: Mapping[date, int]


@staged("alerts")
def judge_alerts(context: Context, built: Collection[str] = ()) -> AlertsJudged:
    """Judges every alert, and writes them when any of them differs. `built`: months that the gold stage built; they
    are compared with the months before them."""
    context.wait_for_tables()
    published = read_published(context.config, context.warehouse, context.tables)
    alerts, _ = in_parallel(lambda: _write_alerts(context, published), lambda: _judge_months(context, published, built))
    return AlertsJudged(alerts, published.responses)


def read_published(config: Config, warehouse: Warehouse, tables: Tables) -> Published:
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


def measured_shares(published: Published) -> Iterator[Share]:
    """Every share that a rule may speak of."""
    for row in published.satisfaction:
        yield _share("share_satisfied", row, None, row["n_satisfied"], row[c.N])
    for row in published.questions:
        yield _share("share_low", row, row[c.QUESTION], row["n_low"], row[c.N])
        yield _share("share_not_applicable", row, row[c.QUESTION], row[c.N_NOT_APPLICABLE], row[c.N_ASKED])


def _share(metric: str, row: Row, question: str | None, hits: int, n: int) -> Share:
    place = (row[c.PERIOD_TYPE], row[c.PERIOD_START], row[c.SEGMENT], row[c.SEGMENT_VALUE])
    return Share(metric, *place, question, hits, n)


def judged_alerts(config: Config, published: Published) -> tuple[Alert, ...]:
    """The alerts as rules and metrics have them."""
    return tuple(judge(config.alert_rules, measured_shares(published), config.catalogue))


def are_stored(alerts: Sequence[Alert], warehouse: Warehouse, tables: Tables) -> bool:
    """Whether the table holds exactly these alerts."""
    stored = warehouse.read(tables.alerts).groupBy(c.BUILT_FROM).count().collect()
    return {row[0]: row[1] for row in stored} == ({digest_of(alerts): len(alerts)} if alerts else {})


def _write_alerts(context: Context, published: Published) -> tuple[Alert, ...]:
    alerts, table = judged_alerts(context.config, published), context.tables.alerts
    if not are_stored(alerts, context.warehouse, context.tables):
        content = digest_of(alerts)
        rows = [alert.as_row(content) for alert in alerts]
        context.warehouse.overwrite(context.spark.createDataFrame(rows, table.schema), table)
    return alerts


def _judge_months(context: Context, published: Published, built: Collection[str]) -> None:
    """Records the checks of months; none of them stops a run, for what they judge is published already."""
    satisfaction, questions = (
        [row for row in rows if row[c.SEGMENT] == "overall"] for rows in (published.satisfaction, published.questions)
    )
    responses = [(row[c.PERIOD_START], row[c.N], row["n_arrival_reported"]) for row in satisfaction]
    answers = [(row[c.PERIOD_START], row[c.N_ASKED], row[c.N_NOT_APPLICABLE]) for row in questions]
    month = newest_month(published.responses, enough_responses(context.config.alert_rules))
    newest = f"{month:%Y-%m}" if month else None
    with context.reporter.gate("periods", context.spark):
        measures = monthly(responses, answers, _rejected(context)) if built else {}
    suite = context.config.suites["periods"]
    findings = period_findings(suite, measures, built, newest, context.today)
    context.record_checks(results_of("periods", suite, findings), None)


def _rejected(context: Context) -> dict[str, int]:
    """Lines in quarantine by month."""
    quarantine = context.warehouse.read(context.tables.quarantine)
    rows = quarantine.groupBy(month_of(c.SURVEY_DATE)).count().collect()
    return {row[0]: row[1] for row in rows}
