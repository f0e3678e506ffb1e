"""The pipeline: its stages in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lakehouse.console.parser import Options
from lakehouse.console.summary import count_gold, print_summary, refresh_files
from lakehouse.errors import IncompleteRunError
from lakehouse.pipeline import alerts, bronze, gold, silver
from lakehouse.pipeline.context import Run, in_parallel, open_run
from lakehouse.pipeline.erasure import finish_erasure
from lakehouse.pipeline.restatements import record_restated

STAGES = (
    ("bronze", bronze.ingest),
    ("silver", silver.build_from_all),
    ("gold", gold.build),
    ("metrics and alerts", alerts.publish),
)


def run_all(run: Run) -> None:
    """Landing files to alerts: every stage, each doing only what its state asks for."""
    run_stages(run, STAGES)


def run_stages(run: Run, stages: Iterable[tuple[str, Callable[[Run], None]]]) -> None:
    """Stages in order, each under its name."""
    for name, stage in stages:
        with run.progress.stage(name, run.spark):
            stage(run)


def execute(command: str, stage: Callable[[Run], None], options: Options, reads_landing: bool) -> None:
    """Runs a command's work while holding the warehouse, then prints what came out.

    Raises `IncompleteRunError` when files were refused or held, and whatever the work raises.
    """
    with open_run(options, command, reads_landing) as run:
        finish_erasure(run)
        stage(run)
        with run.progress.stage("balance", run.spark):
            files, gold, _ = in_parallel(
                lambda: refresh_files(run), lambda: count_gold(run), lambda: record_restated(run)
            )
        print_summary(run, files, gold)
        code = run.exit_code()
    if code:
        raise IncompleteRunError(code, _incomplete(run))


def _incomplete(run: Run) -> str:
    parts = [
        f"{len(names)} file(s) {what}: {', '.join(names)}"
        for names, what in ((run.refused, "refused"), (run.held, "held"))
        if names
    ]
    return "; ".join(parts or ["files are still waiting (--strict)"]) + ". Reasons above and in ops.files."
