"""Command-line options that every command shares."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn

from lakehouse.errors import UsageError


class Parser(argparse.ArgumentParser):
    """Bad usage is one line and exit code 2; a shortened option is bad usage, for it may mean another one tomorrow."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Raises `UsageError`."""
        raise UsageError(f"{message}. See `{self.prog} --help`.")


@dataclass(frozen=True)
class Options:
    """The shared options; None and empty mean what the configuration says."""

    warehouse: str | None = None
    landing: tuple[str, ...] = ()
    conf: str | None = None
    survey_date: date | None = None
    log_format: str = "text"
    verbose: bool = False
    strict: bool = False


def add_shared_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options that every command takes."""
    group = parser.add_argument_group("shared options")
    group.add_argument("--warehouse", metavar="URI", help="where the tables are (or LAKEHOUSE_WAREHOUSE)")
    group.add_argument(
        "--landing", metavar="URI", action="append", default=[], help="folder or file with surveys; may be repeated"
    )
    group.add_argument(
        "--survey-date", metavar="YYYY-MM-DD", type=_day, help="date of files that neither hold nor name one"
    )
    group.add_argument("--conf", metavar="FILE", help="overlay on conf/base.yml (or LAKEHOUSE_CONF)")
    group.add_argument("--log-format", choices=("text", "json"), default="text", help="form of the lines on stderr")
    group.add_argument(
        "--strict", action="store_true", help="files refused or held earlier count for the exit code too"
    )
    group.add_argument("-v", "--verbose", action="store_true", help="say more on stderr")


def options_of(arguments: argparse.Namespace) -> Options:
    """The shared options among the parsed arguments."""
    given = vars(arguments)
    known = {name: given[name] for name in Options.__dataclass_fields__ if given.get(name) is not None}
    return Options(**{**known, "landing": tuple(known.get("landing", ()))})


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--survey-date {text}: no such day. Write it as YYYY-MM-DD.") from error
