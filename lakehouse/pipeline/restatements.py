"""Keeps what a run changed in figures that were published before."""

from __future__ import annotations

from lakehouse.gold.restatements import restated
from lakehouse.ledger.runs import newest_release
from lakehouse.pipeline.context import Run, now


def record_restated(run: Run) -> None:
    """Compares the metrics with those of the last finished run: an interrupted one in between published nothing."""
    tables, warehouse = run.tables, run.warehouse
    metrics = tables.satisfaction_metrics
    last = newest_release(warehouse.read(tables.runs))
    published = last.versions.get(metrics.full_name) if last else None
    if not last or not published or published == warehouse.version(metrics):
        return
    files = warehouse.files_at(metrics, published)
    if files is None or warehouse.absent(files):
        run.progress.warn(f"the figures of run {last.run_id} are gone: what changed since is not recorded")
        return
    rows = restated(warehouse.read_version(metrics, published), warehouse.read(metrics)).collect()
    at = now()
    names = [name for name in tables.restatements.schema.names if name not in ("run_id", "compared_with", "at")]
    run.append_rows(
        ((run.run_id, *(row[name] for name in names), last.run_id, at) for row in rows), tables.restatements
    )
