"""Where the splits of a delivered file start, and how many lines precede them."""

from __future__ import annotations

from datetime import date

import pytest

from lakehouse.bronze.rows import DeliveredFile, splits
from lakehouse.survey.dates import DeliveredDate
from schemas.bronze import SPLITS

pytestmark = pytest.mark.no_spark


def test_a_split_has_its_first_byte_and_the_lines_before_it() -> None:
    file = DeliveredFile(
        uri="file:///a.csv",
        name="a.csv",
        sha256="0123",
        lines=9,
        header="id,class",
        dialect=None,
        date=DeliveredDate(date(2025, 1, 1), "path", "month"),
        newlines=(0, 3, 5, 7, 8),
    )
    rows = [dict(zip(SPLITS.names, row, strict=True)) for row in splits([file], split_blocks=2)]
    mebibyte = 1024 * 1024
    assert [(row["_block_start"], row["_lines_before"]) for row in rows] == [
        (0, 0),
        (2 * mebibyte, 5),
        (4 * mebibyte, 8),
    ]
    assert {(row["_path"], row["_source_file"], row["_source_sha256"]) for row in rows} == {
        ("file:///a.csv", "a.csv", "0123")
    }
