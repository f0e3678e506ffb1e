"""Decisions about delivered files, as rows of ops.file_events."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import date, datetime
from enum import Enum

from pyspark.sql import Row


class Event(Enum):
    """What was decided about a file."""

    REFUSED = "refused"
    DUPLICATE = "duplicate_content"
    HELD = "held"
    ADMITTED = "admitted"
    SUPPRESSED = "suppressed"
    # By a person.
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    REDATED = "redated"
    ERASED = "erased"


BY_OPERATORS = (Event.ACCEPTED, Event.WITHDRAWN, Event.REDATED, Event.ERASED)
# Events that decide whether a file's lines go on to silver.
ON_ADMISSION = (Event.HELD, Event.ADMITTED, Event.ACCEPTED, Event.WITHDRAWN)
# Events that say how many lines of a file are gone for good.
ON_ERASURE = (Event.ERASED, Event.SUPPRESSED)


@dataclass(frozen=True)
class Decision:
    """A decision that is not recorded yet. `run_id`: the interrupted run that took it; None for the present one."""

    event: Event
    file: str
    sha256: str | None
    reason: str
    raw_sha256: str | None = None
    survey_date: date | None = None
    lines: int | None = None
    run_id: str | None = None


@dataclass(frozen=True)
class FileEvent:
    """One recorded decision about a file, in the order of the columns of ops.file_events."""

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

    @classmethod
    def of(cls, row: Row) -> FileEvent:
        """The event of a row."""
        return cls(**{**row.asDict(), "event": Event(row["event"])})

    def as_row(self) -> tuple[object, ...]:
        """The row in the order of the contract."""
        number, event, *rest = astuple(self)
        return (number, event.value, *rest)
