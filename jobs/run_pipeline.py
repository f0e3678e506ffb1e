"""The pipeline: its stages in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from jobs import build_gold, build_silver, ingest_bronze, publish_alerts
from jobs.command import StageProgram, run_as_program
from jobs.context import Run, in_parallel, open_run
from jobs.erase_lines import finish_erasure
from jobs.options import Options
from jobs.record_restated import record_restated
from jobs.summary import count_gold, print_summary, refresh_files
from lakehouse.errors import IncompleteRunError

STAGES = (
    ("bronze", ingest_bronze.ingest),
    ("silver", build_silver.build_from_all),
    ("gold", build_gold.build),
    ("metrics and alerts", publish_alerts.publish),
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


PROGRAM = StageProgram("run", run_all, reads_landing=True)
main = PROGRAM.main

if __name__ == "__main__":
    raise SystemExit(run_as_program(main))
