"""Erases a passenger on request: from bronze, after which silver and gold follow."""

from __future__ import annotations

import argparse
import re

from lakehouse.console.parser import options_of
from lakehouse.errors import UsageError
from lakehouse.ledger.files import ERASED
from lakehouse.pipeline.bronze import remove_half_read
from lakehouse.pipeline.context import Run
from lakehouse.pipeline.erasure import erase
from lakehouse.pipeline.run import STAGES, run_stages
from lakehouse.pipeline.run import execute as execute_run

_LEFT_TO_DO = (
    "What lies outside of the tables is yours to clear: the landing files that hold the line, and copies, exports and "
    "reports made of it. Old versions of the tables hold it until they are vacuumed: `lakehouse maintain --vacuum`."
)


def execute(arguments: argparse.Namespace) -> None:
    """Erases the ids given. Raises `UsageError` for a reason that names one of them: it is kept."""
    ids = sorted(set(arguments.id))
    reason = arguments.reason.strip()
    if not reason:
        raise UsageError("--reason must not be empty: it is kept with the decision.")
    if {int(number) for number in re.findall("[0-9]+", reason)} & set(ids):
        raise UsageError("--reason names the id: it is kept, and would outlive the erasure. Say why, not who.")

    def stage(run: Run) -> None:
        remove_half_read(run)
        erase(run, ids, reason)
        gone = [event for event in run.ledger.events if event.event == ERASED and event.run_id == run.run_id]
        lines = sum(event.lines or 0 for event in gone)
        run.progress.say(f"{lines} line(s) of {len(gone)} file(s) erased" if gone else "no line names the id")
        run_stages(run, STAGES[1:])

    execute_run("forget", stage, options_of(arguments), reads_landing=False)
    print(f"\n{_LEFT_TO_DO}")
