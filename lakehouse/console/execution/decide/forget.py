"""Erases a passenger on request: from bronze, after which silver and gold follow."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable

from lakehouse.config.load import configuration
from lakehouse.console.parser import request_of
from lakehouse.console.running import run_and_tell
from lakehouse.errors import UsageError
from lakehouse.ledger.events import Event
from lakehouse.ledger.files import Ledger
from lakehouse.pipeline.context import Context
from lakehouse.pipeline.run import Outcome, run_from_bronze
from lakehouse.pipeline.stages.bronze import remove_half_read
from lakehouse.pipeline.stages.erasure import erase
from lakehouse.survey.catalogue import MAX_ID_DIGITS, Catalogue
from lakehouse.survey.reading import read_id

_LEFT_TO_DO = (
    "What lies outside of the tables is yours to clear: the landing files that hold the line, and copies, exports and "
    "reports made of it. Old versions of the tables hold it until they are vacuumed: `lakehouse maintain --vacuum`."
)


def execute(arguments: argparse.Namespace) -> None:
    """Erases the ids given. Raises `UsageError` for what is no id, and for a reason that names one: it is kept."""
    request = request_of(arguments)
    ids = _ids(arguments.id, configuration(request).catalogue)
    reason = arguments.reason.strip()
    if not reason:
        raise UsageError("--reason must not be empty: it is kept with the decision.")
    if any(_names(reason, one) for one in ids):
        raise UsageError("--reason names the id: it is kept, and would outlive the erasure. Say why, not who.")

    def work(context: Context, ledger: Ledger) -> Outcome:
        remove_half_read(context, ledger)
        ledger = erase(context, ids, reason)
        own = [one for one in ledger.events if one.event is Event.ERASED and one.run_id == context.run_id]
        lines = sum(event.lines or 0 for event in own)
        context.reporter.say(f"{lines} line(s) of {len(own)} file(s) erased" if own else "no line names the id")
        return run_from_bronze(context, ledger)

    run_and_tell(request, "forget", work)
    print(f"\n{_LEFT_TO_DO}")


def _ids(texts: Iterable[str], catalogue: Catalogue) -> list[int | str]:
    """The distinct ids, in the order in which they are given."""
    ids: dict[int | str, None] = {}
    for text in texts:
        one = read_id(text, catalogue)
        if one is None:
            kind = "some text" if catalogue.ids_are_text else f"a whole number of at most {MAX_ID_DIGITS} digits"
            raise UsageError(f"--id {text}: no id. Write {kind}.")
        ids[one] = None
    return list(ids)


def _names(reason: str, one: int | str) -> bool:
    if isinstance(one, int):
        return one in map(int, re.findall("[0-9]+", reason))
    return bool(re.search(rf"(?<!\w){re.escape(one)}(?!\w)", reason, re.IGNORECASE))
