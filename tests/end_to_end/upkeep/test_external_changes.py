"""A table that somebody changed past the pipeline: `plan` and `verify` say of it what `run` does about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.pipeline import Pipeline

TABLES = ("silver.survey_responses", "gold.fact_survey_responses", "gold.question_metrics", "gold.dim_passengers")
CHANGED = "changed past the pipeline"


def told(pipeline: Pipeline, capsys: pytest.CaptureFixture[str], command: str) -> tuple[int, str]:
    """Exit code of a command, and what it printed."""
    capsys.readouterr()
    code = pipeline.run(command)
    out, err = capsys.readouterr()
    return code, out + err


def empty(pipeline: Pipeline, table: str) -> None:
    """Deletes every row, past the pipeline."""
    place = f"{pipeline.warehouse.root}/{table.replace('.', '/')}"
    pipeline.spark.sql(f"DELETE FROM delta.`{place}` WHERE true")


@pytest.mark.long
@pytest.mark.parametrize(
    ("table", "planned"),
    [
        ("silver.survey_responses", f"Silver: recomputed from bronze, 1 file(s): it was {CHANGED}"),
        pytest.param("gold.fact_survey_responses", "Gold: 1 month(s)", marks=pytest.mark.faults),
        pytest.param("gold.question_metrics", "Gold: 1 month(s)", marks=pytest.mark.faults),
    ],
)
def test_run_does_what_plan_says(
    bad_lines: Pipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str], table: str, planned: str
) -> None:
    pipeline = bad_lines.copy_to(tmp_path / "changed")
    before = pipeline.fingerprints(TABLES)
    empty(pipeline, table)
    assert pipeline.fingerprints(TABLES) != before
    assert planned in told(pipeline, capsys, "plan")[1]
    code, said = told(pipeline, capsys, "run")
    assert (code, CHANGED in said) == (0, True)
    assert pipeline.fingerprints(TABLES) == before
    code, replanned = told(pipeline, capsys, "plan")
    assert (code, planned in replanned) == (0, False)


@pytest.mark.long
@pytest.mark.parametrize(
    "table", ["silver.survey_responses", pytest.param("gold.question_metrics", marks=pytest.mark.faults)]
)
def test_verify_says_what_run_would_do(
    bad_lines: Pipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str], table: str
) -> None:
    pipeline = bad_lines.copy_to(tmp_path / "changed")
    empty(pipeline, table)
    code, said = told(pipeline, capsys, "verify")
    assert (code, f"{CHANGED}: `lakehouse run`" in said) == (3, True)
