"""The only place that reads the clock, and makes what no rerun gives again."""

from __future__ import annotations

import time
import uuid
from datetime import datetime, timezone


def now() -> datetime:
    """The time (UTC)."""
    return datetime.now(timezone.utc)


def new_run_id(started_at: datetime) -> str:
    """The name of a run that starts now: its time, and a part of its own."""
    return f"{started_at:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"


def new_name() -> str:
    """A name that nothing else has."""
    return uuid.uuid4().hex


def seconds() -> float:
    """Seconds since some moment that this process keeps: for durations, and for them alone."""
    return time.monotonic()
