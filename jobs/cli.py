"""The console: `lakehouse <command>`. Imports neither pyspark nor Great Expectations until a command needs them."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from jobs.command import run_as_program
from jobs.options import (
    Parser,
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
    "run": ("jobs.run_pipeline", "all stages over the landing folder"),
    "ingest": ("jobs.ingest_bronze", "landing files to bronze"),
    "silver": ("jobs.build_silver", "bronze to silver"),
    "gold": ("jobs.build_gold", "silver to gold"),
    "publish": ("jobs.publish_alerts", "metrics and alerts"),
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
    sql = commands.add_parser("sql", help="read-only SQL over all tables and views")
    add_sql_arguments(sql)
    sql.set_defaults(execute=_later("jobs.query"))
    status = commands.add_parser("status", help="last runs, checks, balance, files waiting, open alerts")
    add_status_arguments(status)
    status.set_defaults(execute=_later("jobs.show_status"))
    verify = commands.add_parser("verify", help="check every promise on a warehouse as it is")
    add_verify_arguments(verify)
    verify.set_defaults(execute=_later("jobs.verify_warehouse"))
    files = commands.add_parser("files", help="what became of each delivered file, and decisions about it")
    add_file_actions(files)
    files.set_defaults(execute=_later("jobs.manage_files"))
    quarantine = commands.add_parser("quarantine", help="rejected lines and their reasons")
    add_quarantine_actions(quarantine)
    quarantine.set_defaults(execute=_later("jobs.manage_quarantine"))
    forget = commands.add_parser("forget", help="erase a passenger from every table")
    add_forget_arguments(forget)
    forget.set_defaults(execute=_later("jobs.forget_passenger"))
    maintain = commands.add_parser("maintain", help="merge small files, remove old ones, check the log's checkpoints")
    add_maintain_arguments(maintain)
    maintain.set_defaults(execute=_later("jobs.maintain_tables"))
    plan = commands.add_parser("plan", help="what a run would read, write and change; writes nothing")
    validate = commands.add_parser("validate", help="check conf/ and expectations/ without Spark")
    docs = commands.add_parser("docs", help="write the data dictionary and the rule catalogue")
    docs.add_argument("--out", type=Path, default=Path("docs"), metavar="DIR", help="folder for both (docs)")
    docs.add_argument("--check", action="store_true", help="write nothing; fail when one of them is stale")
    executed = (
        (plan, _later("jobs.plan_run")),
        (docs, _later("jobs.write_docs")),
        (validate, _validate),
    )
    for command, execute in executed:
        add_shared_options(command)
        command.set_defaults(execute=execute)
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
        import_module(module).PROGRAM.execute(arguments)

    parser.set_defaults(execute=execute)


def _later(module: str) -> Callable[[argparse.Namespace], None]:
    return lambda arguments: import_module(module).execute(arguments)


def _validate(arguments: argparse.Namespace) -> None:
    from lakehouse.config import load_config

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
