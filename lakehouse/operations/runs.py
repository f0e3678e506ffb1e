"""Finished runs, as rows of ops.runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class FinishedRun:
    """One run, in the order of the columns of ops.runs."""

    run_id: str
    command: str
    started_at: datetime
    finished_at: datetime
    exit_code: int
    message: str
    rules_version: str
    table_versions: Mapping[str, int]
