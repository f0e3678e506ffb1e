"""Which lines a recomputation moved into or out of quarantine."""

from __future__ import annotations

from lakehouse.pipeline.context import Run
from lakehouse.quality.quarantine import moves
from lakehouse.quality.results import FAILED, PASSED, CheckResult
from lakehouse.quality.suites import Severity


def record_moves(run: Run, before: int) -> None:
    """Tells and keeps, by file and reason, what moved. `before`: quarantine's version before the recomputation."""
    table = run.tables.quarantine
    found = moves(run.warehouse.read_version(table, before), run.warehouse.read(table)).collect()
    for file, reason, has_left, lines in sorted(map(tuple, found)):
        way = "out of" if has_left else "into"
        run.progress.say(f"{file}: {lines} line(s) with {reason} moved {way} quarantine")
        rule, _, column = reason.partition(":")
        run.results.append(
            CheckResult(
                gate="recomputed",
                table=table.full_name,
                rule=rule,
                column=column or None,
                severity=Severity.INFO,
                evaluated=lines,
                failed=0 if has_left else lines,
                limit=None,
                outcome=PASSED if has_left else FAILED,
                detail=f"moved {way} quarantine",
                file=file,
            )
        )
