"""What became of each delivered file: the fold of its events, and where its lines are now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.survey.headers import parse_header, safe_names
from schemas import columns as c

REFUSED = "refused"
DUPLICATE = "duplicate_content"
HELD = "held"
ADMITTED = "admitted"
SUPPRESSED = "suppressed"
PENDING = "pending"
# A person's decisions.
ACCEPTED = "accepted"
WITHDRAWN = "withdrawn"
REDATED = "redated"
ERASED = "erased"
_BY_OPERATORS = (ACCEPTED, WITHDRAWN, REDATED, ERASED)
# Events that decide whether a file's lines go on.
_DECISIONS = (HELD, ADMITTED, ACCEPTED, WITHDRAWN)
# Events that say how many lines of a file are gone for good.
_ERASING = (ERASED, SUPPRESSED)


@dataclass(frozen=True)
class FileEvent:
    """One decision about a file, in the order of the columns of ops.file_events."""

    event_seq: int
    event: str
    file: str
    sha256: str | None
    raw_sha256: str | None
    reason: str
    survey_date: date | None
    lines: int | None
    rules_version: str
    run_id: str
    at: datetime


@dataclass(frozen=True)
class BronzeFile:
    """A file whose lines are in bronze: `lines` as preflight counted them, `rows` as they lie there.

    `survey_date`: the earliest of its lines; None when none can be read. `erased`: lines that are gone on request.
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


@dataclass
class Ledger:
    """All files in bronze by content, and all events in order."""

    files: dict[str, BronzeFile]
    events: list[FileEvent] = field(default_factory=list)

    def decision(self, sha256: str) -> FileEvent | None:
        """The newest event that decides about the content."""
        found = (event for event in reversed(self.events) if event.sha256 == sha256 and event.event in _DECISIONS)
        return next(found, None)

    def state(self, sha256: str) -> str:
        """`admitted`, `held`, `withdrawn`, `accepted` (over every limit, and admitted by the next run) or `pending`."""
        decision = self.decision(sha256)
        return decision.event if decision else PENDING

    def admitted(self) -> frozenset[str]:
        """Contents whose lines are in silver, superseded or quarantine."""
        return frozenset(sha for sha in self.files if self.state(sha) == ADMITTED)

    def pending(self, rules_version: str) -> frozenset[str]:
        """Contents to judge: without decision, held under other rules, or accepted since."""
        decisions = {sha: self.decision(sha) for sha in self.files}
        return frozenset(
            sha
            for sha, decision in decisions.items()
            if decision is None
            or decision.event == ACCEPTED
            or (decision.event == HELD and decision.rules_version != rules_version)
        )

    @property
    def redated(self) -> dict[str, date]:
        """Survey date that a person gave a file, by content."""
        return {
            event.sha256: event.survey_date
            for event in self.events
            if event.event == REDATED and event.sha256 and event.survey_date
        }

    @property
    def last_operator_event(self) -> int:
        """Number of the newest decision by a person; 0 when there is none."""
        return max((event.event_seq for event in self.events if event.event in _BY_OPERATORS), default=0)

    @property
    def erased(self) -> Counter[str]:
        """Lines that are gone on request, by content."""
        lines: Counter[str] = Counter()
        for event in self._erasing():
            lines[event.sha256 or ""] += event.lines or 0
        return lines

    def _erasing(self) -> list[FileEvent]:
        return [event for event in self.events if event.event in _ERASING]

    def loaded_as(self, sha256: str | None) -> str | None:
        """Name under which the content was loaded; None for new content. It stays known when its last line was
        erased."""
        if sha256 in self.files:
            return self.files[sha256].file
        return next((event.file for event in self._erasing() if event.sha256 == sha256), None)

    @property
    def lost(self) -> list[str]:
        """Files that were decided about, so that their lines lay in bronze, and of which no line is there or erased."""
        decided = {event.sha256: event.file for event in self.events if event.event in _DECISIONS}
        return sorted(file for sha, file in decided.items() if not self.loaded_as(sha))

    def refused(self) -> dict[tuple[str, str | None], FileEvent]:
        """Newest refusal by file and raw bytes, but for content that was loaded since."""
        return {
            (event.file, event.raw_sha256): event
            for event in self.events
            if event.event == REFUSED and not self.loaded_as(event.sha256)
        }

    def is_known_refusal(self, file: str, raw_sha256: str | None, rules_version: str) -> bool:
        """Whether the same bytes were refused under the same name and rules before."""
        event = self.refused().get((file, raw_sha256))
        return event is not None and event.rules_version == rules_version

    def is_known_duplicate(self, file: str, sha256: str) -> bool:
        """Whether the name is the one that was loaded, or was recorded as a repeat of it before."""
        return self.loaded_as(sha256) == file or any(
            event.event == DUPLICATE and event.file == file and event.sha256 == sha256 for event in self.events
        )


def read_ledger(bronze: DataFrame, events: DataFrame) -> Ledger:
    """The ledger of a warehouse; one row per file and per event reaches the driver."""
    recorded = sorted((FileEvent(**row.asDict()) for row in events.collect()), key=lambda event: event.event_seq)
    ledger = Ledger(files_in(bronze), recorded)
    redated, erased = ledger.redated, ledger.erased
    for sha, file in ledger.files.items():
        day = redated.get(sha, file.survey_date)
        ledger.files[sha] = replace(file, survey_date=day, erased=erased.get(sha, 0))
    return ledger


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


@dataclass(frozen=True)
class FileBalance:
    """Where the lines of one file are, each place counted by itself; see ops.files for the columns."""

    sha256: str | None
    file: str
    state: str
    reason: str
    lines: int | None
    in_silver: int | None
    superseded: int | None
    quarantined: int | None
    erased: int | None
    waiting: int | None

    @property
    def adds_up(self) -> bool:
        """Whether every delivered line is in exactly one place."""
        places = (self.in_silver, self.superseded, self.quarantined, self.erased, self.waiting)
        return self.lines is None or self.lines == sum(place or 0 for place in places)


def stored_balances(files: DataFrame) -> list[FileBalance]:
    """The rows of ops.files."""
    return [FileBalance(**row.asDict()) for row in files.collect()]


def lines_by_file(table: DataFrame) -> dict[str, int]:
    """Rows per file content of a table that keeps the lineage."""
    return {row[0]: row[1] for row in table.groupBy(c.SOURCE_SHA256).count().collect()}


def balances(
    ledger: Ledger, silver: Mapping[str, int], superseded: Mapping[str, int], quarantined: Mapping[str, int]
) -> list[FileBalance]:
    """One entry per delivered file, in the order of delivery and name; then those of which nothing is left, and at
    last refused files, without counts."""
    known = sorted(ledger.files.values(), key=lambda file: (file.delivery, file.file))
    entries = [_balance(ledger, file, silver, superseded, quarantined) for file in known]
    gone = [(sha, lines) for sha, lines in ledger.erased.items() if sha not in ledger.files]
    refusals = sorted(ledger.refused().values(), key=lambda event: event.event_seq)
    return [*entries, *(_gone(ledger, *file) for file in gone), *(_refusal(event) for event in refusals)]


def _balance(
    ledger: Ledger,
    file: BronzeFile,
    silver: Mapping[str, int],
    superseded: Mapping[str, int],
    quarantined: Mapping[str, int],
) -> FileBalance:
    sha, decision = file.sha256, ledger.decision(file.sha256)
    state = decision.event if decision else PENDING
    return FileBalance(
        sha,
        file.file,
        state,
        decision.reason if decision else "",
        file.lines,
        silver.get(sha, 0),
        superseded.get(sha, 0),
        quarantined.get(sha, 0),
        file.erased,
        0 if state == ADMITTED else file.rows,
    )


def _gone(ledger: Ledger, sha256: str, lines: int) -> FileBalance:
    return FileBalance(
        sha256, ledger.loaded_as(sha256) or "", ERASED, "every line was erased", lines, 0, 0, 0, lines, 0
    )


def _refusal(event: FileEvent) -> FileBalance:
    return FileBalance(event.sha256, event.file, REFUSED, event.reason, None, None, None, None, None, None)
