"""What became of each delivered file, and a person's decisions about it, after which silver and gold follow."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from pyspark.sql import functions as F

from lakehouse.console.execution.sql import print_rows, reading
from lakehouse.console.parser import options_of
from lakehouse.console.text import aligned
from lakehouse.errors import UsageError
from lakehouse.ledger.files import ACCEPTED, ADMITTED, REDATED, WITHDRAWN, BronzeFile, stored_balances
from lakehouse.pipeline.context import Run
from lakehouse.pipeline.run import STAGES, run_stages
from lakehouse.pipeline.run import execute as execute_run
from schemas import columns as c

_SHA_SHOWN = 12


def execute(arguments: argparse.Namespace) -> None:
    """Runs one action."""
    if arguments.action == "list":
        _list(arguments)
    elif arguments.action == "show":
        _show(arguments)
    else:
        _decide(arguments)


def _list(arguments: argparse.Namespace) -> None:
    with reading(options_of(arguments)) as (_, warehouse, tables):
        files = stored_balances(warehouse.read(tables.files))
        columns = ("sha256", "file", "state", "lines", "in silver", "superseded", "quarantined", "waiting", "why")
        rows = [
            (
                *((file.sha256 or "")[:_SHA_SHOWN], file.file, file.state, file.lines, file.in_silver),
                *(file.superseded, file.quarantined, file.waiting, "" if file.state == ADMITTED else file.reason),
            )
            for file in files
        ]
        print(aligned(columns, rows) if rows else "no file was delivered yet")


def _show(arguments: argparse.Namespace) -> None:
    with reading(options_of(arguments)) as (_, warehouse, tables):
        known = warehouse.read(tables.files).select(c.SHA256, c.FILE).where(F.col(c.SHA256).isNotNull()).collect()
        sha = _found({row[0]: row[1] for row in known}, arguments.sha)
        mine = F.col(c.SHA256) == sha
        print(f"{sha}\n")
        print_rows(warehouse.read(tables.files).where(mine).drop(c.SHA256, c.REASON), "table")
        print("\nDecisions:")
        events = warehouse.read(tables.file_events).where(mine).orderBy(c.EVENT_SEQ)
        print_rows(events.select("at", c.EVENT, c.FILE, c.SURVEY_DATE, c.REASON, "run_id"), "table")
        print("\nDifferences from the catalogue:")
        drift = warehouse.read(tables.drift_events).where(mine).orderBy("at", "kind", "column")
        print_rows(drift.select("kind", "column", "delivered", "policy", "detail"), "table")
        print("\nChecks that did not pass:")
        checks = warehouse.read(tables.check_results).where(mine & (F.col("outcome") != "passed")).orderBy("at", "rule")
        lines = F.concat_ws(", ", F.transform("samples", lambda line: line["line"].cast("string"))).alias("lines")
        columns = ("at", "rule", "column", "failed", "evaluated", "limit", "outcome", "detail", lines)
        print_rows(checks.select(*columns), "table")


def _decide(arguments: argparse.Namespace) -> None:
    reason = arguments.reason.strip()
    if not reason:
        raise UsageError("--reason must not be empty: it is kept with the decision.")
    make: dict[str, Callable[[Run, BronzeFile], None]] = {
        "accept": lambda run, file: _accept(run, file, reason),
        "withdraw": lambda run, file: _withdraw(run, file, reason),
        "redate": lambda run, file: _redate(run, file, reason, arguments.to),
    }

    def stage(run: Run) -> None:
        file = run.ledger.files[_found({sha: one.file for sha, one in run.ledger.files.items()}, arguments.sha)]
        make[arguments.action](run, file)
        run.write_decisions()
        run.progress.say(f"{file.file}: {arguments.action} noted; silver and gold follow")
        run_stages(run, STAGES[1:])

    execute_run(f"files {arguments.action}", stage, options_of(arguments), reads_landing=False)


def _found(known: dict[str, str], given: str) -> str:
    """The one content whose hash begins as given. Raises `UsageError` when there is none, or more than one."""
    found = sorted(sha for sha in known if sha.startswith(given.lower())) if given else []
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(f"{sha[:_SHA_SHOWN]} ({known[sha]})" for sha in found)
        raise UsageError(f"{given} is the beginning of {len(found)} files: {listed}. Give more characters.")
    raise UsageError(f"{given}: no file in bronze has this SHA-256. `lakehouse files list` shows those there are.")


def _accept(run: Run, file: BronzeFile, reason: str) -> None:
    if run.ledger.state(file.sha256) == ADMITTED:
        raise UsageError(f"{file.file} is admitted already.")
    missing = run.config.catalogue.missing_required(file.columns)
    if missing:
        raise UsageError(
            f"{file.file} has no column for {', '.join(missing)}, which every response needs: nobody can accept that. "
            "Add its header in conf/questions.yml, or deliver the file again."
        )
    run.decide(ACCEPTED, file.file, file.sha256, None, reason)


def _withdraw(run: Run, file: BronzeFile, reason: str) -> None:
    if run.ledger.state(file.sha256) == WITHDRAWN:
        raise UsageError(f"{file.file} is withdrawn already.")
    run.decide(WITHDRAWN, file.file, file.sha256, None, reason)


def _redate(run: Run, file: BronzeFile, reason: str, day: date) -> None:
    names = {run.config.catalogue.resolve(name): name for name in file.columns}
    if c.SURVEY_DATE in names:
        raise UsageError(
            f"{file.file} has a date in each line, in column {names[c.SURVEY_DATE]}: it cannot be redated. "
            "Deliver it again with the right dates, and withdraw this one."
        )
    run.decide(REDATED, file.file, file.sha256, None, reason, day)
    run.ledger.files[file.sha256] = replace(file, survey_date=day)
