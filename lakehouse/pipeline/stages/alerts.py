"""Gold to alerts: every rule judged on the metrics, and the months that were built against the months before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from pyspark.sql import Column, Row
from pyspark.sql import functions as F

from lakehouse.alerts.alert import Alert
from lakehouse.alerts.evidence.observed import (
    Cell,
    Measure,
    Observation,
    Observed,
    as_weeks,
    observed,
)
from lakehouse.alerts.judge import Circumstances, judge
from lakehouse.alerts.newest import enough_responses, newest_month
from lakehouse.alerts.trust import Lines
from lakehouse.clock import now
from lakehouse.config.load import Config
from lakehouse.keys import digest_of
from lakehouse.ledger.alert_events import AlertEvent, AlertNews, let_through, news_of, numbered, read_alert_events
from lakehouse.ledger.files import FileState, Ledger
from lakehouse.pipeline.context import Context
from lakehouse.pipeline.staged import staged
from lakehouse.quality.periods import monthly, period_findings
from lakehouse.quality.results import results_of
from lakehouse.storage.frames import frame_of
from lakehouse.storage.parallel import in_parallel
from lakehouse.storage.tables.registry import Tables
from lakehouse.storage.tables.table_spec import TableSpec
from lakehouse.storage.warehouse import Warehouse
from schemas import columns as c
from schemas.measures import OF_QUESTIONS, OF_RESPONSES
from schemas.segments import CELLS, OVERALL, SEPARATOR

_Key = TypeVar("_Key")
_MONTH, _DAY, _WEEK = "month", "day", "week"
# In the metadata of the commit: the day on which the alerts were judged, which says what was preliminary.
_JUDGED_ON = "judged_on"
# Files whose lines are meant for silver, and are not there.
_WAITING = (FileState.HELD, FileState.PENDING, FileState.ACCEPTED)


@dataclass(frozen=True)
class Published:
    """What alerts and months are judged by: the metrics per month and cell, and per day and cell where a rule speaks of
    days or weeks; lines in quarantine by survey date; and the events of alerts in order."""

    satisfaction: Sequence[Row]
    questions: Sequence[Row]
    quarantined: Mapping[date, int]
    events: tuple[AlertEvent, ...]

    @property
    def responses(self) -> dict[date, int]:
        """First day of a month -> its responses."""
        return dict(_added((row[c.PERIOD_START], row[c.N]) for row in of_type(self.satisfaction, _MONTH)))

    def observed(self, period_type: str) -> Observed:
        """The metrics of a period type as arrays; weeks are sums of days."""
        if period_type == _WEEK:
            return as_weeks(self.observed(_DAY))
        of_responses, of_questions = (of_type(rows, period_type) for rows in (self.satisfaction, self.questions))
        responses = {(row[c.PERIOD_START], _cell(row)): row[c.N] for row in of_responses}
        rows = [*_observations(of_responses, OF_RESPONSES), *_observations(of_questions, OF_QUESTIONS)]
        return observed(period_type, rows, responses)


def of_type(rows: Sequence[Row], period_type: str) -> list[Row]:
    """The rows of one period type."""
    return [row for row in rows if row[c.PERIOD_TYPE] == period_type]


@dataclass(frozen=True)
class AlertsJudged:
    """What the alerts stage did: all alerts, the responses of each month by its first day, and all events of alerts;
    `news`: those events that the stage recorded."""

    alerts: tuple[Alert, ...]
    responses: Mapping[date, int]
    events: tuple[AlertEvent, ...]
    news: tuple[AlertEvent, ...]


@staged(
    "alerts",
    reads=lambda tables: (
        *(tables.satisfaction_metrics, tables.question_metrics),
        *(tables.quarantine, tables.file_events),
    ),
    writes=lambda tables: (tables.alerts, tables.alert_events),
)
def judge_alerts(context: Context, ledger: Ledger, built: Collection[str] = ()) -> AlertsJudged:
    """Judges every alert, writes them when any of them differs, and records what began or ended. `built`: months that
    the gold stage built; they are compared with the months before them."""
    context.wait_for_tables()
    published = read_published(context.config, context.warehouse, context.tables)
    (alerts, news), _ = in_parallel(
        lambda: _write_alerts(context, ledger, published), lambda: _judge_months(context, published, built)
    )
    return AlertsJudged(alerts, published.responses, (*published.events, *news), news)


def read_published(config: Config, warehouse: Warehouse, tables: Tables) -> Published:
    """The metrics and events as they are, each table read once."""
    place = (c.PERIOD_TYPE, c.PERIOD_START, c.SEGMENT_VALUE)
    types = [_MONTH, *([_DAY] if {rule.period_type for rule in config.alert_policy.rules} - {_MONTH} else [])]

    def rows(table: TableSpec, *columns: str) -> list[Row]:
        of_cells = warehouse.read(table).where(F.col(c.PERIOD_TYPE).isin(types) & (F.col(c.SEGMENT) == CELLS))
        return of_cells.select(*place, *(_number(name, of_cells.columns) for name in columns)).collect()

    of_responses = dict.fromkeys((c.N, *(name for names in OF_RESPONSES.values() for name in names)))
    of_questions = dict.fromkeys(name for names in OF_QUESTIONS.values() for name in names)
    questions, satisfaction, quarantined, events = in_parallel(
        lambda: rows(tables.question_metrics, c.QUESTION, *of_questions),
        lambda: rows(tables.satisfaction_metrics, *of_responses),
        lambda: warehouse.read(tables.quarantine).groupBy(c.SURVEY_DATE).count().collect(),
        lambda: read_alert_events(warehouse.read(tables.alert_events)),
    )
    by_day = {row[0]: row[1] for row in quarantined if row[0]}
    return Published(satisfaction, questions, by_day, events)


def read_responses(warehouse: Warehouse, tables: Tables) -> dict[date, int]:
    """First day of a published month -> its responses."""
    overall = warehouse.read(tables.satisfaction_metrics).where(F.col(c.SEGMENT) == OVERALL)
    return {row[0]: row[1] for row in overall.select(c.PERIOD_START, c.N).collect()}


def _number(name: str, present: Collection[str]) -> Column | str:
    """The column; 0 in a table of an older release that has no such column yet."""
    return name if name in present else F.lit(0.0).alias(name)


def _cell(row: Row) -> Cell:
    return Cell(*row[c.SEGMENT_VALUE].split(SEPARATOR))


def _observations(rows: Iterable[Row], metrics: Mapping[str, tuple[str, str, str]]) -> Iterator[Observation]:
    for row in rows:
        day, cell, question = row[c.PERIOD_START], _cell(row), row.asDict().get(c.QUESTION)
        for metric, columns in metrics.items():
            yield Observation(day, cell, Measure(metric, question), *(float(row[name] or 0) for name in columns))


def judged_alerts(config: Config, ledger: Ledger, published: Published, today: date) -> tuple[Alert, ...]:
    """The alerts as rules, metrics, files and people's events have them on a day."""
    waiting = _added(
        (file.survey_date, file.rows)
        for sha, file in ledger.files.items()
        if file.survey_date and ledger.state(sha) in _WAITING
    )
    known = Circumstances(today, Lines(published.quarantined, waiting), let_through(published.events))
    types = dict.fromkeys(rule.period_type for rule in config.alert_policy.rules)
    return judge(config.alert_policy, [published.observed(one) for one in types], config.catalogue, known)


def day_of_judgement(warehouse: Warehouse, tables: Tables, otherwise: date) -> date:
    """The day on which the stored alerts were judged."""
    stored = (warehouse.last_metadata(tables.alerts) or {}).get(_JUDGED_ON)
    return date.fromisoformat(str(stored)) if stored else otherwise


def are_stored(alerts: Sequence[Alert], warehouse: Warehouse, tables: Tables) -> bool:
    """Whether the table holds exactly these alerts."""
    stored = warehouse.read(tables.alerts).groupBy(c.BUILT_FROM).count().collect()
    return {row[0]: row[1] for row in stored} == ({digest_of(alerts): len(alerts)} if alerts else {})


def _write_alerts(
    context: Context, ledger: Ledger, published: Published
) -> tuple[tuple[Alert, ...], tuple[AlertEvent, ...]]:
    alerts, table = judged_alerts(context.config, ledger, published, context.today), context.tables.alerts
    if not are_stored(alerts, context.warehouse, context.tables):
        content = digest_of(alerts)
        rows = [alert.as_row(content) for alert in alerts]
        metadata = {_JUDGED_ON: context.today.isoformat()}
        context.warehouse.overwrite(frame_of(context.spark, rows, table.schema), table, metadata=metadata)
    return alerts, record_alert_events(context, published.events, news_of(alerts, published.events))


def record_alert_events(
    context: Context, events: Sequence[AlertEvent], news: Iterable[AlertNews]
) -> tuple[AlertEvent, ...]:
    """Appends what happened to alerts, in one commit; nothing when there is no news. Returns the new events."""
    new = numbered(news, events, context.run_id, now())
    context.append_rows((event.as_row() for event in new), context.tables.alert_events)
    return new


def _judge_months(context: Context, published: Published, built: Collection[str]) -> None:
    """Records the checks of months; none of them stops a run, for what they judge is published already."""
    totals = _totals(of_type(published.satisfaction, _MONTH), c.N, "n_arrival_reported")
    asked = _totals(of_type(published.questions, _MONTH), c.N_ASKED, c.N_NOT_APPLICABLE)
    month = newest_month(published.responses, enough_responses(context.config.alert_policy.rules))
    newest = f"{month:%Y-%m}" if month else None
    with context.reporter.gate("periods", context.spark):
        rejected = _added((f"{day:%Y-%m}", n) for day, n in published.quarantined.items())
        measures = monthly(totals, asked, rejected) if built else {}
    suite = context.config.suites["periods"]
    findings = period_findings(suite, measures, built, newest, context.today)
    context.record_checks(results_of("periods", suite, findings), None)


def _totals(rows: Sequence[Row], *columns: str) -> list[tuple[date, int, int]]:
    """First day of a month and the sums of two columns."""
    first, second = (_added((row[c.PERIOD_START], row[name]) for row in rows) for name in columns)
    return [(day, first[day], second[day]) for day in first]


def _added(pairs: Iterable[tuple[_Key, int]]) -> Counter[_Key]:
    """The sum for each key."""
    sums: Counter[_Key] = Counter()
    for key, number in pairs:
        sums[key] += number
    return sums
