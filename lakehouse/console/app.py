"""The console: `lakehouse <command>`. Imports neither pyspark nor Great Expectations until a command needs them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import argcomplete

from lakehouse import __version__
from lakehouse.console.command import Purpose
from lakehouse.console.command_list import COMMANDS
from lakehouse.console.harness import run_as_program
from lakehouse.console.parser import Parser

_EPILOG = """`lakehouse COMMAND --help` lists the options of a command and shows an example.
Completion with the tab key, for this shell: eval "$(register-python-argcomplete lakehouse)\""""


def main(argv: Sequence[str] | None = None) -> None:
    """Runs one command, or answers the shell when it asks for completions."""
    parser = build_parser()
    argcomplete.autocomplete(parser)
    arguments = parser.parse_args(argv)
    arguments.execute(arguments)


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = Parser(prog="lakehouse", usage="lakehouse COMMAND [options]", description=_overview(), epilog=_EPILOG)
    parser.add_argument("--version", action="version", version=f"lakehouse {__version__}", help="print the version")
    # The overview lists the commands by purpose; argparse would list them once more.
    commands = parser.add_subparsers(prog="lakehouse", metavar="COMMAND", required=True, help=argparse.SUPPRESS)
    for command in COMMANDS:
        command.add_to(commands)
    return parser


def _overview() -> str:
    """What the program is for, and its commands by purpose."""
    width = max(len(command.name) for command in COMMANDS)
    groups = [
        "\n".join(
            [
                f"{purpose.value}:",
                *(f"  {one.name:<{width}}  {one.summary}" for one in COMMANDS if one.purpose is purpose),
            ]
        )
        for purpose in Purpose
    ]
    return "\n\n".join(["Passenger surveys to satisfaction alerts.", *groups])


def console() -> None:
    """The console script: ends the process with the exit code."""
    sys.exit(run_as_program(main))
