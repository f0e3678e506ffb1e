"""Command-line options that every command shares."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from lakehouse.errors import UsageError
from lakehouse.pipeline.request import Request
from lakehouse.survey.catalogue import MAX_ID_DIGITS

FORMATS = ("table", "csv", "json")


class Parser(argparse.ArgumentParser):
    """Bad usage is one line and exit code 2; a shortened option is bad usage, for it may mean another one tomorrow."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Raises `UsageError`."""
        raise UsageError(f"{message}. See `{self.prog} --help`.")


def add_shared_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options that every command takes."""
    group = parser.add_argument_group("shared options")
    group.add_argument("--warehouse", metavar="URI", help="where the tables are (or LAKEHOUSE_WAREHOUSE)")
    group.add_argument(
        "--landing", metavar="URI", action="append", default=[], help="folder or file with surveys; may be repeated"
    )
    group.add_argument(
        "--survey-date",
        metavar="YYYY-MM-DD",
        type=_day("--survey-date"),
        help="date of files that neither hold nor name one",
    )
    group.add_argument("--conf", metavar="FILE", help="overlay on conf/base.yml (or LAKEHOUSE_CONF)")
    group.add_argument("--log-format", choices=("text", "json"), default="text", help="form of the lines on stderr")
    group.add_argument(
        "--strict", action="store_true", help="files refused or held earlier count for the exit code too"
    )
    group.add_argument(
        "--wait", metavar="SECONDS", type=_whole("--wait"), help="wait this long for a run that holds the warehouse (0)"
    )
    group.add_argument("-v", "--verbose", action="store_true", help="say more on stderr")


def request_of(arguments: argparse.Namespace) -> Request:
    """The shared options among the parsed arguments."""
    given = vars(arguments)
    known = {name: given[name] for name in Request.__dataclass_fields__ if given.get(name) is not None}
    return Request(**{**known, "landing": tuple(known.get("landing", ()))})


def add_sql_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what `sql` takes."""
    parser.add_argument("statement", help="a statement that reads: SELECT, WITH, SHOW, DESCRIBE, EXPLAIN")
    parser.add_argument("--format", choices=FORMATS, default="table", help="form of the rows on stdout")
    parser.add_argument("--release", metavar="RUN", help="read the tables as this finished run left them")
    add_shared_options(parser)


def add_status_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what `status` takes."""
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--checks", action="store_true", help="every check when it last ran, and how it did before")
    chosen.add_argument("--samples", action="store_true", help="lines that failed checks, at most ten of each")
    parser.add_argument("--personal", action="store_true", help="with --samples: show personal data too")
    add_shared_options(parser)


def add_verify_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what `verify` takes."""
    parser.add_argument("--deep", action="store_true", help="also compute everything once more and compare")
    add_shared_options(parser)


def add_docs_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what `docs` takes."""
    parser.add_argument("--out", type=Path, default=Path("docs"), metavar="DIR", help="folder for both (docs)")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when one of them is stale")
    add_shared_options(parser)


def add_file_actions(parser: argparse.ArgumentParser) -> None:
    """Adds the actions of `files`."""
    commands = parser.add_subparsers(title="what to do", metavar="ACTION", required=True, dest="action")
    for action, text in (
        ("list", "every delivered file, its state and where its lines are"),
        ("show", "one file's decisions, differences and failed checks"),
        ("accept", "admit a held or withdrawn file, whatever the limits say"),
        ("withdraw", "take a file out of silver and gold; what it had superseded comes back"),
        ("redate", "give a file another survey date"),
    ):
        command = commands.add_parser(action, help=text, description=text)
        if action != "list":
            command.add_argument("sha", metavar="SHA", help="the file's SHA-256, or its first characters")
        if action == "redate":
            command.add_argument("--to", type=_day("--to"), required=True, metavar="YYYY-MM-DD", help="the survey date")
        if action not in ("list", "show"):
            command.add_argument("--reason", required=True, help="why, kept with the decision")
        add_shared_options(command)


def add_forget_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what `forget` takes."""
    parser.add_argument(
        "--id", type=_id, action="append", required=True, metavar="N", help="the passenger's id; may be repeated"
    )
    parser.add_argument("--reason", default="on request", help="why, kept with the decision; must not name the id")
    add_shared_options(parser)


def add_maintain_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what `maintain` takes."""
    parser.add_argument("--vacuum", action="store_true", help="also remove files that only old versions need")
    parser.add_argument(
        "--retain", metavar="HOURS", type=_whole("--retain"), help="with --vacuum: keep versions of so many hours (168)"
    )
    parser.add_argument("--force", action="store_true", help="with --retain: keep less than 168 hours")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done; write nothing")
    add_shared_options(parser)


def add_quarantine_actions(parser: argparse.ArgumentParser) -> None:
    """Adds the actions of `quarantine`."""
    commands = parser.add_subparsers(title="what to do", metavar="ACTION", required=True, dest="action")
    text = "rejected lines by rule and file; with an option, the lines themselves"
    listed = commands.add_parser("list", help=text, description=text)
    listed.add_argument("--rule", metavar="RULE", help="rule, or rule:column")
    listed.add_argument("--file", metavar="FILE", help="file as delivered, relative to its landing root")
    listed.add_argument("--day", metavar="YYYY-MM-DD", type=_day("--day"), help="survey date")
    text = "one rejected line: why, and as it was delivered"
    shown = commands.add_parser("show", help=text, description=text)
    shown.add_argument("id", metavar="ID", help="the line's quarantine_id, or its first characters")
    shown.add_argument("--personal", action="store_true", help="show personal data too")
    text = "judge every line again after a rule, an alias or a cast was mended"
    replay = commands.add_parser("replay", help=text, description=text)
    for command in (listed, shown, replay):
        add_shared_options(command)


def _id(text: str) -> int:
    """Reads the id of a passenger."""
    if not text.isascii() or not text.isdigit() or len(text) > MAX_ID_DIGITS:
        raise UsageError(f"--id {text}: no id. Write a whole number of at most {MAX_ID_DIGITS} digits.")
    return int(text)


def _whole(option: str) -> Callable[[str], int]:
    """Reads the value of an option that is a whole number."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit():
            raise UsageError(f"{option} {text}: no such number. Write a whole number, 0 or more.")
        return int(text)

    return read


def _day(option: str) -> Callable[[str], date]:
    """Reads the value of a date option."""

    def read(text: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise UsageError(f"{option} {text}: no such day. Write it as YYYY-MM-DD.") from error

    return read
