"""Takes a passenger's lines out of bronze for good, and keeps out what later deliveries bring of them.

An erasure is an intent before it is anything else: the lines that shall go, kept beside the tables. Whoever runs next
does what an interrupted one left to do, so that the lines are deleted and counted together or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.bronze.erasure import PADS, keyed_hash, lines_about, lines_listed, pads_of
from lakehouse.clock import now
from lakehouse.errors import UsageError
from lakehouse.ledger.events import Decision, Event
from lakehouse.ledger.files import Ledger
from lakehouse.pipeline.context import Context
from lakehouse.storage.frames import frame_of
from schemas import columns as c
from schemas.bronze import LINE
from schemas.ops import ERASURE

# Hashed under the key: a key that hashes it to something else is another key.
_KNOWN_WORD = "lakehouse"


def erase(context: Context, ids: Sequence[int | str], reason: str) -> Ledger:
    """Deletes every line of bronze that names one of the ids, and records how many of which file are gone; the ledger
    afterwards."""
    context.wait_for_tables()
    if context.config.privacy.suppress:
        _suppress(context, ids)
    wanted = frame_of(
        context.spark,
        [(one,) for one in ids],
        f"{c.ID} {context.tables.responses.schema[c.ID].dataType.simpleString()}",
    )
    bronze = context.warehouse.read(context.tables.bronze)
    lines = lines_about(bronze, context.config.catalogue, wanted)
    context.warehouse.save_intent(lines.withColumns({"run_id": F.lit(context.run_id), c.REASON: F.lit(reason)}))
    finish_erasure(context)
    return context.read_ledger()


def finish_erasure(context: Context) -> None:
    """Does what an erasure that was begun still has to do; nothing when there is none."""
    lines = context.warehouse.read_intent(ERASURE)
    if lines is None:
        return
    by_file = lines.groupBy(c.SOURCE_SHA256, c.SOURCE_FILE, "run_id", c.REASON)
    counts = by_file.count().orderBy(c.SOURCE_FILE, c.SOURCE_SHA256).collect()
    if counts:
        context.warehouse.delete(context.tables.bronze, lines.select(*LINE))
        ledger = context.read_ledger()
        recorded = {(event.sha256, event.run_id) for event in ledger.events if event.event is Event.ERASED}
        decisions = [
            Decision(Event.ERASED, file, sha, reason, lines=count, run_id=run_id)
            for sha, file, run_id, reason, count in counts
            if (sha, run_id) not in recorded
        ]
        context.record_decisions(ledger, decisions)
    context.warehouse.remove_intent()


def suppressed_lines(context: Context, rows: DataFrame) -> DataFrame | None:
    """Those of the delivered lines (content and number) that name an erased id; None when nothing is kept out.

    Raises `UsageError` when the ids were erased under another key than the one given.
    """
    table, privacy = context.tables.suppressed_ids, context.config.privacy
    if not privacy.suppress:
        return None
    context.wait_for_tables()
    if context.warehouse.is_new(table):
        return None
    _require_key(context)
    listed = context.warehouse.read(table).select(c.ID_HASH)
    pads = frame_of(context.spark, [pads_of(privacy.key)], PADS)
    lines = lines_listed(rows, context.config.catalogue, listed, pads)
    return context.warehouse.stage(lines.select(*LINE), "suppressed_lines")


def _suppress(context: Context, ids: Sequence[int | str]) -> None:
    _require_key(context)
    table, key = context.tables.suppressed_ids, context.config.privacy.key
    check = keyed_hash(_KNOWN_WORD, key)
    rows = [(keyed_hash(one, key), check, context.run_id, now()) for one in ids]
    context.warehouse.insert_new(frame_of(context.spark, rows, table.schema), table)


def _require_key(context: Context) -> None:
    stored = context.warehouse.read(context.tables.suppressed_ids)
    checks = stored.select("key_check").distinct().collect()
    if any(row[0] != keyed_hash(_KNOWN_WORD, context.config.privacy.key) for row in checks):
        raise UsageError(
            "privacy.key is not the key under which ids were erased before: they would come back with the next "
            "delivery. Set the variable to the old key."
        )
