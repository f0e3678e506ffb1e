"""Differences from the catalogue by file, as rows of ops.drift_events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lakehouse.ledger.files import BronzeFile
from lakehouse.survey.drift import Drift


@dataclass(frozen=True)
class FileDrift:
    """A difference in one file, and what follows from it."""

    file: BronzeFile
    drift: Drift
    policy: str

    @property
    def key(self) -> tuple[object, ...]:
        """What makes it the same difference in another file."""
        return self.drift.kind, self.drift.column, self.drift.delivered

    def as_row(self, run_id: str, rules_version: str, at: datetime) -> tuple[object, ...]:
        """The row in the order of the contract of ops.drift_events."""
        drift = self.drift
        return (
            *(run_id, drift.kind, self.file.file, self.file.sha256, drift.column, drift.delivered, self.policy),
            *(drift.detail, drift.suggestion, rules_version, at),
        )


def grouped(found: Iterable[FileDrift]) -> list[list[FileDrift]]:
    """The same difference in several files together, the earliest file first."""
    groups: dict[tuple[object, ...], list[FileDrift]] = {}
    for one in sorted(found, key=lambda one: one.file.order):
        groups.setdefault(one.key, []).append(one)
    return list(groups.values())
