"""The options that the caller of a command gave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Request:
    """The options that every command takes. Where one is None or empty, the configuration applies.

    `survey_date`: the date of files that have no date in their lines, path or name. `strict`: files that were refused
    or held earlier count for the exit code too. `lenient`: no file counts. `wait`: seconds to wait while another run
    holds the warehouse. `quiet`: progress is not shown. `arrived`: paths of the landing files that the run looks at;
    None for all.
    """

    warehouse: str | None = None
    landing: tuple[str, ...] = ()
    conf: str | None = None
    survey_date: date | None = None
    log_format: str = "text"
    verbose: bool = False
    strict: bool = False
    lenient: bool = False
    wait: int = 0
    quiet: bool = False
    arrived: frozenset[str] | None = None
