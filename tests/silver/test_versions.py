"""Which version of a response wins, and what becomes of the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from itertools import groupby, permutations
from random import Random
from typing import NamedTuple

import pytest
from pyspark.sql import DataFrame, SparkSession

from lakehouse.silver.versions import deduplicate, resolve, wins_again
from lakehouse.storage.frames import frame_of

SCHEMA = (
    "id bigint, survey_date date, survey_date_precision string, _delivery bigint, _row_hash bigint, "
    "_source_sha256 string, _source_row bigint, expected string, response_key bigint, survey_date_source string"
)


def fates(spark: SparkSession, rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    frame = frame_of(spark, rows, SCHEMA)
    judged = resolve(frame, ("id",)).select("_source_sha256", "_source_row", "_fate", "expected").collect()
    return sorted(tuple(row) for row in judged)


@pytest.mark.parametrize(
    "versions",
    [
        # The later survey date wins, whatever came last.
        [("2025-01-31", "day", 2, 1, "a", 1, "superseded"), ("2025-02-28", "day", 1, 2, "b", 1, "winner")],
        # A month without a day counts as its last day.
        [("2025-01-01", "month", 1, 1, "a", 1, "winner"), ("2025-01-30", "day", 2, 2, "b", 1, "superseded")],
        [("2025-01-01", "month", 1, 1, "a", 1, "superseded"), ("2025-01-31", "day", 2, 2, "b", 1, "winner")],
        # The same day: the later delivery.
        [("2025-01-31", "day", 1, 1, "a", 1, "superseded"), ("2025-01-31", "day", 2, 2, "b", 1, "winner")],
        # Equal lines of one delivery: the first stands for all.
        [
            ("2025-01-31", "day", 1, 7, "b", 1, "superseded"),
            ("2025-01-31", "day", 1, 7, "a", 2, "winner"),
            ("2025-01-31", "day", 1, 7, "a", 3, "superseded"),
        ],
        # Lines of one delivery that contradict each other: none of them, the older version stays.
        [
            ("2025-01-31", "day", 2, 1, "b", 1, "conflict"),
            ("2025-01-31", "day", 2, 2, "b", 2, "conflict"),
            ("2025-01-31", "day", 1, 3, "a", 1, "winner"),
        ],
        [("2025-01-31", "day", 1, 1, "a", 1, "conflict"), ("2025-01-31", "day", 1, 2, "a", 2, "conflict")],
        # The same content under a later date says nothing new.
        [("2025-01-01", "month", 1, 7, "a", 1, "winner"), ("2025-02-01", "month", 2, 7, "b", 1, "superseded")],
        # Unless it went there and back.
        [
            ("2025-01-01", "month", 1, 7, "a", 1, "superseded"),
            ("2025-02-01", "month", 2, 8, "b", 1, "superseded"),
            ("2025-03-01", "month", 3, 7, "c", 1, "winner"),
        ],
        # A change that is repeated: the month that told it first.
        [
            ("2025-01-01", "month", 1, 7, "a", 1, "superseded"),
            ("2025-02-01", "month", 2, 8, "b", 1, "winner"),
            ("2025-03-01", "month", 3, 8, "c", 1, "superseded"),
        ],
    ],
)
def test_fates_in_any_order(spark: SparkSession, versions: list[tuple[object, ...]]) -> None:
    for order in permutations(versions):
        as_dates = [(1, date.fromisoformat(str(day)), *rest, 10, "path") for day, *rest in order]
        judged = fates(spark, as_dates)
        assert [fate for _, _, fate, _ in judged] == [expected for _, _, _, expected in judged]


def versions(spark: SparkSession, *rows: tuple[int, str, int, str]) -> DataFrame:
    """Versions as (id, day in January 2025, delivery, file); the lines of each file have their own content."""
    typed = [
        (number, date(2025, 1, int(day)), "day", delivery, ord(content), content, 1, "", number, "column")
        for number, day, delivery, content in rows
    ]
    return frame_of(spark, typed, SCHEMA)


@pytest.mark.parametrize(
    ("new", "present", "expected"),
    [
        # Keys that occur once pass as they are.
        ([(1, "5", 1, "a"), (2, "5", 1, "a")], [], {("a", 1, "winner", False), ("a", 2, "winner", False)}),
        # A newer version displaces silver's, an older one does not.
        ([(1, "9", 2, "b")], [(1, "5", 1, "a")], {("b", 1, "winner", False), ("a", 1, "superseded", True)}),
        ([(1, "2", 2, "b")], [(1, "5", 1, "a")], {("b", 1, "superseded", False), ("a", 1, "winner", True)}),
        # Silver's other rows stay where they are, and do not come along.
        ([(1, "5", 2, "b")], [(7, "5", 1, "a")], {("b", 1, "winner", False)}),
        # Two versions of one moment contradict each other, and silver's older one stays.
        (
            [(1, "9", 2, "b"), (1, "9", 2, "c")],
            [(1, "5", 1, "a")],
            {("b", 1, "conflict", False), ("c", 1, "conflict", False), ("a", 1, "winner", True)},
        ),
    ],
)
def test_deduplicate(
    spark: SparkSession,
    new: list[tuple[int, str, int, str]],
    present: list[tuple[int, str, int, str]],
    expected: set[tuple[str, int, str, bool]],
) -> None:
    found = deduplicate(versions(spark, *new), versions(spark, *present), versions(spark), ("id",))
    rows = found.select("_source_sha256", "id", "_fate", "_in_silver").collect()
    assert {tuple(row) for row in rows} == expected
    assert len(rows) == len(expected)


def test_deduplicate_of_everything_looks_at_no_present_row(spark: SparkSession) -> None:
    found = deduplicate(versions(spark, (1, "5", 1, "a"), (1, "9", 2, "b"), (2, "5", 1, "a")), None, None, ("id",))
    rows = {tuple(row) for row in found.select("_source_sha256", "id", "_fate").collect()}
    assert rows == {("a", 1, "superseded"), ("b", 1, "winner"), ("a", 2, "winner")}


class Version(NamedTuple):
    """A version of a response, as the plain model and the frame have it."""

    key: int
    day: int
    delivery: int
    content: int
    file: str
    is_dated: bool

    @property
    def row(self) -> tuple[object, ...]:
        source = "column" if self.is_dated else "path"
        place = (date(2025, 1, self.day), "day", self.delivery, self.content, self.file, self.key, "")
        return (self.key, *place, self.key, source)


def model(versions: Iterable[Version]) -> tuple[Version | None, set[Version]]:
    """The winner and the versions in conflict, said in plain Python."""
    moments: dict[tuple[int, int], list[Version]] = defaultdict(list)
    for one in versions:
        moments[one.day, one.delivery].append(one)
    conflicts = {one for same in moments.values() if len({v.content for v in same}) > 1 for one in same}
    rest = sorted(set(versions) - conflicts, key=lambda one: (one.day, -one.delivery, one.file))
    winner, last = None, None
    for _, same_day in groupby(rest, key=lambda one: one.day):
        of_day = next(same_day)
        if of_day.is_dated or of_day.content != last:
            winner = of_day
        last = of_day.content
    return winner, conflicts


def test_loading_in_any_order_gives_what_one_load_gives(spark: SparkSession) -> None:
    """Four deliveries about 600 responses, one after the other, against the plain model of all of them."""
    random = Random(7)
    delivered = [
        Version(key, random.randint(1, 4), delivery, random.randint(1, 2), f"{delivery}{name}", random.random() < 0.2)
        for key in range(600)
        for delivery in range(1, 5)
        for name in "ab"
        if random.random() < 0.6
    ]
    silver: dict[int, Version] = {}
    superseded: set[Version] = set()
    again = 0
    for delivery in range(1, 5):
        new = [one for one in delivered if one.delivery == delivery]
        lines, present, older = (
            frame_of(spark, [v.row for v in part], SCHEMA) for part in (new, silver.values(), superseded)
        )
        found = deduplicate(lines, present, older.drop("id", "expected"), ("id",)).localCheckpoint()
        # Silver recomputes these from bronze.
        anew = {row["id"] for row in wins_again(found).collect()}
        again += len(anew)
        known = {(v.key, v.file): v for v in delivered}
        for row in found.where("not _is_superseded").collect():
            version = known[row["id"], row["_source_sha256"]]
            if version.key not in anew and row["_fate"] == "winner":
                silver[version.key] = version
            elif version.key not in anew and row["_fate"] == "superseded":
                superseded.add(version)
        so_far = {key: [v for v in delivered if v.key == key and v.delivery <= delivery] for key in range(600)}
        for key in anew:
            winner, conflicts = model(so_far[key])
            assert winner is not None
            superseded = {v for v in superseded if v.key != key} | set(so_far[key]) - conflicts - {winner}
            silver[key] = winner
        expected = {key: model(versions) for key, versions in so_far.items()}
        assert silver == {key: winner for key, (winner, _) in expected.items() if winner}
        lost = {v for key, (w, conflicts) in expected.items() for v in set(so_far[key]) - conflicts - {w}}
        assert superseded == lost
    # The versions that make a difference occur.
    assert again > 10
