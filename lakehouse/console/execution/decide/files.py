"""What became of each delivered file, and a person's decisions about it, after which silver and gold follow."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from pyspark.sql import functions as F

from lakehouse.config.load import configuration
from lakehouse.console.parser import request_of
from lakehouse.console.rows import print_rows
from lakehouse.console.running import run_and_tell
from lakehouse.console.text import aligned
from lakehouse.errors import UsageError
from lakehouse.ledger.balance import stored_balances
from lakehouse.ledger.events import Decision, Event
from lakehouse.ledger.files import BronzeFile, FileState, Ledger
from lakehouse.pipeline.context import Context
from lakehouse.pipeline.run import Outcome, run_from_bronze
from lakehouse.storage.open import open_to_read
from lakehouse.survey.dates import COLUMN, ParsedDate, date_column, require_possible
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
    _, warehouse, tables = open_to_read(configuration(request_of(arguments)))
    columns = ("sha256", "file", "state", "lines", "in silver", "superseded", "quarantined", "waiting", "why")
    rows = [
        (
            *((file.sha256 or "")[:_SHA_SHOWN], file.file, file.state.value, file.lines, file.in_silver),
            *(file.superseded, file.quarantined, file.waiting, file.reason if file.is_waiting else ""),
        )
        for file in stored_balances(warehouse.read(tables.files))
    ]
    print(aligned(columns, rows) if rows else "no file was delivered yet")


def _show(arguments: argparse.Namespace) -> None:
    _, warehouse, tables = open_to_read(configuration(request_of(arguments)))
    known = warehouse.read(tables.files).select(c.SHA256, c.FILE).where(F.col(c.SHA256).isNotNull()).collect()
    content = _content_of({row[0]: row[1] for row in known}, arguments.sha)
    mine = F.col(c.SHA256) == content
    print(f"{content}\n")
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
    decide: dict[str, Callable[[Context, Ledger, BronzeFile], Decision]] = {
        "accept": lambda context, ledger, file: _accept(context, ledger, file, reason),
        "withdraw": lambda _, ledger, file: _withdraw(ledger, file, reason),
        "redate": lambda context, _, file: _redate(context, file, reason, arguments),
    }

    def work(context: Context, ledger: Ledger) -> Outcome:
        content = _content_of({sha: file.file for sha, file in ledger.files.items()}, arguments.sha)
        decision = decide[arguments.action](context, ledger, ledger.files[content])
        ledger = context.record_decisions(ledger, [decision])
        context.reporter.say(f"{decision.file}: {arguments.action} noted; silver and gold follow")
        return run_from_bronze(context, ledger)

    run_and_tell(request_of(arguments), f"files {arguments.action}", work)


def _content_of(known: dict[str, str], given: str) -> str:
    """The one content whose hash begins as given. Raises `UsageError` when there is none, or more than one."""
    matching = sorted(sha for sha in known if sha.startswith(given.lower())) if given else []
    if len(matching) == 1:
        return matching[0]
    if matching:
        listed = ", ".join(f"{sha[:_SHA_SHOWN]} ({known[sha]})" for sha in matching)
        raise UsageError(f"{given} is the beginning of {len(matching)} files: {listed}. Give more characters.")
    raise UsageError(f"{given}: no file in bronze has this SHA-256. `lakehouse files list` shows those there are.")


def _accept(context: Context, ledger: Ledger, file: BronzeFile, reason: str) -> Decision:
    if ledger.state(file.sha256) is FileState.ADMITTED:
        raise UsageError(f"{file.file} is admitted already.")
    missing = context.config.catalogue.missing_required(file.columns)
    if missing:
        raise UsageError(
            f"{file.file} has no column for {', '.join(missing)}, which every response needs: nobody can accept that. "
            "Add its header in conf/questions.yml, or deliver the file again."
        )
    if file.is_undated:
        raise UsageError(
            f"{file.file} has no survey date, so its lines belong to no month: nobody can accept that. "
            f"`lakehouse files redate {file.sha256[:_SHA_SHOWN]} --to YYYY-MM-DD --reason …` gives it one, and it is "
            "judged again."
        )
    return Decision(Event.ACCEPTED, file.file, file.sha256, reason)


def _withdraw(ledger: Ledger, file: BronzeFile, reason: str) -> Decision:
    if ledger.state(file.sha256) is FileState.WITHDRAWN:
        raise UsageError(f"{file.file} is withdrawn already.")
    return Decision(Event.WITHDRAWN, file.file, file.sha256, reason)


def _redate(context: Context, file: BronzeFile, reason: str, arguments: argparse.Namespace) -> Decision:
    own_dates = date_column(file.columns, context.config.catalogue)
    if own_dates and file.date_source == COLUMN:
        raise UsageError(
            f"{file.file} has a date in each line, in column {own_dates}: it cannot be redated. "
            "Deliver it again with the right dates, and withdraw this one."
        )
    loaded = context.warehouse.read(context.tables.bronze).where(F.col(c.SOURCE_SHA256) == file.sha256)
    (day,) = loaded.agg(F.min(F.to_date(c.INGESTED_AT))).collect()[0]
    require_possible("--to", arguments.to, day)
    return Decision(Event.REDATED, file.file, file.sha256, reason, survey_date=ParsedDate(arguments.to))
