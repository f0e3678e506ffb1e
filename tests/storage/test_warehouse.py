"""What is claimed of Delta, on real tables."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from deltalake import DeltaTable
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import IntegerType, LongType, StringType, StructType

from lakehouse.config.load import Config
from lakehouse.storage.frames import frame_of
from lakehouse.storage.parallel import in_parallel
from lakehouse.storage.tables.registry import registry
from lakehouse.storage.tables.table_spec import TableSpec
from lakehouse.storage.warehouse import Warehouse
from schemas.fields import optional, required
from tests.support.pipeline import empty_warehouse

SPEC = TableSpec(
    "silver",
    "things",
    StructType(
        [
            required("id", LongType(), "Identifier"),
            optional("rating", IntegerType(), "0-5"),
            required("month", StringType(), "The partition"),
        ]
    ),
    "One row per thing.",
    ("id",),
    ("month",),
    {"rating_in_scale": "rating is null or (rating >= 0 and rating <= 5)"},
)


@pytest.fixture
def warehouse(spark: SparkSession, tmp_path: Path) -> Warehouse:
    empty = Warehouse(spark, str(tmp_path / "warehouse"))
    empty.create_missing([SPEC])
    return empty


def things(spark: SparkSession, *rows: tuple[int | None, int | None, str]) -> DataFrame:
    return frame_of(spark, rows, "id bigint, rating int, month string")


def content(warehouse: Warehouse, spec: TableSpec = SPEC) -> list[tuple[object, ...]]:
    return sorted(tuple(row) for row in warehouse.read(spec).collect())


def test_a_new_table_is_empty_and_has_its_contract(warehouse: Warehouse) -> None:
    assert warehouse.is_new(SPEC) and content(warehouse) == []
    assert warehouse.read(SPEC).columns == SPEC.schema.names
    assert warehouse.last_metadata(SPEC) is None


@pytest.mark.parametrize("row", [(None, 1, "2025-01"), (1, 6, "2025-01"), (1, -1, "2025-01")])
def test_not_null_and_checks_refuse_a_row(spark: SparkSession, warehouse: Warehouse, row: tuple[int, int, str]) -> None:
    with pytest.raises(Py4JJavaError, match=r"DELTA_NOT_NULL_CONSTRAINT_VIOLATED|DELTA_VIOLATE_CONSTRAINT"):
        warehouse.append(things(spark, row), SPEC)
    assert content(warehouse) == []
    warehouse.append(things(spark, (1, None, "2025-01")), SPEC)
    assert content(warehouse) == [(1, None, "2025-01")]


def test_a_month_is_replaced_and_may_become_empty(spark: SparkSession, warehouse: Warehouse) -> None:
    warehouse.append(things(spark, (1, 1, "2025-01"), (2, 2, "2025-02"), (3, 3, "2025-03")), SPEC)
    warehouse.replace_where(things(spark, (4, 4, "2025-02")), SPEC, "month", ["2025-02", "2025-03"])
    assert content(warehouse) == [(1, 1, "2025-01"), (4, 4, "2025-02")]
    with pytest.raises(PySparkException, match="DELTA_REPLACE_WHERE_MISMATCH"):
        warehouse.replace_where(things(spark, (5, 5, "2025-01")), SPEC, "month", ["2025-02"])


def test_merges_insert_or_replace_by_key(spark: SparkSession, warehouse: Warehouse) -> None:
    for _ in range(2):
        warehouse.insert_new(things(spark, (1, 1, "2025-01"), (2, 2, "2025-01")), SPEC)
    warehouse.insert_new(things(spark, (1, 5, "2025-01")), SPEC)
    assert content(warehouse) == [(1, 1, "2025-01"), (2, 2, "2025-01")]
    warehouse.upsert(things(spark, (1, 5, "2025-02"), (3, 3, "2025-02")), SPEC, "t.rating <> s.rating")
    assert content(warehouse) == [(1, 5, "2025-02"), (2, 2, "2025-01"), (3, 3, "2025-02")]


def test_metadata_stays_with_its_commit(spark: SparkSession, warehouse: Warehouse) -> None:
    warehouse.append(things(spark, (1, 1, "2025-01")), SPEC, metadata={"rules": "v1"})
    warehouse.apply_contract(grown())
    spark.sql(f"OPTIMIZE delta.`{warehouse.path(SPEC)}`")
    assert warehouse.last_metadata(SPEC) == {"rules": "v1"}
    # Somebody else, past the pipeline.
    spark.sql(f"RESTORE TABLE delta.`{warehouse.path(SPEC)}` TO VERSION AS OF 0")
    assert warehouse.last_metadata(SPEC) == {}


def test_writes_side_by_side_keep_their_own_metadata(spark: SparkSession, warehouse: Warehouse) -> None:
    """Also those of which one is a merge, for which Delta takes the metadata from a session."""
    other = replace(SPEC, name="others")
    warehouse.create_missing([other])
    for table in (SPEC, other):
        warehouse.append(things(spark, (0, 0, "2025-01")), table, metadata={"round": 0})
    for number in range(1, 4):
        rows = things(spark, (number, 1, "2025-01"))
        in_parallel(
            partial(warehouse.upsert, rows, SPEC, "t.rating <> s.rating", metadata={"upsert": number}),
            partial(warehouse.append, rows, other, metadata={"append": number}),
        )
        assert warehouse.last_metadata(SPEC) == {"upsert": number}
        assert warehouse.last_metadata(other) == {"append": number}
    # A write beside them that carries none has none.
    in_parallel(
        lambda: warehouse.insert_new(things(spark, (9, 1, "2025-01")), SPEC, metadata={"insert": 9}),
        lambda: warehouse.append(things(spark, (9, 1, "2025-01")), other),
    )
    assert (warehouse.last_metadata(SPEC), warehouse.last_metadata(other)) == ({"insert": 9}, {})


def test_metadata_of_another_form_is_an_external_change(spark: SparkSession, warehouse: Warehouse) -> None:
    rows = things(spark, (1, 1, "2025-01"))
    rows.write.format("delta").mode("append").option("userMetadata", "by hand").save(warehouse.path(SPEC))
    assert warehouse.is_changed_externally(SPEC)


def test_a_column_is_added_with_its_check(spark: SparkSession, warehouse: Warehouse) -> None:
    warehouse.append(things(spark, (1, 1, "2025-01")), SPEC)
    warehouse.apply_contract(grown())
    warehouse.apply_contract(grown())
    assert content(warehouse, grown()) == [(1, 1, "2025-01", None)]
    with pytest.raises(Py4JJavaError, match="DELTA_VIOLATE_CONSTRAINT"):
        warehouse.append(things(spark, (2, 2, "2025-01")).selectExpr("*", "7 as snack"), grown())


def grown() -> TableSpec:
    return replace(
        SPEC,
        schema=StructType([*SPEC.schema.fields, optional("snack", IntegerType(), "0-5")]),
        constraints={**SPEC.constraints, "snack_in_scale": "snack is null or (snack >= 0 and snack <= 5)"},
    )


def test_comments_are_brought_up_to_date_once_and_rows_stay(spark: SparkSession, warehouse: Warehouse) -> None:
    warehouse.append(things(spark, (1, 1, "2025-01")), SPEC, metadata={"rules": "v1"})
    before = warehouse.version(SPEC)
    warehouse.apply_contract(SPEC)
    assert warehouse.version(SPEC) == before
    fields = [optional("rating", IntegerType(), "It's 0-5") if f.name == "rating" else f for f in SPEC.schema.fields]
    worded = replace(SPEC, schema=StructType(fields), comment="One row per thing; all of them.")
    assert warehouse.contract_differences(worded) == ["its comment", "the comment of rating"]
    for _ in range(2):
        warehouse.apply_contract(worded)
        assert warehouse.contract_differences(worded) == []
        assert warehouse.version(SPEC) == (before or 0) + 2
    assert content(warehouse) == [(1, 1, "2025-01")]
    assert warehouse.last_metadata(SPEC) == {"rules": "v1"}


def test_a_column_is_added_to_a_table_without_rows(spark: SparkSession, warehouse: Warehouse) -> None:
    warehouse.apply_contract(grown())
    assert "snack" in spark.read.format("delta").load(warehouse.path(SPEC)).columns


def test_a_check_that_an_interruption_left_out_is_added(spark: SparkSession, warehouse: Warehouse) -> None:
    spark.sql(f"ALTER TABLE delta.`{warehouse.path(SPEC)}` ADD COLUMNS (snack int COMMENT '0-5')")
    warehouse.apply_contract(grown())
    assert "delta.constraints.snack_in_scale" in DeltaTable(warehouse.path(SPEC)).metadata().configuration


def test_a_check_is_replaced_when_its_text_differs_and_left_alone_when_it_does_not(warehouse: Warehouse) -> None:
    listed = replace(grown(), constraints={**grown().constraints, "snack_in_scale": "snack is null or snack in (0, 9)"})
    warehouse.apply_contract(grown())
    warehouse.apply_contract(listed)
    stored = DeltaTable(warehouse.path(SPEC)).metadata().configuration["delta.constraints.snack_in_scale"]
    assert stored.replace(" ", "") == "snackisnullorsnackin(0,9)"
    before = warehouse.version(SPEC)
    warehouse.apply_contract(listed)
    assert warehouse.version(SPEC) == before


def test_a_log_without_a_commit_is_no_table(spark: SparkSession, tmp_path: Path) -> None:
    warehouse = Warehouse(spark, str(tmp_path))
    (Path(warehouse.path(SPEC)) / "_delta_log" / "_staged_commits").mkdir(parents=True)
    assert warehouse.version(SPEC) is None
    warehouse.create_missing([SPEC])
    assert warehouse.version(SPEC) == 0
    assert warehouse.contract_differences(SPEC) == []


def test_append_only_refuses_a_delete(spark: SparkSession, warehouse: Warehouse) -> None:
    kept = replace(SPEC, name="events", append_only=True)
    warehouse.create_missing([kept])
    warehouse.append(things(spark, (1, 1, "2025-01")), kept)
    with pytest.raises(PySparkException, match="DELTA_CANNOT_MODIFY_APPEND_ONLY"):
        warehouse.delete(kept, things(spark, (1, 1, "2025-01")).select("id"))


def test_what_is_staged_goes(spark: SparkSession, warehouse: Warehouse) -> None:
    staged = warehouse.stage(things(spark, (1, 1, "2025-01")), "lines")
    assert [tuple(row) for row in staged.collect()] == [(1, 1, "2025-01")]
    warehouse.clear_staging()
    assert not Path(warehouse.root, "_staging").exists()
    warehouse.clear_staging()


def test_every_table_has_comments_opens_everywhere_and_hides_persons(spark: SparkSession, config: Config) -> None:
    warehouse = Warehouse(spark, empty_warehouse(spark).name)
    for table in registry(config.catalogue, config.response_key).all():
        stored = DeltaTable(warehouse.path(table))
        assert stored.protocol().min_reader_version == 1
        assert stored.metadata().description == table.comment and table.comment.startswith("One row per ")
        comments = {column.name: column.metadata.get("comment") for column in stored.schema().fields}
        assert comments.keys() == set(table.schema.names) and all(comments.values())
        with_statistics = set(stored.metadata().configuration["delta.dataSkippingStatsColumns"].split(","))
        assert with_statistics.isdisjoint({"id", "gender", "age", "response_key", "passenger_key", "raw", "_row_hash"})
        assert stored.metadata().partition_columns == list(table.partitions)
