"""`lakehouse verify` finds what is broken, and nothing in a sound warehouse."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.pipeline import Pipeline

pytestmark = pytest.mark.long


def verdicts(text: str) -> dict[str, str]:
    """`yes` or `NO` by promise."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("promise "))
    width = len(lines[start + 1].split("  ")[0])
    return {line[:width].strip(): line[width:].split()[0] for line in lines[start + 2 :]}


def test_a_sound_warehouse_keeps_every_promise(months: Pipeline, capsys: pytest.CaptureFixture[str]) -> None:
    before = months.versions()
    capsys.readouterr()
    assert months.run("verify", "--deep") == 0
    found = verdicts(capsys.readouterr().out)
    assert len(found) == 14
    assert set(found.values()) == {"yes"}
    assert months.versions() == before


def test_what_is_broken_is_named(months: Pipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = months.copy_to(tmp_path)
    # Each by somebody else, past the pipeline.
    place = f"delta.`{broken.warehouse.root}"
    months.spark.sql(f"ALTER TABLE {place}/gold/dim_date` ALTER COLUMN day COMMENT 'x'")
    months.spark.sql(f"DELETE FROM {place}/gold/satisfaction_alerts`")
    months.spark.sql(f"DELETE FROM {place}/gold/dim_flight_details` WHERE class = 'Business'")
    months.spark.sql(f"UPDATE {place}/gold/satisfaction_metrics` SET n = n + 1 WHERE segment = 'class'")
    silver = broken.read("silver.survey_responses")
    broken.warehouse.append(silver.limit(1), broken.tables.responses)
    file = next(Path(broken.warehouse.root, "silver", "superseded").glob("part-*"))
    file.unlink()

    capsys.readouterr()
    assert broken.run("verify") == 3
    out = capsys.readouterr().out
    assert {name for name, kept in verdicts(out).items() if kept == "NO"} == {
        "every file that a table names is there",
        "comments and CHECKs are in place",
        "silver rests on the present rules and decisions",
        # One of the places cannot be read.
        "every delivered line is in one place",
        "one row per key",
        "every key has its dimension row",
        "gold is built from silver as it is",
        "the metrics add up to the fact",
        "the alerts follow from the metrics",
    }
    assert "silver.superseded lacks 1 file(s)" in out
    assert "it was changed past the pipeline" in out
    assert "gold.dim_date lacks the comment of day" in out
    assert "flight_details_key point(s) at no row of gold.dim_flight_details" in out
    assert "class, 2025-01: metrics (303, " in out
    assert "gold.dim_flight_details was changed past the pipeline" in out
