"""How a stage becomes a program: the same code under the console script, spark-submit and Databricks."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lakehouse.console.parser import Parser, add_shared_options
from lakehouse.errors import LakehouseError
from lakehouse.printable import printable

Arguments = Callable[[argparse.ArgumentParser], None]


def no_arguments(parser: argparse.ArgumentParser) -> None:
    """For a stage with nothing but the shared options."""


@dataclass(frozen=True)
class StageProgram:
    """A stage as a program of its own: `main` for schedulers, `run_as_program` for a shell."""

    command: str
    execute: Callable[[argparse.Namespace], None]
    arguments: Arguments = no_arguments

    def main(self, argv: Sequence[str] | None = None) -> None:
        """Runs the stage; returns None or raises, as Databricks wants it."""
        parser = Parser(prog=self.command, description=self.execute.__doc__)
        self.add_to(parser)
        self.execute(parser.parse_args(argv))

    def add_to(self, parser: argparse.ArgumentParser) -> None:
        """Declares the options."""
        self.arguments(parser)
        add_shared_options(parser)


def run_as_program(main: Callable[[Sequence[str] | None], Any], argv: Sequence[str] | None = None) -> int:
    """Runs `main` for a shell: the exit code, with one clear line on stderr for what a user can cause."""
    try:
        main(argv)
    except LakehouseError as error:
        print(f"error: {printable(str(error))}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("error: interrupted; run again to go on", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    return 0
