"""What the caller of a command asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Request:
    """The options that every command takes; None and empty mean what the configuration says.

    `survey_date`: date of files that neither hold nor name one. `strict`: files refused or held earlier count for the
    exit code too. `wait`: seconds to wait for a run that holds the warehouse.
    """

    warehouse: str | None = None
    landing: tuple[str, ...] = ()
    conf: str | None = None
    survey_date: date | None = None
    log_format: str = "text"
    verbose: bool = False
    strict: bool = False
    wait: int = 0
