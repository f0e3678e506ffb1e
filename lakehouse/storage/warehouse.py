"""Every read and write of a Delta table. A warehouse is a root URI with the tables of the registry below it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from delta.tables import DeltaMergeBuilder, DeltaTable
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, DataFrameWriter, SparkSession
from pyspark.sql.types import StructType

from lakehouse.errors import UsageError
from lakehouse.storage.crash_points import around_commit
from lakehouse.storage.filesystem import create_empty, exists, file_sizes, list_names, read_lines, remove
from lakehouse.storage.frames import frame_of
from lakehouse.storage.one_writer.lease import Lease
from lakehouse.storage.session import SPARK_ERRORS, session_with
from lakehouse.storage.tables.ddl import Described, alterations, create_statement, quote, type_conflict
from lakehouse.storage.tables.table_spec import TableSpec

# Folder below the root for intermediate results; emptied when a run begins and ends.
STAGING = "_staging"
# Below the root: the rows of an intent, and a marker that is created once all of them are written.
_INTENT, _INTENT_MARKER = "_intent", "_intent_is_whole"
_METADATA_SETTING = "spark.databricks.delta.commitInfo.userMetadata"
# Commit metadata: a flat mapping, stored as JSON in the `userMetadata` of the commit.
Metadata = Mapping[str, object] | None
_DDL_THREADS = 4
# Names that the Delta log gives to operations that change no row.
_OF_SCHEMA = ("CREATE TABLE", "ADD COLUMNS", "CHANGE COLUMN", "ADD CONSTRAINT", "DROP CONSTRAINT")
_OF_PROPERTIES = ("SET TBLPROPERTIES", "UNSET TBLPROPERTIES")
_OF_MAINTENANCE = ("OPTIMIZE", "VACUUM START", "VACUUM END")
OPERATIONS_THAT_KEEP_ROWS = (*_OF_SCHEMA, *_OF_PROPERTIES, *_OF_MAINTENANCE)
_COMMIT = re.compile(r"\d{20}\.json")
_CHECKPOINT = re.compile(r"\d{20}\.checkpoint.*\.parquet")


@dataclass(frozen=True)
class Warehouse:
    """The tables below a root URI. Each method that writes a table makes one commit, which may carry metadata."""

    spark: SparkSession
    root: str
    lease: Lease | None = None  # Of a process that writes to an object store: checked before each commit.

    def path(self, table: TableSpec) -> str:
        """URI of the table."""
        return table.path(self.root)

    def version(self, table: TableSpec) -> int | None:
        """The table's newest version, which is the number of its newest commit; None when the table does not exist."""
        return max(_commit_numbers(list_names(self.spark, self._log(table))), default=None)

    def is_new(self, table: TableSpec) -> bool:
        """Whether the table never had a row: it does not exist, or has only the commit that created it."""
        return not self.version(table)

    def _log(self, table: TableSpec) -> str:
        return f"{self.path(table)}/_delta_log"

    def _delta_table(self, table: TableSpec) -> DeltaTable:
        return DeltaTable.forPath(self.spark, self.path(table))

    def _described(self, table: TableSpec) -> Described:
        # Asks for no details of Delta, for which it would read the whole state of the table.
        rows = self.spark.sql(f"DESCRIBE TABLE EXTENDED delta.`{self.path(table)}`").collect()
        own = next((row["data_type"] for row in rows if row["col_name"] == "Comment"), None)
        types = {row["col_name"]: row["data_type"] for row in rows}
        return Described(types, {row["col_name"]: row["comment"] for row in rows}, own)

    def _properties(self, table: TableSpec) -> dict[str, str]:
        rows = self.spark.sql(f"SHOW TBLPROPERTIES delta.`{self.path(table)}`").collect()
        return {row["key"]: row["value"] for row in rows}

    def data_files(self, table: TableSpec) -> list[str]:
        """URIs of the data files of the table's newest version."""
        return self.read(table).inputFiles()

    def data_files_at(self, table: TableSpec, version: int) -> list[str] | None:
        """URIs of the data files of a version of the table; None when the log no longer has that version."""
        try:
            return self.read_version(table, version).inputFiles()
        except AnalysisException:
            return None

    def missing_files(self, uris: Iterable[str]) -> list[str]:
        """The data files among these that do not exist, sorted."""
        return sorted(uri for uri, size in file_sizes(self.spark, uris).items() if size is None)

    def checkpoint_fault(self, table: TableSpec) -> str | None:
        """Why the table cannot be read from its newest checkpoint and the commits after it; None when it can."""
        names = list_names(self.spark, self._log(table))
        commits = _commit_numbers(names)
        checkpoint_files = _checkpoint_files(names)
        newest = max(checkpoint_files, default=0)
        missing = sorted(set(range(newest, max(commits) + 1)) - commits)
        if missing:
            return f"commit {missing[0]} is missing"
        for name in checkpoint_files.get(newest, []):
            try:
                self.spark.read.parquet(f"{self._log(table)}/{name}").count()
            except SPARK_ERRORS:
                return f"{name} cannot be read; remove it, and Delta starts from the one before"
        return None

    def contract_differences(self, table: TableSpec) -> list[str]:
        """Comments and CHECKs of the contract that the stored table lacks or has with another text, in words."""
        return list(dict.fromkeys(what for what, _ in self._alterations(table, self._described(table))))

    def _alterations(self, table: TableSpec, stored: Described) -> Iterator[tuple[str, str]]:
        properties = self._properties(table) if table.constraints else {}
        return alterations(table, stored, properties)

    def stage(self, df: DataFrame, name: str) -> DataFrame:
        """Computes the frame once: writes it to the staging folder, and returns a frame that reads it from there."""
        folder = f"{self.root}/{STAGING}/{name}"
        df.write.option("compression", "snappy").mode("overwrite").parquet(folder)
        return self.spark.read.schema(df.schema).parquet(folder)

    def clear_staging(self) -> None:
        """Removes the staging folder, with whatever this run or an interrupted run left in it."""
        remove(self.spark, f"{self.root}/{STAGING}")

    def save_intent(self, df: DataFrame) -> None:
        """Saves the rows that an operation of several commits is about to change, until `remove_intent`.

        When the run is killed in between, the next run reads them with `read_intent` and finishes the operation.
        """
        self.remove_intent()
        df.write.parquet(f"{self.root}/{_INTENT}")
        create_empty(self.spark, f"{self.root}/{_INTENT_MARKER}")

    def read_intent(self, schema: StructType) -> DataFrame | None:
        """The rows of a saved intent whose operation has not finished; None when there is none."""
        is_whole = exists(self.spark, f"{self.root}/{_INTENT_MARKER}")
        return self.spark.read.schema(schema).parquet(f"{self.root}/{_INTENT}") if is_whole else None

    def remove_intent(self) -> None:
        """Removes the saved intent: its operation has finished."""
        for name in (_INTENT_MARKER, _INTENT):
            remove(self.spark, f"{self.root}/{name}")

    def create_missing(self, tables: Iterable[TableSpec]) -> None:
        """Creates the tables that do not exist yet, each by one DDL commit."""
        missing = [table for table in tables if self.version(table) is None]
        with ThreadPoolExecutor(_DDL_THREADS) as pool:
            list(pool.map(self._create, missing))

    def _create(self, table: TableSpec) -> None:
        # A run that was killed here leaves a log without commits, which CREATE TABLE would take for the table.
        remove(self.spark, self._log(table))
        with around_commit(table.full_name, self.lease):
            self.spark.sql(create_statement(table, self.root))

    def schema(self, table: TableSpec) -> StructType:
        """Columns of the stored table, with their comments."""
        return self._delta_table(table).toDF().schema

    def apply_contract(self, table: TableSpec) -> None:
        """Adds columns and CHECKs of the contract that the stored table lacks, and replaces comments and CHECKs that
        differ. May be interrupted and repeated. A table without rows is made anew when a column has another type; one
        with rows raises `UsageError`."""
        stored = self._described(table)
        conflict = type_conflict(table, stored)
        if conflict and not self.read(table).isEmpty():
            raise UsageError(conflict)
        if conflict:
            return self._replace(table)
        for _, change in self._alterations(table, stored):
            self._alter(table, change)

    def _replace(self, table: TableSpec) -> None:
        """Makes a table anew under its contract, without rows, in one commit."""
        session = session_with(self.spark, {_METADATA_SETTING: _as_json({"contract": "replaced"})})
        with around_commit(table.full_name, self.lease):
            session.sql(create_statement(table, self.root, "REPLACE TABLE"))

    def _alter(self, table: TableSpec, change: str) -> None:
        with around_commit(table.full_name, self.lease):
            self.spark.sql(f"ALTER TABLE delta.`{self.path(table)}` {change}")

    def read_version(self, table: TableSpec, version: int) -> DataFrame:
        """A version of the table."""
        return self.spark.read.format("delta").option("versionAsOf", version).load(self.path(table))

    def read(self, table: TableSpec) -> DataFrame:
        """The table's newest version."""
        if self.is_new(table):
            # A frame that Spark knows to be empty: it simplifies plans built on it, and does not ask Delta.
            return frame_of(self.spark, [], table.schema).limit(0)
        return self.spark.read.format("delta").load(self.path(table))

    def append(self, df: DataFrame, table: TableSpec, *, metadata: Metadata = None, merge_schema: bool = False) -> None:
        """Appends the rows. `merge_schema`: columns that the table lacks are added to it."""
        writer = _writer(df, "append", metadata).option("mergeSchema", str(merge_schema))
        with around_commit(table.full_name, self.lease):
            writer.save(self.path(table))

    def overwrite(self, df: DataFrame, table: TableSpec, *, metadata: Metadata = None) -> None:
        """Replaces all rows of the table; schema, comments and CHECKs stay."""
        # An append does not read the table first, which saves a second.
        mode = "append" if self.is_new(table) else "overwrite"
        with around_commit(table.full_name, self.lease):
            _writer(df, mode, metadata).save(self.path(table))

    def replace_where(
        self, df: DataFrame, table: TableSpec, column: str, values: Iterable[str], *, metadata: Metadata = None
    ) -> None:
        """Replaces the rows whose `column` has one of `values`. Unless the table is new, Delta refuses rows with any
        other value."""
        if self.is_new(table):
            return self.append(df, table, metadata=metadata)
        condition = f"{column} IN ({', '.join(quote(value) for value in values)})"
        writer = _writer(df, "overwrite", metadata).option("replaceWhere", condition)
        with around_commit(table.full_name, self.lease):
            writer.save(self.path(table))

    def insert_new(self, df: DataFrame, table: TableSpec, *, metadata: Metadata = None) -> None:
        """Inserts the rows whose key is not in the table yet."""
        if self.is_new(table):
            return self.append(df, table, metadata=metadata)
        with around_commit(table.full_name, self.lease):
            self._merge(df, table, table.keys, metadata).whenNotMatchedInsertAll().execute()

    def upsert(self, df: DataFrame, table: TableSpec, changed: str, *, metadata: Metadata = None) -> None:
        """Inserts rows with a new key, and updates a known key where `changed` holds: a SQL condition on `t`, the
        table, and `s`, the rows."""
        if self.is_new(table):
            return self.append(df, table, metadata=metadata)
        merge = self._merge(df, table, table.keys, metadata).whenMatchedUpdateAll(condition=changed)
        with around_commit(table.full_name, self.lease):
            merge.whenNotMatchedInsertAll().execute()

    def delete(self, table: TableSpec, rows: DataFrame) -> None:
        """Deletes the rows that equal a row of `rows` in all its columns. By a join, because Delta's log would keep the
        values of a condition."""
        with around_commit(table.full_name, self.lease):
            self._merge(rows, table, rows.columns, None).whenMatchedDelete().execute()

    def _merge(self, df: DataFrame, table: TableSpec, keys: Iterable[str], metadata: Metadata) -> DeltaMergeBuilder:
        # A merge takes its metadata from a setting of its session. A separate session keeps it from other writes.
        settings = {_METADATA_SETTING: _as_json(metadata)} if metadata else {}
        session = session_with(self.spark, settings) if settings else self.spark
        condition = " AND ".join(f"t.`{key}` = s.`{key}`" for key in keys)
        return DeltaTable.forPath(session, self.path(table)).alias("t").merge(df.alias("s"), condition)

    def last_metadata(self, table: TableSpec) -> dict[str, object] | None:
        """Metadata of the newest commit that changed rows; None when no commit did. Empty when that commit carries
        none: then it is an external change, a RESTORE for instance."""
        for info in self.commits(table):
            if info.get("operation") not in OPERATIONS_THAT_KEEP_ROWS:
                return _from_json(info.get("userMetadata"))
        return None

    def is_changed_externally(self, table: TableSpec) -> bool:
        """Whether the newest commit that changed rows is an external change: it lacks the metadata of the pipeline."""
        return self.last_metadata(table) == {}

    def commits(self, table: TableSpec, since: int = 0) -> Iterator[Mapping[str, Any]]:
        """Delta's `commitInfo` of the commits after the version `since`, newest first; empty for a commit that the log
        no longer has. Reads the log's files directly, because `history()` needs a Spark job."""
        for number in range(self.version(table) or 0, since, -1):
            actions = map(json.loads, read_lines(self.spark, f"{self._log(table)}/{number:020d}.json"))
            yield next((action["commitInfo"] for action in actions if "commitInfo" in action), {})


def _commit_numbers(log_names: Iterable[str]) -> set[int]:
    """Numbers of the commits among the file names of a Delta log."""
    return {int(name.removesuffix(".json")) for name in log_names if _COMMIT.fullmatch(name)}


def _checkpoint_files(log_names: Iterable[str]) -> dict[int, list[str]]:
    """Version -> names of the files of its checkpoint, among the file names of a Delta log."""
    files: dict[int, list[str]] = {}
    for name in filter(_CHECKPOINT.fullmatch, log_names):
        files.setdefault(int(name.partition(".")[0]), []).append(name)
    return files


def _writer(df: DataFrame, mode: str, metadata: Metadata) -> DataFrameWriter:
    writer = df.write.format("delta").mode(mode)
    return writer.option("userMetadata", _as_json(metadata)) if metadata else writer


def _as_json(metadata: Mapping[str, object]) -> str:
    return json.dumps(dict(metadata), sort_keys=True)


def _from_json(text: str | None) -> dict[str, object]:
    """The metadata in a commit; empty when it has none, or has text of another form that somebody else wrote."""
    try:
        metadata = json.loads(text or "{}")
    except ValueError:
        return {}
    return metadata if isinstance(metadata, dict) else {}
