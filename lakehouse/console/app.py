"""The console: `lakehouse <command>`. Imports neither pyspark nor Great Expectations until a command needs them."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from lakehouse.console.harness import Arguments, run_as_program
from lakehouse.console.parser import (
    Parser,
    add_docs_arguments,
    add_file_actions,
    add_forget_arguments,
    add_maintain_arguments,
    add_quarantine_actions,
    add_shared_options,
    add_sql_arguments,
    add_status_arguments,
    add_verify_arguments,
    options_of,
)

# Command, the job that runs it, and what --help says.
_STAGES = {
    "run": ("RUN", "all stages over the landing folder"),
    "ingest": ("INGEST", "landing files to bronze"),
    "silver": ("SILVER", "bronze to silver"),
    "gold": ("GOLD", "silver to gold"),
    "publish": ("PUBLISH", "metrics and alerts"),
}
# The others: the job, its arguments, and what --help says.
_COMMANDS: dict[str, tuple[str, Arguments, str]] = {
    "sql": ("sql", add_sql_arguments, "read-only SQL over all tables and views"),
    "status": (
        "status",
        add_status_arguments,
        "last runs, checks, balance, files waiting, open alerts",
    ),
    "verify": (
        "verify",
        add_verify_arguments,
        "check every promise on a warehouse as it is",
    ),
    "files": (
        "files",
        add_file_actions,
        "what became of each delivered file, and decisions about it",
    ),
    "quarantine": ("quarantine", add_quarantine_actions, "rejected lines and their reasons"),
    "forget": ("forget", add_forget_arguments, "erase a passenger from every table"),
    "maintain": (
        "maintain",
        add_maintain_arguments,
        "merge small files, remove old ones, check the log's checkpoints",
    ),
    "plan": (
        "plan",
        add_shared_options,
        "what a run would read, write and change; writes nothing",
    ),
    "docs": ("docs", add_docs_arguments, "write the data dictionary and the rule catalogue"),
}


def main(argv: Sequence[str] | None = None) -> None:
    """Runs one command."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    arguments.execute(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="lakehouse", description="Passenger surveys to satisfaction alerts.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, (module, summary) in _STAGES.items():
        _stage(commands.add_parser(name, help=summary, description=summary), name, module)
    for name, (module, add_arguments, summary) in _COMMANDS.items():
        command = commands.add_parser(name, help=summary)
        add_arguments(command)
        command.set_defaults(execute=_later(module))
    validate = commands.add_parser("validate", help="check conf/ and expectations/ without Spark")
    add_shared_options(validate)
    validate.set_defaults(execute=_validate)
    _generate_options(commands.add_parser("generate", help="seeded survey files"))
    return parser


def _stage(parser: argparse.ArgumentParser, name: str, module: str) -> None:
    if name in ("silver", "gold"):
        what = "everything from bronze" if name == "silver" else "every month from silver"
        parser.add_argument("--rebuild", action="store_true", help=f"recompute {what}")
    if name == "gold":
        parser.add_argument("--month", metavar="YYYY-MM", help="with --rebuild: this month only")
    add_shared_options(parser)

    def execute(arguments: argparse.Namespace) -> None:
        getattr(import_module("lakehouse.console.execution.stages"), module).execute(arguments)

    parser.set_defaults(execute=execute)


def _later(module: str) -> Callable[[argparse.Namespace], None]:
    return lambda arguments: import_module(f"lakehouse.console.execution.{module}").execute(arguments)


def _validate(arguments: argparse.Namespace) -> None:
    from lakehouse.config.load import load_config

    options = options_of(arguments)
    config = load_config(options.conf, options.warehouse, options.landing, os.environ)
    rules = sum(len(suite.rules) for suite in config.suites.values())
    print(
        f"valid: {len(config.catalogue.questions)} questions, {rules} rules in {len(config.suites)} suites, "
        f"{len(config.alert_rules)} alert rules (rules version {config.rules_version})"
    )


def _generate_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=5000, help="lines per file")
    parser.add_argument("--months", type=int, default=6, help="number of monthly files")
    parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same bytes")
    parser.add_argument("--first-month", default="2025-01", metavar="YYYY-MM", help="month of the first file")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the files go")
    parser.add_argument(
        "--effect",
        action="append",
        default=[],
        metavar="QUESTION@YYYY-MM:P",
        help="in that month turn a share P of the question's ratings into 1 or 2",
    )
    parser.add_argument("--faults", type=int, default=0, help="faulty lines in the last file")
    parser.set_defaults(execute=_generate)


def _generate(arguments: argparse.Namespace) -> None:
    from lakehouse.generate import Effect, generate_surveys

    files = generate_surveys(
        arguments.out,
        arguments.rows,
        arguments.months,
        arguments.seed,
        arguments.first_month,
        [Effect.parse(text) for text in arguments.effect],
        arguments.faults,
    )
    print("\n".join(str(file) for file in files))


def console() -> None:
    """The console script: ends the process with the exit code."""
    sys.exit(run_as_program(main))


if __name__ == "__main__":
    console()
