"""A table that somebody changed past the pipeline: `plan`, `verify` and `run` say and do the same about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.pipeline import Pipeline

TABLES = ("silver.survey_responses", "gold.fact_survey_responses", "gold.question_metrics", "gold.dim_passengers")


def told(pipeline: Pipeline, capsys: pytest.CaptureFixture[str], command: str) -> tuple[int, str]:
    """Exit code of a command, and what it printed."""
    capsys.readouterr()
    code = pipeline.run(command)
    out, err = capsys.readouterr()
    return code, out + err


@pytest.mark.parametrize(
    ("table", "planned"),
    [
        ("silver.survey_responses", "Silver: recomputed from bronze, 1 file(s): it was changed past the pipeline"),
        ("gold.fact_survey_responses", "Gold: 1 month(s)"),
        ("gold.question_metrics", "Gold: 1 month(s)"),
    ],
)
def test_plan_verify_and_run_agree(
    bad_lines: Pipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str], table: str, planned: str
) -> None:
    pipeline = bad_lines.copy_to(tmp_path / "changed")
    before = pipeline.fingerprints(TABLES)
    assert planned not in told(pipeline, capsys, "plan")[1]
    pipeline.spark.sql(f"DELETE FROM delta.`{pipeline.warehouse.root}/{table.replace('.', '/')}` WHERE true")
    assert pipeline.fingerprints(TABLES) != before
    assert planned in told(pipeline, capsys, "plan")[1]
    code, verified = told(pipeline, capsys, "verify")
    assert (code, "changed past the pipeline" in verified) == (3, True)
    code, said = told(pipeline, capsys, "run")
    assert (code, "changed past the pipeline" in said) == (0, True)
    assert pipeline.fingerprints(TABLES) == before
    assert planned not in told(pipeline, capsys, "plan")[1]
    assert pipeline.run("verify") == 0
