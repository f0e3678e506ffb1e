"""What a run does about each file of the landing places: decided from the ledger, so that `plan` can say it before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from lakehouse.formats.landing import Ignored
from lakehouse.formats.preflight import Accepted, Refused
from lakehouse.ledger.events import Decision, Event
from lakehouse.ledger.files import BronzeFile, FileState, Ledger
from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.dates import UNDATED, DeliveredDate, ParsedDate, date_column, delivered_date

Verdict = Accepted | Refused | Ignored
_NEW, _KNOWN = "new", "known content"


@dataclass(frozen=True)
class Dating:
    """What gives a survey date to a file without a date column. `argument`: of `--survey-date`. `today`: the day of the
    run, when files without a date get it; else None."""

    catalogue: Catalogue
    argument: date | None
    today: date | None

    def of(self, file: Accepted) -> DeliveredDate | None:
        """The date of all lines of a file; None when each has its own."""
        own = date_column(file.names, self.catalogue)
        return None if own else delivered_date(file.file.relative, self.argument, self.today)

    def is_unnamed(self, file: Accepted) -> bool:
        """Whether neither the lines, the folders nor the name of the file have a survey date."""
        found = self.of(file)
        return found is not None and found.source not in ("path", "filename")

    def is_undated(self, file: Accepted) -> bool:
        """Whether the file has no survey date, or only that of the run."""
        found = self.of(file)
        return found is not None and found.source in (UNDATED, "ingestion")


@dataclass(frozen=True)
class Arrival:
    """A file of the landing places. `what`: the words for it. `decision`: what a run records about it, if anything."""

    verdict: Verdict
    what: str
    decision: Decision | None = None

    @property
    def is_new(self) -> bool:
        """Whether a run loads the file."""
        return self.what == _NEW


def arrivals(ledger: Ledger, verdicts: Sequence[Verdict], rules_version: str, dating: Dating) -> list[Arrival]:
    """The files in their order, each with what a run does about it. Of equal new files one that has or names its date
    is loaded, else the first."""
    first: dict[str, Accepted] = {}
    accepted = [verdict for verdict in verdicts if isinstance(verdict, Accepted)]
    for file in sorted(accepted, key=dating.is_unnamed):
        first.setdefault(file.sha256, file)
    return [_arrival(ledger, verdict, rules_version, first) for verdict in verdicts]


def _arrival(ledger: Ledger, verdict: Verdict, rules_version: str, first: Mapping[str, Accepted]) -> Arrival:
    name = verdict.file.relative
    if isinstance(verdict, Ignored):
        known = ledger.is_known_ignored(name, verdict.reason)
        return Arrival(verdict, *_once("ignored", known, Decision(Event.IGNORED, name, None, verdict.reason)))
    if isinstance(verdict, Refused):
        known = ledger.is_known_refusal(name, verdict.raw_sha256, rules_version)
        return Arrival(verdict, *_once("refused", known, refusal(verdict, verdict.reason)))
    loaded = ledger.loaded_as(verdict.sha256)
    if loaded is None and verdict is first[verdict.sha256]:
        return Arrival(verdict, _NEW)
    reason = f"same content as {loaded or first[verdict.sha256].file.relative}: nothing loaded"
    repeat = Decision(Event.DUPLICATE, name, verdict.sha256, reason, raw_sha256=verdict.raw_sha256)
    known = loaded is not None and ledger.is_known_duplicate(name, verdict.sha256)
    return Arrival(verdict, _KNOWN, None if known else repeat)


def _once(what: str, known: bool, decision: Decision) -> tuple[str, Decision | None]:
    return (f"{what} already", None) if known else (what, decision)


def refusal(file: Accepted | Refused, reason: str) -> Decision:
    """The decision to load nothing of a file."""
    return Decision(Event.REFUSED, file.file.relative, file.sha256, reason, raw_sha256=file.raw_sha256)


def newly_dated(ledger: Ledger, verdicts: Sequence[Verdict], dating: Dating) -> list[Decision]:
    """Dates for the files that are in bronze without one: by a name under which they lie there now, by `--survey-date`,
    or by the day of the run."""
    accepted = sorted((one for one in verdicts if isinstance(one, Accepted)), key=dating.is_unnamed)
    waiting = (file for file in ledger.files.values() if ledger.state(file.sha256) is not FileState.WITHDRAWN)
    decisions: list[Decision] = []
    for file in sorted((one for one in waiting if one.is_undated), key=lambda one: one.order):
        names = [one.file.relative for one in accepted if one.sha256 == file.sha256]
        found = [(name, delivered_date(name, dating.argument, dating.today)) for name in names]
        found.append((file.file, delivered_date(file.file, None, dating.today)))
        decisions += [_redated(file, name, one.date, one) for name, one in found if one.date][:1]
    return decisions


def _redated(file: BronzeFile, name: str, day: date, found: DeliveredDate) -> Decision:
    survey_date = ParsedDate(day, found.precision)
    sources = {"argument": "--survey-date", "ingestion": "the day of the run (undated: today)"}
    reason = f"survey date {survey_date} from {sources.get(found.source, f'the name {name}')}"
    return Decision(Event.REDATED, file.file, file.sha256, reason, survey_date=survey_date)
