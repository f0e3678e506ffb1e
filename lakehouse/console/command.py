"""What a command is: its name, what it is for, what it takes, and what it does."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from lakehouse.console.lazy import Later
from lakehouse.console.parser import Parser, add_shared_options

if TYPE_CHECKING:
    Actions = argparse._SubParsersAction[Any]


class Purpose(Enum):
    """What a command is for; the groups of `lakehouse --help`, in this order."""

    RUN = "run it"
    LOOK = "look"
    DECIDE = "decide"
    MAINTAIN = "keep it healthy"
    DEVELOP = "develop"


@dataclass(frozen=True)
class Command:
    """A command of `lakehouse`, which is also a program of its own for schedulers: see `main`.

    `summary` is its line in the help, `example` a command line that works; `execute` is called with the arguments.
    """

    name: str
    purpose: Purpose
    summary: str
    example: str
    execute: Later
    add_arguments: Callable[[argparse.ArgumentParser], None] = add_shared_options

    def main(self, argv: Sequence[str] | None = None) -> None:
        """Runs this command alone; returns None or raises, as Databricks wants it."""
        parser = Parser(prog=self.name, description=self.summary, epilog=example_text(self.example))
        self.add_arguments(parser)
        self.execute(parser.parse_args(argv))

    def add_to(self, commands: Actions) -> None:
        """Makes it one of the commands of a parser."""
        parser = add_action(commands, self.name, self.summary, self.example)
        self.add_arguments(parser)
        parser.set_defaults(execute=self.execute)


def add_action(actions: Actions, name: str, summary: str, example: str) -> argparse.ArgumentParser:
    """Adds a command, or an action of one, whose help shows the summary and the example."""
    parser: argparse.ArgumentParser = actions.add_parser(
        name, help=summary, description=summary, epilog=example_text(example)
    )
    return parser


def example_text(example: str) -> str:
    """The example as the help shows it."""
    return f"example:\n  {example}"
