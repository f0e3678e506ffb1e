"""The file ledger: which files are in bronze, and the state of each, derived from its events in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import Enum
from functools import cached_property

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.ledger.events import (
    ON_ADMISSION,
    ON_ERASURE,
    ON_RECOMPUTATION,
    Decision,
    Event,
    FileEvent,
)
from lakehouse.months import is_beyond
from lakehouse.survey.dates import COLUMN, UNDATED, ParsedDate
from lakehouse.survey.headers import parse_header, safe_names
from schemas import columns as c


class FileState(Enum):
    """The state of a file. ACCEPTED: a person overrode the limits, and the next run will admit the file."""

    ADMITTED = "admitted"
    HELD = "held"
    WITHDRAWN = "withdrawn"
    ACCEPTED = "accepted"
    PENDING = "pending"
    REFUSED = "refused"
    ERASED = "erased"
    IGNORED = "ignored"


@dataclass(frozen=True)
class BronzeFile:
    """A file whose lines are in bronze.

    `lines`: data lines that preflight counted. `rows`: rows of it in bronze now. `survey_date`: the earliest possible
    date of its lines, or the date that was set since; None when no line has a readable date. `erased`: lines that were
    erased on request, or kept out since. `date_source`: where the dates of its lines come from. `dialect`: how the file
    is written, in words; None for comma-separated UTF-8 text.
    """

    sha256: str
    file: str
    lines: int
    header: str
    delivery: int
    rows: int
    survey_date: date | None
    erased: int = 0
    date_source: str = COLUMN
    dialect: str | None = None

    @property
    def is_undated(self) -> bool:
        """Whether neither its lines nor its name have a survey date, and nobody set one since."""
        return self.survey_date is None and self.date_source == UNDATED

    @property
    def is_whole(self) -> bool:
        """Whether bronze holds every delivered line that was not erased."""
        return self.rows + self.erased == self.lines

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the file's columns in bronze."""
        return safe_names(parse_header(self.header))

    @property
    def order(self) -> tuple[date, str]:
        """Sort key: survey date, then content hash. Neither the name nor the time of arrival counts."""
        return self.survey_date or date.max, self.sha256


@dataclass(frozen=True)
class Ledger:
    """All files in bronze by content hash, and all events in order. Immutable: every change returns a new ledger."""

    files: Mapping[str, BronzeFile]
    events: tuple[FileEvent, ...] = field(default=())

    def with_events(self, events: Iterable[FileEvent]) -> Ledger:
        """A ledger with these events appended."""
        return ledger_of(self.files, (*self.events, *events))

    def with_files(self, files: Mapping[str, BronzeFile]) -> Ledger:
        """A ledger with these files added to bronze."""
        return ledger_of({**self.files, **files}, self.events)

    def without_files(self, contents: Collection[str]) -> Ledger:
        """A ledger without these files, whose lines were removed from bronze."""
        return replace(self, files={sha: file for sha, file in self.files.items() if sha not in contents})

    def numbered(self, decisions: Iterable[Decision], rules_version: str, run_id: str, at: datetime) -> list[FileEvent]:
        """The decisions as events, numbered after the last event."""
        first = self.events[-1].event_seq + 1 if self.events else 1
        return [
            FileEvent(
                event_seq=number,
                event=decision.event,
                file=decision.file,
                sha256=decision.sha256,
                raw_sha256=decision.raw_sha256,
                reason=decision.reason,
                survey_date=decision.survey_date.date if decision.survey_date else None,
                survey_date_precision=decision.survey_date.precision if decision.survey_date else None,
                lines=decision.lines,
                rules_version=rules_version,
                run_id=decision.run_id or run_id,
                at=at,
            )
            for number, decision in enumerate(decisions, first)
        ]

    def decision(self, sha256: str) -> FileEvent | None:
        """The newest event that decides whether the file's lines go on to silver; None while it is pending."""
        return self._decisions.get(sha256)

    @cached_property
    def _decisions(self) -> dict[str | None, FileEvent]:
        """Content hash -> newest event that decides about it."""
        return {event.sha256: event for event in self.events if event.event in ON_ADMISSION}

    def state(self, sha256: str) -> FileState:
        """The state of a file in bronze."""
        decision = self.decision(sha256)
        return FileState(decision.event.value) if decision else FileState.PENDING

    def admitted(self) -> frozenset[str]:
        """Content hashes of the admitted files, whose lines are in silver, superseded or quarantine."""
        return frozenset(sha for sha in self.files if self.state(sha) is FileState.ADMITTED)

    def pending(self, rules_version: str) -> frozenset[str]:
        """Content hashes of the files to judge: not decided yet, held under other rules or another date, or accepted by
        a person."""
        decisions = {sha: self.decision(sha) for sha in self.files}
        dated = {event.sha256: event.event_seq for event in self.events if event.event is Event.REDATED}
        return frozenset(
            sha
            for sha, decision in decisions.items()
            if decision is None
            or decision.event is Event.ACCEPTED
            or (
                decision.event is Event.HELD
                and (decision.rules_version != rules_version or dated.get(sha, 0) > decision.event_seq)
            )
        )

    @property
    def redated(self) -> dict[str, ParsedDate]:
        """Content hash -> the survey date that was set for the file since it was loaded."""
        return {
            event.sha256: event.new_date
            for event in self.events
            if event.event is Event.REDATED and event.sha256 and event.new_date
        }

    @property
    def last_operator_event(self) -> int:
        """`event_seq` of the newest decision after which silver is recomputed, mostly a person's; 0 when there is
        none."""
        return max((event.event_seq for event in self.events if event.event in ON_RECOMPUTATION), default=0)

    @property
    def erased(self) -> Counter[str]:
        """Content hash -> lines that were erased on request, or kept out since."""
        lines: Counter[str] = Counter()
        for event in self._erasures():
            lines[event.sha256 or ""] += event.lines or 0
        return lines

    def _erasures(self) -> list[FileEvent]:
        return [event for event in self.events if event.event in ON_ERASURE]

    def loaded_as(self, sha256: str | None) -> str | None:
        """The file name under which the content was loaded; None for new content. Content whose last line was erased
        counts as loaded, so that it is not loaded again."""
        if sha256 is not None and sha256 in self.files:
            return self.files[sha256].file
        return next((event.file for event in self._erasures() if event.sha256 == sha256), None)

    @property
    def lost(self) -> list[str]:
        """Names of files with a decision, which had lines in bronze, and of which bronze has no line although none was
        erased: somebody removed them."""
        decided = {event.sha256: event.file for event in self.events if event.event in ON_ADMISSION}
        return sorted(file for sha, file in decided.items() if not self.loaded_as(sha))

    def refused(self) -> dict[tuple[str, str | None], FileEvent]:
        """(file name, hash of the raw bytes) -> newest refusal, without content that was loaded since."""
        return {
            (event.file, event.raw_sha256): event
            for event in self.events
            if event.event is Event.REFUSED and not self.loaded_as(event.sha256)
        }

    def is_known_refusal(self, file: str, raw_sha256: str | None, rules_version: str) -> bool:
        """Whether the same bytes were refused before, under the same file name and rules."""
        event = self.refused().get((file, raw_sha256))
        return event is not None and event.rules_version == rules_version

    @cached_property
    def ignored(self) -> dict[str, FileEvent]:
        """File name -> newest event that it is ignored, without names under which a file was read since."""
        newest = {event.file: event for event in self.events}
        loaded = {file.file for file in self.files.values()}
        return {name: one for name, one in newest.items() if one.event is Event.IGNORED and name not in loaded}

    def is_known_ignored(self, file: str, reason: str) -> bool:
        """Whether a file of this name was ignored before, for the same reason."""
        event = self.ignored.get(file)
        return event is not None and event.reason == reason

    def is_known_duplicate(self, file: str, sha256: str) -> bool:
        """Whether the content was loaded under this name, or is already recorded as a duplicate under it."""
        return self.loaded_as(sha256) == file or any(
            event.event is Event.DUPLICATE and event.file == file and event.sha256 == sha256 for event in self.events
        )


def ledger_of(files: Mapping[str, BronzeFile], events: Iterable[FileEvent]) -> Ledger:
    """The ledger of files and events: the events set the survey date and the erased lines of each file."""
    ledger = Ledger(files, tuple(events))
    redated, erased = ledger.redated, ledger.erased
    updated = {
        sha: replace(
            file, survey_date=redated[sha].date if sha in redated else file.survey_date, erased=erased.get(sha, 0)
        )
        for sha, file in files.items()
    }
    return replace(ledger, files=updated)


def read_ledger(bronze: DataFrame, events: DataFrame) -> Ledger:
    """The ledger of a warehouse. Collects one row per file and one per event."""
    recorded = sorted(map(FileEvent.of, events.collect()), key=lambda event: event.event_seq)
    return ledger_of(files_in(bronze), recorded)


def files_in(bronze: DataFrame) -> dict[str, BronzeFile]:
    """Content hash -> file, from the rows of a bronze frame."""
    columns = (c.SOURCE_SHA256, c.SOURCE_FILE, c.SOURCE_LINES, c.SOURCE_HEADER, c.DELIVERY)
    # A table of an older version is read before a run gives it the column.
    dialect = F.first(c.SOURCE_DIALECT) if c.SOURCE_DIALECT in bronze.columns else F.lit(None)
    day = F.col(c.DELIVERED_DATE)
    per_file = bronze.groupBy(*columns).agg(
        dialect.alias("dialect"),
        F.count("*").alias("rows"),
        # One mistyped year is not the date of a file.
        F.coalesce(F.min(F.when(~is_beyond(day), day)), F.min(day)).alias("date"),
        F.min(c.DELIVERED_DATE_SOURCE).alias("date_source"),
    )
    return {
        row[c.SOURCE_SHA256]: BronzeFile(
            sha256=row[c.SOURCE_SHA256],
            file=row[c.SOURCE_FILE],
            lines=row[c.SOURCE_LINES],
            header=row[c.SOURCE_HEADER],
            delivery=row[c.DELIVERY],
            rows=row["rows"],
            survey_date=row["date"],
            date_source=row["date_source"],
            dialect=row["dialect"],
        )
        for row in per_file.collect()
    }


def lines_by_file(table: DataFrame) -> dict[str, int]:
    """Content hash of the file -> rows of the table that come from it. The table has the lineage columns."""
    return {row[0]: row[1] for row in table.groupBy(c.SOURCE_SHA256).count().collect()}
