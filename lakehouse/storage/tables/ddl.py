"""The contract of a table as SQL: its CREATE TABLE statement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pyspark.sql.types import ArrayType, BooleanType, MapType, StructField

from lakehouse.storage.tables.table_spec import TableSpec
from schemas import columns as c

# Personal data and keys derived from it stay out of Delta's file statistics: the log would keep them after the rows
# were erased.
PERSONAL = frozenset(
    {c.ID, c.GENDER, c.AGE, c.RESPONSE_KEY, c.PASSENGER_KEY, c.ROW_HASH, c.RAW, c.CORRUPT_RECORD, c.ID_HASH}
)


class Described(NamedTuple):
    """A stored table: types and comments by column, and its own comment."""

    types: Mapping[str, str]
    comments: Mapping[str, str | None]
    own_comment: str | None


def create_statement(spec: TableSpec, warehouse: str, verb: str = "CREATE TABLE") -> str:
    """The statement that creates the table in one commit, with columns, NOT NULL, comments and CHECKs."""
    columns = ",\n  ".join(_column_ddl(column) for column in spec.schema)
    partitions = f"\nPARTITIONED BY ({', '.join(spec.partitions)})" if spec.partitions else ""
    properties = ",\n  ".join(f"{quote(key)} = {quote(value)}" for key, value in _properties(spec).items())
    return (
        f"{verb} delta.`{spec.path(warehouse)}` (\n  {columns}\n) USING DELTA{partitions}\n"
        f"COMMENT {quote(spec.comment)}\nTBLPROPERTIES (\n  {properties}\n)"
    )


def _column_ddl(column: StructField) -> str:
    null = "" if column.nullable else " NOT NULL"
    comment = str(column.metadata["comment"])
    return f"`{column.name}` {_type(column)}{null} COMMENT {quote(comment)}"


def _type(column: StructField) -> str:
    """The column's type in SQL."""
    return column.dataType.simpleString()


def _properties(spec: TableSpec) -> dict[str, str]:
    with_stats = [
        column.name
        for column in spec.schema
        if column.name not in (*PERSONAL, *spec.partitions)
        and not isinstance(column.dataType, ArrayType | BooleanType | MapType)
    ]
    return {
        "delta.dataSkippingStatsColumns": ",".join(with_stats),
        **({"delta.appendOnly": "true"} if spec.append_only else {}),
        **{f"delta.constraints.{name}": check for name, check in spec.constraints.items()},
    }


def alterations(spec: TableSpec, stored: Described, properties: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What a stored table lacks of its contract, in words, and the changes of ALTER TABLE that give it: columns,
    comments and CHECKs.

    `properties`: of the stored table.
    """
    if stored.own_comment != spec.comment:
        yield "its comment", f"SET TBLPROPERTIES ('comment' = {quote(spec.comment)})"
    for column in spec.schema:
        what, comment = f"the comment of {column.name}", quote(str(column.metadata["comment"]))
        if column.name not in stored.comments:
            yield what, f"ADD COLUMNS (`{column.name}` {_type(column)} COMMENT {comment})"
        elif stored.comments[column.name] != column.metadata["comment"]:
            yield what, f"ALTER COLUMN `{column.name}` COMMENT {comment}"
    for name, check in spec.constraints.items():
        if not has_check(properties, name, check):
            if f"delta.constraints.{name}" in properties:
                yield f"CHECK {name}", f"DROP CONSTRAINT {name}"
            yield f"CHECK {name}", f"ADD CONSTRAINT {name} CHECK ({check})"


def type_conflict(spec: TableSpec, stored: Described) -> str | None:
    """Which column of a stored table has another type than in the contract, and the way out; None when none has."""
    for column in spec.schema:
        found, wanted = stored.types.get(column.name), _type(column)
        if found not in (None, wanted):
            return (
                f"{spec.full_name}: its column {column.name} is {found}, but by this configuration {wanted}. "
                "Whether ids are text is decided before the first response is loaded: set `kind` under columns.id in "
                "conf/questions.yml back, or run into another --warehouse from the same landing files."
            )
    return None


def has_check(properties: Mapping[str, str], name: str, check: str) -> bool:
    """Whether the properties of a table contain the CHECK. Blanks are ignored: Delta changes them when it adds one."""
    stored = properties.get(f"delta.constraints.{name}", "")
    return "".join(stored.split()) == "".join(check.split())


def quote(text: str) -> str:
    """A SQL string literal."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
