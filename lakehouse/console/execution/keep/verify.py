"""Checks every promise on a warehouse as it is: one line each. Holds it, and changes nothing."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from functools import partial

from lakehouse.clock import new_run_id, now
from lakehouse.config.load import configuration
from lakehouse.console.parser import request_of
from lakehouse.console.text import aligned
from lakehouse.errors import IncompleteRunError
from lakehouse.pipeline.context import holder_of
from lakehouse.reporter import Reporter
from lakehouse.storage.open import open_to_hold, stored_ledger
from lakehouse.storage.parallel import in_parallel
from lakehouse.storage.session import SPARK_ERRORS
from lakehouse.upkeep.promises import Promises
from lakehouse.upkeep.rebuild import differing_tables

_FAULTS_SHOWN = 3


def execute(arguments: argparse.Namespace) -> None:
    """Prints one line per promise. Raises `IncompleteRunError` (3) when one is broken."""
    request = request_of(arguments)
    reporter = Reporter(new_run_id(now()), request.log_format, request.verbose)
    with open_to_hold(configuration(request), holder_of("verify"), request.wait) as opened:
        _, warehouse, tables = opened
        ledger = stored_ledger(warehouse, tables)
        promises = Promises(opened, ledger).all()
        with reporter.stage("checking", warehouse.spark):
            verdicts = in_parallel(*(partial(_verdict, check) for check in promises.values()))
        rows = [(name, *verdict) for name, verdict in zip(promises, verdicts, strict=True)]
        if arguments.deep:
            with reporter.stage("rebuilding", warehouse.spark):
                rebuilt = partial(differing_tables, opened, ledger, request, reporter)
                rows.append(("a rebuild gives the same", *_verdict(rebuilt)))
    shown = [(name, "yes" if is_kept else "NO", faults) for name, is_kept, faults in rows]
    print(aligned(("promise", "kept", "what was found"), shown))
    broken = [name for name, is_kept, _ in rows if not is_kept]
    if broken:
        raise IncompleteRunError(3, f"{len(broken)} of {len(rows)} promises broken: {'; '.join(broken)}.")


def _verdict(check: Callable[[], Iterable[str]]) -> tuple[bool, str]:
    try:
        faults = list(check())
    except SPARK_ERRORS as error:
        faults = [f"it could not be checked: {str(error).splitlines()[0]}"]
    more = f"; and {len(faults) - _FAULTS_SHOWN} more" if len(faults) > _FAULTS_SHOWN else ""
    return not faults, "; ".join(faults[:_FAULTS_SHOWN]) + more
