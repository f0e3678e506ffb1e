"""Which lines name a passenger, and the hash by which an erased id is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from chispa import assert_df_equality
from pyspark.sql import DataFrame, SparkSession

from lakehouse.bronze.erasure import PADS, keyed_hash, lines_about, lines_listed, named_ids, pads_of
from lakehouse.config.load import Config
from lakehouse.storage.frames import frame_of
from lakehouse.survey.catalogue import Catalogue
from schemas import columns as c

LINES = (
    f"{c.SOURCE_SHA256} string, {c.SOURCE_ROW} bigint, {c.SOURCE_FILE} string, "
    f"id string, pax_no string, {c.CORRUPT_RECORD} string"
)


def pads(spark: SparkSession, key: str) -> DataFrame:
    return frame_of(spark, [pads_of(key)], PADS)


def lines(spark: SparkSession, *cells: tuple[str | None, str | None, str | None]):  # type: ignore[no-untyped-def]
    rows = [("sha", number, "a.csv", *own) for number, own in enumerate(cells, start=1)]
    return frame_of(spark, rows, LINES)


@pytest.fixture(scope="module")
def catalogue(config: Config) -> Catalogue:
    """Ids are also delivered as pax_no."""
    return with_id(config.catalogue, headers=("ID", "pax_no"))


def with_id(catalogue: Catalogue, **changes: Any) -> Catalogue:
    columns = (replace(one, **changes) if one.name == c.ID else one for one in catalogue.columns)
    return replace(catalogue, columns=tuple(columns))


def test_ids_that_a_line_may_be_about(spark: SparkSession, catalogue: Catalogue) -> None:
    cases = [
        (("7", None, None), [7]),
        ((None, " 07.0 ", None), [7]),
        (("7", "8", None), [7, 8]),
        ((None, None, None), []),
        (("", "N/A", None), []),
        # What is no id may be about each number in it.
        (("no 7, nor 0012", None, None), [7, 12]),
        (("7e3", None, None), [7, 3]),
        (("-7", None, None), [7]),
        # A line without its header's shape as well, whatever its cells say.
        (("7", None, "7,Female,30,x"), [7, 7, 30]),
        ((None, None, "garbage"), []),
        (("9" * 19, None, "1" * 18), [int("1" * 18)]),
    ]
    found = lines(spark, *(cells for cells, _ in cases)).select(named_ids(lines(spark), catalogue).alias("ids"))
    expected = frame_of(spark, [(ids,) for _, ids in cases], "ids array<bigint>")
    assert_df_equality(found, expected, ignore_nullable=True)


def test_a_file_without_any_known_header_names_nobody(spark: SparkSession, catalogue: Catalogue) -> None:
    found = lines(spark, ("7", None, None)).select(named_ids(lines(spark).drop("id", "pax_no"), catalogue).alias("ids"))
    assert [row[0] for row in found.collect()] == [[]]


def test_text_ids_that_a_line_may_be_about(spark: SparkSession, catalogue: Catalogue) -> None:
    cases = [
        ((" R_2xYz ", None, None), ["R_2xYz"]),
        (("007", "7", None), ["007", "7"]),
        ((None, None, None), []),
        # A line without its header's shape may be about each cell and each word in it.
        ((None, None, '"A 7";Female'), ["A 7", "Female", "A", "7"]),
    ]
    in_lines = lines(spark, *(cells for cells, _ in cases))
    found = in_lines.select(named_ids(in_lines, with_id(catalogue, type="text")).alias("ids"))
    expected = frame_of(spark, [(ids,) for _, ids in cases], "ids array<string>")
    assert_df_equality(found, expected, ignore_nullable=True)


def test_lines_about_ids_by_a_join(spark: SparkSession, catalogue: Catalogue) -> None:
    frame = lines(spark, ("7", None, None), ("8", None, None), (None, "9", None), ("10", None, "10,7"))
    found = lines_about(frame, catalogue, frame_of(spark, [(7,), (9,)], "id bigint"))
    assert sorted(row[c.SOURCE_ROW] for row in found.collect()) == [1, 3, 4]


@pytest.mark.parametrize("key", ["k" * 32, "s" * 64, "a longer secret than a block of the hash" * 3, "schlüssel" * 8])
def test_the_hash_in_spark_is_the_standard_one(spark: SparkSession, catalogue: Catalogue, key: str) -> None:
    ids = [0, 7, 10**17]
    frame = lines(spark, *((str(one), None, None) for one in ids), ("11", None, None))
    listed = frame_of(spark, [(keyed_hash(one, key),) for one in ids], "id_hash string")
    found = lines_listed(frame, catalogue, listed, pads(spark, key))
    assert sorted(row[c.SOURCE_ROW] for row in found.collect()) == [1, 2, 3]
    assert lines_listed(frame, catalogue, listed, pads(spark, key[1:])).isEmpty()


def test_no_plan_shows_the_key(spark: SparkSession, catalogue: Catalogue, capsys: pytest.CaptureFixture[str]) -> None:
    key = "a key that nobody may see in a plan"
    listed = frame_of(spark, [(keyed_hash(7, key),)], "id_hash string")
    lines_listed(lines(spark, ("7", None, None)), catalogue, listed, pads(spark, key)).explain(extended=True)
    plan = capsys.readouterr().out
    assert "inner_pad" in plan
    pad = bytes(byte ^ 0x36 for byte in key.encode()).hex()
    assert key not in plan
    assert pad not in plan.lower()
