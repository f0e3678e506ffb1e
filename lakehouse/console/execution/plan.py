"""What a run would read, write and change. Writes nothing, and holds nothing."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import fields
from functools import cached_property

from pyspark.sql import functions as F

from lakehouse.alerts.judge import OPEN, judge
from lakehouse.config.load import Config
from lakehouse.console.parser import Options, options_of
from lakehouse.console.summary import drift_text
from lakehouse.console.text import aligned
from lakehouse.formats.preflight import Accepted, Refused
from lakehouse.gold.months import differing, of_months
from lakehouse.ledger.drift import FileDrift
from lakehouse.ledger.files import BronzeFile, Ledger, read_ledger
from lakehouse.pipeline.alerts import measured, published
from lakehouse.pipeline.bronze import preflight_landing
from lakehouse.pipeline.context import absolute, note_of_silver, now, open_config, silver_note
from lakehouse.pipeline.drift import header_drift
from lakehouse.pipeline.gold import content_of, months_of
from lakehouse.storage.registry import Tables, registry
from lakehouse.storage.session import start_session
from lakehouse.storage.warehouse import Warehouse
from lakehouse.survey.changes import Effect, Known, effects, require_all
from lakehouse.survey.dates import delivered_date
from schemas import columns as c

_MONTHS_SHOWN = 12


def execute(arguments: argparse.Namespace) -> None:
    """Prints the plan."""
    options = options_of(arguments)
    config = open_config(options)
    verdicts = preflight_landing(config)
    warehouse = Warehouse(start_session(config.spark), absolute(config.warehouse))
    plan = Plan(config, warehouse, registry(config.catalogue, config.response_key), options)
    for section in (plan.files(verdicts), plan.silver(), plan.catalogue(), plan.gold(), plan.alerts()):
        print(section, end="\n\n")
    print("Nothing was written.")


class Plan:
    """A warehouse as it is, against files and configuration as they are; every method is a section of the plan."""

    def __init__(self, config: Config, warehouse: Warehouse, tables: Tables, options: Options) -> None:
        self._config, self._warehouse, self._tables, self._options = config, warehouse, tables, options
        self._ledger = Ledger({})
        self._exists = warehouse.version(tables.runs) is not None
        if self._exists:
            self._ledger = read_ledger(warehouse.read(tables.bronze), warehouse.read(tables.file_events))

    def files(self, verdicts: Sequence[Accepted | Refused]) -> str:
        """Files that a run would load, and how they differ from the catalogue."""
        rows: list[tuple[object, ...]] = []
        drift: list[FileDrift] = []
        seen: set[str] = set()
        for verdict in verdicts:
            if isinstance(verdict, Refused):
                known = self._ledger.is_known_refusal(
                    verdict.file.relative, verdict.raw_sha256, self._config.rules_version
                )
                rows.append((verdict.file.relative, "refused already" if known else "refused", None, verdict.reason))
            elif verdict.sha256 in seen or self._ledger.loaded_as(verdict.sha256):
                rows.append((verdict.file.relative, "known content", verdict.lines, "nothing to load"))
            else:
                seen.add(verdict.sha256)
                rows.append((verdict.file.relative, "new", verdict.lines, ""))
                drift += self._drift(verdict)
        text = aligned(("file", "what", "lines", "why"), rows) if rows else "no .csv or .csv.gz file"
        return f"Landing ({', '.join(self._config.landing)}):\n{text}" + (f"\n\n{drift_text(drift)}" if drift else "")

    def _drift(self, file: Accepted) -> list[FileDrift]:
        day = delivered_date(file.file.relative, self._options.survey_date, now().date()).date
        bronze = BronzeFile(file.sha256, file.file.relative, file.lines, file.header, 0, file.lines, day)
        return header_drift(self._config, bronze)

    def silver(self) -> str:
        """Whether silver grows or is recomputed."""
        if not self._exists:
            return "Silver: there is no lakehouse yet; a run makes it."
        pending = self._ledger.pending(self._config.rules_version)
        waiting = f"{len(pending)} file(s) in bronze are judged" if pending else "no file in bronze waits for a verdict"
        if self._rules_changed:
            lines = self._warehouse.read(self._tables.quarantine).count()
            return (
                f"Silver: recomputed from bronze, {len(self._ledger.admitted())} file(s): headers, values or rules "
                f"changed since, or a file was decided on. {lines:,} line(s) in quarantine are judged again; {waiting}."
            )
        return f"Silver: kept, new files are added; {waiting}."

    @cached_property
    def _rules_changed(self) -> bool:
        """Whether silver was built by other rules, headers or values, or before a person's last decision."""
        if not self._exists:
            return False
        note = note_of_silver(self._warehouse, self._tables)
        return bool(note) and note != silver_note(self._config, self._ledger)

    def catalogue(self) -> str:
        """What an edited catalogue means."""
        found = self._effects()
        if not found:
            return "Questions: as gold has them."
        return "Questions:\n" + aligned(("what", "of", "change"), [(e.kind, e.subject, e.what) for e in found])

    def _effects(self) -> list[Effect]:
        if not self._exists or self._warehouse.is_new(self._tables.questions):
            return []
        columns = [field.name for field in fields(Known)]
        rows = self._warehouse.read(self._tables.questions).select(*columns).collect()
        known = [Known(**row.asDict()) for row in rows]
        require_all((version.question for version in known), self._config.catalogue)
        return effects(known, self._config.catalogue)

    def gold(self) -> str:
        """Months whose numbers are made again."""
        touched = self._touched
        more = " Lines that move into or out of quarantine restate their months as well." if self._rules_changed else ""
        if not touched:
            return f"Gold: every month stays as it is.{more}"
        shown = ", ".join(touched[:_MONTHS_SHOWN]) + (", …" if len(touched) > _MONTHS_SHOWN else "")
        return f"Gold: {len(touched)} month(s) with their ratings, scores and metrics are restated: {shown}.{more}"

    @cached_property
    def _touched(self) -> list[str]:
        """Months whose `_built_from` would differ, and those whose files would ask other questions of silver."""
        if not self._exists or self._warehouse.is_new(self._tables.responses):
            return []
        silver = content_of(self._warehouse, self._tables, self._config.catalogue)
        stale = differing(
            of_months(silver.months), months_of(self._warehouse.read(self._tables.fact), F.col(c.SURVEY_MONTH))
        )
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
        shares = measured(published(self._config, self._warehouse, self._tables))
        anew = {alert.alert_id: alert for alert in judge(self._config.alert_rules, shares, self._config.catalogue)}
        moved = [
            (alert.headline, f"{known[one]['team']} to {alert.team}")
            for one, alert in anew.items()
            if one in known and known[one]["team"] != alert.team
        ]
        lines = [
            f"Alerts: {len(rebased)} of {len(known)} are judged on restated numbers "
            f"({sum(row['state'] == OPEN for row in rebased)} of them open now); "
            f"{sum((alert.state, alert.threshold) != states.get(one) for one, alert in anew.items())} differ on "
            f"the numbers as they are; {len(known.keys() - anew.keys())} are no longer judged."
        ]
        return "\n".join([*lines, *([aligned(("changes owner", "from and to"), moved)] if moved else [])])
