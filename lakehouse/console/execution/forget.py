"""Erases a passenger on request: from bronze, after which silver and gold follow."""

from __future__ import annotations

import argparse
import re

from lakehouse.console.execution.running import run_and_tell
from lakehouse.console.parser import request_of
from lakehouse.errors import UsageError
from lakehouse.ledger.events import Event
from lakehouse.ledger.files import Ledger
from lakehouse.pipeline.bronze import remove_half_read
from lakehouse.pipeline.context import Context
from lakehouse.pipeline.erasure import erase
from lakehouse.pipeline.run import Outcome, run_from_bronze

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

    def work(context: Context, ledger: Ledger) -> Outcome:
        remove_half_read(context, ledger)
        ledger = erase(context, ids, reason)
        own = [one for one in ledger.events if one.event is Event.ERASED and one.run_id == context.run_id]
        lines = sum(event.lines or 0 for event in own)
        context.reporter.say(f"{lines} line(s) of {len(own)} file(s) erased" if own else "no line names the id")
        return run_from_bronze(context, ledger)

    run_and_tell(request_of(arguments), "forget", work)
    print(f"\n{_LEFT_TO_DO}")
