"""A command that runs stages of the pipeline: its work, then what came out of it."""

from __future__ import annotations

from collections.abc import Callable

from lakehouse.console.summary import print_summary
from lakehouse.errors import IncompleteRunError
from lakehouse.ledger.files import Ledger
from lakehouse.pipeline.context import Context
from lakehouse.pipeline.run import Outcome, execute
from lakehouse.pipeline.waiting import Waiting
from lakehouse.request import Request


def run_and_tell(
    request: Request,
    command: str,
    work: Callable[[Context, Ledger], Outcome],
    *,
    reads_landing: bool = False,
    afterwards: Callable[[], None] | None = None,
) -> None:
    """Does the work while holding the warehouse, and prints the summary. `afterwards`: what follows when the warehouse
    is free again, also when files were refused or held.

    Raises `IncompleteRunError` when files that count were refused or held, and whatever the work raises.
    """
    finished = execute(request, command, work, reads_landing=reads_landing)
    print_summary(finished)
    if afterwards:
        afterwards()
    require_none(finished.counted, finished.context.run_id)


def require_none(waiting: Waiting, run_id: str | None = None) -> None:
    """Raises `IncompleteRunError` when files wait. `run_id`: the run that says so."""
    if waiting.exit_code:
        raise IncompleteRunError(waiting.exit_code, f"{waiting}. Reasons above and in ops.files.", run_id)
