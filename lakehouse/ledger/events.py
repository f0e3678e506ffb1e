"""Decisions about delivered files, as rows of ops.file_events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from pyspark.sql import Row

from lakehouse.contracts import row_of
from lakehouse.survey.dates import ParsedDate, Precision
from schemas import ops


class Event(Enum):
    """What was decided about a file."""

    REFUSED = "refused"
    IGNORED = "ignored"
    DUPLICATE = "duplicate_content"
    HELD = "held"
    ADMITTED = "admitted"
    SUPPRESSED = "suppressed"
    REORDERED = "reordered"
    # Taken by a person; REDATED also by a run, for a file without a date that lies there under a dated name.
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    REDATED = "redated"
    ERASED = "erased"


# Events that record a person's decision, or stand for one.
BY_OPERATORS = (Event.ACCEPTED, Event.WITHDRAWN, Event.REDATED, Event.ERASED)
# Events after which silver is recomputed from bronze: also when a file brings a version of a response before which an
# older one, that only repeated another, counts again.
ON_RECOMPUTATION = (*BY_OPERATORS, Event.REORDERED)
# Events that decide whether a file's lines go on to silver.
ON_ADMISSION = (Event.HELD, Event.ADMITTED, Event.ACCEPTED, Event.WITHDRAWN)
# Events that count lines of a file which were erased, or kept out when the file was loaded.
ON_ERASURE = (Event.ERASED, Event.SUPPRESSED)


@dataclass(frozen=True)
class Decision:
    """A decision that is not recorded yet. `run_id`: the interrupted run that decided; None for the present run."""

    event: Event
    file: str
    sha256: str | None
    reason: str
    raw_sha256: str | None = None
    survey_date: ParsedDate | None = None
    lines: int | None = None
    run_id: str | None = None


@dataclass(frozen=True)
class FileEvent:
    """A recorded decision about a file: a row of ops.file_events, which explains the fields."""

    event_seq: int
    event: Event
    file: str
    sha256: str | None
    raw_sha256: str | None
    reason: str
    survey_date: date | None
    lines: int | None
    rules_version: str
    run_id: str
    at: datetime
    survey_date_precision: Precision | None = None

    @property
    def new_date(self) -> ParsedDate | None:
        """The survey date that the decision gives to the file; None when it gives none."""
        return ParsedDate(self.survey_date, self.survey_date_precision or "day") if self.survey_date else None

    @classmethod
    def of(cls, row: Row) -> FileEvent:
        """The event in a row of ops.file_events."""
        return cls(**{**row.asDict(), "event": Event(row["event"])})

    def as_row(self) -> tuple[object, ...]:
        """The event as a row of ops.file_events."""
        return row_of(ops.FILE_EVENTS, **{**vars(self), "event": self.event.value})
