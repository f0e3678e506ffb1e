"""The only Delta reads and writes. A warehouse is one root URI with the registry's tables below it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from delta.tables import DeltaMergeBuilder, DeltaTable
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, DataFrameWriter, Row, SparkSession
from pyspark.sql.types import StructType

from lakehouse.storage.crash_points import commit
from lakehouse.storage.ddl import create_statement, has_check, quote
from lakehouse.storage.places import exists, lines_of, mark, names_in, remove, sizes
from lakehouse.storage.registry import TableSpec
from lakehouse.storage.session import SPARK_ERRORS, session_with

# Folder below the root for what lives no longer than a run.
STAGING = "_staging"
# Beside the tables: what an operation of several commits will do, until it has.
_INTENT, _INTENT_IS_WHOLE = "_intent", "_intent_is_whole"
_METADATA_SETTING = "spark.databricks.delta.commitInfo.userMetadata"
# What a commit says of itself beside its rows: a flat mapping, stored as JSON in its `userMetadata`.
Metadata = Mapping[str, object] | None
_DDL_THREADS = 4
# What Delta calls commits that change no row.
SAME_ROWS = (
    *("CREATE TABLE", "ADD COLUMNS", "CHANGE COLUMN", "ADD CONSTRAINT", "DROP CONSTRAINT"),
    *("SET TBLPROPERTIES", "UNSET TBLPROPERTIES", "OPTIMIZE", "VACUUM START", "VACUUM END"),
)
_COMMIT = re.compile(r"(\d{20})\.json")
_CHECKPOINT = re.compile(r"\d{20}\.checkpoint.*\.parquet")


@dataclass(frozen=True)
class Warehouse:
    """The tables below one root. Every write is one commit, and may carry metadata."""

    spark: SparkSession
    root: str

    def path(self, table: TableSpec) -> str:
        """Place of the table."""
        return table.path(self.root)

    def version(self, table: TableSpec) -> int | None:
        """Number of the table's newest commit; None when there is no table."""
        commits = (_COMMIT.fullmatch(name) for name in names_in(self.spark, self._log(table)))
        return max((int(commit[1]) for commit in commits if commit), default=None)

    def is_new(self, table: TableSpec) -> bool:
        """Whether nothing was ever written to the table: it has only the commit that made it."""
        return not self.version(table)

    def _log(self, table: TableSpec) -> str:
        return f"{self.path(table)}/_delta_log"

    def _stored(self, table: TableSpec) -> DeltaTable:
        return DeltaTable.forPath(self.spark, self.path(table))

    def _detail(self, table: TableSpec) -> Row:
        """Description and properties of the stored table."""
        detail = self._stored(table).detail().select("description", "properties").head()
        assert detail is not None
        return detail

    def files(self, table: TableSpec) -> list[str]:
        """Data files that the table's newest version names."""
        return self.read(table).inputFiles()

    def files_at(self, table: TableSpec, version: int) -> list[str] | None:
        """Data files that a version of the table names; None when the log has forgotten it."""
        try:
            return self.read_version(table, version).inputFiles()
        except AnalysisException:
            return None

    def absent(self, names: Iterable[str]) -> list[str]:
        """Those of the data files that are not there."""
        return sorted(name for name, size in sizes(self.spark, names).items() if size is None)

    def checkpoint_fault(self, table: TableSpec) -> str | None:
        """What is wrong with the table's newest checkpoint and the commits after it; None when nothing is."""
        names = names_in(self.spark, self._log(table))
        commits = {int(found[1]) for name in names if (found := _COMMIT.fullmatch(name))}
        checkpoints = [name for name in names if _CHECKPOINT.fullmatch(name)]
        start = max((int(name[:20]) for name in checkpoints), default=0)
        gaps = sorted(set(range(start, max(commits) + 1)) - commits)
        if gaps:
            return f"commit {gaps[0]} is missing"
        for name in (name for name in checkpoints if int(name[:20]) == start):
            try:
                self.spark.read.parquet(f"{self._log(table)}/{name}").count()
            except SPARK_ERRORS:
                return f"{name} cannot be read; remove it, and Delta starts from the one before"
        return None

    def lacks(self, table: TableSpec) -> list[str]:
        """Comments and CHECKs of the contract that the stored table has not, or has otherwise."""
        stored = {column.name: column for column in self._stored(table).toDF().schema}
        comments = [
            f"the comment of {column.name}"
            for column in table.schema
            if column.name not in stored or stored[column.name].metadata.get("comment") != column.metadata["comment"]
        ]
        detail = self._detail(table)
        known = detail["properties"]
        checks = [f"CHECK {name}" for name, check in table.constraints.items() if not has_check(known, name, check)]
        return [*([] if detail["description"] == table.comment else ["its comment"]), *comments, *checks]

    def stage(self, df: DataFrame, name: str) -> DataFrame:
        """The frame, computed once and kept outside of the tables until the run ends."""
        place = f"{self.root}/{STAGING}/{name}"
        df.write.option("compression", "snappy").mode("overwrite").parquet(place)
        return self.spark.read.schema(df.schema).parquet(place)

    def clear_staging(self) -> None:
        """Removes what this run or an interrupted one staged."""
        remove(self.spark, f"{self.root}/{STAGING}")

    def intend(self, df: DataFrame) -> None:
        """Keeps the rows until `intent_is_done`, whatever happens to the run: they say what is still to do."""
        self.intent_is_done()
        df.write.parquet(f"{self.root}/{_INTENT}")
        mark(self.spark, f"{self.root}/{_INTENT_IS_WHOLE}")

    def intended(self, schema: StructType) -> DataFrame | None:
        """The rows of an intent that was not done to its end; None when there is none."""
        is_whole = exists(self.spark, f"{self.root}/{_INTENT_IS_WHOLE}")
        return self.spark.read.schema(schema).parquet(f"{self.root}/{_INTENT}") if is_whole else None

    def intent_is_done(self) -> None:
        """Removes the intent."""
        for name in (_INTENT_IS_WHOLE, _INTENT):
            remove(self.spark, f"{self.root}/{name}")

    def create_missing(self, tables: Iterable[TableSpec]) -> None:
        """Creates the tables that are not there yet, each by one DDL commit."""
        missing = [table for table in tables if self.version(table) is None]
        with ThreadPoolExecutor(_DDL_THREADS) as pool:
            list(pool.map(self._create, missing))

    def _create(self, table: TableSpec) -> None:
        # A log without a commit, left by a run that was killed here: to Delta it is a table, which CREATE passes over.
        remove(self.spark, self._log(table))
        with commit(table.full_name):
            self.spark.sql(create_statement(table, self.root))

    def columns(self, table: TableSpec) -> frozenset[str]:
        """Names of the columns that the stored table has."""
        return frozenset(self._stored(table).toDF().columns)

    def add_missing_columns(self, table: TableSpec) -> None:
        """Adds the contract's columns and CHECKs that an older table lacks or has otherwise; goes on where it was
        interrupted."""
        present = self.columns(table)
        for column in table.schema:
            if column.name not in present:
                comment = quote(str(column.metadata["comment"]))
                self._alter(table, f"ADD COLUMNS (`{column.name}` {column.dataType.simpleString()} COMMENT {comment})")
        properties = self._detail(table)["properties"]
        for name, check in table.constraints.items():
            if has_check(properties, name, check):
                continue
            if f"delta.constraints.{name}" in properties:
                self._alter(table, f"DROP CONSTRAINT {name}")
            self._alter(table, f"ADD CONSTRAINT {name} CHECK ({check})")

    def _alter(self, table: TableSpec, change: str) -> None:
        with commit(table.full_name):
            self.spark.sql(f"ALTER TABLE delta.`{self.path(table)}` {change}")

    def read_version(self, table: TableSpec, version: int) -> DataFrame:
        """The table as it was after that commit."""
        return self.spark.read.format("delta").option("versionAsOf", version).load(self.path(table))

    def read(self, table: TableSpec) -> DataFrame:
        """The table's newest version."""
        if self.is_new(table):
            # Known to be empty: plans built on it shrink, and Delta has nothing to look up.
            return self.spark.createDataFrame([], table.schema).limit(0)
        return self.spark.read.format("delta").load(self.path(table))

    def append(self, df: DataFrame, table: TableSpec, *, metadata: Metadata = None, merge_schema: bool = False) -> None:
        """Adds the rows; `merge_schema` lets new columns widen the table."""
        writer = _writer(df, "append", metadata).option("mergeSchema", str(merge_schema))
        with commit(table.full_name):
            writer.save(self.path(table))

    def overwrite(self, df: DataFrame, table: TableSpec, *, metadata: Metadata = None) -> None:
        """Replaces every row; schema, comments and CHECKs stay."""
        # An append asks nothing of a table, so that the first rows cost a second less.
        mode = "append" if self.is_new(table) else "overwrite"
        with commit(table.full_name):
            _writer(df, mode, metadata).save(self.path(table))

    def replace_where(
        self, df: DataFrame, table: TableSpec, column: str, values: Iterable[str], *, metadata: Metadata = None
    ) -> None:
        """Replaces the rows whose `column` is one of `values`; a table with rows refuses those outside of them."""
        if self.is_new(table):
            return self.append(df, table, metadata=metadata)
        condition = f"{column} IN ({', '.join(quote(value) for value in values)})"
        writer = _writer(df, "overwrite", metadata).option("replaceWhere", condition)
        with commit(table.full_name):
            writer.save(self.path(table))

    def insert_new(self, df: DataFrame, table: TableSpec, *, metadata: Metadata = None) -> None:
        """Adds the rows whose key is not in the table yet."""
        if self.is_new(table):
            return self.append(df, table, metadata=metadata)
        with commit(table.full_name):
            self._merge(df, table, table.keys, metadata).whenNotMatchedInsertAll().execute()

    def upsert(self, df: DataFrame, table: TableSpec, changed: str, *, metadata: Metadata = None) -> None:
        """Adds new keys and replaces known ones where `changed` (over `t` and `s`) holds."""
        if self.is_new(table):
            return self.append(df, table, metadata=metadata)
        merge = self._merge(df, table, table.keys, metadata).whenMatchedUpdateAll(condition=changed)
        with commit(table.full_name):
            merge.whenNotMatchedInsertAll().execute()

    def delete(self, table: TableSpec, rows: DataFrame) -> None:
        """Removes the rows that have the values of one of `rows` in all its columns. By a join: a condition with
        values in it would stay in Delta's log."""
        with commit(table.full_name):
            self._merge(rows, table, rows.columns, None).whenMatchedDelete().execute()

    def _merge(self, df: DataFrame, table: TableSpec, keys: Iterable[str], metadata: Metadata) -> DeltaMergeBuilder:
        # A merge takes its metadata from its session alone: one of its own, so that no other write can pick it up.
        own = {_METADATA_SETTING: _as_json(metadata)} if metadata else {}
        session = session_with(self.spark, own) if own else self.spark
        condition = " AND ".join(f"t.`{key}` = s.`{key}`" for key in keys)
        return DeltaTable.forPath(session, self.path(table)).alias("t").merge(df.alias("s"), condition)

    def last_metadata(self, table: TableSpec) -> dict[str, object] | None:
        """Metadata of the newest commit that changed rows; None when nothing was ever written. Empty when that commit
        carries none: it is an external change, a RESTORE for instance."""
        for info in self.commits(table):
            if info.get("operation") not in SAME_ROWS:
                return _from_json(info.get("userMetadata"))
        return None

    def is_changed_externally(self, table: TableSpec) -> bool:
        """Whether somebody changed its rows past the pipeline, whose own commits carry metadata."""
        return self.last_metadata(table) == {}

    def commits(self, table: TableSpec, since: int = 0) -> Iterator[Mapping[str, Any]]:
        """What the commits after a version say of themselves, the newest first, as Delta's `commitInfo` has it; empty
        for one that the log has forgotten. Read from the log itself: `history()` takes a Spark job."""
        for number in range(self.version(table) or 0, since, -1):
            actions = map(json.loads, lines_of(self.spark, f"{self._log(table)}/{number:020d}.json"))
            yield next((action["commitInfo"] for action in actions if "commitInfo" in action), {})


def _writer(df: DataFrame, mode: str, metadata: Metadata) -> DataFrameWriter:
    writer = df.write.format("delta").mode(mode)
    return writer.option("userMetadata", _as_json(metadata)) if metadata else writer


def _as_json(metadata: Mapping[str, object]) -> str:
    return json.dumps(dict(metadata), sort_keys=True)


def _from_json(text: str | None) -> dict[str, object]:
    """Metadata of ours; empty for none, and for what somebody else wrote in another form."""
    try:
        metadata = json.loads(text or "{}")
    except ValueError:
        return {}
    return metadata if isinstance(metadata, dict) else {}
