"""The parser, the options that every command shares, and the readers of values."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import date
from difflib import get_close_matches
from itertools import takewhile
from typing import Any, NoReturn

from lakehouse.errors import UsageError
from lakehouse.request import Request

# Of two words, how much must be the same for one to be taken for the other mistyped.
_LIKENESS = 0.6


class Parser(argparse.ArgumentParser):
    """Bad usage is one line and exit code 2, and names the nearest command or option when one was mistyped.

    A shortened option is bad usage, for it may mean another one tomorrow. `default_action`: what is meant when no
    action is named.
    """

    default_action: str | None = None

    def __init__(self, **settings: Any) -> None:
        super().__init__(
            **{"formatter_class": argparse.RawDescriptionHelpFormatter, **settings},
            allow_abbrev=False,
        )

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """The parsed arguments and an empty list: raises `UsageError` for an argument that is not known."""
        words = sys.argv[1:] if args is None else list(args)
        if self.default_action and (not words or (words[0].startswith("-") and words[0] not in ("-h", "--help"))):
            words = [self.default_action, *words]
        try:
            parsed, unknown = super().parse_known_args(words, namespace)
        except UsageError:
            # The option that is missing may be the one that was mistyped.
            self._require_known_options(words)
            raise
        if unknown:
            self._require_known_options(unknown)
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return parsed, unknown

    def error(self, message: str) -> NoReturn:
        """Raises `UsageError`: the command, what is wrong with it, and where its help is."""
        _, _, command = self.prog.partition(" ")
        where, end = f"{command}: " if command else "", "" if message.endswith("?") else "."
        raise UsageError(f"{where}{message}{end} See `{self.prog} --help`.")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        names = list(action.choices or ())
        if isinstance(action, argparse._SubParsersAction) and value not in names:
            self._suggest(str(action.metavar).lower(), value, names)
        super()._check_value(action, value)

    def _require_known_options(self, words: Sequence[str]) -> None:
        """Raises `UsageError` for the first mistyped option: one that is not known, but much like one that is."""
        known = list(self._option_string_actions)
        own = takewhile(self._is_own, words)
        for option in (word.partition("=")[0] for word in own):
            if option.startswith("--") and " " not in option and option not in known:
                self._suggest("option", option, known)

    def _is_own(self, word: str) -> bool:
        """Whether a word is for this parser: neither the command, after which another one reads on, nor later."""
        return word != "--" and (self._subparsers is None or word.startswith("-"))

    def _suggest(self, kind: str, given: str, known: Sequence[str]) -> None:
        """Raises `UsageError` with the known name that is nearest; does nothing when none is near."""
        names = {name.lstrip("-"): name for name in known}
        for near in get_close_matches(given.lstrip("-"), names, n=1, cutoff=_LIKENESS):
            self.error(f"no {kind} '{given}'. Did you mean '{names[near]}'?")


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
        type=day("--survey-date"),
        help="survey date of files that have none in their lines, folders or name",
    )
    group.add_argument(
        "--conf", metavar="FILE", help="file with settings that replace those of conf/base.yml (or LAKEHOUSE_CONF)"
    )
    group.add_argument("--log-format", choices=("text", "json"), default="text", help="format of the log on stderr")
    counted = group.add_mutually_exclusive_group()
    counted.add_argument(
        "--strict", action="store_true", help="files that an earlier run refused or held count for the exit code too"
    )
    counted.add_argument(
        "--lenient", action="store_true", help="files that are refused or held do not count for the exit code"
    )
    group.add_argument(
        "--wait",
        metavar="SECONDS",
        type=whole_number("--wait"),
        help="how long to wait for another run that holds the warehouse (0)",
    )
    group.add_argument("-v", "--verbose", action="store_true", help="log more on stderr")


def request_of(arguments: argparse.Namespace) -> Request:
    """The shared options among the parsed arguments."""
    given = vars(arguments)
    known = {name: given[name] for name in Request.__dataclass_fields__ if given.get(name) is not None}
    return Request(**{**known, "landing": tuple(known.get("landing", ()))})


def whole_number(option: str) -> Callable[[str], int]:
    """Reads the value of an option that is a whole number."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit():
            raise UsageError(f"{option} {text}: no such number. Write a whole number, 0 or more.")
        return int(text)

    return read


def day(option: str) -> Callable[[str], date]:
    """Reads the value of a date option."""

    def read(text: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise UsageError(f"{option} {text}: no such day. Write it as YYYY-MM-DD.") from error

    return read
