"""The balance of each delivered file, as rows of ops.files: how many of its lines are in which table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from pyspark.sql import DataFrame, Row

from lakehouse.contracts import row_of
from lakehouse.ledger.events import FileEvent
from lakehouse.ledger.files import BronzeFile, FileState, Ledger
from lakehouse.places.names import is_set_aside
from schemas import ops

# The places where a delivered line can be: columns of ops.files.
PLACES = ("in_silver", "superseded", "quarantined", "erased", "waiting")


@dataclass(frozen=True)
class FileBalance:
    """The lines of one file by where they are now: a row of ops.files, which explains the fields.

    Each place is counted independently on its table, so that the sum proves that no line is lost or doubled.
    """

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
    dialect: str | None = None

    @classmethod
    def of(cls, row: Row) -> FileBalance:
        """The balance in a row of ops.files."""
        return cls(**{**row.asDict(), "state": FileState(row["state"])})

    def as_row(self) -> tuple[object, ...]:
        """The balance as a row of ops.files."""
        return row_of(ops.FILES, **{**vars(self), "state": self.state.value})

    @property
    def is_waiting(self) -> bool:
        """Whether the file is not admitted, so that its lines are not in silver."""
        return self.state is not FileState.ADMITTED

    @property
    def adds_up(self) -> bool:
        """Whether the places sum to the lines delivered; true for a refused or ignored file, which has no counts."""
        return self.lines is None or is_balanced(balance_counts([self]))


def stored_balances(files: DataFrame) -> list[FileBalance]:
    """The rows of ops.files."""
    return [FileBalance.of(row) for row in files.collect()]


def balances(
    ledger: Ledger,
    silver: Mapping[str, int],
    superseded: Mapping[str, int],
    quarantined: Mapping[str, int],
    set_aside: Sequence[str] = (),
) -> list[FileBalance]:
    """One balance per file: first files in bronze by delivery and name, then files whose every line was erased, then
    refused and ignored files, without counts.

    `silver`, `superseded`, `quarantined`: file content -> rows of it in that table. `set_aside`: patterns of names that
    are not ignored any more, but looked at by nobody.
    """
    in_bronze = sorted(ledger.files.values(), key=lambda file: (file.delivery, file.file))
    erased = [(sha, lines) for sha, lines in ledger.erased.items() if sha not in ledger.files]
    ignored = [one for name, one in ledger.ignored.items() if not is_set_aside(PurePosixPath(name).parts, set_aside)]
    unread = sorted([*ledger.refused().values(), *ignored], key=lambda event: event.event_seq)
    return [
        *(_balance_of(ledger, file, silver, superseded, quarantined) for file in in_bronze),
        *(_balance_of_erased(ledger, sha, lines) for sha, lines in erased),
        *(_balance_of_unread(event) for event in unread),
    ]


def _balance_of(
    ledger: Ledger,
    file: BronzeFile,
    silver: Mapping[str, int],
    superseded: Mapping[str, int],
    quarantined: Mapping[str, int],
) -> FileBalance:
    sha, decision, state = file.sha256, ledger.decision(file.sha256), ledger.state(file.sha256)
    return FileBalance(
        sha256=sha,
        file=file.file,
        state=state,
        reason=decision.reason if decision else "",
        lines=file.lines,
        in_silver=silver.get(sha, 0),
        superseded=superseded.get(sha, 0),
        quarantined=quarantined.get(sha, 0),
        erased=file.erased,
        waiting=0 if state is FileState.ADMITTED else file.rows,
        dialect=file.dialect,
    )


def _balance_of_erased(ledger: Ledger, sha256: str, lines: int) -> FileBalance:
    return FileBalance(
        sha256=sha256,
        file=ledger.loaded_as(sha256) or "",
        state=FileState.ERASED,
        reason="every line was erased",
        lines=lines,
        in_silver=0,
        superseded=0,
        quarantined=0,
        erased=lines,
        waiting=0,
    )


def _balance_of_unread(event: FileEvent) -> FileBalance:
    return FileBalance(
        sha256=event.sha256,
        file=event.file,
        state=FileState(event.event.value),
        reason=event.reason,
        lines=None,
        in_silver=None,
        superseded=None,
        quarantined=None,
        erased=None,
        waiting=None,
    )


def balance_counts(files: Sequence[FileBalance]) -> dict[str, int]:
    """The sums over all files: `lines` delivered, then lines per place."""
    return {name: sum(getattr(file, name) or 0 for file in files) for name in ("lines", *PLACES)}


def balance_line(files: Sequence[FileBalance]) -> str:
    """The sum over all files in one sentence."""
    return balance_sentence(balance_counts(files))


def balance_sentence(counts: Mapping[str, int]) -> str:
    """Lines delivered, lines per place, and whether they add up. `counts`: `lines`, and each of `PLACES`."""
    parts = " + ".join(
        f"{counts[place]:,} {place.replace('_', ' ')}" for place in PLACES if counts[place] or place == PLACES[0]
    )
    verdict = "adds up" if is_balanced(counts) else "DOES NOT ADD UP"
    return f"{counts['lines']:,} lines delivered = {parts} ({verdict})"


def is_balanced(counts: Mapping[str, int]) -> bool:
    """Whether the places of `counts` add up to its `lines`."""
    return counts["lines"] == sum(counts[place] for place in PLACES)
