"""The file ledger: which files are in bronze, and the state of each as the fold of its events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import Enum

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.ledger.events import BY_OPERATORS, ON_ADMISSION, ON_ERASURE, Decision, Event, FileEvent
from lakehouse.survey.headers import parse_header, safe_names
from schemas import columns as c


class FileState(Enum):
    """Where a file stands; ACCEPTED: over every limit by a person's word, and admitted by the next run."""

    ADMITTED = "admitted"
    HELD = "held"
    WITHDRAWN = "withdrawn"
    ACCEPTED = "accepted"
    PENDING = "pending"
    REFUSED = "refused"
    ERASED = "erased"


@dataclass(frozen=True)
class BronzeFile:
    """A file whose lines are in bronze: `lines` as preflight counted them, `rows` as they lie there.

    `survey_date`: the earliest of its lines, or the day that a person gave it; None when none can be read. `erased`:
    lines that are gone on request.
    """

    sha256: str
    file: str
    lines: int
    header: str
    delivery: int
    rows: int
    survey_date: date | None
    erased: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether every line lies there that was delivered and not erased."""
        return self.rows + self.erased == self.lines

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of its columns in bronze."""
        return safe_names(parse_header(self.header))

    @property
    def order(self) -> tuple[date, str]:
        """Files are judged by their survey date, then by their content, never by name or time."""
        return self.survey_date or date.max, self.sha256


@dataclass(frozen=True)
class Ledger:
    """All files in bronze by content, and all events in order. A value: what changes it gives a new one."""

    files: Mapping[str, BronzeFile]
    events: tuple[FileEvent, ...] = field(default=())

    def with_events(self, events: Iterable[FileEvent]) -> Ledger:
        """The ledger after further events."""
        return ledger_of(self.files, (*self.events, *events))

    def with_files(self, files: Mapping[str, BronzeFile]) -> Ledger:
        """The ledger with further files in bronze."""
        return ledger_of({**self.files, **files}, self.events)

    def without_files(self, contents: Collection[str]) -> Ledger:
        """The ledger without files whose lines were taken out of bronze."""
        return replace(self, files={sha: file for sha, file in self.files.items() if sha not in contents})

    def numbered(self, decisions: Iterable[Decision], rules_version: str, run_id: str, at: datetime) -> list[FileEvent]:
        """The decisions as the next events."""
        first = self.events[-1].event_seq + 1 if self.events else 1
        return [
            FileEvent(
                *(number, one.event, one.file, one.sha256, one.raw_sha256, one.reason, one.survey_date, one.lines),
                *(rules_version, one.run_id or run_id, at),
            )
            for number, one in enumerate(decisions, first)
        ]

    def decision(self, sha256: str) -> FileEvent | None:
        """The newest event that decides whether the content goes on to silver."""
        deciding = (one for one in reversed(self.events) if one.sha256 == sha256 and one.event in ON_ADMISSION)
        return next(deciding, None)

    def state(self, sha256: str) -> FileState:
        """Where a content in bronze stands."""
        decision = self.decision(sha256)
        return FileState(decision.event.value) if decision else FileState.PENDING

    def admitted(self) -> frozenset[str]:
        """Contents whose lines are in silver, superseded or quarantine."""
        return frozenset(sha for sha in self.files if self.state(sha) is FileState.ADMITTED)

    def pending(self, rules_version: str) -> frozenset[str]:
        """Contents to judge: without decision, held under other rules, or accepted since."""
        decisions = {sha: self.decision(sha) for sha in self.files}
        return frozenset(
            sha
            for sha, decision in decisions.items()
            if decision is None
            or decision.event is Event.ACCEPTED
            or (decision.event is Event.HELD and decision.rules_version != rules_version)
        )

    @property
    def redated(self) -> dict[str, date]:
        """Survey date that a person gave a file, by content."""
        return {
            event.sha256: event.survey_date
            for event in self.events
            if event.event is Event.REDATED and event.sha256 and event.survey_date
        }

    @property
    def last_operator_event(self) -> int:
        """Number of the newest decision by a person; 0 when there is none."""
        return max((event.event_seq for event in self.events if event.event in BY_OPERATORS), default=0)

    @property
    def erased(self) -> Counter[str]:
        """Lines that are gone on request, by content."""
        lines: Counter[str] = Counter()
        for event in self._erasures():
            lines[event.sha256 or ""] += event.lines or 0
        return lines

    def _erasures(self) -> list[FileEvent]:
        return [event for event in self.events if event.event in ON_ERASURE]

    def loaded_as(self, sha256: str | None) -> str | None:
        """Name under which the content was loaded; None for new content. It stays known when its last line was
        erased."""
        if sha256 is not None and sha256 in self.files:
            return self.files[sha256].file
        return next((event.file for event in self._erasures() if event.sha256 == sha256), None)

    @property
    def lost(self) -> list[str]:
        """Files that were decided about, so that their lines lay in bronze, and of which no line is there or erased."""
        decided = {event.sha256: event.file for event in self.events if event.event in ON_ADMISSION}
        return sorted(file for sha, file in decided.items() if not self.loaded_as(sha))

    def refused(self) -> dict[tuple[str, str | None], FileEvent]:
        """Newest refusal by file and raw bytes, but for content that was loaded since."""
        return {
            (event.file, event.raw_sha256): event
            for event in self.events
            if event.event is Event.REFUSED and not self.loaded_as(event.sha256)
        }

    def is_known_refusal(self, file: str, raw_sha256: str | None, rules_version: str) -> bool:
        """Whether the same bytes were refused under the same name and rules before."""
        event = self.refused().get((file, raw_sha256))
        return event is not None and event.rules_version == rules_version

    def is_known_duplicate(self, file: str, sha256: str) -> bool:
        """Whether the name is the one that was loaded, or was recorded as a repeat of it before."""
        return self.loaded_as(sha256) == file or any(
            event.event is Event.DUPLICATE and event.file == file and event.sha256 == sha256 for event in self.events
        )


def ledger_of(files: Mapping[str, BronzeFile], events: Iterable[FileEvent]) -> Ledger:
    """Files and events together: a file has the date that a person gave it, and counts the lines erased of it."""
    ledger = Ledger(files, tuple(events))
    redated, erased = ledger.redated, ledger.erased
    known = {
        sha: replace(file, survey_date=redated.get(sha, file.survey_date), erased=erased.get(sha, 0))
        for sha, file in files.items()
    }
    return replace(ledger, files=known)


def read_ledger(bronze: DataFrame, events: DataFrame) -> Ledger:
    """The ledger of a warehouse; one row per file and per event reaches the driver."""
    recorded = sorted(map(FileEvent.of, events.collect()), key=lambda event: event.event_seq)
    return ledger_of(files_in(bronze), recorded)


def files_in(bronze: DataFrame) -> dict[str, BronzeFile]:
    """Files of a bronze frame by content."""
    columns = (c.SOURCE_SHA256, c.SOURCE_FILE, c.SOURCE_LINES, c.SOURCE_HEADER, c.DELIVERY)
    rows = bronze.groupBy(*columns).agg(F.count("*").alias("rows"), F.min(c.DELIVERED_DATE).alias("date")).collect()
    return {
        row[c.SOURCE_SHA256]: BronzeFile(
            row[c.SOURCE_SHA256],
            row[c.SOURCE_FILE],
            row[c.SOURCE_LINES],
            row[c.SOURCE_HEADER],
            row[c.DELIVERY],
            row["rows"],
            row["date"],
        )
        for row in rows
    }


def lines_by_file(table: DataFrame) -> dict[str, int]:
    """Rows per file content of a table that keeps the lineage."""
    return {row[0]: row[1] for row in table.groupBy(c.SOURCE_SHA256).count().collect()}
