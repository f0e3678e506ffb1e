"""Takes a passenger's lines out of bronze for good, and keeps out what later deliveries bring of them.

An erasure is an intent before it is anything else: the lines that shall go, kept beside the tables. Whoever runs next
does what an interrupted one left to do, so that the lines are deleted and counted together or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.bronze.erasure import keyed_hash, lines_about, lines_listed
from lakehouse.errors import UsageError
from lakehouse.ledger.files import ERASED
from lakehouse.pipeline.context import Run, now
from schemas import columns as c
from schemas.bronze import LINE
from schemas.ops import ERASURE

# Hashed under the key: a key that hashes it to something else is another key.
_KNOWN_WORD = "lakehouse"


def erase(run: Run, ids: Sequence[int], reason: str) -> None:
    """Deletes every line of bronze that names one of the ids, and notes how many of which file are gone."""
    run.wait_for_tables()
    if run.config.privacy.suppress:
        _suppress(run, ids)
    wanted = run.spark.createDataFrame([(one,) for one in ids], f"{c.ID} bigint")
    lines = lines_about(run.warehouse.read(run.tables.bronze), run.config.catalogue.aliases(c.ID), wanted)
    run.warehouse.intend(lines.withColumns({"run_id": F.lit(run.run_id), c.REASON: F.lit(reason)}))
    finish_erasure(run)


def finish_erasure(run: Run) -> None:
    """Does what an erasure that was begun still has to do; nothing when there is none."""
    lines = run.warehouse.intended(ERASURE)
    if lines is None:
        return
    by_file = lines.groupBy(c.SOURCE_SHA256, c.SOURCE_FILE, "run_id", c.REASON)
    counts = by_file.count().orderBy(c.SOURCE_FILE, c.SOURCE_SHA256).collect()
    if counts:
        run.warehouse.delete(run.tables.bronze, lines.select(*LINE))
        run.look_again()
    noted = {(event.sha256, event.run_id) for event in run.ledger.events if event.event == ERASED}
    for sha, file, run_id, reason, count in counts:
        if (sha, run_id) not in noted:
            run.decide(ERASED, file, sha, None, reason, lines=count, run_id=run_id)
    run.write_decisions()
    run.warehouse.intent_is_done()
    run.look_again()


def kept_out(run: Run, rows: DataFrame) -> DataFrame | None:
    """Those of the delivered lines (content and number) that name an erased id; None when nothing is kept out.

    Raises `UsageError` when the ids were erased under another key than the one given.
    """
    table, privacy = run.tables.suppressed_ids, run.config.privacy
    if not privacy.suppress:
        return None
    run.wait_for_tables()
    if run.warehouse.is_new(table):
        return None
    _require_key(run)
    listed = run.warehouse.read(table).select(c.ID_HASH)
    lines = lines_listed(rows, run.config.catalogue.aliases(c.ID), listed, privacy.key)
    return run.warehouse.stage(lines.select(*LINE), "suppressed_lines")


def _suppress(run: Run, ids: Sequence[int]) -> None:
    _require_key(run)
    table, key = run.tables.suppressed_ids, run.config.privacy.key
    check = keyed_hash(_KNOWN_WORD, key)
    rows = [(keyed_hash(one, key), check, run.run_id, now()) for one in ids]
    run.warehouse.insert_new(run.spark.createDataFrame(rows, table.schema), table)


def _require_key(run: Run) -> None:
    checks = run.warehouse.read(run.tables.suppressed_ids).select("key_check").distinct().collect()
    if any(row[0] != keyed_hash(_KNOWN_WORD, run.config.privacy.key) for row in checks):
        raise UsageError(
            "privacy.key is not the key under which ids were erased before: they would come back with the next "
            "delivery. Set the variable to the old key."
        )
