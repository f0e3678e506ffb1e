"""What the caller of a command asked for, and the configuration that follows from it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date

from lakehouse.config.load import Config, load_config


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


def configuration(request: Request) -> Config:
    """The configuration that the request and the environment name. Raises `ConfigError` with file and line."""
    return load_config(request.conf, request.warehouse, request.landing, os.environ)
