"""The balance of each delivered file, as rows of ops.files: where its lines are, each place counted by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

from pyspark.sql import DataFrame, Row

from lakehouse.ledger.events import FileEvent
from lakehouse.ledger.files import BronzeFile, FileState, Ledger


@dataclass(frozen=True)
class FileBalance:
    """Where the lines of one file are, each place counted by itself; see ops.files for the columns."""

    sha256: str | None
    file: str
    state: FileState
    reason: str
    lines: int | None
    in_silver: int | None
    superseded: int | None
    quarantined: int | None
    erased: int | None
    waiting: int | None

    @classmethod
    def of(cls, row: Row) -> FileBalance:
        """The balance of a row."""
        return cls(**{**row.asDict(), "state": FileState(row["state"])})

    def as_row(self) -> tuple[object, ...]:
        """The row in the order of the contract."""
        sha256, file, state, *rest = astuple(self)
        return (sha256, file, state.value, *rest)

    @property
    def is_waiting(self) -> bool:
        """Whether the file, or a part of it, did not go on to silver."""
        return self.state is not FileState.ADMITTED

    @property
    def adds_up(self) -> bool:
        """Whether every delivered line is in exactly one place."""
        places = (self.in_silver, self.superseded, self.quarantined, self.erased, self.waiting)
        return self.lines is None or self.lines == sum(place or 0 for place in places)


def stored_balances(files: DataFrame) -> list[FileBalance]:
    """The rows of ops.files."""
    return [FileBalance.of(row) for row in files.collect()]


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
    sha, decision, state = file.sha256, ledger.decision(file.sha256), ledger.state(file.sha256)
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
        0 if state is FileState.ADMITTED else file.rows,
    )


def _gone(ledger: Ledger, sha256: str, lines: int) -> FileBalance:
    name = ledger.loaded_as(sha256) or ""
    return FileBalance(sha256, name, FileState.ERASED, "every line was erased", lines, 0, 0, 0, lines, 0)


def _refusal(event: FileEvent) -> FileBalance:
    return FileBalance(event.sha256, event.file, FileState.REFUSED, event.reason, None, None, None, None, None, None)


def balance_line(files: Sequence[FileBalance]) -> str:
    """Delivered lines and where they are, in one line."""
    counted = [file for file in files if file.lines is not None]
    places = ("in_silver", "superseded", "quarantined", "erased", "waiting")
    sums = {place: sum(getattr(file, place) for file in counted) for place in places}
    total = sum(file.lines or 0 for file in counted)
    parts = " + ".join(
        f"{count:,} {place.replace('_', ' ')}" for place, count in sums.items() if count or place == "in_silver"
    )
    verdict = "adds up" if total == sum(sums.values()) else "DOES NOT ADD UP"
    return f"{total:,} lines delivered = {parts} ({verdict})"
