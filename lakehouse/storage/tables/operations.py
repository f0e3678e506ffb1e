"""The tables of the layer ops: files, runs, checks, alerts."""

from __future__ import annotations

from lakehouse.storage.tables.table_spec import TableSpec
from schemas import columns as c
from schemas import ops


def operations() -> dict[str, TableSpec]:
    """The tables that say what runs did; the names are those of the fields of `Tables`."""
    return {**_of_files_and_runs(), **_of_checks(), **_of_alerts()}


def _of_files_and_runs() -> dict[str, TableSpec]:
    return {
        "file_events": TableSpec(
            "ops",
            "file_events",
            ops.FILE_EVENTS,
            "One row per decision about a file.",
            (c.EVENT_SEQ,),
            append_only=True,
        ),
        "files": TableSpec(
            "ops", "files", ops.FILES, "One row per delivered file and where its lines are now.", (c.SHA256, c.FILE)
        ),
        "runs": TableSpec(
            "ops",
            "runs",
            ops.RUNS,
            "One row per finished run, with the table versions it left.",
            ("run_id",),
            append_only=True,
        ),
        "restatements": TableSpec(
            "ops",
            "restatements",
            ops.RESTATEMENTS,
            "One row per run and month whose published figures it changed, before and after.",
            ("run_id", c.SURVEY_MONTH),
            append_only=True,
        ),
        "suppressed_ids": TableSpec(
            "ops",
            "suppressed_ids",
            ops.SUPPRESSED_IDS,
            "One row per erased id that is kept out of later deliveries.",
            (c.ID_HASH,),
            append_only=True,
        ),
    }


def _of_checks() -> dict[str, TableSpec]:
    return {
        "check_results": TableSpec(
            "ops", "check_results", ops.CHECK_RESULTS, "One row per check of a run, passes too.", (), append_only=True
        ),
        "drift_events": TableSpec(
            "ops",
            "drift_events",
            ops.DRIFT_EVENTS,
            "One row per file and difference from the catalogue: a column, or a word for a value.",
            (),
            append_only=True,
        ),
        "backtest": TableSpec(
            "ops",
            "imputation_backtest",
            ops.IMPUTATION_BACKTEST,
            "One row per run that built gold and way to fill a missing arrival delay, with its error.",
            ("run_id", "method"),
            append_only=True,
        ),
    }


def _of_alerts() -> dict[str, TableSpec]:
    return {
        "alert_events": TableSpec(
            "ops",
            "alert_events",
            ops.ALERT_EVENTS,
            "One row per event in the life of an alert: of its episode, or what a person did about it.",
            (c.EVENT_SEQ,),
            append_only=True,
        ),
        "notifications": TableSpec(
            "ops",
            "notifications",
            ops.NOTIFICATIONS,
            "One row per step in the life of a message to a team: queued, sent, or not delivered.",
            ("notification_seq",),
            append_only=True,
        ),
    }
