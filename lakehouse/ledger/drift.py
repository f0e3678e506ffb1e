"""Differences between delivered files and the question catalogue, as rows of ops.drift_events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lakehouse.contracts import row_of
from lakehouse.ledger.files import BronzeFile
from lakehouse.survey.drift import Drift
from schemas import ops


@dataclass(frozen=True)
class FileDrift:
    """A difference in one file. `policy`: its consequence, `warn`, `hold` or `quarantine`."""

    file: BronzeFile
    drift: Drift
    policy: str

    @property
    def key(self) -> tuple[object, ...]:
        """Two files have the same difference when this key is equal."""
        return self.drift.kind, self.drift.column, self.drift.delivered

    def as_row(self, run_id: str, rules_version: str, at: datetime) -> tuple[object, ...]:
        """The difference as a row of ops.drift_events."""
        return row_of(
            ops.DRIFT_EVENTS,
            run_id=run_id,
            kind=self.drift.kind,
            file=self.file.file,
            sha256=self.file.sha256,
            column=self.drift.column,
            delivered=self.drift.delivered,
            policy=self.policy,
            detail=self.drift.detail,
            suggestion=self.drift.suggestion,
            rules_version=rules_version,
            at=at,
        )


def grouped(differences: Iterable[FileDrift]) -> list[list[FileDrift]]:
    """The differences grouped by key: each group holds one entry per file, the earliest file first."""
    groups: dict[tuple[object, ...], list[FileDrift]] = {}
    for difference in sorted(differences, key=lambda difference: difference.file.order):
        groups.setdefault(difference.key, []).append(difference)
    return list(groups.values())
