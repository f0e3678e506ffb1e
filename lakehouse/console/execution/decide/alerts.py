"""Alerts for people: what is open, one of them in full, and what somebody decided about it."""

from __future__ import annotations

import argparse
import getpass

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from lakehouse.alerts.newest import enough_responses, newest_month
from lakehouse.alerts.selftest import SelfTest
from lakehouse.config.load import configuration
from lakehouse.console.explain import explanation
from lakehouse.console.parser import request_of
from lakehouse.console.rows import print_rows, row_of_id
from lakehouse.console.self_test import self_test_text
from lakehouse.console.text import aligned
from lakehouse.errors import UsageError
from lakehouse.ledger.alert_events import AlertEventKind, AlertNews, read_alert_events
from lakehouse.ledger.files import Ledger
from lakehouse.pipeline.context import Context
from lakehouse.pipeline.run import Outcome
from lakehouse.pipeline.run import execute as execute_held
from lakehouse.pipeline.stages.alerts import judge_alerts, read_published, read_responses, record_alert_events
from lakehouse.storage.open import Opened, open_to_read
from lakehouse.storage.tables.views import ALERTS_VIEW
from schemas import columns as c

_ID_SHOWN = 8
_KINDS = {
    "ack": AlertEventKind.ACKNOWLEDGED,
    "resolve": AlertEventKind.RESOLVED,
    "judge": AlertEventKind.JUDGED,
}


def execute(arguments: argparse.Namespace) -> None:
    """Runs one action."""
    if arguments.action in _KINDS:
        _decide(arguments, _KINDS[arguments.action])
        return
    opened = open_to_read(configuration(request_of(arguments)))
    match arguments.action:
        case "list":
            _list(opened, arguments)
        case "show":
            _show(opened, arguments.id)
        case "explain":
            _explain(opened, arguments)
        case _:
            _self_test(opened, arguments.draws)


def _list(opened: Opened, arguments: argparse.Namespace) -> None:
    config, warehouse, tables = opened
    if arguments.team:
        config.catalogue.require_team(arguments.team)
    newest = newest_month(read_responses(warehouse, tables), enough_responses(config.alert_policy.rules))
    if newest is None:
        print("No period is published yet.")
        return
    alerts = warehouse.spark.table(ALERTS_VIEW)
    since = F.col(c.PERIOD_START) >= newest
    alerts = alerts.where(F.col(c.PERIOD_START) == arguments.period if arguments.period else since)
    if arguments.team:
        alerts = alerts.where(F.col("team") == arguments.team)
    if not arguments.all:
        alerts = alerts.where(F.col(c.STATE).isin("open", "not_judged") & F.col("parent_id").isNull())
    shown = alerts.orderBy(c.PERIOD_START, "team", F.col(c.STATE) != "open", "rule", c.QUESTION, c.SEGMENT_VALUE)
    rows = _without_repeats(shown, arguments.all)
    what = f"{arguments.period:%Y-%m-%d}" if arguments.period else f"since {newest:%Y-%m}"
    if not rows:
        print(f"Nothing is open {what}.")
        return
    print(aligned(("id", "team", "state", "handling", "what"), rows))
    print("\nlakehouse alerts explain ID says why; ack ID --note … says that somebody is on it.")


def _without_repeats(alerts: DataFrame, everything: bool) -> list[tuple[object, ...]]:
    """The alerts as rows. What was not judged is told once per period and team, unless everything is asked for."""
    rows: list[tuple[object, ...]] = []
    told: set[tuple[object, ...]] = set()
    for alert in alerts.collect():
        period = (alert["team"], alert[c.PERIOD_START])
        if alert[c.STATE] == "not_judged" and not everything:
            if period in told:
                continue
            told.add(period)
        what = alert[c.REASON] if alert[c.STATE] == "not_judged" else alert["headline"]
        rows.append((alert["alert_id"][:_ID_SHOWN], alert["team"], alert[c.STATE], alert["handling"], what))
    return rows


def _the_one(alerts: DataFrame, given: str) -> Row:
    """The alert whose id begins as given."""
    return row_of_id(alerts, "alert_id", given, "is the id of no alert", "lakehouse alerts list --all")


def _show(opened: Opened, given: str) -> None:
    alert = _the_one(opened.warehouse.spark.table(ALERTS_VIEW), given)
    print(f"{alert['headline']}\n{alert[c.REASON]}\n")
    known = {name: value for name, value in alert.asDict().items() if value is not None}
    print(aligned(("what", "value"), [(name, _told(value)) for name, value in known.items() if name != "headline"]))
    print("\nWhat happened to the series:")
    stored = opened.warehouse.read(opened.tables.alerts).select("alert_id", "series_id")
    mine = stored.where(F.col("alert_id") == alert["alert_id"]).select("series_id")
    events = opened.warehouse.read(opened.tables.alert_events).join(mine, on="series_id", how="left_semi")
    columns = ("at", c.EVENT, c.PERIOD_START, "who", "note", "before", "after")
    print_rows(events.orderBy(c.EVENT_SEQ).select(*columns), "table")


def _told(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _explain(opened: Opened, arguments: argparse.Namespace) -> None:
    alert = _the_one(opened.warehouse.read(opened.tables.alerts), arguments.id)
    print(explanation(opened, alert, arguments.recompute))


def _self_test(opened: Opened, draws: int) -> None:
    if draws < 1:
        raise UsageError("--draws 0: nothing would be drawn. Give at least 1.")
    seen = read_published(*opened).observed("month")
    if len(seen.periods) < 4:
        raise UsageError(f"{len(seen.periods)} period(s) are published: a self-test needs at least 4.")
    test = SelfTest(opened.config.alert_policy, seen, opened.config.catalogue)
    print(self_test_text(test.false_alarms(draws), test.power(draws)))


def _decide(arguments: argparse.Namespace, kind: AlertEventKind) -> None:
    note, who = arguments.note.strip(), (arguments.who or getpass.getuser()).strip()
    if not note or not who:
        raise UsageError("--note and --who must not be empty: they are kept with the decision.")

    def work(context: Context, ledger: Ledger) -> Outcome:
        context.wait_for_tables()
        alert = _the_one(context.warehouse.read(context.tables.alerts), arguments.id)
        _require_fitting(alert, kind)
        stored = read_alert_events(context.warehouse.read(context.tables.alert_events))
        place = (alert["series_id"], alert["team"], alert[c.PERIOD_TYPE], alert[c.PERIOD_START])
        news = AlertNews(kind, alert["alert_id"], *place, alert["headline"], who=who, note=note)
        record_alert_events(context, stored, [news])
        context.reporter.say(f"{kind.value} by {who}: {alert['headline']}")
        if kind is not AlertEventKind.JUDGED:
            return Outcome(ledger)
        return Outcome(ledger, alerts=judge_alerts(context, ledger))

    execute_held(request_of(arguments), f"alerts {arguments.action}", work)


def _require_fitting(alert: Row, kind: AlertEventKind) -> None:
    state, of_data = alert[c.STATE], kind is AlertEventKind.JUDGED
    if of_data and state != "not_judged":
        raise UsageError(f"{alert['alert_id'][:_ID_SHOWN]} is {state}: only what is not judged can be let through.")
    if not of_data and state == "ok" and alert["first_period"] is None:
        raise UsageError(f"{alert['alert_id'][:_ID_SHOWN]} is ok: there is nothing to do about it.")
