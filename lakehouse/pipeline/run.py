"""The pipeline on one screen: landing files to alerts, each stage given what it needs and returning what it did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import Thread

import scipy

from lakehouse.ledger.balance import balance_counts
from lakehouse.ledger.files import Ledger
from lakehouse.pipeline.closing import Closing, close
from lakehouse.pipeline.context import Context, hold_warehouse
from lakehouse.pipeline.stages.alerts import AlertsJudged, judge_alerts
from lakehouse.pipeline.stages.bronze import Loaded, load_bronze
from lakehouse.pipeline.stages.bronze_gate import gate_bronze
from lakehouse.pipeline.stages.erasure import finish_erasure
from lakehouse.pipeline.stages.gold import GoldBuilt, build_gold
from lakehouse.pipeline.stages.notifications import Notified, notify_teams
from lakehouse.pipeline.stages.silver import SilverBuilt, build_silver, require_whole
from lakehouse.pipeline.waiting import Waiting, waiting_now
from lakehouse.request import Request


@dataclass(frozen=True)
class Outcome:
    """What a command did, stage by stage; None for a stage that it does not run. `ledger`: files and decisions
    afterwards."""

    ledger: Ledger
    loaded: Loaded | None = None
    silver: SilverBuilt | None = None
    gold: GoldBuilt | None = None
    alerts: AlertsJudged | None = None

    @property
    def waiting(self) -> Waiting:
        """Files newly refused, and newly held."""
        return Waiting(self.loaded.refused if self.loaded else (), self.silver.held if self.silver else ())


@dataclass(frozen=True)
class Finished:
    """A command that came to its end, with the context that its stages were given."""

    context: Context
    outcome: Outcome
    closing: Closing
    notified: Notified

    @cached_property
    def counted(self) -> Waiting:
        """The files that count for the exit code: those newly refused or held; with `--strict` all that wait, with
        `--lenient` none."""
        if self.context.request.strict:
            return waiting_now(self.context.config, self.outcome.ledger)
        return Waiting() if self.context.request.lenient else self.outcome.waiting

    @property
    def exit_code(self) -> int:
        """0; 5 when a refused file counts, else 3 when a held one does."""
        return self.counted.exit_code

    @property
    def is_release(self) -> bool:
        """Always: its tables belong together."""
        return True

    @property
    def counts(self) -> Mapping[str, int]:
        """Lines delivered, and by where they are now, over all files."""
        return balance_counts(self.closing.files)


def run_pipeline(context: Context, ledger: Ledger) -> Outcome:
    """All stages, each doing only what its state asks for."""
    loaded = load_bronze(context, ledger)
    silver = take_to_silver(context, loaded.ledger)
    gold = build_gold(context, silver.ledger)
    alerts = judge_alerts(context, silver.ledger, gold.months)
    return Outcome(silver.ledger, loaded, silver, gold, alerts)


def run_from_bronze(context: Context, ledger: Ledger, *, rebuild: bool = False) -> Outcome:
    """The stages after bronze: what a decision about a file, or an erasure, changes."""
    silver = take_to_silver(context, ledger, rebuild=rebuild)
    gold = build_gold(context, silver.ledger)
    alerts = judge_alerts(context, silver.ledger, gold.months)
    return Outcome(silver.ledger, None, silver, gold, alerts)


def run_bronze(context: Context, ledger: Ledger) -> Outcome:
    """Landing files to bronze, gated."""
    loaded = load_bronze(context, ledger)
    gate_bronze(context, loaded.ledger)
    return Outcome(loaded.ledger, loaded)


def run_silver(context: Context, ledger: Ledger, *, rebuild: bool = False) -> Outcome:
    """Bronze to silver."""
    silver = take_to_silver(context, ledger, rebuild=rebuild)
    return Outcome(silver.ledger, silver=silver)


def run_gold(context: Context, ledger: Ledger, *, rebuild: bool = False, month: str | None = None) -> Outcome:
    """Silver to gold."""
    return Outcome(ledger, gold=build_gold(context, ledger, rebuild=rebuild, month=month))


def run_alerts(context: Context, ledger: Ledger) -> Outcome:
    """Gold to alerts."""
    return Outcome(ledger, alerts=judge_alerts(context, ledger))


def take_to_silver(context: Context, ledger: Ledger, *, rebuild: bool = False) -> SilverBuilt:
    """Gate 1, then silver. Raises `LostLinesError` when bronze lacks lines of a file that was decided about."""
    gate_bronze(context, ledger)
    require_whole(context, ledger)
    return build_silver(context, ledger, rebuild=rebuild)


def execute(
    request: Request, command: str, work: Callable[[Context, Ledger], Outcome], *, reads_landing: bool = False
) -> Finished:
    """Does a command's work while holding the warehouse; what it changed is balanced and recorded.

    Raises whatever the work raises.
    """

    def whole(context: Context) -> Finished:
        finish_erasure(context)
        outcome = work(context, context.read_ledger())
        closing = close(context, outcome.ledger)
        notified = notify_teams(context, outcome.alerts) if outcome.alerts else Notified()
        return Finished(context, outcome, closing, notified)

    # scipy imports its statistics on first use, which takes seconds: while Spark starts. No daemon thread, because
    # Python must not end in the middle of the import.
    Thread(target=getattr, args=(scipy, "stats")).start()
    return hold_warehouse(request, command, whole, reads_landing=reads_landing or request.strict)
