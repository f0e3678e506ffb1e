"""What a run would read, write and change. Writes nothing, and holds nothing."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import fields
from functools import cached_property

from lakehouse.alerts.episodes import AlertState
from lakehouse.clock import now
from lakehouse.config.load import configuration
from lakehouse.console.parser import request_of
from lakehouse.console.summary import drift_text
from lakehouse.console.text import aligned
from lakehouse.formats.preflight import Accepted, Refused
from lakehouse.gold.months import wanted_months
from lakehouse.ledger.arrivals import Arrival, Verdict, arrivals, newly_dated
from lakehouse.ledger.drift import FileDrift
from lakehouse.ledger.files import BronzeFile, Ledger
from lakehouse.pipeline.context import require_possible_date
from lakehouse.pipeline.plan import SilverPlan, basis_of, plan_gold, plan_silver, stored_basis
from lakehouse.pipeline.stages.alerts import judged_alerts, read_published
from lakehouse.pipeline.stages.file_limits import header_drift
from lakehouse.pipeline.stages.gold import read_published_months, read_silver_content
from lakehouse.pipeline.stages.landing import dating_of, no_survey, preflight_landing
from lakehouse.quality.file_checks import why_undated
from lakehouse.request import Request
from lakehouse.storage.open import Opened, open_warehouse, stored_ledger
from lakehouse.survey.changes import Effect, StoredVersion, effects, require_all
from lakehouse.survey.dates import delivered_date
from schemas import columns as c

_MONTHS_SHOWN = 12


def execute(arguments: argparse.Namespace) -> None:
    """Prints the plan."""
    request = request_of(arguments)
    config = configuration(request)
    require_possible_date(request, now().date())
    verdicts = preflight_landing(config)
    plan = Plan(open_warehouse(config), request, verdicts)
    for section in (plan.files(), plan.silver(), plan.catalogue(), plan.gold(), plan.alerts()):
        print(section, end="\n\n")
    print("Nothing was written.")


class Plan:
    """A warehouse as it is, against files and configuration as they are; every method is a section of the plan.

    `verdicts`: on the files of the landing places.
    """

    def __init__(self, opened: Opened, request: Request, verdicts: Sequence[Verdict]) -> None:
        self._config, self._warehouse, self._tables = opened
        self._verdicts, self._ledger = verdicts, Ledger({})
        self._dating = dating_of(self._config, request, now().date())
        self._exists = self._warehouse.version(self._tables.runs) is not None
        if self._exists:
            self._ledger = stored_ledger(self._warehouse, self._tables)
        self._dated = newly_dated(self._ledger, verdicts, self._dating)
        # A run records these before it judges anything.
        events = self._ledger.numbered(self._dated, self._config.rules_version, "plan", now())
        self._ledger = self._ledger.with_events(events)

    def files(self) -> str:
        """Files that a run would load, and how they differ from the catalogue."""
        found = arrivals(self._ledger, self._verdicts, self._config.rules_version, self._dating)
        rows = [self._row(one) for one in found]
        drift = [one for new in found if new.is_new for one in self._drift(new.verdict)]
        parts = [aligned(("file", "what", "lines", "why"), rows)] if rows else []
        if not any(isinstance(verdict, Accepted | Refused) for verdict in self._verdicts):
            parts.append(no_survey(self._config, self._verdicts))
        parts += [f"{decision.file}, in bronze without a date: {decision.reason}" for decision in self._dated]
        parts += [f"\n{drift_text(drift)}"] if drift else []
        return "\n".join([f"Landing ({', '.join(self._config.landing)}):", *parts])

    def _row(self, arrival: Arrival) -> tuple[object, ...]:
        verdict, name = arrival.verdict, arrival.verdict.file.relative
        if not isinstance(verdict, Accepted):
            return name, arrival.what, None, verdict.reason
        if not arrival.is_new:
            return name, arrival.what, verdict.lines, "nothing to load"
        if not self._dating.is_undated(verdict):
            return name, arrival.what, verdict.lines, ""
        today = self._dating.today
        why = f"no survey date: {today} is assumed" if today else f"will be held: {why_undated(name, verdict.sha256)}"
        return name, arrival.what, verdict.lines, why

    def _drift(self, verdict: Verdict) -> list[FileDrift]:
        if not isinstance(verdict, Accepted):
            return []
        name = verdict.file.relative
        # Where each line has its own date, only a run knows it.
        found = self._dating.of(verdict) or delivered_date(name, self._dating.argument, now().date())
        file = BronzeFile(verdict.sha256, name, verdict.lines, verdict.header, 0, verdict.lines, found.date)
        return header_drift(self._config, file)

    @cached_property
    def _silver_plan(self) -> SilverPlan:
        stored = stored_basis(self._warehouse, self._tables) if self._exists else None
        return plan_silver(self._ledger, stored, basis_of(self._config, self._ledger))

    def silver(self) -> str:
        """Whether silver grows or is recomputed, and why."""
        if not self._exists:
            return "Silver: there is no lakehouse yet; a run makes it."
        plan = self._silver_plan
        pending = len(plan.pending)
        waiting = f"{pending} file(s) in bronze are judged" if pending else "no file in bronze waits for a verdict"
        if plan.cause is None:
            return f"Silver: kept, new files are added; {waiting}."
        lines = self._warehouse.read(self._tables.quarantine).count()
        return (
            f"Silver: recomputed from bronze, {len(plan.files - plan.pending)} file(s): {plan.cause.value}. "
            f"{lines:,} line(s) in quarantine are judged again; {waiting}."
        )

    def catalogue(self) -> str:
        """What an edited catalogue means."""
        found = self._effects()
        if not found:
            return "Questions: as gold has them."
        return "Questions:\n" + aligned(("what", "of", "change"), [(e.kind, e.subject, e.what) for e in found])

    def _effects(self) -> list[Effect]:
        if not self._exists or self._warehouse.is_new(self._tables.questions):
            return []
        columns = [field.name for field in fields(StoredVersion)]
        rows = self._warehouse.read(self._tables.questions).select(*columns).collect()
        known = [StoredVersion(**row.asDict()) for row in rows]
        require_all((version.question for version in known), self._config.catalogue)
        return effects(known, self._config.catalogue)

    def gold(self) -> str:
        """Months whose numbers are made again."""
        touched = self._touched
        more = (
            " Lines that move into or out of quarantine restate their months as well."
            if self._silver_plan.recompute
            else ""
        )
        if not touched:
            return f"Gold: every month stays as it is.{more}"
        shown = ", ".join(touched[:_MONTHS_SHOWN]) + (", …" if len(touched) > _MONTHS_SHOWN else "")
        return f"Gold: {len(touched)} month(s) with their ratings, scores and metrics are restated: {shown}.{more}"

    @cached_property
    def _touched(self) -> list[str]:
        """Months whose `_built_from` would differ, and those whose files would ask other questions of silver."""
        if not self._exists or self._warehouse.is_new(self._tables.responses):
            return []
        silver = read_silver_content(self._warehouse, self._tables, self._config.catalogue)
        tables = self._tables
        external = [one for one in (*tables.star, *tables.metrics) if self._warehouse.is_changed_externally(one)]
        present = read_published_months(self._warehouse, tables)
        stale = plan_gold(wanted_months(silver.months), present, [one.full_name for one in external]).stale
        responses = self._warehouse.read(self._tables.responses)
        by_file = responses.select(c.SURVEY_MONTH, c.SOURCE_SHA256, c.QUESTIONNAIRE_KEY).distinct().collect()
        asked = silver.questionnaires
        return sorted(stale | {month for month, sha, key in by_file if self._asks_otherwise(sha, asked[key])})

    def _asks_otherwise(self, sha256: str, asked: tuple[str, ...]) -> bool:
        return set(self._config.catalogue.asked(self._ledger.files[sha256].columns)) != set(asked)

    def alerts(self) -> str:
        """Alerts that are judged on other numbers, or otherwise on the same ones."""
        if not self._exists or self._warehouse.is_new(self._tables.alerts):
            return "Alerts: none yet."
        touched = set(self._touched)
        stored = self._warehouse.read(self._tables.alerts)
        names = ("alert_id", "team", "state", "threshold", "headline", c.PERIOD_START)
        known = {row["alert_id"]: row for row in stored.select(*names).collect()}
        states = {one: (row["state"], row["threshold"]) for one, row in known.items()}
        rebased = [row for row in known.values() if f"{row[c.PERIOD_START]:%Y-%m}" in touched]
        published = read_published(self._config, self._warehouse, self._tables)
        alerts = judged_alerts(self._config, self._ledger, published, now().date())
        anew = {alert.alert_id: alert for alert in alerts}
        moved = [
            (alert.headline, f"{known[one]['team']} to {alert.team}")
            for one, alert in anew.items()
            if one in known and known[one]["team"] != alert.team
        ]
        lines = [
            f"Alerts: {len(rebased)} of {len(known)} are judged on restated numbers "
            f"({sum(row['state'] == AlertState.OPEN.value for row in rebased)} of them open now); "
            f"{sum((alert.state.value, alert.threshold) != states.get(one) for one, alert in anew.items())} differ on "
            f"the numbers as they are; {len(known.keys() - anew.keys())} are no longer judged."
        ]
        return "\n".join([*lines, *([aligned(("changes owner", "from and to"), moved)] if moved else [])])
